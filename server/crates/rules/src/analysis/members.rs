//! Whether the numbers of an object are what the code of its class believes ([`crate::policy::members_of`]).

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::array::{Array, Range, Unknown};
use super::{Analysis, Callee, EntryId, View};
use crate::policy::{Expression, Item, Low, Members, Needs, Path, Requirement, Skip, members_of};
use crate::rule::{Check, Kind};

/// An object, or a call, with numbers that its code must not be given.
#[derive(Debug)]
pub(crate) struct Misfit<'s, 'a> {
    pub(crate) op: &'s Op<'a>,
    /// The object, for [`View::render`].
    pub(crate) object: Value,
    /// The class or function.
    pub(crate) of: String,
    pub(crate) why: Why,
}

/// What is wrong with the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Why {
    /// This does not hold: the requirement, and what there is.
    Broken(&'static str, String),
    /// Whether it holds is not known: the requirement, the member, and why.
    Unknown(&'static str, &'static str, String),
    /// The constructor is called, which no pickler does, and which takes numbers as they are.
    Constructed,
    /// It is given a state again, or after others have taken over what it was.
    Changed,
}

/// Dimensions, or arrays in a tuple, that are gone through.
const MOST_ITEMS: usize = 64;

/// Fields of a dtype that are gone through.
const MOST_FIELDS: usize = 1 << 12;

/// What is known of an object: the arguments that made it, and its state.
struct Object<'m> {
    members: &'m Members,
    arguments: Option<Value>,
    state: Option<Value>,
}

