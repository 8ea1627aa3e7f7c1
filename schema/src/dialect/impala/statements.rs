//! What sea-query has no word for: partitions, locations, catalogues, staging tables.
//!
//! Texts only. A `table` is a name that [`Dialect::qualified`](super::Dialect::qualified) has quoted; names of
//! columns and databases are quoted here. No statement ends in `;`: HiveServer2 takes one at a time.

use std::fmt::Write as _;

use super::{HiveType, SELF, literal, stored};
use crate::model::Format;

/// Into which partitions rows go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitions<'a> {
    /// The table has none.
    None,
    /// Those that the last columns of each row name. Hive and Spark need
    /// `hive.exec.dynamic.partition.mode=nonstrict`.
    Named(&'a [&'a str]),
    /// One: its columns are not among those of the rows.
    One(&'a [(String, i64)]),
}

/// Rows of a query, which has all columns of the table in order: a list of columns stands in another place in Impala
/// than in Spark, so there is none.
pub fn insert(table: &str, into: Partitions<'_>, source: &str) -> String {
    let into = match into {
        Partitions::None => String::new(),
        Partitions::Named(names) => {
            let names: Vec<String> = names.iter().map(|it| SELF.quoted(it)).collect();
            format!(" PARTITION ({})", names.join(", "))
        }
        Partitions::One(values) => format!(" {}", partition(values)),
    };
    format!("INSERT INTO {table}{into} {source}")
}

/// `PARTITION` with the value of each column.
pub fn partition(values: &[(String, i64)]) -> String {
    let values: Vec<String> =
        values.iter().map(|(name, value)| format!("{} = {value}", SELF.quoted(name))).collect();
    format!("PARTITION ({})", values.join(", "))
}

/// Adds a partition, where there is none: over a folder of its own, or over the one that its values name.
pub fn add_partition(table: &str, values: &[(String, i64)], location: Option<&str>) -> String {
    let mut text = format!("ALTER TABLE {table} ADD IF NOT EXISTS {}", partition(values));
    if let Some(location) = location {
        let _ = write!(text, " LOCATION {}", literal(location));
    }
    text
}

/// Points a partition at another folder; its files stay where they are.
pub fn set_location(table: &str, values: &[(String, i64)], location: &str) -> String {
    format!("ALTER TABLE {table} {} SET LOCATION {}", partition(values), literal(location))
}

/// Forgets a partition, where there is one; its files stay.
pub fn drop_partition(table: &str, values: &[(String, i64)]) -> String {
    format!("ALTER TABLE {table} DROP IF EXISTS {}", partition(values))
}

/// The partitions of a table.
pub fn show_partitions(table: &str) -> String {
    format!("SHOW PARTITIONS {table}")
}

/// Everything about a partition, its folder among it. Not for Impala, which says folders where it shows partitions.
pub fn describe_partition(table: &str, values: &[(String, i64)]) -> String {
    format!("DESCRIBE FORMATTED {table} {}", partition(values))
}

/// The columns of a table or view.
pub fn describe(table: &str) -> String {
    format!("DESCRIBE {table}")
}

/// An external table of those columns over a folder, which somebody else fills.
pub fn create_staging(table: &str, columns: &[(&str, HiveType)], format: Format, location: &str) -> String {
    let columns: Vec<String> =
        columns.iter().map(|(name, kind)| format!("{} {}", SELF.quoted(name), kind.name())).collect();
    format!("CREATE EXTERNAL TABLE {table} ({})\n{}", columns.join(", "), stored(format, location))
}

/// Forgets a table, where there is one; the files of an external one stay.
pub fn drop_table(table: &str) -> String {
    format!("DROP TABLE IF EXISTS {table}")
}

/// Lets Impala see files that somebody else put into the folder of a table or of one of its partitions. Impala's alone:
/// Spark takes the name for a path and says nothing.
pub fn refresh(table: &str, values: Option<&[(String, i64)]>) -> String {
    match values {
        Some(values) => format!("REFRESH {table} {}", partition(values)),
        None => format!("REFRESH {table}"),
    }
}

/// The same for Spark, which knows no partition here. Hive needs nothing.
pub fn refresh_table(table: &str) -> String {
    format!("REFRESH TABLE {table}")
}

/// Lets Impala forget what it knows of a table that somebody else made or changed. Impala's alone.
pub fn invalidate_metadata(table: &str) -> String {
    format!("INVALIDATE METADATA {table}")
}

/// Counts what a table holds, so that statements on it are planned well. Impala's alone.
pub fn compute_stats(table: &str) -> String {
    format!("COMPUTE STATS {table}")
}

/// Counts what partitions hold: one that is named, or those that were never counted. Impala's alone.
pub fn compute_incremental_stats(table: &str, values: Option<&[(String, i64)]>) -> String {
    match values {
        Some(values) => format!("COMPUTE INCREMENTAL STATS {table} {}", partition(values)),
        None => format!("COMPUTE INCREMENTAL STATS {table}"),
    }
}

/// The same for Hive and Spark.
pub fn analyze(table: &str) -> String {
    format!("ANALYZE TABLE {table} COMPUTE STATISTICS")
}

/// Makes a database, where there is none.
pub fn create_database(name: &str) -> String {
    format!("CREATE DATABASE IF NOT EXISTS {}", SELF.quoted(name))
}

/// Goes to a database.
pub fn use_database(name: &str) -> String {
    format!("USE {}", SELF.quoted(name))
}
