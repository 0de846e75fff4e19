//! Completion in a text that is edited: what may stand where the cursor is.
//!
//! | where | what |
//! |---|---|
//! | first word | opcodes with their meaning and stack effect, those that fit the stack first; `BYTES` |
//! | operand of `GET` and its like | labels and slots that are filled there, the last one first, with what they hold |
//! | operand of `GLOBAL`, `INST` | globals of the document, and well-known ones |
//! | a string that `STACK_GLOBAL` takes | modules, or what is known in the module |
//! | operand of `FRAME`, `INT` | the words it may be |

use std::ops::Range;

use pickle_listing::text::{Row, parse};
use pickle_listing::{Rows, TokenKind};
use pickle_machine::record::{is_read, is_store};
use pickle_machine::render::Limits;
use pickle_ops::{OPCODES, Opcode, OpcodeInfo, OperandKind, StackItem};
use rustc_hash::FxHashSet;

use crate::stack_global::{Part, part_at};
use crate::symbols::loads;
use crate::{Position, Sheet};

/// What a completion stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompletionKind {
    /// The name of an opcode, or `BYTES`.
    Mnemonic,
    /// A memo slot, by number or label.
    Slot,
    /// A global, or the name of one in its module.
    Global,
    /// A word that is an operand.
    Word,
}

/// A text that may stand at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it stands for.
    pub kind: CompletionKind,
    /// What people see in the list.
    pub label: String,
    /// More about it, in a few words.
    pub detail: String,
    /// All about it, in Markdown; may be empty.
    pub documentation: String,
    /// What is written into the row.
    pub text: String,
    /// The columns of the row that it replaces.
    pub columns: Range<usize>,
}

/// Rows above the cursor in which filled slots are looked for, and slots that are offered.
const ROWS: usize = 4096;
const SLOTS: usize = 100;

/// Globals that are offered.
const GLOBALS: usize = 3000;

/// What may stand at a place, the most likely first. `known` are well-known globals: module and name.
pub fn completion<'k>(
    sheet: &Sheet,
    position: Position,
    known: impl Iterator<Item = (&'k str, &'k str)>,
) -> Vec<Completion> {
    let Some(text) = sheet.row_text(position.row) else { return Vec::new() };
    let row = parse(text);
    let column = position.column;
    if row.comment.as_ref().is_some_and(|comment| column > comment.start) {
        return Vec::new();
    }
    if row.offset.as_ref().is_some_and(|offset| column < offset.columns.end) {
        return Vec::new();
    }
    match &row.mnemonic {
        None if row.operands.is_empty() => mnemonics(sheet, position.row, &(column..column)),
        Some(mnemonic) if column <= mnemonic.columns.end => {
            let before = column < mnemonic.columns.start;
            let columns = if before { column..column } else { mnemonic.columns.clone() };
            mnemonics(sheet, position.row, &columns)
        }
        Some(_) => operands(sheet, &row, position, known),
        None => Vec::new(),
    }
}

fn mnemonics(sheet: &Sheet, row: usize, columns: &Range<usize>) -> Vec<Completion> {
    let (height, marked) = stack_before(sheet, row);
    let fits = |info: &OpcodeInfo| {
        let needs_mark = info.before.contains(&StackItem::Mark);
        let below = info.before.iter().take_while(|item| **item != StackItem::Mark).count();
        height >= below && (marked || !needs_mark)
    };
    let mut sorted: Vec<_> = OPCODES.iter().collect();
    sorted.sort_by_key(|info| (!fits(info), info.name));
    let opcode = |info: &OpcodeInfo| Completion {
        kind: CompletionKind::Mnemonic,
        label: info.name.to_owned(),
        detail: format!("{} → {}", items(info.before), items(info.after)),
        documentation: documentation(info),
        text: info.name.to_owned(),
        columns: columns.clone(),
    };
    let bytes = Completion {
        kind: CompletionKind::Mnemonic,
        label: "BYTES".to_owned(),
        detail: "bytes as they are".to_owned(),
        documentation: "Stands for the bytes of the literal behind it: `BYTES b'\\xff'`.".to_owned(),
        text: "BYTES".to_owned(),
        columns: columns.clone(),
    };
    sorted.into_iter().map(opcode).chain([bytes]).collect()
}

fn documentation(info: &OpcodeInfo) -> String {
    let operand = match info.operand {
        OperandKind::None => String::new(),
        operand => format!("\n\nOperand: {}.", operand.description()),
    };
    format!("{}{operand}\n\nSince protocol {}.", info.doc, info.protocol)
}

fn items(items: &[StackItem]) -> String {
    if items.is_empty() {
        return "–".into();
    }
    items.iter().map(|item| item.name()).collect::<Vec<_>>().join(" ")
}

