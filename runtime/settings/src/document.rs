//! `flow_oa.json`: the settings of a deployment. SQLite needs none of them.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;

use flow_oa_schema::document::Document;

use crate::ReputationDoc;

/// Settings of a deployment. The file may have comments, `// …` and `/* … */`. Command-line flags and environment variables take precedence. Relative paths are relative
/// to the folder of this file. Results and context may also be given by a URL: `http://`, `https://`, `hdfs://`,
/// `webhdfs://` or `swebhdfs://`.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa settings")]
pub struct SettingsDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The URL of the database. Default: the environment variable `DATABASE_URL` if it is a PostgreSQL URL, otherwise
    /// `sqlite:data/flow_oa.db` in the home folder.
    #[schemars(with = "Option<String>")]
    pub database: Option<SecretString>,
    /// Session options of an `impala://` or `hive2://` database, by name. Options of Impala are in capitals, such as
    /// `REQUEST_POOL` and `MEM_LIMIT`; options of Hive contain dots. Options in the URL take precedence.
    #[schemars(with = "Option<BTreeMap<String, String>>")]
    pub query_options: Option<BTreeMap<String, SecretString>>,
    /// The home folder, which contains `data/` and `ipynb/`. Default: the folder of this file.
    pub home: Option<String>,
    /// The folder that contains the results: a path or a URL. Default: the home folder.
    pub results_root: Option<String>,
    /// The maximum number of rows that `run` loads from a day's results. Default: 500.
    #[schemars(range(min = 1))]
    pub limit: Option<u64>,
    /// The pipeline of commands without `--type`, except `ingest`, which recognizes files of all pipelines by their
    /// columns. Default: that of the schema.
    pub pipeline: Option<String>,
    /// The time zone of the exporters' clocks, as a name of the IANA database. Default: `UTC`.
    pub time_zone: Option<String>,
    /// Values of options of raw formats, by the name of the format: `{"goflow2": {"sampling": "multiply"}}`. An option
    /// on the command line (`ingest --option`) takes precedence.
    pub formats: Option<BTreeMap<String, BTreeMap<String, String>>>,
    /// What a ranking should know of the site.
    pub ranking: Option<RankingDoc>,
    /// The sources of context.
    pub context: Option<ContextDoc>,
    /// The Hadoop file systems of the site.
    pub hdfs: Option<HdfsDoc>,
    /// Options for downloading files from URLs.
    pub downloads: Option<DownloadsDoc>,
    /// A folder with the site's own notebooks and Python modules. Each run copies them together with the built-in ones,
    /// and they replace built-in ones of the same name.
    pub notebooks: Option<String>,
}

impl Document for SettingsDoc {
    const KIND: &'static str = "settings";
    const ALLOWS_COMMENTS: bool = true;
}

/// What a ranking should know of the site. Options on the command line take precedence.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RankingDoc {
    /// The site's own ranges, such as `10.0.0.0/8`: rows also say between which parts of the network they are. Default:
    /// they do not.
    pub internal: Option<Vec<String>>,
    /// Whether the exporters print each direction as a row, so that the port that more rows have is that of the service.
    /// Default: false.
    pub popular: Option<bool>,
    /// The maximum number of lines of a results file. Default: 100000.
    #[schemars(range(min = 1))]
    pub max: Option<u64>,
    /// Known-good entries: rows that match come after all others, and their reasons say so. Default: none.
    pub known: Option<Vec<KnownDoc>>,
    /// A file with more entries: `{"known": [...]}`. It may have comments.
    pub known_file: Option<String>,
    /// Whether scores of analysts count on later days: a group that was scored low comes after all others until its rows say
    /// something new and rare, and one that was scored high comes before equally suspicious ones. Default: true.
    pub learn: Option<bool>,
}

/// A known-good entry: the groups of rows that it matches, and why they are harmless.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownDoc {
    /// The pipeline.
    pub pipeline: String,
    /// The keys of these groups, by their names in the `ranking` of the pipeline, such as `client`, `server` and
    /// `service`: an address or a range for addresses (`10.0.0.0/8`), else a text in which `*` stands for any letters, in
    /// any case (`UDP:*`, `*.example.com`).
    pub keys: BTreeMap<String, String>,
    /// Why they are harmless.
    pub reason: String,
    /// Who answers for the entry.
    pub owner: Option<String>,
    /// The last day on which the entry counts, `YYYY-MM-DD`. Default: it counts on every day.
    pub until: Option<String>,
}

/// A file of known-good entries.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KnownFileDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The entries.
    pub known: Vec<KnownDoc>,
}

impl Document for KnownFileDoc {
    const KIND: &'static str = "known";
    const ALLOWS_COMMENTS: bool = true;
}

/// Context files: paths or URLs. A file that is named here must exist. A default file that does not exist is 'not
/// configured'.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContextDoc {
    /// The site's own address ranges: start, end, name. Default: `context/ipranges.csv`.
    pub ranges: Option<String>,
    /// Names of hosts and subnets. Default: `context/networkcontext_1.csv`.
    pub names: Option<String>,
    /// Geolocation: one file, or several in the order in which they are searched. Each file has the format of Spot's
    /// `iploc.csv`, or is a MaxMind database. Default: `context/iploc.csv`.
    pub geo: Option<Places>,
    /// Reputation services. Default: `list` from `context/reputation.csv`.
    pub reputation: Option<ReputationDoc>,
    /// Lists of codes and their names, such as those of DNS and HTTP. The key is the name by which tables refer to the
    /// list (`code`). Each list is a CSV file with a header such as `code,name`.
    pub codes: Option<BTreeMap<String, String>>,
}

/// A path or URL, or several.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(inline)]
pub enum Places {
    /// A path or URL.
    One(String),
    /// Several paths or URLs.
    Several(Vec<String>),
}

/// Hadoop file systems, accessed by WebHDFS.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct HdfsDoc {
    /// The user name for simple authentication. The environment variable HADOOP_USER_NAME takes precedence. Default:
    /// the user of the operating system.
    pub user: Option<String>,
    /// The HTTP addresses of file systems, such as `http://namenode:9870`. The key is the part between `hdfs://` and
    /// the path. Name several addresses if there are standby name nodes. Default: port 9870 of the same host.
    pub namenodes: Option<BTreeMap<String, Vec<String>>>,
}

/// Options for downloading files from URLs.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DownloadsDoc {
    /// A PEM file with the certificates of trusted authorities for HTTPS. Default: the certificates of the system.
    pub certificates: Option<String>,
    /// The maximum size of a file in bytes. Default: 64 GiB.
    #[schemars(range(min = 1))]
    pub max_bytes: Option<u64>,
    /// The time limit for opening a connection, in seconds. Default: 10.
    #[schemars(range(min = 1, max = 86400))]
    pub connect_seconds: Option<u64>,
    /// The maximum time without new data, in seconds. Default: 60.
    #[schemars(range(min = 1, max = 86400))]
    pub stall_seconds: Option<u64>,
    /// The least bytes a second, on average over each `stall_seconds`. A slower download is tried again, and then an
    /// error. Default: 1024.
    pub min_bytes_per_second: Option<u64>,
    /// The time limit for a whole file, in seconds. Default: 21600 (6 hours).
    #[schemars(range(min = 1, max = 604800))]
    pub max_seconds: Option<u64>,
}
