//! Plain lists and dicts, of which nothing is kept: what is in them is counted where it matters.

use pickle_machine::arena::{Arena, Shape as Made, Value};

use super::super::Analysis;
use super::{Extent, Growth, MOST_RESULTS, places, words};

/// Ops of a list that are read again to count its items.
const MOST_OPS: usize = 1 << 16;

impl<'a> Analysis<'_, 'a> {
    /// Counts the items of those arguments that are plain lists or dicts; of a long one there are not more than it has bytes.
    pub(super) fn count_plain(&mut self, arena: &Arena<'a>, call: Value, items: &[Value]) {
        for &item in items.iter().take(3).filter(|&&item| is_plain(arena, item)) {
            let Some((start, end)) = arena.origin(item).zip(arena.origin(call)) else { continue };
            if self.plain_lengths.contains_key(&start) || self.plain_lengths.len() >= MOST_RESULTS {
                continue;
            }
            let most = MOST_OPS.min(end.saturating_sub(start));
            let again = arena.reread_all(item, most);
            self.looks_again_at(again.as_ref().map_or(most, |&(.., ops)| ops));
            let count = match again.as_ref().map(|(again, value, _)| again.shape(*value)) {
                Some(Made::Container(_, Some(contents))) => contents.items.len() + contents.pairs.len() / 2,
                _ => end.saturating_sub(start),
            };
            self.plain_lengths.insert(start, count as f64);
        }
    }

    /// What functions make of plain lists and dicts that give them many times, or what is in them: picklers call none with those. As they
    /// may be filled at any time, all from there to the call counts.
    pub(super) fn of_plain(
        &mut self,
        arena: &Arena<'a>,
        growth: Growth,
        call: Value,
        items: &[Value],
    ) -> Option<Extent> {
        let &[first, second, ..] = items else { return None };
        let (plain, other) = match growth {
            Growth::Multiply if is_plain(arena, first) => (first, second),
            Growth::Multiply | Growth::Join | Growth::Format if is_plain(arena, second) => (second, first),
            _ => return None,
        };
        let (start, end) = arena.origin(plain).zip(arena.origin(call))?;
        let all = end.saturating_sub(start) as f64;
        if growth == Growth::Multiply {
            return Some(Extent::Items(all * self.extent_of(arena, other).count()?));
        }
        let Some((count, longest)) = self.texts_among(start, end) else {
            return Some(Extent::Items(f64::INFINITY));
        };
        let length = self.extent_of(arena, other).length();
        Some(Extent::Items(match growth {
            Growth::Join => count * (longest + length),
            _ => length + longest * words(arena, other).map_or(length, |text| places(&text)),
        }))
    }
}

fn is_plain(arena: &Arena<'_>, value: Value) -> bool {
    matches!(arena.shape(value), Made::Container(_, None))
}
