//! The list in a terminal: tables that fit, columns, order and days; and a night that ranks and runs.

use crate::home::{DAY, Home, at, flow, result, results_of, spot};

fn home() -> Home {
    let home = Home::with_a_day();
    home.does(&["run", "-d", DAY]);
    home
}

fn lines(home: &Home, arguments: &[&str]) -> Vec<String> {
    let outcome = home.does(&[&["query", "suspicious"], arguments].concat());
    outcome.out.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
}

#[test]
fn a_table_fits_its_width_by_the_roles_of_columns() {
    let home = home();
    let rows = lines(&home, &["--rows", "--width", "80"]);
    assert!(rows.iter().all(|line| line.chars().count() <= 80), "{rows:#?}");
    let headings: Vec<&str> = rows[0].split_whitespace().collect();
    assert_eq!(headings[0], "rank", "{headings:?}");
    assert!(headings.len() >= 8, "{headings:?}");
    for name in ["tstart", "srcip", "dstip", "dport", "proto", "ibyt"] {
        assert!(headings.contains(&name), "{headings:?}");
    }
    let wide = lines(&home, &["--rows", "--wide"]);
    assert_eq!(wide, lines(&home, &["--rows"]), "a pipe gets all columns");
    assert!(wide[0].split_whitespace().any(|heading| heading == "dst_country"), "{}", wide[0]);
    home.run(&["query", "suspicious", "--width", "0"]).ends_with(2);
}

#[test]
fn values_on_a_terminal_are_as_people_write_them() {
    let home = Home::new();
    let icmp = result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "1e-9").replace("\tTCP\t", "\tICMP\t");
    let fields: Vec<String> = icmp
        .split('\t')
        .enumerate()
        .map(|(at, field)| match at {
            11 => "2048".to_owned(),
            14 => "1234567".to_owned(),
            _ => field.to_owned(),
        })
        .collect();
    home.write(&results_of(DAY), fields.join("\t") + "\n");
    home.does(&["run", "-d", DAY]);
    let shown = lines(&home, &["--rows", "--width", "120"]).concat();
    for part in ["Echo", "1.23 MB", "10:00:00"] {
        assert!(shown.contains(part), "{part}: {shown}");
    }
    let wide = lines(&home, &["--rows", "--wide"]).concat();
    for part in ["2048", "1234567", "2016-07-08 10:00:00"] {
        assert!(wide.contains(part), "{part}: {wide}");
    }
}

#[test]
fn columns_and_order_are_chosen() {
    let home = home();
    let csv = |arguments: &[&str]| {
        let all = [&["query", "suspicious", "--rows", "--output", "csv"], arguments].concat();
        home.does(&all).out
    };
    let by_rank = csv(&["--columns", "rank,srcip"]);
    assert!(by_rank.starts_with("rank,srcip\n0,"), "{by_rank}");
    let reversed = csv(&["--columns", "rank", "--sort", "rank:desc"]);
    let ranks: Vec<u32> = reversed.lines().skip(1).map(|line| line.parse().unwrap()).collect();
    assert!(ranks.len() > 1 && ranks.is_sorted_by(|one, other| one > other), "{ranks:?}");
    // The order decides which rows the limit leaves.
    assert_eq!(
        csv(&["--columns", "rank", "--sort", "rank:desc", "--limit", "1"]),
        format!("rank\n{}\n", ranks[0])
    );
    let stories = home.json(&["query", "suspicious", "--sort", "story_rows:desc", "--columns", "story_rows"]);
    let rows: Vec<u64> =
        stories["rows"].as_array().unwrap().iter().map(|row| row[0].as_u64().unwrap()).collect();
    assert!(rows.is_sorted_by(|one, other| one >= other), "{rows:?}");
    for (option, complaint) in [
        (["--columns", "rnk"], "--columns: there is no column \"rnk\""),
        (["--sort", "rnk"], "--sort: there is no column \"rnk\""),
        (["--sort", "rank:up"], "expected COLUMN, COLUMN:asc or COLUMN:desc"),
    ] {
        home.run(&[&["query", "suspicious"], &option[..]].concat()).ends_with(2).complains(&[complaint]);
    }
    home.run(&["query", "investigate", "10.0.0.1", "--sort", "bytes"])
        .ends_with(2)
        .complains(&["an order of its own"]);
}

