//! Which value does each field of the feedback file have?

use super::PipelineDocs;
use super::resolve::Draft;
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{RowsDoc, TableDoc};
use crate::expression::Expr;
use crate::id::ColumnId;
use crate::model::FeedbackField;
use crate::path;

/// Spot's name for the field of the severity.
const SEVERITY: &str = "sev";

/// The tables that feedback comes from.
struct Tables<'a> {
    scores: &'a TableDoc,
    judged: &'a TableDoc,
    /// What could be resolved of the columns of the table of judgements.
    from: &'a [Option<Expr>],
}

impl<'a> Tables<'a> {
    /// `None` if the pipeline lacks one of them. Then it has no feedback.
    fn of(pipeline: &'a PipelineDocs, drafts: &'a [Draft]) -> Option<Self> {
        let scores = &pipeline.scores()?.doc;
        let mut tables = pipeline.tables.iter().zip(drafts);
        let (judged, draft) = tables.find(|(table, _)| matches!(table.doc.rows, RowsDoc::Judged(_)))?;
        Some(Self { scores, judged: &judged.doc, from: &draft.from })
    }

    /// The value of a field. `None` if no column has it, or its column could not be resolved.
    fn field(&self, name: &str) -> Option<FeedbackField> {
        let field = |scored, judged: Option<usize>| FeedbackField {
            name: name.to_owned(),
            scored,
            judged: judged.map(ColumnId),
        };
        let from = |wanted: &dyn Fn(&Expr) -> bool| {
            self.from.iter().position(|from| from.as_ref().is_some_and(wanted))
        };
        if name.eq_ignore_ascii_case(SEVERITY) {
            let severity = from(&|from| matches!(from, Expr::Severity(_)))?;
            return Some(field(None, Some(severity)));
        }
        if let Some(at) = position(self.scores, name) {
            let scored = Expr::Column(ColumnId(at));
            let judged = from(&|from| *from == scored);
            return Some(field(Some(scored), judged));
        }
        let at = position(self.judged, name)?;
        let kept = match self.from.get(at) {
            Some(from) => Some(from.as_ref()?).filter(|from| from.given().is_none()).cloned(),
            None => None,
        };
        Some(field(kept, Some(at)))
    }
}

/// The position of a column, those of the partition included.
fn position(table: &TableDoc, name: &str) -> Option<usize> {
    names(table).position(|column| column.eq_ignore_ascii_case(name))
}

fn names(table: &TableDoc) -> impl Iterator<Item = &str> {
    let own = table.columns.iter().map(|column| column.name.as_str());
    own.chain(table.partition.columns.iter().map(String::as_str))
}

pub(super) fn fields_have_values(pipeline: &PipelineDocs, drafts: &[Draft], faults: &mut Faults) {
    let Some(config) = &pipeline.config else { return };
    let Some(tables) = Tables::of(pipeline, drafts) else { return };
    let key = format!("{}_feedback_fields", pipeline.name);
    for name in config.doc.feedback_fields.iter().flatten().map(|(name, _)| name) {
        let is_unresolved =
            position(tables.judged, name).is_some_and(|at| matches!(tables.from.get(at), Some(None)));
        if is_unresolved || tables.field(name).is_some() {
            continue;
        }
        let (scores, judged) = (&tables.scores.table, &tables.judged.table);
        let message = match name.eq_ignore_ascii_case(SEVERITY) {
            true => format!("`{judged}` has no column of `severity`"),
            false => format!("neither `{scores}` nor `{judged}` has a column `{name}`"),
        };
        let columns = names(tables.scores).chain(names(tables.judged));
        faults.add(Code::Feedback, &config.file, path![&key, name], message).meant(name, columns);
    }
}

/// The fields of the feedback file, in order. `None` if one of them has no value.
pub(super) fn fields(
    pipeline: &PipelineDocs,
    drafts: &[Draft],
    names: &[String],
) -> Option<Vec<FeedbackField>> {
    match Tables::of(pipeline, drafts) {
        Some(tables) => names.iter().map(|name| tables.field(name)).collect(),
        None => Some(Vec::new()),
    }
}
