//! HDF5, for the pickles that libraries keep in it: PyTables (and with it pandas) writes objects into attributes, which it unpickles
//! when a file is opened, and into arrays of variable length; h5py stores what it is given, in chunks and packed if that is asked for.
//! Of arrays of numbers, only the beginning is looked at.
//!
//! Keras writes models into attributes, as JSON.
//!
//! Little is followed from the root: what is looked for has marks of its own, wherever it stands, so that nothing can be hidden by a
//! link that is missing; only headers of the old kind, which have none, are looked for in groups as well. Values of variable length
//! lie in global heaps (`GCOL`); attributes and data sets are messages in headers of objects (HDF5 File Format Specification, III.E, IV.A).

mod attributes;
mod bits;
pub(crate) mod blosc;
mod chunks;
mod data;
mod elsewhere;
mod file;
mod filters;
mod heap;
mod links;
mod tree;
mod types;

use std::collections::HashSet;

use memchr::memmem;

use self::data::data_set;
use self::file::{File, Message};
use super::Format;
use crate::budget::Budget;
use crate::bytes::{span, u16_at};
use crate::fault::{Fault, FaultKind};
use crate::member::Opened;
use crate::unwrap::Input;
use crate::values::{Value, Values};

/// The name of the format.
pub(crate) const NAME: &str = "HDF5";

/// What a file begins with.
pub(crate) const MAGIC: &[u8] = b"\x89HDF\r\n\x1a\n";

/// What a global heap begins with.
const HEAP: &[u8] = b"GCOL";

/// Headers that groups lead to.
const NAMED: usize = 1 << 20;

/// See the module.
pub(crate) struct Hdf5;

impl Format for Hdf5 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn extensions(&self) -> &'static [&'static str] {
        &["h5", "hdf5", "hdf"]
    }

    fn sniff(&self, input: &Input<'_>) -> bool {
        input.bytes.starts_with(MAGIC)
    }

    fn open<'a>(&self, input: &Input<'a>, budget: &mut Budget<'_>) -> Opened<'a> {
        let mut opened = Opened::new(NAME);
        let mut values = Values::new(input.bytes.len(), &mut opened, budget);
        values.models_are_told();
        let Some(file) = File::new(input.bytes) else {
            let message = "expected a superblock, found none that can be read";
            values.fault(Fault::new(FaultKind::Damaged, 0, message));
            return opened;
        };
        let mut objects = Objects::new(&file);
        if heaps(&file, &mut values) && objects.take(&mut values) {
            attributes::scattered(&file, &objects.attributes, &mut values);
        }
        if file.is_over() {
            let message = "objects have more messages than are looked at; not all of them are read";
            values.fault(Fault::new(FaultKind::LimitReached, 0, message));
        }
        opened
    }
}

/// Where HDF5 begins: at the first byte, or at a power of two from 512 on (II.A).
fn begin(bytes: &[u8]) -> Option<usize> {
    let places = std::iter::once(0).chain(places()).take_while(|at| *at < bytes.len() as u64);
    places
        .map_while(|at| usize::try_from(at).ok())
        .find(|at| bytes.get(*at..).is_some_and(|rest| rest.starts_with(MAGIC)))
}

/// Whether it begins behind bytes of somebody else's.
pub(crate) fn is_behind(bytes: &[u8]) -> bool {
    begin(bytes).is_some_and(|at| at > 0)
}

/// Whether HDF5 begins behind the first byte of a file of `len` bytes: where its library looks for its signature, `has` is asked whether
/// this is at an offset.
pub fn begins_behind(len: u64, has: impl FnMut(u64, &[u8]) -> bool) -> bool {
    let mut has = has;
    places().take_while(|at| *at < len).any(|at| has(at, MAGIC))
}

/// Where else than at the first byte it may begin.
fn places() -> impl Iterator<Item = u64> {
    std::iter::successors(Some(512), |at: &u64| at.checked_mul(2))
}

/// Takes the objects of all global heaps; whether to go on.
fn heaps<'a>(file: &File<'a>, values: &mut Values<'_, 'a, '_>) -> bool {
    let bytes = file.bytes;
    let header = (8 + file.length).next_multiple_of(8);
    // A heap that claims to hold the next one is read as far as that.
    memmem::find_iter(bytes, HEAP).all(|heap| {
        let stated = file.len(bytes, heap + 8).unwrap_or(0);
        let end = heap.saturating_add(stated).min(bytes.len());
        let mut at = heap + header;
        while at + header <= end {
            let start = at + header;
            // Index zero is free, and as long as it says with its header; a library goes on behind it.
            if u16_at(bytes, at) == Some(0) {
                let Some(free) = file.len(bytes, at + 8).filter(|free| *free > 0) else { break };
                at = at.saturating_add(free);
                if !values.spend(header) {
                    return false;
                }
                continue;
            }
            let size = file.len(bytes, at + 8).filter(|&size| span(bytes, start, size).is_some());
            let Some(size) = size else { break };
            if let Some(value) = Value::at(bytes, start, size) {
                attributes::code(values, start, &value);
                if !values.take(|| format!("value@{start}"), value) {
                    return false;
                }
            }
            at = start + size.div_ceil(8) * 8;
        }
        true
    })
}

