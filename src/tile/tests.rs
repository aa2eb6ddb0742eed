//! Whole layers, read back by a decoder that is not ours.

use std::collections::BTreeMap;

use geo::{
    Area, BoundingRect, Coord, CoordsIter, Geometry, LineString, MapCoords, MultiPolygon, Point, Polygon, Validation,
};
use mvt_reader::Reader;
use mvt_reader::feature::{Feature, Value as Read};
use proptest::prelude::*;

use super::*;
use crate::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Title, catalog};
use crate::geom::{Crs, GeometryKind, Shape};
use crate::publish::collection::Builder;
use crate::store::Row;

fn table(fields: &[(&str, DataType)]) -> Collection {
    Collection {
        id: "t".to_owned(),
        title: Title::same("t"),
        description: Title::same(""),
        kind: Kind::Table,
        has_ids: true,
        geometry: Some(GeometryField {
            name: "geom".to_owned(),
            kind: GeometryKind::Geometry,
            crs: Crs::Crs84,
            has_z: false,
        }),
        fields: fields.iter().map(|(name, data_type)| Field::plain(name, *data_type)).collect(),
        temporal: None,
    }
}

fn published(declaration: Collection, rows: Vec<(Vec<Value>, Option<Geometry<f64>>)>) -> PublishedCollection {
    let mut builder = Builder::new(declaration);
    for (at, (values, geometry)) in rows.into_iter().enumerate() {
        let fid = at as i64 + 1;
        let id = FeatureId::parse(&format!("f{fid}")).unwrap();
        builder.push(Row { fid, id, values, shape: geometry.map(Shape::flat) }).unwrap();
    }
    builder.finish().unwrap()
}

fn places(geometries: impl IntoIterator<Item = Geometry<f64>>) -> PublishedCollection {
    published(table(&[]), geometries.into_iter().map(|geometry| (vec![], Some(geometry))).collect())
}

fn features(bytes: Vec<u8>) -> Vec<Feature<i32>> {
    let reader = Reader::new(bytes).unwrap();
    reader.get_features_as::<i32>(0).unwrap()
}

fn drawn(collection: &PublishedCollection, tile: TileId) -> Vec<Feature<i32>> {
    let overview = wants_overview(tile.zoom()).then(|| Overview::of(collection));
    features(layer(collection, overview.as_ref(), tile, MAX_BYTES))
}

fn text<'a>(feature: &'a Feature<i32>, name: &str) -> Option<&'a str> {
    match feature.properties.as_ref()?.get(name)? {
        Read::String(text) => Some(text),
        _ => None,
    }
}

fn count(feature: &Feature<i32>) -> u64 {
    match feature.properties.as_ref().unwrap().get(COUNT) {
        None => 1,
        Some(Read::UInt(count)) => *count,
        other => panic!("{other:?}"),
    }
}

fn square(lon: f64, lat: f64, side: f64) -> Polygon<f64> {
    let corners = [(lon, lat), (lon + side, lat), (lon + side, lat + side), (lon, lat + side), (lon, lat)];
    Polygon::new(LineString::from(corners.to_vec()), vec![])
}

/// Twice the area of a ring by the surveyor's formula: the specification wants it positive outside (4.3.3.3).
fn doubled(ring: &LineString<i32>) -> i64 {
    ring.lines().map(|l| i64::from(l.start.x) * i64::from(l.end.y) - i64::from(l.end.x) * i64::from(l.start.y)).sum()
}

const HANOI: (f64, f64) = (105.85, 21.02);

#[test]
fn where_nothing_lies_there_is_no_layer() {
    let collection = places([Point::new(HANOI.0, HANOI.1).into()]);
    for zoom in [0, 8, 12, 20] {
        let elsewhere = TileId::at(zoom, -70.0, -30.0);
        if elsewhere != TileId::at(zoom, HANOI.0, HANOI.1) {
            assert!(layer(&collection, Some(&Overview::of(&collection)), elsewhere, MAX_BYTES).is_empty());
            assert!(layer(&collection, None, elsewhere, MAX_BYTES).is_empty());
        }
    }
    let placeless = published(table(&[]), vec![(vec![], None)]);
    assert!(layer(&placeless, None, TileId::at(14, HANOI.0, HANOI.1), MAX_BYTES).is_empty());
}

