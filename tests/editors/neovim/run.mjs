// A real Neovim, without a screen, with the plugin in `server/docs/editors/neovim`: each test is a function of cases.lua in a Neovim of its own.
//
//   node --test tests/editors/neovim/run.mjs        NVIM names another Neovim than the one in the path
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { findServer, fixtures, repository } from "../vscode/tools.mjs";

const nvim = process.env.NVIM ?? "nvim";
const cases = path.join(repository, "tests/editors/neovim/cases.lua");

const lacking = [
    [spawnSync(nvim, ["--version"]).status === 0, "Neovim: install neovim, or name it in NVIM"],
    [spawnSync(process.env.CC ?? "cc", ["--version"]).status === 0, "a C compiler, which builds the parser"],
    [findServer() !== undefined, "the server: run `cargo build`, or set PICKLE_LSP"],
].flatMap(([present, how]) => (present ? [] : [how]));
if (lacking.length > 0 && process.env.CI === "true") {
    throw new Error(`cannot run, and nothing may be skipped in CI; missing ${lacking.join("; missing ")}`);
}

describe("Neovim", () => {
    // Of each test, and not of all at once: what is skipped is to be counted.
    const skip = lacking.length > 0 && `missing ${lacking.join("; missing ")}`;
    let home;

    before(async () => {
        if (skip) {
            return;
        }
        home = await mkdtemp(path.join(tmpdir(), "pickle-lsp-neovim-"));
        await cp(fixtures, path.join(home, "samples"), { recursive: true });
        // What a person writes, but for the path of the server.
        await writeFile(
            path.join(home, "init.lua"),
            `vim.opt.runtimepath:prepend(${JSON.stringify(path.join(repository, "server/docs/editors/neovim"))})
             require("pickle_lsp").setup { cmd = { ${JSON.stringify(path.resolve(findServer()))}, "server" } }`,
        );
    });
    after(() => skip || rm(home, { recursive: true, force: true, maxRetries: 5 }));

    /** Runs a function of cases.lua in the folder with the samples. */
    function run(name) {
        const result = spawnSync(nvim, ["--headless", "-i", "NONE", "-n", "-u", path.join(home, "init.lua"), "-c", `luafile ${cases}`], {
            cwd: path.join(home, "samples"),
            encoding: "utf8",
            timeout: 60_000,
            env: {
                ...process.env,
                PICKLE_CASE: name,
                ...Object.fromEntries(["DATA", "STATE", "CACHE", "CONFIG"].map((kind) => [`XDG_${kind}_HOME`, path.join(home, kind)])),
            },
        });
        assert.equal(result.status, 0, `${result.error ?? ""}${result.stdout}${result.stderr}`);
    }

    // The parser of the first is there for the others.
    for (const [name, what] of [
        ["grammar", "the grammar gives captures and folds by the queries"],
        ["listing", "a pickle opens as its listing, with hover, definition and colours"],
        ["findings", "a pickle that runs a command is reported"],
        ["containers", "a container opens, and so does the URI of a member"],
        ["plain", "Apple's Pkl opens as the text that it is"],
        ["text", "a text is checked while it is edited, and memo slots are renamed"],
        ["assembled", "a listing is edited as a text and assembled to a pickle"],
    ]) {
        test(what, { skip }, () => run(name));
    }
});
