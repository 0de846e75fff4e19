//! What is to be said of a file: its containers unwrapped, every pickle in them judged.
//!
//! Bytes in, diagnostics out. It opens nothing and prints nothing; the command line and the language server both ask here.

mod faults;
mod kinds;
mod rows;

use pickle_containers::{Kind, Limits, Member, TextKind, is_pickle_name};
use pickle_machine::segments::Segments;
use pickle_rules::{Completion, Finding, Interrupt, Options, Severity, container, lint_stream};

use crate::cache::{Cache, WORTH_IT};
use crate::report::Diagnostic;
pub(crate) use kinds::{is_worth_a_look, other_than_pickle};

/// How a file came to be examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// Someone named it: it should be a pickle.
    ByName,
    /// It lay in a folder that someone named: it may be anything.
    InPassing,
}

/// What is to be known of the place of a finding, cheapest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detail {
    /// Its bytes.
    Offsets,
    /// Also its rows and columns in the listing.
    Places,
    /// Also the text of the rows around it.
    Excerpts,
}

/// What to examine, and how.
#[derive(Clone, Copy)]
pub(crate) struct Question<'q> {
    /// The file's name: a hint.
    pub(crate) name: &'q str,
    /// How it came to be examined.
    pub(crate) asked: Asked,
    /// Rules and policy.
    pub(crate) options: &'q Options,
    /// How much of containers is unpacked.
    pub(crate) limits: &'q Limits,
    /// What is wanted besides offsets.
    pub(crate) detail: Detail,
    /// What was found before, where that is wanted.
    pub(crate) cache: Option<&'q Cache>,
    /// Asked from time to time; when it says yes, the answer is cut short.
    pub(crate) interrupt: Interrupt<'q>,
}

/// All that is to be said of a file with these bytes, by member, then by offset.
pub(crate) fn examine(bytes: &[u8], question: &Question<'_>) -> Vec<Diagnostic> {
    let opened = pickle_containers::open(Some(question.name), bytes, question.limits);
    let holds_pickles = opened.members.iter().any(Member::is_candidate);
    let relevant = holds_pickles || question.asked == Asked::ByName || kinds::is_named_pickle(question.name);
    let mut found: Vec<_> =
        opened.faults.iter().filter_map(|fault| faults::diagnostic(fault, relevant, question)).collect();
    for member in opened.members {
        // Of a member whose bytes could not be had, the fault says enough.
        let hidden =
            opened.faults.iter().any(|fault| fault.kind.hides_bytes() && fault.member == member.path);
        if !(hidden && member.bytes.as_deref().is_none_or(<[u8]>::is_empty)) {
            found.extend(examine_member(&member, question));
        }
        // A member that was decompressed goes when it is done.
    }
    found
}

fn examine_member(member: &Member<'_>, question: &Question<'_>) -> Vec<Diagnostic> {
    let is_file = member.path.is_none();
    let Some(bytes) = member.bytes.as_deref() else { return Vec::new() };
    if member.is_candidate() {
        return stream(bytes, member, question);
    }
    match member.kind {
        // Nothing says that it is a pickle, and nothing says that it is none: what an unpickler would do decides.
        Kind::Unknown | Kind::Text(TextKind::Plain) if is_file => unknown(bytes, member, question),
        Kind::Empty | Kind::Text(_) | Kind::Other(_) if is_file || member.named_pickle => {
            not_a_pickle(member, question).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// Findings in a stream, remembered or new.
fn stream(bytes: &[u8], member: &Member<'_>, question: &Question<'_>) -> Vec<Diagnostic> {
    let Some(cache) = question.cache.filter(|_| bytes.len() >= WORTH_IT) else {
        return judge(bytes, member, question);
    };
    let deciding = format!("{:?} {:?}", question.options, question.detail);
    let key = Cache::key(bytes, &deciding);
    if let Some(mut found) = cache.get(&key) {
        found.iter_mut().for_each(|diagnostic| diagnostic.member.clone_from(&member.path));
        return found;
    }
    let found = judge(bytes, member, question);
    // Bytes that changed under us would be remembered for what they were before, or were not.
    if !(question.interrupt)() && Cache::key(bytes, &deciding) == key {
        cache.put(&key, &found);
    }
    found
}

fn judge(bytes: &[u8], member: &Member<'_>, question: &Question<'_>) -> Vec<Diagnostic> {
    let report = lint_stream(bytes, question.options, question.interrupt);
    let gave_up = report.completion == Completion::SearchExhausted;
    let path = member.path.as_deref();
    let mut found: Vec<_> = report.findings.into_iter().map(|finding| diagnostic(finding, path)).collect();
    if gave_up && question.options.selection.includes(container::LIMIT) {
        let message = "the search for further pickles between other bytes gave up; there may be more";
        found.push(Diagnostic { member: member.path.clone(), ..Diagnostic::new(container::LIMIT, message) });
    }
    rows::project(bytes, &mut found, question.detail, question.interrupt);
    found
}

fn diagnostic(finding: Finding, member: Option<&str>) -> Diagnostic {
    Diagnostic {
        rule: finding.rule,
        severity: finding.severity,
        message: finding.message,
        member: member.map(str::to_owned),
        pickle: finding.pickle,
        span: Some(finding.span),
        place: None,
        global: finding.global,
        related: finding.related,
        help: finding.help,
        excerpt: Vec::new(),
    }
}

/// Bytes in which nothing is recognised, or only that they are text, as pickles of protocol 0 are: if an unpickler would load anything before it gives up, all is said of it.
fn unknown(bytes: &[u8], member: &Member<'_>, question: &Question<'_>) -> Vec<Diagnostic> {
    let found = stream(bytes, member, question);
    // Behind other bytes, only a whole pickle is taken for one.
    let behind_others = Segments::new(bytes).first().is_some_and(|start| start > 0);
    if behind_others || found.iter().any(|diagnostic| diagnostic.global.is_some()) {
        return found;
    }
    let Some(mut verdict) = not_a_pickle(member, question) else { return Vec::new() };
    // What a reader that takes it for one stops at says what is there.
    if let Some(fault) = found.into_iter().find(|diagnostic| diagnostic.span.is_some()) {
        verdict.message = format!("{}; read as one, {}", verdict.message, fault.message);
        verdict.span = fault.span;
        verdict.place = fault.place;
        verdict.excerpt = fault.excerpt;
    }
    vec![verdict]
}

/// That a file or member is no pickle, if its name or whoever gave it says that it should be one.
fn not_a_pickle(member: &Member<'_>, question: &Question<'_>) -> Option<Diagnostic> {
    let by_name = question.asked == Asked::ByName && member.path.is_none();
    let named = member.named_pickle || member.path.is_none() && is_pickle_name(question.name);
    let rule = container::NOT_A_PICKLE;
    if !(by_name || named) || !question.options.selection.includes(rule) {
        return None;
    }
    let what =
        other_than_pickle(member.kind).unwrap_or_else(|| "data in which nothing is recognised".to_owned());
    let help = kinds::advice(member.kind).map(str::to_owned);
    Some(Diagnostic {
        severity: if by_name { rule.severity } else { Severity::Info },
        member: member.path.clone(),
        span: Some(0..0),
        help,
        ..Diagnostic::new(rule, format!("not a pickle: {what}"))
    })
}
