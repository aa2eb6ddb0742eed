//! A filter: read, printed, read again, and asked of a few clusters.

use std::sync::{Arc, LazyLock};

use langxanh::domain::{Collection, DataType, FeatureId, Field, Value, catalog};
use langxanh::filter::expr::{Expr, Node};
use langxanh::filter::{Filter, FilterError, Language, Literals, parse};
use langxanh::geom::{Crs, GeometryKind, Shape};
use langxanh::publish::collection::{Builder, PublishedCollection};
use langxanh::query::ItemsQuery;
use langxanh::store::Row;

#[path = "../../../src/filter/tests/print.rs"]
mod print;

/// Enough rows for one of them to lie in every stretch that a filter tells apart.
const ROWS: i64 = 6;

static CLUSTERS: LazyLock<PublishedCollection> = LazyLock::new(|| {
    let declared = catalog::collection("clusters").unwrap();
    let mut builder = Builder::new(declared.clone());
    for fid in 1..=ROWS {
        let values = declared.fields.iter().enumerate().map(|(at, field)| value(field, at as i64, fid)).collect();
        let shape = place(fid).map(Shape::flat);
        builder.push(Row { fid, id: FeatureId::from_fid(fid), values, shape }).unwrap();
    }
    builder.finish().unwrap()
});

/// Some value of a field; every third one is not known.
fn value(field: &Field, at: i64, fid: i64) -> Value {
    if (at + fid) % 3 == 0 {
        return Value::Null;
    }
    match field.data_type {
        DataType::Text => match field.codes.get(fid as usize % field.codes.len().max(1)) {
            Some(code) => code.code.into(),
            None => ["", "Dương Liễu", "phú 100% \\_", "'", "\u{301}a", "ǅ"][fid as usize % 6].into(),
        },
        DataType::Integer => Value::Integer([0, -1, 2017, i64::MAX, i64::MIN, 5][fid as usize % 6]),
        DataType::Number => Value::Number([0.0, -0.5, 1e308, 20.0, 5e-324, -1e308][fid as usize % 6]),
        DataType::Boolean => Value::Boolean(fid % 2 == 0),
        DataType::Date => DataType::Date.parse(&format!("2024-01-{:02}", 28 + fid % 4)).unwrap(),
        DataType::DateTime => DataType::DateTime.parse(&format!("2024-01-{:02}T23:59:59.999Z", 28 + fid % 4)).unwrap(),
    }
}

/// The place of a row: squares that touch, one in another, one across half the world, none.
fn place(fid: i64) -> Option<geo::Geometry<f64>> {
    let corners = match fid {
        1 => ((105.0, 21.0), (106.0, 22.0)),
        2 => ((106.0, 21.0), (107.0, 22.0)),
        3 => ((105.2, 21.2), (105.8, 21.8)),
        4 => ((-170.0, -80.0), (170.0, 80.0)),
        5 => ((105.5, 21.5), (105.5, 21.5)),
        _ => return None,
    };
    Some(geo::MultiPolygon(vec![geo::Rect::new(corners.0, corners.1).to_polygon()]).into())
}

fn read(text: &str, language: Language, crs: &Crs, declared: &Collection) -> Result<Filter, FilterError> {
    Filter::parse(text, language, &Literals::new(crs).unwrap(), declared)
}

/// The rows that match; `None` where it takes more steps than one filter may.
fn matching(filter: Filter) -> Option<Vec<u32>> {
    let query = ItemsQuery { filter: Some(Arc::new(filter)), ..ItemsQuery::first(ROWS as usize) };
    CLUSTERS.page(&query).ok().map(|page| page.rows)
}

/// Printing adds parentheses and escapes, and so may lead beyond a bound that the filter itself kept.
fn is_bound(error: &FilterError) -> bool {
    ["is nested deeper", "recursion limit", "is longer than"].iter().any(|bound| error.reason.contains(bound))
}

/// Whatever it was printed as must be read as the same tree.
fn read_again(tree: &Expr, printed: &str, language: Language) {
    match parse(printed, language) {
        Ok(again) => assert!(again == *tree, "{tree:?}\nwas printed as {printed}\nand read as {again:?}"),
        Err(error) => assert!(is_bound(&error), "{tree:?}\nwas printed as {printed}\nand refused: {error}"),
    }
}

/// Text where it does not begin like an object or an array of JSON.
pub fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let language = if text.starts_with(['{', '[']) { Language::Json } else { Language::Text };
    let Ok(tree) = parse(text, language) else { return };
    let json = print::json(&tree).to_string();
    read_again(&tree, &json, Language::Json);

    let declared = &CLUSTERS.declaration;
    let _ = read(text, language, &Crs::Epsg(5897), declared);
    let Ok(filter) = read(text, language, &Crs::Crs84, declared) else { return };
    // What fits no collection may be read in two ways: in `A_EQUALS((1 + 2), …)` the first side is a list of one number.
    read_again(&tree, &print::text(&tree), Language::Text);
    let found = matching(filter);
    if let (Some(found), Ok(same)) = (&found, read(&json, Language::Json, &Crs::Crs84, declared)) {
        assert_eq!(matching(same).as_ref(), Some(found), "{text} as {json}");
    }
    // Nothing is true together with its opposite.
    if let (Some(found), Language::Text) = (found, language)
        && let Ok(opposite) = read(&format!("NOT ({text})"), language, &Crs::Crs84, declared)
        && let Some(others) = matching(opposite)
    {
        assert!(!found.iter().any(|row| others.contains(row)), "{text}: {found:?} and not {others:?}");
    }
}
