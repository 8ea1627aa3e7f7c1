//! Can the raw rows be ranked, and can the ranking be written as a results file?

use super::PipelineDocs;
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::path;
use crate::types::ColumnType;

pub(super) fn columns_fit(pipeline: &PipelineDocs, faults: &mut Faults) {
    let (Some(config), Some(raw)) = (&pipeline.config, pipeline.raw()) else { return };
    let Some(rank) = &config.doc.rank else { return };
    let whole: fn(ColumnType) -> bool = ColumnType::is_whole;
    let text: fn(ColumnType) -> bool = ColumnType::is_text;
    let wanted = [
        ("source", &rank.source, text, "a text"),
        ("destination", &rank.destination, text, "a text"),
        ("source_port", &rank.source_port, whole, "a whole number"),
        ("destination_port", &rank.destination_port, whole, "a whole number"),
        ("protocol", &rank.protocol, text, "a text"),
        ("time", &rank.time, |it| it == ColumnType::Time, "a time"),
        ("bytes", &rank.bytes, whole, "a whole number"),
        ("packets", &rank.packets, whole, "a whole number"),
    ];
    let columns = || raw.doc.columns.iter().map(|it| it.name.as_str());
    for (key, name, fits, kind) in wanted {
        let found = raw.doc.columns.iter().find(|column| column.name == *name);
        let message = match found {
            Some(column) if fits(column.kind) => continue,
            Some(column) => {
                format!("expected {kind}; `{name}` is of type `{}`", column.kind.name())
            }
            None => format!("`{}` has no column `{name}`", raw.doc.table),
        };
        let known = columns().filter(|_| found.is_none());
        faults.add(Code::Rank, &config.file, path!["rank", key], message).meant(name, known);
    }
    let fields = &config.doc.results_fields;
    if !fields.contains_key(&rank.score) {
        let known = fields.keys().map(String::as_str);
        let message = format!("the results file has no field `{}`", rank.score);
        faults.add(Code::Rank, &config.file, path!["rank", "score"], message).meant(&rank.score, known);
        return;
    }
    for field in
        fields.keys().filter(|key| **key != rank.score && !columns().any(|name| name == key.as_str()))
    {
        let message =
            format!("`{}` has no column `{field}`, so a ranking cannot give this field", raw.doc.table);
        let key = format!("{}_results_fields", pipeline.name);
        faults.add(Code::Rank, &config.file, path![&key, field], message);
    }
}
