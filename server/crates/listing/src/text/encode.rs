//! The bytes of one row: which operands an opcode takes, and how they are written. Everything that is wrong with them is
//! said at their columns.

use std::ops::Range;

use pickle_ops::{
    ByteString, Framing, Integer, Opcode, Operand as Value, OperandKind as Form, Text, WriteFault, write,
    write_raw,
};

use super::literal::{self, Points, read_bytes, read_str};
use super::memo::Slots;
use super::problem::Problem;
use super::syntax::{Operand, OperandKind, Row, Word, shown};

/// What a row is to the rows around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect {
    /// It makes no bytes, and there is nothing wrong with that.
    Nothing,
    /// It has its bytes.
    Bytes,
    /// It has its bytes, and is this opcode.
    Op(Opcode),
    /// It is `FRAME` with a length that is to be found.
    AutoFrame,
    /// It is wrong, and has none.
    Wrong,
}

/// Room that rows share.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    value: Vec<u8>,
    second: Vec<u8>,
}

/// Appends the bytes of a row to `out`, and what is wrong with it to `problems`.
pub(super) fn encode(
    row: &Row<'_>,
    line: usize,
    slots: &mut Slots,
    scratch: &mut Scratch,
    out: &mut Vec<u8>,
    problems: &mut Vec<Problem>,
) -> Effect {
    let wrong = row.elision.is_some()
        || row.problems.iter().any(|problem| problem.severity == super::Severity::Error);
    let Some(mnemonic) = &row.mnemonic else {
        return if wrong || !row.operands.is_empty() { Effect::Wrong } else { Effect::Nothing };
    };
    if wrong || mnemonic.word.is_none() {
        return Effect::Wrong;
    }
    let before = out.len();
    let mut encoder = Encoder { row, line, slots, scratch, out, name: &mnemonic.columns };
    let done = match mnemonic.word {
        Some(Word::Op(opcode)) => encoder.op(opcode, problems),
        Some(Word::Bytes) => encoder.raw_bytes(),
        None => Ok(Effect::Wrong),
    };
    done.unwrap_or_else(|found| {
        out.truncate(before);
        problems.extend(found);
        Effect::Wrong
    })
}

struct Encoder<'e, 't> {
    row: &'e Row<'t>,
    line: usize,
    slots: &'e mut Slots,
    scratch: &'e mut Scratch,
    out: &'e mut Vec<u8>,
    /// Columns of the mnemonic.
    name: &'e Range<usize>,
}

type Done<T> = Result<T, Vec<Problem>>;

impl<'e, 't> Encoder<'e, 't> {
    fn op(&mut self, opcode: Opcode, warnings: &mut Vec<Problem>) -> Done<Effect> {
        let start = self.out.len();
        match opcode.info().operand {
            Form::None => return self.no_operand(opcode, warnings),
            Form::LinePair => self.pair(opcode)?,
            _ => {
                let operand = self.only_operand(opcode)?;
                if opcode == Opcode::Frame && self.word(operand) == "auto" {
                    return Ok(Effect::AutoFrame);
                }
                if operand.kind == OperandKind::Label {
                    self.label(opcode, operand, warnings)?;
                } else {
                    self.single(opcode, operand)?;
                    warnings.extend(self.take_note(opcode, start, operand));
                }
            }
        }
        Ok(Effect::Op(opcode))
    }

    fn raw_bytes(&mut self) -> Done<Effect> {
        let operand = match self.row.operands.as_slice() {
            [operand] if operand.kind == OperandKind::Bytes => operand,
            [] => return Err(vec![self.missing("a bytes literal behind BYTES")]),
            [operand] => {
                let found = format!("expected a bytes literal behind BYTES, found {}", self.found(operand));
                return Err(vec![Problem::error(operand.columns.clone(), found)]);
            }
            [_, more, ..] => return Err(vec![self.surplus(more, "one bytes literal")]),
        };
        read_bytes(self.row.slice(&operand.columns), operand.columns.start, self.out)?;
        Ok(Effect::Bytes)
    }

