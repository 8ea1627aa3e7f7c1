//! The values of expressions that the program computes: from the values of the columns that an expression refers to, and
//! from the context of the site.

use std::cmp::Ordering;
use std::fmt;

use flow_oa_core::value::{text, whole};
use flow_oa_core::{Asked, Contexts, Moment, Named, Text, compute, iana};
use flow_oa_schema::context::{Fact, GeoFact, IanaFact, NetworkFact};
use flow_oa_schema::model::{Clock, ColumnId, Condition, Expr as Source, Table, Typed, Value as Constant};
use flow_oa_schema::types::{TextKind, TimePart};
use sea_query::Value;

use super::staged::Staged;
use flow_oa_site::{Error, Result};

/// The context of the site.
pub trait LookUp {
    /// Looks up values, each of them once.
    ///
    /// # Errors
    /// If a source fails.
    fn look_up(&mut self, asked: Asked<'_>) -> Result<Contexts>;
}

/// No context: for rows that need none.
pub struct NoContext;

impl LookUp for NoContext {
    fn look_up(&mut self, _asked: Asked<'_>) -> Result<Contexts> {
        Err(Error::Internal("context was looked up for rows that need none".into()))
    }
}

/// The column of the relation that holds the answers to an expression.
pub(super) struct Column {
    pub(super) from: Source,
    pub(super) typed: Typed,
    pub(super) name: String,
}

impl Column {
    pub(super) fn is_text(&self) -> bool {
        self.typed.kind.is_text()
    }
}

/// Stands for a missing answer in the relation, whose columns always have a value. The numbers that may be missing are
/// not negative.
pub(super) const ABSENT: i64 = -1;

/// Stands for a missing operand: rows from before a column was added have no value in it. No column of a schema has a
/// value so small.
pub(super) const MISSING: i64 = i64::MIN + 1;

/// The columns that expressions refer to: texts, then whole numbers.
pub(super) struct Operands {
    texts: Vec<ColumnId>,
    numbers: Vec<ColumnId>,
}

impl Operands {
    pub(super) fn of(expressions: &[&Source], table: &Table) -> Self {
        let mut columns: Vec<ColumnId> = expressions.iter().flat_map(|from| from.columns()).collect();
        columns.sort_unstable();
        columns.dedup();
        let (texts, numbers) = columns.into_iter().partition(|column| table[*column].kind.is_text());
        Self { texts, numbers }
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &ColumnId> {
        self.texts.iter().chain(&self.numbers)
    }

    /// The names of the columns of the relation, texts first, and whether each holds whole numbers.
    pub(super) fn names<'a>(&self, table: &'a Table, columns: &'a [Column]) -> (Vec<&'a str>, Vec<bool>) {
        let named = |ids: &[ColumnId]| ids.iter().map(|id| table[*id].name.as_str()).collect::<Vec<_>>();
        let (texts, numbers): (Vec<&Column>, Vec<&Column>) =
            columns.iter().partition(|column| column.is_text());
        let of_answers = |columns: Vec<&'a Column>| columns.into_iter().map(|column| column.name.as_str());
        let texts: Vec<&str> = named(&self.texts).into_iter().chain(of_answers(texts)).collect();
        let numbers: Vec<&str> = named(&self.numbers).into_iter().chain(of_answers(numbers)).collect();
        let are_whole = [vec![false; texts.len()], vec![true; numbers.len()]].concat();
        ([texts, numbers].concat(), are_whole)
    }

