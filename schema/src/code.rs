//! The codes of faults. The code of a released fault is never reused for another fault.

/// The kind of a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// A file cannot be read.
    Unreadable,
    /// A file is not valid JSON.
    Syntax,
    /// A key is unknown.
    UnknownKey,
    /// A value has the wrong type.
    WrongType,
    /// A key is missing.
    MissingKey,
    /// A key is repeated.
    DuplicateKey,
    /// A word is unknown.
    UnknownWord,
    /// A number is out of range.
    OutOfRange,
    /// There is no pipeline.
    NoPipeline,
    /// The name of a file differs from the name of its content.
    FileName,
    /// A name is not legal.
    IllegalName,
    /// Two names cannot be distinguished.
    NameCollision,
    /// A name is reserved.
    ReservedName,
    /// A table has no columns.
    NoColumns,
    /// A description is empty.
    NoDescription,
    /// The number of partition columns is wrong.
    PartitionColumns,
    /// A partition column has the name of another column.
    PartitionClash,
    /// A partition holds the wrong date.
    PartitionDate,
    /// An index of the results file is used twice.
    DuplicateIndex,
    /// An index has no field.
    MissingIndex,
    /// An index of the filter is outside the results file.
    FilterOutside,
    /// An index of the filter is not taken by any column.
    FilterUnused,
    /// A column takes a field that the filter omits.
    FilterLacks,
    /// An index of the filter is repeated.
    FilterTwice,
    /// The score fields do not match the table.
    ScoreFields,
    /// There is not exactly one table of scores.
    ResultsTable,
    /// The path of the results cannot be used.
    ResultsPath,
    /// A description cannot be printed.
    Description,
    /// A column does not exist.
    AbsentColumn,
    /// A field of the results file does not exist.
    AbsentField,
    /// A table does not exist.
    AbsentTable,
    /// An expression is not possible for this kind of rows.
    ExpressionNotHere,
    /// A type does not match the values.
    TypeMismatch,
    /// Rows are derived from the wrong kind of table.
    RowsOf,
    /// Pairs do not name two ends.
    Pairs,
    /// Context is looked up for a column of an unsuitable type.
    SubjectType,
    /// A column of type `time` is required.
    TimeType,
    /// The raw table is ambiguous or missing.
    RawTable,
    /// A raw format omits a column.
    SourceLacks,
    /// A raw format defines a column that is not needed.
    SourceGives,
    /// A column is not in the header.
    HeaderColumn,
    /// A header is not unique.
    HeaderTwice,
    /// A constant has the wrong type.
    ValueType,
    /// A binary format cannot be used.
    Binary,
    /// A key or index cannot be used.
    IndexColumns,
    /// A location cannot be used.
    Location,
    /// A role cannot be used.
    Role,
    /// The feedback fields cannot be used.
    Feedback,
    /// A setting cannot be used.
    Settings,
    /// A key does not identify one row.
    KeyRepeats,
    /// The key of a rollup differs from the columns by which its rows are grouped.
    RollupKey,
    /// The protocol of a port is missing, or a protocol is given for a fact that is not about a port.
    ProtocolBeside,
    /// Scores of analysts cannot be distinguished, or have no severity.
    Judged,
    /// Rows about addresses cannot be found again.
    Subject,
    /// A selection cannot be computed.
    Select,
    /// A construct of an earlier version of the language.
    Outdated,
    /// The name of a score field differs from that of the column. A warning.
    OtherName,
    /// Reputation is asked of a field for which no column has it.
    AddReputation,
    /// A file of a storyboard cannot be written.
    StoryFile,
    /// Two pipelines are the default.
    DefaultPipeline,
    /// A day cannot be ranked as declared.
    Ranking,
    /// A field that records may lack cannot be read.
    OptionalField,
}

