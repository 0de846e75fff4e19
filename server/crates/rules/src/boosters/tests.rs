//! Models whose numbers do not fit, in each of their formats. Each of these was loaded and ended a process, or went on forever.

use super::Format;

/// What is wrong with a model.
fn wrong(format: Format, model: &[u8]) -> String {
    format.judge(model).err().unwrap_or_default()
}

/// A model of two features and one tree: two nodes and three leaves.
const TEXT: &str = "tree\nnum_class=1\nnum_tree_per_iteration=1\nmax_feature_idx=1\nobjective=regression\ntree_sizes=220\n\n\
Tree=0\nnum_leaves=3\nnum_cat=1\nsplit_feature=0 1\nthreshold=0 0.5\ndecision_type=1 2\nleft_child=1 -1\nright_child=-2 -3\n\
leaf_value=1 2 3\ncat_boundaries=0 1\ncat_threshold=5\nis_linear=0\nshrinkage=1\n\n\nend of trees, and then some more text\n";

/// What is wrong with it when this is changed, with its `tree_sizes` left out, and what is wrong when they are not.
fn changed(from: &str, to: &str) -> String {
    assert!(TEXT.contains(from), "{from}");
    wrong(Format::LightGbm, TEXT.replacen(from, to, 1).replace("tree_sizes=220\n", "").as_bytes())
}

#[test]
fn trees_of_lightgbm() {
    for (from, to, expected) in [
        ("", "", ""),
        ("left_child=1", "left_child=0", "in tree 0, node 0 is reached by two ways, as in a circle"),
        ("left_child=1", "left_child=2", "in tree 0, node 0 leads to 2 and -2, and there are 3 leaves"),
        (
            "left_child=1 -1",
            "left_child=1 -4",
            "in tree 0, node 1 leads to -4 and -3, and there are 3 leaves",
        ),
        (
            "left_child=1 -1",
            "left_child=1",
            "in tree 0, there are 1 numbers in `left_child`, and there have to be 2",
        ),
        ("left_child=1 -1", "left_child=1 x", "in tree 0, `left_child` has something else than integers"),
        ("left_child", "child", "in tree 0, there are 0 numbers in `left_child`, and there have to be 2"),
        ("left_child=1 -1", "left_child=1 -1\nleft_child=9 9", "in tree 0, `left_child` is there twice"),
        ("split_feature=0 1", "split_feature=0 2", "in tree 0, `split_feature` has 2, and the last one is 1"),
        (
            "leaf_value=1 2",
            "leaf_value=2",
            "in tree 0, there are 2 numbers in `leaf_value`, and there have to be 3",
        ),
        ("num_leaves=3", "num_leaves=-3", "in tree 0, `num_leaves` is -3"),
        (
            "num_leaves=3",
            "num_leaves=3000",
            "in tree 0, there are 3 numbers in `leaf_value`, and there have to be 3000",
        ),
        ("threshold=0 0.5", "threshold=1 0.5", "in tree 0, a node has categories 1, of 1"),
        ("num_cat=1", "num_cat=0", "in tree 0, a node has categories 0, of 0"),
        (
            "cat_boundaries=0 1",
            "cat_boundaries=0 7",
            "in tree 0, `cat_boundaries` does not rise from 0 to 1, the length of `cat_threshold`",
        ),
        ("shrinkage=1", "shrinkage", "in tree 0, there is a line without `=`"),
        ("\n\n\nend", "\nend=\n", "in tree 0, there is a line without `=`"),
        (
            "shrinkage=1\n\n\nend of trees, and then some more text\n",
            "shrink=1\n",
            "in tree 0, the text ends",
        ),
        ("shrinkage=1", &"a=1\n".repeat(30), "in tree 0, there are more than 22 lines"),
    ] {
        assert_eq!(changed(from, to), expected, "{to}");
    }
}

