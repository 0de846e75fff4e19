//! Objects with numbers that lead beyond what they index, and ways to hide that.

use crate::{Options, lint_stream};

mod dill;
mod estimators;
mod filters;
mod models;
mod sizes;
mod states;
mod tensors;

/// What the rule says, and its help.
fn said(bytes: &[u8]) -> Vec<String> {
    let findings = lint_stream(bytes, &Options::default(), &pickle_machine::never).findings;
    let ours = findings.into_iter().filter(|finding| finding.rule.code == "PG117");
    ours.map(|finding| format!("{}; {}", finding.message, finding.help.unwrap_or_default())).collect()
}

#[track_caller]
fn check(parts: &[&[u8]], expected: &[&str]) {
    let bytes = [b"\x80\x04", parts.concat().as_slice(), b"."].concat();
    let said = said(&bytes);
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (message, expected) in said.iter().zip(expected) {
        assert!(message.contains(expected), "{message}");
    }
}

fn text(text: &str) -> Vec<u8> {
    [b"\x8c", [text.len() as u8].as_slice(), text.as_bytes()].concat()
}

fn global(module: &str, name: &str) -> Vec<u8> {
    [text(module), text(name), b"\x93".to_vec()].concat()
}

fn number(number: i32) -> Vec<u8> {
    [b"J".as_slice(), &number.to_le_bytes()].concat()
}

/// `numpy.dtype(code, False, True)`
fn dtype(code: &str) -> Vec<u8> {
    [global("numpy", "dtype"), text(code), b"\x89\x88\x87R".to_vec()].concat()
}

