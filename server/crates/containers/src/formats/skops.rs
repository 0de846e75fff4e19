//! Descriptions of objects by skops: JSON, in which each object names its class, or the function that it is.

use super::json;
use crate::code::{Called, Mention};

/// Classes, functions, methods and operators that objects of the description name. What is told ends it when it says so.
pub(crate) fn mentions(description: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    let keys = ["__module__", "__class__", "__loader__", "func"];
    json::any_object(description, keys, |[module, name, loader, method]| {
        // Only the content of a method has a text there.
        let method = method.text().map(|name| (Called::Method { name }, name));
        let is_operator = loader.text() == Some("OperatorFuncNode");
        let named = name.text().and_then(|name| match module.text() {
            // It is one of the module `operator`, whatever is said.
            _ if is_operator => Some((Called::Operation { name }, name)),
            Some(module) => Some((Called::Function { module: Some(module), name: Some(name) }, name)),
            None => None,
        });
        method.into_iter().chain(named).any(|(what, text)| told(Mention { what, text, at: 0 }))
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_objects() {
        let mut all = Vec::new();
        let description = br#"{"__class__": "Pipeline", "__module__": "sklearn.pipeline", "__loader__": "ObjectNode", "content":
            {"steps": [{"__module__": "os", "__class__": "system", "__loader__": "FunctionNode"}, {"__class__": "lonely"}],
            "a": {"__class__": "call", "__module__": "sklearn", "__loader__": "OperatorFuncNode", "attrs": {}},
            "b": {"__class__": "M", "__module__": "mine", "__loader__": "MethodNode", "content": {"func": "fit", "obj": {}}}}}"#;
        mentions(description, &mut |mention| {
            all.push(match mention.what {
                Called::Function { module: Some(module), name: Some(name) } => format!("{module}.{name}"),
                Called::Method { name } => format!("method {name}"),
                Called::Operation { name } => format!("operator {name}"),
                other => format!("{other:?}"),
            });
            false
        });
        all.sort_unstable();
        assert_eq!(all, ["method fit", "mine.M", "operator call", "os.system", "sklearn.pipeline.Pipeline"]);
    }
}
