//! Does each raw format provide what the raw table needs?

mod readings;

use std::collections::HashMap;

pub(super) use readings::{described, value_fits};
use readings::{lacks_something, option_is_known, own_column, readings, reads_fit};

use super::{Loaded, PipelineDocs};
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{
    DelimiterDoc, ExprDoc, FormDoc, JsonDoc, OnlyDoc, ReadDoc, SourceDoc, TextDoc, ValueDoc,
};
use crate::form::Form;
use crate::path;
use crate::tree::{Step, below};
use crate::types::ColumnType;

/// Whether a value comes from raw formats.
pub(super) fn is_input(from: &ExprDoc) -> bool {
    match from {
        ExprDoc::Name(_) | ExprDoc::Field(_) => false,
        ExprDoc::Form(form) => form.form() == Form::Input,
    }
}

/// Whether the columns of files are found by their names.
pub(super) fn is_by_name(doc: &SourceDoc) -> bool {
    match &doc.text {
        TextDoc::Delimited(text) => {
            doc.fields.is_none() && text.header_after.is_none() && doc.binary.is_none()
        }
        TextDoc::Json(_) | TextDoc::Zeek(_) => true,
    }
}

/// The names of the fields of an entry of a list of texts.
fn tuple_fields(doc: &SourceDoc) -> &[String] {
    match &doc.text {
        TextDoc::Json(JsonDoc { tuple: Some(tuple), .. }) => &tuple.fields,
        TextDoc::Json(_) | TextDoc::Delimited(_) | TextDoc::Zeek(_) => &[],
    }
}

/// The names in the header of a file, without optional columns.
pub(super) fn header(doc: &SourceDoc) -> Vec<String> {
    if let Some(header) = &doc.header {
        return header.clone();
    }
    let mut names = doc.without_header.clone().unwrap_or_default();
    let reads = doc
        .columns
        .iter()
        .flat_map(|(name, read)| readings(path!["columns", name], read, ColumnType::String));
    let read = reads.filter_map(|(_, read, _)| own_column(read)).map(|(_, name)| name);
    let conditions = doc.only.iter().flat_map(|only| columns_of(path![], only));
    let needs = doc.needs.iter().flatten().map(String::as_str);
    for name in read.chain(conditions.map(|(_, name)| name)).chain(needs) {
        if !names.iter().any(|known| known == name) && !tuple_fields(doc).iter().any(|field| field == name) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The names of the fields of a record.
pub(super) fn fields(doc: &SourceDoc) -> Vec<String> {
    let own = doc.fields.clone().unwrap_or_else(|| header(doc));
    own.into_iter().chain(doc.optional.iter().cloned()).chain(tuple_fields(doc).iter().cloned()).collect()
}

pub(super) fn formats_read_what_the_table_needs(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(raw) = pipeline.raw() else { return };
    for column in &raw.doc.columns {
        if let Some(value) = default_of(&column.from).filter(|value| !value_fits(value, column.kind)) {
            let at = raw.doc.columns.iter().position(|other| other.name == column.name).unwrap_or_default();
            let message = format!(
                "`{}` is of type {}, which cannot hold {}",
                column.name,
                described(column.kind),
                shown(value)
            );
            faults.add(Code::ValueType, &raw.file, path!["columns", at, "from", "input", "else"], message);
        }
    }
    for source in &pipeline.sources {
        for column in raw.doc.columns.iter().filter(|column| is_input(&column.from)) {
            if !source.doc.columns.contains_key(&column.name) && default_of(&column.from).is_none() {
                let message =
                    format!("nothing says where `{}` of `{}` comes from", column.name, raw.doc.table);
                let help = format!("where the format lacks it: \"{}\": {{\"value\": …}}", column.name);
                let fault = faults.add(Code::SourceLacks, &source.file, path!["columns"], message);
                fault.lacks(&raw.doc.table, &column.name, help);
            }
        }
        for (name, read) in &source.doc.columns {
            faults.uses(&raw.doc.table, name);
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
                    let fault = faults.add(Code::SourceGives, &source.file, here, message);
                    match found {
                        Some(_) => fault.meant(name, inputs),
                        None => fault.absent(&raw.doc.table, name, inputs),
                    }
                }
            }
        }
    }
}

