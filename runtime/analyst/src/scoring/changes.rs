//! Which stored judgements a command changes: their connections, the old and new severity, and the notes that are lost.

use std::collections::{BTreeMap, HashMap};

use flow_oa_schema::answer::Datum;
use flow_oa_schema::model::{Expr as Source, Table};
use sea_query::Value;
use serde::{Serialize, Serializer};

use super::connections::named;
use super::{Day, Judgement, Meant};
use crate::cells::{datum, place_of};
use crate::severity;
use flow_oa_engine::Session;
use flow_oa_runtime::day::derive;
use flow_oa_site::Result;

/// Judgements that a command changes or removes. Two values are equal only if they change the same judgements in the
/// same way.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Changes(Vec<Change>);

/// The change of a judgement.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The columns that identify the connection, with their values.
    #[serde(serialize_with = "as_map")]
    pub connection: Vec<(String, Option<Datum>)>,
    /// The stored severity: `high`, `medium` or `low`.
    pub from: String,
    /// The new severity; `None` if the judgement is removed.
    pub to: Option<String>,
    pub note: String,
    #[serde(skip)]
    pub new_note: String,
    /// When it was scored, UTC.
    pub at: String,
    pub by: String,
}

/// The number of connections that change from one severity to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Count {
    /// The stored severity.
    pub from: String,
    /// The new severity; `None` if the judgement is removed.
    pub to: Option<String>,
    /// The number of connections.
    pub connections: u64,
    /// The number of their notes that are lost.
    pub notes_lost: u64,
}

fn as_map<S: Serializer>(pairs: &[(String, Option<Datum>)], to: S) -> std::result::Result<S::Ok, S::Error> {
    to.collect_map(pairs.iter().map(|(name, value)| (name, value)))
}

impl Change {
    /// Whether a note is replaced by a different one, or removed.
    pub fn loses_note(&self) -> bool {
        !self.note.is_empty() && self.note != self.new_note
    }
}

impl Changes {
    /// The number of changes.
    pub fn len(&self) -> u64 {
        self.0.len() as u64
    }

    /// Whether nothing stored changes.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The number of changes for each pair of old and new severity.
    pub fn counts(&self) -> Vec<Count> {
        let mut counts: BTreeMap<(&str, Option<&str>), (u64, u64)> = BTreeMap::new();
        for it in &self.0 {
            let (connections, notes_lost) = counts.entry((&it.from, it.to.as_deref())).or_default();
            *connections += 1;
            *notes_lost += u64::from(it.loses_note());
        }
        let count = |((from, to), (connections, notes_lost)): ((&str, Option<&str>), _)| Count {
            from: from.to_owned(),
            to: to.map(str::to_owned),
            connections,
            notes_lost,
        };
        counts.into_iter().map(count).collect()
    }

    /// The changes whose note is lost.
    pub fn notes_lost(&self) -> impl Iterator<Item = &Change> {
        self.0.iter().filter(|it| it.loses_note())
    }

    /// The number of judgements that are removed.
    pub(super) fn removed(&self) -> u64 {
        self.0.iter().filter(|it| it.to.is_none()).count() as u64
    }
}

/// The judgements of a day, by the string that identifies their connection. A connection has several only if the
/// database does not enforce the key of the table.
pub(super) struct Stored<'a> {
    pub(super) table: &'a Table,
    rows: HashMap<String, Vec<Vec<Value>>>,
}

impl<'a> Stored<'a> {
    pub(super) fn read(session: &mut dyn Session, of: Day<'_>, table: &'a Table) -> Result<Self> {
        let mut rows: HashMap<String, Vec<Vec<Value>>> = HashMap::new();
        for row in session.select(derive::of_day(table, of.day, table.names(&table.key)))? {
            let name = named(table, |name| place_of(table, name).and_then(|at| row.get(at)));
            rows.entry(name).or_default().push(row);
        }
        Ok(Self { table, rows })
    }

    /// Whether a connection has a judgement.
    pub(super) fn has(&self, name: &str) -> bool {
        self.rows.contains_key(name)
    }

    /// Whether the stored judgement of a connection equals the new one, so that there is nothing to store.
    pub(super) fn agrees(&self, name: &str, judgement: &Judgement) -> bool {
        let rows = self.rows.get(name).map_or(&[][..], Vec::as_slice);
        !rows.is_empty() && rows.iter().all(|row| self.is_same(row, judgement))
    }

    /// The changes that new judgements make to the stored ones.
    pub(super) fn changes(&self, meant: &Meant<'_>) -> Changes {
        let mut changes = Vec::new();
        for (name, (_, judgement)) in meant {
            let rows = self.rows.get(name).into_iter().flatten();
            changes.extend(
                rows.filter(|row| !self.is_same(row, judgement)).map(|row| self.change(row, judgement)),
            );
        }
        Changes(changes)
    }

    fn is_same(&self, row: &[Value], judgement: &Judgement) -> bool {
        let severities = judgement.severity.as_ref();
        severities.is_some_and(|severities| severities.are_in(self.table, row))
            && self.text(row, &Source::Note) == judgement.note
    }

    fn change(&self, row: &[Value], judgement: &Judgement) -> Change {
        let of_key = self.table.key.iter().filter(|id| !self.table.is_partition(**id));
        let of_key = of_key.filter_map(|id| Some((&self.table[*id], row.get(id.at())?)));
        let named = of_key.map(|(column, value)| (column.name.clone(), datum(value, column.kind)));
        Change {
            connection: named.collect(),
            from: severity::words(self.table, row),
            to: judgement.severity.as_ref().map(|severities| severities.words(self.table)),
            note: self.text(row, &Source::Note),
            new_note: judgement.note.clone(),
            at: self.text(row, &Source::When),
            by: self.text(row, &Source::Who),
        }
    }

    fn of<'row>(&self, row: &'row [Value], from: &Source) -> Option<&'row Value> {
        let place = self.table.columns.iter().position(|column| column.from == *from);
        place.and_then(|at| row.get(at))
    }

    fn text(&self, row: &[Value], from: &Source) -> String {
        match self.of(row, from) {
            Some(Value::String(Some(text))) => text.clone(),
            _ => String::new(),
        }
    }
}
