//! Small numbers for recurring values, so that counts are kept per number, and each host name and each word is stored
//! once.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Assigns 0, 1, 2 … to distinct values, in the order in which they are first seen.
///
/// The hasher is the standard library's keyed hasher: hosts and words come from traffic that an attacker may shape, who
/// must not be able to force collisions.
#[derive(Debug, Clone)]
pub(super) struct Interner<K> {
    ids: HashMap<K, u32>,
}

impl<K: Hash + Eq> Interner<K> {
    /// The number of `key`; a new value gets a new number, and `own` creates the owned value to store.
    ///
    /// Four thousand million distinct values do not fit into memory together with their counts; beyond that, they would
    /// share the last number.
    pub(super) fn intern<Q>(&mut self, key: &Q, own: impl FnOnce() -> K) -> u32
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        if let Some(&id) = self.ids.get(key) {
            return id;
        }
        let id = u32::try_from(self.ids.len()).unwrap_or(u32::MAX);
        self.ids.insert(own(), id);
        id
    }

    /// The number of `key`, if it was seen.
    pub(super) fn find<Q>(&self, key: &Q) -> Option<u32>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.ids.get(key).copied()
    }

    /// The values in the order of their numbers.
    pub(super) fn by_number(&self) -> Vec<&K> {
        let mut sorted: Vec<(u32, &K)> = self.ids.iter().map(|(key, id)| (*id, key)).collect();
        sorted.sort_unstable_by_key(|(id, _)| *id);
        sorted.into_iter().map(|(_, key)| key).collect()
    }

    /// The number of distinct values.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }
}

impl<K: Hash + Eq + Ord> Interner<K> {
    /// The position of each value among all, sorted.
    pub(super) fn order(&self) -> Vec<u32> {
        let mut sorted: Vec<(&K, u32)> = self.ids.iter().map(|(key, id)| (key, *id)).collect();
        sorted.sort_unstable();
        let mut order = vec![0; sorted.len()];
        for ((_, id), at) in sorted.into_iter().zip(0..) {
            if let Some(position) = order.get_mut(id as usize) {
                *position = at;
            }
        }
        order
    }
}

impl<K> Default for Interner<K> {
    fn default() -> Self {
        Self { ids: HashMap::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_distinct_values_in_order_of_first_sight() {
        let mut names = Interner::<String>::default();
        let ids = ["b", "a", "b", "c"].map(|name| names.intern(name, || name.to_owned()));
        assert_eq!(ids, [0, 1, 0, 2]);
        assert_eq!(names.find("a"), Some(1));
        assert_eq!(names.find("d"), None);
        assert_eq!(names.len(), 3);
        assert_eq!(names.order(), [1, 0, 2]);
        assert_eq!(names.by_number(), ["b", "a", "c"]);
    }
}
