//! What the program and analysts write: appended to logs, at the end of the unit of work if one is in progress.

use std::time::Duration;

use crate::sql::log::{Log, LogError};
use flow_oa_engine::{EngineError, Result};
use sea_query::{Expr, Values};

use super::Impala;
use super::work::Work;

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

/// What is written into a log at the end of a unit of work.
#[derive(Debug)]
pub(super) enum Note {
    /// A statement that adds to the log of a table.
    Statement { table: String, sql: String },
    /// Rows with the same number that are appended.
    Rows { table: String, revision: i64, rows: Vec<Vec<(String, Expr)>> },
}

impl Work {
    /// Keeps an entry until the end. Rows join waiting rows of the same log, unless a statement lies in between whose
    /// result may depend on the order. So the files of a day are recorded by one statement per log.
    pub(super) fn keep(&mut self, note: Note) {
        let Note::Rows { table, revision, rows } = note else {
            return self.notes.push(note);
        };
        let waiting = self.notes.iter_mut().rev().map_while(|it| match it {
            Note::Rows { table, rows, .. } => Some((table, rows)),
            Note::Statement { .. } => None,
        });
        let of_log = waiting.into_iter().find(|(it, _)| **it == table);
        match of_log {
            Some((_, waiting)) => waiting.extend(rows),
            None => self.notes.push(Note::Rows { table, revision, rows }),
        }
    }
}

impl Impala {
    /// Appends the statement of `change` to the log of a table, at the end of the unit of work if there is one.
    pub(super) fn write_down(
        &mut self,
        table: &str,
        change: impl FnOnce(&Log<'_>, i64) -> std::result::Result<String, LogError>,
    ) -> Result<()> {
        let revision = self.next_revision();
        let sql = self.of_log(table, |log| change(log, revision))?;
        self.note(table, sql, |sql| Note::Statement { table: table.to_owned(), sql })
    }

    /// Appends rows to the log of a table, as [`Self::write_down`] does.
    pub(super) fn write_down_rows(&mut self, table: &str, rows: &[Vec<(&str, Expr)>]) -> Result<()> {
        let revision = self.next_revision();
        let given: Vec<&[(&str, Expr)]> = rows.iter().map(Vec::as_slice).collect();
        let sql = self.of_log(table, |log| log.append_rows(revision, &given))?;
        let owned = |row: &Vec<(&str, Expr)>| {
            row.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
        };
        let rows = rows.iter().map(owned).collect();
        self.note(table, sql, |_| Note::Rows { table: table.to_owned(), revision, rows })
    }

    /// Asks the log of a table for a statement.
    fn of_log<E: ToString>(
        &self,
        table: &str,
        say: impl FnOnce(&Log<'_>) -> std::result::Result<String, E>,
    ) -> Result<String> {
        let model = self.table(table)?;
        let log = Log::of(&model, &self.place).ok_or_else(|| {
            self.refused(table, "rows of this table come and go by whole days only, on Impala and Hive")
        })?;
        say(&log).map_err(|error| self.refused(table, error))
    }

    /// Sends a statement on a log, or keeps it as an entry if a unit of work is in progress.
    fn note(&mut self, table: &str, sql: String, note: impl FnOnce(String) -> Note) -> Result<()> {
        self.log.statement(&sql, &Values(Vec::new()));
        match &mut self.work {
            _ if self.log.is_recording() => Ok(()),
            Some(work) => {
                work.keep(note(sql));
                Ok(())
            }
            None => self.send_to_log(table, &sql),
        }
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

    /// Sends an entry.
    pub(super) fn send_note(&mut self, note: Note) -> Result<()> {
        match note {
            Note::Statement { table, sql } => self.send_to_log(&table, &sql),
            Note::Rows { table, revision, rows } => {
                for rows in rows.chunks(RECORDED) {
                    let rows: Vec<Vec<(&str, Expr)>> = rows.iter().map(|it| named(it)).collect();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_a_log_are_kept_together_unless_a_statement_stands_between() {
        let mut work = Work::default();
        let rows =
            |table: &str, revision| Note::Rows { table: table.into(), revision, rows: vec![Vec::new()] };
        let statement = Note::Statement { table: "a".into(), sql: "s".into() };
        for note in [rows("a", 1), rows("b", 2), rows("a", 3), statement, rows("a", 4)] {
            work.keep(note);
        }
        let kept: Vec<String> = work
            .notes
            .iter()
            .map(|it| match it {
                Note::Statement { sql, .. } => sql.clone(),
                Note::Rows { table, revision, rows } => format!("{table} {revision} {}", rows.len()),
            })
            .collect();
        assert_eq!(kept, ["a 1 2", "b 2 1", "s", "a 4 1"]);
    }
}
