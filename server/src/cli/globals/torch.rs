//! The call that makes `torch.load(…, weights_only=True)` take these files: imports, and `add_safe_globals` with every
//! global that torch does not allow by itself, but for what is not safe by its name alone: that loader does not judge calls. What belongs
//! to TorchScript is loaded by `torch.jit.load`, which has no such list.

use std::collections::BTreeSet;
use std::io::{self, Write};

use pickle_machine::render::escape;
use pickle_rules::policy::is_weights_only;

use super::{File, Writer};
use crate::output::Output;

/// See the module.
#[derive(Default)]
pub(super) struct Torch {
    wanted: BTreeSet<(String, String)>,
    left_out: BTreeSet<String>,
    /// Whether there was something of TorchScript.
    has_script: bool,
}

impl Writer for Torch {
    fn file(&mut self, file: &File, _: &mut Output) -> io::Result<()> {
        for member in &file.members {
            let globals = member.loads.iter().filter_map(|load| member.globals.get(load.global));
            for global in globals {
                let Some((module, name)) = &global.resolved else { continue };
                if is_weights_only(module, name) {
                    continue;
                }
                if is_script(module) {
                    self.has_script = true;
                } else if !global.holds_by_name || !is_path(module) || !is_path(name) {
                    self.left_out.insert(format!("{module}.{name}"));
                } else {
                    self.wanted.insert((module.clone(), name.clone()));
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Output) -> io::Result<()> {
        for name in &self.left_out {
            writeln!(out, "# left out, for it is no safe global: {}", escape(name))?;
        }
        if self.has_script {
            writeln!(out, "# left out: TorchScript, which `torch.jit.load` loads")?;
        }
        let modules: BTreeSet<_> = self.wanted.iter().map(|(module, _)| module).collect();
        writeln!(out, "import torch")?;
        for module in modules {
            writeln!(out, "import {module}")?;
        }
        writeln!(out, "\ntorch.serialization.add_safe_globals([")?;
        for (module, name) in &self.wanted {
            writeln!(out, "    {module}.{name},")?;
        }
        writeln!(out, "])")
    }
}

/// Whether a module is one of those that archives of TorchScript bring, or name lists of theirs.
fn is_script(module: &str) -> bool {
    module == "__torch__" || module.starts_with("__torch__.") || module == "torch.jit._pickle"
}

/// Whether a text is dotted Python names, and can stand in a program without saying anything else.
fn is_path(text: &str) -> bool {
    let plain = |character: char| character == '_' || character.is_ascii_alphanumeric();
    let named = |part: &str| {
        let begins = part.chars().next().is_some_and(|first| !first.is_ascii_digit());
        begins && part.chars().all(plain) && !KEYWORDS.contains(&part)
    };
    text.split('.').all(named)
}

/// What is no name in a program of Python, and would keep all of it from being one.
#[rustfmt::skip]
const KEYWORDS: [&str; 35] = [
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
    "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
    "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];
