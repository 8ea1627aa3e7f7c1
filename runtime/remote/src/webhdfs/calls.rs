//! The needed calls of WebHDFS, each as in Hadoop's REST interface (WebHDFS REST API, 'Operations').
//!
//! The DataNodes of Hadoop 2 decode a path twice (seen with 2.7.3), so they do not find names that contain `%` or `+`.
//! There is no workaround here: it would break all other servers.

use percent_encoding::NON_ALPHANUMERIC;
use ureq::http::StatusCode;

use super::Url;
use super::status::{self, Status};
use crate::attempt::Fault;
use crate::connections::{Connections, Reach};
use crate::error::RemoteError;
use crate::exchange::{Answer, Ask, Load, ask, once, redirect, unavailable};
use crate::file::{Entry, Here};
use crate::location::Hdfs;
use crate::url::{IN_PATH, encoded};

type Outcome<T> = Result<T, Fault>;

/// Calls to one NameNode.
pub(super) struct Calls<'a> {
    pub(super) connections: &'a Connections,
    pub(super) namenode: &'a Url,
    pub(super) user: Option<&'a str>,
}

/// Calls the NameNodes of a file system in order, until one answers that is not a standby.
pub(super) fn of_active<T>(
    connections: &Connections,
    hdfs: &Hdfs,
    mut ask: impl FnMut(&Calls<'_>) -> std::result::Result<T, Fault>,
) -> std::result::Result<T, Fault> {
    let addresses = connections.site.hadoop.addresses(hdfs);
    let user = connections.site.hadoop.user();
    let mut last = None;
    for namenode in &addresses {
        let calls = Calls { connections, namenode, user: user.as_deref() };
        match ask(&calls) {
            Err(fault @ Fault::Passing { .. }) => last = Some(fault),
            done => return done,
        }
    }
    // There is at least one address, so there is an error.
    Err(last.unwrap_or_else(|| RemoteError::Configuration("no NameNode is known".to_owned()).into()))
}

impl Calls<'_> {
    fn request(&self, method: &'static str, path: &str, operation: &str) -> Ask<'static> {
        let user = self
            .user
            .map(|user| format!("&user.name={}", encoded(user, NON_ALPHANUMERIC)))
            .unwrap_or_default();
        let target = format!("/webhdfs/v1{}?op={operation}{user}", encoded(path, IN_PATH));
        let url = Url { target, ..self.namenode.clone() };
        let headers = vec![("Content-Type".into(), "application/octet-stream".to_owned())];
        Ask { method, headers, ..Ask::get(url, Reach::Direct) }
    }

    fn done(&self, request: Ask<'_>) -> Outcome<serde_json::Value> {
        let answer = ask(self.connections, request)?;
        if answer.response.status() == StatusCode::OK {
            status::json(answer)
        } else {
            Err(status::refusal(answer))
        }
    }

    pub(super) fn status(&self, path: &str) -> Outcome<Status> {
        let request = self.request("GET", path, "GETFILESTATUS");
        let url = request.url.clone();
        Status::read(&self.done(request)?).ok_or_else(|| {
            let found = "it answers with something else than the status of a file: is it WebHDFS?".to_owned();
            unavailable(&url, found).into()
        })
    }

    /// The response whose body is the file. The NameNode redirects to a DataNode.
    pub(super) fn open(&self, path: &str) -> Outcome<Answer> {
        let answer = ask(self.connections, self.request("GET", path, "OPEN"))?;
        if answer.response.status() == StatusCode::OK { Ok(answer) } else { Err(status::refusal(answer)) }
    }

    /// Writes a file and replaces an existing one. The NameNode names the DataNode, and only that server gets the
    /// bytes.
    pub(super) fn create(&self, path: &str, from: &Here<'_>, bytes: u64) -> Outcome<()> {
        let first = once(self.connections, &self.request("PUT", path, "CREATE&overwrite=true"))?;
        let Some(url) = redirect(&first)? else {
            if first.response.status().is_success() {
                let found = "it does not say which DataNode takes the file: is it WebHDFS?".to_owned();
                return Err(unavailable(&first.url, found).into());
            }
            return Err(status::refusal(first));
        };
        let load = Load::File(from, bytes);
        let request = Ask { url, load, ..self.request("PUT", path, "CREATE") };
        let second = once(self.connections, &request)?;
        if second.response.status().is_success() { Ok(()) } else { Err(status::refusal(second)) }
    }

    /// Renames a file over an existing one. Hadoop servers support `renameoptions` since 0.23, although the description
    /// of the interface does not list it. A server without it returns `false` if the target exists.
    pub(super) fn rename(&self, from: &str, to: &str) -> Outcome<bool> {
        let operation = format!("RENAME&renameoptions=OVERWRITE&destination={}", encoded(to, IN_PATH));
        let answer = ask(self.connections, self.request("PUT", from, &operation))?;
        if answer.response.status() != StatusCode::OK {
            return Err(status::refusal(answer));
        }
        // With the option there is no body, without it a boolean.
        let said = status::text(answer)?;
        Ok(said.trim().is_empty() || !said.contains("false"))
    }

    pub(super) fn list(&self, path: &str) -> Outcome<Vec<Entry>> {
        let request = self.request("GET", path, "LISTSTATUS");
        let url = request.url.clone();
        Entry::read_all(&self.done(request)?).ok_or_else(|| {
            let found = "it answers with something else than what a folder holds: is it WebHDFS?".to_owned();
            unavailable(&url, found).into()
        })
    }

    /// Removes a file, or a folder with its contents.
    pub(super) fn delete_all(&self, path: &str) -> Outcome<()> {
        self.done(self.request("DELETE", path, "DELETE&recursive=true")).map(drop)
    }

    pub(super) fn delete(&self, path: &str) -> Outcome<()> {
        self.done(self.request("DELETE", path, "DELETE&recursive=false")).map(drop)
    }
}
