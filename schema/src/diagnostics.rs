//! Faults: what is wrong, where, and what to do; collected, never thrown, so that a maintainer sees all
//! of them at once.

use std::fmt::Write as _;
use std::ops::Range;
use std::sync::Arc;

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::code::Code;
use crate::tree::{Node, Step, pointer};

/// A JSON file as it was read.
#[derive(Debug)]
pub struct SourceFile {
    /// Its path, as messages show it.
    pub path: String,
    /// Its text.
    pub text: String,
    /// What it holds; `null` where it could not be parsed.
    pub tree: Node,
}

impl SourceFile {
    /// The line and column (both from 1, columns in characters) of a byte.
    pub fn position(&self, byte: usize) -> (usize, usize) {
        let before = &self.text[..self.text.floor_char_boundary(byte)];
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// One thing that is wrong.
#[derive(Debug, Clone)]
pub struct Fault {
    /// What kind of fault it is.
    pub code: Code,
    /// The file that it stands in, or none where a file or folder itself is at fault.
    pub file: Option<Arc<SourceFile>>,
    /// The file or folder, where `file` is none.
    pub place: String,
    /// The bytes that it is about.
    pub span: Range<usize>,
    /// The path to it within the document.
    pub path: Vec<Step>,
    /// What was found and what was expected.
    pub message: String,
    /// What to do, where that is more than the message says.
    pub help: Option<String>,
}

impl Fault {
    /// Adds what to do.
    pub fn help(&mut self, help: impl Into<String>) -> &mut Self {
        self.help = Some(help.into());
        self
    }

    /// Adds a 'did you mean' where there is something near.
    pub fn meant(&mut self, nearest: Option<&str>) -> &mut Self {
        if let Some(name) = nearest {
            self.help = Some(format!("did you mean `{name}`?"));
        }
        self
    }

    /// The file and position: `file:line:column`.
    pub fn location(&self) -> String {
        match &self.file {
            Some(file) => {
                let (line, column) = file.position(self.span.start);
                format!("{}:{line}:{column}", file.path)
            }
            None => self.place.clone(),
        }
    }

    /// The fault as a report of several lines, with the source line and a marker.
    pub fn render(&self) -> String {
        let title = Level::ERROR.primary_title(self.code.title()).id(self.code.id());
        let footer = self.help.as_deref().map(|help| Level::HELP.message(help));
        let at = format!("at {}", pointer(&self.path));
        let group = match &self.file {
            Some(file) => {
                let marker = AnnotationKind::Primary.span(self.marked(file)).label(self.message.as_str());
                let source = Snippet::source(file.text.as_str()).path(file.path.as_str()).annotation(marker);
                title.element(source).elements(self.is_within().then(|| Level::NOTE.message(at)))
            }
            None => title
                .element(Origin::path(self.place.as_str()))
                .element(Level::NOTE.message(self.message.as_str())),
        };
        let report = [group.elements(footer)];
        let mut text = Renderer::plain().render(&report).to_string();
        text.push('\n');
        text
    }

    /// Whether it is about something within a document, rather than about a whole file.
    fn is_within(&self) -> bool {
        !self.path.is_empty()
    }

    /// A span that the renderer can mark: at least one character, within the text.
    fn marked(&self, file: &SourceFile) -> Range<usize> {
        let end = file.text.len();
        let start = file.text.floor_char_boundary(self.span.start.min(end));
        start..file.text.ceil_char_boundary(self.span.end.clamp(start, end))
    }
}

/// All faults of a check, in the order in which they were found until [`Faults::sort`].
#[derive(Debug, Default)]
pub struct Faults {
    list: Vec<Fault>,
}

impl Faults {
    /// Adds a fault of what `path` leads to in `file`.
    pub fn add(
        &mut self,
        code: Code,
        file: &Arc<SourceFile>,
        path: Vec<Step>,
        message: impl Into<String>,
    ) -> &mut Fault {
        let span = file.tree.span_at(&path);
        self.add_span(code, file, path, span, message)
    }

    /// Adds a fault of the bytes `span` of `file`.
    pub fn add_span(
        &mut self,
        code: Code,
        file: &Arc<SourceFile>,
        path: Vec<Step>,
        span: Range<usize>,
        message: impl Into<String>,
    ) -> &mut Fault {
        let file = Some(Arc::clone(file));
        self.push(Fault { code, file, place: String::new(), span, path, message: message.into(), help: None })
    }

    /// Adds a fault of a file or folder itself.
    pub fn add_place(
        &mut self,
        code: Code,
        place: impl Into<String>,
        message: impl Into<String>,
    ) -> &mut Fault {
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

    fn push(&mut self, fault: Fault) -> &mut Fault {
        self.list.push(fault);
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// Sorts by file, position and code.
    pub fn sort(&mut self) {
        self.list.sort_by(|a, b| {
            let key = |it: &Fault| {
                (it.file.as_ref().map_or(it.place.clone(), |f| f.path.clone()), it.span.start, it.code.id())
            };
            key(a).cmp(&key(b))
        });
    }

    /// Each fault as `change` makes it.
    pub(crate) fn map(self, change: impl FnMut(Fault) -> Fault) -> Self {
        Self { list: self.list.into_iter().map(change).collect() }
    }

    /// The faults.
    pub fn list(&self) -> &[Fault] {
        &self.list
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// All reports, and how many there are.
    pub fn render(&self) -> String {
        let mut text = String::new();
        for fault in &self.list {
            let _ = writeln!(text, "{}", fault.render());
        }
        let count = self.list.len();
        let _ = writeln!(
            text,
            "{count} {} found; `flow-oa explain CODE` says more about each",
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
