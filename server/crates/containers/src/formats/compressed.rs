//! Files that are one compressed string of bytes: the part that all their formats share. A format says how one of its streams
//! is decoded; here they are joined as Python's modules join them, under the limits, and no more is decompressed than is
//! needed.

use std::borrow::Cow;
use std::cell::Cell;

use memchr::memmem;

use super::Format;
use super::text::Watch;
use crate::budget::Budget;
use crate::fault::{Fault, FaultKind};
use crate::limits::HEAD_BYTES;
use crate::member::{Member, Opened, is_pickle_name};
use crate::pull::{End, Inflated, Room};
use crate::sniff::{Kind, needs_more, sniff};
use crate::unwrap::{Found, Input, add, is_nestable};

/// A compression format.
pub(crate) struct Compressed {
    /// As [`Format::name`].
    pub(crate) name: &'static str,
    /// As [`Format::extensions`].
    pub(crate) extensions: &'static [&'static str],
    /// Endings that compressing adds to a name: `gz` in `model.pkl.gz`.
    pub(crate) endings: &'static [&'static str],
    /// Whether a stream begins here.
    pub(crate) begins: fn(&[u8]) -> bool,
    /// Decodes the one stream that begins here.
    pub(crate) decode: fn(&[u8], Room<'_>) -> Inflated,
    /// The length of the data, as far as the file claims one.
    pub(crate) claimed: fn(&[u8]) -> u64,
    /// What may stand behind a stream.
    pub(crate) behind: Behind,
    /// What joblib does with what stands behind the first stream.
    pub(crate) joblib: Joblib,
}

/// What joblib does with what stands behind the first stream of a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Joblib {
    /// As the module for the format does, or it does not read the format.
    AsOthers,
    /// It gives that to the decoder that is at its end, which keeps it, and does so again with what was kept, for ever and each time with
    /// twice as much (`BinaryZlibFile._fill_buffer`, versions 0.10 to 1.6). Other readers read such files as well.
    Endless,
    /// The same, and no other reads such files.
    EndlessAlone,
}

/// What readers do with what stands behind a stream.
#[derive(Clone, Copy)]
pub(crate) enum Behind {
    /// Nothing more is read.
    Nothing,
    /// The same, and the data are as long as the file claims.
    Bound,
    /// What this says to be a stream belongs to the data if it follows at once; anything else ends them.
    Streams(fn(&[u8]) -> bool),
    /// The same, and zeros are passed over.
    StreamsAndZeros(fn(&[u8]) -> bool),
}

/// The length of data of which only the beginning is known: an operand may be of any length.
const UNKNOWN_LEN: u64 = u64::MAX;

/// What a look at the beginning of the data says.
enum Look {
    /// The file is decompressed; its first stream was so short that it is all there.
    Interesting(Option<Inflated>),
    /// All that is said of it.
    Uninteresting(Member<'static>),
}

impl Format for Compressed {
    fn name(&self) -> &'static str {
        self.name
    }

    fn extensions(&self) -> &'static [&'static str] {
        self.extensions
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        (self.begins)(input.bytes)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(self.name);
        let alias = input.name.as_deref().map(|name| self.without_ending(name));
        match self.look(input.bytes, alias.as_deref(), &mut opened.faults, budget) {
            Look::Uninteresting(member) => opened.members.push(member),
            Look::Interesting(first) => {
                let (bytes, first_end) = self.decompress(input.bytes, first, &mut opened.faults, budget);
                if let Some(at) = first_end.filter(|at| *at < input.bytes.len()) {
                    let is_sure = self.is_for_joblib(input.name.as_deref(), &bytes, budget);
                    self.report_endless((at, input.bytes.len()), &bytes, is_sure, &mut opened.faults);
                }
                let bytes = Cow::Owned(bytes);
                add(&mut opened, Found { name: None, bytes, offset: None, alias }, budget);
            }
        }
        opened
    }
}

impl Compressed {
    /// `model.pkl` of `model.pkl.gz`, `model.tar` of `model.tgz`, any other name as it is.
    fn without_ending(&self, name: &str) -> String {
        match name.rsplit_once('.') {
            Some((stem, end)) if self.endings.iter().any(|known| end.eq_ignore_ascii_case(known)) => {
                stem.to_owned()
            }
            _ => name.to_owned(),
        }
    }

