//! The hashes of CPython that follow from a value alone (64 bits, from 3.8 on): numbers, tuples and frozensets. Those of texts are
//! other ones in each process.

use pickle_ops::Integer;

/// Hashes of numbers are modulo this prime (`_PyHASH_MODULUS`).
const PRIME: u64 = (1 << 61) - 1;

/// A number modulo the prime, as sign and residue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Residue {
    negative: bool,
    rest: u64,
}

impl Residue {
    pub(super) fn new(negative: bool, rest: u64) -> Self {
        Self { negative, rest: rest % PRIME }
    }

    /// Of an integer; text is read digit by digit, so that its length costs no more than to look at it.
    pub(super) fn of(integer: Integer<'_>) -> Self {
        match integer {
            Integer::Small(value) => Self::new(value < 0, value.unsigned_abs()),
            Integer::Binary(raw) => of_binary(raw),
            Integer::Digits(text) => of_digits(text),
        }
    }

    /// Of a float that is a number (`_Py_HashDouble`).
    pub(super) fn of_float(value: f64) -> Self {
        const FRACTION: u32 = f64::MANTISSA_DIGITS - 1;
        let bits = value.to_bits();
        let (fraction, exponent) = (bits & ((1 << FRACTION) - 1), (bits >> FRACTION & 0x7ff) as i64);
        let whole = if exponent == 0 { fraction } else { fraction | 1 << FRACTION };
        let power = exponent.max(1) - 1075;
        Self::new(value < 0.0, multiply(whole, power_of_two(power)))
    }

    /// Of an integer in text; with radix 10 also of a decimal number, or a ratio of two integers: what `Decimal` and `Fraction` take.
    pub(super) fn of_text(text: &str, radix: u32) -> Option<Self> {
        let text = text.trim();
        if radix != 10 {
            let digits = text.trim_start_matches(['-', '+']);
            let is_number = !digits.is_empty() && digits.chars().all(|digit| digit.is_digit(radix));
            let values = digits.chars().filter_map(|digit| digit.to_digit(radix));
            let rest = values.fold(0, |rest, digit| append(rest, radix, digit));
            return is_number.then_some(Self { negative: text.starts_with('-'), rest });
        }
        if let Some((above, below)) = text.split_once('/') {
            return Some(Self::of_decimal(above)?.over(Self::of_decimal(below)?));
        }
        Self::of_decimal(text)
    }

    fn of_decimal(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
        let unsigned = whole.strip_prefix(['-', '+']).unwrap_or(whole);
        if !is_number(unsigned) || !is_number(fraction) || unsigned.len() + fraction.len() == 0 {
            return None;
        }
        let digits = unsigned.bytes().chain(fraction.bytes()).filter(u8::is_ascii_digit);
        let rest = digits.fold(0, |rest, digit| append(rest, 10, u32::from(digit - b'0')));
        let exponent = exponent.checked_sub_unsigned(fraction.len() as u64)?;
        let scale = power(10, exponent.unsigned_abs());
        let scale = if exponent < 0 { inverse(scale) } else { scale };
        Some(Self { negative: whole.starts_with('-'), rest: multiply(rest, scale) })
    }

    /// One divided by the other (`Fraction.__hash__`).
    pub(super) fn over(self, other: Self) -> Self {
        Self { negative: self.negative != other.negative, rest: multiply(self.rest, inverse(other.rest)) }
    }

    pub(super) fn hash(self) -> u64 {
        let value = if self.negative { self.rest.wrapping_neg() } else { self.rest };
        without_error(value)
    }
}

/// -1 says that there is no hash.
fn without_error(hash: u64) -> u64 {
    if hash == u64::MAX { u64::MAX - 1 } else { hash }
}

/// The hash of a complex number, of those of its parts.
pub(super) fn complex(real: u64, imaginary: u64) -> u64 {
    without_error(real.wrapping_add(imaginary.wrapping_mul(1_000_003)))
}

fn fold(value: u128) -> u64 {
    ((value & u128::from(PRIME)) as u64 + (value >> 61) as u64) % PRIME
}

fn multiply(one: u64, other: u64) -> u64 {
    fold(u128::from(one % PRIME) * u128::from(other % PRIME))
}

/// A digit more.
fn append(rest: u64, radix: u32, digit: u32) -> u64 {
    fold(u128::from(rest) * u128::from(radix) + u128::from(digit))
}

fn power(base: u64, mut exponent: u64) -> u64 {
    let (mut base, mut value) = (base, 1);
    while exponent > 0 {
        if exponent & 1 == 1 {
            value = multiply(value, base);
        }
        base = multiply(base, base);
        exponent >>= 1;
    }
    value
}

fn inverse(value: u64) -> u64 {
    power(value, PRIME - 2)
}

/// 2^61 is 1.
fn power_of_two(exponent: i64) -> u64 {
    1 << exponent.rem_euclid(61)
}

