//! Strings with escapes, as programs, JSON and YAML have them: also those of a program that is itself a string, as in a notebook.

use super::{Step, is_wanted, search_within};
use crate::encoding::unescape;
use crate::sniff::may_be_of_interest;

/// How long a string with escapes is looked at, in bytes.
const LITERAL: usize = 1 << 20;

/// The string around the backslash at `at`, none of whose quotes stand before `from`; and where it ends.
pub(super) fn literal(text: &[u8], from: usize, at: usize) -> Step {
    let low = at.saturating_sub(LITERAL).max(from);
    let line = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    let mut end = at;
    for quote in [b'"', b'\''] {
        let Some(open) = memchr::memrchr(quote, &text[line..at]).map(|open| line + open) else { continue };
        let close = literal_end(text, at, quote);
        end = end.max(close);
        let Some(bytes) = unescape(&text[open + 1..close]) else { continue };
        let (bytes, close) = joined(text, folded(bytes), close);
        end = end.max(close);
        if is_wanted(&bytes) {
            return (Some((open + 1, bytes)), close);
        }
    }
    if end > at {
        return (None, end);
    }
    // Without quotes, up to the end of the line.
    let close = literal_end(text, at, b'\n');
    let bytes = unescape(&text[at..close]).filter(|bytes| is_wanted(bytes));
    (bytes.map(|bytes| (at, bytes)), close)
}

/// What a program that takes bytes for characters of Latin-1 writes in front of a pickle, in UTF-8; the protocol is an escape.
const FIRST: &[u8] = "\u{80}".as_bytes();

/// The bytes of a string that begins with [`FIRST`]: one for each character; of any other string as they are.
fn folded(bytes: Vec<u8>) -> Vec<u8> {
    let characters =
        Some(&bytes).filter(|bytes| bytes.starts_with(FIRST)).and_then(|bytes| str::from_utf8(bytes).ok());
    characters
        .and_then(|text| text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect())
        .unwrap_or(bytes)
}

/// The bytes of a string that ends at `close`, and of those that a program puts together with it since they follow at once or behind a
/// plus; and where the last one ends. Only of a string that may be the beginning of something.
fn joined(text: &[u8], mut bytes: Vec<u8>, mut close: usize) -> (Vec<u8>, usize) {
    if !may_be_of_interest(&bytes) {
        return (bytes, close);
    }
    let most = close.saturating_add(LITERAL);
    while let Some((open, end)) = next_literal(text, close).filter(|_| close < most) {
        let part = &text[open..end];
        bytes.extend(unescape(part).unwrap_or_else(|| part.to_vec()));
        close = end;
    }
    (bytes, close)
}

/// Where the string begins and ends that follows on the one that ends at `close`.
fn next_literal(text: &[u8], close: usize) -> Option<(usize, usize)> {
    let rest = text.get(close + 1..)?;
    let is_between = |byte: &&u8| byte.is_ascii_whitespace() || matches!(byte, b'+' | b'\\');
    let between = rest.iter().take(256).take_while(is_between).count();
    let prefix = rest[between..].iter().take(2).take_while(|byte| b"bBrRuU".contains(byte)).count();
    let quote = *rest.get(between + prefix).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let open = close + 2 + between + prefix;
    let end = literal_end(text, open, quote);
    (text.get(end) == Some(&quote)).then_some((open, end))
}

/// Where the string ends that the backslash at `at` is in: at `quote`, or at the end of the line.
fn literal_end(text: &[u8], at: usize, quote: u8) -> usize {
    let mut end = at;
    let most = text.len().min(at.saturating_add(LITERAL));
    while end < most && text[end] != quote && text[end] != b'\n' {
        end += if text[end] == b'\\' { 2 } else { 1 };
    }
    end.min(text.len())
}

/// Whether the backslash at `at` is one that is escaped itself, before what is an escape of a pickle in the string that this is in.
pub(super) fn is_nested(text: &[u8], at: usize) -> bool {
    let backslashes = text[at..].iter().take(DEEPEST).take_while(|byte| **byte == b'\\').count();
    backslashes > 1 && is_escape_of_pickle(text, at)
}

