//! The frame of every page: its head, the way back, and the fingerprint of the schema.

use crate::html::{code, link, text};

/// The style of all pages.
pub(crate) const STYLE: &str = include_str!("../../../templates/docs/style.css");

const FRAME: &str = include_str!("../../../templates/docs/page.html");

/// What a page shows.
pub(crate) struct Content {
    /// The title, a plain text.
    pub(crate) title: String,
    /// The pages above this one: the file and the title of each.
    pub(crate) trail: Vec<(String, String)>,
    /// The content, HTML.
    pub(crate) html: String,
}

impl Content {
    /// The whole page. Placeholders are replaced once, so that no text can hold one.
    pub(crate) fn framed(&self, fingerprint: &str) -> String {
        let trail: String = self
            .trail
            .iter()
            .map(|(file, title)| format!("<li>{}</li>\n", link(file, &text(title))))
            .collect();
        let trail = format!("{trail}<li aria-current=\"page\">{}</li>\n", text(&self.title));
        let mut page = String::with_capacity(FRAME.len() + self.html.len());
        let mut rest = FRAME;
        while let Some((before, (name, after))) =
            rest.split_once("{{").and_then(|(before, rest)| Some((before, rest.split_once("}}")?)))
        {
            page.push_str(before);
            page.push_str(&match name {
                "title" => text(&self.title),
                "trail" => trail.clone(),
                "content" => self.html.clone(),
                "fingerprint" => code(fingerprint),
                unknown => unknown.to_owned(),
            });
            rest = after;
        }
        page + rest
    }
}
