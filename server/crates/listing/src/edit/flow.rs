//! What stands on the stack at each row: from which row on a value is made, and by which. No values; `convert` needs to know
//! where to put a `MARK`, and which strings name a global.

use pickle_ops::{Opcode, StackItem};

use super::memo::{MemoUse, Role};
use super::program::Program;

/// A value on the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    /// The first row of those that make it: before it, the stack was one lower.
    pub(super) begin: usize,
    /// The row that made it; for what comes from the memo, the row that made it before it went there.
    pub(super) maker: usize,
}

/// What a row takes from the stack.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Items that it takes singly, the lowest first; those below the mark included.
    pub(super) items: Vec<Entry>,
    /// Items above the mark.
    pub(super) slice: Vec<Entry>,
    /// The row of the mark.
    pub(super) mark: Option<usize>,
}

/// The stack at a row of a pickle.
#[derive(Debug, Default)]
pub(super) struct Flow {
    stack: Vec<Entry>,
    /// Height and row.
    marks: Vec<(usize, usize)>,
    /// Maker of what each store holds.
    stored: Vec<usize>,
}

impl Flow {
    /// Carries out the op of a row.
    ///
    /// # Errors
    /// What stops an unpickler there.
    pub(super) fn step(
        &mut self,
        program: &Program<'_>,
        memo: &MemoUse,
        line: usize,
    ) -> Result<Taken, &'static str> {
        let Some(opcode) = program.opcode(line) else { return Ok(Taken::default()) };
        match (opcode, memo.roles[line]) {
            (_, Some(Role::Store(store))) => {
                let top = self.top().ok_or(UNDERFLOW)?;
                self.stored.resize(self.stored.len().max(store + 1), 0);
                self.stored[store] = top.maker;
                return Ok(Taken { items: vec![top], ..Taken::default() });
            }
            (_, Some(Role::Load(store))) => {
                let maker = self.stored.get(store).copied().unwrap_or(line);
                self.stack.push(Entry { begin: line, maker });
                return Ok(Taken::default());
            }
            (Opcode::Mark, _) => {
                self.marks.push((self.stack.len(), line));
                return Ok(Taken::default());
            }
            (Opcode::Pop, _) => return self.pop(),
            (Opcode::Dup, _) => {
                let top = self.top().ok_or(UNDERFLOW)?;
                self.stack.push(Entry { begin: line, maker: top.maker });
                return Ok(Taken::default());
            }
            (Opcode::Stop, _) => {
                let taken = Taken { items: vec![self.top().ok_or(UNDERFLOW)?], ..Taken::default() };
                self.stack.clear();
                self.marks.clear();
                return Ok(taken);
            }
            _ => {}
        }
        let taken = self.take(opcode)?;
        self.give(opcode, &taken, line);
        Ok(taken)
    }

    /// `POP` drops a mark when nothing lies above it.
    fn pop(&mut self) -> Result<Taken, &'static str> {
        if let Some(&(height, line)) = self.marks.last()
            && height == self.stack.len()
        {
            self.marks.pop();
            return Ok(Taken { mark: Some(line), ..Taken::default() });
        }
        let item = self.stack.pop().ok_or(UNDERFLOW)?;
        Ok(Taken { items: vec![item], ..Taken::default() })
    }

    fn take(&mut self, opcode: Opcode) -> Result<Taken, &'static str> {
        let before = opcode.info().before;
        let mut taken = Taken::default();
        let single = match before.iter().position(|item| *item == StackItem::Mark) {
            None => before.len(),
            Some(mark) => {
                let (height, line) = self.marks.pop().ok_or("an unpickler finds no mark here")?;
                taken.slice = self.stack.split_off(height.min(self.stack.len()));
                taken.mark = Some(line);
                if opcode == Opcode::Obj && taken.slice.is_empty() {
                    return Err(UNDERFLOW);
                }
                mark
            }
        };
        let fence = self.marks.last().map_or(0, |(height, _)| *height);
        let from = self.stack.len().checked_sub(single).filter(|from| *from >= fence).ok_or(UNDERFLOW)?;
        taken.items = self.stack.split_off(from);
        Ok(taken)
    }

    /// Pushes what the opcode leaves.
    fn give(&mut self, opcode: Opcode, taken: &Taken, line: usize) {
        if opcode.info().after.is_empty() {
            return;
        }
        let lowest = [taken.items.first().map(|item| item.begin), taken.mark, Some(line)];
        let begin = lowest.into_iter().flatten().min().unwrap_or(line);
        let stays = matches!(
            opcode,
            Opcode::Append
                | Opcode::Appends
                | Opcode::SetItem
                | Opcode::SetItems
                | Opcode::AddItems
                | Opcode::Build
        );
        let maker = taken.items.first().filter(|_| stays).map_or(line, |target| target.maker);
        self.stack.push(Entry { begin, maker });
    }

    fn top(&self) -> Option<Entry> {
        let fence = self.marks.last().map_or(0, |(height, _)| *height);
        self.stack.get(fence..)?.last().copied()
    }
}

const UNDERFLOW: &str = "an unpickler finds too few items on the stack here";
