import { Uri } from "vscode";
import { sniffRequest } from "../server/requests";
import type { Server } from "../server/server";
import { isVirtualListing, toProtocolUri } from "./uri";

/** The listing to read in place of a file; undefined when the file holds no pickle. A listing is its own. */
export async function listingOf(server: Server, uri: Uri): Promise<Uri | undefined> {
    if (isVirtualListing(uri)) {
        return uri;
    }
    const { listing } = await server.request(sniffRequest, { uri: toProtocolUri(uri) });
    return listing === null ? undefined : Uri.parse(listing, true);
}
