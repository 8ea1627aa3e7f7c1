//! What does not stop a run but deserves the user's attention.

use std::collections::BTreeSet;

use super::RunJob;
use crate::day::derive::{self, DayRollups};
use flow_oa_context::ContextFiles;
use flow_oa_engine::Session;
use flow_oa_schema::model::Column;
use flow_oa_site::Result;

impl RunJob<'_> {
    /// A warning for each kind of context that a column uses and that is not configured.
    pub(super) fn absent_context(&self, files: &ContextFiles) -> Vec<String> {
        let columns: Vec<&Column> = self.tables().flat_map(|table| &table.columns).collect();
        let asked = |source: &str, answer: Option<&str>| {
            let facts = columns.iter().filter_map(|column| column.from.fact());
            let mut names = facts.map(|(_, fact)| fact.names());
            names.any(|(kind, name)| kind == source && answer.is_none_or(|answer| name == answer))
        };
        let mut absent: Vec<String> = files
            .not_configured()
            .into_iter()
            .filter(|kind| asked(kind, None))
            .map(|kind| format!("no context file for {kind}: its columns are empty"))
            .collect();
        if files.ranges.is_none() && files.names.is_some() && asked("network", Some("internal")) {
            absent.push("no file of the site's own ranges: what is internal is not known".into());
        }
        let lists = columns.iter().filter_map(|column| column.from.code()).map(|(_, list)| list);
        let lists: BTreeSet<&str> =
            lists.filter(|wanted| files.codes.iter().all(|(list, _)| list != *wanted)).collect();
        absent.extend(lists.into_iter().map(|list| {
            format!(
                "no list of the codes {list:?} (`context.codes` in the settings): their names are not known"
            )
        }));
        absent
    }

    /// A warning if the day has no raw rows, so that everything derived from them is empty, or if its rollups may lack
    /// rows, so that the raw rows are read instead.
    pub(super) fn raw_warning(
        &self,
        session: &mut dyn Session,
        rollups: &DayRollups<'_>,
    ) -> Result<Option<String>> {
        let Some(raw) = self.chosen.model.raw_table() else { return Ok(None) };
        let (raw_name, day) = (&raw.name, self.options.day);
        if session.select(derive::any_of_day(raw, day))?.is_empty() {
            return Ok(Some(format!(
                "{raw_name} has no rows of {day}: what is derived from them is empty; `flow-oa ingest FILE` adds them"
            )));
        }
        let names = rollups.incomplete_names();
        Ok((!names.is_empty()).then(|| {
            format!(
                "{names}: no mark says that all rows of {raw_name} of {day} are summed up there, so the run reads \
                 {raw_name} itself, which takes longer; `flow-oa init` checks and fills them"
            )
        }))
    }
}
