//! A HiveServer2 under the control of a test: it answers by script, and records its calls.
//!
//! It encodes its answers itself, so that a mistake in the client's codec is not mirrored here.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// The reaction to a call.
#[derive(Debug, Clone)]
pub(crate) enum Act {
    /// Sends the struct of an answer, given without its end.
    Answer(Vec<u8>),
    /// Sends so many bytes of such an answer, and then closes the connection.
    Cut(Vec<u8>, usize),
    /// Sends these bytes unchanged.
    Raw(Vec<u8>),
    /// Sends a byte of an answer now and then, without end.
    Trickle,
    /// Sends nothing while the client stays connected.
    Hang,
    /// Closes the connection.
    Close,
}

/// The transport of messages.
#[derive(Debug, Clone)]
pub(crate) enum Carrier {
    Bare,
    /// The answer to the SASL handshake.
    Sasl(Vec<u8>),
    /// The head of each answer, and whether the body is sent in chunks.
    Http {
        head: String,
        chunked: bool,
    },
}

/// A call, as it was received.
pub(crate) struct Call<'a> {
    pub(crate) method: &'a str,
    /// The number of earlier calls of that method.
    pub(crate) before: usize,
    /// The bytes of its arguments.
    #[allow(dead_code, reason = "for tests of what is sent")]
    pub(crate) body: &'a [u8],
}

type Script = dyn FnMut(&Call<'_>) -> Option<Act> + Send;

/// Listens until the test's process ends.
pub(crate) struct StandIn {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl StandIn {
    /// `script` chooses the reaction to a call, given its method and the number of earlier calls of it; for `None`, see
    /// [`usual`].
    pub(crate) fn start(
        carrier: Carrier,
        mut script: impl FnMut(&str, usize) -> Option<Act> + Send + 'static,
    ) -> Self {
        Self::hearing(carrier, move |call| script(call.method, call.before))
    }

    /// Like [`Self::start`], for a script that reads the arguments of calls.
    pub(crate) fn hearing(
        carrier: Carrier,
        script: impl FnMut(&Call<'_>) -> Option<Act> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let script: Arc<Mutex<Box<Script>>> = Arc::new(Mutex::new(Box::new(script)));
        let kept = seen.clone();
        thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let (carrier, script, seen) = (carrier.clone(), script.clone(), kept.clone());
                let mut stream = stream.unwrap();
                // A client that disconnects ends only its own connection.
                thread::spawn(move || serve(&mut stream, number, &carrier, &script, &seen));
            }
        });
        Self { port, seen }
    }

    /// The recorded calls, each with the number of its connection: `0 OpenSession`; over HTTP also the lines of heads.
    pub(crate) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }

    /// Waits for a call that the client itself does not wait for. Returns whether it came.
    pub(crate) fn saw(&self, what: &str) -> bool {
        for _ in 0..500 {
            if self.seen().iter().any(|call| call == what) {
                return true;
            }
            thread::sleep(Duration::from_millis(10));
        }
        false
    }
}

fn serve(
    stream: &mut TcpStream,
    number: usize,
    carrier: &Carrier,
    script: &Mutex<Box<Script>>,
    seen: &Mutex<Vec<String>>,
) -> io::Result<()> {
    if let Carrier::Sasl(answer) = carrier {
        for _ in 0..2 {
            let [_, length @ ..] = take::<5>(stream)?;
            let text = skip(stream, u32::from_be_bytes(length))?;
            seen.lock().unwrap().push(format!("{number} {}", String::from_utf8_lossy(&text).escape_debug()));
        }
        stream.write_all(answer)?;
    }
    loop {
        match carrier {
            Carrier::Bare => {}
            Carrier::Sasl(_) => drop(take::<4>(stream)?),
            Carrier::Http { .. } => head(stream, number, seen)?,
        }
        let (method, sequence, body) = call(stream)?;
        let act = {
            let mut seen = seen.lock().unwrap();
            let before = seen.iter().filter(|call| call.split(' ').nth(1) == Some(&method)).count();
            seen.push(format!("{number} {method}"));
            let call = Call { method: &method, before, body: &body };
            script.lock().unwrap()(&call).unwrap_or_else(|| usual(&method))
        };
        act.perform(stream, carrier, &method, sequence)?;
    }
}

