//! The dialects: how each family of engines spells types, names, texts and `CREATE` statements.
//!
//! One renderer serves the build (constants in the generated crate), `flow-oa ddl` and `flow-oa init`.
//! Statements that are the same everywhere go through sea-query at run time; what stands here is what it
//! cannot say or would lose: comments, partitions, storage, a layout that a person can read.
//!
//! # Decisions
//!
//! - **DDL is text of the dialects, statements are sea-query's.** What a database owner reads wants one column a line
//!   with its description beside it; sea-query has no word for comments, partitions, storage or STRICT. Everything that
//!   moves data is built with sea-query and bound.

mod guards;
pub mod impala;
pub mod postgres;
mod sqlite;

use std::fmt::Write as _;

use crate::ledger;
use crate::model::{Column, Rows, Schema, Table};
use crate::names::quoted;
use crate::types::ColumnType;

/// The name of a temporary table that is about to hide another one.
pub const SHADOW: &str = "flow_oa_shadow";

/// A family of engines that speak the same SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dialect {
    /// SQLite 3.37 and later.
    Sqlite,
    /// PostgreSQL 13 and later.
    Postgres,
    /// Apache Impala and the Hive family.
    Impala,
}

/// How the rows of a raw table are numbered, so that those of one ingest can be found again, in the order in which
/// they arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowNumbers {
    /// The table counts them by itself: the next row gets the number after the highest.
    Counted,
    /// Whoever inserts them gives them their numbers.
    Given,
    /// They have none.
    None,
}

/// How a small staged relation is joined to a large table by the columns of an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LookUps {
    /// By a cross join with conditions: the relation that is named first is gone through.
    CrossJoin,
    /// By a lateral join that the planner cannot turn round. Without statistics, which a new table has none of, it
    /// takes a day for one row and goes through the large table.
    Lateral,
    /// Not at all: there are no indexes. The day is gone through once, beside a hash table of the small relation.
    None,
}

