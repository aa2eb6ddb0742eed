//! Three-valued logic and the meaning of each operator, worked out by hand.

use super::super::expr::Comparison;
use super::super::{Language, parse};
use super::{Table, collection, places};
use crate::domain::schema::parse_instant;
use crate::domain::{DataType, Value};
use geo::{Geometry, LineString, Point, Rect};

/// Rows with `p` true, false and null in that order, three times over; `q` changes after every third row.
fn truths() -> Table {
    let values = [Value::Boolean(true), Value::Boolean(false), Value::Null];
    let rows: Vec<Vec<Value>> =
        (0..9).map(|row| vec![values[row % 3].clone(), values[row / 3].clone(), Value::Integer(row as i64)]).collect();
    let fields = [("p", DataType::Boolean), ("q", DataType::Boolean), ("row", DataType::Integer)];
    Table::new(collection(&fields), &rows, vec![None; 9])
}

/// `T`, `F` or `-` (unknown) for each of the nine rows.
fn outcome(table: &Table, test: &str) -> String {
    let yes = table.matching(test);
    let no = table.matching(&format!("NOT ({test})"));
    let unknown = table.matching(&format!("({test}) IS NULL"));
    (0..9)
        .map(|row| match (yes.contains(&row), no.contains(&row), unknown.contains(&row)) {
            (true, false, false) => 'T',
            (false, true, false) => 'F',
            (false, false, true) => '-',
            _ => panic!("row {row} of {test} is not of one truth"),
        })
        .collect()
}

#[test]
fn and_or_and_not_follow_the_truth_table_of_the_standard() {
    let table = truths();
    // p is T F - T F - T F -, q is T T T F F F - - -.
    assert_eq!(outcome(&table, "p AND q"), "TF-FFF-F-");
    assert_eq!(outcome(&table, "p OR q"), "TTTTF-T--");
    assert_eq!(outcome(&table, "NOT p"), "FT-FT-FT-");
    assert_eq!(outcome(&table, "p = q"), "TF-FT----");
    assert_eq!(outcome(&table, "p <> q"), "FT-TF----");
    assert_eq!(outcome(&table, "p < q"), "FT-FF----");
    assert_eq!(outcome(&table, "p >= q"), "TF-TT----");
    assert_eq!(outcome(&table, "p IS NULL"), "FFTFFTFFT");
}

#[test]
fn what_is_true_for_one_side_needs_no_other() {
    let table = truths();
    assert_eq!(outcome(&table, "p OR row >= 0"), "TTTTTTTTT");
    assert_eq!(outcome(&table, "row < 0 AND p"), "FFFFFFFFF");
    assert_eq!(outcome(&table, "p OR row / 0 = 1"), "T--T--T--");
}

#[test]
fn a_list_with_an_unknown_value_excludes_nothing() {
    let table = truths();
    assert_eq!(outcome(&table, "row IN (0, 1 / 0)"), "T--------");
    assert_eq!(outcome(&table, "row IN (0, 1, 2, 3, 4, 5 / 0)"), "TTTTT----");
    assert_eq!(outcome(&table, "row NOT IN (0, 1)"), "FFTTTTTTT");
    assert_eq!(outcome(&table, "row BETWEEN 1 AND 1 / 0"), "F--------", "0 lies below either way");
}

/// One row with a whole number, another number, a text, a date and a timestamp.
fn one(test: &str) -> bool {
    let fields = [
        ("big", DataType::Integer),
        ("x", DataType::Number),
        ("name", DataType::Text),
        ("day", DataType::Date),
        ("at", DataType::DateTime),
    ];
    let row = vec![
        Value::Integer(9_007_199_254_740_993),
        Value::Number(-2.5),
        Value::from("Phú Thị"),
        DataType::Date.parse("2024-02-29").unwrap(),
        Value::DateTime(parse_instant("2024-02-29T23:30:00.250Z").unwrap()),
    ];
    Table::new(collection(&fields), &[row], vec![None]).matching(test) == [0]
}

#[test]
fn whole_numbers_stay_exact_beyond_what_a_float_holds() {
    // 2^53 + 1 is no float: the nearest are 2^53 and 2^53 + 2.
    assert!(one("big = 9007199254740993") && one("big > 9007199254740992.0") && one("big < 9007199254740994.0"));
    assert!(!one("big = 9007199254740992") && !one("big = 9007199254740992.0"));
    assert!(one("big IN (1, 2, 3, 9007199254740993)") && !one("big IN (1, 2, 3, 9007199254740992)"));
    assert!(one("big + 1 = 9007199254740994") && one("big < 1e300") && one("big > -1e300"));
    assert!(one("9223372036854775807 + 1 > 9223372036854775807"), "beyond 64 bits it goes on as a float");
}

