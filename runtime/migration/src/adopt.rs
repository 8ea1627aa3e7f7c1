//! Proposes what a schema must declare so that tables which another program filled can be migrated: which of their
//! columns and tables are those of the schema under other names, and what may be dropped. Nothing here changes a
//! database or a file.
//!
//! # Decisions
//!
//! - **Names are compared, not known**: a proposal follows from how alike the names are, from the types, and from the
//!   position among columns that both have. So it holds for the tables of any program.
//! - **What is ambiguous is asked**: a column with two candidates that are nearly as good is listed with both, and left
//!   to the user.

use std::collections::BTreeSet;

use flow_oa_engine::{FoundColumn, FoundTable, Session};
use flow_oa_schema::Dialect;
use flow_oa_schema::edits::Edit;
use flow_oa_schema::likeness::likeness;
use flow_oa_schema::model::{ColumnId, Schema, Table};
use flow_oa_site::Result;

use crate::compare::Comparison;
use crate::difference::{Difference, Differing, Foreign};

/// A name of the schema, and the one that the database may have for it.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Candidate {
    /// The table of the schema.
    pub table: String,
    /// The column of the schema; `None` if the table itself has another name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// The name in the database.
    pub was: String,
    /// How sure the proposal is, in percent.
    pub confidence: u8,
    /// What speaks for it.
    pub reasons: Vec<String>,
}

/// What a name that has several candidates may be.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Question {
    /// The candidates, the best first.
    pub candidates: Vec<Candidate>,
}

/// A table or a column that only the database has, and that is like nothing in the schema.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unknown {
    /// The table.
    pub table: String,
    /// The column; `None` for the whole table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
}

/// What is proposed.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Proposals {
    /// The names that are proposed.
    pub renamed: Vec<Candidate>,
    /// The names that the user has to choose.
    pub questions: Vec<Question>,
    /// What is like nothing.
    pub unknown: Vec<Unknown>,
}

/// The least confidence of a proposal.
const PROPOSED: f64 = 0.75;

/// The least confidence of what is asked.
const ASKED: f64 = 0.6;

/// By how much a proposal must be better than every other one for the same names: by more than the position counts.
const MARGIN: f64 = 0.11;

/// The least likeness of the names of tables whose columns are compared: each takes a request.
const ALIKE_TABLES: f64 = 0.7;

/// Proposes names of tables that the database lacks.
///
/// # Errors
/// If the database cannot be read.
pub fn tables(session: &mut dyn Session, schema: &Schema, comparison: &Comparison) -> Result<Proposals> {
    let is_missing = |differing: &&Differing| differing.differences.contains(&Difference::Missing);
    let missing: Vec<&Table> = comparison.tables.iter().filter(is_missing).map(|it| &it.table).collect();
    let missing: Vec<&Table> =
        missing.into_iter().filter(|table| schema.tables().any(|own| own.name == table.name)).collect();
    let alike = |name: &&String| missing.iter().any(|table| likeness(&table.name, name).0 >= ALIKE_TABLES);
    let foreign: Vec<&str> = comparison.foreign.iter().filter(alike).map(String::as_str).collect();
    let described = if foreign.is_empty() { Vec::new() } else { session.described(&foreign, &[])? };
    let mut pairs = Vec::new();
    for (name, found) in foreign.iter().zip(&described) {
        let Some(found) = found else { continue };
        pairs.extend(missing.iter().enumerate().map(|(at, table)| as_table(table, at, name, found)));
    }
    let mut proposals = chosen(pairs);
    let is_table_of_pipeline = |name: &&String| {
        schema
            .pipelines
            .iter()
            .any(|it| name.strip_prefix(&it.name).is_some_and(|rest| rest.starts_with('_')))
    };
    for name in comparison.foreign.iter().filter(is_table_of_pipeline) {
        if !proposals.mentions(None, name) {
            proposals.unknown.push(Unknown { table: name.clone(), column: None });
        }
    }
    Ok(proposals)
}

/// Proposes names of columns that tables of the database lack.
pub fn columns(dialect: Dialect, comparison: &Comparison) -> Proposals {
    let mut all = Proposals::default();
    for differing in &comparison.tables {
        let Some(found) = &differing.found else { continue };
        let is_foreign = |column: &&FoundColumn| {
            let is_it = |it: &Foreign| matches!(it, Foreign::Column { name, .. } if *name == column.name);
            differing.foreign().any(is_it)
        };
        let foreign: Vec<&FoundColumn> = found.columns.iter().filter(is_foreign).collect();
        let mut pairs = Vec::new();
        for id in differing.added() {
            let each = foreign.iter().map(|column| as_column(dialect, differing, found, id, column));
            pairs.extend(each);
        }
        let mut proposals = chosen(pairs);
        for column in foreign {
            if !proposals.mentions(Some(&differing.table.name), &column.name) {
                let (table, column) = (differing.table.name.clone(), Some(column.name.clone()));
                proposals.unknown.push(Unknown { table, column });
            }
        }
        all.add(proposals);
    }
    all
}

