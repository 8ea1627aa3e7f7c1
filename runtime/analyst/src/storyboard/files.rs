//! The files of a storyboard, in the folder of the day: `stats-…` (the impact, by direction and network),
//! `threat-dendro-…` (the progression, as a tree), `globe-…` (the locations of the peers). Their names and their shape
//! are those that Spot's user interface reads: trees of named nodes, and points in the manner of GeoJSON. Additions to
//! Spot's shape are separate fields.
//!
//! # Decisions
//!
//! - **The files of a storyboard have the shapes that Spot's user interface reads**; `tests/goldens/storyboard` holds
//!   them.
//!   - `stats-…`: `{name, size, children}`, the title with the number of peers; below it always `Inbound Only`,
//!     `Outbound Only` and `two way`, and in each the networks.
//!   - `threat-dendro-…`: the address; the directions that occur with `impact`, the number of peers; networks; and,
//!     which Spot does not have, the peers with times and sums.
//!   - The files that the configuration of a pipeline declares: the subject under the name of its column, and each list.
//!   - `globe-…`: `{type: "FeatureCollection", sourceips, destips}`, lists of GeoJSON points `[east, north]` with `ip`,
//!     `location` and `type` (1 two-way, 2 inbound, 3 outbound); `way` and `connections` are additions.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use flow_oa_core::compute;
use flow_oa_schema::model::{Column, Pipeline, StoryFile};
use flow_oa_schema::types::ColumnType;
use sea_query::{Alias, Expr, ExprTrait, Order, Query};
use serde_json::{Value, json};

use super::Story;
use crate::cells::datum;
use crate::query::peers::{self, Circle, Ends, Known, Peer, Ways};
use crate::query::storyboard::impacts;
use flow_oa_engine::Session;
use flow_oa_files::atomic::write_whole;
use flow_oa_files::{Progress, regular};
use flow_oa_runtime::day::derive;
use flow_oa_runtime::day::subject::Subject;
use flow_oa_site::deployment::Settings;
use flow_oa_site::{Error, Result};

const STATS: &str = "stats";
const PROGRESSION: &str = "threat-dendro";
const GLOBE: &str = "globe";

/// A file in a backup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Kept {
    pub(crate) name: String,
    pub(crate) text: String,
}

/// The files of a story: the name and the content of each.
pub(super) struct Drawn {
    /// The number of peers, if the subject is an address.
    pub(super) peers: Option<u64>,
    files: Vec<(String, Value)>,
}

/// Draws a story: the files that the pipeline declares for subjects such as this one, and for an address those of its
/// peers.
///
/// # Errors
/// If the database or the context cannot be read.
pub(super) fn draw(
    session: &mut dyn Session,
    site: (&Settings, &Progress),
    story: &Story<'_>,
) -> Result<Drawn> {
    let (model, subject) = (story.chosen.model, &story.subject);
    // A URL or a name may be an address, too.
    let holds = |file: &&StoryFile| {
        let raw = model.raw_table().map(|raw| &raw[file.subject]);
        raw.is_some_and(|column| {
            column.kind != ColumnType::Address && subject.in_column(column.kind).is_some()
        })
    };
    let declared = model.story_files.iter().filter(holds);
    let mut files = declared
        .map(|file| declared_file(session, story, file, subject.text()))
        .collect::<Result<Vec<(String, Value)>>>()?;
    let address = match subject {
        Subject::Address(address) => address,
        Subject::Text(_) => return Ok(Drawn { peers: None, files }),
    };
    let ends = Ends::of(story.chosen.model, "storyboard")?;
    let days = derive::on(ends.raw, story.day).condition();
    let circle = peers::circle(session, site, ends, days, address)?;
    let all =
        [(STATS, stats(&circle, story)), (PROGRESSION, progression(&circle, story)), (GLOBE, globe(&circle))];
    files.extend(all.into_iter().map(|(kind, content)| (name(kind, address), content)));
    Ok(Drawn { peers: Some(circle.peers.len() as u64), files })
}

