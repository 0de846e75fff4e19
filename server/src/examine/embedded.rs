//! Pickles inside the constants of pickles: opened as members of their own, and judged by whether anything unpickles them.

use pickle_containers::Member;
use pickle_machine::inner::Form;
use pickle_rules::{Embedded, Severity, container};

use super::{Question, Records, examine_member, faults, join};
use crate::inner::Room;
use crate::report::Diagnostic;

/// All that is to be said of the byte strings in a stream; paths begin at the stream.
pub(super) fn examine(
    stream: &[u8],
    embedded: &[Embedded],
    question: &Question<'_>,
    room: &mut Room,
) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for one in embedded {
        if (question.interrupt)() {
            break;
        }
        let Some(bytes) = one.inner.bytes(stream) else { continue };
        match room.deeper(|room| open(&bytes, one, question, room)) {
            Ok(Some(inside)) => {
                found.extend(note(bytes.len(), one, question));
                found.extend(inside);
            }
            Ok(None) => {}
            Err(limit) => {
                let message =
                    format!("pickles inside pickles deeper than the limit of {limit} are not looked into");
                found.extend(limit_reached(one, message, question));
                break;
            }
        }
    }
    found
}

/// What is found inside; `None` where there is no pickle.
fn open(
    bytes: &[u8],
    embedded: &Embedded,
    question: &Question<'_>,
    room: &mut Room,
) -> Option<Vec<Diagnostic>> {
    let opened = room.open(bytes);
    let records = Records::new(bytes, question.limits, question.interrupt);
    let question = &Question { records: Some(&records), ..*question };
    if embedded.inner.form != Form::Array && !opened.members.iter().any(Member::is_candidate) {
        return None;
    }
    let mut found: Vec<_> =
        opened.faults.iter().filter_map(|fault| faults::diagnostic(fault, true, question)).collect();
    for member in &opened.members {
        found.extend(examine_member(member, question, room));
    }
    let own = embedded.inner.to_string();
    let judged = found.into_iter().filter_map(|diagnostic| judge(diagnostic, embedded));
    let moved = judged.map(|diagnostic| Diagnostic {
        member: Some(join(Some(&own), diagnostic.member.as_deref())),
        ..diagnostic
    });
    Some(moved.collect())
}

/// How bad it is where it stands; `None`: it does not matter there.
fn judge(diagnostic: Diagnostic, embedded: &Embedded) -> Option<Diagnostic> {
    let code = diagnostic.rule.code;
    // What a pickle does, and what hides or opens one; the shape of bytes concerns those who unpickle them.
    let security = code.starts_with("PG") || code.starts_with("PC");
    if embedded.inner.form == Form::Array {
        return Some(diagnostic);
    }
    if embedded.unpickled {
        // Behind the pickles, loaders expect other data.
        return (diagnostic.severity == Severity::Error || security).then_some(diagnostic);
    }
    // Loading does none of it. What was not looked into stays what it is.
    let severity =
        if std::ptr::eq(diagnostic.rule, container::LIMIT) { diagnostic.severity } else { Severity::Info };
    security.then_some(Diagnostic { severity, ..diagnostic })
}

/// That there is a pickle in a constant.
fn note(length: usize, embedded: &Embedded, question: &Question<'_>) -> Option<Diagnostic> {
    let rule = container::PICKLE_IN_BYTES;
    if embedded.inner.form == Form::Array || !question.options.selection.includes(rule) {
        return None;
    }
    let fate = if embedded.unpickled { "loading unpickles them" } else { "loading does not unpickle them" };
    let message = format!(
        "{} that hold a pickle, the member {}: {fate}",
        pickle_ops::counted(length, "byte"),
        embedded.inner
    );
    Some(at(embedded, Diagnostic::new(rule, message)))
}

/// That something was not looked into.
pub(super) fn limit_reached(
    embedded: &Embedded,
    message: String,
    question: &Question<'_>,
) -> Option<Diagnostic> {
    let rule = container::LIMIT;
    question.options.selection.includes(rule).then(|| at(embedded, Diagnostic::new(rule, message)))
}

fn at(embedded: &Embedded, diagnostic: Diagnostic) -> Diagnostic {
    Diagnostic { pickle: Some(embedded.pickle), span: Some(embedded.span.clone()), ..diagnostic }
}
