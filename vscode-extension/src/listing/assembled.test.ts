import assert from "node:assert/strict";
import { test } from "node:test";
import { assembledNames, editableNames } from "./assembled";

/** The first names that are offered. */
function first(names: Iterator<string, never>, count: number): string[] {
    return Array.from({ length: count }, () => names.next().value);
}

test("the suffix goes, and a pickle is named as one", () => {
    for (const [listing, pickle] of [
        ["/a.b/model.pkl.pickleasm", "/a.b/model.pkl"],
        ["/a.b/model.pickleasm", "/a.b/model.pkl"],
        ["/a.b/model.pt.pickleasm", "/a.b/model.pt"],
    ] as const) {
        assert.deepEqual(first(assembledNames(listing), 1), [pickle]);
    }
});

test("there are other names than that of the pickle itself", () => {
    assert.deepEqual(first(assembledNames("/a.b/model.pkl.pickleasm"), 3), [
        "/a.b/model.pkl",
        "/a.b/model.assembled.pkl",
        "/a.b/model.assembled-2.pkl",
    ]);
});

test("a text to edit is beside the file, and called like its listing", () => {
    assert.deepEqual(first(editableNames("/a.b/model.v1.pkl.pickleasm", "/a.b/model.v1.pkl"), 3), [
        "/a.b/model.v1.pkl.pickleasm",
        "/a.b/model.v1-2.pkl.pickleasm",
        "/a.b/model.v1-3.pkl.pickleasm",
    ]);
    assert.deepEqual(first(editableNames("/a.b/model.pt!/archive/data.pickleasm", "/a.b/model.pt"), 2), [
        "/a.b/data.pickleasm",
        "/a.b/data-2.pickleasm",
    ]);
});
