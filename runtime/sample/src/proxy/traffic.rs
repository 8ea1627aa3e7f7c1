//! What an office requests from the web, without the attack.
//!
//! Each service is one line of [`SERVICES`] and one small function. Every department has its own browser, so that what a
//! PC does others do as well: only then does a ranking by rarity find what a single client does. Nothing here may
//! depend on the attack.

use std::net::Ipv4Addr;

use super::{Agent, Method, Request};
use crate::chance::Chance;
use crate::network::{Network, STATUS_BOARD, UPDATES, domain, site};
use crate::row::{PEOPLE, PROGRAMS, Service};

/// All services.
pub(super) const SERVICES: [Service<Request>; 9] = [
    Service { share: 220, hours: PEOPLE, draw: page },
    Service { share: 390, hours: PEOPLE, draw: part },
    Service { share: 90, hours: PEOPLE, draw: api },
    Service { share: 30, hours: PEOPLE, draw: form },
    Service { share: 110, hours: PEOPLE, draw: tunnel },
    Service { share: 20, hours: PEOPLE, draw: missing },
    Service { share: 80, hours: PROGRAMS, draw: update_check },
    Service { share: 40, hours: PROGRAMS, draw: update },
    Service { share: 20, hours: PEOPLE, draw: administrators_page },
];

const BROWSERS: [Agent; 4] = [
    Agent("Mozilla/5.0 (Workstation 10; x64) Wayfarer/118.#"),
    Agent("Mozilla/5.0 (Workstation 10; x64) Lantern/62.0.# Page/62"),
    Agent("Mozilla/5.0 (compatible; Compass 11.#; Workstation 8)"),
    Agent("Mozilla/5.0 (Desk; x86_64) Skiff/7.4.#"),
];

/// The program that keeps each of [`UPDATES`] current.
const UPDATERS: [Agent; 4] = [
    Agent("SystemUpdate/10.#"),
    Agent("VirusGuard/4.2.#"),
    Agent("PackageUpdate/2.#"),
    Agent("LicenceService/1.0"),
];

const CATEGORIES: [&str; 6] =
    ["News/Media", "Shopping", "Technology/Internet", "Business/Economy", "Entertainment", "Content Servers"];

/// The browser of a PC's department.
pub(super) fn browser_of(client: Ipv4Addr) -> Agent {
    BROWSERS[usize::from(client.octets()[2]) % BROWSERS.len()]
}

/// A page that a client requests.
fn visit(client: Ipv4Addr, rank: u64, chance: &mut Chance) -> Request {
    let topic = chance.pick(&["today", "offers", "search", "about", "archive", "help"]);
    let (path, query) = match chance.below(4) {
        0 => ("/".to_owned(), "-".to_owned()),
        1 => (format!("/{topic}"), format!("?page={}", chance.within(1..=9))),
        _ => (format!("/{topic}/{}.html", chance.within(1..=40)), "-".to_owned()),
    };
    Request {
        time: 0,
        client,
        host: format!("www.{}", domain(rank)),
        server: site(rank),
        method: Method::Get,
        agent: browser_of(client),
        content: "text/html",
        status: 200,
        category: CATEGORIES[rank as usize % CATEGORIES.len()],
        referer: "-".to_owned(),
        path,
        query,
        duration: chance.within(30..=900),
        received: chance.within(4000..=7999) << chance.heads(6),
        sent: chance.within(300..=900),
        stage: None,
    }
}

fn page(chance: &mut Chance, network: &Network) -> Request {
    let (client, rank) = (network.client(chance), network.favourite(chance));
    visit(client, rank, chance)
}

/// A page that an administrator reads on the PC with the status board.
fn administrators_page(chance: &mut Chance, network: &Network) -> Request {
    let rank = network.favourite(chance);
    visit(STATUS_BOARD, rank, chance)
}

/// A picture, style or script of a page.
fn part(chance: &mut Chance, network: &Network) -> Request {
    const KINDS: [(&str, &str); 5] = [
        ("image/jpeg", "jpg"),
        ("image/jpeg", "jpg"),
        ("image/png", "png"),
        ("text/css", "css"),
        ("application/javascript", "js"),
    ];
    let page = page(chance, network);
    let (content, extension) = chance.pick(&KINDS);
    let status = if chance.percent(20) { 304 } else { 200 };
    Request {
        host: page.host.replacen("www", chance.pick(&["cdn", "img"]), 1),
        content,
        status,
        referer: format!("http://{}", page.url()),
        path: format!("/static/{}.{extension}", chance.within(1..=60)),
        query: "-".to_owned(),
        received: if status == 304 { chance.within(180..=240) } else { page.received },
        ..page
    }
}

/// A request of a page's script.
fn api(chance: &mut Chance, network: &Network) -> Request {
    let page = page(chance, network);
    Request {
        host: page.host.replacen("www", "api", 1),
        content: "application/json",
        referer: format!("http://{}", page.url()),
        path: format!("/v1/{}", chance.pick(&["items", "suggest", "session", "counts"])),
        query: format!("?n={}", chance.within(1..=50)),
        received: chance.within(200..=4000),
        ..page
    }
}

/// A form that is submitted; the answer is another page, or the way to it.
fn form(chance: &mut Chance, network: &Network) -> Request {
    let page = page(chance, network);
    Request {
        method: Method::Post,
        status: chance.pick(&[200, 302]),
        referer: format!("http://{}", page.url()),
        path: format!("/{}", chance.pick(&["login", "search", "order", "comment"])),
        query: "-".to_owned(),
        sent: chance.within(600..=3000),
        ..page
    }
}

/// A tunnel for HTTPS, which is logged when it is closed.
fn tunnel(chance: &mut Chance, network: &Network) -> Request {
    let page = page(chance, network);
    Request {
        method: Method::Connect,
        content: "-",
        path: "/".to_owned(),
        query: "-".to_owned(),
        duration: chance.within(400..=90_000),
        sent: chance.within(800..=3900),
        ..page
    }
}

/// A page that no longer exists.
fn missing(chance: &mut Chance, network: &Network) -> Request {
    let page = page(chance, network);
    Request {
        status: 404,
        path: format!("/old/{}.html", chance.within(1..=90)),
        query: "-".to_owned(),
        received: chance.within(500..=900),
        ..page
    }
}

/// A request of a program on a PC.
fn program(path: &str, chance: &mut Chance, network: &Network) -> Request {
    let service = chance.below(UPDATES.len() as u64) as usize;
    let (host, server) = UPDATES[service];
    let client = network.client(chance);
    Request {
        host: host.to_owned(),
        server,
        agent: UPDATERS[service],
        category: "Technology/Internet",
        content: "application/octet-stream",
        path: path.to_owned(),
        query: "-".to_owned(),
        sent: chance.within(260..=320),
        ..visit(client, 0, chance)
    }
}

/// Whether there is an update; there seldom is.
fn update_check(chance: &mut Chance, network: &Network) -> Request {
    Request {
        method: Method::Head,
        content: "-",
        status: 304,
        received: chance.within(180..=240),
        ..program("/current/manifest.bin", chance, network)
    }
}

fn update(chance: &mut Chance, network: &Network) -> Request {
    let path = format!("/packages/{}.bin", chance.within(1..=20));
    Request {
        received: chance.within(60_000..=120_000) << chance.heads(6),
        ..program(&path, chance, network)
    }
}
