//! A day after the first pass: how rare what each group did was, where its story places it, and how many of its rows can
//! be in a list.

use std::collections::{BinaryHeap, HashMap};

use compact_str::CompactString;
use flow_oa_core::bits::log2;

use super::cells::{Cell, Cells};
use super::intern::Interner;
use super::row::Row;
use super::tails::{Family, Tail};

/// What a pipeline ranks by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// The number of keys of a group; at least one.
    pub keys: usize,
    /// For each value that a row says, the key, by position, of which each counts it once; `None` if every row counts.
    pub values: Vec<Option<usize>>,
    /// The keys, by position, whose groups are one story. A group's place is the worst of those in its stories.
    pub spreads: Vec<Vec<usize>>,
    /// The thousandths of a bit that a story's row costs for each doubling of its place.
    pub weight: u32,
}

impl Shape {
    /// The bits that the row with a number in a group with a place costs.
    fn cost(&self, place: u32, number: u64) -> i64 {
        let doublings = log2(u64::from(place).saturating_mul(number), 1);
        (i64::from(self.weight) * doublings + 500) / 1000
    }
}

/// The first pass: counts what the rows of a day say.
#[derive(Debug)]
pub struct Counts {
    keyed: Keyed,
    families: Vec<Family>,
    /// The numbers of the values in each distinct combination, one after the other.
    values_of: Vec<u32>,
    /// The numbers of the keys of each group, one after the other.
    keys_of: Vec<u32>,
    /// The numbers of the keys of the row that is being added.
    keys: Vec<u32>,
    cells: Cells,
    rows: u64,
}

/// The numbers of groups, and of what rows say.
#[derive(Debug)]
struct Keyed {
    shape: Shape,
    names: Interner<CompactString>,
    /// The pairs that a group's keys make: of the first two, of that pair and the third, and so on.
    pairs: Vec<Interner<(u32, u32)>>,
    said: Interner<Box<[u8]>>,
    joined: Vec<u8>,
}

impl Keyed {
    /// The numbers of a row's group and of what it says, if both are known.
    fn find(&mut self, row: &Row) -> Option<(u32, u32)> {
        let mut group = self.names.find(row.get(0))?;
        for (pairs, at) in self.pairs.iter().zip(1..) {
            group = pairs.find(&(group, self.names.find(row.get(at))?))?;
        }
        row.joined(self.shape.keys, &mut self.joined);
        Some((group, self.said.find(self.joined.as_slice())?))
    }
}

impl Counts {
    /// No rows.
    pub fn new(shape: Shape) -> Self {
        let pairs = (1..shape.keys).map(|_| Interner::default()).collect();
        let families = shape.values.iter().map(|_| Family::default()).collect();
        let (names, said) = (Interner::default(), Interner::default());
        let keyed = Keyed { shape, names, pairs, said, joined: Vec::new() };
        let (values_of, keys_of, keys) = (Vec::new(), Vec::new(), Vec::new());
        Self { keyed, families, values_of, keys_of, keys, cells: Cells::default(), rows: 0 }
    }

    /// Adds a number of rows that have the same keys and say the same.
    pub fn add(&mut self, row: &Row, rows: u64) {
        let keyed = &mut self.keyed;
        self.keys.clear();
        self.keys.extend((0..keyed.shape.keys).map(|at| {
            let name = row.get(at);
            keyed.names.intern(name, || name.into())
        }));
        let mut group = self.keys.first().copied().unwrap_or_default();
        for (pairs, key) in keyed.pairs.iter_mut().zip(self.keys.iter().skip(1)) {
            group = pairs.intern(&(group, *key), || (group, *key));
        }
        if group as usize * keyed.shape.keys == self.keys_of.len() {
            self.keys_of.extend_from_slice(&self.keys);
        }
        row.joined(keyed.shape.keys, &mut keyed.joined);
        let joined = &keyed.joined;
        let said = keyed.said.intern(joined.as_slice(), || joined.as_slice().into());
        if said as usize * keyed.shape.values.len() == self.values_of.len() {
            for (at, family) in self.families.iter_mut().enumerate() {
                let context = keyed.shape.keys + 2 * at;
                self.values_of.push(family.intern(row.get(context), row.get(context + 1)));
            }
        }
        self.cells.add(Cell { group, said, rows });
        self.rows += rows;
    }

