//! Instructions of TorchScript for mobile devices: `bytecode.pkl`, or a FlatBuffer. Both keep an operator as a text of its own
//! (`aten::mul`) behind its length.

use crate::code::{Called, Mention};

/// Tells `told` the operators, until it says that this is enough. Any text with two colons is taken for one: the places where
/// instructions have theirs are those of a format with many versions.
pub(crate) fn mentions(code: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    for colons in memchr::memmem::find_iter(code, b"::") {
        let Some(text) = text_around(code, colons) else { continue };
        let Some((namespace, name)) = text.split_once("::") else { continue };
        // Old versions have the overload behind a full stop.
        let name = name.split('.').next();
        let what = Called::Operator { namespace: Some(namespace), name: name.unwrap_or_default() };
        if told(Mention { what, text, at: 0 }) {
            return;
        }
    }
}

/// The text whose first two colons are at `colons`: from where its namespace begins, as long as the length before it says.
fn text_around(code: &[u8], colons: usize) -> Option<&str> {
    let before = code[..colons].iter().rev().take_while(|byte| is_in_name(**byte)).count();
    let first = colons - before;
    // The length may look like a letter.
    let starts = (first..colons).take(size_of::<u32>());
    let texts = starts.flat_map(|start| lengths(code, start).map(move |len| (start, len)));
    let mut texts = texts.filter_map(|(start, len)| code.get(start..start.checked_add(len?)?));
    texts.find(|text| is_operator(text)).and_then(|text| std::str::from_utf8(text).ok())
}

/// What may be the length of the text that begins at `start`: of four bytes, or of one, as short strings of pickles have it.
fn lengths(code: &[u8], start: usize) -> [Option<usize>; 2] {
    let four = start.checked_sub(4).and_then(|at| code[at..start].try_into().ok()).map(u32::from_le_bytes);
    let one = start.checked_sub(1).map(|at| usize::from(code[at]));
    [four.and_then(|len| usize::try_from(len).ok()), one]
}

fn is_operator(text: &[u8]) -> bool {
    let mut parts = text.splitn(2, |byte| *byte == b':');
    let (namespace, name) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
    let Some(name) = name.strip_prefix(b":") else { return false };
    let is_name = |byte: &u8| is_in_name(*byte) || *byte == b'.';
    !name.is_empty() && namespace.iter().all(is_name) && name.iter().all(is_name)
}

fn is_in_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: &[u8]) -> String {
        let mut all = String::new();
        mentions(code, &mut |mention| {
            if let Called::Operator { namespace, name } = mention.what {
                all.extend([namespace.unwrap_or("?"), " ", name, ";"]);
            }
            false
        });
        all
    }

    #[test]
    fn operators_in_instructions() {
        // What stands behind the text may look like more of it, and so may what stands before it.
        assert_eq!(told(b"X\x0a\0\0\0aten::saveq\x01X\x09\0\0\0aten::mul\x94"), "aten save;aten mul;");
        assert_eq!(told(b"X\x11\0\0\0mylib::save_stateq\x01"), "mylib save_state;");
        assert_eq!(told(b"X\x0e\0\0\0aten::save.out_"), "aten save;");
        assert_eq!(told(b"\x0a\0\0\0aten::save\0\0"), "aten save;");
        assert_eq!(told(b"U\x0aaten::saveq\x01"), "aten save;");
        let long = [b"U0".as_slice(), b"n", &[b'a'; 40], b"::savesq\x01"].concat();
        assert_eq!(told(&long), format!("n{} saves;", "a".repeat(40)));
        for nothing in [
            b"::".as_slice(),
            b"a:b",
            b"aten::save",
            b"X\xff\xff\xff\xffaten::save",
            b"X\x05\0\0\0aten::save",
        ] {
            assert_eq!(told(nothing), "");
        }
    }

    #[test]
    fn many_names_are_looked_at_once() {
        assert_eq!(told(&b"\x04\0\0\0a::b".repeat(100_000)), "a b;".repeat(100_000));
        assert_eq!(told(&b"a::".repeat(100_000)), "");
    }
}
