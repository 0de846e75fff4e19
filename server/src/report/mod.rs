//! What was found, and the formats it is written in: one model, one small renderer a format.
//!
//! A renderer writes what it is given, file by file, and keeps nothing of it: a report may be longer than memory. Adding
//! a format is a file here, a variant of [`Format`] and an arm of [`Format::renderer`].

mod concise;
mod fingerprint;
mod full;
mod github;
mod gitlab;
mod json;
mod junit;
mod sarif;
mod statistics;

use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::ValueEnum;
use pickle_machine::render::escape;
use pickle_ops::counted;
use pickle_rules::{Meta, Related, Severity, container};

use crate::examine::Detail;
use crate::output::{Output, Paint, shown};

/// Where the pages of rules are; the name of a rule follows.
const RULE_PAGES: &str = "https://pickle-lsp.github.io/pickle-lsp/rules/";

/// What is said of a configuration that came with what was examined, behind its path.
pub(crate) const FOREIGN: &str = "holds for the files below it; --isolated passes it over";

/// The page of a rule.
pub(crate) fn url(rule: &Meta) -> String {
    format!("{RULE_PAGES}{}", rule.name)
}

/// Something that was found in a file.
#[derive(Clone, Debug)]
pub(crate) struct Diagnostic {
    /// The rule.
    pub(crate) rule: &'static Meta,
    /// How bad it is.
    pub(crate) severity: Severity,
    /// What is the matter, in one line.
    pub(crate) message: String,
    /// The member of the file; `None`: the file itself.
    pub(crate) member: Option<String>,
    /// Number of the pickle in the stream, from 0.
    pub(crate) pickle: Option<usize>,
    /// Bytes of the stream that the member names.
    pub(crate) span: Option<Range<usize>>,
    /// The same in the full listing of the stream.
    pub(crate) place: Option<Place>,
    /// The global it is about, as loaded.
    pub(crate) global: Option<String>,
    /// Other places in the stream.
    pub(crate) related: Vec<Related>,
    /// What to do about it.
    pub(crate) help: Option<String>,
    /// The rows around it, for formats that show them.
    pub(crate) excerpt: Vec<Row>,
}

impl Diagnostic {
    /// Of a rule, in its severity, about the whole file.
    pub(crate) fn new(rule: &'static Meta, message: impl Into<String>) -> Self {
        Self {
            rule,
            severity: rule.severity,
            message: message.into(),
            member: None,
            pickle: None,
            span: None,
            place: None,
            global: None,
            related: Vec::new(),
            help: None,
            excerpt: Vec::new(),
        }
    }
}

/// Rows and columns of a listing, from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Row of the first character.
    pub(crate) line: usize,
    /// Column of the first character.
    pub(crate) column: usize,
    /// Row of the last character.
    pub(crate) end_line: usize,
    /// Column behind the last character.
    pub(crate) end_column: usize,
}

/// A row of the listing, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The whole row; long operands are shortened.
    pub(crate) text: String,
    /// Where in it the op stands, in characters.
    pub(crate) columns: Range<usize>,
    /// Whether the finding is about it.
    pub(crate) marked: bool,
}

/// All that was found in a file.
#[derive(Debug)]
pub(crate) struct FileReport {
    /// Its path as it was given or found.
    pub(crate) path: PathBuf,
    /// By member, then by offset.
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Why it was not read, or not to its end.
    pub(crate) failure: Option<String>,
    /// The hash of its content, where it was asked for.
    pub(crate) sha256: Option<String>,
}

impl FileReport {
    /// Of a file that was examined.
    pub(crate) fn new(path: PathBuf, diagnostics: Vec<Diagnostic>) -> Self {
        Self { path, diagnostics, failure: None, sha256: None }
    }

    /// Of a file that could not be read.
    pub(crate) fn failed(path: PathBuf, failure: String) -> Self {
        Self { path, diagnostics: Vec::new(), failure: Some(failure), sha256: None }
    }

    /// Why not all of the file was examined, if that is so: what lies beyond a limit may be anything.
    pub(crate) fn incomplete(&self) -> Option<&Diagnostic> {
        let beyond = |diagnostic: &&Diagnostic| {
            std::ptr::eq(diagnostic.rule, container::LIMIT) && diagnostic.severity > Severity::Info
        };
        self.diagnostics.iter().find(beyond)
    }

    /// What is in the file and was not looked at, if that is below the bar: there may be anything above it. What lies beyond a limit is
    /// [`FileReport::incomplete`]'s.
    pub(crate) fn unseen_below(&self, bar: Severity) -> Option<&Diagnostic> {
        let closed = [container::ENCRYPTED, container::UNSUPPORTED];
        if self.incomplete().is_some() {
            return None;
        }
        self.diagnostics.iter().find(|diagnostic| {
            closed.iter().any(|rule| std::ptr::eq(diagnostic.rule, *rule))
                && (Severity::Warning..bar).contains(&diagnostic.severity)
        })
    }
}

/// What is counted over all files.
#[derive(Debug, Default)]
pub(crate) struct Summary {
    /// Files looked at, to their end.
    pub(crate) files: usize,
    /// Those in which something was found.
    pub(crate) with_findings: usize,
    /// Those that could not be read.
    pub(crate) failures: usize,
    /// Those that were examined in part.
    pub(crate) incomplete: usize,
    /// Those with something that was not looked at, below the bar.
    pub(crate) unseen: usize,
    /// Configurations with mistakes.
    pub(crate) misconfigured: usize,
    /// Findings that a baseline knows.
    pub(crate) known: usize,
    /// Configurations that came with what was examined, and may have switched rules off.
    pub(crate) foreign: Vec<PathBuf>,
    /// Whether the run was interrupted.
    pub(crate) interrupted: bool,
    /// Errors, warnings, infos.
    counts: [usize; 3],
}

