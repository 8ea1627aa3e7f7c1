//! Compares the tables of the database, and the schema files of the site, with the schema that was compiled.

mod keys;

use std::fmt;

use flow_oa_schema::ledger::{MIGRATIONS, ROLLUP_DAYS, SCHEMAS};
use flow_oa_schema::model::{Column, Pipeline, Schema, Table};
use flow_oa_schema::{Dialect, Files, ledger, printable};

use flow_oa_engine::{FoundColumn, Session};
use flow_oa_site::{Error, Result};

use crate::schemas;

/// A difference between a table of the database and the schema.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// The table is missing.
    TableMissing { table: String },
    /// A column is missing.
    ColumnMissing {
        table: String,
        column: String,
        /// Its type in the schema.
        kind: &'static str,
    },
    /// A column has another type.
    TypeDiffers {
        table: String,
        column: String,
        /// The type in the schema.
        expected: &'static str,
        /// The type in the database.
        found: String,
    },
    /// A column has a type that holds fewer whole numbers.
    Narrower {
        table: String,
        column: String,
        /// The type in the schema.
        expected: &'static str,
        /// The type in the database.
        found: String,
    },
    /// A column has another position, in a database that finds columns by position.
    PlaceDiffers { table: String, column: String },
    /// The database has an additional column that needs a value in every row.
    ColumnNotKnown { table: String, column: String },
    /// The database has an additional column that rows may omit.
    ColumnIgnored { table: String, column: String },
    /// The table has no unique key.
    KeyMissing {
        table: String,
        columns: Vec<String>,
        /// The statement that restores the key.
        restore: String,
    },
    /// There is no index on these columns.
    IndexMissing {
        table: String,
        columns: Vec<String>,
        /// The statement that restores the index.
        restore: String,
    },
}

impl Difference {
    /// The table, if the whole table is missing.
    pub fn missing_table(&self) -> Option<&str> {
        if let Self::TableMissing { table } = self { Some(table) } else { None }
    }

    /// Whether a run can continue in spite of it. Without the marks of rollups it reads raw rows. Without the records of
    /// schemas and migrations the database is one of an earlier version.
    pub fn is_harmless(&self) -> bool {
        match self {
            Self::ColumnIgnored { .. } | Self::IndexMissing { .. } | Self::Narrower { .. } => true,
            Self::TableMissing { table } => [ROLLUP_DAYS, SCHEMAS, MIGRATIONS].contains(&table.as_str()),
            Self::ColumnMissing { .. }
            | Self::TypeDiffers { .. }
            | Self::PlaceDiffers { .. }
            | Self::ColumnNotKnown { .. }
            | Self::KeyMissing { .. } => false,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TableMissing { table } if self.is_harmless() => {
                write!(f, "{table}: the table is missing; `flow-oa init` creates it")
            }
            Self::TableMissing { table } => write!(f, "{table}: the table is missing"),
            Self::ColumnMissing { table, column, kind } => {
                write!(f, "{table}.{column}: the column ({kind}) is missing")
            }
            Self::TypeDiffers { table, column, expected, found } => {
                write!(f, "{table}.{column}: expected the type {expected}, found {found}")
            }
            Self::Narrower { table, column, expected, found } => {
                write!(
                    f,
                    "{table}.{column}: the type {found} is narrower than {expected}, so numbers beyond it are refused; \
                     `flow-oa migrate` changes the type"
                )
            }
            Self::PlaceDiffers { table, column } => {
                write!(
                    f,
                    "{table}.{column}: the column is at another position than in the schema, and its files are read \
                     by place; a column that is added belongs at the end of the table's columns"
                )
            }
            Self::ColumnNotKnown { table, column } => {
                write!(
                    f,
                    "{table}.{column}: the schema does not know this column, and rows need a value for it"
                )
            }
            Self::KeyMissing { table, columns, restore } => {
                let columns = columns.join(", ");
                write!(f, "{table}: the key ({columns}) is missing; this restores it: {restore}")
            }
            Self::IndexMissing { table, columns, restore } => {
                let columns = columns.join(", ");
                write!(
                    f,
                    "{table}: an index on ({columns}) is missing, which makes runs slow; this restores it: {restore}"
                )
            }
            Self::ColumnIgnored { table, column } => {
                write!(
                    f,
                    "{table}.{column}: the schema does not know this column, so flow-oa writes nothing to it"
                )
            }
        }
    }
}

