//! Where pickles begin in a stream that holds several, with other bytes between them.
//!
//! A reader of such a file knows where its pickles begin; we have to tell it from the bytes. Directly behind a `STOP` a
//! `PROTO` is taken at its word, and anything else has to be a whole pickle, though it may read memo slots that the pickles before
//! it have filled (one pickler that writes several goes on with its memo), or load a global before it breaks off. Behind a length that fits (programs that send
//! pickles over a socket or a pipe, `logging.handlers.SocketHandler` and `multiprocessing` among them, write one before each) it has
//! to be whole as well, or to load a global where the length is that of all that is left. Anywhere else only a whole pickle that
//! begins with `PROTO` counts, and behind many other bytes only one that is none by chance: it loads a global, has more than a few ops,
//! or is all that is left.

use std::ops::Range;

use pickle_numpy::npy;
use pickle_ops::{HIGHEST_PROTOCOL, Opcode, Reader};

use crate::domain::{Domain, unit_values};
use crate::fault::{Fault, FaultKind};
use crate::machine::Machine;
use crate::run::{Flow, run};
use pickle_ops::Op;

/// Finds the pickles of a stream, one after another.
#[derive(Clone, Debug)]
pub struct Segments<'a> {
    bytes: &'a [u8],
    /// Bytes that may still be read in vain.
    budget: usize,
    /// Where the last array ended that was passed over.
    arrays_end: usize,
}

/// What stands behind arrays.
enum Behind {
    /// The pickle that the last of them is.
    Pickle(usize),
    /// Anything, or nothing.
    Rest(usize),
}

/// How much may be read in vain, as a multiple of the length of the stream: keeps the search linear.
const BUDGET_FACTOR: usize = 4;
/// Bytes that are no pickle, from which on a pickle may be among them by chance: in noise, one in some 50 million begins a whole one
/// of two or three ops.
const NOISE: usize = 1 << 16;
/// Ops that noise hardly ever has in a row.
const UNLIKELY: usize = 8;
/// Ops between two looks at the budget.
const STRIDE: usize = 1024;
/// What may be read in vain in any stream, in bytes.
const BUDGET_BASE: usize = 1 << 16;

