//! What texts name out of which libraries make objects, judged.

use std::borrow::Cow;

use pickle_containers::{Called, Code, Loader, Mention};
use pickle_rules::policy::{Category, Policy, Verdict};

use super::shown;

/// Why what such a text names does harm: the part of it that a list denies, if that runs something. What reads files, or unpickles them, is
/// what many a configuration has to do.
pub(super) fn harm(code: &Code<'_>, mention: &Mention<'_>) -> Option<String> {
    let reason = reason(mention.text)?;
    let place = if mention.at == 0 { String::new() } else { format!(" in line {}", code.line(mention.at)) };
    let (what, who) = match code.loader {
        Loader::Checkpoint => ("checkpoint of LangGraph", "what reads it calls it"),
        _ => ("text", "libraries that make objects of such texts call it"),
    };
    Some(format!("the {what} names {}{place}, which {reason}; {who}", shown(mention.text)))
}

/// Why a function that a text names runs something, by its whole name.
pub(super) fn reason(name: &str) -> Option<Cow<'static, str>> {
    name.match_indices(['.', ':']).find_map(|(dot, _)| {
        match Policy::default().judge(&name[..dot], &name[dot + 1..]) {
            Verdict::Denied(denial) if denial.unless.is_none() && runs(denial.category) => {
                Some(denial.reason)
            }
            _ => None,
        }
    })
}

fn runs(category: Category) -> bool {
    matches!(
        category,
        Category::CodeExecution
            | Category::Process
            | Category::Import
            | Category::NativeLibrary
            | Category::CodeObject
            | Category::AttributeWalk
    )
}

/// Python that MLflow runs when it loads the model of this `MLmodel`, and that is none of its own.
pub(super) fn foreign(code: &Code<'_>, mention: &Mention<'_>) -> Option<String> {
    if !matches!(code.loader, Loader::Recipe | Loader::Bundle) {
        return None;
    }
    let what = match mention.what {
        Called::Kernel if mention.text.starts_with("kernels-community/") => return None,
        Called::Kernel => {
            let text = shown(mention.text);
            return Some(format!(
                "Transformers fetches code from the repository {text} when it loads the model, and runs it"
            ));
        }
        Called::Pipeline => {
            return Some(format!(
                "diffusers runs the file {} when it loads the pipeline",
                shown(mention.text)
            ));
        }
        Called::Module if mention.text == "mlflow" || mention.text.starts_with("mlflow.") => return None,
        Called::Module => "the module",
        Called::File => "the file",
        _ => return None,
    };
    Some(format!("MLflow runs {what} {} when it loads the model", shown(mention.text)))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use pickle_containers::{FaultKind, Item, Limits};

    use crate::members::{Carve, Wrapped};

    /// What is said of a file of this name.
    fn said(name: &str, text: &str) -> Vec<(FaultKind, String)> {
        let (path, bytes, limits) = (Path::new(name), text.as_bytes(), &Limits::default());
        let file = Wrapped { path, bytes, limits, carve: Carve::Named, only: None, interrupt: &|| false };
        let mut found = Vec::new();
        file.visit(&mut |item| {
            if let Item::Fault(fault) = item {
                found.push((fault.kind, fault.message));
            }
        });
        found
    }

    #[test]
    fn what_runs_something() {
        for (name, text) in [
            ("config.yaml", "a: 1\nb: !!python/object/apply:os.system ['id']\n"),
            ("model_config.yaml", "encoder:\n  _target_: subprocess.run\n  args: id\n"),
            ("modules.json", r#"[{"idx": 0, "type": "subprocess.Popen"}]"#),
            ("modules.yaml", "a: 1\nclass_path: .pty.spawn\n"),
            ("conf.yaml", "a: 1\n_target_: test.passed\n"),
            ("hparams", "_target_: builtins.eval\n"),
            ("state.json", r#"{"py/reduce": [{"py/function": "os.system"}, {"py/tuple": ["id"]}]}"#),
            ("predictor.json", r#"{"__kind__": "instance", "class": "os.system", "args": ["id"]}"#),
        ] {
            let found = said(name, text);
            assert!(matches!(found[..], [(FaultKind::HarmfulCode, _)]), "{name}: {found:?}");
        }
        let message = &said("a.yaml", "b: 1\na: !!python/name:os.system ''")[0].1;
        assert!(message.starts_with("the text names `os.system` in line 2, which "), "{message}");
    }

    #[test]
    fn what_is_everyday() {
        for (name, text) in [
            ("conf.yaml", "optimizer:\n  _target_: torch.optim.AdamW\n  lr: 1.0e-3\n"),
            ("data.yaml", "_target_: pandas.read_pickle\npath: x.pkl\n"),
            ("args.yaml", "!!python/object/apply:collections.OrderedDict [[[a, !!python/tuple [1]]]]\n"),
            ("mkdocs.yml", "emoji: !!python/name:material.extensions.emoji.twemoji\n"),
            ("event.json", r#"{"id": 1, "type": "test.passed", "target": "docker.container"}"#),
            ("descriptor.proto", "full_name: \".x\",\n  type: \".imp.ImpressFeatureSet\"\n"),
            ("log.json", r#"{"type": "tty.WriteStream"}"#),
            ("README.md", "never load `!!python/object/apply:os.system`\n"),
            ("test_yaml.py", "TEXT = '!!python/object/apply:os.system [id]'\n"),
            ("m.json", r#"{"py/object": "collections.OrderedDict", "a": {"py/type": "mine.Model"}}"#),
            ("MLmodel", "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n"),
        ] {
            assert_eq!(said(name, text), [], "{name}");
        }
    }

    #[test]
    fn what_mlflow_runs() {
        let found =
            said("MLmodel", "flavors:\n  python_function:\n    loader_module: mine\n    code: code\n");
        let message = "MLflow runs the module `mine` when it loads the model".to_owned();
        assert_eq!(found, [(FaultKind::PackageCode, message)]);
    }
}
