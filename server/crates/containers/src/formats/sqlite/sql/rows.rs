//! The rows of queries: what is joined, left out, grouped and ordered.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use super::evaluate::{Engine, Index, Named, Relation, Row, Scope};
use super::functions::AGGREGATES;
use super::syntax::{Core, Expr, Item, Query, Source, What};
use super::value::Value;

/// Rounds of a query that goes on from its own rows.
const ROUNDS: usize = 100_000;

/// What a row in memory counts as, beside its values.
const ROW: usize = 12;

type With<'w> = &'w [(String, Rc<Relation>)];

impl Engine<'_> {
    /// The rows of a query.
    pub(super) fn query(&mut self, query: &Query, with: With<'_>, outer: Option<&Scope<'_>>) -> Relation {
        let mut with = with.to_vec();
        for (name, columns, inner) in &query.with {
            let mut relation = self.deeper(|engine| engine.named_query(name, columns, inner, &with, outer));
            if !columns.is_empty() {
                relation.columns = columns.clone().into();
            }
            with.push((name.clone(), Rc::new(relation)));
        }
        let mut all = Relation { is_certain: true, ..Relation::default() };
        for (index, core) in query.cores.iter().enumerate() {
            let order: &[_] = if query.cores.len() == 1 { &query.order } else { &[] };
            let part = self.core(core, order, &with, outer);
            if index == 0 {
                all.columns = Rc::clone(&part.columns);
            }
            all.is_open |= part.is_open;
            all.is_certain &= part.is_certain && query.cores.len() == 1;
            all.rows.extend(part.rows);
        }
        if let Some(limit) = self.limit(query.limit.as_ref()).filter(|_| all.is_certain) {
            all.rows.truncate(limit);
        }
        all
    }

    /// The rows of what `WITH` names, which may name itself.
    fn named_query(
        &mut self,
        name: &str,
        columns: &[String],
        query: &Query,
        with: With<'_>,
        outer: Option<&Scope<'_>>,
    ) -> Relation {
        let names_itself = |core: &Core| {
            core.from
                .iter()
                .any(|source| matches!(&source.what, What::Named(named) if named.eq_ignore_ascii_case(name)))
        };
        let (steps, start): (Vec<_>, Vec<_>) = query.cores.iter().cloned().partition(names_itself);
        if steps.is_empty() {
            return self.query(query, with, outer);
        }
        let start = Query { cores: start, ..query.clone() };
        self.forget();
        let mut all = self.query(&start, with, outer);
        if !columns.is_empty() {
            all.columns = columns.to_vec().into();
        }
        let steps = Query { cores: steps, ..Query::default() };
        let limit = self.limit(query.limit.as_ref());
        let enough = self.work() / 4;
        let mut last = all.clone();
        for _ in 0..ROUNDS {
            if last.rows.is_empty() || limit.is_some_and(|limit| all.rows.len() >= limit) {
                self.forget();
                return all;
            }
            let mut with = with.to_vec();
            with.push((name.to_owned(), Rc::new(last)));
            self.forget();
            last = self.query(&steps, &with, outer);
            last.columns = Rc::clone(&all.columns);
            all.rows.extend(last.rows.iter().cloned());
            if !last.is_certain || self.work() < enough {
                break;
            }
        }
        self.forget();
        // There may be no end to it.
        all.is_open = true;
        all
    }

    /// The rows of one `SELECT`.
    fn core(
        &mut self,
        core: &Core,
        order: &[(Expr, bool)],
        with: With<'_>,
        outer: Option<&Scope<'_>>,
    ) -> Relation {
        if !core.values.is_empty() {
            let scope = Scope { with, outer, ..Scope::NONE };
            let rows: Vec<Row> = core.values.iter().map(|row| self.values(row, &scope).into()).collect();
            let count = rows.first().map_or(0, |row| row.len());
            let columns = (1..=count).map(|index| format!("column{index}")).collect();
            return Relation { columns, rows, is_open: false, is_certain: true };
        }
        let mut tables = Vec::new();
        for source in &core.from {
            tables.push(self.source(source, with, outer));
        }
        let base = Scope { tables: &tables, with, outer, ..Scope::NONE };
        let (joined, is_certain) = self.joined(core, &base);
        let items = items(&core.results, &tables);
        let is_open = tables.iter().any(|table| table.relation.is_open);
        let mut relation = Relation {
            columns: items.iter().map(|(name, _)| name.clone()).collect(),
            rows: Vec::new(),
            is_open: is_open && core.results.iter().any(|item| matches!(item, Item::All(_))),
            is_certain: is_certain && !is_open,
        };
        let mut keyed = Vec::new();
        let is_grouped = !core.group.is_empty() || items.iter().any(|(_, value)| is_aggregate(value));
        if is_grouped {
            for group in &self.groups(core, joined, &base) {
                let rows = group.last().map(Vec::as_slice).unwrap_or_default();
                let scope = Scope { rows, group: Some(group), ..base };
                if !self.result(&items, order, &scope, &mut keyed) {
                    break;
                }
            }
        } else {
            for rows in &joined {
                if !self.result(&items, order, &Scope { rows, ..base }, &mut keyed) {
                    break;
                }
            }
        }
        if !order.is_empty() {
            keyed.sort_by(|(left, _), (right, _)| {
                let compared =
                    left.iter().zip(right).zip(order).map(|((left, right), (_, is_last_first))| {
                        let compared = left.ordered(right);
                        if *is_last_first { compared.reverse() } else { compared }
                    });
                compared.fold(std::cmp::Ordering::Equal, std::cmp::Ordering::then)
            });
        }
        relation.rows = keyed.into_iter().map(|(_, row)| row).collect();
        relation
    }

    /// Adds a row of the result, with what it is ordered by; whether to go on.
    fn result(
        &mut self,
        items: &[(String, Cow<'_, Expr>)],
        order: &[(Expr, bool)],
        scope: &Scope<'_>,
        keyed: &mut Vec<(Vec<Value>, Row)>,
    ) -> bool {
        let row: Row = items.iter().map(|(_, item)| self.value(item, scope)).collect();
        let mut keys = Vec::new();
        for (term, _) in order {
            let index = match term {
                Expr::Value(Value::Integer(number)) => usize::try_from(number - 1).ok(),
                Expr::Column { table: None, name, .. } => {
                    items.iter().position(|(item, _)| item.eq_ignore_ascii_case(name))
                }
                _ => None,
            };
            keys.push(match index.and_then(|index| row.get(index)) {
                Some(value) => value.clone(),
                None => self.value(term, scope),
            });
        }
        keyed.push((keys, row));
        self.spend(ROW + items.len())
    }

    fn source(&mut self, source: &Source, with: With<'_>, outer: Option<&Scope<'_>>) -> Named {
        let (name, relation) = match &source.what {
            What::Named(name) => (name.as_str(), self.named(name, with)),
            What::Query(query) => ("", Rc::new(self.deeper(|engine| engine.query(query, with, outer)))),
            What::Function => ("", Rc::new(Relation::anything())),
        };
        let alias = source.alias.clone().unwrap_or_else(|| name.to_owned());
        Named { alias, relation, is_hidden: source.is_hidden }
    }

    /// The rows that are joined, and whether all of them surely are.
    fn joined(&mut self, core: &Core, base: &Scope<'_>) -> (Vec<Vec<Row>>, bool) {
        let mut joined = vec![Vec::new()];
        let mut is_certain = true;
        for (index, source) in core.from.iter().enumerate() {
            let conditions = conditions(core, index, base);
            let relation = Rc::clone(&base.tables[index].relation);
            let pair = conditions.iter().find_map(|condition| pair(condition, base, index));
            let by = pair.map(|(_, column)| self.index(source, &relation, column, base));
            let mut next = Vec::new();
            let mut was_joined = vec![false; if source.outer { relation.rows.len() } else { 0 }];
            for rows in joined {
                let start = next.len();
                let key =
                    pair.and_then(|(other, _)| self.value(other, &Scope { rows: &rows, ..*base }).key());
                let candidates: Box<dyn Iterator<Item = usize>> = match (&by, key) {
                    (Some(by), Some(key)) => {
                        let same = by.same.get(&key).map(Vec::as_slice).unwrap_or_default();
                        Box::new(same.iter().chain(&by.others).copied())
                    }
                    _ => Box::new(0..relation.rows.len()),
                };
                for candidate in candidates {
                    if !self.spend(index) {
                        return (next, false);
                    }
                    let mut with_it = rows.clone();
                    with_it.push(Rc::clone(&relation.rows[candidate]));
                    match self.holds(conditions.iter().map(Cow::as_ref), &Scope { rows: &with_it, ..*base }) {
                        Some(false) => continue,
                        Some(true) => {}
                        None => is_certain = false,
                    }
                    if let Some(was_joined) = was_joined.get_mut(candidate) {
                        *was_joined = true;
                    }
                    self.spend(ROW + index);
                    next.push(with_it);
                }
                if source.outer && next.len() == start {
                    let mut without = rows;
                    without.push(Rc::from([]));
                    next.push(without);
                }
            }
            // Whether those stay is of no account for what values there are.
            for (row, _) in relation.rows.iter().zip(was_joined).filter(|(_, was_joined)| !was_joined) {
                let mut alone: Vec<Row> = vec![Rc::from([]); index];
                alone.push(Rc::clone(row));
                next.push(alone);
            }
            joined = next;
        }
        let mut kept = Vec::new();
        for rows in joined {
            match self.holds(core.conditions.iter(), &Scope { rows: &rows, ..*base }) {
                Some(false) => continue,
                Some(true) => {}
                None => is_certain = false,
            }
            kept.push(rows);
        }
        (kept, is_certain)
    }

    /// A table by what a column holds; made once for those of the database.
    fn index(&mut self, source: &Source, relation: &Relation, column: usize, base: &Scope<'_>) -> Rc<Index> {
        let name = match &source.what {
            What::Named(name) if !base.with.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) => {
                Some((name.to_ascii_lowercase(), column))
            }
            _ => None,
        };
        if let Some(index) = name.as_ref().and_then(|name| self.indexes.get(name)) {
            return Rc::clone(index);
        }
        let mut index = Index::default();
        for (number, row) in relation.rows.iter().enumerate() {
            self.spend(0);
            match row.get(column) {
                None | Some(Value::Null) => {}
                Some(value) => match value.key() {
                    Some(key) => index.same.entry(key).or_default().push(number),
                    None => index.others.push(number),
                },
            }
        }
        let index = Rc::new(index);
        if let Some(name) = name {
            self.indexes.insert(name, Rc::clone(&index));
        }
        index
    }

    /// Whether all conditions are true.
    fn holds<'e>(&mut self, conditions: impl Iterator<Item = &'e Expr>, scope: &Scope<'_>) -> Option<bool> {
        let mut all = Some(true);
        for condition in conditions {
            match self.value(condition, scope).truth() {
                Some(true) => {}
                Some(false) => return Some(false),
                None => all = None,
            }
        }
        all
    }

    /// Rows that go together.
    fn groups(&mut self, core: &Core, joined: Vec<Vec<Row>>, base: &Scope<'_>) -> Vec<Vec<Vec<Row>>> {
        if core.group.is_empty() {
            return vec![joined];
        }
        let mut places = HashMap::new();
        let mut groups: Vec<Vec<Vec<Row>>> = Vec::new();
        for rows in joined {
            let values = self.values(&core.group, &Scope { rows: &rows, ..*base });
            let key: Vec<_> = values.iter().map(Value::key).collect();
            let place = *places.entry(key).or_insert(groups.len());
            match groups.get_mut(place) {
                Some(group) => group.push(rows),
                None => groups.push(vec![rows]),
            }
        }
        groups
    }
}

