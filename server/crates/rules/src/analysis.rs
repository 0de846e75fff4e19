//! From the events of the machine to those that rules look at: each global is judged once, each callee resolved.

mod callee;
mod embedded;
mod ledger;
mod shapes;

use std::ops::Range;

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_machine::hole::Found;
use pickle_machine::render::{Limits, render};
use pickle_machine::stream::{Observer, Scene, Summary};
use pickle_machine::{Domain, Fault, Inner, Interrupt};
use pickle_ops::{Op, Opcode};
use rustc_hash::FxHashMap;

use crate::diagnostic::Finding;
use crate::lint::{Findings, Options, Reporter};
use crate::pickle::rule_of;
use crate::policy::Verdict;
use crate::registry::RULES;
use crate::rule::{Check, KINDS, Kind, Rule};
pub(crate) use callee::Callee;
pub use embedded::Embedded;
pub(crate) use embedded::EmbeddedList;
use embedded::unpickles;
pub(crate) use ledger::{Entry, Ledger};
pub(crate) use shapes::Fit;

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

/// Levels of pickles in pickles that are looked into.
pub(crate) const MOST_NESTED: usize = 4;
/// Distinct globals of a pickle that are remembered at a time.
const MOST_GLOBALS: usize = 1 << 16;

/// The rules that are on, by what they look at, and what they found.
struct Dispatch {
    tables: [Vec<(&'static Rule, Check)>; KINDS],
    findings: Findings,
}

impl Dispatch {
    fn new(options: &Options) -> Self {
        let mut tables: [Vec<(&'static Rule, Check)>; KINDS] = Default::default();
        for rule in RULES.iter().filter(|rule| options.selection.includes(&rule.meta)) {
            for check in rule.checks {
                tables[check.kind() as usize].push((rule, *check));
            }
        }
        Self { tables, findings: Findings::default() }
    }

    /// Gives each check of a kind, of rules that take more findings, to `run`.
    fn each(&mut self, kind: Kind, pickle: Option<usize>, mut run: impl FnMut(&Check, &mut Reporter<'_>)) {
        for (rule, check) in &self.tables[kind as usize] {
            if !self.findings.is_full(&rule.meta) {
                run(check, &mut Reporter { rule, pickle, findings: &mut self.findings });
            }
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
    /// The first array whose bytes could be opcodes to an unpickler that knows nothing of arrays.
    plain_from: Option<usize>,
    embedded: EmbeddedList,
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
            plain_from: None,
            embedded: EmbeddedList::default(),
        }
    }

    /// The first array whose bytes could be opcodes to an unpickler that knows nothing of arrays.
    pub(crate) fn plain_from(&self) -> Option<usize> {
        self.plain_from
    }

    /// Constants that may be pickles themselves, or hold some.
    pub(crate) fn take_embedded(&mut self) -> EmbeddedList {
        std::mem::take(&mut self.embedded)
    }

    /// All findings; an interrupted pickle is judged by what was seen of it.
    pub(crate) fn finish(mut self) -> Vec<Finding> {
        self.judge_globals();
        let bytes = self.bytes;
        self.dispatch.each(Kind::Stream, None, |check, report| {
            if let Check::Stream(check) = check {
                check(bytes, report);
            }
        });
        self.dispatch.findings.into_sorted()
    }

    /// Judges what globals of the pickle came to, and forgets them.
    fn judge_globals(&mut self) {
        for entry in self.ledger.entries().filter(|entry| entry.verdict != Verdict::Allowed) {
            self.dispatch.each(Kind::Global, Some(self.pickle), |check, report| {
                if let Check::Global(check) = check {
                    check(entry, report);
                }
            });
        }
        self.ledger.clear();
    }

    /// Judges globals before the end of the pickle when there are too many of them to remember.
    fn make_room(&mut self) {
        if self.ledger.len() >= MOST_GLOBALS {
            self.judge_globals();
            self.ledger.clear_within_pickle();
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

    /// Judges a call by its callee, and by the one that the callee passes it on to.
    fn judge_call(&mut self, arena: &Arena<'a>, op: &Op<'a>, call: Value) {
        let Made::Call { callee, arguments, .. } = arena.shape(call) else { return };
        let mut next = Some(callee);
        let mut levels = 0;
        while let Some(value) = next.take() {
            let callee = self.resolve(arena, value, op, levels);
            let mut fit = Fit::Harmless;
            if let Callee::Known(entry) = callee {
                self.ledger.called(entry);
                let verdict = &self.ledger.entry(entry).verdict;
                if unpickles(verdict) {
                    self.embedded.unpickled(arena, arguments);
                }
                match *verdict {
                    Verdict::Allowed => return,
                    Verdict::AllowedAs(shape) => {
                        (fit, next) = self.fit(arena, op, shape, call, arguments);
                        if fit == Fit::Harmless && next.is_none() {
                            return;
                        }
                    }
                    Verdict::Unlisted => return,
                    Verdict::Denied(_) => {}
                }
            }
            self.site(arena, &CallSite { op, call, callee, fit });
            levels += 1;
        }
    }
}

impl<'a> Observer<'a> for Analysis<'_, 'a> {
    fn global(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, value: Value) {
        self.pickle = scene.pickle;
        let Made::Global(global) = scene.arena.shape(value) else { return };
        self.make_room();
        if let Some(names) = global.resolved() {
            self.ledger.load(names, op, &self.options.policy);
        } else if let Some((module, name)) = scene.arena.names(value)
            && scene.arena.may_be_str(module)
            && scene.arena.may_be_str(name)
        {
            self.dispatch.each(Kind::ComputedGlobal, Some(scene.pickle), |check, report| {
                if let Check::ComputedGlobal(check) = check {
                    check(op, report);
                }
            });
        }
    }

    fn call(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, call: Value) {
        self.pickle = scene.pickle;
        // `getattr` adds globals as well.
        self.make_room();
        self.judge_call(scene.arena, op, call);
    }

    fn build(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, target: Value, _state: Value) {
        if !matches!(scene.arena.shape(target), Made::Global(_)) {
            return;
        }
        let view = View { arena: scene.arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Build, Some(scene.pickle), |check, report| {
            if let Check::Build(check) = check {
                check(&view, op, target, report);
            }
        });
    }

    fn extension(&mut self, pickle: usize, op: &Op<'a>) {
        self.dispatch.each(Kind::Extension, Some(pickle), |check, report| {
            if let Check::Extension(check) = check {
                check(op, report);
            }
        });
    }

    fn inner(&mut self, pickle: usize, op: &Op<'a>, inner: Inner) {
        self.embedded.add(pickle, op.start..op.end, inner);
    }

    fn array(&mut self, scene: Scene<'_, 'a>, op: &Op<'a>, found: &Found) {
        if let Some(inner) = Inner::of_array(found) {
            self.embedded.add(scene.pickle, op.start..op.end, inner);
        }
        let bytes = self.bytes;
        if let Found::Hole(hole) = found
            && self.plain_from.is_none()
            && bytes.get(hole.bytes.start).is_some_and(|&first| Opcode::from_byte(first).is_some())
        {
            self.plain_from = Some(hole.bytes.start);
        }
        self.dispatch.each(Kind::Array, Some(scene.pickle), |check, report| {
            if let Check::Array(check) = check {
                check(bytes, op, found, report);
            }
        });
    }

    fn newer_opcode(&mut self, pickle: usize, op: &Op<'a>, declared: Option<u8>) {
        self.dispatch.each(Kind::NewerOpcode, Some(pickle), |check, report| {
            if let Check::NewerOpcode(check) = check {
                check(op, declared, report);
            }
        });
    }

    fn fault(&mut self, pickle: usize, fault: &Fault) {
        let rule = rule_of(fault.kind);
        self.dispatch.each(Kind::Fault, Some(pickle), |_, report| {
            if std::ptr::eq(report.rule, rule) {
                crate::pickle::report_fault(fault, report);
            }
        });
    }

    fn end(&mut self, summary: &Summary) {
        self.pickle = summary.pickle;
        self.last = Some(*summary);
        if self.ledger.len() > 0 {
            self.judge_globals();
        }
    }

    fn gap(&mut self, bytes: Range<usize>, _behind: bool) {
        let (all, last) = (self.bytes, self.last);
        self.dispatch.each(Kind::Gap, None, |check, report| {
            if let Check::Gap(check) = check {
                check(all, bytes.clone(), last, report);
            }
        });
    }
}
