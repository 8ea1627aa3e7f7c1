//! Writes raw rows into the database, numbered so that the rows of one ingest can be found again. The table assigns the
//! numbers, or this module does.

use flow_oa_core::{Batch, Cell, Table};
use flow_oa_schema::dialect::RowNumbers;
use flow_oa_schema::ledger::ROW_ID;
use sea_query::{Alias, IntoIden, Query};

use flow_oa_engine::{Session, Target, Unit};
use flow_oa_ledger::rows::last_row;
use flow_oa_site::{Error, Result};

/// The low bits of an assigned number that count the rows of one ingest; the bits above are the ingest's number.
const ROW_BITS: u32 = 32;

/// Writes the raw rows of one ingest.
pub(crate) struct Writer {
    table: &'static Table,
    /// The columns, including that of the number if this module assigns it.
    columns: Vec<&'static str>,
    numbers: RowNumbers,
    /// The number of the first row, if rows are numbered.
    first: i64,
    /// The number of the next row, if this module assigns it.
    next: i64,
}

impl Writer {
    /// A writer for the ingest of that number.
    ///
    /// # Errors
    /// If the database cannot tell the last row number.
    pub(crate) fn new(session: &mut dyn Session, table: &'static Table, ingest: i64) -> Result<Self> {
        let numbers = session.dialect().capabilities().row_numbers;
        let first = match numbers {
            RowNumbers::Counted => last_row(session, table.name)? + 1,
            RowNumbers::Given => ingest.checked_shl(ROW_BITS).unwrap_or_default(),
            RowNumbers::None => 0,
        };
        let own = (numbers == RowNumbers::Given).then_some(ROW_ID);
        let columns = table.columns.iter().copied().chain(own).collect();
        Ok(Self { table, columns, numbers, first, next: first })
    }

    /// Writes rows, and returns their count.
    pub(crate) fn write(&mut self, unit: &mut dyn Unit, rows: Box<dyn Batch>) -> Result<u64> {
        if self.numbers != RowNumbers::Given {
            return Ok(unit.load(&Target::of(self.table), &*rows)?);
        }
        let names = self.columns.iter().map(|column| Alias::new(*column).into_iden());
        let insert = Query::insert().into_table(Alias::new(self.table.name)).columns(names).to_owned();
        let target = Target { table: self.table.name, columns: &self.columns, insert };
        let count = unit.load(&target, &Numbered { rows, first: self.next })?;
        self.next = self.next.saturating_add_unsigned(count);
        Ok(count)
    }

    /// The numbers of the first and the last row, if rows are numbered; `stored` is the number of rows.
    ///
    /// # Errors
    /// If there are not as many numbers as rows.
    pub(crate) fn rows(&self, session: &mut dyn Session, stored: u64) -> Result<Option<(i64, i64)>> {
        let last = match self.numbers {
            RowNumbers::Counted => last_row(session, self.table.name)?,
            RowNumbers::Given => self.next - 1,
            RowNumbers::None => return Ok(None),
        };
        if last + 1 - self.first != i64::try_from(stored).unwrap_or(i64::MAX) {
            let first = self.first;
            return Err(Error::Internal(format!(
                "{stored} rows were written, but rows {first} to {last} are there"
            )));
        }
        Ok(Some((self.first, last)))
    }
}

/// Rows with their number appended to each.
struct Numbered {
    rows: Box<dyn Batch>,
    first: i64,
}

impl Batch for Numbered {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        self.rows.cells(index, out);
        out.push(Cell::Int(self.first.saturating_add_unsigned(index as u64)));
    }
}
