import {
    commands,
    l10n,
    TabInputCustom,
    window,
    type CancellationToken,
    type CustomDocument,
    type CustomReadonlyEditorProvider,
    type Tab,
    type Uri,
    type WebviewPanel,
} from "vscode";
import { messageOf } from "../errors";
import type { Server } from "../server/server";
import { messagePage } from "./messagePage";
import { listingOf } from "./open";

/** As in `contributes.customEditors`: what a click opens, and what "Open With" offers for files that may hold anything. */
export const VIEW_TYPES: readonly string[] = ["pickleLsp.listing", "pickleLsp.container"];

/**
 * What VS Code opens when a pickle is clicked: an editor that puts a text editor in its place and closes itself.
 *
 * VS Code has no way to say "show this binary as that text"; a custom editor is the only thing that a click on a binary
 * can be made to open.
 */
export class ListingEditorProvider implements CustomReadonlyEditorProvider {
    constructor(private readonly server: Server) {}

    openCustomDocument(uri: Uri): CustomDocument {
        return { uri, dispose: () => undefined };
    }

    async resolveCustomEditor({ uri }: CustomDocument, panel: WebviewPanel, token: CancellationToken): Promise<void> {
        if (tabOf(uri, panel) === undefined) {
            // A side of a comparison has no tab of its own; leaving it would leave the comparison.
            panel.webview.html = messagePage(
                l10n.t("Binary files are not compared. Select both in the explorer and choose Compare Listings."),
            );
            return;
        }
        try {
            await this.handOver(uri, panel, token);
        } catch (error) {
            panel.webview.html = messagePage(
                l10n.t("The listing cannot be shown: {0}", messageOf(error)),
                l10n.t("It is tried again when the server has been restarted."),
            );
            this.handOverWhenRunning(uri, panel, token);
        }
    }

    /** Opens the text first and closes the panel last: the other way round an emptied group would be closed with it. */
    private async handOver(uri: Uri, panel: WebviewPanel, token: CancellationToken): Promise<void> {
        const listing = await listingOf(this.server, uri);
        // Looked up now, as a preview may have become a permanent tab or the tab been moved while the server read.
        const tab = tabOf(uri, panel);
        if (tab === undefined || token.isCancellationRequested) {
            return;
        }
        const options = { viewColumn: tab.group.viewColumn, preview: tab.isPreview, preserveFocus: !panel.active };
        if (listing === undefined) {
            // Apple's Pkl is text, and what is neither is not ours: both belong to the editor's own handling.
            await commands.executeCommand("vscode.openWith", uri, "default", options);
        } else {
            await window.showTextDocument(listing, options);
        }
        panel.dispose();
    }

    /** A panel that had to show an error gives way as soon as there is a server. */
    private handOverWhenRunning(uri: Uri, panel: WebviewPanel, token: CancellationToken): void {
        const waiting = this.server.onDidChangeHealth(({ state }) => {
            if (state === "running") {
                waiting.dispose();
                void this.resolveCustomEditor({ uri, dispose: () => undefined }, panel, token);
            }
        });
        panel.onDidDispose(() => {
            waiting.dispose();
        });
    }
}

/** The tab a panel is shown in. */
function tabOf(uri: Uri, panel: WebviewPanel): Tab | undefined {
    const tabs = window.tabGroups.all.flatMap((group) => group.tabs).filter(
        ({ input }) =>
            input instanceof TabInputCustom &&
            VIEW_TYPES.includes(input.viewType) &&
            input.uri.toString() === uri.toString(),
    );
    return tabs.find((tab) => tab.group.viewColumn === panel.viewColumn) ?? tabs[0];
}
