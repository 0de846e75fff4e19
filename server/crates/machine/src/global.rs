//! Globals: the names that the bytes give, and those that an unpickler looks up.

use std::borrow::Cow;
use std::sync::LazyLock;

use pickle_ops::{ByteString, Op, Opcode, Operand, Text};
use rustc_hash::FxHashMap;

use crate::compat_names::{MODULES, NAMES};

/// Module and name of a global.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Names<'a> {
    /// The module, dotted.
    pub module: Cow<'a, str>,
    /// The name in it: dotted for a nested one.
    pub name: Cow<'a, str>,
}

impl Names<'_> {
    /// `module.name`.
    #[must_use]
    pub fn dotted(&self) -> String {
        format!("{}.{}", self.module, self.name)
    }
}

/// A global that a pickle asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Global<'a> {
    /// Offset of the op that asks for it: `GLOBAL`, `STACK_GLOBAL` or `INST`.
    pub at: usize,
    /// What the bytes say; `None` where a name of `STACK_GLOBAL` is not a constant.
    pub written: Option<Names<'a>>,
    /// The protocol in force.
    pub protocol: u8,
}

impl<'a> Global<'a> {
    /// What `Unpickler.find_class` looks up: below protocol 3, names of Python 2 are mapped to those of Python 3
    /// (`fix_imports`; `_pickle_Unpickler_find_class_impl`).
    #[must_use]
    pub fn resolved(&self) -> Option<Names<'a>> {
        let written = self.written.clone()?;
        Some(if self.protocol < 3 { fix_imports(written) } else { written })
    }
}

/// What a global of Python 2 is called in Python 3; `None` for one that Python 3 has by the same name.
#[must_use]
pub fn renamed(names: &Names<'_>) -> Option<Names<'static>> {
    if !mapped_modules().contains_key(names.module.as_ref()) {
        return None;
    }
    // These modules are there in Python 3 as well, though picklers write other names for what is in them.
    let still_there =
        ["_elementtree", "_socket", "dbm", "multiprocessing", "multiprocessing.process", "socket"];
    if still_there.contains(&names.module.as_ref()) {
        return None;
    }
    let own = |text: &str| Cow::Owned(text.to_owned());
    let written = Names { module: own(&names.module), name: own(&names.name) };
    let mapped = fix_imports(written.clone());
    (mapped != written).then_some(mapped)
}

fn fix_imports(names: Names<'_>) -> Names<'_> {
    let Some(&to) = mapped_modules().get(names.module.as_ref()) else { return names };
    let key = (names.module.as_ref(), names.name.as_ref());
    if let Ok(at) = NAMES.binary_search_by(|row| row.0.cmp(&key)) {
        let (module, name) = NAMES[at].1;
        return Names { module: module.into(), name: name.into() };
    }
    Names { module: to.into(), name: names.name }
}

/// Modules that the tables know, with what they are called now: a stream may ask for a million globals, and nearly none
/// of them is of such a module.
fn mapped_modules() -> &'static FxHashMap<&'static str, &'static str> {
    static MAP: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| {
        let of_names = NAMES.iter().map(|row| (row.0.0, row.0.0));
        of_names.chain(MODULES.iter().copied()).collect()
    });
    &MAP
}

/// Names of `GLOBAL` and `INST`. Bytes that are no UTF-8 show as U+FFFD: the unpickler refuses them.
pub(crate) fn from_op<'a>(op: &Op<'a>) -> Option<Names<'a>> {
    let (module, name) = op.global()?;
    Some(Names { module: String::from_utf8_lossy(module), name: String::from_utf8_lossy(name) })
}

/// The text of a constant, if it is a str (or a Python 2 string, which is loaded as one). Lone surrogates, which no name
/// that can be imported has, show as U+FFFD.
pub(crate) fn text_of<'a>(op: &Op<'a>) -> Option<Cow<'a, str>> {
    // The usual case, without looking twice whether it is UTF-8.
    if matches!(op.opcode, Opcode::ShortBinUnicode | Opcode::BinUnicode | Opcode::BinUnicode8)
        && let Ok(text) = std::str::from_utf8(op.raw)
    {
        return Some(Cow::Borrowed(text));
    }
    match op.operand() {
        Ok(Operand::Text(text)) => Some(lossy(text)),
        Ok(Operand::ByteString(ByteString::Plain(raw))) => Some(String::from_utf8_lossy(raw)),
        Ok(Operand::ByteString(string)) => {
            string.bytes().ok().map(|bytes| Cow::Owned(String::from_utf8_lossy(&bytes).into_owned()))
        }
        _ => None,
    }
}

fn lossy(text: Text<'_>) -> Cow<'_, str> {
    text.to_str().unwrap_or_else(|| {
        text.code_points().map(|point| char::from_u32(point).unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(module: &'static str, name: &'static str, protocol: u8) -> String {
        let written = Some(Names { module: module.into(), name: name.into() });
        Global { at: 0, written, protocol }.resolved().unwrap().dotted()
    }

    #[test]
    fn names_of_python_2() {
        assert_eq!(resolved("__builtin__", "xrange", 2), "builtins.range");
        assert_eq!(resolved("copy_reg", "_reconstructor", 0), "copyreg._reconstructor");
        assert_eq!(resolved("UserDict", "IterableUserDict", 1), "collections.UserDict");
        assert_eq!(resolved("__builtin__", "xrange", 4), "__builtin__.xrange");
        assert_eq!(resolved("os", "system", 0), "os.system");
    }

    #[test]
    fn tables_are_sorted() {
        assert!(NAMES.is_sorted() && MODULES.is_sorted());
    }
}
