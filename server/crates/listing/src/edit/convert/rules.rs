//! The way of each opcode into a lower protocol.

use std::collections::BTreeMap;

use pickle_ops::{ByteString, Op, Opcode, Operand};

use super::super::Refusal;
use super::super::draft::New;
use super::super::flow::{Flow, Taken};
use super::super::memo::{MemoUse, Role};
use super::super::program::Program;
use super::Conversion;
use super::names;
use super::rows::{self, builtin, copyreg, empty, row};

impl Conversion<'_, '_> {
    /// Writes the op of a row so that the protocol knows it.
    pub(super) fn op(&mut self, line: usize, op: &Op<'_>, taken: &Taken) -> Result<(), String> {
        if self.names.dropped.contains(&line) {
            self.draft.replace(line, Vec::new());
            return Ok(());
        }
        let done = match op.opcode {
            Opcode::Global | Opcode::Inst => self.renamed(line, op),
            Opcode::StackGlobal if self.protocol >= 4 && self.declared < 3 => {
                Err("the pickle declares a protocol in which names mean other globals".to_owned())
            }
            opcode if opcode.protocol() > self.protocol => self.lowered(line, op, taken),
            _ => Ok(()),
        };
        if self.names.popped.contains(&line) {
            self.draft.append(line, New::op(Opcode::Pop));
        }
        done
    }

    /// `GLOBAL` and `INST`, whose names may mean something else in the other protocol.
    fn renamed(&mut self, line: usize, op: &Op<'_>) -> Result<(), String> {
        let Ok(Operand::Global(module, name)) = op.operand() else { return Ok(()) };
        let (Ok(module), Ok(name)) = (std::str::from_utf8(module), std::str::from_utf8(name)) else {
            return Ok(());
        };
        let (new_module, new_name) = rows::renamed(module, name, self.declared, self.protocol)?;
        let nested = self.declared >= 4 && self.protocol < 4 && new_name.contains('.');
        if nested && op.opcode == Opcode::Inst {
            return Err("INST has no nested names below protocol 4".to_owned());
        }
        if nested {
            self.draft.replace(line, rows::global_of(&new_module, &new_name, true, self.protocol)?);
        } else if (new_module.as_str(), new_name.as_str()) != (module, name) {
            let names = Operand::Global(new_module.as_bytes(), new_name.as_bytes());
            self.draft.replace(line, vec![row(op.opcode, &names)?]);
        }
        Ok(())
    }

    fn lowered(&mut self, line: usize, op: &Op<'_>, taken: &Taken) -> Result<(), String> {
        use Opcode as O;
        let protocol = self.protocol;
        match op.opcode {
            O::Frame => self.draft.replace(line, Vec::new()),
            O::Memoize | O::BinPut | O::LongBinPut | O::BinGet | O::LongBinGet => {
                self.memo_op(line, op.opcode);
            }
            O::StackGlobal => {
                let [module, name] = self.names(line)?;
                let (module, name) = rows::renamed(&module, &name, self.declared, protocol)?;
                let nested = self.declared >= 4;
                self.draft.replace(line, rows::global_of(&module, &name, nested, protocol)?);
            }
            O::BinPersId => {
                let [id] = self.names(line)?;
                self.draft.replace(line, vec![row(O::PersId, &Operand::Line(id.as_bytes()))?]);
            }
            O::EmptySet | O::AddItems => return self.set(line, op.opcode, taken),
            O::FrozenSet => {
                let mark = taken.mark.ok_or(NO_MARK)?;
                self.insert(mark, vec![builtin("frozenset", protocol), New::op(O::Mark)])?;
                self.draft.replace(line, vec![New::op(O::List), New::op(O::Tuple), New::op(O::Reduce)]);
            }
            O::NewObj | O::NewObjEx => {
                let class = taken.items.first().ok_or(NO_ITEMS)?.begin;
                self.insert(class, vec![copyreg("__newobj_ex__", protocol), New::op(O::Mark)])?;
                let mut rows =
                    if op.opcode == O::NewObj { empty(O::EmptyDict, protocol) } else { Vec::new() };
                rows.extend([New::op(O::Tuple), New::op(O::Reduce)]);
                self.draft.replace(line, rows);
            }
            O::Tuple1 | O::Tuple2 | O::Tuple3 => {
                let first = taken.items.first().ok_or(NO_ITEMS)?.begin;
                self.insert(first, vec![New::op(O::Mark)])?;
                self.draft.replace(line, vec![New::op(O::Tuple)]);
            }
            O::Appends => return self.one_by_one(line, taken, 1, O::Append),
            O::SetItems => return self.one_by_one(line, taken, 2, O::SetItem),
            O::PopMark => self.draft.replace(line, vec![New::op(O::Pop); taken.slice.len() + 1]),
            O::Obj => return self.obj(line, taken),
            O::EmptyTuple | O::EmptyList | O::EmptyDict => {
                self.draft.replace(line, empty(op.opcode, protocol));
            }
            O::NewTrue => self.draft.replace(line, vec![New::Row("INT True".into(), 4)]),
            O::NewFalse => self.draft.replace(line, vec![New::Row("INT False".into(), 4)]),
            O::Ext1 | O::Ext2 | O::Ext4 => {
                return Err(
                    "which global an extension code stands for is known to the registry of the program only"
                        .to_owned(),
                );
            }
            O::NextBuffer | O::ReadonlyBuffer => {
                return Err("an out-of-band buffer is not in the pickle; only protocol 5 has it".to_owned());
            }
            _ => {
                let rows = self.constant(op)?;
                self.draft.replace(line, rows);
            }
        }
        Ok(())
    }

