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

fn table() -> &'static FxHashMap<&'static str, Vec<Evaluated>> {
    static TABLE: LazyLock<FxHashMap<&'static str, Vec<Evaluated>>> = LazyLock::new(|| {
        let mut table: FxHashMap<_, Vec<Evaluated>> = FxHashMap::default();
        for line in TEXT.lines().filter(|text| !text.starts_with('#')) {
            let line = line.split_once("  #").map_or(line, |(line, _)| line);
            let mut words = line.split(' ');
            let members = table.entry(words.next().unwrap_or_default()).or_default();
            members.extend(words.map(|word| match word.split_once('@') {
                Some((member, place)) => Evaluated { member, place: place.parse().ok() },
                None => Evaluated { member: word, place: None },
            }));
        }
        table
    });
    &TABLE
}

/// What is evaluated in the objects of a class, by its module.
pub(crate) fn evaluated_of(module: &str) -> &'static [Evaluated] {
    let library = || table().get(module.split('.').next()?);
    table().get(module).or_else(library).map_or(&[], Vec::as_slice)
}

/// Names of members of all classes.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    table().values().flatten().map(|evaluated| evaluated.member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_understood() {
        assert_eq!(table().len(), TEXT.lines().filter(|line| !line.starts_with('#')).count());
        assert_eq!(evaluated_of("lmfit.parameter"), [Evaluated { member: "expr", place: Some(3) }]);
        assert_eq!(evaluated_of("lmfit.model"), []);
        assert!(!evaluated_of("statsmodels.base.data").is_empty());
        assert!(evaluated_of("sktime.forecasting.naive").len() > 1);
        assert_eq!(evaluated_of("sktime.forecasting.model_selection._base").len(), 2);
    }
}
