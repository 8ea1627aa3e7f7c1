//! The origin of every value of a row of scores: the line of the results, the entries of context, the day.
//!
//! A run records none of this. It is determined by reading the same files again, so each answer states the date of its
//! file, and the value that the file has today if it differs from the stored value.

use flow_oa_files::{FileError, Progress};
use std::collections::HashMap;
use std::path::Path;

use csv::ByteRecord;
use flow_oa_core::{Date, Evidence, unquoted};
use flow_oa_remote::Location;
use flow_oa_schema::model::{Column, Expr, FieldId, Pipeline, Table};
use sea_query::{Alias, ExprTrait, Value};

use flow_oa_context::{self as context, Told, evidence};
use flow_oa_engine::Session;
use flow_oa_files::records::Records;
use flow_oa_runtime::day::{derive, results, run};
use flow_oa_runtime::error::{Error, Result};
use flow_oa_runtime::ledger::history::{self, Filter, Status};
use flow_oa_runtime::site::deployment::{Chosen, Settings};
use flow_oa_runtime::site::downloads::{Downloader, Found, LocalContext};

/// The requested row.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub chosen: Chosen<'a>,
    pub settings: &'a Settings,
    pub day: Date,
    /// The position in the results, counted from 0.
    pub rank: i64,
}

/// A row, and the origin of its values.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, serde::Serialize)]
pub struct Explained {
    pub table: String,
    pub day: String,
    /// The position in the results, counted from 0.
    pub rank: i64,
    /// The last successful run of the day, which stored the row, if the history has it.
    pub run: Option<StoredBy>,
    pub columns: Vec<ExplainedColumn>,
}

/// The run that stored a row.
#[derive(Debug, Clone, serde::Serialize)]
pub struct StoredBy {
    /// The number of the run in the history.
    pub id: i64,
    /// When the run finished, UTC.
    pub finished: String,
    /// The results that the run read.
    pub input: String,
}

/// A value, and its origin.
#[derive(Debug, Clone, serde::Serialize)]
pub struct ExplainedColumn {
    /// The name of the column.
    pub name: String,
    /// The value as text; `None` if there is none.
    pub value: Option<String>,
    /// The origin of the value; a verdict of several services has several sources.
    pub sources: Vec<Source>,
}

/// The origin of a value.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Source {
    /// In words: `the field sip`.
    pub what: String,
    /// The file with the line number, or the service.
    pub place: String,
    /// When the file was last changed or the service last queried, UTC; empty if it does not matter or is unknown.
    pub as_of: String,
    /// The value that the source has today, if it differs from the stored value.
    pub gives_now: Option<String>,
}

impl Source {
    fn of(what: impl Into<String>) -> Self {
        Self { what: what.into(), ..Self::default() }
    }
}

/// Explains a row of the scores.
///
/// # Errors
/// If there is no such row, or a file cannot be read.
pub fn explain(session: &mut dyn Session, wanted: Wanted<'_>, progress: &Progress) -> Result<Explained> {
    let scores = wanted.chosen.model.scores_table();
    let values = stored(session, scores, wanted)?;
    let run = last_run(session, wanted)?;
    let mut downloader = Downloader::new(wanted.settings, progress);
    let line = Line::find(&downloader, wanted, run.as_ref())?;
    let context = downloader.context()?;
    let mut asking = Asking { context: &context, told: HashMap::new(), progress };
    // The name and the value of the column for which context was looked up. A computed value is not stored.
    let asked = |of: &Expr| match of {
        Expr::Column(column) => (scores[*column].name.clone(), values.get(column.at()).and_then(unquoted)),
        computed => (wanted.chosen.model.in_words(scores, computed), None),
    };
    let mut columns = Vec::new();
    for (column, value) in scores.columns.iter().zip(&values) {
        let value = unquoted(value);
        let sources = match &column.from {
            Expr::Field(field) => vec![line.source(wanted.chosen, *field)],
            Expr::Context(of, fact) => {
                let (name, address) = asked(of);
                asking.sources(&name, address, fact.names(), value.as_deref())?
            }
            Expr::Code { of, table, otherwise } => {
                let (name, code) = asked(of);
                let unlisted = otherwise.as_ref().map(|from| wanted.chosen.model.in_words(scores, from));
                vec![asking.code((&name, unlisted), code, table, value.as_deref())?]
            }
            _ => vec![Source::of(in_words(wanted.chosen.model, scores, column, wanted.day))],
        };
        columns.push(ExplainedColumn { name: column.name.clone(), value, sources });
    }
    Ok(Explained { table: scores.name.clone(), day: wanted.day.to_string(), rank: wanted.rank, run, columns })
}

