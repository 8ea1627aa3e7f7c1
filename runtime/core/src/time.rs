//! Times of flows: whole seconds, stored as UTC text `YYYY-MM-DD HH:MM:SS`.
//!
//! Input may have a fraction of a second, which counts in comparisons and is then dropped. Input is parsed in the time
//! zone of the exporters, which is UTC unless the deployment configures another zone.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::Text;

/// The time zone of the input.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// UTC, the zone of all stored times.
    pub fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// The zone of that name in the IANA database, such as `America/New_York`; `None` if there is no such zone.
    pub fn named(name: &str) -> Option<Self> {
        TimeZone::get(name).ok().map(Self)
    }

    /// Parses `YYYY-MM-DD HH:MM[:SS[.fraction]]` (a `T` may replace the space). `None` if the text has another form, or
    /// if the date or time does not exist: there is no year 0. A local time that a clock change repeats is the earlier
    /// one. A local time that a clock change skips is read with the offset before the change.
    pub fn read(&self, text: &str) -> Option<Moment> {
        let local = read_civil(text.as_bytes())?;
        let at = self.0.to_ambiguous_zoned_datetime(local).compatible().ok()?.timestamp();
        Some(Moment::at(at)).filter(Moment::is_of_a_year)
    }

    /// The calendar date in this zone.
    pub fn date_of(&self, moment: Moment) -> Date {
        self.0.to_datetime(moment.at).date()
    }
}

/// A point in time, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    at: Timestamp,
    civil: DateTime,
}

impl Moment {
    /// The moment of a timestamp.
    pub fn at(at: Timestamp) -> Self {
        Self { at, civil: TimeZone::UTC.to_datetime(at) }
    }

    /// The moment of whole seconds since 1970-01-01 00:00:00 UTC; `None` outside the years that can be stored.
    pub fn of_epoch(seconds: i64) -> Option<Self> {
        Timestamp::from_second(seconds).ok().map(Self::at).filter(Self::is_of_a_year)
    }

    /// The moment of a text in the form of [`Zone::read`], UTC, whose hour may have one digit.
    pub fn of_text(text: &str) -> Option<Self> {
        let (day, time) = text.trim().split_once([' ', 'T'])?;
        let hour = time.split(':').next().unwrap_or_default();
        if hour.len() == 1 {
            return Zone::utc().read(&format!("{day} 0{time}"));
        }
        Zone::utc().read(&format!("{day} {time}"))
    }

    /// The moment `seconds` later; `None` outside the years that can be stored.
    pub fn plus(self, seconds: f64) -> Option<Self> {
        let span = SignedDuration::try_from_secs_f64(seconds).ok()?;
        self.at.checked_add(span).ok().map(Self::at).filter(Self::is_of_a_year)
    }

    /// Whether the year can be stored: 1 to 9999.
    fn is_of_a_year(&self) -> bool {
        self.civil.year() > 0
    }

    /// `YYYY-MM-DD HH:MM:SS`, without the fraction.
    pub fn text(self) -> Text {
        let it = self.civil;
        compact_str::format_compact!(
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            it.year(),
            it.month(),
            it.day(),
            it.hour(),
            it.minute(),
            it.second()
        )
    }

    /// Whole seconds since 1970-01-01 00:00:00 UTC.
    pub fn epoch(self) -> i64 {
        self.at.as_second()
    }
    /// The calendar date, in UTC.
    pub fn date(self) -> Date {
        self.civil.date()
    }
    /// The calendar year.
    pub fn year(self) -> i16 {
        self.civil.year()
    }
    /// The month, 1 to 12.
    pub fn month(self) -> i16 {
        i16::from(self.civil.month())
    }
    /// The day of the month, from 1.
    pub fn day(self) -> i16 {
        i16::from(self.civil.day())
    }
    /// The hour, 0 to 23.
    pub fn hour(self) -> i16 {
        i16::from(self.civil.hour())
    }
    /// The minute, 0 to 59.
    pub fn minute(self) -> i16 {
        i16::from(self.civil.minute())
    }
    /// The second, 0 to 59.
    pub fn second(self) -> i16 {
        i16::from(self.civil.second())
    }
}

/// The arrival of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arrival {
    /// The time of arrival.
    pub at: Moment,
    /// Whether the flow's own times are impossible.
    pub is_corrected: bool,
}

/// No flow was exported before this year. Clocks that were never set start in 1970.
const FIRST_YEAR: i16 = 2000;

/// The arrival of a flow. It is `received` if that is plausible: within [`first` - 1 s, `last` + 1 h]. Otherwise it is
/// `last`, since files converted from captures have 1970 or the time of the conversion in `received`. If the flow ends
/// before it starts, or if `first` or `last` is before 2000, the flow's own times are impossible: the arrival is then
/// `received`, or the later of `first` and `last` if `received` is before 2000 as well.
pub fn arrival(received: Moment, first: Moment, last: Moment) -> Arrival {
    let from = first.at.saturating_sub(SignedDuration::from_secs(1));
    let to = last.at.saturating_add(SignedDuration::from_hours(1));
    if from.is_ok_and(|from| from <= received.at) && to.is_ok_and(|to| received.at <= to) {
        return Arrival { at: received, is_corrected: false };
    }
    let is_set = |moment: Moment| moment.year() >= FIRST_YEAR;
    if first <= last && is_set(first) && is_set(last) {
        return Arrival { at: last, is_corrected: false };
    }
    Arrival { at: if is_set(received) { received } else { first.max(last) }, is_corrected: true }
}

