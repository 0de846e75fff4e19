//! Random edits: the tree that was brought up to date is the tree that is made anew, and the text is what it should be.
// A test may fail by a panic.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use pickle_syntax::Buffer;

/// Pieces that texts are made of, and edited with: whole rows, halves of rows, and what belongs to nothing.
const PIECES: [&str; 30] = [
    "PROTO 4\n",
    "   2: MARK\n",
    "  TUPLE # a comment\n",
    "APPENDS\n",
    "BINUNICODE 'größe 🥒'\n",
    "GLOBAL 'os' 'system'\n",
    "MEMOIZE $a\n",
    "BINGET $a\n",
    "BINPUT 5\r\n",
    "BYTES b'\\xff'\n",
    "STOP\n",
    "# pickle 1\n",
    "12: ... 5 rows, 60 bytes\n",
    "BINBYTES b'abc'... 200 bytes\n",
    "\n",
    "\r\n",
    "'",
    "\"",
    "\\",
    "#",
    "MA",
    "RK",
    " ",
    "1:",
    "$",
    "b'",
    "é",
    "😀",
    "?",
    "\0",
];

/// xorshift: the same numbers in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }

    fn text(&mut self, pieces: usize) -> String {
        (0..pieces).map(|_| PIECES[self.below(PIECES.len())]).collect()
    }

    fn boundary(&mut self, text: &str) -> usize {
        let mut at = self.below(text.len() + 1);
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

#[test]
fn a_tree_brought_up_to_date_is_the_one_made_anew() {
    for seed in 1..=60 {
        let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15 ^ seed);
        let pieces = numbers.below(60);
        let mut text = numbers.text(pieces);
        let mut buffer = Buffer::new(&text);
        for _ in 0..20 {
            // Sometimes several edits between two looks, as from an editor with several cursors.
            for _ in 0..1 + numbers.below(3) {
                let (one, other) = (numbers.boundary(&text), numbers.boundary(&text));
                let start = one.min(other);
                let end = one.max(other).min(start + numbers.below(40));
                let end = (start..=end).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(start);
                let pieces = numbers.below(4);
                let new = numbers.text(pieces);
                text.replace_range(start..end, &new);
                buffer.replace(start..end, &new);
            }
            let updated = buffer.parse(&|| false).unwrap();
            let fresh = Buffer::new(&text).parse(&|| false).unwrap();
            assert_eq!(updated.text(), text, "seed {seed}");
            assert_eq!(updated.sexp(), fresh.sexp(), "seed {seed} in {text:?}");
            assert_eq!(updated.len(), text.split('\n').count());
            for row in 0..updated.len() {
                assert_eq!(updated.tokens(row), fresh.tokens(row));
                let line = updated.row_text(row).unwrap();
                for token in updated.tokens(row) {
                    assert!(line.get(token.columns.clone()).is_some(), "{token:?} in {line:?}");
                }
            }
        }
    }
}

#[test]
fn an_interrupted_parse_is_taken_up_again() {
    let text = "BINUNICODE 'abc'\n".repeat(50_000);
    let mut buffer = Buffer::new(&text);
    assert!(buffer.parse(&|| true).is_none());
    buffer.replace(0..0, "PROTO 4\n");
    let tree = buffer.parse(&|| false).unwrap();
    assert_eq!(tree.row_text(0), Some("PROTO 4"));
    assert_eq!(tree.text().len(), text.len() + 8);
}

#[test]
fn ranges_that_are_none() {
    let mut buffer = Buffer::new("aé");
    buffer.replace(2..9, "x");
    assert_eq!(buffer.text(), "ax");
    let (start, end) = (1, 0);
    buffer.replace(start..end, "y");
    assert_eq!(buffer.text(), "ayx");
}