    /// An opcode without operand; `MEMOIZE` and `STOP` concern the memo.
    fn no_operand(&mut self, opcode: Opcode, warnings: &mut Vec<Problem>) -> Done<Effect> {
        match (opcode, self.row.operands.as_slice()) {
            (Opcode::Memoize, [operand]) if operand.kind == OperandKind::Label => {
                let slot = self.slots.next(true);
                let defined = self.slots.define(self.label_name(operand), slot, self.line, &operand.columns);
                warnings.extend(defined.map_err(|problem| vec![problem])?);
            }
            (_, []) => match opcode {
                Opcode::Memoize => warnings.extend(self.slots.memoize(self.name)),
                Opcode::Stop => self.slots.stop(),
                _ => {}
            },
            (_, [operand, ..]) => {
                let kind = if opcode == Opcode::Memoize { "no operand but a $label" } else { "no operand" };
                return Err(vec![self.surplus(operand, kind)]);
            }
        }
        self.out.push(opcode as u8);
        Ok(Effect::Op(opcode))
    }

    /// The one operand that an opcode takes.
    fn only_operand(&self, opcode: Opcode) -> Done<&'e Operand> {
        match self.row.operands.as_slice() {
            [operand] => Ok(operand),
            [] => Err(vec![self.missing(&expected(opcode))]),
            [_, more, ..] => Err(vec![self.surplus(more, "one operand")]),
        }
    }

    fn single(&mut self, opcode: Opcode, operand: &Operand) -> Done<()> {
        let text = self.row.slice(&operand.columns);
        let column = operand.columns.start;
        let value = &mut self.scratch.value;
        value.clear();
        let form = opcode.info().operand;
        let written = match (operand.kind, form) {
            (OperandKind::Bytes, _) => {
                read_bytes(text, column, value)?;
                write_raw(self.out, opcode, value)
            }
            (OperandKind::Str, Form::Unicode1 | Form::Unicode4 | Form::Unicode8 | Form::UnicodeLine) => {
                read_str(text, column, Points::All, value)?;
                write(self.out, opcode, &Value::Text(Text::Utf8(value)))
            }
            (OperandKind::Str, Form::String1 | Form::String4) => {
                read_str(text, column, Points::Ascii, value)?;
                write(self.out, opcode, &Value::ByteString(ByteString::Plain(value)))
            }
            (OperandKind::Str, Form::TextLine) => {
                read_str(text, column, Points::Ascii, value)?;
                write(self.out, opcode, &Value::Line(value))
            }
            (OperandKind::Str, Form::StringLine) => return self.quoted_line(opcode, operand),
            (OperandKind::Word, Form::DecimalLine)
                if opcode == Opcode::Int && matches!(text, "True" | "False") =>
            {
                write(self.out, opcode, &Value::Bool(text == "True"))
            }
            (OperandKind::Number | OperandKind::Word, Form::FloatLine | Form::Float8) => {
                let value = literal::float(text).map_err(|expected| self.unfit(operand, &expected))?;
                write(self.out, opcode, &Value::Float(value))
            }
            (OperandKind::Number, _) if takes_integer(form) => {
                let value = literal::integer(text).map_err(|expected| self.unfit(operand, &expected))?;
                write(self.out, opcode, &number(opcode, value, text))
            }
            _ => return Err(self.unfit(operand, &format!("expected {}", expected(opcode)))),
        };
        written.map_err(|fault| vec![self.fault(opcode, operand, &fault)])
    }

    /// `STRING` has a literal of Python 2 as its line: it is copied as it is written.
    fn quoted_line(&mut self, opcode: Opcode, operand: &Operand) -> Done<()> {
        let text = self.row.slice(&operand.columns);
        if let Some(at) = text.bytes().position(|byte| !(0x20..0x7f).contains(&byte)) {
            let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8);
            let at = operand.columns.start + at;
            let problem =
                Problem::error(at..at + length, "expected printable ASCII, found another character");
            return Err(vec![problem.advise("write the bytes of the string as escapes: \\xNN")]);
        }
        write_raw(self.out, opcode, text.as_bytes())
            .map_err(|fault| vec![self.fault(opcode, operand, &fault)])
    }

    /// Module and name, or both lines raw.
    fn pair(&mut self, opcode: Opcode) -> Done<()> {
        let is_literal = |operand: &Operand| matches!(operand.kind, OperandKind::Str | OperandKind::Bytes);
        let (module, name) = match self.row.operands.as_slice() {
            [module, name] if is_literal(module) && is_literal(name) => (module, name),
            [raw] if raw.kind == OperandKind::Bytes => {
                self.scratch.value.clear();
                read_bytes(self.row.slice(&raw.columns), raw.columns.start, &mut self.scratch.value)?;
                let written = write_raw(self.out, opcode, &self.scratch.value);
                return written.map_err(|fault| vec![self.fault(opcode, raw, &fault)]);
            }
            [one] if one.kind == OperandKind::Str => return Err(vec![self.one_name(one)]),
            [] => return Err(vec![self.missing("two str literals: module and name")]),
            [_, _, more, ..] => return Err(vec![self.surplus(more, "module and name")]),
            [first, rest @ ..] => {
                let wrong = rest.iter().chain([first]).find(|operand| !is_literal(operand)).unwrap_or(first);
                return Err(self.unfit(wrong, "expected a str literal for module and for name"));
            }
        };
        for (operand, half) in [(module, &mut self.scratch.value), (name, &mut self.scratch.second)] {
            half.clear();
            let (text, column) = (self.row.slice(&operand.columns), operand.columns.start);
            match operand.kind {
                OperandKind::Bytes => read_bytes(text, column, half)?,
                _ => read_str(text, column, Points::All, half)?,
            }
            if half.contains(&b'\n') {
                let message = "expected a name, which is a line, found a newline in it";
                return Err(vec![Problem::error(operand.columns.clone(), message)]);
            }
        }
        let value = Value::Global(&self.scratch.value, &self.scratch.second);
        write(self.out, opcode, &value).map_err(|fault| vec![self.fault(opcode, module, &fault)])
    }

    /// `'os system'`, which is how pickletools shows the two lines.
    fn one_name(&self, operand: &Operand) -> Problem {
        let text = self.row.slice(&operand.columns);
        let problem =
            Problem::error(operand.columns.clone(), "expected two str literals, module and name, found one");
        match text.split_once(' ') {
            Some((module, name)) if !name.contains(' ') => {
                let quote = text.get(..1).unwrap_or("'");
                let two = format!("{module}{quote} {quote}{name}");
                problem.replace(format!("write {}", shown(&two)), two)
            }
            _ => problem.advise("write 'module' 'name'"),
        }
    }

    fn label(&mut self, opcode: Opcode, operand: &Operand, warnings: &mut Vec<Problem>) -> Done<()> {
        let name = self.label_name(operand);
        let one = |problem| vec![problem];
        let slot = match opcode {
            Opcode::Get | Opcode::BinGet | Opcode::LongBinGet => {
                self.slots.find(name, &operand.columns).map_err(one)?
            }
            Opcode::Put | Opcode::BinPut | Opcode::LongBinPut => self.slots.next(false),
            _ => return Err(self.unfit(operand, &format!("expected {}", expected(opcode)))),
        };
        let value = Value::Number(i64::try_from(slot).unwrap_or(i64::MAX));
        let written = write(self.out, opcode, &value);
        written.map_err(|fault| {
            let problem = self.fault(opcode, operand, &fault);
            vec![Problem { message: format!("{} (slot {slot})", problem.message), ..problem }]
        })?;
        if matches!(opcode, Opcode::Put | Opcode::BinPut | Opcode::LongBinPut) {
            warnings.extend(self.slots.define(name, slot, self.line, &operand.columns).map_err(one)?);
        }
        Ok(())
    }

    fn label_name(&self, operand: &Operand) -> &'t str {
        self.row.slice(&(operand.columns.start + 1..operand.columns.end))
    }

    /// What an op that stores by number does to the memo.
    fn take_note(&mut self, opcode: Opcode, start: usize, operand: &Operand) -> Option<Problem> {
        if !matches!(opcode, Opcode::Put | Opcode::BinPut | Opcode::LongBinPut) {
            return None;
        }
        let op = pickle_ops::Reader::new(self.out, start).next_op().ok()?;
        self.slots.store(op.memo_slot()?, &operand.columns)
    }

    fn word(&self, operand: &Operand) -> &'t str {
        if operand.kind == OperandKind::Word { self.row.slice(&operand.columns) } else { "" }
    }

    fn missing(&self, expected: &str) -> Problem {
        let end = self.name.end;
        let problem = Problem::error(end..end, format!("expected {expected}, found no operand"));
        let opcode = self.row.opcode();
        match opcode.map(|opcode| opcode.info().operand) {
            Some(Form::Bytes1 | Form::Bytes4 | Form::Bytes8 | Form::ByteArray8) => {
                problem.advise("write b'...'")
            }
            _ => problem,
        }
    }

    fn surplus(&self, operand: &Operand, expected: &str) -> Problem {
        let columns = operand.columns.clone();
        let message = format!("expected {expected}, found {}", self.found(operand));
        Problem::error(columns, message).replace("leave it out", "")
    }

    fn unfit(&self, operand: &Operand, expected: &str) -> Vec<Problem> {
        let problem =
            Problem::error(operand.columns.clone(), format!("{expected}, found {}", self.found(operand)));
        let text = self.row.slice(&operand.columns);
        let form = self.row.opcode().map(|opcode| opcode.info().operand);
        vec![match (operand.kind, form) {
            (OperandKind::Str, Some(Form::Bytes1 | Form::Bytes4 | Form::Bytes8 | Form::ByteArray8))
                if text.is_ascii() =>
            {
                problem.replace("put a b before it", format!("b{text}"))
            }
            (OperandKind::Word, Some(Form::DecimalLine)) => match text.to_ascii_lowercase().as_str() {
                "true" => problem.replace("write True", "True"),
                "false" => problem.replace("write False", "False"),
                _ => problem,
            },
            (OperandKind::Number, Some(_)) if text.ends_with(['l', 'L']) => {
                let bare = text.trim_end_matches(['l', 'L']);
                problem.replace("the L is added where it is needed", bare)
            }
            (OperandKind::Word, Some(form)) if takes_text(form) && text.is_ascii() => {
                problem.replace("put it in quotes", format!("'{text}'"))
            }
            _ => problem,
        }]
    }

    /// An operand in a message.
    fn found(&self, operand: &Operand) -> String {
        let text = shown(self.row.slice(&operand.columns));
        match operand.kind {
            OperandKind::Str => format!("the str {text}"),
            OperandKind::Bytes => format!("the bytes {text}"),
            OperandKind::Label => format!("the label {text}"),
            OperandKind::Number | OperandKind::Word | OperandKind::Malformed => text,
        }
    }

    fn fault(&self, opcode: Opcode, operand: &Operand, fault: &WriteFault) -> Problem {
        let text = self.row.slice(&operand.columns);
        let message = match fault {
            WriteFault::OutOfRange { least, most } => {
                format!("expected an integer from {least} to {most}, found {}", shown(text))
            }
            other => other.to_string(),
        };
        let problem = Problem::error(operand.columns.clone(), message);
        match fault {
            WriteFault::OutOfRange { .. } | WriteFault::TooLong { .. } => match wider(opcode, fault, text) {
                Some(name) => problem.edit(format!("{name} takes it"), self.name.clone(), name),
                None => problem,
            },
            WriteFault::TooManyDigits => problem.advise("write it in hexadecimal, or as raw bytes"),
            _ => problem,
        }
    }
}

