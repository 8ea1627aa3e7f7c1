//! The values of an object at given paths, as the fields of records.

use std::fmt;

use csv::ByteRecord;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::Shape;
use super::units::{DEEPEST, is_too_deep};

/// What an object holds.
pub(super) enum Found {
    /// A record that begins on this line.
    Record(u64, ByteRecord),
    /// Something on this line that is not a record: why, and its text if it is not the whole object.
    Damaged(u64, String, String),
}

/// The paths of all fields.
pub(super) struct Paths {
    root: Node,
    names: Vec<String>,
    /// The key of the list in a document, whose items are the objects that are read.
    list: Option<String>,
    has_lists: bool,
    /// The path of the lists, for messages.
    each: String,
    tuple: Option<(u8, usize, usize)>,
}

/// The keys below an object that lead to fields.
#[derive(Debug, Default)]
struct Node {
    keys: Vec<(String, Step)>,
}

/// What the value of a key is.
#[derive(Debug, Default)]
struct Step {
    field: Option<usize>,
    /// Whether it is the list whose entries are records.
    is_list: bool,
    below: Node,
}

impl Node {
    /// Whether a key leads to the list whose entries are records.
    fn leads_to_list(&self) -> bool {
        self.keys.iter().any(|(_, step)| step.leads_to_list())
    }

    /// Adds a path. Dots may stand between keys or in a key.
    fn add(&mut self, path: &str, place: &dyn Fn(&mut Step)) {
        place(self.step(path));
        for (at, _) in path.match_indices('.') {
            self.step(&path[..at]).below.add(&path[at + 1..], place);
        }
    }

    fn step(&mut self, key: &str) -> &mut Step {
        let at = self.keys.iter().position(|(known, _)| known == key).unwrap_or_else(|| {
            self.keys.push((key.to_owned(), Step::default()));
            self.keys.len() - 1
        });
        &mut self.keys[at].1
    }

    fn find(&self, key: &str) -> Option<&Step> {
        let found = self.keys.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        found.map(|(_, step)| step)
    }
}

impl Step {
    fn leads_to_list(&self) -> bool {
        self.is_list || self.below.leads_to_list()
    }
}

impl Paths {
    pub(super) fn new(shape: &Shape) -> Self {
        let list = shape.each.as_ref().map(|each| each.split('.').next().unwrap_or_default().to_owned());
        let below = |path: &str| match &list {
            Some(list) => {
                path.strip_prefix(list.as_str()).and_then(|rest| rest.strip_prefix('.')).map(str::to_owned)
            }
            None => Some(path.to_owned()),
        };
        let mut root = Node::default();
        for (at, spellings) in shape.fields.iter().enumerate() {
            for path in spellings.iter().filter_map(|path| below(path)) {
                root.add(&path, &|step| step.field = Some(at));
            }
        }
        let lists = shape.each.as_deref().and_then(below);
        if let Some(lists) = &lists {
            root.add(lists, &|step| step.is_list = true);
        }
        let names =
            shape.fields.iter().map(|spellings| spellings.first().cloned().unwrap_or_default()).collect();
        Self {
            root,
            names,
            list,
            has_lists: lists.is_some(),
            each: shape.each.clone().unwrap_or_default(),
            tuple: shape.tuple,
        }
    }

    /// The key of the list in a document whose items are objects to read.
    pub(super) fn list(&self) -> Option<String> {
        self.list.clone()
    }

