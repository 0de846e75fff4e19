//! `pickle-lsp baseline`: writes down what is found now, so that `lint --baseline` reports only what is new.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering::Relaxed;

use super::lint::look::Look;
use super::lint::settings_of_run;
use super::options::{self, Inputs, Judging, Rules};
use super::{Failure, Status};
use crate::baseline::{Baseline, Precision};
use crate::examine::Detail;
use crate::output::{self, shown};
use crate::report::FileReport;
use crate::scan::{Walk, interrupt, scan};

/// The file when no other is named.
const USUAL: &str = "pickle-lsp-baseline.json";

/// Options of the verb.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    inputs: Inputs,
    #[command(flatten)]
    rules: Rules,
    #[command(flatten)]
    judging: Judging,
    /// The file to write or update [default: the configuration's, else pickle-lsp-baseline.json]
    #[arg(short, long, value_name = "FILE")]
    output_file: Option<PathBuf>,
    /// How closely findings are told apart [default: that of the file, else strict]
    #[arg(long, value_enum)]
    precision: Option<Precision>,
}

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let resolver = options::resolver(Some(&args.inputs), &args.judging, &args.rules)?;
    let settings = settings_of_run(&args.inputs, &resolver);
    let path = args.output_file.clone().or_else(|| settings.baseline()).unwrap_or_else(|| USUAL.into());
    if path == Path::new("-") {
        return Err("a baseline is a file that later runs read: give it a name".to_owned().into());
    }
    let mut baseline = open(&path, args.precision)?;
    let look = Look { hashed: baseline.is_strict(), ..Look::new(Detail::Offsets) };
    let mut failures = 0;
    interrupt::listen();
    let walk = Walk::new(&args.inputs, &resolver)?;
    let take = |report: Option<FileReport>| -> Result<(), Failure> {
        let Some(file) = report.filter(|_| !interrupt::is_interrupted()) else { return Ok(()) };
        match &file.failure {
            Some(failure) => {
                failures += 1;
                output::complain(&format!("{}: {failure}", shown(&file.path)));
            }
            None => baseline.learn(&file),
        }
        Ok(())
    };
    let done: Result<(), Failure> = scan(walk, &args.inputs, &resolver, |item| look.at(item), take);
    look.stop.store(true, Relaxed);
    done?;
    if interrupt::is_interrupted() {
        output::complain("interrupted: the baseline is as it was");
        return Ok(Status::Interrupted);
    }
    for broken in resolver.take_broken() {
        failures += 1;
        output::complain(&broken.to_string());
    }
    if failures > 0 {
        return Err("not everything could be examined: the baseline is as it was".to_owned().into());
    }
    let (now, removed) = baseline.write().map_err(|error| format!("{}: {error}", shown(&path)))?;
    if !args.inputs.quiet {
        let findings = if now == 1 { "finding" } else { "findings" };
        output::note(&format!("{}: {now} {findings} known, {removed} removed", shown(&path)));
    }
    Ok(Status::Clean)
}

/// The baseline that is there, unless it is to be of another precision.
fn open(path: &Path, precision: Option<Precision>) -> Result<Baseline, String> {
    if !path.exists() {
        return Ok(Baseline::new(path, precision.unwrap_or_default()));
    }
    let baseline = Baseline::read(path)?;
    Ok(match precision {
        Some(precision) if !baseline.has(precision) => Baseline::new(path, precision),
        _ => baseline,
    })
}
