//! ## What it does
//! Reports bytes before a container begins or behind its end.
//!
//! ## Why is this bad?
//! Readers that look for the end of an archive accept them, others do not. They can be anything: an installer, a second
//! archive, a payload that a script cuts out again. A pickle among them is reported by itself. What you did not put there,
//! ask its source about.
//!
//! joblib never comes to an end with a pickle in a file of gzip or zlib behind whose first stream something stands, be it another
//! stream, and takes all memory; where it is joblib that loads the file, this is a warning. `gzip.open` reads several streams.
//!
//! ## Example
//! A zip behind a shell script that unpacks it.
//!
//! ## Use instead
//! The archive alone.
//!
//! ## References
//! - `joblib/compressor.py`, `BinaryZlibFile._fill_buffer`
//! - [APPNOTE 4.3.6](https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT): overall .ZIP file format

use crate::diagnostic::Severity;
use crate::rule::{Meta, Rule};

pub(crate) static RULE: Rule = Rule {
    meta: Meta {
        code: "PC114",
        name: "bytes-around-container",
        severity: Severity::Info,
        since: "0.1.0",
        source: include_str!("bytes_around_container.rs"),
    },
    checks: &[],
};
