//! Rows that match a scored row. Each raw row appears once, however many scored rows it matches, and equal raw rows
//! stay separate.

use flow_oa_core::{Batch, Cell, Date, Moment, Text, Zone, fail_point};
use std::collections::BTreeSet;

use flow_oa_core::value::whole;
use flow_oa_schema::Dialect;
use flow_oa_schema::model::{Clock, Column, Expr as Source, Match, Pair, Table, Value, Within};
use flow_oa_schema::types::{TimePart, TimeUnit};
use sea_query::{Alias, Cond, Expr, ExprTrait, Query, Value as Stored};

use super::basis::Basis;
use super::computing::{LookUp, part_of};
use super::look_up::look_up;
use super::staged::{Staged, text};
use super::{Derived, Most, Selected, insert, on, raw_is};
use flow_oa_engine::{Relation, Unit};
use flow_oa_site::{Error, Result};

const ASKED: &str = "flow_oa_asked";

pub(super) fn fill(
    unit: &mut dyn Unit,
    derived: &Derived<'_>,
    matched: &Match,
    day: Date,
    scores: &dyn Batch,
    context: &mut dyn LookUp,
) -> Result<u64> {
    let raw = derived.from;
    let key = Key::of(matched, raw);
    let names: Vec<&str> = key.names(raw).collect();
    let whole: Vec<bool> = key.are_whole().collect();
    let relation = Relation { name: ASKED, columns: &names, whole: &whole };
    let staged = unit.stage(&relation, &key.rows(scores)?)?;
    fail_point!("run-staged");
    let basis = Basis::raw(unit.dialect(), raw);
    let values = key.values(&basis)?;
    let mut fits = basis.conditions(&derived.select.conditions)?;
    for (name, value) in names.iter().zip(values) {
        fits = fits.add(value.eq(Expr::col((Alias::new(&staged), Alias::new(*name)))));
    }
    if let Some(days) = days(matched, raw, day, scores)?
        && let Some(few) = few(raw, &days)
    {
        fits = fits.add(few);
    }
    let mut select = Query::select();
    look_up(unit, &mut select, &staged, &raw.name, fits)?;
    let most = match matched.at_most {
        Some(most) => Some(Most { most, ..key.most(&basis)? }),
        None => None,
    };
    let rows = Selected { basis: &basis, select, most };
    let inserted = insert(unit, derived, day, rows, |from| basis.value(from), context)?;
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

/// The days of the raw rows that can match: those of the scored rows, or the day itself if no time has to match. `None`
/// for any day, if another time has to match than that by which raw rows are stored.
pub(super) fn days(
    matched: &Match,
    raw: &Table,
    day: Date,
    scores: &dyn Batch,
) -> Result<Option<BTreeSet<Date>>> {
    let Some(within) = &matched.within else { return Ok(Some(BTreeSet::from([day]))) };
    if raw.partition.time.as_ref() != Some(&within.from) {
        return Ok(None);
    }
    let mut days = BTreeSet::new();
    let mut cells = Vec::new();
    for row in 0..scores.len() {
        scores.cells(row, &mut cells);
        days.insert(time_of(&cells, &within.scored)?.date());
    }
    Ok(Some(days))
}

/// The time of a scored row.
fn time_of(cells: &[Cell<'_>], from: &Source) -> Result<Moment> {
    let (time, found) = match from.time() {
        Some((Clock::Epoch, of)) => match value(cells, of) {
            Cell::Int(seconds) => (Moment::of_epoch(seconds), seconds.to_string()),
            other => (None, other.to_text().into()),
        },
        Some((Clock::Text, of)) => {
            let text = text_of(cells, of);
            (Moment::of_text(&text), text.into())
        }
        None => {
            let text = text_of(cells, from);
            (Zone::utc().read(&text), text.into())
        }
    };
    time.ok_or_else(|| Error::Internal(format!("{found:?} is not the time of a scored row")))
}

/// The condition that a row of a table with selected rows is within the same unit of time as a scored row, which is
/// given by its values in the order of the columns.
///
/// # Errors
/// If the table does not keep the time.
pub fn is_within(dialect: Dialect, table: &Table, within: &Within, scored: &[Stored]) -> Result<Cond> {
    let cells: Vec<Cell<'_>> = scored.iter().map(cell).collect();
    let time = time_of(&cells, &within.scored)?.text();
    let length = within.unit.length();
    let [first, last] = ["0000-00-00 00:00:00", "9999-99-99 23:59:59"]
        .map(|end| format!("{}{}", &time[..length], &end[length..]));
    let of = |column: &Column| Expr::col(Alias::new(&column.name));
    if let Some(column) = table.column_from(&within.from) {
        return Ok(Cond::all().add(of(column).gte(first)).add(of(column).lte(last)));
    }
    if let Source::Time(Clock::Epoch, seconds) = &within.from
        && let Some(column) = table.column_from(seconds)
        && let (Some(first), Some(last)) = (Moment::of_text(&first), Moment::of_text(&last))
    {
        return Ok(Cond::all().add(of(column).gte(first.epoch())).add(of(column).lte(last.epoch())));
    }
    // The same time, computed from the columns that the table keeps.
    let kept = |column| table.ids().find(|id| table[*id].from == Source::Column(column));
    if let Some(time) = within.from.over(&kept) {
        let time = Basis::itself(dialect, table).value(&time)?;
        return Ok(Cond::all().add(time.clone().gte(first)).add(time.lte(last)));
    }
    Err(Error::Configuration(format!("{} keeps no time by which its rows are found", table.name)))
}

fn cell(value: &Stored) -> Cell<'_> {
    match value {
        Stored::String(Some(text)) => Cell::Text(text),
        other => whole(other).map_or(Cell::Null, Cell::Int),
    }
}

/// The value of a column of a scored row.
fn value<'a>(cells: &[Cell<'a>], of: &Source) -> Cell<'a> {
    of.column().and_then(|column| cells.get(column.at())).copied().unwrap_or(Cell::Null)
}

