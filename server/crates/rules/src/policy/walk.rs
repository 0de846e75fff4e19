//! Names that are walked: from a module through attributes to something that the module merely holds.

use super::lists::{Rating, lists};
use super::{Category, Denial};

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
    "cr_frame",
    "f_back",
    "f_builtins",
    "f_globals",
    "f_locals",
    "gi_frame",
    "mro",
    "tb_frame",
];

/// Modules that are named by no class or function, so that their names in a walk mean the modules. Sorted.
const MODULES: &[&str] = &[
    "asyncio",
    "bltns",
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

/// Components of a name beyond which it is not looked at: no class is nested so deep.
const MOST_COMPONENTS: usize = 16;

/// Whether an attribute leads out of the object it is of.
pub(crate) fn is_way_out(attribute: &str) -> bool {
    WAYS_OUT.binary_search(&attribute).is_ok()
}

/// Why a global is denied, if it is.
pub(super) fn denied(module: &str, name: &str) -> Option<Denial> {
    if !name.contains('.') {
        return listed(module, name)
            .map(|(category, reason)| Denial { category, reason, stands_for: None })
            .or_else(|| by_attribute(name, true));
    }
    let components: Vec<&str> = name.split('.').take(MOST_COMPONENTS + 1).collect();
    if components.len() > MOST_COMPONENTS {
        return Some(out("more attributes than any nested class has"));
    }
    on_the_way(module, &components)
        .or_else(|| components.iter().find_map(|component| by_attribute(component, true)))
}

/// A denied global that is reached: each module that may stand on the way, with what follows it.
fn on_the_way(module: &str, components: &[&str]) -> Option<Denial> {
    let direct = (1..=components.len()).find_map(|end| listed(module, &components[..end].join(".")));
    if let Some((category, reason)) = direct {
        return Some(Denial { category, reason, stands_for: None });
    }
    for start in 0..components.len() {
        for middle in start + 1..components.len() {
            let inner = canonical(&components[start..middle].join("."));
            for end in middle + 1..=components.len() {
                let name = components[middle..end].join(".");
                if let Some((category, reason)) = listed(&inner, &name) {
                    let stands_for = Some(format!("{inner}.{}", components[middle..].join(".")).into());
                    return Some(Denial { category, reason, stands_for });
                }
            }
        }
    }
    None
}

fn listed(module: &str, name: &str) -> Option<(Category, &'static str)> {
    match lists().rating(module, name)? {
        Rating::Denied { category, reason } => Some((category, reason)),
        Rating::Allowed { .. } => None,
    }
}

/// A module as it is imported under another name: `import os as _os`.
fn canonical(name: &str) -> String {
    match name.trim_start_matches('_') {
        "bltns" => "builtins".into(),
        plain => plain.into(),
    }
}

fn by_attribute(component: &str, modules: bool) -> Option<Denial> {
    if is_way_out(component) {
        return Some(out("the attribute leads out of the object"));
    }
    let module = component.trim_start_matches('_');
    let is_module = modules && MODULES.binary_search(&module).is_ok();
    is_module.then(|| out("a module that another one has imported"))
}

fn out(reason: &'static str) -> Denial {
    Denial { category: Category::AttributeWalk, reason, stands_for: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_sorted() {
        assert!(WAYS_OUT.is_sorted() && MODULES.is_sorted());
    }
}
