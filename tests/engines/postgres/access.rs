//! Authentication, and how the program finds its server.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::time::{Duration, Instant};

use super::role::{PASSWORD, Role};
use super::{RUN, at_url, bare, fill, named, with_a_day};
use crate::home::Outcome;
use crate::psql::{psql, skipped, unique};

/// Another database on the same server.
fn at_database(url: &str, name: &str) -> String {
    let (server, query) = url.split_once('?').unwrap();
    format!("{}/{name}?{query}", server.rsplit_once('/').unwrap().0)
}

#[test]
fn a_wrong_password_is_said_and_never_shown() {
    let Some((site, place)) = with_a_day() else { return };
    let role = Role::new(&place, "");
    if !role.is_asked() {
        return skipped("passwords of PostgreSQL", "the server asks for none");
    }
    let before = site.everything();
    let wrong = place.url_at(&role.server_with(":wr0ng"));
    for arguments in [&RUN[..], &["history"], &["init"]] {
        let outcome = at_url(&site, &wrong, arguments).ends_with(78);
        assert!(!outcome.err.contains("wr0ng"), "{}", outcome.err);
        outcome.complains(&["PGPASSWORD", "~/.pgpass", "nothing was changed"]);
    }
    let none = place.url_at(&role.server_without_password());
    at_url(&site, &none, &RUN).ends_with(78).complains(&["password"]);
    assert_eq!(site.everything(), before);
}

#[test]
fn a_password_is_found_in_the_environment_and_in_the_password_file() {
    let Some((site, place)) = bare() else { return };
    let role = Role::new(&place, "");
    if !role.is_asked() {
        return skipped("passwords of PostgreSQL", "the server asks for none");
    }
    let url = place.url_at(&role.server_without_password());
    let asks = |change: &dyn Fn(&mut assert_cmd::Command)| {
        let mut command = site.command(&["history"]);
        change(command.env("FLOW_OA_DATABASE", &url).env("HOME", site.home.path("")));
        Outcome::of(&mut command)
    };
    // A role that is admitted finds no tables.
    let is_in = |outcome: Outcome| outcome.ends_with(78).complains(&["the table is missing"]);
    let is_out = |outcome: Outcome| outcome.ends_with(78).complains(&["password"]);
    is_out(asks(&|_| ()));
    is_in(asks(&|command| _ = command.env("PGPASSWORD", PASSWORD)));
    is_in(at_url(&site, &place.url_at(&role.server()), &["history"]));
    let line = format!("*:*:*:{}:{}\n", role.name, PASSWORD.replace('\\', r"\\").replace(':', r"\:"));
    site.home.write(".pgpass", &line);
    let mode = |mode: u32| {
        std::fs::set_permissions(site.home.path(".pgpass"), std::fs::Permissions::from_mode(mode)).unwrap();
    };
    mode(0o644);
    asks(&|_| ()).ends_with(78).complains(&["others can read the file", "chmod 600"]);
    mode(0o600);
    is_in(asks(&|_| ()));
    std::fs::rename(site.home.path(".pgpass"), site.home.path("elsewhere")).unwrap();
    is_out(asks(&|_| ()));
    is_in(asks(&|command| _ = command.env("PGPASSFILE", site.home.path("elsewhere"))));
}

#[test]
fn a_database_that_is_not_there_is_said() {
    let Some((site, place)) = bare() else { return };
    let url = at_database(&place.url_at(&place.server), "no_such_database");
    at_url(&site, &url, &["init"]).ends_with(78).complains(&[
        "no_such_database",
        "createdb",
        "nothing was changed",
    ]);
}

#[test]
fn a_schema_that_is_not_there_has_no_tables_and_only_init_makes_it() {
    let Some((site, place)) = bare() else { return };
    site.run(&["run", "-d", "20160708"]).ends_with(66);
    site.run(&["history"]).ends_with(78).complains(&["the table is missing", "flow-oa init"]);
    let there = format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{}'", place.name);
    assert_eq!(site.rows(&there), ["0"]);
    site.does(&["init"]);
    assert_eq!(site.rows(&there), ["1"]);
}

#[test]
fn a_server_that_does_not_run_is_unavailable() {
    let Some((site, _)) = bare() else { return };
    // A port that was free just before.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://u:s3cret@127.0.0.1:{port}/d");
    let outcome = at_url(&site, &url, &["init"]).ends_with(69);
    assert!(!outcome.err.contains("s3cret"), "{}", outcome.err);
    outcome.complains(&[&port.to_string(), "is the server running"]);
    at_url(&site, "postgres://u@no-such-host.invalid/d", &["init"])
        .ends_with(69)
        .complains(&["no-such-host"]);
}

