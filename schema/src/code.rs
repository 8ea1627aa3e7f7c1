//! The codes of faults, and of changes between two versions of a schema. The code of a released fault is never reused
//! for another fault.

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
    /// Something is expected of rows that no command checks.
    Unchecked,
    /// An expectation does not fit its column.
    Expectation,
    /// An earlier name cannot be used.
    EarlierName,
    /// A declaration of a breaking change says nothing.
    Declaration,
    /// A pipeline is gone.
    PipelineGone,
    /// A pipeline is new.
    PipelineAdded,
    /// A table is gone.
    TableGone,
    /// A table has another name or pipeline.
    TableRenamed,
    /// A table is new.
    TableAdded,
    /// A column is gone.
    ColumnGone,
    /// A column has another name.
    ColumnRenamed,
    /// A column is new.
    ColumnAdded,
    /// Columns have other positions.
    ColumnsMoved,
    /// The type of a column holds more values.
    TypeWider,
    /// The type of a column holds fewer values.
    TypeNarrower,
    /// The type of a column is another one.
    TypeOther,
    /// A column needs a value in every row, or no longer does.
    ValueRequired,
    /// The value of a column is computed in another way.
    ValueChanged,
    /// A table has other rows.
    RowsChanged,
    /// The key of a table is another one.
    KeyChanged,
    /// A table has other indexes.
    IndexesChanged,
    /// The partition of a table is another one.
    PartitionChanged,
    /// A table is stored in another way in the Hive family.
    HiveChanged,
    /// A description is another one.
    DescriptionChanged,
    /// The fields of the results file are others.
    FieldsChanged,
    /// The path of the results is another one.
    PathChanged,
    /// The feedback fields are others.
    FeedbackChanged,
    /// A role is given to something else.
    RoleChanged,
    /// The ranking is another one.
    RankingChanged,
    /// A file of a storyboard is another one.
    StoryFileChanged,
    /// A raw format is gone.
    SourceGone,
    /// A raw format is new.
    SourceAdded,
    /// A raw format recognizes other files.
    SourceChanged,
    /// A raw format reads other values.
    ReadingChanged,
    /// A raw format has other options.
    OptionChanged,
    /// Another pipeline is the default.
    DefaultChanged,
    /// Other values are expected of a column.
    ExpectationsChanged,
}

