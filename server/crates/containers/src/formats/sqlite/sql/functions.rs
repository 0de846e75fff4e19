//! Functions of SQLite that make texts and blobs (<https://www.sqlite.org/lang_corefunc.html>).

use std::rc::Rc;

use super::syntax::Expr;
use super::tokens::bytes_of_digits;
use super::value::{Bytes, Value};
use crate::bytes::Order;

/// Bytes that one value may have. SQLite itself stops at a thousand million.
const LONGEST: usize = 64 << 20;

/// Functions that give numbers.
const NUMBERS: &[&str] = &[
    "abs",
    "acos",
    "asin",
    "atan",
    "avg",
    "ceil",
    "changes",
    "cos",
    "count",
    "exp",
    "floor",
    "json_array_length",
    "json_valid",
    "julianday",
    "last_insert_rowid",
    "ln",
    "log",
    "mod",
    "pi",
    "pow",
    "power",
    "radians",
    "random",
    "rank",
    "round",
    "row_number",
    "sign",
    "sin",
    "sqrt",
    "sum",
    "tan",
    "total",
    "total_changes",
    "trunc",
    "unixepoch",
];

/// Functions that give numbers, or texts that are dates, names of types or the like, and nothing that anybody chose.
const PLAIN: &[&str] = &[
    "date",
    "datetime",
    "soundex",
    "sqlite_source_id",
    "sqlite_version",
    "strftime",
    "time",
    "timediff",
    "typeof",
];

/// Functions that give no blob, whatever they are given.
const TEXTS: &[&str] = &[
    "char",
    "concat",
    "concat_ws",
    "format",
    "group_concat",
    "hex",
    "json",
    "json_array",
    "json_error_position",
    "json_extract",
    "json_group_array",
    "json_group_object",
    "json_insert",
    "json_object",
    "json_patch",
    "json_quote",
    "json_remove",
    "json_replace",
    "json_set",
    "json_type",
    "lower",
    "ltrim",
    "printf",
    "quote",
    "replace",
    "rtrim",
    "string_agg",
    "trim",
    "upper",
];

/// Functions that make one value out of those of many rows.
pub(super) const AGGREGATES: &[&str] =
    &["avg", "count", "group_concat", "json_group_array", "json_group_object", "string_agg", "sum", "total"];

/// Whether what a function gives is no value of its arguments, nor made of their bytes.
pub(super) fn is_plain(name: &str) -> bool {
    NUMBERS.contains(&name) || PLAIN.contains(&name)
}

/// A call that is not worked out.
pub(super) fn unknown(name: &str, arguments: Vec<Expr>) -> Expr {
    if is_plain(name) { Expr::Number } else { Expr::Unknown(arguments) }
}

/// What a call of a function gives.
pub(super) fn call(name: &str, arguments: &[Value], utf16: Option<Order>) -> Value {
    if is_plain(name) {
        return Value::Number;
    }
    let call = Call { arguments, utf16 };
    match call.value(name) {
        Ok(Some(value)) => value,
        Ok(None) => Value::Null,
        Err(()) if TEXTS.contains(&name) => Value::UnknownText,
        Err(()) if name == "unhex" => Value::UnknownBlob,
        Err(()) => Value::Unknown,
    }
}

/// A value; `Ok(None)`: NULL, `Err`: it is not worked out.
type Made = Result<Option<Value>, ()>;

/// What is NULL makes all of it NULL.
macro_rules! given {
    ($value:expr) => {
        match $value {
            Some(value) => value,
            None => return Ok(None),
        }
    };
}

struct Call<'c> {
    arguments: &'c [Value],
    utf16: Option<Order>,
}

