//! Pickles at any offset of bytes that are something else: behind a picture, in a program, in a page that a database has freed.
//!
//! Nothing tells where they begin, so that only whole ones count, and of those only what is no accident: pickles that declare a
//! protocol and are longer than a few bytes, and others that load a global. Every byte is read a bounded number of times.

use std::ops::Range;

use pickle_ops::{HIGHEST_PROTOCOL, Opcode, Reader};

use crate::machine::Machine;
use crate::run::{Flow, run};
use crate::segments::Probe;

/// How much may be read in vain, as a multiple of the length of the bytes, and in any bytes.
const BUDGET_FACTOR: usize = 4;
const BUDGET_BASE: usize = 1 << 16;

/// Bytes of the shortest pickle that counts and loads nothing. Six bytes of random data are one once in many terabytes.
const SHORTEST: usize = 6;

/// How far before the first global a pickle begins at most, if it declares no protocol: what is pushed before it is short.
const LOOK_BACK: usize = 96;

/// Bytes of the longest name of a module or of a global.
const NAME: usize = 256;

/// Ops between two looks at whether a reader would stop: few at first, since most attempts end at once.
const STRIDES: Range<usize> = 4..1024;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Carved {
    /// Where the pickles are, from first to last. They do not overlap.
    pub pickles: Vec<Range<usize>>,
    /// Whether all bytes were searched. If not, too much was read in vain, or nobody wanted the rest.
    pub complete: bool,
}

/// Finds the pickles in `bytes`.
#[must_use]
pub fn carve(bytes: &[u8], interrupt: &dyn Fn() -> bool) -> Carved {
    let budget = bytes.len().saturating_mul(BUDGET_FACTOR).saturating_add(BUDGET_BASE);
    let mut search = Search { bytes, budget, from: 0 };
    let mut pickles = Vec::new();
    let mut at = 0;
    while let Some(next) = bytes.get(at..).and_then(|rest| memchr::memchr3(0x80, b'\n', 0x93, rest)) {
        at += next;
        if search.budget == 0 || interrupt() {
            return Carved { pickles, complete: false };
        }
        match search.around(at) {
            Some(found) => {
                // A byte that was looked at may stand before the end of what was found.
                at = found.end.max(at + 1);
                search.from = found.end;
                pickles.push(found);
            }
            None => at += 1,
        }
    }
    Carved { pickles, complete: true }
}

struct Search<'a> {
    bytes: &'a [u8],
    budget: usize,
    /// Where the last pickle that was found ends.
    from: usize,
}

