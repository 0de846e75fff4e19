//! Descriptions of objects by skops: JSON, in which each object names its class, or the function that it is.

use super::json;
use crate::code::{Called, Mention};

/// Classes and functions that objects of the description name. What is told ends it when it says so.
pub(crate) fn mentions(description: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    let named = ["__module__", "__class__"];
    json::any_object(description, named, |[module, name]: [Option<&str>; 2]| {
        let what = Called::Function { module, name };
        module.is_some() && name.is_some() && told(Mention { what, text: name.unwrap_or_default(), at: 0 })
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_all_objects() {
        let mut all = Vec::new();
        let description = br#"{"__class__": "Pipeline", "__module__": "sklearn.pipeline", "__loader__": "ObjectNode", "content":
            {"steps": [{"__module__": "os", "__class__": "system", "__loader__": "FunctionNode"}, {"__class__": "lonely"}]}}"#;
        mentions(description, &mut |mention| {
            if let Called::Function { module: Some(module), name: Some(name) } = mention.what {
                all.push(format!("{module}.{name}"));
            }
            false
        });
        all.sort_unstable();
        assert_eq!(all, ["os.system", "sklearn.pipeline.Pipeline"]);
    }
}
