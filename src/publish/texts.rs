//! Texts of many rows: behind each other in one piece of memory, equal ones once where that is smaller.

use std::ops::Range;

use xxhash_rust::xxh3::xxh3_64;

use crate::filter::{self, Folded};

/// Strings of all rows behind each other.
#[derive(Debug, Default, Clone)]
pub struct TextArena {
    text: String,
    ends: Vec<usize>,
}

impl TextArena {
    pub fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }

    /// The string of a row; empty beyond the last.
    pub fn get(&self, row: usize) -> &str {
        let Some(&end) = self.ends.get(row) else { return "" };
        let start = if row == 0 { 0 } else { self.ends[row - 1] };
        &self.text[start..end]
    }

    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Appends the strings of some rows of another.
    pub fn append(&mut self, other: &TextArena, rows: Range<usize>) {
        let start = if rows.start == 0 { 0 } else { other.ends[rows.start - 1] };
        let moved = self.text.len();
        let ends = &other.ends[rows];
        self.text.push_str(&other.text[start..ends.last().copied().unwrap_or(start)]);
        self.ends.extend(ends.iter().map(|end| end - start + moved));
    }

    /// Gives back what growing took too much.
    pub fn shrink(&mut self) {
        self.text.shrink_to_fit();
        self.ends.shrink_to_fit();
    }

    /// Bytes that it takes.
    fn weight(&self) -> usize {
        self.text.len() + size_of::<usize>() * self.ends.len()
    }
}

/// Texts that each row has, which some rows may share.
#[derive(Debug, Default)]
pub struct Texts {
    distinct: TextArena,
    codes: Codes,
    folded: Folded,
}

/// Which of the texts a row has.
#[derive(Debug, Default)]
enum Codes {
    /// Each its own, in the order of the rows.
    #[default]
    Own,
    Narrow(Vec<u8>),
    Wide(Vec<u16>),
}

/// After so many rows it is clear whether texts come again.
const LOOK: usize = 256;

impl Texts {
    /// Appends the text of a row.
    pub fn push(&mut self, text: &str) {
        self.folded.forget();
        if !matches!(self.codes, Codes::Own) {
            let mut own = TextArena::default();
            (0..self.len()).for_each(|row| own.push(self.get(row)));
            *self = Texts { distinct: own, codes: Codes::Own, folded: Folded::default() };
        }
        self.distinct.push(text);
    }

    pub fn get(&self, row: usize) -> &str {
        match &self.codes {
            Codes::Own => self.distinct.get(row),
            Codes::Narrow(codes) => codes.get(row).map_or("", |code| self.distinct.get((*code).into())),
            Codes::Wide(codes) => codes.get(row).map_or("", |code| self.distinct.get((*code).into())),
        }
    }

    fn len(&self) -> usize {
        match &self.codes {
            Codes::Own => self.distinct.len(),
            Codes::Narrow(codes) => codes.len(),
            Codes::Wide(codes) => codes.len(),
        }
    }

    /// Appends the texts of some rows of another.
    pub fn append(&mut self, other: &Texts, rows: Range<usize>) {
        self.folded.forget();
        match (&self.codes, &other.codes) {
            (Codes::Own, Codes::Own) => self.distinct.append(&other.distinct, rows),
            _ => rows.for_each(|row| self.push(other.get(row))),
        }
    }

    /// Keeps equal texts once where that takes less memory, and gives back what growing took too much.
    pub fn shrink(&mut self) {
        if let Some(shared) = self.shared() {
            *self = shared;
        }
        self.distinct.shrink();
    }

    /// The same texts, equal ones once; `None` where that would not take a quarter less.
    fn shared(&self) -> Option<Texts> {
        let Codes::Own = self.codes else { return None };
        let (rows, most) = (self.distinct.len(), self.distinct.weight() / 4 * 3);
        // Places by hash, taken one behind the other, with the position of a distinct text in each; at most half are taken.
        let mut places = vec![u16::MAX; (2 * rows).next_power_of_two()];
        let mut distinct = TextArena::default();
        let mut codes = Vec::with_capacity(rows);
        for row in 0..rows {
            let text = self.distinct.get(row);
            // Many columns say the same in row after row.
            if let Some(last) = codes.last().copied().filter(|last: &u16| distinct.get((*last).into()) == text) {
                codes.push(last);
                continue;
            }
            let mut place = xxh3_64(text.as_bytes()) as usize % places.len();
            let code = loop {
                match places[place] {
                    u16::MAX => break None,
                    code if distinct.get(code.into()) == text => break Some(code),
                    _ => place = (place + 1) % places.len(),
                }
            };
            let code = match code {
                Some(code) => code,
                None => {
                    let code = u16::try_from(distinct.len()).ok().filter(|code| *code != u16::MAX)?;
                    places[place] = code;
                    distinct.push(text);
                    code
                }
            };
            codes.push(code);
            if row + 1 == LOOK && distinct.len() > LOOK / 8 * 7 || distinct.weight() + rows > most {
                return None;
            }
        }
        let is_narrow = distinct.len() <= usize::from(u8::MAX) + 1;
        if !is_narrow && distinct.weight() + 2 * rows > most {
            return None;
        }
        let narrow = || codes.iter().map(|code| *code as u8).collect();
        let codes = if is_narrow { Codes::Narrow(narrow()) } else { Codes::Wide(codes) };
        Some(Texts { distinct, codes, folded: Folded::default() })
    }

