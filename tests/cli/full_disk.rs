//! Full disks, folders and files that cannot be written: exit code 73, a clear message, and the old day stays.
//!
//! A test that needs what the machine does not allow (mounts, another user) reports that it is skipped.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

use crate::consistent::{holds, recovers};
use crate::home::{DAY, Home, Outcome, PROGRAM, at, flow, result, spot};
use crate::scenes::{Scene, State};
use crate::site::Site;
use crate::sqlite::Sqlite;

/// Reports, past libtest's capture, that a test is skipped.
fn skipped(what: &str, why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {what}: {why}");
}

/// Every scene.
fn all() -> Vec<Scene> {
    crate::scenes::all(&Sqlite).unwrap()
}

/// Runs a command in a home through a shell; `first` comes before the command.
fn by_shell(home: &Path, first: &str, arguments: &[impl AsRef<OsStr>]) -> Outcome {
    let mut command = assert_cmd::Command::new("sh");
    command.args(["-c", &format!("{first} \"$0\" \"$@\""), PROGRAM]).args(arguments);
    command.current_dir(home).env("FLOW_OA_HOME", home).timeout(crate::home::PATIENCE);
    Outcome::of(&mut command)
}

/// The scene must have succeeded, or have failed with 73 and a message. In both cases the same command again must
/// complete it.
fn outlived(scene: &Scene, site: &Site, outcome: &Outcome, what: &str) {
    if outcome.code == 0 {
        assert_eq!(State::of(site), scene.after, "{what}");
        return;
    }
    assert_eq!(outcome.code, 73, "{what}: {}", outcome.err);
    assert!(outcome.err.contains("writing "), "{what}: {}", outcome.err);
    holds(scene, site, Some(outcome), what);
    recovers(scene, site, what);
}

#[test]
fn files_that_may_not_grow_leave_the_old_day() {
    for scene in all() {
        let size = std::fs::metadata(scene.site().home.path("data/flow_oa.db")).unwrap().len();
        let mut failed = 0;
        // In units of 512 bytes: from nothing to more than the command needs.
        for step in 0..=12 {
            let limit = size * step / 8 / 512;
            let site = scene.site();
            let first = format!("trap '' XFSZ; ulimit -f {limit}; exec");
            let outcome = by_shell(&site.home.path(""), &first, &scene.arguments(&site));
            failed += u32::from(outcome.code != 0);
            outlived(&scene, &site, &outcome, &format!("{}: at most {limit} blocks", scene.name));
        }
        assert!((1..13).contains(&failed), "{}: {failed} of 13 limits were too small", scene.name);
    }
}

#[test]
fn a_download_that_finds_no_room_names_its_folder_and_leaves_the_old_day() {
    let home = Home::new();
    let before = home.everything();
    let large = format!("{}\n", result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.1")).repeat(100_000);
    let server = crate::http::Server::new(move |_, _| crate::http::says("200 OK", &[], &large));
    let arguments = ["run", "-d", DAY, "--results", &server.url("/a.csv")];
    // 4 MiB, in units of 512 bytes.
    let outcome = by_shell(&home.path(""), "trap '' XFSZ; ulimit -f 8192; exec", &arguments).ends_with(73);
    outcome.complains(&[&format!("writing {}", home.path("data").display()), "File too large"]);
    assert_eq!(server.heard().len(), 1, "another try would find no more room");
    assert_eq!(home.everything(), before);
}

/// A file system in memory, unmounted at the end of the test.
struct Mounted<'a>(&'a Path);

impl<'a> Mounted<'a> {
    /// Returns `None` if mounts are not allowed.
    fn on(folder: &'a Path, options: &str) -> Option<Self> {
        std::fs::create_dir_all(folder).unwrap();
        let output = Command::new("mount").args(["-t", "tmpfs", "-o", options, "none"]).arg(folder).output();
        output.ok().filter(|it| it.status.success()).map(|_| Self(folder))
    }
}

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_leaves_the_old_day() {
    for scene in all() {
        for free in [0, 1, 4, 16, 64, 256] {
            let place = tempfile::tempdir().unwrap();
            let folder = place.path().join("small");
            let Some(_mounted) = Mounted::on(&folder, "size=2m") else {
                return skipped("a full disk", "nothing can be mounted");
            };
            let site = scene.site_in(Home::at(&folder));
            // Fills the file system, then frees this number of blocks of 4 KiB.
            let filler = std::fs::File::create(folder.join("filler")).unwrap();
            while (&filler).write(&[1; 4096]).is_ok_and(|written| written > 0) {}
            let size = filler.metadata().unwrap().len();
            filler.set_len(size.saturating_sub(free * 4096)).unwrap();
            let outcome = scene.run(&site);
            filler.set_len(0).unwrap();
            outlived(&scene, &site, &outcome, &format!("{}: {free} blocks free", scene.name));
        }
    }
}

