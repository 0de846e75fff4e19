//! Functions of TorchScript for mobile devices that are run when the file is loaded, by their instructions: in `bytecode.pkl`, or in a
//! FlatBuffer.

use std::collections::{HashMap, HashSet};

use super::routines::{LARGE, MOST_CALLS, SMALL};
use crate::code::{Call, Routine, SETSTATE};
use crate::formats::arrow::flatbuffer::Table;
use crate::sniff::opcodes;

/// Instructions of one function that is run when the file is loaded, as they are read.
struct Instructions {
    routine: Routine,
    product: f64,
}

impl Instructions {
    fn new() -> Self {
        Self { routine: Routine { name: SETSTATE.to_owned(), ..Routine::default() }, product: 1.0 }
    }

    fn instruction(&mut self, at: usize, name: &str) {
        match name {
            "LOOP" => drop(self.routine.long_loop.get_or_insert(at)),
            // What it calls is not inlined, as writers do.
            "CALL" | "INTERFACE_CALL" | "FORK" | "AWAITABLE" => self.call(at, name),
            _ => {}
        }
    }

    fn call(&mut self, at: usize, name: &str) {
        if self.routine.calls.len() == MOST_CALLS {
            self.routine.long_loop.get_or_insert(at);
        } else {
            // An operator is called by its name without the namespace and the overload.
            let name = name.rsplit("::").next().and_then(|name| name.split('.').next()).unwrap_or_default();
            self.routine.calls.push(Call { name: name.to_owned(), is_fixed: false, at });
        }
    }

    fn number(&mut self, at: usize, number: f64) {
        if number >= SMALL {
            self.product *= number;
            if self.product > LARGE {
                self.routine.large_number.get_or_insert(at);
            }
        }
    }
}

impl Instructions {
    /// A constant in a FlatBuffer.
    fn constant(&mut self, value: &Table<'_>, left: &mut usize) {
        match (value.byte(0), value.table(1)) {
            (INT, Some(number)) => self.number(value.at, size(number.own_long())),
            (INT_LIST, Some(list)) => {
                let numbers = list.longs(0, 1).take_while(|_| spend(left));
                numbers.for_each(|number| self.number(list.at, size(number)));
            }
            _ => {}
        }
    }
}

/// Texts that are remembered of a pickle of instructions; each writer has some hundred.
const MOST_TEXTS: usize = 1 << 16;

/// The parts of the instructions of a function.
const PARTS: &[&str] = &["instructions", "operators", "constants", "types", "register_size"];

/// Tells `told` the functions in `bytecode.pkl` that are run when the file is loaded: tuples of a name and of named parts.
pub(crate) fn of_pickle(pickle: &[u8], told: &mut dyn FnMut(Routine) -> bool) {
    let mut reader = Reader::default();
    let mut at = 0;
    for (code, operand) in opcodes(pickle) {
        let text = reader.text(code, operand);
        if let Some(number) = integer(code, operand) {
            reader.number(at, number);
        }
        if let Some(done) = text.and_then(|text| reader.take(at, text))
            && told(done.routine)
        {
            return;
        }
        at += 1 + operand.len();
    }
    let mut last = reader.open;
    if reader.is_cut {
        // Nobody knows what it says.
        last.get_or_insert_with(Instructions::new).routine.long_loop.get_or_insert(0);
    }
    last.map(|last| told(last.routine));
}

/// Reads instructions from a pickle.
#[derive(Default)]
struct Reader<'a> {
    /// Texts that are remembered, by their numbers.
    texts: HashMap<u32, &'a str>,
    /// There were more of them.
    is_cut: bool,
    last: Option<&'a str>,
    open: Option<Instructions>,
    /// The part of a function that is being told.
    part: &'a str,
}

