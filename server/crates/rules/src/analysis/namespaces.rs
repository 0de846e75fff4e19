//! Globals that a pickle loads only to be names of functions by value: dill writes all of the namespace that a function was
//! defined in. What the code does with them is told with the code.
//!
//! A pass of its own over one pickle, which notes every use of what may be such a name or namespace.

use pickle_machine::{Arguments, Collection, Domain, Flow, Interrupt, Machine, run};
use pickle_ops::{Op, Opcode, Operand, Reader};
use rustc_hash::{FxHashMap, FxHashSet};

use super::Analysis;
use crate::policy::{Category, Denial, Policy, Verdict};

/// Ops between two looks at the interrupt.
const STRIDE: usize = 1 << 14;
/// Uses that are noted: beyond that nothing is taken for a name.
const MOST_USES: usize = 1 << 20;
/// Containers in containers.
const MOST_LEVELS: usize = 16;
/// Loads of denied globals that are looked at.
const MOST_LOADS: usize = 1 << 12;

/// What becomes of a value; places are offsets of the ops that made the values.
#[derive(Clone, Copy, Debug)]
enum Use {
    /// An item of a container; in a tuple, of that number.
    Item(usize, usize),
    /// A value of a dict, under a key.
    Value(usize, usize),
    /// The arguments of a call of this.
    Arguments(usize),
    /// Anything else.
    Other,
}

/// The offset of the op that made a value.
type At = usize;

/// What no op made.
const NOWHERE: At = usize::MAX;

struct Uses<'p, 'a> {
    bytes: &'a [u8],
    policy: &'p Policy,
    uses: FxHashMap<At, Vec<Use>>,
    noted: usize,
    /// Helpers that make functions, by their names.
    helpers: FxHashMap<At, String>,
}

impl<'a> Uses<'_, 'a> {
    fn note(&mut self, value: At, becomes: Use) {
        use Opcode as O;
        let Some(opcode) = self.bytes.get(value).copied().and_then(O::from_byte) else { return };
        let matters = matches!(
            opcode,
            O::Global
                | O::StackGlobal
                | O::EmptyDict
                | O::Dict
                | O::EmptyList
                | O::List
                | O::EmptySet
                | O::FrozenSet
                | O::Tuple
                | O::Tuple1
                | O::Tuple2
                | O::Tuple3
                | O::Reduce
        );
        if matters && self.noted < MOST_USES {
            self.noted += 1;
            self.uses.entry(value).or_default().push(becomes);
        }
    }

    fn text(&self, at: At) -> Option<String> {
        let op = Reader::new(self.bytes, at).next_op().ok()?;
        match op.operand().ok()? {
            Operand::Text(text) => text.to_str().map(std::borrow::Cow::into_owned),
            Operand::ByteString(text) => String::from_utf8(text.bytes().ok()?.into_owned()).ok(),
            _ => None,
        }
    }

    fn named(&mut self, at: At, module: &str, name: &str) {
        let verdict = self.policy.judge(module, name);
        if matches!(verdict, Verdict::Denied(Denial { category: Category::ByValue, .. })) {
            self.helpers.insert(at, name.to_owned());
        }
    }

    /// Whether a tuple is only ever the arguments of helpers, of which the item of a number serves.
    fn is_argument(&self, tuple: At, number: usize, serves: &[(&str, usize)]) -> bool {
        self.all(tuple, |&becomes| match becomes {
            Use::Arguments(callee) => {
                self.helpers.get(&callee).is_some_and(|name| serves.contains(&(name, number)))
            }
            _ => false,
        })
    }

    fn all(&self, value: At, serves: impl FnMut(&Use) -> bool) -> bool {
        self.uses.get(&value).is_some_and(|uses| uses.iter().all(serves))
    }

    /// Whether a dict is the namespace of functions by value, and nothing else.
    fn is_namespace(&self, dict: At) -> bool {
        const MAKERS: &[(&str, usize)] =
            &[("_create_function", 1), ("_fill_function", 1), ("_make_function", 1), ("_make_skel_func", 2)];
        self.all(dict, |&becomes| match becomes {
            Use::Item(tuple, number) => self.is_argument(tuple, number, MAKERS),
            Use::Value(slots, key) => {
                self.text(key).is_some_and(|key| ["__globals__", "globals"].contains(&key.as_str()))
                    && self.are_slots(slots)
            }
            _ => false,
        })
    }

    /// Whether a dict holds what a function by value is made of.
    fn are_slots(&self, dict: At) -> bool {
        self.all(dict, |&becomes| match becomes {
            Use::Item(tuple, number) => {
                self.is_argument(tuple, number, &[("_fill_function", 1)])
                    || number == 1 && self.is_state(tuple)
            }
            _ => false,
        })
    }

    fn is_state(&self, state: At) -> bool {
        self.all(state, |&becomes| match becomes {
            Use::Item(tuple, number) => self.is_argument(tuple, number, &[("_function_setstate", 1)]),
            _ => false,
        })
    }

    /// Whether a value is a name in namespaces, or in containers that are, and nothing else.
    fn is_name(&self, value: At, known: &mut FxHashMap<At, bool>, levels: usize) -> bool {
        if let Some(&known) = known.get(&value) {
            return known;
        }
        // What holds itself is no name.
        known.insert(value, false);
        let is_name = levels < MOST_LEVELS
            && self.all(value, |&becomes| match becomes {
                Use::Value(dict, _) => self.is_namespace(dict) || self.is_name(dict, known, levels + 1),
                Use::Item(container, _) => self.is_name(container, known, levels + 1),
                _ => false,
            });
        known.insert(value, is_name);
        is_name
    }

    fn hold(&mut self, container: At, collection: Collection, items: &[At]) {
        if collection == Collection::Dict {
            for pair in items.chunks(2) {
                self.note(pair[0], Use::Other);
                if let Some(&value) = pair.get(1) {
                    self.note(value, Use::Value(container, pair[0]));
                }
            }
        } else {
            for (number, &item) in items.iter().enumerate() {
                self.note(item, Use::Item(container, number));
            }
        }
    }
}

