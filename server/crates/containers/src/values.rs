//! Values of a database, of a text, of anything that holds many byte strings of which some are pickles: which of them become
//! members. Never looks at more bytes than the file has times a constant, however often a hostile index names the same ones.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::budget::{Budget, Interrupt};
use crate::code::{Code, Loader};
use crate::fault::{Fault, FaultKind};
use crate::formats::{cache_entry, documents, keras, raw, recipes, text, zarr};
use crate::limits::{VALUE_FACTOR, VALUE_FLOOR};
use crate::member::{Member, Opened, is_pickle_name};
use crate::pull::Room;
use crate::sniff::{self, Kind, is_pickle_value};
use crate::unwrap::{Found, Input, add, begins_with_pickle};

/// Takes values one after the other, and adds those that are pickles, or hold some.
pub(crate) struct Values<'o, 'a, 'v> {
    opened: &'o mut Opened<'a>,
    budget: &'o mut Budget<'v>,
    /// Bytes of values that may still be looked at.
    left: usize,
    /// Packed bytes that may still be unpacked to be looked at: nothing is packed twice in a file that a library wrote.
    packed: usize,
    /// How often what ends there was unpacked, by its address: an index may name it in every entry.
    unpacked: HashMap<usize, u8>,
    /// What a short pickle, such as `N.`, is taken for: where pickles are what is kept, a pickle.
    expected: bool,
    /// Descriptions of models are handed out by who knows where they are.
    models_are_told: bool,
    /// Of faults, only that a limit was reached is said.
    only_limits: bool,
}

/// One value.
pub(crate) struct Value<'a> {
    /// Its bytes.
    pub(crate) bytes: Cow<'a, [u8]>,
    /// Where they lie in the container, when they are stored as they are.
    pub(crate) offset: Option<usize>,
}

impl<'a> Value<'a> {
    /// The `len` bytes at `offset` of a container, if they are all there.
    pub(crate) fn at(container: &'a [u8], offset: usize, len: usize) -> Option<Self> {
        let bytes = crate::bytes::span(container, offset, len)?;
        Some(Self { bytes: Cow::Borrowed(bytes), offset: Some(offset) })
    }

    /// The same without its first bytes.
    fn behind(self, start: usize) -> Self {
        let bytes = match self.bytes {
            Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(start..).unwrap_or_default()),
            Cow::Owned(mut bytes) => {
                bytes.drain(..start.min(bytes.len()));
                Cow::Owned(bytes)
            }
        };
        Self { bytes, offset: self.offset.map(|at| at + start) }
    }

    /// Bytes that lie nowhere in the container as they are.
    pub(crate) fn made(bytes: Vec<u8>) -> Self {
        Self { bytes: Cow::Owned(bytes), offset: None }
    }
}

impl<'o, 'a, 'v> Values<'o, 'a, 'v> {
    /// Of a container of `len` bytes, in which anything may be kept.
    pub(crate) fn new(len: usize, opened: &'o mut Opened<'a>, budget: &'o mut Budget<'v>) -> Self {
        let left = len.saturating_mul(VALUE_FACTOR).saturating_add(VALUE_FLOOR);
        let packed = len.saturating_mul(VALUE_FACTOR);
        Self {
            opened,
            budget,
            left,
            packed,
            unpacked: HashMap::new(),
            expected: false,
            models_are_told: false,
            only_limits: false,
        }
    }

    /// As [`Values::new`], of a container that pickles are usually kept in.
    pub(crate) fn of_shelf(len: usize, opened: &'o mut Opened<'a>, budget: &'o mut Budget<'v>) -> Self {
        Self { expected: true, ..Self::new(len, opened, budget) }
    }

    /// Whether pickles are usually what the values to come are.
    pub(crate) fn expect(&mut self, pickles: bool) {
        self.expected = pickles;
    }

    /// Descriptions of models among the values are told otherwise.
    pub(crate) fn models_are_told(&mut self) {
        self.models_are_told = true;
    }

    /// From here on, only limits are said to be wrong.
    pub(crate) fn only_limits(&mut self) {
        self.only_limits = true;
    }

