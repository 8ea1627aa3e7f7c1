//! The answers of servers to `DESCRIBE` and `SHOW PARTITIONS`, whose shape differs between Impala, Hive and Spark.
//!
//! A row is a list of texts, and NULL is an empty text. Nothing here sends a statement.

use flow_oa_core::quoted;

/// The columns of a table or view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Described {
    /// Name and type of each column, in order, those of partitions last; types in capitals.
    pub columns: Vec<(String, String)>,
    /// The columns of partitions, if the server lists them separately. Impala does not.
    pub partition: Vec<String>,
}

/// Parses the answer to `DESCRIBE`: name, type and comment of each column. Hive and Spark repeat the columns of
/// partitions after a heading that begins with `#`, and Hive pads everything with blanks.
#[must_use]
pub fn described(rows: &[Vec<String>]) -> Described {
    let mut found = Described::default();
    let mut in_partition = false;
    for row in rows {
        let mut cells = row.iter().map(|it| it.trim());
        let (name, kind) = (cells.next().unwrap_or_default(), cells.next().unwrap_or_default());
        if name.starts_with('#') {
            in_partition |= name.eq_ignore_ascii_case("# Partition Information");
        } else if name.is_empty() {
        } else if in_partition {
            found.partition.push(name.to_owned());
        } else {
            found.columns.push((name.to_owned(), kind.to_ascii_uppercase()));
        }
    }
    found
}

/// What `DESCRIBE FORMATTED` says of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Formatted {
    /// Name, type in capitals, and description of each column, in order, those of partitions last.
    pub columns: Vec<[String; 3]>,
    /// The columns of partitions.
    pub partition: Vec<String>,
    /// The folder of the table.
    pub location: String,
    /// `parquet` or `textfile`; empty for another format, or for a view.
    pub format: &'static str,
    /// The description of the table.
    pub comment: String,
}

/// Parses the answer to `DESCRIBE FORMATTED` for a table. Spark lists the columns of partitions twice, Impala and Hive
/// only after their heading.
#[must_use]
pub fn formatted(rows: &[Vec<String>]) -> Formatted {
    let mut found = Formatted::default();
    let mut section = Section::Columns;
    for row in rows {
        let [name, kind, comment] = [0, 1, 2].map(|at| row.get(at).map_or("", |cell| cell.trim()));
        let heading = name.to_ascii_lowercase();
        if heading.starts_with("# partition information") {
            section = Section::Partition;
        } else if heading.starts_with("# detailed table") || heading.starts_with("# storage") {
            section = Section::Facts;
        } else if heading.starts_with('#') {
        } else if section == Section::Facts {
            fact(&mut found, heading.trim_end_matches(':'), kind, comment);
        } else if !name.is_empty() {
            if section == Section::Partition {
                found.partition.push(name.to_owned());
            }
            if !found.columns.iter().any(|[known, ..]| known == name) {
                let comment = if comment.eq_ignore_ascii_case("null") { "" } else { comment };
                found.columns.push([name.to_owned(), kind.to_ascii_uppercase(), comment.to_owned()]);
            }
        }
    }
    found
}

/// A section of the answer to `DESCRIBE FORMATTED`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Columns,
    Partition,
    Facts,
}

/// Takes over a fact of a table: its name and value. Parameters have an empty name, and the name in place of the value.
fn fact(found: &mut Formatted, name: &str, value: &str, more: &str) {
    match (name, value) {
        ("location", _) if found.location.is_empty() => value.clone_into(&mut found.location),
        ("comment", _) => value.clone_into(&mut found.comment),
        ("", "comment") => more.clone_into(&mut found.comment),
        ("inputformat" | "serde library" | "provider", _) => {
            let value = value.to_ascii_lowercase();
            let known = [("parquet", "parquet"), ("textinputformat", "textfile")];
            if let Some((_, format)) = known.into_iter().find(|(part, _)| value.contains(part)) {
                found.format = format;
            }
        }
        _ => {}
    }
}

/// A partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partition {
    /// Its columns and their values.
    pub values: Vec<(String, i64)>,
    /// Its folder, if the server states it. Hive and Spark do not.
    pub location: Option<String>,
}

/// A row of `SHOW PARTITIONS` that is not a partition with whole numbers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{} is not a partition by whole numbers", quoted(.0))]
pub struct NoPartition(pub String);

/// Parses the answer to `SHOW PARTITIONS`, given the names of its columns. Hive and Spark return one text,
/// `y=2016/m=7`; Impala returns a column for each part, then numbers beginning with `#Rows`, and a last row of totals.
///
/// # Errors
/// If a value is not a whole number, such as the value of a partition for rows without a value.
pub fn partitions(names: &[&str], rows: &[Vec<String>]) -> Result<Vec<Partition>, NoPartition> {
    match names.iter().position(|name| name.starts_with('#')) {
        Some(count) => {
            let location = names.iter().position(|name| name.eq_ignore_ascii_case("location"));
            let is_total = |row: &&Vec<String>| row.first().is_some_and(|cell| cell == "Total");
            rows.iter()
                .filter(|row| !is_total(row))
                .map(|row| of_columns(&names[..count], row, location))
                .collect()
        }
        None => rows.iter().map(|row| of_text(row.first().map_or("", String::as_str))).collect(),
    }
}

