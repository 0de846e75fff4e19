//! Byte strings inside a stream that may be files of their own: constants that look like a pickle or an archive, and the
//! pickles of arrays of objects.
//!
//! Which of them are pickles in earnest is for others to say: here is where they lie, what they are called (`bytes@12`: the
//! constant that the op at offset 12 pushes), and how their bytes are had.

mod encoded;

use std::borrow::Cow;
use std::fmt;

use pickle_ops::{Op, Opcode, Operand, Reader};

use crate::arena::{Arena, Shape, Value};
use crate::domain::Interrupt;
use crate::global::Names;
use crate::hole::{Content, Found, pickle_at};
use crate::stream::{As, Memory, Observer, Scene, scan_as};

/// Where a byte string lies in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Inner {
    /// Offset of the op that pushes it; of the bytes themselves for an array.
    pub at: usize,
    /// How it is written.
    pub form: Form,
}

/// How a byte string is written in a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Form {
    /// As a constant of bytes, or as a string of Python 2.
    Bytes,
    /// As a str whose characters are bytes: `_codecs.encode` makes them of it, or it is base64 or digits.
    Text,
    /// As the pickle of an array of objects, behind a `BUILD`.
    Array,
}

/// Bytes below which nothing is looked into: the shortest pickle that calls anything is longer.
const SHORTEST: usize = 8;

/// What archives and compressed data begin with, and `.npy`.
const MAGICS: &[&[u8]] = &[
    b"PK\x03\x04",
    b"\x1f\x8b\x08",
    b"BZh",
    b"\xfd7zXZ",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"\x78\x01",
    b"\x78\x5e",
    b"\x78\x9c",
    b"\x78\xda",
    b"\x93NUMPY",
    b"\x5d\x00\x00",
];

/// Opcodes that pickles without `PROTO` begin with.
const BEGINNINGS: &[u8] = b"(]})lcdI";

/// Whether bytes may be a pickle, or hold one, from a look at their ends.
#[inline(always)]
#[must_use]
pub fn is_suspect(bytes: &[u8]) -> bool {
    match bytes {
        [0x80, 2..=5, ..] => bytes.len() >= SHORTEST,
        [first, .., b'.'] if BEGINNINGS.contains(first) && bytes.len() >= SHORTEST && is_divided(bytes) => {
            true
        }
        [0x1f | 0x28 | 0x04 | 0x78 | 0x93 | 0xfd | b'P' | b'B' | b']', ..] if begins_as_container(bytes) => {
            true
        }
        _ => encoded::is_suspect(bytes),
    }
}

