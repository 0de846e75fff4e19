//! `pickle-lsp lint`: files and folders in, one report out.
//!
//! Files are read in parallel and reported in order, each as soon as all before it are; what is done is dropped. A file
//! that cannot be read, or that changes while it is read, makes the exit status 2; what was found in it is reported all
//! the same.

mod files;
mod pipeline;
mod progress;

use std::io::{self, IsTerminal, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use clap::ValueEnum;
use pickle_rules::policy::{Pattern, Policy};
use pickle_rules::registry::Selection;
use pickle_rules::{Options, Severity};

use super::{Failure, Status};
use crate::examine::{Asked, Detail, Question, examine, is_worth_a_look};
use crate::members::Carve;
use crate::output::{self, shown};
use crate::report::{FileReport, Format, Summary};
use crate::source::Source;
use files::Found;
use progress::Progress;

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Files and folders; `-` is standard input
    #[arg(default_value = ".", value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Only these rules: codes, beginnings of codes, or names, separated by commas
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    select: Vec<String>,
    /// Not these rules
    #[arg(long, value_delimiter = ',', value_name = "RULE")]
    ignore: Vec<String>,
    /// From which severity on findings make the exit status 1
    #[arg(long, value_enum, default_value_t = Bar::Warning, value_name = "SEVERITY")]
    fail_on: Bar,
    /// Exit with 0 whatever is found
    #[arg(long)]
    exit_zero: bool,
    /// Trust globals that fit this pattern, such as `myapp.models.*`
    #[arg(long, value_name = "PATTERN")]
    allow_global: Vec<String>,
    /// Count findings by rule instead of showing them
    #[arg(long)]
    statistics: bool,
    /// Write the report to a file
    #[arg(long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// What standard input is called in the report
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<PathBuf>,
    /// Also look for pickles at any offset of any file, not only of those that are called pickles
    #[arg(long)]
    carve: bool,
    /// Show no progress bar
    #[arg(long)]
    no_progress: bool,
}

/// A severity, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum Bar {
    Error,
    Warning,
    Info,
}

/// What every file is examined with.
struct Settings<'s> {
    options: Options,
    detail: Detail,
    carve: Carve,
    stdin_name: &'s Path,
    stop: AtomicBool,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let settings = Settings {
        options: options(args)?,
        detail: if args.statistics { Detail::Offsets } else { args.format.detail() },
        carve: if args.carve { Carve::Everywhere } else { Carve::Named },
        stdin_name: args.stdin_filename.as_deref().unwrap_or(Path::new("<stdin>")),
        stop: AtomicBool::new(false),
    };
    let summary = report(args, &settings)?;
    Ok(match args.fail_on {
        _ if summary.failures > 0 => Status::Failed,
        _ if args.exit_zero => Status::Clean,
        Bar::Error if summary.reaches(Severity::Error) => Status::Findings,
        Bar::Warning if summary.reaches(Severity::Warning) => Status::Findings,
        Bar::Info if summary.reaches(Severity::Info) => Status::Findings,
        _ => Status::Clean,
    })
}

fn options(args: &Args) -> Result<Options, Failure> {
    let selection = Selection::new(args.select.iter().cloned(), args.ignore.iter().cloned());
    let selection = selection.map_err(|unknown| unknown.to_string())?;
    let allow = args.allow_global.iter().map(|text| Pattern::new(text)).collect();
    Ok(Options { selection, policy: Policy { allow, ..Policy::default() } })
}

/// Examines all files and writes the report.
fn report(args: &Args, settings: &Settings<'_>) -> Result<Summary, Failure> {
    let (mut out, paint) = match &args.output_file {
        Some(path) => output::file(path).map_err(|error| format!("{}: {error}", shown(path)))?,
        None => output::stdout(),
    };
    let mut renderer = args.format.renderer(paint, args.statistics);
    let mut progress = Progress::new(!args.no_progress && io::stderr().is_terminal());
    let mut summary = Summary::default();
    renderer.begin(&mut out)?;
    let take = |report: Option<FileReport>| -> io::Result<()> {
        let Some(file) = report else {
            progress.tick(None);
            return Ok(());
        };
        summary.add(&file);
        progress.tick(Some(&file.path));
        if file.diagnostics.is_empty() && file.failure.is_none() {
            return Ok(());
        }
        progress.aside(|| {
            if let Some(failure) = &file.failure {
                output::complain(&format!("{}: {failure}", shown(&file.path)));
            }
            renderer.file(&file, &mut out)?;
            out.flush()
        })
    };
    let done = pipeline::ordered(files::walk(&args.paths), |found| look(found, settings), take);
    settings.stop.store(true, Relaxed);
    done?;
    progress.end();
    renderer.end(&summary, &mut out)?;
    out.flush()?;
    Ok(summary)
}

/// Examines what was found; `None` when it is nothing to look at.
fn look(found: Found, settings: &Settings<'_>) -> Option<FileReport> {
    let failed =
        |path, failure: String| Some(FileReport { path, diagnostics: Vec::new(), failure: Some(failure) });
    let (path, source, asked) = match found {
        Found::Unreadable(path, failure) => return failed(path, failure),
        Found::Input => match read_input() {
            Ok(source) => (settings.stdin_name.to_owned(), source, Asked::ByName),
            Err(error) => return failed(settings.stdin_name.to_owned(), error.to_string()),
        },
        Found::Named(path) => match Source::open(&path) {
            Ok(source) => (path, source, Asked::ByName),
            Err(error) => return failed(path, error.to_string()),
        },
        Found::InFolder(path) => {
            let is_wanted = |path: &Path, head: &[u8], len| {
                settings.carve == Carve::Everywhere || is_worth_a_look(&name(path), head, len)
            };
            match Source::open_if(&path, |head, len| is_wanted(&path, head, len)) {
                Ok(source) => (path, source?, Asked::InPassing),
                Err(error) => return failed(path, error.to_string()),
            }
        }
    };
    Some(examine_source(path, &source, asked, settings))
}

fn examine_source(path: PathBuf, source: &Source, asked: Asked, settings: &Settings<'_>) -> FileReport {
    let question = Question {
        path: &path,
        name: &name(&path),
        asked,
        options: &settings.options,
        detail: settings.detail,
        carve: settings.carve,
        interrupt: &|| settings.stop.load(Relaxed),
    };
    // A mistake of ours in one file must not hide what is in the others.
    let examined = catch_unwind(AssertUnwindSafe(|| examine(source.bytes(), &question)));
    let failure = match &examined {
        Err(_) => Some("internal error; please report it with the file".to_owned()),
        Ok(_) if source.disturbed() => Some("the file changed while it was read".to_owned()),
        Ok(_) => None,
    };
    FileReport { path, diagnostics: examined.unwrap_or_default(), failure }
}

fn read_input() -> io::Result<Source> {
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(Source::from_bytes(bytes))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