/// Backslashes before a letter that are looked past: strings in strings double them each time.
const DEEPEST: usize = 16;

/// Gives what is written down in the string around the nested escape at `at` to `take`, with the place of that string, which is in one
/// that begins behind `from`. Where to go on; `None`: `take` said that it is enough.
pub(super) fn nested(
    text: &[u8],
    from: usize,
    at: usize,
    levels: usize,
    take: &mut dyn FnMut(usize, Vec<u8>) -> bool,
) -> Option<usize> {
    let low = at.saturating_sub(LITERAL).max(from);
    let line = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    let is_escaped = |quote: usize| {
        let before = text[line..quote].iter().rev().take_while(|byte| **byte == b'\\').count();
        before % 2 == 1
    };
    // JSON has no other quotes; in YAML and programs the first one that opens is the one.
    let open = memchr::memchr_iter(b'"', &text[line..at]).rev().map(|quote| line + quote);
    let open = open.take(64).find(|quote| !is_escaped(*quote));
    let close = literal_end(text, at, b'"');
    if let Some(inside) = open.and_then(|open| unescape(&text[open + 1..close])) {
        let start = open.map_or(line, |open| open + 1);
        if !search_within(&inside, levels, &mut |_, bytes| take(start, bytes)) {
            return None;
        }
    }
    Some(close.max(at + 2))
}

/// Whether the escape at `at` is the first or second one of a pickle of protocol 2 or later, the end of a line of an older one before another line,
/// or that of the first slot of a memo; or the first of several that stand for letters as well.
pub(super) fn is_escape_of_pickle(text: &[u8], at: usize) -> bool {
    /// The longest name of a global that is looked past.
    const LONGEST: usize = 100;
    let escape = &text[at..];
    let slashes = escape.iter().take(DEEPEST).take_while(|byte| **byte == b'\\').count();
    let rest = &escape[slashes..];
    let code = |rest: &[u8]| -> Option<(u8, usize)> {
        let value = |digits: &[u8], base| u8::from_str_radix(std::str::from_utf8(digits).ok()?, base).ok();
        match rest {
            [b'x', high, low, ..] => Some((value(&[*high, *low], 16)?, 3)),
            [b'u', b'0', b'0', high, low, ..] => Some((value(&[*high, *low], 16)?, 5)),
            [b'0'..=b'3', b'0'..=b'7', b'0'..=b'7', ..] => Some((value(&rest[..3], 8)?, 3)),
            [b'0'..=b'7', ..] => Some((rest[0] - b'0', 1)),
            _ => None,
        }
    };
    let next = |len: usize| {
        let behind = &rest[len..];
        let same = behind.iter().take(slashes).filter(|byte| **byte == b'\\').count() == slashes;
        same.then(|| &behind[slashes..])
    };
    if let [b'n', after @ ..] = rest {
        let is_in_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        let name = after.iter().take(LONGEST).take_while(|byte| is_in_name(byte)).count();
        let behind = &after[name..];
        let ends = behind.iter().take(slashes).filter(|byte| **byte == b'\\').count() == slashes;
        return name > 0 && ends && behind.get(slashes) == Some(&b'n');
    }
    let Some((value, len)) = code(rest) else { return false };
    let is_slot = || at.checked_sub(1).is_some_and(|before| matches!(text[before], b'q' | b'r'));
    match value {
        2..=5 if text[..at].ends_with(FIRST) => true,
        0x80 => next(len).and_then(code).is_some_and(|(protocol, _)| protocol <= 9),
        0 | 1 if is_slot() => true,
        // A string of nothing but escapes: three in a row that may be the beginning.
        b'(' | b'c' | b']' | b'}' | b')' => {
            let third = next(len).and_then(&code).map(|(_, second)| len + slashes + second);
            third.is_some_and(|len| next(len).is_some_and(|rest| code(rest).is_some()))
        }
        _ => false,
    }
}
