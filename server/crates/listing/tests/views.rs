//! What holds for every listing: each byte in exactly one row, clean text, a budget, and a map that leads there and back.
// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use pickle_listing::view::{Budget, RowKind, Selection, View};
use pickle_machine::never;
use pickle_machine::record::record;

fn view(bytes: &[u8], selection: &Selection, budget: &Budget) -> View {
    View::build(bytes, &record(bytes, &never), selection, budget, &never)
}

fn listing(bytes: &[u8]) -> String {
    view(bytes, &Selection::All, &Budget::default()).text().to_owned()
}

/// Checks all that holds for any view of any bytes.
fn check(bytes: &[u8], selection: &Selection, budget: &Budget) -> View {
    let view = view(bytes, selection, budget);
    let text = view.text();
    assert!(text.is_empty() || text.ends_with('\n'));
    assert_eq!(text.lines().count(), view.len());
    assert!(view.len() as u64 <= budget.rows && text.len() <= budget.bytes);
    let mut next = view.bytes().start;
    for row in 0..view.len() {
        let line = view.row_text(row).unwrap();
        assert_eq!(Some(line), text.lines().nth(row));
        assert_eq!(line.trim_end(), line);
        assert!(!line.chars().any(|c| c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c)), "{line:?}");
        let covered = view.row_bytes(row).unwrap();
        assert_eq!(covered.start, next, "row {row} of\n{text}");
        next = covered.end;
        let empty = covered.is_empty();
        let end = view.kind(row) == Some(RowKind::Gap) && covered.start == bytes.len();
        assert_eq!(empty, end || view.kind(row) == Some(RowKind::Heading), "row {row} of\n{text}");
        if !empty {
            assert_eq!(view.row_at(covered.start), Some(row));
            assert_eq!(view.row_at(covered.end - 1), Some(row));
        }
        let tokens = view.tokens(bytes, row);
        assert!(!tokens.is_empty(), "no tokens in {line:?}");
        assert!(
            tokens.is_sorted_by_key(|token| token.columns.start)
                && tokens.last().unwrap().columns.end <= line.len()
        );
    }
    assert_eq!(next, view.bytes().end);
    if *selection == Selection::All {
        assert_eq!(view.bytes(), 0..bytes.len());
    }
    view
}

/// A generator of pseudo-random numbers: the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }
}

const SAMPLES: [&[u8]; 7] = [
    b"\x80\x04\x95\x1d\0\0\0\0\0\0\0]\x94(K\x01\x8c\x05hello\x94M\x39\x30J\xff\xff\xff\xffh\x01e.",
    b"(lp0\nI1\naL5L\naF1.5\naS'x'\np1\naVy\\u20ac\np2\na.",
    b"cos\nsystem\n(S'echo hi'\ntR.\x80\x02}q\0(X\x01\0\0\0aK\x01U\x02hiq\x01u.\0\0",
    b"\0\0\0\x05\x80\x03C\x03abc.\0\0\0\x05\x80\x05\x96\x02\0\0\0\0\0\0\0xy.",
    b"(i__main__\nC\np0\n(dp1\nb.",
    b"K\x01X\xff\0\0\0abc",
    b"(K\x01",
];

#[test]
fn of_samples() {
    insta::assert_snapshot!(SAMPLES.map(listing).join("--\n"));
}

#[test]
fn of_damaged_bytes() {
    let mut random = Random(42);
    for round in 0..4000 {
        let mut bytes = SAMPLES[round % SAMPLES.len()].to_vec();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len());
            match random.below(3) {
                0 => bytes[at] = random.below(256) as u8,
                1 => bytes.insert(at, b"\x80.(tRq\n\xe2"[random.below(8)]),
                _ => bytes.truncate(at.max(1)),
            }
        }
        check(&bytes, &Selection::All, &Budget::default());
    }
}

#[test]
fn of_nothing() {
    let empty = check(b"", &Selection::All, &Budget::default());
    assert!(empty.is_empty() && empty.row_at(0).is_none());
}

