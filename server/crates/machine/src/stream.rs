//! Streaming mode: one pass over a stream, live values only, an event for each thing worth a look.

mod ahead;
mod frames;
mod live;
mod memory;

use std::ops::Range;

use pickle_ops::{Op, Reader};

use crate::ahead::{Sizes, Windows};
pub use crate::arena::KEY_WEIGHT;
use crate::arena::{Arena, Keep, Kept, KeyFilter, Value};
use crate::domain::Interrupt;
use crate::fault::Fault;
use crate::hole::{BESIDE, Found, Hole};
use crate::inner::Inner;
use crate::machine::Machine;
use crate::run::{Flow, run};
use crate::segments::Segments;
use ahead::{Stretch, stretches};
pub use frames::Frames;
use live::{Live, Watch, newest_of};
pub use memory::Memory;

/// Where an event happens.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'s, 'a> {
    /// What is known of the values that are alive.
    pub arena: &'s Arena<'a>,
    /// Number of the pickle in the stream, from 0.
    pub pickle: usize,
}

/// What a pickle was, when its end is reached.
#[derive(Clone, Copy, Debug)]
pub struct Summary {
    /// Number of the pickle in the stream, from 0.
    pub pickle: usize,
    /// Offset of its first byte.
    pub start: usize,
    /// Offset behind its last byte: behind `STOP`, or where a fault ended it.
    pub end: usize,
    /// Whether `STOP` was reached.
    pub stopped: bool,
    /// The protocol that the last `PROTO` declares.
    pub declared: Option<u8>,
    /// The highest protocol of its opcodes, as far as it is above the declared one.
    pub newer: Option<u8>,
    /// Whether the C unpickler stops before the end.
    pub refused: bool,
    /// Items that `STOP` leaves on the stack.
    pub left: usize,
    /// Marks that `STOP` leaves on the stack.
    pub marks: usize,
    /// How deep its objects are nested at least, as far as one pass can tell.
    pub nesting: usize,
    /// How often something that holds others is taken from the memo, or doubled.
    pub shared: usize,
    /// The weight of its keys of dicts and items of sets that may meet in a table: those whose hash follows from what the stream
    /// says, in units of [`KEY_WEIGHT`]; numbers of four bytes weigh less. Keys that are short texts weigh nothing.
    pub keys: usize,
    /// How deep tuples and calls are nested in each other.
    pub tuples: usize,
    /// What is out of the ordinary about its frames.
    pub frames: Frames,
    /// The first `PROTO` that is not its first op, from where to where.
    pub late_proto: Option<(usize, usize)>,
}

