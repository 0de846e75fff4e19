//! Sparse files in a tar: what is stored are the parts between the holes, and a map says where each belongs. GNU tar writes the map
//! into the header, or into pax records in two ways, or before the content (GNU tar manual, *Storing Sparse Files*); Python's
//! `tarfile` reads all four.

use super::header::BLOCK;
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::limits::HEAD_BYTES;
use crate::member::is_pickle_name;
use crate::sniff::{Kind, needs_more, sniff};
use crate::unwrap::is_nestable;

/// Where the parts of a sparse file belong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Map {
    /// Where each part begins in the file, and how long it is.
    pub(super) parts: Vec<(u64, u64)>,
    /// Length of the file with its holes.
    pub(super) size: u64,
}

/// What pax records say of a sparse file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Records {
    /// There are any.
    pub(super) any: bool,
    /// `GNU.sparse.major` is 1: the map is before the content.
    before_content: bool,
    size: Option<u64>,
    /// Offsets and lengths in turn.
    numbers: Vec<u64>,
    broken: bool,
}

impl Records {
    /// Takes in the record `GNU.sparse.` and `key`.
    pub(super) fn read(&mut self, key: &[u8], value: &[u8]) {
        self.any = true;
        let number = number(value);
        match key {
            b"major" => self.before_content = value == b"1",
            b"size" | b"realsize" => self.size = number,
            b"offset" | b"numbytes" => {
                // An offset and a length take turns.
                self.broken |= number.is_none() || (key == b"offset") != self.numbers.len().is_multiple_of(2);
                self.numbers.extend(number);
            }
            b"map" => {
                let numbers: Option<Vec<u64>> = value.split(|byte| *byte == b',').map(self::number).collect();
                self.broken |= numbers.is_none();
                self.numbers = numbers.unwrap_or_default();
            }
            _ => {}
        }
    }

    /// The map, and how many bytes of the content it takes itself; `None`: there is none that can be read.
    pub(super) fn map(&self, content: &[u8]) -> Option<(Map, usize)> {
        let size = self.size?;
        if !self.before_content {
            let parts = pairs(&self.numbers).filter(|_| !self.broken)?;
            return Some((Map { parts, size }, 0));
        }
        let mut lines =
            content.split_inclusive(|byte| *byte == b'\n').map(|line| (line.len(), line.strip_suffix(b"\n")));
        let mut taken = 0;
        let mut next = || {
            let (len, line) = lines.next()?;
            taken += len;
            number(line?)
        };
        let count = usize::try_from(next()?).ok()?;
        let mut numbers = Vec::new();
        for _ in 0..count.checked_mul(2)? {
            numbers.push(next()?);
        }
        let parts = pairs(&numbers)?;
        Some((Map { parts, size }, taken.next_multiple_of(BLOCK).min(content.len())))
    }
}

/// A number of at most 20 digits.
fn number(digits: &[u8]) -> Option<u64> {
    std::str::from_utf8(digits).ok().filter(|text| text.len() <= 20)?.parse().ok()
}

fn pairs(numbers: &[u64]) -> Option<Vec<(u64, u64)>> {
    numbers.len().is_multiple_of(2).then(|| numbers.chunks_exact(2).map(|pair| (pair[0], pair[1])).collect())
}

/// What a sparse file is, and its bytes if they are worth it, from the parts that are stored.
pub(super) fn fill(
    map: &Map,
    stored: &[u8],
    name: &str,
    at: usize,
    faults: &mut Vec<Fault>,
    budget: &mut Budget<'_>,
) -> (Kind, Option<Vec<u8>>) {
    let mut say = |kind, message| faults.push(Fault::new(kind, at, message).of(name));
    let sum = map.parts.iter().try_fold(0u64, |sum, (_, len)| sum.checked_add(*len));
    if sum != Some(stored.len() as u64) {
        let message = format!(
            "the map of the sparse file is one of other than the {} bytes that are stored",
            stored.len()
        );
        say(FaultKind::Damaged, message);
    }
    let mut end = 0;
    let in_order = map.parts.iter().all(|(start, len)| {
        let fits = *start >= end;
        end = start.saturating_add(*len);
        fits && end <= map.size
    });
    if !in_order {
        say(FaultKind::Damaged, "the parts of the sparse file overlap, or lie behind its end".to_owned());
    }
    let (limit, which) = budget.allowance(stored.len());
    let head = filled(map, stored, map.size.min(limit).min(HEAD_BYTES));
    let kind = sniff(&head, map.size);
    let is_worth_it = kind == Kind::Pickle || is_nestable(kind) || needs_more(&head, map.size);
    if !is_worth_it && !is_pickle_name(name) {
        return (kind, None);
    }
    if limit < map.size {
        let message =
            format!("limit ({which}) reached: of the {} bytes of the sparse file {limit} are read", map.size);
        say(FaultKind::LimitReached, message);
    }
    let bytes = filled(map, stored, map.size.min(limit));
    budget.spend(bytes.len());
    (kind, Some(bytes))
}

/// The first `len` bytes of a sparse file.
fn filled(map: &Map, stored: &[u8], len: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(len).unwrap_or(0)];
    let mut rest = stored;
    for (start, len) in &map.parts {
        let (part, behind) = rest.split_at(usize::try_from(*len).unwrap_or(usize::MAX).min(rest.len()));
        rest = behind;
        let target =
            usize::try_from(*start).ok().and_then(|start| bytes.get_mut(start..)).unwrap_or_default();
        let fits = part.len().min(target.len());
        target[..fits].copy_from_slice(&part[..fits]);
    }
    bytes
}
