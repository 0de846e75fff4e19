//! The part of a line that a message is about. A line may be a gigabyte long, and hold anything.

use std::ops::Range;

use pickle_machine::render::escape;

/// What is shown of a line.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// Safe for a terminal.
    pub(super) text: String,
    /// What is meant, in characters of `text`; never empty.
    pub(super) carets: Range<usize>,
    /// The column of it in the whole line, in characters from 0.
    pub(super) column: usize,
}

/// Characters before what is meant, and of it and what follows.
const BEFORE: usize = 60;
const BEHIND: usize = 60;

/// The part of `line` around `columns`, which are bytes.
pub(super) fn of(line: &str, columns: &Range<usize>) -> Excerpt {
    let line = line.trim_end_matches(['\r', '\n']);
    let boundary =
        |at: usize| (0..=at.min(line.len())).rev().find(|&at| line.is_char_boundary(at)).unwrap_or(0);
    let (start, end) = (boundary(columns.start), boundary(columns.end));
    let (before, rest) = line.split_at(start);
    let column = before.chars().count();
    let head: String = before.chars().skip(column.saturating_sub(BEFORE)).collect();
    let tail: String = rest.chars().take(BEHIND).collect();
    let meant: String = line.get(start..end).unwrap_or_default().chars().take(BEHIND).collect();
    let mut text = if column > BEFORE { "…" } else { "" }.to_owned();
    text.push_str(&escape(&head));
    let first = text.chars().count();
    text.push_str(&escape(&tail));
    if tail.len() < rest.len() {
        text.push('…');
    }
    let length = escape(&meant).chars().count().max(1);
    Excerpt { text: text.trim_end().to_owned(), carets: first..first + length, column }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_lines() {
        let excerpt = of("  INT 'a'\n", &(6..9));
        assert_eq!(excerpt, Excerpt { text: "  INT 'a'".into(), carets: 6..9, column: 6 });
        assert_eq!(of("INT", &(3..3)).carets, 3..4);
        assert_eq!(of("é\u{202e}x", &(2..5)), Excerpt { text: "é\\u202ex".into(), carets: 1..7, column: 1 });
        let long = format!("BYTES b'{}'", "\\q".repeat(1 << 20));
        let excerpt = of(&long, &(100_008..100_010));
        assert!(excerpt.text.chars().count() < 130 && excerpt.column == 100_008);
        assert_eq!(excerpt.text.chars().nth(excerpt.carets.start), Some('\\'));
        assert_eq!(of("x", &(5..9)).carets, 1..2);
    }
}
