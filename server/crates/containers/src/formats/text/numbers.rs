//! Bytes as a list of numbers: `[128, 4, 149, …]` in JSON, in programs and in what a program prints, as Node writes a `Buffer`; the
//! initialiser of an array in C; the lines of a list in YAML; a row of a table. Decimal or hexadecimal, with or without a sign or a cast.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{Step, Way, glance, is_promising, judged};

/// Behind a bracket.
pub(super) static IN_BRACKETS: Way = Way { next: next_bracket, read: read_bracket };

/// With nothing but numbers before and behind: as all of a text, or of protocols that have a number of their own.
pub(super) static WITHOUT: Way = Way { next: next_mark, read: read_mark };

/// The items of a list in YAML, each on a line of its own.
pub(super) static IN_LINES: Way = Way { next: next_item, read: read_item };

/// What a pickle of protocol 2 and later begins with.
static MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"128"));

/// What stands before an item.
static ITEM: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"- "));

/// What stands before a number that is made a byte, in Java and C.
const CASTS: [&[u8]; 4] = [b"(byte)", b"(sbyte)", b"(char)", b"(jbyte)"];

/// Fewer numbers are a shape or a version: `N.` with its protocol takes four.
const FEWEST: usize = 4;

/// Numbers that are read to see whether more are worth it, and then whether all are.
const PROBES: [usize; 2] = [32, 512];

/// Characters between two numbers that are passed over.
const GAP: usize = 64;

fn next_bracket(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += memchr::memchr2(b'[', b'{', text.get(at..)?)? + 1;
        if follows_number(&text[at..]) {
            return Some(at - 1);
        }
    }
}

/// Whether a number is the first thing that is not blank.
fn follows_number(rest: &[u8]) -> bool {
    let first = rest.iter().take(GAP).find(|byte| !byte.is_ascii_whitespace());
    first.is_some_and(|byte| byte.is_ascii_digit() || matches!(byte, b'-' | b'('))
}

fn read_bracket(text: &[u8], at: usize, _: usize) -> Step {
    let start = between(text, at + 1);
    let first = number(text, start).filter(|(byte, _)| glance::BEGINS[usize::from(*byte)]);
    if first.is_none() {
        return (None, at + 1);
    }
    list(text, start, at + 1)
}

fn next_mark(text: &[u8], from: usize) -> Option<usize> {
    if from == 0 && number(text, 0).is_some() {
        return Some(0);
    }
    let mut at = from;
    loop {
        at += MARK.find(text.get(at..)?)?;
        // A sign that was looked at before is none: that would go on for ever.
        let start = if at > from && text[at - 1] == b'-' { at - 1 } else { at };
        let before = start.checked_sub(1).map(|before| text[before]);
        let is_number =
            before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'.' | b'_'));
        let second = || number(text, at).and_then(|(_, end)| number(text, between(text, end)));
        if is_number && second().is_some_and(|(protocol, _)| (2..=31).contains(&protocol)) {
            return Some(start);
        }
        at += MARK.needle().len();
    }
}

fn read_mark(text: &[u8], at: usize, _: usize) -> Step {
    list(text, at, at + 1)
}

/// The next line that is an item and a number, which a pickle may begin with, where the one before is none.
fn next_item(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += ITEM.find(text.get(at..)?)?;
        // Most items are no numbers.
        if text.get(at + ITEM.needle().len()).is_some_and(u8::is_ascii_digit) {
            let before = text[..at].iter().rev().take(GAP);
            let begins_line =
                before.copied().find(|byte| !matches!(byte, b' ' | b'\t')).is_none_or(|byte| byte == b'\n');
            let first = || number(text, between(text, at));
            if begins_line && first().is_some_and(|(byte, _)| glance::BEGINS[usize::from(byte)]) {
                return Some(at);
            }
        }
        at += ITEM.needle().len();
    }
}

fn read_item(text: &[u8], at: usize, _: usize) -> Step {
    let start = between(text, at);
    // One of the first items may be none, behind what is wanted in them: a list is read once.
    let (found, next) = list(text, start, at + 1);
    if found.is_some() || next > at + 1 {
        return (found, next);
    }
    (None, numbers(text, start, PROBES[1]).1)
}

/// The list whose first number is at `start`; `next` is where to go on if it is none.
fn list(text: &[u8], start: usize, next: usize) -> Step {
    let mut next = next;
    for most in PROBES {
        let (bytes, end) = numbers(text, start, most);
        if bytes.len() < FEWEST || !is_promising(&bytes) {
            return (None, next);
        }
        // What was promising so far is not tried again from each of its numbers.
        next = end;
    }
    let (bytes, end) = numbers(text, start, usize::MAX);
    judged(text, start, bytes, end)
}

/// As many of the numbers from `start` on as there are, but at most `most`; and where they end.
fn numbers(text: &[u8], start: usize, most: usize) -> (Vec<u8>, usize) {
    let (mut bytes, mut at, mut end) = (Vec::new(), start, start);
    while bytes.len() < most
        && let Some((byte, behind)) = number(text, at)
    {
        bytes.push(byte);
        end = behind;
        at = between(text, end);
        if at == end {
            break;
        }
    }
    (bytes, end)
}

/// Where the number begins that follows on one that ends at `end`.
fn between(text: &[u8], end: usize) -> usize {
    let mut at = end;
    while at - end < GAP {
        at += match &text[at..] {
            [b',' | b';' | b'"' | b'\'', ..] => 1,
            // An item of YAML; without a blank it is a sign.
            [b'-', blank, ..] if blank.is_ascii_whitespace() => 1,
            [byte, ..] if byte.is_ascii_whitespace() => 1,
            [b'(', ..] => match CASTS.iter().find(|cast| text[at..].starts_with(cast)) {
                Some(cast) => cast.len(),
                None => break,
            },
            _ => break,
        };
    }
    at
}

/// The number at `at` as a byte, if it is one, and where it ends.
fn number(text: &[u8], at: usize) -> Option<(u8, usize)> {
    let rest = text.get(at..)?;
    let (sign, rest) = rest.strip_prefix(b"-").map_or((1, rest), |rest| (-1, rest));
    let (base, digits) = match rest {
        [b'0', b'x' | b'X', digits @ ..] => (16, digits),
        _ => (10, rest),
    };
    let len = digits.iter().take(4).take_while(|digit| char::from(**digit).is_digit(base)).count();
    let value = digits[..len]
        .iter()
        .try_fold(0, |value, digit| Some(value * base + char::from(*digit).to_digit(base)?))
        .filter(|value| len > 0 && *value <= 255)?;
    let goes_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_');
    if digits.get(len).is_some_and(goes_on) {
        return None;
    }
    let value = sign * i16::try_from(value).ok()?;
    let end = text.len() - digits.len() + len;
    // A byte of Java or C with a sign.
    (value >= -128).then_some(((value & 255) as u8, end))
}
