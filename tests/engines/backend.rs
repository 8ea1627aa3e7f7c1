//! The capabilities of an engine, and how a test gets a database of it.

use std::path::Path;

use flow_oa_schema::model::Table;

/// Capabilities that not every engine has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Can {
    /// A stopped run leaves the old day in every table.
    AtomicRuns,
    /// Others see the effect of a command completely or not at all.
    Transactions,
    /// The rows of one file can be removed from a day.
    ReplaceFiles,
    /// A run locks its day in the database, for every home that stores there.
    SharedClaims,
    /// Several homes can store at the same time.
    ConcurrentWriters,
}

/// An engine that the suite tests.
pub(crate) trait Backend: Sync {
    /// Its capabilities.
    fn can(&self) -> &'static [Can];

    /// An empty database for a test with this home, removed at the end of the test. Returns `None` and reports the
    /// skipped test if there is no server.
    fn fresh(&self, home: &Path) -> Option<Box<dyn Database>>;
}

/// A database for one test.
pub(crate) trait Database: Send + Sync {
    /// The value for `--database`, valid in every home.
    fn url(&self) -> String;

    /// The rows of a query, each value as text; NULL is [`NULL`].
    fn rows(&self, query: &str) -> Vec<Vec<String>>;

    /// Changes the database without the program.
    fn sql(&self, sql: &str);

    /// Whether it has a table.
    fn has(&self, _: &Table) -> bool {
        true
    }

    /// Adds an analyst's row with these columns and values, in SQL syntax.
    fn note(&self, table: &str, columns: &str, values: &str) {
        self.sql(&format!("INSERT INTO {table} ({columns}) VALUES ({values})"));
    }

    /// How often to repeat a test that depends on timing; lower if statements are slow.
    fn rounds(&self) -> u32 {
        6
    }

    /// A database of its kind for another home, with the tables that the DDL in a folder of earlier versions creates.
    fn of_version(&self, ddl: &Path, home: &Path) -> Box<dyn Database> {
        unreachable!("not a database of the suite: {}, {}", ddl.display(), home.display())
    }

    /// The database as a template for others, if it can be one.
    fn as_template(&self) -> Option<&dyn Template> {
        None
    }
}

/// A database that can be copied, to be disturbed and inspected.
pub(crate) trait Template {
    /// All persistent data except the history: table definitions, the rows of every table that is not the program's
    /// own, and the ledger of ingests. Waits until work of processes that have ended is finished.
    fn contents(&self) -> Vec<String>;

    /// A copy of the database, for the home in that folder, which is a copy of its own home.
    fn copied(&self, home: &Path) -> Box<dyn Database>;
}

/// The text of NULL.
pub(crate) const NULL: &str = "NULL";

/// Makes each scene a test for every engine that has the capabilities after its name.
macro_rules! on_every_engine {
    ($($scene:ident $([$($can:ident),*])?),* $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $scene() {
                $crate::site::play(&$crate::sqlite::Sqlite, &[$($($crate::backend::Can::$can),*)?], super::$scene);
            })*
        }
        mod on_postgres {
            $(#[test] fn $scene() {
                $crate::site::play(&$crate::psql::Postgres, &[$($($crate::backend::Can::$can),*)?], super::$scene);
            })*
        }
        mod on_hive {
            $(#[test] fn $scene() {
                $crate::site::play(&$crate::hive::Hive, &[$($($crate::backend::Can::$can),*)?], super::$scene);
            })*
        }
    };
}