    /// Looks at a value; adds it under `name` if it is worth it. `false`: a limit was reached, and there is no point in going
    /// on.
    pub(crate) fn take(&mut self, name: impl FnOnce() -> String, value: Value<'a>) -> bool {
        if !self.spend(value.bytes.len()) {
            return false;
        }
        if !zarr::is_telling_value(&value.bytes) {
            return self.take_one(name, value);
        }
        // Keys are not looked up: a chunk is found by itself, or that it is not is said.
        let name = name();
        if !self.only_limits {
            zarr::read(&value.bytes, Some(&name), None, self.opened, self.budget);
            self.budget.hand_out(self.opened);
        }
        self.take_one(|| name, value)
    }

    fn take_one(&mut self, name: impl FnOnce() -> String, value: Value<'a>) -> bool {
        let loader = loader_of(&value.bytes);
        let loader = loader.filter(|loader| !(self.models_are_told && *loader == Loader::Keras));
        let Some(loader) = loader else { return self.take_pickles(name, value) };
        let (name, offset) = (name(), value.offset.map(|at| at as u64));
        self.code(Code { member: Some(name.clone()), offset, loader, bytes: Cow::Borrowed(&value.bytes) });
        self.take_pickles(|| name, value)
    }

    fn take_pickles(&mut self, name: impl FnOnce() -> String, value: Value<'a>) -> bool {
        let bytes = &value.bytes;
        let is_pickle = is_pickle_value(bytes)
            || (self.expected && sniff::sniff(bytes, bytes.len() as u64) == Kind::Pickle);
        if !is_pickle || begins_with_pickle(&Input::new(None, bytes)) {
            if let Some(start) = cache_entry::pickle_start(bytes).filter(|_| !is_pickle) {
                return self.add(name(), value.behind(start), Kind::Pickle);
            }
            let holds_some = holds_values(bytes) || documents::recognise(bytes).is_some();
            if !holds_some && !is_pickle {
                return !sniff::carries_behind_header(bytes) || self.add(name(), value, Kind::Unknown);
            }
            return self.nested(name, value, is_pickle);
        }
        self.add(name(), value, Kind::Pickle)
    }

    /// As [`Values::take`], of bytes that lie nowhere in the container as they are, of which only what is wanted is copied.
    pub(crate) fn take_made(&mut self, name: impl FnOnce() -> String, bytes: &[u8]) -> bool {
        if is_wanted(bytes) { self.take(name, Value::made(bytes.to_vec())) } else { self.spend(bytes.len()) }
    }

    /// Takes note of work: `len` bytes that were looked at. `false`: that was too much, or nobody wants the rest.
    pub(crate) fn spend(&mut self, len: usize) -> bool {
        if self.budget.is_interrupted() {
            return false;
        }
        match self.left.checked_sub(len.saturating_add(1)) {
            Some(left) => self.left = left,
            None => return self.over_and_over(),
        }
        true
    }

    /// Says once that there is no end to the values, and that the rest is not read.
    fn over_and_over(&mut self) -> bool {
        if self.left > 0 {
            self.left = 0;
            let message = "the same bytes are named over and over as different values; the rest is not read";
            self.fault(Fault::new(FaultKind::LimitReached, 0, message));
        }
        false
    }

    /// Makes room for another look at `len` bytes of what was looked at.
    pub(crate) fn look_again(&mut self, len: usize) {
        if self.left > 0 {
            self.left = self.left.saturating_add(len.saturating_mul(VALUE_FACTOR));
        }
    }

    /// Whether nobody wants the rest.
    pub(crate) fn is_interrupted(&self) -> bool {
        self.budget.is_interrupted()
    }

