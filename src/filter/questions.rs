//! What a filter asks of texts, asked of all texts of a stretch together.
//!
//! Texts lie behind each other, so a word is looked for in all of them at once, and what many rows share is asked about
//! once.

use std::collections::HashSet;

use memchr::memmem::Finder;

use super::eval::TooMuchWork;
use super::expr::{self, Comparison};
use super::like::{Glance, Pattern};
use super::mask::Mask;
use super::program::TextFunction;
use super::rows::{Codes, Meter, Texts, Work};
use crate::text::Folding;

/// Texts are asked in blocks of about so many bytes: what they are changed into stays close to the processor, and the clock
/// is looked at in between.
const BLOCK: usize = 64 << 10;

/// Steps for each byte of what a text is made from: changing a letter takes some ten times as long as looking at it, and
/// each function changes it anew.
pub const CHANGE: u64 = 10;

/// Some texts that lie behind each other, as bytes: what they are changed into need not be checked to be UTF-8 again.
#[derive(Clone, Copy)]
struct Block<'a> {
    all: &'a [u8],
    /// Where the first begins.
    start: usize,
    /// Where each ends.
    ends: &'a [usize],
}

impl<'a> Block<'a> {
    fn start_of(self, at: usize) -> usize {
        if at == 0 { self.start } else { self.ends[at - 1] }
    }

    fn bytes(self, at: usize) -> &'a [u8] {
        &self.all[self.start_of(at)..self.ends[at]]
    }

    /// They were put together from whole texts, so they are UTF-8.
    fn text(self, at: usize) -> &'a str {
        std::str::from_utf8(self.bytes(at)).unwrap_or_default()
    }
}

