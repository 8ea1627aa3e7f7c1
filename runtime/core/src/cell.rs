//! The four kinds of value that travel between a row and an engine.

/// Owned text of a row. Up to 24 bytes (a time, an IPv4 address, a protocol) live inside the row
/// itself, so that reading a flow allocates nothing.
pub type Text = compact_str::CompactString;

/// One value of a row, borrowed from it. Booleans travel as 0 and 1; each engine knows from the
/// column's type how it stores them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// No value.
    Null,
    /// A whole number.
    Int(i64),
    /// A finite floating point number.
    Real(f64),
    /// Text, valid UTF-8 without NUL.
    Text(&'a str),
}

impl Cell<'_> {
    /// The cell as it is written into a CSV file: numbers in Rust's shortest exact form, no value as
    /// an empty field.
    pub fn to_text(&self) -> Text {
        match self {
            Cell::Null => Text::default(),
            Cell::Int(n) => compact_str::format_compact!("{n}"),
            Cell::Real(x) => compact_str::format_compact!("{x:?}"),
            Cell::Text(text) => Text::from(*text),
        }
    }
}

macro_rules! from_number {
    ($($from:ty => $variant:ident as $to:ty),* $(,)?) => {$(
        impl From<$from> for Cell<'_> {
            fn from(value: $from) -> Self {
                Cell::$variant(<$to>::from(value))
            }
        }
    )*};
}
from_number!(bool => Int as i64, i16 => Int as i64, i32 => Int as i64, i64 => Int as i64, f64 => Real as f64);

impl<'a> From<&'a Text> for Cell<'a> {
    fn from(value: &'a Text) -> Self {
        Cell::Text(value)
    }
}

impl<'a, T: Copy + Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Cell::Null, Into::into)
    }
}
