//! The responses of WebHDFS: the status of a file, and Java exceptions, which become messages for the user.

use std::io::Read as _;

use serde_json::Value;

use crate::attempt::Fault;
use crate::error::RemoteError;
use crate::exchange::{Answer, unavailable};
use crate::file::{Entry, Version};
use crate::url::Url;

/// The status of a file or folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Status {
    pub(super) is_file: bool,
    pub(super) length: u64,
    modified: u64,
    /// 0 if the server does not report it.
    id: u64,
}

impl Status {
    /// Parses `{"FileStatus": {…}}`.
    pub(super) fn read(answer: &Value) -> Option<Self> {
        let status = answer.get("FileStatus")?;
        let number = |name: &str| status.get(name).and_then(Value::as_u64);
        Some(Self {
            is_file: status.get("type")?.as_str()? == "FILE",
            length: number("length")?,
            modified: number("modificationTime")?,
            id: number("fileId").unwrap_or(0),
        })
    }

    /// Whether it is the same file, possibly under another name.
    pub(super) fn is(&self, other: &Self) -> bool {
        (self.is_file, self.length, self.id) == (other.is_file, other.length, other.id)
    }

    pub(super) fn version(&self) -> Version {
        Version::Hdfs { modified: self.modified, length: self.length, id: self.id }
    }
}

impl Entry {
    /// Parses `{"FileStatuses": {"FileStatus": […]}}`.
    pub(super) fn read_all(answer: &Value) -> Option<Vec<Self>> {
        let read = |value: &Value| {
            let name = value.get("pathSuffix")?.as_str()?.to_owned();
            Some(Self { name, is_folder: value.get("type")?.as_str()? == "DIRECTORY" })
        };
        answer.get("FileStatuses")?.get("FileStatus")?.as_array()?.iter().map(read).collect()
    }
}

/// The longest response that is read, in bytes, except for files.
const LONGEST: u64 = 1 << 20;

/// The body of a response that is not a file.
pub(super) fn text(answer: Answer) -> Result<String, Fault> {
    let url = answer.url;
    let mut bytes = Vec::new();
    let body = answer.response.into_body().into_reader();
    body.take(LONGEST)
        .read_to_end(&mut bytes)
        .map_err(|error| Fault::passing(unavailable(&url, format!("its answer broke off: {error}"))))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The body of a response as JSON.
pub(super) fn json(answer: Answer) -> Result<Value, Fault> {
    let url = answer.url.clone();
    let text = text(answer)?;
    serde_json::from_str(&text)
        .map_err(|error| unavailable(&url, format!("its answer is no JSON ({error}): is it WebHDFS?")).into())
}

/// The failure that a response without the requested content stands for.
pub(super) fn refusal(answer: Answer) -> Fault {
    let url = answer.url.clone();
    let plain = answer.refusal();
    let Ok(said) = text(answer) else { return plain };
    match serde_json::from_str(&said).ok().as_ref().and_then(exception) {
        Some((exception, message)) => of_exception(&url, exception, &message, plain),
        None => plain,
    }
}

/// The name and the first line of the message of `{"RemoteException": {…}}`.
fn exception(answer: &Value) -> Option<(&str, String)> {
    let it = answer.get("RemoteException")?;
    let message = it.get("message").and_then(Value::as_str).unwrap_or_default();
    let first = message.lines().next().unwrap_or_default();
    Some((it.get("exception")?.as_str()?, first.chars().filter(|letter| !letter.is_control()).collect()))
}

fn of_exception(at: &Url, exception: &str, message: &str, plain: Fault) -> Fault {
    let url = at.to_string();
    let found = format!("HDFS says {exception}: {message}");
    match exception {
        "FileNotFoundException" => RemoteError::NotFound { url, found }.into(),
        "AccessControlException" | "SecurityException" | "AuthorizationException" => {
            let found = format!("{found}; HADOOP_USER_NAME or the settings (hdfs, user) say who asks");
            RemoteError::Denied { url, found }.into()
        }
        "StandbyException" => {
            let found = format!(
                "{found}: this NameNode is a standby; name the other one too in the settings (hdfs, namenodes)"
            );
            Fault::passing(RemoteError::Unavailable { url, found })
        }
        // A NameNode that is starting, or switching between active and standby.
        "RetriableException" | "SafeModeException" => Fault::passing(RemoteError::Unavailable { url, found }),
        _ => match plain {
            Fault::Passing { wait, .. } => {
                Fault::Passing { error: RemoteError::Unavailable { url, found }, wait }
            }
            Fault::Final(_) => RemoteError::Unavailable { url, found }.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_status_is_read_and_something_else_is_none() {
        let status = json!({"FileStatus": {"type": "FILE", "length": 5, "modificationTime": 7, "fileId": 9}});
        let read = Status::read(&status).unwrap();
        assert!(read.is_file);
        assert_eq!(read.version(), Version::Hdfs { modified: 7, length: 5, id: 9 });
        for other in [json!({}), json!({"FileStatus": {"type": "FILE", "length": -1}}), json!([])] {
            assert_eq!(Status::read(&other), None);
        }
    }

    #[test]
    fn exceptions_become_what_can_be_acted_on() {
        let url = Url::parse("http://nn:9870/webhdfs/v1/a").unwrap();
        let of = |name: &str| {
            let answer = json!({"RemoteException": {"exception": name, "message": "why\n\tat java"}});
            let (name, message) = exception(&answer).unwrap();
            of_exception(&url, name, &message, unavailable(&url, "403".into()).into())
        };
        assert!(
            matches!(of("FileNotFoundException"), Fault::Final(RemoteError::NotFound { found, .. }) if found.ends_with("why"))
        );
        assert!(
            matches!(of("AccessControlException"), Fault::Final(RemoteError::Denied { found, .. }) if found.contains("HADOOP_USER_NAME"))
        );
        assert!(matches!(of("StandbyException"), Fault::Passing { .. }));
        assert!(matches!(of("IllegalArgumentException"), Fault::Final(RemoteError::Unavailable { .. })));
    }
}
