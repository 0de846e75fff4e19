//! Indexes hold copies of what is in the rows of their tables, and SQLite reads those where all columns that are asked for are in an
//! index. Nothing makes sure that they are copies: what an index has and no table is a value as any other.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use super::pages::Pages;
use super::schema::Schema;
use super::{Seen, each_value};
use crate::values::{Values, is_wanted, key_name};

/// Takes what indexes have and no table has. `pages` is a database of `len` bytes.
pub(super) fn take<'a>(
    pages: &Pages<'a>,
    len: usize,
    schema: &Schema,
    seen: &mut Option<Seen>,
    values: &mut Values<'_, 'a, '_>,
) {
    let hasher = RandomState::new();
    let mut only_there = HashSet::new();
    let mut room = pages.afresh();
    for (_, root) in &schema.indexes {
        values.look_again(len / schema.indexes.len().max(1));
        let is_done = room.walk(*root, values, &mut |pages, cell, values| {
            each_value(pages, cell, values, &mut |_, value, _| {
                if is_wanted(&value.bytes) {
                    only_there.insert(hasher.hash_one(&*value.bytes));
                }
                true
            })
        });
        if !is_done {
            return;
        }
    }
    if only_there.is_empty() {
        return;
    }
    values.look_again(len.saturating_mul(2));
    let mut room = pages.afresh();
    for table in &schema.tables {
        let is_done = room.walk(table.root, values, &mut |pages, cell, values| {
            each_value(pages, cell, values, &mut |_, value, _| {
                only_there.remove(&hasher.hash_one(&*value.bytes));
                !only_there.is_empty()
            })
        });
        if !is_done {
            break;
        }
    }
    let mut room = pages.afresh();
    for (name, root) in schema.indexes.iter().filter(|_| !only_there.is_empty()) {
        let mut number = 0;
        let is_done = room.walk(*root, values, &mut |pages, cell, values| {
            number += 1;
            each_value(pages, cell, values, &mut |column, value, values| {
                if !only_there.contains(&hasher.hash_one(&*value.bytes)) {
                    return true;
                }
                let name = || format!("{}/#{number}/column {}", key_name(name.as_bytes()), column + 1);
                let is_old = seen.as_mut().is_some_and(|seen| !seen.is_new(&name(), &value.bytes));
                is_old || values.take(name, value)
            })
        });
        if !is_done {
            return;
        }
    }
}
