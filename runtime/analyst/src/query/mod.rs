//! Queries of analysts: the suspicious connections of a day, the raw flows behind a connection, the peers of an
//! address, the number of flows per minute.
//!
//! The queries follow from the model: every table of a pipeline with rows of a kind supports the queries for that kind.
//! All values are bound. An answer has the same shape on every engine.
//!
//! # Decisions
//!
//! - **Queries follow from the model**: the rows and origins of tables determine which tables answer `suspicious`,
//!   `threats`, `details`, `chords` and `summary`, by which columns, and in which order. Filters are bound in the type
//!   of their column. An answer is a type of the schema crate with a JSON Schema, the same on every engine.

mod answer;
mod filter;
mod investigate;
mod order;
pub(crate) mod peers;
pub(crate) mod stories;
pub(crate) mod storyboard;

use flow_oa_core::Date;
use flow_oa_core::value::whole;
use flow_oa_schema::answer::Answer;
use flow_oa_schema::model::{Column, ColumnId, Expr as Source, Match, Pair, Pipeline, Rows, Table, Which};
use flow_oa_schema::names::nearest;
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Cond, Expr, ExprTrait, IntoIden, Order, Query, Value};

use flow_oa_engine::Session;
use flow_oa_files::Progress;
use flow_oa_runtime::day::derive;
use flow_oa_runtime::day::judged;
use flow_oa_runtime::day::subject::Subject;
use flow_oa_site::deployment::{Chosen, Settings};
use flow_oa_site::{Error, Result};

pub use answer::{OF_STORY, STORY, STORY_ROWS};
pub use answer::{field, only, to_csv, to_lines};
pub use filter::Filter;
pub use investigate::Largest;
pub use order::Sort;
use stories::Stories;

/// The canonical text of an address; `None` if `text` is not an address.
pub fn address(text: &str) -> Option<String> {
    flow_oa_core::address::parse(text.trim()).map(|it| it.to_string())
}

/// A query.
#[derive(Debug, Clone)]
pub enum Question {
    /// The stories of a day: the most suspicious row of each, and what its rows have in common. All suspicious rows, if the
    /// pipeline has no stories. Rows that analysts scored are skipped, unless `all` is set.
    Stories {
        /// Whether scored rows are included.
        all: bool,
    },
    /// The suspicious rows of a day, the most suspicious first. Rows that analysts scored are skipped, unless `all` is
    /// set.
    Suspicious {
        /// Whether scored rows are included.
        all: bool,
    },
    /// The judgements of analysts on suspicious rows, the most severe first.
    Threats,
    /// The raw rows behind the suspicious row of that rank.
    Details(i64),
    /// The sums of an address with each of its peers among the suspicious rows.
    Chords(String),
    /// The number of raw rows of each minute.
    Summary,
    /// All that an address did, summed up by peer and ports; or all rows about a name or a URL.
    Investigate(Subject, Largest),
    /// The comments of analysts.
    Comments,
    /// The rows about the subjects of comments, or about one of them: what happened, and when.
    Timeline(Option<String>),
    /// The number of peers of an address, by direction and network.
    Impact(String),
    /// The peers of an address, from the first to the last.
    Progression(String),
    /// The locations of an address and its peers.
    Globe(String),
}

