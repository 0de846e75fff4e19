//! What code believes of the numbers of an object: which members of it are indices into what.
//!
//! The table is data, `policy/members.txt`, of which a part is read when it is asked for; `policy/README.md` says how it is written.

use std::str::FromStr;

use crate::boosters::Format;
pub(crate) use expression::{EACH, Expression};
pub(crate) use table::{is_member, members_of};
pub(crate) use words::Words;

mod expression;
mod names;
mod table;
mod words;

/// What is believed of the objects of a class, or of the arguments of a function.
#[derive(Debug, Default)]
pub(crate) struct Members {
    /// Names of the positional arguments that it is called with.
    pub(crate) arguments: Vec<&'static str>,
    /// Names of the items of a state that is a tuple.
    pub(crate) state: Vec<&'static str>,
    /// Whether picklers create it without its constructor, which takes numbers as they are.
    pub(crate) made_empty: bool,
    /// Whether picklers call its constructor, without which its code follows pointers to nothing.
    pub(crate) made_by_call: bool,
    /// Whether picklers create it without arguments, which its `__new__` would go through.
    pub(crate) made_bare: bool,
    /// Whether a state that is a dict is refused, or is that of a version in Python, which follows no number.
    pub(crate) no_dict: bool,
    /// Whether its code reads memory that holds anything where no state is given to what was created without its constructor,
    pub(crate) needs_state: bool,
    /// or by it.
    pub(crate) always_needs_state: bool,
    /// How many items a state that is a tuple has at least: compiled code reads beyond its end.
    pub(crate) least: usize,
    pub(crate) requirements: Vec<Requirement>,
}

impl Members {
    /// Nothing is known.
    pub(crate) const NONE: Self = Self {
        arguments: Vec::new(),
        state: Vec::new(),
        made_empty: false,
        made_by_call: false,
        made_bare: false,
        no_dict: false,
        needs_state: false,
        always_needs_state: false,
        least: 0,
        requirements: Vec::new(),
    };
}

/// Something that must hold.
#[derive(Debug)]
pub(crate) struct Requirement {
    /// Its number in the table.
    pub(crate) number: u32,
    /// Whether it is about arguments alone, so that it is known at the call.
    pub(crate) at_call: bool,
    /// It need not hold then.
    pub(crate) unless: Option<Unless>,
    pub(crate) kind: Kind,
}

/// When a requirement need not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unless {
    /// A member of the state, or an argument.
    pub(crate) member: Path,
    pub(crate) is: Value,
}

