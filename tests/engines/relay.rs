//! A relay between the program and a server, with which a test ends a connection at a chosen moment.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::site::Site;

/// The traffic between the program and the server.
#[derive(Clone, Default)]
pub(crate) struct Passing(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    open: Vec<TcpStream>,
    /// Whether new connections are refused.
    is_shut: bool,
    /// The text of the request after which no answer passes.
    last: Option<&'static str>,
    /// Whether that request has arrived.
    is_halted: bool,
}

/// Starts a relay between the program and the server at `to`. Returns its port too.
fn relay(to: String) -> (Passing, u16) {
    let passing = Passing::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let relayed = passing.clone();
    thread::spawn(move || {
        for from in listener.incoming().map_while(Result::ok) {
            relayed.take(from, &to);
        }
    });
    (passing, port)
}

impl Passing {
    fn take(&self, from: TcpStream, to: &str) {
        let mut state = self.0.lock().unwrap();
        if state.is_shut {
            return;
        }
        let to = TcpStream::connect(to).unwrap();
        for [from, to] in
            [[&from, &to], [&to, &from]].map(|pair| pair.map(|stream| stream.try_clone().unwrap()))
        {
            let passing = self.clone();
            thread::spawn(move || {
                let _ = passing.pass(&from, &to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
        state.open.extend([from, to]);
    }

    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
        let mut bytes = vec![0; 1 << 20];
        loop {
            let count = from.read(&mut bytes)?;
            let chunk = &bytes[..count];
            if count == 0 {
                return Ok(());
            }
            let mut state = self.0.lock().unwrap();
            // The program must keep waiting for the answer, so the connection stays open.
            if state.is_halted {
                continue;
            }
            state.is_halted |= state.last.is_some_and(|last| String::from_utf8_lossy(chunk).contains(last));
            drop(state);
            to.write_all(chunk)?;
        }
    }

    /// Passes no answer after a request that contains `text`.
    pub(crate) fn halt_after(&self, text: &'static str) {
        self.0.lock().unwrap().last = Some(text);
    }

    pub(crate) fn is_halted(&self) -> bool {
        self.0.lock().unwrap().is_halted
    }

    /// Ends all connections. If `is_shut`, new ones are refused.
    pub(crate) fn cut(&self, is_shut: bool) {
        let mut state = self.0.lock().unwrap();
        state.is_shut = is_shut;
        for it in state.open.drain(..) {
            let _ = it.shutdown(Shutdown::Both);
        }
    }
}

/// A relay to the server of a site, and the URL through it. It reads the traffic, so nothing is encrypted.
pub(crate) fn relayed(site: &Site) -> (Passing, String) {
    let url = site.database.url();
    let place = url.split("://").nth(1).and_then(|rest| rest.split('/').next()).unwrap();
    let place = place.rsplit('@').next().unwrap();
    let (passing, port) = relay(place.to_owned());
    let relayed = url.replace(place, &format!("127.0.0.1:{port}"));
    let in_the_clear = if url.starts_with("postgres") { "&sslmode=disable" } else { "" };
    (passing, relayed + in_the_clear)
}
