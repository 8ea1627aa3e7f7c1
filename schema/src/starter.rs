//! The files of a new pipeline, with types that are guessed from a sample of its data: a raw file with a header, or a
//! results file. They pass the check, and a maintainer goes on from there.

use std::net::IpAddr;

use serde_json::{Value as Json, json};

use crate::export::written;
use crate::names::fault_in;
use crate::types::ColumnType;

/// A sample of data.
#[derive(Debug, Clone)]
pub struct Sample {
    /// The names of the columns, if the file has a header: it is a raw file then, else a results file.
    pub header: Option<Vec<String>>,
    /// The records, without the header.
    pub records: Vec<Vec<String>>,
    /// Whether tabs separate the fields, not commas.
    pub has_tabs: bool,
}

/// A column of the sample.
struct Guessed {
    /// The name in the file.
    written: String,
    /// The name in tables.
    name: String,
    kind: ColumnType,
}

/// Names of the partition columns.
const PARTS: [&str; 3] = ["y", "m", "d"];

/// The files of a pipeline, by their path in its folder.
///
/// # Errors
/// The reason, if the sample cannot be used.
pub fn files(pipeline: &str, sample: &Sample) -> Result<Vec<(String, String)>, String> {
    if let Some(reason) = fault_in(pipeline) {
        return Err(format!("the name {pipeline:?} cannot be used: {reason}"));
    }
    let sample = &trimmed(sample);
    if let Some(header) = &sample.header {
        require_header(header)?;
    }
    let columns = guessed(sample)?;
    let scores = format!("{pipeline}_scores");
    let mut fields: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    let mut documents = Vec::new();
    if let Some(header) = &sample.header {
        let time = time_of(&columns, sample)?;
        documents.push((format!("tables/{pipeline}.json"), raw_table(pipeline, &columns, &time)));
        let name = format!("{pipeline}_{}", if sample.has_tabs { "tsv" } else { "csv" });
        documents.push((format!("sources/{name}.json"), format(&name, header, &columns, sample.has_tabs)));
        documents.push((format!("tables/{pipeline}_summary.json"), summary(pipeline, &time)));
        if !fields.contains(&"score") {
            fields.push("score");
        }
    }
    documents.push((format!("tables/{scores}.json"), scores_table(&scores, &columns, &fields)));
    let numbered: serde_json::Map<String, Json> =
        fields.iter().zip(0..).map(|(field, at)| ((*field).to_owned(), Json::from(at))).collect();
    let mut config = serde_json::Map::new();
    config.insert(format!("{pipeline}_results_fields"), numbered.into());
    documents.push((format!("{pipeline}_config.json"), config.into()));
    Ok(documents.into_iter().map(|(path, document)| (path, written(&document))).collect())
}

/// Whether a text is a number, a time, a date or an address, as the name of a column is not.
pub fn is_value(text: &str) -> bool {
    let text = text.trim_ascii();
    text.parse::<f64>().is_ok() || text.parse::<IpAddr>().is_ok() || is_time(text) || is_date(text)
}

/// The sample without blanks around names and values, which the reader of raw files ignores too.
fn trimmed(sample: &Sample) -> Sample {
    let trim = |texts: &Vec<String>| texts.iter().map(|text| text.trim_ascii().to_owned()).collect();
    Sample {
        header: sample.header.as_ref().map(trim),
        records: sample.records.iter().map(trim).collect(),
        has_tabs: sample.has_tabs,
    }
}

