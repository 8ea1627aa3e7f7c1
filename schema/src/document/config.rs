//! `<pipeline>_config.json`: the results file of a pipeline, and the settings that belong to no single table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;

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
    /// The columns of the raw table that `flow-oa rank` uses. Without this key the pipeline cannot be ranked.
    pub rank: Option<RankDoc>,
}

impl Document for ConfigDoc {
    const KIND: &'static str = "pipeline";
    const PREFIXED: &'static [&'static str] = &["results_fields", "score_fields", "feedback_fields"];
}

/// The columns of the raw table from which the words of a connection are built, and the field of the results file that
/// holds the score.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankDoc {
    /// The column of the source address.
    pub source: String,
    /// The column of the destination address.
    pub destination: String,
    /// The column of the source port.
    pub source_port: String,
    /// The column of the destination port.
    pub destination_port: String,
    /// The column of the protocol.
    pub protocol: String,
    /// The column of the time of the row.
    pub time: String,
    /// The column of the number of bytes.
    pub bytes: String,
    /// The column of the number of packets.
    pub packets: String,
    /// The field of the results file that receives the score.
    pub score: String,
}
