//! Whether bytes are the beginning of a pickle: walks the opcodes and keeps count of the stack, without any meaning.
//! Protocols 0 and 1 have no signature, so that this has to tell `(lp0\n` from prose and from random bytes.

use super::is_zlib;
use operand::{Length, Line, Operand, operand_len};

mod operand;

/// Opcodes that are walked; whatever has come so far is no accident.
const MAX_OPS: usize = 256;

/// Opcodes that are walked before it is asked whether they are enough.
const FEW_OPS: usize = 16;

/// Opcodes of a text that must be in order before a beginning alone is enough, when the window ends first.
const ENOUGH_OPS: usize = 6;

/// Opcodes of a value that are walked when all of the first [`MAX_OPS`] were in order.
const MORE_OPS: usize = 1 << 20;

/// Highest protocol byte that is taken for one: today's is 5, and what claims a later one is worth a finding.
const MAX_PROTOCOL: u8 = 31;

/// The highest protocol that is loaded. Of a value among many, a later one is an accident: readers stop at it.
const LOADED_PROTOCOL: u8 = 5;

/// What an opcode does to the stack.
#[derive(Clone, Copy)]
enum Effect {
    Nothing,
    /// Takes so many, leaves so many.
    Take(usize, usize),
    Mark,
    /// Takes all down to the mark and so many more, leaves so many.
    ToMark(usize, usize),
    /// POP: an item, or a mark.
    Pop,
    Stop,
}

/// The operand and effect of an opcode, `None` if there is none of this code.
fn opcode(code: u8) -> Option<(Operand, Effect)> {
    use Effect::{Mark, Nothing, Pop, Stop, Take, ToMark};
    use Operand::{Counted, Fixed, Line as OnLine, None as Plain, TwoNames};
    Some(match code {
        b'(' => (Plain, Mark),
        b'.' => (Plain, Stop),
        b'0' => (Plain, Pop),
        b'1' => (Plain, ToMark(0, 0)),
        b'2' => (Plain, Take(1, 2)),
        b'I' | b'L' | b'F' | b'g' => (OnLine(Line::Number), Take(0, 1)),
        b'S' => (OnLine(Line::Quoted), Take(0, 1)),
        b'P' => (OnLine(Line::Id), Take(0, 1)),
        b'V' => (OnLine(Line::Text), Take(0, 1)),
        b'p' => (OnLine(Line::Number), Take(1, 1)),
        b'c' => (TwoNames, Take(0, 1)),
        b'i' => (TwoNames, ToMark(0, 1)),
        b'J' | b'j' | 0x84 => (Fixed(4), Take(0, 1)),
        b'K' | b'h' | 0x82 => (Fixed(1), Take(0, 1)),
        b'M' | 0x83 => (Fixed(2), Take(0, 1)),
        b'G' => (Fixed(8), Take(0, 1)),
        b'q' => (Fixed(1), Take(1, 1)),
        b'r' => (Fixed(4), Take(1, 1)),
        b'T' | b'X' | b'B' | 0x8b => (Counted(4), Take(0, 1)),
        b'U' | b'C' | 0x8a | 0x8c => (Counted(1), Take(0, 1)),
        0x8d | 0x8e | 0x96 => (Counted(8), Take(0, 1)),
        b'N' | b')' | b']' | b'}' | 0x88 | 0x89 | 0x8f | 0x97 => (Plain, Take(0, 1)),
        b'Q' | 0x85 | 0x94 | 0x98 => (Plain, Take(1, 1)),
        b'R' | b'a' | b'b' | 0x81 | 0x86 | 0x93 => (Plain, Take(2, 1)),
        b's' | 0x87 | 0x92 => (Plain, Take(3, 1)),
        b'e' | b'u' | 0x90 => (Plain, ToMark(1, 1)),
        b'd' | b'l' | b't' | b'o' | 0x91 => (Plain, ToMark(0, 1)),
        0x80 => (Fixed(1), Nothing),
        0x95 => (Fixed(8), Nothing),
        _ => return None,
    })
}

/// Opcodes that call something or load a class: INST, OBJ, REDUCE, BUILD, NEWOBJ, NEWOBJ_EX.
const CALLS: &[u8] = b"ioRb\x81\x92";

/// Opcodes that load a global by its name: GLOBAL, INST, STACK_GLOBAL.
const GLOBALS: &[u8] = b"ci\x93";

/// Opcodes that push a text, or what may be one: a persistent id, or an object that is out of band.
const NAMES: &[u8] = b"SVTUXPQ\x8c\x8d\x97";

/// Opcodes that push what a memo slot holds: a text again, if something was put into one.
const GETS: &[u8] = b"ghj";

