//! The data of a unit of work: what it has staged, what it will publish, and the names that it gives.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use flow_oa_engine::Days;
use flow_oa_schema::model::Table;
use sea_query::Expr;

use super::Impala;
use super::file::Open;

/// The prefix of the folders of runs, within the folder of a day.
pub(super) const RUN: &str = "run-";

/// Digits of a token: microseconds since 1970, until the year 2286.
const TOKEN: usize = 16;

/// The columns of a partition with their values.
pub(super) type DayValues = Vec<(String, i64)>;

/// A unit of work on the tables of a server. Nothing of it is visible before it is published.
pub(super) struct ImpalaUnit<'a> {
    pub(super) engine: &'a mut Impala,
    pub(super) work: Work,
    pub(super) is_open: bool,
}

/// What one unit of work has done.
#[derive(Default)]
pub(super) struct Work {
    /// Distinguishes its folders and tables from those of other units; later tokens sort after earlier ones.
    pub(super) token: String,
    pub(super) days: Vec<StagedDay>,
    /// The table whose days are published after those of all others.
    pub(super) published_last: Option<String>,
    /// Relations that were staged and not yet dropped.
    pub(super) relations: Vec<String>,
    /// Staged rows that are to be added to the existing rows of their tables.
    pub(super) added: Vec<Added>,
    /// The table that the server is replacing or adding to, until that statement is done.
    pub(super) begun: Option<String>,
    pub(super) published: Vec<String>,
    /// Days of raw tables whose rows are replaced.
    pub(super) emptied: Vec<(Table, DayValues)>,
    /// The folders of the hours of those days.
    pub(super) renewed: Vec<Renewed>,
    /// Partitions to be dropped.
    pub(super) dropped: Vec<(Table, DayValues)>,
    /// Tables that are purged, each with the day before which its days are deleted.
    pub(super) purged: Vec<(Table, DayValues)>,
    /// Partitions whose rows changed, by the name of their table: their statistics are computed again.
    pub(super) changed: BTreeSet<(String, DayValues)>,
    /// What is appended to logs at the end, in order.
    pub(super) entries: Vec<Entry>,
}

pub(super) struct StagedDay {
    pub(super) table: Table,
    pub(super) day: DayValues,
    /// The name of the table on the folder, by which queries refer to it.
    pub(super) relation: String,
    /// The same name, qualified and quoted.
    pub(super) name: String,
    /// Whether that table was created; a dry run does not create it.
    pub(super) is_there: bool,
    /// The folder, relative to the location.
    pub(super) folder: String,
    pub(super) rows: u64,
    /// The file of rows that were not uploaded yet.
    pub(super) file: Option<Open>,
    /// Whether the day's partition points at the folder.
    pub(super) is_published: bool,
    /// The folder of the run that the partition pointed at before, if it pointed at such a folder.
    pub(super) former: Option<String>,
}

/// A folder of a partition, within which each unit of work has its own folder.
pub(super) struct Renewed {
    /// The folder, relative to the location.
    pub(super) folder: String,
    /// The inner folder that is read now, relative to the location.
    pub(super) current: String,
    /// The name of the inner folder that was read before, if known.
    pub(super) former: Option<String>,
}

impl StagedDay {
    /// The folder of the day and its inner folders.
    pub(super) fn renewed(&self) -> Renewed {
        let folder = day_folder(&self.table, &self.day);
        Renewed { folder, current: self.folder.clone(), former: self.former.clone() }
    }
}

impl Work {
    pub(super) fn staged(&mut self, table: &str, days: Option<&Days>) -> Option<&mut StagedDay> {
        let is_it = |staged: &&mut StagedDay| {
            staged.table.name == table
                && days.is_none_or(|days| matches!(days, Days::On(day) if *day == staged.day))
        };
        self.days.iter_mut().find(is_it)
    }

