//! Values, and what SQLite makes of them (section 3 of <https://www.sqlite.org/datatype3.html>).

use std::cmp::Ordering;
use std::rc::Rc;

use super::syntax::Affinity;
use crate::bytes::Order;

/// A value of a row or an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Value {
    /// NULL.
    Null,
    /// An integer.
    Integer(i64),
    /// A number that is not worked out.
    Number,
    /// A text or blob.
    Bytes(Bytes),
    /// A text that is not worked out.
    UnknownText,
    /// A blob that is not worked out.
    UnknownBlob,
    /// Anything.
    Unknown,
    /// What a row holds, which nobody asks for.
    Unread,
}

/// A text or a blob.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Bytes {
    /// What is in it.
    pub(in super::super) bytes: Rc<[u8]>,
    /// Whether it is a text.
    pub(in super::super) is_text: bool,
    /// Whether it is kept as it is, and found without the expression.
    pub(in super::super) is_stored: bool,
}

impl Value {
    /// A text that was made.
    pub(in super::super) fn text(bytes: impl Into<Rc<[u8]>>) -> Self {
        Self::Bytes(Bytes { bytes: bytes.into(), is_text: true, is_stored: false })
    }

    /// A blob that was made.
    pub(in super::super) fn blob(bytes: impl Into<Rc<[u8]>>) -> Self {
        Self::Bytes(Bytes { bytes: bytes.into(), is_text: false, is_stored: false })
    }

    /// What is kept in a row.
    pub(in super::super) fn stored(bytes: &[u8], is_text: bool) -> Self {
        Self::Bytes(Bytes { bytes: bytes.into(), is_text, is_stored: true })
    }

    /// Its characters, where a function wants some; `Err`: it cannot be said, `Ok(None)`: it is NULL.
    pub(super) fn characters(&self, utf16: Option<Order>) -> Result<Option<Rc<[u8]>>, ()> {
        match (self, utf16) {
            (Self::Null, _) => Ok(None),
            (Self::Integer(number), _) => Ok(Some(number.to_string().into_bytes().into())),
            (Self::Bytes(Bytes { bytes, is_text: false, .. }), Some(order)) => {
                let units = bytes.chunks_exact(2).filter_map(|pair| order.u16_at(pair, 0));
                let text: String = char::decode_utf16(units)
                    .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
                    .collect();
                Ok(Some(text.into_bytes().into()))
            }
            (Self::Bytes(bytes), _) => Ok(Some(Rc::clone(&bytes.bytes))),
            (Self::Number | Self::UnknownText | Self::UnknownBlob | Self::Unknown | Self::Unread, _) => {
                Err(())
            }
        }
    }

    /// Its bytes, where a function wants a blob.
    pub(super) fn raw(&self, utf16: Option<Order>) -> Result<Option<Rc<[u8]>>, ()> {
        let text = self.characters(None)?;
        let is_text = !matches!(self, Self::Bytes(bytes) if !bytes.is_text);
        Ok(match (text, utf16) {
            (Some(text), Some(order)) if is_text => {
                let units = String::from_utf8_lossy(&text).into_owned();
                let units = units.encode_utf16().flat_map(|unit| match order {
                    Order::Little => unit.to_le_bytes(),
                    Order::Big => unit.to_be_bytes(),
                });
                Some(units.collect::<Vec<_>>().into())
            }
            (text, _) => text,
        })
    }

    /// The integer that it is, or that its text begins with.
    pub(super) fn integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Bytes(bytes) => {
                let text = String::from_utf8_lossy(bytes.bytes.trim_ascii_start()).into_owned();
                let len = text.chars().enumerate().take_while(|(index, character)| {
                    character.is_ascii_digit() || *index == 0 && matches!(character, '-' | '+')
                });
                Some(text[..len.count()].parse().unwrap_or(0))
            }
            _ => None,
        }
    }

    /// Whether it is true; `None`: it may be.
    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Null => Some(false),
            Self::Integer(number) => Some(*number != 0),
            _ => None,
        }
    }

    /// What `CAST` makes of it.
    pub(super) fn cast(self, affinity: Affinity, utf16: Option<Order>) -> Self {
        if self == Self::Null {
            return self;
        }
        let same = |bytes: Rc<[u8]>, is_text| match &self {
            Self::Bytes(old) if old.bytes == bytes => Self::Bytes(Bytes { is_text, ..old.clone() }),
            _ if is_text => Self::text(bytes),
            _ => Self::blob(bytes),
        };
        match affinity {
            Affinity::Blob => self.raw(utf16).ok().flatten().map(|bytes| same(bytes, false)),
            Affinity::Text => self.characters(utf16).ok().flatten().map(|bytes| same(bytes, true)),
            Affinity::Number => Some(self.integer().map_or(Self::Number, Self::Integer)),
        }
        .unwrap_or(match (self, affinity) {
            (same @ (Self::Unread | Self::Number), _) => same,
            (_, Affinity::Blob) => Self::UnknownBlob,
            _ => Self::UnknownText,
        })
    }

    /// What goes before what, and what is equal; `None`: it cannot be said.
    pub(super) fn compared(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Integer(left), Self::Integer(right)) => Some(left.cmp(right)),
            (Self::Bytes(left), Self::Bytes(right)) => Some(left.bytes.cmp(&right.bytes)),
            // Which of both is converted depends on what columns they are of.
            (Self::Integer(number), Self::Bytes(text)) | (Self::Bytes(text), Self::Integer(number)) => {
                (number.to_string().as_bytes() == &*text.bytes).then_some(Ordering::Equal)
            }
            _ => None,
        }
    }

    /// What is the same for values that are equal; `None`: it cannot be said.
    pub(super) fn key(&self) -> Option<Vec<u8>> {
        match self {
            Self::Null => Some(Vec::new()),
            Self::Integer(number) => Some(number.to_string().into_bytes()),
            Self::Bytes(bytes) => Some(bytes.bytes.to_vec()),
            Self::Number | Self::UnknownText | Self::UnknownBlob | Self::Unknown | Self::Unread => None,
        }
    }

    /// Where it stands among others when rows are ordered.
    pub(super) fn ordered(&self, other: &Self) -> Ordering {
        let class = |value: &Self| match value {
            Self::Null => 0,
            Self::Integer(_) | Self::Number => 1,
            Self::Bytes(Bytes { is_text: true, .. }) => 2,
            Self::Bytes(_) => 3,
            Self::UnknownText | Self::UnknownBlob | Self::Unknown | Self::Unread => 4,
        };
        class(self).cmp(&class(other)).then_with(|| self.compared(other).unwrap_or(Ordering::Equal))
    }
}
