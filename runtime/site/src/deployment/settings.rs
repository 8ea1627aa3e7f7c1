//! The settings of a site: from options of the command line, the environment, the settings file, and defaults.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use flow_oa_context::{ContextFiles, IpRange};
use flow_oa_core::Zone;
use flow_oa_remote::{Hadoop, Location, Policy, RemoteError, Site};
use flow_oa_schema::printable;
use flow_oa_settings::{DownloadsDoc, HdfsDoc, RankingDoc, SettingsDoc};
use flow_oa_tls::Roots;
use secrecy::{ExposeSecret as _, SecretString};

use super::context_files::{Listed, context_files, listed, outside, unusable};
use super::known::{KnownGood, known};
use crate::engines;
use crate::error::{Error, Result};

/// The name of the settings file in the home.
pub const SETTINGS_FILE: &str = "flow_oa.json";

/// The settings of a site, with defaults filled in.
#[derive(Clone)]
pub struct Settings {
    /// The folder that contains `data/` and `ipynb/`.
    pub home: PathBuf,
    /// The URL of the database.
    pub database: String,
    /// Session options of a database of the Hive family, by name.
    pub query_options: BTreeMap<String, SecretString>,
    /// The root of the locations in which results are looked for.
    pub results_root: Location,
    /// The maximum number of rows of a day's results that a run loads, if the settings have one.
    pub limit: Option<u64>,
    /// The pipeline of commands that name none, if the settings have one.
    pub pipeline: Option<String>,
    /// The values of options of raw formats, by the name of the format.
    pub formats: BTreeMap<String, BTreeMap<String, String>>,
    /// What a ranking should know of the site.
    pub ranking: SiteRanking,
    /// The time zone of the exporters' clocks.
    pub zone: Zone,
    /// The context files.
    pub context: ContextFiles<Location>,
    /// Reputation services that a remote file lists.
    pub(crate) listed: Option<Listed>,
    /// How remote files are read and written.
    pub site: Site,
    /// The folder of the site's own notebooks.
    pub notebooks: Option<PathBuf>,
    /// The options by which another program selects the same deployment: `--home`, `--settings`, `--database`, without
    /// passwords.
    pub options: Vec<String>,
}

// The URL of the database may contain a password.
impl std::fmt::Debug for Settings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = flow_oa_engine::url::without_secrets(&self.database);
        let mut shown = out.debug_struct("Settings");
        shown
            .field("home", &self.home)
            .field("database", &database)
            .field("results_root", &self.results_root);
        shown.field("context", &self.context).finish_non_exhaustive()
    }
}

/// Options of the command line and the environment; they override the settings file.
#[derive(Debug, Clone, Default)]
pub struct Given {
    /// `--home`.
    pub home: Option<PathBuf>,
    /// `--settings`.
    pub settings: Option<PathBuf>,
    /// `--database`.
    pub database: Option<SecretString>,
    /// `--results-root`; if it is missing, the environment variable is used.
    pub results_root: Option<PathBuf>,
}

impl Settings {
    /// Reads the settings file and fills in defaults.
    ///
    /// # Errors
    /// If the file cannot be read or parsed, or a setting is invalid.
    pub fn resolve(given: &Given) -> Result<Self> {
        let default_home = given.home.clone().unwrap_or_else(|| PathBuf::from("."));
        require_folder(&default_home)?;
        let path = given.settings.clone().unwrap_or_else(|| default_home.join(SETTINGS_FILE));
        let doc = read_settings(&path, given.settings.is_some())?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let home =
            given.home.clone().or(doc.home.as_ref().map(|home| folder.join(home))).unwrap_or(default_home);
        require_folder(&home)?;
        // The check of the settings ensures that the time zone exists.
        let zone = doc.time_zone.as_deref().and_then(Zone::named).unwrap_or_else(Zone::utc);
        let default_database = || shared_database(std::env::var(SHARED_DATABASE).ok());
        let named = || std::env::var_os(RESULTS_ROOT).filter(|value| !value.is_empty()).map(PathBuf::from);
        let results_root = match (given.results_root.clone().or_else(named), &doc.results_root) {
            (Some(given), _) => Location::named(&given),
            (None, Some(named)) => Location::named_from(folder, named),
            (None, None) => Ok(Location::Local(home.clone())),
        };
        let named_database = doc.database.as_ref().map(SecretString::expose_secret);
        let given_database = given.database.as_ref().map(SecretString::expose_secret);
        let database = given_database.or(named_database).map_or_else(default_database, str::to_owned);
        // The options below omit a database that the settings name.
        let context = doc.context.unwrap_or_default();
        let listed = listed(&context, folder)?;
        let said = (named_database != Some(&database)).then_some(database.as_str());
        Ok(Self {
            options: options(&home, &path, said),
            limit: doc.limit,
            pipeline: doc.pipeline,
            formats: doc.formats.unwrap_or_default(),
            ranking: ranking(&doc.ranking.unwrap_or_default(), folder)?,
            notebooks: doc.notebooks.as_ref().map(|notebook| folder.join(notebook)),
            database,
            query_options: doc.query_options.unwrap_or_default(),
            results_root: results_root.map_err(unusable)?,
            zone,
            context: context_files(context, listed.is_some(), folder, &home)?,
            listed,
            site: site(doc.hdfs.unwrap_or_default(), doc.downloads.unwrap_or_default(), folder)
                .map_err(unusable)?,
            home,
        })
    }

    /// The same settings, without services that are queried.
    pub fn without_services(&self) -> Self {
        let listed = self.listed.clone().map(Listed::files_alone);
        Self { context: self.context.files_alone(), listed, ..self.clone() }
    }