    /// Adds the records of an object that begins on a line.
    pub(super) fn read(&self, unit: &[u8], line: u64, found: &mut Vec<Found>) {
        let damaged = |line, reason| Found::Damaged(line, reason, String::new());
        if is_too_deep(unit) {
            let reason = format!(
                "more than {DEEPEST} levels of objects and lists: remove the line, or name the right file"
            );
            found.push(damaged(line, reason));
            return;
        }
        let before = found.len();
        let slots = vec![None; self.names.len()];
        let mut out = Out {
            paths: self,
            unit,
            line,
            counted: 0,
            slots,
            set: Vec::new(),
            late: None,
            lacks_list: false,
            found,
        };
        let mut json = serde_json::Deserializer::from_slice(unit);
        let is_entry = self.list.is_some() && !self.has_lists;
        let outcome = if is_entry {
            out.entry(&mut json)
        } else {
            Inner { node: &self.root, out: &mut out, is_root: true }.deserialize(&mut json)
        };
        let outcome = outcome.and_then(|()| json.end());
        if outcome.is_ok() && !is_entry && !self.has_lists {
            out.emit(line, &[]);
        }
        let (late, lacks) = (out.late, out.lacks_list);
        if let Err(error) = outcome {
            let at = line + (error.line() as u64).saturating_sub(1);
            found.truncate(before);
            found.push(damaged(at, fault(&error)));
        } else if let Some(name) = late {
            let reason = format!(
                "`{}` stands behind the list to whose entries it belongs: convert the file",
                self.names[name]
            );
            found.truncate(before);
            found.push(damaged(line, reason));
        } else if lacks {
            // Its entries would be left out in silence.
            let reason = format!("the object lacks `{}`, the list of the records", self.each);
            found.push(damaged(line, reason));
        }
    }
}

/// An error of the parser, without its line.
fn fault(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("column {}: this is not valid JSON: {what}", error.column())
}

/// The values that were found so far, and the records.
struct Out<'a> {
    paths: &'a Paths,
    unit: &'a [u8],
    /// The line of the byte `counted` of the object.
    line: u64,
    counted: usize,
    slots: Vec<Option<String>>,
    /// The fields that were set, in order, so that they can be forgotten where their object ends.
    set: Vec<usize>,
    /// A field that was found behind the entries to which it belongs.
    late: Option<usize>,
    /// Whether an object on the way to the list of entries lacks the key to it.
    lacks_list: bool,
    found: &'a mut Vec<Found>,
}

impl Out<'_> {
    /// The line of a value, which comes behind all values before.
    fn line_of(&mut self, raw: &RawValue) -> u64 {
        let at = (raw.get().as_ptr() as usize).saturating_sub(self.unit.as_ptr() as usize);
        if let Some(between) = self.unit.get(self.counted..at) {
            self.line += between.iter().filter(|byte| **byte == b'\n').count() as u64;
            self.counted = at;
        }
        self.line
    }

    fn set(&mut self, field: usize, raw: &RawValue) {
        if let Some(text) = text_of(raw) {
            self.slots[field] = Some(text);
            self.set.push(field);
        }
    }

    /// Forgets the fields that were set since `mark`.
    fn forget(&mut self, mark: usize) {
        for field in self.set.drain(mark..) {
            self.slots[field] = None;
        }
    }

    /// Adds a record of what was found, and of the fields of an entry.
    fn emit(&mut self, line: u64, tuple: &[&str]) {
        let mut record = ByteRecord::with_capacity(256, self.slots.len() + tuple.len());
        for slot in &self.slots {
            record.push_field(slot.as_deref().unwrap_or_default().as_bytes());
        }
        tuple.iter().for_each(|field| record.push_field(field.as_bytes()));
        self.found.push(Found::Record(line, record));
    }

    /// Reads an entry of the lists: a text with fields, or an object.
    fn entry<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
        let raw: &RawValue = serde::Deserialize::deserialize(json)?;
        let line = self.line_of(raw);
        let Some((delimiter, least, most)) = self.paths.tuple else {
            let mark = self.set.len();
            let node = self.paths.lists_node();
            let mut inner = serde_json::Deserializer::from_str(raw.get());
            let read = Inner { node, out: self, is_root: true }.deserialize(&mut inner);
            match read {
                Ok(()) => self.emit(line, &[]),
                Err(error) => self.found.push(Found::Damaged(line, fault(&error), raw.get().to_owned())),
            }
            self.forget(mark);
            return Ok(());
        };
        let text = if raw.get().starts_with('"') { text_of(raw) } else { None };
        let Some(text) = text else {
            let reason = "expected a text with fields".to_owned();
            self.found.push(Found::Damaged(line, reason, raw.get().to_owned()));
            return Ok(());
        };
        let mut fields: Vec<&str> = text.split(char::from(delimiter)).collect();
        if (least..=most).contains(&fields.len()) {
            fields.resize(most, "");
            self.emit(line, &fields);
        } else {
            let expected = if least == most { most.to_string() } else { format!("{least} to {most}") };
            let reason = format!("expected a text with {expected} fields, found {}", fields.len());
            self.found.push(Found::Damaged(line, reason, text));
        }
        Ok(())
    }
}

