//! Raw rows and results: no record is lost, and engines can store every accepted value.

use std::sync::OnceLock;

use flow_oa_core::{Date, Zone, address};
use flow_oa_schema::model::{Column, Table};
use flow_oa_schema::types::{ColumnType, Storage};
use flow_oa_site::deployment::{Chosen, Deployment};

use super::trial::{self, Came};
use super::{Pieces, is_packed, lines, reads_the_same, whole};

fn chosen() -> Chosen<'static> {
    static DEPLOYMENT: OnceLock<Deployment> = OnceLock::new();
    let read = || Deployment::new(&flow_oa_generated::SCHEMA).expect("the embedded schema is good");
    DEPLOYMENT.get_or_init(read).choose(None).expect("one pipeline")
}

/// A text of one raw format.
pub(crate) fn raw(format: &str, text: &[u8]) {
    for format in [Some(format), None] {
        let read = trial::raw(chosen(), format, whole(text)).map_err(|it| it.to_string());
        let pieces = trial::raw(chosen(), format, Pieces::of(text)).map_err(|it| it.to_string());
        reads_the_same(text, &read, &pieces);
        let table = chosen().model.raw_table().expect("there are raw rows");
        came(&read, table, text);
    }
}

/// A results file.
pub(crate) fn results(text: &[u8]) {
    let day = Date::constant(2016, 7, 8);
    let read = |limit| trial::results(chosen(), whole(text), limit, day).map_err(|it| it.to_string());
    let all = read(u64::MAX);
    let pieces = trial::results(chosen(), Pieces::of(text), u64::MAX, day).map_err(|it| it.to_string());
    reads_the_same(text, &all, &pieces);
    came(&all, chosen().model.scores_table(), text);
    let Ok(all) = all else { return };
    let rank = chosen()
        .model
        .scores_table()
        .columns
        .iter()
        .position(|column| column.name == "rank")
        .expect("a rank");
    let ranks: Vec<u64> = all.rows.iter().map(|row| row[rank].parse().expect("a number")).collect();
    assert!(ranks.is_sorted_by(|a, b| a < b), "{ranks:?}");
    assert!(ranks.iter().all(|rank| *rank < all.read - all.skipped), "{ranks:?} of {}", all.read);
    if let Ok(first) = read(1) {
        assert_eq!(first.rows, all.rows[..first.rows.len()], "a limit takes the first");
    }
}

/// Checks the rows that were read from a text, or the error.
fn came(read: &Result<Came, String>, table: &Table, text: &[u8]) {
    let came = match read {
        Ok(came) => came,
        Err(error) => return assert!(!error.is_empty() && !error.contains("internal fault"), "{error}"),
    };
    let stored = came.rows.len() as u64;
    assert_eq!(came.read, stored + came.rejected + came.skipped, "{came:?}");
    assert_eq!(came.days.iter().map(|(_, rows)| rows).sum::<u64>(), stored, "{came:?}");
    // Several entries of a list in JSON may stand on one line.
    assert!(came.rejected_lines.is_sorted(), "{came:?}");
    if !is_packed(text) {
        assert!(came.rejected_lines.last().is_none_or(|line| (1..=lines(text)).contains(line)), "{came:?}");
    }
    for row in &came.rows {
        assert_eq!(row.len(), table.columns.len());
        for (value, column) in row.iter().zip(&table.columns) {
            assert!(is_stored_so(column, value), "{}: {value:?}", column.name);
        }
    }
}

/// Whether a value is in the one format in which its type is stored, and within its range.
fn is_stored_so(column: &Column, value: &str) -> bool {
    let has_whole = |number: i64| column.range.is_none_or(|range| range.has_whole(number));
    let has_real =
        |number: f64| number.is_finite() && column.range.is_none_or(|range| range.has_real(number));
    match column.kind.storage() {
        Storage::Text if column.kind == ColumnType::Time => {
            Zone::utc().read(value).is_some_and(|moment| moment.text() == value)
        }
        Storage::Text if column.kind == ColumnType::Address => {
            address::parse(value).is_some_and(|ip| ip.to_string() == value)
        }
        Storage::Text => !value.contains('\0'),
        Storage::Smallint => value.parse::<i16>().is_ok_and(|number| has_whole(number.into())),
        Storage::Int => value.parse::<i32>().is_ok_and(|number| has_whole(number.into())),
        Storage::Bigint => value.parse::<i64>().is_ok_and(has_whole),
        Storage::Float | Storage::Double => value.parse::<f64>().is_ok_and(has_real),
        Storage::Bit => value.is_empty() || value == "0" || value == "1",
    }
}
