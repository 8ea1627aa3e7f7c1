//! What of the new schema an old table, column or field is. A table has the same name in both, or its earlier name in
//! `was`; so has a column. Names of tables are unique in a folder, so pipelines do not matter.

use crate::expression::Expr;
use crate::id::{ColumnId, FieldId, TableId};
use crate::model::{Pipeline, Results, Schema, Table};

/// A table of one version, and its pipeline.
#[derive(Clone, Copy)]
pub(super) struct Owned<'a> {
    pub(super) pipeline: &'a Pipeline,
    pub(super) table: &'a Table,
}

/// A table that both versions have.
pub(super) struct Paired<'a> {
    pub(super) old: Owned<'a>,
    pub(super) new: Owned<'a>,
    /// For each old column, the new one.
    pub(super) columns: Vec<Option<ColumnId>>,
}

/// The tables that both versions have.
pub(super) struct Tables<'a>(pub(super) Vec<Paired<'a>>);

impl<'a> Tables<'a> {
    pub(super) fn of(old: &'a Schema, new: &'a Schema) -> Self {
        let before: Vec<Owned<'a>> = owned(old).collect();
        let names: Vec<&str> = before.iter().map(|it| it.table.name.as_str()).collect();
        let paired = owned(new).filter_map(|now| {
            let at = earlier(&now.table.name, &now.table.was, &names)?;
            let old = before[at];
            Some(Paired { old, new: now, columns: columns(old.table, now.table) })
        });
        Self(paired.collect())
    }

    /// The pair of an old table.
    pub(super) fn of_old(&self, name: &str) -> Option<&Paired<'a>> {
        self.0.iter().find(|pair| pair.old.table.name == name)
    }

    /// The pair of a new table.
    pub(super) fn of_new(&self, name: &str) -> Option<&Paired<'a>> {
        self.0.iter().find(|pair| pair.new.table.name == name)
    }

    /// The table of `new` that an old table is.
    pub(super) fn table(&self, old: &Pipeline, id: TableId, new: &Pipeline) -> Option<TableId> {
        let now = self.of_old(&old[id].name)?.new.table;
        new.tables.iter().position(|table| table.name == now.name).map(TableId)
    }

    /// The column of the table `new` that a column of the table `old` is. Of two tables that are no pair, columns with
    /// the same name.
    pub(super) fn column(&self, old: &Table, id: ColumnId, new: &Table) -> Option<ColumnId> {
        match self.of_old(&old.name).filter(|pair| pair.new.table.name == new.name) {
            Some(pair) => pair.columns[id.at()],
            None => new.find(|column| column.name == old[id].name),
        }
    }

    /// The columns of the table `new` that columns of the table `old` are; `None` if one of them is gone.
    pub(super) fn columns(&self, old: &Table, ids: &[ColumnId], new: &Table) -> Option<Vec<ColumnId>> {
        ids.iter().map(|id| self.column(old, *id, new)).collect()
    }

    /// An expression over columns of the table `old`, as one over columns of the table `new`.
    pub(super) fn expression(&self, old: &Table, from: &Expr, new: &Table) -> Option<Expr> {
        from.over(&|id| self.column(old, id, new))
    }
}

fn owned(schema: &Schema) -> impl Iterator<Item = Owned<'_>> {
    let of = |pipeline| move |table| Owned { pipeline, table };
    schema.pipelines.iter().flat_map(move |pipeline| pipeline.tables.iter().map(of(pipeline)))
}

/// For each column of `old`, that of `new`.
fn columns(old: &Table, new: &Table) -> Vec<Option<ColumnId>> {
    let names: Vec<&str> = old.columns.iter().map(|column| column.name.as_str()).collect();
    let mut found = vec![None; names.len()];
    for (id, column) in new.ids().zip(&new.columns) {
        if let Some(at) = earlier(&column.name, &column.was, &names) {
            found[at] = Some(id);
        }
    }
    found
}

/// The position of the old name of what is called `name`: the same, else one in another case, else one of `was`. The check
/// makes sure that nothing else has these names.
fn earlier(name: &str, was: &[String], old: &[&str]) -> Option<usize> {
    let at = |wanted: &str| old.iter().position(|old| old.eq_ignore_ascii_case(wanted));
    at(name).or_else(|| was.iter().find_map(|was| at(was)))
}

/// The field of the new results file that an old field is: the one with its name, else a new name at its position.
pub(super) fn field(old: &Results, id: FieldId, new: &Results) -> Option<FieldId> {
    let name = &old.fields[id.at()];
    let named = new.fields.iter().position(|field| field == name);
    let renamed = || new.fields.get(id.at()).filter(|field| !old.fields.contains(field)).map(|_| id.at());
    named.or_else(renamed).map(FieldId)
}
