//! Breaking changes that `breaks` declares: at the column, in the file of the table, or in the configuration of the
//! pipeline.

use super::matched::{Paired, Tables};
use super::{Change, What};
use crate::model::{Breaks, Pipeline, Schema, Table};

/// The reason that the new version gives for a breaking change, and the earlier one does not give at the same place.
pub(super) fn reason(change: &Change, old: &Schema, new: &Schema, tables: &Tables<'_>) -> Option<String> {
    let pair = change.table.as_deref().and_then(|name| tables.of_new(name));
    let of_column = pair.zip(change.item.as_deref()).and_then(|(pair, item)| column(pair, item));
    let of_table = pair.map(|pair| both(Some(pair.old.table), pair.new.table, |table: &Table| &table.breaks));
    let of_pipeline = new
        .pipeline(&change.pipeline)
        .map(|pipeline| both(old.pipeline(&change.pipeline), pipeline, |it: &Pipeline| &it.breaks));
    let code = change.code().id();
    [of_column, of_table, of_pipeline].into_iter().flatten().find_map(|(was, now)| {
        let reason = now.get(code)?;
        (was.and_then(|was| was.get(code)) != Some(reason)).then(|| reason.clone())
    })
}

/// What a column declares, in both versions.
fn column<'a>(pair: &Paired<'a>, name: &str) -> Option<(Option<&'a Breaks>, &'a Breaks)> {
    let id = pair.new.table.find(|column| column.name == name)?;
    let was = pair.columns.iter().position(|now| *now == Some(id));
    Some((was.map(|at| &pair.old.table.columns[at].breaks), &pair.new.table[id].breaks))
}

fn both<'a, T>(
    was: Option<&'a T>,
    now: &'a T,
    breaks: impl Fn(&'a T) -> &'a Breaks,
) -> (Option<&'a Breaks>, &'a Breaks) {
    (was.map(&breaks), breaks(now))
}

impl Change {
    /// How a change is declared with a reason. `None` if `dropped` is the way to declare it.
    pub fn declaration(&self) -> Option<String> {
        let place = match (&self.what, &self.table, &self.item) {
            (What::PipelineGone | What::TableGone { .. } | What::ColumnGone { .. }, ..) => return None,
            (_, None, _) => "the configuration of the pipeline",
            (_, Some(_), Some(_)) => "the column",
            (_, Some(_), None) => "the file of the table",
        };
        Some(format!("write \"breaks\": {{\"{}\": \"…\"}} with the reason in {place}", self.code().id()))
    }
}