/// A chain of nodes, each with a leaf on one side.
#[test]
fn depth_of_trees_of_lightgbm() {
    let chain = |nodes: usize| {
        let each = |item: &dyn Fn(usize) -> String| (0..nodes).map(item).collect::<Vec<_>>().join(" ");
        let (zeros, leaves) = (each(&|_| "0".to_owned()), "1 ".repeat(nodes + 1));
        let left =
            each(&|node| if node + 1 < nodes { (node + 1).to_string() } else { (!nodes as i64).to_string() });
        let right = each(&|node| (!node as i64).to_string());
        let tree = format!(
            "num_class=1\nmax_feature_idx=1\n\nTree=0\nnum_leaves={}\nnum_cat=0\nsplit_feature={zeros}\nthreshold={zeros}\n\
             left_child={left}\nright_child={right}\nleaf_value={leaves}\n\n",
            nodes + 1
        );
        wrong(Format::LightGbm, tree.as_bytes())
    };
    assert_eq!(chain(1000), "");
    assert_eq!(chain(9000), "in tree 0, it is deeper than 4096 levels, and is gone down by recursion");
}

#[test]
fn linear_trees_of_lightgbm() {
    let linear = |more: &str| changed("is_linear=0", &format!("is_linear=1\nleaf_const=1 2 3\n{more}"));
    assert_eq!(linear("num_features=1 0 2\nleaf_features=0  0 1\nleaf_coeff=0.5  1 2"), "");
    assert_eq!(
        linear("num_features=1 0 9\nleaf_features=0  0 1\nleaf_coeff=0.5  1 2"),
        "in tree 0, there are 3 numbers in `leaf_coeff`, and there have to be 10"
    );
    assert_eq!(
        linear("num_features=1 0 -2\nleaf_features=0\nleaf_coeff=0.5"),
        "in tree 0, `num_features` has a negative number"
    );
    assert_eq!(
        linear("num_features=1 0 2\nleaf_features=0  0 7\nleaf_coeff=0.5  1 2"),
        "in tree 0, `leaf_features` has 7, and the last one is 1"
    );
}

#[test]
fn what_stands_before_the_trees() {
    for (from, to, expected) in [
        ("iteration=1", "iteration=0", "`num_tree_per_iteration` is 0, and there are 1 classes"),
        ("iteration=1", "iteration=2", "`num_tree_per_iteration` is 2, and there are 1 classes"),
        (
            "=regression",
            "=multiclass num_class:9",
            "`objective` has 9 classes, and there are 1 trees for each step",
        ),
        (
            "=regression",
            "=multiclass num_class:2",
            "`objective` has 2 classes, and there are 1 trees for each step",
        ),
        ("=regression", "=multiclass num_class:1", ""),
        ("max_feature_idx=1", "max_feature_idx=0", "in tree 0, `split_feature` has 1, and the last one is 0"),
        ("num_class=1\n", "", ""),
    ] {
        assert_eq!(changed(from, to), expected, "{to}");
    }
    let sized = |sizes: &str| wrong(Format::LightGbm, TEXT.replace("=220", sizes).as_bytes());
    assert_eq!(sized("=220"), "");
    assert_eq!(sized("=2200"), "`tree_sizes` leads beyond the end with tree 0");
    assert_eq!(sized("=-5"), "`tree_sizes` leads beyond the end with tree 0");
    assert_eq!(sized("=9"), "`tree_sizes` ends in the middle of tree 0");
    assert_eq!(sized("=220 9"), "tree 1 is not where `tree_sizes` says");
}

/// A model of two features with one tree: a node and two leaves.
const JSON: &str = r#"{"Model": {"learner": {
    "learner_model_param": {"num_class": "0", "num_feature": "2", "num_target": "1"},
    "gradient_booster": {"name": "gbtree", "model": {
        "gbtree_model_param": {"num_trees": "1"}, "iteration_indptr": [0, 1], "tree_info": [0],
        "trees": [{"id": 0, "tree_param": {"num_nodes": "3", "size_leaf_vector": "0"},
            "left_children": [1, -1, -1], "right_children": [2, -1, -1], "parents": [2147483647, 0, 0],
            "split_indices": [1, 0, 0], "split_conditions": [5E-1, 1, 2], "default_left": [true, false, false],
            "base_weights": [0, 1.5, 2], "split_type": [1, 0, 0], "categories": [0, 3], "categories_nodes": [0],
            "categories_segments": [0], "categories_sizes": [2]}]}}}}}"#;

