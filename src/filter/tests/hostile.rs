//! Filters that were made to hurt end soon, and without more memory than they are worth.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::super::{Language, MAX_DEPTH, MAX_LENGTH, MAX_WORK, STACK, TooMuchWork, Work, parse};
use super::{Table, collection, places, texts};
use crate::domain::{DataType, Value};
use geo::{Geometry, Point, Rect};

/// Runs on a stack like that of the service's threads, and fails when it takes long: a debug build on a busy
/// machine is some thirty times slower than what serves.
fn soon<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    let start = Instant::now();
    let result = std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
    assert!(start.elapsed() < Duration::from_secs(60), "took {:?}", start.elapsed());
    result
}

fn refusal(text: String) -> String {
    soon(move || match parse(&text, Language::Text) {
        Err(e) => crate::text::en(&e.to_string()).to_owned(),
        Ok(_) => panic!("it was read"),
    })
}

#[test]
fn deep_nesting_is_refused_at_the_place_where_it_becomes_too_deep() {
    let deep = format!("at character {}: is nested deeper than {MAX_DEPTH} levels", MAX_DEPTH + 1);
    assert_eq!(refusal("(".repeat(60_000)), deep);
    assert!(refusal("NOT ".repeat(15_000)).ends_with("is nested deeper than 256 levels"));
    assert!(refusal("-".repeat(60_000)).ends_with("is nested deeper than 256 levels"));
    assert!(refusal("CASEI(".repeat(10_000)).ends_with("is nested deeper than 256 levels"));
    assert!(refusal("A_EQUALS((".repeat(6_000)).ends_with("is nested deeper than 256 levels"));
    assert!(refusal(format!("n = {}1", "1+(".repeat(300))).ends_with("is nested deeper than 256 levels"));
    let json = "{\"op\":\"not\",\"args\":[".repeat(3_000);
    assert!(soon(move || parse(&json, Language::Json)).is_err());
    let json = "[".repeat(60_000);
    assert!(soon(move || parse(&json, Language::Json)).is_err());
}

#[test]
fn nesting_up_to_the_limit_is_read_checked_and_evaluated() {
    // QGIS joins conditions so: ((((a) OR b) OR c) OR d).
    let chain = |count: usize| {
        let mut text = "(".repeat(count) + "n = 0)";
        (1..count).for_each(|n| text += &format!(" OR n <> {n})"));
        text
    };
    let inner = "(NOT (TRUE = ".repeat(60) + "ok" + &"))".repeat(60);
    soon(move || {
        let fields = [("n", DataType::Integer), ("ok", DataType::Boolean)];
        let table = Table::new(collection(&fields), &[vec![Value::Integer(3), Value::Boolean(true)]], vec![None]);
        assert_eq!(table.matching(&chain(250)), [0]);
        // An even number of negations.
        assert_eq!(table.matching(&inner), [0]);
    });
}

#[test]
fn a_long_sum_is_not_deep() {
    soon(|| {
        let table = Table::new(collection(&[("n", DataType::Integer)]), &[vec![Value::Integer(3)]], vec![None]);
        assert_eq!(table.matching(&format!("n{} = 1003", "+1".repeat(1000))), [0]);
        assert_eq!(table.matching(&format!("{}n = 1003", "1+".repeat(1000))), [0]);
        // From left to right, and products first: 900 twos go and 900 come.
        assert_eq!(table.matching(&format!("n{0}{1} = 3", " - 1 * 2".repeat(900), " + 2 / 1".repeat(900))), [0]);
        assert_eq!(table.matching(&format!("n{} = 3", "*2/2".repeat(500))), [0]);
    });
    assert!(refusal(format!("n = 1{}", "+1".repeat(20_000))).ends_with("has more than 40000 parts"));
}

#[test]
fn long_filters_are_refused_or_answered() {
    assert!(refusal("n = 1 OR ".repeat(MAX_LENGTH / 9 + 1)).contains(&format!("is longer than {MAX_LENGTH} bytes")));
    assert!(refusal(format!("{}n = 1", "n = 1 OR ".repeat(50_000))).contains("has more than 40000 parts"));
    let table = texts(&["x"; 1000]);
    let filter = |text: &str| table.filter(text).map(|filter| table.apply(&filter, MAX_WORK));
    // 4,500 comparisons with literals are one look-up.
    let many: Vec<_> = (0..4_500).map(|n| format!("name='{n}'")).collect();
    let start = Instant::now();
    assert_eq!(filter(&many.join("OR ")).unwrap().unwrap(), [0u32; 0]);
    assert!(start.elapsed() < Duration::from_secs(10));
    let list: Vec<_> = (0..10_000).map(|n| format!("'{n}'")).collect();
    assert_eq!(filter(&format!("name IN ({})", list[..8_000].join(","))).unwrap().unwrap(), [0u32; 0]);
    assert!(filter(&format!("A_CONTAINS(({0}),({0}))", list[..3_000].join(","))).unwrap().is_ok());
}

