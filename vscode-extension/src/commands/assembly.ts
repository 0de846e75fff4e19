import {
    commands,
    Disposable,
    l10n,
    Position,
    Range,
    Selection,
    TextDocumentChangeReason,
    Uri,
    window,
    workspace,
    WorkspaceEdit,
    type TextDocument,
    type TextDocumentChangeEvent,
} from "vscode";
import { ExecuteCommandRequest } from "vscode-languageclient/node";
import { assembledNames, editableNames } from "../listing/assembled";
import { fileOf } from "../listing/fileSystem";
import { isVirtualListing, LANGUAGE, toProtocolUri } from "../listing/uri";
import { editableTextRequest } from "../server/requests";
import type { Server } from "../server/server";
import { registerCommand } from "./register";

/**
 * Texts that were filled here, and how long they were then. VS Code gives content only to new texts without a name, so one with a name is filled by an edit;
 * and what is an edit can be undone.
 */
const filled = new WeakMap<TextDocument, number>();

/** From a listing to a text that can be changed, and from such a text to a pickle. */
export function registerAssemblyCommands(server: Server): Disposable {
    return Disposable.from(
        workspace.onDidChangeTextDocument(keepFilled),
        registerCommand("editListing", () => edit(server)),
        registerCommand("assemble", () => assemble(server)),
    );
}

/** Opens a copy of the listing, with nothing left out, as a new text that has a name but is in no file yet. */
async function edit(server: Server): Promise<void> {
    const listing = activeListing().uri;
    const { text } = await server.request(editableTextRequest, { uri: toProtocolUri(listing) });
    const copy = await workspace.openTextDocument(await editableUri(listing));
    const content = new WorkspaceEdit();
    content.insert(copy.uri, new Position(0, 0), text);
    await workspace.applyEdit(content);
    filled.set(copy, copy.getText().length);
    await window.showTextDocument(copy, { preview: false, selection: new Range(0, 0, 0, 0) });
}

/** Undoing ends at the text as it was opened: the undo that takes all of that away is undone. */
async function keepFilled({ document, reason, contentChanges }: TextDocumentChangeEvent): Promise<void> {
    if (reason !== TextDocumentChangeReason.Undo || document.getText() !== "") {
        return;
    }
    // What was typed into a text that somebody has emptied is undone like anything else.
    const isFilling = contentChanges.length === 1 && contentChanges[0]?.rangeLength === filled.get(document);
    if (isFilling && window.activeTextEditor?.document === document) {
        await commands.executeCommand("redo");
        window.activeTextEditor.selection = new Selection(0, 0, 0, 0);
        window.activeTextEditor.revealRange(new Range(0, 0, 0, 0));
    }
}

/** The URI of a text that is to be: saved, it is in a file of that name. */
async function editableUri(listing: Uri): Promise<Uri> {
    const file = await fileOf(listing);
    if (file === undefined) {
        throw new Error(l10n.t("The file of this listing is gone."));
    }
    const uriOf = (path: string): Uri => file.with({ scheme: "untitled", path });
    const isOpen = (uri: Uri): boolean => workspace.textDocuments.some((document) => document.uri.toString() === uri.toString());
    const path = await firstFree(
        editableNames(listing.path, file.path),
        async (path) => isOpen(uriOf(path)) || (await exists(file.with({ path }))),
    );
    return uriOf(path);
}

/** Asks where to, and writes the bytes of the text there. */
async function assemble(server: Server): Promise<void> {
    const document = activeListing();
    if (isVirtualListing(document.uri)) {
        throw new Error(l10n.t("This is the listing of a file as it is. Use “Edit Listing as Text” first."));
    }
    const target = await window.showSaveDialog({
        ...(await suggestion(document)),
        title: l10n.t("Assemble to Pickle"),
        saveLabel: l10n.t("Assemble"),
    });
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

async function suggestion(document: TextDocument): Promise<{ defaultUri?: Uri }> {
    const folder = workspace.workspaceFolders?.[0]?.uri;
    // A text that was never given a name has no folder either.
    const named = document.uri.path.startsWith("/");
    const listing = named ? document.uri.with({ scheme: "file" }) : folder && Uri.joinPath(folder, "untitled.pickleasm");
    if (listing === undefined) {
        return {};
    }
    const path = await firstFree(assembledNames(listing.path), (path) => exists(listing.with({ path })));
    return { defaultUri: listing.with({ path }) };
}

/** The first name that is not taken. */
async function firstFree(names: Iterator<string, never>, isTaken: (path: string) => Promise<boolean>): Promise<string> {
    let path = names.next().value;
    while (await isTaken(path)) {
        path = names.next().value;
    }
    return path;
}

async function exists(uri: Uri): Promise<boolean> {
    return workspace.fs.stat(uri).then(
        () => true,
        () => false,
    );
}

function activeListing(): TextDocument {
    const document = window.activeTextEditor?.document;
    if (document?.languageId !== LANGUAGE) {
        throw new Error(l10n.t("This works in a pickle listing only."));
    }
    return document;
}
