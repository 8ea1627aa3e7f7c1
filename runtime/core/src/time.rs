//! Times of flows: whole seconds, stored as UTC text `YYYY-MM-DD HH:MM:SS`.
//!
//! Input may have a fraction of a second, which counts in comparisons and is then dropped. Input is parsed in the time
//! zone of the exporters, which is UTC unless the deployment configures another zone.

use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use flow_oa_schema::model::EpochUnit;

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

    /// Parses `YYYY-MM-DD HH:MM[:SS[.fraction]]` (a `T` or `+` may replace the space, and `/` the hyphens). `None` if the text has another form, or
    /// if the date or time does not exist: there is no year 0. A local time that a clock change repeats is the earlier
    /// one. A local time that a clock change skips is read with the offset before the change. A time that ends with `Z`
    /// or an offset from UTC (`+02:00`, `+0200`, `+02`) is read with that offset, whatever the zone.
    pub fn read(&self, text: &str) -> Option<Moment> {
        let at = match read_civil(text.as_bytes()) {
            Some(local) => self.0.to_ambiguous_zoned_datetime(local).compatible().ok()?.timestamp(),
            None => {
                let (local, offset) = read_with_offset(text.as_bytes())?;
                TimeZone::UTC.to_timestamp(local).ok()?.checked_sub(offset).ok()?
            }
        };
        Some(Moment::at(at)).filter(Moment::is_of_a_year)
    }

    /// Parses a time in a form of its own, by the conversions of strftime. It is of this zone unless it has an offset.
    pub fn read_as(&self, text: &str, form: &str) -> Option<Moment> {
        let parts = jiff::fmt::strtime::parse(form, text).ok()?;
        let at = match parts.offset() {
            Some(_) => parts.to_timestamp().ok()?,
            None => {
                self.0.to_ambiguous_zoned_datetime(parts.to_datetime().ok()?).compatible().ok()?.timestamp()
            }
        };
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

    /// The moment of a number since 1970-01-01 00:00:00 UTC, which may have a fraction. `None` if the text is not a
    /// number, or outside the years that can be stored.
    pub fn of_number(text: &str, unit: EpochUnit) -> Option<Self> {
        let unit: i128 = match unit {
            EpochUnit::Seconds => 1_000_000_000,
            EpochUnit::Milliseconds => 1_000_000,
            EpochUnit::Microseconds => 1_000,
            EpochUnit::Nanoseconds => 1,
        };
        let nanoseconds = match exact(text) {
            Some((whole, fraction)) => whole * unit + fraction * unit / i128::from(NANO),
            // With an exponent, as some programs write numbers in JSON.
            None => (text.parse::<f64>().ok().filter(|number| number.is_finite())? * unit as f64) as i128,
        };
        Timestamp::from_nanosecond(nanoseconds).ok().map(Self::at).filter(Self::is_of_a_year)
    }

    /// The seconds since an earlier moment, with their fraction.
    pub fn seconds_since(self, earlier: Self) -> f64 {
        self.at.duration_since(earlier.at).as_secs_f64()
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
        let at = self.civil;
        // Formatting macros take several times as long, and each flow has such a text.
        let mut text = *b"0000-00-00 00:00:00";
        let mut put = |place: usize, number: i8| {
            text[place] = b'0' + number.unsigned_abs() / 10 % 10;
            text[place + 1] = b'0' + number.unsigned_abs() % 10;
        };
        // A moment has a year of four digits.
        put(0, (at.year() / 100) as i8);
        put(2, (at.year() % 100) as i8);
        put(5, at.month());
        put(8, at.day());
        put(11, at.hour());
        put(14, at.minute());
        put(17, at.second());
        Text::from_utf8_lossy(&text)
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

impl Moment {
    /// Whether a clock that shows this moment was set.
    pub fn is_of_a_set_clock(self) -> bool {
        self.year() >= FIRST_YEAR
    }
}

/// The arrival of a flow; times that the exporter does not know are `None`. It is `received` if that is plausible:
/// within [`first` - 1 s, `last` + 1 h]. Otherwise it is `last`, since files converted from captures have 1970 or the
/// time of the conversion in `received`. If the flow ends before it starts, or if `first` or `last` is before 2000 or
/// not known, the flow's own times are impossible: the arrival is then `received` if that is of 2000 or later, or else
/// `first` plus the duration in seconds; without a duration, the later of `first` and `last`. `None` if no time is
/// known, or the flow ends after the year 9999.
pub fn arrival(
    received: Option<Moment>,
    first: Option<Moment>,
    last: Option<Moment>,
    duration: Option<f64>,
) -> Option<Arrival> {
    if let (Some(first), Some(last)) = (first, last) {
        let from = first.at.saturating_sub(SignedDuration::from_secs(1));
        let to = last.at.saturating_add(SignedDuration::from_hours(1));
        let is_plausible = |received: &Moment| {
            from.is_ok_and(|from| from <= received.at) && to.is_ok_and(|to| received.at <= to)
        };
        if let Some(received) = received.filter(is_plausible) {
            return Some(Arrival { at: received, is_corrected: false });
        }
        if first <= last && first.is_of_a_set_clock() && last.is_of_a_set_clock() {
            return Some(Arrival { at: last, is_corrected: false });
        }
    }
    let end = || match (first, duration) {
        (Some(first), Some(duration)) => first.plus(duration),
        (first, _) => first.max(last),
    };
    let at = received.filter(|received| received.is_of_a_set_clock()).or_else(end)?;
    Some(Arrival { at, is_corrected: true })
}

const NANO: i64 = 1_000_000_000;

/// The whole part of a decimal number without an exponent, and its fraction in billionths.
fn exact(text: &str) -> Option<(i128, i128)> {
    let (whole, digits) = text.split_once('.').unwrap_or((text, ""));
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = whole.strip_prefix('-').unwrap_or(whole);
    if unsigned.is_empty() || unsigned.len() > 20 || !is_number(unsigned) || !is_number(digits) {
        return None;
    }
    let fraction = digits.bytes().chain(std::iter::repeat(b'0')).take(9);
    let fraction = fraction.fold(0, |sum, digit| sum * 10 + i128::from(digit - b'0'));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    Some((whole.parse().ok()?, sign * fraction))
}

/// A local time with its offset from UTC: `Z`, `+02:00`, `+0200` or `+02`.
fn read_with_offset(text: &[u8]) -> Option<(DateTime, SignedDuration)> {
    // The sign of an offset is behind the date and the hour.
    let at = text.iter().skip(13).position(|byte| matches!(byte, b'Z' | b'z' | b'+' | b'-'))? + 13;
    let (local, offset) = text.split_at(at);
    let local = read_civil(local.trim_ascii_end())?;
    let digits: Vec<i64> =
        offset[1..].iter().filter(|byte| byte.is_ascii_digit()).map(|byte| i64::from(byte - b'0')).collect();
    let (hours, minutes) = match (offset, digits.as_slice()) {
        ([b'Z' | b'z'], []) => (0, 0),
        ([_, _, _], [h, i]) => (h * 10 + i, 0),
        ([_, _, _, _, _], [h, i, m, n]) => (h * 10 + i, m * 10 + n),
        ([_, _, _, b':', _, _], [h, i, m, n]) => (h * 10 + i, m * 10 + n),
        _ => return None,
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset_size = SignedDuration::from_mins(hours * 60 + minutes);
    Some((local, if offset[0] == b'-' { -offset_size } else { offset_size }))
}

fn read_civil(text: &[u8]) -> Option<DateTime> {
    let digits = |from: usize, to: usize| -> Option<i32> {
        text.get(from..to)?
            .iter()
            .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i32::from(byte - b'0')))
    };
    let separator = |at: usize, wanted: &[u8]| text.get(at).is_some_and(|byte| wanted.contains(byte));
    if !(separator(4, b"-/") && text.get(4) == text.get(7) && separator(10, b" T+") && separator(13, b":")) {
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
        Zone::utc().read(text).map(|time| time.text().to_string())
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
            "2024/01-01 00:00:00",
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
            let found = arrival(Some(read(text)), Some(first), Some(last), None).expect("is known");
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
        for (received, first, last, duration, expected) in [
            (
                "2024-11-20 10:00:05",
                "1970-01-01 00:00:00",
                "1970-01-01 00:00:00",
                None,
                "2024-11-20 10:00:05",
            ),
            (
                "2024-11-20 10:00:05",
                "1970-01-01 00:00:00",
                "1999-12-31 23:59:59",
                None,
                "2024-11-20 10:00:05",
            ),
            (
                "2024-11-20 12:00:05",
                "2024-11-20 10:00:02",
                "2024-11-20 10:00:01",
                Some(9.0),
                "2024-11-20 12:00:05",
            ),
            (
                "1970-01-01 12:00:00",
                "2024-11-20 10:00:02",
                "2024-11-20 10:00:01",
                None,
                "2024-11-20 10:00:02",
            ),
            (
                "1970-01-01 12:00:00",
                "2024-11-20 10:00:02",
                "2024-11-20 10:00:01",
                Some(20.5),
                "2024-11-20 10:00:22.5",
            ),
            (
                "1980-01-01 00:00:00",
                "1970-01-01 00:00:01",
                "1970-01-01 00:00:03",
                None,
                "1970-01-01 00:00:03",
            ),
            ("2024-11-20 10:00:05", "?", "?", Some(1.0), "2024-11-20 10:00:05"),
            ("?", "2024-11-20 10:00:02", "?", Some(1.0), "2024-11-20 10:00:03"),
            ("?", "?", "2024-11-20 10:00:09", Some(1.0), "2024-11-20 10:00:09"),
        ] {
            let known = |text| Some(text).filter(|text| *text != "?").map(read);
            let found = arrival(known(received), known(first), known(last), duration);
            let expected = Arrival { at: read(expected), is_corrected: true };
            assert_eq!(found, Some(expected), "{received} {first} {last}");
        }
        let (first, last) = (read("2024-11-20 10:00:01"), read("2024-11-20 10:00:02"));
        let uncertain = arrival(None, Some(first), Some(last), None);
        assert_eq!(uncertain, Some(Arrival { at: last, is_corrected: false }));
        assert_eq!(arrival(None, None, None, Some(1.0)), None);
        assert_eq!(arrival(None, Some(first), None, Some(1e300)), None);
    }

    #[test]
    fn an_offset_in_the_text_takes_precedence_over_the_zone() {
        let zone = Zone::named("Asia/Tokyo").expect("in every database");
        for (text, expected) in [
            ("2016-07-08T10:00:00Z", "2016-07-08 10:00:00"),
            ("2016-07-08 10:00:00.5z", "2016-07-08 10:00:00"),
            ("2016-07-08T10:00Z", "2016-07-08 10:00:00"),
            ("2016-07-08 10:00:00+02:00", "2016-07-08 08:00:00"),
            ("2016-07-08 00:30:00.123+0530", "2016-07-07 19:00:00"),
            ("2016-07-08T10:00:00-07", "2016-07-08 17:00:00"),
            ("2016-07-08 10:00:00", "2016-07-08 01:00:00"),
        ] {
            assert_eq!(zone.read(text).expect(text).text(), expected, "{text}");
        }
        for text in [
            "2016-07-08T10:00:00Zx",
            "2016-07-08T10:00:00+2",
            "2016-07-08T10:00:00+24:00",
            "2016-07-08T10:00:00+02:60",
            "2016-07-08T10:00:00+02:0",
            "2016-07-08T10:00:00+a2:00",
            "2016-07-08T10:00:00 +02:00 ",
            "2016-07-08Z",
            "0001-01-01 00:00:00+01:00",
        ] {
            assert_eq!(zone.read(text), None, "{text:?}");
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
