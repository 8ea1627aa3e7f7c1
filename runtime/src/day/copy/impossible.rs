//! Numbers outside the range of their column: a database of an earlier version may hold some. They are counted, so that
//! all of them are reported at once.

use std::collections::BTreeMap;

use flow_oa_core::Date;
use flow_oa_schema::model::{Column, Table};
use sea_query::Value;

use flow_oa_site::{Error, Result};

/// Numbers outside the ranges of the columns of a table.
#[derive(Debug)]
pub(super) struct Impossible<'a> {
    table: &'a Table,
    /// For each column, how many such numbers were found, and the first.
    found: BTreeMap<usize, (u64, String)>,
}

impl<'a> Impossible<'a> {
    pub(super) fn new(table: &'a Table) -> Self {
        Self { table, found: BTreeMap::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// Checks a value of the column at that position.
    pub(super) fn look_at(&mut self, at: usize, value: &Value) {
        let Some(column) = self.table.columns.get(at) else { return };
        if let Some(number) = outside(column, value) {
            self.found.entry(at).or_insert((0, number)).0 += 1;
        }
    }

    /// Requires that none was found.
    ///
    /// # Errors
    /// If some were found: in which columns, and how many.
    pub(super) fn require_none(&self, day: Date, source: &str) -> Result<()> {
        if self.found.is_empty() {
            return Ok(());
        }
        let described = |(at, (count, first)): (&usize, &(u64, String))| {
            let column = &self.table.columns[*at];
            let expected = column.range.map_or_else(|| "a finite number".to_owned(), |it| it.to_string());
            let rows = if *count == 1 { "row" } else { "rows" };
            format!("{} in {count} {rows} (expected {expected}, the first has {first})", column.name)
        };
        let columns: Vec<String> = self.found.iter().map(described).collect();
        Err(Error::BadData(format!(
            "copy: {} of {day} in {source} holds numbers that no row can have: {}. Correct or delete these rows there, or \
             copy the other tables with --table",
            self.table.name,
            columns.join("; ")
        )))
    }
}

/// The number as text, if it is outside the range of the column.
fn outside(column: &Column, value: &Value) -> Option<String> {
    match value {
        Value::BigInt(Some(it)) => {
            let is_outside = column.range.is_some_and(|range| !range.has_whole(*it));
            is_outside.then(|| it.to_string())
        }
        Value::Double(Some(it)) => {
            let is_outside = !it.is_finite() || column.range.is_some_and(|range| !range.has_real(*it));
            is_outside.then(|| it.to_string())
        }
        _ => None,
    }
}
