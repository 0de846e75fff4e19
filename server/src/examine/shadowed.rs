//! What a pickle loads from a library, where a program that runs in its folder finds a module of that name first.

use pickle_containers::Member;
use pickle_rules::policy::{Verdict, loaders};
use pickle_rules::{Severity, container, inventory::inventory};

use super::Question;
use crate::members::{Modules, Shadow, shadows};
use crate::report::Diagnostic;

/// A finding for each module in the folder of the file that stands for one of which the pickle loads what lists allow. Of what they do
/// not allow, more is said otherwise.
pub(super) fn shadowed(bytes: &[u8], member: &Member<'_>, question: &Question<'_>) -> Vec<Diagnostic> {
    if question.modules == Modules::None || !question.options.selection.includes(container::CODE) {
        return Vec::new();
    }
    let shadows = shadows(question.path);
    if shadows.is_empty() {
        return Vec::new();
    }
    let found = inventory(bytes, &question.options.policy, question.memory, question.interrupt);
    let loaded = |shadow: &Shadow| {
        found.globals.iter().find_map(|global| {
            let names = global.resolved.as_ref()?;
            let is_of = names.module.split('.').next() == Some(shadow.module.as_str());
            let is_allowed = matches!(global.verdict, Verdict::Allowed | Verdict::AllowedAs(_));
            (is_of && is_allowed).then(|| format!("{}.{}", names.module, names.name))
        })
    };
    let tell = |shadow: &Shadow| {
        let global = loaded(shadow)?;
        let file = shadow.file.escape_debug();
        let who = match shadow.packaged {
            true => "is in the same package of torch: its loader runs it",
            false => "is in the same folder: a program that runs there imports it",
        };
        let message = format!(
            "`{file}` {who} in place of `{}`, and this pickle loads `{}`",
            shadow.module,
            global.escape_debug()
        );
        let is_there_for_that = shadow.packaged && loaders::never_packaged(&shadow.module).is_some();
        Some(Diagnostic {
            severity: if is_there_for_that { Severity::Error } else { container::CODE.severity },
            member: member.path.clone(),
            global: Some(global),
            help: Some("read it, or load the file from another folder".to_owned()),
            ..Diagnostic::new(container::CODE, message)
        })
    };
    shadows.iter().filter_map(tell).collect()
}
