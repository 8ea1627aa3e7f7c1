//! One request and its response: sends it, follows redirects, and distinguishes transient from permanent failures. The
//! caller decides what a response means beyond its status.

use std::borrow::Cow;
use std::io::{self, Read};
use std::time::SystemTime;

use base64::Engine as _;
use ureq::http::{Request, Response, StatusCode, header};
use ureq::{AsSendBody, Body, SendBody};

use crate::attempt::{Fault, retry_after};
use crate::connections::{Connections, Reach};
use crate::error::RemoteError;
use crate::file::Here;
use crate::url::{Scheme, Url};
use flow_oa_core::masked;

/// The body of a request.
#[derive(Clone, Copy)]
pub(crate) enum Load<'a> {
    Nothing,
    Bytes(&'a [u8]),
    File(&'a Here<'a>, u64),
}

#[derive(Clone)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(Cow<'a, str>, String)>,
    pub(crate) load: Load<'a>,
    pub(crate) reach: Reach,
}

impl Ask<'_> {
    pub(crate) fn get(url: Url, reach: Reach) -> Self {
        Self { method: "GET", url, headers: Vec::new(), load: Load::Nothing, reach }
    }
}

/// A response, and the URL of the server that sent it after all redirects.
pub(crate) struct Answer {
    pub(crate) url: Url,
    pub(crate) response: Response<Body>,
}

/// The most redirects that are followed.
const REDIRECTS: u32 = 5;

/// Sends a request, and follows redirects.
pub(crate) fn ask(connections: &Connections, mut ask: Ask<'_>) -> Result<Answer, Fault> {
    let mut followed = 0;
    loop {
        let answer = once(connections, &ask)?;
        let Some(next) = redirect(&answer)? else { return Ok(answer) };
        followed += 1;
        if followed > REDIRECTS {
            let found = format!("it sends on more than {REDIRECTS} times, last to {next}");
            return Err(unavailable(&answer.url, found).into());
        }
        ask.url = next;
    }
}

/// Sends a request once; a redirect is returned as a response.
pub(crate) fn once(connections: &Connections, ask: &Ask<'_>) -> Result<Answer, Fault> {
    let url = &ask.url;
    // A loopback address is never reached through a proxy.
    let reach = if url.at.is_here() { Reach::Direct } else { ask.reach };
    let agent = connections.agent(url.scheme == Scheme::Https, reach)?;
    let mut request = Request::builder().method(ask.method).uri(url.to_send());
    if let Some((name, password)) = &url.user {
        let pair = base64::engine::general_purpose::STANDARD.encode(format!("{name}:{password}"));
        request = request.header(header::AUTHORIZATION, format!("Basic {pair}"));
    }
    for (name, value) in &ask.headers {
        request = request.header(&**name, value);
    }
    let done = match ask.load {
        Load::Nothing if ask.method == "PUT" => agent.run(built(request.body(&[][..]), url)?),
        Load::Nothing => agent.run(built(request.body(()), url)?),
        Load::Bytes(bytes) => agent.run(built(request.body(bytes), url)?),
        Load::File(here, bytes) => {
            let mut reader = sent(connections, here, bytes)?;
            let request = request.header(header::CONTENT_LENGTH, bytes);
            agent.run(built(request.body(SendBody::from_reader(&mut reader)), url)?)
        }
    };
    let response = done.map_err(|error| unanswered(url, &error).unless_stopped(&*connections.watch))?;
    Ok(Answer { url: url.clone(), response })
}

/// A local file as the body of a request.
fn sent<'a>(
    connections: &'a Connections,
    from: &'a Here<'a>,
    bytes: u64,
) -> Result<impl Read + 'a, RemoteError> {
    from.rewound().map_err(|error| from.fault(error))?;
    connections.watch.starts(Some(bytes));
    Ok(Sent { connections, file: from.file.take(bytes) })
}

struct Sent<'a> {
    connections: &'a Connections,
    file: io::Take<&'a std::fs::File>,
}

impl Read for Sent<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.connections.watch.moved(read as u64);
        Ok(read)
    }
}

fn built<B: AsSendBody>(
    request: Result<Request<B>, ureq::http::Error>,
    url: &Url,
) -> Result<Request<B>, RemoteError> {
    request.map_err(|error| RemoteError::Configuration(format!("{url}: it cannot be asked for: {error}")))
}

