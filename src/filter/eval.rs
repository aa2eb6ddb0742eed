//! Evaluation: where a test is true and where it is false, for all rows of a stretch together.
//!
//! Each test is asked only for rows that still matter: in AND those that nothing has made false yet, in OR those that
//! nothing has made true. What is cheap comes first (the compiler sorts).

use std::borrow::Cow;

use geo::{CoordsIter, Geometry};

use super::expr::{ArrayRelation, Comparison, SpatialRelation};
use super::mask::{Mask, Truth};
use super::numbers;
use super::program::{InstantExpr, Number, NumberExpr, NumberKey, Operand, PlaceExpr, Test, TextExpr, View};
use super::questions::{CHANGE, Question};
use super::rows::{Cells, Codes, Column, Meter, Rows, Texts, Work};
use super::spatial;
use super::temporal::{self, Instant, Span};

/// A filter that would take too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "chạy quá lâu: hãy viết ngắn lại, hoặc thêm điều kiện loại phần lớn các dòng / takes too long: make it shorter, or narrow it with what excludes most rows"
)]
pub struct TooMuchWork;

/// Those of the rows `asked` for which the test is true, ascending.
pub fn matching(
    test: &Test,
    fields: usize,
    asked: &[u32],
    rows: &impl Rows,
    work: &Work,
) -> Result<Vec<u32>, TooMuchWork> {
    let evaluation = Evaluation { view: View::new(rows, fields), work };
    // Rows are asked once each, so as many as there are can only be all of them.
    let mask = if asked.len() == rows.len() {
        Mask::all(rows.len())
    } else {
        let mut mask = Mask::none(rows.len());
        asked.iter().for_each(|row| mask.insert(*row as usize));
        mask
    };
    let truth = evaluation.test(test, &mask)?;
    Ok(truth.yes.rows().map(|row| row as u32).collect())
}

/// Steps of working out what is the same in every row: that happens while a filter is read.
const MAX_CONSTANT_WORK: u64 = 20_000_000;

/// The truth of a test that asks for nothing of any row.
pub fn constant(test: &Test) -> Result<Option<bool>, TooMuchWork> {
    let work = Work::new(MAX_CONSTANT_WORK);
    let evaluation = Evaluation { view: View::new(&NoFields, 0), work: &work };
    let truth = evaluation.test(test, &Mask::all(1))?;
    Ok(match (truth.yes.is_empty(), truth.no.is_empty()) {
        (false, _) => Some(true),
        (true, false) => Some(false),
        (true, true) => None,
    })
}

/// One row without anything.
struct NoFields;

impl Rows for NoFields {
    fn len(&self) -> usize {
        1
    }

    fn column(&self, _: usize) -> Column<'_> {
        Column { present: &[], cells: Cells::Integer(&[]) }
    }

    fn geometry(&self, _: usize) -> Option<&Geometry<f64>> {
        None
    }

    fn placeless(&self) -> Vec<u32> {
        vec![0]
    }

    fn near(&self, _: &crate::geom::Envelope) -> Vec<u32> {
        Vec::new()
    }
}

/// Bytes of a text whose length is not looked at, about.
const TEXT_OF_ROW: u64 = 20;

/// Steps for each byte of what a text is made from.
fn cost_of_change(expr: &TextExpr) -> u64 {
    match expr {
        TextExpr::Column(_) | TextExpr::Literal(_) => 0,
        TextExpr::Function(functions, _) => CHANGE * functions.len() as u64,
    }
}

/// Steps of computing a number in one row, about.
fn cost_of_number(expr: &NumberExpr) -> u64 {
    match expr {
        NumberExpr::Column(_) | NumberExpr::Literal(_) => 10,
        NumberExpr::Arithmetic(first, rest) => {
            cost_of_number(first) + rest.iter().map(|(_, number)| 5 + cost_of_number(number)).sum::<u64>()
        }
        NumberExpr::Function(_, of) => 5 + cost_of_number(of),
        NumberExpr::Length(text) => 10 + TEXT_OF_ROW * (1 + cost_of_change(text)),
        NumberExpr::Part(..) => 30,
    }
}

