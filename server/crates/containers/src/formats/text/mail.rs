//! What mail is written in besides base64: uuencode (POSIX), and quoted-printable (RFC 2045).

use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::{BEYOND, Step, Way, is_promising, judged};
use crate::encoding::nibble;

/// `begin 644 model.pkl` and lines of up to 45 bytes.
pub(super) static UUENCODE: Way = Way { next: next_begin, read: read_lines };

/// `=80=04=95…` of protocol 2 and later; what is older is text that is hardly changed.
pub(super) static QUOTED: Way = Way { next: next_quoted, read: read_quoted };

static BEGIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"begin "));
static MARK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"=80=0"));

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
