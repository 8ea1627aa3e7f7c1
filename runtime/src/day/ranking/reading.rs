//! How rows of the raw table become rows of the ranking, and lines of the results file: by the declaration of the
//! pipeline, and the options of the site.

use std::borrow::Cow;
use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;

use flow_oa_context::IpRange;
use flow_oa_core::{Text, address, unquoted};
use flow_oa_rank::{ByTies, Listed, Row, Shape, Tied, probability, python_repr};
use flow_oa_schema::model::{
    ColumnId, Condition, Direction, Expr, Pipeline, Popular, RankedKey, Ranking, Reason, Said, Table, Written,
};
use sea_query::Value;

use super::reasons::{in_words, why};
use super::{CountedValue, Options};
use crate::day::derive::{Computed, Computer};
use flow_oa_site::{Error, Result};

/// What is read of a row.
pub(super) struct Reading<'a> {
    raw: &'a Table,
    ranking: &'a Ranking,
    /// The column without whose value a row is left out.
    time: Option<ColumnId>,
    /// The two ends of the direction, and the ranges that are `in`.
    direction: Option<(&'a Direction, &'a [IpRange])>,
    popular: Option<&'a Popular>,
    /// What counting needs.
    pub(super) counted: Computer,
    /// What a line needs, too.
    pub(super) listed: Computer,
}

/// How many rows have each value of a key, as it is or as in a reply.
pub(super) type Popularity = HashMap<Text, u64>;

impl<'a> Reading<'a> {
    pub(super) fn of(model: &'a Pipeline, options: &'a Options) -> Result<Self> {
        let (Some(raw), Some(ranking)) = (model.raw_table(), &model.ranking) else {
            return Err(Error::Usage(format!(
                "rank: the pipeline {name} cannot be ranked: {name}_config.json has no `ranking`",
                name = model.name
            )));
        };
        let lacks = |what: &str, option: &str| {
            let name = &model.name;
            Error::Usage(format!(
                "rank: `ranking` in {name}_config.json has no `{what}`, so {option} has no effect"
            ))
        };
        if !options.internal.is_empty() && ranking.direction.is_none() {
            return Err(lacks("direction", "--internal"));
        }
        if options.popular && ranking.popular.is_none() {
            return Err(lacks("popular", "--popular"));
        }
        let time = model.roles.time.as_ref().and_then(Expr::column);
        let time_of = time.map(Expr::Column);
        let lines: Vec<Expr> = ranking.ties.iter().map(|column| Expr::Column(*column)).collect();
        let counted: Vec<&Expr> = ranking.counted().into_iter().chain(&time_of).collect();
        let listed =
            counted.iter().copied().chain(&lines).chain(ranking.fields.iter().filter_map(Written::value));
        let shown = ranking.values.iter().filter_map(|value| value.why.of.as_ref());
        let listed: Vec<&Expr> = listed.chain(shown).collect();
        Ok(Self {
            raw,
            ranking,
            time,
            direction: ranking
                .direction
                .as_ref()
                .map(|ends| (ends, options.internal.as_slice()))
                .filter(|(_, own)| !own.is_empty()),
            popular: ranking.popular.as_ref().filter(|_| options.popular),
            counted: Computer::of(&counted, raw),
            listed: Computer::of(&listed, raw),
        })
    }

