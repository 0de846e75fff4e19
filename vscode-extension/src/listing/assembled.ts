import { basename, dirname, join } from "node:path/posix";

const SUFFIX = /((?:\.[^./]+)?)\.pickleasm$/;

/** Where a listing is assembled to unless somebody says otherwise: beside it, without its suffix, as a pickle. */
function assembledName(listing: string): string {
    const path = listing.replace(/\.pickleasm$/, "");
    return /\.[^./]+$/.test(path) ? path : `${path}.pkl`;
}

/**
 * Names for the pickle that a listing is assembled to, the best first. The first is that of the pickle which the text was
 * made from, often the only copy there is; so there are others.
 */
export function* assembledNames(listing: string): Generator<string, never> {
    const plain = assembledName(listing);
    yield plain;
    const [, stem = plain, extension = ""] = /^(.*?)(\.[^./]+)?$/s.exec(plain) ?? [];
    yield `${stem}.assembled${extension}`;
    for (let number = 2; ; number += 1) {
        yield `${stem}.assembled-${String(number)}${extension}`;
    }
}

/**
 * Names for a text to edit, the best first: beside the file that a listing was made from, called like the listing. `listing` is the
 * path of its URI, `file` that of the file.
 */
export function* editableNames(listing: string, file: string): Generator<string, never> {
    const name = join(dirname(file), basename(listing));
    yield name;
    for (let number = 2; ; number += 1) {
        yield name.replace(SUFFIX, `-${String(number)}$1.pickleasm`);
    }
}
