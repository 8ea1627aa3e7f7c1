//! SQLite: the embedded default engine.
//!
//! # Decisions
//!
//! - **SQLite: STRICT tables, 8 KiB pages, rollback journal, an explicit row number in raw tables.** The rows of a file
//!   are a range of row numbers, which VACUUM does not change, so that replacing a file needs no index.
//! - **A value is bound again only if it changed** since the previous execution: many columns of flows hardly ever
//!   change.

mod described;
mod driver;

use std::path::{Path, PathBuf};
use std::time::Duration;

use flow_oa_core::Batch;
use flow_oa_engine::sql::{SqlEngine, delete};
use flow_oa_engine::{
    About, Access, Claims, Days, EngineError, FoundColumn, FoundIndex, FoundTable, Link, Result, Sums,
    Target, Transaction,
};
use flow_oa_schema::dialect::Place;
use flow_oa_schema::{Dialect, printable};
use sea_query::Value;

pub use driver::Driver;
use driver::{fault, insert_text};

/// An open SQLite database file.
pub struct Sqlite {
    link: Link<Driver>,
}

impl Sqlite {
    /// Opens the file of `sqlite:PATH` or `sqlite://PATH`. The file and its folder are created if they do not exist.
    /// `patience` is how long to wait for another writer.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a SQLite database.
    pub fn open(url: &str, home: &Path, patience: Duration) -> Result<Self> {
        let path = path_of(url, home);
        let database = format!("sqlite:{}", printable::path(&path));
        let unavailable = |reason: String| EngineError::Unavailable { database: database.clone(), reason };
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(|error| {
                unavailable(format!("making the folder {}: {error}", printable::path(folder)))
            })?;
        }
        require_files(&path).map_err(unavailable)?;
        let connection = rusqlite::Connection::open(&path).map_err(|error| fault(&database, "", &error))?;
        let about =
            About { dialect: Dialect::Sqlite, place: Place::default(), url: database, keeps_renamed: true };
        let driver = Driver { connection, about };
        driver.set_up(patience).map_err(|error| driver.fault("PRAGMA", error))?;
        Ok(Self { link: Link::new(driver) })
    }

    fn describe<T>(
        &mut self,
        tables: &[&str],
        mut of_table: impl FnMut(&mut Link<Driver>, Value) -> Result<T>,
    ) -> Result<Vec<T>> {
        tables.iter().map(|table| of_table(&mut self.link, (*table).into())).collect()
    }
}

/// Checks the database file and the files that SQLite keeps next to it. SQLite would wait forever for a named pipe, and
/// would write a journal through a symbolic link.
fn require_files(path: &Path) -> std::result::Result<(), String> {
    // If the path is a link, the journal is next to its target.
    let place = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let beside = ["-journal", "-wal", "-shm"].map(|kind| {
        let mut name = place.as_os_str().to_owned();
        name.push(kind);
        PathBuf::from(name)
    });
    let is_planted =
        |file: &PathBuf| std::fs::symlink_metadata(file).is_ok_and(|metadata| !metadata.is_file());
    let is_pipe = std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir());
    match beside.iter().find(|file| is_planted(file)).map(PathBuf::as_path).or(is_pipe.then_some(path)) {
        Some(found) => {
            Err(format!("{} is not a file; remove it, or name another database", printable::path(found)))
        }
        None => Ok(()),
    }
}

/// The path of a SQLite URL. A relative path is relative to `home`.
pub fn path_of(url: &str, home: &Path) -> PathBuf {
    let rest = url.strip_prefix("sqlite:").unwrap_or(url);
    home.join(rest.strip_prefix("//").unwrap_or(rest))
}

impl SqlEngine for Sqlite {
    type Driver = Driver;

    fn link(&self) -> &Link<Driver> {
        &self.link
    }

    fn link_mut(&mut self) -> &mut Link<Driver> {
        &mut self.link
    }

    /// SQLite has a single writer, so that every kind of transaction sees the state of its first statement. Temporary
    /// tables are in a database of their own, so that a dry run takes no write lock.
    fn begin(&mut self, kind: Transaction<'_>) -> Result<()> {
        match kind {
            Transaction::Latest | Transaction::Snapshot(_) => self.link.begin("BEGIN IMMEDIATE"),
            Transaction::Dry => self.link.begin("BEGIN"),
        }
    }

    fn before_commit(&mut self) -> Result<()> {
        Ok(())
    }

    fn ended(&mut self) {}

    fn load(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        self.link.load(Access::Write, &insert_text(target, 1), target, rows)
    }

