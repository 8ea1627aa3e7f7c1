//! The structural check: validates a document against the JSON Schema of its kind.
//!
//! It supports only the part of JSON Schema that schemars generates for the document types. It reports every fault,
//! whereas a deserializer stops at the first. A document that passes can be deserialized.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashMap, hash_map};
use std::rc::Rc;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::code::Code;
use crate::diagnostics::{Added, Faults, SourceFile};
use crate::names::nearest;
use crate::printable::in_line;
use crate::tree::{Entry, Node, Step, Value};

/// Checks `file` against `schema` and adds all faults to `faults`.
pub(crate) fn check(file: &Arc<SourceFile>, schema: &Json, faults: &mut Faults) {
    let mut walk = Walk { file, root: schema, faults, path: Vec::new(), resolved: HashMap::new() };
    walk.value(&file.tree, schema);
}

struct Walk<'a> {
    file: &'a Arc<SourceFile>,
    root: &'a Json,
    faults: &'a mut Faults,
    path: Vec<Step>,
    /// The alternatives of each reference.
    resolved: HashMap<&'a str, Rc<[&'a Json]>>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, node: &Node, schema: &'a Json) {
        let alternatives = self.alternatives(schema);
        let fitting: Vec<_> =
            alternatives.iter().copied().filter(|alternative| fits(node, alternative)).collect();
        match (&node.value, fitting.as_slice()) {
            (_, []) => self.wrong_type(node, &alternatives),
            (Value::Text(word), words) => self.word(node, word, words),
            (Value::Object(entries), [one]) => self.object(node, entries, one),
            (Value::Object(entries), many) => self.tagged(node, entries, many),
            (Value::List(items), [one, ..]) => self.list(node, items, one),
            (Value::Number(number), many)
                if many.iter().any(|alternative| types(alternative).contains(&"number")) =>
            {
                self.real(node, number);
            }
            (Value::Number(number), [one, ..]) => self.whole(node, number, one),
            _ => {}
        }
    }

    /// The schemas that a value may match, with references and alternatives resolved.
    fn alternatives(&mut self, schema: &'a Json) -> Rc<[&'a Json]> {
        if let Some(reference) = schema["$ref"].as_str() {
            if let Some(resolved) = self.resolved.get(reference) {
                return Rc::clone(resolved);
            }
            let target = self.root.pointer(reference.trim_start_matches('#'));
            let resolved = target.map(|target| self.alternatives(target)).unwrap_or_default();
            self.resolved.insert(reference, Rc::clone(&resolved));
            return resolved;
        }
        match schema["anyOf"].as_array().or(schema["oneOf"].as_array()) {
            Some(options) => options.iter().flat_map(|option| self.alternatives(option).to_vec()).collect(),
            None => Rc::new([schema]),
        }
    }

    fn report(&mut self, code: Code, node: &Node, message: String) -> Added<'_> {
        if self.faults.is_full() {
            return self.faults.pass();
        }
        self.faults.add_span(code, self.file, self.path.clone(), node.opening(), message)
    }

    fn wrong_type(&mut self, node: &Node, alternatives: &[&Json]) {
        let mut expected: Vec<&str> =
            alternatives.iter().flat_map(|alternative| types(alternative)).map(described).collect();
        expected.retain(|kind| *kind != "null");
        expected.dedup();
        self.report(
            Code::WrongType,
            node,
            format!("expected {}, found {}", expected.join(" or "), node.kind()),
        );
    }

    fn word(&mut self, node: &Node, word: &str, schemas: &[&'a Json]) {
        let words: Vec<&str> = schemas.iter().flat_map(|schema| constants(schema)).collect();
        let free = schemas.iter().any(|schema| constants(schema).is_empty());
        if free || words.contains(&word) {
            return;
        }
        let message = format!("`{}` is not one of {}", short(word), listed(&words));
        self.report(Code::UnknownWord, node, message).meant_word(word, words);
    }

    /// An object whose first key selects its schema. If that schema has one key only, no other is allowed.
    fn tagged(&mut self, node: &Node, entries: &[Entry], schemas: &[&'a Json]) {
        let tags: Vec<&str> = schemas
            .iter()
            .filter_map(|schema| properties(schema)?.keys().next())
            .map(String::as_str)
            .collect();
        let Some(first) = entries.first() else {
            self.report(Code::MissingKey, node, format!("expected one of the keys {}", listed(&tags)));
            return;
        };
        let known = |schema: &Json| properties(schema).map_or(0, Map::len);
        let has = |schema: &Json| properties(schema).is_some_and(|keys| keys.contains_key(&first.key));
        let found = schemas.iter().find(|schema| has(schema));
        if let Some(schema) = found.filter(|schema| known(schema) > 1) {
            return self.object(node, entries, schema);
        }
        for entry in entries.iter().skip(1) {
            self.at_key(entry, Code::UnknownKey, || {
                format!("only one key is allowed here, and `{}` is one", short(&first.key))
            });
        }
        match found {
            Some(schema) => self.object(node, &entries[..1], schema),
            None => {
                let message = || format!("expected one of {}", listed(&tags));
                self.at_key(first, Code::UnknownKey, message).meant_word(&first.key, tags.iter().copied());
            }
        }
    }

    fn at_key(&mut self, entry: &Entry, code: Code, message: impl FnOnce() -> String) -> Added<'_> {
        if self.faults.is_full() {
            return self.faults.pass();
        }
        let mut path = self.path.clone();
        path.push(Step::KeyOf(entry.key.clone()));
        self.faults.add_span(code, self.file, path, entry.key_span.clone(), message())
    }

    fn object(&mut self, node: &Node, entries: &[Entry], schema: &'a Json) {
        let empty = Map::new();
        let known = properties(schema).unwrap_or(&empty);
        let others = &schema["additionalProperties"];
        let mut misspelt: BTreeSet<&str> = BTreeSet::new();
        let mut first: HashMap<&str, &Entry> = HashMap::new();
        for entry in entries {
            match first.entry(&entry.key) {
                hash_map::Entry::Occupied(it) => self.second(entry, it.get()),
                hash_map::Entry::Vacant(it) => drop(it.insert(entry)),
            }
            let inner = properties(schema)
                .and_then(|property| property.get(&entry.key))
                .or(others.is_object().then_some(others));
            if let Some(inner) = inner {
                self.path.push(Step::Key(entry.key.clone()));
                self.value(&entry.value, inner);
                self.path.pop();
            } else if others == &Json::Bool(false) {
                misspelt.extend(nearest(&entry.key, known.keys().map(String::as_str)));
                self.unknown(entry, known);
            }
        }
        for required in schema["required"].as_array().into_iter().flatten().filter_map(Json::as_str) {
            if !first.contains_key(required) && !misspelt.contains(required) {
                self.report(Code::MissingKey, node, format!("`{required}` is missing here"));
            }
        }
    }

    fn unknown(&mut self, entry: &Entry, known: &Map<String, Json>) {
        let names = || known.keys().map(String::as_str);
        let message = || match known.is_empty() {
            true => "no key is allowed here; expected `{}`".to_owned(),
            false => format!("expected one of {}", listed(&names().collect::<Vec<_>>())),
        };
        self.at_key(entry, Code::UnknownKey, message).meant(&entry.key, names());
    }

    fn second(&mut self, entry: &Entry, first: &Entry) {
        let file = Arc::clone(self.file);
        self.at_key(entry, Code::DuplicateKey, || {
            let line = file.position(first.key_span.start).0;
            format!("`{}` is given a second time; the first is on line {line}", short(&entry.key))
        });
    }

    fn list(&mut self, node: &Node, items: &[Node], schema: &'a Json) {
        let (least, most) = (schema["minItems"].as_u64(), schema["maxItems"].as_u64());
        let found = items.len() as u64;
        if least.is_some_and(|least| found < least) || most.is_some_and(|most| found > most) {
            let least = least.unwrap_or_default();
            let expected = match most {
                Some(most) if most != least => format!("{least} to {most}"),
                _ => least.to_string(),
            };
            self.report(
                Code::WrongType,
                node,
                format!("expected a list of {expected} values, found {found}"),
            );
        }
        let inner = &schema["items"];
        if !inner.is_object() {
            return;
        }
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Index(index));
            self.value(item, inner);
            self.path.pop();
        }
    }

    fn real(&mut self, node: &Node, number: &str) {
        if !number.parse::<f64>().is_ok_and(f64::is_finite) {
            let message = format!("expected a number that double precision holds, found {}", short(number));
            self.report(Code::OutOfRange, node, message);
        }
    }

    fn whole(&mut self, node: &Node, number: &str, schema: &Json) {
        let bounds = (schema["minimum"].as_f64(), schema["maximum"].as_f64());
        let (low, high) = match schema["format"].as_str() {
            Some("uint32") => (0, i128::from(u32::MAX)),
            Some("uint8") => (0, i128::from(u8::MAX)),
            _ => (i128::from(i64::MIN), i128::from(i64::MAX)),
        };
        let low = bounds.0.map_or(low, |bound| low.max(bound as i128));
        let high = bounds.1.map_or(high, |bound| high.min(bound as i128));
        // A deserializer does not accept `-0` or `1.0` as whole numbers.
        if !serde_json::from_str::<i64>(number).is_ok_and(|value| (low..=high).contains(&value.into())) {
            self.report(
                Code::OutOfRange,
                node,
                format!("expected a whole number from {low} to {high}, found {}", short(number)),
            );
        }
    }
}

