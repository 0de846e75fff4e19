//! Values in each other, as deep as a stream can have them: nothing goes down by recursion.

use super::{check, found};

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

/// Behind the five pickles of a file of torch, numbers follow: a storage of 1,152 elements begins like a pickle.
#[test]
fn numbers_behind_nested_pickles() {
    let magic = b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.";
    let file = |begin: &[u8], object: &[u8], rest: &[u8]| {
        let inner = [begin, b"\x80\x02M\xe9\x03.\x80\x02}.", object, b"\x80\x02].", rest].concat();
        let head = b"\x80\x03ctorch.storage\n_load_from_bytes\nC";
        [&head[..], &[u8::try_from(inner.len()).unwrap()], &inner, b"\x85R."].concat()
    };
    let (plain, harm) = (&b"\x80\x02N."[..], &b"\x80\x02cos\nsystem\n(S'id'\ntR."[..]);
    let numbers = b"\x80\x04\0\0\0\0\0\0\x9e\x1f";
    check(&file(magic, plain, numbers), &[]);
    check(&file(magic, harm, numbers), &["PG104"]);
    // Something else than torch goes on.
    check(&file(b"\x80\x02N.", plain, harm), &["PG104"]);
    let framed = b"\x80\x04\x95\x02\0\0\0\0\0\0\0N.";
    check(&file(magic, framed, harm), &["PG104"]);
}
