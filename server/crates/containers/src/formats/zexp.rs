//! Exports of ZODB (`ZODB/ExportImport.py`), `.zexp`: what Zope imports. The states of objects one behind the other, each with its number
//! and its length, as a FileStorage has them.

use super::Format;
use crate::budget::Budget;
use crate::bytes::Order;
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values};

/// The name of the format.
pub(crate) const NAME: &str = "ZODB export";

/// What a file begins with.
pub(crate) const MAGIC: &[u8] = b"ZEXP";

/// Length of the header of a record: the number of the object, and the length of its data.
const RECORD: usize = 16;

/// What stands in place of the last header.
const END: [u8; RECORD] = [0xff; RECORD];

/// See the module.
pub(crate) struct Export;

impl Format for Export {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["zexp"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let bytes = input.bytes;
        let mut values = Values::of_shelf(bytes.len(), &mut opened, budget);
        let mut at = MAGIC.len();
        while !bytes[at..].starts_with(&END) {
            let (object, len) = (Order::Big.u64_at(bytes, at), Order::Big.u64_at(bytes, at + 8));
            let value = len.and_then(|len| Value::at(bytes, at + RECORD, usize::try_from(len).ok()?));
            let (Some(object), Some(value)) = (object, value) else {
                values.fault(Fault::new(
                    FaultKind::Truncated,
                    at,
                    "the file ends inside a record of the export",
                ));
                break;
            };
            at += RECORD + value.bytes.len();
            if !values.take(|| format!("{object:016x}"), value) {
                break;
            }
        }
        opened
    }
}
