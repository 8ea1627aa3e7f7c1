//! Do the roles, and the files of storyboards, name columns of the raw table that can have them?

use super::PipelineDocs;
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::path;
use crate::tree::Step;
use crate::types::ColumnType;

pub(super) fn columns_fit(pipeline: &PipelineDocs, faults: &mut Faults) {
    let (Some(config), Some(raw)) = (&pipeline.config, pipeline.raw()) else { return };
    let roles = &config.doc.roles;
    let whole: fn(ColumnType) -> bool = ColumnType::is_whole;
    let text: fn(ColumnType) -> bool = ColumnType::is_text;
    let wanted = [
        ("time", &roles.time, (|kind| kind == ColumnType::Time) as fn(ColumnType) -> bool, "a time"),
        ("source", &roles.source, text, "a text"),
        ("destination", &roles.destination, text, "a text"),
        ("client", &roles.client, text, "a text"),
        ("service", &roles.service, |kind| kind.is_whole() || kind.is_any_text(), "a text or a whole number"),
        ("subject", &roles.subject, ColumnType::is_any_text, "a text"),
        ("source_port", &roles.source_port, whole, "a whole number"),
        ("destination_port", &roles.destination_port, whole, "a whole number"),
        ("protocol", &roles.protocol, text, "a text"),
        ("bytes", &roles.bytes, whole, "a whole number"),
        ("packets", &roles.packets, whole, "a whole number"),
    ];
    let columns = || raw.doc.columns.iter().map(|column| column.name.as_str());
    if let (Some(_), Some(client)) = (&roles.source, &roles.client) {
        let message = format!("`source` is given, so `{client}` would never be used as the client");
        let fault = faults.add(Code::Role, &config.file, path!["roles", "client"], message);
        fault.help("give the address that sent as `source`, or the one that asked as `client`");
    }
    for (key, name, fits, kind) in wanted {
        let Some(name) = name else { continue };
        faults.uses(&raw.doc.table, name);
        let found = raw.doc.columns.iter().find(|column| column.name == *name);
        let message = match found {
            Some(column) if fits(column.kind) => continue,
            Some(column) => {
                format!("expected {kind}; `{name}` is of type `{}`", column.kind.name())
            }
            None => format!("`{}` has no column `{name}`", raw.doc.table),
        };
        let fault = faults.add(Code::Role, &config.file, path!["roles", key], message);
        if found.is_none() {
            fault.absent(&raw.doc.table, name, columns());
        }
    }
}

/// A ranking writes every field of the results file: the score, and columns of the raw table.
pub(super) fn a_ranking_can_be_written(pipeline: &PipelineDocs, faults: &mut Faults) {
    let (Some(config), Some(raw)) = (&pipeline.config, pipeline.raw()) else { return };
    let Some(score) = &config.doc.roles.score else { return };
    let columns = || raw.doc.columns.iter().map(|column| column.name.as_str());
    let fields = &config.doc.results_fields;
    if !fields.contains_key(score) {
        let known = fields.keys().map(String::as_str);
        let message = format!("the results file has no field `{score}`");
        faults.add(Code::Role, &config.file, path!["roles", "score"], message).meant(score, known);
        return;
    }
    fields.keys().for_each(|field| faults.uses(&raw.doc.table, field));
    let why = &config.doc.roles.why;
    if let Some(why) = why.as_ref().filter(|why| pipeline.field(why).is_none()) {
        let known = fields.keys().map(String::as_str).chain(pipeline.optional_field());
        let message = format!("the results file has no field `{why}`");
        faults.add(Code::Role, &config.file, path!["roles", "why"], message).meant(why, known);
    }
    let given = |field: &String| {
        config.doc.ranking.as_ref().is_some_and(|ranking| ranking.fields.contains_key(field))
    };
    let is_column = |field: &String| columns().any(|name| name == field.as_str());
    for field in fields
        .keys()
        .filter(|field| *field != score && Some(*field) != why.as_ref() && !is_column(field) && !given(field))
    {
        let message =
            format!("`{}` has no column `{field}`, so a ranking cannot give this field", raw.doc.table);
        let key = format!("{}_results_fields", pipeline.name);
        let fault = faults.add(Code::Role, &config.file, path![&key, field], message);
        fault.absent(&raw.doc.table, field, columns());
    }
}

pub(super) fn files_of_storyboards_fit(pipeline: &PipelineDocs, faults: &mut Faults) {
    let Some(config) = &pipeline.config else { return };
    for (at, file) in config.doc.storyboard.iter().enumerate() {
        let mut fault = |here: Vec<Step>, message: String| {
            faults.add(Code::StoryFile, &config.file, [path!["storyboard", at], here].concat(), message);
        };
        let Some(raw) = pipeline.raw() else {
            fault(Vec::new(), "the pipeline has no raw table".to_owned());
            continue;
        };
        let is_file = file.file.matches("{md5}").count() == 1 && file.file.ends_with(".json");
        if !is_file || file.file.contains(['/', '\\']) {
            fault(
                path!["file"],
                "expected the name of a JSON file with `{md5}` in it, and no folder".to_owned(),
            );
        }
        let lists = file.lists.iter();
        let named = lists.flat_map(|(name, list)| {
            let columns = list.columns.iter().enumerate();
            let columns = columns.map(move |(n, column)| (path!["lists", name, "columns", n], column));
            std::iter::once((path!["lists", name, "where"], &list.equal)).chain(columns)
        });
        for (here, name) in std::iter::once((path!["subject"], &file.subject)).chain(named) {
            let found = raw.doc.columns.iter().find(|column| column.name == *name);
            let is_text = here.last() != Some(&Step::from("subject"));
            match found {
                None => fault(here, format!("`{}` has no column `{name}`", raw.doc.table)),
                Some(column) if !is_text && !column.kind.is_any_text() => {
                    fault(
                        here,
                        format!("`{name}` is of type `{}`, not `string` or `url`", column.kind.name()),
                    );
                }
                Some(_) => {}
            }
        }
        if let Some((name, _)) = file.lists.iter().find(|(_, list)| list.columns.is_empty()) {
            fault(path!["lists", name, "columns"], "expected at least one column".to_owned());
        }
    }
}
