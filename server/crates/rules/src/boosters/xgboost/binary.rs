//! Models of XGBoost in the binary form of versions up to 3.0: structures of C, one behind the other, in the order of the machine that
//! wrote them. `LearnerIO::LoadModel`, `GBTreeModel::Load` and `RegTree::Load` read it.

use super::{Field, Model, Tree, Wrong};

/// What stands in front of a model with its configuration, then the length of the model in eight bytes.
const HEADER: &[u8] = b"CONFIG-offset:";
/// What stands in front of a model, since 0.4.
const MAGIC: &[u8] = b"binf";

/// Bytes of `LearnerModelParamLegacy`, and of the parameters of a linear model.
const LEARNER: usize = 136;
/// Bytes of `GBTreeModelParam`.
const FOREST: usize = 160;
/// Bytes of `TreeParam`.
const TREE: usize = 148;
/// Bytes of a node, and of what is known of it in numbers.
const NODE: usize = 20;
const STATISTICS: usize = 16;

/// A model, and its configuration.
type Parts<'a> = (&'a [u8], &'a [u8]);

/// The model and its configuration, of a state that has both.
pub(super) fn parts(bytes: &[u8]) -> Result<Option<Parts<'_>>, Wrong> {
    let Some(rest) = bytes.strip_prefix(HEADER) else { return Ok(None) };
    let Some((length, rest)) = rest.split_first_chunk() else { return Ok(None) };
    let length = i64::from_le_bytes(*length);
    let both = usize::try_from(length).ok().and_then(|length| rest.split_at_checked(length));
    both.map(Some)
        .ok_or_else(|| format!("the model is said to have {length} bytes, and there are {}", rest.len()))
}

/// Reads a model; whether there is one that is not refused with an exception.
pub(super) fn read(bytes: &[u8], model: &mut Model) -> Result<bool, Wrong> {
    let mut reader = Reader { rest: bytes.strip_prefix(MAGIC).unwrap_or(bytes) };
    match reader.model(model) {
        Ok(()) => Ok(true),
        Err(Stop::Ends) => Ok(false),
        Err(Stop::Wrong(wrong)) => Err(wrong),
    }
}

/// Why a model is not read to its end.
enum Stop {
    /// There is no more of it, which is an exception.
    Ends,
    Wrong(Wrong),
}

impl From<Wrong> for Stop {
    fn from(wrong: Wrong) -> Self {
        Self::Wrong(wrong)
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn take(&mut self, length: usize) -> Result<&'a [u8], Stop> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Stop::Ends)?;
        self.rest = rest;
        Ok(taken)
    }

    /// So many items of a size, for which room is made before they are read.
    fn items(&mut self, count: i64, size: usize, what: &str) -> Result<&'a [u8], Stop> {
        let length = usize::try_from(count).ok().and_then(|count| count.checked_mul(size));
        match length.filter(|&length| length <= self.rest.len()) {
            Some(length) => self.take(length),
            None => Err(format!("there are said to be {count} {what}, in {} bytes", self.rest.len()).into()),
        }
    }

    /// A length, and so many items.
    fn vector(&mut self, size: usize, what: &str) -> Result<&'a [u8], Stop> {
        let (length, rest) = self.rest.split_first_chunk().ok_or(Stop::Ends)?;
        self.rest = rest;
        self.items(i64::from_le_bytes(*length), size, what)
    }

    fn model(&mut self, model: &mut Model) -> Result<(), Stop> {
        let learner = self.take(LEARNER)?;
        model.features = Some(i64::from(int(learner, 1).cast_unsigned()));
        model.classes = Some(int(learner, 2).into());
        model.targets = Some(int(learner, 7).into());
        self.vector(1, "letters in the name of the objective")?;
        let booster = self.vector(1, "letters in the name of the booster")?;
        match booster {
            b"gbtree" => self.forest(model)?,
            b"dart" => {
                self.forest(model)?;
                if model.trees > 0 {
                    model.count(Field::Dropped, self.vector(4, "weights of trees")?.len() / 4);
                }
            }
            b"gblinear" => {
                self.take(LEARNER)?;
                model.count(Field::Weights, self.vector(4, "weights")?.len() / 4);
            }
            _ => return Err(Stop::Ends),
        }
        // Attributes and metrics: pairs of texts, of which each is as long as it says.
        if int(learner, 3) != 0 {
            self.texts(2)?;
        }
        if int(learner, 4) != 0 {
            self.texts(1)?;
        }
        Ok(())
    }

    /// A number of groups of texts.
    fn texts(&mut self, each: i64) -> Result<(), Stop> {
        let (count, rest) = self.rest.split_first_chunk().ok_or(Stop::Ends)?;
        self.rest = rest;
        let count = i64::from_le_bytes(*count);
        // Each has a length of eight bytes.
        let least = usize::try_from(count).ok().and_then(|count| count.checked_mul(8));
        if least.is_none_or(|least| least > self.rest.len()) {
            return Err(format!("there are said to be {count} texts, in {} bytes", self.rest.len()).into());
        }
        for _ in 0..count.saturating_mul(each) {
            self.vector(1, "letters in a text")?;
        }
        Ok(())
    }

    fn forest(&mut self, model: &mut Model) -> Result<(), Stop> {
        let parameters = self.take(FOREST)?;
        let trees = int(parameters, 0);
        model.trees_said = Some(trees.into());
        if usize::try_from(trees).is_ok_and(|trees| trees > self.rest.len() / TREE) || trees < 0 {
            return Err(format!("there are said to be {trees} trees, in {} bytes", self.rest.len()).into());
        }
        for _ in 0..trees {
            model.tree = self.tree()?;
            model.finish_tree()?;
        }
        let groups = self.items(trees.into(), 4, "numbers of outputs")?;
        for number in 0..groups.len() / 4 {
            model.item(Field::TreeInfo, Some(int(groups, number).into()));
        }
        Ok(())
    }

    fn tree(&mut self) -> Result<Tree, Stop> {
        let parameters = self.take(TREE)?;
        let count = int(parameters, 1);
        if int(parameters, 5) > 1 {
            return Err(format!("a tree has vectors of {} at its leaves", int(parameters, 5)).into());
        }
        let nodes = self.items(count.into(), NODE, "nodes")?;
        self.items(count.into(), STATISTICS, "nodes")?;
        let count = nodes.len() / NODE;
        let mut tree = Tree { nodes: Some(int(parameters, 1).into()), ..Tree::default() };
        for node in nodes.chunks_exact(NODE) {
            // The highest bit says on which side of its parent a node is, and where missing values go.
            let low = |number: i32| number & i32::MAX;
            let parent = int(node, 0);
            let kept = [
                (Field::Parents, if parent == -1 { i32::MAX } else { low(parent) }),
                (Field::Left, int(node, 1)),
                (Field::Right, int(node, 2)),
                (Field::SplitIndices, low(int(node, 3))),
            ];
            for (field, number) in kept {
                tree.fields[field as usize].kept.push(number);
            }
        }
        let counted = [Field::SplitConditions, Field::DefaultLeft, Field::BaseWeights];
        for field in
            [Field::Parents, Field::Left, Field::Right, Field::SplitIndices].into_iter().chain(counted)
        {
            tree.fields[field as usize].count = count;
        }
        Ok(tree)
    }
}

/// The number at a place of a structure of numbers of four bytes; 0 behind its end.
fn int(structure: &[u8], number: usize) -> i32 {
    let bytes = structure.get(number * 4..).and_then(|rest| rest.first_chunk());
    bytes.map_or(0, |bytes| i32::from_le_bytes(*bytes))
}
