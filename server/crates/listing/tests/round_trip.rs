//! The text form loses nothing: the full listing of any bytes assembles to these bytes, without a word of complaint.
// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use pickle_listing::row::Style;
use pickle_listing::text::{Assembler, Severity, assemble};
use pickle_listing::{TokenKind, full, text};
use pickle_machine::never;
use pickle_machine::record::record;
use pickle_ops::{OPCODES, OpcodeInfo, OperandKind, write_raw};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::RngSeed;

fn listing(bytes: &[u8]) -> String {
    let mut text = String::new();
    full::write(&mut text, bytes, &record(bytes, &never), Style::new(bytes.len(), true)).unwrap();
    text
}

fn check(bytes: &[u8]) {
    let text = listing(bytes);
    let assembled = assemble(&text);
    assert_eq!(assembled.diagnostics, [], "{text}");
    assert_eq!(assembled.bytes, bytes, "{text}");
    // Line by line it is the same, whenever the bytes are taken.
    let mut assembler = Assembler::new();
    let mut taken = Vec::new();
    for line in text.lines() {
        assembler.line(line);
        taken.extend_from_slice(assembler.ready());
        assembler.take();
    }
    assembler.finish();
    taken.extend_from_slice(assembler.ready());
    assert_eq!(taken, bytes);
    // Every line knows its bytes, and every byte its line.
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(assembled.lines(), lines.len());
    let mut next = 0;
    for (number, line) in lines.iter().enumerate() {
        let covered = assembled.line_bytes(number);
        assert_eq!(covered.start, next);
        next = covered.end;
        if !covered.is_empty() {
            assert_eq!(assembled.line_at(covered.start), Some(number));
            assert_eq!(assembled.line_at(covered.end - 1), Some(number));
        }
        // The printer and the parser see the same tokens.
        let row = text::parse(line);
        assert!(!row.tokens().is_empty(), "{line}");
        assert!(row.tokens().iter().all(|token| !line[token.columns.clone()].is_empty()));
    }
    assert_eq!(next, bytes.len());
}

const SAMPLES: &[&[u8]] = &[
    b"",
    b"\x80\x04\x95\x1d\0\0\0\0\0\0\0]\x94(K\x01\x8c\x05hello\x94M\x39\x30J\xff\xff\xff\xffh\x01e.",
    b"(lp0\nI1\naL5L\naF1.5\naS'x'\np1\naVy\\u20ac\np2\na.",
    b"cos\nsystem\n(S'echo hi'\ntR.\x80\x02}q\0(X\x01\0\0\0aK\x01U\x02hiq\x01u.\0\0",
    b"\0\0\0\x05\x80\x03C\x03abc.\0\0\0\x05\x80\x05\x96\x02\0\0\0\0\0\0\0xy.",
    b"(i__main__\nC\np0\n(dp1\nb.",
    b"K\x01X\xff\0\0\0abc",
    b"(K\x01",
    b"c\xffa b\n c\t\n.cno\r\nd\re\n.c\n\n.i\xed\xa0\x80\n\xc3\xa9\n.",
    b"I0x10\nI00\nI01\nI 1\nI-0\nI0x10000000000000000\nI1_0\nL5\nL0x5L\nL-0L\nL1_0000000000000000000000L\nL010L\n.",
    b"g007\ng-1\np+1\ng1\0x\np99999999999999999999\n.",
    b"F1\nFnan\nF-nan\nFinf\nF-0.0\nF1e5\nF1_0\nF1.50\nF 1\n.",
    b"G\x7f\xf8\0\0\0\0\0\0G\xff\xf8\0\0\0\0\0\0G\x7f\xf8\0\0\0\0\0\x01G\x80\0\0\0\0\0\0\0G\x7f\xf0\0\0\0\0\0\0.",
    b"S'a'b'\nS'a\\'b'\nS\"it's\"\nS''\nS'\nSx\nS'\\q'\nS'\\x'\nS'a'#'\nS'\xff'\nS'\t'\nS'a\\\\'\nS'''a'''\n.",
    b"U\x02hiU\x02h\xffU\x03'\"\\T\x01\0\0\0\nV'\"\\u0000\\\\\nV\\u005c\nV\xe9\x85\nVa\x1ab\nV\\ud800\\udc00\n.",
    b"\x8c\x03\xed\xa0\x80\x8c\x06\xed\xa0\xbd\xed\xb8\x80\x8c\x01\xff\x8c\x02\xc2\x85\x8c\x03\xe2\x80\xa8\x8c\x03\xef\xbb\xbf.",
    b"\x8a\0\x8a\x01\0\x8a\x01\x80\x8a\x02\xff\xff\x8a\x19\x01234567890123456789012345\x8b\0\0\0\0\x8b\x02\0\0\0\x01\0.",
    b"\x8b\xff\xff\xff\xff",
    b"T\xff\xff\xff\xffabc",
    b"\x8e\xff\xff\xff\xff\xff\xff\xff\xffabc",
    b"\x95\xff\xff\xff\xff\xff\xff\xff\xff.",
    b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f\x84\xff\xff\xff\xff\x84\x01\0\0\0\x82\0\x83\xff\xff.",
    b"Pid # 1\nP\nP\xff\nQ\x97\x98.",
    b"PK\x03\x04\x14\0\0\0\0\0",
];

