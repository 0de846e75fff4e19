//! The lines of a text: of a file, which is mapped, or of standard input, of which one line is in memory at a time.

use std::io::{self, BufRead};
use std::path::Path;

use pickle_listing::text::{Diagnostic, Problem, Severity};

use crate::cli::Failure;
use crate::output::shown;
use crate::source::Source;

/// A line without its newline.
pub(super) struct Line<'l>(&'l [u8]);

impl Line<'_> {
    /// As it stands there.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0
    }

    /// What is to be read of it; where it is no text, nothing, and the reason. It is the line with the number `line`.
    pub(super) fn text(&self, line: usize) -> (&str, Option<Diagnostic>) {
        let error = match std::str::from_utf8(self.0) {
            Ok(text) => return (text, None),
            Err(error) => error,
        };
        let at = error.valid_up_to();
        let byte = self.0.get(at).copied().unwrap_or_default();
        let problem = Problem {
            columns: at..at + 1,
            severity: Severity::Error,
            message: format!("expected UTF-8, found the byte 0x{byte:02x}"),
            suggestion: None,
        };
        ("", Some(Diagnostic { line, problem }))
    }
}

/// Hands out the lines of a file, or of standard input for `-`, until `take` answers `false`.
pub(super) fn each(path: &Path, mut take: impl FnMut(&Line<'_>) -> bool) -> Result<(), Failure> {
    if path == Path::new("-") {
        return each_of_stdin(&mut take);
    }
    let source = Source::open(path).map_err(|error| format!("{}: {error}", shown(path)))?;
    let mut rest = source.bytes();
    while !rest.is_empty() {
        let length = rest.iter().position(|&byte| byte == b'\n').unwrap_or(rest.len());
        let (line, behind) = rest.split_at(length);
        rest = behind.get(1..).unwrap_or_default();
        if !take(&Line(line)) {
            break;
        }
    }
    if source.disturbed() {
        return Err(format!("{}: the file changed while it was read", shown(path)).into());
    }
    Ok(())
}

fn each_of_stdin(take: &mut impl FnMut(&Line<'_>) -> bool) -> Result<(), Failure> {
    let mut input = io::stdin().lock();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line).map_err(|error| format!("standard input: {error}"))?;
        if read == 0 || !take(&Line(line.strip_suffix(b"\n").unwrap_or(&line))) {
            return Ok(());
        }
    }
}
