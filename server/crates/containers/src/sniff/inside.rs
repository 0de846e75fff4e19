//! Pickles that call something, in bytes in which nothing is recognised: libraries keep one behind a header of their own (the index of
//! Whoosh, archives of Kaldi), or between records (Hadoop's SequenceFile). Whether they are whole does not matter, as what was called was
//! called. What begins so by accident is among them, and does no harm.

use std::ops::Range;

use super::pickle;

/// Bytes before a global in which a pickle begins that does not say its protocol.
const NEAR: usize = 96;

/// Bytes of the longest name of a module or of a global.
const NAME: usize = 256;

/// What such a pickle begins with: a mark, or a string.
const FIRST: &[u8] = b"(cU\x8c\x8dXVS";

/// Bytes at the beginning in which any may be the first of a pickle: most headers are shorter.
const HEAD: usize = 4 << 10;

/// Ops that are walked, as a multiple of the length of the bytes, and in any bytes; and pickles that are handed out.
const BUDGET_FACTOR: usize = 16;
const BUDGET_BASE: usize = 1 << 20;
const MOST: usize = 100_000;

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// Where pickles begin, and where they end or break off. They may overlap.
    pub pickles: Vec<Range<usize>>,
    /// Whether all bytes were searched. If not, there were too many that look like the beginning of one.
    pub complete: bool,
}

/// Whether there is one anywhere in `bytes`, or too much looks like one.
#[must_use]
pub fn may_carry(bytes: &[u8]) -> bool {
    let found = search(bytes, 1, &|| false);
    !found.pickles.is_empty() || !found.complete
}

/// Whether there is one near the beginning of `bytes`.
#[must_use]
pub fn carries_behind_header(bytes: &[u8]) -> bool {
    let mut budget = BUDGET_BASE;
    !behind_header(bytes, &mut [false; HEAD], &mut budget).is_empty() || budget == 0
}

/// Finds all that may be in `bytes`.
#[must_use]
pub fn carried(bytes: &[u8], interrupt: &dyn Fn() -> bool) -> Carried {
    search(bytes, MOST, interrupt)
}

fn search(bytes: &[u8], most: usize, interrupt: &dyn Fn() -> bool) -> Carried {
    let mut budget = bytes.len().saturating_mul(BUDGET_FACTOR).saturating_add(BUDGET_BASE);
    let mut seen = [false; HEAD];
    let mut pickles = behind_header(bytes, &mut seen, &mut budget);
    if pickles.len() >= most || budget == 0 {
        return Carried { pickles, complete: false };
    }
    let (mut at, mut behind) = (0, 0);
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr3(0x80, b'\n', 0x93, rest)) {
        at += next;
        let starts = match bytes[at] {
            0x80 if matches!(bytes.get(at + 1), Some(0..=5)) => vec![at],
            0x80 => Vec::new(),
            // What is in a pickle that was found is read with it.
            _ if at < behind => Vec::new(),
            b'\n' if !is_between_names(bytes, at) => Vec::new(),
            _ => beginnings(bytes, at, behind),
        };
        let is_new = |start: &usize| {
            seen.get(*start) != Some(&true) || !pickles.iter().any(|found| found.contains(start))
        };
        let starts = starts.into_iter().filter(is_new);
        let mut calling = starts.filter(|start| pickle::may_call(&bytes[*start..], &mut budget));
        // Others have no end that tells where they begin: all, and the least that calls something.
        let first = calling.next();
        let last = calling.last();
        for start in first.into_iter().chain(last) {
            let end = start + pickle::broken_end(&bytes[start..], &mut budget);
            behind = behind.max(end);
            pickles.push(start..end);
        }
        if pickles.len() >= most || budget == 0 || interrupt() {
            return Carried { pickles, complete: false };
        }
        at += 1;
    }
    Carried { pickles, complete: true }
}

/// Pickles that begin with whatever op in the first bytes. Each op is the first of one walk at most: who begins at an op that a walk has
/// come by gets no further than that, and sees no more: such are `seen`.
fn behind_header(bytes: &[u8], seen: &mut [bool; HEAD], budget: &mut usize) -> Vec<Range<usize>> {
    let mut pickles = Vec::new();
    if !may_load(bytes) {
        return pickles;
    }
    for start in 0..bytes.len().min(HEAD) {
        if seen[start] || *budget == 0 {
            continue;
        }
        let (end, calls) = pickle::calls_within(&bytes[start..], budget, &mut |at| {
            if let Some(seen) = seen.get_mut(start + at) {
                *seen = true;
            }
        });
        if calls {
            pickles.push(start..start + end);
        }
    }
    pickles
}

