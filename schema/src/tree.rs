//! JSON with positions: every value and key knows where it stands in its file.

use std::ops::Range;

use jsonc_parser::ast;
use jsonc_parser::{CollectOptions, ParseOptions, parse_to_ast};

/// A JSON value and the bytes that it takes up.
#[derive(Debug, Clone)]
pub struct Node {
    /// Bytes in the file.
    pub span: Range<usize>,
    /// What it is.
    pub value: Value,
}

/// The kinds of JSON value.
#[derive(Debug, Clone)]
pub enum Value {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, as written.
    Number(String),
    /// A text, escapes resolved.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// An object, in the order of the file, repeated keys included.
    Object(Vec<Entry>),
}

/// A key and its value.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The key.
    pub key: String,
    /// Bytes of the key, quotes included.
    pub key_span: Range<usize>,
    /// The value.
    pub value: Node,
}

/// A step from a value into it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// To the value of a key.
    Key(String),
    /// To an element of a list, from 0.
    Index(usize),
    /// To a key itself, not its value; only as the last step.
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

/// A path as JSON Pointer (RFC 6901) writes it; the whole document is `/`.
pub fn pointer(path: &[Step]) -> String {
    if path.is_empty() {
        return "/".into();
    }
    // A key that is longer is no name.
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

/// Parses strict JSON (RFC 8259).
///
/// # Errors
/// What is wrong, and the bytes at which.
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
            Err((sentence(&error.kind().to_string()), range.start..range.end.max(range.start)))
        }
    }
}

/// What the parser with positions lets pass and RFC 8259 does not: control characters in texts, zeros
/// before a number.
fn laxities(text: &str) -> Option<(String, Range<usize>)> {
    let error = serde_json::from_str::<serde::de::IgnoredAny>(text).err()?;
    let line: usize = text.split_inclusive('\n').take(error.line() - 1).map(str::len).sum();
    let at = (line + error.column()).saturating_sub(1);
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(it, _)| it);
    Some((sentence(message), at..at + 1))
}

/// The message of a parser, begun as messages here are.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map(|it| it.to_lowercase().chain(letters).collect()).unwrap_or_default()
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
    /// What kind of value it is, for messages.
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

    /// The bytes of what `path` leads to; of the last thing on the way that is there, where it leads nowhere.
    pub fn span_at(&self, path: &[Step]) -> Range<usize> {
        let mut at = self;
        for step in path {
            let next = match (step, &at.value) {
                (Step::Key(key), Value::Object(entries)) => {
                    entries.iter().find(|it| it.key == *key).map(|it| &it.value)
                }
                (Step::Index(index), Value::List(items)) => items.get(*index),
                (Step::KeyOf(key), Value::Object(entries)) => {
                    let found = entries.iter().find(|it| it.key == *key);
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

    /// Where a message about this value points: all of it, or just the bracket that opens it.
    pub fn opening(&self) -> Range<usize> {
        match self.value {
            Value::List(_) | Value::Object(_) => self.span.start..self.span.start + 1,
            _ => self.span.clone(),
        }
    }

    /// The same value without positions; a key that stands twice has its last value.
    pub fn to_json(&self) -> serde_json::Value {
        use serde_json::Value as Json;
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(it) => Json::Bool(*it),
            Value::Number(it) => serde_json::from_str(it).unwrap_or(Json::Null),
            Value::Text(it) => Json::String(it.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Object(entries) => {
                Json::Object(entries.iter().map(|it| (it.key.clone(), it.value.to_json())).collect())
            }
        }
    }
}
