//! Holes: bytes in the middle of a pickle that its reader takes for itself.
//!
//! `joblib` writes an array as a small object, `NumpyArrayWrapper`, and the bytes of the array behind the `BUILD` that gives
//! that object its state; its unpickler takes them there (`joblib/numpy_pickle.py`, `NumpyUnpickler.load_build`). An array of
//! Python objects follows as a pickle of its own. Where a hole ends is told by the dtype and the shape in the state: the
//! arena finds out ([`crate::arena::Arena::hole`]), in whatever mode; all others are given the holes of a pickle.

use std::ops::Range;

use pickle_ops::{Op, Reader};

use crate::domain::{Domain, unit_values};
use crate::machine::Machine;
use crate::run::{Flow, run};
use crate::segments::Nothing;

/// Bytes between two ops.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hole {
    /// Offset of the `BUILD` before it.
    pub build: usize,
    /// The bytes, as far as they are there.
    pub bytes: Range<usize>,
    /// Bytes that should follow, and do not.
    pub missing: u64,
    /// What they are.
    pub content: Content,
}

/// What the bytes of a hole are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The items of an array.
    Items {
        /// The dtype, as numpy shows it.
        dtype: String,
        /// The shape.
        shape: Vec<u64>,
        /// Bytes before the items: a byte that says how many follow it, and those (`joblib` 1.2 and later). They put the
        /// items on an address that suits the processor.
        padding: usize,
    },
    /// A pickle, that of an array of Python objects.
    Pickle,
}

/// What a `BUILD` leaves behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// A hole.
    Hole(Hole),
    /// A hole whose end the stream does not tell; the reason. It is taken for empty.
    Unclear(&'static str),
    /// No hole: the array is in a file of this name beside the stream (`joblib` before 0.10); `None`: the stream does not tell
    /// the name.
    Beside(Option<String>),
}

impl Hole {
    /// Where the next op begins; behind the end of the stream, if the bytes are cut short.
    #[must_use]
    pub fn resume_at(&self) -> usize {
        self.bytes.end.saturating_add(usize::try_from(self.missing).unwrap_or(usize::MAX))
    }

    /// The bytes of the items, or of the pickle.
    #[must_use]
    pub fn items(&self) -> Range<usize> {
        let padding = match self.content {
            Content::Items { padding, .. } => padding,
            Content::Pickle => 0,
        };
        (self.bytes.start + padding).min(self.bytes.end)..self.bytes.end
    }
}

impl std::fmt::Display for Hole {
    /// `array: float64 (3, 4), 96 bytes`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.content {
            Content::Pickle => {
                write!(f, "pickle of an array of objects, {}", pickle_ops::counted(self.bytes.len(), "byte"))
            }
            Content::Items { dtype, shape, padding } => {
                let sizes: Vec<_> = shape.iter().map(u64::to_string).collect();
                let comma = if sizes.len() == 1 { "," } else { "" };
                let count = self.items().len();
                write!(
                    f,
                    "array: {dtype} ({}{comma}), {}",
                    sizes.join(", "),
                    pickle_ops::counted(count, "byte")
                )?;
                match padding {
                    0 => Ok(()),
                    _ => write!(f, " behind {padding} of padding"),
                }
            }
        }
    }
}

/// Whether a name that a global is loaded by, or that it ends with, is that of a class of arrays whose bytes follow or are in
/// files beside.
pub(crate) fn announces_arrays(name: &[u8]) -> bool {
    name.ends_with(b"NumpyArrayWrapper") || name.ends_with(BESIDE.as_bytes())
}

/// The class of arrays that have files of their own; what is in a compressed one has a `Z` before it.
pub(crate) const BESIDE: &str = "NDArrayWrapper";

/// Ops between two looks at how much was read.
const STRIDE: usize = 4096;

/// The bytes of the pickle that begins at `at`, up to its `STOP`; all that is left, if it has none.
pub(crate) fn pickle_at(bytes: &[u8], at: usize) -> Range<usize> {
    let mut reader = Reader::new(bytes, at);
    let mut machine = Machine::default();
    loop {
        match run(&mut reader, bytes.len(), &mut machine, &mut Nothing, STRIDE) {
            Flow::Next => {}
            Flow::Stop => return at..reader.position(),
            Flow::End(_) => return at..bytes.len(),
        }
    }
}

/// Where the op behind a `BUILD` begins, by the holes of its pickle, which are in order.
pub(crate) fn resume_at(holes: &[Hole], op: &Op<'_>) -> usize {
    let found = holes.binary_search_by_key(&op.start, |hole| hole.build);
    found.map_or(op.end, |index| holes[index].resume_at())
}

/// The domain of values of which nothing is to be known, in a pickle with these holes.
#[derive(Clone, Copy, Debug)]
pub struct Known<'h>(pub &'h [Hole]);

impl<'a> Domain<'a> for Known<'_> {
    unit_values!();
    fn global(&mut self, _: &Op<'a>, _: u8) {}
    fn stack_global(&mut self, _: &Op<'a>, _: u8, (): (), (): ()) {}
    fn resume_at(&mut self, op: &Op<'a>) -> usize {
        resume_at(self.0, op)
    }
}