/// The target of a redirect, or `None` if the response is not a redirect.
pub(crate) fn redirect(answer: &Answer) -> Result<Option<Url>, Fault> {
    let url = &answer.url;
    if !matches!(answer.response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
        return Ok(None);
    }
    let location = answer
        .header("location")
        .filter(|location| !location.is_empty())
        .ok_or("without Location".to_owned());
    let next = location.and_then(|location| url.follow(&location)).map_err(|reason| {
        unavailable(url, format!("it sends on to nowhere ({}): {reason}", answer.status()))
    })?;
    if url.scheme == Scheme::Https && next.scheme == Scheme::Http {
        let found = format!(
            "it sends on to {next}, which is not encrypted, and that is refused; name that URL if it is meant"
        );
        return Err(unavailable(url, found).into());
    }
    Ok(Some(next))
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.response
            .headers()
            .get(name)
            .map(|header| String::from_utf8_lossy(header.as_bytes()).into_owned())
    }

    /// The status with its reason phrase: `503 Service Unavailable`.
    pub(crate) fn status(&self) -> String {
        let status = self.response.status();
        format!("{} {}", status.as_str(), status.canonical_reason().unwrap_or_default()).trim_end().to_owned()
    }

    /// The failure that a response without the requested content stands for.
    pub(crate) fn refusal(&self) -> Fault {
        let (url, found) = (self.url.to_string(), format!("the server answered {}", self.status()));
        match self.response.status() {
            StatusCode::NOT_FOUND | StatusCode::GONE => RemoteError::NotFound { url, found }.into(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN | StatusCode::PROXY_AUTHENTICATION_REQUIRED => {
                RemoteError::Denied { url, found: format!("{found}; {}", self.advice()) }.into()
            }
            status if status.is_server_error() || matches!(status.as_u16(), 408 | 429) => {
                let wait = self.header("retry-after").and_then(|text| retry_after(&text, SystemTime::now()));
                Fault::Passing { error: RemoteError::Unavailable { url, found }, wait }
            }
            _ => RemoteError::Unavailable { url, found }.into(),
        }
    }

    /// What to do if the server requires authentication.
    fn advice(&self) -> &'static str {
        let schemes = self.header("www-authenticate").unwrap_or_default().to_ascii_lowercase();
        if schemes.contains("negotiate") {
            "it wants Kerberos (SPNEGO), which flow-oa does not speak: copy the file with a program that does, such as \
             `hdfs dfs -get`, or name a gateway that takes other users"
        } else if schemes.contains("basic") {
            "it wants user and password, as in https://USER:PASSWORD@HOST/PATH"
        } else {
            "see who may read it there"
        }
    }
}

pub(crate) fn unavailable(url: &Url, found: String) -> RemoteError {
    RemoteError::Unavailable { url: url.to_string(), found }
}

/// The failure for a missing response: no connection, a stall, an untrusted certificate, or not HTTP.
fn unanswered(url: &Url, error: &ureq::Error) -> Fault {
    match error {
        ureq::Error::Timeout(which) => {
            Fault::passing(unavailable(url, format!("nothing came in time ({which})")))
        }
        ureq::Error::HostNotFound => {
            Fault::passing(unavailable(url, format!("the host {} has no address", url.at.host)))
        }
        ureq::Error::Io(error) if trust(error).is_none() && error.kind() != io::ErrorKind::InvalidData => {
            Fault::passing(unavailable(url, format!("no answer: {error}")))
        }
        ureq::Error::Io(error) => untrusted(url, &trust(error).unwrap_or_else(|| error.to_string())).into(),
        ureq::Error::Rustls(error) => untrusted(url, &error.to_string()).into(),
        ureq::Error::Tls(error) => untrusted(url, error).into(),
        // Some messages quote URLs: of the request, or of a proxy from the environment.
        other => {
            let said = masked(&other.to_string());
            unavailable(url, format!("what answers there is no HTTP server: {said}")).into()
        }
    }
}

/// The TLS error, if it caused an error of a connection.
fn trust(error: &io::Error) -> Option<String> {
    error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()).map(ToString::to_string)
}

fn untrusted(url: &Url, said: &str) -> RemoteError {
    unavailable(
        url,
        format!(
            "no encrypted connection: {said}; where its certificate is of the site's own authority, name that one's \
             file in the settings (downloads, certificates)"
        ),
    )
}
