//! Numbers and arithmetic. The database ends a statement over a number that outgrows its type; the evaluator goes on with a
//! float or with null. So each step stands behind a guard, and rows that do not pass it are kept for the evaluator.

use std::collections::HashSet;

use super::{Bind, Said, Side, Sql, Writer, comparison, sql};
use crate::domain::DataType;
use crate::filter::expr::{Arithmetic, Comparison};
use crate::filter::program::{DatePart, InstantExpr, Number, NumberExpr, NumberFunction, NumberKey, TextExpr};

/// Whole numbers up to this are floats too, each another.
const EXACT: i64 = 1 << 53;

/// Whole numbers below this can be added, and below the second multiplied.
const ADDABLE: i64 = 1 << 62;
const MULTIPLIABLE: i64 = 1 << 31;

/// Floats below the first can be added. Between the other two and their inverses they can be multiplied and divided: nothing
/// outgrows its type nor vanishes, which the database minds as well.
const ADDABLE_FLOAT: f64 = 1e307;
const LARGE: f64 = 1e150;
const SMALL: f64 = 1e-150;

/// Pieces of a number: each step repeats what it is made of in its guard.
const MAX_PIECES: usize = 2_000;

/// A number in SQL.
#[derive(Debug, Clone)]
pub struct InSql {
    pub sql: Sql,
    pub is_float: bool,
    /// What must hold, one after the other, before it may be computed.
    pub guards: Vec<Sql>,
    /// The number itself, where it is the same in every row.
    literal: Option<Number>,
}

impl InSql {
    fn new(sql: Sql, is_float: bool) -> InSql {
        InSql { sql, is_float, guards: Vec::new(), literal: None }
    }

    /// In the widest type of its kind: a column of a user's own may be narrower, and a result outgrow it sooner.
    fn wide(self) -> InSql {
        if self.literal.is_some() {
            return self;
        }
        let cast = if self.is_float { "::double precision" } else { "::bigint" };
        InSql { sql: sql!("(", &self.sql, ")", cast), ..self }
    }

    fn as_float(&self) -> Sql {
        if self.is_float { self.sql.clone() } else { sql!("(", &self.sql, ")::double precision") }
    }
}

/// Whether a float is none that the evaluator knows.
pub fn is_infinite(sql: &Sql) -> Sql {
    sql!("((", sql, ") IN ('NaN', 'Infinity', '-Infinity'))")
}

fn within(sql: &Sql, most: i64) -> Sql {
    sql!("(", sql, ") BETWEEN ", Bind::Integer(-most), " AND ", Bind::Integer(most))
}

fn below(sql: &Sql, most: f64) -> Sql {
    sql!("abs(", sql, ") < ", Bind::Number(most))
}

/// A number that can be multiplied or divided.
fn moderate(sql: &Sql) -> Sql {
    let far_from_zero = sql!("abs(", sql, ") > ", Bind::Number(SMALL));
    sql!(below(sql, LARGE), " AND ((", sql, ") = 0 OR ", far_from_zero, ")")
}

/// A whole number beside which the comparison of a whole number with a float is the same; `Err` is the outcome where there
/// is none.
fn whole(op: Comparison, float: f64) -> Result<(Comparison, i64), bool> {
    match Number::Float(float).key() {
        NumberKey::Integer(n) => Ok((op, n)),
        // Above or below all whole numbers.
        NumberKey::Bits(_) if float.abs() >= EXACT as f64 => {
            Err(op.holds(if float > 0.0 { std::cmp::Ordering::Less } else { std::cmp::Ordering::Greater }))
        }
        NumberKey::Bits(_) => match op {
            Comparison::Equal => Err(false),
            Comparison::NotEqual => Err(true),
            Comparison::Less | Comparison::LessEqual => Ok((Comparison::LessEqual, float.floor() as i64)),
            Comparison::Greater | Comparison::GreaterEqual => Ok((Comparison::Greater, float.floor() as i64)),
        },
    }
}

/// A float beside which the comparison of a float with a whole number is the same; `Err` is the outcome where there is none.
fn float(op: Comparison, whole: i64) -> Result<(Comparison, f64), bool> {
    let nearest = whole as f64;
    match Number::Float(nearest).compare(Number::Integer(whole)) {
        std::cmp::Ordering::Equal => Ok((op, nearest)),
        // No float lies between the two.
        nearest_is => match op {
            Comparison::Equal => Err(false),
            Comparison::NotEqual => Err(true),
            Comparison::Less | Comparison::LessEqual if nearest_is.is_gt() => Ok((Comparison::Less, nearest)),
            Comparison::Less | Comparison::LessEqual => Ok((Comparison::LessEqual, nearest)),
            Comparison::Greater | Comparison::GreaterEqual if nearest_is.is_gt() => {
                Ok((Comparison::GreaterEqual, nearest))
            }
            Comparison::Greater | Comparison::GreaterEqual => Ok((Comparison::Greater, nearest)),
        },
    }
}

