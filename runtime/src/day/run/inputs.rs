//! What a run reads before it changes anything: the results, the context and the structure of the database.

use flow_oa_core::{Batch, fail_point};
use std::rc::Rc;

use super::{Clock, RunJob, guards};
use crate::day::results::{self, ReadResults};
use crate::day::scores_file;
use crate::day::site_context::SiteContext;
use flow_oa_context as context;
use flow_oa_engine::Session;
use flow_oa_files::FileGuard;
use flow_oa_files::rejects::Rejects;
use flow_oa_ledger::history::{self, Entry};
use flow_oa_ledger::structure;
use flow_oa_site::downloads::{Downloader, Input, LocalContext};
use flow_oa_site::{Error, Result};

/// Inputs that were read; no context was looked up for them yet.
pub(super) struct Inputs {
    results: ReadResults,
    context: Rc<LocalContext>,
    /// The hash of the context.
    identity: String,
    warnings: Vec<String>,
    guard: FileGuard,
}

/// Rows that are ready to be stored, with what was found on the way.
pub(super) struct Ready {
    pub(super) scores: Box<dyn Batch>,
    pub(super) rejects: Rejects,
    /// Read, stored, rejected, skipped.
    pub(super) counts: [u64; 4],
    /// The number of distinct addresses.
    pub(super) addresses: usize,
    pub(super) warnings: Vec<String>,
    /// The state of the results file before it was read.
    pub(super) guard: FileGuard,
    /// The context of values that are looked up while rows are selected.
    pub(super) context: SiteContext<'static>,
}

/// Reads the results, and checks the schema against its files and the database.
///
/// # Errors
/// If the results cannot be read, or schema, files and database do not agree.
pub(super) fn read(
    session: &mut dyn Session,
    job: &RunJob<'_>,
    input: Input,
    downloader: &mut Downloader<'_>,
) -> Result<Inputs> {
    let options = &job.options;
    fail_point!("run-start");
    let results = results::read(job.chosen, &input, options.limit.rows(), options.max_rejects, &job.command);
    // Reading a pipe blocks until it ends; only then is an interrupt noticed.
    downloader.go_on()?;
    fail_point!("run-results");
    let results = input.guard.checked(results)?;
    structure::require_files(job.chosen.model, &job.settings.home.join("schema"))?;
    let warnings = structure::require(session, job.chosen.model)?;
    fail_point!("run-structure");
    let context = downloader.context()?;
    let identity = context::identity(&context.files);
    Ok(Inputs { results, context, identity, warnings, guard: input.guard })
}

/// Looks up the context of all rows and scores them.
///
/// # Errors
/// If a context file cannot be read or understood.
pub(super) fn ready(job: &RunJob<'_>, inputs: Inputs, entry: &mut Entry, clock: &mut Clock) -> Result<Ready> {
    let Inputs { results, context, identity, warnings: found, guard } = inputs;
    entry.found.content = Some(results.content.clone());
    entry.found.context = Some(identity);
    let mut site = SiteContext::local(Rc::clone(&context));
    let contexts = job.look_up(&results, &context, &mut site)?;
    clock.done("look up context");
    fail_point!("run-context");
    let ReadResults { rows, records, skipped, rejects, .. } = results;
    let scores = rows.score(job.options.day, &contexts);
    let stored = scores.len() as u64;
    let stored = stored + flow_oa_core::failpoints::surplus("run-records");
    if stored + rejects.count != records {
        let fault = format!(
            "{records} records were read, but {stored} kept + {} rejected are not as many",
            rejects.count
        );
        return Err(Error::Internal(fault));
    }
    let counts = [records + skipped, stored, rejects.count, skipped];
    entry.found.counts = Some(counts);
    let mut warnings = job.absent_context(&context.files);
    warnings.extend(found);
    warnings.append(&mut site.take_remarks());
    Ok(Ready { scores, rejects, counts, addresses: contexts.len(), warnings, guard, context: site })
}

impl Inputs {
    /// Refuses what would most likely replace a good day by mistake.
    ///
    /// # Errors
    /// If a default limit would shrink the day, or the results are those of another day.
    pub(super) fn require_meant(&mut self, session: &mut dyn Session, job: &RunJob<'_>) -> Result<()> {
        self.warnings.extend(guards::require_day(job, &self.results.times)?);
        guards::require_whole(session, job, &self.results)
    }

    /// The number of the day's last successful run, if the same run would change nothing: it had these results, this
    /// limit, schema, context and raw rows, and its scores file is unchanged.
    pub(super) fn unchanged_since(&self, session: &mut dyn Session, job: &RunJob<'_>) -> Result<Option<i64>> {
        let (pipeline, day) = (&job.chosen.model.name, job.options.day.to_string());
        let Some(last) = history::last_good_run(session, pipeline, &day)? else { return Ok(None) };
        let same = last.content.as_ref() == Some(&self.results.content)
            && last.limit == i64::try_from(job.options.limit.rows()).ok()
            && last.fingerprint == job.chosen.fingerprint
            && last.context.as_ref() == Some(&self.identity)
            && last.raw_rows == Some(history::raw_rows(session, pipeline, &day)?)
            && last.scores_file.is_some()
            && last.scores_file == scores_file::hash_of_file(&job.scores_file());
        Ok(same.then_some(last.id))
    }
}
