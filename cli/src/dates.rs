//! The options for a day or a range of days.

use flow_oa_engine::Session;
use flow_oa_site::Error;
use flow_oa_site::deployment::Chosen;
use jiff::civil::Date;

use crate::global::{NamedDay, date, day};

/// One day, or all days from the first to the last, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Days {
    Day(Date),
    Range(Date, Date),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Dates {
    /// Day: YYYYMMDD or YYYY-MM-DD, today or yesterday (UTC); for queries also latest, their default: the last day with a
    /// run
    #[arg(long, short, value_parser = day)]
    date: Option<NamedDay>,
    /// First day of a range
    #[arg(long, value_name = "DATE", value_parser = date, requires = "to_date", conflicts_with = "date")]
    from_date: Option<Date>,
    /// Last day of a range
    #[arg(long, value_name = "DATE", value_parser = date, requires = "from_date")]
    to_date: Option<Date>,
}

impl Dates {
    /// The days, if the options name any.
    ///
    /// # Errors
    /// If they name the last day with a run, which only queries know.
    pub(crate) fn given(&self, command: &str) -> Result<Option<Days>, Error> {
        match (self.date, self.from_date, self.to_date) {
            (Some(NamedDay::Date(day)), ..) => Ok(Some(Days::Day(day))),
            (Some(NamedDay::Latest), ..) => Err(Error::Usage(format!(
                "{command}: --date latest is the last day with a run, for queries; name the day"
            ))),
            (None, Some(first), Some(last)) => Ok(Some(Days::Range(first, last))),
            (None, ..) => Ok(None),
        }
    }

    /// The days that the options name.
    ///
    /// # Errors
    /// If they name none.
    pub(crate) fn required(&self, command: &str) -> Result<Days, Error> {
        self.given(command)?.ok_or_else(|| {
            Error::Usage(format!(
                "{command}: name the day with --date, or several with --from-date and --to-date"
            ))
        })
    }

    /// The first and the last day of a query; without options, the last day with a run.
    ///
    /// # Errors
    /// If there is none or the database cannot be queried.
    pub(crate) fn asked(&self, session: &mut dyn Session, chosen: Chosen<'_>) -> Result<(Date, Date), Error> {
        match (self.date, self.from_date, self.to_date) {
            (None, Some(first), Some(last)) => Ok((first, last)),
            (named, ..) => {
                let day = named.unwrap_or(NamedDay::Latest).date(session, chosen)?;
                Ok((day, day))
            }
        }
    }
}
