//! The expressions of the model: where the value of a column comes from. Each is described here once: its operands, the
//! type of its values, how a rollup keeps it, and its words in documentation. `form.rs` has the names in the JSON.
//!
//! # Decisions
//!
//! - **A table has one base.** The columns in the expressions of a table are those of one table: of itself, if its rows
//!   are read from a file, else of the table that its rows are made of. So an expression holds positions, and nothing
//!   that reads it looks up a name.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::context::{Fact, IanaFact};
use crate::document::ValueDoc;
use crate::id::{ColumnId, FieldId};
use crate::range::Range;
use crate::types::{ColumnType, SubjectKind, TimePart, TimeUnit};

/// An expression whose columns and fields exist and have suitable types.
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A field of the results file.
    Field(FieldId),
    /// A column of the base of the table.
    Column(ColumnId),
    /// A constant.
    Value(ValueDoc),
    /// A value that the raw format defines.
    Input,
    /// The position in the results file, from 0.
    Rank,
    /// The address with several peers to which the row belongs.
    Hub,
    /// What an analyst commented on; with a kind, only if it is of this kind.
    Subject(Option<SubjectKind>),
    /// The severity that an analyst gives to a scored row; with a name, one of several.
    Severity(Option<String>),
    /// The title of a comment.
    Title,
    /// The note of a score, or the text of a comment.
    Note,
    /// The time when the row was scored or written.
    When,
    /// The name of the analyst.
    Who,
    /// A value that the program writes into its own tables.
    Program,
    /// A part of the date of the partition.
    Partition(TimePart),
    /// The time that a number or a text stands for.
    Time(Clock, Box<Expr>),
    /// A part of a time.
    Part(Box<Expr>, TimePart),
    /// The minute, hour or day of a time.
    Truncate(Box<Expr>, TimeUnit),
    /// A sum of numbers.
    Add(Vec<Expr>),
    /// Texts, one after the other.
    Concat(Vec<Expr>),
    /// A text in lower case.
    Lower(Box<Expr>),
    /// The number of characters of a text.
    Length(Box<Expr>),
    /// A text that is replaced according to a list.
    Map {
        /// The text.
        of: Box<Expr>,
        /// The replacements.
        values: BTreeMap<String, String>,
        /// The text without a replacement; `None` for the text itself.
        otherwise: Option<Box<Expr>>,
    },
    /// One value if all conditions are met, else another.
    If {
        /// The conditions.
        all: Vec<Condition>,
        /// The value if they are met.
        then: Box<Expr>,
        /// The value otherwise.
        otherwise: Box<Expr>,
    },
    /// The characters of a text that are in a list.
    Keep(Box<Expr>, String),
    /// The last labels of a host name, so many.
    LastLabels(Box<Expr>, usize),
    /// The number of binary digits of a number.
    BitLength(Box<Expr>),
    /// How evenly a text uses its characters, in tenths of a bit.
    Entropy(Box<Expr>),
    /// The MD5 hash of a text, in hexadecimal.
    Hash(Box<Expr>),
    /// The registered domain of a host name.
    RegisteredDomain(Box<Expr>),
    /// A fact about an address.
    Context(Box<Expr>, Fact),
    /// A fact from the IANA registries.
    Iana {
        /// The number or text.
        of: Box<Expr>,
        /// The protocol, if the fact is about a port.
        with: Option<Box<Expr>>,
        /// The fact.
        fact: IanaFact,
    },
    /// The name of a code.
    Code {
        /// The code.
        of: Box<Expr>,
        /// The name of the file of codes in the settings.
        table: String,
        /// The text of a code without a name; `None` for the code itself.
        otherwise: Option<Box<Expr>>,
    },
    /// The number of rows of a group.
    Count,
    /// A value computed from all rows of a group.
    Aggregate(Aggregate, Box<Expr>),
}

