//! Lines of an index of `dbm.dumb`, as `ast.literal_eval` reads them: each is a key and a pair of numbers, which may be written in any
//! way in which Python writes constants (The Python Language Reference, 2.4; `Lib/dbm/dumb.py`, `_update`).

use crate::encoding::unescape;

/// Parentheses in each other, and bytes of a line that is read.
const DEPTH: usize = 64;
const LONGEST: usize = 1 << 20;

/// A line of the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) key: Vec<u8>,
    pub(super) at: usize,
    /// `None`: up to the end of the file.
    pub(super) len: Option<usize>,
}

/// The lines of an index, without blank ones, and without the white space behind each.
pub(super) fn lines(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_space = |byte: &u8| matches!(byte, 9..=13 | 0x1c..=0x20 | 0x85 | 0xa0);
    let trimmed =
        move |line: &'_ [u8]| line.iter().rposition(|byte| !is_space(byte)).map_or(0, |last| last + 1);
    let lines = text.split(|byte| matches!(byte, b'\n' | b'\r'));
    lines.map(move |line| &line[..trimmed(line)]).filter(|line| !line.is_empty())
}

/// What a line says: a key, and where its value is; `None`: it is no such line to Python.
pub(super) fn entry(line: &[u8]) -> Option<Entry> {
    if line.len() > LONGEST {
        return None;
    }
    let mut reader = Reader { text: line, at: 0 };
    let constant = reader.list(None, DEPTH)?;
    reader.blanks();
    let [Constant::Text(key), place] = &constant.items()[..] else { return None };
    let ([at, len], true) = (&place.items()[..], reader.at >= line.len()) else { return None };
    let at = at.number().and_then(|at| usize::try_from(at).ok());
    let len = match len {
        Constant::Other => None,
        // What is negative is no length, and reads all there is.
        len => usize::try_from(len.number()?).ok(),
    };
    Some(Entry { key: key.clone(), at: at.unwrap_or(usize::MAX), len })
}

/// A constant of Python, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Constant {
    Text(Vec<u8>),
    Bytes(Vec<u8>),
    Number(i128),
    /// Of a dict, its keys.
    Items(Vec<Constant>),
    Other,
}

impl Constant {
    /// What Python unpacks it to, as far as there may be.
    fn items(&self) -> Vec<Self> {
        /// More than two is too many.
        const MORE: usize = 3;
        match self {
            Self::Items(items) => items.iter().take(MORE).cloned().collect(),
            Self::Bytes(bytes) => {
                bytes.iter().take(MORE).map(|byte| Self::Number(i128::from(*byte))).collect()
            }
            _ => Vec::new(),
        }
    }

    fn number(&self) -> Option<i128> {
        if let Self::Number(number) = self { Some(*number) } else { None }
    }
}

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Passes over blanks, and over a comment, which ends a line.
    fn blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | 12)) {
            self.at += 1;
        }
        if self.peek() == Some(b'#') {
            self.at = self.text.len();
        }
    }

    /// Takes the next character behind blanks, if it is this one.
    fn takes(&mut self, wanted: u8) -> bool {
        self.blanks();
        let is_there = self.peek() == Some(wanted);
        self.at += usize::from(is_there);
        is_there
    }

    /// Constants with commas between them, up to `end`: one alone is itself in parentheses, and at the end of the line.
    fn list(&mut self, end: Option<u8>, depth: usize) -> Option<Constant> {
        let (mut items, mut commas) = (Vec::new(), 0);
        loop {
            self.blanks();
            match (self.peek(), end) {
                (None, None) => break,
                (Some(byte), Some(end)) if byte == end => {
                    self.at += 1;
                    break;
                }
                (None, Some(_)) => return None,
                _ if commas < items.len() => return None,
                _ => {}
            }
            items.push(self.constant(depth)?);
            if end == Some(b'}') && self.takes(b':') {
                self.constant(depth)?;
            }
            commas += usize::from(self.takes(b','));
        }
        let is_alone = items.len() == 1 && commas == 0 && matches!(end, None | Some(b')'));
        if is_alone { items.pop() } else { Some(Constant::Items(items)) }
    }

    fn constant(&mut self, depth: usize) -> Option<Constant> {
        let depth = depth.checked_sub(1)?;
        self.blanks();
        let end = match self.peek()? {
            b'(' => b')',
            b'[' => b']',
            b'{' => b'}',
            sign @ (b'+' | b'-') => {
                self.at += 1;
                self.blanks();
                let number = self.word()?.number()?;
                return Some(Constant::Number(if sign == b'-' { -number } else { number }));
            }
            _ => return self.string().or_else(|| self.word()),
        };
        self.at += 1;
        self.list(Some(end), depth)
    }

    /// Strings that follow each other, which are one.
    fn string(&mut self) -> Option<Constant> {
        let mut whole = None;
        loop {
            self.blanks();
            let prefix = &self.text[self.at..];
            let letters = prefix.iter().take(2).take_while(|letter| b"rRuUbB".contains(letter)).count();
            if !matches!(prefix.get(letters), Some(b'\'' | b'"')) {
                break;
            }
            let has =
                |wanted: u8| prefix[..letters].iter().any(|letter| letter.eq_ignore_ascii_case(&wanted));
            let (is_raw, is_bytes) = (has(b'r'), has(b'b'));
            self.at += letters;
            let inside = self.quoted()?;
            let bytes = if is_raw { None } else { unescape(inside) };
            let mut bytes = bytes.unwrap_or_else(|| inside.to_vec());
            match whole.get_or_insert((Vec::new(), is_bytes)) {
                (all, known) if *known == is_bytes => all.append(&mut bytes),
                _ => return None,
            }
        }
        whole.map(|(all, is_bytes)| if is_bytes { Constant::Bytes(all) } else { Constant::Text(all) })
    }

    /// What stands between quotes, one or three.
    fn quoted(&mut self) -> Option<&[u8]> {
        let quote = self.peek()?;
        let rest = &self.text[self.at..];
        let marks = if rest.starts_with(&[quote; 3]) { 3 } else { 1 };
        let mut end = marks;
        while !rest[end..].starts_with(&[quote; 3][..marks]) {
            end += if *rest.get(end)? == b'\\' { 2 } else { 1 };
            rest.get(end..)?;
        }
        self.at += end + marks;
        Some(&rest[marks..end])
    }

    /// A number or a name.
    fn word(&mut self) -> Option<Constant> {
        let rest = &self.text[self.at..];
        let len = rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)).count();
        let word = str::from_utf8(rest.get(..len).filter(|word| !word.is_empty())?).ok()?;
        self.at += len;
        Some(match word {
            "True" => Constant::Number(1),
            "False" => Constant::Number(0),
            "None" => Constant::Other,
            _ if is_fraction(word) => Constant::Other,
            _ => Constant::Number(number(word)?),
        })
    }
}

