//! Formulas of statistics in a state: `statsmodels.base.data.ModelData.__setstate__` has them evaluated, as Python source text,
//! where the state says that the design is to be made again.

use pickle_machine::Collection;
use pickle_machine::arena::{Arena, Shape as Made, Value};

/// The items of a state that have its formula evaluated: of statsmodels 0.15, and of versions before.
const RESTORE: &[&str] = &["restore_design_info", "restore_model_spec"];

/// The item that is evaluated.
const FORMULA: &str = "formula";

/// What a formula may call: transformations of columns.
const KNOWN: &[&str] = &[
    "C",
    "I",
    "bs",
    "cc",
    "center",
    "cr",
    "np.abs",
    "np.cos",
    "np.exp",
    "np.expm1",
    "np.log",
    "np.log10",
    "np.log1p",
    "np.log2",
    "np.sin",
    "np.sqrt",
    "np.tan",
    "poly",
    "scale",
    "standardize",
];

/// Whether a state that is given to data of statsmodels has more evaluated than names of columns, sums and products of them,
/// and transformations that are known; or is no dict that the stream shows.
pub(super) fn is_run(arena: &Arena<'_>, state: Value) -> bool {
    let Made::Container(Collection::Dict, contents) = arena.shape(state) else { return true };
    let pairs = contents.map(|contents| contents.pairs.as_slice()).unwrap_or_default();
    let named = |pair: &&[Value], names: &[&str]| {
        arena.text(pair[0]).is_some_and(|name| names.contains(&name.as_ref()))
    };
    if !pairs.chunks_exact(2).any(|pair| named(&pair, RESTORE)) {
        return false;
    }
    let mut formulas = pairs.chunks_exact(2).filter(|pair| named(pair, &[FORMULA])).peekable();
    formulas.peek().is_none()
        || formulas.any(|pair| !arena.text(pair[1]).is_some_and(|text| is_harmless(&text)))
}

/// Whether evaluating a formula reads columns and computes with them, and does nothing else.
fn is_harmless(formula: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " _+-*/:~,.()\n\t".contains(c);
    if !formula.chars().all(is_plain) || formula.contains("**") || formula.contains("__") {
        return false;
    }
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let mut rest = formula;
    while let Some(at) = rest.find(is_path) {
        let word = &rest[at..];
        let end = word.find(|c| !is_path(c)).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let is_number = word.starts_with(|c: char| c.is_ascii_digit())
            && word.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
        let is_called = after.trim_start().starts_with('(');
        if (is_called || word.contains('.') && !is_number) && !KNOWN.contains(&word) {
            return false;
        }
        rest = after;
    }
    // What is in parentheses may be called as well, and have attributes.
    let mut closing = formula.match_indices(')').map(|(at, _)| formula[at + 1..].trim_start());
    closing.all(|after| !after.starts_with(['(', '.'])) && !formula.contains(". ")
}

#[cfg(test)]
mod tests {
    #[test]
    fn formulas() {
        for good in [
            "y ~ a",
            "y ~ a + np.log(b+1) + C(g)",
            "y ~ a*b - 1",
            "y ~ a:b + I(a*a)",
            "y ~ 0.5*a",
            "y ~ (a + b)",
        ] {
            assert!(super::is_harmless(good), "{good}");
        }
        for bad in [
            "y ~ __import__('os').system('id')",
            "y ~ exec(a)",
            "y ~ a.run()",
            "y ~ I(9**9**9)",
            "y ~ (a)(b)",
            "y ~ (a).b",
            "y ~ np.load(a)",
            "y ~ np . load(a)",
            "y ~ np .\tload(a)",
            "y ~ a [0]",
            "y ~ (lambda: a) (b)",
        ] {
            assert!(!super::is_harmless(bad), "{bad}");
        }
    }
}
