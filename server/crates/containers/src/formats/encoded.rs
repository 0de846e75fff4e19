//! A text that is nothing but the encoding of other bytes: base64, hexadecimal digits, a string literal, a hex dump. Only
//! what turns out to be a pickle or a container is decoded; see [`crate::encoding`].

use std::borrow::Cow;

use super::{Format, raw};
use crate::budget::Budget;
use crate::encoding::Encoding;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::sniff::{Kind, SNIFF_BYTES};
use crate::unwrap::{Found, Input, add};

/// See the module.
pub(crate) struct Encoded(Encoding);

/// `gASV…`.
pub(crate) static BASE64: Encoded = Encoded(Encoding::Base64);
/// `QACJK…`.
pub(crate) static BASE32: Encoded = Encoded(Encoding::Base32);
/// `800495…`.
pub(crate) static HEX: Encoded = Encoded(Encoding::Hex);
/// `00000000: 8004 95…`.
pub(crate) static HEX_DUMP: Encoded = Encoded(Encoding::Dump);
/// `b'\x80\x04\x95…'`.
pub(crate) static STRING_LITERAL: Encoded = Encoded(Encoding::Literal);

/// Endings that are taken off the name of a file to get that of what it holds.
const ENDINGS: &[&str] = &[".txt", ".b64", ".base64", ".hex"];

impl Format for Encoded {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn extensions(&self) -> &'static [&'static str] {
        match self.0 {
            Encoding::Base64 => &["b64", "base64"],
            Encoding::Hex => &["hex"],
            Encoding::Base32 | Encoding::Literal | Encoding::Dump => &[],
        }
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        let bytes = input.bytes;
        // What text is, is the same for all encodings; most bytes are none.
        let is_text = !bytes.iter().take(16).any(|byte| matches!(byte, 0..=8 | 14..=31 | 0x80));
        // To try this encoding alone costs less than to ask what the text is.
        let is_so = || self.0.decode(&bytes[..bytes.len().min(SNIFF_BYTES)]).is_some();
        is_text && is_so() && input.kind() == Kind::Container(self.name())
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name());
        let (room, which) = budget.allowance(input.bytes.len());
        // No encoding has more bytes than characters.
        let text = &input.bytes[..input.bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX))];
        if text.len() < input.bytes.len() {
            let message = format!(
                "limit ({which}) reached after {}; the rest is not read",
                pickle_ops::counted(text.len(), "character")
            );
            opened.faults.push(Fault::new(FaultKind::LimitReached, text.len(), message));
        }
        let bytes = self.0.decode(text).or_else(|| {
            let message = format!("the text begins as {} and does not go on as such", self.name());
            opened.faults.push(Fault::new(FaultKind::Damaged, SNIFF_BYTES.min(text.len()), message));
            self.0.decode(&text[..text.len().min(SNIFF_BYTES)])
        });
        let bytes = bytes.unwrap_or_default();
        budget.spend(bytes.len());
        if let Err(limit) = budget.add_member() {
            opened.faults.push(Fault::new(FaultKind::LimitReached, 0, raw::members_message(limit)));
            return opened;
        }
        let alias = input.name.as_deref().map(|name| {
            ENDINGS.iter().find_map(|ending| name.strip_suffix(ending)).unwrap_or(name).to_owned()
        });
        add(&mut opened, Found { name: None, bytes: Cow::Owned(bytes), offset: None, alias }, budget);
        opened
    }
}
