//! Whether a text may be the encoding of a pickle or of an archive: base64, hexadecimal digits, escapes of a program. A look at
//! its beginning, of a bounded length; to decode it is for others.

use pickle_ops::{FaultKind, Opcode, Reader, sextet};

use super::{BEGINNINGS, MAGICS, begins_as_container};

/// Fewer characters are no pickle that calls anything: `cos\nfork\n)R.` takes sixteen in base64.
const SHORTEST: usize = 16;

/// Characters that are looked at; a multiple of four.
const HEAD: usize = 64;

/// What the first character may be: of base64 and of digits, that of what pickles and archives begin with; of escapes, `b` or
/// a backslash; and blanks and quotes, which may stand before all of them.
const FIRST: [bool; 256] = {
    let mut table = [false; 256];
    let first = b"gHeQ/_UKBkXfbYZS0123456789dDF\\'\" \r\n\t";
    let mut at = 0;
    while at < first.len() {
        table[first[at] as usize] = true;
        at += 1;
    }
    table
};

/// Of all bytes, those that a pickle or an archive begins with.
const BEGINS: [bool; 256] = {
    let mut table = [false; 256];
    table[0x80] = true;
    let mut at = 0;
    while at < BEGINNINGS.len() {
        table[BEGINNINGS[at] as usize] = true;
        at += 1;
    }
    at = 0;
    while at < MAGICS.len() {
        table[MAGICS[at][0] as usize] = true;
        at += 1;
    }
    table
};

/// Whether `text` may be the encoding of a pickle, or of what holds one.
#[inline(always)]
pub(super) fn is_suspect(text: &[u8]) -> bool {
    text.len() >= SHORTEST && FIRST[text[0] as usize] && is_worth_decoding(text[0], text[1]) && begins(text)
}

/// Whether bytes that begin so may be a pickle or an archive, or the encoding of one.
pub(super) fn may_begin(first: u8) -> bool {
    BEGINS[first as usize] || FIRST[first as usize]
}

/// Whether the byte that the first two characters begin is one of [`BEGINS`]. Most texts show so that there is nothing in them.
fn is_worth_decoding(first: u8, second: u8) -> bool {
    let by = |byte: u32| BEGINS[(byte & 0xff) as usize];
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    match (sextet(first).map(u32::from), sextet(second).map(u32::from)) {
        (Some(high), Some(low)) if by(high << 2 | low >> 4) => true,
        (Some(_), Some(_)) => match (nibble(first), nibble(second)) {
            (Some(high), Some(low)) => by(high << 4 | low),
            _ => matches!((first, second), (b'0', b'x')),
        },
        // A blank, a quote, or an escape.
        _ => true,
    }
}

#[cold]
fn begins(text: &[u8]) -> bool {
    let head = text[..text.len().min(2 * HEAD)].trim_ascii_start();
    let head = head.strip_prefix(b"b").filter(|rest| is_quote(rest)).unwrap_or(head);
    let head = if is_quote(head) { &head[1..] } else { head };
    let head = &head[..head.len().min(HEAD)];
    let mut buffer = [0; HEAD];
    if head.starts_with(b"\\x80") {
        return true;
    }
    if hex(head, &mut buffer).is_some_and(|len| is_beginning(&buffer[..len], || text_ends_in_2e(text))) {
        return true;
    }
    base64(head, &mut buffer).is_some_and(|len| is_beginning(&buffer[..len], || base64_ends_in_stop(text)))
}

fn is_quote(text: &[u8]) -> bool {
    matches!(text, [b'"' | b'\'', ..])
}

/// Writes the bytes that digits stand for into a buffer; how many, or `None` for what are no digits.
fn hex(text: &[u8], buffer: &mut [u8; HEAD]) -> Option<usize> {
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let digits = text.iter().take_while(|byte| !matches!(byte, b'"' | b'\''));
    let mut digits = digits.filter(|byte| !b" \r\n\t:,".contains(byte));
    let mut len = 0;
    while let Some(high) = digits.next() {
        let Some(low) = digits.next() else { break };
        let nibble = |digit: u8| char::from(digit).to_digit(16);
        buffer[len] = (nibble(*high)? << 4 | nibble(*low)?) as u8;
        len += 1;
    }
    Some(len)
}

