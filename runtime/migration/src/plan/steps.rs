//! The parts of a plan: its steps, how each is done, what it locks, and what it rewrites or loses.

use flow_oa_ledger::schemas;
use flow_oa_schema::dialect::changes::Fit;
use flow_oa_schema::dialect::{Dialect, Place, checks};
use flow_oa_schema::model::{ColumnId, Schema};

use crate::difference::{Difference, Differing, OfCheck, OfColumn};
use crate::unseen;

/// The changes of existing tables that a plan may contain. It always contains new tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// All changes.
    All {
        /// Whether tables that earlier migrations replaced are dropped, too.
        drops_old: bool,
    },
    /// Missing columns, and columns whose type is narrower than in the schema, if wanted.
    #[expect(missing_docs, reason = "the fields are what their names say")]
    Only { columns: bool, widening: bool },
}

/// The steps that make a database fit a schema.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The steps, in order.
    pub steps: Vec<Step>,
    /// Whether the steps of the first phase are one transaction.
    pub has_transaction: bool,
    /// Why the plan cannot be carried out; empty if it can.
    pub obstacles: Vec<String>,
    /// The tables that are created.
    pub created: Vec<String>,
    /// The columns that are added, as `table.column`.
    pub columns: Vec<String>,
    /// The columns whose type becomes wider, as `table.column`.
    pub widened: Vec<String>,
    /// The columns that stay empty in stored rows, as `table.column`.
    pub stay_empty: Vec<String>,
}

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What the step does.
    pub what: String,
    /// How it is done.
    pub work: Work,
    /// What other sessions have to wait for meanwhile.
    pub lock: Lock,
    /// The number of rows that are written again, if any are: `Some(None)` if their number is not known.
    pub rewrites: Option<Option<u64>>,
    /// What cannot be undone.
    pub loses: Option<String>,
    /// The differences that a copy of the table removes, or a setting that the step relies on.
    pub changes: Vec<String>,
    /// Whether it is done together with other steps or by itself.
    pub phase: Phase,
}

/// How a step is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Work {
    /// By statements, each terminated by a semicolon.
    Sql(Vec<String>),
    /// By computing columns of stored rows from what is stored, and from the context of the site.
    #[expect(missing_docs, reason = "the fields are what their names say")]
    Fill { table: String, columns: Vec<ColumnId> },
    /// By selecting the rows of a derived table again, for each day whose raw rows are stored.
    #[expect(missing_docs, reason = "the field is what its name says")]
    Derive { tables: Vec<String> },
    /// By summing up the raw rows of all days again.
    SumUp,
    /// By comparing the numbers of rows of two tables, by partition.
    Compare {
        /// The tables.
        tables: [String; 2],
        /// The SQL of the columns of the partition in each.
        partition: [Vec<String>; 2],
    },
}

impl Work {
    /// Whether it computes values, which no statement of a script does.
    pub fn is_computed(&self) -> bool {
        match self {
            Self::Sql(_) | Self::Compare { .. } => false,
            Self::Fill { .. } | Self::Derive { .. } | Self::SumUp => true,
        }
    }
}

impl Plan {
    /// The statements that record the steps which compute values, so that a migration after a script does them.
    pub fn record_computed(&self, schema: &Schema, dialect: Dialect, place: &Place) -> Vec<String> {
        let computed = self.steps.iter().enumerate().filter(|(_, step)| step.work.is_computed());
        computed
            .map(|(at, step)| {
                let recorded = unseen::recorded(&step.work, schema);
                schemas::planned(dialect, place, &schema.fingerprint, (at, &step.what, &recorded))
            })
            .collect()
    }
}

/// What other sessions have to wait for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lock {
    /// Nothing.
    None,
    /// They can read, but not write.
    Writers,
    /// They can neither read nor write.
    All,
}

/// Which steps are done together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// All of these first: in one transaction, where the engine has them.
    Together,
    /// Each by itself.
    Alone,
}

impl Lock {
    /// What it means for other sessions.
    pub fn in_words(self) -> &'static str {
        match self {
            Self::None => "other sessions can read and write",
            Self::Writers => "other sessions can read, but not write",
            Self::All => "other sessions can neither read nor write the table",
        }
    }
}

impl Scope {
    /// The table with the differences that the scope contains, and what only the database has.
    pub(super) fn of(self, differing: &Differing) -> Differing {
        let is_wanted = |difference: &&Difference| match self {
            Self::All { .. } => true,
            Self::Only { columns, widening } => differing.is_limited_to(difference, columns, widening),
        };
        let differences = differing.differences.iter().filter(is_wanted).cloned().collect();
        Differing { differences, ..differing.clone() }
    }
}

impl Differing {
    /// Whether a difference is one of missing columns or wider types, as far as each is wanted, or is not changed at all.
    fn is_limited_to(&self, difference: &Difference, columns: bool, widening: bool) -> bool {
        let has_own_name = |id: ColumnId| self.name_of(id) == Some(self.table[id].name.as_str());
        match difference {
            Difference::Missing | Difference::Foreign(_) => true,
            Difference::Column(id, change) => match change {
                OfColumn::Missing => columns,
                OfColumn::Type { fit: Fit::Wider, .. } => widening && has_own_name(*id),
                OfColumn::Type { fit: Fit::Narrower, .. }
                | OfColumn::Renamed { .. }
                | OfColumn::Required(_)
                | OfColumn::Position
                | OfColumn::Description { .. } => false,
            },
            Difference::View { .. } => columns,
            // A wider type has other bounds.
            Difference::Check(OfCheck::Missing { column }) => widening && self.becomes(Fit::Wider, *column),
            Difference::Check(OfCheck::Outdated { condition, .. }) => {
                let bounded = checks::canonical(condition);
                let name = bounded.split(' ').next().unwrap_or_default();
                let column = self.table.ids().find(|id| self.name_of(*id) == Some(name));
                widening && column.is_some_and(|column| self.becomes(Fit::Wider, column))
            }
            Difference::Check(OfCheck::Unvalidated { .. })
            | Difference::Renamed { .. }
            | Difference::DroppedColumn { .. }
            | Difference::Key { .. }
            | Difference::Index(_)
            | Difference::Description { .. }
            | Difference::Storage(_) => false,
        }
    }
}