/// The text of columns and constants of a scored row.
fn text_of(cells: &[Cell<'_>], of: &Source) -> Text {
    if let Source::Concat(all) = of {
        return all.iter().map(|of| text_of(cells, of)).collect();
    }
    if let Source::Value(constant) = of {
        return match constant {
            Value::Text(text) => Text::from(text.as_str()),
            Value::Int(number) => Text::from(number.to_string()),
            Value::Real(number) => Text::from(number.to_string()),
        };
    }
    value(cells, of).to_text()
}

/// The columns by which rows match, in the order of the staged relation: texts, whole numbers, parts of the time.
struct Key<'a> {
    texts: Vec<Pair>,
    /// The positions in `texts` of the two columns that may be swapped.
    swapped: Option<[usize; 2]>,
    numbers: Vec<Pair>,
    within: Option<&'a Within>,
}

impl<'a> Key<'a> {
    fn of(matched: &'a Match, raw: &Table) -> Self {
        let is_text = |pair: &Pair| raw[pair.from].kind.is_text();
        let (mut texts, numbers): (Vec<Pair>, Vec<Pair>) =
            matched.equal.iter().partition(|pair| is_text(pair));
        let swapped = matched.either_way.map(|ends| {
            texts.extend(ends);
            [texts.len() - 2, texts.len() - 1]
        });
        Self { texts, swapped, numbers, within: matched.within.as_ref() }
    }

    fn pairs(&self) -> impl Iterator<Item = &Pair> {
        self.texts.iter().chain(&self.numbers)
    }

    /// The values of a raw row, in the order of the columns.
    fn values(&self, basis: &Basis<'_>) -> Result<Vec<Expr>> {
        let columns = self.pairs().map(|pair| basis.value(&Source::Column(pair.from)));
        let mut values = columns.collect::<Result<Vec<Expr>>>()?;
        if let Some(within) = self.within {
            values.extend(basis.parts(&within.from, within.unit)?);
        }
        Ok(values)
    }

    /// The rows of each match key: the first by time.
    fn most(&self, basis: &Basis<'_>) -> Result<Most> {
        let time = self.within.map(|within| basis.value(&within.from)).transpose()?;
        Ok(Most { most: 0, of: self.values(basis)?, first_by: time })
    }

    fn parts(&self) -> &'static [TimePart] {
        self.within.map_or(&[], |within| within.unit.parts())
    }

    fn names<'n>(&'n self, raw: &'n Table) -> impl Iterator<Item = &'n str> {
        // Names of columns never begin with `flow_oa_`.
        let parts = self.parts().iter().map(|part| match part {
            TimePart::Year => "flow_oa_year",
            TimePart::Month => "flow_oa_month",
            TimePart::Day => "flow_oa_day",
            TimePart::Hour => "flow_oa_hour",
            TimePart::Minute => "flow_oa_minute",
            TimePart::Second => "flow_oa_second",
            TimePart::Epoch => "flow_oa_epoch",
        });
        self.pairs().map(|pair| raw[pair.from].name.as_str()).chain(parts)
    }

    fn are_whole(&self) -> impl Iterator<Item = bool> {
        let (texts, rest) = (self.texts.len(), self.numbers.len() + self.parts().len());
        std::iter::repeat_n(false, texts).chain(std::iter::repeat_n(true, rest))
    }

    /// The keys of the scored rows, in both directions if columns may be swapped, without duplicates, so that a raw row
    /// matches at most one. A scored row without a value in a column of the key matches nothing.
    fn rows(&self, scores: &dyn Batch) -> Result<Staged> {
        let mut keys: BTreeSet<(Vec<Text>, Vec<i64>)> = BTreeSet::new();
        let mut cells = Vec::new();
        for row in 0..scores.len() {
            scores.cells(row, &mut cells);
            if self.pairs().any(|pair| matches!(cells.get(pair.scored.at()), None | Some(Cell::Null))) {
                continue;
            }
            let texts: Vec<Text> = self.texts.iter().map(|pair| text(&cells, pair.scored)).collect();
            let number = |pair: &Pair| match cells[pair.scored.at()] {
                Cell::Int(number) => number,
                Cell::Null | Cell::Text(_) | Cell::Real(_) => 0,
            };
            let mut numbers: Vec<i64> = self.numbers.iter().map(number).collect();
            if let Some(within) = self.within {
                numbers.extend(parts(time_of(&cells, &within.scored)?, within.unit));
            }
            if let Some([one, other]) = self.swapped {
                let mut swapped = texts.clone();
                swapped.swap(one, other);
                keys.insert((swapped, numbers.clone()));
            }
            keys.insert((texts, numbers));
        }
        Ok(Staged { rows: keys.into_iter().collect() })
    }
}

/// The parts of a time that are equal within a unit.
fn parts(at: Moment, unit: TimeUnit) -> impl Iterator<Item = i64> {
    unit.parts().iter().map(move |part| part_of(at, *part))
}