/// Of little-endian two's complement.
fn of_binary(raw: &[u8]) -> Residue {
    let negative = raw.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut rest = 0;
    for chunk in raw.rchunks(8) {
        let word = chunk.iter().rev().fold(0, |word: u64, &byte| word << 8 | u64::from(byte));
        rest = fold(u128::from(multiply(rest, power_of_two(8 * chunk.len() as i64))) + u128::from(word));
    }
    if negative {
        // What is there is the number plus 2 to the number of bits.
        rest = (power_of_two(8 * (raw.len() as i64 % 61)) + PRIME - rest) % PRIME;
    }
    Residue { negative, rest }
}

fn of_digits(text: &str) -> Residue {
    let negative = text.starts_with('-');
    let digits = text.trim_start_matches(['-', '+']);
    let (radix, digits) = match digits.get(..2).map(str::to_ascii_lowercase).as_deref() {
        Some("0x") => (16, &digits[2..]),
        Some("0o") => (8, &digits[2..]),
        Some("0b") => (2, &digits[2..]),
        _ => (10, digits),
    };
    let values = digits.chars().filter_map(|digit| digit.to_digit(radix));
    let rest = values.fold(0, |rest, digit| append(rest, radix, digit));
    Residue { negative, rest }
}

const XXH_1: u64 = 11_400_714_785_074_694_791;
const XXH_2: u64 = 14_029_467_366_897_019_727;
const XXH_5: u64 = 2_870_177_450_012_600_261;

/// The hash of a tuple, of those of its items (`tuplehash`).
pub(super) fn tuple(items: impl ExactSizeIterator<Item = u64>) -> u64 {
    let length = items.len() as u64;
    let lanes = items.fold(XXH_5, |hash, item| {
        hash.wrapping_add(item.wrapping_mul(XXH_2)).rotate_left(31).wrapping_mul(XXH_1)
    });
    match lanes.wrapping_add(length ^ XXH_5 ^ 3_527_539) {
        u64::MAX => 1_546_275_796,
        hash => hash,
    }
}

/// The hash of a frozenset, of those of its items, no two of which are equal (`frozenset_hash`).
pub(super) fn frozen_set(items: impl ExactSizeIterator<Item = u64>) -> u64 {
    let length = items.len() as u64;
    let shuffled = items.fold(0, |hash, item| {
        hash ^ ((item ^ 89_869_747) ^ item.wrapping_shl(16)).wrapping_mul(3_644_798_167)
    });
    let hash = shuffled ^ (length + 1).wrapping_mul(1_927_868_237);
    let hash = hash ^ (hash >> 11) ^ (hash >> 25);
    match hash.wrapping_mul(69069).wrapping_add(907_133_923) {
        u64::MAX => 590_923_713,
        hash => hash,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As CPython 3.11 has them.
    #[test]
    fn numbers() {
        let binary = |value: i128| Residue::of(Integer::Binary(&value.to_le_bytes())).hash() as i64;
        assert_eq!(binary(1 << 61), 1);
        assert_eq!(binary(-1), -2);
        assert_eq!(binary(-(1 << 100)), -549_755_813_888);
        assert_eq!(binary(12_345_678_901_234_567_890_123), 195_429_904_450_476_469);
        assert_eq!(binary(-12_345_678_901_234_567_890_123), -195_429_904_450_476_469);
        assert_eq!(Residue::of(Integer::Digits("0x1fffffffffffffff")).hash(), 0);
        assert_eq!(Residue::of(Integer::Digits("-2305843009213693954")).hash() as i64, -3);
        let float = |value| Residue::of_float(value).hash() as i64;
        assert_eq!(float(0.5), 1_152_921_504_606_846_976);
        assert_eq!(float(-3.0), -3);
        assert_eq!(float(1e300), 1_224_995_262_755_759_164);
        assert_eq!(float(5e-324), 16_777_216);
        let text = |text| Residue::of_text(text, 10).map(|residue| residue.hash() as i64);
        assert_eq!(text("0.5"), Some(1_152_921_504_606_846_976));
        assert_eq!(text("1/3"), Some(1_537_228_672_809_129_301));
        assert_eq!(text("-1e3"), Some(-1000));
        assert_eq!(text("abc"), None);
        assert_eq!(text("."), None);
    }

    #[test]
    fn collections() {
        let hashes = |items: &[i64]| items.iter().map(|&item| item as u64).collect::<Vec<_>>();
        assert_eq!(tuple(hashes(&[]).into_iter()) as i64, 5_740_354_900_026_072_187);
        assert_eq!(tuple(hashes(&[1, 2]).into_iter()) as i64, -3_550_055_125_485_641_917);
        assert_eq!(frozen_set(hashes(&[1, 2]).into_iter()) as i64, -1_826_646_154_956_904_602);
    }
}