impl Question {
    /// The name of the query on the command line.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Stories { .. } | Self::Suspicious { .. } => "suspicious",
            Self::Threats => "threats",
            Self::Details(_) => "details",
            Self::Chords(_) => "chords",
            Self::Summary => "summary",
            Self::Investigate(..) => "investigate",
            Self::Comments => "comments",
            Self::Timeline(_) => "timeline",
            Self::Impact(_) => "impact",
            Self::Progression(_) => "progression",
            Self::Globe(_) => "globe",
        }
    }

    /// Whether the answer consists of sums over all raw rows of an address, which have no columns to filter by.
    pub fn is_of_sums(&self) -> bool {
        matches!(self, Self::Investigate(..) | Self::Impact(_) | Self::Progression(_) | Self::Globe(_))
    }

    /// Whether a table with rows of this kind answers the query.
    fn is_answered_by(&self, rows: &Rows) -> bool {
        let which = rows.select().map(|select| &select.which);
        match self {
            Self::Stories { .. } | Self::Suspicious { .. } => matches!(rows, Rows::Results),
            Self::Threats => matches!(rows, Rows::Judged(_)),
            Self::Details(_) => matches!(which, Some(Which::Results(_))),
            Self::Chords(_) => matches!(which, Some(Which::Hubs(_))),
            Self::Summary => matches!(which, Some(Which::Day)),
            Self::Comments => matches!(rows, Rows::Comments),
            Self::Timeline(_) => matches!(which, Some(Which::Subjects(_))),
            Self::Investigate(..) | Self::Impact(_) | Self::Progression(_) | Self::Globe(_) => rows.are_raw(),
        }
    }
}

/// A query, with its days and conditions.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone)]
pub struct QueryRequest<'a> {
    /// The settings of the site, whose context some queries use.
    pub settings: &'a Settings,
    pub progress: &'a Progress,
    pub chosen: Chosen<'a>,
    pub question: Question,
    /// The table that answers, if several could.
    pub table: Option<String>,
    pub from: Date,
    pub to: Date,
    /// Conditions that the rows must meet.
    pub filters: Vec<Filter>,
    /// An address, in canonical text, that must be one of the row's addresses.
    pub address: Option<String>,
    /// A port that must be one of the row's ports.
    pub port: Option<u16>,
    /// A name or a URL that the row must be about.
    pub subject: Option<String>,
    /// What the rows are sorted by, before their usual order.
    pub sort: Vec<Sort>,
    /// The maximum number of rows; 0 for all.
    pub limit: u64,
}

/// The maximum number of rows of a statement, for the requested maximum; `None` for all rows. A number beyond the range
/// of some engines is more than any table has.
pub(crate) fn most_rows(wanted: u64) -> Option<u64> {
    (1..i32::MAX as u64).contains(&wanted).then_some(wanted)
}

