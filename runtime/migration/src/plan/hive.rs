//! The steps for Impala, Hive and Spark, which have no transactions: columns are added at the end, and other changes
//! need a table beside the old one. The old table may be one of another program, with plain rows where the schema has a
//! log.

use std::collections::BTreeMap;
use std::fmt;

use flow_oa_core::value::unquoted;
use flow_oa_schema::dialect::impala::beside::{Copied, Copy};
use flow_oa_schema::model::{ColumnId, Expr, Rows, Table};
use flow_oa_site::{Error, Result};
use sea_query::{Value, Values};

use super::{Lock, Planner, Scope, Work};
use crate::compare::{NEW, OLD, is_same_folder};
use crate::difference::{Difference, Differing, Foreign, OfColumn, OfStorage};

impl Planner<'_> {
    pub(super) fn hive(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        if differing.found.is_none() {
            if !self.goes_on(table)? {
                self.create(table);
            }
            return Ok(());
        }
        let keeps_renamed = self.session.about().keeps_renamed;
        // The rows of a table without partitions are in its folder, and would not move with it.
        let has_partitions = !self.dialect.partitioned_by(table).is_empty();
        let is_location = |it: &Difference| matches!(it, Difference::Storage(OfStorage::Location { .. }));
        let is_moved = |it: &Difference| !has_partitions && is_location(it);
        let is_rebuilt =
            differing.differences.iter().any(|it| is_moved(it) || needs_rebuild(it, keeps_renamed));
        let is_rebuilt = is_rebuilt || self.computes_in_copy(differing);
        if is_rebuilt || self.would_be_out_of_order(differing) || self.rank_of(differing).is_some() {
            return self.beside(differing);
        }
        self.in_place(differing);
        Ok(())
    }

    /// Whether columns that are added at the end would not be at the positions that they have in the schema.
    fn would_be_out_of_order(&self, differing: &Differing) -> bool {
        let (table, added) = (&differing.table, differing.added());
        let Some(found) = differing.found.as_ref().filter(|_| !added.is_empty()) else { return false };
        if !matches!(self.scope, Scope::All { .. }) || !self.dialect.finds_by_place(table) {
            return false;
        }
        let is_part = |name: &str| found.partition.iter().any(|part| part.eq_ignore_ascii_case(name));
        let kept = found.columns.iter().map(|column| column.name.as_str()).filter(|name| !is_part(name));
        let after = kept.chain(table.names(&added));
        let own = table.ids().filter(|id| !table.is_partition(*id));
        let expected = own.map(|id| differing.name_of(id).unwrap_or(&table[id].name));
        !after.zip(expected).all(|(name, expected)| name.eq_ignore_ascii_case(expected))
    }

    fn in_place(&mut self, differing: &Differing) {
        let table = &differing.table;
        let mut view = false;
        for difference in &differing.differences {
            match difference {
                Difference::Renamed { was } => {
                    if let Some(statement) = self.dialect.drop_view(table, was, &self.place) {
                        self.step(format!("drop the view {was}"), vec![statement], Lock::None);
                    }
                    self.rename_table(differing);
                    view = true;
                }
                Difference::Column(id, OfColumn::Renamed { was }) => {
                    self.rename_column(table, &table[*id], was);
                    self.finds_by_position();
                    view = true;
                }
                Difference::Column(id, OfColumn::Missing) => {
                    self.add_column(table, &table[*id]);
                    view = true;
                }
                Difference::View { .. } => view = true,
                Difference::Storage(OfStorage::Location { expected, .. }) => {
                    let statement = self.dialect.set_location(table, expected, &self.place);
                    let what = format!("store new partitions of {} in {expected}", table.name);
                    self.step(what, vec![statement], Lock::None);
                }
                // Below.
                Difference::Description { .. } | Difference::Column(_, OfColumn::Description { .. }) => {}
                // A table with these is rebuilt.
                Difference::Column(_, OfColumn::Type { .. } | OfColumn::Position)
                | Difference::DroppedColumn { .. }
                | Difference::Storage(
                    OfStorage::Partition { .. } | OfStorage::Format { .. } | OfStorage::NoLog,
                ) => {}
                // The Hive family has none of these.
                Difference::Column(_, OfColumn::Required(_))
                | Difference::Check(_)
                | Difference::Key { .. }
                | Difference::Index(_) => {}
                Difference::Missing | Difference::Foreign(_) => {}
            }
        }
        self.descriptions(differing);
        if view {
            self.renew_view(table);
        }
    }

    /// Notes on which setting of the server the last step relies: stored files keep the names of their columns.
    fn finds_by_position(&mut self) {
        if let Some(step) = self.plan.steps.last_mut() {
            let setting = "relies on PARQUET_FALLBACK_SCHEMA_RESOLUTION=POSITION, the default of Impala";
            step.changes.push(setting.to_owned());
        }
    }

    /// Fills a table beside the old one, and lets it take its name.
    fn beside(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        if !self.can_rebuild(table) {
            return Ok(());
        }
        // The program's own tables of an earlier version may have more columns, which the old table keeps.
        for foreign in differing.foreign().filter(|_| table.rows != Rows::Program) {
            if let Foreign::Column { name, .. } = foreign {
                self.plan.obstacles.push(format!(
                    "{}.{name}: the table must be rebuilt, which would lose this column; list it as dropped, or add it to \
                     the schema",
                    table.name
                ));
            }
        }
        let Some(sides) = self.sides(differing) else {
            self.plan.obstacles.push(format!(
                "{}: expected the columns of the partition ({}), by which rows are stored, and the stored rows have not all \
                 of them; give the table another name, so that a new one is created",
                table.name,
                table.partition_columns().iter().map(|part| part.name.as_str()).collect::<Vec<_>>().join(", ")
            ));
            return Ok(());
        };
        let Sides { new, old, .. } = &sides;
        if self.exists(old) {
            self.plan.obstacles.push(format!(
                "{old}: this table of an earlier migration is still stored; drop it with `flow-oa migrate --drop-old`"
            ));
        }
        self.shared_folder(differing);
        let is_begun = self.exists(new) && self.state.leads_to(&self.schema.fingerprint);
        if self.exists(new) && !is_begun {
            // Its columns may be others.
            let statements = self.dialect.drop_table(new, self.existing, &self.place);
            self.step(
                format!("drop the table {new}, a copy that was begun for another schema"),
                statements,
                Lock::None,
            );
        }
        self.copy(differing, &sides, is_begun)?;
        self.take_place(differing, &sides);
        Ok(())
    }

    /// Creates the new table, unless an earlier migration has begun to fill it, and copies what it lacks.
    fn copy(&mut self, differing: &Differing, sides: &Sides, is_begun: bool) -> Result<()> {
        let (table, token) = (&differing.table, self.token());
        let Sides { stored, copied, new, partition, .. } = sides;
        let filled = match is_begun {
            true => self.counts(new, &partition[1])?,
            false => {
                let create = self.dialect.create_beside(table, new, &token, &self.place);
                self.step(format!("create the table {new}"), vec![create], Lock::None);
                Vec::new()
            }
        };
        let all = self.counts(stored, &partition[0])?;
        self.days_that_do_not_fit(differing, &all);
        let missing: Vec<&Counted> =
            all.iter().filter(|counted| !filled.iter().any(|filled| filled.is_same(counted))).collect();
        let rows: u64 = missing.iter().map(|counted| counted.rows).sum();
        let partitions: Vec<Vec<(String, String)>> =
            missing.iter().map(|counted| counted.values.clone()).collect();
        let mut values = self.copied(differing);
        if let Some((rank, value)) = self.rank_of(differing) {
            values[rank.at()].1 = Some(value);
        }
        let copy = Copy {
            table,
            from: stored,
            copied: *copied,
            to: new,
            values: &values,
            partitions: &partitions,
            token: &token,
        };
        let statements = self.dialect.fill_beside(&copy, &self.place);
        let changes = differing.changes(self.dialect);
        let step = self.step(format!("copy the rows of {stored} into {new}"), statements, Lock::None);
        (step.rewrites, step.changes) = (Some(Some(rows)), changes);
        let step = self.step(format!("compare the rows of {stored} and {new}"), Vec::new(), Lock::None);
        step.work = Work::Compare { tables: [stored.clone(), new.clone()], partition: partition.clone() };
        Ok(())
    }

    /// The rank of scored rows that were stored without it, in a copy of their day: the lowest score is first, as in
    /// results files.
    fn rank_of(&self, differing: &Differing) -> Option<(ColumnId, String)> {
        let table = &differing.table;
        let pipeline = self.schema.pipelines.iter().find(|it| it.scores_table().name == table.name)?;
        let rank = differing.added().into_iter().find(|id| table[*id].from == Expr::Rank)?;
        let field = pipeline.roles.score.filter(|_| matches!(self.scope, Scope::All { .. }))?;
        let score = table.find(|column| column.from.field() == Some(field))?;
        let others = table.ids().filter(|id| *id != score && !table.is_partition(*id));
        let order: Vec<&str> =
            std::iter::once(score).chain(others).filter_map(|id| differing.name_of(id)).collect();
        differing.name_of(score)?;
        Some((rank, self.dialect.numbered(&order, &table[rank])))
    }

    /// Finds a table of another program in the folder of the new table, where runs delete the files that they replace.
    /// The program's own tables have a description, and a folder for each run.
    fn shared_folder(&mut self, differing: &Differing) {
        let Some(found) = &differing.found else { return };
        let Some(storage) = found.storage.as_ref().filter(|_| found.comment.is_empty()) else { return };
        let table = &differing.table;
        let folder = self.dialect.location_of(table, &self.place);
        if !self.dialect.partitioned_by(table).is_empty() && is_same_folder(&storage.location, &folder) {
            self.plan.obstacles.push(format!(
                "{}: the table is stored in {folder}, where the new table would be, and runs would delete its files; name \
                 another `location` in the URL of the database",
                table.name
            ));
        }
    }

    /// Finds partitions whose rows would be lost or merged in a table with days that are numbers.
    fn days_that_do_not_fit(&mut self, differing: &Differing, all: &[Counted]) {
        let table = &differing.table.name;
        let mut days = BTreeMap::new();
        for counted in all {
            let Some(day) = counted.numbers() else {
                let rows = counted.rows;
                self.plan.obstacles.push(format!(
                    "{table}: the partition {counted} (rows: {rows}) is no day; move its rows to the partition of \
                     their day, or drop it"
                ));
                continue;
            };
            if let Some(other) = days.insert(day, counted) {
                self.plan.obstacles.push(format!(
                    "{table}: the partitions {other} (rows: {}) and {counted} (rows: {}) are the same day; find out which is \
                     right, and drop the other, or move its rows",
                    other.rows, counted.rows
                ));
            }
        }
    }

    fn take_place(&mut self, differing: &Differing, Sides { stored, new, old, copied, .. }: &Sides) {
        let (table, goal) = (&differing.table, self.dialect.stored_name(&differing.table));
        let mut statements: Vec<String> = match copied {
            Copied::Log => self.dialect.drop_view(table, &differing.name, &self.place).into_iter().collect(),
            Copied::Rows => Vec::new(),
        };
        statements.push(self.dialect.rename_table(stored, old, &self.place));
        statements.push(self.dialect.rename_table(new, &goal, &self.place));
        statements.extend(self.dialect.renew_view(table, &self.place));
        let what = format!("let {new} take the place of {stored}, which stays as {old}");
        self.step(what, statements, Lock::All);
    }

    /// Goes on with a migration that was stopped between the two renames: the table is missing, and both others exist.
    fn goes_on(&mut self, table: &Table) -> Result<bool> {
        let goal = self.dialect.stored_name(table);
        let new = format!("{goal}{NEW}");
        let has_old = [&goal, &table.name].into_iter().any(|name| self.exists(&format!("{name}{OLD}")));
        if !self.exists(&new) || !has_old {
            return Ok(false);
        }
        let mut statements = vec![self.dialect.rename_table(&new, &goal, &self.place)];
        statements.extend(self.dialect.renew_view(table, &self.place));
        self.step(format!("let {new} take the place of {goal}, as begun"), statements, Lock::All);
        Ok(true)
    }

    /// A table and the one that takes its place; `None` if the old one lacks a column of the partition.
    fn sides(&self, differing: &Differing) -> Option<Sides> {
        let (table, stored) = (&differing.table, differing.stored(self.dialect));
        let goal = self.dialect.stored_name(table);
        // A log is counted as a whole.
        let copied = if stored == self.dialect.stored_as(table, &differing.name) && goal != table.name {
            Copied::Log
        } else {
            Copied::Rows
        };
        let kept = if copied == Copied::Log { &goal } else { &table.name };
        let partition = match copied {
            Copied::Log => [Vec::new(), Vec::new()],
            Copied::Rows => {
                let value = |id: ColumnId| {
                    let found = differing.found_column(id).map(|found| self.dialect.quoted(&found.name));
                    found.or_else(|| self.part_of_time(differing, id))
                };
                let parts: Vec<ColumnId> = table.ids().filter(|id| table.is_partition(*id)).collect();
                let found: Option<Vec<String>> = parts.iter().map(|id| value(*id)).collect();
                [found?, table.names(&parts).map(|name| self.dialect.quoted(name)).collect()]
            }
        };
        let (new, old) = (format!("{goal}{NEW}"), format!("{kept}{OLD}"));
        Some(Sides { partition, stored, copied, new, old })
    }

    /// Drops the tables that migrations replaced.
    pub(super) fn drop_old(&mut self, beside: &[String]) -> Result<()> {
        for table in beside.iter().filter(|table| table.ends_with(OLD)) {
            self.drop_table(table)?;
        }
        Ok(())
    }

    /// The number of rows of each partition of a table.
    fn counts(&mut self, table: &str, partition: &[String]) -> Result<Vec<Counted>> {
        let query = self.dialect.count_by(table, partition, &self.place);
        let rows = self.session.query(&query, &Values(Vec::new()))?;
        let counted = |row: &Vec<Value>| {
            let Some((Value::BigInt(Some(rows)), values)) = row.split_last() else {
                return Err(Error::Internal(format!(
                    "a partition of {table} has no number of rows: {query}"
                )));
            };
            let values = values.iter().map(|value| unquoted(value).unwrap_or_default());
            Ok(Counted { values: partition.iter().cloned().zip(values).collect(), rows: rows.unsigned_abs() })
        };
        let counted: Vec<Counted> = rows.iter().map(counted).collect::<Result<_>>()?;
        Ok(counted.into_iter().filter(|counted| counted.rows > 0).collect())
    }

    /// A number that no folder of an earlier migration has.
    fn token(&self) -> String {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        format!("{:016}", since.as_micros())
    }
}

