//! Texts as a folding makes them, kept for the next filter that asks for the same: folding a letter takes some ten times as
//! long as looking at it.

use std::sync::{Arc, Mutex, PoisonError};

use super::rows::Texts;
use crate::text::Folding;

/// What texts became under the folding that was asked for last. Only one is kept, so that it takes no more memory than the
/// texts themselves.
#[derive(Debug, Default)]
pub struct Folded(Mutex<Option<Arc<FoldedTexts>>>);

/// All texts under a folding, behind each other.
#[derive(Debug)]
pub struct FoldedTexts {
    folding: Folding,
    pub all: Vec<u8>,
    /// Where each ends.
    pub ends: Vec<usize>,
}

impl Folded {
    /// What is kept under a folding.
    pub fn kept(&self, folding: Folding) -> Option<Arc<FoldedTexts>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.as_ref().filter(|kept| kept.folding == folding).map(Arc::clone)
    }

    /// Folds all of the texts and keeps what they became.
    pub fn keep(&self, folding: Folding, texts: Texts<'_>) -> Arc<FoldedTexts> {
        let mut all = Vec::with_capacity(texts.all.len());
        let mut start = 0;
        let fold = |end: &usize| {
            folding.append(&mut all, texts.all.get(start..*end).unwrap_or_default());
            start = *end;
            all.len()
        };
        let ends = texts.ends.iter().map(fold).collect();
        all.shrink_to_fit();
        let made = Arc::new(FoldedTexts { folding, all, ends });
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&made));
        made
    }

    /// To be called when the texts have become others.
    pub fn forget(&mut self) {
        *self.0.get_mut().unwrap_or_else(PoisonError::into_inner) = None;
    }
}
