//! The loop of the C unpickler, and what each opcode does.

use pickle_ops::{HIGHEST_PROTOCOL, Opcode};

use super::arguments::signed;
use super::input::Input;
use crate::Map;
use crate::exception::{Done, Raised};
use crate::literal::{self, Integer};
use crate::object::{Heap, Id, Object, Table};
use crate::reading::{Asked, Options, Persistent};
use crate::stack::{Stack, Wording};
use crate::words;

/// The state of an unpickler.
pub(super) struct Unpickler<'a> {
    pub(super) input: Input<'a>,
    pub(super) heap: Heap<'a>,
    pub(super) asked: Vec<Asked>,
    /// Offset of the op at work.
    pub(super) at: usize,
    stack: Stack,
    memo: Map<u64, Id>,
    /// Entries that the table of the memo has room for.
    memo_size: u64,
    protocol: u8,
    options: Options,
}

/// Entries of a new memo.
const MEMO_SIZE: u64 = 32;
/// Bytes of an entry.
const POINTER: u64 = 8;

impl<'a> Unpickler<'a> {
    pub(super) fn new(bytes: &'a [u8], start: usize, options: &Options) -> Self {
        Self {
            input: Input::new(bytes, start, options.source, options.memory),
            heap: Heap::default(),
            asked: Vec::new(),
            at: start,
            stack: Stack::new(Wording::C),
            memo: Map::default(),
            memo_size: MEMO_SIZE,
            protocol: 0,
            options: *options,
        }
    }

    /// `load`.
    pub(super) fn load(&mut self) -> Done<Id> {
        loop {
            self.at = self.input.next_offset();
            let Ok(&[byte]) = self.input.read(1) else {
                return Err(Raised::new("EOFError", "Ran out of input"));
            };
            match Opcode::from_byte(byte) {
                Some(Opcode::Stop) => return self.stack.pop(),
                Some(opcode) => self.step(opcode)?,
                None => return Err(invalid_key(byte)),
            }
        }
    }

    fn step(&mut self, opcode: Opcode) -> Done {
        use Opcode as O;
        let made = match opcode {
            O::None => self.heap.add(Object::None),
            O::NewTrue => self.heap.add(Object::Bool(true)),
            O::NewFalse => self.heap.add(Object::Bool(false)),
            O::Int => self.int()?,
            O::BinInt => self.binary_int(4)?,
            O::BinInt1 => self.binary_int(1)?,
            O::BinInt2 => self.binary_int(2)?,
            O::Long => self.long()?,
            O::Long1 => self.counted_long(1)?,
            O::Long4 => self.counted_long(4)?,
            O::Float => self.float()?,
            O::BinFloat => self.binary_float()?,
            O::String => self.string()?,
            O::ShortBinString => self.counted_string(1)?,
            O::BinString => self.counted_string(4)?,
            O::Unicode => self.unicode()?,
            O::ShortBinUnicode => self.counted_unicode(1)?,
            O::BinUnicode => self.counted_unicode(4)?,
            O::BinUnicode8 => self.counted_unicode(8)?,
            O::ShortBinBytes => self.counted_bytes(1)?,
            O::BinBytes => self.counted_bytes(4)?,
            O::BinBytes8 => self.counted_bytes(8)?,
            O::ByteArray8 => self.byte_array()?,
            O::EmptyList => self.heap.add(Object::List(Vec::new())),
            O::EmptyTuple => self.heap.tuple(Vec::new()),
            O::EmptyDict => self.heap.add(Object::Dict(Box::default())),
            O::EmptySet => self.heap.add(Object::Set(Box::default())),
            O::Tuple1 => self.top_tuple(1)?,
            O::Tuple2 => self.top_tuple(2)?,
            O::Tuple3 => self.top_tuple(3)?,
            O::Tuple => {
                let items = self.stack.take_marked()?;
                self.heap.tuple(items)
            }
            O::List => {
                let items = self.stack.take_marked()?;
                self.heap.add(Object::List(items))
            }
            O::Dict => self.dict()?,
            O::FrozenSet => {
                let items = self.stack.take_marked()?;
                self.heap.frozenset(&items)?
            }
            O::NextBuffer => return Err(no_buffers()),
            O::Global => self.global()?,
            O::StackGlobal => self.stack_global()?,
            O::Inst => self.inst()?,
            O::Obj => self.obj()?,
            O::Reduce => self.reduce()?,
            O::NewObj => self.new_object(false)?,
            O::NewObjEx => self.new_object(true)?,
            O::PersId | O::BinPersId => self.persistent(opcode)?,
            O::Dup => self.stack.peek(1)?,
            O::Get => self.get()?,
            O::BinGet => self.binary_get(1)?,
            O::LongBinGet => self.binary_get(4)?,
            O::Ext1 => return self.extension(1),
            O::Ext2 => return self.extension(2),
            O::Ext4 => return self.extension(4),
            _ => return self.change(opcode),
        };
        self.stack.push(made);
        Ok(())
    }

