//! What code takes for a number of steps, or for a size, in the objects of a library: `policy/counts.txt`, read once.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// A line of the table: classes, and what is counted in their objects.
#[derive(Debug)]
struct Line {
    /// The module of the classes, or one that theirs is in.
    module: &'static str,
    /// How their names end; all of them, if it is empty.
    ending: &'static str,
    /// The number that no file reaches.
    most: i64,
    /// Names of members, sorted.
    names: Vec<&'static str>,
    kind: Kind,
}

/// What of a member is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The largest integer that it is or holds. What is a float is refused as a count.
    Largest,
    /// The same, or a float: it is a factor.
    Factor,
    /// All that it holds, multiplied: it is a size in several dimensions.
    Product,
    /// The lengths of the lists in a dict, multiplied; of several dicts, added.
    Lengths,
}

/// What is taken for a count in the objects of a class.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    lines: &'static [Line],
    /// Which of them are about the class.
    which: u64,
}

/// A number that a member has to stay below.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Count {
    /// The name of the member.
    pub(crate) member: &'static str,
    /// The number.
    pub(crate) most: i64,
    pub(crate) kind: Kind,
}

impl Counts {
    /// Whether it is about what is plain in lists and dicts, which has to be kept for it.
    pub(crate) fn asks_for_short(self) -> bool {
        let lines = self.lines.iter().enumerate();
        lines.filter(|(number, _)| self.which >> number & 1 == 1).any(|(_, line)| line.kind == Kind::Lengths)
    }

    /// What items of a state that is a list have to stay below, by their places.
    pub(crate) fn placed(self) -> impl Iterator<Item = (usize, Count)> {
        let lines = self.lines.iter().enumerate().filter(move |(number, _)| self.which >> number & 1 == 1);
        lines.flat_map(|(_, line)| {
            line.names.iter().filter_map(|name| {
                let (member, place) = name.split_once('@')?;
                Some((place.parse().ok()?, Count { member, most: line.most, kind: line.kind }))
            })
        })
    }

    /// What a member of that name has to stay below.
    pub(crate) fn find(self, name: &str) -> impl Iterator<Item = Count> {
        let lines = self.lines.iter().enumerate().filter(move |(number, _)| self.which >> number & 1 == 1);
        lines.filter_map(move |(_, line)| {
            let place = line.names.binary_search(&name).ok()?;
            Some(Count { member: line.names[place], most: line.most, kind: line.kind })
        })
    }
}

const TEXT: &str = include_str!("../../policy/counts.txt");

fn table() -> &'static FxHashMap<&'static str, Vec<Line>> {
    static TABLE: LazyLock<FxHashMap<&'static str, Vec<Line>>> = LazyLock::new(|| {
        let mut table: FxHashMap<&'static str, Vec<Line>> = FxHashMap::default();
        for line in TEXT.lines().filter_map(Line::read) {
            table.entry(library(line.module)).or_default().push(line);
        }
        table
    });
    &TABLE
}

impl Line {
    /// `library 65536 name …`, `library.module:2d 16384 name …`, `library 65536 * name …`,
    /// `library 65536 . name …`, `library 65536 x name …`.
    fn read(text: &'static str) -> Option<Self> {
        let mut words = text.split(' ').peekable();
        let classes = words.next().filter(|first| !first.starts_with('#'))?;
        let (module, ending) = classes.split_once(':').unwrap_or((classes, ""));
        let most = words.next()?.parse().ok()?;
        let kind = match words.next_if(|word| ["*", ".", "x"].contains(word)) {
            Some("*") => Kind::Product,
            Some("x") => Kind::Lengths,
            Some(_) => Kind::Factor,
            None => Kind::Largest,
        };
        Some(Self { module, ending, most, names: words.collect(), kind })
    }

    fn is_about(&self, module: &str, class: &str) -> bool {
        let rest = module.strip_prefix(self.module);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.')) && class.ends_with(self.ending)
    }
}

fn library(module: &str) -> &str {
    module.split('.').next().unwrap_or(module)
}

/// What is taken for a count in the objects of a class.
pub(crate) fn counts_of(module: &str, class: &str) -> Option<Counts> {
    let lines = table().get(library(module))?;
    let about = lines.iter().enumerate().filter(|(_, line)| line.is_about(module, class));
    let which = about.fold(0, |which, (number, _)| which | 1 << number);
    (which != 0).then_some(Counts { lines, which })
}

/// Names of members of all libraries.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    table().values().flatten().flat_map(|line| line.names.iter().copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted() {
        let written = || TEXT.lines().filter(|line| !line.starts_with('#'));
        for line in written() {
            let read = Line::read(line).unwrap();
            assert!(read.names.is_sorted() && !read.names.is_empty(), "{line}");
        }
        let first = |line: &'static str| line.split(' ').next();
        assert!(written().map(first).is_sorted());
        assert_eq!(table().values().map(Vec::len).sum::<usize>(), written().count());
        assert!(table().values().all(|lines| lines.len() <= 64), "each has a bit");
    }

    #[test]
    fn which_classes_a_line_is_about() {
        let line = Line::read("torch.nn:2d 65536 * size").unwrap();
        assert!(line.kind == Kind::Product && line.is_about("torch.nn.modules.fold", "Some2d"));
        assert!(line.is_about("torch.nn", "2d") && !line.is_about("torch.nn", "2D"));
        assert!(!line.is_about("torch.nnx", "Some2d") && !line.is_about("torch", "Some2d"));
        assert!(Line::read("library 65536 a b").unwrap().is_about("library", "Any"));
        assert_eq!(Line::read("library 65536 . a b").unwrap().names, ["a", "b"]);
        assert!(Line::read("# a 1 b").is_none());
    }
}
