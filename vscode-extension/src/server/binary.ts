import { access, constants } from "node:fs/promises";
import { l10n, workspace, type ExtensionContext } from "vscode";

/** The program to run and what it is given beside the environment of VS Code. */
export interface ServerBinary {
    command: string;
    env: Record<string, string>;
}

/** There is nothing to run. The message says what was looked for, as that is what its reader has to change. */
export class MissingServerError extends Error {}

/**
 * The program of the settings, else the one in the extension. It is never downloaded, nor looked for on `PATH`, where an
 * untrusted folder could have a say. VS Code withholds both settings of an untrusted workspace (`restrictedConfigurations`).
 */
export async function findServerBinary(context: ExtensionContext): Promise<ServerBinary> {
    const settings = workspace.getConfiguration("pickleLsp.server");
    const env = settings.get<Record<string, string>>("extraEnv", {});
    const configured = settings.get<string>("path", "").trim();
    if (configured !== "") {
        if (await isExecutable(configured)) {
            return { command: configured, env };
        }
        throw new MissingServerError(
            l10n.t("The setting pickleLsp.server.path is “{0}”, which is not a program that can be run.", configured),
        );
    }
    const bundled = context.asAbsolutePath(process.platform === "win32" ? "server/pickle-lsp.exe" : "server/pickle-lsp");
    if (await isExecutable(bundled)) {
        return { command: bundled, env };
    }
    throw new MissingServerError(
        l10n.t("This build of the extension comes without the pickle-lsp program. Set pickleLsp.server.path to one."),
    );
}

async function isExecutable(file: string): Promise<boolean> {
    try {
        await access(file, constants.X_OK);
        return true;
    } catch {
        return false;
    }
}