fn properties(schema: &Json) -> Option<&Map<String, Json>> {
    schema["properties"].as_object()
}

fn types(schema: &Json) -> Vec<&str> {
    match &schema["type"] {
        Json::String(one) => vec![one],
        Json::Array(many) => many.iter().filter_map(Json::as_str).collect(),
        _ if !constants(schema).is_empty() => vec!["string"],
        _ => Vec::new(),
    }
}

fn constants(schema: &Json) -> Vec<&str> {
    let listed = schema["enum"].as_array().into_iter().flatten();
    listed.chain(schema.get("const")).filter_map(Json::as_str).collect()
}

fn fits(node: &Node, schema: &Json) -> bool {
    let is_fit = |kind: &str| match &node.value {
        Value::Null => kind == "null",
        Value::Bool(_) => kind == "boolean",
        Value::Number(_) => kind == "integer" || kind == "number",
        Value::Text(_) => kind == "string",
        Value::List(_) => kind == "array",
        Value::Object(_) => kind == "object",
    };
    match &schema["type"] {
        Json::String(one) => is_fit(one),
        _ => types(schema).into_iter().any(is_fit),
    }
}

fn described(kind: &str) -> &str {
    match kind {
        "string" => "a text",
        "integer" => "a whole number",
        "number" => "a number",
        "boolean" => "true or false",
        "array" => "a list",
        "object" => "an object",
        other => other,
    }
}

/// A text of a document, shortened for a message.
fn short(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 100;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{}`", in_line(word))).collect::<Vec<_>>().join(", ")
}