#[test]
fn a_layer_carries_name_numbers_ids_and_attributes_and_no_nulls() {
    let fields = [("name", DataType::Text), ("n", DataType::Integer), ("x", DataType::Number)];
    let rows = vec![
        (vec!["Dương Liễu".into(), Value::Integer(-3), Value::Number(0.5)], Some(Point::new(HANOI.0, HANOI.1).into())),
        (vec![Value::Null, Value::Integer(3), Value::Null], Some(Point::new(HANOI.0, HANOI.1).into())),
    ];
    let collection = published(table(&fields), rows);
    let bytes = layer(&collection, None, TileId::at(15, HANOI.0, HANOI.1), MAX_BYTES);
    let described = Reader::new(bytes.clone()).unwrap().get_layer_metadata().unwrap();
    assert_eq!((described[0].name.as_str(), described[0].version, described[0].extent), ("t", 2, 4096));
    // Later rows lie below earlier ones.
    let read: Vec<_> = features(bytes).into_iter().rev().map(|f| (f.id, f.properties.unwrap())).collect();
    let of =
        |pairs: &[(&str, Read)]| pairs.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect::<BTreeMap<_, _>>();
    let sorted = |at: usize| read[at].1.clone().into_iter().collect::<BTreeMap<_, _>>();
    let first = of(&[
        ("id", Read::String("f1".to_owned())),
        ("name", Read::String("Dương Liễu".to_owned())),
        ("n", Read::SInt(-3)),
        ("x", Read::Double(0.5)),
    ]);
    assert_eq!((read[0].0, sorted(0)), (Some(1), first));
    assert_eq!((read[1].0, sorted(1)), (Some(2), of(&[("id", Read::String("f2".to_owned())), ("n", Read::UInt(3))])));
}

#[test]
fn a_polygon_smaller_than_a_cell_is_one_cell_and_a_sliver_is_one_cell_wide() {
    // At zoom 14 a cell is 0.6 m: 1e-7 degrees are 1 cm, 1e-3 degrees are 104 m.
    let sliver = Polygon::new(
        LineString::from(vec![(105.851, 21.02), (105.852, 21.02), (105.852, 21.020_000_1), (105.851, 21.02)]),
        vec![],
    );
    let collection = places([square(HANOI.0, HANOI.1, 1e-7).into(), sliver.into()]);
    let read = drawn(&collection, TileId::at(14, HANOI.0, HANOI.1));
    assert_eq!(read.len(), 2);
    for feature in &read {
        let Geometry::MultiPolygon(polygons) = &feature.geometry else { panic!("{:?}", feature.geometry) };
        let bounds = feature.geometry.bounding_rect().unwrap();
        let wide = if text(feature, ID) == Some("f1") { 1 } else { bounds.width() };
        assert_eq!(
            (bounds.width(), bounds.height(), doubled(polygons.0[0].exterior())),
            (wide, 1, 2 * i64::from(wide))
        );
    }
    let long = read.iter().find(|feature| text(feature, ID) == Some("f2")).unwrap();
    // 1e-3 / 360 × 2^14 × 4096 = 186.4 cells.
    assert!((185..=188).contains(&long.geometry.bounding_rect().unwrap().width()));
}

#[test]
fn a_line_shorter_than_a_cell_is_one_cell_long() {
    let line = LineString::from(vec![(HANOI.0, HANOI.1), (HANOI.0 + 1e-7, HANOI.1)]);
    let read = drawn(&places([line.into()]), TileId::at(14, HANOI.0, HANOI.1));
    let bounds = read[0].geometry.bounding_rect().unwrap();
    assert_eq!((bounds.width(), bounds.height()), (1, 0));
}

#[test]
fn outer_rings_turn_clockwise_on_the_map_and_holes_the_other_way_whichever_way_they_came() {
    let ring = |side: f64, reversed: bool| {
        let mut ring = square(105.85 - side / 2.0, 21.02 - side / 2.0, side).exterior().clone();
        if reversed {
            ring.0.reverse();
        }
        ring
    };
    for (outer, hole) in [(false, false), (false, true), (true, false), (true, true)] {
        let polygon = Polygon::new(ring(0.01, outer), vec![ring(0.004, hole)]);
        let read = drawn(&places([polygon.into()]), TileId::at(13, 105.85, 21.02));
        let Geometry::MultiPolygon(polygons) = &read[0].geometry else { panic!("{:?}", read[0].geometry) };
        assert_eq!(polygons.0.len(), 1);
        assert!(doubled(polygons.0[0].exterior()) > 0);
        assert_eq!(polygons.0[0].interiors().len(), 1);
        assert!(doubled(&polygons.0[0].interiors()[0]) < 0);
    }
}

