//! What is said to the database against what the evaluator finds, over a real PostGIS: never a row too few, and none too many
//! where it says so.

use geo::{Geometry, LineString, MultiPoint, Point, Polygon, Rect};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tokio::runtime::Runtime;
use tokio_postgres::{Client, NoTls};

use super::super::expr::{Builder, Comparison, Expr, Node, Position};
use super::super::sql::{Bind, Name, Narrowed, Sql, Table as SqlTable, sql};
use super::super::{Filter, Language, Literals, MAX_WORK};
use super::roundtrip::{condition, expr, row, table};
use super::{Table, collection, corpus, print, shared};
use crate::domain::{Collection, DataType, Value};
use crate::geom::{Crs, Envelope, Shape, wkb};
use crate::store::remote::postgres::parameter;

#[path = "../../../tests/common/cluster.rs"]
mod cluster;

/// A database with tables that hold what tables in memory hold.
struct Database {
    runtime: Runtime,
    client: Client,
    _cluster: cluster::Server,
}

impl Database {
    fn start() -> Option<Database> {
        let cluster = cluster::Server::with_postgis()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut config = tokio_postgres::Config::new();
        config.host_path(&cluster.socket).user("postgres").dbname("postgres");
        let (client, connection) = runtime.block_on(config.connect(NoTls)).unwrap();
        runtime.spawn(connection);
        Some(Database { runtime, client, _cluster: cluster })
    }

    fn execute(&self, statement: &str) {
        self.runtime.block_on(self.client.batch_execute(statement)).unwrap();
    }

    fn rows(&self, statement: Sql) -> Result<Vec<tokio_postgres::Row>, String> {
        let (text, binds) = statement.render();
        let parameters: Vec<_> = binds.iter().map(parameter).collect();
        let rows = self.runtime.block_on(self.client.query_typed(&text, &parameters));
        rows.map_err(|error| format!("{text}: {binds:?}: {error:?}"))
    }

    /// Puts a table there; its rows are numbered from 0.
    fn fill(&self, collection: &Collection, rows: &[Vec<Value>], places: &[Option<Geometry<f64>>]) {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let name = quoted(&collection.id);
        let kind = |data_type: DataType| match data_type {
            DataType::Text => "text",
            DataType::Integer => "bigint",
            DataType::Number => "double precision",
            DataType::Boolean => "boolean",
            DataType::Date => "date",
            DataType::DateTime => "timestamptz(3)",
        };
        let fields =
            collection.fields.iter().map(|field| format!(", {} {}", quoted(&field.name), kind(field.data_type)));
        let geom = collection.geometry.as_ref().map(|g| format!(", {} geometry(Geometry, 4326)", quoted(&g.name)));
        let fields: String = fields.chain(geom).collect();
        self.execute(&format!("DROP TABLE IF EXISTS {name}; CREATE TABLE {name} (fid bigint PRIMARY KEY{fields})"));
        for (fid, values) in rows.iter().enumerate() {
            let mut insert = sql!("INSERT INTO ", Name::new(&collection.id), " VALUES (", Bind::Integer(fid as i64));
            for value in values {
                insert.push(match value {
                    Value::Null => ", NULL".into(),
                    Value::Text(text) => sql!(", ", Bind::Text(text.clone())),
                    Value::Integer(n) => sql!(", ", Bind::Integer(*n)),
                    Value::Number(n) => sql!(", ", Bind::Number(*n)),
                    Value::Boolean(b) => sql!(", ", Bind::Boolean(*b)),
                    Value::Date(date) => sql!(", ", Bind::Date(*date)),
                    Value::DateTime(at) => sql!(", ", Bind::DateTime(*at)),
                });
            }
            if collection.geometry.is_some() {
                insert.push(match &places[fid] {
                    None => ", NULL".into(),
                    Some(place) => {
                        let mut bytes = Vec::new();
                        wkb::write_wkb(&Shape::flat(place.clone()), &mut bytes);
                        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
                        sql!(", ST_GeomFromWKB(decode(", Bind::Text(hex), ", 'hex'), 4326)")
                    }
                });
            }
            insert.push(")");
            self.rows(insert).unwrap();
        }
        if let Some(geometry) = &collection.geometry {
            self.execute(&format!("CREATE INDEX ON {name} USING gist ({}); ANALYZE {name}", quoted(&geometry.name)));
        }
    }

