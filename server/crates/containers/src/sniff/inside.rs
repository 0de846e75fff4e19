//! Whether a pickle that calls something may lie in bytes in which nothing is recognised: libraries keep one behind a header of their
//! own (the index of Whoosh, archives of Kaldi), or between records (Hadoop's SequenceFile). Says now and then yes without reason.

use super::pickle;

/// Bytes before a STACK_GLOBAL in which its two names are.
const NAMES: usize = 96;

/// Bytes of the longest name of a module or of a global.
const NAME: usize = 256;

/// Whether one may lie anywhere in `bytes`.
#[must_use]
pub fn may_carry(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr3(0x80, b'\n', 0x93, rest)) {
        at += next;
        let is_one = match bytes[at] {
            0x80 => matches!(bytes.get(at + 1), Some(2..=5)) && pickle::may_call(&bytes[at..]),
            b'\n' => is_between_names(bytes, at),
            _ => is_behind_names(bytes, at),
        };
        if is_one {
            return true;
        }
        at += 1;
    }
    false
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.') || byte >= 0x80
}

/// Whether the newline at `at` ends the module of a GLOBAL or INST.
fn is_between_names(bytes: &[u8], at: usize) -> bool {
    let behind = &bytes[at + 1..bytes.len().min(at + 1 + NAME)];
    let name = behind.iter().take_while(|byte| is_name(**byte)).count();
    if name == 0 || behind.get(name) != Some(&b'\n') {
        return false;
    }
    let before = &bytes[at.saturating_sub(NAME)..at];
    let module = before.iter().rposition(|byte| !is_name(*byte)).map_or(before, |end| &before[end + 1..]);
    module.len() > 1 && module[..module.len() - 1].iter().any(|byte| matches!(byte, b'c' | b'i'))
}

/// Whether a short string of letters ends where the STACK_GLOBAL at `at` begins, but for an op that keeps it.
fn is_behind_names(bytes: &[u8], at: usize) -> bool {
    let window = &bytes[at.saturating_sub(NAMES)..at];
    // MEMOIZE, BINPUT, LONG_BINPUT, or none.
    [0, 1, 2, 5].into_iter().filter_map(|kept| window.len().checked_sub(kept)).any(|end| {
        let text = window[..end].iter().rev().take_while(|byte| is_name(**byte)).count();
        let starts = end.saturating_sub(text + 2)..end.saturating_sub(1);
        starts.into_iter().any(|start| {
            matches!(window[start], 0x8c | b'U') && usize::from(window[start + 1]) == end - start - 2
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_calls_something_is_seen_anywhere() {
        for pickle in [
            b"\x80\x04\x95\x1d\0\0\0\0\0\0\0\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94.".as_slice(),
            b"\x8c\x05posix\x8c\x06system\x93\x8c\x02id\x85R.",
            b"cos\nsystem\n(S'id'\ntR.",
            b"(S'id'\nios\nsystem\n.",
            b"\x80\x02cos\nsystem\nX\x02\0\0\0id\x85R.",
        ] {
            assert!(may_carry(pickle), "{pickle:?}");
            assert!(may_carry(&[b"\xff\x00\x01head".as_slice(), pickle, b"\0\xfe"].concat()), "{pickle:?}");
        }
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
}
