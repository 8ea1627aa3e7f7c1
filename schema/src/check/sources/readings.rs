//! Does each reading give what its column can hold? What a reading is made of is described here once.

use std::collections::BTreeMap;

use super::is_a_field;
use crate::check::Loaded;
use crate::code::Code;
use crate::diagnostics::Faults;
use crate::document::{ReadDoc, ReadingDoc, SourceDoc, ValueDoc};
use crate::path;
use crate::tree::{Step, below};
use crate::types::{ColumnType, Storage};

/// A reading and all readings within it, each with its path and the type of value that is expected of it.
pub(super) fn readings(
    here: Vec<Step>,
    read: &ReadDoc,
    kind: ColumnType,
) -> Vec<(Vec<Step>, &ReadDoc, ColumnType)> {
    let mut found = Vec::new();
    if let ReadDoc::Reading(reading) = read {
        for (rest, part, wanted) in parts(reading, kind) {
            found.extend(readings(below(&here, rest), part, wanted));
        }
    }
    found.push((here, read, kind));
    found
}

/// The readings of which a reading of a type is made: the path of each below it, and the type that it must have.
fn parts(reading: &ReadingDoc, kind: ColumnType) -> Vec<(Vec<Step>, &ReadDoc, ColumnType)> {
    use ColumnType::{Bigint, Double, String, Time};
    let number = if kind.is_whole() { Bigint } else { Double };
    match reading {
        ReadingDoc::Arrival { received, first, last, duration } => {
            let times = [("received", received), ("first", first), ("last", last)];
            let duration = duration.iter().map(|duration| (path!["arrival", "duration"], duration, Double));
            times.into_iter().map(|(key, time)| (path!["arrival", key], time, Time)).chain(duration).collect()
        }
        ReadingDoc::End { start, duration } => {
            vec![(path!["end", "start"], start, Time), (path!["end", "duration"], duration, Double)]
        }
        ReadingDoc::Elapsed { from, to } => {
            vec![(path!["elapsed", "from"], from, Time), (path!["elapsed", "to"], to, Time)]
        }
        ReadingDoc::Epoch { of, .. } => vec![(path!["epoch", "of"], of, String)],
        ReadingDoc::Time { of, .. } => vec![(path!["time", "of"], of, String)],
        ReadingDoc::Last { of, .. } => vec![(path!["last", "of"], of, String)],
        ReadingDoc::LongerThan { of, .. } => vec![(path!["longer_than", "of"], of, String)],
        ReadingDoc::Before { of, .. } => vec![(path!["before", "of"], of, String)],
        ReadingDoc::Join(all) => {
            all.iter().enumerate().map(|(at, part)| (path!["join", at], part, String)).collect()
        }
        ReadingDoc::First(all) => {
            all.iter().enumerate().map(|(at, part)| (path!["first", at], part, kind)).collect()
        }
        ReadingDoc::When { then, otherwise, .. } => {
            let otherwise = otherwise.iter().map(|other| (path!["when", "else"], other, kind));
            std::iter::once((path!["when", "then"], then, kind)).chain(otherwise).collect()
        }
        ReadingDoc::Option { then, otherwise, .. } => {
            vec![(path!["option", "then"], then, kind), (path!["option", "else"], otherwise, kind)]
        }
        ReadingDoc::Floor { of } => vec![(path!["floor", "of"], of, String)],
        ReadingDoc::Subtract { of, less } => {
            vec![(path!["subtract", "of"], of, number), (path!["subtract", "less"], less, number)]
        }
        ReadingDoc::Scale { of, .. } => vec![(path!["scale", "of"], of, number)],
        ReadingDoc::Multiply { of, by } => {
            vec![(path!["multiply", "of"], of, number), (path!["multiply", "by"], by, number)]
        }
        ReadingDoc::Protocol { of, address } => {
            let address = address.iter().map(|address| (path!["protocol", "address"], address, String));
            std::iter::once((path!["protocol", "of"], of, String)).chain(address).collect()
        }
        ReadingDoc::Port { of } => vec![(path!["port", "of"], of, String)],
        ReadingDoc::Bytes { high, low } => {
            vec![(path!["bytes", "high"], high, Bigint), (path!["bytes", "low"], low, Bigint)]
        }
        ReadingDoc::Hexadecimal { of, .. } => vec![(path!["hexadecimal", "of"], of, String)],
        ReadingDoc::Flags { of, .. } => vec![(path!["flags", "of"], of, String)],
        ReadingDoc::Map { of, .. } => vec![(path!["map", "of"], of, String)],
        ReadingDoc::Value(_) => Vec::new(),
    }
}

