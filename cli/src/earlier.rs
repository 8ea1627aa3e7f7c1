//! A version of a schema to compare with another: a folder, or a folder in a revision of a git repository.
//!
//! git is started with arguments and never through a shell, and only reads. What the user wrote reaches it once, behind
//! `--end-of-options`; from then on it is asked for objects by their hashes.

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use flow_oa_schema::files::LONGEST;
use flow_oa_schema::upgrade::upgrade;
use flow_oa_schema::{Files, Schema, check, printable};
use flow_oa_site::Error;

use crate::show::plural;

const DOING: &str = "reading the schema to compare with from";

/// A version of a schema that passes the check.
pub(crate) struct Version {
    /// What the user named.
    pub(crate) shown: String,
    pub(crate) files: Files,
    pub(crate) schema: Schema,
    /// What was done to read it.
    pub(crate) notes: Vec<String>,
}

impl Version {
    /// Reads the version that `place` names: a folder, else `REVISION:PATH` of the git repository that contains `near`.
    /// Constructs of earlier versions of the language are replaced in memory.
    ///
    /// # Errors
    /// If there is no such folder, revision or path, git cannot be started, or the schema has faults.
    pub(crate) fn read(place: &Path, near: &Path) -> Result<Self, Error> {
        let shown = printable::path(place);
        let mut files = match place.is_dir() {
            true => Files::read(place),
            false => in_git(place, near)?,
        };
        let mut notes = Vec::new();
        let upgraded = upgrade(&files);
        let replaced = upgraded.iter().flat_map(|file| &file.found).filter(|it| it.replacement.is_some());
        let replaced = replaced.count() as u64;
        if replaced > 0 {
            let constructs = plural(replaced, "construct", "constructs");
            notes.push(format!(
                "{shown}: {constructs} of an earlier version of the language read as `flow-oa schema upgrade` \
                 rewrites them"
            ));
        }
        files.texts.extend(upgraded.into_iter().map(|file| (file.path, Ok(file.text))));
        let schema = check(&files).map_err(|faults| {
            Error::Configuration(format!("{DOING} {shown}: it does not pass the check itself\n{faults}"))
        })?;
        Ok(Self { shown, files, schema, notes })
    }
}

/// The documents of a folder in a revision.
fn in_git(place: &Path, near: &Path) -> Result<Files, Error> {
    let absent = |error: String| Error::NoInput { doing: DOING, path: place.to_owned(), error };
    let text = place.to_str().unwrap_or_default();
    let Some((revision, path)) = divided(text) else {
        let error = "it is not a folder; a revision of git is written with a path, such as main:schema";
        return Err(absent(error.to_owned()));
    };
    let path = path.trim_end_matches('/');
    if path.split('/').any(|part| matches!(part, "." | "..")) || path.starts_with('/') {
        let error = "a path in a revision begins at the root of the repository, such as main:schema";
        return Err(absent(error.to_owned()));
    }
    let git = Git { folder: near };
    git.line(&["rev-parse", "--git-dir"])?.map_err(|said| {
        absent(format!(
            "there is no such folder, and {} is in no git repository: {said}",
            printable::path(near)
        ))
    })?;
    let commit = git.commit(revision)?.map_err(|said| {
        absent(format!(
            "git has no revision {revision:?}: {said}. A shallow clone has only its own: fetch the other one first"
        ))
    })?;
    let tree = git.line(&["rev-parse", "--verify", "--end-of-options", &format!("{commit}:{path}")])?;
    let tree = tree.map_err(|said| absent(format!("the revision {revision} has no {path:?}: {said}")))?;
    let listed = git.output(&["ls-tree", "-r", "-z", "--full-tree", &tree])?;
    let listed = listed.map_err(|said| absent(format!("{path:?} is not a folder there: {said}")))?;
    let root = if path.is_empty() { "." } else { path };
    Ok(documents(&git, &format!("{revision}:{root}"), &String::from_utf8_lossy(&listed)))
}

/// The documents among the entries of a tree: `MODE blob HASH<tab>PATH`, each ended by a NUL.
fn documents(git: &Git<'_>, shown: &str, listed: &str) -> Files {
    let entries = listed.split('\0').filter_map(|entry| entry.split_once('\t'));
    let entries: Vec<(&str, &str)> = entries.map(|(object, path)| (path, object)).collect();
    let paths: Vec<&str> = entries.iter().map(|(path, _)| *path).collect();
    Files::of_paths(shown, &paths, |path| {
        let object = entries.iter().find(|(other, _)| *other == path).map_or("", |(_, object)| *object);
        blob(git, object)
    })
}

