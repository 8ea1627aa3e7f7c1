//! The stored rows of a subject and day that a story replaces, which an analyst must agree to lose.

use flow_oa_schema::model::{Expr as Source, Table};
use sea_query::{Alias, Expr, Func, Order, Query, Value};

use super::{Story, of_story};
use flow_oa_engine::Session;
use flow_oa_site::{Error, Result};

/// What an analyst should know before a story is stored: the stored parts of the subject's story that it replaces, and
/// whether the day has nothing about the subject.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Replaced {
    /// Comments with another title or text.
    pub comments: Vec<Comment>,
    /// The number of rows in the tables about the subject that get fewer rows, for example because raw rows were purged.
    pub timeline: Option<Shortened>,
    /// The same, table by table.
    pub tables: Vec<ShortenedTable>,
    /// Whether the raw rows of the day have never seen the subject, which may be misspelt.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unseen: bool,
}

impl Replaced {
    pub(super) fn shorten(&mut self, table: &Table, rows: Shortened) {
        let all = self.timeline.get_or_insert(Shortened { from: 0, to: 0 });
        (all.from, all.to) = (all.from + rows.from, all.to + rows.to);
        self.tables.push(ShortenedTable { table: table.name.clone(), rows });
    }
}

/// A stored comment.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Comment {
    /// The title.
    pub title: String,
    /// The text.
    pub text: String,
    /// When it was written, UTC.
    pub at: String,
    /// The author.
    pub by: String,
}

/// The number of rows about a subject that are stored, and will be.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Shortened {
    /// The number of stored rows.
    pub from: u64,
    /// The number of rows that replace them.
    pub to: u64,
}

/// A table with fewer rows about a subject than are stored.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ShortenedTable {
    /// Its name.
    pub table: String,
    /// The number of rows.
    #[serde(flatten)]
    pub rows: Shortened,
}

/// The stored comments on the subject and the day.
pub(super) fn stored(session: &mut dyn Session, story: &Story<'_>, table: &Table) -> Result<Vec<Comment>> {
    let origins = [Source::Title, Source::Note, Source::When, Source::Who];
    let mut select = Query::select();
    for origin in &origins {
        match table.column_from(origin) {
            Some(column) => {
                let name = Alias::new(&column.name);
                select.column(name.clone()).order_by(name, Order::Asc)
            }
            None => select.expr(Expr::val("")),
        };
    }
    select.from(Alias::new(&table.name)).cond_where(of_story(story, table));
    let text = |value: Option<Value>| match value {
        Some(Value::String(Some(text))) => text,
        _ => String::new(),
    };
    let comment = |row: Vec<Value>| {
        let mut values = row.into_iter();
        let [title, note, at, by] = origins.each_ref().map(|_| text(values.next()));
        Comment { title, text: note, at, by }
    };
    Ok(session.select(select)?.into_iter().map(comment).collect())
}

/// The number of rows that a table has of the subject and the day.
pub(super) fn count(session: &mut dyn Session, story: &Story<'_>, table: &Table) -> Result<u64> {
    let mut select = Query::select();
    select.expr(Func::count(Expr::val(1))).from(Alias::new(&table.name)).cond_where(of_story(story, table));
    match session.select(select)?.first().and_then(|row| row.first()) {
        Some(Value::BigInt(Some(count))) => Ok(count.unsigned_abs()),
        _ => Err(Error::Internal(format!("counting the rows of {}: no number was returned", table.name))),
    }
}
