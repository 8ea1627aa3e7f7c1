//! Uploads to a faulty server with a file system in memory. The module `hdfs` tests a real server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use flow_oa_remote::{Hadoop, RemoteError, Site};

use crate::http::{Reply, Request, Server, answer, says};
use crate::{Reading, holds, impatient};

/// The fault of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    None,
    /// It cannot replace a file.
    CannotReplace,
    /// It renames the file and replies with an error.
    RenameIsLost,
    /// It renames the file, replies with an error, and refuses from then on.
    RenameIsLostAndRefused,
    /// It loses the last byte.
    LosesAByte,
    /// It does not reply after it has received the bytes.
    Stalls,
}

/// Files by name: their number, and their contents.
type Files = Arc<Mutex<BTreeMap<String, (usize, Vec<u8>)>>>;

struct Hdfs {
    server: Server,
    files: Files,
}

fn missing() -> Reply {
    says(
        "404 Not Found",
        &[],
        r#"{"RemoteException":{"exception":"FileNotFoundException","message":"none"}}"#,
    )
}

fn boolean(value: bool) -> Reply {
    says("200 OK", &[], format!("{{\"boolean\":{value}}}"))
}

impl Hdfs {
    /// A file system with one file `/a`, which contains `old`.
    fn with(trouble: Trouble) -> Self {
        let files: Files = Arc::default();
        files.lock().unwrap().insert("/a".into(), (1, b"old".to_vec()));
        let shared = Arc::clone(&files);
        let server =
            Server::new(move |request, number| serve(&mut shared.lock().unwrap(), request, number, trouble));
        Self { server, files }
    }

    fn reading(&self) -> Reading {
        let names = BTreeMap::from([("nn".to_owned(), vec![self.server.url("")])]);
        Reading::of(Site { hadoop: Hadoop::new(None, &names).unwrap(), ..impatient() })
    }

    /// The names and contents of all files.
    fn holds(&self) -> Vec<(String, String)> {
        let files = self.files.lock().unwrap();
        files
            .iter()
            .map(|(name, (_, text))| (name.clone(), String::from_utf8(text.clone()).unwrap()))
            .collect()
    }
}

fn serve(
    files: &mut BTreeMap<String, (usize, Vec<u8>)>,
    request: &Request,
    number: usize,
    trouble: Trouble,
) -> Reply {
    let path = request.target.split('?').next().unwrap();
    let path = path.trim_start_matches("/webhdfs/v1").trim_start_matches("/data").to_owned();
    match (request.method.as_str(), request.parameter("op")) {
        ("GET", _) => files.get(&path).map_or_else(missing, |(id, text)| {
            let length = text.len();
            says(
                "200 OK",
                &[],
                format!(r#"{{"FileStatus":{{"type":"FILE","length":{length},"modificationTime":1,"fileId":{id}}}}}"#),
            )
        }),
        ("PUT", Some("CREATE")) => {
            assert!(request.body.is_empty(), "only the DataNode gets the bytes");
            says("307 Temporary Redirect", &[&format!("Location: /data{path}")], "")
        }
        ("PUT", None) => {
            let kept = request.body.len() - usize::from(trouble == Trouble::LosesAByte);
            files.insert(path, (number + 10, request.body[..kept].to_vec()));
            if trouble == Trouble::Stalls {
                return Reply::Stalls(Vec::new());
            }
            // DataNodes send the first reply even though the client did not request it.
            let first = b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
            Reply::Bytes([first, answer("201 Created", &["Content-Length: 0"], "")].concat())
        }
        ("PUT", Some("RENAME")) => {
            let to = request.parameter("destination").unwrap().to_owned();
            if !files.contains_key(&path) {
                let says_no = trouble == Trouble::RenameIsLostAndRefused;
                return if says_no { boolean(false) } else { missing() };
            }
            if trouble == Trouble::CannotReplace && files.contains_key(&to) {
                return boolean(false);
            }
            let file = files.remove(&path).unwrap();
            files.insert(to, file);
            match trouble {
                Trouble::RenameIsLost | Trouble::RenameIsLostAndRefused => Reply::Bytes(Vec::new()),
                Trouble::CannotReplace => boolean(true),
                _ => says("200 OK", &[], ""),
            }
        }
        ("DELETE", _) => boolean(files.remove(&path).is_some()),
        other => panic!("{other:?}"),
    }
}

fn only(text: &str) -> Vec<(String, String)> {
    vec![("/a".to_owned(), text.to_owned())]
}

#[test]
fn a_file_is_replaced_whatever_the_server_makes_of_it() {
    for trouble in
        [Trouble::None, Trouble::CannotReplace, Trouble::RenameIsLost, Trouble::RenameIsLostAndRefused]
    {
        let hdfs = Hdfs::with(trouble);
        hdfs.reading().put("new", "hdfs://nn/a").unwrap();
        assert_eq!(hdfs.holds(), only("new"), "{trouble:?}");
    }
}

#[test]
fn what_does_not_arrive_whole_changes_nothing() {
    let hdfs = Hdfs::with(Trouble::LosesAByte);
    let error = hdfs.reading().put("new", "hdfs://nn/a").unwrap_err();
    assert!(matches!(holds(error, &["2 bytes of 3", "tried 4 times"]), RemoteError::Short { .. }));
    assert_eq!(hdfs.holds(), only("old"));
}

#[test]
fn an_interrupt_takes_away_what_was_written() {
    let hdfs = Hdfs::with(Trouble::Stalls);
    let reading = hdfs.reading();
    let (waiting, files) = (Arc::clone(&reading.waiting), Arc::clone(&hdfs.files));
    std::thread::spawn(move || {
        while files.lock().unwrap().len() < 2 {
            std::thread::yield_now();
        }
        waiting.stopped.store(true, std::sync::atomic::Ordering::SeqCst);
    });
    let error = reading.put("new", "hdfs://nn/a").unwrap_err();
    assert!(matches!(error, RemoteError::Interrupted), "{error:?}");
    assert_eq!(hdfs.holds(), only("old"));
}

#[test]
fn a_folder_is_no_place_to_write_to() {
    let hdfs = Hdfs::with(Trouble::None);
    let error = hdfs.reading().put("new", "hdfs://nn/a/").unwrap_err();
    assert!(matches!(holds(error, &["names no file"]), RemoteError::Configuration(_)));
}
