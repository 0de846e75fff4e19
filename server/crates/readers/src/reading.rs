//! The entry point: a reader, a byte string, and what comes of it.

use pickle_machine::{Global, Names};

use crate::exception::Exception;
use crate::object::{Heap, Id};
use crate::{c, python, tools};

/// A reader of CPython 3.11.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Reader {
    /// `_pickle.Unpickler`: what `pickle.load` and `pickle.loads` run.
    #[default]
    C,
    /// `pickle._Unpickler`: what runs where there is no C, and what subclasses of it run.
    Python,
    /// `pickletools.genops`: what scanners build on.
    Pickletools,
}

/// What the C unpickler reads from. The other readers do not tell one from the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Source {
    /// `loads(bytes)`.
    #[default]
    Bytes,
    /// A file object without `peek`: `io.BytesIO`, an unbuffered file.
    Stream,
    /// A buffered file: `open(path, 'rb')`.
    File,
}

/// What `persistent_load` does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Persistent {
    /// It gives an inert object.
    #[default]
    Inert,
    /// It gives the tuple `('PID', id)`, with the name of the type of an id that is neither str nor int.
    Tuple,
    /// There is none: the reader raises.
    Refused,
}

/// How a reader is run.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// Which one.
    pub reader: Reader,
    /// What it reads from.
    pub source: Source,
    /// Whether `find_class` gives an inert object; if not, it raises, as one that forbids everything.
    pub find_class: bool,
    /// What `persistent_load` does.
    pub persistent: Persistent,
    /// Bytes that can be allocated at once. What a system grants is its own business.
    pub memory: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reader: Reader::default(),
            source: Source::default(),
            find_class: true,
            persistent: Persistent::default(),
            memory: ADDRESS_SPACE,
        }
    }
}

/// What no 64-bit system grants.
const ADDRESS_SPACE: u64 = 1 << 47;

/// A call of `find_class`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Offset of the op.
    pub offset: usize,
    /// The module, as it is passed.
    pub module: String,
    /// The name, as it is passed.
    pub name: String,
    /// The protocol in force.
    pub protocol: u8,
}

impl Asked {
    /// Module and name that `find_class` then looks up: below protocol 3 names of Python 2 are mapped.
    #[must_use]
    pub fn resolved(&self) -> (String, String) {
        let written = Some(Names { module: self.module.as_str().into(), name: self.name.as_str().into() });
        match (Global { at: self.offset, written, protocol: self.protocol }).resolved() {
            Some(names) => (names.module.into_owned(), names.name.into_owned()),
            None => (self.module.clone(), self.name.clone()),
        }
    }
}

/// How a reading ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// With an object; `None` for `genops`, which makes none.
    Loaded(Option<Id>),
    /// With an exception.
    Raised(Exception),
}

/// What a reader made of a pickle.
#[derive(Clone, Debug)]
pub struct Reading<'a> {
    /// The calls of `find_class`, in order.
    pub asked: Vec<Asked>,
    /// The object, or the exception.
    pub outcome: Outcome,
    /// Offset at which the reader would go on: behind `STOP`, or behind a frame that is longer.
    pub end: usize,
    /// The objects.
    pub heap: Heap<'a>,
}

impl Reading<'_> {
    /// The result as Python would write it, cut where it has more than `most` characters.
    #[must_use]
    pub fn rendered(&self, most: usize) -> Option<String> {
        match self.outcome {
            Outcome::Loaded(Some(id)) => Some(crate::render::render(&self.heap, id, most)),
            _ => None,
        }
    }
}

/// Has a reader read the pickle at `start` of `bytes`; offsets count from the beginning of `bytes`.
#[must_use]
pub fn read<'a>(bytes: &'a [u8], start: usize, options: &Options) -> Reading<'a> {
    match options.reader {
        Reader::C => c::read(bytes, start, options),
        Reader::Python => python::read(bytes, start, options),
        Reader::Pickletools => tools::read(bytes, start),
    }
}
