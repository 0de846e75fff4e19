//! Texts in JSON by their keys: all that is asked of descriptions of models. Their nesting is of no interest.

mod value;

use std::borrow::Cow;

pub(crate) use value::Json;

/// A description in UTF-8. Readers of JSON take bytes in any encoding of Unicode, and tell it by the first four, as Python does.
pub(crate) fn utf8(json: &[u8]) -> Cow<'_, [u8]> {
    let (width, big) = match json {
        [0, 0, ..] => (4, true),
        [0, ..] | [0xFE, 0xFF, ..] => (2, true),
        [0xFF, 0xFE, 0, 0, ..] | [_, 0, 0, 0, ..] => (4, false),
        [0xFF, 0xFE, ..] | [_, 0, ..] => (2, false),
        _ => return Cow::Borrowed(json),
    };
    let units = json.chunks_exact(width).map(|unit| {
        let digit = |number: u32, byte: &u8| number << 8 | u32::from(*byte);
        if big { unit.iter().fold(0, digit) } else { unit.iter().rev().fold(0, digit) }
    });
    let text: String = if width == 4 {
        units.map(|code| char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    } else {
        let units = units.map(|unit| u16::try_from(unit).unwrap_or_default());
        char::decode_utf16(units).map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    Cow::Owned(text.into_bytes())
}

/// The first text that is a value, or in a list that is one, for which `wanted` holds; it is asked with the last key before it.
pub(crate) fn find(json: &[u8], mut wanted: impl FnMut(&str, &str) -> bool) -> Option<String> {
    let (mut key, mut at) = (String::new(), 0);
    while let Some(start) = memchr::memchr(b'"', json.get(at..)?) {
        let (text, next) = string(json, at + start + 1);
        at = next;
        let after = json[at..].iter().find(|byte| !byte.is_ascii_whitespace());
        if after == Some(&b':') {
            key = text;
        } else if wanted(&key, &text) {
            return Some(text);
        }
    }
    None
}

/// Objects in each other that are followed; readers of JSON give up sooner.
const DEEPEST: usize = 4096;

/// What an object has under a key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Field {
    /// The key is not there.
    #[default]
    Absent,
    /// A text.
    Text(String),
    /// Anything else.
    Other,
}

impl Field {
    /// The text, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Absent | Self::Other => None,
        }
    }

    /// Whether the object has the key.
    pub(crate) fn is_there(&self) -> bool {
        *self != Self::Absent
    }
}

/// An object that has not come to its end.
struct Unfinished<const N: usize> {
    /// Which of the keys stands before what comes next.
    key: Option<usize>,
    fields: [Field; N],
}

/// Whether `wanted` holds for what one of the objects has under these keys. It is asked of an object when that ends, so behind those in
/// it; of a key that an object has twice, the last value counts, as it does for readers.
pub(crate) fn any_object<const N: usize>(
    json: &[u8],
    keys: [&str; N],
    mut wanted: impl FnMut(&[Field; N]) -> bool,
) -> bool {
    let mut objects: Vec<Unfinished<N>> = Vec::new();
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let (text, next) = string(json, at);
                at = next;
                let Some(Unfinished { key, fields }) = objects.last_mut() else { continue };
                if json[at..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':') {
                    *key = keys.iter().position(|known| *known == text);
                    // What no text comes for is something else.
                    put(fields, *key, Field::Other);
                } else {
                    put(fields, key.take(), Field::Text(text));
                }
            }
            // What is in a list is no value of the key.
            b'[' => drop(objects.last_mut().and_then(|object| object.key.take())),
            b'{' if objects.len() == DEEPEST => return false,
            b'{' => objects.push(Unfinished { key: None, fields: [const { Field::Absent }; N] }),
            b'}' if objects.pop().is_some_and(|object| wanted(&object.fields)) => return true,
            _ => {}
        }
    }
    false
}

fn put(fields: &mut [Field], key: Option<usize>, value: Field) {
    if let Some(place) = key.and_then(|key| fields.get_mut(key)) {
        *place = value;
    }
}

/// What the outermost object has under these keys; `None`: there is none that comes to its end.
pub(crate) fn outermost<const N: usize>(json: &[u8], keys: [&str; N]) -> Option<[Field; N]> {
    let mut last = None;
    any_object(json, keys, |fields| {
        last = Some(fields.clone());
        false
    });
    last
}

/// The text of a string of JSON whose quote lies before `start`, and where it ends.
pub(crate) fn string(json: &[u8], start: usize) -> (String, usize) {
    let (mut text, mut at) = (Vec::new(), start);
    while let Some(byte) = json.get(at).filter(|byte| **byte != b'"') {
        at += 1;
        if *byte != b'\\' {
            text.push(*byte);
            continue;
        }
        let digits = json.get(at + 1..at + 5).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match (json.get(at), code) {
            (Some(b'u'), Some(code)) => {
                let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                at += 4;
            }
            (Some(b'n' | b'r' | b't' | b'b' | b'f'), _) => text.push(b' '),
            (Some(other), _) => text.push(*other),
            (None, _) => {}
        }
        at += 1;
    }
    (String::from_utf8_lossy(&text).into_owned(), (at + 1).min(json.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings() {
        let text = "{\"a\": \"\u{e9}\u{1f600}\"}";
        let wide = |big: bool| -> Vec<u8> {
            text.encode_utf16()
                .flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() })
                .collect()
        };
        let wider = |big: bool| -> Vec<u8> {
            let codes = text.chars().map(u32::from);
            codes.flat_map(|code| if big { code.to_be_bytes() } else { code.to_le_bytes() }).collect()
        };
        for bytes in [text.as_bytes().to_vec(), wide(true), wide(false), wider(true), wider(false)] {
            assert_eq!(utf8(&bytes), text.as_bytes());
        }
        let marked = [b"\xff\xfe".to_vec(), wide(false)].concat();
        assert_eq!(utf8(&marked), format!("\u{feff}{text}").as_bytes());
        assert_eq!((utf8(b""), utf8(b"{")), (b"".into(), b"{".into()));
    }
}