/// All objects of a file.
struct Objects<'f, 'a> {
    file: &'f File<'a>,
    /// Headers that something leads to.
    named: HashSet<usize>,
    /// Those of them that are still to be read.
    left: Vec<usize>,
    layouts: HashSet<usize>,
    attributes: HashSet<usize>,
}

impl<'f, 'a> Objects<'f, 'a> {
    fn new(file: &'f File<'a>) -> Self {
        let (named, layouts, attributes) = Default::default();
        Self { file, named, left: Vec::new(), layouts, attributes }
    }

    /// Takes what they hold: first those that groups lead to, which need not look like any, then all that do. Whether to go on.
    fn take(&mut self, values: &mut Values<'_, 'a, '_>) -> bool {
        let file = self.file;
        if let Some(root) = file.root() {
            self.name(root);
        }
        file.named().for_each(|at| self.name(at));
        self.take_named(values)
            && file.likely().all(|at| {
                self.named.contains(&at)
                    || self.object(&file.likely_messages(at), values) && self.take_named(values)
            })
    }

    /// Takes note of a header that something leads to, unless it has a signature, by which it is found in any case.
    fn name(&mut self, at: usize) {
        let is_old = self.file.bytes.get(at) == Some(&1);
        if is_old && self.named.len() < NAMED && self.named.insert(at) {
            self.left.push(at);
        }
    }

    fn take_named(&mut self, values: &mut Values<'_, 'a, '_>) -> bool {
        while let Some(at) = self.left.pop() {
            if !self.object(&self.file.messages(at), values) {
                return false;
            }
        }
        true
    }

