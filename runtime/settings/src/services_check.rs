//! Checks the reputation services of a deployment: whether the keys belong to the kind of the service, and whether
//! their values are valid.

use std::sync::Arc;

use indexmap::IndexMap;

use crate::hidden::{Holder, hidden};
use crate::services_values::{of_this_machine, wrong_values};
use crate::{DeclaredDoc, Origin, Outside, ServiceDoc, ServiceKind, ServicesDoc};
use flow_oa_schema::Code;
use flow_oa_schema::diagnostics::{Faults, SourceFile};
use flow_oa_schema::tree::Step;

/// Parses and checks a file of services. Messages call the file `path`.
///
/// # Errors
/// All errors, sorted by position.
pub fn reputation(
    path: &str,
    text: &str,
    origin: Origin,
    outside: &Outside<'_>,
) -> Result<ServicesDoc, Faults> {
    checked(path, text, origin, outside).map_err(|faults| hidden(faults, Holder::Services))
}

fn checked(path: &str, text: &str, origin: Origin, outside: &Outside<'_>) -> Result<ServicesDoc, Faults> {
    let (doc, file) = flow_oa_schema::check::read_document::<ServicesDoc>(path, text)?;
    let mut faults = Faults::default();
    services(&file, &[], &doc.0, outside, origin, &mut faults);
    if faults.is_empty() {
        return Ok(doc);
    }
    faults.sort();
    Err(faults)
}

/// Checks the services at the position `here`.
pub(crate) fn services(
    file: &Arc<SourceFile>,
    here: &[Step],
    services: &IndexMap<String, ServiceDoc>,
    outside: &Outside<'_>,
    origin: Origin,
    faults: &mut Faults,
) {
    for (name, service) in services {
        let key = [here, &[Step::KeyOf(name.clone())]].concat();
        let at = [here, &[Step::Key(name.clone())]].concat();
        if !is_service(name) {
            let message = "a service's name is made of letters, digits, `-` and `_`";
            faults.add(Code::Settings, file, key.clone(), message);
        }
        let place = match service {
            ServiceDoc::List(place) => Some((place, at.clone())),
            ServiceDoc::Declared(doc) => {
                for (within, message) in wrong_keys(name, doc) {
                    let at = within
                        .map_or(key.clone(), |within| [&at[..], &[Step::KeyOf(within.to_owned())]].concat());
                    faults.add(Code::Settings, file, at, message);
                }
                for (within, message) in
                    doc.kind_of(name).map(|kind| wrong_values(kind, doc, outside)).unwrap_or_default()
                {
                    faults.add(Code::Settings, file, [&at[..], &within].concat(), message);
                }
                doc.path.as_ref().map(|path| (path, [&at[..], &[Step::Key("path".to_owned())]].concat()))
            }
        };
        if origin == Origin::Remote {
            for (within, message) in of_this_machine(name, service, outside) {
                let within: Vec<Step> = within.into_iter().map(|key| Step::Key(key.to_owned())).collect();
                faults.add(Code::Settings, file, [&at[..], &within].concat(), message);
            }
        }
        if let Some((place, at)) = place
            && let Some(message) = (outside.fault_of_place)(place)
        {
            faults.add(Code::Settings, file, at, message);
        }
    }
}

fn is_service(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-')
}

impl DeclaredDoc {
    /// The kind of the service of that name. `None` if neither `kind` nor the name specifies a kind.
    pub fn kind_of(&self, name: &str) -> Option<ServiceKind> {
        self.kind.or(match name {
            "list" => Some(ServiceKind::List),
            "gti" => Some(ServiceKind::Gti),
            "fb" => Some(ServiceKind::Fb),
            "http" => Some(ServiceKind::Http),
            _ => None,
        })
    }