#[test]
fn patterns_take_linear_time() {
    let text = "a".repeat(20_000);
    let table = texts(&[&text]);
    let table = std::sync::Arc::new(table);
    for pattern in ["%a".repeat(10_000) + "b", "%_a_a%".repeat(3_000) + "b", "_".repeat(19_999) + "b"] {
        let table = std::sync::Arc::clone(&table);
        soon(move || assert_eq!(table.matching(&format!("name LIKE '{pattern}'")), [0u32; 0]));
    }
}

#[test]
fn what_takes_too_many_steps_is_refused_and_says_so() {
    let table = texts(&["a".repeat(100).as_str(); 2000]);
    let filter = table.filter("CASEI(name) = CASEI('b') OR name LIKE '%_a_b%'").unwrap();
    assert_eq!(table.apply(&filter, 1_000), Err(TooMuchWork));
    assert!(table.apply(&filter, MAX_WORK).is_ok());
}

#[test]
fn work_ends_at_its_moment_and_as_soon_as_nobody_waits_for_it_whatever_steps_are_left() {
    let table = texts(&["a".repeat(100).as_str(); 2000]);
    // 2,000 texts of 100 bytes are 2,000,000 steps at ten a byte for each function; what two foldings make is kept nowhere.
    let filter = table.filter("CASEI(CASEI(name)) = 'b'").unwrap();
    let apply = |until: Instant, unwanted: bool| {
        let unwanted = Arc::new(AtomicBool::new(unwanted));
        let mut rows: Vec<u32> = (0..2000).collect();
        filter.retain(&mut rows, &table, &Work::new(u64::MAX).until(until, unwanted)).map(|()| rows)
    };
    let later = Instant::now() + Duration::from_secs(3600);
    assert_eq!(apply(later, false), Ok(vec![]));
    assert_eq!(apply(Instant::now(), false), Err(TooMuchWork));
    assert_eq!(apply(later, true), Err(TooMuchWork));
}

#[test]
fn work_under_way_is_ended_from_another_thread() {
    let table = texts(&["a".repeat(100).as_str(); 2000]);
    let filter = table.filter(&vec!["CASEI(name) <> 'b'"; 2000].join(" AND ")).unwrap();
    let unwanted = Arc::new(AtomicBool::new(false));
    let work = Work::new(u64::MAX).until(Instant::now() + Duration::from_secs(3600), Arc::clone(&unwanted));
    std::thread::scope(|scope| {
        let running = scope.spawn(|| filter.retain(&mut (0..2000).collect(), &table, &work));
        std::thread::sleep(Duration::from_millis(20));
        unwanted.store(true, Ordering::Relaxed);
        // It would take minutes.
        assert_eq!(running.join().unwrap(), Err(TooMuchWork));
    });
}

#[test]
fn functions_inside_each_other_and_long_sums_have_their_price() {
    let table = texts(&["abcdefghij"; 100]);
    let steps = |text: &str| {
        let filter = table.filter(text).unwrap();
        (0..).map(|power| 1u64 << power).find(|steps| table.apply(&filter, *steps).is_ok()).unwrap()
    };
    let folded = |levels: usize| format!("{}name{} = 'b'", "CASEI(ACCENTI(".repeat(levels), "))".repeat(levels));
    assert!(steps(&folded(50)) >= 16 * steps(&folded(1)));
    let sum = |terms: usize| format!("{} > 0", vec!["LENGTH(name)"; terms].join(" + "));
    assert!(steps(&sum(100)) >= 16 * steps(&sum(2)));
}

#[test]
fn what_a_place_is_to_itself_is_known_without_a_look_at_it() {
    let square = Rect::new((0.0, 0.0), (1.0, 1.0)).to_polygon();
    let table = places(vec![Some(square.into()), Some(Point::new(5.0, 5.0).into()), None]);
    let chain = vec!["NOT S_TOUCHES(geom,geom) AND NOT S_CROSSES(geom,geom)"; 600].join(" AND ");
    assert_eq!(table.apply(&table.filter(&chain).unwrap(), 100_000), Ok(vec![0, 1]));
    for relation in super::super::expr::SpatialRelation::ALL {
        // By the definitions: the interiors of a place and of itself meet, and neither has a part outside the other.
        let holds = matches!(relation.name(), "s_intersects" | "s_equals" | "s_within" | "s_contains");
        let wanted = if holds { vec![0, 1] } else { vec![] };
        assert_eq!(table.matching(&format!("{}(geom, geom)", relation.name())), wanted, "{}", relation.name());
    }
}

/// A ring around a centre with a tooth for every second point.
pub fn star(points: usize) -> String {
    let vertex = |index: usize| {
        let angle = index as f64 * std::f64::consts::TAU / points as f64;
        let radius = if index.is_multiple_of(2) { 1.0 } else { 0.5 };
        format!("{:.4} {:.4}", radius * angle.cos(), radius * angle.sin())
    };
    let ring: Vec<_> = (0..points).chain([0]).map(vertex).collect();
    format!("POLYGON(({}))", ring.join(","))
}

