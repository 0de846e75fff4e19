//! One run: all files examined, one report written, and what the process ends with.

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use super::look::Look;
use super::{Args, Failure, Status};
use crate::baseline::Baseline;
use crate::output::{self, Output, Paint, shown};
use crate::paths;
use crate::replacement::Replacement;
use crate::report::{Diagnostic, FOREIGN, FileReport, Place, Renderer, Summary};
use crate::scan::{Links, Progress, Walk, interrupt, scan};
use crate::settings::{Resolver, Settings};
use pickle_machine::render::escape;
use pickle_rules::{Severity, project};

/// Stale entries of a baseline, and configurations, that are named; of more the number is given.
const MOST_NAMED: usize = 20;
/// How long findings may wait for others to be written together with them.
const DELAY: Duration = Duration::from_millis(100);

/// What is done with results.
struct Run<'r> {
    out: Output,
    /// The file that `out` writes to, until it is in its place.
    file: Option<Replacement>,
    /// The severity from which on the run fails.
    bar: Severity,
    renderer: Box<dyn Renderer>,
    progress: Progress,
    summary: Summary,
    baseline: Option<Baseline>,
    resolver: &'r Resolver,
    quiet: bool,
    /// When the run gives up after an interrupt.
    patience: Option<Instant>,
    /// When what was written since is shown.
    due: Instant,
}

/// Examines all files and writes the report.
pub(super) fn once(args: &Args, resolver: &Arc<Resolver>) -> Result<Status, Failure> {
    let settings = args.settings(resolver);
    let baseline = args.baseline(&settings)?;
    let (out, paint, file) = destination(args)?;
    let walk = Walk::without(file.as_ref().and_then(Replacement::beside), &args.inputs, resolver)?;
    let links = walk.links();
    let look = Look {
        hashed: baseline.as_ref().is_some_and(Baseline::is_strict),
        cache: args.cache(),
        ..Look::new(args.detail())
    };
    let quiet = args.inputs.quiet;
    let mut run = Run {
        out,
        file,
        bar: args.bar(&settings),
        renderer: args.format.renderer(paint, args.statistics, quiet),
        progress: Progress::new(!quiet && !args.inputs.no_progress && io::stderr().is_terminal()),
        summary: Summary::default(),
        baseline,
        resolver,
        quiet,
        patience: None,
        due: Instant::now() + DELAY,
    };
    interrupt::listen();
    let begun = run.renderer.begin(&mut run.out);
    let done = begun
        .and_then(|()| scan(walk, &args.inputs, resolver, |item| look.at(item), |report| run.take(report)));
    look.stop.store(true, Relaxed);
    let named = |error: io::Error| match args.report_file() {
        Some(path) => format!("{}: the report could not be written to its end: {error}", shown(path)).into(),
        None => Failure::Output(error),
    };
    if let Err(error) = done {
        // What there is of a report tells more than one of an earlier run.
        let _ = run.file.take().map(Replacement::finish);
        return run.given_up(error, args).map_err(|failure| match failure {
            Failure::Output(error) => named(error),
            other => other,
        });
    }
    run.take_unused(&args.inputs.paths).and_then(|()| run.end()).or_else(unheard).map_err(named)?;
    if !quiet {
        note_links(&links);
    }
    if !quiet
        && let Some(cache) = &look.cache
        && let Some(failure) = cache.failure()
    {
        output::note(&format!("note: nothing can be remembered in {}: {failure}", shown(cache.folder())));
    }
    let summary = &run.summary;
    if args.fail_on_empty && summary.files + summary.failures == 0 {
        return Err("there is nothing to look at: no file below the given paths is or names a pickle"
            .to_owned()
            .into());
    }
    Ok(match () {
        () if summary.interrupted => Status::Interrupted,
        () if summary.failures + summary.misconfigured > 0 => Status::Failed,
        () if args.exit_zero => Status::Clean,
        () if summary.incomplete > 0 => Status::Failed,
        () if summary.reaches(run.bar) => Status::Findings,
        () if summary.unseen > 0 => Status::Failed,
        () => Status::Clean,
    })
}

/// Where the report goes, and the file that is put in its place at the end.
fn destination(args: &Args) -> Result<(Output, Paint, Option<Replacement>), Failure> {
    let Some(path) = args.report_file() else {
        let (out, paint) = output::stdout();
        return Ok((out, paint, None));
    };
    let (out, paint, file) = output::file(path).map_err(|error| format!("{}: {error}", shown(path)))?;
    Ok((out, paint, Some(file)))
}