/// A constant, for messages.
fn shown(value: &ValueDoc) -> String {
    match value {
        ValueDoc::Int(number) => number.to_string(),
        ValueDoc::Real(number) => number.to_string(),
        ValueDoc::Text(text) => format!("{text:?}"),
    }
}

/// Reports a column that is not a field of the format's records, or is not the only one of its name.
fn is_a_field(source: &Loaded<SourceDoc>, here: Vec<Step>, column: &str, faults: &mut Faults) {
    let list = if source.doc.fields.is_some() { "list `fields`" } else { "header" };
    let names = fields(&source.doc);
    if names.is_empty() {
        return;
    }
    let names = || names.iter().map(String::as_str);
    match names().filter(|name| *name == column).count() {
        0 => {
            let message = format!("the {list} has no `{column}`");
            faults.add(Code::HeaderColumn, &source.file, here, message).meant(column, names());
        }
        1 => {}
        count => {
            let message =
                format!("the {list} has `{column}` {count} times, so it is not clear which is meant");
            faults.add(Code::HeaderTwice, &source.file, here, message);
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
        let all = source.doc.columns.iter();
        let all = all.flat_map(|(name, read)| readings(path!["columns", name], read, ColumnType::String));
        for (here, read, _) in all {
            let ReadDoc::Reading(reading) = read else { continue };
            if let Some((rest, message)) = lacks_something(reading) {
                faults.add(Code::OutOfRange, &source.file, below(&here, rest), message);
            }
        }
        for (at, condition) in source.doc.only.iter().enumerate() {
            for (here, values) in values_of(path!["only", at], condition) {
                if values == 0 {
                    faults.add(Code::OutOfRange, &source.file, here, "expected at least one text");
                }
            }
        }
    }
}

/// The columns that a condition is about, each with its path.
fn columns_of(here: Vec<Step>, condition: &OnlyDoc) -> Vec<(Vec<Step>, &str)> {
    match condition {
        OnlyDoc::OneOf { of, .. } => vec![(below(&here, path!["one_of", "of"]), of)],
        OnlyDoc::NoneOf { of, .. } => vec![(below(&here, path!["none_of", "of"]), of)],
        OnlyDoc::Address { of } => vec![(below(&here, path!["address", "of"]), of)],
        OnlyDoc::Any(all) => {
            let inner = |(at, one)| columns_of(below(&here, path!["any", at]), one);
            all.iter().enumerate().flat_map(inner).collect()
        }
        OnlyDoc::Option { only, .. } => columns_of(below(&here, path!["option", "only"]), only),
    }
}

/// The lists in a condition that must not be empty: the path of each, and its length.
fn values_of(here: Vec<Step>, condition: &OnlyDoc) -> Vec<(Vec<Step>, usize)> {
    match condition {
        OnlyDoc::OneOf { values, .. } => vec![(below(&here, path!["one_of", "values"]), values.len())],
        OnlyDoc::NoneOf { values, .. } => vec![(below(&here, path!["none_of", "values"]), values.len())],
        OnlyDoc::Address { .. } => Vec::new(),
        OnlyDoc::Any(all) => {
            let inner =
                all.iter().enumerate().flat_map(|(at, one)| values_of(below(&here, path!["any", at]), one));
            std::iter::once((below(&here, path!["any"]), all.len())).chain(inner).collect()
        }
        OnlyDoc::Option { only, .. } => values_of(below(&here, path!["option", "only"]), only),
    }
}

/// The options that a condition names, each with its path.
fn options_of(here: Vec<Step>, condition: &OnlyDoc) -> Vec<(Vec<Step>, &str, &str)> {
    match condition {
        OnlyDoc::OneOf { .. } | OnlyDoc::NoneOf { .. } | OnlyDoc::Address { .. } => Vec::new(),
        OnlyDoc::Any(all) => {
            let inner = |(at, one)| options_of(below(&here, path!["any", at]), one);
            all.iter().enumerate().flat_map(inner).collect()
        }
        OnlyDoc::Option { name, is, only } => {
            let here = below(&here, path!["option"]);
            let inner = options_of(below(&here, path!["only"]), only);
            std::iter::once((here, name.as_str(), is.as_str())).chain(inner).collect()
        }
    }
}

pub(super) fn conditions_name_fields(pipeline: &PipelineDocs, faults: &mut Faults) {
    for source in &pipeline.sources {
        for (at, condition) in source.doc.only.iter().enumerate() {
            for (here, column) in columns_of(path!["only", at], condition) {
                is_a_field(source, here, column, faults);
            }
            for (here, name, is) in options_of(path!["only", at], condition) {
                option_is_known(source, here, (name, is), faults);
            }
        }
    }
}

pub(super) fn headers_can_be_found(pipeline: &PipelineDocs, faults: &mut Faults) {
    for source in &pipeline.sources {
        let doc = &source.doc;
        let lists =
            [("header", &doc.header), ("fields", &doc.fields), ("without_header", &doc.without_header)];
        for (key, _) in lists.iter().filter(|(_, names)| names.as_ref().is_some_and(Vec::is_empty)) {
            faults.add(Code::HeaderTwice, &source.file, path![*key], "expected at least one column");
        }
        for (at, name) in doc.needs.iter().flatten().enumerate() {
            is_a_field(source, path!["needs", at], name, faults);
        }
        for (at, name) in doc.without_header.iter().flatten().enumerate() {
            is_a_field(source, path!["without_header", at], name, faults);
        }
        for name in doc.spellings.keys() {
            is_a_field(source, vec![Step::from("spellings"), Step::KeyOf(name.clone())], name, faults);
        }
        match &doc.text {
            TextDoc::Delimited(text) => {
                separates(source, path!["text", "delimited", "delimiter"], text.delimiter, true, faults);
                if text.header_after.is_some() && text.comments.is_none() {
                    let message = "`header_after` needs `comments`: the header is in a comment";
                    faults.add(Code::MissingKey, &source.file, path!["text", "delimited"], message);
                }
                let has_names = doc.header.is_some() || is_by_name(doc);
                if !has_names {
                    let message =
                        "`header` is missing: without it, nothing says which names the file must have";
                    faults.add(Code::MissingKey, &source.file, path![], message);
                }
            }
            TextDoc::Json(text) => {
                if let Some(tuple) = &text.tuple {
                    let here = path!["text", "json", "tuple"];
                    separates(source, below(&here, path!["delimiter"]), tuple.delimiter, false, faults);
                    if text.each.is_none() {
                        let message = "`tuple` needs `each`: the path of the list whose entries are texts";
                        faults.add(Code::MissingKey, &source.file, path!["text", "json"], message);
                    }
                    if tuple.fields.len() <= usize::from(tuple.optional) {
                        let message = "expected more fields than are optional";
                        faults.add(Code::OutOfRange, &source.file, below(&here, path!["fields"]), message);
                    }
                }
                only_of_delimited_text(source, faults);
            }
            TextDoc::Zeek(_) => only_of_delimited_text(source, faults),
        }
    }
}

/// Reports a character that cannot separate fields.
fn separates(
    source: &Loaded<SourceDoc>,
    here: Vec<Step>,
    by: DelimiterDoc,
    may_be_blank: bool,
    faults: &mut Faults,
) {
    let is_sign = by.0.is_ascii_punctuation() && !matches!(by.0, '"' | '.' | '-' | '_' | ':');
    if !(is_sign || by.0 == '\t' || by.0 == ' ' && may_be_blank) {
        let message = format!(
            "{:?} cannot separate fields: expected an ASCII sign, such as `,`, `;`, `|` or a tab",
            by.0
        );
        faults.add(Code::OutOfRange, &source.file, here, message);
    }
}

/// Reports keys that only formats of delimited text can have.
fn only_of_delimited_text(source: &Loaded<SourceDoc>, faults: &mut Faults) {
    let doc = &source.doc;
    let keys = [
        ("fields", doc.fields.is_some()),
        ("without_header", doc.without_header.is_some()),
        ("optional", !doc.optional.is_empty()),
        ("trailer", doc.trailer.is_some()),
        ("binary", doc.binary.is_some()),
    ];
    for (key, _) in keys.into_iter().filter(|(_, is_there)| *is_there) {
        let message = format!("only formats of delimited text have `{key}`");
        faults.add(Code::UnknownKey, &source.file, vec![Step::KeyOf(key.to_owned())], message);
    }
}

/// A text is recognized by its header among the formats of all pipelines.
pub(super) fn headers_are_unique(pipelines: &[PipelineDocs], faults: &mut Faults) {
    let mut seen = HashMap::new();
    for (pipeline, source) in sources(pipelines).filter(|(_, source)| source.doc.binary.is_none()) {
        let own = (pipeline.name.as_str(), source.doc.source.as_str());
        let required = header(&source.doc);
        let all: Vec<String> = required.iter().chain(&source.doc.optional).cloned().collect();
        for header in [all, required] {
            let earlier = seen.insert((layout_of(&source.doc.text), header), own);
            if let Some(other) = earlier.filter(|other| *other != own) {
                let message = format!("{} has this header too", named(other, pipeline));
                faults.add(Code::HeaderTwice, &source.file, path!["header"], message);
            }
        }
    }
}

/// What distinguishes texts with the same header.
fn layout_of(text: &TextDoc) -> (Option<DelimiterDoc>, Option<&str>) {
    match text {
        TextDoc::Delimited(text) => (Some(text.delimiter), text.header_after.as_deref()),
        TextDoc::Json(text) => (None, text.each.as_deref()),
        TextDoc::Zeek(text) => (Some(DelimiterDoc('#')), Some(&text.path)),
    }
}

/// All raw formats, each with its pipeline.
fn sources(pipelines: &[PipelineDocs]) -> impl Iterator<Item = (&PipelineDocs, &Loaded<SourceDoc>)> {
    pipelines.iter().flat_map(|pipeline| pipeline.sources.iter().map(move |source| (pipeline, source)))
}

/// A format in a message about a format of `pipeline`.
fn named((of, source): (&str, &str), pipeline: &PipelineDocs) -> String {
    match of == pipeline.name {
        true => format!("the format `{source}`"),
        false => format!("the format `{source}` of the pipeline `{of}`"),
    }
}

/// A binary file is recognized by its first bytes among the formats of all pipelines, so these must differ.
pub(super) fn binary_formats_can_be_told_apart(pipelines: &[PipelineDocs], faults: &mut Faults) {
    let mut earlier: Vec<(Vec<u8>, (&str, &str))> = Vec::new();
    for (pipeline, source) in sources(pipelines) {
        let binary = source.doc.binary.as_ref();
        let magic = binary.and_then(|binary| bytes_of(&binary.magic));
        let Some(magic) = magic.filter(|magic| !magic.is_empty()) else { continue };
        let clash = earlier.iter().find(|(start, _)| start.starts_with(&magic) || magic.starts_with(start));
        if let Some((_, other)) = clash {
            let message = format!("files of {} begin with these bytes too", named(*other, pipeline));
            faults.add(Code::Binary, &source.file, path!["binary", "magic"], message);
        }
        earlier.push((magic, (&pipeline.name, &source.doc.source)));
    }
}

pub(super) fn binary_formats_can_be_run(pipeline: &PipelineDocs, faults: &mut Faults) {
    for source in &pipeline.sources {
        let Some(binary) = &source.doc.binary else { continue };
        if bytes_of(&binary.magic).is_none_or(|it| it.is_empty()) {
            let message = "expected an even number of hexadecimal digits, such as `0ca5`";
            faults.add(Code::Binary, &source.file, path!["binary", "magic"], message);
        }
        if binary.run.len() < 2 || !binary.run[1..].iter().any(|argument| argument.contains("{file}")) {
            let message = "expected a program and arguments, with `{file}` among them";
            faults.add(Code::Binary, &source.file, path!["binary", "run"], message);
        }
    }
}

/// The value of an `input` column for formats and records without one.
pub(super) fn default_of(from: &ExprDoc) -> Option<&ValueDoc> {
    let ExprDoc::Form(form) = from else { return None };
    if let FormDoc::Input { otherwise } = &**form { otherwise.as_ref() } else { None }
}

/// The bytes that hexadecimal digits represent; `None` if they are not valid.
pub(super) fn bytes_of(digits: &str) -> Option<Vec<u8>> {
    let pairs = digits.as_bytes().chunks(2);
    pairs
        .map(|pair| {
            u8::from_str_radix(std::str::from_utf8(pair).ok().filter(|digits| digits.len() == 2)?, 16).ok()
        })
        .collect()
}
