/**
 * A page that only shows sentences. Messages quote file names and answers about hostile files, so they are escaped and
 * nothing on the page may run or load anything.
 */
export function messagePage(...sentences: string[]): string {
    const body = sentences.map((sentence) => `<p>${escapeHtml(sentence)}</p>`).join("");
    return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'">
</head>
<body>${body}</body>
</html>`;
}

function escapeHtml(text: string): string {
    return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