impl<'a> Segments<'a> {
    /// Of a stream.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            budget: bytes.len().saturating_mul(BUDGET_FACTOR).saturating_add(BUDGET_BASE),
            arrays_end: 0,
        }
    }

    /// Offset of the first pickle, which is 0 unless the first byte is no opcode and a whole pickle follows.
    #[must_use]
    pub fn first(&mut self) -> Option<usize> {
        let first = *self.bytes.first()?;
        if npy::part(self.bytes, 0).is_some() {
            return self.next(0);
        }
        let prefixed = self.behind_prefix();
        if let Some(at) = prefixed.filter(|at| !self.at_once(*at).0) {
            return Some(at);
        }
        if Opcode::from_byte(first).is_some() && Reader::new(self.bytes, 0).next_op().is_ok() {
            return Some(0);
        }
        Some(self.search(0).unwrap_or(0))
    }

    /// Offset of another pickle that the stream is to a reader that passes over its first bytes as no part of it, when they and what
    /// follows are a pickle as well, with which the stream begins to everybody else.
    #[must_use]
    pub fn other_first(&mut self) -> Option<usize> {
        let at = self.behind_prefix()?;
        let (is_pickle, end) = self.at_once(at);
        (is_pickle && end > at).then_some(at)
    }

    /// Offset of the pickle behind what a program puts in front of it, which may look like ops: its length, or four or eight bytes
    /// with which a cache says when an entry expires. Behind those the pickle has to be whole, and nothing else in the stream.
    fn behind_prefix(&mut self) -> Option<usize> {
        if !self.declares_protocol(0)
            && let Some(at) = self.behind_length(0)
        {
            return Some(at);
        }
        let fills = |at: &usize| self.declares_protocol(*at) && self.whole(*at) == Some(self.bytes.len());
        [4, 8].into_iter().find(fills)
    }

    /// Whether a reader that begins at the first byte gets to load something, or to the end of a pickle, and how far it gets. If it does
    /// no more than to put a constant below all that the pickle at `other` makes, it is a reader of that one.
    fn at_once(&mut self, other: usize) -> (bool, usize) {
        let behind_proto = other + 2;
        if Reader::new(self.bytes, 0).next_op().is_ok_and(|op| op.end == behind_proto) {
            return (false, behind_proto);
        }
        let (end, judge) = self.probe(0);
        let is_pickle = judge.loaded || (end.is_some() && !judge.refused);
        (is_pickle, end.unwrap_or(self.bytes.len()))
    }

    /// Offset of the next pickle at or behind `from`, where the `STOP` of another ended. `None`: there is none.
    #[must_use]
    pub fn next(&mut self, from: usize) -> Option<usize> {
        if from >= self.bytes.len() {
            return None;
        }
        match self.skip_arrays(from) {
            Some(Behind::Pickle(at)) => return Some(at).filter(|&at| at < self.bytes.len()),
            // `numpy.load`, called again, takes a pickle that follows.
            Some(Behind::Rest(at)) => return self.next(at),
            None => {}
        }
        if self.declares_protocol(from) || self.follows(from) {
            return Some(from);
        }
        self.search(from)
    }

    /// Where the arrays and headers of `.npy` end that were passed over last: bytes that are no gap.
    #[must_use]
    pub fn arrays_end(&self) -> usize {
        self.arrays_end
    }

    /// Passes over the `.npy` at `at`, and over those that follow it up to one that is a pickle. `None`: there is none.
    ///
    /// No unpickler gets beyond the signature: its first byte is a `STACK_GLOBAL` without names.
    fn skip_arrays(&mut self, at: usize) -> Option<Behind> {
        let mut here = at;
        let behind = loop {
            match npy::part(self.bytes, here) {
                Some(npy::Part::Pickle(header)) => break Behind::Pickle(header.end),
                Some(npy::Part::Items(array)) => here = array.end,
                None if here == at => return None,
                None => break Behind::Rest(here),
            }
        };
        let (Behind::Pickle(end) | Behind::Rest(end)) = behind;
        self.arrays_end = end;
        Some(behind)
    }

    /// Whether the search gave up because it had read too much in vain: there may be pickles that it did not find.
    #[must_use]
    pub fn exhausted(&self) -> bool {
        self.budget == 0
    }

    fn declares_protocol(&self, at: usize) -> bool {
        matches!(self.bytes.get(at..at + 2), Some(&[0x80, 2..=HIGHEST_PROTOCOL]))
    }

    fn search(&mut self, mut from: usize) -> Option<usize> {
        if let Some(at) = self.behind_length(from) {
            return Some(at);
        }
        let start = from;
        while self.budget > 0 {
            let at = from + memchr::memchr(Opcode::Proto as u8, self.bytes.get(from..)?)?;
            if self.declares_protocol(at)
                && let (Some(end), judge) = self.probe(at)
                && judge.is_whole()
            {
                let is_told = judge.loaded || judge.ops >= UNLIKELY || end == self.bytes.len();
                if at - start < NOISE || is_told {
                    return Some(at);
                }
                self.budget = self.budget.saturating_sub(end - at);
            }
            from = at + 1;
        }
        None
    }

    /// Offset of the pickle behind a length, if the length is that of the pickle, or of all that is left and a reader of so much
    /// gets to load something.
    fn behind_length(&mut self, from: usize) -> Option<usize> {
        [4, 8, LARGE.len() + 8].into_iter().find_map(|width| {
            let at = from + width;
            let prefix = self.bytes.get(from..at)?;
            let lengths = lengths(prefix)?;
            let left = (self.bytes.len() - at) as u64;
            if !lengths.iter().any(|length| (1..=left).contains(length)) {
                return None;
            }
            let (end, judge) = self.probe(at);
            let end = end.filter(|_| judge.is_whole());
            let is_its = end.is_some_and(|end| lengths.contains(&((end - at) as u64)));
            let fills = lengths.contains(&left) && (end.is_some() || judge.loaded);
            (is_its || fills).then_some(at)
        })
    }

    /// Whether what stands directly behind a `STOP` is a pickle: one that ends, with the memo of those before it, or one
    /// that does something before it breaks off.
    fn follows(&mut self, at: usize) -> bool {
        let (end, judge) = self.probe(at);
        (end.is_some() && !judge.refused && !judge.cut_frame) || judge.loaded
    }

    /// Where a pickle that begins at `at`, and that no reader refuses, ends.
    fn whole(&mut self, at: usize) -> Option<usize> {
        let (end, judge) = self.probe(at);
        end.filter(|_| judge.is_whole())
    }

    /// Reads at `at` up to a `STOP`, whose end it gives, or to what stops every reader.
    fn probe(&mut self, at: usize) -> (Option<usize>, Probe) {
        let mut reader = Reader::new(self.bytes, at);
        let mut machine = Machine::default();
        let mut judge = Probe::default();
        let end = loop {
            match run(&mut reader, self.bytes.len(), &mut machine, &mut judge, STRIDE) {
                Flow::Stop => break Some(reader.position()),
                Flow::Next if !judge.refused && reader.position() - at <= self.budget => {}
                _ => break None,
            }
        };
        if end.is_none() || judge.refused {
            self.budget = self.budget.saturating_sub((reader.position() - at).max(1));
        }
        (end, judge)
    }
}

