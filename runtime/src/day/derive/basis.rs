//! The SQL of expressions, over the table that rows are selected from: the raw table, or a rollup of it that holds all
//! raw rows of the day and all that is requested, and is read in a fraction of the time. The schema declares the
//! rollups; nothing else depends on them.

use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Epochs;
use flow_oa_schema::model::{
    Aggregate, Clock, Column, ColumnId, Comparison, Condition, Expr as Source, Table, Value,
};
use flow_oa_schema::types::{ColumnType, TimePart, TimeUnit};
use sea_query::{Alias, CaseStatement, Cond, Expr, ExprTrait, Func, TableRef};

use super::{DayRollups, RAW, raw_table};
use flow_oa_site::{Error, Result};

/// The table that values are computed from.
pub(super) struct Basis<'a> {
    pub(super) table: &'a Table,
    raw: &'a Table,
    /// The name by which the statement refers to the table.
    alias: &'a str,
    /// Columns that have no values yet, although the table has them.
    absent: &'a [ColumnId],
    epochs: Epochs,
    /// The type of texts in SQL.
    text_type: &'static str,
}

impl<'a> Basis<'a> {
    /// The raw table itself.
    pub(super) fn raw(dialect: Dialect, raw: &'a Table) -> Self {
        let text_type = dialect.type_name(ColumnType::String);
        let epochs = dialect.capabilities().epochs;
        Self { table: raw, raw, alias: RAW, absent: &[], epochs, text_type }
    }

    /// A table in which these columns have no values yet.
    pub(super) fn without(dialect: Dialect, raw: &'a Table, absent: &'a [ColumnId]) -> Self {
        Self { absent, ..Self::raw(dialect, raw) }
    }

    /// A table in a statement that reads from it without an alias.
    pub(super) fn itself(dialect: Dialect, table: &'a Table) -> Self {
        Self { alias: &table.name, ..Self::raw(dialect, table) }
    }

