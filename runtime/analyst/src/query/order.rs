//! The order of the rows of an answer: what the user asks for, then the usual order of the table.

use std::cmp::Ordering;

use flow_oa_schema::answer::Datum;
use flow_oa_schema::model::{Aggregate, Column, Expr as Source, Given, Rows, Table, Which};
use flow_oa_schema::types::ColumnType;
use flow_oa_site::Result;
use sea_query::{Alias, CaseStatement, Cond, Expr, ExprTrait, Order};

use super::answer::named;

/// What rows are sorted by: the values of a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sort {
    /// The name of the column.
    pub column: String,
    /// Whether the largest value comes first.
    pub is_descending: bool,
}

impl Sort {
    /// Reads `COLUMN` or `COLUMN:desc`.
    ///
    /// # Errors
    /// What was expected.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        let (column, direction) = text.rsplit_once(':').unwrap_or((text, "asc"));
        match direction {
            "asc" | "desc" if !column.is_empty() => {
                Ok(Self { column: column.to_owned(), is_descending: direction == "desc" })
            }
            _ => Err("expected COLUMN, COLUMN:asc or COLUMN:desc".to_owned()),
        }
    }

    /// The position of the column among these.
    ///
    /// # Errors
    /// If there is none of this name: which there are.
    pub(super) fn column<'a>(&self, names: impl Iterator<Item = &'a str>) -> Result<usize> {
        named(names, "--sort", &self.column)
    }

    pub(super) fn order(&self) -> Order {
        if self.is_descending { Order::Desc } else { Order::Asc }
    }

    /// Compares two values; a missing one is the smallest.
    pub(super) fn compare(&self, one: &Option<Datum>, other: &Option<Datum>) -> Ordering {
        let order = match (one, other) {
            (Some(one), Some(other)) => compared(one, other),
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
        };
        if self.is_descending { order.reverse() } else { order }
    }
}

/// Compares two values of one column.
fn compared(one: &Datum, other: &Datum) -> Ordering {
    match (one, other) {
        (Datum::Truth(one), Datum::Truth(other)) => one.cmp(other),
        (Datum::Whole(one), Datum::Whole(other)) => one.cmp(other),
        (Datum::Real(one), Datum::Real(other)) => one.total_cmp(other),
        (Datum::Text(one), Datum::Text(other)) => one.cmp(other),
        (Datum::Truth(_) | Datum::Whole(_) | Datum::Real(_) | Datum::Text(_), _) => Ordering::Equal,
    }
}

/// The order of an answer: by day, then by rank, severity, the largest sum, or time. The key makes the order unique.
pub(super) fn usual(table: &Table) -> Vec<(&Column, Order)> {
    let is_time =
        |column: &Column| column.kind == ColumnType::Time || matches!(column.from, Source::Truncate(..));
    let is_total = |column: &Column| matches!(column.from, Source::Aggregate(Aggregate::Total, _));
    let (wanted, direction): (&dyn Fn(&Column) -> bool, Order) = match &table.rows {
        Rows::Results => (&|column| column.from == Source::Rank, Order::Asc),
        Rows::Judged(_) => (&|column| matches!(column.from, Source::Severity(_)), Order::Asc),
        Rows::Select(select) => match select.which {
            Which::Hubs(_) => (&is_total, Order::Desc),
            Which::Day | Which::Rollup | Which::Results(_) | Which::Subjects(_) => (&is_time, Order::Asc),
        },
        Rows::Ingest | Rows::Comments | Rows::Program => (&is_time, Order::Asc),
    };
    let own = table.columns.iter().find(|column| wanted(column)).map(|column| (column, direction));
    let days = table.partition_columns().iter();
    let declared = table.rows.select().map(|select| select.order.as_slice()).unwrap_or_default();
    let declared = declared.iter().map(|sorted| {
        let order = if sorted.descending { Order::Desc } else { Order::Asc };
        (&table[sorted.by], order)
    });
    let rest = table.own_columns().iter().map(|column| (column, Order::Asc));
    let all = days.map(|column| (column, Order::Asc)).chain(own).chain(declared).chain(rest);
    let mut order: Vec<(&Column, Order)> = Vec::new();
    for (column, direction) in all {
        if order.iter().all(|(listed, _)| listed.name != column.name) {
            order.push((column, direction));
        }
    }
    order
}

/// What a column is sorted by: its value; a severity by the highest of the row, and after the others if none was given.
pub(super) fn value(table: &Table, column: &Column) -> Expr {
    let plain = |column: &Column| Expr::col(Alias::new(&column.name));
    let is_severity = |column: &&Column| matches!(column.from.given(), Some(Given::Severity(Some(_))));
    if !is_severity(&column) {
        return plain(column);
    }
    let has = |severity: i32| {
        let all = table.columns.iter().filter(is_severity);
        all.fold(Cond::any(), |any, column| any.add(plain(column).eq(severity)))
    };
    let ranked =
        (1..=3).fold(CaseStatement::new(), |case, severity| case.case(has(severity), Expr::val(severity)));
    ranked.finally(Expr::val(4)).into()
}
