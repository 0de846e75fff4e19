//! Sums of objects of a class, which may be sums themselves: what adds them up goes down all of them.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Operand};

use super::{Missing, Object};
use crate::analysis::Analysis;
use crate::analysis::array::{Unknown, integer};
use crate::policy::Path;

/// What a sum is that was added up.
const SUM: &str = "collections.defaultdict";

impl<'a> Analysis<'_, 'a> {
    /// Whether a member is a dict, or pairs of a number and an object of a class that has its state, so that what adds them up comes to an
    /// end. How many ways lead through objects that several others hold is what the rule about the size of what is written out tells.
    pub(super) fn adds_up(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        class: &str,
    ) -> Result<Option<String>, Missing> {
        let Some(value) = self.value_at(arena, op, object, path, 0)? else { return Ok(None) };
        let result = self
            .pairs_add_up(arena, op, value, (object.state, class))
            .map_err(|why| (path.member.names, why));
        // A pickle may have thousands that are no sums, for the same reason: it is told once.
        match result {
            Err(_) if std::mem::replace(&mut self.tally.no_dict, true) => Ok(None),
            result => result.map(|()| None),
        }
    }

    fn pairs_add_up(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        value: Value,
        (own, class): (Option<Value>, &str),
    ) -> Result<(), Unknown> {
        let contents = match arena.shape(value) {
            Made::Container(Collection::Dict, _) => return Ok(()),
            Made::Container(Collection::List, contents) => contents,
            // Added up before.
            Made::Call { .. } if self.maker(arena, value, op).is_ok_and(|of| of.dotted() == SUM) => {
                return Ok(());
            }
            _ => return Err(Unknown::because("is no dict and no list")),
        };
        self.rely_on(arena, value)?;
        let Some(contents) = contents else { return Ok(()) };
        if contents.dropped > 0 {
            return Err(Unknown::because("has what is no pair"));
        }
        for &pair in &contents.items {
            let Some(&[factor, term]) = arena.tuple(pair) else {
                return Err(Unknown::because("has what is no pair"));
            };
            if !self.is_factor(arena, op, factor) {
                return Err(Unknown::because("has a factor that is no number"));
            }
            let of = arena.call_of(term).and_then(|_| self.owner(arena, term, op, 0));
            if of.is_none_or(|id| self.ledger.entry(id).dotted() != class) {
                return Err(Unknown::because(format!("has what is no `{class}`")));
            }
            // What gets its state now or later may be this one.
            let state = self.object(arena, op, term).state;
            if state.is_none() || state == own {
                return Err(Unknown::because("has what is not made yet, and may be around it"));
            }
        }
        Ok(())
    }

    /// Whether a value is a number of a few bytes, or one of numpy.
    fn is_factor(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        let is_float = || match arena.shape(value) {
            Made::Literal(literal) => matches!(literal.operand(), Ok(Operand::Float(_))),
            _ => false,
        };
        integer(arena, value).is_some() || is_float() || self.is_number_of_numpy(arena, op, value)
    }

    /// Whether a value is a number of numpy; what its function makes of other types may be anything.
    fn is_number_of_numpy(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> bool {
        let is_scalar = self
            .maker(arena, value, op)
            .is_ok_and(|names| names.name == "scalar" && names.module.starts_with("numpy."));
        let dtype = arena.call_of(value).and_then(|(_, arguments)| arena.tuple(arguments)?.first().copied());
        let Some(dtype) = dtype.filter(|_| is_scalar) else { return false };
        let code = self.dtype_code(arena, op, dtype).unwrap_or_default();
        code.strip_prefix(['f', 'i', 'u', 'b']).is_some_and(|size| matches!(size, "1" | "2" | "4" | "8"))
    }
}
