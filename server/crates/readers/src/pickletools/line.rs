//! Writes the rows of `dis`, without the formatting machinery, which would be most of the work.

use std::fmt::{self, Write};

use pickle_ops::Opcode;

use super::Argument;

/// What `dis` says behind an argument.
#[derive(Clone, Copy)]
pub(super) enum Note {
    /// Nothing.
    None,
    /// Offset of the MARK that the op takes from the stack.
    MarkAt(usize),
    /// The op needs a MARK, and there is none.
    NoMark,
    /// Slot of the memo that MEMOIZE fills.
    Slot(u64),
}

/// `"%5d: "`
pub(super) fn write_offset(out: &mut impl Write, offset: usize) -> fmt::Result {
    let mut buffer = [0; DIGITS];
    let digits = decimal(offset as u64, &mut buffer);
    write_blanks(out, 5usize.saturating_sub(digits.len()))?;
    out.write_str(digits)?;
    out.write_str(": ")
}

/// The row of an op from its code on, at a depth of `indent` marks.
pub(super) fn write_op(
    out: &mut impl Write,
    opcode: Opcode,
    indent: usize,
    argument: &Argument<'_>,
    note: Note,
) -> fmt::Result {
    let name = opcode.name();
    write_code(out, opcode as u8)?;
    write_blanks(out, 4 * indent)?;
    out.write_str(name)?;
    if !matches!((argument, note), (Argument::None, Note::None)) {
        write_blanks(out, 10usize.saturating_sub(name.len()))?;
    }
    if !matches!(argument, Argument::None) {
        out.write_char(' ')?;
        argument.write_repr(out)?;
    }
    write_note(out, note)?;
    out.write_char('\n')
}

/// The opcode as in a string literal, in five columns. No opcode is a quote or a backslash.
fn write_code(out: &mut impl Write, code: u8) -> fmt::Result {
    if code.is_ascii() {
        out.write_char(char::from(code))?;
        return out.write_str("    ");
    }
    let digit = |nibble: u8| char::from_digit(u32::from(nibble), 16).unwrap_or('?');
    out.write_str("\\x")?;
    out.write_char(digit(code >> 4))?;
    out.write_char(digit(code & 15))?;
    out.write_char(' ')
}

fn write_note(out: &mut impl Write, note: Note) -> fmt::Result {
    let (text, number) = match note {
        Note::None => return Ok(()),
        Note::NoMark => return out.write_str(" no MARK exists on stack"),
        Note::MarkAt(offset) => (" (MARK at ", offset as u64),
        Note::Slot(slot) => (" (as ", slot),
    };
    out.write_str(text)?;
    out.write_str(decimal(number, &mut [0; DIGITS]))?;
    out.write_char(')')
}

fn write_blanks(out: &mut impl Write, mut count: usize) -> fmt::Result {
    const BLANKS: &str = "                                                                ";
    while count > BLANKS.len() {
        out.write_str(BLANKS)?;
        count -= BLANKS.len();
    }
    out.write_str(&BLANKS[..count])
}

/// An integer in decimal.
pub(super) fn write_integer(out: &mut impl Write, value: i64) -> fmt::Result {
    if value < 0 {
        out.write_char('-')?;
    }
    out.write_str(decimal(value.unsigned_abs(), &mut [0; DIGITS]))
}

/// Digits of the largest `u64`.
const DIGITS: usize = 20;

fn decimal(mut value: u64, buffer: &mut [u8; DIGITS]) -> &str {
    let mut start = DIGITS;
    loop {
        start -= 1;
        buffer[start] = b'0' + (value % 10) as u8;
        value /= 10;
        if value == 0 || start == 0 {
            break;
        }
    }
    std::str::from_utf8(&buffer[start..]).unwrap_or_default()
}
