//! Measures a ranking by labels of what was an attack, beside simpler rankings of the same day, so that a site can decide
//! whether to trust the list.
//!
//! Every row of the day is ranked and held in memory. Measures are fractions; they decide nothing about the ranking,
//! which stays a matter of integers.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use flow_oa_core::bits::log2;
use flow_oa_core::{Date, Text};
use flow_oa_rank::{ByTies, Counts, List, Listed, Row};
use flow_oa_schema::model::Expr;
use sea_query::Value;

use super::labels::Labels;
use super::reading::{Popularity, Reading, Tie};
use super::{Options, Rows};
use crate::day::derive::{Computed, Computer};
use flow_oa_engine::Session;
use flow_oa_files::Progress;
use flow_oa_site::deployment::Chosen;
use flow_oa_site::{Error, Result};

/// What is measured.
#[derive(Debug)]
pub struct Measure<'a> {
    /// The day.
    pub day: Date,
    /// What the site adds to the declaration of the pipeline.
    pub options: &'a Options,
    /// The file of labels.
    pub labels: &'a Path,
    /// The numbers of first rows whose precision and recall are measured.
    pub first: &'a [u64],
}

/// How well rankings put the attacks of a day first.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Evaluation {
    /// The day.
    pub day: String,
    /// The rows of the day.
    pub rows: u64,
    /// The rows that are labelled as attacks.
    pub attack_rows: u64,
    /// The labelled addresses, or the clients of labelled rows.
    pub attackers: u64,
    /// This ranking, and then the simpler ones.
    pub lists: Vec<Measured>,
    /// The attacks, in the order in which this ranking has them.
    pub attacks: Vec<Attack>,
    /// The lines of the file of labels that match no row of the day.
    pub unmatched: Vec<u64>,
}

/// How well one ranking does.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Measured {
    /// What the ranking is.
    pub name: String,
    /// The probability that a row of an attack comes before another row; one half is chance.
    pub roc_auc: f64,
    /// The mean, over the rows of attacks, of the precision up to each of them.
    pub average_precision: f64,
    /// The position of the first row of an attack, from 0.
    pub first_hit: u64,
    /// The measures of the first rows.
    pub at: Vec<At>,
}

/// The measures of the first rows of a ranking.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct At {
    /// The number of rows.
    pub rows: u64,
    /// The share of these rows that belong to attacks.
    pub precision: f64,
    /// The share of the attackers that these rows show.
    pub recall: f64,
}

/// An attack.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Attack {
    /// The label.
    pub label: String,
    /// Its rows.
    pub rows: u64,
    /// The position of its first row in this ranking, from 0.
    pub first: u64,
}

/// What is kept of a row.
type Kept = ByTies<Box<[Tie]>, Seen>;

#[derive(Debug, Clone)]
struct Seen {
    /// The attack and the attacker, by position.
    attack: Option<(u32, u32)>,
    /// Whether the row is a failure, as the pipeline declares it.
    failed: bool,
    /// The bits of the frequencies of its keys.
    isolation: i64,
    number: i64,
}