#[test]
fn what_is_computed_over_columns_outgrows_its_type_as_it_does_in_one_row() {
    // 2^53 + 1 is no float; 2^63 - 1 is the last whole number.
    let (odd, last) = ((1i64 << 53) + 1, i64::MAX);
    let row = |i: i64, x: f64| vec![Value::Integer(i), Value::Number(x)];
    let rows =
        [row(odd, 9_007_199_254_740_992.0), row(last, 9.3e18), vec![Value::Null, Value::Number(0.0)], row(6, 0.0)];
    let table = Table::new(collection(&[("i", DataType::Integer), ("x", DataType::Number)]), &rows, vec![None; 4]);
    // The last number and one more is 2^63, as a float; the others stay whole.
    assert_eq!(table.matching("i + 1 > i"), [0, 1, 3]);
    assert_eq!(table.matching("i - 1 = x"), [0]);
    assert_eq!(table.matching("i > x"), [0, 3], "not equal, as their floats would be");
    assert_eq!(table.matching("i * i > 8.5e37"), [1]);
    assert_eq!(table.matching("(i - i) / x = 0"), [0, 1], "0 / 0 is unknown");
    assert_eq!(table.matching("i % 4 = 2 OR i div 4 = 1"), [3]);
    assert_eq!(table.matching("x * 1e308 * 0 = 0"), [2, 3], "what is not finite stays unknown whatever follows");
}