    /// Keeps an entry until the end. Rows join waiting rows of the same log, unless a statement lies in between whose
    /// result may depend on the order. So the files of a day are recorded by one statement per log.
    pub(super) fn keep(&mut self, entry: Entry) {
        let Entry::Rows { table, revision, rows } = entry else {
            return self.entries.push(entry);
        };
        let waiting = self.entries.iter_mut().rev().map_while(|entry| match entry {
            Entry::Rows { table, rows, .. } => Some((table, rows)),
            Entry::Statement { .. } => None,
        });
        let of_log = waiting.into_iter().find(|(log, _)| **log == table);
        match of_log {
            Some((_, waiting)) => waiting.extend(rows),
            None => self.entries.push(Entry::Rows { table, revision, rows }),
        }
    }
}

/// The folder of a day within the folder of its table.
pub(super) fn day_folder(table: &Table, day: &[(String, i64)]) -> String {
    let mut folder = table.hive.location.clone();
    for (name, value) in day {
        let _ = write!(folder, "/{name}={value}");
    }
    folder
}

/// Rows that are added to the existing rows of a table: raw rows, and those of analysts.
pub(super) struct Added {
    pub(super) table: Table,
    /// The partitions of raw rows: the values of their columns.
    pub(super) partitions: BTreeSet<Vec<i64>>,
    /// The table on the staged rows, which exists once they were uploaded.
    pub(super) name: String,
    /// The file of rows that were not uploaded yet.
    pub(super) file: Option<Open>,
}

/// What is written into a log at the end of a unit of work.
#[derive(Debug)]
pub(super) enum Entry {
    /// A statement that adds to the log of a table.
    Statement { table: String, sql: String },
    /// Rows with the same number that are appended.
    Rows { table: String, revision: i64, rows: Vec<Vec<(String, Expr)>> },
}

impl<'a> ImpalaUnit<'a> {
    pub(super) fn new(engine: &'a mut Impala) -> Self {
        let work = Work { token: format!("{:0TOKEN$}", super::now()), ..Work::default() };
        Self { engine, work, is_open: true }
    }
}

/// The longest duration of a unit of work, in microseconds; a killed command left the tables of an older unit.
const LONGEST: i64 = 24 * 60 * 60 * 1_000_000;

/// Whether a table was staged by a unit of work that must be over by now.
pub(super) fn is_left_over(table: &str, now: i64) -> bool {
    let token =
        table.strip_prefix("flow_oa_").and_then(|table| table.rsplit_once('_')).map(|(_, token)| token);
    let began = token.filter(|token| token.len() == TOKEN && token.bytes().all(|it| it.is_ascii_digit()));
    began.and_then(|began| began.parse::<i64>().ok()).is_some_and(|began| began < now - LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_of_commands_that_are_long_gone_are_known_by_their_names() {
        let began = 1_795_531_497_653_963;
        let name = format!("flow_oa_aside_flow_scores_{began}");
        assert!(is_left_over(&name, began + LONGEST + 1));
        assert!(!is_left_over(&name, began + LONGEST));
        for other in ["flow_oa_history_log", "flow_oa_chord", "flow_1795531497653963", "flow_oa_x_17"] {
            assert!(!is_left_over(other, i64::MAX), "{other}");
        }
    }

    #[test]
    fn rows_of_a_log_are_kept_together_unless_a_statement_stands_between() {
        let mut work = Work::default();
        let rows =
            |table: &str, revision| Entry::Rows { table: table.into(), revision, rows: vec![Vec::new()] };
        let statement = Entry::Statement { table: "a".into(), sql: "s".into() };
        for entry in [rows("a", 1), rows("b", 2), rows("a", 3), statement, rows("a", 4)] {
            work.keep(entry);
        }
        let kept: Vec<String> = work
            .entries
            .iter()
            .map(|entry| match entry {
                Entry::Statement { sql, .. } => sql.clone(),
                Entry::Rows { table, revision, rows } => format!("{table} {revision} {}", rows.len()),
            })
            .collect();
        assert_eq!(kept, ["a 1 2", "b 2 1", "s", "a 4 1"]);
    }
}
