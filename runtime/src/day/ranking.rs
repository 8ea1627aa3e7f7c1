//! Ranks a day of raw rows as the pipeline declares, and writes the results file that a run reads, for teams that no
//! longer have the machine-learning job.
//!
//! # Decisions
//!
//! - **The day is read twice**, and only columns that are needed: two statements, whatever the day holds. Counting in the
//!   database would group by almost every column, or by what a row says, computed in SQL. On SQLite, that alone takes more
//!   time than a pass that reads and counts the rows here; `tests/bench` has the figures.
//! - **The reasons are written with the line**, from the counts of the first pass, in words that the pipeline declares. The
//!   counts themselves are not stored: `explain-row` ranks the day again, and says so if it finds other reasons.
//! - **A file that a command did not write is not overwritten**: a ranking is recognised by its hash in the history,
//!   which is recorded before the file is written; sample files by `.flow_oa_sample.json` next to them, or because the
//!   same plan generates the same content; an import by the form of its lines, metrics by their first line. Edited
//!   copies match none of these.

mod evaluation;
mod known;
mod labels;
mod learned;
mod place;
mod reading;
mod reasons;

use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

use flow_oa_context::IpRange;
use flow_oa_core::value::whole;
use flow_oa_core::{Date, Exit};
use flow_oa_remote::Location;
use flow_oa_schema::model::Table;
use sea_query::{Alias, Expr, Query, Value};

use crate::day::derive::{self, Computer};
pub use evaluation::{At, Attack, Evaluation, Measure, Measured, evaluate};
use flow_oa_engine::{Session, Statement, Store, Transaction};
use flow_oa_files::Progress;
use flow_oa_files::atomic::{Foreign, write_whole};
use flow_oa_ledger::history::{Entry, Locking, last_ranking, raw_rows, recorded};
use flow_oa_ledger::rows::ingests_of_day;
use flow_oa_rank::{Counts, List, Listed, Row, Tail};
use flow_oa_site::deployment::{Chosen, KnownGood, Settings, SiteRanking};
use flow_oa_site::engines::in_transaction;
use flow_oa_site::{Error, Result};
pub use known::HeldBack;
use known::Known;
use learned::{Learned, Scores};
use place::Place;
use reading::{Candidate, Line, Popularity, Reading};

/// The default maximum number of lines: far more than a user reads, and few enough to be held in memory.
pub const MOST: u64 = 100_000;

/// The summary of a ranking.
#[expect(missing_docs, reason = "the other fields are what their names say")]
#[derive(Debug, Clone, serde::Serialize)]
pub struct RankSummary {
    /// The number of the ranking in the history; `None` if it could not be recorded.
    pub id: Option<i64>,
    pub day: String,
    /// Raw rows that were counted.
    pub rows: u64,
    pub groups: usize,
    pub written: usize,
    /// The rows that come after all others because of what people know.
    pub held_back: Vec<HeldBack>,
    pub results: String,
    pub warnings: Vec<String>,
}

/// What to rank, and where the results go.
#[derive(Debug)]
pub struct Wanted<'a> {
    /// The day.
    pub day: Date,
    /// The maximum number of lines.
    pub max: u64,
    /// What the site adds to the declaration of the pipeline.
    pub options: &'a Options,
    /// The results file.
    pub out: &'a Location,
    /// What to do with an existing file that no ranking wrote.
    pub foreign: Foreign,
}

/// What a site adds to the declaration of a ranking.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    /// The site's own ranges: rows also say between which parts of the network they are. Empty: they do not.
    pub internal: Vec<IpRange>,
    /// Whether the exporters print each direction as a row, so that counts tell which end of a row serves.
    pub popular: bool,
    /// The known-good entries of the site.
    pub known: Vec<KnownGood>,
    /// Whether scores of analysts on earlier days count.
    pub learn: bool,
}

impl From<&SiteRanking> for Options {
    fn from(site: &SiteRanking) -> Self {
        let SiteRanking { internal, popular, max: _, known, learn } = site.clone();
        Self { internal, popular, known, learn }
    }
}

