//! The same inputs, in any order and any number of times, give the same rows in every table and the same bytes in
//! every file.

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::home::{Home, flow, result, results_of, spot};

const DAYS: [&str; 2] = ["20160708", "20160709"];

/// Steps that may run in any order. Each file must be ingested at least once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Ingest(usize),
    Replace(usize),
    Run(usize),
}

const FILES: usize = 3;

/// Flows of both days. The files share connections and minutes.
fn file(number: usize) -> String {
    let flows = (0..40).map(|nth| {
        let time = format!("2016-07-0{} 10:{:02}:{:02}", 8 + nth % 2, nth % 3, nth);
        let bytes = i64::from(nth) * 100 + number as i64;
        flow(&time, &format!("10.0.0.{}", nth % 3), &format!("10.0.1.{}", nth % 4), bytes)
    });
    spot(&flows.collect::<Vec<_>>())
}

fn prepared() -> Home {
    let home = Home::new();
    for number in 0..FILES {
        home.write(&format!("{number}.csv"), file(number));
    }
    for (at, day) in DAYS.iter().enumerate() {
        let row = |nth: usize| {
            let time = format!("2016-07-0{} 10:{:02}:00", 8 + at, nth % 3);
            result(&time, &format!("10.0.0.{}", nth % 3), &format!("10.0.1.{}", nth % 4), "0.1") + "\n"
        };
        home.write(&results_of(day), (0..12).map(row).collect::<String>());
    }
    home
}

/// Every row of every table except the history, without the numbers that rows get on arrival; and the files.
fn content(home: &Home) -> Vec<String> {
    let tables = home.rows(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'flow_oa_%' ORDER BY name",
    );
    let mut all = Vec::new();
    for table in tables {
        let columns = home.rows(&format!(
            "SELECT '\"' || name || '\"' FROM pragma_table_info('{table}') WHERE name <> 'flow_oa_id'"
        ));
        let mut rows = home.rows(&format!("SELECT '{table}', {} FROM {table}", columns.join(", ")));
        rows.sort();
        all.extend(rows);
    }
    all.extend(DAYS.map(|day| home.read(&format!("data/flow/{day}/flow_scores.csv"))));
    all
}

fn does(home: &Home, step: Step) {
    match step {
        Step::Ingest(number) => {
            let outcome = home.run(&["ingest", &format!("{number}.csv")]);
            let is_known = outcome.code == 65 && outcome.err.contains("was ingested before");
            assert!(outcome.code == 0 || is_known, "{}", outcome.err);
        }
        Step::Replace(number) => drop(home.does(&["ingest", "--replace", &format!("{number}.csv")])),
        Step::Run(day) => drop(home.does(&["run", "-d", DAYS[day]])),
    }
}

/// Every file and day once, in any order, and some additional steps.
fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (0..FILES).prop_map(Step::Ingest),
        (0..FILES).prop_map(Step::Replace),
        (0..DAYS.len()).prop_map(Step::Run),
    ];
    prop::collection::vec(step, 0..6)
        .prop_map(|mut steps| {
            steps.extend((0..FILES).map(Step::Ingest));
            steps
        })
        .prop_shuffle()
}

#[test]
fn the_order_and_the_number_of_times_do_not_matter() {
    let home = prepared();
    (0..FILES).for_each(|file| does(&home, Step::Ingest(file)));
    (0..DAYS.len()).for_each(|day| does(&home, Step::Run(day)));
    let expected = content(&home);
    let config = Config { cases: 8, failure_persistence: None, max_shrink_iters: 8, ..Config::default() };
    let (last, mut runner) = (Just([0, 1]).prop_shuffle(), TestRunner::new(config));
    runner
        .run(&(steps(), last), |(steps, last)| {
            let home = prepared();
            steps.iter().for_each(|step| does(&home, *step));
            last.iter().for_each(|day| does(&home, Step::Run(*day)));
            prop_assert_eq!(content(&home), expected.clone());
            Ok(())
        })
        .unwrap();
}
