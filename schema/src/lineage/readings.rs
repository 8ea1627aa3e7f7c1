//! How the values of raw columns are read from the fields of a raw format, in words, and where those fields are.

use super::Use;
use crate::document::{DelimitedDoc, EpochUnit, FlagsDoc, JsonDoc, TextDoc, TupleDoc, ValueDoc};
use crate::source::{Only, Read, Source};

/// The number of texts of a condition that are listed.
const LISTED: usize = 6;

impl Read {
    /// The fields that are read, and how each is used.
    pub fn uses(&self) -> Vec<(usize, Use)> {
        let mut found = Vec::new();
        self.follow(Use::Identity, &mut found);
        found
    }

    fn follow(&self, how: Use, found: &mut Vec<(usize, Use)>) {
        let inner = match self {
            Self::Column(at) => {
                found.push((*at, how));
                how
            }
            Self::When { of, .. } => {
                found.push((*of, Use::Conditional));
                how
            }
            Self::First(_) | Self::Option { .. } | Self::Value(_) => how,
            Self::Arrival { .. } | Self::End { .. } | Self::Elapsed { .. } | Self::Epoch { .. } => {
                how.max(Use::Transformation)
            }
            Self::Time { .. } | Self::Last { .. } | Self::LongerThan { .. } | Self::Before { .. } => {
                how.max(Use::Transformation)
            }
            Self::Join(_) | Self::Floor(_) | Self::Subtract { .. } | Self::Scale { .. } => {
                how.max(Use::Transformation)
            }
            Self::Multiply { .. } | Self::Protocol { .. } | Self::Port(_) | Self::Bytes { .. } => {
                how.max(Use::Transformation)
            }
            Self::Hexadecimal { .. } | Self::Flags { .. } | Self::Map { .. } => how.max(Use::Transformation),
        };
        self.parts().into_iter().for_each(|part| part.follow(inner, found));
    }

    /// The reading in words. Names and texts of the format are between backticks.
    pub fn in_words(&self, source: &Source) -> String {
        let part = |read: &Read| read.part(source);
        let field = |at: &usize| quoted(source.fields.get(*at).map_or("", String::as_str));
        match self {
            Self::Column(at) => field(at),
            Self::Arrival { received, first, last, duration: _ } => {
                let (received, first, last) = (part(received), part(first), part(last));
                format!("{received} if it fits the times {first} and {last}, else {last}")
            }
            Self::End { start, duration } => format!("{} plus {}", part(start), part(duration)),
            Self::Elapsed { from, to } => format!("the seconds from {} to {}", part(from), part(to)),
            Self::Epoch { of, unit } => format!("{}, in {} since 1970", part(of), unit_in_words(*unit)),
            Self::Time { of, form } => format!("{}, a time written as {}", part(of), quoted(form)),
            Self::Last { of, characters } => format!("the last {characters} characters of {}", part(of)),
            Self::LongerThan { of, characters } => {
                format!("{}, if it is longer than {}", part(of), counted(*characters, "character"))
            }
            Self::Before { of, mark } => format!("{} up to {}", part(of), quoted(mark)),
            Self::Join(all) => format!("{}, joined", all.iter().map(part).collect::<Vec<_>>().join(" + ")),
            Self::First(all) if let [own, Self::Value(value)] = all.as_slice() => {
                format!("{}; default {}", own.in_words(source), value_in_words(value))
            }
            Self::First(all) => all.iter().map(part).collect::<Vec<_>>().join(", or without a value "),
            Self::When { of, is, then, otherwise } => {
                let otherwise = otherwise.as_deref().map_or("no value".to_owned(), part);
                format!("{} if {} is {}; else {otherwise}", part(then), field(of), one_of(is))
            }
            Self::Option { name, is, then, otherwise } => {
                let option = quoted(&format!("--option {name}={is}"));
                format!("{}; with {option} {}", part(otherwise), part(then))
            }
            Self::Floor(of) => format!("{}, rounded down", part(of)),
            Self::Subtract { of, less } => format!("{} minus {}", part(of), part(less)),
            Self::Scale { of, by } => format!("{} × {by}", part(of)),
            Self::Multiply { of, by } => format!("{} × {}", part(of), part(by)),
            Self::Protocol { of, address: _ } => format!("the name of the protocol {}", part(of)),
            Self::Port(of) => format!("the port {}", part(of)),
            Self::Bytes { high, low } => format!("{} × 256 + {}", part(high), part(low)),
            Self::Hexadecimal { of, is_swapped: false } => format!("{}, in hexadecimal", part(of)),
            Self::Hexadecimal { of, is_swapped: true } => {
                format!("{}, in hexadecimal, with its two bytes exchanged", part(of))
            }
            Self::Flags { of, written } => {
                format!("the TCP flags {}, {}", part(of), flags_in_words(*written))
            }
            Self::Map { of, values } => {
                let values = values.iter().map(|(from, to)| format!("{} as {}", quoted(from), quoted(to)));
                format!("{}, with {}", part(of), listed(&values.collect::<Vec<_>>(), "and"))
            }
            Self::Value(value) => format!("always {}", value_in_words(value)),
        }
    }

