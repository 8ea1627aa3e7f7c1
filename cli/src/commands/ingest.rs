//! `flow-oa ingest`: loads raw rows into the database.

use std::collections::BTreeSet;
use std::path::PathBuf;

use flow_oa_files::FileError;
use flow_oa_raw::{ReadOptions, files};
use flow_oa_runtime::day::ingest::{Existing, IngestOptions, IngestSummary, ingest_as};
use flow_oa_runtime::day::metrics::Metrics;
use flow_oa_schema::printable;
use flow_oa_site::Error;
use flow_oa_site::deployment::{Choices, Chosen, Deployment};
use jiff::civil::Date;

use crate::global::{Global, Opened, Site, date, whole};
use crate::log;
use crate::progress_bar::Bar;
use crate::report::{Done, Report, command_line, json, written};
use crate::show::{count, plural, seconds, table};

/// Load raw rows, such as nfdump's CSV, tshark's CSV, Spot's tables or binary nfcapd files; plain, gzip or zstd
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    site: Site,
    /// Files, folders (with those below), patterns such as 'logs/*.gz', or - for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Pipeline [default: that of the format]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Raw format [default: recognized by the header, or else by the first record]
    #[arg(long, value_name = "NAME")]
    format: Option<String>,
    /// Skip files that were ingested before, and read what was added to a log since; for a nightly job
    #[arg(long, conflicts_with_all = ["again", "replace", "replace_day"])]
    new: bool,
    /// Choose a value of an option of the format, such as reporter=src
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = choice)]
    options: Vec<(String, String)>,
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

/// An option of a format, and the value that is chosen.
pub(crate) fn choice(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() && !value.is_empty() => {
            Ok((name.to_owned(), value.to_owned()))
        }
        Some(_) | None => Err("expected NAME=VALUE, such as reporter=src".to_owned()),
    }
}

impl Arguments {
    fn existing(&self) -> Existing {
        match (self.again, self.replace, self.replace_day) {
            (true, _, _) => Existing::Again,
            (_, true, _) => Existing::ReplaceFile,
            (_, _, Some(day)) => Existing::ReplaceDay(day),
            _ if self.new => Existing::Skip,
            _ => Existing::Refuse,
        }
    }

    /// Checks that the options match the number and kind of files.
    fn require_sense(&self, files: &[String]) -> Result<(), Error> {
        if self.new && files.iter().any(|file| file == "-") {
            let message = "--new reads a file twice, first to compare it with what was ingested, and standard input can \
                           be read only once";
            return Err(Error::Usage(message.into()));
        }
        if self.replace_day.is_some() && files.len() > 1 {
            return Err(Error::Usage("--replace-day takes one file, which holds the whole day".into()));
        }
        if self.replace && files.iter().any(|file| file == "-") {
            let message = "--replace replaces what a file of the same name gave before, and standard input has \
                           no name; --replace-day replaces a day";
            return Err(Error::Usage(message.into()));
        }
        Ok(())
    }
}

pub(crate) fn run(arguments: Arguments, global: &Global) -> Done {
    let (mut summaries, mut failed) = (Vec::new(), None);
    let done = all(&arguments, global, &mut summaries, &mut failed);
    let Some(path) = &arguments.metrics else { return done };
    let mut metrics = Metrics::new("ingest", arguments.pipeline.as_deref().unwrap_or_default());
    let failed = done.is_err().then(|| failed.unwrap_or_else(|| chosen(&arguments)));
    let stored = summaries.iter().map(|summary| (summary.pipeline.clone(), summary.table.clone()));
    let reported: BTreeSet<(String, String)> = stored.chain(failed.clone()).collect();
    for (pipeline, table) in &reported {
        let of: Vec<&IngestSummary> =
            summaries.iter().filter(|summary| summary.pipeline == *pipeline).collect();
        let is_failed = failed.as_ref().is_some_and(|(failed, _)| failed == pipeline);
        metrics = metrics.of(pipeline);
        metrics.add_ingests(table, &of, done.as_ref().err().filter(|_| is_failed));
    }
    written(done, metrics.write(path))
}

/// The name of a pipeline and that of its raw table. A name that is unknown is empty.
type Names = (String, String);

fn names(chosen: &Chosen<'_>) -> Names {
    let table = chosen.model.raw_table().map(|table| table.name.clone());
    (chosen.model.name.clone(), table.unwrap_or_default())
}

/// The pipeline for which a file counts that failed before its format was recognized: that of commands which need one.
fn chosen(arguments: &Arguments) -> Names {
    let named = arguments.pipeline.as_deref();
    let known = || {
        let deployment = Deployment::new(&flow_oa_generated::SCHEMA).ok()?;
        let settings = arguments.site.settings(None);
        deployment.choose_for(named, &settings.ok()?).ok().map(|chosen| names(&chosen))
    };
    known().unwrap_or_else(|| (named.unwrap_or_default().to_owned(), String::new()))
}