#[test]
fn of_samples() {
    SAMPLES.iter().for_each(|sample| check(sample));
}

#[test]
fn of_long_gaps() {
    for length in [63, 64, 65, 128, 1000] {
        check(&[b"N.", vec![0xfe; length].as_slice(), b"\x80\x02N.", &vec![0xfd; length]].concat());
    }
    let text = listing(&[0xfe; 1000]);
    assert_eq!(text.lines().count(), 16);
    assert!(text.lines().all(|line| line.len() < 400 && line.contains("BYTES b'")));
}

/// Every single byte, and every opcode with each of a few bytes behind it.
#[test]
fn of_short_strings() {
    for first in 0..=255u8 {
        check(&[first]);
        for tail in [
            b"\n".as_slice(),
            b"0\n",
            b"'\n",
            b"\0\0\0\0\0\0\0\0",
            b"\x01\0\0\0\0\0\0\0\0",
            b"\n\n.",
            b"b''\n.#\n",
        ] {
            check(&[&[first], tail].concat());
        }
    }
}

/// Raw operand bytes of each form, the odd ones rather than the usual.
fn operand(info: &'static OpcodeInfo) -> BoxedStrategy<Vec<u8>> {
    let text = |pattern: &'static str| pattern.prop_map(String::into_bytes).boxed();
    let line =
        prop_oneof![text("[+-]?0?[xob]?[0-9a-f_]{1,25}L?"), text("[ -~]{0,12}"), vec(any::<u8>(), 0..12)];
    match info.operand {
        OperandKind::None => Just(Vec::new()).boxed(),
        OperandKind::Uint1 => vec(any::<u8>(), 1).boxed(),
        OperandKind::Uint2 => vec(any::<u8>(), 2).boxed(),
        OperandKind::Int4 | OperandKind::Uint4 => vec(any::<u8>(), 4).boxed(),
        OperandKind::Uint8 => {
            prop_oneof![vec(any::<u8>(), 8), (0u64..40).prop_map(|n| n.to_le_bytes().to_vec())].boxed()
        }
        OperandKind::Float8 => prop_oneof![
            vec(any::<u8>(), 8),
            proptest::num::f64::ANY.prop_map(|value| value.to_be_bytes().to_vec())
        ]
        .boxed(),
        OperandKind::FloatLine => prop_oneof![
            text("[+-]?[0-9_]{0,20}[.]?[0-9_]{0,20}(e[+-]?[0-9]{1,3})?"),
            proptest::num::f64::ANY.prop_map(|value| format!("{value:?}").into_bytes()),
            text("[+-]?(inf|nan|Infinity|NAN)"),
        ]
        .boxed(),
        OperandKind::StringLine => {
            prop_oneof![text("'[ -~]{0,12}'"), text("\"[a'\"\\\\x0-9]{0,8}\""), line].boxed()
        }
        OperandKind::UnicodeLine => {
            prop_oneof![text(r"(\\u00[0-9a-f]{2}|\\U000[01]f600|\\|[a-zé\\]){0,8}"), line].boxed()
        }
        OperandKind::LinePair => {
            (line.clone(), line).prop_map(|(module, name)| [module, name].join(&b'\n')).boxed()
        }
        OperandKind::DecimalLine | OperandKind::LongLine | OperandKind::TextLine => line.boxed(),
        OperandKind::Long1 | OperandKind::Long4 => {
            vec(prop_oneof![Just(0u8), Just(0xff), Just(0x80), any::<u8>()], 0..30).boxed()
        }
        _ => prop_oneof![
            vec(any::<u8>(), 0..20),
            text("\\PC{0,10}"),
            text("[ -~]{0,90}"),
            text("(\u{202e}|'|\"|\\\\|\n|#){0,9}")
        ]
        .boxed(),
    }
}

/// An op as a stream has it; what cannot be one (a line with a newline in it) becomes bytes.
fn op() -> impl Strategy<Value = Vec<u8>> {
    select(&OPCODES[..]).prop_flat_map(|info| {
        let info = OPCODES.iter().find(|row| row.opcode == info.opcode).unwrap();
        operand(info).prop_map(move |raw| {
            let mut out = Vec::new();
            if write_raw(&mut out, info.opcode, &raw).is_err() {
                out.push(info.opcode as u8);
                out.extend(raw);
            }
            out
        })
    })
}

/// Programs: ops, STOPs, and bytes between.
fn program() -> impl Strategy<Value = Vec<u8>> {
    let part = prop_oneof![
        12 => op(),
        1 => Just(b".".to_vec()),
        1 => Just(b".\x80\x04".to_vec()),
        1 => vec(any::<u8>(), 0..100),
    ];
    vec(part, 0..30).prop_map(|parts| parts.concat())
}

