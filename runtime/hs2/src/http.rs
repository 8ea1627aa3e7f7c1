//! The part of HTTP/1.1 that HiveServer2 needs: sequential `POST` requests on one persistent connection, a Basic
//! header, and the cookies by which the server recognizes the user.
//!
//! `httparse` parses the heads. Redirects are not followed, nothing is compressed, and no request is sent twice.
//!
//! # Decisions
//!
//! - **The protocol is implemented here, not by `ureq`.** `ureq` was tried on top of [`Socket`], and an interrupt ended
//!   its reads. But it does not report the length that a chunk announces: an answer that exceeds the limit was refused
//!   only when its bytes arrived. If they did not, the error was a timeout with advice about the wrong transport. Errors
//!   did not quote an invalid length, and the code was no shorter.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::fault::{Fault, Speaks, quoted, shown};
use crate::interrupt::Wait;
use crate::settings::Settings;
use crate::socket::{Socket, ended, garbage};

/// The longest head in bytes, and the most lines in it.
const LONGEST_HEAD: usize = 64 * 1024;
const LINES: usize = 96;

/// The most cookies that are kept, and the longest one in bytes.
const COOKIES: usize = 16;
const LONGEST_COOKIE: usize = 4 * 1024;

/// The most bytes that are read at a time.
const STEP: usize = 64 * 1024;

/// Cookies of the server, by name.
#[derive(Default)]
pub(crate) struct Cookies(Vec<(String, String)>);

impl Cookies {
    /// Stores the cookie of a `Set-Cookie` line. Expiry and scope are ignored: the connection is to one server.
    fn keep(&mut self, line: &[u8], encrypted: bool) {
        let Ok(line) = std::str::from_utf8(line) else { return };
        let mut parts = line.split(';').map(str::trim);
        let Some((name, value)) = parts.next().and_then(|part| part.split_once('=')) else { return };
        let private = parts.any(|part| part.eq_ignore_ascii_case("secure"));
        if name.is_empty() || line.len() > LONGEST_COOKIE || (private && !encrypted) {
            return;
        }
        self.0.retain(|(other, _)| other != name);
        if self.0.len() < COOKIES {
            self.0.push((name.to_owned(), value.to_owned()));
        }
    }

    fn line(&self) -> String {
        if self.0.is_empty() {
            return String::new();
        }
        let pairs: Vec<String> = self.0.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("Cookie: {}\r\n", pairs.join("; "))
    }
}

/// The length of a body, as the head of the answer states it.
#[derive(Debug, PartialEq, Eq)]
enum Length {
    Known(usize),
    Chunks,
    UntilTheEnd,
}

#[derive(Debug)]
struct Head {
    status: u16,
    length: Length,
    /// Whether the connection can be used after this answer.
    stays: bool,
}

/// An HTTP connection, and what was read beyond the last answer.
pub(crate) struct Http {
    socket: Socket,
    ahead: Vec<u8>,
    stays: bool,
}

impl Http {
    pub(crate) fn new(socket: Socket) -> Self {
        Self { socket, ahead: Vec::new(), stays: true }
    }

    /// Whether another request can be sent on the connection.
    pub(crate) fn is_usable(&mut self) -> bool {
        self.stays && self.ahead.is_empty() && self.socket.is_idle()
    }

    /// Sends `body`, and returns the body of the answer, which may have at most `limit` bytes.
    pub(crate) fn post(
        &mut self,
        settings: &Settings,
        cookies: &mut Cookies,
        path: &str,
        body: &[u8],
        wait: &mut Wait<'_>,
    ) -> Result<Vec<u8>, Fault> {
        let request = [request(settings, cookies, path, body.len()).as_bytes(), body].concat();
        self.socket.write(&request, wait)?;
        let head = loop {
            let head = self.head(cookies, settings.tls.is_some(), wait)?;
            // 1xx is only interim: the final answer follows.
            if head.status >= 200 {
                break head;
            }
        };
        self.stays = head.stays;
        if head.status != 200 {
            return Err(refused(head.status, path));
        }
        match head.length {
            Length::Known(length) => self.take(length, settings.max_message, wait),
            Length::Chunks => self.chunks(settings.max_message, wait),
            Length::UntilTheEnd => self.rest(settings.max_message, wait),
        }
    }

    fn head(&mut self, cookies: &mut Cookies, encrypted: bool, wait: &mut Wait<'_>) -> Result<Head, Fault> {
        loop {
            let begins = self.ahead.get(..4).is_none_or(|start| start == b"HTTP");
            if !begins {
                return Err(garbage(&self.ahead));
            }
            if let Some((length, head)) = parse(&self.ahead, cookies, encrypted)? {
                self.ahead.drain(..length);
                return Ok(head);
            }
            if self.ahead.len() > LONGEST_HEAD {
                return Err(Fault::Malformed(format!(
                    "the head of the answer is longer than {LONGEST_HEAD} bytes"
                )));
            }
            self.more(wait)?;
        }
    }

    /// Reads more bytes.
    fn more(&mut self, wait: &mut Wait<'_>) -> Result<(), Fault> {
        let from = self.ahead.len();
        self.ahead.resize(from + STEP, 0);
        let read = self.socket.read(&mut self.ahead[from..], wait);
        self.ahead.truncate(from + read.as_ref().map_or(0, |count| *count));
        if read? == 0 { Err(ended()) } else { Ok(()) }
    }

