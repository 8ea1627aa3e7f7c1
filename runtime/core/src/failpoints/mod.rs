//! Points at which a test stops, kills or corrupts the program, to check that no data is lost and no work is half done.
//! They are compiled only with the feature `failpoints`, which no release has.
//!
//! # Decisions
//!
//! - **Points at which a test stops the program** are at every step and before every statement, behind the feature
//!   `failpoints`, which no release has. `tests/kills.rs` triggers each point with an error and with a crash, on SQLite
//!   and on PostgreSQL, and checks that the day is either the old or the new one.

#[cfg(feature = "failpoints")]
mod plan;

#[cfg(feature = "failpoints")]
pub use plan::{MISCOUNTS, POINTS, REASON, STATEMENT, Stop, VARIABLE, pass, require_sense};

/// The number to add to a count: 1 if a test requests a miscount at this point, otherwise 0.
#[cfg_attr(not(feature = "failpoints"), allow(unused_variables))]
pub fn surplus(name: &'static str) -> u64 {
    #[cfg(feature = "failpoints")]
    return plan::surplus(name);
    #[cfg(not(feature = "failpoints"))]
    0
}

/// Passes a point at which a test may stop the program. Expands to nothing without the feature `failpoints`.
#[cfg(feature = "failpoints")]
#[macro_export]
macro_rules! fail_point {
    ($name:literal) => {
        $crate::failpoints::pass($name)?;
    };
}

/// Passes a point at which a test may stop the program. Expands to nothing without the feature `failpoints`.
#[cfg(not(feature = "failpoints"))]
#[macro_export]
macro_rules! fail_point {
    ($name:literal) => {};
}
