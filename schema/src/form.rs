//! The forms of expressions: their names in the JSON, and where their values come from.

/// The forms of expressions other than a plain name, as the JSON names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A value that each raw format defines.
    Input,
    /// A constant.
    Value,
    /// The severity that an analyst gives.
    Severity,
    /// What an analyst commented on.
    Subject,
    /// The title of a comment.
    Title,
    /// The note of a score, or the text of a comment.
    Note,
    /// The time of a score or comment.
    When,
    /// The analyst.
    Who,
    /// The position in the results file.
    Rank,
    /// The address with several peers.
    Hub,
    /// The time that a number or a text stands for.
    Time,
    /// A part of a time.
    Part,
    /// The minute, hour or day of a time.
    Truncate,
    /// A sum within a row.
    Add,
    /// Texts, one after the other.
    Concat,
    /// A text in lower case.
    Lower,
    /// The length of a text.
    Length,
    /// A text that is replaced according to a list.
    Map,
    /// One of two values, by conditions.
    If,
    /// Some characters of a text.
    Keep,
    /// The last labels of a host name.
    LastLabels,
    /// The number of binary digits of a number.
    BitLength,
    /// How evenly a text uses its characters.
    Entropy,
    /// The hash of a text.
    Hash,
    /// The registered domain of a host name.
    RegisteredDomain,
    /// A fact from the network context.
    Network,
    /// A fact from geolocation.
    Geo,
    /// The verdicts of the reputation services.
    Reputation,
    /// A fact from the IANA registries.
    Iana,
    /// The name of a code.
    Code,
    /// The number of rows of a group.
    Count,
    /// The number of distinct values in a group.
    CountDistinct,
    /// The sum over a group.
    Total,
    /// The smallest value in a group.
    Min,
    /// The largest value in a group.
    Max,
    /// The earliest time in a group.
    First,
    /// The latest time in a group.
    Last,
}

impl Form {
    /// The name of the form in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Input => "input",
            Self::Value => "value",
            Self::Severity => "severity",
            Self::Subject => "subject",
            Self::Title => "title",
            Self::Note => "note",
            Self::When => "when",
            Self::Who => "who",
            Self::Rank => "rank",
            Self::Hub => "hub",
            Self::Time => "time",
            Self::Part => "part",
            Self::Truncate => "truncate",
            Self::Add => "add",
            Self::Concat => "concat",
            Self::Lower => "lower",
            Self::Length => "length",
            Self::Map => "map",
            Self::If => "if",
            Self::Keep => "keep",
            Self::LastLabels => "last_labels",
            Self::BitLength => "bit_length",
            Self::Entropy => "entropy",
            Self::Hash => "hash",
            Self::RegisteredDomain => "registered_domain",
            Self::Network => "network",
            Self::Geo => "geo",
            Self::Reputation => "reputation",
            Self::Iana => "iana",
            Self::Code => "code",
            Self::Count => "count",
            Self::CountDistinct => "count_distinct",
            Self::Total => "total",
            Self::Min => "min",
            Self::Max => "max",
            Self::First => "first",
            Self::Last => "last",
        }
    }

    /// Where the values of the form come from.
    pub fn class(self) -> Class {
        match self {
            Self::Input | Self::Severity | Self::Subject | Self::Title | Self::Note => Class::Given,
            Self::When | Self::Who | Self::Rank | Self::Hub => Class::Given,
            Self::Value | Self::Time | Self::Part | Self::Truncate | Self::Add => Class::Computed,
            Self::Concat | Self::Lower | Self::Length | Self::Map => Class::Computed,
            Self::If | Self::Keep | Self::BitLength | Self::Entropy => Class::Computed,
            Self::Hash | Self::LastLabels | Self::RegisteredDomain => Class::Computed,
            Self::Network | Self::Geo | Self::Reputation | Self::Iana | Self::Code => Class::Context,
            Self::Count | Self::CountDistinct | Self::Total | Self::Min => Class::Aggregate,
            Self::Max | Self::First | Self::Last => Class::Aggregate,
        }
    }
}

/// Where the values of an expression come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// From the source of the rows, as they are. Not allowed within another expression.
    Given,
    /// Computed from other values of the row. Allowed within other expressions.
    Computed,
    /// Looked up in the context of the site or in a registry. Not allowed within another expression.
    Context,
    /// Computed from all rows of a group. Not allowed within another expression.
    Aggregate,
}
