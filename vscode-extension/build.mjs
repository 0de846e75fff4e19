// Bundles the extension into out/ and brings what is generated elsewhere in the repository.
//
//   node build.mjs                the extension, with a source map
//   node build.mjs --production   the same, minified, as it is shipped
//   node build.mjs --watch        again at every change
//   node build.mjs --tests        the unit tests, into out/test/
import { context, build } from "esbuild";
import { copyFile, mkdir, readdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import path from "node:path";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.join(here, "out");
const arguments_ = new Set(process.argv.slice(2));

/** The grammar is generated from the opcode table, so the extension keeps no copy of its own that could grow old. */
async function copyGrammar() {
    const name = "pickleasm.tmLanguage.json";
    const from = path.join(here, "..", "grammars", name);
    try {
        await copyFile(from, path.join(out, name));
    } catch (error) {
        if (error.code !== "ENOENT") {
            throw error;
        }
        console.error(`build: ${path.relative(here, from)} is missing; \`cargo xtask generate\` writes it`);
        process.exit(1);
    }
}

const shared = {
    absWorkingDir: here,
    bundle: true,
    platform: "node",
    target: "node20",
    external: ["vscode"],
    logLevel: "warning",
};

await mkdir(out, { recursive: true });

if (arguments_.has("--tests")) {
    const tests = (await readdir(path.join(here, "src"), { recursive: true })).filter((name) => name.endsWith(".test.ts"));
    await rm(path.join(out, "test"), { recursive: true, force: true });
    await build({
        ...shared,
        entryPoints: tests.map((name) => path.join("src", name)),
        outdir: "out/test",
        format: "esm",
        outExtension: { ".js": ".mjs" },
        sourcemap: "inline",
    });
} else {
    const production = arguments_.has("--production");
    await copyGrammar();
    const extension = {
        ...shared,
        entryPoints: ["src/extension.ts"],
        outfile: "out/extension.js",
        format: "cjs",
        // The client's package offers both module kinds; the CommonJS one keeps `require` out of an ESM wrapper.
        mainFields: ["main"],
        minify: production,
        sourcemap: !production,
    };
    if (arguments_.has("--watch")) {
        const watching = await context({ ...extension, logLevel: "info" });
        await watching.watch();
    } else {
        await build(extension);
    }
}
