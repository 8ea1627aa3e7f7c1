//! Can each column have its origin, and can its type hold the values of this origin?

use super::{Loaded, PipelineDocs, ranges, subjects};
use crate::code::Code;
use crate::context::Fact;
use crate::diagnostics::Faults;
use crate::document::{ColumnDoc, FromDoc, OriginDoc, RowsDoc, TableDoc};
use crate::path;
use crate::tree::Step;
use crate::types::ColumnType;

pub(super) fn tables_have_columns(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in pipeline.tables.iter().filter(|it| it.doc.columns.is_empty()) {
        faults.add(Code::NoColumns, &table.file, path!["columns"], "expected at least one column");
    }
}

pub(super) fn everything_is_described(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        let own = (path!["description"], &table.doc.description);
        let columns = table.doc.columns.iter().enumerate();
        let columns = columns.map(|(at, it)| (path!["columns", at, "description"], &it.description));
        for (path, _) in columns.chain([own]).filter(|(_, text)| text.trim().is_empty()) {
            faults.add(Code::NoDescription, &table.file, path, "expected a few words on what it is");
        }
    }
    for source in pipeline.sources.iter().filter(|it| it.doc.description.trim().is_empty()) {
        faults.add(
            Code::NoDescription,
            &source.file,
            path!["description"],
            "expected a few words on what it is",
        );
    }
}

pub(super) fn descriptions_can_be_printed(pipeline: &PipelineDocs, faults: &mut Faults) {
    let sources =
        pipeline.sources.iter().map(|source| (&source.file, path!["description"], &source.doc.description));
    let tables =
        pipeline.tables.iter().map(|table| (&table.file, path!["description"], &table.doc.description));
    let columns = pipeline
        .columns()
        .map(|(table, at, it)| (&table.file, path!["columns", at, "description"], &it.description));
    for (file, path, text) in sources.chain(tables).chain(columns) {
        if let Some(odd) = text.chars().find(|letter| cannot_be_printed(*letter)) {
            let message = format!("U+{:04X} is not allowed in a description", u32::from(odd));
            faults.add(Code::Description, file, path, message);
        }
    }
}

/// Whether a character is a control character other than tab and line feed, or a bidirectional mark that rustc refuses.
fn cannot_be_printed(letter: char) -> bool {
    let turns = matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    turns || (letter.is_control() && letter != '\t' && letter != '\n')
}

/// The name of an origin in the JSON; `None` for a plain name.
fn origin_name(from: &FromDoc) -> Option<&'static str> {
    let FromDoc::Origin(origin) = from else { return None };
    Some(match origin {
        OriginDoc::Input {} => "input",
        OriginDoc::Analyst {} => "analyst",
        OriginDoc::Severity {} => "severity",
        OriginDoc::Subject {} => "subject",
        OriginDoc::Title {} => "title",
        OriginDoc::Note {} => "note",
        OriginDoc::When {} => "when",
        OriginDoc::Who {} => "who",
        OriginDoc::Part { .. } => "part",
        OriginDoc::Add(_) => "add",
        OriginDoc::Total(_) => "total",
        OriginDoc::First(_) => "first",
        OriginDoc::Last(_) => "last",
        OriginDoc::Count {} => "count",
        OriginDoc::Minute {} => "minute",
        OriginDoc::Hub {} => "hub",
        OriginDoc::Rank {} => "rank",
        OriginDoc::Network { .. } => "network",
        OriginDoc::Geo { .. } => "geo",
        OriginDoc::Reputation { .. } => "reputation",
        OriginDoc::Iana { .. } => "iana",
        OriginDoc::Code { .. } => "code",
    })
}

