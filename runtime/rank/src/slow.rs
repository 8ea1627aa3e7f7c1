//! The model as its definition says it, without regard to time and memory, on small random days.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::{ByTies, Counts, List, Listed, Row, Shape, Standing};

/// A row: three keys, two values with their contexts, and what orders equal rows.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Small {
    keys: [String; 3],
    said: [[String; 2]; 2],
    tie: u8,
}

/// What is kept: the position in the day.
type Kept = ByTies<u8, usize>;

fn shape(weight: u32) -> Shape {
    Shape { keys: 3, values: vec![None, Some(0)], spreads: vec![vec![0, 2], vec![1, 2], vec![0, 1]], weight }
}

/// What people know about a group; nothing of most, if they know anything at all.
fn standing(keys: &[&str], is_known: bool) -> Standing {
    match keys {
        ["d", ..] if is_known => Standing::Back(0),
        [_, "a", _] if is_known => Standing::Front(1),
        _ => Standing::Usual,
    }
}

fn fast(day: &[Small], (weight, is_known): (u32, bool), most: Option<usize>) -> (Vec<Listed<Kept>>, usize) {
    let row = |small: &Small| {
        let mut row = Row::new();
        let texts = small.keys.iter().chain(small.said.iter().flatten());
        texts.for_each(|text| row.push(text));
        row
    };
    let mut counts = Counts::new(shape(weight));
    day.iter().for_each(|small| counts.add(&row(small), 1));
    let mut weighed = counts.weigh();
    weighed.stand(|keys, _| standing(keys, is_known));
    let mut list = List::new(weighed.finish(most));
    // In any order: here backwards.
    for (at, small) in day.iter().enumerate().rev() {
        list.offer(&row(small), at as i64, &Kept { ties: small.tie, kept: at });
    }
    let kept = list.kept();
    (list.into_sorted(most), kept)
}

fn log2(number: f64) -> i64 {
    (number.log2() * 1024.0 + 0.5).floor() as i64
}

/// For each line the position of its row, its score, its group's place and its number.
fn slow(day: &[Small], (weight, is_known): (u32, bool)) -> Vec<(usize, i64, u32, u64)> {
    // What counts: every row for the first value, and each first key with each second value.
    let counted = |at: usize| -> Vec<&[String; 2]> {
        let pairs: BTreeSet<(&String, &[String; 2])> =
            day.iter().map(|row| (&row.keys[0], &row.said[1])).collect();
        if at == 0 {
            day.iter().map(|row| &row.said[0]).collect()
        } else {
            pairs.into_iter().map(|(_, said)| said).collect()
        }
    };
    let counted = [counted(0), counted(1)];
    let count = |at: usize, said: &[String; 2]| counted[at].iter().filter(|other| **other == said).count();
    let tail = |at: usize, said: &[String; 2]| {
        let own = count(at, said);
        let context: Vec<&&[String; 2]> = counted[at].iter().filter(|other| other[0] == said[0]).collect();
        let as_rare = context.iter().filter(|other| count(at, other) <= own).count();
        log2(context.len() as f64 / as_rare as f64)
    };
    let tails: Vec<[i64; 2]> = day.iter().map(|row| [0, 1].map(|at| tail(at, &row.said[at]))).collect();
    let mut groups: BTreeMap<&[String; 3], Vec<usize>> = BTreeMap::new();
    for (at, row) in day.iter().enumerate() {
        groups.entry(&row.keys).or_default().push(at);
    }
    let bits: BTreeMap<&[String; 3], i64> = groups
        .iter()
        .map(|(keys, rows)| {
            let mean = |kind: usize| rows.iter().map(|at| tails[*at][kind]).sum::<i64>() / rows.len() as i64;
            (*keys, mean(0) + mean(1))
        })
        .collect();
    let standing = |keys: &[String; 3]| standing(&keys.each_ref().map(String::as_str), is_known);
    let is_back = |keys: &[String; 3]| standing(keys) == Standing::Back(0);
    let mut lines = Vec::new();
    for (keys, rows) in &groups {
        let place = [[0, 2], [1, 2], [0, 1]].map(|story| {
            let is_same = |other: &&[String; 3]| story.iter().all(|at| other[*at] == keys[*at]);
            let before: BTreeSet<&[String; 3]> = groups
                .keys()
                .copied()
                .filter(is_same)
                .filter(|other| {
                    (is_back(other), -bits[*other], *other) < (is_back(keys), -bits[*keys], *keys)
                })
                .collect();
            before.len() + 1
        });
        let place = place.into_iter().max().unwrap() as u32;
        let mut sorted = rows.clone();
        sorted.sort_by_key(|at| (-tails[*at].iter().sum::<i64>(), day[*at].tie, *at));
        for (at, number) in sorted.into_iter().zip(1_u64..) {
            let cost = f64::from(weight) / 1000.0 * log2(f64::from(place) * number as f64) as f64;
            let score = bits[*keys] - (cost + 0.5).floor() as i64;
            lines.push((at, if is_back(keys) { score - (1 << 48) } else { score }, place, number));
        }
    }
    lines.sort_by_key(|(at, score, ..)| {
        let (keys, is_front) = (&day[*at].keys, standing(&day[*at].keys) == Standing::Front(1));
        (-score, -bits[keys], !is_front, day[*at].tie, *at)
    });
    lines
}

