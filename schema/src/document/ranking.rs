//! How a day is ranked, as it is written: what a row says, what makes rows a group, and how the list is spread.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{ConditionDoc, ExprDoc, ValueDoc};

/// How `flow-oa rank` ranks the raw rows of a day. Each row says a few values. The tail of a value is the share of the
/// rows of its context whose values are as rare or rarer, and its bits are the binary logarithm of one by this share. A
/// group of rows has the mean of their bits. The list is spread: the second row of a story costs more than the first, and
/// so on, so that a story that fills the day stands at the top once. Names are columns of the raw table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankingDoc {
    /// The keys of a group: the rows with the same values in all of them, such as client, server and service. A row with
    /// an empty key, or without a time, is left out.
    pub group: Vec<RankedKeyDoc>,
    /// The conditions by which a row is a reply. Its keys are those that `reply` gives. Default: no row is a reply.
    #[serde(default)]
    pub reply: Vec<ConditionDoc>,
    /// What a row says.
    pub values: Vec<RankedValueDoc>,
    /// The stories: names of keys of the group. Groups with the same values in all of them are one story.
    pub spread: Vec<Vec<String>>,
    /// The bits that a row costs for each doubling of its place in a story: from 0 to 100, in thousandths. Default: 2.
    pub weight: Option<ValueDoc>,
    /// The columns that sort rows that are equally suspicious. The order of arrival follows.
    pub ties: Vec<String>,
    /// The fields of the results file that are no column of the raw table, other than the score, and their values.
    #[serde(default)]
    pub fields: BTreeMap<String, ExprDoc>,
    /// The conditions by which a row is a failure, such as a flow without an answer. `flow-oa rank --evaluate` compares the
    /// list with one that has failures first. Default: it does not.
    #[serde(default)]
    pub failed: Vec<ConditionDoc>,
    /// The value that a site adds with ranges of its own addresses. Default: none can be added.
    pub direction: Option<DirectionDoc>,
    /// How a reply is recognized if a site says that its exporters print each direction as a row. Default: a site cannot
    /// say so.
    pub popular: Option<PopularDoc>,
}

/// A key of a group.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankedKeyDoc {
    /// The name of the key.
    pub name: String,
    /// Its value: a text or a whole number.
    pub from: ExprDoc,
    /// Its value in a reply. Default: as in other rows.
    pub reply: Option<ExprDoc>,
}

/// A value that a row says.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankedValueDoc {
    /// The name of the value.
    pub name: String,
    /// The value: a text or a whole number. Either this or `key` is required.
    pub from: Option<ExprDoc>,
    /// The key of the group that is the value.
    pub key: Option<String>,
    /// The key of the group of which each counts the value once: what one client says a thousand times is as rare as what
    /// it says once. Default: every row counts.
    pub once_per: Option<String>,
    /// The context: rows with the same values here are compared with each other. Default: all rows of the day.
    #[serde(default)]
    pub within: Vec<ExprDoc>,
    /// In which words the value is a reason for the place of a row in the list. Default: its name and the value.
    pub why: Option<ReasonDoc>,
}

/// In which words a value is a reason for the place of a row in the list.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonDoc {
    /// The text: `{value}` stands for the value, and `{n}` for how rare it is: the value of at most one row in `n` of its
    /// context is as rare or rarer. Default: the name of the value, `{value} (1 in {n})`.
    pub text: Option<String>,
    /// What `{value}` shows: a text or a whole number. Default: the value itself.
    pub of: Option<ExprDoc>,
    /// Words for what `{value}` shows. Default: it is shown as it is.
    #[serde(default)]
    pub words: BTreeMap<String, String>,
}

/// A value that tells between which parts of the network a row is: `in>in`, `in>out`, `out>in` or `out>out`. It is counted
/// only if the site gives the ranges that are `in`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DirectionDoc {
    /// The key of the group with the address that asks.
    pub from: String,
    /// The key of the group with the address that answers.
    pub to: String,
    /// In which words the direction is a reason for the place of a row in the list. `of` is not allowed. Default: the
    /// value.
    pub why: Option<ReasonDoc>,
}

/// How a reply is recognized by counts: of the two values of a key, that of a reply and that of other rows, the one that
/// more rows have is right; of equally frequent ones, the shorter or lesser text.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PopularDoc {
    /// The key, which has a `reply`.
    pub key: String,
    /// The conditions that a reply meets besides. Default: none.
    #[serde(default, rename = "where")]
    pub conditions: Vec<ConditionDoc>,
}