#[test]
fn a_number_is_the_same_in_either_encoding() {
    // Readers of JSON that round twice take these for 121.48791951161944 and 2.9999999999999997e202.
    for number in ["121.48791951161945", "3e202"] {
        let json = format!(r#"{{"op":"=","args":[{number},{number}]}}"#);
        let text = parse(&format!("{number} = {number}"), Language::Text).unwrap();
        assert_eq!(parse(&json, Language::Json).unwrap(), text);
    }
}

#[test]
fn arithmetic_keeps_its_precedence_and_division_by_zero_is_unknown() {
    for test in [
        "2 + 3 * 4 = 14",
        "(2 + 3) * 4 = 20",
        "2 * 3 ^ 2 = 18",
        "10 - 4 - 3 = 3",
        "100 / 10 / 5 = 2",
        "7 / 2 = 3.5",
        "7 div 2 = 3",
        "-7 div 2 = -3",
        "-7 % 3 = -1",
        "7.5 % 2 = 1.5",
        "-2 ^ 2 = 4",
        "2 ^ -1 = 0.5",
        "- x = 2.5",
        "x * -2 = +5",
        "- (x) > 0",
        "(1 / 0) IS NULL",
        "(1 % 0) IS NULL AND (1 div 0) IS NULL AND (x / 0) IS NULL",
        "abs(x) = 2.5 AND round(x) = -3 AND floor(x) = -3 AND ceiling(x) = -2",
    ] {
        assert!(one(test), "{test}");
    }
    assert!(!one("1 / 0 = 1") && !one("NOT (1 / 0 = 1)"));
}

#[test]
fn functions_give_what_they_say() {
    for test in [
        "length(name) = 7",
        "upper(name) = 'PHÚ THỊ'",
        "LOWER(name) = 'phú thị'",
        "trim('  a ') = 'a'",
        "year(day) = 2024 AND month(day) = 2 AND day(day) = 29",
        "year(at) = 2024 AND day(at) = 29",
        "year(DATE('1969-07-20')) + 1 = 1970",
        "name LIKE 'Ph_ %' AND name NOT LIKE 'ph%'",
    ] {
        assert!(one(test), "{test}");
    }
}

#[test]
fn a_date_beside_a_timestamp_is_its_whole_day() {
    for test in [
        "at = DATE('2024-02-29')",
        "at <= DATE('2024-02-29') AND at >= DATE('2024-02-29')",
        "NOT (at > DATE('2024-02-29')) AND at < DATE('2024-03-01')",
        "day = at",
        "day = TIMESTAMP('2024-02-29T00:00:00Z') AND day = TIMESTAMP('2024-02-29T23:59:59.999Z')",
        "day < TIMESTAMP('2024-03-01T00:00:00Z')",
        "at BETWEEN DATE('2024-02-01') AND DATE('2024-02-29')",
        "at = TIMESTAMP('2024-03-01T06:30:00.250+07:00')",
        "T_EQUALS(at, day)",
        "T_INTERSECTS(at, day)",
        "T_AFTER(at, DATE('2024-02-28')) AND NOT T_AFTER(at, DATE('2024-02-29'))",
        "T_DURING(INTERVAL(at, at), INTERVAL('2024-02-29', '2024-02-29'))",
    ] {
        assert!(one(test), "{test}");
    }
}

#[test]
fn all_relations_of_times_hold_as_the_time_ontology_defines_them() {
    // The interval of January 2024 against others, in days and in timestamps.
    let relation = |name: &str, from: &str, to: &str| {
        let days = format!("{name}(INTERVAL('2024-01-01','2024-01-31'), INTERVAL('{from}','{to}'))");
        let at = |day: &str| if day == ".." { "..".to_owned() } else { format!("{day}T00:00:00Z") };
        let moments = format!(
            "{name}(INTERVAL('2024-01-01T00:00:00Z','2024-01-31T00:00:00Z'), INTERVAL('{}','{}'))",
            at(from),
            at(to)
        );
        assert_eq!(one(&days), one(&moments), "{days}");
        one(&days)
    };
    let names = [
        "T_AFTER",
        "T_BEFORE",
        "T_CONTAINS",
        "T_DISJOINT",
        "T_DURING",
        "T_EQUALS",
        "T_FINISHEDBY",
        "T_FINISHES",
        "T_INTERSECTS",
        "T_MEETS",
        "T_METBY",
        "T_OVERLAPPEDBY",
        "T_OVERLAPS",
        "T_STARTEDBY",
        "T_STARTS",
    ];
    for (from, to, holding) in [
        ("2023-01-01", "2023-12-31", vec!["T_AFTER", "T_DISJOINT"]),
        ("..", "2024-01-01", vec!["T_INTERSECTS", "T_METBY"]),
        ("2024-02-01", "..", vec!["T_BEFORE", "T_DISJOINT"]),
        ("2024-01-31", "2024-03-01", vec!["T_INTERSECTS", "T_MEETS"]),
        ("2024-01-02", "2024-01-30", vec!["T_CONTAINS", "T_INTERSECTS"]),
        ("2023-12-31", "2024-02-01", vec!["T_DURING", "T_INTERSECTS"]),
        ("..", "..", vec!["T_DURING", "T_INTERSECTS"]),
        ("2024-01-01", "2024-01-31", vec!["T_EQUALS", "T_INTERSECTS"]),
        ("2024-01-10", "2024-01-31", vec!["T_FINISHEDBY", "T_INTERSECTS"]),
        ("2023-01-10", "2024-01-31", vec!["T_FINISHES", "T_INTERSECTS"]),
        ("2023-12-01", "2024-01-15", vec!["T_INTERSECTS", "T_OVERLAPPEDBY"]),
        ("2024-01-15", "2024-02-15", vec!["T_INTERSECTS", "T_OVERLAPS"]),
        ("2024-01-01", "2024-01-15", vec!["T_INTERSECTS", "T_STARTEDBY"]),
        ("2024-01-01", "..", vec!["T_INTERSECTS", "T_STARTS"]),
    ] {
        let found: Vec<_> = names.into_iter().filter(|name| relation(name, from, to)).collect();
        assert_eq!(found, holding, "{from}/{to}");
    }
}

#[test]
fn an_interval_with_an_unknown_end_or_the_wrong_way_round_is_unknown() {
    let fields = [("from", DataType::Date), ("to", DataType::Date)];
    let day = |text: &str| DataType::Date.parse(text).unwrap();
    let rows = [
        vec![day("2024-01-01"), day("2024-01-31")],
        vec![day("2024-01-01"), Value::Null],
        vec![day("2024-01-31"), day("2024-01-01")],
    ];
    let table = Table::new(collection(&fields), &rows, vec![None; 3]);
    assert_eq!(table.matching("T_INTERSECTS(INTERVAL(\"from\", \"to\"), DATE('2024-01-05'))"), [0]);
    assert_eq!(table.matching("NOT T_INTERSECTS(INTERVAL(\"from\", \"to\"), DATE('2024-01-05'))"), [0u32; 0]);
    assert_eq!(table.matching("T_INTERSECTS(INTERVAL(\"from\", '..'), DATE('2024-01-05'))"), [0, 1]);
}

#[test]
fn lists_are_compared_as_sets() {
    for (test, holds) in [
        ("A_EQUALS(('a', 'b', 'a'), ('b', 'a'))", true),
        ("A_EQUALS(('a'), ('a', 'b'))", false),
        ("A_CONTAINS(('a', 'b', 'c'), ('c', 'a'))", true),
        ("A_CONTAINS(('a'), ())", true),
        ("A_CONTAINEDBY((1, 2), (1.0, 2, 3))", true),
        ("A_CONTAINEDBY((1, 'a'), ('1', 'a'))", false),
        ("A_OVERLAPS((1, TRUE, DATE('2024-01-31')), (DATE('2024-01-31'), FALSE))", true),
        ("A_OVERLAPS((), ('a'))", false),
        ("A_OVERLAPS((('a', 'b'), 'c'), (('a', 'b')))", true),
        ("A_CONTAINS((name, 'x'), ('Phú Thị'))", true),
        ("A_CONTAINS((x > 0, 'x'), (FALSE))", true),
        ("A_EQUALS((POINT(1 2)), (POINT(1 2)))", true),
    ] {
        assert_eq!(one(test), holds, "{test}");
    }
}

#[test]
fn a_list_with_a_null_is_known_as_far_as_the_null_may_be_any_value() {
    // 1 / 0 is null. `Some` is what the test says whatever stands for the null; `None` where that decides.
    for (test, holds) in [
        ("A_OVERLAPS((1 / 0, 'x'), ('x'))", Some(true)),
        ("A_OVERLAPS((1 / 0, 'x'), ('y'))", None),
        ("A_OVERLAPS((1 / 0), ())", Some(false)),
        ("A_OVERLAPS((1 / 0), (1 / 0))", None),
        ("A_CONTAINS((1 / 0, 'x'), ('x'))", Some(true)),
        ("A_CONTAINS((1 / 0, 'x'), ('y'))", None),
        ("A_CONTAINS(('x'), (1 / 0, 'y'))", Some(false)),
        ("A_CONTAINS(('x'), (1 / 0))", None),
        ("A_CONTAINEDBY((), (1 / 0))", Some(true)),
        ("A_EQUALS((1 / 0), ())", Some(false)),
        ("A_EQUALS((1 / 0, 'x'), ('x'))", None),
        ("A_EQUALS(('x', 'y'), (1 / 0, 'z'))", Some(false)),
        ("A_OVERLAPS(((1 / 0, 'x')), (('y', 'x')))", None),
    ] {
        let known = (one(test), one(&format!("NOT {test}")));
        assert_eq!(known, (holds == Some(true), holds == Some(false)), "{test}");
    }
}

#[test]
fn a_comparison_with_its_sides_swapped_holds_for_the_same_orders() {
    for op in Comparison::ALL {
        for (a, b) in [(1, 2), (2, 2), (3, 2)] {
            assert_eq!(op.holds(a.cmp(&b)), op.swapped().holds(b.cmp(&a)));
        }
    }
}

fn rectangle(x0: f64, y0: f64, x1: f64, y1: f64) -> Option<Geometry<f64>> {
    Some(Rect::new((x0, y0), (x1, y1)).to_polygon().into())
}

#[test]
fn a_row_without_a_place_has_no_relation_to_any() {
    let table = places(vec![rectangle(0.0, 0.0, 2.0, 2.0), None]);
    for relation in ["S_INTERSECTS", "S_DISJOINT", "S_WITHIN", "S_TOUCHES"] {
        let test = format!("{relation}(geom, BBOX(1,1,3,3))");
        let all = [table.matching(&test), table.matching(&format!("NOT {test}"))].concat();
        assert_eq!(all, [0], "{test}");
        assert_eq!(table.matching(&format!("{test} IS NULL")), [1], "{test}");
    }
    assert_eq!(table.matching("geom IS NULL"), [1]);
}

#[test]
fn relations_of_places_hold_as_drawn() {
    let table = places(vec![
        rectangle(0.0, 0.0, 2.0, 2.0),
        rectangle(2.0, 0.0, 4.0, 2.0),
        rectangle(0.5, 0.5, 1.5, 1.5),
        Some(Point::new(1.0, 1.0).into()),
        Some(Point::new(2.0, 1.0).into()),
        Some(LineString::from(vec![(-1.0, 1.0), (1.0, 1.0)]).into()),
    ]);
    let square = "POLYGON((0 0,2 0,2 2,0 2,0 0))";
    for (relation, rows) in [
        ("S_INTERSECTS", vec![0, 1, 2, 3, 4, 5]),
        ("S_DISJOINT", vec![]),
        ("S_EQUALS", vec![0]),
        ("S_TOUCHES", vec![1, 4]),
        ("S_WITHIN", vec![0, 2, 3]),
        ("S_CONTAINS", vec![0]),
        ("S_CROSSES", vec![5]),
        ("S_OVERLAPS", vec![]),
    ] {
        assert_eq!(table.matching(&format!("{relation}(geom, {square})")), rows, "{relation}");
        assert_eq!(table.matching(&format!("{relation}(geom, BBOX(0,0,2,2))")), rows, "{relation} of a box");
    }
    assert_eq!(table.matching("S_OVERLAPS(geom, BBOX(1,1,3,3))"), [0, 1, 2]);
    assert_eq!(table.matching("S_WITHIN(BBOX(0.6,0.6,0.7,0.7), geom)"), [0, 2]);
    assert_eq!(table.matching("S_DISJOINT(geom, POINT(1 1))"), [1, 4]);
    assert_eq!(table.matching("S_EQUALS(geom, geom)"), [0, 1, 2, 3, 4, 5]);
    assert_eq!(table.matching("S_WITHIN(POINT(1 1), BBOX(0,0,2,2))").len(), 6, "a fact about no row holds for all");
}

#[test]
fn a_box_may_cross_the_antimeridian_and_may_have_no_extent() {
    let table = places(vec![
        Some(Point::new(179.0, 0.0).into()),
        Some(Point::new(-179.0, 0.0).into()),
        Some(Point::new(0.0, 0.0).into()),
    ]);
    assert_eq!(table.matching("S_INTERSECTS(geom, BBOX(170,-10,-170,10))"), [0, 1]);
    assert_eq!(table.matching("S_WITHIN(geom, BBOX(170,-10,-170,10))"), [0, 1]);
    assert_eq!(table.matching("S_INTERSECTS(geom, BBOX(170,-10,0,-170,10,100))"), [0, 1]);
    assert_eq!(table.matching("S_INTERSECTS(geom, BBOX(179,0,179,0))"), [0]);
    assert_eq!(table.matching("S_INTERSECTS(geom, BBOX(-180,0,180,0))"), [0, 1, 2]);
}

#[test]
fn coordinates_come_in_the_system_and_the_order_that_the_client_names() {
    use super::super::{Language, MAX_WORK};
    use crate::geom::Crs;
    // Hanoi, and its coordinates in VN-2000 / TM-3 105°00' by PROJ 9.1 (the regression value of the project).
    let table = places(vec![Some(Point::new(105.8544, 21.0285).into()), None]);
    let matches = |text: &str, crs: Crs| {
        let filter = table.filter_in(&crs, Language::Text, text).unwrap();
        table.apply(&filter, MAX_WORK).unwrap() == [0]
    };
    let hanoi = Crs::Epsg(5897);
    assert!(matches("S_INTERSECTS(geom, BBOX(588612.7,2326345.4,588612.8,2326345.5))", hanoi.clone()));
    assert!(!matches("S_INTERSECTS(geom, BBOX(588612.8,2326345.4,588612.9,2326345.5))", hanoi.clone()));
    assert!(matches(
        "S_WITHIN(geom, POLYGON((588600 2326300,588700 2326300,588700 2326400,588600 2326400,588600 2326300)))",
        hanoi
    ));
    assert!(matches("S_INTERSECTS(geom, POINT(21.0285 105.8544))", Crs::Epsg(4326)));
    assert!(matches("S_INTERSECTS(geom, BBOX(21,105,22,106))", Crs::Epsg(4326)));
    assert!(!matches("S_INTERSECTS(geom, BBOX(105,21,106,22))", Crs::Epsg(4326)));
}

#[test]
fn a_wide_box_in_metres_keeps_its_straight_edges() {
    use super::super::{Language, MAX_WORK};
    use crate::geom::Crs;
    use crate::geom::reproject::Reprojection;
    // 100 km along northing 2,326,000 m: half-way the edge bulges tens of metres past the line between its ends.
    let to_wgs84 = Reprojection::between(&Crs::Epsg(5897), &Crs::Crs84).unwrap();
    let point = |x: f64, y: f64| to_wgs84.point(x, y).map(|(x, y)| Point::new(x, y).into()).ok();
    let table = places(vec![point(600_000.0, 2_326_001.0), point(600_000.0, 2_325_999.0)]);
    let text = "S_INTERSECTS(geom, BBOX(550000,2326000,650000,2400000))";
    let filter = table.filter_in(&Crs::Epsg(5897), Language::Text, text).unwrap();
    assert_eq!(table.apply(&filter, MAX_WORK).unwrap(), [0]);
}
