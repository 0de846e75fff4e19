//! Expressions in graphs of `torch.export`, by what they may be made of: names, numbers, sums and products, comparisons, and calls of
//! the functions on a list. All else is foreign: a text in another place than that of a name would be evaluated, or formatted.
//!
//! Numbers are computed when the file is loaded, so it matters how long they get: a sum or a product is no longer than what it is made
//! of, and a power may be longer than any memory.

use std::sync::LazyLock;

use super::{EXPRESSIONS, lines};

/// Bytes of a text; sizes have a line or two.
const LONGEST: usize = 1 << 16;
/// Brackets in brackets; Python takes no more.
const DEEPEST: usize = 190;
/// Binary digits of a power.
const MOST_DIGITS: f64 = (1 << 20) as f64;

/// Whether an expression of a graph of `torch.export` has something in it that no size and no condition needs.
#[must_use]
pub fn is_foreign_expression(text: &str) -> bool {
    if text.len() > LONGEST {
        return true;
    }
    let Some(tokens) = split(text) else { return true };
    if tokens.is_empty() {
        return false;
    }
    let mut reader = Reader { tokens: &tokens, at: 0, depth: 0 };
    reader.expression().is_none() || reader.at < tokens.len()
}

/// A piece of an expression.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Token<'t> {
    Name(&'t str),
    /// How many binary digits a number has in front of its point.
    Number(f64),
    /// What is between the quotes of a text.
    Text(&'t str),
    Sign(&'static str),
}

/// Longer ones first.
const SIGNS: &[&str] = &[
    "**", "//", "==", "!=", "<=", ">=", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/", "%", "^", "<", ">",
    "=", "&", "|", "~",
];

/// Signs that compute; of what is no number they make more of it.
const COMPUTES: &[&str] = &["+", "-", "*", "/", "//", "%"];
/// Signs that compare and combine.
const COMPARES: &[&str] = &["==", "!=", "<=", ">=", "<", ">", "&", "|"];
/// Words between two operands. `is not` and `not in` are two of them.
const WORDS: &[&str] = &["and", "else", "if", "in", "is", "or"];

fn split(text: &str) -> Option<Vec<Token<'_>>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_ascii_start();
    while let Some(first) = rest.bytes().next() {
        let (token, length) = match first {
            b'\'' | b'"' => {
                let length = rest[1..].find(char::from(first))?;
                (Token::Text(&rest[1..=length]), length + 2)
            }
            b'0'..=b'9' => number(rest)?,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' => {
                let length = rest.find(|char: char| !is_part(char)).unwrap_or(rest.len());
                let name = rest.get(..length).filter(|name| name.is_ascii())?;
                (Token::Name(name), length)
            }
            _ => {
                let sign = SIGNS.iter().find(|sign| rest.starts_with(**sign))?;
                (Token::Sign(sign), sign.len())
            }
        };
        tokens.push(token);
        rest = rest.get(length..)?;
        // `1x` is no number, and what stands before a quote says how to read it.
        let is_joined = rest.starts_with(|next: char| is_part(next) || matches!(next, '\'' | '"'));
        if is_joined && !matches!(token, Token::Sign(_)) {
            return None;
        }
        rest = rest.trim_ascii_start();
    }
    Some(tokens)
}

/// Whether a character is part of a name. Letters beyond ASCII are for Python, which takes them for others; nothing here has one.
fn is_part(char: char) -> bool {
    char == '_' || !char.is_ascii() || char.is_ascii_alphanumeric()
}

/// The number that a text begins with: digits, with a point and a power of ten perhaps.
fn number(text: &str) -> Option<(Token<'_>, usize)> {
    let bytes = text.as_bytes();
    let is_part = |at: &usize| match bytes[*at] {
        b'+' | b'-' => *at > 0 && matches!(bytes[at - 1], b'e' | b'E'),
        byte => matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E'),
    };
    let length = (0..bytes.len()).take_while(is_part).count();
    Some((Token::Number(digits(text.get(..length)?)?), length))
}