/// Ranks all rows of a day, and measures the list and simpler ones by the labels.
///
/// # Errors
/// If the pipeline cannot be ranked, the labels cannot be read or match no row, or the day cannot be read.
pub fn evaluate(
    session: &mut dyn Session,
    chosen: Chosen<'_>,
    measure: &Measure<'_>,
    progress: &Progress,
) -> Result<Evaluation> {
    let reading = Reading::of(chosen.model, measure.options)?;
    let raw = reading.raw();
    let labels = Labels::read(measure.labels, chosen.model, raw)?;
    let mut rows = Rows { session, raw, day: measure.day, progress };
    let mut seen = Popularity::default();
    if reading.needs_popularity() {
        rows.each(&reading.counted, |row, _| reading.count(row, &mut seen))?;
    }
    let (mut counts, mut keys, mut row) = (Counts::new(reading.shape()), Keys::new(&reading), Row::new());
    rows.each(&reading.counted, |values, _| {
        if reading.said(&reading.counted.row(values), &seen, &mut row)? {
            counts.add(&row, 1);
            keys.add(&row);
        }
        Ok(())
    })?;
    let own = labels.columns.iter().chain(reading.ties()).copied().chain(reading.time());
    let own: Vec<Expr> = own.map(Expr::Column).collect();
    let all: Vec<&Expr> = reading.told().into_iter().chain(&own).collect();
    let computer = Computer::of(&all, raw);
    let mut list = List::new(counts.weigh().finish(None));
    let (mut attackers, mut matched) = (HashMap::<Text, u32>::new(), BTreeSet::new());
    rows.each(&computer, |values, number| {
        let known = computer.row(values);
        if !reading.said(&known, &seen, &mut row)? {
            return Ok(());
        }
        let attack = labels.find(&known).map(|found| {
            matched.insert(found.line);
            // An attacker is a labelled address, or the first key of a labelled row.
            let attacker = found.address.unwrap_or_else(|| Text::from(row.get(0)));
            let next = attackers.len() as u32;
            (found.attack as u32, *attackers.entry(attacker).or_insert(next))
        });
        let (failed, isolation) = (reading.failed(&known)?, keys.isolation(&row));
        let kept = Seen { attack, failed, isolation, number };
        list.offer(&row, number, &Kept { ties: ties(&reading, &known), kept });
        Ok(())
    })?;
    if matched.is_empty() {
        return Err(Error::BadData(format!(
            "evaluating the ranking of {} with {}: none of its labels matches a row of {} on this day; the labels of a row \
             must be as the columns hold them, with times in UTC",
            measure.day,
            measure.labels.display(),
            raw.name
        )));
    }
    let lines = list.into_sorted(None);
    let lists = measured(&reading, &lines, attackers.len() as u64, measure.first);
    let count = |attack: usize| lines.iter().filter(|line| is_of(line, attack)).count() as u64;
    let first = |attack: usize| lines.iter().position(|line| is_of(line, attack));
    let attacks = labels.attacks.iter().enumerate().filter_map(|(at, label)| {
        Some(Attack { label: label.clone(), rows: count(at), first: first(at)? as u64 })
    });
    let mut attacks: Vec<Attack> = attacks.collect();
    attacks.sort_by_key(|attack| attack.first);
    Ok(Evaluation {
        day: measure.day.to_string(),
        rows: lines.len() as u64,
        attack_rows: lines.iter().filter(|line| line.row.kept.attack.is_some()).count() as u64,
        attackers: attackers.len() as u64,
        lists,
        attacks,
        unmatched: labels.unmatched(&matched),
    })
}

fn is_of(line: &Listed<Kept>, attack: usize) -> bool {
    line.row.kept.attack.is_some_and(|(of, _)| of as usize == attack)
}

fn ties(reading: &Reading<'_>, known: &Computed<'_>) -> Box<[Tie]> {
    reading
        .ties()
        .iter()
        .filter_map(|column| known.column(*column))
        .map(|value: &Value| Tie::of(value))
        .collect()
}

/// How many rows have each value of each key.
struct Keys {
    rows: u64,
    of: Vec<HashMap<Text, u64>>,
}

impl Keys {
    fn new(reading: &Reading<'_>) -> Self {
        Self { rows: 0, of: vec![HashMap::new(); reading.shape().keys] }
    }

    fn add(&mut self, row: &Row) {
        self.rows += 1;
        for (at, of) in self.of.iter_mut().enumerate() {
            *of.entry(Text::from(row.get(at))).or_default() += 1;
        }
    }

    /// The sum of the bits of the frequencies of the keys, each for itself.
    fn isolation(&self, row: &Row) -> i64 {
        let count = |(at, of): (usize, &HashMap<Text, u64>)| of.get(row.get(at)).copied().unwrap_or(1);
        self.of.iter().enumerate().map(|value| log2(self.rows, count(value))).sum()
    }
}

/// A row of a list: its score, and the attacker if it belongs to an attack.
type Scored = (i64, Option<u32>);

