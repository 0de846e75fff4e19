//! ## What it does
//! Reports bytes before the first pickle of a file, and pickles that lie between other bytes or that nothing in a container leads
//! to (of files that are not called pickles, with `--carve`).
//!
//! ## Why is this bad?
//! `pickle.load` refuses the file; a program that reads it skips a header of its own, or looks for the pickle. A
//! reader that starts at the first byte does not see what that program loads. Find out which program reads the file, and
//! judge the pickle as one that it loads.
//!
//! Four or eight bytes that are the length of the pickle behind them are only worth knowing: programs that send pickles over a socket
//! or a pipe write one before each.
//!
//! Behind 64 KB or more of other bytes, a pickle counts if it loads a global, has eight ops or more, or is all that is left:
//! shorter ones occur by chance in what is no pickle.
//!
//! ## Example
//! ```pickleasm
//! BYTES b'\xff\xff\xff\xff'
//! PROTO 2
//! BININT1 1
//! STOP
//! ```
//!
//! ## Use instead
//! ```pickleasm
//! PROTO 2
//! BININT1 1
//! STOP
//! ```
//!
//! ## References
//! - `Modules/_pickle.c`, `load`: invalid load key
//! - `Lib/logging/handlers.py`, `SocketHandler.makePickle`; `Lib/multiprocessing/connection.py`: the length before a pickle

use crate::analysis::Gap;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD115",
        name: "bytes-before-pickle",
        severity: Severity::Warning,
        since: "0.1.0",
        source: include_str!("bytes_before_pickle.rs"),
    },
    checks: &[Check::Gap(check)],
};

fn check(gap: &Gap<'_>, report: &mut Reporter<'_>) {
    if gap.before.is_some() {
        return;
    }
    let count = pickle_ops::counted(gap.bytes.len(), "byte");
    let help = "a program that loads it skips them: pickle.load alone refuses the file";
    let finding = |message| report.finding(gap.span.clone(), message).help(help);
    let finding = if gap.is_length() {
        finding(format!("{count} before the first pickle: its length")).of_severity(Severity::Info)
    } else {
        finding(format!("{count} before the first pickle"))
    };
    report.push(finding);
}