/// What the number of a row is called.
pub(in super::super) const ROWID: &str = "rowid";

/// What must be true for a row of a table to be joined: also conditions of the whole that name nothing of later tables.
fn conditions<'e>(core: &'e Core, index: usize, base: &Scope<'_>) -> Vec<Cow<'e, Expr>> {
    let source = &core.from[index];
    let (before, here) = (&base.tables[..index], &base.tables[index]);
    let mut using = source.using.clone();
    if source.natural {
        let names = before.iter().flat_map(|table| table.relation.columns.iter());
        using.extend(names.filter(|name| *name != ROWID && here.relation.columns.contains(name)).cloned());
    }
    let equal = using.iter().filter_map(|name| {
        let before = before.iter().find(|named| place(named, name).is_some())?;
        let side = |named: &Named| Box::new(Expr::column(Some(&named.alias), name));
        Some(Cow::Owned(Expr::Binary("=", side(before), side(here))))
    });
    let mut conditions: Vec<_> = equal.collect();
    conditions.extend(source.on.iter().map(Cow::Borrowed));
    let is_early = |condition: &&Expr| {
        !names_any(condition, &base.tables[index + 1..]) && names_any(condition, &base.tables[index..=index])
    };
    if !core.from.iter().any(|source| source.outer) {
        conditions.extend(core.conditions.iter().filter(is_early).map(Cow::Borrowed));
    }
    conditions
}

