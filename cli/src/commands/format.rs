//! `flow-oa format`: tries a raw format on a sample, without a build and without a database.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Subcommand;
use flow_oa_core::{Exit, Text, Zone};
use flow_oa_files::{FileError, Progress, text};
use flow_oa_raw::{ReadOptions, Tried, try_format};
use flow_oa_schema::model::{Schema, Source, Table};
use flow_oa_schema::{Files, check, printable};
use flow_oa_site::Error;
use flow_oa_site::deployment::{Choices, Chosen, Deployment};
use serde_json::json;

use super::ingest::choice;
use crate::report::{Done, Report};
use crate::show::{count, plural, table};

/// Try a raw format on a sample of its data
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Test(Test),
}

/// Read a sample with a format: show the first rows and what the format does not read, and compare with expected rows
#[derive(Debug, clap::Args)]
struct Test {
    /// The format, a JSON file as in `sources/` of a schema folder; it need not be built in
    #[arg(value_name = "FILE.json")]
    format: PathBuf,
    /// A file of the format; plain, gzip or zstd
    #[arg(value_name = "SAMPLE")]
    sample: String,
    /// The rows that the sample must give: CSV with names of columns of the raw table, in any order; durations and other
    /// numbers with a fraction may differ by 0.001
    #[arg(value_name = "EXPECTED")]
    expected: Option<PathBuf>,
    /// Pipeline [default: the one whose raw table the format fits]
    #[arg(long = "type", short = 't', value_name = "NAME")]
    pipeline: Option<String>,
    /// Choose a value of an option of the format, such as reporter=src
    #[arg(long = "option", value_name = "NAME=VALUE", value_parser = choice)]
    options: Vec<(String, String)>,
}

/// The number of rows and of differences that are shown.
const SHOWN: usize = 5;

/// The difference of numbers with a fraction that does not count: sources round differently.
const TOLERANCE: f64 = 0.001_000_1;

pub(crate) fn run(arguments: &Arguments) -> Done {
    let Command::Test(test) = &arguments.command;
    let deployment = Deployment::new(&flow_oa_generated::SCHEMA)?;
    let (pipeline, model) = checked(&deployment, test)?;
    let chosen = deployment.choose(Some(&pipeline))?;
    let name = test.format.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let sources = model.pipeline(&pipeline).map(|pipeline| pipeline.sources.as_slice()).unwrap_or_default();
    let source = sources.iter().find(|source| source.name == name);
    let source =
        source.ok_or_else(|| Error::Internal(format!("the format {name:?} was checked, but is missing")))?;
    tried(chosen, source, test)
}

/// The built-in schema with the format in a pipeline: the one that is named, or the first whose raw table it fits.
fn checked(deployment: &Deployment, test: &Test) -> Result<(String, Schema), Error> {
    let path = &test.format;
    let shown = printable::path(path).to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| FileError::unopened("reading the format", path, &error, ""))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut pipelines: Vec<&str> =
        deployment.model.pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect();
    pipelines
        .sort_by_key(|name| !deployment.model.pipeline(name).is_some_and(|pipeline| pipeline.is_default));
    if let Some(named) = &test.pipeline {
        pipelines = vec![&deployment.choose(Some(named))?.model.name];
    }
    let mut faults = None;
    for pipeline in pipelines {
        let mut files = Files::from_canonical(flow_oa_generated::SCHEMA.canonical).map_err(|error| {
            Error::Internal(format!("the schema of this program cannot be read: {error}"))
        })?;
        files.texts.insert(format!("{pipeline}/sources/{name}"), Ok(text.clone()));
        match check(&files) {
            Ok(model) => return Ok((pipeline.to_owned(), model)),
            Err(found) => drop(faults.get_or_insert(found)),
        }
    }
    let faults = faults.map(|faults| faults.to_string()).unwrap_or_default();
    Err(Error::BadData(format!("{shown}: the format cannot be used:\n{}", faults.trim_end())))
}

fn tried(chosen: Chosen<'_>, source: &Source, test: &Test) -> Done {
    let raw = chosen.model.raw_table().ok_or_else(|| Error::Usage("the pipeline has no raw table".into()))?;
    let mut compared = match &test.expected {
        Some(path) => Some(Compared::open(path, raw)?),
        None => None,
    };
    let options = ReadOptions {
        format: Some(source.name.clone()),
        choices: Choices { of_command: test.options.iter().cloned().collect(), ..Choices::default() },
        max_rejects: u64::MAX,
        zone: Zone::utc(),
    };
    let mut first: Vec<Vec<String>> = Vec::new();
    let mut see = |row: &[Text]| {
        if first.len() < SHOWN {
            first.push(row.iter().map(Text::to_string).collect());
        }
        if let Some(compared) = &mut compared {
            compared.take(row);
        }
    };
    let tried = try_format(chosen, source, &test.sample, &options, &Progress::default(), &mut see)?;
    let differences = match compared {
        Some(compared) => compared.finish()?,
        None => Vec::new(),
    };
    Ok(report(&tried, raw, &first, test, &differences))
}