impl Search<'_> {
    /// The pickle that the byte at `at` gives away.
    fn around(&mut self, at: usize) -> Option<Range<usize>> {
        match self.bytes[at] {
            0x80 => self.declared(at),
            b'\n' => self.lines(at),
            _ => self.stack_global(at),
        }
    }

    /// The pickle that begins at `at` with its protocol.
    fn declared(&mut self, at: usize) -> Option<Range<usize>> {
        let declares = matches!(self.bytes.get(at..at + 2), Some(&[0x80, 2..=HIGHEST_PROTOCOL]));
        if !declares || at < self.from {
            return None;
        }
        let (end, probe) = self.probe(at)?;
        (probe.loaded || end - at >= SHORTEST).then_some(at..end)
    }

    /// The pickle whose `GLOBAL` or `INST` has a module that ends at the newline at `at`.
    fn lines(&mut self, at: usize) -> Option<Range<usize>> {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.".contains(byte) || *byte >= 0x80;
        let before = &self.bytes[self.from.min(at).max(at.saturating_sub(NAME))..at];
        let behind = &self.bytes[at + 1..self.bytes.len().min(at + 1 + NAME)];
        let name = behind.iter().take_while(|byte| is_name(byte)).count();
        if name == 0 || behind.get(name) != Some(&b'\n') {
            return None;
        }
        let module = before.iter().rev().take_while(|byte| is_name(byte)).count();
        // What stands before the opcode may look like letters of a name.
        let starts = (at - module)..at.saturating_sub(1);
        starts
            .filter(|&start| matches!(self.bytes[start], b'c' | b'i'))
            .collect::<Vec<_>>()
            .into_iter()
            .find_map(|start| self.with_global(start))
    }

    /// The pickle whose `STACK_GLOBAL` is at `at`.
    fn stack_global(&mut self, at: usize) -> Option<Range<usize>> {
        let low = at.saturating_sub(LOOK_BACK).max(self.from);
        let window = self.bytes.get(low..at)?;
        let is_string = |start: usize| {
            let len = window.get(start + 1).map_or(usize::MAX, |len| usize::from(*len));
            matches!(window[start], 0x8c | b'U')
                && start.saturating_add(2).saturating_add(len) <= window.len()
        };
        (0..window.len()).any(is_string).then(|| self.with_global(at)).flatten()
    }

    /// The pickle that loads a global by the op at `at`.
    fn with_global(&mut self, at: usize) -> Option<Range<usize>> {
        // Where ops end from here on is the same wherever it begins.
        if !self.ends(at) {
            return None;
        }
        // The latest beginning from which all is there: bytes before it may look like ops.
        (at.saturating_sub(LOOK_BACK).max(self.from)..=at).rev().find_map(|start| {
            let first = Opcode::from_byte(self.bytes[start])?;
            if matches!(first, Opcode::Stop | Opcode::Proto) || (start < at && !self.leads_to(start, at)) {
                return None;
            }
            let (end, probe) = self.probe(start)?;
            (probe.loaded && end > at).then_some(start..end)
        })
    }

    /// Whether the ops from `at` on come to a `STOP`.
    fn ends(&mut self, at: usize) -> bool {
        let mut reader = Reader::new(self.bytes, at);
        let ends = loop {
            match reader.next_op() {
                Ok(op) if op.opcode == Opcode::Stop => break true,
                Ok(op) if op.end - at <= self.budget => {}
                _ => break false,
            }
        };
        self.spend(reader.position() - at);
        ends
    }

    /// Whether one of the ops from `start` on begins at `at`.
    fn leads_to(&mut self, start: usize, at: usize) -> bool {
        let mut reader = Reader::new(self.bytes, start);
        while reader.position() < at {
            if !reader.next_op().is_ok_and(|op| op.opcode != Opcode::Stop) {
                break;
            }
        }
        self.spend(1);
        reader.position() == at
    }

    /// Where the pickle at `at` ends, if it is whole, and what is to be known of it.
    fn probe(&mut self, at: usize) -> Option<(usize, Probe)> {
        let mut reader = Reader::new(self.bytes, at);
        let mut machine = Machine::default();
        let mut probe = Probe::default();
        let mut stride = STRIDES.start;
        let is_whole = loop {
            match run(&mut reader, self.bytes.len(), &mut machine, &mut probe, stride) {
                Flow::Stop => break probe.is_whole(),
                Flow::Next if probe.is_whole() && reader.position() - at <= self.budget => {
                    stride = (stride * 2).min(STRIDES.end);
                }
                _ => break false,
            }
        };
        if !is_whole {
            self.spend(reader.position() - at);
        }
        is_whole.then(|| (reader.position(), probe))
    }

    fn spend(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub(bytes.max(1));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: &[u8] = b"cos\nsystem\n(S'id'\ntR.";

    fn found(bytes: &[u8]) -> Vec<Range<usize>> {
        let carved = carve(bytes, &|| false);
        assert!(carved.complete);
        carved.pickles
    }

    #[test]
    fn behind_and_between_other_bytes() {
        let pickles: &[&[u8]] = &[
            CALL,
            b"Vid\np0\n0cos\nsystem\n(g0\ntR.",
            b"(S'id'\nios\nsystem\n.",
            b"(dp0\nVa\np1\nccollections\nOrderedDict\np2\ns.",
            b"\x8c\x02os\x8c\x06system\x93\x8c\x02id\x85R.",
            b"\x80\x02X\x01\x00\x00\x00aq\x00.",
            b"\x80\x04\x95\x0a\x00\x00\x00\x00\x00\x00\x00}\x94\x8c\x01a\x94K\x01s.",
        ];
        for pickle in pickles {
            for before in [
                b"\x89PNG\r\n\x1a\n\0\0\0\0IEND\xaeB`\x82".as_slice(),
                b"",
                b"words\nand\nlines\n",
                &[0x80; 9],
            ] {
                let bytes = [before, pickle, b"\xff\xfe\x80\x04"].concat();
                let expected = before.len()..before.len() + pickle.len();
                assert_eq!(found(&bytes), std::slice::from_ref(&expected), "{}", bytes.escape_ascii());
            }
            let twice = [b"\xff", *pickle, b"\0\0", pickle].concat();
            assert_eq!(found(&twice).len(), 2, "{}", twice.escape_ascii());
        }
    }

    #[test]
    fn what_is_no_pickle() {
        let texts: &[&[u8]] = &[
            b"",
            b"\x80",
            b"\x80\x02N.",
            b"\x80\x04\x95\xff\xff",
            b"cat\ndog\nelephant\n",
            b"import os\nsystem\nprint.",
            b"cos\nsystem\n(S'id'\ntR",
            b"cos\nsystem\nRRR.",
        ];
        for text in texts {
            assert_eq!(found(text), [] as [Range<usize>; 0], "{}", text.escape_ascii());
        }
    }

    #[test]
    fn what_is_read_is_linear() {
        for piece in
            [b"\x80\x04N0".as_slice(), b"\x80\x04(", b"c\na\n", b"c\na\n(", b"\x8c\x00\x93N0", b"ci\na\nN0"]
        {
            let bytes = piece.repeat(100_000);
            assert!(carve(&bytes, &|| false).pickles.is_empty());
        }
        // A STOP at the end makes every beginning lead somewhere.
        for piece in [b"c\na\n0".as_slice(), b"\x80\x04(0", b"ia\nb\n"] {
            let mut bytes = piece.repeat(100_000);
            bytes.push(b'.');
            let _ = carve(&bytes, &|| false);
        }
    }

    #[test]
    fn it_can_be_interrupted() {
        assert!(!carve(&CALL.repeat(3), &|| true).complete);
    }
}
