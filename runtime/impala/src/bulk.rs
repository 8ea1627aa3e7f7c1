//! How rows get to the server: as a Parquet file if the folder of the tables can be reached, otherwise as literals in
//! statements if the rows are few.

use std::collections::BTreeSet;

use crate::sql::insert::{self, Bounds};
use crate::sql::log::Log;
use crate::sql::statements::{self, Partitions};
use flow_oa_core::{Batch, Cell};
use flow_oa_engine::Result;
use flow_oa_schema::dialect::impala::HiveType;
use flow_oa_schema::model::{Format, Rows, Table};
use tempfile::NamedTempFile;

use super::file::{self, Open};
use super::work::{RUN, Work, day_folder};
use super::{Family, Impala, SPOKEN};
use flow_oa_engine::{EngineError, Relation, Target};

/// The folder of staged data, relative to the location.
const STAGED: &str = "staged";

/// The name of a file of rows within its folder.
const FILE: &str = "rows.parquet";

/// The most rows that are sent as literals: each thousand takes a statement of several seconds, and its own file.
const FEW: u64 = 20_000;

/// Partitions that one statement creates, if the server accepts several.
const ADDED: usize = 100;

/// Name and type of columns.
type Columns<'a> = Vec<(&'a str, HiveType)>;

/// Rows that are added to the existing rows of a table: raw rows, and those of analysts.
pub(super) struct Added {
    pub(super) table: Table,
    /// The partitions of raw rows: the values of their columns.
    partitions: BTreeSet<Vec<i64>>,
    /// The table on the staged rows, which exists once they were uploaded.
    name: String,
    /// The file of rows that were not uploaded yet.
    file: Option<Open>,
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
    /// Loads rows into the staged day of a table, or stages rows that are added to a table.
    pub(super) fn load_day(&mut self, target: &Target<'_>, rows: &dyn Batch) -> Result<u64> {
        let table = self.table(target.table)?;
        match &table.rows {
            Rows::Ingest => self.take_in(table, rows)?,
            it if it.are_analysts() => self.take_in(table, rows)?,
            _ => self.take_aside(&table, rows)?,
        }
        Ok(rows.len() as u64)
    }

    /// Adds rows to a staged day.
    fn take_aside(&mut self, table: &Table, rows: &dyn Batch) -> Result<()> {
        let Some(aside) = self.work.as_mut().and_then(|it| it.aside_of(&table.name, None)) else {
            return Err(self.refused(&table.name, "rows were to be loaded into a day that is not replaced"));
        };
        let (name, folder, file) = (aside.name.clone(), aside.folder.clone(), aside.file.take());
        aside.rows += rows.len() as u64;
        let all = aside.rows;
        let own: Columns<'_> =
            table.own_columns().iter().map(|it| (it.name.as_str(), HiveType::of(it))).collect();
        let rows = Front { rows, width: own.len() };
        if self.log.is_recording() || !self.takes_files() || table.hive.format != Format::Parquet {
            self.require_few(&name, all)?;
            return self.put_rows(&name, &folder, table.hive.format, &own, &rows);
        }
        let file = self.written_on(file, &own, &rows)?;
        if let Some(aside) = self.work().aside_of(&table.name, None) {
            aside.file = Some(file);
        }
        Ok(())
    }

    /// Puts rows into a folder on which a table is defined.
    fn put_rows(
        &mut self,
        name: &str,
        folder: &str,
        format: Format,
        columns: &[(&str, HiveType)],
        rows: &dyn Batch,
    ) -> Result<()> {
        self.log.rows(|| statements::insert(name, Partitions::None, "VALUES (…)"), rows);
        if self.log.is_recording() {
            return Ok(());
        }
        if self.takes_files() && format == Format::Parquet {
            let file = self.written(columns, rows)?;
            self.put(&file, &format!("{folder}/{FILE}"))?;
            return self.look_again(name);
        }
        self.require_few(name, rows.len() as u64)?;
        for statement in insert::values(name, Partitions::None, columns, rows, Bounds::default()) {
            let statement = statement.map_err(|error| self.refused(name, error))?;
            self.send(&statement)?;
        }
        Ok(())
    }

    /// Refuses more rows than statements can carry.
    fn require_few(&self, name: &str, rows: u64) -> Result<()> {
        if self.log.is_recording() || rows <= FEW {
            return Ok(());
        }
        Err(self.not_written(format!("{rows} rows of {name} are too many for statements; {}", no_way())))
    }

