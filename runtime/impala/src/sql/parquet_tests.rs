//! The low-level reader of the same crate reads the files back; `tests/real_server` checks that Spark reads them, too.

use std::io::Seek as _;

use flow_oa_core::Cell;
use parquet::column::page::Page;
use parquet::file::reader::{FileReader, SerializedFileReader};
use parquet::record::Field;
use proptest::prelude::*;

use super::*;

/// Rows of cells that own their texts.
#[derive(Debug, Clone)]
struct Rows(Vec<Vec<Option<Owned>>>);

#[derive(Debug, Clone, PartialEq)]
enum Owned {
    Int(i64),
    Real(f64),
    Text(String),
}

impl Batch for Rows {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn cells<'a>(&'a self, index: usize, out: &mut Vec<Cell<'a>>) {
        out.clear();
        out.extend(self.0[index].iter().map(|cell| match cell {
            None => Cell::Null,
            Some(Owned::Int(it)) => Cell::Int(*it),
            Some(Owned::Real(it)) => Cell::Real(*it),
            Some(Owned::Text(it)) => Cell::Text(it),
        }));
    }
}

const COLUMNS: [Column<'static>; 8] = [
    ("text", HiveType::String),
    ("tiny", HiveType::Tinyint),
    ("small", HiveType::Smallint),
    ("int", HiveType::Int),
    ("big", HiveType::Bigint),
    ("float", HiveType::Float),
    ("double", HiveType::Double),
    ("bit", HiveType::Boolean),
];

fn written(batches: &[Rows], group: Group) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut writer = Writer::create_in_groups(&mut bytes, &COLUMNS, group).unwrap();
    for it in batches {
        writer.write(it).unwrap();
    }
    let count: usize = batches.iter().map(Batch::len).sum();
    assert_eq!(writer.finish().unwrap(), count as u64);
    bytes
}

/// The rows of a file and the number of its row groups.
fn read(bytes: Vec<u8>) -> (Rows, usize) {
    let reader = SerializedFileReader::new(file_of(&bytes)).unwrap();
    let value = |field: &Field| match field {
        Field::Null => None,
        Field::Str(it) => Some(Owned::Text(it.clone())),
        Field::Byte(it) => Some(Owned::Int((*it).into())),
        Field::Short(it) => Some(Owned::Int((*it).into())),
        Field::Int(it) => Some(Owned::Int((*it).into())),
        Field::Long(it) => Some(Owned::Int(*it)),
        Field::Float(it) => Some(Owned::Real((*it).into())),
        Field::Double(it) => Some(Owned::Real(*it)),
        Field::Bool(it) => Some(Owned::Int((*it).into())),
        other => panic!("{other:?}"),
    };
    let rows = reader.get_row_iter(None).unwrap();
    let rows =
        rows.map(|row| row.unwrap().get_column_iter().map(|(_, field)| value(field)).collect()).collect();
    (Rows(rows), reader.metadata().num_row_groups())
}

/// The reader needs a file, or the byte type of another crate.
fn file_of(bytes: &[u8]) -> std::fs::File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

fn row() -> impl Strategy<Value = Vec<Option<Owned>>> {
    let int = |low: i64| (low..=!low).prop_map(Owned::Int).boxed();
    let kinds = [
        ".{0,12}".prop_map(Owned::Text).boxed(),
        int(i8::MIN.into()),
        int(i16::MIN.into()),
        int(i32::MIN.into()),
        int(i64::MIN),
        any::<f32>().prop_map(|number| Owned::Real(number.into())).boxed(),
        any::<f64>().prop_map(Owned::Real).boxed(),
        (0..=1_i64).prop_map(Owned::Int).boxed(),
    ];
    kinds.map(|kind| prop::option::of(kind).boxed()).to_vec()
}

proptest! {
    #[test]
    fn rows_are_read_as_they_were_written(
        batches in prop::collection::vec(prop::collection::vec(row(), 0..20).prop_map(Rows), 0..4),
        rows in 1_usize..30,
        bytes in 1_usize..5_000,
    ) {
        let (found, groups) = read(written(&batches, Group { rows, bytes }));
        let expected: Vec<_> = batches.into_iter().flat_map(|it| it.0).collect();
        prop_assert!(groups >= expected.len() / rows);
        prop_assert_eq!(found.0, expected);
    }
}

#[test]
fn extremes_and_nulls_are_kept_to_the_bit() {
    let ints = |all: [i64; 4]| all.map(|number| Some(Owned::Int(number)));
    let (low, high) =
        (ints([-128, -32_768, i32::MIN.into(), i64::MIN]), ints([127, 32_767, i32::MAX.into(), i64::MAX]));
    let row = |text: &str, whole: [Option<Owned>; 4], float: f64, double: f64, bit| {
        let mut row = vec![Some(Owned::Text(text.to_owned()))];
        row.extend(whole);
        row.extend([Some(Owned::Real(float)), Some(Owned::Real(double)), Some(Owned::Int(bit))]);
        row
    };
    let rows = Rows(vec![
        row("", low, f64::from(f32::MIN_POSITIVE), 5e-324, 0),
        vec![None; 8],
        row("größer\n日本\0🚪", high, f64::from(f32::MAX), f64::MAX, 1),
    ]);
    let (found, groups) = read(written(std::slice::from_ref(&rows), Group::default()));
    assert_eq!((found.0, groups), (rows.0, 1));
}

