//! The rules about differences between readers of pickles: the family PD2xx, a file each.
//!
//! The severity is what the difference is worth: an error where another reader imports, calls or gives something else, a
//! warning where it refuses or accepts, an info where only the exception is another. There is no PD213 and no PD228: text in
//! UNICODE, BINUNICODE and bytes is the same to all readers of Python 3, and so are bytes around a pickle. None of the rules reports
//! what picklers write, but for names beyond ASCII (PD203) and dill's name for the main module (PD230), which are infos.

pub(crate) mod arguments_unpacked;
pub(crate) mod blank_in_name;
pub(crate) mod carriage_return_in_line;
pub(crate) mod deep_tuple;
pub(crate) mod dill_main_name;
pub(crate) mod empty_name;
pub(crate) mod escaped_name;
pub(crate) mod exception_differs;
pub(crate) mod extension_cache;
pub(crate) mod extension_refused;
pub(crate) mod false_state;
pub(crate) mod frame_not_alone;
pub(crate) mod frame_outlives_pickle;
pub(crate) mod frame_splits_argument;
pub(crate) mod global_name_not_str;
pub(crate) mod import_before_refusal;
pub(crate) mod length_beyond_input;
pub(crate) mod mark_crossed;
pub(crate) mod memo_overwritten;
pub(crate) mod no_items;
pub(crate) mod nul_in_module;
pub(crate) mod odd_float_line;
pub(crate) mod odd_integer_line;
pub(crate) mod odd_long_line;
pub(crate) mod odd_memo_line;
pub(crate) mod odd_string_line;
pub(crate) mod protocol_changes_midway;
pub(crate) mod protocol_refused;

use std::collections::HashSet;

use pickle_machine::arena::{Shape, Value};
use pickle_machine::never;
use pickle_machine::stream::{Observer, Scene, scan};
use pickle_ops::{Op, Opcode};

use crate::analysis::{Comparison, Entry, LineReadings, MOST_NESTED, Seen};
use crate::diagnostic::Severity;
use crate::lint::{Options, Reporter, lint_nested};

/// Whether a line ends in a carriage return: the rule about those says what readers make of it.
pub(crate) fn is_damaged(op: &Op<'_>) -> bool {
    let first = op.global().is_some_and(|(module, _)| module.ends_with(b"\r"));
    op.opcode != Opcode::Unicode && (first || op.raw.ends_with(b"\r"))
}

/// Reports what readers make of a line, if it is not the same; `at_most` is what the finding is worth at most.
pub(crate) fn report_line(op: &Op<'_>, at_most: Option<Severity>, report: &mut Reporter<'_>) {
    let Some(readings) = LineReadings::new(op) else { return };
    let Some(severity) = readings.severity() else { return };
    let severity = at_most.map_or(severity, |most| severity.min(most));
    let message = format!("{}: {}", op.opcode.name(), readings.described());
    report.push(report.finding(op.start..op.end, message).of_severity(severity));
}

/// Reports what readers make of a pickle that the C unpickler refuses.
pub(crate) fn report_comparison(
    comparison: &Comparison<'_>,
    severity: Severity,
    what: &str,
    report: &mut Reporter<'_>,
) {
    if comparison.is_same() {
        return;
    }
    let message = format!("{what}: {}", comparison.described());
    let span = comparison.fault.start..comparison.fault.end;
    report.push(report.finding(span, message).of_severity(severity));
}

/// Reports what the rules for globals and calls find in another reading of a pickle: `bytes`, of which `offset` tells where in
/// the stream they stand.
pub(crate) fn report_other(
    seen: &Seen<'_, '_>,
    bytes: &[u8],
    offset: impl Fn(usize) -> usize,
    report: &mut Reporter<'_>,
) {
    let options = Options { readers: seen.options.readers, ..seen.options.clone() };
    let here: HashSet<String> = seen.ledger.entries().map(Entry::dotted).collect();
    for finding in lint_nested(bytes, &options, &never, MOST_NESTED).findings {
        let Some(global) = &finding.global else { continue };
        if !finding.rule.code.starts_with("PG") || here.contains(global) {
            continue;
        }
        let span = offset(finding.span.start)..offset(finding.span.end.saturating_sub(1)) + 1;
        let message = format!("{}, as another reader takes it", finding.message);
        let other = crate::Finding { message, span, related: Vec::new(), pickle: report.pickle, ..finding };
        report.push(other);
    }
}

/// The globals of a pickle, as they are looked up.
#[derive(Debug, Default)]
pub(crate) struct Names(Vec<String>);

impl<'a> Observer<'a> for Names {
    fn global(&mut self, scene: Scene<'_, 'a>, _op: &Op<'a>, global: Value) {
        if let Shape::Global(global) = scene.arena.shape(global)
            && let Some(names) = global.resolved()
            && self.0.len() < MOST_NAMES
        {
            self.0.push(pickle_machine::render::escape(&names.dotted()));
        }
    }
}

/// Globals that are compared.
const MOST_NAMES: usize = 1000;

impl Names {
    /// Of all pickles in `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut names = Self::default();
        scan(bytes, &mut names, &never);
        names
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first that is not among others.
    pub(crate) fn without(&self, other: &Self) -> Option<&str> {
        self.0.iter().find(|name| !other.0.contains(name)).map(String::as_str)
    }
}
