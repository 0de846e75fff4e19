//! Data that repeats itself, as the records of a table do: what a record does is found out once, by reading it as any stretch is
//! read; those behind it that are of the same [`Pattern`] do the same, but for where their ops are.

use pickle_ops::Reader;

use super::blind::{Blind, Cut};
use super::pattern::{AT_ONCE, Pattern};
use crate::arena::Value;
use crate::machine::Machine;

/// Strides between two searches for a pattern, at the most.
const LONGEST_PAUSE: u32 = 64;

/// The pattern that was found last, or when it is worth its while to look for one.
#[derive(Default)]
pub(super) struct Repeat {
    pattern: Option<Pattern>,
    /// Strides until the next search.
    pause: u32,
    /// How long the next pause is.
    next_pause: u32,
}

impl Repeat {
    /// Carries out the records that follow, and what stands between them, while no more than `most` values are held. Gives why the
    /// stretch ends, if it does.
    pub(super) fn go_on<'a>(
        &mut self,
        domain: &mut Blind<'_, 'a>,
        most: usize,
        limit: usize,
        reader: &mut Reader<'a>,
        machine: &mut Machine<Value, Value>,
    ) -> Option<Cut> {
        if self.pattern.is_none() {
            self.search(domain, reader);
        }
        let pattern = self.pattern.as_mut()?;
        let mut missed = 0;
        while domain.size() + machine.height() <= most {
            let done = pattern.carry_out(domain, limit, reader, machine);
            if reader.position() >= limit {
                return Some(Cut::Limit);
            }
            match done {
                0 if missed > 2 * pattern.ops() => {
                    *self = Self::default();
                    break;
                }
                0 => {}
                AT_ONCE => continue,
                _ => missed = 0,
            }
            // A part of a record of another kind, or what stands between two lists of them.
            if let Some(cut) = domain.advance_by(1, limit, reader, machine) {
                return Some(cut);
            }
            missed += 1;
        }
        None
    }

    fn search(&mut self, domain: &Blind<'_, '_>, reader: &Reader<'_>) {
        if self.pause > 0 {
            self.pause -= 1;
            return;
        }
        let bytes = domain.live.arena.bytes();
        self.pattern = Pattern::find(bytes, reader.position(), domain.live.watch.newest);
        if self.pattern.is_none() {
            self.pause = self.next_pause;
            self.next_pause = (2 * self.pause + 1).min(LONGEST_PAUSE);
        }
    }
}
