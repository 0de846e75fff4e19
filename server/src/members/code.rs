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
mod tests;
