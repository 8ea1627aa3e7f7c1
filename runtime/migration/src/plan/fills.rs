//! How stored rows get the values that they lack: from what is stored, while rows are copied or afterwards.

use flow_oa_schema::Dialect;
use flow_oa_schema::model::{Column, ColumnId, Expr, Rows, Table};
use flow_oa_schema::types::TimePart;
use flow_oa_site::Result;

use super::{Lock, Phase, Planner, Scope, Work};
use crate::compare::Comparison;
use crate::difference::{Difference, Differing, Foreign, OfColumn};
use crate::unseen;

impl Planner<'_> {
    /// Fills added columns of stored rows, if their values can be computed.
    pub(super) fn fill(&mut self, differing: &Differing) -> Result<()> {
        let (table, added) = (&differing.table, differing.added());
        if added.is_empty() || differing.found.is_none() {
            return Ok(());
        }
        let rows = self.rows_of(differing)?;
        if rows == 0 {
            return Ok(());
        }
        // The Hive family writes whole days again. The hours of raw rows have no statement for that, and logs no days.
        let has_days = !table.rows.are_raw() && self.dialect.stored_name(table) == table.name;
        let can_fill = self.dialect.capabilities().transactions || has_days;
        let (columns, others): (Vec<ColumnId>, Vec<ColumnId>) =
            added.into_iter().partition(|column| can_fill && self.is_computed(differing, *column));
        let stays_empty = |column: &ColumnId| {
            let is_copied = self.in_copy(differing, *column).is_some() || table[*column].from == Expr::Rank;
            !is_copied && !is_selected_again(table) && !table.rows.are_rollup() && table.rows != Rows::Program
        };
        let others: Vec<ColumnId> = others.into_iter().filter(stays_empty).collect();
        self.plan.stay_empty.extend(table.names(&others).map(|name| format!("{}.{name}", table.name)));
        if columns.is_empty() {
            return Ok(());
        }
        let names: Vec<&str> = table.names(&columns).collect();
        let what = format!("fill {} of the stored rows of {}", names.join(", "), table.name);
        // In PostgreSQL, the transaction that changes the catalog keeps readers out.
        let is_later = self.dialect == Dialect::Postgres;
        let step = self.step(what, Vec::new(), Lock::Writers);
        if is_later {
            step.phase = Phase::Alone;
        }
        step.work = Work::Fill { table: table.name.clone(), columns };
        step.rewrites = Some(Some(rows));
        Ok(())
    }

    /// Whether an added column can be computed from other values of its row.
    fn is_computed(&self, differing: &Differing, column: ColumnId) -> bool {
        let table = &differing.table;
        let pipeline = self.schema.pipelines.iter().find(|it| it.table(&table.name).is_some());
        pipeline.is_some_and(|it| it.from_row(table, column, &differing.added()).is_some())
    }

    /// Selects the rows of derived tables for the stored days if the tables are new, or have new columns whose values are
    /// not in their rows, and sums up rollups.
    pub(super) fn derived(&mut self, comparison: &Comparison) -> Result<()> {
        let mut tables = Vec::new();
        let mut sums = false;
        for differing in &comparison.tables {
            let table = &differing.table;
            let lacks_values = match differing.found {
                None => self.has_days(comparison, table)?,
                Some(_) => differing.added().iter().any(|column| !self.is_computed(differing, *column)),
            };
            let has_sums =
                table.rows.are_rollup() || table.rows.are_raw() && self.dialect.capabilities().rollups;
            let changes = differing.found.is_some() && differing.differences.iter().any(changes_sums);
            sums |= table.rows.are_rollup() && lacks_values || has_sums && changes;
            let has_foreign = differing.foreign().any(|it| matches!(it, Foreign::Column { .. }));
            if is_selected_again(table) && lacks_values && has_foreign {
                // Rows that are selected again have no values in columns of others.
                let names = table
                    .names(&differing.added())
                    .map(|name| format!("{}.{name}", table.name))
                    .collect::<Vec<_>>();
                self.plan.stay_empty.extend(names);
            } else if is_selected_again(table) && lacks_values {
                tables.push(table.name.clone());
            }
        }
        if !tables.is_empty() {
            let what = format!("select the rows of {} for the stored days", tables.join(", "));
            let step = self.step(what, Vec::new(), Lock::None);
            (step.work, step.phase, step.rewrites) = (Work::Derive { tables }, Phase::Alone, Some(None));
        }
        if sums {
            let step = self.step("sum up the stored raw rows, by day".to_owned(), Vec::new(), Lock::None);
            (step.work, step.phase, step.rewrites) = (Work::SumUp, Phase::Alone, Some(None));
        }
        Ok(())
    }

    /// Whether raw rows are stored from which a new table can be filled.
    pub(super) fn has_days(&mut self, comparison: &Comparison, table: &Table) -> Result<bool> {
        let is_filled = table.rows.are_rollup() || is_selected_again(table);
        let pipeline = self.schema.pipelines.iter().find(|it| it.table(&table.name).is_some());
        let Some(raw) = pipeline.and_then(|it| it.raw_table()).filter(|_| is_filled) else {
            return Ok(false);
        };
        match comparison.tables.iter().find(|differing| differing.table.name == raw.name) {
            Some(differing) if differing.found.is_none() => Ok(false),
            Some(differing) => Ok(self.rows_of(differing)? > 0),
            None => Ok(self.number(&self.dialect.count_where(&raw.name, "1 = 1", &self.place))? > 0),
        }
    }

    /// The value of each column of the schema in a copy of the table; `None` if it stays empty.
    pub(super) fn copied<'d>(&self, differing: &'d Differing) -> Vec<(&'d Column, Option<String>)> {
        let value = |id| differing.value_of(self.dialect, id).or_else(|| self.in_copy(differing, id));
        differing.table.ids().map(|id| (&differing.table[id], value(id))).collect()
    }

    /// The value of a column that the database lacks, if it must be computed while the rows are copied: every row needs
    /// its partition, and the Hive family cannot fill raw rows afterwards.
    fn in_copy(&self, differing: &Differing, id: ColumnId) -> Option<String> {
        let sum = |sum: String| self.dialect.cast(&sum, &differing.table[id]);
        self.part_of_time(differing, id).or_else(|| self.sum_in_copy(differing, id).map(sum))
    }

    /// The sum that a column of raw rows is, in the Hive family.
    pub(super) fn sum_in_copy(&self, differing: &Differing, id: ColumnId) -> Option<String> {
        let table = &differing.table;
        let is_filled_later = self.dialect.capabilities().transactions;
        let Expr::Add(of) = &table[id].from else { return None };
        if is_filled_later || !self.is_lacking(differing, id) || !table[id].kind.storage().is_whole() {
            return None;
        }
        let value = |of: &Expr| {
            let column = of.column().filter(|column| table[*column].kind.storage().is_whole())?;
            differing.value_of(self.dialect, column)
        };
        Some(self.dialect.sum(&of.iter().map(value).collect::<Option<Vec<_>>>()?))
    }

    /// Whether it is a column of raw rows that is added.
    fn is_lacking(&self, differing: &Differing, id: ColumnId) -> bool {
        let is_wanted = matches!(self.scope, Scope::All { .. }) && differing.added().contains(&id);
        is_wanted && differing.table.rows.are_raw()
    }

    /// The value of a column, if it is a part of the time of raw rows.
    pub(super) fn part_of_time(&self, differing: &Differing, id: ColumnId) -> Option<String> {
        let (time, part) = self.time_part(differing, id)?;
        let time = differing.value_of(self.dialect, time)?;
        self.dialect.part_of_text(&time, part, &differing.table[id])
    }

    /// The column of the time, and which part of it such a column is.
    pub(super) fn time_part(&self, differing: &Differing, id: ColumnId) -> Option<(ColumnId, TimePart)> {
        let table = &differing.table;
        let is_filled_later = self.dialect.capabilities().transactions;
        let (time, part) = if let Expr::Partition(part) = &table[id].from {
            (table.partition.time.as_ref()?, part)
        } else if let Expr::Part(time, part) = &table[id].from
            && !is_filled_later
        {
            (&**time, part)
        } else {
            return None;
        };
        let time = time.column().filter(|_| self.is_lacking(differing, id))?;
        part.place().filter(|_| differing.found_column(time).is_some()).map(|_| (time, *part))
    }

    /// Whether a column that is added has to be computed while the rows are copied.
    pub(super) fn computes_in_copy(&self, differing: &Differing) -> bool {
        differing.added().into_iter().any(|id| self.in_copy(differing, id).is_some())
    }

    /// Removes the marks by which runs know the days that a rollup holds, until its new columns are summed up.
    pub(super) fn forget_sums(&mut self, differing: &Differing) {
        let table = &differing.table;
        if table.rows.are_rollup() && differing.found.is_some() && !differing.added().is_empty() {
            let statement = self.dialect.forget_sums(&table.name, &self.place);
            let what = format!("read raw rows in the place of {} until they are summed up", table.name);
            self.step(what, vec![statement], Lock::None);
        }
    }

    /// Adds the steps of a migration that was stopped before values were computed.
    pub(super) fn resume(&mut self) {
        for planned in &self.state.planned {
            let is_planned = self.plan.steps.iter().any(|step| step.what == planned.what);
            if let Some(work) = unseen::remaining(&planned.statements, self.schema).filter(|_| !is_planned) {
                let step = self.step(planned.what.clone(), Vec::new(), Lock::None);
                (step.work, step.phase, step.rewrites) = (work, Phase::Alone, Some(None));
            }
        }
    }
}

/// Whether a change of a rollup or its raw table makes the marks of its days invalid.
fn changes_sums(difference: &Difference) -> bool {
    match difference {
        Difference::Renamed { .. } | Difference::DroppedColumn { .. } | Difference::Key { .. } => true,
        Difference::Column(_, change) => match change {
            OfColumn::Renamed { .. } | OfColumn::Type { .. } => true,
            OfColumn::Missing | OfColumn::Required(_) | OfColumn::Position | OfColumn::Description { .. } => {
                false
            }
        },
        Difference::Missing
        | Difference::Check(_)
        | Difference::Index(_)
        | Difference::Description { .. }
        | Difference::Storage(_)
        | Difference::View { .. }
        | Difference::Foreign(_) => false,
    }
}

/// Whether the rows of a table can be selected again from the stored scores and raw rows.
fn is_selected_again(table: &Table) -> bool {
    table.is_written_by_run() && table.rows.select().is_some()
}