#[test]
fn a_part_that_collapses_goes_only_where_another_part_stays() {
    let parts = MultiPolygon(vec![square(105.85, 21.02, 0.002), square(105.856, 21.02, 1e-7)]);
    let read = drawn(&places([parts.into()]), TileId::at(14, 105.85, 21.02));
    let Geometry::MultiPolygon(polygons) = &read[0].geometry else { panic!("{:?}", read[0].geometry) };
    assert_eq!(polygons.0.len(), 1);
    assert!(doubled(polygons.0[0].exterior()) > 2000);
}

#[test]
fn points_of_one_pixel_are_shown_by_the_worst_of_them_with_their_number() {
    let declaration = catalog::collection("craft_villages").unwrap().clone();
    let (status, _) = declaration.field("compliance_status").unwrap();
    let blank = vec![Value::Null; declaration.fields.len()];
    let row = |code: &str, place: (f64, f64)| {
        let mut values = blank.clone();
        values[status] = code.into();
        (values, Some(Geometry::from(Point::new(place.0, place.1))))
    };
    let there = HANOI;
    let rows = vec![
        row("compliant", there),
        row("unknown", there),
        row("non_compliant", there),
        row("non_compliant", there),
        row("compliant", (105.7, 20.9)),
    ];
    let collection = published(declaration, rows);
    let shown = |zoom: u8| {
        let read = drawn(&collection, TileId::at(zoom, there.0, there.1));
        read.iter().map(|f| (text(f, ID).unwrap().to_owned(), count(f))).collect::<Vec<_>>()
    };
    assert_eq!(shown(8), [("f5".to_owned(), 1), ("f3".to_owned(), 4)]);
    let each = ["f1", "f2", "f4", "f3"].map(|id| (id.to_owned(), 1));
    assert_eq!(shown(14), each, "all of them, the worst on top");
}

#[test]
fn a_tile_that_would_be_too_long_groups_more_and_counts_all() {
    // 100 × 100 squares of 20 m, 30 m apart: at zoom 14 each is 35 cells wide.
    let squares = (0..10_000).map(|n| {
        let (column, row) = (f64::from(n % 100), f64::from(n / 100));
        square(105.85 + column * 1.6e-4, 21.005 + row * 1.6e-4, 1e-4).into()
    });
    let collection = places(squares);
    let tile = TileId::at(14, 105.857, 21.012);
    let all = layer(&collection, None, tile, usize::MAX);
    let short = layer(&collection, None, tile, 60_000);
    assert!(all.len() > 60_000 && short.len() <= 60_000, "{} {}", all.len(), short.len());
    let inside = |feature: &&Feature<i32>| {
        let bounds = feature.geometry.bounding_rect().unwrap();
        let (x, y) = (bounds.min().x + bounds.max().x, bounds.min().y + bounds.max().y);
        (0..8192).contains(&x) && (0..8192).contains(&y)
    };
    let whole: u64 = features(all).iter().filter(inside).map(count).sum();
    let counted: u64 = features(short).iter().map(count).sum();
    // Groups are counted by middles before rounding: squares on the border may fall on either side.
    assert!(counted.abs_diff(whole) < 500, "{counted} {whole}");
}

#[test]
fn overview_and_search_find_the_same_rows() {
    let squares =
        (0..400).map(|n| square(105.0 + f64::from(n % 20) * 0.05, 20.5 + f64::from(n / 20) * 0.05, 0.03).into());
    let collection = places(squares);
    let overview = Overview::of(&collection);
    for zoom in 0..=MAX_WITH_OVERVIEW {
        let tile = TileId::at(zoom, 105.4, 21.0);
        assert_eq!(
            layer(&collection, Some(&overview), tile, MAX_BYTES),
            layer(&collection, None, tile, MAX_BYTES),
            "zoom {zoom}"
        );
    }
}

/// Zooms beyond which tests need no overview.
const MAX_WITH_OVERVIEW: u8 = 14;

#[test]
fn a_tile_inside_a_polygon_is_covered_and_one_outside_of_it_shows_nothing() {
    let collection = places([square(105.0, 20.0, 1.0).into()]);
    let inside = drawn(&collection, TileId::at(16, 105.5, 20.5));
    let bounds = inside[0].geometry.bounding_rect().unwrap();
    assert_eq!((bounds.min(), bounds.max()), (Coord { x: -64, y: -64 }, Coord { x: 4160, y: 4160 }));
    assert!(layer(&collection, None, TileId::at(16, 104.9, 20.5), MAX_BYTES).is_empty());
}

