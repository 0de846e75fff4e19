//! What descriptions of models of Keras may name, and what they must not.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{KERAS, KERAS_MODULES, KERAS_SIZES, Line, Reasons, lines, reasons};

/// Other names of modules that lead to each other at most so often.
const MOST_NAMES: usize = 4;

/// Bytes of a module with a name in it; the loader imports no longer one.
const LONGEST: usize = 1000;

/// Numbers in something that a model of Keras makes: no model has more. Those of lookups in tables (`Embedding`) come to more than those
/// of one side of a layer.
const MOST_NUMBERS: u64 = 1 << 28;
const MOST_IN_A_TABLE: u64 = 1 << 32;

/// Whose something is that the description of a model names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Belongs {
    /// Models are made of it.
    Part,
    /// Of a library of models, but no part of a model: it may do anything.
    Library,
    /// Of no such library.
    Foreign,
}

/// What the list says of a module.
#[derive(Default)]
struct Module {
    names: Vec<&'static str>,
    /// By what name there is more of it.
    same: Option<&'static str>,
}

fn modules() -> &'static FxHashMap<&'static str, Module> {
    static LIST: LazyLock<FxHashMap<&'static str, Module>> = LazyLock::new(|| {
        let mut list: FxHashMap<&'static str, Module> = FxHashMap::default();
        for line in lines(KERAS_MODULES) {
            let module = list.entry(line.module).or_default();
            for (name, other) in line.names() {
                match other {
                    Some(other) => module.same = Some(other),
                    None => module.names.push(name),
                }
            }
        }
        list
    });
    &LIST
}

/// The dotted names of what a path is in, the longest first.
fn outer(path: &str) -> impl Iterator<Item = &str> {
    memchr::memrchr_iter(b'.', path.as_bytes()).map(|at| &path[..at])
}

/// A path by the names of the list: `keras.layers.Dense` for `tensorflow.keras.src.layers.Dense`.
fn listed(path: &str) -> String {
    let mut path = path.to_owned();
    for _ in 0..MOST_NAMES {
        let same =
            outer(&path).find_map(|module| modules().get(module)?.same.map(|same| (same, module.len())));
        let Some((same, length)) = same else { break };
        path.replace_range(..length, same);
    }
    path
}

/// Whose it is that the description of a model of Keras names.
#[must_use]
pub fn keras_belongs(module: &str, name: &str) -> Belongs {
    if module.len() + name.len() > LONGEST {
        return Belongs::Foreign;
    }
    // A name may have dots in it: the loader puts both together.
    let path = listed(&format!("{module}.{name}"));
    let last = path.rsplit('.').next().unwrap_or_default();
    let is_class = last.trim_start_matches('_').starts_with(|first: char| first.is_ascii_uppercase());
    let mut direct = true;
    for module in outer(&path) {
        let names = modules().get(module).map_or(&[][..], |module| &module.names);
        let fits = |pattern: &&'static str| match *pattern {
            "*" => true,
            "A*" => is_class,
            name => direct && name == last,
        };
        if names.iter().any(fits) {
            return Belongs::Part;
        }
        direct = false;
    }
    let library = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let known = [library(&path), library(module)];
    if known.iter().any(|library| is_library(library)) { Belongs::Library } else { Belongs::Foreign }
}

/// Whether modules of a library are on the list.
fn is_library(library: &str) -> bool {
    modules().keys().any(|module| module.split('.').next() == Some(library))
}

/// What a function of Python that the description of a model of Keras names does that is no part of a model; `None`: it may be one.
#[must_use]
pub fn keras_function(module: Option<&str>, name: Option<&str>) -> Option<&'static str> {
    static LIST: LazyLock<Reasons> = LazyLock::new(|| reasons(KERAS));
    let path = [module, name].map(Option::unwrap_or_default).join(".");
    if path.len() > LONGEST {
        return None;
    }
    let path = listed(&path);
    let last = path.rsplit('.').next().unwrap_or_default();
    let mut of_module = outer(&path).filter_map(|module| LIST.get(&(module, "*")));
    let direct = || outer(&path).next().and_then(|module| LIST.get(&(module, last)));
    of_module.next().or_else(direct).or_else(|| LIST.get(&("*", last))).copied()
}

