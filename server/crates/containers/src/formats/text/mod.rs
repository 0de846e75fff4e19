//! A text in which pickles are written down here and there: values of JSON, YAML or a table, environment variables, literals of a
//! program. Every run of base64, base32 or hexadecimal digits, and every string with escapes, that stands for a pickle or for a
//! container that holds one is a member, called by its offset. Linear in the length of the text; knows no grammar.

mod glance;

pub(crate) use glance::seems_to_hold_pickle;
use pickle_ops::sextet;

use super::Format;
use crate::budget::Budget;
use crate::encoding::{Encoding, unescape};
use crate::member::Opened;
use crate::sniff::{Kind, container, is_pickle_value, may_be_of_interest};
use crate::unwrap::Input;
use crate::values::{Value, Values};

/// The name of the format.
pub const NAME: &str = "text";

/// Fewer characters are no run: `{}` in protocol 4 takes eight.
const SHORTEST: usize = 8;

/// A line of a run that goes on in the next one has at least so many characters.
const LINE: usize = 32;

/// Characters that are decoded to see whether more are worth it, and then whether all are. Multiples of four.
const PROBES: [usize; 2] = [96, 1024];

/// Characters of a run before which the start of what is encoded is looked for: `data/gASV…`.
const PREFIX: usize = 64;

/// How long a string with escapes is looked at, in bytes.
const LITERAL: usize = 1 << 20;

/// See the module.
pub(crate) struct Text;

impl Format for Text {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &[]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        matches!(input.kind(), Kind::Text(_)) && holds_any(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        search(input.bytes, |at, bytes| values.take(|| format!("@{at}"), Value::made(bytes)));
        opened
    }
}

/// Whether there is anything for [`Text`] in a text, or in bytes that may be one.
pub(crate) fn holds_any(text: &[u8]) -> bool {
    let mut found = false;
    if text.len() >= SHORTEST && std::str::from_utf8(text).is_ok() {
        search(text, |_, _| {
            found = true;
            false
        });
    }
    found
}

/// What the base64 of a pickle of protocol 2 and later begins with, but for a third character of these.
const MARK: &[u8] = b"gA";
const MARKS: std::ops::RangeInclusive<u8> = b'I'..=b'X';

/// Gives everything that is written down in a text, and where, to `take`, until that says `false`.
fn search(text: &[u8], mut take: impl FnMut(usize, Vec<u8>) -> bool) {
    let mut at = 0;
    // Behind the last string that was read: quotes before are those of other strings.
    let mut behind = 0;
    while let Some(&byte) = text.get(at) {
        let (found, next) = match byte {
            b'\\' if at >= behind => {
                let (found, end) = literal(text, behind, at);
                behind = end;
                // A string that is no pickle may hold runs of base64: only the escape is passed over.
                let next = if found.is_some() { end } else { at + 2 };
                (found, next)
            }
            b'\\' => (None, at + 2),
            _ if sextet(byte).is_some() => run(text, at),
            _ => (None, at + 1),
        };
        if let Some((start, bytes)) = found
            && !take(start, bytes)
        {
            return;
        }
        at = next.max(at + 1);
    }
}

/// What was found, and where; and where to go on.
type Step = (Option<(usize, Vec<u8>)>, usize);

/// Whether bytes are worth being handed out.
fn is_wanted(bytes: &[u8]) -> bool {
    is_pickle_value(bytes) || container(bytes).is_some()
}

/// The run of characters of base64 that begins at `start`.
fn run(text: &[u8], start: usize) -> Step {
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
            let end = lines_end(text, begin, first, usize::MAX);
            // A pickle has a STOP, which is `2e` in digits: what has no letter is a number.
            let is_number = || text[begin..end].iter().all(u8::is_ascii_digit);
            let bytes = encoding.decode(&text[begin..end]).filter(|bytes| !is_number() && is_wanted(bytes));
            return (bytes.map(|bytes| (begin, bytes)), end);
        }
    }
    (None, first)
}

/// Whether a character of a run may stand before what is encoded.
fn is_separator(byte: u8) -> bool {
    matches!(byte, b'/' | b'-' | b'_' | b'+' | b'x' | b'X')
}

/// Whether the first `len` characters of the run between `begin` and `first`, and of the lines behind it, may be wanted.
fn may_be(encoding: Encoding, text: &[u8], begin: usize, first: usize, len: usize) -> bool {
    let end = lines_end(text, begin, first, len).min(begin.saturating_add(len));
    end - begin >= SHORTEST
        && encoding.decode(&text[begin..end]).is_some_and(|bytes| may_be_of_interest(&bytes))
}

/// Where a run ends, padding included.
fn run_end(text: &[u8], start: usize) -> usize {
    let len = text[start..].iter().take_while(|byte| sextet(**byte).is_some()).count();
    let end = start + len;
    end + text[end..].iter().take(2).take_while(|byte| **byte == b'=').count()
}

/// Where a run ends that goes on in further lines, which may be indented; at least `most` characters behind its start, if it
/// is longer. `first` is where its first line ends.
fn lines_end(text: &[u8], start: usize, first: usize, most: usize) -> usize {
    let mut end = first;
    let mut line = start;
    while end - line >= LINE && text[end - 1] != b'=' && end - start < most {
        let blanks = text[end..].iter().take(256).take_while(|byte| byte.is_ascii_whitespace()).count();
        let next = end + blanks;
        if !text[end..next].contains(&b'\n') {
            break;
        }
        let next_end = run_end(text, next);
        let is_line = matches!(text.get(next_end), None | Some(b'\n' | b'\r' | b'"' | b'\'' | b'<' | b'`'));
        if next_end == next || !is_line {
            break;
        }
        (line, end) = (next, next_end);
    }
    end
}

/// The string around the backslash at `at`, none of whose quotes stand before `from`; and where it ends.
fn literal(text: &[u8], from: usize, at: usize) -> Step {
    let low = at.saturating_sub(LITERAL).max(from);
    let line = memchr::memrchr(b'\n', &text[low..at]).map_or(low, |newline| low + newline + 1);
    let mut end = at;
    for quote in [b'"', b'\''] {
        let Some(open) = memchr::memrchr(quote, &text[line..at]).map(|open| line + open) else { continue };
        let close = literal_end(text, at, quote);
        end = end.max(close);
        let Some(bytes) = unescape(&text[open + 1..close]) else { continue };
        let (bytes, close) = joined(text, bytes, close);
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