    /// Opcodes that push nothing.
    fn change(&mut self, opcode: Opcode) -> Done {
        use Opcode as O;
        match opcode {
            O::Mark => {
                self.stack.mark();
                Ok(())
            }
            O::Pop => self.pop(),
            O::PopMark => self.stack.take_marked().map(drop),
            O::Put => self.put(),
            O::BinPut => self.binary_put(1),
            O::LongBinPut => self.binary_put(4),
            O::Memoize => {
                let value = self.stack.peek(1)?;
                self.store(self.memo.len() as u64, value)
            }
            O::Append => {
                if self.stack.available() < 2 {
                    return self.stack.peek(2).map(drop);
                }
                let items = self.stack.take(1)?;
                self.append(&items)
            }
            O::Appends => {
                let items = self.stack.take_marked()?;
                self.append(&items)
            }
            O::SetItem => {
                if self.stack.available() < 3 {
                    return self.stack.peek(3).map(drop);
                }
                let items = self.stack.take(2)?;
                self.set_items(&items)
            }
            O::SetItems => {
                let items = self.stack.take_marked()?;
                self.set_items(&items)
            }
            O::AddItems => {
                let items = self.stack.take_marked()?;
                let target = self.stack.peek(1)?;
                self.heap.add_items(target, &items, false)
            }
            O::Build => self.build(),
            O::ReadonlyBuffer => {
                let view = self.heap.read_only(self.stack.peek(1)?)?;
                self.stack.replace(view);
                Ok(())
            }
            O::Proto => self.proto(),
            O::Frame => self.frame(),
            _ => Ok(()),
        }
    }

    fn top_tuple(&mut self, count: usize) -> Done<Id> {
        let items = self.stack.take(count)?;
        Ok(self.heap.tuple(items))
    }

    fn dict(&mut self) -> Done<Id> {
        let items = self.stack.take_marked()?;
        if !items.len().is_multiple_of(2) {
            return Err(Raised::unpickling("odd number of items for DICT"));
        }
        let mut table = Table::default();
        for pair in items.chunks_exact(2) {
            table.insert(self.heap.class(pair[0])?, pair[0], pair[1]);
        }
        Ok(self.heap.add(Object::Dict(Box::new(table))))
    }

    fn pop(&mut self) -> Done {
        if self.stack.ends_in_mark() {
            return self.stack.take_marked().map(drop);
        }
        self.stack.pop().map(drop)
    }

    /// `do_append`.
    fn append(&mut self, items: &[Id]) -> Done {
        let target = self.stack.peek(1)?;
        if items.is_empty() {
            return Ok(());
        }
        match self.heap.extend(target, items) {
            Some(done) => done,
            None => Err(self.heap.no_attribute(target, "append")),
        }
    }

    /// `do_setitems`.
    fn set_items(&mut self, items: &[Id]) -> Done {
        let target = self.stack.peek(1)?;
        if !items.len().is_multiple_of(2) {
            return Err(Raised::unpickling("odd number of items for SETITEMS"));
        }
        items.chunks_exact(2).try_for_each(|pair| self.heap.set_item(target, pair[0], pair[1]))
    }

