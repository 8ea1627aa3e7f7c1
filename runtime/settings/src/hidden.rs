//! Hides secrets in error reports. A report shows the line of the error, and the line may contain a password.
//!
//! A value is shown only if its position in the document is known to hold no secret, so that the values of a new key
//! are hidden until the key is listed here. A document that cannot be parsed has no positions: only its brackets and
//! the names of keys are shown.

use std::collections::{BTreeSet, HashSet};
use std::ops::Range;
use std::sync::{Arc, LazyLock};

use serde_json::Value as Json;

use crate::{ServicesDoc, SettingsDoc};
use flow_oa_schema::diagnostics::{Fault, Faults, SourceFile};
use flow_oa_schema::meta;
use flow_oa_schema::tree::{Node, Step, Value};

/// The kind of document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Holder {
    /// The settings of a site.
    Settings,
    /// A file of reputation services.
    Services,
}

/// Whether a value may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    Always,
    /// Shown if it is a path, or a URL without user and parameters.
    AsPlace,
    /// Shown if it is the file of a SQLite database.
    AsFile,
    Never,
}

/// Shorter values are not searched for in messages.
const SHORTEST: usize = 4;

/// The replacement for a secret in a message.
const STARS: &str = "***";

/// Replaces everything that may be secret by stars in the lines, messages and paths of the errors. The length of every
/// line stays the same.
pub(crate) fn hidden(faults: Faults, holder: Holder) -> Faults {
    // All errors are about one document, which is searched once.
    let mut last: Option<(Arc<SourceFile>, Secrets, Arc<SourceFile>)> = None;
    faults.map(|mut fault| {
        let Some(file) = fault.file.take() else { return fault };
        let known = last.take().filter(|known| Arc::ptr_eq(&known.0, &file));
        let (_, secrets, shown) = last.insert(known.unwrap_or_else(|| {
            let found = Secrets::of(&file, holder);
            let (path, text, tree) = (file.path.clone(), found.masked(&file.text), file.tree.clone());
            (file, found, Arc::new(SourceFile { path, text, tree }))
        }));
        secrets.clean(&mut fault);
        fault.file = Some(Arc::clone(shown));
        fault
    })
}

/// The parts of a document that must not be shown.
#[derive(Default)]
struct Secrets {
    spans: Vec<Range<usize>>,
    texts: HashSet<String>,
}

impl Secrets {
    fn of(file: &SourceFile, holder: Holder) -> Self {
        let mut found = Self::default();
        match file.tree.value {
            Value::Null => found.spans = unknown(&file.text),
            _ => found.value(&file.tree, &mut Vec::new(), holder),
        }
        found
    }

    fn value(&mut self, node: &Node, path: &mut Vec<String>, holder: Holder) {
        match &node.value {
            Value::Null | Value::Bool(_) => {}
            Value::Number(number) => self.leaf(node, number, node.span.clone(), path, holder),
            Value::Text(text) => {
                let within = node.span.start + 1..node.span.end.saturating_sub(1);
                self.leaf(node, text, within, path, holder);
            }
            Value::List(items) => items.iter().for_each(|item| self.value(item, path, holder)),
            Value::Object(entries) => {
                for entry in entries {
                    if !is_name(&entry.key, path) {
                        self.hide(&entry.key, entry.key_span.start + 1..entry.key_span.end.saturating_sub(1));
                    }
                    path.push(entry.key.clone());
                    self.value(&entry.value, path, holder);
                    path.pop();
                }
            }
        }
    }

    fn leaf(&mut self, node: &Node, text: &str, span: Range<usize>, path: &[String], holder: Holder) {
        let is_text = matches!(node.value, Value::Text(_));
        let is_open = match shown(path, holder) {
            Shown::Always => true,
            Shown::AsPlace => is_text && !text.contains(['@', '?', '=']),
            Shown::AsFile => text.starts_with("sqlite:"),
            Shown::Never => false,
        };
        if !is_open {
            self.hide(text, span);
        }
    }

    fn hide(&mut self, text: &str, span: Range<usize>) {
        self.spans.push(span);
        if text.len() >= SHORTEST {
            self.texts.insert(text.to_owned());
        }
    }

    /// The text of the document with stars in place of the secrets.
    fn masked(&self, text: &str) -> String {
        let mut bytes = text.as_bytes().to_vec();
        for span in &self.spans {
            let hidden = bytes.get_mut(span.clone()).into_iter().flatten();
            hidden.filter(|byte| !matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b'*');
        }
        // Only whole values are replaced, so that the text is still valid UTF-8.
        String::from_utf8(bytes).unwrap_or_default()
    }

    /// Hides secrets in the message and path of an error. A message quotes only whole values and keys.
    fn clean(&self, fault: &mut Fault) {
        fault.message = self.unquoted(&fault.message);
        fault.help = fault.help.as_deref().map(|help| self.unquoted(help));
        for step in &mut fault.path {
            match step {
                Step::Key(key) | Step::KeyOf(key) if self.texts.contains(key) => *key = STARS.to_owned(),
                Step::Key(_) | Step::KeyOf(_) | Step::Index(_) => {}
            }
        }
    }