/// The column of the format that a reading itself uses, without those of its parts, and its path below the reading.
pub(super) fn own_column(read: &ReadDoc) -> Option<(Vec<Step>, &str)> {
    match read {
        ReadDoc::Column(name) => Some((path![], name)),
        ReadDoc::Reading(reading) => {
            if let ReadingDoc::When { of, .. } = &**reading {
                Some((path!["when", "of"], of))
            } else {
                None
            }
        }
    }
}

pub(super) fn reads_fit(
    source: &Loaded<SourceDoc>,
    name: &str,
    read: &ReadDoc,
    kind: ColumnType,
    faults: &mut Faults,
) {
    let readings = readings(path!["columns", name], read, kind);
    for (here, part, _) in &readings {
        if let Some((rest, column)) = own_column(part) {
            is_a_field(source, below(here, rest), column, faults);
        }
    }
    for (here, part, kind) in readings {
        let ReadDoc::Reading(reading) = part else { continue };
        let target = if here.len() == 2 { format!("`{name}`") } else { "what is read here".to_owned() };
        reading_fits(source, here, reading, &target, kind, faults);
    }
}

/// Reports a reading whose values are not of the type of its target.
fn reading_fits(
    source: &Loaded<SourceDoc>,
    here: Vec<Step>,
    reading: &ReadingDoc,
    target: &str,
    kind: ColumnType,
    faults: &mut Faults,
) {
    let (fits, gives) = match reading {
        ReadingDoc::Arrival { .. } | ReadingDoc::End { .. } => (kind == ColumnType::Time, "a time"),
        ReadingDoc::Epoch { .. } | ReadingDoc::Time { .. } => (kind == ColumnType::Time, "a time"),
        ReadingDoc::Last { .. }
        | ReadingDoc::LongerThan { .. }
        | ReadingDoc::Before { .. }
        | ReadingDoc::Join(_)
        | ReadingDoc::Flags { .. }
        | ReadingDoc::Protocol { .. } => (kind.is_any_text(), "a text"),
        ReadingDoc::Floor { .. } => (kind.is_whole(), "a whole number"),
        ReadingDoc::Hexadecimal { .. } => (kind.is_whole(), "a whole number"),
        ReadingDoc::Elapsed { .. } => (kind.storage().is_real(), "a number of seconds"),
        ReadingDoc::Subtract { .. } | ReadingDoc::Multiply { .. } => (kind.is_number(), "a number"),
        ReadingDoc::Scale { .. } => (kind.storage().is_real(), "a number with a fraction"),
        ReadingDoc::Port { .. } | ReadingDoc::Bytes { .. } => (ColumnType::Port.fits(kind), "a `port`"),
        ReadingDoc::Map { values, .. } => {
            replacements_fit(source, &here, target, values, kind, faults);
            (kind.is_any_text() || kind.is_whole(), "a text or a whole number")
        }
        ReadingDoc::Option { name, is, .. } => {
            option_is_known(source, below(&here, path!["option"]), (name, is), faults);
            return;
        }
        ReadingDoc::First(_) | ReadingDoc::When { .. } => return,
        ReadingDoc::Value(value) => {
            if !value_fits(value, kind) {
                let message = format!("{target} is of type {}, which cannot hold this", described(kind));
                faults.add(Code::ValueType, &source.file, below(&here, path!["value"]), message);
            }
            return;
        }
    };
    if !fits {
        let message = format!("this gives {gives}, but {target} is of type `{}`", kind.name());
        faults.add(Code::TypeMismatch, &source.file, here, message);
    }
}

