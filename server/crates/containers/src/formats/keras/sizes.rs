//! Numbers in descriptions of models of Keras: how many weights a layer has, and what functions are called with.

use super::super::json;
use super::CLASS;
use crate::code::{Called, Mention};

/// Objects and lists in each other that are followed; readers of JSON give up sooner.
const DEEPEST: usize = 4096;

/// Smaller numbers are not told: a layer of any size is made of them.
const SMALLEST: u64 = 1 << 14;

/// Keys with texts: what an object is.
const TEXTS: [&str; 3] = [CLASS, "config", "module"];

/// Keys with numbers that weights are counted by; of a list of numbers, what they come to multiplied.
const FACTORS: [&str; 10] = [
    "units",
    "filters",
    "kernel_size",
    "input_dim",
    "output_dim",
    "num_heads",
    "key_dim",
    "vocabulary_size",
    "hidden_dim",
    "intermediate_dim",
];

/// Keys whose numbers are multiplied.
const PAIRS: [(&str, &str); 4] = [
    ("input_dim", "output_dim"),
    ("num_heads", "key_dim"),
    ("vocabulary_size", "hidden_dim"),
    ("hidden_dim", "intermediate_dim"),
];

/// Which key stands before what comes next.
#[derive(Clone, Copy, PartialEq)]
enum Key {
    Text(usize),
    Factor(usize),
    /// Of the shape of what a layer is given: nothing is made by it.
    Given,
    Other,
}

impl Key {
    fn of(text: &str) -> Self {
        let place = |keys: &[&str]| keys.iter().position(|key| *key == text);
        match (place(&TEXTS), place(&FACTORS)) {
            (Some(place), _) => Self::Text(place),
            (None, Some(place)) => Self::Factor(place),
            (None, None) if text == "build_config" => Self::Given,
            (None, None) => Self::Other,
        }
    }
}

/// An object or a list that has not come to its end.
struct Unfinished {
    is_list: bool,
    key: Key,
    texts: [Option<String>; TEXTS.len()],
    factors: [u64; FACTORS.len()],
    /// The largest number in it, and the most that the numbers of a list in it come to multiplied.
    number: u64,
    product: u64,
    /// What its own numbers come to, of a list.
    own: u64,
}

impl Unfinished {
    fn new(is_list: bool) -> Self {
        Self {
            is_list,
            key: Key::Other,
            texts: [const { None }; TEXTS.len()],
            factors: [0; FACTORS.len()],
            number: 0,
            product: 0,
            own: 1,
        }
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.texts[TEXTS.iter().position(|text| *text == key)?].as_deref()
    }

    fn put(&mut self, number: u64) {
        self.number = self.number.max(number);
        if self.is_list {
            self.own = self.own.saturating_mul(number.max(1));
            self.product = self.product.max(self.own);
        } else if let Key::Factor(place) = self.key {
            self.factors[place] = number;
        }
    }

    /// Takes over what is in an object or a list that ended: what is an object of its own is called with its own numbers.
    fn take(&mut self, inner: &Self) {
        if let (Key::Factor(place), true) = (self.key, inner.is_list) {
            self.factors[place] = inner.own;
        }
        let is_value = inner.text(CLASS).is_none_or(|class| class == "__tuple__");
        if is_value && self.key != Key::Given {
            self.number = self.number.max(inner.number);
            self.product = self.product.max(inner.product);
        }
    }
}

/// Tells `told` the numbers of each object of the description when it ends; whether that says that it is enough.
pub(super) fn sizes(description: &[u8], told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    let mut open: Vec<Unfinished> = Vec::new();
    let mut at = 0;
    while let Some(byte) = description.get(at) {
        at += 1;
        match byte {
            b'"' => {
                let (text, next) = json::string(description, at);
                at = next;
                let is_key = description[at..].iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b':');
                match open.last_mut() {
                    Some(object) if is_key => object.key = Key::of(&text),
                    Some(Unfinished { is_list: false, key: Key::Text(place), texts, .. }) => {
                        texts[*place] = Some(text);
                    }
                    _ => {}
                }
            }
            b'[' | b'{' if open.len() == DEEPEST => return false,
            b'[' | b'{' => open.push(Unfinished::new(*byte == b'[')),
            b']' | b'}' => {
                let Some(ended) = open.pop() else { continue };
                if !ended.is_list && tell(&ended, told) {
                    return true;
                }
                if let Some(outer) = open.last_mut() {
                    outer.take(&ended);
                }
            }
            b'0'..=b'9' => {
                let rest = &description[at - 1..];
                let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
                let length = rest.iter().position(|byte| !is_of_number(byte)).unwrap_or(rest.len());
                at += length - 1;
                if let Some(object) = open.last_mut() {
                    object.put(number(&rest[..length]));
                }
            }
            // What is less than nothing is no size.
            b'-' => {
                while description.get(at).is_some_and(u8::is_ascii_digit) {
                    at += 1;
                }
            }
            _ => {}
        }
    }
    false
}

