//! Which memo op reads what which other stored: pickles run straight on, so that this is known.

use pickle_machine::Memo;
use pickle_ops::Opcode;

use super::program::Program;
use super::{Reason, Refusal};

/// What an op does to the memo; stores are numbered through the whole text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Store(usize),
    Load(usize),
}

/// The memo ops of a program.
#[derive(Debug)]
pub(super) struct MemoUse {
    /// By line.
    pub(super) roles: Vec<Option<Role>>,
    /// How often each store is read.
    pub(super) reads: Vec<usize>,
    /// Whether a store has no number of its own: `MEMOIZE`, or a label.
    pub(super) counted: bool,
}

impl MemoUse {
    /// Of a program.
    ///
    /// # Errors
    /// Rows whose memo slots cannot be followed.
    pub(super) fn of(program: &Program<'_>) -> Result<Self, Refusal> {
        let mut found = Self { roles: vec![None; program.lines.len()], reads: Vec::new(), counted: false };
        let mut reasons = Vec::new();
        let mut slots: Memo<usize> = Memo::default();
        let mut hidden = None;
        let mut begun = false;
        for (number, line) in program.lines.iter().enumerate() {
            program.pause(number)?;
            if line.is_bytes() && begun && !line.bytes.is_empty() {
                hidden.get_or_insert(number);
            }
            let Some(op) = program.op(number) else { continue };
            begun = true;
            if let Some(bytes) = hidden.take() {
                let message = "BYTES in the middle of a pickle may be ops that nobody sees";
                reasons.push(Reason::new(bytes, message));
            }
            match op.opcode {
                Opcode::Stop => {
                    slots.clear();
                    begun = false;
                }
                Opcode::Memoize | Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => {
                    let label = line
                        .row
                        .operands
                        .first()
                        .is_some_and(|operand| operand.kind == crate::text::OperandKind::Label);
                    found.counted |= op.opcode == Opcode::Memoize || label;
                    let slot = if op.opcode == Opcode::Memoize { Some(slots.len()) } else { op.memo_slot() };
                    let Some(slot) = slot else {
                        reasons.push(Reason::new(number, "no reader takes the number of this memo slot"));
                        continue;
                    };
                    slots.insert(slot, found.reads.len());
                    found.roles[number] = Some(Role::Store(found.reads.len()));
                    found.reads.push(0);
                }
                Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                    match op.memo_slot().and_then(|slot| slots.get(slot)) {
                        Some(store) => {
                            found.roles[number] = Some(Role::Load(store));
                            found.reads[store] += 1;
                        }
                        None => {
                            reasons.push(Reason::new(number, "the memo slot is not filled in this pickle"));
                        }
                    }
                }
                _ => {}
            }
        }
        if reasons.is_empty() { Ok(found) } else { Err(reasons.into()) }
    }
}
