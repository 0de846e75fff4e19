//! Checkpoints of LangGraph (`langgraph.checkpoint.serde.jsonplus`): MessagePack with extensions that hold a module, a name in it and what
//! it is called with, in MessagePack again.

use super::msgpack;
use crate::bytes::span;
use crate::code::{Called, Mention};

/// Bytes of a module or a name.
const LONGEST: usize = 512;

/// Whether a document has such an extension.
pub(crate) fn is_one(bytes: &[u8]) -> bool {
    // Lists and maps, texts of other lengths than one, extensions: all else is no such document.
    let may_be = matches!(bytes.first(), Some(0x80..=0x9f | 0xc7..=0xc9 | 0xd4..=0xd8 | 0xdc..=0xdf));
    let mut found = false;
    if may_be {
        mentions(bytes, &mut |_| {
            found = true;
            true
        });
    }
    found
}

/// Tells what is called, until that says that it is enough. What an extension is called with is looked at once more, by itself: a walk
/// goes through no byte string, so that all of them together are as long as the document, however deep they are.
pub(crate) fn mentions(bytes: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    let mut open = vec![(0, bytes.len())];
    while let Some((base, len)) = open.pop() {
        let document = span(bytes, base, len).unwrap_or_default();
        let mut goes_on = true;
        msgpack::walk(document, document.len() as u64, &mut |start, value| {
            goes_on = !call(value, told);
            if matches!(value.first(), Some(0x80..=0x9f | 0xdc..=0xdf | 0xc7..=0xc9 | 0xd4..=0xd8)) {
                open.push((base + start, value.len()));
            }
            goes_on
        });
        if !goes_on {
            return;
        }
    }
}

/// Tells what a list in an extension has called; whether that was enough.
fn call(value: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let Some(list) = list(value) else { return false };
    if is_computed(list) {
        return told(Mention { what: Called::RevivedByName, text: "", at: 0 });
    }
    let Some((module, name)) = names(list) else { return false };
    let method = method(value).map(|method| format!(".{method}")).unwrap_or_default();
    let (name, text) = (format!("{name}{method}"), format!("{module}.{name}{method}"));
    told(Mention { what: Called::Revived { module, name: &name }, text: &text, at: 0 })
}

/// The items of a list of three or more.
fn list(value: &[u8]) -> Option<&[u8]> {
    let (first, rest) = value.split_first()?;
    match first {
        0x93..=0x9f => Some(rest),
        0xdc => rest.get(2..),
        0xdd => rest.get(4..),
        _ => None,
    }
}

/// The module and the name that a list begins with, if what follows is not its end.
fn names(list: &[u8]) -> Option<(&str, &str)> {
    let (module, rest) = text(list)?;
    let (name, rest) = text(rest)?;
    let is_path = |text: &str| {
        let is_letter = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '.');
        !text.is_empty() && text.len() <= LONGEST && text.chars().all(is_letter)
    };
    (is_path(module) && is_path(name) && !rest.is_empty()).then_some((module, name))
}

/// What is in the extension that MessagePack begins with, and how long that is with its head.
fn extension(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (head, len) = match *bytes {
        [code @ 0xd4..=0xd8, ..] => (2_usize, 1 << (code - 0xd4)),
        [0xc7, len, ..] => (3, usize::from(len)),
        [0xc8, high, low, ..] => (4, usize::from(u16::from_be_bytes([high, low]))),
        [0xc9, a, b, c, d, ..] => (6, usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?),
        _ => return None,
    };
    Some((span(bytes, head, len)?, head + len))
}

/// Whether a list begins with a module and a name of which one is what another extension makes, as the reader makes that first.
fn is_computed(list: &[u8]) -> bool {
    let makes = |bytes: &[u8]| {
        extension(bytes).is_some_and(|(inside, _)| self::list(inside).and_then(names).is_some())
    };
    let behind = text(list).map(|(_, rest)| rest).or_else(|| list.get(extension(list)?.1..));
    makes(list) || text(list).is_some() && behind.is_some_and(makes)
}

