//! Models and interpolators whose arrays do not fit one another.

use super::{array, array_of, check, dtype, global, instance, state, text};

/// An array of `int8` that are zero, of two dimensions.
fn table(rows: u8, columns: u8) -> Vec<u8> {
    let made = [global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
    let count = rows * columns;
    let shape = [b"K\0\x85C\x01b\x87R(K\x01K", [rows].as_slice(), b"K", &[columns], b"\x86"].concat();
    let items = [b"\x89C", [count].as_slice(), &vec![0; usize::from(count)], b"tb"].concat();
    [made, shape, dtype("i1"), items].concat()
}

#[test]
fn support_vectors() {
    let machine = |support: &[i32], classes: &[i32], rows: u8| {
        let members = [
            ("support_", array(support)),
            ("_n_support", array(classes)),
            ("_dual_coef_", table(1, support.len() as u8)),
            ("_intercept_", array(&[1])),
            ("support_vectors_", table(rows, 1)),
        ];
        instance("sklearn.svm._classes", "SVC", &state(&members))
    };
    check(&[&machine(&[3, 4, 5], &[1, 2], 3)], &[]);
    check(&[&machine(&[3, 4, 5], &[9, -6], 3)], &["goes down to -6"]);
    check(&[&machine(&[3, 4, 5], &[1, 1, 1], 3)], &["is 2, and has to be 3"]);
    check(&[&machine(&[3, 4, 5], &[3, 3], 6)], &["is 6, and has to be 3"]);
}

#[test]
fn interpolators() {
    let grid = |rows: u8, columns: u8| {
        let axes = [array(&[0, 1, 2]), array(&[0, 1]), b"\x86".to_vec()].concat();
        let members = [("_grid", axes), ("_values", table(rows, columns))];
        instance("scipy.interpolate._rgi", "RegularGridInterpolator", &state(&members))
    };
    check(&[&grid(3, 2)], &[]);
    check(&[&grid(3, 1)], &["is 2, and has to be 1, which is the size of the axis"]);
    let spline = |degree: u8| {
        let degrees = [b"K\x03K", [degree].as_slice(), b"\x86"].concat();
        instance("scipy.interpolate._fitpack2", "RectBivariateSpline", &state(&[("degrees", degrees)]))
    };
    check(&[&spline(5)], &[]);
    check(&[&spline(30)], &["reaches 30, and has to be less than 6"]);
    let linear = |values: u8, dimensions: u8| {
        let tri = state(&[("simplices", array(&[0, 1, 2])), ("ndim", vec![b'K', dimensions])]);
        let tri = instance("argparse", "Namespace", &tri);
        let members = [("tri", tri), ("values", table(values, 1)), ("points", table(3, 2))];
        instance("scipy.interpolate._interpnd", "LinearNDInterpolator", &state(&members))
    };
    check(&[&linear(3, 2)], &[]);
    check(&[&linear(1, 2)], &["reaches 2, and has to be less than 1, which is the length of `values`"]);
    check(&[&linear(3, 3)], &["`tri/ndim in"]);
}

/// Categories of a feature are looked up by its number.
#[test]
fn members_of_what_an_object_holds() {
    let model = |known: &[i32]| {
        let nodes = [
            dtype("V2"),
            b"(K\x03\x8c\x01|N\x8c\x0bfeature_idx\x8c\x07is_leaf\x86}(".to_vec(),
            [text("feature_idx"), dtype("i1"), b"K\0\x86".to_vec()].concat(),
            [text("is_leaf"), dtype("i1"), b"K\x01\x86".to_vec()].concat(),
            b"uK\x02K\x01K\x10tb".to_vec(),
        ];
        let nodes = array_of(&nodes.concat(), 1, &[1, 0]);
        let predictor = instance("argparse", "Namespace", &state(&[("nodes", nodes)]));
        let mapper = state(&[("is_categorical_", array(known))]);
        let mapper = instance("sklearn.ensemble._hist_gradient_boosting.binning", "_BinMapper", &mapper);
        let predictors = [b"]", predictor.as_slice(), b"a"].concat();
        let members =
            [("_predictors", predictors), ("_bin_mapper", mapper), ("n_features_in_", b"K\x02".to_vec())];
        let module = "sklearn.ensemble._hist_gradient_boosting.gradient_boosting";
        instance(module, "HistGradientBoostingRegressor", &state(&members))
    };
    check(&[&model(&[0, 0])], &[]);
    check(&[&model(&[0])], &["reaches 1, and has to be less than 1"]);
}

/// Words are columns of a matrix; a vocabulary is plain data, and can be shared.
#[test]
fn vocabularies() {
    let vectorizer = |vocabulary: &[u8]| {
        let members = state(&[("vocabulary_", vocabulary.to_vec()), ("max", super::number(99))]);
        instance("sklearn.feature_extraction.text", "CountVectorizer", &members)
    };
    let scalar = |number: i64| {
        let made = [global("numpy.core.multiarray", "scalar"), dtype("i8"), b"C\x08".to_vec()];
        [made.concat(), number.to_le_bytes().to_vec(), b"\x86R".to_vec()].concat()
    };
    check(&[&vectorizer(b"}(\x8c\x01aK\0\x8c\x01bK\x01u")], &[]);
    check(&[&vectorizer(b"}(\x8c\x01aK\0\x8c\x01bK\x02u")], &["reaches 2, and has to be less than 2"]);
    check(&[&vectorizer(b"}\x8c\x01aJ\xff\xff\xff\xffs")], &["goes down to -1"]);
    check(&[&vectorizer(b"}")], &[]);
    let of = |number: i64| [b"}(\x8c\x01aK\0\x8c\x01b".as_slice(), &scalar(number), b"u"].concat();
    check(&[&vectorizer(&of(1))], &[]);
    check(&[&vectorizer(&of(9))], &["reaches 9, and has to be less than 2"]);
    // By way of the memo, and taken by an op that takes what lies below as well.
    let shared = |last: u8| [b"}\x94(\x8c\x01aK\0\x8c\x01bK".as_slice(), &[last], b"u0"].concat();
    check(&[&shared(1), &vectorizer(b"h\0")], &[]);
    check(&[&shared(2), &vectorizer(b"h\0")], &["reaches 2"]);
    let single = |last: u8| {
        let made = [global("sklearn.feature_extraction.text", "CountVectorizer"), b")\x81}".to_vec()];
        let member = [text("vocabulary_"), b"}\x8c\x01aK".to_vec(), vec![last], b"ssK\x07".to_vec()];
        [made.concat(), member.concat(), b"0b".to_vec()].concat()
    };
    check(&[&single(0)], &[]);
    check(&[&single(1)], &["reaches 1"]);
}

/// Compiled code takes what it finds for a tree.
#[test]
fn trees_of_another_class() {
    let model = |tree: &[u8]| {
        let tree = state(&[("tree_", tree.to_vec())]);
        let tree = instance("sklearn.tree._classes", "DecisionTreeRegressor", &tree);
        let members = [("estimators_", [b"]".to_vec(), tree, b"a".to_vec()].concat())];
        instance("sklearn.ensemble._gb", "GradientBoostingRegressor", &state(&members))
    };
    let none = "`estimators_/tree_` is something else, and has to be a `sklearn.tree._tree.Tree`";
    check(&[&model(b"N")], &[none]);
    check(&[&model(&instance("argparse", "Namespace", b"}"))], &["is a `argparse.Namespace`"]);
    let tree = [global("sklearn.tree._tree", "Tree"), b"K\x02NK\x01\x87R".to_vec()].concat();
    let said = super::said(&[b"\x80\x04", model(&tree).as_slice(), b"."].concat());
    assert!(said.iter().all(|message| !message.contains("has to be a `sklearn")), "{said:?}");
}

/// Knots of several lengths in a table, and points as long as a sequence has dimensions.
#[test]
fn splines_and_sequences() {
    let spline = |lengths: &[i32], indices: u8| {
        let members = [
            ("_t", table(2, 4)),
            ("_len_t", array(lengths)),
            ("_k", array(&[1, 1])),
            ("_c", table(2, 2)),
            ("_indices_k1d", table(indices, 2)),
        ];
        instance("scipy.interpolate._ndbspline", "NdBSpline", &state(&members))
    };
    check(&[&spline(&[4, 4], 4)], &[]);
    check(&[&spline(&[4, 9], 4)], &["`_len_t` reaches 9, and has to be less than 5"]);
    check(&[&spline(&[4, 3], 4)], &["`_len_t[*]` is 3, and has to be 4"]);
    check(&[&spline(&[4, 4], 3)], &["the length of `_indices_k1d` is 3, and has to be at least 4"]);
    let sequence = |dimensions: u8| {
        let members = [("_sv", table(2, 8)), ("_quasi", array(&[0, 0])), ("d", vec![b'K', dimensions])];
        instance("scipy.stats._qmc", "Sobol", &state(&members))
    };
    check(&[&sequence(2)], &[]);
    check(&[&sequence(9)], &["the length of `_sv` is 2, and has to be at least 9"]);
}

/// Models of gradient boosting are constants: bytes, also in calls, or text.
#[test]
fn models_that_are_constants() {
    let tree = |child: &str| {
        format!(
            "num_class=1\nmax_feature_idx=0\n\nTree=0\nnum_leaves=2\nnum_cat=0\nsplit_feature=0\nthreshold=1\n\
             left_child={child}\nright_child=-2\nleaf_value=1 2\n\n"
        )
    };
    let booster = |handle: &str, child: &str| {
        let tree = tree(child);
        let model = [b"X".as_slice(), &(tree.len() as u32).to_le_bytes(), tree.as_bytes()].concat();
        instance("lightgbm.basic", "Booster", &state(&[(handle, model)]))
    };
    check(&[&booster("handle", "-1")], &[]);
    check(&[&booster("handle", "0")], &["`handle`: in tree 0, node 0 is reached by two ways"]);
    check(&[&booster("_handle", "-3")], &["`_handle`: in tree 0, node 0 leads to -3 and -2"]);
    check(&[&instance("lightgbm.basic", "Booster", &state(&[("handle", b"N".to_vec())]))], &[]);
    let forest = |members: &[u8]| instance("catboost.core", "CatBoostClassifier", members);
    check(&[&forest(&state(&[("iterations", b"K\x05".to_vec())]))], &[]);
    let members = state(&[("__model", b"C\x09CBM1\x01\0\0\0\0".to_vec())]);
    check(&[&forest(&members)], &["`__model`: an offset in it leads beyond the end"]);
    check(&[&forest(&[b"N".as_slice(), &members, b"\x86"].concat())], &["`__model`"]);
    let read =
        [global("catboost.core", "CatBoost"), b")\x81".to_vec(), global("builtins", "bytes"), b")R".to_vec()];
    check(&[&read.concat(), b"b"], &["is in a state that the stream does not show"]);
    let named = r#"{"learner": {"gradient_booster": {"model": {"tree_info": [0]}}}}"#;
    let short = [b"C", [named.len() as u8].as_slice(), named.as_bytes()].concat();
    let wrapped = [global("builtins", "bytearray"), short.clone(), b"\x85R".to_vec()].concat();
    let long = [b"\x96", (named.len() as u64).to_le_bytes().as_slice(), named.as_bytes()].concat();
    for model in [short, wrapped, long] {
        let booster = instance("xgboost.core", "Booster", &state(&[("handle", model)]));
        check(&[&booster], &["`handle`: there are 1 numbers in `tree_info`, and 0 trees"]);
    }
}

/// A model is read again for each object that refers to it, but not out of proportion.
#[test]
fn models_that_many_share() {
    let named = format!(r#"{{"a": "{}"}}"#, " ".repeat(1 << 20));
    let model = [b"B", (named.len() as u32).to_le_bytes().as_slice(), named.as_bytes(), b"\x94"].concat();
    let booster = instance("xgboost.core", "Booster", &state(&[("handle", b"h\0".to_vec())]));
    let said = super::said(&[b"\x80\x04", model.as_slice(), &booster.repeat(40), b"."].concat());
    assert!(said.iter().any(|said| said.contains("`handle` is a model that many objects share")), "{said:?}");
}

/// A number of steps that never comes to an end.
#[test]
fn steps_for_each_document() {
    let model = |steps: Vec<u8>| {
        let members = state(&[("max_doc_update_iter", steps)]);
        instance("sklearn.decomposition._lda", "LatentDirichletAllocation", &members)
    };
    check(&[&model(super::number(1000))], &[]);
    check(&[&model(super::number(i32::MAX))], &["`max_doc_update_iter` reaches 2147483647"]);
    let parts = |steps: i32| {
        instance("sklearn.decomposition._nmf", "NMF", &state(&[("max_iter", super::number(steps))]))
    };
    check(&[&parts(1_000_000)], &[]);
    check(&[&parts(i32::MAX)], &["`max_iter` reaches 2147483647"]);
}

/// Items of no bytes, of which there can be any number.
#[test]
fn arrays_of_nothing() {
    let of = |code: &str, count: i32| array_of(&dtype(code), count, b"");
    check(&[&of("S0", 1000)], &[]);
    check(&[&of("i4", 0)], &[]);
    check(&[&of("S0", i32::MAX)], &["there are 2147483647 items without a byte"]);
}

/// Steps and sizes that no model has: in the state of any class of a library.
#[test]
fn counts() {
    let of = |module: &str, name: &str, member: &str, value: Vec<u8>| {
        instance(module, name, &state(&[(member, value)]))
    };
    let binarizer = |value: Vec<u8>| of("sklearn.preprocessing._data", "Binarizer", "n_features_in_", value);
    let told = "`n_features_in_` is 2147483647";
    check(&[&binarizer(super::number(1 << 20))], &[]);
    check(&[&binarizer(b"N".to_vec())], &[]);
    check(&[&binarizer(b"G\x7e\x37\xe4\x3c\x88\0\x75\x9c".to_vec())], &[]);
    check(&[&binarizer(super::number(i32::MAX))], &[told]);
    check(
        &[&binarizer(b"\x8a\x09\0\0\0\0\0\0\0\0\x01".to_vec())],
        &["`n_features_in_` is 9223372036854775807"],
    );
    // One of numpy's, in lists, in arrays; floats are none.
    let scalar = |code: &str, bytes: &[u8]| {
        let made = [global("numpy.core.multiarray", "scalar"), dtype(code), b"C".to_vec()];
        [made.concat(), vec![bytes.len() as u8], bytes.to_vec(), b"\x86R".to_vec()].concat()
    };
    let largest = i32::MAX.to_le_bytes();
    check(&[&binarizer(scalar("i4", &largest))], &[told]);
    check(&[&binarizer(scalar("f4", &largest))], &[]);
    check(&[&binarizer(array(&[2, i32::MAX]))], &[told]);
    check(&[&binarizer(array(&[2, 3]))], &[]);
    check(&[&binarizer([b"](K\x02".to_vec(), super::number(i32::MAX), b"e".to_vec()].concat())], &[told]);
    check(&[&binarizer([b"]".to_vec(), scalar("i4", &largest), b"a".to_vec()].concat())], &[told]);
    check(&[&binarizer(b"](K\x02K\x03e".to_vec())], &[]);
    // Computed, and in a state that stands beside none.
    let computed = [global("operator", "mul"), b"K\x02K\x03\x86R".to_vec()].concat();
    check(&[&binarizer(computed)], &["`n_features_in_` is computed by `operator.mul`"]);
    let member = state(&[("n_jobs", super::number(1 << 20))]);
    let beside = [member, b"N\x86".to_vec()].concat();
    check(&[&instance("sklearn.cluster._dbscan", "DBSCAN", &beside)], &["`n_jobs` is 1048576"]);
    check(&[&of("argparse", "Namespace", "n_features_in_", super::number(i32::MAX))], &[]);
    for (module, name, member) in [
        ("torchaudio.transforms._transforms", "GriffinLim", "n_iter"),
        ("torchmetrics.text.chrf", "CHRFScore", "n_char_order"),
        ("torchmetrics.text.bleu", "BLEUScore", "n_gram"),
    ] {
        let told = format!("`{member}` is 2147483647");
        check(&[&of(module, name, member, super::number(i32::MAX))], &[&told]);
        check(&[&of(module, name, member, super::number(32))], &[]);
    }
}

/// Steps over a graph, of what prepares one: in a graph such a name may be anything.
#[test]
fn steps_over_graphs() {
    for (module, name, member, told) in [
        ("add_positional_encoding", "AddRandomWalkPE", "walk_length", "`walk_length in 0..65536`"),
        ("feature_propagation", "FeaturePropagation", "num_iterations", "`num_iterations in 0..1048576`"),
        ("rooted_subgraph", "RootedEgoNets", "num_hops", "`num_hops in 0..65536`"),
        ("sign", "SIGN", "K", "`K in 0..65536`"),
    ] {
        let module = format!("torch_geometric.transforms.{module}");
        let of =
            |module: &str, name: &str, count: Vec<u8>| instance(module, name, &state(&[(member, count)]));
        check(&[&of(&module, name, super::number(i32::MAX))], &[told]);
        check(&[&of(&module, name, super::number(20))], &[]);
        check(&[&of("torch_geometric.data.data", "Data", array(&[2, i32::MAX]))], &[]);
    }
}

/// A matrix of similarities has a column for each sample, of which the machine keeps numbers.
#[test]
fn support_vectors_of_a_matrix() {
    let machine = |kernel: &str, support: &[i32]| {
        let members = [
            ("kernel", text(kernel)),
            ("support_", array(support)),
            ("_n_support", array(&[1, 2])),
            ("_dual_coef_", table(1, 3)),
            ("_intercept_", array(&[1])),
            ("support_vectors_", table(0, 0)),
            ("shape_fit_", b"K\x06K\x06\x86".to_vec()),
        ];
        instance("sklearn.svm._classes", "SVC", &state(&members))
    };
    check(&[&machine("precomputed", &[3, 4, 5])], &[]);
    // A function computes it beforehand, too.
    let by_function =
        [("kernel", global("sklearn.metrics.pairwise", "rbf_kernel")), ("support_", array(&[0]))];
    let none = [("shape_fit_", b"K\x06K\x06\x86".to_vec()), ("support_vectors_", table(0, 0))];
    check(&[&instance("sklearn.svm._classes", "SVR", &state(&[by_function, none].concat()))], &[]);
    check(&[&machine("rbf", &[3, 4, 5])], &["the length of `support_vectors_` is 0, and has to be 3"]);
    check(&[&machine("precomputed", &[3, 4, 6])], &["`support_` reaches 6, and has to be less than 6"]);
}

/// An address in a number, which the destructor frees.
#[test]
fn handles() {
    let predictor =
        |members: &[(&str, Vec<u8>)]| instance("lightgbm.basic", "_InnerPredictor", &state(members));
    check(&[&predictor(&[("num_class", b"K\x01".to_vec()), ("pandas_categorical", b"N".to_vec())])], &[]);
    check(&[&predictor(&[("_handle", b"N".to_vec())])], &[]);
    check(&[&predictor(&[("_handle", super::number(4096))])], &["`_handle` is there, and must not be"]);
    check(&[&predictor(&[("handle", super::number(4096))])], &["`handle` is there, and must not be"]);
}

/// Sizes that memory is taken for as soon as a tree is made, and that are divided by.
#[test]
fn sizes_of_trees() {
    let made = |classes: Vec<u8>, outputs: i32| {
        let global = global("sklearn.tree._tree", "Tree");
        [global, b"K\x02".to_vec(), classes, super::number(outputs), b"\x87RNb".to_vec()].concat()
    };
    check(&[&made(array(&[3, 2]), 2)], &[]);
    check(&[&made(array(&[3, 2]), i32::MAX)], &["`n_outputs` reaches 2147483647"]);
    check(&[&made(array(&[3, 2]), -1)], &["`n_outputs` goes down to -1"]);
    check(&[&made(array(&[3, 2]), 3)], &["the length of `n_classes` is 2, and has to be 3"]);
    let hasher = |features: i32| {
        let members = state(&[("n_features", super::number(features))]);
        instance("sklearn.feature_extraction.text", "HashingVectorizer", &members)
    };
    check(&[&hasher(1 << 20)], &[]);
    check(&[&hasher(0)], &["`n_features` goes down to 0"]);
    let products = |degree: i32| {
        let members = state(&[("_max_degree", super::number(degree))]);
        instance("sklearn.preprocessing._polynomial", "PolynomialFeatures", &members)
    };
    check(&[&products(5)], &[]);
    // Of one feature, as textbooks show what it is to fit too much.
    check(&[&products(300)], &[]);
    check(&[&products(3000)], &["`_max_degree` reaches 3000"]);
    let neighbors = |rows: u8| {
        let members = state(&[("_fit_X", table(rows, 2))]);
        instance("sklearn.neighbors._unsupervised", "NearestNeighbors", &members)
    };
    check(&[&neighbors(3)], &[]);
    check(&[&neighbors(0)], &["the length of `_fit_X` is 0, and has to be at least 1"]);
}

/// Picklers name the class first. Of a dict that was made before, plain members are not kept.
#[test]
fn states_that_are_made_before() {
    let object = |module: &str, name: &str, member: &str| {
        let state = [state(&[(member, super::number(i32::MAX))]), b"\x940".to_vec()].concat();
        [state, instance(module, name, b"h\0")].concat()
    };
    let told = "is given a state that was made before it";
    check(&[&object("sklearn.preprocessing._data", "Binarizer", "n_features_in_")], &[told]);
    check(
        &[&object("sklearn.decomposition._lda", "LatentDirichletAllocation", "max_doc_update_iter")],
        &[told],
    );
    check(&[&object("argparse", "Namespace", "n_features_in_")], &[]);
    // Of one that is made behind another class of the library, they are.
    let first = [instance("sklearn.preprocessing._data", "Binarizer", b"}"), b"0".to_vec()].concat();
    let later = object("sklearn.preprocessing._data", "Binarizer", "n_features_in_");
    check(&[&first, &later], &["`n_features_in_` is 2147483647"]);
}

/// A point is looked for in simplices by their equations, which have a number for each dimension and two more.
#[test]
fn sizes_of_triangulations() {
    let triangulation = |columns: u8, bounds: &[i32], points: u8| {
        let members = [
            ("simplices", table(1, 3)),
            ("neighbors", table(1, 3)),
            ("nsimplex", b"K\x01".to_vec()),
            ("equations", table(1, columns)),
            ("_transform", b"N".to_vec()),
            ("ndim", b"K\x02".to_vec()),
            ("npoints", vec![b'K', points]),
            ("min_bound", array(bounds)),
            ("_points", table(3, 2)),
        ];
        instance("scipy.spatial._qhull", "Delaunay", &state(&members))
    };
    check(&[&triangulation(4, &[0, 0], 3)], &[]);
    check(&[&triangulation(3, &[0, 0], 3)], &["the size of axis 1 of `equations` is 3, and has to be 4"]);
    check(&[&triangulation(4, &[0], 3)], &["the length of `min_bound` is 1, and has to be 2"]);
    check(&[&triangulation(4, &[0, 0], 9)], &["`npoints` is 9, and has to be 3"]);
}
