//! read = stored + rejected + skipped, in every summary and in the history.

use serde_json::Value;

use crate::home::{DAY, Home, at, flow, gzip, result, results_of, spot};

/// The counts of a summary or of a history entry, which must add up.
fn counts(it: &Value) -> [u64; 4] {
    let counts = ["read", "stored", "rejected", "skipped"].map(|name| it[name].as_u64().unwrap());
    assert_eq!(counts[0], counts[1] + counts[2] + counts[3], "{it}");
    counts
}

fn newest(home: &Home) -> Value {
    home.json(&["history"])["entries"][0].clone()
}

fn good(bytes: i64) -> String {
    flow(&at("10:00:00"), "10.0.0.1", "10.0.0.2", bytes)
}

#[test]
fn every_ingest_accounts_for_every_line() {
    let home = Home::new();
    let bad = good(1).replace("10.0.0.2", "nowhere");
    let cases: [(Vec<u8>, [u64; 4]); 6] = [
        (spot(&[good(1)]).into(), [2, 1, 0, 1]),
        (spot(&[good(2), good(3), bad.clone()]).into(), [4, 2, 1, 1]),
        (format!("\n\n{}\n\n", spot(&[good(4), bad.clone()])).into(), [7, 1, 1, 5]),
        (spot(&[good(5)]).replace('\n', "\r\n").into(), [2, 1, 0, 1]),
        (gzip(spot(&(10..5010).map(good).collect::<Vec<_>>()).as_bytes()), [5001, 5000, 0, 1]),
        (spot(&[good(6)]).trim_end().into(), [2, 1, 0, 1]),
    ];
    let mut rows = 0;
    for (at, (content, expected)) in cases.into_iter().enumerate() {
        let name = format!("{at}.csv");
        home.write(&name, content);
        let summary = &home.json(&["ingest", &name, "--max-rejects", "1"])[0];
        assert_eq!(counts(summary), expected, "{name}");
        assert_eq!(counts(&newest(&home)), expected, "{name}");
        rows += expected[1];
        assert_eq!(home.count("flow"), rows, "{name}");
        let per_day: u64 =
            summary["days"].as_object().unwrap().values().map(|count| count.as_u64().unwrap()).sum();
        assert_eq!(per_day, expected[1], "{name}");
    }
}

#[test]
fn every_run_accounts_for_every_line_that_it_reads() {
    let home = Home::new();
    let row = |to: &str| result(&at("10:00:00"), "10.0.0.1", to, "0.1");
    let (one, two, bad) = (row("10.0.0.2"), row("10.0.0.3"), row("nowhere"));
    let cases = [
        (format!("{one}\n"), "500", [1, 1, 0, 0]),
        (format!("{one}\n{bad}\n{two}\n"), "500", [3, 2, 1, 0]),
        (format!("\n{one}\n\n{bad}\n\n"), "500", [5, 1, 1, 3]),
        (format!("{bad}\n{one}\n{two}\n"), "2", [2, 1, 1, 0]),
        (format!("{one}\r\n\r\n{two}"), "500", [3, 2, 0, 1]),
    ];
    for (content, limit, expected) in cases {
        home.write(&results_of(DAY), &content);
        let summary = home.json(&["run", "-d", DAY, "--max-rejects", "1", "--limit", limit]);
        assert_eq!(counts(&summary), expected, "{content:?}");
        assert_eq!(counts(&newest(&home)), expected, "{content:?}");
        assert_eq!(home.count("flow_scores"), expected[1], "{content:?}");
        let dry = home.json(&["run", "-d", DAY, "--max-rejects", "1", "--limit", limit, "--dry-run"]);
        assert_eq!(counts(&dry), expected, "{content:?}");
    }
}
