import { Disposable, env, l10n, TextEditorRevealType, window, Selection, type TextEditor } from "vscode";
import { parseOffset } from "../listing/offset";
import { LANGUAGE, toProtocolUri } from "../listing/uri";
import { offsetToPositionRequest, positionToOffsetRequest } from "../server/requests";
import type { Server } from "../server/server";
import { registerCommand } from "./register";

/** From a byte of the pickle to its row, and back. */
export function registerOffsetCommands(server: Server): Disposable {
    return Disposable.from(
        registerCommand("goToOffset", () => goToOffset(server)),
        registerCommand("copyOffset", () => copyOffset(server)),
    );
}

async function goToOffset(server: Server): Promise<void> {
    const editor = activeListing();
    const text = await window.showInputBox({
        title: l10n.t("Go to Offset"),
        prompt: l10n.t("Byte offset in the pickle, decimal or hexadecimal (0x…)"),
        validateInput: (value) =>
            value.trim() === "" || parseOffset(value) !== undefined ? undefined : l10n.t("Type a number such as 1234 or 0x4d2."),
    });
    const offset = text === undefined ? undefined : parseOffset(text);
    if (offset === undefined) {
        return;
    }
    const uri = toProtocolUri(editor.document.uri);
    const found = await server.request(offsetToPositionRequest, { textDocument: { uri }, offset });
    if (found === null) {
        void window.showInformationMessage(l10n.t("No row covers the byte at offset {0}.", offset));
        return;
    }
    const { client } = await server.connect();
    const range = client.protocol2CodeConverter.asRange(found.range);
    // The cursor goes to the start and nothing is selected: it is a place that was asked for.
    editor.selection = new Selection(range.start, range.start);
    editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
}

async function copyOffset(server: Server): Promise<void> {
    const editor = activeListing();
    const { client } = await server.connect();
    const found = await server.request(positionToOffsetRequest, {
        textDocument: { uri: toProtocolUri(editor.document.uri) },
        position: client.code2ProtocolConverter.asPosition(editor.selection.active),
    });
    if (found === null) {
        void window.showInformationMessage(l10n.t("This row stands for no byte of the pickle."));
        return;
    }
    await env.clipboard.writeText(String(found.offset));
    window.setStatusBarMessage(l10n.t("Copied offset {0}", found.offset), 5000);
}

function activeListing(): TextEditor {
    const editor = window.activeTextEditor;
    if (editor?.document.languageId !== LANGUAGE) {
        throw new Error(l10n.t("This works in a pickle listing only."));
    }
    return editor;
}