    /// The rows of the relation: the values of the operands, and the answers to each expression.
    pub(super) fn staged(&self, rows: &[Vec<Value>], columns: &[Column], answers: &[Vec<Answer>]) -> Staged {
        let row = |(at, row): (usize, &Vec<Value>)| {
            let (texts, numbers) = row.split_at(self.texts.len().min(row.len()));
            let mut texts: Vec<Text> = texts.iter().map(|value| Text::from(text(value))).collect();
            let mut numbers: Vec<i64> = numbers.iter().map(|value| whole(value).unwrap_or(MISSING)).collect();
            for (column, answers) in columns.iter().zip(answers) {
                let answer = answers.get(at).cloned().unwrap_or(Answer::Absent);
                if column.is_text() { texts.push(answer.text()) } else { numbers.push(answer.staged()) }
            }
            (texts, numbers)
        };
        Staged { rows: rows.iter().enumerate().map(row).collect() }
    }
}

/// A value of an expression.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Answer {
    Text(Text),
    Whole(i64),
    /// Never staged: the schema check refuses numbers with a fraction for selected rows.
    Real(f64),
    Absent,
}

impl Answer {
    fn text(self) -> Text {
        match self {
            Self::Text(text) => text,
            Self::Whole(number) => Text::from(number.to_string()),
            Self::Real(number) => Text::from(number.to_string()),
            Self::Absent => Text::default(),
        }
    }

    fn whole(self) -> i64 {
        match self {
            Self::Whole(number) => number,
            Self::Text(_) | Self::Real(_) | Self::Absent => 0,
        }
    }

    #[allow(clippy::cast_precision_loss, reason = "a sum of type `double` is as exact as its type")]
    fn real(&self) -> f64 {
        match self {
            Self::Whole(number) => *number as f64,
            Self::Real(number) => *number,
            Self::Text(_) | Self::Absent => 0.0,
        }
    }

    fn value(self) -> Value {
        match self {
            Self::Text(text) => Value::String(Some(text.to_string())),
            Self::Whole(number) => Value::BigInt(Some(number)),
            Self::Real(number) => Value::Double(Some(number)),
            Self::Absent => Value::BigInt(None),
        }
    }

    /// How two values compare; `None` if one is absent, or they are of different kinds.
    fn order(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Text(one), Self::Text(other)) => Some(one.cmp(other)),
            (Self::Whole(one), Self::Whole(other)) => Some(one.cmp(other)),
            (Self::Whole(_) | Self::Real(_), Self::Whole(_) | Self::Real(_)) => {
                self.real().partial_cmp(&other.real())
            }
            (Self::Text(_) | Self::Whole(_) | Self::Real(_) | Self::Absent, _) => None,
        }
    }

    /// The number that stands for the answer in a relation.
    fn staged(self) -> i64 {
        match self {
            Self::Whole(number) => number,
            Self::Text(_) | Self::Real(_) | Self::Absent => ABSENT,
        }
    }
}

/// Values of the columns that an expression refers to.
pub(super) struct Known<'a> {
    pub(super) operands: &'a Operands,
    pub(super) values: &'a [Value],
}

/// The value of an expression for each of `known`.
pub(super) fn answers(from: &Source, known: &[Known<'_>], context: &mut dyn LookUp) -> Result<Vec<Answer>> {
    if let Source::Context(of, fact) = from {
        let texts = known.iter().map(|known| known.text(of)).collect::<Result<Vec<Text>>>()?;
        let contexts = context.look_up(asked(*fact, &texts))?;
        return Ok(texts.iter().map(|text| fact_of(*fact, text, &contexts)).collect());
    }
    let Source::Code { of, table, otherwise } = from else {
        return known.iter().map(|known| known.value(from)).collect();
    };
    let codes = known.iter().map(|known| known.text(of)).collect::<Result<Vec<Text>>>()?;
    let list = codes.iter().map(|code| (table.as_str(), code.clone())).collect();
    let contexts = context.look_up(Asked { codes: list, ..Asked::default() })?;
    let name = |(code, known): (Text, &Known<'_>)| {
        let otherwise = otherwise.as_ref().map(|of| known.text(of)).transpose()?;
        Ok(Answer::Text(contexts.name_of(table, code, |code| otherwise.unwrap_or(code))))
    };
    codes.into_iter().zip(known).map(name).collect()
}

fn asked(fact: Fact, texts: &[Text]) -> Asked<'_> {
    let named = |named: Named| texts.iter().map(|text| (named, text.clone())).collect();
    match fact {
        Fact::Network(_) | Fact::Geo(_) | Fact::Reputation(TextKind::Address) => {
            Asked { addresses: texts.iter().collect(), ..Asked::default() }
        }
        Fact::Reputation(TextKind::Domain) => Asked { names: named(Named::Domain), ..Asked::default() },
        Fact::Reputation(TextKind::Url) => Asked { names: named(Named::Url), ..Asked::default() },
    }
}