/// The name of a kind of rows, whether its columns may have plain names as origins, and the names of the other origins
/// that they may have.
fn known_origins(rows: &RowsDoc) -> (&'static str, bool, &'static [&'static str]) {
    match rows {
        RowsDoc::Ingest {} => ("ingest", false, &["input", "part", "iana"]),
        RowsDoc::Results {} => {
            ("results", true, &["rank", "part", "network", "geo", "reputation", "iana", "code"])
        }
        RowsDoc::Details(_) => ("details", true, &["add"]),
        RowsDoc::Chords(_) => ("chords", true, &["hub", "total"]),
        RowsDoc::Counts(_) => ("counts", false, &["minute", "count"]),
        RowsDoc::Rollup(_) => ("rollup", true, &["minute", "total", "count"]),
        RowsDoc::Judged(_) => ("judged", true, &["severity", "note", "when", "who"]),
        RowsDoc::Comments {} => ("comments", false, &["subject", "title", "note", "when", "who"]),
        RowsDoc::Timeline(_) => ("timeline", true, &["subject", "first", "last", "total", "count"]),
        RowsDoc::Analyst {} => ("analyst", false, &["analyst"]),
    }
}

/// Whether the rows of a table support the origin of a column.
fn belongs(table: &Loaded<TableDoc>, column: &ColumnDoc) -> bool {
    let (_, names, others) = known_origins(&table.doc.rows);
    origin_name(&column.from).map_or(names, |it| others.contains(&it))
}

pub(super) fn origins_belong_to_their_rows(pipeline: &PipelineDocs, faults: &mut Faults) {
    for (table, at, column) in pipeline.columns() {
        if belongs(table, column) {
            continue;
        }
        let (rows, names, others) = known_origins(&table.doc.rows);
        let mut known: Vec<String> = others.iter().map(|other| format!("`{other}`")).collect();
        if names {
            known.insert(0, "a name".into());
        }
        let found = origin_name(&column.from).map_or("a name".into(), |it| format!("`{it}`"));
        let message = format!("columns of `{rows}` rows come from {}, not from {found}", known.join(", "));
        faults.add(Code::OriginNotHere, &table.file, path!["columns", at, "from"], message);
    }
}

fn kind_in(table: &TableDoc, name: &str) -> Option<ColumnType> {
    table.columns.iter().find(|column| column.name == name).map(|it| it.kind)
}

/// The column names that an origin uses, each with its path in the document.
fn used(at: usize, from: &FromDoc) -> Vec<(Vec<Step>, &str)> {
    match from {
        FromDoc::Name(name) => vec![(path!["columns", at, "from"], name)],
        FromDoc::Origin(OriginDoc::Add(names)) => names
            .iter()
            .enumerate()
            .map(|(n, it)| (path!["columns", at, "from", "add", n], it.as_str()))
            .collect(),
        FromDoc::Origin(OriginDoc::Total(name)) => vec![(path!["columns", at, "from", "total"], name)],
        FromDoc::Origin(OriginDoc::First(name)) => vec![(path!["columns", at, "from", "first"], name)],
        FromDoc::Origin(OriginDoc::Last(name)) => vec![(path!["columns", at, "from", "last"], name)],
        FromDoc::Origin(_) => Vec::new(),
    }
}

pub(super) fn origins_name_what_is_there(pipeline: &PipelineDocs, faults: &mut Faults) {
    for (table, at, column) in pipeline.columns() {
        if let RowsDoc::Results {} = table.doc.rows {
            fields_are_there(pipeline, table, at, column, faults);
        } else if let Some(raw) = pipeline.raw_of(&table.doc.rows) {
            for (here, name) in used(at, &column.from) {
                if kind_in(raw, name).is_none() {
                    let known = raw.columns.iter().map(|it| it.name.as_str());
                    let message = format!("`{}` has no column `{name}`", raw.table);
                    faults.add(Code::AbsentColumn, &table.file, here, message).meant(name, known);
                }
            }
            chords_name_their_ends(table, at, column, faults);
        }
        subjects::are_there(table, at, column, faults);
    }
}

fn fields_are_there(
    pipeline: &PipelineDocs,
    table: &Loaded<TableDoc>,
    at: usize,
    column: &ColumnDoc,
    faults: &mut Faults,
) {
    let (Some(config), FromDoc::Name(name)) = (&pipeline.config, &column.from) else { return };
    if !config.doc.results_fields.contains_key(name) {
        let known = config.doc.results_fields.keys().map(String::as_str);
        let message = format!("`{}_results_fields` has no field `{name}`", pipeline.name);
        faults.add(Code::AbsentField, &table.file, path!["columns", at, "from"], message).meant(name, known);
    }
}

/// A sum per pair of ends has one value only for the ends, so these are the only plain names.
fn chords_name_their_ends(table: &Loaded<TableDoc>, at: usize, column: &ColumnDoc, faults: &mut Faults) {
    let (RowsDoc::Chords(chords), FromDoc::Name(name)) = (&table.doc.rows, &column.from) else { return };
    if !chords.between.values().any(|value| value == name) {
        let ends: Vec<&str> = chords.between.values().map(String::as_str).collect();
        let message =
            format!("rows are summed up by `{}`; `{name}` differs within a sum", ends.join("` and `"));
        let help = format!("its sum is {{\"total\": \"{name}\"}}");
        faults.add(Code::OriginNotHere, &table.file, path!["columns", at, "from"], message).help(help);
    }
}

pub(super) fn sums_are_made_of_numbers(pipeline: &PipelineDocs, faults: &mut Faults) {
    for (table, at, column) in pipeline.columns() {
        let FromDoc::Origin(OriginDoc::Add(_) | OriginDoc::Total(_)) = &column.from else { continue };
        let summands = used(at, &column.from);
        if summands.is_empty() {
            let here = path!["columns", at, "from", "add"];
            faults.add(Code::OriginType, &table.file, here, "a sum needs at least one column");
        }
        for (here, name) in summands {
            let kind = pipeline.raw_of(&table.doc.rows).and_then(|it| kind_in(it, name));
            if let Some(kind) = kind.filter(|kind| !kind.is_number()) {
                let message = format!("`{name}` is of type `{}`, which cannot be summed up", kind.name());
                faults.add(Code::OriginType, &table.file, here, message);
            }
        }
    }
}

pub(super) fn first_and_last_are_of_times(pipeline: &PipelineDocs, faults: &mut Faults) {
    for (table, at, column) in pipeline.columns() {
        let FromDoc::Origin(OriginDoc::First(_) | OriginDoc::Last(_)) = &column.from else { continue };
        for (here, name) in used(at, &column.from) {
            let kind = pipeline.raw_of(&table.doc.rows).and_then(|it| kind_in(it, name));
            if let Some(kind) = kind.filter(|kind| *kind != ColumnType::Time) {
                let message = format!("`{name}` is of type `{}`, not `time`", kind.name());
                faults.add(Code::TimeType, &table.file, here, message);
            }
        }
    }
}

pub(super) fn types_hold_what_origins_give(pipeline: &PipelineDocs, faults: &mut Faults) {
    for (table, at, column) in pipeline.columns().filter(|(table, _, column)| belongs(table, column)) {
        let here = path!["columns", at, "type"];
        if let RowsDoc::Results {} = table.doc.rows
            && let FromDoc::Name(field) = &column.from
        {
            let first =
                table.doc.columns.iter().find(|it| matches!(&it.from, FromDoc::Name(it) if it == field));
            if let Some(first) = first.filter(|first| first.kind != column.kind) {
                let message =
                    format!("`{}` takes the field `{field}` as `{}`", first.name, first.kind.name());
                faults.add(Code::OriginType, &table.file, here, message);
            }
            continue;
        }
        let range = ranges::given(pipeline, &table.doc.rows, &column.from);
        for given in given(pipeline, table, column) {
            if !given.fits_within(range.or(given.range()), column.kind) {
                let message = format!(
                    "the origin gives `{}`, which `{}` cannot hold",
                    given.name(),
                    column.kind.name()
                );
                let help = format!("say `{}`", given.name());
                faults.add(Code::OriginType, &table.file, here.clone(), message).help(help);
                break;
            }
        }
    }
}

/// The types that an origin can have. Empty if any type is valid, or if the origin names a missing column.
fn given(pipeline: &PipelineDocs, table: &Loaded<TableDoc>, column: &ColumnDoc) -> Vec<ColumnType> {
    let raw = pipeline.raw_of(&table.doc.rows);
    let kind = |name: &str| raw.and_then(|it| kind_in(it, name));
    let summed = |name: &str| kind(name).filter(|it| it.is_number()).map(summed);
    let origin = match &column.from {
        FromDoc::Name(name) => return kind(name).into_iter().collect(),
        FromDoc::Origin(origin) => origin,
    };
    match origin {
        OriginDoc::Input {} | OriginDoc::Analyst {} => Vec::new(),
        OriginDoc::Part { give, .. } => vec![give.kind()],
        OriginDoc::Add(names) => names.iter().filter_map(|name| summed(name)).collect(),
        OriginDoc::Total(name) => summed(name).into_iter().collect(),
        OriginDoc::Count {} => vec![ColumnType::Count],
        OriginDoc::Minute {} | OriginDoc::Title {} | OriginDoc::Note {} | OriginDoc::Who {} => {
            vec![ColumnType::String]
        }
        OriginDoc::When {} | OriginDoc::First(_) | OriginDoc::Last(_) => vec![ColumnType::Time],
        OriginDoc::Subject {} => vec![ColumnType::Address],
        OriginDoc::Severity {} => vec![ColumnType::Int],
        OriginDoc::Hub {} => ends(raw, &table.doc.rows),
        OriginDoc::Rank {} => vec![ColumnType::Int],
        OriginDoc::Network { give, .. } => vec![Fact::Network(*give).kind()],
        OriginDoc::Geo { give, .. } => vec![Fact::Geo(*give).kind()],
        OriginDoc::Reputation { .. } => vec![Fact::Reputation.kind()],
        OriginDoc::Iana { give, .. } => vec![give.kind()],
        OriginDoc::Code { .. } => vec![ColumnType::String],
    }
}

/// The types of the two ends. Either end may be a hub.
fn ends(raw: Option<&TableDoc>, rows: &RowsDoc) -> Vec<ColumnType> {
    let (Some(raw), RowsDoc::Chords(chords)) = (raw, rows) else { return Vec::new() };
    chords.between.values().filter_map(|value| kind_in(raw, value)).collect()
}

/// The type of a sum of numbers of type `kind`.
fn summed(kind: ColumnType) -> ColumnType {
    match kind.range() {
        _ if !kind.is_whole() => ColumnType::Double,
        Some(range) if range.is_not_negative() => ColumnType::Count,
        Some(_) | None => ColumnType::Bigint,
    }
}