/// What `multiprocessing.connection` writes before a length of eight bytes, where four are not enough: -1 as a length.
const LARGE: [u8; 4] = [0xff; 4];

/// What bytes before a pickle say as its length, with the highest byte first and with the lowest: four of them, or eight, which
/// [`LARGE`] may stand before. `None`: they are no length.
#[must_use]
pub fn lengths(prefix: &[u8]) -> Option<[u64; 2]> {
    let number = match prefix.len() {
        4 | 8 => prefix,
        _ => prefix.strip_prefix(&LARGE).filter(|rest| rest.len() == 8)?,
    };
    let big = number.iter().fold(0, |value: u64, &byte| value << 8 | u64::from(byte));
    let little = number.iter().rev().fold(0, |value: u64, &byte| value << 8 | u64::from(byte));
    Some([big, little])
}

/// Where the pickles of a stream are, as far as their ops can be told apart: a pickle that breaks off ends there. Nothing is
/// carried out.
#[must_use]
pub fn ranges(bytes: &[u8], interrupt: &dyn Fn() -> bool) -> Vec<Range<usize>> {
    let mut segments = Segments::new(bytes);
    let mut found = Vec::new();
    let mut next = segments.first();
    while let Some(at) = next.filter(|_| !interrupt()) {
        let mut reader = Reader::new(bytes, at);
        while reader.next_op().is_ok_and(|op| op.opcode != Opcode::Stop) {}
        // What cannot be read at all is no pickle, and the search goes on behind it.
        let end = reader.position();
        found.push(at..end);
        next = segments.next(end.max(at + 1));
    }
    found
}

/// What is to be known of bytes that may be a pickle.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Probe {
    /// A reader would stop.
    refused: bool,
    /// A frame is longer than what is left: `pickle.py` reads on, the C unpickler does not.
    cut_frame: bool,
    /// A memo slot is read that these bytes have not filled.
    missed: bool,
    /// A global is loaded, and nothing was refused before.
    pub(crate) loaded: bool,
    /// How many ops there are.
    ops: usize,
}

impl Probe {
    /// Whether nothing so far keeps the bytes from being a pickle by themselves.
    pub(crate) fn is_whole(self) -> bool {
        !self.refused && !self.missed && !self.cut_frame
    }
}

