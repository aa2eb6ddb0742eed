//! A filter after its types were checked: what is evaluated. Fields are positions, literals are in CRS84.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::collections::HashSet;

use chrono::{DateTime, Datelike, Duration, NaiveDate};

use super::expr::{Arithmetic, ArrayRelation, Comparison, Folding, SpatialRelation, TemporalRelation};
use super::like::Pattern;
use super::rows::{Cells, Column, Rows};
use super::spatial::Place;
use super::temporal::{Instant, Span};
use crate::text::{case_folded, without_marks};

/// A condition: true, false or unknown for each row.
#[derive(Debug, PartialEq)]
pub enum Test {
    Constant(Option<bool>),
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    /// A boolean field.
    Flag(usize),
    IsNull(Box<Operand>),
    Booleans(Comparison, Box<[Test; 2]>),
    Numbers(Comparison, NumberExpr, NumberExpr),
    Texts(Comparison, TextExpr, TextExpr),
    Instants(Comparison, InstantExpr, InstantExpr),
    NumberIn(NumberExpr, HashSet<NumberKey>),
    TextIn(TextExpr, HashSet<String>),
    Like(TextExpr, Pattern),
    /// The row's place against another.
    Spatial(SpatialRelation, PlaceExpr),
    Temporal(TemporalRelation, SpanExpr, SpanExpr),
    Arrays(ArrayRelation, Vec<Operand>, Vec<Operand>),
}

/// A part of any type.
#[derive(Debug, PartialEq)]
pub enum Operand {
    Test(Test),
    Number(NumberExpr),
    Text(TextExpr),
    Instant(InstantExpr),
    Interval(SpanExpr),
    Place(PlaceExpr),
    List(Vec<Operand>),
}

#[derive(Debug, PartialEq)]
pub enum PlaceExpr {
    /// The geometry of the row.
    Own,
    Literal(Box<Place>),
}

/// A number: whole numbers stay exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Integer(i64),
    /// Always finite.
    Float(f64),
}

/// A number by which equal numbers are found, whole or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum NumberKey {
    Integer(i64),
    Bits(u64),
}

/// 2^63, the first number above all of `i64`.
const TOO_LARGE: f64 = 9_223_372_036_854_775_808.0;

impl Number {
    /// `None` for what is not finite.
    fn float(value: f64) -> Option<Number> {
        value.is_finite().then_some(Number::Float(value))
    }

    pub fn as_f64(self) -> f64 {
        match self {
            Number::Integer(n) => n as f64,
            Number::Float(n) => n,
        }
    }

    pub fn key(self) -> NumberKey {
        match self {
            Number::Float(n) if n.fract() == 0.0 && (-TOO_LARGE..TOO_LARGE).contains(&n) => {
                NumberKey::Integer(n as i64)
            }
            Number::Float(n) => NumberKey::Bits(n.to_bits()),
            Number::Integer(n) => NumberKey::Integer(n),
        }
    }

