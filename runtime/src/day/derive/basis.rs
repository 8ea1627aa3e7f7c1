//! The SQL of expressions, over the table that rows are selected from: the raw table, or a rollup of it that holds all
//! raw rows of the day and all that is requested, and is read in a fraction of the time. The schema declares the
//! rollups; nothing else depends on them.

use flow_oa_schema::model::{Aggregate, ColumnId, Expr as Source, Table, Value};
use flow_oa_schema::types::{TimePart, TimeUnit};
use sea_query::{Alias, Expr, ExprTrait, Func, TableRef};

use super::{DayRollups, raw_column, raw_table};
use crate::error::{Error, Result};

/// The table that values are computed from.
pub(super) struct Basis<'a> {
    pub(super) table: &'a Table,
    raw: &'a Table,
}

impl<'a> Basis<'a> {
    /// The raw table itself.
    pub(super) fn raw(raw: &'a Table) -> Self {
        Self { table: raw, raw }
    }

    /// A complete rollup of `raw` that has a column for each of the requested expressions; else the raw table.
    pub(super) fn of<'b>(
        rollups: &DayRollups<'a>,
        raw: &'a Table,
        asked: impl IntoIterator<Item = &'b Source> + Clone,
    ) -> Self {
        let has_all =
            |table: &&Table| asked.clone().into_iter().all(|from| table.column_from(from).is_some());
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

    /// The value of an expression for a row or a group of rows.
    ///
    /// # Errors
    /// If the database cannot compute it, which the schema check refuses before.
    pub(super) fn value(&self, from: &Source) -> Result<Expr> {
        if self.is_keyed() {
            let column = self.table.column_from(from);
            let column = column.map(|column| raw_column(&column.name)).ok_or_else(|| uncomputed(from))?;
            return Ok(if from.is_sum() { Func::sum(column).into() } else { column });
        }
        let of = |from: &Source| self.value(from);
        Ok(match from {
            Source::Column(column) => self.column(*column),
            Source::Value(value) => constant(value),
            Source::Part(time, part) => self.part(time, *part)?,
            Source::Truncate(time, unit) => cut(of(time)?, 1, unit.length()),
            Source::Add(all) => {
                let present = |from: &Source| Ok(Func::coalesce([of(from)?, Expr::val(0)]).into());
                let all = all.iter().map(present).collect::<Result<Vec<Expr>>>()?;
                all.into_iter().reduce(|sum, summand| sum.add(summand)).ok_or_else(|| uncomputed(from))?
            }
            Source::Concat(all) => {
                let texts = all.iter().map(of).collect::<Result<Vec<Expr>>>()?;
                Func::cust(Alias::new("concat")).args(texts).into()
            }
            Source::Count => Func::count(Expr::val(1)).into(),
            Source::Aggregate(aggregate, value) => {
                let value = of(value)?;
                match aggregate {
                    Aggregate::CountDistinct => Func::count_distinct(value).into(),
                    Aggregate::Total => Func::sum(value).into(),
                    Aggregate::Min => Func::min(value).into(),
                    Aggregate::Max => Func::max(value).into(),
                }
            }
            Source::Field(_) | Source::Input | Source::Rank | Source::Hub | Source::Subject => {
                return Err(uncomputed(from));
            }
            Source::Severity | Source::Title | Source::Note | Source::When | Source::Who => {
                return Err(uncomputed(from));
            }
            Source::Program | Source::Partition(_) | Source::Lower(_) | Source::Length(_) => {
                return Err(uncomputed(from));
            }
            Source::Context(..) | Source::Iana { .. } | Source::Code { .. } => return Err(uncomputed(from)),
        })
    }

    fn column(&self, column: ColumnId) -> Expr {
        raw_column(&self.raw[column].name)
    }

    /// A part of a time: the column that holds it, if there is one, else a part of the text.
    fn part(&self, time: &Source, part: TimePart) -> Result<Expr> {
        if let Source::Column(column) = time
            && let Some(column) = self.raw.part_of(*column, part)
        {
            return Ok(raw_column(&column.name));
        }
        let (from, length) = match part {
            TimePart::Year => (1, 4),
            TimePart::Month => (6, 2),
            TimePart::Day => (9, 2),
            TimePart::Hour => (12, 2),
            TimePart::Minute => (15, 2),
            TimePart::Second => (18, 2),
            TimePart::Epoch => return Err(uncomputed(&Source::Part(Box::new(time.clone()), part))),
        };
        Ok(Func::cast_as(cut(self.value(time)?, from, length), Alias::new("integer")).into())
    }

    /// The parts of a time column that are equal within a unit of time.
    ///
    /// # Errors
    /// As [`Basis::value`].
    pub(super) fn parts(&self, time: ColumnId, unit: TimeUnit) -> Result<Vec<Expr>> {
        unit.parts().iter().map(|part| self.part(&Source::Column(time), *part)).collect()
    }
}

fn uncomputed(from: &Source) -> Error {
    Error::Internal(format!("the database does not compute {from:?}"))
}

fn constant(value: &Value) -> Expr {
    match value {
        Value::Int(number) => Expr::val(*number),
        Value::Real(number) => Expr::val(*number),
        Value::Text(text) => Expr::val(text.as_str()),
    }
}

/// `substr(text, from, length)`; `from` counts from 1.
fn cut(text: Expr, from: i32, length: usize) -> Expr {
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    Func::cust(Alias::new("substr")).arg(text).arg(Expr::val(from)).arg(Expr::val(length)).into()
}
