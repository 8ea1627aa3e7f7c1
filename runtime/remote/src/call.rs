//! A request to a web service, with the response in memory. The body may be secret, so it is sent only to the named
//! server.

use std::borrow::Cow;

use crate::attempt::Fault;
use crate::client::Client;
use crate::connections::{Connections, Reach};
use crate::error::{RemoteError, Result};
use crate::exchange::{Answer, Ask, Load, once, redirect, unavailable};
use crate::url::{Url, without_secrets};

/// A request that may be repeated without harm.
#[derive(Clone, Default)]
pub struct Call {
    /// The URL; its path and query are shown in messages.
    pub url: String,
    /// Names and values of headers, which may be secret.
    pub headers: Vec<(String, String)>,
    /// The body of a POST, which may be secret; `None` for a GET.
    pub body: Option<Vec<u8>>,
}

/// The most redirects that are followed.
const REDIRECTS: u32 = 5;

impl Client {
    /// Sends the request, and retries transient failures. Returns the body of a 2xx response.
    ///
    /// # Errors
    /// See [`RemoteError`]; no message contains a header or the body of the request.
    pub fn call(&self, call: &Call) -> Result<Vec<u8>> {
        let url = Url::parse(&call.url).map_err(|error| {
            RemoteError::Configuration(format!("{}: {error}", without_secrets(&call.url)))
        })?;
        self.connections.persist(|| answered(&self.connections, &url, call))
    }
}

fn answered(connections: &Connections, url: &Url, call: &Call) -> std::result::Result<Vec<u8>, Fault> {
    let mut ask = Ask::get(url.clone(), Reach::ByProxies);
    ask.headers = call.headers.iter().map(|(name, value)| (Cow::from(name), value.clone())).collect();
    if let Some(body) = &call.body {
        (ask.method, ask.load) = ("POST", Load::Bytes(body));
    }
    for _ in 0..=REDIRECTS {
        let answer = once(connections, &ask)?;
        let Some(next) = redirect(&answer)? else { return body_of(connections, answer) };
        if !next.is_of_server(url) {
            let found = format!(
                "it sends on to another server, {next}, and what is secret does not go there; name that URL if it is meant"
            );
            return Err(unavailable(url, found).into());
        }
        if call.body.is_some() && !matches!(answer.response.status().as_u16(), 307 | 308) {
            let found = format!(
                "it sends what was posted on to {next} to be read there; name that URL if it is meant"
            );
            return Err(unavailable(url, found).into());
        }
        ask.url = next;
    }
    Err(unavailable(url, format!("it sends on more than {REDIRECTS} times, last to {}", ask.url)).into())
}

fn body_of(connections: &Connections, answer: Answer) -> std::result::Result<Vec<u8>, Fault> {
    if !answer.response.status().is_success() {
        return Err(answer.refusal());
    }
    let (url, most) = (answer.url.to_string(), connections.site.policy.largest);
    let body = answer.response.into_body().into_with_config().limit(most).read_to_vec();
    body.map_err(|error| match error {
        ureq::Error::BodyExceedsLimit(_) => {
            let found = format!("the answer is longer than {most} bytes; is it the right service?");
            RemoteError::TooLarge { url, found }.into()
        }
        error => Fault::passing(RemoteError::Short { url, found: format!("the answer broke off: {error}") })
            .unless_stopped(&*connections.watch),
    })
}
