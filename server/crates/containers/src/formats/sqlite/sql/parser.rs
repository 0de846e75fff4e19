//! Reads tokens one after the other. What is not understood is passed over up to where it ends, and stands for anything.

use super::syntax::{Affinity, Expr};
use super::tokens::Token;
use super::value::Value;

/// Brackets and operators inside each other; what people write has a few dozen.
const DEEPEST: usize = 50;

/// Operators in rows of more than two, in one statement: each makes an expression deeper by one.
const MOST_LINKS: usize = 600;

/// A statement that is being read.
#[derive(Debug)]
pub(super) struct Parser {
    tokens: Vec<Token>,
    at: usize,
    depth: usize,
    links: usize,
    /// It is a trigger.
    pub(super) is_trigger: bool,
    /// Something in it was nested too deep.
    pub(super) is_too_deep: bool,
}

/// Operators between two operands, each level binding tighter than the one before.
const LEVELS: &[&[&str]] = &[
    &["or"],
    &["and"],
    &[
        "=", "==", "<>", "!=", "is", "in", "like", "glob", "match", "regexp", "between", "isnull", "notnull",
        "not",
    ],
    &["<", "<=", ">", ">="],
    &["&", "|", "<<", ">>"],
    &["+", "-"],
    &["*", "/", "%"],
    &["||", "->", "->>"],
];

/// The level at which `NOT` stands before an operand.
const NOT: usize = 2;