/// The last item of a list of four, which is a short text: the method of the class that is called.
fn method(list: &[u8]) -> Option<&str> {
    let is_end = |len: &u8| list.iter().rev().nth(usize::from(*len)) == Some(&(0xa0 | *len));
    let len = (1..32).find(is_end).filter(|_| list.first() == Some(&0x94))?;
    std::str::from_utf8(&list[list.len() - usize::from(len)..]).ok()
}

/// The text that MessagePack begins with, and what is behind it.
fn text(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let (head, len) = match *bytes {
        [code @ 0xa0..=0xbf, ..] => (1, usize::from(code & 31)),
        [0xd9, len, ..] => (2, usize::from(len)),
        [0xda, high, low, ..] => (3, usize::from(u16::from_be_bytes([high, low]))),
        [0xdb, 0, 0, high, low, ..] => (5, usize::from(u16::from_be_bytes([high, low]))),
        _ => return None,
    };
    let end = head + len;
    Some((std::str::from_utf8(bytes.get(head..end)?).ok()?, &bytes[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(bytes: &[u8]) -> Vec<String> {
        let mut all = Vec::new();
        mentions(bytes, &mut |mention| {
            all.push(mention.text.to_owned());
            false
        });
        assert_eq!(is_one(bytes), !all.is_empty());
        all
    }

    #[test]
    fn what_extensions_call() {
        let call = b"\x93\xa2os\xa6system\xa2id";
        let extension = [b"\xc7\x0e\x00".as_slice(), call].concat();
        assert_eq!(told(&extension), ["os.system"]);
        let inside = [b"\x81\xa1a\x92\x01".as_slice(), &extension].concat();
        assert_eq!(told(&inside), ["os.system"]);
        // What the other one is called with.
        let outer = [b"\x93\xa3set\xa3set".as_slice(), &extension].concat();
        let outer = [b"\xc7".as_slice(), &[u8::try_from(outer.len()).unwrap(), 0], &outer].concat();
        assert_eq!(told(&outer), ["set.set", "os.system"]);
    }

    #[test]
    fn however_deep_it_is() {
        let mut document = b"\xc7\x0e\x00\x93\xa2os\xa6system\xa2id".to_vec();
        for _ in 0..2000 {
            let list = [b"\x93\xa3set\xa3set".as_slice(), &document].concat();
            document =
                [b"\xc9".as_slice(), &u32::try_from(list.len()).unwrap().to_be_bytes(), &[0], &list].concat();
        }
        let all = told(&document);
        assert_eq!((all.len(), all.last().map(String::as_str)), (2001, Some("os.system")));
    }

    #[test]
    fn names_that_are_made() {
        let text = b"\xc7\x11\x00\x93\xa8builtins\xa3str\xa2os";
        let named = [b"\x93".as_slice(), text, b"\xa6system\xa2id"].concat();
        let other = [b"\x93\xa2os".as_slice(), text, b"\xa2id"].concat();
        for list in [named, other] {
            let extension = [&[0xc7, u8::try_from(list.len()).unwrap(), 0], list.as_slice()].concat();
            assert_eq!(told(&extension), ["", "builtins.str"], "{list:?}");
        }
        // What it is called with may be made.
        let list = [b"\x93\xa3set\xa3set".as_slice(), text].concat();
        let extension = [&[0xc7, u8::try_from(list.len()).unwrap(), 0], list.as_slice()].concat();
        assert_eq!(told(&extension), ["set.set", "builtins.str"]);
    }

    #[test]
    fn what_calls_nothing() {
        for bytes in [
            b"\x93\xa2os\xa6system\xa2id".as_slice(),
            b"\xc7\x03\x00\x92\x01\x02",
            b"\x81\xa1a\xc4\x01b",
            b"",
            b"\x93",
        ] {
            assert_eq!(told(bytes), [""; 0], "{bytes:?}");
        }
    }
}
