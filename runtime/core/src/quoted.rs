//! Formats text of the input for messages.

/// The text in quotation marks. Quotation marks, backslashes, invisible characters and characters that change how
/// others are displayed are escaped.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut shown = String::with_capacity(text.len() + 2);
    shown.push('"');
    for letter in text.chars() {
        match letter {
            '\'' => shown.push(letter),
            _ => shown.extend(letter.escape_debug()),
        }
    }
    shown.push('"');
    shown
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn what_would_not_be_seen_is_escaped() {
        assert_eq!(quoted("it's größer"), "\"it's größer\"");
        assert_eq!(quoted("a\"b\\c\nd"), r#""a\"b\\c\nd""#);
        assert_eq!(quoted("\u{1b}[2J\u{202e}"), r#""\u{1b}[2J\u{202e}""#);
    }
}