/// Where tables are to be created.
#[derive(Debug, Clone, Default)]
pub struct Place {
    /// The database (Impala) or schema (PostgreSQL) before each table's name.
    pub database: Option<String>,
    /// The folder below which the Hive family stores tables. Default: `/flow_oa`.
    pub location_root: Option<String>,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 3] = [Self::Sqlite, Self::Postgres, Self::Impala];

    /// Its name, as options and URLs have it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Impala => "impala",
        }
    }

    /// The dialect of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }

    /// The name of a type.
    pub fn type_name(self, kind: ColumnType) -> &'static str {
        match self {
            Self::Sqlite => sqlite::type_name(kind.storage()),
            Self::Postgres => postgres::type_name(kind.storage()),
            Self::Impala => impala::type_name(kind.storage()),
        }
    }

    /// The CHECK that keeps the values of a column in its range, where it has one and the family has CHECKs.
    pub fn guard(self, column: &Column) -> Option<String> {
        match self {
            Self::Sqlite | Self::Postgres => column.range.map(|it| guards::check(self, &column.name, it)),
            Self::Impala => None,
        }
    }

    /// A query for those columns of a table that a new one would have CHECKs of, and this one has; nothing where the family
    /// has none.
    pub fn guarded(self, table: &Table, place: &Place) -> Option<String> {
        match self {
            Self::Sqlite => Some(guards::in_sqlite(table)),
            Self::Postgres => Some(guards::in_postgres(table, place)),
            Self::Impala => None,
        }
    }

    /// Whether engines of the family can add to a row that is there, so that rollups are kept.
    pub fn keeps_rollups(self) -> bool {
        match self {
            Self::Sqlite | Self::Postgres => true,
            Self::Impala => false,
        }
    }

    /// Whether engines of the family take back what was not brought to its end.
    pub fn has_transactions(self) -> bool {
        match self {
            Self::Sqlite | Self::Postgres => true,
            Self::Impala => false,
        }
    }

    /// A query that gives the name and version of the database.
    pub fn version_query(self) -> &'static str {
        match self {
            Self::Sqlite => "SELECT 'SQLite ' || sqlite_version()",
            Self::Postgres => "SELECT 'PostgreSQL ' || current_setting('server_version')",
            Self::Impala => "SELECT version()",
        }
    }

    /// The function that gives the place of one text in another, from 1; 0 where it is not in it.
    pub fn position_function(self) -> &'static str {
        match self {
            Self::Sqlite | Self::Impala => "instr",
            Self::Postgres => "strpos",
        }
    }

    /// The name of the type of a column, which in the Hive family is another one for those of a partition.
    pub fn type_of(self, column: &Column) -> &'static str {
        match self {
            Self::Impala => impala::HiveType::of(column).name(),
            Self::Sqlite | Self::Postgres => self.type_name(column.kind),
        }
    }

    /// How the rows of raw tables are numbered, in the column [`ledger::ROW_ID`].
    pub fn row_numbers(self) -> RowNumbers {
        match self {
            Self::Sqlite => RowNumbers::Counted,
            Self::Postgres => RowNumbers::Given,
            Self::Impala => RowNumbers::None,
        }
    }

    /// Whether engines of the family find a table's columns by their place in its files, so that those of the schema
    /// must stand in the table's order.
    pub fn finds_by_place(self, table: &Table) -> bool {
        self == Self::Impala && !impala::log::has(table)
    }

    /// The statements that show columns in a view that were added to the table behind it, where there is one.
    pub fn renew_view(self, table: &Table, place: &Place) -> Option<String> {
        let has_view = self == Self::Impala && impala::log::has(table);
        has_view
            .then(|| format!("{}{}", impala::log::drop_view(table, place), impala::log::view(table, place)))
    }

    /// How a small staged relation is joined to a large table by the columns of an index.
    pub fn look_ups(self) -> LookUps {
        match self {
            Self::Sqlite => LookUps::CrossJoin,
            Self::Postgres => LookUps::Lateral,
            Self::Impala => LookUps::None,
        }
    }

    /// The column that a table has in engines of the family beside those of the schema.
    pub fn own_column(self, table: &Table) -> Option<&'static str> {
        let has = matches!(table.rows, Rows::Ingest) && self.row_numbers() != RowNumbers::None;
        has.then_some(ledger::ROW_ID)
    }

    /// Whether a table is made in engines of the family.
    pub fn has(self, table: &Table) -> bool {
        self.keeps_rollups() || !(matches!(table.rows, Rows::Rollup(_)) || table.name == ledger::ROLLUP_DAYS)
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

    /// Why engines of the family cannot have tables in a place, where they cannot.
    pub fn fault_in(self, place: &Place) -> Option<String> {
        match self {
            Self::Sqlite | Self::Postgres => None,
            Self::Impala => impala::place::fault_in(place),
        }
    }

    /// The statements that create one table, with its indexes and comments, each ended by `;`.
    pub fn create(self, table: &Table, place: &Place) -> String {
        match self {
            Self::Sqlite => sqlite::create(table),
            Self::Postgres => postgres::create(table, place),
            Self::Impala => impala::create(table, place),
        }
    }

    /// Whether engines of the family have keys and indexes.
    pub fn has_indexes(self) -> bool {
        match self {
            Self::Sqlite | Self::Postgres => true,
            Self::Impala => false,
        }
    }

    /// The columns that keep rows of a table apart in engines of the family; none where nothing does.
    pub fn key_of(self, table: &Table) -> Vec<String> {
        match self {
            Self::Impala => Vec::new(),
            Self::Sqlite if matches!(table.rows, Rows::Ingest) => vec![ledger::ROW_ID.to_owned()],
            Self::Sqlite | Self::Postgres => table.key.clone(),
        }
    }

    /// The statements that give a table its key again; nothing where it has none.
    pub fn restore_key(self, table: &Table, place: &Place) -> String {
        match self {
            Self::Sqlite => sqlite::restore_key(table),
            Self::Postgres => {
                let name = self.qualified(&table.name, place);
                format!("ALTER TABLE {name} ADD PRIMARY KEY ({});", self.list(&table.key))
            }
            Self::Impala => String::new(),
        }
    }

    /// The statement that makes one of a table's indexes, by its position.
    pub fn create_index(self, table: &Table, at: usize, place: &Place) -> String {
        let columns = table.indexes.get(at).map(|it| self.list(it)).unwrap_or_default();
        let (index, name) = (self.quoted(&index_name(&table.name, at)), self.qualified(&table.name, place));
        format!("CREATE INDEX {index} ON {name} ({columns});")
    }

    /// The statements that add a column to a table that is there, each ended by `;`.
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

    /// The statements that hide a table behind a temporary one: what makes that one, under the name [`SHADOW`], and what
    /// gives it the table's name when it has the rows that it needs. None where nothing can be hidden.
    pub fn shadow(self, table: &Table) -> Option<[String; 2]> {
        let shadow = Table { name: SHADOW.to_owned(), indexes: Vec::new(), ..table.clone() };
        let (made, name) = (self.quoted(SHADOW), self.quoted(&table.name));
        match self {
            Self::Sqlite => Some([
                sqlite::create(&shadow).replacen("CREATE TABLE", "CREATE TEMPORARY TABLE", 1),
                format!("ALTER TABLE temp.{made} RENAME TO {name};"),
            ]),
            Self::Postgres => Some([
                format!("CREATE TEMPORARY TABLE {made} (LIKE {name} INCLUDING ALL) ON COMMIT DROP;"),
                format!("ALTER TABLE pg_temp.{made} RENAME TO {name};"),
            ]),
            Self::Impala => None,
        }
    }

    /// The complete DDL of a new database: every table of `schema` that `only` names (all of them where it
    /// is empty), then the program's own.
    pub fn ddl(self, schema: &Schema, place: &Place, only: &[String]) -> String {
        let mut text = format!("-- flow-oa: tables of a new database, for {}.\n", self.name());
        if let (Some(database), Self::Impala | Self::Postgres) = (&place.database, self) {
            let what = if self == Self::Impala { "DATABASE" } else { "SCHEMA" };
            let _ = writeln!(text, "\nCREATE {what} IF NOT EXISTS {};", self.quoted(database));
        }
        let own = ledger::tables();
        let all = schema.tables().chain(&own);
        for table in all.filter(|it| self.has(it)).filter(|it| only.is_empty() || only.contains(&it.name)) {
            text.push('\n');
            text.push_str(&self.create(table, place));
        }
        text
    }

    /// A table's name, quoted, with the database before it where one is given.
    pub fn qualified(self, table: &str, place: &Place) -> String {
        match &place.database {
            Some(database) if self != Self::Sqlite => {
                format!("{}.{}", self.quoted(database), self.quoted(table))
            }
            _ => self.quoted(table),
        }
    }

    fn list(self, names: &[String]) -> String {
        names.iter().map(|it| self.quoted(it)).collect::<Vec<_>>().join(", ")
    }
}

/// A description as a comment can hold it: on one line, without control characters.
fn one_line(text: &str) -> String {
    let words = text.split(|it: char| it.is_whitespace() || it.is_control());
    words.filter(|it| !it.is_empty()).collect::<Vec<_>>().join(" ")
}

/// Whether a column can never be without a value: those by which rows are found.
fn is_required(table: &Table, column: &Column) -> bool {
    table.key.contains(&column.name) || table.partition.columns.contains(&column.name)
}

/// The name of the index at that position.
pub(crate) fn index_name(table: &str, at: usize) -> String {
    format!("{table}_index_{}", at + 1)
}
