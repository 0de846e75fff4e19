//! `pickle-lsp completions SHELL`: what a shell needs to complete our verbs and options.

use std::io::Write;

use clap::CommandFactory;
use clap_complete::Shell;

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
    let mut command = Cli::command();
    // Into memory first: the generator takes a closed pipe for a mistake of its own.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "pickle-lsp", &mut script);
    let (mut out, _) = output::stdout();
    out.write_all(&script)?;
    out.flush()?;
    Ok(Status::Clean)
}
