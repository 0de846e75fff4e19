//! What functions of Python make of texts and bytes.

use super::{LONGEST, Part};
use Part::{Bytes, List, Number, Slice, Text};

/// Different signs that are taken off the ends of a text.
const MOST_SIGNS: usize = 64;

/// What a function gives; `None`: an error, or not worked out.
pub(super) type Function = fn(&[Part]) -> Option<Part>;

/// A function by its names, if it is worked out what it gives.
pub(super) fn function(module: &str, name: &str) -> Option<Function> {
    Some(match (module.trim_start_matches('_'), name) {
        ("builtins" | "builtin__", name) => return builtin(name),
        ("operator", "add" | "concat") => add,
        ("operator", "mul") => repeat,
        ("operator", "getitem") => item,
        ("urllib.parse", "unquote") => |given| unquoted(given, false),
        ("urllib.parse", "unquote_plus") => |given| unquoted(given, true),
        ("base64", "b64decode") | ("binascii", "a2b_base64") => from_base64,
        ("binascii", "unhexlify" | "a2b_hex") => from_hex,
        ("codecs", "encode") => encoded,
        ("codecs", "decode") => decoded,
        ("numpy", "str_") => text,
        ("posixpath", "join") => path,
        _ => return None,
    })
}

fn builtin(name: &str) -> Option<Function> {
    Some(match name {
        "str" | "unicode" => text,
        "bytes" | "bytearray" => bytes,
        "chr" | "unichr" => character,
        "slice" => slice,
        "str.encode" => encoded,
        "bytes.decode" => decoded,
        "bytes.fromhex" => from_hex,
        "str.join" | "bytes.join" => joined,
        "str.replace" => replaced,
        "str.lower" | "str.casefold" => |given| changed(given, str::to_lowercase),
        "str.upper" => |given| changed(given, str::to_uppercase),
        "str.swapcase" => |given| changed(given, swapped),
        "str.strip" => |given| stripped(given, true, true),
        "str.lstrip" => |given| stripped(given, true, false),
        "str.rstrip" => |given| stripped(given, false, true),
        _ => return None,
    })
}

/// Encodings that say of a byte what it is. Of others it is known only when the file is loaded.
fn codec(given: Option<&Part>) -> Option<&'static str> {
    let name = match given {
        None => "utf8",
        Some(Text(name)) => name,
        Some(_) => return None,
    };
    let plain: String = name.to_ascii_lowercase().chars().filter(|sign| !"-_ ".contains(*sign)).collect();
    Some(match plain.as_str() {
        "utf8" | "u8" | "utf" => "utf8",
        "ascii" | "usascii" | "646" => "ascii",
        "latin1" | "latin" | "iso88591" | "l1" | "8859" | "cp819" => "latin1",
        "utf16le" => "utf16le",
        "utf16be" => "utf16be",
        _ => return None,
    })
}