/// Every table that the program needs: those of the schema and its own.
pub fn all_tables(schema: &Schema, dialect: Dialect) -> Vec<Table> {
    with_own(schema.tables(), dialect)
}

/// The tables that the commands of a pipeline need: its own, and those of the program.
pub fn tables_of(pipeline: &Pipeline, dialect: Dialect) -> Vec<Table> {
    with_own(pipeline.tables.iter(), dialect)
}

fn with_own<'a>(tables: impl Iterator<Item = &'a Table>, dialect: Dialect) -> Vec<Table> {
    tables.cloned().chain(ledger::tables()).filter(|table| dialect.has(table)).collect()
}

/// All differences in these tables, in their order.
///
/// # Errors
/// If the database cannot be read.
pub fn differences(session: &mut dyn Session, tables: &[Table]) -> Result<Vec<Difference>> {
    let names: Vec<&str> = tables.iter().map(|it| it.name.as_str()).collect();
    let (dialect, place) = (session.dialect(), session.place().clone());
    let columns = session.columns(&names)?;
    let indexes = session.indexes(&names)?;
    let each = tables.iter().zip(columns.into_iter().zip(indexes));
    Ok(each
        .flat_map(|(table, (columns, indexes))| {
            let is_missing = columns.is_empty();
            let mut found = table_differences(dialect, table, columns);
            if !is_missing {
                found.extend(keys::differences(dialect, &place, table, &indexes));
            }
            found
        })
        .collect())
}

/// Requires the program's own tables.
///
/// # Errors
/// If some are missing or differ: a list of the differences, and the command that fixes them.
pub fn require_own(session: &mut dyn Session) -> Result<()> {
    let dialect = session.dialect();
    let own: Vec<Table> = ledger::tables().into_iter().filter(|table| dialect.has(table)).collect();
    let mut serious = differences(session, &own)?;
    serious.retain(|difference| !difference.is_harmless());
    if serious.is_empty() {
        return Ok(());
    }
    Err(refusal(session.url(), &serious, remedy(&serious)))
}

/// The differences between a table and its columns in the database.
fn table_differences(dialect: Dialect, table: &Table, columns: Vec<FoundColumn>) -> Vec<Difference> {
    let name = || table.name.clone();
    if columns.is_empty() {
        return vec![Difference::TableMissing { table: name() }];
    }
    let mut found = Vec::new();
    for column in &table.columns {
        let expected = dialect.type_of(column);
        match columns.iter().find(|found| found.name.eq_ignore_ascii_case(&column.name)) {
            None => {
                found.push(Difference::ColumnMissing {
                    table: name(),
                    column: column.name.clone(),
                    kind: expected,
                });
            }
            Some(it) if dialect.is_narrower(&it.kind, column) => found.push(Difference::Narrower {
                table: name(),
                column: column.name.clone(),
                expected,
                found: it.kind.clone(),
            }),
            Some(it) if !dialect.is_type(&it.kind, column) => found.push(Difference::TypeDiffers {
                table: name(),
                column: column.name.clone(),
                expected,
                found: it.kind.clone(),
            }),
            Some(_) => {}
        }
    }
    if found.iter().all(Difference::is_harmless) && dialect.finds_by_place(table) {
        let moved = table.own_columns().iter().zip(&columns);
        let moved = moved.filter(|(own, found)| !found.name.eq_ignore_ascii_case(&own.name));
        found.extend(
            moved.map(|(own, _)| Difference::PlaceDiffers { table: name(), column: own.name.clone() }),
        );
    }
    let own = dialect.own_column(table);
    for column in columns {
        let known = table.columns.iter().any(|own| own.name.eq_ignore_ascii_case(&column.name));
        if known || own == Some(column.name.as_str()) {
            continue;
        }
        let table = name();
        found.push(match column.may_be_omitted {
            true => Difference::ColumnIgnored { table, column: column.name },
            false => Difference::ColumnNotKnown { table, column: column.name },
        });
    }
    found
}

