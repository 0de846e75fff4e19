//! What Python's codecs and number parsers make of bytes, for models of other readers: the values, and the exceptions in
//! CPython's words. `genops` uses the same ones in its own combinations.

use std::str::Utf8Error;

use pickle_ops::Text;

use super::error::GenopsError;
use super::{number, text};

pub use super::number::MAX_DIGITS;

/// `str(raw, 'utf-8', 'surrogatepass')`.
///
/// # Errors
/// The `UnicodeDecodeError`.
pub fn utf8(raw: &[u8]) -> Result<Text<'_>, GenopsError> {
    text::utf8(raw)
}

/// `str(raw, 'raw-unicode-escape')`.
///
/// # Errors
/// The `UnicodeDecodeError`.
pub fn raw_unicode_escape(raw: &[u8]) -> Result<Text<'_>, GenopsError> {
    text::raw_unicode_escape(raw)
}

/// What `raw.decode('utf-8')` raises, where `error` is what is wrong with it.
#[must_use]
pub fn strict_utf8_error(raw: &[u8], error: Utf8Error) -> GenopsError {
    text::utf8_error(raw, error.valid_up_to(), error.error_len())
}

/// What `raw.decode('ascii')` raises, where the byte at `at` is none.
#[must_use]
pub fn ascii_error(raw: &[u8], at: usize) -> GenopsError {
    GenopsError::decode("ascii", raw, at, at + 1, "ordinal not in range(128)")
}

/// What `codecs.escape_decode(raw)` raises, where an escape is bad.
#[must_use]
pub fn escape_error(raw: &[u8]) -> GenopsError {
    text::bad_escape(raw)
}

/// What `int` raises of a text with so many decimal digits.
#[must_use]
pub fn too_many_digits(digits: usize) -> GenopsError {
    number::too_many_digits(digits)
}

/// `float(raw)` of bytes.
///
/// # Errors
/// The `ValueError`.
pub fn float(raw: &[u8]) -> Result<f64, GenopsError> {
    number::float(raw)
}
