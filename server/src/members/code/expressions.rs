//! Expressions of Python in descriptions of models (`$os.system('id')` of MONAI), judged by the names in them.
//!
//! Most descriptions have dozens that are harmless, so that what is not known counts as such; what runs something has its name in one of
//! them, or a way to one that no description goes.

use std::collections::HashMap;

use pickle_containers::{Called, Code, Loader};

use super::recipes::reason;
use super::shown;

/// Functions by their last name, whatever they are read of.
const FUNCTIONS: [&str; 34] = [
    "system",
    "popen",
    "Popen",
    "check_output",
    "check_call",
    "getoutput",
    "getstatusoutput",
    "execl",
    "execle",
    "execlp",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "spawnl",
    "spawnlp",
    "spawnv",
    "spawnve",
    "spawnvp",
    "posix_spawn",
    "posix_spawnp",
    "startfile",
    "import_module",
    "exec_module",
    "load_module",
    "run_path",
    "run_module",
    "run_code",
    "runsource",
    "create_subprocess_shell",
    "create_subprocess_exec",
    "LoadLibrary",
    "load_inline",
    "BytesIO",
];

/// Modules that no description imports.
const MODULES: [&str; 16] = [
    "subprocess",
    "pty",
    "ctypes",
    "builtins",
    "runpy",
    "posix",
    "nt",
    "code",
    "codeop",
    "imp",
    "pdb",
    "timeit",
    "marshal",
    "pip",
    "pexpect",
    "commands",
];

/// Modules that are read of others for harm alone.
const INSIDE: [&str; 8] = ["os", "sys", "importlib", "subprocess", "builtins", "ctypes", "posix", "runpy"];

/// Functions of Python that evaluate what they are given.
const BARE: [&str; 8] = ["eval", "exec", "compile", "__import__", "globals", "locals", "vars", "breakpoint"];

/// Attributes that say what something is.
const PLAIN: [&str; 7] =
    ["__version__", "__name__", "__file__", "__doc__", "__len__", "__path__", "__class__"];

/// Modules whose `loads` makes no objects.
const TEXTS: [&str; 6] = ["json", "orjson", "ujson", "simplejson", "tomllib", "toml"];

/// Modules that expressions have without an import.
const GIVEN: [(&str, &str); 5] =
    [("np", "numpy"), ("numpy", "numpy"), ("torch", "torch"), ("monai", "monai"), ("ignite", "ignite")];

/// Expressions of one text that are looked at.
const MOST: usize = 100_000;

/// What is in a text that its loader evaluates, and does harm.
pub(super) fn harm(code: &Code<'_>) -> Option<String> {
    if code.loader != Loader::Bundle {
        return None;
    }
    let (mut imports, mut all) = (given(), Vec::new());
    code.mentions(&mut |mention| {
        if mention.what == Called::Expression {
            imports.extend(imported(&split(mention.text)));
            all.push((mention.text.to_owned(), mention.at));
        }
        all.len() >= MOST
    });
    all.iter().find_map(|(text, at)| {
        let what = harm_of(&split(text), &imports)?;
        let place = if *at == 0 { String::new() } else { format!(" in line {}", code.line(*at)) };
        Some(format!("the text has an expression{place} that {what}; libraries that make objects of such texts evaluate it"))
    })
}

/// What names stand for.
type Imports = HashMap<String, String>;

fn given() -> Imports {
    GIVEN.into_iter().map(|(name, module)| (name.to_owned(), module.to_owned())).collect()
}

/// A piece of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    Name(&'t str),
    Text(&'t str),
    /// A reference to another part of the description.
    Reference,
    Sign(char),
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Splits an expression. What a formatted string evaluates is split like what is outside of it.
fn split(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let len = match first {
            '\'' | '"' => {
                let prefix = match tokens.last() {
                    Some(Token::Name(name)) => *name,
                    _ => "",
                };
                let is_formatted = prefix.len() <= 2 && prefix.contains(['f', 'F']);
                let len = quoted(rest, first);
                tokens.push(Token::Text(&rest[..len]));
                if is_formatted { first.len_utf8() } else { len }
            }
            '@' => {
                tokens.push(Token::Reference);
                let is_id = |letter: char| is_part(letter) || matches!(letter, '#' | ':');
                1 + rest[1..].find(|letter| !is_id(letter)).unwrap_or(rest.len() - 1)
            }
            _ if is_part(first) => {
                let len = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
                tokens.push(Token::Name(&rest[..len]));
                len
            }
            '#' => rest.find('\n').unwrap_or(rest.len()),
            '\\' => 1,
            _ if first.is_whitespace() => first.len_utf8(),
            _ => {
                tokens.push(Token::Sign(first));
                first.len_utf8()
            }
        };
        rest = &rest[len..];
    }
    tokens
}

