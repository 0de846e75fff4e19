//! Percent-encoding (RFC 3986), as in URLs, forms and cookies: `%80%04%95…`, and base64 of which only some characters are written so.

use super::{BEYOND, Step, Way, glance, is_promising, judged};
use crate::encoding::nibble;

/// See the module.
pub(super) static WAY: Way = Way { next, read };

/// Characters before the first that is encoded, of the same word: `cposix%0A` has some. Lines of base64 have more.
const BEFORE: usize = 4096;

/// Characters that are decoded to see whether more are worth it, and then whether all are.
const PROBES: [usize; 2] = [96, 1024];

/// The next byte that is written so.
fn next(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr(b'%', text.get(at..)?)?;
        if encoded(&text[at..]).is_some() {
            return Some(at);
        }
        at += 1;
    }
}

/// The byte that the text begins with.
fn encoded(rest: &[u8]) -> Option<u8> {
    match rest {
        [b'%', high, low, ..] => Some(nibble(*high)? << 4 | nibble(*low)?),
        _ => None,
    }
}

fn read(text: &[u8], at: usize, behind: usize) -> Step {
    let low = behind.max(at.saturating_sub(BEFORE));
    let before = text[low..at].iter().rev().take_while(|byte| is_in_word(**byte)).count();
    let start = at - before;
    // Brackets are left as they are by some, and a quote by JavaScript: `(` may be the first byte.
    let bracket = start.checked_sub(1).filter(|before| *before >= low && text[*before] == b'(');
    let quote = start.checked_sub(1).map(|before| text[before]).filter(|byte| matches!(byte, b'"' | b'\''));
    let len = text[at..].iter().take_while(|byte| is_in_word(**byte) || is_left(**byte, quote)).count();
    let end = at + len;
    for start in std::iter::once(start).chain(bracket) {
        let word = &text[start..end];
        let first = encoded(word).or(word.first().copied());
        if !first.is_some_and(|first| glance::BEGINS[usize::from(first)] || first.is_ascii_alphanumeric()) {
            continue;
        }
        let is_it = |len: &usize| is_promising(&decode(&word[..word.len().min(*len)]));
        if !PROBES.iter().all(is_it) {
            continue;
        }
        let step = judged(text, start, decode(word), end);
        if step.0.is_some() || step.1 == BEYOND {
            return step;
        }
    }
    (None, end)
}

/// Whether a character is one of a word of which others are encoded, whoever wrote it. A plus is a blank.
fn is_in_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(byte, b'%' | b'-' | b'_' | b'.' | b'~' | b'+' | b'/' | b'*' | b'@')
}

/// Whether a character is one that JavaScript leaves as it is, and not the end of a string.
fn is_left(byte: u8, quote: Option<u8>) -> bool {
    matches!(byte, b'(' | b')' | b'!' | b'\'') && Some(byte) != quote
}

/// The bytes of a word; what is cut off at its end is left out.
fn decode(word: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(word.len());
    let mut rest = word;
    while let [first, behind @ ..] = rest {
        let is_cut = *first == b'%' && behind.len() < 2;
        if is_cut {
            break;
        }
        let byte = encoded(rest);
        bytes.push(byte.unwrap_or(if *first == b'+' { b' ' } else { *first }));
        rest = if byte.is_some() { &behind[2..] } else { behind };
    }
    bytes
}