/// A file that the pipeline declares: the subject, and lists of distinct values of raw rows of the day.
fn declared_file(
    session: &mut dyn Session,
    story: &Story<'_>,
    file: &StoryFile,
    subject: &str,
) -> Result<(String, Value)> {
    let model = story.chosen.model;
    let raw = model.raw_table().ok_or_else(|| Error::Internal(format!("{} has no raw table", model.name)))?;
    let mut content = serde_json::Map::new();
    content.insert(raw[file.subject].name.clone(), subject.into());
    for list in &file.lists {
        let columns: Vec<&Column> = list.columns.iter().map(|column| &raw[*column]).collect();
        let mut select = Query::select();
        select
            .distinct()
            .columns(columns.iter().map(|column| Alias::new(&column.name)))
            .from(Alias::new(&raw.name))
            .cond_where(derive::on(raw, story.day).condition())
            .and_where(Expr::col(Alias::new(&raw[list.equal].name)).eq(subject));
        for column in &columns {
            select.order_by(Alias::new(&column.name), Order::Asc);
        }
        let json = |(value, column): (&sea_query::Value, &&Column)| {
            serde_json::to_value(datum(value, column.kind)).unwrap_or_default()
        };
        let listed = session.select(select)?.into_iter().map(|row| match columns.as_slice() {
            [only] => row.first().map_or(Value::Null, |value| json((value, only))),
            columns => {
                let named = row.iter().zip(columns).map(|cell| (cell.1.name.clone(), json(cell)));
                Value::Object(named.collect())
            }
        });
        content.insert(list.name.clone(), Value::Array(listed.collect()));
    }
    let (before, after) = file.around();
    Ok((format!("{before}{}{after}", compute::hash(subject)), Value::Object(content)))
}

/// Writes the files of a story, each as a whole or not at all.
///
/// # Errors
/// If a file cannot be written.
pub(super) fn write(folder: &Path, drawn: &Drawn) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for (name, content) in &drawn.files {
        let path = folder.join(name);
        write_whole(&path, |out| writeln!(out, "{content:#}"))?;
        paths.push(path);
    }
    Ok(paths)
}

/// The name of a file. Not every file system allows the colons of IPv6 addresses, so they are replaced.
fn name(kind: &str, address: &str) -> String {
    format!("{kind}-{}.json", address.replace(':', "_"))
}

/// The files of all storyboards in a folder.
///
/// # Errors
/// If the folder or one of the files cannot be read.
pub(crate) fn kept(model: &Pipeline, folder: &Path) -> Result<Vec<Kept>> {
    let mut found = Vec::new();
    for path in paths(model, folder)? {
        let text = regular::read_text(&path).map_err(|error| unread(&path, &error))?;
        found.push(Kept { name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text });
    }
    Ok(found)
}

/// Removes files.
///
/// # Errors
/// If a file cannot be removed.
pub(crate) fn remove(folder: &Path, files: &[Kept]) -> Result<()> {
    for Kept { name, .. } in files {
        let path = folder.join(name);
        std::fs::remove_file(&path).map_err(|error| Error::unwritten(path, error))?;
    }
    Ok(())
}

/// Checks that all are files of storyboards.
///
/// # Errors
/// The reason, if one is not.
pub(crate) fn check(model: &Pipeline, files: &[Kept]) -> std::result::Result<(), String> {
    match files.iter().find(|file| !is_ours(model, &file.name)) {
        Some(other) => Err(format!("{:?} is not a file that a storyboard writes", other.name)),
        None => Ok(()),
    }
}

/// Restores the files that are missing. Returns their number, and the error at which it stopped, if any.
pub(crate) fn put_back(folder: &Path, files: &[Kept]) -> (u64, Option<Error>) {
    let mut restored = 0;
    for Kept { name, text } in files {
        let path = folder.join(name);
        if path.exists() {
            continue;
        }
        if let Err(error) = write_whole(&path, |out| out.write_all(text.as_bytes())) {
            return (restored, Some(error.into()));
        }
        restored += 1;
    }
    (restored, None)
}

fn paths(model: &Pipeline, folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        // The code that writes to the folder reports the obstacle.
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(Vec::new());
        }
        other => other.map_err(|error| unread(folder, &error))?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|error| unread(folder, &error))?;
        if entry.file_name().to_str().is_some_and(|name| is_ours(model, name)) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn unread(path: &Path, error: &std::io::Error) -> Error {
    Error::NoInput { doing: "reading the storyboards in", path: path.to_owned(), error: error.to_string() }
}

