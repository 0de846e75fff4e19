//! Logs: blocks of 32 KB, in which records lie in one piece or several; each is a batch of what is put and deleted.

use super::length;
use crate::bytes::{span, u16_at, u32_at};
use crate::crc32c;
use crate::fault::{Fault, FaultKind};
use crate::values::{Values, key_name};

/// Length of a block.
const BLOCK: usize = 32 << 10;

/// Length of the head of a piece, and of one that says whose log it is.
const HEAD: usize = 7;
const OWNED_HEAD: usize = 11;

/// Kinds of pieces: a record, or its beginning, middle and end. Four more each are those that say whose log it is.
const WHOLE: u8 = 1;
const FIRST: u8 = 2;
const LAST: u8 = 4;

/// Says that the records behind it are packed.
const PACKED: u8 = 9;

/// Length of what a batch begins with: a number that goes up, and how many entries.
const BATCH: usize = 12;

/// A piece of a record.
struct Piece<'a> {
    kind: u8,
    content: &'a [u8],
    /// Where it begins.
    start: usize,
}

/// Whether a log begins so.
pub(crate) fn may_be_log(head: &[u8]) -> bool {
    let Some(kind @ (1 | 2 | 5 | 6)) = head.get(HEAD - 1).copied() else { return false };
    let start = if kind < 5 { HEAD } else { OWNED_HEAD };
    let len = u16_at(head, 4).map_or(0, usize::from);
    let Some(batch) = head.get(start..start + BATCH + 1) else { return false };
    // The number is one of 56 bits, and of entries there are some.
    (BATCH + 1..BLOCK).contains(&len) && batch[7] == 0 && batch[11] == 0 && batch[12] < 0x20
}

/// Whether `bytes` begin with a record whose checksum fits.
pub(crate) fn is_log(bytes: &[u8]) -> bool {
    may_be_log(bytes)
        && piece(bytes, 0).is_some_and(|piece| {
            let checked = &bytes[HEAD - 1..piece.start + piece.content.len()];
            u32_at(bytes, 0) == Some(crc32c::masked(checked))
        })
}

/// Takes the values of all batches.
pub(super) fn read(bytes: &[u8], values: &mut Values<'_, '_, '_>) {
    let (mut at, mut record) = (0, Vec::new());
    while at < bytes.len() {
        let left = BLOCK - at % BLOCK;
        let Some(piece) = piece(bytes, at).filter(|_| left >= HEAD) else {
            // What is left of a block is not used, or is not to be read.
            at += left;
            if !values.spend(0) {
                return;
            }
            continue;
        };
        at = piece.start + piece.content.len();
        if !values.spend(piece.content.len()) {
            return;
        }
        if piece.kind == PACKED {
            let message = "the records of the log are packed, which is not read";
            values.fault(Fault::new(FaultKind::Unsupported, piece.start - HEAD, message));
        }
        if !(1..=2 * LAST).contains(&piece.kind) {
            continue;
        }
        let place = if piece.kind > LAST { piece.kind - LAST } else { piece.kind };
        if matches!(place, WHOLE | FIRST) {
            record.clear();
        }
        let goes_on = match place {
            WHOLE => batch(piece.content, values),
            _ => {
                record.extend_from_slice(piece.content);
                place != LAST || batch(&record, values)
            }
        };
        if !goes_on {
            return;
        }
    }
}

/// The piece at `at`. One of a kind that is not known hides nothing behind it: readers pass over it.
fn piece(bytes: &[u8], at: usize) -> Option<Piece<'_>> {
    let kind = *bytes.get(at + HEAD - 1)?;
    let start = at + if (LAST + 1..=2 * LAST).contains(&kind) { OWNED_HEAD } else { HEAD };
    let content = span(bytes, start, usize::from(u16_at(bytes, at + 4)?))?;
    // What is left of a block that was made beforehand is zeros.
    (kind > 0 || !content.is_empty()).then_some(Piece { kind, content, start })
}

/// Takes the values of a batch, as far as it is one; whether to go on.
fn batch(record: &[u8], values: &mut Values<'_, '_, '_>) -> bool {
    let mut at = BATCH;
    while at < record.len() {
        let Some((key, value)) = entry(record, &mut at) else { return true };
        if !values.take_made(|| key_name(key), value) {
            return false;
        }
    }
    true
}

/// Key and value of the entry at `at`, which is moved behind it; `None`: it is of no kind that is known.
fn entry<'a>(record: &'a [u8], at: &mut usize) -> Option<(&'a [u8], &'a [u8])> {
    let kind = *record.get(*at)?;
    *at += 1;
    // Those of a family of columns say of which one.
    if matches!(kind, 4..=6 | 8 | 0x0e | 0x10) {
        length(record, at)?;
    }
    let mut text = || {
        let len = length(record, at)?;
        let text = span(record, *at, len)?;
        *at += len;
        Some(text)
    };
    match kind {
        // Put, merged, a range that is deleted, an index of values that are elsewhere, columns.
        1 | 2 | 5 | 6 | 0x0e..=0x11 => Some((text()?, text()?)),
        // Deleted, and data of the program's own.
        0 | 4 | 7 | 8 => Some((text()?, &[])),
        3 => Some((&[], text()?)),
        // Marks of transactions.
        9 | 0x0b | 0x0d | 0x12 => Some((&[], &[])),
        0x0a | 0x0c => Some((text()?, &[])),
        _ => None,
    }
}
