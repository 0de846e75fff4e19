//! Whether a text seems to hold a pickle, for files that lie among thousands of others: a look at what is too long for a word, and at
//! escapes that words do not have. Short pickles are found only where their protocol says what they are: what does something is longer.

use std::sync::LazyLock;

use pickle_ops::sextet;

use super::literals::{is_escape_of_pickle, is_nested, literal, nested};
use super::runs::{PREFIX, PROBES, Vain, is_separator, lines, run, run_end};
use super::{BEYOND, LEVELS, SHORTEST, WAYS};
use crate::encoding::{Encoding, nibble};
use crate::formats::zarr::may_refer;
use crate::formats::{keras, recipes};
use crate::sniff::{may_be_of_interest, may_begin_within};

/// Fewer characters are a word: `cos\nabort\n)R.` takes twenty.
const LONG: usize = 20;

/// Whether characters are those of base64; hexadecimal digits and base32 are among them.
static IN_RUNS: LazyLock<[bool; 256]> = LazyLock::new(|| each_byte(|byte| sextet(byte).is_some()));

/// What the base64 of a pickle of protocol 2 and later begins with, but for a third character of these.
const MARK: &[u8] = b"gA";
const MARKS: std::ops::RangeInclusive<u8> = b'I'..=b'X';

/// Whether bytes may be the first ones of a pickle, or of a container that is written down in texts.
pub(super) static BEGINS: LazyLock<[bool; 256]> = LazyLock::new(|| {
    each_byte(|byte| may_begin_within(&[byte], u64::MAX) || matches!(byte, 0x78 | 0x1f | 0xfd | 0x04))
});

fn each_byte(is_one: impl Fn(u8) -> bool) -> [bool; 256] {
    std::array::from_fn(|byte| u8::try_from(byte).is_ok_and(&is_one))
}

/// Whether a pickle seems to be written down in a piece of a text, or the piece seems to be of the description of a model. Says now and
/// then yes without reason, where something goes on behind it.
pub(crate) fn seems_to_hold_pickle(head: &[u8]) -> bool {
    seems_to_hold_pickle_as(None, head)
}

/// The same of a text of this name: in prose and in sources of programs, what names something is about it.
#[must_use]
pub fn seems_to_hold_pickle_as(name: Option<&str>, head: &[u8]) -> bool {
    keras::may_describe(head)
        || recipes::is_name(name) && recipes::may_name(head, recipes::is_evaluated(name))
        || may_refer(head)
        || holds_marked(head)
        || holds_run(head)
        || holds_literal(head)
        || holds_other(head)
}

/// Whether there is the base64 of a pickle of protocol 2 or later, however short.
fn holds_marked(head: &[u8]) -> bool {
    memchr::memmem::find_iter(head, MARK).any(|at| {
        let rest = &head[at..];
        if !rest.get(MARK.len()).is_some_and(|third| MARKS.contains(third)) {
            return false;
        }
        let len = rest.iter().take(PROBES[1]).take_while(|byte| sextet(**byte).is_some()).count();
        let run = &rest[..len - len % 4];
        run.len() >= SHORTEST && Encoding::Base64.decode(run).is_some_and(|bytes| may_be_of_interest(&bytes))
    })
}

/// Whether there is a long run of characters that stands for something.
fn holds_run(text: &[u8]) -> bool {
    let is_in_run = &*IN_RUNS;
    let mut vain = Vain::of(text.len());
    let mut at = 0;
    // Most words are shorter than a run: it is looked where its end would be, and back from there.
    while let Some(last) = text.get(at + LONG - 1) {
        if !is_in_run[usize::from(*last)] {
            at += LONG;
            continue;
        }
        let window = &text[at..at + LONG];
        if let Some(before) = window.iter().rposition(|byte| !is_in_run[usize::from(*byte)]) {
            at += before + 1;
            continue;
        }
        let end = run_end(text, at);
        if !is_worth_decoding(text, at, end) {
            at = end + 1;
            continue;
        }
        let (found, next) = run(text, at, &mut vain);
        // What goes on behind what is shown is for a closer look.
        if found.is_some() || next >= text.len() {
            return true;
        }
        at = next.max(at + 1);
    }
    false
}

/// Whether the run between `start` and `end` may stand for something, by its first bytes.
fn is_worth_decoding(text: &[u8], start: usize, end: usize) -> bool {
    let word = &text[start..end];
    let inner = word.iter().take(PREFIX).enumerate().filter(|(_, byte)| is_separator(**byte));
    let begins = std::iter::once(0).chain(inner.map(|(at, _)| at + 1).take(8));
    begins.map(|skip| start + skip).any(|begin| {
        Encoding::IN_TEXTS.into_iter().any(|encoding| {
            first_byte(encoding, &text[begin..end]).is_some_and(|byte| BEGINS[usize::from(byte)])
                && PROBES.iter().all(|len| may_be(encoding, text, begin, end, *len))
        })
    })
}

/// The first byte that characters of a run stand for.
fn first_byte(encoding: Encoding, run: &[u8]) -> Option<u8> {
    match (encoding, run) {
        (Encoding::Hex, [b'0', b'x' | b'X', high, low, ..] | [high, low, ..]) => {
            Some(nibble(*high)? << 4 | nibble(*low)?)
        }
        (Encoding::Base64, [high, low, ..]) => Some(sextet(*high)? << 2 | sextet(*low)? >> 4),
        (Encoding::Base32, [_, ..]) => encoding.decode(run.get(..8)?)?.first().copied(),
        _ => None,
    }
}

/// Of a text of so many bytes, there may be more than is shown.
const LARGE: usize = 8 << 20;

/// As in [`super::runs`], of a run that is longer than a word.
fn may_be(encoding: Encoding, text: &[u8], begin: usize, first: usize, len: usize) -> bool {
    let (lines, _) = lines(text, begin, first, len);
    let left = if text.len() < LARGE { (text.len() - begin) as u64 } else { u64::MAX };
    lines.len() >= LONG
        && encoding
            .decode(&lines[..lines.len().min(len)])
            .is_some_and(|bytes| may_begin_within(&bytes, left) || crate::sniff::begins_container(&bytes))
}

/// Whether there is something in one of the other ways.
fn holds_other(text: &[u8]) -> bool {
    WAYS.iter().any(|way| {
        let mut behind = 0;
        while let Some(at) = (way.next)(text, behind) {
            let (found, next) = (way.read)(text, at, behind);
            // What goes on behind what is shown is for a closer look.
            if found.is_some() || next == BEYOND {
                return true;
            }
            behind = next.max(at + 1).max(behind + 1);
        }
        false
    })
}

/// Whether there is a string with escapes that stands for a pickle.
fn holds_literal(text: &[u8]) -> bool {
    let (mut behind, mut inside) = (0, 0);
    for at in memchr::memchr_iter(b'\\', text) {
        if at >= inside && is_nested(text, at) {
            match nested(text, inside, at, LEVELS - 1, &mut |_, _| false) {
                Some(next) if next < text.len() => inside = next,
                _ => return true,
            }
        }
        if at < behind || !is_escape_of_pickle(text, at) {
            continue;
        }
        let (found, next) = literal(text, behind, at);
        if found.is_some() || next >= text.len() {
            return true;
        }
        behind = next;
    }
    false
}
