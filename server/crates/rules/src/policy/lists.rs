//! The lists of globals: data files, read once.
//!
//! A line is `module name name …  # reason`; `policy/README.md` has the rest.

use std::sync::{LazyLock, OnceLock};

use rustc_hash::FxHashMap;

use super::{Category, Shape};

macro_rules! list {
    ($folder:literal, $name:literal) => {
        ($name, include_str!(concat!("../../policy/", $folder, "/", $name, ".txt")))
    };
}

/// Presets of allowed globals, with their lists.
pub(super) const PRESETS: &[(&str, &str)] = &[
    list!("allow", "stdlib-data"),
    list!("allow", "numpy"),
    list!("allow", "scipy"),
    list!("allow", "pandas"),
    list!("allow", "sklearn"),
    list!("allow", "torch"),
    list!("allow", "torchvision"),
    list!("allow", "timm"),
    list!("allow", "ultralytics"),
    list!("allow", "transformers"),
    list!("allow", "xgboost"),
    list!("allow", "lightgbm"),
    list!("allow", "catboost"),
    list!("allow", "joblib"),
    list!("allow", "networkx"),
    list!("allow", "xarray"),
    list!("allow", "dates"),
    list!("allow", "collections"),
    list!("allow", "precision"),
    list!("allow", "web"),
    list!("allow", "yaml"),
    list!("allow", "sqlalchemy"),
    list!("allow", "django"),
    list!("allow", "pydantic"),
    list!("allow", "phonenumbers"),
    list!("allow", "pillow"),
    list!("allow", "shapely"),
    list!("allow", "skimage"),
    list!("allow", "nltk"),
    list!("allow", "biology"),
    list!("allow", "huey"),
    list!("allow", "imblearn"),
    list!("allow", "category_encoders"),
    list!("allow", "feature_engine"),
    list!("allow", "lifelines"),
    list!("allow", "optuna"),
    list!("allow", "skopt"),
    list!("allow", "hdbscan"),
    list!("allow", "torchmetrics"),
    list!("allow", "torchaudio"),
    list!("allow", "gymnasium"),
    list!("allow", "stable_baselines3"),
    list!("allow", "torch_geometric"),
    list!("allow", "gensim"),
    list!("allow", "surprise"),
    list!("allow", "hyperopt"),
    list!("allow", "jax"),
    list!("allow", "peft"),
    list!("allow", "statsmodels"),
    list!("allow", "lightning"),
    list!("allow", "omegaconf"),
    list!("allow", "river"),
    list!("allow", "sktime"),
    list!("allow", "ray"),
    list!("allow", "geopandas"),
    list!("allow", "astropy"),
    list!("allow", "pint"),
    list!("allow", "deepspeed"),
    list!("allow", "megatron"),
    list!("allow", "mmengine"),
    list!("allow", "yacs"),
    list!("allow", "fastai"),
    list!("allow", "tensorflow"),
    list!("allow", "shap"),
    list!("allow", "pmdarima"),
    list!("allow", "mlxtend"),
    list!("allow", "pyod"),
    list!("allow", "segmentation_models"),
    list!("allow", "tabnet"),
    list!("allow", "einops"),
    list!("allow", "hmmlearn"),
    list!("allow", "filterpy"),
    list!("allow", "rank_bm25"),
    list!("allow", "sentence_transformers"),
    list!("allow", "formulaic"),
    list!("allow", "implicit"),
    list!("allow", "sksurv"),
    list!("allow", "interpret"),
    list!("allow", "mapie"),
    list!("allow", "sklego"),
    list!("allow", "boruta"),
];

/// Lists of denied globals.
const DENIED: &[(Category, (&str, &str))] = &[
    (Category::CodeExecution, list!("deny", "code-execution")),
    (Category::Process, list!("deny", "process")),
    (Category::Import, list!("deny", "import")),
    (Category::NativeLibrary, list!("deny", "native-library")),
    (Category::FileOrNetwork, list!("deny", "file-or-network")),
    (Category::NestedUnpickling, list!("deny", "nested-unpickling")),
    (Category::Tampering, list!("deny", "tampering")),
    (Category::ByValue, list!("deny", "by-value")),
    (Category::CodeObject, list!("deny", "code-object")),
    (Category::ExtensionRegistry, list!("deny", "extension-registry")),
    (Category::AttributeWalk, list!("deny", "attribute-walk")),
];