#[test]
fn trees_of_xgboost() {
    for (from, to, expected) in [
        ("", "", ""),
        ("n\": [1, -1", "n\": [0, -1", "in tree 0, node 0 is reached by two ways, as in a circle"),
        ("n\": [1, -1", "n\": [2, -1", "in tree 0, node 0 leads to 2 and 2, and there are 3 nodes"),
        ("n\": [2, -1", "n\": [-1, -1", "in tree 0, node 0 leads to 1 and -1, and there are 3 nodes"),
        (
            "n\": [2, -1",
            "n\": [99999999999, -1",
            "in tree 0, node 0 leads to 1 and 2147483647, and there are 3 nodes",
        ),
        ("7, 0, 0]", "7, 0, 8]", "in tree 0, `parents` has 8, and there are 3 nodes"),
        (
            "s\": [1, 0, 0], \"split_c",
            "s\": [2, 0, 0], \"split_c",
            "`split_indices` reaches 2, and has to be less than 2, which is `num_feature`",
        ),
        ("s\": [1, 0, 0], \"split_c", "s\": [-1, 0, 0], \"split_c", "in tree 0, node 0 asks for feature -1"),
        ("\"3\"", "\"4\"", "in tree 0, there are 3 `left_children` for 4 nodes"),
        ("\"3\"", "\"3x\"", "`num_nodes` is no number"),
        ("1.5, 2]", "1.5]", "in tree 0, there are 2 `base_weights`, and there have to be 3"),
        (
            "vector\": \"0\"",
            "vector\": \"2\"",
            "in tree 0, there are 3 `base_weights`, and there have to be 6",
        ),
        ("\"id\": 0", "\"id\": 1", "in tree 0, `id` is 1"),
        ("nodes\": [0]", "nodes\": [1]", "in tree 0, node 0 is one of categories, and there are none of it"),
        ("nodes\": [0]", "nodes\": [3]", "in tree 0, `categories_nodes` does not rise below 3"),
        (
            "nodes\": [0]",
            "nodes\": []",
            "in tree 0, there are 1 `categories_segments`, and there have to be 0",
        ),
        ("sizes\": [2]", "sizes\": [3]", "in tree 0, a node has 3 categories from 0, and there are 2"),
        ("[0, 3]", "[0, -3]", "in tree 0, `categories` has -3"),
        ("info\": [0]", "info\": [1]", "`tree_info` has 1, and the model has 1 outputs"),
        ("info\": [0]", "info\": []", "there are 0 numbers in `tree_info`, and 1 trees"),
        ("trees\": \"1\"", "trees\": \"9\"", "`num_trees` is 9, and there are 1"),
        (
            "indptr\": [0, 1]",
            "indptr\": [-4, 1]",
            "`iteration_indptr` does not rise from 0 to 1, the number of trees",
        ),
        ("\"tree_info\"", "\"tree_info\": [7], \"tree_info\"", "`tree_info` is there twice"),
        ("\"tree_info\"", "\"tree\\u005finfo\"", "a name in it has escapes"),
        ("\"Model\"", "\"learner\": {}, \"Model\"", "`learner` is there twice"),
        // No JSON: it is refused with an exception.
        ("[0, 1]", "[0 1}", ""),
    ] {
        assert!(JSON.contains(from), "{from}");
        assert_eq!(wrong(Format::XgBoost, JSON.replacen(from, to, 1).as_bytes()), expected, "{to}");
    }
}

/// A leaf with a number for each output says on its right where they are, by its place among the leaves.
#[test]
fn leaves_of_xgboost_with_several_outputs() {
    let model = |leaves: &str, weights: &str| {
        let text = JSON
            .replace("\"num_target\": \"1\"", "\"num_target\": \"2\"")
            .replace("vector\": \"0\"", "vector\": \"2\"")
            .replace("[2, -1, -1]", leaves)
            .replace("[0, 1.5, 2]", &format!("[0, 0, 1, 1.5, 2, 2], \"leaf_weights\": [{weights}]"));
        wrong(Format::XgBoost, text.as_bytes())
    };
    assert_eq!(model("[2, 0, 1]", "1, 1.5, 2, 2"), "");
    let beyond = |leaf| format!("in tree 0, node 2 leads to -1 and {leaf}, and there are 3 nodes");
    assert_eq!(model("[2, 0, 2]", "1, 1.5, 2, 2"), beyond(2));
    assert_eq!(model("[2, 0, -2]", "1, 1.5, 2, 2"), beyond(-2));
    assert_eq!(model("[2, 0, 1]", "1, 1.5, 2"), beyond(1));
    assert_eq!(model("[2, -1, 1]", ""), beyond(1));
}

