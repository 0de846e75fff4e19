//! From the events of the machine to those that rules look at: each global is judged once, each callee resolved.

mod above;
mod annotations;
mod array;
mod arrow;
mod attributes;
mod borrowed;
mod builds;
mod by_name;
mod by_value;
mod callee;
mod calls;
mod code;
mod codecs;
mod comparison;
mod compilers;
mod denied;
mod distributions;
mod dtypes;
mod embedded;
mod evaluated;
mod events;
mod expansion;
mod expressions;
mod functions;
mod gap;
mod growth;
mod handed_on;
mod held;
mod iteration;
mod keys;
mod late;
mod ledger;
mod looked;
mod members;
mod methods;
mod namespaces;
mod numbers;
mod objects;
mod pairs;
mod partials;
mod patterns;
mod puts;
mod seen;
mod shapes;
mod sizes;
mod state;
mod stored;
mod tensors;
mod texts;

use std::ops::Range;
use std::sync::Arc;

use pickle_machine::Interrupt;
use pickle_machine::arena::{Arena, Offsets, Value};
use pickle_machine::render::{Limits, render, render_stateless};
use pickle_machine::stream::{Beside, Summary};
use pickle_ops::Op;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::diagnostic::Finding;
use crate::lint::{Findings, Options, Reporter};
use crate::one_memo::Misses;
use crate::pickle::items_before_state;
use crate::policy::Verdict;
use crate::registry::Checks;
use crate::rule::{Check, Kind};
use crate::shards::Slice;
use crate::storages::{Alone, Storages};
pub(crate) use builds::BuildSite;
pub(crate) use callee::Callee;
pub(crate) use code::{Code, shortened};
pub(crate) use comparison::{Comparison, LineReadings, Said};
pub use embedded::Embedded;
pub(crate) use embedded::EmbeddedList;
pub(crate) use evaluated::Harm;
pub(crate) use gap::Gap;
pub(crate) use keys::Meeting;
pub(crate) use ledger::{Entry, EntryId, Ledger, shown};
pub(crate) use members::{Misfit, Why};
pub(crate) use puts::Put;
pub(crate) use seen::Seen;
use seen::Tally;
pub(crate) use shapes::Fit;
pub(crate) use state::{Hook, StateKind};
pub(crate) use texts::MadeText;

/// What a rule can ask about values.
#[derive(Debug)]
pub(crate) struct View<'s, 'a> {
    pub(crate) arena: &'s Arena<'a>,
    pub(crate) ledger: &'s Ledger<'a>,
}

impl View<'_, '_> {
    /// A value as text of one line.
    pub(crate) fn render(&self, value: Value) -> String {
        render(self.arena, value, Limits::LINE)
    }

    /// What gets a state, as it was before.
    pub(crate) fn render_target(&self, target: Value) -> String {
        render_stateless(self.arena, target, Limits::LINE)
    }
}

/// A call that is not plainly harmless.
#[derive(Debug)]
pub(crate) struct CallSite<'s, 'a> {
    pub(crate) op: &'s Op<'a>,
    /// The call, for [`View::render`].
    pub(crate) call: Value,
    pub(crate) callee: Callee,
    /// How the call fits the shape in which the callee is allowed.
    pub(crate) fit: Fit,
}

impl CallSite<'_, '_> {
    pub(crate) fn span(&self) -> Range<usize> {
        self.op.start..self.op.end
    }
}

/// A stream, when all of it is seen.
#[derive(Debug)]
pub(crate) struct Whole<'a> {
    pub(crate) bytes: &'a [u8],
    /// Whether the C unpickler refuses any of its pickles.
    pub(crate) refused: bool,
}

/// Levels of pickles in pickles that are looked into.
pub(crate) const MOST_NESTED: usize = 4;
/// Distinct globals of a pickle that are remembered at a time.
const MOST_GLOBALS: usize = 1 << 16;

/// The rules that are on and take more findings, by what they look at, and what they found.
struct Dispatch {
    checks: Arc<Checks>,
    /// Rules that took no more when the checks were last looked through.
    full: usize,
    findings: Findings,
}

impl Dispatch {
    fn new(options: &Options) -> Self {
        Self { checks: options.selection.checks().clone(), full: 0, findings: Findings::default() }
    }