    fn take(&mut self, length: usize, limit: usize, wait: &mut Wait<'_>) -> Result<Vec<u8>, Fault> {
        bounded(length, limit)?;
        while self.ahead.len() < length {
            self.more(wait)?;
        }
        let rest = self.ahead.split_off(length);
        Ok(std::mem::replace(&mut self.ahead, rest))
    }

    fn chunks(&mut self, limit: usize, wait: &mut Wait<'_>) -> Result<Vec<u8>, Fault> {
        let mut body = Vec::new();
        loop {
            let line = self.line(wait)?;
            let digits = line.split(';').next().unwrap_or_default().trim();
            let length = usize::from_str_radix(digits, 16).map_err(|_| {
                Fault::Malformed(format!("a chunk of the answer begins with {}", quoted(&line)))
            })?;
            bounded(length.saturating_add(body.len()), limit)?;
            if length == 0 {
                // Trailers may follow, which are not needed; the last line is empty.
                while !self.line(wait)?.is_empty() {}
                return Ok(body);
            }
            body.extend(self.take(length, limit, wait)?);
            if !self.line(wait)?.is_empty() {
                return Err(Fault::Malformed("a chunk of the answer is longer than it says".to_owned()));
            }
        }
    }

    fn rest(&mut self, limit: usize, wait: &mut Wait<'_>) -> Result<Vec<u8>, Fault> {
        self.stays = false;
        loop {
            bounded(self.ahead.len(), limit)?;
            let from = self.ahead.len();
            self.ahead.resize(from + STEP, 0);
            let read = self.socket.read(&mut self.ahead[from..], wait)?;
            self.ahead.truncate(from + read);
            if read == 0 {
                return Ok(std::mem::take(&mut self.ahead));
            }
        }
    }

    /// Reads a line without its end. Lines between chunks are short.
    fn line(&mut self, wait: &mut Wait<'_>) -> Result<String, Fault> {
        const LONGEST: usize = 1024;
        loop {
            if let Some(at) = self.ahead.iter().take(LONGEST).position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.ahead.drain(..=at).collect();
                return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
            }
            if self.ahead.len() >= LONGEST {
                let found = shown(&self.ahead);
                return Err(Fault::Malformed(format!("a chunk of the answer begins with {found}")));
            }
            self.more(wait)?;
        }
    }
}

fn bounded(length: usize, limit: usize) -> Result<(), Fault> {
    if length <= limit {
        return Ok(());
    }
    Err(Fault::Malformed(format!("the answer has {length} bytes, and the largest that is taken {limit}")))
}

fn request(settings: &Settings, cookies: &Cookies, path: &str, length: usize) -> String {
    let who = format!("{}:{}", settings.effective_user(), settings.effective_password());
    // Hive requires X-XSRF-HEADER if its protection against forged requests is on.
    format!(
        "POST /{path} HTTP/1.1\r\nHost: {at}\r\nUser-Agent: flow-oa\r\nAccept: application/x-thrift\r\n\
         Content-Type: application/x-thrift\r\nContent-Length: {length}\r\nX-XSRF-HEADER: true\r\n\
         Authorization: Basic {who}\r\n{cookies}\r\n",
        path = path.trim_start_matches('/'),
        at = settings.at(),
        who = STANDARD.encode(who),
        cookies = cookies.line(),
    )
}

/// The head and its length, or `None` if it is incomplete.
fn parse(bytes: &[u8], cookies: &mut Cookies, encrypted: bool) -> Result<Option<(usize, Head)>, Fault> {
    let mut lines = [httparse::EMPTY_HEADER; LINES];
    let mut answer = httparse::Response::new(&mut lines);
    let parsed = answer.parse(bytes);
    let parsed = parsed.map_err(|error| Fault::Malformed(format!("the head of the answer: {error}")))?;
    let httparse::Status::Complete(end) = parsed else { return Ok(None) };
    let mut head = Head {
        status: answer.code.unwrap_or_default(),
        length: Length::UntilTheEnd,
        stays: answer.version == Some(1),
    };
    for line in answer.headers.iter() {
        let value = String::from_utf8_lossy(line.value);
        let value = value.trim();
        match line.name.to_ascii_lowercase().as_str() {
            "set-cookie" => cookies.keep(line.value, encrypted),
            "connection" if value.eq_ignore_ascii_case("close") => head.stays = false,
            "transfer-encoding" if value.eq_ignore_ascii_case("chunked") => head.length = Length::Chunks,
            "content-length" if head.length != Length::Chunks => {
                let length = value.parse().map_err(|_| {
                    Fault::Malformed(format!("the answer says that it has {} bytes", quoted(value)))
                })?;
                head.length = Length::Known(length);
            }
            _ => {}
        }
    }
    Ok(Some((end, head)))
}

/// The fault for a status other than 200.
fn refused(status: u16, path: &str) -> Fault {
    match status {
        401 | 403 => Fault::Auth(format!("HTTP status {status}")),
        // Spark answers 405 for a path that it does not serve.
        404 | 405 => {
            Fault::Foreign(Speaks::Http, format!("HTTP status {status}: it serves nothing at /{path}"))
        }
        400 => Fault::Foreign(Speaks::Http, "HTTP status 400: it does not take the request".to_owned()),
        300..400 => Fault::Foreign(Speaks::Http, format!("HTTP status {status}: it names another place")),
        _ => Fault::Malformed(format!("HTTP status {status}")),
    }
}
