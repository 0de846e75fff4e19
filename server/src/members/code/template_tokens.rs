//! What Jinja evaluates in a template, token by token: blocks as its lexer finds them, with the default delimiters.

use std::borrow::Cow;

/// A piece of what is evaluated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name, a word or a number.
    Name(&'t str),
    /// A string, or several in a row, which are one; without its quotes, and with what escapes stand for.
    Text(Cow<'t, str>),
    /// Any other sign.
    Sign(char),
}

/// The tokens of each block and each value of a template.
pub(super) fn blocks(template: &str) -> Vec<Vec<Token<'_>>> {
    let mut all = Vec::new();
    let mut rest = template;
    while let Some(start) = rest.find('{') {
        let behind = rest.get(start + 2..).unwrap_or_default();
        let end = match rest.as_bytes().get(start + 1) {
            Some(b'#') => behind.find("#}").map(|end| end + 2),
            Some(sign @ (b'{' | b'%')) => {
                let (tokens, end) = block(behind, if *sign == b'{' { "}}" } else { "%}" });
                let is_raw = *sign == b'%' && tokens == [Token::Name("raw")];
                all.push(tokens);
                if is_raw { end_of_raw(behind, end) } else { Some(end) }
            }
            _ => {
                rest = &rest[start + 1..];
                continue;
            }
        };
        rest = end.and_then(|end| behind.get(end..)).unwrap_or_default();
    }
    all
}

/// Where the block ends that ends what is not evaluated, from `start` on.
fn end_of_raw(text: &str, start: usize) -> Option<usize> {
    let rest = text.get(start..)?;
    rest.match_indices("{%").find_map(|(at, mark)| {
        let inside = rest[at + mark.len()..].trim_start_matches(['-', '+']).trim_start();
        let behind = inside.strip_prefix("endraw")?.trim_start().trim_start_matches(['-', '+']);
        Some(text.len() - behind.strip_prefix("%}")?.len())
    })
}

/// The tokens of the block that a text begins with, without its first mark, and where it ends. The mark of its end is none inside of a
/// string, or of a bracket.
fn block<'t>(text: &'t str, mark: &str) -> (Vec<Token<'t>>, usize) {
    let (mut tokens, mut depth, mut at) = (Vec::new(), 0_usize, 0);
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        if depth == 0 && rest.starts_with(mark) {
            trim(&mut tokens);
            return (tokens, at + mark.len());
        }
        at += match first {
            '\'' | '"' => {
                let len = quoted(rest, first);
                let inside = rest[..len].trim_start_matches(first);
                push_text(&mut tokens, unescaped(inside.strip_suffix(first).unwrap_or(inside)));
                len
            }
            _ if is_part(first) => {
                let len = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
                tokens.push(Token::Name(&rest[..len]));
                len
            }
            _ => {
                match first {
                    '(' | '[' | '{' => depth += 1,
                    ')' | ']' | '}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                if !first.is_whitespace() {
                    tokens.push(Token::Sign(first));
                }
                first.len_utf8()
            }
        };
    }
    (tokens, text.len())
}

/// Takes away the signs that tell what becomes of blanks around a block.
fn trim(tokens: &mut Vec<Token<'_>>) {
    if matches!(tokens.first(), Some(Token::Sign('-' | '+'))) {
        tokens.remove(0);
    }
    if matches!(tokens.last(), Some(Token::Sign('-' | '+'))) {
        tokens.pop();
    }
}

fn push_text<'t>(tokens: &mut Vec<Token<'t>>, text: Cow<'t, str>) {
    match tokens.last_mut() {
        Some(Token::Text(before)) => before.to_mut().push_str(&text),
        _ => tokens.push(Token::Text(text)),
    }
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// The length of the string that a text begins with, with its quotes.
fn quoted(text: &str, quote: char) -> usize {
    let mut letters = text.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            _ if letter == quote => return at + 1,
            '\\' => drop(letters.next()),
            _ => {}
        }
    }
    text.len()
}

/// What a string stands for. Letters by their names are underscores, as nobody else writes them so.
fn unescaped(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    let (mut all, mut rest) = (String::new(), text);
    while let Some(at) = rest.find('\\') {
        all.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let Some(kind) = rest.chars().next() else { break };
        let (digits, most, radix) = match kind {
            'x' => (1, 2, 16),
            'u' => (1, 4, 16),
            'U' => (1, 8, 16),
            '0'..='7' => (0, 3, 8),
            'N' => {
                all.push('_');
                rest = rest.split_once('}').map_or("", |(_, behind)| behind);
                continue;
            }
            _ => {
                all.push(kind);
                rest = &rest[kind.len_utf8()..];
                continue;
            }
        };
        let number = &rest[digits..];
        let len = number.bytes().take(most).take_while(|byte| char::from(*byte).is_digit(radix)).count();
        all.extend(u32::from_str_radix(&number[..len], radix).ok().and_then(char::from_u32));
        rest = &number[len..];
    }
    all.push_str(rest);
    Cow::Owned(all)
}
