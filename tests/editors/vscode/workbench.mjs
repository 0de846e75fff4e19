// A running VS Code in a browser, and what a person does in it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { extension, findBrowser, findServer, fixtures, loadPlaywright, node24, serverMain } from "./tools.mjs";

/** Long enough for two slow cores shared with others; nothing waits this long unless it is going to fail. */
const PATIENCE = 60_000;

/** Settings of the person: quiet surroundings, and no trust given, so that all is seen to work in an untrusted folder. */
const settings = {
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
    "workbench.startupEditor": "none",
    "workbench.tips.enabled": false,
    "workbench.colorTheme": "Default Dark Modern",
    "workbench.secondarySideBar.defaultVisibility": "hidden",
    "chat.disableAIFeatures": true,
    "extensions.autoUpdate": false,
    "extensions.autoCheckUpdates": false,
    "extensions.ignoreRecommendations": true,
    "telemetry.telemetryLevel": "off",
    "editor.accessibilitySupport": "off",
    // Shown, and hidden while Ctrl and Alt are held: so a test can tell them from the text.
    "editor.inlayHints.enabled": "onUnlessPressed",
    "git.enabled": false,
    "files.exclude": { "**/.vscode": true },
    // For pictures: nothing half faded in, no name of a temporary folder, and a hover under the rows it is about.
    "workbench.reduceMotion": "on",
    "breadcrumbs.filePath": "last",
    "editor.hover.above": false,
};

