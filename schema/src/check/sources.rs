//! Does each raw format provide what the raw table needs?

use std::collections::{BTreeMap, HashMap};

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{ExprDoc, ReadDoc, ReadingDoc, SourceDoc, ValueDoc};
use crate::form::Form;
use crate::path;
use crate::tree::Step;
use crate::types::{ColumnType, Storage};

pub(super) fn formats_read_what_the_table_needs(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(raw) = pipeline.raw() else { return };
    let is_input = |from: &ExprDoc| match from {
        ExprDoc::Name(_) => false,
        ExprDoc::Form(form) => form.form() == Form::Input,
    };
    for source in &pipeline.sources {
        for column in raw.doc.columns.iter().filter(|column| is_input(&column.from)) {
            if !source.doc.columns.contains_key(&column.name) {
                let message =
                    format!("nothing says where `{}` of `{}` comes from", column.name, raw.doc.table);
                let help = format!("where the format lacks it: \"{}\": {{\"value\": …}}", column.name);
                faults.add(Code::SourceLacks, &source.file, path!["columns"], message).help(help);
            }
        }
        for (name, read) in &source.doc.columns {
            match raw.doc.columns.iter().find(|column| column.name == *name) {
                Some(column) if is_input(&column.from) => reads_fit(source, name, read, column.kind, faults),
                found => {
                    let inputs = raw
                        .doc
                        .columns
                        .iter()
                        .filter(|column| is_input(&column.from))
                        .map(|it| it.name.as_str());
                    let message = match found {
                        Some(_) => format!("`{name}` of `{}` is not an `input`", raw.doc.table),
                        None => format!("`{}` has no column `{name}`", raw.doc.table),
                    };
                    let here = vec![Step::from("columns"), Step::KeyOf(name.clone())];
                    faults.add(Code::SourceGives, &source.file, here, message).meant(name, inputs);
                }
            }
        }
    }
}

/// The columns of the format that a reading uses: the name of each, and its path below the column.
fn uses(read: &ReadDoc) -> Vec<(Vec<Step>, &str)> {
    match read {
        ReadDoc::Column(name) => vec![(path![], name)],
        ReadDoc::Reading(ReadingDoc::Arrival { received, first, last }) => vec![
            (path!["arrival", "received"], received),
            (path!["arrival", "first"], first),
            (path!["arrival", "last"], last),
        ],
        ReadDoc::Reading(ReadingDoc::End { start, duration }) => {
            vec![(path!["end", "start"], start), (path!["end", "duration"], duration)]
        }
        ReadDoc::Reading(ReadingDoc::Last { of, .. }) => vec![(path!["last", "of"], of)],
        ReadDoc::Reading(ReadingDoc::Protocol { of }) => vec![(path!["protocol", "of"], of)],
        ReadDoc::Reading(ReadingDoc::Port { of }) => vec![(path!["port", "of"], of)],
        ReadDoc::Reading(ReadingDoc::Map { of, .. }) => vec![(path!["map", "of"], of)],
        ReadDoc::Reading(ReadingDoc::Value(_)) => Vec::new(),
    }
}

fn reads_fit(source: &Loaded<SourceDoc>, name: &str, read: &ReadDoc, kind: ColumnType, faults: &mut Faults) {
    let header = || source.doc.header.iter().chain(&source.doc.optional).map(String::as_str);
    let named = if source.doc.header.is_empty() { Vec::new() } else { uses(read) };
    for (below, column) in named {
        let mut here = path!["columns", name];
        here.extend(below);
        match header().filter(|it| *it == column).count() {
            0 => {
                faults
                    .add(Code::HeaderColumn, &source.file, here, format!("the header has no `{column}`"))
                    .meant(column, header());
            }
            1 => {}
            count => {
                let message =
                    format!("the header has `{column}` {count} times, so it is not clear which is meant");
                faults.add(Code::HeaderTwice, &source.file, here, message);
            }
        }
    }
    let ReadDoc::Reading(reading) = read else { return };
    let (fits, gives) = match reading {
        ReadingDoc::Arrival { .. } | ReadingDoc::End { .. } => (kind == ColumnType::Time, "a time"),
        ReadingDoc::Last { .. } | ReadingDoc::Protocol { .. } => (kind == ColumnType::String, "a text"),
        ReadingDoc::Port { .. } => (ColumnType::Port.fits(kind), "a `port`"),
        ReadingDoc::Map { values, .. } => {
            replacements_fit(source, name, values, kind, faults);
            (kind == ColumnType::String || kind.is_whole(), "a text or a whole number")
        }
        ReadingDoc::Value(value) => {
            if !value_fits(value, kind) {
                let message = format!("`{name}` is of type {}, which cannot hold this", described(kind));
                faults.add(Code::ValueType, &source.file, path!["columns", name, "value"], message);
            }
            return;
        }
    };
    if !fits {
        let message = format!("this gives {gives}, but `{name}` is of type `{}`", kind.name());
        faults.add(Code::TypeMismatch, &source.file, path!["columns", name], message);
    }
}