fn stored(session: &mut dyn Session, table: &Table, wanted: Wanted<'_>) -> Result<Vec<Value>> {
    let rank = table.column_from(&Expr::Rank).ok_or_else(|| {
        Error::Usage(format!(
            "--rank: no column of {} identifies rows (`\"from\": {{\"rank\": {{}}}}`)",
            table.name
        ))
    })?;
    let rank = Alias::new(&rank.name);
    let days = derive::on(table, wanted.day);
    let mut select = derive::of_day(table, wanted.day, []);
    select.and_where(sea_query::Expr::col(rank).eq(wanted.rank));
    if let Some(row) = session.select(select)?.into_iter().next() {
        return Ok(row);
    }
    let (rows, day, pipeline) = (session.count(&table.name, &days)?, wanted.day, &wanted.chosen.model.name);
    let error = match rows {
        0 => format!("there is no row of {day}: `flow-oa run -t {pipeline} -d {day}` stores some"),
        rows => format!(
            "{day} has {rows} rows, none of them of rank {}: ranks count from 0, and rejected rows are skipped",
            wanted.rank
        ),
    };
    Err(Error::NoInput { doing: "explaining a row of", path: table.name.clone().into(), error })
}

fn last_run(session: &mut dyn Session, wanted: Wanted<'_>) -> Result<Option<StoredBy>> {
    let filter = Filter { pipeline: Some(&wanted.chosen.model.name), day: Some(wanted.day), last: None };
    let run = history::list(session, &filter)?
        .into_iter()
        .find(|entry| entry.command == "run" && entry.status == Status::Done);
    Ok(run.map(|run| StoredBy {
        id: run.id,
        finished: run.finished.unwrap_or_default(),
        input: run.input.unwrap_or_default(),
    }))
}

/// The line of the results.
struct Line {
    file: String,
    as_of: String,
    /// The line number and the fields, or why there is no line.
    record: std::result::Result<(u64, ByteRecord), String>,
}

impl Line {
    /// Looks for the line in the file that the run read, or else at the location of the day's results.
    fn find(downloader: &Downloader<'_>, wanted: Wanted<'_>, run: Option<&StoredBy>) -> Result<Self> {
        let read = run
            .filter(|run| !run.input.is_empty())
            .and_then(|run| Location::named(Path::new(&run.input)).ok());
        let place = read.unwrap_or_else(|| run::results_of(wanted.settings, wanted.chosen, wanted.day));
        let folder = wanted.settings.data_folder(&wanted.chosen.model.name, &run::compact(wanted.day));
        let file = place.to_string();
        let input = match downloader.find(results::DOING, &place, &folder, "")? {
            Found::Input(input) => input,
            Found::Nothing(_) => {
                let record = Err("it is not there any more".to_owned());
                return Ok(Self { file, as_of: String::new(), record });
            }
        };
        let text = input.open();
        let text = text.map_err(|error| FileError::unopened(results::DOING, Path::new(&file), &error, ""))?;
        let mut records = Records::new(text, b'\t');
        for _ in 0..wanted.rank {
            if records.next_record().map_err(|error| FileError::unread(&file, error))?.is_none() {
                break;
            }
        }
        let found = records.next_record().map_err(|error| FileError::unread(&file, error))?;
        let record = found.map(|(line, record)| (line, record.clone()));
        let record = record.ok_or_else(|| "it has no such line any more".to_owned());
        Ok(Self { file, as_of: input.as_of(), record })
    }

    /// A field of the line, as written in the file.
    fn source(&self, chosen: Chosen<'_>, field: FieldId) -> Source {
        let (at, field) = (field.at(), &chosen.model.results.fields[field.at()]);
        let (place, written) = match &self.record {
            Ok((line, record)) => {
                let text = record.get(at).map(|it| String::from_utf8_lossy(it).into_owned());
                (format!("{}:{line}", self.file), text.map(|text| format!(", written `{text}`")))
            }
            Err(reason) => (format!("{} ({reason})", self.file), None),
        };
        let what = format!("the field `{field}`{}", written.unwrap_or_default());
        Source { what, place, as_of: self.as_of.clone(), gives_now: None }
    }
}

