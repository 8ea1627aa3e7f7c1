//! The table that sums are computed from: the raw table, or a rollup of it that holds all raw rows of the day and all
//! that is requested, and is read in a fraction of the time. The schema declares the rollups; nothing else depends on
//! them.

use flow_oa_schema::model::{Origin, Table};
use sea_query::{Expr, Func, TableRef};

use super::{DayRollups, cut, raw_column, raw_table};

/// The length of `YYYY-MM-DD HH:MM` at the start of a time's text.
const MINUTE: i32 = 16;

/// The table that sums are computed from.
pub(super) struct Basis<'a> {
    pub(super) table: &'a Table,
    raw: &'a Table,
}

impl<'a> Basis<'a> {
    /// The raw table itself.
    pub(super) fn raw(raw: &'a Table) -> Self {
        Self { table: raw, raw }
    }

    /// A complete rollup of `raw` that has a column for each of the `asked` origins; else the raw table.
    pub(super) fn of(rollups: &DayRollups<'a>, raw: &'a Table, asked: &[Origin]) -> Self {
        let has_all = |table: &&Table| {
            asked.iter().all(|origin| table.columns.iter().any(|column| column.origin == *origin))
        };
        let rollup = rollups.complete.iter().copied().find(has_all);
        Self { table: rollup.unwrap_or(raw), raw }
    }

    /// Whether an index finds its rows by the columns that they are grouped by: these are the key of a rollup.
    pub(super) fn is_keyed(&self) -> bool {
        self.table.name != self.raw.name
    }

    /// The table, under the alias that the expressions here use.
    pub(super) fn table_ref(&self) -> TableRef {
        raw_table(&self.table.name)
    }

    /// The value of one of the requested origins, for a group of rows.
    pub(super) fn value(&self, origin: &Origin) -> Option<Expr> {
        let own = self
            .table
            .columns
            .iter()
            .find(|column| column.origin == *origin)
            .map(|column| raw_column(&column.name));
        let is_rollup = self.is_keyed();
        match origin {
            Origin::Raw(_) | Origin::Minute if is_rollup => own,
            Origin::Total(_) | Origin::Count if is_rollup => own.map(|column| Func::sum(column).into()),
            Origin::Raw(name) => Some(raw_column(name)),
            Origin::Total(name) => Some(Func::sum(raw_column(name)).into()),
            Origin::Count => Some(Func::count(Expr::val(1)).into()),
            Origin::Minute => self.raw.partition.time.as_deref().map(|time| cut(raw_column(time), 1, MINUTE)),
            _ => None,
        }
    }
}