    /// A constant.
    fn constant(&self, op: &Op<'_>) -> Result<Vec<New>, String> {
        let protocol = self.protocol;
        let value = op.operand().map_err(|fault| fault.kind.to_string())?;
        Ok(match value {
            Operand::Int(value) => vec![rows::int(value, protocol)?],
            Operand::Text(value) => vec![rows::text(value, protocol)?],
            Operand::ByteString(value) => {
                vec![rows::string(ByteString::Plain(&value.bytes().unwrap_or_default()), protocol)?]
            }
            Operand::Float(number) if number.is_nan() && number.to_bits() != f64::NAN.to_bits() => {
                return Err("FLOAT has no NaN with a payload".to_owned());
            }
            Operand::Float(_) => vec![row(Opcode::Float, &value)?],
            Operand::Bytes(value) if op.opcode == Opcode::ByteArray8 => {
                let mut rows = vec![builtin("bytearray", protocol), New::op(Opcode::Mark)];
                rows.extend(rows::bytes(value, protocol)?);
                rows.extend([New::op(Opcode::Tuple), New::op(Opcode::Reduce)]);
                rows
            }
            Operand::Bytes(value) => rows::bytes(value, protocol)?,
            _ => return Err(format!("protocol {protocol} has nothing for {}", op.opcode.name())),
        })
    }

    fn memo_op(&mut self, line: usize, opcode: Opcode) {
        let Some(Role::Store(store) | Role::Load(store)) = self.memo.roles[line] else { return };
        let stores = !matches!(opcode, Opcode::BinGet | Opcode::LongBinGet);
        let opcode = match (stores, self.protocol) {
            (true, 0) => Opcode::Put,
            (true, _) => Opcode::BinPut,
            (false, _) => Opcode::Get,
        };
        let label = self.draft.label(line);
        self.draft.replace(line, vec![New::Memo(opcode, store, label)]);
    }

    /// The strings that the op of a row takes.
    fn names<const N: usize>(&self, line: usize) -> Result<[String; N], String> {
        let makers = self.names.taken.get(&line).map_or(&[][..], Vec::as_slice);
        let names: Result<Vec<_>, _> =
            makers.iter().map(|maker| names::text_of(self.program, *maker)).collect();
        names?.try_into().map_err(|_| NO_ITEMS.to_owned())
    }

    /// Puts rows before the first row of a value.
    fn insert(&mut self, line: usize, rows: Vec<New>) -> Result<(), String> {
        // It reaches for what lies below, and would find a mark.
        if self.program.opcode(line) == Some(Opcode::Dup) {
            return Err("what it takes is the copy that DUP makes; write it out".to_owned());
        }
        self.draft.insert(line, rows);
        Ok(())
    }

    /// Items above a mark, put one by one (or two by two) into what lies below it.
    fn one_by_one(&mut self, line: usize, taken: &Taken, step: usize, opcode: Opcode) -> Result<(), String> {
        self.draft.replace(taken.mark.ok_or(NO_MARK)?, Vec::new());
        if !taken.slice.len().is_multiple_of(step) {
            return Err("an unpickler finds a key without a value here".to_owned());
        }
        for item in taken.slice.iter().step_by(step).skip(1) {
            self.insert(item.begin, vec![New::op(opcode)])?;
        }
        let last = if taken.slice.is_empty() { Vec::new() } else { vec![New::op(opcode)] };
        self.draft.replace(line, last);
        Ok(())
    }