impl<'a> Domain<'a> for Uses<'_, 'a> {
    type Value = At;
    type Stored = At;

    fn missing(&mut self, _op: &Op<'a>) -> At {
        NOWHERE
    }
    fn constant(&mut self, op: &Op<'a>) -> At {
        op.start
    }
    fn collect(&mut self, op: &Op<'a>, collection: Collection, items: &[At]) -> At {
        self.hold(op.start, collection, items);
        op.start
    }
    fn extend(&mut self, op: &Op<'a>, target: At, items: &[At]) {
        let is_dict = matches!(op.opcode, Opcode::SetItem | Opcode::SetItems);
        // Objects that are no plain containers do with items what they like.
        let opens = self.bytes.get(target).copied().and_then(Opcode::from_byte);
        match opens {
            Some(Opcode::EmptyDict | Opcode::Dict) if is_dict => self.hold(target, Collection::Dict, items),
            Some(Opcode::EmptyList | Opcode::List | Opcode::EmptySet) if !is_dict => {
                self.hold(target, Collection::List, items);
            }
            _ => {
                for &item in items {
                    self.note(item, Use::Other);
                }
                self.note(target, Use::Other);
            }
        }
    }
    fn global(&mut self, op: &Op<'a>, _protocol: u8) -> At {
        if let Some((module, name)) = op.global() {
            let text = |raw: &[u8]| String::from_utf8_lossy(raw).into_owned();
            self.named(op.start, &text(module), &text(name));
        }
        op.start
    }
    fn stack_global(&mut self, op: &Op<'a>, _protocol: u8, module: At, name: At) -> At {
        if let (Some(module), Some(name)) = (self.text(module), self.text(name)) {
            self.named(op.start, &module, &name);
        }
        op.start
    }
    fn call(&mut self, op: &Op<'a>, callee: At, arguments: Arguments<'_, At>) -> At {
        self.note(callee, Use::Other);
        match arguments {
            Arguments::Tuple(tuple) => self.note(tuple, Use::Arguments(callee)),
            Arguments::TupleAndDict(tuple, dict) => {
                self.note(tuple, Use::Other);
                self.note(dict, Use::Other);
            }
            Arguments::Items(items) => {
                for &item in items {
                    self.note(item, Use::Other);
                }
            }
        }
        op.start
    }
    fn build(&mut self, _op: &Op<'a>, target: At, state: At) {
        self.note(state, Use::Other);
        self.note(target, Use::Other);
    }
    fn persistent(&mut self, op: &Op<'a>, id: Option<At>) -> At {
        if let Some(id) = id {
            self.note(id, Use::Other);
        }
        op.start
    }
    fn read_only(&mut self, op: &Op<'a>, buffer: At) -> At {
        self.note(buffer, Use::Other);
        op.start
    }
    fn duplicate(&mut self, _op: &Op<'a>, value: At) -> At {
        value
    }
    fn store(&mut self, _op: &Op<'a>, _slot: u64, value: At) -> At {
        value
    }
    fn load(&mut self, _op: &Op<'a>, _slot: u64, stored: At) -> At {
        stored
    }
    fn stop(&mut self, _op: &Op<'a>, result: At) {
        self.note(result, Use::Other);
    }
}

