//! ## What it does
//! Reports, once a pickle, that it refers to objects outside of it. Tensors of torch keep their storages so, which
//! is only worth knowing.
//!
//! ## Why is this bad?
//! What such an object is, is decided by the `persistent_load` of whoever loads the file, from an id that the file chooses. A
//! plain unpickler fails. A `persistent_load` that takes the id for a path, an address or a name of a class does what the
//! file says.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! BINUNICODE 'id'
//! BINPERSID
//! STOP
//! ```
//!
//! ```pickleasm
//! PERSID '1'
//! STOP
//! ```
//!
//! ## Use instead
//! Store the object itself, or load the file with the unpickler that belongs to it, and let its `persistent_load`
//! check each id.
//!
//! ## References
//! - [Persistence of external objects](https://docs.python.org/3/library/pickle.html#persistence-of-external-objects)
//! - `Modules/_pickle.c`, `load_persid`, `load_binpersid`

use pickle_machine::arena::{Arena, Shape, Value};

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB121",
        name: "persistent-id",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("persistent_id.rs"),
    },
    checks: &[Check::Pickle(check)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let places = &seen.tally.persistent;
    let Some(first) = places.first.first() else { return };
    let count = places.count;
    let plural = if count == 1 { "" } else { "s" };
    let finding = if seen.tally.storages == count {
        let message =
            format!("{count} tensor storage{plural} outside of the pickle, as torch.save keeps them");
        report.finding(first.clone(), message).of_severity(Severity::Info)
    } else {
        let message = format!("{count} object{plural} outside of the pickle, by persistent id");
        report.finding(first.clone(), message)
    };
    let finding = places
        .first
        .iter()
        .skip(1)
        .fold(finding, |finding, place| finding.related(place.clone(), "another persistent id"));
    report
        .push(finding.help("pickle.load raises UnpicklingError unless the unpickler has a persistent_load"));
}

/// Whether a persistent object is a storage of torch: `('storage', type, key, location, size)`, or the class of a module
/// with its source, as torch kept it before 1.6: `('module', class, file, source)`. That class is judged where it is loaded.
pub(crate) fn is_storage(arena: &Arena<'_>, object: Value) -> bool {
    let Shape::Persistent(_, Some(id)) = arena.shape(object) else { return false };
    let Some(&[kind, ref rest @ ..]) = arena.tuple(id) else { return false };
    arena.text(kind).is_some_and(|kind| match kind.as_ref() {
        "storage" => rest.len() >= 4,
        "module" => rest.len() == 3,
        _ => false,
    })
}
