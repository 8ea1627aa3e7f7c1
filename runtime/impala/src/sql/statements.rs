//! Statements that sea-query cannot build: partitions, locations, catalogues, staging tables.
//!
//! These are texts only. A `table` is a name that [`Dialect::qualified`] has quoted; names of columns and databases are
//! quoted here. No statement ends in `;`: HiveServer2 accepts one statement at a time.

use std::fmt::Write as _;

use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::impala::{HiveType, stored};
use flow_oa_schema::model::Format;

const SELF: Dialect = Dialect::Impala;

/// The partitions that rows go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Partitions<'a> {
    /// The table has no partitions.
    None,
    /// The partitions that the last columns of each row name. Hive and Spark need
    /// `hive.exec.dynamic.partition.mode=nonstrict`.
    Named(&'a [&'a str]),
    /// One partition, whose columns are not among those of the rows.
    One(&'a [(String, i64)]),
}

/// Inserts the rows of a query, which has all columns of the table in order. There is no column list, since Impala and
/// Spark want it in different positions.
pub fn insert(table: &str, into: Partitions<'_>, source: &str) -> String {
    let into = match into {
        Partitions::None => String::new(),
        Partitions::Named(names) => {
            let names: Vec<String> = names.iter().map(|name| SELF.quoted(name)).collect();
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

/// The values of the columns of a partition, and its folder.
pub type Located = (Vec<(String, i64)>, String);

/// Adds the missing partitions of a table, each on its folder. Never on the default folder, which the values name:
/// files of an earlier partition that could not be deleted would become rows again. Impala before 2.9 accepts one at a
/// time.
pub fn add_partitions(table: &str, partitions: &[Located]) -> String {
    let mut text = format!("ALTER TABLE {table} ADD IF NOT EXISTS");
    for (values, location) in partitions {
        let _ = write!(text, " {} LOCATION {}", partition(values), SELF.literal(location));
    }
    text
}

/// Points a partition at another folder; its files stay.
pub fn set_location(table: &str, values: &[(String, i64)], location: &str) -> String {
    format!("ALTER TABLE {table} {} SET LOCATION {}", partition(values), SELF.literal(location))
}

/// Drops a partition, if it exists; its files stay.
pub fn drop_partition(table: &str, values: &[(String, i64)]) -> String {
    format!("ALTER TABLE {table} DROP IF EXISTS {}", partition(values))
}

/// The partitions of a table.
pub fn show_partitions(table: &str) -> String {
    format!("SHOW PARTITIONS {table}")
}

/// Details of a partition, including its folder. Not for Impala, which lists folders in `SHOW PARTITIONS`.
pub fn describe_partition(table: &str, values: &[(String, i64)]) -> String {
    format!("DESCRIBE FORMATTED {table} {}", partition(values))
}

/// The columns of a table or view.
pub fn describe(table: &str) -> String {
    format!("DESCRIBE {table}")
}

/// A table with its columns, partitions, storage and description.
pub fn describe_formatted(table: &str) -> String {
    format!("DESCRIBE FORMATTED {table}")
}

/// The names of the tables and views of the current database.
pub const SHOW_TABLES: &str = "SHOW TABLES";

/// Creates an external table with those columns on a folder, which is filled separately.
pub fn create_staging(table: &str, columns: &[(&str, HiveType)], format: Format, location: &str) -> String {
    let columns: Vec<String> =
        columns.iter().map(|(name, kind)| format!("{} {}", SELF.quoted(name), kind.name())).collect();
    format!("CREATE EXTERNAL TABLE {table} ({})\n{}", columns.join(", "), stored(format, location))
}

/// Drops a table, if it exists; the files of an external table stay.
pub fn drop_table(table: &str) -> String {
    format!("DROP TABLE IF EXISTS {table}")
}

/// Lets Impala find files that another process put into the folder of a table or of one of its partitions. Only for
/// Impala: Spark takes the name for a path and reports no error.
pub fn refresh(table: &str, values: Option<&[(String, i64)]>) -> String {
    match values {
        Some(values) => format!("REFRESH {table} {}", partition(values)),
        None => format!("REFRESH {table}"),
    }
}

/// The same for Spark, without a partition. Hive needs no such statement.
pub fn refresh_table(table: &str) -> String {
    format!("REFRESH TABLE {table}")
}

/// Discards Impala's metadata of a table that another program created or changed. Only for Impala.
pub fn invalidate_metadata(table: &str) -> String {
    format!("INVALIDATE METADATA {table}")
}

/// Computes statistics of a table, by which statements on it are planned. Only for Impala.
pub fn compute_stats(table: &str) -> String {
    format!("COMPUTE STATS {table}")
}

/// Computes statistics of a partition. Only for Impala. Without a partition, the statement would compute missing
/// statistics and skip partitions that grew since.
pub fn compute_incremental_stats(table: &str, values: &[(String, i64)]) -> String {
    format!("COMPUTE INCREMENTAL STATS {table} {}", partition(values))
}

/// Computes statistics of a table on Hive and Spark.
pub fn analyze(table: &str) -> String {
    format!("ANALYZE TABLE {table} COMPUTE STATISTICS")
}

/// Creates a database, unless it exists.
pub fn create_database(name: &str) -> String {
    format!("CREATE DATABASE IF NOT EXISTS {}", SELF.quoted(name))
}

/// Switches to a database.
pub fn use_database(name: &str) -> String {
    format!("USE {}", SELF.quoted(name))
}
