//! What a global is worth: allowed, unlisted, or denied.
//!
//! The lists are data ([`lists`], `policy/README.md`). A name that is on none is unlisted: the default is no. Names are
//! judged as an unpickler looks them up, dotted ones component by component ([`walk`]).

use std::borrow::Cow;

use pickle_machine::render::escape;

mod counts;
mod evaluated;
mod expressions;
mod functions;
mod hashing;
mod lists;
pub mod loaders;
mod members;
mod pattern;
mod properties;
mod shape;
mod walk;

pub(crate) use counts::{Count, Counts, Kind as CountKind, counts_of};
pub(crate) use evaluated::{Evaluated, evaluated_of};
pub(crate) use expressions::evaluates_texts;
pub(crate) use functions::functions_of;
pub(crate) use hashing::{Hashing, hashing, hashings};
use lists::{Rating, lists};
pub(crate) use members::{
    EACH, Expression, Field, Item, Kind as Needs, Low, Member, Members, Path, Requirement, Skip, Unless,
    Value as Is, Words, is_member, members_of,
};
pub use pattern::Pattern;
pub(crate) use properties::{
    codec_of, gives_text, goes_through, has_any_index, is_looked_at_by_call, kept_size_of, parses, passes_on,
    pattern_of, size_of, takes_items,
};
pub use shape::Shape;
pub(crate) use walk::is_way_out;

/// What a denied global does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Evaluates or runs Python code.
    CodeExecution,
    /// Runs programs, or controls this process.
    Process,
    /// Imports modules by name.
    Import,
    /// Loads or calls native libraries.
    NativeLibrary,
    /// Reads, writes or removes files, or talks to the network.
    FileOrNetwork,
    /// Unpickles.
    NestedUnpickling,
    /// Changes modules, classes, registries or the interpreter.
    Tampering,
    /// Builds functions and classes that are stored by value.
    ByValue,
    /// Makes code objects, or functions out of such.
    CodeObject,
    /// Enters what it is given into the registry of extension codes.
    ExtensionRegistry,
    /// The project says no.
    Project,
    /// Leads from an object to whatever its module can reach.
    AttributeWalk,
}

impl Category {
    /// What it does, to follow the name of the global.
    #[must_use]
    pub fn does(self) -> &'static str {
        match self {
            Self::CodeExecution => "runs code",
            Self::Process => "runs programs, or controls this process",
            Self::Import => "imports modules by name",
            Self::NativeLibrary => "reaches native code",
            Self::FileOrNetwork => "reaches files or the network",
            Self::NestedUnpickling => "unpickles other data",
            Self::Tampering => "changes what other code relies on",
            Self::ByValue => "builds functions and classes that are stored by value",
            Self::CodeObject => "makes functions out of data",
            Self::ExtensionRegistry => "changes what extension codes mean",
            Self::Project => "is denied by the project",
            Self::AttributeWalk => "leads to any object of the interpreter",
        }
    }
}

/// Why a global is denied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// What it does.
    pub category: Category,
    /// The reason given in the list, or by the project.
    pub reason: Cow<'static, str>,
    /// The denied global that a walk over attributes leads to, where that is not the name itself.
    pub stands_for: Option<Box<str>>,
    /// The shape of a call in which it does no harm: what makes arrays of it, and calls nothing of it.
    pub unless: Option<Shape>,
}

impl Denial {
    fn new(category: Category, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { category, reason: reason.into(), stands_for: None, unless: None }
    }
}

/// What a global is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Harmless, whatever it is called with.
    Allowed,
    /// Harmless when it is called in a shape.
    AllowedAs(Shape),
    /// On no list.
    Unlisted,
    /// Harmful.
    Denied(Denial),
}

impl Verdict {
    /// `allowed`, `unlisted` or `denied`; what is harmless in a shape is allowed.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Allowed | Self::AllowedAs(_) => "allowed",
            Self::Denied(denial) if denial.unless == Some(Shape::Array) => "allowed",
            Self::Unlisted => "unlisted",
            Self::Denied(_) => "denied",
        }
    }

    /// Whether a loader that judges names alone may let the global in, as far as this policy knows of it: not `getattr`, nor what
    /// unpickles bytes.
    #[must_use]
    pub fn holds_by_name(&self) -> bool {
        match self {
            Self::Allowed | Self::Unlisted => true,
            Self::AllowedAs(shape) => shape.holds_by_name(),
            Self::Denied(denial) => denial.unless == Some(Shape::Array),
        }
    }
}