/// A condition on the values of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Condition {
    /// Two values, compared.
    Compared(Comparison, Expr, Expr),
    /// A value that is one of a list.
    OneOf(Expr, Vec<ValueDoc>),
}

impl Condition {
    /// The expressions in the condition.
    pub fn values(&self) -> Vec<&Expr> {
        match self {
            Self::Compared(_, one, other) => vec![one, other],
            Self::OneOf(of, _) => vec![of],
        }
    }
}

/// How two values are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// They are equal.
    Equal,
    /// They are not equal.
    NotEqual,
    /// The first is less.
    Less,
    /// The first is less or equal.
    AtMost,
}

impl Comparison {
    /// The name of the comparison in the JSON.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Equal => "equal",
            Self::NotEqual => "not_equal",
            Self::Less => "less",
            Self::AtMost => "at_most",
        }
    }

    /// Whether it holds for two values in this order.
    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
        }
    }
}

impl Condition {
    /// The same condition on other values.
    pub(crate) fn over(&self, one: &dyn Fn(&Expr) -> Option<Expr>) -> Option<Self> {
        Some(match self {
            Self::Compared(comparison, first, second) => {
                Self::Compared(*comparison, one(first)?, one(second)?)
            }
            Self::OneOf(of, values) => Self::OneOf(one(of)?, values.clone()),
        })
    }
}

/// A value that an analyst gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Given<'a> {
    /// What a comment is about; with a kind, only if it is of this kind.
    Subject(Option<SubjectKind>),
    /// The severity of a scored row; with a name, one of several.
    Severity(Option<&'a str>),
    /// The title of a comment.
    Title,
    /// The note of a score, or the text of a comment.
    Note,
    /// The time of a score or comment.
    When,
    /// The analyst.
    Who,
}

/// How a number or a text stands for a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// Whole seconds since 1970-01-01 00:00:00 UTC.
    Epoch,
    /// `YYYY-MM-DD HH:MM:SS`, UTC; the hour may have one digit.
    Text,
}

/// How the value of a group is computed from the values of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Aggregate {
    /// The number of distinct values.
    CountDistinct,
    /// The sum.
    Total,
    /// The smallest value.
    Min,
    /// The largest value.
    Max,
}

/// How ingest keeps a value in a rollup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InRollup {
    /// The value of a column.
    Same(ColumnId),
    /// The start of a time: of a column of times, or of one that stands for a time.
    Start(ColumnId, Option<Clock>, TimeUnit),
    /// The sum of a column.
    Total(ColumnId),
    /// The number of rows.
    Count,
    /// A part of the date of the partition.
    Partition(TimePart),
}

/// The names that an expression is described with.
pub(crate) struct Words<'a> {
    /// The table whose columns it refers to.
    pub(crate) table: &'a str,
    /// The names and types of its columns.
    pub(crate) columns: Vec<(&'a str, ColumnType)>,
    /// The fields of the results file.
    pub(crate) fields: &'a [String],
}

impl Words<'_> {
    fn of(&self, column: ColumnId) -> (&str, ColumnType) {
        self.columns[column.at()]
    }
}

/// The values that an expression can have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Typed {
    /// The type of the values.
    pub kind: ColumnType,
    /// The range of the values; `None` if they are not numbers, or any number that the storage holds.
    pub range: Option<Range>,
    /// Whether there may be no value.
    pub is_optional: bool,
}

impl Typed {
    /// All values of a type.
    pub fn of(kind: ColumnType) -> Self {
        Self { kind, range: kind.range(), is_optional: false }
    }

    fn within(kind: ColumnType, range: Range) -> Self {
        Self { kind, range: Some(range), is_optional: false }
    }

    /// Whether a column of type `kind` can hold every value.
    pub fn fits(self, kind: ColumnType) -> bool {
        self.kind.fits_within(self.range, kind)
    }