#[test]
fn linear_models_of_xgboost() {
    let model = |features: &str, weights: &str| {
        let text = format!(
            r#"{{"learner": {{"learner_model_param": {{"num_feature": "{features}"}},
            "gradient_booster": {{"name": "gblinear", "model": {{"weights": [{weights}]}}}}}}}}"#
        );
        wrong(Format::XgBoost, text.as_bytes())
    };
    assert_eq!(model("2", "1, 2.5, 3"), "");
    assert_eq!(model("9", "1, 2.5, 3"), "there are 3 `weights` for 9 features and 1 outputs");
}

/// A name, in UBJSON.
fn name(name: &str) -> Vec<u8> {
    [b"L".as_slice(), &(name.len() as u64).to_be_bytes(), name.as_bytes()].concat()
}

#[test]
fn lengths_and_levels_of_ubjson() {
    let model = |info: &[u8], trees: &str| {
        let param = [name("num_trees"), b"S".to_vec(), name(trees), b"}".to_vec()].concat();
        let forest =
            [&name("gbtree_model_param"), b"{".as_slice(), &param, &name("tree_info"), info].concat();
        let booster =
            [name("gradient_booster"), b"{".to_vec(), name("model"), b"{".to_vec(), forest].concat();
        let all = [b"{".to_vec(), name("learner"), b"{".to_vec(), booster, b"}}}}".to_vec()].concat();
        wrong(Format::XgBoost, &all)
    };
    let sized =
        |kind: &[u8], count: i64, items: &[u8]| [b"[", kind, b"#L", &count.to_be_bytes(), items].concat();
    assert_eq!(model(&sized(b"", 0, b""), "0"), "");
    assert_eq!(
        model(&sized(b"$l", 1, b"\0\0\0\x05"), "0"),
        "there are 1 numbers in `tree_info`, and 0 trees"
    );
    assert_eq!(
        model(&sized(b"$d", 1, b"\0\0\0\x05"), "0"),
        "there are 1 numbers in `tree_info`, and 0 trees"
    );
    assert_eq!(model(&sized(b"", 2, b"i\x05U\xff"), "0"), "there are 2 numbers in `tree_info`, and 0 trees");
    assert_eq!(model(&sized(b"", 1, b"C\x05"), "0"), "there are 1 numbers in `tree_info`, and 0 trees");
    assert_eq!(model(b"[i\x05l\0\0\0\x01]", "0"), "there are 2 numbers in `tree_info`, and 0 trees");
    assert_eq!(model(&sized(b"$L", 9, b""), "0"), "a length in it is 9, where 4 bytes are left");
    assert_eq!(
        model(&sized(b"$U", 1 << 40, b""), "0"),
        "a length in it is 1099511627776, where 4 bytes are left"
    );
    // These are refused with an exception.
    assert_eq!(model(&sized(b"$U", 9, b""), "0"), "");
    assert_eq!(model(&sized(b"$U", -1, b""), "0"), "");
    // The bytes of a text are copied from wherever it leads to.
    assert_eq!(
        wrong(Format::XgBoost, b"{L\0\0\0\0\0\x10\0\0a"),
        "a length in it is 1048576, where 1 bytes are left"
    );
    assert_eq!(wrong(Format::XgBoost, b"{L\0\0\0"), "it ends in the middle of a length");
    let deep = [b"{".to_vec(), name("a"), b"[".repeat(1000)].concat();
    assert_eq!(
        wrong(Format::XgBoost, &deep),
        "it is nested deeper than 128 levels, and its reader goes down by recursion"
    );
    let deep = [b"{\"a\":".to_vec(), b"[".repeat(1000)].concat();
    assert!(wrong(Format::XgBoost, &deep).contains("128 levels"));
}

/// Words of a structure of C, and zeros up to its end.
fn structure(words: &[i32], length: usize) -> Vec<u8> {
    let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    bytes.resize(length, 0);
    bytes
}

/// A vector: its length, and its items.
fn vector(items: &[u8], size: usize) -> Vec<u8> {
    [((items.len() / size) as u64).to_le_bytes().as_slice(), items].concat()
}

