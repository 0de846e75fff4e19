//! `--watch`: the whole report again whenever a file appears, changes or goes.
//!
//! The files are asked how they are from time to time: that works on every file system, network drives and containers
//! included, and a folder so large that asking takes long is asked less often.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};
use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::{Args, Failure, Status, options, run};
use crate::output;
use crate::scan::{Walk, interrupt};

/// Between two looks, at least.
const PAUSE: Duration = Duration::from_millis(300);
/// A look takes this part of the time at most.
const SHARE: u32 = 10;

/// Runs until it is interrupted.
pub(super) fn forever(args: &Args) -> Result<Status, Failure> {
    interrupt::listen();
    let mut before = None;
    while !interrupt::is_interrupted() {
        let begun = Instant::now();
        // Settings may have changed as well.
        let resolver = options::resolver(Some(&args.inputs), &args.judging, &args.rules)?;
        let mut hasher = DefaultHasher::new();
        Walk::new(&args.inputs, &resolver)?.states().for_each(|state| state.hash(&mut hasher));
        resolver.states().hash(&mut hasher);
        let now = hasher.finish();
        if before.replace(now) != Some(now) {
            clear()?;
            run::once(args, &resolver)?;
            if !args.inputs.quiet {
                output::note("watching; Ctrl-C ends it");
            }
        }
        rest(PAUSE.max(begun.elapsed() * SHARE));
    }
    Ok(Status::Interrupted)
}

/// Waits so long, or until there is an interrupt.
fn rest(pause: Duration) {
    let begun = Instant::now();
    while !interrupt::is_interrupted() {
        let Some(left) = pause.checked_sub(begun.elapsed()) else { break };
        std::thread::sleep(left.min(PAUSE));
    }
}

/// An empty terminal for the next report.
fn clear() -> io::Result<()> {
    let mut out = io::stdout();
    if out.is_terminal() { out.write_all(b"\x1b[2J\x1b[H") } else { Ok(()) }
}