/// The place of a column in a table.
fn place(named: &Named, name: &str) -> Option<usize> {
    named.relation.columns.iter().position(|column| column.eq_ignore_ascii_case(name))
}

/// The column of a table that an expression is.
fn column_of(value: &Expr, named: &Named) -> Option<usize> {
    let Expr::Column { table, name, .. } = value else { return None };
    place(named, name).filter(|_| named.is_named(table.as_deref()))
}

/// Whether an expression may name a column of these tables.
fn names_any(value: &Expr, tables: &[Named]) -> bool {
    let any = |values: &[Expr]| values.iter().any(|value| names_any(value, tables));
    match value {
        Expr::Column { .. } => {
            tables.iter().any(|named| named.relation.is_open || column_of(value, named).is_some())
        }
        Expr::Value(_) | Expr::Number => false,
        Expr::Concat(parts) | Expr::Unknown(parts) | Expr::Call(_, parts) => any(parts),
        Expr::Cast(value, _) => names_any(value, tables),
        Expr::Binary(_, left, right) => names_any(left, tables) || names_any(right, tables),
        Expr::Case(..) | Expr::Query(_) => !tables.is_empty(),
    }
}

/// What a column of the table at `index` must be equal to, which is known before it, and the column.
fn pair<'e>(condition: &'e Expr, base: &Scope<'_>, index: usize) -> Option<(&'e Expr, usize)> {
    let Expr::Binary("=" | "is", left, right) = condition else { return None };
    let (here, later) = (&base.tables[index], &base.tables[index..]);
    let side = |column: &'e Expr, other: &'e Expr| {
        let column = column_of(column, here)?;
        (!names_any(other, later)).then_some((other, column))
    };
    // A name without a table is of the first that has it.
    let is_earlier = |value: &Expr| {
        matches!(value, Expr::Column { table: None, .. })
            && base.tables[..index].iter().any(|named| column_of(value, named).is_some())
    };
    side(left, right)
        .filter(|_| !is_earlier(left))
        .or_else(|| side(right, left).filter(|_| !is_earlier(right)))
}

