//! Threat levels, in Spot's words and values.

use std::fmt;

use flow_oa_settings::LabelDoc;

/// A threat level, in Spot's words. The discriminant is Spot's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Threat {
    Unverified = -1,
    None = 0,
    Low = 1,
    Medium = 2,
    High = 3,
}

impl Threat {
    const ALL: [(Self, &str); 5] = [
        (Self::Unverified, "UNVERIFIED"),
        (Self::None, "NONE"),
        (Self::Low, "LOW"),
        (Self::Medium, "MEDIUM"),
        (Self::High, "HIGH"),
    ];

    fn of_label(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, label)| label.eq_ignore_ascii_case(text)).map(|(threat, _)| threat)
    }

    fn of_value(text: &str) -> Option<Self> {
        let value: i8 = text.parse().ok()?;
        Self::ALL.into_iter().find(|(threat, _)| *threat as i8 == value).map(|(threat, _)| threat)
    }

    /// Parses a threat level from a label, a value, or both. An empty text is ignored.
    pub(super) fn read(label: &str, value: &str) -> Result<Self, String> {
        let by_label = (!label.is_empty()).then(|| Self::of_label(label).ok_or_else(|| bad_label(label)));
        let by_value = (!value.is_empty()).then(|| Self::of_value(value).ok_or_else(|| bad_value(value)));
        match (by_label.transpose()?, by_value.transpose()?) {
            (Some(threat), Some(other)) if threat != other => Err(format!(
                "label {label} is {threat}, but value {value} is {other}: correct one or leave it empty"
            )),
            (Some(threat), _) | (None, Some(threat)) => Ok(threat),
            (None, None) => Err("neither label nor value: write one of them, or remove the line".to_owned()),
        }
    }
}

impl fmt::Display for Threat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let label = Self::ALL.into_iter().find(|(threat, _)| threat == self).map_or("", |(_, label)| label);
        write!(f, "{label}:{}", *self as i8)
    }
}

fn bad_label(found: &str) -> String {
    format!("expected a label UNVERIFIED, NONE, LOW, MEDIUM or HIGH, found `{found}`: correct the line")
}

fn bad_value(found: &str) -> String {
    format!(
        "expected a value from -1 to 3 (-1 unverified, 0 none, 1 low, 2 medium, 3 high), found `{found}`: \
         correct the line; where it is a number of block lists, say so in the settings (`\"format\": \"counts\"`)"
    )
}

impl From<LabelDoc> for Threat {
    fn from(label: LabelDoc) -> Self {
        match label {
            LabelDoc::Unverified => Self::Unverified,
            LabelDoc::None => Self::None,
            LabelDoc::Low => Self::Low,
            LabelDoc::Medium => Self::Medium,
            LabelDoc::High => Self::High,
        }
    }
}
