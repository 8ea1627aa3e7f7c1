//! Checks whether a home holds only sample days, of any pipeline. Sample data is written only into an empty home, or over
//! earlier sample data: it never replaces the raw rows, context, results or days of a site.
//!
//! Sample data is recognised by its hash. Files of releases that recorded no hashes are recognised by their content,
//! since the same plan generates the same bytes. The check only reads.

use std::fs::File;
use std::path::{Path, PathBuf};

use flow_oa_core::Date;
use flow_oa_schema::ledger::{HISTORY, INGESTS};
use flow_oa_schema::model::Table;
use sea_query::{Alias, Expr, Func, Query};

use crate::day::{derive, results};
use flow_oa_core::value::{text, whole};
use flow_oa_engine::Session;
use flow_oa_files::rejects::Rejects;
use flow_oa_ledger::history;
use flow_oa_sample::{CONTEXT, Kind, Plan, Record, hash_of};
use flow_oa_site::deployment::{Chosen, Deployment, SETTINGS_FILE, compact};
use flow_oa_site::engines::{self};
use flow_oa_site::{Error, Result};

/// The database of a sample home.
pub const DATABASE: &str = "sqlite:data/flow_oa.db";

/// Refuses a home that holds any data of a site. `rank` writes the results of a file of raw rows to a path.
///
/// # Errors
/// If the home holds such data, or cannot be read.
pub fn require_samples(
    home: &Path,
    plan: &Plan,
    deployment: &Deployment,
    rank: &dyn Fn(&Path, &Path) -> Result<()>,
) -> Result<()> {
    let home = Home { path: home, plan, record: Record::of(home) };
    home.context()?;
    let mut looks = Vec::new();
    for pipeline in &deployment.model.pipelines {
        let chosen = deployment.choose(Some(&pipeline.name))?;
        let kind = Kind::named(&pipeline.name).ok();
        let mut look = Look { home: &home, chosen, kind, rows: None, days: Vec::new() };
        look.raw_file()?;
        look.results(rank)?;
        look.data()?;
        looks.push(look);
    }
    database(&home, &looks, deployment)
}

/// Moves the results file `from`, which is on the same disk, to `name` below the home, and records it first.
///
/// # Errors
/// If it cannot be written.
pub fn place_results(home: &Path, name: &str, from: &Path) -> Result<PathBuf> {
    let path = home.join(name);
    let place = || {
        Record::of(home).add(name, hash_of(from)?)?;
        path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
        std::fs::rename(from, &path)
    };
    place().map_err(|error| Error::unwritten(path.clone(), error))?;
    Ok(path)
}

/// Records that the results file `name` below the home is sample data.
///
/// # Errors
/// If it cannot be read, or the record cannot be written.
pub fn record_results(home: &Path, name: &str) -> Result<()> {
    let path = home.join(name);
    let hash = hash_of(&path).map_err(unread(&path))?;
    Record::of(home).add(name, hash).map_err(|error| Error::unwritten(home.to_owned(), error))
}

struct Home<'a> {
    path: &'a Path,
    plan: &'a Plan,
    record: Record,
}

impl Home<'_> {
    fn foreign(&self, what: String) -> Error {
        let found = format!(
            "it holds {what}, which is not a sample: a sample day would replace or spoil the site's data. Name a folder \
             that is empty or does not exist yet"
        );
        Error::unwritten(self.path.to_owned(), std::io::Error::other(found))
    }

    /// Checks the settings and every file of the context.
    fn context(&self) -> Result<()> {
        let generated: Vec<(&str, String)> = Kind::ALL.into_iter().flat_map(Kind::contexts).collect();
        let files = entries(&self.path.join(CONTEXT))?;
        let files = files.into_iter().map(|path| (format!("{CONTEXT}/{}", name_of(&path)), path));
        let settings = self.path.join(SETTINGS_FILE);
        let settings = settings.exists().then(|| (SETTINGS_FILE.to_owned(), settings));
        for (name, path) in settings.into_iter().chain(files) {
            let text = generated.iter().find(|(file, _)| *file == name).map(|(_, text)| text);
            let is_own = path.is_file() && {
                let hash = hash_of(&path).map_err(unread(&path))?;
                self.record.has(&name, &hash) || text.is_some_and(|text| blake3_of(text) == hash)
            };
            if !is_own && !is_unfinished(&path) {
                return Err(self.foreign(name));
            }
        }
        Ok(())
    }
}

