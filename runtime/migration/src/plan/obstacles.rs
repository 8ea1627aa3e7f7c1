//! Why a plan cannot be carried out: rows that the table of the schema cannot store, and what others have on our tables.

use flow_oa_schema::dialect::changes::Fit;
use flow_oa_schema::model::ColumnId;
use flow_oa_site::Result;

use super::{Planner, Scope};
use crate::compare::Comparison;
use crate::difference::{Difference, Differing, Foreign, OfCheck, OfColumn};

impl Planner<'_> {
    /// Finds rows that cannot be stored in the table of the schema.
    pub(super) fn obstacles(&mut self, differing: &Differing) -> Result<()> {
        let stored = differing.stored(self.dialect);
        for difference in &differing.differences {
            let Some((condition, told)) = self.condition(differing, difference) else { continue };
            let query = match condition {
                Unfit::Rows(condition) => self.dialect.count_where(&stored, &condition, &self.place),
                Unfit::Absent(name) => self.dialect.count_absent(&stored, name, &self.place),
                Unfit::Repeated(names) => self.dialect.count_repeated(&stored, &names, &self.place),
            };
            let count = self.number(&query)?;
            if count > 0 {
                self.plan.obstacles.push(format!("{told} ({count}); this query counted them: {query}"));
            }
        }
        self.indexes_of_others(differing);
        self.required_columns(differing)
    }

    /// Which rows the table of the schema cannot store because of a difference, and how that is said; `None` if it stores
    /// all.
    fn condition<'d>(
        &self,
        differing: &'d Differing,
        difference: &'d Difference,
    ) -> Option<(Unfit<'d>, String)> {
        let table = &differing.table;
        match difference {
            Difference::Column(id, change) => self.unfit_values(differing, *id, change),
            Difference::Check(OfCheck::Missing { column }) => {
                let (own, name) = (&table[*column], differing.name_of(*column)?);
                // Whether values fit into a type of whole numbers includes its range, and only numbers have one.
                let kind = differing.found_column(*column).map_or("", |found| &found.kind);
                let is_whole = !own.kind.storage().is_real() && differing.becomes(Fit::Narrower, *column);
                if is_whole || !self.dialect.is_number(kind) {
                    return None;
                }
                let condition = self.dialect.conditions(own, name).join(" AND ");
                let told = format!("{}.{}: values are outside {condition}", table.name, own.name);
                Some((Unfit::Rows(format!("NOT ({condition})")), told))
            }
            Difference::Check(OfCheck::Unvalidated { name }) => {
                let mut checks = differing.found.iter().flat_map(|found| &found.checks);
                let check = checks.find(|check| check.name == *name)?;
                let told = format!("{}: rows do not meet the constraint {name}", table.name);
                Some((Unfit::Rows(format!("NOT ({})", check.condition)), told))
            }
            Difference::Key { .. } => {
                let names: Vec<&str> =
                    table.key.iter().map(|column| differing.name_of(*column)).collect::<Option<_>>()?;
                let told = format!("{}: several rows have the same key ({})", table.name, names.join(", "));
                (!names.is_empty()).then_some((Unfit::Repeated(names), told))
            }
            Difference::Missing
            | Difference::Renamed { .. }
            | Difference::DroppedColumn { .. }
            | Difference::Check(OfCheck::Outdated { .. })
            | Difference::Index(_)
            | Difference::Description { .. }
            | Difference::Storage(_)
            | Difference::View { .. }
            | Difference::Foreign(_) => None,
        }
    }

    /// Which values of a column the table of the schema cannot store.
    fn unfit_values<'d>(
        &self,
        differing: &'d Differing,
        id: ColumnId,
        change: &OfColumn,
    ) -> Option<(Unfit<'d>, String)> {
        let (table, own) = (&differing.table, &differing.table[id]);
        match change {
            OfColumn::Type { found, .. } => {
                let misfits = self.dialect.misfits(differing.name_of(id)?, found, own)?;
                let kind = self.dialect.type_of(own);
                let told = format!("{}.{}: values do not fit the type {kind}", table.name, own.name);
                Some((Unfit::Rows(misfits), told))
            }
            OfColumn::Missing => {
                let sum = self.sum_in_copy(differing, id)?;
                let told = format!("{}.{}: sums do not fit the type", table.name, own.name);
                Some((Unfit::Rows(self.dialect.is_outside(&sum, own)), told))
            }
            OfColumn::Required(true) => {
                let told = format!("{}.{}: rows have no value", table.name, own.name);
                Some((Unfit::Absent(differing.name_of(id)?), told))
            }
            OfColumn::Required(false)
            | OfColumn::Renamed { .. }
            | OfColumn::Position
            | OfColumn::Description { .. } => None,
        }
    }

    /// Finds columns that are stored under both their name and an earlier one. Only the owner knows which values count.
    pub(super) fn both_names(&mut self, differing: &Differing) {
        let table = &differing.table;
        if !matches!(self.scope, Scope::All { .. }) {
            return;
        }
        for foreign in differing.foreign() {
            let Foreign::Column { name, .. } = foreign else { continue };
            let is_it = |was: &String| was.eq_ignore_ascii_case(name);
            if let Some(id) = table.find(|column| column.was.iter().any(is_it)) {
                let own = &table[id].name;
                self.plan.obstacles.push(format!(
                    "{}: the table has the column {own} and {name}, an earlier name of it; copy the values that count into \
                     {own}, drop {name}, and migrate again",
                    differing.name
                ));
            }
        }
    }

    /// Finds whole numbers that a narrower type of the schema does not allow, in a database whose types do not show it.
    pub(super) fn hidden_sizes(&mut self, comparison: &Comparison) -> Result<()> {
        for table in self.schema.tables() {
            let differing = comparison.tables.iter().find(|differing| differing.table.name == table.name);
            let stored = differing.map_or_else(|| table.name.clone(), |it| it.stored(self.dialect));
            if differing.is_some_and(|differing| differing.found.is_none()) {
                continue;
            }
            let narrow = |id: &ColumnId| self.dialect.hides_size(&table[*id]);
            let outside = table.ids().filter(narrow).filter_map(|id| {
                let name = differing.map_or(Some(table[id].name.as_str()), |it| it.name_of(id))?;
                Some((id, self.dialect.is_outside(&self.dialect.quoted(name), &table[id])))
            });
            let outside: Vec<(ColumnId, String)> = outside.collect();
            let all: Vec<&str> = outside.iter().map(|(_, condition)| condition.as_str()).collect();
            if all.is_empty()
                || self.number(&self.dialect.count_where(&stored, &all.join(" OR "), &self.place))? == 0
            {
                continue;
            }
            for (id, condition) in outside {
                let query = self.dialect.count_where(&stored, &condition, &self.place);
                let count = self.number(&query)?;
                if count > 0 {
                    let (column, kind) = (&table[id].name, table[id].kind.name());
                    self.plan.obstacles.push(format!(
                        "{}.{column}: values do not fit the type {kind} ({count} rows); this query counted them: {query}",
                        table.name
                    ));
                }
            }
        }
        Ok(())
    }

    /// An index of others that would go with a column.
    fn indexes_of_others(&mut self, differing: &Differing) {
        for dropped in differing.dropped() {
            for foreign in differing.foreign() {
                if let Foreign::Index { name, columns } = foreign
                    && columns.iter().any(|column| column == dropped)
                {
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
        for column in differing.added() {
            if self.part_of_time(differing, column).is_none()
                && differing.found.is_some()
                && table.requires(column)
                && self.rows_of(differing)? > 0
            {
                self.plan.obstacles.push(format!(
                    "{}.{}: every row needs a value, and stored rows have none; delete the rows of the table, or add the \
                     column with its values by hand",
                    table.name, table[column].name
                ));
            }
        }
        Ok(())
    }
}

/// Rows that the table of the schema cannot store.
enum Unfit<'d> {
    /// Those that meet a condition.
    Rows(String),
    /// Those without a value of a column.
    Absent(&'d str),
    /// Those with the same values of some columns.
    Repeated(Vec<&'d str>),
}
