//! What objects do when an unpickler asks something of them: calls, items, state. The type decides; both unpicklers go
//! through the same types, so this is written once, with the difference in what they ask.

use num_bigint::BigInt;

use crate::exception::{Done, Raised};
use crate::object::{Heap, Id, Object, Table};
use crate::reading::Persistent;
use crate::render::render;

/// Characters of an object in a message.
const MOST_SHOWN: usize = 10_000;

impl<'a> Heap<'a> {
    /// A tuple.
    pub(crate) fn tuple(&mut self, items: Vec<Id>) -> Id {
        self.add(Object::Tuple(items.into()))
    }

    /// `callee(*arguments)`, the arguments being known to be iterable.
    pub(crate) fn call(&mut self, callee: Id, arguments: Id) -> Done<Id> {
        if self.is_inert(callee) {
            Ok(self.add(Object::Called { callee, arguments }))
        } else {
            Err(Raised::of_type(format!("'{}' object is not callable", self.type_name(callee))))
        }
    }

    /// `iter(object)` does not raise.
    pub(crate) fn is_iterable(&self, id: Id) -> bool {
        !matches!(
            self.get(id),
            Object::None | Object::Bool(_) | Object::Int(_) | Object::Big(_) | Object::Float(_)
        )
    }

    /// How messages of calls name a callee (`_PyObject_FunctionStr`).
    pub(crate) fn function_name(&self, id: Id) -> String {
        match self.get(id) {
            Object::Global(number) => {
                let name = self.global(*number);
                format!("{}()", name.strip_prefix("builtins.").unwrap_or(name))
            }
            Object::Called { .. } | Object::Persistent(_) => "object()".to_owned(),
            Object::Str(text) => crate::words::name(text),
            _ => render(self, id, MOST_SHOWN),
        }
    }

    /// A number that can be an index: `operator.index(object)`.
    fn index(&self, id: Id) -> Option<Result<i64, ()>> {
        match self.get(id) {
            Object::Bool(value) => Some(Ok(i64::from(*value))),
            Object::Int(value) => Some(Ok(*value)),
            Object::Big(_) => Some(Err(())),
            _ => None,
        }
    }

    /// The item of a `bytearray` (`_getbytevalue`).
    fn byte(&self, id: Id) -> Done<u8> {
        match self.index(id) {
            Some(value) => value
                .ok()
                .and_then(|value| u8::try_from(value).ok())
                .ok_or_else(|| Raised::value("byte must be in range(0, 256)")),
            None => Err(Raised::of_type(format!(
                "'{}' object cannot be interpreted as an integer",
                self.type_name(id)
            ))),
        }
    }

    /// `object.extend(items)`; `None` where it has no such method.
    pub(crate) fn extend(&mut self, target: Id, items: &[Id]) -> Option<Done> {
        match self.get(target) {
            Object::ByteArray(_) => Some(self.extend_bytes(target, items)),
            _ if self.is_inert(target) => Some(Ok(())),
            _ => {
                let Some(Object::List(list)) = self.get_mut(target) else { return None };
                list.extend_from_slice(items);
                Some(Ok(()))
            }
        }
    }

    fn extend_bytes(&mut self, target: Id, items: &[Id]) -> Done {
        let bytes = items.iter().map(|&item| self.byte(item)).collect::<Done<Vec<u8>>>()?;
        if let Some(Object::ByteArray(array)) = self.get_mut(target) {
            array.extend(bytes);
        }
        Ok(())
    }

    /// `object.append(item)`.
    pub(crate) fn append(&mut self, target: Id, item: Id) -> Done {
        match self.extend(target, &[item]) {
            Some(done) => done,
            None => Err(self.no_attribute(target, "append")),
        }
    }

    pub(crate) fn no_attribute(&self, id: Id, name: &str) -> Box<Raised> {
        if let Object::Global(number) = self.get(id) {
            let class = self.global(*number);
            let class = class.rsplit('.').next().unwrap_or(class);
            return Raised::attribute(format!("type object '{class}' has no attribute '{name}'"));
        }
        Raised::attribute(format!("'{}' object has no attribute '{name}'", self.type_name(id)))
    }