/// A home whose database has a table with a column that lacks its constraint.
fn with_a_table_to_rebuild(home: Home) -> Home {
    home.does(&["init"]);
    let flows = (0..3000).map(|number| flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", number));
    home.write("flows.csv", spot(&flows.collect::<Vec<_>>()));
    home.does(&["ingest", "flows.csv"]);
    crate::migrations::remade(&home, "flow", "\"sip\" TEXT", "\"sip\" TEXT NOT NULL");
    // Without free pages, so that the new table needs room.
    home.sql("VACUUM");
    home
}

#[test]
fn a_migration_and_a_backup_that_find_no_room_leave_the_database_as_it_was() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("small");
    let Some(_mounted) = Mounted::on(&folder, "size=16m") else {
        return skipped("a migration on a full disk", "nothing can be mounted");
    };
    let home = with_a_table_to_rebuild(Home::at(&folder));
    let (before, schema) = (home.everything(), home.rows("SELECT sql FROM sqlite_schema ORDER BY name"));
    let size = std::fs::metadata(home.path("data/flow_oa.db")).unwrap().len();
    let migrate = ["migrate", "--apply", "--yes"];
    for share in 0..3 {
        for backup in [&[][..], &["--backup", "copy.db"]] {
            let filler = std::fs::File::create(folder.join("filler")).unwrap();
            while (&filler).write(&[1; 4096]).is_ok_and(|written| written > 0) {}
            filler.set_len(filler.metadata().unwrap().len() - share * size / 4).unwrap();
            let outcome = home.run(&[&migrate[..], backup].concat());
            filler.set_len(0).unwrap();
            assert_eq!(outcome.code, 73, "{share}/4 free, {backup:?}: {}", outcome.err);
            outcome.complains(&["writing ", "room", "nothing was changed"]);
            assert!(!Path::new(&home.path("copy.db")).exists(), "part of a backup was left");
            assert_eq!(home.everything(), before);
            assert_eq!(home.rows("SELECT sql FROM sqlite_schema ORDER BY name"), schema);
        }
    }
    home.does(&[&migrate[..], &["--backup", "copy.db"]].concat());
    home.does(&["diff"]).says(&["the database has what the schema says"]);
    assert_eq!(home.everything(), before);
}

#[test]
fn a_file_system_that_is_read_only_is_said_and_left_alone() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("small");
    let Some(_mounted) = Mounted::on(&folder, "size=2m") else {
        return skipped("a read-only file system", "nothing can be mounted");
    };
    let scene = all().remove(0);
    let site = scene.site_in(Home::at(&folder));
    let remount = Command::new("mount").args(["-o", "remount,ro"]).arg(&folder).status().unwrap();
    assert!(remount.success());
    scene.run(&site).ends_with(73).complains(&["writing ", "ead-only"]);
    site.run(&["ingest", "b.csv", "--again", "--max-rejects", "1"])
        .ends_with(73)
        .complains(&["writing ", "ead-only"]);
    site.does(&["history"]);
}

#[test]
fn a_database_or_a_folder_that_another_user_may_not_write_is_said_and_left_alone() {
    const NOBODY: &str = "exec setpriv --reuid=65534 --regid=65534 --clear-groups";
    let scene = all().remove(0);
    for (database, folder) in [("444", "777"), ("666", "555")] {
        let site = scene.site();
        let home = &site.home;
        let mode = |mode: &str, path: &str| {
            assert!(Command::new("chmod").arg(mode).arg(home.path(path)).status().unwrap().success());
        };
        Command::new("chmod").args(["-R", "a+rwX"]).arg(home.path("")).status().unwrap();
        mode(database, "data/flow_oa.db");
        mode(folder, "data");
        let is_able = Command::new("sh").args(["-c", &format!("{NOBODY} {PROGRAM} --version")]).output();
        if !is_able.is_ok_and(|it| it.status.success()) {
            return skipped("files of another user", "no other user can be taken on, or start the program");
        }
        by_shell(&home.path(""), NOBODY, scene.command).ends_with(73).complains(&[
            "flow_oa.db",
            "may not be written",
            "or the folder that it is in",
            "nothing was changed",
        ]);
        assert_eq!(State::of(&site), scene.before, "{database}, {folder}");
    }
}

