//! Texts that are evaluated as Python: what MONAI has behind `$`, and the layers of a model of YOLO.

use super::Told;
use super::yaml::{BACKBONE, double_quoted};
use crate::code::{Called, Mention};
use crate::formats::json;

/// Bytes of the longest expression.
const LONGEST: usize = 1 << 16;

/// Bytes of a line in front of the sign that are looked at.
const LINE: usize = 256;

/// Bytes behind the sign in which a call or an import is looked for.
const NEAR: usize = 4096;

/// Whether a piece of a text may have an expression. Says too often yes.
pub(super) fn may_have(text: &[u8]) -> bool {
    memchr::memchr_iter(b'$', text).any(|at| {
        let near = &text[at..text.len().min(at + NEAR)];
        let end = before(text, at)
            .filter(|byte| b"\"'".contains(byte))
            .and_then(|quote| memchr::memchr(quote, near));
        let near = &near[..end.unwrap_or(near.len())];
        begins(text, at)
            && (memchr::memchr(b'(', near).is_some() || memchr::memmem::find(near, b"import").is_some())
    })
}

fn before(text: &[u8], at: usize) -> Option<u8> {
    at.checked_sub(1).and_then(|before| text.get(before)).copied()
}

/// Whether a value may begin with the sign at `at`: behind a key, an item of a list, a tag or an anchor, or in a line of its own.
fn begins(text: &[u8], at: usize) -> bool {
    let start = match before(text, at) {
        Some(b'"' | b'\'') => at - 1,
        Some(byte) if byte.is_ascii_whitespace() || b",[{:".contains(&byte) => at,
        None => at,
        _ => return false,
    };
    let line = &text[start.saturating_sub(LINE)..start];
    let line = line.rsplit(|byte| *byte == b'\n').next().unwrap_or(line).trim_ascii();
    let word = line.rsplit(u8::is_ascii_whitespace).next().unwrap_or(line);
    line.last().is_none_or(|last| b":-[{,|>?".contains(last))
        || word.starts_with(b"&")
        || word.starts_with(b"!")
}

/// Tells of all expressions in a text, without their sign.
pub(super) fn all(text: &str, is_yaml: bool, told: Told<'_>) -> bool {
    let mut tell = |text: &str, at: usize| {
        let is_one = text.contains(['(', '.']) || text.contains("import");
        is_one && told(Mention { what: Called::Expression, text, at })
    };
    if !is_yaml {
        return in_json(text, &mut tell);
    }
    let is_model = text.contains(BACKBONE) && text.contains("head");
    is_model && tell(text, 0) || in_yaml(text, &mut tell)
}

fn in_json(text: &str, tell: &mut dyn FnMut(&str, usize) -> bool) -> bool {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(quote) = memchr::memchr(b'"', &bytes[at..]) {
        let (value, end) = json::string(bytes, at + quote + 1);
        if let Some(expression) = value.strip_prefix('$')
            && tell(expression, end)
        {
            return true;
        }
        at = end;
    }
    false
}

fn in_yaml(text: &str, tell: &mut dyn FnMut(&str, usize) -> bool) -> bool {
    let quoted = |at: usize| double_quoted(text.as_bytes(), at).0;
    // The sign may be written as an escape.
    let mut escaped = text.match_indices("\"\\").map(|(at, _)| (at, quoted(at + 1)));
    let plain = text.match_indices('$').filter(|(at, _)| begins(text.as_bytes(), *at));
    let mut plain = plain.map(|(at, _)| (before(text.as_bytes(), at), at));
    escaped.any(|(at, value)| value.strip_prefix('$').is_some_and(|expression| tell(expression, at)))
        || plain.any(|(before, at)| {
            let rest = &text[at + 1..];
            match before {
                Some(b'"') => tell(&quoted(at + 1), at),
                Some(b'\'') => tell(clipped(rest.split('\'').next().unwrap_or(rest)), at),
                _ => tell(unquoted(rest), at),
            }
        })
}

/// A text without quotes, which goes on in the lines that are no key and no item of a list.
fn unquoted(text: &str) -> &str {
    let is_other = |line: &str| {
        let line = line.trim_start();
        let key = line.split_once(':').map_or("", |(key, _)| key);
        let is_word = |letter: char| letter.is_alphanumeric() || "_-.#\"'".contains(letter);
        line.is_empty()
            || line.starts_with("- ")
            || !key.is_empty() && key != "lambda" && key.chars().all(is_word)
    };
    let mut end = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if number > 0 && is_other(line) || end + line.len() > LONGEST {
            break;
        }
        end += line.len();
    }
    text[..end].trim_end()
}

fn clipped(text: &str) -> &str {
    let end = (0..=text.len().min(LONGEST)).rev().find(|end| text.is_char_boundary(*end));
    &text[..end.unwrap_or(0)]
}