impl Parser {
    pub(super) fn new(tokens: Vec<Token>) -> Self {
        Self { tokens, at: 0, depth: 0, links: 0, is_trigger: false, is_too_deep: false }
    }

    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.peek().cloned();
        self.at += 1;
        token
    }

    /// Where the next token is, for [`Parser::go_to`].
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Goes to a place.
    pub(super) fn go_to(&mut self, position: usize) {
        self.at = position;
    }

    /// Whether one of the names is, followed by a dot, between `start` and the next token.
    pub(super) fn mentions(&self, start: usize, names: &[&str]) -> bool {
        let read = self.tokens.get(start..self.at.min(self.tokens.len())).unwrap_or_default();
        read.windows(2).any(|pair| {
            let is_one = |word: &String| names.iter().any(|name| word.eq_ignore_ascii_case(name));
            matches!(&pair[0], Token::Word(word) if is_one(word)) && pair[1] == Token::Mark(".")
        })
    }

    /// Whether the token `ahead` of the next one is this keyword.
    pub(super) fn is_word_at(&self, ahead: usize, wanted: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some(Token::Word(word)) if word.eq_ignore_ascii_case(wanted))
    }

    pub(super) fn is_word(&self, wanted: &str) -> bool {
        self.is_word_at(0, wanted)
    }

    /// Whether the next token is one of these keywords.
    pub(super) fn is_any(&self, wanted: &[&str]) -> bool {
        wanted.iter().any(|word| self.is_word(word))
    }

    pub(super) fn is_mark(&self, wanted: &str) -> bool {
        matches!(self.peek(), Some(Token::Mark(mark)) if *mark == wanted)
    }

    /// Passes over a keyword, if it is the next token.
    pub(super) fn word(&mut self, wanted: &str) -> bool {
        let is_next = self.is_word(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    /// Passes over a mark, if it is the next token.
    pub(super) fn mark(&mut self, wanted: &str) -> bool {
        let is_next = self.is_mark(wanted);
        self.at += usize::from(is_next);
        is_next
    }

    /// A name, quoted or not.
    pub(super) fn name(&mut self) -> Option<String> {
        let name = match self.peek()? {
            Token::Word(name) | Token::Name(name, _) => name.clone(),
            Token::Text(name) => String::from_utf8_lossy(name).into_owned(),
            _ => return None,
        };
        self.at += 1;
        Some(name)
    }

    /// A name that may have that of a database before it.
    pub(super) fn qualified(&mut self) -> Option<String> {
        let name = self.name()?;
        if self.mark(".") { self.name() } else { Some(name) }
    }

    /// Names in brackets, if a bracket is next.
    pub(super) fn names(&mut self) -> Vec<String> {
        let mut names = Vec::new();
        if self.mark("(") {
            while let Some(name) = self.name() {
                names.push(name);
                self.skip_to_comma();
            }
            self.close();
        }
        names
    }

    /// Passes over what is left up to a comma, and over that.
    fn skip_to_comma(&mut self) -> bool {
        self.skip_to(|parser| parser.is_mark(","));
        self.mark(",")
    }

    /// Passes over what is left up to the bracket that closes, and over that.
    pub(super) fn close(&mut self) {
        self.skip_to(|_| false);
        self.mark(")");
    }

    /// Passes over tokens up to one at which `ends` says so, a bracket that closes, or the end.
    pub(super) fn skip_to(&mut self, ends: impl Fn(&Self) -> bool) {
        let mut depth = 0_usize;
        while let Some(token) = self.peek() {
            match token {
                Token::Mark("(") => depth += 1,
                Token::Mark(")") if depth == 0 => return,
                Token::Mark(")") => depth -= 1,
                _ if depth == 0 && ends(self) => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// What `read` reads one level further in; `None`: that is too deep.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth == DEEPEST {
            self.is_too_deep = true;
            return None;
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// An expression.
    pub(super) fn expression(&mut self) -> Option<Expr> {
        self.deeper(|parser| parser.level(0))
    }

    /// Expressions up to a bracket that closes, which is passed over.
    pub(super) fn expressions(&mut self) -> Vec<Expr> {
        let mut all = Vec::new();
        while !self.is_mark(")") && self.peek().is_some() {
            match self.expression() {
                Some(expression) => all.push(expression),
                None => all.push(Expr::Unknown(Vec::new())),
            }
            if !self.skip_to_comma() {
                break;
            }
        }
        self.close();
        all
    }

    /// Operands with operators of a level or tighter ones between them.
    fn level(&mut self, least: usize) -> Option<Expr> {
        let mut left = if self.word("not") {
            self.deeper(|parser| parser.level(NOT))?;
            Expr::Number
        } else {
            self.unary()?
        };
        let mut length = 0;
        while let Some((level, operator)) = self.operator(least) {
            length += 1;
            self.links += usize::from(length > 2 && operator != "||");
            if self.links > MOST_LINKS {
                self.is_too_deep = true;
                return None;
            }
            left = self.behind(left, level, operator)?;
        }
        Some(left)
    }

    /// What an operator behind `left` makes of it and of what comes next.
    fn behind(&mut self, left: Expr, level: usize, operator: &'static str) -> Option<Expr> {
        let operand = |parser: &mut Self| parser.deeper(|parser| parser.level(level + 1));
        Some(match operator {
            "||" => {
                let right = operand(self)?;
                match left {
                    Expr::Concat(mut parts) => {
                        parts.push(right);
                        Expr::Concat(parts)
                    }
                    left => Expr::Concat(vec![left, right]),
                }
            }
            "in" => {
                if self.mark("(") {
                    self.close();
                } else {
                    self.qualified()?;
                }
                Expr::Number
            }
            "isnull" | "notnull" => Expr::Number,
            "between" => {
                operand(self)?;
                self.word("and");
                operand(self)?;
                Expr::Number
            }
            "like" | "glob" | "match" | "regexp" => {
                operand(self)?;
                if self.word("escape") {
                    operand(self)?;
                }
                Expr::Number
            }
            _ => Expr::Binary(operator, Box::new(left), Box::new(operand(self)?)),
        })
    }

    /// The operator that is next, if it is of a level or tighter, and its level.
    fn operator(&mut self, least: usize) -> Option<(usize, &'static str)> {
        let is_next = |operator: &&&str| self.is_mark(operator) || self.is_word(operator);
        let (level, found) = LEVELS
            .iter()
            .enumerate()
            .skip(least)
            .find_map(|(level, operators)| Some((level, *operators.iter().find(is_next)?)))?;
        self.at += 1;
        let found = match found {
            // `a NOT LIKE b`, `a NOT NULL`.
            "not" if self.word("null") => "notnull",
            "not" => return self.operator(NOT),
            "==" => "=",
            "!=" => "<>",
            "is" => {
                let is_negative = self.word("not");
                let is_distinct = self.word("distinct");
                if is_distinct {
                    self.word("from");
                }
                if is_negative == is_distinct { "is" } else { "isnt" }
            }
            found => found,
        };
        Some((level, found))
    }

    pub(super) fn unary(&mut self) -> Option<Expr> {
        if self.mark("-") {
            let value = self.deeper(Self::unary)?;
            return Some(match value {
                Expr::Value(Value::Integer(number)) => Expr::Value(Value::Integer(number.wrapping_neg())),
                value => Expr::Binary("-", Box::new(Expr::Value(Value::Integer(0))), Box::new(value)),
            });
        }
        if self.mark("+") {
            return self.deeper(Self::unary);
        }
        if self.mark("~") {
            self.deeper(Self::unary)?;
            return Some(Expr::Number);
        }
        let value = self.primary()?;
        while self.word("collate") {
            self.name()?;
        }
        Some(value)
    }

    fn primary(&mut self) -> Option<Expr> {
        if self.is_mark("(") {
            return self.bracketed();
        }
        match self.next()? {
            Token::Text(text) => Some(Expr::Value(Value::text(text))),
            Token::Blob(blob) => Some(Expr::Value(Value::blob(blob))),
            Token::Integer(number) => Some(Expr::Value(Value::Integer(number))),
            Token::Other => Some(Expr::Number),
            Token::Name(name, or_text) => Some(self.column(name, or_text)),
            Token::Word(word) => self.word_or_call(word),
            Token::Mark(_) => None,
        }
    }

    fn bracketed(&mut self) -> Option<Expr> {
        self.at += 1;
        if self.is_any(&["select", "with", "values"]) {
            let query = self.deeper(Self::query)?;
            self.close();
            return Some(Expr::Query(Box::new(query)));
        }
        let mut all = self.expressions();
        Some(if all.len() == 1 { all.remove(0) } else { Expr::Unknown(all) })
    }

    fn column(&mut self, first: String, or_text: bool) -> Expr {
        let mut names = vec![first];
        while self.mark(".") {
            names.extend(self.name());
        }
        let name = names.pop().unwrap_or_default();
        if self.is_trigger && names.last().is_some_and(|table| table.eq_ignore_ascii_case("old")) {
            // What a row was stands for what it is.
            names = vec!["new".to_owned()];
        }
        Expr::Column { table: names.pop(), name, or_text }
    }

    fn word_or_call(&mut self, word: String) -> Option<Expr> {
        let small = word.to_ascii_lowercase();
        match &*small {
            "cast" if self.mark("(") => {
                let value = self.expression()?;
                self.word("as");
                let affinity = self.affinity();
                self.close();
                Some(Expr::Cast(Box::new(value), affinity))
            }
            "case" => self.case(),
            "exists" if self.mark("(") => {
                self.close();
                Some(Expr::Number)
            }
            "not" => {
                self.deeper(|parser| parser.level(NOT))?;
                Some(Expr::Number)
            }
            "raise" if self.mark("(") => {
                self.close();
                Some(Expr::Value(Value::Null))
            }
            "null" => Some(Expr::Value(Value::Null)),
            "true" => Some(Expr::Value(Value::Integer(1))),
            "false" => Some(Expr::Value(Value::Integer(0))),
            "current_time" | "current_date" | "current_timestamp" => Some(Expr::Number),
            _ if self.is_mark("(") => Some(self.call(small)),
            _ => Some(self.column(word, false)),
        }
    }

    fn call(&mut self, name: String) -> Expr {
        self.at += 1;
        self.word("distinct");
        let star = self.mark("*");
        let mut arguments = self.expressions();
        if star {
            arguments.clear();
        }
        let mut is_known = true;
        if self.word("filter") && self.mark("(") {
            self.close();
            is_known = false;
        }
        if self.word("over") {
            if self.mark("(") {
                self.close();
            } else {
                self.name();
            }
            is_known = false;
        }
        if is_known { Expr::Call(name, arguments) } else { super::functions::unknown(&name, arguments) }
    }

    fn case(&mut self) -> Option<Expr> {
        let base = if self.is_word("when") { None } else { Some(Box::new(self.expression()?)) };
        let mut whens = Vec::new();
        while self.word("when") {
            let when = self.expression()?;
            self.word("then");
            whens.push((when, self.expression()?));
        }
        let other = if self.word("else") { Some(Box::new(self.expression()?)) } else { None };
        self.word("end");
        Some(Expr::Case(base, whens, other))
    }

    /// What values of a type become (section 3.1 of the description of types).
    fn affinity(&mut self) -> Affinity {
        let mut all = String::new();
        while let Some(Token::Word(word) | Token::Name(word, _)) = self.peek() {
            all.push_str(&word.to_ascii_lowercase());
            self.at += 1;
        }
        let has = |part| all.contains(part);
        match () {
            () if has("int") => Affinity::Number,
            () if has("char") || has("clob") || has("text") => Affinity::Text,
            () if has("blob") || all.is_empty() => Affinity::Blob,
            () => Affinity::Number,
        }
    }
}
