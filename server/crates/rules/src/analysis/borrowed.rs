//! Attributes that an object has by what it holds: its class looks there for those that it has not itself.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};

use crate::policy::takes_items;

/// Whether dicts of a class give their items for attributes that they have not themselves.
pub(super) fn gives_items(module: &str, name: &str) -> bool {
    const CLASSES: &[&str] =
        &["AttributeDict", "CfgNode", "Parameters", "RootResults", "_RichResult", "pmap"];
    (takes_items(module, name) || module == "pyrsistent._pmap")
        && (CLASSES.contains(&name) || name.ends_with("Result"))
        // From Python 3.13 on, it takes its attributes from a dict.
        || (module, name) == ("types", "SimpleNamespace")
}

/// Whether an object is made of something that may have items which the stream does not show.
pub(super) fn is_made_of_others(arena: &Arena<'_>, object: Value) -> bool {
    let arguments = arena.call_of(object).and_then(|(_, arguments)| arena.tuple(arguments));
    arguments.is_none_or(|items| {
        items.iter().any(|&item| match arena.shape(item) {
            Made::Container(kind, _) => kind != Collection::Dict,
            Made::Literal(_) | Made::Global(_) | Made::Tuple(&[]) => false,
            _ => true,
        })
    })
}

/// Whether the data of an object of scipy's `odr` have attributes of their own that unpicklers call, in the dict that its class looks
/// them up in.
pub(super) fn names_methods(arena: &Arena<'_>, state: Value) -> bool {
    let parts = arena.tuple(state).unwrap_or(std::slice::from_ref(&state));
    parts.iter().any(|&part| {
        let Made::Container(_, Some(contents)) = arena.shape(part) else { return false };
        let is_meta = |pair: &&[Value]| arena.text(pair[0]).is_some_and(|name| name == "meta");
        contents.pairs.chunks_exact(2).filter(is_meta).any(|pair| match arena.shape(pair[1]) {
            Made::Container(_, contents) => contents.is_some_and(|contents| {
                let is_name = |key: &Value| arena.text(*key).is_some_and(|name| !name.starts_with("__"));
                !contents.pairs.iter().step_by(2).all(is_name)
            }),
            Made::Literal(_) => false,
            _ => true,
        })
    })
}
