//! Threat levels, in Spot's words and values, and verdicts of lists.

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
    const ALL: [Self; 5] = [Self::Unverified, Self::None, Self::Low, Self::Medium, Self::High];

    fn of_label(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|threat| threat.label().eq_ignore_ascii_case(text))
    }

    fn of_value(text: &str) -> Option<Self> {
        let value: i8 = text.parse().ok()?;
        Self::ALL.into_iter().find(|threat| *threat as i8 == value)
    }

    fn label(self) -> &'static str {
        match self {
            Self::Unverified => "UNVERIFIED",
            Self::None => "NONE",
            Self::Low => "LOW",
            Self::Medium => "MEDIUM",
            Self::High => "HIGH",
        }
    }
}

impl fmt::Display for Threat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.label(), *self as i8)
    }
}

/// The verdict of an entry of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Verdict {
    label: &'static str,
    threat: Threat,
}

impl Verdict {
    /// The labels of GTI and ThreatExchange in their own spelling, in which lists of their answers have them. They are
    /// kept, so that a verdict reads the same from a list and from the service.
    const OF_SERVICES: [(&str, Threat); 8] = [
        ("Minimal", Threat::Low),
        ("Unverified", Threat::Unverified),
        ("Medium", Threat::Medium),
        ("High", Threat::High),
        ("NON_MALICIOUS", Threat::None),
        ("SUSPICIOUS", Threat::Medium),
        ("MALICIOUS", Threat::High),
        ("UNKNOWN", Threat::Unverified),
    ];

    fn of_label(text: &str) -> Option<Self> {
        let of_service = Self::OF_SERVICES.into_iter().find(|(label, _)| *label == text);
        let of_service = of_service.map(|(label, threat)| Self { label, threat });
        of_service.or_else(|| Threat::of_label(text).map(Self::from))
    }

    /// Parses a verdict from a label, a value, or both. An empty text is ignored.
    pub(super) fn read(label: &str, value: &str) -> Result<Self, String> {
        let by_label = (!label.is_empty()).then(|| Self::of_label(label).ok_or_else(|| bad_label(label)));
        let by_value = (!value.is_empty()).then(|| Threat::of_value(value).ok_or_else(|| bad_value(value)));
        match (by_label.transpose()?, by_value.transpose()?) {
            (Some(verdict), Some(other)) if verdict.threat != other => Err(format!(
                "label {label} is {verdict}, but value {value} is {other}: correct one or leave it empty"
            )),
            (Some(verdict), _) => Ok(verdict),
            (None, Some(threat)) => Ok(threat.into()),
            (None, None) => Err("neither label nor value: write one of them, or remove the line".to_owned()),
        }
    }
}

impl From<Threat> for Verdict {
    fn from(threat: Threat) -> Self {
        Self { label: threat.label(), threat }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.label, self.threat as i8)
    }
}

fn bad_label(found: &str) -> String {
    format!(
        "expected a label UNVERIFIED, NONE, LOW, MEDIUM or HIGH, or one of GTI's or ThreatExchange's, found `{found}`: \
         correct the line"
    )
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
