//! A bar on standard error for work that takes longer than a moment.

use std::path::Path;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::shown;

/// Work that is done sooner shows no bar.
const MOMENT: Duration = Duration::from_millis(300);

/// The bar, or nothing.
pub(crate) struct Progress {
    bar: ProgressBar,
    /// When it appears; `None`: never, or it has.
    due: Option<Instant>,
}

impl Progress {
    /// A bar, if there is one at all.
    pub(crate) fn new(wanted: bool) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        // The template is ours; without it the bar only looks plainer.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {pos} files  {wide_msg}") {
            bar.set_style(style);
        }
        Self { bar, due: wanted.then(|| Instant::now() + MOMENT) }
    }

    /// A file is done, or time passes.
    pub(crate) fn tick(&mut self, done: Option<&Path>) {
        if self.due.is_some_and(|due| Instant::now() >= due) {
            self.due = None;
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        match done {
            Some(path) => {
                self.bar.inc(1);
                if !self.bar.is_hidden() {
                    self.bar.set_message(shown(path));
                }
            }
            None => self.bar.tick(),
        }
    }

    /// Runs what prints, with the bar out of the way.
    pub(crate) fn aside<T>(&self, print: impl FnOnce() -> T) -> T {
        self.bar.suspend(print)
    }

    /// Takes the bar away.
    pub(crate) fn end(&self) {
        self.bar.finish_and_clear();
    }
}
