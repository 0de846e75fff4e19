//! Source of TorchScript: operators of it that leave the tensors.
//!
//! The language has no imports and no names but those of its operators, so that what reaches a file says so: `torch.save(x, 'f')`,
//! `ops.aten.save`, `getattr(torch, "save")`. Methods of a model may be called as operators are, `(self).save(x)`. As long as the modules
//! have no other names, they are told by what stands before the dots; else only what follows the last one counts.

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

/// Names that stand for modules of operators.
const MODULES: &[&[u8]] = &[b"torch", b"ops"];

/// The first operator that leaves the tensors, with the number of its line.
pub(crate) fn outside(source: &[u8]) -> Option<String> {
    let is_renamed = renames_module(source);
    let mut tokens = Tokens { source, at: 0 };
    let (mut before, mut calls) = (Token::Other(b'\n'), Vec::new());
    let mut in_module = false;
    while let Some(token) = tokens.next() {
        in_module = is_of_module(in_module, before, token);
        let name = match (before, token) {
            (Token::Other(b'.'), Token::Name(name)) => {
                (is_operator(name) && (in_module || is_renamed)).then_some(name)
            }
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

/// Whether a token goes on with a name of a module, or with names and dots behind one.
fn is_of_module(in_module: bool, before: Token<'_>, token: Token<'_>) -> bool {
    match (before, token) {
        (Token::Other(b'.'), Token::Name(_)) | (Token::Name(_), Token::Other(b'.')) => in_module,
        (_, Token::Name(name)) => MODULES.contains(&name),
        _ => false,
    }
}

/// Whether a module, or one in it, is used for anything but calls of what is in it: it may get another name so.
fn renames_module(source: &[u8]) -> bool {
    let (mut before, mut in_module) = (Token::Other(b'\n'), false);
    let mut tokens = Tokens { source, at: 0 };
    while let Some(token) = tokens.next() {
        let goes_on = is_of_module(in_module, before, token);
        // In another line, what is in parentheses is no argument.
        let is_behind_name = source[..tokens.at - 1].last().is_some_and(|byte| is_in_name(*byte));
        let is_call = matches!(token, Token::Other(b'(')) && is_behind_name;
        let is_next = matches!(token, Token::Other(b'.')) || matches!(before, Token::Other(b'.'));
        if in_module && !is_call && !(goes_on && is_next) {
            return true;
        }
        (before, in_module) = (token, goes_on);
    }
    in_module
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

fn is_in_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
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
            byte if is_in_name(byte) => {
                let len = rest.iter().take_while(|byte| is_in_name(**byte)).count();
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
            (
                "def save(self, x: Tensor):\n  _0 = (self).save(torch.add(x, 1), )\n  return __torch__.a.save(_0)",
                None,
            ),
            ("self.save(x)\nt = torch . autograd\nt.mul(x)", Some("`save` in line 1")),
            ("self = torch\n(self).save(x, \"f\")", Some("`save` in line 2")),
            ("(torch).save(x, \"f\")", Some("`save` in line 1")),
            ("[ops][0].aten.save(x)", Some("`save` in line 1")),
            ("f(torch)\ndef f(t):\n  t.save(x)\n  y = torch", Some("`save` in line 3")),
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
