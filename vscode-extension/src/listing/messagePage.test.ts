import assert from "node:assert/strict";
import { test } from "node:test";
import { messagePage } from "./messagePage";

test("a file name is shown, not interpreted", () => {
    const page = messagePage(`<img src="x" onerror='alert(1)'> & co`);
    assert.ok(page.includes("&#60;img src=&#34;x&#34; onerror=&#39;alert(1)&#39;&#62; &#38; co"));
    assert.ok(!page.includes("<img"));
});

test("nothing may be loaded or run", () => {
    assert.ok(messagePage("").includes(`content="default-src 'none'"`));
});
