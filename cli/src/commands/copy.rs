//! `flow-oa copy`: copies days from one database to another. This module holds only its arguments and its report.

use flow_oa_engine::{Session, Store};
use flow_oa_files::Progress;
use flow_oa_ledger::structure;
use flow_oa_runtime::day::copy::{
    CopiedDays, CopyJob, DayDone, Done as Copied, Found, TableDone, copy, days, refuse_same, tables,
};
use flow_oa_site::deployment::{Chosen, Deployment, Settings};
use flow_oa_site::{Error, engines};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;

use crate::dates::{Dates, Days};
use crate::global::{Global, Site, on_interrupt};
use crate::progress_bar::Bar;
use crate::report::{Done, Report, json};
use crate::show::{count, plural, table};

/// Copy days from one database to another and compare the row counts of both. A day in the target is replaced, but its
/// analysts' rows are kept and those of the source are added
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Without --date or a range, all days of the database are copied: raw rows, the rows of runs, analysts' rows and \
    the list of ingested files; rollups are rebuilt. The history, notebooks and files are not copied. On Impala and Hive the tables \
    of a day are published one after another, the scores last. Days that are done stay done if a later one fails, and the same \
    command continues. Writers to a SQLite file wait while a day is copied from it."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Database to copy from, such as sqlite:PATH [default: that of the site]
    #[arg(long, value_name = "URL")]
    from: Option<SecretString>,
    /// Database to copy to; `flow-oa init --database URL` creates its tables
    #[arg(long, value_name = "URL")]
    to: SecretString,
    #[command(flatten)]
    dates: Dates,
    /// Only this table; may be given several times
    #[arg(long = "table", value_name = "TABLE")]
    tables: Vec<String>,
    /// Pipeline [default: `pipeline` in the settings, else that of the schema]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
}

impl Arguments {
    fn which(&self) -> Result<CopiedDays, Error> {
        Ok(match self.dates.given("copy")? {
            Some(Days::Day(day)) => CopiedDays::Day(day),
            Some(Days::Range(first, last)) => CopiedDays::Range(first, last),
            None => CopiedDays::All,
        })
    }
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let settings = arguments.site.settings(None)?;
    let deployment = Deployment::new(&flow_oa_generated::SCHEMA)?;
    let chosen = deployment.choose_for(arguments.pipeline.as_deref(), &settings)?;
    let tables = tables(chosen, &arguments.tables)?;
    let source = arguments.from.as_ref().map_or(&*settings.database, SecretString::expose_secret);
    let mut from = open("--from", source, &settings, &deployment)?;
    let target = arguments.to.expose_secret();
    let mut to = open("--to", target, &settings, &deployment)?;
    refuse_same(&mut *from, &mut *to).map_err(Error::unchanged)?;
    let progress = Progress::default();
    on_interrupt(vec![from.interrupter(), to.interrupter()], &progress)?;
    let mut notes = require("--from", source, &mut *from, chosen).map_err(Error::unchanged)?;
    notes.extend(require("--to", target, &mut *to, chosen).map_err(Error::unchanged)?);
    let folder = settings.pipeline_folder(&chosen.model.name);
    let job = CopyJob { chosen, tables, folder, progress: &progress };
    let Found { days, warnings } = days(&mut *from, &job, arguments.which()?).map_err(Error::unchanged)?;
    notes.extend(warnings);
    let bar = Bar::follow(&progress, "copying", global.quiet);
    let done = copy(&mut *from, &mut *to, &job, &days, &mut |copied| {
        global.tell(&format!("{}: {} copied", copied.day, plural(rows(copied), "row", "rows")));
    });
    drop(bar);
    let mut report = report(done, notes, from.url(), to.url());
    report.remark(&to.take_remarks());
    Ok(report)
}

/// Opens an existing database. Errors name the option.
fn open(
    option: &str,
    url: &str,
    settings: &Settings,
    deployment: &Deployment,
) -> Result<Box<dyn Store>, Error> {
    let opened = engines::require_there(url, &settings.home)
        .map_err(|error| advised(option, url, error))
        .and_then(|()| engines::connect(url, &deployment.model, settings.of_databases()));
    opened.map_err(|error| match error {
        Error::Configuration(said) if !said.starts_with(option) => {
            Error::Configuration(format!("{option}: {said}"))
        }
        other => other,
    })
}

/// Checks that a database has the required tables. Returns warnings about them.
fn require(
    option: &str,
    url: &str,
    store: &mut dyn Session,
    chosen: Chosen<'_>,
) -> Result<Vec<String>, Error> {
    let shown = if url.starts_with("sqlite:") { url.to_owned() } else { store.url().to_owned() };
    structure::require(store, chosen.model).map_err(|error| advised(option, &shown, error))
}

/// Adds to an error which option names the database, and how to create its tables.
fn advised(option: &str, url: &str, error: Error) -> Error {
    match error {
        Error::Configuration(said) => Error::Configuration(format!(
            "{option}: {said}. For this database that is `flow-oa init --database '{url}'`"
        )),
        other => other,
    }
}

fn rows(day: &DayDone) -> u64 {
    day.tables.iter().map(|it| it.rows).sum()
}

fn report(done: Copied, notes: Vec<String>, from: &str, to: &str) -> Report {
    let mut report = Report { notes, ..Report::default() };
    report.json = json!({"from": from, "to": to, "days": json(&done.days)});
    report.text = text(&done.days);
    let all: u64 = done.days.iter().map(rows).sum();
    report.text.push_str(&format!(
        "copied: {} of {} from {from} to {to}; the counts of both agree\n",
        plural(all, "row", "rows"),
        plural(done.days.len() as u64, "day", "days"),
    ));
    let Some((day, error)) = done.stopped else { return report };
    let days: Vec<&str> = done.days.iter().map(|it| it.day.as_str()).collect();
    report.stopped(&days, day, &format!("copying {day} from {from} to {to}"), &error);
    report
}

fn text(days: &[DayDone]) -> String {
    let line = |day: &DayDone| {
        let day_of = day.day.clone();
        let cells = move |done: &TableDone| {
            let numbers = [done.rows, done.stored, done.replaced, done.kept].map(count);
            [vec![day_of.clone(), done.table.clone()], numbers.to_vec()].concat()
        };
        let has_any = |done: &&TableDone| done.rows + done.replaced + done.kept > 0;
        day.tables.iter().filter(has_any).map(cells).collect::<Vec<_>>()
    };
    table(&["day", "table", "#rows", "#stored", "#replaced", "#kept"], days.iter().flat_map(line))
}