    /// The rows that the database finds for a filter, and whether they are to be all that match.
    fn found(&self, filter: &Filter, collection: &Collection) -> Result<(Vec<u32>, bool), String> {
        let Narrowed { condition, is_exact } = narrowed(filter, collection);
        let mut statement = sql!("SELECT fid FROM ", Name::new(&collection.id));
        if let Some(condition) = condition {
            statement.push(sql!(" WHERE ", condition));
        }
        statement.push(" ORDER BY fid");
        let rows = self.rows(statement)?;
        Ok((rows.iter().map(|row| row.get::<_, i64>(0) as u32).collect(), is_exact))
    }

    /// What is wrong with what the database finds.
    fn fault(&self, table: &Table, text: &str) -> Option<String> {
        let filter = table.filter(text).unwrap_or_else(|e| panic!("{text}: {e}"));
        let wanted = table.apply(&filter, MAX_WORK).unwrap();
        let (found, is_exact) = match self.found(&filter, &table.collection) {
            Ok(found) => found,
            Err(error) => return Some(format!("{text}: {error}")),
        };
        let missing: Vec<_> = wanted.iter().filter(|row| !found.contains(row)).collect();
        if !missing.is_empty() {
            return Some(format!("{text}: rows {missing:?} are missing among {found:?}"));
        }
        (is_exact && found != wanted).then(|| format!("{text}: {found:?} instead of {wanted:?}"))
    }
}

fn narrowed(filter: &Filter, collection: &Collection) -> Narrowed {
    let boxed = |envelope: &Envelope| Some(*envelope);
    filter.narrowed(&SqlTable { collection, srid: 4326, boxed: &boxed, has_null_places: true, has_empty_places: false })
}

/// Rows from a generator, always the same.
fn some<T: std::fmt::Debug>(count: usize, strategy: impl Strategy<Value = T>) -> Vec<T> {
    let mut runner = TestRunner::deterministic();
    (0..count).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect()
}

