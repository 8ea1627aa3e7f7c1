//! Reputation services: lists that are read, and services that are asked. Spot's `reputation_config.json` is such a map.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use flow_oa_schema::document::Document;

/// Where addresses belong in a question to GTI.
pub const QUERY_HERE: &str = "###QUERY###";

/// Where the address belongs in the URL of a service over http(s).
pub const ADDRESS_HERE: &str = "{address}";

/// Where the secret belongs in it.
pub const SECRET_HERE: &str = "{secret}";

/// The range of numbers that a meaning stands for, such as `1..24`; nothing where it is a text or one number.
pub fn range_of(meaning: &str) -> Option<(f64, f64)> {
    let number = |it: &str| it.trim().parse::<f64>().ok().filter(|it| it.is_finite());
    let (low, high) = meaning.split_once("..")?;
    number(low).zip(number(high))
}

/// Reputation services by name, in the order in which their verdicts are joined; or a JSON file of them, such as Spot's
/// `reputation_config.json`.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReputationDoc {
    /// A file that holds the services, a path or a URL. One of this machine may name programs that are started, so only
    /// users who may write the settings should be able to write it. One from a URL may name neither programs nor files nor
    /// variables of this machine: it declares lists at URLs, and services of kind `http` or `fb` whose secrets are texts.
    File(String),
    /// The services.
    Services(IndexMap<String, ServiceDoc>),
}

/// A file of reputation services.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ServicesDoc(pub IndexMap<String, ServiceDoc>);

impl DeclaredDoc {
    /// The secrets of the declaration, each with the keys that lead to it.
    pub fn secrets(&self) -> Vec<(Vec<&str>, &SecretDoc)> {
        let single = [
            ("password", &self.password),
            ("app_id", &self.app_id),
            ("app_secret", &self.app_secret),
            ("secret", &self.secret),
        ];
        let single = single.into_iter().filter_map(|(key, it)| Some((vec![key], it.as_ref()?)));
        let headers = self.headers.iter().flatten().map(|(name, it)| (vec!["headers", name.as_str()], it));
        single.chain(headers).collect()
    }

    /// The same declaration with an empty text in place of each secret that it holds.
    #[must_use]
    pub fn without_secrets(&self) -> Self {
        let mut open = self.clone();
        let single = [&mut open.password, &mut open.app_id, &mut open.app_secret, &mut open.secret];
        let headers = open.headers.iter_mut().flat_map(IndexMap::values_mut);
        for secret in single.into_iter().flatten().chain(headers) {
            if let SecretDoc::Text(text) = secret {
                text.clear();
            }
        }
        open
    }
}

impl Document for ServicesDoc {
    const KIND: &'static str = "reputation";
}

/// One reputation service: the path or URL of a list, or what is to be known to ask.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ServiceDoc {
    /// The path or URL of a list.
    List(String),
    /// A list with a word on how it is read, or a service that is asked.
    Declared(Box<DeclaredDoc>),
}

/// What a service is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// A file of addresses and networks.
    List,
    /// McAfee's GTI, asked by its program `refclient`.
    Gti,
    /// Facebook's ThreatExchange.
    Fb,
    /// Any service that answers in JSON over http(s).
    Http,
}

/// How a list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListFormat {
    /// Entry, label and value, by commas or tabs, with or without a header.
    Csv,
    /// One entry a line, and what follows it is a remark.
    Plain,
    /// Entry and the number of block lists that it is on, such as ipsum's.
    Counts,
    /// A bundle of STIX 2.1 indicators.
    Stix,
    /// A warning list of MISP.
    Misp,
}

/// How bad an address is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LabelDoc {
    /// Nobody knows; -1.
    Unverified,
    /// Harmless; 0.
    None,
    /// 1.
    Low,
    /// 2.
    Medium,
    /// 3.
    High,
}

/// From how many block lists on an entry is as bad as that.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThresholdsDoc {
    /// Lists from which on it is MEDIUM. Default: 3.
    #[schemars(range(min = 1))]
    pub medium: Option<u32>,
    /// Lists from which on it is HIGH. Default: 5.
    #[schemars(range(min = 1))]
    pub high: Option<u32>,
}