/// What the lists say of a global.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rating {
    Allowed { shape: Option<Shape>, preset: usize },
    Denied { category: Category, reason: &'static str, unless: Option<Shape> },
}

/// What the lists say of a module.
#[derive(Debug, Default)]
struct Module {
    /// All of it, submodules included, but for names that are listed.
    all: Option<Rating>,
    names: FxHashMap<&'static str, Rating>,
}

/// Which list a line is of.
#[derive(Clone, Copy, Debug)]
enum List {
    /// That of a preset, by its number.
    Preset(usize),
    Denied(Category),
}

/// The modules of a package, by their full names.
type Modules = FxHashMap<&'static str, Module>;

/// What the lists say of a module that is in no other, and of its submodules.
#[derive(Debug, Default)]
struct Package {
    /// Parts of lists, each of some lines.
    parts: Vec<(List, &'static str)>,
    /// Their lines taken apart, once they are asked for: a pickle has globals of few packages, and the lists name tens of thousands.
    modules: OnceLock<Modules>,
}

impl Package {
    fn modules(&self) -> &Modules {
        self.modules.get_or_init(|| {
            let mut modules = Modules::default();
            for &(list, part) in &self.parts {
                lines(part).for_each(|line| add(modules.entry(line.module).or_default(), list, &line));
            }
            modules
        })
    }
}

/// Adds what a line says of a module.
fn add(module: &mut Module, list: List, line: &Line) {
    for (name, shape) in line.names() {
        let shape = shape.and_then(shape_of);
        let rating = match list {
            List::Preset(preset) => Rating::Allowed { shape, preset },
            List::Denied(category) => Rating::Denied { category, reason: line.reason, unless: shape },
        };
        if name == "*" {
            module.all = Some(rating);
        } else {
            module.names.insert(name, rating);
        }
    }
}

/// All lists, by the packages that their lines are about.
#[derive(Debug, Default)]
pub(super) struct Lists {
    packages: FxHashMap<&'static str, Package>,
}

/// The lists, which are read when they are first needed.
pub(super) fn lists() -> &'static Lists {
    static LISTS: LazyLock<Lists> = LazyLock::new(Lists::read);
    &LISTS
}

/// What is on the lists of allowed globals, in their order.
pub(super) fn allowed() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = PRESETS.iter().flat_map(|(_, text)| lines(text));
    all.flat_map(|line| line.names().map(move |(name, _)| (line.module, name)))
}

impl Lists {
    fn read() -> Self {
        let mut packages = FxHashMap::<_, Package>::default();
        let presets = PRESETS.iter().enumerate().map(|(number, &(_, text))| (List::Preset(number), text));
        let denied = DENIED.iter().map(|&(category, (_, text))| (List::Denied(category), text));
        for (list, mut text) in presets.chain(denied) {
            while !text.is_empty() {
                let package = package_of(text);
                let part = part_about(text, package);
                packages.entry(package).or_default().parts.push((list, part));
                text = &text[part.len()..];
            }
        }
        Self { packages }
    }

    fn modules(&self, module: &str) -> Option<&Modules> {
        self.packages.get(package_of(module)).map(Package::modules)
    }

    /// What is said of a global: of its name, or of its module, or of a module above that.
    pub(super) fn rating(&self, module: &str, name: &str) -> Option<Rating> {
        let module = canonical(module);
        let modules = self.modules(module)?;
        let own = modules.get(module).and_then(|own| own.names.get(name)).copied();
        own.or_else(|| above(modules, module).find_map(|module| module.all))
    }

    /// Whether anything is said of a module that is in no other, or of its submodules.
    pub(super) fn knows_package(&self, module: &str) -> bool {
        self.packages.contains_key(module)
    }

    /// The same of a module that goes by another name as well.
    pub(super) fn knows_package_as(&self, module: &str) -> bool {
        self.knows_package(package_of(canonical(module)))
    }

