//! Files of torch: what is a pickle in them, what are numbers, what is code.
#![allow(clippy::unwrap_used)]

mod common;

use common::{OLD_PICKLE, PICKLE, STORED, bytes, kinds, open, paths, torch, zip};
use pickle_containers::{FaultKind, Input, Item, Kind, Limits, Loader, visit};
use zip::CompressionMethod;

/// The magic number, the version, the system.
const HEAD: &[u8] =
    b"\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.\x80\x02M\xe9\x03.\x80\x02}q\x00.";

/// Two storages of floats and halves, the second class by way of a memo, as `_legacy_save` writes persistent ids.
const OBJECT: &[u8] = b"\x80\x02]q\x00((X\x07\x00\x00\x00storageq\x01ctorch\nFloatStorage\nq\x02X\x01\x00\x00\x00aq\x03\
    X\x03\x00\x00\x00cpuq\x04K\x02Ntq\x05Q(h\x01ctorch\nHalfStorage\nq\x06X\x01\x00\x00\x00bq\x07h\x04K\x03Ntq\x08Qe.";

const KEYS: &[u8] = b"\x80\x02]q\x00(X\x01\x00\x00\x00aq\x01X\x01\x00\x00\x00bq\x02e.";

/// A file of two storages with these bytes: two floats, and three halves.
fn legacy(first: &[u8; 8], second: &[u8; 6]) -> Vec<u8> {
    let pickles = [HEAD, OBJECT, KEYS].concat();
    [&pickles[..], &[2, 0, 0, 0, 0, 0, 0, 0], first, &[3, 0, 0, 0, 0, 0, 0, 0], second].concat()
}

#[test]
fn storages_are_told_from_pickles() {
    let file = legacy(b"\x80\x02N.\x80\x02N.", b"I1\n.N.");
    let opened = open(&file);
    assert_eq!((opened.format, kinds(&opened)), ("torch legacy", vec![]));
    assert_eq!(paths(&opened), ["", "storages/a", "storages/b"]);
    assert_eq!(bytes(&opened, ""), Some(&*[HEAD, OBJECT, KEYS].concat()));
    assert_eq!(bytes(&opened, "storages/b"), Some(b"I1\n.N.".as_slice()));
    assert!(opened.members[1..].iter().all(|member| member.kind == Kind::Other("torch storage")));
}

#[test]
fn a_pickle_behind_the_storages_is_a_member() {
    let file = [legacy(&[0; 8], &[0; 6]), OLD_PICKLE.to_vec()].concat();
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::TrailingBytes]);
    assert_eq!(bytes(&opened, "bytes after the storages"), Some(OLD_PICKLE));
}

#[test]
fn a_file_that_is_cut() {
    let file = legacy(&[0; 8], &[0; 6]);
    for (cut, members) in [(2, 3), (9, 2), (16, 2), (30, 1)] {
        let opened = open(&file[..file.len() - cut]);
        assert_eq!((kinds(&opened), opened.members.len()), (vec![FaultKind::Truncated], members), "{cut}");
    }
    // Before the storages, a decoder says what is wrong.
    let opened = open(&file[..60]);
    assert_eq!((kinds(&opened), bytes(&opened, "")), (vec![], Some(&file[..60])));
}

#[test]
fn numbers_that_are_a_pickle() {
    let call = b"\x80\x02cposix\ngetcwd\n)R.";
    let file = zip(&[("m/data.pkl", PICKLE, STORED), ("m/data/0", call, STORED)]);
    let opened = open(&file);
    assert_eq!(kinds(&opened), [FaultKind::PickleInNumbers]);
    assert_eq!(opened.members[1].kind, Kind::Other("torch storage"));
    assert_eq!(kinds(&open(&torch())), []);
}

/// numpy loads arrays from any archive, also with objects in them, and does not go by names.
#[test]
fn arrays_in_the_place_of_numbers() {
    let mut array = b"\x93NUMPY\x01\0v\0{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".to_vec();
    array.resize(127, b' ');
    array.extend([b"\n", PICKLE].concat());
    for method in [STORED, CompressionMethod::Deflated] {
        let file = zip(&[("m/data.pkl", PICKLE, STORED), ("m/data/0", &array, method)]);
        let opened = open(&file);
        assert_eq!(kinds(&opened), [FaultKind::ObjectArray]);
        assert_eq!(bytes(&opened, "m/data/0"), Some(&*array));
    }
}

