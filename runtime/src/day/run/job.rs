//! What to run, and what follows from it without a look into the database.

use flow_oa_core::{Contexts, Date, fail_point};
use std::path::PathBuf;

use flow_oa_remote::Location;
use flow_oa_schema::model::Table;

use super::guards::{Limit, OtherDay};
use crate::day::derive::LookUp as _;
use crate::day::ranking;
use crate::day::results::{self, ReadResults};
use crate::day::site_context::SiteContext;
use flow_oa_engine::Store;
use flow_oa_files::{FileGuard, Progress, lock};
use flow_oa_ledger::history::Entry;
use flow_oa_site::deployment::{Chosen, Deployment, Settings, compact};
use flow_oa_site::downloads::{Downloader, Found, LocalContext};
use flow_oa_site::notebooks::{self, Edited, Notebook, Template};
use flow_oa_site::{Error, Result};

/// The options of a run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// The day.
    pub day: Date,
    /// The maximum number of result rows that are read.
    pub limit: Limit,
    /// The results file; if `None`, the schema determines its path below the results root.
    pub results: Option<Location>,
    /// The number of records that may be rejected.
    pub max_rejects: u64,
    /// What to do with results of another day.
    pub other_day: OtherDay,
    /// What to do if there are newer notebooks than those that the user edited.
    pub edited: Edited,
    /// Whether the day is ranked first if its raw rows changed since its last ranking.
    pub ranks: bool,
}

/// Everything that a run needs to know.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Clone)]
pub struct RunJob<'a> {
    pub deployment: &'a Deployment,
    pub chosen: Chosen<'a>,
    pub settings: &'a Settings,
    pub templates: &'a [Template],
    pub options: RunOptions,
    /// The command that the user gave, so that a message can propose one that continues.
    pub command: String,
}

/// The default location of a day's results.
pub fn results_of(settings: &Settings, chosen: Chosen<'_>, day: Date) -> Location {
    settings.results_root.join(&chosen.model.results.path_of(&chosen.model.name, &compact(day)))
}

impl RunJob<'_> {
    /// The same job for another day.
    pub(super) fn of_day(&self, day: Date) -> Self {
        Self { options: RunOptions { day, ..self.options.clone() }, ..self.clone() }
    }

    /// The location of the results file.
    pub fn results(&self) -> Location {
        let default = || results_of(self.settings, self.chosen, self.options.day);
        self.options.results.clone().unwrap_or_else(default)
    }

    /// Ranks the day, if the job says so and its raw rows changed since its last ranking.
    ///
    /// # Errors
    /// Those of a ranking.
    pub(super) fn rank_first(&self, store: &mut dyn Store, progress: &Progress) -> Result<()> {
        if self.options.ranks {
            let out = self.results();
            ranking::rank_again(store, self.chosen, (self.options.day, &out), self.settings, progress)?;
        }
        Ok(())
    }

    /// What the job works on, for locks and messages.
    pub(super) fn what(&self) -> String {
        self.chosen.day(self.options.day)
    }

    /// Looks for the results file, and downloads it if it is remote.
    pub(crate) fn find_results(&self, downloader: &Downloader<'_>) -> Result<Found> {
        let found =
            downloader.find(results::DOING, &self.results(), &self.folder(), results::hint(self.chosen))?;
        Ok(match found {
            Found::Input(input) if self.options.results.is_some() => Found::Input(downloader.named(input)),
            other => other,
        })
    }

    /// Checks that no other process works on the day on this machine.
    ///
    /// # Errors
    /// If another process does.
    pub(crate) fn require_free(&self) -> Result<()> {
        Ok(lock::require_free(&self.folder(), &self.what())?)
    }

    /// The folder of the day's files.
    pub(super) fn folder(&self) -> PathBuf {
        self.settings.data_folder(&self.chosen.model.name, &compact(self.options.day))
    }

    /// The path of the scores as CSV.
    pub(super) fn scores_file(&self) -> PathBuf {
        self.folder().join(format!("{}.csv", self.chosen.model.scores_table().name))
    }

    /// The path of the records of the results that could not be read.
    pub(super) fn rejects_file(&self) -> PathBuf {
        self.folder().join(format!("{}_results.rejects.csv", self.chosen.model.name))
    }

    pub(super) fn entry(&self) -> Entry {
        Entry::new("run", self.chosen)
            .of_day(self.options.day)
            .at_most(self.options.limit.rows())
            .reads(self.results().to_string())
    }

    /// The tables that a run writes: the scores first.
    pub(super) fn tables(&self) -> impl Iterator<Item = &Table> {
        let model = self.chosen.model;
        let is_derived = |table: &&Table| table.is_written_by_run() && table.rows.select().is_some();
        let derived = model.tables.iter().filter(is_derived);
        std::iter::once(model.scores_table()).chain(derived)
    }

    /// Looks up every distinct address in every source.
    pub(super) fn look_up(
        &self,
        read: &ReadResults,
        files: &LocalContext,
        context: &mut SiteContext<'_>,
    ) -> Result<Contexts> {
        let guards: Vec<FileGuard> =
            files.files.paths().map(|path| FileGuard::new("reading context from", path)).collect();
        let answers = context.look_up(read.rows.asked());
        fail_point!("run-answers");
        let unchanged = guards.iter().try_for_each(FileGuard::require_unchanged).map_err(Error::from);
        unchanged.map_err(|error| files.as_named(error)).and(answers)
    }

    /// Copies the notebooks of the day, and adds to `notebooks` what was done with each.
    pub(super) fn copy_notebooks(&self, notebooks: &mut Vec<Notebook>) -> Result<()> {
        let folder = self.settings.notebook_folder(&self.chosen.model.name, &compact(self.options.day));
        let values = notebooks::Values {
            pipeline: &self.chosen.model.name,
            day: self.options.day,
            options: &self.settings.options,
        };
        notebooks::copy(self.templates, &folder, &values, self.options.edited, notebooks)
    }
}