/// An opcode that does the same with room for more.
fn wider(opcode: Opcode, fault: &WriteFault, text: &str) -> Option<&'static str> {
    let value = match literal::integer(text) {
        Ok(Integer::Small(value)) => Some(value),
        _ => None,
    };
    let wider = match (opcode, fault) {
        (Opcode::BinInt1 | Opcode::BinInt2 | Opcode::BinInt, WriteFault::OutOfRange { .. }) => match value {
            Some(0..=0xff) => Opcode::BinInt1,
            Some(0x100..=0xffff) => Opcode::BinInt2,
            Some(value) if i32::try_from(value).is_ok() => Opcode::BinInt,
            _ => Opcode::Long1,
        },
        (Opcode::BinGet, _) => Opcode::LongBinGet,
        (Opcode::BinPut, _) => Opcode::LongBinPut,
        (Opcode::LongBinGet, _) => Opcode::Get,
        (Opcode::LongBinPut, _) => Opcode::Put,
        (Opcode::Ext1, _) if value.is_some_and(|value| (0..=0xffff).contains(&value)) => Opcode::Ext2,
        (Opcode::Ext1 | Opcode::Ext2, _) => Opcode::Ext4,
        (Opcode::Long1, WriteFault::TooLong { .. }) => Opcode::Long4,
        (Opcode::ShortBinUnicode, _) => Opcode::BinUnicode,
        (Opcode::BinUnicode, _) => Opcode::BinUnicode8,
        (Opcode::ShortBinBytes, _) => Opcode::BinBytes,
        (Opcode::BinBytes, _) => Opcode::BinBytes8,
        (Opcode::ShortBinString, _) => Opcode::BinString,
        _ => return None,
    };
    // A negative number fits no wider slot or code either.
    let helps = value.is_none_or(|value| value >= 0) || matches!(wider, Opcode::BinInt | Opcode::Long1);
    (helps && wider != opcode).then(|| wider.name())
}

