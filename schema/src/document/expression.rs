//! Expressions as they are written: where the value of a column comes from.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::ValueDoc;
use crate::form::{Class, Form};
use crate::types::{SubjectKind, TextKind, TimePart, TimeUnit};

/// Where a value comes from: the name of a column or field of the source of the rows (the results file, the table that
/// rows are selected from, the table of scores), or another expression. Within an expression of `ingest` and `results`
/// rows, a name is a column of the same table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "Expression")]
pub enum ExprDoc {
    /// A field of the results file, or a column, unchanged.
    Name(String),
    /// A field of the results file that records may lack.
    Field(FieldDoc),
    /// Any other expression.
    Form(Box<FormDoc>),
}

/// A field of the results file that records may lack. In the columns of `results` rows only.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "Field")]
pub struct FieldDoc {
    /// The name of the field.
    pub field: String,
    /// Whether the configuration may lack the field. A record may then have one field more than the configuration lists,
    /// which is this one; where it is absent, the column holds an empty text. Default: no.
    #[serde(default)]
    pub optional: bool,
}

/// A condition on the values of a row.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ConditionDoc {
    /// Two values that are equal.
    Equal([ExprDoc; 2]),
    /// Two values that are not equal.
    NotEqual([ExprDoc; 2]),
    /// Two values, of which the first is less.
    Less([ExprDoc; 2]),
    /// Two values, of which the first is less or equal.
    AtMost([ExprDoc; 2]),
    /// A value that is one of a list.
    OneOf {
        /// The value.
        of: ExprDoc,
        /// The list.
        values: Vec<ValueDoc>,
    },
}

/// Expressions other than a plain name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schemars(title = "Form of an expression")]
pub enum FormDoc {
    /// A value that each raw format defines, in `sources/`.
    Input {
        /// The value for formats that do not have it, and for records in which it is missing. Default: every record must
        /// have a value.
        #[serde(rename = "else")]
        otherwise: Option<ValueDoc>,
    },
    /// The same value in every row.
    Value(ValueDoc),
    /// The severity that an analyst gives to a scored row: 1 high, 2 medium, 3 low.
    Severity {
        /// What is severe, if a row has several severities: the name by which an analyst gives this one alone. A
        /// severity that was not given is 0.
        of: Option<String>,
    },
    /// What an analyst commented on: an address, a name, a URL.
    Subject {
        /// The subjects that the column holds, if a comment has two columns for them. The column is empty for others.
        #[serde(rename = "as")]
        kind: Option<SubjectKind>,
    },
    /// The title of a comment.
    Title {},
    /// The note of a score, or the text of a comment.
    Note {},
    /// The time when the row was scored or written, UTC.
    When {},
    /// The name of the analyst who scored or wrote the row.
    Who {},
    /// The position of the row in the results file, from 0.
    Rank {},
    /// The address with several peers that the rows match, if they match `hubs`.
    Hub {},
    /// The time, UTC, that a number or a text stands for: whole seconds since 1970-01-01 00:00:00, or `YYYY-MM-DD
    /// HH:MM:SS`, whose hour may have one digit.
    Time(ExprDoc),
    /// A part of a time.
    Part {
        /// The time.
        of: ExprDoc,
        /// The part.
        give: TimePart,
    },
    /// The minute, hour or day of a time, as the start of its text: `YYYY-MM-DD HH:MM`, `YYYY-MM-DD HH`, `YYYY-MM-DD`.
    Truncate {
        /// The time.
        of: ExprDoc,
        /// The unit.
        to: TimeUnit,
    },
    /// The sum of numbers of the same row. A missing value counts as 0.
    Add(Vec<ExprDoc>),
    /// Texts and whole numbers, one after the other.
    Concat(Vec<ExprDoc>),
    /// A text with its ASCII letters in lower case.
    Lower(ExprDoc),
    /// The number of characters of a text.
    Length(ExprDoc),
    /// A text that is replaced according to a list.
    Map {
        /// The text.
        of: ExprDoc,
        /// The replacements: each text that occurs, and the text that is stored instead.
        values: BTreeMap<String, String>,
        /// The text that is stored if the list has no replacement. Default: the text itself.
        #[serde(rename = "else")]
        otherwise: Option<ExprDoc>,
    },
    /// One value if a row meets all conditions, else another. A condition on a missing value is not met.
    If {
        /// The conditions.
        all: Vec<ConditionDoc>,
        /// The value of rows that meet them: a text or a number.
        then: ExprDoc,
        /// The value of other rows, of the same kind.
        #[serde(rename = "else")]
        otherwise: ExprDoc,
    },
    /// The characters of a text that are in a list, in the order of the text.
    Keep {
        /// The text.
        of: ExprDoc,
        /// The characters, such as `RFPS`.
        characters: String,
    },
    /// The last labels of a host name, in lower case, without a dot at the end: with a count of 2, `office.test` for
    /// `pc-1.Office.test.`. A name with fewer labels stays as it is.
    LastLabels {
        /// The name.
        of: ExprDoc,
        /// The number of labels.
        #[schemars(range(min = 1))]
        count: usize,
    },
    /// The number of binary digits of a whole number without its sign: 0 for 0, 3 for 4 to 7. It puts numbers of the same
    /// magnitude together.
    BitLength(ExprDoc),
    /// How evenly a text uses its characters, in tenths of a bit per character, rounded down (Shannon's entropy): 0 for
    /// `aaaa`, 10 for `abab`, about 40 for 20 random letters and digits.
    Entropy(ExprDoc),
    /// The MD5 hash of a text: 32 hexadecimal digits.
    Hash(ExprDoc),
    /// The registered domain of a host name, such as `example.co.uk` for `www.Example.co.uk`: the public suffix by the
    /// ICANN rules of the public suffix list and one label before it, in lower case. Empty if the name ends in no such
    /// suffix, or is a suffix itself.
    RegisteredDomain(ExprDoc),
    /// A fact about an address from the network context.
    Network {
        /// The address.
        of: ExprDoc,
        /// The fact.
        give: crate::context::NetworkFact,
    },
    /// A fact about an address from geolocation.
    Geo {
        /// The address.
        of: ExprDoc,
        /// The fact.
        give: crate::context::GeoFact,
    },
    /// The verdicts of the reputation services: `service:LABEL:value` of each, joined by `::`.
    Reputation {
        /// The address, name or URL.
        of: ExprDoc,
        /// What it is. Default: an address. A domain is compared without regard to case, a URL as it is.
        #[serde(default, rename = "as")]
        kind: TextKind,
    },
    /// A name or number from the IANA registries: the meaning of a protocol, port, ICMP message or TCP flags.
    Iana {
        /// The number or text.
        of: ExprDoc,
        /// The protocol. Required if the fact is about a port, else not allowed.
        with: Option<ExprDoc>,
        /// The fact.
        give: crate::context::IanaFact,
    },
    /// The name of a code, from a file of the site (`context.codes` in the settings).
    Code {
        /// The code.
        of: ExprDoc,
        /// The name of the file in `context.codes`.
        #[serde(rename = "in")]
        table: String,
        /// The text that is stored if the file has no name for the code. Default: the code itself.
        #[serde(rename = "else")]
        otherwise: Option<ExprDoc>,
    },
    /// The number of rows of a group.
    Count {},
    /// The number of distinct values in a group.
    CountDistinct(ExprDoc),
    /// The sum of a number over the rows of a group.
    Total(ExprDoc),
    /// The smallest value in a group.
    Min(ExprDoc),
    /// The largest value in a group.
    Max(ExprDoc),
    /// The earliest of the times in a group.
    First(ExprDoc),
    /// The latest of the times in a group.
    Last(ExprDoc),
}

