//! Functions in sources of TorchScript by what it takes to run them: their loops, the numbers that are written down in them, and what
//! they call. Loaders run `__setstate__` when they make an object, before anybody calls the model.

use super::script::{Token, Tokens};
use crate::code::{Call, Routine};

/// Calls of one function that are kept; what has more is said to be long.
pub(super) const MOST_CALLS: usize = 10_000;
/// How often a loop over a list goes, for the count of those in it: lists are as long as the file makes them.
const OVER_LIST: u64 = 100;
/// How often all loops around something may go together.
const MOST_ROUNDS: u64 = 10_000;
/// Numbers below this one say which of something, or how many channels a layer has.
pub(super) const SMALL: f64 = 100.0;
/// A tensor with as many numbers takes half a gigabyte.
pub(super) const LARGE: f64 = (1u64 << 27) as f64;

/// Tells `told` the functions in a source.
pub(crate) fn of_source(source: &[u8], told: &mut dyn FnMut(Routine) -> bool) {
    let mut tokens = Tokens::of(source);
    let mut reader = Reader { source, ..Reader::default() };
    while let Some(token) = tokens.next() {
        if let Some(finished) = reader.take(tokens.start, token)
            && told(finished)
        {
            return;
        }
        reader.end = tokens.at.min(source.len());
    }
    if let Some(last) = reader.routine.take() {
        told(last);
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

/// A loop whose colon was not read.
struct Told {
    start: usize,
    /// How far it is indented, if it begins its line.
    indent: Option<usize>,
    over: Over,
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
    /// Where the last token ends.
    end: usize,
    routine: Option<Routine>,
    /// `def` and its name were read, and the colon behind its arguments was not.
    is_header: bool,
    loops: Vec<Loop>,
    /// The loop that is being told.
    told: Option<Told>,
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
            self.open.last_mut().into_iter().for_each(|open| open.is_fixed = false);
        }
        match token {
            Token::Name(b"while") => self.enter(start, self.indent(start), u64::MAX),
            Token::Name(b"for") => {
                self.told = Some(Told { start, indent: self.indent(start), over: Over::Unknown });
            }
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

    /// How far what is at `start` is indented, if it is the first of its line. What is before it, back to the last token, is blanks and
    /// comments.
    fn indent(&self, start: usize) -> Option<usize> {
        let gap = self.source.get(self.end..start)?;
        memchr::memrchr(b'\n', gap).map(|line| gap.len() - line - 1)
    }

    /// Follows what a loop goes over.
    fn follow(&mut self, token: Token<'_>) {
        let Some(Told { over, .. }) = &mut self.told else { return };
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
        let Some(Told { start, indent, over }) = self.told.take() else { return };
        let rounds = match over {
            Over::Unknown | Over::Length => OVER_LIST,
            Over::Count(count) => count,
            Over::Range | Over::Open | Over::Computed => u64::MAX,
        };
        self.enter(start, indent, rounds);
    }

    fn enter(&mut self, start: usize, indent: Option<usize>, rounds: u64) {
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
        let Some(Open { call, is_fixed }) = self.open.pop() else { return };
        if let Some(outer) = self.open.last_mut() {
            outer.is_fixed &= is_fixed;
        }
        if let Some(call) = call.and_then(|call| self.routine.as_mut()?.calls.get_mut(call)) {
            call.is_fixed &= is_fixed;
        }
    }
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
        // In a time that grows with the length.
        let long = [format!("def f():\n  {}", "[".repeat(300_000)), "a ".repeat(300_000)].concat();
        assert_eq!(told(&long), "f:");
        assert_eq!(told(&format!("def f():\n  {}", "a; ".repeat(300_000))), "f:");
    }
}
