//! What a reading of a format gives: a text, a whole number, a number or a time. One match for each kind of value, over
//! the closed list of readings.

use flow_oa_schema::model::{Flags, Read, Value};

use super::{Found, Inputs};
use crate::record::floor;
use crate::time::arrival;
use crate::{Moment, Text, iana};

impl Inputs<'_> {
    pub(super) fn text_of(&self, read: &Read) -> Found<Text> {
        Ok(match read {
            Read::Column(at) => match self.given(*at)? {
                // Blanks are part of a text that is joined with others.
                Some(_) => Some(self.cells.part(*at)?),
                None => None,
            },
            Read::Value(value) => Some(match value {
                Value::Text(text) => Text::from(text.as_str()),
                Value::Int(number) => compact_str::format_compact!("{number}"),
                Value::Real(number) => compact_str::format_compact!("{number}"),
            }),
            Read::First(all) => self.first(all, Self::text_of)?,
            Read::When { .. } | Read::Option { .. } => self.of_chosen(read, Self::text_of)?,
            Read::Join(parts) => {
                let mut joined = Text::default();
                for part in parts {
                    joined.push_str(&self.text_of(part)?.unwrap_or_default());
                }
                Some(joined)
            }
            Read::Last { of, characters } => self.trimmed(of)?.map(|text| last(&text, *characters)),
            Read::LongerThan { of, characters } => {
                let is_longer = |text: &Text| text.chars().nth(*characters).is_some();
                self.trimmed(of)?.map(|text| if is_longer(&text) { text } else { Text::default() })
            }
            Read::Before { of, mark } => {
                self.trimmed(of)?.and_then(|text| Some(Text::from(text.split_once(mark.as_str())?.0)))
            }
            Read::Protocol { of, address } => match self.trimmed(of)? {
                Some(text) => Some(self.protocol(&text, address.as_deref())?),
                None => None,
            },
            Read::Flags { of, written } => match self.trimmed(of)? {
                Some(text) => {
                    Some(flags(&text, *written).ok_or_else(|| self.fault_of(read, flags_as(*written)))?)
                }
                None => None,
            },
            Read::Map { of, values } => self
                .trimmed(of)?
                .map(|text| values.get(text.as_str()).map_or(text, |meant| Text::from(meant.as_str()))),
            Read::Arrival { .. } | Read::End { .. } | Read::Epoch { .. } | Read::Time { .. } => {
                self.time_of(read)?.map(Moment::text)
            }
            Read::Floor(_) | Read::Port(_) | Read::Bytes { .. } | Read::Hexadecimal { .. } => {
                self.whole_of(read)?.map(|number| compact_str::format_compact!("{number}"))
            }
            Read::Elapsed { .. } | Read::Subtract { .. } | Read::Scale { .. } | Read::Multiply { .. } => {
                self.real_of(read)?.map(|number| compact_str::format_compact!("{number}"))
            }
        })
    }

    /// The name of a protocol of a flow with this address.
    fn protocol(&self, text: &str, address: Option<&Read>) -> Result<Text, crate::CellFault> {
        let name = iana::protocol::name(text);
        let is_of_ipv6 = name == "ICMP"
            && match address {
                Some(address) => self.trimmed(address)?.is_some_and(|address| address.contains(':')),
                None => false,
            };
        Ok(Text::from(if is_of_ipv6 { iana::protocol::name("58") } else { name }))
    }

    pub(super) fn trimmed(&self, read: &Read) -> Found<Text> {
        if let Read::Column(at) = read {
            return Ok(self.given(*at)?.map(Text::from));
        }
        Ok(self.text_of(read)?.map(|text| Text::from(text.trim_ascii())))
    }

    pub(super) fn whole_of(&self, read: &Read) -> Found<i64> {
        const EXPECTED: &str = "a whole number of at most 64 bits";
        let fault = || self.fault_of(read, EXPECTED);
        let parsed = |text: Option<Text>| match text {
            Some(text) => text.trim_ascii().parse().map(Some).map_err(|_| fault()),
            None => Ok(None),
        };
        Ok(match read {
            Read::Column(at) => match self.given(*at)? {
                Some(text) => Some(text.parse().map_err(|_| fault())?),
                None => None,
            },
            Read::Value(Value::Int(number)) => Some(*number),
            Read::Value(Value::Real(_) | Value::Text(_)) => return Err(fault()),
            Read::First(all) => self.first(all, Self::whole_of)?,
            Read::When { .. } | Read::Option { .. } => self.of_chosen(read, Self::whole_of)?,
            Read::Floor(of) => match self.trimmed(of)? {
                Some(text) => {
                    Some(floor(&text).ok_or_else(|| self.fault_of(read, "a number of at most 64 bits"))?)
                }
                None => None,
            },
            Read::Subtract { of, less } => match self.whole_of(of)?.zip(self.whole_of(less)?) {
                Some((of, less)) => Some(of.checked_sub(less).ok_or_else(fault)?),
                None => None,
            },
            Read::Multiply { of, by } => match self.whole_of(of)? {
                Some(number) => {
                    let rate = self.whole_of(by)?.filter(|rate| *rate != 0).unwrap_or(1);
                    Some(number.checked_mul(rate).ok_or_else(fault)?)
                }
                None => None,
            },
            Read::Port(of) => match self.trimmed(of)? {
                Some(text) => Some(port(&text).ok_or_else(|| {
                    self.fault_of(read, "a port from 0 to 65535, or an ICMP type and code such as 3.13")
                })?),
                None => None,
            },
            Read::Bytes { high, low } => match self.whole_of(high)? {
                Some(upper) => {
                    let byte = |of: &Read, number: i64| {
                        let is_byte = u8::try_from(number).is_ok();
                        if is_byte { Ok(number) } else { Err(self.fault_of(of, "a number from 0 to 255")) }
                    };
                    let lower = self.whole_of(low)?.unwrap_or(0);
                    Some(byte(high, upper)? * 256 + byte(low, lower)?)
                }
                None => None,
            },
            Read::Hexadecimal { of, is_swapped } => match self.trimmed(of)? {
                Some(text) => {
                    let number = hexadecimal(&text, *is_swapped);
                    Some(number.ok_or_else(|| self.fault_of(read, "a number such as 0x0103"))?)
                }
                None => None,
            },
            Read::Map { .. }
            | Read::Join(_)
            | Read::Last { .. }
            | Read::LongerThan { .. }
            | Read::Before { .. }
            | Read::Protocol { .. }
            | Read::Flags { .. } => parsed(self.text_of(read)?)?,
            Read::Arrival { .. } | Read::End { .. } | Read::Epoch { .. } | Read::Time { .. } => {
                self.time_of(read)?.map(Moment::epoch)
            }
            Read::Elapsed { .. } | Read::Scale { .. } => return Err(fault()),
        })
    }

    pub(super) fn real_of(&self, read: &Read) -> Found<f64> {
        let fault = || self.fault_of(read, "a finite number");
        let parsed =
            |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite()).ok_or_else(fault);
        Ok(match read {
            Read::Column(at) => match self.given(*at)? {
                Some(text) => Some(parsed(text)?),
                None => None,
            },
            Read::Value(Value::Int(number)) => Some(*number as f64),
            Read::Value(Value::Real(number)) => Some(*number),
            Read::Value(Value::Text(text)) => Some(parsed(text)?),
            Read::First(all) => self.first(all, Self::real_of)?,
            Read::When { .. } | Read::Option { .. } => self.of_chosen(read, Self::real_of)?,
            Read::Elapsed { from, to } => {
                self.time_of(from)?.zip(self.time_of(to)?).map(|(from, to)| to.seconds_since(from))
            }
            Read::Subtract { of, less } => {
                self.real_of(of)?.zip(self.real_of(less)?).map(|(of, less)| of - less)
            }
            Read::Scale { of, by } => self.real_of(of)?.map(|number| number * by),
            Read::Multiply { of, by } => match self.real_of(of)? {
                Some(number) => Some(number * self.real_of(by)?.filter(|rate| *rate != 0.0).unwrap_or(1.0)),
                None => None,
            },
            Read::Floor(_) | Read::Port(_) | Read::Bytes { .. } | Read::Hexadecimal { .. } => {
                self.whole_of(read)?.map(|number| number as f64)
            }
            Read::Map { .. }
            | Read::Join(_)
            | Read::Last { .. }
            | Read::LongerThan { .. }
            | Read::Before { .. }
            | Read::Protocol { .. }
            | Read::Flags { .. } => match self.trimmed(read)? {
                Some(text) => Some(parsed(&text)?),
                None => None,
            },
            Read::Arrival { .. } | Read::End { .. } | Read::Epoch { .. } | Read::Time { .. } => {
                return Err(fault());
            }
        })
    }

    pub(super) fn time_of(&self, read: &Read) -> Found<Moment> {
        const EXPECTED: &str = "a time such as 2016-07-08 23:59:59 that exists";
        let parsed = |text: &str| self.readings.zone.read(text).ok_or_else(|| self.fault_of(read, EXPECTED));
        Ok(match read {
            Read::Column(at) => match self.given(*at)?.filter(|text| is_known(text)) {
                Some(text) => Some(parsed(text)?),
                None => None,
            },
            Read::First(all) => self.first(all, Self::time_of)?,
            Read::When { .. } | Read::Option { .. } => self.of_chosen(read, Self::time_of)?,
            Read::Arrival { received, first, last, duration } => {
                let [received, start, last] = [received, first, last].map(|time| self.time_of(time));
                let (received, start, last) = (received?, start?, last?);
                let seconds = match duration {
                    Some(duration) => {
                        self.real_of(duration)?.map(|seconds| self.cells.corrected_duration(seconds))
                    }
                    None => None,
                };
                let expected = "a time, here or where the flow was received";
                let found = arrival(received, start, last, seconds);
                let found = found.ok_or_else(|| self.fault_of(first, expected))?;
                if found.is_corrected {
                    self.cells.correct_time();
                }
                Some(found.at)
            }
            Read::End { start, duration } => match self.time_of(start)? {
                Some(start) => {
                    if !start.is_of_a_set_clock() {
                        self.cells.correct_time();
                    }
                    let seconds = self.cells.corrected_duration(self.real_of(duration)?.unwrap_or(0.0));
                    const EXPECTED: &str = "a duration in seconds that ends before the year 10000";
                    Some(start.plus(seconds).ok_or_else(|| self.fault_of(duration, EXPECTED))?)
                }
                None => None,
            },
            Read::Epoch { of, unit } => match self.trimmed(of)?.filter(|text| is_known(text)) {
                Some(text) => {
                    let found = Moment::of_number(&text, *unit).or_else(|| self.readings.zone.read(&text));
                    Some(found.ok_or_else(|| self.fault_of(read, "a time, or a number since 1970"))?)
                }
                None => None,
            },
            Read::Time { of, form } => match self.trimmed(of)?.filter(|text| is_known(text)) {
                Some(text) => {
                    let found = self.readings.zone.read_as(&text, form);
                    Some(found.ok_or_else(|| self.fault_of(read, "a time in the form of the format"))?)
                }
                None => None,
            },
            Read::Value(_)
            | Read::Map { .. }
            | Read::Join(_)
            | Read::Last { .. }
            | Read::LongerThan { .. }
            | Read::Before { .. } => match self.trimmed(read)?.filter(|text| is_known(text)) {
                Some(text) => Some(parsed(&text)?),
                None => None,
            },
            Read::Floor(_)
            | Read::Port(_)
            | Read::Bytes { .. }
            | Read::Hexadecimal { .. }
            | Read::Protocol { .. }
            | Read::Flags { .. }
            | Read::Elapsed { .. }
            | Read::Subtract { .. }
            | Read::Scale { .. }
            | Read::Multiply { .. } => return Err(self.fault_of(read, EXPECTED)),
        })
    }

    /// The value of the first reading that has one.
    fn first<T>(&self, all: &[Read], value: impl Fn(&Self, &Read) -> Found<T>) -> Found<T> {
        for read in all {
            if let Some(found) = value(self, read)? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The value of the reading that a condition selects.
    fn of_chosen<T>(&self, read: &Read, value: impl Fn(&Self, &Read) -> Found<T>) -> Found<T> {
        self.chosen(read)?.map_or(Ok(None), |chosen| value(self, chosen))
    }

    /// The reading that a condition selects. Without options, none is chosen.
    pub(super) fn chosen<'r>(&self, read: &'r Read) -> Found<&'r Read> {
        match read {
            Read::When { of, is, then, otherwise } => {
                let found = self.given(*of)?.unwrap_or_default();
                let is_one = is.iter().any(|text| text.eq_ignore_ascii_case(found));
                Ok(if is_one { Some(&**then) } else { otherwise.as_deref() })
            }
            Read::Option { otherwise, .. } => Ok(Some(&**otherwise)),
            other => Ok(Some(other)),
        }
    }
}

