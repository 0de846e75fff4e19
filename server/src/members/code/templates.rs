//! Templates of chats, judged: no template needs what leads from an object to the functions of Python.

use super::shown;

/// Attributes that lead there.
const WAYS: [&str; 11] = [
    "__globals__",
    "__builtins__",
    "__subclasses__",
    "__mro__",
    "__base__",
    "__bases__",
    "__import__",
    "__getattribute__",
    "__code__",
    "__class__",
    "_TemplateReference__context",
];

/// Why a template does harm.
pub(super) fn harm(template: &str) -> Option<String> {
    let way = blocks(template).find_map(way_out)?;
    Some(format!(
        "a template of a chat reads {}, which leads to any function of Python: who fills it in without a sandbox calls that",
        shown(way)
    ))
}

/// What is evaluated in a template.
fn blocks(template: &str) -> impl Iterator<Item = &str> {
    let starts = template.match_indices("{{").chain(template.match_indices("{%"));
    starts.map(|(start, mark)| {
        let rest = &template[start + mark.len()..];
        rest.find(if mark == "{{" { "}}" } else { "%}" }).map_or(rest, |end| &rest[..end])
    })
}

/// An attribute in a block that leads out of the template, or one that is put together.
fn way_out(block: &str) -> Option<&str> {
    let is_read = |at: usize| block[..at].trim_end_matches(['\'', '"', ' ']).ends_with(['.', '[', '(']);
    let plain = WAYS.into_iter().find(|way| block.match_indices(way).any(|(at, _)| is_read(at)));
    let compact = || block.split_whitespace().collect::<String>().contains("|attr(").then_some("attr");
    let is_escape = || ["\\x5f", "\\u005f", "\\137"].into_iter().find(|escape| block.contains(escape));
    plain.or_else(compact).or_else(is_escape)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_leads_out() {
        for template in [
            "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
            "{% for c in ''['__class__'].x %}{% endfor %}",
            "{% set x = ''  | attr ('__cla' ~ 'ss__') %}",
            r"{{ ''['\x5f\x5fclass\x5f\x5f'] }}",
            "{{ ''.__class__",
        ] {
            assert!(harm(template).is_some(), "{template}");
        }
    }

    #[test]
    fn what_is_everyday() {
        for template in [
            "{% for message in messages %}{{ '<|im_start|>' + message['role'] }}{% endfor %}",
            "{{- 'def __init__(self):' }} uses __class__ and __globals__",
            "{{ message.content | trim }}{{ raise_exception('no __class__') }}",
        ] {
            assert_eq!(harm(template), None, "{template}");
        }
    }
}