    /// `load_build`.
    fn build(&mut self) -> Done {
        self.stack.peek(2)?;
        let state = self.stack.pop()?;
        let target = self.stack.peek(1)?;
        if self.heap.is_inert(target) {
            return Ok(());
        }
        let (state, slots) = match self.heap.pair(state) {
            Some((state, slots)) => (state, Some(slots)),
            None => (state, None),
        };
        if !matches!(self.heap.get(state), Object::None) {
            if !matches!(self.heap.get(state), Object::Dict(_)) {
                return Err(Raised::unpickling("state is not a dictionary"));
            }
            return Err(self.heap.no_attribute(target, "__dict__"));
        }
        match slots.map(|slots| self.heap.get(slots)) {
            None => Ok(()),
            Some(Object::Dict(table)) => self.heap.set_attributes(target, table),
            Some(_) => Err(Raised::unpickling("slot state is not a dictionary")),
        }
    }

    fn find_class(&mut self, module: String, name: String) -> Done<Id> {
        let asked = Asked { offset: self.at, module, name, protocol: self.protocol };
        let refused = (!self.options.find_class)
            .then(|| Raised::unpickling(format!("forbidden global {}.{}", asked.module, asked.name)));
        let (module, name) = asked.resolved();
        let number = u32::try_from(self.asked.len()).unwrap_or(u32::MAX);
        self.asked.push(asked);
        self.heap.globals.push(format!("{module}.{name}"));
        match refused {
            Some(raised) => Err(raised),
            None => Ok(self.heap.add(Object::Global(number))),
        }
    }

    fn global(&mut self) -> Done<Id> {
        let module = self.name(false)?;
        let name = self.name(false)?;
        self.find_class(module, name)
    }

    fn stack_global(&mut self) -> Done<Id> {
        let name = self.stack.pop()?;
        let module = self.stack.pop()?;
        let (Object::Str(module), Object::Str(name)) = (self.heap.get(module), self.heap.get(name)) else {
            return Err(Raised::unpickling("STACK_GLOBAL requires str"));
        };
        let (module, name) = (words::name(module), words::name(name));
        self.find_class(module, name)
    }

    fn inst(&mut self) -> Done<Id> {
        // The mark is taken before the names are read, the items above it when the class is there.
        let items = self.stack.take_marked()?;
        let module = self.name(true)?;
        let name = self.name(true)?;
        let class = self.find_class(module, name)?;
        let arguments = self.heap.tuple(items);
        self.heap.call(class, arguments)
    }

    fn obj(&mut self) -> Done<Id> {
        let mut items = self.stack.take_marked()?;
        if items.is_empty() {
            return Err(self.stack.nothing_above_mark());
        }
        let class = items.remove(0);
        let arguments = self.heap.tuple(items);
        self.heap.call(class, arguments)
    }

    /// `PyObject_CallObject`.
    fn reduce(&mut self) -> Done<Id> {
        let arguments = self.stack.pop()?;
        let callee = self.stack.pop()?;
        if !matches!(self.heap.get(arguments), Object::Tuple(_)) {
            return Err(Raised::of_type("argument list must be a tuple"));
        }
        self.heap.call(callee, arguments)
    }

