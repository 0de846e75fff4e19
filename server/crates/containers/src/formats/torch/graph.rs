//! Graphs of `torch.export`: JSON, of which loaders evaluate some texts as Python.
//!
//! Sizes (`expr_str`) are given to `sympify` when the file is loaded, conditions (`guards_code`) to `exec` when the model is
//! made; what a node calls (`target`) is looked up. How arguments are nested (`in_spec`, `out_spec`) is JSON in a text, whose reader
//! imports modules that it names: of what makes the values of a `defaultdict`, and of an enumeration (`torch/utils/_pytree.py`).

use crate::code::{Called, Mention};
use crate::formats::json;

/// Tells `told` the texts that are evaluated and the operators that are called, until it says that this is enough.
pub(crate) fn mentions(graph: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    json::find(graph, |key, text| match key {
        "expr_str" | "guards_code" => told(Mention { what: Called::Expression, text, at: 0 }),
        // The parts of a path are looked up one after the other: `torch.ops.aten.mul.Tensor`.
        "target" if text.starts_with("torch.ops.") => {
            let parts: Vec<_> = text.split(['.', ':']).collect();
            parts.windows(2).any(|pair| {
                let what = Called::Operator { namespace: Some(pair[0]), name: pair[1] };
                told(Mention { what, text, at: 0 })
            })
        }
        "in_spec" | "out_spec" => imports(text, LEVELS, told),
        _ => false,
    });
}

/// Texts of JSON in each other that are read.
const LEVELS: usize = 4;

/// Tells the modules that the reader of a specification imports; whether this is enough.
fn imports(spec: &str, levels: usize, told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let found = json::find(spec.as_bytes(), |key, text| match key {
        "default_factory_module" => told(Mention { what: Called::Module, text, at: 0 }),
        "fqn" => {
            let module =
                text.split_once(':').map(|(module, _)| Mention { what: Called::Module, text: module, at: 0 });
            module.is_some_and(&mut *told)
        }
        "context" if levels > 0 => imports(text, levels - 1, told),
        _ => false,
    });
    found.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_in_json() {
        for (json, expected) in [
            (r#"{"a": "eval(1)", "expr_str": "s0", "guards_code": []}"#, "s0;"),
            (r#"{"expr_str": "s0", "hint": {"as_str": "eval(1)"}}"#, "s0;"),
            (r#"{"expr_str" : "eval(1)"}"#, "eval(1);"),
            (r#"{"expr\u005fstr": "ev\u0061l(\"a\")"}"#, "eval(\"a\");"),
            (r#"{"guards_code": ["s0 == 1", "exit()"]}"#, "s0 == 1;exit();"),
            (r#"{"target": "torch.ops.aten.mul.Tensor"}"#, "torch::ops,ops::aten,aten::mul,mul::Tensor,"),
            (r#"{"target": "os.system"}"#, ""),
            (r#"{"in_spec": "[1, {\"context\": {\"default_factory_module\": \"a\"}}]"}"#, "a;"),
            (r#"{"out_spec": "[{\"context\": \"{\\\"fqn\\\": \\\"b.c:D\\\"}\"}]", "fqn": "e:F"}"#, "b.c;"),
            (r#"{"expr_str": "eval("#, "eval(;"),
            (r#"{"expr_str": "\"#, ";"),
            (r#"{"expr_str": "\u00"#, "u00;"),
        ] {
            let mut all = String::new();
            mentions(json.as_bytes(), &mut |mention| {
                match mention.what {
                    Called::Operator { namespace: Some(namespace), name } => {
                        all.extend([namespace, "::", name, ","]);
                    }
                    _ => all.extend([mention.text, ";"]),
                }
                false
            });
            assert_eq!(all, expected, "{json}");
        }
    }
}