/// A member that is not known, and why.
type Missing = (&'static str, Unknown);

impl<'a> Analysis<'_, 'a> {
    /// Judges a call of a global of which something is believed.
    pub(super) fn judge_numbers(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        arguments: Value,
        id: EntryId,
    ) {
        let names = &self.ledger.entry(id).names;
        let takes_dtype =
            matches!(names.name.as_ref(), "scalar" | "_frombuffer") && names.module.starts_with("numpy");
        let members = if self.has_members { members_of(&names.module, &names.name) } else { None };
        if takes_dtype {
            self.settle(arena, arena.tuple(arguments).unwrap_or_default());
        }
        let Some(members) = members else { return };
        let is_made_empty = matches!(op.opcode, Opcode::NewObj | Opcode::NewObjEx);
        if members.made_empty && !is_made_empty {
            self.tell_misfit(arena, op, call, id, Why::Constructed);
        }
        let object = Object { members, arguments: Some(arguments), state: None };
        let at_call = members.requirements.iter().filter(|requirement| requirement.at_call);
        if let Some(why) = at_call.into_iter().find_map(|one| self.broken(arena, op, &object, one)) {
            self.tell_misfit(arena, op, call, id, why);
        }
    }

    /// Judges the state that an object is given, if something is believed of its class.
    pub(super) fn judge_members(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value, state: Value) {
        if !self.has_members {
            return;
        }
        let Some(id) = self.owner(arena, target, op, 0) else { return };
        let names = &self.ledger.entry(id).names;
        let Some(members) = members_of(&names.module, &names.name) else { return };
        if is_none(arena, state) || members.requirements.iter().all(|requirement| requirement.at_call) {
            return;
        }
        let arguments = arena.call_of(target).map(|(_, arguments)| arguments);
        let object = Object { members, arguments, state: Some(state) };
        let later = members.requirements.iter().filter(|requirement| !requirement.at_call);
        if let Some(why) = later.into_iter().find_map(|one| self.broken(arena, op, &object, one)) {
            self.tell_misfit(arena, op, target, id, why);
        }
    }

    fn tell_misfit(&mut self, arena: &Arena<'a>, op: &Op<'a>, object: Value, of: EntryId, why: Why) {
        let of = self.ledger.entry(of).dotted();
        let misfit = Misfit { op, object, of, why };
        let view = View { arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Misfit, Some(self.pickle), |check, report| {
            if let Check::Misfit(check) = check {
                check(&view, &misfit, report);
            }
        });
    }

    /// Why a requirement does not hold, or may not.
    fn broken(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        requirement: &Requirement,
    ) -> Option<Why> {
        let unknown = |(member, why): Missing| match why {
            Unknown::Elsewhere => None,
            Unknown::Untold(why) => Some(Why::Unknown(requirement.text, member, why)),
        };
        let mut count = 1;
        if let Some(path) = requirement.kind.each() {
            match self.member(arena, object, path) {
                Ok(Some(value)) => match arena.tuple(value).map(<[Value]>::len) {
                    Some(items) if items <= MOST_ITEMS => count = items,
                    _ => {
                        return unknown((path.member, Unknown::because("is no tuple that the stream shows")));
                    }
                },
                Ok(None) => return None,
                Err(why) => return unknown(why),
            }
        }
        for each in 0..count {
            match self.holds(arena, op, object, requirement, each) {
                Ok(None) => {}
                Ok(Some(there)) => return Some(Why::Broken(requirement.text, there)),
                Err(why) => {
                    if let Some(why) = unknown(why) {
                        return Some(why);
                    }
                }
            }
        }
        None
    }

    /// Whether a requirement holds; what there is, if it does not.
    fn holds(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        requirement: &Requirement,
        each: usize,
    ) -> Result<Option<String>, Missing> {
        match &requirement.kind {
            Needs::Within { path, low, high, skip } => {
                let Some(range) = self.range(arena, op, object, requirement, path, *skip, each)? else {
                    return Ok(None);
                };
                if range.count == 0 {
                    return Ok(None);
                }
                let Some(high) = self.number(arena, op, object, high, each)? else { return Ok(None) };
                let is_low = match low {
                    Low::Number(low) => range.least < *low,
                    Low::BehindIndex => range.lead < 1,
                };
                let there = if is_low && *low == Low::BehindIndex {
                    "an item leads back".to_owned()
                } else if is_low {
                    format!("there is {}", range.least)
                } else {
                    format!("there is {}, and the bound is {high}", range.most)
                };
                Ok((is_low || i128::from(range.most) >= high).then_some(there))
            }
            Needs::Rises(path) => {
                let range = self.range(arena, op, object, requirement, path, Skip::None, each)?;
                Ok(range.filter(|range| !range.rises).map(|_| "it falls".to_owned()))
            }
            Needs::Equal(left, right) | Needs::AtLeast(left, right) => {
                let Some(left) = self.number(arena, op, object, left, each)? else { return Ok(None) };
                let Some(right) = self.number(arena, op, object, right, each)? else { return Ok(None) };
                let holds = match requirement.kind {
                    Needs::Equal(..) => left == right,
                    _ => left >= right,
                };
                Ok((!holds).then(|| format!("it is {left} and {right}")))
            }
        }
    }

    /// What the integers at a path come to; `None`: an object may be without them, and is.
    #[expect(clippy::too_many_arguments, reason = "what is asked, of what, and where it is looked up")]
    fn range(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        requirement: &Requirement,
        path: &Path,
        skip: Skip,
        each: usize,
    ) -> Result<Option<Range>, Missing> {
        let Some(value) = self.value_at(arena, object, path, each)? else { return Ok(None) };
        let missing = |why| (path.member, why);
        if path.field.is_none()
            && let Made::Literal(_) = arena.shape(value)
        {
            return self.integer_of(arena, value, op).map(|number| Some(Range::of(number))).map_err(missing);
        }
        // An array is read once, however many objects have it.
        let key = arena.origin(value).map(|at| (at, requirement.number));
        if let Some(range) = key.and_then(|key| self.ranges.get(&key)) {
            return Ok(Some(*range));
        }
        let array = self.array_of(arena, value, op).map_err(missing)?;
        let (number, other) = match skip {
            Skip::None => (None, None),
            Skip::Value(number) => (Some(number), None),
            Skip::Field(field, number) => (None, Some((field, number))),
        };
        let range = self.range_of(arena, &array, op, path.field, number, other).map_err(missing)?;
        self.ranges.extend(key.map(|key| (key, range)));
        Ok(Some(range))
    }

    /// A number; `None`: it is about a member that an object may be without, and is.
    fn number(
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
            Expression::Path(path) => {
                // What is in front of the first dimension has the length one.
                if let Item::At(number) = path.item
                    && number < 0
                    && self.tuple_length(arena, object, path)?.is_some_and(|all| number.unsigned_abs() > all)
                {
                    return Ok(Some(1));
                }
                let Some(value) = self.value_at(arena, object, path, each)? else { return Ok(None) };
                let number = self.integer_of(arena, value, op).map_err(|why| (path.member, why))?;
                return Ok(Some(i128::from(number)));
            }
            Expression::Length(path) | Expression::Dimension(path, _) => {
                let Some(value) = self.value_at(arena, object, path, each)? else { return Ok(None) };
                let number = if let Expression::Dimension(_, number) = expression { *number } else { 0 };
                if number == 0
                    && let Some(items) = arena.tuple(value)
                {
                    return Ok(Some(items.len() as i128));
                }
                let Array { shape, .. } =
                    self.array_of(arena, value, op).map_err(|why| (path.member, why))?;
                let found = shape.get(number).copied().map(i128::from);
                let why = || (path.member, Unknown::because("has fewer dimensions"));
                return found.map(Some).ok_or_else(why);
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

    fn tuple_length(
        &self,
        arena: &Arena<'a>,
        object: &Object<'_>,
        path: &Path,
    ) -> Result<Option<u64>, Missing> {
        let value = self.member(arena, object, path)?;
        Ok(value.and_then(|value| arena.tuple(value)).map(|items| items.len() as u64))
    }

    /// The value at a path; `None`: an object may be without it, and is.
    fn value_at(
        &self,
        arena: &Arena<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<Value>, Missing> {
        let Some(value) = self.member(arena, object, path)? else { return Ok(None) };
        let number = match path.item {
            Item::Whole => return Ok(Some(value)),
            Item::Each => i64::try_from(each).unwrap_or(i64::MAX),
            Item::At(number) => number,
        };
        let missing = |why: &str| (path.member, Unknown::because(why));
        let items = arena.tuple(value).ok_or_else(|| missing("is no tuple that the stream shows"))?;
        let at = if number < 0 { items.len() as i64 + number } else { number };
        let item = usize::try_from(at).ok().and_then(|at| items.get(at).copied());
        item.map(Some).ok_or_else(|| missing("has fewer items"))
    }

    /// A member: an argument, or part of the state.
    fn member(&self, arena: &Arena<'a>, object: &Object<'_>, path: &Path) -> Result<Option<Value>, Missing> {
        let name = path.member;
        let missing = |why: &str| (name, Unknown::because(why));
        let numbered = |names: &[&str]| names.iter().position(|one| *one == name);
        if let Some(number) = numbered(&object.members.arguments) {
            let items = object.arguments.and_then(|arguments| arena.tuple(arguments));
            let items = items.ok_or_else(|| missing("is among arguments that are not known"))?;
            return match items.get(number) {
                None if path.optional => Ok(None),
                item => item.copied().map(Some).ok_or_else(|| missing("is not among the arguments")),
            };
        }
        let state = object.state.ok_or_else(|| missing("is in no state that is known"))?;
        if let Some(number) = numbered(&object.members.state) {
            let items = arena.tuple(state).ok_or_else(|| missing("is in a state that is no tuple"))?;
            return match items.get(number) {
                None if path.optional => Ok(None),
                item => item.copied().map(Some).ok_or_else(|| missing("is not in the state")),
            };
        }
        match in_dicts(arena, state, name) {
            Found::Value(value) if path.optional && is_none(arena, value) => Ok(None),
            Found::Value(value) => Ok(Some(value)),
            Found::Nothing if path.optional => Ok(None),
            Found::Nothing => Err(missing("is not in the state")),
            Found::Untold => Err(missing("is in a state that the stream does not show")),
        }
    }

    /// Judges whether `BUILD` changes what others have taken over: an array has its dtype as it is, an object its arrays. None of
    /// them may have another state afterwards.
    pub(super) fn judge_change(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value, state: Value) {
        let Some((callee, _)) = arena.call_of(target) else { return };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return };
        let names = &self.ledger.entry(id).names;
        let is_numpy = names.module.starts_with("numpy");
        let dtypes: Vec<Value> = match names.name.as_ref() {
            // With a class of arrays that has a state of its own there is one tuple more.
            "_reconstruct" if is_numpy => arena.tuple(state).unwrap_or_default().to_vec(),
            "dtype" if is_numpy => dtypes_in(arena, state),
            "NumpyArrayWrapper" => match in_dicts(arena, state, "dtype") {
                Found::Value(dtype) => vec![dtype],
                _ => Vec::new(),
            },
            _ if self.has_members && members_of(&names.module, &names.name).is_some() => Vec::new(),
            _ => return,
        };
        let Some(at) = arena.origin(target) else { return };
        if !self.settled.insert(at) {
            self.tell_misfit(arena, op, target, id, Why::Changed);
        }
        self.settle(arena, &dtypes);
    }

    /// Notes that dtypes among values may not change any more, whether they were given a state or not.
    fn settle(&mut self, arena: &Arena<'a>, values: &[Value]) {
        let made = values.iter().filter(|&&value| arena.call_of(value).is_some());
        self.settled.extend(made.filter_map(|&value| arena.origin(value)));
    }
}

/// The dtypes of the fields of a dtype, and that of which it is a row.
fn dtypes_in(arena: &Arena<'_>, state: Value) -> Vec<Value> {
    let Some(items) = arena.tuple(state).filter(|items| items.len() >= 5) else { return Vec::new() };
    let first = |value: Value| arena.tuple(value).and_then(|items| items.first().copied());
    let fields = match arena.shape(items[4]) {
        Made::Container(Collection::Dict, Some(contents)) => contents.pairs.as_slice(),
        _ => &[],
    };
    let fields = fields.iter().skip(1).step_by(2).take(MOST_FIELDS);
    fields.filter_map(|&field| first(field)).chain(first(items[2])).collect()
}

/// What a state has under a name.
enum Found {
    Value(Value),
    Nothing,
    /// It may have more than is shown.
    Untold,
}

/// What a state gives a name: a dict, or a dict and slots.
fn in_dicts(arena: &Arena<'_>, state: Value, name: &str) -> Found {
    let parts: &[Value] = match arena.tuple(state) {
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

fn is_none(arena: &Arena<'_>, value: Value) -> bool {
    matches!(arena.shape(value), Made::Literal(op) if op.opcode == Opcode::None)
}
