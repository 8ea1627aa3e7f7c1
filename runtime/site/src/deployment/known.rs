//! The known-good entries of a site: those of its settings, and of a file that they name.

use std::collections::BTreeMap;
use std::path::Path;

use flow_oa_core::Date;
use flow_oa_schema::printable;
use flow_oa_settings::{KnownDoc, KnownFileDoc, RankingDoc};

use crate::error::{Error, Result};

/// A known-good entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownGood {
    /// The pipeline.
    pub pipeline: String,
    /// The patterns of the keys, by the names of the keys in the ranking of the pipeline.
    pub keys: BTreeMap<String, String>,
    /// Why the rows are harmless.
    pub reason: String,
    /// Who answers for the entry.
    pub owner: Option<String>,
    /// The last day on which the entry counts.
    pub until: Option<Date>,
    /// Where the entry is, for messages.
    pub place: String,
}

impl KnownGood {
    fn of(doc: KnownDoc, place: String) -> Result<Self> {
        let wrong = |reason: String| Error::Configuration(format!("{place}: {reason}"));
        if doc.keys.is_empty() {
            return Err(wrong(
                "`keys` is empty: name at least one key of the ranking, such as `client`".into(),
            ));
        }
        if doc.reason.trim().is_empty() {
            return Err(wrong("`reason` is empty: say why these rows are harmless".into()));
        }
        let until = doc.until.as_ref().map(|until| {
            let date = until.parse().ok().filter(|_| until.len() == 10);
            date.ok_or_else(|| wrong(format!("until: expected a day such as 2026-12-31, found {until:?}")))
        });
        let until = until.transpose()?;
        let KnownDoc { pipeline, keys, reason, owner, .. } = doc;
        Ok(Self { pipeline, keys, reason, owner, until, place })
    }

    /// The patterns of the keys: `client=10.0.0.0/8 service=UDP:123`.
    pub fn pattern(&self) -> String {
        self.keys.iter().map(|(key, pattern)| format!("{key}={pattern}")).collect::<Vec<_>>().join(" ")
    }

    /// The reason, with its owner and its last day: `time servers (network team, until 2026-12-31)`.
    pub fn words(&self) -> String {
        let until = self.until.map(|until| format!("until {until}"));
        let more: Vec<&str> = [self.owner.as_deref(), until.as_deref()].into_iter().flatten().collect();
        let reason = printable::in_line(&self.reason);
        if more.is_empty() { reason.into_owned() } else { format!("{reason} ({})", more.join(", ")) }
    }
}

/// The entries of the settings, then those of the file that they name, which is in `folder` if its path is relative.
///
/// # Errors
/// If the file cannot be read, or an entry is wrong.
pub(super) fn known(doc: &RankingDoc, folder: &Path) -> Result<Vec<KnownGood>> {
    let of = |place: &str, entries: Vec<KnownDoc>| {
        let named = |(at, doc)| KnownGood::of(doc, format!("{place}, entry {}", at + 1));
        entries.into_iter().enumerate().map(named).collect::<Result<Vec<_>>>()
    };
    let mut all = of("the settings: ranking: known", doc.known.clone().unwrap_or_default())?;
    if let Some(file) = &doc.known_file {
        let path = folder.join(file);
        let name = printable::path(&path);
        let text = flow_oa_schema::files::read_document(&path).map_err(|error| {
            Error::Configuration(format!("the settings: ranking: known_file: reading {name}: {error}"))
        })?;
        let read = flow_oa_schema::check::read_document::<KnownFileDoc>(&name, &text);
        let (doc, _) =
            read.map_err(|faults| Error::Configuration(format!("reading known-good entries:\n{faults}")))?;
        all.extend(of(&name, doc.known)?);
    }
    Ok(all)
}

/// Refuses entries of pipelines that do not exist.
///
/// # Errors
/// The first of them.
pub(super) fn require_pipelines(
    known: &[KnownGood],
    pipelines: &str,
    exists: impl Fn(&str) -> bool,
) -> Result<()> {
    known.iter().find(|good| !exists(&good.pipeline)).map_or(Ok(()), |good| {
        Err(Error::Configuration(format!(
            "{}: there is no pipeline \"{}\"; this program was built with {pipelines}",
            good.place, good.pipeline
        )))
    })
}
