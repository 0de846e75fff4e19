//! The members `storages` and `tensors` of the tar that torch wrote before 0.1.10 (`torch/serialization.py`, `legacy_load`):
//! pickles with raw numbers between them. A storage is a count of eight bytes and so many elements; a tensor the number of its
//! dimensions, twice as many lengths, an offset.

use super::legacy::pickle_len;
use super::{add_storage, elements};
use crate::budget::Budget;
use crate::bytes::{clamped, u32_at, u64_at};
use crate::member::Opened;
use crate::unwrap::{Found, add};

/// Adds the parts of a member, whose `data` begin at `offset`, if it is one of the two and begins as they do: with a number
/// and what it counts. `false`: it is not, and nothing was added.
pub(crate) fn add_parts<'a>(
    name: &str,
    data: &'a [u8],
    offset: usize,
    opened: &mut Opened<'a>,
    budget: &mut Budget<'_>,
) -> bool {
    let raw: fn(&[u8], &[u8]) -> Option<usize> = match name.rsplit('/').next() {
        Some("storages") => storage_len,
        Some("tensors") => tensor_len,
        _ => return false,
    };
    let Some(first) = pickle_len(data).filter(|first| pickle_len(&data[*first..]).is_some()) else {
        return false;
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
        let Some(len) = raw(head, rest) else { continue };
        let numbers = clamped(rest, 0, len as u64);
        add_storage(format!("{name}/{count}.data"), numbers, offset + at, opened);
        at += numbers.len();
    }
    if at < data.len() {
        add_slice(format!("{name}/rest"), &data[at..], offset + at, opened, budget);
    }
    true
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

/// Length of the storage behind a pickle that names its class.
fn storage_len(pickle: &[u8], rest: &[u8]) -> Option<usize> {
    let bytes = u64_at(rest, 0)?.saturating_mul(elements::of_class(pickle)?).saturating_add(8);
    usize::try_from(bytes).ok()
}

/// Length of the layout of a tensor.
fn tensor_len(_pickle: &[u8], rest: &[u8]) -> Option<usize> {
    let dimensions = usize::try_from(u32_at(rest, 0)?).ok()?;
    dimensions.checked_mul(16)?.checked_add(8 + 8)
}