/// Ranks a day, writes the results to the requested location, and records that in the history. A file that no ranking
/// wrote is replaced only if the caller requests it.
///
/// # Errors
/// If the pipeline cannot be ranked, the day has no raw rows, or the file must not or cannot be written.
pub fn rank_to(
    store: &mut dyn Store,
    chosen: Chosen<'_>,
    wanted: &Wanted<'_>,
    settings: &Settings,
    progress: &Progress,
) -> Result<RankSummary> {
    let entry = Entry::new("rank", chosen).of_day(wanted.day).at_most(wanted.max);
    recorded(store, entry.reads(wanted.out.to_string()), |store, entry| {
        let mut warnings = Vec::new();
        let folder = settings.pipeline_folder(&chosen.model.name);
        let id = match entry.begin(store, Locking::Own(&folder)) {
            Ok(id) => Some(id),
            Err(error) if error.exit_code() == Exit::CannotWrite => {
                warnings.push(format!("the history does not show this ranking: {}", error.cause()));
                None
            }
            Err(error) => return Err(error),
        };
        let scores = scores(store, chosen, wanted.day, wanted.options)?;
        let basis = basis(store, chosen, wanted, &scores)?;
        let remembered = folder.join(known::FILE);
        let of_day = Day { day: wanted.day, max: wanted.max, scores: &scores };
        let done = ranked(store, chosen, (of_day, wanted.options), Some(&remembered), progress)?;
        entry.found.raw_rows = Some(basis);
        let place = Place { store: &mut *store, chosen, wanted, settings, progress };
        place.write(&done, entry)?;
        if id.is_some() {
            in_transaction(store, Transaction::Latest, |unit| entry.done(unit))?;
        }
        let mut summary = done.summary(wanted.day, wanted.out.to_string());
        warnings.append(&mut summary.warnings);
        Ok(RankSummary { id, warnings, ..summary })
    })
}

/// Ranks a day as the settings say, and writes the results to where a run reads them, unless the last ranking of the day
/// read the same raw rows. `None` if nothing was written, since that is so, or since the day has no raw rows.
///
/// # Errors
/// As [`rank_to`].
pub(crate) fn rank_again(
    store: &mut dyn Store,
    chosen: Chosen<'_>,
    (day, out): (Date, &Location),
    settings: &Settings,
    progress: &Progress,
) -> Result<Option<RankSummary>> {
    let (pipeline, of_day) = (&chosen.model.name, day.to_string());
    if ingests_of_day(store, pipeline, &of_day)?.is_empty() {
        return Ok(None);
    }
    let site = &settings.ranking;
    let options = Options::from(site);
    let wanted =
        Wanted { day, max: site.max.unwrap_or(MOST), options: &options, out, foreign: Foreign::Refuse };
    let scores = scores(store, chosen, day, &options)?;
    let is_there = out.local().is_none_or(Path::exists);
    if let Some(last) = last_ranking(store, pipeline, &of_day)?.filter(|_| is_there)
        && last.raw_rows == Some(basis(store, chosen, &wanted, &scores)?)
        && last.output == Some(flow_oa_core::masked(&out.to_string()))
    {
        return Ok(None);
    }
    rank_to(store, chosen, &wanted, settings, progress).map(Some)
}

/// The judgements of earlier days, if they count.
fn scores(session: &mut dyn Session, chosen: Chosen<'_>, day: Date, options: &Options) -> Result<Scores> {
    if options.learn { Scores::before(session, chosen, day) } else { Ok(Scores::default()) }
}

/// A hash of what a ranking depends on: the ingests of the day, the options of the site, and judgements.
fn basis(
    session: &mut dyn Session,
    chosen: Chosen<'_>,
    wanted: &Wanted<'_>,
    scores: &Scores,
) -> Result<String> {
    let mut hash = blake3::Hasher::new();
    hash.update(raw_rows(session, &chosen.model.name, &wanted.day.to_string())?.as_bytes());
    hash.update(&wanted.max.to_le_bytes());
    hash.update(&[u8::from(wanted.options.popular)]);
    for range in &wanted.options.internal {
        hash.update(format!("{}-{} ", range.first(), range.last()).as_bytes());
    }
    for good in wanted.options.known.iter().filter(|good| good.pipeline == chosen.model.name) {
        hash.update(format!("{}\n{}\n", good.pattern(), good.words()).as_bytes());
    }
    scores.hash(chosen, &mut hash);
    Ok(hash.finalize().to_hex().to_string())
}

