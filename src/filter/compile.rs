//! The tree checked against a collection and turned into what is evaluated: names become fields, literals come to CRS84,
//! types are settled.

use std::collections::HashSet;

use super::eval;
use super::expr::{ArrayRelation, Comparison, Expr, Node, Position, SpatialRelation, TemporalRelation};
use super::functions::{self, Action, Function};
use super::like::Pattern;
use super::program::{
    InstantExpr, Number, NumberExpr, NumberKey, Operand, PlaceExpr, SpanExpr, Test, TextExpr, TextFunction,
};
use super::spatial::{self, Literals};
use super::temporal::{Instant, Span};
use super::{FilterError, literal};
use crate::domain::{Collection, DataType, Value};
use crate::text::{both, nfc};

/// Comparisons of one text or number with literals, joined by OR, from which on a set is made of the literals.
const MIN_SET: usize = 4;

/// Vertices of two literals, multiplied, up to which their relation is worked out.
const MAX_LITERAL_PAIR: u64 = 1_000_000;

/// # Errors
/// The first fault of name, type or geometry, at its position.
pub fn compile(expr: &Expr, literals: &Literals, collection: &Collection) -> Result<Test, FilterError> {
    Compiler { collection, literals }.test(expr)
}

struct Compiler<'a> {
    collection: &'a Collection,
    literals: &'a Literals,
}

/// How dear a test is, by order of magnitude.
fn cost(test: &Test) -> u8 {
    match test {
        Test::Constant(_) | Test::Flag(_) | Test::IsNull(_) => 0,
        Test::Numbers(_, NumberExpr::Column(_), NumberExpr::Literal(_)) => 1,
        Test::Instants(_, InstantExpr::Column(_), InstantExpr::Literal(_)) => 1,
        Test::Texts(_, TextExpr::Column(_), TextExpr::Literal(_)) => 2,
        Test::Numbers(..) | Test::Instants(..) | Test::NumberIn(..) | Test::Temporal(..) => 3,
        Test::Texts(..) | Test::TextIn(..) | Test::Like(..) => 4,
        Test::Spatial(..) | Test::Arrays(..) => 5,
        Test::Not(test) => cost(test),
        Test::All(tests) | Test::Any(tests) => tests.iter().map(cost).max().unwrap_or(0),
        Test::Booleans(_, sides) => sides.iter().map(cost).max().unwrap_or(0),
    }
}

/// Tests joined by OR. What compares the same text or number with many literals becomes a look-up.
fn any(tests: Vec<Test>) -> Test {
    let mut numbers: Vec<(NumberExpr, HashSet<NumberKey>)> = Vec::new();
    let mut texts: Vec<(TextExpr, HashSet<String>)> = Vec::new();
    let is_pair = |test: &Test| {
        matches!(
            test,
            Test::Numbers(Comparison::Equal, NumberExpr::Column(_), NumberExpr::Literal(Some(_)))
                | Test::Texts(Comparison::Equal, _, TextExpr::Literal(_))
        )
    };
    if tests.iter().filter(|test| is_pair(test)).count() < MIN_SET {
        return sorted(tests, Test::Any);
    }
    let mut rest = Vec::new();
    for test in tests {
        match test {
            Test::Numbers(Comparison::Equal, column @ NumberExpr::Column(_), NumberExpr::Literal(Some(number))) => {
                match numbers.iter_mut().find(|(known, _)| *known == column) {
                    Some((_, set)) => drop(set.insert(number.key())),
                    None => numbers.push((column, HashSet::from([number.key()]))),
                }
            }
            Test::Texts(Comparison::Equal, text, TextExpr::Literal(literal)) => {
                match texts.iter_mut().find(|(known, _)| *known == text) {
                    Some((_, set)) => drop(set.insert(literal)),
                    None => texts.push((text, HashSet::from([literal]))),
                }
            }
            other => rest.push(other),
        }
    }
    rest.extend(numbers.into_iter().map(|(number, set)| Test::NumberIn(number, set)));
    rest.extend(texts.into_iter().map(|(text, set)| Test::TextIn(text, set)));
    sorted(rest, Test::Any)
}

