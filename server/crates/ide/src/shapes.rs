//! What picklers mean by a call: the shapes of `save_reduce` that say more than the call itself (`Lib/pickle.py`).
//!
//! They are told in hovers. None is a finding: it is how picklers write.

use pickle_machine::Names;
use pickle_machine::arena::{Arena, Shape, Value};
use pickle_machine::render::{Limits, escape, render};
use pickle_ops::{Op, Opcode};

/// What a call means, in a sentence of Markdown; `None` for one that means what it says.
pub(crate) fn meaning(arena: &Arena<'_>, call: Value) -> Option<String> {
    let Shape::Call { op, callee, arguments, contents, .. } = arena.shape(call) else { return None };
    let items = arena.tuple(arguments)?;
    let shown = |value: Value| escape(&render(arena, value, Limits::LINE)).replace('`', "'");
    // Of a partial, the last call of three is what counts.
    if let Some(text) = keyword_constructor(arena, callee, items) {
        return Some(text);
    }
    let next = arena.op_at(op.end);
    if is_pop(next.as_ref()) {
        if is_get(arena.op_at(op.end + 1).as_ref()) {
            return Some("The object is an argument of its own constructor: it was made while its arguments were, and this second one is dropped.".into());
        }
        if let &[object, state] = items {
            let text = format!(
                "State setter, the sixth item of a reduce value: called with `{}` and the state `{}`; its result is dropped.",
                shown(object),
                shown(state)
            );
            return Some(text);
        }
    }
    let Shape::Global(global) = arena.shape(callee) else { return None };
    let names = global.resolved()?;
    match (names.module.as_ref(), names.name.as_ref(), items) {
        ("_codecs", "encode", &[text, codec]) if is_latin1(arena, codec) => bytes(arena, text),
        ("builtins", "getattr", &[object, name]) => nested(arena, object, name),
        _ if is_exception(&names) => Some(format!(
            "An exception: loading calls `{}` with these arguments, so that `__init__` runs{}. It fails where `__init__` takes others than `args`.",
            names.dotted().replace('`', "'"),
            if contents.is_some_and(|contents| contents.state.is_some()) {
                ", and then sets its attributes"
            } else {
                ""
            }
        )),
        _ => None,
    }
}

fn is_pop(op: Option<&Op<'_>>) -> bool {
    op.is_some_and(|op| op.opcode == Opcode::Pop)
}

fn is_get(op: Option<&Op<'_>>) -> bool {
    op.is_some_and(|op| matches!(op.opcode, Opcode::Get | Opcode::BinGet | Opcode::LongBinGet))
}

fn is_latin1(arena: &Arena<'_>, codec: Value) -> bool {
    arena.text(codec).is_some_and(|codec| codec == "latin1" || codec == "latin-1")
}

/// `_codecs.encode(text, 'latin1')`.
fn bytes(arena: &Arena<'_>, text: Value) -> Option<String> {
    /// Bytes that are shown.
    const MOST: usize = 64;
    let text = arena.text(text)?;
    let raw: Vec<u8> = text.chars().take(MOST).map_while(|char| u8::try_from(u32::from(char)).ok()).collect();
    let more = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    let literal = raw.escape_ascii().to_string().replace('`', "'");
    Some(format!(
        "Bytes, as protocols below 3 write them: `b'{literal}'{more}`. An unpickler that restricts globals has to allow `_codecs.encode`."
    ))
}

/// `getattr(m.Outer, 'Inner')`, which is how protocols below 4 write `m.Outer.Inner`.
fn nested(arena: &Arena<'_>, object: Value, name: Value) -> Option<String> {
    let name = arena.text(name)?;
    let object = match arena.shape(object) {
        Shape::Global(global) => global.resolved()?.dotted(),
        _ => render(arena, object, Limits::LINE),
    };
    Some(format!(
        "The attribute `{}`: a nested name, or a method.",
        escape(&format!("{object}.{name}")).replace('`', "'")
    ))
}

/// `functools.partial(getattr(C, '__new__'))` with the state `(f, (C, …), {…}, None)`, called with nothing: how protocols 2
/// and 3 write `C.__new__(C, …, **{…})`.
fn keyword_constructor(arena: &Arena<'_>, partial: Value, items: &[Value]) -> Option<String> {
    let Shape::Call { callee, contents: Some(contents), .. } = arena.shape(partial) else { return None };
    let Shape::Global(global) = arena.shape(callee) else { return None };
    let names = global.resolved()?;
    if !items.is_empty() || names.module != "functools" || names.name != "partial" {
        return None;
    }
    let &[function, arguments, keywords, ..] = arena.tuple(contents.state?)? else { return None };
    let shown = |value: Value| escape(&render(arena, value, Limits::LINE)).replace('`', "'");
    let arguments = arena.tuple(arguments)?.iter().map(|&value| shown(value)).collect::<Vec<_>>().join(", ");
    Some(format!(
        "A call with keyword arguments, as protocols 2 and 3 write it: `{}({arguments}, **{})`.",
        shown(function),
        shown(keywords)
    ))
}

fn is_exception(names: &Names<'_>) -> bool {
    let last = names.name.rsplit('.').next().unwrap_or_default();
    ["Error", "Exception", "Warning"].iter().any(|end| last.ends_with(end))
}

#[cfg(test)]
mod tests {
    use crate::fixture::Fixture;
    use crate::hover::hover;

    fn shown(bytes: &[u8], number: usize) -> String {
        let fixture = Fixture::new(bytes);
        let rows = fixture.rows().filter(|&row| fixture.opcode(row).as_deref() == Some("REDUCE"));
        let row = rows.clone().nth(number).unwrap();
        hover(&fixture.context(), crate::Position { row, column: 10 }, &|_| String::new()).unwrap().markdown
    }

    #[test]
    fn shapes() {
        let cases: [(&[u8], usize, &str); 6] = [
            (b"\x80\x02c_codecs\nencode\nX\x03\0\0\0a\xc3\xbfX\x06\0\0\0latin1\x86R.", 0, "`b'a\\xff'`"),
            (b"\x80\x02c__builtin__\ngetattr\ncm\nOuter\nX\x05\0\0\0Inner\x86R.", 0, "`m.Outer.Inner`"),
            (b"\x80\x02cm\nC\n)Rq\0cm\nsetter\nh\0N\x86R0.", 1, "State setter"),
            (b"\x80\x02cm\nC\n)Rcm\nC\n)R0h\0.", 1, "argument of its own constructor"),
            (b"\x80\x02cm\nMyError\nK\x01\x85R.", 0, "An exception: loading calls `m.MyError`"),
            (b"\x80\x02cfunctools\npartial\ncm\nf\n\x85R(cm\nf\n(cm\nC\nt}NtbN0)R.", 1, "`m.f(m.C, **{})`"),
        ];
        for (bytes, number, expected) in cases {
            let text = shown(bytes, number);
            assert!(text.contains(expected), "{expected} in {text}");
        }
        assert!(!shown(b"\x80\x02cm\nC\n)R.", 0).contains("as protocols"));
    }
}
