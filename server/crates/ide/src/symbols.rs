//! Document symbols: for each pickle the object that it makes, and the globals that it loads.

use std::ops::Range;
use std::rc::Rc;

use pickle_listing::view::RowKind;
use pickle_machine::arena::{Arena, Contents, Keep, Shape, Value};
use pickle_machine::record::{Explorer, PickleRecord, Window};
use pickle_machine::render::{Limits, escape};
use pickle_machine::{Collection, Flow, Machine, Names, run};
use pickle_ops::{Opcode, Reader};
use rustc_hash::FxHashSet;

use crate::Context;

/// What a symbol stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SymbolKind {
    /// A pickle.
    Pickle,
    /// The globals of a pickle.
    Globals,
    /// A global.
    Global,
    /// A list, tuple or set.
    Array,
    /// A dict.
    Dict,
    /// The result of a call.
    Object,
    /// A string or bytes.
    String,
    /// A number.
    Number,
    /// Anything else.
    Other,
}

/// A symbol of the outline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// Key, index, attribute, or what it is.
    pub name: String,
    /// The value, rendered.
    pub detail: String,
    /// What it stands for.
    pub kind: SymbolKind,
    /// Rows that belong to it and to its children.
    pub rows: Range<usize>,
    /// The row of the op that made it.
    pub selection: usize,
    /// What it holds.
    pub children: Vec<Symbol>,
}

/// Symbols below one, levels of them, pickles, globals of a pickle, and ops of it that are searched for globals.
const CHILDREN: usize = 64;
const DEPTH: usize = 4;
const PICKLES: usize = 200;
const GLOBALS: usize = 500;
const GLOBAL_OPS: usize = 300_000;

/// For values, which stand beside a name.
const DETAIL: Limits = Limits { width: 60, items: 3, text: 40, depth: 2 };

/// The outline of a view.
#[must_use]
pub fn symbols(context: &Context<'_>) -> Vec<Symbol> {
    let shown = context.view.bytes();
    let pickles = context.recording.pickles();
    let here = pickles.filter(|(_, pickle)| pickle.bytes.start < shown.end && shown.start < pickle.bytes.end);
    here.take(PICKLES).filter_map(|(number, pickle)| pickle_symbol(context, number, pickle)).collect()
}

fn pickle_symbol(context: &Context<'_>, number: usize, pickle: &PickleRecord) -> Option<Symbol> {
    let shown = context.view.bytes();
    let first = context.view.row_at(pickle.bytes.start.max(shown.start))?;
    let heading = first.checked_sub(1).filter(|&row| context.view.kind(row) == Some(RowKind::Heading));
    let start = heading.unwrap_or(first);
    let last = context.view.row_at(pickle.bytes.end.min(shown.end).saturating_sub(1)).unwrap_or(first);
    let outline = Outline { context, explorer: context.explorer() };
    let protocol = pickle.protocol.map_or(String::new(), |protocol| format!(", protocol {protocol}"));
    let children = outline.result(pickle).into_iter().chain(globals(context, pickle)).collect();
    Some(Symbol {
        name: format!("pickle {number}"),
        detail: format!("{}{protocol}", pickle_ops::counted(pickle.ops, "op")),
        kind: SymbolKind::Pickle,
        rows: start..last + 1,
        selection: start,
        children,
    })
}

/// Walks over the object that a pickle makes.
struct Outline<'c, 'd> {
    context: &'c Context<'d>,
    explorer: Explorer<'d, 'd>,
}

impl<'d> Outline<'_, 'd> {
    fn result(&self, pickle: &PickleRecord) -> Option<Symbol> {
        let (window, step) = self.explorer.step(pickle.bytes.end.checked_sub(1)?)?;
        if step.op.opcode != Opcode::Stop {
            return None;
        }
        let value = step.value?;
        // The result is best known where it was made, unless all of the pickle is in one window.
        let origin = self.explorer.origin(&window, value)?;
        let whole = window.steps().first().is_some_and(|first| first.op.start == pickle.bytes.start);
        if whole {
            return self.symbol(&window, "result".into(), value, 0);
        }
        let (window, step) = self.explorer.step(origin)?;
        self.symbol(&window, "result".into(), step.value?, 0)
    }

    /// A value as a symbol; `None` if it was made outside of the view.
    fn symbol(&self, window: &Rc<Window<'d>>, name: String, value: Value, depth: usize) -> Option<Symbol> {
        let origin = self.explorer.origin(window, value)?;
        let selection = self.context.view.row_at(origin)?;
        let children = if depth < DEPTH { self.children(window, value, depth) } else { Vec::new() };
        let first = children.iter().map(|child: &Symbol| child.rows.start).min().unwrap_or(selection);
        let last = children.iter().map(|child| child.rows.end).max().unwrap_or(selection);
        Some(Symbol {
            name,
            detail: self.explorer.render(window, value, DETAIL),
            kind: kind(&window.arena, value),
            rows: first.min(selection)..last.max(selection + 1),
            selection,
            children,
        })
    }

    fn children(&self, window: &Rc<Window<'d>>, value: Value, depth: usize) -> Vec<Symbol> {
        match window.arena.shape(value) {
            Shape::Tuple(items) => self.indexed(window, items, depth),
            Shape::Container(Collection::Dict, Some(contents)) => self.keyed(window, &contents.pairs, depth),
            Shape::Container(_, Some(contents)) => self.indexed(window, &contents.items, depth),
            Shape::Call { contents: Some(contents), .. } => self.parts(window, contents, depth),
            _ => Vec::new(),
        }
    }

    /// State, items and keys of an object.
    fn parts(&self, window: &Rc<Window<'d>>, contents: &Contents, depth: usize) -> Vec<Symbol> {
        let mut parts = match contents.state {
            Some(state) => match window.arena.shape(state) {
                Shape::Container(Collection::Dict, Some(dict)) => self.keyed(window, &dict.pairs, depth),
                _ => self.symbol(window, "state".into(), state, depth + 1).into_iter().collect(),
            },
            None => Vec::new(),
        };
        parts.extend(self.keyed(window, &contents.pairs, depth));
        parts.extend(self.indexed(window, &contents.items, depth));
        parts
    }

    fn indexed(&self, window: &Rc<Window<'d>>, items: &[Value], depth: usize) -> Vec<Symbol> {
        let items = items.iter().enumerate().take(CHILDREN);
        items
            .filter_map(|(index, &item)| self.symbol(window, format!("[{index}]"), item, depth + 1))
            .collect()
    }

    fn keyed(&self, window: &Rc<Window<'d>>, pairs: &[Value], depth: usize) -> Vec<Symbol> {
        let pairs = pairs.chunks_exact(2).take(CHILDREN);
        pairs
            .filter_map(|pair| {
                let name = match window.arena.text(pair[0]) {
                    Some(text) if !text.trim().is_empty() && text.len() <= 80 => escape(&text),
                    _ => self.explorer.render(window, pair[0], DETAIL),
                };
                self.symbol(window, name, pair[1], depth + 1)
            })
            .collect()
    }
}

