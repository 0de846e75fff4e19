//! A pickle in another protocol. Each opcode that the protocol does not know is written with those that it knows, as
//! picklers of that protocol do it; where there is no such way, the row says why.
//!
//! [`names`] finds what is named by strings, [`rows`] writes rows, [`rules`] has the way of each opcode.

mod names;
mod rows;
mod rules;

use pickle_machine::Interrupt;
use pickle_ops::{HIGHEST_PROTOCOL, Opcode};

use super::draft::{Draft, New};
use super::flow::Flow;
use super::memo::MemoUse;
use super::program::Program;
use super::{Edited, Reason};
use names::Names;

/// Rewrites every pickle of a text in a protocol from 0 to 5: `PROTO` says so (below 2 there is none), and no opcode is
/// newer. What is loaded stays the same in Python 3.
///
/// # Errors
/// Errors of the text, and the rows for which the protocol has no way, with the reason.
pub fn convert(text: &str, protocol: u8, interrupt: Interrupt<'_>) -> Edited {
    let program = Program::read(text, interrupt)?;
    if protocol > HIGHEST_PROTOCOL {
        return Err(vec![Reason::new(0, format!("there is no protocol {protocol}"))].into());
    }
    let memo = MemoUse::of(&program)?;
    let names = Names::of(&program, &memo, protocol)?;
    let sets = rules::sets(&program, &memo)?;
    let draft = Draft::new(&program, Some(&memo));
    let mut conversion = Conversion {
        program: &program,
        memo: &memo,
        names: &names,
        protocol,
        declared: 0,
        begun: false,
        draft,
        sets: &sets,
        undeclared: Vec::new(),
    };
    let mut flow = Flow::default();
    let mut reasons = Vec::new();
    for line in 0..program.lines.len() {
        program.pause(line)?;
        if let Some(message) = conversion.draft.is_too_long() {
            reasons.push(Reason::new(line, message));
            break;
        }
        match flow.step(&program, &memo, line) {
            Ok(taken) => {
                let refused = conversion.line(line, &taken).err();
                reasons.extend(refused.map(|message| Reason::new(line, message)));
            }
            // Behind it nobody knows what stands on the stack.
            Err(message) => {
                reasons.push(Reason::new(line, message));
                break;
            }
        }
    }
    if !reasons.is_empty() {
        return Err(reasons.into());
    }
    // Last, so that nothing comes before them.
    for line in std::mem::take(&mut conversion.undeclared) {
        conversion.draft.insert(line, vec![New::row(format!("PROTO {protocol}"), 2)]);
    }
    conversion.draft.finish()
}

/// A conversion at work.
struct Conversion<'p, 't> {
    program: &'p Program<'t>,
    memo: &'p MemoUse,
    names: &'p Names,
    /// The protocol that is wanted.
    protocol: u8,
    /// The protocol in force at the row at work.
    declared: u8,
    /// Whether an op of the pickle at work was seen.
    begun: bool,
    draft: Draft<'p, 't>,
    sets: &'p rules::Sets,
    /// First rows of pickles that get a `PROTO`.
    undeclared: Vec<usize>,
}

impl Conversion<'_, '_> {
    fn line(&mut self, line: usize, taken: &super::flow::Taken) -> Result<(), String> {
        let Some(op) = self.program.op(line) else { return Ok(()) };
        if !std::mem::replace(&mut self.begun, true) && op.opcode != Opcode::Proto && self.protocol >= 2 {
            self.undeclared.push(line);
        }
        match op.opcode {
            Opcode::Proto => {
                self.declared = u8::try_from(op.number()).unwrap_or(0);
                let rows = if self.protocol < 2 {
                    Vec::new()
                } else {
                    vec![New::row(format!("PROTO {}", self.protocol), 2)]
                };
                if self.declared != self.protocol || self.protocol < 2 {
                    self.draft.replace(line, rows);
                }
                Ok(())
            }
            Opcode::Stop => {
                self.begun = false;
                self.declared = 0;
                Ok(())
            }
            _ => self.op(line, &op, taken),
        }
    }
}
