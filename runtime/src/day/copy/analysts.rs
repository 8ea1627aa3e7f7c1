//! Analysts' rows of a day: they are added to the rows of the target, and never replace them. A row that the target has
//! already is not stored a second time, so that a day can be copied again.

use std::collections::{HashMap, HashSet};

use flow_oa_core::{Date, shown};
use flow_oa_schema::model::Table;
use flow_oa_schema::types::Storage;
use sea_query::Value;

use super::rows::{each, select_day};
use flow_oa_engine::Session;
use flow_oa_site::{Error, Result};

/// The rows that the target has of a day.
pub(super) struct There<'a> {
    table: &'a Table,
    /// How many copies of each row exist that were not found in the source so far.
    rows: HashMap<Vec<u8>, u64>,
    /// The values of the keys, if the table has a key.
    names: HashSet<Vec<u8>>,
    /// The positions of the key columns.
    key: Vec<usize>,
    pub(super) count: u64,
}

impl<'a> There<'a> {
    /// Reads the rows of the target.
    pub(super) fn read(
        to: &mut dyn Session,
        table: &'a Table,
        compiled: &flow_oa_core::Table,
        day: Date,
    ) -> Result<Self> {
        let key = table.key.iter().map(|id| id.at()).collect();
        let mut there = Self { table, rows: HashMap::new(), names: HashSet::new(), key, count: 0 };
        each(to, select_day(table, compiled, day), &mut |row| {
            there.count += 1;
            *there.rows.entry(there.whole(row)).or_default() += 1;
            there.names.insert(there.name(row));
            Ok(())
        })?;
        Ok(there)
    }

    /// Whether the target has this row of the source.
    ///
    /// # Errors
    /// If it has a different row with the same key.
    pub(super) fn has(&mut self, row: &[Value], to: &str) -> Result<bool> {
        if self.count == 0 {
            return Ok(false);
        }
        if let Some(left) = self.rows.get_mut(&self.whole(row)).filter(|left| **left > 0) {
            *left -= 1;
            return Ok(true);
        }
        if !self.key.is_empty() && self.names.contains(&self.name(row)) {
            let value = |at: usize| row.get(at).map_or_else(String::new, shown);
            let named = self.key.iter().map(|at| format!("{} {}", self.table.columns[*at].name, value(*at)));
            return Err(Error::BadData(format!(
                "copy: {} of {to} has another row of {}; analysts' rows are never changed, so nothing was: make both \
                 the same, or leave the table out by naming the others with --table",
                self.table.name,
                named.collect::<Vec<_>>().join(", ")
            )));
        }
        Ok(false)
    }

    fn whole(&self, row: &[Value]) -> Vec<u8> {
        bytes(self.table, row, 0..self.table.columns.len())
    }

    fn name(&self, row: &[Value]) -> Vec<u8> {
        bytes(self.table, row, self.key.iter().copied())
    }
}

/// Values as bytes that are equal only if the values are. Numbers of single-precision columns are compared in single
/// precision, since not every engine stores more digits of them.
fn bytes(table: &Table, row: &[Value], places: impl Iterator<Item = usize>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for at in places {
        match row.get(at) {
            Some(Value::BigInt(Some(it))) => {
                bytes.push(1);
                bytes.extend(it.to_le_bytes());
            }
            Some(Value::Double(Some(it))) => {
                let is_single =
                    table.columns.get(at).is_some_and(|column| column.kind.storage() == Storage::Float);
                let it = if is_single { f64::from(*it as f32) } else { *it };
                bytes.push(2);
                bytes.extend((it + 0.0).to_le_bytes());
            }
            Some(Value::String(Some(it))) => {
                bytes.push(3);
                bytes.extend(it.len().to_le_bytes());
                bytes.extend(it.as_bytes());
            }
            _ => bytes.push(0),
        }
    }
    bytes
}
