import { Disposable, l10n, Uri, window, workspace, type TextDocument } from "vscode";
import { ExecuteCommandRequest } from "vscode-languageclient/node";
import { assembledName } from "../listing/assembled";
import { isVirtualListing, LANGUAGE, toProtocolUri } from "../listing/uri";
import { editableTextRequest } from "../server/requests";
import type { Server } from "../server/server";
import { registerCommand } from "./register";

/** From a listing to a text that can be changed, and from such a text to a pickle. */
export function registerAssemblyCommands(server: Server): Disposable {
    return Disposable.from(
        registerCommand("editListing", () => edit(server)),
        registerCommand("assemble", () => assemble(server)),
    );
}

/** Opens a copy of the listing, with nothing left out, as a new text. */
async function edit(server: Server): Promise<void> {
    const document = activeListing();
    const { text } = await server.request(editableTextRequest, { uri: toProtocolUri(document.uri) });
    const copy = await workspace.openTextDocument({ language: LANGUAGE, content: text });
    await window.showTextDocument(copy, { preview: false });
}

/** Asks where to, and writes the bytes of the text there. */
async function assemble(server: Server): Promise<void> {
    const document = activeListing();
    if (isVirtualListing(document.uri)) {
        throw new Error(l10n.t("This is the listing of a file as it is. Use “Edit Listing as Text” first."));
    }
    const target = await window.showSaveDialog({ ...suggestion(document), saveLabel: l10n.t("Assemble") });
    if (target === undefined) {
        return;
    }
    const { client } = await server.connect();
    await client.sendRequest(ExecuteCommandRequest.type, {
        command: "pickle.assemble",
        arguments: [toProtocolUri(document.uri), target.toString()],
    });
    window.setStatusBarMessage(l10n.t("Assembled {0}", workspace.asRelativePath(target)), 5000);
}

function suggestion(document: TextDocument): { defaultUri?: Uri } {
    if (!document.isUntitled) {
        return { defaultUri: document.uri.with({ path: assembledName(document.uri.path) }) };
    }
    const folder = workspace.workspaceFolders?.[0]?.uri;
    return folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, "untitled.pkl") };
}

function activeListing(): TextDocument {
    const document = window.activeTextEditor?.document;
    if (document?.languageId !== LANGUAGE) {
        throw new Error(l10n.t("This works in a pickle listing only."));
    }
    return document;
}
