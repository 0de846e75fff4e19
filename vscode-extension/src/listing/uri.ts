import type { Uri } from "vscode";

/** Scheme of the virtual documents that show a pickle as text. */
export const SCHEME = "pickle-listing";

/** Language of a listing, virtual or saved to disk; given by the file suffix, see `package.json`. */
export const LANGUAGE = "pickle-listing";

const SUFFIX = ".pickleasm";
const MEMBER_SEPARATOR = "!/";

/**
 * Paths that may be the file a listing was made from, the likeliest first.
 *
 * `/abs/model.pt!/archive/data.pkl.pickleasm` is a member of a container, but nothing stops a folder from being called
 * `a!`: only the disk can tell which separator is the right one, so every reading is offered and the caller looks.
 */
export function filePathCandidates(listingPath: string): string[] {
    const path = listingPath.endsWith(SUFFIX) ? listingPath.slice(0, -SUFFIX.length) : listingPath;
    const candidates = [path];
    for (let at = path.indexOf(MEMBER_SEPARATOR); at !== -1; at = path.indexOf(MEMBER_SEPARATOR, at + 1)) {
        candidates.push(path.slice(0, at));
    }
    return candidates;
}

/**
 * A URI as it is sent to the server: that of a listing in the one spelling that is documented.
 *
 * VS Code prints `pickle-listing:/abs/model.pt%21/…?rows%3D1` where other clients say
 * `pickle-listing:///abs/model.pt!/…?rows=1`. The two are equal, but a server that compares text need not know.
 */
export function toProtocolUri(uri: Uri): string {
    const text = uri.toString();
    return uri.scheme === SCHEME ? canonicalListingUri(text) : text;
}

/** See `toProtocolUri`. The reverse needs no care: VS Code parses either spelling to the same URI. */
export function canonicalListingUri(text: string): string {
    const [, path = "", query = ""] = /^pickle-listing:(?:\/\/(?=\/))?([^?]*)(.*)$/s.exec(text) ?? [];
    return `${SCHEME}:${path.startsWith("//") ? "" : "//"}${path.replaceAll("%21", "!")}${query.replaceAll("%3D", "=").replaceAll("%26", "&")}`;
}

/** Whether a document is a virtual listing, as opposed to a file or to a listing saved to disk. */
export function isVirtualListing(uri: Uri): boolean {
    return uri.scheme === SCHEME;
}
