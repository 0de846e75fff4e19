//! JSON, as far as models of XGBoost go: what is no JSON its reader refuses with an exception, and the reading ends here without a
//! word.

use super::{MOST_LEVELS, Scalar, Visitor, Wrong, integer, too_deep};

struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    /// The next byte that is no blank.
    fn peek(&mut self) -> Option<u8> {
        let is_blank = |byte: &u8| byte.is_ascii_whitespace() || *byte == b'\x0b';
        while self.bytes.get(self.at).is_some_and(is_blank) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied()
    }

    fn skip(&mut self, byte: u8) -> Option<()> {
        (self.peek() == Some(byte)).then(|| self.at += 1)
    }

    /// What stands between quotes, as it is written.
    fn string(&mut self) -> Option<&'a [u8]> {
        self.skip(b'"')?;
        let start = self.at;
        loop {
            match self.bytes.get(self.at)? {
                b'"' => break,
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
        let text = self.bytes.get(start..self.at)?;
        self.at += 1;
        Some(text)
    }

    /// A number or a name.
    fn word(&mut self) -> &'a [u8] {
        let start = self.at;
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
        while self.bytes.get(self.at).is_some_and(is_word) {
            self.at += 1;
        }
        self.bytes.get(start..self.at).unwrap_or_default()
    }
}

/// Reads a document; whether its reader would read all of it.
pub(super) fn read<'a>(bytes: &'a [u8], visitor: &mut impl Visitor<'a>) -> Result<bool, Wrong> {
    let mut cursor = Cursor { bytes, at: 0 };
    // Whether what is open is an object.
    let mut open: Vec<bool> = Vec::new();
    while let Some(step) = step(&mut cursor, &mut open, visitor) {
        step?;
        if open.is_empty() {
            return Ok(true);
        }
        if open.len() > MOST_LEVELS {
            return Err(too_deep());
        }
    }
    Ok(false)
}

/// Reads a value, or the beginning or the end of one; `None`: there is none.
fn step<'a>(
    cursor: &mut Cursor<'a>,
    open: &mut Vec<bool>,
    visitor: &mut impl Visitor<'a>,
) -> Option<Result<(), Wrong>> {
    if matches!((cursor.peek()?, open.last()), (b'}', Some(true)) | (b']', Some(false))) {
        cursor.at += 1;
        open.pop();
        let _ = cursor.skip(b',');
        return Some(visitor.close());
    }
    let key = match open.last() {
        Some(true) => {
            let key = cursor.string()?;
            cursor.skip(b':')?;
            Some(key)
        }
        _ => None,
    };
    let told = match cursor.peek()? {
        start @ (b'{' | b'[') => {
            cursor.at += 1;
            open.push(start == b'{');
            return Some(visitor.open(key));
        }
        b'"' => visitor.value(key, Scalar::Text(cursor.string()?)),
        _ => match cursor.word() {
            b"" => return None,
            word => visitor.value(key, integer(word).map_or(Scalar::Other, Scalar::Int)),
        },
    };
    let _ = cursor.skip(b',');
    Some(told)
}
