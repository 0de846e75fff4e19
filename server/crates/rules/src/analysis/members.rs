//! Whether the numbers of an object are what the code of its class believes ([`crate::policy::members_of`]).

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::array::{Range, Unknown, integer};
use super::{Analysis, EntryId, View};
use crate::boosters::Format;
use crate::policy::{
    CountKind, Expression, Field, Is, Low, Members, Needs, Path, Requirement, Skip, Unless, Words, members_of,
};
use crate::rule::{Check, Kind};
use lookup::items_of;

mod called;
mod changes;
mod counts;
mod dicts;
mod empty;
mod grids;
mod interpolation;
mod lengths;
mod listed;
mod lookup;
mod models;
mod numbers;
mod stateless;
mod sums;
mod texts;

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
    /// This does not hold: the requirement, and what there is, as a sentence.
    Broken(String, String),
    /// Whether it holds is not known: the requirement, the member, and why.
    Unknown(String, &'static str, String),
    /// A member leads to a file that is none of those that it is about: why, as a sentence.
    Leads(String),
    /// A text does more than to name something when it is read: why, as a sentence.
    Text(String),
    /// An object that the program has is given another state than it has: why, as a sentence.
    Renamed(String),
    /// Its values refer to each other, and come to more than anybody waits for: why, as a sentence.
    Expands(String),
    /// The constructor is called, which no pickler does, and which takes numbers as they are.
    Constructed,
    /// The constructor is not called, which picklers do.
    Unmade,
    /// It is created with arguments, which picklers do not do.
    Given,
    /// A member that is a number of steps, or a size, is one that no file needs: from `most` on; or those that it holds come to that,
    /// multiplied.
    Excess { member: &'static str, number: i64, most: i64, kind: CountKind },
    /// Whether one is, is not known: the member, and why.
    Uncounted(&'static str, String),
    /// It has no state, and so have too many others before it.
    Stateless,
    /// Its state was made before it, of which plain members are not known.
    Earlier,
    /// It is given a state again, or after others have taken over what it was.
    Changed,
}

/// Dimensions, or arrays in a tuple, that are gone through.
const MOST_ITEMS: usize = 64;

/// What stands for the number of a requirement where integers are counted.
const COUNTED: u32 = u32::MAX;

/// The same where those are counted that are not zero.
const NONZERO: u32 = u32::MAX - 2;

/// Levels of lists, tuples and arrays of objects around them.
const MOST_LEVELS: usize = 4;

/// What is known of an object: the arguments that made it, and its state.
#[derive(Clone, Copy)]
struct Object<'m> {
    members: &'m Members,
    arguments: Option<Value>,
    state: Option<Value>,
}

/// Of what nothing is known.
static UNKNOWN: Members = Members::NONE;

/// A member that is not known, and why.
type Missing = (&'static str, Unknown);

/// A bound, and what it is the value of.
fn named(expression: &Expression, value: i128) -> String {
    match expression {
        Expression::Number(_) => value.to_string(),
        computed => format!("{value}, which is {}", Words(computed)),
    }
}

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
        let takes_buffer = names.name == "_frombuffer";
        let takes_dtype =
            matches!(names.name.as_ref(), "scalar" | "_frombuffer") && names.module.starts_with("numpy");
        let members = if self.ledger.has_members() { members_of(&names.module, &names.name) } else { None };
        let items = arena.tuple(arguments).unwrap_or_default();
        if takes_dtype {
            self.settle(arena, items);
        }
        if takes_buffer && self.is_shared(arena, items) {
            self.tell_misfit(arena, op, call, id, Why::Changed);
        }
        let Some(members) = members else {
            self.judge_arrow(arena, op, call, arguments, id);
            self.judge_tensors(arena, op, call, items, id);
            self.judge_given(arena, op, items, id);
            return;
        };
        let is_made_empty = matches!(op.opcode, Opcode::NewObj | Opcode::NewObjEx);
        if members.made_empty && !is_made_empty {
            self.tell_misfit(arena, op, call, id, Why::Constructed);
        }
        if members.made_by_call && is_made_empty {
            self.tell_misfit(arena, op, call, id, Why::Unmade);
        }
        if members.made_bare && (!items.is_empty() || op.opcode == Opcode::NewObjEx) {
            self.tell_misfit(arena, op, call, id, Why::Given);
        }
        if members.always_needs_state || members.needs_state && is_made_empty {
            self.wait_for_state(arena, op, call, id);
        }
        let object = Object { members, arguments: Some(arguments), state: None };
        let at_call = members.requirements.iter().filter(|requirement| requirement.at_call);
        if let Some(why) = at_call.into_iter().find_map(|one| self.broken(arena, op, &object, one)) {
            self.tell_misfit(arena, op, call, id, why);
        }
    }

    /// Judges the state that an object is given, if something is believed of its class.
    pub(super) fn judge_members(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value, state: Value) {
        if !self.ledger.has_members() {
            return;
        }
        if let Some(made) = arena.origin(target) {
            self.tally.stateless.remove(&made);
        }
        let Some(id) = self.owner(arena, target, op, 0) else { return };
        self.judge_counts(arena, op, target, state, id);
        let names = &self.ledger.entry(id).names;
        let members = members_of(&names.module, &names.name);
        if self.is_earlier(arena, state)
            && (self.ledger.entry(id).counts.is_some() || members.is_some_and(Members::asks_for_keys))
        {
            self.tell_misfit(arena, op, target, id, Why::Earlier);
        }
        let Some(members) = members else { return };
        if is_none(arena, state) || members.requirements.iter().all(|requirement| requirement.at_call) {
            return;
        }
        if members.no_dict && matches!(arena.shape(state), Made::Container(Collection::Dict, _)) {
            return;
        }
        let there = arena.tuple(state).map_or(members.least, <[Value]>::len);
        if there < members.least {
            let needed = format!("its state has {} items", members.least);
            let why = format!("its state has {there}, and has to have at least {}", members.least);
            self.tell_misfit(arena, op, target, id, Why::Broken(needed, why));
            return;
        }
        let arguments = arena.call_of(target).map(|(_, arguments)| arguments);
        let object = Object { members, arguments, state: Some(state) };
        let later = members.requirements.iter().filter(|requirement| !requirement.at_call);
        if let Some(why) = later.into_iter().find_map(|one| self.broken(arena, op, &object, one)) {
            self.tell_misfit(arena, op, target, id, why);
        }
    }

    /// Whether a dict of a state was made before any class of which members are looked at was named. Picklers write it behind the
    /// object, so that what was plain in it is not kept.
    pub(super) fn is_earlier(&self, arena: &Arena<'a>, state: Value) -> bool {
        let parts = arena.tuple(state).unwrap_or(std::slice::from_ref(&state));
        parts.iter().any(|&part| {
            matches!(arena.shape(part), Made::Container(Collection::Dict, _))
                && arena.origin(part).is_some_and(|made| self.ledger.is_before_asked(made))
        })
    }

    pub(super) fn tell_misfit(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: Value,
        of: EntryId,
        why: Why,
    ) {
        let of = self.ledger.entry(of).dotted();
        let misfit = Misfit { op, object, of, why };
        let view = View { arena, ledger: &self.ledger };
        self.dispatch.each(Kind::Misfit, Some(self.pickle), |check, report| {
            if let Check::Misfit(check) = check {
                check(&view, &misfit, report);
            }
        });
    }

    /// Whether a requirement need not hold for an object.
    fn holds_unless(&mut self, arena: &Arena<'a>, op: &Op<'a>, object: &Object<'_>, unless: &Unless) -> bool {
        let Ok(value) = self.value_at(arena, op, object, &unless.member, 0) else { return false };
        value.is_some_and(|value| {
            let is_text = |name| arena.text(value).is_some_and(|text| text == name);
            match unless.is {
                Is::Text(name) => is_text(name),
                Is::TextOrFunction(name) => {
                    is_text(name) || arena.is_global(value) || arena.call_of(value).is_some()
                }
                Is::Number(number) => integer(arena, value) == Some(number),
                Is::Bit(bit, there) => {
                    integer(arena, value).is_some_and(|number| (number & bit != 0) == there)
                }
            }
        })
    }

    /// Why a requirement does not hold, or may not.
    fn broken(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        requirement: &Requirement,
    ) -> Option<Why> {
        if let Some(unless) = &requirement.unless
            && self.holds_unless(arena, op, object, unless)
        {
            return None;
        }
        let unknown = |(member, why): Missing| match why {
            Unknown::Elsewhere => None,
            Unknown::Untold(why) => Some(Why::Unknown(requirement.kind.to_string(), member, why)),
        };
        let mut count = 1;
        if let Some(path) = requirement.kind.each() {
            let owner = match self.through(arena, op, object, path) {
                Ok(Some(owner)) => owner,
                Ok(None) => return None,
                Err(why) => return unknown(why),
            };
            match self.member(arena, &owner, path.member) {
                Ok(Some(value)) => match self.count_of(arena, op, value) {
                    Some(items) if items <= MOST_ITEMS => count = items,
                    _ => {
                        return unknown((
                            path.member.names,
                            Unknown::because("is no tuple that the stream shows"),
                        ));
                    }
                },
                Ok(None) => return None,
                Err(why) => return unknown(why),
            }
        }
        for each in 0..count {
            match self.holds(arena, op, object, requirement, each) {
                Ok(None) => {}
                Ok(Some(there)) if matches!(requirement.kind, Needs::Holds(_, Format::ShardName)) => {
                    return Some(Why::Leads(there));
                }
                Ok(Some(there)) if matches!(requirement.kind, Needs::Holds(_, Format::CoordinateSystem)) => {
                    return Some(Why::Text(there));
                }
                Ok(Some(there)) if matches!(requirement.kind, Needs::Texts { .. } | Needs::Only(_)) => {
                    return Some(Why::Renamed(there));
                }
                Ok(Some(there)) if matches!(requirement.kind, Needs::Resolves(_)) => {
                    return Some(Why::Expands(there));
                }
                Ok(Some(there)) => return Some(Why::Broken(requirement.kind.to_string(), there)),
                Err(why) => {
                    if let Some(why) = unknown(why) {
                        return Some(why);
                    }
                }
            }
        }
        None
    }

    /// How many items there are to be gone through: in a tuple, a list, an array.
    fn count_of(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> Option<usize> {
        if self.is_array(arena, value, op) {
            let length = self.array_of(arena, value, op).ok()?.shape.first().copied()?;
            return usize::try_from(length).ok();
        }
        items_of(arena, value).map(<[Value]>::len)
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
                let asked = (path, *skip, requirement.number);
                let Some(range) = self.range(arena, op, object, asked, each)? else {
                    return Ok(None);
                };
                if range.count == 0 {
                    return Ok(None);
                }
                let Some(bound) = self.number(arena, op, object, high, each)? else { return Ok(None) };
                let path = Words(path);
                Ok(match low {
                    Low::BehindIndex if range.lead < 1 => {
                        Some(format!("{path} leads from an item back to itself or to one before it"))
                    }
                    Low::Number(low) if range.least < *low => {
                        Some(format!("{path} goes down to {}, and has to be {low} or more", range.least))
                    }
                    _ if i128::from(range.most) >= bound => Some(format!(
                        "{path} reaches {}, and has to be less than {}",
                        range.most,
                        named(high, bound)
                    )),
                    _ => None,
                })
            }
            Needs::Rises(path) => {
                let range = self.range(arena, op, object, (path, Skip::None, requirement.number), each)?;
                let falls = range.filter(|range| !range.rises);
                Ok(falls.map(|_| format!("{} falls from one item to the next, and must not", Words(path))))
            }
            Needs::Absent(path) => {
                let there = self.value_at(arena, op, object, path, each)?;
                Ok(there.map(|_| format!("{} is there, and must not be", Words(path))))
            }
            Needs::Texts { path, of, all } => self.has_texts(arena, op, object, (path, of), *all),
            Needs::Methods(path, class) => self.has_methods(arena, op, object, path, class),
            Needs::Short(path) => self.is_short(arena, op, object, path),
            Needs::Named(path) => self.has_names(arena, op, object, path),
            Needs::Placed(path, class) => self.has_places(arena, op, object, path, class),
            Needs::Same(path, of) => self.is_same(arena, op, object, (path, of)),
            Needs::Only(names) => self.has_only(arena, object, names),
            Needs::Is(path, class) => self.is_of(arena, op, object, path, class),
            Needs::Adds(path, class) => self.adds_up(arena, op, object, path, class),
            Needs::Resolves(path) => self.expands(arena, object, path),
            Needs::Holds(path, format) => self.holds_model(arena, op, object, path, *format),
            Needs::Equal(left, right, Some(other)) => {
                let Some(there) = self.number(arena, op, object, left, each)? else { return Ok(None) };
                let mut bounds = Vec::new();
                for bound in [right, other] {
                    let Some(number) = self.number(arena, op, object, bound, each)? else { return Ok(None) };
                    if there == number {
                        return Ok(None);
                    }
                    bounds.push(named(bound, number));
                }
                Ok(Some(format!("{} is {there}, and has to be {}", Words(left), bounds.join(" or "))))
            }
            Needs::Equal(left, right, None) | Needs::AtLeast(left, right) => {
                let Some(there) = self.number(arena, op, object, left, each)? else { return Ok(None) };
                let Some(bound) = self.number(arena, op, object, right, each)? else { return Ok(None) };
                let (holds, least) = match requirement.kind {
                    Needs::Equal(..) => (there == bound, ""),
                    _ => (there >= bound, "at least "),
                };
                let what = Words(left);
                Ok((!holds)
                    .then(|| format!("{what} is {there}, and has to be {least}{}", named(right, bound))))
            }
        }
    }

    /// What the integers at a path come to; `None`: an object may be without them, and is.
    fn range(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        asked: (&Path, Skip, u32),
        each: usize,
    ) -> Result<Option<Range>, Missing> {
        let (path, ..) = asked;
        if path.through.is_empty() {
            return self.own_range(arena, op, object, asked, each);
        }
        let objects = self.held_at(arena, op, object, path)?;
        let mut all = Range::EMPTY;
        for object in &objects {
            match self.own_range(arena, op, object, asked, each) {
                Ok(range) => all = all.joined(range.unwrap_or(Range::EMPTY)),
                // What is known of the others holds, but for how many there are.
                Err((_, Unknown::Elsewhere)) if asked.2 != COUNTED => {}
                Err((member, Unknown::Untold(_)))
                    if std::ptr::eq(object.members, &raw const UNKNOWN) && object.state.is_none() =>
                {
                    return Err((member, Unknown::Elsewhere));
                }
                Err(missing) => return Err(missing),
            }
        }
        Ok(Some(all))
    }

    /// The same of an object itself.
    fn own_range(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        (path, skip, number): (&Path, Skip, u32),
        each: usize,
    ) -> Result<Option<Range>, Missing> {
        let Some(value) = self.value_in(arena, object, path, each)? else { return Ok(None) };
        let missing = |why| (path.member.names, why);
        // An array is read once, however many objects have it.
        let key = arena.origin(value).map(|at| (at, number));
        if let Some(range) = key.and_then(|key| self.ranges.get(&key)) {
            return Ok(Some(*range));
        }
        let range = if path.field == Some(Field::Listed) {
            self.integers_in(arena, op, value, 0).map_err(missing)?
        } else if path.field == Some(Field::Values) {
            self.values(arena, value).map_err(missing)?
        } else if let Some(range) = self.slice(arena, value, op) {
            range
        } else if path.field.is_none() && !self.is_array(arena, value, op) {
            self.integer_of(arena, value, op).map(Range::of).map_err(missing)?
        } else {
            let array = self.relied(arena, value, op).map_err(missing)?;
            if let Some(field) = path.field.filter(|_| path.field_is_optional)
                && !self.has_field(arena, &array, op, field).map_err(missing)?
            {
                return Ok(None);
            }
            let (number, other) = match skip {
                Skip::None => (None, None),
                Skip::Value(number) => (Some(number), None),
                Skip::Field(field, number) => (None, Some((field, number))),
            };
            self.range_of(arena, &array, op, path.field, number, other).map_err(missing)?
        };
        self.ranges.extend(key.map(|key| (key, range)));
        Ok(Some(range))
    }
}

fn is_none(arena: &Arena<'_>, value: Value) -> bool {
    matches!(arena.shape(value), Made::Literal(op) if op.opcode == Opcode::None)
}
