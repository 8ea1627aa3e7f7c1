//! The second pass: the rows of a day that can be in the list, and the list.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap};

use super::day::{Day, Standing};
use super::row::Row;
use super::tails::Tail;

/// What orders rows that are equally suspicious, and what is kept of a row.
pub trait Tied {
    /// What is kept. Its order is that of rows that are equally suspicious.
    type Kept: Ord;

    /// The order of this row and a kept one.
    fn order(&self, kept: &Self::Kept) -> Ordering;

    /// Keeps the row.
    fn keep(&self) -> Self::Kept;
}

/// What is kept of a row, and the ties that order it among equally suspicious rows. Nothing else orders them.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the fields are what their names say")]
pub struct ByTies<T, K> {
    pub ties: T,
    pub kept: K,
}

impl<T: PartialEq, K> PartialEq for ByTies<T, K> {
    fn eq(&self, other: &Self) -> bool {
        self.ties == other.ties
    }
}

impl<T: Eq, K> Eq for ByTies<T, K> {}

impl<T: Ord, K> PartialOrd for ByTies<T, K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T: Ord, K> Ord for ByTies<T, K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.ties.cmp(&other.ties)
    }
}

impl<T: Ord + Clone, K: Clone> Tied for ByTies<T, K> {
    type Kept = Self;

    fn order(&self, kept: &Self) -> Ordering {
        self.cmp(kept)
    }

    fn keep(&self) -> Self {
        self.clone()
    }
}

/// A row that is kept. Rows that are equal in all else are in the order of their numbers.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kept<K> {
    row: K,
    number: i64,
    /// The number of what the row says.
    said: u32,
}

/// The rows of a group that can be in the list.
#[derive(Debug)]
struct Rows<K> {
    /// Rows with more bits than the group's last ones.
    sure: Vec<(u32, Kept<K>)>,
    /// Rows with exactly as many; the last of them is on top.
    last: BinaryHeap<Kept<K>>,
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed<K> {
    /// What was kept of the row.
    pub row: K,
    /// The score in 1/1024 bit; negative for rows of which there were many in the story.
    pub bits: i64,
    /// The place of the row's group in its story, from 1.
    pub place: u32,
    /// The number of the row in its group, from 1.
    pub number: u64,
    /// What people know about the group.
    pub standing: Standing,
    /// The bits of each kind of values of the group.
    pub means: Vec<u32>,
    /// How rare each value of the row is.
    pub tails: Vec<Tail>,
}

/// The second pass: keeps the rows that can be in the list.
#[derive(Debug)]
pub struct List<K> {
    day: Day,
    groups: HashMap<u32, Rows<K>>,
}

impl<K: Ord> List<K> {
    /// No rows of a day.
    pub fn new(day: Day) -> Self {
        Self { day, groups: HashMap::new() }
    }

    /// The day.
    pub fn day(&self) -> &Day {
        &self.day
    }

    /// The number of rows that are kept: those of the list, and those that equal its last one.
    pub fn kept(&self) -> usize {
        self.groups.values().map(|rows| rows.sure.len() + rows.last.len()).sum()
    }

    /// Keeps a row if it can be in the list. A row that the first pass did not see is left out. Rows may come in any
    /// order: of rows that are equal in all else, the one with the lowest number comes first.
    pub fn offer(&mut self, row: &Row, number: i64, tied: &impl Tied<Kept = K>) {
        let Some((at, said)) = self.day.find(row) else { return };
        let own = self.day.own(said);
        let group = self.day.group(at);
        if own < group.least {
            return;
        }
        let rows =
            self.groups.entry(at).or_insert_with(|| Rows { sure: Vec::new(), last: BinaryHeap::new() });
        let kept = || Kept { row: tied.keep(), number, said };
        if own > group.least {
            rows.sure.push((own, kept()));
        } else if rows.last.len() < group.at_least as usize {
            rows.last.push(kept());
        } else if let Some(mut last) = rows.last.peek_mut()
            && tied.order(&last.row).then(number.cmp(&last.number)).is_lt()
        {
            *last = kept();
        }
    }

    /// The list, the most suspicious row first.
    pub fn into_sorted(self, most: Option<usize>) -> Vec<Listed<K>> {
        /// The score and what precedes among equals; the row, its group and its number there.
        type Line<K> = ((i64, (u32, bool)), Kept<K>, u32, u64);
        let mut lines: Vec<Line<K>> = Vec::new();
        for (at, rows) in self.groups {
            let mut sure = rows.sure;
            sure.sort_unstable_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
            let of_group = sure.into_iter().map(|(_, kept)| kept).chain(rows.last.into_sorted_vec());
            for (kept, number) in of_group.zip(1..) {
                lines.push(((self.day.score(at, number), self.day.precedence(at)), kept, at, number));
            }
        }
        lines.sort_unstable_by(|one, other| other.0.cmp(&one.0).then_with(|| one.1.cmp(&other.1)));
        lines.truncate(most.unwrap_or(usize::MAX));
        let day = &self.day;
        let listed = lines.into_iter().map(|((bits, _), kept, at, number)| {
            let (means, tails) = (day.means(at).to_vec(), day.tails(kept.said));
            let (place, standing) = (day.group(at).place, day.standing(at));
            Listed { row: kept.row, bits, place, number, standing, means, tails }
        });
        listed.collect()
    }
}
