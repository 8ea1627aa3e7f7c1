//! What an engine can do, and how a test comes by a database of it.

use std::path::Path;

use flow_oa_schema::model::Table;

/// What not every engine can.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Can {
    /// A run that is stopped leaves the old day in every table.
    AtomicRuns,
    /// What one command does is seen by others as a whole.
    Transactions,
    /// Rows of one file among others can be taken out again.
    ReplaceFiles,
    /// Who runs a day holds it in the database, for every home that stores there.
    SharedClaims,
    /// Several commands store at once, from several homes.
    ConcurrentWriters,
}

/// An engine that the suite is for.
pub(crate) trait Backend: Sync {
    /// What it can do.
    fn can(&self) -> &'static [Can];

    /// An empty database for a test with a home in that folder, which is gone with the test. Nothing where there is no
    /// server; the test says so then.
    fn fresh(&self, home: &Path) -> Option<Box<dyn Database>>;
}

/// A database for one test.
pub(crate) trait Database: Send + Sync {
    /// As `--database` has it, from whichever home.
    fn url(&self) -> String;

    /// The rows of a query, a value each, as text; what is absent is [`NULL`].
    fn rows(&self, query: &str) -> Vec<Vec<String>>;

    /// Changes the database behind the program's back.
    fn sql(&self, sql: &str);

    /// Whether it has a table.
    fn has(&self, _: &Table) -> bool {
        true
    }

    /// Adds an analyst's row: values of some columns, as SQL has them.
    fn note(&self, table: &str, columns: &str, values: &str) {
        self.sql(&format!("INSERT INTO {table} ({columns}) VALUES ({values})"));
    }

    /// How often something is tried that may happen or not: less often where a statement takes its time.
    fn rounds(&self) -> u32 {
        6
    }

    /// It as a template of others, where it can be one.
    fn as_template(&self) -> Option<&dyn Template> {
        None
    }
}

/// A database that others are made of, to be disturbed and looked at.
pub(crate) trait Template {
    /// All that lasts in it but for the history: how its tables are made, the rows of every table that is not the
    /// program's own, and what is known of ingests. Waits for what a program that is gone has left under way.
    fn contents(&self) -> Vec<String>;

    /// One that is like it, for the home in that folder, which is a copy of its own home.
    fn copied(&self, home: &Path) -> Box<dyn Database>;
}

/// How an absent value is shown.
pub(crate) const NULL: &str = "NULL";

/// Makes each scene a test for every engine that can do what stands after its name.
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