fn array_of(dtype: &[u8], count: i32, items: &[u8]) -> Vec<u8> {
    let made = [global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
    let made =
        [made.as_slice(), b"K\0\x85C\x01b\x87R(K\x01", &number(count), b"\x85", dtype, b"\x89C"].concat();
    [made.as_slice(), &[items.len() as u8], items, b"tb"].concat()
}

/// An array of `int32`.
fn array(items: &[i32]) -> Vec<u8> {
    let bytes: Vec<u8> = items.iter().flat_map(|item| item.to_le_bytes()).collect();
    array_of(&dtype("i4"), items.len() as i32, &bytes)
}

/// A state with members.
fn state(members: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let pairs = members.iter().flat_map(|(name, value)| [text(name), value.clone()].concat());
    [b"}(".to_vec(), pairs.collect(), b"u".to_vec()].concat()
}

fn instance(module: &str, name: &str, state: &[u8]) -> Vec<u8> {
    [global(module, name).as_slice(), b")\x81", state, b"b"].concat()
}

/// A matrix of two rows and three columns with numbers in two places.
fn matrix(indices: Vec<u8>, indptr: Vec<u8>) -> Vec<u8> {
    let shape = [number(2), number(3), b"\x86".to_vec()].concat();
    let members = [("_shape", shape), ("indices", indices), ("indptr", indptr), ("data", array(&[5, 6]))];
    instance("scipy.sparse._csr", "csr_matrix", &state(&members))
}

#[test]
fn sparse_matrices() {
    check(&[&matrix(array(&[0, 2]), array(&[0, 1, 2]))], &[]);
    check(&[&matrix(array(&[0, 3]), array(&[0, 1, 2]))], &["reaches 3, and has to be less than 3"]);
    check(&[&matrix(array(&[-1, 2]), array(&[0, 1, 2]))], &["goes down to -1"]);
    check(&[&matrix(array(&[0, 2]), array(&[0, 1, 3]))], &["reaches 3, and has to be less than 3"]);
    check(&[&matrix(array(&[0, 2]), array(&[0, 2, 1]))], &["`indptr` falls"]);
    check(&[&matrix(array(&[0, 2]), array(&[0, 2]))], &["is 2, and has to be 3"]);
    let unsigned = array_of(&dtype(">u2"), 2, &[0, 1, 1, 0]);
    check(&[&matrix(unsigned, array(&[0, 1, 2]))], &["reaches 256"]);
}

/// Out of a buffer that is in the stream, or in none, and as protocols below 3 write bytes.
#[test]
fn where_arrays_have_their_bytes() {
    let buffer = |data: &[u8]| {
        let made = global("numpy.core.numeric", "_frombuffer");
        [made.as_slice(), b"(", data, &dtype("i1"), b"K\x02\x85\x8c\x01Ct", b"R"].concat()
    };
    check(&[&matrix(buffer(b"C\x02\x00\x02"), array(&[0, 1, 2]))], &[]);
    check(&[&matrix(buffer(b"\x96\x02\0\0\0\0\0\0\0\x00\x03"), array(&[0, 1, 2]))], &["reaches 3"]);
    check(&[&matrix(buffer(b"\x97"), array(&[0, 1, 2]))], &[]);
    let encoded = [global("_codecs", "encode"), text("\0\u{3}"), text("latin1"), b"\x86R".to_vec()].concat();
    check(&[&matrix(buffer(&encoded), array(&[0, 1, 2]))], &["reaches 3"]);
}

#[test]
fn numbers_that_are_hidden() {
    let good = || array(&[0, 1, 2]);
    // Computed, of no integers, or not there.
    let computed = [global("numpy", "full"), number(2), number(9), b"\x86R".to_vec()].concat();
    check(&[&matrix(computed, good())], &["`indices` is computed by `numpy.full`"]);
    check(&[&matrix(array_of(&dtype("f8"), 0, b""), good())], &["`indices` has items"]);
    let class = |state: &[u8]| instance("scipy.sparse._csr", "csr_matrix", state);
    check(&[&class(&state(&[("indices", good())]))], &["`_shape` is not in the state"]);
    // A shape that is put into the dict afterwards, or in a tuple of dict and slots.
    let members = [("_shape", b"K\x09K\x09\x86".to_vec()), ("indices", array(&[8])), ("indptr", good())];
    let later = [state(&members), text("_shape"), b"K\x02K\x03\x86s".to_vec()].concat();
    check(&[&class(&later)], &["reaches 8, and has to be less than 3"]);
    let slots = [b"N".to_vec(), state(&members), b"\x86".to_vec()].concat();
    check(&[&class(&slots)], &["`indices` is in a state that the stream does not show"]);
    // Of another class, an object is not looked at.
    let other = instance("argparse", "Namespace", &state(&members));
    for class in [
        global("scipy.sparse._csr", "csr_matrix"),
        [global("operator", "getitem"), b"]".to_vec(), global("a", "B"), b"aK\0\x86R".to_vec()].concat(),
    ] {
        let class = state(&[("__class__", class)]);
        let bytes = [b"\x80\x04", other.as_slice(), b"N", &class, b"\x86b."].concat();
        let findings = lint_stream(&bytes, &Options::default(), &pickle_machine::never).findings;
        assert!(findings.iter().any(|finding| finding.rule.code == "PG106"));
    }
    // Made by other calls.
    let named = [global("scipy.sparse._csr", "csr_matrix"), b"K\x02K\x03\x86\x85R".to_vec()].concat();
    check(&[&named], &["is called"]);
    let rebuilt = [
        global("copyreg", "_reconstructor"),
        b"(".to_vec(),
        global("scipy.sparse._csr", "csr_matrix"),
        global("builtins", "object"),
        b"NtR".to_vec(),
        state(&[("_shape", b"K\x02K\x03\x86".to_vec()), ("indices", array(&[3]))]),
        b"b".to_vec(),
    ];
    check(&[&rebuilt.concat()], &["reaches 3"]);
}

/// What has an array or a dtype has the same object: it must not change any more.
#[test]
fn what_changes_afterwards() {
    let again = [b"(K\x01K\x01\x85".to_vec(), dtype("i4"), b"\x89C\x04\x09\0\0\0tb".to_vec()].concat();
    check(&[&array(&[1]), &again], &["BUILD changes `numpy.core.multiarray._reconstruct"]);
    let matrix = matrix(array(&[0, 2]), array(&[0, 1, 2]));
    check(
        &[&matrix, &state(&[("_shape", b"K\x01K\x01\x86".to_vec())]), b"b"],
        &["changes", "not in the state"],
    );
    let of_size = |size| [b"(K\x03\x8c\x01|NNN".to_vec(), number(size), b"K\x01K\0tb".to_vec()].concat();
    let text = || [dtype("S4"), b"\x94".to_vec()].concat();
    check(&[&text(), &of_size(4), b"0", &array_of(b"h\0", 1, b"abcd")], &[]);
    check(&[&text(), &of_size(4), &of_size(1 << 20)], &["BUILD changes `numpy.dtype"]);
    check(&[&text(), b"0", &array_of(b"h\0", 1, b"abcd"), b"0h\0", &of_size(1 << 20)], &["BUILD changes"]);
    let scalar = [global("numpy.core.multiarray", "scalar"), b"h\0C\x04abcd\x86R0h\0".to_vec()].concat();
    check(&[&text(), b"0", &scalar, &of_size(1 << 20)], &["BUILD changes"]);
    let field =
        [b"(K\x03\x8c\x01|N\x8c\x01a\x85}\x8c\x01ah\0K\0\x86s".to_vec(), number(4), b"K\x01K\0tb".to_vec()];
    check(&[&text(), b"0", &dtype("V4"), &field.concat(), b"0h\0", &of_size(1 << 20)], &["BUILD changes"]);
}

/// Functions of arrays write into the array that they are told to.
#[test]
fn what_functions_change() {
    let matrix = |indices: &[u8]| matrix(indices.to_vec(), array(&[0, 1, 2]));
    let kept = [array(&[0, 2]), b"\x94".to_vec()].concat();
    let add = [global("numpy", "add"), b"h\0h\0h\0\x87R".to_vec()].concat();
    check(&[&matrix(&kept), &add], &["REDUCE changes"]);
    check(&[&kept, &add, &matrix(b"h\0")], &["`indices` was given to something"]);
    check(&[&matrix(&kept), b"h\0K\0K\x09s"], &["SETITEM changes"]);
    // Into a dict that is a state later: where it is no namespace of a function.
    let filled = [global("dill._dill", "_setitems"), b"h\0}\x86R0".to_vec()].concat();
    let bytes = [b"\x80\x04}\x94", filled.as_slice(), b"N."].concat();
    let codes = |bytes: &[u8]| {
        let findings = lint_stream(bytes, &Options::default(), &pickle_machine::never).findings;
        findings.into_iter().map(|finding| finding.rule.code).filter(|code| code.starts_with("PG")).collect()
    };
    let told: Vec<&str> = codes(&bytes);
    assert_eq!(told, ["PG106"]);
    let helper = [global("dill._dill", "_create_function"), b"Nh\0\x86R0".to_vec()].concat();
    let told = codes(&[b"\x80\x04}\x94", helper.as_slice(), &filled, b"N."].concat());
    assert_eq!(told, ["PG112"]);
    let buffer = b"\x96\x02\0\0\0\0\0\0\0\0\0";
    let made = |buffer: &[u8]| {
        let made = [global("numpy.core.numeric", "_frombuffer"), b"(".to_vec(), buffer.to_vec()].concat();
        [made, dtype("i1"), b"K\x02\x85\x8c\x01CtR".to_vec()].concat()
    };
    check(&[&matrix(&made(&[buffer.as_slice(), b"\x94"].concat())), &made(b"h\0")], &["REDUCE changes"]);
}

/// Nodes are records: `left_child`, `right_child`, `feature`, a byte each.
#[test]
fn trees() {
    let fields = |name: &str, at: u8| [text(name), dtype("i1"), vec![b'K', at], b"\x86".to_vec()].concat();
    let record = [
        dtype("V3"),
        b"(K\x03\x8c\x01|N\x8c\x01l\x8c\x01r\x8c\x01f\x87}(".to_vec(),
        fields("left_child", 0),
        fields("right_child", 1),
        fields("feature", 2),
        b"uK\x03K\x01K\x10tb".to_vec(),
    ];
    let tree = |features: u8, nodes: &[[i8; 3]]| {
        let bytes: Vec<u8> = nodes.iter().flatten().map(|byte| byte.cast_unsigned()).collect();
        let nodes = array_of(&record.concat(), nodes.len() as i32, &bytes);
        let made =
            [global("sklearn.tree._tree", "Tree"), vec![b'K', features], b"NK\x01\x87R".to_vec()].concat();
        [made, state(&[("nodes", nodes)]), b"b".to_vec()].concat()
    };
    let leaf = [-1, -1, -2];
    let sized = |member: &str, number: u8| {
        let with = tree(2, &[leaf]);
        let more = [text(member), vec![b'K', number], b"ub".to_vec()].concat();
        [&with[..with.len() - 2], more.as_slice()].concat()
    };
    check(&[&sized("max_depth", 0)], &[]);
    check(&[&sized("max_depth", 9)], &["`max_depth` reaches 9, and has to be less than 1"]);
    check(&[&sized("node_count", 1)], &[]);
    check(&[&sized("node_count", 7)], &["`node_count` is 7, and has to be 1"]);
    check(&[&tree(2, &[[1, 2, 1], leaf, leaf])], &[]);
    check(&[&tree(2, &[leaf])], &[]);
    check(&[&tree(2, &[[1, 2, 2], leaf, leaf])], &["`nodes.feature in 0..n_features"]);
    check(&[&tree(2, &[[1, 2, -2], leaf, leaf])], &["goes down to -2"]);
    check(&[&tree(2, &[[1, 3, 1], leaf, leaf])], &["reaches 3, and has to be less than 3"]);
    check(&[&tree(2, &[[0, 2, 1], leaf, leaf])], &["leads from an item back"]);
    check(&[&tree(2, &[])], &["`len(nodes) >= 1`"]);
    // The estimator looks at the number of features, the tree does not.
    let estimator = |features: u8| {
        let members =
            [("n_features_in_", vec![b'K', features]), ("tree_", tree(9, &[[1, 2, 8], leaf, leaf]))];
        instance("sklearn.tree._classes", "DecisionTreeClassifier", &state(&members))
    };
    check(&[&estimator(9)], &[]);
    check(&[&estimator(2)], &["`tree_/n_features in 0..n_features_in_|n_features_+1`"]);
}

/// Before scikit-learn 0.24 the nodes of gradient boosting had no categories.
#[test]
fn fields_that_older_versions_have_not() {
    let fields = |name: &str, at: u8| [text(name), dtype("i1"), vec![b'K', at], b"\x86".to_vec()].concat();
    let record = [
        dtype("V3"),
        b"(K\x03\x8c\x01|N\x8c\x01l\x8c\x01r\x8c\x01f\x87}(".to_vec(),
        fields("left", 0),
        fields("right", 1),
        fields("is_leaf", 2),
        b"uK\x03K\x01K\x10tb".to_vec(),
    ];
    let predictor = |nodes: &[u8]| {
        let nodes = array_of(&record.concat(), (nodes.len() / 3) as i32, nodes);
        instance(
            "sklearn.ensemble._hist_gradient_boosting.predictor",
            "TreePredictor",
            &state(&[("nodes", nodes)]),
        )
    };
    check(&[&predictor(&[1, 2, 0, 0, 0, 1, 0, 0, 1])], &[]);
    check(&[&predictor(&[1, 3, 0, 0, 0, 1, 0, 0, 1])], &["reaches 3, and has to be less than 3"]);
}

/// Before scipy 1.6 the nodes of a `cKDTree` were bytes.
#[test]
fn records_in_bytes() {
    let floats = |count: u8| array_of(&dtype("f8"), i32::from(count), &vec![0; 8 * usize::from(count)]);
    let tree = |node: &[u8], made: &dyn Fn(&[u8]) -> Vec<u8>| {
        let points = [global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
        let data = [
            points,
            b"K\0\x85C\x01b\x87R(K\x01K\x02K\x01\x86".to_vec(),
            dtype("f8"),
            b"\x89C\x10".to_vec(),
            vec![0; 16],
            b"tb".to_vec(),
        ];
        let state = [
            b"(".to_vec(),
            made(node),
            data.concat(),
            b"K\x02K\x01K\x10".to_vec(),
            floats(1),
            floats(1),
            array(&[0, 1]),
            b"NNt".to_vec(),
        ];
        let made = [global("scipy.spatial.ckdtree", "cKDTree"), b")\x81".to_vec()].concat();
        [made, state.concat(), b"b".to_vec()].concat()
    };
    let node = |end: u8| {
        let mut node = [0; 72];
        node[..8].copy_from_slice(&[0xff; 8]);
        node[32] = end;
        node
    };
    let bytes = |data: &[u8]| [&[b'C', data.len() as u8], data].concat();
    let encoded = |data: &[u8]| {
        let chars: String = data.iter().map(|&byte| char::from(byte)).collect();
        [global("_codecs", "encode"), text(&chars), text("latin1"), b"\x86R".to_vec()].concat()
    };
    for made in [&bytes as &dyn Fn(&[u8]) -> Vec<u8>, &encoded] {
        check(&[&tree(&node(2), made)], &[]);
        check(&[&tree(&node(3), made)], &["reaches 3, and has to be less than 3"]);
        check(&[&tree(&node(2)[..64], made)], &["`len(tree) >= 72`"]);
    }
    // Before scipy 1.6 it was written in Python.
    let members = [("leafsize", b"K\x0a".to_vec()), ("tree", b"N".to_vec())];
    check(&[&instance("scipy.spatial.kdtree", "KDTree", &state(&members))], &[]);
}

/// The bytes follow the wrapper, and are no ops.
#[test]
fn arrays_of_joblib() {
    let wrapped = |items: [u8; 2]| {
        let members = [("shape", b"K\x02\x85".to_vec()), ("dtype", dtype("i1"))];
        let wrapper = instance("joblib.numpy_pickle", "NumpyArrayWrapper", &state(&members));
        matrix([wrapper, items.to_vec()].concat(), array(&[0, 1, 2]))
    };
    check(&[&wrapped([0, 2])], &[]);
    check(&[&wrapped([0, 3])], &["reaches 3, and has to be less than 3"]);
}

#[test]
fn random_generators() {
    let generator = |at: i32| {
        let made = [global("numpy.random._pickle", "__randomstate_ctor"), text("MT19937"), b"\x85R".to_vec()];
        [made.concat(), b"(".to_vec(), text("MT19937"), array(&[1; 8]), number(at), b"K\0K\0tb".to_vec()]
            .concat()
    };
    check(&[&generator(624)], &[]);
    check(&[&generator(625)], &["`pos in 0..625`"]);
    check(&[&generator(-1)], &["goes down to -1"]);
    // Numbers of others, and the state that a generator hands on.
    let philox = |at: i32| {
        let bits = [global("numpy.random._pickle", "__bit_generator_ctor")];
        let made = [bits.concat(), global("numpy.random._philox", "Philox"), b"\x85R".to_vec()].concat();
        [made, state(&[("buffer_pos", number(at))]), b"N\x86b".to_vec()].concat()
    };
    check(&[&philox(4)], &[]);
    check(&[&philox(-9)], &["goes down to -9"]);
    let legacy = |at: i32| {
        let made = [global("numpy.random._pickle", "__generator_ctor"), text("MT19937"), b"\x85R".to_vec()];
        [made.concat(), state(&[("state", state(&[("pos", number(at))]))]), b"b".to_vec()].concat()
    };
    check(&[&legacy(624)], &[]);
    check(&[&legacy(-9)], &["goes down to -9"]);
}

/// However many objects have an array, it is read once.
#[test]
fn an_array_is_read_once() {
    let large = vec![0; 1 << 20];
    let size = number(1 << 20);
    let made = global("numpy.core.numeric", "_frombuffer");
    let array = [
        made.as_slice(),
        b"(B",
        &(large.len() as u32).to_le_bytes(),
        &large,
        &dtype("i1"),
        &size,
        b"\x85\x8c\x01CtR\x940",
    ];
    let object =
        instance("scipy.sparse._csr", "csr_matrix", b"}(\x8c\x07indicesh\0\x8c\x06_shapeK\x01K\x01\x86u");
    let many = [object.as_slice(), b"0"].concat().repeat(2000);
    let bytes = [b"\x80\x04", array.concat().as_slice(), &many, b"N."].concat();
    assert_eq!(said(&bytes).len(), 1001, "only what else is missing");
}

/// An Arrow array: a type, its length and offset, buffers (`None`: there is none), children.
fn arrow(kind: &str, length: i32, offset: i32, buffers: &[Option<&[u8]>], children: &[u8]) -> Vec<u8> {
    let made = |name: &str| global("pyarrow.lib", name);
    let kind = [made("type_for_alias"), text(kind), b"\x85R".to_vec()].concat();
    let buffers = buffers.iter().flat_map(|buffer| match buffer {
        Some(bytes) => {
            let bytes = [b"C", [bytes.len() as u8].as_slice(), bytes].concat();
            [made("py_buffer"), bytes, b"\x85R".to_vec()].concat()
        }
        None => b"N".to_vec(),
    });
    let buffers: Vec<u8> = buffers.collect();
    let sizes = [number(length), b"K\0".to_vec(), number(offset)].concat();
    [b"(".as_slice(), &kind, &sizes, b"](", &buffers, b"e](", children, b"eNt"].concat()
}

#[test]
fn arrow_arrays() {
    let restored =
        |array: &[u8]| [global("pyarrow.lib", "_restore_array").as_slice(), array, b"\x85R"].concat();
    let offsets =
        |offsets: &[i32]| offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect::<Vec<u8>>();
    let ints =
        |length, offset, size: usize| arrow("int32", length, offset, &[None, Some(&vec![0; size])], b"");
    check(&[&restored(&ints(2, 1, 12))], &[]);
    check(&[&restored(&ints(2, 1, 8))], &["buffer 1 has 8 bytes"]);
    check(&[&restored(&ints(-1, 1, 8))], &["is negative"]);
    check(&[&restored(&arrow("int32", 1, 0, &[None, None], b""))], &["buffer 1 has 0 bytes"]);
    check(&[&restored(&arrow("int32", 0, 0, &[None, None], b""))], &[]);
    let texts = |all: &[i32]| arrow("string", 2, 0, &[None, Some(&offsets(all)), Some(b"abc")], b"");
    check(&[&restored(&texts(&[0, 1, 3]))], &[]);
    check(&[&restored(&texts(&[0, 1, 4]))], &["from 0 to 4, and lead into 3 items"]);
    check(&[&restored(&texts(&[0, 3, 1]))], &["the offsets go"]);
    check(&[&restored(&texts(&[0, 3]))], &["buffer 1 has 8 bytes"]);
    let broken = arrow("null", 1, 0, &[None], &ints(2, 0, 4));
    check(&[&restored(&broken)], &["buffer 1 has 4 bytes"]);
    let view = |place: i32| {
        let view = offsets(&[13, 0, 0, place]);
        arrow("string_view", 1, 0, &[None, Some(&view), Some(b"more than twelve")], b"")
    };
    check(&[&restored(&view(3))], &[]);
    check(&[&restored(&view(4))], &["a view of 13 bytes from 4"]);
}

/// Codes of levels, and places of columns, are arguments.
#[test]
fn tables() {
    let called = |module: &str, name: &str, arguments: &[Vec<u8>]| {
        [global(module, name), b"(".to_vec(), arguments.concat(), b"tR".to_vec()].concat()
    };
    let list = |items: &[Vec<u8>]| [b"](".to_vec(), items.concat(), b"e".to_vec()].concat();
    let index = |class: &str, members: &[(&str, Vec<u8>)]| {
        called("pandas.core.indexes.base", "_new_Index", &[global("pandas", class), state(members)])
    };
    let range =
        |stop: i32| index("RangeIndex", &[("start", number(0)), ("stop", number(stop)), ("step", number(1))]);
    let multi = |levels: &[Vec<u8>], codes: &[Vec<u8>]| {
        index("MultiIndex", &[("levels", list(levels)), ("codes", list(codes))])
    };
    let data = || index("Index", &[("data", array(&[7, 8]))]);
    check(&[&multi(&[range(3), data()], &[array(&[0, 2]), array(&[-1, 1])])], &[]);
    check(
        &[&multi(&[range(3), data()], &[array(&[0, 3]), array(&[-1, 1])])],
        &["reaches 3, and has to be less than 3"],
    );
    check(
        &[&multi(&[range(3), data()], &[array(&[0, 2]), array(&[-1, 2])])],
        &["reaches 2, and has to be less than 2"],
    );
    let slice =
        |start: i32, stop: i32, step: i32| called("builtins", "slice", &[start, stop, step].map(number));
    let block = |placement: Vec<u8>| {
        called("pandas._libs.internals", "_unpickle_block", &[array(&[1]), placement, number(2)])
    };
    let manager = |blocks: &[Vec<u8>], columns: i32| {
        let blocks = [b"(".to_vec(), blocks.concat(), b"t".to_vec()].concat();
        called("pandas.core.internals.managers", "BlockManager", &[blocks, list(&[range(columns), range(9)])])
    };
    let two = [block(slice(0, 3, 2)), block(array(&[1]))];
    check(&[&manager(&two, 3)], &[]);
    check(&[&manager(&two, 2)], &["is 3, and has to be 2"]);
    check(&[&manager(&[block(slice(5, 6, 1))], 1)], &["reaches 5, and has to be less than 1"]);
    check(&[&manager(&[block(slice(0, -3, -2))], 2)], &["goes down to -2"]);
    // Of blocks that were split, as `convert_dtypes` does it.
    let of_numpy = |number: i64| {
        let given = [b"C\x08".as_slice(), &number.to_le_bytes(), b"\x86R"].concat();
        [global("numpy.core.multiarray", "scalar"), dtype("i8"), given].concat()
    };
    let split =
        |place: i64| block(called("builtins", "slice", &[of_numpy(place), of_numpy(place + 1), number(1)]));
    check(&[&manager(&[split(0)], 1)], &[]);
    check(&[&manager(&[split(1)], 1)], &["reaches 1, and has to be less than 1"]);
    // Before pandas 1.3, in a state.
    let older = |place: i32| {
        let block = state(&[("values", array(&[1])), ("mgr_locs", array(&[place]))]);
        let members = [("axes", list(&[range(1), range(9)])), ("blocks", list(&[block]))];
        let state = [b")))".to_vec(), state(&[("0.14.1", state(&members))]), b"t".to_vec()].concat();
        instance("pandas.core.internals.managers", "BlockManager", &[b"(".to_vec(), state].concat())
    };
    check(&[&older(0)], &[]);
    check(&[&older(1)], &["reaches 1, and has to be less than 1"]);
}

/// Rows are lists of columns, in an array of objects.
#[test]
fn lists_of_columns() {
    let matrix = |list: &[u8]| {
        let rows = [global("numpy.core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
        let object = dtype("O8");
        let rows =
            [&rows, b"K\0\x85C\x01b\x87R(K\x01K\x02\x85".as_slice(), &object, b"\x89", list, b"tb"].concat();
        let shape = [number(2), number(3), b"\x86".to_vec()].concat();
        instance("scipy.sparse._lil", "lil_matrix", &state(&[("_shape", shape), ("rows", rows)]))
    };
    check(&[&matrix(b"](](K\0K\x02e]K\x01ae")], &[]);
    check(&[&matrix(b"](]]e")], &[]);
    check(&[&matrix(b"](](K\0K\x03e]K\x01ae")], &["reaches 3, and has to be less than 3"]);
    check(&[&matrix(b"](]K\x01a]J\xff\xff\xff\xffae")], &["goes down to -1"]);
    check(&[&matrix(b"](](K\0K\x02e](h\0ee")], &["`rows` is no list of lists of integers"]);
}
