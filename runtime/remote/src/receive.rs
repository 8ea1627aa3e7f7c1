//! The bytes of a file in transit: counted, checked against the announced length, limited, and reported as progress.

use std::io::{self, Read as _, Write as _};
use std::time::Instant;

use crate::attempt::Fault;
use crate::connections::Connections;
use crate::error::{RemoteError, Result};
use crate::exchange::Answer;
use crate::file::Here;
use crate::policy::Policy;

const BUFFER: usize = 256 * 1024;

/// How the end of a body is recognized.
enum End {
    /// After so many bytes.
    After(u64),
    /// The server marks the end (chunks: RFC 9112, 7.1).
    Marked,
}

/// Reads the whole body of a response; `length` is its length from another source, if known. Returns its size in bytes.
pub(crate) fn receive(
    connections: &Connections,
    answer: Answer,
    into: &Here<'_>,
    length: Option<u64>,
) -> std::result::Result<u64, Fault> {
    let end = end(&answer, length)?;
    let url = answer.url.to_string();
    if let End::After(bytes) = end {
        require_small(connections, &url, bytes)?;
    }
    into.cleared()?;
    connections.watch.starts(match end {
        End::After(bytes) => Some(bytes),
        End::Marked => None,
    });
    let mut body = answer.response.into_body().into_reader();
    let (mut buffer, mut count) = (vec![0; BUFFER], 0);
    let mut pace = Pace::new(&connections.site.policy);
    loop {
        let short = |found: String| Fault::passing(RemoteError::Short { url: url.clone(), found });
        let read = match body.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                return Err(short(format!("the file broke off after {count} bytes{}: {error}", of(&end)))
                    .unless_stopped(&*connections.watch));
            }
        };
        count += read as u64;
        require_small(connections, &url, count)?;
        let mut file = into.file;
        file.write_all(&buffer[..read]).map_err(|error| into.fault(error))?;
        connections.watch.moved(read as u64);
        pace.check(count, &of(&end)).map_err(|late| late.fault(url.clone()))?;
    }
    // A body whose connection we cut may look complete.
    if connections.watch.is_stopped() {
        return Err(RemoteError::Interrupted.into());
    }
    match end {
        End::After(bytes) if bytes != count => {
            let found = format!("{count} bytes came{}", of(&end));
            Err(Fault::passing(RemoteError::Short { url, found }))
        }
        _ => Ok(count),
    }
}

/// Whether a file comes fast enough.
struct Pace<'a> {
    policy: &'a Policy,
    begun: Instant,
    /// When the current time of `stall` began, and how many bytes had come by then.
    since: (Instant, u64),
}

/// Why a download is given up.
enum Late {
    /// It would last too long; another try would, too.
    Endless(String),
    /// Too few bytes came lately.
    Slow(String),
}

impl Late {
    fn fault(self, url: String) -> Fault {
        match self {
            Self::Endless(found) => RemoteError::Unavailable { url, found }.into(),
            Self::Slow(found) => Fault::passing(RemoteError::Unavailable { url, found }),
        }
    }
}

impl<'a> Pace<'a> {
    fn new(policy: &'a Policy) -> Self {
        let now = Instant::now();
        Self { policy, begun: now, since: (now, 0) }
    }

    /// Checks the pace after `count` bytes in all, `of` so many.
    fn check(&mut self, count: u64, of: &str) -> std::result::Result<(), Late> {
        let Policy { stall, slowest, longest, .. } = self.policy;
        if self.begun.elapsed() > *longest {
            return Err(Late::Endless(format!(
                "the download takes longer than {} s: {count} bytes{of} came; the settings (downloads, max_seconds) \
                 may allow more",
                longest.as_secs_f64()
            )));
        }
        let (from, before) = self.since;
        let elapsed = from.elapsed();
        if elapsed < *stall {
            return Ok(());
        }
        let came = count - before;
        if (came as f64) < *slowest as f64 * elapsed.as_secs_f64() {
            return Err(Late::Slow(format!(
                "the download is too slow: {came} bytes came in {:.1} s, after {before}{of}; at least {slowest} bytes a \
                 second are expected, and the settings (downloads, min_bytes_per_second) may allow less",
                elapsed.as_secs_f64()
            )));
        }
        self.since = (Instant::now(), count);
        Ok(())
    }
}

fn of(end: &End) -> String {
    match end {
        End::After(bytes) => format!(" of {bytes}"),
        End::Marked => String::new(),
    }
}

fn end(answer: &Answer, length: Option<u64>) -> std::result::Result<End, Fault> {
    let said = answer.header("content-length").and_then(|length| length.trim().parse().ok());
    let is_chunked = answer
        .header("transfer-encoding")
        .is_some_and(|encoding| encoding.to_ascii_lowercase().contains("chunked"));
    match (length, said) {
        (Some(length), Some(said)) if length != said && !is_chunked => {
            let found = format!("the file has {length} bytes, but {said} are to come");
            Err(Fault::passing(RemoteError::Short { url: answer.url.to_string(), found }))
        }
        (Some(length), _) => Ok(End::After(length)),
        (None, _) if is_chunked => Ok(End::Marked),
        (None, Some(said)) => Ok(End::After(said)),
        (None, None) => {
            let found =
                "the server says neither how long the file is nor where it ends (no Content-Length, no \
                         chunks), so nobody could tell a half one; let it say so"
                    .to_owned();
            Err(RemoteError::Short { url: answer.url.to_string(), found }.into())
        }
    }
}

/// Refuses a file that is larger than the limit.
pub(crate) fn require_small(connections: &Connections, url: &str, bytes: u64) -> Result<()> {
    let largest = connections.site.policy.largest;
    if bytes <= largest {
        return Ok(());
    }
    let found = format!(
        "the file has {bytes} bytes or more, and {largest} are allowed; if it is the right one, the settings \
         (downloads, max_bytes) may allow more"
    );
    Err(RemoteError::TooLarge { url: url.to_owned(), found })
}