    /// `load_newobj`.
    fn new_object(&mut self, with_keywords: bool) -> Done<Id> {
        let keywords = if with_keywords { Some(self.stack.pop()?) } else { None };
        let arguments = self.stack.pop()?;
        let class = self.stack.pop()?;
        let opcode = if with_keywords { "NEWOBJ_EX" } else { "NEWOBJ" };
        let wrong = |heap: &Heap<'_>, what: &str, id: Id| {
            Raised::unpickling(format!("{opcode} {what}, not {}", heap.type_name(id)))
        };
        if !self.heap.is_inert(class) {
            return Err(wrong(&self.heap, "class argument must be a type", class));
        }
        if !matches!(self.heap.get(arguments), Object::Tuple(_)) {
            return Err(wrong(&self.heap, "args argument must be a tuple", arguments));
        }
        if let Some(keywords) = keywords {
            let Object::Dict(table) = self.heap.get(keywords) else {
                return Err(wrong(&self.heap, "kwargs argument must be a dict", keywords));
            };
            if table.items.iter().any(|&(key, _)| !matches!(self.heap.get(key), Object::Str(_))) {
                return Err(Raised::of_type("keywords must be strings"));
            }
        }
        self.heap.call(class, arguments)
    }

    fn persistent(&mut self, opcode: Opcode) -> Done<Id> {
        if self.options.persistent == Persistent::Refused {
            return Err(Raised::unpickling(
                "A load persistent id instruction was encountered,\n\
                 but no persistent_load function was specified.",
            ));
        }
        let id = if opcode == Opcode::PersId {
            let line = self.line(1)?;
            let raw = line.strip_suffix(b"\n").unwrap_or(line);
            if !raw.is_ascii() {
                return Err(Raised::unpickling("persistent IDs in protocol 0 must be ASCII strings"));
            }
            self.heap.add(Object::Str(raw.into()))
        } else {
            self.stack.pop()?
        };
        Ok(self.heap.persistent(id, self.options.persistent))
    }

    fn get(&mut self) -> Done<Id> {
        let line = self.line(2)?;
        let slot = match literal::int_of_c_string(line, 10)? {
            Integer::Small(slot) => slot,
            Integer::Big(_) => return Err(too_large_for_size()),
        };
        self.fetch(slot)
    }

    fn binary_get(&mut self, width: u64) -> Done<Id> {
        let slot = self.number(width)?;
        self.fetch(slot as i64)
    }

    fn fetch(&self, slot: i64) -> Done<Id> {
        let found = u64::try_from(slot).ok().and_then(|slot| self.memo.get(&slot));
        found.copied().ok_or_else(|| Raised::unpickling(format!("Memo value not found at index {slot}")))
    }

    fn put(&mut self) -> Done {
        let line = self.line(2)?;
        let value = self.stack.peek(1)?;
        match literal::int_of_c_string(line, 10)? {
            Integer::Big(_) => Err(too_large_for_size()),
            Integer::Small(slot) => match u64::try_from(slot) {
                Ok(slot) => self.store(slot, value),
                Err(_) => Err(Raised::value("negative PUT argument")),
            },
        }
    }

    fn binary_put(&mut self, width: u64) -> Done {
        let slot = self.number(width)?;
        let value = self.stack.peek(1)?;
        self.store(slot, value)
    }

    /// `_Unpickler_MemoPut`: the table has no gaps.
    fn store(&mut self, slot: u64, value: Id) -> Done {
        if slot >= self.memo_size {
            let size = slot.saturating_mul(2);
            if size.saturating_mul(POINTER) >= self.options.memory {
                return Err(Raised::memory());
            }
            self.memo_size = size;
        }
        self.memo.insert(slot, value);
        Ok(())
    }

    /// `load_extension`, with an empty registry.
    fn extension(&mut self, width: u64) -> Done {
        let code = signed(self.input.read(width)?);
        Err(if code <= 0 {
            Raised::unpickling("EXT specifies code <= 0")
        } else {
            Raised::value(format!("unregistered extension code {code}"))
        })
    }

    fn proto(&mut self) -> Done {
        let protocol = self.number(1)?;
        if protocol > u64::from(HIGHEST_PROTOCOL) {
            return Err(Raised::value(format!("unsupported pickle protocol: {protocol}")));
        }
        self.protocol = protocol as u8;
        Ok(())
    }

    fn frame(&mut self) -> Done {
        let length = self.number(8)?;
        if length > i64::MAX as u64 {
            let most = i64::MAX;
            return Err(Raised::new(
                "OverflowError",
                format!("FRAME length exceeds system's maximum of {most} bytes"),
            ));
        }
        self.input.read(length)?;
        self.input.rewind(length);
        Ok(())
    }
}

fn invalid_key(byte: u8) -> Box<Raised> {
    let plain = matches!(byte, b' '..=b'~') && !matches!(byte, b'\'' | b'\\');
    Raised::unpickling(if plain {
        format!("invalid load key, '{}'.", char::from(byte))
    } else {
        format!("invalid load key, '\\x{byte:02x}'.")
    })
}

pub(crate) fn no_buffers() -> Box<Raised> {
    Raised::unpickling("pickle stream refers to out-of-band data but no *buffers* argument was given")
}

/// `PyLong_AsSsize_t`.
fn too_large_for_size() -> Box<Raised> {
    Raised::new("OverflowError", "Python int too large to convert to C ssize_t")
}
