//! What files of weights say of themselves: the metadata of safetensors, of which libraries make objects as they do of texts, and the
//! templates of chats in GGUF. The weights are of no interest.

use std::borrow::Cow;

use super::{json, recipes};
use crate::budget::Budget;
use crate::bytes::{Order, span};
use crate::code::{Code, Loader};

/// The names of the formats.
pub(crate) const SAFETENSORS: &str = "safetensors";
pub(crate) const GGUF: &str = "GGUF";

/// What keys of templates have in them.
pub(crate) const TEMPLATE: &str = "chat_template";

/// Hands out what a file of this format names or has evaluated.
pub(crate) fn tell(format: &str, bytes: &[u8], budget: &mut Budget<'_>) {
    match format {
        SAFETENSORS => of_safetensors(bytes, budget),
        GGUF => of_gguf(bytes, budget),
        _ => {}
    }
}

fn hand_out(loader: Loader, bytes: Cow<'_, [u8]>, budget: &mut Budget<'_>) {
    budget.code(Code { member: None, offset: Some(0), loader, bytes });
}

/// The texts in the header, which is JSON behind its length.
fn of_safetensors(bytes: &[u8], budget: &mut Budget<'_>) {
    let len = Order::Little.u64_at(bytes, 0).and_then(|len| usize::try_from(len).ok());
    let Some(header) = len.and_then(|len| span(bytes, 8, len)) else { return };
    // Few have any: names of tensors and their types have no braces and no colons.
    json::find(header, |_, text| {
        if text.contains([':', '{']) && recipes::names_any(text.as_bytes(), false) {
            hand_out(Loader::Recipe, Cow::Borrowed(text.as_bytes()), budget);
        }
        false
    });
}

/// The templates among the keys and values behind the header.
fn of_gguf(bytes: &[u8], budget: &mut Budget<'_>) {
    let mut reader = Gguf { bytes, order: Order::Little, is_old: false, at: 4 };
    let version = Order::Little.u32_at(bytes, 4).unwrap_or_default();
    if version > 0xFFFF {
        reader.order = Order::Big;
    }
    reader.is_old = version == 1 || version == 1 << 24;
    reader.at = 8;
    let Some(count) = reader.count().and_then(|_| reader.count()) else { return };
    for _ in 0..count {
        if budget.is_interrupted() || reader.pair(budget).is_none() {
            return;
        }
    }
}

/// Reads keys and values of GGUF (its specification, `gguf.md`).
struct Gguf<'a> {
    bytes: &'a [u8],
    order: Order,
    /// Lengths are of four bytes in version 1.
    is_old: bool,
    at: usize,
}

/// The numbers of types.
const TEXT: u32 = 8;
const ARRAY: u32 = 9;

impl<'a> Gguf<'a> {
    fn count(&mut self) -> Option<u64> {
        let (count, width) = if self.is_old {
            (u64::from(self.order.u32_at(self.bytes, self.at)?), 4)
        } else {
            (self.order.u64_at(self.bytes, self.at)?, 8)
        };
        self.at += width;
        Some(count)
    }

    fn number(&mut self) -> Option<u32> {
        let number = self.order.u32_at(self.bytes, self.at)?;
        self.at += 4;
        Some(number)
    }

    fn text(&mut self) -> Option<&'a [u8]> {
        let len = usize::try_from(self.count()?).ok()?;
        let text = span(self.bytes, self.at, len)?;
        self.at += len;
        Some(text)
    }

    fn pair(&mut self, budget: &mut Budget<'_>) -> Option<()> {
        let key = self.text()?;
        let is_template = memchr::memmem::find(key, TEMPLATE.as_bytes()).is_some();
        match self.number()? {
            TEXT => {
                let text = self.text()?;
                if is_template {
                    hand_out(Loader::Template, Cow::Borrowed(text), budget);
                }
            }
            ARRAY => {
                let (kind, count) = (self.number()?, self.count()?);
                if kind == TEXT {
                    for _ in 0..count {
                        self.text()?;
                    }
                } else {
                    self.skip(kind, count)?;
                }
            }
            kind => self.skip(kind, 1)?,
        }
        Some(())
    }

    /// Passes over numbers.
    fn skip(&mut self, kind: u32, count: u64) -> Option<()> {
        let width = match kind {
            0 | 1 | 7 => 1,
            2 | 3 => 2,
            4..=6 => 4,
            10..=12 => 8,
            _ => return None,
        };
        let len = usize::try_from(count.checked_mul(width)?).ok()?;
        self.at = self.at.checked_add(len).filter(|at| *at <= self.bytes.len())?;
        Some(())
    }
}

