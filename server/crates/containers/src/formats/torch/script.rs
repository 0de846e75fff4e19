//! Source of TorchScript: operators of it that leave the tensors.
//!
//! The language has no imports and no names but those of its operators, so that what reaches a file says so: `torch.save(x, 'f')`,
//! `ops.aten.save`, `getattr(torch, "save")`. A name for the module may be another one, so that only what follows the dot counts.

/// Operators of torch, and of libraries that come with it, that read or write files of any name, or call other machines.
const OPERATORS: &[&str] = &[
    "from_file",
    "read_file",
    "rpc_async",
    "rpc_remote",
    "rpc_sync",
    "save",
    "sox_io_load_audio_file",
    "sox_io_save_audio_file",
    "write_file",
];

/// Whether a name with its overload, as graphs have it (`torch.ops.aten.from_file.default`), is one of them.
pub(super) fn reaches_out(name: &str) -> bool {
    name.split(['.', ':']).any(|part| OPERATORS.contains(&part))
}

/// The first operator that leaves the tensors, with the number of its line.
pub(crate) fn outside(source: &[u8]) -> Option<String> {
    let mut tokens = Tokens { source, at: 0 };
    let (mut before, mut calls) = (Token::Other(b'\n'), Vec::new());
    while let Some(token) = tokens.next() {
        let name = match (before, token) {
            (Token::Other(b'.'), Token::Name(name)) => is_operator(name).then_some(name),
            // Two strings side by side are one, and escapes stand for letters: printers write neither.
            (_, Token::Text(text)) if calls.last() == Some(&true) => {
                let odd = matches!(before, Token::Text(_)) || text.contains(&b'\\');
                (odd || is_operator(text)).then_some(text)
            }
            _ => None,
        };
        match token {
            Token::Other(b'(') => calls.push(matches!(before, Token::Name(b"getattr"))),
            Token::Other(b')') => drop(calls.pop()),
            _ => {}
        }
        if let Some(name) = name {
            let line = 1 + source[..tokens.at].iter().filter(|byte| **byte == b'\n').count();
            return Some(format!("`{}` in line {line}", name.escape_ascii()));
        }
        before = token;
    }
    None
}

/// What is to be said of such an operator.
pub(crate) fn calls(operator: &str) -> String {
    format!("the code of the archive calls {operator}, which reads or writes files, or calls other machines")
}

/// The first operator in the instructions for mobile devices that leaves the tensors. Its name is a text of its own, which ends
/// where the next opcode begins, and the reader of these pickles knows no escapes.
pub(crate) fn outside_bytecode(pickle: &[u8]) -> Option<String> {
    let mut names = memchr::memmem::find_iter(pickle, b"::").map(|at| &pickle[at + 2..]);
    let is_at = |rest: &[u8]| OPERATORS.iter().find(|operator| rest.starts_with(operator.as_bytes()));
    names.find_map(is_at).map(|operator| format!("`{operator}`"))
}

fn is_operator(name: &[u8]) -> bool {
    OPERATORS.iter().any(|operator| operator.as_bytes() == name)
}

#[derive(Clone, Copy)]
enum Token<'a> {
    Name(&'a [u8]),
    /// What is between the quotes of a string.
    Text(&'a [u8]),
    Other(u8),
}

struct Tokens<'a> {
    source: &'a [u8],
    at: usize,
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip();
        let rest = &self.source[self.at..];
        let first = *rest.first()?;
        let (token, len) = match first {
            b'"' | b'\'' => string(rest),
            byte if byte == b'_' || byte.is_ascii_alphanumeric() => {
                let is_part = |byte: &&u8| **byte == b'_' || byte.is_ascii_alphanumeric();
                let len = rest.iter().take_while(is_part).count();
                (Token::Name(&rest[..len]), len)
            }
            byte => (Token::Other(byte), 1),
        };
        self.at += len;
        Some(token)
    }
}

impl Tokens<'_> {
    /// Goes past blanks, ends of lines and comments.
    fn skip(&mut self) {
        while let Some(byte) = self.source.get(self.at) {
            if *byte == b'#' {
                let rest = &self.source[self.at..];
                self.at += rest.iter().take_while(|byte| **byte != b'\n').count();
            } else if byte.is_ascii_whitespace() || *byte == b'\\' {
                self.at += 1;
            } else {
                break;
            }
        }
    }
}

/// The string that begins here, and how long it is with its quotes.
fn string(rest: &[u8]) -> (Token<'_>, usize) {
    let quote = &rest[..1];
    let three = rest.len() >= 3 && rest[..3].iter().all(|byte| *byte == quote[0]);
    let width = if three { 3 } else { 1 };
    let mut at = width;
    while at < rest.len()
        && !(rest[at..].starts_with(quote) && (!three || rest[at..].starts_with(&rest[..3])))
    {
        at += if rest[at] == b'\\' { 2 } else { 1 };
    }
    let end = at.min(rest.len());
    (Token::Text(&rest[width.min(end)..end]), (end + width).min(rest.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_that_leave_the_tensors() {
        for (source, expected) in [
            ("def f(x):\n  return torch.mul(x, x)\n", None),
            ("x = getattr(self, \"0\")\ny = (self.save_)(x)", None),
            ("raise AssertionError(\"torch.save\")  # torch.save(x)", None),
            ("a = 1\ntorch.save(x, \"f\")", Some("`save` in line 2")),
            ("torch . \\\n save(x)", Some("`save` in line 2")),
            ("t = torch\nt.from_file(\"f\", True, 4)", Some("`from_file` in line 2")),
            ("ops.image.write_file(\"f\", x)", Some("`write_file` in line 1")),
            ("getattr(torch, \"save\")(x)", Some("`save` in line 1")),
            ("getattr(torch, \"\"\"save\"\"\")(x)", Some("`save` in line 1")),
            ("getattr(getattr(ops, 'aten'), \"sa\" \"ve\")(x)", Some("`ve` in line 1")),
            ("getattr(torch, \"s\\141ve\")(x)", Some("`s\\\\141ve` in line 1")),
            ("x = \"", None),
            ("x = '''", None),
            ("x = 'a\\", None),
        ] {
            assert_eq!(outside(source.as_bytes()).as_deref(), expected, "{source}");
        }
    }

    #[test]
    fn operators_in_instructions() {
        let found = |pickle: &[u8]| outside_bytecode(pickle);
        assert_eq!(found(b"X\x0a\x00\x00\x00aten::saveq\x01").as_deref(), Some("`save`"));
        assert_eq!(found(b"X\x09\x00\x00\x00aten::mul\x94"), None);
        assert_eq!(found(b"::"), None);
    }
}
