//! What is known of globals beside their verdicts: data files, read once, of the same form as the lists.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::Hashing;
use super::lists::{Line, canonical, lines};

/// What the weights-only loader of torch allows: no verdict, but something to be told.
const WEIGHTS_ONLY: &str = include_str!("../../policy/torch-weights-only.txt");

/// Whether the weights-only loader of torch allows a global.
pub(super) fn weights_only(module: &str, name: &str) -> bool {
    static LIST: LazyLock<FxHashSet<(&str, &str)>> = LazyLock::new(|| globals(WEIGHTS_ONLY));
    LIST.contains(&(module, name))
}

/// What unpickles constant bytes and is on no other list: no verdict, what is in the bytes has one.
pub(super) const UNPICKLING: &str = include_str!("../../policy/unpickling.txt");

/// Whether a global that is on no other list unpickles constant bytes that it is called with.
pub(super) fn unpickling(module: &str, name: &str) -> bool {
    static LIST: LazyLock<FxHashSet<(&str, &str)>> = LazyLock::new(|| globals(UNPICKLING));
    LIST.contains(&(module, name))
}

/// What gives what it is given: no verdict, but what is given must not be changed.
const PASSING: &str = include_str!("../../policy/passing.txt");

/// Whether an allowed function gives what it is given, or something in it: that may be an object of the program.
pub(crate) fn passes_on(module: &str, name: &str) -> bool {
    static LIST: LazyLock<FxHashSet<(&str, &str)>> = LazyLock::new(|| globals(PASSING));
    LIST.contains(&(canonical(module), name))
}

/// Classes whose instances take items from opcodes: no verdict.
const CONTAINERS: &str = include_str!("../../policy/containers.txt");

/// Whether instances of an allowed class take items from opcodes, as its picklers write them.
pub(crate) fn takes_items(module: &str, name: &str) -> bool {
    static LIST: LazyLock<FxHashSet<(&str, &str)>> = LazyLock::new(|| globals(CONTAINERS));
    LIST.contains(&(canonical(module), name))
}

/// What all functions of a library may do with arguments: no verdict.
const LIBRARIES: &str = include_str!("../../policy/libraries.txt");

/// Whether functions and classes of the library of a module go through their arguments, or compare them.
pub(crate) fn goes_through(module: &str) -> bool {
    library_does(module.trim_start_matches('_'), "goes-through")
}

/// Whether calls of what is allowed in the library of a module may be looked at more closely than a verdict says.
pub(crate) fn is_looked_at_by_call(module: &str) -> bool {
    library_does(module, "looked-at")
}

/// Whether functions and classes of the library of a module take texts apart, the longer the slower.
pub(crate) fn parses(module: &str) -> bool {
    library_does(module, "parses")
}

fn library_does(module: &str, what: &str) -> bool {
    static LIST: LazyLock<FxHashSet<(&str, &str)>> = LazyLock::new(|| globals(LIBRARIES));
    LIST.contains(&(module.split('.').next().unwrap_or_default(), what))
}

/// What gives texts that a stream does not show: no verdict.
const TEXTS: &str = include_str!("../../policy/texts.txt");

/// Whether an allowed function or class gives texts that it makes of what it is given.
pub(crate) fn gives_text(module: &str, name: &str) -> bool {
    static LIST: LazyLock<FxHashSet<(&str, &str)>> = LazyLock::new(|| globals(TEXTS));
    LIST.contains(&(canonical(module), name))
}

/// What is as large as an argument says: no verdict.
const SIZES: &str = include_str!("../../policy/sizes.txt");

/// The number of the argument that says how large what an allowed function makes is.
pub(crate) fn size_of(module: &str, name: &str) -> Option<usize> {
    static LIST: LazyLock<FxHashMap<(&str, &str), usize>> = LazyLock::new(|| numbered(SIZES));
    LIST.get(&(canonical(module), name)).copied()
}

/// What compiles an argument as a regular expression: no verdict.
const PATTERNS: &str = include_str!("../../policy/patterns.txt");

/// The number of the argument that an allowed function compiles as a regular expression.
pub(crate) fn pattern_of(module: &str, name: &str) -> Option<usize> {
    static LIST: LazyLock<FxHashMap<(&str, &str), usize>> = LazyLock::new(|| numbered(PATTERNS));
    LIST.get(&(canonical(module), name)).copied()
}

/// What encodes or decodes by a codec that it is given by name: no verdict.
const CODECS: &str = include_str!("../../policy/codecs.txt");

/// The number of the argument that names the codec by which an allowed function encodes or decodes.
pub(crate) fn codec_of(module: &str, name: &str) -> Option<usize> {
    static LIST: LazyLock<FxHashMap<(&str, &str), usize>> = LazyLock::new(|| numbered(CODECS));
    LIST.get(&(canonical(module), name)).copied()
}

/// What gives items without an end: no verdict.
const ENDLESS: &str = include_str!("../../policy/endless.txt");