/// Refuses a first line that cannot be the header of a raw file.
fn require_header(header: &[String]) -> Result<(), String> {
    if let [only] = header
        && let Some((sign, separator)) =
            [(';', "semicolons"), ('|', "bars")].into_iter().find(|(sign, _)| only.contains(*sign))
    {
        return Err(format!(
            "the first line is {only:?}: its columns are separated by {separator}, which is not supported here: write a \
             sample whose columns are separated by commas or tabs. The new format reads {separator} if you add \
             `\"text\": {{\"delimited\": {{\"delimiter\": \"{sign}\"}}}}` to it"
        ));
    }
    if let Some(value) = header.iter().find(|name| is_value(name)) {
        return Err(format!(
            "the first line is not a header: it has {value:?}. A raw file begins with the names of its columns, and a \
             results file is tab-separated"
        ));
    }
    if let Some(at) = header.iter().position(String::is_empty) {
        return Err(format!("column {} has no name in the header: give each column a name", at + 1));
    }
    let is_repeated = |(at, name): &(usize, &String)| header[..*at].contains(name);
    match header.iter().enumerate().find(is_repeated) {
        Some((at, name)) => {
            let first = header.iter().position(|other| other == name).unwrap_or_default();
            Err(format!(
                "the columns {} and {} have the same name {name:?} in the header: give each column a name of its own",
                first + 1,
                at + 1
            ))
        }
        None => Ok(()),
    }
}

/// The columns of a sample, without those of a partition, which follow from the time of a row.
fn guessed(sample: &Sample) -> Result<Vec<Guessed>, String> {
    let width = sample.records.first().map_or(0, Vec::len);
    if width == 0 {
        return Err("the sample has no record".to_owned());
    }
    if let Some((at, record)) = sample.records.iter().enumerate().find(|(_, record)| record.len() != width) {
        let number = at + 1;
        return Err(format!("record {number} has {} fields, and the first has {width}", record.len()));
    }
    let numbered: Vec<String> = (0..width).map(|at| format!("field_{at}")).collect();
    let header = sample.header.as_ref().unwrap_or(&numbered);
    if header.len() != width {
        return Err(format!("the header has {} columns, and the first record {width} fields", header.len()));
    }
    let mut columns: Vec<Guessed> = Vec::new();
    for (at, written) in header.iter().enumerate() {
        let name = legal(written, &columns);
        if sample.header.is_some() && [&PARTS[..], &["h"]].concat().contains(&name.as_str()) {
            continue;
        }
        let values: Vec<&str> = sample.records.iter().map(|record| record[at].as_str()).collect();
        columns.push(Guessed { written: written.clone(), name, kind: kind_of(&values) });
    }
    Ok(columns)
}

/// A legal name that no earlier column has.
fn legal(written: &str, earlier: &[Guessed]) -> String {
    let letter =
        |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_lowercase() } else { '_' };
    let mut name: String = written.trim().chars().map(letter).collect();
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        name.insert_str(0, "field_");
    }
    let base = name.clone();
    let is_free = |name: &str| fault_in(name).is_none() && earlier.iter().all(|column| column.name != name);
    let mut number = 2;
    while !is_free(&name) && number < 10_000 {
        name = format!("{base}_{number}");
        number += 1;
    }
    name
}

/// A type that holds all values.
fn kind_of(values: &[&str]) -> ColumnType {
    let all = |fits: fn(&str) -> bool| values.iter().all(|value| fits(value));
    if all(is_whole) {
        ColumnType::Bigint
    } else if all(is_decimal) {
        ColumnType::Double
    } else if all(|value| value.parse::<IpAddr>().is_ok()) {
        ColumnType::Address
    } else if all(is_time) {
        ColumnType::Time
    } else {
        ColumnType::String
    }
}

/// Whether a text is a whole number in the form in which numbers are written. `007` and `+1` are not: they are texts,
/// which a number would change.
fn is_whole(text: &str) -> bool {
    text.parse::<i64>().is_ok_and(|number| number.to_string() == text)
}

