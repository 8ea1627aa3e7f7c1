//! Faults: what is wrong, where it is, and how to fix it. They are collected rather than returned one by one, so that a
//! maintainer sees all of them at once.

use std::borrow::Cow;
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
        let title = Level::ERROR.primary_title(self.code.title()).id(self.code.id());
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
                source.elements(self.is_within().then(|| Level::NOTE.message(at)))
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
            text[reach.0..start].rfind('\n').map(|it| reach.0 + it + 1).or((reach.0 == 0).then_some(0));
        let last = text[end..reach.1].find(['\n', '\r']).map(|it| end + it);
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
        self.push(Fault { code, file, place: String::new(), span, path, message: message.into(), help: None })
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

    /// Replaces each fault by the result of `change`.
    pub fn map(mut self, change: impl FnMut(Fault) -> Fault) -> Self {
        self.list = self.list.into_iter().map(change).collect();
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
        for fault in &self.list {
            let _ = writeln!(text, "{}", fault.render());
        }
        let count = self.count();
        let shown = match self.more {
            0 => String::new(),
            _ => format!(", the first {} of which are shown", self.list.len()),
        };
        let _ = writeln!(
            text,
            "{count} {} found{shown}; `flow-oa explain CODE` says more about each",
            if count == 1 { "fault" } else { "faults" }
        );
        text
    }
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.render())
    }
}

impl std::error::Error for Faults {}
