//! Reads queries.

use super::parser::Parser;
use super::syntax::{Core, Expr, Item, Query, Source, What};

/// Words that are no names of what stands before them.
const NO_ALIAS: &[&str] = &[
    "from",
    "where",
    "group",
    "having",
    "order",
    "limit",
    "union",
    "intersect",
    "except",
    "window",
    "join",
    "left",
    "right",
    "full",
    "inner",
    "cross",
    "natural",
    "on",
    "using",
    "indexed",
    "not",
    "end",
    "returning",
    "set",
    "values",
    "select",
    "offset",
    "outer",
];

/// Words that a `SELECT` ends with.
const ENDS: &[&str] =
    &["from", "where", "group", "having", "window", "order", "limit", "union", "intersect", "except"];

impl Parser {
    /// A query, up to where it ends.
    pub(super) fn query(&mut self) -> Option<Query> {
        let mut query = Query::default();
        if self.word("with") {
            self.word("recursive");
            loop {
                let name = self.name()?;
                let columns = self.names();
                self.word("as");
                self.word("not");
                self.word("materialized");
                if !self.mark("(") {
                    return None;
                }
                let inner = self.deeper(Self::query)?;
                self.close();
                query.with.push((name, columns, inner));
                if !self.mark(",") {
                    break;
                }
            }
        }
        loop {
            query.cores.push(self.core()?);
            if !(self.word("union") || self.word("intersect") || self.word("except")) {
                break;
            }
            self.word("all");
        }
        if self.word("order") {
            self.word("by");
            loop {
                let term = self.expression()?;
                let is_last_first = self.word("desc");
                self.word("asc");
                query.order.push((term, is_last_first));
                if self.word("nulls") {
                    self.name();
                }
                if !self.mark(",") {
                    break;
                }
            }
        }
        if self.word("limit") {
            query.limit = Some(self.expression()?);
            if self.word("offset") || self.mark(",") {
                self.expression()?;
                query.limit = None;
            }
        }
        Some(query)
    }

    fn core(&mut self) -> Option<Core> {
        let mut core = Core::default();
        if self.word("values") {
            while self.mark("(") {
                core.values.push(self.expressions());
                self.mark(",");
            }
            return Some(core);
        }
        if !self.word("select") {
            return None;
        }
        self.word("distinct");
        self.word("all");
        loop {
            core.results.push(self.item()?);
            if !self.mark(",") {
                break;
            }
        }
        if self.word("from") {
            self.sources(&mut core.from)?;
        }
        if self.word("where") {
            self.expression()?.conjuncts(&mut core.conditions);
        }
        if self.word("group") {
            self.word("by");
            loop {
                core.group.push(self.expression()?);
                if !self.mark(",") {
                    break;
                }
            }
        }
        // What groups and windows must be like leaves rows out and makes none.
        self.skip_to(|parser| parser.is_any(&ENDS[5..]) || parser.is_mark(";"));
        Some(core)
    }

    fn item(&mut self) -> Option<Item> {
        if self.mark("*") {
            return Some(Item::All(None));
        }
        let start = self.position();
        if let Some(table) = self.name()
            && self.mark(".")
            && self.mark("*")
        {
            return Some(Item::All(Some(table)));
        }
        self.go_to(start);
        let value = match self.expression() {
            Some(value) => value,
            None if self.is_too_deep => return None,
            None => Expr::Unknown(Vec::new()),
        };
        let alias = self.alias();
        // What was not understood.
        self.skip_to(|parser| parser.is_mark(",") || parser.is_any(ENDS) || parser.is_mark(";"));
        Some(Item::One(value, alias))
    }

    fn alias(&mut self) -> Option<String> {
        if self.word("as") || !self.is_any(NO_ALIAS) { self.name() } else { None }
    }

    /// What is joined behind `FROM`.
    pub(super) fn sources(&mut self, all: &mut Vec<Source>) -> Option<()> {
        let (mut natural, mut outer) = (false, false);
        loop {
            let start = all.len();
            self.source(all)?;
            if let Some(source) = all.get_mut(start) {
                (source.natural, source.outer) = (natural, outer);
            }
            if self.word("on") {
                let condition = self.expression()?;
                condition.conjuncts(&mut all.last_mut()?.on);
            } else if self.word("using") {
                all.last_mut()?.using = self.names();
            }
            if self.mark(",") {
                (natural, outer) = (false, false);
                continue;
            }
            natural = self.word("natural");
            outer = self.is_any(&["left", "right", "full"]);
            while self.is_any(&["left", "right", "full", "outer", "inner", "cross"]) {
                self.next();
            }
            if !self.word("join") {
                return Some(());
            }
        }
    }

    fn source(&mut self, all: &mut Vec<Source>) -> Option<()> {
        let mut source = Source::named("");
        if self.mark("(") {
            if !self.is_any(&["select", "with", "values"]) {
                self.deeper(|parser| parser.sources(all))?;
                self.close();
                return Some(());
            }
            source.what = What::Query(Box::new(self.deeper(Self::query)?));
            self.close();
        } else {
            source.what = What::Named(self.qualified()?);
            if self.mark("(") {
                self.close();
                source.what = What::Function;
            }
        }
        source.alias = self.alias();
        if self.word("indexed") {
            self.word("by");
            self.name();
        } else if self.word("not") {
            self.word("indexed");
        }
        all.push(source);
        Some(())
    }
}