/// Whether all of it can be divided into ops up to a `STOP` at its end: sentences, which end so as well, cannot.
#[cold]
fn is_divided(bytes: &[u8]) -> bool {
    let mut reader = Reader::new(bytes, 0);
    loop {
        match reader.next_op() {
            Ok(op) if op.opcode == Opcode::Stop => return op.end == bytes.len(),
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

#[cold]
fn begins_as_container(bytes: &[u8]) -> bool {
    bytes.len() >= SHORTEST && MAGICS.iter().any(|magic| bytes.starts_with(magic))
}

impl Inner {
    /// The constant of an op, if it may be a pickle or hold one.
    #[inline(always)]
    #[must_use]
    pub fn of_op(op: &Op<'_>) -> Option<Self> {
        let suspect = match op.opcode {
            Opcode::ShortBinBytes
            | Opcode::BinBytes
            | Opcode::BinBytes8
            | Opcode::ByteArray8
            | Opcode::ShortBinString
            | Opcode::BinString => is_suspect(op.raw),
            // Quoted, and its bytes may be escaped.
            Opcode::String => op.raw.len() > SHORTEST && is_suspect_line(op),
            // Written as text in the str, they are the same in all its forms.
            Opcode::ShortBinUnicode | Opcode::BinUnicode | Opcode::BinUnicode8 | Opcode::Unicode => {
                return encoded::is_suspect(op.raw).then_some(Self { at: op.start, form: Form::Text });
            }
            _ => false,
        };
        suspect.then_some(Self { at: op.start, form: Form::Bytes })
    }

    /// The text that a call turns into bytes, if they may be a pickle or hold one: `_codecs.encode(text, 'latin1')`, as
    /// protocols below 3 write bytes.
    #[must_use]
    pub fn of_call(arena: &Arena<'_>, call: Value) -> Option<Self> {
        let (callee, arguments) = arena.call_of(call)?;
        let Shape::Global(global) = arena.shape(callee) else { return None };
        if is_encode(&global.resolved()?) { Self::of_encoded(arena, arguments) } else { None }
    }

    /// The same from the arguments of a call of `_codecs.encode`.
    #[must_use]
    pub fn of_encoded(arena: &Arena<'_>, arguments: Value) -> Option<Self> {
        let &[text, codec] = arena.tuple(arguments)? else { return None };
        let Shape::Literal(op) = arena.shape(text) else { return None };
        // Of most texts the first character says enough.
        if op.raw.first().is_some_and(|first| first.is_ascii() && !encoded::may_begin(*first)) {
            return None;
        }
        let codec = arena.text(codec)?;
        if !matches!(codec.as_ref(), "latin1" | "latin-1" | "latin_1" | "iso-8859-1") {
            return None;
        }
        is_suspect(&latin1(&op)?).then_some(Self { at: op.start, form: Form::Text })
    }

    /// The pickle of an array of objects.
    #[must_use]
    pub fn of_array(found: &Found) -> Option<Self> {
        match found {
            Found::Hole(hole) if hole.content == Content::Pickle => {
                Some(Self { at: hole.bytes.start, form: Form::Array })
            }
            _ => None,
        }
    }

    /// The bytes; `None` where there are none of this form.
    #[must_use]
    pub fn bytes<'a>(&self, stream: &'a [u8]) -> Option<Cow<'a, [u8]>> {
        if self.at >= stream.len() {
            return None;
        }
        if self.form == Form::Array {
            return stream.get(pickle_at(stream, self.at)).map(Cow::Borrowed);
        }
        let op = Reader::new(stream, self.at).next_op().ok()?;
        match (self.form, op.operand().ok()?) {
            (Form::Bytes, Operand::Bytes(bytes)) => Some(Cow::Borrowed(bytes)),
            (Form::Bytes, Operand::ByteString(string)) => string.bytes().ok(),
            (Form::Text, Operand::Text(_)) => latin1(&op),
            _ => None,
        }
    }

    /// Reads what [`Inner::to_string`] writes: `bytes@12`, `text@12`, `array@12`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        let (form, at) = name.split_once('@')?;
        let form = match form {
            "bytes" => Form::Bytes,
            "text" => Form::Text,
            "array" => Form::Array,
            _ => return None,
        };
        // One spelling only.
        let inner = Self { at: at.parse().ok()?, form };
        (inner.to_string() == name).then_some(inner)
    }
}

impl fmt::Display for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let form = match self.form {
            Form::Bytes => "bytes",
            Form::Text => "text",
            Form::Array => "array",
        };
        write!(f, "{form}@{}", self.at)
    }
}

#[cold]
fn is_suspect_line(op: &Op<'_>) -> bool {
    match op.operand() {
        Ok(Operand::ByteString(string)) => string.bytes().is_ok_and(|bytes| is_suspect(&bytes)),
        _ => false,
    }
}

/// Whether a global is the function with which protocols below 3 write bytes.
#[must_use]
pub fn is_encode(names: &Names<'_>) -> bool {
    (names.module.as_ref(), names.name.as_ref()) == ("_codecs", "encode")
}

/// The bytes of a text whose characters are all below 256.
fn latin1<'a>(op: &Op<'a>) -> Option<Cow<'a, [u8]>> {
    match op.opcode {
        Opcode::ShortBinUnicode | Opcode::BinUnicode | Opcode::BinUnicode8 => latin1_of_utf8(op.raw),
        _ => match op.operand().ok()? {
            Operand::Text(text) => text.code_points().map(|point| u8::try_from(point).ok()).collect(),
            _ => None,
        },
    }
}