fn unread(path: &Path) -> impl FnOnce(std::io::Error) -> Error {
    move |error| Error::NoInput {
        doing: "looking for data other than samples in",
        path: path.to_owned(),
        error: error.to_string(),
    }
}

/// The entries of a folder; none if the folder does not exist.
fn entries(folder: &Path) -> Result<Vec<PathBuf>> {
    match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
        found => found
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(unread(folder)),
    }
}

/// What a home holds of one pipeline.
struct Look<'a> {
    home: &'a Home<'a>,
    chosen: Chosen<'a>,
    /// The kind of its sample days; `None` if there are none.
    kind: Option<Kind>,
    /// The hash of the sample rows that were found.
    rows: Option<String>,
    /// Days whose results are sample data.
    days: Vec<Date>,
}

impl Look<'_> {
    /// Checks the file of raw rows and that of their labels.
    fn raw_file(&mut self) -> Result<()> {
        let Some(kind) = self.kind else { return Ok(()) };
        let labels = self.home.path.join(kind.labels());
        if labels.exists() {
            let hash = hash_of(&labels).map_err(unread(&labels))?;
            let is_planned = || self.is_planned() && hash == flow_oa_sample::hash_of_labels(self.home.plan);
            if !self.home.record.has(kind.labels(), &hash) && !is_planned() {
                return Err(self.home.foreign(kind.labels().to_owned()));
            }
        }
        let path = self.home.path.join(kind.file());
        if !path.exists() {
            return Ok(());
        }
        let hash = hash_of(&path).map_err(unread(&path))?;
        let is_planned = || self.is_planned() && hash == flow_oa_sample::hash_of_rows(self.home.plan);
        if !self.home.record.has(kind.file(), &hash) && !is_planned() {
            return Err(self.home.foreign(kind.file().to_owned()));
        }
        self.rows = Some(hash);
        Ok(())
    }

    /// Whether the planned day is of this pipeline.
    fn is_planned(&self) -> bool {
        self.kind == Some(self.home.plan.kind)
    }

    /// The path of a day's results below the home.
    fn results_of(&self, date: &str) -> String {
        self.chosen.model.results.path_of(&self.chosen.model.name, date)
    }

    /// Checks the results of every day.
    fn results(&mut self, rank: &dyn Fn(&Path, &Path) -> Result<()>) -> Result<()> {
        const DATE: &str = "00000000";
        let pattern = self.results_of(DATE);
        let folder = pattern.split('/').take_while(|part| *part != DATE).collect::<Vec<_>>().join("/");
        let mut days: Vec<Date> =
            entries(&self.home.path.join(folder))?.iter().filter_map(|entry| day_of(entry)).collect();
        days.sort();
        for day in days {
            let name = self.results_of(&compact(day));
            let path = self.home.path.join(&name);
            if !path.exists() {
                continue;
            }
            let hash = hash_of(&path).map_err(unread(&path))?;
            if !self.home.record.has(&name, &hash) && !self.is_ranking(day, &hash, rank)? {
                return Err(self.home.foreign(name));
            }
            self.days.push(day);
        }
        Ok(())
    }

    /// Whether the results are those of the planned day.
    fn is_ranking(&self, day: Date, hash: &str, rank: &dyn Fn(&Path, &Path) -> Result<()>) -> Result<bool> {
        let plan = self.home.plan;
        if day != plan.date || self.rows.is_none() || !self.is_planned() {
            return Ok(false);
        }
        let folder = tempfile::tempdir().map_err(unread(self.home.path))?;
        let path = folder.path().join("results");
        rank(&self.home.path.join(plan.kind.file()), &path)?;
        Ok(hash_of(&path).map_err(unread(&path))? == hash)
    }

    /// Checks the files of days that were run.
    fn data(&self) -> Result<()> {
        let folder = self.home.path.join("data").join(&self.chosen.model.name);
        for path in entries(&folder)? {
            let is_own = day_of(&path).is_none_or(|day| self.days.contains(&day));
            if !is_own && entries(&path)?.iter().any(|entry| !name_of(entry).starts_with('.')) {
                return Err(self.home.foreign(path.display().to_string()));
            }
        }
        Ok(())
    }

    /// Checks that every raw row comes from a file of sample rows.
    fn raw_rows(&self, session: &mut dyn Session) -> Result<()> {
        // Imported here only: its `min` would hide that of numbers.
        use sea_query::ExprTrait as _;
        let Some(raw) = self.chosen.model.raw_table() else { return Ok(()) };
        let rows = rows_of(session, raw)?;
        let mut own = 0;
        if exists(session, INGESTS)? {
            let query = Query::select()
                .columns(["content", "stored", "file"].map(Alias::new))
                .from(Alias::new(INGESTS))
                .and_where(Expr::col(Alias::new("pipeline")).eq(self.chosen.model.name.as_str()))
                .to_owned();
            for row in session.select(query)? {
                let content = text(&row[0]);
                let is_recorded = self.kind.is_some_and(|kind| self.home.record.has(kind.file(), &content));
                if !is_recorded && self.rows.as_ref() != Some(&content) {
                    return Err(self.home.foreign(format!("rows of {} in {DATABASE}", text(&row[2]))));
                }
                own += whole(&row[1]).unwrap_or_default().unsigned_abs();
            }
        }
        if rows == own {
            Ok(())
        } else {
            Err(self.home.foreign(format!("{rows} rows of {} in {DATABASE}", raw.name)))
        }
    }

    /// Checks that every row of scores comes from a run over sample results.
    fn scores(&self, session: &mut dyn Session) -> Result<()> {
        let table = self.chosen.model.scores_table();
        let mut left = rows_of(session, table)?;
        for day in &self.days {
            let rows = if left == 0 { 0 } else { session.count(&table.name, &derive::on(table, *day))? };
            if rows > 0 && !self.is_run(session, *day)? {
                return Err(self.home.foreign(format!("a run of {day} over other results, in {DATABASE}")));
            }
            left -= rows.min(left);
        }
        if left == 0 {
            return Ok(());
        }
        Err(self.home.foreign(format!("{left} rows of {} in {DATABASE}", table.name)))
    }

    /// Whether the last run of a day read the existing results.
    fn is_run(&self, session: &mut dyn Session, day: Date) -> Result<bool> {
        if !exists(session, HISTORY)? {
            return Ok(false);
        }
        let name = &self.chosen.model.name;
        let Some(run) = history::last_good_run(session, name, &day.to_string())? else { return Ok(false) };
        let path = self.home.path.join(self.results_of(&compact(day)));
        let limit = run.limit.unwrap_or_default().unsigned_abs();
        let file = File::open(&path).map_err(unread(&path))?;
        let rejects = Rejects::new(&path.display().to_string(), u64::MAX, "");
        let read = results::read_text(self.chosen, file, limit, rejects)?;
        Ok(run.content == Some(read.content))
    }
}

