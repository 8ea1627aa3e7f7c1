//! `sources/<source>.json`: one raw format, and how its columns map to those of the raw table.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Document;

/// One raw format: a text that is recognized by its header or its keys, or the text that a program prints for a binary
/// file. Columns of the raw table that have a default may be left out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "flow-oa raw format")]
pub struct SourceDoc {
    /// The JSON Schema of this file, for editors.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The name of the format. It is also the name of the file.
    pub source: String,
    /// The format in a few words, such as the program that writes it.
    pub description: String,
    /// How the text is divided into records and fields. Default: the fields are separated by commas.
    #[serde(default)]
    pub text: TextDoc,
    /// The names in the header of a file, in order. Files are read by these names: their columns may be in any order and
    /// in capitals, more columns are ignored, and a column may be missing whose value the table does not need. In
    /// JSON, a name is the path of a value, with dots between the keys; keys may contain dots. Default: the names that
    /// `columns` and `only` mention.
    pub header: Option<Vec<String>>,
    /// Other spellings of names.
    #[serde(default)]
    pub spellings: BTreeMap<String, Vec<String>>,
    /// The names by which a file is recognized: a header has all of them, or one of the first records in JSON. Default:
    /// those that the columns of the table need that have no default.
    pub needs: Option<Vec<String>>,
    /// The names of the fields of a record, in order, if they are not those of `header`: some programs print a value
    /// that contains the delimiter without quotes. Such files must have exactly the names of `header`.
    pub fields: Option<Vec<String>>,
    /// The names of the fields of a record, in order, in a file without a header. It is recognized by its first record:
    /// it has the right number of fields, and all of them can be read. Default: `header`, if `--format` names the format.
    pub without_header: Option<Vec<String>>,
    /// Columns that may follow those of `header` and `fields`.
    #[serde(default)]
    pub optional: Vec<String>,
    /// Texts that stand for no value, such as `-`. An empty text in the list stands for an empty field; in JSON and in
    /// Zeek's logs, an empty text is never a value.
    #[serde(default)]
    pub nulls: Vec<String>,
    /// Choices that a site has (`--option NAME=VALUE`): the name of each, and its values. Default: none.
    #[serde(default)]
    pub options: BTreeMap<String, Vec<String>>,
    /// Conditions that a record meets to become a row. Other records are counted as skipped. Default: none.
    #[serde(default)]
    pub only: Vec<OnlyDoc>,
    /// For each `input` column of the raw table, the value that it takes.
    pub columns: BTreeMap<String, ReadDoc>,
    /// Lines after the last record that are not records.
    pub trailer: Option<TrailerDoc>,
    /// The binary file format from which a program prints this text, if flow-oa starts such a program.
    pub binary: Option<BinaryDoc>,
}

impl Document for SourceDoc {
    const KIND: &'static str = "raw format";
}

/// How a text is divided into records and fields.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum TextDoc {
    /// Lines with fields between delimiters.
    Delimited(DelimitedDoc),
    /// JSON objects: one a line, the items of a list, or the entries of lists within a document.
    Json(JsonDoc),
    /// A log of Zeek: lines that begin with `#` say how fields are separated, what stands for no value, and the names of
    /// the fields. They may come again when the log is rotated.
    Zeek(ZeekDoc),
}

impl Default for TextDoc {
    fn default() -> Self {
        Self::Delimited(DelimitedDoc::default())
    }
}

/// Lines with fields between delimiters. A field that contains the delimiter, a quotation mark or a line end is in
/// quotation marks, which are doubled within it (RFC 4180).
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DelimitedDoc {
    /// What separates the fields of a record: one ASCII character, or a blank for one or more blanks. Blanks at the start
    /// and the end of a line are ignored then. Default: a comma.
    #[serde(default)]
    pub delimiter: DelimiterDoc,
    /// Whether quotation marks have a meaning. Default: true.
    #[serde(default = "yes")]
    pub quotes: bool,
    /// The first character of lines that are not records. They are counted as skipped. Default: every line belongs to a
    /// record.
    pub comments: Option<CommentsDoc>,
    /// The text between the first character of a comment and the names of the header, such as `Fields:`. Such files
    /// must have exactly the names of `header`. A file without such a comment is recognized by its first record: it has
    /// the right number of fields, and all of them can be read. Default: the header is the first record.
    pub header_after: Option<String>,
}

fn yes() -> bool {
    true
}

impl Default for DelimitedDoc {
    fn default() -> Self {
        Self { delimiter: DelimiterDoc::default(), quotes: true, comments: None, header_after: None }
    }
}

