//! How severe an analyst finds a scored row: one severity, or several, such as that of the client and that of the name.

use std::collections::BTreeMap;

use flow_oa_schema::model::{Column, Given, Table};
use sea_query::Value;

use flow_oa_core::value::whole;
use flow_oa_site::{Error, Result};

/// How severe a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Stored as 1.
    High,
    /// Stored as 2.
    Medium,
    /// Stored as 3; spot-ml learns from it.
    Low,
}

impl Severity {
    /// The stored number.
    pub fn number(self) -> i64 {
        match self {
            Self::High => 1,
            Self::Medium => 2,
            Self::Low => 3,
        }
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }

    fn parse(text: &str) -> std::result::Result<Self, String> {
        match text.trim().to_ascii_lowercase().as_str() {
            "high" | "1" => Ok(Self::High),
            "medium" | "2" => Ok(Self::Medium),
            "low" | "3" => Ok(Self::Low),
            _ => Err("expected high, medium or low (1, 2 or 3)".to_owned()),
        }
    }

    fn of(number: i64) -> Option<Self> {
        [Self::High, Self::Medium, Self::Low].into_iter().find(|severity| severity.number() == number)
    }
}

/// The severities of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Severities {
    /// Each severity that the table has is this one.
    All(Severity),
    /// Those given by name. The others are 0.
    Named(BTreeMap<String, Severity>),
}

/// The number that stands for a severity that was not given, if there are several.
const NOT_GIVEN: i64 = 0;

impl Severities {
    /// Parses `high`, `medium`, `low`, or their numbers; or some `NAME=SEVERITY`, separated by commas or blanks.
    ///
    /// # Errors
    /// The reason, if the text is something else.
    pub fn parse(text: &str) -> std::result::Result<Self, String> {
        if !text.contains('=') {
            return Severity::parse(text).map(Self::All);
        }
        let mut named = BTreeMap::new();
        for given in text.split([',', ' ']).filter(|given| !given.is_empty()) {
            let expected = || format!("expected NAME=SEVERITY, found {given:?}");
            let (name, severity) = given.split_once('=').ok_or_else(expected)?;
            if named.insert(name.trim().to_owned(), Severity::parse(severity)?).is_some() {
                return Err(format!("{name:?} is given twice"));
            }
        }
        Ok(Self::Named(named))
    }

    /// Refuses names that the table of judgements does not have.
    ///
    /// # Errors
    /// If there is one: the names that it has.
    pub(crate) fn require_in(&self, table: &Table) -> Result<()> {
        let Self::Named(named) = self else { return Ok(()) };
        let known: Vec<&str> = columns(table).filter_map(|(_, of)| of).collect();
        match named.keys().find(|name| !known.contains(&name.as_str())) {
            None => Ok(()),
            Some(name) if known.is_empty() => Err(Error::Usage(format!(
                "--severity: {} has one severity, which has no name; {name:?} names one",
                table.name
            ))),
            Some(name) => Err(Error::Usage(format!(
                "--severity: {} has no severity {name:?}; it has {}",
                table.name,
                known.join(", ")
            ))),
        }
    }

    /// The number that is stored as the severity with this name.
    pub(crate) fn number(&self, of: Option<&str>) -> i64 {
        match self {
            Self::All(severity) => severity.number(),
            Self::Named(named) => {
                of.and_then(|name| named.get(name)).map_or(NOT_GIVEN, |severity| severity.number())
            }
        }
    }

    /// Whether a row of the table of judgements has these severities.
    pub(crate) fn are_in(&self, table: &Table, row: &[Value]) -> bool {
        stored(table, row).all(|(of, number)| number == Some(self.number(of)))
    }

    /// In words: `high`, or `dns=low ip=none`.
    pub(crate) fn words(&self, table: &Table) -> String {
        in_words(columns(table).map(|(_, of)| (of, Some(self.number(of)))))
    }
}

/// The severities of a row of the table of judgements, in words. Other programs may have stored any number, or none.
pub(crate) fn words(table: &Table, row: &[Value]) -> String {
    in_words(stored(table, row))
}

fn in_words<'a>(severities: impl Iterator<Item = (Option<&'a str>, Option<i64>)>) -> String {
    let named = |number: Option<i64>| match number.map(|number| (number, Severity::of(number))) {
        Some((_, Some(severity))) => severity.name().to_owned(),
        None | Some((NOT_GIVEN, None)) => "none".to_owned(),
        Some((number, None)) => number.to_string(),
    };
    let all: Vec<(Option<&str>, String)> = severities.map(|(of, number)| (of, named(number))).collect();
    match all.first() {
        Some((_, first)) if all.iter().all(|(_, word)| word == first) => first.clone(),
        _ => {
            let one = |(of, word): &(Option<&str>, String)| format!("{}={word}", of.unwrap_or_default());
            all.iter().map(one).collect::<Vec<_>>().join(" ")
        }
    }
}

/// The columns of severity of a table, with their names.
pub(crate) fn columns(table: &Table) -> impl Iterator<Item = (&Column, Option<&str>)> {
    table.columns.iter().filter_map(|column| Some((column, severity(column)?)))
}

/// The stored severities of a row, with their names.
fn stored<'a>(table: &'a Table, row: &'a [Value]) -> impl Iterator<Item = (Option<&'a str>, Option<i64>)> {
    table.columns.iter().zip(row).filter_map(|(column, value)| Some((severity(column)?, whole(value))))
}

/// The name of the severity that a column holds, if it holds one.
fn severity(column: &Column) -> Option<Option<&str>> {
    if let Some(Given::Severity(of)) = column.from.given() { Some(of) } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn severities_are_one_word_or_names_with_words() {
        assert_eq!(Severities::parse("High"), Ok(Severities::All(Severity::High)));
        let named = Severities::parse("dns=low, ip=1").unwrap();
        assert_eq!(
            (named.number(Some("dns")), named.number(Some("ip")), named.number(Some("url"))),
            (3, 1, 0)
        );
        assert_eq!(in_words([(Some("dns"), Some(3)), (Some("ip"), Some(0))].into_iter()), "dns=low ip=none");
        assert_eq!(in_words([(Some("dns"), Some(3)), (Some("ip"), Some(3))].into_iter()), "low");
        for wrong in ["", "severe", "dns=", "dns=low ip", "dns=low dns=high"] {
            assert!(Severities::parse(wrong).is_err(), "{wrong}");
        }
    }
}
