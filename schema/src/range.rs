//! Ranges of numbers: the valid values of columns. The readers, the CHECK constraints of databases and the check of the
//! schema all use them.
//!
//! # Decisions
//!
//! - **Ranges of numbers come from one place** (`schema/src/range.rs`): a type may have a range (`port`), an expression
//!   may have one (an hour, a sum of counts), and the range of a column is the intersection of both. The generator writes
//!   it into the readers and the dialects write it into CHECK constraints, so neither the core nor the engines depend
//!   on the names of types. CHECK constraints are the second line of defense: the program has already read its rows
//!   within their ranges.

use std::fmt;

/// The numbers between two bounds, both inclusive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Whole numbers.
    Whole {
        /// The least number.
        from: i64,
        /// The greatest number.
        to: i64,
    },
    /// Finite numbers.
    Real {
        /// The least number.
        from: f64,
        /// The greatest number.
        to: f64,
    },
}

impl Range {
    /// Whole numbers, 0 or more.
    pub const NOT_NEGATIVE: Self = Self::whole(0, i64::MAX);

    /// A range of whole numbers.
    pub const fn whole(from: i64, to: i64) -> Self {
        Self::Whole { from, to }
    }

    /// A range of finite numbers.
    pub const fn real(from: f64, to: f64) -> Self {
        Self::Real { from, to }
    }

    /// Whether the range contains no negative number.
    pub fn is_not_negative(self) -> bool {
        match self {
            Self::Whole { from, .. } => from >= 0,
            Self::Real { from, .. } => from >= 0.0,
        }
    }

    /// Whether the range has an upper bound below the greatest number of its kind.
    pub fn has_end(self) -> bool {
        match self {
            Self::Whole { to, .. } => to < i64::MAX,
            Self::Real { to, .. } => to < f64::MAX,
        }
    }

    /// Whether the range contains a whole number.
    pub fn has_whole(self, number: i64) -> bool {
        match self {
            Self::Whole { from, to } => (from..=to).contains(&number),
            Self::Real { .. } => self.has_real(number as f64),
        }
    }

    /// Whether the range contains a number; false for NaN.
    pub fn has_real(self, number: f64) -> bool {
        let (from, to) = self.ends();
        (from..=to).contains(&number)
    }

    /// Whether the range contains every number of `other`.
    pub fn holds(self, other: Self) -> bool {
        match (self, other) {
            (Self::Whole { from, to }, Self::Whole { from: least, to: largest }) => {
                from <= least && largest <= to
            }
            _ => {
                let (least, largest) = other.ends();
                self.has_real(least) && self.has_real(largest)
            }
        }
    }

    /// The intersection of both ranges.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Whole { from, to }, Self::Whole { from: least, to: largest }) => {
                Self::whole(from.max(least), to.min(largest))
            }
            _ => {
                let ((from, to), (least, largest)) = (self.ends(), other.ends());
                Self::real(from.max(least), to.min(largest))
            }
        }
    }

    /// The least and the greatest number.
    pub fn ends(self) -> (f64, f64) {
        match self {
            Self::Whole { from, to } => (from as f64, to as f64),
            Self::Real { from, to } => (from, to),
        }
    }
}

/// The form in messages: `0 to 65535`, `0 or more`.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole { from, .. } if !self.has_end() => write!(f, "{from} or more"),
            Self::Real { from, .. } if !self.has_end() => write!(f, "{from} or more"),
            Self::Whole { from, to } => write!(f, "{from} to {to}"),
            Self::Real { from, to } => write!(f, "{from} to {to}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORT: Range = Range::whole(0, 65_535);

    #[test]
    fn both_ends_belong_to_a_range() {
        for (number, is_in) in [(-1, false), (0, true), (65_535, true), (65_536, false), (i64::MAX, false)] {
            assert_eq!(PORT.has_whole(number), is_in, "{number}");
        }
        assert!(Range::NOT_NEGATIVE.has_whole(i64::MAX) && !Range::NOT_NEGATIVE.has_whole(i64::MIN));
        let degrees = Range::real(-90.0, 90.0);
        assert!(degrees.has_real(-90.0) && degrees.has_whole(90) && !degrees.has_real(90.000_001));
        assert!(!degrees.has_real(f64::NAN) && !degrees.has_real(f64::INFINITY));
    }

    #[test]
    fn a_range_holds_what_lies_within_it() {
        assert!(Range::NOT_NEGATIVE.holds(PORT) && PORT.holds(PORT) && !PORT.holds(Range::NOT_NEGATIVE));
        assert_eq!(PORT.and(Range::whole(-5, 23)), Range::whole(0, 23));
        assert_eq!(PORT.and(Range::NOT_NEGATIVE), PORT);
    }

    #[test]
    fn a_range_without_an_end_says_so() {
        assert_eq!(PORT.to_string(), "0 to 65535");
        assert_eq!(Range::NOT_NEGATIVE.to_string(), "0 or more");
        assert_eq!(Range::real(-90.0, 90.0).to_string(), "-90 to 90");
        assert_eq!(Range::real(0.0, f64::MAX).to_string(), "0 or more");
    }
}
