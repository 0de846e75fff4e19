//! Code in a file that is no pickle: what containers say that it calls, judged by the lists of the rules.

mod expressions;
mod keras;
mod recipes;
mod template_tokens;
mod templates;

use std::collections::HashSet;

use pickle_containers::{Called, Code, Fault, FaultKind, Item, Loader, Mention};
use pickle_rules::policy::loaders;
use pickle_rules::policy::{Policy, Verdict};

use super::at_load::AtLoad;

/// Faults of code that are told of one file: as many as of anything else.
const MOST: usize = 1_000;

/// Characters of an expression that are shown.
const SHOWN: usize = 80;

/// Judges the code of one file.
#[derive(Default)]
pub(super) struct Judged {
    faults: usize,
    /// Packages that archives have of their own and that were told.
    packages: HashSet<String>,
    /// What was said last, and of which member: a description in an archive may be found as the loader's and as a text.
    last: Option<(Option<String>, String)>,
    at_load: AtLoad,
}

impl Judged {
    /// Tells `sink` what is wrong with code, if something is.
    pub(super) fn judge(&mut self, code: &Code<'_>, sink: &mut dyn FnMut(Item<'_>)) {
        self.at_load.take(code);
        let found = if code.loader == Loader::TorchPackage { self.replaced(code) } else { said(code) };
        let Some((kind, message)) = found else { return };
        let is_again = self.last.as_ref().is_some_and(|last| last.0 == code.member && last.1 == message);
        if is_again {
            return;
        }
        self.last = Some((code.member.clone(), message.clone()));
        self.faults += 1;
        if self.faults <= MOST {
            let (member, offset) = (code.member.clone(), code.offset);
            sink(Item::Fault(Fault { kind, member, offset, message }));
        }
    }

    /// What is to be told of a module that an archive of torch.package has of its own, once of each package: names that lists judge
    /// stand for another code then.
    fn replaced(&mut self, code: &Code<'_>) -> Option<(FaultKind, String)> {
        let mut module = String::new();
        code.mentions(&mut |mention| {
            module.push_str(mention.text);
            true
        });
        let package = module.split('.').next().unwrap_or_default();
        let never = loaders::never_packaged(package);
        if never.is_none() && !Policy::allows_in(&module) || !self.packages.insert(package.to_owned()) {
            return None;
        }
        let module = shown(&module);
        Some(match never {
            Some(reason) => (
                FaultKind::HarmfulCode,
                format!(
                    "the archive of torch.package has {module} of its own, which is {reason}: its loader runs this file in \
                     place of it, and calls what pickles name there"
                ),
            ),
            None => (
                FaultKind::PackageCode,
                format!(
                    "the archive of torch.package has {module} of its own: globals that lists allow by that name are what \
                     this file makes them"
                ),
            ),
        })
    }

    /// Tells how much was left out.
    pub(super) fn finish(self, sink: &mut dyn FnMut(Item<'_>)) {
        self.at_load.finish(sink);
        let Some(dropped) = self.faults.checked_sub(MOST).filter(|dropped| *dropped > 0) else { return };
        let message = format!("{dropped} more pieces of code that do harm are not listed");
        sink(Item::Fault(Fault { kind: FaultKind::TooMany, member: None, offset: None, message }));
    }
}

/// What is wrong with code: the first thing that no code of its kind needs, or else that it is Python.
fn said(code: &Code<'_>) -> Option<(FaultKind, String)> {
    let mut harm = None;
    let mut is_python = false;
    let mut foreign = None;
    code.mentions(&mut |mention| {
        is_python |= mention.what == Called::Bytecode;
        foreign = foreign.take().or_else(|| keras::foreign(code, &mention));
        foreign = foreign.take().or_else(|| foreign_to_graph(code, &mention));
        foreign = foreign.take().or_else(|| recipes::foreign(code, &mention));
        harm = harm_of(code, &mention);
        harm.is_some()
    });
    let python = || {
        let message =
            "a `Lambda` layer of a model of Keras holds bytecode, which is Python that its loader runs";
        (FaultKind::PackageCode, message.to_owned())
    };
    let foreign = foreign.map(|message| (FaultKind::PackageCode, message));
    let harm = harm.or_else(|| expressions::harm(code));
    harm.map(|message| (FaultKind::HarmfulCode, message)).or_else(|| is_python.then(python)).or(foreign)
}

/// A module that the loader of a graph imports, if it is none of which lists allow anything.
fn foreign_to_graph(code: &Code<'_>, mention: &Mention<'_>) -> Option<String> {
    let is_import = code.loader == Loader::TorchExport && mention.what == Called::Module;
    (is_import && !Policy::allows_in(mention.text)).then(|| {
        format!("a loader of the graph imports the module {}, which runs its code", shown(mention.text))
    })
}

