//! What analysts scored on earlier days, by the groups of the ranking.
//!
//! The latest day on which a row of a group was scored counts, and of that day the highest severity. If it is low, the group
//! comes after all others, until a row of it says something that none of its rows said on that day, and that at most
//! every tenth row of its context says now. If it is high, the group comes before those that are equally suspicious. If it
//! is medium, nothing changes.
//!
//! The scores of all earlier days are read by one statement, the scored rows by one for each of these days, and what groups
//! said when they were scored low by one for each day of these scores.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use flow_oa_core::Date;
use flow_oa_core::value::whole;
use flow_oa_engine::Session;
use flow_oa_files::Progress;
use flow_oa_rank::{Row, Standing, Weighed};
use flow_oa_schema::model::{Expr as Source, Given, Table};
use flow_oa_site::Result;
use flow_oa_site::deployment::Chosen;
use sea_query::{Alias, Expr, ExprTrait as _, Query, Value};

use super::Rows;
use super::reading::{Popularity, Reading};
use crate::day::{derive, judged};

/// A value is rare if at most one in so many rows of its context has one that is as rare or rarer.
const RARE: u64 = 10;

/// The stored severities that move a group.
const HIGH: i64 = 1;
const LOW: i64 = 3;

/// The greatest number of values in a condition; more are read without one.
const MOST_VALUES: usize = 1000;

/// The groups that were scored.
#[derive(Debug, Default)]
pub(super) struct Learned {
    /// The number of keys of a group.
    keys: usize,
    /// By their keys.
    places: HashMap<String, usize>,
    groups: Vec<Group>,
}

/// A group that was scored.
#[derive(Debug)]
struct Group {
    /// The day on which it was scored.
    day: Date,
    /// The highest severity of that day: the lowest number.
    severity: i64,
    /// What its rows said on that day: the kind of value, its context and the value. Empty if the rows are gone.
    before: HashSet<(usize, String, String)>,
    /// What its rows say today.
    today: HashSet<Row>,
    /// Whether they say something new and rare.
    is_new: bool,
}

/// The keys of a group as one text.
fn joined<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    keys.fold(String::new(), |joined, key| joined + key + "\u{1f}")
}

/// The keys of a row, and for each kind of value its context and the value.
fn parts(row: &Row, keys: usize) -> (String, impl Iterator<Item = (usize, &str, &str)>) {
    let values = (keys..row.len()).step_by(2).enumerate();
    let values = values.map(|(kind, at)| (kind, row.get(at), row.get(at + 1)));
    (joined((0..keys).map(|at| row.get(at))), values)
}

