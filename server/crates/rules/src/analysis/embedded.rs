//! Byte strings of a stream that may be files of their own, and whether the stream itself unpickles them.

use std::ops::Range;

use pickle_machine::Inner;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::inner::Form;
use rustc_hash::FxHashSet;

/// A byte string in a stream that looks like a pickle, or like something that holds pickles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Embedded {
    /// Where it is, and its name.
    pub inner: Inner,
    /// The op that it belongs to.
    pub span: Range<usize>,
    /// Number of the pickle that it is in.
    pub pickle: usize,
    /// Whether loading the stream unpickles it. Otherwise it is data: somebody may unpickle it later, or nobody.
    pub unpickled: bool,
}

/// Byte strings that are taken note of in one stream; of more than these it is said that they are not looked into.
pub(crate) const MOST: usize = 100_000;

/// Calls in arguments that are looked through for the bytes that a loader is given: `load(BytesIO(b''))`.
const LEVELS: usize = 3;
/// Arguments of a loader that are looked at.
const MOST_ARGUMENTS: usize = 8;

/// Those of a stream.
#[derive(Debug, Default)]
pub(crate) struct EmbeddedList {
    list: Vec<Embedded>,
    unpickled: FxHashSet<usize>,
    /// Whether there were more than [`MOST`].
    overflow: bool,
}

impl EmbeddedList {
    pub(crate) fn add(&mut self, pickle: usize, span: Range<usize>, inner: Inner) {
        if self.list.len() < MOST {
            self.list.push(Embedded { inner, span, pickle, unpickled: inner.form == Form::Array });
        } else {
            self.overflow = true;
        }
    }

    /// A loader is called with these arguments.
    pub(crate) fn unpickled(&mut self, arena: &Arena<'_>, arguments: Value) {
        if !self.list.is_empty() {
            self.mark(arena, arguments, LEVELS);
        }
    }

    fn mark(&mut self, arena: &Arena<'_>, arguments: Value, levels: usize) {
        for &argument in arena.tuple(arguments).unwrap_or_default().iter().take(MOST_ARGUMENTS) {
            match arena.shape(argument) {
                Made::Literal(op) => {
                    self.unpickled.insert(op.start);
                }
                Made::Call { arguments, .. } if levels > 0 => self.mark(arena, arguments, levels - 1),
                _ => {}
            }
        }
    }

    /// In the order of the stream, and whether there are more.
    pub(crate) fn finish(mut self) -> (Vec<Embedded>, bool) {
        for embedded in &mut self.list {
            embedded.unpickled |= self.unpickled.contains(&embedded.inner.at);
        }
        self.list.sort_by_key(|embedded| embedded.inner);
        self.list.dedup_by_key(|embedded| embedded.inner);
        (self.list, self.overflow)
    }
}