/// The same of UTF-8, in which such a character is a byte, or two of which the first says the highest two bits.
fn latin1_of_utf8(text: &[u8]) -> Option<Cow<'_, [u8]>> {
    let plain = text.iter().take_while(|byte| byte.is_ascii()).count();
    if plain == text.len() {
        return Some(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let (head, mut rest) = text.split_at(plain);
    bytes.extend_from_slice(head);
    while let Some((&first, behind)) = rest.split_first() {
        rest = match (first, behind) {
            (0..=0x7f, _) => {
                bytes.push(first);
                behind
            }
            (0xc2 | 0xc3, [second @ 0x80..=0xbf, behind @ ..]) => {
                bytes.push(first << 6 | second & 0x3f);
                behind
            }
            _ => return None,
        };
    }
    Some(Cow::Owned(bytes))
}

/// All of a stream, at most `most`, in order; those that are found within `memory`.
#[must_use]
pub fn find(bytes: &[u8], most: usize, memory: Memory, interrupt: Interrupt<'_>) -> Vec<Inner> {
    struct Finder {
        found: Vec<Inner>,
        most: usize,
    }
    impl Finder {
        fn push(&mut self, inner: Option<Inner>) {
            if self.found.len() < self.most {
                self.found.extend(inner);
            }
        }
    }
    impl<'a> Observer<'a> for Finder {
        fn inner(&mut self, _: usize, _: &Op<'a>, inner: Inner) {
            self.push(Some(inner));
        }
        fn array(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, found: &Found) {
            self.push(Inner::of_array(found));
        }
        fn call(&mut self, scene: Scene<'_, 'a>, _: &Op<'a>, call: Value) {
            self.push(Inner::of_call(scene.arena, call));
        }
    }
    let mut finder = Finder { found: Vec::new(), most };
    scan_as(As::Each, bytes, memory, &mut finder, interrupt);
    finder.found.sort_unstable();
    finder.found.dedup();
    finder.found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::never;

    fn names(bytes: &[u8]) -> Vec<String> {
        find(bytes, 100, Memory::default(), &never).iter().map(Inner::to_string).collect()
    }

    #[test]
    fn constants() {
        assert_eq!(names(b"\x80\x03C\x09\x80\x03]q\0K\x01a.C\x04\x80\x03N.\x86."), ["bytes@2"]);
        assert_eq!(names(b"]U\x0ecos\nsystem\n)R.a."), ["bytes@1"]);
        assert_eq!(names(b"S'\\x80\\x02]q\\x00K\\x01a.'\n."), ["bytes@0"]);
        assert_eq!(names(b"C\x08PK\x03\x04aaaa."), ["bytes@0"]);
        assert_eq!(names(b"C\x08aaaaaaaa."), [""; 0]);
    }

    #[test]
    fn a_text_that_becomes_bytes() {
        let stream = "\u{80}\u{2}]q\0K\u{1}a.".as_bytes();
        let length = u32::try_from(stream.len()).unwrap().to_le_bytes();
        let bytes = [b"c_codecs\nencode\nX", length.as_slice(), stream, b"X\x06\0\0\0latin1\x86R."].concat();
        assert_eq!(names(&bytes), ["text@16"]);
        let inner = Inner::parse("text@16").unwrap();
        assert_eq!(inner.bytes(&bytes).unwrap().as_ref(), b"\x80\x02]q\0K\x01a.");
    }

    #[test]
    fn what_is_suspect_may_begin_so() {
        let mut long = [b'A'; 64];
        for first in 0..=255 {
            for bytes in [
                &[first, b'N', b'N', b'N', b'N', b'N', b'N', b'N', b'.'][..],
                &[first, 2, b'K', 3, 4, b'7', b'z', b'X', b'Z'],
            ] {
                assert!(!is_suspect(bytes) || encoded::may_begin(first), "{first}");
            }
            long[0] = first;
            assert!(!is_suspect(&long) || encoded::may_begin(first), "{first}");
        }
        assert!(!encoded::may_begin(b'a') && is_suspect(b"gASVBAAAAAAAAABLAS4="));
    }

    #[test]
    fn latin1_is_what_the_code_points_are() {
        let every: String = (0u8..=255).map(char::from).collect();
        for text in ["", "a", "\u{80}", "\u{ff}z", "\u{100}", "a\u{20ac}", &every] {
            let points =
                text.chars().map(|point| u8::try_from(u32::from(point)).ok()).collect::<Option<Vec<u8>>>();
            assert_eq!(latin1_of_utf8(text.as_bytes()).map(Cow::into_owned), points, "{text}");
        }
        for bad in [&b"\x80"[..], b"\xc1\x80", b"\xc2", b"\xc2A", b"a\xff"] {
            assert_eq!(latin1_of_utf8(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn names_that_are_none() {
        for name in ["bytes@", "bytes@01", "bytes@-1", "x@1", "bytes@1 ", "bytes@99999999999999999999"] {
            assert_eq!(Inner::parse(name), None, "{name}");
        }
        assert_eq!(Inner::parse("bytes@7").unwrap().bytes(b"N."), None);
        assert_eq!(Inner::parse("bytes@0").unwrap().bytes(b"N."), None);
    }
}