#[test]
fn code_in_archives() {
    let source = b"def f(x):\n  return x\n";
    let cases: &[(&[&str], FaultKind)] = &[
        (&["m/constants.pkl", "m/code/__torch__.py", "m/code/__torch__/a.py"], FaultKind::ScriptCode),
        (&["m/.data/version", "m/a.py"], FaultKind::PackageCode),
        (&["m/.data/version", "m/constants.pkl", "m/code/__torch__.py"], FaultKind::ScriptCode),
        (&["m/.data/extern_modules", "m/constants.pkl", "m/code/a.py"], FaultKind::PackageCode),
        (&["MAR-INF/MANIFEST.json", "handler.py"], FaultKind::PackageCode),
        (&["m/data/aotinductor/model/a.so"], FaultKind::PackageCode),
    ];
    for (names, expected) in cases {
        let members: Vec<_> = names.iter().map(|name| (*name, source.as_slice(), STORED)).collect();
        let file = zip(&members);
        assert_eq!(kinds(&open(&file)), [*expected], "{names:?}");
    }
    assert_eq!(kinds(&open(&zip(&[("x/setup.py", source, STORED)]))), []);
}

/// What code in a file calls, with who loads it.
fn called(file: &[u8]) -> Vec<(Loader, String)> {
    let mut found = Vec::new();
    visit(&Input::new(None, file), &Limits::default(), &|| false, &mut |item| {
        if let Item::Code(code) = item {
            code.mentions(&mut |mention| {
                found.push((code.loader, mention.text.to_owned()));
                false
            });
        }
    });
    found
}

/// torch looks members up without regard to case, and runs what it finds.
#[test]
fn what_code_calls() {
    let script = b"def f(x: Tensor) -> None:\n  torch.save(x, \"f\")\n".as_slice();
    let graph = br#"{"expr_str": "s0 + 1"}"#.as_slice();
    for method in [STORED, CompressionMethod::Deflated] {
        let found = |members: &[(&str, &[u8])]| {
            let members: Vec<_> = members.iter().map(|(name, bytes)| (*name, *bytes, method)).collect();
            called(&zip(&members))
        };
        let save = [(Loader::TorchScript, "save".to_owned())];
        assert_eq!(found(&[("m/constants.pkl", PICKLE), ("m/code/__torch__.py", script)]), save);
        assert_eq!(found(&[("m/CONSTANTS.PKL", PICKLE), ("m/Code/__TORCH__.PY", script)]), save);
        let instructions = b"\x80\x02X\x0a\x00\x00\x00aten::saveq\x00.";
        let save = [(Loader::TorchMobile, "aten::save".to_owned())];
        assert_eq!(found(&[("m/bytecode.pkl", instructions)]), save);
        let sum = [(Loader::TorchExport, "s0 + 1".to_owned())];
        assert_eq!(found(&[("m/archive_format", b"pt2"), ("m/models/model.json", graph)]), sum);
        assert_eq!(found(&[("serialized_exported_program.json", graph)]), sum);
        assert_eq!(found(&[("m/models/model.json", graph)]), []);
    }
    let layers = br#"{"function": {"class_name": "__lambda__"}}"#.as_slice();
    let described = [("metadata.json", b"{}".as_slice(), STORED), ("config.json", layers, STORED)];
    let lambda = [(Loader::Keras, "__lambda__".to_owned())];
    assert_eq!(called(&zip(&described)), lambda);
    // Its loader does without the first.
    assert_eq!(called(&zip(&described[1..])), lambda);
    assert_eq!(called(&zip(&[("other.json", layers, STORED)])), []);
}

#[test]
fn models_for_mobile_devices() {
    let model = [b"<\0\0\0PTMF", &[0; 20][..], b"\x09\0\0\0aten::mul", &[0; 8]].concat();
    assert_eq!((open(&model).format, kinds(&open(&model))), ("torch mobile", vec![]));
    assert_eq!(called(&model), [(Loader::TorchMobile, "aten::mul".to_owned())]);
}

/// A package keeps its tensors elsewhere, and unpickles any member on demand.
#[test]
fn numbers_in_a_package() {
    let file = |extern_modules: &str| {
        zip(&[
            ("p/data.pkl", PICKLE, STORED),
            ("p/data/0", OLD_PICKLE, STORED),
            ("p/x/data.pkl", PICKLE, CompressionMethod::Deflated),
            ("p/x/data/7", OLD_PICKLE, CompressionMethod::Deflated),
            (extern_modules, b"os\n", STORED),
        ])
    };
    let found = |file: &[u8]| {
        let opened = open(file);
        let kinds = opened.members.iter().filter(|member| member.kind == Kind::Pickle);
        kinds.map(|member| member.path.clone().unwrap()).collect::<Vec<_>>().join(" ")
    };
    for package in ["p/.data/extern_modules", "P/.data/Extern_Modules"] {
        assert_eq!(found(&file(package)), "p/data.pkl p/data/0 p/x/data.pkl p/x/data/7");
    }
    for other in ["q/.data/extern_modules", "p/.data/serialization_id"] {
        assert_eq!(found(&file(other)), "p/data.pkl p/x/data.pkl");
    }
}
