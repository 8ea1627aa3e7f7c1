//! One deployment: the compiled pipelines, their model, and the settings of the site.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use flow_oa_core::Zone;
pub use flow_oa_remote::Site;
use flow_oa_remote::{Hadoop, Location, Policy, Remote, RemoteError};
use flow_oa_schema::printable;
use flow_oa_schema::{Files, model};
use flow_oa_settings::{
    ContextDoc, DownloadsDoc, HdfsDoc, Places, ReputationDoc, ServiceDoc, ServiceKind, ServicesDoc,
    SettingsDoc,
};
use flow_oa_settings::{Origin, Outside};
use flow_oa_tls::Roots;

use crate::error::{Error, Result};
use crate::site::engines;
use flow_oa_context::{Asked, ContextFiles, ListOptions, Service};

/// The name of the settings file in the home.
pub const SETTINGS_FILE: &str = "flow_oa.json";

/// A day in the form used in names of files and folders: `YYYYMMDD`.
pub fn compact(day: flow_oa_core::Date) -> String {
    day.to_string().replace('-', "")
}

/// The settings of a site, with defaults filled in.
#[derive(Clone)]
pub struct Settings {
    /// The folder that contains `data/` and `ipynb/`.
    pub home: PathBuf,
    /// The URL of the database.
    pub database: String,
    /// Session options of a database of the Hive family, by name.
    pub query_options: BTreeMap<String, String>,
    /// The root of the locations in which results are looked for.
    pub results_root: Location,
    /// The maximum number of rows of a day's results that a run loads, if the settings have one.
    pub limit: Option<u64>,
    /// The pipeline of commands that name none, if the settings have one.
    pub pipeline: Option<String>,
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

// The URL of the database and the session options may contain passwords.
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

/// A remote file that lists reputation services. It is downloaded when context is needed, not for every command.
#[derive(Debug, Clone)]
pub(crate) struct Listed {
    pub(crate) place: Remote,
    which: Which,
}

/// Which of the services are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    All,
    /// Those that read files.
    Files,
}

impl Listed {
    /// The services, if the file was downloaded to `path`.
    ///
    /// # Errors
    /// If the file cannot be parsed.
    pub(crate) fn read(&self, path: &Path) -> Result<Vec<(String, Service<Location>)>> {
        // No path in the file is used: a remote file names no files of this machine.
        let doc = read_services(path, &self.place.to_string(), Origin::Remote)?;
        let mut services = services_of(doc.0, Path::new(""))?;
        services.retain(|(_, service)| self.which == Which::All || matches!(service, Service::List(..)));
        Ok(services)
    }
}

/// Options of the command line and the environment; they override the settings file.
#[derive(Clone, Default)]
pub struct Given {
    /// `--home`.
    pub home: Option<PathBuf>,
    /// `--settings`.
    pub settings: Option<PathBuf>,
    /// `--database`.
    pub database: Option<String>,
    /// `--results-root`; if it is missing, the environment variable is used.
    pub results_root: Option<PathBuf>,
}

