//! Copies one day: in one transaction of the target, as a whole or not at all.

use std::collections::HashMap;

use flow_oa_core::{Date, fail_point};
use flow_oa_schema::model::Table;

use super::analysts::There;
use super::raw::Source;
use super::rows::{Pending, each, select_day};
use super::work::{COMMAND, Work};
use super::{CopyJob, DayDone, TableDone};
use crate::day::derive;
use crate::day::ingest::room::forget_freed_rows;
use flow_oa_engine::{Session, Store, Target, Transaction, Unit};
use flow_oa_ledger::history::{self, Changed, Entry, Locking, recorded};
use flow_oa_ledger::rows::{self, raw_rows_of};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};

/// Copies a day, and records the outcome in the history of the target.
pub(super) fn copy(
    from: &mut dyn Store,
    to: &mut dyn Store,
    job: &CopyJob<'_>,
    day: Date,
) -> Result<DayDone> {
    let start = std::time::Instant::now();
    let entry = Entry::new(COMMAND, job.chosen).of_day(day).reads(from.url().to_owned());
    let work = Work { job, day };
    let done = recorded(to, entry, |to, entry| {
        // One snapshot of the source for all tables and the ledger; a process that replaces raw rows of the day waits.
        let raw = job.tables.iter().filter(|table| table.rows.are_raw());
        let read: Vec<_> = raw.map(|table| (table.name.clone(), derive::on(table, day))).collect();
        // It is dropped, and thus rolled back, in any case: nothing is changed in the source.
        let mut from = from.begin(Transaction::Snapshot(&read))?;
        work.replace_day(&mut *from, to, entry)
    });
    let (id, tables) = done?;
    Ok(DayDone { day: day.to_string(), id, tables, seconds: start.elapsed().as_secs_f64() })
}

