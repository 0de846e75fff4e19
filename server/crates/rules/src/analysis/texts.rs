//! Texts that calls of harmless functions give: what they are, where that can be worked out. Whoever takes a text for a name, a path
//! or source asks here, so that a disguise is one nowhere.

use std::borrow::Cow;
use std::ops::Range;

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode, Operand};

use super::{Analysis, Callee, EntryId};

mod functions;

/// A text that a call gives.
#[derive(Clone, Debug)]
pub(crate) struct MadeText {
    /// The op that calls.
    pub(crate) span: Range<usize>,
    /// What is called, as loaded.
    pub(crate) by: String,
    /// The text; `None`: it is known only when the file is loaded.
    pub(crate) text: Option<String>,
}

/// What a value is, as far as texts are made of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Part {
    Text(String),
    Bytes(Vec<u8>),
    Number(i64),
    None,
    /// Start, stop and step.
    Slice([Option<i64>; 3]),
    List(Vec<Part>),
}

/// Bytes of a text, or items of a list, that are worked with, and of all arguments of a call.
const LONGEST: usize = 1 << 12;
const MOST_GIVEN: usize = 1 << 13;
/// Calls within calls.
const MOST_LEVELS: usize = 32;
/// Values of a pickle that are looked at for it, what a list that is read again and a call count for, and results that are remembered.
const MOST_VALUES: usize = 1 << 18;
const DEAR: usize = 16;
const MOST_KEPT: usize = 1 << 9;
/// Texts of a pickle that rules are told of.
const MOST_TEXTS: usize = 1 << 8;

