//! What does not stop a run and deserves a look all the same.

use std::collections::BTreeSet;

use flow_oa_schema::model::Origin;

use super::Job;
use crate::context::ContextFiles;
use crate::derive;
use crate::engine::Engine;
use crate::error::Result;

impl Job<'_> {
    /// A warning for each kind of context that some column asks for and that is not configured.
    pub(super) fn absent_context(&self, files: &ContextFiles) -> Vec<String> {
        let columns = &self.chosen.model.scores_table().columns;
        let asked = |source: &str, answer: Option<&str>| {
            columns.iter().any(|it| match &it.origin {
                Origin::Context { fact, .. } => {
                    fact.names().0 == source && answer.is_none_or(|a| fact.names().1 == a)
                }
                _ => false,
            })
        };
        let mut absent: Vec<String> = files
            .not_configured()
            .into_iter()
            .filter(|it| asked(it, None))
            .map(|it| format!("no context file for {it}: its columns are empty"))
            .collect();
        if files.ranges.is_none() && files.names.is_some() && asked("network", Some("internal")) {
            absent.push("no file of the site's own ranges: what is internal is not known".into());
        }
        let lists = columns.iter().filter_map(|it| match &it.origin {
            Origin::Code { table, .. } => Some(table),
            _ => None,
        });
        let lists: BTreeSet<&String> =
            lists.filter(|it| files.codes.iter().all(|(list, _)| list != *it)).collect();
        absent.extend(lists.into_iter().map(|it| {
            format!("no list of the codes {it:?} (`context.codes` in the settings): they stay as they are")
        }));
        absent
    }

    /// A warning where the day has no raw rows, so that everything derived from them is empty.
    pub(super) fn empty_raw(&self, engine: &mut dyn Engine) -> Result<Option<String>> {
        let Some(raw) = self.chosen.model.raw_table() else { return Ok(None) };
        let rows = engine.select(derive::any_of_day(raw, self.options.day))?;
        let warning = || {
            format!(
                "{} has no rows of {}: what is derived from them is empty; `flow-oa ingest FILE` adds them",
                raw.name, self.options.day
            )
        };
        Ok(rows.is_empty().then(warning))
    }
}