    /// The keys that only some kinds have, and whether they are present.
    fn keys(&self) -> [(&'static str, bool); 20] {
        [
            ("path", self.path.is_some()),
            ("format", self.format.is_some()),
            ("label", self.label.is_some()),
            ("thresholds", self.thresholds.is_some()),
            ("server", self.server.is_some()),
            ("user", self.user.is_some()),
            ("password", self.password.is_some()),
            ("password_variable", self.password_variable.is_some()),
            ("ci", self.ci.is_some()),
            ("refclient", self.refclient.is_some()),
            ("category_file", self.category_file.is_some()),
            ("app_id", self.app_id.is_some()),
            ("app_secret", self.app_secret.is_some()),
            ("version", self.version.is_some()),
            ("url", self.url.is_some()),
            ("secret", self.secret.is_some()),
            ("headers", self.headers.is_some()),
            ("verdict", self.verdict.is_some()),
            ("meanings", self.meanings.is_some()),
            ("not_found", self.not_found.is_some()),
        ]
    }

    /// The keys of all services that are queried, and whether they are present.
    fn asked_keys(&self) -> [(&'static str, bool); 6] {
        [
            ("required", self.required.is_some()),
            ("cache_hours", self.cache_hours.is_some()),
            ("requests_per_run", self.requests_per_run.is_some()),
            ("requests_per_minute", self.requests_per_minute.is_some()),
            ("timeout_seconds", self.timeout_seconds.is_some()),
            ("tries", self.tries.is_some()),
        ]
    }
}

/// The name of a kind, its required keys, and its optional keys.
fn keys_of(kind: ServiceKind) -> (&'static str, &'static [&'static str], &'static [&'static str]) {
    match kind {
        ServiceKind::List => ("list", &["path"], &["format", "label", "thresholds"]),
        ServiceKind::Gti => (
            "gti",
            &["server", "user", "password", "ci", "refclient"],
            &["password_variable", "category_file"],
        ),
        ServiceKind::Fb => ("fb", &["app_id", "app_secret"], &["version", "url"]),
        ServiceKind::Http => ("http", &["url", "verdict", "meanings"], &["secret", "headers", "not_found"]),
    }
}

/// Missing keys (reported at the service) and keys that do not belong to the kind (reported at the key).
fn wrong_keys(name: &str, doc: &DeclaredDoc) -> Vec<(Option<&'static str>, String)> {
    let Some(kind) = doc.kind_of(name) else {
        let message = "say what it is: `kind` is `list`, `gti`, `fb` or `http`".to_owned();
        return vec![(None, message)];
    };
    let (word, required, optional) = keys_of(kind);
    let keys = doc.keys();
    let missing = required.iter().filter(|key| keys.contains(&(**key, false)));
    let missing = missing.map(|missing| {
        (None, format!("`{missing}` is missing here, which a service of kind `{word}` needs"))
    });
    let asked = doc.asked_keys();
    let asked = asked.iter().filter(|_| kind == ServiceKind::List);
    let others = keys.iter().filter(|(key, _)| !required.contains(key) && !optional.contains(key));
    let superfluous = others.chain(asked).filter(|(_, is_there)| *is_there);
    let superfluous = superfluous
        .map(|(key, _)| (Some(*key), format!("a service of kind `{word}` has no `{key}`: remove it")));
    missing.chain(superfluous).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str, origin: Origin) -> Vec<String> {
        let outside = Outside {
            is_zone: &|_| true,
            fault_of_place: &|place| place.contains('!').then(|| "no place".to_owned()),
            is_local: &|place| !place.contains("://"),
        };
        match reputation("services.json", text, origin, &outside) {
            Ok(_) => Vec::new(),
            Err(faults) => faults.list().iter().map(|it| it.message.clone()).collect(),
        }
    }

    #[test]
    fn a_file_of_spot_loads_and_the_order_is_kept() {
        let text = r#"{"gti": {"server": "s", "user": "u", "password": "p", "ci": "[###QUERY###]", "refclient": "r", "category_file": "c"},
            "fb": {"app_id": "1", "app_secret": "2"}, "a": "list.csv"}"#;
        let outside = Outside { is_zone: &|_| true, fault_of_place: &|_| None, is_local: &|_| true };
        let doc = reputation("reputation_config.json", text, Origin::Local, &outside).unwrap();
        assert_eq!(doc.0.keys().collect::<Vec<_>>(), ["gti", "fb", "a"]);
        assert!(!format!("{doc:?}").contains("\"p\""), "secrets are not shown");
    }

    #[test]
    fn every_key_that_is_missing_or_out_of_place_is_named() {
        for (text, expected) in [
            (r#"{"own": {"url": "http://a/{address}"}}"#, &["say what it is"][..]),
            (r#"{"fb": {"app_id": "1", "ci": "x"}}"#, &["`app_secret` is missing", "has no `ci`"]),
            (r#"{"list": {"path": "a", "required": true}}"#, &["has no `required`"]),
            (r#"{"a b": "x!"}"#, &["a service's name", "no place"]),
            (r#"{"list": {"path": "a", "not_found": "LOW"}}"#, &["has no `not_found`"]),
            (r#"{"list": {"path": "a", "label": "WORST"}}"#, &["`WORST` is not one of"]),
            (r#"{"fb": {"app_id": {"evn": "A"}, "app_secret": "x"}}"#, &["expected one of"]),
            (
                r#"{"fb": {"app_id": "1", "app_secret": "x", "version": "24/0", "url": "ftp://a"}}"#,
                &["such as v24.0, found `24/0`", "http:// or https://"],
            ),
            (
                r#"{"gti": {"server": " ", "user": "u", "password": "p", "ci": "{}", "refclient": ""}}"#,
                &["`server` is empty", "###QUERY###", "`refclient` is empty"],
            ),
            (
                r#"{"x": {"kind": "http", "url": "http://a/", "headers": {"a b": "c"}, "verdict": "v",
                "meanings": {"2..1": "LOW", "1..2": "LOW"}}}"#,
                &["{address}", "a header's name", "a JSON Pointer", "ends before it starts"],
            ),
            (
                r#"{"x": {"kind": "http", "url": "ftp://a/{address}", "secret": "s", "verdict": "/v", "meanings": {}}}"#,
                &["http:// or https://", "`{secret}` is missing in `url`"],
            ),
            (
                r#"{"x": {"kind": "http", "url": "http://a!/{secret}/{address}", "verdict": "/v", "meanings": {}}}"#,
                &["no place", "`secret` says what belongs at `{secret}`"],
            ),
        ] {
            let found = faults(text, Origin::Local);
            assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
            assert!(
                found.iter().zip(expected).all(|(fault, part)| fault.contains(part)),
                "{text}: {found:?}"
            );
        }
    }
    #[test]
    fn a_file_from_a_url_names_nothing_of_this_machine() {
        let http = |more: &str| {
            format!(
                r#"{{"x": {{"kind": "http", "url": "http://a/{{address}}", "verdict": "/v", "meanings": {{}}{more}}}}}"#
            )
        };
        for (text, expected) in [
            (
                r#"{"gti": {"server": "s", "user": "u", "password": "p", "ci": "[###QUERY###]", "refclient": "r"}}"#.to_owned(),
                "a service of kind `gti`",
            ),
            (r#"{"fb": {"app_id": {"env": "HOME"}, "app_secret": "x"}}"#.to_owned(), "no variable"),
            (r#"{"fb": {"app_id": "1", "app_secret": {"file": "/etc/passwd"}}}"#.to_owned(), "no file"),
            (http(r#", "headers": {"Key": {"command": ["id"]}}"#), "no program"),
            (r#"{"fb": {"app_id": "1", "app_secret": {"command": ["id"]}}}"#.to_owned(), "no program"),
            (r#"{"list": {"path": "/etc/passwd"}}"#.to_owned(), "no file"),
            (r#"{"own": "../list.csv"}"#.to_owned(), "no file"),
        ] {
            let found = faults(&text, Origin::Remote);
            assert!(found.len() == 1 && found[0].contains(expected), "{text}: {found:?}");
            assert!(faults(&text, Origin::Local).is_empty(), "{text}");
        }
        for text in [
            http(r#", "headers": {"Key": "text"}"#),
            r#"{"fb": {"app_id": "1", "app_secret": "x"}, "own": "https://a/list.csv", "list": {"path": "http://a/l"}}"#
                .to_owned(),
        ] {
            assert!(faults(&text, Origin::Remote).is_empty(), "{text}");
        }
    }
}
