//! Work in parallel, results in order, and never more than a few of them waiting.
//!
//! Workers look for items themselves, one worker at a time and a few items ahead, and put results on a belt; the caller takes
//! them off in order. Nobody is woken for a single result while others are on their way, and nobody waits for a lock while
//! another one looks for items: a file may take less time than to wake a thread.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, Scope};
use std::time::Duration;

/// Results that may be waiting for an earlier one.
const WINDOW: u64 = 256;
/// Results of which the taker is told at once; fewer wait until it looks by itself.
const MANY: u64 = 32;
/// How often the taker looks.
const PATIENCE: Duration = Duration::from_millis(10);

/// Does `work` on every item, on so many threads, and gives the results to `take` in the order of the items. Results that
/// are `None` are passed over. While the next one is not ready `take` is called with `None` from time to time. Up to `ahead`
/// items are looked for before anybody can work on them; none, where the next one may be long in coming.
///
/// # Errors
/// The first error of `take`, which ends it: what was begun is finished, the rest is left.
pub(super) fn ordered<I, T, E>(
    items: I,
    ahead: usize,
    threads: usize,
    work: impl Fn(I::Item) -> Option<T> + Sync,
    mut take: impl FnMut(Option<T>) -> Result<(), E>,
) -> Result<(), E>
where
    I: Iterator + Send,
    I::Item: Send,
    T: Send,
{
    let belt = Belt::new(items, ahead, threads);
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

struct Belt<I: Iterator, T> {
    /// Locked by the worker that looks for items, and by nobody else meanwhile.
    items: Mutex<I>,
    ahead: usize,
    stock: Mutex<Stock<I::Item>>,
    results: Mutex<Results<T>>,
    /// For workers: there are items, or somebody has to look for more, or there are none.
    goods: Condvar,
    /// For the taker: there are results, or there will be no more.
    news: Condvar,
    /// For workers: results were taken, or nobody wants any more.
    room: Condvar,
}

/// Items that were found.
struct Stock<I> {
    /// Those that nobody has taken.
    items: VecDeque<I>,
    /// The number of the first of them: how many were taken.
    taken: u64,
    /// Whether a worker looks for more.
    is_looking: bool,
    /// Workers that wait for an item.
    waiting: usize,
    /// Whether all were found.
    is_all: bool,
    /// Workers that may still be started: none is before there is something to do.
    idle: usize,
}

struct Results<T> {
    /// How many results were taken off.
    taken: u64,
    /// How many were put there.
    put: u64,
    /// Those from the first that was not taken off; `None`: not ready.
    waiting: VecDeque<Option<Option<T>>>,
    /// Results that the taker was not told of.
    untold: u64,
    /// Whether the taker waits to be told.
    is_awaited: bool,
    /// Workers that wait for room.
    stuck: usize,
    /// How many there will be in all, when that is known.
    all: Option<u64>,
    closed: bool,
}

impl<I: Iterator + Send, T: Send> Belt<I, T>
where
    I::Item: Send,
{
    fn new(items: I, ahead: usize, threads: usize) -> Self {
        let stock = Stock {
            items: VecDeque::new(),
            taken: 0,
            is_looking: false,
            waiting: 0,
            is_all: false,
            idle: threads.max(1) - 1,
        };
        let results = Results {
            taken: 0,
            put: 0,
            waiting: VecDeque::new(),
            untold: 0,
            is_awaited: false,
            stuck: 0,
            all: None,
            closed: false,
        };
        Self {
            items: Mutex::new(items),
            ahead: ahead.max(1),
            stock: Mutex::new(stock),
            results: Mutex::new(results),
            goods: Condvar::new(),
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
        let mut stock = lock(&self.stock);
        loop {
            // Long before the last one is taken, so that nobody has to wait for more.
            if stock.items.len() <= self.ahead - self.batch() && !stock.is_looking && !stock.is_all {
                stock.is_looking = true;
                drop(stock);
                self.look();
                stock = lock(&self.stock);
                continue;
            }
            if let Some(item) = stock.items.pop_front() {
                let number = stock.taken;
                stock.taken += 1;
                let more = is_first && stock.idle > 0;
                stock.idle -= usize::from(more);
                return Some((number, item, more));
            }
            if stock.is_all {
                let all = stock.taken;
                drop(stock);
                self.end_at(all);
                return None;
            }
            stock.waiting += 1;
            stock = self.goods.wait(stock).unwrap_or_else(PoisonError::into_inner);
            stock.waiting -= 1;
        }
    }

    /// How many items a worker looks for before it goes on working.
    fn batch(&self) -> usize {
        self.ahead.div_ceil(4)
    }

    /// Looks for items, and hands each to whoever waits for one.
    fn look(&self) {
        let mut looking = Looking { belt: self, is_all: true };
        let mut items = lock(&self.items);
        for _ in 0..self.batch() {
            let Some(item) = items.next() else { return };
            let mut stock = lock(&self.stock);
            stock.items.push_back(item);
            let is_awaited = stock.waiting > 0;
            drop(stock);
            if is_awaited {
                self.goods.notify_one();
            }
        }
        looking.is_all = false;
    }

    /// There will be `all` results.
    fn end_at(&self, all: u64) {
        let mut results = lock(&self.results);
        results.all.get_or_insert(all);
        let is_end = results.is_end() && results.is_awaited;
        drop(results);
        if is_end {
            self.news.notify_one();
        }
    }

    /// Waits until the result of an item may be put on the belt; false: nobody wants it.
    fn has_room(&self, number: u64) -> bool {
        let mut results = lock(&self.results);
        while !results.closed && number >= results.taken + WINDOW {
            results.stuck += 1;
            results = self.room.wait(results).unwrap_or_else(PoisonError::into_inner);
            results.stuck -= 1;
        }
        !results.closed
    }

    fn put(&self, number: u64, result: Option<T>) {
        let mut results = lock(&self.results);
        let at = usize::try_from(number - results.taken).unwrap_or(usize::MAX);
        while results.waiting.len() <= at {
            results.waiting.push_back(None);
        }
        results.waiting[at] = Some(result);
        results.put += 1;
        results.untold += 1;
        if results.is_awaited && results.is_ready() && (results.untold >= MANY || results.is_end()) {
            results.untold = 0;
            drop(results);
            self.news.notify_one();
        }
    }

    /// Takes off what is ready, which may be nothing; false: there will be nothing more.
    fn wait(&self, ready: &mut VecDeque<Option<T>>) -> bool {
        let mut results = lock(&self.results);
        if !results.is_ready() {
            results.is_awaited = true;
            let nothing = |results: &mut Results<T>| !results.is_ready() && !results.is_over();
            let waited = self.news.wait_timeout_while(results, PATIENCE, nothing);
            results = waited.unwrap_or_else(PoisonError::into_inner).0;
            results.is_awaited = false;
        }
        let is_over = results.is_over();
        results.untold = 0;
        while results.is_ready() {
            ready.extend(results.waiting.pop_front().flatten());
            results.taken += 1;
        }
        let is_room_awaited = results.stuck > 0 && !ready.is_empty();
        drop(results);
        if is_room_awaited {
            self.room.notify_all();
        }
        !is_over
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

    /// Whether all results were taken off.
    fn is_over(&self) -> bool {
        self.all.is_some_and(|all| self.taken >= all)
    }

    /// Whether the last result is there.
    fn is_end(&self) -> bool {
        self.all.is_some_and(|all| self.put >= all)
    }
}

/// Somebody looks for items. It ends even when the search panics: others wait for it.
struct Looking<'b, I: Iterator + Send, T: Send>
where
    I::Item: Send,
{
    belt: &'b Belt<I, T>,
    /// There are no more.
    is_all: bool,
}

impl<I: Iterator + Send, T: Send> Drop for Looking<'_, I, T>
where
    I::Item: Send,
{
    fn drop(&mut self) {
        let mut stock = lock(&self.belt.stock);
        stock.is_looking = false;
        stock.is_all |= self.is_all;
        if thread::panicking() {
            // Perhaps no worker is left for what was found.
            stock.items.clear();
        }
        let (taken, is_awaited) = (stock.taken, stock.waiting > 0);
        drop(stock);
        if thread::panicking() {
            self.belt.end_at(taken);
        }
        if is_awaited {
            self.belt.goods.notify_all();
        }
    }
}

/// Where the result of an item belongs. It is put there even when the work panics: the taker waits for it.
struct Place<'b, I: Iterator + Send, T: Send>
where
    I::Item: Send,
{
    belt: &'b Belt<I, T>,
    number: u64,
    result: Option<T>,
}

impl<I: Iterator + Send, T: Send> Drop for Place<'_, I, T>
where
    I::Item: Send,
{
    fn drop(&mut self) {
        self.belt.put(self.number, self.result.take());
        if thread::panicking() {
            // Perhaps no worker is left; the panic is passed on when those that are have ended.
            lock(&self.belt.results).all = Some(self.number + 1);
            self.belt.news.notify_one();
        }
    }
}

struct Closing<'b, I: Iterator + Send, T: Send>(&'b Belt<I, T>)
where
    I::Item: Send;

impl<I: Iterator + Send, T: Send> Drop for Closing<'_, I, T>
where
    I::Item: Send,
{
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
            let done: Result<(), ()> = ordered(0..1000, 4, threads, work, |result| {
                seen.extend(result);
                Ok(())
            });
            assert_eq!(done, Ok(()));
            assert_eq!(seen, (0..1000).filter(|item| item & 3 > 0).collect::<Vec<_>>());
        }
    }

    #[test]
    fn nothing_to_do() {
        let done: Result<(), ()> =
            ordered(0..0, 8, 4, Some, |result| result.map_or(Ok(()), |_: i32| Err(())));
        assert_eq!(done, Ok(()));
    }

    #[test]
    fn an_error_ends_it() {
        let mut seen = 0;
        let done = ordered(0.., 8, 4, Some, |result: Option<u64>| {
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
        let done: Result<(), ()> = ordered(0..2000, 32, 3, work, |result| {
            if result == Some(0) {
                most = begun.load(SeqCst);
            }
            Ok(())
        });
        assert_eq!(done, Ok(()));
        assert!((2..2000).contains(&most), "{most}");
    }

    #[test]
    fn nothing_is_looked_for_ahead_where_that_may_take_long() {
        let (send, receive) = std::sync::mpsc::channel();
        // There is no second item before the first one is done.
        let items = (0..3).inspect(move |&item| assert!(item == 0 || receive.recv() == Ok(item - 1)));
        let mut seen = Vec::new();
        let work = |item| send.send(item).is_ok().then_some(item);
        let done: Result<(), ()> = ordered(items, 0, 1, work, |result| {
            seen.extend(result);
            Ok(())
        });
        assert_eq!((done, seen), (Ok(()), vec![0, 1, 2]));
    }

    #[test]
    fn a_panic_of_the_search_is_passed_on() {
        for threads in [1, 3] {
            let items = (0..10).inspect(|&item| assert!(item < 5, "five"));
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                ordered(items, 2, threads, Some, |_: Option<i32>| Ok::<_, ()>(()))
            }));
            assert!(outcome.is_err());
        }
    }

    #[test]
    fn a_panic_loses_one_result_and_is_passed_on() {
        let mut seen = Vec::new();
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            ordered(
                0..10,
                4,
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
