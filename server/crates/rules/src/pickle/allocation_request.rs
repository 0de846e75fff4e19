//! ## What it does
//! Reports a memo slot of 2^31 or more, for which the C unpickler makes a table of that size.
//!
//! ## Why is this bad?
//! A few bytes of input make the C unpickler ask for gigabytes: it ends in MemoryError, or takes all memory there is and the
//! machine with it. Before Python 3.7.1 the size even overflowed. No pickler leaves gaps between slots. Do not load the file;
//! where input is not trusted, limit the memory of the process that loads.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! NONE
//! LONG_BINPUT 2147483648
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! NONE
//! BINPUT 0
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `_Unpickler_ResizeMemoList`
//! - [CVE-2018-20406](https://nvd.nist.gov/vuln/detail/CVE-2018-20406): large `LONG_BINPUT` values

use crate::diagnostic::Severity;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD302",
        name: "allocation-request",
        severity: Severity::Error,
        since: "0.1.0",
        source: include_str!("allocation_request.rs"),
    },
    checks: &[Check::Fault],
};
