//! `--labels`: the text form with names for the memo slots that are read, as the editors' action gives them. Unlike the text
//! without them, it is in memory as a whole; it is printed only if it still makes the same bytes.

use std::fmt;
use std::io;

use pickle_listing::edit::{Refusal, apply, label};
use pickle_listing::text::assemble;
use pickle_machine::never;

use super::Status;
use crate::output::{self, Output, TextOutput};

/// Bytes of text to which labels are given, at the most: above that, what has to be kept of the rows is more than people have memory.
const MOST: usize = 256 << 20;

/// Prints the text of some bytes with labels; without them, and with a word to `name`, where they cannot be given.
pub(super) fn print(
    name: &str,
    bytes: &[u8],
    out: &mut Output,
    write: impl Fn(&mut dyn fmt::Write) -> fmt::Result,
) -> io::Result<Status> {
    let labelled = labelled(bytes, &write);
    let mut printed = TextOutput::new(out);
    // Why it failed is in the output.
    let _ = match &labelled {
        Ok(text) => fmt::Write::write_str(&mut printed, text),
        Err(_) => write(&mut printed),
    };
    printed.finish()?;
    let Err(reason) = labelled else { return Ok(Status::Clean) };
    output::complain(&format!("{name}: printed without labels: {reason}"));
    Ok(Status::Findings)
}

fn labelled(bytes: &[u8], write: impl Fn(&mut dyn fmt::Write) -> fmt::Result) -> Result<String, String> {
    let mut text = Bounded(String::new());
    write(&mut text).map_err(|_| format!("the text is longer than {} MB", MOST >> 20))?;
    let Bounded(text) = text;
    let edits = label(&text, &never).map_err(|refusal| match refusal {
        Refusal::Reasons(reasons) => match reasons.first() {
            Some(first) => format!("line {}: {}", first.line + 1, first.message),
            None => "it is not possible".to_owned(),
        },
        Refusal::Interrupted => "it was interrupted".to_owned(),
    })?;
    let text = apply(&text, &edits);
    let again = assemble(&text);
    if again.faulty || again.bytes != bytes {
        return Err(
            "labels number the slots in the order in which they are filled, and here they are not".to_owned()
        );
    }
    Ok(text)
}

/// Takes text up to a limit.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        if self.0.len() + text.len() > MOST {
            return Err(fmt::Error);
        }
        self.0.push_str(text);
        Ok(())
    }
}
