//! What the values of a column should be like. Commands count the rows that are not so.
//!
//! # Decisions
//!
//! - **An empty value is NULL or an empty text**, since a raw row has no NULL. `range`, `one_of` and `unique_with` are
//!   about the other values, so that each row breaks one rule for one reason.
//! - **An ingest counts row by row, and a run by one query per table**: a file is checked while it is read, with the
//!   line of the first bad row; most rows of a run are in the database only. What is unique is always counted by the
//!   database, since a set of all rows of a file has no bound. SQLite sorts them in memory, unless an index has them
//!   in that order.

use crate::id::ColumnId;
use crate::model::{Otherwise, Table, Value};
use crate::printable::in_line;
use crate::range::Range;

/// A rule, and what happens if it is not met.
#[derive(Debug, Clone, PartialEq)]
pub struct Expectation {
    /// The rule.
    pub rule: Rule,
    /// What happens if it is not met.
    pub otherwise: Otherwise,
}

/// What the values of a column should be like.
#[derive(Debug, Clone, PartialEq)]
pub enum Rule {
    /// No value is NULL.
    NotNull,
    /// Numbers are in a range.
    Range(Range),
    /// Values that are not empty are in a list.
    OneOf(Vec<Value>),
    /// The share of empty values is at most this.
    EmptyAtMost(f64),
    /// No two rows of a day have the same values in the column, unless it is empty, and in these.
    UniqueWith(Vec<ColumnId>),
}

/// Values of a list that words show.
const SHOWN: usize = 8;

impl Rule {
    /// The rule in words: `in the range 0 to 65535`.
    pub fn words(&self, table: &Table) -> String {
        match self {
            Self::NotNull => "not NULL".to_owned(),
            Self::Range(range) => format!("in the range {range}"),
            Self::OneOf(values) => {
                let shown: Vec<String> = values.iter().take(SHOWN).map(shown).collect();
                let more = match values.len() - shown.len() {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!("one of {}{more}", shown.join(", "))
            }
            Self::EmptyAtMost(share) if *share == 0.0 => "not empty".to_owned(),
            Self::EmptyAtMost(share) => format!("empty in at most {}% of the rows", percent(*share)),
            Self::UniqueWith(columns) if columns.is_empty() => "unique".to_owned(),
            Self::UniqueWith(columns) => {
                format!("unique with {}", table.names(columns).collect::<Vec<_>>().join(", "))
            }
        }
    }

    /// What so many rows are that violate the rule: `are empty`.
    pub fn violation(&self, rows: u64) -> &'static str {
        let (one, several) = match self {
            Self::NotNull => ("is NULL", "are NULL"),
            Self::Range(_) => ("is outside", "are outside"),
            Self::OneOf(_) => ("has another value", "have other values"),
            Self::EmptyAtMost(_) => ("is empty", "are empty"),
            Self::UniqueWith(_) => ("equals another row", "equal another row"),
        };
        if rows == 1 { one } else { several }
    }

    /// Whether the rule is met if so many of the rows that were checked violate it.
    pub fn is_met(&self, checked: u64, violated: u64) -> bool {
        match self {
            Self::NotNull | Self::Range(_) | Self::OneOf(_) | Self::UniqueWith(_) => violated == 0,
            Self::EmptyAtMost(share) => violated == 0 || violated as f64 / checked as f64 <= *share,
        }
    }

    /// The other columns among which a value is unique; `None` for a rule about single rows.
    pub fn unique_with(&self) -> Option<&[ColumnId]> {
        match self {
            Self::UniqueWith(columns) => Some(columns),
            Self::NotNull | Self::Range(_) | Self::OneOf(_) | Self::EmptyAtMost(_) => None,
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Int(number) => number.to_string(),
        Value::Real(number) => number.to_string(),
        Value::Text(text) => in_line(text).into_owned(),
    }
}

/// A share as a percentage, without the digits that only binary fractions have.
fn percent(share: f64) -> f64 {
    (share * 100.0 * 1e6).round() / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_met_up_to_and_including_its_limit() {
        for (share, checked, violated, is_met) in [
            (0.0, 0, 0, true),
            (0.0, 9, 1, false),
            (0.29, 100, 29, true),
            (0.29, 100, 30, false),
            (0.05, 20, 1, true),
            (1.0, 3, 3, true),
        ] {
            let rule = Rule::EmptyAtMost(share);
            assert_eq!(rule.is_met(checked, violated), is_met, "{share} {checked} {violated}");
        }
        assert!(Rule::NotNull.is_met(5, 0) && !Rule::NotNull.is_met(5, 1));
    }

    #[test]
    fn a_percentage_has_no_digits_of_binary_fractions() {
        assert_eq!(percent(0.07).to_string(), "7");
        assert_eq!(percent(0.125).to_string(), "12.5");
        assert_eq!(percent(0.000_01).to_string(), "0.001");
    }
}