fn replacements_fit(
    source: &Loaded<SourceDoc>,
    name: &str,
    values: &BTreeMap<String, String>,
    kind: ColumnType,
    faults: &mut Faults,
) {
    for (found, meant) in values {
        if kind.is_whole() && !meant.parse().is_ok_and(|it| has_whole(kind, it)) {
            let message = format!("`{name}` is of type {}, which cannot hold this", described(kind));
            let here = path!["columns", name, "map", "values", found];
            faults.add(Code::ValueType, &source.file, here, message);
        }
    }
}

/// Numbers that must not be 0.
pub(super) fn something_is_counted(pipeline: &PipelineDocs, faults: &mut Faults) {
    for source in &pipeline.sources {
        if source.doc.trailer.as_ref().is_some_and(|trailer| trailer.lines == 0) {
            let message = "a trailer has at least one line";
            faults.add(Code::OutOfRange, &source.file, path!["trailer", "lines"], message);
        }
        for (name, read) in &source.doc.columns {
            if let ReadDoc::Reading(ReadingDoc::Last { characters: 0, .. }) = read {
                let here = path!["columns", name, "last", "characters"];
                faults.add(Code::OutOfRange, &source.file, here, "expected at least one character");
            }
        }
    }
}

fn value_fits(value: &ValueDoc, kind: ColumnType) -> bool {
    match (value, kind) {
        (ValueDoc::Text(it), kind) => kind == ColumnType::String && !it.contains('\0'),
        (ValueDoc::Int(it), ColumnType::Bit) => (0..=1).contains(it),
        (ValueDoc::Int(it), kind) => has_whole(kind, *it),
        (ValueDoc::Real(it), kind) => {
            kind.storage().is_real() && kind.range().is_none_or(|range| range.has_real(*it))
        }
    }
}

/// The name of a type, with its range if it has one.
fn described(kind: ColumnType) -> String {
    let range = kind.range().map(|it| format!(" ({it})")).unwrap_or_default();
    format!("`{}`{range}", kind.name())
}

/// Whether a whole number is a valid value of a type.
fn has_whole(kind: ColumnType, number: i64) -> bool {
    let has_room = match kind.storage() {
        Storage::Smallint => i16::try_from(number).is_ok(),
        Storage::Int => i32::try_from(number).is_ok(),
        Storage::Bigint | Storage::Float | Storage::Double => true,
        Storage::Text | Storage::Bit => false,
    };
    has_room && kind.range().is_none_or(|it| it.has_whole(number))
}

pub(super) fn headers_are_unique(pipeline: &PipelineDocs, faults: &mut Faults) {
    let mut seen: HashMap<Vec<&String>, &str> = HashMap::new();
    for source in &pipeline.sources {
        let all: Vec<&String> = source.doc.header.iter().chain(&source.doc.optional).collect();
        if source.doc.header.is_empty() {
            faults.add(Code::HeaderTwice, &source.file, path!["header"], "expected at least one column");
        }
        if source.doc.binary.is_some() {
            continue;
        }
        for header in [all, source.doc.header.iter().collect()] {
            let earlier = seen.insert(header, &source.doc.source).filter(|it| *it != source.doc.source);
            if let Some(other) = earlier {
                let message = format!("the format `{other}` has this header too");
                faults.add(Code::HeaderTwice, &source.file, path!["header"], message);
            }
        }
    }
}

/// A binary file is recognized by its first bytes, so these must differ.
pub(super) fn binary_formats_can_be_told_apart(pipeline: &PipelineDocs, faults: &mut Faults) {
    let mut earlier: Vec<(Vec<u8>, &str)> = Vec::new();
    for source in &pipeline.sources {
        let binary = source.doc.binary.as_ref();
        let magic = binary.and_then(|binary| super::lower::bytes_of(&binary.magic));
        let Some(magic) = magic.filter(|magic| !magic.is_empty()) else { continue };
        let clash = earlier.iter().find(|(it, _)| it.starts_with(&magic) || magic.starts_with(it));
        if let Some((_, other)) = clash {
            let message = format!("files of the format `{other}` begin with these bytes too");
            faults.add(Code::Binary, &source.file, path!["binary", "magic"], message);
        }
        earlier.push((magic, &source.doc.source));
    }
}

pub(super) fn binary_formats_can_be_run(pipeline: &PipelineDocs, faults: &mut Faults) {
    for source in &pipeline.sources {
        let Some(binary) = &source.doc.binary else { continue };
        if super::lower::bytes_of(&binary.magic).is_none_or(|it| it.is_empty()) {
            let message = "expected an even number of hexadecimal digits, such as `0ca5`";
            faults.add(Code::Binary, &source.file, path!["binary", "magic"], message);
        }
        if binary.run.len() < 2 || !binary.run[1..].iter().any(|it| it.contains("{file}")) {
            let message = "expected a program and arguments, with `{file}` among them";
            faults.add(Code::Binary, &source.file, path!["binary", "run"], message);
        }
    }
}
