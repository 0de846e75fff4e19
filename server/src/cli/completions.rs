//! `pickle-lsp completions SHELL`: what a shell needs to complete our verbs and options.

use std::io::Write;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Command, CommandFactory};
use clap_complete::Shell;
use pickle_config::Options;
use pickle_ops::OPCODES;
use pickle_rules::policy::presets;
use pickle_rules::registry;

use super::{Cli, Failure, Status};
use crate::output;

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let mut command = with_words(Cli::command());
    // Into memory first: the generator takes a closed pipe for a mistake of its own.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "pickle-lsp", &mut script);
    if args.shell == Shell::Fish {
        // The generator knows words of options alone.
        let words: Vec<_> = subjects().collect();
        let condition = "__fish_pickle_lsp_using_subcommand explain";
        writeln!(script, "complete -c pickle-lsp -n \"{condition}\" -f -a \"{}\"", words.join(" "))?;
    }
    let (mut out, _) = output::stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Status::Clean)
}

/// The command line with words for those options whose values are looked up only when they are used.
fn with_words(command: Command) -> Command {
    let codes = registry::rules().map(|rule| PossibleValue::new(rule.code).help(rule.name));
    let codes = PossibleValuesParser::new(codes);
    let presets = PossibleValuesParser::new(presets().chain(["all", "none"]));
    let subjects = PossibleValuesParser::new(subjects());
    command.mut_subcommands(|verb| {
        verb.mut_args(|arg| match arg.get_id().as_str() {
            "select" | "extend_select" | "ignore" => arg.value_parser(codes.clone()),
            "preset" => arg.value_parser(presets.clone()),
            "what" => arg.value_parser(subjects.clone()),
            _ => arg,
        })
    })
}

/// What can be explained and has a name of ours: rules, opcodes and keys of the configuration.
fn subjects() -> impl Iterator<Item = &'static str> {
    let rules = registry::rules().flat_map(|rule| [rule.code, rule.name]);
    let opcodes = OPCODES.iter().map(|opcode| opcode.name);
    rules.chain(opcodes).chain(Options::FIELDS.iter().map(|field| field.name))
}
