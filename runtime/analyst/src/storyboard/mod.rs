//! The story of an analyst about a subject: a comment with a title, the rows that tables select about the subject, such
//! as its timeline, and the files from which the story is drawn.
//!
//! A new story replaces only the stored story of the same subject and day, after the analyst agreed to lose exactly
//! that. Rows are stored in one transaction, or, if the engine has none, as appends to the logs. The files follow from
//! the raw flows and the site's context, and are written last: if they are missing, the story can be written again.

mod files;
mod replaced;

use flow_oa_core::Date;
use flow_oa_schema::model::{Column, ColumnId, Given, Pipeline, Rows, Table, Which};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Expr, ExprTrait, Value};

use crate::consent::{Consent, Outcome};
use crate::query::most_rows;
use crate::scoring;
use crate::storable::require_storable;
use flow_oa_engine::{Store, Transaction, Unit};
use flow_oa_files::{Lock, Progress};
use flow_oa_ledger::rows;
use flow_oa_runtime::day::derive::{self, Derived, LookUp};
use flow_oa_runtime::day::site_context::SiteContext;
use flow_oa_runtime::day::subject::Subject;
use flow_oa_site::deployment::{Chosen, Settings, compact};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};

use replaced::{count, stored};

pub(crate) use files::{Kept, check, kept, put_back, remove};
pub use replaced::{Comment, Replaced, Shortened, ShortenedTable};

/// A story.
#[derive(Debug, Clone)]
pub struct Story<'a> {
    /// The pipeline.
    pub chosen: Chosen<'a>,
    /// The day.
    pub day: Date,
    /// The author.
    pub who: &'a str,
    /// What the comment is about.
    pub subject: Subject,
    /// The title, stored as it is.
    pub title: String,
    /// The text, stored as it is.
    pub text: String,
    /// The maximum number of rows of each table about the subject, the first in its order; 0 for all. Default: the limit
    /// of the table.
    pub top: Option<u64>,
}

/// What was stored.
#[derive(Debug, serde::Serialize)]
pub struct StorySummary {
    /// The day.
    pub day: String,
    /// What the comment is about.
    pub subject: String,
    /// The same, if it is an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The table of comments.
    pub comments: String,
    /// The tables with rows about the subject, if the pipeline has any.
    pub timeline: Option<String>,
    /// The number of their rows.
    pub timeline_rows: u64,
    /// The number of peers, if the subject is an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peers: Option<u64>,
    /// The raw table from which rows and peers are read.
    pub raw: String,
    /// The files that were written.
    pub files: Vec<String>,
    /// Why the files are missing, although the rows are stored.
    #[serde(skip)]
    pub fault: Option<Error>,
}

