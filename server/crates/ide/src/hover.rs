//! Hover: what an op does, and what is on the stack when it does it.
//!
//! On the mnemonic: meaning, operand, protocol, stack effect, bytes. On the operand: the value, as much of it as fits. Both
//! show the object that the op pushes or works on, rendered.

use std::fmt::Write;

use pickle_listing::TokenKind;
use pickle_listing::view::RowKind;
use pickle_machine::arena::Shape;
use pickle_machine::record::{Explorer, Segment, Step, Window, is_store};
use pickle_machine::render::{Limits, escape};
use pickle_machine::{FaultKind, Names};
use pickle_ops::{OpcodeInfo, OperandKind, StackItem};

use crate::shapes::meaning;
use crate::stack_global::named_by;
use crate::{Context, Position, Span};

/// What to show, and for which part of the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hover {
    /// Markdown.
    pub markdown: String,
    /// The part of the row that it is about.
    pub span: Span,
}

/// Bytes that are shown in hexadecimal.
const SHOWN_BYTES: usize = 24;

/// What is known of a global by its names as loaded, as Markdown.
pub type Worth<'w> = &'w dyn Fn(&Names<'_>) -> String;

/// What is to be said at a place.
#[must_use]
pub fn hover(context: &Context<'_>, position: Position, worth: Worth<'_>) -> Option<Hover> {
    let row = position.row;
    let (markdown, span) = match context.view.kind(row)? {
        RowKind::Op => op(context, position, worth)?,
        RowKind::Gap => (gap(context, row)?, context.body(row)),
        RowKind::Heading => (heading(context, row)?, context.body(row)),
        RowKind::Elision => (elision(context, row)?, context.body(row)),
        RowKind::Piece => return None,
    };
    Some(Hover { markdown, span })
}

fn op(context: &Context<'_>, position: Position, worth: Worth<'_>) -> Option<(String, Span)> {
    let row = position.row;
    let op = context.view.op(context.bytes, row)?;
    let explorer = context.explorer();
    let (window, step) = explorer.step(op.start)?;
    let token = context.token_at(position);
    let on_operand = token.as_ref().is_some_and(|token| {
        !matches!(token.kind, TokenKind::Offset | TokenKind::Mnemonic | TokenKind::MarkMnemonic)
    });
    let mut out = String::new();
    let info = op.opcode.info();
    let _ = writeln!(out, "**{}** — {}\n", info.name, info.doc);
    value(&mut out, &explorer, (&window, &step), worth);
    effects(&mut out, &explorer, &step);
    if !on_operand {
        facts(&mut out, context, &step, info);
    }
    let span = match token {
        Some(token) if token.kind != TokenKind::Offset => Span { row, columns: token.columns },
        _ => context.body(row),
    };
    Some((out.trim_end().to_owned(), span))
}

/// The object that the op pushes, stores or works on.
fn value<'a>(
    out: &mut String,
    explorer: &Explorer<'_, 'a>,
    (window, step): (&Window<'a>, &Step<'a>),
    worth: Worth<'_>,
) {
    let Some(value) = step.value else { return };
    let text = explorer.render(window, value, Limits::BLOCK);
    if text == "…" {
        return;
    }
    let _ = writeln!(out, "{}\n", fenced(&text));
    if let Some(meaning) = meaning(&window.arena, value) {
        let _ = writeln!(out, "{meaning}\n");
    }
    if let Shape::Global(global) = window.arena.shape(value)
        && let (Some(written), Some(resolved)) = (&global.written, global.resolved())
    {
        if *written != resolved {
            let _ = writeln!(
                out,
                "Written as `{}`, the name of Python 2; loaded as `{}`.\n",
                code(&written.dotted()),
                code(&resolved.dotted())
            );
        }
        let _ = writeln!(out, "{}\n", worth(&resolved));
    }
}

