//! Models of XGBoost in UBJSON or JSON: `RegTree::LoadModel` and `GBTreeModel::LoadModel` say what is compared when they are loaded.

use super::trees::{Child, walk};
use super::{Scalar, Visitor, Wrong, integer, json, ubjson};

mod binary;

/// Where in the document something is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Root,
    Model,
    Learner,
    LearnerParam,
    Booster,
    Forest,
    ForestParam,
    Trees,
    Tree,
    TreeParam,
    Array(Field),
    Elsewhere,
}

/// An array that is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Field {
    Left,
    Right,
    Parents,
    SplitIndices,
    SplitConditions,
    DefaultLeft,
    BaseWeights,
    LeafWeights,
    SplitType,
    Categories,
    CategoriesNodes,
    CategoriesSegments,
    CategoriesSizes,
    TreeInfo,
    Indptr,
    Weights,
    Dropped,
}

/// How many [`Field`]s belong to a tree.
const OF_TREE: usize = Field::TreeInfo as usize;
const OF_MODEL: usize = Field::Dropped as usize - OF_TREE + 1;

const NAMES: [&str; OF_TREE + OF_MODEL] = [
    "left_children",
    "right_children",
    "parents",
    "split_indices",
    "split_conditions",
    "default_left",
    "base_weights",
    "leaf_weights",
    "split_type",
    "categories",
    "categories_nodes",
    "categories_segments",
    "categories_sizes",
    "tree_info",
    "iteration_indptr",
    "weights",
    "weight_drop",
];

const TREE_FIELDS: [Field; OF_TREE] = [
    Field::Left,
    Field::Right,
    Field::Parents,
    Field::SplitIndices,
    Field::SplitConditions,
    Field::DefaultLeft,
    Field::BaseWeights,
    Field::LeafWeights,
    Field::SplitType,
    Field::Categories,
    Field::CategoriesNodes,
    Field::CategoriesSegments,
    Field::CategoriesSizes,
];

/// A field of a tree whose numbers are kept; of others it counts how many there are.
fn is_kept(field: Field) -> bool {
    !matches!(field, Field::SplitConditions | Field::DefaultLeft | Field::BaseWeights | Field::LeafWeights)
}

/// A number of a field that is not there or is no integer.
const NONE: i32 = i32::MIN;

/// A category is a bit.
const MOST_CATEGORIES: i32 = 1 << 24;

/// An array of numbers: integers that are kept, and how many there are.
#[derive(Debug, Default)]
struct Numbers {
    kept: Vec<i32>,
    count: usize,
    is_there: bool,
}

impl Numbers {
    fn at(&self, number: usize) -> i32 {
        self.kept.get(number).copied().unwrap_or(NONE)
    }
}

/// A tree while it is read.
#[derive(Debug, Default)]
struct Tree {
    fields: [Numbers; OF_TREE],
    nodes: Option<i64>,
    leaf_vector: Option<i64>,
    id: Option<i64>,
}

impl Tree {
    fn field(&self, field: Field) -> &Numbers {
        &self.fields[field as usize]
    }
}

/// What integers come to.
#[derive(Debug)]
struct Sum {
    count: usize,
    least: i64,
    most: i64,
    last: i64,
    rises: bool,
}

impl Default for Sum {
    fn default() -> Self {
        Self { count: 0, least: i64::MAX, most: i64::MIN, last: i64::MIN, rises: true }
    }
}

/// The model, as far as it is read.
#[derive(Debug, Default)]
struct Model {
    places: Vec<(Place, u32)>,
    tree: Tree,
    trees: usize,
    trees_said: Option<i64>,
    split_index: i32,
    sums: [Sum; OF_MODEL],
    has_learner: bool,
    features: Option<i64>,
    classes: Option<i64>,
    targets: Option<i64>,
}

/// Outputs of a model, for each of which there is a number for each row that it is given.
const MOST_OUTPUTS: i64 = 1 << 20;

/// Features, for each of which there is a number for each row where contributions are asked for.
const MOST_FEATURES: i64 = 1 << 26;

/// What in a model leads its code beyond what is there.
pub(super) fn judge(bytes: &[u8]) -> Result<(), Wrong> {
    let mut model = Model { split_index: -1, ..Model::default() };
    let is_whole = match binary::parts(bytes)? {
        Some((own, configuration)) => {
            // Of this only how deep it goes is asked.
            document(configuration, &mut Model::default())?;
            document(own, &mut model)?
        }
        None => document(bytes, &mut model)?,
    };
    if is_whole { model.finish() } else { Ok(()) }
}

