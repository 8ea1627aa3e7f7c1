//! Backups of what analysts wrote of a day: how they are written, and how they are checked against the tables, the day
//! and their own checksum before any of it is stored.

use std::collections::HashMap;
use std::path::Path;

use flow_oa_core::Date;
use flow_oa_schema::answer::Datum;
use flow_oa_schema::model::{Column, ColumnId, Table};
use flow_oa_schema::types::ColumnType;
use serde::{Deserialize, Serialize};

use super::Held;
use crate::cells::{data, place_of};
use crate::query::field;
use crate::{storable, storyboard};
use flow_oa_engine::Session;
use flow_oa_files::atomic::write_whole;
use flow_oa_runtime::day::derive;
use flow_oa_site::{Error, Result};

/// A row of an analysts' table.
pub(super) type Row = Vec<Option<Datum>>;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Backup {
    /// The hash of the file without this line. Backups of earlier versions have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) checksum: Option<String>,
    pub(super) pipeline: String,
    /// The day, `YYYY-MM-DD`.
    pub(super) day: String,
    /// When it was written, UTC.
    pub(super) written: String,
    pub(super) tables: Vec<Kept>,
    /// The files of storyboards in the folder of the day.
    pub(super) files: Vec<storyboard::Kept>,
    /// The content of the feedback file. It follows from the scores, unless another program wrote it.
    #[serde(default)]
    pub(super) feedback: Option<String>,
}

/// The rows of a table in a backup.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Kept {
    pub(super) table: String,
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<Row>,
}

/// The start of the checksum's line. Inside a text of the backup, the quotes would be escaped.
const CHECKSUM: &str = "  \"checksum\": \"";

impl Backup {
    /// The number of rows of each table.
    pub(super) fn held(&self) -> Vec<Held> {
        let held = |kept: &Kept| Held { table: kept.table.clone(), rows: kept.rows.len() as u64 };
        self.tables.iter().map(held).collect()
    }

    /// Writes the backup, with its checksum.
    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self).map_err(|error| Error::Internal(error.to_string()))?;
        Ok(write_whole(path, |out| out.write_all(sealed(&format!("{text}\n")).as_bytes()))?)
    }

    /// Refuses a backup that was changed after it was written; `text` is the content of its file.
    pub(super) fn require_unchanged(&self, text: &str) -> std::result::Result<(), String> {
        let Some(checksum) = &self.checksum else { return Ok(()) };
        let parts = text.split_once(CHECKSUM);
        let parts = parts.and_then(|(before, rest)| Some((before, rest.split_once('\n')?.1)));
        match parts.map(|(before, after)| hash(&[before, after])) {
            Some(found) if found == *checksum => Ok(()),
            _ => Err("its content does not match its checksum, so it was changed after it was written. Restore an unchanged copy, or, to \
                      restore this one as it is, remove the line \"checksum\" from it"
                .to_owned()),
        }
    }
}

/// A backup with its checksum on the second line.
fn sealed(text: &str) -> String {
    text.replacen("{\n", &format!("{{\n{CHECKSUM}{}\",\n", hash(&[text])), 1)
}

