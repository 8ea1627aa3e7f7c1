//! The attack in a sample day, stage by stage, as it was written.

use std::collections::BTreeSet;
use std::net::IpAddr;

use jiff::civil::{Date, DateTime};
use jiff::{SignedDuration, civil};

use super::row::Row;

/// One stage of the attack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StageSummary {
    /// A short description, such as `port scan from outside`.
    pub what: String,
    /// The host that caused all its rows.
    pub source: IpAddr,
    /// What it contacted or asked for, sorted: address and port of a flow, domain of a DNS question, host of a URL.
    pub targets: Vec<String>,
    /// The time of its first row (UTC, whole seconds).
    pub first: DateTime,
    /// The time of its last row (UTC, whole seconds).
    pub last: DateTime,
    /// The number of rows.
    pub rows: u64,
    /// What each row is recognized by, as a line of the file of labels without the label.
    pub labelled: Vec<String>,
}

/// Collects the stages of the attack while rows are generated.
pub(super) struct StageCollector<S> {
    notes: Vec<Note<S>>,
}

struct Note<S> {
    stage: S,
    source: IpAddr,
    targets: BTreeSet<String>,
    /// The times of its first and its last row, in milliseconds since midnight.
    times: (u64, u64),
    labelled: Vec<String>,
}

impl<S> Default for StageCollector<S> {
    fn default() -> Self {
        Self { notes: Vec::new() }
    }
}

impl<S: Copy + Ord + std::fmt::Display> StageCollector<S> {
    /// Adds a row, if it belongs to the attack. Rows must come in the order of time.
    pub(super) fn note(&mut self, row: &impl Row<Stage = S>, date: Date) {
        let Some(stage) = row.stage() else { return };
        let known = self.notes.iter().position(|note| note.stage == stage);
        let index = known.unwrap_or_else(|| {
            let times = (row.time(), row.time());
            let (source, targets) = (row.source(), BTreeSet::new());
            self.notes.push(Note { stage, source, targets, times, labelled: Vec::new() });
            self.notes.len() - 1
        });
        let note = &mut self.notes[index];
        note.targets.insert(row.target());
        note.times.1 = row.time();
        note.labelled.push(row.labelled(date));
    }

    /// The summaries, in the order of the stages.
    pub(super) fn stages(mut self, date: Date) -> Vec<StageSummary> {
        self.notes.sort_by_key(|note| note.stage);
        Vec::from_iter(self.notes.into_iter().map(|note| StageSummary {
            what: note.stage.to_string(),
            source: note.source,
            targets: Vec::from_iter(note.targets),
            first: moment(date, note.times.0),
            last: moment(date, note.times.1),
            rows: note.labelled.len() as u64,
            labelled: note.labelled,
        }))
    }
}

/// A time of the day, without its milliseconds.
fn moment(date: Date, milliseconds: u64) -> DateTime {
    let into = SignedDuration::from_secs((milliseconds / 1000) as i64);
    date.to_datetime(civil::Time::midnight()).saturating_add(into)
}
