//! The request of a test: the variable [`VARIABLE`] names one point, `NAME:N=ACTION`. The action is executed when the
//! point is passed for the `N`th time (default 1). `all=note:FILE` records the points that are passed. An invalid value
//! is an error, so that no test passes because of a typo.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// The environment variable that requests a point.
pub const VARIABLE: &str = "FLOW_OA_FAIL_POINT";

/// Every point that stops the program, in the order in which commands pass them. [`STATEMENT`] is passed before each
/// database statement. A point whose name begins with the name of an engine is passed only by that engine.
pub const POINTS: [&str; 62] = [
    STATEMENT,
    "begin-killed",
    "begin-locked",
    "begin-inserted",
    "begin-committed",
    "begin-swept",
    "done-updated",
    "run-start",
    "run-results",
    "run-structure",
    "run-answers",
    "run-context",
    "run-ready",
    "run-folder",
    "run-lock",
    "run-begun",
    "run-notebook",
    "run-notebooks",
    "run-transaction",
    "run-deleted",
    "run-staged",
    "run-inserted",
    "run-table",
    "run-entry",
    "run-done",
    "run-committed",
    "run-scores-file",
    "run-rejects-file",
    "file-start",
    "file-created",
    "file-written",
    "file-synced",
    "file-renamed",
    "ingest-start",
    "ingest-opened",
    "ingest-header",
    "ingest-begun",
    "ingest-room",
    "ingest-batch",
    "ingest-sums",
    "ingest-added-up",
    "ingest-stored",
    "ingest-recorded",
    "ingest-marked",
    "ingest-done",
    "ingest-rejects",
    "copy-begun",
    "copy-batch",
    "copy-raw",
    "copy-table",
    "copy-done",
    "init-table",
    "init-done",
    "init-marked",
    "migrate-step",
    "migrate-planned",
    "migrate-alone",
    "migrate-derived",
    "migrate-recorded",
    "postgres-indexed",
    "postgres-held",
    "postgres-attached",
];

/// The point before each database statement.
pub const STATEMENT: &str = "statement";

/// Points at which the program miscounts by one; its own check must detect that.
pub const MISCOUNTS: [&str; 4] = ["run-records", "run-rows", "ingest-rows", "copy-rows"];

/// Matches every point, for recording.
const ALL: &str = "all";

/// The maximum time that a point waits to be released.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    /// Fails with an error, as if the disk were full.
    Error,
    /// Aborts the process, as by a kill or a loss of power.
    Abort,
    /// Counts one row too many.
    Miscount,
    /// Creates the file and waits until another process removes it.
    Wait(PathBuf),
    /// Appends the name of the point to the file, as a line.
    Note(PathBuf),
}

/// The parsed request.
#[derive(Debug)]
struct Plan {
    point: String,
    time: u64,
    action: Action,
    passed: AtomicU64,
}

/// The error of a point.
#[derive(Debug)]
pub struct Stop(&'static str);

impl Stop {
    /// The name of the point.
    pub fn name(&self) -> &'static str {
        self.0
    }
}

/// The reason in the error of a point.
pub const REASON: &str = "stopped on purpose";

impl From<Stop> for io::Error {
    fn from(stop: Stop) -> Self {
        io::Error::other(format!("{REASON} (fail point {})", stop.0))
    }
}

/// Parses the request in the environment.
///
/// # Errors
/// If it is invalid.
pub fn require_sense() -> Result<(), String> {
    plan().as_ref().map(|_| ()).map_err(|reason| format!("{VARIABLE}: {reason}"))
}

fn plan() -> &'static Result<Option<Plan>, String> {
    static PLAN: OnceLock<Result<Option<Plan>, String>> = OnceLock::new();
    PLAN.get_or_init(|| std::env::var(VARIABLE).ok().map(|text| read(&text)).transpose())
}

fn read(text: &str) -> Result<Plan, String> {
    let shape = || format!("expected NAME:N=ACTION, found {text:?}");
    let (point, action) = text.split_once('=').ok_or_else(shape)?;
    let (point, time) = point.split_once(':').unwrap_or((point, "1"));
    let action = match action.split_once(':').unwrap_or((action, "")) {
        ("error", "") => Action::Error,
        ("abort", "") => Action::Abort,
        ("miscount", "") => Action::Miscount,
        ("wait", path) if !path.is_empty() => Action::Wait(path.into()),
        ("note", path) if !path.is_empty() => Action::Note(path.into()),
        _ => {
            return Err(format!("expected error, abort, miscount, wait:FILE or note:FILE, found {action:?}"));
        }
    };
    let known = match action {
        Action::Miscount => &MISCOUNTS[..],
        Action::Note(_) => &[ALL],
        _ => &POINTS[..],
    };
    if !known.contains(&point) {
        return Err(format!("there is no point {point:?} for this action"));
    }
    let time = time.parse().ok().filter(|time| *time > 0).ok_or_else(shape)?;
    Ok(Plan { point: point.to_owned(), time, action, passed: AtomicU64::new(0) })
}

/// The action to execute now at a point of that name, if any.
fn asked(name: &'static str) -> Option<&'static Action> {
    debug_assert!(POINTS.contains(&name) || MISCOUNTS.contains(&name), "{name} is not listed");
    let plan = plan().as_ref().ok()?.as_ref().filter(|plan| plan.point == name || plan.point == ALL)?;
    let is_time = plan.passed.fetch_add(1, Ordering::SeqCst) + 1 == plan.time;
    (is_time || plan.point == ALL).then_some(&plan.action)
}

/// Passes a point.
///
/// # Errors
/// If the environment requests an error here.
pub fn pass(name: &'static str) -> Result<(), Stop> {
    match asked(name) {
        None | Some(Action::Miscount) => Ok(()),
        Some(Action::Error) => Err(Stop(name)),
        Some(Action::Abort) => std::process::abort(),
        Some(Action::Wait(file)) => {
            let start = Instant::now();
            std::fs::write(file, "").map_err(|_| Stop(name))?;
            while file.exists() && start.elapsed() < PATIENCE {
                std::thread::sleep(Duration::from_millis(2));
            }
            Ok(())
        }
        Some(Action::Note(file)) => {
            let file = File::options().create(true).append(true).open(file);
            file.and_then(|mut file| file.write_all(format!("{name}\n").as_bytes())).map_err(|_| Stop(name))
        }
    }
}

/// The number to add to a count: 1 if the environment requests a miscount, otherwise 0.
pub(super) fn surplus(name: &'static str) -> u64 {
    u64::from(asked(name) == Some(&Action::Miscount))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_is_read_and_what_is_none_is_refused() {
        let plan = read("run-lock:3=abort").unwrap();
        assert_eq!((plan.point.as_str(), plan.time, plan.action), ("run-lock", 3, Action::Abort));
        assert_eq!(read("statement=wait:/a:b").unwrap().action, Action::Wait("/a:b".into()));
        assert_eq!(read("run-rows=miscount").unwrap().time, 1);
        for text in ["", "run-lock", "run-lok=abort", "run-lock:0=abort", "run-lock=abrt", "run-lock=wait:"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(read("run-rows=abort").is_err() && read("run-lock=miscount").is_err());
        assert_eq!(read("all=note:/a").unwrap().action, Action::Note("/a".into()));
        assert!(read("all=abort").is_err() && read("run-lock=note:/a").is_err());
    }

    #[test]
    fn no_name_is_listed_twice() {
        let mut names = [&POINTS[..], &MISCOUNTS].concat();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