    /// Writes these rows to a local file.
    fn written(&self, columns: &[(&str, HiveType)], rows: &dyn Batch) -> Result<NamedTempFile> {
        self.ended(self.written_on(None, columns, rows)?)
    }

    /// Appends these rows to a local file, or to a new file.
    fn written_on(&self, file: Option<Open>, columns: &[(&str, HiveType)], rows: &dyn Batch) -> Result<Open> {
        let written = file.map_or_else(|| Open::create(columns), Ok).and_then(|mut file| {
            file.write(rows)?;
            Ok(file)
        });
        written.map_err(|error| self.not_written(error))
    }

    fn ended(&self, file: Open) -> Result<NamedTempFile> {
        file.finish().map_err(|error| self.not_written(error))
    }

    /// Whether rows can be written to files, and the files put where the server reads them.
    fn takes_files(&self) -> bool {
        file::IS_THERE && self.store.is_some()
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
            None => Err(self.not_written(no_way())),
        }
    }

    /// Asks a server that keeps a catalogue of files to look for new files.
    fn look_again(&mut self, name: &str) -> Result<()> {
        match self.family {
            Family::Impala => self.send(&statements::refresh(name, None)),
            Family::Hive => Ok(()),
        }
    }

    /// Creates a relation of some rows, and returns its name.
    pub(super) fn stage_relation(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String> {
        let name = format!("{}_{}", relation.name, self.work().token);
        let kind = |whole: &bool| if *whole { HiveType::Bigint } else { HiveType::String };
        let columns: Columns<'_> =
            relation.columns.iter().copied().zip(relation.whole.iter().map(kind)).collect();
        let (quoted, folder) = (SPOKEN.qualified(&name, &self.place), format!("{STAGED}/{name}"));
        let create = statements::create_staging(&quoted, &columns, Format::Parquet, &self.uri(&folder));
        // Created even in a dry run, whose queries read it; it is removed in either case.
        let end_dry_run = std::mem::take(&mut self.log);
        let made = self
            .send(&create)
            .and_then(|()| self.put_rows(&quoted, &folder, Format::Parquet, &columns, rows))
            .and_then(|()| if self.stats { self.send(&statements::compute_stats(&quoted)) } else { Ok(()) });
        self.log = end_dry_run;
        self.work().staged.push(name.clone());
        made.map(|()| name)
    }

    /// Removes a staged relation, if it exists.
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

    /// Stages rows that are added to the existing rows of a table.
    fn take_in(&mut self, table: Table, rows: &dyn Batch) -> Result<()> {
        if !self.takes_files() {
            return Err(self.not_written(no_way()));
        }
        let mut partitions = match table.rows {
            Rows::Ingest => self.partitions_of(&table, rows)?,
            _ => BTreeSet::new(),
        };
        let work = self.work();
        let open = work.added.iter().position(|it| it.table.name == table.name && it.file.is_some());
        let at = open.unwrap_or(work.added.len());
        if open.is_none() {
            let nth = if at == 0 { String::new() } else { format!("_{at}") };
            let name = format!("flow_oa_raw_{}{nth}_{}", table.name, work.token);
            work.added.push(Added { table: table.clone(), partitions: BTreeSet::new(), name, file: None });
        }
        let file = work.added[at].file.take();
        let file = self.written_on(file, &all_columns(&table), rows)?;
        let added = &mut self.work().added[at];
        added.partitions.append(&mut partitions);
        added.file = Some(file);
        Ok(())
    }

    /// The partitions of rows: the values of their last columns.
    fn partitions_of(&self, table: &Table, rows: &dyn Batch) -> Result<BTreeSet<Vec<i64>>> {
        let own = table.own_columns().len();
        let whole = |cell: &Cell<'_>| if let Cell::Int(it) = cell { Some(*it) } else { None };
        let (mut found, mut cells) = (BTreeSet::new(), Vec::new());
        let mut last = Vec::new();
        for row in 0..rows.len() {
            rows.cells(row, &mut cells);
            let values: Option<Vec<i64>> = cells.iter().skip(own).map(whole).collect();
            let Some(values) = values else {
                return Err(
                    self.refused(&table.name, "a row has no whole number in a column of its partition")
                );
            };
            if values != last {
                found.insert(values.clone());
                last = values;
            }
        }
        Ok(found)
    }

    /// Uploads the rows that wait in local files to where the server reads them.
    pub(super) fn bring(&mut self) -> Result<()> {
        let Some(mut work) = self.work.take() else { return Ok(()) };
        let brought = self.bring_all(&mut work);
        self.work = Some(work);
        brought
    }

    fn bring_all(&mut self, work: &mut Work) -> Result<()> {
        for aside in &mut work.aside {
            let Some(file) = aside.file.take() else { continue };
            // Rows that come after a count go into another file.
            self.put(&self.ended(file)?, &format!("{}/{}-{FILE}", aside.folder, aside.rows))?;
            self.look_again(&aside.name)?;
        }
        for added in &mut work.added {
            let Some(file) = added.file.take() else { continue };
            let folder = format!("{STAGED}/{}", added.name);
            work.staged.push(added.name.clone());
            let (quoted, uri) = (SPOKEN.qualified(&added.name, &self.place), self.uri(&folder));
            let columns = all_columns(&added.table);
            // The table comes first: by its name a later command finds what this command may leave behind.
            self.send(&statements::create_staging(&quoted, &columns, Format::Parquet, &uri))?;
            self.put(&self.ended(file)?, &format!("{folder}/{FILE}"))?;
            self.look_again(&quoted)?;
        }
        Ok(())
    }

    /// Inserts the uploaded rows into the tables to which they are added.
    pub(super) fn place_added(&mut self, work: &mut Work) -> Result<()> {
        for Added { table, name, partitions, .. } in std::mem::take(&mut work.added) {
            self.add_partitions(&table, partitions, work)?;
            let insert = match table.rows {
                Rows::Ingest => self.insert_raw(&table, &name),
                _ => {
                    let revision = self.next_revision();
                    let log = Log::of(&table, &self.place);
                    log.ok_or_else(|| self.refused(&table.name, "it is no log"))?
                        .append_from(revision, &name)
                        .map_err(|error| self.refused(&table.name, error))?
                }
            };
            work.begun = Some(table.name.clone());
            self.send(&insert)?;
            work.new.extend(work.begun.take());
            work.staged.retain(|it| *it != name);
            self.drop_aside(&name)?;
        }
        Ok(())
    }

    /// Creates the missing partitions of a raw table, each on a new folder.
    fn add_partitions(
        &mut self,
        table: &Table,
        partitions: BTreeSet<Vec<i64>>,
        work: &mut Work,
    ) -> Result<()> {
        let mut new = Vec::new();
        for values in partitions {
            let values: Vec<(String, i64)> = table.partition.columns.iter().cloned().zip(values).collect();
            let folder = day_folder(table, &values);
            work.counted.insert((table.name.clone(), values.clone()));
            // A partition that the same unit of work emptied exists.
            if !work.renewed.iter().any(|it| it.folder == folder) {
                new.push((values, self.uri(&format!("{folder}/{RUN}{}", work.token))));
            }
        }
        let name = SPOKEN.qualified(&table.name, &self.place);
        let at_once = match self.family {
            Family::Impala => 1,
            Family::Hive => ADDED,
        };
        new.chunks(at_once).try_for_each(|it| self.send(&statements::add_partitions(&name, it)))
    }

    /// The insert of raw rows into the partitions of their hours.
    fn insert_raw(&self, table: &Table, name: &str) -> String {
        let partition: Vec<&str> = table.partition.columns.iter().map(String::as_str).collect();
        let listed: Vec<String> = table.columns.iter().map(|it| SPOKEN.quoted(&it.name)).collect();
        let source = format!("SELECT {} FROM {}", listed.join(", "), SPOKEN.qualified(name, &self.place));
        let into = SPOKEN.qualified(&table.name, &self.place);
        statements::insert(&into, Partitions::Named(&partition), &source)
    }

    /// The tables on rows that are to be added to a table.
    pub(super) fn added_to(&self, table: &str) -> Vec<String> {
        let added = self.work.iter().flat_map(|it| &it.added);
        added.filter(|it| it.table.name == table).map(|it| it.name.clone()).collect()
    }
}

/// Why bulk data cannot get to the server, and what to do.
fn no_way() -> &'static str {
    if file::IS_THERE {
        "the folder of the tables cannot be reached from here: say where it is by location=hdfs://HOST/PATH or \
         location=file:///PATH in the URL"
    } else {
        "this program was built without Parquet, by which raw flows and many rows go to Impala and Hive; build it with \
         its default features"
    }
}