/// How many binary digits the number that a text is has in front of its point.
fn digits(text: &str) -> Option<f64> {
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite())?;
    Some((number.abs() + 1.0).log2())
}

/// What a part of an expression is worth.
#[derive(Clone, Copy)]
struct Worth {
    /// No number in it has more binary digits, counting a size that is not known as one.
    digits: f64,
    /// Whether it is something that a product repeats.
    is_sequence: bool,
}

impl Worth {
    /// A number of so many binary digits.
    fn number(digits: f64) -> Self {
        Self { digits, is_sequence: false }
    }

    /// The power of two numbers; `None`: it may be too long.
    fn power(base: f64, exponent: f64) -> Option<Self> {
        let digits = (base + 1.0) * exponent.exp2();
        (digits <= MOST_DIGITS).then_some(Self::number(digits))
    }
}

/// Reads an expression from its tokens; `None` wherever it is no allowed one.
struct Reader<'t> {
    tokens: &'t [Token<'t>],
    at: usize,
    depth: usize,
}

impl<'t> Reader<'t> {
    fn peek(&self) -> Option<Token<'t>> {
        self.tokens.get(self.at).copied()
    }

    fn next(&mut self) -> Option<Token<'t>> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Goes past a sign, if it is what comes next.
    fn takes(&mut self, sign: &str) -> bool {
        let is_next = matches!(self.peek(), Some(Token::Sign(next)) if next == sign);
        self.at += usize::from(is_next);
        is_next
    }

    /// Operands with something between them. How strong that binds does not matter: a product has as many digits as all of them.
    fn expression(&mut self) -> Option<Worth> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut worth = self.operand()?;
        loop {
            let computes = match self.peek() {
                Some(Token::Sign(sign)) if COMPUTES.contains(&sign) => true,
                Some(Token::Sign(sign)) if COMPARES.contains(&sign) => false,
                Some(Token::Name(word)) if WORDS.contains(&word) || word == "not" => false,
                _ => break,
            };
            self.at += 1;
            let next = self.operand()?;
            if computes && (worth.is_sequence || next.is_sequence) {
                return None;
            }
            let is_sequence = worth.is_sequence || next.is_sequence;
            worth = Worth { digits: worth.digits + next.digits + 1.0, is_sequence };
        }
        self.depth -= 1;
        Some(worth)
    }

    /// Something with signs in front of it, and perhaps a power.
    fn operand(&mut self) -> Option<Worth> {
        while self.takes("-") || self.takes("+") || self.takes("~") || self.peek() == Some(Token::Name("not"))
        {
            self.at += usize::from(self.peek() == Some(Token::Name("not")));
        }
        let base = self.value()?;
        if !self.takes("**") && !self.takes("^") {
            return Some(base);
        }
        self.depth += 1;
        if self.depth > DEEPEST || base.is_sequence {
            return None;
        }
        let exponent = self.operand()?;
        self.depth -= 1;
        Worth::power(base.digits, exponent.digits)
    }

    /// A name, a number or brackets, with what is behind it: attributes, places, calls.
    fn value(&mut self) -> Option<Worth> {
        let mut worth = match self.next()? {
            Token::Number(digits) => Worth::number(digits),
            Token::Name(name) => self.named(name, false)?,
            Token::Sign("(") => {
                let (worth, count) = self.list(")")?;
                let is_tuple =
                    count != 1 || self.tokens.get(self.at.checked_sub(2)?) == Some(&Token::Sign(","));
                Worth { is_sequence: is_tuple || worth.is_sequence, ..worth }
            }
            _ => return None,
        };
        loop {
            if self.takes(".") {
                let Some(Token::Name(name)) = self.next() else { return None };
                worth = self.named(name, true)?;
            } else if self.takes("[") {
                worth = self.place()?;
            } else {
                return Some(worth);
            }
        }
    }

    /// What is at a place of something.
    fn place(&mut self) -> Option<Worth> {
        match self.peek() {
            Some(Token::Text(text)) if is_plain(text) => {
                self.at += 1;
                self.takes("]").then_some(Worth::number(1.0))
            }
            _ => self.list("]").map(|(worth, _)| Worth::number(worth.digits)),
        }
    }

    /// What a name stands for, of something else or by itself: the call of a function if brackets follow.
    fn named(&mut self, name: &str, is_attribute: bool) -> Option<Worth> {
        if self.takes("(") {
            return self.call(function(name)?);
        }
        let is_hidden = name.starts_with("__") || WORDS.contains(&name);
        // Some attributes of numbers take as long as it takes to find their factors.
        let computes = is_attribute && (name.starts_with('_') || name.starts_with("is_"));
        (!is_hidden && !computes).then_some(Worth::number(1.0))
    }

    fn call(&mut self, function: Kind) -> Option<Worth> {
        let mut arguments = Vec::new();
        while !self.takes(")") {
            if let (Some(Token::Name(_)), Some(Token::Sign("="))) =
                (self.peek(), self.tokens.get(self.at + 1))
            {
                self.at += 2;
            }
            let is_name = function == Kind::Names && arguments.is_empty();
            arguments.push(self.argument(is_name)?);
            if !self.takes(",") && self.peek() != Some(Token::Sign(")")) {
                return None;
            }
        }
        let all = arguments.iter().map(|worth: &Worth| worth.digits + 1.0).sum::<f64>();
        match (function, arguments.split_first()) {
            (Kind::Raises, Some((first, others))) if !others.is_empty() => {
                Worth::power(first.digits, others.iter().map(|worth| worth.digits).sum())
            }
            (Kind::Exponential, _) => Worth::power(1.0, all),
            (Kind::Sequence, _) | (Kind::Sizes, None) => Some(Worth { digits: all, is_sequence: true }),
            _ => Some(Worth::number(all)),
        }
    }

    /// An argument: texts are names where those belong, or numbers.
    fn argument(&mut self, is_name: bool) -> Option<Worth> {
        let Some(Token::Text(text)) = self.peek() else { return self.expression() };
        self.at += 1;
        if is_name { is_plain(text).then_some(Worth::number(1.0)) } else { digits(text).map(Worth::number) }
    }

    /// Expressions with commas between them, up to a bracket, and how many.
    fn list(&mut self, end: &str) -> Option<(Worth, usize)> {
        let (mut digits, mut is_sequence, mut count) = (0.0, false, 0);
        while !self.takes(end) {
            let worth = self.expression()?;
            digits += worth.digits;
            is_sequence |= worth.is_sequence;
            count += 1;
            if !self.takes(",") && self.peek() != Some(Token::Sign(if end == ")" { ")" } else { "]" })) {
                return None;
            }
        }
        Some((Worth { digits, is_sequence }, count))
    }
}