/// JSON objects.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct JsonDoc {
    /// The path of lists within a document, with dots between the keys, such as `records.flows.tuples`: each entry of the
    /// last list is a record, and has the values of the objects around it, too. Default: each object is a record.
    pub each: Option<String>,
    /// The entries of the last list are texts with fields.
    pub tuple: Option<TupleDoc>,
}

/// A text with fields, as an entry of a list.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TupleDoc {
    /// What separates the fields: one ASCII character. Default: a comma.
    #[serde(default)]
    pub delimiter: DelimiterDoc,
    /// The names of the fields, in order.
    pub fields: Vec<String>,
    /// The number of fields at the end that may be missing. Default: 0.
    #[serde(default)]
    pub optional: u8,
}

/// A log of Zeek.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ZeekDoc {
    /// The name of the log in its header (`#path`).
    pub path: String,
}

/// What separates fields: one ASCII character, or a blank for one or more blanks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize)]
#[serde(transparent)]
pub struct DelimiterDoc(pub char);

impl Default for DelimiterDoc {
    fn default() -> Self {
        Self(',')
    }
}

impl JsonSchema for DelimiterDoc {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "DelimiterDoc".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What separates fields: one ASCII character, or a blank for one or more blanks.",
            "type": "string",
            "minLength": 1,
            "maxLength": 1
        })
    }
}

/// The first character of lines that are not records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum CommentsDoc {
    /// A number sign.
    #[serde(rename = "#")]
    NumberSign,
}

/// A condition on the fields of a record. Blanks around the text of a field are ignored.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OnlyDoc {
    /// The field is one of these texts.
    OneOf {
        /// The column of the field.
        of: String,
        /// The texts. The empty text stands for an empty field, and for one that is missing.
        values: Vec<String>,
    },
    /// The field is none of these texts. The empty text stands for an empty field, and for one that is missing.
    NoneOf {
        /// The column of the field.
        of: String,
        /// The texts.
        values: Vec<String>,
    },
    /// The field is an IP address.
    Address {
        /// The column of the field.
        of: String,
    },
    /// At least one of these conditions is met.
    Any(Vec<OnlyDoc>),
    /// The condition holds only if the site has chosen this value of an option.
    Option {
        /// The name of the option.
        name: String,
        /// The value.
        is: String,
        /// The condition.
        only: Box<OnlyDoc>,
    },
}

/// How the value of a column is read: from a column of the format, or computed from other readings. A reading of a
/// missing field or of a text of `nulls` has no value.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ReadDoc {
    /// The value of a column of the format, unchanged.
    Column(String),
    /// A computed or constant value.
    Reading(Box<ReadingDoc>),
}

