//! Patterns of LIKE: `%` stands for any text, `_` for one character, `\` takes the next character as it is.

use memchr::memmem::Finder;

/// A pattern cut at its `%`.
#[derive(Debug)]
pub struct Pattern {
    /// What must follow one another, with anything in between; a pattern without `%` has one part.
    parts: Vec<Part>,
    /// What all texts that fit have at their beginning, at their end, and somewhere; empty where there is nothing such.
    start: String,
    end: String,
    within: Box<Finder<'static>>,
}

/// What a text must have to fit, which is faster to see than whether it fits.
pub enum Glance<'a> {
    Start(&'a [u8]),
    End(&'a [u8]),
    Within(&'a Finder<'static>),
    Nothing,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        self.parts == other.parts
    }
}

#[derive(Debug)]
enum Part {
    Plain(String, Box<Finder<'static>>),
    /// Characters, `None` for any one.
    Holes(Vec<Option<char>>),
}

impl PartialEq for Part {
    fn eq(&self, other: &Part) -> bool {
        match (self, other) {
            (Part::Plain(a, _), Part::Plain(b, _)) => a == b,
            (Part::Holes(a), Part::Holes(b)) => a == b,
            _ => false,
        }
    }
}

impl Part {
    fn new(characters: Vec<Option<char>>) -> Part {
        match characters.iter().copied().collect::<Option<String>>() {
            Some(plain) => {
                let finder = Finder::new(&plain).into_owned();
                Part::Plain(plain, Box::new(finder))
            }
            None => Part::Holes(characters),
        }
    }

    /// Bytes of `text` that the part takes at its beginning.
    fn at_start(&self, text: &str) -> Option<usize> {
        match self {
            Part::Plain(plain, _) => text.starts_with(plain.as_str()).then_some(plain.len()),
            Part::Holes(characters) => {
                let mut rest = text.chars();
                let fits = characters.iter().all(|wanted| match (rest.next(), wanted) {
                    (Some(c), Some(wanted)) => c == *wanted,
                    (Some(_), None) => true,
                    (None, _) => false,
                });
                fits.then(|| text.len() - rest.as_str().len())
            }
        }
    }

    /// The characters that stand in it without a hole between them.
    fn pieces(&self) -> Vec<String> {
        match self {
            Part::Plain(plain, _) => vec![plain.clone()],
            Part::Holes(characters) => {
                characters.split(Option::is_none).map(|piece| piece.iter().flatten().collect()).collect()
            }
        }
    }

    fn is_at_end(&self, text: &str) -> bool {
        match self {
            Part::Plain(plain, _) => text.ends_with(plain.as_str()),
            Part::Holes(characters) => {
                let from = text.char_indices().rev().nth(characters.len() - 1).map(|(at, _)| at);
                from.is_some_and(|from| self.at_start(&text[from..]).is_some())
            }
        }
    }

    /// Where the first place ends that the part takes.
    fn first(&self, text: &str) -> Option<usize> {
        match self {
            Part::Plain(plain, finder) => finder.find(text.as_bytes()).map(|at| at + plain.len()),
            Part::Holes(_) => {
                text.char_indices().find_map(|(at, _)| self.at_start(&text[at..]).map(|length| at + length))
            }
        }
    }

    /// Steps that looking for it takes for each byte of a text.
    fn cost(&self) -> u64 {
        match self {
            Part::Plain(..) => 1,
            Part::Holes(characters) => characters.len() as u64,
        }
    }
}

impl Pattern {
    pub fn new(text: &str) -> Pattern {
        let mut parts = Vec::new();
        let mut part = Vec::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            match c {
                '%' => parts.push(Part::new(std::mem::take(&mut part))),
                '_' => part.push(None),
                // A backslash at the very end stands for itself.
                '\\' => part.push(Some(rest.next().unwrap_or('\\'))),
                other => part.push(Some(other)),
            }
        }
        parts.push(Part::new(part));
        let start = parts.first().and_then(|part| part.pieces().into_iter().next()).unwrap_or_default();
        let end = parts.last().and_then(|part| part.pieces().pop()).unwrap_or_default();
        let within = parts.iter().flat_map(Part::pieces).max_by_key(String::len).unwrap_or_default();
        let within = Box::new(Finder::new(&within).into_owned());
        Pattern { parts, start, end, within }
    }