/// What other ops have to do with it.
fn effects(out: &mut String, explorer: &Explorer<'_, '_>, step: &Step<'_>) {
    let offset = step.op.start;
    let name = |offset: usize| explorer.step(offset).map_or("op", |(_, step)| step.op.opcode.name());
    if let Some(slot) = step.slot {
        let _ = match explorer.memo_store(offset) {
            _ if is_store(step.op.opcode) => writeln!(out, "- fills memo slot {slot}"),
            Some(store) => writeln!(out, "- memo slot {slot}, filled at {store} by `{}`", name(store)),
            None => writeln!(out, "- memo slot {slot}, which is empty"),
        };
    }
    if let Some(partner) = explorer.mark_partner(offset) {
        let relation = if partner > offset { "taken by" } else { "takes" };
        let _ = writeln!(out, "- {relation} `{}` at {partner}", name(partner));
    } else if let Some(consumer) = explorer.consumer(offset) {
        let _ = match named_by(explorer, offset, consumer) {
            Some((part, global)) => {
                writeln!(out, "- the {part} of `{}`, which `STACK_GLOBAL` at {consumer} loads", code(&global))
            }
            None => writeln!(out, "- its result is taken by `{}` at {consumer}", name(consumer)),
        };
    }
    let _ = writeln!(out);
}

/// What is the same wherever the opcode stands, and its bytes.
fn facts(out: &mut String, context: &Context<'_>, step: &Step<'_>, info: &OpcodeInfo) {
    let _ = writeln!(out, "| | |\n|---|---|");
    let _ = writeln!(out, "| opcode | `0x{:02x}`, since protocol {} |", info.opcode as u8, info.protocol);
    if info.operand != OperandKind::None {
        let _ = writeln!(out, "| operand | {} |", info.operand.description());
    }
    let _ = writeln!(out, "| stack | {} → {} |", items(info.before), items(info.after));
    let marks = if step.depth == 1 { "mark" } else { "marks" };
    let _ = writeln!(out, "| height | {} → {}, {} {marks} |", step.height, step.height_after, step.depth);
    let bytes = context.bytes.get(step.op.start..step.op.end).unwrap_or(&[]);
    let _ = writeln!(
        out,
        "| bytes | {} to {} ({}): {} |",
        step.op.start,
        step.op.end,
        bytes.len(),
        hexadecimal(bytes)
    );
}

fn items(items: &[StackItem]) -> String {
    if items.is_empty() {
        return "nothing".into();
    }
    let names: Vec<_> = items.iter().map(|item| format!("`{}`", item.name())).collect();
    names.join(" ")
}

fn hexadecimal(bytes: &[u8]) -> String {
    let shown: Vec<_> = bytes.iter().take(SHOWN_BYTES).map(|byte| format!("{byte:02x}")).collect();
    let more = if bytes.len() > SHOWN_BYTES { " …" } else { "" };
    format!("`{}`{more}", shown.join(" "))
}

fn gap(context: &Context<'_>, row: usize) -> Option<String> {
    let range = context.view.row_bytes(row)?;
    let bytes = context.bytes.get(range.clone())?;
    if let Some(hole) =
        context.recording.pickle_at(range.start).and_then(|pickle| pickle.hole_at(range.start))
    {
        return Some(format!(
            "**BYTES** — {hole}\n\nThe unpickler of joblib takes these bytes behind `BUILD` at {}. Others take them for \
             opcodes.\n\n{}",
            hole.build,
            hexadecimal(bytes)
        ));
    }
    let mut out = format!(
        "**BYTES** — {} that belong to no pickle\n\n{}\n",
        pickle_ops::counted(bytes.len(), "byte"),
        hexadecimal(bytes)
    );
    if let Some(Segment::Gap(_, Some(fault))) = context.recording.segment_at(range.start) {
        let _ = writeln!(out, "\nThe pickle before them cannot be read further: {}.", fault.kind);
        // What is too large for us need not be so for an unpickler.
        if fault.kind != FaultKind::TooLarge {
            let _ = writeln!(out, "\nCPython raises `{}`.", code(&fault.kind.exception()));
        }
    }
    Some(out.trim_end().to_owned())
}

