//! Faults: what is wrong, where it is, and how to fix it. They are collected rather than returned one by one, so that a
//! maintainer sees all of them at once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::code::Code;
use crate::names::{meant_word, nearest};
use crate::tree::{Node, Step, pointer};

/// A JSON file, as it was read.
#[derive(Debug)]
pub struct SourceFile {
    /// The path, as messages show it.
    pub path: String,
    /// The text.
    pub text: String,
    /// The parsed content; `null` if the text could not be parsed.
    pub tree: Node,
}

impl SourceFile {
    /// The line and column of a byte offset. Both count from 1, columns in characters.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(byte)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// A fault.
#[derive(Debug, Clone)]
pub struct Fault {
    /// The kind of the fault.
    pub code: Code,
    /// The file that contains the fault; `None` if a file or folder itself is at fault.
    pub file: Option<Arc<SourceFile>>,
    /// The file or folder, if `file` is `None`.
    pub place: String,
    /// The range of bytes that the fault is about.
    pub span: Range<usize>,
    /// The path in the document.
    pub path: Vec<Step>,
    /// What was found and what was expected.
    pub message: String,
    /// How to fix the fault, if the message does not say it.
    pub help: Option<String>,
    /// Further places with the same cause, as `file:line:column`.
    pub also: Vec<String>,
    /// The column whose absence, or whose new name, causes the fault.
    about: Option<About>,
}

/// A column that causes faults in several places.
#[derive(Debug, Clone)]
struct About {
    table: String,
    column: String,
    /// The columns of the table, if it does not have this one.
    known: Option<Vec<String>>,
}

/// A fault that was just added. `None` for a fault beyond the limit, for which no help is computed.
pub struct Added<'a>(Option<&'a mut Fault>);

impl Added<'_> {
    /// Adds how to fix the fault.
    pub fn help(self, help: impl Into<String>) {
        if let Some(fault) = self.0 {
            fault.help = Some(help.into());
        }
    }

    /// Adds a 'did you mean' if one of the `known` names is similar to `written`.
    pub fn meant<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str>) {
        if let Some(fault) = self.0
            && let Some(name) = nearest(written, known)
        {
            fault.help = Some(format!("did you mean `{name}`?"));
        }
    }
}

impl Added<'_> {
    /// Says that the table has no such column, but these. Faults about the same column become one.
    pub fn absent<'a>(self, table: &str, column: &str, known: impl IntoIterator<Item = &'a str>) {
        if let Some(fault) = self.0 {
            let known: Vec<String> = known.into_iter().map(str::to_owned).collect();
            let meant = nearest(column, known.iter().map(String::as_str));
            fault.help = meant.map(|name| format!("did you mean `{name}`?"));
            let (table, column) = (table.to_owned(), column.to_owned());
            fault.about = Some(About { table, column, known: Some(known) });
        }
    }

    /// Says that nothing gives the values of a column. Faults about the same column become one.
    pub fn lacks(self, table: &str, column: &str, help: String) {
        if let Some(fault) = self.0 {
            fault.help = Some(help);
            let (table, column) = (table.to_owned(), column.to_owned());
            fault.about = Some(About { table, column, known: None });
        }
    }

    /// As [`Added::meant`], for words of the language: a word of another tool gets the word with the same meaning.
    pub fn meant_word<'a>(self, written: &str, known: impl IntoIterator<Item = &'a str> + Clone) {
        if let Some(fault) = self.0
            && let Some(name) = meant_word(written, known)
        {
            fault.help = Some(format!("did you mean `{name}`?"));
        }
    }
}

impl Fault {
    /// The file and position, as `file:line:column`.
    pub fn location(&self) -> String {
        match &self.file {
            Some(file) => {
                let (line, column) = file.position(self.span.start);
                format!("{}:{line}:{column}", file.path)
            }
            None => self.place.clone(),
        }
    }

