//! What is left of the limits while one file is read, and the way out for what is found: one member at a time, so that no
//! more than one is in memory. Knows no format.

use std::collections::HashMap;
use std::fmt;

use crate::code::Code;
use crate::fault::{Fault, FaultKind};
use crate::limits::{self, Limits};
use crate::member::{Item, Member, Opened, join, leads_to};
use crate::sniff::{Kind, is_unpacked_pickle};
use crate::unwrap::Siblings;

/// Asked from time to time whether the answer is still wanted; `true` ends the reading.
pub type Interrupt<'i> = &'i dyn Fn() -> bool;

/// What is left of the [`Limits`] while one file is read; passed through all containers inside it. What formats find goes
/// out through it.
pub struct Budget<'v> {
    limits: Limits,
    interrupt: Interrupt<'v>,
    sink: &'v mut dyn FnMut(Item<'_>),
    decompressed: u64,
    /// Bytes of texts that were unpacked for a look, and not kept.
    looked: u64,
    members: usize,
    faults: usize,
    /// Whether one of them was that of a limit.
    is_limited: bool,
    /// The containers that are open, from the outside in.
    outer: Vec<Outer>,
    /// The files beside the file.
    siblings: Option<&'v dyn Siblings>,
    /// The path of the one member that is wanted; `None`: all are.
    only: Option<String>,
    /// What is found while it is not known yet whether it is worth being handed out.
    held: Option<Vec<Item<'static>>>,
    /// Paths that were given out, and how often.
    seen: HashMap<String, usize>,
}

/// A container that is a member of another.
struct Outer {
    /// Its path in the file.
    path: Option<String>,
    /// Where its bytes are in the file, if they are stored there as they are.
    base: Option<u64>,
    /// The container itself as a member, until it is known whether what is in it stands for it.
    itself: Option<Member<'static>>,
    /// It has no name in the container that it is in.
    nameless: bool,
    /// Bytes before the container are known to be a pickle, and no fault.
    prefix_known: bool,
}

impl Outer {
    /// The file itself.
    const FILE: Self = Self { path: None, base: Some(0), itself: None, nameless: true, prefix_known: false };
}

impl fmt::Debug for Budget<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("limits", &self.limits).finish_non_exhaustive()
    }
}

impl<'v> Budget<'v> {
    /// A budget of which nothing is spent.
    pub(crate) fn new(limits: Limits, interrupt: Interrupt<'v>, sink: &'v mut dyn FnMut(Item<'_>)) -> Self {
        let (outer, seen) = (vec![Outer::FILE], HashMap::new());
        Self {
            limits,
            interrupt,
            sink,
            decompressed: 0,
            looked: 0,
            members: 0,
            faults: 0,
            is_limited: false,
            outer,
            siblings: None,
            only: None,
            held: None,
            seen,
        }
    }

    /// The same, of a file that has others beside it.
    pub(crate) fn beside(self, siblings: Option<&'v dyn Siblings>) -> Self {
        Self { siblings, ..self }
    }

    /// The same, for the sake of one member.
    pub(crate) fn only(self, path: Option<&str>) -> Self {
        Self { only: path.map(str::to_owned), ..self }
    }

    /// Whether the member `name` of the container that is open is wanted, or something in it.
    pub(crate) fn wants(&self, name: Option<&str>) -> bool {
        self.only.as_deref().is_none_or(|only| {
            let (path, _) = self.moved(name.map(str::to_owned), None);
            leads_to(path.as_deref(), only)
        })
    }

    /// Whether what is open is the file itself, or all that it holds.
    pub(crate) fn is_file(&self) -> bool {
        self.outer.iter().all(|outer| outer.nameless)
    }

    /// The files beside what is open; members have none.
    pub(crate) fn siblings(&self) -> Option<&'v dyn Siblings> {
        self.siblings.filter(|_| self.outer.len() == 1)
    }