impl Act {
    fn perform(
        self,
        stream: &mut TcpStream,
        carrier: &Carrier,
        method: &str,
        sequence: i32,
    ) -> io::Result<()> {
        match self {
            Self::Answer(fields) => stream.write_all(&carried(carrier, &reply(method, sequence, &fields))),
            Self::Cut(fields, at) => {
                stream.write_all(&carried(carrier, &reply(method, sequence, &fields))[..at])?;
                Err(io::ErrorKind::ConnectionAborted.into())
            }
            Self::Raw(bytes) => stream.write_all(&bytes),
            Self::Trickle => {
                stream.write_all(&[0x80, 1, 0, 2, 0, 0, 0x10, 0])?;
                loop {
                    stream.write_all(b"x")?;
                    thread::sleep(Duration::from_millis(20));
                }
            }
            Self::Hang => io::copy(stream, &mut io::sink()).map(|_| ()),
            Self::Close => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

/// The answer of a server without errors: a statement is finished, and its result is empty.
fn usual(method: &str) -> Act {
    let handle = [nested(1, &[binary(1, b"guid"), binary(2, b"secret")].concat())].concat();
    Act::Answer(match method {
        "OpenSession" => [good(), i32_field(2, 5), nested(3, &handle)].concat(),
        "ExecuteStatement" => {
            [good(), nested(2, &[&handle[..], &i32_field(2, 0), &[2, 0, 3, 1]].concat())].concat()
        }
        "GetOperationStatus" => [good(), i32_field(2, 2)].concat(),
        _ => good(),
    })
}

/// A status for success.
pub(crate) fn good() -> Vec<u8> {
    nested(1, &i32_field(1, 0))
}

/// A status for a failure.
pub(crate) fn bad(state: &str, code: i32, message: &str) -> Vec<u8> {
    let fields =
        [i32_field(1, 3), binary(3, state.as_bytes()), i32_field(4, code), binary(5, message.as_bytes())];
    nested(1, &fields.concat())
}

pub(crate) fn i32_field(id: u8, value: i32) -> Vec<u8> {
    [&[8, 0, id][..], &value.to_be_bytes()].concat()
}

pub(crate) fn binary(id: u8, value: &[u8]) -> Vec<u8> {
    [&[11, 0, id][..], &text(value)].concat()
}

pub(crate) fn text(value: &[u8]) -> Vec<u8> {
    [&u32::try_from(value.len()).unwrap().to_be_bytes()[..], value].concat()
}

pub(crate) fn nested(id: u8, fields: &[u8]) -> Vec<u8> {
    [&[12, 0, id][..], fields, &[0]].concat()
}

/// A list of values of that type.
pub(crate) fn list(id: u8, kind: u8, values: &[Vec<u8>]) -> Vec<u8> {
    let count = u32::try_from(values.len()).unwrap().to_be_bytes();
    [&[15, 0, id, kind][..], &count, &values.concat()].concat()
}

/// The rows of a page: columns of 64-bit integers and bitmaps of NULLs.
pub(crate) fn rows(columns: &[(&[i64], &[u8])]) -> Vec<u8> {
    let columns = columns.iter().map(|(cells, nulls)| {
        let cells: Vec<_> = cells.iter().map(|cell| cell.to_be_bytes().to_vec()).collect();
        [nested(5, &[list(1, 10, &cells), binary(2, nulls)].concat()), vec![0]].concat()
    });
    nested(3, &list(3, 12, &columns.collect::<Vec<_>>()))
}

fn reply(method: &str, sequence: i32, fields: &[u8]) -> Vec<u8> {
    let head = [&[0x80, 1, 0, 2][..], &text(method.as_bytes()), &sequence.to_be_bytes()].concat();
    [&head[..], &nested(0, fields), &[0]].concat()
}

fn carried(carrier: &Carrier, message: &[u8]) -> Vec<u8> {
    match carrier {
        Carrier::Bare => message.to_vec(),
        Carrier::Sasl(_) => text(message),
        Carrier::Http { head, chunked: false } => {
            let length = message.len();
            let head = format!("HTTP/1.1 200 OK\r\n{head}Content-Length: {length}\r\n\r\n");
            [head.as_bytes(), message].concat()
        }
        Carrier::Http { head, chunked: true } => {
            let (first, second) = message.split_at(7);
            let head = format!("HTTP/1.1 200 OK\r\n{head}Transfer-Encoding: chunked\r\n\r\n7;a=b\r\n");
            let middle = format!("\r\n{:x}\r\n", second.len());
            [head.as_bytes(), first, middle.as_bytes(), second, b"\r\n0\r\nTrailer: x\r\n\r\n"].concat()
        }
    }
}

/// Reads the head of a request, and records its lines.
fn head(stream: &mut TcpStream, number: usize, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.extend(take::<1>(stream)?);
    }
    let lines = String::from_utf8_lossy(&head);
    seen.lock().unwrap().extend(lines.lines().map(|line| format!("{number} {line}")));
    Ok(())
}

/// A reader that keeps the bytes that pass through it.
struct Kept<'a> {
    stream: &'a mut TcpStream,
    bytes: Vec<u8>,
}

impl Read for Kept<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.stream.read(into)?;
        self.bytes.extend_from_slice(&into[..count]);
        Ok(count)
    }
}

/// Reads a call: its method, its number and the bytes of its arguments.
fn call(stream: &mut TcpStream) -> io::Result<(String, i32, Vec<u8>)> {
    assert_eq!(take::<4>(stream)?, [0x80, 1, 0, 1]);
    let length = u32::from_be_bytes(take(stream)?);
    let method = String::from_utf8(skip(stream, length)?).unwrap();
    let sequence = i32::from_be_bytes(take(stream)?);
    let mut arguments = Kept { stream, bytes: Vec::new() };
    pass(&mut arguments, 12)?;
    Ok((method, sequence, arguments.bytes))
}

fn pass(stream: &mut impl Read, kind: u8) -> io::Result<()> {
    match kind {
        2 => drop(take::<1>(stream)?),
        8 => drop(take::<4>(stream)?),
        10 => drop(take::<8>(stream)?),
        11 => {
            let length = u32::from_be_bytes(take(stream)?);
            skip(stream, length)?;
        }
        12 => loop {
            let [kind] = take(stream)?;
            if kind == 0 {
                return Ok(());
            }
            take::<2>(stream)?;
            pass(stream, kind)?;
        },
        13 => {
            let [key, value] = take(stream)?;
            for _ in 0..u32::from_be_bytes(take(stream)?) {
                pass(stream, key)?;
                pass(stream, value)?;
            }
        }
        other => panic!("a value of kind {other}"),
    }
    Ok(())
}

fn take<const N: usize>(stream: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn skip(stream: &mut impl Read, length: u32) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::try_from(length).unwrap()];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}
