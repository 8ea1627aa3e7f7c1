//! SASL PLAIN in Thrift's framing: a status, a length and a text, until the negotiation is complete; then each message
//! is preceded by its length.
//!
//! It knows no Thrift message. The password is written only to the connection.

use crate::fault::{Fault, shown};
use crate::interrupt::Wait;
use crate::settings::Settings;
use crate::socket::{Socket, garbage};

const START: u8 = 1;
const OK: u8 = 2;
const BAD: u8 = 3;
const ERROR: u8 = 4;
const COMPLETE: u8 = 5;

/// The longest text of a server during the negotiation, in bytes.
const LONGEST: u32 = 64 * 1024;

/// Authenticates the user.
///
/// # Errors
/// [`Fault::Auth`] with the server's message if it refuses the user.
pub(crate) fn shake(socket: &mut Socket, settings: &Settings, wait: &mut Wait<'_>) -> Result<(), Fault> {
    let mut hello = piece(START, b"PLAIN");
    let (user, password) = (settings.effective_user(), settings.effective_password());
    hello.extend(piece(OK, format!("\0{user}\0{password}").as_bytes()));
    socket.write(&hello, wait)?;
    let mut head = [0; 5];
    socket.fill(&mut head, wait)?;
    let [status, length @ ..] = head;
    let length = u32::from_be_bytes(length);
    if !(OK..=COMPLETE).contains(&status) || length > LONGEST {
        return Err(garbage(&head));
    }
    let mut text = vec![0; usize::try_from(length).unwrap_or_default()];
    socket.fill(&mut text, wait)?;
    match status {
        COMPLETE => Ok(()),
        BAD | ERROR => Err(Fault::Auth(String::from_utf8_lossy(&text).into_owned())),
        _ => Err(Fault::Malformed(format!("SASL PLAIN was answered by a question: {}", shown(&text)))),
    }
}

fn piece(status: u8, text: &[u8]) -> Vec<u8> {
    let mut piece = vec![status];
    piece.extend(u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes());
    piece.extend(text);
    piece
}