    /// Whether the beginning or the name of a file makes it worth decompressing.
    fn look(
        &self,
        bytes: &[u8],
        alias: Option<&str>,
        faults: &mut Vec<Fault>,
        budget: &mut Budget<'_>,
    ) -> Look {
        if alias.is_some_and(is_pickle_name) {
            return Look::Interesting(None);
        }
        let (limit, _) = budget.allowance(bytes.len());
        let head = (self.decode)(bytes, Room::of(limit.min(HEAD_BYTES)));
        budget.spend(head.bytes.len());
        if head.end != End::Limit {
            return Look::Interesting(Some(head));
        }
        if limit <= HEAD_BYTES {
            return Look::Interesting(None);
        }
        let (kind, is_wanted) = self.judge(&head.bytes, bytes, budget);
        if is_wanted || self.holds_pickle(kind, bytes, faults, budget) {
            return Look::Interesting(None);
        }
        Look::Uninteresting(Member {
            path: None,
            kind,
            bytes: None,
            file_offset: None,
            size: (self.claimed)(bytes),
            named_pickle: false,
            beside: false,
        })
    }

    /// What data are that begin so, and whether they are worth decompressing. How long they are is not known before their end: what a
    /// file claims binds no reader, and speaks of one stream of several. Where it matters, they are unpacked to be counted.
    fn judge(&self, head: &[u8], bytes: &[u8], budget: &mut Budget<'_>) -> (Kind, bool) {
        let judge = |len: u64| {
            let kind = sniff(head, len);
            (kind, kind == Kind::Pickle || is_nestable(kind) || needs_more(head, len))
        };
        let (least, most) = (judge(HEAD_BYTES + 1), judge(UNKNOWN_LEN));
        if least.1 || !most.1 {
            return most;
        }
        judge(self.len(bytes, budget).max(HEAD_BYTES + 1))
    }

    /// How long the data of all streams are, as far as what is left for looks goes.
    fn len(&self, bytes: &[u8], budget: &mut Budget<'_>) -> u64 {
        if matches!(self.behind, Behind::Bound) {
            return (self.claimed)(bytes);
        }
        let (len, mut at) = (Cell::new(0u64), 0);
        let count = |piece: &[u8]| {
            len.set(len.get() + piece.len() as u64);
            false
        };
        loop {
            let before = len.get();
            let limit = budget.look_allowance();
            let room = Room { limit, interrupt: budget.interrupt(), watch: Some(&count) };
            let stream = (self.decode)(&bytes[at..], room);
            count(&stream.bytes);
            budget.spend_look(len.get() - before);
            at += stream.consumed;
            if stream.end == End::Limit {
                return UNKNOWN_LEN;
            }
            let next = Some(stream.end).filter(|end| *end == End::Complete);
            match next.and_then(|_| self.next(bytes, at, &mut Vec::new())) {
                Some(next) if stream.consumed > 0 => at = next,
                _ => return len.get(),
            }
        }
    }

    /// Whether a pickle is written down in the text that the data are, or lies between what is not known, wherever in it.
    fn holds_pickle(
        &self,
        kind: Kind,
        bytes: &[u8],
        faults: &mut Vec<Fault>,
        budget: &mut Budget<'_>,
    ) -> bool {
        let Some(watch) = Watch::of(kind) else { return false };
        let mut at = 0;
        loop {
            let stream = watch.stream(|room| (self.decode)(&bytes[at..], room), budget);
            at += stream.consumed;
            if stream.end == End::Limit {
                let is_found = watch.found();
                if !is_found && kind != Kind::Unknown && !budget.is_interrupted() {
                    faults.push(unseen(at));
                }
                return is_found;
            }
            // What is wrong is of no interest in a text.
            let next = Some(stream.end).filter(|end| *end == End::Complete);
            match next.and_then(|_| self.next(bytes, at, &mut Vec::new())) {
                Some(next) if stream.consumed > 0 => at = next,
                _ => return watch.found(),
            }
        }
    }

    /// The data of a file that something says to be of this format.
    pub(crate) fn whole(&self, bytes: &[u8], faults: &mut Vec<Fault>, budget: &mut Budget<'_>) -> Vec<u8> {
        self.decompress(bytes, None, faults, budget).0
    }

    /// Whether a file of this name, with these data, is one that joblib is to load.
    fn is_for_joblib(&self, name: Option<&str>, data: &[u8], budget: &Budget<'_>) -> bool {
        const NAMES: [&str; 2] = ["joblib", "jl"];
        let is_named = |part: &str| NAMES.iter().any(|name| part.eq_ignore_ascii_case(name));
        self.joblib == Joblib::EndlessAlone && budget.is_file()
            || name.is_some_and(|name| name.split('.').skip(1).any(is_named))
            || memmem::find(data, b"joblib.numpy_pickle").is_some()
    }

