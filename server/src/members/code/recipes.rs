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
    let who = "libraries that make objects of such texts call it";
    Some(format!("the text names {}{place}, which {reason}; {who}", shown(mention.text)))
}

/// Why what is made of a checkpoint, or of objects in a text, does harm: what it calls there, whatever that does, as no writer of such texts
/// reads files or unpickles anything.
pub(super) fn revived(code: &Code<'_>, mention: &Mention<'_>) -> Option<String> {
    let place = if mention.at == 0 { String::new() } else { format!(" in line {}", code.line(mention.at)) };
    let (what, who) = match code.loader {
        Loader::Checkpoint => ("checkpoint of LangGraph", "what reads it calls it"),
        _ => ("text", "libraries that make objects of such texts call it"),
    };
    let Called::Revived { module, name } = mention.what else {
        return Some(format!(
            "the {what} calls a function{place} whose name is what another call gives, which no writer of it does"
        ));
    };
    let whole = format!("{module}.{name}");
    if is_allowed(&whole) {
        return None;
    }
    let judged = |dot: usize| match Policy::default().judge(&whole[..dot], &whole[dot + 1..]) {
        Verdict::Denied(denial) if denial.unless.is_none() => Some(denial.reason),
        _ => None,
    };
    let reason = whole.match_indices('.').find_map(|(dot, _)| judged(dot))?;
    Some(format!("the {what} names {}{place}, which {reason}; {who}", shown(&whole)))
}

/// Why a function that a text names runs something, by its whole name.
pub(super) fn reason(name: &str) -> Option<Cow<'static, str>> {
    if is_allowed(name) {
        return None;
    }
    name.match_indices(['.', ':']).find_map(|(dot, _)| {
        match Policy::default().judge(&name[..dot], &name[dot + 1..]) {
            Verdict::Denied(denial) if denial.unless.is_none() && runs(denial.category) => {
                Some(denial.reason)
            }
            _ => None,
        }
    })
}

/// Whether lists allow a name as readers look it up: the module is all but its last part. Parts of it may be modules that others must not be
/// reached through, such as `_pickle` in `numpy.random._pickle`.
fn is_allowed(name: &str) -> bool {
    name.rfind(['.', ':']).is_some_and(|dot| {
        matches!(
            Policy::default().judge(&name[..dot], &name[dot + 1..]),
            Verdict::Allowed | Verdict::AllowedAs(_)
        )
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
            ("config.yaml", "a: !!python/object/apply:exec ['1']\n"),
            ("config.yaml", "a: !!python/object/new:map [!!python/name:eval '', ['1']]\n"),
            ("config.yaml", "a: !!python/object/apply:pickle.loads [!!binary gAQu]\n"),
            ("config.yaml", "a: !!python/object/apply:shutil.rmtree [/]\n"),
            ("config.yaml", "a: !!python/object/apply:getattr [!!python/module:os '', system]\n"),
            ("state.json", r#"{"py/reduce": [{"py/function": "pickle.loads"}]}"#),
            ("state.json", r#"{"lc": 2, "type": "constructor", "id": ["shutil", "os"], "method": "system"}"#),
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
            ("args.yaml", "!!python/object/apply:pathlib.PosixPath [a]\n"),
            (
                "args.yaml",
                "!!python/object/new:torch.Size [[1]]\nd: !!python/object/apply:torch.device [cpu]\n",
            ),
            ("args.yaml", "!!python/object/apply:getattr [!!python/name:mine.Color '', RED]\n"),
            ("state.yaml", "a: !!python/object/apply:numpy.random._pickle.__randomstate_ctor [MT19937]\n"),
            ("args.yaml", "a: !!python/name:int ''\nb: !!python/object/apply:set [[1]]\n"),
            (
                "state.json",
                r#"{"py/object": "pathlib.PosixPath", "py/reduce": [{"py/type": "pathlib.PosixPath"}]}"#,
            ),
            ("state.json", r#"{"lc": 2, "type": "constructor", "id": ["re", "compile"], "args": ["a"]}"#),
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