/// Whether a text is a number without leading zeros, such as `0.5`, `1.50`, `1E-8` or a whole number that a double holds
/// exactly.
fn is_decimal(text: &str) -> bool {
    const EXACT: i64 = 1 << f64::MANTISSA_DIGITS;
    let digits = text.strip_prefix('-').unwrap_or(text);
    match digits.find(['.', 'e', 'E']) {
        Some(end) => {
            let whole = &digits[..end];
            let is_plain = whole.bytes().all(|byte| byte.is_ascii_digit());
            let has_leading_zero = whole.len() > 1 && whole.starts_with('0');
            is_plain
                && !whole.is_empty()
                && !has_leading_zero
                && text.parse::<f64>().is_ok_and(f64::is_finite)
        }
        None => is_whole(text) && text.parse().is_ok_and(|number| (-EXACT..=EXACT).contains(&number)),
    }
}

/// Whether a text is `YYYY-MM-DD HH:MM:SS`, and that time exists.
fn is_time(text: &str) -> bool {
    text.split_once(' ').is_some_and(|(date, clock)| is_date(date) && clock.len() == 8 && is_clock(clock))
}

/// Whether a text is `YYYY-MM-DD`, and that day exists.
fn is_date(text: &str) -> bool {
    let number =
        |range: std::ops::Range<usize>| text.get(range).and_then(|part| part.parse().ok()).unwrap_or(0);
    if !matches(text, "dddd-dd-dd") {
        return false;
    }
    let (year, month, day): (u32, u32, u32) = (number(0..4), number(5..7), number(8..10));
    let is_leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => 31,
    };
    year > 0 && (1..=12).contains(&month) && (1..=days).contains(&day)
}

/// Whether a text is a time of day, `HH:MM:SS` or `H:MM:SS`.
fn is_clock(text: &str) -> bool {
    let has_shape = ["dd:dd:dd", "d:dd:dd"].into_iter().any(|shape| matches(text, shape));
    let parts: Vec<u32> = text.split(':').filter_map(|part| part.parse().ok()).collect();
    has_shape && parts.iter().zip([24, 60, 60]).all(|(part, end)| *part < end)
}

/// Whether a text has the shape of `pattern`, in which `d` stands for a digit.
fn matches(text: &str, pattern: &str) -> bool {
    let fits = |(found, expected): (u8, u8)| match expected {
        b'd' => found.is_ascii_digit(),
        other => found == other,
    };
    text.len() == pattern.len() && text.bytes().zip(pattern.bytes()).all(fits)
}

/// The time of a row: a column of times, whole seconds since 1970, or a date and a time of day.
fn time_of(columns: &[Guessed], sample: &Sample) -> Result<Json, String> {
    const SECONDS: std::ops::Range<i64> = 631_152_000..4_102_444_800; // 1990 to 2100.
    let header = sample.header.as_deref().unwrap_or_default();
    let values = |column: &Guessed| {
        let at = header.iter().position(|name| *name == column.written).unwrap_or_default();
        sample.records.iter().map(move |record| record[at].as_str())
    };
    let is_epoch = |column: &&Guessed| {
        column.kind.is_whole()
            && values(column).all(|value| value.parse().is_ok_and(|number| SECONDS.contains(&number)))
    };
    let have = |column: &Guessed, fits: fn(&str) -> bool| values(column).all(fits);
    if let Some(column) = columns.iter().find(|column| column.kind == ColumnType::Time) {
        return Ok(json!(column.name));
    }
    if let Some(column) = columns.iter().find(is_epoch) {
        return Ok(json!({"time": column.name}));
    }
    let is_date_and_time = |pair: &&[Guessed]| have(&pair[0], is_date) && have(&pair[1], is_clock);
    if let Some(pair) = columns.windows(2).find(is_date_and_time) {
        return Ok(json!({"time": {"concat": [pair[0].name, {"value": " "}, pair[1].name]}}));
    }
    Err("no column is a time: expected YYYY-MM-DD HH:MM:SS, whole seconds since 1970, or a date and a time of day \
         in two columns"
        .to_owned())
}

fn column(name: &str, kind: ColumnType, from: &Json, description: &str) -> Json {
    json!({"name": name, "type": kind.name(), "from": from, "description": description})
}