    /// The number of rows that were added.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Ends the first pass: finds how rare what each row says is, and what each group has of that.
    pub fn weigh(self) -> Weighed {
        let Self { keyed, mut families, values_of, keys_of, keys: _, cells, rows } = self;
        let cells = cells.into_sorted();
        let kinds = keyed.shape.values.len();
        let said = |cell: &Cell| cell.said as usize * kinds..(cell.said as usize + 1) * kinds;
        for (at, (family, once)) in families.iter_mut().zip(&keyed.shape.values).enumerate() {
            let value = |cell: &Cell| values_of[said(cell)][at];
            let Some(key) = once else {
                cells.iter().for_each(|cell| family.add(value(cell), cell.rows));
                continue;
            };
            let key = |cell: &Cell| keys_of[cell.group as usize * keyed.shape.keys + key];
            let mut pairs: Vec<(u32, u32)> = cells.iter().map(|cell| (value(cell), key(cell))).collect();
            pairs.sort_unstable();
            pairs.dedup();
            pairs.into_iter().for_each(|(value, _)| family.add(value, 1));
        }
        let tails: Vec<Vec<Tail>> = families.iter().map(Family::tails).collect();
        drop(families);
        let bits: Vec<Vec<u32>> =
            tails.iter().map(|of| of.iter().copied().map(Tail::bits).collect()).collect();
        let bits = |(at, value): (usize, &u32)| bits[at % kinds][*value as usize];
        let bits_of: Vec<u32> = values_of.iter().enumerate().map(bits).collect();
        let own = match kinds {
            0 => vec![0; keyed.said.len()],
            _ => bits_of.chunks_exact(kinds).map(|bits| bits.iter().sum()).collect(),
        };
        let mut groups = Vec::with_capacity(keys_of.len() / keyed.shape.keys.max(1));
        let mut means = Vec::with_capacity(groups.capacity() * kinds);
        for of_group in cells.chunk_by(|one, next| one.group == next.group) {
            let rows: u64 = of_group.iter().map(|cell| cell.rows).sum();
            let mean = |at: usize| {
                let bits = |cell: &Cell| u128::from(bits_of[said(cell)][at]) * u128::from(cell.rows);
                (of_group.iter().map(bits).sum::<u128>() / u128::from(rows.max(1))) as u32
            };
            let start = means.len();
            means.extend((0..kinds).map(mean));
            groups.push(Group::new(means[start..].iter().sum(), rows));
        }
        drop(bits_of);
        Weighed {
            day: Day { keyed, values_of, tails, own, means, groups, standings: HashMap::new(), rows },
            keys_of,
            cells,
        }
    }
}

/// A day whose groups have no places yet.
#[derive(Debug)]
pub struct Weighed {
    day: Day,
    /// The numbers of the keys of each group, one after the other.
    keys_of: Vec<u32>,
    cells: Vec<Cell>,
}

impl Weighed {
    /// How rare each value of a row is. `None` for a row that the first pass did not see.
    pub fn tails(&mut self, row: &Row) -> Option<Vec<Tail>> {
        let (_, said) = self.day.find(row)?;
        Some(self.day.tails(said))
    }

    /// Gives each group its standing, by its keys and the number of its rows.
    pub fn stand(&mut self, mut standing: impl FnMut(&[&str], u64) -> Standing) {
        let names = self.day.keyed.names.by_number();
        let of_groups = self.keys_of.chunks_exact(self.day.keyed.shape.keys);
        let mut keys: Vec<&str> = Vec::new();
        for ((group, of_group), at) in self.day.groups.iter().zip(of_groups).zip(0..) {
            keys.clear();
            keys.extend(of_group.iter().map(|key| names[*key as usize].as_str()));
            match standing(&keys, group.rows) {
                Standing::Usual => {}
                known => drop(self.day.standings.insert(at, known)),
            }
        }
    }

