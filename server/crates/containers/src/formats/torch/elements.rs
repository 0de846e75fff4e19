//! How many bytes a number of a torch storage takes, and which storage holds which, from the pickle that mentions them. Follows
//! constants and the memo; knows no other values.

use std::collections::HashMap;

use crate::bytes::u32_at;
use crate::sniff::opcodes;

/// Bytes of an element, by the name of the storage class (`torch/storage.py`, `torch/_utils.py: _element_size`).
const SIZES: &[(&[u8], u64)] = &[
    (b"DoubleStorage", 8),
    (b"FloatStorage", 4),
    (b"HalfStorage", 2),
    (b"BFloat16Storage", 2),
    (b"LongStorage", 8),
    (b"IntStorage", 4),
    (b"ShortStorage", 2),
    (b"CharStorage", 1),
    (b"ByteStorage", 1),
    (b"BoolStorage", 1),
    (b"ComplexDoubleStorage", 16),
    (b"ComplexFloatStorage", 8),
    (b"QUInt8Storage", 1),
    (b"QInt8Storage", 1),
    (b"QInt32Storage", 4),
    (b"QUInt4x2Storage", 1),
    (b"QUInt2x4Storage", 1),
    (b"UntypedStorage", 1),
];

/// Texts longer than this are no key.
const MAX_KEY: usize = 64;

/// How many values of a tuple are kept: those of a persistent id of a storage.
const TUPLE: usize = 8;

/// A constant.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// A short text.
    Text(&'a [u8]),
    /// A storage class, by the bytes of its elements.
    Storage(u64),
    /// Anything else.
    Other,
}

/// The constants of a pickle in the order in which they are pushed, the opcode of each, memo resolved.
pub(super) fn constants(pickle: &[u8]) -> impl Iterator<Item = (u8, Value<'_>)> {
    let mut memo: HashMap<u32, Value<'_>> = HashMap::new();
    let (mut before, mut last, mut count) = (Value::Other, Value::Other, 0u32);
    opcodes(pickle).map(move |(code, operand)| {
        let value = match code {
            b'X' => text(operand.get(4..)),
            b'U' | 0x8c => text(operand.get(1..)),
            b'T' => text(operand.get(4..)),
            b'V' => text(operand.strip_suffix(b"\n")),
            b'c' => class(operand),
            0x93 => class_of(before, last),
            b'h' => recall(&memo, operand.first().copied().map(u32::from)),
            b'j' => recall(&memo, u32_at(operand, 0)),
            b'g' => recall(&memo, decimal(operand)),
            b'q' => put(&mut memo, operand.first().copied().map(u32::from), last),
            b'r' => put(&mut memo, u32_at(operand, 0), last),
            b'p' => put(&mut memo, decimal(operand), last),
            0x94 => {
                count = count.wrapping_add(1);
                put(&mut memo, Some(count - 1), last)
            }
            _ => Value::Other,
        };
        if !is_put(code) {
            before = last;
        }
        last = value;
        (code, value)
    })
}

fn text(bytes: Option<&[u8]>) -> Value<'_> {
    bytes.filter(|text| text.len() <= MAX_KEY).map_or(Value::Other, Value::Text)
}

fn recall<'a>(memo: &HashMap<u32, Value<'a>>, slot: Option<u32>) -> Value<'a> {
    slot.and_then(|slot| memo.get(&slot)).copied().unwrap_or(Value::Other)
}

/// Keeps what is worth it; a PUT leaves the value where it is.
fn put<'a>(memo: &mut HashMap<u32, Value<'a>>, slot: Option<u32>, last: Value<'a>) -> Value<'a> {
    if let (Some(slot), Value::Text(_) | Value::Storage(_)) = (slot, last) {
        memo.insert(slot, last);
    }
    last
}

fn decimal(line: &[u8]) -> Option<u32> {
    std::str::from_utf8(line).ok()?.trim().parse().ok()
}

/// Whether an opcode only puts into the memo what is there.
pub(super) fn is_put(code: u8) -> bool {
    matches!(code, b'p' | b'q' | b'r' | 0x94)
}

/// Module and name of GLOBAL, a line each.
pub(super) fn class(operand: &[u8]) -> Value<'_> {
    let mut lines = operand.split(|byte| *byte == b'\n').map(Value::Text);
    class_of(lines.next().unwrap_or(Value::Other), lines.next().unwrap_or(Value::Other))
}

/// The storage class of `torch` or of `torch.cuda`.
pub(super) fn class_of<'a>(module: Value<'a>, name: Value<'a>) -> Value<'a> {
    let (Value::Text(module), Value::Text(name)) = (module, name) else { return Value::Other };
    let is_torch = matches!(module, b"torch" | b"torch.cuda" | b"torch.storage");
    let size = SIZES.iter().find(|(known, _)| *known == name).filter(|_| is_torch);
    size.map_or(Value::Other, |(_, size)| Value::Storage(*size))
}

/// Bytes of an element of each storage that the pickle of an object mentions, by key: `('storage', class, key, …)` is its
/// persistent id (`torch/serialization.py`, `_legacy_save`).
pub(super) fn of_storages(object: &[u8]) -> HashMap<&[u8], u64> {
    let mut sizes = HashMap::new();
    let mut tuple: Vec<Value<'_>> = Vec::with_capacity(TUPLE);
    for (code, value) in constants(object) {
        match code {
            b'(' => tuple.clear(),
            b't' => {
                if let [Value::Text(b"storage"), Value::Storage(size), Value::Text(key), ..] = tuple[..] {
                    sizes.insert(key, size);
                }
                tuple.clear();
            }
            _ if is_put(code) => {}
            // Module and name make way for the class.
            0x93 => {
                tuple.truncate(tuple.len().saturating_sub(2));
                tuple.push(value);
            }
            _ if tuple.len() < TUPLE => tuple.push(value),
            _ => {}
        }
    }
    sizes
}