    /// Takes what the object with these messages holds; whether to go on.
    fn object(&mut self, messages: &[Message<'a>], values: &mut Values<'_, 'a, '_>) -> bool {
        // Headers may lie in each other.
        if !values.spend(8 * messages.len()) {
            return false;
        }
        let file = self.file;
        links::outside(file, messages, values);
        links::linked(file, messages, &mut |at| self.name(at));
        attributes::attributes(file, messages, &mut self.attributes, values)
            && data_set(file, messages, &mut self.layouts, values)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::{Called, Loader};
    use crate::limits::Limits;
    use crate::member::Item;
    use crate::unwrap::{open, visit};

    /// A message of a header of version 2.
    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let len = u16::try_from(body.len()).unwrap().to_le_bytes();
        [&[kind, len[0], len[1], 0], body].concat()
    }

    /// A file with the data, and behind them an object of one dimension of so many elements, of this type; `layout` gives the messages
    /// of where the data are, from where they begin.
    fn file(data: &[u8], elements: u64, of_type: &[u8], layout: impl Fn(u64) -> Vec<u8>) -> Vec<u8> {
        let mut bytes = [MAGIC, &[2, 8, 8, 0]].concat();
        let place = bytes.len() as u64;
        bytes.extend_from_slice(data);
        let space = [&[2, 1, 0, 1][..], &elements.to_le_bytes()].concat();
        let messages = [message(1, &space), message(3, of_type), layout(place)].concat();
        bytes.extend_from_slice(b"OHDR\x02\x02");
        bytes.extend_from_slice(&u32::try_from(messages.len()).unwrap().to_le_bytes());
        bytes.extend(messages);
        bytes
    }

    fn kinds(bytes: &[u8], limits: &Limits) -> Vec<FaultKind> {
        open(None, bytes, limits).faults.into_iter().map(|fault| fault.kind).collect()
    }

    /// A record of so many strings, all of them the whole of it.
    fn overlapping(fields: u16, size: u32) -> Vec<u8> {
        let [low, high] = fields.to_le_bytes();
        let string = [&[0x13, 0, 0, 0][..], &size.to_le_bytes()].concat();
        let width = size.ilog2() as usize / 8 + 1;
        let member = [b"a\0", &vec![0; width][..], &string].concat();
        [&[0x36, low, high, 0][..], &size.to_le_bytes(), &member.repeat(usize::from(fields))].concat()
    }

    #[test]
    fn fields_in_each_other_are_work() {
        let zeros = vec![0; 1 << 20];
        let in_one_piece = |place: u64| {
            message(8, &[&[3, 1][..], &place.to_le_bytes(), &(1u64 << 20).to_le_bytes()].concat())
        };
        let of = |fields| file(&zeros, 1 << 18, &overlapping(fields, 4), in_one_piece);
        assert_eq!(kinds(&of(1), &Limits::default()), []);
        assert_eq!(kinds(&of(4000), &Limits::default()), [FaultKind::LimitReached]);
    }

    /// In a row of small numbers, much looks like the header of an object, or like an attribute, and is none.
    #[test]
    fn small_numbers_are_no_headers() {
        let mut seed = 1u64;
        let mut next = || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 33) as u16 % 22
        };
        let numbers: Vec<u8> = (0..1 << 20).flat_map(|_| next().to_le_bytes()).collect();
        let in_one_piece = |place: u64| {
            message(8, &[&[3, 1][..], &place.to_le_bytes(), &(2u64 << 20).to_le_bytes()].concat())
        };
        let bytes = file(&numbers, 1 << 20, &[0x10, 8, 0, 0, 2, 0, 0, 0, 0, 0, 16, 0], in_one_piece);
        assert_eq!(kinds(&bytes, &Limits::default()), []);
    }

    /// A tree that leads to the same chunk over and over.
    #[test]
    fn chunks_that_are_named_again_are_unpacked_within_limits() {
        let many = 200u16;
        let chunk = flate(&vec![0; 1 << 16]);
        let mut data = chunk.clone();
        let tree = data.len() as u64;
        data.extend_from_slice(&[&b"TREE\x01\0"[..], &many.to_le_bytes(), &[0xff; 16]].concat());
        let (len, place) = (u32::try_from(chunk.len()).unwrap(), 12u64);
        for _ in 0..many {
            let key = [&len.to_le_bytes()[..], &[0; 4], &[0; 16], &place.to_le_bytes()].concat();
            data.extend(key);
        }
        let in_chunks = |place: u64| {
            let layout =
                [&[3, 2, 2][..], &(place + tree).to_le_bytes(), &(1u32 << 16).to_le_bytes(), &[1, 0, 0, 0]];
            let filters = message(11, &[2, 1, 1, 0, 0, 0, 0, 0]);
            [message(8, &layout.concat()), filters].concat()
        };
        let bytes = |class: u8| file(&data, 1 << 16, &[class, 0, 0, 0, 1, 0, 0, 0, 0, 0, 8, 0], in_chunks);
        let limits = Limits { total_bytes: 8 << 20, ..Limits::default() };
        for class in [0x10, 0x13] {
            assert_eq!(kinds(&bytes(class), &Limits::default()), [], "{class}");
            assert_eq!(kinds(&bytes(class), &limits), [FaultKind::LimitReached], "{class}");
        }
    }

    /// A library goes on behind what is free.
    #[test]
    fn heaps_with_holes() {
        let pickle: &[u8] = b"cos\ngetcwd\n(tR.";
        let object = |index: u8, len: u64, bytes: &[u8]| {
            let padding = vec![0; bytes.len().next_multiple_of(8) - bytes.len()];
            [&[index, 0, 1, 0, 0, 0, 0, 0], &len.to_le_bytes()[..], bytes, &padding].concat()
        };
        let (free, value) = (object(0, 32, &[0; 16]), object(1, 15, pickle));
        for objects in [[&free[..], &value].concat(), [&free[..], &free, &value, &object(0, 0, b"")].concat()]
        {
            let stated = (16 + objects.len() as u64).to_le_bytes();
            let file = [MAGIC, &[2, 8, 8, 0], HEAP, &[1, 0, 0, 0], &stated, &objects].concat();
            assert_eq!(open(None, &file, &Limits::default()).members.len(), 1);
        }
    }

    /// The description of a model is a text of variable length.
    #[test]
    fn descriptions_of_models() {
        let of = |text: &str| {
            let object = [&[1, 0, 1, 0, 0, 0, 0, 0], &(text.len() as u64).to_le_bytes()[..], text.as_bytes()];
            let stated = (16 + object.concat().len() as u64).to_le_bytes();
            let file = [MAGIC, &[2, 8, 8, 0], HEAP, &[1, 0, 0, 0], &stated, &object.concat()].concat();
            let mut found = Vec::new();
            visit(&Input::new(None, &file), &Limits::default(), &|| false, &mut |item| {
                if let Item::Code(code) = item {
                    code.mentions(&mut |mention| {
                        found.push((code.offset, code.loader, mention.what == Called::Bytecode));
                        false
                    });
                }
            });
            found
        };
        let lambda = r#"{"class_name": "Lambda", "config": {"function": {"class_name": "__lambda__"}}}"#;
        assert_eq!(of(lambda), [(Some(44), Loader::Keras, true)]);
        assert_eq!(of(r#"{"class_name": "Dense"}"#), []);
    }

    fn flate(bytes: &[u8]) -> Vec<u8> {
        use std::io::Write;
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }
}
