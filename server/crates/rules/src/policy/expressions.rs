//! Libraries whose expressions evaluate the texts that they are made of: `policy/expressions.txt`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

const TEXT: &str = include_str!("../../policy/expressions.txt");

/// Modules whose objects have names, by the library that they are of.
fn table() -> &'static FxHashMap<&'static str, Vec<&'static str>> {
    static TABLE: LazyLock<FxHashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
        let line = |line: &'static str| {
            let (names, _) = line.split_once("  #")?;
            let (library, named) = names.split_once(' ').unwrap_or((names, ""));
            Some((library, named.split_ascii_whitespace().collect()))
        };
        TEXT.lines().filter(|text| !text.starts_with('#')).filter_map(line).collect()
    });
    &TABLE
}

/// Whether objects of a module evaluate the texts that they are made of.
pub(crate) fn evaluates_texts(module: &str) -> bool {
    let library = module.split('.').next().unwrap_or(module);
    library != module && table().get(library).is_some_and(|named| !named.contains(&module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_understood() {
        assert_eq!(table().len(), TEXT.lines().filter(|line| !line.starts_with('#')).count());
        assert!(evaluates_texts("sympy.core.add"));
        assert!(!evaluates_texts("sympy.core.symbol") && !evaluates_texts("sympy"));
        assert!(!evaluates_texts("sympyx.core.add"));
    }
}