/// Whether no layer of a model of Keras has weights by such a number; `is_product`: it is what two sides of them come to.
#[must_use]
pub fn keras_weighs(number: u64, is_product: bool) -> bool {
    number >= if is_product { MOST_IN_A_TABLE } else { MOST_NUMBERS }
}

/// What a function that the description of a model of Keras names does with numbers that no model needs: the largest `number` that it is
/// called with, and the `product` that those of a list come to; `None`: nothing, or they are small enough.
#[must_use]
pub fn keras_grows(module: &str, name: &str, number: u64, product: u64) -> Option<&'static str> {
    type Sizes = FxHashMap<(&'static str, &'static str), (&'static str, &'static str)>;
    static LIST: LazyLock<Sizes> = LazyLock::new(|| {
        let names = |line: Line| {
            line.names().map(move |(name, by)| ((line.module, name), (by.unwrap_or_default(), line.reason)))
        };
        lines(KERAS_SIZES).flat_map(names).collect()
    });
    if module.len() + name.len() > LONGEST {
        return None;
    }
    let path = listed(&format!("{module}.{name}"));
    let last = path.rsplit('.').next().unwrap_or_default();
    let (by, reason) = outer(&path).find_map(|module| LIST.get(&(module, last)))?;
    let size = match *by {
        "number" => number,
        "product" => product,
        "square" => number.saturating_mul(number),
        _ => number.max(product),
    };
    (size >= MOST_NUMBERS).then_some(reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_are_no_part_of_a_model() {
        let is_harmful = |module, name| keras_function(module, name).is_some();
        assert!(is_harmful(Some("os"), Some("system")));
        assert!(is_harmful(Some("os.path"), None));
        assert!(is_harmful(Some("builtins"), Some("exec")));
        assert!(is_harmful(None, Some("exec")));
        assert!(is_harmful(Some("keras"), Some("utils.get_file")));
        assert!(is_harmful(Some("keras.src.utils.file_utils"), Some("remove")));
        assert!(is_harmful(Some("tf_keras.src.utils.file_utils"), Some("File")));
        assert!(is_harmful(Some("keras.src.saving.saving_api"), Some("zz")));
        assert!(is_harmful(Some("builtins"), Some("input")));
        assert!(is_harmful(Some("keras.ops"), Some("while_loop")));
        assert!(is_harmful(Some("keras.src.ops.core"), Some("while_loop")));
        assert!(!is_harmful(Some("builtins"), Some("while_loop")));
        assert!(!is_harmful(Some("builtins"), Some("my_loss")));
        assert!(!is_harmful(Some("mine"), Some("input")));
        assert!(!is_harmful(Some("osprey.os"), Some("system")));
        assert!(!is_harmful(None, None));
        assert!(!is_harmful(None, Some("*")) && !is_harmful(Some("*"), None));
    }

    /// All functions of Python's `builtins`, 3.8 to 3.14, that do more than to compute, with those that its start adds.
    const HARMFUL: &str = "\
        __build_class__ __import__ __loader__ __spec__ aiter anext breakpoint bytearray bytes \
        classmethod compile copyright credits delattr dir eval exec exit filter format getattr \
        globals hasattr help input iter license locals map memoryview next open pow print property \
        quit range round setattr staticmethod super type vars";

    /// The others, but for exceptions, which hold what they are given.
    const HARMLESS: &str = "\
        Ellipsis False None NotImplemented True __debug__ __doc__ __name__ __package__ abs all any \
        ascii bin bool callable chr complex dict divmod enumerate float frozenset hash hex id int \
        isinstance issubclass len list max min object oct ord repr reversed set slice sorted str sum \
        tuple zip";

    /// A name of `builtins` is one of Python's, or of a function of the user.
    #[test]
    fn functions_of_python() {
        for name in HARMFUL.split_whitespace() {
            assert!(keras_function(Some("builtins"), Some(name)).is_some(), "{name}");
        }
        for name in
            HARMLESS.split_whitespace().chain(["ValueError", "my_loss", "helper", "mean_absolute_error"])
        {
            assert_eq!(keras_function(Some("builtins"), Some(name)), None, "{name}");
        }
        // Functions of the user in modules of their own, and of Keras.
        for (module, name) in [("mine", "format"), ("keras.ops", "round"), ("keras.layers", "print")] {
            assert_eq!(keras_function(Some(module), Some(name)), None, "{module}.{name}");
        }
    }

    #[test]
    fn numbers_that_no_model_needs() {
        let grows =
            |name, number, product| keras_grows("keras.src.ops.numpy", name, number, product).is_some();
        assert!(grows("zeros", 100_000, 10_000_000_000) && !grows("zeros", 1 << 40, 1 << 20));
        assert!(grows("arange", 1 << 28, 0) && !grows("arange", 1 << 27, 1 << 40));
        assert!(grows("eye", 60_000, 1) && !grows("eye", 4096, 1));
        assert!(grows("tile", 1, 1 << 30) && grows("tile", 1 << 30, 1));
        assert!(!grows("add", u64::MAX, u64::MAX));
        assert!(keras_grows("keras.initializers", "Zeros", 0, 1 << 30).is_some());
        assert!(keras_grows("mine", "zeros", 1 << 40, 1 << 40).is_none());
        assert!(keras_weighs(2_000_000_000, false) && !keras_weighs(10_000_000, false));
        // Ten million words in 256 numbers each.
        assert!(keras_weighs(16_000_000_000, true) && !keras_weighs(2_560_000_000, true));
    }

    #[test]
    fn long_names() {
        let long = "keras.".repeat(100_000);
        assert_eq!(keras_belongs(&long, "Model"), Belongs::Foreign);
        assert_eq!(keras_function(Some(&long), Some("get_file")), None);
    }

    #[test]
    fn what_models_are_made_of() {
        for (module, name) in [
            ("keras", "Sequential"),
            ("keras.layers", "Dense"),
            ("keras.src.models.functional", "Functional"),
            ("keras.src.engine.functional", "Functional"),
            ("tensorflow.python.keras.layers.core", "Dense"),
            ("keras.optimizers.schedules", "ExponentialDecay"),
            ("keras.src.ops.numpy", "Add"),
            ("keras.ops", "relu"),
            ("keras.activations", "relu"),
            ("keras._legacy.layers", "ThresholdedReLU"),
            ("keras._tf_keras.keras.layers", "Dense"),
            ("keras_hub.src.models.bert.bert_backbone", "BertBackbone"),
            ("tensorflow.nn", "relu"),
            ("tensorflow_addons.activations.gelu", "gelu"),
            ("builtins", "my_loss"),
            ("__main__", "my_loss"),
        ] {
            assert_eq!(keras_belongs(module, name), Belongs::Part, "{module}.{name}");
        }
        for (module, name) in [
            ("keras.src.utils.file_utils", "File"),
            ("keras.utils", "get_file"),
            ("keras", "utils.FeatureSpace.x"),
            ("keras.layers", "deserialize"),
            ("keras.models", "clone_model"),
            ("keras.src.legacy.preprocessing.image", "DirectoryIterator"),
            ("keras.src.backend.torch.core", "convert_to_tensor"),
            ("tensorflow.io.gfile", "rmtree"),
            ("tensorflow_hub.keras_layer", "KerasLayer"),
            ("keras", "system"),
        ] {
            assert_eq!(keras_belongs(module, name), Belongs::Library, "{module}.{name}");
        }
        for (module, name) in
            [("os", "system"), ("kerasx.layers", "Dense"), ("", "a"), ("mine.keras", "Model")]
        {
            assert_eq!(keras_belongs(module, name), Belongs::Foreign, "{module}.{name}");
        }
    }
}
