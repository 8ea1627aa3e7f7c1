//! PostgreSQL. Descriptions become `COMMENT ON`, which sea-query has no word for.
//!
//! Text is compared by its bytes, as in the other engines: so an order is the same everywhere, an index is built
//! and searched in half the time, and no database's own collation can make two texts equal. Raw tables are
//! partitioned by day; the partitions are made when rows of a day arrive.

use std::fmt::Write as _;
use std::time::Duration;

use super::{Dialect, Place, is_required, one_line};
use crate::ledger::ROW_ID;
use crate::model::{Column, Rows, Table};
use crate::names::LONGEST;
use crate::types::Storage;

const SELF: Dialect = Dialect::Postgres;

pub(super) fn type_name(storage: Storage) -> &'static str {
    match storage {
        Storage::Text => "text COLLATE \"C\"",
        Storage::Smallint => "smallint",
        Storage::Int => "integer",
        Storage::Bigint => "bigint",
        Storage::Float => "real",
        Storage::Double => "double precision",
        Storage::Bit => "boolean",
    }
}

/// A column as a table has it.
fn definition(column: &Column, required: bool) -> String {
    let mut text = format!("{} {}", SELF.quoted(&column.name), type_name(column.kind.storage()));
    if required {
        text.push_str(" NOT NULL");
    }
    if let Some(guard) = SELF.guard(column) {
        let _ = write!(text, " {guard}");
    }
    text
}

pub(super) fn create(table: &Table, place: &Place) -> String {
    let name = SELF.qualified(&table.name, place);
    let mut lines: Vec<String> = Vec::new();
    if SELF.own_column(table).is_some() {
        lines.push(format!("  {} bigint NOT NULL", SELF.quoted(ROW_ID)));
    }
    for column in &table.columns {
        lines.push(format!("  {}", definition(column, is_required(table, column))));
    }
    if !table.key.is_empty() {
        lines.push(format!("  PRIMARY KEY ({})", SELF.list(&table.key)));
    }
    let mut text = format!("CREATE TABLE {name} (\n{}\n)", lines.join(",\n"));
    if let Some(columns) = day_columns(table) {
        let _ = write!(text, " PARTITION BY RANGE ({})", SELF.list(columns));
    }
    text.push_str(";\n");
    for at in 0..table.indexes.len() {
        let _ = writeln!(text, "{}", SELF.create_index(table, at, place));
    }
    if SELF.own_column(table).is_some() {
        let column = SELF.quoted(ROW_ID);
        let _ = writeln!(text, "COMMENT ON COLUMN {name}.{column} IS {};", SELF.literal(OWN_COLUMN));
    }
    let _ = writeln!(text, "COMMENT ON TABLE {name} IS {};", SELF.literal(&one_line(&table.description)));
    for column in &table.columns {
        let _ = writeln!(text, "{}", comment_on(&name, column));
    }
    text
}

pub(super) fn add_column(table: &str, column: &Column) -> String {
    format!("ALTER TABLE {table} ADD COLUMN {};\n{}", definition(column, false), comment_on(table, column))
}

/// The statement that says what a column holds.
fn comment_on(table: &str, column: &Column) -> String {
    let comment = SELF.literal(&one_line(&column.description));
    format!("COMMENT ON COLUMN {table}.{} IS {comment};", SELF.quoted(&column.name))
}

const OWN_COLUMN: &str =
    "Number of the ingest and, in its lower 32 bits, of the row in it; the program's own.";

/// The columns by whose values a raw table is partitioned: year, month and day.
fn day_columns(table: &Table) -> Option<&[String]> {
    table.partition.columns.get(..3).filter(|_| matches!(table.rows, Rows::Ingest))
}

/// The partition of one day of a table: a table of its own until it is attached.
#[derive(Debug, Clone)]
pub struct DayPartition<'a> {
    /// The table.
    pub table: &'a str,
    /// Year, month and day.
    pub day: [i64; 3],
    /// Where the table is.
    pub place: &'a Place,
    /// The partition whose place it takes.
    pub replaces: Option<&'a Replaced>,
}