impl Writer<'_> {
    pub(super) fn numbers(&self, op: Comparison, a: &NumberExpr, b: &NumberExpr) -> Said {
        let (Some(a), Some(b)) = (self.number(a), self.number(b)) else { return Said::NOTHING };
        let constant = |outcome: bool| {
            // Null where the number is.
            let same = if outcome { " = " } else { " <> " };
            sql!("((", &a.sql, ")", same, "(", &a.sql, "))")
        };
        let mut guards: Vec<Sql> = a.guards.iter().chain(&b.guards).cloned().collect();
        let plain = |op: Comparison, b: Sql| sql!("((", &a.sql, ")", comparison(op), "(", b, "))");
        let holds = match (a.is_float, b.is_float, b.literal) {
            (false, true, Some(Number::Float(with))) => match whole(op, with) {
                Ok((op, with)) => plain(op, Bind::Integer(with).into()),
                Err(outcome) => constant(outcome),
            },
            (true, false, Some(Number::Integer(with))) => match float(op, with) {
                Ok((op, with)) => plain(op, Bind::Number(with).into()),
                Err(outcome) => constant(outcome),
            },
            (a_is_float, b_is_float, _) if a_is_float == b_is_float => plain(op, b.sql.clone()),
            (a_is_float, ..) => {
                guards.push(within(if a_is_float { &b.sql } else { &a.sql }, EXACT));
                sql!("(", a.as_float(), comparison(op), b.as_float(), ")")
            }
        };
        if guards.is_empty() {
            return Said::Whole(holds);
        }
        let behind_guards = |outcome: Sql| {
            let mut case: Sql = "(CASE".into();
            for guard in &guards {
                case.push(sql!(" WHEN NOT (", guard, ") THEN TRUE"));
            }
            case.push(sql!(" ELSE ", outcome, " END)"));
            Side::at_least(case)
        };
        Said::Sides { no: behind_guards(sql!("NOT ", &holds)), yes: behind_guards(holds) }
    }

    pub(super) fn number_in(&self, number: &NumberExpr, set: &HashSet<NumberKey>) -> Said {
        let NumberExpr::Column(field) = number else { return Said::NOTHING };
        let column = || self.column(*field);
        let values = match self.table.data_type(*field) {
            Some(DataType::Integer) => {
                let keys = set.iter().filter_map(|key| match key {
                    NumberKey::Integer(n) => Some(*n),
                    NumberKey::Bits(_) => None,
                });
                let mut keys: Vec<i64> = keys.collect();
                keys.sort_unstable();
                (!keys.is_empty()).then_some(Bind::Integers(keys))
            }
            Some(DataType::Number) => {
                let keys = set.iter().filter_map(|key| match *key {
                    NumberKey::Integer(n) => {
                        (Number::Float(n as f64).compare(Number::Integer(n)).is_eq()).then_some(n as f64)
                    }
                    NumberKey::Bits(bits) => Some(f64::from_bits(bits)),
                });
                let mut keys: Vec<f64> = keys.collect();
                keys.sort_unstable_by(f64::total_cmp);
                (!keys.is_empty()).then_some(Bind::Numbers(keys))
            }
            _ => return Said::NOTHING,
        };
        Said::Whole(match values {
            Some(values) => sql!("(", column(), " = ANY (", values, "))"),
            // In none of them, and unknown where the row has no number.
            None => sql!("(", column(), " <> ", column(), ")"),
        })
    }

    /// `None` for what is not said in SQL.
    pub(super) fn number(&self, expr: &NumberExpr) -> Option<InSql> {
        let number = match expr {
            NumberExpr::Column(field) => {
                let is_float = match self.table.data_type(*field)? {
                    DataType::Integer => false,
                    DataType::Number => true,
                    _ => return None,
                };
                InSql::new(self.column(*field), is_float)
            }
            NumberExpr::Literal(None) => InSql::new("NULL::double precision".into(), true),
            NumberExpr::Literal(Some(number)) => {
                let (sql, is_float) = match *number {
                    Number::Integer(n) => (Bind::Integer(n), false),
                    Number::Float(n) => (Bind::Number(n), true),
                };
                InSql { literal: Some(*number), ..InSql::new(sql.into(), is_float) }
            }
            NumberExpr::Arithmetic(first, rest) => {
                let first = self.number(first)?;
                rest.iter().try_fold(first, |a, (op, b)| {
                    arithmetic(*op, a, self.number(b)?).filter(|number| number.sql.0.len() <= MAX_PIECES)
                })?
            }
            NumberExpr::Function(function, of) => of_function(*function, self.number(of)?),
            NumberExpr::Length(text) => match &**text {
                TextExpr::Column(field) => InSql::new(sql!("char_length(", self.column(*field), ")::bigint"), false),
                TextExpr::Literal(_) | TextExpr::Function(..) => return None,
            },
            NumberExpr::Part(part, at) => self.part(*part, at)?,
        };
        (number.sql.0.len() <= MAX_PIECES).then_some(number)
    }

    fn part(&self, part: DatePart, at: &InstantExpr) -> Option<InSql> {
        let InstantExpr::Column(field) = at else { return None };
        let column = self.column(*field);
        let finite = sql!("CASE WHEN isfinite(", column.clone(), ") THEN ");
        let day = match self.table.data_type(*field)? {
            DataType::Date => column,
            DataType::DateTime => sql!("(", column, " AT TIME ZONE 'UTC')"),
            _ => return None,
        };
        let part = match part {
            // Before the common era the database counts without a year 0.
            DatePart::Year => {
                let year = sql!("extract(year FROM ", day, ")::bigint");
                sql!("(", &year, " + CASE WHEN ", &year, " < 0 THEN 1 ELSE 0 END)")
            }
            DatePart::Month => sql!("extract(month FROM ", day, ")::bigint"),
            DatePart::Day => sql!("extract(day FROM ", day, ")::bigint"),
        };
        Some(InSql::new(sql!(finite, part, " END"), false))
    }
}