    fn unquoted(&self, message: &str) -> String {
        let mut shown = String::with_capacity(message.len());
        for piece in message.split_inclusive(['`', '"']) {
            let text = piece.trim_end_matches(['`', '"']);
            let is_secret = self.texts.contains(text);
            shown.push_str(if is_secret { STARS } else { text });
            shown.push_str(&piece[text.len()..]);
        }
        shown
    }
}

/// Whether the value at a position may be shown. Elements of a list have the position of the list.
fn shown(path: &[String], holder: Holder) -> Shown {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match (holder, path.as_slice()) {
        (Holder::Services, [service]) if *service != "$schema" => Shown::AsPlace,
        (Holder::Services, [_, within @ ..]) => of_service(within),
        (Holder::Services, []) => Shown::Never,
        (Holder::Settings, path) => of_settings(path),
    }
}

fn of_settings(path: &[&str]) -> Shown {
    match *path {
        ["$schema" | "home" | "time_zone" | "notebooks" | "limit" | "pipeline"] => Shown::Always,
        ["hdfs", "user"] | ["downloads", _] | ["formats" | "ranking", ..] => Shown::Always,
        ["database"] => Shown::AsFile,
        ["results_root"] | ["context", "ranges" | "names" | "geo" | "reputation"] => Shown::AsPlace,
        ["context", "codes" | "reputation", _] | ["hdfs", "namenodes", _] => Shown::AsPlace,
        ["context", "reputation", _, ref within @ ..] => of_service(within),
        _ => Shown::Never,
    }
}

fn of_service(path: &[&str]) -> Shown {
    match *path {
        [
            "kind" | "format" | "label" | "refclient" | "category_file" | "version" | "verdict" | "not_found",
        ] => Shown::Always,
        [
            "required"
            | "cache_hours"
            | "requests_per_run"
            | "requests_per_minute"
            | "timeout_seconds"
            | "tries",
        ] => Shown::Always,
        ["thresholds" | "meanings", _] => Shown::Always,
        ["path" | "server"] => Shown::AsPlace,
        // The place where a secret is stored may be shown, but never the arguments of a command.
        ["password" | "app_id" | "app_secret" | "secret", "env" | "file"] => Shown::Always,
        ["headers", _, "env" | "file"] => Shown::Always,
        _ => Shown::Never,
    }
}

/// Whether a key below `path` is a name. Otherwise it is a URL or a whole header line that was written in the wrong
/// place.
fn is_name(key: &str, path: &[String]) -> bool {
    let is_of_header = path.last().is_some_and(|parent| parent == "headers");
    let ends_header = |letter: char| letter == ':' || letter.is_whitespace();
    let is_line = ["://", ": ", "@", "="].iter().any(|sign| key.contains(sign));
    !(is_line || is_of_header && key.contains(ends_header))
}

/// The names of all known keys, which are never secret.
static KEYS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let mut keys: BTreeSet<String> = ["true", "false", "null"].into_iter().map(str::to_owned).collect();
    names(&meta::schema_of::<SettingsDoc>(None), &mut keys);
    names(&meta::schema_of::<ServicesDoc>(None), &mut keys);
    keys
});

/// Collects the names of all properties in a JSON Schema.
fn names(schema: &Json, into: &mut BTreeSet<String>) {
    match schema {
        Json::Object(entries) => {
            into.extend(schema["properties"].as_object().into_iter().flatten().map(|it| it.0.clone()));
            entries.values().for_each(|value| names(value, into));
        }
        Json::Array(items) => items.iter().for_each(|item| names(item, into)),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::String(_) => {}
    }
}

