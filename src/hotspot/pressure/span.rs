//! Numbers of which only the ends are known.

/// Between what a number lies, from 0 on. What is not known makes it wider and never lowers its upper end.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Span {
    /// What is proven.
    pub low: f64,
    /// What cannot be ruled out.
    pub high: f64,
}

impl Span {
    /// Nothing at all, for certain.
    pub const ZERO: Span = Span { low: 0.0, high: 0.0 };

    /// From one end to the other.
    pub fn new(low: f64, high: f64) -> Span {
        Span { low, high }
    }

    /// A number that is known.
    pub fn exactly(number: f64) -> Span {
        Span { low: number, high: number }
    }

    /// The middle: what statistics work with.
    pub fn mid(self) -> f64 {
        (self.low + self.high) / 2.0
    }

    /// Half of what is not known.
    pub fn half_width(self) -> f64 {
        (self.high - self.low) / 2.0
    }

    /// Both together.
    #[must_use]
    pub fn plus(self, other: Span) -> Span {
        Span { low: self.low + other.low, high: self.high + other.high }
    }

    /// One times the other; both are from 0 on.
    #[must_use]
    pub fn times(self, other: Span) -> Span {
        Span { low: self.low * other.low, high: self.high * other.high }
    }

    /// So many times as much.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Span {
        Span { low: self.low * factor, high: self.high * factor }
    }

    /// The larger of the two, whichever that is.
    #[must_use]
    pub fn larger(self, other: Span) -> Span {
        Span { low: self.low.max(other.low), high: self.high.max(other.high) }
    }

    /// It may also be nothing.
    #[must_use]
    pub fn or_nothing(self) -> Span {
        Span { low: 0.0, ..self }
    }

    /// Part of the way (0 to 1) to knowing nothing but that it is at most `most`.
    #[must_use]
    pub fn faded(self, share: f64, most: f64) -> Span {
        Span { low: self.low * (1.0 - share), high: self.high + (most.max(self.high) - self.high) * share }
    }
}

impl std::iter::Sum for Span {
    fn sum<I: Iterator<Item = Span>>(spans: I) -> Span {
        spans.fold(Span::ZERO, Span::plus)
    }
}