    /// Whether a global of a module is allowed by its name.
    pub(super) fn allows_in(&self, module: &str) -> bool {
        let module = canonical(module);
        let own = self.modules(module).and_then(|modules| modules.get(module));
        own.is_some_and(|own| own.names.values().any(|rating| matches!(rating, Rating::Allowed { .. })))
    }

    /// Whether anything is said of a module, by itself or as part of another.
    pub(super) fn knows(&self, module: &str) -> bool {
        let module = canonical(module);
        self.modules(module).is_some_and(|modules| {
            modules.contains_key(module) || above(modules, module).any(|module| module.all.is_some())
        })
    }
}

/// The package of a module, or of a line about one.
fn package_of(module: &str) -> &str {
    let end = module.bytes().position(|byte| matches!(byte, b'.' | b' ' | b'\n'));
    &module[..end.unwrap_or(module.len())]
}

/// The lines at the beginning of a text that are about a package: lists are sorted, so that most of a list is one part.
fn part_about<'t>(text: &'t str, package: &str) -> &'t str {
    let is_about = |line: &str| line.strip_prefix(package).is_some_and(|rest| rest.starts_with(['.', ' ']));
    let lines = text.split_inclusive('\n');
    let behind = lines.clone().skip(1).take_while(|line| is_about(line));
    let len = lines.take(1).chain(behind).map(str::len).sum();
    &text[..len]
}

/// A module and those that it is part of, from the outermost, as far as any list goes down.
fn above<'m>(modules: &'m Modules, module: &str) -> impl Iterator<Item = &'m Module> {
    let ends = module.match_indices('.').map(|(at, _)| at).take(DEEPEST).chain([module.len()]);
    ends.filter_map(|end| modules.get(&module[..end]))
}

/// Components of a module that is denied as a whole, at most.
const DEEPEST: usize = 4;

/// Modules that are another one under a name of its own: what the lists say of the other holds.
pub(super) fn canonical(module: &str) -> &str {
    match module {
        "posix" | "nt" => "os",
        "os.path" => "posixpath",
        "pathlib._local" => "pathlib",
        "__builtin__" | "__builtins__" => "builtins",
        "_pickle" | "cPickle" => "pickle",
        "_io" | "_pyio" => "io",
        "_operator" => "operator",
        "_functools" => "functools",
        "_collections" => "collections",
        "_posixsubprocess" => "subprocess",
        "_socket" => "socket",
        "_ctypes" => "ctypes",
        "copy_reg" => "copyreg",
        _ => module,
    }
}

/// A line of a list.
pub(super) struct Line {
    pub(super) module: &'static str,
    rest: &'static str,
    pub(super) reason: &'static str,
}

impl Line {
    /// The names, each with what stands behind `@`, or in front of all of them.
    pub(super) fn names(&self) -> impl Iterator<Item = (&'static str, Option<&'static str>)> + use<> {
        let of_all = self.rest.strip_prefix('@').and_then(|rest| rest.split_once(' '));
        let (of_all, names) = of_all.map_or((None, self.rest), |(shape, names)| (Some(shape), names));
        names.split_ascii_whitespace().map(move |name| match name.split_once('@') {
            Some((name, shape)) => (name, Some(shape)),
            None => (name, of_all),
        })
    }
}

/// The lines of a list, without comments.
pub(super) fn lines(text: &'static str) -> impl Iterator<Item = Line> {
    text.lines().filter_map(line_of)
}

/// What a line says; `None`: it is a comment.
fn line_of(line: &'static str) -> Option<Line> {
    if line.is_empty() || line.starts_with('#') {
        return None;
    }
    let (globals, reason) = line.split_once("  # ").unwrap_or((line, ""));
    let (module, rest) = globals.split_once(' ').unwrap_or((globals, ""));
    Some(Line { module, rest, reason })
}

