//! Small numbers for values that come again and again, so that counts are kept per number and each host's
//! name and each word is held once.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

/// Hands out 0, 1, 2 … to distinct values, in the order in which they are first seen.
///
/// The hasher is the standard library's keyed one: hosts and words come from traffic that an attacker may
/// shape, and must not be able to force collisions.
#[derive(Debug, Clone)]
pub(super) struct Interner<K> {
    ids: HashMap<K, u32>,
}

impl<K: Hash + Eq> Interner<K> {
    /// The number of `key`, a new one if it was not seen before; `own` makes the value to keep then.
    ///
    /// Four thousand million distinct values do not fit into memory beside their counts; past that, they
    /// would share the last number.
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

    /// How many distinct values were seen.
    pub(super) fn len(&self) -> usize {
        self.ids.len()
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
    }
}