    /// The question that says so, for work that goes on without the values.
    pub(crate) fn interrupt(&self) -> Interrupt<'v> {
        self.budget.interrupt()
    }

    /// Says that something is wrong.
    pub(crate) fn fault(&mut self, fault: Fault) {
        if !self.only_limits || fault.kind == FaultKind::LimitReached {
            self.opened.faults.push(fault);
            // There may be one for every few bytes.
            self.budget.hand_out(self.opened);
        }
    }

    /// Hands out code that a value is.
    pub(crate) fn code(&mut self, code: Code<'_>) {
        if !self.only_limits {
            self.budget.code(code);
        }
    }

    /// How many bytes a value that lies in pieces may be put together to.
    pub(crate) fn room(&self) -> u64 {
        self.budget.allowance(self.left).0.min(self.left as u64)
    }

    /// How many bytes `packed` ones may become.
    pub(crate) fn room_unpacked(&self, packed: usize) -> u64 {
        self.budget.allowance(packed).0
    }

    /// Room for so many bytes.
    pub(crate) fn room_of(&self, limit: u64) -> Room<'v> {
        Room { limit, interrupt: self.budget.interrupt(), watch: None }
    }

    /// Takes note of bytes that were unpacked, which may be looked at like those of the container.
    pub(crate) fn make_room(&mut self, len: usize) {
        self.budget.spend(len);
        self.left = self.left.saturating_add(len.saturating_mul(VALUE_FACTOR));
    }

    /// How many bytes `packed` ones may become that are looked at and not kept; none, if the same ones were named over and over.
    pub(crate) fn room_to_look(&mut self, packed: &[u8]) -> u64 {
        /// An index is read to see what it leads to, and again to follow it.
        const OFTEN: u8 = 4;
        let times = self.unpacked.entry(packed.as_ptr_range().end.addr()).or_insert(0);
        *times = times.saturating_add(1);
        let left = self.packed.checked_sub(packed.len()).filter(|_| *times <= OFTEN);
        let Some(left) = left else {
            self.over_and_over();
            return 0;
        };
        self.packed = left;
        let packed = packed.len();
        self.budget.allowance(packed).0.min(self.budget.look_allowance())
    }

    /// Takes note of bytes that were unpacked for that.
    pub(crate) fn looked(&mut self, len: usize) {
        self.budget.spend_look(len as u64);
        self.left = self.left.saturating_add(len.saturating_mul(VALUE_FACTOR));
    }

    fn add(&mut self, name: String, value: Value<'a>, kind: Kind) -> bool {
        if let Err(limit) = self.budget.add_member() {
            return self.too_many(limit);
        }
        if value.offset.is_none() {
            self.budget.spend(value.bytes.len());
        }
        self.opened.members.push(Member {
            named_pickle: is_pickle_name(&name),
            beside: false,
            path: Some(name),
            kind,
            size: value.bytes.len() as u64,
            file_offset: value.offset.map(|at| at as u64),
            bytes: Some(value.bytes),
        });
        self.budget.hand_out(self.opened);
        true
    }

    /// Adds what a value holds, if there is a pickle in it.
    fn nested(&mut self, name: impl FnOnce() -> String, value: Value<'a>, is_pickle: bool) -> bool {
        let found = Found { name: Some(name()), bytes: value.bytes, offset: value.offset, alias: None };
        if let Err(limit) = self.budget.add_member() {
            return self.too_many(limit);
        }
        self.budget.hand_out(self.opened);
        let opened = &mut *self.opened;
        if is_pickle {
            add(opened, found, self.budget);
        } else {
            self.budget.if_pickles(|budget| add(opened, found, budget));
        }
        true
    }

    fn too_many(&mut self, limit: usize) -> bool {
        self.left = 0;
        self.fault(Fault::new(FaultKind::LimitReached, 0, raw::members_message(limit)));
        false
    }
}

/// Whether a value that is no pickle may hold some. The same as for members, at less cost for what is nothing.
fn holds_values(bytes: &[u8]) -> bool {
    sniff::container(bytes).is_some() || text::holds_any(bytes)
}

/// Whether a value among many is a pickle or holds some, as far as [`Values::take`] tells it without a look into documents.
pub(crate) fn is_wanted(bytes: &[u8]) -> bool {
    /// What calls something takes so many bytes, and twenty as text.
    const SHORTEST: (usize, usize) = (4, 20);
    let holds_some =
        || cache_entry::pickle_start(bytes).is_some() || holds_values(bytes) || zarr::is_telling_value(bytes);
    bytes.len() >= SHORTEST.0 && is_pickle_value(bytes)
        || bytes.len() >= SHORTEST.1
            && (holds_some() || loader_of(bytes).is_some() || sniff::carries_behind_header(bytes))
}

/// Who calls what a value names, though it is no pickle.
fn loader_of(bytes: &[u8]) -> Option<Loader> {
    if documents::is_checkpoint(bytes) {
        return Some(Loader::Checkpoint);
    }
    let is_model = keras::is_model_or_code(bytes);
    is_model.then_some(Loader::Keras).or_else(|| recipes::is_document(bytes).then_some(Loader::Recipe))
}

