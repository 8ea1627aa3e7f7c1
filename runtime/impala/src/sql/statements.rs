//! What sea-query has no word for: partitions, locations, catalogues, staging tables.
//!
//! Texts only. A `table` is a name that [`Dialect::qualified`] has quoted; names of
//! columns and databases are quoted here. No statement ends in `;`: HiveServer2 takes one at a time.

use std::fmt::Write as _;

use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::impala::{HiveType, stored};
use flow_oa_schema::model::Format;

const SELF: Dialect = Dialect::Impala;

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

/// Values of the columns of a partition, and its folder.
pub type Located = (Vec<(String, i64)>, String);

/// Adds those partitions that the table lacks, each over its folder. Never over the default one, which its values name:
/// files of an earlier partition that could not be deleted would be rows again. Impala takes one at a time before 2.9.
pub fn add_partitions(table: &str, partitions: &[Located]) -> String {
    let mut text = format!("ALTER TABLE {table} ADD IF NOT EXISTS");
    for (values, location) in partitions {
        let _ = write!(text, " {} LOCATION {}", partition(values), SELF.literal(location));
    }
    text
}

/// Points a partition at another folder; its files stay where they are.
pub fn set_location(table: &str, values: &[(String, i64)], location: &str) -> String {
    format!("ALTER TABLE {table} {} SET LOCATION {}", partition(values), SELF.literal(location))
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

/// Counts what a partition holds. Impala's alone. Without a partition it would count those that were never counted, and
/// leave those that grew as they were.
pub fn compute_incremental_stats(table: &str, values: &[(String, i64)]) -> String {
    format!("COMPUTE INCREMENTAL STATS {table} {}", partition(values))
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
