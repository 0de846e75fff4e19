//! Arrays as dill writes them.

use super::{check, dtype, global, instance, matrix, number, state};

/// An array of `int32`.
fn array_of_dill(items: &[i32]) -> Vec<u8> {
    let bytes: Vec<u8> = items.iter().flat_map(|item| item.to_le_bytes()).collect();
    let function = [global("numpy._core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
    let count = number(items.len() as i32);
    let head = [global("dill._dill", "_create_array"), b"(".to_vec(), function].concat();
    let state = [b"K\0\x85C\x01b\x87(K\x01", count.as_slice(), b"\x85", &dtype("i4"), b"\x89C"].concat();
    [head, state, vec![bytes.len() as u8], bytes, b"tNtR".to_vec()].concat()
}

#[test]
fn matrices_of_dill() {
    let (indices, indptr) = (array_of_dill(&[0, 2]), array_of_dill(&[0, 1, 2]));
    check(&[&matrix(indices.clone(), indptr.clone())], &[]);
    check(&[&matrix(array_of_dill(&[0, 3]), indptr.clone())], &["reaches 3, and has to be less than 3"]);
    let changed =
        [indices, b"(K\x01K\x02\x85".to_vec(), dtype("i4"), b"\x89C\x08\x09\0\0\0\x09\0\0\0tb".to_vec()];
    check(&[&matrix(changed.concat(), indptr)], &["BUILD changes `dill._dill._create_array"]);
}

/// Rows are lists of columns, in an array of objects.
#[test]
fn lists_of_dill() {
    let matrix = |list: &[u8]| {
        let function =
            [global("numpy._core.multiarray", "_reconstruct"), global("numpy", "ndarray")].concat();
        let head = [global("dill._dill", "_create_array"), b"(".to_vec(), function].concat();
        let object = dtype("O8");
        let given = [b"K\0\x85C\x01b\x87(K\x01K\x02\x85", object.as_slice(), b"\x89", list, b"tNtR"];
        let shape = [number(2), number(3), b"\x86".to_vec()].concat();
        let members = [("_shape", shape), ("rows", [head, given.concat()].concat())];
        instance("scipy.sparse._lil", "lil_matrix", &state(&members))
    };
    check(&[&matrix(b"](](K\0K\x02e]K\x01ae")], &[]);
    check(&[&matrix(b"](](K\0K\x03e]K\x01ae")], &["reaches 3, and has to be less than 3"]);
}
