//! The entry point: a byte string in, findings out.

use std::ops::Range;

use pickle_machine::Interrupt;
use pickle_machine::stream::{As, Beside, Completion, Memory, scan_as};
use rustc_hash::FxHashMap;

use crate::analysis::{Analysis, Embedded};
use crate::container::pickle_in_array_padding;
use crate::diagnostic::{Finding, Severity};
use crate::one_memo;
use crate::policy::Policy;
use crate::registry::Selection;
use crate::rule::{Meta, Rule};
use crate::shards::Slice;
use crate::storages::{Alone, Storages};

/// Findings of one rule in one stream; after these, one more says that there are others. The bound is for each rule by
/// itself, so that no flood of one kind hides another.
pub const MOST_OF_A_RULE: usize = 1000;

/// What decides what is reported.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Which rules.
    pub selection: Selection,
    /// What globals are worth.
    pub policy: Policy,
    /// Who is to read the pickles.
    pub readers: Readers,
}

/// Who is to read the pickles: what the rules about protocols judge by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Readers {
    /// The lowest protocol that is wanted.
    pub min_protocol: Option<u8>,
    /// The highest protocol that is wanted.
    pub max_protocol: Option<u8>,
    /// The oldest Python that is to load them: major and minor version.
    pub target_python: Option<(u8, u8)>,
}

/// What was found in a stream.
#[derive(Clone, Debug)]
pub struct Report {
    /// Sorted by offset.
    pub findings: Vec<Finding>,
    /// Whether the stream was read to its end. Unless it was, the findings are not all there are.
    pub completion: Completion,
    /// Numbers, in ascending order, of the patterns of [`Policy::allow`] that allowed something.
    pub allowed_by: Vec<usize>,
    /// Byte strings in it that may be pickles or hold some, in order: they are not looked into here.
    pub embedded: Vec<Embedded>,
    /// Whether there are more of those than are listed.
    pub more_embedded: bool,
    /// Arrays of it that are in files beside it, at most [`MOST_BESIDE`] and one.
    pub beside: Vec<Beside>,
    /// Parts of other files that it is the index of, at most [`MOST_SLICES`](crate::MOST_SLICES) and one.
    pub slices: Vec<Slice>,
}

/// Files beside a stream that are looked into.
pub const MOST_BESIDE: usize = 10_000;

/// Looks at every pickle of a stream.
#[must_use]
pub fn lint_stream(bytes: &[u8], options: &Options, interrupt: Interrupt<'_>) -> Report {
    lint_stream_within(bytes, options, Memory::default(), &Alone, interrupt)
}

/// The same, each pickle taking no more memory than that, and with the numbers of tensors where these are.
#[must_use]
pub fn lint_stream_within(
    bytes: &[u8],
    options: &Options,
    memory: Memory,
    storages: &dyn Storages,
    interrupt: Interrupt<'_>,
) -> Report {
    lint(bytes, options, memory, storages, interrupt, 0)
}

/// The same for bytes that a pickle gives to an unpickler, `depth` levels down.
pub(crate) fn lint_nested(bytes: &[u8], options: &Options, interrupt: Interrupt<'_>, depth: usize) -> Report {
    lint(bytes, options, Memory::OF_UNPACKED, &Alone, interrupt, depth)
}

fn lint(
    bytes: &[u8],
    options: &Options,
    memory: Memory,
    storages: &dyn Storages,
    interrupt: Interrupt<'_>,
    depth: usize,
) -> Report {
    let mut analysis = Analysis::new(bytes, options, interrupt, depth).with_storages(storages);
    let mut completion = scan_as(As::Each, bytes, memory, &mut analysis, interrupt);
    let (mut embedded, more_embedded) = analysis.take_embedded().finish();
    let plain_from = analysis.plain_from();
    let (beside, slices) = (analysis.take_beside(), analysis.take_slices());
    let misses = analysis.take_misses();
    let (mut findings, mut used) = analysis.finish();
    if !misses.is_empty() && !matches!(completion, Completion::Interrupted | Completion::TooLarge) {
        let reading = one_memo::read(bytes, misses, options, memory, interrupt, depth);
        completion = reading.completion;
        reading.mark(&mut embedded);
        used.extend(&reading.used);
        findings = reading.join(findings, options);
        sort(&mut findings);
    }
    let rule = &pickle_in_array_padding::RULE.meta;
    if let Some(from) = plain_from.filter(|_| options.selection.includes(rule)) {
        findings.extend(read_plainly(bytes, from, options, memory, interrupt, depth));
        sort(&mut findings);
    }
    let mut allowed_by: Vec<_> = used.into_iter().collect();
    allowed_by.sort_unstable();
    Report { findings, completion, allowed_by, embedded, more_embedded, beside, slices }
}