/// What is asked of a text.
pub enum Question<'a> {
    Compare(Comparison, &'a str),
    In(&'a HashSet<String>),
    Like(&'a Pattern),
}

impl Question<'_> {
    /// Those of the rows `present` for whose text, under some functions, the answer is yes.
    pub fn rows(
        &self,
        texts: Texts<'_>,
        functions: &[TextFunction],
        present: &Mask,
        work: &Work,
    ) -> Result<Mask, TooMuchWork> {
        match texts.codes {
            Codes::Own => self.own(texts, functions, present, work),
            Codes::Narrow(codes) => self.shared(codes, texts, functions, present, work),
            Codes::Wide(codes) => self.shared(codes, texts, functions, present, work),
        }
    }

    /// As [`Question::rows`], where rows share texts.
    fn shared<C: Copy + Into<usize>>(
        &self,
        codes: &[C],
        texts: Texts<'_>,
        functions: &[TextFunction],
        present: &Mask,
        work: &Work,
    ) -> Result<Mask, TooMuchWork> {
        let (rows, distinct) = (present.count(), texts.ends.len());
        work.spend(2 * rows)?;
        let wanted = if rows >= distinct as u64 {
            Mask::all(distinct)
        } else {
            let mut wanted = Mask::none(distinct);
            present.rows().filter_map(|row| codes.get(row)).for_each(|code| wanted.insert((*code).into()));
            wanted
        };
        let found = self.own(texts, functions, &wanted, work)?;
        Ok(if found.is_empty() {
            Mask::none(present.len())
        } else if found == wanted {
            present.clone()
        } else {
            present.over(codes, |code| found.contains(code.into()))
        })
    }

    /// The texts among `wanted` for which the answer is yes.
    fn own(
        &self,
        texts: Texts<'_>,
        functions: &[TextFunction],
        wanted: &Mask,
        work: &Work,
    ) -> Result<Mask, TooMuchWork> {
        let changed = Changed::new(functions);
        if let (Some(folding), Some(folded)) = (changed.folding, texts.folded) {
            // Folding all of them is worth it where most are asked.
            let kept = match folded.kept(folding) {
                None if wanted.count() * 2 > texts.ends.len() as u64 => {
                    work.spend(CHANGE * functions.len() as u64 * texts.all.len() as u64)?;
                    Some(folded.keep(folding, texts))
                }
                kept => kept,
            };
            if let Some(kept) = kept {
                return self.ask(&kept.all, &kept.ends, Changed::new(&[]), wanted, work);
            }
        }
        self.ask(texts.all.as_bytes(), texts.ends, changed, wanted, work)
    }

    /// The texts among `wanted` for which, under some functions, the answer is yes; they lie behind each other.
    fn ask(
        &self,
        all: &[u8],
        text_ends: &[usize],
        mut changed: Changed<'_>,
        wanted: &Mask,
        work: &Work,
    ) -> Result<Mask, TooMuchWork> {
        let mut found = wanted.clone();
        let functions = changed.functions;
        let ends = self.ends();
        let mut meter = Meter::new(work);
        let (mut first, mut start) = (0, 0);
        while first < found.words.len() {
            let mut last = first;
            let mut end = start;
            while last < found.words.len() && (last == first || end - start < BLOCK) {
                last += 1;
                end = text_ends.get((last * 64).min(text_ends.len()) - 1).copied().unwrap_or(end);
            }
            let rows = first * 64..(last * 64).min(text_ends.len());
            let block = Block { all, start, ends: &text_ends[rows] };
            let words = &mut found.words[first..last];
            if words.iter().any(|word| *word != 0) {
                let count: u64 = words.iter().map(|word| u64::from(word.count_ones())).sum();
                let each = CHANGE * functions.len() as u64 + u64::from(matches!(self, Question::Like(_)));
                meter.add(20 * count + if each == 0 { 0 } else { each * length(block, words) })?;
                changed.narrow(block, words, ends);
                self.narrow(changed.of(block, words), words, &mut meter)?;
            }
            (first, start) = (last, end);
        }
        meter.end()?;
        Ok(found)
    }

    /// What every text begins and ends with for which the answer is yes; empty where they have nothing in common.
    fn ends(&self) -> (&str, &str) {
        match self {
            Question::Compare(Comparison::Equal, with) => (with, with),
            Question::Compare(..) => ("", ""),
            Question::In(set) => {
                let mut texts = set.iter();
                let Some(first) = texts.next() else { return ("", "") };
                texts.fold((first, first), |(start, end), text| (common_start(start, text), common_end(end, text)))
            }
            Question::Like(pattern) => pattern.ends(),
        }
    }

    /// Keeps of the texts `found` those for which the answer is yes.
    fn narrow(&self, texts: Block<'_>, found: &mut [u64], meter: &mut Meter<'_>) -> Result<(), TooMuchWork> {
        match self {
            Question::Compare(Comparison::Equal, with) => equal(texts, found, with),
            Question::Compare(Comparison::NotEqual, with) => {
                let mut same = found.to_vec();
                equal(texts, &mut same, with);
                found.iter_mut().zip(same).for_each(|(found, same)| *found &= !same);
            }
            Question::Compare(op, with) => retain(found, |at| op.holds(texts.bytes(at).cmp(with.as_bytes()))),
            Question::In(set) => {
                // Most texts have a length that none of the set has.
                let lengths = set.iter().fold(0u64, |lengths, text| lengths | 1 << text.len().min(63));
                of_length(texts, found, |length| lengths >> length.min(63) & 1 == 1);
                retain(found, |at| set.contains(texts.text(at)));
            }
            Question::Like(pattern) => {
                match pattern.glance() {
                    Glance::Start(start) => retain(found, |at| texts.bytes(at).starts_with(start)),
                    Glance::End(end) => retain(found, |at| texts.bytes(at).ends_with(end)),
                    Glance::Within(finder) => containing(texts, found, finder),
                    Glance::Nothing => {}
                }
                if !pattern.is_settled_at_a_glance() {
                    let mut outcome = Ok(());
                    retain(found, |at| {
                        let text = texts.text(at);
                        outcome = outcome.and_then(|()| meter.add(pattern.cost(text.len())));
                        outcome.is_ok() && pattern.matches(text)
                    });
                    outcome?;
                }
            }
        }
        Ok(())
    }
}

/// What two texts have in common at their beginning.
fn common_start<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.char_indices().zip(other.chars()).find(|((_, a), b)| a != b).map(|((at, _), _)| at);
    &one[..same.unwrap_or(one.len().min(other.len()))]
}

/// What two texts have in common at their end.
fn common_end<'a>(one: &'a str, other: &str) -> &'a str {
    let same = one.chars().rev().zip(other.chars().rev()).take_while(|(a, b)| a == b);
    &one[one.len() - same.map(|(letter, _)| letter.len_utf8()).sum::<usize>()..]
}

/// Keeps of the texts `found` those for which something holds.
fn retain(found: &mut [u64], mut holds: impl FnMut(usize) -> bool) {
    for (index, word) in found.iter_mut().enumerate() {
        let (mut left, mut bits) = (*word, 0);
        while left != 0 {
            let bit = left.trailing_zeros() as usize;
            left &= left - 1;
            bits |= u64::from(holds(index * 64 + bit)) << bit;
        }
        *word = bits;
    }
}

