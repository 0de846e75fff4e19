//! Every global that a stream asks for: where, what it is worth, and whether it is called.
//!
//! This is a list and no judgement of what happens: the rules are that.

use std::collections::HashMap;

use pickle_machine::arena::{Shape, Value};
pub use pickle_machine::stream::Completion;
use pickle_machine::stream::{Observer, Scene, scan};
use pickle_machine::{Interrupt, Names};
use pickle_ops::Op;

use crate::policy::{Policy, Verdict};

/// A global and its worth.
#[derive(Clone, Debug)]
pub struct Listed<'a> {
    /// As the bytes say; `None` where the names are no constants.
    pub written: Option<Names<'a>>,
    /// As an unpickler looks it up.
    pub resolved: Option<Names<'a>>,
    /// What the policy says of it; of one without constant names nothing is known.
    pub verdict: Verdict,
}

/// A place where a global is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Load {
    /// Number of the pickle in the stream, from 0.
    pub pickle: usize,
    /// Offset of the op: `GLOBAL`, `STACK_GLOBAL`, `INST`, or one of extension codes.
    pub offset: usize,
    /// Which of [`Inventory::globals`].
    pub global: usize,
    /// Whether what is loaded here is called.
    pub called: bool,
}

/// All globals of a stream.
#[derive(Clone, Debug)]
pub struct Inventory<'a> {
    /// Each distinct one.
    pub globals: Vec<Listed<'a>>,
    /// Each place, by offset.
    pub loads: Vec<Load>,
    /// Whether the stream was read to its end.
    pub completion: Completion,
}

/// Lists the globals of all pickles of a stream.
#[must_use]
pub fn inventory<'a>(bytes: &'a [u8], policy: &Policy, interrupt: Interrupt<'_>) -> Inventory<'a> {
    let mut taker = Taker { policy, globals: Vec::new(), numbers: HashMap::new(), loads: Vec::new() };
    let completion = scan(bytes, &mut taker, interrupt);
    Inventory { globals: taker.globals, loads: taker.loads, completion }
}

/// As written, and as looked up. The map is keyed by data of the stream: it uses the standard hasher, which no input can
/// make slow.
type Key<'a> = (Option<Names<'a>>, Option<Names<'a>>);

struct Taker<'p, 'a> {
    policy: &'p Policy,
    globals: Vec<Listed<'a>>,
    numbers: HashMap<Key<'a>, usize>,
    loads: Vec<Load>,
}

impl<'a> Taker<'_, 'a> {
    fn load(&mut self, pickle: usize, offset: usize, key: Key<'a>) {
        let global = match self.numbers.get(&key) {
            Some(&number) => number,
            None => self.list(key),
        };
        self.loads.push(Load { pickle, offset, global, called: false });
    }

    fn list(&mut self, key: Key<'a>) -> usize {
        let (written, resolved) = key.clone();
        let judged = resolved.as_ref().map(|names| self.policy.judge(&names.module, &names.name));
        self.globals.push(Listed { written, resolved, verdict: judged.unwrap_or(Verdict::Unlisted) });
        let number = self.globals.len() - 1;
        self.numbers.insert(key, number);
        number
    }
}

impl<'a> Observer<'a> for Taker<'_, 'a> {
    fn global(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        let Shape::Global(global) = scene.arena.shape(value) else { return };
        self.load(scene.pickle, op.start, (global.written.clone(), global.resolved()));
    }

    fn extension(&mut self, pickle: usize, op: &Op<'a>) {
        self.load(pickle, op.start, (None, None));
    }

    fn call(&mut self, scene: Scene<'_, 'a>, _: &Op<'a>, call: Value) {
        let Shape::Call { callee, .. } = scene.arena.shape(call) else { return };
        let Some(at) = scene.arena.origin(callee) else { return };
        if let Ok(found) = self.loads.binary_search_by_key(&at, |load| load.offset) {
            self.loads[found].called = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use pickle_machine::never;

    use super::*;

    /// `offset written resolved called verdict`, a line a load.
    fn lines(bytes: &[u8]) -> Vec<String> {
        let found = inventory(bytes, &Policy::default(), &never);
        assert_eq!(found.completion, Completion::Whole);
        let name = |names: &Option<Names<'_>>| names.as_ref().map_or("?".to_owned(), Names::dotted);
        let line = |load: &Load| {
            let listed = &found.globals[load.global];
            let (written, resolved) = (name(&listed.written), name(&listed.resolved));
            let called = if load.called { "called" } else { "loaded" };
            format!("{}:{} {written} {resolved} {called} {}", load.pickle, load.offset, listed.verdict.name())
        };
        found.loads.iter().map(line).collect()
    }

    #[test]
    fn every_place() {
        assert_eq!(
            lines(b"c__builtin__\neval\nq\0(S'1'\ntR0h\0.cos\nsystem\n."),
            ["0:0 __builtin__.eval builtins.eval called denied", "1:32 os.system os.system loaded denied"]
        );
        assert_eq!(
            lines(b"(S'a'\nios\nsystem\n0ccollections\nOrderedDict\n."),
            [
                "0:6 os.system os.system called denied",
                "0:18 collections.OrderedDict collections.OrderedDict loaded allowed",
            ]
        );
    }

    #[test]
    fn without_constant_names() {
        assert_eq!(lines(b"\x80\x04]]\x93."), ["0:4 ? ? loaded unlisted"]);
        assert_eq!(lines(b"\x80\x02\x82\x01)R."), ["0:2 ? ? called unlisted"]);
    }
}
