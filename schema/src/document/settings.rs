//! `flow_oa.json`: the settings of one deployment. Nothing in it is needed for SQLite.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;

/// Settings of a deployment. Flags and environment variables come before them. Relative paths are
/// relative to the folder of this file.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa settings")]
pub struct SettingsDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The database's URL. Default: `sqlite:data/flow_oa.db` in the home.
    pub database: Option<String>,
    /// The folder below which `data/` and `ipynb/` are. Default: this file's folder.
    pub home: Option<String>,
    /// The folder below which results are looked for. Default: the home.
    pub results_root: Option<String>,
    /// The time zone of the exporters' clocks, by its name in the IANA database. Default: `UTC`.
    pub time_zone: Option<String>,
    /// Where context is read from.
    pub context: Option<ContextDoc>,
}

impl Document for SettingsDoc {
    const KIND: &'static str = "settings";
}

/// Files of context. One that is named here must be there; a default that is absent is 'not configured'.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextDoc {
    /// The site's own ranges: start, end, name. Default: `context/ipranges.csv`.
    pub ranges: Option<String>,
    /// Names of hosts and subnets. Default: `context/networkcontext_1.csv`.
    pub names: Option<String>,
    /// Ranges and where they are. Default: `context/iploc.csv`.
    pub geo: Option<String>,
    /// Reputation lists, by the service's name. Default: `list` from `context/reputation.csv`.
    pub reputation: Option<BTreeMap<String, String>>,
}
