//! The data: made-up parcels from west of Hanoi's centre on, from a fixed seed, in a store of the service's own.
#![allow(dead_code, reason = "each benchmark uses its own part")]

use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{Days, NaiveDate, TimeZone, Utc};
use geo::{LineString, Polygon};
use langxanh::domain::{Collection, DataType, FeatureId, Field, GeometryField, Kind, Title, Value};
use langxanh::geom::project::Transform;
use langxanh::geom::{Crs, GeometryKind, Shape};
use langxanh::publish::collection::{Builder, PublishedCollection};
use langxanh::sample::rng::Rng;
use langxanh::store::gpkg::GpkgStore;
use langxanh::store::{Change, Draft, Mode, Origin, Row, Store};

/// The parcels lie in square tiles of a kilometre, a hundred in each, as in a commune of villages between fields.
const PER_TILE: usize = 100;
const TILE_M: f64 = 1000.0;
/// Tiles belong to so many communes in turn, whose codes are numbered from here on.
const COMMUNES: usize = 120;
const FIRST_COMMUNE: usize = 9_700;
/// South-west corner in EPSG:5897.
const CORNER: (f64, f64) = (545_000.0, 2_305_000.0);

/// Tiles along each side of the square in which so many parcels lie.
fn side(count: usize) -> usize {
    (count.div_ceil(PER_TILE) as f64).sqrt().ceil() as usize
}

/// The store of so many parcels, made at the first run and kept.
pub fn store(directory: &Path, count: usize) -> Result<PathBuf> {
    let path = directory.join(format!("parcels-{count}.gpkg"));
    let collection = collection();
    if path.exists() {
        // The parcels are one change, so a store that was interrupted holds none of them.
        if GpkgStore::open(&path)?.collections()?.iter().any(|held| held.id == collection.id) {
            return Ok(path);
        }
        std::fs::remove_file(&path)?;
    }
    eprintln!("Making {count} parcels in {} …", path.display());
    fill(&GpkgStore::create(&path)?, count)?;
    Ok(path)
}

/// Puts so many parcels into a store, as one change.
pub fn fill(store: &dyn Store, count: usize) -> Result<()> {
    let collection = collection();
    let mut random = Rng::named("parcels");
    let mut drafts = (0..count).map(|n| Ok(parcel(n, side(count), &mut random)));
    let origin = Origin { who: "bench".to_owned(), what: "made-up parcels".to_owned(), why: None };
    store.apply(Change { collection: &collection, mode: Mode::Append, drafts: &mut drafts, origin })?;
    Ok(())
}

/// As many parcels of the same making as they are published, without a store.
pub fn published(count: usize) -> Result<PublishedCollection> {
    let mut builder = Builder::new(collection());
    let mut random = Rng::named("parcels");
    for n in 0..count {
        let Draft { values, shape, .. } = parcel(n, side(count), &mut random);
        let fid = n as i64 + 1;
        builder.push(Row { fid, id: FeatureId::from_fid(fid), values, shape })?;
    }
    Ok(builder.finish()?)
}

/// Longitude and latitude of a place inside the area of so many parcels.
pub fn place(count: usize, random: &mut Rng) -> (f64, f64) {
    let room = (side(count) - 3) as f64 * TILE_M;
    let (mut x, mut y) = ([CORNER.0 + random.unit() * room], [CORNER.1 + random.unit() * room]);
    let transform = Transform::between(&Crs::Epsg(5897), &Crs::Crs84).and_then(|t| t.points(&mut x, &mut y));
    transform.expect("both systems are PROJ's own and the place lies in Hanoi");
    (x[0], y[0])
}

/// A 2 km square inside the area of so many parcels as `min_lon,min_lat,max_lon,max_lat`.
pub fn box_of_2_km(count: usize, random: &mut Rng) -> String {
    let room = (side(count) - 3) as f64 * TILE_M;
    let (x, y) = (CORNER.0 + random.unit() * room, CORNER.1 + random.unit() * room);
    let (mut xs, mut ys) = ([x, x + 2.0 * TILE_M], [y, y + 2.0 * TILE_M]);
    let transform = Transform::between(&Crs::Epsg(5897), &Crs::Crs84).and_then(|t| t.points(&mut xs, &mut ys));
    transform.expect("both systems are PROJ's own and the square lies in Hanoi");
    format!("{:.6},{:.6},{:.6},{:.6}", xs[0], ys[0], xs[1], ys[1])
}

/// A condition that about one parcel in 720 fulfils: one of the 120 communes, a third of them and half of these. Percent-encoded.
pub fn condition(commune: usize) -> String {
    format!(
        "commune_code%3D'{:05}'%20AND%20land_use_code%3D'SKC'%20AND%20storeys%3C3",
        FIRST_COMMUNE + commune % COMMUNES
    )
}

/// As [`condition`], by equality alone: one parcel in 360.
pub fn plain_condition(commune: usize) -> String {
    format!("commune_code%3D'{:05}'%20AND%20land_use_code%3D'SKC'", FIRST_COMMUNE + commune % COMMUNES)
}

