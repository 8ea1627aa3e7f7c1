//! Cells that hold a number or a port, within the range of its type or of its column.

use std::fmt;
use std::ops::{Bound, RangeBounds};
use std::str::FromStr;

use super::{CellFault, Cells};

#[expect(clippy::missing_errors_doc, reason = "described at Cells")]
impl Cells<'_> {
    /// An integer within a range.
    pub fn whole<T: FromStr + PartialOrd + fmt::Display>(
        &self,
        at: usize,
        range: impl RangeBounds<T>,
    ) -> Result<T, CellFault> {
        let value = self.str(at)?.parse().ok().filter(|number| range.contains(number));
        value.ok_or_else(|| self.outside(at, "a whole number", &range))
    }

    /// Checks that a value of the cell at `at` is within a range.
    pub fn within<T: PartialOrd + fmt::Display>(
        &self,
        at: usize,
        value: T,
        range: impl RangeBounds<T>,
    ) -> Result<T, CellFault> {
        if range.contains(&value) { Ok(value) } else { Err(self.outside(at, "a number", &range)) }
    }

    pub(crate) fn outside<T: fmt::Display>(
        &self,
        at: usize,
        what: &str,
        range: &impl RangeBounds<T>,
    ) -> CellFault {
        let mut expected = what.to_owned();
        let bits = size_of::<T>() * 8;
        let has_start = match range.start_bound() {
            Bound::Included(from) | Bound::Excluded(from) => {
                expected.push_str(&format!(" from {from}"));
                true
            }
            Bound::Unbounded => false,
        };
        match range.end_bound() {
            Bound::Included(to) => expected.push_str(&format!(" to {to}")),
            Bound::Excluded(end) => expected.push_str(&format!(" to below {end}")),
            Bound::Unbounded if has_start => expected.push_str(&format!(" on, of at most {bits} bits")),
            Bound::Unbounded => expected.push_str(&format!(" of at most {bits} bits")),
        }
        self.fault(at, expected)
    }

    /// A 16-bit integer.
    pub fn smallint(&self, at: usize) -> Result<i16, CellFault> {
        self.whole(at, i16::MIN..=i16::MAX)
    }

    /// A 32-bit integer.
    pub fn int(&self, at: usize) -> Result<i32, CellFault> {
        self.whole(at, i32::MIN..=i32::MAX)
    }

    /// A 64-bit integer.
    pub fn bigint(&self, at: usize) -> Result<i64, CellFault> {
        self.parsed(at, "a whole number of at most 64 bits")
    }

    /// A finite number within the range of single precision. It is kept in double precision, so that an engine with
    /// double-precision columns stores the decimal as it was written.
    pub fn float(&self, at: usize) -> Result<f64, CellFault> {
        let value = self.double(at)?;
        let fits = value.abs() <= f64::from(f32::MAX);
        if fits { Ok(value) } else { Err(self.fault(at, "a number within single precision")) }
    }

    /// A finite number in double precision, such as `2.26E-07`.
    pub fn double(&self, at: usize) -> Result<f64, CellFault> {
        let value: f64 = self.parsed(at, "a finite number")?;
        if value.is_finite() { Ok(value) } else { Err(self.fault(at, "a finite number")) }
    }

    /// A number within a range, in single precision.
    pub fn float_within(&self, at: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.within(at, self.float(at)?, range)
    }

    /// A number within a range, in double precision.
    pub fn double_within(&self, at: usize, range: impl RangeBounds<f64>) -> Result<f64, CellFault> {
        self.within(at, self.double(at)?, range)
    }

    /// The sum of whole numbers, one of which is in the cell at `at`.
    ///
    /// # Errors
    /// If it exceeds 64 bits.
    pub fn sum(&self, at: usize, summands: &[i64]) -> Result<i64, CellFault> {
        let sum = summands.iter().try_fold(0i64, |sum, summand| sum.checked_add(*summand));
        sum.ok_or_else(|| {
            self.fault(at, "a number whose sum with other values of the record has at most 64 bits")
        })
    }

    /// The sum of numbers, one of which is in the cell at `at`.
    ///
    /// # Errors
    /// If it exceeds double precision.
    pub fn real_sum(&self, at: usize, summands: &[f64]) -> Result<f64, CellFault> {
        let sum: f64 = summands.iter().sum();
        let fault = || self.fault(at, "a number whose sum with other values of the record is finite");
        if sum.is_finite() { Ok(sum) } else { Err(fault()) }
    }
}

/// The whole number below a decimal number without an exponent. `None` if the text is not such a number, or the whole
/// number exceeds 64 bits.
pub(crate) fn floor(text: &str) -> Option<i64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    if fraction.is_empty() || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let is_below = whole.starts_with('-') && fraction.bytes().any(|byte| byte != b'0');
    whole.parse::<i64>().ok()?.checked_sub(i64::from(is_below))
}
