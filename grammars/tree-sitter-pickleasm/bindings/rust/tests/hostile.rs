//! Texts that are meant to hurt: they have a tree too, and it comes in time that is in proportion to them.

use crate::parse;

fn nodes(text: &str) -> usize {
    let tree = parse(text);
    assert_eq!(tree.root_node().end_byte(), text.len());
    let mut cursor = tree.walk();
    let mut count = 1;
    loop {
        if cursor.goto_first_child() || cursor.goto_next_sibling() {
            count += 1;
            continue;
        }
        loop {
            if !cursor.goto_parent() {
                return count;
            }
            if cursor.goto_next_sibling() {
                count += 1;
                break;
            }
        }
    }
}

#[test]
fn depth() {
    assert!(nodes(&"MARK\n".repeat(100_000)) > 300_000);
    let closed = "MARK\n".repeat(20_000) + &"TUPLE\n".repeat(20_000);
    assert!(nodes(&closed) > 100_000);
}

#[test]
fn what_belongs_to_nothing() {
    assert!(nodes(&"?\n".repeat(5_000)) > 1);
    assert!(nodes(&"'".repeat(5_000)) > 1);
    assert!(nodes(&"\0".repeat(1_000)) > 0);
    assert!(nodes("\u{feff}NONE\r\nSTOP\r\n") > 1);
}

#[test]
fn length() {
    let text = format!("BINBYTES b'{}'\nSTOP\n", "\\x00".repeat(100_000));
    assert!(nodes(&text) > 100_000);
}