/** Calls `look` until it answers something other than undefined or false, and answers that. */
export async function until(what, look, patience = PATIENCE) {
    const deadline = Date.now() + patience;
    for (;;) {
        const found = await look();
        if (found !== undefined && found !== false) {
            return found;
        }
        if (Date.now() > deadline) {
            throw new Error(`waited ${String(patience / 1000)} s in vain for ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 50));
    }
}

async function freePort() {
    const probe = createServer();
    probe.listen(0, "127.0.0.1");
    await once(probe, "listening");
    const { port } = probe.address();
    probe.close();
    await once(probe, "close");
    return port;
}

/** Puts the extension where VS Code looks, with the server in it, as the packaged extension has it. */
async function installExtension(extensions) {
    const target = path.join(extensions, "pickle-lsp.pickle-lsp-0.1.0");
    await mkdir(path.join(target, "server"), { recursive: true });
    for (const part of ["package.json", "package.nls.json", "language-configuration.json", "out"]) {
        await cp(path.join(extension, part), path.join(target, part), { recursive: true });
    }
    await symlink(path.resolve(findServer()), path.join(target, "server/pickle-lsp"));
}

/** Gives a folder settings that would run a program of the folder's choice; answers the file that running it makes. */
async function layTrap(folder) {
    const program = path.join(folder, ".vscode/not-the-server");
    const trace = `${program}.was-run`;
    await mkdir(path.dirname(program), { recursive: true });
    await writeFile(program, `#!/bin/sh\ntouch "$0.was-run"\n`, { mode: 0o755 });
    await writeFile(path.join(folder, ".vscode/settings.json"), JSON.stringify({ "pickleLsp.server.path": program }));
    return trace;
}

/** Opens a folder with the fixtures in a new VS Code that knows nothing but our extension. */
export async function openWorkbench() {
    const home = await mkdtemp(path.join(tmpdir(), "pickle-lsp-vscode-"));
    const folder = path.join(home, "samples");
    const extensions = path.join(home, "extensions");
    const userData = path.join(home, "user-data");
    await cp(fixtures, folder, { recursive: true, filter: (file) => !/\.(py|gitattributes)$/.test(file) });
    const trace = await layTrap(folder);
    await installExtension(extensions);
    await mkdir(path.join(userData, "User"), { recursive: true });
    await writeFile(path.join(userData, "User/settings.json"), JSON.stringify(settings));

    const port = await freePort();
    const server = spawn(
        node24,
        [
            serverMain,
            ...["--host", "127.0.0.1", "--port", String(port)],
            ...["--without-connection-token", "--accept-server-license-terms", "--telemetry-level", "off"],
            ...["--server-data-dir", path.join(home, "server-data"), "--user-data-dir", userData],
            ...["--extensions-dir", extensions],
        ],
        { stdio: ["ignore", "pipe", "pipe"], detached: true },
    );
    let output = "";
    for (const stream of [server.stdout, server.stderr]) {
        stream.setEncoding("utf8").on("data", (text) => (output += text));
    }
    const exited = once(server, "exit");
    // The whole group: the server has an extension host and that has ours. Also when the tests end by accident.
    const killServer = () => {
        if (server.exitCode === null && server.signalCode === null) {
            process.kill(-server.pid, "SIGTERM");
        }
    };
    process.once("exit", killServer);
    let browser;
    const close = async () => {
        await browser?.close();
        killServer();
        await exited;
        await rm(home, { recursive: true, force: true, maxRetries: 5 });
    };

    try {
        await until("VS Code to listen", () => {
            assert.equal(server.exitCode, null, `VS Code ended early:\n${output}`);
            return fetch(`http://127.0.0.1:${String(port)}/version`).then((answer) => answer.ok, () => false);
        });
        const { chromium } = await loadPlaywright();
        browser = await chromium.launch({
            executablePath: findBrowser(),
            args: [
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ],
        });
        const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
        page.setDefaultTimeout(PATIENCE);
        await page.goto(`http://127.0.0.1:${String(port)}/?folder=${encodeURIComponent(folder)}`);
        const workbench = new Workbench(page, folder, trace, close);
        await workbench.untilExtensionsAreUp();
        return workbench;
    } catch (error) {
        await close();
        throw error;
    }
}

export class Workbench {
    constructor(page, folder, trace, close) {
        this.page = page;
        /** The folder that is open. */
        this.folder = folder;
        /** A file that is there once the program in the settings of the folder was run. */
        this.trace = trace;
        this.close = close;
    }

    /** A row of the explorer. */
    file(name) {
        return this.page.locator(".explorer-folders-view").getByRole("treeitem", { name, exact: true });
    }

    /**
     * In the first seconds of a new VS Code no extension is up yet, and a pickle is said to be a binary that cannot be
     * displayed. A person closes that and clicks again.
     */
    async untilExtensionsAreUp() {
        const name = "protocol2.pkl";
        await this.file(name).click();
        await until("the extension to open a file", async () => {
            if (await this.page.locator(".monaco-editor-pane-placeholder").isVisible()) {
                await this.activeTab.getByRole("button", { name: /^Close/ }).click();
                await this.file(name).click();
            }
            return (await this.activeTabName()) === `${name}.pickleasm`;
        });
    }

    /** Clicks a file in the explorer, waits for a tab to be in front that holds a row which matches, answers its rows. */
    async open(name, tab, row) {
        await this.file(name).click();
        return until(`${name} to open as ${tab} with a row like ${String(row)}`, async () => {
            const rows = await this.rows();
            return (await this.activeTabName()) === tab && rows.some((text) => row.test(text)) && rows;
        });
    }

    /** The tab in front. */
    get activeTab() {
        return this.page.locator(".tabs-container .tab.active");
    }

    async activeTabName() {
        return (await this.activeTab.count()) === 1 ? this.activeTab.getAttribute("data-resource-name") : undefined;
    }

    get editor() {
        return this.page.locator(".editor-instance .monaco-editor").first();
    }

    /** What is to be read in the text editor, from top to bottom; an inlay hint follows its word without a blank. */
    async rows() {
        return this.editor.locator(".view-lines .view-line").evaluateAll((lines) =>
            lines
                .map((line) => ({ top: parseFloat(line.style.top), text: line.textContent.replaceAll("\u00a0", " ") }))
                .sort((a, b) => a.top - b.top)
                .map((line) => line.text),
        );
    }

    /** Runs a command of the command palette. */
    async command(title) {
        await this.page.keyboard.press("F1");
        await this.page.locator(".quick-input-widget input").fill(`>${title}`);
        await this.page.locator(".quick-input-list").getByRole("option", { name: title }).first().click();
    }

    /** Where a word of a row is on the screen; the first such row, and the first such word of it. */
    async pointAt(row, word) {
        return until(`${word} in a row like ${String(row)}`, () =>
            this.editor.locator(".view-lines .view-line").evaluateAll(
                (lines, [source, wanted]) => {
                    const line = lines
                        .sort((a, b) => parseFloat(a.style.top) - parseFloat(b.style.top))
                        .find((candidate) => new RegExp(source).test(candidate.textContent.replaceAll("\u00a0", " ")));
                    if (line === undefined) {
                        return false;
                    }
                    const texts = line.ownerDocument.createTreeWalker(line, NodeFilter.SHOW_TEXT);
                    while (texts.nextNode()) {
                        const at = texts.currentNode.data.indexOf(wanted);
                        if (at !== -1) {
                            const range = line.ownerDocument.createRange();
                            range.setStart(texts.currentNode, at);
                            range.setEnd(texts.currentNode, at + wanted.length);
                            const box = range.getBoundingClientRect();
                            return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
                        }
                    }
                    return false;
                },
                [row.source, word],
            ),
        );
    }

    async clickAt(row, word) {
        const { x, y } = await this.pointAt(row, word);
        await this.page.mouse.click(x, y);
    }

    /** Selects a row from a word on. */
    async selectFrom(row, word) {
        const status = this.page.locator("#status\\.editor\\.selection", { hasText: "selected" });
        await until(`${word} to be selected`, async () => {
            const { x, y } = await this.pointAt(row, word);
            await this.page.mouse.dblclick(x, y);
            await this.page.keyboard.press("Shift+End");
            return status.waitFor({ timeout: 2000 }).then(() => true, () => false);
        });
    }

    /** Makes a text of the listing in front, and waits for it to be there. */
    async editAsText() {
        await this.command("Edit Listing as Text");
        // It is called like the listing; but it is in no file yet.
        await this.page.locator(".tabs-container .tab.active.dirty").waitFor();
        return until("the rows of the text", async () => {
            const rows = await this.rows();
            return rows.some((row) => /\bSTOP/.test(row)) && rows;
        });
    }

    /** Waits for an entry of the list of suggestions to be the chosen one, and takes it. */
    async accept(label) {
        await this.page.locator(".suggest-widget.visible .monaco-list-row.focused .label-name", { hasText: label }).waitFor();
        await this.page.keyboard.press("Enter");
        await this.page.locator(".suggest-widget.visible").waitFor({ state: "hidden" });
    }

    /** Waits for as many underlined places in the text editor, errors and warnings. */
    async untilMarked(count) {
        const marks = this.editor.locator(".squiggly-error, .squiggly-warning");
        await until(`${String(count)} underlined places`, async () => (await marks.count()) === count);
    }

    /** Takes a rewrite of the menu of refactorings. */
    async refactor(title) {
        await this.page.keyboard.press("Control+Shift+r");
        await this.page.locator(".action-widget").getByText(title, { exact: true }).click();
    }

    /** Saves the text in front, which has a name, and assembles it to the file that is proposed; answers the bytes. */
    async saveAndAssemble(proposed) {
        await this.page.keyboard.press("Control+s");
        await this.page.locator(".tabs-container .tab.active:not(.dirty)").waitFor();
        await this.command("Assemble to Pickle");
        const target = path.join(this.folder, proposed);
        const input = this.page.locator(".quick-input-widget input");
        await until(`${proposed} to be proposed`, async () => (await input.inputValue()) === target);
        await this.page.keyboard.press("Enter");
        await until("the file", () => existsSync(target));
        return readFile(target);
    }

    /** Rests the mouse on a word and answers the text of the hover that comes up. */
    async hover(row, word) {
        const { x, y } = await this.pointAt(row, word);
        await this.page.mouse.move(x - 3, y);
        await this.page.mouse.move(x, y, { steps: 3 });
        const hover = this.page.locator(".monaco-hover.workbench-hover, .monaco-resizable-hover .monaco-hover").first();
        return until(`a hover on ${word}`, async () => {
            if (!(await hover.isVisible())) {
                return false;
            }
            // Half faded in is not there yet, for a picture.
            const [text, fading] = await hover.evaluate((element) => [
                element.textContent,
                element.getAnimations({ subtree: true }).some((animation) => animation.playState === "running"),
            ]);
            return text.trim() !== "" && !/^Loading/.test(text) && !fading && text;
        });
    }

    /** Waits for the cursor to be in a line, 1-based, which the status bar tells. */
    async cursorIn(line) {
        const position = this.page.locator("#status\\.editor\\.selection");
        await until(`the cursor in line ${String(line)}`, async () => {
            const text = (await position.count()) === 0 ? "" : await position.textContent();
            return Number(/Ln (\d+)/.exec(text ?? "")?.[1]) === line;
        });
    }
}