/// Runs the query.
///
/// # Errors
/// If no table answers it, a filter names a missing column or a value that the column cannot hold, or the database
/// cannot be queried.
pub fn ask(session: &mut dyn Session, request: &QueryRequest<'_>) -> Result<Answer> {
    if let (Some(sort), true) = (request.sort.first(), request.question.is_of_sums()) {
        let (name, column) = (request.question.name(), &sort.column);
        return Err(Error::Usage(format!("--sort {column}: query {name} has an order of its own")));
    }
    match &request.question {
        Question::Investigate(subject, by) => return investigate::ask(session, request, subject, *by),
        Question::Impact(address) | Question::Progression(address) | Question::Globe(address) => {
            return storyboard::ask(session, request, address);
        }
        _ => {}
    }
    let table = answering(request)?;
    let mut which = days(table, request.from, request.to)?;
    which = which.add(match &request.question {
        Question::Details(rank) => match table.rows.select().map(|select| &select.which) {
            Some(Which::Results(matched)) => behind(session, request, table, matched, *rank)?,
            Some(Which::Day | Which::Rollup | Which::Hubs(_) | Which::Subjects(_)) | None => Cond::all(),
        },
        Question::Chords(address) => about(table, &Source::Hub, address)?,
        Question::Timeline(Some(subject)) => about(table, &Source::Subject(None), subject)?,
        Question::Stories { all: false } | Question::Suspicious { all: false } => {
            not_judged(request.chosen, table)
        }
        Question::Stories { all: true }
        | Question::Suspicious { all: true }
        | Question::Threats
        | Question::Summary
        | Question::Comments => Cond::all(),
        Question::Investigate(..) | Question::Timeline(None) | Question::Impact(_) => Cond::all(),
        Question::Progression(_) | Question::Globe(_) => Cond::all(),
    });
    let dialect = session.dialect();
    for filter in &request.filters {
        which = which.add(filter.condition(table, dialect)?);
    }
    if let Some(address) = &request.address {
        which = which.add(one_of_its_addresses(table, address)?);
    }
    if let Some(port) = request.port {
        let roles = &request.chosen.model.roles;
        let ports = [roles.source_port, roles.destination_port];
        let is_port = with_a_role(request.chosen.model, table, ports, i64::from(port).into());
        which = which.add(
            is_port.ok_or_else(|| Error::Usage(format!("--port: {} has no column of ports", table.name)))?,
        );
    }
    if let Some(subject) = &request.subject {
        let role = [request.chosen.model.roles.subject];
        let is_about = with_a_role(request.chosen.model, table, role, subject.as_str().into());
        which = which.add(is_about.ok_or_else(|| {
            let name = &table.name;
            Error::Usage(format!(
                "--subject: no column of {name} has the role `subject`; --filter names columns"
            ))
        })?);
    }
    let mut select = Query::select();
    select
        .columns(table.columns.iter().map(|column| Alias::new(&column.name).into_iden()))
        .from(Alias::new(&table.name))
        .cond_where(which);
    let stories = match request.question {
        Question::Stories { .. } => Stories::of(request.chosen.model),
        _ => None,
    };
    if stories.is_none() {
        for sort in &request.sort {
            let column = sort.column(table.columns.iter().map(|column| column.name.as_str()))?;
            select.order_by_expr(order::value(table, &table.columns[column]), sort.order());
        }
    }
    for (column, order) in order::usual(table) {
        select.order_by_expr(order::value(table, column), order);
    }
    if let Some(stories) = stories {
        let rows = session.select(select)?;
        return stories.answer(session, request, rows);
    }
    if let Some(most) = most_rows(request.limit) {
        // One row more than requested shows whether there are more.
        select.limit(most + 1);
    }
    let rows = session.select(select)?;
    Ok(answer::of(request, table, rows))
}

fn answering<'a>(request: &QueryRequest<'a>) -> Result<&'a Table> {
    let (model, name) = (request.chosen.model, request.question.name());
    let mut able: Vec<&Table> =
        model.tables.iter().filter(|table| request.question.is_answered_by(&table.rows)).collect();
    if request.table.is_none() && able.len() > 1 {
        // Rows of their own come before a selection of distinct values.
        able.retain(|table| !table.rows.select().is_some_and(|select| select.distinct));
    }
    let names = || able.iter().map(|it| it.name.as_str()).collect::<Vec<_>>().join(", ");
    match (&request.table, able.as_slice()) {
        (Some(wanted), _) => able.iter().find(|table| table.name == *wanted).copied().ok_or_else(|| {
            let meant = nearest(wanted, able.iter().map(|it| it.name.as_str()));
            let meant = meant.map(|meant| format!(" (did you mean {meant:?}?)")).unwrap_or_default();
            Error::Usage(format!(
                "--table: {wanted:?} does not answer {name:?}{meant}; these do: {}",
                names()
            ))
        }),
        (None, [only]) => Ok(only),
        (None, []) => Err(Error::Usage(format!("query {name}: no table of {} has such rows", model.name))),
        (None, _) => {
            Err(Error::Usage(format!("--table must say which table is to answer {name:?}: {}", names())))
        }
    }
}

/// The condition that rows are of the days from one to another.
fn days(table: &Table, from: Date, to: Date) -> Result<Cond> {
    if from == to {
        return Ok(derive::on(table, from).condition());
    }
    if from > to {
        return Err(Error::Usage(format!("query: the first day, {from}, is after the last, {to}")));
    }
    let behind = to.tomorrow().map_err(|_| Error::Usage(format!("query: {to} has no day after it")))?;
    let before = |day| derive::before(table, day).condition();
    Ok(Cond::all().add(before(behind)).add(before(from).not()))
}

