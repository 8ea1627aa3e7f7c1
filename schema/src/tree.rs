//! JSON with positions: every value and key has its range of bytes in the file.

use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// A JSON value and its position.
#[derive(Debug, Clone)]
pub struct Node {
    /// The range of bytes in the file.
    pub span: Range<usize>,
    /// The value.
    pub value: Value,
}

/// A JSON value by kind.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text, with escapes resolved.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, with its keys in the order of the file, including repeated keys.
    Object(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// The range of bytes of the key, including its quotes.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// A step of a path into a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an element of a list, from 0.
    Index(usize),
    /// To a key itself, not its value; only valid as the last step.
    KeyOf(String),
}

impl From<&str> for Step {
    fn from(key: &str) -> Self {
        Step::Key(key.into())
    }
}
impl From<&String> for Step {
    fn from(key: &String) -> Self {
        Step::Key(key.clone())
    }
}
impl From<usize> for Step {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

/// A path from the root of a document: `path!["columns", 3, "from"]`.
#[macro_export]
macro_rules! path {
    ($($step:expr),* $(,)?) => { vec![$($crate::tree::Step::from($step)),*] };
}

/// The path that continues `path` with `rest`.
pub(crate) fn below(path: &[Step], rest: Vec<Step>) -> Vec<Step> {
    path.iter().cloned().chain(rest).collect()
}

/// A path as a JSON Pointer (RFC 6901); `/` for the whole document.
pub fn pointer(path: &[Step]) -> String {
    if path.is_empty() {
        return "/".into();
    }
    // A longer key is not a name, and is truncated.
    const LONGEST: usize = 200;
    let cut = |key: &str| key.get(..key.floor_char_boundary(LONGEST)).map_or_else(String::new, str::to_owned);
    let escaped = |key: &str| cut(key).replace('~', "~0").replace('/', "~1");
    path.iter()
        .map(|step| match step {
            Step::Key(key) | Step::KeyOf(key) => format!("/{}", escaped(key)),
            Step::Index(index) => format!("/{index}"),
        })
        .collect()
}

/// A text whose comments, `// …` and `/* … */`, are replaced by blanks, one for each character, so that all others keep
/// their lines and columns. A comment that is not closed stays, and [`parse`] refuses it.
pub fn without_comments(text: &str) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(['"', '/']) {
        let (before, from) = rest.split_at(start);
        blanked.push_str(before);
        let (length, is_comment) = match from.as_bytes() {
            [b'"', ..] => (end_of_text(from), false),
            [b'/', b'/', ..] => (from.find('\n').unwrap_or(from.len()), true),
            [b'/', b'*', ..] => match from[2..].find("*/") {
                Some(end) => (end + 4, true),
                None => (from.len(), false),
            },
            _ => (1, false),
        };
        let (part, behind) = from.split_at(length);
        match is_comment {
            true => blanked
                .extend(part.chars().map(|letter| if matches!(letter, '\n' | '\r') { letter } else { ' ' })),
            false => blanked.push_str(part),
        }
        rest = behind;
    }
    blanked + rest
}

/// The length of the quoted text at the start of `text`, with its quotes.
fn end_of_text(text: &str) -> usize {
    let mut is_escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// Parses strict JSON (RFC 8259).
///
/// # Errors
/// If the text is not valid: the message, and the range of bytes.
pub fn parse(text: &str) -> Result<Node, (String, Range<usize>)> {
    let strict = ParseOptions {
        allow_comments: false,
        allow_loose_object_property_names: false,
        allow_trailing_commas: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    if text.starts_with('\u{FEFF}') {
        return Err(("the file begins with a byte order mark; save it without one".into(), 0..0));
    }
    match parse_to_ast(text, &CollectOptions::default(), &strict) {
        Ok(parsed) => match parsed.value {
            Some(value) => laxities(text).map_or_else(|| Ok(node(value)), Err),
            None => Err(("the file holds no value".into(), 0..text.len().min(1))),
        },
        Err(error) => {
            let range = error.range();
            let comment = text.get(range.start..).and_then(|rest| rest.strip_prefix("/*"));
            if comment.is_some_and(|comment| !comment.contains("*/")) {
                let message = "the comment that begins here is not closed: end it with `*/`";
                return Err((message.to_owned(), range.start..range.start + 2));
            }
            Err((sentence(&error.kind().to_string()), range.start..range.end.max(range.start)))
        }
    }
}

/// Faults that the parser with positions accepts and RFC 8259 does not: control characters in texts, leading zeros in
/// numbers.
fn laxities(text: &str) -> Option<(String, Range<usize>)> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let line: usize = text.split_inclusive('\n').take(error.line() - 1).map(str::len).sum();
    let at = (line + error.column()).saturating_sub(1);
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(it, _)| it);
    Some((sentence(message), at..at + 1))
}

