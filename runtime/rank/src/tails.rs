//! The tail of each value: the share of the rows of its context whose values are as rare or rarer.

use std::collections::HashMap;

use compact_str::CompactString;
use flow_oa_core::bits::log2;

use super::intern::Interner;

/// How rare a value is in its context.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tail {
    /// The rows with the value.
    pub rows: u64,
    /// The rows of the context whose values are as rare or rarer.
    pub as_rare: u64,
    /// The rows of the context.
    pub all: u64,
}

impl Tail {
    /// The bits: none if all values of the context are equally frequent.
    pub fn bits(self) -> u32 {
        if self.as_rare == 0 { 0 } else { u32::try_from(log2(self.all, self.as_rare)).unwrap_or_default() }
    }

    /// At most one row in so many of the context has a value that is as rare or rarer.
    pub fn one_in(self) -> u64 {
        self.all / self.as_rare.max(1)
    }
}

/// The values of one kind, and their contexts.
#[derive(Debug, Clone, Default)]
pub(super) struct Family {
    contexts: Interner<CompactString>,
    values: Interner<(u32, CompactString)>,
    /// The context of each value.
    context_of: Vec<u32>,
    /// The rows with each value.
    rows: Vec<u64>,
}

impl Family {
    /// The number of a value in its context.
    pub(super) fn intern(&mut self, context: &str, value: &str) -> u32 {
        let context = self.contexts.intern(context, || context.into());
        let key = (context, CompactString::from(value));
        let id = self.values.intern(&key, || key.clone());
        if self.rows.len() == id as usize {
            self.rows.push(0);
            self.context_of.push(context);
        }
        id
    }

    /// Adds rows with a value.
    pub(super) fn add(&mut self, value: u32, rows: u64) {
        if let Some(sum) = self.rows.get_mut(value as usize) {
            *sum += rows;
        }
    }

    /// The tail of each value.
    pub(super) fn tails(&self) -> Vec<Tail> {
        // Rows by context and frequency of their value.
        let mut shares: HashMap<(u32, u64), u64> = HashMap::new();
        let values = || self.context_of.iter().copied().zip(self.rows.iter().copied());
        for (context, rows) in values() {
            *shares.entry((context, rows)).or_default() += rows;
        }
        let mut sorted: Vec<((u32, u64), u64)> = shares.into_iter().collect();
        sorted.sort_unstable();
        let mut tails: HashMap<(u32, u64), Tail> = HashMap::with_capacity(sorted.len());
        for context in sorted.chunk_by(|one, next| one.0.0 == next.0.0) {
            let all: u64 = context.iter().map(|(_, rows)| rows).sum();
            let mut as_rare = 0;
            for (key, rows) in context {
                as_rare += rows;
                tails.insert(*key, Tail { rows: key.1, as_rare, all });
            }
        }
        values().map(|key| tails.get(&key).copied().unwrap_or_default()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tails(rows: &[(&str, &str, u64)]) -> Vec<u32> {
        let mut family = Family::default();
        for (context, value, rows) in rows {
            let id = family.intern(context, value);
            family.add(id, *rows);
        }
        family.tails().into_iter().map(Tail::bits).collect()
    }

    #[test]
    fn a_tail_counts_all_values_as_rare_or_rarer() {
        // 8 rows: two values of 1, one of 2, one of 4. Tails: 2/8, 2/8, 4/8, 8/8.
        let found = tails(&[("", "a", 1), ("", "b", 4), ("", "c", 2), ("", "d", 1)]);
        assert_eq!(found, [2048, 0, 1024, 2048]);
    }

    #[test]
    fn a_tail_knows_its_counts() {
        let mut family = Family::default();
        for (value, rows) in [("a", 1), ("b", 7), ("c", 2)] {
            let id = family.intern("", value);
            family.add(id, rows);
        }
        assert_eq!(family.tails()[2], Tail { rows: 2, as_rare: 3, all: 10 });
        assert_eq!(family.tails().into_iter().map(Tail::one_in).collect::<Vec<_>>(), [10, 1, 3]);
    }

    #[test]
    fn contexts_are_counted_apart() {
        let found = tails(&[("TCP", "S", 1), ("UDP", "S", 4), ("TCP", "A", 3), ("UDP", "A", 4)]);
        assert_eq!(found, [2048, 0, 0, 0]);
    }

    #[test]
    fn what_is_alone_in_its_context_is_no_evidence() {
        assert_eq!(tails(&[("TCP", "S", 1)]), [0]);
    }
}
