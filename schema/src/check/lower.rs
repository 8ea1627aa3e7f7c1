//! Builds the model from documents that passed every rule. `None` means that a rule is missing.

use std::collections::BTreeMap;

use super::PipelineDocs;
use super::database::default_location;
use super::resolve::{Draft, column_of, field_of};
use crate::document::{
    ConfigDoc, ExprDoc, FormatDoc, PartitionDateDoc, RankDoc, ReadDoc, ReadingDoc, SourceDoc, TableDoc,
};
use crate::model::{
    Binary, Column, Expr, FieldId, Hive, Partition, Pipeline, RankColumns, Read, Results, Rows, Source,
    Table, TableId, Taken,
};
use crate::types::{ColumnType, TimePart};

const RESULTS: &str = "{pipeline}/scored_results/{date}/scores/{pipeline}_results.csv";

pub(super) fn pipeline(docs: &PipelineDocs, drafts: &[Draft]) -> Option<Pipeline> {
    let config = &docs.config.as_ref()?.doc;
    let tables = docs.tables.iter().zip(drafts).map(|(doc, draft)| table(&doc.doc, draft, docs));
    let tables: Vec<Table> = tables.collect::<Option<_>>()?;
    let scores = tables.iter().position(|table| table.rows == Rows::Results)?;
    let raw = docs.raw().and_then(|raw| tables.iter().position(|table| table.name == raw.doc.table));
    let rank = match (&config.rank, raw) {
        (Some(rank), Some(raw)) => Some(rank_columns(rank, &docs.tables[raw].doc, config)?),
        (Some(_) | None, _) => None,
    };
    Some(Pipeline {
        name: docs.name.clone(),
        results: results(config, &tables[scores]),
        scores: TableId(scores),
        raw: raw.map(TableId),
        sources: docs.sources.iter().map(|it| source(&it.doc)).collect::<Option<_>>()?,
        rank,
        feedback: in_order(config.feedback_fields.as_ref().unwrap_or(&BTreeMap::new())),
        tables,
    })
}

fn rank_columns(rank: &RankDoc, raw: &TableDoc, config: &ConfigDoc) -> Option<RankColumns> {
    let column = |name: &str| column_of(raw, name);
    Some(RankColumns {
        source: column(&rank.source)?,
        destination: column(&rank.destination)?,
        source_port: column(&rank.source_port)?,
        destination_port: column(&rank.destination_port)?,
        protocol: column(&rank.protocol)?,
        time: column(&rank.time)?,
        bytes: column(&rank.bytes)?,
        packets: column(&rank.packets)?,
        score: field_of(config, &rank.score)?,
    })
}

fn in_order(fields: &BTreeMap<String, u32>) -> Vec<String> {
    let mut pairs: Vec<(u32, &String)> = fields.iter().map(|(name, index)| (*index, name)).collect();
    pairs.sort();
    pairs.into_iter().map(|(_, name)| name.clone()).collect()
}

fn results(config: &ConfigDoc, scores: &Table) -> Results {
    let fields = in_order(&config.results_fields);
    let taken = fields.iter().enumerate().filter_map(|(index, name)| {
        let Column { kind, range, .. } = *scores.column_from(&Expr::Field(FieldId(index)))?;
        Some(Taken { field: FieldId(index), name: name.clone(), kind, range })
    });
    let taken = taken.collect();
    Results { path: config.results.clone().unwrap_or_else(|| RESULTS.to_owned()), fields, taken }
}

fn table(doc: &TableDoc, draft: &Draft, docs: &PipelineDocs) -> Option<Table> {
    let rows = draft.rows.clone()?;
    let own = doc.columns.iter().zip(&draft.from).zip(&draft.typed);
    let own = own.map(|((column, from), typed)| {
        Some(Column {
            name: column.name.clone(),
            kind: column.kind,
            range: typed.range,
            is_optional: typed.is_optional,
            from: from.clone()?,
            description: column.description.clone(),
        })
    });
    let mut columns: Vec<Column> = own.collect::<Option<_>>()?;
    let of = match &doc.partition.date {
        PartitionDateDoc::Run {} => "the run".to_owned(),
        PartitionDateDoc::Of(ExprDoc::Name(time)) => format!("`{time}`"),
        PartitionDateDoc::Of(ExprDoc::Form(_)) => "the time of the row".to_owned(),
    };
    let parts = [TimePart::Year, TimePart::Month, TimePart::Day, TimePart::Hour];
    for (name, part) in doc.partition.columns.iter().zip(parts) {
        columns.push(Column {
            name: name.clone(),
            kind: ColumnType::Smallint,
            range: part.range(),
            is_optional: false,
            from: Expr::Partition(part),
            description: format!("Partition: {} of {of}.", part.name()),
        });
    }
    let hive = doc.hive.as_ref();
    Some(Table {
        name: doc.table.clone(),
        description: doc.description.clone(),
        rows,
        columns,
        partition: Partition { time: draft.time.clone(), columns: doc.partition.columns.clone() },
        key: doc.key.clone(),
        indexes: doc.indexes.clone(),
        hive: Hive {
            format: hive.map_or(FormatDoc::Parquet, |it| it.format),
            location: hive.map_or_else(|| default_location(&docs.name, &doc.table), |it| it.location.clone()),
        },
    })
}

fn source(doc: &SourceDoc) -> Option<Source> {
    let header: Vec<String> = doc.header.iter().chain(&doc.optional).cloned().collect();
    let reads = doc.columns.iter().map(|(name, it)| Some((name.clone(), read(it, &header)?)));
    let binary = match &doc.binary {
        Some(it) => {
            Some(Binary { magic: bytes_of(&it.magic)?, run: it.run.clone(), install: it.install.clone() })
        }
        None => None,
    };
    Some(Source {
        name: doc.source.clone(),
        description: doc.description.clone(),
        optional: doc.optional.len(),
        reads: reads.collect::<Option<_>>()?,
        trailer: doc.trailer.as_ref().map(|trailer| (trailer.starts.clone(), usize::from(trailer.lines))),
        header,
        binary,
    })
}

fn read(doc: &ReadDoc, header: &[String]) -> Option<Read> {
    let at = |name: &String| header.iter().position(|it| it == name);
    Some(match doc {
        ReadDoc::Column(name) => Read::Column(at(name)?),
        ReadDoc::Reading(ReadingDoc::Arrival { received, first, last }) => {
            Read::Arrival { received: at(received)?, first: at(first)?, last: at(last)? }
        }
        ReadDoc::Reading(ReadingDoc::End { start, duration }) => {
            Read::End { start: at(start)?, duration: at(duration)? }
        }
        ReadDoc::Reading(ReadingDoc::Last { of, characters }) => {
            Read::Last { of: at(of)?, characters: usize::from(*characters) }
        }
        ReadDoc::Reading(ReadingDoc::Protocol { of }) => Read::Protocol(at(of)?),
        ReadDoc::Reading(ReadingDoc::Port { of }) => Read::Port(at(of)?),
        ReadDoc::Reading(ReadingDoc::Map { of, values }) => Read::Map { of: at(of)?, values: values.clone() },
        ReadDoc::Reading(ReadingDoc::Value(value)) => Read::Value(value.clone()),
    })
}

/// The bytes that hexadecimal digits represent; `None` if they are not valid.
pub(super) fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|it| u8::from_str_radix(std::str::from_utf8(it).ok().filter(|it| it.len() == 2)?, 16).ok())
        .collect()
}
