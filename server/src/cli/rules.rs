//! `pickle-lsp rules`: a line a rule, or an object a rule.

use std::io::{self, Write};

use pickle_rules::registry::rules;

use super::explain::{Format, rule_object};
use super::{Failure, Status};
use crate::output::{self, Output, Paint};

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// How they are written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let (mut out, paint) = output::stdout();
    match args.format {
        Format::Text => text(&mut out, paint)?,
        Format::Json => {
            let all: Vec<_> = rules().map(rule_object).collect();
            serde_json::to_writer_pretty(&mut out, &all).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn text(out: &mut Output, paint: Paint) -> io::Result<()> {
    let width = rules().map(|rule| rule.name.len()).max().unwrap_or(0);
    for rule in rules() {
        let severity =
            paint.paint(output::severity(rule.severity), format_args!("{:7}", rule.severity.to_string()));
        writeln!(out, "{} {severity} {:width$}  {}", rule.code, rule.name, first_sentence(&rule.summary()))?;
    }
    Ok(())
}

/// A line has room for one.
fn first_sentence(text: &str) -> &str {
    text.split_once(". ").map_or(text, |(first, _)| first).trim_end_matches('.')
}
