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
        writeln!(out, "{} {severity} {:width$}  {}", rule.code, rule.name, rule.summary())?;
    }
    out.flush()?;
    Ok(Status::Clean)
}
