//! Members of objects: arguments, what is in states, and what others hold.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::{MOST_LEVELS, Missing, Object, UNKNOWN, is_none};
use crate::analysis::Analysis;
use crate::analysis::array::Unknown;
use crate::policy::{Item, Member, Path, members_of};

/// Objects that are looked at because others hold them, in a pickle.
pub(super) const MOST_HELD: usize = 1 << 20;

impl<'a> Analysis<'_, 'a> {
    /// The objects that a value is or holds: in lists, tuples and arrays of objects. A dict is one by itself.
    pub(super) fn held_in(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        value: Value,
        held: &mut Vec<Value>,
        level: usize,
    ) -> Result<(), Unknown> {
        self.tally.held += 1;
        if self.tally.held > MOST_HELD || level > MOST_LEVELS {
            return Err(Unknown::because("holds more than is looked at"));
        }
        let items = match arena.shape(value) {
            Made::Tuple(items) => items,
            Made::Container(Collection::List, contents) => {
                contents.map(|contents| contents.items.as_slice()).unwrap_or_default()
            }
            Made::Call { contents, .. } if self.is_array(arena, value, op) => {
                let state = contents.and_then(|contents| contents.state).and_then(|state| arena.tuple(state));
                match state.and_then(<[Value]>::last) {
                    Some(items) => std::slice::from_ref(items),
                    // The objects are in a pickle of their own, behind the wrapper or in a file beside.
                    None => return Ok(()),
                }
            }
            Made::Call { .. } | Made::Container(Collection::Dict, _) => {
                held.push(value);
                return Ok(());
            }
            _ => return Ok(()),
        };
        items.iter().try_for_each(|&item| self.held_in(arena, op, item, held, level + 1))
    }

    /// The objects whose member a path is about, where others hold them.
    pub(super) fn held_at<'m>(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'m>,
        path: &Path,
    ) -> Result<Vec<Object<'m>>, Missing> {
        let mut objects = vec![*object];
        for member in &path.through {
            let mut held = Vec::new();
            for object in &objects {
                if let Some(value) = self.member(arena, object, *member)? {
                    self.held_in(arena, op, value, &mut held, 0).map_err(|why| (member.names, why))?;
                }
            }
            objects = held.into_iter().map(|value| self.object(arena, op, value)).collect();
        }
        Ok(objects)
    }

    /// What is known of an object that another one holds. It must not be given another state afterwards.
    pub(super) fn object(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> Object<'static> {
        let Some((_, arguments)) = arena.call_of(value) else {
            return Object { members: &UNKNOWN, arguments: None, state: Some(value) };
        };
        let members = self.owner(arena, value, op, 0).and_then(|id| {
            let names = &self.ledger.entry(id).names;
            members_of(&names.module, &names.name)
        });
        let state = arena.contents_of_call(value).and_then(|contents| contents.state);
        if let Some(made) = arena.origin(value) {
            self.looked_at.insert(made);
        }
        Object { members: members.unwrap_or(&UNKNOWN), arguments: Some(arguments), state }
    }

    /// The object whose member a path is about, where dicts and objects lead to it.
    pub(super) fn through<'m>(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'m>,
        path: &Path,
    ) -> Result<Option<Object<'m>>, Missing> {
        let mut owner = *object;
        for (at, member) in path.through.iter().enumerate() {
            let Some(value) = self.member(arena, &owner, *member)? else { return Ok(None) };
            // A text has no members: that is an exception.
            if member.optional && matches!(arena.shape(value), Made::Literal(_)) {
                return Ok(None);
            }
            let is_one =
                matches!(arena.shape(value), Made::Container(Collection::Dict, _) | Made::Call { .. });
            owner = self.object(arena, op, value);
            let next = path.through.get(at + 1).unwrap_or(&path.member);
            let is_argument = next.names.split('|').any(|name| owner.members.arguments.contains(&name));
            if !is_one || owner.state.is_none() && !is_argument {
                return Err((member.names, Unknown::because("is no dict that the stream shows")));
            }
        }
        Ok(Some(owner))
    }

    /// The value at a path; `None`: an object may be without it, and is.
    pub(super) fn value_at(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<Value>, Missing> {
        match self.through(arena, op, object, path)? {
            Some(owner) => self.value_in(arena, &owner, path, each),
            None => Ok(None),
        }
    }

    /// The same without what leads to the object.
    pub(super) fn value_in(
        &self,
        arena: &Arena<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<Value>, Missing> {
        let Some(value) = self.member(arena, object, path.member)? else { return Ok(None) };
        let number = match path.item {
            Item::Whole => return Ok(Some(value)),
            Item::Each => i64::try_from(each).unwrap_or(i64::MAX),
            Item::At(number) => number,
        };
        let missing = |why: &str| (path.member.names, Unknown::because(why));
        let items = items_of(arena, value).ok_or_else(|| missing("is no tuple that the stream shows"))?;
        let at = if number < 0 { items.len() as i64 + number } else { number };
        let item = usize::try_from(at).ok().and_then(|at| items.get(at).copied());
        if path.member.optional && item.is_some_and(|item| is_none(arena, item)) {
            return Ok(None);
        }
        item.map(Some).ok_or_else(|| missing("has fewer items"))
    }

    pub(super) fn tuple_length(
        &self,
        arena: &Arena<'a>,
        object: &Object<'_>,
        path: &Path,
    ) -> Result<Option<u64>, Missing> {
        let value = self.member(arena, object, path.member)?;
        Ok(value.and_then(|value| arena.tuple(value)).map(|items| items.len() as u64))
    }

    /// A member: an argument, or part of the state; the first of several names that there is.
    pub(super) fn member(
        &self,
        arena: &Arena<'a>,
        object: &Object<'_>,
        member: Member,
    ) -> Result<Option<Value>, Missing> {
        let mut first = Ok(None);
        for name in member.names.split('|') {
            match Self::named(arena, object, name) {
                Ok(value) if member.optional && is_none(arena, value) => return Ok(None),
                Ok(value) => return Ok(Some(value)),
                Err(None) => {}
                Err(Some(why)) => first = Err((member.names, Unknown::because(why))),
            }
        }
        match first {
            Ok(_) if !member.optional => Err((member.names, Unknown::because("is not in the state"))),
            other => other,
        }
    }

    /// A member by its name; `None`: there is none, otherwise why that is not known.
    pub(super) fn named(
        arena: &Arena<'a>,
        object: &Object<'_>,
        name: &str,
    ) -> Result<Value, Option<&'static str>> {
        let numbered = |names: &[&str]| names.iter().position(|one| *one == name);
        if let Some(number) = numbered(&object.members.arguments) {
            let items = object.arguments.and_then(|arguments| arena.tuple(arguments));
            let items = items.ok_or(Some("is among arguments that are not known"))?;
            return items.get(number).copied().ok_or(None);
        }
        let state = object.state.ok_or(None)?;
        let numbers = numbered(&object.members.state);
        if let (Some(number), Some(items)) = (numbers, arena.tuple(state)) {
            return items.get(number).copied().ok_or(None);
        }
        // A tuple whose items have names may have dicts among them.
        let dict = arena.tuple(state).filter(|_| !object.members.state.is_empty());
        if let Some(items) = dict {
            let is_dict = |item: &&Value| matches!(arena.shape(**item), Made::Container(Collection::Dict, _));
            return items
                .iter()
                .filter(is_dict)
                .find_map(|&item| match in_dicts(arena, item, name) {
                    Found::Value(value) => Some(value),
                    _ => None,
                })
                .ok_or(None);
        }
        match in_dicts(arena, state, name) {
            Found::Value(value) => Ok(value),
            Found::Nothing => Err(None),
            Found::Untold => Err(Some("is in a state that the stream does not show")),
        }
    }
}