/// All codes, each with its identifier, title and explanation.
const TABLE: [(Code, &str, &str, &str); 99] = [
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
    (
        Code::Unchecked,
        "FO0068",
        "expectation that is never checked",
        "`flow-oa ingest` checks the raw rows of a file, and `flow-oa run` the rows that it stores. Nothing checks the rows of analysts (`judged`, `comments`, and rows that match `subjects`) and rollups (`\"kept_by\": \"ingest\"`), so nothing can be expected of their columns. Expect it of the columns from which their values come.",
    ),
    (
        Code::Expectation,
        "FO0069",
        "expectation that does not fit its column",
        "An expectation needs at least one rule, which some value of the column meets and some value breaks. `not_null` is for columns that may be NULL, which raw rows never are; `range` is for numbers, with the least number first; `one_of` is for texts and whole numbers, and lists at least one; `empty_at_most` is for texts, and for numbers that may be NULL; `unique_with` lists other columns of the table, each once.",
    ),
    (
        Code::EarlierName,
        "FO0070",
        "earlier name that cannot be used",
        "`was` gives the earlier names of a table or a column, the latest first, and `dropped` the names of what may go, so that `flow-oa migrate` knows what to rename and what to drop in a database. No table or column of today can have such a name, each may be given once, and the columns of a partition keep their names.",
    ),
    (
        Code::Declaration,
        "FO0071",
        "declaration of a change that says nothing",
        "`breaks` of a column, of a table or of the configuration of a pipeline declares breaking changes that are intended: the code of the rule that compares two versions, such as `FO0090`, and the reason, which `flow-oa check --against` and `flow-oa diff` repeat. A declaration counts where the earlier version does not give the same reason for that code, so that it allows one change and not the next.",
    ),
    (
        Code::PipelineGone,
        "FO0080",
        "pipeline gone",
        "This rule compares two versions of a schema: breaking. A pipeline of the earlier version does not exist any more. Commands that name it with `-t` fail, its raw files are not recognized, and nothing fills its tables. To declare it, list all of its tables under `dropped` in the configuration of another pipeline.",
    ),
    (
        Code::PipelineAdded,
        "FO0081",
        "pipeline added",
        "This rule compares two versions of a schema: additive. A pipeline is new. Nothing that worked is affected; its tables are not listed one by one.",
    ),
    (
        Code::TableGone,
        "FO0082",
        "table gone",
        "This rule compares two versions of a schema: breaking. A table of the earlier version does not exist any more: queries, notebooks and readers of its files fail. If it has a new name, give the earlier one in `was` of the table; else list it under `dropped` in the configuration of its pipeline. Both declare the change, and `flow-oa migrate` renames or drops the table.",
    ),
    (
        Code::TableRenamed,
        "FO0083",
        "table renamed",
        "This rule compares two versions of a schema: breaking, and declared by `was`. A table has another name, or belongs to another pipeline. Queries and notebooks with the earlier name fail. A name that differs only in case is another name, too, for PostgreSQL and for programs that read files; `was` cannot declare it.",
    ),
    (
        Code::TableAdded,
        "FO0084",
        "table added",
        "This rule compares two versions of a schema. A new table needs a backfill if a command can compute its rows for days that are stored: a run, `flow-oa init` for a rollup, an ingest for raw rows. A table that analysts write is additive.",
    ),
    (
        Code::ColumnGone,
        "FO0085",
        "column gone",
        "This rule compares two versions of a schema: breaking. A column of the earlier version does not exist any more: queries and notebooks that name it fail, and programs that find columns of the scores file or of Parquet files by position read the wrong ones. If it has a new name, give the earlier one in `was` of the column; else list it under `dropped` in the file of its table. Both declare the change, and `flow-oa migrate` renames or drops the column.",
    ),
    (
        Code::ColumnRenamed,
        "FO0086",
        "column renamed",
        "This rule compares two versions of a schema: breaking, and declared by `was`. Queries and notebooks with the earlier name fail. Stored values stay. A name that differs only in case is another name, too, for PostgreSQL and for programs that read files; `was` cannot declare it.",
    ),
    (
        Code::ColumnAdded,
        "FO0087",
        "column added",
        "This rule compares two versions of a schema. A new column needs a backfill if a command can compute its value for rows that are stored: a run, `flow-oa init` for a rollup, an ingest for raw rows. It is additive if stored rows cannot have a value: a column of a table that analysts write, or one that reads a field of the results file that earlier files lack (`\"optional\": true`).",
    ),
    (
        Code::ColumnsMoved,
        "FO0088",
        "columns in another order",
        "This rule compares two versions of a schema: breaking. Programs find the columns of the scores file by position, and so does Impala in Parquet files and every engine of the Hive family in text files: stored files would be read with the values of other columns. Keep the order, and add new columns after all others. Columns that are gone do not count; they have a rule of their own.",
    ),
    (
        Code::TypeWider,
        "FO0089",
        "wider type",
        "This rule compares two versions of a schema. The new type holds every value of the earlier one. It needs a backfill if values are stored in another way, such as 64 bits instead of 32: `flow-oa migrate` copies the table in the Hive family and changes the column in PostgreSQL; SQLite stores both alike. It is additive if only the range or the meaning is another: then at most a CHECK constraint changes.",
    ),
    (
        Code::TypeNarrower,
        "FO0090",
        "narrower type",
        "This rule compares two versions of a schema: breaking. Values that were valid are not valid any more: 64 bits became 32, or a range became smaller, or any text became a time. `flow-oa migrate` counts the stored values that do not fit, and changes the column only if all do. Else give the new column another name, and list the earlier one under `dropped`.",
    ),
    (
        Code::TypeOther,
        "FO0091",
        "other type",
        "This rule compares two versions of a schema: breaking. Neither type holds all values of the other: a number became a text, a whole number one with a fraction. `flow-oa migrate` converts the stored values if all of them can be; programs that compare the column with a value of the earlier type may fail. Or give the new column another name, and list the earlier one under `dropped`.",
    ),
    (
        Code::ValueRequired,
        "FO0092",
        "value required",
        "This rule compares two versions of a schema. Whether a column may have no value follows from its expression. If it might be empty and now may not, the change is breaking: databases refuse the constraint NOT NULL if a stored row has no value. The other way round it is additive: queries may find NULL in new rows.",
    ),
    (
        Code::ValueChanged,
        "FO0093",
        "value computed in another way",
        "This rule compares two versions of a schema: needs a backfill. The expression in `from` is another one, so stored rows hold the earlier meaning and new rows the new one, and nothing in the database tells them apart. Columns and fields that only have a new name count as the same. Run the stored days again, or ingest their raw files again; rows of analysts stay as they were written.",
    ),
    (
        Code::RowsChanged,
        "FO0094",
        "other rows",
        "This rule compares two versions of a schema. It needs a backfill if a table of the same kind selects other rows: from another table, with other conditions, another order or limit. It is breaking if the rows are of another kind, which another command writes.",
    ),
    (
        Code::KeyChanged,
        "FO0095",
        "key changed",
        "This rule compares two versions of a schema: breaking. The key says which rows are the same row. With another key, a database refuses rows that were valid, also stored ones, or keeps rows that used to replace each other. `flow-oa migrate` builds the new key if no stored rows repeat it. Columns of the key in another order are additive.",
    ),
    (
        Code::IndexesChanged,
        "FO0096",
        "indexes changed",
        "This rule compares two versions of a schema: additive. Indexes change how fast queries are, not what they find.",
    ),
    (
        Code::PartitionChanged,
        "FO0097",
        "partition changed",
        "This rule compares two versions of a schema: breaking. Days are found and replaced by the partition. With other columns or another date, stored rows lie where no run and no query of a day looks for them, until `flow-oa migrate` has written them again.",
    ),
    (
        Code::HiveChanged,
        "FO0098",
        "storage in the Hive family changed",
        "This rule compares two versions of a schema: breaking, for Impala, Hive and Spark only. Until `flow-oa migrate` has changed the table, files are in the earlier folder and format. It copies a table into another format; in another folder it stores new partitions, and the earlier ones stay where they are.",
    ),
    (
        Code::DescriptionChanged,
        "FO0099",
        "description changed",
        "This rule compares two versions of a schema: cosmetic. A description is a comment in the database and in the generated code, and analysts read it. `flow-oa migrate` stores it, except in SQLite, which has comments only in the statement that created a table.",
    ),
    (
        Code::FieldsChanged,
        "FO0100",
        "fields of the results file changed",
        "This rule compares two versions of a schema. Fields are found by position, so a field that is gone, that moved, or that every record must now have is breaking: files that spot-ml writes, or wrote for earlier days, are refused or misread. A new field that records may lack is additive, and a new name is cosmetic. Change what writes the files first.",
    ),
    (
        Code::PathChanged,
        "FO0101",
        "path of results changed",
        "This rule compares two versions of a schema: breaking. Results of earlier days, and those that spot-ml still writes to the earlier path, are not found.",
    ),
    (
        Code::FeedbackChanged,
        "FO0102",
        "feedback fields changed",
        "This rule compares two versions of a schema. spot-ml reads the feedback file by position, so a field that is gone, moved, renamed or holds another value is breaking. A field after all others is additive.",
    ),
    (
        Code::RoleChanged,
        "FO0103",
        "role changed",
        "This rule compares two versions of a schema. Commands find columns by `roles`. A role that nothing has any more, or that something else has, is breaking: commands fail, or read another value. A role that nothing had is additive. `raw_table` counts as a role.",
    ),
    (
        Code::RankingChanged,
        "FO0104",
        "ranking changed",
        "This rule compares two versions of a schema. A ranking that is gone is breaking: `flow-oa rank` fails. One that is computed in another way needs a backfill, since lists of earlier days have the earlier order. A new one is additive, and other words for reasons are cosmetic.",
    ),
    (
        Code::StoryFileChanged,
        "FO0105",
        "file of a storyboard changed",
        "This rule compares two versions of a schema. A file that is gone, or has another name, is breaking for programs that read it. One with another content needs a backfill: files of earlier comments stay as they are. A new file is additive.",
    ),
    (
        Code::SourceGone,
        "FO0106",
        "raw format gone",
        "This rule compares two versions of a schema: breaking. Files of this format are not recognized any more, and `--format` with its name fails. Keep the format until no such file comes any more.",
    ),
    (
        Code::SourceAdded,
        "FO0107",
        "raw format added",
        "This rule compares two versions of a schema: additive. Files that were recognized are read as before, since no two formats may have the same header.",
    ),
    (
        Code::SourceChanged,
        "FO0108",
        "raw format recognizes other files",
        "This rule compares two versions of a schema. It is breaking if a file that was recognized may not be recognized any more, or is divided into records and fields in another way: another header, text, marker of missing values or program, or a field that files must now have. It is additive if there are more optional fields, more spellings or fewer fields that files must have.",
    ),
    (
        Code::ReadingChanged,
        "FO0109",
        "raw format reads other values",
        "This rule compares two versions of a schema: needs a backfill. Values of columns are read from other fields or in another way, or other records become rows. Raw rows that are stored were read in the earlier way; ingest their files again if they are kept.",
    ),
    (
        Code::OptionChanged,
        "FO0110",
        "options of a raw format changed",
        "This rule compares two versions of a schema. An option or a value of it that is gone is breaking: `--option` and settings that name it are refused. New ones are additive.",
    ),
    (
        Code::DefaultChanged,
        "FO0111",
        "default pipeline changed",
        "This rule compares two versions of a schema: breaking. Commands without `-t` work on another pipeline, or on none. Only one pipeline in a folder is the default without saying so, so a second pipeline changes it, too.",
    ),
    (
        Code::ExpectationsChanged,
        "FO0112",
        "expectations changed",
        "This rule compares two versions of a schema: additive. `expect` of a column says other things of its values. Stored rows stay as they are; the next ingest or run of a day checks its rows.",
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

    /// Whether it is about two versions of a schema rather than about one.
    pub fn is_about_changes(self) -> bool {
        self as usize >= Self::PipelineGone as usize
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