/// This ranking, and simpler ones. The order of rows that a simpler one does not distinguish is random.
fn measured(reading: &Reading<'_>, lines: &[Listed<Kept>], attackers: u64, first: &[u64]) -> Vec<Measured> {
    let attacker = |line: &Listed<Kept>| line.row.kept.attack.map(|(_, attacker)| attacker);
    let own = lines.iter().zip(0_i64..).map(|(line, place)| (-place, attacker(line)));
    let mut lists =
        vec![measured_list("this ranking".to_owned(), &own.collect::<Vec<_>>(), attackers, first)];
    let chance = |line: &Listed<Kept>| mixed(line.row.kept.number as u64);
    let mut add = |name: String, score: &dyn Fn(&Listed<Kept>) -> i64| {
        let mut scored: Vec<(i64, u64, Option<u32>)> =
            lines.iter().map(|line| (score(line), chance(line), attacker(line))).collect();
        scored.sort_unstable_by_key(|(score, chance, _)| (Reverse(*score), *chance));
        let scored: Vec<Scored> = scored.into_iter().map(|(score, _, attacker)| (score, attacker)).collect();
        lists.push(measured_list(name, &scored, attackers, first));
    };
    // The spread moves most rows of a story to the end of the list, which lowers these measures.
    add("this ranking, not spread".to_owned(), &|line| line.means.iter().map(|bits| i64::from(*bits)).sum());
    add("random".to_owned(), &|line| (mixed(line.row.kept.number as u64) >> 1) as i64);
    if let Some(value) = reading.first_value() {
        let rarity = |line: &Listed<Kept>| line.tails.first().map_or(0, |tail| i64::from(tail.bits()));
        add(format!("rarity of the {value}"), &rarity);
    }
    if reading.has_failures() {
        add("failures first".to_owned(), &|line| i64::from(line.row.kept.failed));
    }
    add("isolation: rarity of each key".to_owned(), &|line| line.row.kept.isolation);
    lists
}

/// The measures of a list, the most suspicious row first.
fn measured_list(name: String, scored: &[Scored], attackers: u64, first: &[u64]) -> Measured {
    let hits = scored.iter().filter(|(_, attacker)| attacker.is_some()).count();
    let share = |part: f64, of: f64| if of == 0.0 { 0.0 } else { part / of };
    let (mut hit, mut precisions, mut after, mut before) = (0_usize, 0.0, scored.len() - hits, 0.0);
    for equal in scored.chunk_by(|one, next| one.0 == next.0) {
        let own = equal.iter().filter(|(_, attacker)| attacker.is_some()).count();
        let others = equal.len() - own;
        after -= others;
        // Of rows with the same score, half come before and half after.
        before += own as f64 * (after as f64 + others as f64 / 2.0);
    }
    for ((_, attacker), place) in scored.iter().zip(1_usize..) {
        if attacker.is_some() {
            hit += 1;
            precisions += hit as f64 / place as f64;
        }
    }
    let at = first.iter().map(|rows| {
        let most = usize::try_from(*rows).unwrap_or(usize::MAX).min(scored.len());
        let shown = scored[..most].iter().filter_map(|(_, attacker)| *attacker);
        let hits = shown.clone().count();
        let distinct: BTreeSet<u32> = shown.collect();
        At {
            rows: *rows,
            precision: share(hits as f64, most as f64),
            recall: share(distinct.len() as f64, attackers as f64),
        }
    });
    let first_hit = scored.iter().position(|(_, attacker)| attacker.is_some()).unwrap_or_default();
    Measured {
        name,
        roc_auc: share(before, hits as f64 * (scored.len() - hits) as f64),
        average_precision: share(precisions, hits as f64),
        first_hit: first_hit as u64,
        at: at.collect(),
    }
}

/// A number that looks random, the same on every machine (splitmix64).
fn mixed(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(scored: &[(i64, bool)], first: &[u64]) -> Measured {
        let scored: Vec<Scored> = scored.iter().map(|(score, hit)| (*score, hit.then_some(0))).collect();
        measured_list(String::new(), &scored, 1, first)
    }

    #[test]
    fn a_perfect_list_has_all_attacks_first() {
        let found = of(&[(3, true), (2, true), (1, false), (0, false)], &[2, 4]);
        assert_eq!((found.roc_auc, found.average_precision, found.first_hit), (1.0, 1.0, 0));
        assert_eq!(found.at[0], At { rows: 2, precision: 1.0, recall: 1.0 });
        assert_eq!(found.at[1], At { rows: 4, precision: 0.5, recall: 1.0 });
    }

    #[test]
    fn equal_scores_are_half_right() {
        assert_eq!(of(&[(1, false), (1, true), (1, false)], &[]).roc_auc, 0.5);
        // Two pairs are right, one is half right, one is wrong.
        let found = of(&[(3, true), (2, false), (1, true), (1, false)], &[50]);
        assert_eq!(found.roc_auc, 0.625);
        assert_eq!(found.average_precision, (1.0 + 2.0 / 3.0) / 2.0);
        assert_eq!(found.at[0].precision, 0.5, "a list shorter than that");
    }
}
