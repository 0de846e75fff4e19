//! Functions of TorchScript by what it takes to run them: their loops, the numbers that are written down in them, and what they call.
//! Loaders run `__setstate__` when they make an object, before anybody calls the model.

use std::collections::{HashMap, HashSet};

use super::script::{Token, Tokens};
use crate::code::{Call, Routine, SETSTATE};
use crate::formats::arrow::flatbuffer::Table;
use crate::sniff::opcodes;

/// Calls of one function that are kept; what has more is said to be long.
const MOST_CALLS: usize = 10_000;
/// How often a loop over a list goes, for the count of those in it: lists are as long as the file makes them.
const OVER_LIST: u64 = 100;
/// How often all loops around something may go together.
const MOST_ROUNDS: u64 = 10_000;
/// Numbers below this one say which of something, or how many channels a layer has.
const SMALL: f64 = 100.0;
/// A tensor with as many numbers takes half a gigabyte.
const LARGE: f64 = (1u64 << 27) as f64;

/// Tells `told` the functions in a source.
pub(crate) fn of_source(source: &[u8], told: &mut dyn FnMut(Routine) -> bool) {
    let tokens = Tokens::of(source);
    let mut reader = Reader { source, ..Reader::default() };
    let mut all = Positioned { tokens, source };
    while let Some((start, token)) = all.next() {
        if let Some(finished) = reader.take(start, token)
            && told(finished)
        {
            return;
        }
    }
    if let Some(last) = reader.routine.take() {
        told(last);
    }
}

/// Tokens, and where each begins.
struct Positioned<'a> {
    tokens: Tokens<'a>,
    source: &'a [u8],
}

impl<'a> Iterator for Positioned<'a> {
    type Item = (usize, Token<'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let token = self.tokens.next()?;
        let end = self.tokens.at.min(self.source.len());
        let len = match token {
            Token::Name(name) => name.len(),
            // With its quotes; nobody asks where it begins.
            Token::Text(text) => text.len(),
            Token::Other(_) => 1,
        };
        Some((end.saturating_sub(len), token))
    }
}

/// A loop that is not at its end.
struct Loop {
    /// How far its first line is indented.
    indent: usize,
    rounds: u64,
}

/// What is known of what a loop goes over.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Over {
    /// Not even that it goes over a range.
    #[default]
    Unknown,
    Range,
    /// A range with brackets behind it.
    Open,
    /// A range of so many.
    Count(u64),
    /// A range of something else than what is written down.
    Computed,
    /// A range of as many as a list has.
    Length,
}

/// A call whose brackets are open.
struct Open {
    /// Its place among the calls; `None`: brackets that call nothing.
    call: Option<usize>,
    is_fixed: bool,
}

/// Reads functions from the tokens of a source.
#[derive(Default)]
struct Reader<'a> {
    source: &'a [u8],
    routine: Option<Routine>,
    /// `def` and its name were read, and the colon behind its arguments was not.
    is_header: bool,
    loops: Vec<Loop>,
    /// The loop that is being told: where, and over what.
    told: Option<(usize, Over)>,
    open: Vec<Open>,
    before: Option<Token<'a>>,
    /// A name came, which may be that of an argument.
    pending: bool,
    /// The numbers that are not small, as one product.
    product: f64,
}

impl<'a> Reader<'a> {
    /// Takes the next token; gives the function that ends before it.
    fn take(&mut self, start: usize, token: Token<'a>) -> Option<Routine> {
        let mut finished = None;
        match (self.before, token) {
            (Some(Token::Name(b"def")), Token::Name(name)) => {
                let name = String::from_utf8_lossy(name).into_owned();
                finished = self.routine.replace(Routine { name, ..Routine::default() });
                (self.is_header, self.product) = (true, 1.0);
                self.loops.clear();
                self.open.clear();
                self.told = None;
            }
            _ if self.is_header => self.header(token),
            _ => self.body(start, token),
        }
        self.before = Some(token);
        finished
    }

    /// The arguments of a function, up to the colon.
    fn header(&mut self, token: Token<'_>) {
        match token {
            Token::Other(b'(' | b'[') => self.open.push(Open { call: None, is_fixed: true }),
            Token::Other(b')' | b']') => drop(self.open.pop()),
            Token::Other(b':') if self.open.is_empty() => self.is_header = false,
            _ => {}
        }
    }