fn fact_of(fact: Fact, text: &Text, contexts: &Contexts) -> Answer {
    let answers = contexts.of(text);
    match fact {
        Fact::Network(NetworkFact::Internal) => {
            answers.network.internal.map_or(Answer::Absent, |internal| Answer::Whole(internal.into()))
        }
        Fact::Network(NetworkFact::Name) => Answer::Text(answers.network.name.clone()),
        Fact::Network(NetworkFact::Entry) => Answer::Text(answers.network.entry.clone()),
        Fact::Geo(GeoFact::Location) => Answer::Text(answers.geo.location.clone()),
        Fact::Geo(GeoFact::Domain) => Answer::Text(answers.geo.domain.clone()),
        Fact::Geo(GeoFact::Country) => Answer::Text(answers.geo.country.clone()),
        // The check refuses coordinates of selected rows.
        Fact::Geo(GeoFact::Latitude | GeoFact::Longitude) => Answer::Absent,
        Fact::Reputation(TextKind::Address) => Answer::Text(answers.reputation.verdict.clone()),
        Fact::Reputation(TextKind::Domain) => Answer::Text(contexts.verdict_of(Named::Domain, text).clone()),
        Fact::Reputation(TextKind::Url) => Answer::Text(contexts.verdict_of(Named::Url, text).clone()),
    }
}

