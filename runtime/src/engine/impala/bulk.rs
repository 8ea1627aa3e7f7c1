//! Rows on their way to the server: as a Parquet file where the folder of the tables can be reached from here, and as
//! literals of statements where it cannot and they are few.

use std::io::BufWriter;

use flow_oa_core::engine::Result;
use flow_oa_core::{Batch, Cell};
use flow_oa_hive::insert::{self, Bounds};
use flow_oa_hive::parquet::Writer;
use flow_oa_schema::dialect::impala::HiveType;
use flow_oa_schema::dialect::impala::statements::{self, Partitions};
use flow_oa_schema::model::{Format, Rows, Table};
use tempfile::NamedTempFile;

use super::work::Work;
use super::{Impala, SPOKEN};
use crate::engine::{EngineError, Relation, Target};

/// The folder of what is staged, below the location.
const STAGED: &str = "staged";

/// The name of a file of rows within its folder.
const FILE: &str = "rows.parquet";

/// Most rows that go as literals: each thousand take a statement of several seconds, and a file of their own.
const FEW: usize = 20_000;

/// Name and type of columns.
type Columns<'a> = Vec<(&'a str, HiveType)>;

/// Raw rows, in a file of this machine until the unit of work ends.
pub(super) struct Raw {
    table: Table,
    file: NamedTempFile,
    writer: Writer<BufWriter<std::fs::File>>,
}

/// The first columns of each row.
struct Front<'a> {
    rows: &'a dyn Batch,
    width: usize,
}

impl Batch for Front<'_> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        self.rows.cells(index, out);
        out.truncate(self.width);
    }
}

fn all_columns(table: &Table) -> Columns<'_> {
    table.columns.iter().map(|it| (it.name.as_str(), HiveType::of(it))).collect()
}

impl Impala {
    /// Loads rows into the day of a table that is replaced, or takes raw rows in.
    pub(super) fn load_day(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        let table = self.table(target.table)?;
        if matches!(table.rows, Rows::Ingest) {
            return self.take_raw(table, rows);
        }
        let Some(aside) = self.work.as_mut().and_then(|it| it.aside_of(target.table, None)) else {
            return Err(self.refused(target.table, "rows were to be loaded into a day that is not replaced"));
        };
        let (name, folder) = (aside.name.clone(), aside.folder.clone());
        let count = rows.len() as u64;
        aside.rows += count;
        let own: Columns<'_> =
            table.own_columns().iter().map(|it| (it.name.as_str(), HiveType::of(it))).collect();
        let rows = Front { rows, width: own.len() };
        self.put_rows(&name, &folder, table.hive.format, &own, &rows)?;
        Ok(count)
    }

    /// Puts rows into a folder that a table is laid over.
    fn put_rows(
        &mut self,
        name: &str,
        folder: &str,
        format: Format,
        columns: &[(&str, HiveType)],
        rows: &dyn Batch,
    ) -> Result<()> {
        self.notes.rows(|| statements::insert(name, Partitions::None, "VALUES (…)"), rows);
        if self.notes.are_taken() {
            return Ok(());
        }
        if self.store.is_some() && format == Format::Parquet {
            let file = self.written(columns, rows)?;
            self.put(&file, &format!("{folder}/{FILE}"))?;
            return self.look_again(name);
        }
        if rows.len() > FEW {
            return Err(
                self.refused(name, format!("{} rows are too many for statements; {NO_WAY}", rows.len()))
            );
        }
        for statement in insert::values(name, Partitions::None, columns, rows, Bounds::default()) {
            let statement = statement.map_err(|error| self.refused(name, error))?;
            self.send(&statement)?;
        }
        Ok(())
    }

    /// A file of this machine with these rows.
    fn written(&self, columns: &[(&str, HiveType)], rows: &dyn Batch) -> Result<NamedTempFile> {
        let (file, mut writer) = self.new_file(columns)?;
        writer.write(rows).map_err(|error| self.not_written(error))?;
        writer.finish().map_err(|error| self.not_written(error))?;
        Ok(file)
    }

    fn new_file(
        &self,
        columns: &[(&str, HiveType)],
    ) -> Result<(NamedTempFile, Writer<BufWriter<std::fs::File>>)> {
        let file = NamedTempFile::new().map_err(|error| self.not_written(error))?;
        let handle = file.reopen().map_err(|error| self.not_written(error))?;
        let writer =
            Writer::create(BufWriter::new(handle), columns).map_err(|error| self.not_written(error))?;
        Ok((file, writer))
    }

