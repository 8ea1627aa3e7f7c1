//! The statements for the partition of one day of a raw table: to create it, to fill it as a separate table, and to
//! swap it with an existing partition.

use flow_oa_schema::dialect::Place;
use flow_oa_schema::dialect::owners::partition_name;
use flow_oa_schema::names::LONGEST;

use crate::SPOKEN;
use crate::sql::{drop_table, truncate};

/// The partition of one day of a table. It is a separate table until it is attached.
#[derive(Debug, Clone)]
pub(crate) struct DayPartition<'a> {
    /// The name of the partitioned table.
    pub(crate) table: &'a str,
    /// Year, month and day.
    pub(crate) day: [i64; 3],
    /// The schema of the table.
    pub(crate) place: &'a Place,
    /// The partition that it replaces.
    pub(crate) replaces: Option<&'a Replaced>,
}

/// A partition that another table replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Replaced {
    /// The qualified name, quoted.
    pub(crate) name: String,
    /// The name without the schema, quoted.
    pub(crate) own_name: String,
    /// The bounds as a condition.
    pub(crate) bounds: String,
}

impl DayPartition<'_> {
    /// The name without the schema.
    pub(crate) fn name(&self) -> String {
        const NEW: &str = "_new";
        match self.replaces {
            None => partition_name(self.table, self.day),
            Some(_) => {
                let base = &self.table[..self.table.len().min(LONGEST - "_YYYYMMDD".len() - NEW.len())];
                format!("{}{NEW}", partition_name(base, self.day))
            }
        }
    }

    /// Creates the table without indexes: they are built at once when it is full. If it replaces a partition, it gets a
    /// `CHECK` constraint with the bounds, so that attaching it needs no scan of its rows.
    pub(crate) fn create(&self) -> String {
        let (child, parent) = self.names();
        let check = match self.replaces {
            Some(it) => format!(", CONSTRAINT {OF_DAY} CHECK ({})", it.bounds),
            None => String::new(),
        };
        format!("CREATE TABLE {child} (LIKE {parent} INCLUDING ALL EXCLUDING INDEXES{check})")
    }

    /// Attaches the table. The server builds the indexes of the parent. Neither readers nor writers of other days are
    /// locked out.
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

    /// A query for the statements that create the indexes of the parent.
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

    /// The tables to lock for [`Self::swap`], in the order in which readers release them.
    pub(crate) fn held(&self, replaced: &Replaced) -> [String; 2] {
        [replaced.name.clone(), self.names().1]
    }

    /// The statements that put this table in the place of the existing partition, which is dropped.
    pub(crate) fn swap(&self, replaced: &Replaced) -> String {
        let ((child, parent), Replaced { name, own_name, .. }) = (self.names(), replaced);
        let attach = self.attached(name, &parent);
        format!(
            "DROP TABLE {name}; ALTER TABLE {child} RENAME TO {own_name}; {attach}; \
             ALTER TABLE {name} DROP CONSTRAINT {OF_DAY}"
        )
    }

    /// The statements that copy the rows into the existing partition, if it cannot be replaced.
    pub(crate) fn pour(&self, replaced: &Replaced) -> String {
        let (child, parent) = self.names();
        let empty = truncate(&replaced.name);
        format!("{empty}; INSERT INTO {parent} SELECT * FROM {child}; DROP TABLE {child}")
    }

    /// A query for whether this table matches the existing partition in owner, schema, tablespace and privileges: 1 or
    /// 0.
    pub(crate) fn is_like(&self, replaced: &Replaced) -> String {
        format!(
            "SELECT (a.relowner = b.relowner AND a.relnamespace = b.relnamespace AND a.reltablespace = b.reltablespace \
             AND a.relacl IS NOT DISTINCT FROM b.relacl)::int::int8 \
             FROM pg_class a, pg_class b WHERE a.oid = {}::regclass AND b.oid = {}::regclass",
            SPOKEN.literal(&self.names().0),
            SPOKEN.literal(&replaced.name)
        )
    }

    /// The statement that drops the table again.
    pub(crate) fn discard(&self) -> String {
        drop_table(&self.names().0)
    }

    fn names(&self) -> (String, String) {
        (SPOKEN.qualified(&self.name(), self.place), SPOKEN.qualified(self.table, self.place))
    }
}

/// The name of the `CHECK` constraint with the future bounds of the partition.
const OF_DAY: &str = "flow_oa_of_day";
