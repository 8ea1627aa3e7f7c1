//! McAfee's Global Threat Intelligence, queried through its program `refclient`, many addresses and names at once.
//!
//! # Decisions
//!
//! - **`refclient` takes its password as an argument**, which other users can see; `password_variable` names an
//!   environment variable for clients that support it. The program is started without a shell, and its run time and
//!   output are limited.
//! - **A host name is queried as a URL**, as Spot does: GTI has one operation for both.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use flow_oa_core::Observable;
use flow_oa_settings::{DeclaredDoc, QUERY_HERE};
use serde_json::Value;

use super::ask::{Ask, Fault, Found, Means, text};
use super::program::{Failed, output};
use super::secret::Secret;

/// How many addresses and names a request holds.
const BATCH: usize = 100;

/// The length in bytes up to which they are added to a request, since systems limit the length of an argument. A longer
/// URL is a request of its own.
const LONGEST: usize = 16 << 10;

/// The length in bytes from which Linux refuses an argument, whose end counts as a byte.
const ARGUMENT: usize = 128 << 10;

/// The reputation that Spot assumes for an address without an answer.
const NO_ANSWER: i64 = 16;

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Gti {
    server: String,
    user: String,
    password: Secret,
    /// The environment variable in which the program expects the password.
    password_variable: Option<String>,
    question: String,
    program: PathBuf,
    categories: Option<PathBuf>,
}

impl Gti {
    pub(super) fn of(doc: &DeclaredDoc, folder: &Path) -> Result<Self, String> {
        let program = text("refclient", doc.refclient.as_ref())?;
        // A bare name is searched in PATH, as a shell does.
        let program = if program.contains('/') { folder.join(program) } else { program.into() };
        let password = doc.password.as_ref().ok_or("password: expected a text, found none")?;
        Ok(Self {
            server: text("server", doc.server.as_ref())?,
            user: text("user", doc.user.as_ref())?,
            password: Secret::of(password, folder),
            password_variable: doc.password_variable.clone(),
            question: text("ci", doc.ci.as_ref())?,
            program,
            categories: doc
                .category_file
                .as_ref()
                .filter(|category_file| !category_file.is_empty())
                .map(|file| folder.join(file)),
        })
    }

    fn command(&self, asked: &[Observable], password: &str) -> Command {
        let about: Vec<String> = asked.iter().map(operation).collect();
        let question = self.question.replace(QUERY_HERE, &about.join(","));
        let mut command = Command::new(&self.program);
        command.args(["-s", &self.server, "-q", &question, "-i", &self.user]);
        match &self.password_variable {
            Some(variable) => command.env(variable, password),
            None => command.args(["-p", password]),
        };
        command.arg("-t");
        command
    }

    /// Category names and groups, by code.
    fn categories(&self) -> Result<HashMap<String, String>, Fault> {
        let Some(path) = &self.categories else { return Ok(HashMap::new()) };
        let fault =
            |text: String| Fault::Hopeless(format!("reading categories from {}: {text}", path.display()));
        let file = flow_oa_files::regular::open(path).map_err(|error| fault(error.to_string()))?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .trim(csv::Trim::All)
            .from_reader(file);
        let mut found = HashMap::new();
        for record in reader.records() {
            let record = record.map_err(|error| fault(error.to_string()))?;
            let mut fields = record.iter();
            let (Some(code), Some(name), Some(group)) = (fields.next(), fields.next(), fields.next()) else {
                let line = record.position().map_or(0, csv::Position::line);
                return Err(fault(format!(
                    "line {line}: expected code, name, group; correct or remove the line"
                )));
            };
            found.insert(code.to_owned(), format!("{name}|{group}"));
        }
        Ok(found)
    }
}

impl Ask for Gti {
    fn batch(&self, asked: &[Observable]) -> usize {
        let mut length = 0;
        let fits = |of: &&Observable| {
            length += operation(of).len();
            length <= LONGEST
        };
        asked.iter().take(BATCH).take_while(fits).count()
    }

    fn unsendable(&self, of: &Observable) -> Option<&'static str> {
        let length = self.question.replace(QUERY_HERE, &operation(of)).len();
        (length >= ARGUMENT).then_some("it is too long for an argument of a program (128 KiB)")
    }

    fn takes_names(&self) -> bool {
        true
    }

    fn unknown(&self) -> &'static str {
        band(NO_ANSWER)
    }

    fn ask(&mut self, asked: &[Observable], means: &Means) -> Result<Vec<Found>, Fault> {
        let categories = self.categories()?;
        let password = means.read(&self.password)?;
        let mut tries = 1;
        loop {
            let printed = output(self.command(asked, &password), means.timeout, &*means.watch);
            match printed
                .and_then(|printed| verdicts(&printed, asked.len(), &categories).map_err(Failed::Reason))
            {
                Ok(found) => return Ok(found.into_iter().map(Ok).collect()),
                // The next attempt may succeed, or finish in time.
                Err(Failed::Reason(_)) if tries < means.tries => means.pause(tries)?,
                Err(Failed::Reason(reason)) if tries > 1 => {
                    return Err(Fault::Unanswered(format!("{reason}; tried {tries} times")));
                }
                Err(Failed::Reason(reason)) => return Err(Fault::Unanswered(reason)),
                Err(failed) => return Err(failed.into()),
            }
            tries += 1;
        }
    }
}

