//! What else objects hold: integers in dicts, integers in short arrays, objects of a class.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Operand};

use super::{MOST_ITEMS, Missing, Object, is_none};
use crate::analysis::array::{Range, Unknown, integer};
use crate::analysis::{Analysis, Callee};
use crate::policy::{Item, Path};

/// What is a number with a point, or a complex one.
const FLOAT: &str = "builtins.float";
/// A dict; what is none may be one by another class.
const DICT: &str = "builtins.dict";
/// A set, made by an op or by its name.
const SET: &str = "builtins.set";
const COMPLEX: &str = "builtins.complex";
/// A text that the stream shows.
const TEXT: &str = "builtins.str";
/// What gives a type by its name.
const TYPE_OF_DILL: &str = "dill._dill._load_type";
/// Ops of dicts that are read again, in a pickle.
const MOST_OPS: usize = 1 << 26;

/// Whether a value is a constant with a point.
fn is_float(arena: &Arena<'_>, value: Value) -> bool {
    matches!(arena.shape(value), Made::Literal(op) if matches!(op.operand(), Ok(Operand::Float(_))))
}

/// What the integers come to that are the values of a dict.
fn values_in(arena: &Arena<'_>, dict: Value) -> Range {
    let Made::Container(Collection::Dict, contents) = arena.shape(dict) else { return Range::EMPTY };
    let pairs = contents.map(|contents| contents.pairs.as_slice()).unwrap_or_default();
    let mut range = Range::EMPTY;
    for pair in pairs.chunks_exact(2) {
        match number(arena, pair[1]) {
            Some(number) => range = range.joined(Range::of(number)),
            // It may be any of them.
            None => range.count += 1,
        }
    }
    range
}

/// An integer, or one of numpy's: what makes those is in the memo, their bytes are not.
fn number(arena: &Arena<'_>, value: Value) -> Option<i64> {
    if let Some(number) = integer(arena, value) {
        return Some(number);
    }
    let (_, arguments) = arena.call_of(value)?;
    let &[_, bytes] = arena.tuple(arguments)? else { return None };
    let Made::Literal(op) = arena.shape(bytes) else { return None };
    match op.operand() {
        Ok(Operand::Bytes(bytes)) => match *bytes {
            [a, b, c, d] => Some(i32::from_le_bytes([a, b, c, d]).into()),
            [a, b, c, d, e, f, g, h] => Some(i64::from_le_bytes([a, b, c, d, e, f, g, h])),
            _ => None,
        },
        _ => None,
    }
}

