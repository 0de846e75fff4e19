//! ## What it does
//! Tells of a pickle, or of a container with one, in a constant of a pickle: as bytes, compressed, or written as base64, as
//! hexadecimal digits or as a literal. It is analysed as a member of its own, `bytes@OFFSET`; in a str, which `_codecs.encode`,
//! `base64.b64decode` or `bytes.fromhex` turn into bytes, it is `text@OFFSET`.
//!
//! What a call of the pickle unpickles is judged as if it stood there: its findings keep their severity. Of bytes that are
//! only data, which caches, queues and session stores are full of, the findings of the security families become notes and all
//! else is left out: loading the file does none of it.
//!
//! ## Why is this bad?
//! It is not bad. But whoever loads these bytes later runs what they hold, and readers that look at one level do not see it.
//!
//! ## Example
//! `pickle.dumps({"cached": pickle.dumps(value)})`
//!
//! ## Use instead
//! The object itself.
//!
//! ## References
//! - `multiprocessing.reduction.ForkingPickler`, `torch.storage._load_from_bytes`

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC108",
        name: "pickle-in-bytes",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("pickle_in_bytes.rs"),
    },
    checks: &[],
};