/// A model of XGBoost in its old form, of two features and a tree of three nodes, with these words changed in it.
fn binary(changed: &[(usize, i32)]) -> Vec<u8> {
    let nodes = [[-1, 1, 2, 1, 0], [i32::MIN, -1, -1, 0, 0], [0, -1, -1, 0, 0]]
        .map(|node| structure(&node, 20))
        .concat();
    let parts = [
        structure(&[0, 2, 0, 1], 136),
        vector(b"reg:linear", 1),
        vector(b"gbtree", 1),
        structure(&[1], 160),
        structure(&[1, 3], 148),
        nodes,
        vec![0; 48],
        structure(&[0], 4),
        1_u64.to_le_bytes().to_vec(),
        vector(b"best_iteration", 1),
        vector(b"0", 1),
    ];
    let mut bytes = parts.concat();
    for &(at, word) in changed {
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
    }
    bytes
}

/// Where the trees of that model are.
const FOREST: usize = 136 + 18 + 14;
const TREE: usize = FOREST + 160;
const NODES: usize = TREE + 148;

#[test]
fn binary_models_of_xgboost() {
    for (changed, expected) in [
        (&[][..], ""),
        (&[(4, 1)], "`split_indices` reaches 1, and has to be less than 1, which is `num_feature`"),
        (&[(4, -1)], "`num_feature` is 4294967295, and room is made for as many in each row"),
        (&[(8, i32::MAX)], "`num_class` is 2147483647, and room is made for as many in each row"),
        (&[(FOREST, 9)], "there are said to be 9 trees, in 299 bytes"),
        (&[(FOREST, -1)], "there are said to be -1 trees, in 299 bytes"),
        (&[(TREE + 4, i32::MAX)], "there are said to be 2147483647 nodes, in 151 bytes"),
        (&[(TREE + 20, 8)], "a tree has vectors of 8 at its leaves"),
        (&[(NODES + 4, 0)], "in tree 0, node 0 is reached by two ways, as in a circle"),
        (&[(NODES + 8, 3)], "in tree 0, node 0 leads to 1 and 3, and there are 3 nodes"),
        (&[(NODES + 20, 5)], "in tree 0, `parents` has 5, and there are 3 nodes"),
        (&[(NODES + 108, 7)], "`tree_info` has 7, and the model has 1 outputs"),
        (&[(NODES + 112, 9)], "there are said to be 9 texts, in 31 bytes"),
    ] {
        let model = binary(changed);
        assert_eq!(wrong(Format::XgBoost, &model), expected);
        assert_eq!(wrong(Format::XgBoost, &[b"binf".as_slice(), &model].concat()), expected);
        let length = (model.len() as u64).to_le_bytes();
        let both = [b"CONFIG-offset:".as_slice(), &length, &model, b"{\"version\": [1]}"].concat();
        assert_eq!(wrong(Format::XgBoost, &both), expected);
    }
    // It ends early: that is an exception.
    assert_eq!(wrong(Format::XgBoost, &binary(&[])[..340]), "there are said to be 1 trees, in 12 bytes");
    assert_eq!(wrong(Format::XgBoost, &binary(&[])[..100]), "");
    let far = [b"CONFIG-offset:".as_slice(), &[0xff; 8]].concat();
    assert_eq!(wrong(Format::XgBoost, &far), "the model is said to have -1 bytes, and there are 0");
}

#[test]
fn binary_models_of_xgboost_that_are_linear() {
    let model = |weights: usize| {
        let parts = [
            structure(&[0, 2], 136),
            vector(b"reg:linear", 1),
            vector(b"gblinear", 1),
            vec![0; 136],
            vector(&vec![0; weights * 4], 4),
        ];
        wrong(Format::XgBoost, &parts.concat())
    };
    assert_eq!(model(3), "");
    assert_eq!(model(2), "there are 2 `weights` for 2 features and 1 outputs");
}

#[test]
fn weights_of_trees_of_xgboost() {
    let model = |weights: &str| {
        let text = format!(
            r#"{{"learner": {{"gradient_booster": {{"name": "dart", "weight_drop": [{weights}],
            "gbtree": {{"model": {{"trees": [], "tree_info": []}}}}}}}}}}"#
        );
        wrong(Format::XgBoost, text.as_bytes())
    };
    assert_eq!(model(""), "");
    assert_eq!(model("1.5, 2"), "there are 2 `weight_drop` for 0 trees");
}
