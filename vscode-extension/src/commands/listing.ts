import {
    Disposable,
    l10n,
    TabInputCustom,
    TabInputText,
    ViewColumn,
    window,
    type Uri,
} from "vscode";
import { listingOf } from "../listing/open";
import type { Server } from "../server/server";
import { registerCommand } from "./register";

/** Opening the listing of a file, of whatever name: in place or to the side. */
export function registerListingCommands(server: Server): Disposable {
    const open = async (given: Uri | undefined, viewColumn: ViewColumn): Promise<void> => {
        const uri = given ?? activeUri();
        if (uri === undefined) {
            void window.showInformationMessage(l10n.t("Open or select the file to list first."));
            return;
        }
        const listing = await listingOf(server, uri);
        if (listing === undefined) {
            void window.showInformationMessage(l10n.t("There is no pickle in {0}.", uri.path));
            return;
        }
        await window.showTextDocument(listing, { viewColumn, preview: false });
    };
    return Disposable.from(
        registerCommand("openListing", (uri?: Uri) => open(uri, ViewColumn.Active)),
        registerCommand("openListingToSide", (uri?: Uri) => open(uri, ViewColumn.Beside)),
    );
}

/** The resource in front, also when it is no text: a binary that VS Code will not show has a tab all the same. */
function activeUri(): Uri | undefined {
    const input = window.tabGroups.activeTabGroup.activeTab?.input;
    return input instanceof TabInputText || input instanceof TabInputCustom ? input.uri : undefined;
}