/// Tests with the cheap ones first; a single one stands for itself.
fn sorted(mut tests: Vec<Test>, join: fn(Vec<Test>) -> Test) -> Test {
    tests.sort_by_key(cost);
    match tests.len() {
        1 => tests.swap_remove(0),
        _ => join(tests),
    }
}

impl Compiler<'_> {
    /// A part that must be a condition.
    fn test(&self, expr: &Expr) -> Result<Test, FilterError> {
        match self.operand(expr)? {
            Operand::Test(test) => Ok(test),
            other => Err(wanted("a condition", &other, expr)),
        }
    }

    fn tests(&self, parts: &[Expr]) -> Result<Vec<Test>, FilterError> {
        parts.iter().map(|part| self.test(part)).collect()
    }

    fn operand(&self, expr: &Expr) -> Result<Operand, FilterError> {
        let test = match &expr.node {
            Node::Literal(value) => return Ok(literal_operand(value)),
            Node::Property(name) => return self.property(&expr.at, name),
            Node::Geometry(shape) => return self.literals.geometry(&expr.at, &shape.geometry).map(place),
            Node::Bbox(numbers) => return self.literals.bbox(&expr.at, numbers).map(place),
            Node::Interval(ends) => return self.interval(expr, ends).map(Operand::Interval),
            Node::Open => {
                return Err(FilterError::new(
                    expr.at.clone(),
                    "'..' chỉ có thể là đầu hoặc cuối của khoảng thời gian / '..' can only be the end of an interval",
                ));
            }
            Node::Array(parts) => return Ok(Operand::List(self.operands(parts)?)),
            Node::Arithmetic(ops, parts) => {
                let mut parts = parts.iter().map(|part| self.number(part));
                let first = parts.next().unwrap_or(Ok(NumberExpr::Literal(None)))?;
                let mut steps = ops.iter().zip(parts);
                let number = steps.try_fold(first, |left, (op, right)| {
                    Ok::<_, FilterError>(NumberExpr::arithmetic(*op, left, right?))
                });
                return number.map(Operand::Number);
            }
            Node::Fold(folding, part) => {
                let text = self.text(part)?;
                return Ok(Operand::Text(TextExpr::function(TextFunction::Fold(*folding), text)));
            }
            Node::Call(name, arguments) => return self.call(&expr.at, name, arguments),
            Node::And(parts) => sorted(self.tests(parts)?, Test::All),
            Node::Or(parts) => any(self.tests(parts)?),
            Node::Not(part) => match self.test(part)? {
                Test::Not(inner) => *inner,
                test => Test::Not(Box::new(test)),
            },
            Node::Compare(op, sides) => {
                let [left, right] = &**sides;
                compare(*op, self.operand(left)?, self.operand(right)?, right)?
            }
            Node::Between(parts) => {
                let [value, low, high] = &**parts;
                let above = compare(Comparison::GreaterEqual, self.operand(value)?, self.operand(low)?, low)?;
                let below = compare(Comparison::LessEqual, self.operand(value)?, self.operand(high)?, high)?;
                sorted(vec![above, below], Test::All)
            }
            Node::In(value, list) => {
                let each =
                    list.iter().map(|item| compare(Comparison::Equal, self.operand(value)?, self.operand(item)?, item));
                any(each.collect::<Result<_, _>>()?)
            }
            Node::Like(sides) => self.like(&sides[0], &sides[1])?,
            Node::IsNull(part) => Test::IsNull(Box::new(self.operand(part)?)),
            Node::Spatial(relation, sides) => self.spatial(*relation, &sides[0], &sides[1])?,
            Node::Temporal(relation, sides) => self.temporal(*relation, &sides[0], &sides[1])?,
            Node::ArrayTest(relation, sides) => self.arrays(*relation, &sides[0], &sides[1])?,
        };
        Ok(Operand::Test(test))
    }

    fn operands(&self, parts: &[Expr]) -> Result<Vec<Operand>, FilterError> {
        parts.iter().map(|part| self.operand(part)).collect()
    }

    fn property(&self, at: &Position, name: &str) -> Result<Operand, FilterError> {
        if self.collection.geometry.as_ref().is_some_and(|geometry| geometry.name == name) {
            return Ok(Operand::Place(PlaceExpr::Own));
        }
        let found = self.collection.field(name).or_else(|| self.collection.field(&nfc(name)));
        let Some((field, declaration)) = found else {
            let reason = format!(
                "'{0}' không có thuộc tính '{1}' / '{0}' has no property '{1}'",
                self.collection.id,
                literal::shortened(name)
            );
            return Err(FilterError::new(at.clone(), reason));
        };
        Ok(match declaration.data_type {
            DataType::Text => Operand::Text(TextExpr::Column(field)),
            DataType::Integer | DataType::Number => Operand::Number(NumberExpr::Column(field)),
            DataType::Boolean => Operand::Test(Test::Flag(field)),
            DataType::Date | DataType::DateTime => Operand::Instant(InstantExpr::Column(field)),
        })
    }

    fn number(&self, expr: &Expr) -> Result<NumberExpr, FilterError> {
        match self.operand(expr)? {
            Operand::Number(number) => Ok(number),
            other => Err(wanted("một số / a number", &other, expr)),
        }
    }

    fn text(&self, expr: &Expr) -> Result<TextExpr, FilterError> {
        match self.operand(expr)? {
            Operand::Text(text) => Ok(text),
            other => Err(wanted("một chuỗi / a text", &other, expr)),
        }
    }

    fn instant(&self, expr: &Expr) -> Result<InstantExpr, FilterError> {
        match self.operand(expr)? {
            Operand::Instant(at) => Ok(at),
            other => Err(wanted("một ngày hoặc thời điểm / a date or timestamp", &other, expr)),
        }
    }

    fn interval(&self, expr: &Expr, ends: &[Expr; 2]) -> Result<SpanExpr, FilterError> {
        let end = |end: &Expr| match end.node {
            Node::Open => Ok(None),
            _ => self.instant(end).map(Some),
        };
        let (start, end) = (end(&ends[0])?, end(&ends[1])?);
        if let (Some(InstantExpr::Literal(start)), Some(InstantExpr::Literal(end))) = (&start, &end)
            && Span::between(Some(*start), Some(*end)).is_none()
        {
            return Err(FilterError::new(
                expr.at.clone(),
                "khoảng thời gian kết thúc trước khi bắt đầu / the interval ends before it starts",
            ));
        }
        Ok(SpanExpr::Interval(start, end))
    }

    fn call(&self, at: &Position, name: &str, arguments: &[Expr]) -> Result<Operand, FilterError> {
        let Some(Function { action, .. }) = functions::named(name) else {
            let known: Vec<_> = functions::FUNCTIONS.iter().map(|function| function.name).collect();
            let reason = format!(
                "không có hàm '{0}'; các hàm là {1} / there is no function '{0}'; there are {1}",
                literal::shortened(name),
                known.join(", ")
            );
            return Err(FilterError::new(at.clone(), reason));
        };
        let [part] = arguments else {
            let reason = format!(
                "{name} nhận một tham số, không phải {0} / {name} takes one argument, not {0}",
                arguments.len()
            );
            return Err(FilterError::new(at.clone(), reason));
        };
        Ok(match action {
            Action::Text(function) => Operand::Text(TextExpr::function(*function, self.text(part)?)),
            Action::Number(function) => Operand::Number(NumberExpr::function(*function, self.number(part)?)),
            Action::Length => Operand::Number(NumberExpr::length(self.text(part)?)),
            Action::Part(date_part) => Operand::Number(NumberExpr::part(*date_part, self.instant(part)?)),
        })
    }

    fn like(&self, text: &Expr, pattern: &Expr) -> Result<Test, FilterError> {
        let tested = self.text(text)?;
        match self.text(pattern)? {
            TextExpr::Literal(pattern) => settled(Test::Like(tested, Pattern::new(&pattern)), &text.at),
            _ => Err(FilterError::new(
                pattern.at.clone(),
                "mẫu là chuỗi trong dấu nháy, đứng riêng hoặc trong CASEI hay ACCENTI / a pattern is a text in quotes, in CASEI or ACCENTI or alone",
            )),
        }
    }

    fn spatial(&self, relation: SpatialRelation, left: &Expr, right: &Expr) -> Result<Test, FilterError> {
        let side = |expr: &Expr| match self.operand(expr)? {
            Operand::Place(place) => {
                if let (PlaceExpr::Literal(literal), false) = (&place, relation.is_simple()) {
                    spatial::refuse_tangles(&expr.at, literal)?;
                }
                Ok(place)
            }
            other => Err(wanted("một hình / a geometry", &other, expr)),
        };
        Ok(match (side(left)?, side(right)?) {
            (PlaceExpr::Own, other) => Test::Spatial(relation, other),
            (other, PlaceExpr::Own) => Test::Spatial(relation.swapped(), other),
            (PlaceExpr::Literal(a), PlaceExpr::Literal(b)) => {
                if a.vertices * b.vertices > MAX_LITERAL_PAIR {
                    return Err(FilterError::new(
                        left.at.clone(),
                        "không so sánh hai hình lớn như vậy / two geometries of this size are not compared",
                    ));
                }
                Test::Constant(Some(spatial::holds(relation, &a.geometry, &b.geometry)))
            }
        })
    }

    fn temporal(&self, relation: TemporalRelation, left: &Expr, right: &Expr) -> Result<Test, FilterError> {
        use TemporalRelation as T;
        let takes_instants = matches!(relation, T::After | T::Before | T::Disjoint | T::Equals | T::Intersects);
        let side = |expr: &Expr| match self.operand(expr)? {
            Operand::Interval(span) => Ok(span),
            Operand::Instant(at) if takes_instants => Ok(SpanExpr::Instant(at)),
            Operand::Instant(_) => {
                let reason = format!(
                    "{0} chỉ so sánh các khoảng thời gian / {0} compares intervals only",
                    relation.name().to_ascii_uppercase()
                );
                Err(FilterError::new(expr.at.clone(), reason))
            }
            other => Err(wanted("một thời điểm hoặc khoảng thời gian / a time or an interval", &other, expr)),
        };
        settled(Test::Temporal(relation, side(left)?, side(right)?), &left.at)
    }

    fn arrays(&self, relation: ArrayRelation, left: &Expr, right: &Expr) -> Result<Test, FilterError> {
        let side = |expr: &Expr| match self.operand(expr)? {
            Operand::List(list) => Ok(list),
            other => Err(wanted("một danh sách / a list", &other, expr)),
        };
        settled(Test::Arrays(relation, side(left)?, side(right)?), &left.at)
    }
}

