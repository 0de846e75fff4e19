//! Members that code takes for a number of steps, or for the size of what it makes: `policy/counts.txt`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// What is taken for a count in the objects of a library: the names of members, and the number that no file reaches.
#[derive(Debug, Default)]
pub(crate) struct Counts(FxHashMap<&'static str, i64>);

impl Counts {
    /// The name of a member as the table has it, and the number that it has to stay below.
    pub(crate) fn find(&self, name: &str) -> Option<(&'static str, i64)> {
        self.0.get_key_value(name).map(|(&name, &most)| (name, most))
    }
}

const TEXT: &str = include_str!("../../policy/counts.txt");

fn table() -> &'static FxHashMap<&'static str, Counts> {
    static TABLE: LazyLock<FxHashMap<&'static str, Counts>> = LazyLock::new(|| {
        let mut table: FxHashMap<&'static str, Counts> = FxHashMap::default();
        for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            if let (Some(library), Some(Ok(most))) = (words.next(), words.next().map(str::parse)) {
                table.entry(library).or_default().0.extend(words.map(|name| (name, most)));
            }
        }
        table
    });
    &TABLE
}

/// What is taken for a count in the objects of a class, by its module.
pub(crate) fn counts_of(module: &str) -> Option<&'static Counts> {
    table().get(module.split('.').next()?)
}

/// Names of members of all libraries.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    table().values().flat_map(|counts| counts.0.keys().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        for line in TEXT.lines().filter(|line| !line.starts_with('#')) {
            let names: Vec<&str> = line.split(' ').skip(2).collect();
            assert!(names.is_sorted(), "{line}");
        }
        let lines = TEXT.lines().filter(|line| !line.starts_with('#'));
        assert_eq!(names().count(), lines.map(|line| line.split(' ').count() - 2).sum::<usize>());
        assert!(TEXT.lines().all(|line| line.starts_with('#') || line.split(' ').count() > 2));
    }
}
