//! What went wrong on a connection, before anybody says what was being done: the errors of the layers below the
//! session. It never leaves the crate; `error.rs` makes it into what a user reads.

/// What ends a call.
#[derive(Debug)]
pub(crate) enum Fault {
    /// A setting that cannot be meant.
    Setting(String),
    /// No connection came about.
    Connect(String),
    /// The connection was to be encrypted, and could not be.
    Tls(String),
    /// Whom to trust is not known.
    Roots(flow_oa_tls::TlsError),
    /// The server does not accept who asks.
    Auth(String),
    /// No answer in time.
    Late,
    /// The flag is set.
    Interrupted,
    /// The connection ended, or failed.
    Gone(String),
    /// The answer is none of HiveServer2's.
    Foreign(Speaks, String),
    /// The answer cannot be understood.
    Malformed(String),
    /// The request is larger than any may be.
    TooLong(usize),
}

/// A text in quotes for a message, with escapes for what would not be seen.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.escape_debug())
}

/// What a server seems to speak, by the first bytes that it sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Speaks {
    Http,
    Tls,
    Sasl,
    Plain,
    Unknown,
}

impl Speaks {
    /// Judged by the first four bytes of what should be a Thrift message.
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

/// Bytes as a message shows them: text where it is printable.
pub(crate) fn shown(bytes: &[u8]) -> String {
    const SHOWN: usize = 48;
    let cut = bytes.get(..SHOWN).unwrap_or(bytes);
    let more = if cut.len() < bytes.len() { "..." } else { "" };
    format!("\"{}\"{more}", cut.escape_ascii())
}
