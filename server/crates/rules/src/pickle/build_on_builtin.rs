//! ## What it does
//! Reports a `BUILD` that gives a state to a list, dict, set, tuple, str, number or None.
//!
//! ## Why is this bad?
//! Builtin data has no `__dict__` to put a state into: an unpickler stops there, with AttributeError for a dict and
//! UnpicklingError for anything else. (pickle.py passes over a state that is empty; PD219 tells what differs.) A state of None is
//! taken by anything. No pickler writes it: the file is damaged, or was made by hand. Everything before it has been carried out
//! by then, calls included, so that a load that fails is no proof that nothing happened. Get the file from its source again.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! EMPTY_DICT
//! BINUNICODE 'a'
//! BININT1 1
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'argparse' 'Namespace'
//! EMPTY_TUPLE
//! NEWOBJ
//! EMPTY_DICT
//! BINUNICODE 'a'
//! BININT1 1
//! SETITEM
//! BUILD
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_build`

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB107",
        name: "build-on-builtin",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("build_on_builtin.rs"),
    },
    checks: &[Check::Fault],
};
