//! The story of an analyst about an address: a comment with a title, the timeline of its communication, and the files
//! from which the story is drawn.
//!
//! A new story replaces only the stored story of the same address and day, after the analyst agreed to lose exactly
//! that. Rows are stored in one transaction, or, if the engine has none, as appends to the logs. The files follow from
//! the raw flows and the site's context, and are written last: if they are missing, the story can be written again.

mod files;
mod replaced;

use flow_oa_core::Date;
use flow_oa_schema::model::{Column, Expr as Source, RankColumns, Rows, Select, Table, Which};
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, Order, Value};

use crate::consent::{Consent, Outcome};
use crate::query::most_rows;
use crate::query::peers;
use crate::scoring;
use crate::storable::require_storable;
use flow_oa_engine::{Session, Store, Transaction, Unit};
use flow_oa_files::Lock;
use flow_oa_files::Progress;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::error::{Error, Result};
use flow_oa_runtime::ledger::rows;
use flow_oa_runtime::site::deployment::{Chosen, Settings, compact};
use flow_oa_runtime::site::engines::in_transaction;

use replaced::{count, stored};

pub(crate) use files::{Kept, check, kept, put_back, remove};
pub use replaced::{Comment, Replaced, Shortened};

/// A story.
#[derive(Debug, Clone)]
pub struct Story<'a> {
    /// The pipeline.
    pub chosen: Chosen<'a>,
    /// The day.
    pub day: Date,
    /// The author.
    pub who: &'a str,
    /// The address, in canonical text.
    pub address: String,
    /// The title, stored as it is.
    pub title: String,
    /// The text, stored as it is.
    pub text: String,
    /// The maximum number of rows of the timeline, those with the most bytes; 0 for all.
    pub top: u64,
}

/// What was stored.
#[derive(Debug, serde::Serialize)]
pub struct StorySummary {
    /// The day.
    pub day: String,
    /// The address.
    pub address: String,
    /// The table of comments.
    pub comments: String,
    /// The table of the timeline, if the pipeline has one.
    pub timeline: Option<String>,
    /// The number of timeline rows of the address.
    pub timeline_rows: u64,
    /// The number of peers of the address.
    pub peers: u64,
    /// The raw table from which the peers are read.
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
    require_storable("the title", &story.title)?;
    require_storable("the text", &story.text)?;
    let (raw, columns) = peers::raw(model, "storyboard")?;
    let days = derive::on(raw, story.day).condition();
    let circle = peers::circle(store, (settings, progress), (raw, columns), days, &story.address)?;
    let timeline = model.tables.iter().find(|table| is_about_subjects(table));
    let folder = settings.data_folder(&model.name, &compact(story.day));
    // Held until the files are written, too, so that rows and files are always those of the same story.
    let _lock = Lock::of_analysts(&folder, progress)?;
    let tables = Tables { comments, timeline, raw, columns };
    let timeline_rows = match store_story(store, story, tables, consent, progress)? {
        Outcome::Done(rows) => rows,
        Outcome::Asks(replaced) => return Ok(Outcome::Asks(replaced)),
    };
    let (files, fault) = match files::write(&folder, &circle, story) {
        Ok(files) => (files, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    Ok(Outcome::Done(StorySummary {
        day: story.day.to_string(),
        address: story.address.clone(),
        comments: comments.name.clone(),
        timeline: timeline.map(|it| it.name.clone()),
        timeline_rows,
        peers: circle.peers.len() as u64,
        raw: raw.name.clone(),
        files: files.iter().map(|it| it.display().to_string()).collect(),
        fault,
    }))
}

/// Whether a table has selected rows about the addresses of comments.
fn is_about_subjects(table: &Table) -> bool {
    matches!(table.rows.select(), Some(Select { which: Which::Subjects(_), .. }))
}

/// The tables of a story.
#[derive(Clone, Copy)]
struct Tables<'a> {
    comments: &'a Table,
    timeline: Option<&'a Table>,
    raw: &'a Table,
    columns: &'a RankColumns,
}

/// Stores the comment and the timeline, and returns the number of timeline rows. A comment with the same title and text
/// is not written again, so its author stays.
fn store_story(
    store: &mut dyn Store,
    story: &Story<'_>,
    Tables { comments, timeline, raw, columns }: Tables<'_>,
    consent: Consent<'_, Replaced>,
    progress: &Progress,
) -> Result<Outcome<u64, Replaced>> {
    in_transaction(store, Transaction::Latest, |unit| {
        unit.lock(&scoring::lock_of(story.chosen, story.day))?;
        let stored = stored(unit, story, comments)?;
        let is_same = |comment: &Comment| comment.title == story.title && comment.text == story.text;
        let is_stored = !stored.is_empty() && stored.iter().all(is_same);
        let comments_lost = stored.into_iter().filter(|it| !is_same(it)).collect();
        let mut replaced = Replaced { comments: comments_lost, ..Replaced::default() };
        let rows = match timeline {
            Some(table) => {
                let rows = moments(unit, story, table, raw, columns)?;
                let (from, to) = (count(unit, story, table)?, rows.len() as u64);
                replaced.timeline = (to < from).then_some(Shortened { from, to });
                Some((table, rows))
            }
            None => None,
        };
        if !consent.covers(&replaced) {
            return Ok(Outcome::Asks(replaced));
        }
        if !is_stored {
            replace(unit, story, comments, vec![comment(story, comments)])?;
            progress.go_on()?;
        }
        let Some((timeline, rows)) = rows else { return Ok(Outcome::Done(0)) };
        let count = rows.len() as u64;
        replace(unit, story, timeline, rows)?;
        Ok(Outcome::Done(count))
    })
    .map_err(|error| {
        error.checked_by("`flow-oa query storyboard` shows it, and the same command again is safe")
    })
}

/// The column that holds the address which a row is about.
fn subject(table: &Table) -> Result<&Column> {
    table.column_from(&Source::Subject).ok_or_else(|| {
        Error::Internal(format!("{} has no column of the address that its rows are about", table.name))
    })
}

/// The condition for rows of a table with the story's address and day.
fn of_story(story: &Story<'_>, table: &Table) -> Result<Cond> {
    let of_address = Expr::col(Alias::new(&subject(table)?.name)).eq(story.address.as_str());
    Ok(derive::on(table, story.day).condition().add(of_address))
}

/// The table of comments.
fn table_of(chosen: Chosen<'_>) -> Result<&Table> {
    let found = chosen.model.tables.iter().find(|table| matches!(table.rows, Rows::Comments));
    found.ok_or_else(|| {
        Error::Usage(format!(
            "storyboard: {} has no table for what analysts write about addresses (`\"rows\": {{\"comments\": {{}}}}`)",
            chosen.model.name
        ))
    })
}

type NewRow<'a> = Vec<(&'a str, Expr)>;

