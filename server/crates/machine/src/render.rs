//! Values as Python-like text, for messages, hovers and hints.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write;

use pickle_ops::{ByteString, Integer, Op, Opcode, Operand, is_invisible, is_printable, repr};

use crate::arena::{Arena, Contents, Shape, Value};
use crate::domain::Collection;

/// How much of a value is written.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Characters of the whole text; what is beyond shows as `…`.
    pub width: usize,
    /// Items of a container or tuple.
    pub items: usize,
    /// Characters of a string.
    pub text: usize,
    /// Levels of nesting.
    pub depth: usize,
}

impl Limits {
    /// For one line: messages and inlay hints.
    pub const LINE: Self = Self { width: 100, items: 6, text: 48, depth: 4 };
    /// For a block: hovers.
    pub const BLOCK: Self = Self { width: 1500, items: 24, text: 400, depth: 6 };
}

/// A value as Python-like text: calls as calls, globals by their dotted names, what is not known as `…`.
///
/// Control, bidirectional and invisible characters are escaped.
#[must_use]
pub fn render(arena: &Arena<'_>, value: Value, limits: Limits) -> String {
    render_with(arena, value, limits, &|_| None)
}

/// As [`render`], without the state that the value itself was given: what it was before its `BUILD`.
#[must_use]
pub fn render_stateless(arena: &Arena<'_>, value: Value, limits: Limits) -> String {
    let bare = Some(value);
    let mut writer =
        Renderer { arena, limits, elsewhere: &|_| None, out: String::new(), open: HashSet::new(), bare };
    writer.value(value, 0);
    writer.finish()
}

/// As [`render`]; for a value of which the arena has nothing but the op that made it, `elsewhere` is asked with the op's
/// offset.
#[must_use]
pub fn render_with(arena: &Arena<'_>, value: Value, limits: Limits, elsewhere: &Elsewhere<'_>) -> String {
    let mut writer =
        Renderer { arena, limits, elsewhere, out: String::new(), open: HashSet::new(), bare: None };
    writer.value(value, 0);
    writer.finish()
}

/// Gives the text of a value made by the op at an offset.
pub type Elsewhere<'e> = dyn Fn(usize) -> Option<String> + 'e;

/// A constant as Python-like text; `None` for an op that makes none.
#[must_use]
pub fn literal(op: &Op<'_>, limits: Limits) -> Option<String> {
    let arena = Arena::new(&[], crate::arena::Keep::Notable);
    let mut writer = Renderer {
        arena: &arena,
        limits,
        elsewhere: &|_| None,
        out: String::new(),
        open: HashSet::new(),
        bare: None,
    };
    writer.literal(op)?;
    Some(writer.finish())
}

struct Renderer<'r, 'a> {
    arena: &'r Arena<'a>,
    limits: Limits,
    elsewhere: &'r Elsewhere<'r>,
    out: String,
    /// Containers and calls that are being written: a value inside itself shows as `…`.
    open: HashSet<Value>,
    /// The call that is written without its state.
    bare: Option<Value>,
}

impl Renderer<'_, '_> {
    fn finish(mut self) -> String {
        if let Some((at, _)) = self.out.char_indices().nth(self.limits.width) {
            self.out.truncate(at);
            self.out.push('…');
        }
        self.out
    }

    fn full(&self) -> bool {
        // Bytes are at least characters, so this never cuts early what `finish` would keep.
        self.out.len() > self.limits.width * 4
    }

