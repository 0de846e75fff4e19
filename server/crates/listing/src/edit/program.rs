//! A text that is right, as the rows of a program: what each row is, and which bytes it made.

use std::ops::Range;

use pickle_ops::{Op, Opcode, Reader};

use super::Reason;
use crate::text::{Row, Severity, assemble, parse};

/// See the module.
#[derive(Debug)]
pub(super) struct Program<'t> {
    pub(super) lines: Vec<Line<'t>>,
    /// All bytes.
    pub(super) bytes: Vec<u8>,
}

/// A row of a program.
#[derive(Debug)]
pub(super) struct Line<'t> {
    pub(super) row: Row<'t>,
    /// The bytes that it made.
    pub(super) bytes: Range<usize>,
    /// The pickle it belongs to: `STOP`s above it.
    pub(super) pickle: usize,
}

impl<'t> Program<'t> {
    /// Reads a text.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn read(text: &'t str) -> Result<Self, Vec<Reason>> {
        let assembled = assemble(text);
        if assembled.faulty {
            let errors = assembled.diagnostics.into_iter();
            let errors = errors.filter(|diagnostic| diagnostic.problem.severity == Severity::Error);
            return Err(errors.map(|error| Reason::new(error.line, error.problem.message)).collect());
        }
        let mut pickle = 0;
        let lines = text.lines().enumerate().map(|(number, line)| {
            let row = parse(line);
            let line = Line { bytes: assembled.line_bytes(number), pickle, row };
            pickle += usize::from(line.row.opcode() == Some(Opcode::Stop));
            line
        });
        let lines = lines.collect();
        Ok(Self { lines, bytes: assembled.bytes })
    }

    /// The op of a line.
    pub(super) fn op(&self, line: usize) -> Option<Op<'_>> {
        let line = self.lines.get(line)?;
        line.row.opcode()?;
        Reader::new(&self.bytes, line.bytes.start).next_op().ok()
    }

    /// The opcode of a line.
    pub(super) fn opcode(&self, line: usize) -> Option<Opcode> {
        self.lines.get(line)?.row.opcode()
    }
}

impl Line<'_> {
    /// Whether it is a row of `BYTES`.
    pub(super) fn is_bytes(&self) -> bool {
        self.row.mnemonic.is_some() && self.row.opcode().is_none()
    }

    /// Blanks between its offset and its mnemonic.
    pub(super) fn indent(&self) -> &str {
        let from = self.row.offset.as_ref().map_or(0, |offset| offset.columns.end);
        let to = self.row.mnemonic.as_ref().map_or(from, |mnemonic| mnemonic.columns.start);
        let blanks = self.row.slice(&(from..to));
        // Behind an offset one blank belongs to the offset.
        if self.row.offset.is_some() { blanks.strip_prefix(' ').unwrap_or(blanks) } else { blanks }
    }
}