impl<'a> Reader<'a> {
    /// The text that an opcode pushes; those that are remembered are remembered here.
    fn text(&mut self, code: u8, operand: &'a [u8]) -> Option<&'a str> {
        let text = |skipped: usize| std::str::from_utf8(operand.get(skipped..)?).ok();
        let text = match code {
            b'X' => text(4),
            b'U' => text(1),
            b'h' | b'j' => self.texts.get(&index(operand)).copied(),
            b'q' | b'r' => {
                let last = self.last?;
                self.is_cut |= self.texts.len() == MOST_TEXTS;
                if !self.is_cut {
                    self.texts.insert(index(operand), last);
                }
                return None;
            }
            _ => None,
        };
        self.last = text;
        text
    }

    fn number(&mut self, at: usize, number: f64) {
        let Some(open) = &mut self.open else { return };
        match self.part {
            "constants" => open.number(at, number),
            // A jump back.
            "instructions" if number < 0.0 => open.instruction(at, "LOOP"),
            _ => {}
        }
    }

    /// Takes a text; gives the function that ends before it.
    fn take(&mut self, at: usize, text: &'a str) -> Option<Instructions> {
        if text.rsplit('.').next() == Some(SETSTATE) && text != SETSTATE {
            return self.open.replace(Instructions::new());
        }
        if self.part == "register_size" && text.starts_with("__torch__.") {
            // The next function, or the class that this one is of.
            return self.open.take();
        }
        if PARTS.contains(&text) {
            self.part = text;
            return None;
        }
        let open = self.open.as_mut()?;
        match self.part {
            "instructions" => open.instruction(at, text),
            "operators" => open.call(at, text),
            _ => {}
        }
        None
    }
}

fn index(operand: &[u8]) -> u32 {
    operand.iter().rev().fold(0, |index, byte| index << 8 | u32::from(*byte))
}

/// The number that an opcode pushes.
fn integer(code: u8, operand: &[u8]) -> Option<f64> {
    match code {
        b'J' => operand.first_chunk().map(|four| f64::from(i32::from_le_bytes(*four))),
        b'K' | b'M' => Some(f64::from(index(operand))),
        // Of more than four bytes.
        0x8a => Some(if operand.len() > 5 { LARGE * 2.0 } else { 0.0 }),
        _ => None,
    }
}

/// Numbers of kinds of values in a FlatBuffer (`IValueUnion` of torch's `mobile_bytecode.fbs`).
const INT: u8 = 1;
const OBJECT: u8 = 10;
const INT_LIST: u8 = 11;
const FUNCTION: u8 = 16;
/// Bytes of the name of an operator.
const LONGEST_NAME: usize = 256;

/// Tells `told` the functions in a FlatBuffer that are run when the file is loaded.
pub(crate) fn of_flatbuffer(bytes: &[u8], told: &mut dyn FnMut(Routine) -> bool) {
    let Some(module) = Table::root(bytes) else { return };
    let values: Vec<Table<'_>> = module.tables(4).collect();
    let objects = values.iter().filter(|value| value.byte(0) == OBJECT);
    // Each takes four bytes, or more, in a file that torch wrote.
    let mut left = bytes.len();
    let hooks: HashSet<u32> = objects.filter_map(|value| Some(value.table(1)?.int(3))).collect();
    for (number, value) in values.iter().enumerate().filter(|(_, value)| value.byte(0) == FUNCTION) {
        let Some(function) = value.table(1) else { continue };
        let is_named = function.string(0).is_some_and(|(_, name)| name.ends_with(SETSTATE.as_bytes()));
        let is_hook = u32::try_from(number).is_ok_and(|number| hooks.contains(&number));
        if (is_named || is_hook) && told(routine_of(&function, &values, &mut left)) {
            return;
        }
    }
}

/// Opcodes of instructions, by their numbers (`instruction.h` of torch).
const OPCODES: &[(u32, &str)] =
    &[(11, "LOOP"), (14, "CALL"), (20, "INTERFACE_CALL"), (46, "FORK"), (50, "AWAITABLE")];
/// Those of jumps, whose second operand says how far.
const JUMPS: [u32; 2] = [9, 10];

/// A number as a float; that of a negative one is of no interest.
fn size(number: u64) -> f64 {
    if number.cast_signed() < 0 { 0.0 } else { number as f64 }
}

/// What a function has. `left` is how many more things are looked at: functions may have the same ones, over and over.
fn routine_of(function: &Table<'_>, values: &[Table<'_>], left: &mut usize) -> Routine {
    let mut open = Instructions::new();
    // Each is a byte, one for nothing, two for one operand and four for the other.
    let mut words = function.ints(1, 2);
    while let (Some(first), Some(second)) = (words.next(), words.next())
        && spend(left)
    {
        let code = first & 0xff;
        let name = OPCODES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name);
        let is_back = JUMPS.contains(&code) && second.cast_signed() < 0;
        open.instruction(function.at, if is_back { "LOOP" } else { name.unwrap_or_default() });
    }
    for operator in function.tables(2).take_while(|_| spend(left)) {
        let name = operator
            .string(0)
            .map(|(_, name)| String::from_utf8_lossy(&name[..name.len().min(LONGEST_NAME)]));
        open.call(operator.at, &name.unwrap_or_default());
    }
    for index in function.ints(3, 1) {
        if !spend(left) {
            break;
        }
        let value = usize::try_from(index).ok().and_then(|index| values.get(index));
        value.into_iter().for_each(|value| open.constant(value, left));
    }
    if *left == 0 {
        // Nobody knows what there is besides.
        open.routine.long_loop.get_or_insert(function.at);
    }
    open.routine
}

