//! The members `storages` and `tensors` of the tar that torch wrote before 0.1.10 (`torch/serialization.py`, `legacy_load`):
//! pickles with raw numbers between them. A storage is a count of eight bytes and so many elements; a tensor the number of its
//! dimensions, twice as many lengths, an offset.

use super::add_storage;
use super::heads::{Head, head};
use super::legacy::pickle_len;
use crate::budget::Budget;
use crate::bytes::{clamped, u32_at, u64_at};
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::{Found, add};

/// Bytes of an element of any storage class.
const ELEMENTS: [u64; 5] = [1, 2, 4, 8, 16];

/// Length of what stands behind a pickle.
enum Raw {
    /// So many bytes.
    Len(u64),
    /// It cannot be told of which length the elements are; this is their number.
    Elements(u64),
}

/// Adds the parts of a member, whose `data` begin at `offset`, if it is one of the two and begins as they do: with a number
/// and what it counts. `false`: it is not, and nothing was added.
pub(crate) fn add_parts<'a>(
    name: &str,
    data: &'a [u8],
    offset: usize,
    opened: &mut Opened<'a>,
    budget: &mut Budget<'_>,
) -> bool {
    let raw: fn(&[u8], &[u8]) -> Option<Raw> = match name.rsplit('/').next() {
        Some("storages") => storage,
        Some("tensors") => tensor,
        _ => return false,
    };
    let Some(first) = pickle_len(data).filter(|first| pickle_len(&data[*first..]).is_some()) else {
        return false;
    };
    // Behind so many come pickles without numbers; where it is not known, all may have some.
    let heads = match head(&data[..first]) {
        Some(Head::Number(heads)) => heads,
        _ => u64::MAX,
    };
    let (mut at, mut count) = (first, 0);
    add_slice(name.to_owned(), &data[..first], offset, opened, budget);
    while let Some(pickle) = data.get(at..).and_then(pickle_len) {
        if budget.is_interrupted() || budget.add_member().is_err() {
            break;
        }
        count += 1;
        let (head, rest) = data[at..].split_at(pickle);
        add_slice(format!("{name}/{count}"), head, offset + at, opened, budget);
        at += pickle;
        match (count <= heads).then(|| raw(head, rest)).flatten() {
            None => {}
            Some(Raw::Len(len)) => {
                let numbers = clamped(rest, 0, len);
                add_storage(format!("{name}/{count}.data"), numbers, offset + at, opened);
                at += numbers.len();
            }
            Some(Raw::Elements(elements)) => {
                add_guesses(&format!("{name}/{count}"), rest, elements, offset + at, opened, budget);
                return true;
            }
        }
    }
    if at < data.len() {
        add_slice(format!("{name}/rest"), &data[at..], offset + at, opened, budget);
    }
    true
}

/// Adds what may follow so many elements of unknown length, each part that begins with a pickle. The loader comes to one of them.
fn add_guesses<'a>(
    name: &str,
    rest: &'a [u8],
    elements: u64,
    offset: usize,
    opened: &mut Opened<'a>,
    budget: &mut Budget<'_>,
) {
    let message = "the pickle before a storage is none that torch writes, and does not show how long its elements are: what is read \
                   behind them cannot be told";
    opened.faults.push(Fault::new(FaultKind::Damaged, offset, message).of(name));
    for size in ELEMENTS {
        let at = usize::try_from(elements.saturating_mul(size).saturating_add(8)).unwrap_or(usize::MAX);
        let Some(part) = rest.get(at..).filter(|part| pickle_len(part).is_some()) else { continue };
        let [elements, size] =
            [(elements, "element"), (size, "byte")].map(|(n, unit)| pickle_ops::counted(n, unit));
        let name = format!("{name}.after {elements} of {size}");
        add_slice(name, part, offset + at, opened, budget);
    }
}

fn add_slice<'a>(
    name: String,
    bytes: &'a [u8],
    offset: usize,
    opened: &mut Opened<'a>,
    budget: &mut Budget<'_>,
) {
    let found = Found { name: Some(name), bytes: bytes.into(), offset: Some(offset), alias: None };
    add(opened, found, budget);
}

/// The storage behind a pickle that names its class.
fn storage(pickle: &[u8], rest: &[u8]) -> Option<Raw> {
    let elements = u64_at(rest, 0)?;
    Some(match head(pickle) {
        Some(Head::Storage(size)) => Raw::Len(elements.saturating_mul(size).saturating_add(8)),
        _ => Raw::Elements(elements),
    })
}

/// The layout of a tensor.
fn tensor(_pickle: &[u8], rest: &[u8]) -> Option<Raw> {
    let dimensions = u64::from(u32_at(rest, 0)?);
    Some(Raw::Len(dimensions.saturating_mul(16).saturating_add(8 + 8)))
}
