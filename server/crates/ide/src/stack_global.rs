//! Strings that name a global: what `STACK_GLOBAL` takes. In a text they are found by its rows, not by its bytes, so that it is known
//! of a string what it is while it is being written, and its row makes no bytes.

use pickle_listing::Rows;
use pickle_listing::text::parse;
use pickle_machine::arena::Shape;
use pickle_machine::record::{Explorer, is_read, is_store};
use pickle_ops::Opcode;

use crate::Sheet;

/// What a string says of the global that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The module.
    Module,
    /// The name, and the module of which it is one if that is a constant.
    Name(Option<String>),
}

/// Rows between a string and the `STACK_GLOBAL` that takes it: memo ops and comments.
const ROWS: usize = 32;

/// What the string in a row says of a global. `None`: no `STACK_GLOBAL` below takes it.
pub(crate) fn part_at(sheet: &Sheet, row: usize) -> Option<Part> {
    let mut below = ops(sheet, row + 1..sheet.len().min(row + 1 + ROWS));
    match below.next()? {
        (_, Opcode::StackGlobal) => Some(Part::Name(module_above(sheet, row))),
        (_, next) if pushes_text(next) => {
            let (_, last) = below.next()?;
            (last == Opcode::StackGlobal).then_some(Part::Module)
        }
        _ => None,
    }
}

/// Ops of some rows that put something on the stack or take something from it, up to a row that nobody can read.
fn ops(sheet: &Sheet, rows: impl Iterator<Item = usize>) -> impl Iterator<Item = (usize, Opcode)> {
    let parsed = rows.filter_map(|row| Some((row, parse(sheet.row_text(row)?))));
    let said = parsed.filter(|(_, parsed)| parsed.mnemonic.is_some());
    said.map_while(|(row, parsed)| Some((row, parsed.opcode()?))).filter(|(_, opcode)| !is_store(*opcode))
}

fn pushes_text(opcode: Opcode) -> bool {
    opcode.is_text() || is_read(opcode)
}

/// The string that is pushed right above a row.
fn module_above(sheet: &Sheet, row: usize) -> Option<String> {
    let (above, _) = ops(sheet, (row.saturating_sub(ROWS)..row).rev())
        .next()
        .filter(|(_, opcode)| pushes_text(*opcode))?;
    let context = sheet.context();
    let explorer = context.explorer();
    let op = sheet.op(context.bytes, above)?;
    let (window, step) = explorer.step(op.start)?;
    let maker = explorer.origin(&window, step.value?)?;
    let (window, step) = explorer.step(maker)?;
    window.arena.text(step.value?).map(std::borrow::Cow::into_owned)
}

/// What the value that an op pushed says of a global which the `STACK_GLOBAL` at `consumer` loads: `module` or `name`, and the
/// global.
pub(crate) fn named_by(
    explorer: &Explorer<'_, '_>,
    offset: usize,
    consumer: usize,
) -> Option<(&'static str, String)> {
    let (window, step) = explorer.step(consumer)?;
    if step.op.opcode != Opcode::StackGlobal {
        return None;
    }
    let index = window.operands(&step).iter().position(|operand| operand.pushed_by == offset)?;
    let Shape::Global(global) = window.arena.shape(step.value?) else { return None };
    Some((if index == 0 { "module" } else { "name" }, global.written.as_ref()?.dotted()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::sheet;

    #[test]
    fn parts_of_names() {
        let text = "UNICODE 'os'\nMEMOIZE\n# a comment\nSHORT_BINUNICODE '\nMEMOIZE\nSTACK_GLOBAL\nUNICODE 'x'\n\
                    GET 0\nUNICODE 'path'\nSTACK_GLOBAL\n";
        let sheet = sheet(text);
        let name = |module: &str| Some(Part::Name(Some(module.to_owned())));
        assert_eq!(part_at(&sheet, 0), Some(Part::Module));
        assert_eq!(part_at(&sheet, 3), name("os"));
        assert_eq!(part_at(&sheet, 6), None);
        assert_eq!(part_at(&sheet, 8), name("os"));
        assert_eq!(part_at(&sheet, 100), None);
    }

    #[test]
    fn nothing_is_known_behind_what_nobody_can_read() {
        assert_eq!(part_at(&sheet("UNICODE 'a'\nOOPS\nSTACK_GLOBAL\n"), 0), None);
        assert_eq!(part_at(&sheet("BININT1 1\nUNICODE 'a'\nSTACK_GLOBAL\n"), 1), Some(Part::Name(None)));
    }
}
