//! How raw files are read.

use flow_oa_core::Zone;
use flow_oa_site::deployment::Choices;

/// How raw files are read.
#[derive(Debug, Clone)]
pub struct ReadOptions {
    /// The raw format; if `None`, it is recognized.
    pub format: Option<String>,
    /// The values of options of formats.
    pub choices: Choices,
    /// The number of records that may be rejected.
    pub max_rejects: u64,
    /// The time zone of times in text.
    pub zone: Zone,
}
