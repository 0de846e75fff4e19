//! What texts name, and what they only seem to.

use super::*;

fn told(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    mentions(text.as_bytes(), true, &mut |mention| {
        all.push(mention.text.to_owned());
        false
    });
    assert!(all.is_empty() || may_name(text.as_bytes(), true), "{text}");
    all
}

#[test]
fn tags_of_yaml() {
    for text in [
        "a: !!python/object/apply:os.system ['id']",
        "a: !!python/object/apply:o%73.system ['id']",
        "- !<tag:yaml.org,2002:python/object/new:os.system> [id]",
        "%TAG !p! tag:yaml.org,2002:python/\n---\n!p!name:os.system ''",
        "%TAG ! tag:yaml.org,2002:python/object/apply:\n---\n{a: !os.system [id]}",
        "%TAG !! tag:yaml.org,2002:pyth\n---\n!!on/object:os.system {}",
        "# x\r%TAG !p! tag:yaml.org,2002:python/\n---\n!p!name:os.system ''",
        "%TAG !p! tag:a\n--- 1\n...\n%TAG !p! tag:yaml.org,2002:python/\n---\n!p!name:os.system ''",
        "%TAG !p! tag:yaml.org,2002:python/\n---\n- !p!name:os.system ''\n- \"\n%TAG !p! tag:b\n\"",
        "a: !!python/object/apply:os.system\u{2028}- id",
        "_target_: os.system\u{85}",
    ] {
        assert_eq!(told(text), ["os.system"], "{text}");
    }
    for text in [
        "!!python/tuple [1]",
        "!!str os.system",
        "wow!! python/object:os.system",
        "!include os.system",
        "%TAG",
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}

#[test]
fn tags_of_python_alone() {
    assert_eq!(told("!!python/object/apply:eval ['1']"), ["builtins.eval"]);
    let handles: String = (0..200).map(|number| format!("%TAG !a{number}! tag:x\n")).collect();
    let text = format!("{handles}%TAG !p! tag:yaml.org,2002:python/\n---\n!p!name:exec ''");
    assert_eq!(told(&text), ["builtins.exec"]);
    let module = "!!python/object/apply:getattr [!!python/module:os , system]";
    assert_eq!(told(module), ["builtins.getattr", ""]);
    let hidden = "!!python/object/apply:getattr [!!python/name:os.path.join , __globals__]";
    assert_eq!(told(hidden), ["builtins.getattr", "os.path.join", ""]);
    let plain = "!!python/object/apply:getattr [!!python/name:a.B , C]";
    assert_eq!(told(plain), ["builtins.getattr", "a.B"]);
}

#[test]
fn targets_of_hydra() {
    for text in [
        "m:\n  _target_: os.system\n  command: id",
        "_target_ : 'os.system'",
        r#""_target_": "o\x73.syst\u0065m""#,
        r#""_t\x61rget\x5f": os.system"#,
        r#"{"a": {"_target_": "os.system", "command": "id"}}"#,
        r#"{"a": {"_target_": "${b}"}, "b": "os.system"}"#,
        r#"{"a": a"b, "_target_": os.system, "c": "d"}"#,
        "{_target_: os.system, command: id}",
        "_target_: >-\n  os.system\n",
        "_target_: !!str &a\n  os.system # what",
        "_target_: ${what}\nwhat: os.system",
        "_target_: *x\ny: &x os.system",
        "_target_: \"os.\\\n  system\"",
    ] {
        assert_eq!(told(text), ["os.system"], "{text}");
    }
    for text in
        ["_target_", "_target_: ", "_target_: two words", "my_target_s: os.system", "_target_: [os.system]"]
    {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}

#[test]
fn objects_of_json() {
    assert_eq!(told(r#"{"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]}"#), ["os.system"]);
    assert_eq!(told(r#"{"py/type": "os.system", "py/obj\u0065ct": "a.B"}"#), ["a.B", "os.system"]);
    assert_eq!(told(r#"{"__kind__": "instance", "class": "os.system", "args": ["id"]}"#), ["os.system"]);
    assert_eq!(told(r#"{"class": "os.system"}"#), [""; 0]);
}

#[test]
fn what_mlflow_runs() {
    let text = "flavors:\n  python_function:\n    loader_module: mine\n    model_code_path: agent.py\n";
    assert_eq!(told(text), ["mine", "agent.py"]);
    assert_eq!(told("loader_module: mine"), [""; 0]);
}

#[test]
fn names_of_texts() {
    assert!(
        is_name(None) && is_name(Some("a.yaml")) && is_name(Some("MLmodel")) && is_name(Some("x.y/hparams"))
    );
    assert!(!is_name(Some("README.md")) && !is_name(Some("test_yaml.PY")));
    assert!(!is_name(Some("a-1.0.dist-info/METADATA")) && !is_name(Some("docs/yaml.rst.txt")));
}

/// Tags of HyperPyYAML, and keys that other libraries have.
#[test]
fn what_other_libraries_call() {
    for text in [
        "a: !apply:os.system [id]",
        "a: !new:os.system\n  - id",
        "a: !name:o%73.system",
        "a: !<!apply:os.system> [id]",
        "%TAG ! !app\n---\na: !ly:os.system [id]",
        "model:\n  target: os.system\n  params: {}",
        "type: 'os.system'",
        "type: ${a}\na: os.system",
        r#"{"a": {"type": "os.system", "command": "id"}}"#,
        r#"{"class_path": "os.system"}"#,
        r#"{"type": "pyref", "module": "os", "name": "system"}"#,
        r#"{"lc": 2, "type": "constructor", "id": ["os", "system"], "args": ["id"]}"#,
    ] {
        assert_eq!(told(text), ["os.system"], "{text}");
    }
    for text in [
        "type: text/plain",
        "type: 1.5",
        "a: !Ref os.system",
        r#"{"type": "object"}"#,
        r#"{"id": ["os", "system"]}"#,
        r#"{"lc": 1, "type": "secret", "id": ["A_B"]}"#,
    ] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}

#[test]
fn what_checkpoints_as_json_call() {
    let path = r#"{"lc": 2, "type": "constructor", "id": ["pathlib", "Path"], "method": ["write_text"]}"#;
    assert_eq!(told(path), ["pathlib.Path", "pathlib.Path.write_text"]);
    let method = r#"{"method": "system", "lc": 2, "type": "constructor", "id": ["shutil", "os"]}"#;
    assert_eq!(told(method), ["shutil.os", "shutil.os.system"]);
    // A name that another call gives has none.
    let made = r#"{"lc": 2, "type": "constructor", "id": ["builtins", "str"], "args": ["os"]}"#;
    let other = format!(r#"{{"lc": 2, "type": "constructor", "id": [{made}, "system"], "args": ["id"]}}"#);
    assert_eq!(told(&other), ["", "builtins.str"]);
    let last = format!(r#"{{"lc": 2, "type": "constructor", "id": ["os", {made}], "args": ["id"]}}"#);
    assert_eq!(told(&last), ["", "builtins.str"]);
    assert_eq!(told(r#"{"lc": 1, "type": "constructor", "id": []}"#), [""; 0]);
}

/// Workflows and scripts have points and `${…}` as well.
#[test]
fn values_that_stand_elsewhere() {
    for text in [
        "target: ${{ matrix.target }}\nruns-on: ${{ matrix.os }}",
        "target: ${TARGET}\nrun: curl https://sh.rustup.rs -sSf",
    ] {
        assert!(!names_any(text.as_bytes(), false), "{text}");
    }
    assert!(names_any(b"target: ${a}\na: os.system # what", false));
}

#[test]
fn what_libraries_of_hugging_face_run() {
    assert_eq!(told(r#"{"_class_name": ["pipe", "Mine"]}"#), ["pipe.py"]);
    assert_eq!(told(r#"{"_attn_implementation_internal": "a.b/kernel"}"#), ["a.b/kernel"]);
    for text in [r#"{"_class_name": "StableDiffusionPipeline"}"#, r#"{"attn_implementation": "sdpa"}"#] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
}

#[test]
fn expressions_of_monai() {
    for text in [
        r#"{"a": "$os.system('id')"}"#,
        r#"{"a": "\u0024os.system('id')"}"#,
        "a: $os.system('id')",
        "a: &x $os.system('id')\nb: 1",
        "a:\n- \"$os.system('id')\"",
        "a: \"\\x24os.system('id')\"",
        "a: |\n  $os.system('id')\n",
        "a: '$os.system('",
    ] {
        let all = told(text);
        assert!(all.len() == 1 && all[0].starts_with("os.system("), "{text}: {all:?}");
    }
    assert_eq!(told("a: >\n  $f(\n  1)\nb: 2"), ["f(\n  1)"]);
    for text in ["a: $HOME", "a: b $c(d)", r##"{"$ref": "#/a"}"##] {
        assert_eq!(told(text), [""; 0], "{text}");
    }
    assert!(!names_any(b"a: $os.system('id')", false));
}

#[test]
fn values_that_are_documents() {
    for value in [r#"{"py/object": "os.system"}"#, "a: !!python/name:os.system ''", "- !!python/name:a.b"] {
        assert!(is_document(value.as_bytes()), "{value}");
    }
    for value in ["Never load !!python/name:os.system here", "{}", "", "a: b"] {
        assert!(!is_document(value.as_bytes()), "{value}");
    }
}

/// PyYAML and the JSON of Python take UTF-16 with a mark.
#[test]
fn texts_in_other_encodings() {
    let text = "\u{feff}a: !!python/object/apply:os.system ['id']";
    let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
    assert!(names_any(&little, false) && may_name(&little[..64], false) && names_any(&big, false));
}
