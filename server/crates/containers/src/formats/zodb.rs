//! ZODB's FileStorage (`ZODB/FileStorage/format.py`), `Data.fs`: transactions one behind the other, in each the states of the
//! objects that it changed. The data of a state are two pickles, the class and the state, the second one reading memo slots of
//! the first; a transaction may have a pickle of its own as well. Every state is a member, those that were replaced by later ones
//! too. `zc.zlibstorage` puts `.z` before data that it compressed.

use super::Format;
use crate::budget::Budget;
use crate::bytes::{Order, span};
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values};

/// The name of the format.
pub(crate) const NAME: &str = "ZODB FileStorage";

/// `packed_version` of Python 2 and of Python 3.
pub(crate) const MAGIC: [&[u8]; 2] = [b"FS21", b"FS30"];

/// Length of a transaction's header: tid, length, status, lengths of user, description and extension.
const TRANSACTION: usize = 23;

/// Length of a data record's header: oid, tid, places of the last state and of the transaction, a length that is zero since there
/// are no versions, the length of the data.
const RECORD: usize = 42;

/// See the module.
pub(crate) struct FileStorage;

impl Format for FileStorage {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["fs"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        // A pickle whose first opcode is FLOAT begins alike: `FS30` is no number, though.
        MAGIC.iter().any(|magic| input.bytes.starts_with(magic))
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let mut values = Values::of_shelf(input.bytes.len(), &mut opened, budget);
        let mut at = MAGIC[0].len();
        while at < input.bytes.len() {
            match transaction(input.bytes, at, &mut values) {
                Ok(Some(next)) => at = next,
                Ok(None) => break,
                Err(fault) => {
                    values.fault(fault);
                    break;
                }
            }
        }
        opened
    }
}

/// Takes the values of the transaction at `at`; where the next one begins, or `None` when there is no point in going on.
fn transaction<'a>(
    bytes: &'a [u8],
    at: usize,
    values: &mut Values<'_, 'a, '_>,
) -> Result<Option<usize>, Fault> {
    let cut = |at| Fault::new(FaultKind::Truncated, at, "the file ends inside the header of a transaction");
    let header = span(bytes, at, TRANSACTION).ok_or_else(|| cut(at))?;
    let tid = Order::Big.u64_at(header, 0).unwrap_or(0);
    let stated = Order::Big.u64_at(header, 8).unwrap_or(0);
    let texts: [usize; 3] = [17, 19, 21].map(|place| Order::Big.u16_at(header, place).map_or(0, usize::from));
    let start = at + TRANSACTION + texts.iter().sum::<usize>();
    let end = usize::try_from(stated).ok().and_then(|len| at.checked_add(len)).filter(|end| *end >= start);
    let Some(end) = end else {
        let message = format!("expected the length of a transaction, found {stated}");
        return Err(Fault::new(FaultKind::Damaged, at + 8, message));
    };
    // An extension that is empty has no bytes.
    if let Some(extension) = Value::at(bytes, start - texts[2], texts[2])
        && !values.take(|| format!("{tid:016x}/extension"), extension)
    {
        return Ok(None);
    }
    if !records(bytes, start..end.min(bytes.len()), values)? {
        return Ok(None);
    }
    if end > bytes.len() {
        let message = format!(
            "expected a transaction of {}, found {}",
            pickle_ops::counted(stated, "byte"),
            bytes.len() - at
        );
        return Err(Fault::new(FaultKind::Truncated, at, message));
    }
    if Order::Big.u64_at(bytes, end) != Some(stated) {
        let message = "expected the length of the transaction once more behind it, found something else";
        return Err(Fault::new(FaultKind::Damaged, end, message));
    }
    Ok(Some(end + 8))
}

/// Takes the values of data records; whether to go on.
fn records<'a>(
    bytes: &'a [u8],
    within: std::ops::Range<usize>,
    values: &mut Values<'_, 'a, '_>,
) -> Result<bool, Fault> {
    let mut at = within.start;
    while at < within.end {
        let Some(header) = span(bytes, at, RECORD).filter(|_| at + RECORD <= within.end) else {
            return Err(Fault::new(FaultKind::Truncated, at, "the transaction ends inside a data record"));
        };
        let [oid, tid] = [0, 8].map(|place| Order::Big.u64_at(header, place).unwrap_or(0));
        let name = || format!("{oid:016x}/{tid:016x}");
        // A version's name and two places follow in files that are older than ZODB 3.9.
        let version = match Order::Big.u16_at(header, 32).map_or(0, usize::from) {
            0 => 0,
            len => len + 16,
        };
        let stated = Order::Big.u64_at(header, 34).unwrap_or(0);
        let start = at + RECORD + version;
        // Without data a place follows, of the record that has them: an undo, or an object that is gone.
        let len = if stated == 0 { Some(8) } else { usize::try_from(stated).ok() };
        let end = len.and_then(|len| start.checked_add(len)).filter(|end| *end <= within.end);
        let Some(end) = end else {
            let message = format!(
                "expected {} of data, found {}",
                pickle_ops::counted(stated, "byte"),
                within.end.saturating_sub(start)
            );
            return Err(Fault::new(FaultKind::Truncated, start.min(bytes.len()), message).of(&name()));
        };
        if stated > 0
            && let Some(value) = Value::at(bytes, start, end - start)
        {
            // What zc.zlibstorage compressed is zlib data behind two characters.
            let value = match value.bytes.strip_prefix(b".z") {
                Some(packed) => Value::at(bytes, start + 2, packed.len()).unwrap_or(value),
                None => value,
            };
            if !values.take(name, value) {
                return Ok(false);
            }
        }
        at = end;
    }
    Ok(true)
}
