//! Work in parallel, results in order, and never more than a few of them waiting.
//!
//! Workers take items from the iterator themselves, one at a time, and put results on a belt; the caller takes them off in
//! order. There is no queue of work, and nobody is woken for a single result while others are on their way: a file may take
//! less time than to wake a thread.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

/// Results that may be waiting for an earlier one.
const WINDOW: u64 = 256;
/// Results of which the taker is told at once; fewer wait until it looks by itself.
const MANY: usize = 32;
/// How often the taker looks.
const PATIENCE: Duration = Duration::from_millis(10);

/// Does `work` on every item, on so many threads, and gives the results to `take` in the order of the items. Results that
/// are `None` are passed over. While the next one is not ready `take` is called with `None` from time to time.
///
/// # Errors
/// The first error of `take`, which ends it: what was begun is finished, the rest is left.
pub(super) fn ordered<I, T, E>(
    items: I,
    threads: usize,
    work: impl Fn(I::Item) -> Option<T> + Sync,
    mut take: impl FnMut(Option<T>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Iterator + Send,
    T: Send,
{
    let belt = Belt::new(items, threads);
    thread::scope(|scope| {
        // Lets the workers go, however this ends.
        let _end = Closing(&belt);
        scope.spawn(|| belt.work(scope, &work));
        let mut ready = VecDeque::new();
        while belt.wait(&mut ready) {
            if ready.is_empty() {
                take(None)?;
            }
            ready.drain(..).flatten().try_for_each(|result| take(Some(result)))?;
        }
        Ok(())
    })
}

struct Belt<I, T> {
    source: Mutex<Source<I>>,
    results: Mutex<Results<T>>,
    /// For the taker: there are results, or there will be no more.
    news: Condvar,
    /// For workers: results were taken, or nobody wants any more.
    room: Condvar,
}

struct Source<I> {
    items: Option<I>,
    /// How many items were taken.
    taken: u64,
    /// Workers that may still be started: none is before there is something to do.
    idle: usize,
}

struct Results<T> {
    /// How many results were taken off.
    taken: u64,
    /// Those from there on; `None`: not ready.
    waiting: VecDeque<Option<Option<T>>>,
    /// Results that the taker was not told of.
    untold: usize,
    /// How many there will be in all, when that is known.
    all: Option<u64>,
    closed: bool,
}

impl<I: Iterator + Send, T: Send> Belt<I, T> {
    fn new(items: I, threads: usize) -> Self {
        let results = Results { taken: 0, waiting: VecDeque::new(), untold: 0, all: None, closed: false };
        Self {
            source: Mutex::new(Source { items: Some(items), taken: 0, idle: threads.max(1) - 1 }),
            results: Mutex::new(results),
            news: Condvar::new(),
            room: Condvar::new(),
        }
    }

    /// Works until there is nothing more to do. The first item of each worker starts the next worker.
    fn work<'scope, W>(&'scope self, scope: &'scope Scope<'scope, '_>, work: &'scope W)
    where
        W: Fn(I::Item) -> Option<T> + Sync,
    {
        let mut is_first = true;
        while let Some((number, item, more)) = self.next(is_first) {
            if more {
                scope.spawn(move || self.work(scope, work));
            }
            is_first = false;
            if !self.has_room(number) {
                return;
            }
            let mut place = Place { belt: self, number, result: None };
            place.result = work(item);
        }
    }

    /// The next item with its number, and whether another worker is to be started.
    fn next(&self, is_first: bool) -> Option<(u64, I::Item, bool)> {
        let mut source = lock(&self.source);
        let Some(item) = source.items.as_mut().and_then(Iterator::next) else {
            source.items = None;
            let all = source.taken;
            drop(source);
            lock(&self.results).all.get_or_insert(all);
            self.news.notify_one();
            return None;
        };
        let number = source.taken;
        source.taken += 1;
        let more = is_first && source.idle > 0;
        source.idle -= usize::from(more);
        Some((number, item, more))
    }

    /// Waits until the result of an item may be put on the belt; false: nobody wants it.
    fn has_room(&self, number: u64) -> bool {
        let full = |results: &mut Results<T>| !results.closed && number >= results.taken + WINDOW;
        let results = self.room.wait_while(lock(&self.results), full).unwrap_or_else(PoisonError::into_inner);
        !results.closed
    }

    fn put(&self, number: u64, result: Option<T>) {
        let mut results = lock(&self.results);
        let at = usize::try_from(number - results.taken).unwrap_or(usize::MAX);
        while results.waiting.len() <= at {
            results.waiting.push_back(None);
        }
        results.waiting[at] = Some(result);
        results.untold += 1;
        if results.untold >= MANY || results.all.is_some() {
            results.untold = 0;
            drop(results);
            self.news.notify_one();
        }
    }

    /// Takes off what is ready, which may be nothing; false: there will be nothing more.
    fn wait(&self, ready: &mut VecDeque<Option<T>>) -> bool {
        let mut results = lock(&self.results);
        if !results.is_ready() {
            let nothing =
                |results: &mut Results<T>| !results.is_ready() && results.all != Some(results.taken);
            let waited = self.news.wait_timeout_while(results, PATIENCE, nothing);
            results = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        let is_end = results.all == Some(results.taken);
        results.untold = 0;
        while results.is_ready() {
            ready.extend(results.waiting.pop_front().flatten());
            results.taken += 1;
        }
        drop(results);
        if !ready.is_empty() {
            self.room.notify_all();
        }
        !is_end
    }

    fn close(&self) {
        lock(&self.results).closed = true;
        self.room.notify_all();
    }
}

impl<T> Results<T> {
    fn is_ready(&self) -> bool {
        matches!(self.waiting.front(), Some(Some(_)))
    }
}

/// Where the result of an item belongs. It is put there even when the work panics: the taker waits for it.
struct Place<'b, I: Iterator + Send, T: Send> {
    belt: &'b Belt<I, T>,
    number: u64,
    result: Option<T>,
}

impl<I: Iterator + Send, T: Send> Drop for Place<'_, I, T> {
    fn drop(&mut self) {
        self.belt.put(self.number, self.result.take());
        if thread::panicking() {
            // Perhaps no worker is left; the panic is passed on when those that are have ended.
            lock(&self.belt.results).all = Some(self.number + 1);
            self.belt.news.notify_one();
        }
    }
}

