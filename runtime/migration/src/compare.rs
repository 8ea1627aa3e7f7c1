//! Compares the tables of a database with those of a schema, in everything that a schema can say of them.

use flow_oa_engine::indexes::{begins_with, is_in_order};
use flow_oa_engine::{FoundCheck, FoundColumn, FoundIndex, FoundTable, Session};
use flow_oa_ledger::schemas::{self, State};
use flow_oa_schema::dialect::index_name;
use flow_oa_schema::dialect::{Place, checks};
use flow_oa_schema::model::{ColumnId, Schema, Table};
use flow_oa_schema::{Dialect, ledger};
use flow_oa_site::Result;

use crate::difference::{
    Difference, Differing, Foreign, OfCheck, OfColumn, OfIndex, OfStorage, column_of, is_key_name,
};

/// Everything in which a database differs from a schema.
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    /// The tables of the schema that differ or are missing, in the order of the schema.
    pub tables: Vec<Differing>,
    /// Tables that only the database has.
    pub foreign: Vec<String>,
    /// Tables that only the database has, and that the schema lists as dropped.
    pub dropped: Vec<String>,
    /// Tables of a migration that was not completed, or whose old tables were kept.
    pub beside: Vec<String>,
    /// All tables and views of the database.
    pub existing: Vec<String>,
    /// What the database says of its structure.
    pub state: State,
}

impl Comparison {
    /// Whether the database has everything that the schema has, as the schema has it.
    pub fn fits(&self) -> bool {
        self.dropped.is_empty()
            && self.tables.iter().all(|table| table.differences.iter().all(Difference::is_foreign))
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.tables.is_empty() && self.foreign.is_empty() && self.dropped.is_empty() && self.beside.is_empty()
    }
}

/// The suffix of a table that a migration of the Hive family fills.
pub(crate) const NEW: &str = "_flow_oa_new";

/// The suffix of a table that a migration of the Hive family has replaced.
pub(crate) const OLD: &str = "_flow_oa_old";

/// Compares a database with a schema.
///
/// # Errors
/// If the database cannot be read, or a later version of the program has changed it.
pub fn compare(session: &mut dyn Session, schema: &Schema) -> Result<Comparison> {
    let state = schemas::known(session)?;
    let (dialect, place) = (session.dialect(), session.place().clone());
    let own = ledger::tables();
    let tables: Vec<&Table> = schema.tables().chain(&own).filter(|table| dialect.has(table)).collect();
    let existing = session.table_names()?;
    let named: Vec<(&Table, String)> =
        tables.iter().map(|table| (*table, name_in(dialect, table, &existing))).collect();
    let names: Vec<&str> = named.iter().map(|(_, name)| name.as_str()).collect();
    let logs: Vec<&str> = named
        .iter()
        .filter(|(table, _)| dialect.stored_name(table) != table.name)
        .map(|(_, name)| name.as_str())
        .collect();
    let found = session.described(&names, &logs)?;
    let mut comparison = Comparison { state, ..Comparison::default() };
    for ((table, name), found) in named.iter().zip(found) {
        let differing = differing(dialect, &place, table, name.clone(), found);
        comparison.tables.extend((!differing.differences.is_empty()).then_some(differing));
    }
    let known: Vec<String> =
        named.iter().flat_map(|(table, name)| [name.clone(), dialect.stored_as(table, name)]).collect();
    for name in existing.clone() {
        let is = |known: &String| known.eq_ignore_ascii_case(&name);
        let base = name.strip_suffix(NEW).or_else(|| name.strip_suffix(OLD));
        if known.iter().any(is) {
        } else if base.is_some_and(|base| known.iter().any(|known| known.eq_ignore_ascii_case(base))) {
            comparison.beside.push(name);
        } else if schema.pipelines.iter().flat_map(|pipeline| &pipeline.dropped).any(is) {
            comparison.dropped.push(name);
        } else if !name.starts_with("flow_oa_") {
            comparison.foreign.push(name);
        }
    }
    comparison.existing = existing;
    Ok(comparison)
}

/// The name under which a database has a table: today's, or the latest of the earlier ones that it has. Another program
/// may have stored the rows of a log in a table with the name itself.
fn name_in(dialect: Dialect, table: &Table, existing: &[String]) -> String {
    let exists = |name: &str| existing.iter().any(|found| found.eq_ignore_ascii_case(name));
    let mut names = std::iter::once(&table.name).chain(&table.was);
    let stored = names.clone().find(|name| exists(&dialect.stored_as(table, name)));
    stored.or_else(|| names.find(|name| exists(name))).unwrap_or(&table.name).clone()
}

