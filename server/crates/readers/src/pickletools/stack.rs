//! The stack that `dis` emulates, as far as it can be seen: how many items, and which of them are marks.

/// A stack of items that are marks or not. It stores the marks only.
#[derive(Debug, Default)]
pub(super) struct Stack {
    length: usize,
    /// Heights at which there are marks, ascending.
    marks: Vec<usize>,
}

impl Stack {
    pub(super) fn len(&self) -> usize {
        self.length
    }

    /// Whether the topmost item is a mark.
    pub(super) fn ends_in_mark(&self) -> bool {
        self.marks.last().is_some_and(|&height| height + 1 == self.length)
    }

    /// Puts items on it that are no marks.
    pub(super) fn push(&mut self, count: usize) {
        self.length += count;
    }

    pub(super) fn push_mark(&mut self) {
        self.marks.push(self.length);
        self.length += 1;
    }

    /// Takes items from it, marks like others; `count` is at most its length.
    pub(super) fn pop(&mut self, count: usize) {
        self.length = self.length.saturating_sub(count);
        while self.marks.last().is_some_and(|&height| height >= self.length) {
            self.marks.pop();
        }
    }

    /// Takes the topmost mark and all above it; all there is, and `false`, when there is none.
    pub(super) fn pop_to_mark(&mut self) -> bool {
        let mark = self.marks.pop();
        self.length = mark.unwrap_or(0);
        mark.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_items() {
        let mut stack = Stack::default();
        stack.push(1);
        stack.push_mark();
        assert!(stack.ends_in_mark());
        stack.push(2);
        assert!(!stack.ends_in_mark());
        stack.pop(3);
        assert_eq!((stack.len(), stack.ends_in_mark()), (1, false));
        stack.push_mark();
        stack.push(1);
        assert!(stack.pop_to_mark());
        assert_eq!(stack.len(), 1);
        assert!(!stack.pop_to_mark());
        assert_eq!(stack.len(), 0);
    }
}