    fn body(&mut self, start: usize, token: Token<'a>) {
        if let Some(indent) = self.indent(start).filter(|_| self.open.is_empty()) {
            while self.loops.last().is_some_and(|outer| outer.indent >= indent) {
                self.loops.pop();
            }
        }
        if std::mem::take(&mut self.pending) && !matches!(token, Token::Other(b'=')) {
            self.open.iter_mut().for_each(|open| open.is_fixed = false);
        }
        match token {
            Token::Name(b"while") => self.enter(start, u64::MAX),
            Token::Name(b"for") => self.told = Some((start, Over::Unknown)),
            Token::Name(name) => self.name(start, name),
            Token::Other(b'(' | b'[' | b'{') => self.open(start, token),
            Token::Other(b')' | b']' | b'}') => self.close(),
            // Two stars are a power, which reaches as far as a call.
            Token::Other(sign @ (b'*' | b'<')) if matches!(self.before, Some(Token::Other(one)) if one == sign) =>
            {
                self.call(start, "pow", false);
            }
            Token::Other(b':') if self.open.is_empty() => self.begin_loop(),
            _ => {}
        }
        self.follow(token);
    }

    /// Behind which blanks a line begins that begins with what is at `start`.
    fn indent(&self, start: usize) -> Option<usize> {
        let line = self.source[..start].rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        line.iter().all(u8::is_ascii_whitespace).then_some(line.len())
    }

    /// Follows what a loop goes over.
    fn follow(&mut self, token: Token<'_>) {
        let Some((_, over)) = &mut self.told else { return };
        *over = match (*over, token) {
            (Over::Unknown, Token::Name(b"range")) => Over::Range,
            (Over::Range, Token::Other(b'(')) => Over::Open,
            (Over::Open, Token::Name(name)) => {
                match std::str::from_utf8(name).ok().and_then(|name| name.parse().ok()) {
                    Some(count) => Over::Count(count),
                    None if name == b"torch" => Over::Open,
                    None if name == b"len" => Over::Length,
                    None => Over::Computed,
                }
            }
            (Over::Open, Token::Other(b'.')) => Over::Open,
            // `range(1, n)` and `range(2 ** n)`.
            (Over::Count(count), Token::Other(b')' | b':' | b']')) => Over::Count(count),
            (Over::Count(_), _) => Over::Computed,
            (over, _) => over,
        };
        // A loop in brackets has no colon.
        if matches!(token, Token::Other(b']')) {
            self.begin_loop();
        }
    }

    /// Begins the loop that was told of.
    fn begin_loop(&mut self) {
        let Some((start, over)) = self.told.take() else { return };
        let rounds = match over {
            Over::Unknown | Over::Length => OVER_LIST,
            Over::Count(count) => count,
            Over::Range | Over::Open | Over::Computed => u64::MAX,
        };
        self.enter(start, rounds);
    }

    fn enter(&mut self, start: usize, rounds: u64) {
        let indent = self.indent(start);
        let all = self.loops.iter().fold(rounds, |all, outer| all.saturating_mul(outer.rounds));
        if all > MOST_ROUNDS
            && let Some(routine) = &mut self.routine
        {
            routine.long_loop.get_or_insert(start);
        }
        self.loops.extend(indent.map(|indent| Loop { indent, rounds }));
    }

    fn name(&mut self, start: usize, name: &[u8]) {
        if name.first().is_some_and(u8::is_ascii_digit) {
            let number = std::str::from_utf8(name).ok().and_then(|name| name.parse::<f64>().ok());
            self.number(start, number.unwrap_or(f64::MAX));
        } else if !matches!(name, b"True" | b"False" | b"None" | b"torch" | b"CONSTANTS")
            && !matches!(self.before, Some(Token::Other(b'.')))
        {
            self.pending = true;
        }
    }

    fn number(&mut self, start: usize, number: f64) {
        if number >= SMALL {
            self.product *= number;
            if let Some(routine) = self.routine.as_mut().filter(|_| self.product > LARGE) {
                routine.large_number.get_or_insert(start);
            }
        }
    }

