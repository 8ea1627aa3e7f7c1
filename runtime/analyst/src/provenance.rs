//! The origin of every value of a row of scores: the line of the results, the entries of context, the day.
//!
//! A run records none of this. It is determined by reading the same files again, so each answer states the date of its
//! file, and the value that the file has today if it differs from the stored value.

use flow_oa_files::{FileError, Progress};
use std::collections::HashMap;
use std::path::Path;

use csv::ByteRecord;
use flow_oa_core::{Date, Evidence, Named, Observable, Text, unquoted};
use flow_oa_remote::Location;
use flow_oa_schema::context::Fact;
use flow_oa_schema::model::{Column, Expr, FieldId, Pipeline, Table};
use flow_oa_schema::types::TextKind;
use sea_query::{Alias, ExprTrait, Value};

use flow_oa_context::{self as context, SourceEvidence, evidence};
use flow_oa_engine::Session;
use flow_oa_files::records::Records;
use flow_oa_ledger::history::{self, Filter, Status};
use flow_oa_runtime::day::{derive, ranking, results, run};
use flow_oa_site::deployment::{Chosen, Settings, compact};
use flow_oa_site::downloads::{Downloader, Found, LocalContext};
use flow_oa_site::{Error, Result};

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
    let mut asking = Asking { context: &context, explained: HashMap::new(), progress };
    // The name and the value of what context was looked up for.
    let asked = |of: &Expr| {
        let in_words = || wanted.chosen.model.in_words(scores, of);
        let name = of.column().map_or_else(in_words, |column| scores[column].name.clone());
        (name, derive::computed_of(of, scores, &values).ok().as_ref().and_then(unquoted))
    };
    let mut columns = Vec::new();
    for (column, value) in scores.columns.iter().zip(&values) {
        let value = unquoted(value);
        let sources = if let Some(field) = column.from.field() {
            let counts = match &value {
                Some(why) if wanted.chosen.model.roles.why == Some(field) && !why.is_empty() => {
                    counts(session, wanted, why, progress)?
                }
                Some(_) | None => Vec::new(),
            };
            [vec![line.source(wanted.chosen, field)], counts].concat()
        } else if let Some((of, fact)) = column.from.fact() {
            let (name, subject) = asked(of);
            asking.sources(&name, subject, fact, value.as_deref())?
        } else if let Expr::Code { of, table, otherwise } = &column.from {
            let (name, code) = asked(of);
            let unlisted = otherwise.as_ref().map(|from| wanted.chosen.model.in_words(scores, from));
            vec![asking.code((&name, unlisted), code, table, value.as_deref())?]
        } else {
            vec![Source::of(in_words(wanted.chosen.model, scores, column, wanted.day))]
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

/// The counts behind the reasons for the place of a row. The results file does not hold them, so the day is ranked again.
fn counts(
    session: &mut dyn Session,
    wanted: Wanted<'_>,
    why: &str,
    progress: &Progress,
) -> Result<Vec<Source>> {
    let (chosen, rank) = (wanted.chosen, u64::try_from(wanted.rank).unwrap_or_default());
    let raw = chosen.model.raw_table().map_or("the raw table", |table| table.name.as_str());
    let found = match &chosen.model.ranking {
        Some(_) => ranking::counted(session, chosen, (wanted.day, rank), &wanted.settings.ranking, progress)?,
        None => None,
    };
    let counted = match found {
        Some(counted) if counted.why == why => counted,
        Some(counted) => {
            let what = format!(
                "counts unknown: {raw}, ranked again as the settings say, gives other reasons at this position: `{}`",
                counted.why
            );
            return Ok(vec![Source::of(what)]);
        }
        None => return Ok(vec![Source::of(format!("counts unknown: {raw}, ranked again, has no such row"))]),
    };
    let of_value = |value: &ranking::CountedValue| {
        let ranking::CountedValue { name, shown, tail, mean } = value;
        let bits = |bits: u32| format!("{}.{}", bits / 1024, bits % 1024 * 10 / 1024);
        let what = format!(
            "{name} `{shown}`: {} counted, {} of {} as rare or rarer: {} bits; {} on average in its group",
            tail.rows,
            tail.as_rare,
            tail.all,
            bits(tail.bits()),
            bits(*mean)
        );
        Source { what, place: raw.to_owned(), ..Source::default() }
    };
    Ok(counted.values.iter().map(of_value).collect())
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
        let folder = wanted.settings.data_folder(&wanted.chosen.model.name, &compact(wanted.day));
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
                let text = record.get(at).map(|bytes| String::from_utf8_lossy(bytes).into_owned());
                (format!("{}:{line}", self.file), text.map(|text| format!(", written `{text}`")))
            }
            Err(reason) => (format!("{} ({reason})", self.file), None),
        };
        let what = format!("the field `{field}`{}", written.unwrap_or_default());
        Source { what, place, as_of: self.as_of.clone(), gives_now: None }
    }
}

/// What a fact is looked up for; `None` if it is about addresses and the text is none.
fn observed(fact: Fact, text: &str) -> Option<Observable> {
    let named = |named: Named| Some(Observable::name(named, &Text::from(text)));
    match fact {
        Fact::Network(_) | Fact::Geo(_) | Fact::Reputation(TextKind::Address) => {
            text.parse().ok().map(Observable::Address)
        }
        Fact::Reputation(TextKind::Domain) => named(Named::Domain),
        Fact::Reputation(TextKind::Url) => named(Named::Url),
    }
}

/// Looks up the context of the addresses and names of a row, once for each.
struct Asking<'a> {
    context: &'a LocalContext,
    explained: HashMap<Observable, Vec<SourceEvidence>>,
    progress: &'a Progress,
}

impl Asking<'_> {
    /// The entries that provide the value of a column, or the sources that had no answer.
    fn sources(
        &mut self,
        of: &str,
        subject: Option<String>,
        fact: Fact,
        stored: Option<&str>,
    ) -> Result<Vec<Source>> {
        let ((kind, answer), subject) = (fact.names(), subject.unwrap_or_default());
        let Some(subject) = observed(fact, &subject) else {
            return Ok(vec![Source::of(format!("`{of}` holds no address"))]);
        };
        if !self.explained.contains_key(&subject) {
            self.progress.go_on()?;
            let explained = context::explain(&self.context.files, &self.context.asking, &subject);
            let explained = explained.map_err(|error| self.context.as_named(error.into()))?;
            self.explained.insert(subject.clone(), explained);
        }
        let explained: Vec<&SourceEvidence> =
            self.explained[&subject].iter().filter(|source| source.kind == kind).collect();
        if explained.is_empty() {
            return Ok(vec![Source::of(format!("no {kind} is configured"))]);
        }
        let entries = explained
            .iter()
            .flat_map(|it| &it.evidence)
            .filter_map(|entry| self.source(entry, answer, stored));
        let mut sources: Vec<Source> = entries.collect();
        if sources.is_empty() {
            let asked: Vec<String> = explained.iter().map(|source| self.named(&source.origin)).collect();
            let what = format!("no entry for {subject}");
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
    if column.from == Expr::Rank {
        "the position in the results, from 0".to_owned()
    } else if let Expr::Partition(part) = &column.from {
        format!("the day of the run, {day}: its {}", part.name())
    } else {
        pipeline.in_words(table, &column.from)
    }
}
