//! Days of a table, as the columns of its partition tell them.

use sea_query::{Alias, Cond, Expr, ExprTrait, IntoColumnRef};

/// Which days of a table are meant. The columns are those of year, month and day, in this order, each with its
/// value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Days {
    /// One day.
    On(Vec<(String, i64)>),
    /// All days before one.
    Before(Vec<(String, i64)>),
}

impl Days {
    /// The columns and the values of the day that is named.
    pub fn values(&self) -> &[(String, i64)] {
        match self {
            Self::On(values) | Self::Before(values) => values,
        }
    }

    /// Which rows are of these days.
    pub fn condition(&self) -> Cond {
        self.condition_of(|name| Alias::new(name).into_column_ref())
    }

    /// The same, for columns that `column` refers to.
    pub fn condition_of<C: IntoColumnRef>(&self, column: impl Fn(&str) -> C) -> Cond {
        let is = |name: &str, value: i64| Expr::col(column(name)).eq(value);
        match self {
            Self::On(values) => {
                values.iter().fold(Cond::all(), |all, (name, value)| all.add(is(name, *value)))
            }
            // An earlier year, or an earlier month of its year, or an earlier day of its month. Written out,
            // since not every engine compares rows of values.
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