/// Reports an option that the format does not have, or a value that the option does not have.
pub(super) fn option_is_known(
    source: &Loaded<SourceDoc>,
    here: Vec<Step>,
    (name, is): (&str, &str),
    faults: &mut Faults,
) {
    let options = &source.doc.options;
    match options.get(name) {
        None => {
            let message = format!("`options` has no `{name}`");
            let fault = faults.add(Code::HeaderColumn, &source.file, below(&here, path!["name"]), message);
            fault.meant(name, options.keys().map(String::as_str));
        }
        Some(values) if !values.iter().any(|value| value == is) => {
            let message = format!("the option `{name}` has no value `{is}`");
            let fault = faults.add(Code::HeaderColumn, &source.file, below(&here, path!["is"]), message);
            fault.meant(is, values.iter().map(String::as_str));
        }
        Some(_) => {}
    }
}

fn replacements_fit(
    source: &Loaded<SourceDoc>,
    here: &[Step],
    target: &str,
    values: &BTreeMap<String, String>,
    kind: ColumnType,
    faults: &mut Faults,
) {
    for (found, meant) in values {
        if kind.is_whole() && !meant.parse().is_ok_and(|number| has_whole(kind, number)) {
            let message = format!("{target} is of type {}, which cannot hold this", described(kind));
            faults.add(Code::ValueType, &source.file, below(here, path!["map", "values", found]), message);
        }
    }
}

/// What is empty or 0 in a reading although it must not be.
pub(super) fn lacks_something(reading: &ReadingDoc) -> Option<(Vec<Step>, &'static str)> {
    const CHARACTERS: &str = "expected at least one character";
    const PARTS: &str = "expected at least one part";
    match reading {
        ReadingDoc::Last { characters: 0, .. } => Some((path!["last", "characters"], CHARACTERS)),
        ReadingDoc::LongerThan { characters: 0, .. } => {
            Some((path!["longer_than", "characters"], CHARACTERS))
        }
        ReadingDoc::Before { mark, .. } if mark.is_empty() => Some((path!["before", "mark"], CHARACTERS)),
        ReadingDoc::Time { form, .. } if form.is_empty() => Some((path!["time", "form"], CHARACTERS)),
        ReadingDoc::Join(parts) if parts.is_empty() => Some((path!["join"], PARTS)),
        ReadingDoc::First(parts) if parts.is_empty() => Some((path!["first"], PARTS)),
        ReadingDoc::When { is, .. } if is.is_empty() => {
            Some((path!["when", "is"], "expected at least one text"))
        }
        ReadingDoc::Last { .. }
        | ReadingDoc::LongerThan { .. }
        | ReadingDoc::Before { .. }
        | ReadingDoc::Time { .. }
        | ReadingDoc::Join(_)
        | ReadingDoc::First(_)
        | ReadingDoc::When { .. }
        | ReadingDoc::Arrival { .. }
        | ReadingDoc::End { .. }
        | ReadingDoc::Elapsed { .. }
        | ReadingDoc::Epoch { .. }
        | ReadingDoc::Option { .. }
        | ReadingDoc::Floor { .. }
        | ReadingDoc::Subtract { .. }
        | ReadingDoc::Scale { .. }
        | ReadingDoc::Multiply { .. }
        | ReadingDoc::Protocol { .. }
        | ReadingDoc::Port { .. }
        | ReadingDoc::Bytes { .. }
        | ReadingDoc::Hexadecimal { .. }
        | ReadingDoc::Flags { .. }
        | ReadingDoc::Map { .. }
        | ReadingDoc::Value(_) => None,
    }
}

pub(in crate::check) fn value_fits(value: &ValueDoc, kind: ColumnType) -> bool {
    match (value, kind) {
        (ValueDoc::Text(it), kind) => kind.is_any_text() && !it.contains('\0'),
        (ValueDoc::Int(it), ColumnType::Bit) => (0..=1).contains(it),
        (ValueDoc::Int(it), kind) => has_whole(kind, *it),
        (ValueDoc::Real(it), kind) => {
            kind.storage().is_real() && kind.range().is_none_or(|range| range.has_real(*it))
        }
    }
}

/// The name of a type, with its range if it has one.
pub(in crate::check) fn described(kind: ColumnType) -> String {
    let range = kind.range().map(|range| format!(" ({range})")).unwrap_or_default();
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
    has_room && kind.range().is_none_or(|range| range.has_whole(number))
}
