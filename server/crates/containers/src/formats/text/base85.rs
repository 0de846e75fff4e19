//! Base85 in the three alphabets that Python has: Ascii85, as Adobe and `btoa` write it, that of `b85encode` (RFC 1924, git, Mercurial),
//! and Z85 (ZeroMQ). Most words are written in some of these alphabets: looked at is what begins as a pickle does.

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{SHORTEST, Step, Way, glance, judged};
use crate::sniff::{begins_container, may_begin_within};

/// A word without quotes in it.
pub(super) static WORD: Way = Way { next: next_word, read: read_word };

/// Ascii85 of protocol 2 and later, which may have quotes in it.
pub(super) static ASCII85_MARK: Way = Way {
    next: |text, from| next_mark(text, from, &MARK_OF_ASCII85),
    read: |text, at, _| read_mark(text, at, &ASCII85),
};

/// What `b85encode` makes of protocol 2 and later, anywhere in a word.
pub(super) static RFC_1924_MARK: Way = Way {
    next: |text, from| next_mark(text, from, &MARK_OF_RFC_1924),
    read: |text, at, _| read_mark(text, at, &RFC_1924),
};

/// Ascii85 between `<~` and `~>`, on one line or several.
pub(super) static ADOBE: Way = Way { next: next_adobe, read: read_adobe };

/// What `\x80\x02` to `\x80\x05` begin with.
static MARK_OF_ASCII85: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"J-"));
static MARK_OF_RFC_1924: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"fC"));

/// What Adobe puts in front.
static OPEN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"<~"));

/// Fewer characters are a word: what calls something takes 25.
const LONG: usize = 20;

/// Characters of a word before which the start of what is encoded is looked for: `key=fC…`.
const PREFIX: usize = 64;

/// Characters of a line of something that goes on in the next one.
const SHORTEST_LINE: usize = 40;
const LONGEST_LINE: usize = 1024;

/// Characters that are decoded to see whether more are worth it. Multiples of five.
const PROBES: [usize; 3] = [10, 80, 1000];

/// The values of the characters of an alphabet; [`NONE`] of all others.
type Digits = [u8; 256];

/// No digit.
const NONE: u8 = 255;

const fn digits(alphabet: &[u8; 85]) -> Digits {
    let mut digits = [NONE; 256];
    let mut value = 0;
    while value < 85 {
        digits[alphabet[value] as usize] = value as u8;
        value += 1;
    }
    digits
}

const fn ascii85() -> Digits {
    let mut digits = [NONE; 256];
    let mut value = 0;
    while value < 85 {
        digits[b'!' as usize + value] = value as u8;
        value += 1;
    }
    digits
}