fn kind(arena: &Arena<'_>, value: Value) -> SymbolKind {
    use pickle_ops::Operand;
    match arena.shape(value) {
        Shape::Tuple(_) => SymbolKind::Array,
        Shape::Container(Collection::Dict, _) => SymbolKind::Dict,
        Shape::Container(..) => SymbolKind::Array,
        Shape::Call { .. } | Shape::Persistent(..) => SymbolKind::Object,
        Shape::Global(_) => SymbolKind::Global,
        Shape::Literal(op) => match op.operand() {
            Ok(Operand::Text(_) | Operand::Bytes(_) | Operand::ByteString(_)) => SymbolKind::String,
            Ok(Operand::Int(_) | Operand::Float(_)) => SymbolKind::Number,
            _ => SymbolKind::Other,
        },
        _ => SymbolKind::Other,
    }
}

/// The globals that a pickle loads, each where it is loaded first.
fn globals(context: &Context<'_>, pickle: &PickleRecord) -> Option<Symbol> {
    let mut children = Vec::new();
    for (offset, names) in loads(context, pickle) {
        let Some(row) = context.view.row_at(offset) else { continue };
        children.push(Symbol {
            name: escape(&names.dotted()),
            detail: String::new(),
            kind: SymbolKind::Global,
            rows: row..row + 1,
            selection: row,
            children: Vec::new(),
        });
    }
    let (first, last) = (children.first()?.selection, children.last()?.selection);
    Some(Symbol {
        name: "globals".into(),
        detail: format!("{}", children.len()),
        kind: SymbolKind::Globals,
        rows: first..last + 1,
        selection: first,
        children,
    })
}

/// The globals that a pickle loads, as loaded, each with the offset of the op that loads it first in the view.
pub(crate) fn loads<'d>(context: &Context<'d>, pickle: &PickleRecord) -> Vec<(usize, Names<'d>)> {
    let mut machine = Machine::default();
    let mut arena = Arena::new(context.bytes, Keep::Notable);
    let mut reader = Reader::new(context.bytes, pickle.bytes.start);
    let mut seen = FxHashSet::default();
    let mut found = Vec::new();
    for _ in 0..GLOBAL_OPS {
        let Ok(op) = reader.clone().next_op() else { break };
        let flow = run(&mut reader, context.bytes.len(), &mut machine, &mut arena, 1);
        if flow != Flow::Next || found.len() >= GLOBALS {
            break;
        }
        if !matches!(op.opcode, Opcode::Global | Opcode::StackGlobal | Opcode::Inst) {
            continue;
        }
        let loaded = match machine.stack().last().map(|&value| (value, arena.shape(value))) {
            Some((_, Shape::Global(global))) => global.resolved(),
            Some((_, Shape::Call { callee, .. })) => match arena.shape(callee) {
                Shape::Global(global) => global.resolved(),
                _ => None,
            },
            _ => None,
        };
        let Some(names) = loaded else { continue };
        if context.view.row_at(op.start).is_some() && seen.insert(names.dotted()) {
            found.push((op.start, names));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::Fixture;

    fn outline(bytes: &[u8]) -> String {
        fn write(symbols: &[Symbol], depth: usize, out: &mut String) {
            for symbol in symbols {
                let indent = "  ".repeat(depth);
                out.push_str(&format!(
                    "{indent}{} {} {:?} {:?}\n",
                    symbol.name, symbol.detail, symbol.kind, symbol.rows
                ));
                write(&symbol.children, depth + 1, out);
            }
        }
        let fixture = Fixture::new(bytes);
        let mut out = String::new();
        write(&symbols(&fixture.context()), 0, &mut out);
        out
    }

    #[test]
    fn objects_and_globals() {
        let bytes = b"\x80\x02ca\nB\n)\x81}(X\x01\0\0\0xK\x01X\x01\0\0\0y]K\x02aub.N.";
        insta::assert_snapshot!(outline(bytes), @r"
        pickle 0 15 ops, protocol 2 Pickle 0..15
          result a.B.__new__(a.B) with state {'x': 1, 'y': […]} Object 3..11
            x 1 Number 7..8
            y [2] Array 9..11
              [0] 2 Number 10..11
          globals 1 Globals 1..2
            a.B  Global 1..2
        pickle 1 2 ops Pickle 15..18
          result None Other 16..17
        ");
    }
}
