//! Descriptions of models of Keras: JSON, in which a `Lambda` layer holds bytecode of Python.

use super::json;
use crate::fault::{Fault, FaultKind};

/// What is to be said of the description of a model at `at`.
pub(crate) fn code(description: &[u8], at: usize) -> Option<Fault> {
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