fn mutated() -> impl Strategy<Value = Vec<u8>> {
    let change = (any::<proptest::sample::Index>(), 0..4u8, any::<u8>());
    (select(SAMPLES), vec(change, 1..6)).prop_map(|(sample, changes)| {
        let mut bytes = sample.to_vec();
        for (at, what, byte) in changes {
            let at = at.index(bytes.len() + 1);
            match what {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                2 if at < bytes.len() => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(bytes.len() / 2)),
            }
        }
        bytes
    })
}

/// The same cases each time, so that a change is judged by what it changes; others by `PROPTEST_CASES` and `PROPTEST_RNG_SEED`.
fn config() -> ProptestConfig {
    let set = |name| std::env::var_os(name).is_some();
    let mut config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if !set("PROPTEST_CASES") {
        config.cases = 1500;
    }
    if !set("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(0);
    }
    config
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn of_programs(bytes in program()) {
        check(&bytes);
    }

    #[test]
    fn of_mutated_samples(bytes in mutated()) {
        check(&bytes);
    }

    #[test]
    fn of_random_bytes(bytes in vec(any::<u8>(), 0..300)) {
        check(&bytes);
    }

    /// Whatever somebody types, it is read without a panic, what is wrong lies in its row, and a row that is said to be
    /// wrong makes no bytes.
    #[test]
    fn any_text_is_read(lines in vec(prop_oneof!["\\PC{0,40}", row()], 0..12)) {
        let text = lines.join("\n");
        let assembled = assemble(&text);
        for diagnostic in &assembled.diagnostics {
            let line = text.split('\n').nth(diagnostic.line).unwrap();
            prop_assert!(line.get(diagnostic.problem.columns.clone()).is_some(), "{line:?} {diagnostic:?}");
            if let Some(edit) = diagnostic.problem.suggestion.as_ref().and_then(|found| found.edit.as_ref()) {
                prop_assert!(line.get(edit.columns.clone()).is_some(), "{line:?} {diagnostic:?}");
            }
            if diagnostic.problem.severity == Severity::Error {
                prop_assert!(assembled.line_bytes(diagnostic.line).is_empty());
            }
        }
        for line in &lines {
            let row = text::parse(line);
            let mut end = 0;
            for token in row.tokens() {
                prop_assert!(token.columns.start >= end, "{line:?}");
                prop_assert!(line.get(token.columns.clone()).is_some());
                end = token.columns.end;
            }
        }
        let errors = assembled.diagnostics.iter().any(|diagnostic| diagnostic.problem.severity == Severity::Error);
        prop_assert_eq!(errors, assembled.faulty);
        // What it does make is a stream whose own listing is right.
        check(&assembled.bytes);
    }
}

#[test]
fn a_row_without_bytes_has_a_reason() {
    for line in [".", ".5", "..", ". POP", "+", "0:", "%"] {
        let assembled = assemble(line);
        assert_eq!(assembled.faulty, !assembled.diagnostics.is_empty(), "{line}");
    }
    assert!(assemble(".").faulty && !assemble("0:").faulty);
}

/// Rows that are nearly right.
fn row() -> impl Strategy<Value = String> {
    let names: Vec<&str> =
        OPCODES.iter().map(|info| info.name).chain(["BYTES", "bytes", "NEWOJB", "FRAME", "PUT"]).collect();
    let operands: Vec<&str> = vec![
        "",
        "1",
        "-1",
        "0x1f",
        "300",
        "70000",
        "99999999999",
        "1e5",
        ".5",
        "nan",
        "True",
        "auto",
        "$a",
        "$b",
        "$",
        "'a'",
        "'a b'",
        "\"é\"",
        "'\\ud800'",
        "'\\q'",
        "b''",
        "b'\\xff\\n'",
        "b'abcd'",
        "b'\\0\\0\\0\\0\\0\\0\\0\\0'",
        "'os' 'system'",
        "'a'... 9 bytes",
        "# x",
        "r'x'",
        "'",
        "1_0",
        "007",
        "'a\\nb'",
    ];
    let offset = select(vec!["", "0: ", " 12 :", "99999999999999999999: ", "x: "]);
    (offset, select(names), select(operands))
        .prop_map(|(offset, name, operand)| format!("{offset}{name} {operand}"))
}

#[test]
fn kinds_of_tokens_agree() {
    let bytes = b"cos\nsystem\nh\x01K\x05X\x01\0\0\0aC\x01a(t.";
    for line in listing(bytes).lines() {
        let printed: Vec<_> = {
            let mut tokens = pickle_listing::row::Tokens::default();
            let recording = record(bytes, &never);
            let row = text::parse(line);
            let at = row.offset.as_ref().unwrap().value.unwrap() as usize;
            let op = pickle_ops::Reader::new(bytes, at).next_op().unwrap();
            let depth = usize::from(recording.complete && line.contains(":   "));
            Style::new(bytes.len(), true).op(&mut tokens, &op, depth);
            tokens.tokens.into_iter().map(|token| token.kind).collect()
        };
        let read: Vec<_> = text::parse(line).tokens().into_iter().map(|token| token.kind).collect();
        assert_eq!(read, printed, "{line}");
        assert!(!read.contains(&TokenKind::Comment));
    }
}
