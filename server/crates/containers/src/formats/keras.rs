//! Descriptions of models of Keras: JSON, in which layers name functions of Python, and a `Lambda` layer holds bytecode of it.

mod sizes;

use super::json::{self, Field};
use crate::code::{Called, Mention};

/// The key that says what an object is.
const CLASS: &str = "class_name";

/// Tells `told` what the layers name, each object of the description by itself, then how large they are, and whether there is bytecode in it. What is told
/// ends it when it says so.
pub(crate) fn mentions(description: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    let keys = [CLASS, "config", "module", "registered_name", "vocabulary"];
    let has_layers = may_describe(description);
    if json::any_object(description, keys, |fields| has_layers && named(fields, told))
        || has_layers && sizes::sizes(description, told)
    {
        return;
    }
    let is_code = |key: &str, text: &str| match key {
        CLASS => text == "__lambda__",
        "function_type" | "mask_type" | "output_shape_type" => text == "lambda",
        _ => false,
    };
    if let Some(text) = json::find(description, is_code) {
        told(Mention { what: Called::Bytecode, text: &text, at: 0 });
    }
}

/// Tells what one object names: a class or a function, under a second name as well, and a file.
fn named(
    [class, config, module, registered, vocabulary]: &[Field; 5],
    told: &mut dyn FnMut(Mention<'_>) -> bool,
) -> bool {
    if let Some(text) = vocabulary.text().filter(|text| !text.is_empty())
        && told(Mention { what: Called::File, text, at: 0 })
    {
        return true;
    }
    // Without both, an object is a dict of others.
    let (Some(class), true) = (class.text(), config.is_there()) else { return false };
    let is_function = class == "function";
    let (name, module) = (if is_function { config.text() } else { Some(class) }, module.text());
    // What has no module is one of Keras's own, or one that the program knows.
    if !is_function && module.is_none() {
        return false;
    }
    let mut tell = |name: Option<&str>| {
        told(Mention { what: Called::Function { module, name }, text: name.unwrap_or_default(), at: 0 })
    };
    // Where the module has nothing of the name, the other one is looked up in it.
    let other = registered.text().filter(|text| *text != class && Some(*text) != name);
    // So is a class written that a layer keeps, such as `float` for its type of numbers: nothing is made of it.
    let is_kept = class == "type" && module == Some("builtins") && config.text().is_some();
    !is_kept && tell(name) || module.is_some() && other.is_some_and(|other| tell(Some(other)))
}

/// Names of models that are of no module.
const MODELS: &[&str] = &["Functional", "Model", "Sequential"];

/// Whether a text is the description of a model: an object of JSON that says of which class it is, and where that is.
pub(crate) fn is_model(text: &[u8]) -> bool {
    if !begins(text) || !may_describe(text) {
        return false;
    }
    let Some([class, config, module, registered]) =
        json::outermost(text, [CLASS, "config", "module", "registered_name"])
    else {
        return false;
    };
    let is_class = |class: &str| module.is_there() || registered.is_there() || MODELS.contains(&class);
    config.is_there() && class.text().is_some_and(is_class)
}

/// The same of a value among many, or of a layer that holds code, as each is described in the metadata of a `SavedModel`.
pub(crate) fn is_model_or_code(value: &[u8]) -> bool {
    let is_layer = || {
        let fields = json::outermost(value, [CLASS, "config"]);
        fields.is_some_and(|[class, config]| class.text() == Some("Lambda") && config.is_there())
    };
    begins(value) && may_describe(value) && (is_model(value) || is_layer())
}

/// Whether a piece of a text may be of a description of a model: it has the key that all of them have, or writes letters of ASCII as
/// escapes, which is a way to hide it.
pub(crate) fn may_describe(text: &[u8]) -> bool {
    let is_letter = |at: usize| matches!(text.get(at + 4), Some(b'4'..=b'7'));
    memchr::memmem::find(text, b"\"class_name\"").is_some()
        || memchr::memmem::find_iter(text, b"\\u00").any(is_letter)
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
                Called::File => mention.text.to_owned(),
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
        let other =
            r#"{"module": "os", "class_name": "function", "config": "zz", "registered_name": "system"}"#;
        assert_eq!(told(other), [r#"Some("os") Some("zz")"#, r#"Some("os") Some("system")"#]);
        let twice =
            r#"{"module": "keras", "module": "os", "class_name": "A", "config": {}, "registered_name": "A"}"#;
        assert_eq!(told(twice), [r#"Some("os") Some("A")"#]);
        let builtin =
            r#"{"config": "exec", "a": {"b": [{}]}, "class_name": "function", "module": "builtins"}"#;
        assert_eq!(told(builtin), [r#"Some("builtins") Some("exec")"#]);
        let inside = r#"{"a": {"module": "os"}, "class_name": "function", "config": "relu"}"#;
        assert_eq!(told(inside), [r#"None Some("relu")"#]);
        let class = r#"{"module": "os", "class_name": "Dense", "config": "system"}"#;
        assert_eq!(told(class), [r#"Some("os") Some("Dense")"#]);
        assert_eq!(told(r#"{"class_name": "Dense", "config": "system"}"#), [""; 0]);
        // Such an object is a dict of others.
        assert_eq!(told(r#"{"class_name": "Dense", "module": "os"}"#), [""; 0]);
        let kept = r#"{"module": "builtins", "class_name": "type", "config": "float"}"#;
        assert_eq!(told(kept), [""; 0]);
        assert_eq!(told(&kept.replace("type", "function")), [r#"Some("builtins") Some("float")"#]);
        assert_eq!(told(&kept.replace("\"float\"", "{}")), [r#"Some("builtins") Some("type")"#]);
        assert_eq!(told(r#"{"vocabulary": "/etc/passwd", "class_name": "StringLookup"}"#), ["/etc/passwd"]);
        assert_eq!(told(r#"{"vocabulary": ["a", "b"]}"#), [""; 0]);
        assert_eq!(told(&r#"{"a":"#.repeat(100_000)), [""; 0]);
    }

    #[test]
    fn models() {
        for text in [
            r#"{"module": "keras", "class_name": "Sequential", "config": {"layers": [{"a": 1}]}}"#,
            r#" {"config": {}, "class_name": "Mine", "registered_name": "package>Mine"}"#,
            r#"{"class_name": "Sequential", "config": []}"#,
            r#"{"class\u005fname": "Model", "config": {}}"#,
        ] {
            assert!(is_model(text.as_bytes()), "{text}");
        }
        for text in [
            r#"{"class_name": "Mine", "config": {}}"#,
            r#"{"a": {"module": "keras", "class_name": "Sequential", "config": {}}}"#,
            r#"[{"module": "keras", "class_name": "Sequential", "config": {}}]"#,
            r#"{"module": "logging", "class": "Handler", "config": {}}"#,
            r#"{"class_name": ["Model"], "config": {}}"#,
            r#"{"class_name": "Model", "config": {}"#,
            "",
        ] {
            assert!(!is_model(text.as_bytes()), "{text}");
        }
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