fn wanted(what: &str, found: &Operand, expr: &Expr) -> FilterError {
    let found = found.kind();
    FilterError::new(expr.at.clone(), both!("cần {what}, gặp {found}", "expected {what}, found {found}"; what, found))
}

fn literal_operand(value: &Value) -> Operand {
    match value {
        Value::Null => Operand::Test(Test::Constant(None)),
        Value::Text(text) => Operand::Text(TextExpr::Literal(text.clone())),
        Value::Integer(n) => Operand::Number(NumberExpr::Literal(Some(Number::Integer(*n)))),
        Value::Number(n) => Operand::Number(NumberExpr::Literal(Some(Number::Float(*n)))),
        Value::Boolean(b) => Operand::Test(Test::Constant(Some(*b))),
        Value::Date(date) => Operand::Instant(InstantExpr::Literal(Instant::of_date(*date))),
        Value::DateTime(at) => Operand::Instant(InstantExpr::Literal(Instant::Moment(at.timestamp_millis()))),
    }
}

/// A comparison of two scalars of one type, a literal on the right where there is one.
fn compare(op: Comparison, left: Operand, right: Operand, place: &Expr) -> Result<Test, FilterError> {
    let test = match (left, right) {
        (Operand::Number(a @ NumberExpr::Literal(_)), Operand::Number(b)) => Test::Numbers(op.swapped(), b, a),
        (Operand::Number(a), Operand::Number(b)) => Test::Numbers(op, a, b),
        (Operand::Text(a @ TextExpr::Literal(_)), Operand::Text(b)) => Test::Texts(op.swapped(), b, a),
        (Operand::Text(a), Operand::Text(b)) => Test::Texts(op, a, b),
        (Operand::Instant(a @ InstantExpr::Literal(_)), Operand::Instant(b)) => Test::Instants(op.swapped(), b, a),
        (Operand::Instant(a), Operand::Instant(b)) => Test::Instants(op, a, b),
        (Operand::Test(a), Operand::Test(b)) => Test::Booleans(op, Box::new([a, b])),
        (a, b) => {
            let is_bare =
                matches!((&a, &b), (Operand::Instant(_), Operand::Text(_)) | (Operand::Text(_), Operand::Instant(_)));
            let hint = if is_bare {
                ": ngày viết là DATE('2024-01-31') / : a date is written DATE('2024-01-31')"
            } else {
                ""
            };
            let (a, b) = (a.kind(), b.kind());
            let reason =
                both!("không so sánh được {a} với {b}{hint}", "{a} cannot be compared with {b}{hint}"; a, b, hint);
            return Err(FilterError::new(place.at.clone(), reason));
        }
    };
    settled(test, &place.at)
}