/// A partition that another table replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// Its name, quoted, with its schema.
    pub name: String,
    /// Its name, quoted, without the schema.
    pub own_name: String,
    /// What holds of its rows.
    pub bounds: String,
}

impl DayPartition<'_> {
    /// Its name, without the schema.
    pub fn name(&self) -> String {
        const DAY: &str = "_YYYYMMDD";
        let beside = if self.replaces.is_some() { "_new" } else { "" };
        let base = &self.table[..self.table.len().min(LONGEST - DAY.len() - beside.len())];
        let [year, month, day] = self.day;
        format!("{base}_{year:04}{month:02}{day:02}{beside}")
    }

    /// The statement that makes it, without indexes: they are made in one go when it is full. One that replaces
    /// another says what holds of its rows, so that nobody need look through them when it takes its place.
    pub fn create(&self) -> String {
        let (child, parent) = self.names();
        let check = match self.replaces {
            Some(it) => format!(", CONSTRAINT {OF_DAY} CHECK ({})", it.bounds),
            None => String::new(),
        };
        format!("CREATE TABLE {child} (LIKE {parent} INCLUDING ALL EXCLUDING INDEXES{check})")
    }

    /// The statement that attaches it. The server makes the indexes that the table has; neither readers nor writers
    /// of other days are locked out.
    pub fn attach(&self) -> String {
        let (child, parent) = self.names();
        self.attached(&child, &parent)
    }

    fn attached(&self, child: &str, parent: &str) -> String {
        let [year, month, day] = self.day;
        format!(
            "ALTER TABLE {parent} ATTACH PARTITION {child} \
             FOR VALUES FROM ({year}, {month}, {day}) TO ({year}, {month}, {})",
            day + 1
        )
    }

    /// The query for the statements that make the indexes that the table has.
    pub fn indexes(&self) -> String {
        let (child, parent) = self.names();
        format!(
            "SELECT format('CREATE %sINDEX ON %s%s', CASE WHEN i.indisunique THEN 'UNIQUE ' END, {}, \
             substr(d.definition, strpos(d.definition, ' USING ' || m.amname || ' ('))) \
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam \
             CROSS JOIN LATERAL pg_get_indexdef(i.indexrelid) AS d (definition) \
             WHERE i.indrelid = {}::regclass ORDER BY i.indexrelid",
            SELF.literal(&child),
            SELF.literal(&parent)
        )
    }

    /// The tables that must be held for [`Self::swap`], in the order in which readers let them go.
    pub fn held(&self, replaced: &Replaced) -> [String; 2] {
        [replaced.name.clone(), self.names().1]
    }

    /// The statements by which it takes the place of the other, which goes.
    pub fn swap(&self, replaced: &Replaced) -> String {
        let ((child, parent), Replaced { name, own_name, .. }) = (self.names(), replaced);
        let attach = self.attached(name, &parent);
        format!(
            "DROP TABLE {name}; ALTER TABLE {child} RENAME TO {own_name}; {attach}; \
             ALTER TABLE {name} DROP CONSTRAINT {OF_DAY}"
        )
    }

    /// The statements that bring its rows into the other, where that cannot go.
    pub fn pour(&self, replaced: &Replaced) -> String {
        let (child, parent) = self.names();
        let empty = truncate(&replaced.name);
        format!("{empty}; INSERT INTO {parent} SELECT * FROM {child}; DROP TABLE {child}")
    }

    /// The query for whether it is as the other in what a new table gets from its schema and its owner: 1 or 0.
    pub fn is_like(&self, replaced: &Replaced) -> String {
        format!(
            "SELECT (a.relowner = b.relowner AND a.relnamespace = b.relnamespace AND a.reltablespace = b.reltablespace \
             AND a.relacl IS NOT DISTINCT FROM b.relacl)::int::int8 \
             FROM pg_class a, pg_class b WHERE a.oid = {}::regclass AND b.oid = {}::regclass",
            SELF.literal(&self.names().0),
            SELF.literal(&replaced.name)
        )
    }

    /// The statement that takes it away again.
    pub fn discard(&self) -> String {
        drop_table(&self.names().0)
    }

    fn names(&self) -> (String, String) {
        (SELF.qualified(&self.name(), self.place), SELF.qualified(self.table, self.place))
    }
}

