//! Checks names of databases and folders before a statement is sent. Impala does not resolve escapes in the literal of
//! a location, and does not accept a doubled backtick as an escape in a name. So names that would need an escape are
//! refused.

use super::Place;

/// The maximum length of the name of a database or table in the metastore.
const LONGEST_NAME: usize = 128;

/// Why the metastore refuses the name of a database; `None` if it does not.
pub fn fault_in_database(name: &str) -> Option<String> {
    if name.is_empty() {
        return Some("the name of the database is empty".to_owned());
    }
    let is_plain = |letter: &char| letter.is_ascii_alphanumeric() || *letter == '_';
    if let Some(odd) = name.chars().find(|letter| !is_plain(letter)) {
        return Some(format!(
            "the name of the database may hold ASCII letters, digits and '_', but not {}",
            shown(odd)
        ));
    }
    (name.len() > LONGEST_NAME).then(|| {
        format!("the name of the database has {} characters; {LONGEST_NAME} are the most", name.len())
    })
}

/// Why engines would read a location differently; `None` if they would not.
pub fn fault_in_location(location: &str) -> Option<String> {
    const QUOTES: [char; 4] = ['\'', '"', '`', '\\'];
    if let Some(odd) = location.chars().find(|letter| QUOTES.contains(letter) || letter.is_control()) {
        return Some(format!(
            "the location holds {}, which Impala and Hive read differently; choose a folder without",
            shown(odd)
        ));
    }
    location.contains("${").then(|| {
        "the location holds ${, by which Hive and Spark begin a variable; choose a folder without".to_owned()
    })
}

/// Why tables cannot be stored in a place; `None` if they can.
pub fn fault_in(place: &Place) -> Option<String> {
    let database = place.database.as_deref().and_then(fault_in_database);
    database.or_else(|| place.location_root.as_deref().and_then(fault_in_location))
}

/// A character, as messages show it.
fn shown(letter: char) -> String {
    match letter {
        '\'' => "an apostrophe".to_owned(),
        '"' => "a quotation mark".to_owned(),
        '`' => "a backtick".to_owned(),
        '\\' => "a backslash".to_owned(),
        ' ' => "a blank".to_owned(),
        it if it.is_alphanumeric() || it.is_ascii_graphic() => format!("'{it}'"),
        it => format!("the character U+{:04X}", u32::from(it)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_has_a_name_that_the_metastore_takes() {
        for good in ["oa", "Flow_OA_2", "2016", "_x", &"x".repeat(128)] {
            assert_eq!(fault_in_database(good), None, "{good}");
        }
        for bad in ["", "o`a", "order's", "a b", "a-b", "größe", "a\u{202e}b", &"x".repeat(129)] {
            assert!(fault_in_database(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_location_holds_nothing_that_servers_read_differently() {
        for good in ["/flow_oa", "hdfs://n:8020/flow oa/größe", "file:///a$b/{x}", "s3a://b/$"] {
            assert_eq!(fault_in_location(good), None, "{good}");
        }
        for bad in ["/it's", "/a\"b", "/a`b", "/a\\b", "/a${b}", "/a\nb", "/a\u{7f}"] {
            assert!(fault_in_location(bad).is_some(), "{bad:?}");
        }
    }
}
