//! Templates of chats, judged: no template needs what leads from an object to the functions of Python.

use std::collections::HashSet;

use super::shown;
use super::template_tokens::{Token, blocks};

/// Attributes that lead there, but for those with two underscores at both ends.
const WAYS: [&str; 13] = [
    "gi_frame",
    "gi_code",
    "cr_frame",
    "cr_code",
    "ag_frame",
    "ag_code",
    "tb_frame",
    "f_globals",
    "f_builtins",
    "f_locals",
    "f_back",
    "func_globals",
    "_TemplateReference__context",
];

/// Attributes with such names that lead nowhere.
const HARMLESS: [&str; 8] =
    ["__name__", "__len__", "__str__", "__repr__", "__contains__", "__getitem__", "__doc__", "__eq__"];

/// Filters that read the attribute of which they are given the name.
const FILTERS: [&str; 5] = ["attr", "groupby", "selectattr", "rejectattr", "attribute"];

/// Words before a list that are no value.
const WORDS: [&str; 13] =
    ["in", "is", "and", "or", "not", "if", "elif", "else", "for", "set", "do", "return", "recursive"];

/// Why a template does harm.
pub(super) fn harm(template: &str) -> Option<String> {
    let mut computed = HashSet::new();
    let way = blocks(template).into_iter().find_map(|block| way_out(&block, &mut computed))?;
    Some(format!(
        "a template of a chat reads {way}, which leads to any function of Python: who fills it in without a sandbox calls that"
    ))
}

/// What a block reads that leads out of the template, or may do so as its name is put together. Names of texts that were are `computed`.
fn way_out(block: &[Token<'_>], computed: &mut HashSet<String>) -> Option<String> {
    if let [Token::Name("set"), Token::Name(name), Token::Sign('='), value @ ..] = block
        && is_computed(value)
    {
        computed.insert((*name).to_owned());
    }
    (0..block.len()).find_map(|at| match &block[at] {
        Token::Name(name) if at > 0 && block[at - 1] == Token::Sign('.') => is_way(name).then(|| shown(name)),
        Token::Text(text) => text.split('.').find(|part| is_way(part)).map(shown),
        // `x | attr(…)`, `map('attr', …)`.
        Token::Name("attr") if at > 0 && block[at - 1] == Token::Sign('|') => Some(shown("attr")),
        Token::Name("map") if is_of_attributes(&block[at + 1..]) => Some(shown("attr")),
        Token::Name(name) if FILTERS.contains(name) => {
            let is_given = matches!(block.get(at + 1), Some(Token::Sign('(' | '=')));
            (is_given && is_computed(first(&block[at + 2..]))).then(put_together)
        }
        Token::Sign('[') if at > 0 && is_value(&block[at - 1]) => {
            let index = first(&block[at + 1..]);
            let is_named = matches!(index, [Token::Name(name)] if computed.contains(*name));
            (is_named || is_computed(index)).then(put_together)
        }
        _ => None,
    })
}

fn put_together() -> String {
    "an attribute whose name is put together".to_owned()
}

/// Whether an attribute of this name leads out.
fn is_way(name: &str) -> bool {
    let is_special = name.len() > 4 && name.starts_with("__") && name.ends_with("__");
    WAYS.contains(&name) || is_special && !HARMLESS.contains(&name) && name.bytes().all(is_part)
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether what is in a bracket begins with the name of a filter that reads attributes.
fn is_of_attributes(behind: &[Token<'_>]) -> bool {
    matches!(behind, [Token::Sign('('), Token::Text(text), ..] if text == "attr")
}

/// Whether a value is a text that is put together of others.
fn is_computed(value: &[Token<'_>]) -> bool {
    let has_text = value.iter().any(|token| matches!(token, Token::Text(_)));
    value.iter().any(|token| match token {
        Token::Sign('~') => true,
        Token::Sign('+' | '%' | '*' | '|') => has_text,
        _ => false,
    })
}

/// The first of the values in a bracket, without those in others inside.
fn first<'b, 't>(inside: &'b [Token<'t>]) -> &'b [Token<'t>] {
    let mut depth = 0_usize;
    let end = inside.iter().position(|token| {
        match token {
            Token::Sign('(' | '[' | '{') => depth += 1,
            Token::Sign(')' | ']' | '}') if depth == 0 => return true,
            Token::Sign(')' | ']' | '}') => depth -= 1,
            Token::Sign(',') => return depth == 0,
            _ => {}
        }
        false
    });
    &inside[..end.unwrap_or(inside.len())]
}

/// Whether a bracket behind this is one for an index.
fn is_value(token: &Token<'_>) -> bool {
    match token {
        Token::Name(name) => !WORDS.contains(name),
        Token::Text(_) => true,
        Token::Sign(sign) => matches!(sign, ')' | ']' | '}'),
    }
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
            r"{{ ''['\137\u005fclass\137\N{LOW LINE}'] }}",
            "{{ ''.__class__",
            "{{ '}}'.__class__ }}",
            "{{ {'a': {}}}.__class__ }}",
            "{# {{ ' #}{{ ''.__class__ }}",
            "{% raw %}{{ ' {% endraw %}{{ ''.__class__ }}",
            "{{ ''['__cla' ~ 'ss__'] }}",
            "{{ ''['__cla' 'ss__'] }}",
            "{% set a = '__cla' ~ 'ss__' %}{{ ''[a] }}",
            "{{ ''['%c%cclass__' % (95, 95)] }}",
            "{{ ['']|map(attribute='__class__')|list }}",
            "{{ ['']|map(attribute='a.__class__')|list }}",
            "{{ ['']|map('attr', x)|list }}",
            "{{ ['']|groupby('__cla' ~ 'ss__')|list }}",
            "{{ ['']|sort(attribute='__cla' + 'ss__') }}",
            "{{ ([1]|map('upper')).gi_frame.f_builtins.eval('1') }}",
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
            "{{ messages[loop.index0 + 1]['role'] + '\\n' }}{{ messages[-1:][0].content }}",
            "{% if x in ['a' + b, 'c'] %}{% endif %}{{ [{'role': 'a' ~ b}] }}",
            "{{ tools | map(attribute='function.name') | join(', ') }}{{ x | selectattr('role', 'equalto', 'a' ~ b) }}",
            "{% set name = message['name'] %}{{ tools[name]['x'] | tojson }}{{ 'ABCD'[loop.index0] }}",
            "{% set role = 'a' if x else 'b' %}{{ roles[role] }}{# it's #}{{ \"it's\" }}",
            "{%- macro render(x) -%}{{ x.attr }}{%- endmacro -%}",
        ] {
            assert_eq!(harm(template), None, "{template}");
        }
    }
}
