//! The program's own tables: what was ingested and what was run. They belong to no pipeline, so they are
//! described here and not in JSON, with the same types, and go through the same dialects.

use crate::document::FormatDoc;
use crate::model::{Column, Hive, Origin, Partition, Rows, Table};
use crate::types::ColumnType;

/// The key that SQLite's raw tables get, in order of arrival.
pub const ROW_ID: &str = "flow_oa_id";

/// One row a file that was ingested.
pub const INGESTS: &str = "flow_oa_ingest";

/// One row a day of a file that was ingested.
pub const INGEST_DAYS: &str = "flow_oa_ingest_day";

/// One row a run.
pub const RUNS: &str = "flow_oa_run";

type Definition = (&'static str, ColumnType, &'static str);

const INGEST_COLUMNS: &[Definition] = &[
    ("id", ColumnType::Bigint, "Number of the ingest."),
    ("pipeline", ColumnType::String, "Pipeline that the file was for."),
    ("file", ColumnType::String, "File as it was named; - for standard input."),
    ("content", ColumnType::String, "BLAKE3 hash of the decompressed content, in hexadecimal."),
    ("format", ColumnType::String, "Raw format that was recognised."),
    ("records", ColumnType::Bigint, "Records read, those rejected and skipped included."),
    ("stored", ColumnType::Bigint, "Rows stored."),
    ("rejected", ColumnType::Bigint, "Records that could not be read."),
    ("skipped", ColumnType::Bigint, "Blank lines, headers and trailers."),
    ("first_row", ColumnType::Bigint, "First row number in the raw table, in engines that number rows."),
    ("last_row", ColumnType::Bigint, "Last row number in the raw table."),
    ("started", ColumnType::Time, "Start, UTC."),
    ("finished", ColumnType::Time, "End, UTC."),
];

const INGEST_DAY_COLUMNS: &[Definition] = &[
    ("ingest", ColumnType::Bigint, "Number of the ingest."),
    ("day", ColumnType::String, "Day of the rows, YYYY-MM-DD."),
    ("stored", ColumnType::Bigint, "Rows stored for that day."),
];

const RUN_COLUMNS: &[Definition] = &[
    ("id", ColumnType::Bigint, "Number of the run."),
    ("pipeline", ColumnType::String, "Pipeline that was run."),
    ("day", ColumnType::String, "Day that was run, YYYY-MM-DD."),
    ("row_limit", ColumnType::Bigint, "Most rows that were to be read from the results."),
    ("results", ColumnType::String, "Path of the results file."),
    ("fingerprint", ColumnType::String, "Fingerprint of the schema that the program was built with."),
    ("records", ColumnType::Bigint, "Records read from the results."),
    ("stored", ColumnType::Bigint, "Rows stored in the table of scores."),
    ("rejected", ColumnType::Bigint, "Records that could not be read."),
    ("skipped", ColumnType::Bigint, "Blank lines."),
    ("started", ColumnType::Time, "Start, UTC."),
    ("finished", ColumnType::Time, "End, UTC."),
];

/// The program's own tables.
pub fn tables() -> Vec<Table> {
    vec![
        table(INGESTS, "Files that were ingested.", INGEST_COLUMNS, &["id"]),
        table(INGEST_DAYS, "Days of the files that were ingested.", INGEST_DAY_COLUMNS, &["ingest", "day"]),
        table(RUNS, "Runs that were completed.", RUN_COLUMNS, &["id"]),
    ]
}

fn table(name: &str, description: &str, columns: &[Definition], key: &[&str]) -> Table {
    Table {
        name: name.to_owned(),
        description: description.to_owned(),
        rows: Rows::Analyst,
        columns: columns
            .iter()
            .map(|(name, kind, description)| Column {
                name: (*name).to_owned(),
                kind: *kind,
                origin: Origin::Analyst,
                description: (*description).to_owned(),
            })
            .collect(),
        partition: Partition { time: None, columns: Vec::new() },
        key: key.iter().map(|it| (*it).to_owned()).collect(),
        indexes: Vec::new(),
        hive: Hive { format: FormatDoc::Parquet, location: format!("ledger/{name}") },
    }
}
