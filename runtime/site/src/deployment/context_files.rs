//! The context files and reputation services that the settings name, and the default files in the home.

use std::path::Path;

use flow_oa_context::{Asked, ContextFiles, ListOptions, Service};
use flow_oa_core::Zone;
use flow_oa_remote::{Location, Remote, RemoteError};
use flow_oa_schema::printable;
use flow_oa_settings::{
    ContextDoc, Origin, Outside, Places, ReputationDoc, ServiceDoc, ServiceKind, ServicesDoc,
};

use crate::error::{Error, Result};

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

    /// The same list, without services that are queried.
    pub(super) fn files_alone(self) -> Self {
        Self { which: Which::Files, ..self }
    }
}

/// The remote list of reputation services that the settings name by a URL, if any.
pub(super) fn listed(context: &ContextDoc, folder: &Path) -> Result<Option<Listed>> {
    let Some(ReputationDoc::File(named)) = &context.reputation else { return Ok(None) };
    Ok(match Location::named_from(folder, named).map_err(unusable)? {
        Location::Local(_) => None,
        Location::Remote(place) => Some(Listed { place, which: Which::All }),
    })
}

/// The files that the settings name, which must exist, and those default files that exist.
pub(super) fn context_files(
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

/// What the settings refer to outside their file.
pub(super) fn outside() -> Outside<'static> {
    Outside {
        is_zone: &|name| Zone::named(name).is_some(),
        fault_of_place: &|place| Location::named(Path::new(place)).err().map(|it| it.to_string()),
        is_local: &|place| matches!(Location::named(Path::new(place)), Ok(Location::Local(_))),
    }
}

pub(super) fn unusable(error: RemoteError) -> Error {
    Error::Configuration(format!("the settings: {error}"))
}
