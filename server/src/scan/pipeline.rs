//! Work in parallel, results in order, and never more than a few of them waiting.

use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// Results that may be waiting for an earlier one.
const WINDOW: usize = 256;
/// How often the taker is called while nothing is ready.
const PATIENCE: Duration = Duration::from_millis(100);

/// Does `work` on every item, on all processors, and gives the results to `take` in the order of the items. Results that
/// are `None` are passed over. While the next one is not ready `take` is called with `None` from time to time.
///
/// # Errors
/// The first error of `take`, which ends it: what was begun is finished, the rest is left.
pub(super) fn ordered<I, T, E>(
    items: I,
    work: impl Fn(I::Item) -> Option<T> + Sync,
    mut take: impl FnMut(Option<T>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Iterator + Send,
    I::Item: Send,
    T: Send,
{
    let (queue, results) = sync_channel::<Receiver<Option<T>>>(WINDOW);
    let work = &work;
    thread::scope(move |scope| {
        scope.spawn(move || {
            rayon::in_place_scope_fifo(|pool| {
                for item in items {
                    let (done, result) = sync_channel(1);
                    if queue.send(result).is_err() {
                        break;
                    }
                    pool.spawn_fifo(move |_| drop(done.send(work(item))));
                }
            });
        });
        while let Some(result) = wait(&results, &mut take)? {
            if let Some(Some(result)) = wait(&result, &mut take)? {
                take(Some(result))?;
            }
        }
        Ok(())
    })
}

/// What comes next; `None` when nothing comes any more.
fn wait<T, R, E>(
    from: &Receiver<R>,
    take: &mut impl FnMut(Option<T>) -> Result<(), E>,
) -> Result<Option<R>, E> {
    loop {
        match from.recv_timeout(PATIENCE) {
            Ok(next) => return Ok(Some(next)),
            Err(RecvTimeoutError::Disconnected) => return Ok(None),
            Err(RecvTimeoutError::Timeout) => take(None)?,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_order_and_without_gaps() {
        let mut seen = Vec::new();
        let work = |item: u64| {
            thread::sleep(Duration::from_micros(item * 7919 % 500));
            (item & 3 > 0).then_some(item)
        };
        let done: Result<(), ()> = ordered(0..1000, work, |result| {
            seen.extend(result);
            Ok(())
        });
        assert_eq!(done, Ok(()));
        assert_eq!(seen, (0..1000).filter(|item| item & 3 > 0).collect::<Vec<_>>());
    }

    #[test]
    fn an_error_ends_it() {
        let mut seen = 0;
        let done = ordered(0.., Some, |result: Option<u64>| {
            seen += usize::from(result.is_some());
            if seen == 10 { Err("enough") } else { Ok(()) }
        });
        assert_eq!((done, seen), (Err("enough"), 10));
    }
}
