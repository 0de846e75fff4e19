//! Models of LightGBM, which are text: `GBDT::LoadModelFromString` and the constructor of `Tree` read it, in threads of their own where
//! an exception ends the process.

use super::trees::{Child, walk};
use super::{Wrong, integer};

/// Lines of a tree, of which no more are read.
const MOST_LINES: usize = 22;

/// The lines of a tree that are looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    NumLeaves,
    NumCat,
    LeftChild,
    RightChild,
    SplitFeature,
    Threshold,
    DecisionType,
    LeafValue,
    LeafWeight,
    CatBoundaries,
    CatThreshold,
    IsLinear,
    LeafConst,
    NumFeatures,
    LeafFeatures,
    LeafCoeff,
}

/// Their names, in the order of [`Key`].
const NAMES: [&str; Key::LeafCoeff as usize + 1] = [
    "num_leaves",
    "num_cat",
    "left_child",
    "right_child",
    "split_feature",
    "threshold",
    "decision_type",
    "leaf_value",
    "leaf_weight",
    "cat_boundaries",
    "cat_threshold",
    "is_linear",
    "leaf_const",
    "num_features",
    "leaf_features",
    "leaf_coeff",
];

/// A node is one of categories, by this bit of its `decision_type`.
const CATEGORICAL: i32 = 1;

/// Lines of a text, as far as they were not taken.
#[derive(Clone, Copy)]
struct Lines<'a> {
    text: &'a [u8],
    at: usize,
}

impl<'a> Lines<'a> {
    /// The next line without its end; `None`: there is no more text.
    fn line(&mut self) -> Option<&'a [u8]> {
        let rest = self.text.get(self.at..).filter(|rest| !rest.is_empty())?;
        let length = rest.iter().position(|byte| b"\r\n".contains(byte)).unwrap_or(rest.len());
        self.at += length;
        for end in b"\r\n" {
            if self.text.get(self.at) == Some(end) {
                self.at += 1;
            }
        }
        rest.get(..length)
    }
}

/// What stands before the trees.
#[derive(Debug, Default)]
struct Header<'a> {
    classes: Option<i64>,
    trees_per_iteration: Option<i64>,
    last_feature: Option<i64>,
    objective: &'a [u8],
    sizes: Option<&'a [u8]>,
}

/// What in a model leads its code beyond what is there.
pub(super) fn judge(bytes: &[u8]) -> Result<(), Wrong> {
    // It is given on as a string of C.
    let text = bytes.split(|&byte| byte == 0).next().unwrap_or_default();
    let mut lines = Lines { text, at: 0 };
    let header = Header::read(&mut lines);
    // It is refused with an exception where one of these is missing.
    let (Some(classes), Some(last_feature)) = (header.classes, header.last_feature) else { return Ok(()) };
    let per_iteration = header.trees_per_iteration.unwrap_or(classes);
    if per_iteration < 1 || per_iteration > classes {
        return Err(format!("`num_tree_per_iteration` is {per_iteration}, and there are {classes} classes"));
    }
    let of_objective = words(header.objective).find_map(|word| integer(word.strip_prefix(b"num_class:")?));
    if let Some(number) = of_objective.filter(|&number| number > per_iteration) {
        return Err(format!(
            "`objective` has {number} classes, and there are {per_iteration} trees for each step"
        ));
    }
    match header.sizes {
        Some(sizes) => {
            for (number, size) in words(sizes).enumerate() {
                let end = integer(size).and_then(|size| lines.at.checked_add(usize::try_from(size).ok()?));
                let end = end.filter(|&end| end <= text.len());
                let end =
                    end.ok_or_else(|| format!("`tree_sizes` leads beyond the end with tree {number}"))?;
                tree(&mut lines, number, last_feature)?;
                if lines.at > end {
                    return Err(format!("`tree_sizes` ends in the middle of tree {number}"));
                }
                lines.at = end;
            }
            Ok(())
        }
        None => {
            let mut number = 0;
            while is_tree(lines.text.get(lines.at..)) {
                tree(&mut lines, number, last_feature)?;
                number += 1;
                while lines.text.get(lines.at).is_some_and(|byte| b"\r\n".contains(byte)) {
                    lines.at += 1;
                }
            }
            Ok(())
        }
    }
}

