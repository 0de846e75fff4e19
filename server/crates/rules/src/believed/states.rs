//! Objects whose code reads memory that only a state gives them.

use super::{array, check, global, instance, number, state, text};

fn empty(module: &str, name: &str) -> Vec<u8> {
    [global(module, name), b")\x81".to_vec()].concat()
}

/// Without the constructor, in any of the ways that there are for it.
#[test]
fn objects_without_a_state() {
    let told = &["is made and never given a state"];
    let placements = "torch.distributed.tensor.placement_types";
    for (module, name) in [
        (placements, "Shard"),
        (placements, "Partial"),
        (placements, "Replicate"),
        ("scipy.spatial._ckdtree", "cKDTree"),
        ("pandas.core.arrays.categorical", "Categorical"),
        ("numpy.random._pcg64", "PCG64"),
    ] {
        check(&[&empty(module, name)], told);
        let class = global(module, name);
        check(&[&global("copyreg", "__newobj__"), &class, b"\x85R"], told);
        check(
            &[&global("copyreg", "_reconstructor"), &class, &global("builtins", "object"), b"N\x87R"],
            told,
        );
    }
    check(&[&instance(placements, "Replicate", b"}")], &[]);
    check(&[&instance(placements, "Shard", &state(&[("dim", number(1))]))], &[]);
    // Its constructor makes all that it needs.
    let points = [global("scipy.spatial._ckdtree", "cKDTree"), array(&[1, 2]), b"\x85R".to_vec()].concat();
    check(&[&points], &[]);
    check(&[&global("numpy.random._pcg64", "PCG64"), b")R"], &[]);
    check(&[&empty("argparse", "Namespace")], &[]);
}

/// Where objects hold each other, the state comes later; the one that has none is told.
#[test]
fn states_that_come_later() {
    let shard = || empty("torch.distributed.tensor.placement_types", "Shard");
    let given = state(&[("dim", number(1))]);
    check(&[&shard(), b"\x94", &shard(), &given, b"b0", &given, b"b"], &[]);
    check(
        &[&shard(), &shard(), &given, b"b0"],
        &["`torch.distributed.tensor.placement_types.Shard` is made"],
    );
    // In front of the class of a tree, numbers of its nodes are what its constructor is given.
    let tree = [global("sklearn.tree._tree", "Tree"), b"K\x02".to_vec(), array(&[2]), b"K\x01\x87R".to_vec()];
    check(&[&tree.concat()], &["`sklearn.tree._tree.Tree` is made and never given a state"]);
}

/// With so many that are waiting, the next one is told at once.
#[test]
fn many_objects_without_a_state() {
    let class = [global("torch.distributed.tensor.placement_types", "Replicate"), b"\x940".to_vec()].concat();
    let waiting = b"h\0)\x81".repeat(1 << 14);
    let states = b"}b0".repeat(1 << 14);
    check(&[&class, &waiting, &states, b"N"], &[]);
    check(&[&class, b"h\0)\x81\x940", &waiting, &states, b"N"], &["is made and never given a state"; 2]);
}

/// Of nothing but zeros, some distributions are drawn for ever.
#[test]
fn generators_of_zeros() {
    let zeros = |key: Vec<u8>| {
        let made = [global("numpy.random._pickle", "__randomstate_ctor"), text("MT19937"), b"\x85R".to_vec()];
        [made.concat(), state(&[("state", state(&[("key", key), ("pos", number(9))]))]), b"b".to_vec()]
            .concat()
    };
    check(&[&zeros(array(&[1, 2, 3, 4, 5, 6, 7, 8, 0]))], &[]);
    check(
        &[&zeros(array(&[1, 0, 0]))],
        &["integers in `state/key` that are not zero is 1, and has to be at least 8"],
    );
    // Philox has a key of two numbers, and counts.
    let named = |name: &str| {
        let made = [global("numpy.random._pickle", "__bit_generator_ctor"), text(name), b"\x85R".to_vec()];
        let of_all = state(&[("bit_generator", text(name)), ("state", state(&[("key", array(&[1, 2]))]))]);
        [made.concat(), of_all, b"b".to_vec()].concat()
    };
    check(&[&named("Philox")], &[]);
    check(&[&named("MT19937")], &["`state/key` that are not zero is 2, and has to be at least 8"]);
    let pcg = |increment: &[u8]| {
        let made =
            [global("numpy.random._pickle", "__bit_generator_ctor"), global("numpy.random._pcg64", "PCG64")];
        let of_both = state(&[("state", number(0)), ("inc", increment.to_vec())]);
        let of_all = state(&[("bit_generator", text("PCG64")), ("state", of_both)]);
        [made.concat(), b"\x85R".to_vec(), of_all, b"N\x86b".to_vec()].concat()
    };
    check(&[&pcg(&[b"\x8a\x10".as_slice(), &[0x61; 16]].concat())], &[]);
    check(&[&pcg(b"K\0")], &["`state/inc` that are not zero is 0, and has to be at least 1"]);
}

/// A sequence of seeds has a pool, and says how large those are that are spawned.
#[test]
fn pools_of_seeds() {
    let seeds = |size: i32| {
        let made = [
            global("numpy.random.bit_generator", "__pyx_unpickle_SeedSequence"),
            global("numpy.random.bit_generator", "SeedSequence"),
            b"K\x07N\x87R".to_vec(),
        ];
        [made.concat(), b"(K\x05K\0".to_vec(), array(&[1, 2, 3, 4]), number(size), b")tb".to_vec()].concat()
    };
    check(&[&seeds(4)], &[]);
    check(&[&seeds(1_000_000_000)], &["`size` is 1000000000, and has to be 4"]);
}
