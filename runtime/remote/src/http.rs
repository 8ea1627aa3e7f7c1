//! Reads a file from a web server by one conditional GET.

use ureq::http::StatusCode;

use crate::attempt::Fault;
use crate::connections::{Connections, Reach};
use crate::exchange::{Answer, Ask, ask};
use crate::file::{Fetched, Here, Version};
use crate::receive::receive;
use crate::url::Url;

pub(crate) fn fetch(
    connections: &Connections,
    url: &Url,
    into: &Here<'_>,
    known: Option<&Version>,
) -> Result<Fetched, Fault> {
    let mut asked = Ask::get(url.clone(), Reach::ByProxies);
    if let Some(Version::Http { etag, modified }) = known {
        let conditions = [("If-None-Match", etag), ("If-Modified-Since", modified)];
        asked
            .headers
            .extend(conditions.into_iter().filter_map(|(name, value)| Some((name.into(), value.clone()?))));
    }
    let is_conditional = !asked.headers.is_empty();
    let answer = ask(connections, asked)?;
    match answer.response.status() {
        StatusCode::OK => {
            let version = version(&answer);
            let bytes = receive(connections, answer, into, None)?;
            Ok(Fetched::Whole { version, bytes })
        }
        StatusCode::NOT_MODIFIED if is_conditional => Ok(Fetched::Unchanged),
        _ => Err(answer.refusal()),
    }
}

fn version(answer: &Answer) -> Option<Version> {
    let (etag, modified) = (answer.header("etag"), answer.header("last-modified"));
    (etag.is_some() || modified.is_some()).then_some(Version::Http { etag, modified })
}
