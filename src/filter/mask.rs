//! Sets of rows as bits, and the truth of a test over them.

/// A set of the rows of a stretch.
#[derive(Debug, Clone, PartialEq)]
pub struct Mask {
    pub words: Vec<u64>,
    len: usize,
}

impl Mask {
    /// No row of so many.
    pub fn none(len: usize) -> Mask {
        Mask { words: vec![0; len.div_ceil(64)], len }
    }

    /// Every row of so many.
    pub fn all(len: usize) -> Mask {
        let mut mask = Mask { words: vec![u64::MAX; len.div_ceil(64)], len };
        if let (Some(last), 1..) = (mask.words.last_mut(), len % 64) {
            *last = (1 << (len % 64)) - 1;
        }
        mask
    }

    /// One row of so many.
    pub fn one(len: usize, row: usize) -> Mask {
        let mut mask = Mask::none(len);
        mask.insert(row);
        mask
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn insert(&mut self, row: usize) {
        if let Some(word) = self.words.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    pub fn contains(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    pub fn count(&self) -> u64 {
        self.words.iter().map(|word| u64::from(word.count_ones())).sum()
    }

    /// Word by word what `op` makes of this set and another.
    pub fn with(&self, other: &[u64], op: impl Fn(u64, u64) -> u64) -> Mask {
        let words = self.words.iter().zip(other.iter().chain(std::iter::repeat(&0)));
        Mask { words: words.map(|(a, b)| op(*a, *b)).collect(), len: self.len }
    }

    /// The rows of this set whose value `holds`. Whole words are computed at once: a jump for each row would cost more.
    pub fn over<T: Copy>(&self, values: &[T], holds: impl Fn(T) -> bool) -> Mask {
        let mut found = self.clone();
        for (word, block) in found.words.iter_mut().zip(values.chunks(64)) {
            if *word != 0 {
                let bits =
                    block.iter().enumerate().fold(0, |bits, (bit, value)| bits | u64::from(holds(*value)) << bit);
                *word &= bits;
            }
        }
        found
    }

    pub fn and(&self, other: &Mask) -> Mask {
        self.with(&other.words, |a, b| a & b)
    }

    pub fn or(&self, other: &Mask) -> Mask {
        self.with(&other.words, |a, b| a | b)
    }

    pub fn without(&self, other: &Mask) -> Mask {
        self.with(&other.words, |a, b| a & !b)
    }

    /// The rows, ascending.
    pub fn rows(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(index * 64 + bit)
            })
        })
    }
}

/// Where a test is true and where it is false; it is unknown in all other rows that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Truth {
    pub yes: Mask,
    pub no: Mask,
}

impl Truth {
    /// The same in every row.
    pub fn constant(value: Option<bool>, rows: &Mask) -> Truth {
        let none = || Mask::none(rows.len());
        match value {
            Some(true) => Truth { yes: rows.clone(), no: none() },
            Some(false) => Truth { yes: none(), no: rows.clone() },
            None => Truth { yes: none(), no: none() },
        }
    }

    /// True where `yes`, false in all other rows.
    pub fn known(yes: Mask, rows: &Mask) -> Truth {
        let no = rows.without(&yes);
        Truth { yes, no }
    }

    pub fn not(self) -> Truth {
        Truth { yes: self.no, no: self.yes }
    }
}
