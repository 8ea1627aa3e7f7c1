//! Builds the model from documents that passed every rule. `None` means that a rule is missing.

use std::collections::BTreeMap;

use super::database::default_location;
use super::{PipelineDocs, ranges};
use crate::context::Fact;
use crate::document::{
    ColumnDoc, ConfigDoc, FormatDoc, FromDoc, OriginDoc, PartitionDateDoc, ReadDoc, ReadingDoc, RowsDoc,
    SourceDoc, TableDoc,
};
use crate::model::{
    Binary, Chords, Column, Counts, Details, Hive, Judged, Origin, Pair, Partition, Pipeline, RankColumns,
    Read, Results, Rollup, Rows, Source, Table, Taken, Timeline,
};
use crate::types::{ColumnType, TimePart};

const RESULTS: &str = "{pipeline}/scored_results/{date}/scores/{pipeline}_results.csv";

pub(super) fn pipeline(docs: &PipelineDocs) -> Option<Pipeline> {
    let config = &docs.config.as_ref()?.doc;
    let tables: Vec<Table> = docs.tables.iter().map(|it| table(&it.doc, docs)).collect::<Option<_>>()?;
    let scores = tables.iter().position(|table| matches!(table.rows, Rows::Results))?;
    let raw = docs.raw().and_then(|raw| tables.iter().position(|table| table.name == raw.doc.table));
    Some(Pipeline {
        name: docs.name.clone(),
        results: results(config, &tables[scores])?,
        scores,
        raw,
        sources: docs.sources.iter().map(|it| source(&it.doc)).collect::<Option<_>>()?,
        rank: config.rank.as_ref().map(|rank| RankColumns {
            source: rank.source.clone(),
            destination: rank.destination.clone(),
            source_port: rank.source_port.clone(),
            destination_port: rank.destination_port.clone(),
            protocol: rank.protocol.clone(),
            time: rank.time.clone(),
            bytes: rank.bytes.clone(),
            packets: rank.packets.clone(),
            score: rank.score.clone(),
        }),
        feedback: in_order(config.feedback_fields.as_ref().unwrap_or(&BTreeMap::new())),
        tables,
    })
}

fn in_order(fields: &BTreeMap<String, u32>) -> Vec<String> {
    let mut pairs: Vec<(u32, &String)> = fields.iter().map(|(name, index)| (*index, name)).collect();
    pairs.sort();
    pairs.into_iter().map(|(_, name)| name.clone()).collect()
}

fn results(config: &ConfigDoc, scores: &Table) -> Option<Results> {
    let fields = in_order(&config.results_fields);
    let taken = fields.iter().enumerate().filter_map(|(index, name)| {
        let takes = |column: &&Column| column.origin == Origin::Field(name.clone());
        let Column { kind, range, .. } = *scores.columns.iter().find(takes)?;
        Some(Taken { index, name: name.clone(), kind, range })
    });
    let taken = taken.collect();
    Some(Results { path: config.results.clone().unwrap_or_else(|| RESULTS.to_owned()), fields, taken })
}

fn table(doc: &TableDoc, docs: &PipelineDocs) -> Option<Table> {
    let mut columns: Vec<Column> = doc.columns.iter().map(|it| column(it, doc, docs)).collect();
    let parts = [TimePart::Year, TimePart::Month, TimePart::Day, TimePart::Hour];
    let time = match &doc.partition.date {
        PartitionDateDoc::Run {} => None,
        PartitionDateDoc::Of(time) => Some(time.clone()),
    };
    for (name, part) in doc.partition.columns.iter().zip(parts) {
        let of = time.as_ref().map_or("the run".to_owned(), |time| format!("`{time}`"));
        columns.push(Column {
            name: name.clone(),
            kind: ColumnType::Smallint,
            range: part.range(),
            origin: Origin::Partition(part),
            description: format!("Partition: {} of {of}.", part.name()),
        });
    }
    let hive = doc.hive.as_ref();
    Some(Table {
        name: doc.table.clone(),
        description: doc.description.clone(),
        rows: rows(&doc.rows)?,
        columns,
        partition: Partition { time, columns: doc.partition.columns.clone() },
        key: doc.key.clone(),
        indexes: doc.indexes.clone(),
        hive: Hive {
            format: hive.map_or(FormatDoc::Parquet, |it| it.format),
            location: hive.map_or_else(|| default_location(&docs.name, &doc.table), |it| it.location.clone()),
        },
    })
}

