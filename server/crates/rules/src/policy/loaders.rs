//! What loaders may call of code that is no pickle: operators of TorchScript, functions that descriptions of models name, and
//! expressions that are evaluated. What a file calls, whoever unwraps it knows; the lists are data (`policy/README.md`).

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::lists::{Line, lines};

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

/// What a function of Python that the description of a model of Keras names does that is no part of a model; `None`: it may be one.
#[must_use]
pub fn keras_function(module: Option<&str>, name: Option<&str>) -> Option<&'static str> {
    static LIST: LazyLock<Reasons> = LazyLock::new(|| reasons(KERAS));
    let head = module.and_then(|module| module.split('.').next());
    let of_module = head.and_then(|head| LIST.get(&(head, "*")));
    of_module.or_else(|| LIST.get(&("*", name?))).copied()
}

/// Whether a module that the description of a model of Keras names is one that models are made of.
#[must_use]
pub fn is_keras_module(module: &str) -> bool {
    static LIST: LazyLock<Reasons> = LazyLock::new(|| reasons(KERAS_MODULES));
    LIST.contains_key(&(module.split('.').next().unwrap_or_default(), "*"))
}

/// Why nobody puts a module, or one in it, into an archive of torch.package; `None`: somebody may.
#[must_use]
pub fn never_packaged(module: &str) -> Option<&'static str> {
    static LIST: LazyLock<FxHashMap<&str, &str>> = LazyLock::new(|| {
        lines(PACKAGES).flat_map(|line| line.names().map(move |(name, _)| (name, line.reason))).collect()
    });
    LIST.get(module.split('.').next().unwrap_or_default()).copied()
}

/// Whether an expression of a graph of `torch.export` calls something that no size and no condition needs: by its name, or because it
/// is computed.
#[must_use]
pub fn is_foreign_expression(text: &str) -> bool {
    let text = text.as_bytes();
    let (mut name, mut at): (Option<&[u8]>, usize) = (None, 0);
    // Whether what stands before can be called.
    let mut is_value = false;
    while let Some(byte) = text.get(at) {
        let from = at;
        at += 1;
        match byte {
            b'(' if name.map_or(is_value, |name| !is_function(name)) => return true,
            b'\\' | b'#' | b'@' => return true,
            byte if byte.is_ascii_whitespace() => continue,
            b'"' | b'\'' => {
                let len = text[at..].iter().take_while(|other| *other != byte).count();
                // Functions evaluate texts that they are given.
                if text[at..at + len].iter().any(|byte| b"(\\{".contains(byte)) {
                    return true;
                }
                at += len + 1;
            }
            byte if is_part(*byte) => at += text[at..].iter().take_while(|byte| is_part(**byte)).count(),
            _ => {}
        }
        name = is_part(*byte).then(|| &text[from..at]);
        is_value = matches!(byte, b')' | b']' | b'}' | b'"' | b'\'');
    }
    false
}

/// Whether a byte is part of a name or a number. Letters beyond ASCII are; no function has one.
fn is_part(byte: u8) -> bool {
    byte == b'_' || byte >= 0x80 || byte.is_ascii_alphanumeric()
}

/// What expressions call.
struct Functions {
    /// By their names, sorted.
    names: Vec<&'static [u8]>,
    /// By how their names begin.
    families: Vec<&'static [u8]>,
}

/// Whether an expression calls what has this name.
fn is_function(name: &[u8]) -> bool {
    static LIST: LazyLock<Functions> = LazyLock::new(|| {
        let all = lines(EXPRESSIONS).flat_map(|line| line.names().map(|(name, _)| name));
        let (families, names): (Vec<_>, Vec<_>) = all.partition(|name| name.ends_with('*'));
        let mut names: Vec<_> = names.into_iter().map(str::as_bytes).collect();
        names.sort_unstable();
        let families = families.iter().map(|family| family.trim_end_matches('*').as_bytes()).collect();
        Functions { names, families }
    });
    LIST.names.binary_search(&name).is_ok()
        || LIST.families.iter().any(|family| name.starts_with(family) && name.is_ascii())
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
    fn functions_that_are_no_part_of_a_model() {
        let is_harmful = |module, name| keras_function(module, name).is_some();
        assert!(is_harmful(Some("os"), Some("system")));
        assert!(is_harmful(Some("os.path"), None));
        assert!(is_harmful(Some("builtins"), Some("exec")));
        assert!(is_harmful(None, Some("exec")));
        assert!(!is_harmful(Some("builtins"), Some("my_loss")));
        assert!(!is_harmful(Some("osprey.os"), Some("system")));
        assert!(!is_harmful(None, None));
        assert!(!is_harmful(None, Some("*")) && !is_harmful(Some("*"), None));
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
    fn texts_that_loaders_evaluate() {
        for text in [
            "Symbol('s77', positive=True, integer=True)",
            "Max(Integer(1), TruncToInt(Mul(Float('1.5', precision=53), ToFloat(Symbol('s27', integer=True)))))",
            "2*s0 + FloorDiv(s1, 2)",
            "BitwiseFn_bitwise_and(s0, 1)",
            "((L['x y'].size()[1]*(L['y'].size()[0] + 3)) // 2) != 1 and (1 < 2)",
            "torch.sym_max(1, L['x'].size()[0]) == math.trunc(torch.sym_float(L['x'].size()[0]) ** 0.5)",
        ] {
            assert!(!is_foreign_expression(text), "{text}");
        }
        for text in [
            "__import__('os').system('id')",
            "eval ('x')",
            "open('f', 'w')",
            "(lambda: 1)()",
            "L['x']('id')",
            "floor('open(1)')",
            "floor('\\x28')",
            "x.size()[0] + ｅval('x')",
            "sym_ｅ(1)",
            "@x",
            "f'{exit()}'",
        ] {
            assert!(is_foreign_expression(text), "{text}");
        }
    }
}
