//! What archives and texts have run, and what they only seem to.

use std::io::{Cursor, Write};
use std::path::Path;

use pickle_containers::Limits;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;
use crate::members::{Carve, Wrapped};

/// What is said of the code in an archive of these members.
fn faults(members: &[(&str, &[u8])]) -> Vec<(FaultKind, String)> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    let bytes = writer.finish().unwrap().into_inner();
    let (path, limits) = (Path::new("model.pt"), Limits::default());
    let file = Wrapped {
        path,
        bytes: &bytes,
        limits: &limits,
        carve: Carve::Named,
        only: None,
        interrupt: &|| false,
    };
    let mut found = Vec::new();
    file.visit(&mut |item| {
        if let Item::Fault(fault) = item {
            found.extend(Some((fault.kind, fault.message)).filter(|fault| fault.0 != FaultKind::ScriptCode));
        }
    });
    found
}

fn harm(message: &str) -> Vec<(FaultKind, String)> {
    vec![(FaultKind::HarmfulCode, message.to_owned())]
}

#[test]
fn operators() {
    let script = |source: &str| {
        faults(&[("m/constants.pkl", b"\x80\x02)."), ("m/code/__torch__.py", source.as_bytes())])
    };
    let said = "the code of the archive calls `save` in line 2, which reads or writes files";
    assert_eq!(script("def f(x):\n  torch.save(x)\n  torch.from_file(x)"), harm(said));
    let said = "the code of the archive calls `ve` in line 1, which is no name as printers of code write it";
    assert_eq!(script("getattr(torch, \"sa\" \"ve\")(x)"), harm(said));
    assert_eq!(script("self.save(torch.mul(x, x))"), []);
    let mobile = |operator: &[u8]| {
        let len = u32::try_from(operator.len()).unwrap().to_le_bytes();
        faults(&[("m/bytecode.pkl", &[b"\x80\x02X", &len[..], operator, b"q\x01."].concat())])
    };
    let said = "the code of the archive calls `prim::rpc_sync`, which calls other machines";
    assert_eq!(mobile(b"prim::rpc_sync"), harm(said));
    for harmless in [b"mylib::save_state".as_slice(), b"mylib::save", b"aten::saved", b"aten::mul"] {
        assert_eq!(mobile(harmless), []);
    }
}

/// Of functions in all sources of an archive, those matter that are run when it is loaded.
#[test]
fn code_that_is_run_when_it_is_loaded() {
    let script = |sources: &[(&str, &str)]| {
        let constants = ("m/constants.pkl", b"\x80\x02).".as_slice());
        let sources = sources.iter().map(|(name, source)| (*name, source.as_bytes()));
        faults(&[constants].into_iter().chain(sources).collect::<Vec<_>>())
    };
    let said = |what: &str| {
        let message = format!("code that is run when the file is loaded (`__setstate__`) {what}");
        vec![(FaultKind::PackageCode, message)]
    };
    let method = |name: &str, body: &str| {
        format!("class M(Module):\n  def {name}(self: M, s: int) -> NoneType:\n{body}\n")
    };
    let of = |name: &str, body: &str| script(&[("m/code/a.py", &method(name, body))]);
    let looped = "    while _0:\n      x = 1";
    assert_eq!(of("__setstate__", looped), said("has a loop that may go on for any time in line 3"));
    assert_eq!(of("forward", looped), []);
    let sized = "    x = torch.ones([s])";
    assert_eq!(of("__setstate__", sized), said("calls `ones` in line 3, which makes a tensor of any size"));
    // As quantized modules do.
    let packs =
        "    self.a = (s)[0]\n    _1 = (self).set_weight_bias((s)[10], torch.zeros([2, 3], dtype=6), )";
    assert_eq!(of("__setstate__", packs), []);
    let calls = ("m/code/a.py", &*method("__setstate__", "    (self.b).fill(s)"));
    let called = ("m/code/b.py", &*method("fill", looped));
    assert_eq!(script(&[calls, called]), said("has a loop that may go on for any time in line 3"));
    assert_eq!(script(&[("m/code/a.py", &*method("__setstate__", "    pass")), called]), []);
}

