//! Address look-ups for `tests/bench/run`, which measures their time and peak memory. The texts of the answers are
//! built, too. Nothing is asserted here.

#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a tool of the bench that stops at the first surprise"
)]

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use flow_oa_context::{GeoSource, ListOptions, ListSource};
use flow_oa_core::{ContextSource, Subject};

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        // Without a folder for indexes, as on the first use.
        ["geo", count, file] => measure(count, || GeoSource::open(&[file.into()], None).unwrap()),
        ["geo", count, file, folder] => {
            let folder = PathBuf::from(folder);
            measure(count, || GeoSource::open(&[file.into()], Some(&folder)).unwrap());
        }
        ["list", count, file] => {
            measure(count, || ListSource::open("list", file.as_ref(), ListOptions::default()).unwrap())
        }
        // The crate without this source, decoding each record.
        ["maxminddb", count, file] => maxminddb(count, file),
        _ => println!("usage: lookups geo COUNT FILE [FOLDER] | list COUNT FILE | maxminddb COUNT CITY.mmdb"),
    }
}

/// Distinct addresses in ascending order, evenly over 1.0.0.0 to 223.255.255.255, with the same jitter on each machine.
fn subjects(count: &str) -> Vec<Subject> {
    let count: u32 = count.parse().unwrap();
    let (first, step) = (1u32 << 24, (223u32 << 24) / count);
    let mut state = 0x2545_f491_u32;
    let ip = |n: u32| {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        IpAddr::V4(Ipv4Addr::from(first + n * step + state % step))
    };
    (0..count).map(ip).map(Subject::address).collect()
}

fn measure<S: ContextSource>(count: &str, open: impl FnOnce() -> S) {
    let mut subjects = subjects(count);
    let start = Instant::now();
    let mut source = open();
    source.answer(&mut []).unwrap();
    let opened = start.elapsed();
    let start = Instant::now();
    source.answer(&mut subjects).unwrap();
    let took = start.elapsed();
    let known = subjects.iter().filter(|subject| !subject.answers.geo.location.is_empty()).count();
    let listed = subjects.iter().filter(|subject| !subject.answers.reputation.verdict.is_empty()).count();
    report(took, subjects.len(), opened, known + listed);
}

fn maxminddb(count: &str, file: &str) {
    let subjects = subjects(count);
    let start = Instant::now();
    let reader = maxminddb::Reader::open_readfile(file).unwrap();
    let opened = start.elapsed();
    let start = Instant::now();
    let mut texts = Vec::with_capacity(subjects.len());
    for subject in &subjects {
        let ip = subject.of.address().unwrap();
        let city: Option<maxminddb::geoip2::City<'_>> = reader.lookup(ip).unwrap().decode().unwrap();
        texts.extend(city.map(|place| {
            let state = place.subdivisions.first().and_then(|it| it.names.english).unwrap_or("-");
            format!("{state};{}", place.city.names.english.unwrap_or("-"))
        }));
    }
    report(start.elapsed(), subjects.len(), opened, texts.len());
}

/// Prints nanoseconds per address, seconds until the source is ready, and the number of answers.
fn report(took: Duration, count: usize, opened: Duration, answers: usize) {
    println!("{:.1} {:.3} {answers}", took.as_nanos() as f64 / count as f64, opened.as_secs_f64());
}
