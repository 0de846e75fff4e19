//! Names that are walked: from a module through attributes to something that the module merely holds.

use super::lists::{Rating, lists};
use super::{Category, Denial, Shape};

/// Attributes that lead from an object to the namespace behind it, or to what can look such up. Sorted.
const WAYS_OUT: &[&str] = &[
    "__base__",
    "__bases__",
    "__builtins__",
    "__class__",
    "__closure__",
    "__code__",
    "__delattr__",
    "__dict__",
    "__forward_code__",
    "__func__",
    "__getattr__",
    "__getattribute__",
    "__globals__",
    "__init__",
    "__init_subclass__",
    "__loader__",
    "__mro__",
    "__reduce__",
    "__reduce_ex__",
    "__self__",
    "__setattr__",
    "__spec__",
    "__subclasses__",
    "__wrapped__",
    "ag_code",
    "ag_frame",
    "cr_code",
    "cr_frame",
    "f_back",
    "f_builtins",
    "f_code",
    "f_globals",
    "f_locals",
    "gi_code",
    "gi_frame",
    "mro",
    "tb_frame",
    "tb_next",
];

/// Modules that are named by no class or function, so that their names in a walk mean the modules. Sorted.
const MODULES: &[&str] = &[
    "asyncio",
    "bltns",
    "builtin__",
    "builtins",
    "codecs",
    "ctypes",
    "ftplib",
    "importlib",
    "inspect",
    "io",
    "marshal",
    "multiprocessing",
    "nt",
    "os",
    "pdb",
    "pickle",
    "pkgutil",
    "posix",
    "posixpath",
    "pty",
    "pydoc",
    "runpy",
    "shutil",
    "socket",
    "ssl",
    "subprocess",
    "sys",
    "tempfile",
    "threading",
    "urllib",
    "webbrowser",
];

/// How the classes of Keras are pickled, those of programs included: a method that loads a file of Keras without its safe mode.
const KERAS_UNPICKLER: &str = "_unpickle_model";

/// The module whose names in the lists are methods of any class.
const ANY_CLASS: &str = "*";

/// Components of a name beyond which it is not looked at: no class is nested so deep.
const MOST_COMPONENTS: usize = 16;

/// Bytes of what a walk stands for.
const MOST_SHOWN: usize = 500;

/// Whether an attribute leads out of the object it is of.
pub(crate) fn is_way_out(attribute: &str) -> bool {
    WAYS_OUT.binary_search(&attribute).is_ok()
}

/// Why a global that is on no list by its whole name is denied, if it is.
pub(super) fn denied(module: &str, name: &str) -> Option<Denial> {
    if !name.contains('.') {
        // It may be the module of that name.
        let is_way_out = is_way_out(name);
        // A class of a script is called what it is called; what is walked to from a module has a longer name.
        if module == "__main__" && !is_way_out && name != KERAS_UNPICKLER {
            return None;
        }
        let of_name = |denial: Denial| Denial {
            reason: "has the name of a module that others import".into(),
            ..denial
        };
        return by_attribute(name).map(|denial| if is_way_out { denial } else { of_name(denial) });
    }
    let ends: Vec<usize> =
        name.match_indices('.').map(|(at, _)| at).take(MOST_COMPONENTS).chain([name.len()]).collect();
    if ends.len() > MOST_COMPONENTS {
        return Some(out("has more attributes than any nested class"));
    }
    let found = submodule(module, name, &ends).or_else(|| on_the_way(module, name, &ends));
    // Helpers of picklers are the least of what may be on the way.
    let (helper, other) = match found {
        Some(denial) if denial.category == Category::ByValue => (Some(denial), None),
        other => (None, other),
    };
    other
        .or_else(|| name.split('.').find_map(by_attribute))
        .or_else(|| method(module, name, &ends))
        .or(helper)
}

