//! What a global is worth, in words: the same from `explain` and in the editor.

use pickle_machine::render::escape;
use pickle_rules::policy::{Denial, Policy, Verdict, preset_of};

/// Sentences that say why a global has its verdict by a policy.
pub(crate) fn sentences(policy: &Policy, module: &str, name: &str, verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Denied(denial) => denied(denial),
        Verdict::Unlisted => {
            vec![format!("On no list. Loading it imports `{}` (PG108 unlisted-global).", code(module))]
        }
        Verdict::Allowed | Verdict::AllowedAs(_) => {
            let whose = match preset(module, name, verdict) {
                _ if policy.allowed_by(module, name).is_some() => "The configuration allows it.".to_owned(),
                Some(preset) => format!("The preset `{preset}` of allowed globals has it."),
                None => "It is allowed.".to_owned(),
            };
            let how =
                "It is harmless as picklers call it; other calls are reported (PG109 unusual-call-shape).";
            let how = matches!(verdict, Verdict::AllowedAs(_)).then(|| how.to_owned());
            [whose].into_iter().chain(how).collect()
        }
    }
}

fn denied(denial: &Denial) -> Vec<String> {
    let other = denial.stands_for.as_ref().map(|other| format!("Stands for `{}`.", code(other)));
    other.into_iter().chain([format!("It {}.", denial.reason)]).collect()
}

/// The preset that allows it.
pub(crate) fn preset(module: &str, name: &str, verdict: &Verdict) -> Option<&'static str> {
    preset_of(module, name).filter(|_| verdict.name() == "allowed")
}

/// Text inside single backquotes, which it cannot end: an editor would take the rest for Markdown.
fn code(text: &str) -> String {
    escape(text).replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_end_its_backquotes() {
        let policy = Policy::default();
        let verdict = policy.judge("m` ![](https://example.com/)", "C");
        let text = sentences(&policy, "m` ![](https://example.com/)", "C", &verdict).join(" ");
        assert_eq!(
            text,
            "On no list. Loading it imports `m' ![](https://example.com/)` (PG108 unlisted-global)."
        );
    }
}
