//! The ops around a finding, for people. Reads a stream once more, up to its last finding, and keeps a few ops of it.

use std::collections::VecDeque;

use pickle_machine::render::{Limits, escape, literal};
use pickle_machine::segments::Segments;
use pickle_ops::{Op, Opcode, Operand, Reader};

use crate::report::{Diagnostic, Row};

/// Ops that are shown before the one that the finding is about.
const BEFORE: usize = 2;
/// Characters of an operand.
const OPERAND: usize = 72;

/// Gives each finding the ops around it. Findings are sorted by offset.
pub(super) fn attach(bytes: &[u8], found: &mut [Diagnostic]) {
    let mut rest = found.iter_mut().filter(|diagnostic| diagnostic.pickle.is_some()).peekable();
    let mut segments = Segments::new(bytes);
    let mut next = segments.first();
    while let Some(start) = next {
        let mut reader = Reader::new(bytes, start);
        let mut before = VecDeque::with_capacity(BEFORE + 1);
        next = loop {
            if rest.peek().is_none() {
                return;
            }
            let Ok(op) = reader.next_op() else { break None };
            while let Some(diagnostic) = rest.next_if(|diagnostic| starts_in(diagnostic, &op)) {
                diagnostic.excerpt = rows(&before, &op);
            }
            before.push_back(op);
            if before.len() > BEFORE {
                before.pop_front();
            }
            if op.opcode == Opcode::Stop {
                break segments.next(op.end);
            }
        };
        // What the reader refuses has no op; the ops before it are shown.
        while let Some(diagnostic) = rest.next_if(|_| next.is_none()) {
            diagnostic.excerpt = before.iter().map(|op| row(op, false)).collect();
        }
    }
}

fn starts_in(diagnostic: &Diagnostic, op: &Op<'_>) -> bool {
    diagnostic.span.as_ref().is_some_and(|span| span.start < op.end)
}

fn rows(before: &VecDeque<Op<'_>>, op: &Op<'_>) -> Vec<Row> {
    before.iter().map(|op| row(op, false)).chain([row(op, true)]).collect()
}

fn row(op: &Op<'_>, marked: bool) -> Row {
    let operand = operand(op).map(|text| format!(" {text}")).unwrap_or_default();
    Row { offset: op.start, text: format!("{}{operand}", op.opcode.name()), marked }
}

/// The operand, shortened; `None` where there is none.
fn operand(op: &Op<'_>) -> Option<String> {
    let limits = Limits { width: OPERAND, text: OPERAND, ..Limits::LINE };
    if op.raw.is_empty() && op.opcode.info().operand.framing() == pickle_ops::Framing::Fixed(0) {
        return None;
    }
    if let Some(text) = literal(op, limits) {
        return Some(text);
    }
    Some(match op.operand() {
        Ok(Operand::Number(number)) => number.to_string(),
        Ok(Operand::HugeNumber(number)) => number.to_string(),
        _ => shorten(op.raw),
    })
}

/// Bytes as text on one line.
fn shorten(raw: &[u8]) -> String {
    let head = raw.get(..OPERAND).unwrap_or(raw);
    let text = escape(&String::from_utf8_lossy(head).replace('\n', " "));
    if head.len() < raw.len() { format!("{text}…") } else { text }
}
