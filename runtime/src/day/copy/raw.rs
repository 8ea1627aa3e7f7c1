//! Copies raw rows of a day together with their entries in the ledger, which state the file that each row came from. So
//! the target, too, can replace a file, or refuse to ingest it a second time.
//!
//! Rows are read in the order of their numbers, if they have numbers. The rows of one file are a range of numbers in
//! both databases, whether the table assigns the numbers or the ingest does.

use flow_oa_core::{Date, Table as Compiled};
use flow_oa_schema::dialect::RowNumbers;
use flow_oa_schema::ledger::ROW_ID;
use flow_oa_schema::model::Table;
use sea_query::{Alias, Expr, ExprTrait, Order, SelectStatement, Value};

use super::CopyJob;
use super::rows::{Pending, each, select, select_day};
use super::work::{COMMAND, Work};
use crate::day::derive;
use crate::day::ingest::writer::Writer;
use flow_oa_core::value::whole;
use flow_oa_engine::{Session, Unit};
use flow_oa_ledger::history::{Changed, Entry};
use flow_oa_ledger::rows::{self, Given};
use flow_oa_site::Result;

/// The raw rows of a day of the source.
pub(super) struct Source<'a> {
    table: &'a Table,
    compiled: &'static Compiled,
    day: Date,
    numbers: RowNumbers,
    /// The files that they came from, in the order of their rows; files whose rows are not numbered are skipped.
    files: Vec<Given>,
}

/// Rows of one file, or of no known file, in the target.
struct Piece {
    /// The position of the file in `files`, if it is known.
    file: Option<usize>,
    stored: u64,
    rows: Option<(i64, i64)>,
}

impl<'a> Source<'a> {
    /// Reads the ledger of the source.
    pub(super) fn of(from: &mut dyn Session, job: &CopyJob<'_>, table: &'a Table, day: Date) -> Result<Self> {
        let numbers = from.dialect().capabilities().row_numbers;
        let mut files = Vec::new();
        if numbers != RowNumbers::None {
            files = rows::given_to_day(from, &job.chosen.model.name, day)?;
            files.retain(|file| file.rows.is_some_and(|(first, last)| first <= last));
            files.sort_by_key(|it| it.rows);
        }
        Ok(Self { table, compiled: job.chosen.table(&table.name)?, day, numbers, files })
    }

    /// The number of history entries that the files need in the target.
    pub(super) fn files(&self) -> usize {
        self.files.len()
    }

    /// Copies the rows, and returns how many were read and stored.
    pub(super) fn copy(
        &self,
        from: &mut dyn Session,
        to: &mut dyn Unit,
        work: &Work<'_>,
        entry: &Entry,
    ) -> Result<(u64, u64)> {
        let of_day = from.count(&self.table.name, &derive::on(self.table, self.day))?;
        let mut sink = Sink::new(self.compiled, self.table, entry.id()?, self.files.len());
        let mut read = 0;
        for select in self.of_files() {
            each(from, select, &mut |row| match self.file_of(row).filter(|_| self.is_of_day(row)) {
                None => Ok(()),
                file => {
                    read += 1;
                    sink.push(to, work, file, row)
                }
            })?;
        }
        if read < of_day {
            each(from, self.of_day(), &mut |row| match self.file_of(row) {
                Some(_) => Ok(()),
                None => {
                    read += 1;
                    sink.push(to, work, None, row)
                }
            })?;
        }
        sink.waiting.require_possible(self.day, from.url())?;
        sink.close(to, work)?;
        let stored = sink.pieces.iter().map(|it| it.stored).sum();
        for piece in &sink.pieces {
            self.write_down(to, from.url(), work.job, &sink, piece)?;
        }
        Ok((read, stored))
    }

    /// Queries for the rows of the files, possibly including rows of other days. If the table numbers its rows itself,
    /// they are found by their numbers; if the ingest assigned the numbers, by their day.
    fn of_files(&self) -> Vec<SelectStatement> {
        if self.files.is_empty() {
            return Vec::new();
        }
        if self.numbers != RowNumbers::Counted {
            return vec![self.of_day()];
        }
        let mut ranges: Vec<(i64, i64)> = Vec::new();
        for (first, last) in self.files.iter().filter_map(|it| it.rows) {
            match ranges.last_mut() {
                Some(range) if first <= range.1.saturating_add(1) => range.1 = Ord::max(range.1, last),
                _ => ranges.push((first, last)),
            }
        }
        let between = |(first, last)| {
            let mut select = self.numbered();
            select.and_where(Expr::col(Alias::new(ROW_ID)).between(first, last));
            select
        };
        ranges.into_iter().map(between).collect()
    }

