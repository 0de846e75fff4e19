//! The exceptions that readers raise.

use std::fmt;

use crate::pickletools::GenopsError;

/// An exception of Python, as the last line of a traceback shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exception {
    /// Its class, with the module where that is not `builtins` or `pickle`: `UnpicklingError`, `struct.error`.
    pub class: &'static str,
    /// `str()` of it.
    pub message: String,
    /// Offset of the op at which it is raised, or of the end of the input.
    pub offset: usize,
}

impl fmt::Display for Exception {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.message.is_empty() {
            write!(f, "{}", self.class)
        } else {
            write!(f, "{}: {}", self.class, self.message)
        }
    }
}

/// An exception of which the reader knows the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Raised {
    pub(crate) class: &'static str,
    pub(crate) message: String,
}

/// What a step of a reader gives.
pub(crate) type Done<T = ()> = Result<T, Box<Raised>>;

impl Raised {
    #[cold]
    pub(crate) fn new(class: &'static str, message: impl Into<String>) -> Box<Self> {
        Box::new(Self { class, message: message.into() })
    }

    pub(crate) fn unpickling(message: impl Into<String>) -> Box<Self> {
        Self::new("UnpicklingError", message)
    }

    pub(crate) fn value(message: impl Into<String>) -> Box<Self> {
        Self::new("ValueError", message)
    }

    pub(crate) fn of_type(message: impl Into<String>) -> Box<Self> {
        Self::new("TypeError", message)
    }

    pub(crate) fn attribute(message: impl Into<String>) -> Box<Self> {
        Self::new("AttributeError", message)
    }

    pub(crate) fn index(message: impl Into<String>) -> Box<Self> {
        Self::new("IndexError", message)
    }

    pub(crate) fn memory() -> Box<Self> {
        Self::new("MemoryError", "")
    }

    pub(crate) fn at(self, offset: usize) -> Exception {
        Exception { class: self.class, message: self.message, offset }
    }
}

impl From<GenopsError> for Box<Raised> {
    fn from(error: GenopsError) -> Self {
        Raised::new(error.class, error.message)
    }
}
