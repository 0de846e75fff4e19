//! Rows of values in a protocol: the opcode that a pickler takes for them.

use pickle_machine::{Global, Names};
use pickle_ops::{ByteString, Integer, Opcode, Operand, Reader, Text, WriteFault, write};

use super::super::draft::New;
use crate::operand;

/// The row of an opcode with a value.
pub(super) fn row(opcode: Opcode, value: &Operand<'_>) -> Result<New, String> {
    let mut bytes = Vec::new();
    write(&mut bytes, opcode, value).map_err(|fault| refusal(opcode, &fault))?;
    let op = Reader::new(&bytes, 0).next_op().map_err(|fault| fault.kind.to_string())?;
    let mut text = opcode.name().to_owned();
    operand::write(&mut text, &op, true);
    Ok(New::row(text, bytes.len()))
}

fn refusal(opcode: Opcode, fault: &WriteFault) -> String {
    format!("{} does not take it: {fault}", opcode.name())
}

/// An int.
pub(super) fn int(value: Integer<'_>, protocol: u8) -> Result<New, String> {
    let small = value.to_i64();
    let opcode = match small {
        Some(value) if protocol == 0 => {
            // `save_long`: what does not fit four bytes is a long.
            if i32::try_from(value).is_ok() { Opcode::Int } else { Opcode::Long }
        }
        Some(0..=0xff) => Opcode::BinInt1,
        Some(0x100..=0xffff) => Opcode::BinInt2,
        Some(value) if i32::try_from(value).is_ok() => Opcode::BinInt,
        _ if protocol >= 2 => Opcode::Long1,
        _ => Opcode::Long,
    };
    row(opcode, &Operand::Int(value))
}

/// A str.
pub(super) fn text(value: Text<'_>, protocol: u8) -> Result<New, String> {
    row(if protocol == 0 { Opcode::Unicode } else { Opcode::BinUnicode }, &Operand::Text(value))
}

/// A Python 2 string.
pub(super) fn string(value: ByteString<'_>, protocol: u8) -> Result<New, String> {
    let bytes = value.bytes().map_err(|fault| fault.to_string())?;
    let opcode = match bytes.len() {
        _ if protocol == 0 => Opcode::String,
        0..=0xff => Opcode::ShortBinString,
        _ => Opcode::BinString,
    };
    row(opcode, &Operand::ByteString(value))
}

/// `bytes`; below protocol 3 they are encoded from a str (`save_bytes` in `pickle.py`).
pub(super) fn bytes(value: &[u8], protocol: u8) -> Result<Vec<New>, String> {
    if protocol >= 3 {
        let opcode = match value.len() {
            0..=0xff => Opcode::ShortBinBytes,
            length if u32::try_from(length).is_ok() => Opcode::BinBytes,
            _ => Opcode::BinBytes8,
        };
        return Ok(vec![row(opcode, &Operand::Bytes(value))?]);
    }
    if value.is_empty() {
        let mut rows = vec![builtin("bytes", protocol)];
        rows.extend(empty(Opcode::EmptyTuple, protocol));
        rows.push(New::op(Opcode::Reduce));
        return Ok(rows);
    }
    let latin: String = value.iter().map(|&byte| char::from(byte)).collect();
    Ok(vec![
        global("_codecs", "encode"),
        New::op(Opcode::Mark),
        text(Text::Utf8(latin.as_bytes()), protocol)?,
        text(Text::Utf8(b"latin1"), protocol)?,
        New::op(Opcode::Tuple),
        New::op(Opcode::Reduce),
    ])
}

/// An empty container.
pub(super) fn empty(opcode: Opcode, protocol: u8) -> Vec<New> {
    let of_mark = match opcode {
        Opcode::EmptyTuple => Opcode::Tuple,
        Opcode::EmptyDict => Opcode::Dict,
        _ => Opcode::List,
    };
    if protocol >= 1 { vec![New::op(opcode)] } else { vec![New::op(Opcode::Mark), New::op(of_mark)] }
}

/// A global by names that need no care.
pub(super) fn global(module: &str, name: &str) -> New {
    // The opcode, and two lines.
    New::row(format!("GLOBAL '{module}' '{name}'"), module.len() + name.len() + 3)
}

/// A builtin, by the name of its module that the protocol has for it.
pub(super) fn builtin(name: &str, protocol: u8) -> New {
    global(if protocol < 3 { "__builtin__" } else { "builtins" }, name)
}

/// A function of `copyreg`.
pub(super) fn copyreg(name: &str, protocol: u8) -> New {
    global(if protocol < 3 { "copy_reg" } else { "copyreg" }, name)
}

/// The names with which `protocol` loads what these load under `declared`.
pub(super) fn renamed(
    module: &str,
    name: &str,
    declared: u8,
    protocol: u8,
) -> Result<(String, String), String> {
    let resolved = |names: &Names<'_>, protocol| {
        let written =
            Some(Names { module: names.module.to_string().into(), name: names.name.to_string().into() });
        Global { at: 0, written, protocol }
            .resolved()
            .map(|names| (names.module.into_owned(), names.name.into_owned()))
    };
    let written = Names { module: module.to_owned().into(), name: name.to_owned().into() };
    let meant = resolved(&written, declared).unwrap_or_default();
    if resolved(&written, protocol).as_ref() == Some(&meant) {
        return Ok((module.to_owned(), name.to_owned()));
    }
    let direct = Names { module: meant.0.clone().into(), name: meant.1.clone().into() };
    if resolved(&direct, protocol).as_ref() == Some(&meant) {
        return Ok(meant);
    }
    Err(format!("below protocol 3 the names {module}.{name} mean another global"))
}

/// A global by any names; a nested one by attributes below protocol 4 (`save_global` in `pickle.py`).
pub(super) fn global_of(module: &str, name: &str, nested: bool, protocol: u8) -> Result<Vec<New>, String> {
    let one = |name: &str| row(Opcode::Global, &Operand::Global(module.as_bytes(), name.as_bytes()));
    let parts: Vec<&str> = name.split('.').collect();
    let (true, [first, attributes @ ..]) = (nested && protocol < 4 && parts.len() > 1, parts.as_slice())
    else {
        return Ok(vec![one(name)?]);
    };
    let mut rows = Vec::new();
    for _ in attributes {
        rows.extend([builtin("getattr", protocol), New::op(Opcode::Mark)]);
    }
    rows.push(one(first)?);
    for attribute in attributes {
        rows.push(text(Text::Utf8(attribute.as_bytes()), protocol)?);
        rows.extend([New::op(Opcode::Tuple), New::op(Opcode::Reduce)]);
    }
    Ok(rows)
}