fn report(tried: &Tried, raw: &Table, first: &[Vec<String>], test: &Test, differences: &[String]) -> Report {
    let format = &tried.format;
    let names: Vec<&str> = raw.columns.iter().map(|column| column.name.as_str()).collect();
    let mut text = String::new();
    match tried.fitting.as_slice() {
        [only] if only == format => {
            text.push_str(&format!("recognized as {format} (pipeline {})\n", tried.pipeline))
        }
        [] => text.push_str(&format!(
            "not recognized: the sample lacks names that {format} needs; ingest it with --format {format}\n"
        )),
        several => {
            text.push_str(&format!("not recognized as {format} alone: it fits {}\n", several.join(", ")))
        }
    }
    // Rows have many columns, so each value is on a line of its own.
    let rows = names.iter().enumerate().map(|(at, name)| {
        let values = first.iter().map(|row| row.get(at).cloned().unwrap_or_default());
        std::iter::once((*name).to_owned()).chain(values).collect()
    });
    let numbers: Vec<String> = (1..=first.len()).map(|number| format!("row {number}")).collect();
    let headings: Vec<&str> = std::iter::once("column").chain(numbers.iter().map(String::as_str)).collect();
    text.push_str(&table(&headings, rows));
    if !tried.unread.is_empty() {
        text.push_str(&format!("\nnot read: {}\n", printable::in_line(&tried.unread.join(", "))));
    }
    text.push_str(&format!(
        "\n{} read: {}, {} rejected, {} skipped\n",
        plural(tried.read, "record", "records"),
        plural(tried.rows, "row", "rows"),
        count(tried.rejected),
        count(tried.skipped)
    ));
    for reject in &tried.rejects {
        text.push_str(&format!("  {reject}\n"));
    }
    if test.expected.is_some() {
        match differences {
            [] => text.push_str("the rows are as expected\n"),
            some => text.push_str(&format!("the rows are not as expected:\n  {}\n", some.join("\n  "))),
        }
    }
    let is_good = differences.is_empty() && tried.rejected == 0 && tried.rows > 0;
    let mut json = crate::report::json(tried);
    let mut rows: Vec<BTreeMap<&str, &String>> = Vec::new();
    for row in first {
        rows.push(names.iter().copied().zip(row).collect());
    }
    json["first"] = json!(rows);
    if test.expected.is_some() {
        json["differences"] = json!(differences);
    }
    Report {
        text,
        json,
        notes: tried.warnings.clone(),
        exit: if is_good { Exit::Done } else { Exit::BadData },
        has_rows: true,
        ..Report::default()
    }
}

/// The comparison of rows with those of a CSV file, row by row.
struct Compared {
    shown: String,
    records: csv::Reader<text::Text>,
    /// The column of the table for each column of the file: its position, its name, and whether it has a fraction.
    columns: Vec<(usize, String, bool)>,
    rows: u64,
    expected: u64,
    differences: Vec<String>,
    fault: Option<Error>,
}

impl Compared {
    fn open(path: &Path, raw: &Table) -> Result<Self, Error> {
        let shown = printable::path(path).to_string();
        let opened = text::open(path)
            .map_err(|error| FileError::unopened("reading expected rows from", path, &error, ""))?;
        let mut records = csv::ReaderBuilder::new().flexible(true).from_reader(opened);
        let header = records.headers().map_err(|error| unreadable(&shown, &error))?.clone();
        let column = |name: &str| {
            let at = raw.columns.iter().position(|column| column.name == name.trim());
            at.map(|at| (at, name.trim().to_owned(), raw.columns[at].kind.storage().is_real())).ok_or_else(
                || {
                    Error::BadData(format!(
                        "{shown}: `{name}` is not a column of {}: name its columns in the first line",
                        raw.name
                    ))
                },
            )
        };
        let columns = header.iter().map(column).collect::<Result<Vec<_>, Error>>()?;
        Ok(Self { shown, records, columns, rows: 0, expected: 0, differences: Vec::new(), fault: None })
    }

    /// The next expected row.
    fn next_row(&mut self) -> Option<csv::StringRecord> {
        let mut record = csv::StringRecord::new();
        match self.records.read_record(&mut record) {
            Ok(true) => {
                self.expected += 1;
                Some(record)
            }
            Ok(false) => None,
            Err(error) => {
                self.fault.get_or_insert_with(|| unreadable(&self.shown, &error));
                None
            }
        }
    }

    fn take(&mut self, row: &[Text]) {
        self.rows += 1;
        let Some(expected) = self.next_row() else { return };
        for (at, (column, name, is_real)) in self.columns.iter().enumerate() {
            let (found, wanted) = (row[*column].as_str(), expected.get(at).unwrap_or_default());
            let is_near = || match (found.parse::<f64>(), wanted.parse::<f64>()) {
                (Ok(found), Ok(wanted)) => (found - wanted).abs() <= TOLERANCE,
                (Err(_), _) | (_, Err(_)) => false,
            };
            let is_equal = if *is_real { is_near() } else { found == wanted };
            if !is_equal && self.differences.len() < SHOWN {
                self.differences
                    .push(format!("row {}: {name}: expected {wanted:?}, found {found:?}", self.rows));
            }
        }
    }

    /// The differences.
    fn finish(mut self) -> Result<Vec<String>, Error> {
        while self.next_row().is_some() {}
        if let Some(fault) = self.fault {
            return Err(fault);
        }
        if self.expected != self.rows {
            let message =
                format!("expected {}, found {}", plural(self.expected, "row", "rows"), count(self.rows));
            self.differences.insert(0, message);
        }
        Ok(self.differences)
    }
}

fn unreadable(file: &str, error: &csv::Error) -> Error {
    Error::BadData(format!("{file}: the expected rows cannot be read: {error}"))
}
