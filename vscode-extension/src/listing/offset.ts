/** Reads a byte offset as a person types it: decimal or `0x…`, with `_` between digits if they like. */
export function parseOffset(text: string): number | undefined {
    const digits = text.trim().replaceAll("_", "");
    if (!/^(\d+|0x[\da-f]+)$/i.test(digits)) {
        return undefined;
    }
    const offset = Number(digits);
    return Number.isSafeInteger(offset) ? offset : undefined;
}
