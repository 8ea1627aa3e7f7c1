//! Does every table have columns, and is everything described in printable text?

use super::PipelineDocs;
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::path;

pub(super) fn tables_have_columns(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in pipeline.tables.iter().filter(|it| it.doc.columns.is_empty()) {
        faults.add(Code::NoColumns, &table.file, path!["columns"], "expected at least one column");
    }
}

pub(super) fn everything_is_described(pipeline: &PipelineDocs, faults: &mut Faults) {
    for table in &pipeline.tables {
        let own = (path!["description"], &table.doc.description);
        let columns = table.doc.columns.iter().enumerate();
        let columns = columns.map(|(at, column)| (path!["columns", at, "description"], &column.description));
        for (path, _) in columns.chain([own]).filter(|(_, text)| text.trim().is_empty()) {
            faults.add(Code::NoDescription, &table.file, path, "expected a few words on what it is");
        }
    }
    for source in pipeline.sources.iter().filter(|source| source.doc.description.trim().is_empty()) {
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
    let columns = pipeline.tables.iter().flat_map(|table| {
        let columns = table.doc.columns.iter().enumerate();
        columns.map(|(at, column)| (&table.file, path!["columns", at, "description"], &column.description))
    });
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
