//! The key of a row of sums as bytes: compared and hashed as a whole, and decoded when the sums are written.

use flow_oa_core::Cell;

const NULL: u8 = 0;
const INT: u8 = 1;
const REAL: u8 = 2;
const TEXT: u8 = 3;

/// Ends a text; no text contains it.
const END: u8 = 0;

/// Numbers are encoded with this bit flipped, so that bytes sort in the order of the numbers.
const SIGN: u64 = 1 << 63;

/// Appends a value. Two keys have the same bytes only if they have the same values, and the bytes of whole numbers sort
/// in the order of the numbers.
pub(super) fn push(key: &mut Vec<u8>, cell: &Cell<'_>) {
    match cell {
        Cell::Null => key.push(NULL),
        Cell::Int(it) => {
            key.push(INT);
            key.extend((*it as u64 ^ SIGN).to_be_bytes());
        }
        Cell::Real(it) => {
            key.push(REAL);
            key.extend(it.to_bits().to_be_bytes());
        }
        Cell::Text(it) => {
            key.push(TEXT);
            key.extend(it.as_bytes());
            key.push(END);
        }
    }
}

/// The values of a key in order.
pub(super) struct Values<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Values<'a> {
    type Item = Cell<'a>;

    fn next(&mut self) -> Option<Cell<'a>> {
        let (kind, rest) = self.0.split_first()?;
        let (cell, rest) = match *kind {
            NULL => (Cell::Null, rest),
            INT => {
                let (bytes, rest) = rest.split_first_chunk()?;
                (Cell::Int((u64::from_be_bytes(*bytes) ^ SIGN) as i64), rest)
            }
            REAL => {
                let (bytes, rest) = rest.split_first_chunk()?;
                (Cell::Real(f64::from_bits(u64::from_be_bytes(*bytes))), rest)
            }
            _ => {
                let end = rest.iter().position(|byte| *byte == END)?;
                (Cell::Text(std::str::from_utf8(&rest[..end]).ok()?), &rest[end + 1..])
            }
        };
        self.0 = rest;
        Some(cell)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_cell() -> impl Strategy<Value = (u8, i64, String)> {
        (0u8..4, any::<i64>(), "[^\\x00]{0,12}")
    }

    fn cell((kind, number, text): &(u8, i64, String)) -> Cell<'_> {
        match kind {
            0 => Cell::Null,
            1 => Cell::Int(*number),
            2 => Cell::Real(*number as f64 / 7.0),
            _ => Cell::Text(text),
        }
    }

    fn bytes(cells: &[(u8, i64, String)]) -> Vec<u8> {
        let mut key = Vec::new();
        cells.iter().for_each(|value| push(&mut key, &cell(value)));
        key
    }

    proptest! {
        #[test]
        fn a_key_is_read_back_and_is_that_of_its_values_alone(
            one in prop::collection::vec(any_cell(), 0..6),
            other in prop::collection::vec(any_cell(), 0..6),
        ) {
            let (first, second) = (bytes(&one), bytes(&other));
            let cells = |values: &[(u8, i64, String)]| values.iter().map(cell).map(|cell| format!("{cell:?}")).collect::<Vec<_>>();
            let read: Vec<String> = Values(&first).map(|cell| format!("{cell:?}")).collect();
            prop_assert_eq!(&read, &cells(&one));
            prop_assert_eq!(first == second, cells(&one) == cells(&other));
        }

        #[test]
        fn whole_numbers_are_in_their_order(one in any::<i64>(), other in any::<i64>()) {
            let key = |number| bytes(&[(1, number, String::new())]);
            prop_assert_eq!(one.cmp(&other), key(one).cmp(&key(other)));
        }
    }
}
