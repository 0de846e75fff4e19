//! The command line: which verbs there are, and what the process ends with.
//!
//! Each verb is a file that reads its options and says how it went; none of them ends the process itself.

mod assemble;
mod baseline;
mod clean;
mod completions;
mod config;
mod disassemble;
mod explain;
mod globals;
mod lint;
mod man;
mod options;
mod rules;
mod show;

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::lsp;
use crate::output::{self, shown};
use crate::scan::interrupt;
use crate::source::Source;
pub(crate) use options::Inputs;

/// Read Python pickles (.pkl, .pt, .joblib, .npz, …) as source code; nothing of them is ever executed or imported
#[derive(Debug, Parser)]
#[command(name = "pickle-lsp", version, max_term_width = 100, after_help = STATUS)]
struct Cli {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// For editors that give it without a verb
    #[arg(long, hide = true)]
    stdio: bool,
}

const STATUS: &str = "\
Exit status: 0 nothing found at or above the bar, 1 findings, 2 pickle-lsp itself failed, 130 interrupted.
Without a verb, and with a standard input that is no terminal, the language server runs.";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Report what is dangerous, broken or surprising in pickles and containers of pickles
    Lint(lint::Args),
    /// Write down what is found now, for `lint --baseline`
    Baseline(baseline::Args),
    /// Print a pickle, op by op
    #[command(visible_alias = "dis")]
    Disassemble(disassemble::Args),
    /// Print the object that a loader would rebuild, as a person would write it
    Show(show::Args),
    /// Make a pickle of its text
    #[command(visible_alias = "asm")]
    Assemble(assemble::Args),
    /// Run the language server on standard input and output
    Server {
        /// The only transport there is; accepted as editors give it
        #[arg(long)]
        stdio: bool,
    },
    /// List every global of files and folders, with what it is worth
    Globals(globals::Args),
    /// Print the settings of a file or folder and where each comes from
    Config(config::Args),
    /// List all rules
    Rules(rules::Args),
    /// Explain a rule, an opcode, a key of the configuration or a global
    Explain(explain::Args),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Print the manual page
    Man(man::Args),
    /// Remove what `lint --cache` remembers
    Clean(clean::Args),
}

/// How a verb ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Status {
    /// Nothing at or above the bar.
    Clean,
    /// Findings.
    Findings,
    /// The tool itself failed.
    Failed,
    /// A signal ended it.
    Interrupted,
}

impl Status {
    /// The exit status of the process.
    fn code(self) -> u8 {
        match self {
            Self::Interrupted => interrupt::STATUS,
            other => other as u8,
        }
    }
}

/// Why a verb gave up.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What is said of it.
    Message(String),
    /// The results could not be written.
    Output(io::Error),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

/// Reads the command line and does what it says.
pub(crate) fn run() -> ExitCode {
    if let Some(name) = options::also_a_file(std::env::args_os().skip(1)) {
        let name = shown(Path::new(&name));
        output::complain(&format!(
            "{name}: an option, and the name of a file as well; paths that begin with `-` go behind `--`, or with `./` in front"
        ));
        return ExitCode::from(Status::Failed.code());
    }
    let status = match Cli::try_parse() {
        Ok(cli) => conclude(dispatch(cli)),
        // Help and version are such errors as well.
        Err(error) if !error.use_stderr() => {
            let printed = error.print().and_then(|()| io::stdout().flush());
            conclude(printed.map(|()| Status::Clean).map_err(Failure::Output))
        }
        Err(error) => {
            // Where it cannot be said what is wrong, nobody reads it.
            let _ = error.print();
            Status::Failed
        }
    };
    ExitCode::from(status.code())
}

fn dispatch(cli: Cli) -> Result<Status, Failure> {
    match cli.verb {
        Some(Verb::Lint(args)) => lint::run(&args),
        Some(Verb::Baseline(args)) => baseline::run(&args),
        Some(Verb::Disassemble(args)) => disassemble::run(&args),
        Some(Verb::Show(args)) => show::run(&args),
        Some(Verb::Assemble(args)) => assemble::run(&args),
        Some(Verb::Globals(args)) => globals::run(&args),
        Some(Verb::Config(args)) => config::run(&args),
        Some(Verb::Rules(args)) => rules::run(&args),
        Some(Verb::Explain(args)) => explain::run(&args),
        Some(Verb::Completions(args)) => completions::run(&args),
        Some(Verb::Man(args)) => man::run(&args),
        Some(Verb::Clean(args)) => clean::run(&args),
        None if !cli.stdio && io::stdin().is_terminal() => {
            output::note(&Cli::command().render_help().to_string());
            Ok(Status::Failed)
        }
        Some(Verb::Server { .. }) | None => {
            let farewell = lsp::run().map_err(|error| Failure::Message(error.to_string()))?;
            // As LSP has it: 0 after a shutdown, 1 without.
            Ok(if farewell == lsp::Farewell::Clean { Status::Clean } else { Status::Findings })
        }
    }
}

/// Says what went wrong. A reader that has seen enough and closes the pipe is no failure.
fn conclude(ended: Result<Status, Failure>) -> Status {
    match ended {
        Ok(status) => status,
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => Status::Clean,
        Err(Failure::Output(error)) => {
            output::complain(&format!("the results could not be written: {error}"));
            Status::Failed
        }
        Err(Failure::Message(message)) => {
            output::complain(&message);
            Status::Failed
        }
    }
}

/// What of a file a verb is about that prints it.
#[derive(Debug, clap::Args)]
struct Subject {
    /// The file; `-` is standard input
    file: PathBuf,
    /// Only this member of a container, as other output names it (`archive/data.pkl`; '' for one that has no name)
    #[arg(long, value_name = "NAME")]
    member: Option<String>,
    /// Also look for pickles at any offset of a file that is none
    #[arg(long)]
    carve: bool,
}

/// A file, or standard input.
fn open(path: &Path) -> Result<Source, Failure> {
    if path == Path::new("-") {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
        return Ok(Source::from_bytes(bytes));
    }
    Source::open(path).map_err(|error| format!("{}: {error}", shown(path)).into())
}