impl Work<'_> {
    fn replace_day(
        &self,
        from: &mut dyn Session,
        to: &mut dyn Store,
        entry: &mut Entry,
    ) -> Result<(i64, Vec<TableDone>)> {
        let Self { job, day } = *self;
        let raw = job.tables.iter().find(|table| table.rows.are_raw());
        let raw = raw.map(|raw| Source::of(from, job, raw, day)).transpose()?;
        entry.reserve(raw.as_ref().map_or(0, Source::files));
        // A run of the day in the target would write the same tables.
        entry.claim(to, &job.chosen.day(day))?;
        let id = entry.begin(to, Locking::Own(&job.folder))?;
        fail_point!("copy-begun");
        let tables = in_transaction(to, Transaction::Latest, |to| {
            to.lock(&raw_rows_of(&job.chosen.model.name))?;
            let mut replaced = self.remove_days(to)?;
            let mut tables = Vec::new();
            for table in &job.tables {
                job.progress.go_on()?;
                let replaced = replaced.remove(table.name.as_str()).unwrap_or_default();
                tables.push(self.table(from, to, table, replaced, raw.as_ref(), entry)?);
                fail_point!("copy-table");
            }
            self.write_down(to, &tables, entry)?;
            job.progress.go_on()?;
            Ok(tables)
        })?;
        Ok((id, tables))
    }

    /// Removes the day from the tables that runs write. Returns how many rows each had.
    fn remove_days<'t>(&'t self, to: &mut dyn Unit) -> Result<HashMap<&'t str, u64>> {
        let is_replaced = |table: &&&Table| !table.rows.are_raw() && !table.rows.are_analysts();
        let tables: Vec<&Table> = self.job.tables.iter().filter(is_replaced).copied().collect();
        let days: Vec<_> =
            tables.iter().map(|table| (table.name.as_str(), derive::on(table, self.day))).collect();
        let rows = to.remove_all(&days, &self.job.chosen.model.scores_table().name)?;
        Ok(days.iter().map(|(name, _)| *name).zip(rows).collect())
    }

    /// Copies a table's rows of the day, and compares the rows read, the rows stored, and the counts of both databases.
    fn table(
        &self,
        from: &mut dyn Session,
        to: &mut dyn Unit,
        table: &Table,
        replaced: u64,
        raw: Option<&Source<'_>>,
        entry: &mut Entry,
    ) -> Result<TableDone> {
        let start = std::time::Instant::now();
        let (days, name) = (derive::on(table, self.day), &table.name);
        let mut done = TableDone { table: name.clone(), rows: 0, stored: 0, replaced, kept: 0 };
        match raw.filter(|_| table.rows.are_raw()) {
            Some(raw) => self.replace_raw(from, to, (table, raw), &mut done, entry)?,
            None if table.rows.are_analysts() => self.add(from, to, table, &mut done)?,
            None => (done.rows, done.stored) = self.stream(from, to, table, None)?,
        }
        to.settle()?;
        let (in_source, in_target) = (from.count(name, &days)?, to.count(name, &days)?);
        let in_target = in_target + flow_oa_core::failpoints::surplus("copy-rows");
        if in_source != done.rows || in_target != done.kept + done.stored {
            return Err(Error::Internal(format!(
                "copying {name} of {} from {} to {}: {} rows were read of {in_source}, {} were stored beside {} that \
                 were there, and {in_target} are there now",
                self.day,
                from.url(),
                to.url(),
                done.rows,
                done.stored,
                done.kept
            )));
        }
        entry.found.changed.push(Changed {
            table: name.clone(),
            day: self.day.to_string(),
            stored: done.stored,
            removed: done.replaced,
            seconds: Some(start.elapsed().as_secs_f64()),
        });
        Ok(done)
    }

    /// Replaces the raw rows of the day, their entries in the ledger, and the rollups.
    fn replace_raw(
        &self,
        from: &mut dyn Session,
        to: &mut dyn Unit,
        (table, source): (&Table, &Source<'_>),
        done: &mut TableDone,
        entry: &Entry,
    ) -> Result<()> {
        let model = self.job.chosen.model;
        done.replaced = to.replace(&table.name, &derive::on(table, self.day))?;
        rows::forget_day(to, &model.name, self.day)?;
        forget_freed_rows(to, &model.name, table)?;
        (done.rows, done.stored) = source.copy(from, to, self, entry)?;
        fail_point!("copy-raw");
        to.settle()?;
        derive::sum_up_again(to, model, table, &[self.day])
    }

    /// Adds analysts' rows to the rows of the target.
    fn add(
        &self,
        from: &mut dyn Session,
        to: &mut dyn Unit,
        table: &Table,
        done: &mut TableDone,
    ) -> Result<()> {
        let mut there = There::read(to, table, self.job.chosen.table(&table.name)?, self.day)?;
        done.kept = there.count;
        (done.rows, done.stored) = self.stream(from, to, table, Some(&mut there))?;
        Ok(())
    }

    /// Reads the source's rows and loads them, except those that `there` holds. Returns how many were read and stored.
    fn stream(
        &self,
        from: &mut dyn Session,
        to: &mut dyn Unit,
        table: &Table,
        mut there: Option<&mut There<'_>>,
    ) -> Result<(u64, u64)> {
        let compiled = self.job.chosen.table(&table.name)?;
        let (target, target_url) = (Target::of(compiled), to.url().to_owned());
        let (mut waiting, mut read, mut stored) = (Pending::new(table), 0, 0);
        each(from, select_day(table, compiled, self.day), &mut |row| {
            read += 1;
            if let Some(there) = &mut there
                && there.has(row, &target_url)?
            {
                return Ok(());
            }
            waiting.push(compiled, row)?;
            if waiting.is_full()
                && let Some(rows) = waiting.take()
            {
                stored += self.loading(|| Ok(to.load(&target, &rows)?))?;
            }
            Ok(())
        })?;
        waiting.require_possible(self.day, from.url())?;
        if let Some(rows) = waiting.take() {
            stored += self.loading(|| Ok(to.load(&target, &rows)?))?;
        }
        Ok((read, stored))
    }

    fn write_down(&self, to: &mut dyn Unit, tables: &[TableDone], entry: &mut Entry) -> Result<()> {
        let sum = |of: fn(&TableDone) -> u64| tables.iter().map(of).sum::<u64>();
        let (rows, stored) = (sum(|it| it.rows), sum(|it| it.stored));
        entry.found.counts = Some([rows, stored, 0, rows.saturating_sub(stored)]);
        let chosen = self.job.chosen;
        if self.job.tables.iter().any(|it| it.is_written_by_run()) {
            // The hash shows that a copy, and not a run, stored the day.
            let raw_rows = history::raw_rows(to, &chosen.model.name, &self.day.to_string())?;
            entry.found.raw_rows = Some(raw_rows);
        }
        entry.done(to)?;
        fail_point!("copy-done");
        Ok(())
    }
}