/// What all unpicklers refuse: to call a constant, or to make an instance of one. Of numbers that are taken for opcodes, it is soon met.
const NO_READER_GOES_ON: &[&str] = &["PB101", "PB103"];

/// What an unpickler does that knows nothing of arrays between opcodes, and takes those at `from` for opcodes. Only what is
/// surely harmful counts: that it is refused, or loads a name that nobody knows, is what happens to most numbers.
fn read_plainly(
    bytes: &[u8],
    from: usize,
    options: &Options,
    memory: Memory,
    interrupt: Interrupt<'_>,
    depth: usize,
) -> impl Iterator<Item = Finding> {
    let all = Options { selection: Selection::default(), ..options.clone() };
    let mut analysis = Analysis::new(bytes, &all, interrupt, depth).with_arrays_as_opcodes();
    scan_as(As::WithoutArrays, bytes, memory, &mut analysis, interrupt);
    let findings = analysis.finish().0;
    let mut ends = FxHashMap::<_, usize>::default();
    for finding in findings.iter().filter(|finding| NO_READER_GOES_ON.contains(&finding.rule.code)) {
        let end = ends.entry(finding.pickle).or_insert(usize::MAX);
        *end = (*end).min(finding.span.start);
    }
    let harmful = move |finding: &Finding| {
        finding.span.start >= from
            && finding.severity == Severity::Error
            && finding.rule.code.starts_with("PG")
            && ends.get(&finding.pickle).is_none_or(|&end| finding.span.start < end)
    };
    findings.into_iter().filter(harmful).map(|finding| Finding {
        rule: &pickle_in_array_padding::RULE.meta,
        message: format!(
            "to an unpickler without joblib the bytes of arrays are opcodes: {}",
            finding.message
        ),
        ..finding
    })
}

fn sort(findings: &mut [Finding]) {
    findings.sort_by(|a, b| (a.span.start, a.rule.code).cmp(&(b.span.start, b.rule.code)));
}

/// Findings, bounded.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    list: Vec<Finding>,
    counts: FxHashMap<&'static str, usize>,
    /// The pickle in which a rule has reported last.
    last: FxHashMap<&'static str, Option<usize>>,
    /// Rules of which no more are taken.
    full: usize,
}

impl Findings {
    /// Rules of which no more are taken.
    pub(crate) fn full(&self) -> usize {
        self.full
    }

    /// Whether no more of a rule are taken.
    pub(crate) fn is_full(&self, rule: &Meta) -> bool {
        self.counts.get(rule.code).is_some_and(|&count| count > MOST_OF_A_RULE)
    }

    /// How many there are.
    pub(crate) fn count(&self) -> usize {
        self.list.len()
    }

    fn push(&mut self, finding: Finding) {
        self.last.insert(finding.rule.code, finding.pickle);
        let count = self.counts.entry(finding.rule.code).or_default();
        *count += 1;
        if *count <= MOST_OF_A_RULE {
            self.list.push(finding);
        } else if *count == MOST_OF_A_RULE + 1 {
            self.full += 1;
            let message =
                format!("only the first {MOST_OF_A_RULE} findings of {} are shown", finding.rule.code);
            self.list.push(Finding { message, global: None, related: Vec::new(), ..finding });
        }
    }

    pub(crate) fn into_sorted(mut self) -> Vec<Finding> {
        sort(&mut self.list);
        self.list
    }
}

/// Takes the findings of one rule.
#[derive(Debug)]
pub(crate) struct Reporter<'f> {
    pub(crate) rule: &'static Rule,
    pub(crate) pickle: Option<usize>,
    pub(crate) findings: &'f mut Findings,
}

impl Reporter<'_> {
    /// A finding of the rule, to be completed and given to [`Reporter::push`].
    pub(crate) fn finding(&self, span: Range<usize>, message: String) -> Finding {
        let finding = Finding::new(&self.rule.meta, span, message);
        match self.pickle {
            Some(pickle) => finding.in_pickle(pickle),
            None => finding,
        }
    }

    pub(crate) fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Whether the rule has reported something in this pickle.
    pub(crate) fn has_reported(&self) -> bool {
        self.findings.last.get(self.rule.meta.code) == Some(&self.pickle)
    }
}
