//! Random filters: both encodings say the same, and match what the reference says.

use chrono::{DateTime, NaiveDate};
use proptest::prelude::*;

use super::super::expr::{Arithmetic, Builder, Comparison, Expr, Folding, Node, Position};
use super::super::{Language, MAX_WORK, Work, parse};
use super::{Table, collection, print, reference};
use crate::domain::{Collection, DataType, Value};

pub(super) fn expr(node: Node) -> Expr {
    Builder::default().node(Position::Character(1), node).unwrap()
}

pub(super) fn table() -> Collection {
    collection(&[
        ("t", DataType::Text),
        ("tên", DataType::Text),
        ("i", DataType::Integer),
        ("n", DataType::Number),
        ("b", DataType::Boolean),
        ("d", DataType::Date),
        ("m", DataType::DateTime),
    ])
}

fn text_value() -> impl Strategy<Value = String> {
    "[aAếĐđ'\\\\]{0,3}"
}

fn date() -> impl Strategy<Value = Value> {
    (19_000i64..19_004).prop_map(|day| Value::Date(NaiveDate::default() + chrono::Duration::days(day)))
}

fn moment() -> impl Strategy<Value = Value> {
    // Around midnight of the same days.
    let ms = (19_000i64..19_004, prop::sample::select(vec![-1, 0, 1, 43_200_000]));
    ms.prop_map(|(day, ms)| Value::DateTime(DateTime::from_timestamp_millis(day * 86_400_000 + ms).unwrap()))
}

fn number_value() -> impl Strategy<Value = Value> {
    prop_oneof![(-3i64..4).prop_map(Value::Integer), (-6i32..7).prop_map(|n| Value::Number(f64::from(n) / 2.0))]
}

fn or_null(value: impl Strategy<Value = Value> + 'static) -> impl Strategy<Value = Value> {
    prop_oneof![1 => Just(Value::Null), 3 => value]
}

pub(super) fn row() -> impl Strategy<Value = Vec<Value>> {
    (
        or_null(text_value().prop_map(Value::Text)),
        or_null(text_value().prop_map(Value::Text)),
        or_null((-3i64..4).prop_map(Value::Integer)),
        or_null((-6i32..7).prop_map(|n| Value::Number(f64::from(n) / 2.0))),
        or_null(any::<bool>().prop_map(Value::Boolean)),
        or_null(date()),
        or_null(moment()),
    )
        .prop_map(|(t, u, i, n, b, d, m)| vec![t, u, i, n, b, d, m])
}

fn property(names: &[&'static str]) -> impl Strategy<Value = Expr> + use<> {
    prop::sample::select(names.to_vec()).prop_map(|name| expr(Node::Property(name.to_owned())))
}

fn literal(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Expr> {
    value.prop_map(|value| expr(Node::Literal(value)))
}

fn text() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![property(&["t", "tên"]), literal(text_value().prop_map(Value::Text))];
    leaf.prop_recursive(2, 3, 1, |inner| {
        (prop::sample::select(Folding::ALL.to_vec()), inner)
            .prop_map(|(folding, inner)| expr(Node::Fold(folding, Box::new(inner))))
    })
}

fn number() -> impl Strategy<Value = Expr> {
    let leaf = prop_oneof![property(&["i", "n"]), literal(number_value())];
    leaf.prop_recursive(3, 6, 2, |inner| {
        (prop::sample::select(Arithmetic::ALL.to_vec()), inner.clone(), inner)
            .prop_map(|(op, a, b)| Builder::default().arithmetic(Position::Character(1), op, a, b).unwrap())
    })
}

fn time() -> impl Strategy<Value = Expr> {
    prop_oneof![property(&["d", "m"]), literal(date()), literal(moment())]
}

/// Conditions on values of one type.
fn tests<S: Strategy<Value = Expr> + 'static>(value: fn() -> S) -> impl Strategy<Value = Expr> {
    prop_oneof![
        (prop::sample::select(Comparison::ALL.to_vec()), value(), value())
            .prop_map(|(op, a, b)| expr(Node::Compare(op, Box::new([a, b])))),
        (value(), value(), value()).prop_map(|(a, b, c)| expr(Node::Between(Box::new([a, b, c])))),
        (value(), prop::collection::vec(value(), 1..7)).prop_map(|(a, list)| expr(Node::In(Box::new(a), list))),
        value().prop_map(|a| expr(Node::IsNull(Box::new(a)))),
    ]
}

