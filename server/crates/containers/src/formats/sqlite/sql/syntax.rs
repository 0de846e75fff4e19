//! Expressions and queries, as far as values are made by them. What has no bearing on that is left out.

use super::value::Value;

/// An expression.
#[derive(Debug, Clone)]
pub(super) enum Expr {
    /// A literal.
    Value(Value),
    /// A column, of a table if one is named.
    Column {
        /// The table.
        table: Option<String>,
        /// The column.
        name: String,
        /// In double quotes: a text if there is no such column.
        or_text: bool,
    },
    /// `a || b || …`.
    Concat(Vec<Expr>),
    /// `CAST(a AS type)`.
    Cast(Box<Expr>, Affinity),
    /// A call of a function, with its name in small letters.
    Call(String, Vec<Expr>),
    /// `CASE a WHEN b THEN c … ELSE d END`.
    Case(Option<Box<Expr>>, Vec<(Expr, Expr)>, Option<Box<Expr>>),
    /// Two operands and what is between them.
    Binary(&'static str, Box<Expr>, Box<Expr>),
    /// A query whose first value it is.
    Query(Box<Query>),
    /// What is true or false, or a number, and is not worked out: no text or blob.
    Number,
    /// Anything, made of these.
    Unknown(Vec<Expr>),
}

/// What `CAST` makes of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Affinity {
    Blob,
    Text,
    Number,
}

/// A query.
#[derive(Debug, Clone, Default)]
pub(super) struct Query {
    /// Tables that are named before it: name, names of columns, query.
    pub(super) with: Vec<(String, Vec<String>, Query)>,
    /// What `UNION` and the like join.
    pub(super) cores: Vec<Core>,
    /// What rows are ordered by, and whether from the last to the first.
    pub(super) order: Vec<(Expr, bool)>,
    /// At most so many rows.
    pub(super) limit: Option<Expr>,
}

/// One `SELECT`, or `VALUES`.
#[derive(Debug, Clone, Default)]
pub(super) struct Core {
    /// The columns of the result.
    pub(super) results: Vec<Item>,
    /// Rows that are written down; then there is nothing else.
    pub(super) values: Vec<Vec<Expr>>,
    /// Where the rows come from.
    pub(super) from: Vec<Source>,
    /// What must be true of them.
    pub(super) conditions: Vec<Expr>,
    /// What they are grouped by.
    pub(super) group: Vec<Expr>,
}

/// A column of a result.
#[derive(Debug, Clone)]
pub(super) enum Item {
    /// `*`, or `table.*`.
    All(Option<String>),
    /// A value, and what it is called.
    One(Expr, Option<String>),
}

/// Where rows come from.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// What.
    pub(super) what: What,
    /// What it is called.
    pub(super) alias: Option<String>,
    /// What must be true for a row to be joined to those before.
    pub(super) on: Vec<Expr>,
    /// Columns that must be equal in both; all of one name, if it is `natural`.
    pub(super) using: Vec<String>,
    pub(super) natural: bool,
    /// Its columns are named together with it alone.
    pub(super) is_hidden: bool,
    /// Rows before it stay though none is joined.
    pub(super) outer: bool,
}

/// A table or what goes for one.
#[derive(Debug, Clone)]
pub(super) enum What {
    /// A table, view or name of `WITH`.
    Named(String),
    /// A query.
    Query(Box<Query>),
    /// A function that gives rows.
    Function,
}

impl Source {
    /// What is called `name` and joined to everything.
    pub(super) fn named(name: &str) -> Self {
        Self {
            what: What::Named(name.to_owned()),
            alias: None,
            on: Vec::new(),
            using: Vec::new(),
            natural: false,
            is_hidden: false,
            outer: false,
        }
    }
}

impl Expr {
    /// A column of a table.
    pub(super) fn column(table: Option<&str>, name: &str) -> Self {
        Self::Column { table: table.map(str::to_owned), name: name.to_owned(), or_text: false }
    }

    /// What must be true for it to be true: what `AND` is between.
    pub(super) fn conjuncts(self, all: &mut Vec<Self>) {
        match self {
            Self::Binary("and", left, right) => {
                left.conjuncts(all);
                right.conjuncts(all);
            }
            other => all.push(other),
        }
    }
}
