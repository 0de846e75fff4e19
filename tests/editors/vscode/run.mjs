// A person with a folder of pickles in a real VS Code: clicks, hovers, jumps, and what is then on the screen.
//
//   node --test tests/editors/vscode/run.mjs               the tests; screenshots in .cache/editors/screenshots
//   node tests/editors/vscode/run.mjs --update-screenshot  and the picture of the documentation is taken anew
//
// install.sh fetches what is needed. The folder is never trusted, so all of this is also what restricted mode gives.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { copyFile, mkdir, readFile } from "node:fs/promises";
import path from "node:path";
import { after, afterEach, before, describe, test } from "node:test";
import { cache, fixtures, missing, repository } from "./tools.mjs";
import { openWorkbench, repeating, until } from "./workbench.mjs";

const screenshots = path.join(cache, "screenshots");
const documentationPicture = path.join(repository, "server/docs/images/listing.png");

const lacking = missing();
if (lacking.length > 0 && process.env.CI === "true") {
    throw new Error(`cannot run, and nothing may be skipped in CI; missing ${lacking.join("; missing ")}`);
}

// Each wait has an end of its own; all of them together may take long on a slow machine.
const TIMEOUT = 1_800_000;

describe("VS Code", { skip: lacking.length > 0 && `missing ${lacking.join("; missing ")}`, timeout: TIMEOUT }, () => {
    /** @type {import("./workbench.mjs").Workbench} */
    let code;

    before(async () => {
        await mkdir(screenshots, { recursive: true });
        code = await openWorkbench();
    });
    after(() => code?.close());

    // Of every test, passed or failed: what was on the screen at its end.
    afterEach(async (context) => {
        await code?.page.screenshot({ path: path.join(screenshots, `${context.name.replaceAll(/[^\w.]+/g, "-")}.png`) });
    });

    for (const protocol of [0, 2, 4]) {
        test(`a click on a pickle of protocol ${protocol} opens its listing`, async () => {
            const rows = await code.open(`protocol${protocol}.pkl`, `protocol${protocol}.pkl.pickleasm`, /\bSTOP/);
            assert.ok(rows.some((row) => /\d.*UNICODE .*'layers'/.test(row)), rows.join("\n"));
            assert.equal(rows.some((row) => /\bPROTO /.test(row)), protocol >= 2, rows.join("\n"));
            await code.page.getByRole("button", { name: "Pickle Listing" }).waitFor();
        });
    }

    test("a listing cannot be typed into", async () => {
        await code.open("protocol2.pkl", "protocol2.pkl.pickleasm", /\bSTOP/);
        await code.clickAt(/\bPROTO/, "PROTO");
        const refusal = code.page.locator(".monaco-editor-overlaymessage", { hasText: "read-only" });
        await repeating("a refusal", () => code.page.keyboard.type("x"), () => refusal.isVisible());
        assert.ok(!(await code.rows()).some((row) => /xPROTO|PxROTO|PRxOTO|PROxTO|PROTxO|PROTOx/.test(row)));
        await code.page.keyboard.press("Escape");
    });

    test("resting the mouse on an opcode explains it", async () => {
        await code.open("protocol2.pkl", "protocol2.pkl.pickleasm", /\bSTOP/);
        await code.hover(/\bEMPTY_DICT/, "EMPTY_DICT", /dict/i);
    });

    test("F12 on a read of a BINPUT slot goes to the write", async () => {
        const rows = await code.open("protocol2.pkl", "protocol2.pkl.pickleasm", /\bSTOP/);
        const write = rows.findIndex((row) => /\bBINPUT\s+3(?!\d)/.test(row));
        assert.notEqual(write, -1, rows.join("\n"));
        await code.goToDefinition(/\bBINGET/, "BINGET", write + 1);
    });

    test("F12 on a read of a MEMOIZE slot goes to the write", async () => {
        const rows = await code.open("protocol4.pkl", "protocol4.pkl.pickleasm", /\bSTOP/);
        // MEMOIZE names no slot: the one that writes slot 3 is the fourth.
        const write = rows.flatMap((row, index) => (/\bMEMOIZE/.test(row) ? [index] : []))[3];
        assert.notEqual(write, undefined, rows.join("\n"));
        await code.goToDefinition(/\bBINGET/, "BINGET", write + 1);
    });

    test("the command for an offset goes to the row of that byte", async () => {
        const rows = await code.open("protocol2.pkl", "protocol2.pkl.pickleasm", /\bSTOP/);
        await code.clickAt(/\bPROTO/, "PROTO");
        const input = code.page.locator(".quick-input-widget input").first();
        await repeating("the question for an offset", () => code.page.keyboard.press("Control+Alt+g"), () => input.isVisible());
        await input.fill("0x3d");
        await input.press("Enter");
        // Byte 61 is the operand of the BINGET at 60.
        await code.cursorIn(rows.findIndex((row) => /\bBINGET/.test(row)) + 1);
    });

    test("inlay hints are there, and are no part of the text", async () => {
        await code.open("protocol4.pkl", "protocol4.pkl.pickleasm", /\bSTOP/);
        await code.clickAt(/\bSTOP/, "STOP");
        const shown = await until("hints", async () => {
            const rows = await code.settledRows();
            return rows.some((row) => /\bMEMOIZE→/.test(row)) && rows;
        });
        // VS Code hides hints while these keys are held.
        await code.page.keyboard.down("Control");
        await code.page.keyboard.down("Alt");
        try {
            await until("rows to become shorter without hints", async () =>
                (await code.rows()).some((row, index) => row.length < (shown[index]?.length ?? 0)),
            );
        } finally {
            await code.page.keyboard.up("Alt");
            await code.page.keyboard.up("Control");
        }
    });

    test("a listing follows its file", async () => {
        await code.open("protocol2.pkl", "protocol2.pkl.pickleasm", /\bBINPUT/);
        await copyFile(path.join(fixtures, "protocol4.pkl"), path.join(code.folder, "protocol2.pkl"));
        await until("the opcodes of the new file", async () => (await code.rows()).some((row) => /\bMEMOIZE/.test(row)));
        await copyFile(path.join(fixtures, "protocol2.pkl"), path.join(code.folder, "protocol2.pkl"));
        await until("those of the old one again", async () => (await code.rows()).some((row) => /\bBINPUT/.test(row)));
    });

    test("a container opens as the listing of its one pickle", async () => {
        await code.open("model.pt", "data.pkl.pickleasm", /\bSTOP/);
    });

    test("Apple's Pkl opens as the text that it is", async () => {
        await code.open("config.pkl", "config.pkl", /^module config/);
    });

    test("a listing is still there after the window was reloaded", async () => {
        await code.open("protocol4.pkl", "protocol4.pkl.pickleasm", /\bSTOP/);
        // A preview is a tab like any other to a reload, but a person who comes back to a file has kept it.
        await code.activeTab.dblclick();
        const loaded = code.page.waitForEvent("load");
        await code.command("Developer: Reload Window");
        await loaded;
        await until("the listing", async () => (await code.rows()).some((row) => /\bSTOP/.test(row)));
        assert.equal(await code.activeTabName(), "protocol4.pkl.pickleasm");
    });

    test("a pickle that runs a command is reported", async () => {
        await code.open("hostile.pkl", "hostile.pkl.pickleasm", /\bREDUCE/);
        await code.untilMarked(/\bREDUCE/);
        await code.page.locator("#status\\.problems").click();
        const problems = code.page.locator(".markers-panel");
        await problems.getByRole("treeitem", { name: /system/ }).first().waitFor();
        await code.page.locator("#status\\.problems").click();
        await problems.waitFor({ state: "hidden" });
        await code.hover(/\bREDUCE/, "REDUCE", /system/);
        if (process.argv.includes("--update-screenshot")) {
            await code.command("View: Close Other Editors in Group");
            await code.hover(/\bREDUCE/, "REDUCE", /system/);
            await mkdir(path.dirname(documentationPicture), { recursive: true });
            await code.page.screenshot({ path: documentationPicture });
        }
    });

    // One text through its life: each test goes on where the one before it ended.
    describe("a pickle as text", () => {
        before(async () => {
            await code.open("protocol4.pkl", "protocol4.pkl.pickleasm", /\bSTOP/);
            await code.editAsText();
        });

        test("undo ends at the text as it was opened", async () => {
            const opened = await code.settledRows();
            await code.clickAt(/\bSTOP/, "STOP");
            await code.page.keyboard.press("End");
            await code.page.keyboard.type("x");
            await until("what is typed", async () => (await code.rows()).some((row) => /\bSTOPx$/.test(row)));
            await code.closeSuggestions();
            // As often as a person does who has lost count, and each time is seen.
            for (let times = 0; times < 4; times += 1) {
                await code.page.keyboard.press("Control+z");
                await until("the text as it was opened", async () => (await code.settledRows()).join("\n") === opened.join("\n"));
            }
            await code.page.keyboard.press("Control+y");
            await until("what was typed again", async () => (await code.rows()).some((row) => /\bSTOPx$/.test(row)));
            await code.page.keyboard.press("Control+z");
            await until("the text as it was opened", async () => (await code.settledRows()).join("\n") === opened.join("\n"));
            await code.untilMarked();
        });

        test("a mistake is underlined while it is typed, and completion mends it", async () => {
            await code.selectFrom(/\bBINGET 3/, "BINGET");
            await code.page.keyboard.type("BINGE");
            await code.untilMarked(/\bBINGE$/);
            await code.hover(/\bBINGE$/, "BINGE", /expected an opcode or BYTES, found BINGE/);
            await code.leave();
            await code.closeSuggestions();
            await code.suggest();
            await code.accept("BINGET");
            await code.page.keyboard.type(" ");
            // The one that was filled last is the first; `3` is what is typed on.
            await code.page.locator(".suggest-widget.visible .monaco-list-row.focused", { hasText: /^4/ }).waitFor();
            await code.page.keyboard.type("3");
            await code.accept("3");
            await until("the row", async () => (await code.rows()).some((row) => /\bBINGET 3/.test(row)));
            await code.untilMarked();
        });

        test("memo slots that are read get labels, and F2 gives them better ones", async () => {
            await code.refactor("Label memo slots that are read");
            await code.clickAt(/\bBINGET \$m3/, "BINGET");
            await code.rename("$shared");
            await until("the name in both rows", async () =>
                (await code.rows()).filter((row) => /\b(MEMOIZE|BINGET) \$shared/.test(row)).length === 2,
            );
            await code.untilMarked();
        });

        test("a rewrite turns it into another protocol", async () => {
            await code.refactor("Convert to protocol 2");
            await until("the opcodes of protocol 2", async () => {
                const rows = await code.rows();
                return rows.some((row) => /\bBINPUT \$shared/.test(row)) && !rows.some((row) => /\bFRAME/.test(row));
            });
            await code.untilMarked();
        });

        test("it is assembled to the bytes that Python writes for the value", async () => {
            const bytes = await code.saveAndAssemble("protocol4.assembled.pkl");
            assert.deepEqual(bytes, await readFile(path.join(fixtures, "protocol2.pkl")));
        });
    });

    test("a pickle that runs a command is defused in its text", async () => {
        await code.open("hostile.pkl", "hostile.pkl.pickleasm", /\bREDUCE/);
        await code.editAsText();
        await code.untilMarked(/\bREDUCE/);
        await code.select(/'posix'/, "SHORT_BINUNICODE", /\bREDUCE/);
        await code.page.keyboard.type("SHORT_BINUNICODE 'defused'");
        await code.closeSuggestions();
        await until("the row", async () => (await code.rows()).some((row) => /^ *11: SHORT_BINUNICODE 'defused'$/.test(row)));
        // The frame is too long now, two readers differ about that, and the offset behind the rows that went is wrong.
        await code.untilMarked(/\bFRAME 34/, /\bFRAME 34/, /^ *43: MEMOIZE/);
        await code.clickAt(/\bFRAME 34/, "FRAME");
        await code.act("Control+.", "Replace with FRAME auto");
        await code.untilMarked(/^ *43: MEMOIZE/);
        await code.command("Format Document");
        await code.untilMarked();
        const bytes = await code.saveAndAssemble("hostile.assembled.pkl");
        assert.equal(bytes.toString("latin1"), "\x80\x04\x95\x0b\0\0\0\0\0\0\0\x8c\x07defused\x94.");
        await code.open("hostile.assembled.pkl", "hostile.assembled.pkl.pickleasm", /'defused'/);
        await code.untilMarked();
    });

    test("an untrusted folder does not choose the program that is run", () => {
        assert.ok(!existsSync(code.trace));
    });
});
