//! Streams of pickles that share a memo.
//!
//! A `Pickler` that writes several pickles goes on with its memo, and a later pickle refers to what an earlier one has
//! stored. `pickle.load`, called for each, cannot load it; one `Unpickler` for all can. Where a slot is found empty that an earlier
//! pickle has filled, the stream is read once more as such an `Unpickler` reads it, and that reading is judged as well: a
//! global that is taken from the memo is followed. Nothing here is reported of streams whose pickles stand by themselves.

use std::ops::Range;

use pickle_machine::stream::{As, Completion, Memory, scan_as};
use pickle_machine::{Fault, FaultKind, Interrupt};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::analysis::{Analysis, Embedded};
use crate::diagnostic::{Finding, Severity};
use crate::lint::{Findings, Options, Reporter};
use crate::pickle::memo_miss;

/// Misses that are remembered of a stream. Beyond them a miss stays what it is by itself.
const MOST_MISSES: usize = 1 << 16;

/// A read of a memo slot, in a pickle that is not the first, that finds it empty and stops the C unpickler.
#[derive(Clone, Debug)]
struct Miss {
    pickle: usize,
    span: Range<usize>,
    message: String,
}

/// Those of a stream, in order.
#[derive(Debug, Default)]
pub(crate) struct Misses(Vec<Miss>);

impl Misses {
    /// Takes note of a fault, if it is one.
    pub(crate) fn note(&mut self, pickle: usize, fault: &Fault) {
        let FaultKind::MemoMiss(slot) = fault.kind else { return };
        if pickle == 0 || self.0.len() >= MOST_MISSES {
            return;
        }
        let name = fault.opcode.map_or("", |opcode| opcode.name());
        let message = format!(
            "{name}: memo slot {slot} is filled by a pickle before this one: it loads only with one Unpickler for all"
        );
        self.0.push(Miss { pickle, span: fault.start..fault.end, message });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those that are none to a reader with these misses, by the pickles they are in.
    fn resolved_by(self, other: &Self) -> FxHashMap<usize, Miss> {
        let full = other.0.len() >= MOST_MISSES;
        let known = other.0.last().filter(|_| full).map_or(usize::MAX, |last| last.span.start);
        let missed: FxHashSet<usize> = other.0.iter().map(|miss| miss.span.start).collect();
        let resolved = |miss: &Miss| miss.span.start < known && !missed.contains(&miss.span.start);
        self.0.into_iter().filter(resolved).map(|miss| (miss.pickle, miss)).collect()
    }
}

/// What one unpickler for all pickles makes of a stream.
pub(crate) struct Reading {
    findings: Vec<Finding>,
    /// Patterns of the project that allowed something.
    pub(crate) used: FxHashSet<usize>,
    /// Whether it was read to its end.
    pub(crate) completion: Completion,
    /// Offsets of constants that are unpickled on load.
    unpickled: FxHashSet<usize>,
    /// The misses that are none, by pickle.
    resolved: FxHashMap<usize, Miss>,
}

/// Reads a stream with one memo. `misses` are those of unpicklers that load one pickle each.
pub(crate) fn read(
    bytes: &[u8],
    misses: Misses,
    options: &Options,
    memory: Memory,
    interrupt: Interrupt<'_>,
    depth: usize,
) -> Reading {
    let mut analysis = Analysis::new(bytes, options, interrupt, depth).with_one_memo();
    let completion = scan_as(As::OneMemo, bytes, memory, &mut analysis, interrupt);
    let resolved = misses.resolved_by(&analysis.take_misses());
    let (embedded, _) = analysis.take_embedded().finish();
    let unpickled =
        embedded.iter().filter(|embedded| embedded.unpickled).map(|embedded| embedded.inner.at).collect();
    let (findings, used) = analysis.finish();
    Reading { findings, used, completion, unpickled, resolved }
}

impl Reading {
    /// Puts the findings of this reading to those of pickles by themselves.
    ///
    /// Of a pickle that needs the memo of those before it, this reading says what it is; by itself it gets no further than to
    /// the miss, and what it has done until then counts as well. Of the others only what is surely harmful is added.
    pub(crate) fn join(self, alone: Vec<Finding>, options: &Options) -> Vec<Finding> {
        let miss_of = |finding: &Finding| self.resolved.get(&finding.pickle?);
        let is_security = |finding: &Finding| finding.rule.code.starts_with("PG");
        let mut joined: Vec<Finding> = alone
            .into_iter()
            .filter(|finding| match miss_of(finding) {
                Some(miss) => is_security(finding) && finding.span.start < miss.span.start,
                None => true,
            })
            .collect();
        let known: FxHashSet<_> =
            joined.iter().map(|finding| (finding.rule.code, finding.span.start)).collect();
        let more = self.findings.into_iter().filter(|finding| {
            // Misses that are none may have used up what is reported by the rule: those that are one are not lost by it.
            let counts = self.resolved.contains_key(&finding.pickle.unwrap_or(usize::MAX))
                || is_security(finding) && finding.severity == Severity::Error
                || finding.rule.code == memo_miss::RULE.meta.code;
            counts && !known.contains(&(finding.rule.code, finding.span.start))
        });
        joined.extend(more);
        if options.selection.includes(&memo_miss::RULE.meta) {
            joined.extend(told(self.resolved));
        }
        joined
    }

