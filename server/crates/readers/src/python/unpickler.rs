//! The loop of the unpickler in Python, and what each opcode does.

use num_bigint::{BigInt, Sign};
use pickle_ops::{HIGHEST_PROTOCOL, Opcode};

use super::input::Input;
use crate::Map;
use crate::exception::{Done, Raised};
use crate::object::{Heap, Id, Object, Table};
use crate::reading::{Asked, Options, Persistent};
use crate::stack::{Stack, Wording};
use crate::words;

/// The state of an unpickler.
pub(super) struct Unpickler<'a> {
    pub(super) input: Input<'a>,
    pub(super) heap: Heap<'a>,
    pub(super) asked: Vec<Asked>,
    pub(super) options: Options,
    /// Offset of the op at work.
    pub(super) at: usize,
    stack: Stack,
    memo: Map<BigInt, Id>,
    protocol: u8,
}

impl<'a> Unpickler<'a> {
    pub(super) fn new(bytes: &'a [u8], start: usize, options: &Options) -> Self {
        Self {
            input: Input::new(bytes, start),
            heap: Heap::default(),
            asked: Vec::new(),
            options: *options,
            at: start,
            stack: Stack::new(Wording::Python),
            memo: Map::default(),
            protocol: 0,
        }
    }

    /// `load`.
    pub(super) fn load(&mut self) -> Done<Id> {
        loop {
            self.at = self.input.next_offset();
            let &[byte] = self.input.read(1)? else { return Err(Raised::new("EOFError", "")) };
            match Opcode::from_byte(byte) {
                Some(Opcode::Stop) => return self.stack.pop(),
                Some(opcode) => self.step(opcode)?,
                None => return Err(Raised::new("KeyError", byte.to_string())),
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
            O::Global => {
                let module = self.name(false)?;
                let name = self.name(false)?;
                self.find_class(module, name)?
            }
            O::StackGlobal => self.stack_global()?,
            O::Inst => {
                let module = self.name(true)?;
                let name = self.name(true)?;
                let class = self.find_class(module, name)?;
                let items = self.stack.take_marked()?;
                self.instantiate(class, items)?
            }
            O::Obj => {
                let mut items = self.stack.take_marked()?;
                if items.is_empty() {
                    return Err(Raised::index("pop from empty list"));
                }
                let class = items.remove(0);
                self.instantiate(class, items)?
            }
            O::NewObj => self.new_object(false)?,
            O::NewObjEx => self.new_object(true)?,
            O::PersId | O::BinPersId => self.persistent(opcode)?,
            O::Dup => self.stack.peek(1)?,
            O::Get => {
                let slot = self.slot_line()?;
                self.fetch(&slot)?
            }
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
            O::Pop if self.stack.available() > 0 => self.stack.pop().map(drop),
            O::Pop | O::PopMark => self.stack.take_marked().map(drop),
            O::Put => {
                let slot = self.slot_line()?;
                if slot.sign() == Sign::Minus {
                    return Err(Raised::value("negative PUT argument"));
                }
                self.store(slot)
            }
            O::BinPut => self.binary_put(1),
            O::LongBinPut => self.binary_put(4),
            O::Memoize => self.store(self.memo.len().into()),
            O::Append => {
                let value = self.stack.pop()?;
                let target = self.stack.peek(1)?;
                self.heap.append(target, value)
            }
            O::Appends => {
                let items = self.stack.take_marked()?;
                let target = self.stack.peek(1)?;
                match self.heap.extend(target, &items) {
                    Some(done) => done,
                    None => Err(self.heap.no_attribute(target, "append")),
                }
            }
            O::SetItem => {
                let value = self.stack.pop()?;
                let key = self.stack.pop()?;
                let target = self.stack.peek(1)?;
                self.heap.set_item(target, key, value)
            }
            O::SetItems => {
                let items = self.stack.take_marked()?;
                let target = self.stack.peek(1)?;
                pairs(&items, |key, value| self.heap.set_item(target, key, value))
            }
            O::AddItems => {
                let items = self.stack.take_marked()?;
                let target = self.stack.peek(1)?;
                self.heap.add_items(target, &items, true)
            }
            O::Reduce => self.reduce(),
            O::Build => self.build(),
            O::ReadonlyBuffer => {
                let view = self.heap.read_only(self.stack.peek(1)?)?;
                self.stack.replace(view);
                Ok(())
            }
            O::Proto => self.proto(),
            O::Frame => {
                let length = self.number(8)?;
                if length > i64::MAX as u64 {
                    return Err(Raised::value(format!("frame size > sys.maxsize: {length}")));
                }
                self.input.load_frame(length)
            }
            _ => Ok(()),
        }
    }

    /// `stack[-3]` is asked for before `stack[-1]`.
    fn top_tuple(&mut self, count: usize) -> Done<Id> {
        let items = self.stack.take(count)?;
        Ok(self.heap.tuple(items))
    }

    fn dict(&mut self) -> Done<Id> {
        let items = self.stack.take_marked()?;
        let mut table = Table::default();
        pairs(&items, |key, value| {
            table.insert(self.heap.class(key)?, key, value);
            Ok(())
        })?;
        Ok(self.heap.add(Object::Dict(Box::new(table))))
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

    fn stack_global(&mut self) -> Done<Id> {
        let name = self.stack.pop()?;
        let module = self.stack.pop()?;
        let (Object::Str(module), Object::Str(name)) = (self.heap.get(module), self.heap.get(name)) else {
            return Err(Raised::unpickling("STACK_GLOBAL requires str"));
        };
        let (module, name) = (words::name(module), words::name(name));
        self.find_class(module, name)
    }

    /// `_instantiate`: what is no class has no `__name__` either, which the message asks for.
    fn instantiate(&mut self, class: Id, items: Vec<Id>) -> Done<Id> {
        if !self.heap.is_inert(class) {
            return Err(self.heap.no_attribute(class, "__name__"));
        }
        let arguments = self.heap.tuple(items);
        self.heap.call(class, arguments)
    }

    /// `stack[-1] = func(*args)`.
    fn reduce(&mut self) -> Done {
        let arguments = self.stack.pop()?;
        let callee = self.stack.peek(1)?;
        if !self.heap.is_iterable(arguments) {
            let (callee, found) = (self.heap.function_name(callee), self.heap.type_name(arguments));
            return Err(Raised::of_type(format!(
                "{callee} argument after * must be an iterable, not {found}"
            )));
        }
        let made = self.heap.call(callee, arguments)?;
        self.stack.replace(made);
        Ok(())
    }

    /// `cls.__new__(cls, *args, **kwargs)`.
    fn new_object(&mut self, with_keywords: bool) -> Done<Id> {
        let keywords = if with_keywords { Some(self.stack.pop()?) } else { None };
        let arguments = self.stack.pop()?;
        let class = self.stack.pop()?;
        if !self.heap.is_iterable(arguments) {
            let found = self.heap.type_name(arguments);
            return Err(Raised::of_type(format!("Value after * must be an iterable, not {found}")));
        }
        let names_are_str = match keywords {
            Some(keywords) => self.check_keywords(class, keywords)?,
            None => true,
        };
        if !self.heap.is_inert(class) {
            let name = self.heap.type_name(class);
            return Err(Raised::of_type(format!("{name}.__new__(X): X is not a type object ({name})")));
        }
        if !names_are_str {
            return Err(Raised::of_type("keywords must be strings"));
        }
        self.heap.call(class, arguments)
    }

    /// Whether all names of keyword arguments, which have to be in a dict, are str.
    fn check_keywords(&self, class: Id, keywords: Id) -> Done<bool> {
        let Object::Dict(table) = self.heap.get(keywords) else {
            let name = self.heap.function_name(class);
            let name = match name.strip_suffix("()") {
                Some(name) if self.heap.is_inert(class) => name.to_owned(),
                _ => self.heap.type_name(class).to_owned(),
            };
            let found = self.heap.type_name(keywords);
            return Err(Raised::of_type(format!(
                "{name}.__new__() argument after ** must be a mapping, not {found}"
            )));
        };
        Ok(table.items.iter().all(|&(key, _)| matches!(self.heap.get(key), Object::Str(_))))
    }

    fn persistent(&mut self, opcode: Opcode) -> Done<Id> {
        let id = if opcode == Opcode::PersId {
            let line = self.line()?;
            if !line.is_ascii() {
                return Err(Raised::unpickling("persistent IDs in protocol 0 must be ASCII strings"));
            }
            self.heap.add(Object::Str(line.into()))
        } else {
            self.stack.pop()?
        };
        if self.options.persistent == Persistent::Refused {
            return Err(Raised::unpickling("unsupported persistent id encountered"));
        }
        Ok(self.heap.persistent(id, self.options.persistent))
    }

    fn binary_get(&mut self, width: u64) -> Done<Id> {
        let slot = self.number(width)?;
        self.fetch(&slot.into())
    }

    fn fetch(&self, slot: &BigInt) -> Done<Id> {
        let found = self.memo.get(slot).copied();
        found.ok_or_else(|| Raised::unpickling(format!("Memo value not found at index {slot}")))
    }

    fn binary_put(&mut self, width: u64) -> Done {
        let slot = self.number(width)?;
        self.store(slot.into())
    }

    fn store(&mut self, slot: BigInt) -> Done {
        let value = self.stack.peek(1)?;
        self.memo.insert(slot, value);
        Ok(())
    }

    /// `get_extension`, with an empty registry.
    fn extension(&mut self, width: u64) -> Done {
        let code = self.signed(width)?;
        Err(if code <= 0 {
            Raised::unpickling("EXT specifies code <= 0")
        } else {
            Raised::value(format!("unregistered extension code {code}"))
        })
    }

    fn proto(&mut self) -> Done {
        let protocol = self.byte()?;
        if protocol > u64::from(HIGHEST_PROTOCOL) {
            return Err(Raised::value(format!("unsupported pickle protocol: {protocol}")));
        }
        self.protocol = protocol as u8;
        Ok(())
    }

    /// `load_build`: a state that is false is no state.
    fn build(&mut self) -> Done {
        let state = self.stack.pop()?;
        let target = self.stack.peek(1)?;
        if self.heap.is_inert(target) {
            return Ok(());
        }
        let (state, slots) = match self.heap.pair(state) {
            Some((state, slots)) => (state, Some(slots)),
            None => (state, None),
        };
        if self.heap.is_true(state) {
            return Err(self.heap.no_attribute(target, "__dict__"));
        }
        match slots.filter(|&slots| self.heap.is_true(slots)) {
            None => Ok(()),
            Some(slots) => match self.heap.get(slots) {
                Object::Dict(table) => self.heap.set_attributes(target, table),
                _ => Err(self.heap.no_attribute(slots, "items")),
            },
        }
    }
}

/// `items[i]` and `items[i + 1]` in turn: a key without a value is an error when it is reached.
fn pairs(items: &[Id], mut take: impl FnMut(Id, Id) -> Done) -> Done {
    for pair in items.chunks(2) {
        let &[key, value] = pair else { return Err(Raised::index("list index out of range")) };
        take(key, value)?;
    }
    Ok(())
}

fn no_buffers() -> Box<Raised> {
    Raised::unpickling("pickle stream refers to out-of-band data but no *buffers* argument was given")
}