/// The message of a parser, starting in lower case like other messages.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(|letter| letter.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

fn node(value: ast::Value<'_>) -> Node {
    let range = jsonc_parser::common::Ranged::range(&value);
    let value = match value {
        ast::Value::NullKeyword(_) => Value::Null,
        ast::Value::BooleanLit(it) => Value::Bool(it.value),
        ast::Value::NumberLit(it) => Value::Number(it.value.to_owned()),
        ast::Value::StringLit(it) => Value::Text(it.value.into_owned()),
        ast::Value::Array(it) => Value::List(it.elements.into_iter().map(node).collect()),
        ast::Value::Object(it) => Value::Object(it.properties.into_iter().map(entry).collect()),
    };
    Node { span: range.start..range.end, value }
}

fn entry(property: ast::ObjectProp<'_>) -> Entry {
    let range = jsonc_parser::common::Ranged::range(&property.name);
    Entry { key_span: range.start..range.end, key: property.name.into_string(), value: node(property.value) }
}

impl Node {
    /// The kind of the value, for messages.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::Text(_) => "a text",
            Value::List(_) => "a list",
            Value::Object(_) => "an object",
        }
    }

    /// The bytes of the value at `path`. If there is none, those of the last value on the path that exists.
    pub fn span_at(&self, path: &[Step]) -> Range<usize> {
        let mut at = self;
        for step in path {
            let next = match (step, &at.value) {
                (Step::Key(key), Value::Object(entries)) => {
                    entries.iter().find(|entry| entry.key == *key).map(|it| &it.value)
                }
                (Step::Index(index), Value::List(items)) => items.get(*index),
                (Step::KeyOf(key), Value::Object(entries)) => {
                    let found = entries.iter().find(|entry| entry.key == *key);
                    return found.map_or_else(|| at.opening(), |it| it.key_span.clone());
                }
                _ => None,
            };
            match next {
                Some(node) => at = node,
                None => return at.opening(),
            }
        }
        at.opening()
    }

    /// The bytes that a message about this value marks: all of a simple value, or the opening bracket of a list or
    /// object.
    pub fn opening(&self) -> Range<usize> {
        match self.value {
            Value::List(_) | Value::Object(_) => self.span.start..self.span.start + 1,
            _ => self.span.clone(),
        }
    }

    /// The same value without positions. A repeated key has its last value.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(it) => Json::Bool(*it),
            Value::Number(it) => serde_json::from_str(it).unwrap_or(Json::Null),
            Value::Text(it) => Json::String(it.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Object(entries) => {
                Json::Object(entries.iter().map(|entry| (entry.key.clone(), entry.value.to_json())).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{parse, without_comments};

    #[test]
    fn comments_become_blanks_and_texts_stay() {
        let text = "{ // a \"b\"\r\n\"k//\\\"/*\": /* é\n 語 */ 1 } // ü";
        let blanked = without_comments(text);
        let widths =
            |text: &str| -> Vec<usize> { text.split('\n').map(|line| line.chars().count()).collect() };
        assert_eq!(widths(&blanked), widths(text));
        assert_eq!(blanked.split_whitespace().collect::<Vec<_>>(), ["{", "\"k//\\\"/*\":", "1", "}"]);
    }

    #[test]
    fn a_comment_that_is_not_closed_is_refused_where_it_begins() {
        for text in ["{\n  /* a\n}", "{}\n/* é", "/* a\n{}", "{\"a\": /*/ 1}", "{\"a\": 1, /* b \"c\": 2}"] {
            let (message, range) = parse(&without_comments(text)).unwrap_err();
            assert_eq!(Some(range.start), text.find("/*"), "{text}: {message}");
            assert!(message.contains("is not closed"), "{text}: {message}");
        }
    }
}