    /// The report of the fault in several lines, with the source line and a marker.
    pub fn render(&self) -> String {
        let level = if self.code.is_warning() { Level::WARNING } else { Level::ERROR };
        let title = level.primary_title(self.code.title()).id(self.code.id());
        let footer = self.help.as_deref().map(|help| Level::HELP.message(help));
        let at = format!("at {}", pointer(&self.path));
        let excerpt = self.file.as_ref().map(|file| Excerpt::of(file, &self.span));
        let group = match (&self.file, &excerpt) {
            (Some(file), Some(excerpt)) => {
                let marker =
                    AnnotationKind::Primary.span(excerpt.marked.clone()).label(self.message.as_str());
                let source = Snippet::source(&*excerpt.text).line_start(excerpt.line).annotation(marker);
                let source = match excerpt.column {
                    None => title.element(source.path(file.path.as_str())),
                    Some(column) => title
                        .element(Origin::path(file.path.as_str()).line(excerpt.line).char_column(column))
                        .element(source),
                };
                let source = source.elements(self.is_within().then(|| Level::NOTE.message(at)));
                source.elements(self.listed_also().into_iter().map(|also| Level::NOTE.message(also)))
            }
            _ => title
                .element(Origin::path(self.place.as_str()))
                .element(Level::NOTE.message(self.message.as_str())),
        };
        let report = [group.elements(footer)];
        let rendered = Renderer::plain().render(&report).to_string();
        // The renderer leaves a line for a second location above a source whose location was given already.
        rendered.lines().filter(|line| line.trim() != ":::").map(|line| format!("{line}\n")).collect()
    }

    /// The further places, in lines of a few.
    fn listed_also(&self) -> Vec<String> {
        const SHOWN: usize = 20;
        let shown = self.also.iter().take(SHOWN).map(|place| format!("also at {place}"));
        let more = self.also.len().saturating_sub(SHOWN);
        shown.chain((more > 0).then(|| format!("and at {more} more"))).collect()
    }

    /// Whether the fault is about a part of a document rather than a whole file.
    fn is_within(&self) -> bool {
        !self.path.is_empty()
    }
}

/// The lines of a fault. The size of the excerpt is limited, so that a long file does not slow down its report.
struct Excerpt<'a> {
    text: Cow<'a, str>,
    /// The line of the file, from 1, at which the text begins.
    line: usize,
    /// The bytes of the text to mark: at least one character if there is one.
    marked: Range<usize>,
    /// The column of the fault, from 1, if the text does not begin at the start of a line.
    column: Option<usize>,
}

/// The number of bytes that are shown before and after a fault in a longer line, and the number of bytes shown of the
/// fault itself.
const NEAR: usize = 200;

impl<'a> Excerpt<'a> {
    fn of(file: &'a SourceFile, span: &Range<usize>) -> Self {
        let text = file.text.as_str();
        let start = text.floor_char_boundary(span.start.min(text.len()));
        let end = text.ceil_char_boundary(span.end.clamp(start, start.saturating_add(NEAR)).min(text.len()));
        let (line, column) = file.position(start);
        // Only this part of the text is searched for line breaks.
        let reach = (
            text.floor_char_boundary(start.saturating_sub(2 * NEAR)),
            text.ceil_char_boundary(end + 2 * NEAR),
        );
        let first =
            text[reach.0..start].rfind('\n').map(|at| reach.0 + at + 1).or((reach.0 == 0).then_some(0));
        let last = text[end..reach.1].find(['\n', '\r']).map(|at| end + at);
        let last = last.or((reach.1 == text.len()).then_some(reach.1));
        let from = first.unwrap_or_else(|| text.ceil_char_boundary(start - NEAR));
        let to = last.unwrap_or_else(|| text.floor_char_boundary(end + NEAR));
        let mark = |is_whole: bool| if is_whole { "" } else { "…" };
        let (before, after) = (mark(first.is_some()), mark(last.is_some()));
        let marked = before.len() + start - from..before.len() + end - from;
        let shown = &text[from..to];
        let is_whole = before.is_empty() && after.is_empty();
        let text = if is_whole { Cow::Borrowed(shown) } else { format!("{before}{shown}{after}").into() };
        Self { text, line, marked, column: first.is_none().then_some(column) }
    }
}

/// The number of faults that are kept and shown. More cannot be fixed at a time, and a file may have a fault every few
/// bytes.
pub const KEPT: usize = 100;

/// The faults of a check, in the order in which they were found until [`Faults::sort`]: the first [`KEPT`], and the
/// number of further faults.
#[derive(Debug, Default)]
pub struct Faults {
    list: Vec<Fault>,
    more: usize,
    /// Warnings about the same documents, which are reported with the faults.
    warnings: Vec<Fault>,
    /// The columns that are referred to, each with its table.
    used: HashSet<(String, String)>,
}