impl Known<'_> {
    fn text(&self, from: &Source) -> Result<Text> {
        Ok(self.value(from)?.text())
    }

    /// The value of an expression that needs no context.
    fn value(&self, from: &Source) -> Result<Answer> {
        let text = |of: &Source| self.text(of);
        Ok(match from {
            Source::Column(column) => self.column(*column),
            Source::Value(value) => constant(value),
            Source::Time(..) => Answer::Text(self.time(from)?.text()),
            Source::Part(time, part) => Answer::Whole(part_of(self.time(time)?, *part)),
            Source::Truncate(time, unit) => {
                Answer::Text(compute::start(&self.time(time)?.text(), unit.length()))
            }
            Source::Add(all) => {
                sum(&all.iter().map(|of| self.value(of)).collect::<Result<Vec<Answer>>>()?)?
            }
            Source::Concat(all) => {
                Answer::Text(compute::concat(&all.iter().map(text).collect::<Result<Vec<Text>>>()?))
            }
            Source::Lower(of) => Answer::Text(compute::lower(&text(of)?)),
            Source::Length(of) => Answer::Whole(compute::length(&text(of)?).into()),
            Source::Map { of, values, otherwise } => {
                let of = text(of)?;
                match (values.get(of.as_str()), otherwise) {
                    (Some(meant), _) => Answer::Text(Text::from(meant.as_str())),
                    (None, Some(otherwise)) => Answer::Text(text(otherwise)?),
                    (None, None) => Answer::Text(of),
                }
            }
            Source::If { all, then, otherwise } => {
                self.value(if self.meets(all)? { then } else { otherwise })?
            }
            Source::Keep(of, characters) => Answer::Text(compute::keep(&text(of)?, characters)),
            Source::LastLabels(of, count) => Answer::Text(compute::last_labels(&text(of)?, *count)),
            Source::BitLength(of) => match self.value(of)? {
                Answer::Whole(number) => Answer::Whole(compute::bit_length(number).into()),
                Answer::Text(_) | Answer::Real(_) | Answer::Absent => Answer::Absent,
            },
            Source::Entropy(of) => Answer::Whole(compute::entropy(&text(of)?).into()),
            Source::Hash(of) => Answer::Text(compute::hash(&text(of)?)),
            Source::RegisteredDomain(of) => Answer::Text(compute::registered_domain(&text(of)?)),
            Source::Iana { of, with, fact } => {
                let protocol = with.as_ref().map(|with| text(with)).transpose()?.unwrap_or_default();
                registered(&self.value(of)?, &protocol, *fact)
            }
            Source::Field(_) | Source::Input | Source::Rank | Source::Hub | Source::Subject(_) => {
                return Err(uncomputed(from));
            }
            Source::Severity(_) | Source::Title | Source::Note | Source::When | Source::Who => {
                return Err(uncomputed(from));
            }
            Source::Program | Source::Partition(_) | Source::Count | Source::Aggregate(..) => {
                return Err(uncomputed(from));
            }
            Source::Context(..) | Source::Code { .. } => {
                return Err(uncomputed(from));
            }
        })
    }

    /// Whether all conditions are met.
    fn meets(&self, all: &[Condition]) -> Result<bool> {
        for condition in all {
            let is_met = match condition {
                Condition::Compared(comparison, one, other) => {
                    let order = self.value(one)?.order(&self.value(other)?);
                    order.is_some_and(|order| comparison.holds(order))
                }
                Condition::OneOf(of, values) => {
                    let value = self.value(of)?;
                    values.iter().any(|other| value.order(&constant(other)).is_some_and(Ordering::is_eq))
                }
            };
            if !is_met {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn column(&self, column: ColumnId) -> Answer {
        let found = self.operands.all().position(|operand| *operand == column);
        match found.and_then(|at| self.values.get(at)) {
            Some(Value::String(Some(text))) => Answer::Text(Text::from(text.as_str())),
            Some(Value::BigInt(Some(number))) if *number == MISSING => Answer::Absent,
            Some(Value::Float(Some(number))) => Answer::Real((*number).into()),
            Some(Value::Double(Some(number))) => Answer::Real(*number),
            Some(other) => whole(other).map_or(Answer::Absent, Answer::Whole),
            None => Answer::Absent,
        }
    }

    fn time(&self, from: &Source) -> Result<Moment> {
        let (clock, of) = from.time().unwrap_or((Clock::Text, from));
        let (time, found) = match clock {
            Clock::Epoch => {
                let seconds = self.value(of)?.whole();
                (Moment::of_epoch(seconds), seconds.to_string())
            }
            Clock::Text => {
                let text = self.text(of)?;
                (Moment::of_text(&text), text.to_string())
            }
        };
        time.ok_or_else(|| Error::BadData(format!("{found:?} is not a time")))
    }
}

/// The value of an expression over a row of `table` with all its columns. The expression needs no context.
///
/// # Errors
/// If the value cannot be computed.
pub fn computed_of(from: &Source, table: &Table, row: &[Value]) -> Result<Value> {
    if let Some(column) = from.column() {
        return Ok(row.get(column.at()).cloned().unwrap_or(Value::String(None)));
    }
    let operands = Operands::of(&[from], table);
    let values: Vec<Value> =
        operands.all().map(|column| row.get(column.at()).cloned().unwrap_or(Value::String(None))).collect();
    Ok((Known { operands: &operands, values: &values }).value(from)?.value())
}

/// Computes expressions that need no context, over rows with only the columns that they refer to.
pub struct Computer {
    operands: Operands,
}

impl Computer {
    /// For expressions over the columns of a table.
    pub fn of(expressions: &[&Source], table: &Table) -> Self {
        Self { operands: Operands::of(expressions, table) }
    }

    /// The columns of a row, in order.
    pub fn columns(&self) -> impl Iterator<Item = ColumnId> {
        self.operands.all().copied()
    }

    /// A row.
    pub fn row<'a>(&'a self, values: &'a [Value]) -> Computed<'a> {
        Computed(Known { operands: &self.operands, values })
    }
}

/// A row of which expressions are computed.
pub struct Computed<'a>(Known<'a>);

impl Computed<'_> {
    /// The value of a column; `None` if the row does not have the column.
    pub fn column(&self, column: ColumnId) -> Option<&Value> {
        self.0.values.get(self.0.operands.all().position(|operand| *operand == column)?)
    }

    /// Appends the value of an expression as a text; nothing if it is missing.
    ///
    /// # Errors
    /// If the value cannot be computed.
    pub fn write(&self, from: &Source, out: &mut impl fmt::Write) -> Result<()> {
        let written = match from {
            Source::Column(column) => match self.column(*column) {
                Some(Value::String(Some(text))) => out.write_str(text),
                Some(Value::BigInt(Some(number))) => write!(out, "{number}"),
                _ => out.write_str(&self.0.column(*column).text()),
            },
            Source::Value(Constant::Text(text)) => out.write_str(text),
            Source::Concat(all) => return all.iter().try_for_each(|of| self.write(of, out)),
            Source::If { all, then, otherwise } => {
                return self.write(if self.meets(all)? { then } else { otherwise }, out);
            }
            other => out.write_str(&self.0.value(other)?.text()),
        };
        written.map_err(|error| Error::Internal(format!("writing a value: {error}")))
    }

    /// Whether all conditions are met.
    ///
    /// # Errors
    /// If a value cannot be computed.
    pub fn meets(&self, all: &[Condition]) -> Result<bool> {
        self.0.meets(all)
    }

    /// The value of an expression.
    ///
    /// # Errors
    /// If it cannot be computed.
    pub fn value(&self, from: &Source) -> Result<Value> {
        if let Some(column) = from.column() {
            return Ok(self.column(column).cloned().unwrap_or(Value::String(None)));
        }
        Ok(self.0.value(from)?.value())
    }
}

