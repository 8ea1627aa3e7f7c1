//! Ranks a day of rows by how rare what they say is, and how little it is repeated, so that a day can be analysed without
//! a previous machine-learning job.
//!
//! Each row belongs to a group (such as client, server and service) and says a few values, each in a context:
//!
//! 1. The **tail** of a value is the share of its context's rows whose values are as rare or rarer; its bits are the
//!    binary logarithm of one by this share. A context whose values are all equally frequent gives no bits: no evidence.
//!    A value may count once for each key of a kind, such as a domain for each client that asks for it.
//! 2. A **group** has, for each kind of values, the mean of its rows' bits, and their sum.
//! 3. The list is **spread**: groups that share some of their keys are one story. A group's place is the worst of its
//!    places, by bits, in its stories. The row with number `i` in its group costs `weight * log2(place * i)` bits, so the
//!    first row of a story keeps its place, and a scan that fills the day does not fill the list.
//!
//! What people know counts, too: groups that are known to be good come after all others ([`Standing`]).
//!
//! [`Counts`] takes every row once, [`Counts::weigh`] ends this first pass, and a [`List`] takes every row again and
//! keeps those that can be in the list: how many rows of each group these are, and how many bits they need, follows from
//! the counts alone. Memory grows with distinct keys, groups and the length of the list, not with the number of rows.
//!
//! This crate must not know tables, columns or files, and only its input may decide the outcome. All numbers are
//! integers, in 1/1024 bit, so the list is the same on every machine.

mod bits;
mod cells;
mod day;
mod intern;
mod list;
mod repr;
mod row;
#[cfg(test)]
mod slow;
mod tails;

pub use bits::probability;
pub use day::{Counts, Day, Shape, Standing, Weighed};
pub use list::{ByTies, List, Listed, Tied};
pub use repr::python_repr;
pub use row::Row;
pub use tails::Tail;