fn read_civil(text: &[u8]) -> Option<DateTime> {
    let digits = |from: usize, to: usize| -> Option<i32> {
        text.get(from..to)?
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i32::from(byte - b'0')))
    };
    let separator = |at: usize, wanted: &[u8]| text.get(at).is_some_and(|byte| wanted.contains(byte));
    if !(separator(4, b"-") && separator(7, b"-") && separator(10, b" T") && separator(13, b":")) {
        return None;
    }
    let (second, nanosecond) = match text.len() {
        16 => (0, 0),
        19.. if separator(16, b":") => (digits(17, 19)?, read_fraction(&text[19..])?),
        _ => return None,
    };
    let small = |value: i32| i8::try_from(value).ok();
    DateTime::new(
        i16::try_from(digits(0, 4)?).ok()?,
        small(digits(5, 7)?)?,
        small(digits(8, 10)?)?,
        small(digits(11, 13)?)?,
        small(digits(14, 16)?)?,
        small(second)?,
        nanosecond,
    )
    .ok()
}

/// The nanoseconds of `.123` with up to nine digits; 0 for an empty text.
fn read_fraction(text: &[u8]) -> Option<i32> {
    let Some((point, digits)) = text.split_first() else { return Some(0) };
    if *point != b'.' || digits.is_empty() || digits.len() > 9 || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let value = digits.iter().fold(0, |sum, byte| sum * 10 + i32::from(byte - b'0'));
    Some(value * 10i32.pow(9 - digits.len() as u32))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utc(text: &str) -> Option<String> {
        Zone::utc().read(text).map(|it| it.text().to_string())
    }

    #[test]
    fn fractions_are_dropped_from_the_text() {
        assert_eq!(utc("2024-04-18 23:59:55.943").as_deref(), Some("2024-04-18 23:59:55"));
        assert_eq!(utc("2024-04-18T23:59").as_deref(), Some("2024-04-18 23:59:00"));
    }

    #[test]
    fn dates_that_do_not_exist_are_refused() {
        for text in [
            "2024-02-30 00:00:00",
            "2023-02-29 00:00:00",
            "2024-01-01 24:00:00",
            "2024-01-01",
            "",
            "x",
            "2024-01-01 00:00:00.",
            "2024-01-01 00:00:0",
            "2024-01-01 00:00:60x",
            "2024/01/01 00:00:00",
        ] {
            assert_eq!(utc(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_zone_moves_the_day() {
        let zone = Zone::named("America/New_York").expect("in every database");
        let at = zone.read("2024-04-18 23:30:00").expect("exists");
        assert_eq!(at.text(), "2024-04-19 03:30:00");
        assert_eq!(zone.date_of(at).to_string(), "2024-04-18");
        assert_eq!(Zone::utc().date_of(at).to_string(), "2024-04-19");
        assert_eq!(at.epoch(), 1_713_497_400);
    }

    #[test]
    fn an_unbelievable_arrival_gives_way_to_the_end() {
        let read = |text| Zone::utc().read(text).expect("exists");
        let (first, last) = (read("2024-04-19 10:00:00"), read("2024-04-19 10:01:00"));
        let of = |text| {
            let found = arrival(read(text), first, last);
            assert!(!found.is_corrected, "{text}");
            found.at.text().to_string()
        };
        assert_eq!(of("2024-04-19 10:01:30.5"), "2024-04-19 10:01:30");
        assert_eq!(of("2024-04-19 09:59:59"), "2024-04-19 09:59:59");
        assert_eq!(of("2024-04-19 09:59:58.999"), "2024-04-19 10:01:00");
        assert_eq!(of("2024-04-19 11:01:00"), "2024-04-19 11:01:00");
        assert_eq!(of("2024-04-19 11:01:00.001"), "2024-04-19 10:01:00");
        assert_eq!(of("1970-01-01 00:00:00.000"), "2024-04-19 10:01:00");
    }

    #[test]
    fn a_flow_whose_own_times_cannot_be_has_the_time_at_which_it_was_received() {
        let read = |text| Zone::utc().read(text).expect("exists");
        for (received, first, last, expected) in [
            ("2024-11-20 10:00:05", "1970-01-01 00:00:00", "1970-01-01 00:00:00", "2024-11-20 10:00:05"),
            ("2024-11-20 10:00:05", "1970-01-01 00:00:00", "1999-12-31 23:59:59", "2024-11-20 10:00:05"),
            ("2024-11-20 12:00:05", "2024-11-20 10:00:02", "2024-11-20 10:00:01", "2024-11-20 12:00:05"),
            ("1970-01-01 12:00:00", "2024-11-20 10:00:02", "2024-11-20 10:00:01", "2024-11-20 10:00:02"),
            ("1980-01-01 00:00:00", "1970-01-01 00:00:01", "1970-01-01 00:00:03", "1970-01-01 00:00:03"),
        ] {
            let found = arrival(read(received), read(first), read(last));
            let expected = Arrival { at: read(expected), is_corrected: true };
            assert_eq!(found, expected, "{received} {first} {last}");
        }
    }

    #[test]
    fn there_is_no_year_0() {
        assert_eq!(utc("0000-12-31 23:59:59"), None);
        assert_eq!(utc("0001-01-01 00:00:00").as_deref(), Some("0001-01-01 00:00:00"));
        let east = Zone::named("Asia/Tokyo").expect("in every database");
        assert_eq!(east.read("0001-01-01 00:00:00"), None, "it is of the year before in UTC");
        assert_eq!(utc("9999-12-30 21:59:59").as_deref(), Some("9999-12-30 21:59:59"));
        assert_eq!(Zone::utc().read("9999-12-30 21:59:59").and_then(|moment| moment.plus(86400.0)), None);
    }
}
