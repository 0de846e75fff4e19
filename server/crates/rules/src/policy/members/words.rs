//! Requirements and their parts as messages tell them: in words, and as the table has them.

use std::fmt;

use super::{EACH, Expression, Field, Item, Kind, Low, Path, Skip};

/// For people: "`indices`", "the place of an item in `nodes`".
pub(crate) struct Words<'w, T>(pub(crate) &'w T);

impl fmt::Display for Words<'_, Path> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.0;
        let held = |f: &mut fmt::Formatter<'_>, what: &str| {
            let whole = Path { field: None, ..path.clone() };
            write!(f, "{what} `{whole}`")
        };
        match path.field {
            Some(Field::Index) => held(f, "the place of an item in"),
            Some(Field::Listed) => held(f, "an integer in the lists of"),
            Some(Field::Values) => held(f, "a value in the dict"),
            Some(Field::Overlay(offset, size)) => {
                held(f, &format!("the integer at byte {offset} of a record of {size} bytes in"))
            }
            Some(Field::Named(_)) | None => write!(f, "`{path}`"),
        }
    }
}

impl fmt::Display for Words<'_, Expression> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Expression::Path(path) => Words(path).fmt(f),
            Expression::Length(path) => write!(f, "the length of `{path}`"),
            Expression::Count(path) => write!(f, "the number of integers in `{path}`"),
            Expression::Nonzero(path) => write!(f, "the number of integers in `{path}` that are not zero"),
            Expression::Grid(path) => write!(f, "the product of the integers in `{path}`, each plus one"),
            Expression::Dimension(path, EACH) => write!(f, "the size of the axis of `{path}` for it"),
            Expression::Dimension(path, axis) => write!(f, "the size of axis {axis} of `{path}`"),
            computed => write!(f, "`{computed}`"),
        }
    }
}

/// As in the table, but for what says that something may be missing.
impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.through.iter().try_for_each(|member| write!(f, "{}/", member.names))?;
        f.write_str(self.member.names)?;
        match self.item {
            Item::Whole => {}
            Item::At(number) => write!(f, "[{number}]")?,
            Item::Each => f.write_str("[*]")?,
        }
        self.field.map_or(Ok(()), |field| write!(f, ".{field}"))
    }
}

/// As in the table, with `-1` for `+-1`.
impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Sums are bound less tightly than what they stand in.
        let part = |part: &Self| match part {
            Self::Sum(..) => format!("({part})"),
            _ => part.to_string(),
        };
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Path(path) if path.through.is_empty() => path.fmt(f),
            Self::Path(path) => write!(f, "value({path})"),
            Self::Length(path) => write!(f, "len({path})"),
            Self::Count(path) => write!(f, "count({path})"),
            Self::Nonzero(path) => write!(f, "nonzero({path})"),
            Self::Grid(path) => write!(f, "grid({path})"),
            Self::Dimension(path, EACH) => write!(f, "dim({path},*)"),
            Self::Dimension(path, axis) => write!(f, "dim({path},{axis})"),
            Self::Sum(left, right) => {
                let right = right.to_string();
                let sign = if right.starts_with('-') { "" } else { "+" };
                write!(f, "{left}{sign}{right}")
            }
            Self::Product(left, right) => write!(f, "{}*{}", part(left), part(right)),
            Self::Quotient(left, right) => write!(f, "{}/{}", part(left), part(right)),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Within { path, low, high, skip } => {
                match low {
                    Low::Number(low) => write!(f, "{path} in {low}..{high}")?,
                    Low::BehindIndex => write!(f, "{path} in index+1..{high}")?,
                }
                match skip {
                    Skip::None => Ok(()),
                    Skip::Value(value) => write!(f, " or {value}"),
                    Skip::Field(field, value) => write!(f, " if {field} != {value}"),
                }
            }
            Self::Rises(path) => write!(f, "{path} rises"),
            Self::Absent(path) => write!(f, "{path} absent"),
            Self::Texts { path, of, all } => {
                write!(f, "{path} {} {of}", if *all { "repeats" } else { "among" })
            }
            Self::Methods(path, class) => write!(f, "{path} methods of {class}"),
            Self::Named(path) => write!(f, "{path} named"),
            Self::Only(names) => write!(f, "only {names}"),
            Self::Resolves(path) => write!(f, "{path} resolves"),
            Self::Is(path, class) => write!(f, "{path} is {class}"),
            Self::Holds(path, format) => write!(f, "{path} holds {}", format.name()),
            Self::Equal(left, right, None) => write!(f, "{left} = {right}"),
            Self::Equal(left, right, Some(other)) => write!(f, "{left} = {right} or {other}"),
            Self::Adds(path, class) => write!(f, "{path} adds {class}"),
            Self::Placed(path, class) => write!(f, "{path} places of {class}"),
            Self::Short(path) => write!(f, "{path} short"),
            Self::Same(path, of) => write!(f, "{path} same {of}"),
            Self::AtLeast(left, right) => write!(f, "{left} >= {right}"),
        }
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => f.write_str(name),
            Self::Index => f.write_str("index"),
            Self::Listed => f.write_str("listed"),
            Self::Values => f.write_str("values"),
            Self::Overlay(offset, size) => write!(f, "i8@{offset}of{size}"),
        }
    }
}