/// The length of the string that a text begins with, with its quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        if letter == quote {
            return at + 1;
        }
        if letter == '\\' {
            letters.next();
        }
    }
    text.len()
}

/// What the names stand for that a statement imports.
fn imported(tokens: &[Token<'_>]) -> Imports {
    let word = |at: usize| match tokens.get(at) {
        Some(Token::Name(name)) => Some(*name),
        _ => None,
    };
    let path = |mut at: usize| {
        let mut path = String::new();
        while let Some(name) = word(at) {
            path.push_str(name);
            at += 1;
            if tokens.get(at) != Some(&Token::Sign('.')) {
                break;
            }
            path.push('.');
            at += 1;
        }
        (path, at)
    };
    let as_name = |at: usize| word(at).filter(|word| *word == "as").and_then(|_| word(at + 1));
    let (module, at) = path(1);
    let named = match (word(0), word(at)) {
        (Some("import"), _) => match as_name(at) {
            Some(name) => Some((name.to_owned(), module)),
            None => {
                let root = module.split('.').next().unwrap_or_default().to_owned();
                Some((root.clone(), root))
            }
        },
        (Some("from"), Some("import")) => {
            word(at + 1).map(|name| (as_name(at + 2).unwrap_or(name).to_owned(), format!("{module}.{name}")))
        }
        _ => None,
    };
    named.into_iter().collect()
}

/// What an expression does that none of a description has to do: to follow "that".
fn harm_of(tokens: &[Token<'_>], imports: &Imports) -> Option<String> {
    if matches!(tokens.first(), Some(Token::Name("import" | "from"))) {
        return harm_of_import(tokens);
    }
    (0..tokens.len()).find_map(|at| match tokens[at] {
        Token::Name(name) => harm_of_name(tokens, at, name, imports),
        Token::Text(text) => {
            let formats = |token: &Token<'_>| matches!(token, Token::Name("format" | "format_map"));
            let is_format = text.contains('{') && text.contains("__") && tokens.iter().any(formats);
            is_format.then(|| format!("formats {}", shown(text)))
        }
        _ => None,
    })
}

fn harm_of_import(tokens: &[Token<'_>]) -> Option<String> {
    let names = tokens.iter().filter_map(|token| match token {
        Token::Name(name) => Some(*name),
        _ => None,
    });
    let module = names.clone().find(|name| MODULES.contains(name) || *name == "importlib");
    let function = || {
        let (path, names) = imported(tokens).into_iter().next().map(|(_, path)| (path, names))?;
        let is_from = tokens.first() == Some(&Token::Name("from"));
        (is_from && reason(&path).is_some() || names.into_iter().any(|name| FUNCTIONS.contains(&name)))
            .then_some(path)
    };
    module.map(str::to_owned).or_else(function).map(|name| format!("imports {}", shown(&name)))
}

fn harm_of_name(tokens: &[Token<'_>], at: usize, name: &str, imports: &Imports) -> Option<String> {
    let is_next = |sign: char| tokens.get(at + 1) == Some(&Token::Sign(sign));
    let is_attribute = at > 0 && tokens[at - 1] == Token::Sign('.');
    let is_hidden = name.starts_with("__") && !PLAIN.contains(&name) || !name.is_ascii();
    // The first of the names that it is an attribute of, if nothing else is.
    let path = path_to(tokens, at, imports);
    let says = |what: &str| Some(format!("{what} {}", shown(name)));
    let is_used = is_attribute || is_next('(') || is_next('[') || is_next('.');
    if is_hidden && is_used || FUNCTIONS.contains(&name) && is_attribute {
        return says("reads");
    }
    // `${{ runner.os }}` is for other readers.
    let is_inside = INSIDE.contains(&name) && (is_next('.') || !["os", "sys"].contains(&name));
    if is_attribute && is_inside || path.as_deref() == Some("sys.modules") {
        return says("reads");
    }
    if is_attribute && name == "loads" && is_next('(') {
        let root = path.as_deref().and_then(|path| path.split('.').next());
        return if root.is_some_and(|root| TEXTS.contains(&root)) { None } else { says("calls") };
    }
    if is_attribute && name == "eval" && is_next('(') && tokens.get(at + 2) != Some(&Token::Sign(')')) {
        return says("calls");
    }
    if !is_attribute && is_next('(') {
        if BARE.contains(&name) {
            return says("calls");
        }
        if name == "getattr" && !names_attribute(&tokens[at + 2..]) {
            return Some("reads an attribute whose name is computed".to_owned());
        }
    }
    let whole = path.filter(|path| !is_everyday(path))?;
    reason(&whole).map(|reason| format!("names {}, which {reason}", shown(&whole)))
}

/// Whether bundles of models read this: a bundle has modules of its own, and is run on several devices.
fn is_everyday(path: &str) -> bool {
    let of_distributed = path.strip_prefix("torch.distributed").map(|rest| rest.matches('.').count());
    path.starts_with("sys.path") || of_distributed.is_some_and(|names| names < 2)
}

/// The dotted path that ends in the name at `at`, by the module that its first name stands for; `None`: it is an attribute of something
/// else, or of what no expression imports, as words have points in commands of shells.
fn path_to(tokens: &[Token<'_>], at: usize, imports: &Imports) -> Option<String> {
    let mut first = at;
    while first >= 2 && tokens[first - 1] == Token::Sign('.') && matches!(tokens[first - 2], Token::Name(_)) {
        first -= 2;
    }
    if first > 0 && tokens[first - 1] == Token::Sign('.') {
        return None;
    }
    let names = tokens[first..=at].iter().filter_map(|token| match token {
        Token::Name(name) => Some(*name),
        _ => None,
    });
    let mut path: Vec<&str> = names.collect();
    *path.first_mut()? = imports.get(*path.first()?)?;
    Some(path.join("."))
}

/// Whether the second argument of a call, whose bracket is behind, is a text that names a harmless attribute.
fn names_attribute(arguments: &[Token<'_>]) -> bool {
    let mut depth = 0_usize;
    for (at, token) in arguments.iter().enumerate() {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') if depth == 0 => return false,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign(',') if depth == 0 => {
                let Some(Token::Text(text)) = arguments.get(at + 1) else { return false };
                let name = text.trim_matches(['\'', '"']);
                let is_harmless =
                    !name.starts_with('_') && !FUNCTIONS.contains(&name) && name.chars().all(is_part);
                return is_harmless && matches!(arguments.get(at + 2), Some(Token::Sign(',' | ')')));
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(expressions: &[&str]) -> Option<String> {
        let mut imports = given();
        for expression in expressions {
            imports.extend(imported(&split(expression)));
        }
        expressions.iter().find_map(|expression| harm_of(&split(expression), &imports))
    }

    #[test]
    fn what_runs_something() {
        for expressions in [
            &["os.system('id')"][..],
            &["import os as o", "o.system('id')"],
            &["from os import system", "1"],
            &["from os import system as s"],
            &["import subprocess"],
            &["import subprocess as s"],
            &["@imports#0.system('id')"],
            &["torch.os.path"],
            &["__import__('os')"],
            &["eval('1')"],
            &["().__class__.__base__"],
            &["getattr(@a, 'sys' + 'tem')('id')"],
            &["getattr(@a, 'system')('id')"],
            &["f\"{eval('1')}\""],
            &["os . \\\n system('id')"],
            &["pickle.loads(b'')"],
            &["import sys", "sys.modules['os']"],
            &["'{0.__class__}'.format(1)"],
            &["pd.eval('@x')"],
            &["ｅval('1')"],
            &["torch.distributed.run.main(['x'])"],
            &["torch.utils.cpp_extension.load_inline('a', 'b')"],
        ] {
            assert!(said(expressions).is_some(), "{expressions:?}");
        }
    }

    /// As bundles of the model zoo of MONAI have them.
    #[test]
    fn what_is_everyday() {
        for expressions in [
            &["import glob"][..],
            &["import os", "os.path.join(@bundle_root, 'models')", "os.environ['LOCAL_RANK']"],
            &["import json", "json.loads(open(@path).read())"],
            &["from scripts.losses import Dice", "Dice(@a)"],
            &["torch.device('cuda:0' if torch.cuda.is_available() else 'cpu')"],
            &["list(sorted(glob.glob(@dataset_dir + '/imagesTs/*.nii.gz')))"],
            &["@network_def.to(@device)"],
            &["setattr(torch.backends.cudnn, 'benchmark', True)"],
            &["@train#trainer.run()"],
            &["@network.eval()"],
            &["torch.load(@ckpt_path)['model']"],
            &["[{'image': i, 'label': l} for i, l in zip(@images, @labels)]"],
            &["lambda x: x['image'].to('cpu')"],
            &["monai.__version__"],
            &["getattr(@net, 'encoder')"],
            &["sys.path.append(@bundle_root)"],
            &["len(list(@net.modules())), @net.code"],
            &["functools.partial(np.mean, axis=0)"],
            &["print(f'{@epoch}')"],
            &["torch.distributed.init_process_group(backend='nccl')"],
            &["HOME/.cache (mine)"],
            &["{{ runner.os }}-{{ hashFiles(runner.os) }}"],
            &["{{ inputs.pickle-lsp }}"],
            &[" {command} test-key --web --domains=test.com.mx"],
            &["us-docker.pkg.dev/my-project/repo:tag"],
            &["PYTHON -c \"print({'a': x.__version__})\""],
        ] {
            assert_eq!(said(expressions), None, "{expressions:?}");
        }
    }
}
