//! Faults of a connection, in the layers below the session, which do not know the operation in progress. They stay
//! within the crate; `error.rs` converts them to the errors that a user reads.

/// Why a call failed.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A setting is invalid.
    Setting(String),
    /// No connection could be made.
    Connect(String),
    /// The connection could not be encrypted.
    Tls(String),
    /// The trusted certificates cannot be used.
    Roots(flow_oa_tls::TlsError),
    /// The server does not accept the user.
    Auth(String),
    /// No answer in time.
    Late,
    /// The interrupt flag is set.
    Interrupted,
    /// The connection ended or failed.
    Gone(String),
    /// The answer is not one of HiveServer2.
    Foreign(Speaks, String),
    /// The answer cannot be decoded.
    Malformed(String),
    /// The request is too long to be sent; its size in bytes.
    TooLong(usize),
}

/// A text in quotes for a message, with escapes for invisible characters.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

/// The protocol that a server seems to use, by the first bytes that it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    Http,
    Tls,
    Sasl,
    Plain,
    Unknown,
}

impl Speaks {
    /// Guesses from the first four bytes of what should be a Thrift message.
    pub(crate) fn guess(first: [u8; 4]) -> Self {
        match first {
            [b'H', b'T', b'T', b'P'] => Self::Http,
            // A record of an alert or of a handshake.
            [0x15 | 0x16, 3, ..] => Self::Tls,
            // BAD or ERROR, and the length of a short message.
            [3 | 4, 0, 0, _] => Self::Sasl,
            _ => Self::Unknown,
        }
    }
}

/// Bytes for a message, with escapes for those that are not printable.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    let cut = bytes.get(..SHOWN).unwrap_or(bytes);
    let more = if cut.len() < bytes.len() { "..." } else { "" };
    format!("\"{}\"{more}", cut.escape_ascii())
}