/// Reads a model in one of its forms; whether it is whole.
fn document(bytes: &[u8], model: &mut Model) -> Result<bool, Wrong> {
    match bytes {
        [b'{', second, ..] if second.is_ascii_alphabetic() => ubjson::read(bytes, model),
        [b'{', ..] => json::read(bytes, model),
        _ => binary::read(bytes, model),
    }
}

impl<'a> Visitor<'a> for Model {
    fn open(&mut self, key: Option<&'a [u8]>) -> Result<(), Wrong> {
        let place = self.enter(key)?;
        if place == Place::Tree {
            self.tree = Tree::default();
        }
        if let Place::Array(field) = place
            && let Some(numbers) = self.tree.fields.get_mut(field as usize)
        {
            numbers.is_there = true;
        }
        self.places.push((place, 0));
        Ok(())
    }

    fn value(&mut self, key: Option<&'a [u8]>, value: Scalar<'a>) -> Result<(), Wrong> {
        let number = match value {
            Scalar::Int(number) => Some(number),
            Scalar::Text(text) => integer(text),
            Scalar::Other => None,
        };
        let Some(&mut (place, ref mut seen)) = self.places.last_mut() else { return Ok(()) };
        let (slot, bit) = match (place, key) {
            (Place::Elsewhere, _) => return Ok(()),
            (_, Some(key)) if key.contains(&b'\\') => return Err("a name in it has escapes".to_owned()),
            (Place::Array(field), _) => {
                self.item(field, number);
                return Ok(());
            }
            (Place::LearnerParam, Some(b"num_feature")) => (&mut self.features, 1),
            (Place::LearnerParam, Some(b"num_class")) => (&mut self.classes, 2),
            (Place::LearnerParam, Some(b"num_target")) => (&mut self.targets, 4),
            (Place::ForestParam, Some(b"num_trees")) => (&mut self.trees_said, 1),
            (Place::TreeParam, Some(b"num_nodes")) => (&mut self.tree.nodes, 1),
            (Place::TreeParam, Some(b"size_leaf_vector")) => (&mut self.tree.leaf_vector, 2),
            (Place::Tree, Some(b"id")) => (&mut self.tree.id, 1 << 31),
            _ => return Ok(()),
        };
        let is_text = matches!(value, Scalar::Text(_));
        if is_text && number.is_none() {
            return Err(format!("`{}` is no number", String::from_utf8_lossy(key.unwrap_or_default())));
        }
        *slot = number;
        once(seen, bit, key)
    }

    fn others(&mut self, count: usize) {
        if let Some(&(Place::Array(field), _)) = self.places.last() {
            match self.tree.fields.get_mut(field as usize) {
                Some(numbers) => numbers.count += count,
                None => self.sums[field as usize - OF_TREE].count += count,
            }
        }
    }

    fn close(&mut self) -> Result<(), Wrong> {
        match self.places.pop() {
            Some((Place::Tree, _)) => self.finish_tree(),
            _ => Ok(()),
        }
    }
}

/// Notes that a name was there, which must not be there again: readers do not agree on which of the two counts.
fn once(seen: &mut u32, bit: u32, key: Option<&[u8]>) -> Result<(), Wrong> {
    if *seen & bit != 0 {
        return Err(format!("`{}` is there twice", String::from_utf8_lossy(key.unwrap_or_default())));
    }
    *seen |= bit;
    Ok(())
}

impl Model {
    /// Where a key leads.
    fn enter(&mut self, key: Option<&[u8]>) -> Result<Place, Wrong> {
        let Some((place, seen)) = self.places.last_mut() else { return Ok(Place::Root) };
        let numbered = |key: &[u8]| NAMES.iter().position(|name| name.as_bytes() == key);
        let (next, bit) = match (*place, key) {
            (Place::Elsewhere | Place::Array(_), _) => return Ok(Place::Elsewhere),
            // A name could be written so that it is not known here.
            (_, Some(key)) if key.contains(&b'\\') => return Err("a name in it has escapes".to_owned()),
            (Place::Trees, _) => return Ok(Place::Tree),
            (Place::Root, Some(b"Model")) => (Place::Model, 1),
            (Place::Root | Place::Model, Some(b"learner")) if !self.has_learner => {
                self.has_learner = true;
                (Place::Learner, 2)
            }
            (Place::Root | Place::Model, Some(b"learner")) => return Err("`learner` is there twice".into()),
            (Place::Learner, Some(b"gradient_booster")) => (Place::Booster, 1),
            (Place::Learner, Some(b"learner_model_param")) => (Place::LearnerParam, 2),
            (Place::Booster, Some(b"gbtree")) => (Place::Booster, 1),
            (Place::Booster, Some(b"model")) => (Place::Forest, 1),
            (Place::Booster, Some(b"weight_drop")) => (Place::Array(Field::Dropped), 2),
            (Place::Forest, Some(b"trees")) => (Place::Trees, 1 << 31),
            (Place::Forest, Some(b"gbtree_model_param")) => (Place::ForestParam, 1 << 30),
            (Place::Tree, Some(b"tree_param")) => (Place::TreeParam, 1 << 30),
            (Place::Forest, Some(key)) => {
                match numbered(key).and_then(|number| number.checked_sub(OF_TREE)) {
                    Some(0) => (Place::Array(Field::TreeInfo), 1),
                    Some(1) => (Place::Array(Field::Indptr), 2),
                    Some(2) => (Place::Array(Field::Weights), 4),
                    _ => return Ok(Place::Elsewhere),
                }
            }
            (Place::Tree, Some(key)) => match numbered(key).and_then(|number| TREE_FIELDS.get(number)) {
                Some(&field) => (Place::Array(field), 1 << field as u32),
                None => return Ok(Place::Elsewhere),
            },
            _ => return Ok(Place::Elsewhere),
        };
        once(seen, bit, key)?;
        Ok(next)
    }

