//! The ordinary traffic of an office, without the attack.
//!
//! Each service is one line of [`SERVICES`] and one small function that generates one of its flows. Repetitive programs
//! (look-ups, logons, polls, backups) have a narrow range of sizes, as in real captures; the sizes of what people
//! download have a heavy tail. Nothing here may depend on the attack.

use std::net::Ipv4Addr;

use super::{Flow, RESET, Volume};
use crate::chance::Chance;
use crate::network::{
    BACKUP, CLOCK_OUTSIDE, DIRECTORIES, FILES, GATE, INTRANET, MAIL, Network, PRINTERS, RESOLVER,
    RESOLVERS_OUTSIDE, SERVERS, STATUS_BOARD, WWW,
};
use crate::row::{MACHINES, NIGHT, PEOPLE, PROGRAMS, Service, WORLD};

/// All services. The shares are thousandths and add up to 1000.
pub(super) const SERVICES: [Service<Flow>; 19] = [
    Service { share: 250, hours: PROGRAMS, draw: look_up },
    Service { share: 40, hours: MACHINES, draw: server_look_up },
    Service { share: 30, hours: PROGRAMS, draw: forwarded_look_up },
    Service { share: 170, hours: PEOPLE, draw: secure_web },
    Service { share: 30, hours: PEOPLE, draw: plain_web },
    Service { share: 50, hours: PEOPLE, draw: quick_web },
    Service { share: 20, hours: PEOPLE, draw: web_v6 },
    Service { share: 50, hours: PEOPLE, draw: intranet },
    Service { share: 85, hours: PROGRAMS, draw: directory },
    Service { share: 30, hours: PEOPLE, draw: file_share },
    Service { share: 80, hours: PROGRAMS, draw: read_mail },
    Service { share: 12, hours: PEOPLE, draw: submit_mail },
    Service { share: 28, hours: WORLD, draw: relay_mail },
    Service { share: 30, hours: MACHINES, draw: ask_time },
    Service { share: 45, hours: MACHINES, draw: status_poll },
    Service { share: 25, hours: WORLD, draw: visit },
    Service { share: 12, hours: PEOPLE, draw: remote_work },
    Service { share: 8, hours: NIGHT, draw: back_up },
    Service { share: 5, hours: PEOPLE, draw: print },
];

/// A source port that a system assigns to a new connection.
pub(super) fn ephemeral(chance: &mut Chance) -> u16 {
    chance.within(49_152..=65_535) as u16
}

/// DNS queries and their responses.
fn dns(chance: &mut Chance, from: Ipv4Addr, to: Ipv4Addr, questions: u64) -> Flow {
    let sent = Volume::new(questions, questions * chance.within(66..=120));
    let answered = Volume::new(questions, questions * chance.within(90..=480));
    let port = ephemeral(chance);
    Flow::udp((from, port), (to, 53)).carrying(sent, answered).lasting(chance.within(1..=90))
}

fn look_up(chance: &mut Chance, network: &Network) -> Flow {
    let client = network.client(chance);
    // One look-up in ten queries both kinds of address from one port.
    let questions = if chance.percent(10) { 2 } else { 1 };
    dns(chance, client, RESOLVER, questions)
}

fn server_look_up(chance: &mut Chance, _: &Network) -> Flow {
    let server = chance.pick(&[MAIL, WWW, FILES, DIRECTORIES[0], DIRECTORIES[1], STATUS_BOARD]);
    dns(chance, server, RESOLVER, 1)
}

/// A query that the resolver forwards. Each uses its own port, as resolvers do to prevent forged responses.
fn forwarded_look_up(chance: &mut Chance, _: &Network) -> Flow {
    let outside = chance.pick(&RESOLVERS_OUTSIDE);
    dns(chance, RESOLVER, outside, 1)
}

/// A page or a file: a request, and a response with a heavy tail.
fn fetched(chance: &mut Chance, flow: Flow) -> Flow {
    let octave = chance.heads(11);
    let answered = Volume::bulk(chance.within(4000..=7999) << octave);
    let said = chance.within(400..=1200);
    let lasted = chance.within(40..=900) + (chance.within(0..=60) << octave);
    flow.carrying(Volume::acknowledging(answered, said), answered).lasting(lasted)
}

