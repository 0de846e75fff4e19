//! Works out queries: which rows they may have, and the values in them. Where a condition cannot be told to be false its rows stay;
//! a value that is not worked out says so. Everything takes of one measure of work, so that no query takes long.

use std::collections::HashMap;
use std::rc::Rc;

use super::functions;
use super::syntax::{Affinity, Expr, Query};
use super::value::{Bytes, Value};
use crate::budget::Interrupt;
use crate::bytes::Order;

/// Queries inside queries, views of views included.
const DEEPEST: usize = 16;

/// Steps between two questions whether anybody waits.
const STRIDE: usize = 1 << 12;

/// A row of a table.
pub(in super::super) type Row = Rc<[Value]>;

/// Rows.
#[derive(Debug, Clone, Default)]
pub(in super::super) struct Relation {
    /// What columns are called.
    pub(in super::super) columns: Rc<[String]>,
    /// The rows.
    pub(in super::super) rows: Vec<Row>,
    /// There may be rows and columns that are not known.
    pub(in super::super) is_open: bool,
    /// No row is there that may be none.
    pub(in super::super) is_certain: bool,
}

impl Relation {
    /// Rows of which nothing is known.
    pub(in super::super) fn anything() -> Self {
        Self { rows: vec![Rc::from([])], is_open: true, ..Self::default() }
    }
}

/// What names of tables stand for.
pub(in super::super) trait Catalog {
    /// The rows of a table, and which of its columns are to be computed; `None`: there is no such table, or it is no plain one.
    fn rows(&mut self, name: &str) -> Option<(Relation, Vec<(usize, super::Computed)>)>;

    /// What a view of this name shows.
    fn view(&self, name: &str) -> Option<Rc<super::View>>;
}

/// Works out queries over the tables of a database.
pub(in super::super) struct Engine<'c> {
    pub(super) catalog: &'c mut dyn Catalog,
    utf16: Option<Order>,
    interrupt: Interrupt<'c>,
    /// Steps that are left.
    work: usize,
    steps: usize,
    known: HashMap<String, Rc<Relation>>,
    /// Tables by what a column of theirs holds.
    pub(super) indexes: HashMap<(String, usize), Rc<Index>>,
    /// First values of queries that name nothing of the query around them, by where these are in memory.
    first: HashMap<usize, Value>,
    /// Something of the query around was named.
    looks_around: bool,
    pub(super) depth: usize,
}

/// The rows of a table by what a column holds, and those for which that cannot be said.
#[derive(Debug, Default)]
pub(super) struct Index {
    pub(super) same: HashMap<Vec<u8>, Vec<usize>>,
    pub(super) others: Vec<usize>,
}

/// A table whose columns can be named.
pub(super) struct Named {
    pub(super) alias: String,
    pub(super) relation: Rc<Relation>,
    /// Its columns are named together with it alone.
    pub(super) is_hidden: bool,
}

impl Named {
    /// Whether a column of this table, or of any, may be one of it.
    pub(super) fn is_named(&self, table: Option<&str>) -> bool {
        table.map_or(!self.is_hidden, |table| table.eq_ignore_ascii_case(&self.alias))
    }
}

/// What names stand for in an expression.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s> {
    pub(super) tables: &'s [Named],
    /// A row of each, or of the first ones.
    pub(super) rows: &'s [Row],
    /// All rows of a group.
    pub(super) group: Option<&'s [Vec<Row>]>,
    /// Of the query around.
    pub(super) outer: Option<&'s Scope<'s>>,
    /// What `WITH` names.
    pub(super) with: &'s [(String, Rc<Relation>)],
}

impl Scope<'_> {
    /// No names at all.
    pub(super) const NONE: Scope<'static> =
        Scope { tables: &[], rows: &[], group: None, outer: None, with: &[] };

    /// What a column holds, and whether that is of the query around; `None`: there is none of this name.
    fn column(&self, table: Option<&str>, name: &str) -> Option<(Value, bool)> {
        let mut may_be = false;
        for (named, row) in self.tables.iter().zip(self.rows) {
            if !named.is_named(table) {
                continue;
            }
            let columns = &named.relation.columns;
            if let Some(index) = columns.iter().position(|column| column.eq_ignore_ascii_case(name)) {
                // A row that an outer join leaves empty has no values.
                return Some((row.get(index).cloned().unwrap_or(Value::Null), false));
            }
            may_be |= named.relation.is_open;
        }
        if may_be {
            return Some((Value::Unknown, true));
        }
        // The tables that come later have no rows yet.
        let later = self.tables.get(self.rows.len()..).unwrap_or_default();
        if later.iter().any(|named| named.is_named(table)) {
            return Some((Value::Unknown, true));
        }
        self.outer.and_then(|outer| outer.column(table, name)).map(|(value, _)| (value, true))
    }
}