    /// Notes so many numbers of the model that are not looked at.
    fn count(&mut self, field: Field, count: usize) {
        if let Some(sum) = (field as usize).checked_sub(OF_TREE).and_then(|at| self.sums.get_mut(at)) {
            sum.count += count;
        }
    }

    fn item(&mut self, field: Field, number: Option<i64>) {
        if let Some(numbers) = self.tree.fields.get_mut(field as usize) {
            numbers.count += 1;
            if is_kept(field) {
                let clamped = number.map(|number| number.clamp(i64::from(NONE + 1), i64::from(i32::MAX)));
                numbers.kept.push(clamped.and_then(|number| i32::try_from(number).ok()).unwrap_or(NONE));
            }
            return;
        }
        let sum = &mut self.sums[field as usize - OF_TREE];
        sum.count += 1;
        if let Some(number) = number {
            sum.rises &= sum.last <= number;
            (sum.least, sum.most, sum.last) = (sum.least.min(number), sum.most.max(number), number);
        }
    }

    fn finish_tree(&mut self) -> Result<(), Wrong> {
        let number = self.trees;
        self.trees += 1;
        let tree = std::mem::take(&mut self.tree);
        let most = tree.judge(number).map_err(|wrong| format!("in tree {number}, {wrong}"))?;
        self.split_index = self.split_index.max(most);
        Ok(())
    }

    /// What is known only when all of it was read.
    fn finish(&self) -> Result<(), Wrong> {
        let features = self.features.unwrap_or(0);
        for (name, number, most) in [
            ("num_feature", self.features, MOST_FEATURES),
            ("num_class", self.classes, MOST_OUTPUTS),
            ("num_target", self.targets, MOST_OUTPUTS),
        ] {
            if let Some(number) = number.filter(|number| !(0..most).contains(number)) {
                return Err(format!("`{name}` is {number}, and room is made for as many in each row"));
            }
        }
        if i64::from(self.split_index) >= features && self.split_index >= 0 {
            return Err(format!(
                "`split_indices` reaches {}, and has to be less than {features}, which is `num_feature`",
                self.split_index
            ));
        }
        let [info, indptr, weights, dropped] = &self.sums;
        let said = self.trees_said.unwrap_or(0);
        if usize::try_from(said) != Ok(self.trees) {
            return Err(format!("`num_trees` is {said}, and there are {}", self.trees));
        }
        if dropped.count > 0 && dropped.count != self.trees {
            return Err(format!("there are {} `weight_drop` for {} trees", dropped.count, self.trees));
        }
        let groups = self.classes.max(self.targets).unwrap_or(1).max(1);
        if info.count != self.trees {
            return Err(format!("there are {} numbers in `tree_info`, and {} trees", info.count, self.trees));
        }
        if info.count > 0 && (info.least < 0 || info.most >= groups) {
            let there = if info.least < 0 { info.least } else { info.most };
            return Err(format!("`tree_info` has {there}, and the model has {groups} outputs"));
        }
        let ends = (indptr.least, usize::try_from(indptr.last));
        if indptr.count > 0 && (!indptr.rises || ends != (0, Ok(self.trees))) {
            return Err(format!(
                "`iteration_indptr` does not rise from 0 to {}, the number of trees",
                self.trees
            ));
        }
        let needed = features.checked_add(1).and_then(|rows| rows.checked_mul(groups));
        let has_weights = weights.count > 0;
        if has_weights
            && needed.is_none_or(|needed| i64::try_from(weights.count).is_ok_and(|all| all < needed))
        {
            return Err(format!(
                "there are {} `weights` for {features} features and {groups} outputs",
                weights.count
            ));
        }
        Ok(())
    }
}