    /// Gives each check of a kind, of rules that take more findings, to `run`.
    fn each(&mut self, kind: Kind, pickle: Option<usize>, mut run: impl FnMut(&Check, &mut Reporter<'_>)) {
        if self.full != self.findings.full() {
            self.leave_out_full();
        }
        for (rule, check) in &self.checks[kind as usize] {
            run(check, &mut Reporter { rule, pickle, findings: &mut self.findings });
        }
    }

    /// To ask of each rule at each event whether it takes more would be most of the time that events take.
    #[cold]
    fn leave_out_full(&mut self) {
        self.full = self.findings.full();
        for checks in Arc::make_mut(&mut self.checks) {
            checks.retain(|(rule, _)| !self.findings.is_full(&rule.meta));
        }
    }
}

/// The observer that gives events to rules.
pub(crate) struct Analysis<'o, 'a> {
    bytes: &'a [u8],
    options: &'o Options,
    interrupt: Interrupt<'o>,
    depth: usize,
    dispatch: Dispatch,
    ledger: Ledger<'a>,
    /// What was found in constants that are unpickled, by the offsets of the constants.
    nested: FxHashMap<usize, Fit>,
    pickle: usize,
    last: Option<Summary>,
    /// Bytes that belong to no pickle, until it is known what follows them.
    gap: Option<Range<usize>>,
    /// What is counted in the pickle at hand.
    tally: Tally,
    /// Objects of the pickle that were given items, by the offsets of the ops that made them, if a rule wants to know.
    filled: Option<FxHashSet<usize>>,
    /// Whether any pickle of the stream was refused.
    refused: bool,
    /// Refused pickles that other readers have read.
    compared: usize,
    /// Patterns of the project that allowed something, by their numbers in the policy.
    used: FxHashSet<usize>,
    /// The first array whose bytes could be opcodes to an unpickler that knows nothing of arrays.
    plain_from: Option<usize>,
    embedded: EmbeddedList,
    beside: Vec<Beside>,
    slices: Vec<Slice>,
    /// Whether a global was loaded that must not be handed on, so that the containers of globals matter.
    watches: bool,
    /// Whether a class was loaded whose constructor does more than hold data.
    empty_class: bool,
    /// Whether a class was loaded whose instances do more than to give items when they are iterated.
    lazy: bool,
    /// Whether something was loaded that gives items without an end.
    endless: bool,
    /// Whether one unpickler loads all pickles, so that values live on from one to the next.
    one_memo: bool,
    /// Whether bytes of arrays are taken for opcodes, and end the pickle somewhere.
    cut_short: bool,
    misses: Misses,
    /// Globals that are watched, in tuples that may be the arguments of a harmless call, by the offsets of the tuples.
    lent: FxHashMap<usize, EntryId>,
    /// Dicts that were given to helpers for functions and classes by value, by the offsets of the ops that made them.
    namespaces: FxHashSet<usize>,
    /// Where the items of arrays are whose wrappers were made by the ops at these offsets.
    behind: FxHashMap<usize, Range<usize>>,
    /// What the integers of arrays come to, by the offsets of the ops that made them and what was asked.
    ranges: FxHashMap<(usize, u32), array::Range>,
    /// Arrays, dtypes and what has members that have their state, by the offsets of the ops that made them.
    settled: FxHashSet<usize>,
    /// Arrays whose numbers were looked at, and others that something was called with, by the same.
    relied: FxHashSet<usize>,
    given: FxHashSet<usize>,
    /// Containers of which more was looked at than is kept, by the same: they must not be given more items.
    read: Offsets,
    /// Objects that were looked at because others hold them, by the same: they must not be given another state.
    looked_at: Offsets,
    /// Objects in configurations that had no state yet when those were looked at, by the same.
    unfinished: Offsets,
    stored: stored::Stored,
    /// Where the numbers of tensors are.
    storages: &'o dyn Storages,
    /// How long what computing functions made is, by the offsets of the ops that called them.
    extents: FxHashMap<usize, growth::Extent>,
    /// How many items plain lists and dicts have, by the offsets of the ops that made them.
    plain_lengths: FxHashMap<usize, f64>,
    /// What was looked at for that.
    lengths_work: usize,
    /// What calls took that compute, or make much of nothing.
    spent: growth::Spent,
    /// What was found in long texts, by where they are: many calls may be given the same.
    texts: FxHashMap<(usize, iteration::Sought), bool>,
    /// What was made of texts, by the offsets of the ops that called.
    parts: FxHashMap<usize, Option<texts::Part>>,
    /// What it takes to compile patterns, and whether texts take hours, by the offsets of the constants; and all that were compiled since it was told.
    patterns: FxHashMap<usize, (u64, bool)>,
    compiled: u64,
    /// What the pass over keys has in its memo.
    memory: keys::Memory,
    /// Nanoseconds that keys take that are made to meet, and those that were told.
    met: u64,
    told_met: u64,
    /// Numbers of tensors that were read.
    numbers: u64,
    /// Bytes that were read again to count the objects of arrays, and to see what containers are filled.
    counted: usize,
    /// The container that was filled last where it was made, by the offset of the op that made it, and where it was.
    filling: Option<(usize, usize)>,
    /// What storages of the pickle at hand are made of, by their keys.
    named: FxHashMap<String, tensors::Item>,
    /// Loads of denied globals in the pickle at hand, by their offsets.
    denied: Vec<(usize, EntryId)>,
}

impl<'o, 'a> Analysis<'o, 'a> {
    pub(crate) fn new(bytes: &'a [u8], options: &'o Options, interrupt: Interrupt<'o>, depth: usize) -> Self {
        Self {
            bytes,
            options,
            interrupt,
            depth,
            dispatch: Dispatch::new(options),
            ledger: Ledger::default(),
            nested: FxHashMap::default(),
            pickle: 0,
            last: None,
            gap: None,
            tally: Tally::default(),
            filled: options.selection.includes(&items_before_state::RULE.meta).then(FxHashSet::default),
            refused: false,
            compared: 0,
            used: FxHashSet::default(),
            plain_from: None,
            embedded: EmbeddedList::default(),
            beside: Vec::new(),
            slices: Vec::new(),
            watches: false,
            empty_class: false,
            lazy: false,
            endless: false,
            one_memo: false,
            cut_short: false,
            misses: Misses::default(),
            lent: FxHashMap::default(),
            namespaces: FxHashSet::default(),
            behind: FxHashMap::default(),
            ranges: FxHashMap::default(),
            settled: FxHashSet::default(),
            relied: FxHashSet::default(),
            given: FxHashSet::default(),
            read: Offsets::default(),
            looked_at: Offsets::default(),
            unfinished: Offsets::default(),
            stored: stored::Stored::default(),
            storages: &Alone,
            extents: FxHashMap::default(),
            plain_lengths: FxHashMap::default(),
            lengths_work: 0,
            spent: growth::Spent::new(bytes.len()),
            texts: FxHashMap::default(),
            parts: FxHashMap::default(),
            patterns: FxHashMap::default(),
            compiled: 0,
            memory: keys::Memory::default(),
            met: 0,
            told_met: 0,
            numbers: 0,
            counted: 0,
            filling: None,
            named: FxHashMap::default(),
            denied: Vec::new(),
        }
    }