impl Faults {
    /// Adds a fault at `path` in `file`.
    pub fn add(
        &mut self,
        code: Code,
        file: &Arc<SourceFile>,
        path: Vec<Step>,
        message: impl Into<String>,
    ) -> Added<'_> {
        if self.is_full() {
            return self.pass();
        }
        let span = file.tree.span_at(&path);
        self.add_span(code, file, path, span, message)
    }

    /// Adds a fault at the bytes `span` of `file`.
    pub fn add_span(
        &mut self,
        code: Code,
        file: &Arc<SourceFile>,
        path: Vec<Step>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> Added<'_> {
        let file = Some(Arc::clone(file));
        let message = message.into();
        let (place, also) = (String::new(), Vec::new());
        self.push(Fault { code, file, place, span, path, message, help: None, also, about: None })
    }

    /// Adds a fault of a file or folder itself.
    pub fn add_place(
        &mut self,
        code: Code,
        place: impl Into<String>,
        message: impl Into<String>,
    ) -> Added<'_> {
        self.push(Fault {
            code,
            file: None,
            place: place.into(),
            span: 0..0,
            path: Vec::new(),
            message: message.into(),
            help: None,
            also: Vec::new(),
            about: None,
        })
    }

    fn push(&mut self, fault: Fault) -> Added<'_> {
        if self.is_full() {
            return self.pass();
        }
        self.list.push(fault);
        Added(self.list.last_mut())
    }

    /// Whether further faults are only counted.
    pub fn is_full(&self) -> bool {
        self.list.len() >= KEPT
    }

    /// Counts a fault that is not kept.
    pub(crate) fn pass(&mut self) -> Added<'_> {
        self.more += 1;
        Added(None)
    }

    /// Sorts the faults by file, position and code.
    pub fn sort(&mut self) {
        fn key(it: &Fault) -> (&str, usize, &str) {
            (it.file.as_ref().map_or(&it.place, |file| &file.path), it.span.start, it.code.id())
        }
        self.list.sort_by(|a, b| key(a).cmp(&key(b)));
    }

    /// Records that a document refers to a column of a table.
    pub(crate) fn uses(&mut self, table: &str, column: &str) {
        self.used.insert((table.to_owned(), column.to_owned()));
    }

    /// Makes one fault of those with the same cause. A column that several documents refer to and its table does not have
    /// was renamed: to one that no document refers to.
    pub(crate) fn gather(&mut self) {
        let mut first: HashMap<(String, String, bool), usize> = HashMap::new();
        let mut gathered: Vec<Fault> = Vec::new();
        for fault in std::mem::take(&mut self.list) {
            let key = fault.about.as_ref();
            let key = key.map(|about| (about.table.clone(), about.column.clone(), about.known.is_some()));
            match key.as_ref().and_then(|key| first.get(key)) {
                Some(at) => {
                    let mut other = fault;
                    // The plainest of the codes.
                    if other.code == Code::AbsentColumn && gathered[*at].code != Code::AbsentColumn {
                        other.also = std::mem::take(&mut gathered[*at].also);
                        std::mem::swap(&mut gathered[*at], &mut other);
                    }
                    gathered[*at].also.push(other.location());
                }
                None => {
                    first.extend(key.map(|key| (key, gathered.len())));
                    gathered.push(fault);
                }
            }
        }
        for fault in &mut gathered {
            if let Some(meant) = self.meant_column(fault) {
                fault.help = meant.map(|name| format!("did you mean `{name}`?"));
            }
        }
        let mut folded = Vec::new();
        for at in 0..gathered.len() {
            let Some((table, to)) = self.renamed(&gathered[at], &gathered) else { continue };
            let places = gathered[at].also.len() + 1;
            gathered[at].help =
                Some(format!("if the column was renamed, write `{to}` in all of these {places} places"));
            if let Some(other) = first.get(&(table, to, false)).filter(|other| **other != at) {
                let consequences: Vec<String> = std::iter::once(gathered[*other].location())
                    .chain(gathered[*other].also.clone())
                    .collect();
                gathered[at].also.extend(consequences);
                folded.push(*other);
            }
        }
        let kept = gathered.into_iter().enumerate().filter(|(at, _)| !folded.contains(at));
        self.list = kept.map(|(_, fault)| fault).collect();
        self.sort();
    }

    /// The column that an absent one stands for, if the fault is about one: a similar one that no document refers to, for
    /// the column may have been renamed; else, if only one place refers to the absent one, one that differs by at most
    /// two letters.
    fn meant_column<'a>(&self, fault: &'a Fault) -> Option<Option<&'a str>> {
        let About { table, column, known } = fault.about.as_ref()?;
        let known = known.as_ref()?;
        let is_unused = |name: &&String| !self.used.contains(&(table.clone(), (*name).clone()));
        let unused = known.iter().filter(is_unused).map(String::as_str);
        if !fault.also.is_empty() {
            return Some(renamed_to(column, unused));
        }
        let close =
            known.iter().map(String::as_str).filter(|name| strsim::damerau_levenshtein(column, name) <= 2);
        Some(renamed_to(column, unused).or_else(|| nearest(column, close)))
    }

    /// The table and the new name of a column that was renamed, if the fault is about one: the only column of which `all`
    /// say that nothing gives its values, else the unused column with the most similar name.
    fn renamed(&self, fault: &Fault, all: &[Fault]) -> Option<(String, String)> {
        let About { table, column, known } = fault.about.as_ref().filter(|_| !fault.also.is_empty())?;
        let is_unused = |name: &&String| !self.used.contains(&(table.clone(), (*name).clone()));
        let unused: Vec<&str> = known.as_ref()?.iter().filter(is_unused).map(String::as_str).collect();
        let about = all.iter().filter_map(|fault| fault.about.as_ref());
        let lacking = about.filter(|about| about.known.is_none() && about.table == *table);
        let lacking: Vec<&str> = lacking.map(|about| about.column.as_str()).collect();
        let to = match (lacking.as_slice(), unused.as_slice()) {
            ([only], _) if unused.contains(only) => *only,
            (_, [only]) => *only,
            _ => renamed_to(column, unused.iter().copied())?,
        };
        Some((table.clone(), to.to_owned()))
    }

    /// Removes the warnings, and returns them.
    pub(crate) fn take_warnings(&mut self) -> Vec<Fault> {
        let (warnings, faults) =
            std::mem::take(&mut self.list).into_iter().partition(|fault| fault.code.is_warning());
        self.list = faults;
        warnings
    }

    pub(crate) fn keep_warnings(&mut self, warnings: Vec<Fault>) {
        self.warnings = warnings;
    }

    /// Replaces each fault and each warning by the result of `change`.
    pub fn map(mut self, mut change: impl FnMut(Fault) -> Fault) -> Self {
        self.list = self.list.into_iter().map(&mut change).collect();
        self.warnings = self.warnings.into_iter().map(change).collect();
        self
    }

    /// The faults that are kept.
    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// The number of faults that are not kept.
    pub fn more(&self) -> usize {
        self.more
    }

    /// The number of all faults.
    pub fn count(&self) -> usize {
        self.list.len() + self.more
    }

    /// Whether there are no faults.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// The reports of the faults that are kept, and the number of all faults.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for fault in self.list.iter().chain(&self.warnings) {
            let _ = writeln!(text, "{}", fault.render());
        }
        let count = self.count();
        let shown = match self.more {
            0 => String::new(),
            _ => format!(", the first {} of which are shown", self.list.len()),
        };
        let (one, many) = match self.list.iter().all(|fault| fault.code.is_warning()) {
            true => ("warning", "warnings"),
            false => ("fault", "faults"),
        };
        let word = if count == 1 { one } else { many };
        let _ = writeln!(text, "{count} {word} found{shown}; `flow-oa explain CODE` says more about each");
        text
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(list: Vec<Fault>) -> Self {
        Self { list, ..Self::default() }
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render())
    }
}

impl std::error::Error for Faults {}

/// The name that a column has now, of those that nothing refers to: the most similar one, which may be less similar than a
/// misspelled name.
fn renamed_to<'a>(column: &str, unused: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |name: &str| {
        strsim::jaro_winkler(column, name).max(strsim::normalized_damerau_levenshtein(column, name))
    };
    let likely = unused.map(|name| (likeness(name), name)).filter(|(likeness, _)| *likeness > 0.7);
    likely.max_by(|(one, _), (other, _)| one.total_cmp(other)).map(|(_, name)| name)
}