/// Whether there is nothing in a text that becomes something else when somebody evaluates or formats it.
fn is_plain(text: &str) -> bool {
    !text.contains(['(', '\\', '{', '%'])
}

/// What calls of a function come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// As much as its arguments.
    Computes,
    /// A power of the first of its arguments, or a number of so many digits.
    Raises,
    /// A power of another number.
    Exponential,
    /// What has the name that its first argument is.
    Names,
    /// Something that a product repeats.
    Sequence,
    /// The same, if it has no argument.
    Sizes,
}

impl Kind {
    fn read(shape: Option<&str>) -> Self {
        match shape {
            Some("raises") => Self::Raises,
            Some("exponential") => Self::Exponential,
            Some("names") => Self::Names,
            Some("sequence") => Self::Sequence,
            Some("sizes") => Self::Sizes,
            _ => Self::Computes,
        }
    }
}

/// What an expression calls by this name.
fn function(name: &str) -> Option<Kind> {
    static LIST: LazyLock<Vec<(&'static str, Kind)>> = LazyLock::new(|| {
        let all = lines(EXPRESSIONS).flat_map(|line| line.names());
        let mut all: Vec<_> = all.map(|(name, shape)| (name, Kind::read(shape))).collect();
        all.sort_unstable_by_key(|(name, _)| *name);
        all
    });
    if let Ok(at) = LIST.binary_search_by_key(&name, |(name, _)| name) {
        return Some(LIST[at].1);
    }
    let families = LIST.iter().filter_map(|(family, kind)| Some((family.strip_suffix('*')?, *kind)));
    families.into_iter().find(|(family, _)| name.starts_with(family)).map(|(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_conditions() {
        for text in [
            "",
            "s0",
            "Symbol('s77', positive=True, integer=True)",
            "Max(Integer(1), TruncToInt(Mul(Float('1.5', precision=53), ToFloat(Symbol('s27', integer=True)))))",
            "Float('1e308', precision=53) + Float('-3.5')",
            "2*s0 + FloorDiv(s1, 2) - (s0**2 - 1)//(s1 % 4)",
            "Pow(Symbol('s0', integer=True), Integer(-1)) + Pow(Integer(2), Rational(1, 2))",
            "PowByNatural(s0, 2) + FloatPow(ToFloat(s0), 0.5) + 2**s0",
            "Piecewise((1, Eq(s0, 1)), (s0, True))",
            "-s0 <= 9223372036854775806 & ~(s1 > 1)",
            "BitwiseFn_bitwise_and(s0, 1) + OpaqueUnaryFn_exp(ToFloat(s0))",
            "((L['x y'].size()[1]*(L['y'].size()[0] + 3)) // 2) != 1 and (1 < 2)",
            "torch.sym_max(1, L['x'].size()[0]) == math.trunc(torch.sym_float(L['x'].size()[0]) ** 0.5)",
            "not L['x'].size(0) == 1 if s0 is not None else L['args'][0][1].stride()[0] in (1, 2)",
        ] {
            assert!(!is_foreign_expression(text), "{text}");
        }
    }

    #[test]
    fn what_runs_code() {
        for text in [
            "__import__('os').system('id')",
            "Abs(\"__import__%c'os'%c.system%c'id'%c\" % (40,41,40,41))",
            "Tuple('a%c' % 40)",
            "Symbol('a%c' % 40)",
            "Abs('x')",
            "Symbol('a', integer='x')",
            "'x'",
            "eval ('x')",
            "open('f', 'w')",
            "(lambda: 1)()",
            "lambda x: x",
            "[x for x in y]",
            "L['x']('id')",
            "(Abs)(x)",
            "floor('open(1)')",
            "floor('\\x28')",
            "x.size()[0] + ｅval('x')",
            "sym_ｅ(1)",
            "@x",
            "x; y",
            "f'{exit()}'",
            "b'1'",
            "Integer('1' '2')",
            "x.__class__",
            "__builtins__",
            "x y",
        ] {
            assert!(is_foreign_expression(text), "{text}");
        }
    }

    #[test]
    fn what_takes_any_time_or_memory() {
        let deep = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
        let tower = ["2"; 5000].join("**");
        for text in [
            "9**9**9**9",
            "9^9^9^9",
            "99999999999!",
            "Pow(2,99999999999)",
            "Pow(2, Mul(99999, 99999))",
            "Pow(2, 99999999999 + 0*s0)",
            "((9**64)**64)**64**1",
            "Float('1', 99999999999)",
            "Float('1e999999999')",
            "Integer(1e999999999)",
            "floor(exp(Float('1e300')))",
            "round(5, -999999999)",
            "LShift(1, 99999999999)",
            "1 << 99999999999",
            "(1,)*99999999999",
            "99999999999*(1, 2)",
            "Tuple(1)*99999999999",
            "L['x'].size()*99999999999",
            "[1]*99999999999",
            "'a'*99999999999",
            "Integer(10).is_prime",
            "0xffffffff",
            "1_000",
            &deep,
            &tower,
        ] {
            assert!(is_foreign_expression(text), "{text}");
        }
    }
}