fn pairs(between: &BTreeMap<String, String>) -> impl Iterator<Item = Pair> {
    between.iter().map(|(scored, raw)| Pair { scored: scored.clone(), raw: raw.clone() })
}

fn ends(between: &BTreeMap<String, String>) -> Option<[Pair; 2]> {
    pairs(between).collect::<Vec<_>>().try_into().ok()
}

fn rows(doc: &RowsDoc) -> Option<Rows> {
    Some(match doc {
        RowsDoc::Ingest {} => Rows::Ingest,
        RowsDoc::Results {} => Rows::Results,
        RowsDoc::Judged(it) => Rows::Judged(Judged { of: it.of.clone() }),
        RowsDoc::Comments {} => Rows::Comments,
        RowsDoc::Timeline(it) => Rows::Timeline(Timeline { raw: it.raw.clone() }),
        RowsDoc::Analyst {} => Rows::Analyst,
        RowsDoc::Details(it) => Rows::Details(Details {
            of: it.of.clone(),
            raw: it.raw.clone(),
            ends: ends(&it.between)?,
            time: pairs(&it.same_minute).next()?,
        }),
        RowsDoc::Chords(it) => {
            Rows::Chords(Chords { of: it.of.clone(), raw: it.raw.clone(), ends: ends(&it.between)? })
        }
        RowsDoc::Rollup(it) => Rows::Rollup(Rollup { raw: it.of.clone() }),
        RowsDoc::Counts(it) => Rows::Counts(Counts { raw: it.raw.clone(), time: it.per_minute_of.clone() }),
    })
}

fn column(doc: &ColumnDoc, table: &TableDoc, docs: &PipelineDocs) -> Column {
    let origin = match &doc.from {
        FromDoc::Name(name) if matches!(table.rows, RowsDoc::Results {}) => Origin::Field(name.clone()),
        FromDoc::Name(name) if matches!(table.rows, RowsDoc::Judged(_)) => Origin::Scored(name.clone()),
        FromDoc::Name(name) => Origin::Raw(name.clone()),
        FromDoc::Origin(origin) => lower_origin(origin),
    };
    Column {
        name: doc.name.clone(),
        kind: doc.kind,
        range: ranges::of(docs, table, doc),
        origin,
        description: doc.description.clone(),
    }
}

fn lower_origin(doc: &OriginDoc) -> Origin {
    let context = |of: &String, fact| Origin::Context { of: of.clone(), fact };
    match doc {
        OriginDoc::Input {} => Origin::Input,
        OriginDoc::Analyst {} => Origin::Analyst,
        OriginDoc::Severity {} => Origin::Severity,
        OriginDoc::Subject {} => Origin::Subject,
        OriginDoc::Title {} => Origin::Title,
        OriginDoc::Note {} => Origin::Note,
        OriginDoc::When {} => Origin::When,
        OriginDoc::Who {} => Origin::Who,
        OriginDoc::Part { of, give } => Origin::Part { of: of.clone(), part: *give },
        OriginDoc::Add(names) => Origin::Add(names.clone()),
        OriginDoc::Total(name) => Origin::Total(name.clone()),
        OriginDoc::First(name) => Origin::First(name.clone()),
        OriginDoc::Last(name) => Origin::Last(name.clone()),
        OriginDoc::Count {} => Origin::Count,
        OriginDoc::Minute {} => Origin::Minute,
        OriginDoc::Hub {} => Origin::Hub,
        OriginDoc::Rank {} => Origin::Rank,
        OriginDoc::Network { of, give } => context(of, Fact::Network(*give)),
        OriginDoc::Geo { of, give } => context(of, Fact::Geo(*give)),
        OriginDoc::Reputation { of } => context(of, Fact::Reputation),
        OriginDoc::Iana { of, with, give } => {
            Origin::Iana { of: of.clone(), with: with.clone(), fact: *give }
        }
        OriginDoc::Code { of, table } => Origin::Code { of: of.clone(), table: table.clone() },
    }
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
