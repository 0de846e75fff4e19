//! Ctrl-C: the first one ends the run with what was found so far, the second one ends it at once.

use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::time::Duration;

/// What the process ends with, as shells have it: 128 and the number of the signal.
pub(crate) const STATUS: u8 = 130;

/// How long what was begun may take to end.
pub(crate) const GRACE: Duration = Duration::from_millis(500);

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// Takes signals from now on. Where that is not possible they end the process as ever.
pub(crate) fn listen() {
    let _ = ctrlc::set_handler(|| {
        if INTERRUPTED.swap(true, SeqCst) {
            leave();
        }
    });
}

/// Whether there was a signal.
pub(crate) fn is_interrupted() -> bool {
    INTERRUPTED.load(SeqCst)
}

/// Ends the process, whatever is being done.
#[allow(clippy::exit, reason = "a thread may be waiting for input that never comes")]
pub(crate) fn leave() -> ! {
    std::process::exit(i32::from(STATUS))
}
