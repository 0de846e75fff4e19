//! Data that repeats itself, as the records of a table do: what a record does is found out once, by reading it as any data is read;
//! those behind it that are of the same [`Shape`](super::shape::Shape) do the same, but for where their ops are.

/// Records of a shape, and what each of them does.
pub(crate) trait Records: Sized {
    /// Those that begin at `position`, or some ops behind it; `newest` is the protocol that opcodes may be of.
    fn find(bytes: &[u8], position: usize, newest: u8) -> Option<Self>;
    /// Ops of a record.
    fn ops(&self) -> usize;
}

/// Searches for records that make nothing of it, at the most.
const LONGEST_PAUSE: u32 = 64;

/// The records that were found last, or when it is worth its while to look for some.
pub(crate) struct Repeat<R> {
    records: Option<R>,
    /// How often it was asked in vain since there was one.
    missed: usize,
    /// How often it is asked before the next search.
    pause: u32,
    /// How long the next pause is.
    next_pause: u32,
}

impl<R> Default for Repeat<R> {
    fn default() -> Self {
        Self { records: None, missed: 0, pause: 0, next_pause: 0 }
    }
}

impl<R: Records> Repeat<R> {
    /// The records that may follow at `position`.
    pub(crate) fn records(&mut self, bytes: &[u8], position: usize, newest: u8) -> Option<&mut R> {
        if self.records.is_none() {
            self.search(bytes, position, newest);
        }
        self.records.as_mut()
    }

    fn search(&mut self, bytes: &[u8], position: usize, newest: u8) {
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        self.records = R::find(bytes, position, newest);
        if self.records.is_none() {
            self.pause = self.next_pause;
            self.next_pause = (2 * self.pause + 1).min(LONGEST_PAUSE);
        }
    }

    /// So many records followed. Gives whether there may be more: something else may stand between them, an op of which is to be
    /// read by itself then, but not for long.
    pub(crate) fn followed(&mut self, records: usize) -> bool {
        self.missed = if records > 0 { 0 } else { self.missed + 1 };
        let is_over = self.records.as_ref().is_none_or(|known| self.missed > 2 * known.ops() + 1);
        if is_over {
            *self = Self::default();
        }
        !is_over
    }
}