    fn of_day(&self) -> SelectStatement {
        if self.numbers == RowNumbers::None {
            return select_day(self.table, self.compiled, self.day);
        }
        self.numbered().cond_where(derive::on(self.table, self.day).condition()).to_owned()
    }

    /// A query of all columns, followed by the row number.
    fn numbered(&self) -> SelectStatement {
        let number = Alias::new(ROW_ID);
        select(self.compiled).column(number.clone()).order_by(number, Order::Asc).to_owned()
    }

    /// The position of the file that a row came from.
    fn file_of(&self, row: &[Value]) -> Option<usize> {
        let number = row.get(self.compiled.columns.len()).and_then(whole)?;
        let after = self.files.partition_point(|file| file.rows.is_some_and(|(first, _)| first <= number));
        let at = after.checked_sub(1)?;
        self.files[at].rows.is_some_and(|(_, last)| number <= last).then_some(at)
    }

    fn is_of_day(&self, row: &[Value]) -> bool {
        let value = |name: &String| {
            let at = self.compiled.columns.iter().position(|column| column == name)?;
            row.get(at).and_then(whole)
        };
        derive::on(self.table, self.day).values().iter().all(|(name, number)| value(name) == Some(*number))
    }

    /// Records where rows of the target came from, in a history entry with the number of the ingest. Rows of no known
    /// file have the source database as their origin, and the number of the copy.
    fn write_down(
        &self,
        to: &mut dyn Unit,
        source: &str,
        job: &CopyJob<'_>,
        sink: &Sink<'_>,
        piece: &Piece,
    ) -> Result<()> {
        let (chosen, days) = (job.chosen, [(self.day, piece.stored)]);
        let id = sink.number_of(piece.file);
        let given = piece.file.map(|at| &self.files[at]);
        rows::record_ingest(
            to,
            &rows::Ingest {
                id,
                pipeline: &chosen.model.name,
                file: given.map_or(source, |it| &it.file),
                content: given.map_or("", |it| &it.content),
                format: given.map_or("", |it| &it.format),
                stored: piece.stored,
                rows: piece.rows,
                days: &days,
            },
        )?;
        let Some(given) = given else { return Ok(()) };
        let mut entry = Entry::new(COMMAND, chosen).reads(given.file.clone());
        entry.found.content = Some(given.content.clone());
        entry.found.counts = Some([piece.stored, piece.stored, 0, 0]);
        entry.found.changed.push(Changed {
            table: self.table.name.clone(),
            day: self.day.to_string(),
            stored: piece.stored,
            removed: 0,
            seconds: None,
        });
        entry.done_as(to, id)
    }
}

/// Receives rows, and loads them so that the rows of one file follow those of another.
struct Sink<'a> {
    table: &'static Compiled,
    /// The number of the copy in the history; the numbers before it are reserved for the files.
    entry: i64,
    files: usize,
    open: Option<(Writer, Piece)>,
    waiting: Pending<'a>,
    pieces: Vec<Piece>,
}

impl<'a> Sink<'a> {
    fn new(table: &'static Compiled, model: &'a Table, entry: i64, files: usize) -> Self {
        Self { table, entry, files, open: None, waiting: Pending::new(model), pieces: Vec::new() }
    }

    /// The number of the ingest that the rows of a file become.
    fn number_of(&self, file: Option<usize>) -> i64 {
        let back = file.map_or(0, |at| self.files.saturating_sub(at));
        self.entry.saturating_sub_unsigned(back as u64)
    }

    fn push(&mut self, to: &mut dyn Unit, work: &Work<'_>, file: Option<usize>, row: &[Value]) -> Result<()> {
        if self.open.as_ref().is_none_or(|(_, piece)| piece.file != file) {
            self.close(to, work)?;
            let writer = Writer::new(to, self.table, self.number_of(file))?;
            self.open = Some((writer, Piece { file, stored: 0, rows: None }));
        }
        self.waiting.push(self.table, row)?;
        if self.waiting.is_full() { self.flush(to, work) } else { Ok(()) }
    }

    fn flush(&mut self, to: &mut dyn Unit, work: &Work<'_>) -> Result<()> {
        if let (Some(rows), Some((writer, piece))) = (self.waiting.take(), &mut self.open) {
            piece.stored += work.loading(|| writer.write(to, Box::new(rows)))?;
        }
        Ok(())
    }

    fn close(&mut self, to: &mut dyn Unit, work: &Work<'_>) -> Result<()> {
        self.flush(to, work)?;
        if let Some((writer, mut piece)) = self.open.take() {
            piece.rows = writer.rows(to, piece.stored)?;
            self.pieces.push(piece);
        }
        Ok(())
    }
}
