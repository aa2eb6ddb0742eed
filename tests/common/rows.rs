//! Two tables of a user's own, small enough to be known by heart.

use std::path::Path;

use langxanh::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Title, Value};
use langxanh::geom::{Crs, GeometryKind, Shape};
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::{Change, Draft, Mode, Origin, Store};

/// Texts that clients and pages stumble over, the names of the first rows of `awkward`.
pub const TEXTS: [&str; 12] = [
    "Cụm \"A\" Dương Liễu",
    "ends in a backslash \\",
    "\\\"both\\\" \\\\ twice",
    "line one\nline two\ttab",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "' onmouseover='alert(1)",
    "O'Brien & Sons, 50 % ; a=b&c=d",
    "Ỡ ỹ Ặ đ 🏭 \u{2028} \u{202e}",
    "",
    " blanks around ",
    "../../etc/passwd?#%20+",
];

/// Rows of `awkward`: `r01` to `r24` and four of their own kind.
pub const AWKWARD: usize = 28;

/// Rows of `numbered`: more than the largest page holds.
pub const NUMBERED: usize = 10_050;

/// A table of a user's own with flat places in WGS 84, or without any.
pub fn table(id: &str, geometry: Option<GeometryKind>, fields: Vec<Field>) -> Collection {
    let geometry =
        geometry.map(|kind| GeometryField { name: "geom".to_owned(), kind, crs: Crs::Epsg(4326), has_z: false });
    Collection {
        id: id.to_owned(),
        title: Title::same(id),
        description: Title::same("table of a test"),
        kind: Kind::Table,
        has_ids: true,
        geometry,
        fields,
        temporal: None,
    }
}

fn awkward() -> Collection {
    let fields = vec![
        Field::plain("name_vi", DataType::Text),
        Field::plain("storeys", DataType::Integer),
        Field::plain("area_ha", DataType::Number),
        Field::plain("open", DataType::Boolean),
        Field::plain("seen_on", DataType::Date),
        Field::plain("read_at", DataType::DateTime),
        Field::plain("rare", DataType::Number),
        // A property with the name of a parameter cannot be asked for, and must not break the parameter.
        Field::plain("limit", DataType::Integer),
    ];
    table("awkward", Some(GeometryKind::Geometry), fields)
}

fn parsed(data_type: DataType, text: &str) -> Value {
    data_type.parse(text).unwrap()
}

/// `rNN`: the NNth of January 2024, NN storeys, half as many hectares, open when even, a point NN thousandths of a
/// degree east of 105.8° E 21° N.
fn plain_row(n: usize) -> Draft {
    Draft {
        id: Some(FeatureId::parse(&format!("r{n:02}")).unwrap()),
        values: vec![
            TEXTS.get(n - 1).copied().unwrap_or("Làng nghề").into(),
            Value::Integer(n as i64),
            Value::Number(n as f64 / 2.0),
            Value::Boolean(n.is_multiple_of(2)),
            parsed(DataType::Date, &format!("2024-01-{n:02}")),
            parsed(DataType::DateTime, &format!("2024-01-{n:02}T05:30:00Z")),
            Value::Null,
            Value::Integer(n as i64),
        ],
        shape: Some(Shape::flat(geo::Point::new((105_800 + n) as f64 / 1000.0, 21.0))),
    }
}

fn odd_row(id: &str, seen_on: Option<&str>, rare: Option<f64>, shape: Option<Shape>) -> Draft {
    let mut values = vec![Value::Null; 8];
    values[0] = id.into();
    values[4] = seen_on.map(|text| parsed(DataType::Date, text)).into();
    values[6] = rare.into();
    Draft { id: Some(FeatureId::parse(id).unwrap()), values, shape }
}

fn odd_rows() -> [Draft; 4] {
    let point = |lon, lat| Some(Shape::flat(geo::Point::new(lon, lat)));
    let diagonal = geo::LineString::from(vec![(106.0, 20.0), (107.0, 21.0)]);
    [
        odd_row("fiji-west", Some("2024-06-01"), None, point(179.5, -17.0)),
        odd_row("fiji-east", Some("2024-06-02"), None, point(-179.5, -17.0)),
        odd_row("diagonal", Some("2024-06-03"), Some(7.5), Some(Shape::flat(diagonal))),
        odd_row("nowhere-never", None, None, None),
    ]
}

/// Writes drafts into a store.
pub fn apply(store: &Path, collection: &Collection, mode: Mode, drafts: impl IntoIterator<Item = Draft>) {
    let change = Change {
        collection,
        mode,
        drafts: &mut drafts.into_iter().map(Ok),
        origin: Origin { who: "test".to_owned(), what: "test".to_owned(), why: None },
    };
    GpkgStore::open(store).unwrap().apply(change).unwrap();
}

/// Adds the tables `awkward` and `numbered`.
pub fn add(store: &Path) {
    apply(store, &awkward(), Mode::Append, (1..=24).map(plain_row).chain(odd_rows()));
    let numbered = table("numbered", None, vec![Field::plain("n", DataType::Integer)]);
    let row = |n| Draft { id: None, values: vec![Value::Integer(n)], shape: None };
    apply(store, &numbered, Mode::Append, (1..=NUMBERED as i64).map(row));
}
