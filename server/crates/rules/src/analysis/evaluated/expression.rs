//! What a formula or an expression does when it is evaluated as Python: which functions it calls, whether it comes to an end.
//!
//! The text is not parsed, as formulas have operators of their own. It is split into names, numbers, strings and signs; what calls
//! something has a name in front of a bracket, or it is not understood and told.

use super::Harm;
use super::names::{CONTRASTS, FUNCTIONS, WORDS};
use crate::policy::{Policy, Shape, Verdict, size_of};

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Token<'t> {
    /// A name, with dots in it where attributes follow.
    Name(&'t str),
    /// An integer or another number.
    Number(&'t str),
    Text,
    /// A string that evaluates what is in it.
    Evaluated,
    Sign(&'t str),
}

/// Powers of numbers in a text; each makes one as many times as long.
const MOST_POWERS: usize = 3;

/// Exponents that are written down.
const MOST_EXPONENT: u32 = 64;

/// What is harmful in a text, or not known; nothing, if it computes with columns and parameters.
pub(super) fn judge(policy: &Policy, text: &str) -> Option<Harm> {
    let tokens = split(text);
    let mut unknown = None;
    for at in 0..tokens.len() {
        match harm_at(policy, &tokens, at) {
            Some(harm @ Harm::Does(_)) => return Some(harm),
            other => unknown = unknown.or(other),
        }
    }
    let powers = (0..tokens.len()).filter(|&at| is_power_of_numbers(&tokens, at)).count();
    if powers > MOST_POWERS {
        return Some(Harm::Does("raises numbers to powers of powers".to_owned()));
    }
    unknown
}

/// What is harmful, or not known, at a token.
fn harm_at(policy: &Policy, tokens: &[Token<'_>], at: usize) -> Option<Harm> {
    let does = |what: &str| Some(Harm::Does(what.to_owned()));
    let before = at.checked_sub(1).and_then(|at| tokens.get(at)).copied();
    let next = tokens.get(at + 1).copied();
    match *tokens.get(at)? {
        Token::Name(name) if WORDS.contains(&name) => Some(Harm::Does(format!("has `{name}` in it"))),
        Token::Name(name) if name.split('.').any(is_hidden) => Some(Harm::Does(format!("reaches `{name}`"))),
        Token::Name("C") if next == Some(Token::Sign("(")) => contrast(policy, tokens, at + 1),
        Token::Name(name) if next == Some(Token::Sign("(")) => called(policy, name, tokens, at + 1),
        // A function that takes one by a keyword calls it: `max(x, key=eval)`. Python takes other letters for these.
        Token::Name(name) if is_keyword(tokens, at) && (name == "key" || !name.is_ascii()) => {
            does("gives a function something to call")
        }
        Token::Sign("**") if matches!(before, Some(Token::Sign("(" | ","))) => {
            does("takes arguments out of a dict")
        }
        Token::Sign(sign) if !is_sign(sign) => {
            Some(Harm::Does(format!("has `{}` in it", sign.escape_debug())))
        }
        Token::Evaluated => does("has a string that evaluates what is in it"),
        Token::Sign("(") if is_value(before) && !matches!(before, Some(Token::Name(_))) => {
            does("calls what it computes")
        }
        Token::Sign(".") => does("reads an attribute of what it computes"),
        Token::Sign("*") if ends_repeatable(tokens, at) || begins_repeatable(tokens, at + 1) => {
            does("repeats a text or a list")
        }
        // As long as the text says, of numbers.
        Token::Sign("%") if ends_repeatable(tokens, at) => does("formats a text"),
        Token::Sign("<<" | ":=") => does("shifts or assigns"),
        Token::Sign("**") if is_power_of_numbers(tokens, at) => {
            let is_small = match next {
                Some(Token::Number(number)) => {
                    number.parse::<u32>().map_or(number.contains('.'), |number| number <= MOST_EXPONENT)
                }
                // Of a name it is a float, or the power of a column; to a negative power, too.
                Some(Token::Name(_)) => !is_of_integers(tokens, at + 2),
                Some(Token::Sign("-")) => true,
                Some(Token::Sign("(")) => !is_of_integers(tokens, at + 1),
                _ => false,
            };
            let is_tower = tokens.get(at + 2) == Some(&Token::Sign("**"));
            if is_small && !is_tower { None } else { does("raises a number to a high power") }
        }
        _ => None,
    }
}

/// Whether a text or a list ends in front of a token, perhaps in brackets that are no call.
fn ends_repeatable(tokens: &[Token<'_>], mut at: usize) -> bool {
    while let Some(before) = at.checked_sub(1) {
        match tokens.get(before) {
            Some(Token::Text | Token::Evaluated) => return true,
            Some(Token::Sign(")")) => {
                let start = opening(tokens, at, ("(", ")"));
                let is_call = |start: usize| {
                    start.checked_sub(1).is_some_and(|name| is_value(tokens.get(name).copied()))
                };
                if start.is_none_or(is_call) {
                    return false;
                }
                at = before;
            }
            _ => return is_end_of_list(tokens, at),
        }
    }
    false
}

/// Whether a text or a list begins at a token, perhaps in brackets.
fn begins_repeatable(tokens: &[Token<'_>], at: usize) -> bool {
    let first = tokens.iter().skip(at).find(|token| **token != Token::Sign("("));
    matches!(first, Some(Token::Text | Token::Evaluated | Token::Sign("[")))
}

/// Whether a list ends in front of a token, rather than the place in something.
fn is_end_of_list(tokens: &[Token<'_>], at: usize) -> bool {
    let start = opening(tokens, at, ("[", "]"));
    start.is_some_and(|start| !is_value(start.checked_sub(1).and_then(|before| tokens.get(before)).copied()))
}

/// Whether a token raises an integer to a power: those of columns are floats, which have an end.
fn is_power_of_numbers(tokens: &[Token<'_>], at: usize) -> bool {
    if tokens.get(at) != Some(&Token::Sign("**")) {
        return false;
    }
    match at.checked_sub(1).and_then(|at| tokens.get(at)) {
        Some(Token::Number(number)) => !number.contains('.'),
        Some(Token::Sign(")")) => {
            let group = opening(tokens, at, ("(", ")")).map(|start| &tokens[start..at]);
            !group.unwrap_or_default().iter().any(|token| matches!(token, Token::Name(_)))
        }
        _ => false,
    }
}

/// Whether there are brackets at a token with nothing but integers in them, and calls of functions with such.
fn is_of_integers(tokens: &[Token<'_>], at: usize) -> bool {
    let mut depth = 0_usize;
    for (number, token) in tokens.iter().enumerate().skip(at) {
        match token {
            Token::Sign("(") => depth += 1,
            _ if depth == 0 => return false,
            Token::Sign(")") if depth == 1 => return true,
            Token::Sign(")") => depth -= 1,
            Token::Name(_) if tokens.get(number + 1) == Some(&Token::Sign("(")) => {}
            Token::Name(_) | Token::Sign("/") => return false,
            Token::Number(number) if number.contains('.') => return false,
            _ => {}
        }
    }
    depth > 0
}

/// Where the brackets open that close in front of a token.
fn opening(tokens: &[Token<'_>], at: usize, (open, close): (&str, &str)) -> Option<usize> {
    let mut depth = 0_usize;
    for (number, token) in tokens.iter().enumerate().take(at).rev() {
        match token {
            Token::Sign(sign) if *sign == close => depth += 1,
            Token::Sign(sign) if *sign == open => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(number);
                }
            }
            _ if depth == 0 => return None,
            _ => {}
        }
    }
    None
}

/// A name that leads from an object to what is behind it.
fn is_hidden(name: &str) -> bool {
    name.starts_with("__") || ["mro", "f_globals", "f_back", "gi_frame", "func_globals"].contains(&name)
}

fn is_value(token: Option<Token<'_>>) -> bool {
    matches!(token, Some(Token::Name(_) | Token::Number(_) | Token::Text | Token::Sign(")" | "]" | "}")))
}

/// Whether a name is that of an argument: `key=…`.
fn is_keyword(tokens: &[Token<'_>], at: usize) -> bool {
    tokens.get(at + 1) == Some(&Token::Sign("=")) && tokens.get(at + 2) != Some(&Token::Sign("="))
}

/// Whether formulas have a sign: Python passes over others (`eval\` and a new line), or takes them for letters.
fn is_sign(sign: &str) -> bool {
    ["**", "//", "<<", ":=", "->"].contains(&sign)
        || sign.chars().all(|char| "~+-*/|:^()[]{},.<>=!%&@;?".contains(char))
}

/// What is given to `C` behind the column is called, if it can be.
fn contrast(policy: &Policy, tokens: &[Token<'_>], open: usize) -> Option<Harm> {
    let mut depth = 0_usize;
    let mut is_first = true;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match token {
            Token::Sign("(" | "[" | "{") => depth += 1,
            Token::Sign(")" | "]" | "}") => depth = depth.saturating_sub(1),
            Token::Sign(",") if depth == 1 => is_first = false,
            Token::Name(name) if !is_first && depth == 1 && !is_keyword(tokens, at) => {
                let (module, function) = name.rsplit_once('.').unwrap_or(("builtins", name));
                if let Verdict::Denied(denial) = policy.judge(module, function) {
                    return Some(Harm::Does(format!("calls `{name}`, which {}", denial.reason)));
                }
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    None
}

/// What to call a function does, whose arguments begin at a bracket.
fn called(policy: &Policy, name: &str, tokens: &[Token<'_>], open: usize) -> Option<Harm> {
    if name.ends_with("pow") && is_of_integers(tokens, open) {
        return Some(Harm::Does("raises a number to a high power".to_owned()));
    }
    let calls = || Some(Harm::Calls(format!("`{name}`")));
    let Some((module, function)) = name.rsplit_once('.') else {
        if FUNCTIONS.contains(&name) {
            return None;
        }
        return match policy.judge("builtins", name) {
            Verdict::Denied(denial) => Some(Harm::Does(format!("calls `{name}`, which {}", denial.reason))),
            Verdict::Allowed if size_of("builtins", name).is_none() => None,
            _ => calls(),
        };
    };
    if module == "contr" && CONTRASTS.contains(&function) {
        return None;
    }
    let module = match module {
        "np" => "numpy",
        "pd" => "pandas",
        "sp" => "scipy",
        module => module,
    };
    match policy.judge(module, function) {
        Verdict::Denied(denial) => Some(Harm::Does(format!("calls `{name}`, which {}", denial.reason))),
        // Others are harmless as picklers call them.
        Verdict::Allowed | Verdict::AllowedAs(Shape::Uncalled | Shape::Kept | Shape::Cached)
            if size_of(module, function).is_none() =>
        {
            None
        }
        _ if module == "numpy" && FUNCTIONS.contains(&function) => None,
        _ => calls(),
    }
}

/// Splits a text. A string that does not end is one to the end.
fn split(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (token, length) = match first {
            '\'' | '"' => (Token::Text, string(rest, first)),
            // A name of any characters, in formulas.
            '`' => {
                let end = rest[1..].find('`').map_or(rest.len(), |at| at + 1);
                (Token::Name(&rest[1..end]), rest.len().min(end + 1))
            }
            _ if first.is_ascii_digit() => number(rest),
            _ if first.is_alphabetic() || first == '_' => name(rest),
            _ => {
                let pair = rest.get(..2).filter(|pair| ["**", "//", "<<", ":=", "->"].contains(pair));
                let length = pair.map_or(first.len_utf8(), str::len);
                (Token::Sign(&rest[..length]), length)
            }
        };
        tokens.push(token);
        rest = rest[length..].trim_start();
    }
    tokens
}

fn number(text: &str) -> (Token<'_>, usize) {
    let is_part = |char: char| char.is_ascii_alphanumeric() || char == '.' || char == '_';
    let length = text.find(|char| !is_part(char)).unwrap_or(text.len());
    (Token::Number(&text[..length]), length)
}

/// A name with its attributes, or the letters in front of a string.
fn name(text: &str) -> (Token<'_>, usize) {
    let is_part = |char: char| char.is_alphanumeric() || char == '_' || char == '.';
    let length = text.find(|char| !is_part(char)).unwrap_or(text.len());
    let (name, rest) = text.split_at(length);
    match rest.chars().next() {
        Some(quote @ ('\'' | '"'))
            if name.len() <= 2 && name.bytes().all(|byte| byte.is_ascii_alphabetic()) =>
        {
            let token = if name.contains(['f', 'F', 't', 'T']) { Token::Evaluated } else { Token::Text };
            (token, length + string(rest, quote))
        }
        _ => (Token::Name(name), length),
    }
}

/// The length of a string in quotes.
fn string(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, char) in text.char_indices().skip(1) {
        match char {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            _ if char == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Option<Harm> {
        judge(&Policy::default(), text)
    }

    #[test]
    fn formulas() {
        for text in [
            "y ~ x",
            "np.log(y) ~ C(region, Treatment(reference='b')) + x:z + I(x ** 2) - 1",
            "Lottery ~ Literacy + np.log(Pop1831) + (a + b)**2",
            "y ~ bs(x, df=4, degree=3) + Q('weight (kg)') + center(z)",
            "{x + 1} + `a b` * c[0]",
            "2*amp / sqrt(pi) * exp(-x**2/sigma)",
            "a.T + b if a > 0 else 3.5e3**b",
            "sqrt(2**(1/expon)-1)*2*sigma + 2*sigma*sqrt(2**(1.0/max(1e-3, beta))-1)",
            "(amplitude/(max(1e-15, sigma*sqrt(2*pi))))*real(wofz((1j*gamma)/(sigma*sqrt(2))))",
            "C(g, contr.treatment('a')) + 2**sqrt(x)",
            "C(x, Treatment('a')) * z + Q('a b') % 2 + a %in% b",
            "close ~ open + C(open, Treatment, levels=[1, 2]) + (high <= low) + größe + pow(x, 2) + max(a, b)",
            "C(x, contrast=Sum) + (a == b) + bs(x, df=4)**2",
            "x**2 + y**2 + z**2 + w**2 + (x + y)**2 + (x - y)**2 + 10**-3.5 * 2**x",
            "",
        ] {
            assert_eq!(said(text), None, "{text}");
        }
    }

    #[test]
    fn what_runs_code() {
        for text in [
            "y ~ __import__('os').system('id')",
            "exec('x')",
            "y ~ I(eval('1'))",
            "os.system('id')",
            "open('/etc/passwd').read()",
            "().x",
            "(1).__class__",
            "x.__class__",
            "'{0}'.format(x)",
            "f'{x}'",
            "[i for i in a]",
            "(lambda: 1)()",
            "(x)(1)",
            "a[0](1)",
            "9**9**9",
            "9**(9**9)",
            "9**abs(9**9)",
            "9**(9**9//1)",
            "((9**64)**64)**64**1",
            "1 << 9",
            "[0]*9",
            "99999999999*'a'",
            "('a')*99999999999",
            "99999999999*[0]",
            "9*([0] + [1])",
            "'%99999999999d' % 1",
            "('%99999999999d') % x",
            "np.load('x')",
            "C (open ('a'))",
            "y ~ max(['x'], key=eval)",
            "sorted(['x'], key = exec)",
            "max(['x'], ｋey=eval)",
            "min(x, **{'key': eval})",
            "sorted(x, **z)",
            "C(x, breakpoint)",
            "C(x, (z), contrast=os.abort)",
            "I(eval #\n('1'))",
            "eval\\\n('1')",
            "x._＿class__",
            "pow(9, 9999999999)",
        ] {
            assert!(matches!(said(text), Some(Harm::Does(_))), "{text}: {:?}", said(text));
        }
    }

    #[test]
    fn what_nobody_knows() {
        for text in [
            "mine(x)",
            "np.zeros(10)",
            "a.b(x)",
            "bytes(9)",
            "functools.reduce(f, x)",
            "np.mask_indices(2, f)",
        ] {
            assert!(matches!(said(text), Some(Harm::Calls(_))), "{text}: {:?}", said(text));
        }
    }

    #[test]
    fn functions_are_listed_once() {
        let mut names = FUNCTIONS.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FUNCTIONS.len());
    }
}
