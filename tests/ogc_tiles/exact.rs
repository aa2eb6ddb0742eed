//! At zoom 18 and deeper a served vertex lies within 5 cm of the surveyed one, measured on the ground in VN-2000.

use std::f64::consts::PI;
use std::path::Path;

use geo::{CoordsIter, Distance, Euclidean, Geometry, LineString, Point, Polygon};
use langxanh::geom::Crs;
use langxanh::geom::project::Transform;
use langxanh::store::Store;
use langxanh::store::gpkg::GpkgStore;
use langxanh::tile::TileId;

use crate::common::READABLE;
use crate::common::http::get;
use crate::tiles::{decoded, text};

const TOLERANCE_M: f64 = 0.05;

/// The parcels of the register as they were surveyed: id and outline in EPSG:5897.
fn register(store: &Path) -> Vec<(String, Polygon<f64>)> {
    let store = GpkgStore::open(store).unwrap();
    let declared = store.collections().unwrap();
    let parcels = declared.iter().find(|collection| collection.id == "plan_parcels").unwrap();
    assert_eq!(parcels.geometry.as_ref().unwrap().crs, Crs::Epsg(5897));
    let mut outlines = Vec::new();
    store
        .scan(parcels, &mut |row| {
            if let Some(Geometry::Polygon(polygon)) = row.shape.map(|shape| shape.geometry) {
                outlines.push((row.id.to_string(), polygon));
            }
            Ok(())
        })
        .unwrap();
    outlines
}

fn moved(from: &Crs, to: &Crs, x: f64, y: f64) -> (f64, f64) {
    let (mut x, mut y) = ([x], [y]);
    Transform::between(from, to).unwrap().points(&mut x, &mut y).unwrap();
    (x[0], y[0])
}

/// A corner of a tile's grid in VN-2000, by the formulas of web mercator and through PROJ.
fn surveyed(tile: TileId, x: i32, y: i32) -> Point<f64> {
    let side = f64::from(1u32 << tile.zoom()) * 4096.0;
    let x = (f64::from(tile.col()) * 4096.0 + f64::from(x)) / side;
    let y = (f64::from(tile.row()) * 4096.0 + f64::from(y)) / side;
    let lat = (PI * (1.0 - 2.0 * y)).sinh().atan().to_degrees();
    Point::from(moved(&Crs::Crs84, &Crs::Epsg(5897), (x - 0.5) * 360.0, lat))
}

#[test]
fn served_and_surveyed_outlines_of_parcels_lie_within_five_centimetres_of_each_other() {
    let outlines = register(&READABLE.store);
    assert!(outlines.len() > 50);
    let (mut served_corners, mut surveyed_corners) = (0, 0);
    for zoom in [18, 20] {
        for (id, outline) in &outlines {
            let corner = outline.exterior().0[0];
            let (lon, lat) = moved(&Crs::Epsg(5897), &Crs::Crs84, corner.x, corner.y);
            let tile = TileId::at(zoom, lon, lat);
            let path = format!("/collections/plan_parcels/tiles/WebMercatorQuad/{zoom}/{}/{}", tile.row(), tile.col());
            let layers = decoded(&get(&path).body);
            let served = layers["plan_parcels"].iter().find(|feature| text(feature, "id") == Some(id)).unwrap();
            let Geometry::MultiPolygon(parts) = &served.geometry else { panic!("{:?}", served.geometry) };
            // The border that the tile cuts parcels at is no survey's: only what lies inside of it counts.
            let is_inside = |x: i32, y: i32| (-63..4160).contains(&x) && (-63..4160).contains(&y);
            let lines: Vec<&LineString<f64>> = std::iter::once(outline.exterior()).chain(outline.interiors()).collect();
            for at in parts.coords_iter().filter(|at| is_inside(at.x, at.y)) {
                let here = surveyed(tile, at.x, at.y);
                let corners = lines.iter().flat_map(|line| line.points());
                let off = corners.map(|corner| Euclidean.distance(corner, here)).fold(f64::MAX, f64::min);
                assert!(off <= TOLERANCE_M, "{id} at zoom {zoom}: a served corner is {off} m from any surveyed one");
                served_corners += 1;
            }
            let borders: Vec<LineString<f64>> = parts
                .iter()
                .flat_map(|part| std::iter::once(part.exterior()).chain(part.interiors()))
                .map(|ring| LineString::from_iter(ring.coords().map(|at| surveyed(tile, at.x, at.y).0)))
                .collect();
            for corner in lines.iter().flat_map(|line| line.points()) {
                let (lon, lat) = moved(&Crs::Epsg(5897), &Crs::Crs84, corner.x(), corner.y());
                if TileId::at(zoom, lon, lat) == tile {
                    let off = borders.iter().map(|line| Euclidean.distance(line, &corner)).fold(f64::MAX, f64::min);
                    assert!(
                        off <= TOLERANCE_M,
                        "{id} at zoom {zoom}: a surveyed corner is {off} m from what is served"
                    );
                    surveyed_corners += 1;
                }
            }
        }
    }
    assert!(served_corners > 100 && surveyed_corners > 100, "{served_corners} {surveyed_corners}");
}
