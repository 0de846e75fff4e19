//! Source of TorchScript: the operators that it calls.
//!
//! The language has no imports and no names but those of its operators, so that what calls one says so: `torch.save(x, 'f')`,
//! `ops.aten.save`, `getattr(torch, "save")`. Methods of a model may be called as operators are, `(self).save(x)`. As long as the modules
//! have no other names, they are told by what stands before the dots; else only what follows the last one counts.

use crate::code::{Called, Mention};

/// Names that stand for modules of operators.
const MODULES: &[&[u8]] = &[b"torch", b"ops"];

/// Tells `told` the operators that the source calls, or may, until it says that this is enough.
pub(crate) fn mentions(source: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) {
    let is_renamed = renames_module(source);
    let mut tokens = Tokens::of(source);
    let (mut before, mut calls) = (Token::Other(b'\n'), Vec::new());
    let mut in_module = false;
    while let Some(token) = tokens.next() {
        in_module = is_of_module(in_module, before, token);
        let text = match (before, token) {
            (Token::Other(b'.'), Token::Name(name)) if in_module || is_renamed => Some((name, false)),
            // Two strings side by side are one, and escapes stand for letters: printers write neither.
            (_, Token::Text(text)) if calls.last() == Some(&true) => {
                Some((text, matches!(before, Token::Text(_)) || text.contains(&b'\\')))
            }
            _ => None,
        };
        match token {
            Token::Other(b'(') => calls.push(matches!(before, Token::Name(b"getattr"))),
            Token::Other(b')') => drop(calls.pop()),
            _ => {}
        }
        if let Some((text, is_hidden)) = text {
            let text = &*String::from_utf8_lossy(text);
            let operator = Called::Operator { namespace: None, name: text };
            let what = if is_hidden { Called::HiddenOperator } else { operator };
            if told(Mention { what, text, at: tokens.at }) {
                return;
            }
        }
        before = token;
    }
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
    let mut tokens = Tokens::of(source);
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

fn is_in_name(byte: u8) -> bool {
    byte == b'_' || byte.is_ascii_alphanumeric()
}

#[derive(Clone, Copy)]
pub(super) enum Token<'a> {
    /// A name, a word or a number without its point.
    Name(&'a [u8]),
    /// What is between the quotes of a string.
    Text(&'a [u8]),
    Other(u8),
}

pub(super) struct Tokens<'a> {
    source: &'a [u8],
    /// Where the last token begins.
    pub(super) start: usize,
    /// Where it ends.
    pub(super) at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn of(source: &'a [u8]) -> Self {
        Self { source, start: 0, at: 0 }
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        self.skip();
        self.start = self.at;
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
    fn operators_that_are_called() {
        for (source, expected) in [
            ("def f(x):\n  return torch.mul(x, x)\n", "mul@2"),
            ("x = getattr(self, \"0\")\ny = (self.save_)(x)", "0@1"),
            (
                "def save(self, x: Tensor):\n  _0 = (self).save(torch.add(x, 1), )\n  return __torch__.a.save(_0)",
                "add@2",
            ),
            ("self.save(x)\nt = torch . autograd\nt.mul(x)", "save@1 autograd@2 mul@3"),
            ("self = torch\n(self).save(x, \"f\")", "save@2"),
            ("(torch).save(x, \"f\")", "save@1"),
            ("[ops][0].aten.save(x)", "aten@1 save@1"),
            ("f(torch)\ndef f(t):\n  t.save(x)\n  y = torch", "save@3"),
            ("raise AssertionError(\"torch.save\")  # torch.save(x)", ""),
            ("a = 1\ntorch.save(x, \"f\")", "save@2"),
            ("torch . \\\n save(x)", "save@2"),
            ("t = torch\nt.from_file(\"f\", True, 4)", "from_file@2"),
            ("ops.image.write_file(\"f\", x)", "image@1 write_file@1"),
            ("getattr(torch, \"save\")(x)", "save@1"),
            ("getattr(torch, \"\"\"save\"\"\")(x)", "save@1"),
            ("getattr(getattr(ops, 'aten'), \"sa\" \"ve\")(x)", "aten@1 sa@1 ve@1!"),
            ("getattr(torch, \"s\\141ve\")(x)", "s\\141ve@1!"),
            ("x = \"", ""),
            ("x = '''", ""),
            ("x = 'a\\", ""),
        ] {
            let mut all = Vec::new();
            mentions(source.as_bytes(), &mut |mention| {
                let line = 1 + source[..mention.at].matches('\n').count();
                let mark = if mention.what == Called::HiddenOperator { "!" } else { "" };
                all.push(format!("{}@{line}{mark}", mention.text));
                false
            });
            assert_eq!(all.join(" "), expected, "{source}");
        }
    }

    #[test]
    fn enough_is_enough() {
        let mut count = 0;
        mentions(b"torch.mul(x)\ntorch.add(x)", &mut |_| {
            count += 1;
            true
        });
        assert_eq!(count, 1);
    }
}
