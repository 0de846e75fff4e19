import assert from "node:assert/strict";
import { test } from "node:test";
import { parseOffset } from "./offset";

test("decimal and hexadecimal", () => {
    assert.equal(parseOffset("0"), 0);
    assert.equal(parseOffset(" 1234 "), 1234);
    assert.equal(parseOffset("0x4D"), 77);
    assert.equal(parseOffset("0X4d"), 77);
    assert.equal(parseOffset("1_000_000"), 1_000_000);
});

test("a leading zero does not mean octal", () => {
    assert.equal(parseOffset("010"), 10);
});

test("anything else is refused rather than guessed", () => {
    for (const text of ["", "-1", "1.5", "1e3", "4d", "0x", "0xg", "0b11", "99999999999999999999"]) {
        assert.equal(parseOffset(text), undefined, text);
    }
});