impl ExprDoc {
    /// The field of the results file that this is, unchanged.
    pub(crate) fn named_field(&self) -> Option<&str> {
        match self {
            Self::Name(name) => Some(name),
            Self::Field(doc) => Some(&doc.field),
            Self::Form(_) => None,
        }
    }

    /// The field that records may lack, if this is one.
    pub(crate) fn optional_field(&self) -> Option<&str> {
        match self {
            Self::Field(doc) if doc.optional => Some(&doc.field),
            Self::Name(_) | Self::Field(_) | Self::Form(_) => None,
        }
    }

    /// Whether the value is computed from all rows of a group.
    pub(crate) fn is_aggregate(&self) -> bool {
        match self {
            Self::Name(_) | Self::Field(_) => false,
            Self::Form(form) => form.form().class() == Class::Aggregate,
        }
    }
}

impl FormDoc {
    /// The column whose reputation this is, if it is one.
    pub(crate) fn asks_reputation_of(&self) -> Option<&str> {
        if let Self::Reputation { of: ExprDoc::Name(name), .. } = self { Some(name) } else { None }
    }

    /// The form of the expression.
    pub(crate) fn form(&self) -> Form {
        match self {
            Self::Input { .. } => Form::Input,
            Self::Value(_) => Form::Value,
            Self::Severity { .. } => Form::Severity,
            Self::Subject { .. } => Form::Subject,
            Self::Title {} => Form::Title,
            Self::Note {} => Form::Note,
            Self::When {} => Form::When,
            Self::Who {} => Form::Who,
            Self::Rank {} => Form::Rank,
            Self::Hub {} => Form::Hub,
            Self::Time(_) => Form::Time,
            Self::Part { .. } => Form::Part,
            Self::Truncate { .. } => Form::Truncate,
            Self::Add(_) => Form::Add,
            Self::Concat(_) => Form::Concat,
            Self::Lower(_) => Form::Lower,
            Self::Length(_) => Form::Length,
            Self::Map { .. } => Form::Map,
            Self::If { .. } => Form::If,
            Self::Keep { .. } => Form::Keep,
            Self::LastLabels { .. } => Form::LastLabels,
            Self::BitLength(_) => Form::BitLength,
            Self::Entropy(_) => Form::Entropy,
            Self::Hash(_) => Form::Hash,
            Self::RegisteredDomain(_) => Form::RegisteredDomain,
            Self::Network { .. } => Form::Network,
            Self::Geo { .. } => Form::Geo,
            Self::Reputation { .. } => Form::Reputation,
            Self::Iana { .. } => Form::Iana,
            Self::Code { .. } => Form::Code,
            Self::Count {} => Form::Count,
            Self::CountDistinct(_) => Form::CountDistinct,
            Self::Total(_) => Form::Total,
            Self::Min(_) => Form::Min,
            Self::Max(_) => Form::Max,
            Self::First(_) => Form::First,
            Self::Last(_) => Form::Last,
        }
    }
}
