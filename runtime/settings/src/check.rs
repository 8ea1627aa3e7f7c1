//! Checks the settings of a deployment.

use crate::hidden::{Holder, hidden};
use crate::{Places, ReputationDoc, SettingsDoc};
use flow_oa_schema::diagnostics::Faults;
use flow_oa_schema::tree::Step;
use flow_oa_schema::{Code, path};

/// Checks that need knowledge outside this crate.
pub struct Outside<'a> {
    /// Whether a time zone of that name exists.
    pub is_zone: &'a dyn Fn(&str) -> bool,
    /// The error in a path or URL of a file; `None` if it is valid.
    pub fault_of_place: &'a dyn Fn(&str) -> Option<String>,
    /// Whether a path or URL names a file on this machine.
    pub is_local: &'a dyn Fn(&str) -> bool,
}

/// The origin of a file of services, which decides what it may declare.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A file on this machine.
    Local,
    /// A URL. Its server must not be able to run programs here, or to read files and variables.
    Remote,
}

/// Parses and checks the settings `text`. Messages call the file `path`.
///
/// # Errors
/// All errors, sorted by position.
pub fn settings(path: &str, text: &str, outside: &Outside<'_>) -> Result<SettingsDoc, Faults> {
    checked(path, text, outside).map_err(|faults| hidden(faults, Holder::Settings))
}

fn checked(path: &str, text: &str, outside: &Outside<'_>) -> Result<SettingsDoc, Faults> {
    let (doc, file) = flow_oa_schema::check::read_document::<SettingsDoc>(path, text)?;
    let mut faults = Faults::default();
    for (place, here) in places(&doc) {
        if let Some(message) = (outside.fault_of_place)(place) {
            faults.add(Code::Settings, &file, here, message);
        }
    }
    if let Some(zone) = doc.time_zone.as_ref().filter(|time_zone| !(outside.is_zone)(time_zone)) {
        let message =
            format!("the IANA database has no zone `{zone}`; expected a name such as `Europe/Paris`");
        faults.add(Code::Settings, &file, path!["time_zone"], message);
    }
    if let Some(ReputationDoc::Services(services)) =
        doc.context.as_ref().and_then(|it| it.reputation.as_ref())
    {
        let here = path!["context", "reputation"];
        crate::services_check::services(&file, &here, services, outside, Origin::Local, &mut faults);
    }
    if faults.is_empty() {
        return Ok(doc);
    }
    faults.sort();
    Err(faults)
}

/// Every path or URL, with its position.
fn places(doc: &SettingsDoc) -> Vec<(&str, Vec<Step>)> {
    let context = doc.context.as_ref();
    let single = [
        (doc.results_root.as_ref(), path!["results_root"]),
        (context.and_then(|it| it.ranges.as_ref()), path!["context", "ranges"]),
        (context.and_then(|it| it.names.as_ref()), path!["context", "names"]),
    ];
    let listed = match context.and_then(|it| it.reputation.as_ref()) {
        Some(ReputationDoc::File(place)) => Some((place.as_str(), path!["context", "reputation"])),
        _ => None,
    };
    let geo = match context.and_then(|it| it.geo.as_ref()) {
        None => Vec::new(),
        Some(Places::One(place)) => vec![(place.as_str(), path!["context", "geo"])],
        Some(Places::Several(places)) => {
            let here = |index| [path!["context", "geo"], vec![Step::Index(index)]].concat();
            places.iter().enumerate().map(|(index, place)| (place.as_str(), here(index))).collect()
        }
    };
    let codes = context.and_then(|it| it.codes.as_ref()).into_iter().flatten();
    let codes = codes.map(|(list, place)| {
        (place.as_str(), [path!["context", "codes"], vec![Step::Key(list.clone())]].concat())
    });
    let single = single.into_iter().filter_map(|(place, here)| Some((place?.as_str(), here)));
    single.chain(geo).chain(codes).chain(listed).collect()
}