fn table(name: &str, description: &str, rows: &Json, columns: Vec<Json>, date: &Json) -> Json {
    json!({
        "$schema": "../../meta/table.schema.json", "table": name, "description": description, "rows": rows,
        "columns": columns, "partition": {"date": date, "columns": PARTS}
    })
}

fn raw_table(pipeline: &str, columns: &[Guessed], time: &Json) -> Json {
    let described = |guessed: &Guessed| {
        let description = format!("The column {:?} of the file.", guessed.written);
        column(&guessed.name, guessed.kind, &json!({"input": {}}), &description)
    };
    let columns = columns.iter().map(described).collect();
    table(pipeline, "Raw rows.", &json!({"ingest": {}}), columns, &json!({"of": time}))
}

fn format(name: &str, header: &[String], columns: &[Guessed], has_tabs: bool) -> Json {
    let reads: serde_json::Map<String, Json> =
        columns.iter().map(|column| (column.name.clone(), column.written.clone().into())).collect();
    let description = if has_tabs { "Tab-separated text with a header." } else { "CSV with a header." };
    let mut format =
        json!({"$schema": "../../meta/source.schema.json", "source": name, "description": description});
    if has_tabs {
        format["text"] = json!({"delimited": {"delimiter": "\t"}});
    }
    format["header"] = header.into();
    format["columns"] = reads.into();
    format
}

fn summary(pipeline: &str, time: &Json) -> Json {
    let minute = json!({"truncate": {"of": time, "to": "minute"}});
    let columns = vec![
        column("tdate", ColumnType::String, &minute, "Minute, YYYY-MM-DD HH:MM."),
        column("total", ColumnType::Count, &json!({"count": {}}), "Number of raw rows."),
    ];
    let rows = json!({"select": {"from": pipeline}});
    let name = format!("{pipeline}_summary");
    table(&name, "Raw rows of the day by minute.", &rows, columns, &json!({"run": {}}))
}

