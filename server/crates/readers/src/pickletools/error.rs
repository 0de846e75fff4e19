//! The exceptions of `genops` and `dis`, as CPython words them.

use std::fmt;

use pickle_ops::repr::write_bytes;

/// An exception that `pickletools` raises: shown as in the last line of a traceback.
///
/// Never a fault of this program, and never more than a few times as long as the operand that it quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenopsError {
    /// Name of the exception's class: `ValueError`, `UnicodeDecodeError`, `IndexError`.
    pub class: &'static str,
    /// `str()` of the exception.
    pub message: String,
}

impl GenopsError {
    pub(super) fn value(message: impl Into<String>) -> Self {
        Self { class: "ValueError", message: message.into() }
    }

    /// What `UnicodeDecodeError.__str__` says of the bytes `start..end` of `data`.
    pub(super) fn decode(codec: &str, data: &[u8], start: usize, end: usize, reason: &str) -> Self {
        let message = match data.get(start) {
            Some(byte) if end == start + 1 => {
                format!("'{codec}' codec can't decode byte 0x{byte:02x} in position {start}: {reason}")
            }
            _ => {
                let last = end.saturating_sub(1);
                format!("'{codec}' codec can't decode bytes in position {start}-{last}: {reason}")
            }
        };
        Self { class: "UnicodeDecodeError", message }
    }
}

impl fmt::Display for GenopsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.class, self.message)
    }
}

impl std::error::Error for GenopsError {}

/// `repr(bytes)`, for messages.
pub(super) fn quoted(bytes: &[u8]) -> String {
    let mut out = String::new();
    // A String takes everything.
    let _ = write_bytes(&mut out, bytes);
    out
}