#[test]
fn groups_are_bounded_by_rows_and_by_bytes() {
    let row = |at: i64| {
        let mut row = vec![None; 8];
        row[0] = Some(Owned::Text("x".repeat(1000)));
        row[4] = Some(Owned::Int(at));
        row
    };
    let rows = Rows((0..100).map(row).collect());
    let groups =
        |rows_in, bytes| read(written(std::slice::from_ref(&rows), Group { rows: rows_in, bytes })).1;
    assert_eq!(groups(30, 1 << 20), 4);
    assert_eq!(groups(1_000, 11_000), 10);
    assert_eq!(groups(1_000, 1 << 20), 1);
    let equal = written(std::slice::from_ref(&rows), Group::default());
    assert!(equal.len() < 10_000, "texts that are equal are compressed: {} bytes", equal.len());
}

/// What Impala 2.5 can read of a file: values, levels, compression, pages and types (its `parquet-metadata-utils.cc`).
#[test]
fn nothing_is_written_that_old_releases_cannot_read() {
    let texts = ["tcp", "udp"].map(|text| Some(Owned::Text(text.to_owned())));
    let row = |at: usize| {
        let numbers = (0..4).map(|_| Some(Owned::Int(7)));
        let [float, double] = [0.5, 0.25].map(|number| Some(Owned::Real(number)));
        let bit = Some(Owned::Int(i64::from(at.is_multiple_of(3))));
        [texts[at % 2].clone()].into_iter().chain(numbers).chain([float, double, bit]).collect()
    };
    let rows = Rows((0..5_000).map(row).chain([vec![None; 8]]).collect());
    let bytes = written(std::slice::from_ref(&rows), Group { rows: 2_000, bytes: 1 << 20 });
    let reader = SerializedFileReader::new(file_of(&bytes)).unwrap();
    assert_eq!(reader.metadata().file_metadata().version(), 1);
    for (at, group) in reader.metadata().row_groups().iter().enumerate() {
        let pages = reader.get_row_group(at).unwrap();
        for (nth, column) in group.columns().iter().enumerate() {
            let name = column.column_path().string();
            let encodings: Vec<Encoding> = column.encodings().collect();
            assert!(
                encodings.iter().all(|encoding| matches!(encoding, Encoding::PLAIN | Encoding::RLE)),
                "{name}: {encodings:?}"
            );
            assert_eq!(column.compression(), Compression::SNAPPY, "{name}");
            assert_eq!(column.dictionary_page_offset(), None, "{name}");
            assert_eq!(column.bloom_filter_offset(), None, "{name}");
            assert_eq!(column.column_descr().logical_type_ref(), None, "{name}");
            assert_ne!(column.column_type(), Physical::INT96, "{name}");
            for page in pages.get_column_page_reader(nth).unwrap() {
                let is_plain = |page: &Page| {
                    matches!(
                        page,
                        Page::DataPage { encoding: Encoding::PLAIN, def_level_encoding: Encoding::RLE, .. }
                    )
                };
                assert!(is_plain(&page.unwrap()), "{name}");
            }
        }
    }
}

#[test]
fn a_file_without_rows_has_its_columns() {
    let reader = SerializedFileReader::new(file_of(&written(&[], Group::default()))).unwrap();
    let schema = reader.metadata().file_metadata().schema();
    let names: Vec<_> = schema.get_fields().iter().map(|it| it.name()).collect();
    assert_eq!(names, COLUMNS.map(|it| it.0));
}

#[test]
fn a_value_that_does_not_fit_is_said_with_its_column() {
    let mut writer = Writer::create(Vec::new(), &COLUMNS[1..3]).unwrap();
    let rows = |number| Rows(vec![vec![Some(Owned::Int(1)), Some(Owned::Int(number))]]);
    writer.write(&rows(32_767)).unwrap();
    let error = writer.write(&rows(32_768)).unwrap_err().to_string();
    assert_eq!(error, "the column small of type SMALLINT cannot hold 32768");
    assert!(writer.write(&Rows(vec![vec![None]])).is_err());
}

/// A writer on a full disk.
struct Full;

impl Write for Full {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_disk_that_is_full_is_told() {
    let rows = Rows(vec![vec![Some(Owned::Int(1))]]);
    let written = || {
        let mut writer = Writer::create(Full, &COLUMNS[1..2])?;
        writer.write(&rows)?;
        writer.finish()
    };
    assert!(matches!(written(), Err(WriteError::Parquet(_))));
}