fn takes_integer(form: Form) -> bool {
    matches!(
        form,
        Form::Uint1
            | Form::Uint2
            | Form::Int4
            | Form::Uint4
            | Form::Uint8
            | Form::DecimalLine
            | Form::LongLine
            | Form::Long1
            | Form::Long4
    )
}

fn takes_text(form: Form) -> bool {
    matches!(
        form,
        Form::StringLine
            | Form::UnicodeLine
            | Form::TextLine
            | Form::String1
            | Form::String4
            | Form::Unicode1
            | Form::Unicode4
            | Form::Unicode8
    )
}

/// An int as the operand of an opcode: data, or a number of the machine.
fn number<'a>(opcode: Opcode, value: Integer<'a>, text: &str) -> Value<'a> {
    match value {
        Integer::Small(value) if matches!(opcode, Opcode::Get | Opcode::Put) => Value::Number(value),
        Integer::Digits(_) if opcode.info().operand == Form::Uint8 => {
            let digits: String = text.chars().filter(|&digit| digit != '_').collect();
            let hexadecimal = digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X"));
            let value = hexadecimal.map_or_else(|| digits.parse(), |digits| u64::from_str_radix(digits, 16));
            value.map_or(Value::Int(Integer::Digits("")), Value::HugeNumber)
        }
        value => Value::Int(value),
    }
}

/// What an opcode takes, in words.
fn expected(opcode: Opcode) -> String {
    let words = match opcode.info().operand {
        _ if matches!(opcode.info().operand.framing(), Framing::Fixed(0)) => "no operand",
        Form::Uint8 => "a length, or auto",
        _ if opcode.names_slot() => "the number of a memo slot, or a $label",
        Form::DecimalLine => "an int, True or False",
        form if takes_integer(form) => "an int",
        Form::Float8 | Form::FloatLine => "a float",
        Form::StringLine | Form::TextLine | Form::String1 | Form::String4 => {
            "a str of ASCII, or a bytes literal"
        }
        form if takes_text(form) => "a str literal",
        _ => "a bytes literal",
    };
    words.to_owned()
}