/// Replaces the rows that a table has of the address and the day.
fn replace<'a>(
    unit: &mut dyn Unit,
    story: &Story<'_>,
    table: &'a Table,
    rows: Vec<NewRow<'a>>,
) -> Result<()> {
    let subject = subject(table)?;
    let names_it = |text: &String| *text == subject.name || table.partition.columns.contains(text);
    // If the log's latest row of a key wins, the rows of the address need not be deleted before they are replaced.
    let is_its_key = !table.key.is_empty() && table.key.iter().all(names_it);
    if !is_its_key || unit.dialect().capabilities().transactions {
        unit.delete(&table.name, of_story(story, table)?)?;
    }
    Ok(unit.append(&table.name, rows)?)
}

/// The row of the comment.
fn comment<'a>(story: &Story<'_>, table: &'a Table) -> NewRow<'a> {
    let now = rows::now();
    row(story, table, |column| match &column.from {
        Source::Title => text(&story.title),
        Source::Note => text(&story.text),
        Source::When => text(&now),
        Source::Who => text(story.who),
        _ => text(""),
    })
}

fn text(it: &str) -> Value {
    Value::String(Some(it.to_owned()))
}

/// A row of a table about the address; `given` returns the values of the columns other than the day and the subject.
fn row<'a>(story: &Story<'_>, table: &'a Table, mut given: impl FnMut(&Column) -> Value) -> NewRow<'a> {
    let days = derive::on(table, story.day);
    let value = |column: &'a Column| {
        let of_day = days.values().iter().find(|(name, _)| *name == column.name);
        let value = match (of_day, &column.from) {
            (Some((_, part)), _) => Value::BigInt(Some(*part)),
            (None, Source::Subject) => text(&story.address),
            (None, _) => given(column),
        };
        (column.name.as_str(), Expr::val(value))
    };
    table.columns.iter().map(value).collect()
}

/// The rows of the timeline.
fn moments<'a>(
    session: &mut dyn Session,
    story: &Story<'_>,
    table: &'a Table,
    raw: &Table,
    columns: &RankColumns,
) -> Result<Vec<NewRow<'a>>> {
    const LARGEST: &str = "flow_oa_bytes";
    let bytes = Expr::col(Alias::new(&raw[columns.bytes].name));
    let mut select = derive::about(session.dialect(), story.chosen.model, table, story.day, &story.address)?;
    select
        .expr_as(Expr::expr(Func::sum(bytes)).cast_as("bigint"), Alias::new(LARGEST))
        .order_by(Alias::new(LARGEST), Order::Desc);
    for (at, column) in table.own_columns().iter().enumerate() {
        if !column.from.is_aggregate() && column.from != Source::Subject {
            select.order_by(Alias::new(format!("flow_oa_{at}")), Order::Asc);
        }
    }
    if let Some(most) = most_rows(story.top) {
        select.limit(most);
    }
    let found = session.select(select)?;
    let one = |values: Vec<Value>| {
        let mut values = values.into_iter();
        row(story, table, |_| values.next().unwrap_or(Value::BigInt(None)))
    };
    Ok(found.into_iter().map(one).collect())
}