/// Opcodes that put something into a memo slot.
const PUTS: &[u8] = b"pqr\x94";

/// Opcodes that load a global by a number: EXT1, EXT2, EXT4.
const EXTENSIONS: &[u8] = b"\x82\x83\x84";

/// MARKs inside each other in [`end`]: each is kept, and a string may consist of nothing else.
const MAX_MARKS: usize = 1 << 16;

/// Why a walk ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    /// At a STOP with something on the stack; where the next byte is.
    Stop(usize),
    /// Nothing wrong up to the end of the window, or to [`MAX_OPS`].
    Window,
    /// The string ends inside an operand, or without STOP.
    Truncated,
    /// Something that is in no pickle.
    Wrong,
}

/// What was seen on the way.
#[derive(Default)]
struct Walk {
    at: usize,
    ops: usize,
    depth: usize,
    marks: Vec<usize>,
    called: bool,
    put: bool,
    /// A text, without which STACK_GLOBAL has nothing to load.
    named: bool,
    loaded: bool,
    extended: bool,
    lines: bool,
    /// An operand that no pickler writes, and that readers take: what follows has to make up for it.
    odd: bool,
    /// As protocols below 4 do it. MEMOIZE without PROTO is in no pickle, and in one of 256 bytes of numbers.
    numbered: bool,
    memoised: bool,
}

/// Whether `head`, of a string of `whole_len` bytes, is the beginning of a pickle. Text has to show more.
pub(super) fn is_pickle(head: &[u8], whole_len: u64, is_text: impl Fn() -> bool) -> bool {
    if let [0x80, protocol, rest @ ..] = head {
        return *protocol <= MAX_PROTOCOL && rest.first().is_none_or(|code| opcode(*code).is_some());
    }
    let mut walk = Walk::default();
    let mut ended = Ended::Window;
    // What a few ops show no later one takes back: most pickles are known by their first ones.
    for most in [FEW_OPS, MAX_OPS] {
        if ended == Ended::Window {
            ended = walk.run(head, whole_len, most);
        }
        if walk.shows_enough() {
            return true;
        }
    }
    match ended {
        Ended::Stop(next) if walk.odd => is_followed(&head[next..], whole_len.saturating_sub(next as u64)),
        Ended::Stop(next) if is_text() => walk.lines || all_pickles(&head[next..]),
        Ended::Stop(next) => {
            let rest = &head[next..];
            walk.ops >= 4 || ends_there(rest) || opcode(rest[0]).is_some() || is_zlib(rest)
        }
        Ended::Window => walk.ops >= if is_text() { ENOUGH_OPS } else { 1 },
        Ended::Truncated | Ended::Wrong => false,
    }
}

/// Whether only what is behind `head`, of a string of `whole_len` bytes, can tell whether it is a pickle: nothing speaks against it,
/// and the end of an operand is not in sight, or others have to make up for an odd one.
pub(super) fn is_undecided(head: &[u8], whole_len: u64) -> bool {
    let mut walk = Walk::default();
    (head.len() as u64) < whole_len
        && !head.is_empty()
        && match walk.run(head, whole_len, MAX_OPS) {
            Ended::Window => true,
            Ended::Stop(_) => walk.odd,
            Ended::Truncated | Ended::Wrong => false,
        }
}

/// Whether one of the next pickles, which follow at once, is beyond doubt: files of torch begin with a number.
fn is_followed(mut rest: &[u8], mut whole_len: u64) -> bool {
    for _ in 0..FEW_OPS {
        // One memo may serve all of them.
        if (Walk { put: true, ..Walk::default() }).takes_value(rest, whole_len) {
            return true;
        }
        let Ended::Stop(next) = Walk::default().run(rest, whole_len, MAX_OPS) else { return false };
        rest = &rest[next..];
        whole_len = whole_len.saturating_sub(next as u64);
    }
    false
}

/// Whether `head`, of a value of `whole_len` bytes among many that may be anything, begins a pickle: more is asked than of a
/// file, since a table has more values than a disk has files, and digests and names look like short pickles now and then.
pub(super) fn is_value(head: &[u8], whole_len: u64) -> bool {
    Walk::default().takes_value(head, whole_len)
}

/// The same of all `bytes` of a value that was unpacked from one: what begins with short pickles counts for the one behind them.
pub(super) fn is_unpacked_value(bytes: &[u8]) -> bool {
    let whole_len = bytes.len() as u64;
    is_value(bytes, whole_len)
        || match Walk::default().run(bytes, whole_len, MAX_OPS) {
            Ended::Stop(next) => is_followed(&bytes[next..], whole_len.saturating_sub(next as u64)),
            _ => false,
        }
}