    /// To observe one unpickler that loads all pickles of the stream.
    pub(crate) fn with_one_memo(mut self) -> Self {
        self.one_memo = true;
        self
    }

    /// To observe an unpickler that takes the bytes of arrays for opcodes: an object whose state they are has none, in any file.
    pub(crate) fn with_arrays_as_opcodes(mut self) -> Self {
        self.cut_short = true;
        self
    }

    /// To ask these for the numbers of tensors.
    pub(crate) fn with_storages(mut self, storages: &'o dyn Storages) -> Self {
        self.storages = storages;
        self
    }

    /// Reads of memo slots that were empty, in pickles behind the first.
    pub(crate) fn take_misses(&mut self) -> Misses {
        std::mem::take(&mut self.misses)
    }

    /// The first array whose bytes could be opcodes to an unpickler that knows nothing of arrays.
    pub(crate) fn plain_from(&self) -> Option<usize> {
        self.plain_from
    }

    /// Constants that may be pickles themselves, or hold some.
    pub(crate) fn take_embedded(&mut self) -> EmbeddedList {
        std::mem::take(&mut self.embedded)
    }

    /// Arrays that are in files beside the stream.
    pub(crate) fn take_beside(&mut self) -> Vec<Beside> {
        std::mem::take(&mut self.beside)
    }

    /// Parts of files that the stream is the index of.
    pub(crate) fn take_slices(&mut self) -> Vec<Slice> {
        std::mem::take(&mut self.slices)
    }

    /// All findings; an interrupted pickle is judged by what was seen of it.
    pub(crate) fn finish(mut self) -> (Vec<Finding>, FxHashSet<usize>) {
        self.judge_gap(None);
        self.judge_globals();
        let whole = Whole { bytes: self.bytes, refused: self.refused };
        self.dispatch.each(Kind::Stream, None, |check, report| match check {
            Check::Stream(check) => check(whole.bytes, report),
            Check::Whole(check) => check(&whole, report),
            _ => {}
        });
        (self.dispatch.findings.into_sorted(), self.used)
    }

    /// Judges what globals of the pickle came to, and forgets them.
    fn judge_globals(&mut self) {
        for (_, entry) in self.lent.drain() {
            self.ledger.stray(entry);
        }
        for entry in self.ledger.entries() {
            self.dispatch.each(Kind::AnyGlobal, Some(self.pickle), |check, report| {
                if let Check::AnyGlobal(check) = check {
                    check(entry, report);
                }
            });
            if entry.verdict == Verdict::Allowed {
                self.used.extend(self.options.policy.allowed_by(&entry.names.module, &entry.names.name));
                continue;
            }
            self.dispatch.each(Kind::Global, Some(self.pickle), |check, report| {
                if let Check::Global(check) = check {
                    check(entry, report);
                }
            });
        }
        if self.one_memo {
            self.ledger.clear_with_callees();
        } else {
            self.ledger.clear();
        }
    }

    /// Judges globals before the end of the pickle when there are too many of them to remember.
    fn make_room(&mut self) {
        if self.ledger.len() >= MOST_GLOBALS {
            self.judge_globals();
            self.ledger.clear_with_callees();
        }
    }

    fn site(&mut self, arena: &Arena<'a>, site: &CallSite<'_, 'a>) {
        let view = View { arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Call, Some(self.pickle), |check, report| {
            if let Check::Call(check) = check {
                check(&view, site, report);
            }
        });
    }
}
