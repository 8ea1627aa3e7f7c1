//! `flow-oa ingest`: loads raw flows into the database.

use std::path::PathBuf;

use flow_oa_files::FileError;
use flow_oa_runtime::day::ingest::{Existing, IngestOptions, IngestSummary, ingest};
use flow_oa_runtime::day::metrics::Metrics;
use flow_oa_runtime::{Deployment, Error};
use flow_oa_schema::printable;
use jiff::civil::Date;

use crate::global::{Global, Opened, Site, date, whole};
use crate::log;
use crate::progress_bar::Bar;
use crate::report::{Done, Report, command_line, json, written};
use crate::show::{count, plural, seconds, table};

/// Load raw flows: nfdump's CSV, Spot's tables, or binary nfcapd files; plain, gzip or zstd
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Files, or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Pipeline [default: `pipeline` in the settings, else the only one]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Raw format [default: recognized by the header]
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// Ingest a file even if the same content was ingested before
    #[arg(long, conflicts_with_all = ["replace", "replace_day"])]
    again: bool,
    /// Replace the rows of an earlier file of the same name
    #[arg(long, conflicts_with = "replace_day")]
    replace: bool,
    /// Replace one day with the rows of the file, which must all be of that day
    #[arg(long, value_name = "DATE", value_parser = date)]
    replace_day: Option<Date>,
    /// Skip up to N records that cannot be read, and write them to a file
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = whole, allow_negative_numbers = true)]
    max_rejects: u64,
    /// Write metrics of this ingest to FILE, in the text format of Prometheus
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
}

impl Arguments {
    fn existing(&self) -> Existing {
        match (self.again, self.replace, self.replace_day) {
            (true, _, _) => Existing::Again,
            (_, true, _) => Existing::ReplaceFile,
            (_, _, Some(day)) => Existing::ReplaceDay(day),
            _ => Existing::Refuse,
        }
    }

    /// Checks that the options match the number and kind of files.
    fn require_sense(&self) -> Result<(), Error> {
        if self.replace_day.is_some() && self.files.len() > 1 {
            return Err(Error::Usage("--replace-day takes one file, which holds the whole day".into()));
        }
        if self.replace && self.files.iter().any(|file| file == "-") {
            let message = "--replace replaces what a file of the same name gave before, and standard input has \
                           no name; --replace-day replaces a day";
            return Err(Error::Usage(message.into()));
        }
        Ok(())
    }
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let mut summaries = Vec::new();
    let done = all(&arguments, global, &mut summaries);
    let Some(path) = &arguments.metrics else { return done };
    let (pipeline, table) = raw_table(&arguments);
    let mut metrics = Metrics::new("ingest", &pipeline);
    metrics.add_ingests(&table, &summaries, done.is_ok());
    written(done, metrics.write(path))
}

/// The names of the pipeline and of its raw table. Unknown names are empty.
fn raw_table(arguments: &Arguments) -> (String, String) {
    let named = arguments.pipeline.as_deref();
    let unknown = || (named.unwrap_or_default().to_owned(), String::new());
    let Ok(deployment) = Deployment::new(&flow_oa_generated::SCHEMA) else { return unknown() };
    let names = |model: &flow_oa_schema::model::Pipeline| {
        (model.name.clone(), model.raw_table().map(|it| it.name.clone()).unwrap_or_default())
    };
    arguments.site.chosen(&deployment, named).map_or_else(|_| unknown(), |chosen| names(chosen.model))
}

fn all(arguments: &Arguments, global: &Global, summaries: &mut Vec<IngestSummary>) -> Done {
    arguments.require_sense()?;
    let (mut opened, mut notes) = arguments.site.stored(None)?;
    for file in &arguments.files {
        match one(&mut opened, file, arguments, global) {
            Ok(summary) => summaries.push(summary),
            Err(error) => {
                warnings(summaries).iter().for_each(|warning| log::warning(warning));
                opened.store.take_remarks().iter().for_each(|remark| log::warning(&remark.to_string()));
                return Err(after(error, summaries));
            }
        }
    }
    notes.extend(warnings(summaries));
    let mut report = Report { text: text(summaries), json: json(summaries), notes, ..Report::default() };
    report.remark(&opened.store.take_remarks());
    Ok(report)
}

/// The warnings of the stored files, each with the name of its file.
fn warnings(summaries: &[IngestSummary]) -> Vec<String> {
    let of = |summary: &IngestSummary| {
        summary.warnings.iter().map(|text| format!("{}: {text}", summary.file)).collect::<Vec<_>>()
    };
    summaries.iter().flat_map(of).collect()
}

/// The error of a file, with a list of the files that were stored before it. If records were rejected, the error
/// proposes the same command for the remaining files.
fn after(error: Error, stored: &[IngestSummary]) -> Error {
    let files: Vec<&str> = stored.iter().map(|it| it.file.as_str()).collect();
    let error = error.map_cause(|cause| match cause {
        Error::File(FileError::Rejected(mut rejects)) => {
            rejects.command = command_line(&files);
            FileError::Rejected(rejects).into()
        }
        other => other,
    });
    let of =
        |summary: &IngestSummary| format!("{} ({})", summary.file, plural(summary.stored, "row", "rows"));
    match stored {
        [] => error,
        some => error.after(&format!("stored: {}", some.iter().map(of).collect::<Vec<_>>().join(", "))),
    }
}

fn one(
    opened: &mut Opened,
    file: &str,
    arguments: &Arguments,
    global: &Global,
) -> Result<IngestSummary, Error> {
    let chosen = opened.deployment.choose_for(arguments.pipeline.as_deref(), &opened.settings)?;
    let options = IngestOptions {
        existing: arguments.existing(),
        format: arguments.format.clone(),
        max_rejects: arguments.max_rejects,
        zone: opened.settings.zone.clone(),
        data_folder: opened.settings.pipeline_folder(&chosen.model.name),
    };
    let _bar = Bar::follow(&opened.progress, file, global.quiet);
    ingest(&mut *opened.store, chosen, file, &options, &opened.progress)
}

fn text(summaries: &[IngestSummary]) -> String {
    let headings =
        ["file", "format", "#read", "#stored", "#rejected", "#skipped", "#replaced", "days", "#time"];
    let rows = summaries.iter().map(|summary| {
        vec![
            summary.file.clone(),
            summary.format.clone(),
            count(summary.read),
            count(summary.stored),
            count(summary.rejected),
            count(summary.skipped),
            count(summary.replaced),
            days(summary),
            seconds(summary.seconds),
        ]
    });
    let mut text = table(&headings, rows);
    for path in summaries.iter().filter_map(|it| it.rejects_file.as_ref()) {
        text.push_str(&format!("rejected records: {}\n", printable::path(path)));
    }
    text
}

fn days(summary: &IngestSummary) -> String {
    let all: Vec<String> =
        summary.days.iter().map(|(day, rows)| format!("{day}: {}", count(*rows))).collect();
    match all.len() {
        0..=3 => all.join(", "),
        more => format!("{}, … {} ({} days)", all[0], all[more - 1], more),
    }
}
