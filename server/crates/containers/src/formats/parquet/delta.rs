//! Byte strings whose lengths stand before all of them, each as its difference to the one before ("Delta encoding" in `Encodings.md` of Parquet).

use crate::bytes::span;

/// Numbers for each byte of a page that are believed: blocks of equal differences take hardly any.
const DENSEST: usize = 64;

/// Takes the values of which only the lengths are in front; whether `take` never said `false`.
pub(super) fn lengths(data: &[u8], take: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let Some((lengths, mut at)) = numbers(data) else { return true };
    for len in lengths {
        let value = usize::try_from(len).ok().and_then(|len| span(data, at, len));
        let Some(value) = value else { return true };
        at += value.len();
        if !take(value) {
            return false;
        }
    }
    true
}

/// Takes the values that begin with so many bytes of the one before.
pub(super) fn prefixes(data: &[u8], take: &mut dyn FnMut(&[u8]) -> bool) -> bool {
    let Some((prefixes, at)) = numbers(data) else { return true };
    let mut prefixes = prefixes.into_iter();
    let mut value = Vec::new();
    lengths(data.get(at..).unwrap_or_default(), &mut |suffix| {
        let kept = prefixes.next().and_then(|len| usize::try_from(len).ok()).unwrap_or(0);
        value.truncate(kept);
        value.extend_from_slice(suffix);
        take(&value)
    })
}

/// The numbers that `data` begins with, and where they end.
fn numbers(data: &[u8]) -> Option<(Vec<i64>, usize)> {
    let mut at = 0;
    let block = usize::try_from(varint(data, &mut at)?).ok()?;
    let parts = usize::try_from(varint(data, &mut at)?).ok().filter(|parts| *parts > 0)?;
    let each = block / parts;
    let most = data.len().saturating_mul(DENSEST);
    let total = usize::try_from(varint(data, &mut at)?).ok().filter(|total| *total <= most && each > 0)?;
    let mut number = unzigzag(varint(data, &mut at)?);
    let mut numbers = Vec::new();
    if total > 0 {
        numbers.push(number);
    }
    while numbers.len() < total {
        let least = unzigzag(varint(data, &mut at)?);
        let widths = span(data, at, parts)?;
        at += parts;
        for width in widths {
            if numbers.len() >= total {
                break;
            }
            let packed = span(data, at, each.checked_mul(usize::from(*width))?.div_ceil(8))?;
            at += packed.len();
            for index in 0..each.min(total - numbers.len()) {
                let bits = bits(packed, index * usize::from(*width), *width)?;
                number = number.wrapping_add(least).wrapping_add(bits.cast_signed());
                numbers.push(number);
            }
        }
    }
    Some((numbers, at))
}

/// The number in the `width` bits at the bit `from`, the lowest first.
fn bits(packed: &[u8], from: usize, width: u8) -> Option<u64> {
    if width > 64 {
        return None;
    }
    let mut number = 0;
    for bit in 0..usize::from(width) {
        let at = from + bit;
        number |= u64::from(packed.get(at / 8)? >> (at % 8) & 1) << bit;
    }
    Some(number)
}

fn varint(data: &[u8], at: &mut usize) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let byte = *data.get(*at)?;
        *at += 1;
        number |= u64::from(byte & 127) << shift;
        if byte < 128 {
            return Some(number);
        }
    }
    None
}

fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -(number & 1).cast_signed()
}