/// Whether a time is known: exporters write `0000-00-00 00:00:00` for one that is not.
fn is_known(text: &str) -> bool {
    !text.starts_with("0000-00-00")
}

/// The last characters of a text, or the whole text if it is shorter.
pub(super) fn last(text: &str, count: usize) -> Text {
    let start = text.char_indices().rev().nth(count.saturating_sub(1)).map_or(0, |(start, _)| start);
    Text::from(&text[start..])
}

/// A port. An ICMP type and code such as `3.13` becomes type × 256 + code, as in NetFlow.
fn port(text: &str) -> Option<i64> {
    let Some((kind, code)) = text.split_once('.') else { return text.parse::<u16>().ok().map(i64::from) };
    let byte = |text: &str| text.parse::<u8>().ok().map(i64::from);
    Some(byte(kind)? * 256 + byte(code)?)
}

/// A number in hexadecimal after `0x`, whose low bytes may be exchanged; else a decimal number.
fn hexadecimal(text: &str, is_swapped: bool) -> Option<i64> {
    let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) else {
        return text.parse().ok();
    };
    let number = u32::from_str_radix(digits, 16).ok()?;
    let swapped = number & 0xffff_0000 | (number & 0xff) << 8 | number >> 8 & 0xff;
    Some(i64::from(if is_swapped { swapped } else { number }))
}

