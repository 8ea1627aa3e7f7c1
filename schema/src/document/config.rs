//! `<pipeline>_config.json`: the results file and how a pipeline hangs together.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;

/// A pipeline: the fields of the results file, which of them are kept, and where things are. The first
/// four keys are those of Apache Spot's `flow_conf.json`, which loads unchanged; all but
/// `column_indexes_filter` begin with the pipeline's name, which is its folder's name.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa pipeline")]
pub struct ConfigDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// Name and index (from 0) of every field of the results file.
    pub results_fields: BTreeMap<String, u32>,
    /// Indices of the fields that are taken out of the results file into the scores. Default: those
    /// that the table of scores names as an origin.
    pub column_indexes_filter: Option<Vec<u32>>,
    /// Name and index (from 0) of the first columns of the scores file, without regard to case; columns
    /// from context follow them. Default: the columns of the table of scores.
    pub score_fields: Option<BTreeMap<String, u32>>,
    /// Name and index (from 0) of each column of the feedback file that the machine-learning job reads.
    pub feedback_fields: Option<BTreeMap<String, u32>>,
    /// Where the results file of a day is, below the root of results: `{pipeline}` and `{date}`
    /// (YYYYMMDD) are replaced. Default: `{pipeline}/scored_results/{date}/scores/{pipeline}_results.csv`.
    pub results: Option<String>,
    /// The table that holds the raw rows. Default: the only table whose rows are `ingest`.
    pub raw_table: Option<String>,
    /// Which columns of the raw table `flow-oa rank` looks at; without it the pipeline cannot be ranked.
    pub rank: Option<RankDoc>,
}

impl Document for ConfigDoc {
    const KIND: &'static str = "pipeline";
    const PREFIXED: &'static [&'static str] = &["results_fields", "score_fields", "feedback_fields"];
}

/// The columns of the raw table from which the words of a connection are made, and the field of the
/// results file that takes the score.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankDoc {
    /// The address that sent.
    pub source: String,
    /// The address that received.
    pub destination: String,
    /// The port that sent.
    pub source_port: String,
    /// The port that received.
    pub destination_port: String,
    /// The protocol.
    pub protocol: String,
    /// The row's own time.
    pub time: String,
    /// Bytes.
    pub bytes: String,
    /// Packets.
    pub packets: String,
    /// The field of the results file that takes the score.
    pub score: String,
}
