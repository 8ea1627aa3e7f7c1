//! Sample days of DNS responses and web requests, as CSV with a header.

use std::io::{self, Write};

use jiff::civil::Date;

use super::Plan;
use super::day::tell;
use super::row::Row;
use super::story::StageSummary;

/// A row of such a day.
pub(super) trait Logged: Row {
    /// The names of the raw columns.
    const HEADER: &'static str;

    /// Writes the raw line. No field may need quoting.
    fn write(&self, date: Date, out: &mut dyn Write) -> io::Result<()>;
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