    /// Says that joblib never comes to an end with a file whose first stream ends at the first of two places, and that at the second. What
    /// holds no pickle is nothing to it.
    fn report_endless(&self, (at, end): (usize, usize), data: &[u8], is_sure: bool, faults: &mut Vec<Fault>) {
        // What lies in another file has a loader of its own, which is joblib only if it says so.
        let is_concerned = is_sure || self.joblib == Joblib::Endless;
        if self.joblib == Joblib::AsOthers || !is_concerned || sniff(data, data.len() as u64) != Kind::Pickle
        {
            return;
        }
        faults.retain(|fault| fault.kind != FaultKind::TrailingBytes);
        let (kind, reads) = match is_sure {
            true => (FaultKind::Endless, "joblib reads"),
            false => (FaultKind::TrailingBytes, "joblib, if it is to load the file, reads"),
        };
        let message = format!(
            "{} behind the first stream of {}: {reads} them over and over, and takes ever more memory",
            pickle_ops::counted(end - at, "byte"),
            self.name
        );
        faults.push(Fault::new(kind, at, message));
    }

    /// The data of all streams, one after the other, and where the first one ends, if it is whole. The `first` one may be decoded already.
    fn decompress(
        &self,
        bytes: &[u8],
        mut first: Option<Inflated>,
        faults: &mut Vec<Fault>,
        budget: &mut Budget<'_>,
    ) -> (Vec<u8>, Option<usize>) {
        let (limit, which) = budget.allowance(bytes.len());
        let (mut all, mut first_end) = (Vec::new(), None);
        let (mut at, mut left) = (0, budget.members_left());
        loop {
            let room = Room {
                limit: limit.saturating_sub(all.len() as u64),
                interrupt: budget.interrupt(),
                watch: None,
            };
            let stream = match first.take() {
                Some(first) => first,
                None => {
                    let stream = (self.decode)(&bytes[at..], room);
                    budget.spend(stream.bytes.len());
                    stream
                }
            };
            let moved =
                |fault: Fault| Fault { offset: fault.offset.map(|offset| offset + at as u64), ..fault };
            faults.extend(stream.faults.into_iter().map(moved));
            if all.is_empty() {
                all = stream.bytes;
            } else {
                all.extend_from_slice(&stream.bytes);
            }
            at += stream.consumed;
            if budget.is_interrupted() {
                return (all, None);
            }
            if stream.end != End::Complete {
                faults.push(self.stopped(stream.end, at, all.len(), which));
                return (all, first_end);
            }
            first_end = first_end.or(Some(at));
            let Some(next) = self.next(bytes, at, faults) else { return (all, first_end) };
            at = next;
            left = left.saturating_sub(1);
            if left == 0 {
                let message =
                    format!("the file has more {} streams than the limit; the rest is not read", self.name);
                faults.push(Fault::new(FaultKind::LimitReached, at, message));
                return (all, first_end);
            }
        }
    }

    /// Where the next stream begins behind the one that ends at `at`; other bytes there are a fault.
    fn next(&self, bytes: &[u8], at: usize, faults: &mut Vec<Fault>) -> Option<usize> {
        let rest = &bytes[at..];
        let zeros = || rest.iter().take_while(|byte| **byte == 0).count();
        let (next, follows) = match self.behind {
            Behind::Nothing | Behind::Bound => (at, None),
            Behind::Streams(follows) => (at, Some(follows)),
            Behind::StreamsAndZeros(follows) => (at + zeros(), Some(follows)),
        };
        if next == bytes.len() {
            return None;
        }
        if follows.is_some_and(|follows| follows(&bytes[next..])) {
            return Some(next);
        }
        let message =
            format!("{} after the end of the {} data", pickle_ops::counted(rest.len(), "byte"), self.name);
        faults.push(Fault::new(FaultKind::TrailingBytes, at, message));
        None
    }

    /// The fault of a stream that did not reach its end.
    fn stopped(&self, end: End, at: usize, got: usize, which: &str) -> Fault {
        stopped(end, self.name, at, got, which)
    }
}

/// The fault of a text that is too long to be looked at as a whole.
pub(crate) fn unseen(at: usize) -> Fault {
    let message = "limit (bytes of texts that are unpacked for a look) reached; the rest is not looked at";
    Fault::new(FaultKind::LimitReached, at, message)
}

/// The fault of a stream of the compression `name` that did not reach its end.
pub(crate) fn stopped(end: End, name: &str, at: usize, got: usize, which: &str) -> Fault {
    let (kind, message) = match end {
        End::Limit => (
            FaultKind::LimitReached,
            format!("limit ({which}) reached after {got} decompressed bytes; the rest is not read"),
        ),
        End::BadChecksum => (
            FaultKind::BadChecksum,
            format!(
                "expected {name} data with the checksum that is stated, found others; {got} bytes were read"
            ),
        ),
        End::Corrupt => {
            (FaultKind::Damaged, format!("expected {name} data, found none after {got} decompressed bytes"))
        }
        End::Unsupported => (
            FaultKind::Unsupported,
            format!("the {name} data need a dictionary or a filter that is not there; {got} bytes were read"),
        ),
        End::Truncated | End::Complete => {
            (FaultKind::Truncated, format!("the {name} data break off, after {got} decompressed bytes"))
        }
    };
    Fault::new(kind, at, message)
}