    /// Whether nobody wants the rest.
    pub(crate) fn is_interrupted(&self) -> bool {
        (self.interrupt)()
    }

    /// The question that [`Self::is_interrupted`] asks, for work that goes on without the budget.
    pub(crate) fn interrupt(&self) -> Interrupt<'v> {
        self.interrupt
    }

    /// How many bytes `compressed` bytes may become, and the limit that says so.
    pub(crate) fn allowance(&self, compressed: usize) -> (u64, &'static str) {
        let by_ratio = (compressed as u64).saturating_mul(self.limits.ratio).max(self.limits.ratio_floor);
        let left = self.limits.total_bytes.saturating_sub(self.decompressed);
        let all = [
            (self.limits.member_bytes, "bytes of a member"),
            (by_ratio, "compression ratio"),
            (left, "decompressed bytes of a file"),
        ];
        all.into_iter().min_by_key(|(bytes, _)| *bytes).unwrap_or((0, "bytes of a member"))
    }

    /// Takes note of bytes that were decompressed.
    pub(crate) fn spend(&mut self, bytes: usize) {
        self.decompressed = self.decompressed.saturating_add(bytes as u64);
    }

    /// How many bytes of texts may still be unpacked for a look.
    pub(crate) fn look_allowance(&self) -> u64 {
        self.limits.total_bytes.saturating_mul(limits::LOOK_FACTOR).saturating_sub(self.looked)
    }

    /// Takes note of bytes of texts that were.
    pub(crate) fn spend_look(&mut self, bytes: u64) {
        self.looked = self.looked.saturating_add(bytes);
    }

    /// Room for one more member, or the number that is the limit.
    pub(crate) fn add_member(&mut self) -> Result<(), usize> {
        if self.members >= self.limits.members {
            return Err(self.limits.members);
        }
        self.members += 1;
        Ok(())
    }

    /// How many members may still be added.
    pub(crate) fn members_left(&self) -> usize {
        self.limits.members - self.members
    }

    /// Runs `f` inside the container that is the member `name` at `offset` of the one that is open, or gives the number that
    /// is the limit. `itself` is listed as a member, unless a nameless one inside stands for it.
    pub(crate) fn deeper(
        &mut self,
        itself: Member<'static>,
        f: impl FnOnce(&mut Self),
    ) -> Result<(), (usize, Member<'static>)> {
        if self.outer.len() > self.limits.depth {
            return Err((self.limits.depth, itself));
        }
        let (path, base) = self.moved(itself.path.clone(), itself.file_offset);
        let nameless = itself.path.is_none();
        let itself = Some(itself).filter(|_| !nameless);
        self.outer.push(Outer { path, base, itself, nameless, prefix_known: false });
        f(self);
        self.list_container(false);
        self.outer.pop();
        Ok(())
    }

    /// Runs `f` for a value among many; what it finds is handed out only if a pickle is among it that is none by accident, as one in a
    /// thousand strings of bytes begins like a pickle without a signature, or if a limit hid something.
    pub(crate) fn if_pickles<T>(&mut self, f: impl FnOnce(&mut Self) -> T) -> T {
        let before = self.held.replace(Vec::new());
        let result = f(self);
        let found = std::mem::replace(&mut self.held, before).unwrap_or_default();
        let is_wanted = |item: &Item<'_>| match item {
            Item::Member(member) if member.kind == Kind::Pickle && !member.named_pickle => {
                member.bytes.as_deref().is_none_or(is_unpacked_pickle)
            }
            Item::Member(member) => member.is_candidate(),
            Item::Fault(fault) => fault.kind == FaultKind::LimitReached,
            Item::Code(_) => false,
        };
        let is_any = found.iter().any(is_wanted);
        // Code is judged by what it calls, whatever lies beside it.
        let told = found.into_iter().filter(|item| is_any || matches!(item, Item::Code(_)));
        told.for_each(|item| self.emit(item));
        result
    }

    /// Hands out one thing, or keeps it for [`Self::if_pickles`].
    fn emit(&mut self, item: Item<'_>) {
        match &mut self.held {
            Some(held) => held.push(item.into_owned()),
            None => (self.sink)(item),
        }
    }

    /// Takes note that the bytes before the container that is open are accounted for.
    pub(crate) fn prefix_is_known(&mut self) {
        if let Some(outer) = self.outer.last_mut() {
            outer.prefix_known = true;
        }
    }

    /// Hands out what `opened` holds, faults first, and leaves it empty.
    pub(crate) fn hand_out(&mut self, opened: &mut Opened<'_>) {
        for fault in opened.faults.drain(..) {
            let known = self.outer.last().is_some_and(|outer| outer.prefix_known);
            if !(known && fault.kind == FaultKind::PrefixBytes && fault.member.is_none()) {
                self.fault(fault);
            }
        }
        for member in opened.members.drain(..) {
            self.list_container(member.path.is_none());
            self.member(member);
        }
    }

    /// Hands out code that is a member of the container that is open, or in one.
    pub(crate) fn code(&mut self, code: Code<'_>) {
        let (member, offset) = self.moved(code.member, code.offset);
        self.emit(Item::Code(Code { member, offset, ..code }));
    }

    /// Says how many faults were left out.
    pub(crate) fn finish(&mut self) {
        if let Some(dropped) = self.faults.checked_sub(limits::FAULTS).filter(|dropped| *dropped > 0) {
            let message = format!("{dropped} more faults are not listed");
            (self.sink)(Item::Fault(Fault::new(FaultKind::TooMany, 0, message)));
        }
    }

    /// The containers that are open as members, before the first one inside them; a nameless one stands for the container
    /// that it is in.
    fn list_container(&mut self, mut stands_for_it: bool) {
        let mut unlisted = Vec::new();
        for (depth, outer) in self.outer.iter_mut().enumerate().rev() {
            unlisted.extend(outer.itself.take().filter(|_| !stands_for_it).map(|itself| (depth, itself)));
            stands_for_it &= outer.nameless;
        }
        for (depth, itself) in unlisted.into_iter().rev() {
            let inner = self.outer.split_off(depth);
            self.member(itself);
            self.outer.extend(inner);
        }
    }

    fn member(&mut self, member: Member<'_>) {
        let (path, file_offset) = self.moved(member.path, member.file_offset);
        let path = path.map(|path| unused(&mut self.seen, &path));
        self.emit(Item::Member(Member { path, file_offset, ..member }));
    }

    fn fault(&mut self, fault: Fault) {
        self.faults += 1;
        // That something was not looked at has to be said however much else is wrong; once is enough then.
        let is_limit = fault.kind == FaultKind::LimitReached;
        let is_first_limit = is_limit && !std::mem::replace(&mut self.is_limited, true);
        if is_first_limit || self.faults <= limits::FAULTS {
            let (member, offset) = self.moved(fault.member, fault.offset);
            self.emit(Item::Fault(Fault { member, offset, ..fault }));
        }
    }

    /// A path and an offset of the container that is open, as those of the file.
    fn moved(&self, path: Option<String>, offset: Option<u64>) -> (Option<String>, Option<u64>) {
        let Some(outer) = self.outer.last() else { return (path, offset) };
        let offset = offset.zip(outer.base).map(|(at, base)| at.saturating_add(base));
        (join(outer.path.as_deref(), path), offset)
    }
}

/// `name`, or the first of `name#2`, `name#3` … that was not given out before.
fn unused(seen: &mut HashMap<String, usize>, name: &str) -> String {
    let mut path = name.to_owned();
    while seen.contains_key(&path) {
        let count = seen.entry(name.to_owned()).or_insert(1);
        *count += 1;
        path = format!("{name}#{count}");
    }
    seen.insert(path.clone(), 1);
    path
}
