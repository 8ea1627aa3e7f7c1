//! A connection, encrypted or not, whose operations have time limits and notice an interrupt in time.
//!
//! Reads and writes return every [`SLICE`], without losing data that was read. This module does not interpret the
//! bytes.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, StreamOwned};

use crate::fault::{Fault, Speaks, quoted, shown};
use crate::interrupt::{SLICE, Wait};
use crate::settings::{Settings, Tls};

/// A connection.
pub(crate) enum Socket {
    Open(TcpStream),
    Encrypted(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Socket {
    /// Connects, and performs the TLS handshake if the connection must be encrypted.
    pub(crate) fn connect(
        settings: &Settings,
        connecting: &mut Wait<'_>,
        shaking: &mut Wait<'_>,
    ) -> Result<Self, Fault> {
        let stream = reach(settings, connecting)?;
        let set = stream
            .set_nodelay(true)
            .and_then(|()| stream.set_read_timeout(Some(SLICE)))
            .and_then(|()| stream.set_write_timeout(Some(SLICE)));
        set.map_err(|error| Fault::Connect(error.to_string()))?;
        match &settings.tls {
            None => Ok(Self::Open(stream)),
            Some(tls) => encrypt(stream, &settings.host, tls, shaking),
        }
    }

    /// Reads at least one byte; returns 0 if the server closed the connection.
    pub(crate) fn read(&mut self, into: &mut [u8], wait: &mut Wait<'_>) -> Result<usize, Fault> {
        loop {
            wait.check()?;
            let read = match self {
                Self::Open(stream) => stream.read(into),
                Self::Encrypted(stream) => stream.read(into),
            };
            match read {
                Ok(count) => return Ok(count),
                Err(error) if goes_on(&error) => {}
                Err(error) => return Err(broken(&error)),
            }
        }
    }

    /// Fills all of `into`.
    pub(crate) fn fill(&mut self, mut into: &mut [u8], wait: &mut Wait<'_>) -> Result<(), Fault> {
        while !into.is_empty() {
            match self.read(into, wait)? {
                0 => return Err(ended()),
                count => into = &mut into[count..],
            }
        }
        Ok(())
    }

    /// Writes all of `bytes`.
    pub(crate) fn write(&mut self, mut bytes: &[u8], wait: &mut Wait<'_>) -> Result<(), Fault> {
        while !bytes.is_empty() {
            wait.check()?;
            let written = match self {
                Self::Open(stream) => stream.write(bytes),
                Self::Encrypted(stream) => stream.write(bytes),
            };
            match written {
                Ok(0) => return Err(ended()),
                Ok(count) => bytes = &bytes[count..],
                Err(error) if goes_on(&error) => {}
                Err(error) => return Err(broken(&error)),
            }
        }
        self.flush(wait)
    }

    fn flush(&mut self, wait: &mut Wait<'_>) -> Result<(), Fault> {
        let Self::Encrypted(stream) = self else { return Ok(()) };
        loop {
            match stream.flush() {
                Ok(()) if !stream.conn.wants_write() => return Ok(()),
                Ok(()) => {}
                Err(error) if goes_on(&error) => {}
                Err(error) => return Err(broken(&error)),
            }
            wait.check()?;
        }
    }

    /// Whether the connection is open and has no unread data. A closed connection, or one with data that no request
    /// asked for, is unusable.
    pub(crate) fn is_idle(&mut self) -> bool {
        if self.tcp().set_nonblocking(true).is_err() {
            return false;
        }
        let idle = match self {
            Self::Open(stream) => {
                matches!(stream.peek(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
            }
            Self::Encrypted(stream) => nothing_but_tls(stream),
        };
        self.tcp().set_nonblocking(false).is_ok() && idle
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Open(stream) => stream,
            Self::Encrypted(stream) => &stream.sock,
        }
    }
}

/// Processes what arrived on an encrypted, non-blocking connection: tickets for later sessions and the like are
/// internal to TLS. Returns whether there was nothing else.
fn nothing_but_tls(stream: &mut StreamOwned<ClientConnection, TcpStream>) -> bool {
    loop {
        match stream.conn.read_tls(&mut stream.sock) {
            Ok(0) => return false,
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
            Ok(_) => {}
        }
        match stream.conn.process_new_packets() {
            Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
            _ => return false,
        }
    }
}

/// The fault for a connection that ended in the middle of an operation.
pub(crate) fn ended() -> Fault {
    Fault::Gone("the server ended the connection".to_owned())
}

fn goes_on(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted)
}

/// Resolves the host and connects, in a separate thread: resolving a name has no time limit, and neither can be
/// interrupted. The thread drops a result that comes too late.
fn reach(settings: &Settings, wait: &mut Wait<'_>) -> Result<TcpStream, Fault> {
    let (host, port, time) = (settings.host.clone(), settings.port, settings.connect_timeout);
    let (sender, receiver) = channel();
    let spawned = thread::Builder::new().name("hs2-connect".to_owned()).spawn(move || {
        // The receiver may be gone already.
        let _ = sender.send(find_and_connect(&host, port, time));
    });
    spawned.map_err(|error| Fault::Connect(format!("no thread could be started: {error}")))?;
    loop {
        wait.check_at_once().map_err(|fault| match fault {
            Fault::Late => Fault::Connect(format!("no answer within {} s", time.as_secs_f64())),
            other => other,
        })?;
        match receiver.recv_timeout(wait.slice()) {
            Ok(found) => return found.map_err(Fault::Connect),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::Connect("the thread that connects ended".to_owned()));
            }
        }
    }
}