/// Whether one more thing may be looked at.
fn spend(left: &mut usize) -> bool {
    *left = left.saturating_sub(1);
    *left > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As torch writes `bytecode.pkl`.
    fn pickle(name: &str, instructions: &[u8], constants: &[u8]) -> Vec<u8> {
        let text = |text: &str| {
            let len = u32::try_from(text.len()).unwrap().to_le_bytes();
            [b"X", &len[..], text.as_bytes()].concat()
        };
        let part = |name: &str, inside: &[u8]| [&text(name), &b"("[..], inside, b"t\x86"].concat();
        [
            &b"\x80\x02(K\x08"[..],
            &text(&format!("__torch__.M.{name}")),
            b"(",
            &part("instructions", instructions),
            &part("operators", &text("aten::ones")),
            &part("constants", constants),
            &part("types", b""),
            &text("register_size"),
            b"K\x02\x86t\x86t.",
        ]
        .concat()
    }

    #[test]
    fn instructions_in_a_pickle() {
        let told = |pickle: &[u8]| {
            let mut all = Vec::new();
            of_pickle(pickle, &mut |routine| {
                all.push((routine.calls.len(), routine.long_loop.is_some(), routine.large_number.is_some()));
                false
            });
            all
        };
        let (loops, back) = (b"X\x04\0\0\0LOOPK\x02K\0\x87", b"X\x03\0\0\0JMPJ\xf8\xff\xff\xffK\0\x87");
        let large = b"J\0\0\0\x7f";
        assert_eq!(told(&pickle(SETSTATE, b"", b"K\x03")), [(1, false, false)]);
        assert_eq!(told(&pickle(SETSTATE, loops, b"")), [(1, true, false)]);
        assert_eq!(told(&pickle(SETSTATE, back, large)), [(1, true, true)]);
        // Nobody runs it before the model is called.
        assert_eq!(told(&pickle("forward", loops, large)), []);
        assert_eq!(told(b"X"), []);
        let many: Vec<u8> = (0..=u32::try_from(MOST_TEXTS).unwrap())
            .flat_map(|number| [&b"X\x01\0\0\0ar"[..], &number.to_le_bytes()].concat())
            .collect();
        assert_eq!(told(&many), [(0, true, false)]);
    }

    /// Lets the field at `field` lead to what comes next.
    fn lead(bytes: &mut [u8], field: usize) {
        let distance = u32::try_from(bytes.len() - field).unwrap();
        bytes[field..field + 4].copy_from_slice(&distance.to_le_bytes());
    }

    /// Adds a table of so many fields of eight bytes, to which the field at `from` leads; gives where its fields begin.
    fn table(bytes: &mut Vec<u8>, from: usize, fields: u16) -> usize {
        let layout = 4 + 2 * fields;
        bytes.extend(
            [layout, 4 + 8 * fields]
                .into_iter()
                .chain((0..fields).map(|field| 4 + 8 * field))
                .flat_map(u16::to_le_bytes),
        );
        lead(bytes, from);
        bytes.extend(i32::from(layout).to_le_bytes());
        let start = bytes.len();
        bytes.extend(vec![0; usize::from(fields) * 8]);
        start
    }

    /// A FlatBuffer of one function, with an instruction and a number.
    fn flatbuffer(name: &str, instruction: [u8; 8], number: i64) -> Vec<u8> {
        let mut bytes = b"\0\0\0\0PTMF".to_vec();
        let module = table(&mut bytes, 0, 5);
        lead(&mut bytes, module + 4 * 8);
        let values = bytes.len();
        bytes.extend([2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        let value = table(&mut bytes, values + 4, 2);
        bytes[value] = INT;
        lead(&mut bytes, value + 8);
        bytes.extend(number.to_le_bytes());
        let value = table(&mut bytes, values + 8, 2);
        bytes[value] = FUNCTION;
        let function = table(&mut bytes, value + 8, 4);
        lead(&mut bytes, function);
        bytes.extend(u32::try_from(name.len()).unwrap().to_le_bytes());
        bytes.extend(name.as_bytes());
        lead(&mut bytes, function + 8);
        bytes.extend([&[1, 0, 0, 0][..], &instruction].concat());
        // The one constant is the first value.
        lead(&mut bytes, function + 3 * 8);
        bytes.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        bytes
    }

    #[test]
    fn instructions_in_a_flatbuffer() {
        let told = |name: &str, instruction: [u8; 8], number| {
            let mut all = Vec::new();
            of_flatbuffer(&flatbuffer(name, instruction, number), &mut |routine| {
                all.push((routine.long_loop.is_some(), routine.large_number.is_some()));
                false
            });
            all
        };
        let (ret, looped, back) =
            ([12, 0, 0, 0, 0, 0, 0, 0], [11, 0, 1, 0, 2, 0, 0, 0], [10, 0, 0, 0, 0xf8, 0xff, 0xff, 0xff]);
        let hook = "__torch__.M.__setstate__";
        assert_eq!(told(hook, ret, 3), [(false, false)]);
        assert_eq!(told(hook, looped, 3), [(true, false)]);
        assert_eq!(told(hook, back, 1 << 40), [(true, true)]);
        assert_eq!(told(hook, ret, -1), [(false, false)]);
        assert_eq!(told("__torch__.M.forward", looped, 1 << 40), []);
        let whole = flatbuffer(hook, looped, 3);
        for len in 0..whole.len() {
            of_flatbuffer(&whole[..len], &mut |_| false);
        }
    }
}
