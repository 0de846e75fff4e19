//! What mail is written in besides base64: uuencode (POSIX), and quoted-printable (RFC 2045).

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{BEYOND, Step, Way, is_promising, judged};
use crate::encoding::nibble;

/// `begin 644 model.pkl` and lines of up to 45 bytes.
pub(super) static UUENCODE: Way = Way { next: next_begin, read: read_lines };

/// `=80=04=95…` of protocol 2 and later; what is older is text that is hardly changed.
pub(super) static QUOTED: Way = Way { next: next_quoted, read: read_quoted };

/// The same of any protocol, behind the headers of a mail that say so.
pub(super) static QUOTED_BODY: Way = Way { next: next_body, read: read_quoted };

/// The same of protocol 1, whose lengths are written so, behind the lines that it begins with.
pub(super) static QUOTED_LINES: Way = Way { next: next_zero, read: read_quoted_lines };

static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"begin "));
static MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"=80=0"));
static HEADER: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"rintable"));
static ZERO: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"=00"));

/// What the headers say, in any case.
const SAID: &[u8] = b"quoted-printable";

/// Characters of headers in which their end is looked for.
const HEADERS: usize = 4096;

/// Lines in front of the first length, and characters of them: the names of a module and a function, and what a mark is before.
const LINES: usize = 4;
const BEFORE: usize = 256;

/// Characters of quoted-printable that are decoded to see whether all are worth it.
const PROBE: usize = 1024;

/// The next line that begins a file: with three digits, which are its rights, and a name.
fn next_begin(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += BEGIN.find(text.get(at..)?)?;
        let rights =
            text[at + BEGIN.needle().len()..].iter().take(5).take_while(|byte| byte.is_ascii_digit());
        let is_line = at == 0 || text[at - 1] == b'\n';
        if is_line && matches!(rights.count(), 3 | 4) {
            return Some(at);
        }
        at += BEGIN.needle().len();
    }
}

fn read_lines(text: &[u8], at: usize, _: usize) -> Step {
    let Some(start) = memchr::memchr(b'\n', &text[at..]).map(|newline| at + newline + 1) else {
        return (None, BEYOND);
    };
    let (mut bytes, mut line) = (Vec::new(), start);
    while line < text.len() {
        let end = memchr::memchr(b'\n', &text[line..]).map_or(text.len(), |newline| line + newline);
        let content = &text[line..end];
        let content = content.strip_suffix(b"\r").unwrap_or(content);
        if !add_line(content, &mut bytes) {
            break;
        }
        if line == start && !is_promising(&bytes) {
            return (None, end);
        }
        line = (end + 1).min(text.len());
    }
    judged(text, start, bytes, line)
}

/// Adds what one line of uuencode holds: how many bytes, and four characters for three of them, blanks at the end left out. Whether
/// it is one, and not the last.
fn add_line(line: &[u8], bytes: &mut Vec<u8>) -> bool {
    let value = |character: u8| matches!(character, b' '..=b'`').then(|| (character - b' ') & 63);
    let Some((count, characters)) = line.split_first() else { return false };
    let Some(count) = value(*count).map(usize::from).filter(|count| *count > 0) else { return false };
    let mut made = Vec::with_capacity(count + 2);
    for four in characters.chunks(4) {
        let mut bits = 0u32;
        for at in 0..4 {
            let Some(value) = value(four.get(at).copied().unwrap_or(b' ')) else { return false };
            bits = bits << 6 | u32::from(value);
        }
        made.extend(&bits.to_be_bytes()[1..]);
    }
    made.resize(count, 0);
    // `end` is a line that could be one of five bytes.
    let is_end = line == b"end";
    if !is_end {
        bytes.extend(made);
    }
    !is_end
}

fn next_quoted(text: &[u8], from: usize) -> Option<usize> {
    Some(from + MARK.find(text.get(from..)?)?)
}

fn read_quoted(text: &[u8], at: usize, _: usize) -> Step {
    let rest = &text[at..];
    let (head, next) = quoted(&rest[..rest.len().min(PROBE)]);
    if !is_promising(&head) {
        return (None, at + next);
    }
    let (bytes, next) = quoted(rest);
    judged(text, at, bytes, at + next)
}

/// The next body: behind an empty line.
fn next_body(text: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        at += HEADER.find(text.get(at..)?)? + HEADER.needle().len();
        let is_said =
            at.checked_sub(SAID.len()).is_some_and(|start| text[start..at].eq_ignore_ascii_case(SAID));
        let headers = &text[at..text.len().min(at + HEADERS)];
        let end = || {
            let ends =
                [&b"\n\n"[..], b"\r\n\r\n"].map(|end| Some(memchr::memmem::find(headers, end)? + end.len()));
            ends.into_iter().flatten().min()
        };
        if let Some(end) = is_said.then(end).flatten().map(|end| at + end).filter(|end| *end < text.len()) {
            return Some(end);
        }
    }
}

fn next_zero(text: &[u8], from: usize) -> Option<usize> {
    Some(from + ZERO.find(text.get(from..)?)?)
}

fn read_quoted_lines(text: &[u8], at: usize, behind: usize) -> Step {
    let low = behind.max(at.saturating_sub(BEFORE));
    let breaks = memchr::memrchr_iter(b'\n', &text[low..at]).map(|newline| low + newline + 1);
    let first = std::iter::once(0).filter(|_| low == 0);
    for start in breaks.chain(first).take(LINES) {
        let step = read_quoted(text, start, behind);
        if step.0.is_some() {
            return step;
        }
    }
    // Of what is written so only the first is looked at: others are in what it begins.
    (None, at + quoted(&text[at..text.len().min(at + PROBE)]).1)
}

/// The bytes of quoted-printable, up to what is none; and where that is.
fn quoted(text: &[u8]) -> (Vec<u8>, usize) {
    let (mut bytes, mut at) = (Vec::new(), 0);
    while let Some(byte) = text.get(at) {
        match &text[at..] {
            [b'=', b'\n', ..] => at += 2,
            [b'=', b'\r', b'\n', ..] => at += 3,
            // A line may end so that it goes on behind what is shown.
            [b'='] | [b'=', _] => break,
            [b'=', high, low, ..] => {
                let (Some(high), Some(low)) = (nibble(*high), nibble(*low)) else { break };
                bytes.push(high << 4 | low);
                at += 3;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    (bytes, at.max(MARK.needle().len()))
}