#[test]
fn the_last_day_with_a_run_is_the_default() {
    let home = Home::with_a_day();
    home.run(&["query", "suspicious"])
        .ends_with(66)
        .complains(&["the last day with a run in flow_scores", "flow-oa run"]);
    home.does(&["run", "-d", DAY]);
    let earlier = home.read(&results_of(DAY)).replace("2016-07-08", "2016-07-07").replace("\t8\t", "\t7\t");
    home.write(&results_of("20160707"), earlier);
    home.does(&["run", "-d", "20160707"]);
    for arguments in [&["query", "suspicious"][..], &["query", "suspicious", "-d", "latest"]] {
        assert_eq!(home.json(arguments)["from"], "2016-07-08", "{arguments:?}");
    }
    home.does(&["score", "--rank", "0", "--severity", "high", "--yes"]);
    assert_eq!(home.value("SELECT d FROM flow_threat_investigation"), "8");
    home.does(&["explain-row", "--rank", "0"]).says(&["2016-07-08"]);
    home.run(&["query", "suspicious", "-d", "yesterday"]).ends_with(0).complains(&["has no rows of"]);
    home.run(&["run", "-d", "latest"]).ends_with(2).complains(&["name the day"]);
    home.run(&["reset", "--yes"]).ends_with(2).complains(&["name the day with --date"]);
    home.run(&["query", "suspicious", "-d", "tomorrow"]).ends_with(2).complains(&[
        "YYYYMMDD",
        "yesterday",
        "latest",
    ]);
}

#[test]
fn an_answer_without_rows_says_why() {
    let home = home();
    home.does(&["query", "suspicious", "--filter", "dport=9"])
        .complains(&["there are rows of 2016-07-08, but none that all of --filter"]);
    home.does(&["query", "suspicious", "-d", "20150101"])
        .complains(&["flow_scores has no rows of 2015-01-01 at all"]);
    home.does(&["score", "--filter", "rank>=0", "--severity", "low", "--yes"]);
    for query in [&["query", "suspicious"][..], &["query", "suspicious", "--rows"]] {
        home.does(query).complains(&["all such rows of 2016-07-08 are scored already; --all shows them"]);
    }
}

#[test]
fn a_run_ranks_first_where_raw_rows_changed() {
    let home = Home::new();
    let flows = |from: u8, to: u8| -> Vec<String> {
        (from..to).map(|last| flow(&at("10:00:00"), "10.0.0.1", &format!("10.0.1.{last}"), 100)).collect()
    };
    home.write("one.csv", spot(&flows(1, 4)));
    home.does(&["ingest", "one.csv"]);
    let rankings = || home.rows("SELECT status FROM flow_oa_history WHERE command = 'rank'").len();
    home.does(&["run", "--rank", "-d", DAY]);
    assert_eq!((home.count("flow_scores"), rankings()), (3, 1));
    home.does(&["run", "--rank", "-d", DAY]);
    assert_eq!(rankings(), 1, "nothing changed");
    home.write("two.csv", spot(&flows(4, 6)));
    home.does(&["ingest", "two.csv"]);
    home.run(&["run", "--rank", "--from-date", "20160707", "--to-date", "20160709"])
        .ends_with(66)
        .says(&["1 run, 0 unchanged, 2 without results"])
        .complains(&["2016-07-08: done"]);
    assert_eq!((home.count("flow_scores"), rankings()), (5, 2));
    home.does(&["run", "--rank", "--from-date", DAY, "--to-date", DAY]).says(&["0 run, 1 unchanged"]);
    home.write("flow_oa.json", r#"{"ranking": {"max": 2}}"#);
    home.does(&["run", "--rank", "-d", DAY]);
    assert_eq!((home.count("flow_scores"), rankings()), (2, 3), "the settings changed");
    std::fs::remove_file(home.path(&results_of(DAY))).unwrap();
    home.does(&["run", "--rank", "-d", DAY]);
    assert_eq!(rankings(), 4, "the file was gone");
    // A file of another program is not replaced.
    home.write(&results_of(DAY), result(&at("10:00:00"), "10.0.0.1", "10.0.0.2", "0.5") + "\n");
    home.write("three.csv", spot(&flows(6, 7)));
    home.does(&["ingest", "three.csv"]);
    home.run(&["run", "--rank", "-d", DAY])
        .ends_with(73)
        .complains(&["`flow-oa rank` replaces it with --replace"]);
    home.write("flow_oa.json", r#"{"ranking": {"internal": ["10.0.0.0/33"]}}"#);
    home.run(&["run", "--rank", "-d", DAY]).ends_with(78).complains(&["ranking: internal: \"10.0.0.0/33\""]);
}

/// The units are what systemd accepts, and name commands of this program.
#[test]
fn the_units_of_a_night_are_valid() {
    let folder = crate::golden::tests_folder().join("../templates/operate");
    let home = Home::bare();
    let program = assert_cmd::cargo::cargo_bin!("flow-oa").display().to_string();
    for name in ["night.service", "night.timer"] {
        let text = std::fs::read_to_string(folder.join(name)).unwrap();
        for line in text.lines().filter_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/flow-oa ")) {
            let arguments: Vec<&str> = line.split(' ').chain(["--help"]).collect();
            home.does(&arguments);
        }
        home.write(name, text.replace("/usr/local/bin/flow-oa", &program));
    }
    let Ok(verified) = std::process::Command::new("systemd-analyze")
        .args(["verify", "night.service", "night.timer"])
        .current_dir(home.path(""))
        .output()
    else {
        use std::io::Write as _;
        let _ = writeln!(std::io::stderr(), "skipped: units of systemd: systemd-analyze is not installed");
        return;
    };
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stderr));
}
