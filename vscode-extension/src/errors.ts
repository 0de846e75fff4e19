/** The part of a caught value that a person can use. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