/// Stores a story, and writes its files. The analyst must have agreed to lose what it replaces; otherwise nothing is
/// stored or written.
///
/// # Errors
/// If the pipeline has no table for it, the database or the context cannot be read, or the database cannot be written.
/// Then nothing is stored. The summary reports a file that cannot be written.
pub fn save(
    store: &mut dyn Store,
    settings: &Settings,
    story: &Story<'_>,
    consent: Consent<'_, Replaced>,
    progress: &Progress,
) -> Result<Outcome<StorySummary, Replaced>> {
    let model = story.chosen.model;
    let comments = table_of(story.chosen)?;
    require_fitting(comments, &story.subject)?;
    require_storable("the subject", story.subject.text())?;
    require_storable("the title", &story.title)?;
    require_storable("the text", &story.text)?;
    let drawn = files::draw(store, (settings, progress), story)?;
    let tables: Vec<Derived<'_>> =
        model.tables.iter().filter_map(|table| about_subjects(model, table)).collect();
    let folder = settings.data_folder(&model.name, &compact(story.day));
    // Held until the files are written, too, so that rows and files are always those of the same story.
    let _lock = Lock::of_analysts(&folder, progress)?;
    let mut context = SiteContext::of(settings, progress);
    let found = (comments, drawn.peers);
    let stored = store_story(store, story, found, &tables, &mut context, consent, progress)?;
    let timeline_rows = match stored {
        Outcome::Done(rows) => rows,
        Outcome::Asks(replaced) => return Ok(Outcome::Asks(replaced)),
    };
    let (files, fault) = match files::write(&folder, &drawn) {
        Ok(files) => (files, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    let names: Vec<&str> = tables.iter().map(|derived| derived.table.name.as_str()).collect();
    Ok(Outcome::Done(StorySummary {
        day: story.day.to_string(),
        subject: story.subject.text().to_owned(),
        address: story.subject.in_column(ColumnType::Address).map(str::to_owned),
        comments: comments.name.clone(),
        timeline: (!names.is_empty()).then(|| names.join(", ")),
        timeline_rows,
        peers: drawn.peers,
        raw: model.raw_table().map(|raw| raw.name.clone()).unwrap_or_default(),
        files: files.iter().map(|path| path.display().to_string()).collect(),
        fault,
    }))
}

/// Refuses a subject that the table of comments cannot hold.
fn require_fitting(comments: &Table, subject: &Subject) -> Result<()> {
    if subject.text().is_empty() {
        return Err(Error::Usage("storyboard: the subject is empty; name what the comment is about".into()));
    }
    let holds = |column: &Column| column.from.is_subject() && subject.in_column(column.kind).is_some();
    if comments.columns.iter().any(holds) {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "storyboard: comments in {} are about addresses, and {:?} is not an address",
        comments.name,
        subject.text()
    )))
}

/// The table, if its rows are selected by the subject of a comment.
fn about_subjects<'a>(model: &'a Pipeline, table: &'a Table) -> Option<Derived<'a>> {
    let derived = Derived::of(model, table)?;
    match derived.select.which {
        Which::Subjects(_) => Some(derived),
        Which::Day | Which::Rollup | Which::Results(_) | Which::Hubs(_) => None,
    }
}

/// Stores the comment and the rows about its subject, of whose peers there are so many if it is an address, and returns
/// the number of the rows. A comment with the same title
/// and text is not written again, so its author stays.
fn store_story(
    store: &mut dyn Store,
    story: &Story<'_>,
    (comments, peers): (&Table, Option<u64>),
    tables: &[Derived<'_>],
    context: &mut dyn LookUp,
    consent: Consent<'_, Replaced>,
    progress: &Progress,
) -> Result<Outcome<u64, Replaced>> {
    in_transaction(store, Transaction::Latest, |unit| {
        unit.lock(&scoring::lock_of(story.chosen, story.day))?;
        let stored = stored(unit, story, comments)?;
        let is_same = |comment: &Comment| comment.title == story.title && comment.text == story.text;
        let is_stored = !stored.is_empty() && stored.iter().all(is_same);
        let comments_lost = stored.into_iter().filter(|comment| !is_same(comment)).collect();
        let mut replaced = Replaced { comments: comments_lost, ..Replaced::default() };
        let mut selected = Vec::new();
        for derived in tables {
            let rows = selected_rows(unit, story, derived, context)?;
            let (from, to) = (count(unit, story, derived.table)?, rows.len() as u64);
            if to < from {
                replaced.shorten(derived.table, Shortened { from, to });
            }
            selected.push((derived.table, rows));
        }
        let rows: u64 = selected.iter().map(|(_, rows)| rows.len() as u64).sum();
        // Without peers and tables about it, nothing says whether the day has seen the subject.
        let is_looked_for = peers.is_some() || !tables.is_empty();
        replaced.unseen = is_looked_for && !is_stored && peers.unwrap_or(0) == 0 && rows == 0;
        if !consent.covers(&replaced) {
            return Ok(Outcome::Asks(replaced));
        }
        if !is_stored {
            replace(unit, story, comments, vec![comment(story, comments)])?;
            progress.go_on()?;
        }
        for (table, rows) in selected {
            replace(unit, story, table, rows)?;
        }
        Ok(Outcome::Done(rows))
    })
    .map_err(|error| {
        error.checked_by("`flow-oa query storyboard` shows it, and the same command again is safe")
    })
}

/// The condition for rows of a table with the story's subject and day.
fn of_story(story: &Story<'_>, table: &Table) -> Cond {
    let subjects =
        table.columns.iter().filter_map(|column| Some((column, story.subject.value(&column.from)?)));
    subjects.fold(derive::on(table, story.day).condition(), |all, (column, value)| {
        all.add(Expr::col(Alias::new(&column.name)).eq(value))
    })
}

/// The table of comments.
fn table_of(chosen: Chosen<'_>) -> Result<&Table> {
    let found = chosen.model.tables.iter().find(|table| matches!(table.rows, Rows::Comments));
    found.ok_or_else(|| {
        Error::Usage(format!(
            "storyboard: {} has no table for the comments of analysts (`\"rows\": {{\"comments\": {{}}}}`)",
            chosen.model.name
        ))
    })
}

type NewRow<'a> = Vec<(&'a str, Expr)>;

