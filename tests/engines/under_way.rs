//! A running program that can be interrupted or killed, and a scene whose day takes a while.

use std::io::Read as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use crate::home::{DAY, Home, Outcome, PATIENCE, PROGRAM, at, flow, result, spot};
use crate::site::Site;

/// A running command. It is killed if the test ends first.
pub(crate) struct UnderWay {
    child: Child,
    pub(crate) input: Option<ChildStdin>,
}

impl UnderWay {
    pub(crate) fn start(site: &Site, arguments: &[&str]) -> Self {
        Self::start_in(site, &site.home, arguments)
    }

    /// Starts a command in another home on the database of the site.
    pub(crate) fn start_in(site: &Site, home: &Home, arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .current_dir(home.path(""))
            .env("FLOW_OA_HOME", home.path(""))
            .env("FLOW_OA_DATABASE", site.database.url())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        Self { child, input }
    }

    pub(crate) fn signal(&self, name: &str) {
        // `kill` fails if the command has ended.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args([name, &id]).stderr(Stdio::null()).status().unwrap();
    }

    /// Waits for the end. Returns `None` if a signal ended the command.
    pub(crate) fn ends(mut self) -> Option<Outcome> {
        drop(self.input.take());
        until("the command ends", || self.child.try_wait().unwrap().is_some());
        let status = self.child.wait().unwrap();
        let (mut out, mut err) = (String::new(), String::new());
        self.child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut err).unwrap();
        status.code().map(|code| Outcome { code, out, err })
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until a condition is true.
pub(crate) fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < PATIENCE, "waited in vain: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// Flows of the day in six hours, enough that a command on them can be hit. Another `salt` changes the bytes.
pub(crate) fn many_flows(salt: i64) -> String {
    let one = |number: i64| {
        let time = at(&format!("{:02}:{:02}:{:02}", 10 + number % 6, number % 5, number % 60));
        flow(&time, &format!("10.0.0.{}", number % 7), &format!("10.0.1.{}", number % 200), number + salt)
    };
    spot(&(0..6000).map(one).collect::<Vec<_>>())
}

/// The results of the day with numbers from `skip` to `count - 1`.
pub(crate) fn many_results(skip: i64, count: i64) -> Vec<String> {
    let one = |number: i64| {
        let time = at(&format!("{:02}:{:02}:00", 10 + number % 6, number % 5));
        result(&time, &format!("10.0.0.{}", number % 7), &format!("10.0.1.{}", number % 200), "0.1")
    };
    (skip..count).map(one).collect()
}

/// Two results files of one day, and the rows of a run on each. The stored day is that of the first.
pub(crate) struct TwoDays {
    pub(crate) states: [Vec<String>; 2],
}

/// The names of the two files.
pub(crate) const FILES: [&str; 2] = ["first.csv", "second.csv"];

impl TwoDays {
    pub(crate) fn of(site: &Site) -> Self {
        site.home.write("many.csv", many_flows(0));
        site.does(&["ingest", "many.csv"]);
        Self::place(&site.home);
        let states = [1, 0].map(|at| {
            Self::run(site, at).ends_with(0);
            site.everything()
        });
        let [second, first] = states;
        assert_ne!(first, second);
        Self { states: [first, second] }
    }

    /// Runs the day with one of the files.
    pub(crate) fn run(site: &Site, which: usize) -> Outcome {
        site.run(&Self::arguments(which))
    }

    pub(crate) fn arguments(which: usize) -> [&'static str; 5] {
        ["run", "-d", DAY, "--results", FILES[which]]
    }

    /// Copies the files into another home.
    pub(crate) fn place(home: &Home) {
        for (name, lines) in FILES.iter().zip([many_results(0, 200), many_results(100, 300)]) {
            home.write(name, lines.join("\n") + "\n");
        }
    }
}
