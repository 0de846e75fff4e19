//! Comparisons with what CPython 3.11 prints, yields and raises.

mod listings;
mod refusals;

use pickle_ops::{Op, Reader};

use super::*;

/// The text, behind a first newline, and the exception (empty: none) of `dis`.
#[track_caller]
fn check(bytes: &[u8], text: &str, error: &str) {
    let mut out = String::from("\n");
    let result = dis(bytes, 0, &mut out);
    assert_eq!(out, text, "{}", bytes.escape_ascii());
    assert_eq!(result.map_or_else(|error| error.to_string(), |_| String::new()), error);
}

fn op(bytes: &[u8]) -> Op<'_> {
    Reader::new(bytes, 0).next_op().unwrap()
}

#[test]
fn offsets_are_those_of_the_file() {
    let file = b"junkN.NN.K\x01.";
    let mut out = String::new();
    assert_eq!(dis(file, 4, &mut out), Ok(6));
    assert_eq!(dis(file, 6, &mut out), Err(DisError::NotEmpty { end: 9, items: 1 }));
    assert_eq!(dis(file, 9, &mut out), Ok(12));
    let text = "    4: N    NONE
    5: .    STOP
highest protocol among opcodes = 0
    6: N    NONE
    7: N    NONE
    8: .    STOP
highest protocol among opcodes = 0
    9: K    BININT1    1
   11: .    STOP
highest protocol among opcodes = 1
";
    assert_eq!(out, text);
}

#[test]
fn an_offset_of_six_digits() {
    let mut bytes = b"B\x40\x42\x0f\0".to_vec();
    bytes.resize(1_000_005, b'a');
    bytes.push(b'.');
    let mut out = String::new();
    assert_eq!(dis(&bytes, 0, &mut out), Ok(1_000_006));
    assert!(out.ends_with("'\n1000005: .    STOP\nhighest protocol among opcodes = 3\n"));
}

#[test]
fn repr_refuses_more_than_4300_digits() {
    let message = "ValueError: Exceeds the limit (4300 digits) for integer string conversion; \
                   use sys.set_int_max_str_digits() to increase the limit";
    let mut bytes = b"N\x8b\0\x07\0\0".to_vec();
    bytes.resize(6 + 1792, 1);
    bytes.push(b'.');
    // The offset is out before the row is made up.
    check(&bytes, "\n    0: N    NONE\n    1: ", message);
    let row = rows(&bytes, 0).nth(1).unwrap().unwrap();
    assert!(row.text().unwrap().starts_with("0x1010101"));
    // Bytes that only repeat the sign count for nothing.
    let mut bytes = b"\x8b\0\x07\0\0".to_vec();
    bytes.resize(5 + 1792, 0xff);
    assert_eq!(argument(&op(&bytes)), Ok(Argument::Int(-1)));
}

#[test]
fn where_genops_refuses_the_unpickler_reads() {
    let cases: [(&[u8], &str); 8] = [
        (b"S'caf\xe9 \\x00\\x7f\\x80\\377'\n", "'caf\u{e9} \\x00\\x7f\\x80\u{ff}'"),
        ("cm\nGröße\n".as_bytes(), "'m Größe'"),
        (b"cm\\x\nn\\\n", "'m\\\\x n\\\\'"),
        (b"Pab\\\n", "'ab\\\\'"),
        (b"I0x1F\n", "31"),
        (b"L-0x1_0000_0000_0000_0000L\n", "-18446744073709551616"),
        (b"L99999999999999999999\0L\n", "99999999999999999999"),
        (b"F1.5\0\n", "1.5"),
    ];
    for (bytes, text) in cases {
        assert!(argument(&op(bytes)).is_err(), "{}", bytes.escape_ascii());
        assert_eq!(argument_lenient(&op(bytes)).unwrap().repr(), text);
    }
    // And never the other way round.
    assert_eq!(argument_lenient(&op(b"I010\n")), Ok(Argument::Int(10)));
    assert_eq!(argument_lenient(&op(b"Ix\n")), argument(&op(b"Ix\n")));
}

#[test]
fn rows_go_on_behind_a_refusal() {
    let bytes = b"Ix\nS'\xe9'\n\x8c\x01.N.N";
    let rows: Vec<_> = rows(bytes, 0).map(Result::unwrap).collect();
    let texts: Vec<_> = rows.iter().map(|row| (row.op.start, row.text())).collect();
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(texts, [(0, None), (3, text("'\u{e9}'")), (8, text("'.'")), (11, None), (12, None)]);
    assert!(rows[0].argument.is_err());
    assert_eq!(Genops::new(bytes, 0).count(), 1);
    assert_eq!(Genops::new(bytes, 11).count(), 2);
    assert!(super::rows(b"N", 0).nth(1).unwrap().is_err());
}

#[test]
fn a_writer_that_has_enough_ends_it() {
    struct Full(usize);
    impl std::fmt::Write for Full {
        fn write_str(&mut self, text: &str) -> std::fmt::Result {
            self.0 = self.0.checked_sub(text.len()).ok_or(std::fmt::Error)?;
            Ok(())
        }
    }
    let marks = vec![b'('; 100_000];
    assert_eq!(dis(&marks, 0, &mut Full(1_000_000)), Err(DisError::Write));
}