    fn value(&mut self, value: Value, depth: usize) {
        if self.full() || depth > self.limits.depth || !self.open.insert(value) {
            self.out.push('…');
            return;
        }
        match self.arena.shape(value) {
            Shape::Literal(op) => {
                if self.literal(&op).is_none() {
                    self.out.push('…');
                }
            }
            Shape::Tuple(items) => {
                self.out.push('(');
                self.items(items, 0, depth);
                self.out.push_str(if items.len() == 1 { ",)" } else { ")" });
            }
            Shape::Container(kind, contents) => match self.arena.reread(value) {
                Some((arena, value)) => self.reread(&arena, value, depth),
                None => self.container(kind, contents, depth),
            },
            Shape::Global(global) => match global.resolved() {
                Some(names) => self.out.push_str(&escape(&names.dotted())),
                None => self.out.push_str("<computed global>"),
            },
            Shape::Call { op, callee, arguments, keywords, contents } => {
                self.call(&op, callee, arguments, keywords, depth);
                if self.bare != Some(value) {
                    self.state(contents, depth);
                }
            }
            Shape::Persistent(op, id) => self.persistent(&op, id, depth),
            Shape::External(op) if op.opcode == Opcode::NextBuffer => {
                self.out.push_str("<out-of-band buffer>");
            }
            Shape::External(op) => {
                let code = match op.operand() {
                    Ok(Operand::Number(code)) => code,
                    _ => 0,
                };
                let _ = write!(self.out, "<extension {code}>");
            }
            Shape::Deferred(op) => {
                let text = (self.elsewhere)(op.start);
                self.out.push_str(text.as_deref().unwrap_or("…"));
            }
            Shape::Unknown => self.out.push('…'),
        }
        self.open.remove(&value);
    }

    /// A container of which this arena does not have all: as another one has it.
    fn reread(&mut self, arena: &Arena<'_>, value: Value, depth: usize) {
        let limits = Limits { depth: self.limits.depth.saturating_sub(depth), ..self.limits };
        let mut writer = Renderer {
            arena,
            limits,
            elsewhere: self.elsewhere,
            out: String::new(),
            open: HashSet::new(),
            bare: None,
        };
        writer.value(value, 0);
        self.out.push_str(&writer.finish());
    }