    fn not_written(&self, error: impl ToString) -> EngineError {
        EngineError::CannotWrite {
            database: self.url.clone(),
            reason: format!("staging rows: {}", error.to_string()),
        }
    }

    fn put(&self, file: &NamedTempFile, relative: &str) -> Result<()> {
        match &self.store {
            Some(store) => store.put(file.path(), relative).map_err(|error| self.not_written(error)),
            None => Err(self.not_written(NO_WAY)),
        }
    }

    /// Lets a server that keeps a catalogue of files look for new ones.
    fn look_again(&mut self, name: &str) -> Result<()> {
        match self.family {
            super::Family::Impala => self.send(&statements::refresh(name, None)),
            super::Family::Hive => Ok(()),
        }
    }

    /// Makes a relation of some rows, and gives its name.
    pub(super) fn stage_relation(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String> {
        let name = format!("{}_{}", relation.name, self.work().token);
        let kind = |whole: &bool| if *whole { HiveType::Bigint } else { HiveType::String };
        let columns: Columns<'_> =
            relation.columns.iter().copied().zip(relation.whole.iter().map(kind)).collect();
        let (quoted, folder) = (SPOKEN.qualified(&name, &self.place), format!("{STAGED}/{name}"));
        let create = statements::create_staging(&quoted, &columns, Format::Parquet, &self.uri(&folder));
        // Made even in a rehearsal, since what is rehearsed reads it; it goes all the same.
        let rehearsed = std::mem::take(&mut self.notes);
        let made = self
            .send(&create)
            .and_then(|()| self.put_rows(&quoted, &folder, Format::Parquet, &columns, rows))
            .and_then(|()| if self.stats { self.send(&statements::compute_stats(&quoted)) } else { Ok(()) });
        self.notes = rehearsed;
        self.work().staged.push(name.clone());
        made.map(|()| name)
    }

    /// Takes a staged relation away, where it is there.
    pub(super) fn drop_aside(&mut self, name: &str) -> Result<()> {
        self.send(&statements::drop_table(&SPOKEN.qualified(name, &self.place)))?;
        if let Some(work) = &mut self.work {
            work.staged.retain(|it| it != name);
        }
        match &self.store {
            Some(store) => store.remove(&format!("{STAGED}/{name}")).map_err(|error| self.not_written(error)),
            None => Ok(()),
        }
    }

    /// Takes raw rows into a file, which the server reads at the end of the unit of work.
    fn take_raw(&mut self, table: Table, rows: &dyn Batch) -> Result<u64> {
        if self.store.is_none() {
            return Err(self.not_written(NO_WAY));
        }
        if self.work().raw.is_none() {
            let (file, writer) = self.new_file(&all_columns(&table))?;
            self.work().raw = Some(Raw { table, file, writer });
        }
        let written = match &mut self.work().raw {
            Some(raw) => raw.writer.write(rows),
            None => Ok(()),
        };
        written.map_err(|error| self.not_written(error))?;
        Ok(rows.len() as u64)
    }

    /// Inserts the raw rows of a unit of work into the partitions of their hours.
    pub(super) fn place_raw(&mut self, work: &mut Work) -> Result<()> {
        let Some(raw) = work.raw.take() else { return Ok(()) };
        let Raw { table, file, writer } = raw;
        writer.finish().map_err(|error| self.not_written(error))?;
        let name = format!("flow_oa_raw_{}_{}", table.name, work.token);
        let (quoted, folder) = (SPOKEN.qualified(&name, &self.place), format!("{STAGED}/{name}"));
        self.put(&file, &format!("{folder}/{FILE}"))?;
        work.staged.push(name.clone());
        let columns = all_columns(&table);
        self.send(&statements::create_staging(&quoted, &columns, Format::Parquet, &self.uri(&folder)))?;
        let partition: Vec<&str> = table.partition.columns.iter().map(String::as_str).collect();
        let listed: Vec<String> = columns.iter().map(|(name, _)| SPOKEN.quoted(name)).collect();
        let source = format!("SELECT {} FROM {quoted}", listed.join(", "));
        let into = SPOKEN.qualified(&table.name, &self.place);
        work.is_raw_begun = true;
        self.send(&statements::insert(&into, Partitions::Named(&partition), &source))?;
        work.staged.retain(|it| *it != name);
        self.drop_aside(&name)?;
        if self.stats {
            self.send(&statements::compute_incremental_stats(&into, None))?;
        }
        Ok(())
    }
}

/// Why bulk data has no way to the server, and what to do.
const NO_WAY: &str = "the folder of the tables cannot be reached from here: say where it is by location=hdfs://HOST/PATH or \
                      location=file:///PATH in the URL";
