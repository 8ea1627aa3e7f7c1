//! The program's own tables, which record what the raw tables hold and what every command did. They belong to no
//! pipeline, so they are defined here instead of in JSON, with the same types and dialects.
//!
//! There are four kinds of tables. The ingests record which file each raw row came from; the record of a file is
//! removed together with its rows. The history, with the expectations that rows violated, is never deleted. The days of
//! rollups record which sums are complete. The schemas and the steps of migrations record which structure the database
//! has, and how it got it.

use crate::document::FormatDoc;
use crate::model::{Breaks, Column, ColumnId, Expr, Hive, Partition, Rows, Table};
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

/// One row per expectation that some rows of such a command violated.
pub const EXPECTATIONS: &str = "flow_oa_expectation";

/// One row per rollup and day whose raw rows are all summed up.
pub const ROLLUP_DAYS: &str = "flow_oa_rollup_day";

/// One row for each schema that the tables have had.
pub const SCHEMAS: &str = "flow_oa_schema";

/// One row per step of a migration.
pub const MIGRATIONS: &str = "flow_oa_migration";

/// The format of the program's own tables. A program refuses a database with a higher number. It is raised by one with
/// each change of these tables that an earlier program could not work with.
pub const FORMAT: i64 = 1;

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

const EXPECTATION_COLUMNS: &[Definition] = &[
    ("entry", ColumnType::Bigint, "Number of the entry in the history."),
    ("number", ColumnType::Int, "Number of the expectation within the entry, from 0."),
    ("name", ColumnType::String, "Table."),
    ("column_name", ColumnType::String, "Column."),
    ("rule", ColumnType::String, "What is expected of its values."),
    ("checked", ColumnType::Bigint, "Rows that were checked."),
    ("violated", ColumnType::Bigint, "Rows among them that violate the rule."),
    ("outcome", ColumnType::String, "met, warned or stopped."),
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

const SCHEMA_COLUMNS: &[Definition] = &[
    ("id", ColumnType::Bigint, "Number of the entry; the highest holds."),
    ("format", ColumnType::Bigint, "Format of the program's own tables."),
    ("fingerprint", ColumnType::String, "Fingerprint of the schema that the tables have."),
    ("version", ColumnType::String, "Version of the program."),
    ("finished", ColumnType::Time, "When the tables got it, UTC."),
];

const MIGRATION_COLUMNS: &[Definition] = &[
    ("migration", ColumnType::Bigint, "Number of the migration."),
    ("step", ColumnType::Int, "Position of the step, from 1."),
    ("what", ColumnType::String, "What the step does."),
    ("statements", ColumnType::String, "Its statements, each terminated by a semicolon."),
    ("fingerprint", ColumnType::String, "Fingerprint of the schema that the migration leads to."),
    ("status", ColumnType::String, "planned, done, or replaced by a later migration."),
    ("finished", ColumnType::Time, "End of the step, UTC; none if it was not done."),
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
        table(
            EXPECTATIONS,
            "Expectations of columns that some rows violated.",
            EXPECTATION_COLUMNS,
            &["entry", "number"],
        ),
        table(ROLLUP_DAYS, "Days of which rollups hold all raw rows.", ROLLUP_DAY_COLUMNS, &["name", "day"]),
        table(SCHEMAS, "Schemas that the tables have had.", SCHEMA_COLUMNS, &["id"]),
        table(MIGRATIONS, "Steps of migrations.", MIGRATION_COLUMNS, &["migration", "step"]),
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
                expect: Vec::new(),
                description: (*description).to_owned(),
                was: Vec::new(),
                breaks: Breaks::new(),
            })
            .collect(),
        partition: Partition { time: None, columns: 0 },
        key: (0..columns.len()).filter(|at| key.contains(&columns[*at].0)).map(ColumnId).collect(),
        indexes: Vec::new(),
        hive: Hive { format: FormatDoc::Parquet, location: format!("ledger/{name}") },
        belongs_to: None,
        was: Vec::new(),
        dropped: Vec::new(),
        breaks: Breaks::new(),
    }
}
