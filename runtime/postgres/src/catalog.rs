//! What the catalog of PostgreSQL says about tables. Each query answers for all tables at once, since a server may be far
//! away.

use flow_oa_engine::indexes::indexes;
use flow_oa_engine::{FoundCheck, FoundColumn, FoundIndex, FoundTable, Result};
use flow_oa_schema::dialect::postgres::typed_name;
use sea_query::{Value, Values};

use crate::{Postgres, SPOKEN, is_true, text_at};

/// Selects from the tables `t` whose quoted names are the JSON array `$1`, in its order.
macro_rules! for_tables {
    ($columns:literal, $joined:literal, $order:literal) => {
        concat!(
            "SELECT t.place, ",
            $columns,
            " FROM (SELECT to_regclass(name) AS id, place FROM json_array_elements_text($1::text::json) \
             WITH ORDINALITY AS n (name, place)) t ",
            $joined,
            " ORDER BY t.place",
            $order
        )
    };
}

/// The description of a table, and the number of its rows by the statistics of its partitions.
const TABLES: &str = for_tables!(
    "COALESCE(obj_description(c.oid, 'pg_class'), ''), \
     (SELECT CASE WHEN min(p.reltuples) >= 0 THEN sum(p.reltuples)::bigint END FROM pg_class p \
     WHERE p.relkind = 'r' AND (p.oid = c.oid OR p.oid IN (SELECT relid FROM pg_partition_tree(c.oid))))",
    "JOIN pg_class c ON c.oid = t.id AND c.relkind IN ('r', 'p')",
    ""
);

/// The columns: name, type (with its collation, unless that is the default), whether every row has a value, whether an
/// `INSERT` may omit it, and its description.
const COLUMNS: &str = for_tables!(
    "a.attname, format_type(a.atttypid, a.atttypmod) || \
     CASE WHEN c.collname IS NULL OR c.collname = 'default' THEN '' ELSE ' COLLATE ' || quote_ident(c.collname) END, \
     a.attnotnull, NOT a.attnotnull OR a.atthasdef OR a.attidentity <> '', \
     COALESCE(col_description(a.attrelid, a.attnum), '')",
    "JOIN pg_attribute a ON a.attrelid = t.id AND a.attnum > 0 AND NOT a.attisdropped \
     LEFT JOIN pg_collation c ON c.oid = a.attcollation",
    ", a.attnum"
);

/// The columns of every index that is not partial: name of the index, column or expression, whether `ON CONFLICT` can use
/// it as a unique index, whether queries use it, and whether it belongs to a constraint.
const INDEXES: &str = for_tables!(
    "i.relname, COALESCE(a.attname::text, pg_get_indexdef(x.indexrelid, k.place::int, true)), \
     x.indisunique AND x.indimmediate, x.indisvalid, \
     EXISTS (SELECT 1 FROM pg_constraint o WHERE o.conindid = x.indexrelid AND o.contype IN ('p', 'u'))",
    "JOIN pg_index x ON x.indrelid = t.id JOIN pg_class i ON i.oid = x.indexrelid \
     JOIN pg_am m ON m.oid = i.relam AND m.amname = 'btree' \
     CROSS JOIN LATERAL unnest(x.indkey::int2[]) WITH ORDINALITY AS k (number, place) \
     LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number \
     WHERE x.indpred IS NULL AND k.place <= x.indnkeyatts",
    ", i.relname, k.place"
);

/// The `CHECK` constraints.
const CHECKS: &str = for_tables!(
    "conname, pg_get_expr(conbin, conrelid), convalidated",
    "JOIN pg_constraint ON conrelid = t.id AND contype = 'c'",
    ", conname"
);

/// The columns by which a table is partitioned by range.
const PARTITIONS: &str = for_tables!(
    "a.attname",
    "JOIN pg_partitioned_table p ON p.partrelid = t.id AND p.partstrat = 'r' \
     CROSS JOIN LATERAL unnest(p.partattrs::int2[]) WITH ORDINALITY AS k (number, place) \
     JOIN pg_attribute a ON a.attrelid = p.partrelid AND a.attnum = k.number",
    ", k.place"
);

/// The views on a table, except the program's own.
const VIEWS: &str = for_tables!(
    "'the view ' || v.oid::regclass::text",
    "JOIN pg_class c ON c.oid = t.id JOIN LATERAL (SELECT DISTINCT v.oid, v.relname FROM pg_depend d \
     JOIN pg_rewrite r ON r.oid = d.objid AND d.classid = 'pg_rewrite'::regclass \
     JOIN pg_class v ON v.oid = r.ev_class WHERE d.refobjid = c.oid AND v.oid <> c.oid) v \
     ON v.relname <> left(c.relname, 57) || '_typed'",
    ", v.relname"
);

