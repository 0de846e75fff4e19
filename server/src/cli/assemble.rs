//! `pickle-lsp assemble`: text back to bytes, line by line: neither the text nor the result is in memory as a whole.
//!
//! The result is written beside its place and put there when it is whole and right: a text with an error changes no
//! file. Exit status: 0 it was written, 1 the text has errors, 2 the tool itself failed.

mod archive;
mod excerpt;
mod lines;

use std::io::{self, Cursor, IsTerminal, Write};
use std::path::{Path, PathBuf};

use pickle_listing::text::{Assembler, Diagnostic, Severity};
use pickle_machine::render::escape;

use super::{Failure, Status};
use crate::output::{self, Paint, shown};
use crate::replacement::Replacement;
use crate::source::Source;

/// What the help says at its end.
const STATUS: &str = "\
Exit status: 0 the result was written, 1 the text has errors (all are reported, nothing is written), 2 pickle-lsp itself failed.";

/// Options of the verb.
#[derive(Debug, clap::Args)]
#[command(after_help = STATUS)]
pub(super) struct Args {
    /// The text, as `disassemble --full` writes it; `-` is standard input
    listing: PathBuf,
    /// The file to write; `-` is standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Write this zip archive with the result as one of its members; all others stay as they are
    #[arg(long, value_name = "ARCHIVE", requires = "member")]
    into: Option<PathBuf>,
    /// The member that is replaced, as other output names it (`archive/data.pkl`)
    #[arg(long, value_name = "NAME", requires = "into")]
    member: Option<String>,
}

/// Bytes that are collected before they are written.
const CHUNK: usize = 64 << 10;

/// Runs the verb.
pub(super) fn run(args: &Args) -> Result<Status, Failure> {
    let mut target =
        if args.into.is_some() { Target::Memory(Vec::new()) } else { Target::new(&args.output)? };
    let summary = assemble(args, &mut target)?;
    if summary.errors > 0 {
        output::note(&summary.conclusion());
        return Ok(Status::Findings);
    }
    if let (Some(archive), Some(member), Target::Memory(bytes)) = (&args.into, &args.member, &target) {
        target = into(archive, member, bytes, &args.output)?;
    }
    target.finish().map_err(|error| cannot_write(&args.output, error))?;
    if summary.warnings + summary.hints > 0 {
        output::note(&summary.conclusion());
    }
    Ok(Status::Clean)
}

fn assemble(args: &Args, target: &mut Target) -> Result<Summary, Failure> {
    let mut report = Report::new(&args.listing);
    let mut assembler = Assembler::new();
    let mut done = Ok(());
    let complete = lines::each(&args.listing, |line| {
        let (text, not_text) = line.text(report.line);
        assembler.line(text);
        report.line(line.bytes(), not_text.into_iter().chain(assembler.diagnostics.drain(..)));
        // Behind an error nothing is written, but everything is read.
        if report.summary.errors > 0 {
            assembler.take();
        } else if assembler.ready().len() >= CHUNK {
            done = target.write(assembler.ready());
            assembler.take();
        }
        done.is_ok()
    });
    complete?;
    assembler.finish();
    if report.summary.errors == 0 {
        done = done.and_then(|()| target.write(assembler.ready()));
    }
    done.map_err(|error| cannot_write(&args.output, error))?;
    Ok(report.summary)
}

/// The archive with the new member, ready to take its place.
fn into(archive: &Path, member: &str, bytes: &[u8], output: &Path) -> Result<Target, Failure> {
    let source = Source::open(archive).map_err(|error| format!("{}: {error}", shown(archive)))?;
    let mut target = Target::new(output)?;
    let written = match &mut target {
        Target::Memory(whole) => archive::replace(source.bytes(), member, bytes, &mut Cursor::new(whole)),
        Target::File(file) => archive::replace(source.bytes(), member, bytes, file),
    };
    written.map_err(|message| format!("{}: {message}", shown(archive)))?;
    if source.disturbed() {
        return Err(format!("{}: the file changed while it was read", shown(archive)).into());
    }
    Ok(target)
}

