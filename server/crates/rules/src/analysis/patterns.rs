//! Regular expressions: what it takes to compile them. That goes through each character of a pattern, and through all that lie in a
//! range of a class one by one (`sre_compile._optimize_charset`): 500 bytes of wide ranges take a second. And a pattern that is there once
//! is compiled again for each call: `re` keeps what it has compiled, but not for other flags.

mod nesting;

use std::iter::Peekable;

use pickle_machine::arena::{Arena, Shape as Made, Value};
use pickle_ops::{ByteString, Op, Operand};

use super::{Analysis, EntryId, Fit};

/// Characters that are compiled, all calls together, from which on it takes longer than anybody waits: five seconds or more.
const MOST_WORK: u64 = 1 << 22;
/// Characters of a range that take as long as one of a pattern.
const RANGE_SPEED: u64 = 20;
/// The highest character that is looked at one by one.
const HIGHEST: u32 = 0xffff;
/// Patterns of which it is remembered what they take.
const MOST_PATTERNS: usize = 1 << 14;

impl<'a> Analysis<'_, 'a> {
    /// What is the matter with a pattern that a call compiles: that takes too long, with all that were compiled before it, which is
    /// unusual, or to look for it in a text does, which a load does not do.
    pub(super) fn harm_of_pattern(
        &mut self,
        arena: &Arena<'a>,
        arguments: Value,
        callee: EntryId,
    ) -> Option<Fit> {
        let number = self.ledger.entry(callee).pattern?;
        let &pattern = arena.tuple(arguments)?.get(number)?;
        let Made::Literal(op) = arena.shape(pattern) else { return None };
        if self.patterns.len() >= MOST_PATTERNS {
            self.patterns.clear();
        }
        let known = self.patterns.entry(op.start).or_insert_with(|| (work_of(&op), has_no_end(&op)));
        let (work, has_no_end) = *known;
        self.compiled = self.compiled.saturating_add(work);
        if self.compiled > MOST_WORK {
            self.compiled = 0;
            return Some(Fit::Unusual(
                "to compile so wide ranges, or so long a pattern again and again, takes minutes",
            ));
        }
        has_no_end.then_some(Fit::Slow(
            "makes a pattern that repeats repeats: to look for it in a text that does not match takes twice as long for each character",
        ))
    }
}

/// Whether it takes hours to look for the pattern that a constant is in a text that does not match.
fn has_no_end(op: &Op<'_>) -> bool {
    match op.operand() {
        Ok(Operand::Text(text)) => text.to_str().is_some_and(|text| nesting::repeats_repeats(&text)),
        Ok(Operand::Bytes(raw)) => nesting::repeats_repeats(&String::from_utf8_lossy(raw)),
        Ok(Operand::ByteString(text)) => {
            text.bytes().is_ok_and(|raw| nesting::repeats_repeats(&String::from_utf8_lossy(&raw)))
        }
        _ => false,
    }
}

/// What it takes to compile the pattern that a constant is, in characters.
fn work_of(op: &Op<'_>) -> u64 {
    let bytes = |raw: &[u8]| work(raw.iter().map(|&byte| u32::from(byte)));
    match op.operand() {
        Ok(Operand::Text(text)) => work(text.code_points()),
        Ok(Operand::Bytes(raw) | Operand::ByteString(ByteString::Plain(raw))) => bytes(raw),
        Ok(Operand::ByteString(text)) => text.bytes().map_or(0, |text| bytes(&text)),
        _ => 0,
    }
}

fn work(characters: impl Iterator<Item = u32>) -> u64 {
    let mut rest = characters.peekable();
    let (mut length, mut wide) = (0, 0);
    while let Some(character) = rest.next() {
        length += 1;
        if character == u32::from('\\') {
            length += u64::from(rest.next().is_some());
        } else if character == u32::from('[') {
            let (more, width) = class(&mut rest);
            length += more;
            wide += width;
        }
    }
    length + wide / RANGE_SPEED
}

/// How many characters a class has until its end, and how many lie in its ranges.
fn class(rest: &mut Peekable<impl Iterator<Item = u32>>) -> (u64, u64) {
    let (mut length, mut wide) = (0, 0);
    // What stands before a minus, and whether that was seen.
    let (mut first, mut is_range) = (None, false);
    rest.next_if_eq(&u32::from('^'));
    let mut is_begin = true;
    while let Some(character) = rest.next() {
        length += 1;
        if character == u32::from(']') && !is_begin {
            break;
        }
        is_begin = false;
        if character == u32::from('-') && first.is_some() && !is_range {
            is_range = true;
            continue;
        }
        let single = if character == u32::from('\\') { escaped(rest) } else { Some(character) };
        match (first.take(), single) {
            (Some(from), Some(to)) if is_range => {
                wide += u64::from(to.min(HIGHEST).saturating_sub(u32::min(from, HIGHEST)));
            }
            _ => first = single,
        }
        is_range = false;
    }
    (length, wide)
}