/// Whether a file name is that of a storyboard file: a kind and an address, or a declared name with a hash.
fn is_ours(model: &Pipeline, file: &str) -> bool {
    let is_declared = |declared: &StoryFile| {
        let (before, after) = declared.around();
        let hash = file.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
        hash.is_some_and(|hash| hash.len() == 32 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    is_of_an_address(file) || model.story_files.iter().any(is_declared)
}

fn is_of_an_address(file: &str) -> bool {
    let address = |kind: &str| file.strip_prefix(kind)?.strip_prefix('-')?.strip_suffix(".json");
    let is_address = |text: &str| text.replace('_', ":").parse::<std::net::IpAddr>().is_ok();
    [STATS, PROGRESSION, GLOBE].into_iter().filter_map(address).any(is_address)
}

/// Spot's names of the directions, literally.
fn heading(ways: Ways) -> &'static str {
    match ways {
        Ways::Inbound => "Inbound Only",
        Ways::Outbound => "Outbound Only",
        Ways::TwoWay => "two way",
    }
}

/// The number by which Spot's globe colours a point.
fn colour(ways: Ways) -> u8 {
    match ways {
        Ways::TwoWay => 1,
        Ways::Inbound => 2,
        Ways::Outbound => 3,
    }
}

/// The number of peers by direction and network. All three directions are present, since Spot reads them by position.
fn stats(circle: &Circle, story: &Story<'_>) -> Value {
    let impacts = impacts(circle);
    let of = |ways: Ways| {
        let of_it = || impacts.iter().filter(move |((direction, _), _)| *direction == ways);
        let children: Vec<Value> =
            of_it().map(|((_, context), impact)| json!({"name": context, "size": impact.peers})).collect();
        let size: i64 = of_it().map(|(_, it)| it.peers).sum();
        json!({"name": heading(ways), "size": size, "children": children})
    };
    let children: Vec<Value> = Ways::ALL.into_iter().map(of).collect();
    json!({"name": story.title, "size": circle.peers.len(), "children": children})
}

/// The address, the directions, the networks, and in each network the peers in the order of their first flow.
fn progression(circle: &Circle, story: &Story<'_>) -> Value {
    let peer = |peer: &Peer| {
        json!({
            "name": peer.address, "time": peer.first_seen, "last": peer.last_seen,
            "impact": peer.connections, "bytes": peer.bytes,
        })
    };
    let impacts = impacts(circle);
    let network = |ways: Ways, context: &str, peers: i64| {
        let is_in = |peer: &&Peer| peer.ways == ways && peer.known.context() == context;
        let children: Vec<Value> = circle.peers.iter().filter(is_in).map(peer).collect();
        json!({"name": context, "impact": peers, "children": children})
    };
    let of = |ways: Ways| {
        let of_it = impacts.iter().filter(|((direction, _), _)| *direction == ways);
        let children: Vec<Value> =
            of_it.map(|((_, context), impact)| network(ways, context, impact.peers)).collect();
        let impact = circle.peers.iter().filter(|peer| peer.ways == ways).count();
        (impact > 0).then(|| json!({"name": heading(ways), "impact": impact, "children": children}))
    };
    let children: Vec<Value> = Ways::ALL.into_iter().filter_map(of).collect();
    json!({"name": circle.address, "time": story.day.to_string(), "children": children})
}

/// The points with known coordinates: the address and the peers that sent to it, and the peers that received from it.
fn globe(circle: &Circle) -> Value {
    let point = |address: &str, way: &str, ways: Ways, known: &Known, connections: i64| {
        let (north, east) = known.place?;
        Some(json!({
            "type": "Feature",
            "properties": {
                "ip": address, "type": colour(ways), "way": way, "location": known.location, "connections": connections,
            },
            "geometry": {"type": "Point", "coordinates": [east, north]},
        }))
    };
    let of = |is_meant: fn(Ways) -> bool| {
        let meant = circle.peers.iter().filter(move |peer| is_meant(peer.ways));
        meant.filter_map(|peer| {
            point(&peer.address, peer.ways.name(), peer.ways, &peer.known, peer.connections)
        })
    };
    let ways = circle.peers.iter().map(|it| it.ways).reduce(Ways::and).unwrap_or(Ways::TwoWay);
    let connections = circle.peers.iter().map(|it| it.connections).sum();
    let itself = point(&circle.address, "itself", ways, &circle.known, connections);
    let sources: Vec<Value> = itself.into_iter().chain(of(|ways| ways != Ways::Outbound)).collect();
    let destinations: Vec<Value> = of(|ways| ways != Ways::Inbound).collect();
    json!({"type": "FeatureCollection", "sourceips": sources, "destips": destinations})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_storyboards_are_known_by_their_names() {
        for address in ["10.0.0.1", "2001:db8::1", "::"] {
            assert!(is_of_an_address(&name(STATS, address)), "{address}");
        }
        for other in
            ["stats-.json", "stats-x.json", "flow_scores.csv", "../stats-10.0.0.1.json", "globe-10.0.0.1"]
        {
            assert!(!is_of_an_address(other), "{other}");
        }
    }
}