impl<'c> Engine<'c> {
    pub(in super::super) fn new(
        catalog: &'c mut dyn Catalog,
        utf16: Option<Order>,
        interrupt: Interrupt<'c>,
        work: usize,
    ) -> Self {
        Self {
            catalog,
            utf16,
            interrupt,
            work,
            steps: 0,
            known: HashMap::new(),
            indexes: HashMap::new(),
            first: HashMap::new(),
            looks_around: false,
            depth: 0,
        }
    }

    /// Whether there was too much to do.
    pub(in super::super) fn is_exhausted(&self) -> bool {
        self.work == 0
    }

    /// Takes note of work; whether to go on.
    pub(super) fn spend(&mut self, amount: usize) -> bool {
        self.steps += 1;
        if self.steps.is_multiple_of(STRIDE) && (self.interrupt)() {
            self.work = 0;
        }
        self.work = self.work.saturating_sub(amount.saturating_add(1));
        self.work > 0
    }

    /// Steps that are left.
    pub(super) fn work(&self) -> usize {
        self.work
    }

    /// The rows of a view, of whatever is in it.
    fn show(&mut self, view: &super::View) -> Relation {
        let relation = self.deeper(|engine| engine.query(&view.query, &[], None));
        match view.columns.is_empty() {
            true => relation,
            false => Relation { columns: view.columns.clone().into(), ..relation },
        }
    }

    /// The rows that a write writes.
    pub(in super::super) fn written(&mut self, write: &super::Write) -> Relation {
        let relation = self.deeper(|engine| engine.query(&write.query, &[], None));
        match write.columns.is_empty() {
            true => relation,
            false => Relation { columns: write.columns.clone().into(), ..relation },
        }
    }

    /// What a column of a row computes, or is by default.
    pub(in super::super) fn computed(
        &mut self,
        what: &super::Computed,
        columns: &Rc<[String]>,
        row: Row,
    ) -> Value {
        let relation = Relation { columns: Rc::clone(columns), ..Relation::default() };
        let tables = [Named { alias: String::new(), relation: Rc::new(relation), is_hidden: false }];
        self.value(&what.0, &Scope { tables: &tables, rows: &[row], ..Scope::NONE })
    }

    /// What `work` does one level further in; anything, if that is too deep.
    pub(super) fn deeper(&mut self, work: impl FnOnce(&mut Self) -> Relation) -> Relation {
        if self.depth == DEEPEST {
            self.work = 0;
            return Relation::anything();
        }
        self.depth += 1;
        let relation = work(self);
        self.depth -= 1;
        relation
    }