/// Requires everything that the commands of a pipeline need; returns harmless differences as warnings.
///
/// # Errors
/// If something is missing or differs: a list of the differences, and the command that fixes them.
pub fn require(session: &mut dyn Session, pipeline: &Pipeline) -> Result<Vec<String>> {
    let state = schemas::require(session)?;
    let tables = tables_of(pipeline, session.dialect());
    let (harmless, serious): (Vec<_>, Vec<_>) =
        differences(session, &tables)?.into_iter().partition(Difference::is_harmless);
    if !serious.is_empty() {
        return Err(refusal(session.url(), &serious, remedy(&serious)));
    }
    let planned = state.planned.iter().map(|step| {
        let what = &step.what;
        format!("a migration is not complete: \"{what}\" is next; `flow-oa migrate --apply` completes it")
    });
    Ok(harmless.iter().map(ToString::to_string).chain(planned.take(1)).collect())
}

/// The command that removes such differences.
pub fn remedy(serious: &[Difference]) -> &'static str {
    let is_missing = |difference: &Difference| matches!(difference, Difference::TableMissing { .. });
    if serious.iter().all(is_missing) {
        "`flow-oa init` creates the missing tables"
    } else if serious.iter().all(|difference| matches!(difference, Difference::ColumnNotKnown { .. })) {
        "give the column a default, or add it to the schema"
    } else {
        "`flow-oa migrate` shows the changes that make the database fit"
    }
}

/// The error for a database that does not fit the schema.
pub fn refusal(url: &str, differences: &[Difference], remedy: &str) -> Error {
    let lines: Vec<String> = differences.iter().map(|difference| format!("  {difference}")).collect();
    let lines = lines.join("\n");
    Error::Configuration(format!("the database {url} does not fit the schema:\n{lines}\n{remedy}"))
}

/// Checks a pipeline that was compiled against its schema files in a folder, if there are any. Lines that only one of them
/// has are differences.
///
/// # Errors
/// If the files of the folder do not pass the schema check, or those of the pipeline differ in structure.
pub fn require_files(compiled: &Pipeline, folder: &std::path::Path) -> Result<()> {
    let mut files = Files::read(folder);
    let own = format!("{}/", compiled.name);
    files.texts.retain(|path, _| path.starts_with(&own));
    if !folder.is_dir() || files.texts.is_empty() {
        return Ok(());
    }
    let in_folder =
        flow_oa_schema::check(&files).map_err(|faults| Error::Configuration(faults.to_string()))?;
    let Some(in_folder) = in_folder.pipeline(&compiled.name) else { return Ok(()) };
    if in_folder.fingerprint == compiled.fingerprint {
        return Ok(());
    }
    let (built, found) = (outline(compiled), outline(in_folder));
    let gone = built
        .iter()
        .filter(|line| !found.contains(line))
        .map(|line| format!("  only in this program: {line}"));
    let new = found
        .iter()
        .filter(|found| !built.contains(found))
        .map(|found| format!("  only in the files:    {found}"));
    let mut lines: Vec<String> = gone.chain(new).collect();
    if lines.is_empty() {
        lines.push("  the raw formats, the results file or the order of columns".into());
    }
    Err(Error::Configuration(format!(
        "the schema files in {} are not those that this program was built with:\n{}\n\
         build it again (`cargo build --release`), or keep the files elsewhere",
        printable::path(folder),
        lines.join("\n")
    )))
}

/// Every column with its type and origin, one per line.
fn outline(pipeline: &Pipeline) -> Vec<String> {
    let line = |table: &Table, column: &Column| {
        let origin = pipeline.in_words(table, &column.from);
        let origin = if origin.is_empty() { origin } else { format!(", from {origin}") };
        format!("{}.{} {}{origin}", table.name, column.name, column.kind.name())
    };
    let tables = pipeline.tables.iter();
    tables.flat_map(|table| table.columns.iter().map(move |column| line(table, column))).collect()
}
