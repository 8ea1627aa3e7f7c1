//! The dialects: how each family of engines spells types, names, texts and `CREATE` statements.
//!
//! One renderer serves the build (constants in the generated crate), `flow-oa ddl` and `flow-oa init`. Statements that
//! are the same on all engines are built with sea-query at run time. The dialects only hold what sea-query cannot
//! express: comments, partitions, storage, and a readable layout.
//!
//! # Decisions
//!
//! - **DDL is text of the dialects, statements are sea-query's.** A database owner wants to read one column per line
//!   with its description next to it, and sea-query does not support comments, partitions, storage or STRICT. All
//!   statements that move data are built with sea-query and have bound parameters.

pub mod changes;
pub mod checks;
mod guards;
pub mod impala;
pub mod owners;
pub mod postgres;
mod sqlite;

use crate::ledger;
use crate::model::{Column, Table};
use crate::names::quoted;
use crate::types::ColumnType;

/// The name of a temporary table that is renamed to hide another one.
pub const SHADOW: &str = "flow_oa_shadow";

/// The function of SQLite connections that tells whether an address is of a network.
pub const IN_NETWORK: &str = "flow_oa_in_network";

/// A family of engines with the same SQL dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// SQLite 3.37 and later.
    Sqlite,
    /// PostgreSQL 13 and later.
    Postgres,
    /// Apache Impala and the Hive family.
    Impala,
}

/// How the rows of a raw table are numbered, so that the rows of one ingest can be found again, in order of arrival.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowNumbers {
    /// The table numbers the rows: a new row gets the number after the highest.
    Counted,
    /// The code that inserts the rows assigns their numbers.
    Given,
    /// The rows have no numbers.
    None,
}

/// How a small staged relation is joined to a large table by an index of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUps {
    /// A cross join with conditions: SQLite scans the relation that is named first.
    CrossJoin,
    /// A lateral join that the planner cannot reorder. A new table has no statistics: without them, the planner expects
    /// a day to have one row and scans the large table.
    Lateral,
    /// No lookups, since there are no indexes. The day is scanned once and joined with a hash table of the small
    /// relation.
    None,
}

/// How a database turns seconds since 1970-01-01 00:00:00 UTC into the text of a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Epochs {
    /// `datetime(seconds, 'unixepoch')`.
    Datetime,
    /// `to_char(timezone('UTC', to_timestamp(seconds)), …)`.
    ToChar,
    /// By arithmetic: in the Hive family, `from_unixtime` depends on the time zone of the session.
    Arithmetic,
}

/// How a database compares the text of an address with a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Networks {
    /// By a function of this name, with the address and the network, which the engine defines for each connection.
    Function(&'static str),
    /// By the type `inet`: `CAST(address AS inet) <<= CAST(network AS inet)`.
    Inet,
    /// By a regular expression: `address RLIKE pattern`.
    Pattern,
}

/// What the engines of a dialect can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Capabilities {
    /// They roll back work that was not completed.
    pub transactions: bool,
    /// They can update existing rows, so that rollups are stored.
    pub rollups: bool,
    /// They have keys and indexes.
    pub indexes: bool,
    /// They keep earlier runs of a day, so that a user can go back to them.
    pub earlier_runs: bool,
    /// How the rows of raw tables are numbered in the column [`ledger::ROW_ID`].
    pub row_numbers: RowNumbers,
    /// How a small staged relation is joined to a large table by an index of the table.
    pub look_ups: LookUps,
    /// How seconds since 1970 become the text of a time.
    pub epochs: Epochs,
    /// How an address is compared with a network.
    pub networks: Networks,
    /// They store descriptions of tables and columns.
    pub comments: bool,
}

/// Where tables are created.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The database (Impala) or schema (PostgreSQL) that qualifies the names of tables.
    pub database: Option<String>,
    /// The folder in which Impala and Hive store tables. Default: `/flow_oa`.
    pub location_root: Option<String>,
}

impl Dialect {
    /// All dialects.
    pub const ALL: [Dialect; 3] = [Self::Sqlite, Self::Postgres, Self::Impala];

