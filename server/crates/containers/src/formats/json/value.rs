//! Values of JSON, where more is asked than the texts by their keys.

/// Values in each other that are read, and how many.
const DEEPEST: usize = 64;
const MOST: usize = 1 << 18;

/// A value.
#[derive(Debug)]
pub(crate) enum Json {
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
    /// A number, `true`, `null` or the like, as it is written.
    Word(String),
}

impl Json {
    /// The value that a text begins with; `None`: there is none, or one that is larger than descriptions are.
    pub(crate) fn read(text: &str) -> Option<Self> {
        Self::read_within(text, MOST)
    }

    /// The same; no more than `most` values are read.
    pub(crate) fn read_within(text: &str, most: usize) -> Option<Self> {
        Reader { rest: text, left: most }.value(DEEPEST)
    }

    /// What an object has under a key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(pairs) = self else { return None };
        // Of a key that is there more than once, readers of JSON take the last.
        pairs.iter().rev().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The text that an object has under a key.
    pub(crate) fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The items of a list; none of what is no list.
    pub(crate) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// What an object has, in its order; nothing of what is none.
    pub(crate) fn pairs(&self) -> &[(String, Self)] {
        match self {
            Self::Object(pairs) => pairs,
            _ => &[],
        }
    }

    /// A number of this kind.
    pub(crate) fn number<T: std::str::FromStr>(&self) -> Option<T> {
        match self {
            Self::Word(word) => word.parse().ok(),
            _ => None,
        }
    }
}

/// Reads JSON.
struct Reader<'t> {
    rest: &'t str,
    /// Values that may still be read.
    left: usize,
}

impl Reader<'_> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        let deeper = depth.checked_sub(1)?;
        self.left = self.left.checked_sub(1)?;
        match self.peek()? {
            '"' => self.text().map(Json::Text),
            '[' => {
                let mut items = Vec::new();
                self.items(']', |reader| {
                    items.push(reader.value(deeper)?);
                    Some(())
                })?;
                Some(Json::List(items))
            }
            '{' => {
                let mut pairs = Vec::new();
                self.items('}', |reader| {
                    let key = reader.text()?;
                    reader.take(':')?;
                    pairs.push((key, reader.value(deeper)?));
                    Some(())
                })?;
                Some(Json::Object(pairs))
            }
            _ => {
                let end = self.rest.find([',', ']', '}', ' ', '\n', '\r', '\t']).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at(end);
                self.rest = rest;
                (!word.is_empty()).then(|| Json::Word(word.to_owned()))
            }
        }
    }

    /// Reads what is between a bracket and `end`, one `item` after the other.
    fn items(&mut self, end: char, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.rest = self.rest.get(1..)?;
        if self.peek()? == end {
            return self.take(end);
        }
        loop {
            item(self)?;
            if self.peek()? == end {
                return self.take(end);
            }
            self.take(',')?;
        }
    }

    fn peek(&mut self) -> Option<char> {
        self.rest = self.rest.trim_start();
        self.rest.chars().next()
    }

    fn take(&mut self, character: char) -> Option<()> {
        self.peek()?;
        self.rest = self.rest.strip_prefix(character)?;
        Some(())
    }

    /// A text. Keys and names of types may be written in escapes as well.
    fn text(&mut self) -> Option<String> {
        self.take('"')?;
        let mut text = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    self.rest = &self.rest[at + 1..];
                    return Some(text);
                }
                '\\' => match characters.next()?.1 {
                    'u' => {
                        let digits = self.rest.get(at + 2..at + 6)?;
                        let code = u32::from_str_radix(digits, 16).ok()?;
                        text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                        characters.nth(digits.len() - 1)?;
                    }
                    // Those of control characters: no name has one.
                    'b' | 'f' | 'n' | 'r' | 't' => text.push(char::REPLACEMENT_CHARACTER),
                    character => text.push(character),
                },
                character => text.push(character),
            }
        }
        None
    }
}