#[test]
fn parts_of_a_mixed_collection_are_drawn_each_by_its_kind_and_only_one_bears_the_number() {
    let mixed = geo::GeometryCollection(vec![
        Point::new(HANOI.0, HANOI.1).into(),
        square(HANOI.0, HANOI.1, 0.001).into(),
        LineString::from(vec![HANOI, (105.852, 21.021)]).into(),
    ]);
    let read = drawn(&places([Geometry::GeometryCollection(mixed)]), TileId::at(15, HANOI.0, HANOI.1));
    assert_eq!(read.len(), 3);
    assert_eq!(read.iter().filter(|feature| feature.id.is_some()).count(), 1);
    assert!(read.iter().all(|feature| text(feature, ID) == Some("f1")));
}

/// Any geometry around Hanoi or around the world, wild ones among them.
fn geometry() -> impl Strategy<Value = Geometry<f64>> {
    let near = (105.8f64..105.9, 21.0f64..21.05).boxed();
    let far = (-180f64..180.0, -90f64..90.0).boxed();
    let wild = prop_oneof![Just(0.0), Just(-1e9), Just(1e300), Just(-0.0), Just(180.0)];
    let odd = (wild.clone(), wild).boxed();
    let place = prop_oneof![8 => near, 2 => far, 1 => odd];
    let line = proptest::collection::vec(place.clone(), 2..12).prop_map(LineString::from);
    let ring = proptest::collection::vec(place.clone(), 3..12).prop_map(LineString::from);
    let polygon = proptest::collection::vec(ring, 1..3).prop_map(|mut rings| Polygon::new(rings.remove(0), rings));
    prop_oneof![
        place.clone().prop_map(|place| Geometry::from(Point::from(place))),
        proptest::collection::vec(place, 0..5).prop_map(|places| Geometry::from(geo::MultiPoint::from(places))),
        line.clone().prop_map(Geometry::from),
        proptest::collection::vec(line, 0..3).prop_map(|lines| Geometry::from(geo::MultiLineString(lines))),
        polygon.clone().prop_map(Geometry::from),
        proptest::collection::vec(polygon, 0..3).prop_map(|polygons| Geometry::from(MultiPolygon(polygons))),
    ]
}