fn heading(context: &Context<'_>, row: usize) -> Option<String> {
    let offset = context.view.row_bytes(row)?.start;
    let pickle = context.recording.pickle_at(offset)?;
    let protocol = pickle.protocol.map_or("no PROTO".into(), |protocol| format!("protocol {protocol}"));
    Some(format!(
        "Bytes {} to {}: {}, {protocol}, {}",
        pickle.bytes.start,
        pickle.bytes.end,
        pickle_ops::counted(pickle.ops, "op"),
        pickle_ops::counted(pickle.memo_len(), "memo slot")
    ))
}

fn elision(context: &Context<'_>, row: usize) -> Option<String> {
    let rows = context.view.elision(row)?;
    Some(format!(
        "Rows {} to {} of the listing are left out here; the link opens them.",
        rows.start + 1,
        rows.end
    ))
}

/// Text inside a fence that is longer than any run of backquotes in it.
fn fenced(text: &str) -> String {
    let mut fence = "```".to_owned();
    while text.contains(&fence) {
        fence.push('`');
    }
    format!("{fence}python\n{text}\n{fence}")
}

/// Text inside single backquotes.
fn code(text: &str) -> String {
    escape(text).replace('`', "'")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn shown(bytes: &[u8], name: &str) -> String {
        let fixture = Fixture::new(bytes);
        let worth = |names: &Names<'_>| format!("worth of {}", names.dotted());
        hover(&fixture.context(), fixture.at(name), &worth).unwrap().markdown
    }

    #[test]
    fn a_call() {
        insta::assert_snapshot!(shown(b"cos\nsystem\n(S'echo hi'\ntR.", "REDUCE"), @r"
        **REDUCE** — Calls the callable below the top item with the top item, a tuple, as arguments.

        ```python
        os.system('echo hi')
        ```

        - its result is taken by `STOP` at 25

        | | |
        |---|---|
        | opcode | `0x52`, since protocol 0 |
        | stack | `any` `any` → `any` |
        | height | 2 → 1, 0 marks |
        | bytes | 24 to 25 (1): `52` |
        ");
    }

    #[test]
    fn a_memo_read_and_a_mark() {
        let bytes = b"]q\x05(K\x01h\x05e.";
        assert!(shown(bytes, "BINGET").contains("memo slot 5, filled at 1 by `BINPUT`"));
        assert!(shown(bytes, "MARK").contains("taken by `APPENDS` at 8"));
        assert!(shown(bytes, "BINPUT").contains("fills memo slot 5"));
        assert!(
            shown(b"c__builtin__\nset\n.", "GLOBAL")
                .contains("loaded as `builtins.set`.\n\nworth of builtins.set\n")
        );
        assert!(
            shown(b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "STACK_GLOBAL").contains("worth of os.system")
        );
        assert!(!shown(b"\x80\x04\x8c\x02os\x8c\x06system\x93)R.", "REDUCE").contains("worth"));
    }

    #[test]
    fn a_string_that_names_a_global() {
        let bytes = b"\x80\x04\x8c\x02os\x94\x8c\x06system\x94\x93h\0.";
        let text = shown(bytes, "SHORT_BINUNICODE");
        assert!(text.contains("the module of `os.system`, which `STACK_GLOBAL` at 16 loads"), "{text}");
        let bytes = b"\x80\x04\x8c\x02os\x94h\0\x93.";
        let text = shown(bytes, "BINGET");
        assert!(text.contains("the name of `os.os`, which `STACK_GLOBAL` at 9 loads"), "{text}");
    }

    #[test]
    fn a_value_cannot_end_its_fence() {
        let text = shown(b"V```` [x](command:y)\n.", "UNICODE");
        assert!(text.contains("`````python\n'```` [x](command:y)'\n`````"), "{text}");
    }

    #[test]
    fn bytes_that_cannot_be_read() {
        let fixture = Fixture::new(b"K\x01\xff");
        let row = fixture.rows().end - 1;
        let hover = hover(&fixture.context(), Position { row, column: 10 }, &|_| String::new()).unwrap();
        assert!(hover.markdown.contains("expected an opcode, found the byte 0xff"), "{}", hover.markdown);
    }
}
