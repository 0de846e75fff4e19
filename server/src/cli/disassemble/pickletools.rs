//! The format `pickletools`: what CPython prints, pickle after pickle.

use std::io;

use pickle_machine::segments::Segments;
use pickle_readers::pickletools::{DisError, dis};

use crate::output::{Output, TextOutput};

/// Prints all pickles of a stream, and gives back what `dis` raises. It begins at the first byte, as `python -m pickletools`
/// does, and ends where `dis` raises before it has seen STOP.
pub(super) fn print(bytes: &[u8], out: &mut Output) -> io::Result<Vec<String>> {
    let mut segments = Segments::new(bytes);
    let mut next = Some(0);
    let mut raised = Vec::new();
    while let Some(start) = next {
        let mut text = TextOutput::new(out);
        let done = dis(bytes, start, &mut text);
        text.finish()?;
        let end = match done {
            Ok(end) => end,
            Err(error) => {
                raised.push(format!("pickletools stops in the pickle at {start}: {error}"));
                match error {
                    DisError::NotEmpty { end, .. } => end,
                    DisError::Raised(_) | DisError::Write => break,
                }
            }
        };
        next = segments.next(end);
    }
    Ok(raised)
}
