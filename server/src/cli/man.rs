//! `pickle-lsp man [VERB]`: the manual page, in roff: `pickle-lsp man | man -l -`.

use std::io::Write;

use clap::CommandFactory;

use super::{Cli, Failure, Status};
use crate::output;

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The page of a verb instead of that of the whole program
    verb: Option<String>,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let mut command = Cli::command();
    command.build();
    if let Some(verb) = &args.verb {
        let found = command.find_subcommand(verb).cloned();
        let verb = pickle_machine::render::escape(verb);
        command = found.ok_or_else(|| format!("there is no verb `{verb}`"))?;
    }
    let (mut out, _) = output::stdout();
    clap_mangen::Man::new(command).render(&mut out)?;
    out.flush()?;
    Ok(Status::Clean)
}
