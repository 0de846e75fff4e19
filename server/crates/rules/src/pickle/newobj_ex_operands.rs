//! ## What it does
//! Reports a `NEWOBJ_EX` whose keyword arguments are surely no dict.
//!
//! ## Why is this bad?
//! An unpickler stops there: UnpicklingError, or TypeError with pickle.py. `__getnewargs_ex__` is checked when an object is
//! dumped, so no pickler writes it: the file is damaged, or was made by hand. Everything before it has been carried out by
//! then, calls included.
//!
//! ## Example
//! ```pickleasm
//! PROTO 4
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! NONE
//! NEWOBJ_EX
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 4
//! GLOBAL 'collections' 'OrderedDict'
//! EMPTY_TUPLE
//! EMPTY_DICT
//! NEWOBJ_EX
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load_newobj_ex`
//! - [object.__getnewargs_ex__](https://docs.python.org/3/library/pickle.html#object.__getnewargs_ex__)

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PB105",
        name: "newobj-ex-operands",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("newobj_ex_operands.rs"),
    },
    checks: &[Check::Fault],
};