/// A listener that handles each connection with `serve`.
fn listener(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let serve = std::sync::Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let serve = serve.clone();
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

#[test]
fn what_listens_and_is_no_postgresql_is_unavailable() {
    let Some((site, _)) = bare() else { return };
    let port = listener(|mut stream| {
        let _ = stream.read(&mut [0; 64]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    });
    for mode in ["prefer", "disable", "require"] {
        let url = format!("postgres://u@127.0.0.1:{port}/d?sslmode={mode}");
        at_url(&site, &url, &["init"]).ends_with(69).complains(&[&port.to_string()]);
    }
}

#[test]
fn a_server_that_takes_a_connection_and_says_nothing_is_given_up() {
    let Some((site, _)) = bare() else { return };
    let port = listener(|mut stream| while stream.read(&mut [0; 64]).is_ok_and(|count| count > 0) {});
    let start = Instant::now();
    let url = format!("postgres://u@127.0.0.1:{port}/d?connect_timeout=2");
    at_url(&site, &url, &["init"]).ends_with(69).complains(&[&port.to_string(), "did not answer"]);
    assert!(start.elapsed() < Duration::from_secs(60));
}

#[test]
fn a_server_that_has_no_room_is_unavailable() {
    let Some((site, place)) = bare() else { return };
    let role = Role::new(&place, "CONNECTION LIMIT 0");
    at_url(&site, &place.url_at(&role.server()), &["init"])
        .ends_with(69)
        .complains(&["too many connections"]);
}

#[test]
fn database_url_is_used_where_nothing_else_names_a_database() {
    let Some((site, place)) = bare() else { return };
    let url = place.url_at(&place.server);
    let with = |value: &str, arguments: &[&str]| {
        let mut command = site.command(arguments);
        Outcome::of(command.env_remove("FLOW_OA_DATABASE").env("DATABASE_URL", value))
    };
    let schemas = format!("SELECT count(*) FROM pg_namespace WHERE nspname = '{}'", place.name);
    let file = site.home.path("data/flow_oa.db");
    with("mysql://u@h/d", &["init"]).ends_with(0);
    assert!(file.exists());
    std::fs::remove_file(&file).unwrap();
    with(&url, &["init", "--database", "sqlite:data/flow_oa.db"]).ends_with(0);
    assert!(file.exists());
    std::fs::remove_file(&file).unwrap();
    site.home.write("flow_oa.json", r#"{"database": "sqlite:data/flow_oa.db"}"#);
    with(&url, &["init"]).ends_with(0);
    assert!(file.exists());
    std::fs::remove_file(&file).unwrap();
    std::fs::remove_file(site.home.path("flow_oa.json")).unwrap();
    with(&url, &["demo", "--rows", "2000"]).ends_with(0);
    assert_eq!(site.rows(&schemas), ["0"]);
    with(&url, &["init"]).ends_with(0);
    assert!(!file.exists());
    assert_eq!(site.rows(&schemas), ["1"]);
}

#[test]
fn a_schema_may_have_any_name() {
    for name in ["Flow OA \"x\"; --'$1%s\\", "ж é 日本", "1UPPER", "search_path, public"] {
        let Some((site, place)) = named(&format!("{name}{}", unique(""))) else { return };
        fill(&site);
        let rows = site.everything();
        site.runs_day();
        site.does(&["ingest", "late.csv"]);
        site.does(&["ingest", "next.csv"]);
        assert_ne!(site.everything(), rows);
        site.does(&["purge", "--before", "20160709", "--yes"]);
        assert_eq!(site.rows("SELECT ibyt FROM flow"), ["5"], "{}", place.name);
        assert_eq!(site.json(&["history"])["entries"].as_array().unwrap().len(), 6);
    }
}

#[test]
fn a_name_that_the_server_would_cut_short_is_refused() {
    let Some((site, place)) = named(&format!("{}{}", unique(""), "x".repeat(60))) else { return };
    site.run(&["init"]).ends_with(78).complains(&["63 bytes", "nothing was changed"]);
    let cut = format!("SELECT count(*) FROM pg_namespace WHERE nspname = left('{}', 63)", place.name);
    assert_eq!(psql(&place.server, &[&cut]).trim(), "0");
}

#[test]
fn two_schemas_of_one_database_have_nothing_to_do_with_each_other() {
    let (Some((one, _)), Some((other, place))) = (with_a_day(), with_a_day()) else { return };
    let before = one.everything();
    let mut session = place.session();
    session.does("BEGIN; LOCK TABLE flow_scores IN EXCLUSIVE MODE;");
    let running = crate::under_way::UnderWay::start(&other, &RUN);
    super::blocked_by(&mut session);
    // A run of the same day is in progress in the other schema, and locks its day only there.
    one.runs_day();
    assert_ne!(one.everything(), before);
    session.does("COMMIT;");
    assert_eq!(running.ends().unwrap().code, 0);
}

/// The server has no encryption there, so that a mode which requires it does not apply, as for psql.
#[test]
fn a_socket_of_this_machine_is_named_as_for_psql() {
    let Some((site, place)) = bare() else { return };
    let (_, rest) = place.server.split_once("://").unwrap();
    let (user, at) = rest.split_once('@').unwrap_or(("postgres", rest));
    let (host, name) = at.split_once('/').unwrap();
    let port = host.rsplit_once(':').map_or("5432", |(_, port)| port);
    let folders = psql(&place.server, &["SHOW unix_socket_directories"]);
    let folder = folders.trim().split(',').next().unwrap_or_default().trim().to_owned();
    let socket = format!("postgres://{user}@{}:{port}/{name}", folder.replace('/', "%2F"));
    let mut reaches = std::process::Command::new("psql");
    let reaches = reaches.args(["-X", "-w", "-q", "-c", "SELECT 1", "-d", &socket]).output().unwrap();
    if folder.is_empty() || !reaches.status.success() {
        return skipped("sockets of PostgreSQL", "the server has none here, or refuses connections");
    }
    for mode in ["", "&sslmode=require", "&sslmode=verify-full"] {
        let url = format!("{}{mode}", place.url_at(&socket));
        at_url(&site, &url, &["init"]).ends_with(0);
        let by_name = format!("postgres://{user}@/{name}?{}{mode}", url.split_once('?').unwrap().1);
        let mut command = site.command(&["history"]);
        command.env("FLOW_OA_DATABASE", by_name).env("PGHOST", &folder).env("PGPORT", port);
        Outcome::of(&mut command).ends_with(0);
    }
}
