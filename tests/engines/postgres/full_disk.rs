//! A server with a full disk: a tablespace on its own file system, if the test can mount one and the server is local.

use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::bare;
use super::role::Role;
use crate::home::{at, flow, result, spot};
use crate::psql::{Place, psql, skipped, unique};
use crate::site::Site;

/// A small tablespace; removed at the end of the test with the schema whose tables are in it.
struct Small {
    place: Place,
    name: String,
    folder: PathBuf,
    _kept: tempfile::TempDir,
}

impl Small {
    /// Returns `None` if this is not possible.
    fn new(place: &Place) -> Option<Self> {
        let data = psql(&place.server, &["SHOW data_directory"]);
        let owner = std::fs::metadata(Path::new(data.trim())).ok()?;
        let kept = tempfile::tempdir().ok()?;
        std::fs::set_permissions(kept.path(), std::fs::Permissions::from_mode(0o755)).ok()?;
        let folder = kept.path().join("small");
        std::fs::create_dir(&folder).ok()?;
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=6m", "none"]).arg(&folder).output();
        mounted.ok().filter(|it| it.status.success())?;
        let small = Self { place: place.clone(), name: unique("space"), folder, _kept: kept };
        chown(&small.folder, Some(owner.uid()), Some(owner.gid())).ok()?;
        let create = format!("CREATE TABLESPACE {} LOCATION '{}'", small.name, small.folder.display());
        psql(&place.server, &[&create]);
        Some(small)
    }
}

impl Drop for Small {
    fn drop(&mut self) {
        // If the test fails, its own message matters.
        let schema = format!("DROP SCHEMA IF EXISTS {} CASCADE", self.place.quoted());
        let space = format!("DROP TABLESPACE IF EXISTS {}", self.name);
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-d", &self.place.server, "-c", &schema, "-c", &space]);
        let _ = command.output();
        let _ = Command::new("umount").arg("-l").arg(&self.folder).status();
    }
}

/// `count` flows of a day. A hundred thousand exceed the space.
fn flows(day: &str, count: usize) -> String {
    let one = |at: usize| {
        flow(
            &format!("{day} 10:00:{:02}", at % 60),
            "10.0.0.1",
            &format!("10.0.{}.{}", at / 250 % 250, at % 250),
            1,
        )
    };
    spot(&(0..count).map(one).collect::<Vec<_>>())
}

#[test]
fn a_full_disk_leaves_the_old_day_and_is_said() {
    let Some((site, place)) = bare() else { return };
    let Some(small) = Small::new(&place) else {
        return skipped("a full disk of PostgreSQL", "no file system can be mounted where the server is");
    };
    let role = Role::new(&place, "SUPERUSER");
    role.sql(&format!("ALTER ROLE ROLE_NAME SET default_tablespace = {}", small.name));
    let url = place.url_at(&role.server());
    let does = |arguments: &[&str]| super::at_url(&site, &url, arguments);
    does(&["init"]).ends_with(0);
    site.home.write("a.csv", flows("2016-07-08", 1000));
    does(&["ingest", "a.csv"]).ends_with(0);
    site.has_results(&[result(&at("10:00:00"), "10.0.0.1", "10.0.0.0", "0.1")]);
    does(&["run", "-d", "20160708"]).ends_with(0);
    let before = site.everything();
    site.home.write("b.csv", flows("2016-07-08", 100_000));
    site.home.write("c.csv", flows("2016-07-09", 100_000));
    for command in
        [&["ingest", "b.csv"][..], &["ingest", "c.csv"], &["ingest", "b.csv", "--replace-day", "20160708"]]
    {
        does(command).ends_with(73).complains(&["No space left on device", "room", "nothing was changed"]);
        assert!(site.everything() == before, "{command:?}");
        // The server keeps the space of rolled-back rows until VACUUM, or autovacuum.
        psql(&place.server, &[&format!("VACUUM {}.flow", place.quoted())]);
    }
    does(&["run", "-d", "20160708"]).ends_with(0);
    site.home.write("d.csv", flows("2016-07-09", 1000));
    does(&["ingest", "d.csv"]).ends_with(0);
    a_migration_finds_no_room(&site, &url, &small);
}

/// The type of a column changes, which writes the rows again, while a file fills the space.
fn a_migration_finds_no_room(site: &Site, url: &str, small: &Small) {
    site.database.sql("DROP VIEW flow_typed; ALTER TABLE flow ALTER COLUMN stos TYPE bigint");
    let before = site.everything();
    let filler = small.folder.join("filler");
    let full = std::fs::write(&filler, vec![1; 6 << 20]).unwrap_err();
    assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
    let migrate = ["migrate", "--apply", "--yes"];
    super::at_url(site, url, &migrate)
        .ends_with(73)
        .complains(&["No space left on device", "nothing was changed"]);
    assert!(site.everything() == before);
    std::fs::remove_file(&filler).unwrap();
    super::at_url(site, url, &migrate).ends_with(0);
    site.does(&["diff"]).says(&["the database has what the schema says"]);
    assert!(site.everything() == before);
}