/// The items of a tuple, or of a list all of whose items are kept.
pub(super) fn items_of<'s>(arena: &'s Arena<'_>, value: Value) -> Option<&'s [Value]> {
    match arena.shape(value) {
        Made::Tuple(items) => Some(items),
        Made::Container(Collection::List, Some(contents)) | Made::Call { contents: Some(contents), .. }
            if contents.dropped == 0 && !contents.items.is_empty() =>
        {
            Some(&contents.items)
        }
        _ => None,
    }
}

/// What a state has under a name.
pub(super) enum Found {
    Value(Value),
    Nothing,
    /// It may have more than is shown.
    Untold,
}

/// What a state gives a name: a dict. Attributes for slots are set one by one, and what sets one can change others.
pub(super) fn in_dicts(arena: &Arena<'_>, state: Value, name: &str) -> Found {
    let parts: &[Value] = match arena.tuple(state) {
        Some(&[_, slots]) if !is_none(arena, slots) => return Found::Untold,
        Some(parts @ [_, _]) => parts,
        _ => &[state],
    };
    let mut found = Found::Nothing;
    for &part in parts {
        let contents = match arena.shape(part) {
            Made::Container(Collection::Dict, contents) => contents,
            _ if is_none(arena, part) => continue,
            _ => return Found::Untold,
        };
        let pairs = contents.map(|contents| contents.pairs.as_slice()).unwrap_or_default();
        let is_name = |key: Value| arena.text(key).is_some_and(|text| text == name);
        if let Some(pair) = pairs.chunks_exact(2).rfind(|pair| is_name(pair[0])) {
            found = Found::Value(pair[1]);
        }
    }
    found
}