/// Items on the stack before a row, and whether there is a mark.
fn stack_before(sheet: &Sheet, row: usize) -> (usize, bool) {
    let above = (row.saturating_sub(ROWS)..row).rev();
    let Some(op) = above.into_iter().find_map(|row| sheet.op(&sheet.assembled.bytes, row)) else {
        return (0, false);
    };
    let context = sheet.context();
    match context.explorer().step(op.start) {
        Some((_, step)) if step.op.opcode != Opcode::Stop => {
            let opened = usize::from(step.op.opcode == Opcode::Mark);
            let closed = usize::from(step.op.opcode.takes_mark());
            (step.height_after, step.depth + opened > closed)
        }
        _ => (0, false),
    }
}

fn operands<'k>(
    sheet: &Sheet,
    row: &Row<'_>,
    position: Position,
    known: impl Iterator<Item = (&'k str, &'k str)>,
) -> Vec<Completion> {
    let Some(opcode) = row.opcode() else { return Vec::new() };
    let column = position.column;
    let index = row.operands.iter().filter(|operand| operand.columns.end < column).count();
    let under = row.operands.get(index).filter(|operand| operand.columns.start <= column);
    let columns = under.map_or(column..column, |operand| operand.columns.clone());
    match (opcode, index) {
        (opcode, 0) if is_read(opcode) => slots(sheet, position.row, &columns),
        (Opcode::Global | Opcode::Inst, 0) => globals(sheet, &Wanted::Both, row, &columns, known),
        (Opcode::Global | Opcode::Inst, 1) => {
            let literal = row.operands.first().map_or("", |module| row.slice(&module.columns));
            let module = literal.get(1..literal.len().saturating_sub(1)).unwrap_or_default();
            globals(sheet, &Wanted::NameIn(module.to_owned()), row, &columns, known)
        }
        (opcode, 0) if opcode.is_text() => match part_at(sheet, position.row) {
            Some(Part::Module) => globals(sheet, &Wanted::Module, row, &columns, known),
            Some(Part::Name(Some(module))) => globals(sheet, &Wanted::NameIn(module), row, &columns, known),
            Some(Part::Name(None)) | None => Vec::new(),
        },
        (Opcode::Frame, 0) => vec![word("auto", "up to the next FRAME or STOP", &columns)],
        (Opcode::Int, 0) => ["True", "False"].map(|text| word(text, "bool", &columns)).into(),
        _ => Vec::new(),
    }
}

fn word(text: &str, detail: &str, columns: &Range<usize>) -> Completion {
    Completion {
        kind: CompletionKind::Word,
        label: text.to_owned(),
        detail: detail.to_owned(),
        documentation: String::new(),
        text: text.to_owned(),
        columns: columns.clone(),
    }
}

/// Slots that are filled above a row in its pickle, as they are written there; those without a text by number.
fn slots(sheet: &Sheet, row: usize, columns: &Range<usize>) -> Vec<Completion> {
    let context = sheet.context();
    let explorer = context.explorer();
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for above in (row.saturating_sub(ROWS)..row).rev() {
        let Some(op) = sheet.op(context.bytes, above) else { continue };
        if op.opcode == Opcode::Stop || found.len() >= SLOTS {
            break;
        }
        if !is_store(op.opcode) {
            continue;
        }
        let Some((window, step)) = explorer.step(op.start) else { continue };
        let Some(slot) = step.slot.filter(|slot| seen.insert(*slot)) else { continue };
        let label = label_of(sheet, above);
        let number = slot.to_string();
        let value = step.value.map(|value| explorer.render(&window, value, Limits::LINE)).unwrap_or_default();
        let detail = if label.is_some() { format!("slot {number}: {value}") } else { value };
        found.push(Completion {
            kind: CompletionKind::Slot,
            ..word(&label.unwrap_or(number), &detail, columns)
        });
    }
    found
}

/// The label in a row.
fn label_of(sheet: &Sheet, row: usize) -> Option<String> {
    let text = sheet.row_text(row)?;
    let tokens = sheet.tree.tokens(row);
    let memo = tokens.into_iter().find(|token| token.kind == TokenKind::Memo)?;
    text.get(memo.columns).filter(|text| text.starts_with('$')).map(str::to_owned)
}

/// Which part of a global may stand at a place.
enum Wanted {
    /// Module and name.
    Both,
    /// The module.
    Module,
    /// The name of something in a module.
    NameIn(String),
}

/// Globals of the document and well-known ones.
fn globals<'k>(
    sheet: &Sheet,
    wanted: &Wanted,
    row: &Row<'_>,
    columns: &Range<usize>,
    known: impl Iterator<Item = (&'k str, &'k str)>,
) -> Vec<Completion> {
    let context = sheet.context();
    let own = context.recording.pickles().flat_map(|(_, pickle)| loads(&context, pickle));
    let own: Vec<_> = own.map(|(_, names)| (names.module.into_owned(), names.name.into_owned())).collect();
    let own = own.iter().map(|(module, name)| (module.as_str(), name.as_str(), "in this document"));
    let known = known.map(|(module, name)| (module, name, "well-known, and allowed"));
    // What is written already is a global of the document as well.
    let mut seen = FxHashSet::from_iter([row.slice(columns).to_owned()]);
    let mut found = Vec::new();
    for (of, name, detail) in own.chain(known) {
        if found.len() >= GLOBALS {
            break;
        }
        let (text, label) = match wanted {
            Wanted::NameIn(module) if module != of => continue,
            Wanted::NameIn(_) => (quoted(name), name.to_owned()),
            Wanted::Module => (quoted(of), of.to_owned()),
            Wanted::Both => (format!("{} {}", quoted(of), quoted(name)), format!("{of}.{name}")),
        };
        if seen.insert(text.clone()) {
            let label = pickle_machine::render::escape(&label);
            let kind = CompletionKind::Global;
            found.push(Completion { kind, label, text: text.clone(), ..word(&text, detail, columns) });
        }
    }
    found
}

