//! The statements for the partition of one day of a raw table: how it is made, filled aside, and put in the place of another.

use flow_oa_schema::dialect::Place;
use flow_oa_schema::names::LONGEST;

use crate::SPOKEN;
use crate::sql::{drop_table, truncate};

/// The partition of one day of a table: a table of its own until it is attached.
#[derive(Debug, Clone)]
pub(crate) struct DayPartition<'a> {
    /// The table.
    pub(crate) table: &'a str,
    /// Year, month and day.
    pub(crate) day: [i64; 3],
    /// Where the table is.
    pub(crate) place: &'a Place,
    /// The partition whose place it takes.
    pub(crate) replaces: Option<&'a Replaced>,
}

/// A partition that another table replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// Its name, quoted, with its schema.
    pub(crate) name: String,
    /// Its name, quoted, without the schema.
    pub(crate) own_name: String,
    /// What holds of its rows.
    pub(crate) bounds: String,
}

impl DayPartition<'_> {
    /// Its name, without the schema.
    pub(crate) fn name(&self) -> String {
        const DAY: &str = "_YYYYMMDD";
        let beside = if self.replaces.is_some() { "_new" } else { "" };
        let base = &self.table[..self.table.len().min(LONGEST - DAY.len() - beside.len())];
        let [year, month, day] = self.day;
        format!("{base}_{year:04}{month:02}{day:02}{beside}")
    }

    /// The statement that makes it, without indexes: they are made in one go when it is full. One that replaces
    /// another says what holds of its rows, so that nobody need look through them when it takes its place.
    pub(crate) fn create(&self) -> String {
        let (child, parent) = self.names();
        let check = match self.replaces {
            Some(it) => format!(", CONSTRAINT {OF_DAY} CHECK ({})", it.bounds),
            None => String::new(),
        };
        format!("CREATE TABLE {child} (LIKE {parent} INCLUDING ALL EXCLUDING INDEXES{check})")
    }

    /// The statement that attaches it. The server makes the indexes that the table has; neither readers nor writers
    /// of other days are locked out.
    pub(crate) fn attach(&self) -> String {
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
    pub(crate) fn indexes(&self) -> String {
        let (child, parent) = self.names();
        format!(
            "SELECT format('CREATE %sINDEX ON %s%s', CASE WHEN i.indisunique THEN 'UNIQUE ' END, {}, \
             substr(d.definition, strpos(d.definition, ' USING ' || m.amname || ' ('))) \
             FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam \
             CROSS JOIN LATERAL pg_get_indexdef(i.indexrelid) AS d (definition) \
             WHERE i.indrelid = {}::regclass ORDER BY i.indexrelid",
            SPOKEN.literal(&child),
            SPOKEN.literal(&parent)
        )
    }

    /// The tables that must be held for [`Self::swap`], in the order in which readers let them go.
    pub(crate) fn held(&self, replaced: &Replaced) -> [String; 2] {
        [replaced.name.clone(), self.names().1]
    }

    /// The statements by which it takes the place of the other, which goes.
    pub(crate) fn swap(&self, replaced: &Replaced) -> String {
        let ((child, parent), Replaced { name, own_name, .. }) = (self.names(), replaced);
        let attach = self.attached(name, &parent);
        format!(
            "DROP TABLE {name}; ALTER TABLE {child} RENAME TO {own_name}; {attach}; \
             ALTER TABLE {name} DROP CONSTRAINT {OF_DAY}"
        )
    }

    /// The statements that bring its rows into the other, where that cannot go.
    pub(crate) fn pour(&self, replaced: &Replaced) -> String {
        let (child, parent) = self.names();
        let empty = truncate(&replaced.name);
        format!("{empty}; INSERT INTO {parent} SELECT * FROM {child}; DROP TABLE {child}")
    }

    /// The query for whether it is as the other in what a new table gets from its schema and its owner: 1 or 0.
    pub(crate) fn is_like(&self, replaced: &Replaced) -> String {
        format!(
            "SELECT (a.relowner = b.relowner AND a.relnamespace = b.relnamespace AND a.reltablespace = b.reltablespace \
             AND a.relacl IS NOT DISTINCT FROM b.relacl)::int::int8 \
             FROM pg_class a, pg_class b WHERE a.oid = {}::regclass AND b.oid = {}::regclass",
            SPOKEN.literal(&self.names().0),
            SPOKEN.literal(&replaced.name)
        )
    }

    /// The statement that takes it away again.
    pub(crate) fn discard(&self) -> String {
        drop_table(&self.names().0)
    }

    fn names(&self) -> (String, String) {
        (SPOKEN.qualified(&self.name(), self.place), SPOKEN.qualified(self.table, self.place))
    }
}

/// Says of a table what will be the bounds of the partition.
const OF_DAY: &str = "flow_oa_of_day";
