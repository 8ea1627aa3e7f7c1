//! Can the settings of a deployment be used?

use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::SettingsDoc;
use crate::path;
use crate::tree::Step;

/// Reads and checks the settings `text`, which messages call `path`. `is_zone` says whether a name is one
/// of a time zone; this crate knows none.
///
/// # Errors
/// Every fault, sorted by position.
pub fn settings(path: &str, text: &str, is_zone: impl Fn(&str) -> bool) -> Result<SettingsDoc, Faults> {
    let (doc, file) = super::read_document::<SettingsDoc>(path, text)?;
    let mut faults = Faults::default();
    if let Some(zone) = doc.time_zone.as_ref().filter(|it| !is_zone(it)) {
        let message =
            format!("the IANA database has no zone `{zone}`; expected a name such as `Europe/Paris`");
        faults.add(Code::Settings, &file, path!["time_zone"], message);
    }
    let services = doc.context.as_ref().and_then(|it| it.reputation.as_ref());
    for service in services.into_iter().flatten().map(|(name, _)| name).filter(|it| !is_service(it)) {
        let here = [path!["context", "reputation"], vec![Step::KeyOf(service.clone())]].concat();
        let message = "a service's name is made of letters, digits, `-` and `_`";
        faults.add(Code::Settings, &file, here, message);
    }
    if faults.is_empty() {
        return Ok(doc);
    }
    faults.sort();
    Err(faults)
}

fn is_service(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'_' || it == b'-')
}