impl Summary {
    /// Takes in a file.
    pub(crate) fn add(&mut self, file: &FileReport) {
        self.files += usize::from(file.failure.is_none());
        self.with_findings += usize::from(!file.diagnostics.is_empty());
        self.failures += usize::from(file.failure.is_some());
        self.incomplete += usize::from(file.incomplete().is_some());
        for diagnostic in &file.diagnostics {
            self.counts[index(diagnostic.severity)] += 1;
        }
    }

    /// Takes in findings about something that is no file to examine.
    pub(crate) fn add_aside(&mut self, file: &FileReport) {
        let examined = self.files;
        self.add(file);
        self.files = examined;
    }

    /// How many findings are this bad.
    pub(crate) fn count(&self, severity: Severity) -> usize {
        self.counts[index(severity)]
    }

    /// Whether something is as bad as that, or worse.
    pub(crate) fn reaches(&self, bar: Severity) -> bool {
        self.counts[..=index(bar)].iter().any(|&count| count > 0)
    }
}

fn index(severity: Severity) -> usize {
    match severity {
        Severity::Error => 0,
        Severity::Warning => 1,
        Severity::Info => 2,
    }
}

/// The formats of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: each finding with the ops around it
    #[default]
    Full,
    /// A finding a line
    Concise,
    /// One JSON array
    Json,
    /// A JSON object a line
    JsonLines,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions
    Github,
    /// Code quality report of GitLab
    Gitlab,
    /// JUnit XML
    Junit,
}

/// Writes a report in one format.
pub(crate) trait Renderer {
    /// What stands before everything.
    fn begin(&mut self, _out: &mut Output) -> io::Result<()> {
        Ok(())
    }
    /// One file.
    fn file(&mut self, file: &FileReport, out: &mut Output) -> io::Result<()>;
    /// What stands behind everything.
    fn end(&mut self, summary: &Summary, out: &mut Output) -> io::Result<()>;
}

impl Format {
    /// The renderer; with `statistics`, of how often each rule was broken instead of where.
    pub(crate) fn renderer(self, paint: Paint, statistics: bool, quiet: bool) -> Box<dyn Renderer> {
        match self {
            _ if statistics => Box::new(statistics::Statistics::new(self, paint, quiet)),
            Self::Full => Box::new(full::Full { paint, quiet }),
            Self::Concise => Box::new(concise::Concise { paint, quiet }),
            Self::Json => Box::new(json::Json::default()),
            Self::JsonLines => Box::new(json::JsonLines),
            Self::Sarif => Box::new(sarif::Sarif::default()),
            Self::Github => Box::new(github::Github),
            Self::Gitlab => Box::new(gitlab::Gitlab::default()),
            Self::Junit => Box::new(junit::Junit::default()),
        }
    }

    /// What it shows of the place of a finding.
    pub(crate) fn detail(self) -> Detail {
        match self {
            Self::Full => Detail::Excerpts,
            Self::Concise => Detail::Offsets,
            _ => Detail::Places,
        }
    }

    /// Whether how often rules were broken can be written in it; what reads the others expects findings.
    pub(crate) fn has_statistics(self) -> bool {
        matches!(self, Self::Full | Self::Concise | Self::Json | Self::JsonLines)
    }
}

/// `path!/member:offset`, for people; `path:line:column` for what is said of a text.
fn place(path: &Path, diagnostic: &Diagnostic) -> String {
    let mut text = shown(path);
    // A runner takes a line that begins so, behind blanks, for a command.
    if text.trim_start().starts_with("::") {
        text.insert_str(0, "./");
    }
    if let Some(member) = &diagnostic.member {
        text.push_str("!/");
        text.push_str(&escape(member));
    }
    if let Some(span) = &diagnostic.span {
        text.push_str(&format!(":{}", span.start));
    } else if let Some(place) = &diagnostic.place {
        text.push_str(&format!(":{}:{}", place.line, place.column));
    }
    text
}

/// `Found 3 errors, 1 warning in 2 files (128 files checked)`.
fn conclusion(summary: &Summary) -> String {
    let counts =
        [Severity::Error, Severity::Warning, Severity::Info].map(|severity| match summary.count(severity) {
            0 => None,
            count if severity == Severity::Info => Some(format!("{count} info")),
            count => Some(counted(count, &severity.to_string())),
        });
    let found: Vec<_> = counts.into_iter().flatten().collect();
    let checked = counted(summary.files, "file");
    let mut failed = match summary.failures {
        0 => String::new(),
        failures => format!(", {failures} could not be read"),
    };
    if summary.incomplete + summary.unseen > 0 {
        failed.push_str(&format!(", {} examined in part", summary.incomplete + summary.unseen));
    }
    if summary.misconfigured > 0 {
        failed.push_str(&format!(", {} with mistakes", counted(summary.misconfigured, "configuration")));
    }
    if summary.known > 0 {
        failed.push_str(&format!(", {} known to the baseline", counted(summary.known, "finding")));
    }
    if summary.interrupted {
        failed.push_str("; interrupted: there may be more");
    }
    if found.is_empty() {
        return format!("Nothing found ({checked} checked{failed})");
    }
    format!(
        "Found {} in {} ({checked} checked{failed})",
        found.join(", "),
        counted(summary.with_findings, "file")
    )
}