/// A listing that does not fit shows head, elisions and tail; each elision's view shows what it stands for.
#[test]
fn within_a_budget() {
    let budget = Budget { rows: 400, bytes: 40_000, head: 100, page: 150, tail: 20 };
    let bytes = [b"\x80\x02]q\0(".as_slice(), &b"X\x03\0\0\0abcK\x05".repeat(1000), b"e.", b"N."].concat();
    let main = check(&bytes, &Selection::All, &budget);
    let elisions: Vec<_> = (0..main.len()).filter_map(|row| Some((row, main.elision(row)?))).collect();
    assert_eq!(elisions.first().map(|(row, rows)| (*row, rows.clone())), Some((100, 100..250)));
    for (row, rows) in elisions {
        let page = check(&bytes, &Selection::Rows(rows.clone()), &budget);
        assert_eq!(page.len() as u64, rows.end - rows.start);
        assert_eq!(page.bytes(), main.row_bytes(row).unwrap());
    }
    let part = check(&bytes, &Selection::Rows(1000..5000), &budget);
    assert!((0..part.len()).any(|row| part.kind(row) == Some(RowKind::Elision)));
}

/// Rows may be long as well as many.
#[test]
fn of_long_rows() {
    let budget = Budget { rows: 10_000, bytes: 20_000, head: 1000, page: 1000, tail: 10 };
    let row = [b"X\x50\0\0\0".as_slice(), "\u{20ac}".repeat(26).as_bytes(), b"ab0"].concat();
    check(&[row.repeat(3000).as_slice(), b"N."].concat(), &Selection::All, &budget);
}

#[test]
fn of_operands() {
    let text = "na\u{ef}ve \u{20ac} ".repeat(100);
    let bytes = [
        b"X".as_slice(),
        &(text.len() as u32).to_le_bytes(),
        text.as_bytes(),
        b"B\xc8\0\0\0",
        &[7; 200],
        b"\x86.",
    ]
    .concat();
    let start = 5 + text.len();
    let of_text = check(&bytes, &Selection::Bytes(5..start), &Budget::default());
    assert!(of_text.row_text(0).unwrap().contains("'na\u{ef}ve"));
    let of_bytes = check(&bytes, &Selection::Bytes(start + 5..start + 205), &Budget::default());
    assert_eq!((of_bytes.len(), of_bytes.bytes()), (7, start + 5..start + 205));
}

/// Files of joblib: the bytes of arrays between ops, damaged as well.
#[test]
fn of_arrays() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../machine/tests/arrays");
    let small = Budget { rows: 40, bytes: 4000, head: 10, page: 10, tail: 5 };
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let mut bytes = std::fs::read(file.unwrap().path()).unwrap();
        if !bytes.ends_with(b".") {
            continue;
        }
        files += 1;
        check(&bytes, &Selection::All, &Budget::default());
        check(&bytes, &Selection::All, &small);
        check(&bytes, &Selection::Rows(5..20), &small);
        for _ in 0..20 {
            let at = random.below(bytes.len());
            bytes[at] = bytes[at].wrapping_add(1);
            check(&bytes, &Selection::All, &small);
            let cut = random.below(bytes.len());
            check(&bytes[..cut], &Selection::All, &Budget::default());
        }
    }
    assert!(files > 10);
    let text = listing(&std::fs::read(format!("{folder}/f4F.p4.joblib")).unwrap());
    let row = text.lines().find(|row| row.contains("# array")).unwrap();
    assert!(row.starts_with(" 190: BYTES b'") && row.ends_with("# array: float32 (5, 3), 60 bytes"), "{row}");
    let text = listing(&std::fs::read(format!("{folder}/mixed.p4.joblib")).unwrap());
    assert!(text.contains("  # pickle of an array of objects, 170 bytes\n"), "{text}");
}

#[test]
fn queries() {
    for selection in [Selection::All, Selection::Rows(3..9), Selection::Bytes(0..1 << 40)] {
        assert_eq!(Selection::parse(&selection.query()), Some(selection));
    }
    for bad in ["rows", "rows=1", "rows=a-b", "lines=1-2", "bytes=-1-2"] {
        assert_eq!(Selection::parse(bad), None, "{bad}");
    }
}