pub(super) fn condition() -> impl Strategy<Value = Expr> {
    let pattern = literal("[aAếđ%_]{0,4}".prop_map(Value::Text));
    let like = (text(), pattern).prop_map(|(text, pattern)| expr(Node::Like(Box::new([text, pattern]))));
    let boolean = || prop_oneof![property(&["b"]), literal(any::<bool>().prop_map(Value::Boolean))];
    let leaf = prop_oneof![tests(text), tests(number), tests(time), like, tests(boolean), boolean()];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let joined = |all: bool| {
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(move |parts| Builder::default().joined(Position::Character(1), all, parts).unwrap())
        };
        prop_oneof![
            joined(true),
            joined(false),
            inner.clone().prop_map(|part| expr(Node::Not(Box::new(part)))),
            inner.clone().prop_map(|part| expr(Node::IsNull(Box::new(part)))),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| expr(Node::Compare(Comparison::Equal, Box::new([a, b])))),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn a_filter_matches_what_its_definition_matches_in_either_encoding(
        tree in condition(),
        rows in prop::collection::vec(row(), 0..80),
    ) {
        let text = print::text(&tree);
        let json = print::json(&tree).to_string();
        prop_assert_eq!(&parse(&text, Language::Text).unwrap(), &tree, "{}", text);
        prop_assert_eq!(&parse(&json, Language::Json).unwrap(), &tree, "{}", json);
        let table = Table::new(table(), &rows, vec![None; rows.len()]);
        let wanted: Vec<u32> = (0..rows.len())
            .filter(|row| reference::value(&tree, &table.collection, &rows[*row]) == Value::Boolean(true))
            .map(|row| row as u32)
            .collect();
        prop_assert_eq!(&table.matching(&text), &wanted, "{}", text);
        let some: Vec<u32> = (0..rows.len() as u32).filter(|row| row % 5 == 0).collect();
        let wanted_of_some: Vec<u32> = wanted.iter().copied().filter(|row| some.contains(row)).collect();
        let filter = table.filter(&text).unwrap();
        for table in [table, Table::new(self::table(), &rows, vec![None; rows.len()]).shared()] {
            prop_assert_eq!(&table.matching(&text), &wanted, "{}", text);
            let mut kept = some.clone();
            filter.retain(&mut kept, &table, &Work::new(MAX_WORK)).unwrap();
            prop_assert_eq!(&kept, &wanted_of_some, "of some rows: {}", text);
        }
    }

    #[test]
    fn whatever_is_sent_is_read_or_refused(text in "\\PC{0,60}") {
        let _ = parse(&text, Language::Text);
        let _ = parse(&text, Language::Json);
    }

    #[test]
    fn words_of_the_language_in_any_order_are_read_or_refused(
        words in prop::collection::vec(prop::sample::select(WORDS.to_vec()), 0..40)
    ) {
        let text = words.join(" ");
        if let Ok(tree) = parse(&text, Language::Text) {
            prop_assert_eq!(&parse(&print::text(&tree), Language::Text).unwrap(), &tree, "{}", text);
            let _ = Table::new(table(), &[], vec![]).filter(&text);
        }
    }
}

const WORDS: [&str; 44] = [
    "AND",
    "OR",
    "NOT",
    "(",
    ")",
    ",",
    "=",
    "<",
    "<>",
    "+",
    "-",
    "*",
    "/",
    "div",
    "%",
    "^",
    "LIKE",
    "BETWEEN",
    "IN",
    "IS",
    "NULL",
    "TRUE",
    "t",
    "i",
    "n",
    "d",
    "geom",
    "'a%'",
    "1",
    "2.5",
    "1e3",
    "CASEI(t)",
    "DATE('2024-01-31')",
    "INTERVAL('..', m)",
    "POINT(1 2)",
    "BBOX(1,2,3,4)",
    "S_INTERSECTS(geom,",
    "T_AFTER(m,",
    "A_OVERLAPS((1,2),",
    "year(d)",
    "LINESTRING(0 0,",
    "POLYGON((0 0,1 0,1 1,0 0))",
    "\"",
    "'",
];