fn secure_web(chance: &mut Chance, network: &Network) -> Flow {
    let (client, site) = (network.client(chance), network.site(chance));
    let flow = Flow::tcp((client, ephemeral(chance)), (site, 443));
    let cut = chance.percent(12);
    fetched(chance, if cut { flow.flagged(RESET) } else { flow })
}

fn plain_web(chance: &mut Chance, network: &Network) -> Flow {
    let (client, site) = (network.client(chance), network.site(chance));
    let flow = Flow::tcp((client, ephemeral(chance)), (site, 80));
    fetched(chance, flow)
}

fn quick_web(chance: &mut Chance, network: &Network) -> Flow {
    let (client, site) = (network.client(chance), network.site(chance));
    let flow = Flow::udp((client, ephemeral(chance)), (site, 443));
    fetched(chance, flow)
}

fn web_v6(chance: &mut Chance, network: &Network) -> Flow {
    let (client, site) = (network.client_v6(chance), network.site_v6(chance));
    let flow = Flow::tcp((client, ephemeral(chance)), (site, 443));
    fetched(chance, flow)
}

/// A page of the intranet: small, and of similar size for everyone.
fn intranet(chance: &mut Chance, network: &Network) -> Flow {
    let client = network.client(chance);
    let answered = Volume::bulk(chance.within(9000..=14_000) << chance.heads(2));
    let sent = Volume::new(chance.within(16..=31), chance.within(2100..=4000));
    Flow::tcp((client, ephemeral(chance)), (INTRANET, 443))
        .carrying(sent, answered)
        .lasting(chance.within(30..=1500))
}

/// A PC that logs on, renews its tickets or reads its policies, always at the same controller.
fn directory(chance: &mut Chance, network: &Network) -> Flow {
    let client = network.client(chance);
    let from = (client, ephemeral(chance));
    let controller = DIRECTORIES[usize::from(client.octets()[3] % 2)];
    let narrow = |chance: &mut Chance, packets: u64, bytes: u64| {
        Volume::new(chance.within(packets..=2 * packets - 1), chance.within(bytes..=2 * bytes - 1))
    };
    match chance.below(10) {
        0..=3 => Flow::tcp(from, (controller, 88)).carrying(narrow(chance, 4, 1024), narrow(chance, 4, 1500)),
        4..=5 => Flow::udp(from, (controller, 389)).carrying(Volume::new(1, 214), Volume::new(1, 179)),
        6..=8 => {
            Flow::tcp(from, (controller, 389)).carrying(narrow(chance, 8, 2048), narrow(chance, 8, 4000))
        }
        _ => Flow::tcp(from, (controller, 445)).carrying(narrow(chance, 16, 4096), narrow(chance, 16, 6000)),
    }
    .lasting(chance.within(4..=400))
}

/// A document that is read from the file server, or sometimes written to it.
fn file_share(chance: &mut Chance, network: &Network) -> Flow {
    let client = network.client(chance);
    let document = Volume::bulk(chance.within(24_000..=47_999) << chance.heads(6));
    let acknowledged = Volume::acknowledging(document, chance.within(2000..=3000));
    let (sent, answered) =
        if chance.percent(20) { (document, acknowledged) } else { (acknowledged, document) };
    Flow::tcp((client, ephemeral(chance)), (FILES, 445))
        .carrying(sent, answered)
        .lasting(chance.within(200..=60_000))
}

/// A check of a mailbox over IMAP; there is seldom new mail.
fn read_mail(chance: &mut Chance, network: &Network) -> Flow {
    let client = network.client(chance);
    let new = if chance.percent(25) { chance.within(4000..=30_000) << chance.heads(5) } else { 1800 };
    let sent = Volume::new(chance.within(16..=31), chance.within(2100..=4000));
    Flow::tcp((client, ephemeral(chance)), (MAIL, 993))
        .carrying(sent, Volume::bulk(new))
        .lasting(chance.within(100..=4000))
}

/// A message that a client submits to the office's mail server.
fn submit_mail(chance: &mut Chance, network: &Network) -> Flow {
    let client = network.client(chance);
    let message = Volume::bulk(chance.within(5700..=8100) << (3 * chance.heads(1)));
    Flow::tcp((client, ephemeral(chance)), (MAIL, 587))
        .carrying(message, Volume::acknowledging(message, 700))
        .lasting(chance.within(200..=3000))
}

