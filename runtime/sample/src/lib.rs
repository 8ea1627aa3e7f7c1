//! Generates a day of an office's network flows, DNS responses or web requests, so that everything can be tried without
//! real data.
//!
//! The same plan produces the same bytes on every machine: no clock, no system randomness, no hash order, and of
//! floating-point numbers one division for each score. Rows are generated minute by minute, so memory does not grow with
//! their number. It must not name a real company, person or host: names are of the domains that RFC 2606 reserves.
//!
//! # The office
//!
//! Four subnets of PCs, printers, and the servers `dc1`, `dc2` (directory and time), `dns`, `files`, `intranet` and
//! `backup`; `mail`, `www` and `gate` (SSH for people at home) are reachable from outside. A status board on an
//! administrator's PC polls every server day and night. During working hours, people send DNS queries, browse, read
//! mail and open documents. At night, programs and outside hosts keep some traffic going, and backups run.
//!
//! # The attack in the flows
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
//! # The attack in the DNS responses
//!
//! 1. **Beacon.** From twenty to ten on, 10.20.20.17 asks for `sync.metrics-relay.example` every ten minutes.
//! 2. **Generated names.** In three bursts in the afternoon, 10.20.17.11 asks for names of random letters below `test`,
//!    which do not exist: a program that searches for its command server.
//! 3. **Tunnel.** At night, 10.20.20.17 sends data in long random-looking names below `bulk-store.example`, and reads TXT
//!    records.
//!
//! # The attack in the web requests
//!
//! 1. **Download.** Soon after half past nine, 10.20.20.17 downloads a program from an address, 198.51.100.77.
//! 2. **Beacon.** From twenty to ten on, that program requests one URL of `sync.metrics-relay.example` every ten minutes,
//!    with a user agent that no other client has.
//! 3. **Upload.** At night, it posts files to `in.bulk-store.example`, in parts of a hundred megabytes to a gigabyte.
//!
//! The attack is at most a fiftieth of the rows and at most a few hundred of them; a day of 300 rows or more contains
//! all its stages within that fiftieth. A ranking finds it because it is rare where everything else is regular, not
//! because the data marks it.

mod chance;
mod context;
mod day;
mod dns;
mod flow;
mod logged;
mod network;
mod place;
mod proxy;
mod record;
mod row;
mod story;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use jiff::civil::Date;

use place::place;
pub use record::{Record, hash_of};
pub use story::StageSummary;

/// A kind of day: the pipeline whose raw rows it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Network flows.
    Flow,
    /// DNS responses.
    Dns,
    /// Requests to a web proxy.
    Proxy,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Flow, Self::Dns, Self::Proxy];

    /// The kind of the pipeline of this name.
    ///
    /// # Errors
    /// If there is no sample day for it.
    pub fn named(pipeline: &str) -> Result<Self, UnknownKind> {
        let found = Self::ALL.into_iter().find(|kind| kind.pipeline() == pipeline);
        found.ok_or_else(|| UnknownKind { pipeline: pipeline.to_owned() })
    }

    /// The name of the pipeline.
    pub fn pipeline(self) -> &'static str {
        match self {
            Self::Flow => "flow",
            Self::Dns => "dns",
            Self::Proxy => "proxy",
        }
    }

    /// What a row is, in the singular and in the plural.
    pub fn row(self) -> [&'static str; 2] {
        match self {
            Self::Flow => ["flow", "flows"],
            Self::Dns => ["DNS response", "DNS responses"],
            Self::Proxy => ["web request", "web requests"],
        }
    }

    /// The name of the file of raw rows.
    pub fn file(self) -> &'static str {
        match self {
            Self::Flow => "nfdump.csv",
            Self::Dns => "dns.csv",
            Self::Proxy => "proxy.csv",
        }
    }

    /// The name of the file of labels: which rows belong to the attack.
    pub fn labels(self) -> &'static str {
        match self {
            Self::Flow => "flow_labels.csv",
            Self::Dns => "dns_labels.csv",
            Self::Proxy => "proxy_labels.csv",
        }
    }

    /// The raw columns by which a row of the file of labels is recognized, separated by commas.
    fn labelled(self) -> &'static str {
        match self {
            Self::Flow => <flow::Flow as row::Row>::LABELLED,
            Self::Dns => <dns::Answer as row::Row>::LABELLED,
            Self::Proxy => <proxy::Request as row::Row>::LABELLED,
        }
    }

    /// The context files and, if they need them, the settings: path in the folder and text. They are the same for every
    /// plan, and a file of two kinds has one text, so that days of all kinds can share a folder.
    pub fn contexts(self) -> Vec<(&'static str, String)> {
        let mut files = context::of_addresses();
        match self {
            Self::Flow => {}
            Self::Dns | Self::Proxy => files.extend(context::of_names_and_codes()),
        }
        files
    }
}

