//! Inlay hints: what the machine knows and the bytes do not say.

use std::ops::Range;

use pickle_machine::arena::Shape;
use pickle_machine::record::{Explorer, Step, Window, is_read};
use pickle_machine::render::Limits;
use pickle_ops::Opcode;

use crate::Context;

/// Which hints are wanted.
#[derive(Clone, Copy, Debug)]
pub struct HintSettings {
    /// What a memo slot holds, and the slot that `MEMOIZE` fills.
    pub memo: bool,
    /// Calls and globals as Python would write them.
    pub calls: bool,
}

impl Default for HintSettings {
    fn default() -> Self {
        Self { memo: true, calls: true }
    }
}

/// What a hint is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HintKind {
    /// A memo slot.
    Memo,
    /// A call, or a global.
    Call,
}

/// A hint at the end of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// Row, from 0.
    pub row: usize,
    /// Column in bytes of UTF-8.
    pub column: usize,
    /// What it says.
    pub label: String,
    /// What it is about.
    pub kind: HintKind,
}

/// The hints of some rows.
#[must_use]
pub fn inlay_hints(context: &Context<'_>, rows: Range<usize>, settings: &HintSettings) -> Vec<Hint> {
    let explorer = context.explorer();
    let rows = rows.start..rows.end.min(context.view.len());
    rows.filter_map(|row| hint(context, &explorer, row, *settings)).collect()
}

fn hint(
    context: &Context<'_>,
    explorer: &Explorer<'_, '_>,
    row: usize,
    settings: HintSettings,
) -> Option<Hint> {
    let op = context.view.op(context.bytes, row)?;
    let kind = kind(op.opcode)?;
    let wanted = match kind {
        HintKind::Memo => settings.memo,
        HintKind::Call => settings.calls,
    };
    if !wanted {
        return None;
    }
    let (window, step) = explorer.step(op.start)?;
    let label = label(explorer, &window, &step)?;
    Some(Hint { row, column: context.view.row_text(row)?.len(), label, kind })
}

fn kind(opcode: Opcode) -> Option<HintKind> {
    match opcode {
        Opcode::Memoize => Some(HintKind::Memo),
        Opcode::Global
        | Opcode::StackGlobal
        | Opcode::Reduce
        | Opcode::NewObj
        | Opcode::NewObjEx
        | Opcode::Inst
        | Opcode::Obj
        | Opcode::Build => Some(HintKind::Call),
        _ if is_read(opcode) => Some(HintKind::Memo),
        _ => None,
    }
}

fn label<'a>(explorer: &Explorer<'_, 'a>, window: &Window<'a>, step: &Step<'a>) -> Option<String> {
    match step.op.opcode {
        Opcode::Memoize => Some(format!("→ {}", step.slot?)),
        // A global whose bytes say what is loaded needs no hint.
        Opcode::Global => match window.arena.shape(step.value?) {
            Shape::Global(global) if global.resolved() != global.written => {
                Some(format!("= {}", explorer.render(window, step.value?, Limits::LINE)))
            }
            _ => None,
        },
        _ => Some(format!("= {}", explorer.render(window, step.value?, Limits::LINE))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn labels(bytes: &[u8]) -> Vec<String> {
        let fixture = Fixture::new(bytes);
        let hints = inlay_hints(&fixture.context(), fixture.rows(), &HintSettings::default());
        hints.into_iter().map(|hint| hint.label).collect()
    }

    #[test]
    fn memo_and_calls() {
        assert_eq!(labels(b"\x80\x04]\x94K\x01ah\0."), ["→ 0", "= [1]"]);
        assert_eq!(labels(b"cos\nsystem\n(S'id'\ntR."), ["= os.system('id')"]);
        assert_eq!(labels(b"c__builtin__\nxrange\n."), ["= builtins.range"]);
        assert_eq!(labels(b"\x80\x04\x8c\x02os\x8c\x06system\x93."), ["= os.system"]);
        assert_eq!(labels(b"h\x05."), [] as [&str; 0]);
    }
}
