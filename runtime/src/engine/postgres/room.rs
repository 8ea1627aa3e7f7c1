//! Places for rows: the partitions of a table are found, made where one is missing, emptied and dropped.

use std::rc::Rc;

use flow_oa_core::engine::Result;
use flow_oa_core::{Batch, Cell};
use flow_oa_schema::dialect::postgres::{Copied, DayPartition};
use flow_oa_schema::dialect::{Place, postgres as dialect};
use sea_query::{Value, Values};

use super::partitions::{Bounds, Part, Partitioned};
use super::{Postgres, SPOKEN, is_true, text_at};
use crate::engine::{Days, Engine, Target};

fn part_of(row: &[Value]) -> Option<Part> {
    Some(Part {
        name: text_at(row, 0)?,
        bounds: Bounds::read(&text_at(row, 1)?)?,
        may_truncate: is_true(row, 2),
        is_own: is_true(row, 3),
        may_read: is_true(row, 4),
    })
}

/// Some rows of a batch.
struct Picked<'a> {
    rows: &'a dyn Batch,
    picked: Vec<usize>,
}

impl Batch for Picked<'_> {
    fn len(&self) -> usize {
        self.picked.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        match self.picked.get(index) {
            Some(row) => self.rows.cells(*row, out),
            None => out.clear(),
        }
    }
}

/// The rows of each day, by the values of its columns, where all are whole numbers.
fn by_day(rows: &dyn Batch, places: [usize; 3]) -> Vec<([i64; 3], Vec<usize>)> {
    let (mut found, mut cells): (Vec<([i64; 3], Vec<usize>)>, _) = (Vec::new(), Vec::new());
    for row in 0..rows.len() {
        rows.cells(row, &mut cells);
        let day = places.map(|at| if let Some(Cell::Int(it)) = cells.get(at) { *it } else { i64::MIN });
        // Rows of one day mostly stand together.
        match found.iter_mut().rev().find(|(it, _)| *it == day) {
            Some((_, picked)) => picked.push(row),
            None => found.push((day, vec![row])),
        }
    }
    found
}

impl Postgres {
    /// The partitions of a table; nothing where it has none, or others than by ranges.
    fn partitioned(&mut self, table: &str) -> Result<Option<Rc<Partitioned>>> {
        if let Some(known) = self.tables.get(table) {
            return Ok(known.clone());
        }
        let name = Values(vec![SPOKEN.quoted(table).into()]);
        let keys = self.query(dialect::PARTITION_KEYS, &name)?;
        let keys: Vec<String> = keys.iter().filter_map(|row| text_at(row, 0)).collect();
        let parts = if keys.is_empty() { Vec::new() } else { self.query(dialect::PARTITIONS, &name)? };
        let parts: Option<Vec<Part>> = parts.iter().map(|row| part_of(row)).collect();
        let found = parts.filter(|_| !keys.is_empty()).map(|parts| Rc::new(Partitioned { keys, parts }));
        self.tables.insert(table.to_owned(), found.clone());
        Ok(found)
    }

    /// Copies rows to where they belong: those of a day that has no partition into a new table, which becomes its
    /// partition when the transaction ends.
    pub(super) fn copy_by_day(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        let place = |key: &String| target.columns.iter().position(|it| it == key);
        let parted = self.partitioned(target.table)?;
        let places = parted.as_ref().and_then(|it| it.keys.iter().map(place).collect::<Option<Vec<_>>>());
        let (Some(parted), Some(Ok(places))) = (parted, places.map(<[usize; 3]>::try_from)) else {
            return self.copy(target, Copied::Plainly, rows);
        };
        let mut count = 0;
        for (day, picked) in by_day(rows, places) {
            let rows = Picked { rows, picked };
            count += match parted.has(&day) {
                true => self.copy(target, Copied::Plainly, &rows)?,
                false => self.copy_into_new(target, day, &rows)?,
            };
        }
        Ok(count)
    }

    fn copy_into_new(&mut self, target: &Target<'_>, day: [i64; 3], rows: &dyn Batch) -> Result<u64> {
        let place = self.place();
        let part = DayPartition { table: target.table, day, place: &place };
        if !self.new_parts.iter().any(|(table, it)| table == target.table && *it == day) {
            self.script(&part.create())?;
            self.new_parts.push((target.table.to_owned(), day));
        }
        let name = part.name();
        let into = Target { table: &name, columns: target.columns, insert: target.insert.clone() };
        self.copy(&into, Copied::IntoNew, rows)
    }

    /// Attaches what was made for days that had no partition.
    pub(super) fn attach_new_parts(&mut self) -> Result<()> {
        let place = self.place();
        for (table, day) in std::mem::take(&mut self.new_parts) {
            self.script(&DayPartition { table: &table, day, place: &place }.attach())?;
        }
        Ok(())
    }

    fn place(&self) -> Place {
        Place { database: self.schema.clone(), location_root: None }
    }

    /// The names of the partitions that hold days of tables; of the table, where the role has rights to that alone.
    pub(super) fn parts_of(&mut self, days: &[(String, Days)]) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for (table, days) in days {
            let part = self.partitioned(table)?.and_then(|it| it.of(&it.values(days)?).cloned());
            let name = part.map(|it| if it.may_read { it.name } else { SPOKEN.quoted(table) });
            names.extend(name.filter(|it| !names.contains(it)));
        }
        Ok(names)
    }

    /// Looks at partitions that grew, so that the statements to come are planned for what they hold.
    pub(super) fn look_at(&mut self, parts: &[String]) -> Result<()> {
        for part in parts {
            if self.number(dialect::HAS_GROWN, &Values(vec![part.as_str().into()]))? == 1 {
                self.script(&dialect::analyze(part))?;
            }
        }
        Ok(())
    }

    /// Takes days out of a table by emptying or dropping the partitions that hold them alone, and gives the number
    /// of rows that went; nothing where no partition does.
    pub(super) fn remove_parts(&mut self, table: &str, days: &Days) -> Result<Option<u64>> {
        let Some(parted) = self.partitioned(table)? else { return Ok(None) };
        let Some(values) = parted.values(days) else { return Ok(None) };
        let (parts, remove): (Vec<&Part>, fn(&str) -> String) = match days {
            Days::On(_) => {
                let only = parted.only_of(&values).filter(|it| it.may_truncate && it.may_read);
                (only.into_iter().collect(), dialect::truncate)
            }
            Days::Before(_) => (parted.before(&values).filter(|it| it.is_own).collect(), dialect::drop_table),
        };
        let mut gone = None;
        for part in parts {
            let rows = self.number(&dialect::count(&part.name), &Values(Vec::new()))?;
            self.script(&remove(&part.name))?;
            gone = Some(gone.unwrap_or(0) + rows.unsigned_abs());
        }
        if matches!(days, Days::Before(_)) {
            self.tables.remove(table);
        }
        Ok(gone)
    }
}