proptest! {
    #[test]
    fn any_geometries_make_a_tile_that_reads_back_inside_its_border(
        geometries in proptest::collection::vec(geometry(), 1..8), zoom in 0u8..=20, limit in 0usize..2000,
    ) {
        let collection = places(geometries);
        let tile = TileId::at(zoom, 105.85, 21.02);
        for bytes in [
            layer(&collection, None, tile, MAX_BYTES),
            layer(&collection, None, tile, limit),
            layer(&collection, Some(&Overview::of(&collection)), tile, MAX_BYTES),
        ] {
            if bytes.is_empty() {
                continue;
            }
            for feature in features(bytes) {
                prop_assert!(feature.geometry.coords_count() > 0);
                // A strip or a short line may reach one step beyond.
                let border = -64 - 512..=4160 + 512;
                for at in feature.geometry.coords_iter() {
                    prop_assert!(border.contains(&at.x) && border.contains(&at.y), "{at:?}");
                }
                if let Geometry::MultiPolygon(polygons) = &feature.geometry {
                    for polygon in polygons {
                        prop_assert!(doubled(polygon.exterior()) > 0, "{polygon:?}");
                        for hole in polygon.interiors() {
                            prop_assert!(doubled(hole) < 0);
                        }
                    }
                }
            }
        }
    }

    #[test]
    fn areas_that_reach_over_the_border_again_and_again_are_valid_in_the_tile(
        radii in proptest::collection::vec(0.2f64..1.0, 5..40), (right, up) in (-1.2f64..1.2, -1.2f64..1.2),
        size in 0.2f64..3.0, zoom in 12u8..=18,
    ) {
        // A star with a hole of the same form, of about the size of the tile and anywhere around it.
        let tile = TileId::at(zoom, 105.85, 21.02);
        let square = tile.envelope(0);
        let side = square.max_x - square.min_x;
        let middle = (square.min_x + side * (0.5 + right), (square.min_y + square.max_y) / 2.0 + side * up);
        let star = |scale: f64| -> LineString<f64> {
            let corner = |(at, radius): (usize, &f64)| {
                let angle = at as f64 / radii.len() as f64 * std::f64::consts::TAU;
                let radius = radius * scale * size * side;
                (middle.0 + radius * angle.cos(), middle.1 + radius * angle.sin())
            };
            radii.iter().enumerate().map(corner).collect::<Vec<_>>().into()
        };
        let collection = places([Polygon::new(star(1.0), vec![star(0.5)]).into()]);
        let bytes = layer(&collection, None, tile, MAX_BYTES);
        if !bytes.is_empty() {
            for feature in features(bytes) {
                let Geometry::MultiPolygon(polygons) = &feature.geometry else { panic!("{:?}", feature.geometry) };
                let polygons = polygons.map_coords(|at| Coord { x: f64::from(at.x), y: f64::from(at.y) });
                prop_assert!(polygons.is_valid(), "{}: {polygons:?}", polygons.validation_errors()[0]);
                prop_assert!(polygons.unsigned_area() > 0.0);
            }
        }
    }

    #[test]
    fn the_tile_of_a_point_shows_it_within_half_a_cell(lon in 102.0f64..110.0, lat in 8.0f64..24.0, zoom in 0u8..=20) {
        let tile = TileId::at(zoom, lon, lat);
        let read = drawn(&places([Point::new(lon, lat).into()]), tile);
        prop_assert_eq!(read.len(), 1);
        let at = read[0].geometry.coords_iter().next().unwrap();
        // By the formula of the standard and not by ours: asinh(tan φ).
        let side = f64::from(1u32 << zoom) * 4096.0;
        let x = (lon / 360.0 + 0.5) * side - f64::from(tile.col()) * 4096.0;
        let y = (1.0 - lat.to_radians().tan().asinh() / std::f64::consts::PI) / 2.0 * side - f64::from(tile.row()) * 4096.0;
        prop_assert!((f64::from(at.x) - x).abs() <= 0.5 + 1e-4, "{} {}", at.x, x);
        prop_assert!((f64::from(at.y) - y).abs() <= 0.5 + 1e-4, "{} {}", at.y, y);
    }

    #[test]
    fn neighbours_share_their_border_at_every_zoom(
        bends in proptest::collection::vec((-0.003f64..0.003, 0.0f64..1.0), 1..40), zoom in 8u8..=18,
    ) {
        // Two areas on either side of one bent border from north to south, each with more corners of its own.
        let mut along: Vec<f64> = bends.iter().map(|bend| bend.1).collect();
        along.sort_by(f64::total_cmp);
        let (south, north, middle) = (21.0, 21.05, 105.85);
        let border: Vec<(f64, f64)> = std::iter::once((middle, south))
            .chain(bends.iter().zip(&along).map(|(bend, at)| (middle + bend.0, south + at * (north - south))))
            .chain([(middle, north)]).collect();
        let ring = |far: f64, border: Vec<(f64, f64)>| {
            let (first, last) = (border[0], border[border.len() - 1]);
            let rest = [(far, last.1), (far, 21.02), (far, first.1), first];
            Polygon::new(LineString::from(border.into_iter().chain(rest).collect::<Vec<_>>()), vec![])
        };
        let west = ring(105.8, border.clone());
        let east = ring(105.9, border.into_iter().rev().collect());
        let collection = places([west.into(), east.into()]);
        let tile = TileId::at(zoom, middle, 21.02);
        let read = drawn(&collection, tile);
        if read.len() == 2 {
            // Together they cover what the rectangle around both covers: no gap and no overlap, measured by area.
            let area = |feature: &Feature<i32>| match &feature.geometry {
                Geometry::MultiPolygon(polygons) => polygons.0.iter().map(|p| doubled(p.exterior())).sum::<i64>(),
                other => panic!("{other:?}"),
            };
            let bounds = read.iter().map(|f| f.geometry.bounding_rect().unwrap());
            let around = bounds.reduce(|a, b| {
                geo::Rect::new(
                    Coord { x: a.min().x.min(b.min().x), y: a.min().y.min(b.min().y) },
                    Coord { x: a.max().x.max(b.max().x), y: a.max().y.max(b.max().y) },
                )
            }).unwrap();
            let whole = 2 * i64::from(around.width()) * i64::from(around.height());
            prop_assert_eq!(area(&read[0]) + area(&read[1]), whole);
        }
    }
}
