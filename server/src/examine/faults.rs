//! What is wrong with a container, as diagnostics: which rule a fault belongs to.

use pickle_containers::{Fault, FaultKind};
use pickle_rules::{Meta, Severity, container};

use super::Question;
use crate::report::Diagnostic;

/// The diagnostic of a fault. In a file that nothing says has to do with pickles it is worth knowing, not more.
pub(super) fn diagnostic(fault: &Fault, relevant: bool, question: &Question<'_>) -> Option<Diagnostic> {
    let rule = rule_of(fault.kind);
    if !question.options.selection.includes(rule) {
        return None;
    }
    // The offset is one of the file; a member's own bytes begin elsewhere.
    let offset = fault.offset.and_then(|offset| usize::try_from(offset).ok());
    let message = match (&fault.member, offset) {
        (Some(_), Some(offset)) => format!("{} (byte {offset} of the file)", fault.message),
        _ => fault.message.clone(),
    };
    // What was not looked at may have to do with them all the same; code that a loader runs needs none.
    let always = [
        FaultKind::LimitReached,
        FaultKind::Unread,
        FaultKind::HarmfulCode,
        FaultKind::PackageCode,
        FaultKind::ChunksElsewhere,
        FaultKind::UnreadChunks,
    ];
    let relevant = relevant || always.contains(&fault.kind);
    Some(Diagnostic {
        severity: if relevant { severity(fault.kind, rule) } else { Severity::Info },
        member: fault.member.clone(),
        span: offset.filter(|_| fault.member.is_none()).map(|offset| offset..offset),
        help: advice(fault.kind).map(str::to_owned),
        ..Diagnostic::new(rule, message)
    })
}

/// What a loader does not run, or only in an interpreter of its own, is worth knowing, and so are links that nothing goes through.
fn severity(kind: FaultKind, rule: &Meta) -> Severity {
    match kind {
        FaultKind::PickleInNumbers | FaultKind::ScriptCode | FaultKind::LinkEscape => Severity::Info,
        FaultKind::HarmfulCode => Severity::Error,
        FaultKind::ChunksElsewhere => Severity::Warning,
        FaultKind::Endless => Severity::Warning,
        _ => rule.severity,
    }
}

fn rule_of(kind: FaultKind) -> &'static Meta {
    match kind {
        FaultKind::BadChecksum => container::BAD_CHECKSUM,
        FaultKind::Encrypted => container::ENCRYPTED,
        FaultKind::Unsupported | FaultKind::Unread | FaultKind::UnreadChunks => container::UNSUPPORTED,
        FaultKind::LimitReached | FaultKind::TooMany => container::LIMIT,
        FaultKind::Mismatch | FaultKind::Duplicate => container::DIRECTORY_MISMATCH,
        FaultKind::PathEscape | FaultKind::LinkEscape => container::PATH_ESCAPE,
        FaultKind::ObjectArray | FaultKind::PickledChunks | FaultKind::ChunksElsewhere => {
            container::OBJECT_ARRAY
        }
        FaultKind::Polyglot | FaultKind::PickleInNumbers => container::POLYGLOT,
        FaultKind::ScriptCode | FaultKind::PackageCode | FaultKind::HarmfulCode => container::CODE,
        FaultKind::Carved | FaultKind::CarvedInPassing => container::BYTES_BEFORE,
        FaultKind::PrefixBytes | FaultKind::TrailingBytes | FaultKind::Endless => container::AROUND,
        // Damaged, truncated, and what a later version of the crate may add.
        _ => container::DAMAGED,
    }
}

/// What to do about a fault.
fn advice(kind: FaultKind) -> Option<&'static str> {
    Some(match kind {
        FaultKind::BadChecksum => {
            "some loaders refuse it, others load it as it is: fetch or write the file again"
        }
        FaultKind::Encrypted => "nothing of it was looked at: decrypt it, and look at what is in it",
        FaultKind::Unsupported | FaultKind::Unread => {
            "nothing of it was looked at: unpack it with the program that made it, and look at that"
        }
        FaultKind::LimitReached | FaultKind::TooMany => {
            "unpack it and look at the parts, or raise `limits` in the configuration"
        }
        FaultKind::Mismatch | FaultKind::Duplicate => {
            "loaders believe the one or the other: do not load it, or write the archive again in one go"
        }
        FaultKind::PathEscape => "do not extract it: it writes outside the folder that it is extracted to",
        FaultKind::ObjectArray => {
            "load it with `allow_pickle=False`, which refuses it; arrays of numbers and texts need no pickle"
        }
        FaultKind::PickledChunks | FaultKind::ChunksElsewhere => {
            "read it only where you made it; for texts and numbers write it with another codec (`VLenUTF8`, `JSON2`)"
        }
        FaultKind::UnreadChunks => {
            "nothing of them was looked at: do not read the array, or have it written again without the codec"
        }
        FaultKind::Polyglot => {
            "what is loaded depends on who loads it: do not load it, or write it again as one format"
        }
        FaultKind::PickleInNumbers => {
            "loaders take these bytes for numbers; a program that takes them for a pickle runs it"
        }
        FaultKind::ScriptCode | FaultKind::PackageCode => {
            "its loader runs the code: read it before you load the file"
        }
        FaultKind::HarmfulCode => "do not load it: its loader runs this without a pickle that would show it",
        FaultKind::Carved => {
            "nothing loads it where it lies, unless a program goes there: ask what put it into the file"
        }
        FaultKind::Endless => "do not load it with joblib: unpack it, and compress it again in one stream",
        FaultKind::CarvedInPassing => {
            "whatever reads this file loads it: do not open the file, and ask what put it there"
        }
        FaultKind::LinkEscape | FaultKind::PrefixBytes | FaultKind::TrailingBytes => return None,
        // Damaged, truncated, and what a later version of the crate may add.
        _ => "fetch or write the file again; what could not be read to its end says nothing about the rest",
    })
}