/// A name of the schema and one of the database, with their positions in the lists of both.
struct Pair {
    own: usize,
    score: f64,
    candidate: Candidate,
}

fn as_table(table: &Table, own: usize, name: &str, found: &FoundTable) -> Pair {
    let (alike, why) = likeness(&table.name, name);
    let has = |column: &str| found.columns.iter().any(|other| likeness(column, &other.name).0 >= 1.0);
    let shared = table.columns.iter().filter(|column| has(&column.name)).count();
    #[expect(clippy::cast_precision_loss, reason = "a table has few columns")]
    let share = shared as f64 / table.columns.len().max(1) as f64;
    let reasons =
        vec![why.in_words().to_owned(), format!("it has {shared} of {} columns", table.columns.len())];
    pair(
        own,
        0.4 * alike + 0.6 * share,
        Candidate { table: table.name.clone(), column: None, was: name.to_owned(), confidence: 0, reasons },
    )
}

fn as_column(
    dialect: Dialect,
    differing: &Differing,
    found: &FoundTable,
    id: ColumnId,
    column: &FoundColumn,
) -> Pair {
    let own = &differing.table[id];
    let (alike, why) = likeness(&own.name, &column.name);
    let mut reasons = vec![why.in_words().to_owned()];
    let is_of_kind = dialect.is_of_kind(&column.kind, own);
    if is_of_kind {
        reasons.push(format!("{} holds the same kind of values", column.kind));
    }
    let (place, beside) = place(differing, found, id, column);
    reasons.extend(beside);
    let score = 0.75 * alike + if is_of_kind { 0.15 } else { 0.0 } + 0.1 * place;
    pair(
        id.at(),
        score,
        Candidate {
            table: differing.table.name.clone(),
            column: Some(own.name.clone()),
            was: column.name.clone(),
            confidence: 0,
            reasons,
        },
    )
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of 100")]
fn pair(own: usize, score: f64, candidate: Candidate) -> Pair {
    let confidence = (score.clamp(0.0, 1.0) * 100.0).round() as u8;
    Pair { own, score, candidate: Candidate { confidence, ..candidate } }
}

/// How near a column of the database is to the position that a column has in the schema, from 0 to 1, and the neighbour
/// that both have.
fn place(
    differing: &Differing,
    found: &FoundTable,
    id: ColumnId,
    column: &FoundColumn,
) -> (f64, Option<String>) {
    let at = found.columns.iter().position(|other| other.name == column.name).unwrap_or_default();
    let neighbour = |own: Option<usize>, at: Option<usize>| {
        let (own, found) = (differing.table.ids().nth(own?)?, found.columns.get(at?)?);
        differing.name_of(own).filter(|name| name.eq_ignore_ascii_case(&found.name)).map(str::to_owned)
    };
    if let Some(before) = neighbour(id.at().checked_sub(1), at.checked_sub(1)) {
        return (1.0, Some(format!("both follow {before}")));
    }
    if let Some(after) = neighbour(Some(id.at() + 1), Some(at + 1)) {
        return (1.0, Some(format!("both precede {after}")));
    }
    #[expect(clippy::cast_precision_loss, reason = "a table has few columns")]
    let share = id.at().abs_diff(at) as f64 / found.columns.len().max(1) as f64;
    (0.5 * (1.0 - share.min(1.0)), None)
}

/// Chooses among pairs, the best first. Each name is used once. A pair that is not clearly better than another one with
/// one of its names is asked, with the others.
fn chosen(mut pairs: Vec<Pair>) -> Proposals {
    pairs.retain(|pair| pair.score >= ASKED);
    pairs.sort_by(|one, other| other.score.total_cmp(&one.score));
    let mut proposals = Proposals::default();
    let (mut own, mut found) = (BTreeSet::new(), BTreeSet::new());
    for (at, pair) in pairs.iter().enumerate() {
        if own.contains(&pair.own) || found.contains(&pair.candidate.was) {
            continue;
        }
        let is_rival = |other: &&Pair| {
            let is_free = !own.contains(&other.own) && !found.contains(&other.candidate.was);
            let shares = other.own == pair.own || other.candidate.was == pair.candidate.was;
            is_free && shares && other.score > pair.score - MARGIN
        };
        let rivals: Vec<&Pair> = pairs[at + 1..].iter().filter(is_rival).collect();
        if rivals.is_empty() && pair.score >= PROPOSED {
            proposals.renamed.push(pair.candidate.clone());
        } else {
            let all = std::iter::once(pair).chain(rivals.iter().copied());
            proposals.questions.push(Question { candidates: all.map(|it| it.candidate.clone()).collect() });
            own.extend(rivals.iter().map(|rival| rival.own).collect::<Vec<_>>());
            found.extend(rivals.iter().map(|rival| rival.candidate.was.clone()).collect::<Vec<_>>());
        }
        own.insert(pair.own);
        found.insert(pair.candidate.was.clone());
    }
    proposals
}

impl Proposals {
    /// Adds others.
    pub fn add(&mut self, others: Self) {
        self.renamed.extend(others.renamed);
        self.questions.extend(others.questions);
        self.unknown.extend(others.unknown);
    }

    /// The declarations of the names that are proposed.
    pub fn edits(&self) -> Vec<Edit> {
        let edit = |candidate: &Candidate| {
            let (table, was) = (candidate.table.clone(), candidate.was.clone());
            match candidate.column.clone() {
                Some(column) => Edit::ColumnWas { table, column, was },
                None => Edit::TableWas { table, was },
            }
        };
        self.renamed.iter().map(edit).collect()
    }

    /// The declarations that let a migration drop what is like nothing.
    pub fn drops(&self, schema: &Schema) -> Vec<Edit> {
        let edit = |unknown: &Unknown| {
            let table = unknown.table.clone();
            if let Some(column) = unknown.column.clone() {
                return Some(Edit::DropColumn { table, column });
            }
            let is_of = |name: &str| table.strip_prefix(name).is_some_and(|rest| rest.starts_with('_'));
            let pipeline = schema.pipelines.iter().find(|it| is_of(&it.name))?.name.clone();
            Some(Edit::DropTable { pipeline, table })
        };
        self.unknown.iter().filter_map(edit).collect()
    }

    /// Whether a name of the database is proposed or asked for, in a table if it is that of a column.
    fn mentions(&self, table: Option<&str>, was: &str) -> bool {
        let asked = self.questions.iter().flat_map(|question| &question.candidates);
        self.renamed.iter().chain(asked).any(|candidate| {
            candidate.was == was
                && candidate.column.is_some() == table.is_some()
                && table.is_none_or(|table| candidate.table == table)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(scores: &[(usize, &str, f64)]) -> Vec<Pair> {
        let candidate = |own: usize, was: &str| Candidate {
            table: "t".to_owned(),
            column: Some(format!("own{own}")),
            was: was.to_owned(),
            confidence: 0,
            reasons: Vec::new(),
        };
        scores.iter().map(|(own, was, score)| pair(*own, *score, candidate(*own, was))).collect()
    }

    fn names(candidates: &[Candidate]) -> Vec<String> {
        let name = |it: &Candidate| format!("{} {}", it.column.as_deref().unwrap_or_default(), it.was);
        candidates.iter().map(name).collect()
    }

    #[test]
    fn each_name_is_used_once_and_the_best_pair_first() {
        let found =
            chosen(pairs(&[(0, "a", 0.8), (0, "b", 0.95), (1, "b", 0.8), (1, "a", 0.77), (2, "c", 0.3)]));
        assert_eq!(names(&found.renamed), ["own0 b", "own1 a"]);
        assert_eq!(found.questions, []);
        assert_eq!(found.renamed[0].confidence, 95);
    }

    #[test]
    fn what_is_not_clearly_better_or_not_sure_is_asked() {
        let found = chosen(pairs(&[(0, "a", 0.9), (0, "b", 0.85), (1, "c", 0.65), (2, "b", 0.7)]));
        assert_eq!(names(&found.renamed), Vec::<String>::new());
        let asked: Vec<Vec<String>> = found.questions.iter().map(|it| names(&it.candidates)).collect();
        assert_eq!(asked, [vec!["own0 a", "own0 b"], vec!["own1 c"]]);
        assert!(
            found.mentions(Some("t"), "b") && !found.mentions(Some("s"), "b") && !found.mentions(None, "b")
        );
        assert_eq!(found.edits(), []);
    }
}