    /// The rows of a table or view.
    pub(super) fn named(&mut self, name: &str, with: &[(String, Rc<Relation>)]) -> Rc<Relation> {
        if let Some((_, relation)) = with.iter().rev().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            return Rc::clone(relation);
        }
        let key = name.to_ascii_lowercase();
        if let Some(relation) = self.known.get(&key) {
            return Rc::clone(relation);
        }
        let relation = match self.catalog.view(name) {
            Some(view) => self.show(&view),
            None => match self.catalog.rows(name) {
                Some((relation, computed)) => self.complete(relation, &computed),
                None => Relation::anything(),
            },
        };
        let relation = Rc::new(relation);
        self.known.insert(key, Rc::clone(&relation));
        relation
    }

    /// The rows of a table.
    pub(in super::super) fn table(&mut self, name: &str) -> Rc<Relation> {
        self.named(name, &[])
    }

    /// A table with what its columns compute, which may be made of each other, or are by default.
    fn complete(&mut self, mut relation: Relation, computed: &[(usize, super::Computed)]) -> Relation {
        let columns = Rc::clone(&relation.columns);
        for row in &mut relation.rows {
            let is_missing = |(index, _): &&(usize, _)| row.get(*index) == Some(&Value::Unknown);
            let missing: Vec<_> = computed.iter().filter(is_missing).collect();
            for _ in 0..missing.len().min(DEEPEST) {
                let before = Rc::clone(row);
                for (index, what) in &missing {
                    let mut values = row.to_vec();
                    values[*index] = self.computed(what, &columns, Rc::clone(row));
                    *row = values.into();
                }
                if *row == before {
                    break;
                }
            }
        }
        relation
    }

    /// What an expression is.
    pub(super) fn value(&mut self, expression: &Expr, scope: &Scope<'_>) -> Value {
        if !self.spend(0) {
            return Value::Unknown;
        }
        let value = match expression {
            Expr::Value(value) => return value.clone(),
            Expr::Column { table, name, or_text } => {
                let found = scope.column(table.as_deref(), name);
                self.looks_around |= found.as_ref().is_some_and(|(_, is_around)| *is_around);
                return found.map_or_else(
                    || if *or_text { Value::text(name.clone().into_bytes()) } else { Value::Unknown },
                    |(value, _)| value,
                );
            }
            Expr::Concat(parts) => {
                let values = self.values(parts, scope);
                functions::concatenated(&values, self.utf16)
            }
            Expr::Cast(value, affinity) => match (&**value, affinity, self.utf16) {
                // Bytes stay what they are, also where they are no characters.
                (Expr::Concat(parts), Affinity::Blob, Some(_)) => {
                    let values = self.values(parts, scope);
                    functions::concatenated_bytes(&values, self.utf16)
                }
                _ => self.value(value, scope).cast(*affinity, self.utf16),
            },
            Expr::Call(name, arguments) => self.call(name, arguments, scope),
            Expr::Case(base, whens, other) => {
                return self.case(base.as_deref(), whens, other.as_deref(), scope);
            }
            Expr::Binary(operator, left, right) => self.binary(operator, left, right, scope),
            Expr::Query(query) => return self.first_of(query, scope),
            Expr::Number => Value::Number,
            Expr::Unknown(_) => Value::Unknown,
        };
        if let Value::Bytes(Bytes { bytes, .. }) = &value {
            self.spend(bytes.len());
        }
        value
    }

    pub(super) fn values(&mut self, expressions: &[Expr], scope: &Scope<'_>) -> Vec<Value> {
        expressions.iter().map(|expression| self.value(expression, scope)).collect()
    }

    /// The first value of a query.
    fn first_of(&mut self, query: &Query, scope: &Scope<'_>) -> Value {
        let place = std::ptr::from_ref(query).addr();
        if let Some(value) = self.first.get(&place) {
            return value.clone();
        }
        let looked_around = std::mem::take(&mut self.looks_around);
        let relation = self.deeper(|engine| engine.query(query, scope.with, Some(scope)));
        let value = match relation.rows.first() {
            _ if relation.is_open => Value::Unknown,
            None => Value::Null,
            Some(row) => row.first().cloned().unwrap_or(Value::Unknown),
        };
        if !self.looks_around {
            self.first.insert(place, value.clone());
        }
        self.looks_around |= looked_around;
        value
    }

    /// Queries are about to be where others were.
    pub(super) fn forget(&mut self) {
        self.first.clear();
    }

    fn call(&mut self, name: &str, arguments: &[Expr], scope: &Scope<'_>) -> Value {
        match (name, arguments, scope.group) {
            ("iif" | "if", [condition, then, rest @ ..], _) => {
                let other = rest.first();
                self.choice(&[(condition, then)], other, scope)
            }
            ("group_concat" | "string_agg", _, Some(group)) => {
                let (mut all, mut between) = (Vec::new(), Rc::from(*b","));
                for rows in group {
                    let scope = Scope { rows, group: None, ..*scope };
                    let values = self.values(arguments, &scope);
                    if let Some(text) = values.get(1) {
                        between = text.characters(self.utf16).ok().flatten().unwrap_or_else(|| Rc::from([]));
                    }
                    all.extend(values.into_iter().next());
                }
                match functions::joined(&all, &between, self.utf16) {
                    Ok(text) => text.map_or(Value::Null, Value::text),
                    Err(()) => Value::UnknownText,
                }
            }
            ("max" | "min", [argument], Some(group)) => {
                let mut all = Vec::new();
                for rows in group {
                    all.push(self.value(argument, &Scope { rows, group: None, ..*scope }));
                }
                all.retain(|value| *value != Value::Null);
                functions::call(name, &all, self.utf16)
            }
            _ => {
                let values = self.values(arguments, scope);
                functions::call(name, &values, self.utf16)
            }
        }
    }

    fn case(
        &mut self,
        base: Option<&Expr>,
        whens: &[(Expr, Expr)],
        other: Option<&Expr>,
        scope: &Scope<'_>,
    ) -> Value {
        let Some(base) = base else {
            let whens: Vec<_> = whens.iter().map(|(when, then)| (when, then)).collect();
            return self.choice(&whens, other, scope);
        };
        let base = self.value(base, scope);
        for (when, then) in whens {
            let when = self.value(when, scope);
            match base.compared(&when) {
                Some(std::cmp::Ordering::Equal) => return self.value(then, scope),
                Some(_) => {}
                None if base == Value::Null || when == Value::Null => {}
                None => return Value::Unknown,
            }
        }
        other.map_or(Value::Null, |other| self.value(other, scope))
    }

    /// The value behind the first condition that is true.
    fn choice(&mut self, whens: &[(&Expr, &Expr)], other: Option<&Expr>, scope: &Scope<'_>) -> Value {
        for (when, then) in whens {
            match self.value(when, scope).truth() {
                Some(true) => return self.value(then, scope),
                Some(false) => {}
                // One or the other: if one of them is made, that one is of more interest.
                None => {
                    let (then, rest) = (self.value(then, scope), other.map(|other| self.value(other, scope)));
                    return match (&then, rest) {
                        (Value::Bytes(Bytes { is_stored: false, .. }), _) => then,
                        (_, Some(rest @ Value::Bytes(Bytes { is_stored: false, .. }))) => rest,
                        (Value::Null | Value::Number | Value::Integer(_), Some(rest)) => rest,
                        _ => then,
                    };
                }
            }
        }
        other.map_or(Value::Null, |other| self.value(other, scope))
    }

    fn binary(&mut self, operator: &str, left: &Expr, right: &Expr, scope: &Scope<'_>) -> Value {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let left = self.value(left, scope);
        if let ("and", Some(false)) | ("or", Some(true)) = (operator, left.truth()) {
            return Value::Integer(i64::from(operator == "or"));
        }
        let right = self.value(right, scope);
        let is_null = left == Value::Null || right == Value::Null;
        let order = left.compared(&right);
        let known =
            |truth: Option<bool>| truth.map_or(Value::Number, |truth| Value::Integer(i64::from(truth)));
        match operator {
            "and" => known(left.truth().and_then(|left| right.truth().map(|right| left && right))),
            "or" => known(left.truth().and_then(|left| right.truth().map(|right| left || right))),
            "is" | "isnt" if is_null => {
                let is_unknown = left.key().and(right.key()).is_none();
                known((!is_unknown).then(|| (left == right) == (operator == "is")))
            }
            "->" | "->>" if !is_null => Value::UnknownText,
            _ if is_null => Value::Null,
            "=" | "is" => known(order.map(|order| order == Equal)),
            "<>" | "isnt" => known(order.map(|order| order != Equal)),
            "<" => known(order.map(|order| order == Less)),
            "<=" => known(order.map(|order| order != Greater)),
            ">" => known(order.map(|order| order == Greater)),
            ">=" => known(order.map(|order| order != Less)),
            _ => left
                .integer()
                .zip(right.integer())
                .and_then(|(left, right)| calculated(operator, left, right))
                .map_or(Value::Number, Value::Integer),
        }
    }

    /// What is a literal, whatever it is of.
    pub(super) fn limit(&mut self, limit: Option<&Expr>) -> Option<usize> {
        let value = self.value(limit?, &Scope::NONE).cast(Affinity::Number, None);
        value.integer().and_then(|limit| usize::try_from(limit).ok())
    }
}

/// Two integers with an operator between them.
fn calculated(operator: &str, left: i64, right: i64) -> Option<i64> {
    match operator {
        "+" => left.checked_add(right),
        "-" => left.checked_sub(right),
        "*" => left.checked_mul(right),
        "/" => left.checked_div(right),
        "%" => left.checked_rem(right),
        "&" => Some(left & right),
        "|" => Some(left | right),
        "<<" => left.checked_shl(u32::try_from(right).ok()?),
        ">>" => left.checked_shr(u32::try_from(right).ok()?),
        _ => None,
    }
}