/// The letters of TCP flags and their bits, the highest first.
const FLAGS: [(char, u32); 6] = [('U', 32), ('A', 16), ('P', 8), ('R', 4), ('S', 2), ('F', 1)];

/// TCP flags as `UAPRSF`, with a dot for each that is not set. `None` if they are not written so.
pub(super) fn flags(text: &str, written: Flags) -> Option<Text> {
    let bit = |letter: char| FLAGS.iter().find(|(known, _)| *known == letter).map(|(_, bit)| *bit);
    let bits = match written {
        Flags::Letters => text.chars().try_fold(0, |bits, letter| match letter {
            ' ' | '.' | 'C' | 'E' => Some(bits),
            letter => Some(bits | bit(letter)?),
        })?,
        Flags::Number => text.parse().ok()?,
        Flags::Hexadecimal => {
            let digits = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")).unwrap_or(text);
            u32::from_str_radix(digits, 16).ok()?
        }
        Flags::History => text.chars().fold(0, |bits, event| bits | of_event(event)),
    };
    Some(FLAGS.iter().map(|(letter, bit)| if bits & bit == 0 { '.' } else { *letter }).collect())
}

/// The flags of a packet of the originator that Zeek writes as this letter into the history of a connection.
fn of_event(event: char) -> u32 {
    let [fin, syn, rst, psh, ack] = [1, 2, 4, 8, 16];
    match event {
        'S' => syn,
        'H' => syn | ack,
        'A' => ack,
        'D' => psh | ack,
        'F' => fin | ack,
        'R' => rst,
        _ => 0,
    }
}

fn flags_as(written: Flags) -> &'static str {
    match written {
        Flags::Letters => "TCP flags such as .AP.SF",
        Flags::Number => "TCP flags as a number, such as 27",
        Flags::Hexadecimal => "TCP flags in hexadecimal, such as 1b",
        Flags::History => "the history of a connection, such as ShADadFf",
    }
}