/// The condition for rows that match a suspicious row.
fn behind(
    session: &mut dyn Session,
    request: &QueryRequest<'_>,
    table: &Table,
    matched: &Match,
    rank: i64,
) -> Result<Cond> {
    let raw = request.chosen.model.base(table);
    let column = |from: ColumnId| {
        let found = table.column_from(&Source::Column(from));
        found.map(|found| Expr::col(Alias::new(&found.name))).ok_or_else(|| {
            Error::Configuration(format!(
                "query details: {} keeps no {:?}, by which its rows are found",
                table.name, raw[from].name
            ))
        })
    };
    let row = suspicious(session, request, rank)?;
    let value = |scored: ColumnId| row.get(scored.at()).cloned().unwrap_or(Value::String(None));
    let is = |from: &Pair, scored: &Pair| Ok::<_, Error>(column(from.from)?.eq(value(scored.scored)));
    let mut all = Cond::all();
    for pair in &matched.equal {
        all = all.add(is(pair, pair)?);
    }
    if let Some([one, other]) = &matched.either_way {
        let ways = [(one, other), (other, one)]
            .map(|(first, second)| Ok::<_, Error>(Cond::all().add(is(one, first)?).add(is(other, second)?)));
        let [way, back] = ways;
        all = all.add(Cond::any().add(way?).add(back?));
    }
    if let Some(within) = &matched.within {
        all = all.add(derive::is_within(session.dialect(), table, within, &row)?);
    }
    Ok(all)
}

/// The values of a suspicious row, in the order of the columns of the table of scores.
fn suspicious(session: &mut dyn Session, request: &QueryRequest<'_>, rank: i64) -> Result<Vec<Value>> {
    let scores = request.chosen.model.scores_table();
    let ranked = scores
        .column_from(&Source::Rank)
        .ok_or_else(|| Error::Usage(format!("--rank: no column of {} identifies rows", scores.name)))?;
    let mut select = derive::of_day(scores, request.from, []);
    select.and_where(Expr::col(Alias::new(&ranked.name)).eq(rank));
    session.select(select)?.into_iter().next().ok_or_else(|| Error::NoInput {
        doing: "looking for a row of",
        path: scores.name.clone().into(),
        error: format!("{} has none of rank {rank}; `flow-oa query suspicious` lists them", request.from),
    })
}

/// The condition for rows about an address, which the column with this expression holds.
fn about(table: &Table, from: &Source, address: &str) -> Result<Cond> {
    let column = table.column_from(from).ok_or_else(|| {
        Error::Configuration(format!(
            "{} keeps no address that its rows are about, by which they are found",
            table.name
        ))
    })?;
    Ok(Cond::all().add(Expr::col(Alias::new(&column.name)).eq(address)))
}

/// The condition for scored rows without a judgement: no table of judgements of these scores has their connection.
fn not_judged(chosen: Chosen<'_>, scores: &Table) -> Cond {
    let tables = chosen.model.tables.iter();
    let of_them = tables.filter(|table| matches!(&table.rows, Rows::Judged(_)));
    of_them.fold(Cond::all(), |all, table| {
        let mut judged = Query::select();
        judged.expr(Expr::val(1)).from(Alias::new(&table.name));
        for (own, scored) in judged::same_connection(scores, table) {
            let of = |table: &str, column: &str| Expr::col((Alias::new(table), Alias::new(column)));
            judged.and_where(of(&table.name, own).eq(of(&scores.name, scored)));
        }
        all.add(Expr::exists(judged).not())
    })
}

fn one_of_its_addresses(table: &Table, address: &str) -> Result<Cond> {
    let columns: Vec<_> = table.columns.iter().filter(|column| column.kind == ColumnType::Address).collect();
    if columns.is_empty() {
        return Err(Error::Usage(format!("--address: {} has no column of addresses", table.name)));
    }
    Ok(columns
        .iter()
        .fold(Cond::any(), |any, column| any.add(Expr::col(Alias::new(&column.name)).eq(address))))
}

