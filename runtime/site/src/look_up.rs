//! Looks up addresses in all context sources of a site, and the entries that provide the answers, for users.

use std::net::IpAddr;
use std::path::Path;

use flow_oa_core::{Answers, Evidence, Observable, Subject};
use serde::Serialize;

use crate::deployment::Settings;
use crate::downloads::{Downloader, LocalContext};
use crate::error::Result;
use flow_oa_files::Progress;

/// The context for an address.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LookedUp {
    /// The address.
    pub address: IpAddr,
    /// The facts about the address and their values, as columns have them. Empty if nothing is known.
    pub facts: Vec<Fact>,
    /// The entries from which the facts come.
    pub entries: Vec<Entry>,
}

/// A fact and its value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fact {
    /// The name by which columns refer to the fact: `location`.
    pub name: &'static str,
    /// Its value.
    pub value: String,
}

/// An entry of a source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The name of the source: `geolocation`.
    pub source: &'static str,
    /// The file, named as the user knows it.
    pub origin: String,
    /// The position in the file.
    pub entry: String,
    /// When the file was last changed or built, UTC; empty if unknown.
    pub as_of: String,
    /// The facts of the entry.
    pub says: Vec<Fact>,
}

/// The outcome of a look-up.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LookUp {
    /// In the order of the request.
    pub addresses: Vec<LookedUp>,
    /// What the user should know about the answers, such as a service that failed.
    pub warnings: Vec<String>,
}

/// Looks up addresses.
///
/// # Errors
/// If a source cannot be read, a required service fails, or on an interrupt.
pub fn look_up(settings: &Settings, ips: &[IpAddr], progress: &Progress) -> Result<LookUp> {
    let context = Downloader::new(settings, progress).context()?;
    let named = |error: flow_oa_core::ContextError| context.as_named(error.into());
    let mut sources = flow_oa_context::open(&context.files, &context.asking).map_err(named)?;
    let mut distinct = ips.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let mut subjects: Vec<Subject> = distinct.iter().copied().map(Subject::address).collect();
    let mut explained: Vec<(Vec<Evidence>, Vec<Entry>)> = vec![Default::default(); subjects.len()];
    let mut warnings = Vec::new();
    for source in &mut sources {
        source.answer(&mut subjects).map_err(named)?;
        warnings.append(&mut source.remarks());
        for (ip, (earlier, entries)) in distinct.iter().zip(&mut explained) {
            progress.go_on()?;
            let evidence = source.explain(&Observable::Address(*ip), earlier).map_err(named)?;
            earlier.extend_from_slice(&evidence);
            entries.extend(evidence.into_iter().map(|found| entry(source.name(), &context, found)));
        }
    }
    let found = |ip: &IpAddr| {
        let at = distinct.binary_search(ip).ok()?;
        let (subject, (_, entries)) = subjects.get(at).zip(explained.get(at))?;
        Some(LookedUp { address: *ip, facts: facts(&subject.answers), entries: entries.clone() })
    };
    Ok(LookUp { addresses: ips.iter().filter_map(found).collect(), warnings })
}

fn entry(source: &'static str, context: &LocalContext, evidence: Evidence) -> Entry {
    let path = Path::new(&evidence.origin);
    let (origin, as_of) = (context.name_of(path).display().to_string(), context.as_of(path, &evidence.as_of));
    let says = evidence.says.into_iter().filter(|say| !say.1.is_empty());
    let says = says.map(|(name, value)| Fact { name, value }).collect();
    Entry { source, origin, entry: evidence.entry, as_of, says }
}

/// The facts of an answer that have a value.
fn facts(answers: &Answers) -> Vec<Fact> {
    let Answers { network, geo, reputation } = answers;
    let number = |value: Option<f64>| value.map_or_else(String::new, |it| it.to_string());
    let all = [
        ("internal", network.internal.map_or_else(String::new, |internal| u8::from(internal).to_string())),
        ("name", network.name.to_string()),
        ("location", geo.location.to_string()),
        ("domain", geo.domain.to_string()),
        ("country", geo.country.to_string()),
        ("latitude", number(geo.latitude)),
        ("longitude", number(geo.longitude)),
        ("verdict", reputation.verdict.to_string()),
    ];
    all.into_iter().filter(|fact| !fact.1.is_empty()).map(|(name, value)| Fact { name, value }).collect()
}
