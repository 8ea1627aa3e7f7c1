//! Context files: an answer depends on the address alone, and a fault has its line.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use flow_oa_core::{Answers, ContextError, address};

use super::trial::{self, List};
use super::{Pieces, is_packed, lines, reads_the_same, whole};

/// A text of one kind of list.
pub(crate) fn list(list: List, text: &[u8]) {
    let asked = addresses(text);
    let answers = trial::context(list, whole(text), &asked);
    let pieces = trial::context(list, Pieces::of(text), &asked);
    let said = |outcome: &Result<Vec<Answers>, ContextError>| match outcome {
        Ok(answers) => Ok(answers.clone()),
        Err(error) => Err(error.to_string()),
    };
    reads_the_same(text, &said(&answers), &said(&pieces));
    match answers {
        Ok(answers) => {
            for (ip, answer) in asked.iter().zip(&answers) {
                let alone = trial::context(list, whole(text), &[*ip]).expect("was read before");
                assert_eq!(alone.as_slice(), std::slice::from_ref(answer), "{ip} alone");
                holds(list, answer);
            }
        }
        Err(ContextError::Line { line, reason, .. }) => {
            assert!(is_packed(text) || (1..=lines(text)).contains(&line), "{line}: {reason}");
            assert!(!reason.is_empty());
        }
        Err(ContextError::Read { error, .. }) => assert!(!error.to_string().is_empty()),
        Err(other) => panic!("a file asks nobody: {other}"),
    }
}

/// Addresses that the text may contain: those in its text, and the ends of both families; distinct and ascending.
fn addresses(text: &[u8]) -> Vec<IpAddr> {
    const MOST: usize = 8;
    let text = String::from_utf8_lossy(text);
    let words = text.split(|letter: char| !(letter.is_ascii_hexdigit() || letter == '.' || letter == ':'));
    let integer = |text: &str| text.parse::<u32>().ok().map(|bits| IpAddr::V4(Ipv4Addr::from(bits)));
    let found = words.filter_map(|word| address::parse(word).or_else(|| integer(word))).take(MOST);
    let ends = [Ipv4Addr::UNSPECIFIED.into(), Ipv4Addr::BROADCAST.into(), Ipv6Addr::LOCALHOST.into()];
    let mut all: Vec<IpAddr> = found.chain(ends).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Checks one answer.
fn holds(list: List, answer: &Answers) {
    let verdict = answer.reputation.verdict.as_str();
    let known = [
        "UNVERIFIED:-1",
        "NONE:0",
        "LOW:1",
        "MEDIUM:2",
        "HIGH:3",
        "Minimal:1",
        "Unverified:-1",
        "Medium:2",
        "High:3",
        "NON_MALICIOUS:0",
        "SUSPICIOUS:2",
        "MALICIOUS:3",
        "UNKNOWN:-1",
    ];
    let is_verdict =
        verdict.is_empty() || verdict.strip_prefix("list:").is_some_and(|verdict| known.contains(&verdict));
    assert!(is_verdict, "{verdict}");
    let texts = [
        &answer.network.name,
        &answer.network.entry,
        &answer.geo.location,
        &answer.geo.domain,
        &answer.geo.country,
    ];
    assert!(texts.iter().all(|text| !text.contains('\0')), "{answer:?}");
    let places = [answer.geo.latitude, answer.geo.longitude];
    assert!(places.into_iter().flatten().all(f64::is_finite), "{answer:?}");
    assert_eq!(
        answer.network.internal.is_some(),
        matches!(list, List::Ranges),
        "only ranges say what is internal"
    );
}