#[test]
fn descriptions_and_graphs() {
    let keras = |config: &str| faults(&[("metadata.json", b"{}"), ("config.json", config.as_bytes())]);
    let said_of_call = "the description of a model of Keras names `os.system`, which reaches files and the process; its \
                loader calls it";
    let lambda = r#"{"f": {"class_name": "__lambda__"}, "g": "#;
    let call = r#"{"module": "os", "class_name": "function", "config": "system"}"#;
    // What does harm is said rather than that it is Python.
    assert_eq!(keras(&format!("{lambda}{call}}}")), harm(said_of_call));
    let python = &keras(&format!("{lambda}1}}"))[0];
    assert_eq!(python.0, FaultKind::PackageCode);
    assert_eq!(keras(r#"{"module": "builtins", "class_name": "function", "config": "my_loss"}"#), []);
    assert_eq!(keras(r#"{"module": "keras.src.models", "class_name": "Functional", "config": {}}"#), []);
    // What the lists deny, and what is no part of Keras.
    let of = |module: &str, name: &str| {
        format!(r#"{{"module": "{module}", "class_name": "function", "config": "{name}"}}"#)
    };
    for (module, name) in
        [("pandas", "read_pickle"), ("six", "exec_"), ("setuptools._distutils.spawn", "spawn")]
    {
        assert_eq!(keras(&of(module, name))[0].0, FaultKind::HarmfulCode, "{module}");
    }
    let said = "the description of a model of Keras names `my_project.losses.mine`, which is no part of Keras; its loader \
                imports the module, and calls it";
    let mine = of("my_project.losses", "mine");
    assert_eq!(keras(&mine), [(FaultKind::PackageCode, said.to_owned())]);
    // A class is imported with its module as well.
    let class = r#"{"module": "this", "class_name": "Layer", "config": {}}"#;
    assert_eq!(keras(class)[0].0, FaultKind::PackageCode);
    assert_eq!(keras(&format!("[{mine}, {call}]"))[0].0, FaultKind::HarmfulCode);
    // Its loader goes without the other members.
    assert_eq!(faults(&[("config.json", call.as_bytes())]), harm(said_of_call));
    let graph = |text: &str| faults(&[("serialized_exported_program.json", text.as_bytes())]);
    assert_eq!(graph(r#"{"expr_str": "eval(\"1\")"}"#), harm(r#"a loader of the graph runs `eval(\"1\")`"#));
    assert_eq!(
        graph(r#"{"expr_str": "Abs('a%c' % 40)"}"#),
        harm(r"a loader of the graph runs `Abs(\'a%c\' % 40)`")
    );
    let target = "torch.ops.aten.from_file.default";
    let said = format!("a loader of the graph runs `{target}`");
    assert_eq!(graph(&format!(r#"{{"target": "{target}"}}"#)), harm(&said));
    for harmless in [r#"{"expr_str": "s0 + 1"}"#, r#"{"target": "torch.ops.mylib.save.default"}"#] {
        assert_eq!(graph(harmless), []);
    }
    let nested = |module: &str| {
        let of = r#"{\"type\": \"collections.defaultdict\", \"context\": {\"default_factory_module\": "#;
        graph(&format!(r#"{{"in_spec": "[1, {of}\"{module}\"}}}}]"}}"#))
    };
    assert_eq!(nested("builtins"), []);
    let said = "a loader of the graph imports the module `antigravity`, which runs its code";
    assert_eq!(nested("antigravity"), [(FaultKind::PackageCode, said.to_owned())]);
}

/// Keras has functions that are no part of a model.
#[test]
fn functions_of_keras() {
    let kinds = |config: &str| {
        let found = faults(&[("config.json", config.as_bytes())]);
        found.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>()
    };
    let of = |module: &str, name: &str, registered: &str| {
        format!(
            r#"{{"module": "{module}", "class_name": "function", "config": "{name}", "registered_name": "{registered}"}}"#
        )
    };
    for (module, name) in [
        ("keras.src.utils.file_utils", "rmtree"),
        ("keras.src.utils.file_utils", "File"),
        ("keras.models", "load_model"),
        ("keras", "utils.get_file"),
        ("keras.config", "enable_unsafe_deserialization"),
    ] {
        assert_eq!(kinds(&of(module, name, "function")), [FaultKind::HarmfulCode], "{module}.{name}");
    }
    // The other name is looked up where the module has no first one.
    assert_eq!(kinds(&of("keras.activations", "zz", "get_file")), [FaultKind::HarmfulCode]);
    assert_eq!(kinds(&of("builtins", "zz", "exec")), [FaultKind::HarmfulCode]);
    assert_eq!(kinds(&of("builtins", "help", "null")), [FaultKind::HarmfulCode]);
    assert_eq!(kinds(&of("keras.utils", "array_to_img", "function")), [FaultKind::PackageCode]);
    for (module, name) in [("keras.activations", "relu"), ("keras.ops", "mean"), ("builtins", "my_loss")] {
        assert_eq!(kinds(&of(module, name, "function")), []);
    }
    let file = r#"{"class_name": "StringLookup", "config": {"vocabulary": "/etc/passwd"}}"#;
    assert_eq!(kinds(file), [FaultKind::PackageCode]);
    assert_eq!(kinds(r#"{"class_name": "StringLookup", "config": {"vocabulary": ["a", "b"]}}"#), []);
}

/// What takes all memory when a model of Keras is loaded.
#[test]
fn sizes_in_models_of_keras() {
    let found = |config: &str| faults(&[("config.json", config.as_bytes())]);
    let call = |name: &str, arguments: &str| {
        format!(
            r#"{{"module": "keras.ops", "class_name": "function", "config": "{name}", "inbound_nodes": [{{"args": [{arguments}]}}]}}"#
        )
    };
    let said = "the description of a model of Keras calls `keras.ops.zeros` with numbers that no model needs, which makes a \
                tensor of any size";
    let zeros = found(&call("zeros", "[100000, 100000]"));
    assert_eq!(zeros, [(FaultKind::PackageCode, said.to_owned())]);
    assert_eq!(found(&call("zeros", "[100, 100]")), []);
    assert_eq!(found(&call("add", "[100000, 100000]")), []);
    let layer = |config: &str| {
        found(&format!(r#"{{"module": "keras.layers", "class_name": "Dense", "config": {config}}}"#))
    };
    let said = "the description of a model of Keras has a layer whose `units` is 2000000000; its loader makes weights for it";
    assert_eq!(layer(r#"{"units": 2000000000}"#), [(FaultKind::PackageCode, said.to_owned())]);
    assert_eq!(layer(r#"{"input_dim": 200000000, "output_dim": 80}"#).len(), 1);
    assert_eq!(layer(r#"{"units": 64, "seed": 9223372036854775807, "max_tokens": 999999999}"#), []);
    assert_eq!(layer(r#"{"input_dim": 10000000, "output_dim": 300}"#), []);
}

/// Readers of JSON take it in other encodings as well.
#[test]
fn descriptions_of_skops() {
    let skops = |schema: &[u8]| faults(&[("schema.json", schema)]);
    let node = |module: &str, name: &str| {
        format!(
            r#"{{"content": [{{"__class__": "{name}", "__module__": "{module}", "__loader__": "FunctionNode"}}]}}"#
        )
    };
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    let said = "the description of an object of skops names `os.system`: it runs commands";
    assert_eq!(skops(node("os", "system").as_bytes()), harm(said));
    assert_eq!(skops(&wide(&node("os", "system"))), harm(said));
    for (module, name) in [("sklearn.pipeline", "Pipeline"), ("numpy", "memmap"), ("mine", "system")] {
        assert_eq!(skops(node(module, name).as_bytes()), []);
    }
    assert_eq!(skops(br#"{"module": "os", "name": "system"}"#), []);
    let operator = |name: &str| {
        format!(r#"{{"__class__": "{name}", "__module__": "sklearn", "__loader__": "OperatorFuncNode"}}"#)
    };
    let said = "the description of an object of skops calls `operator.call`, which no writer of it does";
    assert_eq!(skops(operator("call").as_bytes()), harm(said));
    assert_eq!(skops(operator("itemgetter").as_bytes()), []);
    let method = |name: &str| {
        format!(r#"{{"__loader__": "MethodNode", "content": {{"obj": {{}}, "func": "{name}"}}}}"#)
    };
    let said =
        "the description of an object of skops names `__globals__`, which leads out of the object it is of";
    assert_eq!(skops(method("__globals__").as_bytes()), harm(said));
    assert_eq!(skops(method("predict").as_bytes()), []);
    let keras = wide(r#"{"module": "os", "class_name": "function", "config": "system"}"#);
    assert_eq!(faults(&[("metadata.json", b"{}"), ("config.json", &keras)]).len(), 1);
}

/// The loader of a package takes its own files for whatever modules they are called.
#[test]
fn modules_of_packages() {
    let package = |paths: &[&str]| {
        let mut members = vec![("m/.data/extern_modules", b"".as_slice()), ("m/model.pkl", b"N.")];
        members.extend(paths.iter().map(|path| (*path, b"".as_slice())));
        faults(&members).into_iter().filter(|fault| !fault.1.contains("source file")).collect::<Vec<_>>()
    };
    assert_eq!(package(&["m/mine/__init__.py", "m/mine/collections.py", "m/.data/os.py", "m/os.txt"]), []);
    let said = "the archive of torch.package has `collections` of its own, which is part of the standard library: its loader \
                runs this file in place of it, and calls what pickles name there";
    assert_eq!(package(&["m/collections.py"]), harm(said));
    let twice = package(&["m/numpy/__init__.py", "m/numpy/core.py", "m/torch/_utils.py"]);
    assert_eq!(twice.iter().map(|fault| fault.0).collect::<Vec<_>>(), [FaultKind::HarmfulCode; 2]);
    assert!(twice[1].1.contains("`torch._utils`"));
    let own = package(&["m/torchvision/models/resnet.py", "m/torchvision/models/mine.py"]);
    assert_eq!((own.len(), own[0].0), (1, FaultKind::PackageCode));
    // Without what makes it a package, nothing imports it from here.
    assert_eq!(faults(&[("m/collections.py", b""), ("m/model.pkl", b"N.")]), []);
}

#[test]
fn no_more_than_can_be_read() {
    let mut found = Vec::new();
    for faults in [MOST + 2, MOST] {
        let judged = Judged { faults, ..Judged::default() };
        judged.finish(&mut |item| found.push(item_text(item)));
    }
    assert_eq!(found, ["2 more pieces of code that do harm are not listed"]);
}

fn item_text(item: Item<'_>) -> String {
    match item {
        Item::Fault(fault) => fault.message,
        Item::Member(_) | Item::Code(_) => String::new(),
    }
}