/// Whether a global is loaded by its name anywhere in `bytes`, by what it looks like: in most texts none is.
fn may_load(bytes: &[u8]) -> bool {
    memchr::memchr2_iter(b'\n', 0x93, bytes).any(|at| bytes[at] == 0x93 || is_between_names(bytes, at))
}

/// Where a pickle may begin whose global is at `at`, behind what was found.
fn beginnings(bytes: &[u8], at: usize, behind: usize) -> Vec<usize> {
    let near = if bytes[at] == b'\n' { NEAR + NAME } else { NEAR };
    let start = at.saturating_sub(near).max(behind);
    (start..at).filter(|start| FIRST.contains(&bytes[*start])).collect()
}

/// Whether the newline at `at` ends the module of a GLOBAL or INST.
fn is_between_names(bytes: &[u8], at: usize) -> bool {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
    let behind = &bytes[at + 1..bytes.len().min(at + 1 + NAME)];
    let name = behind.iter().take_while(|byte| is_name(byte)).count();
    let before = &bytes[at.saturating_sub(NAME)..at];
    let module = before.iter().rev().take_while(|byte| is_name(byte)).count();
    name > 0
        && behind.get(name) == Some(&b'\n')
        && before[before.len() - module..].iter().any(|byte| matches!(byte, b'c' | b'i'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FRAMED: &[u8] =
        b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.";

    #[test]
    fn what_calls_something_is_found_anywhere() {
        for pickle in [
            FRAMED,
            b"\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.",
            b"\x8c\x05posix\x94\x8c\x06system\x940h\0h\x01\x93\x8c\x02id\x85R.",
            b"cos\nsystem\n(S'id'\ntR.",
            b"(S'id'\nios\nsystem\n.",
            b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.",
        ] {
            assert_eq!(carried(pickle, &|| false).pickles[0], 0..pickle.len(), "{pickle:?}");
            let bytes = [b"\xff\x00\x01\xfe head\0".as_slice(), pickle, b"\0\xfe"].concat();
            assert!(carried(&bytes, &|| false).pickles.contains(&(10..10 + pickle.len())), "{pickle:?}");
            assert!(may_carry(&bytes));
        }
    }

    #[test]
    fn any_op_may_be_the_first_behind_a_header() {
        let long = b"\x8d\x05\0\0\0\0\0\0\0posix\x8d\x06\0\0\0\0\0\0\0system";
        let far = [b"(\x8c\x05posix\x94\x8c\x06system\x94l0".as_slice(), &b"N0".repeat(100)].concat();
        for names in [
            long.to_vec(),
            [b"\x80\x01".as_slice(), long].concat(),
            [b"N\x96\x01\0\0\0\0\0\0\0a0".as_slice(), long].concat(),
            [b"\x8c\x05posix".as_slice(), &b"N0".repeat(100), b"\x8c\x06system"].concat(),
            [far.as_slice(), b"h\0h\x01"].concat(),
        ] {
            let pickle = [names.as_slice(), b"\x93\x8c\x02id\x85R."].concat();
            let bytes = [b"\xff\x00\x01\xfe head\0".as_slice(), &pickle, b"\0\xfe"].concat();
            let found = carried(&bytes, &|| false).pickles;
            assert!(found.iter().any(|found| *found == (10..10 + pickle.len())), "{names:?}: {found:?}");
        }
    }

    #[test]
    fn runs_of_one_op_are_walked_once() {
        for op in *b"(N]})\x88\x89\x8f\x97" {
            let found = carried(&[b"\xff".as_slice(), &[op; 1 << 20]].concat(), &|| false);
            assert_eq!(found, Carried { pickles: Vec::new(), complete: true }, "{op}");
        }
    }

    #[test]
    fn what_breaks_off_was_called_before() {
        let bytes = [b"\xff".as_slice(), &FRAMED[..FRAMED.len() - 1], b"\xff\xff"].concat();
        assert_eq!(carried(&bytes, &|| false).pickles, std::slice::from_ref(&(1..FRAMED.len())));
        let long = [b"\x80\x04(".as_slice(), &b"K\x01".repeat(300), b"lcos\nsystem\n"].concat();
        assert!(may_carry(&long));
    }

    #[test]
    fn other_bytes() {
        let numbers: Vec<u8> =
            (0..50_000u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        assert!(!may_carry(&numbers));
        assert!(!may_carry(b"\x80\x04]\x94(K\x01K\x02e.") && !may_carry(b"") && !may_carry(b"\n\n\x93\x80"));
    }

    #[test]
    fn too_much_that_looks_like_one() {
        let bytes = b"(c\na\n".repeat(100_000);
        let found = carried(&bytes, &|| false);
        assert!(found.pickles.len() <= MOST && (found.complete || may_carry(&bytes)));
        assert!(!carried(&FRAMED.repeat(3), &|| true).complete);
    }
}