/// The columns of a result, each with what it is called.
fn items<'e>(results: &'e [Item], tables: &[Named]) -> Vec<(String, Cow<'e, Expr>)> {
    let mut items = Vec::new();
    for item in results {
        match item {
            Item::One(value, alias) => {
                let name = alias.clone().or_else(|| match value {
                    Expr::Column { name, .. } => Some(name.clone()),
                    _ => None,
                });
                items.push((
                    name.unwrap_or_else(|| format!("column {}", items.len() + 1)),
                    Cow::Borrowed(value),
                ));
            }
            Item::All(wanted) => {
                for table in tables {
                    if wanted.as_ref().is_none_or(|wanted| wanted.eq_ignore_ascii_case(&table.alias)) {
                        let columns = table.relation.columns.iter().filter(|name| *name != ROWID);
                        items.extend(
                            columns.map(|name| {
                                (name.clone(), Cow::Owned(Expr::column(Some(&table.alias), name)))
                            }),
                        );
                    }
                }
            }
        }
    }
    items
}

/// Whether an expression makes one value of many rows.
fn is_aggregate(value: &Expr) -> bool {
    match value {
        Expr::Call(name, arguments) => {
            AGGREGATES.contains(&&**name)
                || matches!(&**name, "min" | "max") && arguments.len() == 1
                || arguments.iter().any(is_aggregate)
        }
        Expr::Concat(parts) | Expr::Unknown(parts) => parts.iter().any(is_aggregate),
        Expr::Cast(value, _) => is_aggregate(value),
        Expr::Binary(_, left, right) => is_aggregate(left) || is_aggregate(right),
        Expr::Case(base, whens, other) => {
            base.as_deref().is_some_and(is_aggregate)
                || whens.iter().any(|(when, then)| is_aggregate(when) || is_aggregate(then))
                || other.as_deref().is_some_and(is_aggregate)
        }
        _ => false,
    }
}
