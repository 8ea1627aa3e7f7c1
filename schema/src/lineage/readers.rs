//! The reverse of lineage: what reads a value.

use std::collections::BTreeMap;

use super::{Lineage, Origin, Place, Use};
use crate::expression::{Condition, Expr};
use crate::model::{ColumnId, FieldId, Ranking, Rows, Said, TableId};

/// Something that reads a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reader {
    /// A column.
    Column(Place, Use),
    /// The rows of a table: which there are, or in which order.
    Rows(TableId, Use),
    /// A field of the results file, as `flow-oa rank` writes it.
    Field(FieldId, Use),
    /// The list that `flow-oa rank` writes: its rows, or their order.
    List(Use),
    /// A part of the ranking.
    Ranking(RankingPart),
    /// A role, by which commands find the column or the field.
    Role(&'static str),
    /// A field of the feedback file.
    Feedback(String),
    /// A file about the subject of a comment.
    StoryFile(String),
}

/// A part of the ranking that reads columns of the raw table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RankingPart {
    /// A key of a group.
    Key(String),
    /// How a reply is recognized.
    Reply,
    /// A value that counts.
    Value(String),
    /// What is shown as the reason of a value.
    Reason(String),
    /// How a failure is recognized.
    Failed,
}

type Readers = BTreeMap<Origin, Vec<Reader>>;

/// What reads each value.
pub(super) fn of(lineage: &Lineage<'_>) -> Readers {
    let mut readers = Readers::new();
    let pipeline = lineage.pipeline;
    for table in pipeline.ids() {
        for column in pipeline[table].ids() {
            let place = Place { table, column };
            for input in lineage.column(place) {
                add(&mut readers, input.origin.clone(), Reader::Column(place, input.how));
            }
        }
        for input in &lineage.table(table).rows {
            add(&mut readers, input.origin.clone(), Reader::Rows(table, input.how));
        }
    }
    for (at, inputs) in lineage.fields.iter().enumerate() {
        for input in inputs {
            add(&mut readers, input.origin.clone(), Reader::Field(FieldId(at), input.how));
        }
    }
    for input in &lineage.list {
        add(&mut readers, input.origin.clone(), Reader::List(input.how));
    }
    of_configuration(lineage, &mut readers);
    readers
}

fn add(readers: &mut Readers, of: Origin, reader: Reader) {
    let known = readers.entry(of).or_default();
    if !known.contains(&reader) {
        known.push(reader);
    }
}

/// What the configuration of the pipeline reads: the ranking, roles, the feedback file and files of stories.
fn of_configuration(lineage: &Lineage<'_>, readers: &mut Readers) {
    let pipeline = lineage.pipeline;
    for field in &pipeline.feedback {
        let name = || Reader::Feedback(field.name.clone());
        for column in field.scored.iter().flat_map(Expr::columns) {
            add(readers, Origin::Column(Place { table: pipeline.scores, column }), name());
        }
        let judged = pipeline.ids().find(|id| matches!(pipeline[*id].rows, Rows::Judged(_)));
        if let Some((table, column)) = judged.zip(field.judged) {
            add(readers, Origin::Column(Place { table, column }), name());
        }
    }
    for (role, field) in [("score", pipeline.roles.score), ("why", pipeline.roles.why)] {
        if let Some(field) = field {
            add(readers, Origin::Field(field), Reader::Role(role));
        }
    }
    let Some(table) = pipeline.raw else { return };
    let mut of_raw = |column: ColumnId, reader| add(readers, Origin::Column(Place { table, column }), reader);
    for (role, column) in pipeline.roles.named() {
        of_raw(column, Reader::Role(role));
    }
    for file in &pipeline.story_files {
        let listed = file.lists.iter().flat_map(|list| list.columns.iter().chain([&list.equal]));
        for column in listed.chain([&file.subject]) {
            of_raw(*column, Reader::StoryFile(file.file.clone()));
        }
    }
    for (part, from) in pipeline.ranking.iter().flat_map(parts) {
        for column in from.columns() {
            of_raw(column, Reader::Ranking(part.clone()));
        }
    }
}

/// The parts of the ranking, each with an expression that it reads.
fn parts(ranking: &Ranking) -> Vec<(RankingPart, &Expr)> {
    let mut found = Vec::new();
    for key in &ranking.keys {
        found.extend([&key.from, &key.reply].map(|from| (RankingPart::Key(key.name.clone()), from)));
    }
    for value in &ranking.values {
        let own = match &value.of {
            Said::Key(_) => None,
            Said::Row(from) => Some(from),
        };
        let read = own.into_iter().chain(&value.within);
        found.extend(read.map(|from| (RankingPart::Value(value.name.clone()), from)));
        found.extend(value.why.of.iter().map(|of| (RankingPart::Reason(value.name.clone()), of)));
    }
    let popular = ranking.popular.iter().flat_map(|popular| &popular.conditions);
    let reply = ranking.reply.iter().chain(popular).flat_map(Condition::values);
    found.extend(reply.map(|from| (RankingPart::Reply, from)));
    found.extend(ranking.failed.iter().flat_map(Condition::values).map(|from| (RankingPart::Failed, from)));
    found
}