/// Holds random filters against a table.
fn hold(database: &Database, table: &Table, cases: u32, filters: impl Strategy<Value = Expr>) {
    let mut runner = TestRunner::new(ProptestConfig { cases, ..ProptestConfig::default() });
    let outcome = runner.run(&filters, |tree| {
        let fault = database.fault(table, &print::text(&tree));
        prop_assert!(fault.is_none(), "{}", fault.unwrap_or_default());
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn the_database_finds_every_row_that_any_filter_matches() {
    let Some(database) = Database::start() else { return };
    let rows = some(300, row());
    let random = Table::new(table(), &rows, vec![None; rows.len()]);
    database.fill(&random.collection, &rows, &vec![None; rows.len()]);
    hold(&database, &random, 1200, condition());
}

/// Numbers at which types end, and texts that fold in their own ways.
fn extreme_row() -> impl Strategy<Value = Vec<Value>> {
    let whole = [i64::MAX, i64::MIN, i64::MAX - 1, (1 << 53) + 1, 1 << 62, -(1 << 62), 1 << 31, 3, 0, -1, -7];
    let float = [1e308, -1e308, 1e-308, 5e-324, 9_007_199_254_740_992.0, 9.3e18, 0.5, -0.5, 2.5, 0.0, -0.0, 1e150];
    let text = [
        "Đường",
        "đường",
        "DUONG",
        "Du\u{31b}\u{300}o\u{31b}ng",
        "Straße",
        "STRASSE",
        "ΟΔΟΣ",
        "οδος",
        "İstanbul",
        "istanbul",
        "x\u{323}",
        "x",
        "Ðường",
        "KELVIN \u{212a}",
        "kelvin k",
        " a ",
        "\u{a0}a\u{3000}",
        "100%",
        "a_b",
        "a\\b",
        "",
        "αe\u{301}",
        "Ng\u{1ef9}",
        "ỹ",
    ];
    let or_null = |value: BoxedStrategy<Value>| prop_oneof![1 => Just(Value::Null), 5 => value];
    (
        or_null(prop::sample::select(text.to_vec()).prop_map(Value::from).boxed()),
        or_null(prop::sample::select(whole.to_vec()).prop_map(Value::Integer).boxed()),
        or_null(prop::sample::select(float.to_vec()).prop_map(Value::Number).boxed()),
    )
        .prop_map(|(t, i, n)| vec![t, i, n])
}

#[test]
fn numbers_at_the_ends_of_their_types_and_letters_of_other_languages_are_found() {
    let Some(database) = Database::start() else { return };
    let fields = [("t", DataType::Text), ("i", DataType::Integer), ("n", DataType::Number)];
    let rows = some(250, extreme_row());
    let table = Table::new(collection(&fields), &rows, vec![None; rows.len()]);
    database.fill(&table.collection, &rows, &vec![None; rows.len()]);
    let mut faults = Vec::new();
    let mut ask = |text: &str| {
        faults.extend(database.fault(&table, text));
        faults.extend(database.fault(&table, &format!("NOT ({text})")));
        faults.extend(database.fault(&table, &format!("({text}) IS NULL")));
    };
    let numbers = [
        "i",
        "n",
        "i + 1",
        "i - 1",
        "i * i",
        "i div i",
        "i % n",
        "i % 3",
        "n * n",
        "n / n",
        "n + n",
        "1 / n",
        "n div 2",
        "i ^ 2",
        "i / 2",
        "abs(i)",
        "abs(n)",
        "round(n)",
        "floor(n)",
        "ceiling(n)",
        "n - i",
        "i * n / 3",
        "length(t)",
        "- i",
        "i div 0",
        "i / 0",
    ];
    let literals = [
        "0",
        "-1",
        "2.5",
        "0.5",
        "9223372036854775807",
        "-9223372036854775808.0",
        "9007199254740993",
        "9007199254740992.0",
        "1e308",
        "-1e300",
        "i",
        "n",
    ];
    for op in Comparison::ALL {
        for number in numbers {
            for literal in literals {
                ask(&format!("{number} {} {literal}", op.name()));
            }
        }
    }
    for number in numbers {
        ask(&format!("({number}) IS NULL"));
        ask(&format!("{number} IN (1, 2.5, 9223372036854775807, 0, 1e308)"));
        ask(&format!("{number} BETWEEN -1 AND 9007199254740993"));
    }
    let texts = [
        "t",
        "CASEI(t)",
        "ACCENTI(t)",
        "ACCENTI(CASEI(t))",
        "CASEI(ACCENTI(t))",
        "lower(t)",
        "upper(t)",
        "trim(t)",
        "ACCENTI(upper(t))",
        "upper(ACCENTI(t))",
        "CASEI(trim(t))",
        "lower(CASEI(t))",
        "upper(CASEI(ACCENTI(t)))",
    ];
    let with = [
        "Đường",
        "đường",
        "duong",
        "DUONG",
        "Duong",
        "strasse",
        "STRASSE",
        "οδοσ",
        "istanbul",
        "x",
        "x\u{323}",
        "kelvin k",
        "a",
        "A",
        "",
        "ngy",
        "ỹ",
    ];
    for text in texts {
        for with in with {
            for op in Comparison::ALL {
                ask(&format!("{text} {} '{with}'", op.name()));
            }
            ask(&format!("{text} LIKE '{with}%'"));
            ask(&format!("{text} LIKE '_{with}%'"));
        }
        for pattern in ["%", "_%", "%\\_%", "%\\%", "%\\\\\\\\%", "x_", "_", "%u_ng", "Đ%g", "đư%"] {
            ask(&format!("{text} LIKE '{pattern}'"));
        }
        ask(&format!("{text} IN ('duong', 'đường', 'DUONG', 'x', 'strasse')"));
        ask(&format!("{text} < t"));
        ask(&format!("{text} IS NULL"));
    }
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults[..faults.len().min(20)].join("\n"));
}

fn coordinate() -> impl Strategy<Value = f64> {
    prop_oneof![(-3i32..4).prop_map(f64::from), (-6i32..7).prop_map(|n| f64::from(n) / 2.0 + 1e-9)]
}

fn point() -> impl Strategy<Value = (f64, f64)> {
    (coordinate(), coordinate())
}

fn place() -> impl Strategy<Value = Geometry<f64>> {
    let triangle = (point(), point(), point());
    prop_oneof![
        point().prop_map(|(x, y)| Point::new(x, y).into()),
        prop::collection::vec(point(), 1..4).prop_map(|points| MultiPoint::from(points).into()),
        (point(), point()).prop_map(|(a, b)| LineString::from(vec![a, b]).into()),
        (point(), point()).prop_map(|(a, b)| Rect::new(a, b).to_polygon().into()),
        // Without area too, and wound either way.
        triangle.prop_map(|(a, b, c)| Polygon::new(LineString::from(vec![a, b, c, a]), vec![]).into()),
    ]
}

fn spatial() -> impl Strategy<Value = Expr> {
    use super::super::expr::SpatialRelation;
    let own = || expr(Node::Property("geom".to_owned()));
    let literal = prop_oneof![
        place().prop_map(|place| expr(Node::Geometry(Box::new(Shape::flat(place))))),
        (point(), point()).prop_map(|(a, b)| {
            let (south, north) = (a.1.min(b.1), a.1.max(b.1));
            expr(Node::Bbox(vec![a.0.min(b.0), south, a.0.max(b.0), north]))
        }),
    ];
    let leaf = prop_oneof![
        (prop::sample::select(SpatialRelation::ALL.to_vec()), literal, any::<bool>()).prop_map(
            move |(relation, place, first)| {
                let sides = if first { [own(), place] } else { [place, own()] };
                expr(Node::Spatial(relation, Box::new(sides)))
            }
        ),
        Just(expr(Node::IsNull(Box::new(expr(Node::Property("geom".to_owned())))))),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let joined = |all: bool| {
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(move |parts| Builder::default().joined(Position::Character(1), all, parts).unwrap())
        };
        prop_oneof![joined(true), joined(false), inner.clone().prop_map(|part| expr(Node::Not(Box::new(part))))]
    })
}

#[test]
fn places_are_found_by_any_relation_to_any_other() {
    let Some(database) = Database::start() else { return };
    let mut mixed = collection(&[]);
    let places = some(300, prop::option::weighted(0.9, place()));
    let table = Table::new(mixed.clone(), &vec![vec![]; places.len()], places.clone());
    database.fill(&mixed, &vec![vec![]; places.len()], &places);
    hold(&database, &table, 600, spatial());
    // Points in boxes are found exactly.
    mixed.geometry.as_mut().unwrap().kind = crate::geom::GeometryKind::Point;
    let points = some(300, prop::option::weighted(0.9, point().prop_map(|(x, y)| Geometry::from(Point::new(x, y)))));
    let table = Table::new(mixed.clone(), &vec![vec![]; points.len()], points.clone());
    database.fill(&mixed, &vec![vec![]; points.len()], &points);
    hold(&database, &table, 600, spatial());
    let filter = table.filter("S_INTERSECTS(geom, BBOX(-1,-1,1,2))").unwrap();
    assert!(narrowed(&filter, &mixed).is_exact);
}

/// Relations of times between fields and literals, in days and in milliseconds.
fn temporal() -> impl Strategy<Value = Expr> {
    use super::super::expr::TemporalRelation as T;
    let instant = || {
        prop_oneof![
            Just(expr(Node::Property("d".to_owned()))),
            Just(expr(Node::Property("m".to_owned()))),
            (19_000i64..19_004).prop_map(|day| {
                expr(Node::Literal(Value::Date(chrono::NaiveDate::default() + chrono::Duration::days(day))))
            }),
            (19_000i64..19_004, prop::sample::select(vec![-1, 0, 1, 43_200_000])).prop_map(|(day, ms)| {
                let at = chrono::DateTime::from_timestamp_millis(day * 86_400_000 + ms).unwrap();
                expr(Node::Literal(Value::DateTime(at)))
            }),
        ]
    };
    let end = move || prop_oneof![3 => instant(), 1 => Just(expr(Node::Open))];
    let span = move || (end(), end()).prop_map(|ends| expr(Node::Interval(Box::new([ends.0, ends.1]))));
    let side = move || prop_oneof![instant(), span()];
    let of_instants = prop::sample::select(vec![T::After, T::Before, T::Disjoint, T::Equals, T::Intersects]);
    let leaf = prop_oneof![
        (of_instants, side(), side()).prop_map(|(relation, a, b)| expr(Node::Temporal(relation, Box::new([a, b])))),
        (prop::sample::select(T::ALL.to_vec()), span(), span())
            .prop_map(|(relation, a, b)| expr(Node::Temporal(relation, Box::new([a, b])))),
        span().prop_map(|span| expr(Node::IsNull(Box::new(span)))),
    ];
    leaf.prop_recursive(1, 2, 1, |inner| {
        prop_oneof![
            inner.clone().prop_map(|part| expr(Node::Not(Box::new(part)))),
            inner.prop_map(|part| expr(Node::IsNull(Box::new(part)))),
        ]
    })
}

#[test]
fn times_are_found_by_any_relation_to_any_other() {
    let Some(database) = Database::start() else { return };
    let rows = some(200, row());
    let random = Table::new(table(), &rows, vec![None; rows.len()]);
    database.fill(&random.collection, &rows, &vec![None; rows.len()]);
    let mut runner = TestRunner::new(ProptestConfig { cases: 800, ..ProptestConfig::default() });
    let outcome = runner.run(&temporal(), |tree| {
        let text = print::text(&tree);
        // An interval of literals the wrong way round is refused.
        if Filter::parse(&text, Language::Text, &Literals::new(&Crs::Crs84).unwrap(), &random.collection).is_err() {
            return Ok(());
        }
        let fault = database.fault(&random, &text);
        prop_assert!(fault.is_none(), "{}", fault.unwrap_or_default());
        let is_exact = narrowed(&random.filter(&text).unwrap(), &random.collection).is_exact;
        prop_assert!(is_exact, "{} is not said whole", text);
        Ok(())
    });
    outcome.unwrap();
}

#[test]
fn every_predicate_of_the_standard_is_found_in_the_database() {
    let Some(predicates) = shared("conformance/cql2/test-data-predicates.tsv") else { return };
    let (Some(tables), Some(database)) = (corpus::tables(), Database::start()) else { return };
    for table in tables.values() {
        database.fill(&table.collection, &table.values, &table.geometries);
    }
    let mut faults = Vec::new();
    for line in std::fs::read_to_string(predicates).unwrap().lines().skip(1) {
        let [_, _, layer, predicate, _] = *line.split('\t').collect::<Vec<_>>() else { panic!("{line}") };
        faults.extend(database.fault(&tables[layer], predicate));
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn boxes_and_equal_values_are_looked_up_in_indexes() {
    let Some(database) = Database::start() else { return };
    let collection = collection(&[("name", DataType::Text), ("n", DataType::Integer), ("at", DataType::DateTime)]);
    database.fill(&collection, &[], &[]);
    database.execute(
        "INSERT INTO t SELECT g, 'name ' || g, g, '2024-01-01'::timestamptz + g * interval '1 hour',
         ST_SetSRID(ST_MakePoint(105 + g % 100 * 0.01, 20 + g / 100 * 0.01), 4326) FROM generate_series(1, 20000) AS g;
         CREATE INDEX by_name ON t (name); CREATE INDEX by_n ON t (n); CREATE INDEX by_at ON t (at); ANALYZE t",
    );
    for (filter, index) in [
        ("S_INTERSECTS(geom, BBOX(105.1,20.1,105.12,20.12))", "t_geom_idx"),
        ("S_WITHIN(geom, POLYGON((105.1 20.1,105.12 20.1,105.12 20.12,105.1 20.1)))", "t_geom_idx"),
        ("name = 'name 77'", "by_name"),
        ("name IN ('name 1', 'name 2', 'name 3', 'name 4')", "by_name"),
        ("n = 5", "by_n"),
        ("n > 10.5 AND n <= 12", "by_n"),
        ("at = DATE('2024-02-03')", "by_at"),
        ("ACCENTI(name) = 'name 5' AND n = 5", "by_n"),
    ] {
        let filter_of =
            Filter::parse(filter, Language::Text, &Literals::new(&Crs::Crs84).unwrap(), &collection).unwrap();
        let condition = narrowed(&filter_of, &collection).condition.unwrap();
        let plan = database.rows(sql!("EXPLAIN SELECT fid FROM t WHERE ", condition)).unwrap();
        let plan: String = plan.iter().map(|row| row.get::<_, String>(0) + "\n").collect();
        assert!(plan.contains(index), "{filter}:\n{plan}");
    }
}

#[test]
fn names_and_texts_never_become_part_of_a_statement() {
    let mut odd = collection(&[("a\"b; DROP TABLE t; --", DataType::Text)]);
    odd.id = "t\"; --".to_owned();
    let text = "\"a\"\"b; DROP TABLE t; --\" = 'x''; DROP TABLE t; --'";
    let filter = Filter::parse(text, Language::Text, &Literals::new(&Crs::Crs84).unwrap(), &odd).unwrap();
    let (text, binds) = narrowed(&filter, &odd).condition.unwrap().render();
    assert_eq!(text, "((\"a\"\"b; DROP TABLE t; --\"::text) = ($1::text))");
    assert_eq!(binds, [Bind::Text("x'; DROP TABLE t; --".to_owned())]);
}

#[test]
fn a_filter_with_more_values_than_can_be_bound_narrows_nothing() {
    let collection = collection(&[("n", DataType::Integer)]);
    let parts: Vec<String> = (0..11_000).map(|n| format!("n BETWEEN {n} AND {n} AND n <> {n}")).collect();
    let filter = Filter::parse(&parts.join(" OR "), Language::Text, &Literals::new(&Crs::Crs84).unwrap(), &collection);
    match filter {
        Ok(filter) => assert_eq!(narrowed(&filter, &collection), Narrowed { condition: None, is_exact: false }),
        Err(error) => assert!(error.to_string().contains("parts"), "{error}"),
    }
}
