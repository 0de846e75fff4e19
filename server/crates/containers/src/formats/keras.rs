//! Descriptions of models of Keras: JSON, in which layers name functions of Python, and a `Lambda` layer holds bytecode of it.

use super::json;
use crate::code::{Called, Mention};

/// Functions and classes that layers name with their modules, each object of the description by itself, and then whether there is bytecode in it. What is told ends
/// it when it says so.
pub(crate) fn mentions(description: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    let named = ["module", "class_name", "config"];
    let function = |[module, class, name]: [Option<&str>; 3]| {
        let name = if class == Some("function") { name } else { class.filter(|_| module.is_some()) };
        let what = Called::Function { module, name };
        (class == Some("function") || name.is_some())
            && told(Mention { what, text: name.unwrap_or_default(), at: 0 })
    };
    if json::any_object(description, named, function) {
        return;
    }
    let is_code = |key: &str, text: &str| match key {
        "class_name" => text == "__lambda__",
        "function_type" | "mask_type" | "output_shape_type" => text == "lambda",
        _ => false,
    };
    if let Some(text) = json::find(description, is_code) {
        told(Mention { what: Called::Bytecode, text: &text, at: 0 });
    }
}

/// Whether a value that may be anything is such a description, as far as its first byte tells.
pub(crate) fn begins(value: &[u8]) -> bool {
    value.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(description: &str) -> Vec<String> {
        let mut all = Vec::new();
        mentions(description.as_bytes(), &mut |mention| {
            all.push(match mention.what {
                Called::Function { module, name } => format!("{module:?} {name:?}"),
                other => format!("{other:?}"),
            });
            false
        });
        all
    }

    #[test]
    fn functions_that_are_named() {
        let call = r#"{"layers": [{"module": "os", "class_name": "function", "config": "system"}]}"#;
        assert_eq!(told(call), [r#"Some("os") Some("system")"#]);
        let builtin =
            r#"{"config": "exec", "a": {"b": [{}]}, "class_name": "function", "module": "builtins"}"#;
        assert_eq!(told(builtin), [r#"Some("builtins") Some("exec")"#]);
        let inside = r#"{"a": {"module": "os"}, "class_name": "function", "config": "relu"}"#;
        assert_eq!(told(inside), [r#"None Some("relu")"#]);
        let class = r#"{"module": "os", "class_name": "Dense", "config": "system"}"#;
        assert_eq!(told(class), [r#"Some("os") Some("Dense")"#]);
        assert_eq!(told(r#"{"class_name": "Dense", "config": "system"}"#), [""; 0]);
        assert_eq!(told(&r#"{"a":"#.repeat(100_000)), [""; 0]);
    }

    #[test]
    fn layers_that_hold_code() {
        let has_code = |value: &str| told(value) == ["Bytecode"];
        assert!(has_code(
            r#"{"config": {"function": {"class_name": "__lambda__", "config": {"code": "4w"}}}}"#
        ));
        assert!(has_code(
            r#" {"class_name": "Lambda", "config": {"function": ["4w"], "function_type" : "lambda"}}"#
        ));
        assert!(has_code(r#"{"class\u005fname": "\u005f_lambda__"}"#));
        assert!(!has_code(r#"{"class_name": "Dense", "config": {"name": "lambda"}}"#));
        assert!(!has_code(r#"{"class_name""#));
        assert!(begins(b" \n{") && !begins(br#"["class_name", "__lambda__"]"#) && !begins(b""));
    }
}
