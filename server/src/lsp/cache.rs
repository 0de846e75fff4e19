//! What was computed, bounded by bytes: each thing is computed once, however many ask for it at the same time.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Values by key, of which those that nobody asked for the longest go first.
#[derive(Debug)]
pub(crate) struct Cache<K, V> {
    slots: Mutex<Slots<K, V>>,
    /// Bytes that all values together may weigh. The latest stays, whatever it weighs.
    room: usize,
}

#[derive(Debug)]
struct Slots<K, V> {
    by_key: HashMap<K, Slot<V>>,
    /// Counts questions.
    clock: u64,
}

#[derive(Debug)]
struct Slot<V> {
    value: Arc<Mutex<Option<Arc<V>>>>,
    weight: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash, V> Cache<K, V> {
    /// An empty one with room for so many bytes.
    pub(crate) fn new(room: usize) -> Self {
        Self { slots: Mutex::new(Slots { by_key: HashMap::new(), clock: 0 }), room }
    }

    /// The value of a key; `compute` makes it, with its weight, unless it is there. Who asks while it is being made waits. A
    /// failure is not kept: the next one tries again.
    pub(crate) fn get_or<E>(
        &self,
        key: &K,
        compute: impl FnOnce() -> Result<(V, usize), E>,
    ) -> Result<Arc<V>, E> {
        let cell = self.cell(key);
        let mut cell = lock(&cell);
        if let Some(value) = cell.as_ref() {
            return Ok(value.clone());
        }
        let (value, weight) = compute()?;
        let value = Arc::new(value);
        *cell = Some(value.clone());
        drop(cell);
        self.weigh(key, weight);
        Ok(value)
    }

    /// Forgets the values of some keys.
    pub(crate) fn forget(&self, which: impl Fn(&K) -> bool) {
        lock(&self.slots).by_key.retain(|key, _| !which(key));
    }

    fn cell(&self, key: &K) -> Arc<Mutex<Option<Arc<V>>>> {
        let mut slots = lock(&self.slots);
        slots.clock += 1;
        let used = slots.clock;
        let slot = slots.by_key.entry(key.clone()).or_insert_with(|| Slot {
            value: Arc::default(),
            weight: 0,
            used,
        });
        slot.used = used;
        slot.value.clone()
    }

    /// Takes note of a weight, and makes room.
    pub(crate) fn weigh(&self, key: &K, weight: usize) {
        let mut slots = lock(&self.slots);
        if let Some(slot) = slots.by_key.get_mut(key) {
            slot.weight = weight;
        }
        while slots.by_key.values().map(|slot| slot.weight).sum::<usize>() > self.room {
            // What weighs nothing is being made, or would free nothing.
            let old = slots.by_key.iter().filter(|(other, slot)| slot.weight > 0 && *other != key);
            let Some(oldest) = old.min_by_key(|(_, slot)| slot.used).map(|(key, _)| key.clone()) else {
                return;
            };
            slots.by_key.remove(&oldest);
        }
    }
}

/// Locks; a panic while it was locked left nothing half-done that would matter here.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    fn value(weight: usize) -> Result<((), usize), ()> {
        Ok(((), weight))
    }

    #[test]
    fn the_oldest_goes() {
        let cache = Cache::new(10);
        for key in 1..=3 {
            cache.get_or(&key, || value(4)).unwrap();
            cache.get_or(&1, || value(4)).unwrap();
        }
        assert!(cache.get_or(&1, || Err(())).is_ok());
        assert!(cache.get_or(&2, || Err(())).is_err());
        assert!(cache.get_or(&3, || Err(())).is_ok());
        cache.get_or(&9, || value(100)).unwrap();
        assert!(cache.get_or(&9, || Err(())).is_ok());
        assert!(cache.get_or(&3, || Err(())).is_err());
    }

    #[test]
    fn computed_once() {
        let cache = Cache::new(10);
        let count = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    cache.get_or(&1, || {
                        count.fetch_add(1, Ordering::SeqCst);
                        std::thread::sleep(std::time::Duration::from_millis(20));
                        value(1)
                    })
                });
            }
        });
        assert_eq!(count.load(Ordering::SeqCst), 1);
    }

    #[test]
    fn failures_and_panics_are_not_kept() {
        let cache: Cache<i32, ()> = Cache::new(10);
        assert!(cache.get_or(&1, || Err(())).is_err());
        let panicked = std::thread::scope(|scope| {
            scope.spawn(|| cache.get_or(&1, || -> Result<_, ()> { panic!("x") })).join()
        });
        assert!(panicked.is_err());
        assert!(cache.get_or(&1, || value(1)).is_ok());
    }
}