/// Whether objects of an allowed class answer for any index, so that who goes through one comes to no end.
pub(crate) fn has_any_index(module: &str, name: &str) -> bool {
    static LIST: LazyLock<FxHashSet<(&str, &str)>> = LazyLock::new(|| globals(ENDLESS));
    let is_part_of = |&(whole, _): &&(&str, &str)| {
        module.strip_prefix(whole).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    LIST.contains(&(module, name)) || LIST.iter().filter(|(_, all)| *all == "*").any(|one| is_part_of(&one))
}

/// What hashes what it is given: no verdict.
const HASHING: &str = include_str!("../../policy/hashing.txt");

/// What an allowed function or class hashes, and how, by its names.
pub(super) fn hashing() -> &'static FxHashMap<(&'static str, &'static str), Hashing> {
    static LIST: LazyLock<FxHashMap<(&str, &str), Hashing>> = LazyLock::new(|| {
        let names = |line: Line| {
            line.names().filter_map(move |(name, how)| Some(((line.module, name), Hashing::named(how?)?)))
        };
        lines(HASHING).flat_map(names).collect()
    });
    &LIST
}

/// The number of an argument and its name.
type Argument = (usize, &'static str);

/// What is as large as an argument of it says, when what keeps it calls it: no verdict.
const KEPT_SIZES: &str = include_str!("../../policy/kept-sizes.txt");

/// The number and the name of the argument that says how large what a function makes is that objects keep for later.
pub(crate) fn kept_size_of(module: &str, name: &str) -> Option<Argument> {
    static LIST: LazyLock<FxHashMap<(&str, &str), Argument>> = LazyLock::new(|| {
        let names = |line: Line| {
            line.names().filter_map(move |(name, argument)| {
                let (number, keyword) = argument?.split_once('=')?;
                Some(((line.module, name), (number.parse().ok()?, keyword)))
            })
        };
        lines(KEPT_SIZES).flat_map(names).collect()
    });
    LIST.get(&(canonical(module), name)).copied()
}

/// The globals of a list.
fn globals(text: &'static str) -> FxHashSet<(&'static str, &'static str)> {
    let names = |line: Line| line.names().map(move |(name, _)| (line.module, name));
    lines(text).flat_map(names).collect()
}

/// The numbers that stand behind names.
fn numbered(text: &'static str) -> FxHashMap<(&'static str, &'static str), usize> {
    let names = |line: Line| {
        line.names().filter_map(move |(name, number)| Some(((line.module, name), number?.parse().ok()?)))
    };
    lines(text).flat_map(names).collect()
}

#[cfg(test)]
mod tests {
    use super::super::lists::{Rating, lists};
    use super::*;

    #[test]
    fn what_passes_on_or_takes_items_is_allowed() {
        for line in [PASSING, CONTAINERS, SIZES, HASHING, PATTERNS, TEXTS, CODECS].into_iter().flat_map(lines)
        {
            assert!(!line.reason.is_empty(), "{} has no reason", line.module);
            for (name, _) in line.names() {
                let rating = lists().rating(line.module, name);
                assert!(matches!(rating, Some(Rating::Allowed { .. })), "{} {name}", line.module);
            }
        }
    }

    #[test]
    fn what_libraries_do_is_known() {
        for line in lines(LIBRARIES) {
            assert!(!line.reason.is_empty() && !line.module.contains('.'), "{}", line.module);
            assert!(
                line.names().all(|(what, _)| ["goes-through", "looked-at", "parses"].contains(&what)),
                "{}",
                line.module
            );
        }
        assert!(goes_through("_operator") && goes_through("numpy.linalg") && !goes_through("uuid"));
        assert!(is_looked_at_by_call("torch._utils") && !is_looked_at_by_call("pandas"));
        assert!(parses("pandas._libs.tslibs") && !parses("numpy"));
    }

    #[test]
    fn what_has_any_index() {
        assert!(has_any_index("sktime.forecasting.naive._naive", "NaiveForecaster"));
        assert!(has_any_index("river.sketch.heavy_hitters", "HeavyHitters"));
        assert!(!has_any_index("river.sketch.heavy_hitters", "Other") && !has_any_index("sktimes", "A"));
    }

    #[test]
    fn ways_of_hashing_are_known() {
        for line in lines(HASHING) {
            for (name, _) in line.names() {
                assert!(hashing().contains_key(&(line.module, name)), "{} {name}", line.module);
            }
        }
    }

    #[test]
    fn sizes_are_numbers_of_arguments() {
        for line in lines(SIZES) {
            for (name, _) in line.names() {
                assert!(size_of(line.module, name).is_some(), "{} {name}", line.module);
            }
        }
        for line in lines(KEPT_SIZES) {
            for (name, _) in line.names() {
                assert!(kept_size_of(line.module, name).is_some(), "{} {name}", line.module);
                let rating = lists().rating(line.module, name);
                assert!(matches!(rating, Some(Rating::Allowed { .. })), "{} {name}", line.module);
            }
        }
    }
}