/// The character that is written behind a backslash; `None` for what stands for several.
fn escaped(rest: &mut Peekable<impl Iterator<Item = u32>>) -> Option<u32> {
    let code = rest.next().and_then(char::from_u32)?;
    let digits = match code {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '0'..='7' => return Some(number(rest, code.to_digit(8)?, 2, 8)),
        'd' | 'D' | 's' | 'S' | 'w' | 'W' => return None,
        other => return Some(u32::from(other)),
    };
    Some(number(rest, 0, digits, 16))
}

/// A number of up to so many more digits.
fn number(rest: &mut Peekable<impl Iterator<Item = u32>>, first: u32, digits: usize, radix: u32) -> u32 {
    let digit = |character: u32| char::from_u32(character).and_then(|character| character.to_digit(radix));
    let mut value = first;
    for _ in 0..digits {
        let Some(character) = rest.next_if(|&character| digit(character).is_some()) else { break };
        value = value.wrapping_mul(radix).wrapping_add(digit(character).unwrap_or(0));
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hostile::{check, found};

    #[test]
    fn characters_that_are_gone_through() {
        let work = |pattern: &str| work(pattern.chars().map(u32::from)) as usize;
        assert_eq!(work("abc"), 3);
        assert_eq!(work(r"a\[b"), 4);
        let wide = 0xffff / RANGE_SPEED as usize;
        for pattern in
            ["[\0-\u{10ffff}]", r"[\x00-\uffff]", r"[^\0-\U0010ffff]", "[a\0-\u{ffff}z]", r"[]\0-\uffff]"]
        {
            assert!(work(pattern) >= wide, "{pattern:?}");
        }
        for pattern in [
            r"\[\0-\uffff]",
            "[\\w-\u{ffff}]",
            "[\u{10000}-\u{10ffff}]",
            "[a-z0-9_.+-]",
            "[-\u{ffff}]",
            "[\0]-\u{ffff}",
        ] {
            assert!(work(pattern) < 30, "{pattern:?}");
        }
        assert_eq!(work(&"[\0-\u{ffff}]".repeat(10)) / (10 * wide), 1);
    }

    fn compiled(pattern: &str, calls: usize) -> Vec<u8> {
        let length = u32::try_from(pattern.len()).unwrap().to_le_bytes();
        let flags = |number: usize| u32::try_from(number << 9).unwrap().to_le_bytes();
        let calls = (0..calls).map(|number| [b"cre\n_compile\nh\0J", &flags(number)[..], b"\x86R0"].concat());
        [b"\x80\x02X", &length[..], pattern.as_bytes(), b"q\0", &calls.collect::<Vec<_>>().concat(), b"."]
            .concat()
    }

    /// Nothing looks for it when the file is loaded.
    #[test]
    fn patterns_that_repeat_repeats() {
        for bytes in [&b"cre\ncompile\n(V(a+)+$\nI2\ntR."[..], b"cre\n_compile\n(S'(a+)+$'\nI0\ntR."] {
            check(bytes, &[]);
            let told = found(bytes);
            assert!(told.iter().any(|finding| finding.message.contains("repeats repeats")), "{told:?}");
        }
        check(b"cre\n_compile\n(S'(a+)+$'\ncos\nsystem\ntR.", &["PG102"]);
        check(b"cbuiltins\ngetattr\n(cre\ncompile\n(V(a+)+$\ntRS'match'\ntR(S'aaa'\ntR.", &["PG108"]);
    }

    /// Discarded calls are worth knowing, and no more.
    #[test]
    fn patterns_that_take_minutes() {
        check(&compiled(&"[\0-\u{ffff}]".repeat(2000), 1), &["PG109"]);
        check(&compiled(&"x".repeat(100_000), 50), &["PG109"]);
        check(&compiled(&"x".repeat(100_000), 5), &[]);
        check(&compiled(r"(?u)\b\w\w+\b", 5000), &[]);
        check(&compiled("[\u{4e00}-\u{9fff}\u{ac00}-\u{d7af}]", 300), &[]);
        check(b"cre\ncompile\n(Va+\nI2\ntR.", &[]);
    }
}