/// A method of something that is allowed by itself, where methods of that name are denied: those of the module `*`.
fn method(module: &str, name: &str, ends: &[usize]) -> Option<Denial> {
    let class = ends
        .iter()
        .position(|&end| matches!(lists().rating(module, &name[..end]), Some(Rating::Allowed { .. })))?;
    let rest = name.get(ends[class] + 1..)?;
    let (category, reason) = rest.split('.').find_map(|attribute| listed(ANY_CLASS, attribute))?;
    Some(Denial::new(category, reason))
}

/// A denied global that is reached: each module that may stand on the way, with what follows it. `ends` are the ends of
/// the components of `name`.
fn on_the_way(module: &str, name: &str, ends: &[usize]) -> Option<Denial> {
    let begins_with = ends.iter().find_map(|&end| listed(module, &name[..end]));
    let begins_with = begins_with.map(|(category, reason)| Denial::new(category, reason));
    if begins_with.as_ref().is_some_and(|denial| denial.category != Category::ByValue) {
        return begins_with;
    }
    // The last component can be no module on the way.
    let (_, middles) = ends.split_last()?;
    for first in 0..middles.len() {
        let start = if first == 0 { 0 } else { ends[first - 1] + 1 };
        for (last, &middle) in middles.iter().enumerate().skip(first) {
            let inner = canonical(&name[start..middle]);
            if !lists().knows(inner) {
                continue;
            }
            let rest = middle + 1;
            let found = ends[last + 1..].iter().find_map(|&end| listed(inner, &name[rest..end]));
            if let Some((category, reason)) = found {
                let shown = name[rest..].get(..MOST_SHOWN).unwrap_or(&name[rest..]);
                let stands_for = Some(format!("{inner}.{shown}").into());
                return Some(Denial { stands_for, ..Denial::new(category, reason) });
            }
        }
    }
    begins_with
}

/// A denied global of a submodule, which a walk from a package reaches as an attribute: `torch` and `hub.load`.
fn submodule(module: &str, name: &str, ends: &[usize]) -> Option<Denial> {
    let (_, middles) = ends.split_last()?;
    middles.iter().find_map(|&middle| {
        let inner = format!("{module}.{}", &name[..middle]);
        let rest = middle + 1;
        let reached = |end: usize| {
            let (category, reason) = listed(&inner, &name[rest..end])?;
            // It is harmless in a shape by its whole name only: what is walked to from it is another thing.
            let unless = shape_of(&inner, &name[rest..]).filter(|_| end == name.len());
            Some(Denial { unless, ..Denial::new(category, reason) })
        };
        let mut ends = ends.iter().copied().filter(|&end| end > middle);
        if lists().knows(&inner) { ends.find_map(reached) } else { None }
    })
}

fn listed(module: &str, name: &str) -> Option<(Category, &'static str)> {
    match lists().rating(module, name)? {
        Rating::Denied { category, reason, .. } => Some((category, reason)),
        Rating::Allowed { .. } => None,
    }
}

/// A module as it is imported under another name: `import os as _os`.
fn canonical(name: &str) -> &str {
    match name.trim_start_matches('_') {
        "bltns" => "builtins",
        "builtin__" => "builtins",
        "np" => "numpy",
        "pd" => "pandas",
        plain => plain,
    }
}

/// The shape in which a denied global is harmless.
fn shape_of(module: &str, name: &str) -> Option<Shape> {
    match lists().rating(module, name)? {
        Rating::Denied { unless, .. } => unless,
        Rating::Allowed { .. } => None,
    }
}

fn by_attribute(component: &str) -> Option<Denial> {
    if is_way_out(component) {
        return Some(out("leads out of the object by an attribute"));
    }
    if component == KERAS_UNPICKLER {
        let reason = "loads a model of Keras, and the functions in it";
        return Some(Denial::new(Category::NestedUnpickling, reason));
    }
    let module = component.trim_start_matches('_');
    let is_module = MODULES.binary_search(&module).is_ok();
    is_module.then(|| out("goes by way of a module that another one has imported"))
}

fn out(reason: &'static str) -> Denial {
    Denial::new(Category::AttributeWalk, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(WAYS_OUT.is_sorted() && MODULES.is_sorted());
    }
}
