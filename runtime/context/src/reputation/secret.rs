//! Passwords and keys: where they are stored, and how they are kept out of all output.

use std::cell::RefCell;
use std::fmt;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use flow_oa_remote::{Watch, encoded};
use flow_oa_schema::printable;
use flow_oa_settings::{KeptDoc, SecretDoc};

use super::program::{Failed, output};

/// The time limit of a program that prints a secret.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The maximum length of a secret in bytes.
const LONGEST: u64 = 64 << 10;

/// The source of a secret. Its `Debug` output shows no secret.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Secret {
    Text(String),
    Env(String),
    File(PathBuf),
    Command(Vec<String>),
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.place())
    }
}

impl Secret {
    /// The source, as shown in messages.
    fn place(&self) -> String {
        match self {
            Self::Text(_) => "***".to_owned(),
            Self::Env(name) => format!("env {name}"),
            Self::File(path) => format!("file {}", printable::path(path)),
            // An argument may be secret.
            Self::Command(words) => format!("command {}", words.first().map_or("", |it| it.as_str())),
        }
    }

    /// The secret that the settings in `folder` declare.
    pub(super) fn of(doc: &SecretDoc, folder: &Path) -> Self {
        match doc {
            SecretDoc::Text(text) => Self::Text(text.clone()),
            SecretDoc::Kept(KeptDoc::Env(name)) => Self::Env(name.clone()),
            SecretDoc::Kept(KeptDoc::File(path)) => Self::File(folder.join(path)),
            SecretDoc::Kept(KeptDoc::Command(words)) => Self::Command(words.clone()),
        }
    }

    /// The secret itself, without trailing line breaks.
    ///
    /// # Errors
    /// If the secret cannot be read; the message never contains it.
    pub(super) fn read(&self, watch: &dyn Watch) -> Result<String, Failed> {
        let fault = |text: String| Failed::Reason(format!("its secret ({}): {text}", self.place()));
        let text = match self {
            Self::Text(text) => text.clone(),
            Self::Env(name) => std::env::var(name).map_err(|_| {
                fault(format!("the environment variable {name} is not set or is not text; set it"))
            })?,
            Self::File(path) => of_file(path).map_err(fault)?,
            Self::Command(words) => {
                let Some((program, arguments)) = words.split_first() else {
                    return Err(fault("the command is empty; name a program".to_owned()));
                };
                let mut command = Command::new(program);
                command.args(arguments);
                let read = output(command, TIMEOUT, watch).map_err(|failed| match failed {
                    Failed::Reason(reason) | Failed::Absent(reason) => fault(reason),
                    Failed::Interrupted => Failed::Interrupted,
                })?;
                String::from_utf8(read).map_err(|_| fault("the program printed no text".to_owned()))?
            }
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            return Err(fault("it is empty".to_owned()));
        }
        Ok(text.to_owned())
    }
}

/// The replacement for a secret in messages.
const STARS: &str = "***";

/// The minimum length of a secret that is replaced: shorter secrets would garble messages.
const SHORTEST: usize = 4;

/// The secrets that a service was given, so that they can be removed from its answers and errors.
#[derive(Default)]
pub(super) struct Given {
    /// Every spelling in which a message may repeat them, the longest first.
    spellings: RefCell<Vec<String>>,
}

impl Given {
    /// Registers a secret and each of its words, as in `Bearer KEY`.
    pub(super) fn note(&self, secret: &str) {
        let mut spellings = self.spellings.borrow_mut();
        for it in std::iter::once(secret).chain(secret.split_whitespace()) {
            let in_json = serde_json::Value::from(it).to_string();
            let in_json = in_json.trim_matches('"').to_owned();
            spellings.extend([it.to_owned(), encoded(it), in_json]);
        }
        spellings.retain(|spelling| spelling.len() >= SHORTEST);
        spellings.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        spellings.dedup();
    }

