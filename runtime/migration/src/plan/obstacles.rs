//! Why a plan cannot be carried out: rows that the table of the schema cannot store, and what others have on our tables.

use flow_oa_schema::dialect::changes::Fit;
use flow_oa_schema::model::ColumnId;
use flow_oa_site::Result;

use super::Planner;
use crate::compare::{Difference, Differing};

impl Planner<'_> {
    /// Finds rows that cannot be stored in the table of the schema.
    pub(super) fn obstacles(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        let stored = differing.stored(self.dialect);
        for difference in &differing.differences {
            let (query, told) = match difference {
                Difference::Type { column, found, .. } => {
                    let (own, Some(name)) = (&table[*column], differing.name_of(*column)) else { continue };
                    let Some(misfits) = self.dialect.misfits(name, found, own) else { continue };
                    let kind = self.dialect.type_of(own);
                    let told = format!("{}.{}: values do not fit the type {kind}", table.name, own.name);
                    (self.dialect.count_where(&stored, &misfits, &self.place), told)
                }
                Difference::MissingColumn { column } => {
                    let (own, Some(sum)) = (&table[*column], self.sum_in_copy(differing, *column)) else {
                        continue;
                    };
                    let told = format!("{}.{}: sums do not fit the type", table.name, own.name);
                    (
                        self.dialect.count_where(&stored, &self.dialect.is_outside(&sum, own), &self.place),
                        told,
                    )
                }
                Difference::MissingCheck { column } => {
                    let (own, Some(name)) = (&table[*column], differing.name_of(*column)) else { continue };
                    // Whether values fit into a type of whole numbers includes its range, and only numbers have one.
                    let kind = differing.found_column(*column).map_or("", |found| &found.kind);
                    let narrows = |it: &Difference| it.is_narrower(*column);
                    let is_whole = !own.kind.storage().is_real() && differing.differences.iter().any(narrows);
                    if is_whole || !self.dialect.is_number(kind) {
                        continue;
                    }
                    let condition = self.dialect.conditions(own, name).join(" AND ");
                    let told = format!("{}.{}: values are outside {condition}", table.name, own.name);
                    (self.dialect.count_where(&stored, &format!("NOT ({condition})"), &self.place), told)
                }
                Difference::UncheckedRows { name } => {
                    let checks = differing.found.iter().flat_map(|found| &found.checks);
                    let Some(check) = checks.into_iter().find(|check| check.name == *name) else { continue };
                    let told = format!("{}: rows do not meet the constraint {name}", table.name);
                    let condition = format!("NOT ({})", check.condition);
                    (self.dialect.count_where(&stored, &condition, &self.place), told)
                }
                Difference::Required { column, is_required: true } => {
                    let (own, Some(name)) = (&table[*column], differing.name_of(*column)) else { continue };
                    let told = format!("{}.{}: rows have no value", table.name, own.name);
                    (self.dialect.count_absent(&stored, name, &self.place), told)
                }
                Difference::Key { .. } => {
                    let names: Option<Vec<&str>> =
                        table.key.iter().map(|column| differing.name_of(*column)).collect();
                    let Some(names) = names.filter(|names| !names.is_empty()) else { continue };
                    let told =
                        format!("{}: several rows have the same key ({})", table.name, names.join(", "));
                    (self.dialect.count_repeated(&stored, &names, &self.place), told)
                }
                _ => continue,
            };
            let count = self.number(&query)?;
            if count > 0 {
                self.plan.obstacles.push(format!("{told} ({count}); find them with: {query}"));
            }
        }
        self.indexes_of_others(differing);
        self.required_columns(differing)
    }

    /// An index of others that would go with a column.
    fn indexes_of_others(&mut self, differing: &Differing) {
        for difference in &differing.differences {
            let Difference::DroppedColumn { name: dropped } = difference else { continue };
            for foreign in differing.all_foreign() {
                let Difference::ForeignIndex { name, columns } = foreign else { continue };
                if columns.contains(dropped) {
                    self.plan.obstacles.push(format!(
                        "{}.{dropped}: the column is to be dropped, and the index {name} is on it; drop that, and migrate again",
                        differing.name
                    ));
                }
            }
        }
    }

    /// A column that the key needs cannot be added to a table with rows.
    fn required_columns(&mut self, differing: &Differing) -> Result<()> {
        let table = &differing.table;
        if !self.dialect.capabilities().indexes {
            return Ok(());
        }
        for difference in &differing.differences {
            let Difference::MissingColumn { column } = difference else { continue };
            if self.part_of_time(differing, *column).is_none()
                && differing.found.is_some()
                && table.requires(*column)
                && self.rows_of(differing)? > 0
            {
                self.plan.obstacles.push(format!(
                    "{}.{}: every row needs a value, and stored rows have none; delete the rows of the table, or add the \
                     column with its values by hand",
                    table.name, table[*column].name
                ));
            }
        }
        Ok(())
    }
}

impl Difference {
    fn is_narrower(&self, wanted: ColumnId) -> bool {
        matches!(self, Self::Type { column, fit: Fit::Narrower, .. } if *column == wanted)
    }
}