/// Says of a table what will be the bounds of the partition.
const OF_DAY: &str = "flow_oa_of_day";

/// Locks tables, in that order, against everybody else, unless that takes more than a moment: whoever comes while a
/// lock is waited for waits behind it. Where it fails, [`LET_BE`] makes it undone.
pub fn hold(tables: &[String], patience: Duration) -> String {
    format!(
        "SAVEPOINT flow_oa_hold; SET LOCAL lock_timeout = 50; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE; \
         SET LOCAL lock_timeout = {}; RELEASE SAVEPOINT flow_oa_hold",
        tables.join(", "),
        patience.as_millis()
    )
}

/// See [`hold`].
pub const LET_BE: &str = "ROLLBACK TO SAVEPOINT flow_oa_hold";

/// What a connection is told first: how long locks of others are waited for, where tables are, and that it may be
/// quiet for long, as it is while a file is read.
pub fn session(patience: Duration, schema: Option<&str>) -> String {
    let mut text = format!(
        "SET lock_timeout = {}; SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning; {WATCHED};",
        patience.as_millis()
    );
    if let Some(schema) = schema {
        let _ = write!(text, " SET search_path = {};", SELF.quoted(schema));
    }
    text
}

/// Lets a server from version 14 on notice that the program is gone while it works for it.
const WATCHED: &str =
    "SELECT set_config(name, '5s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'";

/// Begins a transaction that sees one state of the database, in which none of `parts`, which are quoted, is emptied.
pub fn begin_snapshot(parts: &[String]) -> String {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
    if parts.is_empty() {
        return begin.to_owned();
    }
    format!("{begin}; LOCK TABLE {} IN ACCESS SHARE MODE", parts.join(", "))
}

/// What is known of the table that rows are copied into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copied {
    /// Nothing.
    Plainly,
    /// It was made in the same transaction, so that nobody else can see its rows: they are stored as old ones, and
    /// the first reader need not look up who wrote them.
    IntoNew,
}

/// Rows of those columns, in binary.
pub fn copy(table: &str, columns: &[&str], copied: Copied) -> String {
    let columns: Vec<String> = columns.iter().map(|it| SELF.quoted(it)).collect();
    let freeze = if copied == Copied::IntoNew { ", FREEZE" } else { "" };
    format!("COPY {} ({}) FROM STDIN (FORMAT binary{freeze})", SELF.quoted(table), columns.join(", "))
}

/// Looks at what a table or partition holds, so that statements on it are planned well; the name is quoted.
pub fn analyze(table: &str) -> String {
    format!("ANALYZE {table}")
}

/// Whether nobody looked at the table `$1`, which is quoted, since it is more than half of what it is.
pub const HAS_GROWN: &str = "SELECT pg_relation_size(c.oid) > 2 * c.relpages::bigint * current_setting('block_size')::bigint \
    OR NOT EXISTS (SELECT 1 FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)";

/// An empty temporary table with the columns of another.
pub fn beside(name: &str, table: &str) -> String {
    let (name, table) = (SELF.quoted(name), SELF.quoted(table));
    format!(
        "DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMPORARY TABLE {name} (LIKE {table}) ON COMMIT DROP"
    )
}

/// A query that gives a row if two tables have rows of the same day.
pub fn shares(table: &str, other: &str, day: &[&str]) -> String {
    let (table, other) = (SELF.quoted(table), SELF.quoted(other));
    let day: Vec<String> = day.iter().map(|it| SELF.quoted(it)).collect();
    let day = day.join(", ");
    format!("SELECT 1 FROM (SELECT DISTINCT {day} FROM {other}) o JOIN {table} t USING ({day}) LIMIT 1")
}

/// Takes all rows out of a partition, whose name is quoted.
pub fn truncate(part: &str) -> String {
    format!("TRUNCATE TABLE {part}")
}

/// Drops a partition, whose name is quoted.
pub fn drop_table(part: &str) -> String {
    format!("DROP TABLE {part}")
}