/// A message in transit between the office's mail server and another mail server.
fn relay_mail(chance: &mut Chance, network: &Network) -> Flow {
    let relay = network.relay(chance);
    let message = Volume::bulk(chance.within(23_000..=30_000) << (2 * chance.heads(1)));
    let port = ephemeral(chance);
    let flow = if chance.percent(70) {
        Flow::tcp((relay, port), (MAIL, 25))
    } else {
        Flow::tcp((MAIL, port), (relay, 25))
    };
    flow.carrying(message, Volume::acknowledging(message, 600)).lasting(chance.within(300..=5000))
}

/// A time query: from PCs to a controller, or from a controller to a server outside.
fn ask_time(chance: &mut Chance, network: &Network) -> Flow {
    let packet = Volume::new(1, 76);
    let flow = if chance.percent(10) {
        Flow::udp((chance.pick(&DIRECTORIES), 123), (CLOCK_OUTSIDE, 123))
    } else {
        let client = network.client(chance);
        Flow::udp((client, 123), (DIRECTORIES[usize::from(client.octets()[3] % 2)], 123))
    };
    flow.carrying(packet, packet).lasting(chance.within(1..=40))
}

/// The status board: a ping to a server, or a check of its certificate.
fn status_poll(chance: &mut Chance, _: &Network) -> Flow {
    let server = chance.pick(&SERVERS).0;
    if ![INTRANET, MAIL, WWW].contains(&server) || chance.percent(50) {
        return Flow::ping(STATUS_BOARD, server, 5);
    }
    Flow::tcp((STATUS_BOARD, ephemeral(chance)), (server, 443))
        .carrying(Volume::new(9, chance.within(1100..=1300)), Volume::new(8, chance.within(4200..=4400)))
        .lasting(chance.within(20..=60))
}

/// A visit to the office's public pages.
fn visit(chance: &mut Chance, network: &Network) -> Flow {
    let visitor = network.visitor(chance);
    let answered = Volume::bulk(chance.within(6000..=9000) << chance.heads(3));
    let sent = Volume::new(chance.within(8..=15), chance.within(1100..=1900));
    Flow::tcp((visitor, ephemeral(chance)), (WWW, 443))
        .carrying(sent, answered)
        .lasting(chance.within(100..=9000))
}

/// A session of a person who works from home, through the gate.
fn remote_work(chance: &mut Chance, network: &Network) -> Flow {
    let visitor = network.visitor(chance);
    let sent = Volume::new(chance.within(140..=250), chance.within(17_000..=32_000));
    Flow::tcp((visitor, ephemeral(chance)), (GATE, 22))
        .carrying(sent, Volume::bulk(sent.bytes * 6))
        .lasting(chance.within(60_000..=1_500_000))
}

/// A piece of the nightly backup. Pieces have a fixed size; the last of a set is padded.
fn back_up(chance: &mut Chance, _: &Network) -> Flow {
    let server = chance.pick(&[FILES, FILES, FILES, MAIL, INTRANET, WWW, DIRECTORIES[0], DIRECTORIES[1]]);
    let piece = Volume::bulk((1 << 30) + chance.within(0..=900_000));
    Flow::tcp((BACKUP, ephemeral(chance)), (server, 873))
        .carrying(Volume::acknowledging(piece, 5000), piece)
        .lasting(chance.within(25_000..=110_000))
}

fn print(chance: &mut Chance, network: &Network) -> Flow {
    let client = network.client(chance);
    let pages = Volume::bulk(chance.within(70_000..=130_000) << chance.heads(3));
    Flow::tcp((client, ephemeral(chance)), (chance.pick(&PRINTERS), 631))
        .carrying(pages, Volume::acknowledging(pages, 900))
        .lasting(chance.within(900..=20_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_service_draws_plausible_flows() {
        let (network, mut chance) = (Network::for_rows(1000), Chance::new(5));
        for service in &SERVICES {
            for _ in 0..500 {
                let flow = (service.draw)(&mut chance, &network);
                assert_ne!(flow.source, flow.destination, "{flow:?}");
                assert_eq!(flow.flags.len(), 8, "{flow:?}");
                assert!(flow.lasted < 3_600_000, "{flow:?}");
                for volume in [flow.sent, flow.answered] {
                    let smallest = volume.packets * 28;
                    assert!((smallest..=volume.packets * 1500).contains(&volume.bytes), "{flow:?}");
                }
            }
        }
    }
}
