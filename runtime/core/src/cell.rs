//! The four kinds of values that are passed between a row and an engine.

/// Owned text of a row. Text of up to 24 bytes (a time, an IPv4 address, a protocol) is stored inline, so that reading
/// a flow allocates no memory.
pub type Text = compact_str::CompactString;

/// A value borrowed from a row. Booleans are passed as 0 and 1; each engine knows from the column type how to store
/// them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Cell<'a> {
    /// `NULL`.
    Null,
    /// An integer.
    Int(i64),
    /// A finite floating-point number.
    Real(f64),
    /// Valid UTF-8 text without NUL.
    Text(&'a str),
}

impl Cell<'_> {
    /// The value for a CSV file: numbers in the shortest exact form of Rust, `NULL` as an empty field.
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
