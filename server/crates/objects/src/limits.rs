//! How much of an object is shown.

/// How much of an object is shown. What is left out is said: `… 990 more`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Items of one container.
    pub items: usize,
    /// Code points of a string, bytes of a byte string.
    pub text: usize,
    /// Levels of nesting; at most [`Limits::DEEPEST`].
    pub depth: usize,
    /// Nodes in all.
    pub nodes: usize,
    /// Columns of a line, where a text has lines.
    pub width: usize,
}

impl Limits {
    /// Beyond this nothing is nested: writers recurse over the levels.
    pub const DEEPEST: usize = 200;

    /// For a person to read.
    pub const READING: Self = Self { items: 100, text: 200, depth: 24, nodes: 20_000, width: 100 };
    /// As much as there is.
    pub const ALL: Self =
        Self { items: usize::MAX, text: usize::MAX, depth: Self::DEEPEST, nodes: usize::MAX, width: 100 };
}
