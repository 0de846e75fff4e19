//! Whether an operand in text form is written as picklers write it, so that all readers read the same.

use crate::opcode::Opcode;
use crate::reader::Op;

impl Op<'_> {
    /// Whether a line is of the form that picklers write: digits without leading zeros and blanks, quotes around printable
    /// ASCII, names without blanks, escapes and bytes beyond ASCII. Other opcodes are always plain.
    #[must_use]
    pub fn is_plain_line(&self) -> bool {
        let raw = self.raw;
        match self.opcode {
            Opcode::Int => is_decimal(raw) || matches!(raw, b"00" | b"01"),
            Opcode::Long => is_decimal(raw.strip_suffix(b"L").unwrap_or(raw)),
            Opcode::Get | Opcode::Put => is_decimal(raw) && !raw.starts_with(b"-") && raw.len() < MOST_DIGITS,
            Opcode::Float => is_float(raw),
            Opcode::String => matches!(raw, [b'\'', .., b'\''] | [b'"', .., b'"']) && raw.len() > 1,
            Opcode::PersId => raw.iter().all(|byte| (b' '..=b'~').contains(byte) && *byte != b'\\'),
            Opcode::Global | Opcode::Inst => self.global().is_some_and(|(module, name)| {
                !module.is_empty()
                    && !name.is_empty()
                    && self.raw.iter().all(|&byte| matches!(byte, b'!'..=b'~' | b'\n') && byte != b'\\')
            }),
            _ => true,
        }
    }
}

/// Digits that any slot of 32 bits has, and no more.
const MOST_DIGITS: usize = 11;

fn is_decimal(raw: &[u8]) -> bool {
    let digits = raw.strip_prefix(b"-").unwrap_or(raw);
    match digits {
        [b'0'] => digits.len() == raw.len(),
        [b'1'..=b'9', ..] => digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Digits that are not too large for a float, whatever they are.
const SHORT_FLOAT: usize = 300;

/// Digits and at most one point, which every reader takes for the same finite float.
pub(crate) fn is_fraction(raw: &[u8]) -> bool {
    let number = raw.strip_prefix(b"-").unwrap_or(raw);
    let mut points = 0;
    let mut fits = |byte: &u8| {
        points += usize::from(*byte == b'.');
        byte.is_ascii_digit() || *byte == b'.'
    };
    number.len() < SHORT_FLOAT
        && number.first().is_some_and(u8::is_ascii_digit)
        && number.iter().all(&mut fits)
        && points <= 1
}

/// What `repr(float)` writes, and more of its kind; an exponent of three digits may be too large for some readers.
fn is_float(raw: &[u8]) -> bool {
    let number = raw.strip_prefix(b"-").unwrap_or(raw);
    if matches!(number, b"inf" | b"nan") || is_fraction(raw) {
        return true;
    }
    let plain = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'e' | b'-' | b'+');
    number.first().is_some_and(u8::is_ascii_digit)
        && number.iter().all(plain)
        && std::str::from_utf8(raw).ok().and_then(|text| text.parse::<f64>().ok()).is_some_and(f64::is_finite)
}

#[cfg(test)]
mod tests {
    use crate::Reader;

    fn is_plain(bytes: &[u8]) -> bool {
        Reader::new(bytes, 0).next_op().is_ok_and(|op| op.is_plain_line())
    }

    #[test]
    fn what_picklers_write() {
        for bytes in [
            &b"I-12\n"[..],
            b"I01\n",
            b"L12L\n",
            b"L0L\n",
            b"g12\n",
            b"F1e-07\n",
            b"F-inf\n",
            b"F-0.25\n",
            b"F3\n",
            b"S'a\\'b'\n",
            b"Pid 1\n",
            b"cos.path\njoin\n",
            b"(",
            b"\x8c\x01 ",
        ] {
            assert!(is_plain(bytes), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn what_they_do_not() {
        for bytes in [
            &b"I 1\n"[..],
            b"I010\n",
            b"I0x1\n",
            b"I-0\n",
            b"I\n",
            b"L1\0\n",
            b"g-1\n",
            b"g01\n",
            b"p99999999999\n",
            b"F 1\n",
            b"F1e999\n",
            b"F1.2.3\n",
            b"F.5\n",
            b"F1_0\n",
            b"S'\n",
            b"Sa\n",
            b"P\\x41\n",
            b"co\\x73\nx\n",
            b"ca b\nc\n",
            b"c\nx\n",
            b"cos\0\nx\n",
            b"cG\xc3\xb6\nx\n",
            b"cos\r\nx\n",
        ] {
            assert!(!is_plain(bytes), "{}", bytes.escape_ascii());
        }
    }
}