/// The folder of a partition, if the answer to `DESCRIBE FORMATTED` states it. Hive writes a colon after the word.
#[must_use]
pub fn location(rows: &[Vec<String>]) -> Option<&str> {
    let is_location = |text: &str| text.trim().trim_end_matches(':').eq_ignore_ascii_case("location");
    let row = rows.iter().find(|row| row.first().is_some_and(|cell| is_location(cell)))?;
    row.get(1).map(|text| text.trim()).filter(|text| !text.is_empty())
}

fn of_columns(names: &[&str], row: &[String], location: Option<usize>) -> Result<Partition, NoPartition> {
    let value = |(name, text): (&&str, &String)| Some(((*name).to_owned(), text.trim().parse().ok()?));
    let values: Option<Vec<_>> = names.iter().zip(row).map(value).collect();
    let values =
        values.filter(|value| value.len() == names.len()).ok_or_else(|| NoPartition(row.join(", ")))?;
    Ok(Partition { values, location: location.and_then(|at| row.get(at)).cloned() })
}

fn of_text(text: &str) -> Result<Partition, NoPartition> {
    let value = |part: &str| {
        let (name, value) = part.split_once('=')?;
        Some((name.to_owned(), value.parse().ok()?))
    };
    let values: Option<Vec<_>> = text.split('/').map(value).collect();
    Ok(Partition { values: values.ok_or_else(|| NoPartition(text.to_owned()))?, location: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_described_by_every_server() {
        let spark = "tstart|string|Time.\ny|smallint|Year.\n# Partition Information||\n# col_name|data_type|comment\n\
            y|smallint|Year.\n||\n# Detailed Table Information||\nDatabase|oa|\nComment|Flows.|\n\
            Location|file:/x/flow|\nInputFormat|org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat|";
        let impala = "# col_name|data_type|comment\n||\ntstart|string|Time.\n||\n# Partition Information||\n\
            # col_name|data_type|comment\n||\ny|smallint|Year.\n||\n# Detailed Table Information||\n\
            Location:           |file:/x/flow|\n|comment|Flows.\n# Storage Information||\n\
            InputFormat:|org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat|";
        for answer in [spark, impala] {
            let found = formatted(&rows(answer));
            let columns: Vec<String> = found.columns.iter().map(|column| column.join(" ")).collect();
            assert_eq!(columns, ["tstart STRING Time.", "y SMALLINT Year."]);
            let facts = (found.format, found.comment.as_str(), found.location.as_str());
            assert_eq!(facts, ("parquet", "Flows.", "file:/x/flow"));
            assert_eq!(found.partition, ["y"]);
        }
    }

    fn rows(text: &str) -> Vec<Vec<String>> {
        text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect()
    }

    #[test]
    fn columns_are_read_from_every_server() {
        let spark = "treceived|string|When.\nsport|int|\ny|smallint|\nm|tinyint|\n# Partition Information||\n\
                     # col_name|data_type|comment\ny|smallint|\nm|tinyint|";
        let hive = "treceived           |string              |When.     \nsport|int|\ny|smallint|\nm|tinyint|\n||\n\
                    # Partition Information|||\n# col_name            |data_type           |comment\n||\ny    |smallint|\nm|tinyint|";
        let impala = "treceived|STRING|When.\nsport|INT|\ny|SMALLINT|\nm|TINYINT|";
        let expected = [("treceived", "STRING"), ("sport", "INT"), ("y", "SMALLINT"), ("m", "TINYINT")];
        for (text, partition) in [(spark, vec!["y", "m"]), (hive, vec!["y", "m"]), (impala, vec![])] {
            let found = described(&rows(text));
            let columns: Vec<_> = found.columns.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            assert_eq!(columns, expected);
            assert_eq!(found.partition, partition);
        }
    }

    #[test]
    fn partitions_are_read_from_every_server() {
        let values = vec![("y".to_owned(), 2016), ("m".to_owned(), 7)];
        let spark = partitions(&["partition"], &rows("y=2016/m=7"));
        assert_eq!(spark, Ok(vec![Partition { values: values.clone(), location: None }]));
        let impala = partitions(
            &["y", "m", "#Rows", "#Files", "Size", "Location"],
            &rows("2016|7|-1|1|2KB|hdfs://x/y\nTotal||-1|1|2KB|"),
        );
        assert_eq!(impala, Ok(vec![Partition { values, location: Some("hdfs://x/y".to_owned()) }]));
    }

    #[test]
    fn the_folder_of_a_partition_is_read_from_what_describes_it() {
        let spark = "sip|string|\n# Detailed Partition Information||\nLocation|file:/f/y=1/run-2|\nowner|x|";
        let hive = "# Detailed Partition Information|NULL|\nLocation:           \t|hdfs://n/f/y=1/run-2 |";
        assert_eq!(location(&rows(spark)), Some("file:/f/y=1/run-2"));
        assert_eq!(location(&rows(hive)), Some("hdfs://n/f/y=1/run-2"));
        assert_eq!(location(&rows("sip|string|")), None);
    }

    #[test]
    fn a_partition_of_rows_without_a_value_is_told() {
        let odd = "y=2016/m=__HIVE_DEFAULT_PARTITION__";
        assert_eq!(partitions(&["partition"], &rows(odd)), Err(NoPartition(odd.to_owned())));
        assert!(partitions(&["y", "#Rows"], &rows("NULL|0")).is_err());
    }
}
