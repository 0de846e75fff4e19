//! Descriptions of models of Keras: JSON, in which a `Lambda` layer holds bytecode of Python.

use super::json;
use crate::fault::{Fault, FaultKind};

/// Modules of Python whose functions are no part of a model. Loaders of Keras before 3.9 import what is named, and call it. Sorted.
const MODULES: &[&str] = &[
    "_io",
    "_pickle",
    "asyncio",
    "bdb",
    "code",
    "codeop",
    "commands",
    "ctypes",
    "cProfile",
    "doctest",
    "ftplib",
    "http",
    "importlib",
    "io",
    "joblib",
    "marshal",
    "multiprocessing",
    "nt",
    "ntpath",
    "os",
    "pathlib",
    "pdb",
    "pickle",
    "pip",
    "pkgutil",
    "posix",
    "profile",
    "pty",
    "pydoc",
    "runpy",
    "shelve",
    "shutil",
    "signal",
    "smtplib",
    "socket",
    "subprocess",
    "sys",
    "tempfile",
    "timeit",
    "trace",
    "urllib",
    "webbrowser",
    "zipfile",
];

/// Functions that are none either, in whatever module: in `builtins`, which stands for those of the user as well, in Keras and in
/// TensorFlow.
const FUNCTIONS: &[&str] = &[
    "__import__",
    "breakpoint",
    "compile",
    "eval",
    "exec",
    "get_file",
    "import_module",
    "load_library",
    "load_op_library",
    "open",
    "py_function",
    "read_file",
    "write_file",
];

/// What is to be said of the description of a model at `at`.
pub(crate) fn code(description: &[u8], at: usize) -> Option<Fault> {
    let named = ["module", "class_name", "config"];
    let is_function = |[module, class, function]: [Option<&str>; 3]| {
        let head = module.and_then(|module| module.split('.').next());
        class == Some("function")
            && (head.is_some_and(|head| MODULES.contains(&head))
                || function.is_some_and(|function| FUNCTIONS.contains(&function)))
    };
    if json::any_object(description, named, is_function) {
        let message = "the description of a model of Keras names a function of Python that is no part of a model, and its loader \
                       calls it";
        return Some(Fault::new(FaultKind::HarmfulCode, at, message));
    }
    let is_code = |key: &str, text: &str| match key {
        "class_name" => text == "__lambda__",
        "function_type" | "mask_type" | "output_shape_type" => text == "lambda",
        _ => false,
    };
    json::find(description, is_code)?;
    let message = "a `Lambda` layer of a model of Keras holds bytecode, which is Python that its loader runs";
    Some(Fault::new(FaultKind::PackageCode, at, message))
}

/// The same of a value that may be anything.
pub(crate) fn code_in_value(value: &[u8], at: usize) -> Option<Fault> {
    let first = value.iter().find(|byte| !byte.is_ascii_whitespace());
    (first == Some(&b'{')).then(|| code(value, at)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_are_no_part_of_a_model() {
        let kind = |value: &str| code_in_value(value.as_bytes(), 0).map(|fault| fault.kind);
        let call = r#"{"layers": [{"module": "os", "class_name": "function", "config": "system"}]}"#;
        assert_eq!(kind(call), Some(FaultKind::HarmfulCode));
        let builtin =
            r#"{"config": "exec", "a": {"b": [{}]}, "class_name": "function", "module": "builtins"}"#;
        assert_eq!(kind(builtin), Some(FaultKind::HarmfulCode));
        let own = r#"{"module": "builtins", "class_name": "function", "config": "my_loss"}"#;
        assert_eq!(kind(own), None);
        assert_eq!(kind(r#"{"a": {"module": "os"}, "class_name": "function", "config": "relu"}"#), None);
        assert_eq!(kind(&r#"{"a":"#.repeat(100_000)), None);
    }

    #[test]
    fn layers_that_hold_code() {
        let has_code = |value: &str| code_in_value(value.as_bytes(), 0).is_some();
        assert!(has_code(
            r#"{"config": {"function": {"class_name": "__lambda__", "config": {"code": "4w"}}}}"#
        ));
        assert!(has_code(
            r#" {"class_name": "Lambda", "config": {"function": ["4w"], "function_type" : "lambda"}}"#
        ));
        assert!(has_code(r#"{"class\u005fname": "\u005f_lambda__"}"#));
        assert!(!has_code(r#"{"class_name": "Dense", "config": {"name": "lambda"}}"#));
        assert!(!has_code(r#"["class_name", "__lambda__"]"#));
        assert!(!has_code(r#"{"class_name""#));
    }
}