/// The loads, by their offsets, of globals that are names of functions by value and nothing else; `None` when interrupted.
fn names_of_functions(
    bytes: &[u8],
    start: usize,
    loads: &[At],
    policy: &Policy,
    interrupt: Interrupt<'_>,
) -> Option<FxHashSet<At>> {
    let mut reader = Reader::new(bytes, start);
    let mut machine = Machine::default();
    let mut uses =
        Uses { bytes, policy, uses: FxHashMap::default(), noted: 0, helpers: FxHashMap::default() };
    while run(&mut reader, bytes.len(), &mut machine, &mut uses, STRIDE) == Flow::Next {
        if interrupt() || uses.noted >= MOST_USES {
            return None;
        }
    }
    let mut known = FxHashMap::default();
    let is_name = |&at: &At| uses.is_name(at, &mut known, 0);
    Some(loads.iter().copied().filter(is_name).collect())
}

impl<'a> Analysis<'_, 'a> {
    /// Notes that a global was loaded that may turn out to be a name of a function by value.
    pub(super) fn note_denied(&mut self, op: &Op<'a>, id: super::EntryId) {
        let verdict = &self.ledger.entry(id).verdict;
        if matches!(verdict, Verdict::Denied(denial) if denial.category != Category::Project)
            && self.denied.len() < MOST_LOADS
        {
            self.denied.push((op.start, id));
        }
    }

    /// Notes which denied globals of the pickle that begins at an offset are names of functions by value, and nothing else.
    pub(super) fn judge_namespaces(&mut self, start: usize) {
        let denied = std::mem::take(&mut self.denied);
        let by_value = self.tally.code > 0 && !self.one_memo;
        if !by_value || denied.is_empty() || denied.len() >= MOST_LOADS {
            return;
        }
        let unseen = |id| self.ledger.entry(id).calls == 0;
        let loads: Vec<At> = denied.iter().filter(|&&(_, id)| unseen(id)).map(|&(at, _)| at).collect();
        if loads.is_empty() {
            return;
        }
        let Some(names) = names_of_functions(self.bytes, start, &loads, &self.options.policy, self.interrupt)
        else {
            return;
        };
        let mut of_entry: FxHashMap<super::EntryId, u32> = FxHashMap::default();
        for &(_, id) in denied.iter().filter(|(at, _)| names.contains(at)) {
            *of_entry.entry(id).or_default() += 1;
        }
        for (id, count) in of_entry {
            self.ledger.named(id, count);
        }
    }
}
