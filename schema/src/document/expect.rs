//! Expectations as they are written: what the values of a column should be like.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::ValueDoc;

/// What the values of a column should be like.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(title = "Expect")]
pub enum ExpectDoc {
    /// One expectation, or several that warn or stop together.
    One(Box<ExpectationDoc>),
    /// Several expectations, each of which warns or stops.
    Several(Vec<ExpectationDoc>),
}

impl ExpectDoc {
    /// All expectations, each with its position if they are in a list.
    pub(crate) fn all(&self) -> Vec<(Option<usize>, &ExpectationDoc)> {
        match self {
            Self::One(only) => vec![(None, only)],
            Self::Several(all) => all.iter().enumerate().map(|(at, one)| (Some(at), one)).collect(),
        }
    }
}

/// What values should be like: at least one of these rules. An empty value is NULL or an empty text; only `not_null` and
/// `empty_at_most` are about empty values.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ExpectationDoc {
    /// Whether no value is NULL. For columns that may be NULL, such as those that geolocation fills. Default: no.
    #[serde(default)]
    pub not_null: bool,
    /// The least and the greatest number.
    pub range: Option<[f64; 2]>,
    /// The values that occur: texts or whole numbers.
    pub one_of: Option<Vec<ValueDoc>>,
    /// The greatest share of rows whose value is empty, from 0 (none) to 1 (all).
    pub empty_at_most: Option<f64>,
    /// The columns with which the value is unique: no two rows of a day are equal in the column and in all of these. An
    /// empty list: in the column alone. The database compares all rows of the day after each file and each run, which
    /// an index of these columns makes faster.
    pub unique_with: Option<Vec<String>>,
    /// What happens if a rule is not met.
    #[serde(default, rename = "or")]
    pub otherwise: OtherwiseDoc,
}

/// What happens if an expectation is not met.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum OtherwiseDoc {
    /// The rows are stored, with a warning. The default.
    #[default]
    Warn,
    /// The ingest of the file, or the run of the day, fails, and no row of it is stored.
    Stop,
}

impl OtherwiseDoc {
    /// The word in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::Warn => "warn",
            Self::Stop => "stop",
        }
    }
}
