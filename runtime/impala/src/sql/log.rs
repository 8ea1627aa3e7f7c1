//! Statements that append to the log of a table whose rows change; `flow_oa_schema::dialect::impala::log` creates a log
//! and its view.
//!
//! Each statement has a number higher than those before it, which the caller must ensure. Values become literals, each
//! cast to the type of its column.

use crate::sql::statements::{self, Partitions};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::dialect::impala::HiveType;
use flow_oa_schema::dialect::impala::log::{self, GONE, REVISION};
use flow_oa_schema::model::{Column, Table};
use sea_query::{Alias, Condition, Expr, Func, Query, SelectStatement, TableRef, UnionType};

use crate::sql::render::{RenderError, select};

/// Why a change has no statement.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    #[error("{table} has no column {column}")]
    NoColumn { table: String, column: String },
    /// The change includes a column of the key, which identifies the row.
    #[error("{column} is a part of the key of {table}, so it cannot be changed")]
    Key { table: String, column: String },
    #[error("no rows for {0}")]
    NoRows(String),
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// A table that is stored as a log.
#[derive(Debug, Clone, Copy)]
pub struct Log<'a> {
    table: &'a Table,
    place: &'a Place,
}

impl<'a> Log<'a> {
    /// The log of a table, or `None` if it has none.
    #[must_use]
    pub fn of(table: &'a Table, place: &'a Place) -> Option<Self> {
        log::has(table).then_some(Self { table, place })
    }

    /// The query for the highest number; its result is NULL if the log is empty.
    ///
    /// # Errors
    /// If the query cannot be rendered, which is not expected.
    pub fn last(&self) -> Result<String, RenderError> {
        let last = Func::max(Expr::col(Alias::new(REVISION)));
        select(Query::select().expr(last).from(self.log_ref()))
    }

    /// Appends one row; columns that are not listed become NULL.
    ///
    /// # Errors
    /// If the table lacks a column.
    pub fn append(&self, revision: i64, values: &[(&str, Expr)]) -> Result<String, LogError> {
        self.append_rows(revision, &[values])
    }

    /// Appends several rows by one statement.
    ///
    /// # Errors
    /// If the table lacks a column, or there are no rows.
    pub fn append_rows(&self, revision: i64, rows: &[&[(&str, Expr)]]) -> Result<String, LogError> {
        let mut all: Option<SelectStatement> = None;
        for values in rows {
            self.check(values)?;
            let row = self.row(revision, false, |column| {
                let given = values.iter().find(|(name, _)| *name == column.name);
                given.map_or_else(|| Expr::value(Option::<i64>::None), |(_, value)| value.clone())
            });
            match &mut all {
                Some(all) => drop(all.union(UnionType::All, row)),
                None => all = Some(row),
            }
        }
        let rows = all.ok_or_else(|| LogError::NoRows(self.table.name.clone()))?;
        Ok(self.insert(&rows)?)
    }

    /// Appends the rows of a relation that has the columns of the table.
    ///
    /// # Errors
    /// If the statement cannot be rendered, which is not expected.
    pub fn append_from(&self, revision: i64, relation: &str) -> Result<String, RenderError> {
        let mut rows = self.row(revision, false, |column| Expr::col(Alias::new(&column.name)));
        rows.from(self.relation(relation));
        self.insert(&rows)
    }

    /// Changes columns of the rows that match `which`.
    ///
    /// # Errors
    /// If the table lacks a column, or a changed column belongs to its key.
    pub fn change(
        &self,
        revision: i64,
        changes: &[(&str, Expr)],
        which: Condition,
    ) -> Result<String, LogError> {
        self.check(changes)?;
        let fixed = |name: &str| self.table.names(&self.table.key).any(|key| key == name);
        if let Some((column, _)) = changes.iter().find(|(name, _)| fixed(name)) {
            return Err(LogError::Key { table: self.table.name.clone(), column: (*column).to_owned() });
        }
        let mut changed = self.row(revision, false, |column| {
            let given = changes.iter().find(|(name, _)| *name == column.name);
            given.map_or_else(|| Expr::col(Alias::new(&column.name)), |(_, value)| value.clone())
        });
        changed.from(self.view_ref()).cond_where(which.clone());
        if !self.table.key.is_empty() {
            return Ok(self.insert(&changed)?);
        }
        // Without a key nothing identifies the row, so the old row is removed and the new row added.
        let mut both = self.gone(revision, which);
        both.union(UnionType::All, changed);
        Ok(self.insert(&both)?)
    }

    /// Removes the rows that match `which`. In a table without a key, all equal rows are removed together.
    ///
    /// # Errors
    /// If the statement cannot be rendered, for example because of a number in `ORDER BY`.
    pub fn delete(&self, revision: i64, which: Condition) -> Result<String, LogError> {
        Ok(self.insert(&self.gone(revision, which))?)
    }

    fn gone(&self, revision: i64, which: Condition) -> SelectStatement {
        let mut gone = self.row(revision, true, |column| Expr::col(Alias::new(&column.name)));
        gone.from(self.view_ref()).cond_where(which);
        gone
    }

    fn check(&self, values: &[(&str, Expr)]) -> Result<(), LogError> {
        match values.iter().find(|(name, _)| self.table.column(name).is_none()) {
            None => Ok(()),
            Some((column, _)) => {
                Err(LogError::NoColumn { table: self.table.name.clone(), column: (*column).to_owned() })
            }
        }
    }

    /// A row of the log, each value cast, in the order of its columns.
    fn row(&self, revision: i64, gone: bool, value: impl Fn(&Column) -> Expr) -> SelectStatement {
        let mut row = Query::select();
        row.expr_as(cast(Expr::val(revision), HiveType::Bigint), Alias::new(REVISION));
        row.expr_as(Expr::val(gone), Alias::new(GONE));
        for column in log::order(self.table) {
            // In a condition, some servers would take an alias with the column's own name for the column.
            row.expr(cast(value(column), HiveType::of(column)));
        }
        row
    }

    fn insert(&self, rows: &SelectStatement) -> Result<String, RenderError> {
        let name = Dialect::Impala.qualified(&log::name_of(&self.table.name), self.place);
        Ok(statements::insert(&name, Partitions::None, &select(rows)?))
    }

    fn view_ref(&self) -> TableRef {
        self.relation(&self.table.name)
    }

    fn log_ref(&self) -> TableRef {
        self.relation(&log::name_of(&self.table.name))
    }

    fn relation(&self, name: &str) -> TableRef {
        match &self.place.database {
            Some(database) => (Alias::new(database), Alias::new(name)).into(),
            None => Alias::new(name).into(),
        }
    }
}

fn cast(value: Expr, kind: HiveType) -> Expr {
    Func::cast_as(value, Alias::new(kind.name())).into()
}