fn cannot_write(path: &Path, error: io::Error) -> Failure {
    if path == Path::new("-") {
        return error.into();
    }
    Failure::Message(format!("{} could not be written: {error}", shown(path)))
}

/// Where the result goes.
enum Target {
    /// A pipe, when the text turns out to be right; or an archive, of which it is a part.
    Memory(Vec<u8>),
    File(Replacement),
}

impl Target {
    fn new(path: &Path) -> Result<Self, Failure> {
        if path != Path::new("-") {
            return Ok(Self::File(Replacement::new(path).map_err(|error| cannot_write(path, error))?));
        }
        if io::stdout().is_terminal() {
            let message = "a pickle is not for a terminal: give a file with -o, or send it into a pipe";
            return Err(Failure::Message(message.to_owned()));
        }
        Ok(Self::Memory(Vec::new()))
    }

    fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Memory(whole) => {
                whole.extend_from_slice(bytes);
                Ok(())
            }
            Self::File(file) => file.write_all(bytes),
        }
    }

    fn finish(self) -> io::Result<()> {
        match self {
            Self::Memory(whole) => {
                let mut out = io::stdout().lock();
                out.write_all(&whole).and_then(|()| out.flush())
            }
            Self::File(file) => file.finish(),
        }
    }
}

/// How many there were of what.
#[derive(Clone, Copy, Debug, Default)]
struct Summary {
    errors: usize,
    warnings: usize,
    hints: usize,
}

impl Summary {
    fn count(&mut self, severity: Severity) {
        *match severity {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
            Severity::Hint => &mut self.hints,
        } += 1;
    }

    fn conclusion(self) -> String {
        let counts = [(self.errors, "error"), (self.warnings, "warning"), (self.hints, "hint")];
        let counts = counts.iter().filter(|(count, _)| *count > 0);
        let counts: Vec<_> = counts.map(|(count, what)| pickle_ops::counted(*count, what)).collect();
        let ended = if self.errors > 0 { "; nothing was written" } else { "" };
        format!("Found {}{ended}", counts.join(", "))
    }
}

/// Says on standard error what is wrong, while the text is read.
struct Report {
    name: String,
    line: usize,
    paint: Paint,
    summary: Summary,
}

impl Report {
    fn new(path: &Path) -> Self {
        let name = if path == Path::new("-") { "<stdin>".to_owned() } else { shown(path) };
        Self { name, line: 0, paint: output::stderr_paint(), summary: Summary::default() }
    }

    /// What is wrong with the next line, whose bytes are `line`.
    fn line(&mut self, line: &[u8], diagnostics: impl Iterator<Item = Diagnostic>) {
        for diagnostic in diagnostics {
            self.summary.count(diagnostic.problem.severity);
            output::note(&self.shown(line, &diagnostic));
        }
        self.line += 1;
    }

    /// As `lint` shows a finding.
    fn shown(&self, line: &[u8], diagnostic: &Diagnostic) -> String {
        let problem = &diagnostic.problem;
        let style = match problem.severity {
            Severity::Error => output::ERROR,
            Severity::Warning => output::WARNING,
            Severity::Hint => output::INFO,
        };
        let text = String::from_utf8_lossy(line);
        let excerpt = excerpt::of(&text, &problem.columns);
        let place = format!("{}:{}:{}", self.name, diagnostic.line + 1, excerpt.column + 1);
        let (place, severity) =
            (self.paint.paint(output::BOLD, place), self.paint.paint(style, problem.severity));
        let bar = self.paint.paint(output::DIM, "|");
        let carets = self.paint.paint(style, "^".repeat(excerpt.carets.len()));
        let indent = " ".repeat(excerpt.carets.start);
        let mut said = format!(
            "{place}: {severity}: {}\n  {bar} {}\n  {bar} {indent}{carets}",
            escape(&problem.message),
            excerpt.text
        );
        if let Some(suggestion) = &problem.suggestion {
            said.push_str(&format!(
                "\n  {} help: {}",
                self.paint.paint(output::DIM, "="),
                escape(&suggestion.message)
            ));
        }
        said
    }
}