impl Call<'_> {
    fn argument(&self, index: usize) -> &Value {
        self.arguments.get(index).unwrap_or(&Value::Null)
    }

    fn text(&self, index: usize) -> Result<Option<Rc<[u8]>>, ()> {
        self.argument(index).characters(self.utf16)
    }

    fn integer(&self, index: usize) -> Result<i64, ()> {
        self.argument(index).integer().ok_or(())
    }

    fn value(&self, name: &str) -> Made {
        let first = self.argument(0);
        match name {
            "coalesce" | "ifnull" => Ok(self.arguments.iter().find(|value| **value != Value::Null).cloned()),
            "likely" | "unlikely" | "likelihood" => Ok(Some(first.clone())),
            "nullif" => match first.compared(self.argument(1)) {
                Some(std::cmp::Ordering::Equal) => Ok(None),
                _ => Ok(Some(first.clone())),
            },
            "unhex" => self.unhex(),
            "hex" => {
                let bytes = first.raw(self.utf16)?.unwrap_or_default();
                Ok(Some(Value::text(hexadecimal(&bytes)?)))
            }
            "zeroblob" => {
                let len = usize::try_from(self.integer(0)?).unwrap_or(0);
                if len > LONGEST { Err(()) } else { Ok(Some(Value::blob(vec![0; len]))) }
            }
            "substr" | "substring" => self.substr(),
            "replace" => self.replace(),
            "char" => self.char(),
            "lower" => Ok(Some(Value::text(given!(self.text(0)?).to_ascii_lowercase()))),
            "upper" => Ok(Some(Value::text(given!(self.text(0)?).to_ascii_uppercase()))),
            "trim" | "ltrim" | "rtrim" => self.trim(name),
            "concat" => self.joined(self.arguments, &[]),
            "concat_ws" => self.joined(self.arguments.get(1..).unwrap_or_default(), &given!(self.text(0)?)),
            "printf" | "format" => self.printf(),
            "quote" => self.quote(),
            "length" | "octet_length" => match first {
                Value::Bytes(Bytes { bytes, is_text: false, .. }) => length(bytes.len()),
                _ => length(characters(&given!(self.text(0)?)).count()),
            },
            "instr" => {
                let (text, part) = (given!(self.text(0)?), given!(self.text(1)?));
                let at = find(&text, &part, 0).map_or(0, |at| 1 + characters(&text[..at]).count());
                length(at)
            }
            "unicode" => {
                let text = given!(self.text(0)?);
                let first = String::from_utf8_lossy(&text).chars().next();
                Ok(first.map(|character| Value::Integer(i64::from(u32::from(character)))))
            }
            "max" | "min" => self.extreme(name),
            _ => Err(()),
        }
    }

    fn extreme(&self, name: &str) -> Made {
        let mut best = self.argument(0);
        for value in self.arguments {
            if *value == Value::Null {
                return Ok(None);
            }
            best.key().and(value.key()).ok_or(())?;
            if (value.ordered(best) == std::cmp::Ordering::Greater) == (name == "max") {
                best = value;
            }
        }
        Ok(Some(best.clone()))
    }

    fn unhex(&self) -> Made {
        let text = given!(self.text(0)?);
        let ignored = if self.arguments.len() > 1 { given!(self.text(1)?) } else { Rc::from([]) };
        let digits: Vec<u8> = text.iter().copied().filter(|byte| !ignored.contains(byte)).collect();
        let bytes = bytes_of_digits(&digits);
        Ok((bytes.len() * 2 == digits.len()).then(|| Value::blob(bytes)))
    }

    fn substr(&self) -> Made {
        let value = self.argument(0);
        let is_text = !matches!(value, Value::Bytes(Bytes { is_text: false, .. }));
        let mut bytes = given!(value.characters(None)?);
        if is_text {
            // Of a text, nothing behind a NUL is looked at.
            bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default().into();
        }
        let starts: Vec<usize> =
            if is_text { characters(&bytes).collect() } else { (0..bytes.len()).collect() };
        let count = i64::try_from(starts.len()).map_err(|_| ())?;
        let mut first = self.integer(1)?;
        let mut len = if self.arguments.len() > 2 { self.integer(2)? } else { i64::MAX };
        // As `substrFunc` of SQLite: counted from 1, or from the end; a length below zero is before the place.
        if first < 0 {
            first = first.saturating_add(count);
            if first < 0 {
                len = if len < 0 { len } else { len.saturating_add(first).max(0) };
                first = 0;
            }
        } else if first > 0 {
            first -= 1;
        } else if len > 0 {
            len -= 1;
        }
        let (start, end) = if len < 0 {
            (first.saturating_add(len).max(0), first)
        } else {
            (first, first.saturating_add(len))
        };
        let place = |index: i64| {
            usize::try_from(index).ok().and_then(|index| starts.get(index).copied()).unwrap_or(bytes.len())
        };
        let part = &bytes[place(start)..place(end).max(place(start))];
        Ok(Some(if is_text { Value::text(part) } else { Value::blob(part) }))
    }

    fn replace(&self) -> Made {
        let (text, old, new) = (given!(self.text(0)?), given!(self.text(1)?), given!(self.text(2)?));
        if old.is_empty() {
            return Ok(Some(Value::text(text)));
        }
        let (mut made, mut at) = (Vec::new(), 0);
        while let Some(found) = find(&text, &old, at) {
            made.extend_from_slice(&text[at..found]);
            made.extend_from_slice(&new);
            at = found + old.len();
            if made.len() > LONGEST {
                return Err(());
            }
        }
        made.extend_from_slice(&text[at..]);
        Ok(Some(Value::text(made)))
    }

    fn char(&self) -> Made {
        let mut text = String::new();
        for index in 0..self.arguments.len() {
            let code = u32::try_from(self.integer(index)?).unwrap_or(u32::MAX);
            text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }
        Ok(Some(Value::text(text.into_bytes())))
    }

    fn trim(&self, name: &str) -> Made {
        let text = given!(self.text(0)?);
        let removed = if self.arguments.len() > 1 { given!(self.text(1)?) } else { Rc::from(*b" ") };
        let mut rest = &*text;
        while name != "rtrim" && rest.first().is_some_and(|byte| removed.contains(byte)) {
            rest = &rest[1..];
        }
        while name != "ltrim" && rest.last().is_some_and(|byte| removed.contains(byte)) {
            rest = &rest[..rest.len() - 1];
        }
        Ok(Some(Value::text(rest)))
    }

    fn joined(&self, values: &[Value], between: &[u8]) -> Made {
        joined(values, between, self.utf16).map(|joined| joined.map(Value::text))
    }

    /// `%s`, `%d`, `%c` and `%%`, as they stand.
    fn printf(&self) -> Made {
        let format = given!(self.text(0)?);
        let (mut made, mut next, mut rest) = (Vec::new(), 1, &*format);
        while let Some(at) = rest.iter().position(|byte| *byte == b'%') {
            made.extend_from_slice(&rest[..at]);
            let (kind, behind) = rest[at + 1..].split_first().ok_or(())?;
            rest = behind;
            if *kind == b'%' {
                made.push(b'%');
                continue;
            }
            let text = self.text(next)?.unwrap_or_default();
            next += 1;
            let text = text.split(|byte| *byte == 0).next().unwrap_or_default();
            match kind {
                b's' | b'z' => made.extend_from_slice(text),
                b'd' | b'i' => made.extend_from_slice(self.integer(next - 1)?.to_string().as_bytes()),
                b'c' => made.extend_from_slice(&text[..characters(text).nth(1).unwrap_or(text.len())]),
                b'x' => made.extend_from_slice(format!("{:x}", self.integer(next - 1)?).as_bytes()),
                b'X' => made.extend_from_slice(format!("{:X}", self.integer(next - 1)?).as_bytes()),
                _ => return Err(()),
            }
            if made.len() > LONGEST {
                return Err(());
            }
        }
        made.extend_from_slice(rest);
        Ok(Some(Value::text(made)))
    }

    fn quote(&self) -> Made {
        let made = match self.argument(0) {
            Value::Null => b"NULL".to_vec(),
            Value::Bytes(Bytes { bytes, is_text: false, .. }) => {
                [b"X'".as_slice(), &hexadecimal(bytes)?, b"'"].concat()
            }
            Value::Bytes(Bytes { bytes, .. }) => {
                let text = String::from_utf8_lossy(bytes).replace('\'', "''");
                format!("'{text}'").into_bytes()
            }
            _ => given!(self.text(0)?).to_vec(),
        };
        Ok(Some(Value::text(made)))
    }
}

