//! The scores as a CSV file in the day's folder, for users and programs that do not read the database.

use std::io::Write;
use std::path::Path;

use flow_oa_core::Batch;
use flow_oa_schema::model::Table;

use flow_oa_files::regular;

/// Writes a header and every row of the scores table, without the partition columns.
pub(crate) fn write(table: &Table, rows: &dyn Batch, out: &mut dyn Write) -> std::io::Result<()> {
    let own = table.own_columns();
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(own.iter().map(|it| &it.name))?;
    let mut cells = Vec::new();
    for row in 0..rows.len() {
        rows.cells(row, &mut cells);
        csv.write_record(cells.iter().take(own.len()).map(|cell| cell.to_text().to_string()))?;
    }
    csv.flush()
}

/// The hash of what [`write()`] writes, in hexadecimal.
pub(crate) fn hash(table: &Table, rows: &dyn Batch) -> String {
    let mut hash = blake3::Hasher::new();
    // Writing to a hash never fails.
    let _ = write(table, rows, &mut hash);
    hash.finalize().to_hex().to_string()
}

/// The hash of a file, in hexadecimal; `None` if it cannot be read.
pub(crate) fn hash_of_file(path: &Path) -> Option<String> {
    let mut hash = blake3::Hasher::new();
    hash.update_reader(regular::open(path).ok()?).ok()?;
    Some(hash.finalize().to_hex().to_string())
}
