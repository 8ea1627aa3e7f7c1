//! How rows get to the server: as a Parquet file if the folder of the tables can be reached, otherwise as literals in
//! statements if the rows are few.

use std::collections::BTreeSet;

use crate::sql::Misfit;
use crate::sql::insert::{self, Bounds};
use crate::sql::statements::{self, Partitions};
use flow_oa_core::{Batch, Cell};
use flow_oa_engine::{Access, EngineError, Outgoing, Relation, Result};
use flow_oa_schema::dialect::impala::{HiveType, columns};
use flow_oa_schema::model::{Format, Table};
use tempfile::NamedTempFile;

use super::file::{self, Open, Unwritten};
use super::work::{Added, DayValues, ImpalaUnit, RUN, day_folder};
use super::{Family, Impala, SPOKEN};

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

impl ImpalaUnit<'_> {
    /// Loads rows into the staged day of a table, or stages rows that are added to a table. Rows of a Parquet table go
    /// into a local file first.
    pub(super) fn load_rows(&mut self, table: &str, rows: &dyn Batch) -> Result<u64> {
        let table = self.engine.table(table)?;
        let is_added = table.rows.are_raw() || table.rows.are_single();
        if is_added {
            self.add_rows(table, rows)?
        } else {
            self.load_day(&table, rows)?
        }
        Ok(rows.len() as u64)
    }

    /// Adds rows to a staged day.
    fn load_day(&mut self, table: &Table, rows: &dyn Batch) -> Result<()> {
        let Some(staged) = self.work.staged(&table.name, None) else {
            return Err(self
                .engine
                .refused(&table.name, "rows were to be loaded into a day that is not replaced"));
        };
        let name = staged.name.clone();
        staged.rows += rows.len() as u64;
        let all = staged.rows;
        let own: Columns<'_> =
            table.own_columns().iter().map(|column| (column.name.as_str(), HiveType::of(column))).collect();
        let rows = Front { rows, width: own.len() };
        if !self.engine.link.admits(&Outgoing::load(Access::Write, &values_into(&name), &rows))? {
            return Ok(());
        }
        if !self.engine.takes_files() || table.hive.format != Format::Parquet {
            self.engine.require_few(&name, all)?;
            return self.engine.insert_values(Access::Write, &name, &own, &rows);
        }
        if let Some(staged) = self.work.staged(&table.name, None) {
            staged.file = Some(self.engine.written_on(staged.file.take(), &own, &rows)?);
        }
        Ok(())
    }

    /// Creates a relation of some rows, and returns its name. A dry run creates it too, since its queries read it.
    pub(super) fn stage_relation(&mut self, relation: &Relation<'_>, rows: &dyn Batch) -> Result<String> {
        let name = format!("{}_{}", relation.name, self.work.token);
        self.work.relations.push(name.clone());
        self.engine.stage(&name, &columns_of(relation), rows)?;
        Ok(name)
    }

    /// Stages rows that are added to the existing rows of a table.
    fn add_rows(&mut self, table: Table, rows: &dyn Batch) -> Result<()> {
        if !self.engine.takes_files() {
            return Err(self.engine.not_written(no_way()));
        }
        if !self.engine.link.admits(&Outgoing::load(Access::Write, &values_into(&table.name), rows))? {
            return Ok(());
        }
        let mut partitions = match table.rows.are_raw() {
            true => self.engine.partitions_of(&table, rows)?,
            false => BTreeSet::new(),
        };
        let work = &mut self.work;
        let open = work.added.iter().position(|added| added.table.name == table.name && added.file.is_some());
        let at = open.unwrap_or(work.added.len());
        if open.is_none() {
            let nth = if at == 0 { String::new() } else { format!("_{at}") };
            let name = format!("flow_oa_raw_{}{nth}_{}", table.name, work.token);
            work.added.push(Added { table: table.clone(), partitions: BTreeSet::new(), name, file: None });
        }
        let added = &mut work.added[at];
        let file = self.engine.written_on(added.file.take(), &columns(&table), rows)?;
        added.partitions.append(&mut partitions);
        added.file = Some(file);
        Ok(())
    }

    /// Uploads the rows that wait in local files to where the server reads them.
    pub(super) fn upload(&mut self) -> Result<()> {
        let Self { engine, work, .. } = self;
        for staged in &mut work.days {
            let Some(file) = staged.file.take() else { continue };
            // Rows that come after a count go into another file.
            engine.put(&engine.ended(file)?, &format!("{}/{}-{FILE}", staged.folder, staged.rows))?;
            engine.refresh(Access::Write, &staged.name)?;
        }
        for added in &mut work.added {
            let Some(file) = added.file.take() else { continue };
            let folder = format!("{STAGED}/{}", added.name);
            work.relations.push(added.name.clone());
            let (quoted, uri) = (engine.qualified(&added.name), engine.uri(&folder));
            let columns = columns(&added.table);
            // The table comes first: by its name a later command finds what this command may leave behind.
            engine.send(&statements::create_staging(&quoted, &columns, Format::Parquet, &uri))?;
            engine.put(&engine.ended(file)?, &format!("{folder}/{FILE}"))?;
            engine.refresh(Access::Write, &quoted)?;
        }
        Ok(())
    }

    /// Inserts the uploaded rows into the tables to which they are added.
    pub(super) fn publish_added(&mut self) -> Result<()> {
        for Added { table, name, partitions, .. } in std::mem::take(&mut self.work.added) {
            self.add_partitions(&table, partitions)?;
            let insert = match table.rows.are_raw() {
                true => self.engine.insert_raw(&table, &name),
                false => self.engine.append_from(&table.name, &name)?,
            };
            self.work.begun = Some(table.name.clone());
            self.engine.send(&insert)?;
            self.work.published.extend(self.work.begun.take());
            self.work.relations.retain(|relation| *relation != name);
            self.engine.drop_staged(&name)?;
        }
        Ok(())
    }

    /// Creates the missing partitions of a raw table, each on a new folder.
    fn add_partitions(&mut self, table: &Table, partitions: BTreeSet<Vec<i64>>) -> Result<()> {
        let mut new = Vec::new();
        for values in partitions {
            let names = table.partition_columns().iter().map(|column| column.name.clone());
            let values: DayValues = names.zip(values).collect();
            let folder = day_folder(table, &values);
            self.work.changed.insert((table.name.clone(), values.clone()));
            // A partition that the same unit of work emptied exists.
            if !self.work.renewed.iter().any(|renewed| renewed.folder == folder) {
                new.push((values, self.engine.uri(&format!("{folder}/{RUN}{}", self.work.token))));
            }
        }
        let name = self.engine.qualified(&table.name);
        let at_once = match self.engine.family {
            Family::Impala => 1,
            Family::Hive => ADDED,
        };
        new.chunks(at_once).try_for_each(|some| self.engine.send(&statements::add_partitions(&name, some)))
    }

    /// The tables on uploaded rows that are to be added to a table.
    pub(super) fn added_to(&self, table: &str) -> Vec<String> {
        let uploaded =
            self.work.added.iter().filter(|added| added.table.name == table && added.file.is_none());
        uploaded.map(|it| it.name.clone()).collect()
    }
}