fn hash(parts: &[&str]) -> String {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(part.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// The rows of a day.
pub(super) fn read(session: &mut dyn Session, table: &Table, day: Date) -> Result<Kept> {
    let select = derive::of_day(table, day, table.columns.iter().map(|column| column.name.as_str()));
    let rows = session.select(select)?.iter().map(|row| data(table, row)).collect();
    let columns = table.columns.iter().map(|it| it.name.clone()).collect();
    Ok(Kept { table: table.name.clone(), columns, rows })
}

impl Kept {
    /// The rows in the order of the table's columns; a column that was added since has no value.
    ///
    /// # Errors
    /// The reason, if a row does not fit the table, is of another day, or has the key of another row.
    pub(super) fn fitted(&self, table: &Table, day: Date) -> std::result::Result<Vec<Row>, String> {
        if let Some(other) = self.columns.iter().find(|column| table.column(column).is_none()) {
            return Err(format!("{} has no column {other:?}", table.name));
        }
        if let Some(absent) =
            table.names(&table.key).find(|name| !self.columns.iter().any(|column| column == name))
        {
            return Err(format!("its rows of {} have no {absent}, which is part of the key", table.name));
        }
        let place = |column: &Column| self.columns.iter().position(|name| *name == column.name);
        let places: Vec<Option<usize>> = table.columns.iter().map(place).collect();
        let mut rows = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            if row.len() != self.columns.len() {
                return Err(format!(
                    "row {number} of {} has {} of {} values",
                    table.name,
                    row.len(),
                    self.columns.len()
                ));
            }
            let row: Row = places.iter().map(|at| at.and_then(|at| row[at].clone())).collect();
            for (id, value) in table.ids().zip(&row) {
                require_fit(table, id, value)
                    .map_err(|fault| format!("row {number} of {}: {fault}", table.name))?;
            }
            rows.push(row);
        }
        require_day(table, &rows, day)?;
        require_distinct(table, &rows)?;
        Ok(rows)
    }
}

/// Checks whether a column can hold a value.
fn require_fit(table: &Table, id: ColumnId, value: &Option<Datum>) -> std::result::Result<(), String> {
    let column = &table[id];
    let fits = match value {
        None => !table.requires(id),
        Some(Datum::Truth(_)) => column.kind == ColumnType::Bit,
        Some(Datum::Whole(it)) => {
            !column.kind.is_text() && column.range.is_none_or(|range| range.has_whole(*it))
        }
        Some(Datum::Real(it)) => {
            column.kind.storage().is_real() && column.range.is_none_or(|range| range.has_real(*it))
        }
        Some(Datum::Text(text)) => match storable::fault_of(text) {
            Some(fault) => return Err(format!("{} {fault}", column.name)),
            None => column.kind.is_text(),
        },
    };
    let range = column.range.map(|range| format!(" (expected {range})")).unwrap_or_default();
    if fits { Ok(()) } else { Err(format!("{} cannot hold its value{range}", column.name)) }
}

/// Refuses rows of another day than the backup's.
fn require_day(table: &Table, rows: &[Row], day: Date) -> std::result::Result<(), String> {
    let days = derive::on(table, day);
    let is_of_day = |row: &Row| {
        let is = |(name, value): &(String, i64)| *of(table, row, name) == Some(Datum::Whole(*value));
        days.values().iter().all(is)
    };
    let others: Vec<usize> = (0..rows.len()).filter(|at| !is_of_day(&rows[*at])).collect();
    let Some(first) = others.first() else { return Ok(()) };
    let found = days.values().iter().map(|(name, _)| field(of(table, &rows[*first], name)));
    Err(format!(
        "{} of its {} rows of {} are not of {day}, the day of the backup: row {first} is of {}",
        others.len(),
        rows.len(),
        table.name,
        found.collect::<Vec<_>>().join("-"),
    ))
}

/// The value of a column.
fn of<'a>(table: &Table, row: &'a Row, column: &str) -> &'a Option<Datum> {
    place_of(table, column).and_then(|at| row.get(at)).unwrap_or(&None)
}

/// Refuses two rows with the same key.
fn require_distinct(table: &Table, rows: &[Row]) -> std::result::Result<(), String> {
    if table.key.is_empty() {
        return Ok(());
    }
    let mut seen = HashMap::new();
    for (number, row) in rows.iter().enumerate() {
        if let Some(first) = seen.insert(named(table, row), number) {
            return Err(format!("rows {first} and {number} of {} have the same key", table.name));
        }
    }
    Ok(())
}

/// A string that identifies a row: from its key, or from all columns if the table has no key.
pub(super) fn named(table: &Table, row: &Row) -> String {
    let is_named = |id: &ColumnId| table.key.is_empty() || table.key.contains(id);
    let values = table.ids().filter(is_named).map(|id| match row.get(id.at()).and_then(Option::as_ref) {
        None => String::new(),
        Some(Datum::Truth(truth)) => format!("b{truth}"),
        Some(Datum::Whole(number)) => format!("i{number}"),
        Some(Datum::Real(number)) => format!("f{:x}", number.to_bits()),
        Some(Datum::Text(text)) => format!("t{}:{text}", text.len()),
    });
    values.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_that_was_changed_is_refused_and_one_without_a_checksum_is_not() {
        let backup = Backup {
            checksum: None,
            pipeline: "flow".into(),
            day: "2016-07-08".into(),
            written: "now".into(),
            tables: Vec::new(),
            files: vec![storyboard::Kept { name: "a".into(), text: "  \"checksum\": \"x\",\n".into() }],
            feedback: None,
        };
        let text = format!("{}\n", serde_json::to_string_pretty(&backup).unwrap());
        let sealed = sealed(&text);
        let fault =
            |text: &str| serde_json::from_str::<Backup>(text).unwrap().require_unchanged(text).is_err();
        assert!(!fault(&text) && !fault(&sealed));
        assert!(fault(&sealed.replace("now", "then")));
        assert!(fault(&sealed.replacen("\"checksum\": \"", "\"checksum\": \"0", 1)));
        assert!(fault(&sealed.replace('\n', " ")));
    }
}
