import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalListingUri, filePathCandidates } from "./uri";

test("the suffix is taken off", () => {
    assert.deepEqual(filePathCandidates("/abs/model.pkl.pickleasm"), ["/abs/model.pkl"]);
});

test("a member leads to its container", () => {
    assert.deepEqual(filePathCandidates("/abs/model.pt!/archive/data.pkl.pickleasm"), [
        "/abs/model.pt!/archive/data.pkl",
        "/abs/model.pt",
    ]);
});

test("a folder that ends in an exclamation mark is one more reading", () => {
    assert.deepEqual(filePathCandidates("/a!/b.zip!/c.pkl.pickleasm"), ["/a!/b.zip!/c.pkl", "/a", "/a!/b.zip"]);
});

test("the spelling of VS Code becomes the documented one", () => {
    assert.equal(
        canonicalListingUri("pickle-listing:/a%20b/model.pt%21/archive/data.pkl.pickleasm?rows%3D1-9%26wide%3D1"),
        "pickle-listing:///a%20b/model.pt!/archive/data.pkl.pickleasm?rows=1-9&wide=1",
    );
    assert.equal(canonicalListingUri("pickle-listing:/c%3A/a.pkl.pickleasm"), "pickle-listing:///c%3A/a.pkl.pickleasm");
});

test("the documented spelling stays, and so does the host of a network share", () => {
    for (const uri of ["pickle-listing:///abs/a.pkl.pickleasm", "pickle-listing://host/share/a.pkl.pickleasm"]) {
        assert.equal(canonicalListingUri(uri), uri);
    }
});
