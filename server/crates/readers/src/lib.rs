//! What each of CPython's readers makes of a byte string: the globals that it asks for, and the object or the exception that
//! it ends with.
//!
//! There are three: the C unpickler ([`c`]; `Modules/_pickle.c`), `pickle._Unpickler` ([`python`]; `Lib/pickle.py`) and
//! `pickletools.genops` (`crate::pickletools`, which [`read`] puts in the same form). They are models of CPython 3.11,
//! mistakes included, down to the class and the text of what they raise. Other than the machine, which goes on where a reader
//! stops, a reading ends where the reader does.
//!
//! Nothing is imported or called. A global is an *inert* object: a class, callable, hashable, that takes items and state and does nothing
//! with them; what a call of it gives is inert as well. So a reading is exact up to where the real classes would matter:
//! what they refuse, what their hooks do, and how they compare.
//!
//! No input makes it panic, recurse over the depth of its data, or take memory out of proportion to it. It does no I/O.

mod behaviour;
pub mod c;
mod equality;
mod exception;
mod literal;
mod object;
pub mod pickletools;
pub mod python;
mod reading;
mod render;
mod stack;
mod tools;
mod words;

/// A map whose keys an attacker may choose: seeded, as that of the standard library is, and several times as fast.
pub(crate) type Map<K, V> = std::collections::HashMap<K, V, foldhash::quality::RandomState>;

pub use exception::Exception;
pub use object::{Heap, Id, Object};
pub use reading::{Asked, Options, Outcome, Persistent, Reader, Reading, Source, read};
