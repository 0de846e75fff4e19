//! Whole-program tests of the command line.
//!
//! What a command prints is in `cases/`, one file a case ([`golden`]); what cannot be written down so is in the other
//! modules. Nothing here looks inside the program.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on has failed")]

mod assemble;
mod baselines;
mod caches;
mod golden;
mod hostile_files;
mod names;
mod pipes;
mod sandbox;
mod scripts;
mod signals;
mod walks;
