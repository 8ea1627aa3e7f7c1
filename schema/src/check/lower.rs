//! Builds the model from documents that passed every rule. `None` means that a rule is missing.

use std::collections::{BTreeMap, BTreeSet};

use super::PipelineDocs;
use super::database::default_location;
use super::expect;
use super::feedback;
use super::resolve::{Draft, column_of};
use super::sources;
use crate::document::{
    ConfigDoc, ExprDoc, FormatDoc, NamesDoc, OnlyDoc, PartitionDateDoc, ReadDoc, ReadingDoc, SourceDoc,
    StoryFileDoc, TableDoc,
};
use crate::model::{
    BelongsTo, Binary, Breaks, Column, ColumnId, Expr, FieldId, Hive, Only, Partition, Pipeline, Ranking,
    Read, Results, Roles, Rows, Source, StoryFile, StoryList, Table, TableId, Taken,
};
use crate::types::{ColumnType, TimePart};

const RESULTS: &str = "{pipeline}/scored_results/{date}/scores/{pipeline}_results.csv";

pub(super) fn pipeline(
    docs: &PipelineDocs,
    drafts: &[Draft],
    ranking: Option<Ranking>,
    fingerprint: String,
) -> Option<Pipeline> {
    let config = &docs.config.as_ref()?.doc;
    let tables = docs.tables.iter().zip(drafts).map(|(doc, draft)| table(&doc.doc, draft, docs));
    let tables: Vec<Table> = tables.collect::<Option<_>>()?;
    let tables: Vec<Table> = tables
        .iter()
        .map(|table| Table { belongs_to: belongs_to(table, &tables), ..table.clone() })
        .collect();
    let scores = tables.iter().position(|table| table.rows == Rows::Results)?;
    let raw = docs.raw().and_then(|raw| tables.iter().position(|table| table.name == raw.doc.table));
    Some(Pipeline {
        name: docs.name.clone(),
        fingerprint,
        results: results(docs, config, &tables[scores]),
        scores: TableId(scores),
        raw: raw.map(TableId),
        sources: docs
            .sources
            .iter()
            .map(|format| source(&format.doc, docs.raw().map(|raw| &raw.doc)))
            .collect::<Option<_>>()?,
        is_default: config.default,
        story_files: match raw {
            Some(raw) => {
                let files = config.storyboard.iter().map(|file| story_file(file, &docs.tables[raw].doc));
                files.collect::<Option<_>>()?
            }
            None => Vec::new(),
        },
        roles: raw.map_or_else(Roles::default, |raw| {
            let stored_by = tables[raw].partition.time.as_ref();
            roles(docs, config, &docs.tables[raw].doc, stored_by)
        }),
        ranking,
        feedback: feedback::fields(
            docs,
            drafts,
            &in_order(config.feedback_fields.as_ref().unwrap_or(&BTreeMap::new())),
        )?,
        dropped: config.dropped.clone(),
        breaks: config.breaks.clone(),
        tables,
    })
}

fn story_file(doc: &StoryFileDoc, raw: &TableDoc) -> Option<StoryFile> {
    let lists = doc.lists.iter().map(|(name, list)| {
        let columns = list.columns.iter().map(|column| column_of(raw, column)).collect::<Option<_>>()?;
        Some(StoryList { name: name.clone(), equal: column_of(raw, &list.equal)?, columns })
    });
    let subject = column_of(raw, &doc.subject)?;
    Some(StoryFile { file: doc.file.clone(), subject, lists: lists.collect::<Option<_>>()? })
}