    /// The order of two numbers, exact for whole numbers beyond 2^53 too.
    pub fn compare(self, other: Number) -> Ordering {
        match (self, other) {
            (Number::Integer(a), Number::Integer(b)) => a.cmp(&b),
            (Number::Integer(a), Number::Float(b)) => compare_mixed(a, b),
            (Number::Float(a), Number::Integer(b)) => compare_mixed(b, a).reverse(),
            (Number::Float(a), Number::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
        }
    }

    /// The result of an operation; `None` where there is none.
    pub fn arithmetic(op: Arithmetic, a: Number, b: Number) -> Option<Number> {
        if let (Number::Integer(a), Number::Integer(b)) = (a, b) {
            let exact = match op {
                Arithmetic::Add => a.checked_add(b),
                Arithmetic::Subtract => a.checked_sub(b),
                Arithmetic::Multiply => a.checked_mul(b),
                Arithmetic::Power => u32::try_from(b).ok().and_then(|b| a.checked_pow(b)),
                Arithmetic::IntegerDivide => a.checked_div(b),
                Arithmetic::Remainder if b != 0 => Some(a.wrapping_rem(b)),
                Arithmetic::Remainder | Arithmetic::Divide => None,
            };
            if exact.is_some() {
                return exact.map(Number::Integer);
            }
        }
        let (a, b) = (a.as_f64(), b.as_f64());
        Number::float(match op {
            Arithmetic::Add => a + b,
            Arithmetic::Subtract => a - b,
            Arithmetic::Multiply => a * b,
            Arithmetic::Divide => a / b,
            Arithmetic::Remainder => a % b,
            Arithmetic::IntegerDivide => (a / b).trunc(),
            Arithmetic::Power => a.powf(b),
        })
    }
}

fn compare_mixed(whole: i64, float: f64) -> Ordering {
    if float >= TOO_LARGE {
        return Ordering::Less;
    }
    if float < -TOO_LARGE {
        return Ordering::Greater;
    }
    whole.cmp(&(float.trunc() as i64)).then_with(|| 0.0.partial_cmp(&float.fract()).unwrap_or(Ordering::Equal))
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum NumberFunction {
    Abs,
    Round,
    Floor,
    Ceiling,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DatePart {
    Year,
    Month,
    Day,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum TextFunction {
    Fold(Folding),
    Lower,
    Upper,
    Trim,
}

#[derive(Debug, PartialEq)]
pub enum NumberExpr {
    Column(usize),
    Literal(Option<Number>),
    /// A number and what is done with it, from left to right.
    Arithmetic(Box<NumberExpr>, Vec<(Arithmetic, NumberExpr)>),
    Function(NumberFunction, Box<NumberExpr>),
    Length(Box<TextExpr>),
    Part(DatePart, Box<InstantExpr>),
}

#[derive(Debug, PartialEq)]
pub enum TextExpr {
    Column(usize),
    Literal(String),
    /// A column and what is done with its texts, one after the other.
    Function(Vec<TextFunction>, usize),
}

#[derive(Debug, PartialEq)]
pub enum InstantExpr {
    Column(usize),
    Literal(Instant),
}

#[derive(Debug, PartialEq)]
pub enum SpanExpr {
    Instant(InstantExpr),
    /// `None` is an open end.
    Interval(Option<InstantExpr>, Option<InstantExpr>),
}

impl TextFunction {
    pub fn apply<'a>(self, text: Cow<'a, str>) -> Cow<'a, str> {
        match self {
            TextFunction::Fold(Folding::Case) => case_folded(text),
            TextFunction::Fold(Folding::Accent) => without_marks(text),
            TextFunction::Lower => text.to_lowercase().into(),
            TextFunction::Upper => text.to_uppercase().into(),
            TextFunction::Trim => text.trim().to_owned().into(),
        }
    }
}

impl NumberFunction {
    fn apply(self, number: Number) -> Option<Number> {
        let float = match (self, number) {
            (NumberFunction::Abs, Number::Integer(n)) => match n.checked_abs() {
                Some(n) => return Some(Number::Integer(n)),
                None => number.as_f64().abs(),
            },
            (_, Number::Integer(_)) => return Some(number),
            (NumberFunction::Abs, Number::Float(n)) => n.abs(),
            (NumberFunction::Round, Number::Float(n)) => n.round(),
            (NumberFunction::Floor, Number::Float(n)) => n.floor(),
            (NumberFunction::Ceiling, Number::Float(n)) => n.ceil(),
        };
        Number::float(float)
    }
}

impl DatePart {
    fn of(self, at: Instant) -> Option<Number> {
        let date = match at {
            Instant::Day(day) => NaiveDate::default().checked_add_signed(Duration::days(i64::from(day)))?,
            Instant::Moment(ms) => DateTime::from_timestamp_millis(ms)?.date_naive(),
        };
        Some(Number::Integer(match self {
            DatePart::Year => i64::from(date.year()),
            DatePart::Month => i64::from(date.month()),
            DatePart::Day => i64::from(date.day()),
        }))
    }
}

impl NumberExpr {
    /// An operation, done at once where both sides are known.
    pub fn arithmetic(op: Arithmetic, left: NumberExpr, right: NumberExpr) -> NumberExpr {
        match (left, right) {
            (NumberExpr::Literal(a), NumberExpr::Literal(b)) => {
                NumberExpr::Literal(a.zip(b).and_then(|(a, b)| Number::arithmetic(op, a, b)))
            }
            (NumberExpr::Arithmetic(first, mut rest), right) => {
                rest.push((op, right));
                NumberExpr::Arithmetic(first, rest)
            }
            (left, right) => NumberExpr::Arithmetic(Box::new(left), vec![(op, right)]),
        }
    }

    pub fn function(function: NumberFunction, of: NumberExpr) -> NumberExpr {
        match of {
            NumberExpr::Literal(number) => NumberExpr::Literal(number.and_then(|n| function.apply(n))),
            other => NumberExpr::Function(function, Box::new(other)),
        }
    }

    pub fn length(of: TextExpr) -> NumberExpr {
        match of {
            TextExpr::Literal(text) => NumberExpr::Literal(Some(Number::Integer(text.chars().count() as i64))),
            other => NumberExpr::Length(Box::new(other)),
        }
    }

    pub fn part(part: DatePart, of: InstantExpr) -> NumberExpr {
        match of {
            InstantExpr::Literal(at) => NumberExpr::Literal(part.of(at)),
            column => NumberExpr::Part(part, Box::new(column)),
        }
    }
}

impl TextExpr {
    pub fn function(function: TextFunction, of: TextExpr) -> TextExpr {
        match of {
            TextExpr::Literal(text) => TextExpr::Literal(function.apply(Cow::Owned(text)).into_owned()),
            TextExpr::Column(field) => TextExpr::Function(vec![function], field),
            TextExpr::Function(mut functions, field) => {
                functions.push(function);
                TextExpr::Function(functions, field)
            }
        }
    }
}

impl Operand {
    /// The type as messages name it.
    pub fn kind(&self) -> &'static str {
        match self {
            Operand::Test(_) => "một điều kiện / a condition",
            Operand::Number(_) => "một số / a number",
            Operand::Text(_) => "một chuỗi / a text",
            Operand::Instant(_) => "một thời điểm / a time",
            Operand::Interval(_) => "một khoảng thời gian / an interval",
            Operand::Place(_) => "một hình / a geometry",
            Operand::List(_) => "một danh sách / a list",
        }
    }
}

/// A stretch of rows with its columns at hand.
pub struct View<'a, R> {
    pub rows: &'a R,
    columns: Vec<Column<'a>>,
}