fn constant(value: &Constant) -> Answer {
    match value {
        Constant::Text(text) => Answer::Text(Text::from(text.as_str())),
        Constant::Int(number) => Answer::Whole(*number),
        Constant::Real(number) => Answer::Real(*number),
    }
}

fn uncomputed(from: &Source) -> Error {
    Error::Internal(format!("the program does not compute {from:?} for selected rows"))
}

/// A sum, in which a missing number counts as 0. It has a fraction if a summand has one.
fn sum(all: &[Answer]) -> Result<Answer> {
    if all.iter().any(|summand| matches!(summand, Answer::Real(_))) {
        return Ok(Answer::Real(all.iter().map(Answer::real).sum()));
    }
    let whole = all.iter().try_fold(0_i64, |sum, summand| sum.checked_add(summand.clone().whole()));
    whole.map(Answer::Whole).ok_or_else(|| Error::BadData("a sum exceeds 64 bits".into()))
}

pub(super) fn part_of(time: Moment, part: TimePart) -> i64 {
    match part {
        TimePart::Year => time.year().into(),
        TimePart::Month => time.month().into(),
        TimePart::Day => time.day().into(),
        TimePart::Hour => time.hour().into(),
        TimePart::Minute => time.minute().into(),
        TimePart::Second => time.second().into(),
        TimePart::Epoch => time.epoch(),
    }
}

/// A fact from the IANA registries.
fn registered(value: &Answer, protocol: &str, fact: IanaFact) -> Answer {
    let (text, port) = (value.clone().text(), value.clone().whole());
    let number = |byte: Option<u8>| byte.map_or(Answer::Absent, |byte| Answer::Whole(byte.into()));
    match fact {
        IanaFact::ProtocolName => Answer::Text(Text::from(iana::protocol::keyword(&text))),
        IanaFact::ProtocolNumber => number(iana::protocol::number(&text)),
        IanaFact::Service => Answer::Text(Text::from(iana::service::name(port, protocol))),
        IanaFact::IcmpMessage => Answer::Text(iana::icmp::name(port, protocol)),
        IanaFact::IcmpType => number(iana::icmp::kind(port, protocol)),
        IanaFact::IcmpCode => number(iana::icmp::code(port, protocol)),
        IanaFact::TcpFlags => Answer::Text(iana::flags::names(&text)),
    }
}
