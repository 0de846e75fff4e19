import { Disposable, env, l10n, window, type ExtensionContext } from "vscode";
import type { Server } from "../server/server";
import { registerCommand } from "./register";

/** Looking after the server: restart, log, version. */
export function registerServerCommands(context: ExtensionContext, server: Server): Disposable {
    return Disposable.from(
        registerCommand("restartServer", () => server.restart()),
        registerCommand("showServerLog", () => {
            server.log.show();
            return Promise.resolve();
        }),
        registerCommand("showVersion", () => showVersion(context, server)),
    );
}

/** What a bug report needs, ready to be copied. */
async function showVersion(context: ExtensionContext, server: Server): Promise<void> {
    const { client, command } = await server.connect();
    const info = client.initializeResult?.serverInfo;
    const { version } = context.extension.packageJSON as { version: string };
    const name = info === undefined ? l10n.t("unnamed server") : [info.name, info.version].filter(Boolean).join(" ");
    const text = l10n.t("Extension {0}, {1} ({2})", version, name, command);
    const copy = l10n.t("Copy");
    if ((await window.showInformationMessage(text, copy)) === copy) {
        await env.clipboard.writeText(text);
    }
}