fn roles(docs: &PipelineDocs, config: &ConfigDoc, raw: &TableDoc, stored_by: Option<&Expr>) -> Roles {
    let roles = &config.roles;
    let field = |name: &Option<String>| docs.field(name.as_deref()?);
    let column = |name: &Option<String>| column_of(raw, name.as_deref()?);
    Roles {
        time: column(&roles.time).map(Expr::Column).or_else(|| stored_by.cloned()),
        source: column(&roles.source),
        destination: column(&roles.destination),
        client: column(&roles.client),
        service: column(&roles.service),
        subject: column(&roles.subject),
        source_port: column(&roles.source_port),
        destination_port: column(&roles.destination_port),
        protocol: column(&roles.protocol),
        bytes: column(&roles.bytes),
        packets: column(&roles.packets),
        score: field(&roles.score),
        why: field(&roles.why),
    }
}

fn in_order(fields: &BTreeMap<String, u32>) -> Vec<String> {
    let mut pairs: Vec<(u32, &String)> = fields.iter().map(|(name, index)| (*index, name)).collect();
    pairs.sort();
    pairs.into_iter().map(|(_, name)| name.clone()).collect()
}

fn results(docs: &PipelineDocs, config: &ConfigDoc, scores: &Table) -> Results {
    let mut fields = in_order(&config.results_fields);
    let required = fields.len();
    fields.extend(docs.optional_field().map(str::to_owned));
    let taken = fields.iter().enumerate().filter_map(|(index, name)| {
        let Column { kind, range, .. } = *scores.column_from(&Expr::Field(FieldId(index)))?;
        Some(Taken { field: FieldId(index), name: name.clone(), kind, range })
    });
    let taken = taken.collect();
    Results { path: config.results.clone().unwrap_or_else(|| RESULTS.to_owned()), fields, required, taken }
}

fn table(doc: &TableDoc, draft: &Draft, docs: &PipelineDocs) -> Option<Table> {
    let rows = draft.rows.clone()?;
    let own = doc.columns.iter().zip(&draft.from).zip(&draft.typed);
    let expected = |column| expect::lowered(doc, column);
    let own = own.map(|((column, from), typed)| {
        Some(Column {
            name: column.name.clone(),
            kind: column.kind,
            range: typed.range,
            is_optional: typed.is_optional,
            from: from.clone()?,
            expect: expected(column)?,
            description: column.description.clone(),
            was: earlier(column.was.as_ref()),
            breaks: column.breaks.clone(),
        })
    });
    let mut columns: Vec<Column> = own.collect::<Option<_>>()?;
    let of = match &doc.partition.date {
        PartitionDateDoc::Run {} => "the run".to_owned(),
        PartitionDateDoc::Of(ExprDoc::Name(time)) => format!("`{time}`"),
        PartitionDateDoc::Of(ExprDoc::Field(_) | ExprDoc::Form(_)) => "the time of the row".to_owned(),
    };
    let parts = [TimePart::Year, TimePart::Month, TimePart::Day, TimePart::Hour];
    for (name, part) in doc.partition.columns.iter().zip(parts) {
        columns.push(Column {
            name: name.clone(),
            kind: ColumnType::Smallint,
            range: part.range(),
            is_optional: false,
            from: Expr::Partition(part),
            expect: Vec::new(),
            description: format!("Partition: {} of {of}.", part.name()),
            was: Vec::new(),
            breaks: Breaks::new(),
        });
    }
    let positions = |names: &[String]| -> Option<Vec<ColumnId>> {
        let position = |name: &String| columns.iter().position(|column| column.name == *name).map(ColumnId);
        names.iter().map(position).collect()
    };
    let (key, indexes) = (positions(&doc.key)?, doc.indexes.iter().map(|index| positions(index)));
    let indexes = indexes.collect::<Option<_>>()?;
    let hive = doc.hive.as_ref();
    Some(Table {
        name: doc.table.clone(),
        description: doc.description.clone(),
        rows,
        columns,
        partition: Partition { time: draft.time.clone(), columns: doc.partition.columns.len() },
        key,
        indexes,
        hive: Hive {
            format: hive.map_or(FormatDoc::Parquet, |it| it.format),
            location: hive.map_or_else(|| default_location(&docs.name, &doc.table), |it| it.location.clone()),
        },
        belongs_to: None,
        was: earlier(doc.was.as_ref()),
        dropped: doc.dropped.clone(),
        breaks: doc.breaks.clone(),
    })
}

