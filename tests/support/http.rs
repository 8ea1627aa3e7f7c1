//! A web server in a test: on loopback, one thread per connection, one request per connection. The test defines its
//! replies byte by byte, including invalid ones.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request of a client.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: Vec<String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.headers.iter().filter_map(|header| header.split_once(':'));
        pairs.into_iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
    }

    /// The value of a parameter of the query, as it was sent.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        query.split('&').find_map(|part| part.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The reply to a request.
pub(crate) enum Reply {
    /// These bytes; then the server closes the connection.
    Bytes(Vec<u8>),
    /// These bytes, and no more until the client disconnects.
    Stalls(Vec<u8>),
    /// These pieces, with this interval between them.
    Slowly(Vec<Vec<u8>>, Duration),
}

/// A complete reply.
pub(crate) fn says(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Reply {
    Reply::Bytes(answer(status, &[headers, &[&length(body.as_ref())]].concat(), body))
}

/// A reply with exactly these headers.
pub(crate) fn answer(status: &str, headers: &[&str], body: impl AsRef<[u8]>) -> Vec<u8> {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let head = format!("HTTP/1.1 {status}\r\n{headers}Connection: close\r\n\r\n");
    [head.as_bytes(), body.as_ref()].concat()
}

fn length(body: &[u8]) -> String {
    format!("Content-Length: {}", body.len())
}

pub(crate) trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

/// Wraps a connection for requests: in TLS, or not at all.
pub(crate) type Wrap = Box<dyn Fn(TcpStream) -> Box<dyn Stream> + Send + Sync>;

/// A server; stopped at the end of the test.
pub(crate) struct Server {
    pub(crate) at: SocketAddr,
    heard: Arc<Mutex<Vec<Request>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    /// Answers each request with `reply`, which also gets its number, from 0.
    pub(crate) fn new(reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static) -> Self {
        Self::through(Box::new(|stream| Box::new(stream)), reply)
    }

    pub(crate) fn through(
        wrap: Wrap,
        reply: impl Fn(&Request, usize) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self { at: listener.local_addr().unwrap(), heard: Arc::default(), stop: Arc::default() };
        let (heard, stop) = (Arc::clone(&server.heard), Arc::clone(&server.stop));
        let serving = Arc::new((wrap, reply));
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    break;
                }
                let (serving, heard) = (Arc::clone(&serving), Arc::clone(&heard));
                std::thread::spawn(move || {
                    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
                    serve(&mut *(serving.0)(stream), &heard, &serving.1);
                });
            }
        });
        server
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.at)
    }

    /// The requests until now.
    pub(crate) fn heard(&self) -> Vec<Request> {
        self.heard.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for the next connection.
        let _ = TcpStream::connect(self.at);
    }
}

/// Errors here mean that the client has disconnected, and the client is under test.
fn serve(
    stream: &mut dyn Stream,
    heard: &Mutex<Vec<Request>>,
    reply: &(impl Fn(&Request, usize) -> Reply + ?Sized),
) {
    let Some(request) = read(stream) else { return };
    let number = {
        let mut heard = heard.lock().unwrap();
        heard.push(request.clone());
        heard.len() - 1
    };
    match reply(&request, number) {
        Reply::Bytes(bytes) => drop(stream.write_all(&bytes)),
        Reply::Stalls(bytes) => {
            let _ = stream.write_all(&bytes).and_then(|()| stream.flush());
            let _ = stream.read(&mut [0]);
        }
        Reply::Slowly(parts, apart) => {
            for part in parts {
                if stream.write_all(&part).and_then(|()| stream.flush()).is_err() {
                    break;
                }
                std::thread::sleep(apart);
            }
        }
    }
    let _ = stream.flush();
}

fn read(stream: &mut dyn Stream) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok().filter(|length| *length > 0)?;
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let mut words = lines.first()?.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut request = Request { method, target, headers: lines.split_off(1), body: Vec::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    request.body.resize(length, 0);
    reader.read_exact(&mut request.body).ok()?;
    Some(request)
}
