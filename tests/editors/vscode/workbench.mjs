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
const PATIENCE = 300_000;

/** After which a person tries once more: the answer to a key or a click may have been lost to something that came between. */
const AGAIN = 10_000;

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

/**
 * Does something and waits for what comes of it, as `until` does; what comes of nothing for a while is done again. `act` must
 * do no harm when its effect is only late.
 */
export async function repeating(what, act, look) {
    // Longer each time: to begin anew takes away what had been on its way.
    let patience = AGAIN / 2;
    return until(what, async () => {
        await act();
        patience *= 2;
        return until(what, look, patience).catch(() => undefined);
    });
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

    /**
     * Clicks a file in the explorer, waits for a tab to be in front that holds a row which matches, answers its rows. A file
     * that appears above moves the rows of the explorer, and a click goes to another.
     */
    async open(name, tab, row) {
        return repeating(
            `${name} to open as ${tab} with a row like ${String(row)}`,
            () => this.file(name).click(),
            async () => {
                const rows = await this.rowsOf((uri) => uri.endsWith(`/${tab}`) && !uri.startsWith("untitled:"));
                return (await this.activeTabName()) === tab && rows?.some((text) => row.test(text)) && rows;
            },
        );
    }

    /** The tab in front. */
    get activeTab() {
        return this.page.locator(".tabs-container .tab.active");
    }

    /** What it is called; undefined while one tab gives way to another. */
    async activeTabName() {
        const names = await this.activeTab.evaluateAll((tabs) => tabs.map((tab) => tab.getAttribute("data-resource-name")));
        return names.length === 1 ? names[0] : undefined;
    }

    get editor() {
        return this.page.locator(".editor-instance .monaco-editor").first();
    }

    /** What is to be read in the text editor, from top to bottom; an inlay hint follows its word without a blank. */
    async rows() {
        return (await this.rowsOf(() => true)) ?? [];
    }

    /**
     * What is to be read in the text editor if its document is one of those that are wanted. The tab changes before the text
     * below it does, and what an editor was given it draws with the next picture: that is waited for.
     */
    async rowsOf(isWanted) {
        const [uri, rows] = await this.editor.evaluateAll(async (editors) => {
            const picture = () => new Promise((resolve) => requestAnimationFrame(resolve));
            await picture();
            await picture();
            const lines = [...(editors[0]?.querySelectorAll(".view-lines .view-line") ?? [])]
                .map((line) => ({ top: parseFloat(line.style.top), text: line.textContent.replaceAll("\u00a0", " ") }))
                .sort((a, b) => a.top - b.top);
            return [editors[0]?.getAttribute("data-uri"), lines.map((line) => line.text)];
        });
        return typeof uri === "string" && isWanted(decodeURIComponent(uri)) ? rows : undefined;
    }

    /** The rows of the text editor, as soon as they stay as they are: hints come a while after the text. */
    async settledRows() {
        let before = [];
        return until("rows that stay as they are", async () => {
            const rows = await this.rows();
            const settled = rows.length > 0 && rows.join("\n") === before.join("\n");
            before = rows;
            await this.page.waitForTimeout(300);
            return settled && rows;
        });
    }

    /** Runs a command of the command palette, which says `Category: Title` or the title alone, and its keys behind a comma. */
    async command(title) {
        const input = this.page.locator(".quick-input-widget input").first();
        const entry = this.page
            .locator(".quick-input-list")
            .getByRole("option", { name: new RegExp(`^([^,]*: )?${title}(…|\\.\\.\\.)?(,|$)`) });
        let timeout = AGAIN / 2;
        await until(`the command ${title}`, async () => {
            timeout *= 2;
            await this.page.keyboard.press("F1");
            await input.fill(`>${title}`, { timeout }).catch(() => undefined);
            return entry.first().click({ timeout }).then(() => true, () => false);
        });
    }

    /** Where a word of a row is on the screen, when it has come to rest there: hints that come in move what is behind them. */
    async pointAt(row, word) {
        let before;
        return until(`${word} in a row like ${String(row)}`, async () => {
            const point = await this.pointNow(row, word);
            const rests = point && before && point.x === before.x && point.y === before.y;
            before = point;
            return rests && point;
        });
    }

    /** Where a word of a row is on the screen just now; the first such row, and the first such word of it. */
    async pointNow(row, word) {
        return this.editor.locator(".view-lines .view-line").evaluateAll(
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
        );
    }

    /** Puts the cursor on a word. The mouse does not rest there: a hover would come up and lie over rows and menus. */
    async clickAt(row, word) {
        await this.leave();
        await repeating(
            `the text to take the keys after a click on ${word}`,
            async () => {
                const { x, y } = await this.pointAt(row, word);
                await this.page.mouse.click(x, y);
                await this.page.mouse.move(0, 0);
            },
            () => this.hasFocus(),
        );
    }

    /** Whether the text editor takes the keys. A menu that closes late takes them away from it. */
    async hasFocus() {
        return (await this.editor.and(this.page.locator(".focused")).count()) > 0;
    }

    /** Sees to it that the text editor takes the keys, the cursor being where it is. */
    async focus() {
        await until("the text to take the keys", async () => {
            if (await this.hasFocus()) {
                return true;
            }
            await this.page.keyboard.press("Control+1");
            return until("the text to take the keys", () => this.hasFocus(), AGAIN).catch(() => false);
        });
    }

    /** Takes the mouse away from the text, and waits for a hover to go with it. */
    async leave() {
        await this.page.mouse.move(0, 0);
        await until("no hover", async () => (await this.hovers.filter({ visible: true }).count()) === 0);
    }

    get hovers() {
        return this.page.locator(".monaco-hover.workbench-hover, .monaco-resizable-hover .monaco-hover");
    }

    /** What the status bar says of the cursor: its line and column, 1-based, and how many characters are selected. */
    async cursor() {
        const texts = await this.page.locator("#status\\.editor\\.selection").allTextContents();
        const [, line, column, selected] = /Ln (\d+), Col (\d+)(?: \((\d+) selected\))?/.exec(texts[0] ?? "") ?? [];
        return { line: Number(line), column: Number(column), selected: Number(selected ?? 0) };
    }

    /** Selects a row from a word on, to its end. */
    async selectFrom(row, word) {
        await this.select(row, word, row);
    }

    /** Selects from a word of a row to the end of another row, and sees in the status bar that this is what is selected. */
    async select(row, word, last) {
        const rows = await this.settledRows();
        const [from, to] = [row, last].map((wanted) => rows.findIndex((text) => wanted.test(text)));
        assert.ok(from !== -1 && to >= from, rows.join("\n"));
        const column = rows[from].indexOf(word) + 1;
        await this.leave();
        await until(`the rows from ${word} on to be selected`, async () => {
            const { x, y } = await this.pointAt(row, word);
            await this.page.mouse.dblclick(x, y);
            await this.page.mouse.move(0, 0);
            // To the beginning of the word that this has selected.
            await this.page.keyboard.press("ArrowLeft");
            const begins = async () => {
                const at = await this.cursor();
                return at.line === from + 1 && at.column === column && at.selected === 0;
            };
            const begun = await until("the cursor before it", begins, AGAIN).catch(() => false);
            for (let line = from; begun && line < to; line += 1) {
                await this.page.keyboard.press("Shift+ArrowDown");
            }
            await this.page.keyboard.press("Shift+End");
            const ends = async () => {
                const at = await this.cursor();
                return at.line === to + 1 && at.selected > 0;
            };
            return begun && until("the cursor behind it", ends, AGAIN).catch(() => false);
        });
    }

    /** Makes a text of the listing in front, and waits for it to be there. */
    async editAsText() {
        await this.command("Edit Listing as Text");
        // It is called like the listing; but it is in no file yet.
        return until("the rows of the text", async () => {
            const rows = await this.rowsOf((uri) => uri.startsWith("untitled:"));
            return rows?.some((row) => /\bSTOP/.test(row)) && rows;
        });
    }

    /** Closes what is suggested, if anything is: it would take keys that are meant for the text. */
    async closeSuggestions() {
        const list = this.page.locator(".suggest-widget.visible");
        await until("no suggestions", async () => {
            if (!(await list.isVisible())) {
                return true;
            }
            await this.page.keyboard.press("Escape");
            return list.waitFor({ state: "hidden", timeout: AGAIN }).then(() => true, () => false);
        });
    }

    /** Asks for suggestions. */
    async suggest() {
        const list = this.page.locator(".suggest-widget.visible .monaco-list-row");
        await until("suggestions", async () => {
            if (await list.first().isVisible()) {
                return true;
            }
            await this.focus();
            await this.page.keyboard.press("Control+Space");
            return list.first().waitFor({ timeout: AGAIN }).then(() => true, () => false);
        });
    }

    /** Waits for an entry of the list of suggestions to be the chosen one, and takes it. */
    async accept(label) {
        const chosen = this.page.locator(".suggest-widget.visible .monaco-list-row.focused .label-name", { hasText: label });
        await chosen.waitFor();
        await this.page.keyboard.press("Enter");
        await this.page.locator(".suggest-widget.visible").waitFor({ state: "hidden" });
    }

    /** The rows that are underlined in the text editor, as error or as warning, one for each such place, from top to bottom. */
    async markedRows() {
        return this.editor.evaluateAll((editors) => {
            const top = (element) => parseFloat(element.style.top);
            const lines = [...(editors[0]?.querySelectorAll(".view-lines .view-line") ?? [])];
            const places = [...(editors[0]?.querySelectorAll(".squiggly-error, .squiggly-warning") ?? [])];
            const tops = places.map((place) => top(place.parentElement)).sort((a, b) => a - b);
            return tops.map((at) => lines.find((line) => top(line) === at)?.textContent.replaceAll("\u00a0", " ") ?? "");
        });
    }

    /** Waits for rows like these to be underlined, from top to bottom, and no others. */
    async untilMarked(...wanted) {
        let marked = [];
        const areThese = async () => {
            marked = await this.markedRows();
            return marked.length === wanted.length && wanted.every((row, index) => row.test(marked[index]));
        };
        await until(`rows like ${wanted.map(String).join(", ") || "none"} to be underlined`, areThese).catch((error) => {
            throw new Error(`${error.message}; underlined were:\n${marked.join("\n")}`, { cause: error });
        });
    }

    /**
     * Opens a menu of actions by its keys and takes an entry. While it is being asked what there is to do, what is underlined may
     * change: then the menu does not come, or comes without the entry, and a person asks again.
     */
    async act(keys, title) {
        const menu = this.page.locator(".action-widget:not(.action-list-submenu-panel)").filter({ visible: true });
        let timeout = AGAIN / 2;
        await until(`the action ${title}`, async () => {
            timeout *= 2;
            if ((await menu.count()) > 0) {
                await this.page.keyboard.press("Escape");
                await until("the menu to close", async () => (await menu.count()) === 0);
            }
            await this.focus();
            await this.page.keyboard.press(keys);
            return menu.getByText(title, { exact: true }).click({ timeout }).then(() => true, () => false);
        });
        await until("the menu to close", async () => (await menu.count()) === 0);
    }

    /** Takes a rewrite of the menu of refactorings. */
    async refactor(title) {
        await this.act("Control+Shift+r", title);
    }

    /** Gives the name under the cursor another one. */
    async rename(name) {
        const input = this.page.locator(".rename-input");
        await until("the box for the name", async () => {
            await this.focus();
            await this.page.keyboard.press("F2");
            return input.waitFor({ timeout: AGAIN }).then(() => true, () => false);
        });
        await input.fill(name);
        await input.press("Enter");
    }

    /** Saves the text in front, which has a name, and assembles it to the file that is proposed; answers the bytes. */
    async saveAndAssemble(proposed) {
        await this.save();
        const target = path.join(this.folder, proposed);
        const dialog = this.page.locator(".quick-input-widget");
        const input = dialog.locator("input").first();
        const isProposed = async () => (await input.isVisible()) && (await input.inputValue()) === target;
        // Extensions learn a moment later which text is in front now.
        await repeating(`${proposed} to be proposed`, () => this.command("Assemble to Pickle"), isProposed);
        await until("the file", async () => {
            if (existsSync(target)) {
                return true;
            }
            // A button takes no text for its own when it is gone, as the editor would take a key. A dialog that is still
            // reading the folder does not hear it.
            await dialog.getByRole("button", { name: "OK" }).click({ timeout: AGAIN }).catch(() => undefined);
            return until("the file", () => existsSync(target), AGAIN).catch(() => false);
        });
        await dialog.waitFor({ state: "hidden" });
        return readFile(target);
    }

    /** Saves the text in front, which has a name but is in no file yet; then it is the text of that file. */
    async save() {
        await repeating(
            "the text to be in a file",
            async () => {
                await this.focus();
                await this.page.keyboard.press("Control+s");
            },
            async () => {
                const rows = await this.rowsOf((uri) => !uri.startsWith("untitled:"));
                return rows !== undefined && (await this.page.locator(".tabs-container .tab.active:not(.dirty)").count()) === 1;
            },
        );
    }

    /**
     * Rests the mouse on a word until a hover comes up that says something like this, and answers all that it says. What is
     * known first is shown first, and a hover that was asked for before a change may not come: the mouse comes again.
     */
    async hover(row, word, said) {
        const hover = this.hovers.filter({ visible: true }).first();
        return repeating(
            `a hover on ${word} that says ${String(said)}`,
            async () => {
                await this.leave();
                const { x, y } = await this.pointAt(row, word);
                await this.page.mouse.move(x - 3, y);
                await this.page.mouse.move(x, y, { steps: 3 });
            },
            async () => {
                // Half faded in is not there yet, for a picture.
                const look = (element) => [
                    element.textContent,
                    element.getAnimations({ subtree: true }).some((animation) => animation.playState === "running"),
                ];
                const [text, fading] = await hover.evaluate(look, undefined, { timeout: AGAIN }).catch(() => ["", false]);
                return said.test(text) && !fading && text;
            },
        );
    }

    /** Presses F12 on a word, until that leads to a line. */
    async goToDefinition(row, word, line) {
        await repeating(
            `F12 on ${word} to go to line ${String(line)}`,
            async () => {
                await this.clickAt(row, word);
                await this.page.keyboard.press("F12");
            },
            async () => (await this.cursor()).line === line,
        );
    }

    /** Waits for the cursor to be in a line, 1-based, which the status bar tells. */
    async cursorIn(line) {
        await until(`the cursor in line ${String(line)}`, async () => (await this.cursor()).line === line);
    }
}
