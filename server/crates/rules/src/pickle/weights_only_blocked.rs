//! ## What it does
//! Reports, once a pickle that uses torch, the globals that torch's weights-only loader refuses: what
//! `torch.serialization.add_safe_globals([...])` would have to name.
//!
//! ## Why is this bad?
//! Since torch 2.6 `torch.load` loads weights only unless it is told otherwise: it raises UnpicklingError at the first of
//! these globals. To load the file all the same with `weights_only=False` is to run whatever is in it. Before torch 2.6 the
//! weights-only loader itself could be led to run code: it is worth as much as its version.
//!
//! ## Example
//! ```pickleasm
//! PROTO 2
//! GLOBAL 'torch._utils' '_rebuild_tensor_v2'
//! GLOBAL 'torch' 'Size'
//! GLOBAL 'argparse' 'Namespace'
//! TUPLE3
//! STOP
//! ```
//!
//! ## Use instead
//! Save the `state_dict()` of a model rather than the model. Name those globals only that you know, and that are
//! classes of data.
//!
//! ## References
//! - [torch.load](https://docs.pytorch.org/docs/stable/generated/torch.load.html)
//! - [torch.serialization.add_safe_globals](https://docs.pytorch.org/docs/stable/notes/serialization.html)
//! - [CVE-2025-32434](https://nvd.nist.gov/vuln/detail/CVE-2025-32434): `torch.load` with `weights_only=True` before 2.6

use crate::analysis::{Entry, Seen};
use crate::diagnostic::Severity;
use crate::lint::Reporter;
use crate::policy::is_weights_only;
use crate::rule::{Check, Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PG115",
        name: "weights-only-blocked",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("weights_only_blocked.rs"),
    },
    checks: &[Check::Pickle(check)],
};

/// Globals that are named in a message.
const MOST_NAMED: usize = 12;

fn check(seen: &Seen<'_, '_>, report: &mut Reporter<'_>) {
    let of_torch = |entry: &&Entry<'_>| entry.names.module.split('.').next() == Some("torch");
    let Some(first_of_torch) = seen.ledger.entries().find(of_torch) else { return };
    let refused =
        |entry: &&Entry<'_>| entry.loads > 0 && !is_weights_only(&entry.names.module, &entry.names.name);
    let blocked: Vec<_> = seen.ledger.entries().filter(refused).collect();
    let Some(first) = blocked.first() else { return };
    let mut names: Vec<_> = blocked.iter().take(MOST_NAMED).map(|entry| entry.dotted()).collect();
    if blocked.len() > MOST_NAMED {
        names.push("…".to_owned());
    }
    let message = format!(
        "the weights-only loader of torch refuses this; it would need add_safe_globals([{}])",
        names.join(", ")
    );
    let finding = report.finding(first.first.clone(), message).about(first.as_loaded());
    report.push(finding.related(first_of_torch.first.clone(), "torch is used here"));
}
