//! UBJSON as XGBoost writes and reads it (`src/common/json.cc`, `UBJReader`): lengths are always `L`; arrays have one, and are of
//! one type where they hold numbers, but need not.
//!
//! Whatever its reader refuses with an exception ends the reading here as well, without a word. The length of a text is something
//! else: it is not compared with what is there.

use super::{MOST_LEVELS, Scalar, Visitor, Wrong, too_deep};

/// Items that an array may lack before it is told: room is made for as many.
const MOST_ABSENT: i64 = 1 << 27;

struct Cursor<'a> {
    rest: &'a [u8],
}

/// Why the reading ends.
enum End {
    /// The reader of XGBoost refuses it.
    Refused,
    Wrong(Wrong),
}

impl From<Wrong> for End {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

impl<'a> Cursor<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(count)?;
        self.rest = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Result<u8, End> {
        self.take(1).map(|byte| byte[0]).ok_or(End::Refused)
    }

    fn expect(&mut self, byte: u8) -> Result<(), End> {
        if self.byte()? == byte { Ok(()) } else { Err(End::Refused) }
    }

    /// So many items of so many bytes. Room for them is made before any of them is looked for.
    fn items(&mut self, count: i64, size: usize) -> Result<&'a [u8], End> {
        let fits = usize::try_from(count).ok().and_then(|count| self.take(count.checked_mul(size)?));
        match fits {
            Some(bytes) => Ok(bytes),
            // Those of eight bytes are not looked for at all before 2.0.
            None if count > MOST_ABSENT || size == 8 && count > 0 => Err(self.beyond(count)),
            None => Err(End::Refused),
        }
    }

    /// A length that leads beyond the end.
    fn beyond(&self, count: i64) -> End {
        End::Wrong(format!("a length in it is {count}, where {} bytes are left", self.rest.len()))
    }

    /// A length: `L` and eight bytes.
    fn length(&mut self) -> Result<i64, End> {
        self.expect(b'L')?;
        let bytes = self.take(8).ok_or_else(|| End::Wrong("it ends in the middle of a length".to_owned()))?;
        Ok(signed(bytes))
    }

    /// A text: its bytes are copied without a look at where the document ends.
    fn text(&mut self) -> Result<&'a [u8], End> {
        let count = self.length()?;
        match usize::try_from(count).ok() {
            Some(length) => self.take(length).ok_or_else(|| self.beyond(count)),
            None => Err(End::Refused),
        }
    }
}

/// A big-endian integer with a sign.
fn signed(bytes: &[u8]) -> i64 {
    let first = bytes.first().map_or(0, |&first| i64::from(first.cast_signed()));
    bytes.iter().skip(1).fold(first, |all, &byte| all << 8 | i64::from(byte))
}

/// How many bytes a number has, and whether it is an integer.
fn width(marker: u8) -> Option<(usize, bool)> {
    Some(match marker {
        b'i' | b'U' | b'C' => (1, true),
        b'I' => (2, true),
        b'l' => (4, true),
        b'L' => (8, true),
        b'd' => (4, false),
        b'D' => (8, false),
        _ => return None,
    })
}

fn number(marker: u8, bytes: &[u8]) -> i64 {
    if matches!(marker, b'U' | b'C') {
        bytes.first().map_or(0, |&byte| i64::from(byte))
    } else {
        signed(bytes)
    }
}

/// What is open: an object, an array with so many items to come, or one up to its end.
enum Open {
    Object,
    Array(i64),
    List,
}

/// Reads a document; whether its reader would read all of it.
pub(super) fn read<'a>(bytes: &'a [u8], visitor: &mut impl Visitor<'a>) -> Result<bool, Wrong> {
    match read_all(&mut Cursor { rest: bytes }, visitor) {
        Err(End::Wrong(wrong)) => Err(wrong),
        Ok(()) => Ok(true),
        Err(End::Refused) => Ok(false),
    }
}

fn read_all<'a>(cursor: &mut Cursor<'a>, visitor: &mut impl Visitor<'a>) -> Result<(), End> {
    let mut open: Vec<Open> = Vec::new();
    loop {
        let key = match open.last_mut() {
            Some(open_one @ (Open::Object | Open::List)) if ends(open_one, cursor.rest) => {
                cursor.byte()?;
                open.pop();
                visitor.close()?;
                if open.is_empty() { return Ok(()) } else { continue }
            }
            Some(Open::Object) => Some(cursor.text()?),
            Some(Open::Array(0)) => {
                open.pop();
                visitor.close()?;
                if open.is_empty() { return Ok(()) } else { continue }
            }
            Some(Open::Array(left)) => {
                *left -= 1;
                None
            }
            Some(Open::List) | None => None,
        };
        match cursor.byte()? {
            b'{' => {
                visitor.open(key)?;
                open.push(Open::Object);
            }
            b'[' => match array(cursor, key, visitor)? {
                Some(array) => open.push(array),
                None => visitor.close()?,
            },
            b'S' => {
                let text = cursor.text()?;
                visitor.value(key, Scalar::Text(text))?;
            }
            b'Z' | b'T' | b'F' => visitor.value(key, Scalar::Other)?,
            marker => {
                let (size, is_integer) = width(marker).ok_or(End::Refused)?;
                let bytes = cursor.take(size).ok_or(End::Refused)?;
                let value = if is_integer { Scalar::Int(number(marker, bytes)) } else { Scalar::Other };
                visitor.value(key, value)?;
            }
        }
        if open.len() > MOST_LEVELS {
            return Err(End::Wrong(too_deep()));
        }
    }
}

/// Whether what is open ends here.
fn ends(open: &Open, rest: &[u8]) -> bool {
    matches!((open, rest.first()), (Open::Object, Some(b'}')) | (Open::List, Some(b']')))
}

/// The beginning of an array, and all of one whose items are numbers of one type; what is open otherwise.
fn array<'a>(
    cursor: &mut Cursor<'a>,
    key: Option<&'a [u8]>,
    visitor: &mut impl Visitor<'a>,
) -> Result<Option<Open>, End> {
    visitor.open(key)?;
    match cursor.rest.first() {
        Some(b'#') => {
            cursor.byte()?;
            let count = cursor.length()?;
            // An item is a byte at least.
            let is_there = usize::try_from(count).is_ok_and(|count| count <= cursor.rest.len());
            if is_there { Ok(Some(Open::Array(count))) } else { cursor.items(count, 1).map(|_| None) }
        }
        Some(b'$') => {
            cursor.byte()?;
            let marker = cursor.byte()?;
            let (size, is_integer) = width(marker).ok_or(End::Refused)?;
            cursor.expect(b'#')?;
            let count = cursor.length()?;
            let items = cursor.items(count, size)?.chunks_exact(size);
            if is_integer {
                for item in items {
                    visitor.value(None, Scalar::Int(number(marker, item)))?;
                }
            } else {
                visitor.others(items.len());
            }
            Ok(None)
        }
        _ => Ok(Some(Open::List)),
    }
}
