//! What `joblib` compressed to before version 0.10 (`numpy_pickle_compat.py`, `read_zfile`): `ZF`, the length of the data
//! as a hexadecimal number in 19 columns, a blank more in what Python 2 wrote, and zlib.

use super::{Format, zlib};
use crate::fault::{Fault, FaultKind};
use crate::limits::Budget;
use crate::member::Opened;
use crate::sniff::{Kind, sniff};
use crate::unwrap::Input;

/// What a file begins with: every length is written with its prefix.
const MAGIC: &[u8] = b"ZF0x";
/// Columns of the length, behind `ZF`.
const COLUMNS: usize = 19;
/// See [`crate::sniff`].
const NAME: &str = "joblib zfile";

/// See the module.
pub(crate) struct ZFile;

impl Format for ZFile {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["pkl", "z"]
    }

    fn sniff(&self, bytes: &[u8]) -> bool {
        bytes.starts_with(MAGIC)
            && sniff(&bytes[..bytes.len().min(64)], bytes.len() as u64) == Kind::Container(NAME)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget) -> Opened<'a> {
        let bytes = input.bytes;
        let digits = bytes.get(2..2 + COLUMNS).unwrap_or_default();
        let mut start = (2 + COLUMNS).min(bytes.len());
        start += usize::from(bytes.get(start) == Some(&b' '));
        let inner = Input { name: input.name.clone(), bytes: &bytes[start..] };
        let mut opened = zlib::Zlib.open(&inner, budget);
        opened.format = NAME;
        for fault in &mut opened.faults {
            fault.offset = fault.offset.map(|at| at.saturating_add(start as u64));
        }
        let text = std::str::from_utf8(digits).unwrap_or_default().trim_end();
        let stated = text
            .strip_prefix("0x")
            .and_then(|digits| u64::from_str_radix(digits.trim_end_matches('L'), 16).ok());
        let real = opened.members.iter().find(|member| member.path.is_none()).map(|member| member.size);
        if let Some(real) = real.filter(|&real| stated != Some(real)) {
            let message = format!("expected a length of {real} bytes, found `{}`", text.escape_default());
            opened.faults.push(Fault::new(FaultKind::Mismatch, 2, message));
        }
        opened
    }
}