    /// The same settings, without reputation services.
    pub fn without_reputation(&self) -> Self {
        let context = ContextFiles { reputation: Vec::new(), ..self.context.clone() };
        Self { context, listed: None, ..self.clone() }
    }

    /// The settings of databases besides their URLs.
    pub fn of_databases(&self) -> engines::Site<'_> {
        engines::Site { home: &self.home, query_options: &self.query_options, files: &self.site }
    }

    /// The folder that holds a folder for the files of each pipeline.
    pub fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    /// The folder of a pipeline's files.
    pub fn pipeline_folder(&self, pipeline: &str) -> PathBuf {
        self.data().join(pipeline)
    }

    /// The folder of a day's files.
    pub fn data_folder(&self, pipeline: &str, date: &str) -> PathBuf {
        self.pipeline_folder(pipeline).join(date)
    }

    /// The folder of a day's notebooks.
    pub fn notebook_folder(&self, pipeline: &str, date: &str) -> PathBuf {
        self.home.join("ipynb").join(pipeline).join(date)
    }
}

/// What a ranking should know of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRanking {
    /// The site's own ranges.
    pub internal: Vec<IpRange>,
    /// Whether the exporters print each direction as a row.
    pub popular: bool,
    /// The maximum number of lines, if the settings limit it.
    pub max: Option<u64>,
    /// The known-good entries.
    pub known: Vec<KnownGood>,
    /// Whether scores of analysts count on later days.
    pub learn: bool,
}

fn ranking(doc: &RankingDoc, folder: &Path) -> Result<SiteRanking> {
    let range = |text: &String| {
        IpRange::parse(text).map_err(|error| {
            Error::Configuration(format!("the settings: ranking: internal: {text:?}: {error}"))
        })
    };
    let internal = doc.internal.iter().flatten().map(range).collect::<Result<_>>()?;
    Ok(SiteRanking {
        internal,
        popular: doc.popular.unwrap_or(false),
        max: doc.max,
        known: known(doc, folder)?,
        learn: doc.learn.unwrap_or(true),
    })
}

/// The options by which another program, started in any folder, selects the same deployment.
fn options(home: &Path, settings: &Path, database: Option<&str>) -> Vec<String> {
    let absolute =
        |path: &Path| std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string();
    let mut options = vec!["--home".to_owned(), absolute(home)];
    if settings.is_file() {
        options.extend(["--settings".to_owned(), absolute(settings)]);
    }
    if let Some(database) = database {
        options.extend(["--database".to_owned(), flow_oa_engine::url::without_secrets(database)]);
    }
    options
}

/// The environment variable for the results root of every command, including those without an option for it.
const RESULTS_ROOT: &str = "FLOW_OA_RESULTS_ROOT";

/// The environment variable that commonly holds the URL of a database.
const SHARED_DATABASE: &str = "DATABASE_URL";

/// The default database: that of the environment if it is a PostgreSQL URL (a `mysql:` or `sqlite:` URL belongs to
/// another program), or else the file in the home.
fn shared_database(found: Option<String>) -> String {
    let is_ours = |text: &String| text.starts_with("postgres://") || text.starts_with("postgresql://");
    found.filter(is_ours).unwrap_or_else(|| "sqlite:data/flow_oa.db".to_owned())
}

/// Refuses a home that exists but is not a folder. A missing home may be created.
fn require_folder(home: &Path) -> Result<()> {
    match std::fs::metadata(home) {
        Ok(found) if !found.is_dir() => Err(Error::Configuration(format!(
            "the home {} is not a folder; --home names another one",
            printable::path(home)
        ))),
        _ => Ok(()),
    }
}

fn read_settings(path: &Path, must_be_there: bool) -> Result<SettingsDoc> {
    let text = match flow_oa_schema::files::read_document(path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !must_be_there => {
            return Ok(SettingsDoc::default());
        }
        Err(error) => {
            return Err(Error::Configuration(format!(
                "reading the settings from {}: {error}",
                printable::path(path)
            )));
        }
    };
    flow_oa_settings::settings(&printable::path(path), &text, &outside())
        .map_err(|faults| Error::Configuration(format!("reading the settings:\n{faults}")))
}

/// How remote files are read.
fn site(hdfs: HdfsDoc, downloads: DownloadsDoc, folder: &Path) -> std::result::Result<Site, RemoteError> {
    let default = Policy::default();
    let policy = Policy {
        connect: downloads.connect_seconds.map_or(default.connect, Duration::from_secs),
        stall: downloads.stall_seconds.map_or(default.stall, Duration::from_secs),
        slowest: downloads.min_bytes_per_second.unwrap_or(default.slowest),
        longest: downloads.max_seconds.map_or(default.longest, Duration::from_secs),
        largest: downloads.max_bytes.unwrap_or(default.largest),
        ..default
    };
    Ok(Site {
        roots: downloads
            .certificates
            .map_or(Roots::System, |certificate| Roots::File(folder.join(certificate))),
        policy,
        hadoop: Hadoop::new(hdfs.user, &hdfs.namenodes.unwrap_or_default())?,
    })
}

#[cfg(test)]
mod tests {
    use super::shared_database;

    #[test]
    fn a_database_of_the_environment_is_used_only_if_it_is_of_postgresql() {
        for ours in ["postgres://u@h/d", "postgresql://h"] {
            assert_eq!(shared_database(Some(ours.to_owned())), ours);
        }
        for other in [Some("sqlite:other.db"), Some("mysql://h/d"), Some("postgres:d"), Some(""), None] {
            assert_eq!(shared_database(other.map(str::to_owned)), "sqlite:data/flow_oa.db");
        }
    }
}