/// Replaces the rows that a table has of the subject and the day.
fn replace<'a>(
    unit: &mut dyn Unit,
    story: &Story<'_>,
    table: &'a Table,
    rows: Vec<NewRow<'a>>,
) -> Result<()> {
    let names_story = |id: &ColumnId| table[*id].from.is_subject() || table.is_partition(*id);
    // If the log's latest row of a key wins, the rows of the subject need not be deleted before they are replaced.
    let is_its_key = !table.key.is_empty() && table.key.iter().all(names_story);
    if !is_its_key || unit.dialect().capabilities().transactions {
        unit.delete(&table.name, of_story(story, table))?;
    }
    Ok(unit.append(&table.name, rows)?)
}

/// The row of the comment.
fn comment<'a>(story: &Story<'_>, table: &'a Table) -> NewRow<'a> {
    let now = rows::now();
    row(story, table, |column| match column.from.given() {
        Some(Given::Title) => text(&story.title),
        Some(Given::Note) => text(&story.text),
        Some(Given::When) => text(&now),
        Some(Given::Who) => text(story.who),
        // The subject is given already, and the check allows nothing else for comments.
        Some(Given::Subject(_) | Given::Severity(_)) | None => text(""),
    })
}

fn text(text: &str) -> Value {
    Value::String(Some(text.to_owned()))
}

/// A row of a table about the subject; `given` returns the values of the columns other than the day and the subject.
fn row<'a>(story: &Story<'_>, table: &'a Table, mut given: impl FnMut(&Column) -> Value) -> NewRow<'a> {
    let days = derive::on(table, story.day);
    let value = |column: &'a Column| {
        let of_day = days.values().iter().find(|(name, _)| *name == column.name);
        let value = match (of_day, story.subject.value(&column.from)) {
            (Some((_, part)), _) => Value::BigInt(Some(*part)),
            (None, Some(subject)) => text(subject),
            (None, None) => given(column),
        };
        (column.name.as_str(), Expr::val(value))
    };
    table.columns.iter().map(value).collect()
}

/// The rows that a table selects about the subject.
fn selected_rows<'a>(
    unit: &mut dyn Unit,
    story: &Story<'_>,
    derived: &Derived<'a>,
    context: &mut dyn LookUp,
) -> Result<Vec<NewRow<'a>>> {
    let limit = match story.top {
        Some(top) => most_rows(top),
        None => derived.select.limit,
    };
    let found = derive::about(unit, derived, (story.day, &story.subject), limit, context)?;
    let one = |values: Vec<Value>| {
        let mut values = values.into_iter();
        row(story, derived.table, |_| values.next().unwrap_or(Value::BigInt(None)))
    };
    Ok(found.into_iter().map(one).collect())
}
