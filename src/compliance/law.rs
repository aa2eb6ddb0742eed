//! What every other part names: sentences in both languages, whom the law binds, where it stands and how sure that is.

use chrono::NaiveDate;

use super::words::words;

/// A sentence in Vietnamese and in English.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// Vietnamese, with diacritics, NFC.
    pub vi: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The same sentence in both languages.
    pub fn new(vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { vi: vi.into(), en: en.into() }
    }
}

words! {
    /// Which register a site belongs to; several rules bind only one of the two.
    SiteCollection {
        /// Industrial clusters (cụm công nghiệp).
        Clusters = "clusters",
        /// Craft villages (làng nghề).
        CraftVillages = "craft_villages",
    }
}

words! {
    /// How sure a legal number is, from surest to least.
    Confidence {
        /// Read in a named source.
        Verified = "verified",
        /// From memory, and hardly in doubt.
        RecalledHigh = "recalled-high",
        /// From memory; to be checked before it is enforced.
        RecalledMedium = "recalled-medium",
        /// From memory and doubtful.
        RecalledLow = "recalled-low",
    }
}

words! {
    /// How heavy a breach of a rule weighs.
    Severity {
        /// A requirement of the law is not fulfilled.
        Breach = "breach",
        /// Something to be put right or looked into.
        Warning = "warning",
        /// A recommendation.
        Advice = "advice",
    }
}

impl Confidence {
    /// Whether a rule resting on it counts; otherwise it is advice.
    pub fn is_certain(self) -> bool {
        self <= Self::RecalledHigh
    }
}

/// Where a requirement or a number stands in law, and when it is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegalBasis {
    /// The document, as cited in Vietnamese.
    pub document: String,
    /// Article, clause or table; empty where it is not on record.
    pub article: String,
    /// First day in force.
    pub from: Option<NaiveDate>,
    /// Last day in force.
    pub to: Option<NaiveDate>,
    /// How sure this is.
    pub confidence: Confidence,
    /// Where it was read.
    pub source: String,
}

impl LegalBasis {
    /// Document and article in one line.
    pub fn citation(&self) -> String {
        match self.article.as_str() {
            "" => self.document.clone(),
            article => format!("{}, {article}", self.document),
        }
    }

    /// Whether it is in force on a day; an open end is in force.
    pub fn in_force(&self, on: NaiveDate) -> bool {
        self.from.is_none_or(|from| from <= on) && self.to.is_none_or(|to| on <= to)
    }
}
