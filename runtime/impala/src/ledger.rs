//! What the program and analysts write: appended to logs at the end of the unit of work.

use std::time::Duration;

use crate::sql::log::{Log, LogError};
use flow_oa_engine::{Access, EngineError, Outgoing, Result};
use sea_query::Expr;

use super::Impala;
use super::work::{Entry, ImpalaUnit};

/// The number of rows that one statement writes into a log.
pub(super) const RECORDED: usize = 500;

/// The folder that concurrent inserts into one table share on Spark.
const SHARED_FOLDER: &str = "_temporary";

/// The pauses before a statement that lost this folder is sent again.
const WAITS: [Duration; 4] = [
    Duration::from_millis(50),
    Duration::from_millis(200),
    Duration::from_millis(500),
    Duration::from_secs(1),
];

impl ImpalaUnit<'_> {
    /// Appends the statement of `change` to the log of a table at the end of the unit of work.
    pub(super) fn log_statement(
        &mut self,
        table: &str,
        change: impl FnOnce(&Log<'_>, i64) -> std::result::Result<String, LogError>,
    ) -> Result<()> {
        let revision = self.engine.next_revision();
        let sql = self.engine.of_log(table, |log| change(log, revision))?;
        if self.is_kept(&sql)? {
            self.work.keep(Entry::Statement { table: table.to_owned(), sql });
        }
        Ok(())
    }

    /// Appends rows to the log of a table at the end of the unit of work.
    pub(super) fn log_rows(&mut self, table: &str, rows: &[Vec<(&str, Expr)>]) -> Result<()> {
        let revision = self.engine.next_revision();
        let given: Vec<&[(&str, Expr)]> = rows.iter().map(Vec::as_slice).collect();
        let sql = self.engine.of_log(table, |log| log.append_rows(revision, &given))?;
        if self.is_kept(&sql)? {
            let owned = |row: &Vec<(&str, Expr)>| {
                row.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
            };
            let rows = rows.iter().map(owned).collect();
            self.work.keep(Entry::Rows { table: table.to_owned(), revision, rows });
        }
        Ok(())
    }

    /// Whether a statement is to be sent at the end. Observers see it where it belongs among the others.
    fn is_kept(&mut self, sql: &str) -> Result<bool> {
        self.engine.link.admits(&Outgoing::text(Access::Write, sql))
    }
}

impl Impala {
    /// Asks the log of a table for a statement.
    fn of_log<E: ToString>(
        &self,
        table: &str,
        say: impl FnOnce(&Log<'_>) -> std::result::Result<String, E>,
    ) -> Result<String> {
        let model = self.table(table)?;
        let log = Log::of(&model, &self.link.about().place).ok_or_else(|| {
            self.refused(table, "rows of this table come and go by whole days only, on Impala and Hive")
        })?;
        say(&log).map_err(|error| self.refused(table, error))
    }

    /// The statement that appends the rows of a staged table to the log of a table.
    pub(super) fn append_from(&mut self, table: &str, staged: &str) -> Result<String> {
        let revision = self.next_revision();
        self.of_log(table, |log| log.append_from(revision, staged))
    }

    /// Sends a statement that adds to a log. On Spark, concurrent inserts into a table share one folder, which the
    /// first to end removes; the others are sent again. What they may have written by then does no harm if the table
    /// has a key: of rows with the same key and number the view shows one.
    fn send_to_log(&mut self, table: &str, sql: &str) -> Result<()> {
        let may_be_sent_again = !self.table(table)?.key.is_empty();
        for wait in WAITS {
            match self.send(sql) {
                Err(EngineError::Refused { reason, .. })
                    if may_be_sent_again && reason.contains(SHARED_FOLDER) =>
                {
                    std::thread::sleep(wait);
                }
                outcome => return outcome,
            }
        }
        self.send(sql)
    }

    pub(super) fn send_entry(&mut self, entry: Entry) -> Result<()> {
        match entry {
            Entry::Statement { table, sql } => self.send_to_log(&table, &sql),
            Entry::Rows { table, revision, rows } => {
                for rows in rows.chunks(RECORDED) {
                    let rows: Vec<Vec<(&str, Expr)>> = rows.iter().map(|row| named(row)).collect();
                    let rows: Vec<&[(&str, Expr)]> = rows.iter().map(Vec::as_slice).collect();
                    let sql = self.of_log(&table, |log| log.append_rows(revision, &rows))?;
                    self.send_to_log(&table, &sql)?;
                }
                Ok(())
            }
        }
    }
}

/// A row by the names of its columns.
fn named(row: &[(String, Expr)]) -> Vec<(&str, Expr)> {
    row.iter().map(|(name, value)| (name.as_str(), value.clone())).collect()
}
