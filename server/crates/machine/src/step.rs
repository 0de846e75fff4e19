//! What an opcode does: the one definition that streaming and recording share.

use pickle_ops::{HIGHEST_PROTOCOL, Op, Opcode};

use crate::domain::{Arguments, Collection, Domain};
use crate::fault::FaultKind;
use crate::machine::Machine;

type Done = Result<(), FaultKind>;

impl<V: Copy, S: Copy> Machine<V, S> {
    /// Carries out one op of a stream of `length` bytes.
    ///
    /// # Errors
    /// What the C unpickler refuses; the machine is then in the state that lets it go on best.
    #[inline(always)]
    pub(crate) fn step<'a, D>(&mut self, domain: &mut D, op: &Op<'a>, length: usize) -> Done
    where
        D: Domain<'a, Value = V, Stored = S>,
    {
        use Opcode as O;
        match op.opcode {
            O::Int
            | O::BinInt
            | O::BinInt1
            | O::BinInt2
            | O::Long
            | O::Long1
            | O::Long4
            | O::Float
            | O::BinFloat
            | O::String
            | O::BinString
            | O::ShortBinString
            | O::Unicode
            | O::ShortBinUnicode
            | O::BinUnicode
            | O::BinUnicode8
            | O::BinBytes
            | O::ShortBinBytes
            | O::BinBytes8
            | O::ByteArray8
            | O::None
            | O::NewTrue
            | O::NewFalse
            | O::EmptyList
            | O::EmptyTuple
            | O::EmptyDict
            | O::EmptySet
            | O::NextBuffer => {
                self.push(domain.constant(op));
                Ok(())
            }
            O::Mark => {
                self.mark(op.start);
                Ok(())
            }
            O::BinGet | O::LongBinGet | O::Get => self.load(domain, op),
            O::Memoize => self.store(domain, op, self.memo.len()),
            O::BinPut | O::LongBinPut | O::Put => match op.memo_slot() {
                Some(slot) => self.store(domain, op, slot),
                None => Err(FaultKind::BadSlot),
            },
            O::SetItems => self.extend_slice(domain, op, true),
            O::Appends | O::AddItems => self.extend_slice(domain, op, false),
            O::Append => self.extend_top(domain, op, 1),
            O::SetItem => self.extend_top(domain, op, 2),
            O::Tuple => self.collect_slice(domain, op, Collection::Tuple),
            O::List => self.collect_slice(domain, op, Collection::List),
            O::Dict => self.collect_slice(domain, op, Collection::Dict),
            O::FrozenSet => self.collect_slice(domain, op, Collection::FrozenSet),
            O::Tuple1 => self.collect_top(domain, op, 1),
            O::Tuple2 => self.collect_top(domain, op, 2),
            O::Tuple3 => self.collect_top(domain, op, 3),
            O::Global => {
                self.push(domain.global(op, self.protocol));
                Ok(())
            }
            O::StackGlobal => self.stack_global(domain, op),
            O::Reduce | O::NewObj => self.call(domain, op),
            O::NewObjEx => self.call_with_keywords(domain, op),
            O::Build => self.build(domain, op),
            O::Inst => self.inst(domain, op),
            O::Obj => self.obj(domain, op),
            O::Pop => self.discard(domain, op),
            O::PopMark => self.discard_slice(domain, op),
            O::Dup => self.duplicate(domain, op),
            O::Ext1 | O::Ext2 | O::Ext4 => self.extension(domain, op),
            O::PersId => {
                self.push(domain.persistent(op, None));
                Ok(())
            }
            O::BinPersId => {
                let (id, done) = self.pop_or_missing(domain, op, 1);
                self.push(domain.persistent(op, Some(id)));
                done
            }
            O::ReadonlyBuffer => {
                let (buffer, done) = self.pop_or_missing(domain, op, 1);
                let fits = domain.may_be_buffer(buffer);
                self.push(domain.read_only(op, buffer));
                done.and(if fits { Ok(()) } else { Err(FaultKind::NotABuffer) })
            }
            O::Proto => self.proto(op),
            O::Frame => frame(op, length),
            O::Stop => {
                let (result, done) = self.pop_or_missing(domain, op, 1);
                domain.stop(op, result);
                done
            }
        }
    }

    /// The top item; a missing one where a mark or the bottom is reached. `needed` is what the whole op takes.
    #[inline(always)]
    fn pop_or_missing<'a, D>(&mut self, domain: &mut D, op: &Op<'a>, needed: usize) -> (V, Done)
    where
        D: Domain<'a, Value = V, Stored = S>,
    {
        match self.pop() {
            Some(value) => (value, Ok(())),
            None => (domain.missing(op), Err(self.underflow(needed))),
        }
    }

    #[inline(always)]
    fn load<'a, D: Domain<'a, Value = V, Stored = S>>(&mut self, domain: &mut D, op: &Op<'a>) -> Done {
        let Some(slot) = op.memo_slot() else {
            self.push(domain.missing(op));
            return Err(FaultKind::BadSlot);
        };
        let found = match self.memo.get(slot) {
            Some(stored) => Some(domain.load(op, slot, stored)),
            None => domain.load_unfilled(op, slot),
        };
        match found {
            Some(value) => {
                self.push(value);
                Ok(())
            }
            None => {
                self.push(domain.missing(op));
                Err(FaultKind::MemoMiss(slot))
            }
        }
    }

    #[inline(always)]
    fn store<'a, D>(&mut self, domain: &mut D, op: &Op<'a>, slot: u64) -> Done
    where
        D: Domain<'a, Value = V, Stored = S>,
    {
        let Some(value) = self.top() else { return Err(self.underflow(1)) };
        let stored = domain.store(op, slot, value);
        match self.memo.insert(slot, stored) {
            Some(previous) => domain.overwritten(op, slot, previous),
            None if domain.filled_earlier(op, slot) => self.memo.was_in_use(),
            None => {}
        }
        if slot > HIGHEST_SLOT && slot > op.start as u64 { Err(FaultKind::HugeSlot(slot)) } else { Ok(()) }
    }

    /// `SETITEMS`, `APPENDS`, `ADDITEMS`: the container lies below the mark.
    #[inline(always)]
    fn extend_slice<'a, D>(&mut self, domain: &mut D, op: &Op<'a>, pairs: bool) -> Done
    where
        D: Domain<'a, Value = V, Stored = S>,
    {
        let Some((mark, from)) = self.take_mark() else { return Err(FaultKind::NoMark) };
        domain.take_mark(op, mark);
        let count = self.stack.len() - from;
        let done = if from <= self.fence() {
            Err(FaultKind::Underflow { needed: 1, found: 0, mark: self.depth() > 0 })
        } else {
            let fits = fits(domain, op, self.stack[from - 1], &self.stack[from..]);
            domain.extend(op, self.stack[from - 1], &self.stack[from..]);
            if pairs && count % 2 == 1 { Err(FaultKind::OddItems(count)) } else { fits }
        };
        self.stack.truncate(from);
        done
    }

    /// `APPEND`, `SETITEM`: the container lies below `count` items.
    #[inline(always)]
    fn extend_top<'a, D>(&mut self, domain: &mut D, op: &Op<'a>, count: usize) -> Done
    where
        D: Domain<'a, Value = V, Stored = S>,
    {
        if self.available() <= count {
            let done = Err(self.underflow(count + 1));
            // What is there of the items is taken, so that the container is what stays.
            let keep = self.stack.len() - self.available().saturating_sub(1);
            self.stack.truncate(keep);
            return done;
        }
        let from = self.stack.len() - count;
        let fits = fits(domain, op, self.stack[from - 1], &self.stack[from..]);
        domain.extend(op, self.stack[from - 1], &self.stack[from..]);
        self.stack.truncate(from);
        fits
    }

    #[inline(always)]
    fn collect_slice<'a, D>(&mut self, domain: &mut D, op: &Op<'a>, collection: Collection) -> Done
    where
        D: Domain<'a, Value = V, Stored = S>,
    {
        let Some((mark, from)) = self.take_mark() else {
            self.push(domain.missing(op));
            return Err(FaultKind::NoMark);
        };
        domain.take_mark(op, mark);
        let hashable = domain.may_hold(op, None, &self.stack[from..]);
        let value = domain.collect(op, collection, &self.stack[from..]);
        let count = self.stack.len() - from;
        self.stack.truncate(from);
        self.push(value);
        match collection {
            Collection::Dict if count % 2 == 1 => Err(FaultKind::OddItems(count)),
            Collection::Dict | Collection::FrozenSet if !hashable => Err(FaultKind::Unhashable),
            _ => Ok(()),
        }
    }

    #[inline(always)]
    fn collect_top<'a, D>(&mut self, domain: &mut D, op: &Op<'a>, count: usize) -> Done
    where
        D: Domain<'a, Value = V, Stored = S>,
    {
        let found = self.available().min(count);
        let done = if found < count { Err(self.underflow(count)) } else { Ok(()) };
        let from = self.stack.len() - found;
        let value = domain.collect(op, Collection::Tuple, &self.stack[from..]);
        self.stack.truncate(from);
        self.push(value);
        done
    }

    fn stack_global<'a, D: Domain<'a, Value = V, Stored = S>>(
        &mut self,
        domain: &mut D,
        op: &Op<'a>,
    ) -> Done {
        let (name, first) = self.pop_or_missing(domain, op, 2);
        let (module, second) = self.pop_or_missing(domain, op, 2);
        let names_are_str = domain.may_be_str(module) && domain.may_be_str(name);
        let value = domain.stack_global(op, self.protocol, module, name);
        self.push(value);
        first?;
        second?;
        if names_are_str { Ok(()) } else { Err(FaultKind::NameNotStr) }
    }

    /// `REDUCE`, `NEWOBJ`.
    #[inline]
    fn call<'a, D: Domain<'a, Value = V, Stored = S>>(&mut self, domain: &mut D, op: &Op<'a>) -> Done {
        let (arguments, first) = self.pop_or_missing(domain, op, 2);
        let (callee, second) = self.pop_or_missing(domain, op, 2);
        let fit = callee_fits(domain, op, callee).and(arguments_fit(domain, op, arguments));
        let value = domain.call(op, callee, Arguments::Tuple(arguments));
        self.push(value);
        first.and(second).and(fit)
    }

    /// `NEWOBJ_EX`.
    fn call_with_keywords<'a, D: Domain<'a, Value = V, Stored = S>>(
        &mut self,
        domain: &mut D,
        op: &Op<'a>,
    ) -> Done {
        let (keywords, first) = self.pop_or_missing(domain, op, 3);
        let (arguments, second) = self.pop_or_missing(domain, op, 3);
        let (callee, third) = self.pop_or_missing(domain, op, 3);
        let fit = callee_fits(domain, op, callee).and(arguments_fit(domain, op, arguments));
        let dict = if domain.may_be_dict(keywords) { Ok(()) } else { Err(FaultKind::KeywordsNotDict) };
        let value = domain.call(op, callee, Arguments::TupleAndDict(arguments, keywords));
        self.push(value);
        first.and(second).and(third).and(fit).and(dict)
    }

    #[inline]
    fn build<'a, D: Domain<'a, Value = V, Stored = S>>(&mut self, domain: &mut D, op: &Op<'a>) -> Done {
        let (state, done) = self.pop_or_missing(domain, op, 2);
        let Some(target) = self.top() else { return done.and(Err(self.underflow(2))) };
        let fits = domain.may_be_built(target, state);
        domain.build(op, target, state);
        done.and(if fits { Ok(()) } else { Err(FaultKind::UnfitTarget(op.opcode)) })
    }

    /// `INST`: the class is named by the op, the arguments lie above the mark.
    fn inst<'a, D: Domain<'a, Value = V, Stored = S>>(&mut self, domain: &mut D, op: &Op<'a>) -> Done {
        let taken = self.take_mark();
        if let Some((mark, _)) = taken {
            domain.take_mark(op, mark);
        }
        let from = taken.map_or(self.stack.len(), |(_, from)| from);
        let class = domain.global(op, self.protocol);
        let value = domain.call(op, class, Arguments::Items(&self.stack[from..]));
        self.stack.truncate(from);
        self.push(value);
        if taken.is_some() { Ok(()) } else { Err(FaultKind::NoMark) }
    }

    /// `OBJ`: class and arguments lie above the mark.
    fn obj<'a, D: Domain<'a, Value = V, Stored = S>>(&mut self, domain: &mut D, op: &Op<'a>) -> Done {
        let Some((mark, from)) = self.take_mark() else {
            self.push(domain.missing(op));
            return Err(FaultKind::NoMark);
        };
        domain.take_mark(op, mark);
        let (value, done) = match self.stack.get(from).copied() {
            Some(class) => {
                let fits = callee_fits(domain, op, class);
                (domain.call(op, class, Arguments::Items(&self.stack[from + 1..])), fits)
            }
            None => (domain.missing(op), Err(FaultKind::Underflow { needed: 1, found: 0, mark: true })),
        };
        self.stack.truncate(from);
        self.push(value);
        done
    }

    /// `POP`: the topmost mark, when nothing lies above it.
    fn discard<'a, D: Domain<'a, Value = V, Stored = S>>(&mut self, domain: &mut D, op: &Op<'a>) -> Done {
        if let Some(value) = self.pop() {
            domain.discard(op, &[value]);
            return Ok(());
        }
        match self.take_mark() {
            Some((mark, _)) => {
                domain.take_mark(op, mark);
                Ok(())
            }
            None => Err(self.underflow(1)),
        }
    }

    fn discard_slice<'a, D: Domain<'a, Value = V, Stored = S>>(
        &mut self,
        domain: &mut D,
        op: &Op<'a>,
    ) -> Done {
        let Some((mark, from)) = self.take_mark() else { return Err(FaultKind::NoMark) };
        domain.take_mark(op, mark);
        domain.discard(op, &self.stack[from..]);
        self.stack.truncate(from);
        Ok(())
    }

    fn duplicate<'a, D: Domain<'a, Value = V, Stored = S>>(&mut self, domain: &mut D, op: &Op<'a>) -> Done {
        match self.top() {
            Some(value) => {
                self.push(domain.duplicate(op, value));
                Ok(())
            }
            None => {
                let fault = self.underflow(1);
                self.push(domain.missing(op));
                Err(fault)
            }
        }
    }

    fn extension<'a, D: Domain<'a, Value = V, Stored = S>>(&mut self, domain: &mut D, op: &Op<'a>) -> Done {
        self.push(domain.constant(op));
        let code = extension_code(op);
        if code > 0 { Ok(()) } else { Err(FaultKind::BadExtension(code)) }
    }

    fn proto(&mut self, op: &Op<'_>) -> Done {
        let protocol = op.raw.first().copied().unwrap_or(0);
        self.protocol = protocol;
        if protocol > HIGHEST_PROTOCOL { Err(FaultKind::UnsupportedProtocol(protocol)) } else { Ok(()) }
    }
}