    fn open(&mut self, start: usize, token: Token<'_>) {
        // In another line it is no argument.
        let is_call =
            matches!(token, Token::Other(b'(')) && (!self.open.is_empty() || self.indent(start).is_none());
        let call = match self.before.filter(|_| is_call) {
            Some(Token::Name(name)) => {
                let name = String::from_utf8_lossy(name).into_owned();
                self.call(start, &name, true)
            }
            // `getattr(x, "name")(…)`.
            Some(Token::Other(b')')) => self.call(start, "getattr", false),
            _ => None,
        };
        self.open.push(Open { call, is_fixed: true });
    }

    /// Adds a call; its place among the calls.
    fn call(&mut self, at: usize, name: &str, is_fixed: bool) -> Option<usize> {
        let routine = self.routine.as_mut()?;
        if routine.calls.len() == MOST_CALLS {
            routine.long_loop.get_or_insert(at);
            return None;
        }
        routine.calls.push(Call { name: name.to_owned(), is_fixed, at });
        Some(routine.calls.len() - 1)
    }

    fn close(&mut self) {
        let Some(Open { call: Some(call), is_fixed }) = self.open.pop() else { return };
        if let Some(call) = self.routine.as_mut().and_then(|routine| routine.calls.get_mut(call)) {
            call.is_fixed &= is_fixed;
        }
    }
}

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

/// Texts that are remembered of a pickle of instructions; each writer has some hundred.
const MOST_TEXTS: usize = 1 << 16;

/// The parts of the instructions of a function.
const PARTS: &[&str] = &["instructions", "operators", "constants", "types", "register_size"];

