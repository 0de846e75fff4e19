//! Texts in lists and dicts: what a state says again of an object that the program has, and names.

use std::borrow::Cow;

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::{Missing, Object};
use crate::analysis::Analysis;
use crate::analysis::array::{Unknown, integer};
use crate::policy::Path;

/// Bytes of a name.
const LONGEST_NAME: usize = 64;
/// The longest text that a parser which gets slower with each word is given: it takes milliseconds.
const LONGEST_TEXT: usize = 1024;
/// What units are multiplied with themselves so many times for.
const MOST_POWER: u64 = 1000;

impl<'a> Analysis<'_, 'a> {
    /// Whether a list has the texts of another: all of them, or none but such.
    pub(super) fn has_texts(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        (path, of): (&Path, &Path),
        all: bool,
    ) -> Result<Option<String>, Missing> {
        let mut texts = |path: &Path| match self.value_at(arena, op, object, path, 0)? {
            // Of a list that was made before it was known that texts matter nothing is kept.
            Some(list) if arena.origin(list).is_none_or(|made| self.ledger.is_before_asked(made)) => {
                Err((path.member.names, Unknown::because("was made before the class was named")))
            }
            Some(list) => self.rely_on(arena, list).map_err(|why| (path.member.names, why)).and_then(|()| {
                texts_of(arena, list).ok_or_else(|| {
                    (path.member.names, Unknown::because("is no list of texts that the stream shows"))
                })
            }),
            None => Ok(Vec::new()),
        };
        let (own, of_others) = (texts(path)?, texts(of)?);
        let holds = if all { own == of_others } else { own.iter().all(|text| of_others.contains(text)) };
        Ok((!holds).then(|| format!("`{path}` has other texts than `{of}`")))
    }

    /// Whether a text is short.
    pub(super) fn is_short(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
    ) -> Result<Option<String>, Missing> {
        let Some(value) = self.value_at(arena, op, object, path, 0)? else { return Ok(None) };
        let missing = || (path.member.names, Unknown::because("is no text that the stream shows"));
        let length = arena.text(value).map(|text| text.len()).ok_or_else(missing)?;
        Ok((length > LONGEST_TEXT)
            .then(|| format!("`{path}` has {length} bytes, and has to have {LONGEST_TEXT} at most")))
    }

    /// Whether dicts have names as keys, and small numbers or objects as values. What parses a name takes as long as it is, and computes
    /// what it says.
    pub(super) fn has_names(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        object: &Object<'_>,
        path: &Path,
    ) -> Result<Option<String>, Missing> {
        for object in self.held_at(arena, op, object, path)? {
            let Some(dict) = self.member(arena, &object, path.member)? else { continue };
            let missing = |why| (path.member.names, why);
            for pair in self.pairs_of(arena, op, dict).map_err(missing)?.chunks_exact(2) {
                let is_name = |name: Cow<'_, str>| {
                    let plain =
                        |letter: char| letter.is_alphabetic() || letter.is_ascii_digit() || letter == '_';
                    name.len() <= LONGEST_NAME && name.chars().all(plain)
                };
                if !arena.text(pair[0]).is_some_and(is_name) {
                    return Ok(Some(format!("`{path}` has a key that is no plain name")));
                }
                if integer(arena, pair[1]).is_some_and(|number| number.unsigned_abs() > MOST_POWER) {
                    return Ok(Some(format!("`{path}` has a power beyond {MOST_POWER}")));
                }
            }
        }
        Ok(None)
    }

    /// The keys and values of a dict, or of an object of a class of dicts, which protocols 0 and 1 make of a dict. All of them are kept.
    fn pairs_of<'s>(
        &mut self,
        arena: &'s Arena<'a>,
        op: &Op<'a>,
        dict: Value,
    ) -> Result<&'s [Value], Unknown> {
        let untold = || Unknown::because("is no dict, or a longer one than any file has");
        let (contents, of) = match arena.shape(dict) {
            Made::Container(Collection::Dict, contents) => (contents, None),
            Made::Call { contents, arguments, .. } => {
                let is_remade = self.maker(arena, dict, op).is_ok_and(|names| names.name == "_reconstructor");
                let base =
                    arena.tuple(arguments).filter(|_| is_remade).and_then(|items| items.get(2).copied());
                // Other arguments are what it is made of.
                if base.is_none() && arena.tuple(arguments).is_none_or(|items| !items.is_empty()) {
                    return Err(untold());
                }
                (contents, base)
            }
            _ => return Err(untold()),
        };
        match (contents, of) {
            // It is given items when it is there, or out of another dict.
            (None, Some(base)) if matches!(arena.shape(base), Made::Container(..)) => {
                self.pairs_of(arena, op, base)
            }
            (Some(_), Some(_)) | (None, Some(_)) => Err(untold()),
            (contents, None) => {
                let made = arena.origin(dict).ok_or_else(untold)?;
                let is_known = match contents {
                    Some(contents) => contents.dropped == 0,
                    None => !self.ledger.is_before_short(made),
                };
                if !is_known {
                    return Err(untold());
                }
                self.rely_on_made(arena, made)?;
                Ok(contents.map_or(&[], |contents| &contents.pairs))
            }
        }
    }

    /// Whether a state is a dict with none but such members.
    pub(super) fn has_only(
        &self,
        arena: &Arena<'a>,
        object: &Object<'_>,
        names: &'static str,
    ) -> Result<Option<String>, Missing> {
        let Some(state) = object.state else { return Ok(None) };
        let Made::Container(Collection::Dict, contents) = arena.shape(state) else {
            return Err((
                names,
                Unknown::because("are not all in a state, which is no dict that the stream shows"),
            ));
        };
        let Some(contents) = contents else { return Ok(None) };
        let is_other =
            |key: Value| arena.text(key).is_none_or(|key| !names.split(' ').any(|name| name == key));
        let others = contents.dropped > 0 || contents.pairs.iter().step_by(2).any(|&key| is_other(key));
        Ok(others.then(|| format!("its state has other members than `{names}`")))
    }
}

/// The texts of a list all of whose items are texts, and are kept.
fn texts_of(arena: &Arena<'_>, list: Value) -> Option<Vec<String>> {
    let Made::Container(Collection::List, contents) = arena.shape(list) else { return None };
    let Some(contents) = contents else { return is_empty(arena, list).then(Vec::new) };
    let texts = contents.items.iter().map(|&item| arena.text(item).map(Cow::into_owned));
    (contents.dropped == 0).then(|| texts.collect()).flatten()
}

/// Whether a list of which nothing is kept has no items: a long one is filled from a mark on, and behind an empty one something else
/// comes.
fn is_empty(arena: &Arena<'_>, list: Value) -> bool {
    let Some(made) = arena.origin(list).and_then(|at| arena.op_at(at)) else { return false };
    let bytes = arena.bytes();
    if made.opcode == Opcode::List {
        return made.start > 0 && bytes[made.start - 1] == Opcode::Mark as u8;
    }
    let next = arena.op_at(made.end).map(|op| if op.opcode.fills_memo() { op.end } else { op.start });
    next.and_then(|at| bytes.get(at)).is_some_and(|&byte| byte != Opcode::Mark as u8)
}