    /// A complete rollup of `raw` that has a column for each of the requested expressions; else the raw table.
    pub(super) fn of<'b>(
        dialect: Dialect,
        rollups: &DayRollups<'a>,
        raw: &'a Table,
        asked: impl IntoIterator<Item = &'b Source> + Clone,
    ) -> Self {
        let has_all =
            |table: &&Table| asked.clone().into_iter().all(|from| table.column_from(from).is_some());
        let rollup = rollups.complete.iter().copied().find(has_all);
        Self { table: rollup.unwrap_or(raw), ..Self::raw(dialect, raw) }
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
            let column = column.map(|column| self.named(&column.name)).ok_or_else(|| uncomputed(from))?;
            return Ok(if from.is_sum() { Func::sum(column).into() } else { column });
        }
        let of = |from: &Source| self.value(from);
        Ok(match from {
            Source::Column(column) => self.column(*column),
            Source::Value(value) => constant(value),
            Source::Time(Clock::Epoch, seconds) => time_of_epoch(self.epochs, &of(seconds)?),
            Source::Time(Clock::Text, text) => time_of_text(&of(text)?),
            Source::Part(time, part) => self.part(time, *part)?,
            Source::Truncate(time, unit) => cut(of(time)?, 1, unit.length()),
            Source::Add(all) => {
                let present = |from: &Source| Ok(Func::coalesce([of(from)?, Expr::val(0)]).into());
                let all = all.iter().map(present).collect::<Result<Vec<Expr>>>()?;
                all.into_iter().reduce(|sum, summand| sum.add(summand)).ok_or_else(|| uncomputed(from))?
            }
            Source::Concat(all) => {
                let texts = all.iter().map(|from| self.text(from)).collect::<Result<Vec<Expr>>>()?;
                Func::cust(Alias::new("concat")).args(texts).into()
            }
            Source::Map { of: text, values, otherwise } => {
                let text = of(text)?;
                let case = |case: CaseStatement, (found, meant): (&String, &String)| {
                    case.case(text.clone().eq(found.as_str()), Expr::val(meant.as_str()))
                };
                let mapped = values.iter().fold(CaseStatement::new(), case);
                mapped.finally(otherwise.as_ref().map_or_else(|| Ok(text.clone()), |from| of(from))?).into()
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
            Source::Field(_) | Source::Input | Source::Rank | Source::Hub | Source::Subject(_) => {
                return Err(uncomputed(from));
            }
            Source::Severity(_) | Source::Title | Source::Note | Source::When | Source::Who => {
                return Err(uncomputed(from));
            }
            Source::Program | Source::Partition(_) | Source::Lower(_) | Source::Length(_) => {
                return Err(uncomputed(from));
            }
            Source::If { .. }
            | Source::Keep(..)
            | Source::LastLabels(..)
            | Source::BitLength(_)
            | Source::Entropy(_) => {
                return Err(uncomputed(from));
            }
            Source::Hash(_) | Source::RegisteredDomain(_) => {
                return Err(uncomputed(from));
            }
            Source::Context(..) | Source::Iana { .. } | Source::Code { .. } => return Err(uncomputed(from)),
        })
    }

    /// The value of an expression as a text.
    fn text(&self, from: &Source) -> Result<Expr> {
        let value = self.value(from)?;
        let is_text = from.typed(&self.raw.typed()).is_none_or(|typed| typed.kind.is_text());
        Ok(if is_text { value } else { value.cast_as(self.text_type) })
    }

    /// The SQL of conditions, all of which hold.
    ///
    /// # Errors
    /// As [`Basis::value`].
    pub(super) fn conditions(&self, conditions: &[Condition]) -> Result<Cond> {
        let mut all = Cond::all();
        for condition in conditions {
            all = all.add(match condition {
                Condition::Compared(comparison, one, other) => {
                    let (one, other) = (self.value(one)?, self.value(other)?);
                    match comparison {
                        Comparison::Equal => one.eq(other),
                        Comparison::NotEqual => one.ne(other),
                        Comparison::Less => one.lt(other),
                        Comparison::AtMost => one.lte(other),
                    }
                }
                Condition::OneOf(of, values) => self.value(of)?.is_in(values.iter().map(constant)),
            });
        }
        Ok(all)
    }

    fn column(&self, column: ColumnId) -> Expr {
        self.named(&self.raw[column].name)
    }

    fn named(&self, column: &str) -> Expr {
        Expr::col((Alias::new(self.alias), Alias::new(column)))
    }

    /// A part of a time: the column that holds it, if there is one, else a part of the text.
    fn part(&self, time: &Source, part: TimePart) -> Result<Expr> {
        let is_absent = |column: &Column| self.absent.iter().any(|id| self.raw[*id].name == column.name);
        if let Some(column) = self.raw.part_of(time, part).filter(|column| !is_absent(column)) {
            return Ok(self.named(&column.name));
        }
        let Some((from, length)) = part.place() else {
            return Err(uncomputed(&Source::Part(Box::new(time.clone()), part)));
        };
        Ok(Func::cast_as(cut(self.value(time)?, from, length), Alias::new("integer")).into())
    }

    /// The parts of a time that are equal within a unit of time.
    ///
    /// # Errors
    /// As [`Basis::value`].
    pub(super) fn parts(&self, time: &Source, unit: TimeUnit) -> Result<Vec<Expr>> {
        unit.parts().iter().map(|part| self.part(time, *part)).collect()
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

/// `YYYY-MM-DD HH:MM:SS` of whole seconds since 1970, UTC.
fn time_of_epoch(epochs: Epochs, seconds: &Expr) -> Expr {
    let call = |name: &str, arguments: Vec<Expr>| Expr::from(Func::cust(Alias::new(name)).args(arguments));
    match epochs {
        Epochs::Datetime => call("datetime", vec![seconds.clone(), Expr::val("unixepoch")]),
        Epochs::ToChar => {
            let time = call("timezone", vec![Expr::val("UTC"), call("to_timestamp", vec![seconds.clone()])]);
            call("to_char", vec![time, Expr::val("YYYY-MM-DD HH24:MI:SS")])
        }
        Epochs::Arithmetic => {
            let whole =
                |number: Expr| Expr::from(Func::cast_as(call("floor", vec![number]), Alias::new("bigint")));
            // Counted from the start of the day, also before 1970.
            let days = whole(seconds.clone().div(DAY_SECONDS));
            let second = seconds.clone().sub(days.clone().mul(DAY_SECONDS));
            let days = Expr::from(Func::cast_as(days, Alias::new("int")));
            let day =
                Func::cast_as(call("date_add", vec![Expr::val("1970-01-01"), days]), Alias::new("string"));
            let two = |number: Expr| {
                let text = Func::cast_as(whole(number), Alias::new("string"));
                call("lpad", vec![text.into(), Expr::val(2), Expr::val("0")])
            };
            let hour = two(second.clone().div(3600));
            let minute = two(second.clone().modulo(3600).div(60));
            let texts =
                [cut(day.into(), 1, 10), Expr::val(" "), hour, Expr::val(":"), minute, Expr::val(":")];
            call("concat", texts.into_iter().chain([two(second.modulo(60))]).collect())
        }
    }
}

const DAY_SECONDS: i64 = 86_400;

/// The same text of a time, with two digits for the hour.
fn time_of_text(text: &Expr) -> Expr {
    let call = |name: &str, arguments: Vec<Expr>| Expr::from(Func::cust(Alias::new(name)).args(arguments));
    let of_day = || call("substr", vec![text.clone(), Expr::val(12)]);
    // A leading zero, and then the last eight characters.
    let start = call("length", vec![of_day()]).sub(6);
    let padded = call("concat", vec![Expr::val("0"), of_day()]);
    let clock = call("substr", vec![padded, start, Expr::val(8)]);
    call("concat", vec![cut(text.clone(), 1, 10), Expr::val(" "), clock])
}

/// `substr(text, from, length)`; `from` counts from 1.
fn cut(text: Expr, from: i32, length: usize) -> Expr {
    let length = i32::try_from(length).unwrap_or(i32::MAX);
    Func::cust(Alias::new("substr")).arg(text).arg(Expr::val(from)).arg(Expr::val(length)).into()
}
