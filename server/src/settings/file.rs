//! A configuration on disk: its text, and what is wrong with it.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use pickle_config::{Position, Problem, Read, own_file, position, pyproject};
use pickle_machine::render::escape;
use pickle_ops::counted;

use super::discover::PYPROJECT;
use super::vocabulary;
use crate::output::shown;
use crate::paths;
use crate::source::{Source, SourceError, Stamp};

/// Bytes of a configuration: nobody writes a longer one.
const LONGEST: usize = 4 << 20;

/// A configuration that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ConfigFile {
    /// Its path.
    pub(crate) path: PathBuf,
    /// How it was before it was read.
    pub(crate) stamp: Option<Stamp>,
    /// Where each key stands.
    pub(crate) places: BTreeMap<String, Position>,
}

/// Mistakes of a file that are named one by one.
const MOST_NAMED: usize = 20;

/// A configuration with mistakes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Broken {
    /// Its path.
    pub(crate) path: PathBuf,
    /// Each mistake, of many the first: where it begins and ends, and what it is; without a place, it is about the file.
    pub(crate) problems: Vec<(Option<Range<Position>>, String)>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, (place, message)) in self.problems.iter().enumerate() {
            if at > 0 {
                // Where the first one stands behind `error: `.
                f.write_str("\n       ")?;
            }
            f.write_str(&shown(&paths::near(&self.path)))?;
            if let Some(Range { start: Position { line, column }, .. }) = place {
                write!(f, ":{line}:{column}")?;
            }
            write!(f, ": {}", escape(message))?;
        }
        Ok(())
    }
}

impl Broken {
    /// One that cannot be read at all.
    pub(super) fn unreadable(path: &Path, reason: impl fmt::Display) -> Self {
        Self { path: path.to_owned(), problems: vec![(None, reason.to_string())] }
    }

    fn new(path: &Path, text: &str, problems: &[Problem]) -> Self {
        let at = |offset| position(text, offset);
        let shown = problems
            .iter()
            .take(MOST_NAMED)
            .map(|problem| (Some(at(problem.span.start)..at(problem.span.end)), problem.message.clone()));
        let more = problems.len().saturating_sub(MOST_NAMED);
        let more = (more > 0).then(|| (None, format!("and {}", counted(more, "more mistake"))));
        Self { path: path.to_owned(), problems: shown.chain(more).collect() }
    }
}

/// Reads a configuration; `None` when the file has none.
///
/// # Errors
/// [`Broken`], with every mistake.
pub(super) fn read(path: &Path) -> Result<Option<(pickle_config::Options, ConfigFile)>, Broken> {
    let source = match Source::open(path) {
        Ok(source) => source,
        // Somebody may have removed it since it was seen.
        Err(SourceError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Broken::unreadable(path, error)),
    };
    if source.bytes().len() > LONGEST {
        return Err(Broken::unreadable(path, format_args!("longer than {LONGEST} bytes: it is not read")));
    }
    let Ok(text) = std::str::from_utf8(source.bytes()) else {
        return Err(Broken::unreadable(path, "expected UTF-8"));
    };
    let Some(Read { options, problems, places }) = parse(path, text) else { return Ok(None) };
    if !problems.is_empty() {
        return Err(Broken::new(path, text, &problems));
    }
    let places = places.into_iter().map(|(key, span)| (key, position(text, span.start))).collect();
    Ok(Some((options, ConfigFile { path: path.to_owned(), stamp: None, places })))
}

/// Reads the text of a configuration by the name of its file.
fn parse(path: &Path, text: &str) -> Option<Read> {
    if path.file_name().is_some_and(|name| name == PYPROJECT) {
        pyproject(text, &vocabulary())
    } else {
        Some(own_file(text, &vocabulary()))
    }
}