/// Compares a table with what the database has under `name`.
pub(crate) fn differing(
    dialect: Dialect,
    place: &Place,
    table: &Table,
    name: String,
    found: Option<FoundTable>,
) -> Differing {
    let mut differences = Vec::new();
    match &found {
        None => differences.push(Difference::Missing),
        Some(found) => {
            if name != table.name {
                differences.push(Difference::Renamed { was: name.clone() });
            }
            Compared { dialect, place, table, found }.all(&mut differences);
        }
    }
    Differing { table: table.clone(), name, found, differences }
}

/// A table of the schema beside that of the database.
struct Compared<'a> {
    dialect: Dialect,
    place: &'a Place,
    table: &'a Table,
    found: &'a FoundTable,
}

impl Compared<'_> {
    fn all(&self, out: &mut Vec<Difference>) {
        self.columns(out);
        self.positions(out);
        self.checks(out);
        self.key(out);
        self.indexes(out);
        self.comments(out);
        self.storage(out);
    }

    /// What the database has for a column, under its name or an earlier one.
    fn found_column(&self, id: ColumnId) -> Option<&FoundColumn> {
        let column = &self.table[id];
        let names = std::iter::once(&column.name).chain(&column.was);
        names.into_iter().find_map(|name| column_of(self.found, name)).or_else(|| self.found_part(id))
    }

    /// The only column of the partition whose name begins with that of a column of the partition in the schema, which
    /// gives no earlier names to these.
    fn found_part(&self, id: ColumnId) -> Option<&FoundColumn> {
        let name = self.table[id].name.to_ascii_lowercase();
        let begins = |part: &&String| part.to_ascii_lowercase().starts_with(&name);
        let mut parts = self.found.partition.iter().filter(|_| self.table.is_partition(id)).filter(begins);
        let part = parts.next().filter(|_| parts.next().is_none())?;
        column_of(self.found, part)
    }

    /// Whether the table has its rows itself, where the schema stores them as a log.
    fn has_no_log(&self) -> bool {
        self.dialect.stored_name(self.table) != self.table.name && self.found.shown.is_none()
    }

    fn columns(&self, out: &mut Vec<Difference>) {
        for id in self.table.ids() {
            let Some(found) = self.found_column(id) else {
                out.push(Difference::Column(id, OfColumn::Missing));
                continue;
            };
            let column = &self.table[id];
            if !found.name.eq_ignore_ascii_case(&column.name) {
                out.push(Difference::Column(id, OfColumn::Renamed { was: found.name.clone() }));
            }
            if !self.dialect.is_type(&found.kind, column) {
                let fit = self.dialect.fit(&found.kind, column);
                out.push(Difference::Column(id, OfColumn::Type { found: found.kind.clone(), fit }));
            }
            let is_required = self.table.requires(id);
            if self.dialect.capabilities().indexes && found.is_required != is_required {
                out.push(Difference::Column(id, OfColumn::Required(is_required)));
            }
        }
        let ours: Vec<&str> = self
            .table
            .ids()
            .filter_map(|id| self.found_column(id))
            .map(|found| found.name.as_str())
            .collect();
        let own = self.dialect.own_columns(self.table);
        for found in &self.found.columns {
            let name = found.name.clone();
            if ours.contains(&name.as_str()) || own.contains(&name.as_str()) {
                continue;
            }
            let is_dropped = self.table.dropped.iter().any(|dropped| dropped.eq_ignore_ascii_case(&name));
            out.push(match is_dropped {
                true => Difference::DroppedColumn { name },
                false => Difference::Foreign(Foreign::Column { name, must_be_given: !found.may_be_omitted }),
            });
        }
    }

    fn positions(&self, out: &mut Vec<Difference>) {
        let is_complete = out.iter().all(|difference| {
            !matches!(difference, Difference::Column(_, OfColumn::Missing) | Difference::DroppedColumn { .. })
        });
        if !is_complete || !self.dialect.finds_by_place(self.table) {
            return;
        }
        let own = self.table.ids().filter(|id| !self.table.is_partition(*id));
        for (id, found) in own.zip(&self.found.columns) {
            if self.found_column(id).is_some_and(|own| own.name != found.name) {
                out.push(Difference::Column(id, OfColumn::Position));
            }
        }
    }

    fn checks(&self, out: &mut Vec<Difference>) {
        if !self.dialect.capabilities().indexes {
            return;
        }
        let condition = |check: &FoundCheck| checks::canonical(&check.condition);
        let mut expected = Vec::new();
        for id in self.table.ids() {
            let Some(found) = self.found_column(id) else { continue };
            for guard in self.dialect.conditions(&self.table[id], &found.name) {
                let guard = checks::canonical(&guard);
                if !self.found.checks.iter().any(|check| condition(check) == guard) {
                    out.push(Difference::Check(OfCheck::Missing { column: id }));
                }
                expected.push(guard);
            }
        }
        for check in &self.found.checks {
            let (name, written) = (check.name.clone(), condition(check));
            if self.goes_with_a_column(&written) {
                // The constraint of a dropped column is dropped with it.
            } else if !expected.contains(&written) {
                let condition = check.condition.clone();
                out.push(match self.is_own_check(check, &written) {
                    true => Difference::Check(OfCheck::Outdated { name, condition }),
                    false => Difference::Foreign(Foreign::Check { name, condition }),
                });
            } else if !check.is_validated {
                out.push(Difference::Check(OfCheck::Unvalidated { name }));
            }
        }
    }

    /// Whether a constraint is one that an earlier version made: bounds of a known column, under the name that the
    /// database gives to a constraint without one.
    fn is_own_check(&self, check: &FoundCheck, canonical: &str) -> bool {
        let column = canonical.split(' ').next().unwrap_or_default();
        let is_bounds = checks::canonical(canonical) == canonical && canonical.split(' ').count() == 3;
        let is_unnamed = check.name.is_empty()
            || check.name.trim_end_matches(|letter: char| letter.is_ascii_digit()).ends_with("_check");
        let is_ours = self.table.ids().any(|id| self.found_column(id).is_some_and(|it| it.name == column));
        is_bounds && is_unnamed && is_ours
    }

    /// Whether a condition is one of a column that the schema lists as dropped.
    fn goes_with_a_column(&self, canonical: &str) -> bool {
        let column = canonical.split(' ').next().unwrap_or_default();
        self.table.dropped.iter().any(|dropped| dropped.eq_ignore_ascii_case(column))
    }

    /// The names in the database of columns of the schema; `None` if one is missing.
    fn names(&self, columns: &[String]) -> Option<Vec<&str>> {
        let of = |name: &String| match self.table.find(|column| column.name == *name) {
            Some(id) => self.found_column(id).map(|found| found.name.as_str()),
            None => column_of(self.found, name).map(|found| found.name.as_str()),
        };
        columns.iter().map(of).collect()
    }

    fn key(&self, out: &mut Vec<Difference>) {
        let key = self.dialect.key_of(self.table);
        let unique = || self.found.indexes.iter().filter(|index| index.is_unique);
        if key.is_empty() {
            let own = |index: &&FoundIndex| index.is_constraint && !self.found.columns.is_empty();
            let of_key = unique().find(own).filter(|_| self.dialect.capabilities().indexes);
            if let Some(found) = of_key {
                out.push(Difference::Key { found: Some(found.clone()) });
            }
            return;
        }
        let expected = self.names(&key);
        let is_it = |index: &&FoundIndex| {
            expected.as_ref().is_some_and(|expected| is_in_order(&index.columns, expected))
        };
        if unique().find(is_it).is_none() {
            let is_of_key = |index: &&FoundIndex| index.is_constraint || is_key_name(&index.name, self.table);
            out.push(Difference::Key { found: unique().find(is_of_key).cloned() });
        }
    }

    fn indexes(&self, out: &mut Vec<Difference>) {
        if !self.dialect.capabilities().indexes {
            return;
        }
        let mut used: Vec<&str> = Vec::new();
        for (at, index) in self.kept_indexes().into_iter().enumerate() {
            match index {
                Some(found) if found.is_valid => used.push(&found.name),
                Some(found) => {
                    used.push(&found.name);
                    out.push(Difference::Index(OfIndex::Incomplete { at, name: found.name.clone() }));
                }
                None => out.push(Difference::Index(OfIndex::Missing { at })),
            }
        }
        let others = self.found.indexes.iter().filter(|index| !index.is_unique && !index.name.is_empty());
        for index in others.filter(|index| !used.contains(&index.name.as_str())) {
            let (name, columns) = (index.name.clone(), index.columns.clone());
            let names = std::iter::once(&self.table.name).chain(&self.table.was);
            out.push(match names.into_iter().any(|table| is_index_name(&name, table)) {
                true => Difference::Index(OfIndex::Outdated { name, columns }),
                false => Difference::Foreign(Foreign::Index { name, columns }),
            });
        }
    }

    /// The index of the database for each of the schema. One on a column that is dropped goes with it. One whose name an
    /// index must have that is missing is in its way, and is built again under another name.
    fn kept_indexes(&self) -> Vec<Option<&FoundIndex>> {
        let stays = |index: &&FoundIndex| !index.columns.iter().any(|name| self.is_dropped(name));
        let found = |index: &Vec<ColumnId>| {
            let columns: Vec<String> = self.table.names(index).map(str::to_owned).collect();
            let expected = self.names(&columns)?;
            let is_it = |index: &&FoundIndex| begins_with(&index.columns, &expected);
            let all = self.found.indexes.iter().filter(stays).filter(is_it);
            // The key serves as an index, too, but an index of its own stays.
            all.max_by_key(|index| (index.is_valid, !index.is_unique))
        };
        let mut kept: Vec<Option<&FoundIndex>> = self.table.indexes.iter().map(found).collect();
        while let Some(at) = (0..kept.len()).find(|at| self.in_the_way_of(*at, &kept).is_some()) {
            if let Some(other) = self.in_the_way_of(at, &kept) {
                kept[other] = None;
            }
        }
        kept
    }

    /// The position of the index that has the name of a missing one.
    fn in_the_way_of(&self, at: usize, kept: &[Option<&FoundIndex>]) -> Option<usize> {
        let name = index_name(&self.table.name, at);
        let is_it = |index: &Option<&FoundIndex>| index.is_some_and(|index| index.name == name);
        kept.iter().position(is_it).filter(|_| kept[at].is_none())
    }

    fn is_dropped(&self, column: &str) -> bool {
        self.table.dropped.iter().any(|dropped| dropped.eq_ignore_ascii_case(column))
    }

    fn comments(&self, out: &mut Vec<Difference>) {
        if !self.dialect.capabilities().comments {
            return;
        }
        if self.found.comment != self.dialect.table_comment(&self.table.documented()) {
            out.push(Difference::Description { found: self.found.comment.clone() });
        }
        let is_settable = |id: &ColumnId| self.dialect.comments_on(self.table, *id);
        for id in self.table.ids().filter(is_settable) {
            let expected = self.dialect.column_comment(&self.table[id].description);
            if let Some(found) = self.found_column(id).filter(|found| found.comment != expected) {
                out.push(Difference::Column(id, OfColumn::Description { found: found.comment.clone() }));
            }
        }
    }

    fn storage(&self, out: &mut Vec<Difference>) {
        if self.has_no_log() {
            out.push(Difference::Storage(OfStorage::NoLog));
            return;
        }
        let expected = self.dialect.partitioned_by(self.table);
        let is_same = self
            .found
            .partition
            .iter()
            .map(|it| it.to_ascii_lowercase())
            .eq(expected.iter().map(|it| it.to_ascii_lowercase()));
        if !is_same {
            out.push(Difference::Storage(OfStorage::Partition { found: self.found.partition.clone() }));
        }
        if let Some(storage) = &self.found.storage {
            if storage.format != self.dialect.format_of(self.table) {
                out.push(Difference::Storage(OfStorage::Format { found: storage.format.clone() }));
            }
            let expected = self.dialect.location_of(self.table, self.place);
            if !is_same_folder(&storage.location, &expected) {
                out.push(Difference::Storage(OfStorage::Location {
                    found: storage.location.clone(),
                    expected,
                }));
            }
        }
        let found = self.found.shown.clone().unwrap_or_default();
        match self.dialect.shown(self.table) {
            Some(expected) if found != expected => out.push(Difference::View { found }),
            // A view without columns to show.
            None if self.dialect == Dialect::Postgres && !found.is_empty() => {
                out.push(Difference::View { found });
            }
            Some(_) | None => {}
        }
    }
}

