//! Estimators, and arrays with what is missing: their compiled code takes the size of one array for that of another.

use super::{array, array_of, check, dtype, global, instance, number, state, text};

/// An array of zeros of two dimensions, a byte each.
fn zeros(rows: u8, columns: u8) -> Vec<u8> {
    let made = [global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
    let size = rows * columns;
    [
        made,
        b"K\0\x85C\x01b\x87R(K\x01K".to_vec(),
        vec![rows, b'K', columns, 0x86],
        dtype("i1"),
        vec![0x89, b'C', size],
        vec![0; usize::from(size)],
        b"tb".to_vec(),
    ]
    .concat()
}

/// An array of zeros of one dimension.
fn row(count: u8) -> Vec<u8> {
    array_of(&dtype("i1"), i32::from(count), &vec![0; usize::from(count)])
}

#[test]
fn as_many_numbers_as_features() {
    let estimator = |module: &str, name: &str, member: &str, numbers: Vec<u8>, features: i32| {
        let members = [(member, numbers), ("n_features_in_", number(features))];
        instance(module, name, &state(&members))
    };
    let means =
        |features| estimator("sklearn.cluster._kmeans", "KMeans", "cluster_centers_", zeros(3, 2), features);
    check(&[&means(2)], &[]);
    check(&[&means(9)], &["the size of axis 1 of `cluster_centers_` is 2, and has to be 9"]);
    let neighbors = |features| {
        estimator("sklearn.neighbors._unsupervised", "NearestNeighbors", "_fit_X", zeros(3, 2), features)
    };
    check(&[&neighbors(2)], &[]);
    check(&[&neighbors(9)], &["`_fit_X` is 2, and has to be 9"]);
    let regressor = |member: &str, features| {
        let module = "sklearn.linear_model._stochastic_gradient";
        estimator(module, "SGDRegressor", member, row(2), features)
    };
    for member in ["coef_", "_average_coef", "_standard_coef"] {
        check(&[&regressor(member, 2)], &[]);
        check(&[&regressor(member, 9)], &["is 2, and has to be 9"]);
    }
    // Not fitted, of a version that did not write how many features there are, and out of another file.
    check(&[&instance("sklearn.cluster._kmeans", "KMeans", &state(&[("n_clusters", number(3))]))], &[]);
    let older = state(&[("cluster_centers_", zeros(3, 2))]);
    check(&[&instance("sklearn.cluster.k_means_", "KMeans", &older)], &[]);
    let threads = state(&[("_n_threads", number(-1))]);
    check(&[&instance("sklearn.cluster._kmeans", "KMeans", &threads)], &["goes down to -1"]);
}

#[test]
fn classes_of_a_criterion() {
    let criterion = |outputs: i32, classes: Vec<u8>| {
        let made = global("sklearn.tree._criterion", "Gini");
        [made, number(outputs), classes, b"\x86R".to_vec()].concat()
    };
    check(&[&criterion(2, row(2))], &[]);
    check(&[&criterion(9, row(2))], &["`n_classes` is 2, and has to be 9"]);
    check(&[&criterion(1, b"N".to_vec())], &["`n_classes` has no length that is known"]);
}

#[test]
fn support_vectors() {
    let machine =
        |name: &str, members: &[(&str, Vec<u8>)]| instance("sklearn.svm._classes", name, &state(members));
    let shape = |rows, columns| [number(rows), number(columns), b"\x86".to_vec()].concat();
    // With a kernel that is computed beforehand there are no vectors, but the places of columns.
    let computed = |place: i32| {
        let vectors = zeros(0, 0);
        let support = ("support_", array(&[0, place]));
        let kernel = ("kernel", text("precomputed"));
        machine("SVR", &[kernel, support, ("shape_fit_", shape(3, 3)), ("support_vectors_", vectors)])
    };
    check(&[&computed(2)], &[]);
    check(&[&computed(3)], &["`support_` reaches 3, and has to be less than 3"]);
    let probable =
        |numbers: u8, classes: u8| machine("SVC", &[("_n_support", row(classes)), ("_probA", row(numbers))]);
    check(&[&probable(0, 4)], &[]);
    check(&[&probable(6, 4)], &[]);
    check(&[&probable(1, 2)], &[]);
    check(&[&probable(1, 4)], &["is 1, and has to be at least 6"]);
}

#[test]
fn what_is_missing_and_what_weighs() {
    let masked = |missing: u8| {
        let members = [("_data", row(3)), ("_mask", row(missing))];
        instance("pandas.core.arrays.integer", "IntegerArray", &state(&members))
    };
    check(&[&masked(3)], &[]);
    check(&[&masked(1)], &["the length of `_mask` is 1, and has to be 3"]);
    let density = |weights: u8| {
        let members = [("dataset", zeros(2, 3)), ("_weights", row(weights))];
        instance("scipy.stats._kde", "gaussian_kde", &state(&members))
    };
    check(&[&density(3)], &[]);
    check(&[&density(1)], &["`dataset` is 3, and has to be 1"]);
}

#[test]
fn modules_that_divide_by_nothing() {
    let module = |module: &str, name: &str, member: &str, value: Vec<u8>| {
        instance(module, name, &state(&[(member, value)]))
    };
    let attention =
        |heads| module("torch.nn.modules.activation", "MultiheadAttention", "num_heads", number(heads));
    check(&[&attention(8)], &[]);
    check(&[&attention(0)], &["goes down to 0"]);
    let steps = |step| {
        let steps = [number(1), number(step), b"\x86".to_vec()].concat();
        module("torchvision.ops.deform_conv", "DeformConv2d", "stride", steps)
    };
    check(&[&steps(2)], &[]);
    check(&[&steps(0)], &["goes down to 0"]);
    let samples = |ratio| module("torchvision.ops.roi_align", "RoIAlign", "sampling_ratio", number(ratio));
    check(&[&samples(-1)], &[]);
    check(&[&samples(1_000_000)], &["reaches 1000000"]);
}

/// A metric goes through its array, or its table, as far as the data of the tree has dimensions.
#[test]
fn metrics_of_trees() {
    let metric = |class: &str, numbers: Vec<u8>, table: Vec<u8>| {
        let made = [
            global("sklearn.metrics._dist_metrics", "newObj"),
            global("sklearn.metrics._dist_metrics", class),
        ];
        let state = [b"(G".to_vec(), vec![0; 8], numbers, table, b"t".to_vec()].concat();
        [made.concat(), b"\x85R".to_vec(), state, b"b".to_vec()].concat()
    };
    let tree = |metric: Vec<u8>| {
        let fields =
            |name: &str, at: u8| [text(name), dtype("i1"), vec![b'K', at], b"\x86".to_vec()].concat();
        let node = [
            dtype("V3"),
            b"(K\x03\x8c\x01|N\x8c\x01l\x8c\x01r\x8c\x01f\x87}(".to_vec(),
            fields("idx_start", 0),
            fields("idx_end", 1),
            fields("is_leaf", 2),
            b"uK\x03K\x01K\x10tb".to_vec(),
        ];
        let bounds = [global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
        let bounds = [
            bounds,
            b"K\0\x85C\x01b\x87R(K\x01K\x01K\x01K\x03\x87".to_vec(),
            dtype("i1"),
            b"\x89C\x03".to_vec(),
        ];
        let state = [
            b"(".to_vec(),
            zeros(2, 3),
            row(2).into_iter().collect(),
            array_of(&node.concat(), 1, &[0, 2, 1]),
            [bounds.concat(), b"\0\0\0tb".to_vec()].concat(),
            b"K\x28K\x01K\x01K\0K\0K\0K\0".to_vec(),
            metric,
            b"Nt".to_vec(),
        ];
        let made = [
            global("sklearn.neighbors._ball_tree", "newObj"),
            global("sklearn.neighbors._ball_tree", "BallTree"),
        ];
        [made.concat(), b"\x85R".to_vec(), state.concat(), b"b".to_vec()].concat()
    };
    for (class, numbers, table) in [
        ("EuclideanDistance64", row(1), zeros(1, 1)),
        ("SEuclideanDistance64", row(3), zeros(1, 1)),
        ("MahalanobisDistance", row(1), zeros(3, 3)),
        ("MinkowskiDistance64", row(0), zeros(1, 1)),
        ("MinkowskiDistance64", row(3), zeros(1, 1)),
        ("MinkowskiDistance", row(1), zeros(1, 1)),
        ("WMinkowskiDistance", row(3), zeros(1, 1)),
    ] {
        check(&[&tree(metric(class, numbers, table))], &[]);
    }
    for (class, numbers, table, told) in [
        (
            "SEuclideanDistance64",
            row(1),
            zeros(1, 1),
            "`dist_metric/variances` is 1, and has to be at least 3",
        ),
        ("MahalanobisDistance", row(1), zeros(2, 2), "`dist_metric/inverse` is 2, and has to be at least 3"),
        ("MinkowskiDistance64", row(1), zeros(1, 1), "has to be at least 3"),
        ("MinkowskiDistance", row(2), zeros(1, 1), "has to be at least 6"),
    ] {
        check(&[&tree(metric(class, numbers, table))], &[told]);
    }
    // Without the last items, what lies behind the tuple is taken for them.
    let whole = tree(metric("EuclideanDistance64", row(1), zeros(1, 1)));
    let end = whole.len() - b"Ntb".len();
    check(&[&[&whole[..end], b"tb"].concat()], &["its state has 12, and has to have at least 13"]);
    let flat = metric("MahalanobisDistance64", row(1), zeros(3, 1));
    check(&[&flat], &["the size of axis 1 of `inverse` is 1, and has to be at least 3"]);
}

/// Another estimator gives the first values, as many for each row as there are trees in a step.
#[test]
fn first_values_of_boosting() {
    let trees = |columns: u8| {
        let made = [global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
        let empty = [dtype("O8"), b"\x89]".to_vec()].concat();
        [made, b"K\0\x85C\x01b\x87R(K\x01K\0K".to_vec(), vec![columns, 0x86], empty, b"tb".to_vec()].concat()
    };
    let model = |columns: u8, init: Vec<u8>| {
        let members = [
            ("n_features_in_", number(2)),
            ("n_trees_per_iteration_", number(3)),
            ("estimators_", trees(columns)),
            ("init_", init),
        ];
        instance("sklearn.ensemble._gb", "GradientBoostingClassifier", &state(&members))
    };
    let prior = |classes: u8| {
        let members = [("class_prior_", row(classes)), ("n_outputs_", number(1))];
        instance("sklearn.dummy", "DummyClassifier", &state(&members))
    };
    check(&[&model(3, prior(3))], &[]);
    check(&[&model(3, text("zero"))], &[]);
    check(&[&model(3, prior(1))], &["the length of `init_/class_prior_` is 1, and has to be at least 3"]);
    check(&[&model(4, prior(4))], &["`n_trees_per_iteration_` is 3, and has to be 4"]);
    let none = instance("sklearn.dummy", "DummyRegressor", &state(&[("n_outputs_", number(0))]));
    check(&[&model(3, none)], &["`init_/n_outputs_` goes down to 0"]);
}

/// Steps in which clusters are united are records of two of them.
#[test]
fn steps_of_clusters() {
    let clusters = |steps: &[[u8; 2]]| {
        let fields =
            |name: &str, at: u8| [text(name), dtype("i1"), vec![b'K', at], b"\x86".to_vec()].concat();
        let record = [
            dtype("V2"),
            b"(K\x03\x8c\x01|N\x8c\x01l\x8c\x01r\x86}(".to_vec(),
            fields("left_node", 0),
            fields("right_node", 1),
            b"uK\x02K\x01K\x10tb".to_vec(),
        ];
        let steps = array_of(&record.concat(), steps.len() as i32, steps.as_flattened());
        instance("sklearn.cluster._hdbscan.hdbscan", "HDBSCAN", &state(&[("_single_linkage_tree_", steps)]))
    };
    check(&[&clusters(&[[0, 1], [2, 3]])], &[]);
    check(
        &[&clusters(&[[0, 1], [2, 5]])],
        &["`_single_linkage_tree_.right_node` reaches 5, and has to be less than 5"],
    );
    check(&[&clusters(&[[0xff, 1], [2, 3]])], &["`_single_linkage_tree_.left_node` goes down to -1"]);
}

/// Metrics take the items of their state, whether it has them or not.
#[test]
fn metrics_without_a_table() {
    for (module, class) in
        [("sklearn.metrics._dist_metrics", "ManhattanDistance64"), ("hdbscan.dist_metrics", "ArccosDistance")]
    {
        let metric = [global("copyreg", "__newobj__"), global(module, class), b"\x85R".to_vec()].concat();
        let told = &["`table` is not in the state"];
        check(&[&metric, b"K\x01\x85b"], told);
        check(&[&metric, b"K\x01", &array(&[1]), b"\x86b"], told);
        check(&[&metric, b"K\x01", &array(&[1]), &array(&[1]), b"\x87b"], &[]);
    }
}