fn dotted(module: Option<&str>, name: Option<&str>) -> String {
    [module, name].into_iter().flatten().collect::<Vec<_>>().join(".")
}

/// Why a global is denied, however it is called: what is denied but for a shape of calls, as a class of arrays is, may be kept.
fn denial(module: Option<&str>, name: Option<&str>) -> Option<String> {
    match Policy::default().judge(module?, name?) {
        Verdict::Denied(denial) if denial.unless.is_none() => Some(denial.reason.to_string()),
        _ => None,
    }
}

/// Why a call does harm.
fn harm_of(code: &Code<'_>, mention: &Mention<'_>) -> Option<String> {
    let reason = match mention.what {
        Called::Operator { namespace, name } => loaders::operator(namespace, name)?,
        Called::HiddenOperator => "is no name as printers of code write it",
        Called::Function { .. } | Called::Method { .. } | Called::Operation { .. }
            if code.loader == Loader::Skops =>
        {
            return harm_of_skops(mention.what);
        }
        Called::Word if loaders::is_mere_word(mention.text) => return None,
        Called::Word => return recipes::harm(code, mention),
        Called::Function { .. }
            if matches!(code.loader, Loader::Recipe | Loader::Bundle | Loader::Checkpoint) =>
        {
            return recipes::harm(code, mention);
        }
        Called::Function { module, name } => return keras::harm(module, name),
        Called::Revived { .. } | Called::RevivedByName => return recipes::revived(code, mention),
        Called::Method { .. } | Called::Operation { .. } => return None,
        Called::Expression if code.loader == Loader::Template => return templates::harm(mention.text),
        // What it names depends on what others import.
        Called::Expression if code.loader == Loader::Bundle => return None,
        Called::Expression => loaders::is_foreign_expression(mention.text).then_some("")?,
        Called::Sizes { .. }
        | Called::Weights { .. }
        | Called::Bytecode
        | Called::File
        | Called::Module
        | Called::Pipeline
        | Called::Kernel => return None,
    };
    let text = shown(mention.text);
    Some(match code.loader {
        Loader::TorchExport => format!("a loader of the graph runs {text}"),
        Loader::TorchScript => {
            format!("the code of the archive calls {text} in line {}, which {reason}", code.line(mention.at))
        }
        Loader::TorchMobile
        | Loader::Keras
        | Loader::Skops
        | Loader::Recipe
        | Loader::Bundle
        | Loader::Checkpoint
        | Loader::Template
        | Loader::TorchPackage => {
            format!("the code of the archive calls {text}, which {reason}")
        }
    })
}

/// Why what the description of an object of skops names does harm.
fn harm_of_skops(called: Called<'_>) -> Option<String> {
    let says = "the description of an object of skops";
    match called {
        Called::Function { name: Some(name), .. } | Called::Method { name } if loaders::leads_out(name) => {
            Some(format!("{says} names {}, which leads out of the object it is of", shown(name)))
        }
        Called::Function { module, name } => {
            let denial = denial(module, name)?;
            Some(format!("{says} names {}: it {denial}", shown(&dotted(module, name))))
        }
        Called::Operation { name } if !loaders::skops_calls(name) => Some(format!(
            "{says} calls {}, which no writer of it does",
            shown(&dotted(Some("operator"), Some(name)))
        )),
        _ => None,
    }
}

/// A text as it is shown: not all of a long one, and nothing in it that changes what stands around it.
fn shown(text: &str) -> String {
    let text: String = text.chars().take(SHOWN).collect();
    format!("`{}`", text.escape_debug())
}

#[cfg(test)]
mod tests {
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
                found.extend(
                    Some((fault.kind, fault.message)).filter(|fault| fault.0 != FaultKind::ScriptCode),
                );
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
        let said =
            "the code of the archive calls `ve` in line 1, which is no name as printers of code write it";
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
        assert_eq!(
            of("__setstate__", sized),
            said("calls `ones` in line 3, which makes a tensor of any size")
        );
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
        assert_eq!(
            graph(r#"{"expr_str": "eval(\"1\")"}"#),
            harm(r#"a loader of the graph runs `eval(\"1\")`"#)
        );
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
        for (module, name) in [("keras.activations", "relu"), ("keras.ops", "mean"), ("builtins", "my_loss")]
        {
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
        let said = "the description of an object of skops names `__globals__`, which leads out of the object it is of";
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
        assert_eq!(
            package(&["m/mine/__init__.py", "m/mine/collections.py", "m/.data/os.py", "m/os.txt"]),
            []
        );
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
}
