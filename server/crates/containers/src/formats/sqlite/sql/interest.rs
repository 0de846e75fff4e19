//! Whether what is computed can be a pickle: a number or a column as it is cannot be one that is not found anyway.

use super::functions::is_plain;
use super::syntax::{Expr, Item, Query, What};
use super::value::Value;

impl super::View {
    /// Whether columns have other names in it than where they come from, without one being said for each.
    pub(in super::super) fn renames(&self) -> bool {
        !self.columns.is_empty() || self.query.with.iter().any(|(_, columns, _)| !columns.is_empty())
    }

    /// Whether a value of it is made, rather than shown.
    pub(in super::super) fn makes_values(&self) -> bool {
        query_makes(&self.query)
    }
}

impl super::Write {
    /// Whether a value of it is made, rather than copied.
    pub(in super::super) fn makes_values(&self) -> bool {
        query_makes(&self.query)
    }
}

impl super::Computed {
    /// Whether it is made, rather than copied.
    pub(in super::super) fn makes_values(&self) -> bool {
        makes(&self.0)
    }
}

fn query_makes(query: &Query) -> bool {
    let item = |item: &Item| matches!(item, Item::One(value, _) if makes(value));
    query.with.iter().any(|(.., query)| query_makes(query))
        || query.cores.iter().any(|core| {
            core.results.iter().any(item)
                || core.values.iter().flatten().any(makes)
                || core.from.iter().any(|source| match &source.what {
                    What::Query(query) => query_makes(query),
                    What::Function => true,
                    What::Named(_) => false,
                })
        })
}

fn makes(value: &Expr) -> bool {
    match value {
        Expr::Value(Value::Bytes(bytes)) => bytes.bytes.len() > 3,
        Expr::Value(_) | Expr::Column { .. } | Expr::Number => false,
        Expr::Call(name, arguments) => {
            let passes = matches!(&**name, "coalesce" | "ifnull" | "nullif" | "min" | "max" | "iif" | "if");
            !is_plain(name) && (!passes || arguments.iter().any(makes))
        }
        Expr::Case(_, whens, other) => {
            whens.iter().any(|(_, then)| makes(then)) || other.as_deref().is_some_and(makes)
        }
        Expr::Cast(value, affinity) => {
            *affinity != super::syntax::Affinity::Number && !matches!(&**value, Expr::Number)
        }
        Expr::Binary(operator, ..) => matches!(*operator, "->" | "->>"),
        Expr::Query(query) => query_makes(query),
        Expr::Concat(_) | Expr::Unknown(_) => true,
    }
}