fn decoded(given: &[Part]) -> Option<Part> {
    let [Bytes(bytes), rest @ ..] = given else { return None };
    let units = |make: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes.chunks_exact(2).map(|pair| make([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    };
    let text = match codec(rest.first())? {
        "utf8" => String::from_utf8(bytes.clone()).ok()?,
        "ascii" => String::from_utf8(bytes.clone()).ok().filter(|text| text.is_ascii())?,
        "latin1" => bytes.iter().map(|&byte| char::from(byte)).collect(),
        "utf16le" => units(u16::from_le_bytes)?,
        "utf16be" => units(u16::from_be_bytes)?,
        _ => return None,
    };
    Some(Text(text))
}

fn encoded(given: &[Part]) -> Option<Part> {
    let [Text(text), rest @ ..] = given else { return None };
    let bytes = match codec(rest.first())? {
        "utf8" => text.as_bytes().to_vec(),
        "ascii" if text.is_ascii() => text.as_bytes().to_vec(),
        "latin1" => text.chars().map(|sign| u8::try_from(u32::from(sign)).ok()).collect::<Option<_>>()?,
        _ => return None,
    };
    Some(Bytes(bytes))
}

fn text(given: &[Part]) -> Option<Part> {
    match given {
        [] => Some(Text(String::new())),
        [Text(text)] => Some(Text(text.clone())),
        [Number(number)] => Some(Text(number.to_string())),
        [Part::None] => Some(Text("None".to_owned())),
        [Bytes(_), _] | [Bytes(_), _, Text(_)] => decoded(given),
        _ => None,
    }
}

fn bytes(given: &[Part]) -> Option<Part> {
    match given {
        [] => Some(Bytes(Vec::new())),
        [Bytes(bytes)] => Some(Bytes(bytes.clone())),
        [List(items)] => {
            let byte = |item: &Part| match item {
                Number(number) => u8::try_from(*number).ok(),
                _ => None,
            };
            items.iter().map(byte).collect::<Option<_>>().map(Bytes)
        }
        [Text(_), _, ..] => encoded(given),
        _ => None,
    }
}

fn character(given: &[Part]) -> Option<Part> {
    let &[Number(number)] = given else { return None };
    Some(Text(char::from_u32(u32::try_from(number).ok()?)?.to_string()))
}

fn slice(given: &[Part]) -> Option<Part> {
    let number = |part: Option<&Part>| match part {
        None | Some(Part::None) => Some(None),
        Some(Number(number)) => Some(Some(*number)),
        Some(_) => None,
    };
    let (first, second) = (number(given.first())?, number(given.get(1))?);
    Some(match given.len() {
        1 => Slice([None, first, None]),
        2 | 3 => Slice([first, second, number(given.get(2))?]),
        _ => return None,
    })
}

fn add(given: &[Part]) -> Option<Part> {
    match given {
        [Text(left), Text(right)] => Some(Text(format!("{left}{right}"))),
        [Bytes(left), Bytes(right)] => Some(Bytes([left.as_slice(), right].concat())),
        [Number(left), Number(right)] => left.checked_add(*right).map(Number),
        [List(left), List(right)] => Some(List([left.as_slice(), right].concat())),
        _ => None,
    }
}

fn repeat(given: &[Part]) -> Option<Part> {
    let (what, &times) = match given {
        [what, Number(times)] | [Number(times), what] => (what, times),
        _ => return None,
    };
    let times = usize::try_from(times.max(0)).ok()?;
    let fits = |length: usize| length.checked_mul(times).is_some_and(|length| length <= LONGEST);
    match what {
        Text(text) if fits(text.len()) => Some(Text(text.repeat(times))),
        Bytes(bytes) if fits(bytes.len()) => Some(Bytes(bytes.repeat(times))),
        Number(number) => number.checked_mul(i64::try_from(times).ok()?).map(Number),
        _ => None,
    }
}

/// The items at the places that an index or a slice says.
fn at<T: Clone>(items: &[T], index: &Part) -> Option<Vec<T>> {
    let length = i64::try_from(items.len()).ok()?;
    let get = |place: i64| usize::try_from(place).ok().and_then(|place| items.get(place)).cloned();
    match *index {
        Number(place) => get(if place < 0 { place + length } else { place }).map(|item| vec![item]),
        Slice([start, stop, step]) => {
            let step = step.unwrap_or(1);
            let (low, high) = if step < 0 { (-1, length - 1) } else { (0, length) };
            let bound =
                |place: i64| (if place < 0 { place.saturating_add(length) } else { place }).clamp(low, high);
            let (mut place, stop) = match step {
                0 => return None,
                1.. => (start.map_or(low, bound), stop.map_or(high, bound)),
                _ => (start.map_or(high, bound), stop.map_or(low, bound)),
            };
            let mut found = Vec::new();
            while if step < 0 { place > stop } else { place < stop } {
                found.push(get(place)?);
                place = place.checked_add(step)?;
            }
            Some(found)
        }
        _ => None,
    }
}

fn item(given: &[Part]) -> Option<Part> {
    let [of, index] = given else { return None };
    match of {
        Text(text) => {
            let signs: Vec<char> = text.chars().collect();
            at(&signs, index).map(|signs| Text(signs.into_iter().collect()))
        }
        Bytes(bytes) => match (at(bytes, index)?, index) {
            (found, Number(_)) => found.first().map(|&byte| Number(i64::from(byte))),
            (found, _) => Some(Bytes(found)),
        },
        List(items) => match (at(items, index)?, index) {
            (found, Number(_)) => found.into_iter().next(),
            (found, _) => Some(List(found)),
        },
        _ => None,
    }
}

fn joined(given: &[Part]) -> Option<Part> {
    let [between, items] = given else { return None };
    match (between, items) {
        (Text(between), List(items)) => {
            let texts = items.iter().map(|item| match item {
                Text(text) => Some(text.as_str()),
                _ => None,
            });
            Some(Text(texts.collect::<Option<Vec<_>>>()?.join(between)))
        }
        (Text(between), Text(text)) => {
            Some(Text(text.chars().map(String::from).collect::<Vec<_>>().join(between)))
        }
        (Bytes(between), List(items)) => {
            let bytes = items.iter().map(|item| match item {
                Bytes(bytes) => Some(bytes.as_slice()),
                _ => None,
            });
            Some(Bytes(bytes.collect::<Option<Vec<_>>>()?.join(between.as_slice())))
        }
        _ => None,
    }
}

fn replaced(given: &[Part]) -> Option<Part> {
    match given {
        [Text(text), Text(old), Text(new)] if text.len().saturating_mul(new.len() + 1) <= LONGEST * 16 => {
            Some(Text(text.replace(old.as_str(), new)))
        }
        _ => None,
    }
}

fn changed(given: &[Part], change: fn(&str) -> String) -> Option<Part> {
    match given {
        [Text(text)] => Some(Text(change(text))),
        _ => None,
    }
}

fn swapped(text: &str) -> String {
    let swap = |sign: char| match sign {
        'a'..='z' => sign.to_ascii_uppercase(),
        _ => sign.to_ascii_lowercase(),
    };
    text.chars().map(swap).collect()
}

fn stripped(given: &[Part], left: bool, right: bool) -> Option<Part> {
    let (text, signs) = match given {
        [Text(text)] => (text, None),
        [Text(text), Text(signs)] if signs.len() <= MOST_SIGNS => (text, Some(signs)),
        _ => return None,
    };
    let goes = |sign: char| signs.map_or(sign.is_whitespace(), |signs| signs.contains(sign));
    let mut text = text.as_str();
    if left {
        text = text.trim_start_matches(goes);
    }
    if right {
        text = text.trim_end_matches(goes);
    }
    Some(Text(text.to_owned()))
}

/// `%41` is a byte; others stay as they are.
fn unquoted(given: &[Part], plus: bool) -> Option<Part> {
    let bytes = match given {
        [Text(text)] => text.as_bytes(),
        [Bytes(bytes)] => bytes,
        _ => return None,
    };
    let mut unquoted = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let [first, behind @ ..] = rest {
        let digit = |at: usize| behind.get(at).and_then(|&digit| char::from(digit).to_digit(16));
        rest = behind;
        match (first, digit(0), digit(1)) {
            (b'%', Some(high), Some(low)) => {
                unquoted.push((high * 16 + low) as u8);
                rest = &behind[2..];
            }
            (b'+', ..) if plus => unquoted.push(b' '),
            (&byte, ..) => unquoted.push(byte),
        }
    }
    // What is no UTF-8 is replaced.
    Some(Text(String::from_utf8_lossy(&unquoted).into_owned()))
}

/// Text or bytes of signs that are bytes.
fn signs(given: &[Part]) -> Option<&[u8]> {
    match given {
        [Text(text)] => Some(text.as_bytes()),
        [Bytes(bytes)] => Some(bytes),
        _ => None,
    }
}

fn from_hex(given: &[Part]) -> Option<Part> {
    let signs = signs(given)?;
    let digits = signs.iter().filter(|sign| !sign.is_ascii_whitespace());
    let digits = digits.map(|&sign| char::from(sign).to_digit(16)).collect::<Option<Vec<u32>>>()?;
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    Some(Bytes(digits.chunks_exact(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()))
}

/// What is none of the 64 signs is passed over; a `=` is the end.
fn from_base64(given: &[Part]) -> Option<Part> {
    let mut found = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for &sign in signs(given)?.iter().take_while(|&&sign| sign != b'=') {
        let value = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            found.push((bits >> count & 0xff) as u8);
        }
    }
    Some(Bytes(found))
}

/// `posixpath.join`.
fn path(given: &[Part]) -> Option<Part> {
    let mut path = String::new();
    for (number, part) in given.iter().enumerate() {
        let Text(part) = part else { return None };
        if number == 0 || part.starts_with('/') {
            path.clear();
        } else if !path.is_empty() && !path.ends_with('/') {
            path.push('/');
        }
        path.push_str(part);
    }
    Some(Text(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn gives(names: (&str, &str), given: &[Part], expected: impl Into<Option<Part>>) {
        assert_eq!(function(names.0, names.1).unwrap()(given), expected.into(), "{names:?}");
    }

    fn t(text: &str) -> Part {
        Text(text.to_owned())
    }

    fn b(bytes: &[u8]) -> Part {
        Bytes(bytes.to_vec())
    }

    /// What CPython 3.11 gives.
    #[test]
    fn what_functions_give() {
        gives(("builtins", "str"), &[b(b"a\xc3\xa9"), t("UTF-8")], Some(t("a\u{e9}")));
        gives(("builtins", "str"), &[b(b"a\xe9"), t("latin-1")], Some(t("a\u{e9}")));
        gives(("builtins", "str"), &[b(b"\0a\0b"), t("utf_16_be")], Some(t("ab")));
        gives(("builtins", "str"), &[b(b"\x84\x81"), t("cp037")], None);
        gives(("builtins", "str"), &[Number(-3)], Some(t("-3")));
        gives(("builtins", "bytes"), &[List(vec![Number(97), Number(98)])], Some(b(b"ab")));
        gives(("builtins", "bytes"), &[List(vec![Number(256)])], None);
        gives(("builtins", "chr"), &[Number(97)], Some(t("a")));
        gives(("builtins", "str.join"), &[t("-"), List(vec![t("a"), t("b")])], Some(t("a-b")));
        gives(("builtins", "str.join"), &[t("-"), t("abc")], Some(t("a-b-c")));
        gives(("builtins", "str.replace"), &[t("xbx"), t("x"), t("aa")], Some(t("aabaa")));
        gives(("builtins", "str.strip"), &[t("xxaxx"), t("x")], Some(t("a")));
        gives(("builtins", "str.lstrip"), &[t("  a ")], Some(t("a ")));
        gives(("builtins", "str.swapcase"), &[t("aB1")], Some(t("Ab1")));
        gives(("operator", "add"), &[t("a"), t("b")], Some(t("ab")));
        gives(("_operator", "mul"), &[t("ab"), Number(2)], Some(t("abab")));
        gives(("operator", "mul"), &[t("ab"), Number(i64::MAX)], None);
        gives(("urllib.parse", "unquote"), &[t("%2fa%2Gb%")], Some(t("/a%2Gb%")));
        gives(("urllib.parse", "unquote_plus"), &[t("a+%2b")], Some(t("a +")));
        gives(("base64", "b64decode"), &[t("YWJj\nZA==")], Some(b(b"abcd")));
        gives(("binascii", "unhexlify"), &[b(b"6162")], Some(b(b"ab")));
        gives(("binascii", "unhexlify"), &[b(b"616")], None);
        gives(("posixpath", "join"), &[t("a"), t("b"), t("c")], Some(t("a/b/c")));
        gives(("posixpath", "join"), &[t("a"), t("/b")], Some(t("/b")));
    }

    #[test]
    fn parts_of_texts() {
        let get = |index: &[Part]| item(&[t("abcde"), slice(index)?]);
        let n = Part::None;
        assert_eq!(get(&[n.clone(), n.clone(), Number(-1)]), Some(t("edcba")));
        assert_eq!(get(&[Number(1), Number(3)]), Some(t("bc")));
        assert_eq!(get(&[Number(-2), n.clone()]), Some(t("de")));
        assert_eq!(get(&[Number(3)]), Some(t("abc")));
        assert_eq!(get(&[Number(4), Number(0), Number(-2)]), Some(t("ec")));
        assert_eq!(get(&[Number(i64::MIN), Number(i64::MAX), Number(i64::MAX)]), Some(t("a")));
        assert_eq!(get(&[n.clone(), n, Number(0)]), None);
        assert_eq!(item(&[t("abc"), Number(-1)]), Some(t("c")));
        assert_eq!(item(&[b(b"abc"), Number(1)]), Some(Number(98)));
        assert_eq!(item(&[List(vec![t("x"), t("y")]), Number(1)]), Some(t("y")));
    }
}
