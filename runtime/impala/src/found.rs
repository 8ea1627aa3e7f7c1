//! Which columns the tables of a database have: one request for all of them, since each statement takes time. The
//! answer also lists tables that killed commands left.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use crate::sql::{answers, statements};
use flow_oa_core::value::text;
use flow_oa_engine::{Access, FoundColumn, FoundStorage, FoundTable, Result};
use flow_oa_schema::dialect::impala::log::name_of;
use flow_oa_schema::types::ColumnType;

use super::work::is_left_over;
use super::{Family, Impala, SPOKEN, fault, now};

/// The database of a session that chose none.
const DEFAULT: &str = "default";

/// The positions of the database, the table, the column and the column's type in a row of the answer.
const CELLS: [usize; 4] = [1, 2, 3, 5];

impl Impala {
    /// The columns of each table; none for a table that does not exist.
    pub(super) fn columns_of(&mut self, tables: &[&str]) -> Result<Vec<Vec<FoundColumn>>> {
        let mut found = self.find_columns(tables)?;
        if self.family == Family::Impala {
            let absent: Vec<&str> =
                tables.iter().copied().filter(|table| !found.contains_key(*table)).collect();
            if self.are_made_by_others(&absent)? {
                found = self.find_columns(tables)?;
            }
        }
        for (table, columns) in &found {
            self.adapt(table, columns);
        }
        Ok(tables.iter().map(|table| found.remove(*table).unwrap_or_default()).collect())
    }

    /// Takes over the types of columns that are narrower than in the schema, so that files and statements have the types
    /// of the existing table.
    fn adapt(&mut self, table: &str, columns: &[FoundColumn]) {
        let Some(table) = self.tables.get_mut(table) else { return };
        for column in &mut table.columns {
            let found = columns.iter().find(|found| found.name.eq_ignore_ascii_case(&column.name));
            let Some(found) = found.filter(|found| SPOKEN.is_narrower(&found.kind, column)) else { continue };
            let kinds = [ColumnType::Smallint, ColumnType::Int];
            let kind =
                kinds.into_iter().find(|kind| SPOKEN.type_name(*kind).eq_ignore_ascii_case(&found.kind));
            column.kind = kind.unwrap_or(column.kind);
        }
    }

    /// Describes each table, or its log if it is stored as one.
    pub(super) fn describe(&mut self, tables: &[&str], logs: &[&str]) -> Result<Vec<Option<FoundTable>>> {
        let existing = self.names_of_tables()?;
        let exists = |name: &str| existing.iter().any(|found| found.eq_ignore_ascii_case(name));
        let mut found = Vec::new();
        for table in tables {
            let log = name_of(table);
            found.push(match logs.contains(table) && exists(&log) {
                true => {
                    let shown = if exists(table) { self.shown_by(table)? } else { Vec::new() };
                    Some(FoundTable { shown: Some(shown), ..self.formatted(&log)? })
                }
                false if exists(table) => Some(self.formatted(table)?),
                false => None,
            });
        }
        Ok(found)
    }

    /// The names of all tables and views.
    pub(super) fn names_of_tables(&mut self) -> Result<Vec<String>> {
        let rows = self.ask(statements::SHOW_TABLES)?;
        // Spark answers with the database, the name, and whether the table is temporary.
        let name = |row: &Vec<String>| row.get(usize::from(row.len() > 1)).cloned();
        Ok(rows.iter().filter_map(name).collect())
    }

    fn formatted(&mut self, table: &str) -> Result<FoundTable> {
        let rows = self.ask(&statements::describe_formatted(&self.qualified(table)))?;
        let found = answers::formatted(&rows);
        Ok(FoundTable {
            columns: found
                .columns
                .into_iter()
                .map(|[name, kind, comment]| column(name, kind, comment))
                .collect(),
            comment: found.comment,
            partition: found.partition,
            storage: Some(FoundStorage { format: found.format.to_owned(), location: found.location }),
            ..FoundTable::default()
        })
    }

    /// The columns of a view.
    fn shown_by(&mut self, view: &str) -> Result<Vec<String>> {
        let rows = self.ask(&statements::describe(&self.qualified(view)))?;
        Ok(answers::described(&rows).columns.into_iter().map(|(name, _)| name).collect())
    }

    /// The columns of the existing tables, by the name of the table as the caller writes it.
    fn find_columns(&mut self, tables: &[&str]) -> Result<BTreeMap<String, Vec<FoundColumn>>> {
        let place = &self.link.about().place;
        let database = place.database.clone().unwrap_or_else(|| DEFAULT.to_owned());
        let like = format!("{}%", common_prefix(tables));
        let mut found = BTreeMap::<String, Vec<FoundColumn>>::new();
        let (now, mut left_over) = (now(), BTreeSet::new());
        self.link.connection().catalog(&database, &like, &mut |row| {
            let [owner, table, name, kind] = CELLS.map(|at| row.get(at).map(text).unwrap_or_default());
            // The pattern may match more than the names: `_` stands for any character.
            if !owner.eq_ignore_ascii_case(&database) {
                return ControlFlow::Continue(());
            }
            if let Some(asked) = tables.iter().find(|asked| asked.eq_ignore_ascii_case(&table)) {
                found.entry((*asked).to_owned()).or_default().push(column(name, kind, String::new()));
            } else if is_left_over(&table, now) {
                left_over.insert(table);
            }
            ControlFlow::Continue(())
        })?;
        self.left_over = left_over.into_iter().collect();
        Ok(found)
    }

    /// Whether some of these tables exist although Impala does not know them: it must be notified of tables that
    /// another program of its family created.
    fn are_made_by_others(&mut self, absent: &[&str]) -> Result<bool> {
        let mut some = false;
        for table in absent {
            let sql = statements::invalidate_metadata(&self.qualified(table));
            match self.send_as(Access::Read, &sql) {
                Ok(()) => some = true,
                Err(error) if fault::is_absent(&error) => {}
                Err(other) => return Err(other),
            }
        }
        Ok(some)
    }
}

/// A column, which is never required.
fn column(name: String, kind: String, comment: String) -> FoundColumn {
    FoundColumn { name, kind, comment, is_required: false, may_be_omitted: true }
}

fn common_prefix<'a>(names: &[&'a str]) -> &'a str {
    let Some((first, others)) = names.split_first() else { return "" };
    let alike = |text: &&str| {
        first.chars().zip(text.chars()).take_while(|(a, b)| a == b).map(|(a, _)| a.len_utf8()).sum()
    };
    let length: usize = others.iter().map(alike).min().unwrap_or(first.len());
    first.get(..length).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_is_what_all_names_begin_with() {
        assert_eq!(common_prefix(&["flow", "flow_edge", "flow_oa"]), "flow");
        assert_eq!(common_prefix(&["dns", "flow"]), "");
        assert_eq!(common_prefix(&["flow"]), "flow");
        assert_eq!(common_prefix(&[]), "");
    }
}