impl Tree {
    /// What is wrong with a tree; the highest feature that it asks for, or -1.
    fn judge(&self, number: usize) -> Result<i32, Wrong> {
        if let Some(id) = self.id
            && usize::try_from(id) != Ok(number)
        {
            return Err(format!("`id` is {id}"));
        }
        let count = self.field(Field::Left).count;
        if self.nodes.is_none_or(|nodes| usize::try_from(nodes) != Ok(count)) {
            let nodes = self.nodes.unwrap_or(0);
            return Err(format!("there are {count} `left_children` for {nodes} nodes"));
        }
        for field in
            [Field::Right, Field::Parents, Field::SplitIndices, Field::SplitConditions, Field::DefaultLeft]
        {
            self.has_length(field, count)?;
        }
        let leaf_vector = self.leaf_vector.and_then(|size| usize::try_from(size).ok()).unwrap_or(0).max(1);
        self.has_length(Field::BaseWeights, count.saturating_mul(leaf_vector))?;
        // Leaves with a number for each output are in an array of their own: each says on its right which one it is.
        let leaves = self.field(Field::LeafWeights).count / leaf_vector;
        self.judge_categories(count)?;
        // Whether a node is the left child of its parent is looked up when the model is loaded.
        let parents = self.field(Field::Parents).kept.iter().skip(1);
        if let Some(&parent) = parents.clone().find(|&&parent| parent != i32::MAX && !is_below(parent, count))
        {
            return Err(format!("`parents` has {parent}, and there are {count} nodes"));
        }
        let mut most = -1;
        walk(count, |node| {
            let (left, right) = (self.field(Field::Left).at(node), self.field(Field::Right).at(node));
            if left == -1 && (right == -1 || is_below(right, leaves)) {
                return Ok([Child::Leaf; 2]);
            }
            // The node on the right is taken for the one behind that on the left.
            if !is_below(left, count) || !is_below(right, count) || !is_below(left + 1, count) {
                return Err(format!("node {node} leads to {left} and {right}, and there are {count} nodes"));
            }
            let feature = self.field(Field::SplitIndices).at(node);
            if feature < 0 {
                return Err(format!("node {node} asks for feature {feature}"));
            }
            most = most.max(feature);
            if self.field(Field::SplitType).at(node) == 1
                && self.field(Field::CategoriesNodes).kept.binary_search(&(node as i32)).is_err()
            {
                return Err(format!("node {node} is one of categories, and there are none of it"));
            }
            Ok([Child::Node(left as usize), Child::Node(right as usize)])
        })?;
        Ok(most)
    }

    fn has_length(&self, field: Field, length: usize) -> Result<(), Wrong> {
        let numbers = self.field(field);
        if numbers.count == length {
            return Ok(());
        }
        let name = NAMES[field as usize];
        Err(format!("there are {} `{name}`, and there have to be {length}", numbers.count))
    }

    /// Which categories lead to the left: runs of numbers, for the nodes in `categories_nodes`.
    fn judge_categories(&self, count: usize) -> Result<(), Wrong> {
        if self.field(Field::SplitType).is_there {
            self.has_length(Field::SplitType, count)?;
        }
        let nodes = &self.field(Field::CategoriesNodes).kept;
        self.has_length(Field::CategoriesSegments, nodes.len())?;
        self.has_length(Field::CategoriesSizes, nodes.len())?;
        if !nodes.is_sorted() || nodes.iter().any(|&node| !is_below(node, count)) {
            return Err(format!("`categories_nodes` does not rise below {count}"));
        }
        let categories = self.field(Field::Categories);
        if let Some(wrong) = categories.kept.iter().find(|category| !(0..MOST_CATEGORIES).contains(*category))
        {
            return Err(format!("`categories` has {wrong}"));
        }
        let (starts, sizes) = (self.field(Field::CategoriesSegments), self.field(Field::CategoriesSizes));
        for (&start, &size) in starts.kept.iter().zip(&sizes.kept) {
            let end = i64::from(start) + i64::from(size);
            if start < 0 || size < 0 || usize::try_from(end).is_ok_and(|end| end > categories.count) {
                let all = categories.count;
                return Err(format!("a node has {size} categories from {start}, and there are {all}"));
            }
        }
        Ok(())
    }
}

fn is_below(number: i32, count: usize) -> bool {
    usize::try_from(number).is_ok_and(|number| number < count)
}