/// The table to whose rows judgements belong, by the columns of their key.
fn belongs_to(table: &Table, tables: &[Table]) -> Option<BelongsTo> {
    let Rows::Judged(judged) = &table.rows else { return None };
    let scored = tables.get(judged.of.0)?;
    let pair = |own: &ColumnId| {
        let column = &table[*own];
        let other = column.from.column().map(|other| &scored[other]);
        let other = other.or_else(|| scored.column_from(&column.from))?;
        Some((column.name.clone(), other.name.clone()))
    };
    Some(BelongsTo { table: scored.name.clone(), columns: table.key.iter().filter_map(pair).collect() })
}

fn earlier(was: Option<&NamesDoc>) -> Vec<String> {
    was.map(|was| was.names().to_vec()).unwrap_or_default()
}

fn source(doc: &SourceDoc, raw: Option<&TableDoc>) -> Option<Source> {
    let is_by_name = sources::is_by_name(doc);
    let with_optional =
        |names: &[String]| -> Vec<String> { names.iter().chain(&doc.optional).cloned().collect() };
    let fields = sources::fields(doc);
    let inputs = raw.iter().flat_map(|raw| &raw.columns).filter(|column| sources::is_input(&column.from));
    let reads = inputs.map(|column| {
        let own = doc.columns.get(&column.name);
        let own = own.map(|own| read(own, &fields));
        let otherwise = sources::default_of(&column.from).map(|value| Read::Value(value.clone()));
        let read = match (own, otherwise) {
            (Some(own), Some(otherwise)) => Read::First(vec![own?, otherwise]),
            (Some(own), None) => own?,
            (None, otherwise) => otherwise?,
        };
        Some((column.name.clone(), read))
    });
    let reads: BTreeMap<String, Read> = reads.collect::<Option<_>>()?;
    let only: Vec<Only> = doc.only.iter().map(|condition| only(condition, &fields)).collect::<Option<_>>()?;
    let binary = match &doc.binary {
        Some(it) => Some(Binary {
            magic: sources::bytes_of(&it.magic)?,
            run: it.run.clone(),
            install: it.install.clone(),
        }),
        None => None,
    };
    let position = |name: &String| fields.iter().position(|field| field == name);
    let used: BTreeSet<usize> =
        reads.values().flat_map(Read::fields).chain(only.iter().flat_map(Only::fields)).collect();
    let is_needed = |at: &usize| !reads.values().all(|read| read.has_value(&|other| other != *at));
    let needs: Vec<usize> = match &doc.needs {
        Some(names) => names.iter().map(position).collect::<Option<_>>()?,
        None => used.iter().copied().filter(is_needed).collect(),
    };
    Some(Source {
        name: doc.source.clone(),
        description: doc.description.clone(),
        text: doc.text.clone(),
        header: doc.header.as_deref().map(with_optional).unwrap_or_default(),
        optional: doc.optional.len(),
        is_by_name,
        spellings: fields.iter().map(|field| doc.spellings.get(field).cloned().unwrap_or_default()).collect(),
        needs,
        used: used.into_iter().collect(),
        without_header: match &doc.without_header {
            Some(names) => Some(names.iter().map(position).collect::<Option<_>>()?),
            None => None,
        },
        nulls: doc.nulls.clone(),
        options: doc.options.clone(),
        only,
        reads,
        trailer: doc.trailer.as_ref().map(|trailer| (trailer.starts.clone(), usize::from(trailer.lines))),
        fields,
        binary,
    })
}

