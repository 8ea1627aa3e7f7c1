//! The run's own suspicious rows, as small relations that statements join: loaded in bulk, gone with the
//! connection.

use flow_oa_core::{Batch, Cell, Text};
use flow_oa_schema::model::{Pair, Table};
use sea_query::{Alias, ColumnDef, Index, IntoIden, Query, Table as TableStatement};

use crate::engine::{Engine, Target};
use crate::error::{Error, Result};

/// A temporary relation: its name, and its columns with whether each is a whole number. All columns
/// together are its key, and the engine looks rows up by it.
pub(super) struct Relation {
    pub(super) name: &'static str,
    pub(super) columns: &'static [&'static str],
    pub(super) whole: &'static [bool],
}

/// The rows of a relation: texts, then whole numbers.
pub(super) struct Staged {
    pub(super) rows: Vec<(Vec<Text>, Vec<i64>)>,
}

impl Batch for Staged {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        if let Some((texts, numbers)) = self.rows.get(index) {
            out.extend(texts.iter().map(|it| Cell::Text(it)));
            out.extend(numbers.iter().map(|it| Cell::Int(*it)));
        }
    }
}

/// Makes the relation anew and loads it.
pub(super) fn stage(engine: &mut dyn Engine, relation: &Relation, rows: &Staged) -> Result<()> {
    drop_relation(engine, relation)?;
    let mut create = TableStatement::create();
    create.table(Alias::new(relation.name)).temporary();
    let mut key = Index::create();
    for (name, whole) in relation.columns.iter().zip(relation.whole) {
        let mut column = ColumnDef::new(Alias::new(*name));
        // A type is needed: the columns of an untyped key compare as text and number and find nothing.
        if *whole {
            column.big_integer()
        } else {
            column.text()
        };
        create.col(column.not_null());
        key.col(Alias::new(*name));
    }
    create.primary_key(&mut key);
    engine.run(&create.into())?;
    let mut insert = Query::insert();
    insert
        .into_table(Alias::new(relation.name))
        .columns(relation.columns.iter().map(|it| Alias::new(*it).into_iden()));
    engine.load(&Target { table: relation.name, columns: relation.columns, insert }, rows)?;
    engine.settle(relation.name)?;
    fail_point!("run-staged");
    Ok(())
}

/// Takes the relation away, where it is there.
pub(super) fn drop_relation(engine: &mut dyn Engine, relation: &Relation) -> Result<()> {
    engine.run(&TableStatement::drop().table(Alias::new(relation.name)).if_exists().to_owned().into())?;
    Ok(())
}

/// The positions of columns in the rows of a table.
pub(super) fn positions<const N: usize>(table: &Table, names: [&str; N]) -> Result<[usize; N]> {
    let mut found = [0; N];
    for (at, name) in names.iter().enumerate() {
        let position = table.columns.iter().position(|it| it.name == *name);
        found[at] =
            position.ok_or_else(|| Error::Internal(format!("{} has no column {name}", table.name)))?;
    }
    Ok(found)
}

/// The scored columns of two ends.
pub(super) fn scored(ends: &[Pair; 2]) -> [&str; 2] {
    [&ends[0].scored, &ends[1].scored]
}

/// The texts at `positions` of every row.
pub(super) fn texts<const N: usize>(rows: &dyn Batch, positions: [usize; N]) -> Vec<[Text; N]> {
    let mut cells = Vec::new();
    let text = |cell: &Cell<'_>| if let Cell::Text(it) = cell { Text::from(*it) } else { Text::default() };
    (0..rows.len())
        .map(|row| {
            rows.cells(row, &mut cells);
            positions.map(|at| cells.get(at).map(text).unwrap_or_default())
        })
        .collect()
}
