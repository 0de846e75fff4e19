//! Keys as one can choose them, in all places where keys are, and their harmless neighbours.

use super::*;

fn looked_at(rows: &[u8]) -> Meeting {
    meeting(rows, 0, false, &pickle_machine::never).unwrap()
}

#[test]
fn debug() {
    let mut rows = b"\x80\x04}\x94(".to_vec();
    for number in 0..1000_u32 {
        rows.push(b'(');
        for bit in 0..10 {
            rows.extend(if number >> bit & 1 == 0 { b"J\xff\xff\xff\xff" } else { b"J\xfe\xff\xff\xff" });
        }
        rows.extend(if number == 0 { &b"\x8c\x01x\x94"[..] } else { b"h\x01" });
        rows.extend(b"t\x94N");
    }
    rows.extend(b"u.");
    panic!("{:?}", looked_at(&rows));
}
