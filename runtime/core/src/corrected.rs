//! Known errors of exporters that readers correct. They are counted, so that a user can distinguish corrected values
//! from those of the file.

use std::ops::AddAssign;

/// The number of corrected records, by kind of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Corrections {
    /// Negative durations, which were set to 0.
    pub durations: u64,
    /// Flows that end before they start, or whose clock was not set. The time of receipt is stored instead, if it is
    /// plausible.
    pub times: u64,
    /// Records with a number or a text for which an export has no value, such as `NULL`: 0, or the empty text.
    pub nulls: u64,
}

impl Corrections {
    /// A warning for each kind of error that occurred.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let durations = (self.durations, "a negative duration", "stored as 0 seconds");
        let times = (
            self.times,
            "an end before the start, or times before the year 2000",
            "stored with the time at which they were received, or else with their start plus the duration",
        );
        let clock = "check the exporter's clock";
        let nulls = (self.nulls, "no value (NULL) in a column", "stored as 0, or as an empty text");
        let all = [(durations, clock), (times, clock), (nulls, "check the export")];
        all.into_iter().filter(|((count, ..), _)| *count > 0).map(|((count, what, became), check)| {
            let records = if count == 1 { "record has" } else { "records have" };
            format!("{count} {records} {what}: {became}; {check}")
        })
    }
}

impl AddAssign for Corrections {
    fn add_assign(&mut self, other: Self) {
        self.durations += other.durations;
        self.times += other.times;
        self.nulls += other.nulls;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_counted_in_a_warning_of_its_own() {
        assert_eq!(Corrections::default().warnings().count(), 0);
        let mut found = Corrections { durations: 1, ..Corrections::default() };
        found += Corrections { times: 2, nulls: 1, ..Corrections::default() };
        let warnings: Vec<String> = found.warnings().collect();
        assert!(warnings[0].starts_with("1 record has a negative duration: stored as 0"), "{warnings:?}");
        assert!(warnings[1].starts_with("2 records have an end before the start"), "{warnings:?}");
        assert!(
            warnings[2].starts_with("1 record has no value (NULL) in a column: stored as 0"),
            "{warnings:?}"
        );
    }
}