impl<'a, R: Rows> View<'a, R> {
    /// `fields` is how many fields the collection has.
    pub fn new(rows: &'a R, fields: usize) -> View<'a, R> {
        View { rows, columns: (0..fields).map(|field| rows.column(field)).collect() }
    }

    pub fn column(&self, field: usize) -> Column<'a> {
        self.columns.get(field).copied().unwrap_or(Column { present: &[], cells: Cells::Integer(&[]) })
    }

    pub fn number(&self, expr: &NumberExpr, row: usize) -> Option<Number> {
        match expr {
            NumberExpr::Column(field) => {
                let column = self.column(*field);
                match column.cells {
                    _ if !column.is_present(row) => None,
                    Cells::Integer(values) => values.get(row).copied().map(Number::Integer),
                    Cells::Number(values) => values.get(row).copied().and_then(Number::float),
                    _ => None,
                }
            }
            NumberExpr::Literal(number) => *number,
            NumberExpr::Arithmetic(first, rest) => {
                let first = self.number(first, row)?;
                rest.iter().try_fold(first, |a, (op, b)| Number::arithmetic(*op, a, self.number(b, row)?))
            }
            NumberExpr::Function(function, of) => function.apply(self.number(of, row)?),
            NumberExpr::Length(text) => Some(Number::Integer(self.text(text, row)?.chars().count() as i64)),
            NumberExpr::Part(part, at) => part.of(self.instant(at, row)?),
        }
    }

    pub fn text<'e>(&self, expr: &'e TextExpr, row: usize) -> Option<Cow<'e, str>>
    where
        'a: 'e,
    {
        let (functions, field) = match expr {
            TextExpr::Column(field) => (&[][..], *field),
            TextExpr::Literal(text) => return Some(Cow::Borrowed(text)),
            TextExpr::Function(functions, field) => (functions.as_slice(), *field),
        };
        let column = self.column(field);
        let text = column.is_present(row).then(|| Cow::Borrowed(column.text(row)))?;
        Some(functions.iter().fold(text, |text, function| function.apply(text)))
    }

    pub fn instant(&self, expr: &InstantExpr, row: usize) -> Option<Instant> {
        match expr {
            InstantExpr::Literal(at) => Some(*at),
            InstantExpr::Column(field) => {
                let column = self.column(*field);
                match column.cells {
                    _ if !column.is_present(row) => None,
                    Cells::Date(days) => days.get(row).copied().map(Instant::Day),
                    Cells::DateTime(moments) => moments.get(row).copied().map(Instant::Moment),
                    _ => None,
                }
            }
        }
    }

    pub fn span(&self, expr: &SpanExpr, row: usize) -> Option<Span> {
        match expr {
            SpanExpr::Instant(at) => self.instant(at, row).map(Span::of_instant),
            SpanExpr::Interval(start, end) => {
                // Two questions: whether the end is open, and whether the row has a value for it.
                let end_of = |side: &Option<InstantExpr>| match side {
                    None => Some(None),
                    Some(at) => self.instant(at, row).map(Some),
                };
                Span::between(end_of(start)?, end_of(end)?)
            }
        }
    }
}