    /// `object[key] = value`.
    pub(crate) fn set_item(&mut self, target: Id, key: Id, value: Id) -> Done {
        match self.get(target) {
            Object::Dict(_) => {
                let class = self.class(key)?;
                if let Some(Object::Dict(table)) = self.get_mut(target) {
                    table.insert(class, key, value);
                }
                Ok(())
            }
            Object::List(items) => {
                let length = items.len();
                let at = self.place(key, length, "list")?;
                let at = at.ok_or_else(|| Raised::index("list assignment index out of range"))?;
                if let Some(Object::List(items)) = self.get_mut(target) {
                    items[at] = value;
                }
                Ok(())
            }
            Object::ByteArray(bytes) => {
                let length = bytes.len();
                let at = self.place(key, length, "bytearray")?;
                let byte = self.byte(value)?;
                let at = at.ok_or_else(|| Raised::index("bytearray index out of range"))?;
                if let Some(Object::ByteArray(bytes)) = self.get_mut(target) {
                    bytes[at] = byte;
                }
                Ok(())
            }
            Object::View(_) => Err(Raised::of_type("cannot modify read-only memory")),
            _ if self.is_inert(target) => Ok(()),
            // A sequence asks for its index first.
            Object::Tuple(_) | Object::Str(_) | Object::Bytes(_) | Object::Set(_) | Object::FrozenSet(_)
                if matches!(self.get(key), Object::Big(_)) =>
            {
                Err(Raised::index("cannot fit 'int' into an index-sized integer"))
            }
            _ => Err(Raised::of_type(format!(
                "'{}' object does not support item assignment",
                self.type_name(target)
            ))),
        }
    }

    /// Where an index of a sequence leads; `None`: out of range.
    fn place(&self, key: Id, length: usize, sequence: &str) -> Done<Option<usize>> {
        match self.index(key) {
            Some(Ok(at)) => {
                let at = if at < 0 { at.checked_add_unsigned(length as u64) } else { Some(at) };
                Ok(at.and_then(|at| usize::try_from(at).ok()).filter(|&at| at < length))
            }
            Some(Err(())) => Err(Raised::index("cannot fit 'int' into an index-sized integer")),
            None => Err(Raised::of_type(format!(
                "{sequence} indices must be integers or slices, not {}",
                self.type_name(key)
            ))),
        }
    }

    /// `set.update(items)`, or `object.add(item)` for each; with `ask`, `add` is asked for even where there are no items.
    pub(crate) fn add_items(&mut self, target: Id, items: &[Id], ask: bool) -> Done {
        if matches!(self.get(target), Object::Set(_)) {
            for &item in items {
                let class = self.class(item)?;
                if let Some(Object::Set(table)) = self.get_mut(target) {
                    table.insert(class, item, item);
                }
            }
            return Ok(());
        }
        if self.is_inert(target) || (items.is_empty() && !ask) {
            return Ok(());
        }
        Err(self.no_attribute(target, "add"))
    }

    /// `frozenset(items)`.
    pub(crate) fn frozenset(&mut self, items: &[Id]) -> Done<Id> {
        let mut table = Table::default();
        for &item in items {
            table.insert(self.class(item)?, item, item);
        }
        Ok(self.add(Object::FrozenSet(Box::new(table))))
    }

    /// `memoryview(object)`, in its place where that can be written to.
    pub(crate) fn read_only(&mut self, id: Id) -> Done<Id> {
        match self.get(id) {
            Object::Bytes(_) | Object::View(_) => Ok(id),
            Object::ByteArray(_) => Ok(self.add(Object::View(id))),
            _ => Err(Raised::of_type(format!(
                "memoryview: a bytes-like object is required, not '{}'",
                self.type_name(id)
            ))),
        }
    }

    /// `setattr(object, name, value)` for each item of a dict, on an object of a builtin type.
    pub(crate) fn set_attributes(&self, target: Id, state: &Table) -> Done {
        let Some(&(name, _)) = state.items.first() else { return Ok(()) };
        match self.get(name) {
            Object::Str(text) => Err(self.no_attribute(target, &crate::words::name(text))),
            _ => {
                Err(Raised::of_type(format!("attribute name must be string, not '{}'", self.type_name(name))))
            }
        }
    }

    /// What `persistent_load` gives.
    pub(crate) fn persistent(&mut self, id: Id, as_what: Persistent) -> Id {
        if as_what == Persistent::Tuple {
            let tag = self.add(Object::Str(b"PID".as_slice().into()));
            let id = match self.get(id) {
                Object::Str(_) | Object::Int(_) | Object::Big(_) => id,
                _ => self.add(Object::Str(self.type_name(id).as_bytes().into())),
            };
            return self.tuple(vec![tag, id]);
        }
        self.add(Object::Persistent(id))
    }

    /// An int.
    pub(crate) fn integer(&mut self, value: crate::literal::Integer) -> Id {
        match value {
            crate::literal::Integer::Small(value) => self.add(Object::Int(value)),
            crate::literal::Integer::Big(value) => self.big(value),
        }
    }

    fn big(&mut self, value: BigInt) -> Id {
        self.add(Object::Big(Box::new(value)))
    }

    /// The two items of a state that has a part for slots.
    pub(crate) fn pair(&self, id: Id) -> Option<(Id, Id)> {
        match self.get(id) {
            Object::Tuple(items) => match **items {
                [first, second] => Some((first, second)),
                _ => None,
            },
            _ => None,
        }
    }
}
