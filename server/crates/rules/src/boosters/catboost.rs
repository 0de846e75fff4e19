//! Models of CatBoost: a buffer of `model.fbs`, and tables of categories behind it. `TFullModel::Load` has the buffer verified, which says that
//! its offsets lead to what is there, and looks at no number in it; of the tables behind it not even that.

use super::flat::{Table, integers};
use super::{MOST_LEVELS, Wrong, too_deep};

mod categories;
#[cfg(test)]
mod tests;

use categories::Categories;

/// Fields of `TModelCore`.
mod core {
    pub(super) const FORMAT: usize = 0;
    pub(super) const TREES: usize = 1;
    pub(super) const INFO: usize = 2;
    pub(super) const PARTS: usize = 3;
}

/// Fields of `TModelTrees`.
mod trees {
    pub(super) const DIMENSION: usize = 0;
    pub(super) const SPLITS: usize = 1;
    pub(super) const SIZES: usize = 2;
    pub(super) const STARTS: usize = 3;
    pub(super) const CATEGORIES: usize = 4;
    pub(super) const FLOATS: usize = 5;
    pub(super) const ONE_HOT: usize = 6;
    pub(super) const COUNTERS: usize = 7;
    pub(super) const VALUES: usize = 8;
    pub(super) const WEIGHTS: usize = 9;
    pub(super) const STEPS: usize = 10;
    pub(super) const LEAVES: usize = 11;
    pub(super) const TEXTS: usize = 12;
    pub(super) const ESTIMATED: usize = 13;
    pub(super) const EMBEDDINGS: usize = 18;
}

/// Values of a leaf: as many as there are classes.
const MOST_DIMENSIONS: i32 = 1 << 16;

/// Columns of the data: an importance is computed for each.
const MOST_COLUMNS: i32 = 1 << 24;

/// Levels of a tree whose levels ask one question each; CatBoost makes 16.
const MOST_QUESTIONS: i32 = 30;

/// What keeps a model from being judged: features whose parts are in formats of their own.
pub(super) fn unread(bytes: &[u8]) -> Option<&'static str> {
    let has_texts = || {
        let trees = open(bytes)?.0.table(core::TREES)?;
        for field in [trees::TEXTS, trees::ESTIMATED, trees::EMBEDDINGS] {
            if let Some(trees) = &trees
                && trees.tables(field)?.next().is_some()
            {
                return Ok(true);
            }
        }
        Ok::<_, Wrong>(false)
    };
    has_texts().is_ok_and(|there| there).then_some("has texts or embeddings, whose numbers are not looked at")
}

/// The buffer of a model, and what is behind it.
fn open(bytes: &[u8]) -> Result<(Table<'_>, &[u8]), Wrong> {
    let rest = bytes.strip_prefix(b"CBM1").ok_or("it does not begin as one")?;
    let (buffer, rest) = sized(rest)?;
    Ok((Table::root(buffer)?, rest))
}

pub(super) fn judge(bytes: &[u8]) -> Result<(), Wrong> {
    let (model, rest) = open(bytes)?;
    if model.vector(core::FORMAT, 1)?.is_none() {
        return Err("it does not say in which format it is".to_owned());
    }
    let mut left = bytes.len();
    for pair in model.tables(core::INFO)? {
        let text = pair?.vector(1, 1)?.unwrap_or_default();
        left = left.checked_sub(text.len()).ok_or("its descriptions lie one over the other")?;
        shallow(text)?;
    }
    let mut categories = Categories::new(bytes.len());
    match model.texts(core::PARTS)?.collect::<Result<Vec<_>, _>>()?.as_slice() {
        [] => {}
        [b"static_provider_v1"] => categories.read(rest)?,
        _ => return Err("it has other parts than tables of categories".to_owned()),
    }
    match model.table(core::TREES)? {
        Some(trees) => judge_trees(&trees, &mut categories),
        None => Ok(()),
    }
}

/// Bytes with their length in front, and what is behind them.
fn sized(bytes: &[u8]) -> Result<(&[u8], &[u8]), Wrong> {
    let cut = || "it ends in the middle of a length".to_owned();
    let (length, rest) = bytes.split_first_chunk().ok_or_else(cut)?;
    let length = u32::from_le_bytes(*length);
    let (length, rest) = if length == u32::MAX {
        let (length, rest) = rest.split_first_chunk().ok_or_else(cut)?;
        (u64::from_le_bytes(*length), rest)
    } else {
        (u64::from(length), rest)
    };
    let split = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
    split.ok_or_else(|| format!("a length in it is {length}, where {} bytes are left", rest.len()))
}

/// What describes the training is JSON, and its reader goes down by recursion.
fn shallow(text: &[u8]) -> Result<(), Wrong> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for &byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_LEVELS {
            return Err(too_deep());
        }
    }
    Ok(())
}

fn judge_trees(model: &Table<'_>, categories: &mut Categories) -> Result<(), Wrong> {
    let dimension = model.integer(trees::DIMENSION, 0)?;
    let sizes = model.vector(trees::SIZES, 4)?.unwrap_or_default();
    if !(1..=MOST_DIMENSIONS).contains(&dimension) && !sizes.is_empty() {
        return Err(format!("a leaf of it has {dimension} values"));
    }
    let questions = questions(model, categories)?;
    let forest = Forest {
        dimension: u64::from(dimension.unsigned_abs()),
        values: count(model.vector(trees::VALUES, 8)?, 8),
        weights: count(model.vector(trees::WEIGHTS, 8)?, 8),
        splits: model.vector(trees::SPLITS, 4)?.unwrap_or_default(),
        steps: model.vector(trees::STEPS, 4)?.unwrap_or_default(),
        leaves: model.vector(trees::LEAVES, 4)?.unwrap_or_default(),
    };
    forest.answers(questions)?;
    let starts = model.vector(trees::STARTS, 4)?.unwrap_or_default();
    forest.judge(sizes, starts)
}

