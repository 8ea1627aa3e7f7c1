//! Checks for runs whose inputs are readable but which would most likely replace a good day by mistake.

use flow_oa_core::{Moment, Zone};

use super::RunJob;
use crate::day::derive;
use crate::day::results::ReadResults;
use flow_oa_engine::Session;
use flow_oa_site::{Error, Result};

/// The maximum number of result rows that a run reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// The number given on the command line or in the settings.
    Given(u64),
    /// Not given: 500, as in Spot.
    Default,
}

impl Limit {
    /// The limit from the command line; else from the settings; else the default.
    pub fn of(option: Option<u64>, setting: Option<u64>) -> Self {
        option.or(setting).map_or(Self::Default, Self::Given)
    }

    /// The number of rows.
    pub fn rows(self) -> u64 {
        match self {
            Self::Given(rows) => rows,
            Self::Default => 500,
        }
    }
}

/// What to do with results whose rows mostly belong to another day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtherDay {
    /// Refuse them.
    Refuse,
    /// Store them, with a warning.
    Allow,
}

/// Refuses a default limit that would leave fewer rows than the day has, although the results hold more.
///
/// # Errors
/// If the limit would shrink the day, or the database cannot be read.
pub(super) fn require_whole(session: &mut dyn Session, job: &RunJob<'_>, read: &ReadResults) -> Result<()> {
    let (limit, day) = (job.options.limit, job.options.day);
    if limit != Limit::Default || !read.has_more {
        return Ok(());
    }
    let table = job.chosen.model.scores_table();
    let stored = session.count(&table.name, &derive::on(table, day))?;
    if stored <= limit.rows() {
        return Ok(());
    }
    let (results, table, limit) = (job.results(), &table.name, limit.rows());
    Err(Error::Shrinks(format!(
        "running {day}: {table} has {stored} rows of this day, and the default limit of {limit} would leave the first \
         {limit} of {results}, which holds more. Give the limit with -l {stored} (-l {limit} for the first {limit}), or \
         set `limit` in the settings"
    )))
}

/// Refuses results whose rows mostly belong to another day than that of the run. If such results are allowed, returns
/// the same text as a warning.
///
/// # Errors
/// If less than half of the rows are of the day, both in UTC and in the time zone of the settings.
pub(super) fn require_day(job: &RunJob<'_>, times: &[Moment]) -> Result<Option<String>> {
    let day = job.options.day;
    let of_day = |zone: &Zone| times.iter().filter(|time| zone.date_of(**time) == day).count();
    let own = of_day(&Zone::utc()).max(of_day(&job.settings.zone));
    let Some(other) = times.iter().find(|time| time.date() != day).filter(|_| own * 2 < times.len()) else {
        return Ok(None);
    };
    let found = format!(
        "{}: {own} of {} rows are of {day}; the first of another day is of {} UTC: these look like the results of another day",
        job.results(),
        times.len(),
        other.text()
    );
    match job.options.other_day {
        OtherDay::Allow => Ok(Some(found)),
        OtherDay::Refuse => Err(Error::BadData(format!(
            "{found}. Run the day that they belong to, or store them as {day} all the same with --allow-other-day"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::Limit;

    #[test]
    fn the_command_line_comes_before_the_settings() {
        assert_eq!(Limit::of(Some(3), Some(2)), Limit::Given(3));
        assert_eq!(Limit::of(None, Some(2)).rows(), 2);
        assert_eq!((Limit::of(None, None), Limit::Default.rows()), (Limit::Default, 500));
        assert_ne!(Limit::of(Some(500), None), Limit::Default, "500 that was asked for is not refused");
    }
}