/// Tells `told` the functions in `bytecode.pkl` that are run when the file is loaded: tuples of a name and of named parts.
pub(crate) fn of_pickle(pickle: &[u8], told: &mut dyn FnMut(Routine) -> bool) {
    let (mut texts, mut last): (HashMap<u32, &str>, Option<&str>) = (HashMap::new(), None);
    let (mut open, mut part): (Option<Instructions>, &str) = (None, "");
    let mut at = 0;
    for (code, operand) in opcodes(pickle) {
        let start = at;
        at += 1 + operand.len();
        let text = match code {
            b'X' => std::str::from_utf8(operand.get(4..).unwrap_or_default()).ok(),
            b'q' | b'r' => {
                if texts.len() < MOST_TEXTS {
                    texts.extend(last.map(|last| (index(operand), last)));
                }
                continue;
            }
            b'U' => std::str::from_utf8(operand.get(1..).unwrap_or_default()).ok(),
            b'h' | b'j' => texts.get(&index(operand)).copied(),
            _ => None,
        };
        last = text;
        let number = integer(code, operand);
        if let (Some(number), Some(open)) = (number, &mut open) {
            match part {
                "constants" => open.number(start, number),
                // A jump back.
                "instructions" if number < 0.0 => open.instruction(start, "LOOP"),
                _ => {}
            }
        }
        let Some(text) = text else { continue };
        if text.starts_with("__torch__.") && text.ends_with(SETSTATE) {
            if let Some(done) = open.replace(Instructions::new())
                && told(done.routine)
            {
                return;
            }
        } else if text.starts_with("__torch__.") && part == "register_size" {
            // The next function.
            if open.take().is_some_and(|done| told(done.routine)) {
                return;
            }
        } else if PARTS.contains(&text) {
            part = text;
        } else if let Some(open) = &mut open {
            match part {
                "instructions" => open.instruction(start, text),
                "operators" => open.call(start, text),
                _ => {}
            }
        }
    }
    if let Some(done) = open {
        told(done.routine);
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

/// Tells `told` the functions in a FlatBuffer that are run when the file is loaded.
pub(crate) fn of_flatbuffer(bytes: &[u8], told: &mut dyn FnMut(Routine) -> bool) {
    let Some(module) = Table::root(bytes) else { return };
    let values: Vec<Table<'_>> = module.tables(4).collect();
    let objects = values.iter().filter(|value| value.byte(0) == OBJECT);
    let hooks: HashSet<u32> = objects.filter_map(|value| Some(value.table(1)?.int(3))).collect();
    for (number, value) in values.iter().enumerate().filter(|(_, value)| value.byte(0) == FUNCTION) {
        let Some(function) = value.table(1) else { continue };
        let is_named = function.string(0).is_some_and(|(_, name)| name.ends_with(SETSTATE.as_bytes()));
        let is_hook = u32::try_from(number).is_ok_and(|number| hooks.contains(&number));
        if (is_named || is_hook) && told(routine_of(&function, &values)) {
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

fn routine_of(function: &Table<'_>, values: &[Table<'_>]) -> Routine {
    let mut open = Instructions::new();
    // Each is a byte, one for nothing, two for one operand and four for the other.
    let mut words = function.ints(1, 2);
    while let (Some(first), Some(second)) = (words.next(), words.next()) {
        let code = first & 0xff;
        let name = OPCODES.iter().find(|(known, _)| *known == code).map(|(_, name)| *name);
        let is_back = JUMPS.contains(&code) && second.cast_signed() < 0;
        open.instruction(function.at, if is_back { "LOOP" } else { name.unwrap_or_default() });
    }
    for operator in function.tables(2).take(MOST_CALLS + 1) {
        let name = operator.string(0).map(|(_, name)| String::from_utf8_lossy(name));
        open.call(operator.at, &name.unwrap_or_default());
    }
    for index in function.ints(3, 1) {
        let Some(value) = usize::try_from(index).ok().and_then(|index| values.get(index)) else { continue };
        match (value.byte(0), value.table(1)) {
            (INT, Some(number)) => open.number(value.at, size(number.own_long())),
            (INT_LIST, Some(list)) => list.longs(0, 1).for_each(|number| open.number(list.at, size(number))),
            _ => {}
        }
    }
    open.routine
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is told of a source: of each function its name, what it calls (`*`: with all that it is given), and what takes long.
    fn told(source: &str) -> String {
        let mut all = Vec::new();
        of_source(source.as_bytes(), &mut |routine| {
            let call = |call: &Call| format!(" {}{}", call.name, if call.is_fixed { "*" } else { "" });
            let calls: String = routine.calls.iter().map(call).collect();
            let line = |at: usize| 1 + source[..at].matches('\n').count();
            let long = routine.long_loop.map(|at| format!(" loop@{}", line(at))).unwrap_or_default();
            let large = routine.large_number.map(|at| format!(" large@{}", line(at))).unwrap_or_default();
            all.push(format!("{}:{calls}{long}{large}", routine.name));
            false
        });
        all.join("; ")
    }

    #[test]
    fn functions_of_a_source() {
        let body = |text: &str| {
            told(&format!("def f(self: __torch__.M,\n  s: Tuple[int, bool]) -> NoneType:\n  {text}\n"))
        };
        for (source, expected) in [
            ("self.n = (s)[0]\n  return None", "f:"),
            ("x = torch.ones([2, 3], dtype=6, device=torch.device(\"cpu\"))", "f: ones* device*"),
            ("x = torch.ones([(s)[0]])", "f: ones"),
            ("x = torch.ones([n])\n  (self).g(x, )", "f: ones g"),
            ("x = torch.ones([1500000000])", "f: ones* large@3"),
            ("x = torch.mul(20000, 10000)", "f: mul* large@3"),
            ("x = [64, 99, 99, 99, 99, 50]", "f:"),
            ("while _0:\n    x = 1", "f: loop@3"),
            ("for i in range(10):\n    for j in range(10):\n      pass", "f: range* range*"),
            ("for i in range(1000):\n    for j in range(1000):\n      pass", "f: range* range* loop@4"),
            ("for i in range(1000):\n    pass\n  for j in range(1000):\n    pass", "f: range* range*"),
            ("for i in range(n):\n    pass", "f: range loop@3"),
            ("for i in range(2, n):\n    pass", "f: range loop@3"),
            ("for i in range(2 ** 40):\n    pass", "f: range* pow loop@3"),
            ("for i in range(torch.len(x)):\n    pass", "f: range len"),
            ("for i in x:\n    for j in x:\n      for k in x:\n        pass", "f: loop@5"),
            ("y = [i for i in range(n)]", "f: range loop@3"),
            ("y = [i for i in x]", "f:"),
            ("getattr(torch, \"ones\")([n])", "f: getattr* getattr"),
            ("x = 1 << 40", "f: pow"),
        ] {
            assert_eq!(body(source), expected, "{source}");
        }
        assert_eq!(
            told("class M(Module):\n  def a(x: int) -> int:\n    return b(x)\n  def c():\n    pass"),
            "a: b; c:"
        );
        assert_eq!(told("x = torch.ones([1500000000])\nwhile x:\n  pass"), "");
        assert_eq!(told("def"), "");
    }

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
    }
}