    fn items(&mut self, items: &[Value], dropped: usize, depth: usize) {
        for (index, &item) in items.iter().take(self.limits.items).enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.value(item, depth + 1);
        }
        if items.len() > self.limits.items || dropped > 0 {
            self.out.push_str(if items.is_empty() { "…" } else { ", …" });
        }
    }

    fn pairs(&mut self, pairs: &[Value], dropped: usize, depth: usize) {
        for (index, pair) in pairs.chunks(2).take(self.limits.items).enumerate() {
            if index > 0 {
                self.out.push_str(", ");
            }
            self.value(pair[0], depth + 1);
            self.out.push_str(": ");
            match pair.get(1) {
                Some(&value) => self.value(value, depth + 1),
                None => self.out.push('…'),
            }
        }
        if pairs.len() > 2 * self.limits.items || dropped > 0 {
            self.out.push_str(if pairs.is_empty() { "…" } else { ", …" });
        }
    }

    fn container(&mut self, kind: Collection, contents: Option<&Contents>, depth: usize) {
        let (items, pairs, dropped): (&[Value], &[Value], usize) = match contents {
            Some(contents) => (&contents.items, &contents.pairs, contents.dropped),
            // What cannot be read again was made of what lay on the stack.
            None => (&[], &[], usize::from(self.arena.is_partial())),
        };
        let (open, close) = match kind {
            Collection::List => ("[", "]"),
            Collection::Dict => ("{", "}"),
            Collection::Tuple => ("(", ")"),
            Collection::Set if items.is_empty() && dropped == 0 => ("set(", ")"),
            Collection::Set => ("{", "}"),
            Collection::FrozenSet if items.is_empty() && dropped == 0 => ("frozenset(", ")"),
            Collection::FrozenSet => ("frozenset({", "})"),
        };
        self.out.push_str(open);
        match kind {
            Collection::Dict => self.pairs(pairs, dropped, depth),
            _ => self.items(items, dropped, depth),
        }
        self.out.push_str(close);
    }

    fn call(&mut self, op: &Op<'_>, callee: Value, arguments: Value, keywords: Option<Value>, depth: usize) {
        self.value(callee, depth + 1);
        let constructor = matches!(op.opcode, Opcode::NewObj | Opcode::NewObjEx);
        self.out.push_str(if constructor { ".__new__(" } else { "(" });
        if constructor {
            self.value(callee, depth + 1);
        }
        match self.arena.shape(arguments) {
            Shape::Tuple([]) => {}
            Shape::Tuple(items) => {
                self.out.push_str(if constructor { ", " } else { "" });
                self.items(items, 0, depth);
            }
            _ => {
                self.out.push_str(if constructor { ", *" } else { "*" });
                self.value(arguments, depth + 1);
            }
        }
        if let Some(keywords) = keywords {
            self.out.push_str(", **");
            self.value(keywords, depth + 1);
        }
        self.out.push(')');
    }

    /// What `BUILD` set.
    fn state(&mut self, contents: Option<&Contents>, depth: usize) {
        if let Some(state) = contents.and_then(|contents| contents.state) {
            self.out.push_str(" with state ");
            self.value(state, depth + 1);
        }
    }

    fn persistent(&mut self, op: &Op<'_>, id: Option<Value>, depth: usize) {
        self.out.push_str("<persistent ");
        match id {
            Some(id) => self.value(id, depth + 1),
            None => self.out.push_str(&escape(&String::from_utf8_lossy(op.raw))),
        }
        self.out.push('>');
    }

    fn literal(&mut self, op: &Op<'_>) -> Option<()> {
        match op.operand().ok()? {
            Operand::Bool(value) => self.out.push_str(if value { "True" } else { "False" }),
            Operand::Int(value) => self.integer(value),
            Operand::Float(value) => repr::write_float(&mut self.out, value).ok()?,
            Operand::Text(text) => {
                let cut =
                    text.raw().len() > self.limits.text * 4 || text.code_points().count() > self.limits.text;
                let points = text.code_points().take(self.limits.text);
                repr::write_quoted(&mut self.out, points, |point| {
                    is_printable(point) && !is_invisible(point)
                })
                .ok()?;
                self.ellipsis(cut);
            }
            Operand::Bytes(bytes) => self.bytes(bytes, op.opcode)?,
            Operand::ByteString(ByteString::Plain(bytes)) => self.bytes(bytes, op.opcode)?,
            Operand::ByteString(string) => self.bytes(&string.bytes().ok()?, op.opcode)?,
            Operand::None => self.out.push_str(match op.opcode {
                Opcode::None => "None",
                Opcode::NewTrue => "True",
                Opcode::NewFalse => "False",
                _ => return None,
            }),
            Operand::Number(_) | Operand::HugeNumber(_) | Operand::Global(..) | Operand::Line(_) => {
                return None;
            }
        }
        Some(())
    }

    /// An integer; a long one is cut before it is converted, which would take time that grows with its square.
    fn integer(&mut self, value: Integer<'_>) {
        match value {
            Integer::Binary(raw) if raw.len() > self.limits.text => {
                let _ = write!(self.out, "<integer of {}>", pickle_ops::counted(raw.len(), "byte"));
            }
            Integer::Digits(text) if text.len() > self.limits.text => {
                self.out.push_str(text.get(..self.limits.text).unwrap_or_default());
                self.out.push('…');
            }
            _ => self.out.push_str(&value.to_text()),
        }
    }

    /// Bytes; a Python 2 string of ASCII shows as the str that it is loaded as.
    fn bytes(&mut self, bytes: &[u8], opcode: Opcode) -> Option<()> {
        let shown = &bytes[..bytes.len().min(self.limits.text)];
        let python2 = matches!(opcode, Opcode::String | Opcode::BinString | Opcode::ShortBinString);
        if python2 && shown.is_ascii() {
            let points = shown.iter().map(|&byte| u32::from(byte));
            repr::write_quoted(&mut self.out, points, is_printable).ok()?;
        } else if opcode == Opcode::ByteArray8 {
            self.out.push_str("bytearray(");
            repr::write_bytes(&mut self.out, shown).ok()?;
            self.out.push(')');
        } else {
            repr::write_bytes(&mut self.out, shown).ok()?;
        }
        self.ellipsis(shown.len() < bytes.len());
        Some(())
    }

    fn ellipsis(&mut self, cut: bool) {
        if cut {
            self.out.push('…');
        }
    }
}

