//! The properties that every external text must satisfy, whatever it contains. The fuzz targets and the test that
//! replays their corpus check them.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "what does not hold is a finding")]
#![allow(unreachable_pub, reason = "public for the fuzz targets, a module of the test")]

#[path = "holds/context.rs"]
mod context;
#[path = "holds/json.rs"]
mod json;
#[path = "holds/records.rs"]
mod records;
#[path = "holds/trial.rs"]
mod trial;

use std::fmt::Debug;
use std::io::{Cursor, Read};

use trial::List;

/// A target: its name, which is also the name of its corpus, and the check of a text.
type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TARGETS: [Target; 16] = [
    ("check", json::check),
    ("settings", json::settings),
    ("nfcapd", |text| records::raw("nfcapd", text)),
    ("nfdump", |text| records::raw("nfdump", text)),
    ("nfdump_short", |text| records::raw("nfdump_short", text)),
    ("spot_flow", |text| records::raw("spot_flow", text)),
    ("spot_nfdump", |text| records::raw("spot_nfdump", text)),
    ("aws_vpc", |text| records::raw("aws_vpc", text)),
    ("azure_vnet", |text| records::raw("azure_vnet", text)),
    ("zeek_conn", |text| records::raw("zeek_conn", text)),
    ("zeek_conn_json", |text| records::raw("zeek_conn_json", text)),
    ("results", records::results),
    ("ranges", |text| context::list(List::Ranges, text)),
    ("names", |text| context::list(List::Names, text)),
    ("geo", |text| context::list(List::Geo, text)),
    ("reputation", |text| context::list(List::Reputation, text)),
];

/// Panics if `text` violates a property of `target`.
pub fn hold(target: &str, text: &[u8]) {
    let (_, holds) = TARGETS.iter().find(|(name, _)| *name == target).expect("a target");
    holds(text);
}

/// A text that is read in pieces of one byte, two bytes and so on, as from a slow pipe.
struct Pieces {
    text: Cursor<Vec<u8>>,
    size: usize,
}

impl Pieces {
    fn of(text: &[u8]) -> Self {
        Self { text: Cursor::new(text.to_vec()), size: 0 }
    }
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.size = self.size % 7 + 1;
        let end = buffer.len().min(self.size);
        self.text.read(&mut buffer[..end])
    }
}

/// Asserts that a text reads the same as a whole and in pieces. How far a damaged compressed text can be read depends
/// on the pieces; the failure itself does not.
fn reads_the_same<T: Debug + PartialEq>(text: &[u8], whole: &Result<T, String>, pieces: &Result<T, String>) {
    let are_damaged = is_packed(text) && whole.is_err() && pieces.is_err();
    assert!(whole == pieces || are_damaged, "as a whole: {whole:?}\nin pieces: {pieces:?}");
}

fn whole(text: &[u8]) -> Cursor<Vec<u8>> {
    Cursor::new(text.to_vec())
}

/// The maximum number of lines of a text, and so its largest line number.
fn lines(text: &[u8]) -> u64 {
    text.iter().filter(|byte| **byte == b'\n').count() as u64 + 1
}

/// Whether the readers decompress the text, so that its line feeds do not count lines.
fn is_packed(text: &[u8]) -> bool {
    text.starts_with(&[0x1f, 0x8b]) || matches!(*text, [0x28 | 0x50..=0x5f, 0xb5 | 0x2a, ..])
}