/// The condition that one of a table's columns with these roles has a value. `None` if it has no such column.
fn with_a_role(
    model: &Pipeline,
    table: &Table,
    roles: impl IntoIterator<Item = Option<ColumnId>>,
    value: Value,
) -> Option<Cond> {
    let raw = model.raw_table()?;
    let fields: Vec<&str> = roles.into_iter().flatten().map(|role| raw[role].name.as_str()).collect();
    let has_role =
        |column: &&Column| model.taken_from(table, column).is_some_and(|field| fields.contains(&field));
    let columns = table.columns.iter().filter(has_role);
    let is = columns.map(|column| Expr::col(Alias::new(&column.name)).eq(value.clone()));
    is.fold(None, |any, is| Some(any.unwrap_or_else(Cond::any).add(is)))
}

/// The last day that has rows of a run.
///
/// # Errors
/// If there is none, or the database cannot be queried.
pub fn latest_day(session: &mut dyn Session, chosen: Chosen<'_>) -> Result<Date> {
    let scores = chosen.model.scores_table();
    let mut select = Query::select();
    select.from(Alias::new(&scores.name)).limit(1);
    for part in scores.day_columns() {
        select.column(Alias::new(&part.name)).order_by(Alias::new(&part.name), Order::Desc);
    }
    let rows = session.select(select)?;
    let parts: Option<Vec<i64>> = rows.first().and_then(|row| row.iter().map(whole).collect());
    let date = parts.and_then(|parts| {
        let [year, month, day] = *parts else { return None };
        Date::new(year.try_into().ok()?, month.try_into().ok()?, day.try_into().ok()?).ok()
    });
    date.ok_or_else(|| Error::NoInput {
        doing: "looking for the last day with a run in",
        path: scores.name.clone().into(),
        error: "it has no rows; `flow-oa run` makes them".to_owned(),
    })
}

/// Why an answer has no rows: there are none of these days, all are scored, or none matches.
///
/// # Errors
/// If the database cannot be queried.
pub fn why_nothing(session: &mut dyn Session, request: &QueryRequest<'_>) -> Result<Option<String>> {
    let model = request.chosen.model;
    let (table, what) = match model.raw_table().filter(|_| request.question.is_of_sums()) {
        Some(raw) => (raw, "`flow-oa ingest` loads them"),
        None => (model.scores_table(), "`flow-oa run` makes them, and `flow-oa history` shows what was done"),
    };
    let mut select = Query::select();
    select
        .expr(Expr::val(1))
        .from(Alias::new(&table.name))
        .cond_where(days(table, request.from, request.to)?)
        .limit(1);
    let (from, to) = (request.from, request.to);
    let days = if from == to { from.to_string() } else { format!("{from} to {to}") };
    if session.select(select)?.is_empty() {
        return Ok(Some(format!("{} has no rows of {days} at all; {what}", table.name)));
    }
    let has_rows = |session: &mut dyn Session, other: QueryRequest<'_>| {
        ask(session, &QueryRequest { limit: 1, ..other }).map(|answer| !answer.rows.is_empty())
    };
    let with_scored = match request.question {
        Question::Stories { all: false } => Some(Question::Stories { all: true }),
        Question::Suspicious { all: false } => Some(Question::Suspicious { all: true }),
        _ => None,
    };
    if let Some(question) = with_scored
        && has_rows(session, QueryRequest { question, ..request.clone() })?
    {
        return Ok(Some(format!("all such rows of {days} are scored already; --all shows them")));
    }
    let is_divided = !request.filters.is_empty()
        || request.address.is_some()
        || request.port.is_some()
        || request.subject.is_some();
    let (filters, address, port, subject) = (Vec::new(), None, None, None);
    if is_divided && has_rows(session, QueryRequest { filters, address, port, subject, ..request.clone() })? {
        let of_options = "--filter, --address, --port and --subject";
        return Ok(Some(format!("there are rows of {days}, but none that all of {of_options} match")));
    }
    Ok(None)
}
