//! The steps for PostgreSQL: changes of the catalog in one transaction, then what reads all rows, each by itself.

use flow_oa_core::value::whole;
use flow_oa_engine::FoundTable;
use flow_oa_schema::model::{Column, ColumnId, Table};
use flow_oa_site::Result;
use sea_query::{Value, Values};

use super::{Lock, Phase, Planner};
use crate::difference::{Difference, Differing, Foreign, OfCheck, OfColumn, OfIndex, OfStorage};

impl Planner<'_> {
    pub(super) fn postgres(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        let Some(found) = &differing.found else {
            self.create(table);
            return Ok(());
        };
        if differing.storage().any(|change| matches!(change, OfStorage::Partition { .. })) {
            return self.repartition(differing, found);
        }
        let (rewrites, drops) = (differing.retypes(), differing.dropped().next().is_some());
        if rewrites || drops {
            for view in &found.dependents {
                self.plan.obstacles.push(format!(
                    "{}: {view} depends on columns that change; drop it, migrate, and create it again",
                    differing.name
                ));
            }
        }
        let renames = differing.columns().any(|(_, change)| matches!(change, OfColumn::Renamed { .. }));
        for trigger in found.triggers.iter().filter(|_| rewrites || drops || renames) {
            self.plan.obstacles.push(format!(
                "{}: {trigger} may name columns that change; drop it, migrate, and create it again",
                differing.name
            ));
        }
        let keeps_view = !rewrites && !drops && self.keeps_view(differing);
        let is_redefined = found.shown.is_some() && !keeps_view;
        let grants = if is_redefined { self.drop_view(differing)? } else { Vec::new() };
        self.names(differing, found.shown.is_some() && !is_redefined);
        self.removals(differing);
        self.columns(differing)?;
        self.constraints(differing);
        let is_of_view = |it: &Difference| matches!(it, Difference::View { .. });
        if is_redefined || differing.differences.iter().any(is_of_view) {
            self.renew_view(table);
        }
        self.grant_again(table, grants);
        self.descriptions(differing);
        self.later(differing)
    }

    /// Puts a partitioned table in the place of one that is not, or is partitioned otherwise.
    fn repartition(&mut self, differing: &Differing, found: &FoundTable) -> Result<()> {
        let (table, name) = (&differing.table, &differing.name);
        for foreign in differing.foreign() {
            if let Foreign::Column { name: column, .. } = foreign {
                self.plan.obstacles.push(format!(
                    "{name}.{column}: the table must be partitioned, which would lose this column; list it as dropped, or \
                     add it to the schema"
                ));
            }
        }
        for dependent in found.dependents.iter().chain(&found.triggers) {
            self.plan.obstacles.push(format!(
                "{name}: the table must be partitioned, and {dependent} depends on it; drop that, migrate, and create it again"
            ));
        }
        let values = self.copied(differing);
        let is_of_day = |column: &Column| table.day_columns().iter().any(|day| day.name == column.name);
        let days: Option<Vec<String>> =
            values.iter().filter(|(column, _)| is_of_day(column)).map(|(_, value)| value.clone()).collect();
        let Some(days) = days else { return Ok(()) };
        let query = self.dialect.count_by(name, &days, &self.place);
        let rows = self.session.query(&query, &Values(Vec::new()))?;
        let day = |row: &Vec<Value>| {
            let values: Option<Vec<i64>> = row.iter().take(3).map(whole).collect();
            <[i64; 3]>::try_from(values?).ok()
        };
        let days: Vec<[i64; 3]> = rows.iter().filter_map(day).collect();
        let mut grants = self.texts(&self.dialect.grants_query(name, &table.name, &self.place))?;
        if found.shown.is_some() {
            grants.extend(self.drop_view(differing)?);
        }
        for index in found.indexes.iter().filter(|index| !index.is_constraint) {
            let statement = self.dialect.drop_index(&index.name, &self.place);
            self.step(format!("drop the index {}", index.name), vec![statement], Lock::All);
        }
        let own = self.dialect.own_columns(table);
        let has_numbers = found.columns.iter().any(|column| own.contains(&column.name.as_str()));
        let statements = self.dialect.repartition(table, name, &values, has_numbers, &days, &self.place);
        let (rows, loses) = (self.rows_of(differing)?, differing.dropped_columns());
        let changes = differing.changes(self.dialect);
        let step = self.step(format!("partition the table {} by day", table.name), statements, Lock::All);
        (step.rewrites, step.loses, step.changes) = (Some(Some(rows)), loses, changes);
        self.grant_again(table, grants);
        Ok(())
    }

    /// Drops the view. Returns the statements that grant the rights on it again.
    fn drop_view(&mut self, differing: &Differing) -> Result<Vec<String>> {
        if let Some(statement) = self.dialect.drop_view(&differing.table, &differing.name, &self.place) {
            let what = format!("drop the view of {}, which is defined again", differing.name);
            self.step(what, vec![statement], Lock::All);
        }
        let [from, to] = [&differing.name, &differing.table.name].map(|name| self.dialect.view_of(name));
        self.texts(&self.dialect.grants_query(&from, &to, &self.place))
    }

    /// Grants the rights of others on what was defined again.
    fn grant_again(&mut self, table: &Table, grants: Vec<String>) {
        if !grants.is_empty() {
            self.step(format!("grant the rights of others on {} again", table.name), grants, Lock::None);
        }
    }

    /// The texts that a query returns, one in a row.
    fn texts(&mut self, query: &str) -> Result<Vec<String>> {
        let rows = self.session.query(query, &Values(Vec::new()))?;
        Ok(rows.iter().filter_map(|row| row.first()).map(flow_oa_core::value::text).collect())
    }

    /// Whether the view can be replaced: its columns, with their names of today, are the first ones of the schema.
    fn keeps_view(&self, differing: &Differing) -> bool {
        let expected = self.dialect.shown(&differing.table).unwrap_or_default();
        let shown = differing.found.as_ref().and_then(|found| found.shown.as_ref());
        let today = |name: &String| {
            let is_it = |change: &OfColumn| matches!(change, OfColumn::Renamed { was } if was == name);
            let renamed = differing.columns().find(|(_, change)| is_it(change));
            renamed.map_or_else(|| name.clone(), |(column, _)| differing.table[column].name.clone())
        };
        shown.is_some_and(|shown| {
            shown.len() <= expected.len()
                && shown.iter().map(today).zip(&expected).all(|(one, other)| one == *other)
        })
    }

    /// Renames the table and columns, and its view with them.
    fn names(&mut self, differing: &Differing, has_view: bool) {
        let table = &differing.table;
        let renamed = |it: &&Difference| matches!(it, Difference::Renamed { .. });
        if let Some(Difference::Renamed { was }) = differing.differences.iter().find(renamed) {
            self.rename_table(differing);
            let of_view = self.dialect.rename_view(was, &table.name, &self.place);
            self.rename_in_view(table, of_view.filter(|_| has_view));
        }
        for (id, change) in differing.columns() {
            if let OfColumn::Renamed { was } = change {
                self.rename_column(table, &table[id], was);
                let of_view = self.dialect.rename_in_view(&table.name, was, &table[id].name, &self.place);
                self.rename_in_view(table, of_view.filter(|_| has_view));
            }
        }
        self.rename_indexes(differing);
    }

    fn rename_in_view(&mut self, table: &Table, statement: Option<String>) {
        if let Some(statement) = statement {
            let what = format!("rename the same in the view of {}", table.name);
            self.step(what, vec![statement], Lock::All);
        }
    }

    fn removals(&mut self, differing: &Differing) {
        let table = &differing.table;
        for change in differing.checks() {
            if let OfCheck::Outdated { name, .. } = change {
                let statement = self.dialect.drop_constraint(&table.name, name, &self.place);
                self.step(format!("drop the constraint {name}"), vec![statement], Lock::All);
            }
        }
        for difference in &differing.differences {
            if let Difference::Key { found: Some(key) } = difference {
                let statement = match key.is_constraint {
                    true => self.dialect.drop_constraint(&table.name, &key.name, &self.place),
                    false => self.dialect.drop_index(&key.name, &self.place),
                };
                self.step(format!("drop the key {}", key.name), vec![statement], Lock::All);
            }
        }
        for change in differing.indexes() {
            if let OfIndex::Outdated { name, .. } | OfIndex::Incomplete { name, .. } = change {
                let statement = self.dialect.drop_index(name, &self.place);
                self.step(format!("drop the index {name}"), vec![statement], Lock::All);
            }
        }
        // The server drops the key and the indexes of a column with it.
        for name in differing.dropped() {
            self.drop_column(table, name);
        }
    }

    fn columns(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        self.types(differing)?;
        for (id, change) in differing.columns() {
            let column = &table[id];
            match change {
                OfColumn::Missing => {
                    self.add_column(table, column);
                    self.set_part(differing, id)?;
                }
                OfColumn::Required(is_required) => {
                    let (what, statement) = match is_required {
                        true => (
                            "require a value of",
                            self.dialect.require_value(&table.name, column, &self.place),
                        ),
                        false => {
                            ("let rows omit", self.dialect.allow_absence(&table.name, column, &self.place))
                        }
                    };
                    let what = format!("{what} {}.{}", table.name, column.name);
                    self.step(what, vec![statement], Lock::All);
                }
                // Changed or renamed before, described later, and found by name.
                OfColumn::Type { .. }
                | OfColumn::Renamed { .. }
                | OfColumn::Description { .. }
                | OfColumn::Position => {}
            }
        }
        Ok(())
    }

    /// Changes the types of columns, all in one pass over the rows.
    fn types(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        let changed = differing.columns().filter_map(|(id, change)| {
            if let OfColumn::Type { found, .. } = change { Some((&table[id], found.as_str())) } else { None }
        });
        let changed: Vec<(&Column, &str)> = changed.collect();
        if changed.is_empty() {
            return Ok(());
        }
        let told = |(column, found): &(&Column, &str)| {
            format!("{}.{} from {found} to {}", table.name, column.name, self.dialect.type_of(column))
        };
        let told: Vec<String> = changed.iter().map(told).collect();
        let types = if changed.len() == 1 { "type" } else { "types" };
        let statement = self.dialect.retype(&table.name, &changed, &self.place);
        let rows = self.rows_of(differing)?;
        let what = format!("change the {types} of {}", told.join(", "));
        self.step(what, vec![statement], Lock::All).rewrites = Some(Some(rows));
        Ok(())
    }

    /// Sets the values of an added column of the partition, which every row needs.
    fn set_part(&mut self, differing: &Differing, id: ColumnId) -> Result<()> {
        let (table, column) = (&differing.table, &differing.table[id]);
        let Some((time, part)) = self.time_part(differing, id) else { return Ok(()) };
        // Columns have their names of today by now.
        let found = differing.found_column(time).map_or("", |found| &found.kind);
        let text = self.dialect.converted(&table[time].name, found, &table[time]);
        let Some(value) = self.dialect.part_of_text(&text, part, column) else { return Ok(()) };
        let statements = vec![
            self.dialect.set_all(&table.name, column, &value, &self.place),
            self.dialect.require_value(&table.name, column, &self.place),
        ];
        let what = format!("compute {}.{} from the time of each row", table.name, column.name);
        self.step(what, statements, Lock::All).rewrites = Some(Some(self.rows_of(differing)?));
        Ok(())
    }

    fn constraints(&mut self, differing: &Differing) {
        let table = &differing.table;
        let checks: Vec<String> =
            differing.unchecked().map(|id| self.dialect.add_check(table, &table[id], &self.place)).collect();
        if !checks.is_empty() {
            let what = format!("add {} for new rows of {}", counted(checks.len()), table.name);
            self.step(what, checks, Lock::All);
        }
        if differing.changes_key() && !table.key.is_empty() {
            let statement = self.dialect.restore_key(table, &self.place);
            self.step(format!("build the key of {}", table.name), vec![statement], Lock::All);
        }
    }

    /// The steps that read all rows, each by itself; other sessions can read and write meanwhile.
    fn later(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        let added = differing.unchecked().map(|id| self.dialect.check_name(table, &table[id]));
        let unvalidated = differing.checks().filter_map(|change| {
            if let OfCheck::Unvalidated { name } = change { Some(name.clone()) } else { None }
        });
        let checks: Vec<String> = added
            .chain(unvalidated)
            .map(|check| self.dialect.validate(&table.name, &check, &self.place))
            .collect();
        if !checks.is_empty() {
            let what = format!("check the stored rows of {} against {}", table.name, counted(checks.len()));
            self.step(what, checks, Lock::None).phase = Phase::Alone;
        }
        for change in differing.indexes() {
            if let OfIndex::Missing { at } | OfIndex::Incomplete { at, .. } = change {
                let parts = self.partitions(&differing.name)?;
                let what = format!("build index {} of {} while others write", at + 1, table.name);
                let statements = self.dialect.index_concurrently(table, *at, &parts, &self.place);
                self.step(what, statements, Lock::None).phase = Phase::Alone;
            }
        }
        Ok(())
    }

    /// The quoted names of the partitions of a table.
    fn partitions(&mut self, table: &str) -> Result<Vec<String>> {
        self.texts(&self.dialect.partitions_query(table, &self.place))
    }
}

/// A number of constraints.
fn counted(constraints: usize) -> String {
    let plural = if constraints == 1 { "constraint" } else { "constraints" };
    format!("{constraints} {plural}")
}
