//! What loaders may call of code that is no pickle: operators of TorchScript, functions that descriptions of models name, and
//! expressions that are evaluated. What a file calls, whoever unwraps it knows; the lists are data (`policy/README.md`).

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::is_way_out;
use super::lists::{Line, lines};

mod expression;
mod keras;

pub use expression::is_foreign_expression;
pub use keras::{Belongs, keras_belongs, keras_function, keras_grows, keras_weighs};

macro_rules! list {
    ($name:literal) => {
        include_str!(concat!("../../policy/loaders/", $name, ".txt"))
    };
}

/// Operators that leave the tensors.
pub(super) const OPERATORS: &str = list!("operators");
/// Functions of Python that are no part of a model of Keras.
pub(super) const KERAS: &str = list!("keras");
/// Modules that models of Keras are made of.
pub(super) const KERAS_MODULES: &str = list!("keras-modules");
/// Functions of Keras that make something of any size.
pub(super) const KERAS_SIZES: &str = list!("keras-sizes");
/// What descriptions of skops call.
pub(super) const SKOPS: &str = list!("skops");
/// What is in modules whose names are words.
pub(super) const WORDS: &str = list!("words");
/// What code calls that is run when a file is loaded.
pub(super) const AT_LOAD: &str = list!("at-load");
/// What expressions call.
pub(super) const EXPRESSIONS: &str = list!("expressions");
/// Modules that no archive of torch.package holds.
pub(super) const PACKAGES: &str = list!("packages");

/// The lines of a list by module and name, with their reasons.
type Reasons = FxHashMap<(&'static str, &'static str), &'static str>;

fn reasons(text: &'static str) -> Reasons {
    let names = |line: Line| line.names().map(move |(name, _)| ((line.module, name), line.reason));
    lines(text).flat_map(names).collect()
}

/// What an operator of TorchScript does beyond tensors, to follow its name; `None`: nothing. Without a namespace, where the code does
/// not say which, it is that of any.
#[must_use]
pub fn operator(namespace: Option<&str>, name: &str) -> Option<&'static str> {
    static LIST: LazyLock<Reasons> = LazyLock::new(|| reasons(OPERATORS));
    static OF_ANY: LazyLock<FxHashMap<&str, &str>> =
        LazyLock::new(|| LIST.iter().map(|((_, name), reason)| (*name, *reason)).collect());
    match namespace {
        Some(namespace) => LIST.get(&(namespace, name)),
        None => OF_ANY.get(name),
    }
    .copied()
}

/// What an operator of TorchScript does that may take any memory, to follow its name, of code that is run when a file is loaded;
/// `is_fixed`: all that it is given is written down.
#[must_use]
pub fn grows(name: &str, is_fixed: bool) -> Option<&'static str> {
    static LIST: LazyLock<FxHashMap<&'static str, (&'static str, bool)>> = LazyLock::new(|| {
        let entry = |(name, shape, reason): (_, Option<&str>, _)| (name, (reason, shape == Some("always")));
        let names = |line: Line| line.names().map(move |(name, shape)| (name, shape, line.reason));
        lines(AT_LOAD).flat_map(names).map(entry).collect()
    });
    LIST.get(name).filter(|(_, always)| *always || !is_fixed).map(|(reason, _)| *reason)
}

/// Why nobody puts a module, or one in it, into an archive of torch.package; `None`: somebody may.
#[must_use]
pub fn never_packaged(module: &str) -> Option<&'static str> {
    static LIST: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| {
        lines(PACKAGES).flat_map(|line| line.names().map(move |(name, _)| (name, line.reason))).collect()
    });
    LIST.get(module.split('.').next().unwrap_or_default()).copied()
}

/// Whether descriptions of skops call this function of Python's module `operator`, as their writer has them.
#[must_use]
pub fn skops_calls(name: &str) -> bool {
    static LIST: LazyLock<Reasons> = LazyLock::new(|| reasons(SKOPS));
    LIST.contains_key(&("operator", name))
}

/// Whether a name with dots that may be words (`test.passed`) is none of a module that is called so: lists know what is in it.
#[must_use]
pub fn is_mere_word(name: &str) -> bool {
    static LIST: LazyLock<FxHashMap<&str, Vec<&str>>> = LazyLock::new(|| {
        let mut list = FxHashMap::<_, Vec<_>>::default();
        lines(WORDS)
            .for_each(|line| list.entry(line.module).or_default().extend(line.names().map(|(name, _)| name)));
        list
    });
    // Those who look a name up leave out what is empty (`pydoc.locate`).
    let mut parts = name.split('.').filter(|part| !part.is_empty());
    let Some(there) = parts.next().and_then(|module| LIST.get(module)) else { return false };
    parts.next().is_some_and(|part| {
        let is_it = |name: &str| name.strip_suffix('*').map_or(name == part, |start| part.starts_with(start));
        !leads_out(part) && !there.iter().any(|name| is_it(name))
    })
}

/// Whether an attribute, or a method, leads out of the object it is of: no description takes it.
#[must_use]
pub fn leads_out(attribute: &str) -> bool {
    attribute.starts_with("__") || is_way_out(attribute)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_by_namespace_and_name() {
        for (namespace, name, reason) in [
            (Some("aten"), "save", Some("reads or writes files")),
            (None, "save", Some("reads or writes files")),
            (Some("prim"), "rpc_sync", Some("calls other machines")),
            (Some("torchaudio_sox"), "load_audio_file", Some("reads or writes files")),
            (Some("mylib"), "save", None),
            (Some("aten"), "save_state", None),
            (Some("aten"), "mul", None),
            (None, "mul", None),
            (None, "", None),
        ] {
            assert_eq!(operator(namespace, name), reason, "{namespace:?} {name}");
        }
    }

    #[test]
    fn operators_that_grow() {
        assert_eq!(grows("ones", false), Some("makes a tensor of any size"));
        assert_eq!((grows("ones", true), grows("mul", false)), (None, None));
        assert_eq!(grows("pow", true), Some("makes a number of any size"));
    }

    #[test]
    fn modules_that_no_package_holds() {
        assert_eq!(never_packaged("collections"), Some("part of the standard library"));
        assert!(never_packaged("numpy._core.multiarray").is_some() && never_packaged("torch").is_some());
        assert!(
            ["torchvision.models", "mine", "stdlib", ""].iter().all(|name| never_packaged(name).is_none())
        );
    }

    #[test]
    fn words_that_are_names_of_modules() {
        for word in
            ["test.passed", ".imp.ImpressFeatureSet", "docker.container.start", "git.push", "past.event"]
        {
            assert!(is_mere_word(word), "{word}");
        }
        for name in
            ["subprocess.run", ".pty.spawn", "test.test_os.os.system", "imp.load_source", "git.__loader__"]
        {
            assert!(!is_mere_word(name), "{name}");
        }
        // What is on no list, and what has one part alone.
        assert!(!is_mere_word("os.system") && !is_mere_word("test") && !is_mere_word("."));
    }

    #[test]
    fn methods_and_operators_of_skops() {
        assert!(skops_calls("methodcaller") && !skops_calls("call") && !skops_calls(""));
        assert!(leads_out("__globals__") && leads_out("f_globals") && !leads_out("fit"));
    }
}