    /// The name of the dialect in options and URLs.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Impala => "impala",
        }
    }

    /// The dialect with this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|dialect| dialect.name() == name)
    }

    /// The name of a type in SQL.
    pub fn type_name(self, kind: ColumnType) -> &'static str {
        match self {
            Self::Sqlite => sqlite::type_name(kind.storage()),
            Self::Postgres => postgres::type_name(kind.storage()),
            Self::Impala => impala::type_name(kind.storage()),
        }
    }

    /// The CHECK constraint that keeps the values of a column in its range; `None` if the column has no range or the
    /// dialect no constraints.
    pub fn guard(self, column: &Column) -> Option<String> {
        match self {
            Self::Sqlite | Self::Postgres => {
                column.range.map(|range| guards::check(self, &column.name, range))
            }
            Self::Impala => None,
        }
    }

    /// A query for the columns of a table that already have the CHECK constraints that a new table would have; `None`
    /// if the dialect has no constraints.
    pub fn guarded(self, table: &Table, place: &Place) -> Option<String> {
        match self {
            Self::Sqlite => Some(guards::in_sqlite(table)),
            Self::Postgres => Some(guards::in_postgres(table, place)),
            Self::Impala => None,
        }
    }

    /// What the engines of the dialect can do.
    pub fn capabilities(self) -> Capabilities {
        match self {
            Self::Sqlite => Capabilities {
                transactions: true,
                rollups: true,
                indexes: true,
                earlier_runs: false,
                row_numbers: RowNumbers::Counted,
                look_ups: LookUps::CrossJoin,
                epochs: Epochs::Datetime,
                networks: Networks::Function(IN_NETWORK),
                comments: false,
            },
            Self::Postgres => Capabilities {
                transactions: true,
                rollups: true,
                indexes: true,
                earlier_runs: false,
                row_numbers: RowNumbers::Given,
                look_ups: LookUps::Lateral,
                epochs: Epochs::ToChar,
                networks: Networks::Inet,
                comments: true,
            },
            Self::Impala => Capabilities {
                transactions: false,
                rollups: false,
                indexes: false,
                earlier_runs: true,
                row_numbers: RowNumbers::None,
                look_ups: LookUps::None,
                epochs: Epochs::Arithmetic,
                networks: Networks::Pattern,
                comments: true,
            },
        }
    }

    /// A query for the name and version of the database.
    pub fn version_query(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 'SQLite ' || sqlite_version()",
            Self::Postgres => "SELECT 'PostgreSQL ' || current_setting('server_version')",
            Self::Impala => "SELECT version()",
        }
    }

    /// The function that returns the position of one text in another, from 1, or 0 if it does not occur.
    pub fn position_function(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Impala => "instr",
            Self::Postgres => "strpos",
        }
    }

    /// The SQL type of a column. In Impala and Hive, partition columns have other types than the rest.
    pub fn type_of(self, column: &Column) -> &'static str {
        match self {
            Self::Impala => impala::HiveType::of(column).name(),
            Self::Sqlite | Self::Postgres => self.type_name(column.kind),
        }
    }

    /// Whether a type that a database reports holds whole numbers, but fewer than the type of a column.
    pub fn is_narrower(self, found: &str, column: &Column) -> bool {
        let kinds = match self {
            // All whole numbers have one type.
            Self::Sqlite => return false,
            Self::Postgres => postgres::WHOLE,
            Self::Impala => impala::WHOLE,
        };
        let at = |kind: &str| kinds.iter().position(|known| known.eq_ignore_ascii_case(kind));
        at(found).zip(at(self.type_of(column))).is_some_and(|(found, expected)| found < expected)
    }

    /// Whether engines find the columns of a table by their position in its files, so that the columns of the schema
    /// must be in the order of the table.
    pub fn finds_by_place(self, table: &Table) -> bool {
        self == Self::Impala && !impala::log::has(table)
    }

    /// The statements that define the view of a table again, so that it shows columns that were added or renamed; `None`
    /// if the table has no view.
    pub fn renew_view(self, table: &Table, place: &Place) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => postgres::typed_view(table, place),
            Self::Impala => impala::log::has(table).then(|| {
                format!("{}{}", impala::log::drop_view(table, place), impala::log::view(table, place))
            }),
        }
    }

    /// The column of row numbers that a table has in addition to those of the schema, if any.
    pub fn own_column(self, table: &Table) -> Option<&'static str> {
        let has = table.rows.are_raw() && self.capabilities().row_numbers != RowNumbers::None;
        has.then_some(ledger::ROW_ID)
    }

    /// Whether engines of this dialect have a table.
    pub fn has(self, table: &Table) -> bool {
        self.capabilities().rollups || !(table.rows.are_rollup() || table.name == ledger::ROLLUP_DAYS)
    }

    /// A quoted name.
    pub fn quoted(self, name: &str) -> String {
        quoted(name, if self == Self::Impala { '`' } else { '"' })
    }

    /// A text as a literal.
    pub fn literal(self, text: &str) -> String {
        match self {
            Self::Sqlite | Self::Postgres => format!("'{}'", text.replace('\'', "''")),
            Self::Impala => impala::literal(text),
        }
    }

    /// Why engines cannot store tables in a place; `None` if they can.
    pub fn fault_in(self, place: &Place) -> Option<String> {
        match self {
            Self::Sqlite | Self::Postgres => None,
            Self::Impala => impala::place::fault_in(place),
        }
    }

    /// The statements that create a table with its indexes and comments, each terminated by `;`.
    pub fn create(self, table: &Table, place: &Place) -> String {
        match self {
            Self::Sqlite => sqlite::create(table),
            Self::Postgres => postgres::create(table, place),
            Self::Impala => impala::create(table, place),
        }
    }

    /// The columns of the primary key of a table; empty if there is none.
    pub fn key_of(self, table: &Table) -> Vec<String> {
        match self {
            Self::Impala => Vec::new(),
            Self::Sqlite if table.rows.are_raw() => vec![ledger::ROW_ID.to_owned()],
            Self::Sqlite | Self::Postgres => table.names(&table.key).map(str::to_owned).collect(),
        }
    }

    /// The statements that restore the key of a table; empty if the dialect has no keys.
    pub fn restore_key(self, table: &Table, place: &Place) -> String {
        match self {
            Self::Sqlite => sqlite::restore_key(table),
            Self::Postgres => postgres::restore_key(table, place),
            Self::Impala => String::new(),
        }
    }

    /// The statement that creates the index at a position in the table's list.
    pub fn create_index(self, table: &Table, at: usize, place: &Place) -> String {
        let columns = table.indexes.get(at).map(|index| self.list(table.names(index))).unwrap_or_default();
        let (index, name) = (self.quoted(&index_name(&table.name, at)), self.qualified(&table.name, place));
        format!("CREATE INDEX IF NOT EXISTS {index} ON {name} ({columns});")
    }

    /// The statements that add a column to an existing table, each terminated by `;`.
    pub fn add_column(self, table: &Table, column: &Column, place: &Place) -> String {
        let name = self.qualified(&table.name, place);
        let (quoted, kind) = (self.quoted(&column.name), self.type_name(column.kind));
        match self {
            Self::Sqlite => format!("ALTER TABLE {name} ADD COLUMN {};", sqlite::definition(column, false)),
            Self::Postgres => postgres::add_column(&name, column),
            Self::Impala if impala::log::has(table) => impala::log::add_column(table, column, place),
            Self::Impala => format!(
                "ALTER TABLE {name} ADD COLUMNS ({quoted} {kind} COMMENT {});",
                impala::column_comment(&column.description)
            ),
        }
    }

    /// The statements that hide a table behind a temporary one. The first creates the temporary table with the name
    /// [`SHADOW`]. The second renames it to the name of the table, once it holds the required rows. `None` if the
    /// dialect has no temporary tables that hide others.
    pub fn shadow(self, table: &Table) -> Option<[String; 2]> {
        let shadow = Table { name: SHADOW.to_owned(), indexes: Vec::new(), ..table.clone() };
        let (made, name) = (self.quoted(SHADOW), self.quoted(&table.name));
        match self {
            Self::Sqlite => Some([
                sqlite::create(&shadow).replacen("CREATE TABLE IF NOT EXISTS", "CREATE TEMPORARY TABLE", 1),
                format!("ALTER TABLE temp.{made} RENAME TO {name};"),
            ]),
            Self::Postgres => Some([
                format!("CREATE TEMPORARY TABLE {made} (LIKE {name} INCLUDING ALL) ON COMMIT DROP;"),
                format!("ALTER TABLE pg_temp.{made} RENAME TO {name};"),
            ]),
            Self::Impala => None,
        }
    }

    /// The quoted name of a table, qualified with the database if one is given.
    pub fn qualified(self, table: &str, place: &Place) -> String {
        match &place.database {
            Some(database) if self != Self::Sqlite => {
                format!("{}.{}", self.quoted(database), self.quoted(table))
            }
            _ => self.quoted(table),
        }
    }

    fn list<'a>(self, names: impl Iterator<Item = &'a str>) -> String {
        names.map(|name| self.quoted(name)).collect::<Vec<_>>().join(", ")
    }
}

/// A description for a comment: on one line, without control characters.
fn one_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The name of the index at a position in the table's list.
pub fn index_name(table: &str, at: usize) -> String {
    format!("{table}_index_{}", at + 1)
}
