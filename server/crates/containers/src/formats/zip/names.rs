//! Names of zip members: decoding, and what is odd about them. Never changes a name to make it safe.

use crate::fault::{Fault, FaultKind};
use crate::member::{escapes, is_pickle_name};

/// Code page 437 above ASCII, the encoding of names without flag bit 11 (APPNOTE.TXT appendix D).
const CP437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
                     αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// The name as text: UTF-8 where it is that, whatever the flag says, else code page 437.
pub(super) fn decode(raw: &[u8]) -> String {
    let cp437 = |byte: &u8| match byte.checked_sub(0x80) {
        None => char::from(*byte),
        Some(high) => CP437.chars().nth(high.into()).unwrap_or('\u{fffd}'),
    };
    match std::str::from_utf8(raw) {
        Ok(name) => name.to_owned(),
        Err(_) => raw.iter().map(cp437).collect(),
    }
}

/// What readers disagree on, or stumble over, in a name that stands at `at`.
pub(super) fn fault(name: &str, at: usize) -> Option<Fault> {
    if let Some((before, _)) = name.split_once('\0') {
        let message = format!("the name goes on after a NUL, where Python's zipfile ends it: '{before}'");
        return Some(Fault::new(FaultKind::Mismatch, at, message).of(name));
    }
    escapes(name).then(|| {
        Fault::new(FaultKind::PathEscape, at, "the name leads out of the folder it is extracted to").of(name)
    })
}

/// Whether this is raw tensor data of a torch archive (`archive/data/0` beside `archive/data.pkl`): loaders map it
/// as numbers, and it may be gigabytes of anything.
pub(super) fn is_torch_storage(name: &str, roots: &[String]) -> bool {
    let mut parts = name.rsplitn(3, '/');
    let (last, folder, root) =
        (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
    let number = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    number && matches!(folder, "data" | "constants" | "tensors") && roots.iter().any(|known| known == root)
}

/// The folders that hold a `data.pkl`, as torch archives do.
pub(super) fn torch_roots<'a>(names: impl Iterator<Item = &'a str>) -> Vec<String> {
    let root = |name: &'a str| match name {
        "data.pkl" => Some(String::new()),
        _ => name.strip_suffix("/data.pkl").map(str::to_owned),
    };
    let mut roots: Vec<String> = names.filter(|name| is_pickle_name(name)).filter_map(root).collect();
    roots.dedup();
    // One archive has one; a thousand of them would make every look-up a search.
    roots.truncate(16);
    roots
}
