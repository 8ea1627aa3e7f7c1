//! What is appended to the log of a table whose rows change; how a log and its view are made is in
//! `flow_oa_schema::dialect::impala::log`.
//!
//! Each statement has a number that is higher than those before it; who runs them sees to that. Values become
//! literals, each cast to the type of its column.

use crate::sql::statements::{self, Partitions};
use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::Place;
use flow_oa_schema::dialect::impala::HiveType;
use flow_oa_schema::dialect::impala::log::{self, GONE, REVISION};
use flow_oa_schema::model::{Column, Table};
use sea_query::{Alias, Condition, Expr, Func, Query, SelectStatement, TableRef, UnionType};

use crate::sql::render::{RenderError, select};

/// Why a change has no statement.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The table has no such column.
    #[error("{table} has no column {column}")]
    NoColumn {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// A key names a row; another key is another row.
    #[error("{column} is a part of the key of {table}, so it cannot be changed")]
    Key {
        /// The table.
        table: String,
        /// The column.
        column: String,
    },
    /// There is nothing to append.
    #[error("no rows for {0}")]
    NoRows(String),
    /// The statement has no text.
    #[error(transparent)]
    Render(#[from] RenderError),
}

/// A table that is kept as a log.
#[derive(Debug, Clone, Copy)]
pub struct Log<'a> {
    table: &'a Table,
    place: &'a Place,
}

impl<'a> Log<'a> {
    /// The log of a table, where it has one.
    #[must_use]
    pub fn of(table: &'a Table, place: &'a Place) -> Option<Self> {
        log::has(table).then_some(Self { table, place })
    }

    /// The query that gives the highest number, and no value where there is none.
    ///
    /// # Errors
    /// None that is known.
    pub fn last(&self) -> Result<String, RenderError> {
        let last = Func::max(Expr::col(Alias::new(REVISION)));
        select(Query::select().expr(last).from(self.log_ref()))
    }

    /// Appends one row; a column without a value here has none.
    ///
    /// # Errors
    /// Where the table lacks a column.
    pub fn append(&self, revision: i64, values: &[(&str, Expr)]) -> Result<String, LogError> {
        self.append_rows(revision, &[values])
    }

    /// Appends several rows by one statement.
    ///
    /// # Errors
    /// Where the table lacks a column, or there is no row.
    pub fn append_rows(&self, revision: i64, rows: &[&[(&str, Expr)]]) -> Result<String, LogError> {
        let mut all: Option<SelectStatement> = None;
        for values in rows {
            self.check(values)?;
            let row = self.row(revision, false, |it| {
                let given = values.iter().find(|(name, _)| *name == it.name);
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
    /// None that is known.
    pub fn append_from(&self, revision: i64, relation: &str) -> Result<String, RenderError> {
        let mut rows = self.row(revision, false, |it| Expr::col(Alias::new(&it.name)));
        rows.from(self.relation(relation));
        self.insert(&rows)
    }

    /// Changes columns of the rows that `which` says.
    ///
    /// # Errors
    /// Where the table lacks a column, or one of them is of its key.
    pub fn change(
        &self,
        revision: i64,
        changes: &[(&str, Expr)],
        which: Condition,
    ) -> Result<String, LogError> {
        self.check(changes)?;
        let fixed = |name: &str| self.table.key.iter().any(|it| it == name);
        if let Some((column, _)) = changes.iter().find(|(name, _)| fixed(name)) {
            return Err(LogError::Key { table: self.table.name.clone(), column: (*column).to_owned() });
        }
        let mut changed = self.row(revision, false, |it| {
            let given = changes.iter().find(|(name, _)| *name == it.name);
            given.map_or_else(|| Expr::col(Alias::new(&it.name)), |(_, value)| value.clone())
        });
        changed.from(self.view_ref()).cond_where(which.clone());
        if !self.table.key.is_empty() {
            return Ok(self.insert(&changed)?);
        }
        // Nothing names the row, so the old one is taken away and the new one added.
        let mut both = self.gone(revision, which);
        both.union(UnionType::All, changed);
        Ok(self.insert(&both)?)
    }

    /// Takes away the rows that `which` says. In a table without a key, all that are equal go together.
    ///
    /// # Errors
    /// None that is known.
    pub fn delete(&self, revision: i64, which: Condition) -> Result<String, LogError> {
        Ok(self.insert(&self.gone(revision, which))?)
    }

    fn gone(&self, revision: i64, which: Condition) -> SelectStatement {
        let mut gone = self.row(revision, true, |it| Expr::col(Alias::new(&it.name)));
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
            // An alias of the column's own name would be taken for the column by a condition on some servers.
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