    pub(super) fn raw(&self) -> &'a Table {
        self.raw
    }

    pub(super) fn shape(&self) -> Shape {
        let direction = self.direction.map(|_| None);
        Shape {
            keys: self.ranking.keys.len(),
            values: self.ranking.values.iter().map(|value| value.once_per).chain(direction).collect(),
            spreads: self.ranking.spreads.clone(),
            weight: self.ranking.weight,
        }
    }

    /// The words of each value, in the order of [`Reading::shape`].
    fn reasons(&self) -> impl Iterator<Item = &'a Reason> {
        let direction = self.direction.map(|(direction, _)| &direction.why);
        self.ranking.values.iter().map(|value| &value.why).chain(direction)
    }

    /// The fields of a line: values of the row that follow each other, or one other field.
    fn runs(&self) -> impl Iterator<Item = &'a [Written]> {
        let are_values = |one: &Written, next: &Written| one.value().is_some() && next.value().is_some();
        self.ranking.fields.chunk_by(are_values)
    }

    fn gives_reasons(&self) -> bool {
        self.ranking.fields.contains(&Written::Why)
    }

    /// A line of the results file, without its end. `note` is what people know about its group.
    pub(super) fn line(&self, listed: &Listed<Line>, note: Option<String>) -> String {
        let mut runs = listed.row.kept.runs.iter();
        let fields = self.runs().map(|run| match run.first() {
            Some(Written::Score) => python_repr(probability(listed.bits)).into(),
            Some(Written::Why) => Cow::from(quoted(&self.why(listed, note.clone()))),
            Some(Written::Value(_)) | None => runs.next().map_or(Cow::Borrowed(""), |run| Cow::from(&**run)),
        });
        fields.collect::<Vec<_>>().join("\t")
    }

    /// Why a row is where it is, in the words of the declaration.
    pub(super) fn why(&self, listed: &Listed<Line>, note: Option<String>) -> String {
        let shown = self.reasons().zip(&listed.row.kept.shown).zip(&listed.tails);
        let shown = shown.map(|((reason, shown), tail)| (reason, &**shown, *tail));
        let why = why(shown, listed.place, listed.number);
        note.map(|note| format!("{note}; {why}")).unwrap_or(why)
    }

    /// What is counted for each value of a row.
    pub(super) fn counted_values(&self, listed: &Listed<Line>) -> Vec<CountedValue> {
        let names = self.ranking.values.iter().map(|value| value.name.as_str()).chain([DIRECTION]);
        let counts = listed.tails.iter().zip(&listed.means);
        let values = names.zip(self.reasons()).zip(&listed.row.kept.shown).zip(counts);
        let values = values.map(|(((name, reason), shown), (tail, mean))| CountedValue {
            name: name.to_owned(),
            shown: in_words(reason, shown),
            tail: *tail,
            mean: *mean,
        });
        values.collect()
    }

    /// What is computed of a row to find its place among others, without the fields of a line.
    pub(super) fn told(&self) -> Vec<&'a Expr> {
        let failed = self.ranking.failed.iter().flat_map(Condition::values);
        self.ranking.counted().into_iter().chain(failed).collect()
    }

    /// The columns that sort rows that are equally suspicious.
    pub(super) fn ties(&self) -> &'a [ColumnId] {
        &self.ranking.ties
    }

    /// Whether the declaration says which rows are failures.
    pub(super) fn has_failures(&self) -> bool {
        !self.ranking.failed.is_empty()
    }

    /// Whether a row is a failure.
    pub(super) fn failed(&self, known: &Computed<'_>) -> Result<bool> {
        Ok(self.has_failures() && known.meets(&self.ranking.failed)?)
    }

    /// The name of the first value that a row says.
    pub(super) fn first_value(&self) -> Option<&'a str> {
        self.ranking.values.first().map(|value| value.name.as_str())
    }

    /// The column without whose value a row is left out.
    pub(super) fn time(&self) -> Option<ColumnId> {
        self.time
    }

    pub(super) fn needs_popularity(&self) -> bool {
        self.popular.is_some()
    }

    /// Counts the two values of the key by which replies are recognized.
    pub(super) fn count(&self, values: &[Value], seen: &mut Popularity) -> Result<()> {
        let known = self.counted.row(values);
        let Some(popular) = self.popular.filter(|_| self.has_time(&known)) else { return Ok(()) };
        let key = &self.ranking.keys[popular.key];
        for from in [&key.from, &key.reply] {
            *seen.entry(written(&known, from)?).or_default() += 1;
        }
        Ok(())
    }

    /// The columns that the keys of a group need.
    pub(super) fn key_columns(&self) -> Computer {
        Computer::of(&self.ranking.of_keys(), self.raw)
    }

    /// The values of a group's first key that are columns of texts, in a row and in a reply.
    pub(super) fn first_key(&self) -> Option<[ColumnId; 2]> {
        let key = self.ranking.keys.first()?;
        let columns = [key.from.column()?, key.reply.column()?];
        columns.iter().all(|column| self.raw[*column].kind.is_text()).then_some(columns)
    }

    /// The field of a line that holds a column as it is, by position.
    pub(super) fn field_of(&self, column: ColumnId) -> Option<usize> {
        let is_it = |field: &Written| field.value().and_then(Expr::column) == Some(column);
        self.ranking.fields.iter().position(is_it)
    }

    /// Writes the keys of a row's group and what it says. False for a row that is left out.
    pub(super) fn said(&self, known: &Computed<'_>, seen: &Popularity, row: &mut Row) -> Result<bool> {
        row.clear();
        if !self.has_time(known) || !self.write_keys(known, seen, row)? {
            return Ok(false);
        }
        for value in &self.ranking.values {
            for (from, at) in value.within.iter().zip(0..) {
                if at > 0 {
                    row.write(BETWEEN);
                }
                known.write(from, row)?;
            }
            row.end();
            match &value.of {
                Said::Row(from) => {
                    known.write(from, row)?;
                    row.end();
                }
                Said::Key(key) => row.repeat(*key),
            }
        }
        if let Some((Direction { from, to, .. }, own)) = self.direction {
            let side = |key: usize| {
                let is_own =
                    address::parse(row.get(key)).is_some_and(|ip| own.iter().any(|range| range.holds(ip)));
                if is_own { "in" } else { "out" }
            };
            let (from, to) = (side(*from), side(*to));
            row.end();
            for text in [from, ">", to] {
                row.write(text);
            }
            row.end();
        }
        Ok(true)
    }

    /// Writes the keys of a row's group. False if one is empty.
    pub(super) fn write_keys(&self, known: &Computed<'_>, seen: &Popularity, row: &mut Row) -> Result<bool> {
        let is_reply = match self.popular {
            Some(popular) => self.is_popular_reply(popular, known, seen)?,
            None => !self.ranking.reply.is_empty() && known.meets(&self.ranking.reply)?,
        };
        for (RankedKey { from, reply, .. }, at) in self.ranking.keys.iter().zip(0..) {
            known.write(if is_reply { reply } else { from }, row)?;
            row.end();
            if row.get(at).is_empty() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn has_time(&self, known: &Computed<'_>) -> bool {
        let time = self.time.and_then(|time| known.column(time));
        self.time.is_none() || time.is_some_and(|time| !text(time).is_empty())
    }

    /// Whether the value of the key in a reply is the more frequent one.
    fn is_popular_reply(&self, popular: &Popular, known: &Computed<'_>, seen: &Popularity) -> Result<bool> {
        if !known.meets(&popular.conditions)? {
            return Ok(false);
        }
        let key = &self.ranking.keys[popular.key];
        let [from, reply] = [&key.from, &key.reply].map(|from| written(known, from));
        let (from, reply) = (from?, reply?);
        let rows = |text: &Text| seen.get(text).copied().unwrap_or_default();
        // Of texts that end in numbers, the shorter or lesser one has the lesser number.
        let order =
            rows(&from).cmp(&rows(&reply)).then_with(|| (reply.len(), &reply).cmp(&(from.len(), &from)));
        Ok(order.is_lt())
    }
}

/// The name of the value that a site adds.
const DIRECTION: &str = "direction";

/// Separates the values of a context.
const BETWEEN: &str = "\t";

fn written(known: &Computed<'_>, from: &Expr) -> Result<Text> {
    let mut text = Text::default();
    known.write(from, &mut text)?;
    Ok(text)
}

/// A row that may become a line.
pub(super) struct Candidate<'a> {
    reading: &'a Reading<'a>,
    known: Computed<'a>,
    said: &'a Row,
    fault: RefCell<Option<Error>>,
}