/// Whether a word is a number that is not whole: no place in a file.
fn is_fraction(word: &str) -> bool {
    let word = word.replace('_', "");
    let real = word.strip_suffix(['j', 'J']).unwrap_or(&word);
    word.starts_with(|first: char| first.is_ascii_digit() || first == '.')
        && real.parse::<f64>().is_ok()
        && word.contains(['.', 'e', 'E', 'j', 'J'])
}

/// A whole number, in any base and with underscores.
fn number(word: &str) -> Option<i128> {
    let digits = word.replace('_', "").to_ascii_lowercase();
    let (digits, base) = match digits.get(..2) {
        Some("0x") => (&digits[2..], 16),
        Some("0o") => (&digits[2..], 8),
        Some("0b") => (&digits[2..], 2),
        _ => (&digits[..], 10),
    };
    let is_number = digits.bytes().all(|digit| char::from(digit).is_digit(base));
    // What is too large for any file is as good as the largest number.
    (is_number && !digits.is_empty()).then(|| i128::from_str_radix(digits, base).unwrap_or(i128::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(line: &str) -> Option<(String, usize, Option<usize>)> {
        let entry = entry(line.as_bytes())?;
        Some((String::from_utf8_lossy(&entry.key).into_owned(), entry.at, entry.len))
    }

    /// `ast.literal_eval` of Python 3.11 reads all of these, and `dbm.dumb` finds the same bytes by them.
    #[test]
    fn lines_of_python() {
        for line in [
            "'k', (101, 120)",
            " 'k',(0x65,120)  # x",
            "'k', (0b110_0101, 0o170),",
            "('k', (101, 120))",
            "['k', [+101, 1_20]]",
            "\"k\" '', ((101), (120),)",
            "u'k', b'ex'",
            "r'''k''', {101: 0, 120: None}",
            "{'k': 1.5, (101, 120): [{}]}",
            r"'\x6b', (101, 120)",
        ] {
            assert_eq!(said(line), Some(("k".to_owned(), 101, Some(120))), "{line}");
        }
        assert_eq!(said("'k', (False, -1)"), Some(("k".to_owned(), 0, None)));
        assert_eq!(said("'k', (True, None)"), Some(("k".to_owned(), 1, None)));
        assert_eq!(said(r"'it\'s # one', (0, 5)"), Some(("it's # one".to_owned(), 0, Some(5))));
        assert_eq!(said("'k', (99999999999999999999, 5)").map(|entry| entry.1), Some(usize::MAX));
    }

    #[test]
    fn lines_of_nobody() {
        for line in [
            "",
            "#",
            "'k'",
            "'k', 5",
            "'k', (1 2)",
            "'k' (1, 2)",
            "'k', (1, 2",
            "'k', (1, 2))",
            "'k, (1, 2)",
            "k, (1, 2)",
            "'k', (1, 2, 3)",
            "b'k', (1, 2)",
            "'a' b'k', (1, 2)",
            "'k', (1, 'a')",
            "'k', (0x, 2)",
            "'k\\",
            "'''k', (1, 2)",
        ] {
            assert_eq!(said(line), None, "{line}");
        }
        assert_eq!(said(&format!("'k', (1, 2), {}", " ".repeat(2 << 20))), None);
        for open in ["(", "[", "'k', (", "{'k': "] {
            assert_eq!(said(&open.repeat(100_000)), None);
        }
    }
}
