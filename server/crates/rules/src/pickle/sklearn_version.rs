//! ## What it does
//! Reports, once a pickle, the version of scikit-learn that an estimator was fitted with.
//!
//! ## Why is this bad?
//! Another version warns when it loads the file (`InconsistentVersionWarning`), and may give other results: the
//! layout of estimators is not kept.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! SHORT_BINUNICODE 'sklearn.linear_model._ridge'
//! SHORT_BINUNICODE 'Ridge'
//! STACK_GLOBAL
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! SHORT_BINUNICODE '_sklearn_version'
//! SHORT_BINUNICODE '1.2.2'
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ## Use instead
//! Load it with that version, or fit again.
//!
//! ## References
//! - [scikit-learn: model persistence](https://scikit-learn.org/stable/model_persistence.html)

use std::ops::Range;

use memchr::memmem;
use pickle_machine::render::escape;
use pickle_ops::{Operand, Reader};

use crate::analysis::{Entry, Seen};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB139",
        name: "sklearn-version",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("sklearn_version.rs"),
    },
    checks: &[Check::Pickle(check)],
};

/// The key, as estimators write it.
const KEY: &[u8] = b"_sklearn_version";

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let from_sklearn = |entry: &Entry<'_>| entry.names.module.starts_with("sklearn.");
    if !seen.ledger.entries().any(from_sklearn) {
        return;
    }
    let bytes = &seen.bytes[..seen.summary.end];
    let Some((at, version)) = version(bytes, seen.summary.start) else { return };
    let message = format!("fitted with scikit-learn {version}");
    report.push(report.finding(at, message).help("other versions warn, and may give other results"));
}

/// The text behind the first key, and where it stands.
fn version(bytes: &[u8], from: usize) -> Option<(Range<usize>, String)> {
    let found = memmem::find(&bytes[from..], KEY)? + from;
    // The key may be in the memo, and a line of protocol 0 ends in a newline.
    let mut reader =
        Reader::new(bytes, found + KEY.len() + usize::from(bytes.get(found + KEY.len()) == Some(&b'\n')));
    let next = reader.next_op().ok()?;
    let is_memo = next.opcode.fills_memo();
    let op = if is_memo { reader.next_op().ok()? } else { next };
    let text = match op.operand().ok()? {
        Operand::Text(text) => text.to_str()?.into_owned(),
        Operand::ByteString(string) => String::from_utf8(string.bytes().ok()?.into_owned()).ok()?,
        _ => return None,
    };
    let is_version = text.len() < 40 && text.starts_with(|first: char| first.is_ascii_digit());
    is_version.then(|| (op.start..op.end, escape(&text)))
}