fn count(items: Option<&[u8]>, size: usize) -> u64 {
    u64::try_from(items.unwrap_or_default().len() / size).unwrap_or(u64::MAX)
}

/// How many questions trees can ask; features are in the order of their columns, of which the last one says how many there are.
fn questions(model: &Table<'_>, categories: &mut Categories) -> Result<u64, Wrong> {
    let mut questions = 0;
    let mut last = (-1, -1);
    for feature in model.tables(trees::FLOATS)? {
        let feature = feature?;
        last = column(last, (feature.integer(1, -1)?, feature.integer(2, -1)?))?;
        questions += count(feature.vector(3, 4)?, 4);
    }
    last = (-1, -1);
    for feature in model.tables(trees::CATEGORIES)? {
        let feature = feature?;
        last = column(last, (feature.integer(0, -1)?, feature.integer(1, -1)?))?;
    }
    for feature in model.tables(trees::ONE_HOT)? {
        questions += count(feature?.vector(1, 4)?, 4);
    }
    for feature in model.tables(trees::COUNTERS)? {
        let feature = feature?;
        let counter = feature.table(0)?.ok_or("a counter of categories is missing")?;
        categories.asked(&counter)?;
        questions += count(feature.vector(1, 4)?, 4);
    }
    Ok(questions)
}

fn column(last: (i32, i32), this: (i32, i32)) -> Result<(i32, i32), Wrong> {
    let rises = |last: i32, this: i32| last < this && this < MOST_COLUMNS;
    if rises(last.0, this.0) && rises(last.1, this.1) {
        return Ok(this);
    }
    Err(format!("a feature is column {}, {} of its kind, behind column {}", this.1, this.0, last.1))
}

/// Trees, in arrays that they share.
struct Forest<'a> {
    /// Values of a leaf.
    dimension: u64,
    values: u64,
    weights: u64,
    /// The question of each node, or of each level of a tree whose levels ask one each.
    splits: &'a [u8],
    /// How far it is to the node on the left and on the right, two bytes each; 0 if there is none. Nothing, if levels ask one question each.
    steps: &'a [u8],
    /// Where the values of a node begin that has not both.
    leaves: &'a [u8],
}

impl Forest<'_> {
    /// Whether all questions are there.
    fn answers(&self, questions: u64) -> Result<(), Wrong> {
        // What asks nothing at all has a 0 for each node.
        let is_empty = questions == 0 && !self.steps.is_empty();
        for split in integers(self.splits) {
            let known = u64::try_from(split).is_ok_and(|split| split < questions || is_empty && split == 0);
            if !known {
                return Err(format!("a node asks question {split}, of {questions}"));
            }
        }
        Ok(())
    }

    fn judge(&self, sizes: &[u8], starts: &[u8]) -> Result<(), Wrong> {
        if starts.len() != sizes.len() {
            return Err(format!("{} trees have {} beginnings", sizes.len() / 4, starts.len() / 4));
        }
        let mut next = 0;
        let mut values = 0_u64;
        for (number, (size, start)) in integers(sizes).zip(integers(starts)).enumerate() {
            let of = |wrong: Wrong| format!("in tree {number}, {wrong}");
            let length = usize::try_from(size).map_err(|_| of(format!("there are {size} nodes")))?;
            if usize::try_from(start) != Ok(next) {
                return Err(of(format!("the nodes begin at {start}, and those before end at {next}")));
            }
            let nodes = next..next.saturating_add(length);
            next = nodes.end;
            if nodes.end > self.splits.len() / 4 {
                return Err(of(format!("the nodes end at {}, of {}", nodes.end, self.splits.len() / 4)));
            }
            if self.steps.is_empty() {
                if size > MOST_QUESTIONS {
                    return Err(of(format!("there are {size} levels")));
                }
                values = values.saturating_add(self.dimension << size);
            } else {
                values = self.walk(nodes, values).map_err(of)?;
            }
        }
        if values > self.values {
            return Err(format!("there are {} values of leaves, and there have to be {values}", self.values));
        }
        let leaves = values.checked_div(self.dimension).unwrap_or(0);
        if self.weights != 0 && self.weights < leaves {
            return Err(format!(
                "there are {} weights of leaves, and there have to be {leaves}",
                self.weights
            ));
        }
        Ok(())
    }

    /// Whether the nodes of a tree lead on, and to values behind those of the trees before; where its values end.
    fn walk(&self, nodes: std::ops::Range<usize>, first: u64) -> Result<u64, Wrong> {
        let (steps, leaves) = (self.steps.as_chunks::<4>().0, self.leaves.as_chunks::<4>().0);
        let mut end = first;
        for (node, left) in nodes.clone().zip((1..=nodes.len()).rev()) {
            let (Some(&[a, b, c, d]), Some(&leaf)) = (steps.get(node), leaves.get(node)) else {
                return Err(format!("node {node} leads to nothing"));
            };
            let (near, far) = (u16::from_le_bytes([a, b]), u16::from_le_bytes([c, d]));
            if usize::from(near.max(far)) >= left {
                return Err(format!("node {node} leads to a node {} behind it, of {left}", near.max(far)));
            }
            if near == 0 || far == 0 {
                let leaf = u64::from(u32::from_le_bytes(leaf));
                if leaf < first {
                    return Err(format!(
                        "the values of a leaf begin at {leaf}, and those of the tree at {first}"
                    ));
                }
                end = end.max(leaf.saturating_add(self.dimension));
            }
        }
        Ok(end)
    }
}
