//! The options for a day or a range of days.

use flow_oa_runtime::Error;
use jiff::civil::Date;

use crate::global::date;

/// One day, or all days from the first to the last, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Days {
    Day(Date),
    Range(Date, Date),
}

#[derive(Debug, clap::Args)]
pub(crate) struct Dates {
    /// Day, YYYYMMDD or YYYY-MM-DD
    #[arg(long, short, value_parser = date)]
    date: Option<Date>,
    /// First day of a range
    #[arg(long, value_name = "DATE", value_parser = date, requires = "to_date", conflicts_with = "date")]
    from_date: Option<Date>,
    /// Last day of a range
    #[arg(long, value_name = "DATE", value_parser = date, requires = "from_date")]
    to_date: Option<Date>,
}

impl Dates {
    /// The days, if the options name any.
    pub(crate) fn given(&self) -> Option<Days> {
        match (self.date, self.from_date, self.to_date) {
            (Some(day), ..) => Some(Days::Day(day)),
            (None, Some(first), Some(last)) => Some(Days::Range(first, last)),
            (None, ..) => None,
        }
    }

    /// The days that the options name.
    ///
    /// # Errors
    /// If they name none.
    pub(crate) fn required(&self, command: &str) -> Result<Days, Error> {
        self.given().ok_or_else(|| {
            Error::Usage(format!(
                "{command}: name the day with --date, or several with --from-date and --to-date"
            ))
        })
    }
}
