//! The DDL that the owner of a database reads and applies: all tables, the rights of roles, and partitions in advance.

use std::fmt::Write as _;

use super::{Dialect, Place, impala, postgres};
use crate::ledger::{self, FORMAT, SCHEMAS};
use crate::model::{Schema, Table};
use crate::names::LONGEST;

/// What users with a role do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// They read all tables.
    Reader,
    /// They also write what analysts write.
    Analyst,
    /// They run the commands of every day.
    Operator,
}

impl Role {
    /// All roles.
    pub const ALL: [Self; 3] = [Self::Reader, Self::Analyst, Self::Operator];

    /// The name of the role in options.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Analyst => "analyst",
            Self::Operator => "operator",
        }
    }

    /// Whether users with the role write to a table.
    fn writes(self, table: &Table) -> bool {
        match self {
            Self::Reader => false,
            Self::Analyst => table.rows.are_analysts(),
            Self::Operator => !table.rows.are_analysts(),
        }
    }
}

/// What the DDL contains.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// Only these tables; all if it is empty.
    pub only: Vec<String>,
    /// Roles, each with the name that it has in the database.
    pub grants: Vec<(Role, String)>,
    /// The days for which raw tables of PostgreSQL get partitions: year, month, day, and the day after it.
    pub days: Vec<[i64; 3]>,
}

impl Dialect {
    /// The complete DDL of a new database: the tables of `schema` and those that belong to no pipeline. It can be applied
    /// again.
    pub fn ddl(self, schema: &Schema, place: &Place, contents: &Contents) -> String {
        let own = ledger::tables();
        let only = &contents.only;
        let tables: Vec<&Table> = schema
            .tables()
            .chain(&own)
            .filter(|table| self.has(table) && (only.is_empty() || only.contains(&table.name)))
            .collect();
        let mut text = format!(
            "-- flow-oa: tables of a database, for {}. Schema {}. It can be applied again.\n",
            self.name(),
            schema.fingerprint
        );
        let is_transaction = self.capabilities().transactions;
        text.push_str(if is_transaction { "\nBEGIN;\n" } else { "" });
        if let (Some(database), Self::Impala | Self::Postgres) = (&place.database, self) {
            let what = if self == Self::Impala { "DATABASE" } else { "SCHEMA" };
            let _ = writeln!(text, "\nCREATE {what} IF NOT EXISTS {};", self.quoted(database));
        }
        for table in &tables {
            text.push('\n');
            text.push_str(&self.create(table, place));
            for day in contents.days.iter().filter(|_| self == Self::Postgres && table.rows.are_raw()) {
                text.push_str(&self.partition(table, *day, place));
            }
        }
        for (role, name) in &contents.grants {
            text.push('\n');
            text.push_str(&self.grants(*role, name, &tables, place, &contents.days));
        }
        if is_transaction && only.is_empty() {
            text.push_str(&self.recorded(schema, place));
        }
        text.push_str(if is_transaction { "\nCOMMIT;\n" } else { "" });
        text
    }

    /// The partition of a day of a raw table of PostgreSQL.
    pub(super) fn partition(
        self,
        table: &Table,
        day @ [year, month, date]: [i64; 3],
        place: &Place,
    ) -> String {
        format!(
            "CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ({year}, {month}, {date}) TO ({year}, {month}, {});\n",
            self.qualified(&partition_name(&table.name, day), place),
            self.qualified(&table.name, place),
            date + 1
        )
    }

    /// The statement that records the schema of a new database. One that exists may have other tables than the schema,
    /// which only a migration finds out.
    fn recorded(self, schema: &Schema, place: &Place) -> String {
        let now = match self {
            Self::Sqlite => "datetime('now')",
            Self::Postgres | Self::Impala => "to_char(timezone('UTC', now()), 'YYYY-MM-DD HH24:MI:SS')",
        };
        let table = self.qualified(SCHEMAS, place);
        let (fingerprint, version) =
            (self.literal(&schema.fingerprint), self.literal(env!("CARGO_PKG_VERSION")));
        format!(
            "\nINSERT INTO {table} (id, format, fingerprint, version, finished)\n\
             SELECT 1, {FORMAT}, {fingerprint}, {version}, {now} WHERE NOT EXISTS (SELECT 1 FROM {table});\n"
        )
    }

    /// The least rights of a role.
    fn grants(self, role: Role, name: &str, tables: &[&Table], place: &Place, days: &[[i64; 3]]) -> String {
        match self {
            Self::Sqlite => String::new(),
            Self::Postgres => self.grants_of_postgres(role, name, tables, place, days),
            Self::Impala => self.grants_of_impala(role, name, tables, place),
        }
    }

    fn grants_of_postgres(
        self,
        role: Role,
        name: &str,
        tables: &[&Table],
        place: &Place,
        days: &[[i64; 3]],
    ) -> String {
        let name = self.quoted(name);
        let mut text = format!("-- The rights of the role {name}.\n");
        if let Some(schema) = &place.database {
            let _ = writeln!(text, "GRANT USAGE ON SCHEMA {} TO {name};", self.quoted(schema));
        }
        for table in tables {
            let rights = if role.writes(table) { "SELECT, INSERT, UPDATE, DELETE" } else { "SELECT" };
            let mut grant = |rights: &str, relation: &str| {
                let relation = self.qualified(relation, place);
                let _ = writeln!(text, "GRANT {rights} ON {relation} TO {name};");
            };
            grant(rights, &table.name);
            for day in days.iter().filter(|_| table.rows.are_raw()) {
                grant(rights, &partition_name(&table.name, *day));
            }
            if postgres::typed_columns(table).is_some() {
                grant("SELECT", &postgres::typed_name(&table.name));
            }
        }
        if role == Role::Operator {
            text.push_str(
                "-- An ingest creates the partitions of days that have none. For that the role must own the raw tables and \
                 may create tables in the schema;\n-- --partitions creates them in advance.\n",
            );
        }
        text
    }

    fn grants_of_impala(self, role: Role, name: &str, tables: &[&Table], place: &Place) -> String {
        let database = self.quoted(place.database.as_deref().unwrap_or("default"));
        let name = self.quoted(name);
        let mut text = format!("-- The rights of the role {name}.\n");
        match role {
            Role::Reader => {
                let _ = writeln!(text, "GRANT SELECT ON DATABASE {database} TO ROLE {name};");
            }
            Role::Analyst => {
                let _ = writeln!(text, "GRANT SELECT ON DATABASE {database} TO ROLE {name};");
                for table in tables.iter().filter(|table| role.writes(table) && impala::log::has(table)) {
                    let log = self.qualified(&impala::log::name_of(&table.name), place);
                    let _ = writeln!(text, "GRANT INSERT ON TABLE {log} TO ROLE {name};");
                }
            }
            // Each run creates tables and moves partitions.
            Role::Operator => {
                let _ = writeln!(text, "GRANT ALL ON DATABASE {database} TO ROLE {name};");
            }
        }
        text
    }
}

/// The name of the partition of a day of a raw table.
pub fn partition_name(table: &str, [year, month, day]: [i64; 3]) -> String {
    const DAY: &str = "_YYYYMMDD";
    let base = &table[..table.len().min(LONGEST - DAY.len())];
    format!("{base}_{year:04}{month:02}{day:02}")
}
