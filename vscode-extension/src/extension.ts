import { window, workspace, type ExtensionContext } from "vscode";
import { registerAssemblyCommands } from "./commands/assembly";
import { registerListingCommands } from "./commands/listing";
import { registerOffsetCommands } from "./commands/offset";
import { registerServerCommands } from "./commands/server";
import { ListingEditorProvider, VIEW_TYPES } from "./listing/editor";
import { ListingFileSystem } from "./listing/fileSystem";
import { SCHEME } from "./listing/uri";
import { Server } from "./server/server";
import { showServerStatus } from "./server/status";

let server: Server | undefined;

/**
 * Registers everything at once and lets the server start beside it: a restored tab asks for its text straight away, and
 * must find the file system there even when the program takes a while.
 */
export function activate(context: ExtensionContext): void {
    server = new Server(context);
    const files = new ListingFileSystem(server);
    const editor = new ListingEditorProvider(server);
    context.subscriptions.push(
        server,
        files,
        workspace.registerFileSystemProvider(SCHEME, files, { isReadonly: true, isCaseSensitive: true }),
        ...VIEW_TYPES.map((viewType) =>
            window.registerCustomEditorProvider(viewType, editor, { supportsMultipleEditorsPerDocument: true }),
        ),
        showServerStatus(server),
        registerListingCommands(server),
        registerOffsetCommands(server),
        registerAssemblyCommands(server),
        registerServerCommands(context, server),
    );
    server.connect().catch(() => {
        // Reported by the server itself.
    });
}

export async function deactivate(): Promise<void> {
    await server?.stop();
}
