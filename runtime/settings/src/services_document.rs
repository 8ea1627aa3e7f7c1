//! Reputation services: lists that are read, and services that are queried. `reputation_config.json` of Spot has the
//! same form: a map of services.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use flow_oa_schema::document::Document;

/// The placeholder for the addresses and names in a query to GTI.
pub const QUERY_HERE: &str = "###QUERY###";

/// The placeholder for the address in the URL of an HTTP service.
pub const ADDRESS_HERE: &str = "{address}";

/// The placeholder for the secret in the URL of an HTTP service.
pub const SECRET_HERE: &str = "{secret}";

/// Parses the key of a meaning as a range of numbers, such as `1..24`. `None` if it is a text or a single number.
pub fn range_of(meaning: &str) -> Option<(f64, f64)> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|it| it.is_finite());
    let (low, high) = meaning.split_once("..")?;
    number(low).zip(number(high))
}

/// Reputation services by name, or a JSON file that declares them, such as Spot's `reputation_config.json`. Verdicts
/// are joined in this order.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReputationDoc {
    /// The path or URL of a file that declares the services. A local file may name programs to start, so only users who
    /// may change these settings should be able to write it. A file from a URL may name neither local programs, nor
    /// local files, nor environment variables: it can declare lists at URLs, and services of kind `http` or `fb` whose
    /// secrets are plain texts.
    File(String),
    /// The services by name.
    Services(IndexMap<String, ServiceDoc>),
}

/// A file that declares reputation services.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ServicesDoc(pub IndexMap<String, ServiceDoc>);

impl DeclaredDoc {
    /// The secrets of the declaration, each with the keys of its position.
    pub fn secrets(&self) -> Vec<(Vec<&str>, &SecretDoc)> {
        let single = [
            ("password", &self.password),
            ("app_id", &self.app_id),
            ("app_secret", &self.app_secret),
            ("secret", &self.secret),
        ];
        let single = single.into_iter().filter_map(|(key, secret)| Some((vec![key], secret.as_ref()?)));
        let headers =
            self.headers.iter().flatten().map(|(name, secret)| (vec!["headers", name.as_str()], secret));
        single.chain(headers).collect()
    }

    /// A copy of the declaration in which every secret that is a plain text is empty.
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

/// A reputation service: the path or URL of a list, or a declaration.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ServiceDoc {
    /// The path or URL of a list.
    List(String),
    /// A list with options for reading it, or a service that is queried.
    Declared(Box<DeclaredDoc>),
}

/// The kind of a reputation service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ServiceKind {
    /// A file of addresses, networks, host names and URLs.
    List,
    /// McAfee GTI, queried with its program `refclient`.
    Gti,
    /// Facebook ThreatExchange.
    Fb,
    /// Any service that answers in JSON over HTTP or HTTPS.
    Http,
}

/// The format of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ListFormat {
    /// Entry, label and value, separated by commas or tabs, with or without a header.
    Csv,
    /// One entry on each line; the rest of the line is a comment.
    Plain,
    /// An entry and the number of block lists that contain it, as in ipsum.
    Counts,
    /// A bundle of STIX 2.1 indicators.
    Stix,
    /// A MISP warning list.
    Misp,
}

/// The threat level of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum LabelDoc {
    /// Unknown (-1).
    Unverified,
    /// Harmless (0).
    None,
    /// Low (1).
    Low,
    /// Medium (2).
    Medium,
    /// High (3).
    High,
}

/// The number of block lists from which on an entry has a threat level.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ThresholdsDoc {
    /// The number of block lists from which on an entry is MEDIUM. Default: 3.
    #[schemars(range(min = 1))]
    pub medium: Option<u32>,
    /// The number of block lists from which on an entry is HIGH. Default: 5.
    #[schemars(range(min = 1))]
    pub high: Option<u32>,
}

// It serializes with its text, for hashing; the result must never be shown.
/// A secret as plain text, or the place where it is stored.
#[derive(Clone, Deserialize, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum SecretDoc {
    /// The secret as plain text.
    Text(String),
    /// The place where the secret is stored.
    Kept(KeptDoc),
}