fn collection() -> Collection {
    use DataType::{Boolean, Date, DateTime, Integer, Number, Text};
    let fields = [
        ("parcel_no", Integer),
        ("map_sheet", Integer),
        ("land_use_code", Text),
        ("land_use", Text),
        ("owner_kind", Text),
        ("address", Text),
        ("commune_code", Text),
        ("commune", Text),
        ("area_m2", Number),
        ("price_per_m2", Number),
        ("storeys", Integer),
        ("certified_on", Date),
        ("surveyed_at", DateTime),
        ("disputed", Boolean),
    ];
    Collection {
        id: "parcels".to_owned(),
        title: Title::same("parcels"),
        description: Title::same("made-up parcels"),
        kind: Kind::Table,
        has_ids: true,
        geometry: Some(GeometryField {
            name: "geom".to_owned(),
            kind: GeometryKind::Polygon,
            crs: Crs::Epsg(5897),
            has_z: false,
        }),
        fields: fields.into_iter().map(|(name, data_type)| Field::plain(name, data_type)).collect(),
        temporal: None,
    }
}

fn parcel(n: usize, side: usize, random: &mut Rng) -> Draft {
    let (tile, place) = (n / PER_TILE, n % PER_TILE);
    let depth = random.between(18.0, 26.0);
    let shape = lot((tile % side, tile / side), place, depth, random);
    let land_uses =
        [("ONT", "Đất ở tại nông thôn"), ("SKC", "Đất cơ sở sản xuất"), ("LUC", "Đất chuyên trồng lúa nước")];
    let (code, title) = land_uses[random.below(3)];
    let certified = random.below(5) > 0;
    let day = NaiveDate::from_ymd_opt(2004, 7, 1)
        .and_then(|first| first.checked_add_days(Days::new(random.below(7000) as u64)));
    let values = vec![
        Value::Integer((place + 1) as i64),
        Value::Integer((tile + 1) as i64),
        Value::from(code),
        Value::from(title),
        Value::from(pick(random, &["household", "company", "commune", "state"])),
        Value::Text(format!(
            "Thửa {}, tờ bản đồ số {}, thôn {}",
            place + 1,
            tile + 1,
            pick(random, &["Đoài", "Thượng", "Hạ"])
        )),
        Value::Text(format!("{:05}", FIRST_COMMUNE + tile % COMMUNES)),
        Value::from(pick(random, &["Dương Hòa", "Quốc Oai", "Hòa Lạc", "Thạch Thất", "Đan Phượng"])),
        Value::Number((depth * 1200.0).round() / 100.0),
        Value::Number(random.below(90_000) as f64 * 1000.0),
        Value::Integer(random.below(6) as i64),
        day.filter(|_| certified).into(),
        Value::DateTime(
            Utc.timestamp_nanos(0) + chrono::Duration::seconds(1_600_000_000 + random.below(200_000_000) as i64),
        ),
        Value::Boolean(random.below(50) == 0),
    ];
    let id = FeatureId::from_fid(n as i64 + 1);
    Draft { id: Some(id), values, shape: Some(shape) }
}

/// One lot of a tile: ten rows along lanes, ten lots in each, turned as the tile is; 5 to 40 vertices, to the millimetre.
fn lot(tile: (usize, usize), place: usize, depth: f64, random: &mut Rng) -> Shape {
    let (column, row) = (place % 10, place / 10);
    let (x, y) = (-300.0 + column as f64 * 60.0, -300.0 + row as f64 * 60.0);
    let width = 12.0;
    // Most outlines are plain and few are long, as surveyed ones are.
    let extra = random.below(36).min(random.below(36));
    let sides = [
        (x, y, 1.0, 0.0, width),
        (x + width, y, 0.0, 1.0, depth),
        (x + width, y + depth, -1.0, 0.0, width),
        (x, y + depth, 0.0, -1.0, depth),
    ];
    let mut ring = Vec::with_capacity(extra + 5);
    for (side, (x, y, dx, dy, length)) in sides.into_iter().enumerate() {
        let points = extra / 4 + usize::from(side < extra % 4);
        for at in 0..=points {
            let along = length * at as f64 / (points + 1) as f64;
            // Bends go inwards by less than their spacing, so that no outline crosses itself.
            let bend = if at == 0 { 0.0 } else { 0.3 * random.unit() };
            ring.push((x + dx * along - dy * bend, y + dy * along + dx * bend));
        }
    }
    let (sin, cos) = ((tile.0 * 31 + tile.1 * 17) as f64 * 0.7).sin_cos();
    let centre = (CORNER.0 + tile.0 as f64 * TILE_M + TILE_M / 2.0, CORNER.1 + tile.1 as f64 * TILE_M + TILE_M / 2.0);
    let millimetres = |metres: f64| (metres * 1000.0).round() / 1000.0;
    let turned = ring
        .into_iter()
        .map(|(x, y)| (millimetres(centre.0 + x * cos - y * sin), millimetres(centre.1 + x * sin + y * cos)));
    Shape::flat(Polygon::new(LineString::from_iter(turned), Vec::new()))
}

fn pick<'a>(random: &mut Rng, choices: &[&'a str]) -> &'a str {
    choices[random.below(choices.len())]
}
