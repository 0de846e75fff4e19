//! `ops` and the model of the C unpickler read an `INT` alike: `ops` decides by a rule of thumb of its own what is a bool.

#![allow(clippy::unwrap_used, clippy::panic)]

use pickle_ops::{Operand, Reader as Ops};
use pickle_readers::{Options, Outcome, read};

/// What `ops` makes of a line, as Python shows it; `None`: it refuses.
fn by_ops(program: &[u8]) -> Option<String> {
    let op = Ops::new(program, 0).next_op().unwrap();
    Some(match op.operand().ok()? {
        Operand::Bool(true) => "True".to_owned(),
        Operand::Bool(false) => "False".to_owned(),
        Operand::Int(value) => value.to_text(),
        other => panic!("{other:?}"),
    })
}

fn by_c(program: &[u8]) -> Option<String> {
    let reading = read(program, 0, &Options::default());
    match reading.outcome {
        Outcome::Loaded(_) => Some(reading.rendered(usize::MAX).unwrap()),
        Outcome::Raised(_) => None,
    }
}

#[track_caller]
fn compare(line: &[u8]) {
    let program = [b"I", line, b"\n."].concat();
    assert_eq!(by_ops(&program), by_c(&program), "{}", line.escape_ascii());
}

#[test]
fn lines_of_two_bytes() {
    for line in (0..=u16::MAX).map(u16::to_be_bytes).filter(|line| !line.contains(&b'\n')) {
        compare(&line);
    }
}

#[test]
fn lines_of_three_and_four_bytes() {
    const BYTES: &[u8] = b"01789 \t\r\x0b\0+-_xXbBoO";
    for &first in BYTES {
        for &second in BYTES {
            for &third in BYTES {
                compare(&[first, second, third]);
                for &fourth in BYTES {
                    compare(&[first, second, third, fourth]);
                }
            }
        }
    }
}

#[test]
fn what_c_takes_for_a_bool() {
    for (line, expected) in
        [("01", "True"), (" 1", "True"), ("-0", "False"), ("1\0", "True"), ("\0a", "False")]
    {
        assert_eq!(by_ops(format!("I{line}\n.").as_bytes()).as_deref(), Some(expected), "{line:?}");
    }
    for (line, expected) in [("1 ", "1"), ("1\r", "1"), ("0\t", "0"), ("1", "1"), ("001", "1")] {
        assert_eq!(by_ops(format!("I{line}\n.").as_bytes()).as_deref(), Some(expected), "{line:?}");
    }
}