impl<'a> Analysis<'_, 'a> {
    /// What the integers come to that are the values of a dict. They are plain data, which is not kept: it is read again.
    pub(super) fn values(&mut self, arena: &Arena<'a>, dict: Value) -> Result<Range, Unknown> {
        if !matches!(arena.shape(dict), Made::Container(Collection::Dict, _)) {
            return Err(Unknown::Elsewhere);
        }
        self.rely_on(arena, dict)?;
        let left = MOST_OPS.saturating_sub(self.tally.again);
        match arena.reread_all(dict, left) {
            Some((again, dict, ops)) => {
                self.tally.again += ops;
                Ok(values_in(&again, dict))
            }
            None => {
                self.tally.again = MOST_OPS;
                Err(Unknown::because("has more in it than is looked at"))
            }
        }
    }

    /// The integer at a place of a short array; `None`: the path leads to something else.
    pub(super) fn item_of_array(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<i128>, Missing> {
        if path.item != Item::Each {
            return Ok(None);
        }
        let Some(owner) = self.through(arena, op, object, path)? else { return Ok(None) };
        let Some(value) = self.member(arena, &owner, path.member)? else { return Ok(None) };
        if !self.is_array(arena, value, op) {
            return Ok(None);
        }
        let missing = |why| (path.member.names, why);
        let array = self.relied(arena, value, op).map_err(missing)?;
        let all = self.few_integers(arena, &array, op, MOST_ITEMS).map_err(missing)?;
        let found = all.get(each).copied().map(i128::from);
        found.map(Some).ok_or_else(|| missing(Unknown::because("has fewer items")))
    }

    /// Whether all that a path leads to was made by a class; what there is, if not. Compiled code takes it for that without a look.
    pub(super) fn is_of(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        class: &str,
    ) -> Result<Option<String>, Missing> {
        for object in self.held_at(arena, op, object, path)? {
            // What has no such attribute is no such object: that is an exception.
            let named =
                path.member.names.split('|').find_map(|name| {
                    Some(Self::named(arena, &object, name)).filter(|found| *found != Err(None))
                });
            let value = match named {
                Some(Ok(value)) if path.member.optional && is_none(arena, value) => continue,
                Some(Ok(value)) => value,
                Some(Err(Some(why))) => return Err((path.member.names, Unknown::because(why))),
                _ => continue,
            };
            if let Some(there) =
                self.other_than(arena, op, value, class).map_err(|why| (path.member.names, why))?
            {
                return Ok(Some(format!("`{path}` is {there}, and has to be a `{class}`")));
            }
        }
        Ok(None)
    }

    /// What a value is that was not made by a class; the class may be all of a package (`package.*`), a number with a point, a text, a set, or a
    /// dict, of which it is only known that something else may be one as well.
    fn other_than(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        value: Value,
        class: &str,
    ) -> Result<Option<String>, Unknown> {
        let owner = arena.call_of(value).and_then(|_| self.owner(arena, value, op, 0));
        let made_by = owner.map(|id| self.ledger.entry(id).dotted());
        if let Some(package) = class.strip_suffix('*') {
            // dill names types of builtins in a way of its own.
            let is_named = arena.is_global(value) || made_by.as_deref() == Some(TYPE_OF_DILL);
            let named = match self.resolve(arena, value, op, 1) {
                Callee::Known(id) if is_named => Some(self.ledger.entry(id).dotted()),
                _ => made_by,
            };
            let is_of_package = named.is_some_and(|name| name.starts_with(package));
            return if is_of_package {
                Ok(None)
            } else {
                Err(Unknown::because(format!("is none of `{class}`")))
            };
        }
        if class == DICT {
            let is_dict = matches!(arena.shape(value), Made::Container(Collection::Dict, _));
            // A pickle may have thousands that are none, for the same reason: it is told once.
            let is_told = is_dict || std::mem::replace(&mut self.tally.no_dict, true);
            return if is_told { Ok(None) } else { Err(Unknown::because("is no dict")) };
        }
        let is_set = class == SET && matches!(arena.shape(value), Made::Container(Collection::Set, _));
        let is_number = class == FLOAT && (is_float(arena, value) || made_by.as_deref() == Some(COMPLEX));
        let is_text = class == TEXT && arena.text(value).is_some();
        let is_it = is_number || is_set || is_text || made_by.as_deref() == Some(class);
        Ok((!is_it).then(|| made_by.map_or_else(|| "something else".to_owned(), |by| format!("a `{by}`"))))
    }

    /// Whether a dict has objects of a class by places, which compiled code adds to where it writes.
    pub(super) fn has_places(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        class: &str,
    ) -> Result<Option<String>, Missing> {
        let Some(dict) = self.value_at(arena, op, object, path, 0)? else { return Ok(None) };
        let missing = |why| (path.member.names, why);
        let Made::Container(Collection::Dict, contents) = arena.shape(dict) else {
            return Err(missing(Unknown::because("is no dict that the stream shows")));
        };
        let Some(contents) = contents else { return Ok(None) };
        if contents.dropped > 0 {
            return Ok(Some(format!("`{path}` has what is no `{class}`")));
        }
        for pair in contents.pairs.chunks_exact(2) {
            let place = self.integers_in(arena, op, pair[0], 0).map_err(missing)?;
            if place.least < 0 {
                return Ok(Some(format!("`{path}` has a place before the first: {}", place.least)));
            }
            if let Some(there) = self.other_than(arena, op, pair[1], class).map_err(missing)? {
                return Ok(Some(format!("`{path}` has {there}, and has to have a `{class}`")));
            }
        }
        Ok(None)
    }

    /// Whether two members are one object.
    pub(super) fn is_same(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        (path, of): (&Path, &Path),
    ) -> Result<Option<String>, Missing> {
        let Some(value) = self.value_at(arena, op, object, path, 0)? else { return Ok(None) };
        let Some(other) = self.value_at(arena, op, object, of, 0)? else { return Ok(None) };
        let made = arena.origin(value);
        let is_one = value == other || made.is_some() && made == arena.origin(other);
        Ok((!is_one).then(|| format!("`{path}` is another object than `{of}`")))
    }

    /// Whether dicts have methods of a class, each by its own name, and nothing else: the class takes them for all of its objects.
    pub(super) fn has_methods(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        class: &str,
    ) -> Result<Option<String>, Missing> {
        for object in self.held_at(arena, op, object, path)? {
            let Some(dict) = self.member(arena, &object, path.member)? else { continue };
            let Made::Container(Collection::Dict, contents) = arena.shape(dict) else {
                return Err((path.member.names, Unknown::because("is no dict that the stream shows")));
            };
            self.rely_on(arena, dict).map_err(|why| (path.member.names, why))?;
            let Some(contents) = contents else { continue };
            for pair in contents.pairs.chunks_exact(2) {
                let own = arena.text(pair[0]).map(|name| format!("{class}.{name}"));
                let named = match self.resolve(arena, pair[1], op, 1) {
                    Callee::Known(id) => Some(self.ledger.entry(id).dotted()),
                    _ => None,
                };
                if own.is_none() || own != named {
                    return Ok(Some(format!(
                        "`{path}` has others than the methods of `{class}` by their names"
                    )));
                }
            }
            if contents.dropped > 0 {
                return Ok(Some(format!("`{path}` has what is no method")));
            }
        }
        Ok(None)
    }
}
