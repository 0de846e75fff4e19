//! Runs of characters of base64, base32 or hexadecimal digits, also where they are written on several lines: of the text itself, of a
//! string in which line breaks are escapes, or as strings that follow one another.

use std::borrow::Cow;

use pickle_ops::sextet;

use super::{SHORTEST, Step, is_wanted};
use crate::encoding::Encoding;
use crate::sniff::{begins_container, may_begin_within, pickle_end};

/// A line of a run that goes on in the next one has at least so many characters.
const LINE: usize = 32;

/// Characters that are decoded to see whether more are worth it, and then whether all are. Multiples of four.
pub(super) const PROBES: [usize; 2] = [96, 1024];

/// Characters of a run before which the start of what is encoded is looked for: `data/gASV…`.
pub(super) const PREFIX: usize = 64;

/// What stands between two lines of a run is no longer.
const GAP: usize = 256;

/// How many characters may be decoded in vain for what goes on over several lines, for each one of the text: lines that begin as
/// pickles do are tried one by one behind that.
const VAIN_FACTOR: usize = 4;

/// Characters that may be decoded in vain in any text.
const VAIN_FLOOR: usize = 1 << 16;

/// How much may still be decoded in vain in a text, so that what looks like many beginnings takes no more than linear time.
pub(super) struct Vain(usize);

impl Vain {
    /// Of a text of `len` bytes.
    pub(super) fn of(len: usize) -> Self {
        Self(len.saturating_mul(VAIN_FACTOR).saturating_add(VAIN_FLOOR))
    }
}

/// The run that begins at `start`.
pub(super) fn run(text: &[u8], start: usize, vain: &mut Vain) -> Step {
    let first = run_end(text, start);
    if first - start < SHORTEST {
        return (None, first);
    }
    let word = &text[start..first];
    let inner =
        word.iter().take(PREFIX).enumerate().filter(|(_, byte)| is_separator(**byte)).map(|(at, _)| at + 1);
    for begin in std::iter::once(0).chain(inner.take(8)).map(|skip| start + skip) {
        for encoding in Encoding::IN_TEXTS {
            if !PROBES.iter().all(|len| may_be(encoding, text, begin, first, *len)) {
                continue;
            }
            let (lines, end) = lines(text, begin, first, usize::MAX);
            // A line that is a pickle by itself is one, and what follows another value.
            if end > first
                && let Some(bytes) = decoded(encoding, &text[begin..first])
                && pickle_end(&bytes) == Ok(bytes.len())
            {
                return (Some((begin, bytes)), first);
            }
            if let Some(bytes) = decoded(encoding, &lines) {
                return (Some((begin, bytes)), end);
            }
            if end == first {
                return (None, end);
            }
            // What follows may be something else: the first line by itself, or one that begins behind it.
            let bytes = decoded(encoding, &text[begin..first]);
            let left = vain.0.checked_sub(lines.len());
            vain.0 = left.unwrap_or(0);
            let next = if bytes.is_some() || left.is_some() { first } else { end };
            return (bytes.map(|bytes| (begin, bytes)), next);
        }
    }
    (None, first)
}

/// What a run stands for, if it is wanted. A pickle has a STOP, which is `2e` in digits: what has no letter is a number.
fn decoded(encoding: Encoding, run: &[u8]) -> Option<Vec<u8>> {
    let is_number = || run.iter().all(|byte| byte.is_ascii_digit() || *byte == b'-');
    encoding.decode(run).filter(|bytes| !is_number() && is_wanted(bytes))
}

/// Whether a character of a run may stand before what is encoded.
pub(super) fn is_separator(byte: u8) -> bool {
    matches!(byte, b'/' | b'-' | b'_' | b'+' | b'x' | b'X')
}

/// Whether the first `len` characters of the run between `begin` and `first`, and of the lines behind it, may be wanted: as what has
/// no more bytes than the text has characters.
fn may_be(encoding: Encoding, text: &[u8], begin: usize, first: usize, len: usize) -> bool {
    let (lines, _) = lines(text, begin, first, len);
    let left = (text.len() - begin) as u64;
    lines.len() >= SHORTEST
        && encoding
            .decode(&lines[..lines.len().min(len)])
            .is_some_and(|bytes| may_begin_within(&bytes, left) || begins_container(&bytes))
}

/// Where a run ends, padding included.
pub(super) fn run_end(text: &[u8], start: usize) -> usize {
    let len = text[start..].iter().take_while(|byte| sextet(**byte).is_some()).count();
    let end = start + len;
    end + text[end..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// The characters of a run that goes on in further lines, at least `most` of them if there are so many; and where it ends. `first` is
/// where its first line does.
pub(super) fn lines(text: &[u8], start: usize, first: usize, most: usize) -> (Cow<'_, [u8]>, usize) {
    let mut all = Cow::Borrowed(&text[start..first]);
    let (mut line, mut end) = (start, first);
    while end - line >= LINE && text[end - 1] != b'=' && all.len() < most {
        let Some(next) = next_line(text, end) else { break };
        let next_end = run_end(text, next);
        let is_line =
            matches!(text.get(next_end), None | Some(b'\n' | b'\r' | b'"' | b'\'' | b'<' | b'`' | b'\\'));
        if next_end == next || !is_line || is_key(&text[next_end..]) {
            break;
        }
        all.to_mut().extend_from_slice(&text[next..next_end]);
        (line, end) = (next, next_end);
    }
    (all, end)
}

/// Whether a string ends at the beginning of `rest` that is the key of a value in JSON.
fn is_key(rest: &[u8]) -> bool {
    let Some(rest) = rest.strip_prefix(b"\"") else { return false };
    rest.iter().take(GAP).find(|byte| !byte.is_ascii_whitespace()) == Some(&b':')
}

/// Where the line begins that goes on with the one that ends at `end`: behind a line break, which may be an escape and have blanks
/// around it, or in the string behind the one that ends there.
fn next_line(text: &[u8], end: usize) -> Option<usize> {
    let (mut at, mut quotes, mut breaks) = (end, 0, 0);
    while at - end < GAP {
        at += match &text[at..] {
            [b'"' | b'\'', ..] => {
                quotes += 1;
                1
            }
            // The letter of bytes in Python is one of base64 as well.
            [b'b', b'"' | b'\'', ..] if quotes == 1 => 1,
            [b'\\', b'n' | b'r', ..] => {
                breaks += 1;
                2
            }
            [b'\\', b'\\', b'n' | b'r', ..] => {
                breaks += 1;
                3
            }
            [b'\n', ..] => {
                breaks += 1;
                1
            }
            // A string may be put together on several lines of a program.
            [b'\\', b'\n' | b'\r', ..] if quotes == 1 => 1,
            [byte, ..] if byte.is_ascii_whitespace() => 1,
            [b',' | b'+', ..] if quotes == 1 => 1,
            _ => break,
        };
    }
    let is_next = match quotes {
        0 => breaks > 0,
        2 => true,
        _ => false,
    };
    is_next.then_some(at)
}
