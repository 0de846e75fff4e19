//! How many combinations a grid of parameters has: a dict of lists, or a list of such. What is plain in them is not kept: it is read again.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Contents, Shape as Made, Value};
use pickle_ops::Op;

use crate::analysis::array::{Unknown, integer};
use crate::analysis::{Analysis, Callee};

/// Ops of grids that are read again, in a pickle.
const MOST_OPS: usize = 1 << 22;

/// Dicts, and lists of dicts, that a grid has in a list.
const MOST_GRIDS: usize = 1 << 12;

impl<'a> Analysis<'_, 'a> {
    /// The product of the lengths of what a dict holds, or the sum of that of several; 0 for what is no grid. A search goes through all of
    /// them.
    pub(super) fn combinations(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        grid: Value,
    ) -> Result<i64, Unknown> {
        match arena.shape(grid) {
            Made::Tuple(grids) => self.sum_of(arena, op, grids),
            Made::Container(Collection::List, contents) => {
                self.rely_on(arena, grid)?;
                match contents {
                    Some(contents) if contents.dropped == 0 => self.sum_of(arena, op, &contents.items),
                    _ => self.combinations_again(arena, op, grid, None),
                }
            }
            Made::Container(Collection::Dict, contents) => self.combinations_again(arena, op, grid, contents),
            // An `OrderedDict`, of which what is notable is kept.
            Made::Call { contents: Some(contents), .. } => {
                let values = contents.pairs.iter().copied().skip(1).step_by(2).collect::<Vec<Value>>();
                values.into_iter().try_fold(1_i64, |all, value| {
                    Ok(all.saturating_mul(self.length_of_list(arena, op, value)?.max(1)))
                })
            }
            _ => Ok(0),
        }
    }

    fn sum_of(&mut self, arena: &Arena<'a>, op: &Op<'a>, grids: &[Value]) -> Result<i64, Unknown> {
        if grids.len() > MOST_GRIDS {
            return Err(Unknown::because("holds more than is looked at"));
        }
        grids.iter().try_fold(0_i64, |all, &grid| {
            let is_grid = !matches!(arena.shape(grid), Made::Container(Collection::List, _) | Made::Tuple(_));
            let one = if is_grid { self.combinations(arena, op, grid)? } else { 0 };
            Ok(all.saturating_add(one))
        })
    }

    /// Reads a grid again; `kept` is what this arena has of it, where other things than plain data are.
    fn combinations_again(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        grid: Value,
        kept: Option<&Contents>,
    ) -> Result<i64, Unknown> {
        self.rely_on(arena, grid)?;
        let (again, grid) = self.again(arena, grid)?;
        match again.shape(grid) {
            Made::Container(Collection::Dict, Some(contents)) => {
                self.product_in(arena, op, &again, contents, kept)
            }
            Made::Container(Collection::List, Some(contents)) => {
                contents.items.iter().try_fold(0_i64, |all, &item| match again.shape(item) {
                    Made::Container(Collection::Dict, Some(contents)) => {
                        self.rely_on(arena, item)?;
                        // A container is the same value in both.
                        let kept = match arena.shape(item) {
                            Made::Container(_, kept) => kept,
                            _ => None,
                        };
                        Ok(all.saturating_add(self.product_in(arena, op, &again, contents, kept)?))
                    }
                    Made::Container(..) | Made::Literal(_) | Made::Tuple(_) => Ok(all),
                    _ => Err(Unknown::because("has something in it that was made before")),
                })
            }
            _ => Ok(0),
        }
    }

    /// What was read again of a container of any size.
    fn again(&mut self, arena: &Arena<'a>, value: Value) -> Result<(Arena<'a>, Value), Unknown> {
        let left = MOST_OPS.saturating_sub(self.tally.again);
        let Some((again, value, ops)) = arena.reread_all(value, left) else {
            self.tally.again = self.tally.again.max(MOST_OPS);
            return Err(Unknown::because("has more in it than is looked at"));
        };
        self.tally.again += ops;
        Ok((again, value))
    }

    /// The product of the lengths of what a dict holds that was read again.
    fn product_in(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        again: &Arena<'a>,
        contents: &Contents,
        kept: Option<&Contents>,
    ) -> Result<i64, Unknown> {
        let mut all = 1_i64;
        for (number, pair) in contents.pairs.chunks_exact(2).enumerate() {
            let length = match again.shape(pair[1]) {
                Made::Tuple(items) => items.len() as i64,
                Made::Container(_, contents) => {
                    self.rely_on(again, pair[1])?;
                    if again.origin(pair[1]).is_some_and(|made| arena.is_filled_late(made)) {
                        return Err(Unknown::because("has a list in it that was given items later"));
                    }
                    contents.map_or(0, |contents| contents.items.len() + contents.pairs.len() / 2) as i64
                }
                Made::Literal(_) => 1,
                _ => match kept.and_then(|kept| kept_at(arena, again, kept, (contents, number))) {
                    Some(value) => self.length_of_list(arena, op, value)?,
                    None => return Err(Unknown::because("has something in it that was made before")),
                },
            };
            all = all.saturating_mul(length.max(1));
        }
        Ok(all)
    }

    /// How many values there are for a parameter.
    fn length_of_list(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> Result<i64, Unknown> {
        if self.is_array(arena, value, op) {
            let length = self.array_of(arena, value, op)?.shape.first().copied();
            return Ok(length.and_then(|length| i64::try_from(length).ok()).unwrap_or(1));
        }
        match arena.shape(value) {
            Made::Tuple(items) => Ok(items.len() as i64),
            Made::Container(..) => {
                self.rely_on(arena, value)?;
                let (again, list) = self.again(arena, value)?;
                let Made::Container(_, contents) = again.shape(list) else { return Ok(1) };
                Ok(contents.map_or(0, |contents| contents.items.len()) as i64)
            }
            Made::Call { callee, arguments, .. } => {
                let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return Ok(1) };
                let names = &self.ledger.entry(id).names;
                if !matches!(names.name.as_ref(), "range" | "xrange") {
                    return Ok(1);
                }
                let bounds = arena.tuple(arguments).unwrap_or_default();
                let bounds: Vec<i64> = bounds.iter().filter_map(|&bound| integer(arena, bound)).collect();
                Ok(match *bounds.as_slice() {
                    [stop] => stop,
                    [start, stop] => stop.saturating_sub(start),
                    [start, stop, step] => {
                        stop.saturating_sub(start).checked_div(step).unwrap_or(1).saturating_abs()
                    }
                    _ => 1,
                })
            }
            _ => Ok(1),
        }
    }
}

/// What an arena has kept of the value of a number in a dict that was read again: where that came out of the memo, or was made by a call.
fn kept_at(
    arena: &Arena<'_>,
    again: &Arena<'_>,
    kept: &Contents,
    (contents, number): (&Contents, usize),
) -> Option<Value> {
    if kept.dropped == 0 && kept.pairs.len() == contents.pairs.len() {
        return kept.pairs.get(2 * number + 1).copied();
    }
    let &[key, value] = contents.pairs.get(2 * number..2 * number + 2)? else { return None };
    let (made, name) = (again.origin(value), again.text(key));
    let is_it = |pair: &&[Value]| {
        made.is_some() && arena.origin(pair[1]) == made || name.is_some() && arena.text(pair[0]) == name
    };
    kept.pairs.chunks_exact(2).rfind(is_it).map(|pair| pair[1])
}