/// The query about an address or a name, in the order of keys that Spot sends.
fn operation(of: &Observable) -> String {
    let kind = match of {
        Observable::Address(_) => "ip",
        Observable::Name(..) => "url",
    };
    format!(r#"{{"op":"{kind}","{kind}":{}}}"#, Value::from(of.to_string()))
}

/// The verdicts of an answer, in the order of the query.
fn verdicts(
    printed: &[u8],
    asked: usize,
    categories: &HashMap<String, String>,
) -> Result<Vec<String>, String> {
    let answer: Value = serde_json::from_slice(printed).map_err(|error| {
        format!("its program printed what is no JSON ({error}); run it by hand to see what")
    })?;
    let answers =
        answer["a"].as_array().ok_or("its program's answer has no list `a`; run it by hand to see why")?;
    if answers.len() != asked {
        return Err(format!(
            "{asked} addresses or names were asked about, and {} have an answer",
            answers.len()
        ));
    }
    Ok(answers.iter().map(|answer| verdict(answer, categories)).collect())
}

fn verdict(answer: &Value, categories: &HashMap<String, String>) -> String {
    let number = |value: &Value| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok());
    let reputation = number(&answer["rep"]).filter(|_| answer.get("aflag").is_none());
    let band = band(reputation.unwrap_or(NO_ANSWER));
    let codes = answer["cat"].as_array().into_iter().flatten();
    let code = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let names: Vec<&str> =
        codes.map(code).filter_map(|code| categories.get(&code)).map(String::as_str).collect();
    if names.is_empty() { band.to_owned() } else { format!("{band}:{}", names.join(";")) }
}

/// Spot's bands of GTI's reputation.
fn band(reputation: i64) -> &'static str {
    match reputation {
        ..15 => "Minimal:1",
        15..30 => "Unverified:-1",
        30..50 => "Medium:2",
        _ => "High:3",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(answer: &str, asked: usize) -> Result<Vec<String>, String> {
        let categories = [("1001", "Malware|Security"), ("1002", "Spam|Mail")];
        let categories = categories.map(|(code, name)| (code.to_owned(), name.to_owned())).into();
        verdicts(answer.as_bytes(), asked, &categories)
    }

    #[test]
    fn reputations_have_the_bands_of_spot() {
        for (reputation, expected) in [
            (-1, "Minimal:1"),
            (14, "Minimal:1"),
            (15, "Unverified:-1"),
            (29, "Unverified:-1"),
            (30, "Medium:2"),
            (49, "Medium:2"),
            (50, "High:3"),
            (127, "High:3"),
        ] {
            assert_eq!(of(&format!(r#"{{"a": [{{"rep": {reputation}}}]}}"#), 1).unwrap(), [expected]);
        }
    }

    #[test]
    fn an_address_without_answer_is_unverified_and_categories_have_names() {
        let answer = r#"{"a": [{"aflag": 1, "rep": 80}, {"ufg": 1}, {"rep": 80, "cat": [1001, "1002", 7]},
            {"rep": "80"}, {"rep": "bad"}]}"#;
        let expected = [
            "Unverified:-1",
            "Unverified:-1",
            "High:3:Malware|Security;Spam|Mail",
            "High:3",
            "Unverified:-1",
        ];
        assert_eq!(of(answer, 5).unwrap(), expected, "a number may be a text, as Spot takes it");
    }

    #[test]
    fn a_request_does_not_exceed_the_length_of_an_argument() {
        let doc =
            r####"{"server": "s", "user": "u", "password": "p", "ci": "###QUERY###", "refclient": "r"}"####;
        let gti = Gti::of(&serde_json::from_str(doc).unwrap(), Path::new(".")).unwrap();
        let url = |length: usize| Observable::Name(flow_oa_core::Named::Url, "a".repeat(length).into());
        for (asked, expected) in
            [(vec![url(10); 300], BATCH), (vec![url(4000); 300], 4), (vec![url(20_000), url(1)], 0)]
        {
            assert_eq!(gti.batch(&asked), expected);
        }
    }

    #[test]
    fn an_answer_that_is_none_is_refused() {
        for (answer, expected) in [
            ("", "no JSON"),
            ("{}", "no list `a`"),
            (r#"{"a": []}"#, "1 addresses or names were asked about, and 0 have"),
        ] {
            let said = of(answer, 1).unwrap_err();
            assert!(said.contains(expected), "{said}");
        }
    }
}
