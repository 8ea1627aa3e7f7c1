//! The differences between a database and a schema in words.

use flow_oa_schema::Dialect;
use flow_oa_schema::dialect::changes::Fit;
use flow_oa_schema::model::{Column, Table};

use crate::compare::Comparison;
use crate::difference::{Difference, Differing, Foreign, OfCheck, OfColumn, OfIndex, OfStorage};

/// A difference, for people and for programs.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Line {
    /// The table, by its name in the schema or, if only the database has it, in the database.
    pub table: String,
    /// The column, if the difference concerns one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The kind of difference, as one word.
    pub kind: &'static str,
    /// Whether only the database has it, so that a migration keeps it.
    pub is_kept: bool,
    /// What the database has, and what the schema expects.
    pub text: String,
}

/// All differences, those of each table together.
pub fn lines(comparison: &Comparison, dialect: Dialect) -> Vec<Line> {
    let of_table = |table: &Differing| {
        let each = table.differences.iter().map(|difference| table.line(difference, dialect));
        each.collect::<Vec<_>>()
    };
    let mut lines: Vec<Line> = comparison.tables.iter().flat_map(of_table).collect();
    let mut add = |tables: &[String], kind, is_kept, text: &str| {
        let line = |table: &String| Line {
            table: table.clone(),
            column: None,
            kind,
            is_kept,
            text: text.to_owned(),
        };
        lines.extend(tables.iter().map(line));
    };
    add(&comparison.dropped, "dropped_table", false, "the schema lists the table as dropped");
    add(&comparison.foreign, "foreign_table", true, "only the database has this table");
    add(
        &comparison.beside,
        "table_of_migration",
        true,
        "a migration left this table: `flow-oa migrate` completes it, and `--drop-old` drops what was replaced",
    );
    lines
}

fn or_nothing(text: &str) -> String {
    if text.is_empty() { "nothing".to_owned() } else { format!("\"{text}\"") }
}

impl Differing {
    /// What is changed, for people: all that not only the database has.
    pub(crate) fn changes(&self, dialect: Dialect) -> Vec<String> {
        let changed = self.differences.iter().filter(|difference| !difference.is_foreign());
        let word = |difference| {
            let (_, column, text) = self.described(difference, dialect);
            column.map_or_else(|| text.clone(), |column| format!("{column}: {text}"))
        };
        changed.map(word).collect()
    }

    fn line(&self, difference: &Difference, dialect: Dialect) -> Line {
        let (kind, column, text) = self.described(difference, dialect);
        Line { table: self.table.name.clone(), column, kind, is_kept: difference.is_foreign(), text }
    }

    fn described(&self, difference: &Difference, dialect: Dialect) -> (&'static str, Option<String>, String) {
        let table = &self.table;
        match difference {
            Difference::Missing => ("missing_table", None, "the table is missing".to_owned()),
            Difference::Renamed { was } => {
                ("renamed_table", None, format!("the table still has the name {was}"))
            }
            Difference::Column(id, change) => {
                let (kind, text) = column(&table[*id], change, dialect);
                (kind, Some(table[*id].name.clone()), text)
            }
            Difference::DroppedColumn { name } => {
                ("dropped_column", Some(name.clone()), "the schema lists the column as dropped".to_owned())
            }
            Difference::Check(change) => self.check(change, dialect),
            Difference::Key { found } => {
                let expected = dialect.key_of(table).join(", ");
                let expected =
                    if expected.is_empty() { "no key".to_owned() } else { format!("the key ({expected})") };
                let found = match found {
                    Some(found) => format!("({})", found.columns.join(", ")),
                    None => "none".to_owned(),
                };
                ("key", None, format!("expected {expected}, found {found}"))
            }
            Difference::Index(change) => {
                let (kind, text) = self.index(change);
                (kind, None, text)
            }
            Difference::Description { found } => {
                ("description", None, described(&dialect.table_comment(&table.documented()), found))
            }
            Difference::Storage(change) => {
                let (kind, text) = storage(table, change, dialect);
                (kind, None, text)
            }
            Difference::View { found } => {
                let view = dialect.view_of(&table.name);
                let text = match found.is_empty() {
                    true => format!("the view {view} is missing"),
                    false => format!("the view {view} shows other columns than the schema has"),
                };
                ("view", None, text)
            }
            Difference::Foreign(foreign) => only_there(foreign),
        }
    }

