//! Texts in JSON by their keys: all that is asked of descriptions of models. Their nesting is of no interest.

/// The first text that is a value, or in a list that is one, for which `wanted` holds; it is asked with the last key before it.
pub(crate) fn find(json: &[u8], mut wanted: impl FnMut(&str, &str) -> bool) -> Option<String> {
    let (mut key, mut at) = (String::new(), 0);
    while let Some(start) = memchr::memchr(b'"', json.get(at..)?) {
        let (text, next) = string(json, at + start + 1);
        at = next;
        let after = json[at..].iter().find(|byte| !byte.is_ascii_whitespace());
        if after == Some(&b':') {
            key = text;
        } else if wanted(&key, &text) {
            return Some(text);
        }
    }
    None
}

/// Objects in each other that are followed; readers of JSON give up sooner.
const DEEPEST: usize = 4096;

/// Whether `wanted` holds for the texts that one of the objects has under these keys.
pub(crate) fn any_object<const N: usize>(
    json: &[u8],
    keys: [&str; N],
    mut wanted: impl FnMut([Option<&str>; N]) -> bool,
) -> bool {
    let mut objects: Vec<(Option<usize>, [Option<String>; N])> = Vec::new();
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let (text, next) = string(json, at);
                at = next;
                let Some((key, texts)) = objects.last_mut() else { continue };
                if json[at..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':') {
                    *key = keys.iter().position(|known| *known == text);
                } else if let Some(place) = key.and_then(|key| texts.get_mut(key)) {
                    *place = Some(text);
                }
            }
            b'{' if objects.len() == DEEPEST => return false,
            b'{' => objects.push((None, [const { None }; N])),
            b'}' => {
                let texts = objects.pop().map(|(_, texts)| texts);
                if texts.is_some_and(|texts| wanted(texts.each_ref().map(Option::as_deref))) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

/// The text of a string of JSON whose quote lies before `start`, and where it ends.
fn string(json: &[u8], start: usize) -> (String, usize) {
    let (mut text, mut at) = (Vec::new(), start);
    while let Some(byte) = json.get(at).filter(|byte| **byte != b'"') {
        at += 1;
        if *byte != b'\\' {
            text.push(*byte);
            continue;
        }
        let digits = json.get(at + 1..at + 5).and_then(|digits| std::str::from_utf8(digits).ok());
        let code = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        match (json.get(at), code) {
            (Some(b'u'), Some(code)) => {
                let letter = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
                text.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                at += 4;
            }
            (Some(b'n' | b'r' | b't' | b'b' | b'f'), _) => text.push(b' '),
            (Some(other), _) => text.push(*other),
            (None, _) => {}
        }
        at += 1;
    }
    (String::from_utf8_lossy(&text).into_owned(), (at + 1).min(json.len()))
}
