//! Behaviour of a real HDFS.

use flow_oa_remote::{Fetched, Hadoop, Remote, RemoteError, Site};

use crate::{Reading, holds, impatient, server};

/// A folder of its own for a test.
fn folder(test: &str) -> Option<String> {
    let at = server::address()?;
    Some(format!("webhdfs://{at}{}", server::folder(test)))
}

fn reading(user: &str) -> Reading {
    let hadoop = Hadoop::new(Some(user.to_owned()), &Default::default()).unwrap();
    let mut site = Site { hadoop, ..impatient() };
    site.policy.stall = std::time::Duration::from_secs(30);
    site.policy.largest = 8 << 20;
    Reading::of(site)
}

#[test]
fn what_is_written_reads_back_and_is_replaced() {
    let Some(folder) = folder("replaced") else { return };
    let (reading, url) = (reading("hdfs"), format!("{folder}/some/where/a b;c#d?e=é&f"));
    let texts = ["one", "", &"three ".repeat(700_000)];
    for text in texts {
        reading.put(text, &url).unwrap();
        assert!(reading.fetch(&url).unwrap() == text, "{} bytes", text.len());
    }
}

#[test]
fn an_unchanged_file_is_not_read_again() {
    let Some(folder) = folder("unchanged") else { return };
    let (reading, url) = (reading("hdfs"), format!("{folder}/a"));
    reading.put("one", &url).unwrap();
    let Fetched::Whole { version, .. } = reading.fetch_unless(&url, None).unwrap().0 else {
        panic!("is new")
    };
    assert_eq!(reading.fetch_unless(&url, version.as_ref()).unwrap().0, Fetched::Unchanged);
    reading.put("two", &url).unwrap();
    assert_eq!(reading.fetch_unless(&url, version.as_ref()).unwrap().1, "two");
}

#[test]
fn what_is_not_there_or_not_ours_or_no_file_is_said() {
    let Some(folder) = folder("absent") else { return };
    let theirs = reading("hdfs");
    theirs.put("one", &format!("{folder}/a")).unwrap();
    let fault = |reading: &Reading, path: &str| reading.fetch(&format!("{folder}{path}")).unwrap_err();
    let absent = holds(fault(&theirs, "/none"), &["FileNotFoundException", &format!("{folder}/none: ")]);
    assert!(matches!(absent, RemoteError::NotFound { .. }), "{absent:?}");
    assert!(matches!(holds(fault(&theirs, ""), &["folder"]), RemoteError::NotFound { .. }));
    let denied =
        holds(reading("nobody").put("two", &format!("{folder}/a")).unwrap_err(), &["Permission denied"]);
    assert!(matches!(holds(denied, &["HADOOP_USER_NAME"]), RemoteError::Denied { .. }));
    assert_eq!(theirs.fetch(&format!("{folder}/a")).unwrap(), "one", "it is as it was");
    let large = "x".repeat((8 << 20) + 1);
    theirs.put(&large, &format!("{folder}/large")).unwrap();
    assert!(matches!(fault(&theirs, "/large"), RemoteError::TooLarge { .. }));
}

#[test]
fn a_folder_is_listed_and_goes_with_all_that_is_in_it() {
    let Some(folder) = folder("listed") else { return };
    let theirs = reading("hdfs");
    let at = |path: &str| Remote::parse(&format!("{folder}{path}")).unwrap();
    let listed = |path: &str| {
        let mut found: Vec<_> = theirs
            .client
            .list(&at(path))
            .unwrap()
            .into_iter()
            .map(|entry| (entry.name, entry.is_folder))
            .collect();
        found.sort();
        found
    };
    assert_eq!(listed("/none"), []);
    for path in ["/y=1/run-1/a b;c#d?e=é&f", "/y=1/run-2/b", "/y=1/c"] {
        theirs.put("one", &format!("{folder}{path}")).unwrap();
    }
    let entry = |name: &str, is_folder| (name.to_owned(), is_folder);
    assert_eq!(listed("/y=1"), [entry("c", false), entry("run-1", true), entry("run-2", true)]);
    assert_eq!(listed("/y=1/run-1"), [entry("a b;c#d?e=é&f", false)]);
    for path in ["/y=1/run-1", "/y=1/run-1", "/y=1/c"] {
        theirs.client.remove(&at(path)).unwrap();
    }
    assert_eq!(listed("/y=1"), [entry("run-2", true)]);
    let denied = reading("nobody").client.remove(&at("/y=1/run-2")).unwrap_err();
    assert!(matches!(holds(denied, &["Permission denied"]), RemoteError::Denied { .. }));
    assert_eq!(listed("/y=1"), [entry("run-2", true)]);
    assert!(theirs.client.remove_empty(&at("/y=1/run-2")).is_err(), "a file is in it");
    assert_eq!(listed("/y=1/run-2"), [entry("b", false)]);
    theirs.client.remove(&at("/y=1/run-2/b")).unwrap();
    for _ in 0..2 {
        theirs.client.remove_empty(&at("/y=1/run-2")).unwrap();
    }
    assert_eq!(listed("/y=1"), []);
    let web = Remote::parse("http://127.0.0.1/a").unwrap();
    assert!(matches!(theirs.client.list(&web), Err(RemoteError::Configuration(_))));
}