    /// The texts as filters read them.
    pub fn view(&self) -> filter::Texts<'_> {
        let codes = match &self.codes {
            Codes::Own => filter::Codes::Own,
            Codes::Narrow(codes) => filter::Codes::Narrow(codes),
            Codes::Wide(codes) => filter::Codes::Wide(codes),
        };
        filter::Texts { all: &self.distinct.text, ends: &self.distinct.ends, codes, folded: Some(&self.folded) }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::text::Folding;
    use proptest::prelude::*;

    fn texts(all: impl IntoIterator<Item = String>) -> Texts {
        let mut texts = Texts::default();
        all.into_iter().for_each(|text| texts.push(&text));
        texts.shrink();
        texts
    }

    #[test]
    fn texts_that_never_come_again_and_very_short_ones_stay_where_they_are() {
        assert!(matches!(texts((0..5000).map(|n| n.to_string())).codes, Codes::Own));
        assert!(matches!(texts(["a".to_owned()]).codes, Codes::Own));
    }

    #[test]
    fn few_texts_take_a_byte_in_each_row_and_more_take_two() {
        let few = texts((0..5000).map(|n| format!("tên {}", n / 2 % 256)));
        assert!(matches!(few.codes, Codes::Narrow(_)) && few.distinct.len() == 256);
        let more = texts((0..5000).map(|n| format!("tên {}", n / 2 % 257)));
        assert!(matches!(more.codes, Codes::Wide(_)) && more.distinct.len() == 257);
        // Texts that come again only behind the first look are not seen; they cost memory and nothing else.
        assert!(matches!(texts((0..5000).map(|n| format!("tên {}", n % 2500))).codes, Codes::Own));
    }

    #[test]
    fn what_was_folded_is_forgotten_when_texts_come_behind_it() {
        let mut all = texts(["Đường".to_owned(), "ngõ".to_owned()]);
        let folded = |texts: &Texts| {
            let view = texts.view();
            let kept = view.folded.and_then(|folded| folded.kept(Folding::Case));
            kept.map(|kept| String::from_utf8(kept.all.clone()).unwrap())
        };
        assert_eq!(folded(&all), None);
        let view = all.view();
        view.folded.unwrap().keep(Folding::Case, view);
        assert_eq!(folded(&all).as_deref(), Some("đườngngõ"));
        all.push("Làng");
        assert_eq!(folded(&all), None);
        let view = all.view();
        view.folded.unwrap().keep(Folding::Case, view);
        let other = texts(["Xã".to_owned()]);
        all.append(&other, 0..1);
        assert_eq!(folded(&all), None);
    }

    proptest! {
        #[test]
        fn shared_or_not_each_row_keeps_its_text(
            numbers in proptest::collection::vec(0u32..400, 0..900), few in 1u32..400, more in proptest::collection::vec(0u32..9, 0..9),
            from in 0usize..900,
        ) {
            let wanted: Vec<String> = numbers.iter().map(|n| "ế".repeat((n % few) as usize % 5) + &(n % few).to_string()).collect();
            let mut shared = texts(wanted.clone());
            let mut copy = Texts::default();
            let from = from.min(wanted.len());
            copy.append(&shared, from..wanted.len());
            copy.shrink();
            for (row, text) in wanted.iter().enumerate() {
                prop_assert_eq!(shared.get(row), text.as_str());
                if row >= from {
                    prop_assert_eq!(copy.get(row - from), text.as_str());
                }
            }
            for n in &more {
                shared.push(&n.to_string());
            }
            for (at, n) in more.iter().enumerate() {
                prop_assert_eq!(shared.get(wanted.len() + at), n.to_string());
            }
            prop_assert_eq!(shared.get(wanted.len() + more.len()), "");
        }
    }
}