    /// The values of a column of type `kind` that holds these values.
    pub fn stored_as(self, kind: ColumnType) -> Self {
        let range = match (kind.range(), self.range) {
            (Some(own), Some(given)) => Some(own.and(given)),
            (own, given) => own.or(given),
        };
        Self { kind, range, is_optional: self.is_optional }
    }

    fn is_not_negative(self) -> bool {
        self.range.is_some_and(Range::is_not_negative)
    }
}

impl Expr {
    /// The expressions that this one is computed from.
    pub fn operands(&self) -> Vec<&Expr> {
        match self {
            Self::Field(_) | Self::Column(_) | Self::Value(_) | Self::Input | Self::Rank | Self::Hub => {
                Vec::new()
            }
            Self::Subject(_) | Self::Severity(_) | Self::Title | Self::Note => Vec::new(),
            Self::When | Self::Who => Vec::new(),
            Self::Program | Self::Partition(_) | Self::Count => Vec::new(),
            Self::Time(_, of) | Self::Part(of, _) | Self::Truncate(of, _) => vec![of],
            Self::Lower(of) | Self::Length(of) | Self::Hash(of) | Self::RegisteredDomain(of) => vec![of],
            Self::Keep(of, _) | Self::LastLabels(of, _) | Self::BitLength(of) | Self::Entropy(of) => vec![of],
            Self::If { all, then, otherwise } => {
                let compared = all.iter().flat_map(Condition::values);
                compared.chain([then.as_ref(), otherwise.as_ref()]).collect()
            }
            Self::Context(of, _) | Self::Aggregate(_, of) => vec![of],
            Self::Map { of, otherwise: other, .. }
            | Self::Code { of, otherwise: other, .. }
            | Self::Iana { of, with: other, .. } => {
                std::iter::once(of).chain(other).map(Box::as_ref).collect()
            }
            Self::Add(all) | Self::Concat(all) => all.iter().collect(),
        }
    }

    /// The values of the expression; `None` if it takes any value of its column's type. `base` lists the values of the
    /// columns that the expression refers to.
    pub fn typed(&self, base: &[Typed]) -> Option<Typed> {
        let of = |of: &Expr| of.typed(base);
        let any_optional = || self.operands().into_iter().filter_map(of).any(|it| it.is_optional);
        let computed = |typed: Typed| Typed { is_optional: any_optional(), ..typed };
        Some(match self {
            Self::Field(_) | Self::Input | Self::Hub | Self::Program | Self::Subject(None) => return None,
            Self::Column(column) => *base.get(column.at())?,
            Self::Value(value) => constant(value),
            Self::Rank => Typed::within(ColumnType::Int, Range::whole(0, i32::MAX.into())),
            Self::Subject(Some(_)) => Typed::of(ColumnType::String),
            Self::Severity(None) => Typed::within(ColumnType::Int, Range::whole(1, 3)),
            Self::Severity(Some(_)) => Typed::within(ColumnType::Int, Range::whole(0, 3)),
            Self::Title | Self::Note | Self::Who => Typed::of(ColumnType::String),
            Self::When => Typed::of(ColumnType::Time),
            Self::Partition(part) => Typed { range: part.range(), ..Typed::of(ColumnType::Smallint) },
            Self::Time(..) => computed(Typed::of(ColumnType::Time)),
            Self::Part(_, part) => computed(Typed { range: part.range(), ..Typed::of(part.kind()) }),
            Self::Truncate(..) | Self::Concat(_) | Self::Lower(_) | Self::Map { .. } => {
                computed(Typed::of(ColumnType::String))
            }
            Self::Hash(_) | Self::RegisteredDomain(_) => computed(Typed::of(ColumnType::String)),
            Self::Keep(..) | Self::LastLabels(..) => computed(Typed::of(ColumnType::String)),
            Self::BitLength(_) => computed(Typed::within(ColumnType::Int, Range::whole(0, 64))),
            Self::Entropy(_) => computed(Typed::within(ColumnType::Int, Range::whole(0, 640))),
            Self::If { then, otherwise, .. } => {
                let (then, otherwise) = (of(then)?, of(otherwise)?);
                let is_optional = then.is_optional || otherwise.is_optional;
                let typed = match then.kind.is_text() {
                    true => Typed::of(ColumnType::String),
                    false => sum([then, otherwise].into_iter()),
                };
                Typed { is_optional, ..typed }
            }
            Self::Length(_) => computed(Typed::within(ColumnType::Int, Range::whole(0, i32::MAX.into()))),
            Self::Add(all) => sum(all.iter().filter_map(of)),
            Self::Context(_, fact) => {
                Typed { kind: fact.kind(), range: fact.range(), is_optional: fact.may_be_absent() }
            }
            Self::Iana { fact, .. } => {
                Typed { kind: fact.kind(), range: fact.range(), is_optional: fact.may_be_absent() }
            }
            Self::Code { .. } => Typed::of(ColumnType::String),
            Self::Count | Self::Aggregate(Aggregate::CountDistinct, _) => Typed::of(ColumnType::Count),
            Self::Aggregate(Aggregate::Total, summed) => sum(of(summed).into_iter()),
            Self::Aggregate(Aggregate::Min | Aggregate::Max, value) => of(value)?,
        })
    }

