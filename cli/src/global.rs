//! Options that several commands share, and what they open.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use clap::{Args, ValueEnum};
use flow_oa_analyst::query::latest_day;
use flow_oa_core::Exit;
use flow_oa_engine::{Session, Store};
use flow_oa_files::Progress;
use flow_oa_ledger::structure;
use flow_oa_remote::Location;
use flow_oa_schema::{Files, Schema, check};
use flow_oa_site::deployment::{Chosen, Deployment, Given, Settings};
use flow_oa_site::{Error, engines};
use jiff::civil::Date;
use secrecy::SecretString;

use crate::log::{self, LogFormat};
use crate::report::quoted;

/// How the report is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// For people.
    #[default]
    #[value(alias = "table")]
    Text,
    /// One JSON value on standard output.
    Json,
    /// Rows as CSV, with a header.
    Csv,
    /// Rows as JSON, an object a line.
    Ndjson,
}

impl Output {
    /// Whether the format is only valid for rows.
    pub(crate) fn is_of_rows(self) -> bool {
        matches!(self, Self::Csv | Self::Ndjson)
    }
}

/// Headings of the help, so that a command's own options come first.
const REPORT: &str = "Report";
const SITE: &str = "Site";

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Format of the report: text, or json (one value on standard output); for rows of `query` also csv or ndjson
    #[arg(long, global = true, value_enum, default_value_t, hide_possible_values = true)]
    #[arg(value_name = "FORMAT", help_heading = REPORT)]
    pub(crate) output: Output,
    /// Format of the error output: text, or json (an object a line: time, level, message)
    #[arg(long, global = true, value_enum, default_value_t, hide_possible_values = true)]
    #[arg(value_name = "FORMAT", help_heading = REPORT)]
    pub(crate) log_format: LogFormat,
    /// Print only errors, warnings and the requested output
    #[arg(long, short, global = true, help_heading = REPORT)]
    pub(crate) quiet: bool,
}

impl Global {
    /// Reports progress, unless `--quiet`.
    pub(crate) fn tell(&self, message: &str) {
        if !self.quiet {
            log::info(message);
        }
    }
}

/// Options of every command that opens the database.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Site {
    /// Folder that holds data/, ipynb/ and context/ [default: the current folder]
    #[arg(long, value_name = "DIR", env = "FLOW_OA_HOME", hide_env_values = true, help_heading = SITE)]
    pub(crate) home: Option<PathBuf>,
    /// Database: sqlite:PATH, postgres://USER@HOST:PORT/NAME?schema=SCHEMA, impala://HOST:PORT/NAME?location=FOLDER, or
    /// hive2:// likewise [default: `database` in the settings; else DATABASE_URL, if it is of PostgreSQL; else
    /// sqlite:data/flow_oa.db in the home]
    #[arg(long, value_name = "URL", env = "FLOW_OA_DATABASE", hide_env_values = true, help_heading = SITE)]
    pub(crate) database: Option<SecretString>,
    /// Settings of the site [default: flow_oa.json in the home, if it exists]
    #[arg(long, value_name = "FILE", env = "FLOW_OA_SETTINGS", hide_env_values = true, help_heading = SITE)]
    pub(crate) settings: Option<PathBuf>,
}

/// Options of commands that work with any schema.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct SchemaFolder {
    /// Schema folder, or the folder of one pipeline [default: the schema that the program was built with]
    #[arg(long, value_name = "DIR")]
    schema: Option<PathBuf>,
}

impl SchemaFolder {
    /// The option as it was given, with a blank before it.
    pub(crate) fn as_argument(&self) -> String {
        self.schema.as_ref().map_or_else(String::new, |folder| {
            format!(" --schema {}", quoted(&flow_oa_schema::printable::path(folder).to_string()))
        })
    }

    /// The documents: those of the folder, or those that the program was built with, as `flow-oa schema export` writes
    /// them.
    ///
    /// # Errors
    /// If the documents of the program cannot be read.
    pub(crate) fn files(&self) -> Result<Files, Error> {
        match &self.schema {
            Some(folder) => Ok(Files::read(folder)),
            None => Files::exported(flow_oa_generated::SCHEMA.canonical).map_err(|error| {
                Error::Internal(format!("the schema of this program cannot be read: {error}"))
            }),
        }
    }