/// The parts of an unparsable document that are neither JSON punctuation nor names of keys.
fn unknown(text: &str) -> Vec<Range<usize>> {
    let is_sign = |letter: char| {
        letter.is_ascii_whitespace() || matches!(letter, '{' | '}' | '[' | ']' | ':' | ',' | '"')
    };
    let mut spans = Vec::new();
    let mut at = 0;
    for word in text.split_inclusive(is_sign) {
        let name = word.trim_end_matches(is_sign);
        if !name.is_empty() && !KEYS.contains(name) {
            spans.push(at..at + name.len());
        }
        at += word.len();
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Origin, Outside, reputation, settings};

    const OUTSIDE: Outside<'_> = Outside {
        is_zone: &|zone| zone == "UTC",
        fault_of_place: &|_| None,
        is_local: &|place| !place.contains("://"),
    };

    fn of_settings(text: &str) -> String {
        settings("flow_oa.json", text, &OUTSIDE).map(|_| String::new()).unwrap_or_else(|it| it.render())
    }

    /// Settings on one line with a single error besides the secret.
    #[test]
    fn whatever_may_hold_a_secret_is_hidden_in_the_line_of_another_fault() {
        for secret in [
            r#""database": "postgres://u:s3cret@h/d""#,
            r#""database": "postgres:u:s3cret""#,
            r#""databse": "postgres://u:s3cret@h/d""#,
            r#""database": {"url": "postgres://u:s3cret@h/d"}"#,
            r#""results_root": "https://u:s3cret@h/d""#,
            r#""results_root": "https://h/d?sig=s3cret""#,
            r#""results_root": ["https://u:s3cret@h/d"]"#,
            r#""query_options": {"PASSWORD": "s3cret"}"#,
            r#""query_options": "s3cret""#,
            r#""hdfs": {"namenodes": {"nn": ["http://u:s3cret@h"]}}"#,
            r#""context": {"ranges": "https://u:s3cret@h/d"}"#,
            r#""context": {"geo": ["a", "https://h/d?k=s3cret"]}"#,
            r#""context": {"codes": {"list": "https://u:s3cret@h/d"}}"#,
            r#""context": {"reputation": "https://u:s3cret@h/d"}"#,
            r#""context": {"reputation": {"own": "https://u:s3cret@h/d"}}"#,
            r#""context": {"reputation": {"list": {"path": "https://u:s3cret@h/d"}}}"#,
            r#""context": {"reputation": {"x": {"kind": "http", "headers": {"Key": "s3cret"}}}}"#,
            r#""context": {"reputation": {"x": {"kind": "http", "headers": {"Key: s3cret": ""}}}}"#,
            r#""context": {"reputation": {"x": {"kind": "http", "headers": {"Bearer s3cret": ""}}}}"#,
            r#""context": {"reputation": {"x": {"kind": "http", "url": "http://a/?key=s3cret"}}}"#,
            r#""context": {"reputation": {"fb": {"app_id": {"command": ["pass", "s3cret"]}}}}"#,
            r#""context": {"reputation": {"gti": {"user": "s3cret", "ci": "s3cret"}}}"#,
            r#""https://u:s3cret@h/d": 1"#,
        ] {
            let said = of_settings(&format!(r#"{{"time_zone": "Mars", {secret}}}"#));
            assert!(said.contains("Mars") && !said.contains("s3cret"), "{secret}:\n{said}");
        }
        let said = of_settings(
            r#"{"query_options": {"PIN": 4711}, "context": {"reputation": {"fb": {"app_id": 4711}}}}"#,
        );
        assert!(said.contains("app_id") && !said.contains("4711"), "{said}");
    }

    #[test]
    fn what_holds_none_is_shown() {
        let said = of_settings(
            r#"{"home": "/srv/oa", "database": "sqlite:a.db", "results_root": "hdfs://nn/a", "downloads": {"max_bytes": 0},
            "context": {"ranges": "a.csv", "reputation": {"own": "https://h/list.csv"}}, "time_zone": "Mars", "x": 1}"#,
        );
        for shown in ["/srv/oa", "sqlite:a.db", "hdfs://nn/a", "\"time_zone\": \"Mars\""] {
            assert!(said.contains(shown), "{shown}:\n{said}");
        }
    }

    #[test]
    fn nothing_of_a_document_that_cannot_be_read_is_shown_but_its_keys() {
        for text in [
            r#"{"database: "postgres://u:s3cret@h/d", "home": 1}"#,
            r#"{"database": postgres://u:s3cret@h/d, "home": 1}"#,
            r#"{"database": "postgres://u:s3cret@h/d" "home": 1}"#,
            r#"{"reputation": "fb": "app_secret": "ge s3cret"#,
        ] {
            let said = of_settings(text);
            assert!(!said.contains("s3cret") && said.contains("1 fault"), "{said}");
            assert!(said.contains("database") || said.contains("app_secret"), "{said}");
        }
    }

    #[test]
    fn a_file_of_services_is_hidden_alike() {
        let text = r#"{"own": "https://u:s3cret@h/d", "fb": {"app_secrt": "s3cret", "kind": "fb"}, "a": "list.csv"}"#;
        let said = reputation("services.json", text, Origin::Local, &OUTSIDE).unwrap_err().render();
        assert!(
            !said.contains("s3cret") && said.contains("list.csv") && said.contains("\"kind\": \"fb\""),
            "{said}"
        );
    }

    #[test]
    fn whatever_is_hidden_the_rest_keeps_its_place() {
        let whole = r#"{"database": "postgres://ü:é\"heim@h/d", "context": {"reputation": {"fb": {"app_id": ["日本", 1e5]}}}}"#;
        let cuts = whole.char_indices().map(|(at, _)| &whole[..at]);
        for text in cuts.chain([whole, "", "\u{feff}{", "é", "[\"é\n\"]", "\"a\u{2028}b\"", "7"]) {
            let tree = flow_oa_schema::tree::parse(text).unwrap_or(Node { span: 0..0, value: Value::Null });
            let file = SourceFile { path: String::new(), text: text.to_owned(), tree };
            for holder in [Holder::Settings, Holder::Services] {
                let shown = Secrets::of(&file, holder).masked(text);
                assert_eq!(shown.len(), text.len(), "{text}");
                assert!(shown.bytes().zip(text.bytes()).all(|(a, b)| a == b || a == b'*'), "{text}: {shown}");
                assert!(!shown.contains("heim") && !shown.contains("日"), "{text}: {shown}");
            }
        }
    }
}
