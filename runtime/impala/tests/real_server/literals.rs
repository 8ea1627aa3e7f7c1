//! Literals of every kind, which the server must return unchanged.

use flow_oa_impala::sql::literal;

use crate::server::Server;

/// Texts that a statement could lose or misread.
fn texts() -> Vec<String> {
    let mut all: Vec<String> = (1..=0x20_u32)
        .chain(0x7f..=0xa0)
        .map(|code| format!("a{}1", char::from_u32(code).unwrap()))
        .collect();
    all.extend(
        [
            "",
            " ",
            "it's",
            "''",
            "\\",
            "\\\\'",
            "'\\",
            "\"q\" `b`",
            "100%",
            "_",
            "\\%\\_",
            "\\n\\0\\u0041\\101",
            "${env:HOME}",
            "${system:user.name}",
            "${hiveconf:x}",
            "${spark.app.name}",
            "$${x}",
            "${",
            "{}",
            "-- no comment",
            "/* nor */ this",
            "a; DROP TABLE x; --",
            "?",
            "$1",
            "\u{0}",
            "\u{0}12",
            "größer",
            "日本語",
            "🚪👩‍👩‍👧",
            "e\u{301}",
            "\u{feff}",
            "\u{2028}",
            "\r\n",
            "line\nline\n",
            "\t|,",
        ]
        .map(str::to_owned),
    );
    all.push("x'\\🚪".repeat(12_500));
    all
}

#[test]
fn literals_are_read_as_they_were() {
    let Some(mut server) = Server::open("literals") else { return };
    let texts = texts();
    let select: Vec<String> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| format!("SELECT {at} AS n, {} AS t", literal::text(text)))
        .collect();
    let sql = format!("SELECT t FROM ({}) x ORDER BY n", select.join(" UNION ALL "));
    let found: Vec<_> = server.rows(&sql).into_iter().map(|row| row[0].clone().unwrap()).collect();
    for (found, given) in found.iter().zip(&texts) {
        assert_eq!(found, given);
    }
    assert_eq!(found.len(), texts.len());
}

#[test]
fn numbers_are_read_to_the_bit() {
    let Some(mut server) = Server::open("numbers") else { return };
    for number in [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX] {
        let sql = format!("SELECT CAST({} AS BIGINT)", literal::whole(number));
        assert_eq!(server.rows(&sql)[0][0], Some(number.to_string()));
    }
    let doubles = [
        0.1,
        -0.0,
        5e-324,
        f64::MAX,
        f64::MIN,
        1e-300,
        123_456_789.123_456_79,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
    ];
    let select: Vec<String> = doubles.iter().map(|double| literal::double(*double)).collect();
    let expected: Vec<String> = doubles.iter().map(|double| format!("{double:?}")).collect();
    let found: Vec<String> =
        server.rows(&format!("SELECT {}", select.join(", "))).remove(0).into_iter().flatten().collect();
    assert_eq!(found, expected);
    for it in [0.1_f32, f32::MAX, f32::MIN_POSITIVE, -3.3e-30] {
        let exact = format!("SELECT CAST({} AS DOUBLE)", literal::float(it));
        assert_eq!(server.rows(&exact)[0][0], Some(format!("{:?}", f64::from(it))));
    }
}