impl<'a> Candidate<'a> {
    pub(super) fn new(reading: &'a Reading<'a>, known: Computed<'a>, said: &'a Row) -> Self {
        Self { reading, known, said, fault: RefCell::new(None) }
    }

    /// The fault of a value that could not be computed.
    pub(super) fn fault(self) -> Result<()> {
        self.fault.into_inner().map_or(Ok(()), Err)
    }

    fn ties(&self) -> impl Iterator<Item = &Value> {
        self.reading.ranking.ties.iter().filter_map(|column| self.known.column(*column))
    }

    fn value(&self, from: &Expr) -> Value {
        self.known.value(from).unwrap_or_else(|error| {
            self.fault.replace(Some(error));
            Value::String(None)
        })
    }

    /// What the reason of each value shows, as the declaration has it.
    fn shown(&self) -> Box<[Box<str>]> {
        let keys = self.reading.ranking.keys.len();
        let shown = |(at, reason): (usize, &Reason)| match &reason.of {
            Some(of) => unquoted(&self.value(of)).unwrap_or_default().into(),
            None => Box::from(self.said.get(keys + 2 * at + 1)),
        };
        self.reading.reasons().enumerate().map(shown).collect()
    }

    /// A field of a line, quoted as in RFC 4180 if necessary.
    fn field(&self, from: &Expr) -> String {
        match self.value(from) {
            Value::BigInt(Some(number)) => number.to_string(),
            Value::Double(Some(number)) => with_milliseconds(number),
            other => quoted(text(&other)),
        }
    }
}

