//! Graphs of `torch.export`: JSON, of which loaders evaluate some texts as Python.
//!
//! Sizes (`expr_str`) are given to `sympify` when the file is loaded, conditions (`guards_code`) to `exec` when the model is
//! made. What writers put there are sums, comparisons, and calls of a few functions.

use super::script;
use crate::formats::json;

/// What sizes and conditions call.
const FUNCTIONS: &[&str] = &[
    "Abs",
    "Add",
    "And",
    "CeilDiv",
    "CeilToInt",
    "CleanDiv",
    "Dummy",
    "Eq",
    "Equality",
    "ExprCondPair",
    "Float",
    "FloatPow",
    "FloatTrueDiv",
    "FloorDiv",
    "FloorToInt",
    "Ge",
    "GreaterThan",
    "Gt",
    "ITE",
    "Identity",
    "Infinity",
    "IntInfinity",
    "IntTrueDiv",
    "Integer",
    "IsNonOverlappingAndDenseIndicator",
    "LShift",
    "Le",
    "LessThan",
    "Lt",
    "Max",
    "Min",
    "Mod",
    "ModularIndexing",
    "Mul",
    "Ne",
    "NegativeInfinity",
    "NegativeIntInfinity",
    "Not",
    "Or",
    "Piecewise",
    "Pow",
    "PowByNatural",
    "PythonMod",
    "RShift",
    "Rational",
    "RoundDecimal",
    "RoundToInt",
    "StrictGreaterThan",
    "StrictLessThan",
    "Symbol",
    "ToFloat",
    "TruncToFloat",
    "TruncToInt",
    "Tuple",
    "Unequality",
    "Where",
    "Xor",
    "abs",
    "acos",
    "and",
    "asin",
    "atan",
    "bool",
    "ceil",
    "ceiling",
    "cos",
    "cosh",
    "dim",
    "else",
    "exp",
    "float",
    "floor",
    "if",
    "in",
    "int",
    "is_contiguous",
    "item",
    "len",
    "log",
    "log2",
    "max",
    "min",
    "not",
    "numel",
    "or",
    "pow",
    "round",
    "sin",
    "sinh",
    "size",
    "sqrt",
    "storage_offset",
    "stride",
    "tan",
    "tanh",
    "trunc",
];

/// Beginnings of more of them.
const FAMILIES: &[&str] = &["BitwiseFn_", "OpaqueUnaryFn_", "_sym_", "sym_"];

/// The first text in a graph that runs what no size and no condition needs.
pub(crate) fn outside(graph: &[u8]) -> Option<String> {
    let text = json::find(graph, |key, text| match key {
        "expr_str" | "guards_code" => calls_other(text.as_bytes()),
        "target" => text.starts_with("torch.ops.") && script::reaches_out(text),
        _ => false,
    })?;
    let shown: String = text.chars().take(80).collect();
    Some(format!("`{}`", shown.escape_debug()))
}

/// Whether an expression calls something that is none of the functions: by its name, or because it is computed.
fn calls_other(text: &[u8]) -> bool {
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

fn is_function(name: &[u8]) -> bool {
    FUNCTIONS.iter().any(|function| function.as_bytes() == name)
        || FAMILIES.iter().any(|family| name.starts_with(family.as_bytes()) && name.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_that_loaders_evaluate() {
        for text in [
            "Symbol('s77', positive=True, integer=True)",
            "Max(Integer(1), TruncToInt(Mul(Float('1.5', precision=53), ToFloat(Symbol('s27', integer=True)))))",
            "2*s0 + FloorDiv(s1, 2)",
            "((L['x y'].size()[1]*(L['y'].size()[0] + 3)) // 2) != 1 and (1 < 2)",
            "torch.sym_max(1, L['x'].size()[0]) == math.trunc(torch.sym_float(L['x'].size()[0]) ** 0.5)",
        ] {
            assert!(!calls_other(text.as_bytes()), "{text}");
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
            "@x",
            "f'{exit()}'",
        ] {
            assert!(calls_other(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn texts_in_json() {
        for (json, expected) in [
            (r#"{"a": "eval(1)", "expr_str": "s0", "guards_code": []}"#, None),
            (r#"{"expr_str": "s0", "hint": {"as_str": "eval(1)"}}"#, None),
            (r#"{"expr_str" : "eval(1)"}"#, Some("`eval(1)`")),
            (r#"{"expr\u005fstr": "ev\u0061l(\"a\")"}"#, Some(r#"`eval(\"a\")`"#)),
            (r#"{"guards_code": ["s0 == 1", "exit()"]}"#, Some("`exit()`")),
            (r#"{"target": "torch.ops.aten.mul.Tensor"}"#, None),
            (r#"{"target": "torch.ops.aten.from_file.default"}"#, Some("`torch.ops.aten.from_file.default`")),
            (r#"{"expr_str": "eval("#, Some("`eval(`")),
            (r#"{"expr_str": "\"#, None),
            (r#"{"expr_str": "\u00"#, None),
        ] {
            assert_eq!(outside(json.as_bytes()).as_deref(), expected, "{json}");
        }
    }
}
