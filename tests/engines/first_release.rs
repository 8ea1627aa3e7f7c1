//! The database of the first release, with the rows of a day.

use flow_oa_schema::types::Storage;

use crate::backend::NULL;
use crate::golden;
use crate::home::{Home, results_of};
use crate::site::{MODEL, Site};

/// The files of a site that a run of the day reads.
const FILES: [&str; 2] = ["flows.csv", "context/iploc.csv"];

/// A site whose database has the tables of the first release, with the rows of `today` in the columns that they had, and
/// the files of `today`.
pub(crate) fn of_the_first_release(today: &Site) -> Site {
    let ddl = golden::tests_folder().join("goldens/ddl/earlier/01");
    let home = Home::bare();
    let database = today.database.of_version(&ddl, &home.path(""));
    let site = Site { home, database };
    for file in FILES.into_iter().chain([results_of(crate::home::DAY).as_str()]) {
        site.home.write(file, today.home.read(file));
    }
    let ddl = std::fs::read_to_string(ddl.join("sqlite.sql")).unwrap();
    for (table, columns) in tables_of(&ddl) {
        copy(today, &site, table, &columns);
    }
    site
}

/// The names of the tables that DDL for SQLite creates, and of their columns, without those of the program.
fn tables_of(ddl: &str) -> Vec<(&str, Vec<&str>)> {
    let quoted = |text: &'_ str| -> Option<(usize, usize)> {
        let begin = text.find('"')? + 1;
        Some((begin, begin + text[begin..].find('"')?))
    };
    let name = |line| quoted(line).map(|(begin, end)| &line[begin..end]);
    let mut tables: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in ddl.lines() {
        if line.starts_with("CREATE TABLE") {
            tables.push((name(line).unwrap(), Vec::new()));
        } else if line.starts_with("  \"") {
            tables.last_mut().unwrap().1.extend(name(line).filter(|column| *column != "flow_oa_id"));
        }
    }
    tables.retain(|(table, _)| !table.starts_with("flow_oa_"));
    tables
}

/// Copies columns of the rows of a table.
fn copy(from: &Site, to: &Site, table: &str, columns: &[&str]) {
    let model = MODEL.tables().find(|found| found.name == table).unwrap();
    let storage = |name: &&str| {
        model.columns.iter().find(|column| column.name == *name).map(|column| column.kind.storage()).unwrap()
    };
    let storages: Vec<Storage> = columns.iter().map(storage).collect();
    let listed = columns.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", ");
    let rows = from.database.rows(&format!("SELECT {listed} FROM {table}"));
    let row = |row: Vec<String>| {
        let values = row.iter().zip(&storages).map(|(value, storage)| literal(value, *storage));
        format!("({})", values.collect::<Vec<_>>().join(", "))
    };
    let rows: Vec<String> = rows.into_iter().map(row).collect();
    if !rows.is_empty() {
        to.database.sql(&format!("INSERT INTO {table} ({}) VALUES {}", columns.join(", "), rows.join(", ")));
    }
}

/// A value as an engine shows it, in SQL.
fn literal(value: &str, storage: Storage) -> String {
    match storage {
        _ if value == NULL => value.to_owned(),
        Storage::Text => format!("'{value}'"),
        Storage::Bit => match value {
            "t" => "true".to_owned(),
            "f" => "false".to_owned(),
            _ => value.to_owned(),
        },
        Storage::Smallint | Storage::Int | Storage::Bigint | Storage::Float | Storage::Double => {
            value.to_owned()
        }
    }
}