fn length(len: usize) -> Made {
    i64::try_from(len).map(|len| Some(Value::Integer(len))).map_err(|_| ())
}

/// Texts one after the other, NULL left out.
pub(super) fn joined(values: &[Value], between: &[u8], utf16: Option<Order>) -> Result<Option<Vec<u8>>, ()> {
    let mut made: Option<Vec<u8>> = None;
    for value in values {
        let Some(text) = value.characters(utf16)? else { continue };
        let is_first = made.is_none();
        let all = made.get_or_insert_default();
        if !is_first {
            all.extend_from_slice(between);
        }
        all.extend_from_slice(&text);
        if all.len() > LONGEST {
            return Err(());
        }
    }
    Ok(made)
}

/// `a || b || …`.
pub(super) fn concatenated(values: &[Value], utf16: Option<Order>) -> Value {
    if values.contains(&Value::Null) {
        return Value::Null;
    }
    match joined(values, &[], utf16) {
        Ok(text) => Value::text(text.unwrap_or_default()),
        Err(()) => Value::UnknownText,
    }
}

/// `CAST(a || b || … AS BLOB)`.
pub(super) fn concatenated_bytes(values: &[Value], utf16: Option<Order>) -> Value {
    let mut made = Vec::new();
    for value in values {
        match value.raw(utf16) {
            Ok(Some(bytes)) if made.len() + bytes.len() <= LONGEST => made.extend_from_slice(&bytes),
            Ok(None) => return Value::Null,
            _ => return Value::UnknownBlob,
        }
    }
    Value::blob(made)
}

/// Where the characters of a text begin, valid or not.
fn characters(text: &[u8]) -> impl Iterator<Item = usize> {
    text.iter().enumerate().filter(|(_, byte)| **byte & 0xc0 != 0x80).map(|(at, _)| at)
}

/// Where `part` is in a text, from `start` on.
fn find(text: &[u8], part: &[u8], start: usize) -> Option<usize> {
    memchr::memmem::find(text.get(start..)?, part).map(|at| at + start)
}

fn hexadecimal(bytes: &[u8]) -> Result<Vec<u8>, ()> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if bytes.len() > LONGEST / 2 {
        return Err(());
    }
    let digit = |number: u8| DIGITS[usize::from(number)];
    Ok(bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect())
}