/// The ways to compute the value of a column. If a reading that it needs has no value, it has none.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ReadingDoc {
    /// The time when the flow arrived: `received` if it is at most one second before the first packet and at most one
    /// hour after the last, else `last`. If the flow ends before it starts, or one of its times is before the year
    /// 2000 or not known (`0000-00-00 00:00:00`), `received` is used if it is of 2000 or later, else `first` plus
    /// `duration`; such rows are counted in a warning.
    Arrival {
        /// The time when the collector received the flow. Without a value: `last`.
        received: ReadDoc,
        /// The time of the first packet.
        first: ReadDoc,
        /// The time of the last packet.
        last: ReadDoc,
        /// The duration in seconds. Default: the time from `first` to `last`.
        duration: Option<ReadDoc>,
    },
    /// The time when the flow ended: its start plus its duration. A negative duration counts as 0, and so does a missing
    /// one.
    End {
        /// The time of the first packet.
        start: ReadDoc,
        /// The duration in seconds.
        duration: ReadDoc,
    },
    /// The seconds between two times, with their fraction. A negative duration becomes 0, with a warning.
    Elapsed {
        /// The earlier time.
        from: ReadDoc,
        /// The later time.
        to: ReadDoc,
    },
    /// The time that a number since 1970-01-01 00:00:00 UTC stands for. A text that is a time is read as one.
    Epoch {
        /// The number, which may have a fraction.
        of: ReadDoc,
        /// What the number counts.
        unit: EpochUnit,
    },
    /// A time in a form of its own. Other times are `YYYY-MM-DD HH:MM:SS`, with `/`, `T` or `+` as separators, a fraction
    /// of a second, and `Z` or an offset such as `+0200`; without one they are of the time zone of the exporters.
    Time {
        /// The text.
        of: ReadDoc,
        /// Its form, by the conversions of strftime, such as `%d/%b/%Y:%H:%M:%S %z`.
        form: String,
    },
    /// The last characters of a text.
    Last {
        /// The text.
        of: ReadDoc,
        /// The number of characters.
        characters: u8,
    },
    /// A text that is longer than a number of characters. A shorter text, such as a `-` that stands for nothing, becomes
    /// empty.
    LongerThan {
        /// The text.
        of: ReadDoc,
        /// The number of characters.
        characters: u8,
    },
    /// The text before a mark. A text without the mark has no value.
    Before {
        /// The text.
        of: ReadDoc,
        /// The mark.
        mark: String,
    },
    /// Texts, one after the other: columns, constants and other readings of texts.
    Join(Vec<ReadDoc>),
    /// The first of several readings that has a value.
    First(Vec<ReadDoc>),
    /// A reading if a field is one of several texts, without regard to case, and another reading if it is not.
    When {
        /// The column of the field.
        of: String,
        /// The texts.
        is: Vec<String>,
        /// The reading if the field is one of the texts.
        then: ReadDoc,
        /// The reading if it is not. Default: no value.
        #[serde(rename = "else")]
        otherwise: Option<ReadDoc>,
    },
    /// A reading if the site has chosen this value of an option, and another reading if it has not.
    Option {
        /// The name of the option.
        name: String,
        /// The value.
        is: String,
        /// The reading if it was chosen.
        then: ReadDoc,
        /// The reading if it was not.
        #[serde(rename = "else")]
        otherwise: ReadDoc,
    },
    /// The whole number of a decimal number, rounded down, such as the seconds of a time that is given in seconds and a
    /// fraction.
    Floor {
        /// The number.
        of: ReadDoc,
    },
    /// A number less another number.
    Subtract {
        /// The number.
        of: ReadDoc,
        /// What is subtracted.
        less: ReadDoc,
    },
    /// A number times a constant, such as 0.001 for milliseconds.
    Scale {
        /// The number.
        of: ReadDoc,
        /// The constant.
        by: f64,
    },
    /// A number times a rate. A rate that is missing or 0 counts as 1.
    Multiply {
        /// The number.
        of: ReadDoc,
        /// The rate.
        by: ReadDoc,
    },
    /// The name of a protocol, as nfdump prints it, for its number or another name, in any case.
    Protocol {
        /// The protocol.
        of: ReadDoc,
        /// An address of the flow, for programs that give ICMP of both IP versions one name: with an IPv6 address, `ICMP`
        /// becomes `ICMP6`. Default: the name is kept.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<ReadDoc>,
    },
    /// A port. An ICMP type and code such as `3.13` become type × 256 + code.
    Port {
        /// The port.
        of: ReadDoc,
    },
    /// A number of two bytes, each of which is read for itself: high × 256 + low. So an ICMP type and code become the
    /// destination port. A missing low byte counts as 0.
    Bytes {
        /// The high byte, such as the type of ICMP.
        high: ReadDoc,
        /// The low byte, such as the code of ICMP.
        low: ReadDoc,
    },
    /// A number in hexadecimal, such as `0x0103`. A text without `0x` is decimal.
    Hexadecimal {
        /// The number.
        of: ReadDoc,
        /// Whether the two low bytes are exchanged. Default: false.
        #[serde(default)]
        swapped: bool,
    },
    /// TCP flags as `UAPRSF`, with a dot for each that is not set.
    Flags {
        /// The flags.
        of: ReadDoc,
        /// How they are written.
        #[serde(rename = "as")]
        written: FlagsDoc,
    },
    /// A value that is replaced according to a list. Values that are not in the list are taken unchanged.
    Map {
        /// The value.
        of: ReadDoc,
        /// The replacements: each value of the file, and the value that is stored instead.
        values: BTreeMap<String, String>,
    },
    /// The same value in every row, for a column that the format does not have.
    Value(ValueDoc),
}

/// What a number of a time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum EpochUnit {
    /// Seconds.
    #[serde(rename = "s")]
    Seconds,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Milliseconds,
    /// Microseconds.
    #[serde(rename = "us")]
    Microseconds,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanoseconds,
}

/// How TCP flags are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FlagsDoc {
    /// By their letters, `CEUAPRSF`, in any order; blanks and dots are ignored.
    Letters,
    /// As a number in hexadecimal, with or without `0x`.
    Hexadecimal,
    /// As a decimal number.
    Number,
    /// As Zeek's history of a connection: the capital letters are of the originator.
    History,
}

/// A constant.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum ValueDoc {
    /// A whole number.
    Int(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
}

/// Lines after the last record, such as a summary.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TrailerDoc {
    /// The first field of the first of these lines.
    pub starts: String,
    /// The number of lines.
    pub lines: u8,
}

/// A binary file format, and the program that prints its records.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BinaryDoc {
    /// The first bytes of these files, in hexadecimal.
    pub magic: String,
    /// The program and its arguments. It is started without a shell and with `TZ=UTC`, and must print the records
    /// without a header. `{file}` is replaced by the path of the file.
    pub run: Vec<String>,
    /// What to install if the program is missing.
    pub install: String,
}
