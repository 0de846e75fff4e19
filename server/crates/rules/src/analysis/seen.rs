//! What is known of a pickle when all of it was seen.

use std::ops::Range;

use memchr::memmem;
use pickle_machine::Fault;
use pickle_machine::stream::Summary;
use pickle_ops::{Opcode, Operand, Reader};
use rustc_hash::FxHashMap;

use super::expansion::Extent;
use super::keys::Meeting;
use super::{Entry, Ledger, MadeText};
use crate::lint::Options;

/// Places that are remembered of a kind.
const MOST_PLACES: usize = 8;

/// Places of a name that are looked at.
const MOST_TEXTS: usize = 1 << 12;

/// A pickle, when all of it was seen.
#[derive(Debug)]
pub(crate) struct Seen<'s, 'a> {
    /// The stream.
    pub(crate) bytes: &'a [u8],
    pub(crate) summary: &'s Summary,
    pub(crate) tally: &'s Tally,
    /// How large it is when it is written out, where that is worth to be measured.
    pub(crate) extent: Option<Extent>,
    /// What its keys take that are made to meet, where that is worth to be told.
    pub(crate) meeting: Option<Meeting>,
    pub(crate) ledger: &'s Ledger<'a>,
    pub(crate) options: &'s Options,
}

impl Seen<'_, '_> {
    /// The op that declares the protocol; the first byte where none does.
    pub(crate) fn head(&self) -> Range<usize> {
        let start = self.summary.start;
        start..self.summary.end.min(start + if self.summary.declared.is_some() { 2 } else { 1 })
    }

    /// Whether anything of a library is loaded.
    pub(crate) fn loads_of(&self, library: &str) -> bool {
        self.ledger.entries().any(|entry| entry.names.module.split('.').next() == Some(library))
    }

    /// What was called that gives texts, of which some are known only when the file is loaded.
    pub(crate) fn untold_texts(&self) -> impl Iterator<Item = &Entry<'_>> {
        self.ledger.entries().filter(|entry| entry.gives_text && entry.calls > 0).filter(|entry| {
            let name = entry.as_loaded();
            let made = || self.tally.texts.iter().filter(|made| made.by == name);
            let calls = usize::try_from(entry.calls).unwrap_or(usize::MAX);
            made().any(|made| made.text.is_none()) || made().count() < calls
        })
    }

    /// Texts that stand behind a constant text, as the value of an attribute does behind its name.
    pub(crate) fn texts_behind(&self, name: &'static str) -> impl Iterator<Item = (Range<usize>, String)> {
        let (start, end) = (self.summary.start, self.summary.end);
        let bytes = self.bytes.get(..end).unwrap_or_default();
        let found = memmem::find_iter(bytes.get(start..).unwrap_or_default(), name).map(move |at| start + at);
        found.take(MOST_TEXTS).filter_map(move |at| text_behind(bytes, at, name.len()))
    }

    /// The op `STOP`; nothing where a fault ends the pickle.
    pub(crate) fn stop(&self) -> Range<usize> {
        let end = self.summary.end;
        end.saturating_sub(usize::from(self.summary.stopped)).max(self.summary.start)..end
    }
}

/// The text that stands behind a name, if the bytes there are all of a constant.
fn text_behind(bytes: &[u8], at: usize, length: usize) -> Option<(Range<usize>, String)> {
    // Its length is before it, or the code of an op with a line.
    let before = *at.checked_sub(1).and_then(|before| bytes.get(before))?;
    let is_whole = usize::from(before) == length || [0, b'V', b'\'', b'"'].contains(&before);
    let line_end = bytes.get(at + length..)?.iter().position(|byte| !b"'\"\n".contains(byte))?;
    let mut ops = Reader::new(bytes, at + length + line_end);
    for _ in 0..2 {
        let op = ops.next_op().ok().filter(|_| is_whole)?;
        match (op.opcode, op.operand()) {
            (Opcode::Memoize | Opcode::Put | Opcode::BinPut | Opcode::LongBinPut, _) => {}
            (_, Ok(Operand::Text(text))) => {
                let text = text.to_str().filter(|_| !names_module(&ops));
                return text.map(|text| (op.start..op.end, text.into_owned()));
            }
            (_, Ok(Operand::ByteString(text))) => {
                let text = String::from_utf8_lossy(&text.bytes().ok()?).into_owned();
                return Some((op.start..op.end, text));
            }
            _ => return None,
        }
    }
    None
}

/// Whether a text is the module of a global: the ops behind it are those of a name, and of what loads it.
fn names_module(behind: &Reader<'_>) -> bool {
    let mut ops = behind.clone();
    let mut next = || {
        loop {
            match ops.next_op().ok()?.opcode {
                Opcode::Memoize | Opcode::Put | Opcode::BinPut | Opcode::LongBinPut | Opcode::Frame => {}
                opcode => return Some(opcode),
            }
        }
    };
    next().is_some_and(Opcode::is_text) && next() == Some(Opcode::StackGlobal)
}

/// What is counted in a pickle.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) buffers: Places,
    pub(crate) persistent: Places,
    /// Persistent objects that are storages of torch.
    pub(crate) storages: usize,
    /// Persistent objects that are classes of torch's modules.
    pub(crate) module_classes: usize,
    /// Persistent objects that are modules of TorchScript.
    pub(crate) script_modules: usize,
    /// Code objects, as functions and classes are stored by value.
    pub(crate) code: usize,
    /// Pairs of states that were looked at.
    pub(crate) pairs: usize,
    /// Objects that were looked at because others hold them.
    pub(crate) held: usize,
    /// Whether something that has to be a dict was told to be none.
    pub(crate) no_dict: bool,
    /// Bytes of buffers that were read because arrays refer to them.
    pub(crate) read: usize,
    /// Ops of containers that were read again.
    pub(crate) again: usize,
    /// Texts that calls gave, and values that were looked at to work them out.
    pub(crate) texts: Vec<MadeText>,
    pub(crate) worked_out: usize,
    /// Whether a list was given to something that takes its items for keys.
    pub(crate) gives_keys: bool,
    /// Objects that have to be given a state, and have none so far: by where they were made, where that ends, and their class.
    pub(crate) stateless: FxHashMap<usize, (usize, String)>,
    /// The first fault.
    pub(crate) fault: Option<Fault>,
}

/// Places of a kind: the first, and how many.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) count: usize,
    pub(crate) first: Vec<Range<usize>>,
}

impl Places {
    pub(crate) fn add(&mut self, place: Range<usize>) {
        self.count += 1;
        if self.first.len() < MOST_PLACES {
            self.first.push(place);
        }
    }
}
