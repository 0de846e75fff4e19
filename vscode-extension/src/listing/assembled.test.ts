import assert from "node:assert/strict";
import { test } from "node:test";
import { assembledName } from "./assembled";

test("the suffix goes, and a pickle is named as one", () => {
    assert.equal(assembledName("/a.b/model.pkl.pickleasm"), "/a.b/model.pkl");
    assert.equal(assembledName("/a.b/model.pickleasm"), "/a.b/model.pkl");
    assert.equal(assembledName("/a.b/model.pt.pickleasm"), "/a.b/model.pt");
});
