//! Checks whether a run would work. Checks everything that a run needs, and reports each fault with its remedy, whereas
//! a run stops at the first fault.
//!
//! Nothing is changed: writes are tried in a transaction that is rolled back, and folders with unnamed temporary files.
//!
//! # Decisions
//!
//! - **The doctor checks first, and then makes a dry run**: each thing that a run needs is a check that never stops the
//!   next check. The last check is a dry run, so that faults which no check covers are found, too. Rights are tested by
//!   writing and removing zero rows in a transaction that is rolled back: PostgreSQL checks rights before rows.

mod database;
mod folders;
mod known;
mod ranges;

use std::path::Path;

use flow_oa_core::{Date, Exit};
use flow_oa_remote::Location;

use crate::day::results;
use crate::day::run::{self, Limit, OtherDay, RunJob, RunOptions};
use flow_oa_engine::Store;
use flow_oa_files::Progress;
use flow_oa_ledger::structure;
use flow_oa_site::deployment::{Chosen, Deployment, Given, SETTINGS_FILE, Settings};
use flow_oa_site::downloads::{Downloader, LocalContext};
use flow_oa_site::notebooks::{Edited, Template};
use flow_oa_site::{Error, Result, engines};

/// The outcome of one check.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Check {
    /// The subject of the check: `database`, `context/iploc.csv`.
    pub name: String,
    /// The state of the subject.
    pub state: State,
    /// What was found, and how to fix it.
    pub found: String,
    /// The exit code of a run that fails there.
    pub exit: Exit,
}

/// The state of the subject of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// No fault.
    Good,
    /// A run would work, but the user should look at this.
    Warning,
    /// A run would fail.
    Fault,
    /// Not checked, since a precondition is missing.
    Unknown,
}

impl Check {
    fn new(name: impl Into<String>, state: State, found: impl Into<String>) -> Self {
        Self { name: name.into(), state, found: found.into(), exit: Exit::Done }
    }

    fn good(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, State::Good, found)
    }

    fn warning(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, State::Warning, found)
    }

    fn unknown(name: impl Into<String>, found: impl Into<String>) -> Self {
        Self::new(name, State::Unknown, found)
    }

    fn fault(name: impl Into<String>, error: &Error) -> Self {
        Self { exit: error.exit_code(), ..Self::new(name, State::Fault, error.to_string()) }
    }

    /// A good check with the text of `looked`, or a fault with its error.
    fn of(name: &str, looked: Result<String>) -> Self {
        match looked {
            Ok(found) => Self::good(name, found),
            Err(error) => Self::fault(name, &error),
        }
    }
}

/// What to check.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone)]
pub struct Examination<'a> {
    /// The options of the command line and the environment.
    pub given: Given,
    pub deployment: &'a Deployment,
    pub chosen: Chosen<'a>,
    pub templates: &'a [Template],
    /// The day to run, if it is known.
    pub day: Option<Date>,
    /// The maximum number of result rows; `None` for that of the settings.
    pub limit: Option<u64>,
    /// The location of the results; `None` for that of the settings.
    pub results: Option<Location>,
}

/// Checks everything that a run needs.
///
/// # Errors
/// Only an interrupt; all other faults are reported in the checks.
pub fn examine(request: &Examination<'_>, progress: &Progress) -> Result<Vec<Check>> {
    let settings = match Settings::resolve(&request.given) {
        Ok(settings) => settings,
        Err(error) => return Ok(vec![Check::fault("settings", &error)]),
    };
    let mut checks = vec![Check::good("settings", said(&request.given, &settings))];
    let files = structure::require_files(request.chosen.model, &settings.home.join("schema"));
    let built_with = || format!("the program was built with {}", request.chosen.model.fingerprint);
    checks.push(Check::of("schema", files.map(|()| built_with())));
    let mut store = connected(request, &settings, &mut checks);
    if let Some(store) = store.as_deref_mut() {
        checks.extend(database::checks(store, request, progress));
    }
    progress.go_on()?;
    let downloader = Downloader::new(&settings, progress);
    let context = downloader.context_as_far()?;
    let files = known::files(&context, &settings, progress)?;
    let is_sound = files.iter().all(|file| file.state != State::Fault);
    checks.extend(files);
    checks.extend(known::services(&context, progress)?);
    let is_whole =
        is_sound && checks.iter().all(|check| check.name != "tables" || check.state != State::Fault);
    if let Some(store) = store.as_deref_mut().filter(|_| is_whole) {
        checks.push(known::shares(store, request, &context));
    }
    match request.day {
        Some(day) => {
            let job = job(request, &settings, day);
            let free = job.require_free().map(|()| format!("no run of {day} is running on this machine"));
            checks.push(Check::of("lock", free));
            checks.push(Check::of("results", results(&job, &downloader)));
        }
        None => checks.push(Check::unknown("results", "not checked: name the day with --date")),
    }
    checks.extend(folders::checks(request, &settings));
    checks.push(dry_run(store, request, &settings, &checks, progress)?);
    Ok(checks)
}