/// What a member is, so that a requirement need not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// This text.
    Text(&'static str),
    /// This text, or a function, or what a call gives.
    TextOrFunction(&'static str),
    /// This number.
    Number(i64),
    /// A number that has, or has not, this bit.
    Bit(i64, bool),
}

impl Unless {
    /// `kernel = precomputed or a function`, `initialized = 0`, `filter_method has 32`, `filter_method lacks 32`.
    fn read(text: &'static str) -> Option<Self> {
        for (word, there) in [(" has ", true), (" lacks ", false)] {
            if let Some((member, bit)) = text.split_once(word) {
                let bit = i64::from_str(bit).ok().filter(|bit| bit.count_ones() == 1)?;
                return Some(Self { member: Path::read(member)?, is: Value::Bit(bit, there) });
            }
        }
        let (member, value) = text.split_once(" = ")?;
        let is = match (value.strip_suffix(" or a function"), i64::from_str(value)) {
            (Some(text), _) => Value::TextOrFunction(text),
            (None, Ok(number)) => Value::Number(number),
            (None, Err(_)) => Value::Text(value),
        };
        Some(Self { member: Path::read(member)?, is })
    }
}

/// What must hold.
#[derive(Debug)]
pub(crate) enum Kind {
    /// All items of an array of integers, or a number, are in a range.
    Within { path: Path, low: Low, high: Expression, skip: Skip },
    /// No item of an array is less than the one before it.
    Rises(Path),
    /// Two numbers are the same; or the first is another one.
    Equal(Expression, Expression, Option<Expression>),
    /// The first number is not less than the other.
    AtLeast(Expression, Expression),
    /// What is there was made by a class of this name, with its module; or, where that ends in `*`, by one of that module, or is one.
    Is(Path, &'static str),
    /// A dict, or a list of pairs of a number and an object of a class, with its module, that was given its state before.
    Adds(Path, &'static str),
    /// There is no such member.
    Absent(Path),
    /// A list has the same texts as another, or only such as are in it.
    Texts { path: Path, of: Path, all: bool },
    /// A dict has names as keys, and small numbers or objects as values.
    Named(Path),
    /// A dict has objects of a class, with its module, by places: integers that are not negative, or tuples of such.
    Placed(Path, &'static str),
    /// A text is not longer than a parser of it is quick.
    Short(Path),
    /// Two members are one object.
    Same(Path, Path),
    /// A dict has methods of a class, with its module, each by its own name.
    Methods(Path, &'static str),
    /// The state has no members but these, with blanks between them.
    Only(&'static str),
    /// A constant is a model whose numbers its native code can follow.
    Holds(Path, Format),
    /// What a configuration holds has texts that refer to its values, and is not worked out too often for that.
    Resolves(Path),
}

/// Where a range begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Low {
    Number(i64),
    /// Behind the item's own place in its array.
    BehindIndex,
}

/// Which items of an array do not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Skip {
    None,
    /// Those of this value.
    Value(i64),
    /// Those with this value in another field.
    Field(Field, i64),
}

/// A member, an item of it, a field of that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path {
    /// Members that lead to the objects whose member it is.
    pub(crate) through: Vec<Member>,
    pub(crate) member: Member,
    pub(crate) item: Item,
    pub(crate) field: Option<Field>,
    /// Whether the items of the array may be without that field.
    pub(crate) field_is_optional: bool,
}

/// A member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Its name; several with `|` between them, of which the first that there is counts.
    pub(crate) names: &'static str,
    /// Whether an object may be without it.
    pub(crate) optional: bool,
}

/// What is looked at in the items of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// The field of a name.
    Named(&'static str),
    /// The place of the item in the array.
    Index,
    /// The integers of the lists that it holds.
    Listed,
    /// The integers that are the values of a dict.
    Values,
    /// Eight bytes, as an integer, of records that the array holds as bytes: where in a record, and how long one is.
    Overlay(usize, usize),
}

/// An item of a tuple.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    /// The tuple itself, or what is none.
    Whole,
    /// One of them; from the end, if it is negative.
    At(i64),
    /// Each of them in turn.
    Each,
}

impl Members {
    /// Whether members are looked up in states, where plain ones have to be kept for it.
    pub(crate) fn asks_for_keys(&self) -> bool {
        self.requirements.iter().any(|requirement| !requirement.at_call)
    }

    /// Whether it is about what is plain in lists and dicts, which has to be kept for it.
    pub(crate) fn asks_for_short(&self) -> bool {
        self.requirements
            .iter()
            .any(|requirement| matches!(requirement.kind, Kind::Texts { .. } | Kind::Named(_)))
    }
}

impl Kind {
    fn read(text: &'static str) -> Option<Self> {
        if let Some(path) = text.strip_suffix(" rises") {
            return Some(Self::Rises(Path::read(path)?));
        }
        if let Some(path) = text.strip_suffix(" absent") {
            return Some(Self::Absent(Path::read(path)?));
        }
        if let Some(path) = text.strip_suffix(" short") {
            return Some(Self::Short(Path::read(path)?));
        }
        if let Some(path) = text.strip_suffix(" named") {
            return Some(Self::Named(Path::read(path)?));
        }
        if let Some((path, of)) = text.split_once(" same ") {
            return Some(Self::Same(Path::read(path)?, Path::read(of)?));
        }
        if let Some((path, class)) = text.split_once(" adds ") {
            return class.contains('.').then_some(Self::Adds(Path::read(path)?, class));
        }
        if let Some((path, class)) = text.split_once(" places of ") {
            return class.contains('.').then_some(Self::Placed(Path::read(path)?, class));
        }
        if let Some((path, class)) = text.split_once(" methods of ") {
            return class.contains('.').then_some(Self::Methods(Path::read(path)?, class));
        }
        if let Some(names) = text.strip_prefix("only ") {
            return names.split(' ').all(is_name).then_some(Self::Only(names));
        }
        for (word, all) in [(" repeats ", true), (" among ", false)] {
            if let Some((path, of)) = text.split_once(word) {
                return Some(Self::Texts { path: Path::read(path)?, of: Path::read(of)?, all });
            }
        }
        if let Some(path) = text.strip_suffix(" resolves") {
            return Some(Self::Resolves(Path::read(path)?));
        }
        if let Some((path, class)) = text.split_once(" is ") {
            return class.contains('.').then_some(Self::Is(Path::read(path)?, class));
        }
        if let Some((path, format)) = text.split_once(" holds ") {
            return Some(Self::Holds(Path::read(path)?, Format::of(format)?));
        }
        if let Some((path, rest)) = text.split_once(" in ") {
            let path = Path::read(path)?;
            let (low, rest) = rest.split_once("..")?;
            let low = match low {
                "index+1" => Low::BehindIndex,
                low => Low::Number(i64::from_str(low).ok()?),
            };
            let (high, skip) = if let Some((high, value)) = rest.split_once(" or ") {
                (high, Skip::Value(i64::from_str(value).ok()?))
            } else if let Some((high, condition)) = rest.split_once(" if ") {
                let (field, value) = condition.split_once(" != ")?;
                (high, Skip::Field(Field::read(field)?, i64::from_str(value).ok()?))
            } else {
                (rest, Skip::None)
            };
            return Some(Self::Within { path, low, high: Expression::read(high)?, skip });
        }
        if let Some((left, right)) = text.split_once(" >= ") {
            return Some(Self::AtLeast(Expression::read(left)?, Expression::read(right)?));
        }
        let (left, right) = text.split_once(" = ")?;
        let (right, other) = match right.split_once(" or ") {
            Some((right, other)) => (right, Some(Expression::read(other)?)),
            None => (right, None),
        };
        Some(Self::Equal(Expression::read(left)?, Expression::read(right)?, other))
    }
}

impl Path {
    /// `name`, `name?`, `name[0]`, `name[*]`, `name.field`, `name.field?`, `name/name`.
    fn read(text: &'static str) -> Option<Self> {
        let (through, text) = match text.rsplit_once('/') {
            Some((through, text)) => (through.split('/').map(Member::key).collect::<Option<_>>()?, text),
            None => (Vec::new(), text),
        };
        let (text, field, field_is_optional) = match text.split_once('.') {
            Some((text, field)) => {
                let always = field.strip_suffix('?').unwrap_or(field);
                (text, Some(Field::read(always)?), always != field)
            }
            None => (text, None, false),
        };
        let (text, item) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((text, "*")) => (text, Item::Each),
            Some((text, number)) => (text, Item::At(i64::from_str(number).ok()?)),
            None => (text, Item::Whole),
        };
        Some(Self { through, member: Member::read(text)?, item, field, field_is_optional })
    }
}

