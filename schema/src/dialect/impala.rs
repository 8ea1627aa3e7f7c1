//! Apache Impala and the Hive family: external tables over folders, partitions apart from the columns,
//! no keys, no indexes, no NOT NULL.

use std::fmt::Write as _;

use super::{Dialect, Place, one_line};
use crate::model::{Column, Format, Origin, Table};
use crate::types::{ColumnType, TimePart};

const SELF: Dialect = Dialect::Impala;
const LOCATION_ROOT: &str = "/flow_oa";

pub(super) fn type_name(kind: ColumnType) -> &'static str {
    match kind {
        ColumnType::String | ColumnType::Time | ColumnType::Address => "STRING",
        ColumnType::Smallint => "SMALLINT",
        ColumnType::Int => "INT",
        ColumnType::Bigint => "BIGINT",
        ColumnType::Float => "FLOAT",
        ColumnType::Double => "DOUBLE",
        ColumnType::Bit => "BOOLEAN",
    }
}

/// Spot's types of partition columns: a year needs two bytes, the other parts one.
fn partition_type(column: &Column) -> &'static str {
    if column.origin == Origin::Partition(TimePart::Year) { "SMALLINT" } else { "TINYINT" }
}

/// The most UTF-16 units that Impala takes as a column's comment.
const LONGEST_COMMENT: usize = 256;

/// A column's description, cut where Impala would refuse it.
pub(super) fn comment(description: &str) -> String {
    const CUT: &str = "...";
    let line = one_line(description);
    if line.encode_utf16().count() <= LONGEST_COMMENT {
        return line;
    }
    let mut left = LONGEST_COMMENT - CUT.len();
    let fits = |it: &char| left.checked_sub(it.len_utf16()).map(|it| left = it).is_some();
    line.chars().take_while(fits).chain(CUT.chars()).collect()
}

fn definition(column: &Column, kind: &str) -> String {
    format!("  {} {kind} COMMENT {}", SELF.quoted(&column.name), SELF.literal(&comment(&column.description)))
}

pub(super) fn create(table: &Table, place: &Place) -> String {
    let own = table.own_columns();
    let partition = &table.columns[own.len()..];
    let columns: Vec<String> = own.iter().map(|it| definition(it, type_name(it.kind))).collect();
    let name = SELF.qualified(&table.name, place);
    let mut text = format!("CREATE EXTERNAL TABLE IF NOT EXISTS {name} (\n{}\n)\n", columns.join(",\n"));
    if !partition.is_empty() {
        let columns: Vec<String> = partition.iter().map(|it| definition(it, partition_type(it))).collect();
        let _ = writeln!(text, "PARTITIONED BY (\n{}\n)", columns.join(",\n"));
    }
    let _ = writeln!(text, "COMMENT {}", SELF.literal(&one_line(&table.description)));
    if table.hive.format == Format::Textfile {
        text.push_str("ROW FORMAT DELIMITED FIELDS TERMINATED BY '\\t' ESCAPED BY '\\\\'\n");
    }
    let format = match table.hive.format {
        Format::Parquet => "PARQUET",
        Format::Textfile => "TEXTFILE",
    };
    let root = place.location_root.as_deref().unwrap_or(LOCATION_ROOT).trim_end_matches('/');
    let location = SELF.literal(&format!("{root}/{}", table.hive.location));
    let _ = writeln!(text, "STORED AS {format}\nLOCATION {location};");
    text
}
