//! ## What it does
//! Reports how many bytes of a pickle fill memo slots that are never read. Off unless it is selected.
//!
//! ## Why is this bad?
//! Picklers note every object in case it occurs again. `pickletools.optimize` removes what was not needed; the file
//! is smaller and loads faster.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! BINPUT 0
//! STOP
//! ```
//!
//! ## Use instead
//! `pickletools.optimize(data)`
//!
//! ```pickleasm
//! PROTO 2
//! EMPTY_LIST
//! STOP
//! ```
//!
//! ## References
//! - [pickletools.optimize](https://docs.python.org/3/library/pickletools.html#pickletools.optimize)

use pickle_ops::{Opcode, Reader};
use rustc_hash::FxHashMap;

use crate::analysis::Seen;
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PD305",
        name: "unused-memo",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("unused_memo.rs"),
    },
    checks: &[Check::Pickle(check)],
};

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let mut reader = Reader::new(&seen.bytes[..seen.summary.end], seen.summary.start);
    let mut filled: FxHashMap<u64, usize> = FxHashMap::default();
    let (mut all, mut used, mut next) = (0, 0, 0);
    while let Ok(op) = reader.next_op() {
        let slot = match op.opcode {
            Opcode::Memoize => Some(next),
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => op.memo_slot(),
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                used += op.memo_slot().and_then(|slot| filled.remove(&slot)).unwrap_or(0);
                None
            }
            _ => None,
        };
        if let Some(slot) = slot {
            next += 1;
            all += op.end - op.start;
            filled.insert(slot, op.end - op.start);
        }
    }
    let unused = all - used;
    if unused > 0 {
        let message = format!("{} fill memo slots that are never read", pickle_ops::counted(unused, "byte"));
        report.push(report.finding(seen.head(), message).help("pickletools.optimize removes them"));
    }
}
