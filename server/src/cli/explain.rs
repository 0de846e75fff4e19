//! `pickle-lsp explain`: what a rule or an opcode is about.

use std::io::{self, Write};

use pickle_machine::render::escape;
use pickle_ops::{Opcode, StackItem};
use pickle_rules::{Meta, registry};

use super::{Failure, Status};
use crate::output::{self, Output};
use crate::report;

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Code or name of a rule, or name of an opcode: PG101, memo-miss, REDUCE
    #[arg(value_name = "CODE|NAME|OPCODE")]
    what: String,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let (mut out, _) = output::stdout();
    let rule = registry::by_code(&args.what).or_else(|| registry::by_name(&args.what.to_ascii_lowercase()));
    if let Some(rule) = rule {
        explain_rule(rule, &mut out)?;
    } else if let Some(opcode) = Opcode::from_name(&args.what.to_ascii_uppercase()) {
        explain_opcode(opcode, &mut out)?;
    } else {
        let what = escape(&args.what);
        return Err(
            format!("{what} is neither a rule nor an opcode; `pickle-lsp rules` lists the rules").into()
        );
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn explain_rule(rule: &Meta, out: &mut Output) -> io::Result<()> {
    writeln!(out, "# {} {} ({}, since {})\n", rule.code, rule.name, rule.severity, rule.since)?;
    writeln!(out, "{}\n\n{}", rule.documentation().trim(), report::url(rule))
}

fn explain_opcode(opcode: Opcode, out: &mut Output) -> io::Result<()> {
    let info = opcode.info();
    let byte = opcode as u8;
    let shown = if byte.is_ascii_graphic() { format!(" `{}`", char::from(byte)) } else { String::new() };
    writeln!(
        out,
        "# {} (byte 0x{byte:02x}{shown}, protocol {})\n\n{}\n",
        info.name, info.protocol, info.doc
    )?;
    writeln!(out, "operand: {}", info.operand.description())?;
    writeln!(out, "stack:   {} => {}", items(info.before), items(info.after))
}

fn items(items: &[StackItem]) -> String {
    if items.is_empty() {
        return "(nothing)".to_owned();
    }
    items.iter().map(|item| item.name()).collect::<Vec<_>>().join(" ")
}
