//! Where long streams are read: on the threads of the pool that read them ahead.

use pickle_machine::READ_AHEAD_FROM;

/// Runs `work`, which reads a stream of so many bytes. A long one is read on a thread of the pool: while it waits for what is read
/// ahead it does a part of that itself, and no more threads are at work than there are processors.
pub(crate) fn on_pool<T: Send>(bytes: usize, work: impl FnOnce() -> T + Send) -> T {
    if bytes < READ_AHEAD_FROM { work() } else { rayon::scope(|_| work()) }
}