/// Is told what happens in a stream. All methods have a default that ignores.
pub trait Observer<'a> {
    /// A global is loaded by `op`.
    fn global(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _global: Value) {}
    /// Whether [`Observer::held`] is to be called from now on.
    fn watches_globals(&self) -> bool {
        false
    }
    /// Which keys are to be kept from now on although they and their values are plain; asked when a global was loaded.
    fn keeps_keys(&self) -> Option<KeyFilter> {
        None
    }
    /// Whether plain items of short lists and dicts are to be kept from now on, too, where keys are; asked when a global was loaded.
    fn keeps_short(&self) -> bool {
        false
    }
    /// A global is put by `op` into a tuple, a container or an object, or is an argument of `INST` or `OBJ`.
    fn held(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _global: Value) {}
    /// Something is called by `op`; `call` has the shape [`crate::arena::Shape::Call`].
    fn call(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _call: Value) {}
    /// An object is given its state by `op`.
    fn build(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _target: Value, _state: Value) {}
    /// The object that is given its state by `op` is an array of `joblib`, whose bytes follow.
    fn array(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _found: &Found) {}
    /// A constant may be a pickle itself, or hold one.
    fn inner(&mut self, _pickle: usize, _op: &Op<'a>, _inner: Inner) {}
    /// The first op of a pickle that is newer than the protocol it declares.
    fn newer_opcode(&mut self, _pickle: usize, _op: &Op<'a>, _declared: Option<u8>) {}
    /// Items are put by `op` into what is no plain container: a global, or the result of a call.
    fn put(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _target: Value, _items: &[Value]) {}
    /// Whether it matters if the container that was made at an offset is given more items.
    fn relies_on(&self, _made: usize) -> bool {
        false
    }
    /// More items are put by `op` into a container for which [`Self::relies_on`] says yes.
    fn refilled(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _target: Value) {}
    /// The result of a call becomes a key of a dict or an item of a set, which hashes it; told where globals are watched.
    fn hashed(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _key: Value) {}
    /// The result of a call is dropped by `op`.
    fn discard(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _value: Value) {}
    /// `PERSID` or `BINPERSID`; `value` has the shape [`crate::arena::Shape::Persistent`].
    fn persistent(&mut self, _scene: Scene<'_, 'a>, _op: &Op<'a>, _value: Value) {}
    /// An out-of-band buffer is taken by `op`.
    fn buffer(&mut self, _pickle: usize, _op: &Op<'a>) {}
    /// An operand that is a line, and ends in a carriage return or is long.
    fn odd_line(&mut self, _pickle: usize, _op: &Op<'a>) {}
    /// An operand that is a line, and not of the form that picklers write.
    fn foreign_line(&mut self, _pickle: usize, _op: &Op<'a>) {}
    /// A memo slot that is in use is filled again by `op`.
    fn overwritten(&mut self, _pickle: usize, _op: &Op<'a>, _slot: u64) {}
    /// `APPENDS` or `ADDITEMS` without items, on what is no list, or no set.
    fn no_items(&mut self, _pickle: usize, _op: &Op<'a>) {}
    /// The first Python 2 string of a pickle that is not ASCII.
    fn byte_string(&mut self, _pickle: usize, _op: &Op<'a>) {}
    /// A global is taken from the extension registry by `op`.
    fn extension(&mut self, _pickle: usize, _op: &Op<'a>) {}
    /// A fault: the first of a pickle, and before it such that concern only some readers.
    fn fault(&mut self, _pickle: usize, _fault: &Fault) {}
    /// The end of a pickle.
    fn end(&mut self, _summary: &Summary) {}
    /// Bytes that belong to no pickle; `behind` is whether a pickle came before them.
    fn gap(&mut self, _bytes: Range<usize>, _behind: bool) {}
}

/// Whether a stream was read to its end; the greatest is the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Completion {
    /// All of it.
    Whole,
    /// The caller interrupted.
    Interrupted,
    /// The search for further pickles gave up: see [`Segments::exhausted`].
    SearchExhausted,
    /// What a pickle puts on the stack, into the memo and into each other takes more memory than there may be. Ops before that
    /// were told.
    TooLarge,
}

/// Ops between two looks at the interrupt and at the size of the arena.
const STRIDE: usize = 4096;
/// Arena entries below which nothing is collected.
const COLLECT_FROM: usize = 1 << 18;
/// Bytes of an arena entry, about.
const ENTRY: usize = 32;
/// Items of the stack, and slots of the memo, that are as large as an entry.
const PER_ENTRY: usize = 4;

/// As what a stream is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum As {
    /// As `pickle.load` and joblib read it, pickle by pickle.
    Each,
    /// As an unpickler does that knows nothing of arrays between ops, and takes their bytes for ops.
    WithoutArrays,
    /// As one unpickler does that loads all pickles of the stream: it goes on with its memo from pickle to pickle.
    OneMemo,
}

/// Runs over all pickles of a stream and tells `observer`.
pub fn scan<'a>(bytes: &'a [u8], observer: &mut impl Observer<'a>, interrupt: Interrupt<'_>) -> Completion {
    scan_as(As::Each, bytes, Memory::default(), observer, interrupt)
}

/// The same in one of several ways, within `memory`.
pub fn scan_as<'a>(
    what: As,
    bytes: &'a [u8],
    memory: Memory,
    observer: &mut impl Observer<'a>,
    interrupt: Interrupt<'_>,
) -> Completion {
    let mut state = State::new(bytes);
    state.most = memory.bytes() / ENTRY;
    if what == As::WithoutArrays {
        state.arena.ignore_arrays();
    }
    state.one_memo = what == As::OneMemo;
    scan_with(state, observer, interrupt)
}

/// The holes of the pickle at `start` that are found within `memory`; when interrupted, those found until then.
#[must_use]
pub fn holes(bytes: &[u8], start: usize, memory: Memory, interrupt: Interrupt<'_>) -> Vec<Hole> {
    #[derive(Default)]
    struct Holes(Vec<Hole>);
    impl<'a> Observer<'a> for Holes {
        fn array(&mut self, _: Scene<'_, 'a>, _: &Op<'a>, found: &Found) {
            if let Found::Hole(hole) = found {
                self.0.push(hole.clone());
            }
        }
    }
    let mut found = Holes::default();
    let mut state = State::new(bytes);
    state.most = memory.bytes() / ENTRY;
    state.pickle(0, start, &mut found, interrupt);
    found.0
}

/// An array that is in a file beside the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beside {
    /// Offset of the `BUILD` of its wrapper.
    pub at: usize,
    /// The name of the file, as the stream tells it; `None`: it does not.
    pub file: Option<String>,
}

impl Beside {
    /// What `op`, a `BUILD`, leaves in a file beside.
    #[must_use]
    pub fn of_array(op: &Op<'_>, found: &Found) -> Option<Self> {
        match found {
            Found::Beside(file) => Some(Self { at: op.start, file: file.clone() }),
            _ => None,
        }
    }
}

/// Bytes up to which a stream of a file is searched for the name of a class before it is read: of a longer one that would be more
/// work than to read its ops, whose operands are passed over. What was unpacked is in memory, where nothing is faster than a search.
const SEARCHED: usize = 64 << 20;

/// The arrays of a stream that are in files beside it, at most `most`; those that are found within `memory`.
#[must_use]
pub fn beside(bytes: &[u8], most: usize, memory: Memory, interrupt: Interrupt<'_>) -> Vec<Beside> {
    struct Files(Vec<Beside>, usize);
    impl<'a> Observer<'a> for Files {
        fn array(&mut self, _: Scene<'_, 'a>, op: &Op<'a>, found: &Found) {
            if self.0.len() < self.1 {
                self.0.extend(Beside::of_array(op, found));
            }
        }
    }
    let mut files = Files(Vec::new(), most);
    let is_long = memory == Memory::OF_FILE && bytes.len() > SEARCHED;
    if is_long || memchr::memmem::find(bytes, BESIDE.as_bytes()).is_some() {
        scan_as(As::Each, bytes, memory, &mut files, interrupt);
    }
    files.0
}

fn scan_with<'a>(
    mut state: State<'a>,
    observer: &mut impl Observer<'a>,
    interrupt: Interrupt<'_>,
) -> Completion {
    let bytes = state.arena.bytes();
    let mut segments = Segments::new(bytes);
    let mut next = segments.first();
    let mut position = 0;
    let mut pickle = 0;
    while let Some(start) = next {
        position = position.max(segments.arrays_end());
        if start > position {
            observer.gap(position..start, pickle > 0);
        }
        let Some(summary) = state.pickle(pickle, start, observer, interrupt) else {
            return Completion::Interrupted;
        };
        observer.end(&summary);
        if state.gave_up {
            return Completion::TooLarge;
        }
        pickle += 1;
        position = summary.end;
        next = if summary.stopped { segments.next(position) } else { None };
    }
    position = position.max(segments.arrays_end());
    if position < bytes.len() {
        observer.gap(position..bytes.len(), pickle > 0);
    }
    if segments.exhausted() { Completion::SearchExhausted } else { Completion::Whole }
}

/// What is used again from pickle to pickle.
struct State<'a> {
    machine: Machine<Value, Kept>,
    arena: Arena<'a>,
    collect_at: usize,
    /// Entries that one pickle may need.
    most: usize,
    /// Whether one needed more.
    gave_up: bool,
    /// Whether the memo, and the values in it, are kept from pickle to pickle.
    one_memo: bool,
    /// How the stream is read ahead, if it is.
    sizes: Option<Sizes>,
}

/// How far a pickle was read, and what is to be remembered of it.
struct Course<'a> {
    pickle: usize,
    start: usize,
    reader: Reader<'a>,
    /// Where a fault ended it.
    end: Option<usize>,
    watch: Watch,
    frames: Frames,
    late_proto: Option<(usize, usize)>,
}

impl<'a> Course<'a> {
    fn new(bytes: &'a [u8], pickle: usize, start: usize) -> Self {
        Self {
            pickle,
            start,
            reader: Reader::new(bytes, start),
            end: None,
            watch: Watch::default(),
            frames: Frames::default(),
            late_proto: None,
        }
    }
}

impl<'a> State<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            machine: Machine::default(),
            arena: Arena::new(bytes, Keep::Notable),
            collect_at: COLLECT_FROM,
            most: Memory::default().bytes() / ENTRY,
            gave_up: false,
            one_memo: false,
            sizes: Sizes::of(bytes),
        }
    }

    /// Runs over one pickle; `None` when interrupted.
    fn pickle(
        &mut self,
        pickle: usize,
        start: usize,
        observer: &mut impl Observer<'a>,
        interrupt: Interrupt<'_>,
    ) -> Option<Summary> {
        if self.one_memo {
            self.machine.reset_but_memo();
            // The memo of many small pickles grows as well as that of a large one.
            self.collect();
        } else {
            self.machine.reset();
            self.arena.clear();
        }
        let bytes = self.arena.bytes();
        let mut course = Course::new(bytes, pickle, start);
        let mut windows = Windows::new(start, self.sizes);
        let mut ready = Vec::new();
        loop {
            let is_new = course.reader.position() == start;
            let newest = if is_new { newest_of(&bytes[start..]) } else { course.watch.newest };
            let read = |slice: &_, found: &mut Vec<_>| stretches(bytes, slice, newest, found);
            let work = || self.window(&mut course, windows.end(), &ready, observer, interrupt);
            let ((flow, done), found) = windows.beside(bytes, read, work);
            match flow? {
                Flow::Stop => return Some(self.summary(&course, true)),
                Flow::End(fault) => {
                    course.end = Some(fault.start);
                    return Some(self.summary(&course, false));
                }
                Flow::Next if self.is_too_large() => {
                    self.gave_up = true;
                    return Some(self.summary(&course, false));
                }
                Flow::Next => {
                    let is_of_use = windows.turn(course.reader.position(), done);
                    ready = if is_of_use { found } else { Vec::new() };
                }
            }
        }
    }

    /// Runs to the end of a window, which was read ahead in `stretches`; `None` when interrupted. Gives how many bytes of it they
    /// did, too.
    fn window(
        &mut self,
        course: &mut Course<'a>,
        end: usize,
        stretches: &[Stretch<'a>],
        observer: &mut impl Observer<'a>,
        interrupt: Interrupt<'_>,
    ) -> (Option<Flow>, usize) {
        let mut stretches = stretches.iter().peekable();
        let mut done = 0;
        while course.reader.position() < end {
            let position = course.reader.position();
            while stretches.next_if(|stretch| stretch.start < position).is_some() {}
            let ahead = stretches.peek().map_or(end, |stretch| stretch.start);
            if ahead == position
                && let Some(stretch) = stretches.next()
                && stretch.apply(&mut self.machine, &mut self.arena, &mut course.watch)
            {
                course.reader.skip_to(stretch.end);
                done += stretch.end - stretch.start;
            } else {
                match self.ops(course, Windows::ops_up_to(ahead - position, STRIDE), observer) {
                    Flow::Next => {}
                    flow => return (Some(flow), done),
                }
            }
            if interrupt() {
                return (None, done);
            }
            course.watch.open = course.watch.open.max(self.machine.depth());
            self.collect();
            if self.is_too_large() {
                break;
            }
        }
        (Some(Flow::Next), done)
    }

    /// Runs over up to `most` ops.
    fn ops(&mut self, course: &mut Course<'a>, most: usize, observer: &mut impl Observer<'a>) -> Flow {
        let length = self.arena.bytes().len();
        let mut live = Live {
            arena: &mut self.arena,
            observer,
            pickle: course.pickle,
            start: course.start,
            watch: course.watch,
            frames: &mut course.frames,
            late_proto: &mut course.late_proto,
        };
        let flow = run(&mut course.reader, length, &mut self.machine, &mut live, most);
        course.watch = live.watch;
        flow
    }

    fn summary(&self, course: &Course<'a>, stopped: bool) -> Summary {
        let Course { watch, mut frames, late_proto, .. } = *course;
        let end = course.end.unwrap_or(course.reader.position());
        frames.close(self.arena.bytes(), end, stopped);
        Summary {
            pickle: course.pickle,
            start: course.start,
            end,
            stopped,
            declared: watch.declared,
            newer: watch.newer,
            refused: watch.refused || !stopped,
            left: if stopped { self.machine.height() } else { 0 },
            marks: if stopped { self.machine.depth() } else { 0 },
            nesting: watch.open.max(self.machine.depth()).max(watch.closing_most).max(self.arena.deepest()),
            shared: watch.shared,
            keys: watch.keys,
            tuples: self.arena.deepest(),
            frames,
            late_proto,
        }
    }

    /// Whether the pickle needs more memory than it may; asked when what can be reached no more is gone.
    fn is_too_large(&self) -> bool {
        let machine = &self.machine;
        let small = machine.height() + usize::try_from(machine.memo.len()).unwrap_or(usize::MAX / 2);
        self.arena.len() + machine.depth() + small / PER_ENTRY > self.most
    }

    fn collect(&mut self) {
        if self.arena.len() < self.collect_at {
            return;
        }
        let Machine { stack, memo, .. } = &mut self.machine;
        let mut stored: Vec<Value> = memo.values_mut().map(|&mut kept| self.arena.value_of(kept)).collect();
        self.arena.collect_garbage(stack.iter_mut().chain(&mut stored));
        self.arena.forget_kept();
        memo.values_mut().zip(stored).for_each(|(kept, value)| *kept = self.arena.kept(value));
        self.collect_at = COLLECT_FROM.max(2 * self.arena.len());
    }
}

#[cfg(test)]
mod tests;
