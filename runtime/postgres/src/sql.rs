//! Statements about the server rather than about rows: sessions, locks, the catalog, and statements that sea-query
//! cannot build.

use std::fmt::Write as _;
use std::time::Duration;

use crate::SPOKEN;

/// Locks tables exclusively, in this order, unless that takes longer than 50 ms: every session that arrives while this
/// one waits for a lock waits behind it. If it fails, [`LET_BE`] undoes it.
pub(crate) fn hold(tables: &[String], patience: Duration) -> String {
    format!(
        "SAVEPOINT flow_oa_hold; SET LOCAL lock_timeout = 50; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE; \
         SET LOCAL lock_timeout = {}; RELEASE SAVEPOINT flow_oa_hold",
        tables.join(", "),
        patience.as_millis()
    )
}

/// See [`hold`].
pub(crate) const LET_BE: &str = "ROLLBACK TO SAVEPOINT flow_oa_hold";

/// Configures a session: how long to wait for locks of other connections, the schema of the tables, and no idle
/// timeout, since the connection may be idle for long while a file is read.
pub(crate) fn session(patience: Duration, schema: Option<&str>) -> String {
    let mut text = format!(
        "SET lock_timeout = {}; SET idle_in_transaction_session_timeout = 0; SET client_min_messages = warning; {WATCHED};",
        patience.as_millis()
    );
    if let Some(schema) = schema {
        let _ = write!(text, " SET search_path = {};", SPOKEN.quoted(schema));
    }
    text
}

/// Lets a server of version 14 or later detect during a statement that the client is gone.
const WATCHED: &str =
    "SELECT set_config(name, '5s', false) FROM pg_settings WHERE name = 'client_connection_check_interval'";

/// Begins a transaction that sees one snapshot of the database. None of `parts`, which are quoted names, can be
/// truncated while it lasts.
pub(crate) fn begin_snapshot(parts: &[String]) -> String {
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ";
    if parts.is_empty() {
        return begin.to_owned();
    }
    format!("{begin}; LOCK TABLE {} IN ACCESS SHARE MODE", parts.join(", "))
}

/// What `COPY` may assume about the table that rows are copied into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Copied {
    /// Nothing.
    Plainly,
    /// The table was created in the same transaction, so that no other session can see its rows. The rows are stored
    /// frozen, and the first reader does not have to look up the transaction that wrote them.
    IntoNew,
}

/// A binary `COPY` into these columns.
pub(crate) fn copy(table: &str, columns: &[&str], copied: Copied) -> String {
    let columns: Vec<String> = columns.iter().map(|column| SPOKEN.quoted(column)).collect();
    let freeze = if copied == Copied::IntoNew { ", FREEZE" } else { "" };
    format!("COPY {} ({}) FROM STDIN (FORMAT binary{freeze})", SPOKEN.quoted(table), columns.join(", "))
}

/// Collects statistics of a table or partition for the planner. The name is quoted.
pub(crate) fn analyze(table: &str) -> String {
    format!("ANALYZE {table}")
}

/// Whether the table `$1`, which is quoted, has no statistics, or has more than doubled since they were collected.
pub(crate) const HAS_GROWN: &str = "SELECT pg_relation_size(c.oid) > 2 * c.relpages::bigint * current_setting('block_size')::bigint \
    OR NOT EXISTS (SELECT 1 FROM pg_stats s WHERE s.schemaname = n.nspname AND s.tablename = c.relname) \
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass($1)";

/// Creates an empty temporary table with the columns of another table.
pub(crate) fn beside(name: &str, table: &str) -> String {
    let (name, table) = (SPOKEN.quoted(name), SPOKEN.quoted(table));
    format!(
        "DROP TABLE IF EXISTS pg_temp.{name}; CREATE TEMPORARY TABLE {name} (LIKE {table}) ON COMMIT DROP"
    )
}

/// A query that returns a row if two tables have rows of the same day.
pub(crate) fn shares(table: &str, other: &str, day: &[&str]) -> String {
    let (table, other) = (SPOKEN.quoted(table), SPOKEN.quoted(other));
    let day: Vec<String> = day.iter().map(|column| SPOKEN.quoted(column)).collect();
    let day = day.join(", ");
    format!("SELECT 1 FROM (SELECT DISTINCT {day} FROM {other}) o JOIN {table} t USING ({day}) LIMIT 1")
}

/// Removes all rows from a partition, whose name is quoted.
pub(crate) fn truncate(part: &str) -> String {
    format!("TRUNCATE TABLE {part}")
}

/// Drops a partition, whose name is quoted.
pub(crate) fn drop_table(part: &str) -> String {
    format!("DROP TABLE {part}")
}

/// Counts the rows of a partition, whose name is quoted.
pub(crate) fn count(part: &str) -> String {
    format!("SELECT count(*) FROM {part}")
}

pub(crate) fn create_schema(name: &str) -> String {
    format!("CREATE SCHEMA {}", SPOKEN.quoted(name))
}

/// Returns one row if a schema named `$1` exists, otherwise none.
pub(crate) const IS_SCHEMA: &str = "SELECT 1 FROM pg_namespace WHERE nspname = $1";

/// The key columns of the table `$1`, which is quoted, if it is partitioned by range; in order.
pub(crate) const PARTITION_KEYS: &str = "SELECT a.attname \
    FROM pg_partitioned_table p CROSS JOIN LATERAL unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (number, place) \
    JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number \
    WHERE p.partrelid = to_regclass($1) AND p.partstrat = 'r' ORDER BY k.place";

/// The partitions of the table `$1`, which is quoted: quoted name, bounds, and whether the role may truncate, drop or
/// read the partition by its own name. Also, if another table can replace the partition, its name without the schema;
/// and its bounds as a condition. A partition can be replaced if the role may do so, and if it has nothing that was
/// added by hand.
pub(crate) const PARTITIONS: &str = "SELECT format('%I.%I', n.nspname, c.relname), pg_get_expr(c.relpartbound, c.oid), \
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
pub(crate) const LOCK: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))";

/// Takes the lock `$1` for the connection without waiting, and returns whether that succeeded.
pub(crate) const CLAIM: &str = "SELECT pg_try_advisory_lock(hashtextextended($1, 0))";

/// Whether any connection holds the lock `$1`.
pub(crate) const IS_CLAIMED: &str = "SELECT EXISTS (SELECT 1 FROM pg_locks l, hashtextextended($1, 0) AS k (key) \
    WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()) \
    AND l.classid::bigint = (k.key >> 32) & 4294967295 AND l.objid::bigint = k.key & 4294967295)";

/// Releases the lock `$1` of the connection.
pub(crate) const RELEASE: &str = "SELECT pg_advisory_unlock(hashtextextended($1, 0))";
