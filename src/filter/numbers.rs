//! Numbers computed for all rows of a stretch together: one operation after the other, each over whole columns.
//!
//! Only what comes out as it would row by row is computed so; where a whole number outgrows its type in any row, or an
//! operation has cases of its own, the answer is `None` and rows are looked at one by one.

use std::borrow::Cow;

use super::expr::{Arithmetic, Comparison};
use super::mask::Mask;
use super::program::{Number, NumberExpr, View};
use super::rows::{Cells, Rows};

/// Whole numbers up to this are floats too, each another.
const EXACT: u64 = 1 << 53;

/// The values of a column, or one value that is the same in every row.
enum Lane<'a, T: Copy> {
    Same(T),
    Each(Cow<'a, [T]>),
}

enum Values<'a> {
    Integers(Lane<'a, i64>),
    Floats(Lane<'a, f64>),
}

struct Numbers<'a> {
    values: Values<'a>,
    /// Rows that have a number.
    known: Mask,
}

impl<T: Copy> Lane<'_, T> {
    fn each<U: Copy>(&self, change: impl Fn(T) -> U) -> Lane<'static, U> {
        match self {
            Lane::Same(value) => Lane::Same(change(*value)),
            Lane::Each(values) => Lane::Each(values.iter().map(|value| change(*value)).collect()),
        }
    }

    fn with<U: Copy>(&self, other: &Lane<'_, T>, op: impl Fn(T, T) -> U) -> Lane<'static, U> {
        match (self, other) {
            (Lane::Same(a), other) => other.each(|b| op(*a, b)),
            (own, Lane::Same(b)) => own.each(|a| op(a, *b)),
            (Lane::Each(a), Lane::Each(b)) => Lane::Each(a.iter().zip(b.iter()).map(|(a, b)| op(*a, *b)).collect()),
        }
    }

    /// The rows of `among` whose value holds.
    fn rows(&self, among: &Mask, holds: impl Fn(T) -> bool) -> Mask {
        match self {
            Lane::Same(value) if holds(*value) => among.clone(),
            Lane::Same(_) => Mask::none(among.len()),
            Lane::Each(values) => among.over(values, holds),
        }
    }
}

impl Values<'_> {
    fn floats(&self) -> Lane<'_, f64> {
        match self {
            Values::Integers(lane) => lane.each(|value| value as f64),
            Values::Floats(Lane::Same(value)) => Lane::Same(*value),
            Values::Floats(Lane::Each(values)) => Lane::Each(Cow::Borrowed(values)),
        }
    }
}

impl<'a> Numbers<'a> {
    /// Floats are numbers where they are finite.
    fn floats(values: Lane<'a, f64>, known: &Mask) -> Numbers<'a> {
        let known = values.rows(known, f64::is_finite);
        Numbers { values: Values::Floats(values), known }
    }

    /// The numbers of the rows `asked`.
    fn of<R: Rows>(expr: &NumberExpr, view: &View<'a, R>, asked: &Mask) -> Option<Numbers<'a>> {
        match expr {
            NumberExpr::Literal(Some(Number::Integer(n))) => {
                Some(Numbers { values: Values::Integers(Lane::Same(*n)), known: asked.clone() })
            }
            NumberExpr::Literal(Some(Number::Float(n))) => Some(Numbers::floats(Lane::Same(*n), asked)),
            NumberExpr::Column(field) => {
                let column = view.column(*field);
                let known = asked.with(column.present, |a, b| a & b);
                match column.cells {
                    Cells::Integer(values) => {
                        Some(Numbers { values: Values::Integers(Lane::Each(Cow::Borrowed(values))), known })
                    }
                    Cells::Number(values) => Some(Numbers::floats(Lane::Each(Cow::Borrowed(values)), &known)),
                    _ => None,
                }
            }
            NumberExpr::Arithmetic(first, rest) => {
                let first = Numbers::of(first, view, asked)?;
                rest.iter().try_fold(first, |a, (op, b)| a.arithmetic(*op, &Numbers::of(b, view, asked)?))
            }
            NumberExpr::Literal(None) | NumberExpr::Function(..) | NumberExpr::Length(_) | NumberExpr::Part(..) => None,
        }
    }

    fn arithmetic(&self, op: Arithmetic, other: &Numbers<'_>) -> Option<Numbers<'a>> {
        let known = self.known.and(&other.known);
        if let (Values::Integers(a), Values::Integers(b), false) =
            (&self.values, &other.values, op == Arithmetic::Divide)
        {
            let results = match (op, b) {
                (Arithmetic::Add, _) => a.with(b, i64::overflowing_add),
                (Arithmetic::Subtract, _) => a.with(b, i64::overflowing_sub),
                (Arithmetic::Multiply, _) => a.with(b, i64::overflowing_mul),
                (Arithmetic::Remainder, Lane::Same(b)) if *b != 0 => a.each(|a| (a.wrapping_rem(*b), false)),
                (Arithmetic::IntegerDivide, Lane::Same(b)) if *b != 0 => a.each(|a| a.overflowing_div(*b)),
                _ => return None,
            };
            let has_outgrown = !results.rows(&known, |(_, outgrows)| outgrows).is_empty();
            let values = Values::Integers(results.each(|(result, _)| result));
            return (!has_outgrown).then_some(Numbers { values, known });
        }
        let (a, b) = (self.values.floats(), other.values.floats());
        let results = match op {
            Arithmetic::Add => a.with(&b, |a, b| a + b),
            Arithmetic::Subtract => a.with(&b, |a, b| a - b),
            Arithmetic::Multiply => a.with(&b, |a, b| a * b),
            Arithmetic::Divide => a.with(&b, |a, b| a / b),
            Arithmetic::Remainder | Arithmetic::IntegerDivide | Arithmetic::Power => return None,
        };
        Some(Numbers::floats(results, &known))
    }

    /// Whether each number is the float that is made of it.
    fn is_exact(&self) -> bool {
        match &self.values {
            Values::Integers(lane) => lane.rows(&self.known, |value| value.unsigned_abs() > EXACT).is_empty(),
            Values::Floats(_) => true,
        }
    }
}

/// Where a comparison of two numbers holds and where both are known; `None` where rows are to be looked at one by one.
pub fn compared<R: Rows>(
    op: Comparison,
    a: &NumberExpr,
    b: &NumberExpr,
    view: &View<'_, R>,
    asked: &Mask,
) -> Option<(Mask, Mask)> {
    let (a, b) = (Numbers::of(a, view, asked)?, Numbers::of(b, view, asked)?);
    let known = a.known.and(&b.known);
    let yes = match (&a.values, &b.values) {
        (Values::Integers(a), Values::Integers(b)) => holding(op, a, b, &known),
        _ if a.is_exact() && b.is_exact() => holding(op, &a.values.floats(), &b.values.floats(), &known),
        _ => return None,
    };
    Some((yes, known))
}

fn holding<T: Copy + PartialOrd>(op: Comparison, a: &Lane<'_, T>, b: &Lane<'_, T>, known: &Mask) -> Mask {
    let holds = match op {
        Comparison::Equal => a.with(b, |a, b| a == b),
        Comparison::NotEqual => a.with(b, |a, b| a != b),
        Comparison::Less => a.with(b, |a, b| a < b),
        Comparison::LessEqual => a.with(b, |a, b| a <= b),
        Comparison::Greater => a.with(b, |a, b| a > b),
        Comparison::GreaterEqual => a.with(b, |a, b| a >= b),
    };
    holds.rows(known, |holds| holds)
}