/// The highest memo slot for which the C unpickler makes a table that nobody minds, 16 bytes a slot
/// (`_Unpickler_ResizeMemoList`). Beyond it slots are counted: picklers leave no gaps, and fill none that is higher than there
/// are bytes before it.
const HIGHEST_SLOT: u64 = 1 << 24;

/// Whether the container can take the items; none at all are taken by anything.
#[inline(always)]
fn fits<'a, D: Domain<'a>>(domain: &D, op: &Op<'a>, target: D::Value, items: &[D::Value]) -> Done {
    if !items.is_empty() && !domain.may_take(op, target) {
        return Err(FaultKind::UnfitTarget(op.opcode));
    }
    if domain.may_hold(op, Some(target), items) { Ok(()) } else { Err(FaultKind::Unhashable) }
}

#[inline(always)]
fn callee_fits<'a, D: Domain<'a>>(domain: &D, op: &Op<'a>, callee: D::Value) -> Done {
    if domain.may_be_called(callee) { Ok(()) } else { Err(FaultKind::NotCallable(op.opcode)) }
}

#[inline(always)]
fn arguments_fit<'a, D: Domain<'a>>(domain: &D, op: &Op<'a>, arguments: D::Value) -> Done {
    if domain.may_be_tuple(arguments) { Ok(()) } else { Err(FaultKind::ArgumentsNotTuple(op.opcode)) }
}

/// The code of `EXT1`, `EXT2` or `EXT4`, which is signed with four bytes.
fn extension_code(op: &Op<'_>) -> i64 {
    match op.operand() {
        Ok(pickle_ops::Operand::Number(code)) => code,
        _ => 0,
    }
}

/// A frame has to fit into what is left; beyond that it means nothing to the machine.
fn frame(op: &Op<'_>, length: usize) -> Done {
    let announced = op.raw.iter().rev().fold(0, |value: u64, &byte| value << 8 | u64::from(byte));
    let left = (length - op.end.min(length)) as u64;
    if announced > left { Err(FaultKind::FrameTooLong { announced, left }) } else { Ok(()) }
}
