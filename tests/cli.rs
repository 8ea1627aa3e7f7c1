//! Tests of the program as a user runs it: arguments and files go in; an exit code, messages, rows and files come
//! out.
//!
//! One module per topic. Each test has its own home and starts the program that cargo built. No test looks at the
//! implementation.

#![allow(clippy::expect_used, clippy::unwrap_used, reason = "a test that panics has found something")]

#[path = "cli/home.rs"]
mod home;

#[allow(dead_code, unused_macros, reason = "shared with the tests of the engines")]
#[path = "engines/backend.rs"]
mod backend;
#[allow(dead_code, reason = "shared with the tests of the engines")]
#[path = "engines/site.rs"]
mod site;
#[path = "engines/sqlite.rs"]
mod sqlite;

#[path = "support/golden.rs"]
mod golden;
#[path = "support/hdfs.rs"]
mod hdfs;
#[path = "support/http.rs"]
mod http;

#[path = "cli/adopt.rs"]
mod adopt;
#[path = "cli/against.rs"]
mod against;
#[path = "cli/asked.rs"]
mod asked;
#[path = "cli/at_once.rs"]
mod at_once;
#[path = "cli/broken_files.rs"]
mod broken_files;
#[path = "cli/consistent.rs"]
mod consistent;
#[path = "cli/context.rs"]
mod context;
#[path = "cli/copies.rs"]
mod copies;
#[path = "cli/copies_postgres.rs"]
mod copies_postgres;
#[path = "cli/counts.rs"]
mod counts;
#[path = "cli/derived.rs"]
mod derived;
#[path = "cli/docs.rs"]
mod docs;
#[path = "cli/doctor.rs"]
mod doctor;
#[path = "cli/dry_runs.rs"]
mod dry_runs;
#[path = "cli/evaluations.rs"]
mod evaluations;
#[path = "cli/expectations.rs"]
mod expectations;
#[path = "cli/feedback.rs"]
mod feedback;
#[path = "cli/formats.rs"]
mod formats;
#[path = "cli/formats_dns_proxy.rs"]
mod formats_dns_proxy;
#[path = "cli/formats_flows.rs"]
mod formats_flows;
#[path = "cli/full_disk.rs"]
mod full_disk;
#[path = "cli/geo.rs"]
mod geo;
#[path = "cli/growing.rs"]
mod growing;
#[path = "cli/guards.rs"]
mod guards;
#[path = "cli/history.rs"]
mod history;
#[path = "cli/interrupts.rs"]
mod interrupts;
#[path = "cli/killed.rs"]
mod killed;
#[path = "cli/known_good.rs"]
mod known_good;
#[path = "cli/logs.rs"]
mod logs;
#[path = "cli/metrics.rs"]
mod metrics;
#[path = "cli/migrations.rs"]
mod migrations;
#[path = "cli/migrations_keep.rs"]
mod migrations_keep;
#[path = "cli/nfcapd.rs"]
mod nfcapd;
#[path = "cli/notebooks.rs"]
mod notebooks;
#[path = "cli/pipelines.rs"]
mod pipelines;
#[path = "cli/planted.rs"]
mod planted;
#[path = "cli/printed.rs"]
mod printed;
#[path = "cli/provenance.rs"]
mod provenance;
#[path = "cli/purges.rs"]
mod purges;
#[path = "cli/queries.rs"]
mod queries;
#[path = "cli/questions.rs"]
mod questions;
#[path = "cli/ranges.rs"]
mod ranges;
#[path = "cli/rankings.rs"]
mod rankings;
#[path = "cli/reading.rs"]
mod reading;
#[path = "cli/real_files.rs"]
mod real_files;
#[path = "cli/remote.rs"]
mod remote;
#[path = "cli/remote_context.rs"]
mod remote_context;
#[path = "cli/remote_hdfs.rs"]
mod remote_hdfs;
#[path = "cli/repeats.rs"]
mod repeats;
#[path = "cli/reputation.rs"]
mod reputation;
#[path = "cli/reruns.rs"]
mod reruns;
#[path = "cli/resets.rs"]
mod resets;
#[path = "cli/results.rs"]
mod results;
#[path = "cli/rollups.rs"]
mod rollups;
#[path = "cli/same_input.rs"]
mod same_input;
#[path = "cli/sample_days.rs"]
mod sample_days;
#[path = "cli/scenes.rs"]
mod scenes;
#[path = "cli/scores.rs"]
mod scores;
#[path = "cli/stories.rs"]
mod stories;
#[path = "cli/storyboards.rs"]
mod storyboards;
#[path = "cli/structure.rs"]
mod structure;
#[path = "cli/upgrades.rs"]
mod upgrades;