    /// Finds the place of each group in its stories. `most` is the number of rows that a list can have; `None` for all.
    pub fn finish(self, most: Option<usize>) -> Day {
        let Self { mut day, keys_of, cells } = self;
        day.place(&keys_of);
        drop(keys_of);
        let reach = day.reach(most);
        day.narrow(&reach, &cells);
        day
    }
}

/// What people know about a group. A number says which knowledge it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standing {
    /// Nothing.
    #[default]
    Usual,
    /// Something that does not move its rows.
    Noted(u32),
    /// Its rows come after all others, and no other group's place counts it.
    Back(u32),
    /// Its rows come before those that are equally suspicious.
    Front(u32),
}

/// What rows that come after all others lack, in 1/1024 bit: more than any score.
const BACK: i64 = 1 << 48;

/// A group of rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Group {
    /// The sum over the kinds of values of the mean of its rows' bits.
    pub(super) bits: u32,
    /// The worst of its places in its stories, from 1.
    pub(super) place: u32,
    rows: u64,
    /// A row with more bits can be in the list, and a row with fewer cannot.
    pub(super) least: u32,
    /// The number of rows with exactly so many bits that can be in the list.
    pub(super) at_least: u32,
}

impl Group {
    fn new(bits: u32, rows: u64) -> Self {
        Self { bits, place: 1, rows, least: 0, at_least: 0 }
    }
}

/// What the first pass found: all that the second pass needs to know.
#[derive(Debug)]
pub struct Day {
    keyed: Keyed,
    /// The numbers of the values in each distinct combination, one after the other.
    values_of: Vec<u32>,
    /// The tail of each value of each kind.
    tails: Vec<Vec<Tail>>,
    /// The bits of each combination of values.
    own: Vec<u32>,
    /// The bits of each kind of values in each group, one group after the other.
    means: Vec<u32>,
    groups: Vec<Group>,
    /// What people know about groups; most are not here.
    standings: HashMap<u32, Standing>,
    rows: u64,
}

impl Day {
    /// The number of rows of the day.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// The number of groups.
    pub fn groups(&self) -> usize {
        self.groups.len()
    }

    /// The bits of each kind of values of a group.
    pub(super) fn means(&self, group: u32) -> &[u32] {
        let kinds = self.keyed.shape.values.len();
        &self.means[group as usize * kinds..(group as usize + 1) * kinds]
    }

    /// The group of a row, and the number of what it says; `None` for a row that the first pass did not see.
    pub(super) fn find(&mut self, row: &Row) -> Option<(u32, u32)> {
        self.keyed.find(row)
    }

    /// The bits of a combination of values.
    pub(super) fn own(&self, said: u32) -> u32 {
        self.own[said as usize]
    }

    /// The tail of each value of a combination.
    pub(super) fn tails(&self, said: u32) -> Vec<Tail> {
        let kinds = self.tails.len();
        let values = &self.values_of[said as usize * kinds..(said as usize + 1) * kinds];
        values.iter().zip(&self.tails).map(|(value, tails)| tails[*value as usize]).collect()
    }

    pub(super) fn group(&self, group: u32) -> Group {
        self.groups[group as usize]
    }

    /// What people know about a group.
    pub(super) fn standing(&self, group: u32) -> Standing {
        self.standings.get(&group).copied().unwrap_or_default()
    }

    fn is_back(&self, group: u32) -> bool {
        matches!(self.standing(group), Standing::Back(_))
    }

    /// What orders rows with the same score.
    pub(super) fn precedence(&self, group: u32) -> (u32, bool) {
        (self.group(group).bits, matches!(self.standing(group), Standing::Front(_)))
    }

    /// The score, in 1/1024 bit, of the row with a number, from 1, in a group.
    pub(super) fn score(&self, at: u32, number: u64) -> i64 {
        let group = self.group(at);
        let bits = i64::from(group.bits) - self.keyed.shape.cost(group.place, number);
        if self.is_back(at) { bits - BACK } else { bits }
    }

