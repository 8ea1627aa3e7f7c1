//! Makes up a day of network flows of an office, so that everything can be tried without data of one's own.
//!
//! The same plan gives the same bytes on every machine: no clock, no system randomness, no hash order, no
//! floats. Flows are made minute by minute, so memory does not grow with their number. What it must not do:
//! name a real firm, person or host.
//!
//! # The office
//!
//! Four subnets of PCs, printers, and the servers `dc1`, `dc2` (directory and time), `dns`, `files`,
//! `intranet` and `backup`; `mail`, `www` and `gate` (SSH for people at home) can be reached from outside. A
//! status board on an administrator's PC polls every server day and night. People look things up, browse,
//! read mail and documents during working hours; programs and the world outside keep some traffic going at
//! night, when backups run.
//!
//! # The attack
//!
//! 1. **Scan.** Soon after one o'clock at night, 203.0.113.66 tries the doors of `mail`, `www` and `gate`.
//! 2. **Guess.** SSH on `mail` was left open. From ten past two 203.0.113.67 tries passwords, patiently; at
//!    twenty to five one is right, and ten minutes at the prompt follow.
//! 3. **Foothold.** In the morning the intruder uses what was found there to open a remote desktop from
//!    `mail` on the administrator's PC with the status board, 10.20.20.17.
//! 4. **Beacon.** From twenty to ten on, that PC calls 198.51.100.23 every ten minutes: it first fetches a
//!    tool, then asks for orders, and now and then brings a result.
//! 5. **Spread.** In the afternoon it reaches for the servers by file sharing and remote desktop; some
//!    refuse, some do not.
//! 6. **Theft.** At night, files go to 192.0.2.200, in parts of a hundred megabytes to a gigabyte, each so
//!    slow that it fills the time until the next.
//!
//! The attack is at most a fiftieth of the flows and at most some hundred of them, and a day of 300 flows
//! or more tells all of it within that fiftieth. A ranking finds it because it is rare where everything
//! else is regular, not because anything in the data says so.

mod attack;
mod chance;
mod context;
mod day;
mod flow;
mod network;
mod nfdump;
mod place;
mod record;
mod story;
mod traffic;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

pub use story::{Chapter, Stage};

use day::Day;
use nfdump::{NfdumpCsv, Totals};
use place::place;
pub use record::{Record, hash_of};
use story::Chronicle;

/// Which day to make up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The day (UTC) on which every flow ends; a few begin on the evening before.
    pub date: Date,
    /// How many flows it has, exactly. Two thousand are enough to see the attack, and millions are fine.
    pub flows: u64,
    /// What makes one day differ from another of the same size.
    pub seed: u64,
}

/// What was written, and what there is to be found in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The flows, as nfdump prints them: `nfdump.csv`.
    pub flows_file: PathBuf,
    /// The context files in `context/`: `ipranges.csv`, `iploc.csv`, `reputation.csv` and
    /// `networkcontext_1.csv`.
    pub context_files: Vec<PathBuf>,
    /// Flows in all.
    pub flows: u64,
    /// Bytes that the sources sent, in all; what came back is not counted, as in nfdump's summary.
    pub bytes: u64,
    /// Packets that the sources sent, in all.
    pub packets: u64,
    /// Flows that belong to the attack.
    pub attack_flows: u64,
    /// The attack, stage by stage; a stage that has no flow is left out.
    pub chapters: Vec<Chapter>,
}

/// Why the sample day could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A folder could not be made.
    #[error(
        "making the folder {} for the sample day: {error}; name a folder that can be written to",
        path.display()
    )]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A file could not be written; the one that was there before is as it was.
    #[error(
        "writing {} of the sample day: {error}; make room or name another folder, and run it again",
        path.display()
    )]
    Write {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
}

/// Makes up the day and writes `nfdump.csv` and `context/*.csv` into `dir`, which is made if need be.
///
/// Files of these names are replaced, each only when its successor is complete, and their hashes are recorded in
/// `.flow_oa_sample.json`. An error means that some of
/// the files may be missing; those that are there are whole.
pub fn write(plan: &Plan, dir: &Path) -> Result<Written, SampleError> {
    let context = dir.join(CONTEXT);
    std::fs::create_dir_all(&context)
        .map_err(|error| SampleError::Folder { path: context.clone(), error })?;
    let mut record = Record::of(dir);
    let mut context_files = Vec::new();
    for (name, text) in contexts() {
        let path = dir.join(name);
        let recorded = |part: &Path| record.add(name, hash_of(part)?);
        place(&path, |out| out.write_all(text.as_bytes()), recorded)?;
        context_files.push(path);
    }
    let flows_file = dir.join(FLOWS);
    let recorded = |part: &Path| record.add(FLOWS, hash_of(part)?);
    let (totals, chapters) = place(&flows_file, |out| write_flows(plan, out), recorded)?;
    Ok(Written {
        flows_file,
        context_files,
        flows: totals.flows,
        bytes: totals.bytes,
        packets: totals.packets,
        attack_flows: chapters.iter().map(|chapter| chapter.flows).sum(),
        chapters,
    })
}

/// The file of flows.
pub const FLOWS: &str = "nfdump.csv";

/// The folder of the context files.
pub const CONTEXT: &str = "context";

/// The context files, by their path in the folder, and their text: the same for every plan.
pub fn contexts() -> [(&'static str, String); 4] {
    [
        ("context/ipranges.csv", context::ipranges()),
        ("context/iploc.csv", context::iploc()),
        ("context/reputation.csv", context::reputation()),
        ("context/networkcontext_1.csv", context::names()),
    ]
}

/// The hash of the flows of a plan.
pub fn hash_of_flows(plan: &Plan) -> String {
    let mut hash = blake3::Hasher::new();
    // A hash takes whatever is written to it.
    let _ = write_flows(plan, &mut hash);
    hash.finalize().to_hex().to_string()
}

fn write_flows(plan: &Plan, out: &mut impl Write) -> io::Result<(Totals, Vec<Chapter>)> {
    let mut file = NfdumpCsv::begin(out, plan.date)?;
    let (mut day, mut minute) = (Day::new(plan.flows, plan.seed), Vec::new());
    let mut chronicle = Chronicle::default();
    while day.next_minute(&mut minute) {
        for flow in &minute {
            chronicle.note(flow);
            file.flow(flow)?;
        }
    }
    Ok((file.finish()?, chronicle.chapters(plan.date)))
}
