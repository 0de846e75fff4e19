import { commands, Disposable, l10n, TabInputCustom, TabInputText, ViewColumn, window, type Uri } from "vscode";
import { basename } from "node:path/posix";
import { listingOf } from "../listing/open";
import type { Server } from "../server/server";
import { registerCommand } from "./register";

/** Opening the listing of a file, of whatever name: in place, to the side, or against another. */
export function registerListingCommands(server: Server): Disposable {
    return Disposable.from(
        registerCommand("openListing", (uri) => open(server, uri, ViewColumn.Active)),
        registerCommand("openListingToSide", (uri) => open(server, uri, ViewColumn.Beside)),
        registerCommand("compareListings", (_, selected) => compare(server, selected ?? [])),
    );
}

async function open(server: Server, given: Uri | undefined, viewColumn: ViewColumn): Promise<void> {
    const uri = given ?? activeUri();
    if (uri === undefined) {
        throw new Error(l10n.t("Open or select the file to list first."));
    }
    await window.showTextDocument(await requireListing(server, uri), { viewColumn, preview: false });
}

/** Binaries cannot be compared, their listings can. */
async function compare(server: Server, selected: Uri[]): Promise<void> {
    const [left, right] = selected;
    if (left === undefined || right === undefined || selected.length > 2) {
        throw new Error(l10n.t("Select two files in the explorer first."));
    }
    const title = `${basename(left.path)} ↔ ${basename(right.path)}`;
    await commands.executeCommand(
        "vscode.diff",
        await requireListing(server, left),
        await requireListing(server, right),
        title,
    );
}

async function requireListing(server: Server, uri: Uri): Promise<Uri> {
    const listing = await listingOf(server, uri);
    if (listing === undefined) {
        throw new Error(l10n.t("There is no pickle in {0}.", uri.path));
    }
    return listing;
}

/** The resource in front, also when it is no text: a binary that VS Code will not show has a tab all the same. */
function activeUri(): Uri | undefined {
    const input = window.tabGroups.activeTabGroup.activeTab?.input;
    return input instanceof TabInputText || input instanceof TabInputCustom ? input.uri : undefined;
}
