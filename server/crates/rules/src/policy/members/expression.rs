//! Numbers of the table that are worked out of members: how they are written, and of which members they are made.

use std::str::FromStr;

use super::Path;

/// In place of a dimension: the one of the number of what is gone through.
pub(crate) const EACH: usize = usize::MAX;

/// A number.
#[derive(Debug)]
pub(crate) enum Expression {
    Number(i64),
    /// A member; `value(a/b)` where others lead to it, as that would be a division.
    Path(Path),
    /// How many items something has.
    Length(Path),
    /// How many integers there are in all arrays that a path leads to.
    Count(Path),
    /// How many integers of an array are not zero, or whether a number is not.
    Nonzero(Path),
    /// The product of integers, each plus one: how many places a grid has that leads up to each of them.
    Grid(Path),
    /// A dimension of an array.
    Dimension(Path, usize),
    Sum(Box<Expression>, Box<Expression>),
    Product(Box<Expression>, Box<Expression>),
    Quotient(Box<Expression>, Box<Expression>),
}

impl Expression {
    /// Sums of products, without blanks; from left to right.
    pub(super) fn read(text: &'static str) -> Option<Self> {
        if let Some(at) = outside_of_brackets(text, b"+") {
            let (left, right) = (Self::read(&text[..at])?, Self::read(&text[at + 1..])?);
            return Some(Self::Sum(Box::new(left), Box::new(right)));
        }
        if let Some(at) = outside_of_brackets(text, b"*/") {
            let (left, right) = (Self::read(&text[..at])?.into(), Self::read(&text[at + 1..])?.into());
            let is_product = text.as_bytes()[at] == b'*';
            return Some(if is_product { Self::Product(left, right) } else { Self::Quotient(left, right) });
        }
        if let Some(inner) = text.strip_prefix('(') {
            return Self::read(inner.strip_suffix(')')?);
        }
        if let Some(path) = text.strip_prefix("value(") {
            return Some(Self::Path(Path::read(path.strip_suffix(')')?)?));
        }
        if let Some(path) = text.strip_prefix("count(") {
            return Some(Self::Count(Path::read(path.strip_suffix(')')?)?));
        }
        if let Some(path) = text.strip_prefix("nonzero(") {
            return Some(Self::Nonzero(Path::read(path.strip_suffix(')')?)?));
        }
        if let Some(path) = text.strip_prefix("grid(") {
            return Some(Self::Grid(Path::read(path.strip_suffix(')')?)?));
        }
        if let Some(path) = text.strip_prefix("len(") {
            return Some(Self::Length(Path::read(path.strip_suffix(')')?)?));
        }
        if let Some(inner) = text.strip_prefix("dim(") {
            let (path, number) = inner.strip_suffix(')')?.split_once(',')?;
            let number = if number == "*" { EACH } else { usize::from_str(number).ok()? };
            return Some(Self::Dimension(Path::read(path)?, number));
        }
        match i64::from_str(text) {
            Ok(number) => Some(Self::Number(number)),
            Err(_) => Some(Self::Path(Path::read(text)?)),
        }
    }

    pub(super) fn roots(&self, names: &mut Vec<&'static str>) {
        self.each_path(&mut |path| names.push(path.root()));
    }

    pub(super) fn members(&self, names: &mut Vec<&'static str>) {
        self.each_path(&mut |path| path.members(names));
    }

    fn each_path(&self, visit: &mut dyn FnMut(&Path)) {
        match self {
            Self::Number(_) => {}
            Self::Path(path)
            | Self::Length(path)
            | Self::Count(path)
            | Self::Nonzero(path)
            | Self::Grid(path)
            | Self::Dimension(path, _) => visit(path),
            Self::Sum(left, right) | Self::Product(left, right) | Self::Quotient(left, right) => {
                left.each_path(visit);
                right.each_path(visit);
            }
        }
    }
}

/// The last place in an expression where one of some operators stands in no brackets.
fn outside_of_brackets(text: &str, operators: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut found = None;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'(' | b'[' => depth += 1,
            b')' | b']' => depth = depth.saturating_sub(1),
            _ if depth == 0 && at > 0 && operators.contains(&byte) => found = Some(at),
            _ => {}
        }
    }
    found
}
