//! Patterns that repeat what is repeated, and nothing else: `(a+)+b`. There is no end to the ways in which they divide a text that does not
//! match: each character more doubles the time. No pattern of a library is such; what has anything else in the group is left alone.

/// What is known of a group, or of the pattern.
#[derive(Clone, Copy, Default)]
struct Group {
    /// Items so far.
    items: usize,
    /// What the last one is.
    last: Item,
    /// Whether there are alternatives, or it is none that gives characters back.
    is_other: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Item {
    #[default]
    Plain,
    /// Repeated without an end.
    Endless,
    /// A group in which there is no more than what is.
    HoldsEndless,
}

/// Groups in each other: `re` takes no more.
const DEEPEST: usize = 1000;

/// Whether a pattern repeats without an end what is repeated so, and goes on behind it.
pub(super) fn repeats_repeats(pattern: &str) -> bool {
    let mut rest = pattern;
    // How much is left where the last character is to come that a text has to match.
    let last = pattern.rfind(|character| !")*+?".contains(character));
    let end = last.map_or(usize::MAX, |last| pattern.len() - last);
    let mut groups = vec![Group::default()];
    while let Some(character) = rest.chars().next() {
        rest = &rest[character.len_utf8()..];
        let Some(group) = groups.last_mut() else { return false };
        match character {
            '(' => match opened(&mut rest) {
                _ if groups.len() > DEEPEST => return false,
                Some(is_other) => groups.push(Group { is_other, ..Group::default() }),
                None => {}
            },
            ')' => {
                let is_held = group.items == 1 && !group.is_other && group.last != Item::Plain;
                groups.pop();
                let Some(around) = groups.last_mut() else { return false };
                around.items += 1;
                around.last = if is_held { Item::HoldsEndless } else { Item::Plain };
            }
            '|' => *group = Group { is_other: true, ..Group::default() },
            '*' | '+' | '?' | '{' if group.items > 0 && is_repeat(character, rest) => {
                let is_endless = match character {
                    '{' => counts(&mut rest),
                    _ => character != '?',
                };
                let is_possessive = rest.starts_with('+');
                rest = rest.strip_prefix(['?', '+']).unwrap_or(rest);
                if is_endless && group.last == Item::HoldsEndless && rest.len() >= end {
                    return true;
                }
                group.last = if is_endless && !is_possessive { Item::Endless } else { Item::Plain };
            }
            _ => {
                match character {
                    '\\' => rest = rest.get(rest.chars().next().map_or(0, char::len_utf8)..).unwrap_or(""),
                    '[' => rest = behind_class(rest),
                    _ => {}
                }
                group.items += 1;
                group.last = Item::Plain;
            }
        }
    }
    false
}

/// Goes on behind what a group begins with. Gives whether it is one that gives no characters back; `None`: it is none.
fn opened(rest: &mut &str) -> Option<bool> {
    let Some(kind) = rest.strip_prefix('?') else { return Some(false) };
    if let Some(name) = kind.strip_prefix("P<") {
        *rest = name.split_once('>').map_or("", |(_, rest)| rest);
        return Some(false);
    }
    if kind.starts_with('#') {
        *rest = kind.split_once(')').map_or("", |(_, rest)| rest);
        return None;
    }
    // Flags, for the group or all of the pattern.
    let flags = kind.trim_start_matches(|flag: char| flag.is_ascii_lowercase() || "-LP".contains(flag));
    if let Some(all) = flags.strip_prefix(')') {
        *rest = all;
        return None;
    }
    *rest = flags.strip_prefix(':').unwrap_or(kind);
    Some(!flags.starts_with(':'))
}

/// Whether a character says how often; a brace does only with numbers in it.
fn is_repeat(character: char, rest: &str) -> bool {
    let count = rest.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b',').count();
    character != '{' || count > 0 && rest.as_bytes().get(count) == Some(&b'}')
}

/// Goes on behind the numbers in braces; whether there is no highest one.
fn counts(rest: &mut &str) -> bool {
    let (inside, behind) = rest.split_once('}').unwrap_or((rest, ""));
    *rest = behind;
    inside.ends_with(',')
}

/// What is behind a class.
fn behind_class(rest: &str) -> &str {
    let inside = rest.strip_prefix('^').unwrap_or(rest);
    let mut characters = inside.char_indices().skip(usize::from(inside.starts_with(']')));
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => _ = characters.next(),
            ']' => return &inside[at + 1..],
            _ => {}
        }
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a look at all that follows for each character, this would take hours.
    #[test]
    fn long_patterns() {
        for part in ["a*", "{", "(a*)*", "*", "(", "(?i", "[", "(?:a*){1", "\\\\"] {
            assert_eq!(repeats_repeats(&part.repeat(300_000)), part == "(a*)*", "{part}");
        }
        assert!(!repeats_repeats(&["(".repeat(900), "a".to_owned(), "*)".repeat(300_000)].concat()));
    }

    #[test]
    fn patterns_without_an_end() {
        for pattern in [
            "(a+)+$",
            "(.*)*x",
            "^(?:[a-z]+)*!",
            "(?P<name>\\w+)+\\d",
            "((?:(a*)))+b",
            "(a{2,})*b",
            "x(?i:[^]+]*?)+?y",
            "(?i)(\\s+){3,}z",
            "(?#no)(a+)+b",
            "((a+)+)b",
        ] {
            assert!(repeats_repeats(pattern), "{pattern}");
        }
    }

    /// As libraries have them.
    #[test]
    fn patterns_that_come_to_an_end() {
        for pattern in [
            "(?u)\\b\\w\\w+\\b",
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            "(?:[^\\s()<>]+|\\(([^\\s()<>]+|(\\([^\\s()<>]+\\)))*\\))+",
            "([a-z]+,)*[a-z]+",
            "(a+)+",
            "(a+)?b",
            "(a+){2,3}b",
            "(?:a++)+b",
            "(?>a+)+b",
            "(?=a+)+b",
            "(a+|b)*c",
            "([a+]+x)*",
            "\\(a+\\)+b",
            "[(]a+[)]+b",
            "(a{x,})*b",
            "(",
            ")",
            "(?",
            "[",
            "\\",
            "*a",
        ] {
            assert!(!repeats_repeats(pattern), "{pattern}");
        }
    }
}
