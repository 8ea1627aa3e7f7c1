//! Compares the tables of the database, and the schema files of the site, with the schema that was compiled.

mod keys;

use std::fmt;

use flow_oa_schema::ledger::ROLLUP_DAYS;
use flow_oa_schema::model::{Column, Pipeline, Schema, Table};
use flow_oa_schema::{Dialect, Files, ledger, printable};

use crate::error::{Error, Result};
use flow_oa_engine::{FoundColumn, Session};

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

    /// Whether a run can continue in spite of it. Without the marks of rollups it reads raw rows.
    pub fn is_harmless(&self) -> bool {
        match self {
            Self::ColumnIgnored { .. } | Self::IndexMissing { .. } => true,
            Self::TableMissing { table } => table == ROLLUP_DAYS,
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
pub(crate) fn all_tables(schema: &Schema, dialect: Dialect) -> Vec<Table> {
    schema.tables().cloned().chain(ledger::tables()).filter(|table| dialect.has(table)).collect()
}

/// All differences between the database and the schema.
///
/// # Errors
/// If the database cannot be read.
pub fn differences(session: &mut dyn Session, schema: &Schema) -> Result<Vec<Difference>> {
    let tables = all_tables(schema, session.dialect());
    differences_of(session, &tables)
}

/// All differences in these tables, in their order.
fn differences_of(session: &mut dyn Session, tables: &[Table]) -> Result<Vec<Difference>> {
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
    let mut serious = differences_of(session, &own)?;
    serious.retain(|it| !it.is_harmless());
    if serious.is_empty() {
        return Ok(());
    }
    Err(refusal(session.url(), &serious, mend(&serious)))
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
            Some(it) if !it.kind.eq_ignore_ascii_case(expected) => found.push(Difference::TypeDiffers {
                table: name(),
                column: column.name.clone(),
                expected,
                found: it.kind.clone(),
            }),
            Some(_) => {}
        }
    }
    if found.is_empty() && dialect.finds_by_place(table) {
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
        found.push(match column.nullable {
            true => Difference::ColumnIgnored { table, column: column.name },
            false => Difference::ColumnNotKnown { table, column: column.name },
        });
    }
    found
}

/// Requires everything that the program needs; returns harmless differences as warnings.
///
/// # Errors
/// If something is missing or differs: a list of the differences, and the command that fixes them.
pub fn require(session: &mut dyn Session, schema: &Schema) -> Result<Vec<String>> {
    let (harmless, serious): (Vec<_>, Vec<_>) =
        differences(session, schema)?.into_iter().partition(Difference::is_harmless);
    if serious.is_empty() {
        return Ok(harmless.iter().map(ToString::to_string).collect());
    }
    Err(refusal(session.url(), &serious, mend(&serious)))
}

pub(crate) fn mend(serious: &[Difference]) -> &'static str {
    let only_missing = |difference: &Difference| matches!(difference, Difference::TableMissing { .. });
    if serious.iter().all(only_missing) {
        "`flow-oa init` makes the tables that are missing"
    } else if serious
        .iter()
        .all(|difference| only_missing(difference) || matches!(difference, Difference::ColumnMissing { .. }))
    {
        "`flow-oa init --add-columns` adds what is missing"
    } else if serious.iter().all(|difference| matches!(difference, Difference::KeyMissing { .. })) {
        "give the statement to the database, after removing rows of the same key where it is refused"
    } else {
        "change the schema or the database by hand, so that both say the same"
    }
}

pub(crate) fn refusal(url: &str, differences: &[Difference], mend: &str) -> Error {
    let lines: Vec<String> = differences.iter().map(|difference| format!("  {difference}")).collect();
    let lines = lines.join("\n");
    Error::Configuration(format!("the database {url} does not fit the schema:\n{lines}\n{mend}"))
}

/// Checks the compiled schema against the schema files of a folder, if there are any. Lines that only one of them has
/// are differences.
///
/// # Errors
/// If the files do not pass the schema check, or differ in structure.
pub fn require_files(compiled: &Schema, folder: &std::path::Path) -> Result<()> {
    let files = Files::read(folder);
    if !folder.is_dir() || files.texts.is_empty() {
        return Ok(());
    }
    let at_hand = flow_oa_schema::check(&files).map_err(|faults| Error::Configuration(faults.to_string()))?;
    if at_hand.fingerprint == compiled.fingerprint {
        return Ok(());
    }
    let (built, found) = (outline(compiled), outline(&at_hand));
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
fn outline(schema: &Schema) -> Vec<String> {
    let line = |pipeline: &Pipeline, table: &Table, column: &Column| {
        let origin = pipeline.in_words(table, &column.from);
        let origin = if origin.is_empty() { origin } else { format!(", from {origin}") };
        format!("{}.{} {}{origin}", table.name, column.name, column.kind.name())
    };
    let tables = schema
        .pipelines
        .iter()
        .flat_map(|pipeline| pipeline.tables.iter().map(move |table| (pipeline, table)));
    tables
        .flat_map(|(pipeline, table)| table.columns.iter().map(move |column| line(pipeline, table, column)))
        .collect()
}