/// Ingests the files up to the first one that fails; `failed` receives its pipeline, if its format was recognized.
fn all(
    arguments: &Arguments,
    global: &Global,
    summaries: &mut Vec<IngestSummary>,
    failed: &mut Option<Names>,
) -> Done {
    let files = files(&arguments.files)?;
    arguments.require_sense(&files)?;
    let mut opened = arguments.site.existing(None)?;
    for file in &files {
        match one(&mut opened, file, arguments, global, failed) {
            Ok(summary) => {
                if let Some(note) = summary.note.as_ref().filter(|_| !global.quiet) {
                    log::info(&format!("{file}: {note}"));
                }
                summaries.push(summary);
            }
            Err(error) => {
                warnings(summaries).iter().for_each(|warning| log::warning(warning));
                opened.store.take_remarks().iter().for_each(|remark| log::warning(&remark.to_string()));
                return Err(after(error, summaries));
            }
        }
    }
    let of_tables: BTreeSet<&String> = summaries.iter().flat_map(|summary| &summary.of_tables).collect();
    let mut notes: Vec<String> = of_tables.into_iter().cloned().collect();
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
    let stored: Vec<&IngestSummary> = stored.iter().filter(|summary| summary.stored > 0).collect();
    let files: Vec<&str> = stored.iter().map(|it| it.file.as_str()).collect();
    let error = error.map_cause(|cause| match cause {
        Error::File(FileError::Rejected(mut rejects)) => {
            rejects.command = command_line(&files);
            FileError::Rejected(rejects).into()
        }
        other => other,
    });
    let of =
        |summary: &&IngestSummary| format!("{} ({})", summary.file, plural(summary.stored, "row", "rows"));
    match stored.as_slice() {
        [] => error,
        some => error.after(&format!("stored: {}", some.iter().map(of).collect::<Vec<_>>().join(", "))),
    }
}

fn one(
    opened: &mut Opened,
    file: &str,
    arguments: &Arguments,
    global: &Global,
    failed: &mut Option<Names>,
) -> Result<IngestSummary, Error> {
    let scope = opened.deployment.scope(arguments.pipeline.as_deref(), &opened.settings)?;
    let options = IngestOptions {
        existing: arguments.existing(),
        read: ReadOptions {
            format: arguments.format.clone(),
            choices: Choices {
                of_command: arguments.options.iter().cloned().collect(),
                of_site: opened.settings.formats.clone(),
            },
            max_rejects: arguments.max_rejects,
            zone: opened.settings.zone.clone(),
        },
        data: opened.settings.data(),
    };
    let _bar = Bar::follow(&opened.progress, file, global.quiet);
    let mut recognized = None;
    let done = ingest_as(&mut *opened.store, &scope, file, &options, &opened.progress, &mut recognized);
    *failed = recognized.filter(|_| done.is_err()).map(|chosen| names(&chosen));
    done
}

fn text(summaries: &[IngestSummary]) -> String {
    let headings = [
        "file",
        "pipeline",
        "format",
        "#read",
        "#stored",
        "#rejected",
        "#skipped",
        "#replaced",
        "days",
        "#time",
    ];
    let rows = summaries.iter().map(|summary| {
        vec![
            summary.file.clone(),
            summary.pipeline.clone(),
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
    if summaries.len() > 1 {
        text.push_str(&totals(summaries));
    }
    for path in summaries.iter().filter_map(|it| it.rejects_file.as_ref()) {
        text.push_str(&format!("rejected records: {}\n", printable::path(path)));
    }
    text
}

/// Files, rows and days of all files.
fn totals(summaries: &[IngestSummary]) -> String {
    let stored: u64 = summaries.iter().map(|summary| summary.stored).sum();
    let days: BTreeSet<&String> = summaries.iter().flat_map(|summary| summary.days.keys()).collect();
    let days = match (days.first(), days.last()) {
        (Some(first), Some(last)) if first == last => format!(" of {first}"),
        (Some(first), Some(last)) => {
            format!(" of {} ({first} to {last})", plural(days.len() as u64, "day", "days"))
        }
        (None, _) | (_, None) => String::new(),
    };
    let read = summaries.iter().filter(|summary| summary.stored > 0).count();
    let skipped = match summaries.len() - read {
        0 => String::new(),
        count => format!("; {} skipped", plural(count as u64, "file", "files")),
    };
    let (files, rows) = (plural(read as u64, "file", "files"), plural(stored, "row", "rows"));
    format!("{files}, {rows}{days}{skipped}\n")
}

fn days(summary: &IngestSummary) -> String {
    let all: Vec<String> =
        summary.days.iter().map(|(day, rows)| format!("{day}: {}", count(*rows))).collect();
    match all.len() {
        0..=3 => all.join(", "),
        more => format!("{}, … {} ({} days)", all[0], all[more - 1], more),
    }
}