/// A polygon whose ring goes to and fro over itself.
fn tangle(points: usize) -> String {
    let ring: Vec<_> = (0..points).map(|n| format!("{} {}", (n * 7919) % 1009, (n * 104_729) % 1013)).collect();
    format!("POLYGON(({0},{1}))", ring.join(","), ring[0])
}

#[test]
fn huge_geometries_are_bounded() {
    let grid: Vec<Option<Geometry<f64>>> = (0..400)
        .map(|n| {
            let (x, y) = (f64::from(n % 20) / 10.0 - 1.0, f64::from(n / 20) / 10.0 - 1.0);
            Some(if n % 2 == 0 {
                Point::new(x, y).into()
            } else {
                Rect::new((x, y), (x + 0.05, y + 0.05)).to_polygon().into()
            })
        })
        .collect();
    let table = std::sync::Arc::new(places(grid));
    for relation in ["S_INTERSECTS", "S_WITHIN", "S_OVERLAPS", "S_TOUCHES"] {
        let (table, text) = (std::sync::Arc::clone(&table), format!("{relation}(geom, {})", star(500)));
        soon(move || drop(table.apply(&table.filter(&text).unwrap(), MAX_WORK)));
    }
    let (other, text) = (std::sync::Arc::clone(&table), format!("S_OVERLAPS(geom, {})", tangle(5_000)));
    let refused = soon(move || other.refusal(&text));
    assert_eq!(refused, "at character 18: the geometry crosses itself more than 1000 times");
    let text = format!("S_CROSSES({}, {})", star(1_500), star(1_400));
    assert_eq!(table.refusal(&text), "at character 11: two geometries of this size are not compared");
    let points: Vec<_> = (0..12_000).map(|_| "0 0").collect();
    let text = format!("S_INTERSECTS(geom, LINESTRING({}))", points.join(","));
    assert!(table.refusal(&text).ends_with("the geometries have more than 10000 points"));
}

#[test]
fn invalid_geometries_have_some_relation_and_break_nothing() {
    let grid: Vec<Option<Geometry<f64>>> = (0..60)
        .map(|n| Some(Rect::new((f64::from(n), 0.0), (f64::from(n) + 2.5, 500.0)).to_polygon().into()))
        .collect();
    let table = places(grid);
    let shapes = [
        "POLYGON((0 0,10 10,10 0,0 10,0 0))",
        "POLYGON((0 0,1 1,2 2,0 0))",
        "POLYGON((0 0,0 0,0 0,0 0))",
        "POLYGON((4 20,7 23,5 21,4 20),(5 21,0 21,6 22,5 21))",
        "POLYGON((0 0,4 0,4 4,0 4,0 0),(0 0,4 0,4 4,0 4,0 0))",
        "POLYGON((0 0,4 0,4 4,0 4,0 0),(9 9,19 9,19 19,9 9))",
        "MULTIPOLYGON(((0 0,4 0,4 4,0 4,0 0)),((0 0,4 0,4 4,0 4,0 0)))",
        "LINESTRING(1 1,1 1)",
        "LINESTRING(0 0,5 0,2 0,9 0,0 0)",
        "MULTILINESTRING((0 0,5 5),(0 0,5 5),(5 5,0 0))",
        "MULTIPOINT((1 1),(1 1))",
        "GEOMETRYCOLLECTION(POINT(1 1),LINESTRING(0 0,5 5),POLYGON((0 0,10 10,10 0,0 10,0 0)))",
        "POINT(1e50 -1e50)",
        "BBOX(-1e50,-1e50,1e50,1e50)",
        "LINESTRING(-1e50 0,1e50 1e-300)",
    ];
    for shape in shapes.iter().map(ToString::to_string).chain([tangle(30)]) {
        for relation in super::super::expr::SpatialRelation::ALL {
            for text in [format!("{}(geom, {shape})", relation.name()), format!("{}({shape}, geom)", relation.name())] {
                let filter = table.filter(&text).unwrap();
                drop(table.apply(&filter, MAX_WORK));
            }
        }
    }
}

#[test]
fn coordinates_with_which_nothing_can_be_computed_are_refused() {
    let table = places(vec![None]);
    for shape in [
        "POINT(1e308 5)",
        "POINT(5 -1e51)",
        "BBOX(-1e308,-1e308,1e308,1e308)",
        "BBOX(1,2,-1e60,3,4,5)",
        "LINESTRING(-1e200 0,1e200 1)",
    ] {
        for text in [format!("S_INTERSECTS(geom, {shape})"), format!("S_EQUALS({shape}, geom)")] {
            let refused = table.refusal(&text);
            assert!(refused.contains("farther out than any place"), "{text}: {refused}");
        }
    }
}