    /// The columns that the expression refers to, possibly repeated.
    pub fn columns(&self) -> Vec<ColumnId> {
        let within = self.operands().into_iter().flat_map(Self::columns);
        self.column().into_iter().chain(within).collect()
    }

    /// The same expression over other columns; `None` if one of its columns has no other.
    pub fn over(&self, other: &dyn Fn(ColumnId) -> Option<ColumnId>) -> Option<Self> {
        self.with_leaves(&|leaf| match leaf.column() {
            Some(column) => other(column).map(Self::Column),
            None => Some(leaf.clone()),
        })
    }

    /// The same expression with other values in place of those that are not computed from others; `None` if one of them
    /// has none.
    pub fn with_leaves(&self, leaf: &dyn Fn(&Self) -> Option<Self>) -> Option<Self> {
        let one = |of: &Self| of.with_leaves(leaf).map(Box::new);
        let all = |all: &[Self]| all.iter().map(|of| of.with_leaves(leaf)).collect::<Option<Vec<Self>>>();
        let optional = |of: &Option<Box<Self>>| match of {
            Some(of) => one(of).map(Some),
            None => Some(None),
        };
        Some(match self {
            Self::Time(clock, of) => Self::Time(*clock, one(of)?),
            Self::Part(of, part) => Self::Part(one(of)?, *part),
            Self::Truncate(of, unit) => Self::Truncate(one(of)?, *unit),
            Self::Add(of) => Self::Add(all(of)?),
            Self::Concat(of) => Self::Concat(all(of)?),
            Self::Lower(of) => Self::Lower(one(of)?),
            Self::Length(of) => Self::Length(one(of)?),
            Self::Map { of, values, otherwise } => {
                Self::Map { of: one(of)?, values: values.clone(), otherwise: optional(otherwise)? }
            }
            Self::Hash(of) => Self::Hash(one(of)?),
            Self::RegisteredDomain(of) => Self::RegisteredDomain(one(of)?),
            Self::If { all, then, otherwise } => {
                let met = all.iter().map(|condition| condition.over(&|of| of.with_leaves(leaf)));
                let all = met.collect::<Option<_>>()?;
                Self::If { all, then: one(then)?, otherwise: one(otherwise)? }
            }
            Self::Keep(of, characters) => Self::Keep(one(of)?, characters.clone()),
            Self::LastLabels(of, count) => Self::LastLabels(one(of)?, *count),
            Self::BitLength(of) => Self::BitLength(one(of)?),
            Self::Entropy(of) => Self::Entropy(one(of)?),
            Self::Context(of, fact) => Self::Context(one(of)?, *fact),
            Self::Iana { of, with, fact } => Self::Iana { of: one(of)?, with: optional(with)?, fact: *fact },
            Self::Code { of, table, otherwise } => {
                Self::Code { of: one(of)?, table: table.clone(), otherwise: optional(otherwise)? }
            }
            Self::Aggregate(aggregate, of) => Self::Aggregate(*aggregate, one(of)?),
            Self::Field(_) | Self::Column(_) | Self::Value(_) | Self::Input | Self::Rank | Self::Hub => {
                leaf(self)?
            }
            Self::Subject(_) | Self::Severity(_) | Self::Title | Self::Note | Self::When | Self::Who => {
                leaf(self)?
            }
            Self::Program | Self::Partition(_) | Self::Count => leaf(self)?,
        })
    }