/// A line of the results file, and what sorts it among equally suspicious ones.
pub(super) type Line = ByTies<Box<[Tie]>, Fields>;

/// What a line of the results file is made of.
#[derive(Debug)]
pub(super) struct Fields {
    /// The fields with values of the row: those between two others as one text with tabs.
    runs: Box<[Box<str>]>,
    /// What the reason of each value shows; empty if no reasons are written.
    shown: Box<[Box<str>]>,
}

/// A value that sorts rows.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tie {
    Absent,
    Whole(i64),
    Text(Text),
}

impl Tie {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::BigInt(Some(number)) => Self::Whole(*number),
            Value::String(Some(text)) => Self::Text(Text::from(text.as_str())),
            _ => Self::Absent,
        }
    }

    /// As the order of [`Tie::of`], without a copy.
    fn order(&self, value: &Value) -> Ordering {
        match (value, self) {
            (Value::BigInt(Some(number)), Self::Whole(kept)) => number.cmp(kept),
            (Value::String(Some(text)), Self::Text(kept)) => text.as_str().cmp(kept.as_str()),
            (other, kept) => Self::of(other).cmp(kept),
        }
    }
}

impl Tied for Candidate<'_> {
    type Kept = Line;

    fn order(&self, kept: &Line) -> Ordering {
        let orders = self.ties().zip(&kept.ties).map(|(value, kept)| kept.order(value));
        orders.fold(Ordering::Equal, Ordering::then)
    }

    fn keep(&self) -> Line {
        let runs = self.reading.runs().filter_map(|run| {
            let values: Option<Vec<String>> =
                run.iter().map(|field| Some(self.field(field.value()?))).collect();
            Some(values?.join("\t").into())
        });
        let shown = if self.reading.gives_reasons() { self.shown() } else { Box::default() };
        Line { ties: self.ties().map(Tie::of).collect(), kept: Fields { runs: runs.collect(), shown } }
    }
}

fn text(value: &Value) -> &str {
    if let Value::String(Some(text)) = value { text } else { "" }
}

/// A number in its shortest exact form, with at least three decimals, as flow tools print durations.
fn with_milliseconds(number: f64) -> String {
    let shortest = python_repr(number);
    let decimals = shortest.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    if decimals < 3 && !shortest.contains('e') { format!("{number:.3}") } else { shortest }
}

fn quoted(text: &str) -> String {
    if text.contains(['\t', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}
