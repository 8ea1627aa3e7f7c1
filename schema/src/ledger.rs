//! The program's own tables, which record what the raw tables hold and what every command did. They belong to no
//! pipeline, so they are defined here instead of in JSON, with the same types and dialects.
//!
//! There are three kinds of tables. The ingests record which file each raw row came from; the record of a file is
//! removed together with its rows. The history is never deleted. The days of rollups record which sums are complete.

use crate::document::FormatDoc;
use crate::model::{Column, ColumnId, Expr, Hive, Partition, Rows, Table};
use crate::types::ColumnType;

/// The column of raw tables that numbers rows in order of arrival, in engines that number rows.
pub const ROW_ID: &str = "flow_oa_id";

/// One row per file whose rows are in a raw table.
pub const INGESTS: &str = "flow_oa_ingest";

/// One row per day of such a file.
pub const INGEST_DAYS: &str = "flow_oa_ingest_day";

/// One row per run, ingest, purge, copied day or ranking, whatever its outcome.
pub const HISTORY: &str = "flow_oa_history";

/// One row per table and day that such a command changed.
pub const HISTORY_TABLES: &str = "flow_oa_history_table";

/// One row per rollup and day whose raw rows are all summed up.
pub const ROLLUP_DAYS: &str = "flow_oa_rollup_day";

type Definition = (&'static str, ColumnType, &'static str);

const INGEST_COLUMNS: &[Definition] = &[
    ("id", ColumnType::Bigint, "Number of the ingest in the history."),
    ("pipeline", ColumnType::String, "Pipeline that the file was for."),
    ("file", ColumnType::String, "File as it was named; - for standard input."),
    ("content", ColumnType::String, "BLAKE3 hash of the decompressed content, in hexadecimal."),
    ("format", ColumnType::String, "Raw format that was recognised."),
    ("stored", ColumnType::Bigint, "Rows stored."),
    ("first_row", ColumnType::Bigint, "First row number in the raw table, in engines that number rows."),
    ("last_row", ColumnType::Bigint, "Last row number in the raw table."),
    ("finished", ColumnType::Time, "End, UTC."),
];

const INGEST_DAY_COLUMNS: &[Definition] = &[
    ("ingest", ColumnType::Bigint, "Number of the ingest."),
    ("day", ColumnType::String, "Day of the rows, YYYY-MM-DD."),
    ("stored", ColumnType::Bigint, "Rows stored for that day."),
];

const HISTORY_COLUMNS: &[Definition] = &[
    ("id", ColumnType::Bigint, "Number of the entry."),
    ("command", ColumnType::String, "What was done: run, ingest, purge, copy or rank."),
    ("pipeline", ColumnType::String, "Pipeline that it was done to."),
    (
        "day",
        ColumnType::String,
        "Day of a run, a copy or a ranking; first day that a purge kept; YYYY-MM-DD.",
    ),
    ("row_limit", ColumnType::Bigint, "Most rows that a run was to read, or a ranking to write."),
    (
        "input",
        ColumnType::String,
        "Results file that a run read or a ranking wrote; raw file of an ingest, - for standard input; database of a copy.",
    ),
    (
        "content",
        ColumnType::String,
        "BLAKE3 hash of the records read (run), the decompressed file (ingest) or the file written (rank).",
    ),
    (
        "context",
        ColumnType::String,
        "BLAKE3 hash of the context files of a run; of an ingest, the number of bytes of the decompressed file.",
    ),
    ("fingerprint", ColumnType::String, "Fingerprint of the schema that the program was built with."),
    (
        "raw_rows",
        ColumnType::String,
        "BLAKE3 hash of the list of ingests that a run or a copy found for its day.",
    ),
    ("scores_file", ColumnType::String, "BLAKE3 hash of the file of scores that a run wrote."),
    ("records", ColumnType::Bigint, "Records read, those rejected and skipped included."),
    (
        "stored",
        ColumnType::Bigint,
        "Rows stored: scores of a run, raw rows of an ingest; lines of a ranking.",
    ),
    ("rejected", ColumnType::Bigint, "Records that could not be read."),
    ("skipped", ColumnType::Bigint, "Blank lines, headers and trailers."),
    ("started", ColumnType::Time, "Start, UTC."),
    ("finished", ColumnType::Time, "End, UTC; none while it runs, or where it was killed."),
    ("seconds", ColumnType::Double, "Seconds from start to end."),
    ("status", ColumnType::String, "running, done, failed or killed."),
    ("message", ColumnType::String, "Why it failed."),
    ("version", ColumnType::String, "Version of the program."),
    ("lock_file", ColumnType::String, "File that is locked while it runs."),
];

const HISTORY_TABLE_COLUMNS: &[Definition] = &[
    ("entry", ColumnType::Bigint, "Number of the entry in the history."),
    ("name", ColumnType::String, "Table."),
    ("day", ColumnType::String, "Day of the rows; first day that a purge kept; YYYY-MM-DD."),
    ("stored", ColumnType::Bigint, "Rows stored."),
    ("removed", ColumnType::Bigint, "Rows that were there before and were taken out."),
    ("seconds", ColumnType::Double, "Seconds that the table took, where that is known."),
];

const ROLLUP_DAY_COLUMNS: &[Definition] = &[
    ("name", ColumnType::String, "Rollup."),
    ("day", ColumnType::String, "Day of its rows, YYYY-MM-DD."),
    (
        "raw_rows",
        ColumnType::String,
        "BLAKE3 hash of the definition of the rollup and of the list of ingests of the day that it sums up.",
    ),
];

/// The definitions of the program's own tables.
pub fn tables() -> Vec<Table> {
    vec![
        table(INGESTS, "Files whose rows are in a raw table.", INGEST_COLUMNS, &["id"]),
        table(INGEST_DAYS, "Days of those files.", INGEST_DAY_COLUMNS, &["ingest", "day"]),
        table(
            HISTORY,
            "Runs, ingests, purges, copies and rankings, however they ended.",
            HISTORY_COLUMNS,
            &["id"],
        ),
        table(
            HISTORY_TABLES,
            "Tables and days that they changed.",
            HISTORY_TABLE_COLUMNS,
            &["entry", "name", "day"],
        ),
        table(ROLLUP_DAYS, "Days of which rollups hold all raw rows.", ROLLUP_DAY_COLUMNS, &["name", "day"]),
    ]
}

fn table(name: &str, description: &str, columns: &[Definition], key: &[&str]) -> Table {
    Table {
        name: name.to_owned(),
        description: description.to_owned(),
        rows: Rows::Program,
        columns: columns
            .iter()
            .map(|(name, kind, description)| Column {
                name: (*name).to_owned(),
                kind: *kind,
                range: kind.range(),
                is_optional: false,
                from: Expr::Program,
                description: (*description).to_owned(),
            })
            .collect(),
        partition: Partition { time: None, columns: 0 },
        key: (0..columns.len()).filter(|at| key.contains(&columns[*at].0)).map(ColumnId).collect(),
        indexes: Vec::new(),
        hive: Hive { format: FormatDoc::Parquet, location: format!("ledger/{name}") },
    }
}
