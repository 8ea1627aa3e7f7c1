//! Pipes, devices and links that others put into writable folders: the program neither writes through them nor waits
//! for them.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use crate::home::{DAY, Home, SPOT_HEADER, at, flow, result, results_of, spot};

const DATA: &str = "data/flow/20160708";

fn home() -> Home {
    let home = Home::new();
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    home
}

#[test]
fn a_lock_that_is_no_file_is_named_and_nothing_is_made_where_a_link_leads_to() {
    let home = home();
    let lock = format!("{DATA}/.lock");
    home.pipe(&lock);
    home.run(&["run", "-d", DAY]).ends_with(73).complains(&[".lock", "it is a named pipe; expected a file"]);
    std::fs::remove_file(home.path(&lock)).unwrap();
    symlink(home.path("elsewhere"), home.path(&lock)).unwrap();
    home.run(&["run", "-d", DAY]).ends_with(73).complains(&[".lock", "it is a symbolic link"]);
    assert!(!home.path("elsewhere").exists());
    std::fs::remove_file(home.path(&lock)).unwrap();
    home.runs_day();
}

#[test]
fn parts_of_files_that_others_planted_are_left_alone() {
    let home = home();
    home.write("precious", "precious");
    std::fs::create_dir_all(home.path(DATA)).unwrap();
    for name in ["flow_scores.csv.1.part", "flow_scores.csv.part"] {
        symlink(home.path("precious"), home.path(&format!("{DATA}/{name}"))).unwrap();
    }
    home.pipe(&format!("{DATA}/flow_scores.csv.2.part"));
    home.pipe("ipynb/flow/20160708/Threat.ipynb.3.part");
    home.pipe("data/flow/.entry-1.lock");
    home.runs_day();
    home.runs_day();
    assert_eq!(home.read("precious"), "precious");
    assert!(home.read(&format!("{DATA}/flow_scores.csv")).contains("10.0.0.1"));
}

#[test]
fn a_pipe_in_the_place_of_a_data_file_is_an_error_and_no_wait() {
    let home = Home::new();
    home.pipe(&results_of(DAY));
    home.run(&["run", "-d", DAY]).ends_with(66).complains(&["flow_results.csv", "it is a named pipe"]);
    std::fs::remove_file(home.path(&results_of(DAY))).unwrap();
    home.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")]);
    for name in ["ipranges.csv", "iploc.csv", "reputation.csv"] {
        let path = home.pipe(&format!("context/{name}"));
        home.run(&["run", "-d", DAY]).ends_with(66).complains(&[name, "it is a named pipe"]);
        home.run(&["check", "--context"]).ends_with(66);
        std::fs::remove_file(path).unwrap();
    }
    home.runs_day();
    std::fs::remove_file(home.path(&format!("{DATA}/flow_scores.csv"))).unwrap();
    home.pipe(&format!("{DATA}/flow_scores.csv"));
    home.run(&["run", "--from-date", DAY, "--to-date", DAY]).ends_with(73).complains(&["flow_scores.csv"]);
}

#[test]
fn sqlite_writes_no_journal_through_a_link_and_waits_for_no_pipe() {
    let home = home();
    home.write("precious", "precious");
    let journal = home.path("data/flow_oa.db-journal");
    symlink(home.path("precious"), &journal).unwrap();
    home.run(&["run", "-d", DAY]).ends_with(69).complains(&["flow_oa.db-journal is not a file"]);
    assert_eq!(home.read("precious"), "precious");
    std::fs::remove_file(&journal).unwrap();
    home.pipe("data/flow_oa.db-journal");
    home.run(&["run", "-d", DAY]).ends_with(69).complains(&["flow_oa.db-journal is not a file"]);
    std::fs::remove_file(&journal).unwrap();
    home.pipe("other.db");
    home.run(&["init", "--database", "sqlite:other.db"]).ends_with(69).complains(&["other.db is not a file"]);
    home.runs_day();
}

#[test]
fn pipes_that_the_user_names_are_read() {
    let home = Home::new();
    let flows = home.pipe("flows");
    let feed = |path: &std::path::Path, text: String| {
        let path = path.to_owned();
        std::thread::spawn(move || std::fs::write(path, text).unwrap())
    };
    let fed = feed(&flows, spot(&[flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", 1)]));
    home.does(&["ingest", "flows"]);
    fed.join().unwrap();
    let results = home.pipe("results");
    let fed = feed(&results, result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1") + "\n");
    home.does(&["run", "-d", DAY, "--results", "results"]);
    fed.join().unwrap();
    assert_eq!((home.count("flow"), home.count("flow_scores")), (1, 1));
}

#[test]
fn what_a_shell_passes_on_is_read() {
    let home = Home::new();
    let row = flow(&at("11:00:00"), "10.0.0.1", "10.0.0.2", 1);
    let script = format!("\"$0\" ingest <(printf '%s\\n' '{SPOT_HEADER}' '{row}')");
    let done = Command::new("bash")
        .args(["-c", &script, crate::home::PROGRAM])
        .current_dir(home.path(""))
        .env("FLOW_OA_HOME", home.path(""))
        .stdin(Stdio::null())
        .output();
    let Ok(done) = done else { return };
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert_eq!(home.count("flow"), 1);
}

#[test]
fn a_file_of_scores_keeps_the_mode_that_its_owner_gave_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home();
    home.runs_day();
    let scores = home.path(&format!("{DATA}/flow_scores.csv"));
    std::fs::set_permissions(&scores, std::fs::Permissions::from_mode(0o600)).unwrap();
    home.runs_day();
    assert_eq!(std::fs::metadata(&scores).unwrap().permissions().mode() & 0o777, 0o600);
}