/// Keeps of the texts `found` those whose length in bytes fits. Whole words are computed at once.
fn of_length(texts: Block<'_>, found: &mut [u64], fits: impl Fn(usize) -> bool) {
    let mut start = texts.start;
    for (word, ends) in found.iter_mut().zip(texts.ends.chunks(64)) {
        let mut bits = 0;
        for (bit, end) in ends.iter().enumerate() {
            bits |= u64::from(fits(end - start)) << bit;
            start = *end;
        }
        *word &= bits;
    }
}

fn equal(texts: Block<'_>, found: &mut [u64], with: &str) {
    of_length(texts, found, |length| length == with.len());
    retain(found, |at| texts.bytes(at) == with.as_bytes());
}

/// Keeps of the texts `found` those in which a piece stands.
fn containing(texts: Block<'_>, found: &mut [u64], piece: &Finder<'_>) {
    let wanted: u32 = found.iter().map(|word| word.count_ones()).sum();
    if (wanted as usize) < texts.ends.len() / 8 {
        return retain(found, |at| piece.find(texts.bytes(at)).is_some());
    }
    let length = piece.needle().len();
    let mut hits = vec![0u64; found.len()];
    let (mut at, mut row) = (texts.start, 0);
    let end = texts.ends.last().copied().unwrap_or(at);
    while let Some(hit) = piece.find(&texts.all[at..end]) {
        let hit = at + hit;
        while texts.ends.get(row).is_some_and(|end| *end <= hit) {
            row += 1;
        }
        let Some(end) = texts.ends.get(row) else { break };
        // One that goes over the end of a text lies in none.
        if hit + length <= *end {
            hits[row / 64] |= 1 << (row % 64);
        }
        at = *end;
    }
    found.iter_mut().zip(hits).for_each(|(found, hits)| *found &= hits);
}

/// Bytes of the texts `wanted`.
fn length(texts: Block<'_>, wanted: &[u64]) -> u64 {
    let mut sum = 0;
    for (index, (word, ends)) in wanted.iter().zip(texts.ends.chunks(64)).enumerate() {
        let mut left = *word;
        if left == u64::MAX
            && let Some(end) = ends.last()
        {
            sum += (end - texts.start_of(index * 64)) as u64;
            continue;
        }
        while left != 0 {
            sum += texts.bytes(index * 64 + left.trailing_zeros() as usize).len() as u64;
            left &= left - 1;
        }
    }
    sum
}

/// Texts under functions, in memory that is used again and again.
struct Changed<'f> {
    functions: &'f [TextFunction],
    folding: Option<Folding>,
    bytes: Vec<u8>,
    ends: Vec<usize>,
}

impl<'f> Changed<'f> {
    fn new(functions: &'f [TextFunction]) -> Changed<'f> {
        use expr::Folding::{Accent, Case};
        let folding = match functions {
            [TextFunction::Fold(Case)] => Some(Folding::Case),
            [TextFunction::Fold(Accent)] => Some(Folding::Marks),
            [TextFunction::Fold(Accent), TextFunction::Fold(Case)] => Some(Folding::MarksThenCase),
            [TextFunction::Fold(Case), TextFunction::Fold(Accent)] => Some(Folding::CaseThenMarks),
            _ => None,
        };
        Changed { functions, folding, bytes: Vec::new(), ends: Vec::new() }
    }

    /// Keeps of the texts `wanted` those that may have these ends once they are folded: most need not be folded whole.
    fn narrow(&self, texts: Block<'_>, wanted: &mut [u64], (start, end): (&str, &str)) {
        let Some(folding) = self.folding else { return };
        if !start.is_empty() || !end.is_empty() {
            retain(wanted, |at| {
                let text = texts.text(at);
                folding.may_begin(text, start) && folding.may_end(text, end)
            });
        }
    }

    /// Some texts as the functions make them, those that are not wanted empty.
    fn of<'a>(&'a mut self, texts: Block<'a>, wanted: &[u64]) -> Block<'a> {
        if self.functions.is_empty() {
            return texts;
        }
        self.bytes.clear();
        self.ends.clear();
        for at in 0..texts.ends.len() {
            if wanted[at / 64] >> (at % 64) & 1 == 1 {
                let text = texts.text(at);
                match self.folding {
                    Some(folding) => folding.append(&mut self.bytes, text),
                    None => {
                        let changed = self.functions.iter().fold(text.into(), |text, function| function.apply(text));
                        self.bytes.extend_from_slice(changed.as_bytes());
                    }
                }
            }
            self.ends.push(self.bytes.len());
        }
        Block { all: &self.bytes, start: 0, ends: &self.ends }
    }
}
