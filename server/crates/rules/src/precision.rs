//! Numbers as gmpy2 keeps them (`src/gmpy2_binary.c`, `GMPy_MPANY_From_Binary`): whether the lengths in them fit. Bytes in, what is wrong
//! out.
//!
//! An integer is all that there is. A fraction has the length of its numerator in it, a floating number its precision, and the code that
//! reads them goes by these, beyond the end of the bytes as well.

use crate::boosters::Wrong;

/// Bits of a number that has no digits, as infinity: memory for them is allocated.
const MOST_BITS: u64 = 1 << 26;
/// Exponents are less than that.
const MOST_EXPONENT: u64 = 1 << 62;

/// What in a number leads its reader beyond it.
pub(crate) fn judge(bytes: &[u8]) -> Result<(), Wrong> {
    match bytes {
        [1 | 2, _, ..] | [3, 0] => Ok(()),
        [3, flags, rest @ ..] => fraction(*flags, rest),
        [4, ..] => floating(bytes, 4).map(|_| ()),
        [5, ..] => floating(bytes, 5).and_then(|rest| floating(rest, 5)).map(|_| ()),
        _ => Err("it is no number of gmpy2".to_owned()),
    }
}

/// A numerator with its length before it, and a denominator.
fn fraction(flags: u8, bytes: &[u8]) -> Result<(), Wrong> {
    let (length, rest) = number(bytes, width(flags))?;
    let numerator = usize::try_from(length).unwrap_or(usize::MAX);
    let (_, denominator) = rest.split_at_checked(numerator).ok_or_else(ends)?;
    if denominator.iter().all(|&byte| byte == 0) {
        return Err("it has the denominator 0".to_owned());
    }
    Ok(())
}

/// A number with a precision; what is left behind it.
fn floating(bytes: &[u8], tag: u8) -> Result<&[u8], Wrong> {
    let &[first, flags, _, _, ref rest @ ..] = bytes else { return Err(ends()) };
    if first != tag {
        return Err("it has no second part".to_owned());
    }
    let (precision, rest) = number(rest, width(flags))?;
    if precision == 0 {
        return Err("it has the precision 0".to_owned());
    }
    if flags & IS_REGULAR == 0 {
        let is_small = precision <= MOST_BITS;
        return is_small.then_some(rest).ok_or_else(|| format!("it has a precision of {precision} bits"));
    }
    let (exponent, rest) = number(rest, width(flags))?;
    if exponent >= MOST_EXPONENT {
        return Err(format!("it has the exponent {exponent}"));
    }
    let limb = if flags & HAS_LONG_LIMBS == 0 { 4 } else { 8 };
    let length = precision.div_ceil(8 * limb).saturating_mul(limb);
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let (digits, rest) = rest.split_at_checked(length).ok_or_else(ends)?;
    // Digits begin with a one, and the bits that the precision leaves are none.
    if digits.last().is_none_or(|&byte| byte < 0x80) {
        return Err("its digits begin with 0".to_owned());
    }
    let unused = digits.len() as u64 * 8 - precision;
    let whole = usize::try_from(unused / 8).unwrap_or(usize::MAX);
    let is_clear = digits.iter().take(whole).all(|&byte| byte == 0)
        && digits.get(whole).is_none_or(|&byte| byte & ((1_u8 << (unused % 8)) - 1) == 0);
    is_clear.then_some(rest).ok_or_else(|| "it has more digits than its precision".to_owned())
}

const IS_REGULAR: u8 = 1;
const HAS_LONG_LIMBS: u8 = 0x40;

/// Bytes of the lengths in a number.
fn width(flags: u8) -> usize {
    if flags & 4 == 0 { 4 } else { 8 }
}

/// An integer of some bytes, and what follows it.
fn number(bytes: &[u8], width: usize) -> Result<(u64, &[u8]), Wrong> {
    let (head, rest) = bytes.split_at_checked(width).ok_or_else(ends)?;
    Ok((head.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)), rest))
}

fn ends() -> Wrong {
    "it ends before its digits do".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(bytes: &[u8]) -> String {
        judge(bytes).err().unwrap_or_default()
    }

    /// As `gmpy2.to_binary` writes them: 0, -5, 1/3, -7/9, 0.0, infinity, 1.5, -0.1, 1+2j.
    #[test]
    fn numbers() {
        for number in [
            &b"\x01\0"[..],
            b"\x01\x02\x05",
            b"\x02\x01\x07",
            b"\x03\0",
            b"\x03\x01\x01\0\0\0\x01\x03",
            b"\x03\x02\x01\0\0\0\x07\x09",
            b"\x04\0\0\0\x35\0\0\0",
            b"\x04\x10\0\0\x35\0\0\0",
            b"\x04\x41\0\0\x35\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\xc0",
            b"\x04\x63\x02\0\x35\0\0\0\x03\0\0\0\0\xd0\xcc\xcc\xcc\xcc\xcc\xcc",
            b"\x05\x41\0\0\x35\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\x80\x05\x41\0\0\x35\0\0\0\x02\0\0\0\0\0\0\0\0\0\0\x80",
        ] {
            assert_eq!(wrong(number), "", "{number:?}");
        }
    }

    /// What was read beyond its end, or ended the process, when gmpy2 made a number of it.
    #[test]
    fn what_is_none() {
        for (number, expected) in [
            (&b"\x03\x01\xff\xff\xff\x7f\x01\x03"[..], "it ends before its digits do"),
            (b"\x03\x01\x01\0\0\0\x01\0", "it has the denominator 0"),
            (b"\x03\x01\x01", "it ends before its digits do"),
            (b"\x04\x41\0\0\xff\xff\xff\x7f\x01\0\0\0\0\0\0\0\0\0\0\xc0", "it ends before its digits do"),
            (b"\x04\x41\0\0\x35\0\0\0\x01\0\0\0\0\0\0\0\0\0\0\x40", "its digits begin with 0"),
            (
                b"\x04\x41\0\0\x35\0\0\0\x01\0\0\0\x01\0\0\0\0\0\0\xc0",
                "it has more digits than its precision",
            ),
            (b"\x04\x14\0\0\0\0\0\0\0\x01\0\0", "it has a precision of 1099511627776 bits"),
            (b"\x04\x41\0\0\0\0\0\0\x01\0\0\0", "it has the precision 0"),
            (
                b"\x04\x45\0\0\x35\0\0\0\0\0\0\0\0\0\0\0\0\0\0\xff\0",
                "it has the exponent 18374686479671623680",
            ),
            (b"\x05\0\0\0\x35\0\0\0\x04", "it ends before its digits do"),
            (b"\x05\0\0\0\x35\0\0\0\x04\0\0\0\x35\0\0\0", "it has no second part"),
            (b"\x06\0", "it is no number of gmpy2"),
            (b"", "it is no number of gmpy2"),
        ] {
            assert_eq!(wrong(number), expected, "{number:?}");
        }
    }
}
