//! Which texts of analysts every database can store: all texts without the character NUL, which PostgreSQL cannot
//! store. Others are refused on every engine, so that the rows of one engine can be copied to another.

use flow_oa_site::{Error, Result};

/// Refuses a text that not every database can store; `what` is for the message: `the note`.
///
/// # Errors
/// If the text contains a NUL.
pub(crate) fn require_storable(what: &str, text: &str) -> Result<()> {
    match fault_of(text) {
        None => Ok(()),
        Some(fault) => Err(Error::BadData(format!("{what} {fault}; remove it"))),
    }
}

/// Why not every database can store a text; `None` if every database can.
pub(crate) fn fault_of(text: &str) -> Option<String> {
    let at = text.chars().position(|letter| letter == '\0')?;
    let place = at + 1;
    Some(format!(
        "holds the character NUL (U+0000) as its {place}. character, which not every database can keep"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nul_is_refused_and_nothing_else_is() {
        assert!(require_storable("it", "\u{1}\u{7f}\u{ffff}\n\\0").is_ok());
        let error = require_storable("the note", "\u{e9}b\0").unwrap_err();
        assert_eq!(error.exit_code(), flow_oa_core::Exit::BadData);
        assert!(
            error.to_string().starts_with("the note holds the character NUL (U+0000) as its 3."),
            "{error}"
        );
    }
}
