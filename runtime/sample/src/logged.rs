//! Sample days of DNS responses and web requests: the day as CSV, and results like those of a machine-learning job, least
//! likely row first. `rank` ranks the same days by other means; its tests measure how well.
//!
//! # The score
//!
//! Each row has a *word*: what is typical of it. The score is the probability of the word, estimated from what all other
//! clients did on the day and what the client itself did before:
//!
//! (rows of other clients with the word + earlier rows of the client with the word + 1) / (all rows + all words)
//!
//! So what a single client does is unlikely at first, and less so with each repetition; each story begins at the top,
//! and none fills it. Rows are counted and compared as integers. The score is the only floating-point number: one
//! division, which IEEE 754 rounds alike on every machine.

use std::collections::{BTreeMap, BinaryHeap};
use std::io::{self, Write};

use flow_oa_rank::python_repr;
use jiff::civil::Date;

use super::Plan;
use super::day::tell;
use super::row::Row;
use super::story::StageSummary;

/// A row of a day that comes with its results.
pub(super) trait Logged: Row {
    /// The names of the raw columns.
    const HEADER: &'static str;

    /// Writes the raw line. No field may need quoting.
    fn write(&self, date: Date, out: &mut dyn Write) -> io::Result<()>;

    /// Writes the line of the results: separated by tabs, without quoting.
    fn write_result(&self, date: Date, score: &str, out: &mut dyn Write) -> io::Result<()>;

    /// What is typical of the row, in one word.
    fn word(&self) -> String;
}

/// The partition columns of a raw line: year, month, day and hour.
pub(super) fn partition(date: Date, time: u64) -> String {
    format!("{},{},{},{}", date.year(), date.month(), date.day(), time / 3_600_000)
}

/// Writes the rows of a plan as CSV.
pub(super) fn write<R: Logged>(plan: &Plan, out: &mut impl Write) -> io::Result<Vec<StageSummary>> {
    writeln!(out, "{}", R::HEADER)?;
    let stages = tell(plan, |row: &R| row.write(plan.date, out))?;
    out.flush()?;
    Ok(stages)
}

/// Writes the results of a plan: at most `most` rows, the least likely first, and of equally likely ones the earliest.
pub(super) fn write_results<R: Logged>(plan: &Plan, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut words = Words::default();
    tell(plan, |row: &R| {
        words.count(row);
        Ok(())
    })?;
    let all = plan.rows + words.counts.len() as u64;
    let (mut least, mut index) = (BinaryHeap::new(), 0_u64);
    tell(plan, |row: &R| {
        let seen = words.see(row);
        index += 1;
        if least.len() < most || least.peek().is_some_and(|(last, _, _)| seen < *last) {
            let mut line = Vec::new();
            row.write_result(plan.date, &python_repr(seen as f64 / all as f64), &mut line)?;
            least.push((seen, index, line));
        }
        if least.len() > most {
            least.pop();
        }
        Ok(())
    })?;
    least.into_sorted_vec().iter().try_for_each(|(_, _, line)| out.write_all(line))
}

/// How often each word occurs, in total and by client.
#[derive(Default)]
struct Words {
    counts: BTreeMap<String, Count>,
}

#[derive(Default)]
struct Count {
    all: u64,
    clients: BTreeMap<std::net::IpAddr, Own>,
}

/// The rows of one client with a word: all, and those that were seen in the second pass.
#[derive(Default)]
struct Own {
    all: u64,
    earlier: u64,
}

impl Words {
    fn count(&mut self, row: &impl Logged) {
        let count = self.counts.entry(row.word()).or_default();
        count.all += 1;
        count.clients.entry(row.source()).or_default().all += 1;
    }

    /// The rows of other clients and the earlier rows of the same client with the word of a row, and the row itself.
    fn see(&mut self, row: &impl Logged) -> u64 {
        let count = self.counts.entry(row.word()).or_default();
        let own = count.clients.entry(row.source()).or_default();
        own.earlier += 1;
        count.all - own.all + own.earlier
    }
}