/// Ranks `day` and writes at most `max` lines to `out`, whole or not at all, even over an existing file. This is for
/// databases that are deleted afterwards, so nothing is recorded.
///
/// # Errors
/// If the pipeline cannot be ranked, the day has no raw rows, or the file cannot be written.
pub fn rank(
    session: &mut dyn Session,
    chosen: Chosen<'_>,
    day: Date,
    max: u64,
    out: &Path,
    progress: &Progress,
) -> Result<RankSummary> {
    let (options, scores) = (Options::default(), Scores::default());
    let done = ranked(session, chosen, (Day { day, max, scores: &scores }, &options), None, progress)?;
    write_whole(out, |file| done.write(file))?;
    Ok(done.summary(day, out.display().to_string()))
}

/// A ranked day.
struct Done {
    rows: u64,
    groups: usize,
    /// The lines of the results file, without their ends.
    lines: Vec<String>,
    held_back: Vec<HeldBack>,
    warnings: Vec<String>,
}

impl Done {
    fn write(&self, out: &mut dyn Write) -> std::io::Result<()> {
        self.lines.iter().try_for_each(|line| writeln!(out, "{line}"))
    }

    /// The hash of what [`Done::write`] writes, in hexadecimal.
    fn hash(&self) -> String {
        let mut hash = blake3::Hasher::new();
        // Writing to a hash never fails.
        let _ = self.write(&mut hash);
        hash.finalize().to_hex().to_string()
    }

    fn summary(&self, day: Date, results: String) -> RankSummary {
        RankSummary {
            id: None,
            day: day.to_string(),
            rows: self.rows,
            groups: self.groups,
            written: self.lines.len(),
            held_back: self.held_back.clone(),
            results,
            warnings: self.warnings.clone(),
        }
    }
}

/// Ranks a day. `remembered` is the file that says when known-good entries held rows back.
fn ranked(
    session: &mut dyn Session,
    chosen: Chosen<'_>,
    (of_day, options): (Day<'_>, &Options),
    remembered: Option<&Path>,
    progress: &Progress,
) -> Result<Done> {
    let reading = Reading::of(chosen.model, options)?;
    let day = of_day.day;
    let mut known = Known::of(chosen.model, &options.known, day)?;
    let Some(listed) = listed(session, chosen, (&reading, &mut known), of_day, progress)? else {
        return Err(Error::BadData(format!(
            "{raw} has no rows of {day} that can be ranked; `flow-oa ingest FILE` adds them",
            raw = reading.raw().name
        )));
    };
    let lines = listed.lines.iter().map(|line| reading.line(line, known.note(line.standing))).collect();
    let mut warnings = std::mem::take(&mut known.warnings);
    if let Some(file) = remembered {
        warnings.append(&mut known.remember(file, day)?);
    }
    let held_back = known.held_back();
    Ok(Done { rows: listed.rows, groups: listed.groups, lines, held_back, warnings })
}

/// The counts behind a line of a ranking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counted {
    /// The reasons, as the results file has them.
    pub why: String,
    /// What is counted for each value.
    pub values: Vec<CountedValue>,
}

/// What is counted for a value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountedValue {
    /// The name of the value in the declaration.
    pub name: String,
    /// The value in words.
    pub shown: String,
    /// How rare it is.
    pub tail: Tail,
    /// The mean of its bits over the rows of the group, in 1/1024.
    pub mean: u32,
}

/// Ranks a day as the settings say, and counts what is behind the line at a position, from 0. `None` if there is no such
/// line.
///
/// # Errors
/// If the pipeline cannot be ranked, or its rows cannot be read.
pub fn counted(
    session: &mut dyn Session,
    chosen: Chosen<'_>,
    (day, rank): (Date, u64),
    site: &SiteRanking,
    progress: &Progress,
) -> Result<Option<Counted>> {
    let options = Options::from(site);
    let reading = Reading::of(chosen.model, &options)?;
    let mut known = Known::of(chosen.model, &options.known, day)?;
    let scores = scores(session, chosen, day, &options)?;
    let of_day = Day { day, max: rank.saturating_add(1), scores: &scores };
    let listed = listed(session, chosen, (&reading, &mut known), of_day, progress)?;
    let lines = listed.map(|listed| listed.lines).unwrap_or_default();
    let line = usize::try_from(rank).ok().and_then(|rank| lines.get(rank));
    Ok(line.map(|line| Counted {
        why: reading.why(line, known.note(line.standing)),
        values: reading.counted_values(line),
    }))
}