/// The triggers of others on a table.
const TRIGGERS: &str = for_tables!(
    "'the trigger ' || tgname",
    "JOIN pg_trigger ON tgrelid = t.id AND NOT tgisinternal",
    ", tgname"
);

/// The columns of a view.
const SHOWN: &str = for_tables!(
    "attname",
    "JOIN pg_class c ON c.oid = t.id AND c.relkind = 'v' JOIN pg_attribute ON attrelid = t.id AND attnum > 0",
    ", attnum"
);

/// All tables in the schema, without partitions.
const NAMES: &str = "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace \
    AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname";

/// Rows that belong to a table.
type Rows = Vec<Vec<Value>>;

impl Postgres {
    /// The columns of each table, in order.
    pub(crate) fn found_columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        self.of_each(COLUMNS, tables, |rows| rows.iter().filter_map(|row| column(row)).collect())
    }

    /// The indexes of each table.
    pub(crate) fn found_indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        self.of_each(INDEXES, tables, |rows| indexes(&rows))
    }

    /// Describes each table; `None` for one that does not exist.
    pub(crate) fn found_tables(&mut self, tables: &[&str]) -> Result<Vec<Option<FoundTable>>> {
        let table = |rows: Rows| {
            let row = rows.first()?;
            let comment = text_at(row, 0).unwrap_or_default();
            Some(FoundTable { comment, rows: count_at(row, 1), ..FoundTable::default() })
        };
        let check = |rows: Rows| rows.iter().filter_map(|row| check(row)).collect();
        let typed: Vec<String> = tables.iter().map(|table| typed_name(table)).collect();
        let typed: Vec<&str> = typed.iter().map(String::as_str).collect();
        let shown = |rows: Rows| Some(texts(rows)).filter(|columns| !columns.is_empty());
        let mut found = self.of_each(TABLES, tables, table)?;
        set(&mut found, self.found_columns(tables)?, |table, columns| table.columns = columns);
        set(&mut found, self.found_indexes(tables)?, |table, indexes| table.indexes = indexes);
        set(&mut found, self.of_each(CHECKS, tables, check)?, |table, checks| table.checks = checks);
        set(&mut found, self.of_each(PARTITIONS, tables, texts)?, |table, keys| table.partition = keys);
        set(&mut found, self.of_each(VIEWS, tables, texts)?, |table, views| table.dependents = views);
        set(&mut found, self.of_each(TRIGGERS, tables, texts)?, |table, triggers| table.triggers = triggers);
        set(&mut found, self.of_each(SHOWN, &typed, shown)?, |table, shown| table.shown = shown);
        Ok(found)
    }

    /// The names of all tables.
    pub(crate) fn found_names(&mut self) -> Result<Vec<String>> {
        Ok(texts(self.query(NAMES, &Values(Vec::new()))?))
    }

    /// What a query says of each table. A row begins with the position of its table, from 1.
    fn of_each<T>(&mut self, sql: &str, tables: &[&str], read: impl Fn(Rows) -> T) -> Result<Vec<T>> {
        let quoted: Vec<String> = tables.iter().map(|table| SPOKEN.quoted(table)).collect();
        let named = Values(vec![serde_json::Value::from(quoted).to_string().into()]);
        let mut of_tables = vec![Rows::new(); tables.len()];
        for mut row in self.query(sql, &named)? {
            let place = count_at(&row, 0).and_then(|place| usize::try_from(place).ok());
            if let Some(rows) = place.and_then(|place| of_tables.get_mut(place.checked_sub(1)?)) {
                row.remove(0);
                rows.push(row);
            }
        }
        Ok(of_tables.into_iter().map(read).collect())
    }
}

/// Sets what was found of each table that exists.
fn set<T>(tables: &mut [Option<FoundTable>], found: Vec<T>, set: impl Fn(&mut FoundTable, T)) {
    for (table, found) in tables.iter_mut().zip(found) {
        if let Some(table) = table {
            set(table, found);
        }
    }
}

/// The first column of rows.
fn texts(rows: Rows) -> Vec<String> {
    rows.iter().filter_map(|row| text_at(row, 0)).collect()
}

fn count_at(row: &[Value], at: usize) -> Option<u64> {
    if let Some(Value::BigInt(Some(count))) = row.get(at) { u64::try_from(*count).ok() } else { None }
}

fn column(row: &[Value]) -> Option<FoundColumn> {
    Some(FoundColumn {
        name: text_at(row, 0)?,
        kind: text_at(row, 1)?,
        is_required: is_true(row, 2),
        may_be_omitted: is_true(row, 3),
        comment: text_at(row, 4).unwrap_or_default(),
    })
}

fn check(row: &[Value]) -> Option<FoundCheck> {
    Some(FoundCheck { name: text_at(row, 0)?, condition: text_at(row, 1)?, is_validated: is_true(row, 2) })
}