/// All codes, each with its identifier, title and explanation.
const TABLE: [(Code, &str, &str, &str); 62] = [
    (
        Code::Unreadable,
        "FO0001",
        "file cannot be read",
        "The file or folder could not be opened, or is not valid UTF-8. Look at its path and permissions; JSON is UTF-8 without a byte order mark.",
    ),
    (
        Code::Syntax,
        "FO0002",
        "not valid JSON",
        "The text is not JSON as RFC 8259 defines it: no comments, no commas before a closing bracket, texts in double quotes.",
    ),
    (
        Code::UnknownKey,
        "FO0003",
        "unknown key",
        "This object has no such key. Unknown keys are refused so that a misspelt key is not overlooked. An object that names a kind (`{\"rank\": {}}`) has exactly one key.",
    ),
    (
        Code::WrongType,
        "FO0004",
        "wrong type of value",
        "The value has another type than expected, such as a number instead of a text.",
    ),
    (
        Code::MissingKey,
        "FO0005",
        "missing key",
        "A required key is missing. The JSON Schemas in `schema/meta` list what each document needs.",
    ),
    (
        Code::DuplicateKey,
        "FO0006",
        "duplicate key",
        "The same key occurs twice in one object. JSON readers would keep one of the two without a message, so the object is refused.",
    ),
    (
        Code::UnknownWord,
        "FO0007",
        "unknown word",
        "The text must be one of a closed list: a column type, a part of a time, a fact of a context source, a file format.",
    ),
    (
        Code::OutOfRange,
        "FO0008",
        "value out of range",
        "A number is not whole, is below the minimum or above the maximum of this key, or is too large for any number type; or a list is empty that needs an entry; or a character cannot separate fields.",
    ),
    (
        Code::NoPipeline,
        "FO0010",
        "no pipeline found",
        "A schema folder contains one folder for each pipeline, named after it, with `<pipeline>_config.json`, `tables/` and, for raw rows, `sources/`.",
    ),
    (
        Code::FileName,
        "FO0011",
        "file named differently from what it holds",
        "A table is found by its file: `tables/flow_edge.json` holds the table `flow_edge`, `sources/nfdump.json` the format `nfdump`, and `flow/` the file `flow_config.json`. Rename one of the two.",
    ),
    (
        Code::IllegalName,
        "FO0012",
        "name is not legal",
        "Names of pipelines, tables, columns and fields are ASCII identifiers of at most 63 characters: a letter or `_`, then letters, digits and `_`. Reserved words are legal: they are quoted in SQL and escaped in Rust. Names are never changed, so a name that cannot be used as it is is refused.",
    ),
    (
        Code::NameCollision,
        "FO0013",
        "two names that cannot be distinguished",
        "SQL compares names without regard to case, and Rust writes `flow_scores` as the type `FlowScores`. Two names that become equal in either language cannot be used together. All tables of all pipelines share one database, and with them the names of their indexes (`<table>_index_<n>`), keys (`<table>_pkey`) and the logs of analysts' tables (`<table>_log`).",
    ),
    (
        Code::ReservedName,
        "FO0014",
        "name that is reserved",
        "Names that begin with `flow_oa_` belong to the program's own tables and columns. Some names belong to an engine: tables that begin with `sqlite_` or `pg_`, and columns such as `ctid` that PostgreSQL or the Hive family give every table.",
    ),
    (
        Code::NoColumns,
        "FO0015",
        "table without columns",
        "A table needs at least one column besides its partition.",
    ),
    (
        Code::NoDescription,
        "FO0016",
        "empty description",
        "Every table, column and raw format needs a description: it becomes the comment in the database, the documentation of the generated code, and the text that analysts read.",
    ),
    (
        Code::PartitionColumns,
        "FO0017",
        "wrong number of partition columns",
        "A partition has three columns (year, month, day) or, for raw rows, four (and hour).",
    ),
    (
        Code::PartitionClash,
        "FO0018",
        "partition column clashes with a column",
        "The columns of the partition are added after the table's own columns, so their names must differ from those.",
    ),
    (
        Code::PartitionDate,
        "FO0019",
        "partition of the wrong date",
        "Raw rows and their rollups are stored by the date of their own time (`{\"of\": COLUMN}`, a column of type `time`); all other tables by the date of the run (`{\"run\": {}}`), so that a run replaces its day as a whole.",
    ),
    (
        Code::DuplicateIndex,
        "FO0020",
        "index used twice",
        "Two fields of the results file have the same index. Each field has its own, counted from 0.",
    ),
    (
        Code::MissingIndex,
        "FO0021",
        "index without a field",
        "The indices must run from 0 without a gap: every field of the file is named, also those that are not used.",
    ),
    (
        Code::FilterOutside,
        "FO0022",
        "filter index outside the results file",
        "`column_indexes_filter` names an index that no field of the results file has.",
    ),
    (
        Code::FilterUnused,
        "FO0023",
        "filter index that no column takes",
        "`column_indexes_filter` selects a field of the results file, but no column of the table of scores uses it. Add a column, or remove the index from the filter.",
    ),
    (
        Code::FilterLacks,
        "FO0024",
        "column takes a field that the filter leaves out",
        "A column of the table of scores takes a field whose index `column_indexes_filter` does not list. Add the index to the filter.",
    ),
    (
        Code::FilterTwice,
        "FO0025",
        "filter index given twice",
        "`column_indexes_filter` lists the same index twice.",
    ),
    (
        Code::ScoreFields,
        "FO0026",
        "score fields do not line up with the table",
        "`<pipeline>_score_fields` lists the first columns of the scores file, which are the first columns of the table of scores: the same names without regard to case, in the same order. Columns from context follow them.",
    ),
    (
        Code::ResultsTable,
        "FO0027",
        "not exactly one table of scores",
        "Exactly one table of a pipeline has `\"rows\": {\"results\": {}}`.",
    ),
    (
        Code::ResultsPath,
        "FO0028",
        "path of results is not usable",
        "The path of the results file is relative to the root of results, and must contain `{date}`, so that each day has its own file. It may also contain `{pipeline}`.",
    ),
    (
        Code::Description,
        "FO0029",
        "description that cannot be printed",
        "A description becomes a comment in the database and in the generated code, and analysts read it. It may contain line breaks and tabs, but no other control characters, and no marks that change the writing direction, because they can make a text look different from what it is.",
    ),
    (Code::AbsentColumn, "FO0030", "no such column", "The named column does not exist in that table."),
    (
        Code::AbsentField,
        "FO0031",
        "no such field in the results file",
        "A column of the table of scores uses a field that `<pipeline>_results_fields` does not name.",
    ),
    (Code::AbsentTable, "FO0032", "no such table", "The pipeline has no table of that name."),
    (
        Code::ExpressionNotHere,
        "FO0033",
        "expression that these rows cannot have",
        "Each kind of rows allows certain expressions, which the message lists. Within another expression, only values computed from the same row are possible: a name, a constant, a part of a time, a sum, a text. What raw rows hold always has a value.",
    ),
    (
        Code::TypeMismatch,
        "FO0034",
        "type that does not match the values",
        "The type of the column cannot hold the values that `from` gives: a text from a number, a 32-bit number from a 64-bit one, a `port` (0 to 65535) from an `int`. A wider type of the same kind is fine: a `port` is also an `int`, a `count` also a `bigint`. A sum needs numbers, a comparison two numbers or two texts, and a list at least one element.",
    ),
    (
        Code::RowsOf,
        "FO0035",
        "rows made of the wrong kind of table",
        "Rows are selected from a table whose rows are `ingest`. Judgements are `of` the table whose rows are `results`.",
    ),
    (
        Code::Pairs,
        "FO0036",
        "pairs that name no two ends",
        "A pair is a column of the table of scores and the column with the same meaning in the table that rows are selected from. `results` needs at least one of `equal`, `either_way` and `within`. The two pairs of `either_way` and `between` name two different ends, which are texts such as addresses. `subjects` names columns of addresses.",
    ),
    (
        Code::SubjectType,
        "FO0037",
        "context of something that cannot have it",
        "A context source is asked about an address: `of` names a column of this table whose type is `address` and that is read from the file. `iana` is asked about a port, which is a whole number, or about a text; a `code` is a text or a whole number.",
    ),
    (
        Code::TimeType,
        "FO0038",
        "text that is not a time",
        "Parts, minutes and partitions are taken from a column of type `time`.",
    ),
    (
        Code::RawTable,
        "FO0040",
        "raw table not clear",
        "A pipeline with selected rows, raw formats or a rank needs one table whose rows are `ingest`; if there are several, `raw_table` names the one to use.",
    ),
    (
        Code::SourceLacks,
        "FO0041",
        "raw format that leaves a column out",
        "Every raw format must state the source of each `input` column of the raw table. A column that the format does not have gets a constant: `{\"value\": 0}`.",
    ),
    (
        Code::SourceGives,
        "FO0042",
        "raw format that gives what is not asked",
        "The raw format reads a column that the raw table does not have, or that is not an `input` column: parts of a time and partitions are always computed.",
    ),
    (
        Code::HeaderColumn,
        "FO0043",
        "no such column in the header",
        "The raw format reads from a column, or has a condition on one, that its `header` does not list. If it has `fields`, they count instead of the header.",
    ),
    (
        Code::HeaderTwice,
        "FO0044",
        "header not unique",
        "A raw format reads from a column that its header lists more than once, has no columns, or has a header that another raw format has too. Formats of all pipelines count, since a file is recognized by its header.",
    ),
    (
        Code::ValueType,
        "FO0045",
        "constant of the wrong type",
        "The constant, or a value of a `map`, is not a valid value of the column: a text in a column of numbers, or a number outside the range of its type, such as -1 in a `count`.",
    ),
    (
        Code::Binary,
        "FO0046",
        "binary format not usable",
        "`magic` must be an even number of hexadecimal digits that files of no other format begin with, and `run` must name a program with `{file}` among its arguments.",
    ),
    (
        Code::IndexColumns,
        "FO0050",
        "key or index not usable",
        "A key or an index lists columns of the table or its partition, each once, and at least one.",
    ),
    (
        Code::Location,
        "FO0051",
        "location not usable",
        "A location in the Hive family is a relative path of ASCII letters, digits, `_`, `-`, `.` and `=`, without `..`. No two tables of any pipeline may share a location, and none may be inside another: the files of one table would be read as rows of the other. Without `hive`, a table's location is `<pipeline>/hive/<table>`; `ledger` is reserved for the program.",
    ),
    (
        Code::Role,
        "FO0052",
        "role not usable",
        "`roles` names columns of the raw table, of fitting types: texts for the ends, whole numbers for ports, bytes and packets, a time; and fields of the results file for the score and the reasons of a ranking. With a score, every other field must be a column of the raw table, or in the `fields` of the `ranking`, so that a ranking can write the file.",
    ),
    (
        Code::Feedback,
        "FO0053",
        "feedback fields not usable",
        "`<pipeline>_feedback_fields` numbers the columns of the feedback file from 0 without a gap. Each is `sev`, the severity of a scored row, or a column of the table of scores or of the `judged` table.",
    ),
    (
        Code::Settings,
        "FO0054",
        "setting not usable",
        "A setting of `flow_oa.json` has a value that cannot be used: a time zone that the IANA database does not have, or a reputation service whose name contains a character other than letters, digits, `-` and `_`.",
    ),
    (
        Code::KeyRepeats,
        "FO0055",
        "key that rows would repeat",
        "The columns of a key identify one row, so that a database can refuse a second one. The key of a table that a run writes holds the columns of its partition, since ranks and minutes come again every day; that of grouped rows also the columns by which they are grouped. Rows that are neither grouped nor distinct have no key, since rows that are equal in every column are different rows. A column from context that may be unknown cannot stand in a key.",
    ),
    (
        Code::RollupKey,
        "FO0056",
        "key of a rollup that is not what it is summed up by",
        "Ingest adds to the row of a rollup that has the same key. So the key consists of the day (the partition) and every column that raw rows are grouped by (plain names and `truncate`), without the columns that are a `total` or a `count`.",
    ),
    (
        Code::ProtocolBeside,
        "FO0057",
        "a port without its protocol, or a protocol beside no port",
        "The meaning of a port depends on the protocol: `service`, `icmp_message`, `icmp_type` and `icmp_code` name the column of the port (`of`) and that of the protocol (`with`). The other answers need `of` only.",
    ),
    (
        Code::Judged,
        "FO0058",
        "analysts' scores without a usable key or a severity",
        "A row of `judged` is an analyst's judgement of a scored row. It needs a key, so that a second judgement of the same row replaces the first: the day (the partition) and the plain names that identify the scored rows, but nothing that the analyst enters. At least one column holds a `severity`. Several columns need a name each: `{\"severity\": {\"of\": …}}`.",
    ),
    (
        Code::Subject,
        "FO0059",
        "rows about a subject without a usable key",
        "Rows of `comments`, and rows that match `subjects`, are about a subject: an address, a name or a URL, which is in a column of `subject`. A second comment about the same subject replaces the first, so the key consists of the day (the partition), the subject and, for selected rows, all columns by which they are grouped.",
    ),
    (
        Code::Select,
        "FO0060",
        "selection that cannot be computed",
        "A selection is kept either by the run, and may then match scored rows, hubs or the subjects of comments, or by ingest (`\"kept_by\": \"ingest\"`), which adds up all rows and matches nothing. Rows that match hubs tell in one column which address is the `hub`.",
    ),
    (
        Code::Outdated,
        "FO0061",
        "construct of an earlier version",
        "The language has changed: one kind of rows, `select`, replaces `details`, `chords`, `counts`, `rollup` and `timeline`, `truncate` replaces `minute`, and `roles` in the configuration replaces `rank`. The help shows what to write instead; `flow-oa schema upgrade DIR` rewrites a whole folder. Rows and columns of `analyst`, which no command wrote, have no replacement: delete the table, or give it rows of `comments` or `judged`.",
    ),
    (
        Code::OtherName,
        "FO0062",
        "other name than in the table",
        "This is a warning. Names in `<pipeline>_score_fields` say what the columns of the scores file are; the tables decide. The position fits, and the name differs from that of the column: Spot's files call the columns of some tables otherwise.",
    ),
    (
        Code::AddReputation,
        "FO0063",
        "reputation of a field that has none",
        "`add_reputation` is Spot's list of the fields whose reputation is looked up: a name, which is not used, and the index of a field of the results file. The table of scores decides, so some column of it must be the `reputation` of the column that takes the field.",
    ),
    (
        Code::StoryFile,
        "FO0064",
        "file of a storyboard not usable",
        "`storyboard` lists files about the subject of a comment. Each has a name with `{md5}` in it, a column of the raw table of the type `string` that can hold the subject, and lists of distinct values of columns of the raw table.",
    ),
    (
        Code::DefaultPipeline,
        "FO0065",
        "more than one default pipeline",
        "At most one pipeline of a folder says `\"default\": true`. Commands use it if neither `-t` nor the setting `pipeline` names one.",
    ),
    (
        Code::Ranking,
        "FO0066",
        "ranking that cannot be computed",
        "`ranking` tells how `flow-oa rank` ranks the raw rows of a day. It has the keys of a `group`, each with a name; the `values` that a row says, each `from` columns or a `key`, within a context; the keys of each story in `spread`; a `weight` from 0 to 100; and the columns that break `ties`. `direction` and `popular` name keys, too. The role `score` names the field that receives the score; `fields` gives the fields that are no columns of the raw table. `why` tells in which words a value is a reason; its text has no braces but `{value}` and `{n}`.",
    ),
    (
        Code::OptionalField,
        "FO0067",
        "field that records may lack cannot be read",
        "`{\"field\": NAME, \"optional\": true}` reads a field that the configuration need not list: a record may have one field more than `<pipeline>_results_fields` lists. There is one such field at most, and its column is a text, which is empty where the field is absent.",
    ),
];

