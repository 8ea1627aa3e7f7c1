//! A run on HiveServer2 whose connection is cut in the middle of its work: what it wrote aside is taken away in another
//! session, and what cannot be is named. The connection goes through a relay of the test's own.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use flow_oa_runtime::failpoints::{IMPALA, VARIABLE};

use crate::hive::{Hive, derived, prepared, staged};
use crate::home::{DAY, Outcome, at, result};
use crate::site::Site;
use crate::under_way::{UnderWay, until};

/// A statement in the middle of a run, when some tables are written aside.
const IN_THE_MIDDLE: usize = 14;

/// What passes between the program and the server.
#[derive(Clone, Default)]
struct Passing(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    open: Vec<TcpStream>,
    /// Whether nobody is let in any longer.
    is_shut: bool,
    /// What a request holds after which no answer passes.
    last: Option<&'static str>,
    /// Whether it came.
    is_halted: bool,
}

/// A relay between the program and the server at `to`, and its port.
fn relay(to: String) -> (Passing, u16) {
    let passing = Passing::default();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let relayed = passing.clone();
    thread::spawn(move || {
        for from in listener.incoming().map_while(Result::ok) {
            relayed.take(from, &to);
        }
    });
    (passing, port)
}

impl Passing {
    fn take(&self, from: TcpStream, to: &str) {
        let mut state = self.0.lock().unwrap();
        if state.is_shut {
            return;
        }
        let to = TcpStream::connect(to).unwrap();
        for [from, to] in [[&from, &to], [&to, &from]].map(|it| it.map(|it| it.try_clone().unwrap())) {
            let passing = self.clone();
            thread::spawn(move || {
                let _ = passing.pass(&from, &to);
                let _ = to.shutdown(Shutdown::Both);
            });
        }
        state.open.extend([from, to]);
    }

    fn pass(&self, mut from: &TcpStream, mut to: &TcpStream) -> io::Result<()> {
        let mut bytes = vec![0; 1 << 20];
        loop {
            let count = from.read(&mut bytes)?;
            let chunk = &bytes[..count];
            if count == 0 {
                return Ok(());
            }
            let mut state = self.0.lock().unwrap();
            // Whoever waits for an answer waits on: an end would be told from silence.
            if state.is_halted {
                continue;
            }
            state.is_halted |= state.last.is_some_and(|it| String::from_utf8_lossy(chunk).contains(it));
            drop(state);
            to.write_all(chunk)?;
        }
    }

    fn is_halted(&self) -> bool {
        self.0.lock().unwrap().is_halted
    }

    /// Ends what is open; `is_shut` says whether somebody may come again.
    fn cut(&self, is_shut: bool) {
        let mut state = self.0.lock().unwrap();
        state.is_shut = is_shut;
        for it in state.open.drain(..) {
            let _ = it.shutdown(Shutdown::Both);
        }
    }
}

/// A relay to the server of a site, and the URL that goes by it.
fn relayed(site: &Site) -> (Passing, String) {
    let url = site.database.url();
    let place = url.split("://").nth(1).and_then(|it| it.split('/').next()).unwrap();
    let place = place.rsplit('@').next().unwrap();
    let (passing, port) = relay(place.to_owned());
    (passing, url.replace(place, &format!("127.0.0.1:{port}")))
}

/// A run that loses its connection in the middle.
fn cut_off(site: &Site, is_shut: bool) -> Outcome {
    let (passing, url) = relayed(site);
    let wait = site.home.path("waits");
    let mut command = site.command(&["run", "-d", DAY]);
    command.env("FLOW_OA_DATABASE", url);
    command.env(VARIABLE, format!("{IMPALA}:{IN_THE_MIDDLE}=wait:{}", wait.display()));
    let running = thread::spawn(move || Outcome::of(&mut command));
    until("the run is in the middle", || wait.exists());
    assert_ne!(staged(site), Vec::<String>::new());
    passing.cut(is_shut);
    std::fs::remove_file(&wait).unwrap();
    running.join().unwrap()
}

#[test]
fn what_a_run_wrote_aside_is_taken_away_when_its_connection_is_lost_or_named() {
    let Some(site) = prepared(&Hive) else { return };
    site.runs_day();
    let rows = || derived().flat_map(|it| site.table(it)).collect::<Vec<_>>();
    let before = rows();
    let outcome = cut_off(&site, false).ends_with(69);
    outcome.complains(&["was lost", "are as they were", "the same command again is safe"]);
    assert_eq!(staged(&site), Vec::<String>::new());
    let outcome = cut_off(&site, true).ends_with(69);
    let outcome = outcome.complains(&["was lost", "perhaps left behind", "the same command again is safe"]);
    for table in staged(&site) {
        assert!(outcome.err.contains(&table), "{table}: {}", outcome.err);
    }
    assert_eq!(rows(), before);
    site.runs_day();
    assert_eq!(rows(), before);
}

#[test]
fn a_run_that_is_killed_in_the_middle_of_a_statement_leaves_the_old_day() {
    let Some(site) = prepared(&Hive) else { return };
    site.runs_day();
    site.has_results(&[result(&at("10:00:01"), "10.0.0.1", "10.0.0.2", "0.1")]);
    let (passing, url) = relayed(&site);
    // The statement that fills the details: the server has it, and nobody hears of its end.
    passing.0.lock().unwrap().last = Some("SELECT CAST(`raw`.`treceived`");
    let run = UnderWay::start(&site, &["run", "-d", DAY, "--database", &url]);
    until("the server fills the details", || passing.is_halted());
    run.signal("-KILL");
    assert!(run.ends().is_none());
    assert_eq!((site.count("flow_scores"), site.count("flow_edge")), (2, 3));
    site.runs_day();
    assert_eq!((site.count("flow_scores"), site.count("flow_edge")), (1, 2));
}

#[test]
fn whatever_a_killed_ingest_staged_has_a_table_by_which_it_is_found_later() {
    let Some(site) = prepared(&Hive) else { return };
    site.home.write(
        "late.csv",
        crate::home::spot(&[crate::home::flow("2016-07-09 10:00:00", "10.0.0.1", "10.0.0.2", 1)]),
    );
    for time in 1.. {
        let mut command = site.command(&["ingest", "late.csv"]);
        let output = command.env(VARIABLE, format!("{IMPALA}:{time}=abort")).output().unwrap();
        let found = std::fs::read_dir(site.home.path("tables/staged")).into_iter().flatten();
        let folders: Vec<String> = found.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
        let tables = staged(&site);
        for folder in folders {
            assert!(tables.contains(&folder), "statement {time}: {folder} and {tables:?}");
        }
        // Once it is not killed any longer, it is done, or was before.
        if output.status.code().is_some() {
            break;
        }
    }
}
