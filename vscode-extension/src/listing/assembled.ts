/** Where a listing is assembled to unless somebody says otherwise: beside it, without its suffix, as a pickle. */
export function assembledName(listing: string): string {
    const path = listing.replace(/\.pickleasm$/, "");
    return /\.[^./]+$/.test(path) ? path : `${path}.pkl`;
}
