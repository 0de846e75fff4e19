//! A listing of any length, row by row into any writer: for files and pipes. It is nowhere in memory, not even a row.
//!
//! Written whole (`Style::full`), it is what [`crate::text`] reads back.

use std::fmt;

use pickle_machine::never;
use pickle_machine::record::Recording;

use crate::layout::{Layout, Row};
use crate::row::{Sink, Style, TokenKind};

/// Bytes of a row of `BYTES`: more of them are written as several rows.
const BYTES_A_ROW: usize = 64;

/// Writes the listing of a recorded stream.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut impl fmt::Write, bytes: &[u8], recording: &Recording, style: Style) -> fmt::Result {
    let layout = Layout::new(recording);
    let mut done = Ok(());
    layout.each(bytes, 0..layout.rows(), &never, |row| {
        done = match row {
            Row::Gap { offset, bytes, fault } if style.full && bytes.len() > BYTES_A_ROW => {
                let (first, rest) = bytes.split_at(BYTES_A_ROW);
                let row = Row::Gap { offset: *offset, bytes: first, fault: *fault };
                line(out, |sink| row.write(sink, style))
                    .and_then(|()| write_bytes(out, rest, *offset + BYTES_A_ROW, style))
            }
            row => line(out, |sink| row.write(sink, style)),
        };
        done.is_ok()
    });
    done
}

/// Writes bytes that are no pickle, and begin at `offset`, as rows of `BYTES`.
///
/// # Errors
/// Those of the writer.
pub fn write_bytes(out: &mut impl fmt::Write, bytes: &[u8], offset: usize, style: Style) -> fmt::Result {
    let mut at = offset;
    bytes.chunks(BYTES_A_ROW).try_for_each(|chunk| {
        let row = Row::Gap { offset: at, bytes: chunk, fault: None };
        at += chunk.len();
        line(out, |sink| row.write(sink, style))
    })
}

fn line<W: fmt::Write>(out: &mut W, write: impl FnOnce(&mut Writer<'_, W>)) -> fmt::Result {
    let mut sink = Writer { out, done: Ok(()) };
    write(&mut sink);
    sink.done?;
    out.write_char('\n')
}

/// A writer as a sink of tokens.
struct Writer<'w, W> {
    out: &'w mut W,
    done: fmt::Result,
}

impl<W: fmt::Write> Sink for Writer<'_, W> {
    fn token(&mut self, _kind: TokenKind, text: &str) {
        self.more(text);
    }

    fn more(&mut self, text: &str) {
        if self.done.is_ok() {
            self.done = self.out.write_str(text);
        }
    }
}