fn only(doc: &OnlyDoc, fields: &[String]) -> Option<Only> {
    let at = |name: &String| fields.iter().position(|field| field == name);
    Some(match doc {
        OnlyDoc::OneOf { of, values } => Only::OneOf { field: at(of)?, values: values.clone() },
        OnlyDoc::NoneOf { of, values } => Only::NoneOf { field: at(of)?, values: values.clone() },
        OnlyDoc::Address { of } => Only::Address { field: at(of)? },
        OnlyDoc::Any(all) => Only::Any(all.iter().map(|one| only(one, fields)).collect::<Option<_>>()?),
        OnlyDoc::Option { name, is, only: inner } => {
            Only::Option { name: name.clone(), is: is.clone(), only: Box::new(only(inner, fields)?) }
        }
    })
}

fn read(doc: &ReadDoc, fields: &[String]) -> Option<Read> {
    let at = |name: &String| fields.iter().position(|field| field == name);
    let one = |doc: &ReadDoc| read(doc, fields).map(Box::new);
    let all = |docs: &[ReadDoc]| docs.iter().map(|doc| read(doc, fields)).collect::<Option<Vec<_>>>();
    let reading = match doc {
        ReadDoc::Column(name) => return Some(Read::Column(at(name)?)),
        ReadDoc::Reading(reading) => &**reading,
    };
    Some(match reading {
        ReadingDoc::Arrival { received, first, last, duration } => Read::Arrival {
            received: one(received)?,
            first: one(first)?,
            last: one(last)?,
            duration: match duration {
                Some(duration) => Some(one(duration)?),
                None => None,
            },
        },
        ReadingDoc::End { start, duration } => Read::End { start: one(start)?, duration: one(duration)? },
        ReadingDoc::Elapsed { from, to } => Read::Elapsed { from: one(from)?, to: one(to)? },
        ReadingDoc::Epoch { of, unit } => Read::Epoch { of: one(of)?, unit: *unit },
        ReadingDoc::Time { of, form } => Read::Time { of: one(of)?, form: form.clone() },
        ReadingDoc::Last { of, characters } => {
            Read::Last { of: one(of)?, characters: usize::from(*characters) }
        }
        ReadingDoc::LongerThan { of, characters } => {
            Read::LongerThan { of: one(of)?, characters: usize::from(*characters) }
        }
        ReadingDoc::Before { of, mark } => Read::Before { of: one(of)?, mark: mark.clone() },
        ReadingDoc::Join(parts) => Read::Join(all(parts)?),
        ReadingDoc::First(parts) => Read::First(all(parts)?),
        ReadingDoc::When { of, is, then, otherwise } => Read::When {
            of: at(of)?,
            is: is.clone(),
            then: one(then)?,
            otherwise: match otherwise {
                Some(otherwise) => Some(one(otherwise)?),
                None => None,
            },
        },
        ReadingDoc::Option { name, is, then, otherwise } => {
            Read::Option { name: name.clone(), is: is.clone(), then: one(then)?, otherwise: one(otherwise)? }
        }
        ReadingDoc::Floor { of } => Read::Floor(one(of)?),
        ReadingDoc::Subtract { of, less } => Read::Subtract { of: one(of)?, less: one(less)? },
        ReadingDoc::Scale { of, by } => Read::Scale { of: one(of)?, by: *by },
        ReadingDoc::Multiply { of, by } => Read::Multiply { of: one(of)?, by: one(by)? },
        ReadingDoc::Protocol { of, address } => {
            let address = match address {
                Some(address) => Some(one(address)?),
                None => None,
            };
            Read::Protocol { of: one(of)?, address }
        }
        ReadingDoc::Port { of } => Read::Port(one(of)?),
        ReadingDoc::Bytes { high, low } => Read::Bytes { high: one(high)?, low: one(low)? },
        ReadingDoc::Hexadecimal { of, swapped } => Read::Hexadecimal { of: one(of)?, is_swapped: *swapped },
        ReadingDoc::Flags { of, written } => Read::Flags { of: one(of)?, written: *written },
        ReadingDoc::Map { of, values } => Read::Map { of: one(of)?, values: values.clone() },
        ReadingDoc::Value(value) => Read::Value(value.clone()),
    })
}