// It serializes with its text: for hashes, never for people.
/// A secret: the text itself, or where it is kept.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SecretDoc {
    /// The text itself.
    Text(String),
    /// Where it is kept.
    Kept(KeptDoc),
}

// The text itself is nobody's business.
impl std::fmt::Debug for SecretDoc {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => out.write_str("***"),
            Self::Kept(kept) => kept.fmt(out),
        }
    }
}

/// Where a secret is kept.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptDoc {
    /// The environment variable that holds it.
    Env(String),
    /// A file that holds nothing else, which only its owner may read (mode 600).
    File(String),
    /// A program and its arguments, which prints it.
    Command(Vec<String>),
}

/// A list with a word on how it is read, or a service that is asked. What a key is for stands before its text.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredDoc {
    /// What the service is. Default: the service's name, if that is one of the kinds.
    pub kind: Option<ServiceKind>,

    /// list: the path or URL of the file.
    pub path: Option<String>,
    /// list: how it is written. Default: what its first line shows.
    pub format: Option<ListFormat>,
    /// list: what is said of entries that do not say it themselves. Default: MEDIUM, and NONE in a warning list of MISP,
    /// which names the harmless.
    pub label: Option<LabelDoc>,
    /// list: how counts of block lists are read.
    pub thresholds: Option<ThresholdsDoc>,

    /// gti: the server that the program asks.
    pub server: Option<String>,
    /// gti: the user.
    pub user: Option<String>,
    /// gti: the password.
    pub password: Option<SecretDoc>,
    /// gti: the environment variable by which the program takes the password. Default: none, and the password is an
    /// argument, which other users of the machine can see.
    pub password_variable: Option<String>,
    /// gti: the question as JSON text, with `###QUERY###` where the addresses belong.
    pub ci: Option<String>,
    /// gti: the program.
    pub refclient: Option<String>,
    /// gti: a CSV file of categories: code, name, group. Default: none, and categories are not told.
    pub category_file: Option<String>,

    /// fb: the number of the application.
    pub app_id: Option<SecretDoc>,
    /// fb: the application's secret.
    pub app_secret: Option<SecretDoc>,
    /// fb: the version of the Graph API. Default: `v24.0`.
    pub version: Option<String>,

    /// fb: the server. Default: `https://graph.facebook.com`. http: what is asked for, with `{address}` where the
    /// address belongs, and `{secret}` where a key does.
    pub url: Option<String>,
    /// http: what belongs into `url` at `{secret}`, for services that take their key there.
    pub secret: Option<SecretDoc>,
    /// http: headers of the question.
    pub headers: Option<IndexMap<String, SecretDoc>>,
    /// http: where the verdict stands in the answer, as a JSON Pointer (RFC 6901) such as `/data/score`.
    pub verdict: Option<String>,
    /// http: what the verdict means: a text or a number, a range of numbers such as `1..24`, or `*` for whatever is
    /// left; the first that fits counts.
    pub meanings: Option<IndexMap<String, LabelDoc>>,
    /// http: what an answer of 404 means. Default: nothing, and it is a fault.
    pub not_found: Option<LabelDoc>,

    /// Whether a run stops where the service cannot be asked. Default: no, its addresses are 'unknown' then.
    pub required: Option<bool>,
    /// How many hours an answer is used again; with 0 every run asks anew. Default: 24.
    #[schemars(range(max = 87600))]
    pub cache_hours: Option<u32>,
    /// How many questions a run asks at most, apart from those that are tried again. Default: 1000.
    pub requests_per_run: Option<u32>,
    /// How many questions are asked in a minute at most. Default: as many as there is time for.
    #[schemars(range(min = 1, max = 60000))]
    pub requests_per_minute: Option<u32>,
    /// Seconds to wait for a whole answer. Default: 30.
    #[schemars(range(min = 1, max = 86400))]
    pub timeout_seconds: Option<u32>,
    /// How often a question is tried in all, where what went wrong may pass. Default: 3.
    #[schemars(range(min = 1, max = 20))]
    pub tries: Option<u32>,
}