    /// The pattern as it is written in SQL, each stretch of characters without a hole changed in some way.
    pub fn written(&self, change: &dyn Fn(&str) -> String) -> String {
        let mut text = String::new();
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                text.push('%');
            }
            for (at, piece) in part.pieces().iter().enumerate() {
                if at > 0 {
                    text.push('_');
                }
                for character in change(piece).chars() {
                    if matches!(character, '%' | '_' | '\\') {
                        text.push('\\');
                    }
                    text.push(character);
                }
            }
        }
        text
    }

    /// What all texts that fit begin and end with.
    pub fn ends(&self) -> (&str, &str) {
        (&self.start, &self.end)
    }

    /// What to look for first.
    pub fn glance(&self) -> Glance<'_> {
        if !self.start.is_empty() {
            Glance::Start(self.start.as_bytes())
        } else if !self.end.is_empty() {
            Glance::End(self.end.as_bytes())
        } else if !self.within.needle().is_empty() {
            Glance::Within(&self.within)
        } else {
            Glance::Nothing
        }
    }

    /// Whether every text in which that is found fits: the pattern is no more than a beginning, an end or a piece.
    pub fn is_settled_at_a_glance(&self) -> bool {
        let plain = |part: &Part| match part {
            Part::Plain(plain, _) => Some(plain.is_empty()),
            Part::Holes(_) => None,
        };
        let are_empty: Option<Vec<bool>> = self.parts.iter().map(plain).collect();
        matches!(are_empty.as_deref(), Some([false, true] | [true, false] | [true, false, true]))
    }

    /// Whether the whole text fits. Each part is looked for once, behind the one before it: taking the first place that
    /// fits never spoils a later part.
    pub fn matches(&self, text: &str) -> bool {
        let Some((first, others)) = self.parts.split_first() else { return false };
        let Some(taken) = first.at_start(text) else { return false };
        let mut rest = &text[taken..];
        let Some((last, middle)) = others.split_last() else { return rest.is_empty() };
        for part in middle {
            match part.first(rest) {
                Some(end) => rest = &rest[end..],
                None => return false,
            }
        }
        last.is_at_end(rest)
    }

    /// Steps that a text of so many bytes takes at most.
    pub fn cost(&self, length: usize) -> u64 {
        let dearest = self.parts.iter().map(Part::cost).max().unwrap_or(1);
        self.parts.len() as u64 + length as u64 * dearest
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_whole_text_must_fit() {
        let fits = |pattern: &str, text: &str| Pattern::new(pattern).matches(text);
        assert!(!fits("Smith", "Smithson") && !fits("Smith", "A Smith") && fits("Smith", "Smith"));
        assert!(fits("Smith%", "Smith") && fits("%Smith", "A Smith") && fits("%i%h%", "Smith"));
        assert!(!fits("", "a") && fits("", "") && fits("%", "") && !fits("_", "") && !fits("_", "ab"));
        assert!(!fits("a%a", "a"), "the two parts may not share a letter");
        assert!(fits("B_r%", "Bern") && fits("B_r%", "Bürg") && !fits("B_r%", "Br"));
        assert!(fits("%_b", "ab") && !fits("%_b", "b"));
    }

    #[test]
    fn an_escaped_wildcard_is_itself() {
        assert!(Pattern::new(r"50\%").matches("50%") && !Pattern::new(r"50\%").matches("505"));
        assert!(Pattern::new(r"a\_b").matches("a_b") && !Pattern::new(r"a\_b").matches("aab"));
        assert!(Pattern::new(r"a\\%").matches(r"a\b"));
        assert!(Pattern::new(r"a\").matches(r"a\"));
    }

    /// The definition, word for word, in exponential time.
    fn reference(pattern: &[char], text: &[char]) -> bool {
        match (pattern.first(), text.first()) {
            (None, None) => true,
            (Some('%'), _) => (0..=text.len()).any(|skip| reference(&pattern[1..], &text[skip..])),
            (Some('_'), Some(_)) => reference(&pattern[1..], &text[1..]),
            (Some(a), Some(b)) => a == b && reference(&pattern[1..], &text[1..]),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn patterns_fit_what_their_definition_fits(pattern in "[aă_%]{0,7}", text in "[aăb]{0,7}") {
            let wanted = reference(&pattern.chars().collect::<Vec<_>>(), &text.chars().collect::<Vec<_>>());
            let pattern = Pattern::new(&pattern);
            prop_assert_eq!(pattern.matches(&text), wanted);
            let is_seen = match pattern.glance() {
                Glance::Start(start) => text.as_bytes().starts_with(start),
                Glance::End(end) => text.as_bytes().ends_with(end),
                Glance::Within(piece) => piece.find(text.as_bytes()).is_some(),
                Glance::Nothing => true,
            };
            prop_assert!(is_seen || !wanted, "what fits is seen");
            prop_assert!(!is_seen || wanted || !pattern.is_settled_at_a_glance(), "what is settled fits");
        }
    }
}
