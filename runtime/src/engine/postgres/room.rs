//! Places for rows: the partitions of a table are found, made where one is missing, emptied and dropped.

use flow_oa_core::engine::Result;
use flow_oa_core::{Batch, Cell};
use flow_oa_schema::dialect::{Place, postgres as dialect};
use sea_query::{Value, Values};

use super::partitions::{Bounds, Part, Partitioned};
use super::{Postgres, SPOKEN, fault, is_true, text_at};
use crate::engine::{Days, Engine, Target};

fn part_of(row: &[Value]) -> Option<Part> {
    Some(Part {
        name: text_at(row, 0)?,
        bounds: Bounds::read(&text_at(row, 1)?)?,
        may_truncate: is_true(row, 2),
        is_own: is_true(row, 3),
    })
}

/// The distinct values of some columns of all rows, where they are whole numbers.
fn distinct(rows: &dyn Batch, places: &[usize]) -> Vec<Vec<i64>> {
    let (mut found, mut cells): (Vec<Vec<i64>>, _) = (Vec::new(), Vec::new());
    let number = |cells: &[Cell<'_>], at: usize| match cells.get(at) {
        Some(Cell::Int(it)) => Some(*it),
        _ => None,
    };
    for row in 0..rows.len() {
        rows.cells(row, &mut cells);
        let is_as = |it: &Vec<i64>| it.iter().zip(places).all(|(it, at)| number(&cells, *at) == Some(*it));
        // Rows of one day stand together.
        if found.last().is_some_and(is_as) || found.iter().any(is_as) {
            continue;
        }
        found.extend(places.iter().map(|at| number(&cells, *at)).collect::<Option<Vec<_>>>());
    }
    found
}

impl Postgres {
    /// The partitions of a table; nothing where it has none, or others than by ranges.
    fn partitioned(&mut self, table: &str) -> Result<Option<Partitioned>> {
        if let Some(known) = self.tables.get(table) {
            return Ok(known.clone());
        }
        let name = Values(vec![SPOKEN.quoted(table).into()]);
        let keys = self.query(dialect::PARTITION_KEYS, &name)?;
        let keys: Vec<String> = keys.iter().filter_map(|row| text_at(row, 0)).collect();
        let parts = if keys.is_empty() { Vec::new() } else { self.query(dialect::PARTITIONS, &name)? };
        let parts: Option<Vec<Part>> = parts.iter().map(|row| part_of(row)).collect();
        let found = parts.filter(|_| !keys.is_empty()).map(|parts| Partitioned { keys, parts });
        self.tables.insert(table.to_owned(), found.clone());
        Ok(found)
    }

    /// Sees to it that there is a place for all rows.
    pub(super) fn make_room(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<()> {
        let Some(table) = self.partitioned(target.table)? else { return Ok(()) };
        let place = |key: &String| target.columns.iter().position(|it| it == key);
        let Some(places) = table.keys.iter().map(place).collect::<Option<Vec<_>>>() else { return Ok(()) };
        for day in distinct(rows, &places) {
            if let [year, month, date] = day[..]
                && !table.has(&day)
            {
                self.make_partition(target.table, [year, month, date])?;
            }
        }
        Ok(())
    }

    /// Makes the partition of a day, unless somebody else has done so meanwhile.
    fn make_partition(&mut self, table: &str, day: [i64; 3]) -> Result<()> {
        self.tables.remove(table);
        let place = Place { database: self.schema.clone(), location_root: None };
        let sql = dialect::partition(table, day, &place);
        let made = self.place.connect().and_then(|mut second| {
            second.batch_execute(&self.session())?;
            second.batch_execute(&format!("BEGIN;\n{sql}\nCOMMIT;"))
        });
        match made {
            Ok(()) => Ok(()),
            Err(_) if self.partitioned(table)?.is_some_and(|it| it.has(&day)) => Ok(()),
            Err(error) => Err(fault::of_statement(&self.url, &sql, &error)),
        }
    }

    /// The names of the partitions that hold days of tables.
    pub(super) fn parts_of(&mut self, days: &[(String, Days)]) -> Result<Vec<String>> {
        let mut names = Vec::new();
        for (table, days) in days {
            let part = self.partitioned(table)?.and_then(|it| it.of(&it.values(days)?).cloned());
            names.extend(part.map(|it| it.name).filter(|it| !names.contains(it)));
        }
        Ok(names)
    }

    /// Takes days out of a table by emptying or dropping the partitions that hold them alone, and gives the number
    /// of rows that went; nothing where no partition does.
    pub(super) fn remove_parts(&mut self, table: &str, days: &Days) -> Result<Option<u64>> {
        let Some(parted) = self.partitioned(table)? else { return Ok(None) };
        let Some(values) = parted.values(days) else { return Ok(None) };
        let (parts, remove): (Vec<&Part>, fn(&str) -> String) = match days {
            Days::On(_) => {
                let only = parted.only_of(&values).filter(|it| it.may_truncate);
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