    /// Marks the constants that are unpickled in this reading.
    pub(crate) fn mark(&self, embedded: &mut [Embedded]) {
        for embedded in embedded {
            embedded.unpickled |= self.unpickled.contains(&embedded.inner.at);
        }
    }
}

/// The findings about misses that are none, bounded like those of any rule.
fn told(resolved: FxHashMap<usize, Miss>) -> Vec<Finding> {
    let mut misses: Vec<_> = resolved.into_values().collect();
    misses.sort_by_key(|miss| miss.span.start);
    let mut findings = Findings::default();
    for miss in misses {
        let mut report =
            Reporter { rule: &memo_miss::RULE, pickle: Some(miss.pickle), findings: &mut findings };
        let finding = report.finding(miss.span, miss.message).of_severity(Severity::Info);
        let help = "pickle.load makes a new Unpickler each time: make one, and call its load for each";
        report.push(finding.help(help));
    }
    findings.into_sorted()
}

#[cfg(test)]
mod tests {
    use crate::{MOST_OF_A_RULE, Options, Severity, lint_stream};

    fn found_in(bytes: &[u8]) -> Vec<(&'static str, Severity, Option<usize>)> {
        let report = lint_stream(bytes, &Options::default(), &pickle_machine::never);
        report
            .findings
            .into_iter()
            .map(|finding| (finding.rule.code, finding.severity, finding.pickle))
            .collect()
    }

    #[test]
    fn a_memo_that_goes_on_is_worth_knowing() {
        let stream = b"\x80\x04]\x94(K\x00]\x94\x8c\x06shared\x94ae.\x80\x04]\x94(K\x01h\x01e.\x80\x04]\x94(K\x02h\x01e.";
        let info = |pickle| ("PD105", Severity::Info, Some(pickle));
        assert_eq!(found_in(stream), [info(1), info(2)]);
    }

    #[test]
    fn a_slot_that_none_has_filled_is_an_error() {
        let error = ("PD105", Severity::Error, Some(1));
        assert!(found_in(b"\x80\x02]q\x00.\x80\x02h\x05.").contains(&error));
        let error = ("PD105", Severity::Error, Some(0));
        assert!(found_in(b"\x80\x02h\x05.\x80\x02]q\x05.").contains(&error));
        // The first that is missed was filled, the second was not.
        let both = found_in(b"\x80\x02]q\x00.\x80\x02h\x00h\x05\x86.");
        assert_eq!(both.iter().map(|found| found.1).collect::<Vec<_>>(), [Severity::Info, Severity::Error]);
    }

    #[test]
    fn a_global_from_the_memo_is_judged() {
        let call = b"\x80\x02cos\nsystem\nq\x000N.\x80\x02h\x00X\x02\x00\x00\x00id\x85R.";
        let found_here = found_in(call);
        assert!(found_here.contains(&("PG101", Severity::Error, Some(1))), "{found_here:?}");
        assert!(!found_here.iter().any(|found| found.0 == "PG107"), "{found_here:?}");
        // What nothing is known of, unless the slot is followed.
        let harmless = b"\x80\x02ccollections\nOrderedDict\nq\x00.\x80\x02h\x00)R.";
        assert_eq!(found_in(harmless), [("PD105", Severity::Info, Some(1))]);
    }

    /// With one memo the name is another than without, and what is done before the miss counts in both readings.
    #[test]
    fn both_readings_count() {
        let stream = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94N.\
            \x80\x04\x8c\x08datetime\x94\x8c\x04date\x94h\x00h\x01\x93\x8c\x02id\x85R0h\x03.";
        assert!(found_in(stream).contains(&("PG101", Severity::Error, Some(1))), "{:?}", found_in(stream));
        let stream = b"\x80\x04\x8c\x08datetime\x94\x8c\x04date\x94N.\
            \x80\x04\x8c\x02os\x94\x8c\x06system\x94h\x00h\x01\x93\x8c\x02id\x85R0h\x03.";
        assert!(found_in(stream).contains(&("PG101", Severity::Error, Some(1))), "{:?}", found_in(stream));
    }

    #[test]
    fn a_flood_is_bounded() {
        let stream = [&b"\x80\x02]q\x00."[..], &b"\x80\x02h\x00.".repeat(MOST_OF_A_RULE + 10)].concat();
        let found = found_in(&stream);
        assert_eq!(found.len(), MOST_OF_A_RULE + 1);
        assert!(found.iter().all(|found| (found.0, found.1) == ("PD105", Severity::Info)));
        let hidden = found_in(&[&stream[..], b"\x80\x02h\x05."].concat());
        assert!(hidden.contains(&("PD105", Severity::Error, Some(MOST_OF_A_RULE + 11))));
    }
}