/// A number as a count: what is too large is the largest.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "both are what is wanted")]
fn number(digits: &[u8]) -> u64 {
    let number: f64 = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).unwrap_or(0.0);
    number as u64
}

/// Tells what an object that ended has.
fn tell(object: &Unfinished, told: &mut dyn FnMut(Mention<'_>) -> bool) -> bool {
    for (key, number) in FACTORS.iter().zip(object.factors).filter(|(_, number)| *number >= SMALLEST) {
        if told(Mention { what: Called::Weights { number, is_product: false }, text: key, at: 0 }) {
            return true;
        }
    }
    let factor = |key| FACTORS.iter().position(|factor| *factor == key).map_or(0, |at| object.factors[at]);
    for (one, other) in PAIRS {
        let number = factor(one).saturating_mul(factor(other));
        let text = format!("{one} * {other}");
        let what = Called::Weights { number, is_product: true };
        if number >= SMALLEST && told(Mention { what, text: &text, at: 0 }) {
            return true;
        }
    }
    let class = object.text(CLASS);
    let name = if class == Some("function") { object.text("config") } else { class };
    let (Some(module), Some(name)) = (object.text("module"), name) else { return false };
    let (number, product) = (object.number, object.product);
    let what = Called::Sizes { module, name, number, product };
    number.max(product) >= SMALLEST && told(Mention { what, text: name, at: 0 })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(description: &str) -> Vec<String> {
        let mut all = Vec::new();
        sizes(description.as_bytes(), &mut |mention| {
            all.push(match mention.what {
                Called::Sizes { module, name, number, product } => {
                    format!("{module}.{name} {number} {product}")
                }
                Called::Weights { number, .. } => format!("{} {number}", mention.text),
                _ => String::new(),
            });
            false
        });
        all
    }

    #[test]
    fn numbers_that_functions_are_called_with() {
        let call = |arguments: &str| {
            told(&format!(
                r#"{{"layers": [{{"module": "keras.ops", "class_name": "function", "config": "f", "build_config": {{"a": [99999]}},
                    "inbound_nodes": [{{"args": [{arguments}], "kwargs": {{}}}}]}}], "b": 99999}}"#
            ))
        };
        assert_eq!(call("[100000, 200000]"), ["keras.ops.f 200000 20000000000"]);
        assert_eq!(call("[1.0], 3e9"), ["keras.ops.f 3000000000 3000000000"]);
        assert_eq!(call(r#"{"class_name": "__tuple__", "items": [0, 70000]}"#), ["keras.ops.f 70000 70000"]);
        let tensor = r#"{"class_name": "__keras_tensor__", "config": {"shape": [null, 1024, 1024]}}"#;
        for small in [tensor, "[12, 12]", "-1000000000, -1e9", "\"[99999]\""] {
            assert_eq!(call(small), [""; 0], "{small}");
        }
        assert_eq!(told(&"[".repeat(100_000)), [""; 0]);
        assert_eq!(told(&format!("{{\"units\": {}}}", "9".repeat(400))), [format!("units {}", u64::MAX)]);
    }

    #[test]
    fn weights() {
        assert_eq!(told(r#"{"units": 2000000000, "seed": 9000000000}"#), ["units 2000000000"]);
        assert_eq!(told(r#"{"input_dim": 1000, "output_dim": 100}"#), ["input_dim * output_dim 100000"]);
        assert_eq!(told(r#"{"kernel_size": [1000, 1000]}"#), ["kernel_size 1000000"]);
        assert_eq!(told(r#"{"units": 64, "kernel_size": [3, 3], "input_dim": null}"#), [""; 0]);
    }
}
