//! Items that are put into something that should take none.

use std::borrow::Cow;

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{Op, Opcode};

use super::state::is_address;
use super::{Analysis, Entry, EntryId};
use crate::policy::{Verdict, preset_of, takes_items};

/// Items that are put into a global, or into what an attribute of one is, or that are an address of memory.
#[derive(Debug)]
pub(crate) struct Put<'s, 'a> {
    pub(crate) op: &'s Op<'a>,
    pub(crate) target: Value,
    /// The global, if it is one.
    pub(crate) entry: Option<EntryId>,
    /// The class, if the target is an instance of an allowed one that is no container.
    pub(crate) class: Option<EntryId>,
    /// Whether it sets items of a list, by number or by slice.
    pub(crate) replaces: bool,
    /// Whether it fills a container elsewhere than where it was made, so that something may have it.
    pub(crate) taken: bool,
    /// The key that numpy takes for the address of an array, if the target gives items as attributes.
    pub(crate) address: Option<String>,
}

impl<'a> Analysis<'_, 'a> {
    /// The class of an instance that items are put into, if it is allowed and no container: a method of it takes them.
    pub(super) fn no_container(&mut self, arena: &Arena<'a>, op: &Op<'a>, target: Value) -> Option<EntryId> {
        arena.call_of(target)?;
        let class = self.owner(arena, target, op, 0)?;
        let Entry { names, verdict, .. } = self.ledger.entry(class);
        let is_allowed = match verdict {
            Verdict::Allowed | Verdict::AllowedAs(_) => preset_of(&names.module, &names.name).is_some(),
            Verdict::Unlisted | Verdict::Denied(_) => false,
        };
        (is_allowed && !takes_items(&names.module, &names.name)).then_some(class)
    }
}

/// Whether an op sets items of a list.
pub(super) fn replaces(arena: &Arena<'_>, op: &Op<'_>, target: Value) -> bool {
    let sets = matches!(op.opcode, Opcode::SetItem | Opcode::SetItems);
    sets && matches!(arena.shape(target), Made::Container(Collection::List, _))
}

/// A key among items that numpy takes for the address of an array.
pub(super) fn address_in(arena: &Arena<'_>, op: &Op<'_>, items: &[Value]) -> Option<String> {
    let is_pairs = matches!(op.opcode, Opcode::SetItem | Opcode::SetItems);
    let mut keys = items.iter().step_by(2).filter(|_| is_pairs && arena.may_name_told());
    keys.find_map(|&key| arena.text(key).filter(|name| is_address(name)).map(Cow::into_owned))
}