/// What a literal shows as it is.
fn plain(point: u32) -> bool {
    pickle_ops::is_printable(point) && !pickle_ops::is_invisible(point)
}

/// A str literal of a text.
fn quoted(text: &str) -> String {
    let mut literal = String::new();
    let _ = pickle_ops::repr::write_quoted(&mut literal, text.chars().map(u32::from), plain);
    literal
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{cursor, sheet};

    const KNOWN: [(&str, &str); 3] =
        [("collections", "OrderedDict"), ("collections", "deque"), ("datetime", "date")];

    /// Labels with the text that each replaces, at `|`.
    fn at(text: &str) -> Vec<(String, String)> {
        let (text, position) = cursor(text);
        let sheet = sheet(&text);
        let row = sheet.row_text(position.row).unwrap();
        let found = completion(&sheet, position, KNOWN.into_iter());
        found.into_iter().map(|one| (one.label, row[one.columns].to_owned())).collect()
    }

    fn labels(text: &str) -> Vec<String> {
        at(text).into_iter().map(|(label, _)| label).collect()
    }

    #[test]
    fn opcodes() {
        let all = at("PROTO 4\nSHO|\n");
        assert_eq!(all.len(), OPCODES.len() + 1);
        assert!(all.iter().all(|(_, replaced)| replaced == "SHO"));
        let place = |text: &str, name: &str| labels(text).iter().position(|label| label == name).unwrap();
        // On an empty stack nothing can be called.
        assert!(place("|", "REDUCE") > place("|", "SHORT_BINUNICODE"));
        assert!(place("GLOBAL 'a' 'b'\nEMPTY_TUPLE\n|\n", "REDUCE") < place("|", "REDUCE"));
        assert!(place("MARK\n  |\n", "TUPLE") < place("|", "TUPLE"));
        assert!(place("NONE\nSTOP\n|", "APPEND") > place("NONE\nNONE\n|", "APPEND"));
        assert_eq!(labels("NONE # |"), [] as [&str; 0]);
        assert_eq!(labels(" |12: NONE"), [] as [&str; 0]);
        assert_eq!(labels("12: |").len(), OPCODES.len() + 1);
    }

    #[test]
    fn slots_that_are_filled() {
        let text =
            "EMPTY_LIST\nMEMOIZE $list\nNONE\nPUT 7\nNONE\nMEMOIZE\nGET $|x\nSTOP\nNONE\nMEMOIZE $behind\n";
        let expected = [("2", "$x"), ("7", "$x"), ("$list", "$x")];
        assert_eq!(at(text), expected.map(|(label, text)| (label.to_owned(), text.to_owned())));
        assert_eq!(labels("NONE\nMEMOIZE $a\nSTOP\nBINGET |"), [] as [&str; 0]);
    }

    #[test]
    fn globals_of_the_document_and_known_ones() {
        assert_eq!(
            labels("UNICODE 'os'\nUNICODE 'path'\nSTACK_GLOBAL\nGLOBAL |"),
            ["os.path", "collections.OrderedDict", "collections.deque", "datetime.date"]
        );
        let names = at("GLOBAL 'collections' 'de|");
        assert_eq!(names[1], ("deque".to_owned(), "'de".to_owned()));
        let text = completion(&sheet("INST "), Position { row: 0, column: 5 }, KNOWN.into_iter());
        assert_eq!(text[0].text, "'collections' 'OrderedDict'");
        let strings = |module: &str, name: &str| {
            format!(
                "UNICODE 'os'\nUNICODE 'path'\nSTACK_GLOBAL\nUNICODE {module}\nMEMOIZE\nSHORT_BINUNICODE {name}\nMEMOIZE\nSTACK_GLOBAL\n"
            )
        };
        assert_eq!(labels(&strings("|", "'deque'")), ["os", "collections", "datetime"]);
        assert_eq!(labels(&strings("'collections'", "'|'")), ["OrderedDict", "deque"]);
        assert_eq!(at(&strings("'os'", "'p|")), [("path".to_owned(), "'p".to_owned())]);
        assert_eq!(labels("UNICODE |"), [] as [&str; 0]);
        assert_eq!(labels("FRAME |"), ["auto"]);
        assert_eq!(labels("INT T|"), ["True", "False"]);
        assert_eq!(labels("NONE |"), [] as [&str; 0]);
    }
}
