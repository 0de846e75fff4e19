//! Tensors of torch, whose numbers are in other records of an archive.

use std::collections::HashMap;

use super::{global, instance, number, state, text};
use crate::{Options, Storages, Stored, lint_stream_within};

/// Records by their keys.
#[derive(Default)]
struct Records {
    all: HashMap<&'static str, Vec<u8>>,
    big: bool,
}

impl Storages for Records {
    fn find(&self, key: &str) -> Stored<'_> {
        match self.all.get(key) {
            Some(bytes) => Stored::Bytes(bytes),
            None if key == "compressed" => Stored::Hidden("is compressed"),
            None => Stored::Elsewhere,
        }
    }

    fn are_big(&self) -> bool {
        self.big
    }
}

fn longs(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

#[track_caller]
fn check_with(records: &Records, part: &[u8], expected: &[&str]) {
    let bytes = [b"\x80\x04", part, b"."].concat();
    let memory = pickle_machine::stream::Memory::default();
    let report = lint_stream_within(&bytes, &Options::default(), memory, records, &pickle_machine::never);
    let ours = report.findings.into_iter().filter(|finding| finding.rule.code == "PG117");
    let said: Vec<_> = ours.map(|finding| finding.message).collect();
    assert_eq!(said.len(), expected.len(), "{said:?}");
    for (message, expected) in said.iter().zip(expected) {
        assert!(message.contains(expected), "{message}");
    }
}

/// With these storages of integers, `0` and so on.
#[track_caller]
fn check(storages: &[&[i64]], part: &[u8], expected: &[&str]) {
    let keys = ["0", "1", "2", "3"];
    let all = keys.into_iter().zip(storages.iter().map(|numbers| longs(numbers))).collect();
    check_with(&Records { all, big: false }, part, expected);
}

fn tuple(items: &[Vec<u8>]) -> Vec<u8> {
    [b"(".to_vec(), items.concat(), b"t".to_vec()].concat()
}

fn numbers(all: &[i32]) -> Vec<u8> {
    tuple(&all.iter().map(|&one| number(one)).collect::<Vec<_>>())
}

fn call(module: &str, name: &str, arguments: &[Vec<u8>]) -> Vec<u8> {
    [global(module, name), tuple(arguments), b"R".to_vec()].concat()
}

fn storage(class: &str, key: &str, count: i32) -> Vec<u8> {
    let id = [text("storage"), global("torch", class), text(key), text("cpu"), number(count)];
    [tuple(&id), b"Q".to_vec()].concat()
}

fn tensor_of(storage: Vec<u8>, offset: i32, size: &[i32], stride: &[i32]) -> Vec<u8> {
    let parts = [storage, number(offset), numbers(size), numbers(stride), b"\x89".to_vec(), b"N".to_vec()];
    call("torch._utils", "_rebuild_tensor_v2", &parts)
}

/// Integers, one behind the other.
fn row(key: &str, count: i32) -> Vec<u8> {
    tensor_of(storage("LongStorage", key, count), 0, &[count], &[1])
}

fn size(all: &[i32]) -> Vec<u8> {
    call("torch", "Size", &[numbers(all)])
}

fn sparse(layout: &str, data: &[Vec<u8>]) -> Vec<u8> {
    let layout = call("torch.serialization", "_get_layout", &[text(&format!("torch.sparse_{layout}"))]);
    call("torch._utils", "_rebuild_sparse_tensor", &[layout, tuple(data)])
}

#[test]
fn coordinates() {
    let indices = |offset, stride: &[i32]| tensor_of(storage("LongStorage", "0", 4), offset, &[2, 2], stride);
    let of = |indices: Vec<u8>| sparse("coo", &[indices, row("1", 2), size(&[2, 3]), b"\x89".to_vec()]);
    let plain = of(indices(0, &[2, 1]));
    check(&[&[0, 1, 2, 0], &[7, 8]], &plain, &[]);
    check(&[&[0, 2, 2, 0], &[7, 8]], &plain, &["indices[0] is 2, and has to be less than 2"]);
    check(&[&[0, 1, 3, 0], &[7, 8]], &plain, &["indices[1] is 3, and has to be less than 3"]);
    check(&[&[0, -1, 2, 0], &[7, 8]], &plain, &["indices[0] is -1"]);
    // The other way round, columns are rows.
    let turned = of(indices(0, &[1, 2]));
    check(&[&[0, 2, 1, 0], &[7, 8]], &turned, &[]);
    check(&[&[0, 1, 2, 0], &[7, 8]], &turned, &["indices[0] is 2"]);
    // What a tensor does not show is nothing.
    let part = tensor_of(storage("LongStorage", "0", 6), 1, &[2, 2], &[3, 1]);
    check(&[&[99, 0, 1, 99, 2, 0], &[7, 8]], &of(part), &[]);
    let few = sparse("coo", &[indices(0, &[2, 1]), row("1", 1), size(&[2, 3])]);
    check(&[&[0, 1, 2, 0], &[7]], &few, &["there are indices of 2 values, and 1 values"]);
    let many = sparse("coo", &[indices(0, &[2, 1]), row("1", 2), size(&[2])]);
    check(&[&[0, 1, 0, 0], &[7, 8]], &many, &["for 2 dimensions of 1"]);
    // A row of one number again and again.
    let same = tensor_of(storage("LongStorage", "0", 1), 0, &[2, 2], &[0, 0]);
    check(&[&[1], &[7, 8]], &of(same), &[]);
}

#[test]
fn compressed_rows_and_columns() {
    let of =
        |layout: &str, rows: &[i32]| sparse(layout, &[row("0", 3), row("1", 2), row("2", 2), size(rows)]);
    let values = [7, 8].as_slice();
    check(&[&[0, 1, 2], &[0, 2], values], &of("csr", &[2, 3]), &[]);
    check(&[&[0, 1, 2], &[0, 2], values], &of("csc", &[3, 2]), &[]);
    check(&[&[0, 1, 2], &[0, 2], values], &of("csc", &[2, 2]), &["an index is 2, and has to be less than 2"]);
    check(&[&[0, 1, 2], &[0, 3], values], &of("csr", &[2, 3]), &["an index is 3"]);
    check(&[&[0, 1, 3], &[0, 2], values], &of("csr", &[2, 3]), &["a compressed index is 3"]);
    check(&[&[0, 2, 1], &[0, 2], values], &of("csr", &[2, 3]), &["less than the one before it"]);
    check(&[&[0, 1, 2], &[0, 2], values], &of("csr", &[3, 3]), &["3 compressed indices for 3 rows"]);
    let blocks = |columns: i32| {
        let values = tensor_of(storage("LongStorage", "2", 4), 0, &[2, 1, 2], &[2, 2, 1]);
        sparse("bsr", &[row("0", 3), row("1", 2), values, size(&[2, columns])])
    };
    check(&[&[0, 1, 2], &[0, 1], &[0; 4]], &blocks(4), &[]);
    check(&[&[0, 1, 2], &[0, 1], &[0; 4]], &blocks(2), &["an index is 1, and has to be less than 1"]);
}

#[test]
fn numbers_that_cannot_be_read() {
    let of = |key: &str, class: &str| {
        let indices = tensor_of(storage(class, key, 2), 0, &[1, 2], &[2, 1]);
        sparse("coo", &[indices, row("1", 2), size(&[2])])
    };
    // The archive is not at hand.
    check(&[], &of("0", "LongStorage"), &[]);
    check(&[&[0, 0], &[7, 8]], &of("compressed", "LongStorage"), &["cannot be checked"]);
    check(&[&[0, 0], &[7, 8]], &of("0", "DoubleStorage"), &["has items that are no integers"]);
    let computed = call("torch", "tensor", &[b"]".to_vec()]);
    let computed = sparse("coo", &[computed, row("1", 2), size(&[2])]);
    check(&[&[0, 0], &[7, 8]], &computed, &["is computed by `torch.tensor`"]);
    // A parameter is the tensor in it.
    let indices = tensor_of(storage("LongStorage", "0", 2), 0, &[1, 2], &[2, 1]);
    let parameter = call("torch._utils", "_rebuild_parameter", &[indices, b"\x89".to_vec(), b"N".to_vec()]);
    check(&[&[0, 2], &[7, 8]], &sparse("coo", &[parameter, row("1", 2), size(&[2])]), &["indices[0] is 2"]);
    // The archive says how its numbers are written.
    let big: Vec<u8> = [0_i64, 1].iter().flat_map(|number| number.to_be_bytes()).collect();
    let all = || HashMap::from([("0", big.clone()), ("1", longs(&[7, 8]))]);
    check_with(&Records { all: all(), big: true }, &of("0", "LongStorage"), &[]);
    check_with(
        &Records { all: all(), big: false },
        &of("0", "LongStorage"),
        &["indices[0] is 72057594037927936"],
    );
}

/// Loaders before torch 2.7 take the length of a storage from the pickle.
#[test]
fn storages_that_are_shorter_than_said() {
    let length = "said to have 24 bytes, and its record has 16 bytes";
    check(&[&[1, 2]], &row("0", 3), &[length]);
    check(&[&[1, 2]], &storage("LongStorage", "0", 3), &[length]);
    check(&[&[1, 2]], &row("0", 2), &[]);
    let both = [row("0", 2), b"0".to_vec(), storage("IntStorage", "0", 4)].concat();
    check(&[&[1, 2]], &both, &["is named as two types"]);
    // An item that is put into a storage is in all tensors of it.
    let put = [storage("LongStorage", "0", 2), number(0), number(9), b"s".to_vec()].concat();
    check(&[&[1, 2]], &put, &["SETITEM changes"]);
}

#[test]
fn tensors_beyond_their_storage() {
    let of = |offset, size: &[i32], stride: &[i32]| {
        tensor_of(storage("LongStorage", "0", 6), offset, size, stride)
    };
    check(&[], &of(0, &[2, 3], &[3, 1]), &[]);
    check(&[], &of(3, &[3], &[1]), &[]);
    check(&[], &of(9, &[0, 3], &[3, 1]), &[]);
    check(&[], &of(0, &[1000, 1000], &[0, 0]), &[]);
    check(&[], &of(4, &[3], &[1]), &["reaches to byte 56 of a storage of 48 bytes"]);
    check(&[], &of(0, &[2], &[6]), &["reaches to byte 56"]);
    check(&[], &of(-1, &[2], &[1]), &["begins in front of its storage"]);
    check(&[], &of(0, &[1 << 30, 1 << 30], &[0, 0]), &["the same numbers again and again"]);
    // The type of the third version is behind the storage.
    let third = |count: i32| {
        let rest = [numbers(&[2]), numbers(&[1]), b"\x89".to_vec(), b"N".to_vec(), global("torch", "uint16")];
        let parts = [vec![storage("UntypedStorage", "0", count), number(0)], rest.to_vec()].concat();
        call("torch._utils", "_rebuild_tensor_v3", &parts)
    };
    check(&[], &third(4), &[]);
    check(&[], &third(3), &["reaches to byte 4 of a storage of 3 bytes"]);
}

#[test]
fn channels_of_quantized_tensors() {
    let of = |axis: i32, count: i32| {
        let scheme = [global("torch", "per_channel_affine"), row("1", count), row("2", count), number(axis)];
        let parts = [storage("QInt8Storage", "0", 6), number(0), numbers(&[2, 3]), numbers(&[3, 1])];
        call("torch._utils", "_rebuild_qtensor", &[parts.as_slice(), &[tuple(&scheme)]].concat())
    };
    check(&[], &of(0, 2), &[]);
    check(&[], &of(1, 2), &["there are 2 scales for an axis of the length 3"]);
    check(&[], &of(0, 3), &["there are 3 scales for an axis of the length 2"]);
    check(&[], &of(9, 2), &["the axis is 9"]);
    check(&[], &of(2, 2), &["the axis is 2, and there are 2 dimensions"]);
}

#[test]
fn nested_tensors() {
    let nested = || {
        let table = |key| tensor_of(storage("LongStorage", key, 4), 0, &[2, 2], &[2, 1]);
        let parts = [row("0", 8), table("1"), table("2"), row("3", 2)];
        call("torch._utils", "_rebuild_nested_tensor", &parts)
    };
    let buffer = [0; 8].as_slice();
    check(&[buffer, &[1, 2, 3, 2], &[2, 1, 2, 1], &[0, 2]], &nested(), &[]);
    check(&[buffer, &[1, 2, 4, 2], &[2, 1, 2, 1], &[0, 2]], &nested(), &["beyond the 8 items"]);
    check(&[buffer, &[1, 2, 3, 2], &[2, 1, 2, 1], &[0, -2]], &nested(), &["beyond the 8 items"]);
    check(&[buffer, &[1, 2, 3, 2], &[2, 1, 9, 1], &[0, 2]], &nested(), &["beyond the 8 items"]);
}

#[test]
fn packed_sequences() {
    let packed = |indices: Vec<u8>| {
        let arguments = tuple(&[row("0", 6), row("1", 3), indices, b"N".to_vec()]);
        [global("torch.nn.utils.rnn", "PackedSequence"), arguments, b"\x81".to_vec()].concat()
    };
    let data = [0; 6].as_slice();
    check(&[data, &[3, 2, 1]], &packed(b"N".to_vec()), &[]);
    check(&[data, &[3, -2, 1]], &packed(b"N".to_vec()), &["a batch size is -2"]);
    check(&[data, &[3, 2, 7]], &packed(b"N".to_vec()), &["a batch size is 7"]);
    check(&[data, &[3, 2, 1], &[2, 0, 1]], &packed(row("2", 3)), &[]);
    check(&[data, &[3, 2, 1], &[2, 0, 3]], &packed(row("2", 3)), &["an index is 3"]);
}

/// A function that calls the one that makes a tensor.
#[test]
fn tensors_that_are_wrapped() {
    let wrapped = |function: Vec<u8>, arguments: Vec<u8>| {
        let parts = [function, global("torch", "Tensor"), arguments, b"}".to_vec()];
        call("torch._tensor", "_rebuild_from_type_v2", &parts)
    };
    let made = || global("torch._utils", "_rebuild_sparse_tensor");
    let arguments = |columns: i32| {
        let layout = call("torch.serialization", "_get_layout", &[text("torch.sparse_coo")]);
        let indices = tensor_of(storage("LongStorage", "0", 4), 0, &[2, 2], &[2, 1]);
        let values = tensor_of(storage("FloatStorage", "1", 2), 0, &[2], &[1]);
        tuple(&[layout, tuple(&[indices, values, numbers(&[2, columns]), b"\x89".to_vec()])])
    };
    let storages: &[&[i64]] = &[&[0, 1, 1, 5], &[1, 2]];
    check(storages, &wrapped(made(), arguments(6)), &[]);
    check(storages, &wrapped(made(), arguments(3)), &["indices[1] is 5, and has to be less than 3"]);
    let outer = || global("torch._tensor", "_rebuild_from_type_v2");
    let twice = |columns: i32| {
        let inner = tuple(&[made(), global("torch", "Tensor"), arguments(columns), b"}".to_vec()]);
        wrapped(outer(), inner)
    };
    check(storages, &twice(6), &[]);
    check(storages, &twice(3), &["indices[1] is 5, and has to be less than 3"]);
    let list = [b"](".to_vec(), arguments(3)[1..].to_vec()].concat();
    let list = [&list[..list.len() - 1], b"e".as_slice()].concat();
    check(storages, &wrapped(made(), list), &["is made out of arguments that the stream does not show"]);
}

#[test]
fn layers_that_are_made_up() {
    let module =
        |layers: i32| instance("torch.nn.modules.rnn", "LSTM", &state(&[("num_layers", number(layers))]));
    check(&[], &module(12), &[]);
    check(&[], &module(1 << 30), &["`num_layers` reaches 1073741824"]);
    // Gates are parts of a row, whose length is divided by it.
    let empty = instance("torch.nn.modules.rnn", "LSTM", &state(&[("hidden_size", number(0))]));
    check(&[], &empty, &["`hidden_size` goes down to 0"]);
}

/// In plain pickles a storage is a file of torch in bytes.
#[test]
fn storages_in_the_pickle() {
    let file = |numbers: &[i64]| {
        let header = b"\x80\x02K\x01.\x80\x02K\x01.\x80\x02}.".to_vec();
        let object =
            [b"\x80\x02((X\x07\0\0\0storagectorch\nLongStorage\n", b"U\x010U\x03cpuK\x02NtQ.".as_slice()];
        let object = [object[0], object[1]].concat();
        let keys = b"\x80\x02]U\x010a.".to_vec();
        let count = (numbers.len() as i64).to_le_bytes().to_vec();
        let file = [header, object, keys, count, longs(numbers)].concat();
        let bytes = [b"B".to_vec(), (file.len() as u32).to_le_bytes().to_vec(), file].concat();
        call("torch.storage", "_load_from_bytes", &[bytes])
    };
    let of = |numbers: &[i64]| {
        let indices = tensor_of(file(numbers), 0, &[1, 2], &[2, 1]);
        sparse("coo", &[indices, row("1", 2), size(&[2])])
    };
    check(&[&[], &[7, 8]], &of(&[0, 1]), &[]);
    check(&[&[], &[7, 8]], &of(&[0, 2]), &["indices[0] is 2"]);
    check(&[], &tensor_of(file(&[0]), 0, &[2], &[1]), &["reaches to byte 16 of a storage of 8 bytes"]);
}

/// torch adds to a storage what a tensor shows beyond it: of one that a call makes, that is as much as the pickle says.
#[test]
fn storages_that_calls_make() {
    let made = |class: &str| [global("torch", class), number(8), b"\x85R".to_vec()].concat();
    check(&[], &tensor_of(made("FloatStorage"), 0, &[2, 2], &[2, 1]), &[]);
    let told = &["a tensor of gigabytes has a storage that is made by `torch.FloatStorage`"];
    check(&[], &tensor_of(made("FloatStorage"), 0, &[1 << 20, 1 << 20], &[1 << 20, 1]), told);
    check(&[], &tensor_of(made("FloatStorage"), i32::MAX, &[1], &[1]), told);
    check(&[], &tensor_of(made("FloatStorage"), i32::MAX, &[0], &[1]), &[]);
}