/// Whether nothing in `head` speaks against its being the beginning of a pickle in a string of `whole_len` bytes. Says far too often
/// yes.
pub(super) fn may_begin(head: &[u8], whole_len: u64) -> bool {
    !matches!(Walk::default().run(head, whole_len, MAX_OPS), Ended::Wrong)
}

/// Where the pickle that `bytes` begin with ends, if its opcodes are in order down to its STOP; an error: where they cease
/// to be.
pub(super) fn end(bytes: &[u8]) -> Result<usize, usize> {
    let mut walk = Walk::default();
    match walk.run(bytes, bytes.len() as u64, usize::MAX) {
        Ended::Stop(next) => Ok(next),
        _ => Err(walk.at),
    }
}

/// Where the pickle that `bytes` begin with ends, if it is one of few ops, whose operands may be of any length.
pub(super) fn short_end(bytes: &[u8]) -> Option<usize> {
    match Walk::default().run(bytes, bytes.len() as u64, MAX_OPS) {
        Ended::Stop(next) => Some(next),
        _ => None,
    }
}

/// Whether nothing follows but short pickles up to the end: `N.N.` is a stream of them, `I. A. Bell` is a name.
fn all_pickles(mut rest: &[u8]) -> bool {
    for _ in 0..MAX_OPS {
        if ends_there(rest) {
            return true;
        }
        match Walk::default().run(rest, rest.len() as u64, MAX_OPS) {
            Ended::Stop(next) => rest = &rest[next..],
            _ => return false,
        }
    }
    true
}

/// Whether nothing follows but blanks and zeros.
fn ends_there(rest: &[u8]) -> bool {
    rest.iter().all(|byte| matches!(byte, 0 | b' ' | b'\t' | b'\r' | b'\n'))
}

impl Walk {
    /// [`is_value`], behind what has come.
    fn takes_value(mut self, head: &[u8], whole_len: u64) -> bool {
        let declared = matches!(head, [0x80, protocol, _, ..] if *protocol <= LOADED_PROTOCOL);
        let mut ended = self.run(head, whole_len, MAX_OPS);
        if ended == Ended::Window && !declared && !self.numbered && !self.loaded {
            ended = self.run(head, whole_len, MORE_OPS);
        }
        match ended {
            Ended::Stop(_) if declared => true,
            // `grou` is EXT1, a number and STOP in base64: a global of a number counts where it is called. MEMOIZE without PROTO does not
            // count, as a table of a hundred thousand digests has some; what no global is in is data that does nothing.
            Ended::Stop(_) if self.numbered || self.loaded || (self.extended && self.called) => true,
            Ended::Stop(next) => self.lines && !self.odd && ends_there(&head[next..]),
            Ended::Window => declared || self.numbered || self.loaded,
            // A digest in a million begins with PROTO and EXT4.
            Ended::Truncated | Ended::Wrong if declared => {
                self.loaded || self.memoised || (self.extended && self.called)
            }
            Ended::Truncated | Ended::Wrong => self.loaded && self.called,
        }
    }

    fn run(&mut self, head: &[u8], whole_len: u64, max_ops: usize) -> Ended {
        let cut = if (head.len() as u64) < whole_len { Ended::Window } else { Ended::Truncated };
        while self.ops < max_ops && self.marks.len() < MAX_MARKS {
            let Some(code) = head.get(self.at) else { return cut };
            let Some((operand, effect)) = opcode(*code) else { return Ended::Wrong };
            if let Effect::Stop = effect {
                return if self.depth > 0 { Ended::Stop(self.at + 1) } else { Ended::Wrong };
            }
            // What the stack does not allow need not be read to its end.
            if !self.allows(effect) {
                return Ended::Wrong;
            }
            let left = whole_len.saturating_sub(self.at as u64 + 1);
            let len = match operand_len(operand, &head[self.at + 1..], left) {
                Ok(Some(Length { bytes, odd })) => {
                    self.odd |= odd;
                    bytes
                }
                Ok(None) => return cut,
                Err(()) => return Ended::Wrong,
            };
            self.apply(effect);
            self.note(*code, &head[self.at + 1..self.at + 1 + len]);
            self.at += 1 + len;
        }
        Ended::Window
    }