/// Checks the days in the database.
fn database(home: &Home<'_>, looks: &[Look<'_>], deployment: &Deployment) -> Result<()> {
    if engines::require_there(DATABASE, home.path).is_err() {
        return Ok(());
    }
    let site = engines::Site {
        home: home.path,
        query_options: &std::collections::BTreeMap::new(),
        files: &flow_oa_remote::Site::default(),
    };
    let mut store = engines::connect(DATABASE, &deployment.model, site)?;
    looks.iter().try_for_each(|look| {
        look.raw_rows(&mut *store)?;
        look.scores(&mut *store)
    })
}

/// The number of rows of a table; 0 if the table does not exist.
fn rows_of(session: &mut dyn Session, table: &Table) -> Result<u64> {
    if !exists(session, &table.name)? {
        return Ok(0);
    }
    let query = Query::select().expr(Func::count(Expr::val(1))).from(Alias::new(&table.name)).to_owned();
    Ok(session.select(query)?.first().and_then(|row| whole(&row[0])).unwrap_or_default().unsigned_abs())
}

fn exists(session: &mut dyn Session, table: &str) -> Result<bool> {
    Ok(session.columns(&[table])?.iter().any(|column| !column.is_empty()))
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "part")
}

/// The day in the name of a folder.
fn day_of(path: &Path) -> Option<Date> {
    let name = name_of(path);
    let is_day = name.len() == 8 && name.bytes().all(|it| it.is_ascii_digit());
    if is_day { Date::strptime("%Y%m%d", &name).ok() } else { None }
}

fn blake3_of(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}
