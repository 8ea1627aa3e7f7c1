//! Inserts of cells as `VALUES`, and of queries. They have all columns in order and no column list, since Impala and
//! Spark want the list in different positions. Each value is cast to its column's type, since Impala refuses to narrow
//! a value.
//!
//! `VALUES` are for few rows: each statement writes a new file. Many rows go through a Parquet file.

use crate::sql::statements::{self, Partitions};
use flow_oa_core::Batch;
use flow_oa_schema::dialect::impala::HiveType;
use sea_query::{Alias, Func, InsertStatement, SelectStatement};

use crate::sql::render::{RenderError, position, select};
use crate::sql::{Column, ImpalaQueryBuilder, Misfit, literal};

/// The limits of a statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// The most rows; a statement holds at least one.
    pub rows: usize,
    /// The most bytes of text; a single longer row is still sent.
    pub bytes: usize,
}

impl Default for Bounds {
    /// Far below Impala's limits of 16 MiB and 250,000 expressions.
    fn default() -> Self {
        Self { rows: 1_000, bytes: 1 << 20 }
    }
}

/// An iterator over the statements that insert rows as `VALUES`.
#[derive(Debug)]
pub struct Inserts<'a, B: ?Sized> {
    /// `INSERT INTO table VALUES `.
    head: String,
    columns: &'a [Column<'a>],
    rows: &'a B,
    bounds: Bounds,
    /// The index of the next row.
    at: usize,
    /// A row that did not fit into the previous statement.
    left: Option<String>,
}

/// The statements that insert `rows` into `table`. The name of the table is quoted, and `columns` are its columns,
/// those of partitions last.
#[must_use]
pub fn values<'a, B: Batch + ?Sized>(
    table: &str,
    partitions: Partitions<'_>,
    columns: &'a [Column<'a>],
    rows: &'a B,
    bounds: Bounds,
) -> Inserts<'a, B> {
    let head = statements::insert(table, partitions, "VALUES ");
    Inserts { head, columns, rows, bounds, at: 0, left: None }
}

impl<B: Batch + ?Sized> Inserts<'_, B> {
    fn next_row(&mut self) -> Result<Option<String>, Misfit> {
        if let Some(row) = self.left.take() {
            return Ok(Some(row));
        }
        if self.at == self.rows.len() {
            return Ok(None);
        }
        let mut cells = Vec::with_capacity(self.columns.len());
        self.rows.cells(self.at, &mut cells);
        self.at += 1;
        if cells.len() != self.columns.len() {
            return Err(miscounted(cells.len(), self.columns.len()));
        }
        let literals =
            cells.iter().zip(self.columns).map(|(cell, (name, kind))| literal::cell(*cell, name, *kind));
        let literals: Vec<String> = literals.collect::<Result<_, _>>()?;
        Ok(Some(format!("({})", literals.join(", "))))
    }

    fn statement(&mut self) -> Result<Option<String>, Misfit> {
        let Some(first) = self.next_row()? else { return Ok(None) };
        let mut text = format!("{}{first}", self.head);
        let mut count = 1;
        while count < self.bounds.rows {
            let Some(row) = self.next_row()? else { break };
            if text.len() + 2 + row.len() > self.bounds.bytes {
                self.left = Some(row);
                break;
            }
            text.push_str(", ");
            text.push_str(&row);
            count += 1;
        }
        Ok(Some(text))
    }
}

/// The error for a row whose number of cells differs from the number of columns.
pub(crate) fn miscounted(found: usize, expected: usize) -> Misfit {
    Misfit {
        column: format!("after the {expected} of the table"),
        kind: "none",
        value: format!("{found} cells"),
    }
}

impl<B: Batch + ?Sized> Iterator for Inserts<'_, B> {
    type Item = Result<String, Misfit>;

    fn next(&mut self) -> Option<Self::Item> {
        let statement = self.statement();
        if statement.is_err() {
            self.at = self.rows.len();
            self.left = None;
        }
        statement.transpose()
    }
}

/// The insert of the result of a query into `table`, whose name is quoted. Each expression of the query is cast to the
/// type of its column, from `kinds`. Otherwise Impala refuses the sum of two INTs, which is a BIGINT, for an INT.
///
/// # Errors
/// If the query has another number of columns, or a number that would be taken for the position of a column.
pub fn of_query(
    table: &str,
    partitions: Partitions<'_>,
    kinds: &[HiveType],
    mut query: SelectStatement,
) -> Result<String, RenderError> {
    let mut count = 0;
    query.exprs_mut_for_each(|selected| {
        if let Some(kind) = kinds.get(count) {
            selected.expr = Func::cast_as(selected.expr.clone(), Alias::new(kind.name())).into();
        }
        count += 1;
    });
    if count != kinds.len() {
        return Err(RenderError::Columns { found: count, expected: kinds.len() });
    }
    Ok(statements::insert(table, partitions, &select(&query)?))
}

/// The parts of an insert that sea-query built.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Insertion {
    /// The quoted name of the table, with its database if it has one.
    pub table: String,
    /// The columns that the insert lists, in order.
    pub columns: Vec<String>,
    /// The query, or `VALUES` with rows.
    pub source: String,
}

impl Insertion {
    /// Parses an insert. sea-query does not expose its parts, so they are read from its text.
    ///
    /// # Errors
    /// If the insert has neither values nor a query, or a number would be taken for the position of a column.
    pub fn of(statement: &InsertStatement) -> Result<Self, RenderError> {
        let sql = statement.to_string(ImpalaQueryBuilder);
        if let Some((clause, number)) = position(&sql) {
            return Err(RenderError::Position { clause, number, sql });
        }
        Self::read(&sql).ok_or(RenderError::Form { what: "an insert", sql })
    }

    fn read(sql: &str) -> Option<Self> {
        let rest = sql.strip_prefix("INSERT INTO ")?;
        let (_, mut tail) = name(rest)?;
        if let Some(second) = tail.strip_prefix('.') {
            tail = name(second)?.1;
        }
        let table = rest[..rest.len() - tail.len()].to_owned();
        let (mut columns, mut tail) = (Vec::new(), tail.strip_prefix(" (")?);
        while !tail.starts_with(')') {
            let (column, after) = name(tail)?;
            columns.push(column);
            tail = after.strip_prefix(", ").unwrap_or(after);
        }
        let source = tail
            .strip_prefix(") ")
            .filter(|tail| tail.starts_with("SELECT ") || tail.starts_with("VALUES "))?;
        Some(Self { table, columns, source: source.to_owned() })
    }

    /// The statement, for an insert that lists all columns of the table in order.
    #[must_use]
    pub fn to_sql(&self, partitions: Partitions<'_>) -> String {
        statements::insert(&self.table, partitions, &self.source)
    }
}

/// Splits off a name in backticks at the start of a text. Returns the name and the rest.
fn name(text: &str) -> Option<(String, &str)> {
    let mut rest = text.strip_prefix('`')?;
    let mut name = String::new();
    loop {
        let (part, after) = rest.split_once('`')?;
        name.push_str(part);
        match after.strip_prefix('`') {
            Some(more) => {
                name.push('`');
                rest = more;
            }
            None => return Some((name, after)),
        }
    }
}