/// Tries each address of the host in turn, each with its share of the remaining time.
fn find_and_connect(host: &str, port: u16, time: Duration) -> Result<TcpStream, String> {
    let begun = Instant::now();
    let found = (host, port).to_socket_addrs();
    let found: Vec<_> = found.map_err(|error| format!("the host's name is not known: {error}"))?.collect();
    let mut said = "the host's name has no address".to_owned();
    for (tried, address) in found.iter().enumerate() {
        let left = time.saturating_sub(begun.elapsed());
        let share = left / u32::try_from(found.len() - tried).unwrap_or(u32::MAX);
        match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                said = format!("{address} refused it: nothing listens there");
            }
            Err(error) => said = format!("{address}: {error}"),
        }
    }
    Err(said)
}

fn encrypt(mut stream: TcpStream, host: &str, tls: &Tls, wait: &mut Wait<'_>) -> Result<Socket, Fault> {
    let config = flow_oa_tls::client(&tls.roots, tls.check).map_err(Fault::Roots)?;
    let name = ServerName::try_from(host.to_owned())
        .map_err(|_| Fault::Tls(format!("{} is not a name that a certificate can have", quoted(host))))?;
    let mut connection =
        ClientConnection::new(Arc::new(config), name).map_err(|error| Fault::Tls(error.to_string()))?;
    while connection.is_handshaking() {
        wait.check()?;
        match connection.complete_io(&mut stream) {
            Ok(_) => {}
            Err(error) if goes_on(&error) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Err(ended()),
            Err(error) => return Err(broken(&error)),
        }
    }
    Ok(Socket::Encrypted(Box::new(StreamOwned::new(connection, stream))))
}

/// The fault for an error of a connection.
fn broken(error: &io::Error) -> Fault {
    use rustls::Error as Tls;
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<Tls>());
    match inner {
        None => Fault::Gone(error.to_string()),
        Some(Tls::InvalidMessage(_)) => Fault::Foreign(Speaks::Plain, "what came is no TLS".to_owned()),
        Some(Tls::InvalidCertificate(what)) => {
            Fault::Tls(format!("the server's certificate does not pass: {what}"))
        }
        Some(Tls::AlertReceived(alert)) => {
            let number = u8::from(*alert);
            let name = alert.as_str().map(|name| format!(" {name}")).unwrap_or_default();
            Fault::Tls(format!("the server refused, with the TLS alert{name} ({number})"))
        }
        Some(other) => Fault::Tls(other.to_string()),
    }
}

/// The fault for unexpected bytes at the start of a connection.
pub(crate) fn garbage(first: &[u8]) -> Fault {
    let mut four = [0; 4];
    four.iter_mut().zip(first).for_each(|(to, from)| *to = *from);
    Fault::Foreign(Speaks::guess(four), format!("what came begins with {}", shown(first)))
}
