//! The run of a day: results, context, scores, details, chords, summary, notebooks; validated before
//! anything is touched, and stored in one transaction.

use std::path::PathBuf;
use std::time::Instant;

use flow_oa_core::{Batch, Contexts, Date, Text};
use flow_oa_schema::model::{Rows, Table};

use crate::context;
use crate::deployment::{Chosen, Deployment, Settings};
use crate::derive;
use crate::engine::{Engine, Target, in_transaction};
use crate::error::{Error, Result};
use crate::ledger;
use crate::lock::Lock;
use crate::notebooks::{self, Notebook, Template};
use crate::progress::Progress;
use crate::rejects::write_whole;
use crate::results::{self, ReadResults};
use crate::scores_file;
use crate::structure;

/// What to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The day.
    pub day: Date,
    /// How many rows of the results are read at most.
    pub limit: u64,
    /// The results file; without it, where the schema says, below the root of results.
    pub results: Option<PathBuf>,
    /// How many records may be left out.
    pub max_rejects: u64,
}

/// The rows of a table after a run.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Stored {
    /// The table.
    pub table: String,
    /// Its rows of the day.
    pub rows: u64,
    /// The rows of the day that it had before.
    pub replaced: u64,
}

/// A step and how long it took.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Step {
    /// What was done.
    pub step: &'static str,
    /// Seconds.
    pub seconds: f64,
}

/// What a run did.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Summary {
    /// The pipeline.
    pub pipeline: String,
    /// The day, `YYYY-MM-DD`.
    pub day: String,
    /// The results file.
    pub results: PathBuf,
    /// Records read: stored, rejected and skipped ones.
    pub read: u64,
    /// Rows stored in the table of scores.
    pub stored: u64,
    /// Records that could not be read.
    pub rejected: u64,
    /// Blank lines.
    pub skipped: u64,
    /// Distinct addresses that context was looked up for.
    pub addresses: usize,
    /// Every table that was written.
    pub tables: Vec<Stored>,
    /// What deserves a look.
    pub warnings: Vec<String>,
    /// How long each step took.
    pub steps: Vec<Step>,
    /// The database.
    pub database: String,
    /// The scores as CSV.
    pub scores_file: PathBuf,
    /// Rejected records, where there are any.
    pub rejects_file: Option<PathBuf>,
    /// The notebooks of the day.
    pub notebooks: Vec<Notebook>,
}

/// Keeps the time of each step.
struct Clock {
    last: Instant,
    steps: Vec<Step>,
}

impl Clock {
    fn new() -> Self {
        Self { last: Instant::now(), steps: Vec::new() }
    }

    fn done(&mut self, step: &'static str) {
        self.steps.push(Step { step, seconds: self.last.elapsed().as_secs_f64() });
        self.last = Instant::now();
    }
}

/// Everything that a run needs to know.
pub struct Job<'a> {
    /// The deployment.
    pub deployment: &'a Deployment,
    /// The pipeline.
    pub chosen: Chosen<'a>,
    /// The settings of the site.
    pub settings: &'a Settings,
    /// The notebooks of the pipeline.
    pub templates: &'a [Template],
    /// What to run.
    pub options: Options,
    /// The command that was given, to propose one that goes on.
    pub command: String,
}

/// The day as in names of folders: `YYYYMMDD`.
pub fn compact(day: Date) -> String {
    day.to_string().replace('-', "")
}

/// Runs a day.
///
/// # Errors
/// Where an input is missing or bad, the database does not fit or cannot be written, or another run of the
/// same day is under way; nothing is changed then.
pub fn run(engine: &mut dyn Engine, job: &Job<'_>, progress: &Progress) -> Result<Summary> {
    let mut clock = Clock::new();
    let started = ledger::now();
    let date = compact(job.options.day);
    let results_path = job.results_path();
    let read =
        results::read(job.chosen, &results_path, job.options.limit, job.options.max_rejects, &job.command)?;
    clock.done("read results");
    let mut warnings = job.absent_context();
    let contexts = job.look_up(&read)?;
    clock.done("look up context");
    structure::require_files(&job.deployment.model, &job.settings.home.join("schema"))?;
    warnings.extend(structure::require(engine, &job.deployment.model)?);
    progress.go_on()?;

    let pipeline = &job.chosen.model.name;
    let folder = job.settings.data_folder(pipeline, &date);
    std::fs::create_dir_all(&folder).map_err(|error| Error::Write { path: folder.clone(), error })?;
    let _lock = Lock::take(&folder, &format!("{pipeline} of {}", job.options.day))?;
    let notebooks = job.notebooks(&date)?;
    clock.done("prepare folders");

    let ReadResults { rows, records, skipped, rejects } = read;
    let scores = rows.score(job.options.day, &contexts);
    let scores_file = folder.join(format!("{}.csv", job.chosen.model.scores_table().name));
    let stored = scores.len() as u64;
    if stored + rejects.count != records {
        let fault = format!(
            "{records} records were read, but {stored} kept + {} rejected are not as many",
            rejects.count
        );
        return Err(Error::Internal(fault));
    }
    let tables = in_transaction(engine, |engine| {
        let tables = job.replace(engine, &*scores, &mut clock, progress)?;
        let shown = results_path.display().to_string();
        let run = ledger::Run {
            pipeline,
            day: job.options.day,
            limit: job.options.limit,
            results: &shown,
            fingerprint: &job.deployment.model.fingerprint,
            counts: [records + skipped, stored, rejects.count, skipped],
            started: &started,
        };
        ledger::record_run(engine, &run)?;
        progress.go_on()?;
        Ok(tables)
    })?;
    clock.done("commit");
    warnings.extend(job.empty_raw(engine)?);
    write_whole(&scores_file, |out| scores_file::write(job.chosen.model.scores_table(), &*scores, out))
        .map_err(after_commit)?;
    let rejects_file =
        rejects.keep(&folder.join(format!("{pipeline}_results.rejects.csv"))).map_err(after_commit)?;
    clock.done("write files");
    Ok(Summary {
        pipeline: pipeline.clone(),
        day: job.options.day.to_string(),
        results: results_path,
        read: records + skipped,
        stored,
        rejected: rejects.count,
        skipped,
        addresses: contexts.len(),
        tables,
        warnings,
        steps: clock.steps,
        database: engine.url().to_owned(),
        scores_file,
        rejects_file,
        notebooks,
    })
}

