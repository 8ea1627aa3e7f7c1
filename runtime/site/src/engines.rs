//! The engines that a deployment can use, and the function in which commands do their units of work.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flow_oa_engine::{Store, Transaction, Uncommitted, Unit, url};
use flow_oa_impala::Impala;
use flow_oa_postgres::Postgres;
use flow_oa_schema::model::Schema;
use flow_oa_schema::printable;
use flow_oa_sqlite::{Sqlite, path_of};
use secrecy::SecretString;

use crate::error::{Error, Result};

/// Calls `work` within a unit of work, which is committed as a whole or rolled back.
///
/// # Errors
/// Those of `work`, and if the unit cannot begin or be committed; each with its effect on the data.
pub fn in_transaction<T>(
    store: &mut dyn Store,
    kind: Transaction<'_>,
    work: impl FnOnce(&mut dyn Unit) -> Result<T>,
) -> Result<T> {
    let mut unit = store.begin(kind).map_err(|error| Error::from(error).unchanged())?;
    match work(&mut *unit) {
        Ok(value) => {
            unit.commit().map_err(|Uncommitted { error, left }| Error::not_committed(error, left))?;
            Ok(value)
        }
        Err(error) => Err(error.rolled_back(unit.rollback())),
    }
}

/// Refuses a database that does not exist, so that a mistyped path does not create an empty one.
///
/// # Errors
/// If the database does not exist, with the command that creates it.
pub fn require_there(url: &str, home: &Path) -> Result<()> {
    match url.strip_prefix("sqlite:").map(|_| path_of(url, home)) {
        Some(path) if !path.exists() => Err(Error::Configuration(format!(
            "opening the database sqlite:{}: there is no such file. `flow-oa init` creates it with \
             all tables, and --home or --database names another one",
            printable::path(&path)
        ))),
        _ => Ok(()),
    }
}

/// The file of a database; `None` if a server holds the database.
pub fn file_of(url: &str, home: &Path) -> Option<PathBuf> {
    url.strip_prefix("sqlite:").map(|_| path_of(url, home))
}

/// Whether two URLs name the same database file.
pub fn is_same_file(one: &str, other: &str) -> bool {
    let file = |url: &str| {
        url.strip_prefix("sqlite:")?;
        path_of(url, Path::new("")).canonicalize().ok()
    };
    file(one).is_some_and(|path| file(other) == Some(path))
}

/// Whether two URLs are equal. For engines whose user and parameters do not select a database, these are ignored.
pub fn is_same_place(one: &str, other: &str) -> bool {
    let place = |url: &str| {
        let (scheme, rest) =
            url.split_once("://").filter(|(scheme, _)| matches!(*scheme, "impala" | "hive2"))?;
        let rest = rest.split('?').next().unwrap_or_default();
        let place = rest.rsplit_once('@').map_or(rest, |(_, place)| place);
        Some(format!("{scheme}://{place}"))
    };
    one == other || place(one).is_some_and(|server| place(other) == Some(server))
}

/// How long to wait for another writer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The environment variable that replaces [`PATIENCE`], in milliseconds: for tests, which should not wait that long.
const WAIT: &str = "FLOW_OA_DATABASE_WAIT_MS";

fn patience() -> Result<Duration> {
    let Some(given) = std::env::var_os(WAIT) else { return Ok(PATIENCE) };
    let milliseconds = given.to_str().and_then(|text| text.parse().ok());
    let fault = || Error::Configuration(format!("{WAIT}: expected whole milliseconds, found {given:?}"));
    milliseconds.map(Duration::from_millis).ok_or_else(fault)
}

/// Whether a text is the URL of a database of a known engine.
fn is_url(text: &str) -> bool {
    let (scheme, _) = text.split_once(':').unwrap_or_default();
    matches!(scheme, "sqlite" | "postgres" | "postgresql" | "impala" | "hive2")
}

/// A word of a command line that is safe to show and can be used again: a database URL loses only its passwords, any
/// other URL everything that may be a secret.
pub fn shown(word: &str) -> String {
    let (option, value) = match word.split_once('=') {
        Some((option, _)) if option.starts_with('-') => word.split_at(option.len() + 1),
        _ => ("", word),
    };
    if is_url(value) {
        return format!("{option}{}", url::without_secrets(value));
    }
    flow_oa_remote::shown(word)
}

/// The settings of a site for its databases, besides their URLs.
#[derive(Debug, Clone, Copy)]
pub struct Site<'a> {
    /// The folder to which relative paths are relative.
    pub home: &'a Path,
    /// Session options of the Hive family.
    pub query_options: &'a BTreeMap<String, SecretString>,
    /// How files of a Hadoop file system are accessed.
    pub files: &'a flow_oa_remote::Site,
}

/// Connects to the database of a URL, for the tables of `schema`. A missing SQLite file is created.
///
/// # Errors
/// If the engine of the URL is unknown, or the database cannot be opened.
pub fn connect(url: &str, schema: &Schema, site: Site<'_>) -> Result<Box<dyn Store>> {
    let scheme = url.split(':').next().unwrap_or_default();
    match scheme {
        "sqlite" => Ok(Box::new(Sqlite::open(url, site.home, patience()?)?)),
        "postgres" | "postgresql" => Ok(Box::new(Postgres::open(url, patience()?)?)),
        "impala" | "hive2" => Ok(Box::new(Impala::open(url, schema, site.query_options, site.files)?)),
        _ => Err(Error::Configuration(format!(
            "database: expected a URL such as sqlite:data/flow_oa.db or postgres://USER@HOST/DATABASE, found a URL that \
             begins with {scheme:?}"
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_word_keeps_all_but_its_secrets() {
        for (word, open) in [
            ("--database", "--database"),
            (
                "postgres://ann:secret@h:1/d?schema=s&sslmode=require",
                "postgres://ann@h:1/d?schema=s&sslmode=require",
            ),
            ("--database=hive2://ann:secret@h/d?auth=ldap", "--database=hive2://ann@h/d?auth=ldap"),
            ("sqlite:data/flow_oa.db", "sqlite:data/flow_oa.db"),
            ("--from=postgres://h/d?password=secret&schema=s", "--from=postgres://h/d?schema=s"),
        ] {
            assert_eq!(shown(word), open);
        }
        assert!(!shown("--results=https://ann:secret@h/r.csv?token=secret").contains("secret"));
    }
}
