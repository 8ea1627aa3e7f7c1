//! The partitions of a table: they are looked up, created if they are missing, truncated and dropped.

use flow_oa_core::{Batch, Cell, fail_point};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::day_partition::{DayPartition, Replaced};
use crate::sql::{self, Copied};
use flow_oa_engine::{Days, EngineError, Result, Target};
use flow_oa_schema::dialect::Place;
use sea_query::{Value, Values};

use super::partitions::{Bounds, Part, Partitioned};
use super::{Postgres, SPOKEN, is_true, text_at};

fn part_of(row: &[Value]) -> Option<Part> {
    let name = text_at(row, 0)?;
    let replaceable =
        || Some(Replaced { name: name.clone(), own_name: text_at(row, 5)?, bounds: text_at(row, 6)? });
    Some(Part {
        replaceable: replaceable(),
        bounds: Bounds::read(&text_at(row, 1)?)?,
        may_truncate: is_true(row, 2),
        is_own: is_true(row, 3),
        may_read: is_true(row, 4),
        name,
    })
}

/// A table that was created in this transaction for a day and is not attached yet.
pub(super) struct NewPart {
    table: String,
    day: [i64; 3],
    /// The existing partition of the day.
    replaces: Option<Replaced>,
}

impl NewPart {
    fn is_of(&self, table: &str, day: [i64; 3]) -> bool {
        self.table == table && self.day == day
    }

    fn described<'a>(&'a self, place: &'a Place) -> DayPartition<'a> {
        DayPartition { table: &self.table, day: self.day, place, replaces: self.replaces.as_ref() }
    }
}

/// The pause between two attempts to lock a table, in which other sessions can take the lock.
const BETWEEN: Duration = Duration::from_millis(50);

/// Selected rows of a batch.
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

/// The rows of each day, by the values of its columns. A value that is not an integer counts as `i64::MIN`.
fn by_day(rows: &dyn Batch, places: [usize; 3]) -> Vec<([i64; 3], Vec<usize>)> {
    let (mut found, mut cells): (Vec<([i64; 3], Vec<usize>)>, _) = (Vec::new(), Vec::new());
    for row in 0..rows.len() {
        rows.cells(row, &mut cells);
        let day = places.map(|at| if let Some(Cell::Int(it)) = cells.get(at) { *it } else { i64::MIN });
        // Rows of the same day are mostly adjacent.
        match found.iter_mut().rev().find(|(known, _)| *known == day) {
            Some((_, picked)) => picked.push(row),
            None => found.push((day, vec![row])),
        }
    }
    found
}

impl Postgres {
    /// The partitions of a table. `None` if it is not partitioned by ranges of integers.
    fn partitioned(&mut self, table: &str) -> Result<Option<Rc<Partitioned>>> {
        if let Some(known) = self.tables.get(table) {
            return Ok(known.clone());
        }
        let name = Values(vec![SPOKEN.quoted(table).into()]);
        let keys = self.query(sql::PARTITION_KEYS, &name)?;
        let keys: Vec<String> = keys.iter().filter_map(|row| text_at(row, 0)).collect();
        let parts = if keys.is_empty() { Vec::new() } else { self.query(sql::PARTITIONS, &name)? };
        let parts: Option<Vec<Part>> = parts.iter().map(|row| part_of(row)).collect();
        let found = parts.filter(|_| !keys.is_empty()).map(|parts| Rc::new(Partitioned { keys, parts }));
        self.tables.insert(table.to_owned(), found.clone());
        Ok(found)
    }

    /// Copies rows into the partitions of their days. Rows of a day without a partition go into a new table, which
    /// becomes the partition at the end of the transaction.
    pub(super) fn copy_by_day(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        let place = |key: &String| target.columns.iter().position(|column| column == key);
        let parted = self.partitioned(target.table)?;
        let places =
            parted.as_ref().and_then(|parted| parted.keys.iter().map(place).collect::<Option<Vec<_>>>());
        let (Some(parted), Some(Ok(places))) = (parted, places.map(<[usize; 3]>::try_from)) else {
            return self.copy(target, Copied::Plainly, rows);
        };
        let mut count = 0;
        for (day, picked) in by_day(rows, places) {
            let rows = Picked { rows, picked };
            count += match self.new_part_of(target.table, day, &parted)? {
                None => self.copy(target, Copied::Plainly, &rows)?,
                Some(name) => {
                    let into =
                        Target { table: &name, columns: target.columns, insert: target.insert.clone() };
                    self.copy(&into, Copied::IntoNew, &rows)?
                }
            };
        }
        Ok(count)
    }

    /// The name of the new table for a day, which is created if no partition accepts the day. `None` if a partition
    /// does.
    fn new_part_of(&mut self, table: &str, day: [i64; 3], parted: &Partitioned) -> Result<Option<String>> {
        let place = self.link.about().place.clone();
        if let Some(new) = self.new_parts.iter().find(|new_part| new_part.is_of(table, day)) {
            return Ok(Some(new.described(&place).name()));
        }
        if parted.has(&day) {
            return Ok(None);
        }
        let new = NewPart { table: table.to_owned(), day, replaces: None };
        self.script(&new.described(&place).create())?;
        let name = new.described(&place).name();
        self.new_parts.push(new);
        Ok(Some(name))
    }