    /// A message with its secrets replaced.
    pub(super) fn hidden(&self, message: &str) -> String {
        let spellings = self.spellings.borrow();
        spellings.iter().fold(message.to_owned(), |message, spelling| message.replace(spelling, STARS))
    }
}

fn of_file(path: &Path) -> Result<String, String> {
    let file = flow_oa_files::regular::open(path).map_err(|it| it.to_string())?;
    require_private(&file.metadata().map_err(|it| it.to_string())?)?;
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).map_err(|it| it.to_string())?;
    Ok(text)
}

/// Rejects a file that other users can read.
#[cfg(unix)]
pub(super) fn require_private(file: &std::fs::Metadata) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file.permissions().mode() & 0o777;
    if mode & 0o077 == 0 {
        return Ok(());
    }
    Err(format!("it has mode {mode:03o}, so that others may use it; `chmod 600` it"))
}

#[cfg(not(unix))]
pub(super) fn require_private(_: &std::fs::Metadata) -> Result<(), String> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::file;
    use flow_oa_files::Progress;

    fn read(secret: &Secret) -> Result<String, String> {
        secret.read(&Progress::default()).map_err(|error| format!("{error:?}"))
    }

    fn command(words: &[&str]) -> Secret {
        Secret::Command(words.iter().map(|word| (*word).to_owned()).collect())
    }

    #[test]
    fn a_secret_is_read_from_where_it_is() {
        assert_eq!(read(&Secret::Text("s3cret".to_owned())).unwrap(), "s3cret");
        assert_eq!(read(&Secret::Env("CARGO_MANIFEST_DIR".to_owned())).unwrap(), env!("CARGO_MANIFEST_DIR"));
        let kept = file("s3cret\n");
        assert_eq!(
            read(&Secret::File(kept.path().to_owned())).unwrap(),
            "s3cret",
            "a temporary file has mode 600"
        );
        assert_eq!(read(&command(&["printf", "%s\\n", "s3cret"])).unwrap(), "s3cret");
    }

    #[test]
    fn what_cannot_be_had_is_said_and_nothing_secret_is() {
        for (secret, expected) in [
            (Secret::Text(String::new()), "it is empty"),
            (Secret::Env("FLOW_OA_NOT_THERE".to_owned()), "variable FLOW_OA_NOT_THERE is not set"),
            (Secret::File("no/such".into()), "no/such"),
            (command(&["false", "s3cret"]), "failed"),
            (command(&["true"]), "it is empty"),
            (command(&["no-such-program", "s3cret"]), "cannot be started"),
            (command(&[]), "name a program"),
        ] {
            let said = read(&secret).unwrap_err();
            assert!(said.contains(expected) && !said.contains("s3cret"), "{said}");
        }
        assert_eq!(format!("{:?}", Secret::Text("s3cret".to_owned())), "***");
    }

    #[test]
    fn a_secret_is_taken_out_of_messages_however_it_is_spelt() {
        let given = Given::default();
        ["Bearer ge/he\"im", "1"].into_iter().for_each(|secret| given.note(secret));
        for (message, expected) in [
            ("it says `Bearer ge/he\"im`", "it says `***`"),
            (r#"it says "ge/he\"im" at /v1"#, r#"it says "***" at /v1"#),
            ("http://a/?k=ge%2Fhe%22im&x=1: 401", "http://a/?k=***&x=1: 401"),
        ] {
            assert_eq!(given.hidden(message), expected);
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_file_that_others_may_read_is_refused() {
        use std::os::unix::fs::PermissionsExt as _;
        let kept = file("s3cret");
        std::fs::set_permissions(kept.path(), std::fs::Permissions::from_mode(0o640)).unwrap();
        let said = read(&Secret::File(kept.path().to_owned())).unwrap_err();
        assert!(
            said.contains("mode 640") && said.contains("chmod 600") && !said.contains("s3cret"),
            "{said}"
        );
    }
}