fn place(place: spatial::Place) -> Operand {
    Operand::Place(PlaceExpr::Literal(Box::new(place)))
}

/// Whether the operand is the same in every row.
fn is_constant(operand: &Operand) -> bool {
    match operand {
        Operand::Test(test) => matches!(test, Test::Constant(_)),
        Operand::Number(number) => matches!(number, NumberExpr::Literal(_)),
        Operand::Text(text) => matches!(text, TextExpr::Literal(_)),
        Operand::Instant(at) => matches!(at, InstantExpr::Literal(_)),
        Operand::Interval(span) => is_constant_span(span),
        Operand::Place(place) => matches!(place, PlaceExpr::Literal(_)),
        Operand::List(parts) => parts.iter().all(is_constant),
    }
}

fn is_constant_span(span: &SpanExpr) -> bool {
    let literal = |at: &InstantExpr| matches!(at, InstantExpr::Literal(_));
    match span {
        SpanExpr::Instant(at) => literal(at),
        SpanExpr::Interval(start, end) => start.as_ref().is_none_or(literal) && end.as_ref().is_none_or(literal),
    }
}

/// The test, or its outcome where it asks for nothing of a row.
fn settled(test: Test, at: &Position) -> Result<Test, FilterError> {
    let constant = match &test {
        Test::Numbers(_, a, b) => matches!((a, b), (NumberExpr::Literal(_), NumberExpr::Literal(_))),
        Test::Texts(_, a, b) => matches!((a, b), (TextExpr::Literal(_), TextExpr::Literal(_))),
        Test::Instants(_, a, b) => matches!((a, b), (InstantExpr::Literal(_), InstantExpr::Literal(_))),
        Test::Like(text, _) => matches!(text, TextExpr::Literal(_)),
        Test::Temporal(_, a, b) => is_constant_span(a) && is_constant_span(b),
        Test::Arrays(_, a, b) => a.iter().chain(b).all(is_constant),
        _ => false,
    };
    if !constant {
        return Ok(test);
    }
    eval::constant(&test).map(Test::Constant).map_err(|e| FilterError::new(at.clone(), e.to_string()))
}