    /// Creates a table that will replace the partition of a day, and returns the number of rows that are removed by
    /// that. `None` if the partition cannot be replaced. Readers see the old rows until the end of the transaction.
    pub(super) fn replace_part(&mut self, table: &str, days: &Days) -> Result<Option<u64>> {
        let Some(parted) = self.partitioned(table)? else { return Ok(None) };
        let day = parted.values(days).filter(|_| matches!(days, Days::On(_)));
        let Some(day) = day.and_then(|day| <[i64; 3]>::try_from(day).ok()) else { return Ok(None) };
        let Some(replaced) = parted.only_of(&day).and_then(|it| it.replaceable.as_ref()) else {
            return Ok(None);
        };
        let (place, none) = (self.link.about().place.clone(), Values(Vec::new()));
        let new = NewPart { table: table.to_owned(), day, replaces: Some(replaced.clone()) };
        let part = new.described(&place);
        self.script(&part.create())?;
        if self.number(&part.is_like(replaced), &none)? != 1 {
            self.script(&part.discard())?;
            return Ok(None);
        }
        let rows = self.number(&sql::count(&replaced.name), &none)?;
        self.new_parts.push(new);
        Ok(Some(rows.unsigned_abs()))
    }

    /// Attaches the new tables as the partitions of their days.
    pub(super) fn attach_new_parts(&mut self) -> Result<()> {
        let place = self.link.about().place.clone();
        for new in std::mem::take(&mut self.new_parts) {
            let part = new.described(&place);
            match &new.replaces {
                None => self.script(&part.attach())?,
                Some(replaced) => self.swap(&part, replaced)?,
            }
            fail_point!("postgres-attached");
        }
        Ok(())
    }

    /// Swaps a new table with an existing partition. Everything that takes time happens before the lock. The swap needs
    /// a lock on the whole table; if readers leave no moment for it, the rows are copied into the existing partition.
    fn swap(&mut self, part: &DayPartition<'_>, replaced: &Replaced) -> Result<()> {
        for index in self.query(&part.indexes(), &Values(Vec::new()))? {
            if let Some(index) = text_at(&index, 0) {
                self.script(&index)?;
            }
        }
        fail_point!("postgres-indexed");
        let is_held = self.hold(&part.held(replaced))?;
        fail_point!("postgres-held");
        self.script(&if is_held { part.swap(replaced) } else { part.pour(replaced) })
    }

    /// Tries to lock tables exclusively until the patience is used up, and returns whether that succeeded.
    fn hold(&mut self, tables: &[String]) -> Result<bool> {
        let start = Instant::now();
        loop {
            match self.script(&sql::hold(tables, self.patience)) {
                Ok(()) => return Ok(true),
                Err(EngineError::Locked { .. }) => self.script(sql::LET_BE)?,
                Err(error) => return Err(error),
            }
            self.link.connection().is_sound_again();
            if start.elapsed() > self.patience {
                return Ok(false);
            }
            std::thread::sleep(BETWEEN);
        }
    }

    /// The names of the partitions that hold these days. If the role may read only the table, the name of the table.
    pub(super) fn parts_of(&mut self, days: &[(String, Days)]) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for (table, days) in days {
            let part = self.partitioned(table)?.and_then(|parted| parted.of(&parted.values(days)?).cloned());
            let name = part.map(|part| if part.may_read { part.name } else { SPOKEN.quoted(table) });
            names.extend(name.filter(|name| !names.contains(name)));
        }
        Ok(names)
    }

    /// Analyses partitions that grew, so that the following statements are planned for their current content.
    pub(super) fn look_at(&mut self, parts: &[String]) -> Result<()> {
        for part in parts {
            if self.number(sql::HAS_GROWN, &Values(vec![part.as_str().into()]))? == 1 {
                self.script(&sql::analyze(part))?;
            }
        }
        Ok(())
    }

    /// Removes days by truncating or dropping the partitions that hold only these days, and returns the number of
    /// removed rows. `None` if there are no such partitions.
    pub(super) fn remove_parts(&mut self, table: &str, days: &Days) -> Result<Option<u64>> {
        let Some(parted) = self.partitioned(table)? else { return Ok(None) };
        let Some(values) = parted.values(days) else { return Ok(None) };
        let (parts, remove): (Vec<&Part>, fn(&str) -> String) = match days {
            Days::On(_) => {
                let only = parted.only_of(&values).filter(|part| part.may_truncate && part.may_read);
                (only.into_iter().collect(), sql::truncate)
            }
            Days::Before(_) => (parted.before(&values).filter(|it| it.is_own).collect(), sql::drop_table),
        };
        let mut gone = None;
        for part in parts {
            let rows = self.number(&sql::count(&part.name), &Values(Vec::new()))?;
            self.script(&remove(&part.name))?;
            gone = Some(gone.unwrap_or(0) + rows.unsigned_abs());
        }
        if matches!(days, Days::Before(_)) {
            self.tables.remove(table);
        }
        Ok(gone)
    }
}