    /// The checked schema.
    ///
    /// # Errors
    /// If the folder does not pass the check.
    pub(crate) fn model(&self) -> Result<Schema, Error> {
        match &self.schema {
            None => Ok(Deployment::new(&flow_oa_generated::SCHEMA)?.model),
            Some(folder) => {
                check(&Files::read(folder)).map_err(|faults| Error::Configuration(faults.to_string()))
            }
        }
    }
}

/// An open database, and the schema to compare it with.
pub(crate) struct Compared {
    pub(crate) settings: Settings,
    pub(crate) schema: Schema,
    pub(crate) store: Box<dyn Store>,
    pub(crate) progress: Progress,
}

/// An open database, and what a command needs with it.
pub(crate) struct Opened {
    pub(crate) settings: Settings,
    pub(crate) deployment: Deployment,
    pub(crate) store: Box<dyn Store>,
    pub(crate) progress: Progress,
}

impl Site {
    /// The settings; the command line takes precedence.
    pub(crate) fn settings(&self, results_root: Option<PathBuf>) -> Result<Settings, Error> {
        Settings::resolve(&self.given(results_root)).map_err(Error::unchanged)
    }

    /// The options of the command line that override settings.
    pub(crate) fn given(&self, results_root: Option<PathBuf>) -> Given {
        Given {
            home: self.home.clone(),
            settings: self.settings.clone(),
            database: self.database.clone(),
            results_root,
        }
    }

    /// The pipeline that the command line or else the settings name.
    pub(crate) fn chosen<'a>(
        &self,
        deployment: &'a Deployment,
        named: Option<&str>,
    ) -> Result<Chosen<'a>, Error> {
        match named {
            Some(_) => deployment.choose(named),
            None => deployment.choose_for(None, &self.settings(None)?),
        }
    }

    /// Opens everything that a command with a database needs.
    pub(crate) fn open(&self, results_root: Option<PathBuf>) -> Result<Opened, Error> {
        let settings = self.settings(results_root)?;
        let deployment = Deployment::new(&flow_oa_generated::SCHEMA)?;
        let store = engines::connect(&settings.database, &deployment.model, settings.of_databases())
            .map_err(Error::unchanged)?;
        let progress = Progress::default();
        on_interrupt(vec![store.interrupter()], &progress)?;
        Ok(Opened { settings, deployment, store, progress })
    }

    /// Opens an existing database.
    pub(crate) fn existing(&self, results_root: Option<PathBuf>) -> Result<Opened, Error> {
        let settings = self.settings(results_root.clone())?;
        engines::require_there(&settings.database, &settings.home).map_err(Error::unchanged)?;
        self.open(results_root)
    }

    /// Opens an existing database for a schema, without a check of its tables.
    pub(crate) fn for_schema(&self, schema: &SchemaFolder) -> Result<Compared, Error> {
        let (settings, schema) = (self.settings(None)?, schema.model()?);
        engines::require_there(&settings.database, &settings.home).map_err(Error::unchanged)?;
        let store = engines::connect(&settings.database, &schema, settings.of_databases())
            .map_err(Error::unchanged)?;
        let progress = Progress::default();
        on_interrupt(vec![store.interrupter()], &progress)?;
        Ok(Compared { settings, schema, store, progress })
    }

    /// Opens an existing database and checks that it has the tables of the program and of the pipeline that the command
    /// line names, or else the settings or the schema. Also returns warnings about the tables.
    pub(crate) fn stored(
        &self,
        results_root: Option<PathBuf>,
        named: Option<&str>,
    ) -> Result<(Opened, Vec<String>), Error> {
        let mut opened = self.existing(results_root)?;
        let notes = opened.require(named)?;
        Ok((opened, notes))
    }
}

impl Opened {
    /// Checks that the database has the tables of the program and of a pipeline, and returns warnings about them.
    pub(crate) fn require(&mut self, named: Option<&str>) -> Result<Vec<String>, Error> {
        let chosen = self.deployment.choose_for(named, &self.settings)?;
        structure::require(&mut *self.store, chosen.model).map_err(Error::unchanged)
    }
}

/// The day that a command is about, of a pipeline, in the database of a site.
#[derive(Debug, Args)]
pub(crate) struct OneDay {
    #[command(flatten)]
    pub(crate) site: Site,
    /// Pipeline [default: `pipeline` in the settings, else that of the schema]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    /// Day: YYYYMMDD or YYYY-MM-DD, today, yesterday (UTC), or latest, the default: the last day with a run
    #[arg(long, short, value_parser = day)]
    date: Option<NamedDay>,
}

