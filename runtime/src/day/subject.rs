//! What a comment of an analyst is about: an address, or any other text, such as a host name or a URL.

use flow_oa_core::address;
use flow_oa_schema::model::{Expr, Given};
use flow_oa_schema::types::{ColumnType, SubjectKind};

/// The subject of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// An address, in canonical text.
    Address(String),
    /// Another text.
    Text(String),
}

impl Subject {
    /// An address if the text is one, else the text itself, without the white space around it.
    pub fn of(text: &str) -> Self {
        let text = text.trim();
        match address::parse(text) {
            Some(ip) => Self::Address(ip.to_string()),
            None => Self::Text(text.to_owned()),
        }
    }

    /// The text.
    pub fn text(&self) -> &str {
        match self {
            Self::Address(text) | Self::Text(text) => text,
        }
    }

    /// The kind.
    pub fn kind(&self) -> SubjectKind {
        match self {
            Self::Address(_) => SubjectKind::Address,
            Self::Text(_) => SubjectKind::Text,
        }
    }

    /// The value by which rows with the subject in a column of this type are found; `None` if the column cannot hold it.
    pub fn in_column(&self, kind: ColumnType) -> Option<&str> {
        let can_hold = kind != ColumnType::Address || self.kind() == SubjectKind::Address;
        can_hold.then(|| self.text())
    }

    /// The value of a column that holds subjects: empty if it holds those of another kind. `None` if the column holds
    /// no subjects.
    pub fn value(&self, from: &Expr) -> Option<&str> {
        let Some(Given::Subject(kind)) = from.given() else { return None };
        Some(if kind.is_none_or(|kind| kind == self.kind()) { self.text() } else { "" })
    }
}