/// The lists, as a project sets them.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// Globals that the project allows, as patterns over `module.qualname`. One without wildcards holds for a denied
    /// global as well; one with wildcards only for what is on no list.
    pub allow: Vec<Pattern>,
    /// Presets of allowed globals that are switched off, by [`presets`].
    pub presets_off: Vec<String>,
    /// Globals that the project denies. They come before all else.
    pub deny: Vec<Denied>,
}

/// Globals that a project denies.
#[derive(Clone, Debug)]
pub struct Denied {
    /// Which, over `module.qualname`.
    pub pattern: Pattern,
    /// Why, in the words of the project; may be empty.
    pub reason: String,
}

impl Denied {
    /// Characters of a reason that are told.
    const LONGEST: usize = 200;

    /// That the project denies it, to follow "it": the configuration may come with the files, so that its words are escaped.
    fn told(&self) -> String {
        let reason: String = self.reason.chars().take(Self::LONGEST).collect();
        match reason.trim().trim_end_matches('.') {
            "" => "is denied by the project: `deny-globals`".to_owned(),
            reason => format!("is denied by the project (`deny-globals`): {}", escape(reason)),
        }
    }
}

/// Whether the weights-only loader of torch allows a global.
#[must_use]
pub fn is_weights_only(module: &str, name: &str) -> bool {
    properties::weights_only(module, name)
}

/// Whether a call of a global with this verdict unpickles constant bytes that it is given.
pub(crate) fn unpickles(module: &str, name: &str, verdict: &Verdict) -> bool {
    match verdict {
        Verdict::AllowedAs(shape) => *shape == Shape::Nested,
        Verdict::Denied(denial) => denial.category == Category::NestedUnpickling,
        Verdict::Unlisted => properties::unpickling(module, name),
        Verdict::Allowed => false,
    }
}

/// The name by which lists know a module.
pub(crate) fn canonical_module(module: &str) -> &str {
    lists::canonical(module)
}

/// Names of the presets of allowed globals.
pub fn presets() -> impl Iterator<Item = &'static str> {
    lists::PRESETS.iter().map(|preset| preset.0)
}

/// The preset that allows a global, as long as it is on.
#[must_use]
pub fn preset_of(module: &str, name: &str) -> Option<&'static str> {
    match lists().rating(module, name) {
        Some(Rating::Allowed { preset, .. }) => Some(lists::PRESETS[preset].0),
        _ => None,
    }
}

/// The globals that the presets allow: module and name. For completion; what a project allows, [`Policy::judge`] says.
pub fn allowed_globals() -> impl Iterator<Item = (&'static str, &'static str)> {
    lists::allowed()
}

impl Policy {
    /// The first pattern of the project that decides on a global that is allowed; its number in [`Policy::allow`].
    #[must_use]
    pub fn allowed_by(&self, module: &str, name: &str) -> Option<usize> {
        let exact = self.allow.iter().position(|pattern| pattern.is(module, name));
        exact.or_else(|| self.allow.iter().position(|pattern| pattern.matches(module, name)))
    }

    /// Whether a name is `__new__` of a class that is allowed, as `__getnewargs_ex__` is written with below protocol 4.
    fn is_new_of_allowed(&self, module: &str, name: &str) -> bool {
        let class = name.strip_suffix(".__new__");
        class.is_some_and(|class| {
            matches!(
                self.judge(module, class),
                Verdict::Allowed | Verdict::AllowedAs(Shape::Instance | Shape::Hook | Shape::Kept)
            )
        })
    }

    /// Whether a name is a class of a TorchScript archive: it lies in the archive, as source of a language of its own that
    /// reaches nothing else, and no module of Python has the name.
    fn is_torch_script(&self, module: &str, name: &str) -> bool {
        let of_archive = module == "__torch__" || module.starts_with("__torch__.");
        of_archive && !name.contains('.') && !self.presets_off.iter().any(|off| off == "torch")
    }

