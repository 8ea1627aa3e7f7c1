//! The file of labels that a ranking is measured by: rows or addresses of a day, and which attack each belongs to.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use flow_oa_core::{Text, address, unquoted};
use flow_oa_schema::model::{ColumnId, Pipeline, Table};
use flow_oa_schema::names::nearest;
use flow_oa_schema::types::ColumnType;
use sea_query::Value;

use crate::day::derive::Computed;
use flow_oa_site::{Error, Result};

/// The column with the name of the attack.
const LABEL: &str = "label";

/// The column of a file of addresses.
const ADDRESS: &str = "address";

/// Labels, in lower case, of what is no attack.
const HARMLESS: [&str; 5] = ["", "0", "benign", "normal", "background"];

/// What is labelled as an attack.
pub(super) struct Labels {
    /// The columns whose values the file gives. Of a file of addresses, those of the ends of a row.
    pub(super) columns: Vec<ColumnId>,
    are_addresses: bool,
    /// The line and the attack of each labelled row or address.
    known: HashMap<Vec<Text>, (u64, usize)>,
    /// The names of the attacks.
    pub(super) attacks: Vec<String>,
}

/// What a row is labelled as.
pub(super) struct Found {
    /// The line of the file.
    pub(super) line: u64,
    /// The attack, by position.
    pub(super) attack: usize,
    /// The labelled address, if the file is one of addresses.
    pub(super) address: Option<Text>,
}

impl Labels {
    /// Reads a CSV file with a header: `address,label`, or columns of the raw table and `label`.
    ///
    /// # Errors
    /// If the file cannot be read, names a column that does not exist, or holds a value that its column cannot hold.
    pub(super) fn read(path: &Path, model: &Pipeline, raw: &Table) -> Result<Self> {
        const DOING: &str = "reading labels from";
        let unread = |error: String| Error::NoInput { doing: DOING, path: path.to_owned(), error };
        let bad = |place: String, found: String| {
            Error::BadData(format!("{DOING} {}{place}: {found}", path.display()))
        };
        let file = std::fs::File::open(path).map_err(|error| unread(error.to_string()))?;
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(file);
        let header = reader.headers().map_err(|error| bad(String::new(), error.to_string()))?.clone();
        let expected =
            format!("expected the header `{ADDRESS},{LABEL}`, or columns of {} and `{LABEL}`", raw.name);
        let Some(label) = header.iter().position(|name| name == LABEL) else {
            return Err(bad(":1".to_owned(), format!("no column is called `{LABEL}`; {expected}")));
        };
        let named: Vec<(usize, &str)> = header.iter().enumerate().filter(|(at, _)| *at != label).collect();
        let are_addresses = matches!(named.as_slice(), [(_, ADDRESS)]) && raw.column(ADDRESS).is_none();
        let mut labels =
            Self { columns: Vec::new(), are_addresses, known: HashMap::new(), attacks: Vec::new() };
        if are_addresses {
            let roles = &model.roles;
            labels.columns = [roles.source, roles.client, roles.destination].into_iter().flatten().collect();
            if labels.columns.is_empty() {
                let found = "no column of the pipeline has the role `source`, `client` or `destination`";
                return Err(bad(":1".to_owned(), format!("{found}; label rows by their columns")));
            }
        } else {
            for (_, name) in &named {
                let column = raw.find(|column| column.name == *name).ok_or_else(|| {
                    let known = raw.own_columns().iter().map(|column| column.name.as_str());
                    let meant = nearest(name, known).map(|near| format!(" (did you mean `{near}`?)"));
                    let meant = meant.unwrap_or_default();
                    bad(":1".to_owned(), format!("{} has no column `{name}`{meant}; {expected}", raw.name))
                })?;
                labels.columns.push(column);
            }
            if labels.columns.is_empty() {
                return Err(bad(":1".to_owned(), expected));
            }
        }
        for record in reader.records() {
            let record = record.map_err(|error| bad(String::new(), error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            let name = record.get(label).unwrap_or_default();
            if HARMLESS.contains(&name.to_ascii_lowercase().as_str()) {
                continue;
            }
            let values = named.iter().enumerate().map(|(n, (at, _))| {
                let text = record.get(*at).unwrap_or_default();
                let kind = if are_addresses { ColumnType::Address } else { raw[labels.columns[n]].kind };
                canonical(text, kind).map_err(|expected| {
                    let found = format!("column {}: expected {expected}, found {text:?}", at + 1);
                    bad(format!(":{line}"), found)
                })
            });
            let values = values.collect::<Result<Vec<Text>>>()?;
            let attack = labels.attacks.iter().position(|known| known == name);
            let attack = attack.unwrap_or_else(|| {
                labels.attacks.push(name.to_owned());
                labels.attacks.len() - 1
            });
            labels.known.entry(values).or_insert((line, attack));
        }
        if labels.known.is_empty() {
            return Err(bad(String::new(), "it labels nothing as an attack".to_owned()));
        }
        Ok(labels)
    }

    /// What a row is labelled as; `None` if it is no attack.
    pub(super) fn find(&self, known: &Computed<'_>) -> Option<Found> {
        let value = |column: &ColumnId| known.column(*column).and_then(text).unwrap_or_default();
        if self.are_addresses {
            return self.columns.iter().find_map(|column| {
                let address = vec![value(column)];
                let (line, attack) = *self.known.get(&address)?;
                Some(Found { line, attack, address: address.into_iter().next() })
            });
        }
        let values: Vec<Text> = self.columns.iter().map(value).collect();
        let (line, attack) = *self.known.get(&values)?;
        Some(Found { line, attack, address: None })
    }

    /// The lines of labels that no row has, in order.
    pub(super) fn unmatched(&self, matched: &BTreeSet<u64>) -> Vec<u64> {
        let lines = self.known.values().map(|(line, _)| *line);
        let mut lines: Vec<u64> = lines.filter(|line| !matched.contains(line)).collect();
        lines.sort_unstable();
        lines
    }
}

fn text(value: &Value) -> Option<Text> {
    unquoted(value).map(Text::from)
}

/// A value as the database has it, or what was expected.
fn canonical(text: &str, kind: ColumnType) -> std::result::Result<Text, &'static str> {
    if kind == ColumnType::Address {
        // An exporter may write something else where there is no address.
        return Ok(address::parse(text).map_or_else(|| Text::from(text), |ip| Text::from(ip.to_string())));
    }
    if kind.is_whole() {
        let number: i64 = text.parse().map_err(|_| "a whole number")?;
        return Ok(Text::from(number.to_string()));
    }
    Ok(Text::from(text))
}