impl Learned {
    /// The groups that were scored.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub(super) fn read(
        session: &mut dyn Session,
        chosen: Chosen<'_>,
        reading: &Reading<'_>,
        (earlier, seen): (&Scores, &Popularity),
        progress: &Progress,
    ) -> Result<Self> {
        let mut learned = Self { keys: reading.shape().keys, ..Self::default() };
        let Ok(table) = judged::table_of(chosen) else { return Ok(learned) };
        let scores = chosen.model.scores_table();
        let keys = reading.key_columns();
        // The column of the scores that holds each raw column of the keys.
        let places: Option<Vec<usize>> = keys
            .columns()
            .map(|column| {
                let field = reading.field_of(column)?;
                let is_it = |from: &Source| from.field().is_some_and(|of| of.at() == field);
                scores.columns.iter().position(|column| is_it(&column.from))
            })
            .collect();
        // A pipeline whose scores do not hold what its keys need cannot learn from them.
        let Some(places) = places else { return Ok(learned) };
        let (own, theirs) = judged::same_places(scores, table);
        let mut row = Row::new();
        for (of_day, judgements) in &earlier.0 {
            progress.go_on()?;
            let severities: HashMap<String, i64> = judgements
                .iter()
                .filter_map(|row| Some((judged::connection(row, &own), severity(table, row)?)))
                .collect();
            for scored in session.select(derive::of_day(scores, *of_day, []))? {
                let severity = severities.get(&judged::connection(&scored, &theirs));
                let Some(severity) = severity else { continue };
                let values: Vec<Value> = places.iter().map(|at| scored[*at].clone()).collect();
                row.clear();
                if reading.write_keys(&keys.row(&values), seen, &mut row)? {
                    learned.add(&row, *of_day, *severity);
                }
            }
        }
        learned.read_days(session, reading, seen, progress)?;
        Ok(learned)
    }

    /// Adds a scored row of a day that is not before those added.
    fn add(&mut self, keys: &Row, day: Date, severity: i64) {
        let name = joined((0..keys.len()).map(|at| keys.get(at)));
        let new = Group { day, severity, before: HashSet::new(), today: HashSet::new(), is_new: false };
        match self.places.get(&name) {
            None => {
                self.places.insert(name, self.groups.len());
                self.groups.push(new);
            }
            Some(at) if self.groups[*at].day < day => self.groups[*at] = new,
            Some(at) => {
                let group = &mut self.groups[*at];
                group.severity = std::cmp::min(group.severity, severity);
            }
        }
    }

    /// Reads what the rows of groups that were scored low said on the day of their scores.
    fn read_days(
        &mut self,
        session: &mut dyn Session,
        reading: &Reading<'_>,
        seen: &Popularity,
        progress: &Progress,
    ) -> Result<()> {
        let low = self.groups.iter().filter(|group| group.severity == LOW).map(|group| group.day);
        let days: BTreeSet<Date> = low.collect();
        for day in days {
            let is_of_day = |at: &usize| self.groups[*at].severity == LOW && self.groups[*at].day == day;
            let names = self.places.iter().filter(|(_, at)| is_of_day(at)).map(|(name, _)| name);
            let firsts: HashSet<&str> = names.filter_map(|name| name.split('\u{1f}').next()).collect();
            let columns = reading.first_key().filter(|_| firsts.len() <= MOST_VALUES);
            let condition = columns.map(|columns| {
                let is_one = |column| {
                    let column = Expr::col(Alias::new(&reading.raw()[column].name));
                    column.is_in(firsts.iter().map(|first| (*first).to_owned()))
                };
                is_one(columns[0]).or(is_one(columns[1]))
            });
            let mut row = Row::new();
            let mut rows = Rows { session, raw: reading.raw(), day, progress };
            rows.each_where(&reading.counted, condition, |values, _| {
                if reading.said(&reading.counted.row(values), seen, &mut row)? {
                    let (name, values) = parts(&row, self.keys);
                    if let Some(at) = self.places.get(&name).filter(|at| self.groups[**at].day == day) {
                        let values = values.map(|(kind, within, value)| (kind, within.into(), value.into()));
                        self.groups[*at].before.extend(values);
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// Sees a row of the day.
    pub(super) fn see(&mut self, row: &Row) {
        if self.groups.is_empty() {
            return;
        }
        let (name, _) = parts(row, self.keys);
        let group = self.places.get(&name).and_then(|at| self.groups.get_mut(*at));
        if let Some(group) = group.filter(|group| group.severity == LOW && !group.today.contains(row)) {
            group.today.insert(row.clone());
        }
    }

    /// Finds the groups that say something new and rare.
    pub(super) fn compare(&mut self, weighed: &mut Weighed) {
        for group in self.groups.iter_mut().filter(|group| !group.before.is_empty()) {
            let before = &group.before;
            group.is_new = group.today.iter().any(|row| {
                let tails = weighed.tails(row).unwrap_or_default();
                let is_new = |(kind, within, value): (usize, &str, &str)| {
                    !before.contains(&(kind, within.to_owned(), value.to_owned()))
                };
                let (_, values) = parts(row, self.keys);
                values.zip(tails).any(|(value, tail)| tail.one_in() >= RARE && is_new(value))
            });
        }
    }

    /// The standing of a group, whose number is that of its note behind `behind` others.
    pub(super) fn standing(&self, keys: &[&str], behind: usize) -> Standing {
        let Some(at) = self.places.get(&joined(keys.iter().copied())) else { return Standing::Usual };
        let number = (behind + at) as u32;
        match &self.groups[*at] {
            Group { severity: HIGH, .. } => Standing::Front(number),
            Group { severity: LOW, is_new: false, .. } => Standing::Back(number),
            Group { severity: LOW, .. } => Standing::Noted(number),
            Group { .. } => Standing::Usual,
        }
    }

    /// Why a group was moved, in words.
    pub(super) fn note(&self, at: usize) -> Option<String> {
        let Group { day, severity, is_new, .. } = self.groups.get(at)?;
        let name = if *severity == HIGH { "high" } else { "low" };
        let new = if *is_new { ", but does something new" } else { "" };
        Some(format!("scored {name} on {day}{new}"))
    }
}

/// The judgements of earlier days.
#[derive(Debug, Default)]
pub(super) struct Scores(BTreeMap<Date, Vec<Vec<Value>>>);

impl Scores {
    /// Those of the days before `day`.
    ///
    /// # Errors
    /// If the database cannot be read.
    pub(super) fn before(session: &mut dyn Session, chosen: Chosen<'_>, day: Date) -> Result<Self> {
        let Ok(table) = judged::table_of(chosen) else { return Ok(Self::default()) };
        let mut select = Query::select();
        select
            .columns(table.columns.iter().map(|column| Alias::new(&column.name)))
            .from(Alias::new(&table.name))
            .cond_where(derive::before(table, day).condition());
        let first = table.own_columns().len();
        let mut all: BTreeMap<Date, Vec<Vec<Value>>> = BTreeMap::new();
        for judgement in session.select(select)? {
            // The columns of the partition come last.
            if let Some(of_day) = judgement.get(first..).and_then(derive::date_of) {
                all.entry(of_day).or_default().push(judgement);
            }
        }
        Ok(Self(all))
    }

    /// Adds them to a hash.
    pub(super) fn hash(&self, chosen: Chosen<'_>, hash: &mut blake3::Hasher) {
        let Ok(table) = judged::table_of(chosen) else { return };
        let (own, _) = judged::same_places(chosen.model.scores_table(), table);
        let line =
            |row: &Vec<Value>| Some(format!("{}{}\n", judged::connection(row, &own), severity(table, row)?));
        let mut lines: Vec<String> = self.0.values().flatten().filter_map(line).collect();
        lines.sort_unstable();
        hash.update(lines.concat().as_bytes());
    }
}

/// The highest severity that an analyst gave a row: the lowest number. `None` if none was given.
fn severity(table: &Table, judgement: &[Value]) -> Option<i64> {
    let columns = table.columns.iter().zip(judgement);
    let severities = columns.filter(|(column, _)| matches!(column.from.given(), Some(Given::Severity(_))));
    let numbers = severities.filter_map(|(_, value)| whole(value));
    numbers.filter(|number| (HIGH..=LOW).contains(number)).min()
}