    fn load_staged(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<()> {
        self.link.load(Access::Stage, &insert_text(target, 1), target, rows).map(drop)
    }

    fn remove(&mut self, table: &str, days: &Days) -> Result<u64> {
        delete(&mut self.link, table, days.condition())
    }

    fn replace(&mut self, table: &str, days: &Days) -> Result<u64> {
        self.remove(table, days)
    }

    /// The `INSERT` of the target adds to existing rows.
    fn add(&mut self, sums: &Sums<'_>, rows: &dyn Batch) -> Result<()> {
        self.load(&sums.target, rows).map(drop)
    }

    fn add_up(&mut self, _: &Sums<'_>) -> Result<()> {
        Ok(())
    }

    fn settle(&mut self) -> Result<()> {
        Ok(())
    }

    /// A transaction that writes is the only one.
    fn lock(&mut self, _: &str) -> Result<()> {
        Ok(())
    }

    fn claims(&mut self) -> Option<&mut dyn Claims> {
        None
    }

    fn columns(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        self.describe(tables, described::columns)
    }

    fn indexes(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundIndex>>> {
        self.describe(tables, described::indexes_of)
    }

    fn described(&mut self, tables: &[&str]) -> Result<Vec<Option<FoundTable>>> {
        self.describe(tables, described::table)
    }

    fn table_names(&mut self) -> Result<Vec<String>> {
        described::names(&mut self.link)
    }

    fn make_database(&mut self) -> Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use flow_oa_engine::{Observer, Outgoing, Store, Verdict};
    use sea_query::Values;

    use super::*;

    #[test]
    fn both_forms_of_the_url_name_a_path() {
        let home = Path::new("/home");
        assert_eq!(path_of("sqlite:data/x.db", home), Path::new("/home/data/x.db"));
        assert_eq!(path_of("sqlite://data/x.db", home), Path::new("/home/data/x.db"));
        assert_eq!(path_of("sqlite:///data/x.db", home), Path::new("/data/x.db"));
    }

    /// A new database with a table.
    fn opened(folder: &Path) -> Sqlite {
        let mut store = Sqlite::open("sqlite:x.db", folder, Duration::ZERO).unwrap();
        store.link.script(Access::Write, "CREATE TABLE t (i INTEGER) STRICT").unwrap();
        store
    }

    fn rows(store: &mut Sqlite) -> usize {
        store.link.rows("SELECT i FROM t", &Values(Vec::new())).unwrap().len()
    }

    #[test]
    fn a_query_that_is_stopped_early_leaves_the_connection_usable() {
        let folder = tempfile::tempdir().unwrap();
        let link = &mut opened(folder.path()).link;
        let (mut seen, none) = (0, Values(Vec::new()));
        let mut first = |_: &[Value]| {
            seen += 1;
            std::ops::ControlFlow::Break(())
        };
        let three = "SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3";
        link.query(three, &none, &mut first).unwrap();
        assert_eq!((seen, link.rows(three, &none).unwrap().len()), (1, 3));
    }

    #[test]
    fn a_unit_that_is_not_committed_is_rolled_back() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = opened(folder.path());
        let insert = "INSERT INTO t VALUES (1)";
        Store::begin(&mut store, Transaction::Latest).unwrap().script(insert).unwrap();
        assert_eq!(rows(&mut store), 0);
        let mut unit = Store::begin(&mut store, Transaction::Latest).unwrap();
        unit.script(insert).unwrap();
        unit.commit().unwrap();
        assert_eq!(rows(&mut store), 1);
    }

    /// Skips what writes.
    struct Skips;

    impl Observer for Skips {
        fn before(&mut self, outgoing: &Outgoing<'_>) -> Result<Verdict> {
            Ok(if outgoing.access == Access::Write { Verdict::Skip } else { Verdict::Send })
        }
    }

    #[test]
    fn an_observer_decides_what_is_sent_until_its_unit_ends() {
        let folder = tempfile::tempdir().unwrap();
        let mut store = opened(folder.path());
        let insert = "INSERT INTO t VALUES (1)";
        let mut unit = Store::begin(&mut store, Transaction::Latest).unwrap();
        unit.observe(Box::new(Skips));
        unit.script(insert).unwrap();
        assert_eq!(unit.query("SELECT i FROM t", &Values(Vec::new())).unwrap().len(), 0);
        drop(unit);
        store.link.script(Access::Write, insert).unwrap();
        assert_eq!(rows(&mut store), 1);
    }
}
