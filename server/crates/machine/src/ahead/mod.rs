//! Reading ahead: while the machine is at work, other threads read the plain data that it has yet to come to, a slice each.
//!
//! What an op does depends on stack and memo, and so on all ops before it. But what plain data does is the same wherever it
//! stands: it puts values on the stack and into the memo. So it is read without stack and memo ([`blind`]), from places on
//! that are guessed to begin an op, and the machine that comes to such a place does all of it at once, if what was taken for
//! granted holds. If not, it does it op by op: what comes of it is the same as without reading ahead.
//!
//! What a piece of data is kept as, and what the machine makes of it, is the business of who reads: streaming mode
//! (`stream/ahead`) and the index (`record/ahead.rs`).

pub(crate) mod blind;
pub(crate) mod parts;
pub(crate) mod repeat;
pub(crate) mod shape;
#[cfg(test)]
pub(crate) mod written;

use std::ops::Range;

use pickle_ops::Reader;
use rayon::iter::{IntoParallelIterator, ParallelIterator};

/// Bytes of a slice.
const SLICE: usize = 1 << 18;
/// Slices of a window for each thread, and at the most.
const SLICES: usize = 4;
const MOST_SLICES: usize = 32;
/// Of a slice, the part that the first window of a pickle is.
const FIRST: usize = 8;
/// Bytes below which a stretch is not worth its while.
const SHORTEST: usize = 256;
/// Bytes from which on a stream is read ahead by the threads of `rayon`: less is not worth their while.
pub const READ_AHEAD_FROM: usize = 1 << 23;
/// Windows that the machine does by itself when reading ahead was of no use.
const REST: usize = 16;

/// Bytes that hardly any op is longer than.
const LONG_OP: usize = 32;

/// How large the parts are that are read ahead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Bytes of a slice.
    pub(crate) slice: usize,
    /// Slices of a window.
    pub(crate) slices: usize,
    /// Bytes of a stretch at the least.
    pub(crate) shortest: usize,
    /// Bytes within which ways to divide a slice into ops meet.
    pub(crate) meeting: usize,
    /// Windows that the machine does by itself when reading ahead was of no use.
    pub(crate) rest: usize,
}

impl Sizes {
    /// As fits the stream, and the threads that there are.
    pub(crate) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.len() < READ_AHEAD_FROM {
            return None;
        }
        let threads = rayon::current_num_threads();
        (threads > 1).then(|| Self {
            slice: SLICE,
            slices: (threads * SLICES).min(MOST_SLICES),
            shortest: SHORTEST,
            meeting: MEETING,
            rest: REST,
        })
    }

    /// Bytes of the first window of a pickle.
    fn first(self) -> usize {
        (self.slice / FIRST).max(1)
    }
}

/// What part of a pickle the machine is at, and whether the part behind it is to be read ahead.
#[derive(Clone, Debug)]
pub(crate) struct Windows {
    /// Where the pickle begins.
    start: usize,
    sizes: Option<Sizes>,
    current: Range<usize>,
    /// Whether the current window was read ahead.
    was_read: bool,
    /// Windows to come that are not.
    rest: usize,
}

impl Windows {
    /// The first window of a pickle: without sizes there is but one.
    ///
    /// Beside it nothing is read, and then no more than the pickle is long already: a stream may be of millions of short ones.
    pub(crate) fn new(start: usize, sizes: Option<Sizes>) -> Self {
        let end = sizes.map_or(usize::MAX, |sizes| start.saturating_add(sizes.first()));
        Self { start, sizes, current: start..end, was_read: false, rest: 1 }
    }

    fn end_from(&self, from: usize) -> usize {
        self.sizes.map_or(usize::MAX, |sizes| {
            let most = (from - self.start).max(sizes.first());
            from.saturating_add(most.min(sizes.slice * sizes.slices))
        })
    }

    /// Offset where the machine is to stop for the next window.
    pub(crate) fn end(&self) -> usize {
        self.current.end
    }

