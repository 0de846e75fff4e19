//! Rewrites of a text: what an editor offers as actions, as functions from text to changed lines.
//!
//! - [`format()`]: offsets, indentation and blanks as a listing has them;
//! - [`label`]: names for the memo slots that are read, so that rows can come and go;
//! - [`renumber`]: memo slots from 0 on in the order in which they are filled;
//! - [`drop_unused`]: without the memo ops that nothing reads;
//! - [`reframe`]: frames as a pickler makes them;
//! - [`convert`]: in another protocol.
//!
//! What is loaded stays the same; comments, labels and the rows that need no change stay as they are. Where that cannot
//! be promised, nothing is changed and [`Reason`]s say why, row by row. Time is linear in the text, and in what comes of it;
//! all of them end when they are interrupted.

mod convert;
mod draft;
mod drop_unused;
mod flow;
mod format;
mod label;
mod memo;
mod program;
mod reframe;
mod renumber;

pub use convert::convert;
pub use drop_unused::drop_unused;
pub use format::format;
pub use label::label;
pub use reframe::reframe;
pub use renumber::renumber;

/// A line that changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LineEdit {
    /// The line, from 0.
    pub line: usize,
    /// The lines that stand in its place, without newlines; none deletes it.
    pub lines: Vec<String>,
}

/// Why a text is not rewritten.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The line, from 0.
    pub line: usize,
    /// What is in the way there.
    pub message: String,
}

impl Reason {
    fn new(line: usize, message: impl Into<String>) -> Self {
        Self { line, message: message.into() }
    }
}

/// Why there is no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What is in the way, in the order of the lines.
    Reasons(Vec<Reason>),
    /// Nobody wants to know any more.
    Interrupted,
}

impl From<Vec<Reason>> for Refusal {
    fn from(reasons: Vec<Reason>) -> Self {
        Self::Reasons(reasons)
    }
}

/// The lines that change, in order; or why none does.
pub type Edited = Result<Vec<LineEdit>, Refusal>;

/// The text with its lines changed. `edits` are in the order of their lines.
#[must_use]
pub fn apply(text: &str, edits: &[LineEdit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut edits = edits.iter().peekable();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        match edits.next_if(|edit| edit.line == number) {
            Some(edit) => edit.lines.iter().for_each(|line| {
                out.push_str(line);
                out.push('\n');
            }),
            None => out.push_str(line),
        }
    }
    out
}