    fn note(&mut self, code: u8, operand: &[u8]) {
        self.ops += 1;
        self.called |= CALLS.contains(&code);
        self.put |= PUTS.contains(&code);
        self.named |= NAMES.contains(&code) || (self.put && GETS.contains(&code));
        self.loaded |= GLOBALS.contains(&code) && (code != 0x93 || self.named || self.extended);
        self.extended |= EXTENSIONS.contains(&code);
        self.lines |= matches!(code, b'I' | b'L' | b'F' | b'S' | b'V' | b'c' | b'i' | b'p' | b'g');
        // All picklers number from 0 or 1; any number at the first PUT would let accidents in.
        self.numbered |= match code {
            b'p' => matches!(operand, b"0\n" | b"1\n"),
            b'q' => matches!(operand, [0 | 1]),
            b'r' => matches!(operand, [0 | 1, 0, 0, 0]),
            _ => false,
        };
        self.memoised |= self.numbered || code == 0x94;
    }

    /// Whether what has come is a pickle, whatever comes: an unpickler that stops somewhere has run it.
    fn shows_enough(&self) -> bool {
        match self.odd {
            true => self.called && self.loaded,
            false => self.called || (self.numbered && self.ops > 1),
        }
    }

    /// Whether there is enough on the stack for what the opcode does.
    fn allows(&self, effect: Effect) -> bool {
        let floor = self.marks.last().copied();
        match effect {
            Effect::Nothing | Effect::Stop | Effect::Mark => true,
            Effect::Pop => self.depth > 0 || floor.is_some(),
            Effect::Take(taken, _) => self.depth >= floor.unwrap_or(0) + taken,
            Effect::ToMark(more, _) => floor.is_some_and(|mark| mark >= more),
        }
    }

    /// Does what the opcode does, for which there is enough on the stack.
    fn apply(&mut self, effect: Effect) {
        match effect {
            Effect::Nothing | Effect::Stop => {}
            Effect::Mark => self.marks.push(self.depth),
            Effect::Pop if self.marks.last() == Some(&self.depth) => drop(self.marks.pop()),
            Effect::Pop => self.depth = self.depth.saturating_sub(1),
            Effect::Take(taken, left) => self.depth = self.depth.saturating_sub(taken) + left,
            Effect::ToMark(more, left) => {
                let mark = self.marks.pop().unwrap_or(0);
                self.depth = mark.saturating_sub(more) + left;
            }
        }
    }
}

/// Whether `head`, of a string of `whole_len` bytes, begins a pickle that loads a class and calls it. No numbers of a tensor do
/// so by accident.
pub(super) fn calls_something(head: &[u8], whole_len: u64) -> bool {
    let mut walk = Walk::default();
    let ended = walk.run(head, whole_len, MAX_OPS);
    let loaded = walk.loaded || walk.extended;
    loaded && walk.called && matches!(ended, Ended::Stop(_) | Ended::Window)
}

/// Whether `head` may be the beginning of a pickle that does so, behind however many ops. What was walked is taken from the budget.
pub(super) fn may_call(head: &[u8], budget: &mut usize) -> bool {
    let mut walk = Walk::default();
    let ended = walk.run(head, u64::MAX, MAX_OPS);
    *budget = budget.saturating_sub(walk.ops + 1);
    (walk.loaded || walk.extended) && walk.called || ended == Ended::Window && walk.ops >= MAX_OPS
}

/// Where the pickle that `bytes` begin with ends or breaks off, or where the budget of ops does, and whether it does so before. `come_by` is
/// told where its ops are.
pub(super) fn calls_within(
    bytes: &[u8],
    budget: &mut usize,
    come_by: &mut dyn FnMut(usize),
) -> (usize, bool) {
    let mut walk = Walk::default();
    let ended = loop {
        come_by(walk.at);
        let next = walk.ops + 1;
        let ended = walk.run(bytes, bytes.len() as u64, next);
        *budget = budget.saturating_sub(1);
        if walk.ops < next || ended != Ended::Window || *budget == 0 {
            break ended;
        }
    };
    let end = if let Ended::Stop(next) = ended { next } else { walk.at };
    (end, (walk.loaded || walk.extended) && walk.called)
}

/// Where the pickle that `bytes` begin with ends or breaks off, or where the budget of ops does.
pub(super) fn broken_end(bytes: &[u8], budget: &mut usize) -> usize {
    let mut walk = Walk::default();
    let ended = walk.run(bytes, bytes.len() as u64, *budget);
    *budget = budget.saturating_sub(walk.ops + 1);
    match ended {
        Ended::Stop(next) => next,
        _ => walk.at,
    }
}

/// The opcodes that `bytes` begin with, each with its operand; `None` after the last that is whole. What they do to the stack is
/// not looked at.
pub(super) fn opcodes(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (code, behind) = rest.split_first()?;
        let (operand, _) = opcode(*code)?;
        let len = operand_len(operand, behind, behind.len() as u64).ok()??;
        let (operand, behind) = behind.split_at_checked(len.bytes)?;
        rest = behind;
        Some((*code, operand))
    })
}