impl OneDay {
    /// The day; without `--date`, the last one with a run.
    ///
    /// # Errors
    /// If there is none or the database cannot be queried.
    pub(crate) fn day(&self, session: &mut dyn Session, chosen: Chosen<'_>) -> Result<Date, Error> {
        self.date.unwrap_or(NamedDay::Latest).date(session, chosen)
    }

    /// Refuses a command that deletes without `--date`.
    ///
    /// # Errors
    /// If there is no `--date`.
    pub(crate) fn require_date(&self, command: &str) -> Result<(), Error> {
        match self.date {
            Some(_) => Ok(()),
            None => Err(Error::Usage(format!("{command}: name the day with --date"))),
        }
    }
}

/// A day that an option names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NamedDay {
    Date(Date),
    /// The last day with a run.
    Latest,
}

impl NamedDay {
    /// The date.
    ///
    /// # Errors
    /// If it is the last day with a run, and there is none or the database cannot be queried.
    pub(crate) fn date(self, session: &mut dyn Session, chosen: Chosen<'_>) -> Result<Date, Error> {
        match self {
            Self::Date(date) => Ok(date),
            Self::Latest => latest_day(session, chosen),
        }
    }
}

/// Installs a handler of Ctrl-C that stops the command and its running statement, so that the command rolls back and
/// reports it. A second interrupt exits the program immediately.
pub(crate) fn on_interrupt(stops: Vec<Box<dyn Fn() + Send>>, progress: &Progress) -> Result<(), Error> {
    let (progress, stops) = (progress.clone(), Arc::new(Mutex::new(stops)));
    ctrlc::set_handler(move || {
        if progress.is_interrupted() {
            log::error(
                "interrupted again: ended at once; the database rolls back what was not committed, or, on Impala and Hive, the same \
                 command again completes it",
            );
            #[expect(clippy::disallowed_methods, reason = "the thread that should end does not")]
            std::process::exit(Exit::Interrupted.code().into());
        }
        progress.interrupt();
        stops.lock().unwrap_or_else(PoisonError::into_inner).iter().for_each(|stop| stop());
    })
    .map_err(|error| Error::Internal(format!("setting the handler of interrupts: {error}")))
}

/// The path or URL that an option names. It is not parsed by clap, whose messages would show a password in it.
pub(crate) fn location(option: &str, value: &Path) -> Result<Location, Error> {
    Location::named(value).map_err(|error| Error::Usage(format!("{option}: {error}")))
}

/// Parses a whole number, 0 or more.
pub(crate) fn whole(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("expected a whole number from 0 to {}", u64::MAX))
}

/// Parses a whole number, 1 or more.
pub(crate) fn counting(text: &str) -> Result<u64, String> {
    let some = whole(text).ok().filter(|number| *number > 0);
    some.ok_or_else(|| format!("expected a whole number from 1 to {}", u64::MAX))
}

/// Parses a date, or `latest`.
pub(crate) fn day(text: &str) -> Result<NamedDay, String> {
    match text {
        "latest" => Ok(NamedDay::Latest),
        text => date(text).map(NamedDay::Date).map_err(|error| format!("{error}, or `latest`")),
    }
}

/// Parses a date, `YYYYMMDD` or `YYYY-MM-DD`, or `today` or `yesterday` in UTC, by which days are divided.
pub(crate) fn date(text: &str) -> Result<Date, String> {
    let today = || jiff::tz::Offset::UTC.to_datetime(jiff::Timestamp::now()).date();
    match text {
        "today" => return Ok(today()),
        "yesterday" => return today().yesterday().map_err(|error| error.to_string()),
        _ => {}
    }
    let digits = text.len() == 8 && text.bytes().all(|it| it.is_ascii_digit());
    let dashed =
        if digits { format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]) } else { text.to_owned() };
    let shaped = dashed.len() == 10 && dashed.as_bytes()[4] == b'-' && dashed.as_bytes()[7] == b'-';
    let read = if shaped { dashed.parse::<Date>().ok() } else { None };
    read.filter(|read| read.year() > 0).ok_or_else(|| {
        "expected a date that exists, as YYYYMMDD or YYYY-MM-DD, or `today` or `yesterday`".to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn both_forms_of_a_date_are_read_and_no_other() {
        assert_eq!(date("20160708"), date("2016-07-08"));
        for text in
            ["20160230", "2016-02-30", "2016-7-8", "160708", "", "20160708T00", "2016é708", "00000708"]
        {
            assert!(date(text).is_err(), "{text}");
        }
    }
}
