//! Days of a table, given by the values of its partition columns.

use sea_query::{Alias, Cond, Expr, ExprTrait, IntoColumnRef};

/// A set of days. The columns are those of the year, the month and the day, in this order, each with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Days {
    /// One day.
    On(Vec<(String, i64)>),
    /// All days before the given day, which is not included.
    Before(Vec<(String, i64)>),
}

impl Days {
    /// The columns and the values of the given day.
    pub fn values(&self) -> &[(String, i64)] {
        match self {
            Self::On(values) | Self::Before(values) => values,
        }
    }

    /// The condition that selects the rows of these days.
    pub fn condition(&self) -> Cond {
        self.condition_of(|name| Alias::new(name).into_column_ref())
    }

    /// As [`Days::condition`], for the column references that `column` returns.
    pub fn condition_of<C: IntoColumnRef>(&self, column: impl Fn(&str) -> C) -> Cond {
        let is = |name: &str, value: i64| Expr::col(column(name)).eq(value);
        match self {
            Self::On(values) => {
                values.iter().fold(Cond::all(), |all, (name, value)| all.add(is(name, *value)))
            }
            // An earlier year, or an earlier month of the same year, or an earlier day of the same month. Not every
            // engine can compare row values, so that the comparison is spelled out.
            Self::Before(values) => {
                let earlier = |at: usize| {
                    let (name, value) = &values[at];
                    let same =
                        values[..at].iter().fold(Cond::all(), |all, (name, value)| all.add(is(name, *value)));
                    same.add(Expr::col(column(name)).lt(*value))
                };
                (0..values.len()).map(earlier).fold(Cond::any(), Cond::add)
            }
        }
    }
}
