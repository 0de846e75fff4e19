//! The numbers of which requirements are: those in objects, how long and how large things are, and what is computed of them.

use pickle_machine::arena::{Arena, Shape as Made};
use pickle_ops::{Op, Operand};

use super::lookup::Found;
use super::{COUNTED, MOST_ITEMS, Missing, NONZERO, Object};
use crate::analysis::Analysis;
use crate::analysis::array::{Array, Unknown, integer};
use crate::policy::{EACH, Expression, Item, Path, Skip};

impl<'a> Analysis<'_, 'a> {
    /// A number; `None`: it is about a member that an object may be without, and is.
    pub(super) fn number(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        expression: &Expression,
        each: usize,
    ) -> Result<Option<i128>, Missing> {
        let mut both = |left: &Expression, right: &Expression| {
            let left = self.number(arena, op, object, left, each)?;
            Ok((left, self.number(arena, op, object, right, each)?))
        };
        let (left, right) = match expression {
            Expression::Number(number) => return Ok(Some(i128::from(*number))),
            Expression::Path(path) => return self.number_at(arena, op, object, path, each),
            Expression::Count(path) => {
                let range = self.range(arena, op, object, (path, Skip::None, COUNTED), each)?;
                return Ok(range.map(|range| range.count as i128));
            }
            Expression::Nonzero(path) => return self.nonzero(arena, op, object, path, each),
            Expression::Grid(path) => return self.grid(arena, op, object, path, each),
            Expression::Length(path) => return self.length(arena, op, object, path, each),
            Expression::Dimension(path, number) => {
                let number = if *number == EACH { each } else { *number };
                return self.dimension(arena, op, object, (path, number), each);
            }
            Expression::Sum(left, right)
            | Expression::Product(left, right)
            | Expression::Quotient(left, right) => both(left, right)?,
        };
        let (Some(left), Some(right)) = (left, right) else { return Ok(None) };
        let result = match expression {
            Expression::Sum(..) => left.checked_add(right),
            Expression::Product(..) => left.checked_mul(right),
            _ => left.checked_div(right),
        };
        // What is divided by nothing is none: then no index is right.
        Ok(Some(result.unwrap_or(0)))
    }

    /// How many integers of an array are not zero, or whether a number is not, of any size.
    fn nonzero(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<i128>, Missing> {
        let Some(value) = self.value_at(arena, op, object, path, each)? else { return Ok(None) };
        if let Made::Literal(literal) = arena.shape(value)
            && let Ok(Operand::Int(number)) = literal.operand()
        {
            return Ok(Some(i128::from(number.to_i64() != Some(0))));
        }
        let Some(owner) = self.through(arena, op, object, path)? else { return Ok(None) };
        let range = self.own_range(arena, op, &owner, (path, Skip::Value(0), NONZERO), each)?;
        Ok(range.map(|range| range.count as i128))
    }

    /// The number that a member is, or an item of it.
    fn number_at(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<i128>, Missing> {
        // What is in front of the first dimension has the length one.
        if let Item::At(number) = path.item
            && number < 0
            && self.tuple_length(arena, object, path)?.is_some_and(|all| number.unsigned_abs() > all)
        {
            return Ok(Some(1));
        }
        if let Some(number) = self.item_of_array(arena, op, object, path, each)? {
            return Ok(Some(number));
        }
        let Some(value) = self.value_at(arena, op, object, path, each)? else { return Ok(None) };
        let number = self.integer_of(arena, value, op).map_err(|why| (path.member.names, why))?;
        Ok(Some(i128::from(number)))
    }

    /// The product of the integers of a short array, each plus one.
    fn grid(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<i128>, Missing> {
        let Some(value) = self.value_at(arena, op, object, path, each)? else { return Ok(None) };
        let missing = |why| (path.member.names, why);
        let array = self.relied(arena, value, op).map_err(missing)?;
        let all = self.few_integers(arena, &array, op, MOST_ITEMS).map_err(missing)?;
        let product = all.iter().try_fold(1_i128, |all, &one| all.checked_mul(i128::from(one) + 1));
        Ok(Some(product.unwrap_or(i128::MAX)))
    }

    /// How long a member is: what is no array may have a length as well.
    fn length(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<i128>, Missing> {
        let Some(value) = self.value_at(arena, op, object, path, each)? else { return Ok(None) };
        if self.is_array(arena, value, op) || self.shape_of_sparse(arena, value, op).is_some() {
            return self.dimension(arena, op, object, (path, 0), each);
        }
        let length = self.length_of(arena, value, op, 0).map_err(|why| (path.member.names, why))?;
        Ok(Some(i128::from(length)))
    }

    /// How large an array is in the dimension of that number.
    fn dimension(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        (path, number): (&Path, usize),
        each: usize,
    ) -> Result<Option<i128>, Missing> {
        let Some(value) = self.value_at(arena, op, object, path, each)? else { return Ok(None) };
        let missing = |why| (path.member.names, why);
        let sparse = self.shape_of_sparse(arena, value, op);
        if let Some(Found::Value(shape)) = sparse {
            let size = arena.tuple(shape).and_then(|items| integer(arena, *items.get(number)?));
            let why = || missing(Unknown::because("has no shape that is known"));
            return size.map(|size| Some(i128::from(size))).ok_or_else(why);
        }
        let Array { shape, .. } = self.relied(arena, value, op).map_err(missing)?;
        let found = shape.get(number).copied().map(i128::from);
        found.map(Some).ok_or_else(|| missing(Unknown::because("has fewer dimensions")))
    }
}