struct Closing<'b, I: Iterator + Send, T: Send>(&'b Belt<I, T>);

impl<I: Iterator + Send, T: Send> Drop for Closing<'_, I, T> {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A panic elsewhere leaves nothing half-done in what is locked here.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

    use super::*;

    #[test]
    fn in_order_and_without_gaps() {
        for threads in [1, 2, 7] {
            let mut seen = Vec::new();
            let work = |item: u64| {
                thread::sleep(Duration::from_micros(item * 7919 % 500));
                (item & 3 > 0).then_some(item)
            };
            let done: Result<(), ()> = ordered(0..1000, threads, work, |result| {
                seen.extend(result);
                Ok(())
            });
            assert_eq!(done, Ok(()));
            assert_eq!(seen, (0..1000).filter(|item| item & 3 > 0).collect::<Vec<_>>());
        }
    }

    #[test]
    fn nothing_to_do() {
        let done: Result<(), ()> = ordered(0..0, 4, Some, |result| result.map_or(Ok(()), |_: i32| Err(())));
        assert_eq!(done, Ok(()));
    }

    #[test]
    fn an_error_ends_it() {
        let mut seen = 0;
        let done = ordered(0.., 4, Some, |result: Option<u64>| {
            seen += usize::from(result.is_some());
            if seen == 10 { Err("enough") } else { Ok(()) }
        });
        assert_eq!((done, seen), (Err("enough"), 10));
    }

    #[test]
    fn only_a_few_wait_for_a_slow_one() {
        let begun = AtomicUsize::new(0);
        let mut most = 0;
        let work = |item: u64| {
            begun.fetch_add(1, SeqCst);
            if item == 0 {
                thread::sleep(Duration::from_millis(100));
            }
            Some(item)
        };
        let done: Result<(), ()> = ordered(0..2000, 3, work, |result| {
            if result == Some(0) {
                most = begun.load(SeqCst);
            }
            Ok(())
        });
        assert_eq!(done, Ok(()));
        assert!((2..2000).contains(&most), "{most}");
    }

    #[test]
    fn a_panic_loses_one_result_and_is_passed_on() {
        let mut seen = Vec::new();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ordered(
                0..10,
                1,
                |item| if item == 3 { panic!("three") } else { Some(item) },
                |result: Option<i32>| {
                    seen.extend(result);
                    Ok::<_, ()>(())
                },
            )
        }));
        assert!(outcome.is_err());
        assert_eq!(seen, [0, 1, 2]);
    }
}
