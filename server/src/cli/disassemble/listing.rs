//! The format `listing`: text that is read back. A row an op, and rows for bytes that are none, so that nothing is left out.

use std::io;

use pickle_listing::full;
use pickle_listing::row::Style;
use pickle_machine::never;
use pickle_machine::record::record;

use crate::output::{Output, TextOutput};

/// Prints a stream; `full` leaves long operands whole.
pub(super) fn print(bytes: &[u8], full: bool, out: &mut Output) -> io::Result<()> {
    let recording = record(bytes, &never);
    let mut text = TextOutput::new(out);
    // Why it failed is in the output.
    let _ = full::write(&mut text, bytes, &recording, Style::new(bytes.len(), full));
    text.finish()
}
