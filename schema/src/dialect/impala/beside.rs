//! A table beside another one, into which its rows are copied partition by partition, so that it can take its place. No
//! statement removes or changes a row of the old table.

use std::fmt::Write as _;

use super::{HiveType, Place, SELF, definition, location, log, stored, table_comment};
use crate::model::{Column, Table};

/// What a table has that is copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// The rows of the table.
    Rows,
    /// The changes of a log.
    Log,
}

/// A copy of the rows of some partitions.
#[derive(Debug, Clone, Copy)]
pub struct Copy<'a> {
    /// The table as the schema has it.
    pub table: &'a Table,
    /// The name of the table that is copied.
    pub from: &'a str,
    /// What it has.
    pub copied: Copied,
    /// The name of the table beside it.
    pub to: &'a str,
    /// The expression of each column over the old table; `None` for a column that stays empty.
    pub values: &'a [(&'a Column, Option<String>)],
    /// The partitions of the old table: for each column of the new one, the SQL of the value in the old table, and the
    /// value.
    pub partitions: &'a [Vec<(String, String)>],
    /// The number that names the folders of the copy.
    pub token: &'a str,
}

/// Creates the table. A log gets a folder of its own; partitions get theirs when they are filled.
pub(in crate::dialect) fn create(table: &Table, name: &str, token: &str, place: &Place) -> String {
    let is_log = log::has(table);
    let columns: Vec<String> = match is_log {
        true => log::definitions(table),
        false => table.own_columns().iter().map(definition).collect(),
    };
    let mut text = format!(
        "CREATE EXTERNAL TABLE IF NOT EXISTS {} (\n{}\n)\n",
        SELF.qualified(name, place),
        columns.join(",\n")
    );
    if !is_log {
        let partition: Vec<String> = table.partition_columns().iter().map(definition).collect();
        let _ = writeln!(text, "PARTITIONED BY (\n{}\n)", partition.join(",\n"));
    }
    let _ = writeln!(text, "COMMENT {}", table_comment(&table.documented()));
    let folder = if is_log { format!("{}-{token}", location(table, place)) } else { location(table, place) };
    let _ = writeln!(text, "{};", stored(table.hive.format, &folder));
    text
}

impl Copy<'_> {
    pub(in crate::dialect) fn statements(&self, place: &Place) -> Vec<String> {
        let (from, to) = (SELF.qualified(self.from, place), SELF.qualified(self.to, place));
        if log::has(self.table) {
            return self.log_statements(&from, &to);
        }
        let mut statements = Vec::new();
        for day in self.partitions.chunk_by(|one, other| one.iter().take(3).eq(other.iter().take(3))) {
            for partition in day {
                let values = self.partition(partition);
                statements.push(format!("ALTER TABLE {to} DROP IF EXISTS PARTITION ({values});"));
                let folder = self.folder(partition, place);
                statements.push(format!(
                    "ALTER TABLE {to} ADD IF NOT EXISTS PARTITION ({values}) LOCATION {};",
                    SELF.literal(&folder)
                ));
            }
            statements.extend(self.insert(day, &from, &to));
        }
        statements
    }

    /// Copies all into a log, in one statement. Rows that were no log become changes with numbers in a fixed order, so
    /// that of several rows with the same key it is always the same that the view shows.
    fn log_statements(&self, from: &str, to: &str) -> Vec<String> {
        if self.partitions.is_empty() {
            return Vec::new();
        }
        let values: Vec<String> = log::order(self.table).map(|column| self.value(column)).collect();
        let own = match self.copied {
            Copied::Log => [log::REVISION, log::GONE].map(|name| SELF.quoted(name)),
            Copied::Rows => {
                let given = self.values.iter().filter_map(|(_, value)| value.clone());
                let order = given.collect::<Vec<_>>().join(", ");
                let number = format!("CAST(row_number() OVER (ORDER BY {order}) AS BIGINT)");
                [number, "FALSE".to_owned()]
            }
        };
        let columns: Vec<String> = own.into_iter().chain(values).collect();
        vec![format!("INSERT OVERWRITE TABLE {to} SELECT {} FROM {from};", columns.join(", "))]
    }

    /// The value of a column, of the type of the schema.
    fn value(&self, column: &Column) -> String {
        let value = self.values.iter().find(|(other, _)| other.name == column.name);
        let given = value.and_then(|(_, value)| value.clone());
        given.unwrap_or_else(|| format!("CAST(NULL AS {})", HiveType::of(column).name()))
    }

    /// The columns of a partition of the new table with their values.
    fn partition(&self, old: &[(String, String)]) -> String {
        let columns = self.table.partition_columns().iter().zip(old);
        let values: Vec<String> = columns
            .map(|(column, (_, value))| format!("{} = {}", SELF.quoted(&column.name), whole(value)))
            .collect();
        values.join(", ")
    }

    fn folder(&self, old: &[(String, String)], place: &Place) -> String {
        let mut folder = location(self.table, place);
        for (column, (_, value)) in self.table.partition_columns().iter().zip(old) {
            let _ = write!(folder, "/{}={}", column.name, whole(value));
        }
        format!("{folder}/run-{}", self.token)
    }

    /// Copies each partition of a day by a statement of its own: not every server keeps the folders of partitions that
    /// rows choose.
    fn insert(&self, day: &[Vec<(String, String)>], from: &str, to: &str) -> Vec<String> {
        let columns: Vec<String> = self.table.own_columns().iter().map(|column| self.value(column)).collect();
        let columns = columns.join(", ");
        let each = day.iter().map(|partition| {
            let is_it: Vec<String> = partition
                .iter()
                .map(|(sql, value)| format!("CAST({sql} AS STRING) = {}", SELF.literal(value)))
                .collect();
            format!(
                "INSERT INTO {to} PARTITION ({}) SELECT {columns} FROM {from} WHERE {};",
                self.partition(partition),
                is_it.join(" AND ")
            )
        });
        each.collect()
    }
}

/// A whole number without leading zeros, as the values of partitions are.
fn whole(text: &str) -> i64 {
    text.trim().parse().unwrap_or_default()
}
