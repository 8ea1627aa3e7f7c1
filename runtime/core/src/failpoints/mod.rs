//! Points at which a test stops, ends or damages the program, to see that no data is lost and no work half done. They are
//! there only with the feature `failpoints`, which no release has.
//!
//! # Decisions
//!
//! - **Points at which a test stops the program** stand at every step and before every statement, behind the feature
//!   `failpoints`, which no release has. `tests/kills.rs` passes each by an error and by a crash, on SQLite and on
//!   PostgreSQL, and holds that the day is the old or the new one.

#[cfg(feature = "failpoints")]
mod plan;

#[cfg(feature = "failpoints")]
pub use plan::{IMPALA, MISCOUNTS, POINTS, REASON, Stop, VARIABLE, pass, require_sense};

/// What is added to a count: 1 where a test asks for a fault at this point, else 0.
#[cfg_attr(not(feature = "failpoints"), allow(unused_variables))]
pub fn surplus(name: &'static str) -> u64 {
    #[cfg(feature = "failpoints")]
    return plan::surplus(name);
    #[cfg(not(feature = "failpoints"))]
    0
}

/// Passes a point at which a test may stop the program; nothing without the feature `failpoints`.
#[cfg(feature = "failpoints")]
#[macro_export]
macro_rules! fail_point {
    ($name:literal) => {
        $crate::failpoints::pass($name)?;
    };
}

/// Passes a point at which a test may stop the program; nothing without the feature `failpoints`.
#[cfg(not(feature = "failpoints"))]
#[macro_export]
macro_rules! fail_point {
    ($name:literal) => {};
}