/// A key as the name of a member: as text if it is one, else with escapes.
pub(crate) fn key_name(key: &[u8]) -> String {
    /// Characters of a key that are shown.
    const LONGEST: usize = 200;
    // A key may be as long as the file, and be that of each of its values.
    let head = &key[..key.len().min(4 * (LONGEST + 1))];
    let text = match std::str::from_utf8(head) {
        Err(error) if head.len() < key.len() && error.error_len().is_none() => {
            std::str::from_utf8(&head[..error.valid_up_to()])
        }
        text => text,
    };
    let mut name: String = match text {
        Ok("") => "\"\"".to_owned(),
        Ok(text) if !text.contains(char::is_control) => text.chars().take(LONGEST + 1).collect(),
        _ => head.escape_ascii().map(char::from).take(LONGEST + 1).collect(),
    };
    if let Some((cut, _)) = name.char_indices().nth(LONGEST) {
        name.truncate(cut);
        name.push('…');
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::{FAULTS, Limits};
    use crate::member::Item;

    /// Of a hundred thousand digests, some look like the data of a pickle without PROTO. What loads a global is wanted.
    #[test]
    fn digests_are_no_pickles() {
        let digests = [
            b"\x97\x94.w4\x1c\x1b\x93\x85\xca\xe9\x8f".as_slice(),
            b"\x88\x94.\x92\xd8\xd4~a+\n\xff[\x81\x98\xc4\x8a",
            b"\x97\x94h\xa0.\x06\xd7!j\xca\xdc\x0e",
            b"(o\x94.\xd0\x83e\x0e\x1fE*\\(\xa1\xce\x07\xdb\x189\xed",
            b"h\x18q\xf8\x88\x93.;\xe7\xfb\x9ff\xd0\0o\xfe",
        ];
        assert!(digests.iter().all(|digest| !is_wanted(digest)));
        let pickles = [
            b"\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.".as_slice(),
            b"X\x01\0\0\0aq\0h\0\x93.",
            b"\x8c\x01a\x94h\0\x93)R",
            b"]q\0.",
        ];
        assert!(pickles.iter().all(|pickle| is_wanted(pickle)));
    }

    /// There may be a fault for every few bytes: those that are not listed are not kept either.
    #[test]
    fn faults_are_handed_out_at_once() {
        let mut said = Vec::new();
        let mut sink = |item: Item<'_>| match item {
            Item::Fault(fault) => said.push(fault.kind),
            Item::Member(_) | Item::Code(_) => {}
        };
        let mut budget = Budget::new(Limits::default(), &|| false, &mut sink);
        let mut opened = Opened::new("a database");
        for _ in 0..FAULTS + 500 {
            Values::new(9, &mut opened, &mut budget).fault(Fault::new(FaultKind::Damaged, 0, "wrong"));
            assert!(opened.faults.is_empty());
        }
        budget.finish();
        assert_eq!((said.len(), said.last()), (FAULTS + 1, Some(&FaultKind::TooMany)));
    }

    /// Where only limits are of interest, neither faults nor code are told.
    #[test]
    fn only_limits_are_told() {
        let mut said = 0;
        let mut sink = |_: Item<'_>| said += 1;
        let mut budget = Budget::new(Limits::default(), &|| false, &mut sink);
        let mut opened = Opened::new("a database");
        let mut values = Values::new(9, &mut opened, &mut budget);
        values.only_limits();
        let code = || Code { member: None, offset: None, loader: Loader::Keras, bytes: Cow::Borrowed(b"{}") };
        values.code(code());
        values.fault(Fault::new(FaultKind::Damaged, 0, "wrong"));
        values.fault(Fault::new(FaultKind::LimitReached, 0, "too many"));
        assert_eq!(said, 1);
    }

    #[test]
    fn names_of_keys() {
        assert_eq!(key_name(b""), "\"\"");
        assert_eq!(key_name("clé".as_bytes()), "clé");
        assert_eq!(key_name(b"a\n\xff"), "a\\n\\xff");
        for character in ["a", "é", "€", "😀"] {
            let long = character.repeat(1000);
            assert_eq!(key_name(long.as_bytes()), format!("{}…", character.repeat(200)));
            assert_eq!(key_name(&long.as_bytes()[..200 * character.len()]), character.repeat(200));
        }
        assert_eq!(key_name(&[0xff; 1000]), format!("{}…", "\\xff".repeat(50)));
    }
}