/// A reader that has seen enough changes nothing about what was found.
fn unheard(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

impl Run<'_> {
    /// What the process ends with when the report cannot be written to its end. A reader may have seen enough and be gone;
    /// what was found until then counts, and where that is nothing, nobody knows what else there is.
    fn given_up(&self, error: io::Error, args: &Args) -> Result<Status, Failure> {
        unheard(error)?;
        Ok(match () {
            () if args.exit_zero => Status::Clean,
            () if self.summary.reaches(self.bar) => Status::Findings,
            () => {
                let message = "nobody reads the report any more, so not all files were looked at";
                return Err(message.to_owned().into());
            }
        })
    }

    /// Takes the report of a file, or notes that time passes.
    fn take(&mut self, report: Option<FileReport>) -> io::Result<()> {
        if interrupt::is_interrupted() {
            let patience = *self.patience.get_or_insert_with(|| Instant::now() + interrupt::GRACE);
            if Instant::now() > patience {
                // Something waits for what may never come; what there is is worth more than a tidy end.
                self.end()?;
                interrupt::leave();
            }
        }
        if Instant::now() >= self.due {
            let Self { progress, out, .. } = self;
            progress.aside(|| out.flush())?;
            self.due = Instant::now() + DELAY;
        }
        let Some(mut file) = report else {
            self.progress.tick(None);
            return Ok(());
        };
        if let Some(baseline) = &mut self.baseline {
            self.summary.known += baseline.filter(&mut file);
        }
        self.summary.add(&file);
        let unseen = file.unseen_below(self.bar);
        self.summary.unseen += usize::from(unseen.is_some());
        self.progress.tick(Some(&file.path));
        let broken = self.resolver.take_broken();
        self.summary.misconfigured += broken.len();
        if file.diagnostics.is_empty() && file.failure.is_none() && broken.is_empty() {
            return Ok(());
        }
        let Self { progress, renderer, out, .. } = self;
        progress.aside(|| {
            let complaint = complaint(&file, unseen);
            if !broken.is_empty() || complaint.is_some() {
                // What is said on standard error comes between the findings of the files.
                out.flush()?;
            }
            broken.iter().for_each(|broken| output::complain(&broken.to_string()));
            complaint.iter().for_each(|complaint| output::complain(complaint));
            renderer.file(&file, out)
        })
    }

    /// Reports allowed globals that no file needs, of configurations all of whose folder was examined.
    fn take_unused(&mut self, paths: &[PathBuf]) -> io::Result<()> {
        if interrupt::is_interrupted() || self.summary.failures > 0 {
            return Ok(());
        }
        for settings in self.resolver.files().iter().filter(|settings| covers(paths, &settings.root)) {
            let report = unused(settings);
            self.summary.add_aside(&report);
            if !report.diagnostics.is_empty() {
                self.renderer.file(&report, &mut self.out)?;
            }
        }
        Ok(())
    }

    /// Writes the end of the report, and what is to be said beside it.
    fn end(&mut self) -> io::Result<()> {
        self.progress.end();
        let broken = self.resolver.take_broken();
        self.summary.misconfigured += broken.len();
        broken.iter().for_each(|broken| output::complain(&broken.to_string()));
        self.summary.interrupted = interrupt::is_interrupted();
        self.summary.foreign = self.resolver.foreign();
        self.renderer.end(&self.summary, &mut self.out)?;
        self.out.flush()?;
        self.file.take().map_or(Ok(()), Replacement::finish)?;
        if self.quiet || self.summary.interrupted {
            return Ok(());
        }
        self.baseline.iter().for_each(|baseline| note_stale(&baseline.stale()));
        note_foreign(&self.summary.foreign);
        Ok(())
    }
}

/// Why a file is not vouched for, if that is so. `unseen` is what was not looked at and does not fail the run.
fn complaint(file: &FileReport, unseen: Option<&Diagnostic>) -> Option<String> {
    let path = shown(&file.path);
    let not_seen = file.incomplete().or(unseen);
    match &file.failure {
        Some(failure) => Some(format!("{path}: {failure}")),
        None => not_seen.map(|finding| {
            let message = escape(&finding.message);
            format!("{path}: examined in part, so it cannot be vouched for: {message}")
        }),
    }
}

/// Whether a folder is one of the paths, or in one.
fn covers(paths: &[PathBuf], folder: &Path) -> bool {
    let here = [PathBuf::from(".")];
    let mut given = if paths.is_empty() { here.iter() } else { paths.iter() };
    given.any(|path| std::path::absolute(path).is_ok_and(|path| folder.starts_with(path)))
}

/// What a configuration allows for nothing, as findings about its file.
fn unused(settings: &Settings) -> FileReport {
    let rule = project::ALLOW_UNUSED;
    let Some(file) = &settings.file else { return FileReport::new(PathBuf::new(), Vec::new()) };
    let place = file.places.get("allow-globals").map(|at| Place {
        line: at.line,
        column: at.column,
        end_line: at.line,
        end_column: at.column + "allow-globals".len(),
    });
    let finding = |name: &str| Diagnostic {
        global: Some(name.to_owned()),
        place,
        ..Diagnostic::new(rule, format!("`{name}` is allowed, and no file needs that"))
    };
    let unused = settings.unused().into_iter().filter(|_| settings.rules.selection.includes(rule));
    let path = paths::near(&file.path);
    let mut found = unused.map(finding).collect();
    settings.adjust(&path, &mut found);
    FileReport::new(path, found)
}

/// Names configurations that came with what was examined: they may have switched off what one wants to know.
fn note_foreign(files: &[PathBuf]) {
    for file in files.iter().take(MOST_NAMED) {
        output::note(&format!("note: {} {FOREIGN}", shown(&paths::near(file))));
    }
    if files.len() > MOST_NAMED {
        output::note(&format!("note: and {} more such configurations", files.len() - MOST_NAMED));
    }
}

/// Says that there is more behind links.
fn note_links(links: &Links) {
    if let Some((count, first)) = links.passed() {
        let first = shown(first);
        output::note(&match count {
            1 => format!("note: the link {first} was not followed; --follow does"),
            _ => format!("note: {count} links were not followed, such as {first}; --follow does"),
        });
    }
    if let Some((count, first)) = links.nowhere() {
        let first = shown(first);
        output::note(&match count {
            1 => format!("note: the link {first} leads nowhere: what should be there was not looked at"),
            _ => format!(
                "note: {count} links lead nowhere, such as {first}: what should be there was not looked at"
            ),
        });
    }
}

fn note_stale(stale: &[String]) {
    if stale.is_empty() {
        return;
    }
    let count = stale.len();
    let entries = if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") };
    output::note(&format!(
        "note: the baseline has {entries} of which nothing is left; `pickle-lsp baseline` removes such:"
    ));
    for line in stale.iter().take(MOST_NAMED) {
        output::note(&format!("  {}", escape(line)));
    }
    if count > MOST_NAMED {
        output::note(&format!("  and {} more", count - MOST_NAMED));
    }
}
