//! ## What it does
//! Reports, once a pickle, that it refers to objects outside of it. Files of torch do, which is only worth knowing: for the
//! storages of tensors, before 1.6 for classes of modules with their source, in a torch.package for modules of TorchScript.
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
    let (storages, classes, scripts) =
        (seen.tally.storages, seen.tally.module_classes, seen.tally.script_modules);
    let of_torch = |what: &str| {
        let by = if scripts == 0 { "torch.save" } else { "torch.package" };
        let finding =
            report.finding(first.clone(), format!("{what} outside of the pickle, as {by} keeps them"));
        finding.of_severity(Severity::Info)
    };
    let finding = if storages == count {
        of_torch(&pickle_ops::counted(count, "tensor storage"))
    } else if storages + classes == count {
        of_torch(&format!("tensor storages ({storages}) and classes of modules ({classes})"))
    } else if scripts == count {
        of_torch(&format!("{} of TorchScript", pickle_ops::counted(count, "module")))
    } else if storages + scripts == count {
        of_torch(&format!("tensor storages ({storages}) and modules of TorchScript ({scripts})"))
    } else {
        let message =
            format!("{} outside of the pickle, by persistent id", pickle_ops::counted(count, "object"));
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

/// The class that a persistent object of torch is: `('module', class, path, source)`, as it kept the classes of modules before 1.6,
/// and `(class, path, source)` before 0.1.10. Whoever loads it gets the class.
pub(crate) fn module_class(arena: &Arena<'_>, object: Value) -> Option<Value> {
    let Shape::Persistent(_, Some(id)) = arena.shape(object) else { return None };
    match *arena.tuple(id)? {
        [kind, class, path, source] => {
            let is_module = arena.text(kind).is_some_and(|kind| kind == "module");
            (is_module && is_constant(arena, path) && is_constant(arena, source)).then_some(class)
        }
        [class, path, source] => {
            let is_plain = is_constant(arena, path) && is_constant(arena, source);
            (is_plain && matches!(arena.shape(class), Shape::Global(_))).then_some(class)
        }
        _ => None,
    }
}

/// Whether a value is a constant: of another object in an id, loaders call methods.
fn is_constant(arena: &Arena<'_>, value: Value) -> bool {
    matches!(arena.shape(value), Shape::Literal(_))
}

/// Whether a persistent object is a module of TorchScript in a torch.package, whose loader calls what the id names with itself
/// and these arguments: `('reduce_package', number, torch.jit._script.unpackage_script_module, (name,))`. Any other call of this
/// kind is not told apart from an id that somebody made up.
pub(crate) fn is_script_module(arena: &Arena<'_>, object: Value) -> bool {
    let Shape::Persistent(_, Some(id)) = arena.shape(object) else { return false };
    let Some(&[kind, _, function, _]) = arena.tuple(id) else { return false };
    let Shape::Global(global) = arena.shape(function) else { return false };
    let Some(resolved) = global.resolved() else { return false };
    arena.text(kind).is_some_and(|kind| kind == "reduce_package")
        && resolved.module == "torch.jit._script"
        && resolved.name == "unpackage_script_module"
}

/// Whether a persistent object is a storage of torch: `('storage', type, key, location, size)`, before 1.6 with a view of another one
/// behind it. The type is a class, and the rest constants, or a tuple of such.
pub(crate) fn is_storage(arena: &Arena<'_>, object: Value) -> bool {
    let Shape::Persistent(_, Some(id)) = arena.shape(object) else { return false };
    let Some(&[kind, ref rest @ ..]) = arena.tuple(id) else { return false };
    let &[class, ref rest @ ..] = rest else { return false };
    let is_plain = |value: &Value| match arena.tuple(*value) {
        Some(items) => items.iter().all(|item| is_constant(arena, *item)),
        None => is_constant(arena, *value),
    };
    rest.len() >= 3
        && arena.text(kind).is_some_and(|kind| kind == "storage")
        && matches!(arena.shape(class), Shape::Global(_))
        && rest.iter().all(is_plain)
}

#[cfg(test)]
mod tests {
    use crate::diagnostic::Severity;
    use crate::{Options, lint_stream};

    /// The severities of the rule's findings in a pickle of these rows.
    fn severities(rows: &str) -> Vec<Severity> {
        let bytes = pickle_listing::text::assemble(rows).bytes;
        let report = lint_stream(&bytes, &Options::default(), &pickle_machine::never);
        let own = report.findings.iter().filter(|finding| finding.rule.code == super::RULE.meta.code);
        own.map(|finding| finding.severity).collect()
    }

    /// A pickle of one object that is the result of a call, to the loader of torch.package.
    fn packaged(function: &str) -> String {
        format!(
            "PROTO 3\nMARK\nBINUNICODE 'reduce_package'\nBININT1 1\nGLOBAL {function}\nBINUNICODE '0'\nTUPLE1\n\
             TUPLE\nBINPERSID\nSTOP\n"
        )
    }

    #[test]
    fn what_torch_package_calls() {
        assert_eq!(severities(&packaged("'torch.jit._script' 'unpackage_script_module'")), [Severity::Info]);
        for function in ["'builtins' 'getattr'", "'torch.jit._script' 'script'"] {
            assert_eq!(severities(&packaged(function)), [Severity::Warning], "{function}");
        }
    }

    #[test]
    fn what_torch_keeps_outside_is_worth_knowing() {
        let module = |class: &str| {
            format!(
                "PROTO 2\nMARK\nBINUNICODE 'module'\n{class}\nBINUNICODE 'a.py'\nBINUNICODE 'class Linear: ...'\n\
                 TUPLE\nBINPERSID\nSTOP\n"
            )
        };
        assert_eq!(severities(&module("GLOBAL 'torch.nn.modules.linear' 'Linear'")), [Severity::Info]);
        let class =
            "PROTO 2\nGLOBAL 'torch.nn.modules.linear' 'Linear'\nNONE\nNONE\nTUPLE3\nBINPERSID\nSTOP\n";
        assert_eq!(severities(class), [Severity::Info]);
        let storage = |class: &str, location: &str| {
            format!(
                "PROTO 2\nMARK\nBINUNICODE 'storage'\n{class}\nBINUNICODE '0'\n{location}\nBININT1 4\nTUPLE\nBINPERSID\nSTOP\n"
            )
        };
        let (class, object) = ("GLOBAL 'torch' 'FloatStorage'", "GLOBAL 'a' 'B'\nEMPTY_TUPLE\nNEWOBJ");
        assert_eq!(severities(&storage(class, "BINUNICODE 'cpu'")), [Severity::Info]);
        // Of what is no text, the loader calls `startswith`.
        assert_eq!(severities(&storage(class, object)), [Severity::Warning]);
        assert_eq!(severities(&storage(object, "BINUNICODE 'cpu'")), [Severity::Warning]);
        // Whoever takes that for an id may take it for anything.
        assert_eq!(severities(&module("BINUNICODE 'torch.nn.Linear'")), [Severity::Warning]);
    }
}