fn is_tree(rest: Option<&[u8]>) -> bool {
    rest.is_some_and(|rest| rest.starts_with(b"Tree="))
}

fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    line.split(|&byte| byte == b' ').filter(|word| !word.is_empty())
}

impl<'a> Header<'a> {
    /// Reads up to the first tree.
    fn read(lines: &mut Lines<'a>) -> Self {
        let mut header = Self::default();
        loop {
            let start = lines.at;
            let Some(line) = lines.line() else { return header };
            if is_tree(Some(line)) {
                lines.at = start;
                return header;
            }
            let Some(equals) = line.iter().position(|&byte| byte == b'=') else { continue };
            let (key, value) = (&line[..equals], &line[equals + 1..]);
            match key {
                b"num_class" => header.classes = integer(value),
                b"num_tree_per_iteration" => header.trees_per_iteration = integer(value),
                b"max_feature_idx" => header.last_feature = integer(value),
                b"objective" => header.objective = value,
                b"tree_sizes" => header.sizes = Some(value),
                _ => {}
            }
        }
    }
}

/// Reads a tree, with the line in front of it, and judges it.
fn tree(lines: &mut Lines<'_>, number: usize, last_feature: i64) -> Result<(), Wrong> {
    let of = |wrong: Wrong| format!("in tree {number}, {wrong}");
    if !is_tree(lines.text.get(lines.at..)) {
        return Err(format!("tree {number} is not where `tree_sizes` says"));
    }
    lines.line();
    Tree::read(lines).map_err(of)?.judge(last_feature).map_err(of)
}

/// What the lines of a tree say.
#[derive(Debug, Default)]
struct Tree<'a> {
    values: [Option<&'a [u8]>; NAMES.len()],
}

impl<'a> Tree<'a> {
    /// Reads up to an empty line.
    fn read(lines: &mut Lines<'a>) -> Result<Self, Wrong> {
        let mut tree = Self::default();
        for _ in 0..=MOST_LINES {
            let line = lines.line().ok_or("the text ends")?;
            if line.is_empty() {
                return Ok(tree);
            }
            let equals = line.iter().position(|&byte| byte == b'=').ok_or("there is a line without `=`")?;
            let (key, value) = (&line[..equals], &line[equals + 1..]);
            let Some(key) = NAMES.iter().position(|name| name.as_bytes() == key) else { continue };
            if tree.values[key].replace(value).is_some() {
                return Err(format!("`{}` is there twice", NAMES[key]));
            }
        }
        Err(format!("there are more than {MOST_LINES} lines"))
    }

