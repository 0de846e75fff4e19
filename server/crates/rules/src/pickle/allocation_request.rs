//! ## What it does
//! Reports a memo slot far beyond those in use: above 2^24, and higher than there are bytes before it. The C unpickler makes a
//! table up to it.
//!
//! ## Why is this bad?
//! The table has 16 bytes for each slot, filled or not, and is written when it is made: nine bytes of input take 4 GB with slot
//! 2^28, and 64 GB with the highest one. Loading ends in MemoryError, or takes all memory there is and the machine with it.
//! Before Python 3.7.1 the size even overflowed. No pickler leaves gaps between slots. Do not load the file; where input is
//! not trusted, limit the memory of the process that loads.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! NONE
//! LONG_BINPUT 2147483648
//! STOP
//! ```
//!
//! ```pickleasm
//! NONE
//! PUT 268435456
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
