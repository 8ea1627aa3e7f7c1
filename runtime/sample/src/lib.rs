//! Generates a day of an office's network flows, so that everything can be tried without real data.
//!
//! The same plan produces the same bytes on every machine: no clock, no system randomness, no hash order, no floats.
//! Flows are generated minute by minute, so memory does not grow with their number. It must not name a real company,
//! person or host.
//!
//! # The office
//!
//! Four subnets of PCs, printers, and the servers `dc1`, `dc2` (directory and time), `dns`, `files`, `intranet` and
//! `backup`; `mail`, `www` and `gate` (SSH for people at home) are reachable from outside. A status board on an
//! administrator's PC polls every server day and night. During working hours, people send DNS queries, browse, read
//! mail and open documents. At night, programs and outside hosts keep some traffic going, and backups run.
//!
//! # The attack
//!
//! 1. **Scan.** Soon after one o'clock at night, 203.0.113.66 scans the ports of `mail`, `www` and `gate`.
//! 2. **Guess.** SSH on `mail` is open. From ten past two, 203.0.113.67 slowly tries passwords; the last is right, and
//!    its session of about ten minutes ends at twenty to five.
//! 3. **Foothold.** In the morning the intruder uses what was found there to open a remote desktop connection from
//!    `mail` to the administrator's PC with the status board, 10.20.20.17.
//! 4. **Beacon.** From twenty to ten on, that PC contacts 198.51.100.23 every ten minutes: first it downloads a tool,
//!    then it polls for commands, and occasionally it uploads a result.
//! 5. **Spread.** In the afternoon it connects to the servers by file sharing and remote desktop; some refuse, some do
//!    not.
//! 6. **Theft.** At night, files go to 192.0.2.200, in parts of a hundred megabytes to a gigabyte, each so slow that it
//!    lasts until the next.
//!
//! The attack is at most a fiftieth of the flows and at most a few hundred of them; a day of 300 flows or more contains
//! all its stages within that fiftieth. A ranking finds it because it is rare where everything else is regular, not
//! because the data marks it.

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

/// The parameters of a day to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The day (UTC) on which every flow ends; a few begin on the evening before.
    pub date: Date,
    /// The exact number of flows. Two thousand are enough to see the attack, and millions are possible.
    pub flows: u64,
    /// The seed of the random numbers: days with the same date and number of flows differ by it.
    pub seed: u64,
}

/// The files that were written, and the attack in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The flows, as nfdump prints them: `nfdump.csv`.
    pub flows_file: PathBuf,
    /// The context files in `context/`: `ipranges.csv`, `iploc.csv`, `reputation.csv` and `networkcontext_1.csv`.
    pub context_files: Vec<PathBuf>,
    /// The total number of flows.
    pub flows: u64,
    /// The total bytes that the sources sent; responses are not counted, as in nfdump's summary.
    pub bytes: u64,
    /// The total packets that the sources sent.
    pub packets: u64,
    /// The number of flows that belong to the attack.
    pub attack_flows: u64,
    /// The attack, stage by stage; a stage without flows is omitted.
    pub chapters: Vec<Chapter>,
}

/// Why the sample day could not be written.
#[expect(missing_docs, reason = "the fields are named as in the message")]
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// A folder could not be created.
    #[error(
        "making the folder {} for the sample day: {error}; name a folder that can be written to",
        path.display()
    )]
    Folder { path: PathBuf, error: io::Error },
    /// A file could not be written; an existing file is unchanged.
    #[error(
        "writing {} of the sample day: {error}; make room or name another folder, and run it again",
        path.display()
    )]
    Write { path: PathBuf, error: io::Error },
}

/// Generates the day and writes `nfdump.csv` and `context/*.csv` into `dir`, which is created if necessary.
///
/// Existing files of these names are replaced, each only when the new file is complete. Their hashes are recorded in
/// `.flow_oa_sample.json`. After an error some files may be missing; existing files are complete.
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

/// The name of the file of flows.
pub const FLOWS: &str = "nfdump.csv";

/// The name of the folder of the context files.
pub const CONTEXT: &str = "context";

/// The context files: path in the folder and text. They are the same for every plan.
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
    // Writing to a hash cannot fail.
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
