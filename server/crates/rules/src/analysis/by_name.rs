//! Arguments that a call is given by their names: what looks at the arguments of a call goes by their places.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::Op;

use super::{Analysis, Callee, EntryId};
use crate::policy::{Shape, Verdict, kept_size_of, preset_of};

/// Presets of what has nothing that picklers give arguments by name: libraries whose classes ask for such (`__getnewargs_ex__`)
/// are others.
const WITHOUT_NAMES: &[&str] = &["numpy", "stdlib-data"];

impl<'a> Analysis<'_, 'a> {
    /// What a call gives arguments by name, if it is something that no pickler gives any: by `NEWOBJ_EX`, by
    /// `copyreg.__newobj_ex__`, or by a `partial` that it calls.
    pub(super) fn takes_none_by_name(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        call: Value,
    ) -> Option<EntryId> {
        let (called, arguments) = arena.call_of(call)?;
        if let Made::Call { keywords: Some(keywords), .. } = arena.shape(call) {
            return self.is_without_names(arena, op, (called, false), keywords);
        }
        if arena.call_of(called).is_some() {
            let state = arena.contents_of_call(called).and_then(|contents| arena.tuple(contents.state?));
            let keywords = match state {
                Some(&[_, _, keywords, ..]) => keywords,
                _ => *self.rebuilt_partial(arena, called, op)?.get(2)?,
            };
            return self.is_without_names(arena, op, (called, true), keywords);
        }
        let Callee::Known(helper) = self.resolve(arena, called, op, 1) else { return None };
        let entry = self.ledger.entry(helper);
        if entry.verdict != Verdict::AllowedAs(Shape::Makes(0)) || entry.names.name != "__newobj_ex__" {
            return None;
        }
        let &[class, _, keywords] = arena.tuple(arguments)? else { return None };
        self.is_without_names(arena, op, (class, false), keywords)
    }

    /// What `called` is, or what a `partial` keeps, if no pickler gives it arguments by name and `keywords` holds some. What is reported
    /// however it is called is left alone.
    fn is_without_names(
        &mut self,
        arena: &Arena<'a>,
        op: &Op<'a>,
        (called, is_kept): (Value, bool),
        keywords: Value,
    ) -> Option<EntryId> {
        let Callee::Known(id) = self.resolve(arena, called, op, 1) else { return None };
        let entry = self.ledger.entry(id);
        // `pickle.py` and `copyreg` take any mapping, of which nothing is shown.
        if arena.call_of(keywords).is_some() {
            return (!matches!(entry.verdict, Verdict::Unlisted | Verdict::Denied(_))).then_some(id);
        }
        let is_looked_at = match entry.verdict {
            Verdict::Allowed => true,
            Verdict::AllowedAs(shape) => shape.called().is_some() || shape == Shape::Iter,
            Verdict::Unlisted | Verdict::Denied(_) => false,
        };
        // What a `partial` of it keeps under these names is looked at where it is made.
        if is_kept && kept_size_of(&entry.names.module, &entry.names.name).is_some() {
            return None;
        }
        let preset = preset_of(&entry.names.module, &entry.names.name)?;
        (is_looked_at && WITHOUT_NAMES.contains(&preset) && is_filled(arena, keywords)).then_some(id)
    }
}

/// Whether a dict has items. Plain ones are not kept, so that they are read again.
fn is_filled(arena: &Arena<'_>, dict: Value) -> bool {
    let has_items = |arena: &Arena<'_>, dict: Value| match arena.shape(dict) {
        Made::Container(Collection::Dict, contents) => {
            contents.is_some_and(|contents| contents.dropped > 0 || !contents.pairs.is_empty())
        }
        _ => false,
    };
    has_items(arena, dict) || arena.reread(dict).is_some_and(|(again, dict)| has_items(&again, dict))
}
