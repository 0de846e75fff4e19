//! What is printed for shells, manuals and other programs.

use crate::sandbox::Sandbox;

fn stdout(arguments: &[&str]) -> String {
    let output = Sandbox::new().run(arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn completions_of_every_shell() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&["completions", shell]);
        assert!(script.contains("pickle-lsp") && script.contains("baseline"), "{shell}");
        // Codes and names of rules, opcodes, keys and presets are words, too, where the generator knows words at all.
        let words = !matches!(shell, "powershell" | "elvish");
        for word in ["PG101", "memo-miss", "REDUCE", "allow-globals", "pandas"] {
            assert!(!words || script.contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn manuals() {
    assert!(stdout(&["man"]).contains(".TH pickle-lsp 1"));
    let page = stdout(&["man", "lint"]);
    assert!(page.contains(".TH pickle-lsp-lint 1") && page.contains("fail\\-on"), "{page}");
}

#[test]
fn the_schema_is_json() {
    let schema: serde_json::Value = serde_json::from_str(&stdout(&["config", "--schema"])).unwrap();
    assert_eq!(schema["additionalProperties"], false);
    assert!(schema["properties"]["allow-globals"]["items"]["required"].is_array());
}

#[test]
fn rules_for_programs() {
    let rules: serde_json::Value = serde_json::from_str(&stdout(&["rules", "--format", "json"])).unwrap();
    let rules = rules.as_array().unwrap();
    assert_eq!(rules.len(), stdout(&["rules"]).lines().count());
    for rule in rules {
        let name = rule["name"].as_str().unwrap();
        let explained = stdout(&["explain", "--format", "json", rule["code"].as_str().unwrap()]);
        let explained: serde_json::Value = serde_json::from_str(&explained).unwrap();
        assert_eq!(&explained, rule, "{name}");
    }
}

/// Colours where they are forced, none where they are not wanted.
#[test]
fn colours() {
    let sandbox = Sandbox::new();
    sandbox.write("evil.pkl", b"cos\nsystem\n(S'echo hi'\ntR.");
    let coloured = |forced: bool, wanted: bool| {
        let mut command = sandbox.command(&["lint", "evil.pkl"]);
        command.env_remove("NO_COLOR");
        if forced {
            command.env("CLICOLOR_FORCE", "1");
        }
        if !wanted {
            command.env("NO_COLOR", "1");
        }
        command.output().unwrap().stdout.contains(&0x1b)
    };
    assert!(coloured(true, true));
    assert!(!coloured(true, false));
    assert!(!coloured(false, true));
}