    /// Whether every database computes the expression, with the same result. `lower` and `length` differ for letters
    /// beyond ASCII.
    pub fn is_in_sql(&self) -> bool {
        let is_own = match self {
            Self::Column(_) | Self::Value(_) | Self::Hub | Self::Partition(_) | Self::Time(..) => true,
            Self::Part(_, TimePart::Epoch) => false,
            Self::Part(..) | Self::Truncate(..) | Self::Add(_) | Self::Concat(_) | Self::Map { .. } => true,
            Self::Count | Self::Aggregate(..) => true,
            Self::Lower(_) | Self::Length(_) | Self::Hash(_) | Self::RegisteredDomain(_) => false,
            Self::If { .. } | Self::Keep(..) | Self::BitLength(_) | Self::Entropy(_) => false,
            Self::LastLabels(..) => false,
            Self::Context(..) | Self::Iana { .. } | Self::Code { .. } => false,
            Self::Field(_) | Self::Input | Self::Rank | Self::Subject(_) | Self::Severity(_) => false,
            Self::Title | Self::Note | Self::When | Self::Who | Self::Program => false,
        };
        is_own && self.operands().into_iter().all(Self::is_in_sql)
    }

    /// How the time is given, and by what; `None` if the value is not computed as a time.
    pub fn time(&self) -> Option<(Clock, &Expr)> {
        if let Self::Time(clock, of) = self { Some((*clock, of)) } else { None }
    }