/// The domain of values of which nothing is to be known: it leaves the heights of stack and marks.
#[derive(Clone, Copy, Debug)]
pub struct Nothing;

impl<'a> Domain<'a> for Nothing {
    unit_values!();
    fn global(&mut self, _: &Op<'a>, _: u8) {}
    fn stack_global(&mut self, _: &Op<'a>, _: u8, (): (), (): ()) {}
}

impl<'a> Domain<'a> for Probe {
    unit_values!();
    fn global(&mut self, op: &Op<'a>, _: u8) {
        self.loaded |= !self.refused && op.check().is_ok();
    }
    fn stack_global(&mut self, _: &Op<'a>, _: u8, (): (), (): ()) {}
    fn fault(&mut self, fault: &Fault) {
        match fault.kind {
            FaultKind::MemoMiss(_) => self.missed = true,
            FaultKind::FrameTooLong { .. } => self.cut_frame = true,
            _ => self.refused = true,
        }
    }
    #[inline(always)]
    fn after(&mut self, opcode: Opcode, _: &Op<'a>, _: &Machine<(), ()>) {
        self.ops += 1;
        // Without two items on the stack it was refused just now.
        self.loaded |= opcode == Opcode::StackGlobal && !self.refused;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::never;

    fn starts(bytes: &[u8]) -> Vec<usize> {
        ranges(bytes, &never).into_iter().map(|range| range.start).collect()
    }

    #[test]
    fn pickles_one_behind_the_other() {
        assert_eq!(starts(b"\x80\x02K\x01.\x80\x02K\x02."), [0, 5]);
        assert_eq!(starts(b"I1\n.(lp0\n."), [0, 4]);
        // The second goes on with the memo of the first.
        assert_eq!(starts(b"(lp0\n.g0\n."), [0, 6]);
        // It has no STOP, but a load of it would import something.
        assert_eq!(starts(b"N.cos\nsystem\n)R"), [0, 2]);
        assert_eq!(starts(b"N.))R"), [0]);
    }

    #[test]
    fn bytes_between_pickles() {
        assert_eq!(starts(b"\0\0\0\x05\x80\x02K\x01.\0\0\0\x05\x80\x02K\x02."), [4, 13]);
        assert_eq!(starts(b"\0\0\0\x04}q\0.\0\0\0\x02N."), [4, 12]);
        assert_eq!(starts(b"\x04\0\0\0\0\0\0\0}q\0."), [8]);
        assert_eq!(starts(b"N.\0\0\0\x05}q\0."), [0]);
        assert_eq!(starts(b"\xff\xff\xff\xff\0\0\0\0\0\0\0\x04}q\0.\0\0\0\x02N."), [12, 20]);
        // The first byte of a length may be an opcode.
        assert_eq!(starts(b"(\0\0\0S'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'\n0N."), [4]);
        assert_eq!(starts(b"N\0\0\0)."), [0]);
        // A reader that is given all of it loads something before it stops, or does not look at the rest.
        assert_eq!(starts(b"\0\0\0\x0dcos\nsystem\n)R"), [4]);
        assert_eq!(starts(b"\0\0\0\x0fcos\nsystem\n)R.\xff"), [4]);
        assert_eq!(starts(b"\0\0\0\x10cos\nsystem\n)R.\xff"), [0]);
        assert_eq!(starts(b"\0\0\0\x05})R)R"), [0]);
        assert_eq!(starts(b"N...."), [0]);
        assert_eq!(starts(b"N.\0\0\x80\x02\xff"), [0]);
    }

    #[test]
    fn what_is_a_pickle_by_chance() {
        let noise = vec![0xff; NOISE + 1];
        let among = |pickle: &[u8]| starts(&[&noise, pickle, &noise].concat()).contains(&noise.len());
        assert!(!among(b"\x80\x02N.") && !among(b"\x80\x03C\x03abc."));
        assert!(among(b"\x80\x02(K\x01K\x02K\x03K\x04t.") && among(b"\x80\x02cos\nsystem\n."));
        assert_eq!(starts(&[&noise, &b"\x80\x02N."[..]].concat()), [noise.len()]);
        assert_eq!(starts(&[&noise[2..], b"\x80\x02N.", &noise].concat()), [noise.len() - 2]);
    }

    #[test]
    fn arrays_of_numpy() {
        let npy = |descr: &str, items: &[u8]| {
            let header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': (3,), }}");
            let length = u16::try_from(header.len()).unwrap().to_le_bytes();
            [b"\x93NUMPY\x01\0", length.as_slice(), header.as_bytes(), items].concat()
        };
        let numbers = npy("|u1", b"cos");
        assert_eq!(starts(&numbers), [] as [usize; 0]);
        let objects = npy("|O", b"\x80\x04].");
        assert_eq!(starts(&objects), [objects.len() - 4]);
        let both = [&numbers[..], &objects, b"N."].concat();
        assert_eq!(starts(&both), [numbers.len() + objects.len() - 4, numbers.len() + objects.len()]);
        let behind = [&numbers[..], b"cos\nsystem\n)R."].concat();
        assert_eq!(starts(&behind), [numbers.len()]);
    }

    #[test]
    fn bytes_in_front_that_look_like_ops() {
        assert_eq!(starts(b"K\x01\x02\x03\x80\x02K\x01."), [4]);
        assert_eq!(starts(b"N\0\0\0\0\0\0\0\x80\x02K\x01."), [8]);
        // It has a STOP, which nobody gets to.
        assert_eq!(starts(b".\x98\x0bk\x80\x02K\x01."), [4]);
        assert_eq!(starts(b"\x93\x96\x0bk\x80\x02K\x01."), [4]);
        assert_eq!(starts(b"F\x98\x0bk\x80\x02X\x01\0\0\0\n."), [4]);
        // A string more on the stack.
        assert_eq!(starts(b"U\x04\x0bk\x80\x02K\x01."), [4]);
        // A name that nobody can have.
        assert_eq!(starts(b"cos\n\x80\x02X\x01\0\0\0\n."), [4]);
        // A pickle at the beginning goes before it.
        assert_eq!(starts(b"U\x06\0\0\x80\x02K\x01."), [0]);
        assert_eq!(starts(b"NN00\x80\x02K\x01."), [0]);
        assert_eq!(starts(b"N\x02\x03\x04\x80\x02K\x01.N."), [0, 4, 9]);
    }

    #[test]
    fn two_readings_of_the_beginning() {
        let other = |bytes: &[u8]| Segments::new(bytes).other_first();
        let both = b"V\x98\x0bk\x80\x02X\x12\0\0\0\nccodecs\nencode\n.0N.";
        assert_eq!(starts(both), [0]);
        assert_eq!(other(both), Some(4));
        assert_eq!(other(b"V\x98\x0bk\x80\x02X\x01\0\0\0\n."), Some(4));
        // To nobody else, and one behind the other.
        assert_eq!(other(b"F\x98\x0bk\x80\x02X\x01\0\0\0\n."), None);
        assert_eq!(other(b"I1\n.\x80\x02N."), None);
        assert_eq!(other(b"\x80\x02N."), None);
    }

    #[test]
    fn nothing_there() {
        assert_eq!(starts(b""), [] as [usize; 0]);
        assert_eq!(starts(b"\xff\xff"), [0]);
    }

    #[test]
    fn the_search_is_linear() {
        let mut bytes = b"N.".to_vec();
        for _ in 0..20_000 {
            bytes.extend(b"\x80\x04N0");
        }
        let mut segments = Segments::new(&bytes);
        assert_eq!(segments.first(), Some(0));
        assert_eq!(segments.next(2), Some(2));
        bytes[2] = b'\0';
        let mut segments = Segments::new(&bytes);
        assert_eq!(segments.next(2), None);
        assert!(segments.exhausted());
    }
}
