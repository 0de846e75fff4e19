//! What is wrong with a text: plain data, in lines and columns.

use std::fmt;
use std::ops::Range;

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The row makes no bytes.
    Error,
    /// The row makes its bytes, which may not be those that were meant.
    Warning,
    /// All is well, and could be written better.
    Hint,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Hint => "hint",
        })
    }
}

/// A change of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The columns that are replaced, in bytes of UTF-8.
    pub columns: Range<usize>,
    /// What stands there then.
    pub text: String,
}

/// What to do about a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// For the person.
    pub message: String,
    /// The change that does it, where it is known.
    pub edit: Option<Edit>,
}

/// Something that is wrong with a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where in the row, in bytes of UTF-8; empty for something that is missing.
    pub columns: Range<usize>,
    /// How bad it is.
    pub severity: Severity,
    /// What was expected, and what stands there.
    pub message: String,
    /// What to do about it.
    pub suggestion: Option<Suggestion>,
}

impl Problem {
    /// An error.
    pub(super) fn error(columns: Range<usize>, message: impl Into<String>) -> Self {
        Self { columns, severity: Severity::Error, message: message.into(), suggestion: None }
    }

    /// A warning.
    pub(super) fn warning(columns: Range<usize>, message: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(columns, message) }
    }

    /// With advice in words.
    pub(super) fn advise(mut self, message: impl Into<String>) -> Self {
        self.suggestion = Some(Suggestion { message: message.into(), edit: None });
        self
    }

    /// With advice, and the text that should stand in its columns.
    pub(super) fn replace(self, message: impl Into<String>, text: impl Into<String>) -> Self {
        let columns = self.columns.clone();
        self.edit(message, columns, text)
    }

    /// With advice, and a change elsewhere in the row.
    pub(super) fn edit(
        mut self,
        message: impl Into<String>,
        columns: Range<usize>,
        text: impl Into<String>,
    ) -> Self {
        let edit = Some(Edit { columns, text: text.into() });
        self.suggestion = Some(Suggestion { message: message.into(), edit });
        self
    }
}

/// A problem and the line that it is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The line, from 0.
    pub line: usize,
    /// What is wrong there.
    pub problem: Problem,
}