    /// `OBJ` of a class that is a global: `INST`.
    fn obj(&mut self, line: usize, taken: &Taken) -> Result<(), String> {
        let class = taken.slice.first().ok_or(NO_ITEMS)?;
        let op = self
            .program
            .op(class.begin)
            .filter(|op| class.begin == class.maker && op.opcode == Opcode::Global);
        let stored = (class.begin + 1..self.program.lines.len())
            .find(|line| self.program.opcode(*line).is_some())
            .is_some_and(|line| matches!(self.memo.roles[line], Some(Role::Store(_))));
        match op.map(|op| op.operand()) {
            Some(Ok(names @ Operand::Global(..))) if !stored => {
                self.draft.replace(class.begin, Vec::new());
                self.draft.replace(line, vec![row(Opcode::Inst, &names)?]);
                Ok(())
            }
            _ => Err("protocol 0 has OBJ only for a class that is named right there".to_owned()),
        }
    }

    /// A set: made of a list once that is whole, and put into the memo then.
    fn set(&mut self, line: usize, opcode: Opcode, taken: &Taken) -> Result<(), String> {
        let maker =
            if opcode == Opcode::EmptySet { Some(line) } else { taken.items.first().map(|set| set.maker) };
        let sets = self.sets;
        let Some(Set::Whole { fills, stores }) = maker.and_then(|maker| sets.get(&maker)) else {
            return Err(
                "a set that is used before it is whole, or was not made here, needs protocol 4".to_owned()
            );
        };
        let protocol = self.protocol;
        if opcode == Opcode::EmptySet {
            let mut rows = vec![builtin("set", protocol)];
            if fills.is_empty() {
                rows.extend(empty(Opcode::EmptyTuple, protocol));
                rows.push(New::op(Opcode::Reduce));
            } else {
                rows.push(New::op(Opcode::Mark));
                rows.extend(empty(Opcode::EmptyList, protocol));
                stores.iter().for_each(|(line, _)| self.draft.replace(*line, Vec::new()));
            }
            self.draft.replace(line, rows);
            return Ok(());
        }
        if protocol == 0 {
            self.one_by_one(line, taken, 1, Opcode::Append)?;
        } else {
            self.draft.replace(line, vec![New::op(Opcode::Appends)]);
        }
        if fills.last() == Some(&line) {
            for row in [New::op(Opcode::Tuple), New::op(Opcode::Reduce)] {
                self.draft.append(line, row);
            }
            for &(line_of_store, store) in stores {
                let opcode = if protocol == 0 { Opcode::Put } else { Opcode::BinPut };
                let label = self.draft.label(line_of_store);
                self.draft.append(line, New::Memo(opcode, store, label));
            }
        }
        Ok(())
    }
}

const NO_MARK: &str = "an unpickler finds no mark here";
const NO_ITEMS: &str = "an unpickler finds too few items on the stack here";

/// Sets by the row of `EMPTY_SET`.
pub(super) type Sets = BTreeMap<usize, Set>;

/// What is known of a set.
#[derive(Clone, Debug)]
pub(super) enum Set {
    /// Nothing reads it before it is whole.
    Whole {
        /// Rows of `ADDITEMS`.
        fills: Vec<usize>,
        /// Rows that store it in the memo before it is whole, and the stores.
        stores: Vec<(usize, usize)>,
    },
    /// Something does.
    Open,
}

/// The sets of a program.
pub(super) fn sets(program: &Program<'_>, memo: &MemoUse) -> Result<Sets, Refusal> {
    let mut sets = Sets::new();
    let mut holder: BTreeMap<usize, usize> = BTreeMap::new();
    let mut read: BTreeMap<usize, usize> = BTreeMap::new();
    let mut flow = Flow::default();
    for line in 0..program.lines.len() {
        program.pause(line)?;
        let Ok(taken) = flow.step(program, memo, line) else { continue };
        match (program.opcode(line), memo.roles[line]) {
            (Some(Opcode::EmptySet), _) => {
                sets.insert(line, Set::Whole { fills: Vec::new(), stores: Vec::new() });
            }
            (_, Some(Role::Store(store))) => {
                let Some(top) = taken.items.first() else { continue };
                if let (Some(Set::Whole { stores, fills }), true) =
                    (sets.get_mut(&top.maker), top.begin == top.maker)
                {
                    holder.insert(store, top.maker);
                    // Behind the last fill a store may stay where it is; between two, there is no set to be stored.
                    if fills.is_empty() {
                        stores.push((line, store));
                    } else {
                        read.entry(top.maker).or_insert(line);
                    }
                }
            }
            (_, Some(Role::Load(store))) => {
                if let Some(set) = holder.get(&store) {
                    read.entry(*set).or_insert(line);
                }
            }
            (Some(Opcode::AddItems), _) => {
                let Some(target) = taken.items.first() else { continue };
                let early = read.contains_key(&target.maker) || target.begin != target.maker;
                match sets.get_mut(&target.maker) {
                    Some(Set::Whole { fills, .. }) if !early => fills.push(line),
                    Some(set) => *set = Set::Open,
                    None => {}
                }
            }
            _ => {}
        }
    }
    Ok(sets)
}