    /// Does the work of this window, and reads the next one meanwhile: `stretches` adds those of a slice to what was found, and
    /// gives the offset up to which there is data.
    pub(crate) fn beside<S: Send, R>(
        &self,
        bytes: &[u8],
        stretches: impl Fn(&Slice, &mut Vec<S>) -> usize + Sync,
        work: impl FnOnce() -> R,
    ) -> (R, Vec<S>) {
        let next = self.current.end..self.end_from(self.current.end).min(bytes.len());
        let Some(sizes) = self.sizes.filter(|_| self.rest == 0 && !next.is_empty()) else {
            return (work(), Vec::new());
        };
        let mut found = Vec::new();
        let done = rayon::in_place_scope(|scope| {
            scope.spawn(|_| found = read(bytes, next, sizes, &stretches));
            work()
        });
        (done, found)
    }

    /// How many ops the machine may do that is so many bytes in front of a stretch, at most `most`: not beyond where it begins, as
    /// most ops are shorter than that.
    pub(crate) fn ops_up_to(bytes: usize, most: usize) -> usize {
        (bytes / LONG_OP).clamp(1, most)
    }

    /// Goes on to the next window, the machine being at `position`. `done` is how many bytes of this one were read ahead to some
    /// use. Gives whether what was read of the next one can be.
    pub(crate) fn turn(&mut self, position: usize, done: usize) -> bool {
        let useless = self.was_read && done < self.current.len() / 2;
        let next = self.current.end..self.end_from(self.current.end);
        // Behind a large constant, the machine is farther than anything that was read.
        let passed = position >= next.end;
        self.was_read = self.rest == 0 && !passed;
        let rest = self.sizes.map_or(0, |sizes| sizes.rest);
        self.rest = if useless || passed { rest } else { self.rest.saturating_sub(1) };
        self.current = if passed { position..self.end_from(position) } else { next };
        self.was_read
    }
}

/// What is to be read ahead, from an op at its start on.
#[derive(Clone, Debug)]
pub(crate) struct Slice {
    /// Its bytes.
    pub(crate) range: Range<usize>,
    /// Bytes of a stretch at the least.
    pub(crate) shortest: usize,
}

/// Reads a window, slice by slice.
pub(crate) fn read<S: Send>(
    bytes: &[u8],
    window: Range<usize>,
    sizes: Sizes,
    stretches: impl Fn(&Slice, &mut Vec<S>) -> usize + Sync,
) -> Vec<S> {
    let Sizes { slice, shortest, meeting, .. } = sizes;
    let count = window.len().div_ceil(slice);
    let slices: Vec<Vec<S>> = (0..count)
        .into_par_iter()
        .map(|number| {
            let from = window.start + number * slice;
            let limit = (from + slice).min(window.end);
            let mut found = Vec::new();
            let mut at = from;
            for _ in 0..GUESSES {
                // Where a guess was wrong, there is no data before long.
                let range = beginning(bytes, at, meeting)..limit;
                at = stretches(&Slice { range, shortest }, &mut found);
                if at >= limit {
                    break;
                }
                at += meeting;
            }
            found
        })
        .collect();
    slices.into_iter().flatten().collect()
}

/// How often it is guessed in a slice where an op begins.
const GUESSES: usize = 4;

/// Places in a row from which ops are read to find where one begins.
const TRIES: usize = 12;
/// Bytes within which they mostly meet.
const MEETING: usize = 256;

/// Where an op begins, behind `at`: most ways to divide the bytes into ops meet there. It is a guess.
fn beginning(bytes: &[u8], at: usize, meeting: usize) -> usize {
    let met = |start: usize| {
        let mut reader = Reader::new(bytes, start);
        while reader.position() < at + meeting {
            reader.next_op().ok()?;
        }
        Some(reader.position())
    };
    let places: Vec<usize> = (at..at + TRIES).filter_map(met).collect();
    let votes = |place: &usize| places.iter().filter(|other| *other == place).count();
    places.iter().copied().max_by_key(|place| (votes(place), usize::MAX - place)).unwrap_or(at)
}