impl<'a> Analysis<'_, 'a> {
    /// The text that a value is: that of a constant, or what harmless functions make of constants.
    pub(super) fn text_of(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> Option<Cow<'a, str>> {
        if let Some(text) = arena.text(value) {
            return Some(text);
        }
        match self.part_of(arena, value, op, 0)? {
            Part::Text(text) => Some(Cow::Owned(text)),
            _ => None,
        }
    }

    /// Whether a value is a text that is known only when the file is loaded: what a function gives that makes texts.
    pub(super) fn is_untold_text(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let Some((callee, _)) = arena.call_of(value) else { return false };
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return false };
        self.ledger.entry(id).gives_text && self.part_of(arena, value, op, 0).is_none()
    }

    /// Notes a call of a function that gives texts: `is_direct` if it has no other arguments than those.
    pub(super) fn note_text(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
        by: EntryId,
        is_direct: bool,
    ) {
        let part = if is_direct { self.part_of(arena, call, op, 0) } else { None };
        let text = match part {
            Some(Part::Text(text)) => Some(text),
            // What is no text is none that is taken for one.
            Some(_) => Some(String::new()),
            None if is_direct && !self.may_give_text(arena, call, op, by) => Some(String::new()),
            None => None,
        };
        let made = MadeText { span: op.start..op.end, by: self.ledger.entry(by).as_loaded(), text };
        let texts = &mut self.tally.texts;
        if texts.len() < MOST_TEXTS {
            texts.push(made);
        } else if let Some(last) = texts.last_mut() {
            *last = MadeText { text: None, ..made };
        }
    }

    /// Whether an operator may give a text: of numbers and containers, none does.
    fn may_give_text(&mut self, arena: &Arena<'a>, call: Value, op: &Op<'a>, by: EntryId) -> bool {
        let names = &self.ledger.entry(by).names;
        if names.module != "operator" {
            return true;
        }
        let takes_part = names.name == "getitem";
        let Some(items) = arena.call_of(call).and_then(|(_, arguments)| arena.tuple(arguments)) else {
            return true;
        };
        let mut items = items.iter();
        let first = items.next().copied().unwrap_or(Value::UNKNOWN);
        // An item of a container is a text that the stream shows, if it is one.
        let is_told = |value: Value| match arena.shape(value) {
            Made::Container(..) | Made::Tuple(_) | Made::Global(_) => true,
            Made::Literal(literal) => {
                !literal.opcode.is_text() && !matches!(literal.operand(), Ok(Operand::ByteString(_)))
            }
            _ => false,
        };
        let is_data = is_told(first) || takes_part && self.is_object_of_data(arena, first, op);
        !is_data || !takes_part && !items.all(|&item| is_told(item))
    }

    /// Whether a value is what a call gives that makes no texts.
    fn is_object_of_data(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>) -> bool {
        let Some((callee, _)) = arena.call_of(value) else { return false };
        matches!(self.resolve(arena, callee, op, 1), Callee::Known(id) if !self.ledger.entry(id).gives_text)
    }

    /// What a value is, if it is a constant, or what harmless functions make of constants.
    fn part_of(&mut self, arena: &Arena<'a>, value: Value, op: &Op<'a>, levels: usize) -> Option<Part> {
        if levels >= MOST_LEVELS || !self.may_look_at(1) {
            return None;
        }
        match arena.shape(value) {
            Made::Literal(literal) => constant(&literal),
            Made::Tuple(items) if items.len() <= LONGEST => {
                self.parts_of(arena, items, op, levels).map(Part::List)
            }
            Made::Container(Collection::List, _) => self.list(arena, value),
            Made::Call { op: made, callee, arguments, keywords: None, contents: None } => {
                self.part_of_call(arena, &made, (callee, arguments), op, levels)
            }
            _ => None,
        }
    }

    /// What some values are, if all of that is told and short.
    fn parts_of(
        &mut self,
        arena: &Arena<'a>,
        values: &[Value],
        op: &Op<'a>,
        levels: usize,
    ) -> Option<Vec<Part>> {
        let (mut parts, mut size) = (Vec::new(), 0);
        for &value in values {
            let part = self.part_of(arena, value, op, levels + 1)?;
            size += part.size();
            if size > MOST_GIVEN {
                return None;
            }
            parts.push(part);
        }
        Some(parts)
    }

    /// Whether so many more values may be looked at in this pickle.
    fn may_look_at(&mut self, values: usize) -> bool {
        self.tally.worked_out = self.tally.worked_out.saturating_add(values);
        self.tally.worked_out <= MOST_VALUES
    }

    /// The items of a list, if they are constants.
    fn list(&mut self, arena: &Arena<'a>, list: Value) -> Option<Part> {
        if !self.may_look_at(DEAR) {
            return None;
        }
        let (all, list) = arena.reread(list)?;
        let Made::Container(_, contents) = all.shape(list) else { return None };
        let items = contents.map(|contents| contents.items.as_slice()).unwrap_or_default();
        let part = |&item: &Value| match all.shape(item) {
            Made::Literal(literal) => constant(&literal),
            _ => None,
        };
        let parts = items.iter().map(part).collect::<Option<Vec<Part>>>().map(Part::List);
        parts.filter(Part::is_short)
    }

    fn part_of_call(
        &mut self,
        arena: &Arena<'a>,
        made: &Op<'a>,
        (callee, arguments): (Value, Value),
        op: &Op<'a>,
        levels: usize,
    ) -> Option<Part> {
        // Attributes that `getattr` gives, and what `partial` wraps, have other arguments besides.
        if !arena.is_global(callee) {
            return None;
        }
        let is_kept = matches!(made.opcode, Opcode::Reduce | Opcode::Obj | Opcode::NewObj);
        if let Some(part) = self.parts.get(&made.start).filter(|_| is_kept) {
            return part.clone();
        }
        if !self.may_look_at(DEAR) {
            return None;
        }
        let Callee::Known(id) = self.resolve(arena, callee, op, 1) else { return None };
        let names = &self.ledger.entry(id).names;
        let function = functions::function(&names.module, &names.name);
        let part = function.and_then(|function| {
            let given = self.parts_of(arena, arena.tuple(arguments)?, op, levels)?;
            function(&given).filter(Part::is_short)
        });
        if is_kept {
            if self.parts.len() >= MOST_KEPT {
                self.parts.clear();
            }
            self.parts.insert(made.start, part.clone());
        }
        part
    }
}

impl Part {
    fn is_short(&self) -> bool {
        self.size() <= LONGEST
    }

    /// Bytes, and one for each part.
    fn size(&self) -> usize {
        1 + match self {
            Self::Text(text) => text.len(),
            Self::Bytes(bytes) => bytes.len(),
            Self::List(items) => items.iter().map(Self::size).sum(),
            Self::Number(_) | Self::None | Self::Slice(_) => 0,
        }
    }
}

/// What a constant is.
fn constant(literal: &Op<'_>) -> Option<Part> {
    if literal.raw.len() > LONGEST {
        return None;
    }
    if literal.opcode == Opcode::None {
        return Some(Part::None);
    }
    match literal.operand().ok()? {
        Operand::Text(text) => text.to_str().map(|text| Part::Text(text.into_owned())),
        Operand::ByteString(text) => {
            let bytes = text.bytes().ok()?;
            Some(Part::Text(std::str::from_utf8(&bytes).ok().filter(|text| text.is_ascii())?.to_owned()))
        }
        Operand::Bytes(bytes) => Some(Part::Bytes(bytes.to_vec())),
        Operand::Int(number) => number.to_i64().map(Part::Number),
        _ => None,
    }
}
