//! Secrets in the text of a document: a fault is shown with its line, and what stands there may be a password.
//!
//! The document may be one that cannot be read, and a key of a secret may be misspelt. So the text is gone through letter
//! by letter, and every value of a service is hidden whose key is not known to hold no secret.

use crate::diagnostics::SourceFile;
use crate::tree::Value;

/// Keys whose values may be seen.
const OPEN: [&str; 12] = [
    "kind",
    "path",
    "format",
    "label",
    "server",
    "refclient",
    "category_file",
    "version",
    "verdict",
    "not_found",
    "env",
    "file",
];

/// The document with stars in place of texts within services, which stand behind the key `after`, or in the document
/// itself where that is none; every byte stays where it is. In a document that cannot be read, nobody knows what is
/// within a service.
pub(super) fn hidden(file: &SourceFile, after: Option<&str>) -> String {
    let text = &file.text;
    let begin = after.map_or(Some(0), |key| text.find(&format!("\"{key}\"")).map(|at| at + key.len() + 2));
    let Some(begin) = begin else { return text.clone() };
    let within = if matches!(file.tree.value, Value::Null) { i32::MIN } else { 2 };
    let mut bytes = text.as_bytes().to_vec();
    let (mut key, mut at, mut depth) = (String::new(), begin, 0);
    while let Some(length) = bytes.iter().skip(at).position(|it| *it == b'"') {
        depth += bytes.iter().skip(at).take(length).map(nesting).sum::<i32>();
        let start = at + length + 1;
        let end = end_of_text(&bytes, start);
        let behind = bytes.iter().skip(end + 1).find(|it| !it.is_ascii_whitespace());
        if behind == Some(&b':') {
            key = text.get(start..end).unwrap_or_default().to_owned();
        } else if depth >= within
            && !OPEN.contains(&key.as_str())
            && let Some(value) = bytes.get_mut(start..end)
        {
            value.iter_mut().filter(|it| !matches!(it, b'\n' | b'\r')).for_each(|it| *it = b'*');
        }
        at = end + 1;
    }
    // Whole texts became stars, so it is UTF-8 still.
    String::from_utf8(bytes).unwrap_or_default()
}

fn nesting(byte: &u8) -> i32 {
    match byte {
        b'{' => 1,
        b'}' => -1,
        _ => 0,
    }
}

/// Where the text that begins at `start` ends: at its quote, or where the document does.
fn end_of_text(bytes: &[u8], start: usize) -> usize {
    let mut at = start;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    bytes.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Node;

    fn shown(text: &str, value: Value, after: Option<&str>) -> String {
        let tree = Node { span: 0..text.len(), value };
        hidden(&SourceFile { path: String::new(), text: text.to_owned(), tree }, after)
    }

    #[test]
    fn values_within_services_are_hidden_and_nothing_moves() {
        let text = r#"{"reputation": {"a": "list.csv", "fb": {"app_secrt": "gé\"heim", "kind": "fb", "c": ["g"]}}, "b": "c"}"#;
        let found = shown(text, Value::Bool(true), Some("reputation"));
        let expected = r#"{"reputation": {"a": "list.csv", "fb": {"app_secrt": "*********", "kind": "fb", "c": ["*"]}}, "b": "c"}"#;
        assert_eq!(found, expected);
        let found = shown(r#"{"fb": {"app_secret": "geheim"}}"#, Value::Bool(true), None);
        assert_eq!(found, r#"{"fb": {"app_secret": "******"}}"#);
        assert_eq!(shown(r#"{"a": "b"}"#, Value::Bool(true), Some("reputation")), r#"{"a": "b"}"#);
    }

    #[test]
    fn nothing_is_shown_of_a_document_that_cannot_be_read() {
        let found = shown(r#"{"reputation": "fb": "app_secret": "ge heim"#, Value::Null, Some("reputation"));
        assert_eq!(found, r#"{"reputation": "fb": "app_secret": "*******"#);
    }
}