fn scores_table(name: &str, columns: &[Guessed], fields: &[&str]) -> Json {
    let of_field = |field: &&str| {
        let known = columns.iter().find(|column| column.name == **field);
        let kind = known.map_or(ColumnType::Double, |column| column.kind);
        column(field, kind, &json!(field), &format!("The field {field:?} of the results file."))
    };
    let mut columns: Vec<Json> = fields.iter().map(of_field).collect();
    if !fields.contains(&"rank") {
        columns.push(column(
            "rank",
            ColumnType::Int,
            &json!({"rank": {}}),
            "Position in the results file, from 0.",
        ));
    }
    table(name, "Scored rows.", &json!({"results": {}}), columns, &json!({"run": {}}))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Files, check};

    fn sample(text: &str, has_header: bool) -> Sample {
        let mut records: Vec<Vec<String>> =
            text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect();
        let header = has_header.then(|| records.remove(0));
        Sample { header, records, has_tabs: false }
    }

    fn checked(name: &str, sample: &Sample) -> crate::Schema {
        let texts = files(name, sample).unwrap().into_iter();
        let texts = texts.map(|(path, text)| (format!("{name}/{path}"), Ok(text))).collect();
        check(&Files { texts, shown: String::new() }).unwrap_or_else(|faults| panic!("{faults}"))
    }

    #[test]
    fn a_raw_file_becomes_a_pipeline_with_guessed_types() {
        let text = "When,Client IP,bytes,took,select,y\n2024-02-29 10:00:00,10.0.0.1,4294967296,0.5,a,2024\n";
        let schema = checked("mail", &sample(text, true));
        let raw = schema.pipelines[0].raw_table().unwrap();
        let found: Vec<String> = raw
            .own_columns()
            .iter()
            .map(|column| format!("{} {}", column.name, column.kind.name()))
            .collect();
        assert_eq!(found[..4], ["when time", "client_ip address", "bytes bigint", "took double"]);
        assert_eq!(schema.pipelines[0].results.fields.last().unwrap(), "score");
    }

    #[test]
    fn times_may_be_numbers_or_two_texts() {
        checked("mail", &sample("at,who\n1709200806,eve\n", true));
        checked("mail", &sample("day,clock,who\n2024-02-29,9:05:00,eve\n", true));
        let reason = files("mail", &sample("a,b\n1,2\n", true)).unwrap_err();
        assert!(reason.starts_with("no column is a time"), "{reason}");
    }

    #[test]
    fn a_results_file_becomes_a_table_of_scores() {
        let schema = checked("mail", &sample("2024-02-29 10:00:00,eve,1e-7\n", false));
        let scores = schema.pipelines[0].scores_table();
        assert_eq!(scores.own_columns().len(), 4);
    }

    #[test]
    fn only_a_text_that_its_type_gives_back_has_a_type() {
        for (values, expected) in [
            (&["0", "-7", "9223372036854775807"][..], ColumnType::Bigint),
            (&["7", "007"], ColumnType::String),
            (&["+7"], ColumnType::String),
            (&["9223372036854775808"], ColumnType::String),
            (&["0.5", "1.50", "-1E-8", "3"], ColumnType::Double),
            (&["00.5"], ColumnType::String),
            (&["0.5", "07"], ColumnType::String),
            (&["0.5", "9007199254740993"], ColumnType::String),
            (&["inf", "nan"], ColumnType::String),
            (&["10.0.0.1", "2001:db8::1"], ColumnType::Address),
            (&["2024-02-29 23:59:59"], ColumnType::Time),
            (&["2023-02-29 23:59:59"], ColumnType::String),
            (&["2024-13-01 00:00:00"], ColumnType::String),
            (&["2024-04-31 00:00:00"], ColumnType::String),
            (&["2024-04-30 24:00:00"], ColumnType::String),
        ] {
            assert_eq!(kind_of(values), expected, "{values:?}");
        }
        assert!(files("mail", &sample("day,clock\n2024-02-30,9:05:00\n", true)).is_err());
        assert!(files("mail", &sample("day,clock\n2024-02-29,9:65:00\n", true)).is_err());
    }

    #[test]
    fn blanks_around_names_and_values_are_ignored() {
        let schema = checked("mail", &sample("ts, ip ,n\n1709200806, 10.0.0.1, 7 \n", true));
        let pipeline = &schema.pipelines[0];
        assert_eq!(pipeline.sources[0].header, ["ts", "ip", "n"]);
        let raw = pipeline.raw_table().unwrap();
        let kinds: Vec<ColumnType> = raw.own_columns().iter().map(|column| column.kind).collect();
        assert_eq!(kinds[..3], [ColumnType::Bigint, ColumnType::Address, ColumnType::Bigint]);
    }

    #[test]
    fn a_first_line_that_is_not_a_header_is_refused() {
        for (text, expected) in [
            ("ts,a,a\n1,2,3\n", "the columns 2 and 3 have the same name \"a\""),
            ("ts,a, a\n1,2,3\n", "the columns 2 and 3 have the same name \"a\""),
            ("ts,,a\n1,2,3\n", "column 2 has no name in the header"),
            ("ts;a;b\n1;2;3\n", "separated by semicolons, which is not supported here"),
            ("ts|a|b\n1|2|3\n", "separated by bars, which is not supported here"),
            ("ts, 7\n1,2\n", "the first line is not a header: it has \"7\""),
            ("ts,2024-02-29 10:00:00\n1,2\n", "the first line is not a header"),
        ] {
            let reason = files("mail", &sample(text, true)).unwrap_err();
            assert!(reason.contains(expected), "{text}: {reason}");
        }
    }

    #[test]
    fn records_of_another_width_are_refused() {
        let reason = files("mail", &sample("a,b\n1,2\n3\n", true)).unwrap_err();
        assert_eq!(reason, "record 2 has 1 fields, and the first has 2");
    }
}