/// The location of the settings, as text.
fn said(given: &Given, settings: &Settings) -> String {
    let home = settings.home.display();
    let file = given.settings.clone().unwrap_or_else(|| settings.home.join(SETTINGS_FILE));
    if file.exists() {
        format!("{}, home {home}", file.display())
    } else {
        format!("none, which is what most need; home {home}")
    }
}

/// The database, if it can be opened.
fn connected(
    request: &Examination<'_>,
    settings: &Settings,
    checks: &mut Vec<Check>,
) -> Option<Box<dyn Store>> {
    let opened = engines::require_there(&settings.database, &settings.home).and_then(|()| {
        engines::connect(&settings.database, &request.deployment.model, settings.of_databases())
    });
    match opened {
        Ok(mut store) => {
            let version = database::version(&mut *store);
            let url = store.url().to_owned();
            checks.push(Check::of("database", version.map(|version| format!("{url}, {version}"))));
            Some(store)
        }
        Err(error) => {
            checks.push(Check::fault("database", &error));
            None
        }
    }
}

/// A dry run of the day, without queries to services: the final check of whether a run would work.
fn dry_run(
    store: Option<Box<dyn Store>>,
    request: &Examination<'_>,
    settings: &Settings,
    checks: &[Check],
    progress: &Progress,
) -> Result<Check> {
    const NAME: &str = "run";
    let Some(day) = request.day else {
        return Ok(Check::unknown(NAME, "no dry run: name the day with --date"));
    };
    let is_ill = checks.iter().any(|check| check.state == State::Fault);
    let (Some(mut store), false) = (store, is_ill) else {
        return Ok(Check::unknown(NAME, "no dry run, since a fault above would stop it"));
    };
    let without = settings.without_services();
    match run::dry_run(&mut *store, &job(request, &without, day), progress) {
        Err(Error::Interrupted) => Err(Error::Interrupted),
        Err(error) => Ok(Check::fault(NAME, &error)),
        Ok(done) => {
            let tables: Vec<String> =
                done.tables.iter().map(|table| format!("{} {}", table.table, table.rows)).collect();
            let found = format!("{}: {} records would give {}", done.results, done.read, tables.join(", "));
            let state = if done.warnings.is_empty() { State::Good } else { State::Warning };
            let notes: String = done.warnings.iter().map(|warning| format!("; {warning}")).collect();
            Ok(Check::new(NAME, state, found + &notes))
        }
    }
}

fn job<'a>(request: &Examination<'a>, settings: &'a Settings, day: Date) -> RunJob<'a> {
    let (limit, results) = (Limit::of(request.limit, settings.limit), request.results.clone());
    let (other_day, edited) = (OtherDay::Refuse, Edited::Keep);
    let options = RunOptions { day, limit, results, max_rejects: 0, other_day, edited, ranks: false };
    let (deployment, chosen, templates) = (request.deployment, request.chosen, request.templates);
    RunJob { deployment, chosen, settings, templates, options, command: format!("flow-oa run -d {day}") }
}

fn results(job: &RunJob<'_>, downloader: &Downloader<'_>) -> Result<String> {
    let input = job.find_results(downloader)?.input()?;
    let read =
        results::read(job.chosen, &input, job.options.limit.rows(), job.options.max_rejects, &job.command)?;
    Ok(format!("{}: the first {} records can be read", input.name, read.records))
}

/// A path, named as the user knows it.
fn shown(context: &LocalContext, path: &Path) -> String {
    context.name_of(path).display().to_string()
}
