//! The format `listing`: text that is read back. A row an op, and rows for bytes that are none, so that nothing is left out.

use std::io::{self, Write};

use pickle_listing::view::each_full_row;
use pickle_machine::never;
use pickle_machine::record::record;

use crate::output::Output;

/// Prints a stream; `full` leaves long operands whole.
pub(super) fn print(bytes: &[u8], full: bool, out: &mut Output) -> io::Result<()> {
    let recording = record(bytes, &never);
    let mut done = Ok(());
    each_full_row(bytes, &recording, full, |row| {
        done = out.write_all(row.as_bytes());
        done.is_ok()
    });
    done
}