/// A table and the one that takes its place.
struct Sides {
    /// The table that has the rows.
    stored: String,
    /// What it has.
    copied: Copied,
    /// The name of the new table until it takes the place.
    new: String,
    /// The name of the old table after that.
    old: String,
    /// The SQL of the values by which the rows of each are counted.
    partition: [Vec<String>; 2],
}

/// The number of rows of a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Counted {
    /// The SQL and the value of each column.
    values: Vec<(String, String)>,
    rows: u64,
}

impl Counted {
    /// The values as numbers; `None` if one is none, such as that of the partition for rows without a value.
    fn numbers(&self) -> Option<Vec<i64>> {
        self.values.iter().map(|(_, value)| value.trim().parse().ok()).collect()
    }

    /// Whether both partitions have the same values, as numbers, and as many rows.
    fn is_same(&self, other: &Self) -> bool {
        self.rows == other.rows && self.numbers() == other.numbers()
    }
}

impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |(name, value): &(String, String)| {
            let value = if value.is_empty() { "NULL" } else { value };
            format!("{}={value}", name.trim_matches('`'))
        };
        f.write_str(&self.values.iter().map(shown).collect::<Vec<_>>().join("/"))
    }
}

/// Whether a change needs a new table.
fn needs_rebuild(difference: &Difference, keeps_renamed: bool) -> bool {
    match difference {
        Difference::DroppedColumn { .. } => true,
        Difference::Column(_, change) => match change {
            OfColumn::Renamed { .. } => !keeps_renamed,
            OfColumn::Type { .. } | OfColumn::Position => true,
            OfColumn::Missing | OfColumn::Required(_) | OfColumn::Description { .. } => false,
        },
        Difference::Storage(change) => match change {
            OfStorage::Partition { .. } | OfStorage::Format { .. } | OfStorage::NoLog => true,
            OfStorage::Location { .. } => false,
        },
        Difference::Missing
        | Difference::Renamed { .. }
        | Difference::Check(_)
        | Difference::Key { .. }
        | Difference::Index(_)
        | Difference::Description { .. }
        | Difference::View { .. }
        | Difference::Foreign(_) => false,
    }
}
