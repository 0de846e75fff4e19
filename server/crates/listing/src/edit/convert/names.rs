//! Strings that are only there to name something: the operands of `STACK_GLOBAL`, and of `BINPERSID` where protocol 0 writes
//! the id as a line. With the opcode they go, and their memo slots with them.

use std::collections::{BTreeMap, BTreeSet};

use pickle_ops::{Opcode, Operand};

use super::super::flow::{Entry, Flow};
use super::super::memo::{MemoUse, Role};
use super::super::program::Program;
use super::super::{Reason, Refusal};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Names {
    /// The rows that make the strings which the op of a row takes, in order.
    pub(super) taken: BTreeMap<usize, Vec<usize>>,
    /// Rows that go.
    pub(super) dropped: BTreeSet<usize>,
    /// Rows behind which the string is dropped from the stack again, as other rows read it from the memo.
    pub(super) popped: BTreeSet<usize>,
}

/// How a string is used.
#[derive(Debug, Default)]
struct Usage {
    /// Rows that store it.
    stores: Vec<(usize, usize)>,
    /// Whether what its own row pushes is a name.
    direct: bool,
    /// Rows that read it from the memo, as a name.
    loads: Vec<usize>,
}

impl Names {
    /// Of a program that is to be written in `protocol`.
    pub(super) fn of(program: &Program<'_>, memo: &MemoUse, protocol: u8) -> Result<Self, Refusal> {
        let mut found = Self::default();
        let mut usage: BTreeMap<usize, Usage> = BTreeMap::new();
        let mut flow = Flow::default();
        let mut reasons = Vec::new();
        // A long string may be named by many rows.
        let mut known: BTreeMap<usize, Result<(), String>> = BTreeMap::new();
        for line in 0..program.lines.len() {
            program.pause(line)?;
            let Ok(taken) = flow.step(program, memo, line) else { continue };
            if let (Some(Role::Store(store)), [top]) = (memo.roles[line], taken.items.as_slice()) {
                // What is made of the string begins at the same row, and is made by another.
                if top.begin == top.maker && is_text(program, top.begin) {
                    usage.entry(top.begin).or_default().stores.push((line, store));
                }
                continue;
            }
            let names = match program.opcode(line) {
                Some(Opcode::StackGlobal) => protocol < 4,
                Some(Opcode::BinPersId) => protocol < 1,
                _ => false,
            };
            if names {
                let check = |item: &Entry| {
                    is_constant(program, *item)?;
                    let text =
                        known.entry(item.maker).or_insert_with(|| text_of(program, item.maker).map(|_| ()));
                    text.clone().map(|()| item.maker)
                };
                match taken.items.iter().map(check).collect() {
                    Ok(makers) => {
                        found.taken.insert(line, makers);
                        taken.items.iter().for_each(|item| note(&mut usage, *item));
                    }
                    Err(message) => reasons.push(Reason::new(line, message)),
                }
            }
        }
        usage.iter().for_each(|(line, usage)| found.settle(*line, usage, memo));
        if reasons.is_empty() { Ok(found) } else { Err(reasons.into()) }
    }

    /// Decides what becomes of a string and of the rows that read it.
    fn settle(&mut self, line: usize, usage: &Usage, memo: &MemoUse) {
        // A row that reads a name from the memo has no use once the opcode is gone.
        self.dropped.extend(&usage.loads);
        if !usage.direct {
            return;
        }
        let reads: usize = usage.stores.iter().map(|(_, store)| memo.reads[*store]).sum();
        if reads == usage.loads.len() {
            self.dropped.insert(line);
            self.dropped.extend(usage.stores.iter().map(|(line, _)| line));
        } else {
            self.popped.insert(usage.stores.last().map_or(line, |(line, _)| *line));
        }
    }
}

fn note(usage: &mut BTreeMap<usize, Usage>, item: Entry) {
    let usage = usage.entry(item.maker).or_default();
    if item.begin == item.maker { usage.direct = true } else { usage.loads.push(item.begin) }
}

fn is_text(program: &Program<'_>, line: usize) -> bool {
    program.opcode(line).is_some_and(Opcode::is_text)
}

/// Whether a value is what the row made that is said to.
fn is_constant(program: &Program<'_>, item: Entry) -> Result<(), String> {
    let direct = item.begin == item.maker || program.opcode(item.begin) != Some(Opcode::Dup);
    if direct && is_text(program, item.maker) { Ok(()) } else { Err(NO_CONSTANT.to_owned()) }
}

const NO_CONSTANT: &str = "the name is not a constant of the pickle";

/// The string that a row makes.
pub(super) fn text_of(program: &Program<'_>, line: usize) -> Result<String, String> {
    let op = program.op(line).filter(|op| op.opcode.is_text());
    let value = match op.and_then(|op| op.operand().ok()) {
        Some(Operand::Text(text)) => text.to_str().map(std::borrow::Cow::into_owned),
        Some(Operand::ByteString(string)) => {
            string.bytes().ok().and_then(|bytes| String::from_utf8(bytes.into_owned()).ok())
        }
        _ => return Err(NO_CONSTANT.to_owned()),
    };
    let value = value.filter(|value| !value.contains('\n') && !value.is_empty());
    value.ok_or_else(|| "the name cannot be written as a line".to_owned())
}