    /// What an analyst gives as the value; `None` if it comes from elsewhere.
    pub fn given(&self) -> Option<Given<'_>> {
        match self {
            Self::Subject(kind) => Some(Given::Subject(*kind)),
            Self::Severity(of) => Some(Given::Severity(of.as_deref())),
            Self::Title => Some(Given::Title),
            Self::Note => Some(Given::Note),
            Self::When => Some(Given::When),
            Self::Who => Some(Given::Who),
            Self::Field(_) | Self::Column(_) | Self::Value(_) | Self::Input | Self::Rank | Self::Hub => None,
            Self::Program | Self::Partition(_) | Self::Time(..) | Self::Part(..) | Self::Truncate(..) => None,
            Self::Add(_) | Self::Concat(_) | Self::Lower(_) | Self::Length(_) | Self::Map { .. } => None,
            Self::If { .. }
            | Self::Keep(..)
            | Self::LastLabels(..)
            | Self::BitLength(_)
            | Self::Entropy(_) => None,
            Self::Hash(_) | Self::RegisteredDomain(_) | Self::Context(..) | Self::Iana { .. } => None,
            Self::Code { .. } | Self::Count | Self::Aggregate(..) => None,
        }
    }

    /// Whether the value is the subject of a comment.
    pub fn is_subject(&self) -> bool {
        matches!(self.given(), Some(Given::Subject(_)))
    }

    /// The times that are computed within this expression.
    pub fn times(&self) -> Vec<&Expr> {
        let within = self.operands().into_iter().flat_map(Self::times);
        let own = matches!(self, Self::Time(..)).then_some(self);
        own.into_iter().chain(within).collect()
    }

    /// Whether there are rows for which the value cannot be computed: a sum that is too large, or a text that is not a time.
    pub fn can_fail(&self) -> bool {
        matches!(self, Self::Time(..) | Self::Add(_)) || self.operands().into_iter().any(Self::can_fail)
    }

    /// Whether the value is computed from all rows of a group.
    pub fn is_aggregate(&self) -> bool {
        matches!(self, Self::Count | Self::Aggregate(..))
    }

    /// Whether the value of a group is the sum of the values of its parts, so that ingest can update it.
    pub fn is_sum(&self) -> bool {
        matches!(self, Self::Count | Self::Aggregate(Aggregate::Total, _))
    }

    /// The column, if the value is that of a column.
    pub fn column(&self) -> Option<ColumnId> {
        if let Self::Column(column) = self { Some(*column) } else { None }
    }

    /// The field, if the value is that of a field of the results file.
    pub fn field(&self) -> Option<FieldId> {
        if let Self::Field(field) = self { Some(*field) } else { None }
    }

    /// The address and the fact, if the value is a fact about an address.
    pub fn fact(&self) -> Option<(&Expr, Fact)> {
        if let Self::Context(of, fact) = self { Some((of, *fact)) } else { None }
    }

    /// The code and its list, if the value is the name of a code.
    pub fn code(&self) -> Option<(&Expr, &str)> {
        if let Self::Code { of, table, .. } = self { Some((of, table)) } else { None }
    }

    /// How ingest keeps the value in a rollup; `None` if it cannot.
    pub fn in_rollup(&self) -> Option<InRollup> {
        match self {
            Self::Column(column) => Some(InRollup::Same(*column)),
            Self::Truncate(time, unit) => {
                let (clock, of) = time.time().unzip();
                Some(InRollup::Start(of.unwrap_or(time).column()?, clock, *unit))
            }
            Self::Aggregate(Aggregate::Total, of) => Some(InRollup::Total(of.column()?)),
            Self::Count => Some(InRollup::Count),
            Self::Partition(part) => Some(InRollup::Partition(*part)),
            Self::Aggregate(Aggregate::CountDistinct | Aggregate::Min | Aggregate::Max, _) => None,
            Self::Field(_) | Self::Value(_) | Self::Input | Self::Rank | Self::Hub | Self::Subject(_) => None,
            Self::Severity(_) | Self::Title | Self::Note | Self::When | Self::Who | Self::Program => None,
            Self::Time(..) | Self::Part(..) | Self::Add(_) | Self::Concat(_) | Self::Lower(_) => None,
            Self::Length(_) | Self::Map { .. } | Self::Hash(_) | Self::RegisteredDomain(_) => None,
            Self::If { .. }
            | Self::Keep(..)
            | Self::LastLabels(..)
            | Self::BitLength(_)
            | Self::Entropy(_) => None,
            Self::Context(..) | Self::Iana { .. } | Self::Code { .. } => None,
        }
    }

    /// The expression in words, for documentation. Empty for a part of the partition.
    pub(crate) fn words(&self, names: &Words<'_>) -> String {
        let short = |of: &Expr| of.short_words(names);
        let is_time =
            |of: &Expr| matches!(of, Self::Column(column) if names.of(*column).1 == ColumnType::Time);
        match self {
            Self::Field(field) => format!("the field `{}` of the results file", names.fields[field.at()]),
            Self::Column(column) => format!("`{}` of `{}`", names.of(*column).0, names.table),
            Self::Value(_) => "a constant".into(),
            Self::Input => "the raw format".into(),
            Self::Subject(_) | Self::Title | Self::Severity(_) | Self::Note | Self::Who => {
                "an analyst".into()
            }
            Self::Program => "the program".into(),
            Self::When => "the clock".into(),
            Self::Time(_, of) => format!("the time of {}", short(of)),
            Self::Part(of, part) => format!("the {} of {}", part.name(), short(of)),
            Self::Truncate(of, unit) => format!("the {} of {}", unit.name(), short(of)),
            Self::Add(all) => format!("the sum of {}", listed(all.iter().map(short))),
            Self::Concat(all) => format!("{}, one after the other", listed(all.iter().map(short))),
            Self::Lower(of) => format!("{} in lower case", short(of)),
            Self::Length(of) => format!("the length of {}", short(of)),
            Self::Map { of, .. } => format!("{}, replaced according to a list", short(of)),
            Self::If { then, otherwise, .. } => {
                format!("{} or {}, by conditions on the row", short(then), short(otherwise))
            }
            Self::Keep(of, characters) => format!("the characters {characters} of {}", short(of)),
            Self::LastLabels(of, count) => format!("the last {count} labels of {}", short(of)),
            Self::BitLength(of) => format!("the number of binary digits of {}", short(of)),
            Self::Entropy(of) => format!("the entropy of the characters of {}", short(of)),
            Self::Hash(of) => format!("the MD5 hash of {}", short(of)),
            Self::RegisteredDomain(of) => format!("the registered domain of {}", short(of)),
            Self::Count => "the number of rows".into(),
            Self::Aggregate(Aggregate::CountDistinct, of) => {
                format!("the number of distinct values of {}", short(of))
            }
            Self::Aggregate(Aggregate::Total, of) => format!("the sum of {} over all rows", short(of)),
            Self::Aggregate(Aggregate::Min, of) if is_time(of) => {
                format!("the first {} of all rows", short(of))
            }
            Self::Aggregate(Aggregate::Max, of) if is_time(of) => {
                format!("the last {} of all rows", short(of))
            }
            Self::Aggregate(Aggregate::Min, of) => format!("the smallest value of {} in all rows", short(of)),
            Self::Aggregate(Aggregate::Max, of) => format!("the largest value of {} in all rows", short(of)),
            Self::Hub => "the address with several peers".into(),
            Self::Rank => "the position in the results file".into(),
            Self::Context(of, fact) => {
                let (source, answer) = fact.names();
                format!("the {answer} of {} by {source}", short(of))
            }
            Self::Iana { of, fact, .. } => {
                format!("the {} of {} in the registries", fact.words(), short(of))
            }
            Self::Code { of, table, .. } => format!("the name of {} in the codes `{table}`", short(of)),
            Self::Partition(_) => String::new(),
        }
    }

    /// The words within those of another expression.
    fn short_words(&self, names: &Words<'_>) -> String {
        self.column().map_or_else(|| self.words(names), |column| format!("`{}`", names.of(column).0))
    }
}