/// Looks up the context of the addresses of a row, once for each address.
struct Asking<'a> {
    context: &'a LocalContext,
    told: HashMap<String, Vec<Told>>,
    progress: &'a Progress,
}

impl Asking<'_> {
    /// The entries that provide the value of a column, or the sources that had no answer.
    fn sources(
        &mut self,
        of: &str,
        address: Option<String>,
        (kind, fact): (&'static str, &'static str),
        stored: Option<&str>,
    ) -> Result<Vec<Source>> {
        let address = address.unwrap_or_default();
        let Ok(ip) = address.parse() else {
            return Ok(vec![Source::of(format!("`{of}` holds no address"))]);
        };
        if !self.told.contains_key(&address) {
            self.progress.go_on()?;
            let told = context::explain(&self.context.files, &self.context.asking, ip);
            let told = told.map_err(|error| self.context.as_named(error.into()))?;
            self.told.insert(address.clone(), told);
        }
        let told: Vec<&Told> = self.told[&address].iter().filter(|source| source.kind == kind).collect();
        if told.is_empty() {
            return Ok(vec![Source::of(format!("no {kind} is configured"))]);
        }
        let entries =
            told.iter().flat_map(|it| &it.evidence).filter_map(|entry| self.source(entry, fact, stored));
        let mut sources: Vec<Source> = entries.collect();
        if sources.is_empty() {
            let asked: Vec<String> = told.iter().map(|source| self.named(&source.origin)).collect();
            let what = format!("no entry for {address}");
            sources.push(Source { what, place: asked.join(", "), ..Source::default() });
        }
        Ok(sources)
    }

    /// An entry that provides a fact.
    fn source(&self, entry: &Evidence, fact: &str, stored: Option<&str>) -> Option<Source> {
        if entry.says.is_empty() {
            // Why no source was queried.
            let (what, place) = (entry.entry.clone(), self.named(&entry.origin));
            return Some(Source { what, place, ..Source::default() });
        }
        let (_, now) = entry.says.iter().find(|(name, _)| *name == fact)?;
        let is_stored = match stored {
            Some(it) => it == now || it.split("::").any(|part| part == now),
            None => now.is_empty(),
        };
        Some(Source {
            what: entry.entry.clone(),
            place: self.named(&entry.origin),
            as_of: self.context.as_of(Path::new(&entry.origin), &entry.as_of),
            gives_now: (!is_stored).then(|| now.clone()),
        })
    }

    /// The line of a list that has the name of a code.
    /// `unlisted` describes the value of a code that has no name, if that is not the code itself.
    fn code(
        &self,
        (of, unlisted): (&str, Option<String>),
        code: Option<String>,
        table: &str,
        stored: Option<&str>,
    ) -> Result<Source> {
        let code = code.unwrap_or_default();
        let is_itself = unlisted.is_none();
        let unlisted = unlisted.unwrap_or_else(|| format!("`{of}` as it is"));
        let Some((_, path)) = self.context.files.codes.iter().find(|(list, _)| list == table) else {
            return Ok(Source::of(format!("{unlisted}: no list of the codes {table:?} is configured")));
        };
        self.progress.go_on()?;
        let found = context::explain_code(path, &code);
        let found = found.map_err(|error| self.context.as_named(error.into()))?;
        let now = found.as_ref().and_then(|it| it.says.first()).map_or(code.as_str(), |it| it.1.as_str());
        // A computed value is not compared.
        let is_compared = found.is_some() || is_itself;
        let gives_now = (is_compared && stored.unwrap_or_default() != now).then(|| now.to_owned());
        let what = match &found {
            Some(entry) => format!("the name of `{of}` in the codes {table:?}, {}", entry.entry),
            None => format!("{unlisted}: the codes {table:?} have no name for {code:?}"),
        };
        let as_of = self.context.as_of(path, &evidence::changed(path));
        let place = self.context.name_of(path).display().to_string();
        Ok(Source { what, place, as_of, gives_now })
    }

    /// A file, named as the user knows it.
    fn named(&self, origin: &str) -> String {
        self.context.name_of(Path::new(origin)).display().to_string()
    }
}

/// The origin of a value that comes from no file.
fn in_words(pipeline: &Pipeline, table: &Table, column: &Column, day: Date) -> String {
    match &column.from {
        Expr::Rank => "the position in the results, from 0".to_owned(),
        Expr::Partition(part) => format!("the day of the run, {day}: its {}", part.name()),
        _ => pipeline.in_words(table, &column.from),
    }
}
