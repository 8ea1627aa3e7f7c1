//! The steps for SQLite: what `ALTER TABLE` can do, or a copy of the table that takes its place.

use flow_oa_schema::model::Table;
use flow_oa_site::Result;

use super::{Lock, Planner};
use crate::difference::{Difference, Differing, Foreign, OfColumn, OfIndex};

impl Planner<'_> {
    pub(super) fn sqlite(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        if differing.found.is_none() {
            self.create(table);
            return Ok(());
        }
        for change in differing.indexes() {
            if let OfIndex::Outdated { name, .. } | OfIndex::Incomplete { name, .. } = change {
                let statement = self.dialect.drop_index(name, &self.place);
                self.step(format!("drop the index {name}"), vec![statement], Lock::Writers);
            }
        }
        let is_rebuilt = self.computes_in_copy(differing) || differing.differences.iter().any(needs_rebuild);
        let drops = differing.dropped().next().is_some();
        for dependent in
            differing.found.iter().flat_map(|found| &found.dependents).filter(|_| is_rebuilt || drops)
        {
            let change = if is_rebuilt { "the table must be rebuilt" } else { "columns are dropped" };
            self.plan.obstacles.push(format!(
                "{}: {change}, and {dependent} depends on it; drop that, migrate, and create it again",
                differing.name
            ));
        }
        match is_rebuilt {
            true => self.rebuild(differing),
            false => {
                self.alter(differing);
                self.rename_indexes(differing);
                Ok(())
            }
        }
    }

    fn alter(&mut self, differing: &Differing) {
        let table = &differing.table;
        for difference in &differing.differences {
            match difference {
                Difference::Renamed { .. } => self.rename_table(differing),
                Difference::Column(id, OfColumn::Renamed { was }) => {
                    self.rename_column(table, &table[*id], was)
                }
                Difference::Column(id, OfColumn::Missing) => self.add_column(table, &table[*id]),
                Difference::DroppedColumn { name } => self.drop_column(table, name),
                Difference::Index(OfIndex::Missing { at } | OfIndex::Incomplete { at, .. }) => {
                    self.index(table, *at);
                }
                // Dropped above.
                Difference::Index(OfIndex::Outdated { .. }) => {}
                // A table with these is rebuilt.
                Difference::Column(_, OfColumn::Type { .. } | OfColumn::Required(_))
                | Difference::Check(_)
                | Difference::Key { .. } => {}
                // SQLite has none of these, or finds columns by name.
                Difference::Missing
                | Difference::Column(_, OfColumn::Position | OfColumn::Description { .. })
                | Difference::Description { .. }
                | Difference::Storage(_)
                | Difference::View { .. } => {}
                Difference::Foreign(_) => {}
            }
        }
    }

    fn index(&mut self, table: &Table, at: usize) {
        let statement = self.dialect.create_index(table, at, &self.place);
        self.step(format!("build index {} of {}", at + 1, table.name), vec![statement], Lock::Writers);
    }

    fn rebuild(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        let Some(found) = &differing.found else { return Ok(()) };
        if !self.can_rebuild(table) {
            return Ok(());
        }
        let mut others = Vec::new();
        for foreign in differing.foreign() {
            match foreign {
                Foreign::Column { name, .. } => {
                    let kind = found.columns.iter().find(|column| column.name == *name);
                    others.push((name.clone(), kind.map_or_else(String::new, |column| column.kind.clone())));
                }
                Foreign::Check { condition, .. } => self.plan.obstacles.push(format!(
                    "{}: the table must be rebuilt, which would lose the constraint CHECK ({condition}); add it to the \
                     schema, or remove it from the table",
                    differing.name
                )),
                Foreign::Index { name, columns } => self.plan.obstacles.push(format!(
                    "{}: the table must be rebuilt, which would lose the index {name} on ({}); add it to the schema, or \
                     drop it and create it again afterwards",
                    differing.name,
                    columns.join(", ")
                )),
            }
        }
        for index in found.indexes.iter().filter(|index| differing.is_unique_of_others(index)) {
            self.plan.obstacles.push(format!(
                "{}: the table must be rebuilt, which would lose the unique index {}; drop it, and create it again afterwards",
                differing.name, index.name
            ));
        }
        let rows = self.rows_of(differing)?;
        let others: Vec<(&str, &str)> =
            others.iter().map(|(name, kind)| (name.as_str(), kind.as_str())).collect();
        let statements = self.dialect.rebuild(table, &differing.name, &self.copied(differing), &others);
        let (loses, changes) = (differing.dropped_columns(), differing.changes(self.dialect));
        let step = self.step(format!("rebuild the table {}", table.name), statements, Lock::Writers);
        (step.rewrites, step.loses, step.changes) = (Some(Some(rows)), loses, changes);
        Ok(())
    }
}

/// Whether `ALTER TABLE` cannot make a change.
fn needs_rebuild(difference: &Difference) -> bool {
    match difference {
        Difference::Check(_) | Difference::Key { .. } => true,
        Difference::Column(_, change) => match change {
            OfColumn::Type { .. } | OfColumn::Required(_) => true,
            OfColumn::Missing
            | OfColumn::Renamed { .. }
            | OfColumn::Position
            | OfColumn::Description { .. } => false,
        },
        Difference::Missing
        | Difference::Renamed { .. }
        | Difference::DroppedColumn { .. }
        | Difference::Index(_)
        | Difference::Description { .. }
        | Difference::Storage(_)
        | Difference::View { .. }
        | Difference::Foreign(_) => false,
    }
}