fn shape_of(text: &str) -> Option<Shape> {
    Some(match text {
        "getattr" => Shape::GetAttr,
        "partial" => Shape::Partial,
        "reconstructor" => Shape::Reconstructor,
        "encode" => Shape::Encode,
        "type-of" => Shape::TypeOf,
        "type-named" => Shape::TypeNamed,
        "iter" => Shape::Iter,
        "calls-0" => Shape::Calls(0),
        "calls-1" => Shape::Calls(1),
        "calls-2" => Shape::Calls(2),
        "makes-0" => Shape::Makes(0),
        "factory" => Shape::Factory,
        "called" => Shape::Called,
        "sets" => Shape::Sets,
        "calls-1-on-0" => Shape::CallsOn,
        "ufunc-of" => Shape::UfuncOf,
        "array-of" => Shape::ArrayOf,
        "array-state" => Shape::ArrayState,
        "array-filled" => Shape::ArrayFilled,
        "array" => Shape::Array,
        "instance" => Shape::Instance,
        "hook" => Shape::Hook,
        "nested" => Shape::Nested,
        "tensor-of" => Shape::TensorOf,
        "shared" => Shape::Shared,
        "registered" => Shape::Registered,
        "cached" => Shape::Cached,
        "kept" => Shape::Kept,
        "uncalled" => Shape::Uncalled,
        "lookup" => Shape::Lookup,
        "class-body" => Shape::ClassBody,
        "own" => Shape::Own,
        "repr" => Shape::Repr,
        "imports" => Shape::Imports,
        "descriptor" => Shape::Descriptor,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::super::loaders::{
        AT_LOAD, EXPRESSIONS, KERAS, KERAS_MODULES, KERAS_SIZES, OPERATORS, PACKAGES, SKOPS, WORDS,
    };
    use super::super::properties::UNPICKLING;
    use super::*;

    fn all() -> impl Iterator<Item = (&'static str, &'static str)> {
        let denied = DENIED.iter().map(|&(_, list)| list);
        PRESETS.iter().copied().chain(denied).chain([("unpickling", UNPICKLING)])
    }

    /// What is judged that is no global.
    const OF_LOADERS: [(&str, &str); 9] = [
        ("operators", OPERATORS),
        ("keras", KERAS),
        ("keras-modules", KERAS_MODULES),
        ("keras-sizes", KERAS_SIZES),
        ("expressions", EXPRESSIONS),
        ("packages", PACKAGES),
        ("skops", SKOPS),
        ("words", WORDS),
        ("at-load", AT_LOAD),
    ];

    #[test]
    fn lines_are_sorted_and_have_reasons() {
        for (list, text) in all().chain(OF_LOADERS) {
            let key = |line: &Line| (line.module, line.names().next());
            let lines: Vec<Line> = lines(text).collect();
            for line in &lines {
                assert!(!line.reason.is_empty(), "{list}: {} {} has no reason", line.module, line.rest);
                assert!(line.names().next().is_some(), "{list}: {} has no name", line.module);
                assert!(line.names().is_sorted(), "{list}: {} {}", line.module, line.rest);
            }
            for pair in lines.windows(2) {
                assert!(
                    key(&pair[0]) < key(&pair[1]),
                    "{list}: {} {} is out of order",
                    pair[1].module,
                    pair[1].rest
                );
            }
        }
    }

    #[test]
    fn no_module_is_deeper_than_the_deepest() {
        for line in DENIED.iter().flat_map(|(_, (_, text))| lines(text)) {
            assert!(line.module.split('.').count() <= DEEPEST, "{}", line.module);
        }
    }

    #[test]
    fn a_global_is_listed_once() {
        let mut seen = HashMap::new();
        for (list, text) in all() {
            for line in lines(text) {
                for (name, _) in line.names() {
                    let before = seen.insert((canonical(line.module), name), list);
                    assert_eq!(before, None, "{} {name} is in {list} as well", line.module);
                }
            }
        }
    }

    #[test]
    fn lists_of_allowed_globals_are_exact() {
        for (list, text) in PRESETS {
            for line in lines(text) {
                for (name, shape) in line.names() {
                    assert_ne!(name, "*", "{list}: {}", line.module);
                    assert!(shape.is_none_or(|shape| shape_of(shape).is_some()), "{list}: {name} {shape:?}");
                }
            }
        }
    }

    #[test]
    fn no_allowed_name_is_a_walk_out() {
        for (list, text) in PRESETS {
            for line in lines(text) {
                for (name, _) in line.names().filter(|(name, _)| name.contains('.')) {
                    let out = name.split('.').any(super::super::is_way_out);
                    assert!(!out, "{list}: {} {name}", line.module);
                }
            }
        }
    }
}
