//! What a sample day asks of a kind of row, and how often each kind of traffic occurs in the office.

use std::fmt;
use std::net::IpAddr;

use jiff::civil::Date;

use super::chance::Chance;
use super::network::Network;

/// A row of a sample day, independent of the output format.
pub(super) trait Row: Clone + 'static {
    /// The stages of the attack, in chronological order; the text is a short description.
    type Stage: Copy + Ord + fmt::Display;

    /// The ordinary traffic. The shares are thousandths and add up to 1000.
    const SERVICES: &'static [Service<Self>];

    /// All rows of the attack on a day with this many rows, ordered by time. At most one row in fifty, but at least one
    /// for each stage if the day has enough rows.
    fn attack(rows: u64, chance: &mut Chance) -> Vec<Self>;

    /// Milliseconds since midnight.
    fn time(&self) -> u64;

    /// The row with another time.
    fn at(self, time: u64) -> Self;

    /// The stage of the attack that it belongs to, if any.
    fn stage(&self) -> Option<Self::Stage>;

    /// The names of the raw columns whose values a label gives, separated by commas.
    const LABELLED: &'static str;

    /// The values of these columns, separated by commas. No field may need quoting.
    fn labelled(&self, date: Date) -> String;

    /// The host that caused it.
    fn source(&self) -> IpAddr;

    /// What the source contacted or asked for, as the story names it.
    fn target(&self) -> String;
}

/// A kind of traffic: how much of it there is, when, and how to generate one of its rows.
pub(super) struct Service<R: 'static> {
    /// Its share of the ordinary rows, in thousandths.
    pub(super) share: u64,
    /// Its weight in each hour of the day.
    pub(super) hours: [u64; 24],
    /// Generates one row, without its time.
    pub(super) draw: fn(&mut Chance, &Network) -> R,
}

/// Working hours, with a dip at noon and almost nothing at night.
pub(super) const PEOPLE: [u64; 24] =
    [0, 0, 0, 0, 0, 0, 6, 30, 80, 100, 100, 95, 60, 80, 100, 95, 85, 60, 25, 12, 8, 6, 0, 0];
/// Programs on PCs, some of which are never switched off.
pub(super) const PROGRAMS: [u64; 24] =
    [22, 22, 22, 22, 22, 22, 30, 60, 100, 100, 95, 90, 75, 85, 95, 90, 85, 65, 40, 30, 26, 24, 22, 22];
/// Hosts outside: active at all hours, most of all in the evening.
pub(super) const WORLD: [u64; 24] =
    [30, 30, 30, 30, 30, 35, 40, 50, 60, 70, 75, 75, 70, 70, 75, 75, 75, 80, 85, 90, 85, 70, 50, 35];
/// Machines, with the same weight at all hours.
pub(super) const MACHINES: [u64; 24] = [1; 24];
/// The hours in which backups run.
pub(super) const NIGHT: [u64; 24] = [0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

/// Milliseconds in a minute.
pub(super) const MINUTE: u64 = 60_000;

/// A time of day in milliseconds since midnight.
pub(super) const fn clock(hour: u64, minute: u64) -> u64 {
    (hour * 60 + minute) * MINUTE
}

/// The `index`th of `count` times that are spread evenly over a period, delayed by up to half a step.
pub(super) fn moment(index: u64, count: u64, (from, to): (u64, u64), chance: &mut Chance) -> u64 {
    let step = (to - from) / count.max(1);
    from + index * step + chance.below(step / 2 + 1)
}