#[test]
fn a_file_where_a_folder_must_be_is_said_and_nothing_is_changed() {
    for (place, stays_old) in
        [("data/flow/20160708", true), ("ipynb", true), ("data/flow/20160708/flow_scores.csv", false)]
    {
        let scene = all().remove(1);
        let site = scene.site();
        let home = &site.home;
        let _ = std::fs::remove_dir_all(home.path(place));
        // A folder is in the place of a file, or a file in the place of a folder.
        if stays_old {
            home.write(place, "in the way");
        } else {
            home.write(&format!("{place}/in the way"), "");
        }
        let outcome = scene.run(&site).ends_with(73).complains(&[place]);
        let tables = State::of(&site).tables;
        assert_eq!(tables == scene.before.tables, stays_old, "{place}");
        assert_eq!(outcome.err.contains("the database has the day already"), !stays_old, "{}", outcome.err);
    }
}

#[test]
fn a_home_that_is_a_file_is_refused() {
    let home = Home::bare();
    home.write("home", "a file");
    let path = home.path("home").display().to_string();
    for command in [&["run", "-d", DAY][..], &["ingest", "flows.csv"], &["init"]] {
        home.run(&[command, &["--home", &path]].concat()).ends_with(78).complains(&[
            &path,
            "is not a folder",
            "nothing was changed",
        ]);
    }
    assert_eq!(home.read("home"), "a file");
}

#[test]
fn a_report_that_nobody_can_take_is_said_and_the_work_is_done() {
    let scene = all().remove(0);
    let site = scene.site();
    let home = &site.home;
    if !Path::new("/dev/full").exists() {
        return skipped("a report on a full disk", "there is no /dev/full");
    }
    let mut command = assert_cmd::Command::new("sh");
    command.args(["-c", "exec \"$0\" \"$@\" > /dev/full", PROGRAM]).args(scene.command);
    command.current_dir(home.path("")).env("FLOW_OA_HOME", home.path(""));
    Outcome::of(&mut command).ends_with(73).complains(&["standard output", "the command itself is done"]);
    assert_eq!(State::of(&site), scene.after);
}

#[test]
fn results_that_end_within_a_record_are_refused_and_without_a_line_end_they_are_not() {
    let home = Home::new();
    let rows = [("10.0.0.2", "0.1"), ("10.0.0.3", "0.2")]
        .map(|(to, score)| result(&at("10:00:00"), "10.0.0.1", to, score));
    let whole = rows.join("\n");
    let name = crate::home::results_of(DAY);
    home.write(&name, &whole[..whole.len() - 20]);
    home.run(&["run", "-d", DAY, "--max-rejects", "5"]).ends_with(65).complains(&[
        "flow_results.csv:2",
        "ends in the middle of this record",
        "still being written",
        "nothing was changed",
    ]);
    assert_eq!(home.count("flow_scores"), 0);
    home.does(&["run", "-d", DAY, "--limit", "1"]);
    home.write(&name, &whole);
    home.does(&["run", "-d", DAY]);
    assert_eq!(home.count("flow_scores"), 2);
}

#[test]
fn a_new_pipeline_that_cannot_be_written_leaves_no_folder() {
    let home = Home::bare();
    home.write("mail.csv", "sent,size\n2024-02-29 10:00:00,12\n");
    let arguments = ["schema", "new", "mail", "--from", "mail.csv"];
    let failed = by_shell(&home.path(""), "trap '' XFSZ; ulimit -f 0; exec", &arguments);
    assert_eq!(failed.code, 73, "{}", failed.err);
    assert!(!home.path("schema/mail").exists());
    home.does(&arguments);
}
