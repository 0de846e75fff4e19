//! `pickle-lsp lint`: files and folders in, one report out.
//!
//! Files are read in parallel and reported in order, each as soon as all before it are; what is done is dropped. A file
//! that cannot be read, that changes while it is read, or that is examined in part makes the exit status 2; what was found
//! in it is reported all the same.

pub(super) mod look;
mod run;
mod watch;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::ValueEnum;
use pickle_config::Bar;
use pickle_rules::Severity;

use super::options::{self, Inputs, Judging, Rules};
use super::{Failure, Status};
use crate::baseline::Baseline;
use crate::cache::Cache;
use crate::examine::Detail;
use crate::output::shown;
use crate::report::Format;
use crate::settings::{Resolver, Settings};

/// Options of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = STATUS)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    /// How the report is written
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    judging: Judging,
    /// From which severity on findings make the exit status 1 [default: warning]
    #[arg(long, value_enum, value_name = "SEVERITY")]
    fail_on: Option<FailOn>,
    /// Exit with 0 whatever is found
    #[arg(long)]
    exit_zero: bool,
    /// Exit with 2 if there is nothing to look at
    #[arg(long)]
    fail_on_empty: bool,
    /// Report only what this file does not know; `pickle-lsp baseline` writes it
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Use no baseline, even if the configuration names one
    #[arg(long, conflicts_with = "baseline")]
    no_baseline: bool,
    /// Count findings by rule instead of showing them
    #[arg(long)]
    statistics: bool,
    /// Write the report to a file; `-` is standard output
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// Report again whenever a file changes
    #[arg(long, conflicts_with_all = ["output_file", "files_from"])]
    watch: bool,
    /// Remember what is found in large pickles, and believe it the next time
    #[arg(long)]
    cache: bool,
    /// Where to remember it (implies --cache)
    #[arg(long, value_name = "FOLDER")]
    cache_dir: Option<PathBuf>,
    /// Remember nothing and believe nothing
    #[arg(long)]
    no_cache: bool,
}

const STATUS: &str = "\
Exit status:
  0    nothing at or above the bar (--fail-on)
  1    findings
  2    pickle-lsp failed, a file could not be read, or one could only be examined in part
  130  interrupted; what was found until then is reported";

/// A severity, on the command line.
#[derive(Clone, Copy, Debug, ValueEnum)]
enum FailOn {
    Error,
    Warning,
    Info,
}

impl From<FailOn> for Bar {
    fn from(bar: FailOn) -> Self {
        match bar {
            FailOn::Error => Self::Error,
            FailOn::Warning => Self::Warning,
            FailOn::Info => Self::Info,
        }
    }
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    args.check()?;
    if args.watch {
        watch::forever(args)
    } else {
        let resolver = options::resolver(Some(&args.inputs), &args.judging, &args.rules)?;
        run::once(args, &resolver)
    }
}

impl Args {
    /// Whether the options can be had together, and nothing is lost by it.
    fn check(&self) -> Result<(), Failure> {
        if self.watch && self.inputs.has_stdin() {
            return Err("standard input cannot be watched: it is read once".to_owned().into());
        }
        if self.statistics && !self.format.has_statistics() {
            let name =
                self.format.to_possible_value().map_or(String::new(), |value| value.get_name().to_owned());
            let message =
                format!("--statistics can be written as full, concise, json or json-lines, not as {name}");
            return Err(message.into());
        }
        let written = self.report_file().and_then(|path| std::fs::canonicalize(path).ok());
        let is_written = |path: &&PathBuf| std::fs::canonicalize(path).ok() == written;
        match self.inputs.paths.iter().filter(|_| written.is_some()).find(is_written) {
            Some(path) => {
                Err(format!("{}: the report would take the place of what is to be looked at", shown(path))
                    .into())
            }
            None => Ok(()),
        }
    }

    /// The file that the report goes to; `None`: standard output.
    fn report_file(&self) -> Option<&Path> {
        self.output_file.as_deref().filter(|path| *path != Path::new("-"))
    }

    /// What holds for the run as a whole.
    fn settings(&self, resolver: &Arc<Resolver>) -> Arc<Settings> {
        settings_of_run(&self.inputs, resolver)
    }

    /// The severity from which on a run fails.
    fn bar(&self, settings: &Settings) -> Severity {
        match self.fail_on.map(Bar::from).or(settings.given.fail_on).unwrap_or(Bar::Warning) {
            Bar::Error => Severity::Error,
            Bar::Warning => Severity::Warning,
            Bar::Info => Severity::Info,
        }
    }

    fn baseline(&self, settings: &Settings) -> Result<Option<Baseline>, String> {
        let path = self.baseline.clone().or_else(|| settings.baseline().filter(|_| !self.no_baseline));
        path.map(|path| Baseline::read(&path)).transpose()
    }

    fn detail(&self) -> Detail {
        if self.statistics { Detail::Offsets } else { self.format.detail() }
    }

    fn cache(&self) -> Option<Cache> {
        if self.no_cache {
            return None;
        }
        match &self.cache_dir {
            Some(folder) => Some(Cache::new(folder)),
            None if self.cache => Cache::usual_folder().map(|folder| Cache::new(&folder)),
            None => None,
        }
    }
}

/// The settings of the paths that are given, if they are the same for all. Else those of the folder of the process: what one folder
/// brings decides nothing about the files of another.
pub(super) fn settings_of_run(inputs: &Inputs, resolver: &Arc<Resolver>) -> Arc<Settings> {
    let here = || resolver.of_folder(Path::new(""));
    let of = |path: &PathBuf| match path {
        path if path == Path::new("-") => here(),
        path if path.is_dir() => resolver.of_folder(path),
        path => resolver.of_file(path),
    };
    let is_from = |settings: &Settings, other: &Settings| {
        let file = |settings: &Settings| settings.file.as_ref().map(|file| file.path.clone());
        file(settings) == file(other)
    };
    let mut all = inputs.paths.iter().map(of);
    match all.next() {
        Some(first) if inputs.files_from.is_none() && all.all(|other| is_from(&first, &other)) => first,
        _ => here(),
    }
}
