//! Python literals, as far as headers use them: strings, whole numbers, `True`, `False`, `None`, tuples, lists, dicts.
//!
//! numpy reads a header with `ast.literal_eval`. What that takes beyond this (complex numbers, sets, strings that are
//! joined, comments) no writer of headers uses, and a header with it is one to look at.

/// A literal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Literal {
    /// A str.
    Str(String),
    /// A whole number; with the `L` that Python 2 wrote.
    Int(i128),
    /// `True` or `False`.
    Bool(bool),
    /// `None`.
    None,
    /// A tuple.
    Tuple(Vec<Literal>),
    /// A list.
    List(Vec<Literal>),
    /// A dict.
    Dict(Vec<(Literal, Literal)>),
}

/// Containers in containers.
const DEPTH: usize = 32;

/// Reads a text that is one literal, blanks around it aside; `None` if it is anything else.
#[must_use]
pub fn parse(text: &str) -> Option<Literal> {
    let mut parser = Parser { rest: text };
    let literal = parser.literal(DEPTH)?;
    parser.blanks();
    parser.rest.is_empty().then_some(literal)
}

struct Parser<'t> {
    rest: &'t str,
}

impl Parser<'_> {
    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r', '\x0c']);
    }

    /// Takes a mark of punctuation, if it comes next.
    fn takes(&mut self, mark: char) -> bool {
        self.blanks();
        match self.rest.strip_prefix(mark) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn literal(&mut self, depth: usize) -> Option<Literal> {
        let inner = depth.checked_sub(1)?;
        self.blanks();
        match self.rest.chars().next()? {
            quote @ ('\'' | '"') => self.string(quote).map(Literal::Str),
            '(' => {
                self.takes('(');
                self.tuple(inner)
            }
            '[' => {
                self.takes('[');
                self.items(']', inner).map(|(items, _)| Literal::List(items))
            }
            '{' => {
                self.takes('{');
                self.pairs(inner)
            }
            '-' | '+' | '0'..='9' => self.number(),
            _ => self.word(),
        }
    }

    /// Behind `(`: without a comma it is no tuple, only parentheses.
    fn tuple(&mut self, depth: usize) -> Option<Literal> {
        let (mut items, comma) = self.items(')', depth)?;
        if items.len() == 1 && !comma { items.pop() } else { Some(Literal::Tuple(items)) }
    }

    /// Items up to `close`, and whether there was a comma.
    fn items(&mut self, close: char, depth: usize) -> Option<(Vec<Literal>, bool)> {
        let (mut items, mut comma) = (Vec::new(), false);
        while !self.takes(close) {
            items.push(self.literal(depth)?);
            if self.takes(',') {
                comma = true;
            } else if self.takes(close) {
                break;
            } else {
                return None;
            }
        }
        Some((items, comma))
    }

    fn pairs(&mut self, depth: usize) -> Option<Literal> {
        let mut pairs = Vec::new();
        while !self.takes('}') {
            let key = self.literal(depth)?;
            if !self.takes(':') {
                return None;
            }
            pairs.push((key, self.literal(depth)?));
            if !self.takes(',') {
                return self.takes('}').then_some(Literal::Dict(pairs));
            }
        }
        Some(Literal::Dict(pairs))
    }

    fn number(&mut self) -> Option<Literal> {
        let signed = usize::from(self.rest.starts_with(['-', '+']));
        let digits = self.rest[signed..].bytes().take_while(u8::is_ascii_digit).count();
        let (number, rest) = self.rest.split_at(signed + digits);
        self.rest = rest.strip_prefix('L').unwrap_or(rest);
        // What goes on is no whole number.
        if self.rest.starts_with(|next: char| next.is_alphanumeric() || matches!(next, '.' | '_')) {
            return None;
        }
        number.strip_prefix('+').unwrap_or(number).parse().ok().map(Literal::Int)
    }

    fn word(&mut self) -> Option<Literal> {
        let end =
            self.rest.find(|next: char| !(next.is_alphanumeric() || next == '_')).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let literal = match word {
            "True" => Literal::Bool(true),
            "False" => Literal::Bool(false),
            "None" => Literal::None,
            // The prefixes of Python 2 and 3 for text.
            "u" | "U" => {
                let quote = rest.chars().next().filter(|&quote| matches!(quote, '\'' | '"'))?;
                self.rest = rest;
                return self.string(quote).map(Literal::Str);
            }
            _ => return None,
        };
        self.rest = rest;
        Some(literal)
    }

    fn string(&mut self, quote: char) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.char_indices();
        characters.next()?;
        while let Some((at, character)) = characters.next() {
            match character {
                _ if character == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Some(text);
                }
                '\n' => return None,
                '\\' => text.push(escaped(&mut characters)?),
                _ => text.push(character),
            }
        }
        None
    }
}

/// The character that an escape stands for; names of characters and octal numbers are left to nobody.
fn escaped(characters: &mut std::str::CharIndices<'_>) -> Option<char> {
    let digits = match characters.next()?.1 {
        same @ ('\\' | '\'' | '"') => return Some(same),
        'n' => return Some('\n'),
        't' => return Some('\t'),
        'r' => return Some('\r'),
        'x' => 2,
        'u' => 4,
        'U' => 8,
        _ => return None,
    };
    let mut code = 0u32;
    for _ in 0..digits {
        code = code.checked_mul(16)?.checked_add(characters.next()?.1.to_digit(16)?)?;
    }
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals() {
        use Literal::{Bool, Dict, Int, List, None, Str, Tuple};
        let text = |text: &str| Str(text.to_owned());
        assert_eq!(
            parse("{'descr': '<f8', \"shape\": (3L, -4,), 'x': [u'a', True, None,], } \n"),
            Some(Dict(vec![
                (text("descr"), text("<f8")),
                (text("shape"), Tuple(vec![Int(3), Int(-4)])),
                (text("x"), List(vec![text("a"), Bool(true), None])),
            ]))
        );
        assert_eq!(parse("()"), Some(Tuple(vec![])));
        assert_eq!(parse("(5)"), Some(Int(5)));
        assert_eq!(parse("(5,)"), Some(Tuple(vec![Int(5)])));
        assert_eq!(parse(r"'a\x41\u00e9\'\\'"), Some(text(r"aAé'\")));
    }

    #[test]
    fn what_is_none() {
        let deep = "(".repeat(1000);
        for none in [
            "",
            "f()",
            "__import__('os')",
            "'a' 'b'",
            "1.5",
            "1_0",
            "{1}",
            "(1 2)",
            "'a",
            "x",
            "1 2",
            "-",
            &deep,
        ] {
            assert_eq!(parse(none), None, "{none}");
        }
    }
}