// The text must never be shown.
impl std::fmt::Debug for SecretDoc {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text(_) => out.write_str("***"),
            Self::Kept(kept) => kept.fmt(out),
        }
    }
}

/// The place where a secret is stored.
#[derive(Debug, Clone, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeptDoc {
    /// The name of the environment variable that contains the secret.
    Env(String),
    /// A file that contains only the secret and that only its owner may read (mode 600).
    File(String),
    /// A program and its arguments. The program prints the secret.
    Command(Vec<String>),
}

/// A list with options for reading it, or a service that is queried. Each description begins with the kind of service
/// that the key belongs to.
#[derive(Debug, Clone, Default, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DeclaredDoc {
    /// The kind of the service. Default: the name of the service, if it is the name of a kind.
    pub kind: Option<ServiceKind>,

    /// list: the path or URL of the file.
    pub path: Option<String>,
    /// list: the format of the file. Default: detected from its content.
    pub format: Option<ListFormat>,
    /// list: the threat level of entries that have none of their own. Default: MEDIUM, or NONE for a MISP warning list,
    /// which lists harmless addresses.
    pub label: Option<LabelDoc>,
    /// list: the thresholds for the number of block lists that contain an entry.
    pub thresholds: Option<ThresholdsDoc>,

    /// gti: the server that the program queries.
    pub server: Option<String>,
    /// gti: the user name.
    pub user: Option<String>,
    /// gti: the password.
    pub password: Option<SecretDoc>,
    /// gti: the environment variable that passes the password to the program. Default: none; the password is then
    /// passed as an argument, which other users of the machine can see.
    pub password_variable: Option<String>,
    /// gti: the query as JSON text, with `###QUERY###` in place of the addresses and names.
    pub ci: Option<String>,
    /// gti: the path of the program `refclient`.
    pub refclient: Option<String>,
    /// gti: a CSV file of categories: code, name, group. Default: none; categories are then not shown.
    pub category_file: Option<String>,

    /// fb: the application ID.
    pub app_id: Option<SecretDoc>,
    /// fb: the application secret.
    pub app_secret: Option<SecretDoc>,
    /// fb: the version of the Graph API. Default: `v24.0`.
    pub version: Option<String>,

    /// fb: the server. Default: `https://graph.facebook.com`. http: the URL to request, with `{address}` in place of
    /// the address, and `{secret}` in place of a key.
    pub url: Option<String>,
    /// http: the secret that replaces `{secret}` in `url`, for services that expect their key in the URL.
    pub secret: Option<SecretDoc>,
    /// http: the headers of the request.
    pub headers: Option<IndexMap<String, SecretDoc>>,
    /// http: the position of the verdict in the answer, as a JSON Pointer (RFC 6901) such as `/data/score`.
    pub verdict: Option<String>,
    /// http: the threat level for each verdict: a text or a number, a range of numbers such as `1..24`, or `*` for
    /// every other verdict. The first match counts.
    pub meanings: Option<IndexMap<String, LabelDoc>>,
    /// http: the threat level for the status 404. Default: none; the status 404 is then an error.
    pub not_found: Option<LabelDoc>,

    /// Whether a run stops if the service cannot be queried. Default: false; the addresses are then 'unknown'.
    pub required: Option<bool>,
    /// The number of hours for which an answer is cached; 0 disables the cache. Default: 24.
    #[schemars(range(max = 87600))]
    pub cache_hours: Option<u32>,
    /// The maximum number of requests in a run, not counting retries. Default: 1000.
    pub requests_per_run: Option<u32>,
    /// The maximum number of requests in a minute. Default: no limit.
    #[schemars(range(min = 1, max = 60000))]
    pub requests_per_minute: Option<u32>,
    /// The time limit for a complete answer, in seconds. Default: 30.
    #[schemars(range(min = 1, max = 86400))]
    pub timeout_seconds: Option<u32>,
    /// The maximum number of attempts for a request, including the first, if the error may be temporary. Default: 3.
    #[schemars(range(min = 1, max = 20))]
    pub tries: Option<u32>,
}
