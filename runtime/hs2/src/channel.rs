//! Calls and their answers on one connection, for each kind of transport.
//!
//! A call is sent once. After a fault the connection is out of sync and is abandoned; only cleanup may open a new
//! connection. The session interprets the answers.

use crate::fault::Fault;
use crate::http::{Cookies, Http};
use crate::interrupt::{Interrupter, Wait};
use crate::messages::Call;
use crate::sasl;
use crate::settings::{Auth, Settings, Transport};
use crate::socket::{Socket, ended};
use crate::thrift::{Bytes, Decoder, Encoder};

/// The read buffer for messages that do not state their length, in bytes.
const AHEAD: usize = 64 * 1024;

/// A connection with its message format.
enum Link {
    /// Messages without framing.
    Bare(Bare),
    /// Each message is preceded by its length.
    Framed(Socket),
    Http(Http),
}

/// Makes calls on a connection.
pub(crate) struct Channel {
    settings: Settings,
    link: Option<Link>,
    cookies: Cookies,
    sequence: i32,
}

impl Channel {
    /// Connects and performs the handshakes.
    pub(crate) fn open(settings: &Settings, flag: &Interrupter) -> Result<Self, Fault> {
        settings.check()?;
        let mut connecting = Wait::new(settings.connect_timeout, flag);
        let mut shaking =
            Wait::new(settings.connect_timeout.saturating_add(settings.handshake_timeout), flag);
        let link = link(settings, &mut connecting, &mut shaking)?;
        Ok(Self { settings: settings.clone(), link: Some(link), cookies: Cookies::default(), sequence: 0 })
    }

    /// Whether the connection is out of sync or closed.
    pub(crate) fn is_broken(&self) -> bool {
        self.link.is_none()
    }

    /// Makes a call and waits for its answer.
    pub(crate) fn call<C: Call>(&mut self, call: &C, wait: &mut Wait<'_>) -> Result<C::Answer, Fault> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut encoder = Encoder::call(C::METHOD, self.sequence);
        // A method has arguments and a result, each a struct: the request is argument 1, the answer is result 0.
        encoder.structure(1, |encoder| call.write(encoder));
        encoder.stop();
        let request = encoder.into_bytes();
        if i32::try_from(request.len()).is_err() {
            return Err(Fault::TooLong(request.len()));
        }
        // The link is stored again only on success: a late answer must not be taken for that of the next call.
        let mut link = self.usable_link(wait)?;
        let answer = self.exchange::<C>(&mut link, &request, wait)?;
        self.link = Some(link);
        Ok(answer)
    }

    fn usable_link(&mut self, wait: &mut Wait<'_>) -> Result<Link, Fault> {
        let over_http = matches!(self.settings.transport, Transport::Http { .. });
        match self.link.take() {
            Some(Link::Http(mut http)) => {
                if http.is_usable() {
                    return Ok(Link::Http(http));
                }
            }
            Some(link) => return Ok(link),
            None if over_http || wait.is_tidying() => {}
            None => return Err(Fault::Gone("it was given up after an error before".to_owned())),
        }
        let mut connecting = wait.part(self.settings.connect_timeout);
        link(&self.settings, &mut connecting, wait)
    }

    fn exchange<C: Call>(
        &mut self,
        link: &mut Link,
        request: &[u8],
        wait: &mut Wait<'_>,
    ) -> Result<C::Answer, Fault> {
        let limit = self.settings.max_message;
        let answer = match link {
            Link::Bare(bare) => {
                bare.socket.write(request, wait)?;
                return answer::<C, _>(Reading { bare, wait }, limit, self.sequence);
            }
            Link::Framed(socket) => framed(socket, request, limit, wait)?,
            Link::Http(http) => {
                let Transport::Http { path } = &self.settings.transport else { return Err(ended()) };
                http.post(&self.settings, &mut self.cookies, path, request, wait)?
            }
        };
        answer_whole::<C>(&answer, self.sequence)
    }
}

fn link(settings: &Settings, connecting: &mut Wait<'_>, shaking: &mut Wait<'_>) -> Result<Link, Fault> {
    let mut socket = Socket::connect(settings, connecting, shaking)?;
    Ok(match (&settings.transport, settings.auth) {
        (Transport::Http { .. }, _) => Link::Http(Http::new(socket)),
        (Transport::Binary, Auth::NoSasl) => {
            Link::Bare(Bare { socket, ahead: vec![0; AHEAD], at: 0, end: 0 })
        }
        (Transport::Binary, Auth::Plain | Auth::Ldap) => {
            sasl::shake(&mut socket, settings, shaking)?;
            Link::Framed(socket)
        }
    })
}

fn answer<C: Call, B: Bytes>(bytes: B, limit: usize, sequence: i32) -> Result<C::Answer, Fault> {
    let mut decoder = Decoder::new(bytes, limit);
    decoder.reply(C::METHOD, sequence)?;
    let mut answer = None;
    decoder.structure(|decoder, field| {
        match field.id {
            0 => answer = Some(decoder.inner(field, C::read)?),
            _ => decoder.skip(field)?,
        }
        Ok(())
    })?;
    answer.ok_or_else(|| Fault::Malformed(format!("the answer to {} is empty", C::METHOD)))
}

fn answer_whole<C: Call>(bytes: &[u8], sequence: i32) -> Result<C::Answer, Fault> {
    answer::<C, _>(bytes, bytes.len(), sequence)
}

fn framed(socket: &mut Socket, request: &[u8], limit: usize, wait: &mut Wait<'_>) -> Result<Vec<u8>, Fault> {
    let length = u32::try_from(request.len()).map_err(|_| Fault::TooLong(request.len()))?;
    socket.write(&[&length.to_be_bytes()[..], request].concat(), wait)?;
    let mut length = [0; 4];
    socket.fill(&mut length, wait)?;
    let length = u32::from_be_bytes(length);
    let length = usize::try_from(length).ok().filter(|length| *length <= limit).ok_or_else(|| {
        Fault::Malformed(format!("the answer has {length} bytes, and the largest that is taken {limit}"))
    })?;
    let mut answer = Vec::new();
    while answer.len() < length {
        let from = answer.len();
        answer.resize(length.min(from + AHEAD), 0);
        socket.fill(&mut answer[from..], wait)?;
    }
    Ok(answer)
}

/// A socket with a read buffer.
struct Bare {
    socket: Socket,
    ahead: Vec<u8>,
    at: usize,
    end: usize,
}

/// Reads the bytes of one answer.
struct Reading<'a, 'w, 'f> {
    bare: &'a mut Bare,
    wait: &'w mut Wait<'f>,
}

impl Bytes for Reading<'_, '_, '_> {
    fn fill(&mut self, mut into: &mut [u8]) -> Result<(), Fault> {
        let Bare { socket, ahead, at, end } = &mut *self.bare;
        while !into.is_empty() {
            if at == end {
                (*at, *end) = (0, socket.read(ahead, self.wait)?);
                if *end == 0 {
                    return Err(ended());
                }
            }
            let count = into.len().min(*end - *at);
            into[..count].copy_from_slice(&ahead[*at..*at + count]);
            *at += count;
            into = &mut into[count..];
        }
        Ok(())
    }
}
