//! What came of an expectation, in counts and in words. The report, the history and the metrics of a command have it, and
//! so has the error of a command that it stopped.

use std::fmt;

use flow_oa_core::quoted;
use flow_oa_schema::model::{ColumnId, Expectation, Otherwise, Table};

/// Characters of an example that are kept.
const LONGEST: usize = 100;

/// What came of an expectation.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Expected {
    /// The table.
    pub table: String,
    /// The column.
    pub column: String,
    /// What is expected of its values, in words.
    pub rule: String,
    /// What happens if it is not met.
    #[serde(rename = "or")]
    pub otherwise: Otherwise,
    /// The number of rows that were checked.
    pub checked: u64,
    /// The number of rows among them that violate the rule.
    pub violated: u64,
    /// Whether the rule is met, in spite of rows that violate it if it allows a share of them.
    #[serde(rename = "met")]
    pub is_met: bool,
    /// A value that violates it, if that tells something.
    pub example: Option<String>,
    /// The file and line of the first row that violates it, if they are known.
    pub at: Option<String>,
    /// What the rows are that violate it.
    #[serde(skip)]
    violation: &'static str,
}

/// A row that violates a rule: its value, and its file and line, as far as they are known.
#[derive(Debug, Clone, Default)]
pub struct Example {
    /// The value.
    pub value: Option<String>,
    /// The file and line.
    pub at: Option<String>,
}

impl Expected {
    /// What came of an expectation of a column if so many rows were checked and so many of them violate it.
    pub fn new(
        table: &Table,
        (column, expectation): (ColumnId, &Expectation),
        (checked, violated): (u64, u64),
        example: Example,
    ) -> Self {
        let Expectation { rule, otherwise } = expectation;
        Self {
            table: table.name.clone(),
            column: table[column].name.clone(),
            rule: rule.words(table),
            otherwise: *otherwise,
            checked,
            violated,
            is_met: rule.is_met(checked, violated),
            example: example.value.map(|value| value.chars().take(LONGEST).collect()),
            at: example.at,
            violation: rule.violation(violated),
        }
    }

    /// Whether it stops the command.
    pub fn stops(&self) -> bool {
        !self.is_met && self.otherwise == Otherwise::Stop
    }

    /// A warning, if it is not met and does not stop the command.
    pub fn warning(&self) -> Option<String> {
        (!self.is_met && !self.stops()).then(|| self.to_string())
    }

    /// What came of it, in one word.
    pub fn outcome(&self) -> &'static str {
        match (self.is_met, self.otherwise) {
            (true, _) => "met",
            (false, Otherwise::Warn) => "warned",
            (false, Otherwise::Stop) => "stopped",
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { table, column, rule, checked, violated, violation, .. } = self;
        write!(f, "{table}.{column}: expected {rule}; {violated} of {checked} rows {violation}")?;
        match (&self.example, &self.at) {
            (Some(example), Some(at)) => write!(f, ", such as {} at {at}", quoted(example)),
            (Some(example), None) => write!(f, ", such as {}", quoted(example)),
            (None, Some(at)) => write!(f, ", such as the one at {at}"),
            (None, None) => Ok(()),
        }
    }
}

/// The text of an error: the expectations of `what` that stop a command, and what to do.
pub(crate) fn refusal(what: &str, expected: &[Expected]) -> String {
    let stopping = expected.iter().filter(|expected| expected.stops());
    let mut lines: Vec<String> = stopping.map(|expected| format!("{what}: {expected}")).collect();
    lines.push(
        "Correct the input, or let the schema only warn: `\"or\": \"warn\"` in the `expect` of the column"
            .into(),
    );
    lines.join("\n")
}
