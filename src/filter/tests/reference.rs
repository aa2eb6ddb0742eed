//! A second evaluator, straight from the definitions: one row at a time over the tree, with no types, columns, order of
//! evaluation or sets. Slow and short; filters are held against it.

use super::super::expr::{Arithmetic, Comparison, Expr, Folding, Node};
use crate::domain::{Collection, Value};

/// Text of a time up to the day or the millisecond.
fn time(value: &Value) -> Option<String> {
    match value {
        Value::Date(date) => Some(date.format("%Y-%m-%d").to_string()),
        Value::DateTime(at) => Some(at.format("%Y-%m-%dT%H:%M:%S%.3f").to_string()),
        _ => None,
    }
}

fn compare(op: Comparison, a: &Value, b: &Value) -> Value {
    let order = match (a, b) {
        (Value::Null, _) | (_, Value::Null) => return Value::Null,
        (Value::Text(a), Value::Text(b)) => a.chars().cmp(b.chars()),
        (Value::Boolean(a), Value::Boolean(b)) => a.cmp(b),
        _ => match (a.as_f64(), b.as_f64()) {
            (Some(a), Some(b)) => a.partial_cmp(&b).unwrap(),
            _ => {
                let (a, b) = (time(a).unwrap(), time(b).unwrap());
                let length = a.len().min(b.len());
                a[..length].cmp(&b[..length])
            }
        },
    };
    let holds = match op {
        Comparison::Equal => order as i8 == 0,
        Comparison::NotEqual => order as i8 != 0,
        Comparison::Less => order as i8 == -1,
        Comparison::LessEqual => order as i8 != 1,
        Comparison::Greater => order as i8 == 1,
        Comparison::GreaterEqual => order as i8 != -1,
    };
    Value::Boolean(holds)
}

fn like(pattern: &[char], text: &[char]) -> bool {
    match (pattern, text) {
        ([], []) => true,
        (['%', pattern @ ..], _) => (0..=text.len()).any(|skip| like(pattern, &text[skip..])),
        (['_', pattern @ ..], [_, text @ ..]) => like(pattern, text),
        ([a, pattern @ ..], [b, text @ ..]) => a == b && like(pattern, text),
        _ => false,
    }
}

/// The letters that the generated texts are made of, without case or marks.
fn fold(folding: Folding, text: &str) -> String {
    let letter = |c: char| match (folding, c) {
        (Folding::Case, 'A') => 'a',
        (Folding::Case, 'Ế') => 'ế',
        (Folding::Case, 'Đ') => 'đ',
        (Folding::Accent, 'ế') => 'e',
        (Folding::Accent, 'Ế') => 'E',
        (Folding::Accent, 'đ') => 'd',
        (Folding::Accent, 'Đ') => 'D',
        (_, other) => other,
    };
    // Case folding of what accent folding has left.
    text.chars().map(letter).map(|c| if folding == Folding::Case { c.to_ascii_lowercase() } else { c }).collect()
}

fn all(truths: impl Iterator<Item = Value>) -> Value {
    let truths: Vec<Value> = truths.collect();
    if truths.contains(&Value::Boolean(false)) {
        Value::Boolean(false)
    } else if truths.contains(&Value::Null) {
        Value::Null
    } else {
        Value::Boolean(true)
    }
}

fn not(value: Value) -> Value {
    match value {
        Value::Boolean(b) => Value::Boolean(!b),
        other => other,
    }
}

/// The value of a part in one row.
pub fn value(expr: &Expr, collection: &Collection, row: &[Value]) -> Value {
    let of = |expr: &Expr| value(expr, collection, row);
    match &expr.node {
        Node::Literal(value) => value.clone(),
        Node::Property(name) => row[collection.field(name).unwrap().0].clone(),
        Node::And(parts) => all(parts.iter().map(of)),
        Node::Or(parts) => not(all(parts.iter().map(|part| not(of(part))))),
        Node::Not(part) => not(of(part)),
        Node::Compare(op, sides) => compare(*op, &of(&sides[0]), &of(&sides[1])),
        Node::Between(parts) => all([
            compare(Comparison::GreaterEqual, &of(&parts[0]), &of(&parts[1])),
            compare(Comparison::LessEqual, &of(&parts[0]), &of(&parts[2])),
        ]
        .into_iter()),
        Node::In(part, list) => not(all(list.iter().map(|item| not(compare(Comparison::Equal, &of(part), &of(item)))))),
        Node::IsNull(part) => Value::Boolean(of(part).is_null()),
        Node::Like(sides) => match (of(&sides[0]), of(&sides[1])) {
            (Value::Text(text), Value::Text(pattern)) => {
                let chars = |text: &str| text.chars().collect::<Vec<_>>();
                Value::Boolean(like(&chars(&pattern), &chars(&text)))
            }
            _ => Value::Null,
        },
        Node::Fold(folding, part) => match of(part) {
            Value::Text(text) => Value::Text(fold(*folding, &text)),
            other => other,
        },
        Node::Arithmetic(ops, parts) => ops.iter().zip(&parts[1..]).fold(of(&parts[0]), |left, (op, right)| {
            let (Some(a), Some(b)) = (left.as_f64(), of(right).as_f64()) else { return Value::Null };
            let result = match op {
                Arithmetic::Add => a + b,
                Arithmetic::Subtract => a - b,
                Arithmetic::Multiply => a * b,
                Arithmetic::Divide => a / b,
                Arithmetic::IntegerDivide => (a / b).trunc(),
                Arithmetic::Remainder => a % b,
                Arithmetic::Power => a.powf(b),
            };
            if result.is_finite() { Value::Number(result) } else { Value::Null }
        }),
        other => panic!("the reference does not know {other:?}"),
    }
}
