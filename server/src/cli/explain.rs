//! `pickle-lsp explain`: what a rule, an opcode, a key of the configuration or a global is about.

mod global;

use std::io::{self, Write};

use clap::ValueEnum;
use pickle_config::{Field, Options, closest};
use pickle_machine::render::escape;
use pickle_ops::{OPCODES, Opcode, StackItem};
use pickle_rules::{Meta, registry};
use serde_json::{Value, json};

use super::{Failure, Status};
use crate::output::{self, Output};
use crate::report;

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Code or name of a rule, name of an opcode, key of the configuration, or a global: PG101, memo-miss, REDUCE,
    /// allow-globals, os.system
    #[arg(value_name = "CODE|NAME|OPCODE|GLOBAL")]
    what: String,
    /// How it is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// For people or for programs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    #[default]
    Text,
    /// JSON
    Json,
}

/// What can be explained.
enum Subject {
    Rule(&'static Meta),
    Opcode(Opcode),
    Key(&'static Field),
    Global(global::Judged),
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let subject = match find(&args.what) {
        Some(subject) => subject,
        None => Subject::Global(global::judge(&args.what)?.ok_or_else(|| unknown(&args.what))?),
    };
    let (mut out, _) = output::stdout();
    match (args.format, subject) {
        (Format::Text, Subject::Rule(rule)) => explain_rule(rule, &mut out)?,
        (Format::Text, Subject::Opcode(opcode)) => explain_opcode(opcode, &mut out)?,
        (Format::Text, Subject::Key(field)) => explain_key(field, &mut out)?,
        (Format::Text, Subject::Global(judged)) => judged.explain(&mut out)?,
        (Format::Json, subject) => {
            let object = match subject {
                Subject::Rule(rule) => rule_object(rule),
                Subject::Opcode(opcode) => opcode_object(opcode),
                Subject::Key(field) => key_object(field),
                Subject::Global(judged) => judged.object(),
            };
            serde_json::to_writer_pretty(&mut out, &object).map_err(io::Error::from)?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Status::Clean)
}

fn find(what: &str) -> Option<Subject> {
    let lower = what.to_ascii_lowercase();
    let rule = registry::by_code(what).or_else(|| registry::by_name(&lower)).map(Subject::Rule);
    let opcode = || Opcode::from_name(&what.to_ascii_uppercase()).map(Subject::Opcode);
    let key = || Options::FIELDS.iter().find(|field| field.name == lower).map(Subject::Key);
    rule.or_else(opcode).or_else(key)
}

fn unknown(what: &str) -> String {
    let rules = registry::rules().flat_map(|rule| [rule.code, rule.name]);
    let keys = Options::FIELDS.iter().map(|field| field.name);
    let meant = closest(what, rules.chain(OPCODES.iter().map(|info| info.name)).chain(keys));
    let meant = meant.map_or(String::new(), |word| format!(": did you mean `{word}`?"));
    let what = escape(what);
    format!(
        "{what} is neither a rule, an opcode, a key of the configuration nor a global{meant}\n       `pickle-lsp rules` lists the rules"
    )
}

fn explain_rule(rule: &Meta, out: &mut Output) -> io::Result<()> {
    writeln!(out, "# {} {} ({}, since {})\n", rule.code, rule.name, rule.severity, rule.since)?;
    writeln!(out, "{}\n\n{}", rule.documentation().trim(), report::url(rule))
}

/// A rule as an object.
pub(super) fn rule_object(rule: &Meta) -> Value {
    json!({
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity.to_string(),
        "since": rule.since,
        "summary": rule.summary(),
        "documentation": rule.documentation().trim(),
        "url": report::url(rule),
    })
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

fn opcode_object(opcode: Opcode) -> Value {
    let info = opcode.info();
    let names = |items: &[StackItem]| items.iter().map(|item| item.name()).collect::<Vec<_>>();
    json!({
        "opcode": info.name,
        "byte": opcode as u8,
        "protocol": info.protocol,
        "documentation": info.doc,
        "operand": info.operand.description(),
        "before": names(info.before),
        "after": names(info.after),
    })
}

fn items(items: &[StackItem]) -> String {
    if items.is_empty() {
        return "(nothing)".to_owned();
    }
    items.iter().map(|item| item.name()).collect::<Vec<_>>().join(" ")
}

fn explain_key(field: &Field, out: &mut Output) -> io::Result<()> {
    let default = if field.default.is_empty() { "none" } else { field.default };
    writeln!(out, "# {}: {}\n\n{}\n", field.name, field.kind.description(), field.markdown())?;
    writeln!(out, "default: {default}\nexample: {}", field.example)
}

fn key_object(field: &Field) -> Value {
    json!({
        "key": field.name,
        "kind": field.kind.description(),
        "documentation": field.markdown(),
        "default": field.default,
        "example": field.example,
    })
}