/// The number of rows of a partition, whose name is quoted.
pub fn count(part: &str) -> String {
    format!("SELECT count(*) FROM {part}")
}

/// Makes a schema.
pub fn create_schema(name: &str) -> String {
    format!("CREATE SCHEMA {}", SELF.quoted(name))
}

/// Whether there is a schema of the name `$1`: one row or none.
pub const IS_SCHEMA: &str = "SELECT 1 FROM pg_namespace WHERE nspname = $1";

/// The columns of the table `$1`, which is quoted: name, type with a collation of its own, and whether a row may be
/// written without it.
pub const COLUMNS: &str = "SELECT a.attname, \
    format_type(a.atttypid, a.atttypmod) || \
    CASE WHEN c.collname IS NULL OR c.collname = 'default' THEN '' ELSE ' COLLATE ' || quote_ident(c.collname) END, \
    NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '' \
    FROM pg_attribute a LEFT JOIN pg_collation c ON c.oid = a.attcollation \
    WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum";

/// The columns of every index of the table `$1`, which is quoted, with the index's name and whether an insert may rely on it
/// to keep rows apart. What holds some rows only is left out.
pub const INDEXES: &str = "SELECT i.relname, a.attname, x.indisunique AND x.indimmediate \
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_am m ON m.oid = i.relam \
    CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place) \
    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number \
    WHERE x.indrelid = to_regclass($1) AND x.indisvalid AND x.indpred IS NULL AND m.amname = 'btree' \
    AND k.place <= x.indnkeyatts ORDER BY i.relname, k.place";

/// The columns by whose ranges the table `$1`, which is quoted, is partitioned, in order.
pub const PARTITION_KEYS: &str = "SELECT a.attname \
    FROM pg_partitioned_table p CROSS JOIN LATERAL unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (number, place) \
    JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number \
    WHERE p.partrelid = to_regclass($1) AND p.partstrat = 'r' ORDER BY k.place";

/// The partitions of the table `$1`, which is quoted: quoted name, bounds, whether the role may empty, drop or read it
/// by its own name; and where another table can take its place, since the role may do so and it has nothing that only
/// somebody can have given to it, its name without the schema, and its bounds as a condition.
pub const PARTITIONS: &str = "SELECT format('%I.%I', n.nspname, c.relname), pg_get_expr(c.relpartbound, c.oid), \
    has_table_privilege(c.oid, 'TRUNCATE'), pg_has_role(c.relowner, 'USAGE'), has_table_privilege(c.oid, 'SELECT'), \
    CASE WHEN pg_has_role(c.relowner, 'USAGE') AND pg_has_role(p.relowner, 'USAGE') \
    AND n.nspname = current_schema() AND has_schema_privilege(n.oid, 'CREATE') \
    AND c.relkind = 'r' AND NOT c.relhastriggers AND NOT c.relrowsecurity \
    AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.refobjid = c.oid AND d.classid = 'pg_rewrite'::regclass) \
    AND NOT EXISTS (SELECT 1 FROM pg_index x WHERE x.indrelid = c.oid \
    AND NOT EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhrelid = x.indexrelid)) \
    THEN quote_ident(c.relname) END, pg_get_partition_constraintdef(c.oid) \
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace \
    JOIN pg_class p ON p.oid = i.inhparent WHERE i.inhparent = to_regclass($1)";

/// Waits for the lock `$1` and holds it until the end of the transaction.
pub const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

/// Takes the lock `$1` for the connection, without waiting, and says whether that went well.
pub const CLAIM: &str = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";

/// Whether any connection holds the lock `$1`.
pub const IS_CLAIMED: &str = "SELECT EXISTS (SELECT 1 FROM pg_locks l, hashtextextended($1, 0) AS k (key) \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND l.classid::bigint = (k.key >> 32) & 4294967295 AND l.objid::bigint = k.key & 4294967295)";

/// Lets the lock `$1` of the connection go.
pub const RELEASE: &str = "SELECT pg_advisory_unlock(hashtextextended($1, 0))";