static ASCII85: Digits = ascii85();
static RFC_1924: Digits =
    digits(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~");
static Z85: Digits =
    digits(b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#");

/// Characters of a word: those of an alphabet, but for quotes and backslashes.
static IN_WORDS: LazyLock<[bool; 256]> = LazyLock::new(|| {
    std::array::from_fn(|byte| {
        let is_in = |digits: &Digits| digits[byte] != NONE;
        (is_in(&ASCII85) || is_in(&RFC_1924) || is_in(&Z85))
            && u8::try_from(byte).is_ok_and(|byte| !matches!(byte, b'"' | b'\'' | b'\\'))
    })
});

/// The next word that is long enough. Most are not: it is looked where the end would be, and back from there.
fn next_word(text: &[u8], from: usize) -> Option<usize> {
    let is_in_word = &*IN_WORDS;
    let mut at = from;
    while let Some(last) = text.get(at + LONG - 1) {
        if !is_in_word[usize::from(*last)] {
            at += LONG;
            continue;
        }
        match text[at..at + LONG].iter().rposition(|byte| !is_in_word[usize::from(*byte)]) {
            Some(before) => at += before + 1,
            None => return Some(at),
        }
    }
    None
}

fn read_word(text: &[u8], at: usize, _: usize) -> Step {
    let is_in_word = &*IN_WORDS;
    let len = text[at..].iter().take_while(|byte| is_in_word[usize::from(**byte)]).count();
    let end = at + len;
    let inner = memchr::memchr(b'=', &text[at..end.min(at + PREFIX)]).map(|before| at + before + 1);
    for start in std::iter::once(at).chain(inner) {
        for digits in [&RFC_1924, &ASCII85, &Z85] {
            let step = decoded(text, start, digits);
            // What was promising on several lines, and is nothing, is not tried again from each of them.
            let is_read = |(found, behind): &Step| found.is_some() || *behind > end;
            if let Some((found, behind)) = step.filter(is_read) {
                return (found, behind.max(end));
            }
        }
    }
    (None, end)
}

fn next_mark(text: &[u8], from: usize, mark: &Finder<'_>) -> Option<usize> {
    let mut at = from;
    loop {
        at += mark.find(text.get(at..)?)?;
        if at == 0 || !text[at - 1].is_ascii_alphanumeric() {
            return Some(at);
        }
        at += mark.needle().len();
    }
}

fn read_mark(text: &[u8], at: usize, digits: &Digits) -> Step {
    decoded(text, at, digits).unwrap_or((None, at + 1))
}

fn next_adobe(text: &[u8], from: usize) -> Option<usize> {
    Some(from + OPEN.find(text.get(from..)?)?)
}

fn read_adobe(text: &[u8], at: usize, _: usize) -> Step {
    let start = at + OPEN.needle().len();
    let mut characters = Characters { text, at: start, quote: quote_before(text, at), breaks: true };
    let bytes = decode(&mut characters, &ASCII85, usize::MAX);
    judged(text, start, bytes, characters.at)
}

/// What begins at `start` in this alphabet, if it is promising.
fn decoded(text: &[u8], start: usize, digits: &Digits) -> Option<Step> {
    if !glance::BEGINS[usize::from(first_byte(&text[start..], digits)?)] {
        return None;
    }
    let quote = quote_before(text, start).filter(|_| is_ascii85(digits));
    // Lines of text are wrapped where they are long; what is in quotes ends there.
    let line = memchr::memchr(b'\n', &text[start..text.len().min(start + LONGEST_LINE)]);
    let breaks = is_ascii85(digits) && quote.is_none() && line.is_some_and(|line| line >= SHORTEST_LINE);
    let characters = || Characters { text, at: start, quote, breaks };
    let left = (text.len() - start) as u64;
    for most in PROBES {
        let bytes = decode(&mut characters(), digits, most);
        let is_promising = may_begin_within(&bytes, left) || begins_container(&bytes);
        if bytes.len() < SHORTEST || !is_promising {
            return None;
        }
    }
    let mut all = characters();
    let bytes = decode(&mut all, digits, usize::MAX);
    Some(judged(text, start, bytes, all.at))
}

fn is_ascii85(digits: &Digits) -> bool {
    std::ptr::eq(digits, &raw const ASCII85)
}

/// The first byte of five characters, without the rest.
fn first_byte(text: &[u8], digits: &Digits) -> Option<u8> {
    if text.first() == Some(&b'z') && is_ascii85(digits) {
        return None;
    }
    let five = text.get(..5)?;
    let value = five.iter().try_fold(0u64, |value, byte| {
        Some(digits[usize::from(*byte)])
            .filter(|digit| *digit != NONE)
            .map(|digit| value * 85 + u64::from(digit))
    })?;
    u8::try_from(value >> 24).ok()
}

/// The quote right before `at`, in which backslashes are escapes.
fn quote_before(text: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).map(|before| text[before]).filter(|byte| matches!(byte, b'"' | b'\''))
}

/// The characters of something that is encoded, up to its end.
struct Characters<'t> {
    text: &'t [u8],
    at: usize,
    /// What ends it, and makes backslashes escapes.
    quote: Option<u8>,
    /// Whether it may go on in further lines.
    breaks: bool,
}

impl Iterator for Characters<'_> {
    type Item = u8;

    fn next(&mut self) -> Option<u8> {
        loop {
            let byte = *self.text.get(self.at)?;
            if self.breaks && byte.is_ascii_whitespace() {
                self.at += 1;
                continue;
            }
            if Some(byte) == self.quote || (self.breaks && byte == b'~') {
                return None;
            }
            let escaped =
                self.text.get(self.at + 1).copied().filter(|_| byte == b'\\' && self.quote.is_some());
            match escaped {
                Some(b'n' | b'r') if self.breaks => self.at += 2,
                Some(character @ (b'\\' | b'"' | b'\'' | b'/')) => {
                    self.at += 2;
                    return Some(character);
                }
                Some(_) => return None,
                None => {
                    self.at += 1;
                    return Some(byte);
                }
            }
        }
    }
}

/// The bytes that the characters stand for, of at most `most` of them, up to the first that is none of the alphabet; there, `characters`
/// have ended.
fn decode(characters: &mut Characters<'_>, digits: &Digits, most: usize) -> Vec<u8> {
    let is_ascii85 = is_ascii85(digits);
    let (mut bytes, mut value, mut held, mut read) = (Vec::new(), 0u64, 0, 0);
    while read < most {
        let before = characters.at;
        let Some(character) = characters.next() else { break };
        read += 1;
        if held == 0 && is_ascii85 && matches!(character, b'z' | b'y') {
            bytes.extend([if character == b'z' { 0 } else { b' ' }; 4]);
            continue;
        }
        let digit = digits[usize::from(character)];
        if digit == NONE {
            characters.at = before;
            break;
        }
        value = value * 85 + u64::from(digit);
        held += 1;
        if held == 5 {
            let Ok(four) = u32::try_from(value) else {
                characters.at = before;
                return bytes;
            };
            bytes.extend(four.to_be_bytes());
            (value, held) = (0, 0);
        }
    }
    if held > 1 {
        // What is missing of the last four bytes are the highest digits, as decoders have it.
        let value = (held..5).fold(value, |value, _| value * 85 + 84);
        let four = u32::try_from(value).map(u32::to_be_bytes).unwrap_or_default();
        bytes.extend(&four[..held - 1]);
    }
    bytes
}