/// The result of an operation; `None` for those that the database computes in another way or not at all.
fn arithmetic(op: Arithmetic, a: InSql, b: InSql) -> Option<InSql> {
    let (a, b) = (a.wide(), b.wide());
    let guards: Vec<Sql> = [a.guards.clone(), b.guards.clone()].concat();
    let zero = |sql: &Sql| sql!("(", sql, ") <> 0");
    let are_whole = !a.is_float && !b.is_float;
    let (sql, is_float, more) = if are_whole && op != Arithmetic::Divide {
        let (x, y) = (&a.sql, &b.sql);
        let both = |most: i64| vec![within(x, most), within(y, most)];
        let (word, more) = match op {
            Arithmetic::Add => (" + ", both(ADDABLE - 1)),
            Arithmetic::Subtract => (" - ", both(ADDABLE - 1)),
            Arithmetic::Multiply => (" * ", both(MULTIPLIABLE)),
            Arithmetic::IntegerDivide => (" / ", vec![zero(y), sql!("(", x, ") > ", Bind::Integer(i64::MIN))]),
            Arithmetic::Remainder => (" % ", vec![zero(y)]),
            Arithmetic::Divide | Arithmetic::Power => return None,
        };
        (sql!("((", x, ")", word, "(", y, "))"), false, more)
    } else {
        let (x, y) = (a.as_float(), b.as_float());
        let addable = || vec![below(&x, ADDABLE_FLOAT), below(&y, ADDABLE_FLOAT)];
        let multipliable = || vec![moderate(&x), moderate(&y)];
        let divisible = || vec![zero(&y), moderate(&x), moderate(&y)];
        match op {
            Arithmetic::Add => (sql!("(", &x, " + ", &y, ")"), true, addable()),
            Arithmetic::Subtract => (sql!("(", &x, " - ", &y, ")"), true, addable()),
            Arithmetic::Multiply => (sql!("(", &x, " * ", &y, ")"), true, multipliable()),
            Arithmetic::Divide => (sql!("(", &x, " / ", &y, ")"), true, divisible()),
            Arithmetic::IntegerDivide => (sql!("trunc(", &x, " / ", &y, ")"), true, divisible()),
            Arithmetic::Remainder | Arithmetic::Power => return None,
        }
    };
    Some(InSql { guards: [guards, more].concat(), ..InSql::new(sql, is_float) })
}

fn of_function(function: NumberFunction, of: InSql) -> InSql {
    let of = of.wide();
    let x = &of.sql;
    let mut guards = of.guards;
    let sql = match (function, of.is_float) {
        (NumberFunction::Abs, false) => {
            guards.push(sql!("(", x, ") > ", Bind::Integer(i64::MIN)));
            sql!("abs(", x, ")")
        }
        (_, false) => x.clone(),
        (NumberFunction::Abs, true) => sql!("abs(", x, ")"),
        // The database's own goes to the nearest even number.
        (NumberFunction::Round, true) => {
            let rest = sql!("abs(", x, " - trunc(", x, "))");
            let away = sql!("CASE WHEN ", rest, " >= 0.5 THEN sign(", x, ") ELSE 0 END");
            sql!("(trunc(", x, ") + ", away, ")")
        }
        (NumberFunction::Floor, true) => sql!("floor(", x, ")"),
        (NumberFunction::Ceiling, true) => sql!("ceil(", x, ")"),
    };
    InSql { guards, ..InSql::new(sql, of.is_float) }
}