/// Whether a text of this name is a template as a whole.
pub(crate) fn is_template(name: Option<&str>) -> bool {
    let ending = name.and_then(|name| name.rsplit_once('.')).map_or("", |(_, ending)| ending);
    ["jinja", "jinja2"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// Hands out the templates in a text of this name: of a tokenizer, as JSON or by itself.
pub(crate) fn templates(name: Option<&str>, text: &[u8], budget: &mut Budget<'_>) {
    if is_template(name) {
        hand_out(Loader::Template, Cow::Borrowed(text), budget);
    }
    if memchr::memmem::find(text, TEMPLATE.as_bytes()).is_none() {
        return;
    }
    json::find(text, |key, value| {
        // Several have names: `[{"name": "default", "template": "…"}]`.
        if (key == TEMPLATE || key == "template") && value.contains('{') {
            hand_out(Loader::Template, Cow::Borrowed(value.as_bytes()), budget);
        }
        false
    });
}

#[cfg(test)]
mod tests {
    use crate::code::{Code, Loader};
    use crate::{Item, Limits};

    /// What is handed out of a file of this name.
    fn told(name: &str, bytes: &[u8]) -> Vec<(Loader, String)> {
        let mut all = Vec::new();
        let input = crate::Input::new(Some(name.to_owned()), bytes);
        crate::visit(&input, &Limits::default(), &|| false, &mut |item| {
            if let Item::Code(Code { loader, bytes, .. }) = item {
                all.push((loader, String::from_utf8_lossy(&bytes).into_owned()));
            }
        });
        all
    }

    fn gguf(key: &str, template: &str) -> Vec<u8> {
        let text = |text: &str| [&(text.len() as u64).to_le_bytes(), text.as_bytes()].concat();
        let list =
            [text("tokens"), [9u32, 8].iter().flat_map(|number| number.to_le_bytes()).collect()].concat();
        let list = [list, 2u64.to_le_bytes().to_vec(), text("a"), text("b")].concat();
        let numbers = [text("sizes"), 4u32.to_le_bytes().to_vec(), vec![1; 4]].concat();
        let pair = [text(key), 8u32.to_le_bytes().to_vec(), text(template)].concat();
        let head = [b"GGUF".to_vec(), 3u32.to_le_bytes().to_vec(), vec![0; 8], 3u64.to_le_bytes().to_vec()];
        [head.concat(), list, numbers, pair].concat()
    }

    #[test]
    fn templates_of_gguf() {
        let template = (Loader::Template, "{{ a }}".to_owned());
        assert_eq!(told("m.gguf", &gguf("tokenizer.chat_template.tool", "{{ a }}")), [template]);
        assert_eq!(told("m.gguf", &gguf("general.name", "{{ a }}")), []);
        let whole = gguf("tokenizer.chat_template", "{{ a }}");
        assert!((0..whole.len()).all(|end| told("m.gguf", &whole[..end]).is_empty()));
    }

    #[test]
    fn templates_of_tokenizers() {
        let template = (Loader::Template, "{{ a }}".to_owned());
        let config = br#"{"chat_template": "{{ a }}", "name": "{{ b }}"}"#;
        assert_eq!(told("tokenizer_config.json", config), std::slice::from_ref(&template));
        let several = br#"{"chat_template": [{"name": "x", "template": "{{ a }}"}]}"#;
        assert_eq!(told("tokenizer_config.json", several), std::slice::from_ref(&template));
        assert_eq!(told("chat_template.jinja", b"{{ a }}"), [template]);
        assert_eq!(told("a.txt", b"{{ a }}"), []);
    }

    #[test]
    fn metadata_of_safetensors() {
        let file = |header: &str| [&(header.len() as u64).to_le_bytes(), header.as_bytes()].concat();
        let config = r#"{"_target_": "a.B"}"#;
        let header = format!(r#"{{"__metadata__": {{"config": "{}"}}}}"#, config.replace('"', "\\\""));
        assert_eq!(told("m.safetensors", &file(&header)), [(Loader::Recipe, config.to_owned())]);
        assert_eq!(told("m.safetensors", &file(r#"{"__metadata__": {"format": "pt"}}"#)), []);
    }
}