/// Whether an index has a name that the program gives to the indexes of a table.
fn is_index_name(name: &str, table: &str) -> bool {
    let number = name.strip_prefix(table).and_then(|rest| rest.strip_prefix("_index_"));
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit()))
}

/// Whether a server's name for a folder is that of the schema: servers add the scheme of their file system. A migrated
/// log is in a folder of the same name with a number.
pub(crate) fn is_same_folder(found: &str, expected: &str) -> bool {
    let path = |location: &str| {
        let rest = location
            .split_once("://")
            .map_or(location, |(_, rest)| rest.find('/').map_or("", |start| &rest[start..]));
        let rest = rest.strip_prefix("file:").unwrap_or(rest);
        rest.trim_end_matches('/').replace("//", "/")
    };
    let (found, expected) = (path(found), path(expected));
    let number = found.strip_prefix(expected.as_str()).map(|rest| rest.strip_prefix('-').unwrap_or(rest));
    number.is_some_and(|number| number.bytes().all(|digit| digit.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_known_in_all_spellings() {
        for found in [
            "/flow_oa/x",
            "hdfs://n:8020/flow_oa/x",
            "file:/flow_oa/x",
            "file:///flow_oa/x/",
            "/flow_oa/x-17",
        ] {
            assert!(is_same_folder(found, "/flow_oa/x"), "{found}");
        }
        assert!(!is_same_folder("/flow_oa/xy", "/flow_oa/x") && !is_same_folder("/y/x", "/flow_oa/x"));
    }

    #[test]
    fn names_of_indexes_are_told_from_those_of_others() {
        assert!(
            is_index_name("flow_edge_index_1", "flow_edge") && !is_index_name("flow_edge_by_ip", "flow_edge")
        );
        assert!(!is_index_name("flow_edge_index_", "flow_edge"));
    }
}