impl Member {
    fn read(text: &'static str) -> Option<Self> {
        let names = text.strip_suffix('?').unwrap_or(text);
        let member = Self { names, optional: names != text };
        names.split('|').all(is_name).then_some(member)
    }

    /// What leads to the member of another: keys may have dots.
    fn key(text: &'static str) -> Option<Self> {
        let names = text.strip_suffix('?').unwrap_or(text);
        let member = Self { names, optional: names != text };
        let is_key = |key: &str| key.split('.').all(is_name);
        names.split('|').all(is_key).then_some(member)
    }
}

impl Field {
    /// `name`, `index`, `listed`, `i8@16of72`.
    fn read(text: &'static str) -> Option<Self> {
        match text {
            "index" => return Some(Self::Index),
            "listed" => return Some(Self::Listed),
            "values" => return Some(Self::Values),
            _ => {}
        }
        if let Some(place) = text.strip_prefix("i8@") {
            let (offset, size) = place.split_once("of")?;
            return Some(Self::Overlay(usize::from_str(offset).ok()?, usize::from_str(size).ok()?));
        }
        is_name(text).then_some(Self::Named(text))
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions() {
        let read = |text| format!("{:?}", Expression::read(text).unwrap());
        assert!(read("_shape[1]/dim(data,2)+1").starts_with("Sum(Quotient(Path("));
        assert!(read("len(coords?[*])").contains("names: \"coords\", optional: true }, item: Each"));
        assert!(read("(len(a)+-1)/2").starts_with("Quotient(Sum(Length("));
        assert!(read("a|b").contains("names: \"a|b\""));
        assert!(format!("{:?}", Path::read("a?/b/c.i8@16of72")).contains("Overlay(16, 72)"));
        assert!(read("_shape[-1]").contains("At(-1)"));
        assert!(Kind::read("nodes.left in index+1..len(nodes) if is_leaf != 1").is_some());
        assert!(Kind::read("a is b").is_none() && Expression::read("a b").is_none());
    }
}
