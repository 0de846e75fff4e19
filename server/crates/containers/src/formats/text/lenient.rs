//! Base64 among other characters, which Python's decoder passes over unless it is told not to (`binascii.a2b_base64`): in values that are
//! known to be decoded so, as Stable-Baselines3 keeps pickles in JSON under `:serialized:` and kombu under `body`, and in whole texts of databases, as caches
//! and fields of Django keep them.

use pickle_ops::{Opcode, Reader, sextet};

use super::{Step, Way, judged};
use crate::formats::json;
use crate::sniff::begins_container;

/// See the module.
pub(super) static WAY: Way = Way { next, read };

/// The keys of such values.
const KEYS: [&str; 2] = [":serialized:", "body"];

/// Characters of a key where all of it is written in escapes.
const LONGEST_KEY: usize = 6 * KEYS[0].len() + 1;

/// The next quote behind which a key may stand.
fn next(text: &[u8], from: usize) -> Option<usize> {
    let quotes = memchr::memchr_iter(b'"', text.get(from..)?).map(|at| from + at);
    quotes
        .into_iter()
        .find(|at| matches!(text.get(at + 1), Some(b':' | b'b' | b'\\')) && key_end(text, *at).is_some())
}

/// Where the key ends whose quote is at `at`, if it is one of them.
fn key_end(text: &[u8], at: usize) -> Option<usize> {
    let start = at + 1;
    let most = text.len().min(start + LONGEST_KEY);
    let (key, end) = json::string(&text[..most], start);
    (KEYS.contains(&key.as_str()) && text.get(end - 1) == Some(&b'"')).then_some(end)
}

fn read(text: &[u8], at: usize, _: usize) -> Step {
    let blanks =
        |from: usize| from + text[from..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let value = || {
        let colon = blanks(key_end(text, at)?);
        let quote = blanks((text.get(colon) == Some(&b':')).then_some(colon + 1)?);
        (text.get(quote) == Some(&b'"')).then_some(quote + 1)
    };
    let Some(start) = value() else { return (None, at + 1) };
    let (value, end) = json::string(text, start);
    // What has no other characters is read as any base64 is.
    if value.trim_end_matches('=').bytes().all(|byte| digit(byte).is_some()) {
        return (None, end);
    }
    // Most that is called `body` is words.
    let bytes = decode(value.as_bytes());
    if !is_telling(&bytes) && !begins_container(&bytes) {
        return (None, end);
    }
    // By its quote, as the first digits may be a run of their own.
    judged(text, start - 1, bytes, end)
}

/// The pickle that a text stands for as a whole, if it has other characters in it than base64 has, and the pickle loads a global or
/// says its protocol. Without either, words that mean nothing of the kind would be pickles.
pub(crate) fn pickle_in(text: &[u8]) -> Option<Vec<u8>> {
    /// Bytes of the text that are looked at first.
    const HEAD: usize = 64;
    let digits = text.trim_ascii_end();
    let padding = digits.iter().rev().take_while(|byte| **byte == b'=').count();
    let is_plain = digits[..digits.len() - padding].iter().all(|byte| digit(*byte).is_some());
    let head = decode(&text[..text.len().min(HEAD)]);
    if is_plain || head.first().is_none_or(|first| Opcode::from_byte(*first).is_none()) {
        return None;
    }
    let bytes = decode(text);
    is_telling(&bytes).then_some(bytes)
}

/// Whether bytes begin with a whole pickle that says its protocol or loads a global by a name that something can have.
fn is_telling(bytes: &[u8]) -> bool {
    let mut ops = Reader::new(bytes, 0);
    let mut tells = false;
    while let Ok(op) = ops.next_op() {
        match op.opcode {
            Opcode::Stop => return tells,
            Opcode::Proto if op.start == 0 => tells = bytes.get(1).is_some_and(|protocol| *protocol <= 5),
            Opcode::StackGlobal => tells = true,
            Opcode::Global | Opcode::Inst => {
                let is_name = |byte: &u8| byte.is_ascii_graphic() || *byte == b'\n';
                if !op.raw.iter().all(is_name) {
                    return false;
                }
                tells = true;
            }
            _ => {}
        }
    }
    false
}

/// What a digit stands for. Those of the alphabet for URLs are other characters to the decoder.
fn digit(byte: u8) -> Option<u8> {
    sextet(byte).filter(|_| !matches!(byte, b'-' | b'_'))
}

/// The bytes that the digits among `text` stand for, up to where padding completes four of them.
fn decode(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut digits, mut bits, mut pads) = (0_usize, 0_u32, 0);
    for byte in text {
        if *byte == b'=' {
            pads += 1;
            if digits % 4 >= 2 && digits % 4 + pads >= 4 {
                break;
            }
            continue;
        }
        let Some(digit) = digit(*byte) else { continue };
        pads = 0;
        digits += 1;
        bits = bits << 6 | u32::from(digit);
        if digits % 4 != 1 {
            let left = 6 - 2 * (((digits - 1) % 4) as u32);
            bytes.push((bits >> left) as u8);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_python_makes_of_it() {
        for (text, bytes) in [
            ("gAROLg==", b"\x80\x04N.".as_slice()),
            ("g!AR OLg==", b"\x80\x04N."),
            ("gA=RO=Lg=!=", b"\x80\x04N."),
            ("gA-RO_Lg==gAR", b"\x80\x04N."),
            ("gARO", b"\x80\x04N"),
        ] {
            assert_eq!(decode(text.as_bytes()), bytes, "{text}");
        }
    }

    #[test]
    fn whole_texts() {
        let harm = b"Y29z\x00CnN5c3Rl*bQooUydpZCcKdFIu".as_slice();
        assert_eq!(pickle_in(harm).unwrap(), b"cos\nsystem\n(S'id'\ntR.");
        assert_eq!(pickle_in(b"gA=ROLg==").unwrap(), b"\x80\x04N.");
        assert_eq!(pickle_in(b"gAROLg*==").unwrap(), b"\x80\x04N.");
        for text in [
            "Y29zCnN5c3RlbQooUydpZCcKdFIu",
            "Ti4 and some words",
            "Nothing at all: words.",
            "",
            "*",
            "Y29z* CnN5",
        ] {
            assert_eq!(pickle_in(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn values_under_the_key() {
        let found = |text: &str| {
            let at = next(text.as_bytes(), 0)?;
            read(text.as_bytes(), at, 0).0
        };
        let pickle = || Some((16, b"\x80\x04N.".to_vec()));
        assert_eq!(found(r#"{":serialized:":"g!AROLg=="}"#), pickle());
        assert_eq!(found(r#"{":serialized:":"gAROLg=="}"#), None);
        assert_eq!(found(r#"{":serialised:":"g!AROLg=="}"#), None);
        assert_eq!(found(r#"{":serialized:":1}"#), None);
        assert_eq!(found(r#"{"body": "g!AROLg==", "headers": {}}"#), Some((9, b"\x80\x04N.".to_vec())));
        assert_eq!(found(r#"{"body": "Some words, and no more."}"#), None);
        // kombu packs what is said to be packed.
        assert!(found(r#"{"body": "eJxr!YJnKxQABtVN6"}"#).is_some());
        let escaped = r#"{ "\u003aserialized:" : "gAR#OLg=="}"#;
        assert_eq!(found(escaped).map(|found| found.1), pickle().map(|found| found.1));
    }
}
