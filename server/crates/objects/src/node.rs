//! What one value is shown as.

use pickle_machine::arena::Value;

/// What one value is shown as; its parts are values again, looked at when they are shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A text that is all there is to say: a literal, a name, what is not known.
    Atom {
        /// Its type, in Python's words: `int`, `str`, `global`, `persistent` …
        kind: &'static str,
        /// How Python writes it, as far as it is shown.
        text: String,
        /// What is not shown of it: `… 1,234 characters`.
        rest: Option<String>,
    },
    /// Items in brackets.
    Group {
        /// Which brackets.
        group: Group,
        /// The items that are shown.
        items: Vec<Part>,
        /// Items that are not.
        more: usize,
    },
    /// A dict.
    Dict {
        /// The pairs that are shown.
        pairs: Vec<(Part, Part)>,
        /// Pairs that are not.
        more: usize,
    },
    /// A call, and what is done with its result before anybody sees it.
    Call {
        /// What is called.
        callee: Part,
        /// Its arguments.
        arguments: Vec<Argument>,
        /// What follows, in order.
        steps: Vec<Step>,
        /// Whether it stands for a value (a date, a dtype) whose identity nobody asks for.
        plain: bool,
    },
}

/// The brackets of a [`Node::Group`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// `[…]`
    List,
    /// `(…)`
    Tuple,
    /// `{…}`
    Set,
    /// `frozenset({…})`
    FrozenSet,
}

/// A part of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Part {
    /// A value of the pickle.
    Value(Value),
    /// What a shape made of values.
    Node(Box<Node>),
}

/// An argument of a call.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument {
    /// Its keyword; `*` or `**` for what is not spelled out.
    pub name: Option<String>,
    /// What is given.
    pub value: Part,
}

/// A method called on an object after it was made: `.append(1)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The method.
    pub method: &'static str,
    /// What it is given.
    pub argument: Part,
}

impl Node {
    /// A text of a kind.
    #[must_use]
    pub fn atom(kind: &'static str, text: impl Into<String>) -> Self {
        Self::Atom { kind, text: text.into(), rest: None }
    }

    /// What nothing is known of.
    #[must_use]
    pub fn unknown() -> Self {
        Self::atom("unknown", "…")
    }

    /// A call of something that has a name, as a value.
    pub(crate) fn value(callee: &str, arguments: Vec<Argument>) -> Self {
        let callee = Part::from(Self::atom("global", callee));
        Self::Call { callee, arguments, steps: Vec::new(), plain: true }
    }
}

impl From<Node> for Part {
    fn from(node: Node) -> Self {
        Self::Node(Box::new(node))
    }
}

impl From<Value> for Part {
    fn from(value: Value) -> Self {
        Self::Value(value)
    }
}

impl Argument {
    /// By position.
    pub(crate) fn plain(value: impl Into<Part>) -> Self {
        Self { name: None, value: value.into() }
    }

    /// By keyword.
    pub(crate) fn named(name: impl Into<String>, value: impl Into<Part>) -> Self {
        Self { name: Some(name.into()), value: value.into() }
    }
}