/// The columns of a relation, with their types.
pub(super) fn columns_of<'a>(relation: &Relation<'a>) -> Columns<'a> {
    let kind = |whole: &bool| if *whole { HiveType::Bigint } else { HiveType::String };
    relation.columns.iter().copied().zip(relation.whole.iter().map(kind)).collect()
}

impl Impala {
    /// Creates a staging table and puts rows into it.
    fn stage(&mut self, name: &str, columns: &[(&str, HiveType)], rows: &dyn Batch) -> Result<()> {
        let (quoted, folder) = (self.qualified(name), self.uri(&format!("{STAGED}/{name}")));
        let create = statements::create_staging(&quoted, columns, Format::Parquet, &folder);
        self.send_as(Access::Stage, &create)?;
        self.load_staged(name, columns, rows)
    }

    /// Puts rows into a staging table, in a file of their own.
    pub(super) fn load_staged(
        &mut self,
        name: &str,
        columns: &[(&str, HiveType)],
        rows: &dyn Batch,
    ) -> Result<()> {
        let quoted = self.qualified(name);
        if self.takes_files() {
            if !self.link.admits(&Outgoing::load(Access::Stage, &values_into(&quoted), rows))? {
                return Ok(());
            }
            let file = self.ended(self.written_on(None, columns, rows)?)?;
            let number = self.next_revision();
            self.put(&file, &format!("{STAGED}/{name}/rows_{number}.parquet"))?;
            self.refresh(Access::Stage, &quoted)?;
        } else {
            self.require_few(&quoted, rows.len() as u64)?;
            self.insert_values(Access::Stage, &quoted, columns, rows)?;
        }
        if self.stats {
            self.send_as(Access::Stage, &statements::compute_stats(&quoted))?;
        }
        Ok(())
    }