impl Paths {
    /// The node of the entries of the lists.
    fn lists_node(&self) -> &Node {
        fn below(node: &Node) -> Option<&Node> {
            node.keys
                .iter()
                .find_map(|(_, step)| if step.is_list { Some(&step.below) } else { below(&step.below) })
        }
        below(&self.root).unwrap_or(&self.root)
    }
}

/// The text of a value: that of a text without its quotation marks, else the value as it is written. `None` for null.
fn text_of(raw: &RawValue) -> Option<String> {
    let written = raw.get();
    match written.as_bytes().first() {
        Some(b'"') => {
            let inner = written.get(1..written.len() - 1).unwrap_or_default();
            if inner.contains('\\') { serde_json::from_str(written).ok() } else { Some(inner.to_owned()) }
        }
        Some(b'n') | None => None,
        Some(_) => Some(written.to_owned()),
    }
}

/// Reads the values below a node.
struct Inner<'n, 'o, 'a> {
    node: &'n Node,
    out: &'o mut Out<'a>,
    is_root: bool,
}

impl<'de> DeserializeSeed<'de> for Inner<'_, '_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        if self.is_root { json.deserialize_map(self) } else { json.deserialize_any(self) }
    }
}

impl<'de> Visitor<'de> for Inner<'_, '_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let (mark, emitted) = (self.out.set.len(), self.out.found.len());
        let mut is_missing = self.node.leads_to_list();
        while let Some(step) = members.next_key_seed(Key(self.node))? {
            is_missing &= !step.is_some_and(Step::leads_to_list);
            match step {
                None => drop(members.next_value::<IgnoredAny>()?),
                Some(Step { is_list: true, .. }) => members.next_value_seed(Entries { out: self.out })?,
                Some(Step { field: Some(field), below, .. }) => {
                    let raw: &RawValue = members.next_value()?;
                    if self.out.found.len() > emitted && self.out.paths.has_lists {
                        self.out.late = Some(*field);
                    }
                    if !below.keys.is_empty() && raw.get().starts_with('{') {
                        let mut inner = serde_json::Deserializer::from_str(raw.get());
                        let read =
                            Inner { node: below, out: self.out, is_root: false }.deserialize(&mut inner);
                        read.map_err(serde::de::Error::custom)?;
                    } else {
                        self.out.set(*field, raw);
                    }
                }
                Some(Step { below, .. }) => {
                    members.next_value_seed(Inner { node: below, out: self.out, is_root: false })?;
                }
            }
        }
        self.out.lacks_list |= is_missing;
        if self.out.paths.has_lists && !self.is_root {
            self.out.forget(mark);
        }
        Ok(())
    }

    /// A list on the way to a field: each of its objects.
    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        let Self { node, out, .. } = self;
        while items.next_element_seed(Inner { node, out: &mut *out, is_root: false })?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// Reads the entries of a list, or of the lists within it.
struct Entries<'o, 'a> {
    out: &'o mut Out<'a>,
}

impl<'de> DeserializeSeed<'de> for Entries<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Entry { out: &mut *self.out })?.is_some() {}
        Ok(())
    }
}

struct Entry<'o, 'a> {
    out: &'o mut Out<'a>,
}

impl<'de> DeserializeSeed<'de> for Entry<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        self.out.entry(json)
    }
}

/// Reads a key, and finds what it leads to.
struct Key<'n>(&'n Node);

impl<'de, 'n> DeserializeSeed<'de> for Key<'n> {
    type Value = Option<&'n Step>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(self)
    }
}

impl<'n> Visitor<'_> for Key<'n> {
    type Value = Option<&'n Step>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.find(key))
    }
}