    /// The words of a part of a reading, in parentheses unless they are short.
    fn part(&self, source: &Source) -> String {
        let words = self.in_words(source);
        match self {
            Self::Column(_) => words,
            Self::Value(value) => value_in_words(value),
            Self::Arrival { .. } | Self::End { .. } | Self::Elapsed { .. } | Self::Epoch { .. } => {
                format!("({words})")
            }
            Self::Time { .. } | Self::Last { .. } | Self::LongerThan { .. } | Self::Before { .. } => {
                format!("({words})")
            }
            Self::Join(_) | Self::First(_) | Self::When { .. } | Self::Option { .. } => format!("({words})"),
            Self::Floor(_) | Self::Subtract { .. } | Self::Scale { .. } | Self::Multiply { .. } => {
                format!("({words})")
            }
            Self::Protocol { .. } | Self::Port(_) | Self::Bytes { .. } => format!("({words})"),
            Self::Hexadecimal { .. } | Self::Flags { .. } | Self::Map { .. } => format!("({words})"),
        }
    }
}

impl Only {
    /// The condition in words.
    pub fn in_words(&self, source: &Source) -> String {
        let field = |at: &usize| quoted(source.fields.get(*at).map_or("", String::as_str));
        match self {
            Self::OneOf { field: at, values } => format!("{} is {}", field(at), one_of(values)),
            Self::NoneOf { field: at, values } => format!("{} is not {}", field(at), one_of(values)),
            Self::Address { field: at } => format!("{} is an IP address", field(at)),
            Self::Any(all) => all.iter().map(|only| only.in_words(source)).collect::<Vec<_>>().join(", or "),
            Self::Option { name, is, only } => {
                format!("with {}, {}", quoted(&format!("--option {name}={is}")), only.in_words(source))
            }
        }
    }
}

impl Source {
    /// How the text is divided into records and fields, in words.
    pub fn text_in_words(&self) -> String {
        match &self.text {
            TextDoc::Delimited(DelimitedDoc { delimiter, .. }) => match delimiter.0 {
                ',' => "Lines with fields that are separated by commas".to_owned(),
                '\t' => "Lines with fields that are separated by tabs".to_owned(),
                ' ' => "Lines with fields that are separated by blanks".to_owned(),
                other => format!("Lines with fields that are separated by {}", quoted(&other.to_string())),
            },
            TextDoc::Json(JsonDoc { each: None, .. }) => "JSON objects".to_owned(),
            TextDoc::Json(JsonDoc { each: Some(path), tuple: None }) => {
                format!("JSON; each entry of {} is a record", quoted(path))
            }
            TextDoc::Json(JsonDoc { each: Some(path), tuple: Some(_) }) => {
                format!("JSON; each entry of {} is a text with fields", quoted(path))
            }
            TextDoc::Zeek(log) => format!("A log of Zeek, {}", quoted(&log.path)),
        }
    }

    /// Where a field is in a record, in words.
    pub fn place_in_words(&self, field: usize) -> String {
        let number = field + 1;
        let unheaded = self.without_header.as_ref();
        let unheaded = unheaded.and_then(|fields| fields.iter().position(|at| *at == field));
        let unheaded = unheaded.map(|at| format!("; field {} without a header", at + 1)).unwrap_or_default();
        match &self.text {
            TextDoc::Delimited(_) if self.is_by_name => format!("by its name in the header{unheaded}"),
            TextDoc::Delimited(_) => format!("field {number}"),
            TextDoc::Zeek(_) => "by its name in the header of the log".to_owned(),
            TextDoc::Json(JsonDoc { tuple: Some(TupleDoc { fields, .. }), .. })
                if field + fields.len() >= self.fields.len() =>
            {
                format!("field {} of the text", number + fields.len() - self.fields.len())
            }
            TextDoc::Json(_) => "by its path".to_owned(),
        }
    }
}

fn unit_in_words(unit: EpochUnit) -> &'static str {
    match unit {
        EpochUnit::Seconds => "seconds",
        EpochUnit::Milliseconds => "milliseconds",
        EpochUnit::Microseconds => "microseconds",
        EpochUnit::Nanoseconds => "nanoseconds",
    }
}

fn flags_in_words(written: FlagsDoc) -> &'static str {
    match written {
        FlagsDoc::Letters => "written as letters",
        FlagsDoc::Hexadecimal => "written in hexadecimal",
        FlagsDoc::Number => "written as a number",
        FlagsDoc::History => "from the history of the connection",
    }
}

/// A constant in words.
pub(super) fn value_in_words(value: &ValueDoc) -> String {
    match value {
        ValueDoc::Int(number) => quoted(&number.to_string()),
        ValueDoc::Real(number) => quoted(&number.to_string()),
        ValueDoc::Text(text) => quoted(text),
    }
}

/// A text between backticks. A backtick within it is replaced, so that it does not end there.
pub(super) fn quoted(text: &str) -> String {
    if text.is_empty() { "an empty text".to_owned() } else { format!("`{}`", text.replace('`', "ˋ")) }
}

/// One of several texts, of which the first are listed.
fn one_of(texts: &[String]) -> String {
    let shown: Vec<String> = texts.iter().take(LISTED).map(|text| quoted(text)).collect();
    match texts.len().saturating_sub(LISTED) {
        0 => listed(&shown, "or"),
        more => format!("{} or one of {more} others", shown.join(", ")),
    }
}

/// Words as a list: `a, b or c`.
pub(super) fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [some @ .., end] => format!("{} {last} {end}", some.join(", ")),
    }
}

/// A number of things: `1 character`, `2 characters`.
pub(super) fn counted(count: usize, thing: &str) -> String {
    if count == 1 { format!("1 {thing}") } else { format!("{count} {thing}s") }
}
