//! Details: every raw row between the two ends of a suspicious row, in both directions, in the same minute. Each raw
//! row appears once, however many suspicious rows match it, and equal raw rows stay separate.

use flow_oa_core::fail_point;
use std::collections::BTreeSet;

use flow_oa_core::{Batch, Date, Text, Zone};
use flow_oa_schema::model::{Details, Origin, Pipeline, Table};
use flow_oa_schema::types::TimePart;
use sea_query::{Alias, Cond, Expr, ExprTrait, Func, Query};

use super::look_up::look_up;
use super::staged::{Staged, positions, scored, texts};
use super::{Made, insert, on, raw_column, raw_is, raw_part};
use crate::error::{Error, Result};
use flow_oa_engine::{Relation, Unit};

const ASKED: Relation<'_> = Relation {
    name: "flow_oa_asked",
    columns: &["source", "destination", "year", "month", "day", "hour", "minute"],
    whole: &[false, false, true, true, true, true, true],
};

/// The parts of a time that must match, in the order of the relation's columns.
const PARTS: [TimePart; 5] =
    [TimePart::Year, TimePart::Month, TimePart::Day, TimePart::Hour, TimePart::Minute];

pub(super) fn fill(
    unit: &mut dyn Unit,
    pipeline: &Pipeline,
    table: &Table,
    rows: &Details,
    day: Date,
    scores: &dyn Batch,
) -> Result<u64> {
    let raw = pipeline.table(&rows.raw).ok_or_else(|| Error::Internal(format!("no table {}", rows.raw)))?;
    let staged = unit.stage(&ASKED, &asked(pipeline, rows, scores)?)?;
    fail_point!("run-staged");
    let asked = |name: &str| Expr::col((Alias::new(&staged), Alias::new(name)));
    let mut fits = Cond::all();
    for (name, part) in ASKED.columns[2..].iter().zip(PARTS) {
        fits = fits.add(raw_part(raw, &rows.time.raw, part).eq(asked(name)));
    }
    for (name, end) in ASKED.columns.iter().zip(&rows.ends) {
        fits = fits.add(raw_column(&end.raw).eq(asked(name)));
    }
    if raw.partition.time.as_ref() == Some(&rows.time.raw)
        && let Some(few) = few(raw, &days(pipeline, rows, scores)?)
    {
        fits = fits.add(few);
    }
    let mut select = Query::select();
    look_up(unit, &mut select, &staged, &rows.raw, fits)?;
    let inserted = insert(unit, table, day, Made::OfOne, select, value)?;
    unit.unstage(&staged)?;
    Ok(inserted)
}

/// The maximum number of days that a statement names.
const FEW: usize = 31;

/// The condition that rows of the raw table are of these days, so that an engine with partitions reads no others;
/// `None` if there are too many days.
fn few(raw: &Table, days: &BTreeSet<Date>) -> Option<Cond> {
    let named = || days.iter().fold(Cond::any(), |any, day| any.add(raw_is(&on(raw, *day))));
    (days.len() <= FEW).then(named)
}

/// The days of the suspicious rows.
pub(super) fn days(pipeline: &Pipeline, rows: &Details, scores: &dyn Batch) -> Result<BTreeSet<Date>> {
    let place = positions(pipeline.scores_table(), [rows.time.scored.as_str()])?;
    let fault = |time: &Text| Error::Internal(format!("{time:?} is no time of a scored row"));
    let day = |[time]: [Text; 1]| time.get(..10).and_then(|it| it.parse().ok()).ok_or_else(|| fault(&time));
    texts(scores, place).into_iter().map(day).collect()
}

fn value(origin: &Origin) -> Option<Expr> {
    match origin {
        Origin::Raw(name) => Some(raw_column(name)),
        Origin::Add(names) => names.iter().map(|name| present(name)).reduce(|sum, it| sum.add(it)),
        _ => None,
    }
}

/// A raw column, or 0 if it has no value.
fn present(name: &str) -> Expr {
    Func::coalesce([raw_column(name), Expr::val(0)]).into()
}

/// Both directions of every suspicious row's ends and minute, without duplicates, so that a raw row matches at most
/// one.
fn asked(pipeline: &Pipeline, rows: &Details, scores: &dyn Batch) -> Result<Staged> {
    let [from, to] = scored(&rows.ends);
    let places = positions(pipeline.scores_table(), [from, to, &rows.time.scored])?;
    let mut keys: BTreeSet<(Text, Text, Text)> = BTreeSet::new();
    for [from, to, time] in texts(scores, places) {
        let minute = Text::from(time.get(..16).unwrap_or(&time));
        keys.insert((to.clone(), from.clone(), minute.clone()));
        keys.insert((from, to, minute));
    }
    let zone = Zone::utc();
    let row = |(from, to, minute): (Text, Text, Text)| {
        let at = zone
            .read(&minute)
            .ok_or_else(|| Error::Internal(format!("{minute:?} is no time of a scored row")))?;
        let numbers = [at.year(), at.month(), at.day(), at.hour(), at.minute()].map(i64::from);
        Ok((vec![from, to], numbers.to_vec()))
    };
    Ok(Staged { rows: keys.into_iter().map(row).collect::<Result<_>>()? })
}