/// The list of a day.
struct ListOfDay {
    rows: u64,
    groups: usize,
    lines: Vec<Listed<Line>>,
}

/// What to list.
#[derive(Debug, Clone, Copy)]
struct Day<'a> {
    day: Date,
    /// The maximum number of lines.
    max: u64,
    /// The judgements of earlier days that count.
    scores: &'a Scores,
}

/// The first lines of the list of a day; `None` if it has no rows that can be ranked.
fn listed(
    session: &mut dyn Session,
    chosen: Chosen<'_>,
    (reading, known): (&Reading<'_>, &mut Known<'_>),
    Day { day, max, scores }: Day<'_>,
    progress: &Progress,
) -> Result<Option<ListOfDay>> {
    let raw = reading.raw();
    let mut rows = Rows { session, raw, day, progress };
    let mut seen = Popularity::default();
    if reading.needs_popularity() {
        rows.each(&reading.counted, |row, _| reading.count(row, &mut seen))?;
    }
    known.learned = Learned::read(rows.session, chosen, reading, (scores, &seen), progress)?;
    let mut counts = Counts::new(reading.shape());
    let mut row = Row::new();
    rows.each(&reading.counted, |values, _| {
        if reading.said(&reading.counted.row(values), &seen, &mut row)? {
            counts.add(&row, 1);
            known.see(&row);
        }
        Ok(())
    })?;
    if counts.rows() == 0 {
        return Ok(None);
    }
    let most = usize::try_from(max).ok();
    let mut weighed = counts.weigh();
    known.stand(&mut weighed);
    let mut list = List::new(weighed.finish(most));
    rows.each(&reading.listed, |values, number| {
        let computed = reading.listed.row(values);
        if !reading.said(&computed, &seen, &mut row)? {
            return Ok(());
        }
        let candidate = Candidate::new(reading, computed, &row);
        list.offer(&row, number, &candidate);
        candidate.fault()
    })?;
    let (rows, groups) = (list.day().rows(), list.day().groups());
    Ok(Some(ListOfDay { rows, groups, lines: list.into_sorted(most) }))
}

/// The rows of a day.
struct Rows<'a> {
    session: &'a mut dyn Session,
    raw: &'a Table,
    day: Date,
    progress: &'a Progress,
}

impl Rows<'_> {
    /// Calls `seen` with the columns of a computer of each row, and the number of the row: the position of its arrival
    /// where the engine keeps that, else that of the answer. Rows are not sorted, which would take more than reading
    /// them.
    fn each(&mut self, computer: &Computer, seen: impl FnMut(&[Value], i64) -> Result<()>) -> Result<()> {
        self.each_where(computer, None, seen)
    }

    /// As [`Rows::each`], of the rows that meet a condition.
    fn each_where(
        &mut self,
        computer: &Computer,
        condition: Option<Expr>,
        mut seen: impl FnMut(&[Value], i64) -> Result<()>,
    ) -> Result<()> {
        self.progress.go_on()?;
        let mut select = Query::select();
        select.columns(computer.columns().map(|column| Alias::new(&self.raw[column].name)));
        select.from(Alias::new(&self.raw.name)).cond_where(derive::on(self.raw, self.day).condition());
        if let Some(condition) = condition {
            select.and_where(condition);
        }
        let own = self.session.dialect().own_column(self.raw);
        select.columns(own.map(Alias::new));
        let (sql, values) = self.session.render(&Statement::Select(select));
        let (progress, mut fault, mut position) = (self.progress, None, 0);
        self.session.for_each(&sql, &values, &mut |row| {
            progress.add_rows(1);
            position += 1;
            let number = own.and(row.last()).and_then(whole).unwrap_or(position);
            fault = seen(row, number).err();
            let stops = fault.is_some() || progress.is_interrupted();
            if stops { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        })?;
        fault.map_or(Ok(()), Err)?;
        Ok(self.progress.go_on()?)
    }
}
