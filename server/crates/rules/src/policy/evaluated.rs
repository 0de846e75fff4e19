//! Members that are text which code evaluates: `policy/evaluated.txt`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// A member that is evaluated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Evaluated {
    pub(crate) member: &'static str,
    /// Its place in a state that is a tuple.
    pub(crate) place: Option<usize>,
}

const TEXT: &str = include_str!("../../policy/evaluated.txt");

fn table() -> &'static FxHashMap<&'static str, Evaluated> {
    static TABLE: LazyLock<FxHashMap<&'static str, Evaluated>> = LazyLock::new(|| {
        let line = |line: &'static str| {
            let (module, rest) = line.split_once("  #").map_or(line, |(line, _)| line).split_once(' ')?;
            Some(match rest.split_once('@') {
                Some((member, place)) => (module, Evaluated { member, place: Some(place.parse().ok()?) }),
                None => (module, Evaluated { member: rest, place: None }),
            })
        };
        TEXT.lines().filter(|text| !text.starts_with('#')).filter_map(line).collect()
    });
    &TABLE
}

/// What is evaluated in the objects of a class, by its module.
pub(crate) fn evaluated_of(module: &str) -> Option<Evaluated> {
    let library = || table().get(module.split('.').next()?);
    table().get(module).or_else(library).copied()
}

/// Names of members of all classes.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    table().values().map(|evaluated| evaluated.member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_understood() {
        assert_eq!(table().len(), TEXT.lines().filter(|line| !line.starts_with('#')).count());
        assert_eq!(evaluated_of("lmfit.parameter"), Some(Evaluated { member: "expr", place: Some(3) }));
        assert_eq!(evaluated_of("lmfit.model"), None);
        assert!(evaluated_of("statsmodels.base.data").is_some());
    }
}
