//! Reads raw rows without a database.

use std::io::Read;
use std::sync::mpsc::sync_channel;

use flow_oa_core::Zone;

use super::outcome::{Came, NAME, lines, texts};
use crate::day::ingest::feed::{Extent, Feed};
use crate::day::ingest::parse::{Load, Parser};
use crate::day::ingest::recognize;
use crate::day::ingest::{Existing, IngestOptions};
use flow_oa_files::Progress;
use flow_oa_site::Result;
use flow_oa_site::deployment::{Choices, Chosen};

/// The capacity of the channel, whose batches are received only at the end: enough for a text of some megabytes.
const WAITING: usize = 64;

/// Reads a text of the raw format `format`, or of the format that is recognized.
///
/// # Errors
/// Those of an ingest.
pub fn raw(chosen: Chosen<'_>, format: Option<&str>, text: impl Read + Send + 'static) -> Result<Came> {
    let options = IngestOptions {
        existing: Existing::Refuse,
        format: format.map(str::to_owned),
        choices: Choices::default(),
        max_rejects: u64::MAX,
        zone: Zone::utc(),
        data: "data".into(),
    };
    let rollups: Vec<_> = chosen.model.rollups().collect();
    let mut feed = Feed::text(NAME, text, Extent::Whole, &options)?;
    let format = recognize(&chosen.into(), &mut feed, &options)?;
    let parser = Parser::new(format, feed, &rollups, &options, ("", 0))?;
    let (sender, receiver) = sync_channel(WAITING);
    let outcome = parser.run(&sender, &Progress::default())?;
    drop(sender);
    Ok(Came {
        read: outcome.read,
        skipped: outcome.skipped,
        rejected: outcome.rejects.count,
        rejected_lines: lines(&outcome.rejects),
        rows: receiver.into_iter().flat_map(|load| raw_rows(&load)).collect(),
        days: outcome.days.into_iter().collect(),
    })
}

fn raw_rows(load: &Load) -> Vec<Vec<String>> {
    match load {
        Load::Raw(batch) => texts(&**batch),
        Load::Days(_) | Load::Rollup(..) => Vec::new(),
    }
}
