//! Flows in the CSV of unmodified nfdump: the 48 columns that versions 1.6.13 to 1.7.4 print with `-o csv`, and the
//! three lines of the summary below them. Times are UTC.
//!
//! It writes digits and names only, never a formatted float, so that the bytes are the same on every machine.

use std::io::{self, Write};

use jiff::ToSpan;
use jiff::civil::Date;

use super::Flow;
use crate::network::ROUTER;

const HEADER: &str = "ts,te,td,sa,da,sp,dp,pr,flg,fwd,stos,ipkt,ibyt,opkt,obyt,in,out,sas,das,smk,dmk,dtos,\
    dir,nh,nhb,svln,dvln,ismc,odmc,idmc,osmc,mpls1,mpls2,mpls3,mpls4,mpls5,mpls6,mpls7,mpls8,mpls9,mpls10,\
    cl,sl,al,ra,eng,exid,tr";

/// Columns `in` to `al`, which this exporter does not fill.
const UNFILLED: &str = "0,0,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0,\
    00:00:00:00:00:00,00:00:00:00:00:00,00:00:00:00:00:00,00:00:00:00:00:00,\
    0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,    0.000,    0.000,    0.000";

const SECOND: u64 = 1000;
const DAY: u64 = 86_400 * SECOND;

/// Totals for the summary. As in nfdump, only the traffic from the sources is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Totals {
    flows: u64,
    bytes: u64,
    packets: u64,
    /// The earliest begin and the latest end, in milliseconds since midnight at the start of the day before.
    span: Option<(u64, u64)>,
}

impl Totals {
    fn add(&mut self, flow: &Flow) {
        self.flows += 1;
        self.bytes += flow.sent.bytes;
        self.packets += flow.sent.packets;
        let (begin, end) = (DAY + flow.ended - flow.lasted, DAY + flow.ended);
        self.span = Some(self.span.map_or((begin, end), |(first, last)| (first.min(begin), last.max(end))));
    }
}

/// The writer of one file.
pub(super) struct NfdumpCsv<W> {
    out: W,
    /// The day before and the day, as text.
    dates: [String; 2],
    totals: Totals,
}

impl<W: Write> NfdumpCsv<W> {
    /// Begins a file for flows that end on `date`, and writes the header.
    pub(super) fn begin(mut out: W, date: Date) -> io::Result<Self> {
        writeln!(out, "{HEADER}")?;
        let dates = [date.saturating_sub(1.day()), date].map(|date| date.to_string());
        Ok(Self { out, dates, totals: Totals::default() })
    }

    pub(super) fn flow(&mut self, flow: &Flow) -> io::Result<()> {
        self.totals.add(flow);
        let (begin, end) = (DAY + flow.ended - flow.lasted, DAY + flow.ended);
        self.time(begin)?;
        self.out.write_all(b",")?;
        self.time(end)?;
        let lasted = (flow.lasted / SECOND, flow.lasted % SECOND);
        write!(self.out, ",{}.{:03},{},{},", lasted.0, lasted.1, flow.source, flow.destination)?;
        let ports = (flow.source_port, flow.destination_port);
        write!(self.out, "{},{},{},{},0,0,", ports.0, ports.1, flow.protocol.name(), flow.flags)?;
        let (sent, answered) = (flow.sent, flow.answered);
        write!(self.out, "{},{},{},{},", sent.packets, sent.bytes, answered.packets, answered.bytes)?;
        write!(self.out, "{UNFILLED},{ROUTER},0/0,0,")?;
        self.time(end)?;
        writeln!(self.out, ".{:03}", end % SECOND)
    }

    /// Ends the file with the summary.
    pub(super) fn finish(mut self) -> io::Result<()> {
        let Totals { flows, bytes, packets, span } = self.totals;
        let seconds = span.map_or(0, |(first, last)| last / SECOND - first / SECOND);
        let rate = |count: u64, by: u64| count.checked_div(by).unwrap_or_default();
        writeln!(self.out, "Summary\nflows,bytes,packets,avg_bps,avg_pps,avg_bpp")?;
        write!(self.out, "{flows},{bytes},{packets},")?;
        writeln!(
            self.out,
            "{},{},{}",
            rate(bytes.saturating_mul(8), seconds),
            rate(packets, seconds),
            rate(bytes, packets)
        )?;
        self.out.flush()
    }

    /// Writes a time in whole seconds, given in milliseconds since midnight at the start of the day before.
    fn time(&mut self, at: u64) -> io::Result<()> {
        let date = &self.dates[usize::from(at >= DAY)];
        let seconds = at % DAY / SECOND;
        write!(self.out, "{date} {:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use jiff::civil::date;

    use super::super::Volume;
    use super::*;
    use crate::network::{MAIL, RESOLVER};

    fn written(flows: &[Flow]) -> Vec<String> {
        let mut bytes = Vec::new();
        let mut file = NfdumpCsv::begin(&mut bytes, date(2024, 3, 1)).unwrap();
        for flow in flows {
            file.flow(flow).unwrap();
        }
        file.finish().unwrap();
        String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect()
    }

    #[test]
    fn prints_what_nfdump_prints() {
        let flow = Flow {
            ended: 61_045,
            ..Flow::udp((MAIL, 50_000), (RESOLVER, 53))
                .carrying(Volume::new(2, 155), Volume::new(2, 273))
                .lasting(134)
        };
        let lines = written(&[flow]);
        assert_eq!(
            lines[1],
            "2024-03-01 00:01:00,2024-03-01 00:01:01,0.134,10.20.1.25,10.20.0.53,50000,53,UDP,........,0,0,\
             2,155,2,273,0,0,0,0,0,0,0,0,0.0.0.0,0.0.0.0,0,0,00:00:00:00:00:00,00:00:00:00:00:00,\
             00:00:00:00:00:00,00:00:00:00:00:00,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,0-0-0,\
             \x20   0.000,    0.000,    0.000,10.20.0.1,0/0,0,2024-03-01 00:01:01.045"
        );
        assert_eq!(lines[0].split(',').count(), 48);
        assert_eq!(lines[1].split(',').count(), 48);
        assert_eq!(
            lines[2..],
            ["Summary", "flows,bytes,packets,avg_bps,avg_pps,avg_bpp", "1,155,2,1240,2,77"]
        );
    }

    #[test]
    fn a_flow_may_begin_on_the_evening_before() {
        let flow = Flow { ended: 500, ..Flow::ping(MAIL, RESOLVER, 2) };
        assert!(written(&[flow])[1].starts_with("2024-02-29 23:59:59,2024-03-01 00:00:00,1.000,"));
    }

    #[test]
    fn an_empty_day_has_a_summary_too() {
        assert_eq!(written(&[])[3], "0,0,0,0,0,0");
    }
}
