//! `pickle-lsp rules`: a line a rule.

use std::io::Write;

use pickle_rules::registry::rules;

use super::{Failure, Status};
use crate::output;

/// Runs the verb.
pub(super) fn run() -> Result<Status, Failure> {
    let (mut out, paint) = output::stdout();
    let width = rules().map(|rule| rule.name.len()).max().unwrap_or(0);
    for rule in rules() {
        let severity =
            paint.paint(output::severity(rule.severity), format_args!("{:7}", rule.severity.to_string()));
        writeln!(out, "{} {severity} {:width$}  {}", rule.code, rule.name, first_sentence(&rule.summary()))?;
    }
    out.flush()?;
    Ok(Status::Clean)
}

/// A line has room for one.
fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}