    /// Whether the lists judge anything of a module that is in no other, or of its submodules.
    #[must_use]
    pub fn knows_package(module: &str) -> bool {
        lists().knows_package(module)
    }

    /// The same of a module that globals are of, which may go by another name: `os.system` is pickled as that of `posix` or `nt`.
    #[must_use]
    pub fn knows_package_as(module: &str) -> bool {
        lists().knows_package_as(module)
    }

    /// Whether the lists allow a global of a module by its name: what a file is believed to be that is called so.
    #[must_use]
    pub fn allows_in(module: &str) -> bool {
        lists().allows_in(module)
    }

    /// Judges a global by its names as looked up ([`pickle_machine::Global::resolved`]).
    #[must_use]
    pub fn judge(&self, module: &str, name: &str) -> Verdict {
        if let Some(denied) = self.deny.iter().find(|denied| denied.pattern.matches(module, name)) {
            return Verdict::Denied(Denial::new(Category::Project, denied.told()));
        }
        if self.allow.iter().any(|pattern| pattern.is(module, name)) {
            return Verdict::Allowed;
        }
        // Python 3.11 imports frozen modules by names that end at a NUL; no pickler writes one.
        let (head, plain) = match module.split_once('\0') {
            Some((head, _)) => (head, false),
            None => (module, true),
        };
        let denial = match lists().rating(head, name) {
            Some(Rating::Allowed { shape, preset }) if plain => {
                if !self.presets_off.iter().any(|off| off == lists::PRESETS[preset].0) {
                    return shape.map_or(Verdict::Allowed, Verdict::AllowedAs);
                }
                None
            }
            Some(Rating::Denied { category, reason, unless }) => {
                Some(Denial { unless, ..Denial::new(category, reason) })
            }
            None if plain && self.is_new_of_allowed(head, name) => {
                return Verdict::AllowedAs(Shape::Makes(0));
            }
            None if plain && self.is_torch_script(head, name) => return Verdict::Allowed,
            _ => walk::denied(head, name),
        };
        if let Some(denial) = denial {
            return Verdict::Denied(denial);
        }
        if plain && self.allow.iter().any(|pattern| pattern.matches(module, name)) {
            Verdict::Allowed
        } else {
            Verdict::Unlisted
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(module: &str, name: &str) -> (&'static str, Option<Category>, Option<String>) {
        match Policy::default().judge(module, name) {
            Verdict::Denied(Denial { category, stands_for, .. }) => {
                ("denied", Some(category), stands_for.map(String::from))
            }
            other => (other.name(), None, None),
        }
    }

    #[test]
    fn plain_names() {
        assert_eq!(judged("os", "system").1, Some(Category::Process));
        assert_eq!(judged("posix", "system").1, Some(Category::Process));
        assert_eq!(judged("nt", "system").1, Some(Category::Process));
        assert_eq!(judged("builtins", "eval").1, Some(Category::CodeExecution));
        assert_eq!(judged("__builtin__", "eval").1, Some(Category::CodeExecution));
        assert_eq!(judged("_pickle", "loads").1, Some(Category::NestedUnpickling));
        assert_eq!(judged("collections", "OrderedDict").0, "allowed");
        assert_eq!(judged("numpy", "memmap").1, Some(Category::FileOrNetwork));
        assert_eq!(Policy::default().judge("numpy", "memmap").name(), "allowed");
        assert_eq!(judged("numpy", "memmap.__new__").1, Some(Category::FileOrNetwork));
        assert_eq!(judged("myapp.models", "Model").0, "unlisted");
        assert_eq!(judged("itertools", "starmap").0, "unlisted");
    }

    #[test]
    fn submodules_of_denied_modules() {
        assert_eq!(judged("ctypes.util", "find_library").1, Some(Category::NativeLibrary));
        assert_eq!(judged("subprocess", "CalledProcessError").0, "allowed");
        assert_eq!(judged("subprocess", "Popen").1, Some(Category::Process));
    }

    #[test]
    fn walks() {
        let system = Some("os.system".to_owned());
        assert_eq!(judged("random", "_os.system"), ("denied", Some(Category::Process), system.clone()));
        assert_eq!(judged("torch", "os.system"), ("denied", Some(Category::Process), system));
        assert_eq!(judged("os", "path.os.system").1, Some(Category::Process));
        assert_eq!(judged("torch", "hub.load").1, Some(Category::Import));
        assert_eq!(judged("logging", "config.dictConfig").1, Some(Category::Import));
        assert_eq!(judged("numpy", "f2py.crackfortran.myeval").1, Some(Category::CodeExecution));
        assert_eq!(judged("sklearn", "linear_model.base.LinearModel").0, "unlisted");
        assert_eq!(judged("builtins", "len.__self__").1, Some(Category::AttributeWalk));
        assert_eq!(
            judged("collections", "OrderedDict.__init__.__globals__").1,
            Some(Category::AttributeWalk)
        );
        assert_eq!(judged("collections", "_sys.modules.get").1, Some(Category::Import));
        assert_eq!(judged("collections", "_sys.version").1, Some(Category::AttributeWalk));
        assert_eq!(judged("os", "system.__call__").1, Some(Category::Process));
        assert_eq!(judged("dill", "_dill.loads").1, Some(Category::NestedUnpickling));
        assert_eq!(judged("dill", "_dill.os.system").1, Some(Category::Process));
        assert_eq!(judged("dill", "_dill.__builtin__.eval").1, Some(Category::CodeExecution));
        assert_eq!(judged("__main__", "nt").0, "unlisted");
        assert_eq!(judged("__main__", "os.system").1, Some(Category::Process));
        assert_eq!(judged("__main__", "__dict__").1, Some(Category::ByValue));
        assert_eq!(judged("dill", "_dill.sys").1, Some(Category::AttributeWalk));
        assert_eq!(judged("dill", "_dill._create_cell").1, Some(Category::ByValue));
        assert_eq!(judged("myapp", "Outer.Inner").0, "unlisted");
        assert_eq!(judged("datetime", "datetime.fromtimestamp").0, "unlisted");
        assert_eq!(judged("a", &"b.".repeat(10_000)).0, "denied");
        assert_eq!(judged("numpy", "ndarray.tofile").1, Some(Category::FileOrNetwork));
        assert_eq!(judged("pathlib._local", "PosixPath.touch").1, Some(Category::FileOrNetwork));
        assert_eq!(judged("builtins", "str.lower").0, "allowed");
        assert_eq!(judged("scipy.stats._stats_py", "LinregressResult.__new__").0, "allowed");
        assert_eq!(judged("myapp", "Model.__new__").0, "unlisted");
        assert_eq!(judged("__torch__.model", "Net").0, "allowed");
        assert_eq!(judged("__torch__.model", "os.system").0, "denied");
    }

    #[test]
    fn names_that_end_at_a_nul() {
        assert_eq!(judged("os\0junk", "system").1, Some(Category::Process));
        assert_eq!(judged("collections\0", "OrderedDict").0, "unlisted");
    }

    #[test]
    fn project() {
        let policy = Policy {
            allow: vec![Pattern::new("myapp.models.*"), Pattern::new("os.getcwd"), Pattern::new("os.*")],
            presets_off: vec!["numpy".into()],
            deny: vec![Denied { pattern: Pattern::new("myapp.models.Old*"), reason: String::new() }],
        };
        assert_eq!(policy.judge("myapp.models", "OldModel").name(), "denied");
        assert_eq!(policy.allowed_by("myapp.models", "Model"), Some(0));
        assert_eq!(policy.judge("myapp.models", "Model"), Verdict::Allowed);
        assert_eq!(policy.judge("myapp.views", "View"), Verdict::Unlisted);
        assert_eq!(policy.judge("os", "getcwd"), Verdict::Allowed);
        assert_eq!(policy.judge("os", "system").name(), "denied");
        assert_eq!(policy.judge("myapp.models", "os.system").name(), "denied");
        assert_eq!(policy.judge("numpy", "dtype"), Verdict::Unlisted);
    }
}