struct Evaluation<'a, R> {
    view: View<'a, R>,
    work: &'a Work,
}

/// An element of a list in one row.
#[derive(PartialEq)]
enum Element<'a> {
    Boolean(bool),
    Number(NumberKey),
    Text(Cow<'a, str>),
    Instant(Instant),
    Span(Span),
    Place(&'a Geometry<f64>),
    List(Vec<Element<'a>>),
}

/// The rows of `asked` whose value compares so with a literal; every row of `asked` has a value.
fn compare<T: Copy + PartialOrd>(asked: &Mask, values: &[T], op: Comparison, with: T) -> Mask {
    match op {
        Comparison::Equal => asked.over(values, |value| value == with),
        Comparison::NotEqual => asked.over(values, |value| value != with),
        Comparison::Less => asked.over(values, |value| value < with),
        Comparison::LessEqual => asked.over(values, |value| value <= with),
        Comparison::Greater => asked.over(values, |value| value > with),
        Comparison::GreaterEqual => asked.over(values, |value| value >= with),
    }
}

impl<R: Rows> Evaluation<'_, R> {
    fn test(&self, test: &Test, asked: &Mask) -> Result<Truth, TooMuchWork> {
        self.work.spend(8 + asked.words.len() as u64)?;
        Ok(match test {
            Test::Constant(value) => Truth::constant(*value, asked),
            Test::All(tests) => {
                let mut truth = Truth { yes: asked.clone(), no: Mask::none(asked.len()) };
                let mut open = asked.clone();
                for test in tests {
                    let part = self.test(test, &open)?;
                    open = open.without(&part.no);
                    truth = Truth { yes: truth.yes.and(&part.yes), no: truth.no.or(&part.no) };
                    if open.is_empty() {
                        break;
                    }
                }
                truth
            }
            Test::Any(tests) => {
                let mut truth = Truth { yes: Mask::none(asked.len()), no: asked.clone() };
                let mut open = asked.clone();
                for test in tests {
                    let part = self.test(test, &open)?;
                    open = open.without(&part.yes);
                    truth = Truth { yes: truth.yes.or(&part.yes), no: truth.no.and(&part.no) };
                    if open.is_empty() {
                        break;
                    }
                }
                truth
            }
            Test::Not(test) => self.test(test, asked)?.not(),
            Test::Flag(field) => {
                let column = self.view.column(*field);
                let present = asked.with(column.present, |a, b| a & b);
                let set = match column.cells {
                    Cells::Boolean(words) => present.with(words, |a, b| a & b),
                    _ => Mask::none(asked.len()),
                };
                Truth::known(set, &present)
            }
            Test::IsNull(operand) => Truth::known(self.null(operand, asked)?, asked),
            Test::Booleans(op, sides) => {
                let (a, b) = (self.test(&sides[0], asked)?, self.test(&sides[1], asked)?);
                let known = a.yes.or(&a.no).and(&b.yes.or(&b.no));
                // False comes before true.
                let yes = match op {
                    Comparison::Equal => a.yes.and(&b.yes).or(&a.no.and(&b.no)),
                    Comparison::NotEqual => a.yes.and(&b.no).or(&a.no.and(&b.yes)),
                    Comparison::Less => a.no.and(&b.yes),
                    Comparison::LessEqual => a.no.or(&b.yes).and(&known),
                    Comparison::Greater => a.yes.and(&b.no),
                    Comparison::GreaterEqual => a.yes.or(&b.no).and(&known),
                };
                Truth::known(yes, &known)
            }
            Test::Numbers(op, a, b) => self.numbers(*op, a, b, asked)?,
            Test::Texts(op, a, b) => self.texts(*op, a, b, asked)?,
            Test::Instants(op, a, b) => self.instants(*op, a, b, asked)?,
            Test::NumberIn(number, set) => {
                let steps = 20 + cost_of_number(number);
                self.each(asked, steps, |row| Some(set.contains(&self.view.number(number, row)?.key())))?
            }
            Test::TextIn(text, set) => self.each_text(text, &Question::In(set), asked)?,
            Test::Like(text, pattern) => self.each_text(text, &Question::Like(pattern), asked)?,
            Test::Temporal(relation, a, b) => self.each(asked, 20, |row| {
                Some(temporal::holds(*relation, &self.view.span(a, row)?, &self.view.span(b, row)?))
            })?,
            Test::Spatial(relation, place) => self.spatial(*relation, place, asked)?,
            Test::Arrays(relation, a, b) => self.arrays(*relation, a, b, asked)?,
        })
    }

    /// Asks row by row; `None` is unknown.
    fn each(
        &self,
        asked: &Mask,
        steps: u64,
        mut holds: impl FnMut(usize) -> Option<bool>,
    ) -> Result<Truth, TooMuchWork> {
        let mut truth = Truth::constant(None, asked);
        let mut meter = Meter::new(self.work);
        for row in asked.rows() {
            meter.add(steps)?;
            match holds(row) {
                Some(true) => truth.yes.insert(row),
                Some(false) => truth.no.insert(row),
                None => {}
            }
        }
        meter.end()?;
        Ok(truth)
    }

    fn each_text(&self, expr: &TextExpr, question: &Question<'_>, asked: &Mask) -> Result<Truth, TooMuchWork> {
        let (functions, field) = match expr {
            TextExpr::Column(field) => (&[][..], *field),
            TextExpr::Function(functions, field) => (functions.as_slice(), *field),
            // Asked while a filter is read, of one row that has none of its fields.
            TextExpr::Literal(text) => {
                let texts = Texts { all: text, ends: &[text.len()], codes: Codes::Own, folded: None };
                let is_yes = !question.rows(texts, &[], &Mask::all(1), self.work)?.is_empty();
                return Ok(Truth::constant(Some(is_yes), asked));
            }
        };
        let column = self.view.column(field);
        let present = asked.with(column.present, |a, b| a & b);
        let yes = match column.cells {
            Cells::Text(texts) => question.rows(texts, functions, &present, self.work)?,
            _ => Mask::none(asked.len()),
        };
        Ok(Truth::known(yes, &present))
    }

    fn numbers(&self, op: Comparison, a: &NumberExpr, b: &NumberExpr, asked: &Mask) -> Result<Truth, TooMuchWork> {
        let (NumberExpr::Column(field), NumberExpr::Literal(Some(with))) = (a, b) else {
            let steps = 20 + cost_of_number(a) + cost_of_number(b);
            // Columns at once take a quarter of the time; what they take in vain is paid besides.
            self.work.spend(steps * asked.count() / 4)?;
            if let Some((yes, known)) = numbers::compared(op, a, b, &self.view, asked) {
                return Ok(Truth::known(yes, &known));
            }
            return self.each(asked, steps, |row| {
                Some(op.holds(self.view.number(a, row)?.compare(self.view.number(b, row)?)))
            });
        };
        self.work.spend(asked.count())?;
        let column = self.view.column(*field);
        let present = asked.with(column.present, |a, b| a & b);
        let yes = match (column.cells, with, with.key()) {
            (Cells::Integer(values), _, NumberKey::Integer(with)) => compare(&present, values, op, with),
            (Cells::Integer(values), with, _) => {
                present.over(values, |value| op.holds(Number::Integer(value).compare(*with)))
            }
            (Cells::Number(values), Number::Float(with), _) => compare(&present, values, op, *with),
            (Cells::Number(values), Number::Integer(with), _) if with.unsigned_abs() < 1 << 53 => {
                compare(&present, values, op, *with as f64)
            }
            (Cells::Number(values), with, _) => {
                present.over(values, |value| op.holds(Number::Float(value).compare(*with)))
            }
            _ => Mask::none(asked.len()),
        };
        Ok(Truth::known(yes, &present))
    }

    fn texts(&self, op: Comparison, a: &TextExpr, b: &TextExpr, asked: &Mask) -> Result<Truth, TooMuchWork> {
        if let TextExpr::Literal(with) = b {
            return self.each_text(a, &Question::Compare(op, with), asked);
        }
        let mut meter = Meter::new(self.work);
        let mut truth = Truth::constant(None, asked);
        let (change_a, change_b) = (1 + cost_of_change(a), 1 + cost_of_change(b));
        for row in asked.rows() {
            let (Some(a), Some(b)) = (self.view.text(a, row), self.view.text(b, row)) else { continue };
            meter.add(20 + change_a * a.len() as u64 + change_b * b.len() as u64)?;
            if op.holds(a.cmp(&b)) { truth.yes.insert(row) } else { truth.no.insert(row) }
        }
        meter.end()?;
        Ok(truth)
    }

    fn instants(&self, op: Comparison, a: &InstantExpr, b: &InstantExpr, asked: &Mask) -> Result<Truth, TooMuchWork> {
        if let (InstantExpr::Column(field), InstantExpr::Literal(with)) = (a, b) {
            let column = self.view.column(*field);
            let present = asked.with(column.present, |a, b| a & b);
            let yes = match (column.cells, with) {
                (Cells::DateTime(values), Instant::Moment(with)) => Some(compare(&present, values, op, *with)),
                // A day beside a moment counts as the whole day, on either side.
                (Cells::Date(values), with) => match i32::try_from(with.day()) {
                    Ok(with) => Some(compare(&present, values, op, with)),
                    Err(_) => None,
                },
                _ => None,
            };
            if let Some(yes) = yes {
                self.work.spend(asked.count())?;
                return Ok(Truth::known(yes, &present));
            }
        }
        self.each(asked, 20, |row| Some(op.holds(self.view.instant(a, row)?.compare(self.view.instant(b, row)?))))
    }

    /// Rows in which the operand is null.
    fn null(&self, operand: &Operand, asked: &Mask) -> Result<Mask, TooMuchWork> {
        let column = |field: &usize| asked.with(self.view.column(*field).present, |a, b| a & !b);
        Ok(match operand {
            Operand::Number(NumberExpr::Column(field))
            | Operand::Text(TextExpr::Column(field))
            | Operand::Instant(InstantExpr::Column(field)) => column(field),
            Operand::Test(test) => {
                let truth = self.test(test, asked)?;
                asked.without(&truth.yes).without(&truth.no)
            }
            Operand::Number(number) => {
                self.each(asked, cost_of_number(number), |row| Some(self.view.number(number, row).is_none()))?.yes
            }
            Operand::Text(text) => {
                let steps = 10 + TEXT_OF_ROW * cost_of_change(text);
                self.each(asked, steps, |row| Some(self.view.text(text, row).is_none()))?.yes
            }
            Operand::Instant(at) => self.each(asked, 20, |row| Some(self.view.instant(at, row).is_none()))?.yes,
            Operand::Interval(span) => self.each(asked, 20, |row| Some(self.view.span(span, row).is_none()))?.yes,
            Operand::Place(PlaceExpr::Own) => self.placeless(asked),
            Operand::Place(PlaceExpr::Literal(_)) | Operand::List(_) => Mask::none(asked.len()),
        })
    }

    fn placeless(&self, asked: &Mask) -> Mask {
        let mut placeless = Mask::none(asked.len());
        self.view.rows.placeless().into_iter().for_each(|row| placeless.insert(row as usize));
        placeless.and(asked)
    }

    fn spatial(&self, relation: SpatialRelation, place: &PlaceExpr, asked: &Mask) -> Result<Truth, TooMuchWork> {
        let placed = asked.without(&self.placeless(asked));
        let place = match place {
            // What any place is to itself needs no look at it.
            PlaceExpr::Own if relation.is_reflexive() => return Ok(Truth::known(placed.clone(), &placed)),
            PlaceExpr::Own => return Ok(Truth::known(Mask::none(asked.len()), &placed)),
            PlaceExpr::Literal(place) => place,
        };
        let mut meter = Meter::new(self.work);
        let mut near = Mask::none(asked.len());
        for row in self.view.rows.near(&place.envelope) {
            meter.add(20)?;
            near.insert(row as usize);
        }
        let near = near.and(&placed);
        // Rows that are not near share no point with it.
        let mut yes =
            if relation == SpatialRelation::Disjoint { placed.without(&near) } else { Mask::none(asked.len()) };
        for row in near.rows() {
            let Some(own) = self.view.rows.geometry(row) else { continue };
            let vertices = own.coords_count() as u64;
            meter.add(spatial::cost_of_touch(vertices, place.vertices))?;
            let holds = match spatial::quickly(relation, own, place) {
                Some(holds) => holds,
                None => {
                    meter.add(spatial::cost_of_graph(vertices, place.vertices))?;
                    spatial::holds(relation, own, &place.geometry)
                }
            };
            if holds {
                yes.insert(row);
            }
        }
        meter.end()?;
        Ok(Truth::known(yes, &placed))
    }

    fn arrays(
        &self,
        relation: ArrayRelation,
        a: &[Operand],
        b: &[Operand],
        asked: &Mask,
    ) -> Result<Truth, TooMuchWork> {
        let mut truth = Truth::constant(None, asked);
        for row in asked.rows() {
            self.work.spend(100 + 2 * (a.len() * b.len()) as u64)?;
            let (a, b) = (self.elements(a, row)?, self.elements(b, row)?);
            let holds = match relation {
                ArrayRelation::Equals => all([is_superset(&a, &b), is_superset(&b, &a)]),
                ArrayRelation::Contains => is_superset(&a, &b),
                ArrayRelation::ContainedBy => is_superset(&b, &a),
                // Some element is in the other list unless each of them is not.
                ArrayRelation::Overlaps => {
                    all(a.iter().map(|element| is_in(element, &b).map(|is| !is))).map(|none| !none)
                }
            };
            match holds {
                Some(true) => truth.yes.insert(row),
                Some(false) => truth.no.insert(row),
                None => {}
            }
        }
        Ok(truth)
    }

    /// The elements of a list in one row, those that are null too.
    fn elements<'e>(&'e self, list: &'e [Operand], row: usize) -> Result<Vec<Option<Element<'e>>>, TooMuchWork> {
        list.iter().map(|operand| self.element(operand, row)).collect()
    }

    fn element<'e>(&'e self, operand: &'e Operand, row: usize) -> Result<Option<Element<'e>>, TooMuchWork> {
        Ok(match operand {
            Operand::Test(test) => {
                let one = Mask::one(self.view.rows.len(), row);
                let truth = self.test(test, &one)?;
                let known = truth.yes.contains(row) || truth.no.contains(row);
                known.then(|| Element::Boolean(truth.yes.contains(row)))
            }
            Operand::Number(number) => self.view.number(number, row).map(|n| Element::Number(n.key())),
            Operand::Text(text) => self.view.text(text, row).map(Element::Text),
            Operand::Instant(at) => self.view.instant(at, row).map(Element::Instant),
            Operand::Interval(span) => self.view.span(span, row).map(Element::Span),
            Operand::Place(PlaceExpr::Own) => self.view.rows.geometry(row).map(Element::Place),
            Operand::Place(PlaceExpr::Literal(place)) => Some(Element::Place(&place.geometry)),
            // A list within a list is one value: it is unknown where a part of it is.
            Operand::List(list) => self.elements(list, row)?.into_iter().collect::<Option<Vec<_>>>().map(Element::List),
        })
    }
}

/// Whether all of some truths hold, by three-valued logic.
fn all(truths: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut whole = Some(true);
    for truth in truths {
        match truth {
            Some(true) => {}
            Some(false) => return Some(false),
            None => whole = None,
        }
    }
    whole
}

/// Whether an element is in a list: what is null may be any value, so it is known of neither.
fn is_in(element: &Option<Element<'_>>, list: &[Option<Element<'_>>]) -> Option<bool> {
    if element.is_some() && list.contains(element) {
        return Some(true);
    }
    let is_open = !list.is_empty() && (element.is_none() || list.iter().any(Option::is_none));
    if is_open { None } else { Some(false) }
}

fn is_superset(whole: &[Option<Element<'_>>], part: &[Option<Element<'_>>]) -> Option<bool> {
    all(part.iter().map(|element| is_in(element, whole)))
}
