//! gmpy2: whole numbers and fractions out of their bytes (`src/gmpy2_binary.c`).

use crate::node::{Argument, Node};
use crate::objects::{Call, Objects};

use super::protocol::bytes_of;

pub(super) fn node(objects: &Objects<'_, '_>, call: &Call<'_, '_>) -> Option<Node> {
    if !matches!(call.callee.as_str(), "gmpy2.from_binary" | "gmpy2.gmpy2.from_binary") {
        return None;
    }
    let &[bytes] = call.arguments.filter(|_| call.is_bare())? else { return None };
    let bytes = bytes_of(objects, bytes)?;
    let (&[kind, flags], digits) = bytes.split_first_chunk()?;
    let sign = match flags {
        0 | 1 => "",
        2 => "-",
        _ => return None,
    };
    let (name, numbers) = match kind {
        1 => ("gmpy2.mpz", vec![number(digits)?]),
        2 => ("gmpy2.xmpz", vec![number(digits)?]),
        3 if flags == 0 => ("gmpy2.mpq", vec![0, 1]),
        3 => {
            let (length, digits) = digits.split_first_chunk()?;
            let (above, below) = digits.split_at_checked(u32::from_le_bytes(*length) as usize)?;
            ("gmpy2.mpq", vec![number(above)?, number(below)?])
        }
        _ => return None,
    };
    let mut signs = std::iter::once(sign).chain(std::iter::repeat(""));
    let written = numbers.iter().map(|number| format!("{}{number}", signs.next().unwrap_or_default()));
    Some(Node::value(name, written.map(|text| Argument::plain(Node::atom("int", text))).collect()))
}

/// A number of up to 16 bytes; longer ones are shown as what they are read from.
fn number(digits: &[u8]) -> Option<u128> {
    let mut bytes = [0; 16];
    bytes.get_mut(..digits.len())?.copy_from_slice(digits);
    Some(u128::from_le_bytes(bytes))
}
