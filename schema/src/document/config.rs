//! `<pipeline>_config.json`: the results file of a pipeline, and the settings that belong to no single table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{BreaksDoc, Document, RankingDoc};

/// The configuration of a pipeline: the fields of the results file, which of them are loaded, and where files and
/// tables are. The first four keys are those of Apache Spot's `flow_conf.json`, which can be used unchanged. All of
/// these four except `column_indexes_filter` start with the name of the pipeline, which is also the name of its folder.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa pipeline")]
pub struct ConfigDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The fields of the results file: the name and the index (from 0) of each.
    pub results_fields: BTreeMap<String, u32>,
    /// The indexes of the fields that are loaded from the results file into the table of scores. Default: the fields
    /// that columns of this table take.
    pub column_indexes_filter: Option<Vec<u32>>,
    /// The first columns of the scores file: the name and the index (from 0) of each. Names are compared
    /// case-insensitively. Columns with context follow them. Default: the columns of the table of scores.
    pub score_fields: Option<BTreeMap<String, u32>>,
    /// The columns of the feedback file that the machine-learning job reads: the name and the index (from 0) of each.
    pub feedback_fields: Option<BTreeMap<String, u32>>,
    /// The path of the results file of a day, relative to the results root. `{pipeline}` and `{date}` (YYYYMMDD) are
    /// replaced. Default: `{pipeline}/scored_results/{date}/scores/{pipeline}_results.csv`.
    pub results: Option<String>,
    /// The table that holds the raw rows. Default: the only table whose rows are `ingest`.
    pub raw_table: Option<String>,
    /// The fields of the results file whose reputation is looked up, as Spot lists them: a name, which is not used, and
    /// the index of each. The table of scores decides; this is compared with it.
    pub add_reputation: Option<BTreeMap<String, u32>>,
    /// Whether commands use this pipeline if nothing names another. Default: no, unless it is the only one.
    #[serde(default)]
    pub default: bool,
    /// The files about the subject of a comment, besides those about the peers of an address. Default: none.
    #[serde(default)]
    pub storyboard: Vec<StoryFileDoc>,
    /// What columns of the raw table mean, by which commands find them. Default: no column has a role.
    #[serde(default)]
    pub roles: RolesDoc,
    /// How `flow-oa rank` ranks the raw rows of a day. Default: they cannot be ranked.
    pub ranking: Option<RankingDoc>,
    /// The tables of earlier versions that `flow-oa migrate` may drop, with their rows.
    #[serde(default)]
    pub dropped: Vec<String>,
    /// Breaking changes of the pipeline that are intended, in this file, in its raw formats and in its tables: the code of
    /// the rule, and the reason. `flow-oa explain FO0071` says when they count.
    #[serde(default)]
    pub breaks: BreaksDoc,
}

impl Document for ConfigDoc {
    const KIND: &'static str = "pipeline";
    const PREFIXED: &'static [&'static str] = &["results_fields", "score_fields", "feedback_fields"];
}

/// A JSON file about the subject of a comment: the subject, and lists of what the raw rows of the day hold about it.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoryFileDoc {
    /// The name of the file. `{md5}` is replaced by the MD5 hash of the subject.
    pub file: String,
    /// The column of the raw table whose values are subjects of this kind: texts. It is the name of the subject in the
    /// file, too.
    pub subject: String,
    /// The lists, by name.
    pub lists: BTreeMap<String, StoryListDoc>,
}

/// A list of distinct values of raw rows of the day.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StoryListDoc {
    /// The column of the raw table that equals the subject.
    #[serde(rename = "where")]
    pub equal: String,
    /// The columns whose values are listed: one, as a list of values; several, as a list of objects.
    pub columns: Vec<String>,
}

/// What columns of the raw table mean. Commands that need a role say so if it is missing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RolesDoc {
    /// The time of the row. Default: the time by which rows of the raw table are stored.
    pub time: Option<String>,
    /// The address that sent.
    pub source: Option<String>,
    /// The address that received, or the server.
    pub destination: Option<String>,
    /// The address that asked, if the rows do not tell who sent. Commands use it as the source.
    pub client: Option<String>,
    /// What was asked for at the destination, such as a port or the type of a question.
    pub service: Option<String>,
    /// What the row is about, besides addresses: a name or a URL.
    pub subject: Option<String>,
    /// The source port.
    pub source_port: Option<String>,
    /// The destination port.
    pub destination_port: Option<String>,
    /// The protocol.
    pub protocol: Option<String>,
    /// The number of bytes.
    pub bytes: Option<String>,
    /// The number of packets.
    pub packets: Option<String>,
    /// The field of the results file that receives the score of `flow-oa rank`.
    pub score: Option<String>,
    /// The field of the results file that receives the reasons of `flow-oa rank`. Default: they are not written.
    pub why: Option<String>,
}