/// The same of base64.
fn base64(text: &[u8], buffer: &mut [u8; HEAD]) -> Option<usize> {
    let (mut bits, mut held, mut len) = (0u32, 0, 0);
    for &byte in text.iter().filter(|byte| !matches!(byte, b'\r' | b'\n')) {
        if matches!(byte, b'=' | b'"' | b'\'') {
            break;
        }
        bits = bits << 6 | u32::from(sextet(byte)?);
        held += 6;
        if held >= 8 {
            held -= 8;
            buffer[len] = (bits >> held) as u8;
            len += 1;
            bits &= (1 << held) - 1;
        }
    }
    Some(len)
}

/// The text up to its last character that stands for anything.
fn trimmed(text: &[u8]) -> &[u8] {
    let padding = |byte: &u8| b"=\"' \r\n\t".contains(byte);
    let behind = text.iter().rev().take(HEAD).take_while(|byte| padding(byte)).count();
    &text[..text.len() - behind]
}

fn text_ends_in_2e(text: &[u8]) -> bool {
    matches!(trimmed(text), [.., b'2', b'e' | b'E'])
}

/// Whether the last byte may be `STOP`: how many bits of the last characters count is not known without padding.
fn base64_ends_in_stop(text: &[u8]) -> bool {
    let [.., first, second] = trimmed(text) else { return false };
    let (Some(first), Some(second)) = (sextet(*first), sextet(*second)) else { return false };
    let bits = u32::from(first) << 6 | u32::from(second);
    [bits, bits >> 2, bits >> 4].into_iter().any(|byte| byte & 0xff == u32::from(b'.'))
}

/// Whether nothing speaks against a pickle or an archive that begins with these bytes. One that does not say so has to end as
/// one as well: `ends_in_stop`.
fn is_beginning(head: &[u8], ends_in_stop: impl Fn() -> bool) -> bool {
    match head {
        [0x80, 2..=5, ..] => is_divided(&head[2..]),
        [first, ..] if BEGINNINGS.contains(first) && is_divided(head) && ends_in_stop() => true,
        _ => begins_as_container(head),
    }
}

/// Whether all that is there can be divided into ops, up to a `STOP` or to where it is cut off.
fn is_divided(head: &[u8]) -> bool {
    let mut reader = Reader::new(head, 0);
    loop {
        match reader.next_op() {
            Ok(op) if op.opcode == Opcode::Stop => return true,
            Ok(_) => {}
            Err(fault) => return !matches!(fault.kind, FaultKind::UnknownOpcode(_)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings() {
        for text in [
            "gASVIgAAAAAAAACMBXBvc2l4",
            "\ngASVIgAAAAAA\nAACMBXBvc2l4",
            "'gASVIgAAAAAAAACMBXBvc2l4'",
            "Y29zCnN5c3RlbQooUydpZCcKdFIu",
            "80049522000000000000008c05",
            "80 04 95 22 00 00 00 00 00 00 00 8c 05",
            "0x80049522000000000000008c05",
            "1f8b08002805026b02ff",
            "1F8B08002805026B02FF",
            "eJxrYJmqxAABPawF+cWZFVN6",
            "_Td6WFoAAATm1rRGAgAhARYA",
            "XQAAgAD//////////wBAAQ5v",
            r"b'\x80\x04]\x94.'__________",
        ] {
            assert!(is_suspect(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn other_texts() {
        for text in [
            "gASV",
            "a plain sentence of some words",
            "Keys of a dictionary, sixteen of them",
            "f0e1d2c3b4a5968778695a4b3c2d1e0f",
            "iVBORw0KGgoAAAANSUhEUgAA",
            "/usr/lib/python3/dist-packages",
            "gABBBBBBBBBBBBBBBBBBBBBB",
            "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
            "2024-01-01T00:00:00.000000",
        ] {
            assert!(!is_suspect(text.as_bytes()), "{text}");
        }
    }
}
