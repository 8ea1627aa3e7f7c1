//! `flow_oa.json`: the settings of one deployment. Nothing in it is needed for SQLite.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use flow_oa_schema::document::Document;

use crate::ReputationDoc;

/// Settings of a deployment. Flags and environment variables come before them. Relative paths are
/// relative to the folder of this file. Where results and context are may also be said by a URL:
/// `http://`, `https://`, `hdfs://`, `webhdfs://` or `swebhdfs://`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa settings")]
pub struct SettingsDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The database's URL. Default: that of the environment's `DATABASE_URL`, if it is PostgreSQL's; else
    /// `sqlite:data/flow_oa.db` in the home.
    pub database: Option<String>,
    /// Options of the sessions of an `impala://` or `hive2://` database, by name: those of Impala in capital letters, such
    /// as `REQUEST_POOL` and `MEM_LIMIT`, those of Hive with points in them. What the URL says comes before them.
    pub query_options: Option<BTreeMap<String, String>>,
    /// The folder below which `data/` and `ipynb/` are. Default: this file's folder.
    pub home: Option<String>,
    /// The folder below which results are looked for, a path or a URL. Default: the home.
    pub results_root: Option<String>,
    /// The most rows of a day's results that `run` loads. Default: 500.
    #[schemars(range(min = 1))]
    pub limit: Option<u64>,
    /// The pipeline of commands that name none with `--type`. Default: the only one of the program.
    pub pipeline: Option<String>,
    /// The time zone of the exporters' clocks, by its name in the IANA database. Default: `UTC`.
    pub time_zone: Option<String>,
    /// Where context is read from.
    pub context: Option<ContextDoc>,
    /// The Hadoop file systems of the site.
    pub hdfs: Option<HdfsDoc>,
    /// How files that URLs name are brought here.
    pub downloads: Option<DownloadsDoc>,
    /// A folder of the site's own notebooks and Python modules: each run copies them with its own, in place of those of the
    /// same name.
    pub notebooks: Option<String>,
}

impl Document for SettingsDoc {
    const KIND: &'static str = "settings";
}

/// Files of context, paths or URLs. One that is named here must be there; a default that is absent is 'not configured'.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextDoc {
    /// The site's own ranges: start, end, name. Default: `context/ipranges.csv`.
    pub ranges: Option<String>,
    /// Names of hosts and subnets. Default: `context/networkcontext_1.csv`.
    pub names: Option<String>,
    /// Where addresses are: one file or several, in the order in which they are asked. Each is in the format of Spot's
    /// `iploc.csv`, or a MaxMind database. Default: `context/iploc.csv`.
    pub geo: Option<Places>,
    /// Reputation services. Default: `list` from `context/reputation.csv`.
    pub reputation: Option<ReputationDoc>,
    /// Lists of codes and their names, such as those of DNS and HTTP, by the word with which tables ask for them (`code`):
    /// CSV with a header such as `code,name`.
    pub codes: Option<BTreeMap<String, String>>,
}

/// A path or URL, or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Places {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

/// Hadoop file systems, which are spoken to by WebHDFS.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HdfsDoc {
    /// The user by which simple authentication knows us. HADOOP_USER_NAME comes before it. Default: the
    /// system's user.
    pub user: Option<String>,
    /// The HTTP addresses of file systems, such as `http://namenode:9870`, by what stands between `hdfs://` and
    /// the path; several where a standby takes over. Default: port 9870 of the same host.
    pub namenodes: Option<BTreeMap<String, Vec<String>>>,
}

/// How files that URLs name are brought here.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadsDoc {
    /// A PEM file with the certificates of the authorities that are trusted for https. Default: the system's.
    pub certificates: Option<String>,
    /// The largest file, in bytes. Default: 64 GiB.
    #[schemars(range(min = 1))]
    pub max_bytes: Option<u64>,
    /// Seconds to wait for a connection. Default: 10.
    #[schemars(range(min = 1, max = 86400))]
    pub connect_seconds: Option<u64>,
    /// Seconds to wait for the next bytes; a file as a whole may take as long as it takes. Default: 60.
    #[schemars(range(min = 1, max = 86400))]
    pub stall_seconds: Option<u64>,
}