fn days() -> impl Strategy<Value = Vec<Small>> {
    let text = |most: u8| (0..most).prop_map(|number| format!("{}", (b'a' + number) as char));
    let said = move || [text(2), text(4)];
    let row = ([text(4), text(4), text(3)], [said(), said()], 0_u8..3);
    prop::collection::vec(row.prop_map(|(keys, said, tie)| Small { keys, said, tie }), 1..60)
}

proptest! {
    #[test]
    fn the_list_is_that_of_the_definition(
        day in days(), weight in 0_u32..4000, is_known: bool, most in prop::option::of(0_usize..70)
    ) {
        let expected = slow(&day, (weight, is_known));
        let (found, kept) = fast(&day, (weight, is_known), most);
        let found: Vec<_> = found.iter().map(|line| (line.row.kept, line.bits, line.place, line.number)).collect();
        let most = most.unwrap_or(usize::MAX).min(expected.len());
        prop_assert_eq!(&found, &expected[..most]);
        // Beyond the list, only rows that are equal to its last one are kept.
        let bits = |line: &(usize, i64, u32, u64)| {
            let cost = f64::from(weight) / 1000.0 * log2(f64::from(line.2) * line.3 as f64) as f64;
            (line.1, line.1 + (cost + 0.5).floor() as i64)
        };
        let last = most.checked_sub(1).map(|last| bits(&expected[last]));
        let equal = expected.iter().filter(|line| last.is_some_and(|last| bits(line) >= last)).count();
        prop_assert!(kept <= equal, "{kept} rows are kept, and {equal} can be in the list");
    }

    #[test]
    fn equal_rows_may_be_added_together(day in days()) {
        let row = |small: &Small| {
            let mut row = Row::new();
            small.keys.iter().chain(small.said.iter().flatten()).for_each(|text| row.push(text));
            row
        };
        let mut one_by_one = Counts::new(shape(2000));
        let mut together = Counts::new(shape(2000));
        for small in &day {
            (0..3).for_each(|_| one_by_one.add(&row(small), 1));
            together.add(&row(small), 3);
        }
        let listed = |counts: Counts| {
            let mut list = List::new(counts.weigh().finish(None));
            for (at, small) in day.iter().enumerate() {
                list.offer(&row(small), at as i64, &Kept { ties: small.tie, kept: at });
            }
            let lines = list.into_sorted(None);
            lines.into_iter().map(|line| (line.row.kept, line.bits, line.means)).collect::<Vec<_>>()
        };
        prop_assert_eq!(listed(one_by_one), listed(together));
    }
}

#[test]
fn a_row_that_the_first_pass_did_not_see_is_left_out() {
    let text = str::to_owned;
    let said = || [[text(""), text("x")], [text(""), text("y")]];
    let seen = Small { keys: [text("a"), text("b"), text("c")], said: said(), tie: 0 };
    let mut counts = Counts::new(shape(2000));
    let mut row = Row::new();
    ["a", "b", "c", "", "x", "", "y"].into_iter().for_each(|text| row.push(text));
    counts.add(&row, 1);
    let mut list = List::new(counts.weigh().finish(None));
    for other in [["z", "b", "c", "", "x", "", "y"], ["a", "b", "c", "", "z", "", "y"]] {
        let mut row = Row::new();
        other.into_iter().for_each(|text| row.push(text));
        list.offer(&row, 1, &Kept { ties: seen.tie, kept: 1 });
    }
    list.offer(&row, 2, &Kept { ties: seen.tie, kept: 2 });
    assert_eq!(list.into_sorted(None).into_iter().map(|line| line.row.kept).collect::<Vec<_>>(), [2]);
}
