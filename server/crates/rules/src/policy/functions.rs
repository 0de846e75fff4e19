//! Classes in whose state functions may be pickled: `policy/functions.txt`.

use std::sync::LazyLock;

const TEXT: &str = include_str!("../../policy/functions.txt");

/// What stands in front of functions, by the class.
type Table = Vec<((&'static str, &'static str), Vec<&'static str>)>;

fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| {
        let line = |line: &'static str| {
            let (class, marks) = line.split_once("  # ")?;
            Some((class.split_once(' ')?, marks.split_ascii_whitespace().collect()))
        };
        TEXT.lines().filter(|text| !text.starts_with('#')).filter_map(line).collect()
    });
    &TABLE
}

/// What stands in front of a function that is pickled in the state of a class; of most classes, nothing does.
pub(crate) fn functions_of(module: &str, name: &str) -> &'static [&'static str] {
    let of_class = table().iter().find(|(class, _)| *class == (module, name));
    of_class.map(|(_, marks)| marks.as_slice()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Policy, Verdict};

    #[test]
    fn the_table_is_understood() {
        assert_eq!(table().len(), TEXT.lines().filter(|line| !line.starts_with('#')).count());
        for ((module, name), marks) in table() {
            assert!(!marks.is_empty(), "{module} {name}");
            assert_eq!(Policy::default().judge(module, name), Verdict::Unlisted, "{module} {name}");
        }
    }
}
