//! Whether the numbers of an object are what the code of its class believes ([`crate::policy::members_of`]).

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::array::{Array, Range, Unknown};
use super::{Analysis, Callee, EntryId, View};
use crate::policy::{Expression, Item, Low, Member, Members, Needs, Path, Requirement, Skip, members_of};
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

/// What stands for the number of a requirement where integers are counted.
const COUNTED: u32 = u32::MAX;

/// Arguments of a call that are looked at.
const MOST_GIVEN: usize = 64;

/// Fields of a dtype that are gone through.
const MOST_FIELDS: usize = 1 << 12;

/// Objects that are looked at because others hold them, in a pickle.
const MOST_HELD: usize = 1 << 20;
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
            self.judge_given(arena, op, items, id);
            return;
        };
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

    /// Whether the buffer that an array is made of is one that can be written to and that another array has: what is put into
    /// the one is in the other.
    fn is_shared(&mut self, arena: &Arena<'a>, items: &[Value]) -> bool {
        let Some(&buffer) = items.first() else { return false };
        let Made::Literal(literal) = arena.shape(buffer) else { return false };
        literal.opcode == Opcode::ByteArray8 && !self.settled.insert(literal.start)
    }

    /// Notes arrays that something is called with, or that are changed. Functions of arrays write where they are told to, so that
    /// what an object has is no more what it was.
    pub(super) fn judge_given(&mut self, arena: &Arena<'a>, op: &Op<'a>, items: &[Value], by: EntryId) {
        for &item in items.iter().take(MOST_GIVEN) {
            if self.is_array(arena, item, op)
                && let Some(at) = arena.origin(item)
            {
                self.given.insert(at);
                if self.relied.contains(&at) {
                    self.tell_misfit(arena, op, item, by, Why::Changed);
                    return;
                }
            }
        }
    }

    /// An array whose numbers are looked at: they must not change any more.
    fn relied(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Result<Array<'a>, Unknown> {
        let array = self.array_of(arena, value, op)?;
        if let Some(at) = arena.origin(value) {
            self.relied.insert(at);
            if self.given.contains(&at) {
                return Err(Unknown::because("was given to something that may have changed it"));
            }
        }
        Ok(array)
    }

    /// Judges the state that an object is given, if something is believed of its class.
    pub(super) fn judge_members(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value, state: Value) {
        if !self.ledger.has_members() {
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
            let owner = match self.through(arena, object, path) {
                Ok(Some(owner)) => owner,
                Ok(None) => return None,
                Err(why) => return unknown(why),
            };
            match self.member(arena, &owner, path.member) {
                Ok(Some(value)) => match items_of(arena, value).map(<[Value]>::len) {
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
                let asked = (path, *skip, requirement.number);
                let Some(range) = self.range(arena, op, object, asked, each)? else {
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
                let range = self.range(arena, op, object, (path, Skip::None, requirement.number), each)?;
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
        let range = if let Some(range) = self.slice(arena, value, op) {
            range
        } else if path.field.is_none() && !self.is_array(arena, value, op) {
            self.integer_of(arena, value, op).map(Range::of).map_err(missing)?
        } else {
            let array = self.relied(arena, value, op).map_err(missing)?;
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

    /// The objects that a value is or holds: in lists, tuples and arrays of objects. A dict is one by itself.
    fn held_in(
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

    /// What is known of an object that another one holds.
    fn object(&mut self, arena: &Arena<'a>, op: &Op<'a>, value: Value) -> Object<'static> {
        let Some((_, arguments)) = arena.call_of(value) else {
            return Object { members: &UNKNOWN, arguments: None, state: Some(value) };
        };
        let members = self.owner(arena, value, op, 0).and_then(|id| {
            let names = &self.ledger.entry(id).names;
            members_of(&names.module, &names.name)
        });
        let state = arena.contents_of_call(value).and_then(|contents| contents.state);
        Object { members: members.unwrap_or(&UNKNOWN), arguments: Some(arguments), state }
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
                let number = self.integer_of(arena, value, op).map_err(|why| (path.member.names, why))?;
                return Ok(Some(i128::from(number)));
            }
            Expression::Count(path) => {
                let range = self.range(arena, op, object, (path, Skip::None, COUNTED), each)?;
                return Ok(range.map(|range| range.count as i128));
            }
            Expression::Length(path) | Expression::Dimension(path, _) => {
                let Some(value) = self.value_at(arena, object, path, each)? else { return Ok(None) };
                let number = if let Expression::Dimension(_, number) = expression { *number } else { 0 };
                if number == 0
                    && !self.is_array(arena, value, op)
                    && self.shape_of_sparse(arena, value, op).is_none()
                {
                    let length =
                        self.length_of(arena, value, op, 0).map_err(|why| (path.member.names, why))?;
                    return Ok(Some(i128::from(length)));
                }
                if let Some(Found::Value(shape)) = self.shape_of_sparse(arena, value, op) {
                    let size = arena
                        .tuple(shape)
                        .and_then(|items| super::array::integer(arena, *items.get(number)?));
                    let why = || (path.member.names, Unknown::because("has no shape that is known"));
                    return size.map(|size| Some(i128::from(size))).ok_or_else(why);
                }
                let Array { shape, .. } =
                    self.relied(arena, value, op).map_err(|why| (path.member.names, why))?;
                let found = shape.get(number).copied().map(i128::from);
                let why = || (path.member.names, Unknown::because("has fewer dimensions"));
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
        let value = self.member(arena, object, path.member)?;
        Ok(value.and_then(|value| arena.tuple(value)).map(|items| items.len() as u64))
    }

    /// The object whose member a path is about, where dicts lead to it.
    fn through<'m>(
        &self,
        arena: &Arena<'a>,
        object: &Object<'m>,
        path: &Path,
    ) -> Result<Option<Object<'m>>, Missing> {
        let mut owner = *object;
        for member in &path.through {
            let Some(value) = self.member(arena, &owner, *member)? else { return Ok(None) };
            if !matches!(arena.shape(value), Made::Container(Collection::Dict, _)) {
                return Err((member.names, Unknown::because("is no dict that the stream shows")));
            }
            owner = Object { members: &UNKNOWN, arguments: None, state: Some(value) };
        }
        Ok(Some(owner))
    }

    /// The value at a path; `None`: an object may be without it, and is.
    fn value_at(
        &self,
        arena: &Arena<'a>,
        object: &Object<'_>,
        path: &Path,
        each: usize,
    ) -> Result<Option<Value>, Missing> {
        match self.through(arena, object, path)? {
            Some(owner) => self.value_in(arena, &owner, path, each),
            None => Ok(None),
        }
    }

    /// The same without what leads to the object.
    fn value_in(
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
        item.map(Some).ok_or_else(|| missing("has fewer items"))
    }

    /// The shape in the state of a sparse matrix.
    fn shape_of_sparse(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<Found> {
        let id = self.owner(arena, value, op, 0)?;
        let is_sparse = self.ledger.entry(id).names.module.starts_with("scipy.sparse.");
        let state =
            arena.contents_of_call(value).and_then(|contents| contents.state).filter(|_| is_sparse)?;
        Some(in_dicts(arena, state, "_shape"))
    }

    /// The places that a slice stands for, `slice(start, stop, step)`.
    fn slice(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<Range> {
        let (callee, arguments) = arena.call_of(value)?;
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
        let names = &self.ledger.entry(id).names;
        if names.module != "builtins" || names.name != "slice" {
            return None;
        }
        let &[start, stop, step] = arena.tuple(arguments)? else { return None };
        let number = |value| super::array::integer(arena, value);
        let step = if is_none(arena, step) { 1 } else { number(step)? };
        Range::of_steps(number(start)?, number(stop)?, step)
    }

    /// How many items something has, as far as that can be told: an array, a tuple, an index of pandas and what holds its
    /// items.
    fn length_of(
        &mut self,
        arena: &Arena<'a>,
        value: Value,
        op: &Op<'a>,
        level: usize,
    ) -> Result<u64, Unknown> {
        let elsewhere = Err(Unknown::Elsewhere);
        if level > MOST_LEVELS {
            return elsewhere;
        }
        if let Some(items) = arena.tuple(value) {
            return Ok(items.len() as u64);
        }
        if self.is_array(arena, value, op) {
            let Array { shape, .. } = self.relied(arena, value, op)?;
            return shape.first().copied().ok_or_else(|| Unknown::because("has fewer dimensions"));
        }
        let Some((_, arguments)) = arena.call_of(value) else {
            return Err(Unknown::because("has no length that is known"));
        };
        let names = self.maker(arena, value, op)?;
        let arguments = arena.tuple(arguments).unwrap_or_default();
        let state = arena.contents_of_call(value).and_then(|contents| contents.state);
        match (names.name.as_ref(), arguments) {
            ("_restore_array", [data]) => {
                let length =
                    arena.tuple(*data).and_then(|items| super::array::integer(arena, *items.get(1)?));
                length.and_then(|length| u64::try_from(length).ok()).map_or(elsewhere, Ok)
            }
            ("chunked_array", [chunks, ..]) => {
                let chunks = items_of(arena, *chunks).unwrap_or_default().to_vec();
                let lengths = chunks.into_iter().map(|chunk| self.length_of(arena, chunk, op, level + 1));
                lengths.sum()
            }
            ("_new_Index" | "_new_DatetimeIndex" | "_new_PeriodIndex" | "_new_IntervalIndex", &[_, dict]) => {
                if let Found::Value(data) = in_dicts(arena, dict, "data") {
                    return self.length_of(arena, data, op, level + 1);
                }
                length_of_range(arena, dict).map_or(elsewhere, Ok)
            }
            // What Cython writes has its state in a tuple.
            _ => match state.map(|state| (state, arena.tuple(state))) {
                Some((_, Some(items))) => {
                    let items = items.to_vec();
                    let array = items.into_iter().find(|&item| self.is_array(arena, item, op));
                    array.map_or(elsewhere, |array| self.length_of(arena, array, op, level + 1))
                }
                Some((state, None)) => match in_dicts(arena, state, "_pa_array") {
                    Found::Value(array) => self.length_of(arena, array, op, level + 1),
                    _ => elsewhere,
                },
                None => elsewhere,
            },
        }
    }

    fn is_array(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let Some((callee, _)) = arena.call_of(value) else { return false };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        const MADE_BY: &[&str] =
            &["_reconstruct", "_frombuffer", "NumpyArrayWrapper", "NDArrayWrapper", "ZNDArrayWrapper"];
        MADE_BY.contains(&self.ledger.entry(id).names.name.as_ref())
    }

    /// A member: an argument, or part of the state; the first of several names that there is.
    fn member(
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
    fn named(arena: &Arena<'a>, object: &Object<'_>, name: &str) -> Result<Value, Option<&'static str>> {
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
            _ if self.ledger.has_members() && members_of(&names.module, &names.name).is_some() => Vec::new(),
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

/// The items of a tuple, or of a list all of whose items are kept.
fn items_of<'s>(arena: &'s Arena<'_>, value: Value) -> Option<&'s [Value]> {
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

/// The length of a `RangeIndex`, made of a dict of plain numbers: it is read again, as such are not kept.
fn length_of_range(arena: &Arena<'_>, dict: Value) -> Option<u64> {
    let (again, dict) = arena.reread(dict)?;
    let get = |name| match in_dicts(&again, dict, name) {
        Found::Value(number) => super::array::integer(&again, number),
        _ => None,
    };
    let range = Range::of_steps(get("start")?, get("stop")?, get("step")?)?;
    Some(range.count as u64)
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
