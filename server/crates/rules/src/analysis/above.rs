//! What lies on the stack above a container, as ops are read again from the one on that made it: nothing is kept of plain data but where
//! it begins.

use pickle_ops::{Opcode, StackItem};

/// The stack above a container.
#[derive(Debug, Default)]
pub(super) struct Above {
    /// Values, those below marks included.
    height: u64,
    /// How many there were at each mark.
    marks: Vec<u64>,
}

/// What an op does to the container.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Puts so many values into it: all that lay above.
    Fills(u64),
    /// Leaves it where it is.
    Leaves,
    /// Takes it, or what lies below it.
    Takes,
}

impl Above {
    /// What an op does, which is done.
    pub(super) fn step(&mut self, opcode: Opcode) -> Step {
        use Opcode as O;
        let fills = match opcode {
            O::Append => self.marks.is_empty() && self.height == 1,
            O::SetItem => self.marks.is_empty() && self.height == 2,
            O::Appends | O::SetItems | O::AddItems => self.marks.as_slice() == [0],
            _ => false,
        };
        if fills {
            self.marks.clear();
            return Step::Fills(std::mem::take(&mut self.height));
        }
        match opcode {
            opcode if opcode.is_literal() => self.height += 1,
            opcode if opcode.fills_memo() => {}
            O::Frame | O::Proto => {}
            O::Mark => self.marks.push(self.height),
            O::Pop if self.marks.last() == Some(&self.height) => drop(self.marks.pop()),
            opcode => match self.height_after(opcode) {
                Some(after) => self.height = after,
                None => return Step::Takes,
            },
        }
        Step::Leaves
    }

    /// How many values an op leaves; `None` if it takes more than there are.
    fn height_after(&mut self, opcode: Opcode) -> Option<u64> {
        let info = opcode.info();
        let taken = info.before.iter().take_while(|&&item| item != StackItem::Mark).count() as u64;
        let left = if opcode.takes_mark() { self.marks.pop()? } else { self.height };
        let left = left.checked_sub(taken)?;
        // A mark is not taken for a value.
        (self.marks.last().is_none_or(|&mark| mark <= left)).then_some(left + info.after.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use pickle_ops::Reader;

    /// What the ops do to a container, but for those that leave it, to the first that takes it.
    fn steps(ops: &[u8]) -> Vec<Step> {
        let (mut above, mut ops, mut steps) = (Above::default(), Reader::new(ops, 0), Vec::new());
        while let Ok(op) = ops.next_op()
            && steps.last() != Some(&Step::Takes)
        {
            steps.push(above.step(op.opcode));
        }
        steps.retain(|step| *step != Step::Leaves);
        steps
    }

    #[test]
    fn what_fills_and_what_takes() {
        assert_eq!(steps(b"Na(NNe(N]q\x01NaNeh\x01a"), [1, 2, 3, 1].map(Step::Fills));
        assert_eq!(steps(b"NNs((NNuNe"), [Step::Fills(2), Step::Takes]);
        assert_eq!(steps(b"N0(01NN\x8600"), [Step::Takes]);
        assert_eq!(steps(b"\x85"), [Step::Takes]);
        assert_eq!(steps(b"(N\x85N\x85e2"), [Step::Fills(2), Step::Takes]);
    }
}
