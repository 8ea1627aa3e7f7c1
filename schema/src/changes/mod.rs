//! What differs between two versions of a schema, and for whom: a change of the JSON is an edit of one line, but queries,
//! results files and stored rows depend on it.
//!
//! The comparison reads two checked models and nothing else: it knows no database, and not where the two came from.
//!
//! # Decisions
//!
//! - **Models are compared, not texts.** An expression is mapped to the positions of the new model before it is compared,
//!   so that a renamed column changes only what it is called, and a reformatted file changes nothing.
//! - **A change that is declared is still listed.** `was`, `dropped` and `breaks` state that it is intended, not that no
//!   user is affected.
//! - **`breaks` allows one change.** It counts only if the earlier version does not give the same reason at the same
//!   place, so that a declaration that stays in the JSON does not allow the next change of its kind.
//! - **What has no earlier rows needs no backfill.** A new column needs one only if a command can compute its value for
//!   rows that are stored: analysts' rows never change, and an optional field of the results file is absent in old files.

mod advice;
mod config;
mod declared;
mod matched;
mod place;
mod report;
mod sources;
mod tables;
mod what;

pub use place::{Place, Side};
pub use report::Compared;
pub use what::{FieldChange, Fill, RankingChange, Valid, What};

use crate::code::Code;
use crate::model::{Pipeline, Schema};
use crate::path;
use matched::Tables;

/// How much a change matters, the most severe first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Something that worked does not work any more.
    Breaking,
    /// Stored rows are not what the schema says until a command computes them again.
    NeedsBackfill,
    /// Nothing that worked is affected.
    Additive,
    /// Only words.
    Cosmetic,
}

impl Severity {
    /// All severities, the most severe first.
    pub const ALL: [Self; 4] = [Self::Breaking, Self::NeedsBackfill, Self::Additive, Self::Cosmetic];

    /// The severity in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Breaking => "breaking",
            Self::NeedsBackfill => "needs a backfill",
            Self::Additive => "additive",
            Self::Cosmetic => "cosmetic",
        }
    }
}

/// Whether the new JSON says that a change is intended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// It does not.
    No,
    /// By `was` or `dropped`.
    Named,
    /// By `breaks`, with this reason.
    Reason(String),
}

/// A change.
#[derive(Debug, Clone, PartialEq)]
pub struct Change {
    /// The name of the pipeline.
    pub pipeline: String,
    /// The name of the table, if the change is about one: the new name, or the old one of a table that is gone.
    pub table: Option<String>,
    /// The column, field, role or raw format.
    pub item: Option<String>,
    /// Where it is declared.
    pub place: Place,
    /// What has changed.
    pub what: What,
    /// Whether the new JSON declares it.
    pub declared: Declared,
}

impl Change {
    /// The code of the rule.
    pub fn code(&self) -> Code {
        self.what.code()
    }

    /// How much it matters.
    pub fn severity(&self) -> Severity {
        self.what.severity()
    }

    /// Whether the check refuses it.
    pub fn is_refused(&self) -> bool {
        self.severity() == Severity::Breaking && !self.is_declared()
    }

    /// Whether the new JSON declares it.
    pub fn is_declared(&self) -> bool {
        match self.declared {
            Declared::No => false,
            Declared::Named | Declared::Reason(_) => true,
        }
    }

    fn of_pipeline(pipeline: &Pipeline, side: Side, what: What) -> Self {
        Self {
            pipeline: pipeline.name.clone(),
            table: None,
            item: None,
            place: Place::in_config(side, &pipeline.name, Vec::new()),
            what,
            declared: Declared::No,
        }
    }

    fn declared_if(self, is_declared: bool) -> Self {
        Self { declared: if is_declared { Declared::Named } else { Declared::No }, ..self }
    }
}

/// What differs between two versions of a schema, the most severe first, and undeclared before declared.
pub fn changes(old: &Schema, new: &Schema) -> Vec<Change> {
    let tables = Tables::of(old, new);
    let mut found = pipelines(old, new, &tables);
    found.extend(default(old, new));
    for pipeline in &new.pipelines {
        let Some(before) = old.pipeline(&pipeline.name) else { continue };
        found.extend(config::changes(before, pipeline, &tables));
        found.extend(sources::changes(before, pipeline, &tables));
    }
    found.extend(tables::changes(old, new, &tables));
    for change in found.iter_mut().filter(|change| change.is_refused()) {
        if let Some(reason) = declared::reason(change, old, new, &tables) {
            change.declared = Declared::Reason(reason);
        }
    }
    found.sort_by(|one, other| {
        fn key(change: &Change) -> (Severity, bool, &str, Option<&str>) {
            (change.severity(), change.is_declared(), &change.pipeline, change.table.as_deref())
        }
        key(one).cmp(&key(other))
    });
    found
}

fn pipelines(old: &Schema, new: &Schema, tables: &Tables<'_>) -> Vec<Change> {
    let gone = old.pipelines.iter().filter(|pipeline| new.pipeline(&pipeline.name).is_none());
    let gone = gone.map(|pipeline| {
        let is_meant = pipeline
            .tables
            .iter()
            .all(|table| tables.of_old(&table.name).is_some() || is_dropped(new, &table.name));
        Change::of_pipeline(pipeline, Side::Old, What::PipelineGone).declared_if(is_meant)
    });
    let added = new.pipelines.iter().filter(|pipeline| old.pipeline(&pipeline.name).is_none());
    let added = added.map(|pipeline| Change::of_pipeline(pipeline, Side::New, What::PipelineAdded));
    gone.chain(added).collect()
}

/// The pipeline that commands use if nothing names one: the only one is the default without saying so.
fn default(old: &Schema, new: &Schema) -> Option<Change> {
    let default = |schema: &Schema| {
        let mut all = schema.pipelines.iter();
        let only = all.next().filter(|_| all.next().is_none());
        schema.pipelines.iter().find(|it| it.is_default).or(only).map(|it| it.name.clone())
    };
    let (was, now) = (default(old), default(new));
    if was == now {
        return None;
    }
    let (name, side) = match (&now, &was) {
        (Some(name), _) => (name, Side::New),
        (None, Some(name)) if new.pipeline(name).is_some() => (name, Side::New),
        (None, Some(name)) => (name, Side::Old),
        (None, None) => return None,
    };
    let place = Place::in_config(side, name, path!["default"]);
    let (pipeline, table, item) = (name.clone(), None, None);
    Some(Change {
        pipeline,
        table,
        item,
        place,
        what: What::DefaultPipeline { was, now },
        declared: Declared::No,
    })
}

/// Whether any pipeline says that a table may go.
fn is_dropped(new: &Schema, table: &str) -> bool {
    new.pipelines.iter().flat_map(|pipeline| &pipeline.dropped).any(|name| name.eq_ignore_ascii_case(table))
}