/// The text of a file, by its entry in a tree: `MODE TYPE HASH`.
fn blob(git: &Git<'_>, entry: &str) -> Result<String, String> {
    let mut words = entry.split(' ');
    let (mode, hash) = (words.next().unwrap_or_default(), words.nth(1).unwrap_or_default());
    if !mode.starts_with("100") {
        return Err("it is a symbolic link or another repository; expected a file of JSON".to_owned());
    }
    let read = |arguments: &[&str]| git.output(arguments).map_err(|error| error.to_string())?;
    let size = String::from_utf8_lossy(&read(&["cat-file", "-s", hash])?).trim().parse().unwrap_or(0);
    if size > LONGEST {
        return Err(format!("it is longer than {} MiB; expected a file of JSON", LONGEST >> 20));
    }
    String::from_utf8(read(&["cat-file", "blob", hash])?)
        .map_err(|_| "it is not UTF-8 text; save the file as UTF-8".to_owned())
}

/// The revision and the path of `REVISION:PATH`. A colon in braces, as in `HEAD^{/fix: that}:schema`, belongs to the
/// revision. `None` if there is no revision.
fn divided(text: &str) -> Option<(&str, &str)> {
    let mut depth = 0_usize;
    let colon = text.bytes().position(|byte| {
        match byte {
            b'{' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        byte == b':' && depth == 0
    })?;
    (colon > 0).then(|| (&text[..colon], &text[colon + 1..]))
}

/// git, in a folder.
struct Git<'a> {
    folder: &'a Path,
}

/// The output of git, or its complaint if it failed.
type Answer<T> = Result<T, String>;

impl Git<'_> {
    fn output(&self, arguments: &[&str]) -> Result<Answer<Vec<u8>>, Error> {
        let output = Command::new("git")
            .args(arguments)
            .current_dir(self.folder)
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .output();
        match output {
            Ok(output) if output.status.success() => Ok(Ok(output.stdout)),
            Ok(output) => {
                let said = String::from_utf8_lossy(&output.stderr);
                Ok(Err(said.lines().next().unwrap_or_default().trim_start_matches("fatal: ").to_owned()))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Err(Error::Unavailable(format!(
                "{DOING} git: it is not installed, or not in PATH; name a folder"
            ))),
            Err(error) => Err(Error::Unavailable(format!("{DOING} git: it cannot be started: {error}"))),
        }
    }

    /// The hash of the commit that a revision is.
    fn commit(&self, revision: &str) -> Result<Answer<String>, Error> {
        let commit = format!("{revision}^{{commit}}");
        let found = self.line(&["rev-parse", "--verify", "--end-of-options", &commit])?;
        // What excludes a commit, as `^main` does, is printed as it was written.
        let is_hash = |line: &str| !line.is_empty() && line.bytes().all(|byte| byte.is_ascii_hexdigit());
        Ok(found.and_then(|line| match is_hash(&line) {
            true => Ok(line),
            false => Err("it is not a single commit".to_owned()),
        }))
    }

    /// The output without its line break.
    fn line(&self, arguments: &[&str]) -> Result<Answer<String>, Error> {
        let text = |output: Vec<u8>| String::from_utf8_lossy(&output).trim_end().to_owned();
        Ok(self.output(arguments)?.map(text))
    }
}

#[cfg(test)]
mod tests {
    use super::divided;

    #[test]
    fn a_revision_ends_at_the_first_colon_outside_braces() {
        for (text, expected) in [
            ("main:schema", Some(("main", "schema"))),
            ("main:", Some(("main", ""))),
            ("v1:a:b", Some(("v1", "a:b"))),
            ("HEAD^{/fix: that}:schema", Some(("HEAD^{/fix: that}", "schema"))),
            ("stash@{1 hour ago}:a b", Some(("stash@{1 hour ago}", "a b"))),
            (":schema", None),
            ("schema", None),
            ("", None),
        ] {
            assert_eq!(divided(text), expected, "{text}");
        }
    }
}