    fn value(&self, key: Key) -> Option<&'a [u8]> {
        self.values[key as usize]
    }

    /// A number, which is 0 where there is no such line.
    fn number(&self, key: Key) -> Result<i32, Wrong> {
        let name = NAMES[key as usize];
        let Some(value) = self.value(key) else { return Ok(0) };
        let number = integer(value).and_then(|number| i32::try_from(number).ok());
        number.ok_or_else(|| format!("`{name}` is no number"))
    }

    /// Integers, of which there must be so many.
    fn integers(&self, key: Key, count: usize) -> Result<Vec<i32>, Wrong> {
        self.has_length(key, count)?;
        let name = NAMES[key as usize];
        let parse = |word| integer(word).and_then(|number| i32::try_from(number).ok());
        let numbers = words(self.value(key).unwrap_or_default()).map(parse);
        numbers.collect::<Option<_>>().ok_or_else(|| format!("`{name}` has something else than integers"))
    }

    fn has_length(&self, key: Key, count: usize) -> Result<(), Wrong> {
        let there = words(self.value(key).unwrap_or_default()).count();
        if there == count {
            return Ok(());
        }
        Err(format!("there are {there} numbers in `{}`, and there have to be {count}", NAMES[key as usize]))
    }

    fn judge(&self, last_feature: i64) -> Result<(), Wrong> {
        let leaves = self.number(Key::NumLeaves)?;
        let leaves = usize::try_from(leaves).map_err(|_| format!("`num_leaves` is {leaves}"))?;
        self.has_length(Key::LeafValue, leaves)?;
        if self.number(Key::IsLinear)? != 0 {
            self.judge_linear(leaves, last_feature)?;
        }
        if leaves <= 1 {
            return Ok(());
        }
        if self.value(Key::LeafWeight).is_some() {
            self.has_length(Key::LeafWeight, leaves)?;
        }
        let nodes = leaves - 1;
        let categories = self.categories()?;
        let (left, right) = (self.integers(Key::LeftChild, nodes)?, self.integers(Key::RightChild, nodes)?);
        let features = self.integers(Key::SplitFeature, nodes)?;
        let is_feature = |feature: i32| (0..=last_feature).contains(&i64::from(feature));
        if let Some(feature) = features.iter().find(|&&feature| !is_feature(feature)) {
            return Err(format!("`split_feature` has {feature}, and the last one is {last_feature}"));
        }
        self.judge_thresholds(nodes, categories)?;
        walk(nodes, |node| {
            let children = [left[node], right[node]];
            let leads = |child: i32| match usize::try_from(child) {
                Ok(child) => (child < nodes).then_some(Child::Node(child)),
                Err(_) => usize::try_from(!child).is_ok_and(|leaf| leaf < leaves).then_some(Child::Leaf),
            };
            match children.map(leads) {
                [Some(left), Some(right)] => Ok([left, right]),
                _ => {
                    let [left, right] = children;
                    Err(format!("node {node} leads to {left} and {right}, and there are {leaves} leaves"))
                }
            }
        })
    }

    /// How many sets of categories there are: runs of `cat_threshold`.
    fn categories(&self) -> Result<i32, Wrong> {
        let sets = self.number(Key::NumCat)?;
        if sets <= 0 {
            return Ok(0);
        }
        let bounds =
            self.integers(Key::CatBoundaries, usize::try_from(sets).unwrap_or(0).saturating_add(1))?;
        let words = words(self.value(Key::CatThreshold).unwrap_or_default()).count();
        let last = bounds.last().and_then(|&last| usize::try_from(last).ok());
        if !bounds.is_sorted() || bounds.first() != Some(&0) || last != Some(words) {
            return Err(format!(
                "`cat_boundaries` does not rise from 0 to {words}, the length of `cat_threshold`"
            ));
        }
        Ok(sets)
    }

    /// The threshold of a node of categories is the number of a set of them.
    fn judge_thresholds(&self, nodes: usize, categories: i32) -> Result<(), Wrong> {
        self.has_length(Key::Threshold, nodes)?;
        if self.value(Key::DecisionType).is_none() {
            return Ok(());
        }
        let kinds = self.integers(Key::DecisionType, nodes)?;
        let thresholds = words(self.value(Key::Threshold).unwrap_or_default());
        for (threshold, _) in thresholds.zip(&kinds).filter(|(_, kind)| **kind & CATEGORICAL != 0) {
            if !integer(threshold).is_some_and(|set| (0..i64::from(categories)).contains(&set)) {
                let threshold = String::from_utf8_lossy(threshold);
                return Err(format!("a node has categories {threshold:.20}, of {categories}"));
            }
        }
        Ok(())
    }

    /// Of each leaf the features of its model: so many of them, and a coefficient each.
    fn judge_linear(&self, leaves: usize, last_feature: i64) -> Result<(), Wrong> {
        self.has_length(Key::LeafConst, leaves)?;
        let counts = self.integers(Key::NumFeatures, leaves)?;
        let all = counts.iter().try_fold(0_usize, |all, &one| all.checked_add(usize::try_from(one).ok()?));
        let all = all.ok_or("`num_features` has a negative number")?;
        self.has_length(Key::LeafCoeff, all)?;
        let features = self.integers(Key::LeafFeatures, all)?;
        match features.iter().find(|&&feature| !(0..=last_feature).contains(&i64::from(feature))) {
            Some(feature) => {
                Err(format!("`leaf_features` has {feature}, and the last one is {last_feature}"))
            }
            None => Ok(()),
        }
    }
}
