import {
    Disposable,
    EventEmitter,
    FileChangeType,
    FilePermission,
    FileSystemError,
    FileType,
    Uri,
    workspace,
    type FileChangeEvent,
    type FileStat,
    type FileSystemProvider,
} from "vscode";
import { messageOf } from "../errors";
import { virtualDocumentRequest } from "../server/requests";
import type { Server } from "../server/server";
import { filePathCandidates, toProtocolUri } from "./uri";

/**
 * Listings as files that can only be read; their text is the server's.
 *
 * A file system rather than a content provider, because only files have tabs that come back after the window is
 * reloaded, the lock on the tab, and breadcrumbs.
 */
export class ListingFileSystem implements FileSystemProvider, Disposable {
    private readonly changed = new EventEmitter<FileChangeEvent[]>();
    readonly onDidChangeFile = this.changed.event;

    /** When the server last said that a listing changed, by URI. VS Code reads again only what has a new time. */
    private readonly refreshed = new Map<string, number>();
    private readonly refreshListener: Disposable;

    constructor(private readonly server: Server) {
        this.refreshListener = server.onDidRefreshListing((uri) => {
            this.refreshed.set(uri.toString(), Date.now());
            this.changed.fire([{ type: FileChangeType.Changed, uri }]);
        });
    }

    /**
     * The file that a listing is made from tells whether the listing exists and how old it is. The size is not known
     * without making the text, and that of the file would make VS Code ask before it opens a long one, so it is 0.
     */
    async stat(uri: Uri): Promise<FileStat> {
        const file = await fileStatOf(uri);
        const mtime = Math.max(file.mtime, this.refreshed.get(uri.toString()) ?? 0);
        return { type: FileType.File, ctime: file.ctime, mtime, size: 0, permissions: FilePermission.Readonly };
    }

    async readFile(uri: Uri): Promise<Uint8Array> {
        try {
            const { text } = await this.server.request(virtualDocumentRequest, { uri: toProtocolUri(uri) });
            return new TextEncoder().encode(text);
        } catch (error) {
            throw FileSystemError.Unavailable(messageOf(error));
        }
    }

    /** The server watches the files itself and says what changed. */
    watch(): Disposable {
        return new Disposable(() => undefined);
    }

    readDirectory(): [string, FileType][] {
        return [];
    }

    createDirectory(uri: Uri): never {
        throw FileSystemError.NoPermissions(uri);
    }

    writeFile(uri: Uri): never {
        throw FileSystemError.NoPermissions(uri);
    }

    delete(uri: Uri): never {
        throw FileSystemError.NoPermissions(uri);
    }

    rename(uri: Uri): never {
        throw FileSystemError.NoPermissions(uri);
    }

    dispose(): void {
        this.refreshListener.dispose();
        this.changed.dispose();
    }
}

async function fileStatOf(listing: Uri): Promise<FileStat> {
    const file = await fileOf(listing);
    if (file === undefined) {
        throw FileSystemError.FileNotFound(listing);
    }
    return workspace.fs.stat(file);
}

/** The file that a listing is made from; undefined when it is gone. */
export async function fileOf(listing: Uri): Promise<Uri | undefined> {
    for (const path of filePathCandidates(listing.path)) {
        const file = Uri.from({ scheme: "file", authority: listing.authority, path });
        try {
            const { type } = await workspace.fs.stat(file);
            if ((type & FileType.File) !== 0) {
                return file;
            }
        } catch {
            // Not this reading of the path; the next one, if any.
        }
    }
    return undefined;
}
