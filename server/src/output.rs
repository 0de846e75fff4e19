//! Where results go: standard output or a file, buffered; and messages for the person, on standard error.
//!
//! Text of files, their paths included, goes through [`shown`] before it is printed.

use std::fmt;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use pickle_machine::render::escape;
use pickle_rules::Severity;

use crate::paths;
use crate::replacement::Replacement;

/// Bytes that are collected before they are written.
const BUFFER: usize = 64 << 10;

/// Where results go.
pub(crate) type Output = BufWriter<Box<dyn Write>>;

/// Heeds `FORCE_COLOR` as well, which other tools of CI set; the conventions of `NO_COLOR` and `CLICOLOR` are known to the streams.
pub(crate) fn force_colour() {
    let says = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    if says("FORCE_COLOR").is_some_and(|value| value != "0") && says("NO_COLOR").is_none() {
        ColorChoice::Always.write_global();
    }
}

/// Standard output, and whether it shows colours: a terminal does, unless `NO_COLOR` says otherwise.
pub(crate) fn stdout() -> (Output, Paint) {
    // Asking a stream also switches colours on where a terminal needs that (Windows).
    let colour = AutoStream::auto(io::stdout()).current_choice() != ColorChoice::Never;
    (BufWriter::with_capacity(BUFFER, Box::new(io::stdout().lock())), Paint(colour))
}

/// A file that is whole when it is in its place: until then what stands there can be looked at.
pub(crate) fn file(path: &Path) -> io::Result<(Output, Paint, Replacement)> {
    let file = Replacement::of_report(path)?;
    let out: Box<dyn Write> = Box::new(file.handle()?);
    Ok((BufWriter::with_capacity(BUFFER, out), Paint(false), file))
}

/// Whether standard error shows colours.
pub(crate) fn stderr_paint() -> Paint {
    Paint(AutoStream::auto(io::stderr()).current_choice() != ColorChoice::Never)
}

/// Whether there are colours.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Paint(bool);

/// What is wrong, badly.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// What may be wrong.
pub(crate) const WARNING: Style = AnsiColor::Yellow.on_default().bold();
/// What is good to know, and signs that hold a text together.
pub(crate) const INFO: Style = AnsiColor::Cyan.on_default().bold();
/// What is less important than the rest.
pub(crate) const DIM: Style = Style::new().dimmed();
/// What stands out without being wrong.
pub(crate) const BOLD: Style = Style::new().bold();

impl Paint {
    /// `text` in a style, if there are colours.
    pub(crate) fn paint(self, style: Style, text: impl fmt::Display) -> String {
        if self.0 { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

/// Says on standard error what went wrong. Where that cannot be said, nobody is listening.
pub(crate) fn complain(message: &str) {
    let mut stderr = anstream::stderr();
    let _ = writeln!(stderr, "{ERROR}error{ERROR:#}: {message}");
}

/// Says on standard error what is good to know.
pub(crate) fn note(message: &str) {
    let _ = writeln!(anstream::stderr(), "{message}");
}

/// A path for people: nothing in it can redraw the terminal.
pub(crate) fn shown(path: &Path) -> String {
    escape(&paths::text(path))
}

/// An [`Output`] for text that is written piece by piece.
pub(crate) struct TextOutput<'o> {
    out: &'o mut Output,
    /// Why the text ended; [`fmt::Error`] does not say.
    error: Option<io::Error>,
}

impl<'o> TextOutput<'o> {
    /// Nothing is written yet.
    pub(crate) fn new(out: &'o mut Output) -> Self {
        Self { out, error: None }
    }

    /// Whether all could be written.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.error.map_or(Ok(()), Err)
    }
}

impl fmt::Write for TextOutput<'_> {
    #[inline]
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.out.write_all(text.as_bytes()).map_err(|error| {
            self.error = Some(error);
            fmt::Error
        })
    }
}

/// How a severity looks.
pub(crate) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Error => ERROR,
        Severity::Warning => WARNING,
        Severity::Info => INFO,
    }
}
