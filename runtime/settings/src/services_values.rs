//! Checks the values of a reputation service. Each error has its position within the service.

use crate::{
    ADDRESS_HERE, DeclaredDoc, KeptDoc, Outside, QUERY_HERE, SECRET_HERE, SecretDoc, ServiceDoc, ServiceKind,
    range_of,
};
use flow_oa_schema::path;
use flow_oa_schema::tree::Step;

type Wrong = Vec<(Vec<Step>, String)>;

/// Checks the values for a service of that kind. A message never contains a value that may be secret.
pub(crate) fn wrong_values(kind: ServiceKind, doc: &DeclaredDoc, outside: &Outside<'_>) -> Wrong {
    match kind {
        ServiceKind::List => Vec::new(),
        ServiceKind::Gti => of_gti(doc),
        ServiceKind::Fb => of_fb(doc, outside),
        ServiceKind::Http => of_http(doc, outside),
    }
}

/// The programs that a service would start and the files and variables that it would read on this machine. They are
/// refused in a file that comes from a URL. Each error has the keys of its position.
pub(crate) fn of_this_machine<'a>(
    name: &str,
    service: &'a ServiceDoc,
    outside: &Outside<'_>,
) -> Vec<(Vec<&'a str>, String)> {
    const DECLARE: &str = "declare it in a file of this machine";
    let no_file = |place: &str| {
        (outside.is_local)(place).then(|| {
            format!(
                "services that come from a URL can name no file of this machine: name a URL, or {DECLARE}"
            )
        })
    };
    let doc = match service {
        ServiceDoc::List(place) => {
            return no_file(place).map(|message| (vec![], message)).into_iter().collect();
        }
        ServiceDoc::Declared(doc) => doc,
    };
    if doc.kind_of(name) == Some(ServiceKind::Gti) {
        let message = format!(
            "services that come from a URL can start no program, as a service of kind `gti` does: {DECLARE}"
        );
        return vec![(vec![], message)];
    }
    let secrets = doc.secrets().into_iter().filter_map(|(at, secret)| {
        let what = match secret {
            SecretDoc::Text(_) => return None,
            SecretDoc::Kept(KeptDoc::Env(_)) => "read no variable of the environment",
            SecretDoc::Kept(KeptDoc::File(_)) => "read no file of this machine",
            SecretDoc::Kept(KeptDoc::Command(_)) => "start no program",
        };
        Some((at, format!("services that come from a URL can {what}: {DECLARE}")))
    });
    let list = doc.path.as_ref().and_then(|path| no_file(path)).map(|message| (vec!["path"], message));
    secrets.chain(list).collect()
}

fn of_gti(doc: &DeclaredDoc) -> Wrong {
    let texts = [("server", &doc.server), ("user", &doc.user), ("refclient", &doc.refclient)];
    let empty =
        texts.into_iter().filter(|(_, text)| text.as_ref().is_some_and(|text| text.trim().is_empty()));
    let mut wrong: Wrong =
        empty.map(|(key, _)| (path![key], format!("`{key}` is empty, so it cannot be used"))).collect();
    if doc.ci.as_ref().is_some_and(|ci| !ci.contains(QUERY_HERE)) {
        let message = format!("expected JSON with {QUERY_HERE} where the addresses belong, found none");
        wrong.push((path!["ci"], message));
    }
    wrong
}

fn of_fb(doc: &DeclaredDoc, outside: &Outside<'_>) -> Wrong {
    let mut wrong = Vec::new();
    if let Some(version) = &doc.version
        && (version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.'))
    {
        wrong.push((path!["version"], format!("expected one such as v24.0, found `{version}`")));
    }
    let url = doc.url.as_ref().and_then(|url| fault_of_url(url, outside));
    wrong.extend(url.map(|message| (path!["url"], message)));
    wrong
}

fn of_http(doc: &DeclaredDoc, outside: &Outside<'_>) -> Wrong {
    let mut wrong = Vec::new();
    if let Some(url) = &doc.url {
        wrong.extend(of_template(url, doc, outside));
    }
    for name in doc.headers.iter().flatten().map(|(name, _)| name).filter(|name| !is_header(name)) {
        let at = vec![Step::Key("headers".to_owned()), Step::KeyOf(name.clone())];
        let message =
            "a header's name is made of letters, digits and `-`, and its text is the value behind the name";
        wrong.push((at, message.to_owned()));
    }
    if let Some(pointer) = doc.verdict.as_ref().filter(|verdict| !verdict.starts_with('/')) {
        let message = format!("expected a JSON Pointer such as /data/score, found `{pointer}`");
        wrong.push((path!["verdict"], message));
    }
    for meaning in doc.meanings.iter().flatten().map(|(meaning, _)| meaning) {
        if range_of(meaning).is_some_and(|(low, high)| low > high) {
            let at = vec![Step::Key("meanings".to_owned()), Step::KeyOf(meaning.clone())];
            wrong.push((at, format!("the range `{meaning}` ends before it starts: exchange its ends")));
        }
    }
    wrong
}

/// Checks that the URL is valid, and that it has a placeholder for the address and, if there is a secret, for the
/// secret.
fn of_template(url: &str, doc: &DeclaredDoc, outside: &Outside<'_>) -> Wrong {
    let mut wrong = Vec::new();
    if !url.contains(ADDRESS_HERE) {
        let message = format!("expected {ADDRESS_HERE} where the address belongs, found none");
        wrong.push((path!["url"], message));
    }
    let example = url.replace(ADDRESS_HERE, "192.0.2.1").replace(SECRET_HERE, "x");
    wrong.extend(fault_of_url(&example, outside).map(|message| (path!["url"], message)));
    match (url.contains(SECRET_HERE), &doc.secret) {
        (true, None) => {
            let message = format!("`secret` says what belongs at `{SECRET_HERE}`, and is missing here");
            wrong.push((path!["url"], message));
        }
        (false, Some(_)) => {
            let message = format!("`{SECRET_HERE}` is missing in `url`: write it where the secret belongs");
            wrong.push((vec![Step::KeyOf("secret".to_owned())], message));
        }
        _ => {}
    }
    wrong
}

fn fault_of_url(url: &str, outside: &Outside<'_>) -> Option<String> {
    if !(url.starts_with("http://") || url.starts_with("https://")) {
        return Some("expected a URL that begins with http:// or https://".to_owned());
    }
    (outside.fault_of_place)(url)
}

/// Whether the name is a token of HTTP (RFC 9110, 5.6.2).
fn is_header(name: &str) -> bool {
    let may_be = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty() && name.bytes().all(may_be)
}
