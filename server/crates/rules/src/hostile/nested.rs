//! Values in each other, as deep as a stream can have them: nothing goes down by recursion.

use super::found;

const DEEP: usize = 20_000;

/// A name, and what a stream begins with, then has so many times, and then again.
type Row = (&'static str, &'static [u8], &'static [u8], &'static [u8]);

/// What each op makes of what the one before it made, with `system` called in front of it all.
#[test]
fn towers() {
    let harm = b"\x80\x04cos\nsystem\nX\x02\0\0\0id\x85R0cbuiltins\nlist\n\x940cfunctools\npartial\n\x940";
    let rows: [Row; 16] = [
        ("names of globals", b"", b"\x8c\x01a", b"\x93"),
        ("modules of globals", b"\x8c\x01a", b"\x8c\x01a\x93", b""),
        ("callables", b"h\0", b")R", b""),
        ("callables of INST", b"", b"(ca\nb\n", b"o"),
        ("arguments", b"", b"h\0", b")\x85R"),
        ("arguments in each other", b"N", b"", b"\x85"),
        ("partials", b"h\0", b"", b"\x85"),
        ("classes", b"ca\nb\n", b")\x81", b""),
        ("classes with keywords", b"ca\nb\n", b")}\x92", b""),
        ("states", b"ca\nb\n)\x81", b"ca\nb\n)\x81", b"b"),
        ("states of themselves", b"ca\nb\n)\x81", b"2b", b""),
        ("items", b"]", b"]", b"a"),
        ("values of dicts", b"}", b"K\0}", b"s"),
        ("persistent ids", b"N", b"", b"Q"),
        ("attributes", b"h\0", b"\x8c\x01a\x86cbuiltins\ngetattr\n0", b""),
        ("frozensets", b"", b"(", b"\x91"),
    ];
    for (name, head, first, second) in rows {
        let bytes = [harm, head, &first.repeat(DEEP), &second.repeat(DEEP), b"."].concat();
        let found = found(&bytes);
        assert!(found.iter().any(|finding| finding.rule.code == "PG101"), "{name}");
    }
}