    /// Finds the place of each group: groups with more bits come first, then those whose keys are less. Groups that come
    /// after all others have the last places.
    fn place(&mut self, keys_of: &[u32]) {
        let keys = self.keyed.shape.keys;
        let order = self.keyed.names.order();
        let keys_of = |group: u32| &keys_of[group as usize * keys..(group as usize + 1) * keys];
        let mut sorted: Vec<u32> = (0..).take(self.groups.len()).collect();
        sorted.sort_unstable_by(|one, other| {
            let bits = |group: &u32| self.groups[*group as usize].bits;
            let names = |group: &u32| keys_of(*group).iter().map(|name| order[*name as usize]);
            let is_back = |group: &u32| self.is_back(*group);
            let order = (is_back(one), bits(other)).cmp(&(is_back(other), bits(one)));
            order.then_with(|| names(one).cmp(names(other)))
        });
        drop(order);
        for spread in &self.keyed.shape.spreads {
            let mut pairs: Vec<Interner<(u32, u32)>> =
                vec![Interner::default(); spread.len().saturating_sub(1)];
            let mut seen: HashMap<u32, u32> = HashMap::new();
            for group in &sorted {
                let mut own = spread.iter().map(|at| keys_of(*group)[*at]);
                let first = own.next().unwrap_or_default();
                let story = pairs
                    .iter_mut()
                    .zip(own)
                    .fold(first, |story, (pairs, key)| pairs.intern(&(story, key), || (story, key)));
                let place = seen.entry(story).or_default();
                *place += 1;
                let group = &mut self.groups[*group as usize];
                group.place = group.place.max(*place);
            }
        }
    }

    /// The number of rows of each group that can be in the list. The scores of a group's rows follow from their numbers,
    /// so no row is needed to know that.
    fn reach(&self, most: Option<usize>) -> Vec<u64> {
        let Some(most) = most.map(|most| most as u64).filter(|most| *most < self.rows) else {
            return self.groups.iter().map(|group| group.rows).collect();
        };
        let mut reach = vec![0; self.groups.len()];
        if most == 0 {
            return reach;
        }
        let next = |at: u32, number: u64| (self.score(at, number), self.precedence(at), at, number);
        let mut firsts: Vec<_> = (0..).take(self.groups.len()).map(|at| next(at, 1)).collect();
        let first = usize::try_from(most).unwrap_or(usize::MAX) - 1;
        if first < firsts.len() {
            // A group whose first row comes after so many others cannot be in the list, unless it is equal to the last.
            let (_, last, _) = firsts.select_nth_unstable_by(first, |one, other| other.cmp(one));
            let last = (last.0, last.1);
            firsts.retain(|(score, precedence, ..)| (*score, *precedence) >= last);
            firsts.shrink_to_fit();
        }
        let mut heap = BinaryHeap::from(firsts);
        let (mut taken, mut last) = (0_u64, None);
        while let Some((score, precedence, at, number)) = heap.pop() {
            if last.is_some_and(|last| (score, precedence) < last) {
                break;
            }
            taken += 1;
            if taken == most {
                // Which of the equal rows are in the list depends on the rows.
                last = Some((score, precedence));
            }
            reach[at as usize] = number;
            if number < self.group(at).rows {
                heap.push(next(at, number + 1));
            }
        }
        reach
    }

    /// Finds the bits that a row needs to be one of those of its group that can be in the list.
    fn narrow(&mut self, reach: &[u64], cells: &[Cell]) {
        let mut said: Vec<(u32, u64)> = Vec::new();
        let of_groups = cells.chunk_by(|one, next| one.group == next.group);
        for ((group, reach), cells) in self.groups.iter_mut().zip(reach).zip(of_groups) {
            said.clear();
            said.extend(cells.iter().map(|cell| (self.own[cell.said as usize], cell.rows)));
            said.sort_unstable_by(|one, other| other.cmp(one));
            let mut missing = *reach;
            (group.least, group.at_least) = (u32::MAX, 0);
            for (bits, rows) in &said {
                if missing == 0 {
                    break;
                }
                let taken = missing.min(*rows);
                missing -= taken;
                // A list of so many rows does not fit into memory.
                let taken = u32::try_from(taken).unwrap_or(u32::MAX);
                group.at_least =
                    if group.least == *bits { group.at_least.saturating_add(taken) } else { taken };
                group.least = *bits;
            }
        }
    }
}
