//! Encodes rows in the format of `COPY … (FORMAT binary)`: each value in the type of its column on the server.

use flow_oa_core::{Batch, Cell, quoted};
use postgres::types::Type;

/// The start of every stream: signature, flags, length of the header extension.
const HEADER: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The end of every stream.
const TRAILER: [u8; 2] = (-1i16).to_be_bytes();

/// The number of bytes after which a part is passed on.
pub(super) const PART: usize = 1 << 18;

/// Encodes all rows and passes them to `hand_over` in parts. `kinds` and `names` are the types and names of the
/// columns.
///
/// # Errors
/// If a value does not fit its column, or if `hand_over` fails.
pub(super) fn encode(
    rows: &dyn Batch,
    kinds: &[Type],
    names: &[&str],
    mut hand_over: impl FnMut(&[u8]) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let width = i16::try_from(kinds.len()).map_err(|_| invalid("a table has too many columns".to_owned()))?;
    let (mut part, mut cells) = (Vec::with_capacity(PART + PART / 4), Vec::with_capacity(kinds.len()));
    part.extend_from_slice(HEADER);
    for row in 0..rows.len() {
        rows.cells(row, &mut cells);
        part.extend_from_slice(&width.to_be_bytes());
        for (at, kind) in kinds.iter().enumerate() {
            let cell = cells.get(at).copied().unwrap_or(Cell::Null);
            field(&mut part, kind, cell).map_err(|what| {
                let name = names.get(at).copied().unwrap_or("?");
                let remedy = match *kind {
                    Type::INT2 | Type::INT4 => {
                        "; `flow-oa migrate` changes its type if the schema's is wider"
                    }
                    _ => "",
                };
                invalid(format!("the column {name} of the type {kind} cannot hold {what}{remedy}"))
            })?;
        }
        if part.len() >= PART {
            hand_over(&part)?;
            part.clear();
        }
    }
    part.extend_from_slice(&TRAILER);
    hand_over(&part)
}

fn invalid(what: String) -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::InvalidData, what)
}

/// Appends one value: its length and its bytes.
fn field(out: &mut Vec<u8>, kind: &Type, cell: Cell<'_>) -> Result<(), String> {
    fn put<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
        out.extend_from_slice(&(N as i32).to_be_bytes());
        out.extend_from_slice(&bytes);
    }
    let wide = |number: i64| format!("{number}");
    match (kind, cell) {
        (_, Cell::Null) => out.extend_from_slice(&(-1i32).to_be_bytes()),
        (&Type::INT8, Cell::Int(it)) => put(out, it.to_be_bytes()),
        (&Type::INT4, Cell::Int(it)) => put(out, i32::try_from(it).map_err(|_| wide(it))?.to_be_bytes()),
        (&Type::INT2, Cell::Int(it)) => put(out, i16::try_from(it).map_err(|_| wide(it))?.to_be_bytes()),
        (&Type::BOOL, Cell::Int(it @ (0 | 1))) => put(out, [u8::from(it == 1)]),
        (&Type::FLOAT8, Cell::Real(it)) => put(out, it.to_be_bytes()),
        (&Type::FLOAT4, Cell::Real(it)) => {
            let narrow = it as f32;
            if it.is_finite() && narrow.is_infinite() {
                return Err(format!("{it:e}"));
            }
            put(out, narrow.to_be_bytes());
        }
        (&Type::TEXT | &Type::VARCHAR, Cell::Text(it)) => {
            let length = i32::try_from(it.len()).map_err(|_| format!("a text of {} bytes", it.len()))?;
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(it.as_bytes());
        }
        (_, Cell::Text(it)) => return Err(quoted(it)),
        (_, other) => return Err(other.to_text().to_string()),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(Vec<Cell<'static>>);

    impl Batch for One {
        fn len(&self) -> usize {
            1
        }

        fn cells<'a>(&'a self, _: usize, out: &mut Vec<Cell<'a>>) {
            out.clone_from(&self.0);
        }
    }

    fn encoded(cells: Vec<Cell<'static>>, kinds: &[Type]) -> std::io::Result<Vec<u8>> {
        let mut all = Vec::new();
        let names = vec!["it"; kinds.len()];
        encode(&One(cells), kinds, &names, |part| {
            all.extend_from_slice(part);
            Ok(())
        })?;
        Ok(all[HEADER.len()..all.len() - TRAILER.len()].to_vec())
    }

    #[test]
    fn each_value_has_the_width_of_its_column() {
        let cells =
            vec![Cell::Int(1), Cell::Int(-2), Cell::Int(3), Cell::Int(1), Cell::Text("é"), Cell::Null];
        let kinds = [Type::INT2, Type::INT4, Type::INT8, Type::BOOL, Type::TEXT, Type::FLOAT8];
        let expected = [
            &[0, 6][..],
            &[0, 0, 0, 2, 0, 1],
            &[0, 0, 0, 4, 255, 255, 255, 254],
            &[0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 3],
            &[0, 0, 0, 1, 1],
            &[0, 0, 0, 2, 0xc3, 0xa9],
            &[255, 255, 255, 255],
        ];
        assert_eq!(encoded(cells, &kinds).unwrap(), expected.concat());
    }

    #[test]
    fn what_a_column_cannot_hold_is_refused_with_its_name() {
        let cases = [
            (Cell::Int(40_000), Type::INT2, "40000"),
            (Cell::Int(1 << 40), Type::INT4, "1099511627776"),
            (Cell::Int(2), Type::BOOL, "cannot hold 2"),
            (Cell::Real(1e300), Type::FLOAT4, "1e300"),
            (Cell::Text("x"), Type::INT8, "cannot hold \"x\""),
        ];
        for (cell, kind, what) in cases {
            let error = encoded(vec![cell], &[kind]).unwrap_err().to_string();
            assert!(error.contains("the column it") && error.contains(what), "{error}");
        }
    }
}
