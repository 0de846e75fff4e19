import { RequestType, type Position, type Range, type TextDocumentIdentifier } from "vscode-languageclient/node";

/** What a file turned out to be; `listing` is what to open instead of it, null when it is the editor's own business. */
export interface SniffResult {
    kind: "pickle" | "container" | "text" | "other";
    listing: string | null;
}

/** Looks at the content of a file, whatever its name says. */
export const sniffRequest = new RequestType<{ uri: string }, SniffResult, void>("pickle/sniff");

/** The text of a listing. Same shape as `workspace/textDocumentContent` of LSP 3.18. */
export const virtualDocumentRequest = new RequestType<{ uri: string }, { text: string }, void>(
    "pickle/virtualDocument",
);

/** The row of the opcode that covers a byte. */
export const offsetToPositionRequest = new RequestType<
    { textDocument: TextDocumentIdentifier; offset: number },
    { range: Range } | null,
    void
>("pickle/offsetToPosition");

/** The bytes of the opcode in a row. */
export const positionToOffsetRequest = new RequestType<
    { textDocument: TextDocumentIdentifier; position: Position },
    { offset: number; endOffset: number } | null,
    void
>("pickle/positionToOffset");

/** The text of a pickle with nothing left out, ready to be edited. */
export const editableTextRequest = new RequestType<{ uri: string }, { text: string }, void>("pickle/editableText");