fn listed(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" and ")
}

/// The values of a constant: the narrowest type that holds it.
fn constant(value: &ValueDoc) -> Typed {
    match value {
        ValueDoc::Text(_) => Typed::of(ColumnType::String),
        ValueDoc::Real(number) => Typed::within(ColumnType::Float, Range::real(*number, *number)),
        ValueDoc::Int(number) => {
            let kind = match number {
                _ if i16::try_from(*number).is_ok() => ColumnType::Smallint,
                _ if i32::try_from(*number).is_ok() => ColumnType::Int,
                _ => ColumnType::Bigint,
            };
            Typed::within(kind, Range::whole(*number, *number))
        }
    }
}

/// The values of a sum: not negative if no summand can be negative.
fn sum(summands: impl Iterator<Item = Typed>) -> Typed {
    let start = Typed::of(ColumnType::Count);
    summands.fold(start, |sum, summand| {
        let is_real = !summand.kind.is_whole() || !sum.kind.is_whole();
        let is_not_negative = sum.is_not_negative() && summand.is_not_negative();
        match (is_real, is_not_negative) {
            (true, true) => Typed::within(ColumnType::Double, Range::real(0.0, f64::MAX)),
            (true, false) => Typed::of(ColumnType::Double),
            (false, true) => start,
            (false, false) => Typed::of(ColumnType::Bigint),
        }
    })
}
