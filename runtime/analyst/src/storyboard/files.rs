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
//!   - `globe-…`: `{type: "FeatureCollection", sourceips, destips}`, lists of GeoJSON points `[east, north]` with `ip`,
//!     `location` and `type` (1 two-way, 2 inbound, 3 outbound); `way` and `connections` are additions.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::Story;
use crate::query::peers::{Circle, Known, Peer, Ways};
use crate::query::storyboard::impacts;
use flow_oa_files::atomic::write_whole;
use flow_oa_files::regular;
use flow_oa_runtime::error::{Error, Result};

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

/// Writes the files of a story, each as a whole or not at all.
///
/// # Errors
/// If a file cannot be written.
pub(super) fn write(folder: &Path, circle: &Circle, story: &Story<'_>) -> Result<Vec<PathBuf>> {
    let all =
        [(STATS, stats(circle, story)), (PROGRESSION, progression(circle, story)), (GLOBE, globe(circle))];
    let mut paths = Vec::new();
    for (kind, content) in all {
        let path = folder.join(name(kind, &story.address));
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
pub(crate) fn kept(folder: &Path) -> Result<Vec<Kept>> {
    let mut found = Vec::new();
    for path in paths(folder)? {
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
pub(crate) fn check(files: &[Kept]) -> std::result::Result<(), String> {
    match files.iter().find(|file| !is_ours(&file.name)) {
        Some(other) => Err(format!("{:?} is no file that a storyboard writes", other.name)),
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

fn paths(folder: &Path) -> Result<Vec<PathBuf>> {
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
        if entry.file_name().to_str().is_some_and(is_ours) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

fn unread(path: &Path, error: &std::io::Error) -> Error {
    Error::NoInput { doing: "reading the storyboards in", path: path.to_owned(), error: error.to_string() }
}

/// Whether a file name is that of a storyboard file: a kind and an address.
fn is_ours(file: &str) -> bool {
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
        let of_it = || impacts.iter().filter(move |((it, _), _)| *it == ways);
        let children: Vec<Value> =
            of_it().map(|((_, context), it)| json!({"name": context, "size": it.peers})).collect();
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
        let of_it = impacts.iter().filter(|((it, _), _)| *it == ways);
        let children: Vec<Value> = of_it.map(|((_, context), it)| network(ways, context, it.peers)).collect();
        let impact = circle.peers.iter().filter(|peer| peer.ways == ways).count();
        (impact > 0).then(|| json!({"name": heading(ways), "impact": impact, "children": children}))
    };
    let children: Vec<Value> = Ways::ALL.into_iter().filter_map(of).collect();
    json!({"name": story.address, "time": story.day.to_string(), "children": children})
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
        meant.filter_map(|it| point(&it.address, it.ways.name(), it.ways, &it.known, it.connections))
    };
    let ways = circle.peers.iter().map(|it| it.ways).reduce(Ways::and).unwrap_or(Ways::TwoWay);
    let connections = circle.peers.iter().map(|it| it.connections).sum();
    let itself = point(&circle.address, "itself", ways, &circle.known, connections);
    let sources: Vec<Value> = itself.into_iter().chain(of(|it| it != Ways::Outbound)).collect();
    let destinations: Vec<Value> = of(|it| it != Ways::Inbound).collect();
    json!({"type": "FeatureCollection", "sourceips": sources, "destips": destinations})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_storyboards_are_known_by_their_names() {
        for address in ["10.0.0.1", "2001:db8::1", "::"] {
            assert!(is_ours(&name(STATS, address)), "{address}");
        }
        for other in
            ["stats-.json", "stats-x.json", "flow_scores.csv", "../stats-10.0.0.1.json", "globe-10.0.0.1"]
        {
            assert!(!is_ours(other), "{other}");
        }
    }
}