impl Code {
    /// All codes, in order.
    pub fn all() -> impl Iterator<Item = Code> {
        TABLE.iter().map(|it| it.0)
    }

    /// The code with this identifier, in any case.
    pub fn by_id(id: &str) -> Option<Code> {
        TABLE.iter().find(|entry| entry.1.eq_ignore_ascii_case(id)).map(|entry| entry.0)
    }

    /// Whether the schema can be used nevertheless.
    pub fn is_warning(self) -> bool {
        self == Self::OtherName
    }

    /// The identifier, such as `FO0003`.
    pub fn id(self) -> &'static str {
        self.row().1
    }

    /// The fault in a few words.
    pub fn title(self) -> &'static str {
        self.row().2
    }

    /// What the fault means, why it is refused, and how to fix it.
    pub fn explanation(self) -> &'static str {
        self.row().3
    }

    fn row(self) -> &'static (Code, &'static str, &'static str, &'static str) {
        &TABLE[self as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_lists_every_code_in_order() {
        for (at, code) in Code::all().enumerate() {
            assert_eq!(code as usize, at);
            assert_eq!(Code::by_id(&code.id().to_lowercase()), Some(code));
        }
    }

    #[test]
    fn identifiers_are_unique() {
        let mut ids: Vec<_> = Code::all().map(Code::id).collect();
        ids.dedup();
        assert_eq!(ids.len(), TABLE.len());
    }
}