impl std::fmt::Debug for Given {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let database = self.database.as_deref().map(flow_oa_engine::url::without_secrets);
        let mut shown = out.debug_struct("Given");
        shown.field("home", &self.home).field("settings", &self.settings).field("database", &database);
        shown.finish_non_exhaustive()
    }
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
        let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
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
        let database = given.database.clone().or(doc.database.clone()).unwrap_or_else(default_database);
        // The options below omit a database that the settings name.
        let context = doc.context.unwrap_or_default();
        let listed = listed(&context, folder)?;
        let said = (doc.database.as_ref() != Some(&database)).then_some(database.as_str());
        Ok(Self {
            options: options(&home, &path, said),
            limit: doc.limit,
            pipeline: doc.pipeline,
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
    pub(crate) fn without_services(&self) -> Self {
        let listed = self.listed.clone().map(|listed| Listed { which: Which::Files, ..listed });
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

    /// The folder of a pipeline's files.
    pub fn pipeline_folder(&self, pipeline: &str) -> PathBuf {
        self.home.join("data").join(pipeline)
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

/// What the settings refer to outside their file.
fn outside() -> Outside<'static> {
    Outside {
        is_zone: &|name| Zone::named(name).is_some(),
        fault_of_place: &|place| Location::named(Path::new(place)).err().map(|it| it.to_string()),
        is_local: &|place| matches!(Location::named(Path::new(place)), Ok(Location::Local(_))),
    }
}

/// The remote list of reputation services that the settings name by a URL, if any.
fn listed(context: &ContextDoc, folder: &Path) -> Result<Option<Listed>> {
    let Some(ReputationDoc::File(named)) = &context.reputation else { return Ok(None) };
    Ok(match Location::named_from(folder, named).map_err(unusable)? {
        Location::Local(_) => None,
        Location::Remote(place) => Some(Listed { place, which: Which::All }),
    })
}

/// The files that the settings name, which must exist, and those default files that exist.
fn context_files(
    doc: ContextDoc,
    is_listed_elsewhere: bool,
    folder: &Path,
    home: &Path,
) -> Result<ContextFiles<Location>> {
    let default =
        |name: &str| Some(home.join("context").join(name)).filter(|it| it.exists()).map(Location::Local);
    let file = |named: Option<String>, name: &str| match named {
        Some(named) => Location::named_from(folder, &named).map(Some).map_err(unusable),
        None => Ok(default(name)),
    };
    let reputation = match doc.reputation {
        Some(ReputationDoc::Services(services)) => services_of(services, folder)?,
        Some(ReputationDoc::File(_)) if is_listed_elsewhere => Vec::new(),
        Some(ReputationDoc::File(named)) => {
            let path = folder.join(named);
            let folder = path.parent().unwrap_or(folder);
            services_of(read_services(&path, &printable::path(&path), Origin::Local)?.0, folder)?
        }
        None => {
            let list = default("reputation.csv").map(|file| ("list".to_owned(), Service::list(file)));
            list.into_iter().collect()
        }
    };
    let place = |named: &String| Location::named_from(folder, named).map_err(unusable);
    let geo = match doc.geo {
        Some(Places::Several(several)) => several.iter().map(place).collect::<Result<_>>()?,
        Some(Places::One(named)) => vec![place(&named)?],
        None => default("iploc.csv").into_iter().collect(),
    };
    let lists = doc.codes.unwrap_or_default().into_iter();
    let codes = lists.map(|(list, named)| Ok((list, place(&named)?))).collect::<Result<_>>()?;
    Ok(ContextFiles {
        codes,
        cache: Some(home.join("data").join(".context")),
        ranges: file(doc.ranges, "ipranges.csv")?,
        names: file(doc.names, "networkcontext_1.csv")?,
        geo,
        reputation,
    })
}

/// Reads the file of reputation services that the settings name; `name` is its name in messages.
fn read_services(path: &Path, name: &str, origin: Origin) -> Result<ServicesDoc> {
    let doing = "reading the reputation services";
    let text = flow_oa_schema::files::read_document(path)
        .map_err(|error| Error::Configuration(format!("{doing} from {name}: {error}")))?;
    flow_oa_settings::reputation(name, &text, origin, &outside())
        .map_err(|faults| Error::Configuration(format!("{doing}:\n{faults}")))
}

/// The reputation services, in their order. Relative paths are relative to `folder`.
fn services_of(
    services: impl IntoIterator<Item = (String, ServiceDoc)>,
    folder: &Path,
) -> Result<Vec<(String, Service<Location>)>> {
    let list = |place: &str| Location::named_from(folder, place).map_err(unusable);
    let service = |(name, doc): (String, ServiceDoc)| {
        let fault = |reason: String| {
            Error::Configuration(format!("the settings: reputation service {name}: {reason}"))
        };
        let service = match doc {
            ServiceDoc::List(place) => Service::list(list(&place)?),
            // The check of the settings ensures that the kind and, for a list, the path are present.
            ServiceDoc::Declared(doc) => match (doc.kind_of(&name), &doc.path) {
                (Some(ServiceKind::List), Some(path)) => Service::List(list(path)?, ListOptions::of(&doc)),
                (Some(kind), _) => Service::Asked(Box::new(Asked::of(kind, &doc, folder).map_err(fault)?)),
                (None, _) => return Err(fault("its kind is missing".to_owned())),
            },
        };
        Ok((name, service))
    };
    services.into_iter().map(service).collect()
}

fn unusable(error: RemoteError) -> Error {
    Error::Configuration(format!("the settings: {error}"))
}

/// How remote files are read.
fn site(hdfs: HdfsDoc, downloads: DownloadsDoc, folder: &Path) -> std::result::Result<Site, RemoteError> {
    let default = Policy::default();
    let policy = Policy {
        connect: downloads.connect_seconds.map_or(default.connect, Duration::from_secs),
        stall: downloads.stall_seconds.map_or(default.stall, Duration::from_secs),
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

/// The compiled pipelines and their model.
#[derive(Debug)]
pub struct Deployment {
    /// The compiled schema.
    pub compiled: &'static flow_oa_core::Schema,
    /// The model, read back from the text from which it was compiled.
    pub model: model::Schema,
}

/// One pipeline of a deployment: its model and its compiled rows.
#[derive(Debug, Clone, Copy)]
pub struct Chosen<'a> {
    /// The model.
    pub model: &'a model::Pipeline,
    /// The compiled rows.
    pub compiled: &'static flow_oa_core::Pipeline,
    /// The fingerprint of the schema to which the pipeline belongs.
    pub fingerprint: &'a str,
}

impl Deployment {
    /// Reads the model from the embedded text.
    ///
    /// # Errors
    /// If the embedded text does not pass the schema check, which the build prevents.
    pub fn new(compiled: &'static flow_oa_core::Schema) -> Result<Self> {
        let files = Files::from_canonical(compiled.canonical)
            .map_err(|error| Error::Internal(format!("the embedded schema cannot be read: {error}")))?;
        let model = flow_oa_schema::check(&files).map_err(|faults| {
            Error::Internal(format!("the embedded schema does not pass the check:\n{faults}"))
        })?;
        Ok(Self { compiled, model })
    }

    /// The pipeline of that name; without a name, the only pipeline.
    ///
    /// # Errors
    /// If there is no pipeline of that name, or no name is given and there are several.
    pub fn choose(&self, name: Option<&str>) -> Result<Chosen<'_>> {
        let known = self.names();
        let name = match (name, self.compiled.pipelines) {
            (Some(name), _) => name,
            (None, [only]) => only.name,
            (None, _) => {
                return Err(Error::Usage(format!(
                    "--type, or `pipeline` in the settings, must say which pipeline is meant: {known}"
                )));
            }
        };
        let unknown = || {
            Error::Usage(format!(
                "--type: there is no pipeline \"{name}\"; this program was built with {known}"
            ))
        };
        self.named(name).ok_or_else(unknown)
    }

    /// The pipeline that the command line names; else that of the settings; else the only pipeline.
    ///
    /// # Errors
    /// As [`Deployment::choose`], and if the settings name a pipeline that does not exist.
    pub fn choose_for(&self, name: Option<&str>, settings: &Settings) -> Result<Chosen<'_>> {
        let Some(default) = settings.pipeline.as_deref().filter(|_| name.is_none()) else {
            return self.choose(name);
        };
        let known = self.names();
        self.named(default).ok_or_else(|| {
            Error::Configuration(format!(
                "the settings: pipeline: there is no pipeline \"{default}\"; this program was built with {known}"
            ))
        })
    }

    fn named(&self, name: &str) -> Option<Chosen<'_>> {
        let (model, compiled) = (self.model.pipeline(name)?, self.compiled.pipeline(name)?);
        Some(Chosen { model, compiled, fingerprint: &self.model.fingerprint })
    }

    /// The names of all pipelines.
    fn names(&self) -> String {
        self.compiled.pipelines.iter().map(|it| it.name).collect::<Vec<_>>().join(", ")
    }
}

impl Chosen<'_> {
    /// A day of the pipeline, for claims and messages.
    pub fn day(&self, day: flow_oa_core::Date) -> String {
        format!("{} of {day}", self.model.name)
    }

    /// The compiled table of that name.
    ///
    /// # Errors
    /// If the model and the compiled rows do not match, which the build prevents.
    pub fn table(&self, name: &str) -> Result<&'static flow_oa_core::Table> {
        let found = self.compiled.tables.iter().find(|table| table.name == name).copied();
        found.ok_or_else(|| Error::Internal(format!("the table {name:?} was not compiled")))
    }
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