/// There is no sample day for a pipeline.
#[derive(Debug, thiserror::Error)]
#[error("there is no sample day for the pipeline \"{pipeline}\"; there are sample days for {}", Kind::ALL.map(Kind::pipeline).join(", "))]
pub struct UnknownKind {
    pipeline: String,
}

/// The parameters of a day to generate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plan {
    /// The kind of its rows.
    pub kind: Kind,
    /// The day (UTC) of every row. A flow is on the day on which it ends; a few begin on the evening before.
    pub date: Date,
    /// The exact number of rows. Two thousand are enough to see the attack, and millions are possible.
    pub rows: u64,
    /// The seed of the random numbers: days with the same kind, date and number of rows differ by it.
    pub seed: u64,
}

/// The files that were written, and the attack in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// The raw rows: [`Kind::file`].
    pub file: PathBuf,
    /// The labels of the rows of the attack: [`Kind::labels`].
    pub labels: PathBuf,
    /// The files of [`Kind::contexts`].
    pub context_files: Vec<PathBuf>,
    /// The attack, stage by stage; a stage without rows is omitted.
    pub stages: Vec<StageSummary>,
}

impl Written {
    /// The number of rows that belong to the attack.
    pub fn attack_rows(&self) -> u64 {
        self.stages.iter().map(|stage| stage.rows).sum()
    }
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

/// Generates the day and writes its raw rows, their labels and context files into `dir`, which is created if necessary.
///
/// Existing files of these names are replaced, each only when the new file is complete. Their hashes are recorded in
/// `.flow_oa_sample.json`. After an error some files may be missing; existing files are complete.
///
/// # Errors
/// If a folder or a file cannot be written.
pub fn write(plan: &Plan, dir: &Path) -> Result<Written, SampleError> {
    let context = dir.join(CONTEXT);
    std::fs::create_dir_all(&context)
        .map_err(|error| SampleError::Folder { path: context.clone(), error })?;
    let mut record = Record::of(dir);
    let mut context_files = Vec::new();
    for (name, text) in plan.kind.contexts() {
        let path = dir.join(name);
        let recorded = |part: &Path| record.add(name, hash_of(part)?);
        place(&path, |out| out.write_all(text.as_bytes()), recorded)?;
        context_files.push(path);
    }
    let name = plan.kind.file();
    let file = dir.join(name);
    let recorded = |part: &Path| record.add(name, hash_of(part)?);
    let stages = place(&file, |out| write_rows(plan, out), recorded)?;
    let name = plan.kind.labels();
    let labels = dir.join(name);
    let recorded = |part: &Path| record.add(name, hash_of(part)?);
    place(&labels, |out| write_labels(plan.kind, &stages, out), recorded)?;
    Ok(Written { file, labels, context_files, stages })
}

/// Writes the rows of the attack, each with its stage, for `flow-oa rank --evaluate`.
fn write_labels(kind: Kind, stages: &[StageSummary], out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{},label", kind.labelled())?;
    for stage in stages {
        stage.labelled.iter().try_for_each(|row| writeln!(out, "{row},{}", stage.what))?;
    }
    out.flush()
}

/// The name of the folder of the context files.
pub const CONTEXT: &str = "context";

/// The hash of the raw rows of a plan.
pub fn hash_of_rows(plan: &Plan) -> String {
    let mut hash = blake3::Hasher::new();
    // Writing to a hash cannot fail.
    let _ = write_rows(plan, &mut hash);
    hash.finalize().to_hex().to_string()
}

/// The hash of the labels of a plan.
pub fn hash_of_labels(plan: &Plan) -> String {
    let mut hash = blake3::Hasher::new();
    // Writing to nowhere and to a hash cannot fail.
    let stages = write_rows(plan, &mut io::sink()).unwrap_or_default();
    let _ = write_labels(plan.kind, &stages, &mut hash);
    hash.finalize().to_hex().to_string()
}

fn write_rows(plan: &Plan, out: &mut impl Write) -> io::Result<Vec<StageSummary>> {
    match plan.kind {
        Kind::Flow => flow::write(plan, out),
        Kind::Dns => logged::write::<dns::Answer>(plan, out),
        Kind::Proxy => logged::write::<proxy::Request>(plan, out),
    }
}