    /// Removes a staged relation, if it exists.
    pub(super) fn drop_staged(&mut self, name: &str) -> Result<()> {
        self.send_as(Access::Stage, &statements::drop_table(&self.qualified(name)))?;
        match &self.storage {
            Some(storage) => {
                storage.remove(&format!("{STAGED}/{name}")).map_err(|error| self.not_written(error))
            }
            None => Ok(()),
        }
    }

    /// Inserts rows as literals.
    fn insert_values(
        &mut self,
        access: Access,
        name: &str,
        columns: &[(&str, HiveType)],
        rows: &dyn Batch,
    ) -> Result<()> {
        for statement in insert::values(name, Partitions::None, columns, rows, Bounds::default()) {
            let statement = statement.map_err(|misfit| self.not_held(&misfit))?;
            self.send_as(access, &statement)?;
        }
        Ok(())
    }

    /// Refuses more rows than statements can carry.
    fn require_few(&self, name: &str, rows: u64) -> Result<()> {
        if rows <= FEW {
            return Ok(());
        }
        Err(self.not_written(format!("{rows} rows of {name} are too many for statements; {}", no_way())))
    }

    /// Appends these rows to a local file, or to a new file.
    fn written_on(&self, file: Option<Open>, columns: &[(&str, HiveType)], rows: &dyn Batch) -> Result<Open> {
        let written = file.map_or_else(|| Open::create(columns), Ok).and_then(|mut file| {
            file.write(rows)?;
            Ok(file)
        });
        written.map_err(|unwritten| self.unwritten(unwritten))
    }

    fn ended(&self, file: Open) -> Result<NamedTempFile> {
        file.finish().map_err(|unwritten| self.unwritten(unwritten))
    }

    fn unwritten(&self, unwritten: Unwritten) -> EngineError {
        match unwritten {
            Unwritten::Misfit(misfit) => self.not_held(&misfit),
            Unwritten::File(reason) => self.not_written(reason),
        }
    }

    fn not_held(&self, misfit: &Misfit) -> EngineError {
        EngineError::TooLarge { database: self.link.about().url.clone(), reason: misfit.to_string() }
    }

    /// Whether rows can be written to files, and the files put where the server reads them.
    fn takes_files(&self) -> bool {
        file::IS_THERE && self.storage.is_some()
    }

    fn not_written(&self, error: impl ToString) -> EngineError {
        EngineError::CannotWrite {
            database: self.link.about().url.clone(),
            reason: format!("staging rows: {}", error.to_string()),
        }
    }

    fn put(&self, file: &NamedTempFile, relative: &str) -> Result<()> {
        match &self.storage {
            Some(storage) => storage.put(file.path(), relative).map_err(|error| self.not_written(error)),
            None => Err(self.not_written(no_way())),
        }
    }

    /// The partitions of rows: the values of their last columns.
    fn partitions_of(&self, table: &Table, rows: &dyn Batch) -> Result<BTreeSet<Vec<i64>>> {
        let own = table.own_columns().len();
        let whole = |cell: &Cell<'_>| if let Cell::Int(number) = cell { Some(*number) } else { None };
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

    /// The insert of raw rows into the partitions of their hours.
    fn insert_raw(&self, table: &Table, name: &str) -> String {
        let partition: Vec<&str> =
            table.partition_columns().iter().map(|column| column.name.as_str()).collect();
        let listed: Vec<String> = table.columns.iter().map(|column| SPOKEN.quoted(&column.name)).collect();
        let source = format!("SELECT {} FROM {}", listed.join(", "), self.qualified(name));
        statements::insert(&self.qualified(&table.name), Partitions::Named(&partition), &source)
    }
}

/// The insert of rows into a table, as observers see it: the rows may go another way.
fn values_into(name: &str) -> String {
    statements::insert(name, Partitions::None, "VALUES (…)")
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