    fn check(&self, change: &OfCheck, dialect: Dialect) -> (&'static str, Option<String>, String) {
        match change {
            OfCheck::Missing { column } => {
                let column = &self.table[*column];
                let condition = dialect.conditions(column, &column.name).join(" AND ");
                let text = format!("the constraint CHECK ({condition}) is missing");
                ("missing_check", Some(column.name.clone()), text)
            }
            OfCheck::Outdated { condition, .. } => (
                "outdated_check",
                None,
                format!("the constraint CHECK ({condition}) is one of an earlier schema"),
            ),
            OfCheck::Unvalidated { name } => {
                ("unchecked_rows", None, format!("the constraint {name} was not checked for all rows"))
            }
        }
    }

    fn index(&self, change: &OfIndex) -> (&'static str, String) {
        match change {
            OfIndex::Missing { at } => {
                ("missing_index", format!("the index on ({}) is missing", self.indexed(*at)))
            }
            OfIndex::Incomplete { at, name } => {
                ("incomplete_index", format!("the index {name} on ({}) was not completed", self.indexed(*at)))
            }
            OfIndex::Outdated { name, columns } => (
                "outdated_index",
                format!("the index {name} on ({}) is one of an earlier schema", columns.join(", ")),
            ),
        }
    }

    fn indexed(&self, at: usize) -> String {
        let columns = self.table.indexes.get(at).map(Vec::as_slice).unwrap_or_default();
        self.table.names(columns).collect::<Vec<_>>().join(", ")
    }
}

fn column(column: &Column, change: &OfColumn, dialect: Dialect) -> (&'static str, String) {
    match change {
        OfColumn::Missing => {
            ("missing_column", format!("the column ({}) is missing", dialect.type_of(column)))
        }
        OfColumn::Renamed { was } => ("renamed_column", format!("the column still has the name {was}")),
        OfColumn::Type { found, fit } => {
            let expected = dialect.type_of(column);
            let change = match fit {
                Fit::Wider => "wider",
                Fit::Narrower => "narrower",
            };
            ("type", format!("expected the {change} type {expected}, found {found}"))
        }
        OfColumn::Required(is_required) => {
            let text = match is_required {
                true => "rows may have no value, and the schema requires one",
                false => "rows must have a value, and the schema does not require one",
            };
            ("required", text.to_owned())
        }
        OfColumn::Position => {
            ("position", "the column is at another position, by which its values are found".to_owned())
        }
        OfColumn::Description { found } => {
            ("description", described(&dialect.column_comment(&column.description), found))
        }
    }
}

fn storage(table: &Table, change: &OfStorage, dialect: Dialect) -> (&'static str, String) {
    match change {
        OfStorage::Partition { found } => {
            let list = |columns: &[String]| match columns {
                [] => "no partitions".to_owned(),
                columns => format!("partitions by ({})", columns.join(", ")),
            };
            let expected = list(&dialect.partitioned_by(table));
            ("partition", format!("expected {expected}, found {}", list(found)))
        }
        OfStorage::Format { found } => (
            "format",
            format!("expected the format {}, found {}", dialect.format_of(table), or_nothing(found)),
        ),
        OfStorage::Location { found, expected } => {
            ("location", format!("expected the folder {expected}, found {found}"))
        }
        OfStorage::NoLog => (
            "no_log",
            "the rows are in the table itself; expected a log of changes, and a view of the current rows"
                .to_owned(),
        ),
    }
}

fn only_there(foreign: &Foreign) -> (&'static str, Option<String>, String) {
    match foreign {
        Foreign::Column { name, must_be_given } => {
            let needed = if *must_be_given { ", and rows need a value for it" } else { "" };
            ("foreign_column", Some(name.clone()), format!("only the database has this column{needed}"))
        }
        Foreign::Check { name, condition } => {
            let name = if name.is_empty() { String::new() } else { format!("{name} ") };
            let text = format!("only the database has the constraint {name}CHECK ({condition})");
            ("foreign_check", None, text)
        }
        Foreign::Index { name, columns } => (
            "foreign_index",
            None,
            format!("only the database has the index {name} on ({})", columns.join(", ")),
        ),
    }
}

fn described(expected: &str, found: &str) -> String {
    format!("expected the description {}, found {}", or_nothing(expected), or_nothing(found))
}