/// A file that could not be written although the database was: says so, and what to do.
fn after_commit(error: Error) -> Error {
    match error {
        Error::Write { path, error } => {
            let said = format!(
                "{error}; the database has the day already, and the same command again mends the file"
            );
            Error::Write { path, error: std::io::Error::new(error.kind(), said) }
        }
        other => other,
    }
}

impl Job<'_> {
    fn results_path(&self) -> PathBuf {
        let date = compact(self.options.day);
        let model = self.chosen.model;
        let default = || self.settings.results_root.join(model.results.path_of(&model.name, &date));
        self.options.results.clone().unwrap_or_else(default)
    }

    /// The tables that a run writes: the scores first.
    fn tables(&self) -> impl Iterator<Item = &Table> {
        let model = self.chosen.model;
        let derived =
            model.tables.iter().filter(|it| it.is_written_by_run() && !matches!(it.rows, Rows::Results));
        std::iter::once(model.scores_table()).chain(derived)
    }

    /// A warning for each kind of context that some column asks for and that is not configured.
    fn absent_context(&self) -> Vec<String> {
        use flow_oa_schema::model::Origin;
        let columns = &self.chosen.model.scores_table().columns;
        let asked = |source: &str, answer: Option<&str>| {
            columns.iter().any(|it| match &it.origin {
                Origin::Context { fact, .. } => {
                    fact.names().0 == source && answer.is_none_or(|a| fact.names().1 == a)
                }
                _ => false,
            })
        };
        let files = &self.settings.context;
        let mut absent: Vec<String> = files
            .not_configured()
            .into_iter()
            .filter(|it| asked(it, None))
            .map(|it| format!("no context file for {it}: its columns are empty"))
            .collect();
        if files.ranges.is_none() && files.names.is_some() && asked("network", Some("internal")) {
            absent.push("no file of the site's own ranges: what is internal is not known".into());
        }
        absent
    }

    /// Asks every source about every distinct address.
    fn look_up(&self, read: &ReadResults) -> Result<Contexts> {
        let mut sources = context::open(&self.settings.context)?;
        let subjects: Vec<&Text> = read.rows.subjects();
        Ok(Contexts::ask(subjects, &mut sources)?)
    }

    fn notebooks(&self, date: &str) -> Result<Vec<Notebook>> {
        let folder = self.settings.notebook_folder(&self.chosen.model.name, date);
        let values = notebooks::Values {
            pipeline: &self.chosen.model.name,
            day: self.options.day,
            database: &self.settings.database,
        };
        notebooks::copy(self.templates, &folder, &values)
    }

    /// Replaces the day in every table that a run writes, within a transaction.
    fn replace(
        &self,
        engine: &mut dyn Engine,
        scores: &dyn Batch,
        clock: &mut Clock,
        progress: &Progress,
    ) -> Result<Vec<Stored>> {
        let day = self.options.day;
        let mut tables = Vec::new();
        for table in self.tables() {
            progress.go_on()?;
            let replaced = engine.run(&derive::delete_day(table, day).into())?;
            let rows = match table.rows {
                Rows::Results => engine.load(&Target::of(self.chosen.table(&table.name)?), scores)?,
                _ => derive::fill(engine, self.chosen.model, table, day, scores)?,
            };
            clock.done(step_name(&table.rows));
            tables.push(Stored { table: table.name.clone(), rows, replaced });
        }
        Ok(tables)
    }

    /// A warning where the day has no raw rows, so that everything derived from them is empty.
    fn empty_raw(&self, engine: &mut dyn Engine) -> Result<Option<String>> {
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

fn step_name(rows: &Rows) -> &'static str {
    match rows {
        Rows::Results => "store scores",
        Rows::Details(_) => "details",
        Rows::Chords(_) => "chords",
        Rows::Counts(_) => "counts",
        Rows::Ingest | Rows::Rollup(_) | Rows::Analyst => "other",
    }
}
