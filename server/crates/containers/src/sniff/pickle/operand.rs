//! How long the operands of opcodes are, and whether they can be some.

use crate::bytes::{u32_at, u64_at};

/// What stands behind an opcode.
#[derive(Clone, Copy)]
pub(super) enum Operand {
    None,
    Fixed(usize),
    /// A length in this many bytes, and so many bytes.
    Counted(usize),
    Line(Line),
    TwoNames,
}

/// What a line may hold.
#[derive(Clone, Copy)]
pub(super) enum Line {
    Number,
    Quoted,
    /// A persistent id: no loader that looks at other bytes takes one with a NUL.
    Id,
    Text,
}

/// How long an operand is.
pub(super) struct Length {
    pub(super) bytes: usize,
    /// No pickler writes such a one.
    pub(super) odd: bool,
}

/// Length of an operand that `rest` begins with; `None`: it goes on behind the window; an error: there is none.
/// `left` bytes of the string follow the opcode.
pub(super) fn operand_len(operand: Operand, rest: &[u8], left: u64) -> Result<Option<Length>, ()> {
    let len = match operand {
        Operand::None => 0,
        Operand::Fixed(len) => len as u64,
        Operand::Counted(width) => match count(rest, width) {
            Some(count) if count > left.saturating_sub(width as u64) => return Err(()),
            Some(count) => count + width as u64,
            None => return Ok(None),
        },
        Operand::Line(kind) => return line(rest, kind),
        Operand::TwoNames => return two_names(rest),
    };
    let bytes = usize::try_from(len).ok().filter(|len| *len <= rest.len());
    Ok(bytes.map(|bytes| Length { bytes, odd: false }))
}

fn count(rest: &[u8], width: usize) -> Option<u64> {
    match width {
        1 => rest.first().copied().map(u64::from),
        4 => u32_at(rest, 0).map(u64::from),
        _ => u64_at(rest, 0),
    }
}

/// A line that the C unpickler takes. It stops at a NUL in a number, and does not mind what stands behind.
fn line(rest: &[u8], kind: Line) -> Result<Option<Length>, ()> {
    // Where nothing can be a number, the end of the line is not looked for.
    let is_number = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-._ \t\r\x0b\x0c".contains(byte);
    let ends = match kind {
        Line::Number => rest.iter().position(|byte| !is_number(byte)),
        Line::Quoted => memchr::memchr(b'\n', rest),
        Line::Text | Line::Id => memchr::memchr2(b'\n', 0, rest),
    };
    let line = &rest[..ends.unwrap_or(rest.len())];
    let fits = match kind {
        Line::Number => {
            let first = line.iter().find(|byte| !b"+- \t\x0b\x0c".contains(byte));
            // INF and NAN are the only numbers that begin with a letter.
            first.is_none_or(|byte| byte.is_ascii_digit() || b".inINN".contains(byte))
        }
        Line::Quoted => line.first().is_none_or(|byte| b"'\" ".contains(byte)),
        Line::Text | Line::Id => true,
    };
    if !fits {
        return Err(());
    }
    let blanks = matches!(kind, Line::Number) && line.iter().any(|byte| matches!(byte, 0x0b | 0x0c));
    match ends.map(|end| (end, rest[end])) {
        None => Ok(None),
        Some((end, b'\n')) => Ok(Some(Length { bytes: end + 1, odd: blanks })),
        Some((end, 0)) if !matches!(kind, Line::Id) => {
            let newline = memchr::memchr(b'\n', &rest[end..]);
            Ok(newline.map(|more| Length { bytes: end + more + 1, odd: true }))
        }
        Some(_) => Err(()),
    }
}

/// Module and name. Blanks at the start and brackets are in no name that can be imported, and in much prose and Lisp; behind a NUL
/// there may be anything, which is not imported.
fn two_names(rest: &[u8]) -> Result<Option<Length>, ()> {
    let (mut at, mut odd) = (0, false);
    for _ in 0..2 {
        let part = &rest[at..];
        let no_name =
            |byte: &u8| byte.is_ascii_control() && *byte != b'\r' || b"()[]{}<>;:,='\"".contains(byte);
        let Some(end) = part.iter().position(no_name) else {
            return if part.first() == Some(&b' ') { Err(()) } else { Ok(None) };
        };
        if part[0] == b' ' {
            return Err(());
        }
        at += match part[end] {
            b'\n' => end + 1,
            0 if end > 0 => {
                odd = true;
                let Some(more) = memchr::memchr(b'\n', &part[end..]) else { return Ok(None) };
                end + more + 1
            }
            _ => return Err(()),
        };
    }
    Ok(Some(Length { bytes: at, odd }))
}