/// A name or line as it is, but for what must not be shown as it is.
#[must_use]
pub fn escape(text: &str) -> String {
    inert(&escape_characters(text)).into_owned()
}

/// What runners of GitHub, Azure and TeamCity take for a command wherever it stands in a line of a log, in letters of any case.
const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// A line in which there is no command for those who run this program: one sets variables, or ends the look-out for others.
#[must_use]
pub fn inert(line: &str) -> Cow<'_, str> {
    let is_command = |at: &usize| {
        let begins = |command: &&str| line.as_bytes().get(*at..*at + command.len());
        COMMANDS
            .iter()
            .any(|command| begins(command).is_some_and(|text| text.eq_ignore_ascii_case(command.as_bytes())))
    };
    let mut out = String::new();
    let mut done = 0;
    for at in memchr::memchr_iter(b'#', line.as_bytes()).filter(is_command) {
        out.push_str(&line[done..=at]);
        out.push_str("\\x23");
        done = at + 2;
    }
    if done == 0 { Cow::Borrowed(line) } else { Cow::Owned(out + &line[done..]) }
}

fn escape_characters(text: &str) -> String {
    let plain = |character: char| is_printable(character as u32) && !is_invisible(character as u32);
    if text.chars().all(plain) {
        return text.to_owned();
    }
    let mut out = String::new();
    for character in text.chars() {
        if plain(character) {
            out.push(character);
        } else {
            let _ = match character as u32 {
                point @ ..0x100 => write!(out, "\\x{point:02x}"),
                point @ ..0x1_0000 => write!(out, "\\u{point:04x}"),
                point => write!(out, "\\U{point:08x}"),
            };
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Machine;
    use crate::arena::Keep;
    use crate::run::{Flow, run};
    use pickle_ops::Reader;

    fn result(bytes: &[u8]) -> String {
        let mut reader = Reader::new(bytes, 0);
        let mut machine = Machine::default();
        let mut arena = Arena::new(bytes, Keep::Everything);
        let mut last = None;
        while run(&mut reader, bytes.len(), &mut machine, &mut arena, 1) == Flow::Next {
            last = machine.stack().last().copied();
        }
        render(&arena, last.unwrap(), Limits::LINE)
    }

    #[test]
    fn values() {
        let cases: [(&[u8], &str); 9] = [
            (b"cos\nsystem\n(S'echo hi'\ntR.", "os.system('echo hi')"),
            (b"(lp0\nI1\naF2.5\naNa.", "[1, 2.5, None]"),
            (b"}X\x01\0\0\0a]q\0s.", "{'a': []}"),
            (b"]q\0h\0a.", "[…]"),
            (b"\x80\x02c__builtin__\nset\n]K\x01a\x85R.", "builtins.set([1])"),
            (b"\x80\x02ca\nB\n)\x81}X\x01\0\0\0xK\x01sb.", "a.B.__new__(a.B) with state {'x': 1}"),
            (b"\x80\x04\x8c\x01a\x8c\x01B\x93)}\x92.", "a.B.__new__(a.B, **{})"),
            (b"Pid\n.", "<persistent id>"),
            (b"\x80\x04(K\x01\x91.", "frozenset({1})"),
        ];
        for (bytes, text) in cases {
            assert_eq!(result(bytes), text);
        }
    }

    #[test]
    fn nothing_is_redrawn() {
        assert_eq!(result("X\u{4}\0\0\0a\u{202e}.".as_bytes()), "'a\\u202e'");
        assert_eq!(escape("a\u{202e}b\n"), "a\\u202eb\\x0a");
        assert_eq!(escape("x ##[add-mask]y ###[a] ##VSO[b]"), "x #\\x23[add-mask]y ##\\x23[a] #\\x23VSO[b]");
        assert_eq!(escape("## a ##b[ ####"), "## a ##b[ ####");
    }
}
